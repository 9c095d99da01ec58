#ifndef SENTENCE_H
#define SENTENCE_H

#include <stdint.h>

#include "arena.h"
#include "quote.h"
#include "token.h"
#include "window.h"

/*
 * The number of the sentence that each word of a paragraph stands in, from 0.
 * By rule; a learned head may take its place.
 */
uint32_t *sentence_number(struct arena *a, const char *text, const struct tokens *t,
                          struct paragraph p, const struct quotes *q);

#endif
