#ifndef CERTAINTY_H
#define CERTAINTY_H

#include <stdbool.h>

#include "prose.h"

/*
 * How sure words are of what they say, by rule: modal verbs, hedges, negation, and verbs
 * such as "fail to" (lexicon_hedges.c).  -3 surely not so, 0 nobody can tell, 3 surely
 * so.
 */

/* Is what lexeme i names (a verb, or a noun of an event) so?  "may RESIGN": 1, "did not
 * RESIGN": -3. */
float certainty_at(const struct prose *p, size_t i);

/*
 * Is it so as it is worded?  "She may resign": 1, "she did not resign": 3, and negated.
 * A question, or what hangs on an if: near 0.  Judged by the first clause.
 */
float certainty_of(const struct prose *p, bool *ret_negated);

/*
 * The lexeme that a clause turns on: its first full verb, "collapsed" of "that the old
 * bridge has not yet collapsed"; p->n where none is seen.  A guess by forms and the words
 * around them.
 */
size_t certainty_head(const struct prose *p);

#endif
