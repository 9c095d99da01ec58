/*
 * The form of the database: what stands in it, how it is opened, and how one of an
 * earlier version becomes one of this.
 *
 * Three tables: a job's state (small, changed often), its article, its result
 * (large, written once).  What is looked for has an index of just those rows: the
 * ready, the delayed, the leased, the ended.
 *
 * A delayed job waits for `due` of the caller's steady clock (a pause, a delay) or for
 * `date` of the calendar; the other is 0.  `lease` and `allowed` (attempts) are 0 where
 * the broker's settings hold.  `bytes` is the size of the article as it is kept.
 */
#include <stdio.h>
#include <sys/stat.h>

#include "broker/store_db.h"
#include "log.h"

/* "Hear", and the version of what stands below. */
enum { APPLICATION = 0x48656172, SCHEMA_VERSION = 3 };
enum { WAIT_MS = 10000 };

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
    " bytes INTEGER NOT NULL DEFAULT 0,"
    " date INTEGER NOT NULL DEFAULT 0,"
    " priority INTEGER NOT NULL DEFAULT 0,"
    " lease INTEGER NOT NULL DEFAULT 0,"
    " allowed INTEGER NOT NULL DEFAULT 0,"
    " UNIQUE (tenant, key));"
    "CREATE INDEX job_ready ON job (tenant, priority DESC, id) WHERE state = 1;"
    "CREATE INDEX job_delayed ON job (due) WHERE state = 2 AND date = 0;"
    "CREATE INDEX job_dated ON job (date) WHERE state = 2 AND date > 0;"
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
    "CREATE TABLE valve (tenant TEXT NOT NULL, valve INTEGER NOT NULL,"
    " since INTEGER NOT NULL, PRIMARY KEY (tenant, valve)) WITHOUT ROWID;"
    "PRAGMA application_id = 0x48656172;"
    "PRAGMA user_version = 3;"
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
	[2] = "BEGIN IMMEDIATE;"
	      "ALTER TABLE job ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE job ADD COLUMN date INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE job ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE job ADD COLUMN lease INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE job ADD COLUMN allowed INTEGER NOT NULL DEFAULT 0;"
	      "UPDATE job SET bytes = coalesce("
	      " (SELECT length(data) FROM article WHERE article.job = job.id), 0)"
	      " WHERE state < 4;"
	      "DROP INDEX job_ready;"
	      "DROP INDEX job_delayed;"
	      "CREATE INDEX job_ready ON job (tenant, priority DESC, id) WHERE state = 1;"
	      "CREATE INDEX job_delayed ON job (due) WHERE state = 2 AND date = 0;"
	      "CREATE INDEX job_dated ON job (date) WHERE state = 2 AND date > 0;"
	      "CREATE TABLE valve (tenant TEXT NOT NULL, valve INTEGER NOT NULL,"
	      " since INTEGER NOT NULL, PRIMARY KEY (tenant, valve)) WITHOUT ROWID;"
	      "PRAGMA user_version = 3;"
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

	if ((e = db_number(s, "PRAGMA application_id", &application)) != OK ||
	    (e = db_number(s, "PRAGMA user_version", &version)) != OK ||
	    (e = db_number(s, "SELECT count(*) FROM sqlite_schema", &tables)) != OK)
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
		return db_execute(s, schema);
	if (from < SCHEMA_VERSION)
		log_info("store file=\"%s\" upgrading from=%lld to=%d", s->path,
		         (long long)from, SCHEMA_VERSION);
	for (; from < SCHEMA_VERSION && e == OK; from++)
		e = db_execute(s, upgrades[from]);
	/* One write in any case: a disk that takes none is to be said now. */
	return e == OK ? db_execute(s, "PRAGMA user_version = 3") : e;
}

enum err
schema_open(struct store *s)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
	            SQLITE_OPEN_PRIVATECACHE;
	int64_t version = 0, full = 0;
	enum err e = check_halves(s);

	if (e != OK)
		return e;
	if (sqlite3_open_v2(s->path, &s->db, flags, NULL) != SQLITE_OK)
		return db_failed(s, "open");
	sqlite3_busy_timeout(s->db, WAIT_MS);
	if ((e = check_version(s, &version)) != OK ||
	    (e = db_execute(s, pragmas)) != OK || (e = upgrade(s, version)) != OK)
		return e;
	if ((e = db_number(
	         s, "SELECT (SELECT journal_mode FROM pragma_journal_mode) = 'wal'",
	         &full)) != OK)
		return e;
	if (!full)
		return err_set(ERR_IO,
		               "%s: this file system cannot share memory, which "
		               "the store needs: use a local one",
		               s->path);
	return OK;
}
