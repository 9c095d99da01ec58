/*
 * Lists of who may come in.
 *
 *  1. What cannot be read lets nobody in.
 *  2. Who reads a list while it is changed sees the old one or the new one, whole.
 */
#include "allow.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "durable.h"

enum { FILE_MAX = 16 << 20, PATH_LIMIT = 4096 };

/* ------------------------------------------------------------------- a line */

/* The next word, which ends at a space; n is 0 at the end of the line. */
static const char *
word(const char *at, const char *end, size_t *n)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	*n = 0;
	while (at + *n < end && at[*n] != ' ' && at[*n] != '\t')
		++*n;
	return at;
}

static bool
parse_tenant(const char *at, const char *end, struct allowed *ret)
{
	static const char head[] = "tenant=";
	size_t h = sizeof head - 1;

	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	if (at == end)
		return true;
	if ((size_t)(end - at) < h || memcmp(at, head, h) != 0 ||
	    (size_t)(end - at) - h >= sizeof ret->tenant)
		return false;
	ret->bound = true;
	memcpy(ret->tenant, at + h, (size_t)(end - at) - h);
	return true;
}

/* "HEX NAME [tenant=TENANT]" in [at, end). */
static bool
parse_line(const char *at, const char *end, struct allowed *ret)
{
	size_t n;

	memset(ret, 0, sizeof *ret);
	if (memchr(at, '\0', (size_t)(end - at)) != NULL)
		return false;
	at = word(at, end, &n);
	if (!key_parse(at, n, &ret->key))
		return false;
	at = word(at + n, end, &n);
	if (n == 0 || n >= sizeof ret->name)
		return false;
	memcpy(ret->name, at, n);
	return parse_tenant(at + n, end, ret);
}

static bool
is_silent(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t' || *at == '\r'))
		at++;
	return at == end || *at == '#';
}

static const char *
line_end(const char *at, const char *end)
{
	const char *newline = memchr(at, '\n', (size_t)(end - at));

	return newline == NULL ? end : newline;
}

/* ------------------------------------------------------------------- a file */

struct text {
	char *v;
	size_t n;
};

static enum err
failed(const char *path, const char *what)
{
	enum err e = errno == EACCES || errno == EROFS ? ERR_READ_ONLY
	             : errno == ENOSPC                 ? ERR_FULL
	             : errno == ENOMEM                 ? ERR_NOMEM
	                                               : ERR_IO;

	return err_set(e, "%s: cannot %s: %s", path, what, strerror(errno));
}

static enum err
read_open(int fd, const char *path, struct text *ret)
{
	struct stat st;
	ssize_t some = 1;
	struct text t = { 0 };

	if (fstat(fd, &st) != 0)
		return failed(path, "look at it");
	if (st.st_size > FILE_MAX)
		return err_set(ERR_TOO_BIG, "%s is over %d bytes", path, FILE_MAX);
	if ((t.v = malloc((size_t)st.st_size + 1)) == NULL)
		return failed(path, "read it");
	while (t.n < (size_t)st.st_size &&
	       (some = read(fd, t.v + t.n, (size_t)st.st_size - t.n)) > 0)
		t.n += (size_t)some;
	if (some < 0) {
		free(t.v);
		return failed(path, "read it");
	}
	*ret = t;
	return OK;
}

static enum err
read_text(const char *path, struct text *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum err e;

	*ret = (struct text){ 0 };
	if (fd < 0)
		return errno == ENOENT ? OK : failed(path, "open it");
	e = read_open(fd, path, ret);
	close(fd);
	return e;
}

/* ------------------------------------------------------------------ reading */

static int
by_key(const void *a, const void *b)
{
	return memcmp(((const struct allowed *)a)->key.v,
	              ((const struct allowed *)b)->key.v, KEY_BYTES);
}

/* Of a key that stands there twice either line lets it in: revoking takes both. */
static void
drop_repeated(struct allow_list *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		if (n == 0 || by_key(&l->v[i], &l->v[n - 1]) != 0)
			l->v[n++] = l->v[i];
	l->n = n;
}

static enum err
parse(struct text t, struct allow_list *ret)
{
	struct allow_list l = { 0 };
	const char *end = t.v + t.n, *stop;
	size_t lines = 1;
	int line = 0;

	for (size_t i = 0; i < t.n; i++)
		lines += t.v[i] == '\n';
	if ((l.v = calloc(lines, sizeof *l.v)) == NULL)
		return err_set(ERR_NOMEM, "no memory for a list of keys");
	for (const char *at = t.v; at < end; at = stop + 1) {
		stop = line_end(at, end);
		line++;
		if (is_silent(at, stop))
			continue;
		if (parse_line(at, stop, &l.v[l.n]))
			l.n++;
		else if (l.bad++ == 0)
			l.bad_line = line;
	}
	*ret = l;
	return OK;
}

enum err
allow_read(const char *path, struct allow_list *ret)
{
	struct text t;
	struct allow_list l = { 0 };
	enum err e = read_text(path, &t);

	if (e == OK && t.n > 0)
		e = parse(t, &l);
	free(t.v);
	if (e != OK)
		return e;
	if (l.n > 0)
		qsort(l.v, l.n, sizeof *l.v, by_key);
	drop_repeated(&l);
	*ret = l;
	return OK;
}

void
allow_free(struct allow_list *l)
{
	free(l->v);
	*l = (struct allow_list){ 0 };
}

const struct allowed *
allow_find(const struct allow_list *l, const struct key *k)
{
	struct allowed who = { .key = *k };

	return l->n == 0 ? NULL : bsearch(&who, l->v, l->n, sizeof *l->v, by_key);
}

/* ----------------------------------------------------------------- changing */

/* Who changes a list holds its lock, a file beside it. */
static int
lock(const char *path)
{
	char name[PATH_LIMIT];
	int fd;

	if ((size_t)snprintf(name, sizeof name, "%s.lock", path) >= sizeof name) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if ((fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) >= 0 &&
	    flock(fd, LOCK_EX) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static enum err
replace(const char *path, struct text t)
{
	char name[PATH_LIMIT];
	bool good;
	int fd;

	if ((size_t)snprintf(name, sizeof name, "%s.new", path) >= sizeof name)
		return err_set(ERR_USAGE, "%s: the name is too long", path);
	if ((fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) < 0)
		return failed(name, "make it");
	good = write(fd, t.v, t.n) == (ssize_t)t.n && fsync(fd) == 0;
	if (close(fd) != 0 || !good || rename(name, path) != 0 || !durable_name(path))
		return failed(path, "write it");
	return OK;
}

static bool
is_name(const char *name)
{
	if (name[0] == '\0' || strlen(name) >= ALLOW_NAME)
		return false;
	for (; *name != '\0'; name++)
		if (isspace((unsigned char)*name) || iscntrl((unsigned char)*name))
			return false;
	return true;
}

static enum err
check(const struct allowed *who)
{
	if (!is_name(who->name))
		return err_set(ERR_USAGE,
		               "a name is one word of at most %d bytes: \"%s\" is none",
		               ALLOW_NAME - 1, who->name);
	if (strpbrk(who->tenant, "\r\n") != NULL)
		return err_set(ERR_USAGE, "a tenant is one line");
	return OK;
}

static enum err
append(const char *path, struct text old, const struct allowed *who)
{
	char hex[KEY_TEXT];
	size_t room = old.n + KEY_TEXT + ALLOW_NAME + ALLOW_TENANT + 16;
	struct text t = { malloc(room), 0 };
	enum err e;

	if (t.v == NULL)
		return failed(path, "read it");
	memcpy(t.v, old.v == NULL ? "" : old.v, old.n);
	t.n = old.n;
	if (t.n > 0 && t.v[t.n - 1] != '\n')
		t.v[t.n++] = '\n';
	key_text(&who->key, hex);
	t.n +=
	    (size_t)snprintf(t.v + t.n, room - t.n, "%s %s%s%s\n", hex, who->name,
	                     who->bound ? " tenant=" : "", who->bound ? who->tenant : "");
	e = replace(path, t);
	free(t.v);
	return e;
}

static enum err
add(const char *path, const struct allowed *who)
{
	struct allow_list l = { 0 };
	struct text t = { 0 };
	enum err e = allow_read(path, &l);

	if (e == OK && allow_find(&l, &who->key) != NULL)
		e = err_set(ERR_CONFLICT, "that key is in %s already, as %s", path,
		            allow_find(&l, &who->key)->name);
	if (e == OK && (e = read_text(path, &t)) == OK)
		e = append(path, t, who);
	free(t.v);
	allow_free(&l);
	return e;
}

static bool
is_named(const char *at, const char *end, const char *key_or_name)
{
	struct allowed who;
	struct key k;

	if (is_silent(at, end) || !parse_line(at, end, &who))
		return false;
	if (key_parse(key_or_name, strlen(key_or_name), &k))
		return key_equal(&k, &who.key);
	return strcmp(who.name, key_or_name) == 0;
}

/* In place; returns how many lines went. */
static size_t
drop_lines(struct text *t, const char *key_or_name)
{
	const char *end = t->v + t->n, *stop;
	size_t gone = 0, kept = 0;

	for (const char *at = t->v; at < end; at = stop) {
		stop = line_end(at, end);
		bool named = is_named(at, stop, key_or_name);

		stop += stop < end;
		gone += named;
		if (!named) {
			memmove(t->v + kept, at, (size_t)(stop - at));
			kept += (size_t)(stop - at);
		}
	}
	t->n = kept;
	return gone;
}

static enum err
drop(const char *path, const char *key_or_name)
{
	struct text t;
	enum err e = read_text(path, &t);

	if (e == OK && (t.n == 0 || drop_lines(&t, key_or_name) == 0))
		e = err_set(ERR_NOT_FOUND, "%s is not in %s", key_or_name, path);
	if (e == OK)
		e = replace(path, t);
	free(t.v);
	return e;
}

enum err
allow_add(const char *path, const struct allowed *who)
{
	enum err e = check(who);
	int held;

	if (e != OK)
		return e;
	if ((held = lock(path)) < 0)
		return failed(path, "lock it");
	e = add(path, who);
	close(held);
	return e;
}

enum err
allow_remove(const char *path, const char *key_or_name)
{
	enum err e;
	int held = lock(path);

	if (held < 0)
		return failed(path, "lock it");
	e = drop(path, key_or_name);
	close(held);
	return e;
}
