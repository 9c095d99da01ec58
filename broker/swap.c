/*
 * A store's database replaced.  A name is given to the old one beside its own before the
 * new one takes that, by rename; the log is moved away first, since it belongs to the old
 * one.  Whoever calls has read it in, or cannot.
 */
#include "swap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

static enum err
failed(const char *path)
{
	enum err e = errno == ENOSPC || errno == EDQUOT  ? ERR_FULL
	             : errno == EACCES || errno == EROFS ? ERR_READ_ONLY
	                                                 : ERR_IO;

	return err_set(e, "%.300s: %s", path, strerror(errno));
}

/* DIR/NAME, or DIR/NAMEMORE. */
static const char *
path_of(char ret[PATH_SIZE], const char *dir, const char *name, const char *more)
{
	snprintf(ret, PATH_SIZE, "%s/%s%s", dir, name, more);
	return ret;
}

static enum err
sync_path(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		return failed(path);
	int rc = fsync(fd);
	close(fd);
	return rc == 0 ? OK : failed(path);
}

static void
empty(const char *place)
{
	static const char *const names[] = { "queue.db",        "queue.db-wal",
		                             "queue.db-shm",    "queue.db-journal",
		                             "queue.db.start",  "stage.db",
		                             "stage.db-journal" };
	char path[PATH_SIZE];

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		unlink(path_of(path, place, names[i], ""));
}

enum err
swap_begin(const char *dir, char *ret_place, size_t size)
{
	if ((size_t)snprintf(ret_place, size, "%s/being-made", dir) >= size)
		return err_set(ERR_USAGE, "the folder's name is too long");
	if (mkdir(ret_place, 0700) != 0 && errno != EEXIST)
		return failed(ret_place);
	empty(ret_place);
	return OK;
}

/* The old log goes where the old database goes; an empty one may go for good. */
static enum err
put_log_away(const char *dir, const char *keep)
{
	char log[PATH_SIZE], kept[PATH_SIZE], index[PATH_SIZE];
	struct stat st;

	unlink(path_of(index, dir, "queue.db", ".start"));
	unlink(path_of(index, dir, "queue.db", "-shm"));
	if (stat(path_of(log, dir, "queue.db", "-wal"), &st) != 0)
		return OK;
	if (keep == NULL || st.st_size == 0)
		return unlink(log) == 0 ? OK : failed(log);
	return rename(log, path_of(kept, dir, keep, "-wal")) == 0 ? OK : failed(log);
}

enum err
swap_in(const char *dir, const char *place, const char *keep)
{
	char old[PATH_SIZE], made[PATH_SIZE], kept[PATH_SIZE];
	enum err e;

	path_of(old, dir, "queue.db", "");
	path_of(made, place, "queue.db", "");
	if ((e = sync_path(made, O_RDONLY)) != OK)
		return e;
	if (keep != NULL && link(old, path_of(kept, dir, keep, "")) != 0)
		return failed(kept);
	if ((e = put_log_away(dir, keep)) != OK)
		return e;
	if (rename(made, old) != 0)
		return failed(old);
	return sync_path(dir, O_RDONLY | O_DIRECTORY);
}

void
swap_end(const char *place)
{
	empty(place);
	rmdir(place);
}
