/*
 * Key files.
 *
 *  1. A secret key is never in a file that others can read, not even for a moment, and
 *     is never read from one.
 *  2. What is there already is never written over.
 */
#include "keys.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "durable.h"
#include "list.h"

#define SECRET "hearsay-secret-key "
#define PUBLIC "hearsay-public-key "

enum { LINE = 128 };

void
key_text(const struct key *k, char ret[KEY_TEXT])
{
	sodium_bin2hex(ret, KEY_TEXT, k->v, sizeof k->v);
}

bool
key_parse(const char *text, size_t n, struct key *ret)
{
	struct key k;
	size_t bytes = 0;

	if (n != KEY_TEXT - 1 ||
	    sodium_hex2bin(k.v, sizeof k.v, text, n, NULL, &bytes, NULL) != 0 ||
	    bytes != sizeof k.v)
		return false;
	*ret = k;
	return true;
}

bool
key_equal(const struct key *a, const struct key *b)
{
	return sodium_memcmp(a->v, b->v, sizeof a->v) == 0;
}

/* ------------------------------------------------------------------ writing */

static enum err
cannot(const char *path, const char *what)
{
	enum err e = errno == ENOENT                     ? ERR_NOT_FOUND
	             : errno == EEXIST                   ? ERR_CONFLICT
	             : errno == EACCES || errno == EROFS ? ERR_READ_ONLY
	             : errno == ENOSPC                   ? ERR_FULL
	                                                 : ERR_IO;

	return err_set(e, "%s: cannot %s: %s", path, what, strerror(errno));
}

static enum err
write_file(const char *path, mode_t mode, const char *head, const struct key *k)
{
	char text[KEY_TEXT], line[LINE];
	int fd, n;
	bool good;

	if ((fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)) < 0)
		return cannot(path, "make it");
	key_text(k, text);
	n = snprintf(line, sizeof line, "%s%s\n", head, text);
	good = write(fd, line, (size_t)n) == n && fsync(fd) == 0;
	sodium_memzero(line, sizeof line);
	sodium_memzero(text, sizeof text);
	if (!good) {
		enum err e = cannot(path, "write it");

		close(fd);
		unlink(path);
		return e;
	}
	close(fd);
	return OK;
}

enum err
keys_make(const char *path, struct key_pair *ret)
{
	struct key_pair pair;
	char public[4096];
	enum err e;

	if (sodium_init() < 0)
		return err_set(ERR_IO, "the system gives no random numbers");
	if ((size_t)snprintf(public, sizeof public, "%s.pub", path) >= sizeof public)
		return err_set(ERR_USAGE, "the name of the key's file is too long");
	if (access(public, F_OK) == 0)
		return err_set(ERR_CONFLICT, "%s is there already: name another file",
		               public);
	crypto_box_keypair(pair.public.v, pair.secret.v);
	if ((e = write_file(path, 0600, SECRET, &pair.secret)) == OK &&
	    (e = write_file(public, 0644, PUBLIC, &pair.public)) != OK)
		unlink(path);
	if (e == OK && !durable_name(path))
		e = cannot(path, "sync its folder");
	if (e == OK)
		*ret = pair;
	sodium_memzero(&pair, sizeof pair);
	return e;
}

/* ------------------------------------------------------------------ reading */

/* The key of a file that begins with `head`. */
static enum err
read_key(int fd, const char *path, const char *head, struct key *ret)
{
	char line[LINE];
	size_t h = strlen(head);
	ssize_t n = read(fd, line, sizeof line);
	bool good;

	if (n < 0)
		return cannot(path, "read it");
	good = (size_t)n >= h + KEY_TEXT - 1 && memcmp(line, head, h) == 0 &&
	       key_parse(line + h, KEY_TEXT - 1, ret);
	sodium_memzero(line, sizeof line);
	if (good)
		return OK;
	return err_set(ERR_BAD_INPUT,
	               "%s holds no %s key: make one with hearsay keys new", path,
	               strcmp(head, SECRET) == 0 ? "secret" : "public");
}

enum err
keys_read_secret(const char *path, struct key_pair *ret)
{
	struct key_pair pair;
	struct stat st;
	enum err e;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return cannot(path, "open it");
	if (fstat(fd, &st) != 0)
		e = cannot(path, "look at it");
	else if ((st.st_mode & 077) != 0)
		e = err_set(ERR_DENIED, "others can read %s: chmod 600 it", path);
	else
		e = read_key(fd, path, SECRET, &pair.secret);
	close(fd);
	if (e != OK)
		return e;
	crypto_scalarmult_base(pair.public.v, pair.secret.v);
	*ret = pair;
	sodium_memzero(&pair, sizeof pair);
	return OK;
}

enum err
keys_read_public(const char *word, struct key *ret)
{
	enum err e;
	int fd;

	if (key_parse(word, strlen(word), ret))
		return OK;
	if ((fd = open(word, O_RDONLY | O_CLOEXEC)) < 0)
		return cannot(word, "open it");
	e = read_key(fd, word, PUBLIC, ret);
	close(fd);
	return e;
}

/* The i-th, or the one that there is for all; "" for none. */
static enum err
pick(const char *broker_keys, size_t i, char *ret, size_t size)
{
	ret[0] = '\0';
	if (broker_keys == NULL || broker_keys[0] == '\0' ||
	    list_nth(broker_keys, strchr(broker_keys, ',') != NULL ? i : 0, ret, size))
		return OK;
	return err_set(ERR_USAGE,
	               "there are fewer broker keys than brokers: give one for "
	               "each, in their order, or one for all");
}

enum err
keys_line(const char *secret_key, const char *broker_keys, size_t i, struct key_line *ret)
{
	char broker_key[4096];
	bool ours = secret_key != NULL && secret_key[0] != '\0';
	struct key_line line = { .used = ours };
	enum err e = pick(broker_keys, i, broker_key, sizeof broker_key);

	if (e != OK)
		return e;
	if (ours != (broker_key[0] != '\0'))
		return err_set(ERR_USAGE,
		               "a secret key and a broker's key go together: one is who "
		               "we are, the other which broker is meant");
	if (ours && (e = keys_read_secret(secret_key, &line.own)) == OK)
		e = keys_read_public(broker_key, &line.broker);
	if (e == OK)
		*ret = line;
	return e;
}
