/*
 * Retention: what ended long enough ago goes, articles and results apart.
 *
 * There may be millions of it (somebody has just said how long to keep things), and
 * work goes on meanwhile.  So it goes in slices, each of few milliseconds of the loop
 * and bounded in number too; between two of them the loop is free nine times as long.
 */
#include <inttypes.h>
#include <time.h>

#include "broker/state.h"
#include "log.h"

enum {
	SLICE_MS = 10,
	AGAIN_MS = 100,     /* after a slice, when there is more */
	ROUND_MIN_MS = 500, /* after the last one; else a tenth of the time kept */
	ROUND_MAX_MS = 60000,
};

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Jobs with all they have. */
static enum err
drop_jobs(struct broker *b, int64_t until_ms, bool *ret_more)
{
	uint64_t ids[STORE_EXPIRE_MAX], dropped = 0;
	size_t n = 0;
	enum err e = OK;

	*ret_more = b->set->keep_ms > 0;
	while (e == OK && *ret_more && now_ms() < until_ms) {
		e = store_expire(b->store, b->utc_ms - b->set->keep_ms, b->utc_ms, ids,
		                 &n, ret_more);
		dropped += n;
	}
	if (dropped > 0)
		log_debug("expired jobs=%" PRIu64, dropped);
	return e;
}

/* Articles of jobs whose results stay. */
static enum err
drop_articles(struct broker *b, int64_t until_ms, bool *ret_more)
{
	uint64_t dropped = 0;
	size_t n = 0;
	enum err e = OK;

	*ret_more = b->set->keep_articles_ms > 0;
	while (e == OK && *ret_more && now_ms() < until_ms) {
		e = store_strip(b->store, b->utc_ms - b->set->keep_articles_ms, b->utc_ms,
		                &n, ret_more);
		dropped += n;
	}
	if (dropped > 0)
		log_debug("expired articles=%" PRIu64, dropped);
	return e;
}

/* How often to look: what is kept for an hour need not go to the second. */
static int64_t
round_ms(const struct settings *set)
{
	int64_t shortest = set->keep_ms;

	if (shortest == 0 ||
	    (set->keep_articles_ms > 0 && set->keep_articles_ms < shortest))
		shortest = set->keep_articles_ms;
	shortest /= 10;
	return shortest < ROUND_MIN_MS   ? ROUND_MIN_MS
	       : shortest > ROUND_MAX_MS ? ROUND_MAX_MS
	                                 : shortest;
}

enum err
keep_tick(struct broker *b)
{
	int64_t until_ms = now_ms() + SLICE_MS;
	bool jobs = false, articles = false;
	enum err e;

	if (keep_patience(b) > 0)
		return OK;
	if ((e = drop_jobs(b, until_ms, &jobs)) != OK ||
	    (e = drop_articles(b, until_ms, &articles)) != OK)
		return e;
	b->next_keep_ms = b->served_ms + (jobs || articles ? AGAIN_MS : round_ms(b->set));
	return OK;
}

int64_t
keep_patience(const struct broker *b)
{
	if (b->set->keep_ms == 0 && b->set->keep_articles_ms == 0)
		return INT64_MAX;
	return b->next_keep_ms - b->served_ms;
}
