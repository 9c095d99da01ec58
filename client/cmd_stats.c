/*
 * hearsay stats: the broker's queue at a glance.
 */
#include <inttypes.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "jobs.h"
#include "json.h"
#include "results.h"

const struct conf_option stats_options[] = {
	{ "watch", 'w', CONF_FLAG, offsetof(struct settings, watch), NULL,
	  "again and again, with what comes and goes a second, until interrupted" },
	{ "every", 0, CONF_DURATION, offsetof(struct settings, every_ms), "TIME",
	  "how often, with --watch", .standard = "1s", .min = 100, .max = 86400000 },
	{ 0 },
};

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

/* What is shut, and how it is opened. */
static void
print_valves(const struct hearsay_stats *st)
{
	if (st->paused_ms != 0)
		puts("  paused: hearsay resume --all-tenants lets work go on");
	if (st->draining_ms != 0)
		puts("  draining: nothing new is taken, until hearsay resume "
		     "--all-tenants");
	if (st->paused_tenants + st->draining_tenants != 0)
		printf("  of tenants %" PRIu64 " paused, %" PRIu64
		       " draining: hearsay resume --tenant NAME\n",
		       st->paused_tenants, st->draining_tenants);
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
	print_valves(st);
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
		{ "paused_tenants", st->paused_tenants },
		{ "draining_tenants", st->draining_tenants },
	};

	printf("{\"software\":");
	json_text(stdout, st->software);
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		printf(",\"%s\":%" PRIu64, counts[i].name, counts[i].n);
	printf("}\n");
}

static void
print(const struct results *r, const struct hearsay_stats *st)
{
	if (r->s->json)
		for_programs(st);
	else
		for_people(r, st, r->s->broker);
}

/* ------------------------------------------------------------------- watching */

/* Jobs that came and ended since the look before, a second; keys that were purged hide
 * as many that came. */
static void
print_rates(const struct hearsay_stats *before, const struct hearsay_stats *now,
            double seconds)
{
	const struct hearsay_stats *v[] = { before, now };
	double all[2];

	for (int i = 0; i < 2; i++)
		all[i] = (double)(v[i]->ready + v[i]->delayed + v[i]->leased +
		                  v[i]->done + v[i]->dead + v[i]->cancelled);
	printf("  a second   %10.1f in   %.1f out\n",
	       all[1] > all[0] ? (all[1] - all[0]) / seconds : 0,
	       (double)(now->sequence - before->sequence) / seconds);
}

static double
clock_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Ctrl-C is how this ends, also while the broker is waited for; all has been flushed. */
static void
end_watch(int signal)
{
	(void)signal;
	_exit(EXIT_SUCCESS);
}

/* One look.  A broker that does not answer may be back for the next. */
static void
look(const struct results *r, struct hearsay *h, struct hearsay_stats *before, double *at)
{
	struct hearsay_stats now;
	enum err e = (enum err)hearsay_stats(h, &now);
	double then = *at;

	*at = clock_s();
	if (isatty(STDOUT_FILENO) && !r->s->json)
		fputs("\033[H\033[J", stdout);
	if (e != OK) {
		complain(e);
	} else {
		print(r, &now);
		if (!r->s->json && before->software != NULL &&
		    now.sequence >= before->sequence)
			print_rates(before, &now, *at - then);
		*before = now;
	}
	fflush(stdout);
}

static enum err
watch(const struct results *r, struct hearsay *h)
{
	const struct timespec pause = { .tv_sec = r->s->every_ms / 1000,
		                        .tv_nsec = r->s->every_ms % 1000 * 1000000 };
	struct hearsay_stats before = { 0 };
	double at = 0;

	signal(SIGINT, end_watch);
	signal(SIGTERM, end_watch);
	while (!ferror(stdout)) {
		look(r, h, &before, &at);
		nanosleep(&pause, NULL);
	}
	return OK; /* main says what became of standard output */
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
	if ((e = results_open(s, &r)) == OK && (e = open_broker(s, &h)) == OK) {
		if (s->watch)
			e = watch(&r, h);
		else if ((e = (enum err)hearsay_stats(h, &st)) == OK)
			print(&r, &st);
	}
	if (e != OK)
		complain(e);
	hearsay_close(h);
	return e;
}
