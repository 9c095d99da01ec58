#ifndef STANCE_H
#define STANCE_H

#include "arena.h"
#include "extraction.h"
#include "reading.h"
#include "token.h"

/* What the source does with the content, and how sure it is of it. */
struct attitude {
	enum stance stance;
	float certainty; /* -3 .. 3, of the content as it is worded */
};

/*
 * What the network says of the verb that the content turns on, -3 .. 3; NAN where the
 * weights have no such head, or no verb is seen.  The tokens and the reading are of the
 * stretch that the content stands in.  Uses the arena, keeps nothing in it.
 */
float stance_learned(struct arena *a, const char *text, const struct tokens *t,
                     const struct reading *r, const struct attribution *x);

/*
 * By rule, from the cue's words (lexicon_cues.c), what negates them, and the first words
 * of the content: whether, to do, a question, an order, "that is a lie".  How sure the
 * content is worded is judged half by rule and half by what the network learned, where
 * that is not NAN.  Uses the arena, keeps nothing in it.  text_n: bytes of the whole
 * text, which is valid UTF-8.
 */
struct attitude stance_of(struct arena *a, const char *text, size_t text_n,
                          const struct attribution *x, float learned);

#endif
