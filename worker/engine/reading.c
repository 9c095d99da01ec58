/*
 * The heads beside attribution: linear layers on a word's first piece, all of them one
 * matrix, so that a window costs one small f32 product.
 *
 * Two heads point from word to word.  A word's `from` row times another's `to` row is
 * how well the other fits, and `none` is a score of its own; a softmax over all of them
 * makes probabilities.  Only the likeliest POINTERS are kept, and only for words that
 * somebody might ask about, so that a long article stays small.
 */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "product.h"
#include "reading.h"

enum { BLOCK = 32, PAIR = 64, LANES = 16, ENTITY_LABELS = 9 };
enum { MAX_PIECES = 512 };

/* Of the attribution head. */
enum { B_SOURCE = 1, I_SOURCE = 2, B_CUE = 3, B_CONTENT = 5 };
static const float MAY_BE = 4; /* in log-odds below the likeliest label */

enum { SENTENCE, ENTITY, FACTUALITY, CHECKWORTHY, ANTECEDENT, LINK = ANTECEDENT + 3 };
enum { FROM, TO, NONE }; /* of a head that points, from its first layer on */
enum { LAYERS = LINK + 3 };

static const struct layer {
	const char *name;
	size_t rows;
	enum head head;
	bool biased;
} layers[LAYERS] = {
	[SENTENCE] = { "head.sentence", 1, HEAD_SENTENCE, true },
	[ENTITY] = { "head.entity", ENTITY_LABELS, HEAD_ENTITY, true },
	[FACTUALITY] = { "head.factuality", 1, HEAD_FACTUALITY, true },
	[CHECKWORTHY] = { "head.checkworthy", 2, HEAD_CHECKWORTHY, true },
	[ANTECEDENT + FROM] = { "head.antecedent.from", PAIR, HEAD_ANTECEDENT, true },
	[ANTECEDENT + TO] = { "head.antecedent.to", PAIR, HEAD_ANTECEDENT, false },
	[ANTECEDENT + NONE] = { "head.antecedent.none", 1, HEAD_ANTECEDENT, true },
	[LINK + FROM] = { "head.link.from", PAIR, HEAD_LINK, true },
	[LINK + TO] = { "head.link.to", PAIR, HEAD_LINK, false },
	[LINK + NONE] = { "head.link.none", 1, HEAD_LINK, true },
};

static const char *const pronouns[] = {
	"he",    "she",   "they", "it",      "him",     "her",        "them", "his",
	"hers",  "their", "its",  "himself", "herself", "themselves", "who",  "i",
	"we",    "you",   "me",   "us",      "my",      "our",        "your", "this",
	"these", "those", "that", "itself",  "whom",    "one",        "both", "some",
};
enum { PRONOUN_WORDS = sizeof pronouns / sizeof *pronouns };

struct reader {
	size_t width, max_pieces, columns;
	size_t at[LAYERS]; /* first column of each */
	bool has[HEADS];
	float *weight, *bias; /* columns rows of width */
	struct products *products;
	size_t product, n_pronouns;
	int32_t pronoun[PRONOUN_WORDS];
};

/* A word of the window that is being read. */
struct seen {
	size_t word, row;
	bool keep;
	uint8_t entity;
};

struct reader_scratch {
	const struct reader *reader;
	struct lane *lane;
	float *in, *out; /* a block of hidden states; columns of each word of a window */
	struct seen *seen;
	float *chance;
};

struct answer {
	uint32_t word[POINTERS];
	float chance[POINTERS], none;
	uint32_t n;
};

/* Answers of a head that points: 1 + index of each word's, 0 where none was asked for. */
struct answers {
	uint32_t *at;
	struct answer *v;
	size_t n, room;
};

struct reading {
	const struct reader *reader;
	struct reader_scratch *scratch;
	const struct tokens *tokens;
	struct arena *arena;
	float *sentence, *entity_sure, *fact, (*worthy)[2];
	uint8_t *entity;
	struct answers antecedent, link;
};

static bool
is_there(const struct model *m, const struct layer *l, char name[64], const char *part)
{
	snprintf(name, 64, "%s.%s", l->name, part);
	return model_has(m, name);
}

/* Which heads the weights have, and the columns of their layers. */
static void
lay_out(struct reader *r, const struct model *m)
{
	char name[64];

	for (size_t i = 0; i < LAYERS; i++)
		if (is_there(m, &layers[i], name, "weight"))
			r->has[layers[i].head] = true;
	for (size_t i = 0; i < LAYERS; i++) {
		r->at[i] = r->columns;
		if (r->has[layers[i].head])
			r->columns += layers[i].rows;
	}
	r->columns += (LANES - r->columns % LANES) % LANES;
}

static enum err
read_layer(struct reader *r, const struct model *m, size_t i)
{
	const struct layer *l = &layers[i];
	const float *weight, *bias;
	char name[64];
	enum err e;

	if (!r->has[l->head])
		return OK;
	is_there(m, l, name, "weight");
	if ((e = model_f32(m, name, l->rows, r->width, &weight)) != OK)
		return e;
	memcpy(r->weight + r->at[i] * r->width, weight,
	       l->rows * r->width * sizeof *weight);
	if (!l->biased)
		return OK;
	is_there(m, l, name, "bias");
	if ((e = model_f32(m, name, l->rows, 0, &bias)) != OK)
		return e;
	memcpy(r->bias + r->at[i], bias, l->rows * sizeof *bias);
	return OK;
}

static enum err
read_layers(struct reader *r, const struct model *m)
{
	enum err e;

	lay_out(r, m);
	r->weight = calloc(r->columns * r->width + 1, sizeof *r->weight);
	r->bias = calloc(r->columns + 1, sizeof *r->bias);
	if (r->weight == NULL || r->bias == NULL)
		return err_set(ERR_NOMEM, "no memory for the heads of the model");
	for (size_t i = 0; i < LAYERS; i++)
		if ((e = read_layer(r, m, i)) != OK)
			return e;
	return OK;
}

static enum err
compile(struct reader *r)
{
	const struct product shape = { .type = PRODUCT_F32,
		                       .right = RIGHT_COLUMNS,
		                       .rows = BLOCK,
		                       .inner = r->width,
		                       .columns = r->columns };
	enum err e = products_open(&r->products);

	return e != OK || r->columns == 0
	           ? e
	           : products_add(r->products, &shape, &r->product);
}

enum err
reader_open(const struct model *m, const struct vocabulary *v, size_t width,
            struct reader **ret)
{
	struct reader *r = calloc(1, sizeof *r);
	enum err e = ERR_NOMEM;

	if (r == NULL)
		return err_set(ERR_NOMEM, "no memory for the heads of the model");
	r->width = width;
	for (size_t i = 0; i < PRONOUN_WORDS; i++)
		if (vocabulary_find(v, pronouns[i], &r->pronoun[r->n_pronouns]) == OK)
			r->n_pronouns++;
	if ((e = model_meta_count(m, "max_pieces", 1, MAX_PIECES, &r->max_pieces)) !=
	        OK ||
	    (e = read_layers(r, m)) != OK || (e = compile(r)) != OK)
		goto fail;
	*ret = r;
	return OK;
fail:
	reader_close(r);
	return e;
}

void
reader_close(struct reader *r)
{
	if (r == NULL)
		return;
	products_close(r->products);
	free(r->weight);
	free(r->bias);
	free(r);
}

enum err
reader_scratch_open(const struct reader *r, struct reader_scratch **ret)
{
	struct reader_scratch *s = calloc(1, sizeof *s);
	size_t rows = r->max_pieces + BLOCK;
	enum err e = ERR_NOMEM;

	if (s == NULL)
		goto fail;
	s->reader = r;
	s->in = calloc(BLOCK * r->width, sizeof *s->in);
	s->out = calloc(rows * (r->columns + 1), sizeof *s->out);
	s->seen = calloc(rows, sizeof *s->seen);
	s->chance = calloc(rows, sizeof *s->chance);
	if (s->in == NULL || s->out == NULL || s->seen == NULL || s->chance == NULL)
		goto fail;
	if (r->columns > 0 && (e = lane_open(r->products, &s->lane)) != OK)
		goto fail;
	*ret = s;
	return OK;
fail:
	reader_scratch_close(s);
	return e == ERR_NOMEM ? err_set(e, "no memory for a thread of the engine") : e;
}

void
reader_scratch_close(struct reader_scratch *s)
{
	if (s == NULL)
		return;
	lane_close(s->lane);
	free(s->in);
	free(s->out);
	free(s->seen);
	free(s->chance);
	free(s);
}

bool
reading_has(const struct reading *r, enum head head)
{
	return r->reader->has[head];
}

struct reading *
reading_new(struct arena *a, const struct reader *r, struct reader_scratch *s,
            const struct tokens *t)
{
	struct reading *x = arena_alloc(a, sizeof *x);
	size_t n = t->n_words;

	*x = (struct reading){ .reader = r, .scratch = s, .tokens = t, .arena = a };
	if (r->has[HEAD_SENTENCE])
		x->sentence = arena_alloc(a, n * sizeof *x->sentence);
	if (r->has[HEAD_FACTUALITY])
		x->fact = arena_alloc(a, n * sizeof *x->fact);
	if (r->has[HEAD_CHECKWORTHY])
		x->worthy = arena_alloc(a, n * sizeof *x->worthy);
	if (r->has[HEAD_ENTITY]) {
		x->entity = arena_alloc(a, n * sizeof *x->entity);
		x->entity_sure = arena_alloc(a, n * sizeof *x->entity_sure);
	}
	if (r->has[HEAD_ANTECEDENT])
		x->antecedent.at = arena_alloc(a, n * sizeof *x->antecedent.at);
	if (r->has[HEAD_LINK])
		x->link.at = arena_alloc(a, n * sizeof *x->link.at);
	return x;
}

/* The window's words, in order. */
static size_t
see(struct reading *r, const struct window *w)
{
	const struct word *word = r->tokens->word;
	size_t n = 0;

	for (const struct part *p = w->part; p < w->part + w->n_parts; p++)
		for (size_t k = p->word; k < p->end; k++) {
			r->scratch->seen[n++] = (struct seen){
				.word = k,
				.row = p->at + word[k].piece - word[p->word].piece,
				.keep = k >= p->keep && k < p->keep_end,
			};
		}
	assert(n <= r->reader->max_pieces);
	return n;
}

static const float *
row_of(const struct reading *r, size_t i, size_t layer)
{
	return r->scratch->out + i * r->reader->columns + r->reader->at[layer];
}

/* All layers of n words. */
static enum err
multiply(struct reading *r, const float *hidden, size_t n)
{
	const struct reader *h = r->reader;
	struct reader_scratch *s = r->scratch;

	for (size_t i = 0; i < n; i += BLOCK) {
		size_t rows = n - i < BLOCK ? n - i : BLOCK;
		float *out = s->out + i * h->columns;
		enum err e;

		for (size_t k = 0; k < rows; k++)
			memcpy(s->in + k * h->width,
			       hidden + s->seen[i + k].row * h->width,
			       h->width * sizeof *hidden);
		if ((e = lane_run(s->lane, h->product, s->in, h->weight, out)) != OK)
			return e;
		for (size_t k = 0; k < rows; k++)
			for (size_t j = 0; j < h->columns; j++)
				out[k * h->columns + j] += h->bias[j];
	}
	return OK;
}

/* In place; the last value included. */
static void
softmax(float *v, size_t n)
{
	float most = v[0], sum = 0;

	for (size_t i = 1; i < n; i++)
		most = v[i] > most ? v[i] : most;
	for (size_t i = 0; i < n; i++)
		sum += v[i] = expf(v[i] - most);
	for (size_t i = 0; i < n; i++)
		v[i] /= sum;
}

static uint8_t
best(const float *v, size_t n)
{
	size_t at = 0;

	for (size_t i = 1; i < n; i++)
		at = v[i] > v[at] ? i : at;
	return (uint8_t)at;
}

static void
keep_entity(struct reading *r, struct seen *s, const float *score)
{
	float chance[ENTITY_LABELS];

	memcpy(chance, score, sizeof chance);
	s->entity = best(score, ENTITY_LABELS);
	if (!s->keep)
		return;
	softmax(chance, ENTITY_LABELS);
	r->entity[s->word] = s->entity;
	r->entity_sure[s->word] = chance[s->entity];
}

static void
keep_word(struct reading *r, size_t i)
{
	struct seen *s = &r->scratch->seen[i];

	if (r->entity != NULL)
		keep_entity(r, s, row_of(r, i, ENTITY));
	if (!s->keep)
		return;
	if (r->sentence != NULL)
		r->sentence[s->word] = *row_of(r, i, SENTENCE);
	if (r->fact != NULL)
		r->fact[s->word] = *row_of(r, i, FACTUALITY);
	if (r->worthy != NULL)
		memcpy(r->worthy[s->word], row_of(r, i, CHECKWORTHY), sizeof *r->worthy);
}

static float
dot(const float *a, const float *b)
{
	float sum[LANES] = { 0 }, all = 0;

	for (size_t i = 0; i < PAIR; i += LANES)
		for (size_t k = 0; k < LANES; k++)
			sum[k] += a[i + k] * b[i + k];
	for (size_t k = 0; k < LANES; k++)
		all += sum[k];
	return all;
}

/* One more for the likeliest, in their order. */
static void
rank(struct answer *a, size_t word, float chance)
{
	size_t i = a->n < POINTERS ? a->n++ : POINTERS;

	for (; i > 0 && a->chance[i - 1] < chance; i--)
		if (i < POINTERS) {
			a->word[i] = a->word[i - 1];
			a->chance[i] = a->chance[i - 1];
		}
	if (i < POINTERS) {
		a->word[i] = (uint32_t)word;
		a->chance[i] = chance;
	}
}

/* Where word i of the window points to, among the first n of them but itself. */
static struct answer
point(const struct reading *r, size_t layer, size_t i, size_t n)
{
	const struct seen *seen = r->scratch->seen;
	float *chance = r->scratch->chance;
	struct answer a = { .n = 0 };

	for (size_t k = 0; k < n; k++)
		chance[k] =
		    k == i ? -INFINITY
		           : dot(row_of(r, i, layer + FROM), row_of(r, k, layer + TO));
	chance[n] = *row_of(r, i, layer + NONE);
	softmax(chance, n + 1);
	a.none = chance[n];
	for (size_t k = 0; k < n; k++)
		if (k != i)
			rank(&a, seen[k].word, chance[k]);
	return a;
}

static void
keep_answer(struct reading *r, struct answers *to, size_t word, struct answer a)
{
	to->v = arena_grow(r->arena, to->v, to->n, &to->room, sizeof *to->v);
	to->v[to->n++] = a;
	to->at[word] = (uint32_t)to->n;
}

static bool
is_pronoun(const struct reading *r, size_t word)
{
	uint32_t piece = r->tokens->word[word].piece;

	if (word_end(r->tokens, word) != piece + 1)
		return false;
	for (size_t i = 0; i < r->reader->n_pronouns; i++)
		if (r->reader->pronoun[i] == r->tokens->id[piece])
			return true;
	return false;
}

/* Does an entity end with word i of the window? */
static bool
ends_name(const struct reading *r, size_t i, size_t n)
{
	const struct seen *s = &r->scratch->seen[i];

	return r->entity != NULL && s->entity != 0 &&
	       (i + 1 == n || s[1].entity != s->entity + s->entity % 2);
}

static bool
may_be(const float score[LABELS], size_t one, size_t other)
{
	float most = score[best(score, LABELS)] - MAY_BE;

	return score[one] > most || score[other] > most;
}

enum err
reading_window(struct reading *r, const struct window *w, const float *hidden,
               const float (*score)[LABELS])
{
	const struct seen *seen = r->scratch->seen;
	size_t n;
	enum err e;

	if (r->reader->columns == 0)
		return OK;
	n = see(r, w);
	if ((e = multiply(r, hidden, n)) != OK)
		return e;
	for (size_t i = 0; i < n; i++)
		keep_word(r, i);
	for (size_t i = 0; i < n; i++) {
		size_t word = seen[i].word;

		if (!seen[i].keep)
			continue;
		if (r->antecedent.at != NULL &&
		    (is_pronoun(r, word) || ends_name(r, i, n) ||
		     may_be(score[word], B_SOURCE, I_SOURCE)))
			keep_answer(r, &r->antecedent, word, point(r, ANTECEDENT, i, i));
		if (r->link.at != NULL && may_be(score[word], B_CUE, B_CONTENT))
			keep_answer(r, &r->link, word, point(r, LINK, i, n));
	}
	return OK;
}

static float
logistic(float x)
{
	return 1 / (1 + expf(-x));
}

float
reading_sentence(const struct reading *r, size_t word)
{
	assert(reading_has(r, HEAD_SENTENCE) && word < r->tokens->n_words);
	return logistic(r->sentence[word]);
}

float
reading_factuality(const struct reading *r, size_t word)
{
	assert(reading_has(r, HEAD_FACTUALITY) && word < r->tokens->n_words);
	return fminf(3, fmaxf(-3, r->fact[word]));
}

float
reading_checkworthy(const struct reading *r, struct paragraph s)
{
	float most = -INFINITY, sum = 0, says = 0;

	assert(reading_has(r, HEAD_CHECKWORTHY) && s.end <= r->tokens->n_words);
	for (size_t w = s.word; w < s.end; w++)
		most = fmaxf(most, r->worthy[w][0]);
	for (size_t w = s.word; w < s.end; w++) {
		float counts = expf(r->worthy[w][0] - most);

		sum += counts;
		says += counts * r->worthy[w][1];
	}
	return sum > 0 ? logistic(says / sum) : 0;
}

/* B-x is 1 + 2 * kind, I-x the next; an I-x that follows neither begins a name, too. */
static struct entity
entity_at(const struct reading *r, size_t word, size_t end)
{
	uint8_t inside = (uint8_t)(r->entity[word] + r->entity[word] % 2);
	struct entity x = { .kind = (enum entity_kind)((inside - 2) / 2),
		            .word = word,
		            .end = word + 1,
		            .sure = r->entity_sure[word] };

	for (; x.end < end && r->entity[x.end] == inside; x.end++)
		x.sure = fminf(x.sure, r->entity_sure[x.end]);
	return x;
}

struct entity *
reading_entities(const struct reading *r, struct arena *a, struct paragraph p,
                 size_t *ret_n)
{
	struct entity *v = NULL;
	size_t n = 0, room = 0;

	assert(reading_has(r, HEAD_ENTITY) && p.end <= r->tokens->n_words);
	for (size_t w = p.word; w < p.end;) {
		struct entity x;

		if (r->entity[w] == 0) {
			w++;
			continue;
		}
		x = entity_at(r, w, p.end);
		v = arena_grow(a, v, n, &room, sizeof *v);
		v[n++] = x;
		w = x.end;
	}
	*ret_n = n;
	return v;
}

static size_t
answer(const struct answers *of, size_t word, struct pointer ret[POINTERS],
       float *ret_none)
{
	const struct answer *a;

	*ret_none = 1;
	if (of->at[word] == 0)
		return 0;
	a = &of->v[of->at[word] - 1];
	for (size_t i = 0; i < a->n; i++)
		ret[i] = (struct pointer){ a->word[i], a->chance[i] };
	*ret_none = a->none;
	return a->n;
}

size_t
reading_antecedent(const struct reading *r, size_t word, struct pointer ret[POINTERS],
                   float *ret_none)
{
	assert(reading_has(r, HEAD_ANTECEDENT) && word < r->tokens->n_words);
	return answer(&r->antecedent, word, ret, ret_none);
}

size_t
reading_link(const struct reading *r, size_t word, struct pointer ret[POINTERS],
             float *ret_none)
{
	assert(reading_has(r, HEAD_LINK) && word < r->tokens->n_words);
	return answer(&r->link, word, ret, ret_none);
}
