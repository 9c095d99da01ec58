#ifndef SOURCE_H
#define SOURCE_H

#include "name.h"

/* What the rules about sources read: the text and what was seen in it. */
struct article {
	const char *v;
	size_t size;
	const struct sights *sights;
};

enum { SOURCE_TERMS = 48 };

/* A source taken apart. */
struct parts {
	struct term t[SOURCE_TERMS];
	size_t n;
	size_t begin, end;  /* its core: terms before an apposition or a preposition */
	struct sight *name; /* that stands at its head, else NULL */
	size_t noun;        /* the term that does, when there is no name */
	bool several;       /* "police and firefighters" */
	bool definite, indefinite; /* "the", "a" */
	bool owned, by_pronoun;    /* "the landlord's"; "her" */
};

/* Take apart the source at these bytes. */
void source_take_apart(const struct article *g, struct span at, struct parts *ret);

/* The name that covers this term, or NULL. */
struct sight *source_name_over(const struct article *g, const struct term *t);

/* The name beside a description, "the archivist, Lene Dahl,"; NULL where there is none.
 */
struct sight *source_name_beside(const struct article *g, const struct parts *p);

#endif
