#ifndef CELL_H
#define CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "hearsay.h"

/*
 * A piece of text for a column: spans of an article in one line, fit for a terminal.
 * White space is drawn together, control characters become U+FFFD, and widths are
 * counted as a terminal does, two for 漢, none for a combining accent.
 */
struct cell {
	char *text; /* NULL when memory was short: shows as nothing */
	int width;
	size_t at; /* what cell_line has not given yet starts here */
};

/* The spans with " … " between them; "—" for none. */
/* Spans beyond size are passed over. */
struct cell cell_spans(const char *text, size_t size, const struct hearsay_spans *spans);
struct cell cell_text(const char *text, size_t n);
void cell_free(struct cell *c);

/*
 * Print the next line of at most width columns, broken at white space where there is
 * some, and fill it up with blanks if asked to.
 */
void cell_line(struct cell *c, FILE *out, int width, bool fill);
bool cell_is_done(const struct cell *c);

/* In one line: cut with "…" if it is longer than width. */
void cell_cut(const struct cell *c, FILE *out, int width, bool fill);

/* Columns that the next character takes, and its bytes; never 0 bytes when n > 0. */
int cell_step(const char *text, size_t n, size_t *ret_bytes, bool *ret_control);

#endif
