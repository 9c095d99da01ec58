#ifndef VOICES_H
#define VOICES_H

#include "show.h"

/*
 * For people, under the attributions of an article: who speaks in it, with title, kind
 * and how often, and the claims most worth checking, best first.  Nothing where there
 * are none.
 */
void voices_write(const struct show *s, const struct found *found);

#endif
