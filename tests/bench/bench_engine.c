/*
 * bench_engine ARTICLE ...    words a second of the whole engine on one core, of each
 *                             of its steps, and of the bare matrix products
 *
 * A round runs the whole engine over all articles, then each step by itself on the
 * same text, then the int8 products that the same windows need and nothing else.  All
 * take turns, and the middle of the rounds is shown.
 */
#include <assert.h>
#include <string.h>

#include "arena.h"
#include "measure.h"
#include "utf8.h"
#include "worker/engine/attribute.h"
#include "worker/engine/encoder.h"
#include "worker/engine/engine.h"
#include "worker/engine/model.h"
#include "worker/engine/product.h"
#include "worker/engine/sentence.h"
#include "worker/engine/text.h"

enum { ROUNDS = 15, ARTICLES = 64, PARAGRAPHS = 4096, ARENA = 1 << 30 };
enum { CLS = 101, SEP = 102, GAP = 2, PIECES = 320 };
enum { WIDTH = 384, FFN = 1536, LAYERS = 12, BLOCK = 64, STEP = 16, SHAPES = 4 };

enum step { WHOLE, TEXT, TOKEN, WINDOW, ENCODER, SCORE, ATTRIBUTE, BARE, STEPS };
static const char *const names[STEPS] = {
	"the whole engine",
	"text: UTF-8, paragraphs",
	"token: pieces",
	"window: packing",
	"encoder: the network",
	"heads: scores of words",
	"labels, quotes, sentences, links",
	"the bare int8 products of the same windows",
};

struct article {
	const char *v;
	size_t n, n_words, n_paragraphs;
	struct tokens *tokens;
	struct paragraph *paragraph;
	float (*score)[LABELS];
};

struct bench {
	struct arena *arena;
	size_t mark; /* where each step begins in the arena */
	struct engine *engine;
	struct scratch *scratch;
	struct model *model;
	struct vocabulary *vocabulary;
	struct encoder *encoder;
	struct encoder_scratch *lane;
	struct heads *heads;
	struct products *products;
	struct lane *bare;
	size_t id[SHAPES][BLOCK / STEP];
	struct packed *weights[SHAPES][LAYERS];
	void *a, *c;
	size_t n, words;
	struct article v[ARTICLES];
};

static const struct layout layout = { PIECES, CLS, GAP, SEP };

/* ------------------------------------------------------------------- articles */

static void
load(struct bench *b, const char *path)
{
	struct article *x = &b->v[b->n];
	FILE *f = fopen(path, "rb");
	char *v = arena_raw(b->arena, 1 << 20);

	if (f == NULL)
		must(err_set(ERR_NOT_FOUND, "%s cannot be read", path));
	x->n = fread(v, 1, 1 << 20, f);
	fclose(f);
	x->v = v;
	x->paragraph = arena_alloc(b->arena, PARAGRAPHS * sizeof *x->paragraph);
	x->tokens = tokens_new(b->arena, x->n);
	b->n++;
}

/* Read an article's words into its tokens, anew. */
static void
tokenize(struct bench *b, struct article *x)
{
	struct text text;
	struct span where;
	size_t at = 0;

	must(text_open(x->v, x->n, &text));
	x->tokens->n = x->tokens->n_words = x->n_paragraphs = 0;
	while (text_paragraph(&text, &at, &where)) {
		struct paragraph *p = &x->paragraph[x->n_paragraphs++];

		assert(x->n_paragraphs < PARAGRAPHS);
		p->word = x->tokens->n_words;
		token_run(b->vocabulary, x->v, where, x->tokens);
		p->end = x->tokens->n_words;
	}
	x->n_words = x->tokens->n_words;
}

/* --------------------------------------------------------------------- steps */

static void
run_whole(struct bench *b, struct article *x)
{
	const struct engine_article article = { x->v, x->n, "2019-03-28" };
	struct extraction e;

	must(engine_extract(b->engine, b->scratch, b->arena, &article, &e));
}

static void
run_text(struct bench *b, struct article *x)
{
	struct text text;
	struct span where;
	size_t at = 0;

	(void)b;
	must(text_open(x->v, x->n, &text));
	while (text_paragraph(&text, &at, &where))
		continue;
}

static void
run_window(struct bench *b, struct article *x)
{
	struct packer *p =
	    packer_new(b->arena, &layout, x->tokens, x->paragraph, x->n_paragraphs);
	struct window w;

	while (packer_next(p, &w))
		continue;
}

/* The network over the article's windows; with_heads, the scores of their words too. */
static void
run_network(struct bench *b, struct article *x, int with_heads)
{
	struct packer *p =
	    packer_new(b->arena, &layout, x->tokens, x->paragraph, x->n_paragraphs);
	const float *hidden;
	struct window w;

	while (packer_next(p, &w)) {
		must(encoder_run(b->encoder, b->lane, w.id, w.how, w.n, &hidden));
		for (size_t i = 0; with_heads && i < w.n_parts; i++)
			for (size_t k = w.part[i].keep; k < w.part[i].keep_end; k++) {
				size_t row = w.part[i].at + x->tokens->word[k].piece -
				             x->tokens->word[w.part[i].word].piece;

				heads_score(b->heads, hidden + row * WIDTH, x->score[k]);
			}
	}
}

static void
run_encoder(struct bench *b, struct article *x)
{
	run_network(b, x, 0);
}

/* As many scores as the article has words, of whatever state. */
static void
run_scores(struct bench *b, struct article *x)
{
	static float hidden[WIDTH], score[LABELS];

	for (size_t k = 0; k < x->n_words; k++)
		heads_score(b->heads, hidden, score);
}

static void
run_attribute(struct bench *b, struct article *x)
{
	for (size_t i = 0; i < x->n_paragraphs; i++) {
		struct passage p = { .text = x->v,
			             .tokens = x->tokens,
			             .words = x->paragraph[i] };
		size_t n;

		p.mention =
		    heads_decode(b->heads, b->arena, (const float(*)[LABELS])x->score,
		                 p.words, &p.mentions);
		p.quotes = quote_find(b->arena, p.text, p.tokens, p.words);
		p.sentence =
		    sentence_number(b->arena, p.text, p.tokens, p.words, &p.quotes);
		(void)attribute(b->arena, &p, &n);
	}
}

/* Layer by layer and block by block, as the encoder has to. */
static void
run_bare(struct bench *b, struct article *x)
{
	struct packer *p =
	    packer_new(b->arena, &layout, x->tokens, x->paragraph, x->n_paragraphs);
	struct window w;

	while (packer_next(p, &w)) {
		size_t padded = (w.n + STEP - 1) / STEP * STEP;

		for (size_t l = 0; l < LAYERS; l++)
			for (size_t at = 0; at < padded; at += BLOCK) {
				size_t rows = padded - at < BLOCK ? padded - at : BLOCK;

				for (size_t s = 0; s < SHAPES; s++)
					must(lane_run(b->bare, b->id[s][rows / STEP - 1],
					              b->a, b->weights[s][l], b->c));
			}
	}
}

static void (*const runs[STEPS])(struct bench *, struct article *) = {
	[WHOLE] = run_whole,         [TEXT] = run_text,       [TOKEN] = tokenize,
	[WINDOW] = run_window,       [ENCODER] = run_encoder, [SCORE] = run_scores,
	[ATTRIBUTE] = run_attribute, [BARE] = run_bare,
};

/* -------------------------------------------------------------------- set up */

static void *
room(size_t n)
{
	void *p = aligned_alloc(64, (n + 63) / 64 * 64);

	must(p == NULL ? err_set(ERR_NOMEM, "out of memory") : OK);
	return memset(p, 1, n);
}

static void
open_products(struct bench *b)
{
	static const size_t inner[SHAPES] = { WIDTH, WIDTH, WIDTH, FFN };
	static const size_t columns[SHAPES] = { 3 * WIDTH, WIDTH, FFN, WIDTH };
	int8_t *w = room(2 * FFN * WIDTH);
	bool whole, halves;

	must(products_int8(255, &whole));
	must(products_int8(128, &halves));
	must(products_open(&b->products));
	for (size_t s = 0; s < SHAPES; s++)
		for (size_t r = 0; r < BLOCK / STEP; r++) {
			const struct product p = { whole || halves ? PRODUCT_INT8
				                                   : PRODUCT_F32,
				                   RIGHT_PACKED, (r + 1) * STEP,
				                   inner[s] * (!whole && halves ? 2 : 1),
				                   columns[s] };

			must(products_add(b->products, &p, &b->id[s][r]));
		}
	for (size_t s = 0; s < SHAPES; s++)
		for (size_t l = 0; l < LAYERS; l++)
			must(products_pack(b->products, b->id[s][BLOCK / STEP - 1], w,
			                   &b->weights[s][l]));
	must(lane_open(b->products, &b->bare));
	b->a = room(BLOCK * FFN * 2 * sizeof(float));
	b->c = room(BLOCK * FFN * sizeof(float));
	free(w);
}

static void
open_all(struct bench *b)
{
	const char *words;
	size_t n;

	must(engine_open(NULL, &b->engine));
	must(engine_scratch_open(b->engine, &b->scratch));
	must(model_open(NULL, &b->model));
	words = model_vocabulary(b->model, &n);
	must(vocabulary_open(words, n, &b->vocabulary));
	must(encoder_open(b->model, &b->encoder));
	must(encoder_scratch_open(b->encoder, &b->lane));
	must(heads_open(b->model, WIDTH, &b->heads));
	open_products(b);
}

static void
close_all(struct bench *b)
{
	lane_close(b->bare);
	for (size_t s = 0; s < SHAPES; s++)
		for (size_t l = 0; l < LAYERS; l++)
			packed_free(b->weights[s][l]);
	products_close(b->products);
	free(b->a);
	free(b->c);
	heads_close(b->heads);
	encoder_scratch_close(b->lane);
	encoder_close(b->encoder);
	vocabulary_close(b->vocabulary);
	model_close(b->model);
	engine_scratch_close(b->scratch);
	engine_close(b->engine);
	arena_free(b->arena);
}

/* ------------------------------------------------------------------- results */

static double
measure(struct bench *b, enum step step)
{
	double begin = now();

	for (size_t i = 0; i < b->n; i++) {
		runs[step](b, &b->v[i]);
		arena_release(b->arena, b->mark);
	}
	return now() - begin;
}

static double
ratio(double (*t)[ROUNDS], enum step over, enum step under)
{
	double v[ROUNDS];

	for (size_t r = 0; r < ROUNDS; r++)
		v[r] = t[over][r] / t[under][r];
	return median(v, ROUNDS);
}

static void
show(const struct bench *b, double (*t)[ROUNDS])
{
	double to_bare = ratio(t, WHOLE, BARE), middle[STEPS];

	for (size_t s = 0; s < STEPS; s++)
		middle[s] = median(t[s], ROUNDS);
	printf("%zu articles, %zu words: %.0f words/s on one core\n", b->n, b->words,
	       (double)b->words / middle[WHOLE]);
	for (size_t s = 0; s < STEPS; s++)
		printf("  %-44s %9.2f ms %6.1f %% %12.0f words/s\n", names[s],
		       1e3 * middle[s], 100 * middle[s] / middle[WHOLE],
		       (double)b->words / middle[s]);
	printf("  the whole engine to the bare products: %.2f\n", to_bare);
}

/* Tokens and scores of every article, which the later steps work on. */
static void
prepare(struct bench *b)
{
	for (size_t i = 0; i < b->n; i++) {
		struct article *x = &b->v[i];

		tokenize(b, x);
		b->words += x->n_words;
		x->score = arena_raw(b->arena, x->n_words * sizeof *x->score);
		run_network(b, x, 1);
	}
	b->mark = arena_mark(b->arena);
}

struct call {
	struct bench *b;
	int argc;
	char **argv;
};

static enum err
run_all(void *arg)
{
	static double t[STEPS][ROUNDS];
	struct call *c = arg;

	for (int i = 1; i < c->argc && i <= ARTICLES; i++)
		load(c->b, c->argv[i]);
	prepare(c->b);
	for (size_t r = 0; r <= ROUNDS; r++)
		for (size_t s = 0; s < STEPS; s++)
			t[s][r == 0 ? 0 : r - 1] =
			    measure(c->b, (enum step)s); /* first: warm-up */
	show(c->b, t);
	return OK;
}

int
main(int argc, char *argv[])
{
	static struct bench b;
	struct call c = { &b, argc, argv };

	if (argc < 2) {
		fprintf(stderr, "usage: bench_engine ARTICLE ...\n");
		return EXIT_FAILURE;
	}
	open_all(&b);
	b.arena = arena_new(ARENA);
	must(b.arena == NULL ? ERR_NOMEM : arena_run(b.arena, run_all, &c));
	close_all(&b);
	return EXIT_SUCCESS;
}
