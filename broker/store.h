#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "body.h"
#include "broker/job.h"
#include "broker/tenant.h"
#include "wire.h"

/*
 * The durable queue: jobs, their articles and their results.
 *
 * What changes something belongs to one transaction, begun by the first change
 * and ended by store_commit.  Only what was committed may be acknowledged.
 * Any error but ERR_NOT_FOUND is the store's last: everything after it fails
 * the same way, what was not committed is gone, and the way out is to close it.
 * (It logs the database's own words.)
 *
 * Times are milliseconds.  "utc" is since 1970, for people; "due" is of the
 * caller's steady clock, which must go on over a restart.  Used from one
 * thread; housekeeping runs on one of its own inside.
 */
struct store;

/*
 * In a folder that exists and that no other broker uses.  ERR_VERSION for a
 * store of a newer broker, ERR_FULL, ERR_READ_ONLY, ERR_IO for a damaged one.
 */
MUST_CHECK enum err store_open(const char *dir, struct store **ret);
void store_close(struct store *s); /* takes NULL; what was not committed is gone */

/* Blocks until the disk has it.  OK at once when nothing has changed. */
MUST_CHECK enum err store_commit(struct store *s);
bool store_has_changed(const struct store *s); /* since the last commit */

/*
 * Whether what went wrong last is not the end: the disk was full, or an article was found
 * to stand on a damaged page.  Then store_undo goes back to the last commit, and the
 * store can be used again; pointers to tenants are not valid any more.
 */
bool store_can_undo(const struct store *s);
MUST_CHECK enum err store_undo(struct store *s);

/* After a full disk, nothing having been changed since: whether it takes a commit again.
 */
bool store_has_room(struct store *s);

enum { STORE_HASH = 32 };
enum { STORE_NAME_MAX = 255 }; /* bytes of a tenant */
enum store_put { STORE_ACCEPTED, STORE_EXISTS, STORE_CONFLICT };

struct store_article {
	const char *tenant, *key, *article_id;
	uint8_t hash[STORE_HASH]; /* of the text: same key and same hash, same job */
	struct body body;
	int32_t priority;  /* higher ones of a tenant go first */
	int64_t due_ms;    /* not before: of the steady clock; 0 for at once */
	int64_t date_ms;   /* ... or UTC; one of the two at most */
	uint32_t lease_ms; /* 0: what the settings say */
	uint32_t attempts; /* 0: what the settings say */
};

/* A new job, or the one that has the key, whatever its terms. */
MUST_CHECK enum err store_put(struct store *s, const struct store_article *article,
                              int64_t utc_ms, uint64_t *ret_id, enum store_put *ret);

struct store_lease {
	uint64_t job, fence;
	uint32_t attempt;
	uint32_t lease_ms, allowed; /* how long, and how many attempts; 0 as above */
	struct body article;        /* in the arena */
	bool damaged;               /* it cannot be read: no article, end the lease */
};

/*
 * Lease ready jobs until there are max of them or their bodies reach max_bytes:
 * tenants in turn, of each the highest priority and the oldest first; of what is
 * paused nothing.  An arena that gets full in here leaves leases that nobody knows
 * of: give it room.
 */
MUST_CHECK enum err store_claim(struct store *s, struct arena *a, size_t max,
                                size_t max_bytes, struct store_lease *ret, size_t *ret_n);

enum store_verdict {
	STORE_RECORDED,
	STORE_REPEATED, /* known already: nothing changed */
	STORE_STALE,    /* the lease was another's by then, or never given */
};

/*
 * The result of a lease.  A job without one takes it whatever became of the
 * lease, since every result of an article is as good.
 */
MUST_CHECK enum err store_finish(struct store *s, struct wire_held lease,
                                 const char *model, const struct body *extraction,
                                 int64_t utc_ms, enum store_verdict *ret);

/* A lease ends without a result. */
struct store_end {
	struct wire_held lease;
	enum job_event event; /* JOB_RETRY, JOB_RETURN or JOB_BURY */
	const char *reason;   /* NULL keeps the one before */
	const char *worker;   /* who had it; NULL keeps the one before */
	int64_t due_ms;       /* of JOB_RETRY: when the pause is over */
	int64_t utc_ms;       /* of JOB_BURY */
	bool free;            /* costs no attempt */
};

MUST_CHECK enum err store_end(struct store *s, const struct store_end *end,
                              enum store_verdict *ret);

/*
 * Make delayed jobs ready whose time has come; *ret_next is when the next one's
 * comes, on the steady clock, INT64_MAX for none.
 */
MUST_CHECK enum err store_due(struct store *s, int64_t due_ms, int64_t utc_ms,
                              int64_t *ret_next);

/*
 * No pause after a failure ends later than this: after a restart under a clock that
 * was set back.
 */
MUST_CHECK enum err store_due_by(struct store *s, int64_t latest_ms);

/*
 * Somebody's order: JOB_KICK, JOB_CANCEL or JOB_PURGE.  *ret_changed is false when that
 * cannot happen to the job in its state, which is in *ret_state either way.
 */
MUST_CHECK enum err store_order(struct store *s, uint64_t id, enum job_event event,
                                int64_t utc_ms, bool *ret_changed,
                                enum job_state *ret_state);

/*
 * The next dead letters of a selection, STORE_DEAD_MAX looked at; *ret_next is where
 * to go on, 0 when that was all.
 */
enum { STORE_DEAD_MAX = 1000 };
MUST_CHECK enum err store_dead(struct store *s, const struct wire_selection *which,
                               uint64_t ret_ids[STORE_DEAD_MAX], size_t *ret_n,
                               uint64_t *ret_next);

/*
 * Delete the next jobs of a selection; their ids are given, and *ret_next is where to
 * go on, 0 when that was all.  What is leased stays.  Keys may be used again, ids and
 * sequence numbers never are.
 */
enum { STORE_PURGE_MAX = 250 };
MUST_CHECK enum err store_purge(struct store *s, const struct wire_selection *which,
                                uint64_t ret_ids[STORE_PURGE_MAX], size_t *ret_n,
                                uint64_t *ret_next);

/*
 * Some of the jobs that ended before this time, deleted; and of those that are done,
 * their articles alone.  *ret_more: call again.
 */
enum { STORE_EXPIRE_MAX = 64 };
MUST_CHECK enum err store_expire(struct store *s, int64_t before_ms, int64_t utc_ms,
                                 uint64_t ret_ids[STORE_EXPIRE_MAX], size_t *ret_n,
                                 bool *ret_more);
MUST_CHECK enum err store_strip(struct store *s, int64_t before_ms, int64_t utc_ms,
                                size_t *ret_n, bool *ret_more);

/*
 * A tenant's figures, and its bucket for the caller; made if it is not known, and
 * valid until the next call that changes the store.
 */
MUST_CHECK enum err store_tenant(struct store *s, const char *name, struct tenant **ret);

/*
 * Shut a valve since then, or open it (0); of this tenant, or of everything (NULL).
 * It stays so over restarts.
 */
MUST_CHECK enum err store_turn(struct store *s, const char *tenant, enum valve valve,
                               int64_t since_ms, bool *ret_changed);
int64_t store_shut_since(const struct store *s, enum valve valve);    /* of everything */
uint64_t store_shut_tenants(const struct store *s, enum valve valve); /* how many */

/* How many jobs are ready and not paused. */
uint64_t store_claimable(const struct store *s);

/* The leased job after this one (0: the first), body left out; or ERR_NOT_FOUND. */
MUST_CHECK enum err store_leased(struct store *s, uint64_t after,
                                 struct store_lease *ret);

/* ERR_NOT_FOUND for none. */
MUST_CHECK enum err store_find(struct store *s, const char *tenant, const char *key,
                               uint64_t *ret_id);
MUST_CHECK enum err store_state(struct store *s, uint64_t id, enum job_state *ret);

struct store_wish {
	bool extraction, article;
};

/* A job as clients see it, in the arena; ERR_NOT_FOUND for none. */
MUST_CHECK enum err store_job(struct store *s, struct arena *a, uint64_t id,
                              struct store_wish with, struct wire_job *ret);

/* Where a job stands among those that wait. */
struct store_place {
	uint64_t ahead;   /* of a ready one: of its tenant, before it */
	bool more;        /* than that, which is STORE_AHEAD_MAX */
	int64_t due_ms;   /* of a delayed one: on the steady clock, */
	int64_t date_ms;  /* or UTC; the other is 0 */
	uint32_t allowed; /* attempts, 0 for what the settings say */
};

enum { STORE_AHEAD_MAX = 10000 };
MUST_CHECK enum err store_place(struct store *s, uint64_t id, struct store_place *ret);

/* The job that ended next after this sequence number, or ERR_NOT_FOUND. */
MUST_CHECK enum err store_ended(struct store *s, uint64_t after, uint64_t *ret_id);

/* Sequence number of the last job that ended. */
uint64_t store_sequence(const struct store *s);

/* How many there are in this state. */
uint64_t store_count(const struct store *s, enum job_state state);

/* Submission of the oldest ready job; ERR_NOT_FOUND for none. */
MUST_CHECK enum err store_oldest(struct store *s, int64_t *ret_utc_ms);

#endif
