#ifndef ALLOW_H
#define ALLOW_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "keys.h"

/*
 * Lists of who may come in: a file each, a line each,
 *
 *     HEX NAME
 *     HEX NAME tenant=TENANT
 *
 * where HEX is a public key and NAME, a word, is for logs and for people.  With a tenant,
 * which is all that follows, the key sees the articles of that one alone.  Empty lines
 * and those that begin with # say nothing.  A line that cannot be read lets nobody in,
 * and its neighbours count all the same.
 */
enum { ALLOW_NAME = 64, ALLOW_TENANT = 256 };

struct allowed {
	struct key key;
	char name[ALLOW_NAME];
	bool bound; /* to this tenant, which may be the nameless one */
	char tenant[ALLOW_TENANT];
};

struct allow_list {
	size_t n;
	struct allowed *v; /* in the order of the keys, each once */
	size_t bad;        /* lines that could not be read, */
	int bad_line;      /* the first of them */
};

/* A file that is not there is an empty list.  ERR_IO, ERR_NOMEM, ERR_TOO_BIG (over 16
 * MiB). */
MUST_CHECK enum err allow_read(const char *path, struct allow_list *ret);
void allow_free(struct allow_list *l); /* leaves it empty */

/* NULL when it is not in it. */
const struct allowed *allow_find(const struct allow_list *l, const struct key *k);

/*
 * Add a line, or take away those of a key (in hexadecimal) or a name; every other line
 * stays as it is.  The file is replaced in one step and is durable; of several programs
 * at it at once none loses its change.  ERR_CONFLICT for a key that is in it; ERR_USAGE
 * for a name that a line cannot hold; ERR_NOT_FOUND when nothing was to be taken away.
 */
MUST_CHECK enum err allow_add(const char *path, const struct allowed *who);
MUST_CHECK enum err allow_remove(const char *path, const char *key_or_name);

#endif
