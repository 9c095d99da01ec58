/*
 * Check, repair and compact, as people see them.
 */
#include "tend.h"

#include <inttypes.h>
#include <stdio.h>

#include "broker/check.h"
#include "broker/repair.h"

static void
print(void *arg, const char *sentence)
{
	(void)arg;
	puts(sentence);
}

static const struct telling on_paper = { .say = print };

static const char *
s(uint64_t n)
{
	return n == 1 ? "" : "s";
}

enum err
tend_check(const char *dir)
{
	struct check_report r;
	uint64_t jobs = 0;
	enum err e = check_folder(dir, &on_paper, &r);

	if (e != OK)
		return e;
	for (int i = JOB_READY; i < JOB_NONE; i++)
		jobs += r.jobs[i];
	printf("%" PRIu64 " job%s (%" PRIu64 " ready, %" PRIu64 " delayed, %" PRIu64
	       " leased, %" PRIu64 " done, %" PRIu64 " dead, %" PRIu64
	       " cancelled), %" PRIu64 " article%s, %" PRIu64 " result%s: ",
	       jobs, s(jobs), r.jobs[JOB_READY], r.jobs[JOB_DELAYED], r.jobs[JOB_LEASED],
	       r.jobs[JOB_DONE], r.jobs[JOB_DEAD], r.jobs[JOB_CANCELLED], r.articles,
	       s(r.articles), r.results, s(r.results));
	if (r.wrong == 0) {
		puts("nothing is wrong");
		return OK;
	}
	printf("%" PRIu64 " thing%s wrong\n", r.wrong, s(r.wrong));
	return err_set(ERR_DAMAGED,
	               "%.200s has faults: stop the broker, then hearsay repair %.200s "
	               "puts right what can be, or put a backup back",
	               dir, dir);
}

enum err
tend_repair(const char *dir)
{
	struct repair_report r;
	enum err e = repair_folder(dir, &on_paper, &r);

	if (e != OK)
		return e;
	printf("%" PRIu64 " job%s, of which %" PRIu64 " not as before; %" PRIu64
	       " lost.  The file as it was is %s/%s: remove it when all is well\n",
	       r.jobs, s(r.jobs), r.mended, r.lost, dir, r.kept);
	return OK;
}

enum err
tend_compact(const char *dir)
{
	uint64_t before, after;
	enum err e = compact_folder(dir, &before, &after);

	if (e == OK)
		printf("from %.1f to %.1f MB\n", (double)before / 1e6,
		       (double)after / 1e6);
	return e;
}
