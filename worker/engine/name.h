#ifndef NAME_H
#define NAME_H

#include <stdbool.h>

#include "arena.h"
#include "hint.h"
#include "term.h"
#include "text.h"

/*
 * What an article shows of people and bodies, in its order: names with the title that
 * stands before or beside them, "he", "she" and "I", and somebody without a name ("a
 * trucker").  By rule, from how words are written.
 */
enum sight_kind {
	SIGHT_NAME,
	SIGHT_HE,
	SIGHT_SHE,
	SIGHT_SOMEBODY, /* "a trucker", "her lawyer" */
	SIGHT_I,
};

enum gender { GENDER_UNKNOWN, GENDER_MAN, GENDER_WOMAN };

enum { NAME_WORDS = 6 }; /* of a name that are compared: the first ones and the last */

struct sight {
	struct span at;            /* without title: "Olga Sanchez Cordero" */
	struct span title;         /* "Interior Secretary"; empty: begin == end */
	uint32_t word[NAME_WORDS]; /* hashes of the name's words */
	uint32_t full;             /* hash of what a short first name stands for, or 0 */
	uint32_t initials;         /* hash of the acronym that they make, or 0 */
	uint32_t sentence, paragraph;
	uint8_t kind, n, gender; /* n: of word */
	uint8_t letter;          /* the first one, folded, if it is plain */
	bool one_letter;         /* the first word is: "J. Ames" */
	bool title_beside;       /* it stands behind the name: "Ana Ruiz, the mayor," */
	bool quoted;             /* in quotation marks */
	bool first;   /* of its sentence: may be no name, if it is a single word */
	bool subject; /* nothing but its title before it in its part of a sentence */
	bool possessive;
	bool after_in; /* "in", "from", "at": a place, or nobody's doing */
	bool labels;   /* a turn of a transcript begins: "NAME, TITLE:" */
	bool signs;    /* "By NAME" above the article, or "Yours, NAME" below it */
	bool alias;    /* stands in brackets behind its name: "(CBP)" */
	bool human;    /* first name, title or age say so */
	bool company;  /* a word of it says so */
	bool crowd;    /* several: "Republican Senators" */
	bool definite; /* "the" before it */
	bool acronym;  /* capitals only */
	bool source;   /* for those who find out: it says something */
	int who;       /* ... and who it is, of roster.h */
};

struct sights {
	size_t n;
	struct sight *v;
	uint32_t *lower;    /* a set of the words that stand in lower case, by hash */
	uint32_t questions; /* paragraphs that end as one */
};

/* What sight.who may be but an index. */
enum { WHO_UNKNOWN = -1, WHO_SEVERAL = -2, WHO_NAMELESS = -3 };

enum { SIGHTS_MAX = 1 << 20 }; /* what comes later in an article is not seen */

/* What the network says of names goes before what words say.
 * Time and memory grow in proportion to the text. */
struct sights sights_read(struct arena *a, const struct text *text,
                          const struct hints *h);

/* The first sight that ends behind byte `at`; s->n if none does. */
size_t sights_at(const struct sights *s, uint32_t at);

/* Whether a word of this hash stands in lower case somewhere (or, seldom, seems to). */
bool sights_lower(const struct sights *s, uint32_t hash);

#endif
