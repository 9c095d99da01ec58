/*
 * The encoder beside its slow twin, on a tiny network with random weights and on
 * the real one.
 *
 * How near is near?  Both round activations to 255 steps, and a number that falls
 * between two steps goes up in one and down in the other whenever their arithmetic
 * differs in its last digits; attention in bf16 differs more.  Later layers spread
 * that, so a hidden state is off by some hundredths of its size, at random, and what
 * is held to a limit is the root mean square over a window.  Each limit is about
 * twice what the worst instruction set gives.  They find what is wrong between the
 * steps (a term left out, a head in another's place); the digits of each step by
 * itself are check_kernels' business.
 */
#include <malloc.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

#include "arena.h"
#include "encoder_f32.h"
#include "suite.h"
#include "temp_dir.h"
#include "tiny_model.h"
#include "worker/engine/encoder.h"
#include "worker/engine/token.h"

#define NEAR 0.07      /* sentences through twelve layers */
#define NEAR_FEW 0.2   /* one or two pieces: no other rows to even it out */
#define NEAR_TINY 0.04 /* two layers */

enum { CLS = 101, SEP = 102, MOST = 320 };

static const char *const sentences[] = {
	"The ferry will not sail before Thursday, said Ines Okafor, who runs the pier.",
	"\"Nobody asked us,\" the baker told a reporter; \"nobody ever does.\"",
	"According to the 2019 survey, 41% of the wells were dry, though the ministry "
	"disputes that figure and has promised to count them again in the spring.",
	"Rain.",
};

struct window {
	size_t n;
	int32_t id[MOST];
	int8_t how[MOST];
};

static struct model *m;
static struct encoder *e;
static struct encoder_scratch *s;
static char dir[256];

static void
open_model(const char *path)
{
	ck_assert_msg(model_open(path, &m) == OK, "%s", err_text());
	ck_assert_msg(encoder_open(m, &e) == OK, "%s", err_text());
	ck_assert_int_eq(encoder_scratch_open(e, &s), OK);
}

static void
setup_real(void)
{
	open_model(NULL);
}

static void
setup_tiny(void)
{
	temp_dir_make(dir, sizeof dir);
	tiny_model_write(dir, NULL);
	open_model(dir);
	temp_dir_remove(dir);
}

static void
teardown(void)
{
	encoder_scratch_close(s);
	encoder_close(e);
	model_close(m);
}

/* n pieces of the tiny network's words. */
static struct window
tiny_window(size_t n, unsigned seed)
{
	struct window w = { .n = n };

	for (size_t i = 0; i < n; i++) {
		seed = seed * 1664525 + 1013904223;
		w.id[i] = (int32_t)(seed >> 8) % TINY_WORDS;
		w.how[i] = (int8_t)((int)(seed >> 24) % 6 - 1);
	}
	return w;
}

struct reading {
	struct arena *arena;
	const struct vocabulary *vocabulary;
	struct window *w;
	size_t first, last;
};

/* Sentences [first, last), over again until the window is full. */
static enum err
read_sentences(void *arg)
{
	struct reading *r = arg;
	struct window *w = r->w;
	const size_t n = w->n;

	w->id[0] = CLS;
	w->how[0] = -1;
	for (w->n = 1; w->n + 1 < n;)
		for (size_t i = r->first; i < r->last; i++) {
			const uint32_t bytes = (uint32_t)strlen(sentences[i]);
			struct tokens *t = tokens_new(r->arena, bytes);

			token_run(r->vocabulary, sentences[i], (struct span){ 0, bytes },
			          t);
			for (size_t word = 0; word < t->n_words; word++)
				for (size_t p = t->word[word].piece;
				     p < word_end(t, word) && w->n + 1 < n; p++) {
					w->how[w->n] = p == t->word[word].piece
					                   ? (int8_t)t->word[word].how
					                   : -1;
					w->id[w->n++] = t->id[p];
				}
		}
	w->id[w->n] = SEP;
	w->how[w->n++] = -1;
	return OK;
}

static struct window
real_window(size_t n, size_t first, size_t last)
{
	struct window w = { .n = n };
	struct vocabulary *v;
	size_t bytes;
	const char *text = model_vocabulary(m, &bytes);
	struct reading r = { arena_new(1 << 20), NULL, &w, first, last };

	ck_assert_int_eq(vocabulary_open(text, bytes, &v), OK);
	r.vocabulary = v;
	ck_assert_int_eq(arena_run(r.arena, read_sentences, &r), OK);
	arena_free(r.arena);
	vocabulary_close(v);
	return w;
}

static const float *
run(const struct window *w)
{
	const float *hidden;

	ck_assert_int_eq(encoder_run(e, s, w->id, w->how, w->n, &hidden), OK);
	return hidden;
}

/* Root mean square of the difference, to that of the twin's numbers. */
static double
distance(const struct window *w)
{
	const size_t n = w->n * encoder_width(e);
	const float *hidden = run(w);
	float *twin = malloc(n * sizeof *twin);
	double off = 0, all = 0;

	ck_assert_ptr_nonnull(twin);
	encoder_f32(m, w->id, w->how, w->n, twin);
	for (size_t i = 0; i < n; i++) {
		off += (hidden[i] - twin[i]) * (hidden[i] - twin[i]);
		all += twin[i] * twin[i];
	}
	free(twin);
	return sqrt(off / all);
}

static void
ck_near_twin(const struct window *w, double within)
{
	const double d = distance(w);

	ck_assert_msg(d < within, "%zu pieces: off by %.4f", w->n, d);
}

START_TEST(tiny_windows_of_every_length_are_as_the_twin_has_them)
{
	for (size_t n = 1; n <= TINY_PIECES; n++) {
		const struct window w = tiny_window(n, (unsigned)n);

		ck_near_twin(&w, NEAR_TINY);
	}
}
END_TEST

START_TEST(sentences_are_as_the_twin_has_them)
{
	const struct window one = real_window(24, 0, 1), two = real_window(40, 1, 3);

	ck_near_twin(&one, NEAR);
	ck_near_twin(&two, NEAR);
}
END_TEST

START_TEST(a_single_piece_and_the_longest_window_run)
{
	const struct window one = real_window(2, 3, 4), longest = real_window(MOST, 0, 4);
	struct window alone = one;

	alone.n = 1;
	ck_assert_uint_eq(longest.n, encoder_max_pieces(e));
	ck_near_twin(&alone, NEAR_FEW);
	ck_near_twin(&one, NEAR_FEW);
	const float *hidden = run(&longest);
	for (size_t i = 0; i < longest.n * encoder_width(e); i++)
		ck_assert(isfinite(hidden[i]) && fabsf(hidden[i]) < 1000);
}
END_TEST

static float *
copy_run(const struct window *w)
{
	const size_t bytes = w->n * encoder_width(e) * sizeof(float);
	float *copy = malloc(bytes);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, run(w), bytes);
	return copy;
}

START_TEST(what_ran_before_leaves_no_trace)
{
	const struct window w = tiny_window(21, 1), longer = tiny_window(TINY_PIECES, 2);
	const size_t bytes = w.n * TINY_WIDTH * sizeof(float);
	float *first = copy_run(&w);

	ck_assert_mem_eq(run(&w), first, bytes);
	run(&longer);
	ck_assert_mem_eq(run(&w), first, bytes);
	free(first);
}
END_TEST

/* A window of 17 pieces is padded to 32 rows; so is one of 32.  The rows that come
 * after do not reach a fresh scratch. */
START_TEST(a_fresh_scratch_gives_the_same_bytes)
{
	const struct window w = tiny_window(17, 3), full = tiny_window(32, 5);
	struct encoder_scratch *fresh;
	const float *hidden;
	float *first;

	run(&full);
	first = copy_run(&w);
	ck_assert_int_eq(encoder_scratch_open(e, &fresh), OK);
	ck_assert_int_eq(encoder_run(e, fresh, w.id, w.how, w.n, &hidden), OK);
	ck_assert_mem_eq(hidden, first, w.n * TINY_WIDTH * sizeof(float));
	encoder_scratch_close(fresh);
	free(first);
}
END_TEST

START_TEST(a_run_keeps_no_memory)
{
	const struct window w = tiny_window(33, 4);

	for (int i = 0; i < 3; i++)
		run(&w);
	const size_t before = mallinfo2().uordblks;
	for (int i = 0; i < 20; i++)
		run(&w);
	ck_assert_uint_eq(mallinfo2().uordblks, before);
}
END_TEST

struct worker {
	pthread_t thread;
	float hidden[4][TINY_PIECES * TINY_WIDTH];
	enum err err;
};

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct encoder_scratch *own;

	if ((w->err = encoder_scratch_open(e, &own)) != OK)
		return NULL;
	for (unsigned i = 0; w->err == OK && i < 40; i++) {
		const struct window in = tiny_window(TINY_PIECES - i % 4, i % 4);
		const float *hidden;

		w->err = encoder_run(e, own, in.id, in.how, in.n, &hidden);
		if (w->err == OK)
			memcpy(w->hidden[i % 4], hidden,
			       in.n * TINY_WIDTH * sizeof *hidden);
	}
	encoder_scratch_close(own);
	return NULL;
}

START_TEST(threads_at_once_get_the_bytes_that_one_gets)
{
	enum { THREADS = 3 };
	static struct worker w[THREADS];

	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&w[i].thread, NULL, work, &w[i]), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(w[i].thread, NULL);
	for (size_t i = 0; i < THREADS; i++) {
		ck_assert_int_eq(w[i].err, OK);
		for (unsigned j = 0; j < 4; j++) {
			const struct window in = tiny_window(TINY_PIECES - j, j);

			ck_assert_mem_eq(w[i].hidden[j], run(&in),
			                 in.n * TINY_WIDTH * sizeof(float));
		}
	}
}
END_TEST

/* Each time another tensor is missing. */
START_TEST(a_model_without_one_of_its_tensors_is_refused_by_name)
{
	static struct tiny_tensor v[TINY_TENSORS];
	struct model *broken;
	struct encoder *none;

	tiny_tensors(v);
	temp_dir_make(dir, sizeof dir);
	for (size_t i = 0; i < TINY_TENSORS; i++) {
		tiny_model_write(dir, v[i].name);
		ck_assert_int_eq(model_open(dir, &broken), OK);
		ck_assert_int_eq(encoder_open(broken, &none), ERR_BAD_INPUT);
		ck_assert_ptr_nonnull(strstr(err_text(), v[i].name));
		model_close(broken);
	}
	temp_dir_remove(dir);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("encoder");
	TCase *real = tcase_create("core"), *tiny = tcase_create("tiny");
	TCase *limits = tcase_create("limits");

	tcase_set_timeout(real,
	                  120); /* the twin takes its time, more so with sanitizers */
	tcase_set_timeout(tiny, 120);
	tcase_set_timeout(limits, 120);
	tcase_add_checked_fixture(real, setup_real, teardown);
	tcase_add_checked_fixture(tiny, setup_tiny, teardown);
	tcase_add_test(real, sentences_are_as_the_twin_has_them);
	tcase_add_test(real, a_single_piece_and_the_longest_window_run);
	tcase_add_test(tiny, tiny_windows_of_every_length_are_as_the_twin_has_them);
	tcase_add_test(tiny, what_ran_before_leaves_no_trace);
	tcase_add_test(tiny, a_fresh_scratch_gives_the_same_bytes);
	tcase_add_test(tiny, a_run_keeps_no_memory);
	tcase_add_test(tiny, threads_at_once_get_the_bytes_that_one_gets);
	tcase_add_test(limits, a_model_without_one_of_its_tensors_is_refused_by_name);
	suite_add_tcase(suite, real);
	suite_add_tcase(suite, tiny);
	suite_add_tcase(suite, limits);
	return suite_run(suite);
}
