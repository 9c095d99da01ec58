#include <stdio.h>
#include <string.h>

#include "inside.h"
#include "worker/engine/quantity.h"

/* Quantities as "words = value unit", one after another. */
static const struct {
	const char *text, *quantities;
} cases[] = {
	{ "the city spent $3.2 million on walls", "$3.2 million = 3200000 dollars" },
	{ "US$40bn and \u00a35m",
	  "$40bn = 40000000000 dollars; \u00a35m = 5000000 pounds" },
	{ "410 people a night", "410 people = 410 people" },
	{ "12 per cent, 7.5% and 3 percent",
	  "12 per cent = 12 %; 7.5% = 7.5 %; 3 percent = 3 %" },
	{ "two-thirds of voters", "two-thirds = 0.66666666667 " },
	{ "half a million men", "half a million men = 500000 men" },
	{ "14 new homes", "14 new homes = 14 homes" },
	{ "two engine failures", "two engine failures = 2 failures" },
	{ "between 3 and 5 percent", "3 = 3 %; 5 percent = 5 %" },
	{ "a 22-year-old", "22-year = 22 years" },
	{ "95 mph at the center", "95 mph = 95 mph" },
	{ "it was cut by a fifth", "a fifth = 0.2 " },
	{ "rose 2 percentage points", "2 percentage points = 2 percentage points" },
	{ "40 of them", "40 = 40 " },
	{ "a dozen eggs", "a dozen eggs = 12 eggs" },
	/* none of these is a quantity */
	{ "the 3rd time, at 6:45, on Route 66, with a B-52, in 1998 and on May 5", "" },
	{ "no one is the one", "" },
	{ "a second man", "" },
	{ "the 1990s, 9/11", "" },
	{ "a 4-to-4 tie", "4 = 4 " },
	{ "the 2008 crisis and the 2016 primaries, No. 1", "" },
	{ "the 1933 law, at 9 a.m. and 10pm", "" },
};

INSIDE(numbers_have_their_units)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *text = cases[i].text;
		struct span at = { 0, (uint32_t)strlen(text) };
		struct prose p = prose_read(a, text, &(struct spans){ 1, &at });
		struct moments m = moment_find(a, &p, NULL);
		struct quantities q = quantity_find(a, &p, &m);
		char got[1000] = "", *out = got;

		for (size_t k = 0; k < q.n; k++)
			out += sprintf(out, "%s%.*s = %.11g %s", k > 0 ? "; " : "",
			               (int)(q.v[k].at.end - q.v[k].at.begin),
			               text + q.v[k].at.begin, q.v[k].value, q.v[k].unit);
		ck_assert_str_eq(got, cases[i].quantities);
	}
}

int
main(void)
{
	Suite *s = suite_create("quantity");
	TCase *core = tcase_create("core");

	tcase_add_checked_fixture(core, inside_setup, inside_teardown);
	tcase_add_test(core, numbers_have_their_units);
	suite_add_tcase(s, core);
	return suite_run(s);
}
