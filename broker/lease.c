/*
 * Leases in memory.
 *
 * A tree finds a lease by its job; a heap has the first deadline on top.  Leases
 * may be of any length, so a new deadline belongs anywhere.
 *
 *  1. A lease stands in the tree and in the heap, or in neither.
 *  2. heap[i] ends no later than heap[2i + 1] and heap[2i + 2], and knows its place.
 */
#include "lease.h"

#include <assert.h>
#include <search.h>
#include <stdlib.h>

struct held {
	struct lease lease; /* first: a struct lease * is a struct held * */
	size_t at;
};

struct leases {
	void *by_job;
	struct held **heap;
	size_t n, cap;
	uint64_t handed_out;
};

static int
by_job(const void *a, const void *b)
{
	const struct lease *x = a, *y = b;

	return (x->job > y->job) - (x->job < y->job);
}

struct leases *
leases_new(void)
{
	return calloc(1, sizeof(struct leases));
}

void
leases_free(struct leases *l)
{
	if (l == NULL)
		return;
	tdestroy(l->by_job, free);
	free(l->heap);
	free(l);
}

static struct held *
find(const struct leases *l, uint64_t job)
{
	const struct lease key = { .job = job };
	struct held **at = tfind(&key, &l->by_job, by_job);

	return at == NULL ? NULL : *at;
}

static void
put(struct leases *l, struct held *e, size_t at)
{
	l->heap[at] = e;
	e->at = at;
}

static bool
is_before(const struct leases *l, size_t a, size_t b)
{
	return l->heap[a]->lease.deadline_ms < l->heap[b]->lease.deadline_ms;
}

static void
swap(struct leases *l, size_t a, size_t b)
{
	struct held *e = l->heap[a];

	put(l, l->heap[b], a);
	put(l, e, b);
}

/* Up or down to where its deadline belongs. */
static void
settle(struct leases *l, size_t at)
{
	for (; at > 0 && is_before(l, at, (at - 1) / 2); at = (at - 1) / 2)
		swap(l, at, (at - 1) / 2);
	for (;;) {
		size_t left = 2 * at + 1, right = left + 1, first = at;

		if (left < l->n && is_before(l, left, first))
			first = left;
		if (right < l->n && is_before(l, right, first))
			first = right;
		if (first == at)
			return;
		swap(l, at, first);
		at = first;
	}
}

static bool
make_room(struct leases *l)
{
	size_t cap = l->cap == 0 ? 64 : 2 * l->cap;
	struct held **heap;

	if (l->n < l->cap)
		return true;
	if ((heap = reallocarray(l->heap, cap, sizeof *heap)) == NULL)
		return false;
	l->heap = heap;
	l->cap = cap;
	return true;
}

enum err
lease_add(struct leases *l, const struct lease *lease)
{
	struct held *e = calloc(1, sizeof *e), **at = NULL;

	if (e != NULL && make_room(l)) {
		e->lease = *lease;
		at = tsearch(e, &l->by_job, by_job);
	}
	if (at == NULL) {
		free(e);
		return err_set(ERR_NOMEM, "no memory for another lease");
	}
	assert(*at == e);
	e->lease.order = ++l->handed_out;
	put(l, e, l->n++);
	settle(l, e->at);
	return OK;
}

void
lease_drop(struct leases *l, uint64_t job)
{
	struct held *e = find(l, job);
	size_t at;

	if (e == NULL)
		return;
	tdelete(e, &l->by_job, by_job);
	at = e->at;
	free(e);
	if (at < --l->n) {
		put(l, l->heap[l->n], at);
		settle(l, at);
	}
}

const struct lease *
lease_find(const struct leases *l, uint64_t job)
{
	const struct held *e = find(l, job);

	return e == NULL ? NULL : &e->lease;
}

bool
lease_touch(struct leases *l, uint64_t job, uint64_t fence, uint64_t owner,
            int64_t now_ms)
{
	struct held *e = find(l, job);

	if (e == NULL || e->lease.fence != fence)
		return false;
	if (e->lease.owner != 0 && e->lease.owner != owner)
		return false;
	e->lease.owner = owner;
	e->lease.deadline_ms = now_ms + e->lease.length_ms;
	settle(l, e->at);
	return true;
}

const struct lease *
lease_first(const struct leases *l)
{
	return l->n == 0 ? NULL : &l->heap[0]->lease;
}

size_t
lease_count_of(const struct leases *l, uint64_t owner)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += l->heap[i]->lease.owner == owner;
	return n;
}

size_t
lease_count(const struct leases *l)
{
	return l->n;
}

static int
by_order(const void *a, const void *b)
{
	const struct lease *x = a, *y = b;

	return (x->order > y->order) - (x->order < y->order);
}

size_t
lease_list(const struct leases *l, uint64_t owner, struct lease *ret, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n && n < max; i++)
		if (l->heap[i]->lease.owner == owner)
			ret[n++] = l->heap[i]->lease;
	qsort(ret, n, sizeof *ret, by_order);
	return n;
}

int64_t
lease_pause_ms(uint32_t attempts, uint32_t random)
{
	uint32_t doublings = attempts == 0 ? 0 : attempts > 9 ? 9 : attempts - 1;
	int64_t whole = 1000LL << doublings;

	if (whole > LEASE_PAUSE_MAX_MS)
		whole = LEASE_PAUSE_MAX_MS;
	return whole / 2 + random % (whole / 2 + 1);
}
