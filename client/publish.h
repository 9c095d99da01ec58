#ifndef PUBLISH_H
#define PUBLISH_H

#include "arena.h"
#include "extraction.h"
#include "hearsay.h"

/*
 * What the engine or the wire found, in the words of hearsay.h, so that results are
 * shown and written by the same code wherever they come from.  The list lives in the
 * arena.  Call inside arena_run.
 */
const struct hearsay_attribution *publish_attributions(struct arena *a,
                                                       const struct extraction *x);

#endif
