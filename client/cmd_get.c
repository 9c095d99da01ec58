/*
 * hearsay get: the results there are, and how far the others have come.
 */
#include <stddef.h>

#include "jobs.h"
#include "results.h"

enum { LOT = 256 };

const struct conf_option get_options[] = {
	{ "table", 0, CONF_FLAG, offsetof(struct settings, table), NULL,
	  "a row for each attribution" },
	{ "claimreview", 0, CONF_FLAG, offsetof(struct settings, claimreview), NULL,
	  "claims as schema.org's ClaimReview, a line of JSON each" },
	{ "by-id", 0, CONF_FLAG, offsetof(struct settings, by_id), NULL,
	  "the words are the broker's numbers of jobs, not keys" },
	{ "all-from", 0, CONF_TEXT, offsetof(struct settings, all_from), "FILE",
	  "also the keys in FILE, one a line" },
	{ 0 },
};

struct getting {
	struct results results;
	enum err first;
};

static bool
on_job(void *arg, const struct hearsay_job *job)
{
	struct getting *g = arg;

	keep_first(&g->first, results_job(&g->results, job));
	return true;
}

static enum err
get_all(struct hearsay *h, const struct jobs *j, struct getting *g)
{
	enum err e = OK;

	for (size_t at = 0; at < j->n && e == OK; at += LOT)
		e = (enum err)hearsay_get(h, j->v + at, j->n - at < LOT ? j->n - at : LOT,
		                          results_need(&g->results), on_job, g);
	if (e != OK)
		complain(e);
	keep_first(&g->first, e);
	return g->first;
}

enum err
cmd_get(const struct settings *s, char *const *words)
{
	struct getting g = { .first = OK };
	struct jobs jobs = { 0 };
	struct hearsay *h = NULL;
	enum err e;

	if ((e = results_open(s, &g.results)) != OK ||
	    (e = jobs_from(&jobs, s, words)) != OK || (e = open_broker(s, &h)) != OK)
		complain(e);
	else
		e = get_all(h, &jobs, &g);
	hearsay_close(h);
	jobs_free(&jobs);
	return e;
}
