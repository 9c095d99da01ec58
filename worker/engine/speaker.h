#ifndef SPEAKER_H
#define SPEAKER_H

#include "arena.h"
#include "extraction.h"
#include "hint.h"
#include "text.h"

/*
 * Whose the sources are.  Fills in `speaker` and `speaker_reason` of every attribution
 * of x, and x->speakers: one for each person or body that is named and says something,
 * with its fullest name, its title, and where it is mentioned.
 *
 * Never a guess: where the text does not say who it is (a group or a document without
 * a name, "he" where two could be meant) speaker is NO_INDEX and the reason says so.
 *
 * Takes the whole article at once, with what the network says of it (hints may be empty),
 * and memory of the arena in proportion to it.
 */
void speaker_find(struct arena *a, const struct text *text, const struct hints *h,
                  struct extraction *x);

#endif
