/*
 * The engine's packing, for test_windows.py: reads the window's size and
 * paragraphs as the numbers of pieces of their words, prints each part of each window as
 * window paragraph word end keep keep_end at.
 */
#include <stdio.h>

#include "window.h"

enum { WORDS = 100000, PARAGRAPHS = 1000 };

static struct word word[WORDS];
static struct paragraph paragraph[PARAGRAPHS];
static int32_t id[WORDS * 100];

static size_t
read_paragraphs(struct tokens *t)
{
	size_t n_paragraphs = 0, words, pieces;

	while (scanf("%zu", &words) == 1) {
		struct paragraph *p = &paragraph[n_paragraphs++];

		p->word = t->n_words;
		for (; words > 0 && scanf("%zu", &pieces) == 1; words--) {
			t->word[t->n_words++].piece = (uint32_t)t->n;
			t->n += pieces;
		}
		p->end = t->n_words;
	}
	return n_paragraphs;
}

static void
print(const struct window *w, size_t number)
{
	for (size_t i = 0; i < w->n_parts; i++) {
		const struct part *part = &w->part[i];
		size_t p = 0;

		while (part->word >= paragraph[p].end)
			p++;
		printf("%zu %zu %zu %zu %zu %zu %zu\n", number, p,
		       part->word - paragraph[p].word, part->end - paragraph[p].word,
		       part->keep - paragraph[p].word, part->keep_end - paragraph[p].word,
		       part->at);
	}
}

struct work {
	struct arena *arena;
	struct layout layout;
	struct tokens tokens;
	size_t n; /* paragraphs */
};

static enum err
pack(void *arg)
{
	struct work *k = arg;
	struct packer *packer =
	    packer_new(k->arena, &k->layout, &k->tokens, paragraph, k->n);
	struct window w;

	for (size_t number = 0; packer_next(packer, &w); number++)
		print(&w, number);
	return OK;
}

int
main(void)
{
	struct work k = { .arena = arena_new(64 << 20),
		          .layout = { .begin = 1, .gap = 2, .end = 3 },
		          .tokens = { .word = word, .id = id } };

	if (k.arena == NULL || scanf("%zu", &k.layout.max) != 1)
		return 1;
	k.n = read_paragraphs(&k.tokens);
	return arena_run(k.arena, pack, &k) == OK ? 0 : 1;
}
