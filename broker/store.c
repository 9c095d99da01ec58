/*
 * The store, in SQLite: opened, committed, closed.  store_db.h lists its files.
 *
 *  1. A change is durable when store_commit has returned OK, not before: WAL
 *     with synchronous = FULL, which syncs the log at every commit.
 *  2. After any error nothing is committed any more: `broken` stays.  A failed
 *     sync is not tried again, since a second one may lie.
 *  3. Every change of a state goes through `row_change`, which asks job.c and keeps
 *     the counts.
 *  4. A key is unique by the insert's own transaction.
 *  5. No statement is left unfinished between two commits.
 *  6. Fences of a job rise by one with each lease, from a random number on: those
 *     of another life of this folder (a copy put back) are not taken for its own.
 *  7. Sequence numbers rise by one with each job that ends, ids with each that comes;
 *     neither is given twice.  The newest stands in `mark` once its job is gone, or
 *     has it no more.
 *  8. The tenants' figures in memory are those of the rows, or the store is broken.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/origin.h"
#include "broker/store_db.h"
#include "log.h"

enum err
store_commit(struct store *s)
{
	enum err e;

	for (int q = 0; q < QUERIES; q++)
		db_done(s,
		        q); /* an arena that was full may have left one in the middle */
	if (s->broken != OK)
		return db_broken(s);
	if (!s->changing)
		return OK;
	if ((e = db_run(s, COMMIT)) != OK)
		return e;
	s->changing = false;
	return s->broken = checkpoint_after(s->checkpoint, s->db, s->log_pages);
}

bool
store_has_changed(const struct store *s)
{
	return s->changing;
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

/* ---------------------------------------------------------- opening and closing */

/* One line of unfinished jobs: how many of a state a tenant has, of how many bytes. */
static enum err
count_tenant(struct store *s, sqlite3_stmt *q)
{
	enum job_state state = (enum job_state)sqlite3_column_int(q, 0);
	const char *name = (const char *)sqlite3_column_text(q, 1);
	uint64_t jobs = (uint64_t)sqlite3_column_int64(q, 2);
	struct tenant *tenant = NULL;
	enum err e =
	    name == NULL ? db_failed(s, "count") : tenants_get(s->tenants, name, &tenant);

	if (e != OK)
		return e;
	s->count[state] += jobs;
	tenants_add(s->tenants, tenant, state, jobs,
	            (uint64_t)sqlite3_column_int64(q, 3));
	return OK;
}

static enum err
count_unfinished(struct store *s)
{
	/* Each by its own index. */
	static const char text[] =
	    "SELECT 1, tenant, count(*), sum(bytes) FROM job WHERE state = 1 GROUP BY 2 "
	    "UNION ALL SELECT 2, tenant, count(*), sum(bytes) FROM job "
	    "WHERE state = 2 AND date = 0 GROUP BY 2 "
	    "UNION ALL SELECT 2, tenant, count(*), sum(bytes) FROM job "
	    "WHERE state = 2 AND date > 0 GROUP BY 2 "
	    "UNION ALL SELECT 3, tenant, count(*), sum(bytes) FROM job "
	    "WHERE state = 3 GROUP BY 2";
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(s->db, text, -1, &q, NULL);
	enum err e = OK;

	while (rc == SQLITE_OK && e == OK && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		e = count_tenant(s, q);
		rc = SQLITE_OK;
	}
	if (e == OK && rc != SQLITE_DONE)
		e = db_failed(s, text);
	sqlite3_finalize(q);
	return e;
}

/* All in one walk: of a million that are kept it takes a while. */
static enum err
count_ended(struct store *s)
{
	static const char text[] = "SELECT total(state = 4), total(state = 5), "
	                           "total(state = 6) FROM job WHERE sequence > 0";
	sqlite3_stmt *q = NULL;
	bool good = sqlite3_prepare_v2(s->db, text, -1, &q, NULL) == SQLITE_OK &&
	            sqlite3_step(q) == SQLITE_ROW;

	for (int i = JOB_DONE; i <= JOB_CANCELLED && good; i++)
		s->count[i] = (uint64_t)sqlite3_column_int64(q, i - JOB_DONE);
	enum err e = good ? OK : db_failed(s, text);
	sqlite3_finalize(q);
	return e;
}

/* What may have outlived the rows that it is about. */
static enum err
read_marks(struct store *s)
{
	static const char max_of[] = "SELECT max(coalesce((%s), 0), coalesce((SELECT "
	                             "value FROM mark WHERE name = '%s'), 0))";
	const struct {
		const char *name, *rows;
		void *ret;
	} marks[] = {
		{ "sequence", "SELECT max(sequence) FROM job WHERE sequence > 0",
		  &s->sequence },
		{ "id", "SELECT max(id) FROM job", &s->newest_id },
		{ "stripped", "0", &s->stripped },
		{ "paused", "0", &s->shut[VALVE_DEALING] },
		{ "draining", "0", &s->shut[VALVE_INTAKE] },
	};
	char text[256];
	int64_t n = 0;
	enum err e = OK;

	for (size_t i = 0; i < sizeof marks / sizeof marks[0] && e == OK; i++) {
		snprintf(text, sizeof text, max_of, marks[i].rows, marks[i].name);
		if ((e = db_number(s, text, &n)) == OK)
			memcpy(marks[i].ret, &n, sizeof n);
	}
	return e;
}

static enum err
count_all(struct store *s)
{
	enum err e;

	if ((e = count_unfinished(s)) != OK || (e = count_ended(s)) != OK ||
	    (e = read_marks(s)) != OK)
		return e;
	return store_read_valves(s);
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

/*
 * A start of this store has a number, which is in the database itself, not in its log
 * alone, before the file beside it names it.
 */
static enum err
begin_start(struct store *s)
{
	char text[128];
	int64_t before = 0;
	int log = 0, copied = 0;
	enum err e = db_number(
	    s, "SELECT coalesce((SELECT value FROM mark WHERE name = 'start'), 0)",
	    &before);

	if (e != OK)
		return e;
	s->start = ((uint64_t)before > s->start ? (uint64_t)before : s->start) + 1;
	snprintf(text, sizeof text, "INSERT OR REPLACE INTO mark VALUES ('start', %llu)",
	         (unsigned long long)s->start);
	if ((e = db_execute(s, text)) != OK)
		return e;
	if (sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &log,
	                              &copied) != SQLITE_OK)
		return db_failed(s, "checkpoint");
	return log == copied ? origin_note(s->path, s->start, "open") : OK;
}

enum err
store_open(const char *dir, struct store **ret)
{
	struct store *s = calloc(1, sizeof *s);
	enum err e;

	if (s == NULL || sodium_init() < 0 || (s->tenants = tenants_new()) == NULL) {
		free(s);
		return err_set(ERR_NOMEM, "no memory for the store");
	}
	snprintf(s->path, sizeof s->path, "%s/queue.db", dir);
	if ((e = origin_check(s->path, &s->start)) != OK || (e = schema_open(s)) != OK ||
	    (e = db_prepare(s)) != OK || (e = count_all(s)) != OK ||
	    (e = begin_start(s)) != OK ||
	    (e = checkpoint_start(s->path, &s->checkpoint)) != OK) {
		store_close(s);
		return e;
	}
	sqlite3_wal_hook(s->db, note_pages, s);
	s->is_open = true;
	*ret = s;
	return OK;
}

/* --------------------------------------------------------------------- going on */

bool
store_can_undo(const struct store *s)
{
	return s->broken != OK && s->undoable;
}

/* The figures in memory, as if the store had just been opened. */
static enum err
forget(struct store *s)
{
	struct tenants *anew = tenants_new();

	if (anew == NULL)
		return s->broken = err_set(ERR_NOMEM, "no memory for the store");
	tenants_free(s->tenants);
	s->tenants = anew;
	memset(s->count, 0, sizeof s->count);
	s->kept_id = s->kept_sequence = s->swept = 0;
	return OK;
}

enum err
store_undo(struct store *s)
{
	enum err e;

	for (int q = 0; q < QUERIES; q++)
		db_done(s, q);
	if (!sqlite3_get_autocommit(s->db) &&
	    sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL) != SQLITE_OK)
		return db_failed(s, "ROLLBACK");
	s->changing = s->undoable = false;
	s->bind = SQLITE_OK;
	s->broken = OK;
	if ((e = forget(s)) != OK || (e = count_all(s)) != OK)
		return e;
	return damage_look_around(s);
}

/* No figure in memory takes part in this, so that there is nothing to count anew. */
bool
store_has_room(struct store *s)
{
	static const char text[] =
	    "BEGIN IMMEDIATE; INSERT INTO mark (name, value) VALUES ('tried', 1) "
	    "ON CONFLICT (name) DO UPDATE SET value = 1 - value; COMMIT";
	bool full;

	if (sqlite3_exec(s->db, text, NULL, NULL, NULL) == SQLITE_OK)
		return true;
	(void)db_failed(s, text);
	full = s->undoable;
	if (!sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	if (full) {
		s->broken = OK;
		s->undoable = false;
	}
	return false;
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
	if (s->is_open && s->broken == OK &&
	    origin_note(s->path, s->start, "closed") != OK)
		log_warn("start_file error=\"%s\"", err_text());
	tenants_free(s->tenants);
	free(s->damaged);
	free(s);
}
