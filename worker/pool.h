#ifndef POOL_H
#define POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "err.h"
#include "extraction.h"
#include "wire.h"

/*
 * What the threads of a pool do to an article.  The worker's is the
 * engine (work.h); a test may put something slow or failing in its place.
 */
struct work {
	void *shared; /* read by every thread, written by none */

	/* A thread's own working memory.  Called by the thread that opens the pool. */
	enum err (*scratch_open)(void *shared, void **ret);
	void (*scratch_close)(void *scratch);

	/* Inside arena_run; the extraction lives in the arena. */
	enum err (*extract)(void *shared, void *scratch, struct arena *a,
	                    const struct wire_article *article, struct extraction *ret);
};

/* What became of an article: the packed extraction, or why there is none. */
struct outcome {
	struct outcome *next; /* of the owner's list, if it keeps one */
	struct wire_held lease;
	enum err err;     /* OK: extraction and model are there */
	char reason[256]; /* UTF-8, one line; of an err */
	char model[64];
	struct body extraction; /* its data belongs to the outcome */
	int64_t took_us;
	size_t text_bytes; /* of the article */
};

void outcome_free(struct outcome *o); /* takes NULL */

/*
 * Threads that extract.  Articles go in and outcomes come out; nothing is
 * shared in between.  All but the threads themselves is called from one thread.
 */
struct pool;

MUST_CHECK enum err pool_open(const struct work *work, unsigned threads,
                              struct pool **ret);

/* Waits for articles at work to be finished; what waits is dropped.  Takes NULL. */
void pool_close(struct pool *p);

/*
 * Queue an article; its bytes are copied.  One outcome will come of it, unless
 * it is withdrawn.  ERR_NOMEM: there will be none.
 */
MUST_CHECK enum err pool_give(struct pool *p, struct wire_held lease,
                              const struct body *article);

/* Take back an article that no thread has begun; false when one has. */
bool pool_withdraw(struct pool *p, struct wire_held lease);

/* The next finished article, which the caller owns from now on; NULL for none. */
struct outcome *pool_next(struct pool *p);

/* For poll(): readable while pool_next has something. */
int pool_fd(const struct pool *p);

#endif
