/*
 * A store without the room that deleted jobs have left.  SQLite writes it anew beside the
 * old one; the new one is checked to have as many of everything, and takes its place.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>

#include "broker/folder.h"
#include "broker/repair.h"
#include "broker/swap.h"

enum { PATH_SIZE = 4096, BUSY_MS = 10000 };

static enum err
failed(sqlite3 *db, const char *path)
{
	int rc = sqlite3_errcode(db);

	if (rc == SQLITE_FULL)
		return err_set(ERR_FULL, "%.300s: make room for a second store first",
		               path);
	if (rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB)
		return err_set(ERR_DAMAGED,
		               "%.300s is damaged: hearsay repair comes first", path);
	return err_set(ERR_IO, "%.300s: %s", path, sqlite3_errmsg(db));
}

static uint64_t
size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static enum err
write_anew(const char *old, const char *new)
{
	sqlite3 *db = NULL;
	char *vacuum =
	    sqlite3_mprintf("PRAGMA wal_checkpoint(TRUNCATE); VACUUM INTO %Q", new);
	enum err e = OK;

	if (vacuum == NULL)
		return err_set(ERR_NOMEM, "no memory to compact");
	if (sqlite3_open_v2(old, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
	    sqlite3_busy_timeout(db, BUSY_MS) != SQLITE_OK ||
	    sqlite3_exec(db, vacuum, NULL, NULL, NULL) != SQLITE_OK)
		e = failed(db, old);
	sqlite3_free(vacuum);
	sqlite3_close(db);
	return e;
}

/* A copy with as much in it and nothing wrong. */
static enum err
compare(const char *old, const char *new)
{
	struct check_report before, after;
	enum err e;

	if ((e = check_file(old, NULL, &before)) != OK ||
	    (e = check_file(new, NULL, &after)) != OK)
		return e;
	if (before.wrong > 0)
		return err_set(ERR_DAMAGED,
		               "%.300s has faults: see hearsay check; hearsay repair "
		               "puts right what can be",
		               old);
	for (int i = 0; i < JOB_STATES; i++)
		if (before.jobs[i] != after.jobs[i])
			return err_set(ERR_IO, "%.300s: the copy is not complete", old);
	if (after.wrong > 0 || before.articles != after.articles ||
	    before.results != after.results)
		return err_set(ERR_IO, "%.300s: the copy is not complete", old);
	return OK;
}

static enum err
compact(const char *dir, uint64_t *ret_before, uint64_t *ret_after)
{
	char place[PATH_SIZE], old[PATH_SIZE + 16], new[PATH_SIZE + 16];
	enum err e = swap_begin(dir, place, sizeof place);

	if (e != OK)
		return e;
	snprintf(old, sizeof old, "%s/queue.db", dir);
	snprintf(new, sizeof new, "%s/queue.db", place);
	if ((e = write_anew(old, new)) == OK && (e = compare(old, new)) == OK) {
		*ret_before = size_of(old);
		*ret_after = size_of(new);
		e = swap_in(dir, place, NULL);
	}
	swap_end(place);
	return e;
}

enum err
compact_folder(const char *dir, uint64_t *ret_before, uint64_t *ret_after)
{
	struct folder *folder = NULL;
	enum err e = folder_of_store(dir, &folder);

	if (e == OK)
		e = compact(dir, ret_before, ret_after);
	folder_close(folder);
	return e;
}
