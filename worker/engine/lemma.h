#ifndef LEMMA_H
#define LEMMA_H

#include <stddef.h>

#include "prose.h"

/*
 * The base forms that a word may be a form of, itself the first: "denied" may be of
 * denied, deny, deni, denie.  Most of them are no words; whoever looks them up in a list
 * knows which are.  Irregular verbs of speech and thought, and "be", "have" and "do",
 * have only their own.
 */
enum { LEMMAS = 6 };

size_t lemma_of(const char *low, char ret[LEMMAS][LEXEME_LETTERS]);

#endif
