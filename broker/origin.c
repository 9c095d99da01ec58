/*
 * Numbers of starts.  The database is read without its log (immutable), which is the
 * point; so the number is written through to it at each start.
 */
#include "origin.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"

enum { PATH_SIZE = 4096 + 16 };

struct note {
	uint64_t start;
	bool open;
};

static uint64_t
size_of(const char *path, const char *end)
{
	char name[PATH_SIZE];
	struct stat st;

	snprintf(name, sizeof name, "%s%s", path, end);
	return stat(name, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static struct note
read_note(const char *path)
{
	char name[PATH_SIZE], text[64] = "", state[16] = "";
	struct note n = { 0, false };
	int fd;

	snprintf(name, sizeof name, "%s.start", path);
	if ((fd = open(name, O_RDONLY | O_CLOEXEC)) < 0)
		return n;
	if (read(fd, text, sizeof text - 1) > 0 &&
	    sscanf(text, "%" SCNu64 " %15s", &n.start, state) == 2)
		n.open = strcmp(state, "open") == 0;
	close(fd);
	return n;
}

/* A file's name within a URI. */
static void
escape(const char *path, char *ret, size_t size)
{
	size_t n = 0;

	for (; *path != '\0' && n + 4 < size; path++)
		if (strchr("?#%", *path) != NULL)
			n += (size_t)snprintf(ret + n, size - n, "%%%02x",
			                      (unsigned char)*path);
		else
			ret[n++] = *path;
	ret[n] = '\0';
}

/* The start that the database knows without its log; false when that cannot be read. */
static bool
read_start(const char *path, uint64_t *ret)
{
	char name[3 * PATH_SIZE], uri[3 * PATH_SIZE + 32];
	sqlite3 *db = NULL;
	sqlite3_stmt *q = NULL;
	bool good;

	escape(path, name, sizeof name);
	snprintf(uri, sizeof uri, "file:%s?immutable=1", name);
	good = sqlite3_open_v2(uri, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) ==
	           SQLITE_OK &&
	       sqlite3_prepare_v2(db,
	                          "SELECT coalesce((SELECT value FROM mark WHERE name = "
	                          "'start'), 0)",
	                          -1, &q, NULL) == SQLITE_OK &&
	       sqlite3_step(q) == SQLITE_ROW;
	if (good)
		*ret = (uint64_t)sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	sqlite3_close(db);
	return good;
}

enum err
origin_check(const char *path, uint64_t *ret_start)
{
	struct note n = read_note(path);
	uint64_t start = 0;

	*ret_start = n.start;
	if (n.start == 0 || size_of(path, "") == 0)
		return OK;
	if (size_of(path, "-wal") == 0) {
		if (n.open)
			log_warn("log_missing file=\"%s-wal\" hint=\"the last broker did "
			         "not end well, and its log is not there: what came "
			         "after its last checkpoint is lost\"",
			         path);
		return OK;
	}
	/* One more: it ended between the two places that it writes the number to. */
	if (!read_start(path, &start) || start == n.start || start == n.start + 1)
		return OK;
	return err_set(ERR_DAMAGED,
	               "%.150s is not the database that the log beside it belongs to: "
	               "was a backup put there?  To start with it and without that log, "
	               "move %.150s-wal away",
	               path, path);
}

enum err
origin_note(const char *path, uint64_t start, const char *state)
{
	char name[PATH_SIZE], new[PATH_SIZE + 8], text[64];
	int n = snprintf(text, sizeof text, "%" PRIu64 " %s\n", start, state);
	int fd;

	snprintf(name, sizeof name, "%s.start", path);
	snprintf(new, sizeof new, "%s.new", name);
	fd = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	bool good = fd >= 0 && write(fd, text, (size_t)n) == n && fsync(fd) == 0;
	int why = errno;
	if (fd >= 0)
		close(fd);
	if (good && rename(new, name) == 0)
		return OK;
	why = good ? errno : why;
	return err_set(why == ENOSPC || why == EDQUOT  ? ERR_FULL
	               : why == EROFS || why == EACCES ? ERR_READ_ONLY
	                                               : ERR_IO,
	               "%.300s: %s", new, strerror(why));
}
