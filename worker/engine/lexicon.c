/*
 * Look-ups in two sorted lists.  For each lexeme its possible base forms are tried with
 * those of the next lexemes, the longest entry first; so a look-up takes a bounded number
 * of comparisons whatever the text is.
 */
#include "lexicon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lemma.h"

enum { KEY = LEXICON_WORDS * (LEXEME_LETTERS + 1) };

/* Both kinds of entry begin with their words. */
struct entry {
	const char *words;
};

struct list {
	const void *v;
	size_t n, size;
};

static int
by_words(const void *key, const void *entry)
{
	return strcmp(key, ((const struct entry *)entry)->words);
}

static const void *
look_up(const struct list *list, const char *key)
{
	return bsearch(key, list->v, list->n, list->size, by_words);
}

/*
 * Only the first word of an entry is bent in its list; those behind it stand as they are,
 * so that "cast doubt" is found in "casting doubt" and "doubts" stays a noun.
 */
static const void *
find_with(const struct list *list, const struct prose *p, size_t i, const char *first,
          size_t words)
{
	char key[KEY];
	int n = snprintf(key, sizeof key, "%s", first);

	for (size_t k = 1; k < words; k++) {
		if (i + k >= p->n || p->v[i + k].kind != LEXEME_WORD)
			return NULL;
		n += snprintf(key + n, sizeof key - (size_t)n, " %s", p->v[i + k].low);
	}
	return look_up(list, key);
}

/* Does any entry begin with this word?  Most words of a text begin none. */
static bool
begins_some(const struct list *list, const char *first)
{
	size_t low = 0, high = list->n, n = strlen(first);

	while (low < high) {
		size_t middle = (low + high) / 2;
		const char *words =
		    ((const struct entry *)((const char *)list->v + middle * list->size))
		        ->words;
		int order = strncmp(words, first, n);

		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static const void *
find(const struct list *list, const struct prose *p, size_t i, size_t *ret_n)
{
	char base[LEMMAS][LEXEME_LETTERS];
	size_t n;

	if (i >= p->n || p->v[i].kind != LEXEME_WORD)
		return NULL;
	n = lemma_of(p->v[i].low, base);
	for (size_t k = 0; k < n; k++) {
		if (!begins_some(list, base[k]))
			continue;
		for (size_t words = LEXICON_WORDS; words > 0; words--) {
			const void *x = find_with(list, p, i, base[k], words);

			if (x != NULL) {
				*ret_n = words;
				return x;
			}
		}
	}
	return NULL;
}

const struct cue_word *
lexicon_cue(const struct prose *p, size_t i, size_t *ret_n)
{
	const struct list list = { lexicon_cues, lexicon_cues_n, sizeof *lexicon_cues };

	return find(&list, p, i, ret_n);
}

const struct hedge_word *
lexicon_hedge(const struct prose *p, size_t i, size_t *ret_n)
{
	const struct list list = { lexicon_hedges, lexicon_hedges_n,
		                   sizeof *lexicon_hedges };

	return find(&list, p, i, ret_n);
}

bool
lexicon_negates(const struct prose *p, size_t i)
{
	static const char *const negators[] = { "not",    "never",   "no",      "nobody",
		                                "none",   "nor",     "neither", "nothing",
		                                "cannot", "without", NULL };
	size_t n;

	if (i >= p->n || p->v[i].kind != LEXEME_WORD)
		return false;
	n = strlen(p->v[i].low);
	return prose_in(p, i, negators) ||
	       (n > 2 && strcmp(p->v[i].low + n - 3, "n't") == 0);
}

bool
lexicon_is(const struct prose *p, size_t i, const char *base)
{
	char form[LEMMAS][LEXEME_LETTERS];
	size_t n;

	if (i >= p->n || p->v[i].kind != LEXEME_WORD)
		return false;
	n = lemma_of(p->v[i].low, form);
	for (size_t k = 0; k < n; k++)
		if (strcmp(form[k], base) == 0)
			return true;
	return false;
}
