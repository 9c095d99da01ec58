#ifndef JOBS_H
#define JOBS_H

#include "hearsay.h"
#include "verb.h"

/*
 * Which jobs a command is about: keys from its words, from files, from standard input,
 * or numbers.
 */
struct jobs {
	size_t n, cap;
	struct hearsay_reference *v;
};

/* Copies the key; NULL: the job of this number. */
MUST_CHECK enum err jobs_add(struct jobs *j, const char *key, uint64_t id);

/*
 * The words, "-" being lines of standard input, and the lines of --all-from; numbers
 * under --by-id.  ERR_USAGE when there are none.
 */
MUST_CHECK enum err jobs_from(struct jobs *j, const struct settings *s,
                              char *const *words);

void jobs_free(struct jobs *j);

/* The broker that the settings name. */
MUST_CHECK enum err open_broker(const struct settings *s, struct hearsay **ret);

/*
 * Print these jobs' results as they finish.  The settings' timeout is the longest time
 * without any.  What went wrong is said; returns the first of it.
 */
enum err jobs_await(struct hearsay *h, const struct settings *s, const struct jobs *j);

#endif
