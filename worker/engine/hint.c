/*
 * What the heads for names and antecedents say, kept in bytes of the article, since the
 * rules that ask for it know no words of the tokenizer.
 */
#include "hint.h"

#include <strings.h>

/* Names that the network is less sure of are left to the rules. */
static const float sure_enough = 0.6f;

static void
add_names(struct arena *a, struct hints *h, const struct tokens *t,
          const struct reading *r, struct paragraph p)
{
	size_t n;
	const struct entity *v = reading_entities(r, a, p, &n);

	for (size_t i = 0; i < n; i++) {
		struct span at = { t->word[v[i].word].at.begin,
			           t->word[v[i].end - 1].at.end };

		if (v[i].sure < sure_enough)
			continue;
		h->name =
		    arena_grow(a, h->name, h->n_names, &h->names_room, sizeof *h->name);
		h->name[h->n_names++] = (struct hint_name){ at, v[i].kind };
	}
}

static bool
is_he_or_she(const char *v, struct span at)
{
	size_t n = at.end - at.begin;

	return (n == 2 && strncasecmp(v + at.begin, "he", n) == 0) ||
	       (n == 3 && strncasecmp(v + at.begin, "she", n) == 0);
}

static void
add_link(struct arena *a, struct hints *h, const struct tokens *t,
         const struct reading *r, size_t word)
{
	struct pointer p[POINTERS];
	float none;
	struct hint_link link = { .from = t->word[word].at.begin,
		                  .n = reading_antecedent(r, word, p, &none) };

	for (size_t i = 0; i < link.n; i++) {
		link.to[i] = t->word[p[i].word].at.begin;
		link.chance[i] = p[i].chance;
	}
	h->link = arena_grow(a, h->link, h->n_links, &h->links_room, sizeof *h->link);
	h->link[h->n_links++] = link;
}

void
hints_add(struct arena *a, struct hints *h, const char *v, const struct tokens *t,
          const struct reading *r, struct paragraph p)
{
	if (reading_has(r, HEAD_ENTITY))
		add_names(a, h, t, r, p);
	if (!reading_has(r, HEAD_ANTECEDENT))
		return;
	for (size_t w = p.word; w < p.end; w++)
		if (is_he_or_she(v, t->word[w].at))
			add_link(a, h, t, r, w);
}

void
hints_keep(struct arena *a, struct hints *to, const struct hints *from)
{
	for (size_t i = 0; i < from->n_names; i++) {
		to->name = arena_grow(a, to->name, to->n_names, &to->names_room,
		                      sizeof *to->name);
		to->name[to->n_names++] = from->name[i];
	}
	for (size_t i = 0; i < from->n_links; i++) {
		to->link = arena_grow(a, to->link, to->n_links, &to->links_room,
		                      sizeof *to->link);
		to->link[to->n_links++] = from->link[i];
	}
}

float
hints_chance(const struct hints *h, uint32_t from, struct span at)
{
	size_t low = 0, high = h->n_links;
	float chance = 0;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (h->link[middle].from < from)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == h->n_links || h->link[low].from != from)
		return 0;
	for (size_t i = 0; i < h->link[low].n; i++)
		if (at.begin <= h->link[low].to[i] && h->link[low].to[i] < at.end)
			chance += h->link[low].chance[i];
	return chance;
}
