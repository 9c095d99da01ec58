/*
 * bench_encoder ARTICLE ...           pieces a second of the encoder on one core, the
 *                                     time of each of its steps, and of the bare products
 * bench_encoder --serve ARTICLE ...   windows as JSON, then for each line "SET SECONDS"
 *                                     of standard input one of pieces a second
 *
 * Windows of 128, 192 and 320 pieces are cut from the articles' text; the set
 * "articles" is what the engine itself makes of them.  All that is measured takes
 * turns, round by round, and medians are shown, so that a slower moment of the
 * machine touches all alike.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "measure.h"
#include "worker/engine/encoder.h"
#include "worker/engine/kernels.h"
#include "worker/engine/model.h"
#include "worker/engine/product.h"
#include "worker/engine/text.h"
#include "worker/engine/token.h"
#include "worker/engine/window.h"

enum { SETS = 4, WINDOWS_MAX = 64, PIECES_MAX = 320, ROUNDS = 25 };
enum { CLS = 101, SEP = 102, GAP = 2 };

struct piece_window {
	size_t n;
	int32_t id[PIECES_MAX];
	int8_t how[PIECES_MAX];
};

struct set {
	const char *name;
	size_t size; /* 0: the articles */
	size_t n;
	struct piece_window *v;
};

struct bench {
	int argc;
	char **argv;
	struct arena *arena;
	struct model *model;
	struct vocabulary *vocabulary;
	struct encoder *encoder;
	struct encoder_scratch *scratch;
	struct set set[SETS];
};

static void *
room(size_t n)
{
	void *p = aligned_alloc(64, (n + 64) / 64 * 64);

	if (p == NULL)
		must(err_set(ERR_NOMEM, "out of memory"));
	memset(p, 0, n);
	return p;
}

/* ----------------------------------------------------------------- windows */

static char *
read_file(struct bench *b, const char *path, size_t *ret_n)
{
	FILE *f = fopen(path, "rb");
	char *v = arena_raw(b->arena, 1 << 20);

	if (f == NULL) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	*ret_n = fread(v, 1, 1 << 20, f);
	fclose(f);
	return v;
}

static void
add_window(struct set *s, const struct window *w)
{
	struct piece_window *to = &s->v[s->n];

	if (s->n == WINDOWS_MAX)
		return;
	to->n = w->n;
	memcpy(to->id, w->id, w->n * sizeof *w->id);
	memcpy(to->how, w->how, w->n);
	s->n++;
}

static void
add_article(struct bench *b, const char *path, struct set *s)
{
	static const struct layout layout = { PIECES_MAX, CLS, GAP, SEP };
	struct text text;
	struct span span;
	struct window w;
	size_t n, at = 0, n_paragraphs = 0;
	const char *v = read_file(b, path, &n);
	struct tokens *t = tokens_new(b->arena, n);
	struct paragraph *p = arena_alloc(b->arena, n * sizeof *p);

	must(text_open(v, n, &text));
	while (text_paragraph(&text, &at, &span)) {
		p[n_paragraphs].word = t->n_words;
		token_run(b->vocabulary, v, span, t);
		p[n_paragraphs++].end = t->n_words;
	}
	struct packer *packer = packer_new(b->arena, &layout, t, p, n_paragraphs);
	while (packer_next(packer, &w))
		add_window(s, &w);
}

/* Windows of one size, from the running text of the articles' own. */
static void
cut(const struct set *articles, struct set *to)
{
	size_t from = 0, at = 1;

	for (to->n = 0; to->n < 8; to->n++) {
		struct piece_window *w = &to->v[to->n];

		w->n = to->size;
		for (size_t i = 1; i + 1 < w->n; i++) {
			const struct piece_window *a = &articles->v[from];

			w->id[i] = a->id[at];
			w->how[i] = a->how[at];
			if (++at + 1 >= a->n) {
				from = (from + 1) % articles->n;
				at = 1;
			}
		}
		w->id[0] = CLS;
		w->id[w->n - 1] = SEP;
		w->how[0] = w->how[w->n - 1] = -1;
	}
}

static enum err
make_windows(void *arg)
{
	static const struct set sets[SETS] = {
		{ .name = "articles" },
		{ .name = "128", .size = 128 },
		{ .name = "192", .size = 192 },
		{ .name = "320", .size = 320 },
	};
	struct bench *b = arg;

	for (size_t i = 0; i < SETS; i++) {
		b->set[i] = sets[i];
		b->set[i].v = room(WINDOWS_MAX * sizeof *b->set[i].v);
	}
	for (int i = 0; i < b->argc; i++)
		add_article(b, b->argv[i], &b->set[0]);
	assert(b->set[0].n > 0);
	for (size_t i = 1; i < SETS; i++)
		cut(&b->set[0], &b->set[i]);
	return OK;
}

/* ------------------------------------------------------------------- steps */

/*
 * Steps are run by themselves, on the sizes of the model: bytes and sums do not
 * mind which numbers they hold.  Weights are one set a layer, as in the encoder,
 * so that they come from as far away.
 */
enum {
	WIDTH = 384,
	HEADS = 12,
	HEAD = WIDTH / HEADS,
	FFN = 1536,
	LAYERS = 12,
	BLOCK = 64
};
enum { ROWS = PIECES_MAX };

enum step {
	STEP_WHOLE,
	STEP_BARE,
	STEP_QKV,
	STEP_OUTPUT,
	STEP_UP,
	STEP_DOWN,
	STEP_SCORES,
	STEP_CONTEXT,
	STEP_SPLIT,
	STEP_SOFTMAX,
	STEP_JOIN,
	STEP_GELU,
	STEP_NORM,
	STEPS
};
static const char *const step_names[STEPS] = {
	"the whole encoder",
	"the int8 products alone, in their order",
	"product: query, key, value",
	"product: attention output",
	"product: up",
	"product: down",
	"product: query by key",
	"product: weight by value",
	"sums to query, key, value",
	"softmax",
	"heads to a quantized row",
	"sums, GELU, quantize",
	"sums, add, norm, quantize (2 times)",
};

struct stage {
	const struct kernels *kernels;
	struct products *products;
	struct lane *lane;
	bool int8, halves, bf16; /* halves: int8 only as halves */
	size_t n, id[STEPS];
	struct packed *w[STEPS][LAYERS];
	void *a, *c, *heads;
	float *x, *row, *scale, *inverse;
	int32_t *offset;
	struct quantized q;
};

static const struct {
	size_t inner, columns;
} dense[] = { { WIDTH, 3 * WIDTH }, { WIDTH, WIDTH }, { WIDTH, FFN }, { FFN, WIDTH } };

static void
add_products(struct stage *s, size_t rows)
{
	const enum product_type type = s->bf16 ? PRODUCT_BF16 : PRODUCT_F32;
	const struct product scores = { type, RIGHT_COLUMNS, s->n, HEAD, s->n };
	const struct product context = { type, RIGHT_ROWS, s->n, s->n, HEAD };
	int8_t *w = room(2 * FFN * WIDTH);

	for (size_t i = 0; i < 2 * FFN * WIDTH; i++)
		w[i] = (int8_t)(i * 2654435761u >> 16);
	for (size_t i = 0; i < 4; i++) {
		const struct product p = {
			s->int8 || s->halves ? PRODUCT_INT8 : PRODUCT_F32, RIGHT_PACKED,
			rows, dense[i].inner * (s->halves ? 2 : 1), dense[i].columns
		};

		must(products_add(s->products, &p, &s->id[STEP_QKV + i]));
		for (size_t l = 0; l < LAYERS; l++)
			must(products_pack(s->products, s->id[STEP_QKV + i], w,
			                   &s->w[STEP_QKV + i][l]));
	}
	must(products_add(s->products, &scores, &s->id[STEP_SCORES]));
	must(products_add(s->products, &context, &s->id[STEP_CONTEXT]));
	must(lane_open(s->products, &s->lane));
	free(w);
}

static void
stage_open(struct stage *s, size_t n)
{
	*s = (struct stage){ .n = n, .kernels = kernels_for(products_isa()) };
	must(products_int8(255, &s->int8));
	must(products_int8(128, &s->halves));
	s->halves &= !s->int8;
	s->bf16 = products_bf16();
	must(products_open(&s->products));
	add_products(s, BLOCK);
	s->a = room(ROWS * FFN * sizeof(float));
	s->c = room(ROWS * FFN * sizeof(float));
	s->heads = room(ROWS * FFN * sizeof(float));
	s->x = room(ROWS * FFN * sizeof(float));
	s->row = room(FFN * sizeof(float));
	s->offset = room(FFN * sizeof(int32_t));
	s->q.v = room(ROWS * FFN);
	s->scale = room(ROWS * FFN * sizeof(float));
	s->q.scale = room(ROWS * sizeof(float));
	s->inverse = room(ROWS * HEADS * sizeof(float));
	for (size_t i = 0; i < ROWS * FFN; i++)
		s->x[i] = s->scale[i] = (float)(i % 101) / 100;
}

static void
stage_close(struct stage *s)
{
	lane_close(s->lane);
	for (size_t i = 0; i < STEPS; i++)
		for (size_t l = 0; l < LAYERS; l++)
			packed_free(s->w[i][l]);
	products_close(s->products);
	free(s->a);
	free(s->c);
	free(s->heads);
	free(s->x);
	free(s->row);
	free(s->offset);
	free(s->q.v);
	free(s->scale);
	free(s->q.scale);
	free(s->inverse);
}

static void
run_dense(struct stage *s, enum step step)
{
	for (size_t l = 0; l < LAYERS; l++)
		for (size_t i = 0; i < s->n; i += BLOCK)
			must(lane_run(s->lane, s->id[step], s->a, s->w[step][l], s->c));
}

/* All four, layer by layer and block by block, as the encoder has to. */
static void
run_bare(struct stage *s)
{
	for (size_t l = 0; l < LAYERS; l++)
		for (size_t i = 0; i < s->n; i += BLOCK)
			for (enum step step = STEP_QKV; step <= STEP_DOWN; step++)
				must(lane_run(s->lane, s->id[step], s->a, s->w[step][l],
				              s->c));
}

static void
run_attention(struct stage *s, enum step step)
{
	const size_t bytes = s->n * HEAD * (s->bf16 ? 2 : 4);

	for (size_t i = 0; i < LAYERS * HEADS; i++)
		must(lane_run(s->lane, s->id[step], (char *)s->heads + i % HEADS * bytes,
		              (char *)s->heads + (i % HEADS + HEADS) * bytes, s->c));
}

static void
run_softmax(struct stage *s)
{
	for (size_t i = 0; i < LAYERS * HEADS; i++)
		(s->bf16 ? s->kernels->softmax_bf16 : s->kernels->softmax_f32)(
		    s->x, s->n, s->n, s->n, s->c, s->inverse);
}

static void
run_kernel(struct stage *s, enum step step)
{
	const struct kernels *k = s->kernels;
	const struct norm norm = { s->scale, s->scale, 1e-12f };
	const struct linear qkv = { 3 * WIDTH, s->offset, s->scale, s->scale };
	const struct linear up = { FFN, s->offset, s->scale, s->scale };
	const struct linear down = { WIDTH, s->offset, s->scale, s->scale };
	const struct heads heads = { HEAD, s->n, s->heads };
	const struct sums sums = { BLOCK, s->c, s->scale };

	for (size_t l = 0; l < LAYERS; l++)
		for (size_t i = 0; i < s->n; i += BLOCK)
			if (step == STEP_SPLIT)
				(s->bf16 ? k->split_bf16 : k->split_f32)(&qkv, sums, i,
				                                         &heads);
			else if (step == STEP_JOIN)
				k->join(&heads, s->inverse, HEADS, i, BLOCK, s->row,
				        s->q);
			else if (step == STEP_GELU)
				k->gelu(&up, sums, s->row, s->q);
			else if (step == STEP_NORM)
				for (int twice = 0; twice < 2; twice++)
					k->add_norm(&down, sums, &norm, s->x, s->q);
}

static void
run_set(struct bench *b, const struct set *set)
{
	const float *hidden;

	for (size_t i = 0; i < set->n; i++)
		must(encoder_run(b->encoder, b->scratch, set->v[i].id, set->v[i].how,
		                 set->v[i].n, &hidden));
}

/* Seconds of one step for one window. */
static double
measure(struct bench *b, const struct set *set, struct stage *s, enum step step)
{
	const struct set one = { .n = 1, .v = set->v };
	const double begin = now();

	if (step == STEP_WHOLE)
		run_set(b, &one);
	else if (step == STEP_BARE)
		run_bare(s);
	else if (step == STEP_SOFTMAX)
		run_softmax(s);
	else if (step < STEP_SCORES)
		run_dense(s, step);
	else if (step < STEP_SPLIT)
		run_attention(s, step);
	else
		run_kernel(s, step);
	return now() - begin;
}

struct times {
	double v[STEPS][ROUNDS];
};

/* The median of `over` steps' time to that of the steps [from, to), round by round. */
static double
ratio(const struct times *t, enum step over, size_t from, size_t to)
{
	double v[ROUNDS];

	for (size_t r = 0; r < ROUNDS; r++) {
		double sum = t->v[STEP_BARE][r];

		for (size_t i = from; i < to; i++)
			sum += t->v[i][r];
		v[r] = t->v[over][r] / sum;
	}
	return median(v, ROUNDS);
}

static void
show(const struct set *set, const struct times *t)
{
	const double n = (double)set->size;
	const double work = 2.0 * n * LAYERS * (4 * WIDTH * WIDTH + 2 * WIDTH * FFN);
	double v[STEPS][ROUNDS], middle[STEPS];

	memcpy(v, t->v, sizeof v);
	for (size_t i = 0; i < STEPS; i++)
		middle[i] = median(v[i], ROUNDS);
	printf("\nwindow of %s pieces: %.0f pieces/s\n", set->name,
	       n / middle[STEP_WHOLE]);
	for (size_t i = 0; i < STEPS; i++)
		printf("  %-40s %8.0f us %6.1f %%\n", step_names[i], 1e6 * middle[i],
		       100 * middle[i] / middle[STEP_WHOLE]);
	printf("  int8 products alone: %.0f GOP/s\n", work / middle[STEP_BARE] * 1e-9);
	printf("  the whole to the int8 products: %.2f; to all products: %.2f\n",
	       ratio(t, STEP_WHOLE, 0, 0), ratio(t, STEP_WHOLE, STEP_SCORES, STEP_SPLIT));
}

static void
show_steps(struct bench *b, const struct set *set)
{
	static struct times t;
	struct stage s;

	stage_open(&s, set->size);
	for (size_t r = 0; r <= ROUNDS; r++)
		for (size_t i = 0; i < STEPS; i++)
			t.v[i][r == 0 ? 0 : r - 1] =
			    measure(b, set, &s, i); /* first: warm-up */
	show(set, &t);
	stage_close(&s);
}

/* ------------------------------------------------------------------- serve */

static void
print_windows(const struct bench *b)
{
	printf("{\"windows\":{");
	for (size_t s = 0; s < SETS; s++) {
		printf("%s\"%s\":[", s == 0 ? "" : ",", b->set[s].name);
		for (size_t w = 0; w < b->set[s].n; w++) {
			printf("%s{\"ids\":[", w == 0 ? "" : ",");
			for (size_t i = 0; i < b->set[s].v[w].n; i++)
				printf("%s%d", i == 0 ? "" : ",",
				       (int)b->set[s].v[w].id[i]);
			printf("],\"case\":[");
			for (size_t i = 0; i < b->set[s].v[w].n; i++)
				printf("%s%d", i == 0 ? "" : ",", b->set[s].v[w].how[i]);
			printf("]}");
		}
		printf("]");
	}
	printf("},");
}

/* Enough of the first window's hidden states to know the network by. */
static void
print_hidden(struct bench *b)
{
	const struct piece_window *w = b->set[1].v;
	const float *hidden;

	must(encoder_run(b->encoder, b->scratch, w->id, w->how, w->n, &hidden));
	printf("\"hidden\":[");
	for (size_t i = 0; i < w->n; i++) {
		printf("%s[", i == 0 ? "" : ",");
		for (size_t j = 0; j < 16; j++)
			printf("%s%.6f", j == 0 ? "" : ",",
			       hidden[i * encoder_width(b->encoder) + j]);
		printf("]");
	}
	printf("]}\n");
	fflush(stdout);
}

static double
pieces_per_second(struct bench *b, const struct set *set, double seconds)
{
	const double begin = now();
	double pieces = 0;

	while (now() - begin < seconds) {
		run_set(b, set);
		for (size_t i = 0; i < set->n; i++)
			pieces += (double)set->v[i].n;
	}
	return pieces / (now() - begin);
}

static void
serve(struct bench *b)
{
	char name[32];
	double seconds;

	print_windows(b);
	print_hidden(b);
	while (scanf("%31s %lf", name, &seconds) == 2)
		for (size_t s = 0; s < SETS; s++)
			if (strcmp(name, b->set[s].name) == 0) {
				printf("%.1f\n",
				       pieces_per_second(b, &b->set[s], seconds));
				fflush(stdout);
			}
}

int
main(int argc, char *argv[])
{
	const bool serving = argc > 1 && strcmp(argv[1], "--serve") == 0;
	struct bench b = { .argc = argc - 1 - serving, .argv = argv + 1 + serving };
	const char *v;
	size_t n;

	if (b.argc < 1) {
		fprintf(stderr, "usage: bench_encoder [--serve] ARTICLE ...\n");
		return EXIT_FAILURE;
	}
	must(model_open(NULL, &b.model));
	v = model_vocabulary(b.model, &n);
	must(vocabulary_open(v, n, &b.vocabulary));
	must(encoder_open(b.model, &b.encoder));
	must(encoder_scratch_open(b.encoder, &b.scratch));
	b.arena = arena_new(256 << 20);
	must(b.arena == NULL ? ERR_NOMEM : arena_run(b.arena, make_windows, &b));
	if (serving)
		serve(&b);
	else {
		printf("articles as the engine packs them: %.0f pieces/s\n",
		       pieces_per_second(&b, &b.set[0], 1));
		for (size_t s = 1; s < SETS; s++)
			show_steps(&b, &b.set[s]);
	}
	for (size_t s = 0; s < SETS; s++)
		free(b.set[s].v);
	arena_free(b.arena);
	encoder_scratch_close(b.scratch);
	encoder_close(b.encoder);
	vocabulary_close(b.vocabulary);
	model_close(b.model);
	return EXIT_SUCCESS;
}
