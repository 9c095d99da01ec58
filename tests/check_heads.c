#include <math.h>
#include <string.h>

#include "suite.h"
#include "worker/engine/heads.h"
#include "worker/engine/model.h"

enum { WIDTH = 384, WORDS = 6 };

static struct model *m;
static struct heads *h;
static struct arena *a;

static void
setup(void)
{
	ck_assert_msg(model_open("model/hearsay-en.safetensors", &m) == OK, "%s",
	              err_text());
	ck_assert_int_eq(heads_open(m, WIDTH, &h), OK);
	a = arena_new(1 << 20);
}

static void
teardown(void)
{
	arena_free(a);
	heads_close(h);
	model_close(m);
}

START_TEST(a_score_is_the_linear_layer)
{
	const float *weight, *bias;
	float hidden[WIDTH], score[LABELS];

	ck_assert_int_eq(model_f32(m, "head.attribution.weight", LABELS, WIDTH, &weight),
	                 OK);
	ck_assert_int_eq(model_f32(m, "head.attribution.bias", LABELS, 0, &bias), OK);
	for (int i = 0; i < WIDTH; i++)
		hidden[i] = sinf((float)i) * 3;
	heads_score(h, hidden, score);
	for (int j = 0; j < LABELS; j++) {
		double want = bias[j];

		for (int i = 0; i < WIDTH; i++)
			want += (double)weight[j * WIDTH + i] * hidden[i];
		ck_assert_double_eq_tol(score[j], want, 1e-4);
	}
}
END_TEST

START_TEST(another_width_is_refused)
{
	struct heads *none = NULL;

	ck_assert_int_eq(heads_open(m, WIDTH + 1, &none), ERR_BAD_INPUT);
	ck_assert_ptr_null(none);
	heads_close(NULL);
}
END_TEST

/* Two words before the paragraph, then: source, cue, three of content, nothing. */
static enum err
decode(void *arg)
{
	static const uint8_t clear[WORDS] = { 1, 3, 5, 6, 6, 0 };
	float score[2 + WORDS][LABELS];
	struct mention *v;
	size_t n;

	(void)arg;
	memset(score, 0, sizeof score);
	for (int w = 0; w < WORDS; w++)
		score[2 + w][clear[w]] = 20;
	v = heads_decode(h, a, (const float(*)[LABELS])score,
	                 (struct paragraph){ 2, 2 + WORDS }, &n);
	ck_assert_uint_eq(n, 3);
	ck_assert(v[0].role == SOURCE && v[0].word == 2 && v[0].end == 3);
	ck_assert(v[1].role == CUE && v[1].word == 3 && v[1].end == 4);
	ck_assert(v[2].role == CONTENT && v[2].word == 4 && v[2].end == 7);
	for (size_t i = 0; i < n; i++)
		ck_assert(v[i].sure > 0.99f && v[i].sure <= 1);
	return OK;
}

START_TEST(labels_become_mentions)
{
	ck_assert_int_eq(arena_run(a, decode, NULL), OK);
}
END_TEST

static enum err
decode_doubtful(void *arg)
{
	float score[2][LABELS] = { { 0 } };
	struct mention *v;
	size_t n;

	(void)arg;
	score[0][1] = 20;
	score[1][2] = 3; /* does the source go on? perhaps */
	v = heads_decode(h, a, (const float(*)[LABELS])score, (struct paragraph){ 0, 2 },
	                 &n);
	ck_assert_uint_eq(n, 1);
	ck_assert(v[0].sure > 0.4f && v[0].sure < 0.99f);
	(void)heads_decode(h, a, (const float(*)[LABELS])score,
	                   (struct paragraph){ 1, 1 }, &n);
	ck_assert_uint_eq(n, 0);
	return OK;
}

START_TEST(doubt_lowers_confidence_and_nothing_is_nothing)
{
	ck_assert_int_eq(arena_run(a, decode_doubtful, NULL), OK);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("heads");
	TCase *core = tcase_create("core");

	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_test(core, a_score_is_the_linear_layer);
	tcase_add_test(core, another_width_is_refused);
	tcase_add_test(core, labels_become_mentions);
	tcase_add_test(core, doubt_lowers_confidence_and_nothing_is_nothing);
	suite_add_tcase(s, core);
	return suite_run(s);
}
