#ifndef LEASE_H
#define LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/*
 * Which worker has which job, and until when.  In memory only: after a restart
 * it is filled again from the store, each lease without an owner until its
 * worker says that it still has it.
 *
 * Times are milliseconds of the caller's monotonic clock.  One thread.
 */
struct leases;

struct lease {
	uint64_t job, fence;
	uint32_t attempt, allowed; /* which one this is, and how many there may be */
	uint64_t owner;            /* number of the worker; 0 for none known */
	int64_t length_ms;         /* from each word of its owner's to the deadline */
	int64_t deadline_ms, since_ms;
	uint64_t order; /* of hand-out, rising; set by lease_add */
};

/* NULL when memory is short. */
struct leases *leases_new(void);
void leases_free(struct leases *l); /* takes NULL */

/* A job has one lease at most: a second is a bug of the caller. */
MUST_CHECK enum err lease_add(struct leases *l, const struct lease *lease);
void lease_drop(struct leases *l, uint64_t job); /* none: nothing happens */

/* The lease of a job, valid until the next call that changes it; or NULL. */
const struct lease *lease_find(const struct leases *l, uint64_t job);

/*
 * The owner still has it: a new deadline, its length from now.  An ownerless lease
 * becomes the caller's.  False when that lease is over or another worker's.
 */
bool lease_touch(struct leases *l, uint64_t job, uint64_t fence, uint64_t owner,
                 int64_t now_ms);

/* The lease that runs out first, or NULL. */
const struct lease *lease_first(const struct leases *l);

/* How many there are of this owner (owner 0: without one), and of all. */
size_t lease_count_of(const struct leases *l, uint64_t owner);
size_t lease_count(const struct leases *l);

/* Copies of the owner's leases, in the order of hand-out; room for max of them. */
size_t lease_list(const struct leases *l, uint64_t owner, struct lease *ret, size_t max);

/*
 * The pause before a job is tried again after so many attempts: doubling from
 * a second to five minutes, and a random half of it on top of the other half,
 * so that what failed together does not come back together.
 */
enum { LEASE_PAUSE_MAX_MS = 300000 };
int64_t lease_pause_ms(uint32_t attempts, uint32_t random);

#endif
