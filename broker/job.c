/*
 * The states of a job.
 *
 * One table holds every transition; zero stands for "cannot happen".  A result
 * is welcome in every state without one, a dead job's too: extraction is pure,
 * so a late answer is as good as one in time.  Only to a cancelled job it is not:
 * who was told that a job is cancelled may rely on it.  What a worker has is never
 * deleted under its hands.
 */
#include "job.h"

#include <assert.h>

#include "wire.h"

_Static_assert((int)JOB_READY == WIRE_READY && (int)JOB_CANCELLED == WIRE_CANCELLED,
               "states go over the wire by their number");

static const unsigned char next[JOB_STATES][JOB_EVENTS] = {
	[JOB_READY] = { [JOB_LEASE] = JOB_LEASED,
	                [JOB_FINISH] = JOB_DONE,
	                [JOB_CANCEL] = JOB_CANCELLED,
	                [JOB_PURGE] = JOB_NONE },
	[JOB_DELAYED] = { [JOB_DUE] = JOB_READY,
	                  [JOB_FINISH] = JOB_DONE,
	                  [JOB_KICK] = JOB_READY,
	                  [JOB_CANCEL] = JOB_CANCELLED,
	                  [JOB_PURGE] = JOB_NONE },
	[JOB_LEASED] = { [JOB_FINISH] = JOB_DONE,
	                 [JOB_RETRY] = JOB_DELAYED,
	                 [JOB_RETURN] = JOB_READY,
	                 [JOB_BURY] = JOB_DEAD,
	                 [JOB_CANCEL] = JOB_CANCELLED },
	[JOB_DONE] = { [JOB_PURGE] = JOB_NONE, [JOB_EXPIRE] = JOB_NONE },
	[JOB_DEAD] = { [JOB_FINISH] = JOB_DONE,
	               [JOB_KICK] = JOB_READY,
	               [JOB_PURGE] = JOB_NONE,
	               [JOB_EXPIRE] = JOB_NONE },
	[JOB_CANCELLED] = { [JOB_KICK] = JOB_READY,
	                    [JOB_PURGE] = JOB_NONE,
	                    [JOB_EXPIRE] = JOB_NONE },
	[JOB_NONE] = { [JOB_SUBMIT] = JOB_READY, [JOB_DEFER] = JOB_DELAYED },
};

bool
job_next(enum job_state from, enum job_event event, enum job_state *ret)
{
	assert(event < JOB_EVENTS);
	if (from >= JOB_STATES || next[from][event] == 0)
		return false;
	*ret = next[from][event];
	return true;
}

bool
job_ended(enum job_state s)
{
	return s == JOB_DONE || s == JOB_DEAD || s == JOB_CANCELLED;
}
