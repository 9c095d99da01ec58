#include <math.h>
#include <string.h>

#include "inside.h"
#include "worker/engine/number.h"

static const struct {
	const char *text;
	size_t n;
	double value;
} cases[] = {
	{ "410 people", 1, 410 },
	{ "1,200.5 tons", 1, 1200.5 },
	{ "3.2 million", 2, 3.2e6 },
	{ "5-million plan", 3, 5e6 },
	{ "two", 1, 2 },
	{ "twenty-one", 3, 21 },
	{ "two hundred and ten votes", 4, 210 },
	{ "two hundred thousand", 3, 2e5 },
	{ "one million two hundred thousand and five", 7, 1200005 },
	{ "five hundred and they left", 2, 500 },
	{ "half a million", 3, 5e5 },
	{ "half of them", 1, 0.5 },
	{ "a dozen", 2, 12 },
	{ "two dozen", 2, 24 },
	{ "a hundred thousand", 3, 1e5 },
	{ "two-thirds", 3, 2.0 / 3 },
	{ "three quarters of", 2, 0.75 },
	{ "two and a half", 4, 2.5 },
	{ "a fifth of it", 2, 0.2 },
	{ "a second time", 0, 0 },
	{ "a third man", 0, 0 },
	{ "million", 0, 0 },
	{ "1.2.3.4", 0, 0 },
	{ "people", 0, 0 },
	{ "", 0, 0 },
};

INSIDE(numbers_in_figures_and_words_are_read)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct span at = { 0, (uint32_t)strlen(cases[i].text) };
		struct prose p = prose_read(a, cases[i].text, &(struct spans){ 1, &at });
		double value = 0;
		size_t n = number_read(&p, 0, false, &value);

		ck_assert_msg(n == cases[i].n, "%s: %zu lexemes", cases[i].text, n);
		ck_assert_msg(n == 0 || fabs(value - cases[i].value) < 1e-9, "%s: %g",
		              cases[i].text, value);
	}
}

INSIDE(letters_multiply_money_only)
{
	const char *text = "3m 5bn";
	struct span at = { 0, 6 };
	struct prose p = prose_read(a, text, &(struct spans){ 1, &at });
	double value;

	ck_assert_uint_eq(number_read(&p, 0, true, &value), 2);
	ck_assert_double_eq(value, 3e6);
	ck_assert_uint_eq(number_read(&p, 0, false, &value), 1);
	ck_assert_double_eq(value, 3);
	ck_assert_uint_eq(number_read(&p, 2, false, &value), 2);
	ck_assert_double_eq(value, 5e9);
}

/* However many there are in a row, a value is finite. */
INSIDE(endless_numbers_end)
{
	static const char *const pieces[] = { "9", "million ", "hundred ", "two ",
		                              "nine-" };

	for (size_t k = 0; k < sizeof pieces / sizeof *pieces; k++) {
		char text[4000] = "two ";
		struct span at = { 0 };
		struct prose p;

		while (strlen(text) + strlen(pieces[k]) < sizeof text)
			strcat(text, pieces[k]);
		at.end = (uint32_t)strlen(text);
		p = prose_read(a, text, &(struct spans){ 1, &at });
		for (size_t i = 0; i < p.n; i++) {
			double value = 0;

			ck_assert_uint_le(number_read(&p, i, true, &value), 24);
			ck_assert(isfinite(value));
		}
	}
}

int
main(void)
{
	Suite *s = suite_create("number");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	tcase_add_checked_fixture(core, inside_setup, inside_teardown);
	tcase_add_checked_fixture(limits, inside_setup, inside_teardown);
	tcase_add_test(core, numbers_in_figures_and_words_are_read);
	tcase_add_test(core, letters_multiply_money_only);
	tcase_add_test(limits, endless_numbers_end);
	suite_add_tcase(s, core);
	suite_add_tcase(s, limits);
	return suite_run(s);
}
