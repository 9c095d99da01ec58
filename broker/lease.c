/*
 * Leases in memory.
 *
 * A tree finds a lease by its job; a list keeps them by deadline.  Leases are
 * nearly always given for the same time, so a new deadline nearly always
 * belongs at the list's end, and looking for its place from there is one step.
 *
 *  1. A lease stands in the tree and in the list, or in neither.
 *  2. The list rises by deadline.
 */
#include "lease.h"

#include <assert.h>
#include <search.h>
#include <stdlib.h>
#include <sys/queue.h>

struct held {
	struct lease lease; /* first: a struct lease * is a struct held * */
	TAILQ_ENTRY(held) by_deadline;
};

struct leases {
	void *by_job;
	TAILQ_HEAD(deadlines, held) by_deadline;
	size_t n;
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
	struct leases *l = calloc(1, sizeof *l);

	if (l != NULL)
		TAILQ_INIT(&l->by_deadline);
	return l;
}

void
leases_free(struct leases *l)
{
	if (l == NULL)
		return;
	tdestroy(l->by_job, free);
	free(l);
}

static struct held *
find(const struct leases *l, uint64_t job)
{
	const struct lease key = { .job = job };
	struct held **at = tfind(&key, &l->by_job, by_job);

	return at == NULL ? NULL : *at;
}

/* Into the list, from its end. */
static void
line_up(struct leases *l, struct held *e)
{
	struct held *before = TAILQ_LAST(&l->by_deadline, deadlines);

	while (before != NULL && before->lease.deadline_ms > e->lease.deadline_ms)
		before = TAILQ_PREV(before, deadlines, by_deadline);
	if (before != NULL)
		TAILQ_INSERT_AFTER(&l->by_deadline, before, e, by_deadline);
	else
		TAILQ_INSERT_HEAD(&l->by_deadline, e, by_deadline);
}

enum err
lease_add(struct leases *l, const struct lease *lease)
{
	struct held *e = malloc(sizeof *e), **at;

	if (e == NULL)
		return err_set(ERR_NOMEM, "no memory for another lease");
	*e = (struct held){ .lease = *lease };
	e->lease.order = ++l->handed_out;
	at = tsearch(e, &l->by_job, by_job);
	if (at == NULL) {
		free(e);
		return err_set(ERR_NOMEM, "no memory for another lease");
	}
	assert(*at == e);
	line_up(l, e);
	l->n++;
	return OK;
}

void
lease_drop(struct leases *l, uint64_t job)
{
	struct held *e = find(l, job);

	if (e == NULL)
		return;
	tdelete(e, &l->by_job, by_job);
	TAILQ_REMOVE(&l->by_deadline, e, by_deadline);
	free(e);
	l->n--;
}

const struct lease *
lease_find(const struct leases *l, uint64_t job)
{
	const struct held *e = find(l, job);

	return e == NULL ? NULL : &e->lease;
}

bool
lease_touch(struct leases *l, uint64_t job, uint64_t fence, uint64_t owner,
            int64_t deadline_ms)
{
	struct held *e = find(l, job);

	if (e == NULL || e->lease.fence != fence)
		return false;
	if (e->lease.owner != 0 && e->lease.owner != owner)
		return false;
	TAILQ_REMOVE(&l->by_deadline, e, by_deadline);
	e->lease.owner = owner;
	e->lease.deadline_ms = deadline_ms;
	line_up(l, e);
	return true;
}

const struct lease *
lease_first(const struct leases *l)
{
	const struct held *e = TAILQ_FIRST(&l->by_deadline);

	return e == NULL ? NULL : &e->lease;
}

size_t
lease_count_of(const struct leases *l, uint64_t owner)
{
	const struct held *e;
	size_t n = 0;

	TAILQ_FOREACH(e, &l->by_deadline, by_deadline)
	n += e->lease.owner == owner;
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
	const struct held *e;
	size_t n = 0;

	TAILQ_FOREACH(e, &l->by_deadline, by_deadline)
	if (e->lease.owner == owner && n < max)
		ret[n++] = e->lease;
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
