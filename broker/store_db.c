/*
 * The store's one connection: its statements, how they are run, and what becomes of
 * a failure.  store_db.h says what the rest of the store does with these.
 */
#include "broker/store_db.h"

#include <errno.h>
#include <string.h>

#include "log.h"

static const char *const sql[QUERIES] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[PUT_JOB] =
	    "INSERT INTO job (id, state, fence, due, date, submitted, tenant, key, "
	    "article_id, hash, bytes, priority, lease, allowed) VALUES "
	    "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
	[PUT_ARTICLE] =
	    "INSERT INTO article (job, coding, size, data) VALUES (?1, ?2, ?3, ?4)",
	[BY_KEY] = "SELECT id, hash FROM job WHERE tenant = ?1 AND key = ?2",
	[READY_OF] = "SELECT id, attempts, fence, bytes, lease, allowed FROM job WHERE "
	             "state = 1 AND tenant = ?1 ORDER BY priority DESC, id LIMIT ?2",
	[STATE_OF] =
	    "SELECT state, attempts, fence, tenant, bytes FROM job WHERE id = ?1",
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
	[NEXT_DUE] = "SELECT id, due FROM job WHERE state = 2 AND date = 0 "
	             "ORDER BY due LIMIT 1",
	[NEXT_DATE] = "SELECT id, date FROM job WHERE state = 2 AND date > 0 "
	              "ORDER BY date LIMIT 1",
	[DUE] = "UPDATE job SET state = ?2, due = 0, date = 0 WHERE id = ?1",
	[DUE_BY] = "UPDATE job SET due = ?1 WHERE state = 2 AND date = 0 AND due > ?1 "
	           "AND attempts > 0",
	[NEXT_LEASED] = "SELECT id, fence, attempts, lease, allowed FROM job "
	                "WHERE state = 3 AND id > ?1 ORDER BY id LIMIT 1",
	[JOB] = "SELECT state, attempts, submitted, finished, sequence, tenant, key, "
	        "article_id, reason, worker, priority FROM job WHERE id = ?1",
	[ARTICLE_OF] = "SELECT coding, size, data FROM article WHERE job = ?1",
	[RESULT_OF] = "SELECT coding, size, data FROM result WHERE job = ?1",
	[KICK] = "UPDATE job SET state = ?2, attempts = 0, due = 0, date = 0, "
	         "finished = 0, sequence = 0, reason = '' WHERE id = ?1",
	[MARK] = "INSERT INTO mark (name, value) VALUES (?1, ?2) "
	         "ON CONFLICT (name) DO UPDATE SET value = ?2",
	[NEXT_DEAD] = "SELECT id, tenant, reason FROM job WHERE state = 5 AND id > ?1 "
	              "ORDER BY id LIMIT ?2",
	[PLACE] =
	    "SELECT due, date, allowed,"
	    " (SELECT count(*) FROM (SELECT 1 FROM job WHERE state = 1 AND"
	    "  tenant = me.tenant AND priority > me.priority LIMIT ?2)) +"
	    " (SELECT count(*) FROM (SELECT 1 FROM job WHERE state = 1 AND"
	    "  tenant = me.tenant AND priority = me.priority AND id < me.id LIMIT ?2))"
	    " FROM job AS me WHERE id = ?1",
	[NEXT_ENDED] = "SELECT id FROM job WHERE sequence > 0 AND sequence > ?1 "
	               "ORDER BY sequence LIMIT 1",
	/* The first of each tenant and priority, one step from each to the next. */
	[OLDEST] =
	    "WITH RECURSIVE first (tenant, priority, submitted) AS ("
	    " SELECT * FROM (SELECT tenant, priority, submitted FROM job"
	    "  WHERE state = 1 ORDER BY tenant, priority DESC, id LIMIT 1) UNION ALL"
	    " SELECT j.tenant, j.priority, j.submitted FROM first JOIN job AS j ON"
	    "  j.id = coalesce((SELECT id FROM job WHERE state = 1 AND"
	    "   tenant = first.tenant AND priority < first.priority"
	    "   ORDER BY priority DESC, id LIMIT 1),"
	    "  (SELECT id FROM job WHERE state = 1 AND tenant > first.tenant"
	    "   ORDER BY tenant, priority DESC, id LIMIT 1)))"
	    "SELECT min(submitted) FROM first",
	[NEXT_JOB] = "SELECT id, tenant, reason, state, submitted, finished FROM job "
	             "WHERE id > ?1 ORDER BY id LIMIT ?2",
	[NEXT_OLD] =
	    "SELECT id, state, finished, sequence FROM job WHERE sequence > 0 AND "
	    "sequence > ?1 ORDER BY sequence LIMIT ?2",
	[DROP_JOB] = "DELETE FROM job WHERE id = ?1",
	[DROP_ARTICLE] = "DELETE FROM article WHERE job = ?1",
	[DROP_RESULT] = "DELETE FROM result WHERE job = ?1",
	[SHUT] = "INSERT INTO valve (tenant, valve, since) VALUES (?1, ?2, ?3)",
	[OPEN] = "DELETE FROM valve WHERE tenant = ?1 AND valve = ?2",
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
	if (rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB)
		return ERR_DAMAGED;
	return rc == SQLITE_BUSY ? ERR_BUSY : ERR_IO;
}

static const char *
advice(enum err e)
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
	if (e == ERR_DAMAGED)
		return "the file is damaged: hearsay repair makes it anew from what can "
		       "be "
		       "read, or put a backup back";
	return "the disk does not work: check it, then start the broker again";
}

/*
 * No room for what was to be written: a rollback forgets it.  When it is the sync that
 * says so, what the disk has is not known (store.c, 2).
 */
static bool
is_before_sync(struct store *s, int rc)
{
	int code = sqlite3_extended_errcode(s->db);

	return rc == SQLITE_FULL || code == SQLITE_IOERR_WRITE ||
	       code == SQLITE_IOERR_SHMSIZE || code == SQLITE_IOERR_SHMMAP;
}

enum err
db_failed(struct store *s, const char *what)
{
	int rc = sqlite3_errcode(s->db);

	s->broken = code_of(rc, s->db == NULL ? 0 : sqlite3_system_errno(s->db));
	s->undoable = s->broken == ERR_FULL && is_before_sync(s, rc);
	if (s->is_open)
		log_error("store file=\"%s\" doing=\"%.40s\" error=\"%s\" code=%d",
		          s->path, what, sqlite3_errmsg(s->db),
		          sqlite3_extended_errcode(s->db));
	return err_set(s->broken, "%s: %s (%s)", s->path, advice(s->broken),
	               sqlite3_errmsg(s->db));
}

enum err
db_broken(struct store *s)
{
	return err_set(s->broken, "%s failed before: start the broker again", s->path);
}

/* --------------------------------------------------------------- statements */

void
db_bind_int(struct store *s, enum query q, int at, int64_t v)
{
	s->bind |= sqlite3_bind_int64(s->q[q], at, v);
}

void
db_bind_text(struct store *s, enum query q, int at, const char *text)
{
	s->bind |= sqlite3_bind_text(s->q[q], at, text, -1, SQLITE_STATIC);
}

void
db_bind_bytes(struct store *s, enum query q, int at, const void *v, size_t n)
{
	s->bind |= sqlite3_bind_blob64(s->q[q], at, n == 0 ? "" : v, n, SQLITE_STATIC);
}

/* What became of a step. */
static enum err
stepped(struct store *s, enum query q, int rc, bool *ret_row)
{
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return db_failed(s, sql[q]);
	*ret_row = rc == SQLITE_ROW;
	return OK;
}

static int
step(struct store *s, enum query q)
{
	int bind = s->bind;

	s->bind = SQLITE_OK;
	return bind != SQLITE_OK ? bind : sqlite3_step(s->q[q]);
}

enum err
db_step(struct store *s, enum query q, bool *ret_row)
{
	return stepped(s, q, step(s, q), ret_row);
}

void
db_done(struct store *s, enum query q)
{
	sqlite3_reset(s->q[q]);
}

enum err
db_run(struct store *s, enum query q)
{
	bool row = false;
	enum err e = db_step(s, q, &row);

	db_done(s, q);
	return e;
}

int64_t
db_column(struct store *s, enum query q, int at)
{
	return sqlite3_column_int64(s->q[q], at);
}

char *
db_column_text(struct store *s, struct arena *a, enum query q, int at)
{
	const void *text = sqlite3_column_text(s->q[q], at);

	return arena_text(a, text == NULL ? "" : text,
	                  (size_t)sqlite3_column_bytes(s->q[q], at));
}

enum err
db_begin(struct store *s)
{
	enum err e;

	if (s->broken != OK)
		return db_broken(s);
	if (s->changing)
		return OK;
	if ((e = db_run(s, BEGIN)) == OK)
		s->changing = true;
	return e;
}

/* --------------------------------------------------------- outside the table */

enum err
db_number(struct store *s, const char *text, int64_t *ret)
{
	sqlite3_stmt *q = NULL;
	bool good = sqlite3_prepare_v2(s->db, text, -1, &q, NULL) == SQLITE_OK &&
	            sqlite3_step(q) == SQLITE_ROW;

	if (good)
		*ret = sqlite3_column_int64(q, 0);
	enum err e = good ? OK : db_failed(s, text);
	sqlite3_finalize(q);
	return e;
}

enum err
db_execute(struct store *s, const char *text)
{
	if (sqlite3_exec(s->db, text, NULL, NULL, NULL) != SQLITE_OK)
		return db_failed(s, text);
	return OK;
}

enum err
db_prepare(struct store *s)
{
	for (int q = 0; q < QUERIES; q++)
		if (sqlite3_prepare_v3(s->db, sql[q], -1, SQLITE_PREPARE_PERSISTENT,
		                       &s->q[q], NULL) != SQLITE_OK)
			return db_failed(s, sql[q]);
	return OK;
}

/* ----------------------------------------------------------------------- rows */

/* The tenant that stands in this column. */
enum err
row_tenant(struct store *s, enum query q, int at, struct tenant **ret)
{
	const char *name = (const char *)sqlite3_column_text(s->q[q], at);

	if (name == NULL)
		return db_failed(s, sql[q]);
	return tenants_get(s->tenants, name, ret);
}

enum err
row_load(struct store *s, uint64_t id, struct row *ret)
{
	bool found = false;
	enum err e;

	if (s->broken != OK)
		return db_broken(s);
	db_bind_int(s, STATE_OF, 1, (int64_t)id);
	if ((e = db_step(s, STATE_OF, &found)) == OK && found) {
		*ret = (struct row){ .id = id,
			             .state = (enum job_state)db_column(s, STATE_OF, 0),
			             .attempts = (uint32_t)db_column(s, STATE_OF, 1),
			             .fence = (uint64_t)db_column(s, STATE_OF, 2),
			             .bytes = (uint64_t)db_column(s, STATE_OF, 4) };
		e = row_tenant(s, STATE_OF, 3, &ret->tenant);
	}
	db_done(s, STATE_OF);
	return e != OK || found ? e : err_set(ERR_NOT_FOUND, "no job has this number");
}

bool
row_change(struct store *s, struct row *r, enum job_event event)
{
	enum job_state to;

	if (!job_next(r->state, event, &to))
		return false;
	s->count[r->state] -= r->state != JOB_NONE;
	s->count[to] += to != JOB_NONE;
	tenants_count(s->tenants, r->tenant, r->state, to, r->bytes);
	r->state = to;
	return true;
}

enum err
store_mark(struct store *s, const char *name, uint64_t value)
{
	db_bind_text(s, MARK, 1, name);
	db_bind_int(s, MARK, 2, (int64_t)value);
	return db_run(s, MARK);
}

/*
 * Whether the page of a row, or one on the way to it, is bad: the end of what stands
 * there, not of the store.
 */
static bool
is_bad_page(struct store *s, int rc)
{
	return rc == SQLITE_CORRUPT ||
	       (rc == SQLITE_IOERR &&
	        sqlite3_extended_errcode(s->db) == SQLITE_IOERR_READ);
}

static enum err
bad_page(struct store *s, enum query q, uint64_t id)
{
	log_error("store file=\"%s\" job=%llu doing=\"%.40s\" error=\"%s\" code=%d "
	          "hint=\"hearsay check says what else is damaged\"",
	          s->path, (unsigned long long)id, sql[q], sqlite3_errmsg(s->db),
	          sqlite3_extended_errcode(s->db));
	db_done(s, q);
	return err_set(ERR_DAMAGED,
	               "it stood on a damaged page of the broker's database");
}

enum err
db_run_of(struct store *s, enum query q, uint64_t id)
{
	int rc = step(s, q);
	bool row;
	enum err e;

	if (is_bad_page(s, rc)) {
		(void)bad_page(s, q, id);
		return damage_found(s, id);
	}
	e = stepped(s, q, rc, &row);
	db_done(s, q);
	return e;
}

enum err
db_read_body(struct store *s, struct arena *a, enum query q, uint64_t id,
             struct body *ret)
{
	bool found = false;
	enum err e;

	db_bind_int(s, q, 1, (int64_t)id);
	int rc = step(s, q);
	if (is_bad_page(s, rc))
		return bad_page(s, q, id);
	if ((e = stepped(s, q, rc, &found)) == OK && found) {
		const void *v = sqlite3_column_blob(s->q[q], 2);
		size_t n = (size_t)sqlite3_column_bytes(s->q[q], 2);

		if (v == NULL && sqlite3_errcode(s->db) == SQLITE_NOMEM)
			return db_failed(s, sql[q]);
		ret->coding = (enum coding)db_column(s, q, 0);
		ret->size = (uint64_t)db_column(s, q, 1);
		ret->data =
		    (struct bytes){ n, memcpy(arena_raw(a, n + 1), v ? v : "", n) };
	}
	db_done(s, q);
	return e != OK || found ? e : ERR_NOT_FOUND;
}
