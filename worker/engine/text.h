#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "span.h"

/*
 * An article's text as it came, and its paragraphs: what stands between blank
 * lines, or each line where the article has no blank ones.  Nothing is copied
 * or rewritten; all offsets are bytes of v.
 */
struct text {
	const char *v; /* borrowed */
	size_t n;
	bool lines; /* no blank line in it: a line is a paragraph */
};

/* A longer paragraph is cut, so that what works on one stays bounded. */
enum { PARAGRAPH_MAX = 32 << 10 };

/* ERR_BAD_INPUT with the offset of the first byte that is not UTF-8. */
MUST_CHECK enum err text_open(const char *v, size_t n, struct text *ret);

/*
 * The first paragraph at or after byte *at, without white space around it;
 * moves *at behind it.  False when there is none left, with *at at the end.
 */
bool text_paragraph(const struct text *t, size_t *at, struct span *ret);

#endif
