/*
 * The network, a BERT encoder with int8 weights: ids to hidden states.
 *
 * Rows go through it in blocks small enough that a block's widest intermediate,
 * the sums of the feed-forward product, stays in the second-level cache.  Only
 * attention needs all rows at once; between two attentions a block goes all the
 * way: output product, feed-forward, and the next layer's query, key and value.
 *
 *     bytes -> product -> sums -> kernel -> bytes, each with one scale a row
 *
 * Invariants:
 * 1. A window is padded with zero rows to a multiple of STEP, since products are
 *    compiled for such numbers of rows.  A row meets other rows in attention
 *    only, and there padded keys weigh nothing: padding changes no result.
 * 2. Activations are bytes 1..255 around 128.  Sums of int8 products are therefore
 *    128 * (sum of the weights) too large, column by column: linear.offset.
 * 3. int8 products are exact.  Where the CPU's are not for bytes over 128, a row goes
 *    through as two rows of halves, side by side, and meets each weight twice.  Where
 *    there are none, products are of f32 on the same whole numbers: every sum below
 *    2^24 is exact, and larger ones are off by less than a millionth.
 * 4. Buffers depend on the largest window alone and are written before they are
 *    read; what ran before leaves no trace.
 */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"
#include "model.h"
#include "product.h"

#include "encoder.h"

enum { STEP = 16, BLOCK = 64, SIZES = BLOCK / STEP, CASES = 5, MAX_PIECES = 512 };

/* How a row of bytes meets the weights: invariant 3. */
enum way { WHOLE, HALVES, FLOATS };

/* The four products of a layer, by the shape of their weights. */
enum shape { QKV, OUTPUT, UP, DOWN, SHAPES };

struct dense {
	struct linear linear;
	int32_t *offset;     /* ours: what linear.offset points to */
	float *scale, *bias; /* ours too, in QKV; NULL elsewhere */
	struct packed *weights;
};

struct layer {
	struct dense dense[SHAPES];
	struct norm attention, ffn;
};

struct encoder {
	size_t n_layers, width, n_heads, ffn, max_pieces, vocabulary;
	const int8_t *word;
	const float *word_scale, *position, *case_class;
	struct norm norm;
	struct layer *layer;

	const struct kernels *kernels;
	struct products *products;
	enum way way;
	bool bf16;
	size_t dense_id[SHAPES][SIZES]; /* by rows / STEP - 1 */
	size_t scores_id[MAX_PIECES / STEP], context_id[MAX_PIECES / STEP]; /* likewise */
};

struct encoder_scratch {
	struct lane *lane;
	void *memory;  /* all that follows */
	float *x;      /* hidden states: padded * width */
	void *heads;   /* queries, keys, values */
	float *scores; /* of one head, and their softmax */
	void *weights;
	float *context, *inverse; /* of each head */
	int32_t *sums;            /* of a block, and so are these */
	float *row;
	void *wide; /* rows as halves or floats */
	struct quantized narrow, broad;
};

static size_t
round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

static size_t
inner_of(const struct encoder *e, enum shape s)
{
	return s == DOWN ? e->ffn : e->width;
}

static size_t
columns_of(const struct encoder *e, enum shape s)
{
	return s == QKV ? 3 * e->width : s == UP ? e->ffn : e->width;
}

static size_t
head_width(const struct encoder *e)
{
	return e->width / e->n_heads;
}

static enum err
read_sizes(struct encoder *e, const struct model *m)
{
	enum err err;

	if ((err = model_meta_count(m, "layers", 1, 64, &e->n_layers)) != OK ||
	    (err = model_meta_count(m, "hidden", 64, 4096, &e->width)) != OK ||
	    (err = model_meta_count(m, "heads", 1, 64, &e->n_heads)) != OK ||
	    (err = model_meta_count(m, "ffn", 64, 16384, &e->ffn)) != OK ||
	    (err = model_meta_count(m, "max_pieces", 3, MAX_PIECES, &e->max_pieces)) !=
	        OK)
		return err;
	if (e->width % 64 != 0 || e->ffn % 64 != 0 || e->width % (16 * e->n_heads) != 0)
		return err_set(
		    ERR_BAD_INPUT,
		    "the model's hidden size %zu and ffn %zu must be multiples of "
		    "64, and of a head of 16; take another model",
		    e->width, e->ffn);
	return OK;
}

static enum err
read_eps(const struct model *m, float *ret)
{
	const char *text = model_meta(m, "norm_eps");
	char *end = NULL;
	float eps = text == NULL ? 0 : strtof(text, &end);

	if (text == NULL || end == text || *end != '\0' || !(eps >= 0 && eps < 1))
		return err_set(ERR_BAD_INPUT,
		               "the model's norm_eps is missing or no number; "
		               "take another model");
	*ret = eps;
	return OK;
}

static enum err
read_norm(const struct encoder *e, const struct model *m, const char *name,
          struct norm *ret)
{
	char weight[128], bias[128];
	enum err err;

	snprintf(weight, sizeof weight, "%s.weight", name);
	snprintf(bias, sizeof bias, "%s.bias", name);
	if ((err = read_eps(m, &ret->eps)) != OK ||
	    (err = model_f32(m, weight, e->width, 0, &ret->weight)) != OK)
		return err;
	return model_f32(m, bias, e->width, 0, &ret->bias);
}

static enum err
read_embeddings(struct encoder *e, const struct model *m)
{
	size_t bytes;
	const char *v = model_vocabulary(m, &bytes);
	enum err err;

	for (size_t i = 0; i < bytes; i++)
		e->vocabulary += v[i] == '\n';
	if ((err = model_i8(m, "embeddings.word.weight", e->vocabulary, e->width,
	                    &e->word)) != OK ||
	    (err = model_f32(m, "embeddings.word.scale", e->vocabulary, 0,
	                     &e->word_scale)) != OK ||
	    (err = model_f32(m, "embeddings.position", MAX_PIECES, e->width,
	                     &e->position)) != OK ||
	    (err = model_f32(m, "embeddings.case", CASES, e->width, &e->case_class)) !=
	        OK)
		return err;
	return read_norm(e, m, "embeddings.norm", &e->norm);
}

/* 128 times the sum of a column's weights; 0 where activations are signed floats. */
static enum err
make_offset(const struct encoder *e, struct dense *d, const int8_t *w, size_t inner)
{
	d->offset = calloc(d->linear.columns, sizeof *d->offset);
	if (d->offset == NULL)
		return ERR_NOMEM;
	d->linear.offset = d->offset;
	for (size_t c = 0; e->way != FLOATS && c < d->linear.columns; c++)
		for (size_t i = 0; i < inner; i++)
			d->offset[c] += 128 * w[c * inner + i];
	return OK;
}

/* The softmax takes powers of 2 of scores divided by sqrt(width of a head): let
 * the queries come that way. */
static enum err
scale_queries(const struct encoder *e, struct dense *d)
{
	const size_t n = d->linear.columns;
	const float k = 1.44269504f / sqrtf((float)head_width(e));

	d->scale = malloc(n * sizeof *d->scale);
	d->bias = malloc(n * sizeof *d->bias);
	if (d->scale == NULL || d->bias == NULL)
		return ERR_NOMEM;
	for (size_t c = 0; c < n; c++) {
		d->scale[c] = d->linear.scale[c] * (c < e->width ? k : 1);
		d->bias[c] = d->linear.bias[c] * (c < e->width ? k : 1);
	}
	d->linear.scale = d->scale;
	d->linear.bias = d->bias;
	return OK;
}

static enum err
pack_weights(const struct encoder *e, enum shape shape, const int8_t *w,
             struct packed **ret)
{
	const size_t inner = inner_of(e, shape), columns = columns_of(e, shape);
	const size_t id = e->dense_id[shape][SIZES - 1];

	if (e->way != HALVES)
		return products_pack(e->products, id, w, ret);
	assert(inner > 0 && columns > 0); /* read_sizes saw to it */
	int8_t *twice = malloc(2 * inner * columns);
	if (twice == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < 2 * columns; i++)
		memcpy(twice + i * inner, w + i / 2 * inner, inner);
	enum err err = products_pack(e->products, id, twice, ret);
	free(twice);
	return err;
}

static enum err
read_dense(const struct encoder *e, const struct model *m, size_t layer, enum shape shape,
           struct dense *ret)
{
	static const char *const names[SHAPES] = { "attention.qkv", "attention.output",
		                                   "ffn.up", "ffn.down" };
	const size_t inner = inner_of(e, shape), columns = columns_of(e, shape);
	char weight[128], scale[128], bias[128];
	const int8_t *w;
	enum err err;

	snprintf(weight, sizeof weight, "layer.%zu.%s.weight", layer, names[shape]);
	snprintf(scale, sizeof scale, "layer.%zu.%s.scale", layer, names[shape]);
	snprintf(bias, sizeof bias, "layer.%zu.%s.bias", layer, names[shape]);
	ret->linear.columns = columns;
	if ((err = model_i8(m, weight, columns, inner, &w)) != OK ||
	    (err = model_f32(m, scale, columns, 0, &ret->linear.scale)) != OK ||
	    (err = model_f32(m, bias, columns, 0, &ret->linear.bias)) != OK ||
	    (err = make_offset(e, ret, w, inner)) != OK ||
	    (shape == QKV && (err = scale_queries(e, ret)) != OK))
		return err;
	return pack_weights(e, shape, w, &ret->weights);
}

static enum err
read_layer(const struct encoder *e, const struct model *m, size_t i, struct layer *ret)
{
	char attention[64], ffn[64];
	enum err err = OK;

	snprintf(attention, sizeof attention, "layer.%zu.attention.norm", i);
	snprintf(ffn, sizeof ffn, "layer.%zu.ffn.norm", i);
	for (enum shape s = QKV; err == OK && s < SHAPES; s++)
		err = read_dense(e, m, i, s, &ret->dense[s]);
	if (err == OK)
		err = read_norm(e, m, attention, &ret->attention);
	return err != OK ? err : read_norm(e, m, ffn, &ret->ffn);
}

/* Products of one block's rows, for each number of rows it can have. */
static enum err
add_dense(struct encoder *e)
{
	enum err err = OK;

	for (size_t s = 0; s < SHAPES; s++)
		for (size_t i = SIZES; err == OK && i-- > 0;) {
			const struct product p = {
				e->way == FLOATS ? PRODUCT_F32 : PRODUCT_INT8,
				RIGHT_PACKED, (i + 1) * STEP,
				inner_of(e, s) * (e->way == HALVES ? 2 : 1),
				columns_of(e, s)
			};

			err = products_add(e->products, &p, &e->dense_id[s][i]);
		}
	return err;
}

/* Query by key and weight by value of one head, for each length of a window. */
static enum err
add_attention(struct encoder *e)
{
	const enum product_type type = e->bf16 ? PRODUCT_BF16 : PRODUCT_F32;
	const size_t width = head_width(e);
	enum err err = OK;

	for (size_t i = 0; err == OK && i < round_up(e->max_pieces, STEP) / STEP; i++) {
		const size_t n = (i + 1) * STEP;
		const struct product scores = { type, RIGHT_COLUMNS, n, width, n };
		const struct product context = { type, RIGHT_ROWS, n, n, width };

		err = products_add(e->products, &scores, &e->scores_id[i]);
		if (err == OK)
			err = products_add(e->products, &context, &e->context_id[i]);
	}
	return err;
}

static enum err
choose_way(enum way *ret)
{
	bool whole, halves;
	enum err err;

	if ((err = products_int8(255, &whole)) != OK ||
	    (err = products_int8(128, &halves)) != OK)
		return err;
	*ret = whole ? WHOLE : halves ? HALVES : FLOATS;
	return OK;
}

static enum err
compile(struct encoder *e)
{
	enum err err;

	e->kernels = kernels_for(products_isa());
	e->bf16 = products_bf16();
	if ((err = choose_way(&e->way)) != OK ||
	    (err = products_open(&e->products)) != OK || (err = add_dense(e)) != OK)
		return err;
	return add_attention(e);
}

enum err
encoder_open(const struct model *m, struct encoder **ret)
{
	enum err err = ERR_NOMEM;
	struct encoder *e = calloc(1, sizeof *e);

	if (e == NULL || (err = read_sizes(e, m)) != OK ||
	    (err = read_embeddings(e, m)) != OK || (err = compile(e)) != OK)
		goto fail;
	if ((e->layer = calloc(e->n_layers, sizeof *e->layer)) == NULL)
		err = ERR_NOMEM;
	for (size_t i = 0; err == OK && i < e->n_layers; i++)
		err = read_layer(e, m, i, &e->layer[i]);
	if (err != OK)
		goto fail;
	*ret = e;
	return OK;
fail:
	encoder_close(e);
	return err;
}

void
encoder_close(struct encoder *e)
{
	if (e == NULL)
		return;
	for (size_t i = 0; e->layer != NULL && i < e->n_layers; i++)
		for (size_t s = 0; s < SHAPES; s++) {
			struct dense *d = &e->layer[i].dense[s];

			packed_free(d->weights);
			free(d->offset);
			free(d->scale);
			free(d->bias);
		}
	products_close(e->products);
	free(e->layer);
	free(e);
}

size_t
encoder_width(const struct encoder *e)
{
	return e->width;
}

size_t
encoder_max_pieces(const struct encoder *e)
{
	return e->max_pieces;
}

/* Hand out the next n bytes of the scratch's memory; with none yet, only count. */
static void *
carve(char *memory, size_t *used, size_t n)
{
	void *p = memory == NULL ? NULL : memory + *used;

	*used += round_up(n, 64);
	return p;
}

/* Lay the buffers out in memory, or with NULL find how much that takes. */
static size_t
lay_out(const struct encoder *e, struct encoder_scratch *s, char *memory)
{
	const size_t n = round_up(e->max_pieces, STEP), f = sizeof(float);
	const size_t broadest = e->ffn > 3 * e->width ? e->ffn : 3 * e->width;
	size_t used = 0;

	s->x = carve(memory, &used, n * e->width * f);
	s->heads = carve(memory, &used, n * 3 * e->width * f);
	s->scores = carve(memory, &used, n * n * f);
	s->weights = carve(memory, &used, n * n * f);
	s->context = carve(memory, &used, n * e->width * f);
	s->inverse = carve(memory, &used, n * e->n_heads * f);
	s->sums = carve(memory, &used, BLOCK * broadest * sizeof *s->sums);
	s->row = carve(memory, &used, broadest * f);
	s->wide = carve(memory, &used, e->way == WHOLE ? 0 : BLOCK * broadest * f);
	s->narrow.v = carve(memory, &used, BLOCK * e->width);
	s->narrow.scale = carve(memory, &used, BLOCK * f);
	s->broad.v = carve(memory, &used, BLOCK * e->ffn);
	s->broad.scale = carve(memory, &used, BLOCK * f);
	return used;
}

enum err
encoder_scratch_open(const struct encoder *e, struct encoder_scratch **ret)
{
	struct encoder_scratch *s = calloc(1, sizeof *s);
	enum err err = ERR_NOMEM;

	if (s == NULL || (s->memory = aligned_alloc(64, lay_out(e, s, NULL))) == NULL ||
	    (err = lane_open(e->products, &s->lane)) != OK) {
		encoder_scratch_close(s);
		return err;
	}
	lay_out(e, s, s->memory);
	*ret = s;
	return OK;
}

void
encoder_scratch_close(struct encoder_scratch *s)
{
	if (s == NULL)
		return;
	lane_close(s->lane);
	free(s->memory);
	free(s);
}

/* One thread's run of one window. */
struct run {
	const struct encoder *e;
	struct encoder_scratch *s;
	size_t n, padded;
};

static struct heads
heads_of(const struct run *r, void *v)
{
	return (struct heads){ .width = head_width(r->e), .stride = r->padded, .v = v };
}

static void
embed_row(const struct encoder *e, int32_t id, int8_t case_class, size_t position,
          float *x)
{
	const int8_t *word = e->word + (size_t)id * e->width;
	const float scale = e->word_scale[id];
	const float *place = e->position + position * e->width;

	for (size_t i = 0; i < e->width; i++)
		x[i] = (float)word[i] * scale + place[i];
	if (case_class < 0)
		return;
	for (size_t i = 0; i < e->width; i++)
		x[i] += e->case_class[(size_t)case_class * e->width + i];
}

static void
embed(const struct run *r, const int32_t *ids, const int8_t *cases)
{
	const struct encoder *e = r->e;

	for (size_t i = 0; i < r->n; i++) {
		assert(ids[i] >= 0 && (size_t)ids[i] < e->vocabulary);
		assert(cases[i] >= -1 && cases[i] < CASES);
		embed_row(e, ids[i], cases[i], i, r->s->x + i * e->width);
	}
	memset(r->s->x + r->n * e->width, 0,
	       (r->padded - r->n) * e->width * sizeof *r->s->x);
}

/* Quantized rows as their product takes them. */
static const void *
prepare(const struct run *r, const struct quantized *q, size_t rows, size_t width)
{
	const struct kernels *k = r->e->kernels;

	if (r->e->way == WHOLE)
		return q->v;
	if (r->e->way == HALVES)
		k->halve(q->v, rows, width, r->s->wide);
	else
		k->widen(q->v, rows * width, r->s->wide);
	return r->s->wide;
}

/* q times the weights of a layer, to s->sums. */
static enum err
multiply(const struct run *r, size_t layer, enum shape shape, const struct quantized *q,
         size_t rows)
{
	const struct encoder *e = r->e;
	const void *a = prepare(r, q, rows, inner_of(e, shape));
	const size_t id = e->dense_id[shape][rows / STEP - 1];
	enum err err =
	    lane_run(r->s->lane, id, a, e->layer[layer].dense[shape].weights, r->s->sums);

	if (err == OK && e->way == FLOATS)
		e->kernels->whole(r->s->sums, rows * columns_of(e, shape));
	return err;
}

/* What multiply has left there, as the kernels take it. */
static struct sums
sums_of(const struct run *r, const struct quantized *q, size_t rows)
{
	return (struct sums){ .rows = rows, .v = r->s->sums, .scale = q->scale };
}

/* Queries, keys and values of a block for a layer, from its quantized rows. */
static enum err
enter(const struct run *r, size_t layer, size_t first, size_t rows)
{
	const struct kernels *k = r->e->kernels;
	const struct linear *l = &r->e->layer[layer].dense[QKV].linear;
	const struct heads to = heads_of(r, r->s->heads);
	const struct quantized *q = &r->s->narrow;
	enum err err = multiply(r, layer, QKV, q, rows);

	if (err == OK)
		(r->e->bf16 ? k->split_bf16 : k->split_f32)(l, sums_of(r, q, rows), first,
		                                            &to);
	return err;
}

static enum err
attend_head(const struct run *r, size_t head)
{
	const struct encoder *e = r->e;
	struct encoder_scratch *s = r->s;
	const size_t size = r->padded * head_width(e), i = r->padded / STEP - 1;
	const size_t bytes = size * (e->bf16 ? 2 : sizeof(float));
	const char *query = (char *)s->heads + head * bytes;
	const char *key = query + e->n_heads * bytes, *value = key + e->n_heads * bytes;
	enum err err = lane_run(s->lane, e->scores_id[i], query, key, s->scores);

	if (err != OK)
		return err;
	(e->bf16 ? e->kernels->softmax_bf16
	         : e->kernels->softmax_f32)(s->scores, r->padded, r->n, r->padded,
	                                    s->weights, s->inverse + head * r->padded);
	return lane_run(s->lane, e->context_id[i], s->weights, value,
	                s->context + head * size);
}

/* The rest of a layer for a block, from what its heads gave to its hidden states. */
static enum err
leave(const struct run *r, size_t layer, size_t first, size_t rows)
{
	const struct encoder *e = r->e;
	const struct kernels *k = e->kernels;
	const struct layer *l = &e->layer[layer];
	struct encoder_scratch *s = r->s;
	const struct heads from = heads_of(r, s->context);
	float *x = s->x + first * e->width;
	enum err err;

	k->join(&from, s->inverse, e->n_heads, first, rows, s->row, s->narrow);
	if ((err = multiply(r, layer, OUTPUT, &s->narrow, rows)) != OK)
		return err;
	k->add_norm(&l->dense[OUTPUT].linear, sums_of(r, &s->narrow, rows), &l->attention,
	            x, s->narrow);
	if ((err = multiply(r, layer, UP, &s->narrow, rows)) != OK)
		return err;
	k->gelu(&l->dense[UP].linear, sums_of(r, &s->narrow, rows), s->row, s->broad);
	if ((err = multiply(r, layer, DOWN, &s->broad, rows)) != OK)
		return err;
	k->add_norm(&l->dense[DOWN].linear, sums_of(r, &s->broad, rows), &l->ffn, x,
	            s->narrow);
	return OK;
}

static size_t
block_at(const struct run *r, size_t first)
{
	return r->padded - first < BLOCK ? r->padded - first : BLOCK;
}

static enum err
start(const struct run *r)
{
	const struct encoder *e = r->e;
	enum err err = OK;

	for (size_t i = 0; err == OK && i < r->padded; i += BLOCK) {
		const size_t rows = block_at(r, i);

		e->kernels->norm(&e->norm, r->s->x + i * e->width, rows, e->width,
		                 r->s->narrow);
		err = enter(r, 0, i, rows);
	}
	return err;
}

static enum err
run_layer(const struct run *r, size_t layer)
{
	const bool last = layer + 1 == r->e->n_layers;
	enum err err = OK;

	for (size_t h = 0; err == OK && h < r->e->n_heads; h++)
		err = attend_head(r, h);
	for (size_t i = 0; err == OK && i < r->padded; i += BLOCK) {
		const size_t rows = block_at(r, i);

		err = leave(r, layer, i, rows);
		if (err == OK && !last)
			err = enter(r, layer + 1, i, rows);
	}
	return err;
}

enum err
encoder_run(const struct encoder *e, struct encoder_scratch *s, const int32_t *ids,
            const int8_t *cases, size_t n, const float **ret_hidden)
{
	assert(n >= 1 && n <= e->max_pieces);
	const struct run r = { e, s, n, round_up(n, STEP) };

	embed(&r, ids, cases);
	enum err err = start(&r);
	for (size_t i = 0; err == OK && i < e->n_layers; i++)
		err = run_layer(&r, i);
	if (err == OK)
		*ret_hidden = s->x;
	return err;
}
