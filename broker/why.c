/*
 * Why a job stands where it stands, in a sentence for people: only the broker knows
 * the queue, the pauses and the workers, so it is the broker that says it.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "broker/state.h"

enum { SENTENCE = 1024 };

static void say(struct broker *b, struct wire_job *job, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
say(struct broker *b, struct wire_job *job, const char *format, ...)
{
	char text[SENTENCE];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	job->why = arena_text(b->arena, text, strlen(text));
}

static int64_t
seconds(int64_t ms)
{
	return ms <= 0 ? 0 : (ms + 999) / 1000;
}

/* Since when it is paused with its tenant, or with everything; 0: it is not. */
static enum err
paused_since(struct broker *b, const struct wire_job *job, int64_t *ret)
{
	struct tenant *tenant;
	enum err e = store_tenant(b->store, job->tenant, &tenant);

	*ret = store_shut_since(b->store, VALVE_DEALING);
	if (e == OK && *ret == 0)
		*ret = tenant->shut[VALVE_DEALING];
	return e;
}

static enum err
ready(struct broker *b, struct wire_job *job)
{
	struct store_place place = { 0 };
	int64_t paused_ms = 0;
	enum err e = store_place(b->store, job->id, &place);
	const char *tenant = *job->tenant == '\0' ? "" : " of its tenant";

	if (e != OK || (e = paused_since(b, job, &paused_ms)) != OK)
		return e;
	if (b->closing)
		say(b, job, "waits: the broker is shutting down and deals no more work");
	else if (paused_ms != 0)
		say(b, job,
		    "waits: it was paused %" PRId64
		    " s ago; hearsay resume lets it go on",
		    seconds(b->utc_ms - paused_ms));
	else if (peers_count_workers(b->peers) == 0)
		say(b, job, "waits: no worker is connected; start hearsay-worker");
	else if (peers_dealt_to(b->peers) == 0)
		say(b, job,
		    "waits: no worker that is connected runs a model of --models");
	else if (place.ahead == 0)
		say(b, job, "waits: it is the next%s, as soon as a worker has room",
		    tenant);
	else
		say(b, job, "waits: %s%" PRIu64 " article%s%s come%s before it",
		    place.more ? "more than " : "", place.ahead,
		    place.ahead == 1 ? "" : "s", tenant, place.ahead == 1 ? "s" : "");
	return OK;
}

static enum err
delayed(struct broker *b, struct wire_job *job)
{
	struct store_place place = { 0 };
	enum err e = store_place(b->store, job->id, &place);

	if (e != OK)
		return e;
	if (place.date_ms != 0)
		say(b, job, "waits for its date, in %" PRId64 " s",
		    seconds(place.date_ms - b->utc_ms));
	else if (job->attempts == 0)
		say(b, job, "waits for its time, in %" PRId64 " s",
		    seconds(place.due_ms - b->steady_ms));
	else
		say(b, job,
		    "is tried again in %" PRId64 " s, after attempt %u of %" PRId64
		    " failed: %s",
		    seconds(place.due_ms - b->steady_ms), job->attempts,
		    place.allowed != 0 ? place.allowed : b->set->attempts, job->reason);
	return OK;
}

static enum err
leased(struct broker *b, struct wire_job *job)
{
	const struct lease *lease = lease_find(b->leases, job->id);
	const struct worker *w =
	    lease == NULL ? NULL : peers_numbered(b->peers, lease->owner);
	int64_t s = lease == NULL ? 0 : (b->served_ms - lease->since_ms) / 1000;

	if (w != NULL)
		say(b, job, "is with worker %s, for %" PRId64 " s now, attempt %u of %u",
		    w->name, s, job->attempts, lease->allowed);
	else
		say(b, job,
		    "is with a worker that has not come back since the broker was "
		    "restarted; it goes to another in %" PRId64 " s",
		    lease == NULL ? 0 : seconds(lease->deadline_ms - b->served_ms));
	return OK;
}

static enum err
done(struct broker *b, struct wire_job *job)
{
	say(b, job, "is done");
	return OK;
}

static enum err
dead(struct broker *b, struct wire_job *job)
{
	say(b, job, "failed for good at attempt %u%s%s: %s; hearsay kick tries it again",
	    job->attempts, *job->worker == '\0' ? "" : ", by worker ", job->worker,
	    job->reason);
	return OK;
}

static enum err
cancelled(struct broker *b, struct wire_job *job)
{
	say(b, job, "was cancelled; hearsay kick brings it back");
	return OK;
}

enum err
why_explain(struct broker *b, struct wire_job *job)
{
	static enum err (*const explain[])(struct broker *, struct wire_job *) = {
		[WIRE_READY] = ready,   [WIRE_DELAYED] = delayed,
		[WIRE_LEASED] = leased, [WIRE_DONE] = done,
		[WIRE_DEAD] = dead,     [WIRE_CANCELLED] = cancelled,
	};

	if (job->state >= sizeof explain / sizeof explain[0] ||
	    explain[job->state] == NULL)
		say(b, job, "is in a state that is none: the data folder is damaged");
	else
		return explain[job->state](b, job);
	return OK;
}
