#ifndef QUOTE_H
#define QUOTE_H

#include <stdint.h>

#include "arena.h"
#include "token.h"
#include "window.h"

/*
 * Quotation marks of a paragraph: which of its words open or close a quotation,
 * and which stand in one.  Knows straight and curly marks, single ones from
 * apostrophes, guillemets turned either way, low and corner marks, `` and ''.
 */
enum quote_mark { QUOTE_NONE, QUOTE_OPENS, QUOTE_CLOSES };

struct quotes {
	uint8_t
	    *mark; /* enum quote_mark of each word, counted from the paragraph's first */
	uint8_t *depth; /* how many quotations it stands in, its own mark's included */
};

struct quotes quote_find(struct arena *a, const char *text, const struct tokens *t,
                         struct paragraph p);

#endif
