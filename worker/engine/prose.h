#ifndef PROSE_H
#define PROSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "span.h"

/*
 * Text as rules read it: words, numbers and marks, one after another.  A clitic is a word
 * of its own, touching the one before it ("Vik" "'s", "they" "'ll"), except for n't,
 * which stays ("didn't").  A number keeps its commas and point ("1,200.5"); a hyphen is a
 * mark.
 */
enum lexeme_kind { LEXEME_WORD, LEXEME_NUMBER, LEXEME_MARK };

/* Letters of a word that rules look at; no word of theirs is longer. */
enum { LEXEME_LETTERS = 21 };

struct lexeme {
	struct span at;
	uint8_t kind;             /* enum lexeme_kind */
	bool capital;             /* begins with a capital letter */
	bool touches;             /* nothing between it and the lexeme before it */
	char low[LEXEME_LETTERS]; /* in lower case, apostrophes straight; cut if too long
	                           */
};

struct prose {
	size_t n;
	const struct lexeme *v;
};

/* So many lexemes are read at most: what comes behind them is left out. */
enum { PROSE_MOST = 4096 };

/* The lexemes of these spans of text, which is valid UTF-8.  Lives in the arena. */
struct prose prose_read(struct arena *a, const char *text, const struct spans *at);

/* The same into v[0..room), which the caller reuses: the first of them, if there are
 * more.
 */
struct prose prose_fill(struct lexeme *v, size_t room, const char *text,
                        const struct spans *at);

/* Bytes of the spans: never fewer than their lexemes. */
size_t prose_bytes(const struct spans *at);

/* Is lexeme i, if there is one, this word or mark (in lower case)? */
bool prose_is(const struct prose *p, size_t i, const char *low);

/* Is it one of those in the list, which a NULL ends? */
bool prose_in(const struct prose *p, size_t i, const char *const *list);

#endif
