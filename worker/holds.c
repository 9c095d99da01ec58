/*
 * The worker's side of leases.  A hold is in the pool (no outcome) or waits for
 * its settlement (with one); there is nothing else it can be.
 *
 * Capacity is a few articles a thread, so everything is a walk over an array.
 *
 * Invariants
 * 1. No two holds have the same job and fence.
 * 2. n <= capacity.
 */
#include <assert.h>
#include <stdlib.h>

#include "holds.h"

struct holds {
	size_t n, capacity;
	struct hold v[];
};

enum err
holds_new(size_t capacity, struct holds **ret)
{
	struct holds *h = calloc(1, sizeof *h + capacity * sizeof h->v[0]);

	if (h == NULL)
		return err_set(ERR_NOMEM, "no memory for %zu leases", capacity);
	h->capacity = capacity;
	*ret = h;
	return OK;
}

void
holds_free(struct holds *h)
{
	if (h == NULL)
		return;
	for (size_t i = 0; i < h->n; i++)
		outcome_free(h->v[i].outcome);
	free(h);
}

size_t
holds_n(const struct holds *h)
{
	return h->n;
}

struct hold *
holds_at(struct holds *h, size_t i)
{
	assert(i < h->n);
	return &h->v[i];
}

struct hold *
holds_find(struct holds *h, struct wire_held lease)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->v[i].lease.job == lease.job && h->v[i].lease.fence == lease.fence)
			return &h->v[i];
	return NULL;
}

struct hold *
holds_add(struct holds *h, struct wire_held lease, int64_t lease_ms, int64_t now)
{
	assert(h->n < h->capacity && holds_find(h, lease) == NULL);
	h->v[h->n] = (struct hold){ .lease = lease,
		                    .lease_ms = lease_ms,
		                    .until = now + lease_ms };
	return &h->v[h->n++];
}

void
holds_drop(struct holds *h, struct hold *gone)
{
	assert(gone >= h->v && gone < h->v + h->n);
	outcome_free(gone->outcome);
	*gone = h->v[--h->n];
}

void
hold_finished(struct hold *h, struct outcome *o, int64_t now, int64_t first_pause)
{
	assert(h->outcome == NULL);
	h->outcome = o;
	h->report_at = now;
	h->pause = first_pause;
}

void
hold_reported(struct hold *h, int64_t now, int64_t longest)
{
	h->report_at = now + h->pause;
	h->pause = h->pause * 2 < longest ? h->pause * 2 : longest;
}

void
holds_report_all(struct holds *h, int64_t now, int64_t first_pause)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->v[i].outcome != NULL) {
			h->v[i].report_at = now;
			h->v[i].pause = first_pause;
		}
}

void
hold_touched(struct hold *h, int64_t now)
{
	h->until = now + h->lease_ms;
}

int64_t
holds_report_at(const struct holds *h)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < h->n; i++)
		if (h->v[i].outcome != NULL && h->v[i].report_at < first)
			first = h->v[i].report_at;
	return first;
}

int64_t
holds_shortest(const struct holds *h)
{
	int64_t shortest = 0;

	for (size_t i = 0; i < h->n; i++)
		if (h->v[i].outcome == NULL &&
		    (shortest == 0 || h->v[i].lease_ms < shortest))
			shortest = h->v[i].lease_ms;
	return shortest;
}
