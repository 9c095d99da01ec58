/*
 * Feeds.
 *
 *  1. n_told <= n_due <= n; order[0 .. n_due) are the items that are due, once
 *     each, in the order of their getting so; the first n_told have been told.
 *  2. by_id holds every item's index, rising by the job's number.
 */
#include "feed.h"

#include <stdlib.h>
#include <string.h>

void
feeds_init(struct feeds *f)
{
	TAILQ_INIT(f);
}

static void
discard(struct feed *feed)
{
	free(feed->items);
	free(feed->order);
	free(feed->by_id);
	free(feed->text);
	free(feed->only);
	free(feed);
}

void
feeds_close(struct feeds *f)
{
	struct feed *feed = TAILQ_FIRST(f), *next;

	for (; feed != NULL; feed = next) {
		next = TAILQ_NEXT(feed, all);
		discard(feed);
	}
	TAILQ_INIT(f);
}

void
feed_close(struct feeds *f, struct feed *feed)
{
	TAILQ_REMOVE(f, feed, all);
	discard(feed);
}

static enum err
no_memory(void)
{
	return err_set(ERR_NOMEM, "no memory for another answer");
}

static struct feed *
new_feed(const struct peer_id *client)
{
	struct feed *feed = calloc(1, sizeof *feed);

	if (feed != NULL) {
		feed->client = *client;
		feed->deadline_ms = INT64_MAX;
	}
	return feed;
}

enum err
feed_watch(struct feeds *f, const struct peer_id *client, uint64_t after,
           const char *only, struct feed **ret)
{
	struct feed *feed = new_feed(client);

	if (feed == NULL)
		return no_memory();
	feed->watch = true;
	feed->after = after;
	if (only != NULL && (feed->only = strdup(only)) == NULL) {
		discard(feed);
		return no_memory();
	}
	TAILQ_INSERT_TAIL(f, feed, all);
	*ret = feed;
	return OK;
}

static int
by_id(const void *a, const void *b, void *items)
{
	const struct feed_item *v = items;
	uint64_t x = v[*(const uint32_t *)a].id, y = v[*(const uint32_t *)b].id;

	return (x > y) - (x < y);
}

/* Copy the names of what was asked for by key: it may be gone when its turn comes. */
static bool
copy_names(struct feed *feed)
{
	size_t size = 1;
	char *at;

	for (size_t i = 0; i < feed->n; i++)
		if (feed->items[i].asked == 0)
			size += strlen(feed->items[i].key) +
			        strlen(feed->items[i].tenant) + 2;
	if ((feed->text = at = malloc(size)) == NULL)
		return false;
	for (size_t i = 0; i < feed->n; i++) {
		struct feed_item *it = &feed->items[i];

		if (it->asked != 0) {
			it->key = it->tenant = "";
			continue;
		}
		char *key = at, *tenant = stpcpy(key, it->key) + 1;

		at = stpcpy(tenant, it->tenant) + 1;
		it->key = key;
		it->tenant = tenant;
	}
	return true;
}

static void
make_due(struct feed *feed, uint32_t i)
{
	feed->items[i].due = true;
	feed->order[feed->n_due++] = i;
}

static bool
fill(struct feed *feed, const struct feed_item *items, size_t n)
{
	feed->n = n;
	feed->items = malloc(n * sizeof *items + 1);
	feed->order = malloc(n * sizeof *feed->order + 1);
	feed->by_id = malloc(n * sizeof *feed->by_id + 1);
	if (feed->items == NULL || feed->order == NULL || feed->by_id == NULL)
		return false;
	memcpy(feed->items, items, n * sizeof *items);
	for (uint32_t i = 0; i < n; i++) {
		feed->by_id[i] = i;
		if (items[i].due)
			make_due(feed, i);
	}
	qsort_r(feed->by_id, n, sizeof *feed->by_id, by_id, feed->items);
	return copy_names(feed);
}

enum err
feed_list(struct feeds *f, const struct peer_id *client, const struct feed_item *items,
          size_t n, struct feed **ret)
{
	struct feed *feed = new_feed(client);

	if (feed == NULL)
		return no_memory();
	if (!fill(feed, items, n)) {
		discard(feed);
		return no_memory();
	}
	TAILQ_INSERT_TAIL(f, feed, all);
	*ret = feed;
	return OK;
}

/* The first place in by_id whose job's number is not below this. */
static size_t
place_of(const struct feed *feed, uint64_t job)
{
	size_t low = 0, high = feed->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (feed->items[feed->by_id[mid]].id < job)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void
feeds_ended(struct feeds *f, uint64_t job)
{
	struct feed *feed;

	TAILQ_FOREACH(feed, f, all)
	{
		if (feed->n_due == feed->n)
			continue;
		for (size_t at = place_of(feed, job); at < feed->n; at++) {
			uint32_t i = feed->by_id[at];

			if (feed->items[i].id != job)
				break;
			if (!feed->items[i].due)
				make_due(feed, i);
		}
	}
}

void
feeds_tell_time(struct feeds *f, int64_t now_ms)
{
	struct feed *feed;

	TAILQ_FOREACH(feed, f, all)
	if (feed->deadline_ms <= now_ms)
		for (uint32_t i = 0; i < feed->n && feed->n_due < feed->n; i++)
			if (!feed->items[i].due)
				make_due(feed, i);
}

int64_t
feeds_next(const struct feeds *f, int64_t now_ms)
{
	const struct feed *feed;
	int64_t next = INT64_MAX;

	TAILQ_FOREACH(feed, f, all)
	{
		if (feed->deadline_ms > now_ms && feed->deadline_ms < next)
			next = feed->deadline_ms;
		if (feed->retry_ms > now_ms && feed->retry_ms < next)
			next = feed->retry_ms;
	}
	return next;
}

const struct feed_item *
feed_next(const struct feed *feed)
{
	if (feed->n_told == feed->n_due)
		return NULL;
	return &feed->items[feed->order[feed->n_told]];
}

void
feed_told(struct feed *feed, size_t n)
{
	feed->n_told += n;
}

bool
feed_is_over(const struct feed *feed)
{
	return !feed->watch && feed->n_told == feed->n;
}
