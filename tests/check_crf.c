#include <math.h>
#include <stdbool.h>

#include "suite.h"
#include "worker/engine/crf.h"

enum { SHORT = 4, LONG = 200000 };

static struct arena *a;

static void
setup(void)
{
	a = arena_new((size_t)1 << 28);
	ck_assert_ptr_nonnull(a);
}

static void
teardown(void)
{
	arena_free(a);
}

/* Numbers in [-width, width) that are the same on every machine. */
static float
noise(uint32_t *state, float width)
{
	*state = *state * 1664525u + 1013904223u;
	return ((float)(*state >> 8) / (float)(1 << 23) - 1) * width;
}

static void
random_crf(uint32_t *state, struct crf *c)
{
	float start[LABELS], step[LABELS][LABELS];

	for (int i = 0; i < LABELS; i++) {
		start[i] = noise(state, 2);
		for (int j = 0; j < LABELS; j++)
			step[i][j] = noise(state, 2);
	}
	crf_init(c, start, (const float(*)[LABELS])step);
}

static bool
allowed(const uint8_t *label, size_t n)
{
	for (size_t t = 0; t < n; t++)
		if (label[t] > 0 && label[t] % 2 == 0 &&
		    (t == 0 ||
		     (label[t - 1] != label[t] && label[t - 1] != label[t] - 1)))
			return false;
	return true;
}

static double
score_of(const struct crf *c, const float (*score)[LABELS], const uint8_t *label,
         size_t n)
{
	double sum = (double)c->start[label[0]] + score[0][label[0]];

	for (size_t t = 1; t < n; t++)
		sum += (double)c->step[label[t - 1]][label[t]] + score[t][label[t]];
	return sum;
}

static bool
has_span(const uint8_t *label, size_t n, size_t role, size_t begin, size_t end)
{
	uint8_t first = (uint8_t)(1 + 2 * role);

	if (label[begin] != first)
		return false;
	for (size_t t = begin + 1; t < end; t++)
		if (label[t] != first + 1)
			return false;
	return end == n || label[end] != first + 1;
}

/* The next of all LABELS^n labellings; false after the last. */
static bool
count_on(uint8_t *label, size_t n)
{
	for (size_t t = 0; t < n; t++) {
		if (++label[t] < LABELS)
			return true;
		label[t] = 0;
	}
	return false;
}

struct problem {
	struct crf crf;
	float score[SHORT][LABELS];
	size_t n;
};

static struct problem
random_problem(int seed)
{
	struct problem p = { .n = 1 + (size_t)seed % SHORT };
	uint32_t state = (uint32_t)seed * 77 + 5;

	random_crf(&state, &p.crf);
	for (size_t t = 0; t < p.n; t++)
		for (int j = 0; j < LABELS; j++)
			p.score[t][j] = noise(&state, 4);
	return p;
}

static enum err
best_of_all(void *arg)
{
	struct problem p = random_problem(*(int *)arg);
	uint8_t label[SHORT] = { 0 }, best[SHORT];
	double highest = -INFINITY, found;

	do
		if (allowed(label, p.n))
			highest = fmax(highest, score_of(&p.crf, p.score, label, p.n));
	while (count_on(label, p.n));
	crf_best(&p.crf, a, (const float(*)[LABELS])p.score, p.n, best);
	ck_assert(allowed(best, p.n));
	found = score_of(&p.crf, p.score, best, p.n);
	ck_assert_double_eq_tol(found, highest, 1e-4);
	return OK;
}

START_TEST(the_best_labelling_is_found)
{
	ck_assert_int_eq(arena_run(a, best_of_all, &_i), OK);
}
END_TEST

static double
enumerate(const struct problem *p, size_t role, size_t begin, size_t end)
{
	uint8_t label[SHORT] = { 0 };
	double all = 0, with = 0;

	do
		if (allowed(label, p->n)) {
			double weight = exp(score_of(&p->crf, p->score, label, p->n));

			all += weight;
			if (has_span(label, p->n, role, begin, end))
				with += weight;
		}
	while (count_on(label, p->n));
	return with / all;
}

static enum err
every_span(void *arg)
{
	struct problem p = random_problem(*(int *)arg);
	struct lattice *l = crf_lattice(&p.crf, a, (const float(*)[LABELS])p.score, p.n);

	for (size_t begin = 0; begin < p.n; begin++)
		for (size_t end = begin + 1; end <= p.n; end++)
			for (size_t role = 0; role < ROLES; role++)
				ck_assert_double_eq_tol(crf_span(l, role, begin, end),
				                        enumerate(&p, role, begin, end),
				                        1e-9);
	return OK;
}

START_TEST(a_span_is_as_probable_as_all_labellings_that_have_it)
{
	ck_assert_int_eq(arena_run(a, every_span, &_i), OK);
}
END_TEST

/* Scores that all but force an inside label where none may stand. */
static enum err
tempting(void *arg)
{
	static const float start[LABELS], step[LABELS][LABELS];
	float score[3][LABELS] = { { 0 } };
	struct crf c;
	uint8_t label[3];

	(void)arg;
	crf_init(&c, start, step);
	score[0][2] = score[2][4] = 1000;
	crf_best(&c, a, (const float(*)[LABELS])score, 3, label);
	ck_assert(allowed(label, 3));
	ck_assert_int_eq(label[2], 4); /* worth it: a span of cue begins before */
	ck_assert(crf_span(crf_lattice(&c, a, (const float(*)[LABELS])score, 3), 1, 1,
	                   3) > 0.3);
	return OK;
}

START_TEST(inside_follows_only_its_own_beginning)
{
	ck_assert_int_eq(arena_run(a, tempting, NULL), OK);
}
END_TEST

/* Long, and with scores far apart: nothing over- or underflows. */
static enum err
long_chain(void *arg)
{
	float(*score)[LABELS] = arena_raw(a, LONG * sizeof *score);
	uint8_t *label = arena_raw(a, LONG);
	uint32_t state = 3;
	size_t bad = 0;
	struct lattice *l;
	struct crf c;

	random_crf(&state, &c);
	for (size_t t = 0; t < LONG; t++)
		for (int j = 0; j < LABELS; j++)
			score[t][j] = noise(&state, *(int *)arg == 0 ? 5 : 5000);
	crf_best(&c, a, (const float(*)[LABELS])score, LONG, label);
	ck_assert(allowed(label, LONG));
	l = crf_lattice(&c, a, (const float(*)[LABELS])score, LONG);
	for (size_t t = 0; t + 3 < LONG; t += 97)
		for (size_t role = 0; role < ROLES; role++) {
			double p = crf_span(l, role, t, t + 3);

			bad += !(p >= 0 && p <= 1);
		}
	ck_assert_uint_eq(bad, 0);
	return OK;
}

START_TEST(long_chains_stay_finite)
{
	ck_assert_int_eq(arena_run(a, long_chain, &_i), OK);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("crf");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_checked_fixture(limits, setup, teardown);
	tcase_add_loop_test(core, the_best_labelling_is_found, 0, 100);
	tcase_add_loop_test(core, a_span_is_as_probable_as_all_labellings_that_have_it, 0,
	                    40);
	tcase_add_test(core, inside_follows_only_its_own_beginning);
	tcase_add_loop_test(limits, long_chains_stay_finite, 0, 2);
	suite_add_tcase(s, core);
	suite_add_tcase(s, limits);
	return suite_run(s);
}
