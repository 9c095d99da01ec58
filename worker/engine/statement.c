/*
 * Words of one number are one sentence.
 */
#include "statement.h"

static float
worth(const struct reading *r, struct paragraph words)
{
	return r != NULL && reading_has(r, HEAD_CHECKWORTHY)
	           ? reading_checkworthy(r, words)
	           : -1;
}

static void
add(struct arena *a, struct statements *s, const struct tokens *t,
    const struct reading *r, struct paragraph words)
{
	s->v = arena_grow(a, s->v, s->n, &s->room, sizeof *s->v);
	s->v[s->n++] = (struct statement){
		.at = { t->word[words.word].at.begin, t->word[words.end - 1].at.end },
		.check_worthy = worth(r, words),
	};
}

void
statements_add(struct arena *a, struct statements *s, const struct tokens *t,
               const struct reading *r, struct paragraph p, const uint32_t *number)
{
	size_t from = p.word;

	for (size_t w = p.word; w < p.end; w++)
		if (w + 1 == p.end || number[w + 1 - p.word] != number[w - p.word]) {
			add(a, s, t, r, (struct paragraph){ from, w + 1 });
			from = w + 1;
		}
}

size_t
statements_after(const struct statements *s, uint32_t byte)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (s->v[middle].at.end <= byte)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
