/*
 * Orders to jobs by name, in lots, and what became of each.
 */
#include <inttypes.h>
#include <stdio.h>

#include "jobs.h"
#include "json.h"
#include "order.h"

enum { LOT = 1000 };

/* What the job is named by, on this command line. */
static const char *
name_of(const struct hearsay_reference *job, char *room, size_t size)
{
	if (job->key != NULL)
		return job->key;
	snprintf(room, size, "job %" PRIu64, job->id);
	return room;
}

/* Whether it is now where the order would have it, if not through this one. */
static bool
is_as_wanted(enum hearsay_act act, enum hearsay_state state)
{
	if (act == HEARSAY_CANCEL)
		return state == HEARSAY_CANCELLED;
	if (act == HEARSAY_PURGE)
		return state == HEARSAY_UNKNOWN;
	return state == HEARSAY_READY || state == HEARSAY_LEASED;
}

static enum err
tell(const struct settings *s, enum hearsay_act act, const struct hearsay_reference *job,
     const struct hearsay_outcome *o)
{
	static const char *const done[] = { [HEARSAY_KICK] = "kicked",
		                            [HEARSAY_CANCEL] = "cancelled",
		                            [HEARSAY_PURGE] = "purged" };
	char room[32];
	const char *name = name_of(job, room, sizeof room);
	const char *state = hearsay_state_name(o->state);

	if (s->json) {
		fputs("{\"key\":", stdout);
		json_text(stdout, name);
		printf(",\"job\":%" PRIu64 ",\"changed\":%s,\"state\":\"%s\"}\n", o->job,
		       o->changed ? "true" : "false", state);
	}
	if (o->job == 0)
		return complain(err_set(ERR_NOT_FOUND,
		                        "%.200s: the broker knows no such article: check "
		                        "the key and the tenant",
		                        name));
	if (!o->changed && !is_as_wanted(act, o->state))
		return complain(err_set(ERR_CONFLICT,
		                        "%.200s: it is %s, so it cannot be %s", name,
		                        state, done[act]));
	if (!s->json && !s->quiet)
		printf("%s  %s%s\n", name, o->changed ? "" : "was already ",
		       act == HEARSAY_PURGE ? done[act] : state);
	return OK;
}

static enum err
order_jobs(struct hearsay *h, const struct settings *s, enum hearsay_act act,
           const struct jobs *j)
{
	struct hearsay_outcome outcomes[LOT];
	enum err e = OK, first = OK;

	for (size_t at = 0; at < j->n && e == OK; at += LOT) {
		size_t n = j->n - at < LOT ? j->n - at : LOT;

		e = (enum err)hearsay_order(h, act, j->v + at, n, outcomes);
		if (e != OK)
			keep_first(&first, complain(e));
		for (size_t i = 0; i < n && e == OK; i++)
			keep_first(&first, tell(s, act, &j->v[at + i], &outcomes[i]));
	}
	return first;
}

enum err
order_words(const struct settings *s, enum hearsay_act act, char *const *words)
{
	struct jobs jobs = { 0 };
	struct hearsay *h = NULL;
	enum err e;

	if ((e = jobs_from(&jobs, s, words)) != OK || (e = open_broker(s, &h)) != OK)
		complain(e);
	else
		e = order_jobs(h, s, act, &jobs);
	hearsay_close(h);
	jobs_free(&jobs);
	return e;
}
