/*
 * Links that the network is sure of come before the rules.  The network is a tiny one
 * with random weights: some of its hidden states make it sure of odd links, and these
 * must win.
 */
#include <math.h>
#include <string.h>

#include "passage.h"
#include "suite.h"
#include "temp_dir.h"
#include "tiny_model.h"
#include "worker/engine/attribute.h"
#include "worker/engine/model.h"
#include "worker/engine/sentence.h"

static const char text[] = "Ames said yes . Lee added no .";
enum { AMES, SAID, YES, STOP, LEE, ADDED, NO, WORDS = NO + 2, TRIES = 400 };

static char dir[256];
static struct model *m;
static struct vocabulary *vocabulary;
static struct reader *reader;
static struct reader_scratch *scratch;
static struct arena *a;

static struct mention mentions[] = {
	{ SOURCE, AMES, AMES + 1, 1 }, { CUE, SAID, SAID + 1, 1 },
	{ CONTENT, YES, YES + 1, 1 },  { SOURCE, LEE, LEE + 1, 1 },
	{ CUE, ADDED, ADDED + 1, 1 },  { CONTENT, NO, NO + 1, 1 },
};
enum { MENTIONS = sizeof mentions / sizeof *mentions };

static void
setup(void)
{
	temp_dir_make(dir, sizeof dir);
	tiny_model_write_with_heads(dir, NULL);
	ck_assert_int_eq(model_open(dir, &m), OK);
	ck_assert_int_eq(vocabulary_open("[UNK]\n", 6, &vocabulary), OK);
	ck_assert_int_eq(reader_open(m, vocabulary, TINY_WIDTH, &reader), OK);
	ck_assert_int_eq(reader_scratch_open(reader, &scratch), OK);
	a = arena_new(16 << 20);
}

static void
teardown(void)
{
	arena_free(a);
	reader_scratch_close(scratch);
	reader_close(reader);
	vocabulary_close(vocabulary);
	model_close(m);
	temp_dir_remove(dir);
}

/* A reading of the text from hidden states that a seed makes. */
static struct reading *
read_with(const struct tokens *t, int seed)
{
	static float hidden[WORDS + 2][TINY_WIDTH], score[WORDS][LABELS];
	struct part part = { .end = WORDS, .keep_end = WORDS, .at = 1 };
	struct window window = { .n = WORDS + 2, .n_parts = 1, .part = &part };
	struct reading *r = reading_new(a, reader, scratch, t);

	for (int i = 0; i < WORDS + 2; i++)
		for (int k = 0; k < TINY_WIDTH; k++)
			hidden[i][k] =
			    3 * sinf((float)(seed * 977 + i * 131 + k * k * 7));
	for (size_t i = 0; i < MENTIONS; i++)
		score[mentions[i].word][1 + 2 * mentions[i].role] = 9;
	ck_assert_int_eq(
	    reading_window(r, &window, &hidden[0][0], (const float(*)[LABELS])score), OK);
	return r;
}

/* The word of these two that the reading is sure of, or -1. */
static int
sure_of(const struct reading *r, size_t word, int one, int other)
{
	struct pointer p[POINTERS];
	float none;
	size_t n = reading_link(r, word, p, &none);

	for (size_t i = 0; i < n; i++)
		if (p[i].chance >= 0.95f &&
		    (p[i].word == (size_t)one || p[i].word == (size_t)other))
			return (int)p[i].word;
	return -1;
}

static bool
holds(const struct spans *v, const struct tokens *t, size_t word)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->v[i].begin == t->word[word].at.begin)
			return true;
	return false;
}

/* The attribution of this cue. */
static const struct attribution *
of_cue(const struct attribution *v, size_t n, const struct tokens *t, size_t cue)
{
	for (size_t i = 0; i < n; i++)
		if (holds(&v[i].cue, t, cue))
			return &v[i];
	ck_abort_msg("no attribution has the cue");
}

struct tally {
	int contents, sources; /* odd links that the network was sure of */
};

static void
check_one(const struct passage *p, struct tally *tally)
{
	static const size_t content[] = { YES, NO }, cue[] = { SAID, ADDED };
	size_t n;
	const struct attribution *v = attribute(a, p, &n);

	for (size_t i = 0; i < 2; i++) {
		int to = sure_of(p->reading, content[i], SAID, ADDED);

		if (to >= 0)
			ck_assert(holds(&of_cue(v, n, p->tokens, (size_t)to)->content,
			                p->tokens, content[i]));
		tally->contents += to >= 0 && to != (int)cue[i];
		to = sure_of(p->reading, cue[i], AMES, LEE);
		if (to >= 0)
			ck_assert(holds(&of_cue(v, n, p->tokens, cue[i])->source,
			                p->tokens, (size_t)to));
		tally->sources += to >= 0 && to != (i == 0 ? AMES : LEE);
	}
}

static enum err
check_all(void *arg)
{
	struct passage p = { .text = text, .mention = mentions, .mentions = MENTIONS };
	struct tokens *t = passage_words(a, text, &p.words);

	ck_assert_uint_eq(t->n_words, WORDS);
	p.tokens = t;
	p.quotes = quote_find(a, text, t, p.words);
	p.sentence = sentence_number(a, text, t, p.words, &p.quotes);
	for (int seed = 0; seed < TRIES; seed++) {
		p.reading = read_with(t, seed);
		check_one(&p, arg);
	}
	return OK;
}

START_TEST(a_link_that_the_network_is_sure_of_wins)
{
	struct tally tally = { 0 };

	ck_assert_int_eq(arena_run(a, check_all, &tally), OK);
	ck_assert_int_gt(tally.contents, 0);
	ck_assert_int_gt(tally.sources, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("attribute_learned");
	TCase *core = tcase_create("core");

	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_test(core, a_link_that_the_network_is_sure_of_wins);
	suite_add_tcase(s, core);
	return suite_run(s);
}
