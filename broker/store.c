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
 *  7. Sequence numbers rise by one with each job that ends.  The newest stands in
 *     `mark` once its job may have it no more.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "broker/store_db.h"

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
		e = db_number(s, count[i], &n);
		s->count[i] = (uint64_t)n;
	}
	if (e == OK)
		e = db_number(
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
	if ((e = schema_open(s)) != OK || (e = db_prepare(s)) != OK ||
	    (e = count_jobs(s)) != OK ||
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
