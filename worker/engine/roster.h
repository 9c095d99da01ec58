#ifndef ROSTER_H
#define ROSTER_H

#include "arena.h"
#include "name.h"

/*
 * Which names of an article are names of the same one: "Ruth Baumann", "Ms. Baumann"
 * and "Ruth"; "Robert" and "Bob"; "Customs and Border Protection" and "CBP".  A short
 * form is matched with what stands before it or behind it, and with nobody where two
 * could be meant.
 */
struct who {
	const struct sight *best; /* its fullest name */
	struct span title;        /* empty: none */
	uint8_t gender;           /* enum gender */
	bool human, company;      /* as far as its names and titles say */
	bool crowd;               /* more than one */
	bool definite;            /* "the" stands before it */
	bool sure;                /* not only where a sentence begins */
	bool named;               /* false: a body known by what it is, "the council" */
	uint32_t last; /* where it was named last, as far as the text was read */
	uint32_t seen, in_places; /* how often; how often behind "in", "at", "from" */
};

struct roster {
	size_t n;
	struct who *v;
	struct index *index;
};

/* Fills in `who` of every sight that is a name; WHO_SEVERAL where two could be meant. */
struct roster roster_read(struct arena *a, const char *v, struct sights *s);

/* Whose name this could be; WHO_UNKNOWN or WHO_SEVERAL. */
int roster_find(const struct roster *r, const struct sight *name);

/* One more; `name` must live as long as the roster. */
int roster_add(struct arena *a, struct roster *r, const struct sight *name);

/* The hash of a word of a title, "Sen." being that of "senator". */
uint32_t roster_title_word(const char *v, const struct term *t);

/* Who has a title with this word in it, one after another; *at is NULL at first. */
struct holder;
int roster_holder(const struct roster *r, uint32_t word, const struct holder **at);

#endif
