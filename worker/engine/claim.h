#ifndef CLAIM_H
#define CLAIM_H

#include "arena.h"
#include "extraction.h"
#include "statement.h"
#include "text.h"

/*
 * What is so or not so, by what an article says: the content of each attribution, and
 * those sentences of the author's own that are worth a check.
 *
 * `at` is without the quotation marks and commas around it.  `certainty` is of the words
 * as they stand, `negated` says that they are negated: "We have no choice" is negated and
 * sure; what a union denies, "the boats were empty", is not negated and surely not so.
 * `text` has it in one piece; "I" and other pronouns are followed by the name of whom
 * they stand for, in brackets, where a speaker was found.
 *
 * Call when attributions have speakers and stances.  published is a date in ISO 8601 or
 * not ("" or NULL).  Fills in x->claims; all of it lives in the arena.
 */
void claim_find(struct arena *a, const struct text *text, const struct statements *s,
                const char *published, struct extraction *x);

#endif
