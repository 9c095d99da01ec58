#ifndef STATEMENT_H
#define STATEMENT_H

#include "arena.h"
#include "reading.h"
#include "span.h"
#include "token.h"
#include "window.h"

/*
 * The sentences of an article, of which claims are made when it has been read to its end,
 * and what the network says of each.
 */
struct statement {
	struct span at;
	float check_worthy; /* 0 .. 1; below 0 where the weights do not tell */
};

struct statements {
	size_t n, room;
	struct statement *v; /* in the order of the text; in the arena */
};

/* Add those of a paragraph; number[w] is the sentence of its word w. */
void statements_add(struct arena *a, struct statements *s, const struct tokens *t,
                    const struct reading *r, struct paragraph p, const uint32_t *number);

/* The first one that ends behind this byte; s->n when there is none. */
size_t statements_after(const struct statements *s, uint32_t byte);

#endif
