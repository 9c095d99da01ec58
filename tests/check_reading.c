#include <math.h>
#include <string.h>

#include "suite.h"
#include "temp_dir.h"
#include "tiny_model.h"
#include "worker/engine/model.h"
#include "worker/engine/reading.h"

/* Two paragraphs in one window: [CLS] 10 words [BREAK] 8 words [SEP], a piece each. */
enum { FIRST = 10, WORDS = 18, PIECES = WORDS + 3 };

/* Words that the second part keeps begin here: as where a paragraph was cut. */
enum { KEPT = 12 };

static char dir[256];
static struct model *m;
static struct vocabulary *vocabulary;
static struct reader *reader;
static struct reader_scratch *scratch;
static struct arena *a;
static float hidden[PIECES][TINY_WIDTH], score[WORDS][LABELS];
static int32_t ids[WORDS];
static struct word words[WORDS];
static struct tokens tokens = { .n = WORDS, .n_words = WORDS, .id = ids, .word = words };
static struct part parts[] = {
	{ .word = 0, .end = FIRST, .keep = 0, .keep_end = FIRST, .at = 1 },
	{ .word = FIRST, .end = WORDS, .keep = KEPT, .keep_end = WORDS, .at = FIRST + 2 },
};
static struct window window = { .n = PIECES, .n_parts = 2, .part = parts };

static size_t
row_of(size_t word)
{
	return word < FIRST ? word + 1 : word + 2;
}

static void
open_model(void)
{
	static const char text[] = "word0\nhe\n[UNK]\n";

	ck_assert_int_eq(model_open(dir, &m), OK);
	ck_assert_int_eq(vocabulary_open(text, sizeof text - 1, &vocabulary), OK);
}

static void
setup(void)
{
	temp_dir_make(dir, sizeof dir);
	for (int i = 0; i < PIECES; i++)
		for (int k = 0; k < TINY_WIDTH; k++)
			hidden[i][k] = sinf((float)(i * 71 + k * k));
	memset(score, 0, sizeof score);
	for (int w = 0; w < WORDS; w++) {
		ids[w] = w == 5 || w == 15; /* "he" */
		words[w] = (struct word){ .piece = (uint32_t)w };
		score[w][0] = 9;
	}
	score[3][3] = 8; /* a cue may begin here */
	a = arena_new(1 << 20);
}

static void
teardown(void)
{
	arena_free(a);
	reader_scratch_close(scratch);
	reader_close(reader);
	vocabulary_close(vocabulary);
	model_close(m);
	scratch = NULL;
	reader = NULL;
	vocabulary = NULL;
	m = NULL;
	temp_dir_remove(dir);
}

/* What a layer says of a word, the slow way. */
static double
layer(const char *name, size_t rows, size_t row, size_t word)
{
	const float *weight, *bias;
	char full[64];
	double sum = 0;

	snprintf(full, sizeof full, "%s.weight", name);
	ck_assert_int_eq(model_f32(m, full, rows, TINY_WIDTH, &weight), OK);
	for (int k = 0; k < TINY_WIDTH; k++)
		sum += (double)weight[row * TINY_WIDTH + (size_t)k] *
		       hidden[row_of(word)][k];
	snprintf(full, sizeof full, "%s.bias", name);
	if (model_has(m, full)) {
		ck_assert_int_eq(model_f32(m, full, rows, 0, &bias), OK);
		sum += bias[row];
	}
	return sum;
}

static double
logistic(double x)
{
	return 1 / (1 + exp(-x));
}

/* Open what was written, read the window, and go on with the reading. */
static enum err
reading_of(enum err (*check)(const struct reading *), struct reading **r)
{
	enum err e;

	open_model();
	ck_assert_msg(reader_open(m, vocabulary, TINY_WIDTH, &reader) == OK, "%s",
	              err_text());
	ck_assert_int_eq(reader_scratch_open(reader, &scratch), OK);
	*r = reading_new(a, reader, scratch, &tokens);
	e = reading_window(*r, &window, &hidden[0][0], (const float(*)[LABELS])score);
	ck_assert_int_eq(e, OK);
	return check(*r);
}

static enum err
run(void *check)
{
	struct reading *r;
	enum err (**of)(const struct reading *) = check;

	return reading_of(*of, &r);
}

static void read_and(enum err (*check)(const struct reading *))
{
	ck_assert_int_eq(arena_run(a, run, &check), OK);
}

static enum err
nothing_is_there(const struct reading *r)
{
	for (int head = 0; head < HEADS; head++)
		ck_assert(!reading_has(r, (enum head)head));
	return OK;
}

START_TEST(weights_without_the_heads_are_read_all_the_same)
{
	tiny_model_write(dir, NULL);
	read_and(nothing_is_there);
}
END_TEST

static enum err
all_but_sentences(const struct reading *r)
{
	ck_assert(!reading_has(r, HEAD_SENTENCE));
	ck_assert(reading_has(r, HEAD_LINK) && reading_has(r, HEAD_FACTUALITY));
	for (size_t w = KEPT; w < WORDS; w++)
		ck_assert_double_eq_tol(
		    reading_factuality(r, w),
		    fmin(3, fmax(-3, layer("head.factuality", 1, 0, w))), 1e-4);
	return OK;
}

START_TEST(one_head_may_be_absent)
{
	static struct tiny_tensor v[TINY_WITH_HEADS];

	tiny_with_heads(v); /* the sentence head's two tensors come first */
	memmove(v + TINY_TENSORS, v + TINY_TENSORS + 2,
	        (TINY_WITH_HEADS - TINY_TENSORS - 2) * sizeof *v);
	tiny_write(dir, v, TINY_WITH_HEADS - 2, NULL);
	read_and(all_but_sentences);
}
END_TEST

START_TEST(a_head_that_is_there_in_part_is_refused)
{
	static const char *const part[] = { "head.link.to.weight",
		                            "head.antecedent.none.bias",
		                            "head.entity.bias", "head.sentence.weight" };
	const bool refused =
	    _i < 3; /* of the last, only a bias is left: it is not there */

	tiny_model_write_with_heads(dir, part[_i]);
	open_model();
	ck_assert_int_eq(reader_open(m, vocabulary, TINY_WIDTH, &reader),
	                 refused ? ERR_BAD_INPUT : OK);
	if (refused)
		ck_assert_ptr_nonnull(strstr(err_text(), part[_i]));
}
END_TEST

START_TEST(another_width_is_refused)
{
	tiny_model_write_with_heads(dir, NULL);
	open_model();
	ck_assert_int_eq(reader_open(m, vocabulary, TINY_WIDTH + 64, &reader),
	                 ERR_BAD_INPUT);
}
END_TEST

static enum err
words_say(const struct reading *r)
{
	for (size_t w = 0; w < WORDS; w++) {
		if (w >= FIRST && w < KEPT)
			continue;
		ck_assert_double_eq_tol(reading_sentence(r, w),
		                        logistic(layer("head.sentence", 1, 0, w)), 1e-4);
		ck_assert_double_eq_tol(
		    reading_factuality(r, w),
		    fmin(3, fmax(-3, layer("head.factuality", 1, 0, w))), 1e-4);
	}
	return OK;
}

START_TEST(a_word_is_read_from_its_first_piece)
{
	tiny_model_write_with_heads(dir, NULL);
	read_and(words_say);
}
END_TEST

static enum err
sentence_is_worthy(const struct reading *r)
{
	double sum = 0, says = 0;

	for (size_t w = 2; w < 7; w++) {
		const double counts = exp(layer("head.checkworthy", 2, 0, w));

		sum += counts;
		says += counts * layer("head.checkworthy", 2, 1, w);
	}
	ck_assert_double_eq_tol(reading_checkworthy(r, (struct paragraph){ 2, 7 }),
	                        logistic(says / sum), 1e-4);
	ck_assert_float_eq(reading_checkworthy(r, (struct paragraph){ 4, 4 }), 0);
	return OK;
}

START_TEST(a_sentence_is_weighed_by_words_that_count)
{
	tiny_model_write_with_heads(dir, NULL);
	read_and(sentence_is_worthy);
}
END_TEST

static size_t
entity_label(size_t w)
{
	size_t best = 0;

	for (size_t j = 1; j < TINY_ENTITIES; j++)
		if (layer("head.entity", TINY_ENTITIES, j, w) >
		    layer("head.entity", TINY_ENTITIES, best, w))
			best = j;
	return best;
}

static enum err
names_are_runs(const struct reading *r)
{
	struct entity *v;
	size_t n, at = 0;

	v = reading_entities(r, a, (struct paragraph){ 0, FIRST }, &n);
	for (size_t i = 0; i < n; i++) {
		size_t first = entity_label(v[i].word);

		for (; at < v[i].word; at++)
			ck_assert_uint_eq(entity_label(at), 0);
		ck_assert_uint_eq((first - 1) / 2, v[i].kind);
		for (at++; at < v[i].end; at++)
			ck_assert_uint_eq(entity_label(at), 2 * v[i].kind + 2);
		ck_assert(v[i].sure > 1.0f / TINY_ENTITIES && v[i].sure <= 1);
	}
	ck_assert_uint_gt(n, 2); /* so that the test says something */
	return OK;
}

START_TEST(names_are_words_with_one_kind_of_label)
{
	tiny_model_write_with_heads(dir, NULL);
	read_and(names_are_runs);
}
END_TEST

static double
pair_score(const char *head, size_t from, size_t to)
{
	char one[48], other[48];
	double sum = 0;

	snprintf(one, sizeof one, "%s.from", head);
	snprintf(other, sizeof other, "%s.to", head);
	for (size_t j = 0; j < TINY_PAIR; j++)
		sum += layer(one, TINY_PAIR, j, from) * layer(other, TINY_PAIR, j, to);
	return sum;
}

/* All chances of words [0, n) but `word` itself; returns that of none. */
static double
chances(const char *head, size_t word, size_t n, double ret[WORDS])
{
	char none[48];
	double sum;

	snprintf(none, sizeof none, "%s.none", head);
	sum = exp(layer(none, 1, 0, word));
	const double no = sum;
	for (size_t k = 0; k < n; k++) {
		ret[k] = k == word ? 0 : exp(pair_score(head, word, k));
		sum += ret[k];
	}
	for (size_t k = 0; k < n; k++)
		ret[k] /= sum;
	return no / sum;
}

static void
ck_pointers(const struct pointer *p, size_t n, const double *want, size_t words_offered)
{
	ck_assert_uint_eq(n, words_offered < POINTERS ? words_offered : POINTERS);
	for (size_t i = 0; i < n; i++) {
		size_t better = 0;

		ck_assert_double_eq_tol(p[i].chance, want[p[i].word], 1e-3);
		for (size_t k = 0; k < words_offered; k++)
			better += want[k] > want[p[i].word];
		ck_assert_uint_eq(better, i);
	}
}

static enum err
pronouns_point_back(const struct reading *r)
{
	struct pointer p[POINTERS];
	double want[WORDS];
	float none;
	size_t n = reading_antecedent(r, 15, p, &none);

	ck_assert_double_eq_tol(none, chances("head.antecedent", 15, 15, want), 1e-3);
	ck_pointers(p, n, want, 15);
	n = reading_antecedent(r, 5, p, &none);
	chances("head.antecedent", 5, 5, want);
	ck_pointers(p, n, want, 5);
	return OK;
}

START_TEST(a_pronoun_points_to_words_before_it)
{
	tiny_model_write_with_heads(dir, NULL);
	read_and(pronouns_point_back);
}
END_TEST

static enum err
cue_points(const struct reading *r)
{
	struct pointer p[POINTERS];
	double want[WORDS];
	float none;
	size_t n = reading_link(r, 3, p, &none);

	ck_assert_double_eq_tol(none, chances("head.link", 3, WORDS, want), 1e-3);
	ck_pointers(p, n, want, WORDS);
	ck_assert_uint_eq(reading_link(r, 4, p, &none), 0);
	ck_assert_float_eq(none, 1);
	return OK;
}

START_TEST(what_may_be_a_cue_points_anywhere_and_other_words_nowhere)
{
	tiny_model_write_with_heads(dir, NULL);
	read_and(cue_points);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("reading");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_checked_fixture(limits, setup, teardown);
	tcase_add_test(core, a_word_is_read_from_its_first_piece);
	tcase_add_test(core, a_sentence_is_weighed_by_words_that_count);
	tcase_add_test(core, names_are_words_with_one_kind_of_label);
	tcase_add_test(core, a_pronoun_points_to_words_before_it);
	tcase_add_test(core, what_may_be_a_cue_points_anywhere_and_other_words_nowhere);
	tcase_add_test(limits, weights_without_the_heads_are_read_all_the_same);
	tcase_add_test(limits, one_head_may_be_absent);
	tcase_add_loop_test(limits, a_head_that_is_there_in_part_is_refused, 0, 4);
	tcase_add_test(limits, another_width_is_refused);
	suite_add_tcase(s, core);
	suite_add_tcase(s, limits);
	return suite_run(s);
}
