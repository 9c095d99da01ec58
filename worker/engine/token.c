/*
 * The vocabulary is a tree of bytes: the longest piece at a place is found in
 * one walk, whatever the text.  All edges of the tree stand in one hash table
 * under (node, byte).  Pieces that continue a word ("##ing") hang below the
 * node of "##".
 *
 * A word is collected character by character, folded, with the bytes of the
 * article that each folded byte came from; then it is cut into pieces.  One of
 * more than WORD_MAX characters, or with a place where no piece fits, is one
 * unknown piece as a whole: so a word costs at most WORD_MAX walks.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "letter.h"
#include "token.h"

enum { WORD_MAX = 100, WORD_BYTES = WORD_MAX * 4 };
enum { NONE = 0, ROOT = 1 };

struct edge {
	uint32_t key; /* parent << 8 | byte; 0 is an empty place */
	uint32_t node;
};

struct vocabulary {
	struct edge *edge; /* a power of two, at most half full */
	int32_t *id;       /* of the piece that ends at a node, -1 for none */
	size_t mask, nodes, room;
	uint32_t inside; /* the node of "##" */
	int32_t unknown;
};

static struct edge *
place(const struct vocabulary *v, uint32_t key)
{
	size_t i = (key * 0x9e3779b1u >> 7) & v->mask;

	while (v->edge[i].key != key && v->edge[i].key != 0)
		i = (i + 1) & v->mask;
	return &v->edge[i];
}

static inline uint32_t
step(const struct vocabulary *v, uint32_t node, uint8_t byte)
{
	return place(v, node << 8 | byte)->node;
}

static enum err
no_memory(void)
{
	err_set(ERR_NOMEM, "no memory for the vocabulary");
	return ERR_NOMEM;
}

/* Twice the room, and every edge in its new place. */
static enum err
widen(struct vocabulary *v)
{
	struct vocabulary wide = *v;

	wide.room = v->room == 0 ? 1 << 12 : v->room * 2;
	wide.mask = wide.room * 2 - 1;
	wide.edge = calloc(wide.room * 2, sizeof *wide.edge);
	wide.id = realloc(v->id, wide.room * sizeof *wide.id);
	if (wide.id != NULL)
		v->id = wide.id;
	if (wide.edge == NULL || wide.id == NULL) {
		free(wide.edge);
		return no_memory();
	}
	for (size_t i = 0; v->edge != NULL && i <= v->mask; i++)
		if (v->edge[i].key != 0)
			*place(&wide, v->edge[i].key) = v->edge[i];
	free(v->edge);
	*v = wide;
	return OK;
}

static enum err
branch(struct vocabulary *v, uint32_t *node, uint8_t byte)
{
	uint32_t key = *node << 8 | byte, next = step(v, *node, byte);
	enum err e;

	if (next == NONE) {
		if (v->nodes == v->room && (e = widen(v)) != OK)
			return e;
		next = (uint32_t)v->nodes++;
		*place(v, key) = (struct edge){ key, next };
		v->id[next] = -1;
	}
	*node = next;
	return OK;
}

static enum err
plant(struct vocabulary *v, const char *piece, size_t n, int32_t id)
{
	uint32_t node = ROOT;
	enum err e;

	for (size_t i = 0; i < n; i++)
		if ((e = branch(v, &node, (uint8_t)piece[i])) != OK)
			return e;
	v->id[node] = id;
	return OK;
}

static enum err
plant_lines(struct vocabulary *v, const char *text, size_t n)
{
	const char *end = text + n, *newline;
	int32_t id = 0;
	enum err e;

	for (; text < end; text = newline + 1, id++) {
		newline = memchr(text, '\n', (size_t)(end - text));
		if (newline == NULL)
			newline = end;
		if (newline == text || newline - text > WORD_BYTES || id >= 1 << 20)
			return err_set(ERR_BAD_INPUT,
			               "line %d of the vocabulary is empty or too long",
			               id + 1);
		if ((e = plant(v, text, (size_t)(newline - text), id)) != OK)
			return e;
	}
	return OK;
}

enum err
vocabulary_open(const char *text, size_t n, struct vocabulary **ret)
{
	struct vocabulary *v = calloc(1, sizeof *v);
	enum err e;

	if (v == NULL)
		return no_memory();
	if ((e = widen(v)) != OK)
		goto fail;
	v->nodes = ROOT + 1;
	v->id[NONE] = v->id[ROOT] = -1;
	if ((e = plant_lines(v, text, n)) != OK ||
	    (e = vocabulary_find(v, "[UNK]", &v->unknown)) != OK)
		goto fail;
	v->inside = step(v, step(v, ROOT, '#'), '#');
	*ret = v;
	return OK;
fail:
	vocabulary_close(v);
	return e;
}

void
vocabulary_close(struct vocabulary *v)
{
	if (v == NULL)
		return;
	free(v->edge);
	free(v->id);
	free(v);
}

enum err
vocabulary_find(const struct vocabulary *v, const char *piece, int32_t *ret)
{
	uint32_t node = ROOT;

	for (const char *c = piece; *c != '\0' && node != NONE; c++)
		node = step(v, node, (uint8_t)*c);
	if (v->id[node] < 0)
		return err_set(ERR_BAD_INPUT, "the vocabulary has no piece %s", piece);
	*ret = v->id[node];
	return OK;
}

/* The word under way. */
struct draft {
	size_t n;       /* folded bytes in byte[], while letters <= WORD_MAX */
	size_t letters; /* folded characters */
	size_t written; /* characters of the article */
	struct span at; /* of the whole word */
	enum letter_case first;
	bool lower, upper, title; /* letters of which kinds it has */
	uint8_t byte[WORD_BYTES];
	struct span from[WORD_BYTES]; /* of the character that byte[i] came from */
};

static enum word_case
draft_case(const struct draft *d)
{
	if (d->first == LETTER_OTHER)
		return WORD_OTHER;
	if (d->first == LETTER_DIGIT)
		return WORD_DIGIT;
	if (d->lower && !d->upper && !d->title)
		return WORD_LOWER;
	if (d->upper && !d->lower && !d->title && d->written > 1)
		return WORD_UPPER;
	return WORD_INITIAL;
}

/* The longest piece that b[0..n) begins with, below node: its length, 0 when none fits.
 */
static size_t
longest(const struct vocabulary *v, uint32_t node, const uint8_t *b, size_t n,
        int32_t *ret_id)
{
	size_t found = 0;

	for (size_t i = 0; i < n && (node = step(v, node, b[i])) != NONE; i++)
		if (v->id[node] >= 0) {
			*ret_id = v->id[node];
			found = i + 1;
		}
	return found;
}

static void
add_piece(struct tokens *t, int32_t id, struct span at)
{
	t->id[t->n] = id;
	t->at[t->n++] = at;
}

/* False, and nothing added, when the word is none of the vocabulary's pieces. */
static bool
add_pieces(const struct vocabulary *v, const struct draft *d, struct tokens *t)
{
	size_t before = t->n, at = 0;
	uint32_t node = ROOT;

	while (at < d->n) {
		int32_t id;
		size_t n = longest(v, node, d->byte + at, d->n - at, &id);

		if (n == 0) {
			t->n = before;
			return false;
		}
		add_piece(t, id,
		          (struct span){ d->from[at].begin, d->from[at + n - 1].end });
		at += n;
		node = v->inside;
	}
	return true;
}

static void
finish(const struct vocabulary *v, struct draft *d, struct tokens *t)
{
	if (d->letters == 0)
		return;
	t->word[t->n_words++] = (struct word){
		.at = d->at,
		.piece = (uint32_t)t->n,
		.how = (uint8_t)draft_case(d),
	};
	if (d->letters > WORD_MAX || !add_pieces(v, d, t))
		add_piece(t, v->unknown, d->at);
	d->n = d->letters = d->written = 0;
}

/* One folded character c of the article's character `from`, the first of it or not. */
static void
add_letter(struct draft *d, uint32_t c, struct span from)
{
	if (d->letters++ == 0)
		d->at.begin = from.begin;
	d->at.end = from.end;
	if (d->letters > WORD_MAX)
		return;
	if (c < 0x80) {
		d->from[d->n] = from;
		d->byte[d->n++] = (uint8_t)c;
		return;
	}
	for (size_t n = letter_write(c, d->byte + d->n); n > 0; n--)
		d->from[d->n++] = from;
}

static void
note_case(struct draft *d, enum letter_case k)
{
	if (d->written++ == 0) {
		d->first = k;
		d->lower = d->upper = d->title = false;
	}
	d->lower |= k == LETTER_LOWER;
	d->upper |= k == LETTER_UPPER;
	d->title |= k == LETTER_TITLE;
}

static void
add_ascii(const struct vocabulary *v, struct draft *d, uint8_t c, uint32_t at,
          struct tokens *t)
{
	enum letter_class k = letter_class(c);
	struct span from = { at, at + 1 };

	if (k == LETTER_DROPPED)
		return;
	if (k != LETTER_PLAIN)
		finish(v, d, t);
	if (k == LETTER_SPACE)
		return;
	if (k == LETTER_PUNCTUATION)
		note_case(d, LETTER_OTHER);
	else if (c <= '9')
		note_case(d, LETTER_DIGIT);
	else
		note_case(d, c >= 'a' ? LETTER_LOWER : LETTER_UPPER);
	add_letter(d, c >= 'A' && c <= 'Z' ? c + 32u : c, from);
	if (k == LETTER_PUNCTUATION)
		finish(v, d, t);
}

static void
add_other(const struct vocabulary *v, struct draft *d, uint32_t c, struct span from,
          struct tokens *t)
{
	enum letter_class k = letter_class(c);
	uint32_t part[LETTER_FOLD_MAX];
	size_t n = 0;

	if (k == LETTER_SPACE || k == LETTER_IDEOGRAPH)
		finish(v, d, t);
	if (k != LETTER_SPACE && k != LETTER_DROPPED)
		n = letter_fold(c, part);
	for (size_t i = 0; i < n; i++) {
		bool mark =
		    letter_class(part[i]) == LETTER_PUNCTUATION; /* U+037E folds to ; */

		if (mark)
			finish(v, d, t);
		if (i == 0 || d->letters == 0)
			note_case(d, letter_case(c));
		add_letter(d, part[i], from);
		if (mark)
			finish(v, d, t);
	}
	if (k == LETTER_IDEOGRAPH)
		finish(v, d, t);
}

struct tokens *
tokens_new(struct arena *a, size_t bytes)
{
	struct tokens *t = arena_alloc(a, sizeof *t);

	t->id = arena_raw(a, bytes * sizeof *t->id);
	t->at = arena_raw(a, bytes * sizeof *t->at);
	t->word = arena_raw(a, bytes * sizeof *t->word);
	return t;
}

void
token_run(const struct vocabulary *vocabulary, const char *v, struct span where,
          struct tokens *t)
{
	struct draft d;
	size_t bytes;

	d.letters = d.written = d.n = 0;
	for (size_t at = where.begin; at < where.end; at += bytes) {
		uint32_t c = letter_at(v + at, &bytes);

		if (c < 0x80)
			add_ascii(vocabulary, &d, (uint8_t)c, (uint32_t)at, t);
		else
			add_other(vocabulary, &d, c,
			          (struct span){ (uint32_t)at, (uint32_t)(at + bytes) },
			          t);
	}
	finish(vocabulary, &d, t);
}
