#include <string.h>

#include "inside.h"
#include "worker/engine/worth.h"

static float
worth(const char *text)
{
	struct span at = { 0, (uint32_t)strlen(text) };
	struct prose p = prose_read(a, text, &(struct spans){ 1, &at });

	return worth_of(&p);
}

/* The first of two is worth more. */
static const char *const pairs[][2] = {
	{ "The city spent $4 million on sea walls last year.",
	  "By tonight it may be a category two storm: 95 mph at the center." },
	{ "It was cut by a fifth in three years.",
	  "Hunger among pupils shamed the nation." },
	{ "Unemployment rose to 7 percent in 2018.",
	  "I think unemployment is terrible." },
	{ "The mayor voted against the bill twice.",
	  "Did the mayor vote against the bill?" },
	{ "The company closed 12 plants.", "Thank you, and good evening." },
	{ "Half of the voters stayed at home.", "We should all vote." },
	{ "He paid $300 for it.", "He will pay." },
};

INSIDE(facts_are_worth_more_than_opinions_and_forecasts)
{
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		ck_assert_msg(worth(pairs[i][0]) > worth(pairs[i][1]) + 0.1F,
		              "%s: %g, %g", pairs[i][0], (double)worth(pairs[i][0]),
		              (double)worth(pairs[i][1]));
}

INSIDE(several_sentences_are_worth_the_best_of_them)
{
	const char *dull = "I hope so.", *fact = "Exports fell by 12 percent in 2019.";
	char both[100] = "I hope so. Exports fell by 12 percent in 2019.";

	ck_assert_float_eq(worth(both), worth(fact));
	ck_assert_float_lt(worth(dull), worth(fact));
}

INSIDE(nothing_is_worth_nothing)
{
	ck_assert_float_eq(worth(""), 0);
	ck_assert_float_lt(worth("."), 0.5F);
}

INSIDE(it_is_between_nothing_and_all)
{
	static const char *const pieces[] = { "5 ", "$", "not ",     ". ",
		                              "? ", "A", "we think " };

	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
		char text[2000] = "";

		while (strlen(text) + strlen(pieces[i]) < sizeof text)
			strcat(text, pieces[i]);
		ck_assert(worth(text) >= 0 && worth(text) <= 1);
	}
}

int
main(void)
{
	Suite *s = suite_create("worth");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	tcase_add_checked_fixture(core, inside_setup, inside_teardown);
	tcase_add_checked_fixture(limits, inside_setup, inside_teardown);
	tcase_add_test(core, facts_are_worth_more_than_opinions_and_forecasts);
	tcase_add_test(core, several_sentences_are_worth_the_best_of_them);
	tcase_add_test(limits, nothing_is_worth_nothing);
	tcase_add_test(limits, it_is_between_nothing_and_all);
	suite_add_tcase(s, core);
	suite_add_tcase(s, limits);
	return suite_run(s);
}
