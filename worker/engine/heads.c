/*
 * The attribution head: one linear layer, then the chain of crf.c over the
 * words of a paragraph.  Weights are kept transposed and padded to eight
 * labels, so that the layer is one vector multiplied and added a hidden float.
 */
#include <stdlib.h>

#include "heads.h"
#include "model.h"

enum { LANES = 8 };

struct heads {
	struct crf crf;
	size_t width;
	float bias[LANES];
	float (*weight)[LANES]; /* width rows */
};

static enum err
read_chain(const struct model *m, struct heads *h)
{
	const float *start, *step, *bias;
	enum err e;

	if ((e = model_f32(m, "head.attribution.bias", LABELS, 0, &bias)) != OK ||
	    (e = model_f32(m, "head.attribution.start", LABELS, 0, &start)) != OK ||
	    (e = model_f32(m, "head.attribution.transition", LABELS, LABELS, &step)) !=
	        OK)
		return e;
	crf_init(&h->crf, start, (const float(*)[LABELS])step);
	for (size_t j = 0; j < LABELS; j++)
		h->bias[j] = bias[j];
	return OK;
}

static enum err
read_layer(const struct model *m, size_t width, struct heads *h)
{
	const float *weight;
	enum err e = model_f32(m, "head.attribution.weight", LABELS, width, &weight);

	if (e != OK)
		return e;
	h->width = width;
	h->weight = calloc(width, sizeof *h->weight);
	if (h->weight == NULL)
		return err_set(ERR_NOMEM, "no memory for the attribution head");
	for (size_t j = 0; j < LABELS; j++)
		for (size_t i = 0; i < width; i++)
			h->weight[i][j] = weight[j * width + i];
	return OK;
}

enum err
heads_open(const struct model *m, size_t width, struct heads **ret)
{
	struct heads *h = calloc(1, sizeof *h);
	enum err e = ERR_NOMEM;

	if (h == NULL || (e = read_chain(m, h)) != OK ||
	    (e = read_layer(m, width, h)) != OK)
		goto fail;
	*ret = h;
	return OK;
fail:
	heads_close(h);
	return e;
}

void
heads_close(struct heads *h)
{
	if (h == NULL)
		return;
	free(h->weight);
	free(h);
}

void
heads_score(const struct heads *h, const float *hidden, float ret[LABELS])
{
	float sum[LANES];

	for (size_t j = 0; j < LANES; j++)
		sum[j] = h->bias[j];
	for (size_t i = 0; i < h->width; i++)
		for (size_t j = 0; j < LANES; j++)
			sum[j] += hidden[i] * h->weight[i][j];
	for (size_t j = 0; j < LABELS; j++)
		ret[j] = sum[j];
}

/* Behind the last word of the span that begins at `word`. */
static size_t
span_end(const uint8_t *label, size_t n, size_t word)
{
	size_t end = word + 1;

	while (end < n && label[end] == label[word] + 1)
		end++;
	return end;
}

struct mention *
heads_decode(const struct heads *h, struct arena *a, const float (*score)[LABELS],
             struct paragraph p, size_t *ret_n)
{
	size_t n = p.end - p.word, found = 0;
	uint8_t *label = arena_raw(a, n);
	struct mention *v = arena_raw(a, n * sizeof *v);
	const struct lattice *lattice = NULL;

	if (n > 0)
		crf_best(&h->crf, a, score + p.word, n, label);
	for (size_t w = 0; w < n; w++) {
		size_t end, role = label[w] / 2;

		if (label[w] % 2 == 0)
			continue;
		if (lattice == NULL)
			lattice = crf_lattice(&h->crf, a, score + p.word, n);
		end = span_end(label, n, w);
		v[found++] = (struct mention){
			.role = (enum role)role,
			.word = p.word + w,
			.end = p.word + end,
			.sure = (float)crf_span(lattice, role, w, end),
		};
	}
	*ret_n = found;
	return v;
}
