/*
 * hearsay why: a sentence on why an article is not done.
 */
#include <stddef.h>
#include <stdio.h>

#include "jobs.h"
#include "json.h"
#include "results.h"

enum { LOT = 256 };

struct asking {
	struct results results;
	enum err first;
};

static bool
on_job(void *arg, const struct hearsay_job *job)
{
	struct asking *a = arg;

	if (job->state == HEARSAY_UNKNOWN) {
		keep_first(&a->first, results_judge(job));
	} else if (a->results.s->json) {
		json_why(a->results.show.out, job);
	} else {
		show_bold(&a->results.show, job->key);
		printf("  %s\n", job->why);
	}
	return true;
}

enum err
cmd_why(const struct settings *s, char *const *words)
{
	struct asking a = { .first = OK };
	struct jobs jobs = { 0 };
	struct hearsay *h = NULL;
	enum err e;

	if ((e = results_open(s, &a.results)) != OK ||
	    (e = jobs_from(&jobs, s, words)) != OK || (e = open_broker(s, &h)) != OK)
		complain(e);
	for (size_t at = 0; at < jobs.n && e == OK; at += LOT)
		if ((e = (enum err)hearsay_get(h, jobs.v + at,
		                               jobs.n - at < LOT ? jobs.n - at : LOT,
		                               HEARSAY_WITH_WHY, on_job, &a)) != OK)
			complain(e);
	keep_first(&a.first, e);
	hearsay_close(h);
	jobs_free(&jobs);
	return a.first;
}
