/*
 * hearsay dead, kick, cancel: articles that failed for good, and what is to become of
 * articles that are there.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs.h"
#include "json.h"
#include "results.h"

enum { LOT = 1000 };

const struct conf_option dead_options[] = {
	{ "reason", 0, CONF_TEXT, offsetof(struct settings, reason), "TEXT",
	  "only those in whose reason this stands" },
	{ "all-tenants", 0, CONF_FLAG, offsetof(struct settings, all_tenants), NULL,
	  "whosever they are" },
	{ 0 },
};

const struct conf_option kick_options[] = {
	{ "all", 0, CONF_FLAG, offsetof(struct settings, all), NULL,
	  "all that failed for good" },
	{ "reason", 0, CONF_TEXT, offsetof(struct settings, reason), "TEXT",
	  "all in whose reason this stands" },
	{ "all-tenants", 0, CONF_FLAG, offsetof(struct settings, all_tenants), NULL,
	  "with --all or --reason: whosever they are" },
	{ "by-id", 0, CONF_FLAG, offsetof(struct settings, by_id), NULL,
	  "the words are the broker's numbers of jobs, not keys" },
	{ "all-from", 0, CONF_TEXT, offsetof(struct settings, all_from), "FILE",
	  "also the keys in FILE, one a line" },
	{ 0 },
};

const struct conf_option cancel_options[] = {
	{ "by-id", 0, CONF_FLAG, offsetof(struct settings, by_id), NULL,
	  "the words are the broker's numbers of jobs, not keys" },
	{ "all-from", 0, CONF_TEXT, offsetof(struct settings, all_from), "FILE",
	  "also the keys in FILE, one a line" },
	{ 0 },
};

static struct hearsay_selection
selection(const struct settings *s)
{
	return (struct hearsay_selection){ .reason = s->reason,
		                           .all_tenants = s->all_tenants };
}

/* ------------------------------------------------------------------------ dead */

static bool
on_dead(void *arg, const struct hearsay_job *job)
{
	struct results *r = arg;

	if (r->s->json) {
		json_dead(r->show.out, job);
		return true;
	}
	show_bold(&r->show, job->key);
	if (r->s->all_tenants && *job->tenant != '\0')
		printf(" of %s", job->tenant);
	printf("  %" PRIu32 " attempt%s", job->attempts, job->attempts == 1 ? "" : "s");
	if (*job->worker != '\0')
		printf(", the last by %s", job->worker);
	fputs(": ", stdout);
	show_bad(&r->show, job->reason);
	putchar('\n');
	return true;
}

enum err
cmd_dead(const struct settings *s, char *const *words)
{
	struct hearsay_selection which = selection(s);
	struct hearsay *h = NULL;
	struct results r;
	enum err e;

	if (*words != NULL)
		return complain(err_set(ERR_USAGE,
		                        "dead takes no words: \"%.100s\" is one too many",
		                        *words));
	if ((e = results_open(s, &r)) != OK || (e = open_broker(s, &h)) != OK ||
	    (e = (enum err)hearsay_dead(h, &which, HEARSAY_WITH_STATE, on_dead, &r)) !=
	        OK)
		complain(e);
	hearsay_close(h);
	return e;
}

/* -------------------------------------------------------------- kick and cancel */

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
	return state == HEARSAY_READY || state == HEARSAY_LEASED;
}

static enum err
tell(const struct settings *s, enum hearsay_act act, const struct hearsay_reference *job,
     const struct hearsay_outcome *o)
{
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
		return complain(
		    err_set(ERR_CONFLICT, "%.200s: it is %s, so it cannot be %s", name,
		            state, act == HEARSAY_KICK ? "kicked" : "cancelled"));
	if (!s->json && !s->quiet)
		printf("%s  %s%s\n", name, o->changed ? "" : "was already ", state);
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

static enum err
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

static enum err
kick_all(const struct settings *s)
{
	struct hearsay_selection which = selection(s);
	struct hearsay *h = NULL;
	uint64_t n = 0;
	enum err e;

	if ((e = open_broker(s, &h)) != OK ||
	    (e = (enum err)hearsay_kick_dead(h, &which, &n)) != OK)
		complain(e);
	else if (s->json)
		printf("{\"kicked\":%" PRIu64 "}\n", n);
	else
		printf("%" PRIu64 " kicked\n", n);
	hearsay_close(h);
	return e;
}

enum err
cmd_kick(const struct settings *s, char *const *words)
{
	bool some = *words != NULL || s->all_from != NULL;

	if (some && (s->all || s->reason != NULL || s->all_tenants))
		return complain(err_set(ERR_USAGE, "either keys, or --all or --reason"));
	if (s->all_tenants && !s->all && s->reason == NULL)
		return complain(
		    err_set(ERR_USAGE, "--all-tenants goes with --all or --reason"));
	return s->all || s->reason != NULL ? kick_all(s)
	                                   : order_words(s, HEARSAY_KICK, words);
}

enum err
cmd_cancel(const struct settings *s, char *const *words)
{
	return order_words(s, HEARSAY_CANCEL, words);
}
