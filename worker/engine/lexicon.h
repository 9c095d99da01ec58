#ifndef LEXICON_H
#define LEXICON_H

#include "extraction.h"
#include "prose.h"

/*
 * What words do to what is said.  Two lists, lexicon_cues.c and lexicon_hedges.c, made to
 * be extended: a line a word, in the alphabet's order (a test says which is out of it),
 * in its base form ("deny" also stands for denies, denied and denying), in at most
 * LEXICON_WORDS words of at most 20 letters.
 */
enum { LEXICON_WORDS = 3 };

/* When a cue word has another stance than its own. */
enum cue_shape {
	PLAIN,   /* never, but negated */
	TELLING, /* as SAYING, and to tell somebody TO do it: orders */
	SAYING,  /* with a question, an order or a denial as its content; "did not say" */
	ASKING,  /* to ask TO do, FOR something, THAT it be done: orders */
	THINKING, /* "does not think": doubts */
	WISHING,  /* wants somebody TO do it: orders; wants to: asserts */
	NEGATING, /* "declined to say": as if it were "did not say" */
};

struct cue_word {
	const char *words; /* base forms, one blank between them */
	enum stance stance;
	float certainty; /* of what is said, by the one who says it; see extraction.h */
	enum cue_shape shape;
};

enum hedge_kind {
	HEDGE_NOT, /* turns it round: "not", "never" */
	HEDGE_CAP, /* may, probably: no surer than so; negated it is below zero by that */
	HEDGE_GOVERN, /* what its verb governs is so sure; negated it is the other number
	               */
};

struct hedge_word {
	const char *words;
	enum hedge_kind kind;
	float certainty; /* 0 .. 3, or below zero: "unlikely", "failed to" */
	float negated;   /* of HEDGE_GOVERN: of what stands under "not planned to" */
};

/* The longest entry that begins at lexeme i, *ret_n lexemes long; NULL for none. */
const struct cue_word *lexicon_cue(const struct prose *p, size_t i, size_t *ret_n);
const struct hedge_word *lexicon_hedge(const struct prose *p, size_t i, size_t *ret_n);

/* Is it "not", "never", "no", "n't" at the end of a word, and the like? */
bool lexicon_negates(const struct prose *p, size_t i);

/* Is the lexeme this verb or noun (its base form) in any of its forms? */
bool lexicon_is(const struct prose *p, size_t i, const char *base);

extern const struct cue_word lexicon_cues[];
extern const struct hedge_word lexicon_hedges[];
extern const size_t lexicon_cues_n, lexicon_hedges_n;

#endif
