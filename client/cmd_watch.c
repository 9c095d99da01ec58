/*
 * hearsay watch: everything that ends, until interrupted.
 */
#include <stddef.h>

#include "jobs.h"
#include "results.h"

const struct conf_option watch_options[] = {
	{ "after", 0, CONF_COUNT, offsetof(struct settings, after), "SEQUENCE",
	  "begin behind this event; 0: with the first there is" },
	{ "table", 0, CONF_FLAG, offsetof(struct settings, table), NULL,
	  "a row for each attribution" },
	{ 0 },
};

static bool
on_job(void *arg, const struct hearsay_job *job)
{
	(void)results_job(arg, job); /* a failed article is news, not our failure */
	return fflush(stdout) == 0;
}

enum err
cmd_watch(const struct settings *s, char *const *words)
{
	struct results r;
	struct hearsay *h = NULL;
	uint64_t after = s->after < 0 ? HEARSAY_FROM_NOW : (uint64_t)s->after;
	enum err e;

	if (*words != NULL)
		return complain(
		    err_set(ERR_USAGE, "watch takes no words: \"%.100s\" is one too many",
		            *words));
	if ((e = results_open(s, &r)) != OK || (e = open_broker(s, &h)) != OK)
		return complain(e);
	r.with_sequence = true;
	e = (enum err)hearsay_watch(h, after, results_need(&r), on_job, &r);
	if (e != OK)
		complain(e);
	hearsay_close(h);
	return e;
}
