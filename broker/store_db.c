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

enum err
db_failed(struct store *s, const char *what)
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

enum err
db_step(struct store *s, enum query q, bool *ret_row)
{
	int rc = s->bind != SQLITE_OK ? s->bind : sqlite3_step(s->q[q]);

	s->bind = SQLITE_OK;
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return db_failed(s, sql[q]);
	*ret_row = rc == SQLITE_ROW;
	return OK;
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

enum err
row_load(struct store *s, uint64_t id, struct row *ret)
{
	bool found = false;
	enum err e;

	if (s->broken != OK)
		return db_broken(s);
	db_bind_int(s, STATE_OF, 1, (int64_t)id);
	if ((e = db_step(s, STATE_OF, &found)) == OK && found)
		*ret = (struct row){ .id = id,
			             .state = (enum job_state)db_column(s, STATE_OF, 0),
			             .attempts = (uint32_t)db_column(s, STATE_OF, 1),
			             .fence = (uint64_t)db_column(s, STATE_OF, 2) };
	db_done(s, STATE_OF);
	return e != OK || found ? e : err_set(ERR_NOT_FOUND, "no job has this number");
}

bool
row_change(struct store *s, struct row *r, enum job_event event)
{
	enum job_state to;

	if (!job_next(r->state, event, &to))
		return false;
	s->count[r->state]--;
	s->count[to]++;
	r->state = to;
	return true;
}

enum err
db_read_body(struct store *s, struct arena *a, enum query q, uint64_t id,
             struct body *ret)
{
	bool found = false;
	enum err e;

	db_bind_int(s, q, 1, (int64_t)id);
	if ((e = db_step(s, q, &found)) == OK && found) {
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
