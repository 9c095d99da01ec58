/*
 * A store, looked at from outside: each law is a question to the database whose answers
 * are what breaks it, said as sentences; and each body is opened.
 *
 *  1. Nothing is written, not even the log into the database.
 *  2. All questions are of one moment: they stand in one transaction.
 *  3. A page that cannot be read ends one question, not the others.
 */
#include "check.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/content.h"

enum { SAY_MAX = 20, WAIT_MS = 10000, SCRATCH = 96 << 20, SCHEMA_VERSION = 3 };

struct check {
	sqlite3 *db;
	const struct telling *telling;
	struct check_report report;
	struct arena *scratch;
	uint64_t said; /* about the law at hand */
};

#define LIST(what) "printf('job %d (%s): " what "', id, key"

/* Each row is a sentence about something that is wrong. */
static const char *const laws[] = {
	"SELECT printf('the file: %s', integrity_check) FROM pragma_integrity_check(100)"
	" WHERE integrity_check <> 'ok'",

	"SELECT " LIST(
	    "has the state %d, which is none") ", state) FROM job"
	                                       " WHERE state NOT BETWEEN 1 AND 6 OR "
	                                       "typeof(state) <> 'integer'",
	"SELECT " LIST("is done and has no result") ") FROM job"
	                                            " WHERE state = 4 AND id NOT IN "
	                                            "(SELECT job FROM result)",
	"SELECT " LIST("has a result and is not done") ") FROM job"
	                                               " WHERE state <> 4 AND id IN "
	                                               "(SELECT job FROM result)",
	"SELECT " LIST(
	    "is to be done and has no article") ") FROM job"
	                                        " WHERE state BETWEEN 1 AND 3 AND id NOT "
	                                        "IN (SELECT job FROM article)",
	"SELECT " LIST(
	    "has ended and no sequence number says when") ") FROM job"
	                                                  " WHERE state BETWEEN 4 AND 6 "
	                                                  "AND sequence <= 0",
	"SELECT " LIST(
	    "has not ended and has a sequence number") ") FROM job"
	                                               " WHERE state BETWEEN 1 AND 3 AND "
	                                               "sequence <> 0",
	"SELECT " LIST(
	    "has the sequence number %d, which another has too") ", sequence) FROM job "
	                                                         "WHERE sequence > 0 AND "
	                                                         "sequence IN"
	                                                         " (SELECT sequence FROM "
	                                                         "job WHERE sequence > 0 "
	                                                         "GROUP BY 1 HAVING "
	                                                         "count(*) > 1)",
	"SELECT " LIST(
	    "is leased and was never sent") ") FROM job"
	                                    " WHERE state = 3 AND attempts <= 0",
	"SELECT " LIST(
	    "is dead and no reason is given") ") FROM job"
	                                      " WHERE state = 5 AND reason = ''",
	"SELECT " LIST(
	    "is not delayed and waits for a time") ") FROM job"
	                                           " WHERE state <> 2 AND state BETWEEN "
	                                           "1 AND 3 AND (due <> 0 OR date <> 0)",
	"SELECT " LIST(
	    "waits for two times at once") ") FROM job"
	                                   " WHERE state = 2 AND due <> 0 AND date <> 0",
	"SELECT " LIST(
	    "counts %d bytes of article and has %d") ", bytes, length(data)) FROM job "
	                                             "JOIN article ON article.job = id"
	                                             " WHERE state BETWEEN 1 AND 3 AND "
	                                             "bytes <> length(data)",
	"SELECT " LIST(
	    "has numbers that are out of range") ") FROM job"
	                                         " WHERE id <= 0 OR attempts < 0 OR "
	                                         "fence < 0 OR length(hash) <> 32"
	                                         " OR typeof(hash) <> 'blob' OR key = '' "
	                                         "OR typeof(key) <> 'text'"
	                                         " OR typeof(tenant) <> 'text'",
	"SELECT printf('article %d belongs to no job', job) FROM article"
	" WHERE job NOT IN (SELECT id FROM job)",
	"SELECT printf('result %d belongs to no job', job) FROM result"
	" WHERE job NOT IN (SELECT id FROM job)",
	"SELECT printf('the mark \"%s\" is %d, behind the newest job', name, value)"
	" FROM mark WHERE name = 'stripped' AND value > max(coalesce("
	" (SELECT max(sequence) FROM job WHERE sequence > 0), 0), coalesce("
	" (SELECT value FROM mark AS m WHERE m.name = 'sequence'), 0))",
	"SELECT printf('tenant \"%s\" has a valve %d, which is none', tenant, valve)"
	" FROM valve WHERE valve NOT BETWEEN 0 AND 1",
};

static void
say(struct check *c, const char *sentence)
{
	c->report.wrong++;
	if (c->said++ < SAY_MAX && c->telling != NULL)
		c->telling->say(c->telling->arg, sentence);
}

/* What is wrong beyond those that were said. */
static void
say_rest(struct check *c)
{
	char text[64];

	if (c->said > SAY_MAX && c->telling != NULL) {
		snprintf(text, sizeof text, "... and %llu more of these",
		         (unsigned long long)(c->said - SAY_MAX));
		c->telling->say(c->telling->arg, text);
	}
	c->said = 0;
}

/* A question that could not be asked to its end. */
static void
say_failed(struct check *c)
{
	char text[256];

	snprintf(text, sizeof text, "the file: %s, so that not all of it could be read",
	         sqlite3_errmsg(c->db));
	c->report.pages = true;
	say(c, text);
}

static void
ask(struct check *c, const char *law)
{
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(c->db, law, -1, &q, NULL);

	while (rc == SQLITE_OK && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(q, 0);
		char line[512];

		content_words(text == NULL ? "memory is short" : text, line, sizeof line);
		c->report.pages |= law == laws[0];
		say(c, line);
		rc = SQLITE_OK;
	}
	if (rc != SQLITE_DONE)
		say_failed(c);
	say_rest(c);
	sqlite3_finalize(q);
}

/* --------------------------------------------------------------------- bodies */

static struct body
body_of(sqlite3_stmt *q)
{
	const void *data = sqlite3_column_blob(q, 3);

	return (struct body){ .coding = (enum coding)sqlite3_column_int(q, 1),
		              .size = (uint64_t)sqlite3_column_int64(q, 2),
		              .data = { (size_t)sqlite3_column_bytes(q, 3),
		                        data == NULL ? (const void *)"" : data } };
}

static void
say_body(struct check *c, sqlite3_stmt *q, const char *what, const char *why)
{
	char text[512];

	snprintf(text, sizeof text, "job %lld: its %s is not what it was: %.400s",
	         (long long)sqlite3_column_int64(q, 0), what, why);
	say(c, text);
}

static void
look_at_article(struct check *c, sqlite3_stmt *q)
{
	uint8_t hash[STORE_HASH];
	const struct body body = body_of(q);
	const void *theirs = sqlite3_column_blob(q, 4);

	c->report.articles++;
	if (content_article(c->scratch, &body, hash) != OK)
		say_body(c, q, "article", err_text());
	else if (theirs != NULL && sqlite3_column_bytes(q, 4) == STORE_HASH &&
	         memcmp(theirs, hash, STORE_HASH) != 0)
		say_body(c, q, "article", "its text has another hash");
}

static void
look_at_result(struct check *c, sqlite3_stmt *q)
{
	const struct body body = body_of(q);

	c->report.results++;
	if (content_extraction(c->scratch, &body) != OK)
		say_body(c, q, "result", err_text());
}

static void
look_at(struct check *c, const char *text, void (*look)(struct check *, sqlite3_stmt *))
{
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(c->db, text, -1, &q, NULL);

	while (rc == SQLITE_OK && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		look(c, q);
		rc = SQLITE_OK;
	}
	if (rc != SQLITE_DONE)
		say_failed(c);
	say_rest(c);
	sqlite3_finalize(q);
}

static void
look_at_bodies(struct check *c)
{
	look_at(c,
	        "SELECT job, coding, size, data, hash FROM article "
	        "LEFT JOIN job ON id = job",
	        look_at_article);
	look_at(c, "SELECT job, coding, size, data FROM result", look_at_result);
}

/* ------------------------------------------------------------------- the whole */

static bool
number(struct check *c, const char *text, int64_t *ret)
{
	sqlite3_stmt *q = NULL;
	bool good = sqlite3_prepare_v2(c->db, text, -1, &q, NULL) == SQLITE_OK &&
	            sqlite3_step(q) == SQLITE_ROW;

	*ret = good ? sqlite3_column_int64(q, 0) : 0;
	sqlite3_finalize(q);
	return good;
}

static void
count(struct check *c)
{
	char text[64];
	int64_t n;

	for (int i = JOB_READY; i < JOB_NONE; i++) {
		snprintf(text, sizeof text, "SELECT count(*) FROM job WHERE state = %d",
		         i);
		if (number(c, text, &n))
			c->report.jobs[i] = (uint64_t)n;
	}
}

static enum err
cannot(struct check *c, const char *path)
{
	int rc = sqlite3_errcode(c->db);

	if (rc == SQLITE_NOTADB || rc == SQLITE_CORRUPT) {
		say_failed(c);
		return OK;
	}
	return err_set(rc == SQLITE_CANTOPEN || rc == SQLITE_PERM ? ERR_READ_ONLY
	                                                          : ERR_IO,
	               "%.300s cannot be looked at: %s", path, sqlite3_errmsg(c->db));
}

/* Of a form that we know; else there is no more to say. */
static enum err
check_form(struct check *c, const char *path, bool *ret_known)
{
	int64_t application, version;

	*ret_known = false;
	if (!number(c, "PRAGMA application_id", &application) ||
	    !number(c, "PRAGMA user_version", &version))
		return cannot(c, path);
	if (application != 0x48656172)
		return err_set(ERR_BAD_INPUT, "%.300s is another program's database",
		               path);
	if (version != SCHEMA_VERSION)
		return err_set(ERR_VERSION,
		               "%.300s has the form %lld and this program knows %d: %s",
		               path, (long long)version, SCHEMA_VERSION,
		               version > SCHEMA_VERSION ? "use a newer one"
		                                        : "start a broker on it first");
	*ret_known = true;
	return OK;
}

/* One with something in it, which is to stay; where there is none, none is to be left. */
static bool
has_log(const char *path)
{
	char log[4096];
	struct stat st;

	snprintf(log, sizeof log, "%s-wal", path);
	return stat(log, &st) == 0 && st.st_size > 0;
}

static enum err
open_db(struct check *c, const char *path)
{
	int flags =
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;

	if (access(path, F_OK) != 0)
		return err_set(ERR_NOT_FOUND,
		               "%.300s is not there: is this a broker's data folder?",
		               path);
	if (sqlite3_open_v2(path, &c->db, flags, NULL) != SQLITE_OK)
		return cannot(c, path);
	sqlite3_busy_timeout(c->db, WAIT_MS);
	if (has_log(path))
		sqlite3_db_config(c->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_exec(c->db, "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF", NULL,
	             NULL, NULL);
	return OK;
}

enum err
check_file(const char *path, const struct telling *t, struct check_report *ret)
{
	struct check c = { .telling = t, .scratch = arena_new(SCRATCH) };
	bool known = false;
	enum err e = c.scratch == NULL ? err_set(ERR_NOMEM, "no memory to check %s", path)
	                               : open_db(&c, path);

	if (e == OK)
		e = check_form(&c, path, &known);
	if (e == OK && known) {
		sqlite3_exec(c.db, "BEGIN", NULL, NULL, NULL);
		for (size_t i = 0; i < sizeof laws / sizeof laws[0]; i++)
			ask(&c, laws[i]);
		look_at_bodies(&c);
		count(&c);
		sqlite3_exec(c.db, "COMMIT", NULL, NULL, NULL);
	}
	sqlite3_close(c.db);
	arena_free(c.scratch);
	*ret = c.report;
	return e;
}

enum err
check_folder(const char *dir, const struct telling *t, struct check_report *ret)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/queue.db", dir);
	return check_file(path, t, ret);
}
