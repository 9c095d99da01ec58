#ifndef BODY_H
#define BODY_H

#include "arena.h"
#include "span.h"

/*
 * A body is a packed article or extraction, plain or compressed with zstd.
 * Bodies travel and are stored as they are; only who reads one opens it.
 */
enum coding { CODING_PLAIN = 0, CODING_ZSTD = 1 };

struct body {
	enum coding coding;
	uint64_t size; /* of the content, once open */
	struct bytes data;
};

/* Packed article at most; text in it a little less.  Over it: ERR_TOO_BIG. */
enum { BODY_MAX = 16 << 20, ARTICLE_MAX = BODY_MAX - (64 << 10) };

/* Compress if that makes it smaller.  data of the result lives in the arena, or is plain
 * itself. */
struct body body_close(struct arena *a, struct bytes plain);

/*
 * The content.  Hostile: a size over BODY_MAX is ERR_TOO_BIG before anything is
 * allocated, damage or a size that does not fit is ERR_BAD_INPUT,
 * memory that is short ERR_NOMEM.
 */
MUST_CHECK enum err body_open(struct arena *a, const struct body *b, struct bytes *ret);

#endif
