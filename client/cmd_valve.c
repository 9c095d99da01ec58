/*
 * hearsay pause, drain, resume: the valves between submissions, the queue and workers.
 */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "jobs.h"
#include "results.h"

enum { LOOK_MS = 250 };

#define ALL_TENANTS                                                                      \
	{                                                                                \
		"all-tenants", 0, CONF_FLAG, offsetof(struct settings, all_tenants),     \
		    NULL, "everything, not only what is --tenant's"                      \
	}

const struct conf_option resume_options[] = { ALL_TENANTS, { 0 } };

const struct conf_option valve_options[] = {
	ALL_TENANTS,
	{ "wait", 'w', CONF_FLAG, offsetof(struct settings, wait), NULL,
	  "with --all-tenants: until no worker has anything, or nothing is left" },
	{ 0 },
};

/* What is waited for. */
static uint64_t
left(enum hearsay_act act, const struct hearsay_stats *st)
{
	return act == HEARSAY_PAUSE ? st->leased : st->ready + st->delayed + st->leased;
}

/* The settings' timeout is the longest time in which it does not get less. */
static enum err
await(struct hearsay *h, const struct settings *s, enum hearsay_act act)
{
	const struct timespec look = { 0, LOOK_MS * 1000000L };
	struct hearsay_stats st = { 0 };
	uint64_t least = UINT64_MAX;
	int64_t since_ms = 0;
	enum err e;

	while ((e = (enum err)hearsay_stats(h, &st)) == OK && left(act, &st) > 0) {
		since_ms = left(act, &st) < least ? 0 : since_ms + LOOK_MS;
		least = left(act, &st) < least ? left(act, &st) : least;
		if (since_ms > s->timeout_ms)
			return err_set(ERR_TIMEOUT,
			               "%" PRIu64
			               " articles are left, and none ended in the "
			               "last %" PRId64 " s: see hearsay stats",
			               least, since_ms / 1000);
		nanosleep(&look, NULL);
	}
	return e;
}

static enum err
turn(const struct settings *s, enum hearsay_act act, struct hearsay **h)
{
	const struct hearsay_selection which = { .all_tenants = s->all_tenants };
	uint64_t n = 0;
	enum err e;

	if ((e = open_broker(s, h)) != OK ||
	    (e = (enum err)hearsay_order_all(*h, act, &which, &n)) != OK)
		return e;
	if (s->json)
		printf("{\"changed\":%s}\n", n > 0 ? "true" : "false");
	else if (!s->quiet)
		puts(n == 0                 ? "it was so already"
		     : act == HEARSAY_PAUSE ? "paused"
		     : act == HEARSAY_DRAIN ? "draining"
		                            : "resumed");
	fflush(stdout);
	return s->wait ? await(*h, s, act) : OK;
}

static enum err
order(const struct settings *s, enum hearsay_act act, char *const *words)
{
	struct hearsay *h = NULL;
	enum err e = OK;

	if (*words != NULL)
		e = err_set(ERR_USAGE,
		            "\"%.100s\" is one word too many: whose it is about "
		            "is said with --tenant or --all-tenants",
		            *words);
	else if (s->wait && !s->all_tenants)
		e = err_set(ERR_USAGE, "--wait goes with --all-tenants");
	if (e != OK || (e = turn(s, act, &h)) != OK)
		complain(e);
	hearsay_close(h);
	return e;
}

enum err
cmd_pause(const struct settings *s, char *const *words)
{
	return order(s, HEARSAY_PAUSE, words);
}

enum err
cmd_drain(const struct settings *s, char *const *words)
{
	return order(s, HEARSAY_DRAIN, words);
}

enum err
cmd_resume(const struct settings *s, char *const *words)
{
	return order(s, HEARSAY_RESUME, words);
}
