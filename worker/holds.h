#ifndef HOLDS_H
#define HOLDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "pool.h"
#include "wire.h"

/*
 * What a worker holds of its broker's: one entry a lease, from its coming until
 * its settlement.  No socket, no thread, no clock: times are milliseconds of a
 * clock that never steps, passed in.
 */
struct hold {
	struct wire_held lease;
	int64_t lease_ms;
	int64_t until;           /* after this the broker gives it to another */
	struct outcome *outcome; /* NULL while the pool has it; else ours */
	int64_t report_at;       /* with an outcome: when to send it, again */
	int64_t pause;           /* and how long after that for the next time */
	bool unwanted;           /* cancelled: what the pool makes of it is dropped */
};

struct holds;

/* Room for so many; never more than that are held. */
MUST_CHECK enum err holds_new(size_t capacity, struct holds **ret);
void holds_free(struct holds *h); /* takes NULL */

size_t holds_n(const struct holds *h);

/* In no order.  Walk from the last to the first to drop while walking. */
struct hold *holds_at(struct holds *h, size_t i);

struct hold *holds_find(struct holds *h, struct wire_held lease); /* NULL for none */

/* A new one, neither held before nor one too many. */
struct hold *holds_add(struct holds *h, struct wire_held lease, int64_t lease_ms,
                       int64_t now);

/* Forget it and its outcome; the last takes its place. */
void holds_drop(struct holds *h, struct hold *gone);

/* The pool is through with it: to be reported now, and again after first_pause. */
void hold_finished(struct hold *h, struct outcome *o, int64_t now, int64_t first_pause);

/* It has been sent: the next time is later, and later each time up to longest. */
void hold_reported(struct hold *h, int64_t now, int64_t longest);

/* A new connection: whatever waits for its settlement is sent at once. */
void holds_report_all(struct holds *h, int64_t now, int64_t first_pause);

/* The broker heard that we are at work on it. */
void hold_touched(struct hold *h, int64_t now);

/* When the next outcome is to be reported; INT64_MAX for none. */
int64_t holds_report_at(const struct holds *h);

/* The shortest lease, for the pace of touching; 0 when nothing is in the pool. */
int64_t holds_shortest(const struct holds *h);

#endif
