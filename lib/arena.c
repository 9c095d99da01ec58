/*
 * A bump allocator over one mapping.  The system hands out pages of it as they
 * are touched, so a generous cap costs nothing until it is needed.
 *
 * Invariant: used <= cap, and memory at used and beyond is nobody's.
 */
#include <assert.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "arena.h"

enum { ALIGN = 16, KEEP = 4 << 20 }; /* a reset keeps so much of the front warm */

struct arena {
	jmp_buf *full; /* where to go when the cap is reached */
	size_t used, cap, touched;
	unsigned char *mem;
};

struct arena *
arena_new(size_t cap)
{
	struct arena *a = calloc(1, sizeof *a);

	if (a == NULL)
		return NULL;
	a->cap = cap;
	a->mem = mmap(NULL, cap + ALIGN, PROT_READ | PROT_WRITE,
	              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (a->mem == MAP_FAILED) {
		free(a);
		return NULL;
	}
	return a;
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	munmap(a->mem, a->cap + ALIGN);
	free(a);
}

void *
arena_raw(struct arena *a, size_t size)
{
	size_t at = (a->used + ALIGN - 1) & ~(size_t)(ALIGN - 1);

	assert(a->full != NULL); /* only inside arena_run */
	if (at > a->cap || size > a->cap - at)
		longjmp(*a->full, 1);
	a->used = at + size;
	if (a->used > a->touched)
		a->touched = a->used;
	return a->mem + at;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	return memset(arena_raw(a, size), 0, size);
}

void *
arena_grow(struct arena *a, void *v, size_t n, size_t *cap, size_t size)
{
	size_t want = *cap == 0 ? 8 : *cap * 2;
	unsigned char *old = v;
	void *moved;

	if (n < *cap)
		return v;
	if (want > a->cap / size)
		longjmp(*a->full, 1);
	if (old != NULL && old + *cap * size == a->mem + a->used) {
		a->used = (size_t)(old - a->mem); /* the newest: extend it where it is */
		moved = arena_raw(a, want * size);
	} else {
		moved = arena_raw(a, want * size);
		if (v != NULL)
			memcpy(moved, v, n * size);
	}
	*cap = want;
	return moved;
}

char *
arena_text(struct arena *a, const void *bytes, size_t n)
{
	char *text = arena_raw(a, n + 1);

	if (n > 0)
		memcpy(text, bytes, n);
	text[n] = '\0';
	return text;
}

void
arena_reset(struct arena *a)
{
	if (a->touched > KEEP) {
		madvise(a->mem + KEEP, a->touched - KEEP, MADV_DONTNEED);
		a->touched = KEEP;
	}
	a->used = 0;
}

size_t
arena_mark(const struct arena *a)
{
	return a->used;
}

void
arena_release(struct arena *a, size_t mark)
{
	assert(mark <= a->used);
	a->used = mark;
}

enum err
arena_run(struct arena *a, enum err (*work)(void *), void *arg)
{
	jmp_buf here;
	enum err e;

	assert(a->full == NULL); /* runs do not nest */
	a->full = &here;
	if (setjmp(here) == 0)
		e = work(arg);
	else
		e = err_set(ERR_TOO_BIG,
		            "needs more than the %zu MiB of memory set apart for one",
		            a->cap >> 20);
	a->full = NULL;
	return e;
}
