/*
 * Preloaded into a broker: a wall clock that is wrong, and a disk that does not sync.
 *
 *   HEARSAY_SHIM=FOLDER    where its files are
 *   FOLDER/clock           seconds to add to the wall clock (the steady one is left
 * alone) FOLDER/sync            so many more syncs fail with EIO FOLDER/syncs grows by a
 * byte with each sync that went well
 *
 * The files are read at each call, so that a test may change them meanwhile.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int
open_file(const char *name, int flags)
{
	const char *dir = getenv("HEARSAY_SHIM");
	char path[512];

	if (dir == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/%s", dir, name);
	return open(path, flags | O_CLOEXEC, 0600);
}

/* The number in a file; 0 for none. */
static long
number(const char *name)
{
	char text[32] = "";
	int fd = open_file(name, O_RDONLY);

	if (fd < 0)
		return 0;
	ssize_t n = read(fd, text, sizeof text - 1);
	close(fd);
	return n > 0 ? atol(text) : 0;
}

int
clock_gettime(clockid_t id, struct timespec *t)
{
	int rc = (int)syscall(SYS_clock_gettime, id, t);

	if (rc == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		t->tv_sec += number("clock");
	return rc;
}

/* Whether this one is to fail. */
static int
fails(void)
{
	long left = number("sync");
	char text[32];
	int fd;

	if (left <= 0 || (fd = open_file("sync", O_WRONLY | O_TRUNC)) < 0)
		return 0;
	int n = snprintf(text, sizeof text, "%ld", left - 1);
	int bad = write(fd, text, (size_t)n) != n;
	close(fd);
	return !bad;
}

static int
sync_by(long call, int fd)
{
	int count;

	if (fails()) {
		errno = EIO;
		return -1;
	}
	int rc = (int)syscall(call, fd);
	if (rc == 0 && (count = open_file("syncs", O_WRONLY | O_CREAT | O_APPEND)) >= 0) {
		if (write(count, "s", 1) != 1)
			rc = -1;
		close(count);
	}
	return rc;
}

int
fsync(int fd)
{
	return sync_by(SYS_fsync, fd);
}

int
fdatasync(int fd)
{
	return sync_by(SYS_fdatasync, fd);
}
