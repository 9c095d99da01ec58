#include <stdio.h>
#include <string.h>

#include "inside.h"
#include "worker/engine/prose.h"

/* Text, and its lexemes as prose_read gives them: "~" before one that touches. */
static const struct {
	const char *text, *lexemes;
} cases[] = {
	{ "She said so.", "she said so ~." },
	{ "Vik's boat didn't sink", "vik ~'s boat didn't sink" },
	{ "They\u2019ll go, won\u2019t they?", "they ~'ll go ~, won't they ~?" },
	{ "O'Brien paid $3.2 million", "o'brien paid $ ~3.2 million" },
	{ "1,200.5 tons, 40%", "1,200.5 tons ~, 40 ~%" },
	{ "a 22-year-old", "a 22 ~- ~year ~- ~old" },
	{ "2nd at 6:45", "2 ~nd at 6 ~: ~45" },
	{ "Bra\u0302nza\u0306u's", "branzau ~'s" },
	{ "\u201cYes\u201d", "\u201c ~yes ~\u201d" },
	{ "abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrst" },
	{ "", "" },
	{ " \u200b ", "" },
	{ "'s", "' ~s" },
	{ "I'M HE'S", "i ~'m he ~'s" },
};

static void
check_lexemes(const struct prose *p, const char *want)
{
	char got[1000] = "", *out = got;

	for (size_t i = 0; i < p->n; i++)
		out += sprintf(out, "%s%s%s", i > 0 ? " " : "",
		               p->v[i].touches ? "~" : "", p->v[i].low);
	ck_assert_str_eq(got, want);
}

INSIDE(words_numbers_and_marks_are_told_apart)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct span at = { 0, (uint32_t)strlen(cases[i].text) };
		struct prose p = prose_read(a, cases[i].text, &(struct spans){ 1, &at });

		check_lexemes(&p, cases[i].lexemes);
	}
}

INSIDE(spans_are_read_one_after_another)
{
	struct span at[] = { { 2, 4 }, { 11, 15 } };
	struct prose p = prose_read(a, "\u00e9One, or rTwo.", &(struct spans){ 2, at });

	check_lexemes(&p, "on two ~.");
	ck_assert_uint_eq(p.v[1].at.begin, 11);
}

/* The length of what is read is bounded, whatever the text is. */
static void
check_hostile(const char *piece)
{
	enum { REPEATED = 1 << 16 };
	size_t n = strlen(piece);
	char *text = arena_raw(a, n * REPEATED);
	struct span at = { 0, (uint32_t)(n * REPEATED) };
	struct prose p;

	for (size_t i = 0; i < REPEATED; i++)
		memcpy(text + i * n, piece, n);
	p = prose_read(a, text, &(struct spans){ 1, &at });
	ck_assert_uint_le(p.n, PROSE_MOST);
	for (size_t i = 0; i < p.n; i++) {
		ck_assert_uint_lt(p.v[i].at.begin, p.v[i].at.end);
		ck_assert_uint_le(p.v[i].at.end, at.end);
		ck_assert_uint_lt(strlen(p.v[i].low), LEXEME_LETTERS);
	}
}

INSIDE(hostile_text_is_bounded)
{
	static const char *const pieces[] = { "7",  "'",       "not ",   "a",
		                              "7,", "\u2019s", "\u0302", "-",
		                              " ",  "\u00e9'", "n't",    "\u65e5" };

	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
		check_hostile(pieces[i]);
}

int
main(void)
{
	Suite *s = suite_create("prose");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	tcase_add_checked_fixture(core, inside_setup, inside_teardown);
	tcase_add_checked_fixture(limits, inside_setup, inside_teardown);
	tcase_add_test(core, words_numbers_and_marks_are_told_apart);
	tcase_add_test(core, spans_are_read_one_after_another);
	tcase_add_test(limits, hostile_text_is_bounded);
	suite_add_tcase(s, core);
	suite_add_tcase(s, limits);
	return suite_run(s);
}
