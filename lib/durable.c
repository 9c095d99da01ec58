/* Syncing a name: the folder in which it stands. */
#include "durable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool
durable_name(const char *path)
{
	char folder[4096];
	const char *slash = strrchr(path, '/');
	bool good;
	int fd;

	if ((size_t)snprintf(folder, sizeof folder, "%.*s",
	                     slash == NULL ? 1 : (int)(slash - path + 1),
	                     slash == NULL ? "." : path) >= sizeof folder) {
		errno = ENAMETOOLONG;
		return false;
	}
	if ((fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return false;
	good = fsync(fd) == 0;
	close(fd);
	return good;
}
