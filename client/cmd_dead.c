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
#include "order.h"
#include "results.h"

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
