#ifndef EXTRACTION_H
#define EXTRACTION_H

#include <stdbool.h>

#include "span.h"

/*
 * What the engine finds in an article: who said what, in which words.
 * Terms are those of attribution research (PARC, PolNeAR): the source speaks,
 * the cue is the word that attributes ("said", "according to"), the content is
 * what was said.  Everything here lives in the arena it was made in.
 */
enum quotation {
	INDIRECT, /* no quotation marks: She said she would go */
	DIRECT,   /* all of it in marks: "I will go," she said */
	MIXED,    /* marks around a part: She said she would "never" go */
};

struct attribution {
	struct spans source, cue, content; /* each may be empty, content seldom is */
	enum quotation kind;
	bool nested;      /* stands inside another attribution's content */
	float confidence; /* 0..1: posterior of its least certain span */
};

struct extraction {
	const char *model; /* the weights that made it, "hearsay-probe-1" */
	size_t n;
	struct attribution *v; /* in the order of their first byte */
};

/* "direct", "indirect", "mixed". */
const char *quotation_name(enum quotation q);

#endif
