#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

#include "err.h"

/*
 * One arena holds everything that one article (or one message) needs, and is
 * emptied in one step when it is done.  Nothing inside is ever freed singly.
 *
 * arena_alloc never returns NULL.  When the cap is reached it leaves the
 * arena_run that is under way, which then returns ERR_TOO_BIG; so code run
 * inside arena_run must own nothing but arena memory: no files, no locks.
 *
 * The cap is address space; pages are taken from the system as they are used.
 * One thread at a time.
 */
struct arena;

/* NULL when memory is short. */
struct arena *arena_new(size_t cap);
void arena_free(struct arena *a); /* takes NULL */

/* Zeroed, aligned to 16 bytes.  Lives until arena_reset or arena_release. */
void *arena_alloc(struct arena *a, size_t size);

/* Not zeroed: for buffers that are written before they are read. */
void *arena_raw(struct arena *a, size_t size);

/*
 * Make room for one more of n elements of the given size, doubling in place
 * when v is the newest allocation and by copying otherwise; *cap counts
 * elements.  Returns the array, moved or not.
 */
void *arena_grow(struct arena *a, void *v, size_t n, size_t *cap, size_t size);

/* A copy of n bytes with a NUL after them. */
char *arena_text(struct arena *a, const void *bytes, size_t n);

/* Empty it, and give memory beyond the first MiB back to the system. */
void arena_reset(struct arena *a);

/* Where it stands now, and back to there: what came after the mark is gone. */
size_t arena_mark(const struct arena *a);
void arena_release(struct arena *a, size_t mark);

/* Run work(arg) and return what it returns, or ERR_TOO_BIG.  Runs do not nest. */
MUST_CHECK enum err arena_run(struct arena *a, enum err (*work)(void *), void *arg);

#endif
