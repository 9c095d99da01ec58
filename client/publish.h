#ifndef PUBLISH_H
#define PUBLISH_H

#include "arena.h"
#include "extraction.h"
#include "found.h"

/*
 * What the engine or the wire found, in the words of hearsay.h, so that results are
 * shown and written by the same code wherever they come from.  The lists live in the
 * arena, the texts where they were.  Call inside arena_run.
 */
struct found publish(struct arena *a, const struct extraction *x);

#endif
