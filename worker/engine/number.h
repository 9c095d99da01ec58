#ifndef NUMBER_H
#define NUMBER_H

#include "prose.h"

/*
 * A number in figures or in words: "1,200", "3.2 million", "two hundred and ten", "half a
 * million", "two-thirds", "two and a half", "a dozen".
 *
 * Returns how many lexemes it takes from lexeme i on, 0 where none begins, and its value.
 * With money, "3m" and "5k" are millions and thousands.
 */
size_t number_read(const struct prose *p, size_t i, bool money, double *ret);

#endif
