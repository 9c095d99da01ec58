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

enum stance {
	ASSERTS,
	DENIES, /* "rejected claims that", "is not true" */
	DOUBTS, /* "questioned whether" */
	ASKS,
	ORDERS, /* "urged", "demanded that" */
};

enum speaker_kind { PERSON, ORGANISATION, GROUP, DOCUMENT, OTHER };

enum { NO_INDEX = -1 }; /* where an index would stand: there is none */

/* Somebody or something that says things: all of its mentions in one article. */
struct speaker {
	const char *name;  /* its fullest mention, as it stands in the article */
	const char *title; /* title or role, "" where none is given */
	enum speaker_kind kind;
	struct spans mentions; /* what it was read from, in the order of the text */
};

struct attribution {
	struct spans source, cue, content; /* each may be empty, content seldom is */
	enum quotation kind;
	bool nested;      /* stands inside another attribution's content */
	float confidence; /* 0..1: posterior of its least certain span */

	int parent;                 /* the attribution that it stands in, or NO_INDEX */
	int speaker;                /* whose source this is, or NO_INDEX */
	const char *speaker_reason; /* how that was found, or why it was not */
	enum stance stance;
	float certainty; /* -3 surely not so .. 3 surely so, by the one who says it */
};

struct quantity {
	struct span at;
	double value;
	const char *unit; /* "%", "dollars", "people"; "" where none is named */
};

struct moment {
	struct span at;
	const char *value; /* ISO 8601, as exact as the text: "2019-03-28", "2019-03" */
};

/* Something that is so or is not so: what was said, or what the author says. */
struct claim {
	struct spans at;
	const char *text; /* stands alone: who "he" is stands in brackets */
	int attribution;  /* whose content this is, or NO_INDEX: the author's own words */
	bool negated;
	float certainty;    /* -3..3 */
	float check_worthy; /* 0..1 */
	size_t n_quantities, n_times;
	struct quantity *quantities;
	struct moment *times;
};

struct extraction {
	const char *model; /* the weights that made it, "hearsay-probe-1" */
	size_t n;
	struct attribution *v; /* in the order of their first byte */
	size_t n_speakers, n_claims;
	struct speaker *speakers; /* in the order of their first mention */
	struct claim *claims;     /* in the order of their first byte */
};

/* "direct", "indirect", "mixed". */
const char *quotation_name(enum quotation q);
/* "asserts", "denies", "doubts", "asks", "orders". */
const char *stance_name(enum stance s);
/* "person", "organisation", "group", "document", "other". */
const char *speaker_kind_name(enum speaker_kind k);

#endif
