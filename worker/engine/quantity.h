#ifndef QUANTITY_H
#define QUANTITY_H

#include "arena.h"
#include "extraction.h"
#include "moment.h"
#include "prose.h"

/*
 * How much and how many: "$3.2 million" is 3200000 dollars, "410 people" 410 people, "12
 * per cent" 12 %, "two-thirds" 0.6667 of no unit.  Times, ordinals, and numbers that only
 * name something ("Route 66", "6:45") are none.
 */
struct quantities {
	size_t n;
	struct quantity *v; /* in the order of the text */
};

/* Lexemes that stand in a time are passed by.  Lives in the arena. */
struct quantities quantity_find(struct arena *a, const struct prose *p,
                                const struct moments *times);

#endif
