#ifndef MOMENT_H
#define MOMENT_H

#include "arena.h"
#include "date.h"
#include "extraction.h"
#include "prose.h"

/*
 * When things happen, as ISO 8601, as exact as the text says: "28 March 2019" a day,
 * "last March" a month, "in 1998" a year, "last week" a week (2019-W12).  What is counted
 * from the day of publication ("yesterday", "on Tuesday", "in June", "two years ago")
 * needs that day; without it such times are left out.
 */
struct moments {
	size_t n;
	struct moment *v; /* in the order of the text */
	/* Of each lexeme of the prose: does it stand in a time, also one left out? */
	bool *taken;
};

/* published may be NULL: not known.  Lives in the arena. */
struct moments moment_find(struct arena *a, const struct prose *p,
                           const struct date *published);

#endif
