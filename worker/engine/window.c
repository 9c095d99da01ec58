/*
 * Packing, in the way in which the network was trained.  The one difference is
 * what happens to a paragraph that is longer than a window: in training its
 * parts touched, here they overlap by OVERLAP pieces, and a word is read from
 * the part in which it stands further from the cut.
 *
 * Every window but the last ends because the next part would not fit, and parts
 * of a cut paragraph advance by at least max - 2 - WORD_PIECES - OVERLAP pieces,
 * so there are never more windows than a constant times the pieces.
 */
#include <assert.h>

#include "window.h"

enum { OVERLAP = 64, WORD_PIECES = 100 };

struct packer {
	struct layout layout;
	const struct tokens *tokens;
	const struct paragraph *paragraph, *last;
	size_t word, keep; /* where the next part begins */
	struct window window;
};

struct packer *
packer_new(struct arena *a, const struct layout *layout, const struct tokens *t,
           const struct paragraph *paragraph, size_t n)
{
	struct packer *p = arena_alloc(a, sizeof *p);

	assert(layout->max > 2 * OVERLAP + WORD_PIECES + 2);
	p->layout = *layout;
	p->tokens = t;
	p->paragraph = paragraph;
	p->last = paragraph + n;
	if (n > 0)
		p->word = p->keep = paragraph->word;
	p->window.id = arena_raw(a, layout->max * sizeof *p->window.id);
	p->window.how = arena_raw(a, layout->max * sizeof *p->window.how);
	p->window.part = arena_raw(a, layout->max * sizeof *p->window.part);
	return p;
}

static void
put(struct window *w, int32_t id, int8_t how)
{
	w->id[w->n] = id;
	w->how[w->n++] = how;
}

/* The first word in [word, end) that begins at this piece or after it, or end. */
static size_t
word_at(const struct tokens *t, size_t word, size_t end, size_t piece)
{
	while (word < end && t->word[word].piece < piece)
		word++;
	return word;
}

/* Behind the last word of a part that begins at p->word. */
static size_t
part_end(const struct packer *p)
{
	size_t end = p->word, first = p->tokens->word[end].piece;

	while (end < p->paragraph->end &&
	       word_end(p->tokens, end) - first <= p->layout.max - 2)
		end++;
	assert(end > p->word); /* a word has at most WORD_PIECES */
	return end;
}

/* Go on behind a part that ended at `end`; returns where its kept words end. */
static size_t
advance(struct packer *p, size_t end)
{
	const struct tokens *t = p->tokens;
	size_t cut, word;

	if (end == p->paragraph->end) {
		if (++p->paragraph < p->last)
			p->word = p->keep = p->paragraph->word;
		return end;
	}
	cut = t->word[end].piece;
	word = word_at(t, p->word, end, cut - OVERLAP);
	p->keep = word_at(t, word, end, (t->word[word].piece + cut) / 2);
	p->word = word;
	return p->keep;
}

static void
add_part(struct packer *p, size_t end)
{
	const struct tokens *t = p->tokens;
	struct window *w = &p->window;
	struct part *part = &w->part[w->n_parts++];
	size_t word = p->word;

	*part = (struct part){ .word = word, .end = end, .keep = p->keep, .at = w->n };
	for (size_t i = t->word[word].piece; i < word_end(t, end - 1); i++) {
		int8_t how = -1;

		if (word < end && t->word[word].piece == i)
			how = (int8_t)t->word[word++].how;
		put(w, t->id[i], how);
	}
	part->keep_end = advance(p, end);
}

bool
packer_next(struct packer *p, struct window *ret)
{
	struct window *w = &p->window;

	w->n = w->n_parts = 0;
	put(w, p->layout.begin, -1);
	while (p->paragraph < p->last) {
		size_t end = part_end(p);
		size_t pieces =
		    word_end(p->tokens, end - 1) - p->tokens->word[p->word].piece;

		if (w->n_parts > 0 && w->n + 1 + pieces + 1 > p->layout.max)
			break;
		if (w->n_parts > 0)
			put(w, p->layout.gap, -1);
		add_part(p, end);
	}
	put(w, p->layout.end, -1);
	*ret = *w;
	return w->n_parts > 0;
}
