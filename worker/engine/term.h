#ifndef TERM_H
#define TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "span.h"

/*
 * Words as the rules about names see them: "O'Brien", "U.S.", "al-Assad" and "Mr."
 * are one each, a possessive 's is none, and of what stands before a word is noted
 * what parts it from the last.
 */
enum term_form { TERM_LOWER, TERM_INITIAL, TERM_UPPER, TERM_DIGIT };

enum term_gap {
	GAP_SPACE = 1,
	GAP_COMMA = 2,
	GAP_STOP = 4, /* . ! ? ; */
	GAP_COLON = 8,
	GAP_OPEN = 16, /* a bracket or dash */
	GAP_QUOTE = 32,
	GAP_OTHER = 64,
	GAP_START = 128, /* nothing stands before it */
};

struct term {
	struct span at; /* without a possessive's 's */
	uint32_t hash;  /* of its letters, folded, without stops */
	uint32_t class; /* of classes.h */
	uint8_t form, gap;
	bool possessive; /* 's or ' follows */
	bool dotted;     /* it ends in a stop of its own: "Mr.", "U.S." */
	bool begins;     /* the first of a sentence */
	bool quoted;     /* inside quotation marks, counted from the first term */
};

/*
 * At most `most` terms of v[where), valid UTF-8; returns how many, and in *ret_gap what
 * follows the last (GAP_*), as far as it stands in `where`.
 */
size_t term_read(const char *v, struct span where, struct term *ret, size_t most,
                 uint8_t *ret_gap);

/* The hash that a term of this folded word has. */
uint32_t term_hash(const char *word);

/* Folded into at most 31 bytes and a NUL, cut if longer. */
void term_fold(const char *v, struct span at, char ret[32]);

#endif
