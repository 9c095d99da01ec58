/*
 * hearsay wait: results as they come.
 */
#include "jobs.h"

enum err
cmd_wait(const struct settings *s, char *const *words)
{
	struct jobs jobs = { 0 };
	struct hearsay *h = NULL;
	enum err e;

	if ((e = jobs_from(&jobs, s, words)) != OK || (e = open_broker(s, &h)) != OK)
		complain(e);
	else
		e = jobs_await(h, s, &jobs);
	hearsay_close(h);
	jobs_free(&jobs);
	return e;
}
