#ifndef PHRASE_H
#define PHRASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
	struct mention *mention; /* in the order of the text, none over another */
	size_t mentions;
	const struct reading *reading; /* NULL: links are found by rule alone */
	bool turn; /* of a transcript: a label says who speaks, and no marks that he does
	            */
};

/* Questions about its words; w counts from the article's first. */

static inline enum quote_mark
phrase_mark(const struct passage *p, size_t w)
{
	return (enum quote_mark)p->quotes.mark[w - p->words.word];
}

static inline size_t
phrase_depth(const struct passage *p, size_t w)
{
	return p->quotes.depth[w - p->words.word];
}

static inline uint32_t
phrase_sentence(const struct passage *p, size_t w)
{
	return p->sentence[w - p->words.word];
}

/* Its first character. */
uint32_t phrase_letter(const struct passage *p, size_t w);

/* Letters or digits, no punctuation. */
bool phrase_is_word(const struct passage *p, size_t w);

/* Is there nothing between w and w + 1, not even a space? */
bool phrase_touches(const struct passage *p, size_t w);

/* Is it the first of its sentence? */
bool phrase_begins(const struct passage *p, size_t w);

/* Is it one of the list, which ends with NULL, whatever the case? */
bool phrase_one_of(const struct passage *p, size_t w, const char *const *list);

/* Has it this ending, and something before it? */
bool phrase_ends(const struct passage *p, size_t w, const char *ending);

/* A quotation that stands in no other, with its marks; an open one ends with the
 * paragraph or where another opens. */
struct quoted {
	size_t begin, end;
	bool closed;
};

/* All of the passage's, in order. */
struct quoted *phrase_quotations(struct arena *a, const struct passage *p, size_t *ret_n);

#endif
