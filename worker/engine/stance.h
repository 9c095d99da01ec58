#ifndef STANCE_H
#define STANCE_H

#include "arena.h"
#include "extraction.h"

/* What the source does with the content, and how sure it is of it. */
struct attitude {
	enum stance stance;
	float certainty; /* -3 .. 3, of the content as it is worded */
};

/*
 * By rule, from the cue's words (lexicon_cues.c), what negates them, and the first words
 * of the content: whether, to do, a question, an order, "that is a lie".  Uses the arena,
 * keeps nothing in it.  text_n: bytes of the whole text, which is valid UTF-8.
 */
struct attitude stance_of(struct arena *a, const char *text, size_t text_n,
                          const struct attribution *x);

#endif
