#include "passage.h"
#include "suite.h"
#include "worker/engine/sentence.h"

static struct arena *a;

static void
setup(void)
{
	a = arena_new(1 << 28);
	ck_assert_ptr_nonnull(a);
}

static void
teardown(void)
{
	arena_free(a);
}

static uint32_t *
numbers(const char *text, struct tokens **ret_t)
{
	struct paragraph p;
	struct quotes q;

	*ret_t = passage_words(a, text, &p);
	q = quote_find(a, text, *ret_t, p);
	return sentence_number(a, text, *ret_t, p, &q);
}

/* Each case is a text with a | where a sentence begins, which is taken out first. */
static enum err
cut(void *arg)
{
	const char *marked = arg;
	char text[400], out[400];
	size_t n = 0, used = 0;
	struct tokens *t;
	uint32_t *number;

	for (const char *c = marked; *c != '\0'; c++)
		if (*c != '|')
			text[n++] = *c;
	text[n] = '\0';
	number = numbers(text, &t);
	for (size_t w = 0, at = 0; w < t->n_words; w++) {
		if (w > 0 && number[w] != number[w - 1])
			out[used++] = '|';
		for (size_t end = w + 1 < t->n_words ? t->word[w + 1].at.begin : n;
		     at < end; at++)
			out[used++] = text[at];
	}
	out[used] = '\0';
	ck_assert_str_eq(out, marked);
	return OK;
}

static const char *const cases[] = {
	"The ferry sank. |Nobody drowned! |Why not? |Luck.",
	"It cost 3.5 million dollars, e.g. for paint. |It leaks.",
	/* titles, initials, abbreviations and what begins a sentence behind them */
	"Mr. Ames met Gov. Lee and Dr. J. P. Orr. |They ate.",
	"He runs Ames Inc. Chairman Roy left.",
	"He runs Ames Inc. |The chairman left.",
	"He lives in the U.S. |The bill passed.",
	"U.S. Senator Ames spoke at 9 p.m. Tuesday.",
	"See No. 5 on the list. |The answer is no. |He left.",
	"Sen. Ann Lee (D-Me.) spoke.",
	/* marks that close with the sentence, and a quotation that begins one */
	"\"We go.\" |He went. |\"And you?\"",
	"\u201cWe go.\u201d |He went. |\u201cAnd you?\u201d",
	"(He left.) |She stayed.",
	"He left.\u201d) |She stayed.",
	/* lower case goes on */
	"\u201cGo!\u201d he cried. |\u201cWhy?\u201d asked Lee.",
	"He paused ... and left. |Then ... |Nothing.",
	"Wait\u2026 |Who is it?",
	"He reads example.com daily.",
	/* a tokenized text has spaces before its stops */
	"The nets were empty . |He left .",
	"Two things:\n|\u2022 the nets",
	"\u4e1c\u4eac\u3002 |\u5317\u4eac",
	"2019 was wet. |2020 was not.",
};

START_TEST(sentences_begin_where_a_reader_begins_one)
{
	ck_assert_int_eq(arena_run(a, cut, (void *)(uintptr_t)cases[_i]), OK);
}
END_TEST

static const char *const hostile[] = { ".", ". ", ". (", "A. ", "\" ", "Mr. ", "( " };

static enum err
many(void *arg)
{
	const char *unit = arg;
	size_t n = strlen(unit), total = 100000 * n, jumps = 0;
	char *text = arena_alloc(a, total + 1);
	struct tokens *t;
	uint32_t *number;

	for (size_t i = 0; i < total; i++)
		text[i] = unit[i % n];
	number = numbers(text, &t);
	for (size_t w = 1; w < t->n_words; w++)
		jumps += number[w] - number[w - 1] > 1;
	ck_assert_uint_eq(jumps, 0);
	return OK;
}

START_TEST(numbers_rise_by_one_at_most)
{
	ck_assert_int_eq(arena_run(a, many, (void *)(uintptr_t)hostile[_i]), OK);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sentence");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_checked_fixture(limits, setup, teardown);
	tcase_add_loop_test(core, sentences_begin_where_a_reader_begins_one, 0,
	                    sizeof cases / sizeof cases[0]);
	tcase_add_loop_test(limits, numbers_rise_by_one_at_most, 0,
	                    sizeof hostile / sizeof hostile[0]);
	suite_add_tcase(s, core);
	suite_add_tcase(s, limits);
	return suite_run(s);
}
