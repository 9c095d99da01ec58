#ifndef REFER_H
#define REFER_H

#include "hint.h"
#include "roster.h"

/*
 * Who "he" and "she" are: of those seen in the sentences before, the one that best
 * fits by gender, nearness and part in the sentence, and by what the network says if it
 * says anything; nobody where a second one fits nearly as well.  Sights are settled in
 * the order of the text, for one "he" is a sign for the next.
 */

/* Settle v[at], a HE or SHE: fills in its `who`, and the gender of whom it is sure. */
void refer(const struct sights *s, size_t at, struct roster *r, const struct hints *h);

#endif
