/*
 * The store, in SQLite.  With checkpoint.c, which serves it, the only file
 * that knows SQLite.
 *
 * Three tables: a job's state (small, changed often), its article, its result
 * (large, written once).  What is looked for has an index of just those rows:
 * the ready, the delayed, the leased, the ended.
 *
 *  1. A change is durable when store_commit has returned OK, not before: WAL
 *     with synchronous = FULL, which syncs the log at every commit.
 *  2. After any error nothing is committed any more: `broken` stays.  A failed
 *     sync is not tried again, since a second one may lie.
 *  3. Every change of a state goes through `change`, which asks job.c and keeps
 *     the counts.
 *  4. A key is unique by the insert's own transaction.
 *  5. No statement is left unfinished between two commits.
 *  6. Fences of a job rise by one with each lease, from a random number on: those
 *     of another life of this folder (a copy put back) are not taken for its own.
 *  7. Sequence numbers rise by one with each job that ends.  The newest stands in
 *     `mark` once its job may have it no more.
 */
#include "store.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "checkpoint.h"
#include "log.h"

/* "Hear", and the version of what stands below. */
enum { APPLICATION = 0x48656172, SCHEMA_VERSION = 2 };
enum { WAIT_MS = 10000, QUANTUM = 8, DUE_MAX = 1000, FENCE_BITS = 20 };

static const char schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE job ("
    " id INTEGER PRIMARY KEY,"
    " state INTEGER NOT NULL,"
    " attempts INTEGER NOT NULL DEFAULT 0,"
    " fence INTEGER NOT NULL,"
    " due INTEGER NOT NULL DEFAULT 0,"
    " submitted INTEGER NOT NULL,"
    " finished INTEGER NOT NULL DEFAULT 0,"
    " sequence INTEGER NOT NULL DEFAULT 0,"
    " tenant TEXT NOT NULL,"
    " key TEXT NOT NULL,"
    " article_id TEXT NOT NULL,"
    " hash BLOB NOT NULL,"
    " reason TEXT NOT NULL DEFAULT '',"
    " worker TEXT NOT NULL DEFAULT '',"
    " UNIQUE (tenant, key));"
    "CREATE INDEX job_ready ON job (tenant, id) WHERE state = 1;"
    "CREATE INDEX job_delayed ON job (due) WHERE state = 2;"
    "CREATE INDEX job_leased ON job (id) WHERE state = 3;"
    "CREATE INDEX job_dead ON job (id) WHERE state = 5;"
    "CREATE UNIQUE INDEX job_ended ON job (sequence, state) WHERE sequence > 0;"
    "CREATE TABLE article ("
    " job INTEGER PRIMARY KEY, coding INTEGER NOT NULL, size INTEGER NOT NULL,"
    " data BLOB NOT NULL);"
    "CREATE TABLE result ("
    " job INTEGER PRIMARY KEY, coding INTEGER NOT NULL, size INTEGER NOT NULL,"
    " data BLOB NOT NULL, model TEXT NOT NULL);"
    "CREATE TABLE mark (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
    "PRAGMA application_id = 0x48656172;"
    "PRAGMA user_version = 2;"
    "COMMIT;";

/* From each version to the next; what they end in is the schema above. */
static const char *const upgrades[SCHEMA_VERSION] = {
	[1] = "BEGIN IMMEDIATE;"
	      "ALTER TABLE job ADD COLUMN worker TEXT NOT NULL DEFAULT '';"
	      "CREATE INDEX job_dead ON job (id) WHERE state = 5;"
	      "CREATE TABLE mark ("
	      " name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
	      "PRAGMA user_version = 2;"
	      "COMMIT;",
};

/*
 * Pages of 8 KiB (of a new store) hold three articles or results of usual length,
 * where one of 4 KiB would hold one.  A log that is not cut is written over in
 * place, which costs the file system less than to let it grow again.
 */
static const char pragmas[] = "PRAGMA page_size = 8192;"
                              "PRAGMA journal_mode = WAL;"
                              "PRAGMA synchronous = FULL;"
                              "PRAGMA journal_size_limit = 134217728;"
                              "PRAGMA cache_size = -8192;"
                              "PRAGMA temp_store = MEMORY;"
                              "PRAGMA trusted_schema = OFF;";

enum query {
	BEGIN,
	COMMIT,
	PUT_JOB,
	PUT_ARTICLE,
	BY_KEY,
	NEXT_TENANT,
	FIRST_TENANT,
	READY_OF,
	STATE_OF,
	LEASE,
	FINISH,
	PUT_RESULT,
	END,
	BURY,
	NEXT_DUE,
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
	QUERIES,
};

static const char *const sql[QUERIES] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[PUT_JOB] =
	    "INSERT INTO job (state, fence, submitted, tenant, key, article_id, hash) "
	    "VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)",
	[PUT_ARTICLE] =
	    "INSERT INTO article (job, coding, size, data) VALUES (?1, ?2, ?3, ?4)",
	[BY_KEY] = "SELECT id, hash FROM job WHERE tenant = ?1 AND key = ?2",
	[NEXT_TENANT] = "SELECT tenant FROM job WHERE state = 1 AND tenant > ?1 "
	                "ORDER BY tenant LIMIT 1",
	[FIRST_TENANT] = "SELECT tenant FROM job WHERE state = 1 ORDER BY tenant LIMIT 1",
	[READY_OF] = "SELECT id, attempts, fence FROM job WHERE state = 1 AND tenant = "
	             "?1 ORDER BY id LIMIT ?2",
	[STATE_OF] = "SELECT state, attempts, fence FROM job WHERE id = ?1",
	[LEASE] = "UPDATE job SET state = 3, attempts = ?2, fence = ?3 WHERE id = ?1",
	[FINISH] = "UPDATE job SET state = ?2, sequence = ?3, finished = ?4, reason = '' "
	           "WHERE id = ?1",
	[PUT_RESULT] = "INSERT INTO result (job, coding, size, data, model) "
	               "VALUES (?1, ?2, ?3, ?4, ?5)",
	[END] = "UPDATE job SET state = ?2, due = ?3, attempts = ?4, "
	        "reason = coalesce(?5, reason), worker = coalesce(?6, worker) "
	        "WHERE id = ?1",
	[BURY] = "UPDATE job SET state = ?2, sequence = ?3, finished = ?4, "
	         "reason = coalesce(?5, reason), worker = coalesce(?6, worker) "
	         "WHERE id = ?1",
	[NEXT_DUE] = "SELECT id, due FROM job WHERE state = 2 ORDER BY due LIMIT 1",
	[DUE] = "UPDATE job SET state = 1, due = 0 WHERE id = ?1",
	[DUE_BY] = "UPDATE job SET due = ?1 WHERE state = 2 AND due > ?1",
	[NEXT_LEASED] = "SELECT id, fence, attempts FROM job WHERE state = 3 AND id > ?1 "
	                "ORDER BY id LIMIT 1",
	[JOB] = "SELECT state, attempts, submitted, finished, sequence, tenant, key, "
	        "article_id, reason, worker FROM job WHERE id = ?1",
	[ARTICLE_OF] = "SELECT coding, size, data FROM article WHERE job = ?1",
	[RESULT_OF] = "SELECT coding, size, data FROM result WHERE job = ?1",
	[KICK] = "UPDATE job SET state = ?2, attempts = 0, due = 0, finished = 0, "
	         "sequence = 0, reason = '' WHERE id = ?1",
	[MARK] = "INSERT INTO mark (name, value) VALUES ('sequence', ?1) "
	         "ON CONFLICT (name) DO UPDATE SET value = ?1",
	[NEXT_DEAD] = "SELECT id, tenant, reason FROM job WHERE state = 5 AND id > ?1 "
	              "ORDER BY id LIMIT ?2",
	[PLACE] =
	    "SELECT due, (SELECT count(*) FROM (SELECT 1 FROM job WHERE state = 1 AND "
	    "tenant = me.tenant AND id < me.id LIMIT ?2)) FROM job AS me WHERE id = ?1",
	[NEXT_ENDED] = "SELECT id FROM job WHERE sequence > 0 AND sequence > ?1 "
	               "ORDER BY sequence LIMIT 1",
	[OLDEST] =
	    "WITH RECURSIVE t (tenant) AS ("
	    " SELECT min(tenant) FROM job WHERE state = 1 UNION ALL"
	    " SELECT (SELECT min(tenant) FROM job WHERE state = 1 AND tenant > t.tenant)"
	    " FROM t WHERE t.tenant IS NOT NULL)"
	    "SELECT min((SELECT submitted FROM job WHERE state = 1 AND tenant = t.tenant"
	    " ORDER BY id LIMIT 1)) FROM t",
};

struct store {
	sqlite3 *db;
	sqlite3_stmt *q[QUERIES];
	struct checkpoint *checkpoint;
	char path[4096];
	bool is_open;  /* until then the caller says what went wrong */
	bool changing; /* a transaction is open */
	int bind;      /* first failure of a bind since the last step */
	int log_pages; /* after the last commit */
	enum err broken;
	uint64_t count[JOB_STATES];
	uint64_t sequence;
	char tenant[STORE_NAME_MAX + 1]; /* whose turn it was last */
};

/* ----------------------------------------------------------------- failures */

static enum err
code_of(int rc, int errno_then)
{
	if (errno_then == ENOSPC || errno_then == EDQUOT || rc == SQLITE_FULL)
		return ERR_FULL;
	if (errno_then == EROFS || rc == SQLITE_READONLY || rc == SQLITE_CANTOPEN ||
	    rc == SQLITE_PERM)
		return ERR_READ_ONLY;
	if (rc == SQLITE_NOMEM)
		return ERR_NOMEM;
	return rc == SQLITE_BUSY ? ERR_BUSY : ERR_IO;
}

static const char *
advice(int rc, enum err e)
{
	if (e == ERR_FULL)
		return "the disk is full: make room and start the broker again";
	if (e == ERR_READ_ONLY)
		return "the folder cannot be written to: mount it writable, or give the "
		       "broker's user the right to write there";
	if (e == ERR_NOMEM)
		return "memory is short";
	if (e == ERR_BUSY)
		return "another program has locked it: end that one first";
	if (rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB)
		return "the file is damaged: check the disk, put a backup back";
	return "the disk does not work: check it, then start the broker again";
}

/* Say what SQLite said, once, here where the words are; and do no more. */
static enum err
failed(struct store *s, const char *what)
{
	int rc = sqlite3_errcode(s->db);

	s->broken = code_of(rc, s->db == NULL ? 0 : sqlite3_system_errno(s->db));
	if (s->is_open)
		log_error("store file=\"%s\" doing=\"%.40s\" error=\"%s\" code=%d",
		          s->path, what, sqlite3_errmsg(s->db),
		          sqlite3_extended_errcode(s->db));
	return err_set(s->broken, "%s: %s (%s)", s->path, advice(rc, s->broken),
	               sqlite3_errmsg(s->db));
}

static enum err
broken(struct store *s)
{
	return err_set(s->broken, "%s failed before: start the broker again", s->path);
}

/* --------------------------------------------------------------- statements */

static void
bind_int(struct store *s, enum query q, int at, int64_t v)
{
	s->bind |= sqlite3_bind_int64(s->q[q], at, v);
}

static void
bind_text(struct store *s, enum query q, int at, const char *text)
{
	s->bind |= sqlite3_bind_text(s->q[q], at, text, -1, SQLITE_STATIC);
}

static void
bind_bytes(struct store *s, enum query q, int at, const void *v, size_t n)
{
	s->bind |= sqlite3_bind_blob64(s->q[q], at, n == 0 ? "" : v, n, SQLITE_STATIC);
}

/* Run to the first row, whose columns live until `done`. */
static enum err
step(struct store *s, enum query q, bool *ret_row)
{
	int rc = s->bind != SQLITE_OK ? s->bind : sqlite3_step(s->q[q]);

	s->bind = SQLITE_OK;
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return failed(s, sql[q]);
	*ret_row = rc == SQLITE_ROW;
	return OK;
}

static void
done(struct store *s, enum query q)
{
	sqlite3_reset(s->q[q]);
}

/* Run what has no rows. */
static enum err
run(struct store *s, enum query q)
{
	bool row = false;
	enum err e = step(s, q, &row);

	done(s, q);
	return e;
}

static int64_t
column(struct store *s, enum query q, int at)
{
	return sqlite3_column_int64(s->q[q], at);
}

static char *
column_text(struct store *s, struct arena *a, enum query q, int at)
{
	const void *text = sqlite3_column_text(s->q[q], at);

	return arena_text(a, text == NULL ? "" : text,
	                  (size_t)sqlite3_column_bytes(s->q[q], at));
}

/* Before each change. */
static enum err
begin(struct store *s)
{
	enum err e;

	if (s->broken != OK)
		return broken(s);
	if (s->changing)
		return OK;
	if ((e = run(s, BEGIN)) == OK)
		s->changing = true;
	return e;
}

enum err
store_commit(struct store *s)
{
	enum err e;

	for (int q = 0; q < QUERIES; q++)
		done(s, q); /* an arena that was full may have left one in the middle */
	if (s->broken != OK)
		return broken(s);
	if (!s->changing)
		return OK;
	if ((e = run(s, COMMIT)) != OK)
		return e;
	s->changing = false;
	return s->broken = checkpoint_after(s->checkpoint, s->db, s->log_pages);
}

/* ------------------------------------------------------------------- changes */

struct row {
	uint64_t id, fence;
	enum job_state state;
	uint32_t attempts;
};

static enum err
load(struct store *s, uint64_t id, struct row *ret)
{
	bool found = false;
	enum err e;

	if (s->broken != OK)
		return broken(s);
	bind_int(s, STATE_OF, 1, (int64_t)id);
	if ((e = step(s, STATE_OF, &found)) == OK && found)
		*ret = (struct row){ .id = id,
			             .state = (enum job_state)column(s, STATE_OF, 0),
			             .attempts = (uint32_t)column(s, STATE_OF, 1),
			             .fence = (uint64_t)column(s, STATE_OF, 2) };
	done(s, STATE_OF);
	return e != OK || found ? e : err_set(ERR_NOT_FOUND, "no job has this number");
}

/* The one way from a state to another.  False when there is none. */
static bool
change(struct store *s, struct row *r, enum job_event event)
{
	enum job_state to;

	if (!job_next(r->state, event, &to))
		return false;
	s->count[r->state]--;
	s->count[to]++;
	r->state = to;
	return true;
}

/* Whether this job ever gave that fence. */
static bool
gave(const struct row *r, uint64_t fence)
{
	return fence <= r->fence && fence >> FENCE_BITS == r->fence >> FENCE_BITS;
}

static enum err
look_up(struct store *s, const char *tenant, const char *key, const void *hash,
        uint64_t *ret_id, bool *ret_same)
{
	bool found = false;
	enum err e;

	if (s->broken != OK)
		return broken(s);
	bind_text(s, BY_KEY, 1, tenant);
	bind_text(s, BY_KEY, 2, key);
	if ((e = step(s, BY_KEY, &found)) == OK && found) {
		const void *theirs = sqlite3_column_blob(s->q[BY_KEY], 1);

		*ret_id = (uint64_t)column(s, BY_KEY, 0);
		if (hash != NULL)
			*ret_same =
			    theirs != NULL && memcmp(theirs, hash, STORE_HASH) == 0;
	}
	done(s, BY_KEY);
	return e != OK || found ? e : err_set(ERR_NOT_FOUND, "no job has this key");
}

static enum err
insert(struct store *s, const struct store_article *a, int64_t utc_ms, uint64_t *ret_id)
{
	enum err e;

	bind_int(s, PUT_JOB, 1, (int64_t)randombytes_random() << FENCE_BITS);
	bind_int(s, PUT_JOB, 2, utc_ms);
	bind_text(s, PUT_JOB, 3, a->tenant);
	bind_text(s, PUT_JOB, 4, a->key);
	bind_text(s, PUT_JOB, 5, a->article_id);
	bind_bytes(s, PUT_JOB, 6, a->hash, STORE_HASH);
	if ((e = run(s, PUT_JOB)) != OK)
		return e;
	*ret_id = (uint64_t)sqlite3_last_insert_rowid(s->db);
	bind_int(s, PUT_ARTICLE, 1, (int64_t)*ret_id);
	bind_int(s, PUT_ARTICLE, 2, a->body.coding);
	bind_int(s, PUT_ARTICLE, 3, (int64_t)a->body.size);
	bind_bytes(s, PUT_ARTICLE, 4, a->body.data.v, a->body.data.n);
	return run(s, PUT_ARTICLE);
}

enum err
store_put(struct store *s, const struct store_article *a, int64_t utc_ms,
          uint64_t *ret_id, enum store_put *ret)
{
	bool same = false;
	enum err e;

	if ((e = begin(s)) != OK)
		return e;
	e = look_up(s, a->tenant, a->key, a->hash, ret_id, &same);
	if (e == OK)
		*ret = same ? STORE_EXISTS : STORE_CONFLICT;
	if (e != ERR_NOT_FOUND)
		return e;
	if ((e = insert(s, a, utc_ms, ret_id)) != OK)
		return e;
	s->count[JOB_READY]++;
	*ret = STORE_ACCEPTED;
	return OK;
}

/* -------------------------------------------------------------------- claims */

/* ERR_NOT_FOUND when the job has none. */
static enum err
read_body(struct store *s, struct arena *a, enum query q, uint64_t id, struct body *ret)
{
	bool found = false;
	enum err e;

	bind_int(s, q, 1, (int64_t)id);
	if ((e = step(s, q, &found)) == OK && found) {
		const void *v = sqlite3_column_blob(s->q[q], 2);
		size_t n = (size_t)sqlite3_column_bytes(s->q[q], 2);

		if (v == NULL && sqlite3_errcode(s->db) == SQLITE_NOMEM)
			return failed(s, sql[q]);
		ret->coding = (enum coding)column(s, q, 0);
		ret->size = (uint64_t)column(s, q, 1);
		ret->data =
		    (struct bytes){ n, memcpy(arena_raw(a, n + 1), v ? v : "", n) };
	}
	done(s, q);
	return e != OK || found ? e : ERR_NOT_FOUND;
}

static enum err
lease(struct store *s, struct arena *a, struct row *r, struct store_lease *ret)
{
	enum err e = read_body(s, a, ARTICLE_OF, r->id, &ret->article);

	if (e == ERR_NOT_FOUND)
		return s->broken = err_set(ERR_IO,
		                           "%s: job %llu has no article: the file "
		                           "is damaged, put a backup back",
		                           s->path, (unsigned long long)r->id);
	if (e != OK || !change(s, r, JOB_LEASE))
		return e;
	ret->job = r->id;
	ret->fence = ++r->fence;
	ret->attempt = ++r->attempts;
	bind_int(s, LEASE, 1, (int64_t)r->id);
	bind_int(s, LEASE, 2, r->attempts);
	bind_int(s, LEASE, 3, (int64_t)r->fence);
	return run(s, LEASE);
}

/* The next tenant that has something ready, in s->tenant. */
static enum err
next_tenant(struct store *s, bool *ret_any)
{
	enum query q = NEXT_TENANT;
	enum err e;

	bind_text(s, q, 1, s->tenant);
	e = step(s, q, ret_any);
	if (e == OK && !*ret_any) {
		done(s, q);
		e = step(s, q = FIRST_TENANT, ret_any);
	}
	if (e == OK && *ret_any)
		snprintf(s->tenant, sizeof s->tenant, "%s",
		         (const char *)sqlite3_column_text(s->q[q], 0));
	done(s, q);
	return e;
}

/* The oldest ready jobs of s->tenant. */
static enum err
ready(struct store *s, size_t max, struct row *ret, size_t *ret_n)
{
	bool row = true;
	enum err e = OK;

	*ret_n = 0;
	bind_text(s, READY_OF, 1, s->tenant);
	bind_int(s, READY_OF, 2, (int64_t)max);
	while (*ret_n < max && (e = step(s, READY_OF, &row)) == OK && row)
		ret[(*ret_n)++] = (struct row){
			.id = (uint64_t)column(s, READY_OF, 0),
			.state = JOB_READY,
			.attempts = (uint32_t)column(s, READY_OF, 1),
			.fence = (uint64_t)column(s, READY_OF, 2),
		};
	done(s, READY_OF);
	return e;
}

enum err
store_claim(struct store *s, struct arena *a, size_t max, size_t max_bytes,
            struct store_lease *ret, size_t *ret_n)
{
	struct row rows[QUANTUM];
	size_t n = 0, bytes = 0, here;
	bool any = true;
	enum err e = begin(s);

	while (e == OK && n < max && bytes < max_bytes) {
		if ((e = next_tenant(s, &any)) != OK || !any)
			break;
		e = ready(s, max - n < QUANTUM ? max - n : QUANTUM, rows, &here);
		for (size_t i = 0; e == OK && i < here && bytes < max_bytes; i++) {
			e = lease(s, a, &rows[i], &ret[n]);
			bytes += e == OK ? ret[n++].article.data.n : 0;
		}
	}
	*ret_n = n;
	return e;
}

/* ------------------------------------------------------------------- endings */

static enum err
put_result(struct store *s, uint64_t id, const char *model, const struct body *b)
{
	bind_int(s, PUT_RESULT, 1, (int64_t)id);
	bind_int(s, PUT_RESULT, 2, b->coding);
	bind_int(s, PUT_RESULT, 3, (int64_t)b->size);
	bind_bytes(s, PUT_RESULT, 4, b->data.v, b->data.n);
	bind_text(s, PUT_RESULT, 5, model);
	return run(s, PUT_RESULT);
}

enum err
store_finish(struct store *s, struct wire_held lease, const char *model,
             const struct body *extraction, int64_t utc_ms, enum store_verdict *ret)
{
	struct row r = { 0 };
	enum err e = load(s, lease.job, &r);

	*ret = STORE_STALE;
	if (e == ERR_NOT_FOUND)
		return OK;
	if (e != OK || !gave(&r, lease.fence))
		return e;
	if (r.state == JOB_DONE && lease.fence == r.fence)
		*ret = STORE_REPEATED;
	if (!change(s, &r, JOB_FINISH))
		return OK;
	*ret = STORE_RECORDED;
	if ((e = begin(s)) != OK)
		return e;
	bind_int(s, FINISH, 1, (int64_t)r.id);
	bind_int(s, FINISH, 2, r.state);
	bind_int(s, FINISH, 3, (int64_t)++s->sequence);
	bind_int(s, FINISH, 4, utc_ms);
	if ((e = run(s, FINISH)) != OK)
		return e;
	return put_result(s, r.id, model, extraction);
}

static enum err
bury(struct store *s, const struct row *r, const struct store_end *end)
{
	bind_int(s, BURY, 1, (int64_t)r->id);
	bind_int(s, BURY, 2, r->state);
	bind_int(s, BURY, 3, (int64_t)++s->sequence);
	bind_int(s, BURY, 4, end->utc_ms);
	bind_text(s, BURY, 5, end->reason);
	bind_text(s, BURY, 6, end->worker);
	return run(s, BURY);
}

static enum err
put_back(struct store *s, const struct row *r, const struct store_end *end)
{
	uint32_t less = end->free && r->attempts > 0;

	bind_int(s, END, 1, (int64_t)r->id);
	bind_int(s, END, 2, r->state);
	bind_int(s, END, 3, r->state == JOB_DELAYED ? end->due_ms : 0);
	bind_int(s, END, 4, r->attempts - less);
	bind_text(s, END, 5, end->reason);
	bind_text(s, END, 6, end->worker);
	return run(s, END);
}

enum err
store_end(struct store *s, const struct store_end *end, enum store_verdict *ret)
{
	struct row r = { 0 };
	enum err e = load(s, end->lease.job, &r);

	*ret = STORE_STALE;
	if (e == ERR_NOT_FOUND)
		return OK;
	if (e != OK || r.fence != end->lease.fence)
		return e;
	*ret = r.state == JOB_LEASED ? STORE_RECORDED : STORE_REPEATED;
	if (r.state != JOB_LEASED)
		return OK; /* this lease has ended before */
	if ((e = begin(s)) != OK)
		return e;
	assert(end->event != JOB_FINISH);
	if (!change(s, &r, end->event))
		return OK;
	return end->event == JOB_BURY ? bury(s, &r, end) : put_back(s, &r, end);
}

/* The delayed job whose pause ends first; ret_due is INT64_MAX for none. */
static enum err
next_due(struct store *s, struct row *ret, int64_t *ret_due)
{
	bool found = false;
	enum err e = step(s, NEXT_DUE, &found);

	*ret_due = INT64_MAX;
	if (e == OK && found) {
		*ret = (struct row){ .id = (uint64_t)column(s, NEXT_DUE, 0),
			             .state = JOB_DELAYED };
		*ret_due = column(s, NEXT_DUE, 1);
	}
	done(s, NEXT_DUE);
	return e;
}

enum err
store_due(struct store *s, int64_t due_ms, int64_t *ret_next)
{
	struct row r = { 0 };
	enum err e;

	if (s->broken != OK)
		return broken(s);
	for (int i = 0;; i++) {
		if ((e = next_due(s, &r, ret_next)) != OK || *ret_next > due_ms)
			return e;
		if (i == DUE_MAX || !change(s, &r, JOB_DUE))
			return OK;
		if ((e = begin(s)) != OK)
			return e;
		bind_int(s, DUE, 1, (int64_t)r.id);
		if ((e = run(s, DUE)) != OK)
			return e;
	}
}

enum err
store_due_by(struct store *s, int64_t latest_ms)
{
	enum err e = begin(s);

	if (e != OK)
		return e;
	bind_int(s, DUE_BY, 1, latest_ms);
	return run(s, DUE_BY);
}

/* -------------------------------------------------------------------- orders */

static enum err
kick(struct store *s, const struct row *r)
{
	enum err e;

	bind_int(s, KICK, 1, (int64_t)r->id);
	bind_int(s, KICK, 2, r->state);
	if ((e = run(s, KICK)) != OK)
		return e;
	bind_int(s, MARK, 1, (int64_t)s->sequence);
	return run(s, MARK);
}

static enum err
cancel(struct store *s, const struct row *r, int64_t utc_ms)
{
	bind_int(s, FINISH, 1, (int64_t)r->id);
	bind_int(s, FINISH, 2, r->state);
	bind_int(s, FINISH, 3, (int64_t)++s->sequence);
	bind_int(s, FINISH, 4, utc_ms);
	return run(s, FINISH);
}

enum err
store_order(struct store *s, uint64_t id, enum job_event event, int64_t utc_ms,
            bool *ret_changed, enum job_state *ret_state)
{
	struct row r = { 0 };
	enum err e = load(s, id, &r);

	assert(event == JOB_KICK || event == JOB_CANCEL);
	if (e != OK || (e = begin(s)) != OK)
		return e;
	*ret_changed = change(s, &r, event);
	*ret_state = r.state;
	if (!*ret_changed)
		return OK;
	return event == JOB_KICK ? kick(s, &r) : cancel(s, &r, utc_ms);
}

static bool
is_meant(struct store *s, const struct wire_selection *which)
{
	const char *tenant = (const char *)sqlite3_column_text(s->q[NEXT_DEAD], 1);
	const char *reason = (const char *)sqlite3_column_text(s->q[NEXT_DEAD], 2);

	if (tenant == NULL || reason == NULL) /* no memory for them */
		return false;
	return (which->all_tenants || strcmp(tenant, which->tenant) == 0) &&
	       strstr(reason, which->reason) != NULL;
}

enum err
store_dead(struct store *s, const struct wire_selection *which,
           uint64_t ret_ids[STORE_DEAD_MAX], size_t *ret_n, uint64_t *ret_next)
{
	uint64_t last = which->after;
	bool row = true;
	size_t looked = 0;
	enum err e = OK;

	if (s->broken != OK)
		return broken(s);
	*ret_n = 0;
	bind_int(s, NEXT_DEAD, 1, (int64_t)which->after);
	bind_int(s, NEXT_DEAD, 2, STORE_DEAD_MAX);
	for (; (e = step(s, NEXT_DEAD, &row)) == OK && row; looked++) {
		last = (uint64_t)column(s, NEXT_DEAD, 0);
		if (is_meant(s, which))
			ret_ids[(*ret_n)++] = last;
	}
	done(s, NEXT_DEAD);
	*ret_next = looked == STORE_DEAD_MAX ? last : 0;
	return e;
}

/* ------------------------------------------------------------------- reading */

enum err
store_leased(struct store *s, uint64_t after, struct store_lease *ret)
{
	bool found = false;
	enum err e;

	if (s->broken != OK)
		return broken(s);
	bind_int(s, NEXT_LEASED, 1, (int64_t)after);
	if ((e = step(s, NEXT_LEASED, &found)) == OK && found)
		*ret = (struct store_lease){
			.job = (uint64_t)column(s, NEXT_LEASED, 0),
			.fence = (uint64_t)column(s, NEXT_LEASED, 1),
			.attempt = (uint32_t)column(s, NEXT_LEASED, 2),
		};
	done(s, NEXT_LEASED);
	return e != OK || found ? e : ERR_NOT_FOUND;
}

enum err
store_find(struct store *s, const char *tenant, const char *key, uint64_t *ret_id)
{
	return look_up(s, tenant, key, NULL, ret_id, NULL);
}

enum err
store_state(struct store *s, uint64_t id, enum job_state *ret)
{
	struct row r = { 0 };
	enum err e = load(s, id, &r);

	if (e == OK)
		*ret = r.state;
	return e;
}

static void
read_job(struct store *s, struct arena *a, uint64_t id, struct wire_job *ret)
{
	*ret = (struct wire_job){
		.id = id,
		.state = (enum wire_state)column(s, JOB, 0),
		.attempts = (uint32_t)column(s, JOB, 1),
		.submitted_ms = (uint64_t)column(s, JOB, 2),
		.finished_ms = (uint64_t)column(s, JOB, 3),
		.sequence = (uint64_t)column(s, JOB, 4),
		.tenant = column_text(s, a, JOB, 5),
		.key = column_text(s, a, JOB, 6),
		.article_id = column_text(s, a, JOB, 7),
		.reason = column_text(s, a, JOB, 8),
		.worker = column_text(s, a, JOB, 9),
	};
}

/* A body that a job may have, or not yet. */
static enum err
read_if(struct store *s, struct arena *a, enum query q, struct wire_job *job,
        bool *ret_has, struct body *ret)
{
	enum err e = read_body(s, a, q, job->id, ret);

	*ret_has = e == OK;
	return e == ERR_NOT_FOUND ? OK : e;
}

enum err
store_job(struct store *s, struct arena *a, uint64_t id, struct store_wish with,
          struct wire_job *ret)
{
	bool found = false;
	enum err e;

	if (s->broken != OK)
		return broken(s);
	bind_int(s, JOB, 1, (int64_t)id);
	if ((e = step(s, JOB, &found)) == OK && found)
		read_job(s, a, id, ret);
	done(s, JOB);
	if (e == OK && !found)
		return err_set(ERR_NOT_FOUND, "no job has this number");
	if (e == OK && with.extraction)
		e = read_if(s, a, RESULT_OF, ret, &ret->has_extraction, &ret->extraction);
	if (e == OK && with.article)
		e = read_if(s, a, ARTICLE_OF, ret, &ret->has_article, &ret->article);
	return e;
}

enum err
store_place(struct store *s, uint64_t id, struct store_place *ret)
{
	bool found = false;
	enum err e;

	if (s->broken != OK)
		return broken(s);
	bind_int(s, PLACE, 1, (int64_t)id);
	bind_int(s, PLACE, 2, STORE_AHEAD_MAX + 1);
	if ((e = step(s, PLACE, &found)) == OK && found) {
		*ret = (struct store_place){ .due_ms = column(s, PLACE, 0),
			                     .ahead = (uint64_t)column(s, PLACE, 1) };
		ret->more = ret->ahead > STORE_AHEAD_MAX;
		ret->ahead -= ret->more;
	}
	done(s, PLACE);
	return e != OK || found ? e : err_set(ERR_NOT_FOUND, "no job has this number");
}

enum err
store_ended(struct store *s, uint64_t after, uint64_t *ret_id)
{
	bool found = false;
	enum err e;

	if (s->broken != OK)
		return broken(s);
	bind_int(s, NEXT_ENDED, 1, (int64_t)after);
	if ((e = step(s, NEXT_ENDED, &found)) == OK && found)
		*ret_id = (uint64_t)column(s, NEXT_ENDED, 0);
	done(s, NEXT_ENDED);
	return e != OK || found ? e : ERR_NOT_FOUND;
}

uint64_t
store_sequence(const struct store *s)
{
	return s->sequence;
}

uint64_t
store_count(const struct store *s, enum job_state state)
{
	return s->count[state];
}

enum err
store_oldest(struct store *s, int64_t *ret_utc_ms)
{
	bool found = false;
	enum err e;

	if (s->broken != OK)
		return broken(s);
	e = step(s, OLDEST, &found);
	found = e == OK && found && sqlite3_column_type(s->q[OLDEST], 0) != SQLITE_NULL;
	if (found)
		*ret_utc_ms = column(s, OLDEST, 0);
	done(s, OLDEST);
	return e != OK || found ? e : ERR_NOT_FOUND;
}

/* ---------------------------------------------------------- opening and closing */

/* One number that a statement outside the table answers. */
static enum err
number(struct store *s, const char *text, int64_t *ret)
{
	sqlite3_stmt *q = NULL;
	bool good = sqlite3_prepare_v2(s->db, text, -1, &q, NULL) == SQLITE_OK &&
	            sqlite3_step(q) == SQLITE_ROW;

	if (good)
		*ret = sqlite3_column_int64(q, 0);
	enum err e = good ? OK : failed(s, text);
	sqlite3_finalize(q);
	return e;
}

static enum err
execute(struct store *s, const char *text)
{
	if (sqlite3_exec(s->db, text, NULL, NULL, NULL) != SQLITE_OK)
		return failed(s, text);
	return OK;
}

/* A log without its database: somebody removed half of a store. */
static enum err
check_halves(const struct store *s)
{
	char log[sizeof s->path + 4];
	struct stat st;

	snprintf(log, sizeof log, "%s-wal", s->path);
	if (stat(s->path, &st) != 0 && stat(log, &st) == 0 && st.st_size > 0)
		return err_set(ERR_IO,
		               "%.200s is missing but its log is there: put both "
		               "back from the same backup, or remove the log too",
		               s->path);
	return OK;
}

/* The version of what is there, 0 for nothing yet. */
static enum err
check_version(struct store *s, int64_t *ret)
{
	int64_t application = 0, version = 0, tables = 0;
	enum err e;

	if ((e = number(s, "PRAGMA application_id", &application)) != OK ||
	    (e = number(s, "PRAGMA user_version", &version)) != OK ||
	    (e = number(s, "SELECT count(*) FROM sqlite_schema", &tables)) != OK)
		return e;
	*ret = version;
	if (application == 0 && version == 0 && tables == 0)
		return OK;
	if (application != APPLICATION)
		return err_set(ERR_BAD_INPUT,
		               "%s is another program's database: give "
		               "another folder",
		               s->path);
	if (version < 1 || version > SCHEMA_VERSION)
		return err_set(ERR_VERSION,
		               "%s has the form %lld and this broker knows "
		               "%d: run the broker that wrote it, or a newer one",
		               s->path, (long long)version, SCHEMA_VERSION);
	return OK;
}

/* To this version, one step after the other, each a transaction. */
static enum err
upgrade(struct store *s, int64_t from)
{
	enum err e = OK;

	if (from == 0)
		return execute(s, schema);
	if (from < SCHEMA_VERSION)
		log_info("store file=\"%s\" upgrading from=%lld to=%d", s->path,
		         (long long)from, SCHEMA_VERSION);
	for (; from < SCHEMA_VERSION && e == OK; from++)
		e = execute(s, upgrades[from]);
	/* One write in any case: a disk that takes none is to be said now. */
	return e == OK ? execute(s, "PRAGMA user_version = 2") : e;
}

static enum err
open_db(struct store *s)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
	            SQLITE_OPEN_PRIVATECACHE;
	int64_t version = 0, full = 0;
	enum err e;

	if (sqlite3_open_v2(s->path, &s->db, flags, NULL) != SQLITE_OK)
		return failed(s, "open");
	sqlite3_busy_timeout(s->db, WAIT_MS);
	if ((e = check_version(s, &version)) != OK || (e = execute(s, pragmas)) != OK ||
	    (e = upgrade(s, version)) != OK)
		return e;
	if ((e = number(s,
	                "SELECT (SELECT journal_mode FROM pragma_journal_mode) = 'wal'",
	                &full)) != OK)
		return e;
	if (!full)
		return err_set(ERR_IO,
		               "%s: this file system cannot share memory, which "
		               "the store needs: use a local one",
		               s->path);
	return OK;
}

static enum err
prepare_all(struct store *s)
{
	for (int q = 0; q < QUERIES; q++)
		if (sqlite3_prepare_v3(s->db, sql[q], -1, SQLITE_PREPARE_PERSISTENT,
		                       &s->q[q], NULL) != SQLITE_OK)
			return failed(s, sql[q]);
	return OK;
}

static enum err
count_jobs(struct store *s)
{
	static const char *const count[JOB_STATES] = {
		[JOB_READY] = "SELECT count(*) FROM job WHERE state = 1",
		[JOB_DELAYED] = "SELECT count(*) FROM job WHERE state = 2",
		[JOB_LEASED] = "SELECT count(*) FROM job WHERE state = 3",
		[JOB_DONE] = "SELECT count(*) FROM job WHERE sequence > 0 AND state = 4",
		[JOB_DEAD] = "SELECT count(*) FROM job WHERE sequence > 0 AND state = 5",
		[JOB_CANCELLED] =
		    "SELECT count(*) FROM job WHERE sequence > 0 AND state = 6",
	};
	int64_t n = 0;
	enum err e = OK;

	for (int i = JOB_READY; i < JOB_STATES && e == OK; i++) {
		e = number(s, count[i], &n);
		s->count[i] = (uint64_t)n;
	}
	if (e == OK)
		e = number(
		    s,
		    "SELECT max(coalesce((SELECT max(sequence) FROM job WHERE sequence > "
		    "0), "
		    "0), coalesce((SELECT value FROM mark WHERE name = 'sequence'), 0))",
		    &n);
	s->sequence = (uint64_t)n;
	return e;
}

/* SQLite tells how long its log is after each commit. */
static int
note_pages(void *store, sqlite3 *db, const char *name, int pages)
{
	(void)db;
	(void)name;
	((struct store *)store)->log_pages = pages;
	return SQLITE_OK;
}

enum err
store_open(const char *dir, struct store **ret)
{
	struct store *s = calloc(1, sizeof *s);
	enum err e;

	if (s == NULL || sodium_init() < 0) {
		free(s);
		return err_set(ERR_NOMEM, "no memory for the store");
	}
	snprintf(s->path, sizeof s->path, "%s/queue.db", dir);
	if ((e = check_halves(s)) != OK || (e = open_db(s)) != OK ||
	    (e = prepare_all(s)) != OK || (e = count_jobs(s)) != OK ||
	    (e = checkpoint_start(s->path, &s->checkpoint)) != OK) {
		store_close(s);
		return e;
	}
	sqlite3_wal_hook(s->db, note_pages, s);
	s->is_open = true;
	*ret = s;
	return OK;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	checkpoint_stop(s->checkpoint);
	for (int q = 0; q < QUERIES; q++)
		sqlite3_finalize(s->q[q]);
	sqlite3_close(s->db);
	free(s);
}
