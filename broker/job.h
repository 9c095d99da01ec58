#ifndef JOB_H
#define JOB_H

#include <stdbool.h>

/*
 * The life of a job: its states, what can happen to it, and which state
 * follows.  Pure.  docs/protocol.md draws the same table.
 *
 * The numbers are those of JobState in hearsay.proto, and they are stored.
 */
enum job_state {
	JOB_READY = 1, /* waits for a worker */
	JOB_DELAYED,   /* waits for its time: a pause after a failure, or a date */
	JOB_LEASED,    /* a worker has it */
	JOB_DONE,      /* has its result */
	JOB_DEAD,      /* failed for good; has a reason */
	JOB_CANCELLED, /* not wanted any more */
	JOB_NONE,      /* is not there: not yet, or no more; never stored */
	JOB_STATES,
};

enum job_event {
	JOB_LEASE,  /* handed to a worker */
	JOB_FINISH, /* its result came, in time or late */
	JOB_RETRY,  /* the attempt failed: again after a pause */
	JOB_RETURN, /* handed back, or lost with its worker: again at once */
	JOB_BURY,   /* the attempt failed and was the last */
	JOB_DUE,    /* its time has come */
	JOB_KICK,   /* somebody wants it tried again, from the first attempt on */
	JOB_CANCEL, /* somebody wants it no more */
	JOB_SUBMIT, /* somebody wants it done */
	JOB_DEFER,  /* ... later */
	JOB_PURGE,  /* somebody wants it gone without a trace */
	JOB_EXPIRE, /* it was kept long enough */
	JOB_EVENTS,
};

/* False, and *ret left alone, when this cannot happen to a job in that state. */
bool job_next(enum job_state from, enum job_event event, enum job_state *ret);

/* Nothing more happens to it: but a late result, somebody's order, or its deletion. */
bool job_ended(enum job_state s);

#endif
