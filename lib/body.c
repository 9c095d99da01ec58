/*
 * Bodies: zstd at its fast level, one frame with its size in the header and a
 * checksum at its end, so that a bit that flipped in a file or on a way is found
 * by whoever opens it.  News text shrinks to about half; below MIN nothing is
 * gained.
 *
 * Making zstd's contexts takes longer than an article of 4 KB, so each thread
 * makes its two once, and they go when it ends.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <zstd.h>

#include "body.h"

enum { LEVEL = 1, MIN = 64 };

struct contexts {
	ZSTD_CCtx *in;
	ZSTD_DCtx *out;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool has_key;

static void
free_contexts(void *arg)
{
	struct contexts *c = arg;

	ZSTD_freeCCtx(c->in);
	ZSTD_freeDCtx(c->out);
	free(c);
}

static void
make_key(void)
{
	has_key = pthread_key_create(&key, free_contexts) == 0;
}

/* This thread's; NULL when memory is short. */
static struct contexts *
contexts(void)
{
	struct contexts *c;

	pthread_once(&once, make_key);
	if (!has_key || (c = pthread_getspecific(key)) != NULL)
		return has_key ? c : NULL;
	if ((c = calloc(1, sizeof *c)) == NULL)
		return NULL;
	c->in = ZSTD_createCCtx();
	c->out = ZSTD_createDCtx();
	if (c->in != NULL && c->out != NULL && pthread_setspecific(key, c) == 0)
		return c;
	free_contexts(c);
	return NULL;
}

/* The length, or a code that is an error for ZSTD_isError. */
static size_t
compress(void *out, size_t bound, struct bytes plain)
{
	struct contexts *c = contexts();

	if (c == NULL ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(c->in, ZSTD_c_compressionLevel, LEVEL)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(c->in, ZSTD_c_checksumFlag, 1)))
		return (size_t)-1;
	return ZSTD_compress2(c->in, out, bound, plain.v, plain.n);
}

struct body
body_close(struct arena *a, struct bytes plain)
{
	struct body b = { CODING_PLAIN, plain.n, plain };
	size_t bound = ZSTD_compressBound(plain.n);
	size_t mark = arena_mark(a);

	if (plain.n < MIN)
		return b;
	uint8_t *out = arena_raw(a, bound);
	size_t n = compress(out, bound, plain);
	arena_release(a, mark);
	if (ZSTD_isError(n) || n >= plain.n)
		return b;
	b.coding = CODING_ZSTD;
	b.data = (struct bytes){ n, arena_raw(a, n) }; /* the same place, cut to size */
	return b;
}

enum err
body_open(struct arena *a, const struct body *b, struct bytes *ret)
{
	if (b->size > BODY_MAX)
		return err_set(ERR_TOO_BIG,
		               "a body of %llu bytes is over the limit of %d MiB",
		               (unsigned long long)b->size, BODY_MAX >> 20);
	if (b->coding == CODING_PLAIN) {
		if (b->data.n != b->size)
			return err_set(ERR_BAD_INPUT, "a body is not as long as it says");
		*ret = b->data;
		return OK;
	}
	if (b->coding != CODING_ZSTD)
		return err_set(ERR_BAD_INPUT, "a body has the unknown coding %d",
		               (int)b->coding);
	struct contexts *c = contexts();
	if (c == NULL)
		return err_set(ERR_NOMEM, "no memory to open a body");
	uint8_t *out = arena_raw(a, b->size + 1); /* never of size zero */
	size_t n = ZSTD_decompressDCtx(c->out, out, b->size, b->data.v, b->data.n);
	if (ZSTD_isError(n) || n != b->size)
		return err_set(ERR_BAD_INPUT, "a compressed body is damaged");
	*ret = (struct bytes){ n, out };
	return OK;
}
