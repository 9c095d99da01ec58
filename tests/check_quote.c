#include "passage.h"
#include "suite.h"
#include "worker/engine/quote.h"

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

/* A letter a word: o opens, c closes, 1 2 ... stands in so many quotations, - in none. */
static enum err
draw(void *arg)
{
	const char *const *x = arg;
	struct paragraph p;
	struct tokens *t = passage_words(a, x[0], &p);
	struct quotes q = quote_find(a, x[0], t, p);
	char out[200];

	ck_assert_uint_lt(t->n_words, sizeof out);
	for (size_t w = 0; w < t->n_words; w++)
		out[w] = q.mark[w] == QUOTE_OPENS    ? 'o'
		         : q.mark[w] == QUOTE_CLOSES ? 'c'
		         : q.depth[w] > 0            ? (char)('0' + q.depth[w])
		                                     : '-';
	out[t->n_words] = '\0';
	ck_assert_msg(strcmp(out, x[1]) == 0, "%s: want %s, got %s", x[0], x[1], out);
	return OK;
}

static const char *const cases[][2] = {
	/* straight and curly */
	{ "\"We go,\" she said.", "o111c---" },
	{ "\u201cWe go,\u201d she said.", "o111c---" },
	{ "She \"never\" said \"no\" to it.", "-o1c-o1c---" },
	{ "The \"big\"-tent (\"old\") party\u2014\"ours\"\u2014won.",
	  "-o1c---o1c---o1c---" },
	/* set off by spaces on both sides, as in tokenized wire copy */
	{ "\" The nets , \" he said . \" None . \"", "o111c---o11c" },
	/* single, with apostrophes and possessives around */
	{ "'We don't go,' she said.", "o111111c---" },
	{ "\u2018We don\u2019t,\u2019 she said.", "o11111c---" },
	{ "The workers' plan isn't 'fair' to O'Neill.", "-------o1c-----" },
	{ "Rock 'n' roll's '90s fans don't care.", "-o1c-----------" },
	{ "The '90s and the dogs.", "-------" },
	{ "\u201cHe said \u2018no\u2019 to us,\u201d she said.", "o11o2c111c---" },
	/* guillemets, outward and inward */
	{ "\u00abOui,\u00bb dit-il.", "o11c----" },
	{ "\u00bbJa,\u00ab sagt er.", "o11c---" },
	{ "\u00bbJa,\u00bb sanoo h\u00e4n. \u00bbEi.\u00bb", "o11c---o11c" },
	{ "\u2039Oui\u203a et \u203aja\u2039.", "o1c-o1c-" },
	/* low marks of German, closed by what English opens with; Swedish */
	{ "\u201eJa,\u201c sagt er. \u201eNein.\u201c", "o11c---o11c" },
	{ "\u201eJa,\u201d m\u00f3wi.", "o11c--" },
	{ "\u201aJa,\u2018 sagt er.", "o11c---" },
	{ "\u201dJa,\u201d sa han.", "o11c---" },
	/* corner marks, and those of old mailers and of LaTeX */
	{ "\u300cHai,\u300d he said.", "o11c---" },
	{ "\u300eHai,\u300f he said.", "o11c---" },
	{ "``We go,'' she said.", "oo111cc---" },
	{ "`We go,' she said.", "o111c---" },
	/* a measure is no quotation; a mark of nothing closes nothing */
	{ "It is 6\" wide and so on.", "---------" },
	{ "We go,\u201d she said.", "-------" },
	/* never closed; and opened again, as each paragraph of a speech is */
	{ "She said: \u201cWe go.", "---o111" },
	{ "\u201cWe go. \u201cWe stay.\u201d", "o111o111c" },
	/* a double mark closes the single ones left open in it */
	{ "\"He was 'tired of it,\" she said of the dogs'.", "o11o2222c-------" },
};

START_TEST(marks_are_told_apart)
{
	ck_assert_int_eq(arena_run(a, draw, (void *)(uintptr_t)cases[_i]), OK);
}
END_TEST

static const char *const hostile[] = { "\"", "\" ",    "\u201c",      "\u201c ",
	                               "'",  " 'a",    "\u00ab",      "\u00bb",
	                               "``", "\u300c", "\u201e\u201c" };

static enum err
many(void *arg)
{
	const char *unit = arg;
	size_t n = strlen(unit), total = 100000 * n, deepest = 0;
	char *text = arena_alloc(a, total + 1);
	struct paragraph p;
	struct tokens *t;
	struct quotes q;

	for (size_t i = 0; i < total; i++)
		text[i] = unit[i % n];
	t = passage_words(a, text, &p);
	q = quote_find(a, text, t, p);
	for (size_t w = 0; w < t->n_words; w++)
		deepest = q.depth[w] > deepest ? q.depth[w] : deepest;
	ck_assert_uint_le(deepest, 8);
	return OK;
}

START_TEST(depth_is_bounded)
{
	ck_assert_int_eq(arena_run(a, many, (void *)(uintptr_t)hostile[_i]), OK);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("quote");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_checked_fixture(limits, setup, teardown);
	tcase_add_loop_test(core, marks_are_told_apart, 0,
	                    sizeof cases / sizeof cases[0]);
	tcase_add_loop_test(limits, depth_is_bounded, 0,
	                    sizeof hostile / sizeof hostile[0]);
	suite_add_tcase(s, core);
	suite_add_tcase(s, limits);
	return suite_run(s);
}
