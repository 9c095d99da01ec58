/*
 * hearsay backup: the broker's store as it is at one moment, into a file here.
 *
 * The file has another name until it is whole and on the disk; one that is there already
 * is not written over.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "jobs.h"
#include "json.h"
#include "results.h"

enum { PATH_SIZE = 4096, LOOK_MS = 200 };

struct saving {
	const struct settings *s;
	struct hearsay *h;
	const char *file;
	char partial[PATH_SIZE];
	int fd;
	bool shows; /* how far it is */
};

static enum err
failed(const char *path)
{
	enum err e = errno == ENOSPC || errno == EDQUOT  ? ERR_FULL
	             : errno == EEXIST                   ? ERR_CONFLICT
	             : errno == EACCES || errno == EROFS ? ERR_READ_ONLY
	                                                 : ERR_IO;

	return err_set(e, "%.300s: %s%s", path, strerror(errno),
	               e == ERR_CONFLICT ? ": give another name" : "");
}

static void
show(const struct saving *v, const char *what, uint64_t at, uint64_t size)
{
	if (v->shows)
		fprintf(stderr, "\r%s %.1f of %.1f MB ", what, (double)at / 1e6,
		        (double)size / 1e6);
}

/* ------------------------------------------------------------------ fetching */

static enum err
make(struct saving *v, struct hearsay_backup *ret)
{
	const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
	enum err e = (enum err)hearsay_backup(v->h, 0, 0, ret);

	while (e == OK && !ret->ready) {
		show(v, "copying", ret->copied, ret->size);
		nanosleep(&pause, NULL);
		e = (enum err)hearsay_backup(v->h, ret->token, 0, ret);
	}
	return e;
}

static enum err
write_all(const struct saving *v, const char *data, size_t n)
{
	while (n > 0) {
		ssize_t wrote = write(v->fd, data, n);

		if (wrote < 0)
			return failed(v->partial);
		data += wrote;
		n -= (size_t)wrote;
	}
	return OK;
}

static enum err
fetch(struct saving *v, struct hearsay_backup *b)
{
	uint64_t at = 0;
	enum err e = OK;

	while (e == OK && b->n > 0) {
		if ((e = write_all(v, b->data, b->n)) != OK)
			break;
		at += b->n;
		show(v, "fetching", at, b->size);
		e = (enum err)hearsay_backup(v->h, b->token, at, b);
	}
	if (e == OK && at != b->size)
		e = err_set(ERR_IO, "the broker sent %llu bytes of %llu: try again",
		            (unsigned long long)at, (unsigned long long)b->size);
	return e;
}

/* -------------------------------------------------------------------- the file */

/* The name is given by a link, which another file's name does not give way to. */
static enum err
finish(const struct saving *v)
{
	char path[PATH_SIZE];
	int dir;

	if (fsync(v->fd) != 0)
		return failed(v->partial);
	if (link(v->partial, v->file) != 0)
		return failed(v->file);
	snprintf(path, sizeof path, "%s", v->file);
	dir = open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || fsync(dir) != 0)
		return failed(v->file);
	close(dir);
	return OK;
}

static enum err
open_file(struct saving *v)
{
	if (access(v->file, F_OK) == 0) {
		errno = EEXIST;
		return failed(v->file);
	}
	if ((size_t)snprintf(v->partial, sizeof v->partial, "%s.partial", v->file) >=
	    sizeof v->partial)
		return err_set(ERR_USAGE, "the file's name is too long");
	v->fd = open(v->partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	return v->fd < 0 ? failed(v->partial) : OK;
}

static void
say_done(const struct saving *v, uint64_t size)
{
	if (!v->s->json) {
		printf("%s: %llu bytes, checked\n", v->file, (unsigned long long)size);
		return;
	}
	printf("{\"file\":");
	json_text(stdout, v->file);
	printf(",\"bytes\":%llu}\n", (unsigned long long)size);
}

static enum err
save(struct saving *v)
{
	struct hearsay_backup b = { 0 };
	enum err e = open_file(v);

	if (e != OK)
		return e;
	if ((e = make(v, &b)) == OK && (e = fetch(v, &b)) == OK)
		e = finish(v);
	if (v->shows)
		fputs("\r\033[K", stderr);
	close(v->fd);
	unlink(v->partial);
	if (e == OK && !v->s->quiet)
		say_done(v, b.size);
	return e;
}

enum err
cmd_backup(const struct settings *s, char *const *words)
{
	struct saving v = { .s = s, .file = words[0], .shows = !s->quiet && isatty(2) };
	enum err e;

	if (words[0] == NULL || words[1] != NULL)
		return complain(err_set(ERR_USAGE, "name the file that the backup is to "
		                                   "be, and nothing else"));
	if ((e = open_broker(s, &v.h)) != OK || (e = save(&v)) != OK)
		complain(e);
	hearsay_close(v.h);
	return e;
}
