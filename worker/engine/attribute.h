#ifndef ATTRIBUTE_H
#define ATTRIBUTE_H

#include <stddef.h>

#include "arena.h"
#include "extraction.h"
#include "heads.h"
#include "quote.h"
#include "reading.h"
#include "token.h"
#include "window.h"

/* All that is known of one paragraph; arrays count words from its first. */
struct passage {
	const char *text;
	const struct tokens *tokens;
	struct paragraph words;
	struct quotes quotes;
	const uint32_t *sentence;
	const struct mention *mention; /* in the order of the text */
	size_t mentions;
	const struct reading *reading; /* NULL: links are found by rule alone */
};

/*
 * Which source, cue and contents belong together.  Every cue and content ends
 * up in exactly one attribution; a source in one, several or none.  In the
 * order of their first byte; lives in the arena.
 */
struct attribution *attribute(struct arena *a, const struct passage *p, size_t *ret_n);

#endif
