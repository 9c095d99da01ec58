#ifndef ATTRIBUTE_H
#define ATTRIBUTE_H

#include <stddef.h>

#include "arena.h"
#include "extraction.h"
#include "phrase.h"

/*
 * Which source, cue and contents belong together.  Every cue and content ends
 * up in exactly one attribution; a source in one, several or none.  In the
 * order of their first byte; lives in the arena.
 */
struct attribution *attribute(struct arena *a, const struct passage *p, size_t *ret_n);

#endif
