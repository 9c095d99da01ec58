#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "encoder_f32.h"

struct network {
	const struct model *m;
	size_t layers, width, heads, ffn, n;
};

static void
must(enum err e)
{
	if (e == OK)
		return;
	fprintf(stderr, "encoder_f32: %s\n", err_text());
	exit(EXIT_FAILURE);
}

static size_t
count(const struct model *m, const char *name)
{
	size_t n;

	must(model_meta_count(m, name, 1, 100000, &n));
	return n;
}

static const float *
floats(const struct model *m, size_t layer, const char *name, const char *end, size_t n)
{
	char full[128];
	const float *v;

	snprintf(full, sizeof full, "layer.%zu.%s.%s", layer, name, end);
	must(model_f32(m, full, n, 0, &v));
	return v;
}

static float *
matrix(size_t n)
{
	float *v = calloc(n, sizeof *v);

	if (v == NULL)
		must(err_set(ERR_NOMEM, "out of memory"));
	return v;
}

/* A row as int8 with one scale would hold it. */
static void
round_row(float *x, size_t n)
{
	float most = 1e-8f;

	for (size_t i = 0; i < n; i++)
		most = fmaxf(most, fabsf(x[i]));
	for (size_t i = 0; i < n; i++)
		x[i] = rintf(x[i] / (most / 127)) * (most / 127);
}

/* y[n][columns] = the rounded rows of x[n][inner], times the weights, plus the bias. */
static void
dense(const struct network *net, size_t layer, const char *name, const float *x,
      size_t inner, size_t columns, float *y)
{
	const float *scale = floats(net->m, layer, name, "scale", columns);
	const float *bias = floats(net->m, layer, name, "bias", columns);
	char full[128];
	const int8_t *w;
	float *row = matrix(inner);

	snprintf(full, sizeof full, "layer.%zu.%s.weight", layer, name);
	must(model_i8(net->m, full, columns, inner, &w));
	for (size_t r = 0; r < net->n; r++) {
		memcpy(row, x + r * inner, inner * sizeof *row);
		round_row(row, inner);
		for (size_t c = 0; c < columns; c++) {
			float sum = 0;

			for (size_t i = 0; i < inner; i++)
				sum += row[i] * (float)w[c * inner + i];
			y[r * columns + c] = sum * scale[c] + bias[c];
		}
	}
	free(row);
}

static void
norm(const struct network *net, const float *weight, const float *bias, float *x)
{
	const double eps = strtod(model_meta(net->m, "norm_eps"), NULL);

	for (size_t r = 0; r < net->n; r++, x += net->width) {
		double mean = 0, square = 0;

		for (size_t i = 0; i < net->width; i++)
			mean += (double)x[i] / (double)net->width;
		for (size_t i = 0; i < net->width; i++)
			square += (x[i] - mean) * (x[i] - mean) / (double)net->width;
		for (size_t i = 0; i < net->width; i++)
			x[i] = (float)((x[i] - mean) / sqrt(square + eps) * weight[i] +
			               bias[i]);
	}
}

static void
embed(const struct network *net, const int32_t *ids, const int8_t *cases, float *x)
{
	size_t bytes, words = 0;
	const char *v = model_vocabulary(net->m, &bytes);
	const int8_t *word;
	const float *scale, *position, *class, *weight, *bias;

	for (size_t i = 0; i < bytes; i++)
		words += v[i] == '\n';
	must(model_i8(net->m, "embeddings.word.weight", words, net->width, &word));
	must(model_f32(net->m, "embeddings.word.scale", words, 0, &scale));
	must(model_f32(net->m, "embeddings.position", 512, net->width, &position));
	must(model_f32(net->m, "embeddings.case", 5, net->width, &class));
	must(model_f32(net->m, "embeddings.norm.weight", net->width, 0, &weight));
	must(model_f32(net->m, "embeddings.norm.bias", net->width, 0, &bias));
	for (size_t r = 0; r < net->n; r++)
		for (size_t i = 0; i < net->width; i++) {
			float *to = &x[r * net->width + i];

			*to =
			    (float)word[(size_t)ids[r] * net->width + i] * scale[ids[r]] +
			    position[r * net->width + i];
			if (cases[r] >= 0)
				*to += class[(size_t)cases[r] * net->width + i];
		}
	norm(net, weight, bias, x);
}

/* One head's part of one row of context. */
static void
attend(const struct network *net, const float *qkv, size_t head, size_t row,
       float *weights, float *ret)
{
	const size_t width = net->width / net->heads, at = head * width,
	             line = 3 * net->width;
	const float *query = qkv + row * line + at;
	float most = -INFINITY, sum = 0;

	for (size_t k = 0; k < net->n; k++) {
		weights[k] = 0;
		for (size_t i = 0; i < width; i++)
			weights[k] += query[i] * qkv[k * line + net->width + at + i];
		weights[k] /= sqrtf((float)width);
		most = fmaxf(most, weights[k]);
	}
	for (size_t k = 0; k < net->n; k++)
		sum += weights[k] = expf(weights[k] - most);
	for (size_t i = 0; i < width; i++) {
		ret[i] = 0;
		for (size_t k = 0; k < net->n; k++)
			ret[i] +=
			    weights[k] / sum * qkv[k * line + 2 * net->width + at + i];
	}
}

static void
add(float *x, const float *y, size_t n)
{
	for (size_t i = 0; i < n; i++)
		x[i] += y[i];
}

static void
layer(const struct network *net, size_t l, float *x)
{
	const size_t n = net->n, width = net->width, head = width / net->heads;
	float *qkv = matrix(n * 3 * width), *context = matrix(n * width),
	      *y = matrix(n * width);
	float *up = matrix(n * net->ffn), *weights = matrix(n);

	dense(net, l, "attention.qkv", x, width, 3 * width, qkv);
	for (size_t h = 0; h < net->heads; h++)
		for (size_t r = 0; r < n; r++)
			attend(net, qkv, h, r, weights, context + r * width + h * head);
	dense(net, l, "attention.output", context, width, width, y);
	add(x, y, n * width);
	norm(net, floats(net->m, l, "attention.norm", "weight", width),
	     floats(net->m, l, "attention.norm", "bias", width), x);
	dense(net, l, "ffn.up", x, width, net->ffn, up);
	for (size_t i = 0; i < n * net->ffn; i++)
		up[i] *= 0.5f * (1 + erff(up[i] / sqrtf(2)));
	dense(net, l, "ffn.down", up, net->ffn, width, y);
	add(x, y, n * width);
	norm(net, floats(net->m, l, "ffn.norm", "weight", width),
	     floats(net->m, l, "ffn.norm", "bias", width), x);
	free(qkv);
	free(context);
	free(y);
	free(up);
	free(weights);
}

void
encoder_f32(const struct model *m, const int32_t *ids, const int8_t *cases, size_t n,
            float *ret_hidden)
{
	const struct network net = { m,
		                     count(m, "layers"),
		                     count(m, "hidden"),
		                     count(m, "heads"),
		                     count(m, "ffn"),
		                     n };

	embed(&net, ids, cases, ret_hidden);
	for (size_t l = 0; l < net.layers; l++)
		layer(&net, l, ret_hidden);
}
