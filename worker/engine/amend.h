#ifndef AMEND_H
#define AMEND_H

#include "arena.h"
#include "phrase.h"

/*
 * What the page says better than the network: where quotations begin and end, where a
 * cue, a source and a content stop by the conventions, which quotations were passed over,
 * and which mentions are no attribution at all.  Replaces the passage's mentions by
 * better ones, in the arena; they stay in order and apart, and there may be none left.
 */
void amend(struct arena *a, struct passage *p);

#endif
