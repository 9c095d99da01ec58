/*
 * hearsay stats: the broker's queue at a glance.
 */
#include <inttypes.h>
#include <stdio.h>

#include "jobs.h"
#include "json.h"
#include "results.h"

/* "3 s", "2 min 5 s", "4 h 10 min", "3 days 2 h". */
static const char *
span_of_time(uint64_t ms, char *out, size_t size)
{
	uint64_t s = ms / 1000;

	if (s < 60)
		snprintf(out, size, "%" PRIu64 " s", s);
	else if (s < 3600)
		snprintf(out, size, "%" PRIu64 " min %" PRIu64 " s", s / 60, s % 60);
	else if (s < 86400)
		snprintf(out, size, "%" PRIu64 " h %" PRIu64 " min", s / 3600,
		         s / 60 % 60);
	else
		snprintf(out, size, "%" PRIu64 " days %" PRIu64 " h", s / 86400,
		         s / 3600 % 24);
	return out;
}

static void
row(const char *what, uint64_t n, const char *remark)
{
	printf("  %-10s %10" PRIu64 "%s%s\n", what, n, *remark == '\0' ? "" : "   ",
	       remark);
}

static void
for_people(const struct results *r, const struct hearsay_stats *st, const char *broker)
{
	char time[64], oldest[96] = "", rate[64];

	show_bold(&r->show, st->software);
	printf(" at %s, up for %s\n", broker,
	       span_of_time(st->uptime_ms, time, sizeof time));
	if (st->ready > 0)
		snprintf(oldest, sizeof oldest, "the oldest for %s",
		         span_of_time(st->oldest_ready_ms, time, sizeof time));
	snprintf(rate, sizeof rate, "%" PRIu64 " a minute", st->done_per_minute);
	row("waiting", st->ready, oldest);
	row("delayed", st->delayed,
	    st->delayed > 0 ? "for their time, or to be tried again" : "");
	row("at work", st->leased, "");
	row("done", st->done, rate);
	row("failed", st->dead, "");
	row("cancelled", st->cancelled, "");
	printf("  %" PRIu64 " worker%s with %" PRIu64 " thread%s, %" PRIu64 " client%s\n",
	       st->workers, st->workers == 1 ? "" : "s", st->threads,
	       st->threads == 1 ? "" : "s", st->clients, st->clients == 1 ? "" : "s");
	if (st->paused_ms != 0)
		puts("  paused: hearsay resume --all-tenants lets work go on");
	if (st->draining_ms != 0)
		puts("  draining: nothing new is taken, until hearsay resume "
		     "--all-tenants");
	if (st->workers == 0 && st->ready > 0) {
		fputs("  ", stdout);
		show_bad(&r->show, "nobody works: start hearsay-worker");
		putchar('\n');
	}
}

static void
for_programs(const struct hearsay_stats *st)
{
	const struct {
		const char *name;
		uint64_t n;
	} counts[] = {
		{ "ready", st->ready },
		{ "delayed", st->delayed },
		{ "leased", st->leased },
		{ "done", st->done },
		{ "dead", st->dead },
		{ "cancelled", st->cancelled },
		{ "workers", st->workers },
		{ "threads", st->threads },
		{ "clients", st->clients },
		{ "oldest_ready_ms", st->oldest_ready_ms },
		{ "uptime_ms", st->uptime_ms },
		{ "done_per_minute", st->done_per_minute },
		{ "sequence", st->sequence },
		{ "paused_ms", st->paused_ms },
		{ "draining_ms", st->draining_ms },
	};

	printf("{\"software\":");
	json_text(stdout, st->software);
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		printf(",\"%s\":%" PRIu64, counts[i].name, counts[i].n);
	printf("}\n");
}

enum err
cmd_stats(const struct settings *s, char *const *words)
{
	struct results r;
	struct hearsay_stats st;
	struct hearsay *h = NULL;
	enum err e;

	if (*words != NULL)
		return complain(
		    err_set(ERR_USAGE, "stats takes no words: \"%.100s\" is one too many",
		            *words));
	if ((e = results_open(s, &r)) != OK || (e = open_broker(s, &h)) != OK ||
	    (e = (enum err)hearsay_stats(h, &st)) != OK)
		complain(e);
	else if (s->json)
		for_programs(&st);
	else
		for_people(&r, &st, s->broker);
	hearsay_close(h);
	return e;
}
