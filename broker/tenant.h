#ifndef TENANT_H
#define TENANT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "broker/bucket.h"
#include "broker/job.h"
#include "err.h"

/*
 * Tenants as the queue sees them: how much of each waits, which are held back, and
 * whose turn it is.  In memory only; the store fills this when it opens and keeps
 * it in step with each change.
 *
 * A tenant that has nothing unfinished and is not held back is forgotten in time,
 * its bucket with it: what is here is bounded by what waits, and a little more.
 */

/* What can be shut. */
enum valve {
	VALVE_DEALING, /* paused: nothing more is leased */
	VALVE_INTAKE,  /* draining: nothing more is taken */
	VALVES,
};

struct tenant {
	char *name;
	uint64_t ready;        /* jobs */
	uint64_t unfinished;   /* jobs ready, delayed or leased */
	uint64_t bytes;        /* of the articles of those, as they are kept */
	int64_t shut[VALVES];  /* since when, UTC; 0: open */
	struct bucket bucket;  /* of submissions */
	bool in_turn, is_idle; /* on the list of that */
	TAILQ_ENTRY(tenant) turn, idle;
};

struct tenants;

/* NULL when memory is short. */
struct tenants *tenants_new(void);
void tenants_free(struct tenants *t); /* takes NULL */

/*
 * The tenant of this name, made if it is not known.  It stays where it is until
 * another is made, and for as long as it has something unfinished.
 */
MUST_CHECK enum err tenants_get(struct tenants *t, const char *name, struct tenant **ret);

/*
 * A job of this tenant, with so many bytes of article, went from one state to another;
 * JOB_NONE is the state of one that is not there.
 */
void tenants_count(struct tenants *t, struct tenant *tenant, enum job_state from,
                   enum job_state to, uint64_t bytes);

/* So many at once, when a store opens. */
void tenants_add(struct tenants *t, struct tenant *tenant, enum job_state state,
                 uint64_t jobs, uint64_t bytes);

void tenants_shut(struct tenants *t, struct tenant *tenant, enum valve valve,
                  int64_t since_ms);

/* Of how many tenants this valve is shut. */
uint64_t tenants_shut_now(const struct tenants *t, enum valve valve);

/*
 * Whose turn it is of those with something ready that are not paused, and it goes to
 * the end of the line; NULL for none.
 */
struct tenant *tenants_next(struct tenants *t);

/* Jobs that are ready and may be leased: not their tenant's paused ones. */
uint64_t tenants_ready(const struct tenants *t);

/* How many are known, for tests. */
uint64_t tenants_known(const struct tenants *t);

#endif
