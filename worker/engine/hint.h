#ifndef HINT_H
#define HINT_H

#include "arena.h"
#include "reading.h"

/*
 * What the network says of names and of whom "he" and "she" stand for, in bytes of the
 * article, as far as the weights have the heads for it; else there are none, and the
 * rules about names and pronouns stand alone.  In the order of the text.
 */
struct hint_name {
	struct span at;
	enum entity_kind kind;
};

struct hint_link {
	uint32_t from; /* where the pronoun begins */
	size_t n;
	uint32_t to[POINTERS]; /* where a word begins that it may stand for */
	float chance[POINTERS];
};

struct hints {
	size_t n_names, n_links, names_room, links_room;
	struct hint_name *name;
	struct hint_link *link;
};

/* Add those of the paragraph p of the text v. */
void hints_add(struct arena *a, struct hints *h, const char *v, const struct tokens *t,
               const struct reading *r, struct paragraph p);

/* Add those of `from` to `to`, which lives in the arena. */
void hints_keep(struct arena *a, struct hints *to, const struct hints *from);

/* How probable it is that the pronoun at this byte stands for a word within `at`. */
float hints_chance(const struct hints *h, uint32_t from, struct span at);

#endif
