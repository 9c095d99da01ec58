/*
 * The data folder and its lock: an flock on DIR/lock, which ends with the
 * process whatever becomes of it.  The file holds the process id, for people.
 */
#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

struct folder {
	int dir, lock;
};

/* The system's error about the folder, with what to do. */
static enum err
failed(const char *dir)
{
	switch (errno) {
	case ENOSPC:
	case EDQUOT:
		return err_set(ERR_FULL,
		               "%s: the disk is full: make room and start again", dir);
	case EROFS:
	case EACCES:
	case EPERM:
		return err_set(
		    ERR_READ_ONLY,
		    "%s cannot be written to (%s): give another --data, or give "
		    "the broker's user the right to write there",
		    dir, strerror(errno));
	case ENOENT:
		return err_set(ERR_NOT_FOUND,
		               "%s: the folder above it does not exist: make it first",
		               dir);
	default:
		return err_set(ERR_IO, "%s: %s", dir, strerror(errno));
	}
}

/* A new folder survives a power cut once the one above it is synced. */
static enum err
make(const char *dir)
{
	char above[4096];
	int fd;

	if (mkdir(dir, 0750) != 0)
		return errno == EEXIST ? OK : failed(dir);
	if ((size_t)snprintf(above, sizeof above, "%s/..", dir) >= sizeof above)
		return err_set(ERR_USAGE, "the folder's name is too long");
	if ((fd = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return failed(above);
	int rc = fsync(fd);
	close(fd);
	return rc == 0 ? OK : failed(above);
}

static enum err
taken(const char *dir, int lock)
{
	char pid[16] = "unknown";
	ssize_t n = pread(lock, pid, sizeof pid - 1, 0);

	if (n > 0)
		pid[strspn(pid, "0123456789")] = '\0';
	return err_set(ERR_BUSY,
	               "%s is in use by the broker with process id %s: stop that one, or "
	               "give another --data",
	               dir, pid);
}

static enum err
take(struct folder *f, const char *dir)
{
	char pid[16];
	int n = snprintf(pid, sizeof pid, "%d\n", (int)getpid());

	f->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->dir < 0)
		return failed(dir);
	f->lock = openat(f->dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (f->lock < 0)
		return failed(dir);
	if (flock(f->lock, LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK ? taken(dir, f->lock) : failed(dir);
	if (ftruncate(f->lock, 0) != 0 || pwrite(f->lock, pid, (size_t)n, 0) != n)
		return failed(dir);
	return OK;
}

enum err
folder_open(const char *dir, struct folder **ret)
{
	struct folder *f = malloc(sizeof *f);
	enum err e;

	if (f == NULL)
		return err_set(ERR_NOMEM, "no memory to open %s", dir);
	*f = (struct folder){ .dir = -1, .lock = -1 };
	if ((e = make(dir)) != OK || (e = take(f, dir)) != OK) {
		folder_close(f);
		return e;
	}
	*ret = f;
	return OK;
}

enum err
folder_of_store(const char *dir, struct folder **ret)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/queue.db", dir);
	if (access(path, F_OK) != 0)
		return err_set(ERR_NOT_FOUND,
		               "%.300s is not there: is this a broker's data folder?",
		               path);
	return folder_open(dir, ret);
}

void
folder_close(struct folder *f)
{
	if (f == NULL)
		return;
	if (f->lock >= 0)
		close(f->lock);
	if (f->dir >= 0)
		close(f->dir);
	free(f);
}

uint64_t
folder_room(const struct folder *f)
{
	struct statvfs st;

	if (fstatvfs(f->dir, &st) != 0)
		return UINT64_MAX;
	return (uint64_t)st.f_bavail * st.f_frsize;
}
