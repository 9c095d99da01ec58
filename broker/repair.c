/*
 * Repair, in three steps: every row that stands on a readable page (pages.c) is put into
 * a database of the right form, articles and results only when they can be opened, jobs
 * onto a stage beside; on the stage a table of rules makes of them what keeps the laws;
 * then they move in, all of it is checked, and the new database takes the old one's
 * place.
 *
 *  1. The damaged file is never written to, but for its own log, which is read in first.
 *  2. The new one takes its place only when check_file finds nothing wrong with it.
 *  3. What is changed or lost is said, job by job.
 *  4. Numbers are not given twice: when any are unknown the new ones begin far ahead.
 */
#include "repair.h"

#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "broker/content.h"
#include "broker/folder.h"
#include "broker/origin.h"
#include "broker/pages.h"
#include "broker/store.h"
#include "broker/swap.h"

enum { SCRATCH = 96 << 20, AHEAD = 1 << 20, PATH_SIZE = 4096 };

/* Places of what is looked at in a row of the table job. */
enum {
	STATE = 1,
	FENCE = 3,
	SEQUENCE = 7,
	TENANT,
	KEY,
	ARTICLE_ID,
	HASH,
	JOB_COLUMNS = 19
};

enum statement {
	ADD_JOB,
	OLDER_JOB,
	ADD_ARTICLE,
	ADD_TEXT,
	ADD_RESULT,
	ADD_NAME,
	ADD_MARK,
	ADD_VALVE,
	STATEMENTS
};

static const char *const sql[STATEMENTS] = {
	[ADD_JOB] =
	    "INSERT OR IGNORE INTO stage.job VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "
	    "?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
	[OLDER_JOB] =
	    "DELETE FROM stage.job WHERE id = ?1 AND (fence < ?2 OR sequence < ?3)",
	[ADD_ARTICLE] = "INSERT OR REPLACE INTO article (job, coding, size, data) "
	                "VALUES (?1, ?2, ?3, ?4)",
	[ADD_TEXT] = "INSERT OR REPLACE INTO stage.text VALUES (?1, ?2, ?3, ?4)",
	[ADD_RESULT] = "INSERT OR REPLACE INTO result (job, coding, size, data, model) "
	               "VALUES (?1, ?2, ?3, ?4, ?5)",
	[ADD_NAME] = "INSERT OR REPLACE INTO stage.name VALUES (?1, ?2, ?3)",
	[ADD_MARK] = "INSERT INTO mark (name, value) VALUES (?1, ?2) "
	             "ON CONFLICT (name) DO UPDATE SET value = max(value, ?2)",
	[ADD_VALVE] =
	    "INSERT OR REPLACE INTO valve (tenant, valve, since) VALUES (?1, ?2, ?3)",
};

struct repair {
	const char *dir;
	char place[PATH_SIZE], old[PATH_SIZE], new[PATH_SIZE];
	const struct telling *telling;
	sqlite3 *db;
	sqlite3_stmt *q[STATEMENTS];
	struct arena *scratch;
	struct pages_count pages;
	uint64_t bad_bodies;
	struct repair_report report;
};

static void
say(const struct repair *r, const char *text)
{
	if (r->telling != NULL)
		r->telling->say(r->telling->arg, text);
}

static enum err
failed(const struct repair *r, const char *what)
{
	enum err e = sqlite3_errcode(r->db) == SQLITE_FULL    ? ERR_FULL
	             : sqlite3_errcode(r->db) == SQLITE_NOMEM ? ERR_NOMEM
	                                                      : ERR_IO;

	return err_set(e, "%.200s: %.60s: %s%s", r->new, what, sqlite3_errmsg(r->db),
	               e == ERR_FULL ? ": make room for a second store" : "");
}

/* ------------------------------------------------------------- rows, as they come */

static void
bind(sqlite3_stmt *q, int at, const struct pages_value *v)
{
	const char *bytes = v->bytes.n == 0 ? "" : (const char *)v->bytes.v;

	if (v->type == PAGES_NUMBER)
		sqlite3_bind_int64(q, at, v->number);
	else if (v->type == PAGES_TEXT)
		sqlite3_bind_text(q, at, bytes, (int)v->bytes.n, SQLITE_STATIC);
	else if (v->type == PAGES_BYTES)
		sqlite3_bind_blob64(q, at, bytes, v->bytes.n, SQLITE_STATIC);
	else
		sqlite3_bind_null(q, at);
}

static enum err
run(struct repair *r, enum statement s)
{
	int rc = sqlite3_step(r->q[s]);

	sqlite3_reset(r->q[s]);
	sqlite3_clear_bindings(r->q[s]);
	return rc == SQLITE_DONE ? OK : failed(r, sql[s]);
}

/* Rows of before a column was added are short: 0, or no text. */
static enum err
add_job(struct repair *r, const struct pages_row *row)
{
	static const struct pages_value zero = { .type = PAGES_NUMBER },
	                                no_text = { .type = PAGES_TEXT };
	enum { REASON = 12, WORKER };
	enum err e;

	sqlite3_bind_int64(r->q[OLDER_JOB], 1, row->id);
	bind(r->q[OLDER_JOB], 2, &row->v[FENCE]);
	bind(r->q[OLDER_JOB], 3, &row->v[SEQUENCE]);
	if ((e = run(r, OLDER_JOB)) != OK)
		return e;
	sqlite3_bind_int64(r->q[ADD_JOB], 1, row->id);
	for (int i = 1; i < JOB_COLUMNS; i++)
		bind(r->q[ADD_JOB], i + 1,
		     (size_t)i < row->n           ? &row->v[i]
		     : i == REASON || i == WORKER ? &no_text
		                                  : &zero);
	return run(r, ADD_JOB);
}

static struct body
body_of(const struct pages_row *row)
{
	return (struct body){ .coding = (enum coding)row->v[1].number,
		              .size = (uint64_t)row->v[2].number,
		              .data = row->v[3].bytes };
}

static enum err
add_body(struct repair *r, const struct pages_row *row, enum statement s)
{
	sqlite3_bind_int64(r->q[s], 1, row->id);
	for (size_t i = 1; i < row->n; i++)
		bind(r->q[s], (int)i + 1, &row->v[i]);
	return run(r, s);
}

/* Only what can be opened. */
static enum err
add_article(struct repair *r, const struct pages_row *row)
{
	const struct body body = body_of(row);
	uint8_t hash[STORE_HASH];
	enum err e = content_article(r->scratch, &body, hash);

	if (e == ERR_NOMEM)
		return e;
	if (e != OK) {
		r->bad_bodies++;
		return OK;
	}
	sqlite3_bind_int64(r->q[ADD_TEXT], 1, row->id);
	sqlite3_bind_blob(r->q[ADD_TEXT], 2, hash, sizeof hash, SQLITE_STATIC);
	sqlite3_bind_int64(r->q[ADD_TEXT], 3, (int64_t)body.data.n);
	sqlite3_bind_int(r->q[ADD_TEXT], 4, body.coding == CODING_ZSTD);
	if ((e = run(r, ADD_TEXT)) != OK)
		return e;
	return add_body(r, row, ADD_ARTICLE);
}

static enum err
add_result(struct repair *r, const struct pages_row *row)
{
	const struct body body = body_of(row);
	enum err e = content_extraction(r->scratch, &body);

	if (e == ERR_NOMEM)
		return e;
	if (e == OK)
		return add_body(r, row, ADD_RESULT);
	r->bad_bodies++;
	return OK;
}

static enum err
add_name(struct repair *r, const struct pages_row *row)
{
	sqlite3_bind_int64(r->q[ADD_NAME], 1, row->v[2].number);
	bind(r->q[ADD_NAME], 2, &row->v[0]);
	bind(r->q[ADD_NAME], 3, &row->v[1]);
	return run(r, ADD_NAME);
}

static enum err
add_plain(struct repair *r, const struct pages_row *row, enum statement s)
{
	for (size_t i = 0; i < row->n; i++)
		bind(r->q[s], (int)i + 1, &row->v[i]);
	return run(r, s);
}

/* "0" is none (of a table, the id), "n" a number, "t" text, "b" bytes. */
static bool
has_shape(const struct pages_row *row, const char *shape)
{
	static const char letters[] = {
		[PAGES_NULL] = '0',  [PAGES_NUMBER] = 'n', [PAGES_REAL] = 'r',
		[PAGES_BYTES] = 'b', [PAGES_TEXT] = 't',
	};
	size_t n = strlen(shape);

	if (row->n < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (letters[row->v[i].type] != shape[i])
			return false;
	return true;
}

/* A valve is as a row of the index of the ready but for its date, which is no job's id.
 */
static enum err
add_of_index(struct repair *r, const struct pages_row *row)
{
	static const int64_t year_1973 = 100000000000;

	if (row->n == 3 && has_shape(row, "ttn"))
		return add_name(r, row);
	if (row->n == 2 && has_shape(row, "tn"))
		return add_plain(r, row, ADD_MARK);
	if (row->n == 3 && has_shape(row, "tnn") && row->v[2].number > year_1973)
		return add_plain(r, row, ADD_VALVE);
	return OK;
}

static enum err
add_row(void *arg, const struct pages_row *row)
{
	struct repair *r = arg;

	if (row->of_index)
		return add_of_index(r, row);
	if (row->n >= HASH + 2 && row->n <= JOB_COLUMNS && has_shape(row, "0nnnnnnntttb"))
		return add_job(r, row);
	if (row->n == 4 && has_shape(row, "0nnb"))
		return add_article(r, row);
	if (row->n == 5 && has_shape(row, "0nnbt"))
		return add_result(r, row);
	return OK;
}

/* ------------------------------------------------------------------------- rules */

#define JOB "printf('job %d (%s): "
#define GONE "stood on a damaged page of the database"

enum effect { QUIET, MENDS, LOSES };

/* In this order: what each is about, in words, and what becomes of it. */
static const struct {
	enum effect effect;
	const char *said, *done;
} rules[] = {
	/* What is left of jobs whose own row is gone. */
	{ MENDS,
	  "SELECT " JOB "its place in the queue " GONE "; it is queued again', id, key)"
	  " FROM stage.name WHERE id NOT IN (SELECT id FROM stage.job)"
	  " AND id IN (SELECT id FROM stage.text) AND id NOT IN (SELECT job FROM result)",
	  NULL },
	{ MENDS,
	  "SELECT " JOB "its place among the done " GONE "; it has its result', id, key)"
	  " FROM stage.name WHERE id NOT IN (SELECT id FROM stage.job)"
	  " AND id IN (SELECT job FROM result)",
	  "INSERT INTO stage.job SELECT n.id, 1, 0, abs(random()) >> 11 & ~1048575, 0, "
	  "$now,"
	  " 0, 0, tenant, key, '', coalesce(hash, zeroblob(32)), '', '', coalesce(bytes, "
	  "0),"
	  " 0, 0, 0, 0 FROM stage.name AS n LEFT JOIN stage.text AS t ON t.id = n.id"
	  " WHERE n.id NOT IN (SELECT id FROM stage.job)"
	  " AND (t.id IS NOT NULL OR n.id IN (SELECT job FROM result))" },
	{ LOSES,
	  "SELECT " JOB "it " GONE " with its article: submit it again', id, key)"
	  " FROM stage.name WHERE id NOT IN (SELECT id FROM stage.job)",
	  NULL },
	{ MENDS,
	  "SELECT printf('job %d: its key " GONE
	  "; its article is kept as the dead letter "
	  "\"recovered-%d\"', id, id) FROM stage.text"
	  " WHERE id NOT IN (SELECT id FROM stage.job)",
	  "INSERT INTO stage.job SELECT id, 5, 0, abs(random()) >> 11 & ~1048575, 0, "
	  "$now,"
	  " $now, 0, '', 'recovered-' || id, '', hash, 'its key " GONE
	  "', '', bytes, 0, 0, 0,"
	  " 0 FROM stage.text WHERE id NOT IN (SELECT id FROM stage.job);"
	  "DELETE FROM result WHERE job IN (SELECT id FROM stage.job WHERE state = 5"
	  " AND key = 'recovered-' || id)" },
	{ LOSES,
	  "SELECT printf('job %d: all but its result " GONE "', job) FROM result"
	  " WHERE job NOT IN (SELECT id FROM stage.job)",
	  "DELETE FROM result WHERE job NOT IN (SELECT id FROM stage.job)" },

	/* An article that carries its own checksum is right about itself. */
	{ QUIET, NULL,
	  "UPDATE stage.job SET hash = t.hash FROM stage.text AS t WHERE t.id = job.id"
	  " AND t.hash <> job.hash AND t.sure;"
	  "DELETE FROM article WHERE job IN (SELECT j.id FROM stage.job AS j"
	  " JOIN stage.text AS t ON t.id = j.id WHERE t.hash <> j.hash);"
	  "DELETE FROM stage.text WHERE id NOT IN (SELECT job FROM article)" },

	/* Jobs and what they must have. */
	{ MENDS,
	  "SELECT " JOB "it was cancelled and has a result, which goes', id, key)"
	  " FROM stage.job WHERE state = 6 AND id IN (SELECT job FROM result)",
	  "DELETE FROM result WHERE job IN (SELECT id FROM stage.job WHERE state = 6)" },
	{ MENDS,
	  "SELECT " JOB "it has a result, so it is done', id, key) FROM stage.job"
	  " WHERE state <> 4 AND attempts > 0 AND id IN (SELECT job FROM result)",
	  "UPDATE stage.job SET state = 4, reason = '', due = 0, date = 0"
	  " WHERE state <> 4 AND id IN (SELECT job FROM result)" },
	{ MENDS,
	  "SELECT " JOB "its result " GONE
	  "; it is queued again', id, key) FROM stage.job"
	  " WHERE state = 4 AND id NOT IN (SELECT job FROM result)"
	  " AND id IN (SELECT id FROM stage.text)",
	  "UPDATE stage.job SET state = 1, attempts = 0, sequence = 0, finished = 0"
	  " WHERE state = 4 AND id NOT IN (SELECT job FROM result)"
	  " AND id IN (SELECT id FROM stage.text)" },
	{ MENDS,
	  "SELECT " JOB "it is in no state that there is; it is queued again', id, key)"
	  " FROM stage.job WHERE state NOT BETWEEN 1 AND 6",
	  "UPDATE stage.job SET state = 1, attempts = 0 WHERE state NOT BETWEEN 1 AND "
	  "6" },
	{ MENDS,
	  "SELECT " JOB "its article " GONE "; it is dead', id, key) FROM stage.job"
	  " WHERE state BETWEEN 1 AND 3 AND id NOT IN (SELECT id FROM stage.text)",
	  "UPDATE stage.job SET state = 5, reason = 'its article " GONE
	  "', finished = $now"
	  " WHERE state BETWEEN 1 AND 3 AND id NOT IN (SELECT id FROM stage.text)" },
	{ MENDS,
	  "SELECT " JOB "its result " GONE
	  ", and its article is not there; it is dead', id,"
	  " key) FROM stage.job WHERE state = 4 AND id NOT IN (SELECT job FROM result)",
	  "UPDATE stage.job SET state = 5, reason = 'its result " GONE "'"
	  " WHERE state = 4 AND id NOT IN (SELECT job FROM result)" },

	{ MENDS,
	  "SELECT " JOB "its article " GONE "; it has its result', id, key)"
	  " FROM stage.job WHERE state = 4 AND id NOT IN (SELECT id FROM stage.text) AND"
	  " sequence > coalesce((SELECT value FROM mark WHERE name = 'stripped'), 0)",
	  NULL },

	/* Numbers that must fit their states. */
	{ QUIET, NULL,
	  "UPDATE stage.job SET sequence = 0, finished = 0 WHERE state BETWEEN 1 AND 3;"
	  "UPDATE stage.job SET attempts = max(attempts, state = 3),"
	  " fence = CASE WHEN fence < 0 THEN abs(random()) >> 11 & ~1048575 ELSE fence "
	  "END;"
	  "UPDATE stage.job SET due = 0, date = 0 WHERE state <> 2;"
	  "UPDATE stage.job SET due = 0 WHERE due <> 0 AND date <> 0;"
	  "UPDATE stage.job SET reason = 'the reason is not known any more'"
	  " WHERE state = 5 AND reason = '';"
	  "UPDATE stage.job SET finished = $now WHERE state > 3 AND finished <= 0;"
	  "UPDATE stage.job SET bytes = t.bytes FROM stage.text AS t WHERE t.id = "
	  "job.id" },
	{ MENDS,
	  "SELECT " JOB "another has its key; it is now \"recovered-%d\"', id, key, id)"
	  " FROM stage.job WHERE id NOT IN"
	  " (SELECT max(id) FROM stage.job GROUP BY tenant, key) OR key = ''",
	  "UPDATE stage.job SET key = 'recovered-' || id WHERE id NOT IN"
	  " (SELECT max(id) FROM stage.job GROUP BY tenant, key) OR key = ''" },

	/* Numbers of ends: each once, and no end without one. */
	{ QUIET, NULL,
	  "CREATE TABLE stage.late (n INTEGER PRIMARY KEY, id INTEGER);"
	  "INSERT INTO stage.late (id) SELECT id FROM stage.job WHERE state > 3 AND"
	  " (sequence <= 0 OR id NOT IN (SELECT min(id) FROM stage.job WHERE sequence > 0"
	  " GROUP BY sequence)) ORDER BY id;"
	  "UPDATE stage.job SET sequence = late.n + $ahead + max("
	  " (SELECT coalesce(max(sequence), 0) FROM stage.job),"
	  " coalesce((SELECT value FROM mark WHERE name = 'sequence'), 0))"
	  " FROM stage.late AS late WHERE late.id = job.id" },

	/* In they go. */
	{ QUIET, NULL,
	  "INSERT INTO job SELECT * FROM stage.job ORDER BY id;"
	  "DELETE FROM article WHERE job NOT IN (SELECT id FROM job);"
	  "DELETE FROM mark WHERE name NOT IN ('sequence', 'id', 'stripped', 'paused',"
	  " 'draining');"
	  "DELETE FROM valve WHERE valve NOT BETWEEN 0 AND 1;"
	  "INSERT INTO mark VALUES ('id', $ahead + max((SELECT coalesce(max(id), 0) FROM "
	  "job),"
	  " (SELECT coalesce(max(id), 0) FROM stage.name)))"
	  " ON CONFLICT (name) DO UPDATE SET value = max(value + $ahead, excluded.value);"
	  "INSERT INTO mark VALUES ('sequence', $ahead +"
	  " (SELECT coalesce(max(sequence), 0) FROM job))"
	  " ON CONFLICT (name) DO UPDATE SET value = max(value + $ahead, excluded.value);"
	  "UPDATE mark SET value = min(value, (SELECT m.value FROM mark AS m"
	  " WHERE m.name = 'sequence')) WHERE name = 'stripped'" },
};
enum { RULES = sizeof rules / sizeof rules[0] };

/* The sentences of a rule, each about one job. */
static enum err
tell(struct repair *r, size_t rule)
{
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(r->db, rules[rule].said, -1, &q, NULL);

	while (rc == SQLITE_OK && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(q, 0);
		char line[512];

		content_words(text == NULL ? "memory is short" : text, line, sizeof line);
		say(r, line);
		r->report.mended += rules[rule].effect == MENDS;
		r->report.lost += rules[rule].effect == LOSES;
		rc = SQLITE_OK;
	}
	enum err e = rc == SQLITE_DONE ? OK : failed(r, rules[rule].said);
	sqlite3_finalize(q);
	return e;
}

static bool
knows_all(const struct repair *r)
{
	return r->report.mended + r->report.lost + r->pages.bad_pages +
	           r->pages.bad_rows + r->bad_bodies ==
	       0;
}

/* One statement of a rule, and where the next begins. */
static int
run_one(struct repair *r, const char **text)
{
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(r->db, *text, -1, &q, text);

	if (rc == SQLITE_OK && q != NULL) {
		sqlite3_bind_int64(q, sqlite3_bind_parameter_index(q, "$now"),
		                   (int64_t)time(NULL) * 1000);
		sqlite3_bind_int64(q, sqlite3_bind_parameter_index(q, "$ahead"),
		                   knows_all(r) ? 0 : AHEAD);
		rc = sqlite3_step(q);
		rc = rc == SQLITE_DONE ? SQLITE_OK : rc;
	}
	sqlite3_finalize(q);
	return rc;
}

static enum err
follow(struct repair *r)
{
	enum err e = OK;

	for (size_t i = 0; i < RULES && e == OK; i++) {
		const char *text = rules[i].done;

		if (rules[i].said != NULL)
			e = tell(r, i);
		while (e == OK && text != NULL && *text != '\0')
			if (run_one(r, &text) != SQLITE_OK)
				e = failed(r, rules[i].done);
	}
	return e;
}

/* --------------------------------------------------------------------- the whole */

/* What the old one's log has goes into it, if SQLite can still do that. */
static void
read_log_in(const struct repair *r)
{
	sqlite3 *db = NULL;
	uint64_t start;

	if (origin_check(r->old, &start) != OK) {
		say(r, "the log beside it belongs to another database, and is put away");
		return;
	}
	if (sqlite3_open_v2(r->old, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
	    sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL) !=
	        SQLITE_OK)
		say(r, "the log of the last moments could not be read in; what it had is "
		       "not in the new store");
	sqlite3_close(db);
}

static enum err
open_new(struct repair *r)
{
	static const char stage[] =
	    "PRAGMA synchronous = OFF; PRAGMA journal_mode = DELETE;"
	    "CREATE TABLE stage.job AS SELECT * FROM main.job WHERE 0;"
	    "CREATE UNIQUE INDEX stage.job_id ON job (id);"
	    "CREATE INDEX stage.job_key ON job (tenant, key, id);"
	    "CREATE TABLE stage.text (id INTEGER PRIMARY KEY, hash BLOB, bytes INTEGER,"
	    " sure INTEGER);"
	    "CREATE TABLE stage.name (id INTEGER PRIMARY KEY, tenant TEXT, key TEXT);"
	    "BEGIN";
	char *attach = sqlite3_mprintf("ATTACH '%q/stage.db' AS stage;"
	                               "PRAGMA stage.synchronous = OFF;"
	                               "PRAGMA stage.journal_mode = OFF",
	                               r->place);
	struct store *s = NULL;
	enum err e = attach == NULL ? err_set(ERR_NOMEM, "no memory to repair")
	                            : store_open(r->place, &s);

	if (e == OK) {
		store_close(s);
		if (sqlite3_open_v2(r->new, &r->db,
		                    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
		                    NULL) != SQLITE_OK ||
		    sqlite3_exec(r->db, attach, NULL, NULL, NULL) != SQLITE_OK ||
		    sqlite3_exec(r->db, stage, NULL, NULL, NULL) != SQLITE_OK)
			e = failed(r, "open");
	}
	for (int i = 0; i < STATEMENTS && e == OK; i++)
		if (sqlite3_prepare_v2(r->db, sql[i], -1, &r->q[i], NULL) != SQLITE_OK)
			e = failed(r, sql[i]);
	sqlite3_free(attach);
	return e;
}

static enum err
close_new(struct repair *r, enum err e)
{
	sqlite3_stmt *count = NULL;

	if (e == OK && sqlite3_exec(r->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		e = failed(r, "COMMIT");
	if (e == OK &&
	    sqlite3_prepare_v2(r->db, "SELECT count(*) FROM job", -1, &count, NULL) ==
	        SQLITE_OK &&
	    sqlite3_step(count) == SQLITE_ROW)
		r->report.jobs = (uint64_t)sqlite3_column_int64(count, 0);
	sqlite3_finalize(count);
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(r->q[i]);
	sqlite3_close(r->db);
	return e;
}

static enum err
read_old(struct repair *r)
{
	struct pages *p;
	enum err e = pages_open(r->old, &p);

	if (e != OK)
		return e;
	e = pages_read(p, add_row, r, &r->pages);
	pages_close(p);
	if (e == OK && r->pages.free_list_lost)
		say(r,
		    "the list of free pages is damaged: jobs that were deleted may have "
		    "come back");
	return e;
}

static enum err
make(struct repair *r)
{
	enum err e = open_new(r);

	if (e == OK)
		e = read_old(r);
	if (e == OK)
		e = follow(r);
	return close_new(r, e);
}

static enum err
check_new(const struct repair *r)
{
	struct check_report found;
	enum err e = check_file(r->new, r->telling, &found);

	if (e == OK && found.wrong > 0)
		e = err_set(
		    ERR_DAMAGED,
		    "%.300s could not be repaired: what was made of it has faults "
		    "too; it is as it was: put a backup back",
		    r->old);
	return e;
}

static void
name_old(struct repair *r)
{
	time_t now = time(NULL);
	struct tm t;

	gmtime_r(&now, &t);
	strftime(r->report.kept, sizeof r->report.kept, "damaged-%Y%m%dT%H%M%S.db", &t);
}

static enum err
repair(struct repair *r)
{
	enum err e = swap_begin(r->dir, r->place, sizeof r->place);

	if (e != OK)
		return e;
	snprintf(r->old, sizeof r->old, "%.*s/queue.db", PATH_SIZE - 16, r->dir);
	snprintf(r->new, sizeof r->new, "%.*s/queue.db", PATH_SIZE - 16, r->place);
	name_old(r);
	read_log_in(r);
	if ((e = make(r)) == OK && (e = check_new(r)) == OK)
		e = swap_in(r->dir, r->place, r->report.kept);
	swap_end(r->place);
	return e;
}

enum err
repair_folder(const char *dir, const struct telling *t, struct repair_report *ret)
{
	struct repair *r = calloc(1, sizeof *r);
	struct folder *folder = NULL;
	enum err e;

	if (r == NULL || sodium_init() < 0 || (r->scratch = arena_new(SCRATCH)) == NULL) {
		free(r);
		return err_set(ERR_NOMEM, "no memory to repair %.200s", dir);
	}
	r->dir = dir;
	r->telling = t;
	if ((e = folder_of_store(dir, &folder)) == OK && (e = repair(r)) == OK)
		*ret = r->report;
	folder_close(folder);
	arena_free(r->scratch);
	free(r);
	return e;
}
