/*
 * Viterbi in scores, forward-backward in probabilities.  Each word's forward
 * weights are scaled to sum 1, and its backward weights by the same factor, so
 * nothing over- or underflows however long the chain is:
 *
 *     forward[t][j] = (sum_i forward[t-1][i] step[i][j]) score[t][j] / scale[t]
 *     backward[t][i] = sum_j step[i][j] score[t+1][j] backward[t+1][j] / scale[t+1]
 *
 * forward[t][j] backward[t][j] is then the probability of j at t.
 */
#include <assert.h>
#include <math.h>
#include <stdbool.h>

#include "crf.h"

static size_t
first_label(size_t role)
{
	return 1 + 2 * role;
}

void
crf_init(struct crf *c, const float start[LABELS], const float step[LABELS][LABELS])
{
	for (size_t j = 0; j < LABELS; j++) {
		bool inside = j > 0 && j % 2 == 0;

		c->start[j] = inside ? -INFINITY : start[j];
		for (size_t i = 0; i < LABELS; i++)
			c->step[i][j] =
			    inside && i != j && i != j - 1 ? -INFINITY : step[i][j];
	}
}

/* The best label to come to j from. */
static size_t
best_before(const struct crf *c, const float *reach, size_t j)
{
	size_t best = 0;

	for (size_t i = 1; i < LABELS; i++)
		if (reach[i] + c->step[i][j] > reach[best] + c->step[best][j])
			best = i;
	return best;
}

void
crf_best(const struct crf *c, struct arena *a, const float (*score)[LABELS], size_t n,
         uint8_t *ret_label)
{
	size_t mark = arena_mark(a), best = 0;
	uint8_t(*from)[LABELS] = arena_raw(a, n * sizeof *from);
	float reach[LABELS], next[LABELS];

	for (size_t j = 0; j < LABELS; j++)
		reach[j] = c->start[j] + score[0][j];
	for (size_t t = 1; t < n; t++) {
		for (size_t j = 0; j < LABELS; j++) {
			size_t i = best_before(c, reach, j);

			from[t][j] = (uint8_t)i;
			next[j] = reach[i] + c->step[i][j] + score[t][j];
		}
		for (size_t j = 0; j < LABELS; j++)
			reach[j] = next[j];
	}
	for (size_t j = 1; j < LABELS; j++)
		if (reach[j] > reach[best])
			best = j;
	for (size_t t = n; t-- > 0; best = t > 0 ? from[t][best] : best)
		ret_label[t] = (uint8_t)best;
	arena_release(a, mark);
}

struct lattice {
	size_t n;
	double step[LABELS][LABELS];
	double (*score)[LABELS], (*forward)[LABELS], (*backward)[LABELS], *scale;
};

/* Weights relative to the word's best label; a label that is hopeless stays above 0. */
static void
weigh(const float score[LABELS], double ret[LABELS])
{
	float best = score[0];

	for (size_t j = 1; j < LABELS; j++)
		best = fmaxf(best, score[j]);
	for (size_t j = 0; j < LABELS; j++)
		ret[j] = exp(fmax((double)score[j] - best, -300));
}

static void
normalize(struct lattice *l, size_t t)
{
	double sum = 0;

	for (size_t j = 0; j < LABELS; j++)
		sum += l->forward[t][j];
	assert(sum > 0);
	l->scale[t] = sum;
	for (size_t j = 0; j < LABELS; j++)
		l->forward[t][j] /= sum;
}

static void
go_forward(struct lattice *l, const double start[LABELS])
{
	for (size_t j = 0; j < LABELS; j++)
		l->forward[0][j] = start[j] * l->score[0][j];
	normalize(l, 0);
	for (size_t t = 1; t < l->n; t++) {
		for (size_t j = 0; j < LABELS; j++) {
			double sum = 0;

			for (size_t i = 0; i < LABELS; i++)
				sum += l->forward[t - 1][i] * l->step[i][j];
			l->forward[t][j] = sum * l->score[t][j];
		}
		normalize(l, t);
	}
}

/* What follows label i at word t - 1, when the label at t is not `but`. */
static double
after(const struct lattice *l, size_t i, size_t t, size_t but)
{
	double sum = 0;

	for (size_t j = 0; j < LABELS; j++)
		if (j != but)
			sum += l->step[i][j] * l->score[t][j] * l->backward[t][j];
	return sum / l->scale[t];
}

static void
go_backward(struct lattice *l)
{
	for (size_t i = 0; i < LABELS; i++)
		l->backward[l->n - 1][i] = 1;
	for (size_t t = l->n - 1; t > 0; t--)
		for (size_t i = 0; i < LABELS; i++)
			l->backward[t - 1][i] = after(l, i, t, LABELS);
}

struct lattice *
crf_lattice(const struct crf *c, struct arena *a, const float (*score)[LABELS], size_t n)
{
	struct lattice *l = arena_alloc(a, sizeof *l);
	double start[LABELS];

	l->n = n;
	l->score = arena_raw(a, n * sizeof *l->score);
	l->forward = arena_raw(a, n * sizeof *l->forward);
	l->backward = arena_raw(a, n * sizeof *l->backward);
	l->scale = arena_raw(a, n * sizeof *l->scale);
	for (size_t i = 0; i < LABELS; i++) {
		start[i] = exp((double)c->start[i]);
		for (size_t j = 0; j < LABELS; j++)
			l->step[i][j] = exp((double)c->step[i][j]);
	}
	for (size_t t = 0; t < n; t++)
		weigh(score[t], l->score[t]);
	go_forward(l, start);
	go_backward(l);
	return l;
}

double
crf_span(const struct lattice *l, size_t role, size_t begin, size_t end)
{
	size_t label = first_label(role), inside = label + 1;
	double p = l->forward[begin][label];

	for (size_t t = begin + 1; t < end; t++, label = inside)
		p *= l->step[label][inside] * l->score[t][inside] / l->scale[t];
	return fmin(1, end < l->n ? p * after(l, label, end, inside) : p);
}
