#ifndef STORE_DB_H
#define STORE_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/checkpoint.h"
#include "broker/store.h"
#include "broker/tenant.h"

/*
 * What the files of the store (store_*.c) share; theirs alone.  With checkpoint.c,
 * which serves them, and with what looks at a folder in which no store is open (check.c,
 * repair.c, compact.c, origin.c) or copies one (backup.c), they are the only ones that
 * know SQLite.
 *
 *     store.c         opened, committed, closed; the invariants
 *     store_db.c      statements, failures, rows
 *     store_schema.c  the tables, and upgrades to them
 *     store_put.c     new jobs
 *     store_lease.c   claims, ends of leases, pauses
 *     store_order.c   kick, cancel; the dead
 *     store_delete.c  what goes: by order, or because it was kept long enough
 *     store_valve.c   tenants, and what of them is shut
 *     store_read.c    jobs as clients see them
 *     store_damage.c  articles on damaged pages
 */
enum query {
	BEGIN,
	COMMIT,
	PUT_JOB,
	PUT_ARTICLE,
	BY_KEY,
	READY_OF,
	STATE_OF,
	LEASE,
	FINISH,
	PUT_RESULT,
	END,
	BURY,
	NEXT_DUE,
	NEXT_DATE,
	DUE,
	DUE_BY,
	NEXT_LEASED,
	JOB,
	ARTICLE_OF,
	RESULT_OF,
	NEXT_ENDED,
	OLDEST,
	KICK,
	MARK,
	NEXT_DEAD,
	PLACE,
	NEXT_JOB,
	NEXT_OLD,
	DROP_JOB,
	DROP_ARTICLE,
	DROP_RESULT,
	SHUT,
	OPEN,
	QUERIES,
};

enum { FENCE_BITS = 20 };

struct store {
	sqlite3 *db;
	sqlite3_stmt *q[QUERIES];
	struct checkpoint *checkpoint;
	char path[4096];
	uint64_t start; /* number of this start: see origin.h */
	bool is_open;   /* until then the caller says what went wrong */
	bool changing;  /* a transaction is open */
	int bind;       /* first failure of a bind since the last step */
	int log_pages;  /* after the last commit */
	enum err broken;
	bool undoable;     /* ... by what a rollback makes good */
	uint64_t *damaged; /* jobs whose articles cannot be read, in no order */
	size_t n_damaged, cap_damaged;
	uint64_t
	    damage_at; /* the one that was found last, its neighbours not looked at */
	uint64_t count[JOB_STATES];
	uint64_t sequence;  /* of the job that ended last */
	uint64_t newest_id; /* of the job that came last */
	uint64_t kept_id,
	    kept_sequence;    /* those that stand in `mark`, as far as is known */
	uint64_t stripped;    /* sequence up to which articles were dropped */
	uint64_t swept;       /* sequence up to which this round of expiry has come */
	int64_t shut[VALVES]; /* of everything: since when, UTC; 0: open */
	struct tenants *tenants;
};

/* ------------------------------------------------------------------ failures */

/*
 * What SQLite said last is the end of this store: it is logged, once, here where
 * the words are, and nothing is committed any more.
 */
enum err db_failed(struct store *s, const char *what);

/* It was that before. */
enum err db_broken(struct store *s);

/* ---------------------------------------------------------------- statements */

/* Bound values live until the statement has run; a failure is told by db_step. */
void db_bind_int(struct store *s, enum query q, int at, int64_t v);
void db_bind_text(struct store *s, enum query q, int at, const char *text);
void db_bind_bytes(struct store *s, enum query q, int at, const void *v, size_t n);

/* Run to the first row, then the next, whose columns live until `db_done`. */
MUST_CHECK enum err db_step(struct store *s, enum query q, bool *ret_row);
void db_done(struct store *s, enum query q);

/* Run what has no rows. */
MUST_CHECK enum err db_run(struct store *s, enum query q);

/* ... and is about this job: a bad page that it meets is the job's (damage_found). */
MUST_CHECK enum err db_run_of(struct store *s, enum query q, uint64_t id);

int64_t db_column(struct store *s, enum query q, int at);
char *db_column_text(struct store *s, struct arena *a, enum query q, int at);

/* Before each change: a transaction is open after it. */
MUST_CHECK enum err db_begin(struct store *s);

/* Outside the table: one number that a statement answers; and one without answer. */
MUST_CHECK enum err db_number(struct store *s, const char *text, int64_t *ret);
MUST_CHECK enum err db_execute(struct store *s, const char *text);

/* ---------------------------------------------------------------------- rows */

struct row {
	uint64_t id, fence;
	enum job_state state;
	uint32_t attempts;
	struct tenant *tenant;
	uint64_t bytes;             /* of its article, as it is kept */
	uint32_t lease_ms, allowed; /* of READY_OF: its own terms, 0 for the broker's */
};

/* The tenant whose name stands in this column. */
MUST_CHECK enum err row_tenant(struct store *s, enum query q, int at,
                               struct tenant **ret);

/* ERR_NOT_FOUND, with a sentence, when there is no such job. */
MUST_CHECK enum err row_load(struct store *s, uint64_t id, struct row *ret);

/* The one way from a state to another, told in `r`.  False when there is none. */
bool row_change(struct store *s, struct row *r, enum job_event event);

/*
 * By ARTICLE_OF or RESULT_OF; ERR_NOT_FOUND when the job has none, ERR_DAMAGED when the
 * page on which it stood is: neither is the end of the store.
 */
MUST_CHECK enum err db_read_body(struct store *s, struct arena *a, enum query q,
                                 uint64_t id, struct body *ret);

/* ------------------------------------------------------------ from file to file */

/* The job of this key.  With a hash, whether it has that one. */
MUST_CHECK enum err store_look_up(struct store *s, const char *tenant, const char *key,
                                  const void *hash, uint64_t *ret_id, bool *ret_same);

/* Whether the row of NEXT_DEAD or NEXT_JOB has the selection's tenant and reason. */
bool store_is_meant(struct store *s, enum query q, const struct wire_selection *which);

/* Delete all of a job; where it stood is known to row_change already. */
MUST_CHECK enum err store_drop(struct store *s, uint64_t id);

/* A number that outlives the rows which it was taken from. */
MUST_CHECK enum err store_mark(struct store *s, const char *name, uint64_t value);

/* ----- store_damage.c: articles on pages that cannot be read */
bool damage_knows(const struct store *s, uint64_t id);
/* Note one, found within a transaction, which has to be undone.  Gives ERR_DAMAGED. */
MUST_CHECK enum err damage_found(struct store *s, uint64_t id);
/* ... and then, outside of it, the neighbours of that one. */
MUST_CHECK enum err damage_look_around(struct store *s);

/* When the store opens. */
MUST_CHECK enum err store_read_valves(struct store *s);

/* Opened, of this version, and with what it needs to be durable. */
MUST_CHECK enum err schema_open(struct store *s);

/* Every statement of the table, made ready. */
MUST_CHECK enum err db_prepare(struct store *s);

#endif
