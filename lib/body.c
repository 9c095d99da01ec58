/*
 * Bodies: zstd at its fast level, one frame with its size in the header and a
 * checksum at its end, so that a bit that flipped in a file or on a way is found
 * by whoever opens it.  News text shrinks to about half; below MIN nothing is
 * gained.
 */
#include <zstd.h>

#include "body.h"

enum { LEVEL = 1, MIN = 64 };

/* The length, or a code that is an error for ZSTD_isError. */
static size_t
compress(void *out, size_t bound, struct bytes plain)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	size_t n = (size_t)-1;

	if (c != NULL &&
	    !ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, LEVEL)) &&
	    !ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1)))
		n = ZSTD_compress2(c, out, bound, plain.v, plain.n);
	ZSTD_freeCCtx(c);
	return n;
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
	uint8_t *out = arena_raw(a, b->size + 1); /* never of size zero */
	size_t n = ZSTD_decompress(out, b->size, b->data.v, b->data.n);
	if (ZSTD_isError(n) || n != b->size)
		return err_set(ERR_BAD_INPUT, "a compressed body is damaged");
	*ret = (struct bytes){ n, out };
	return OK;
}
