#include <stdio.h>
#include <string.h>

#include "inside.h"
#include "worker/engine/moment.h"

/* Times as "words = value", one after another; of a text from Thursday, 28 March 2019. */
static const struct {
	const char *text, *times;
} cases[] = {
	{ "It opened on 28 March 2019.", "28 March 2019 = 2019-03-28" },
	{ "On March 2nd, 2018, it shut.", "March 2nd, 2018 = 2018-03-02" },
	{ "on 2017-12-31", "2017-12-31 = 2017-12-31" },
	{ "the 5th of May 2001", "5th of May 2001 = 2001-05-05" },
	{ "In March 2016 it rained", "March 2016 = 2016-03" },
	{ "he reported cracks in 1998", "1998 = 1998" },
	{ "since 1950 and until 2030", "1950 = 1950; 2030 = 2030" },
	{ "yesterday and tomorrow", "yesterday = 2019-03-27; tomorrow = 2019-03-29" },
	{ "said on Tuesday", "Tuesday = 2019-03-26" },
	{ "said on Thursday", "Thursday = 2019-03-28" },
	{ "It will open on Tuesday", "Tuesday = 2019-04-02" },
	{ "last Thursday, next Friday",
	  "last Thursday = 2019-03-21; next Friday = 2019-03-29" },
	{ "last March it fell", "last March = 2018-03" },
	{ "this March", "this March = 2019-03" },
	{ "it opened in June", "June = 2018-06" },
	{ "it will open in June", "June = 2019-06" },
	{ "votes they need in June", "June = 2019-06" },
	{ "votes they need in December", "December = 2018-12" },
	{ "it will open in January", "January = 2020-01" },
	{ "last week and last month", "last week = 2019-W12; last month = 2019-02" },
	{ "last year, next year", "last year = 2018; next year = 2020" },
	{ "two years ago", "two years ago = 2017" },
	{ "3 days ago", "3 days ago = 2019-03-25" },
	{ "a week ago", "a week ago = 2019-W12" },
	{ "six months ago", "six months ago = 2018-09" },
	{ "on Tuesday, March 26", "March 26 = 2019-03-26" },
	{ "on Dec. 30", "Dec. 30 = 2018-12-30" },
	{ "by April 2", "April 2 = 2019-04-02" },
	{ "last night", "last night = 2019-03-27" },
	{ "the fire (1871)", "1871 = 1871" },
	{ "the 2008 crisis", "2008 = 2008" },
	/* none of these is a time */
	{ "May I go? They may march.", "" },
	{ "of 1998 votes", "" },
	{ "31 February 2019", "" },
	{ "at 6:45, 1998m deep", "" },
	{ "he won 300", "" },
};

static void
print(const char *text, const struct moments *m, char *out)
{
	*out = '\0';
	for (size_t i = 0; i < m->n; i++)
		out += sprintf(out, "%s%.*s = %s", i > 0 ? "; " : "",
		               (int)(m->v[i].at.end - m->v[i].at.begin),
		               text + m->v[i].at.begin, m->v[i].value);
}

static struct prose
read(const char *text)
{
	struct span at = { 0, (uint32_t)strlen(text) };

	return prose_read(a, text, &(struct spans){ 1, &at });
}

INSIDE(times_are_counted_from_the_day_of_publication)
{
	const struct date published = { 2019, 3, 28 };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct prose p = read(cases[i].text);
		struct moments m = moment_find(a, &p, &published);
		char got[1000];

		print(cases[i].text, &m, got);
		ck_assert_str_eq(got, cases[i].times);
	}
}

INSIDE(without_that_day_only_what_is_sure_is_left)
{
	const char *text = "On Tuesday, two days ago, in June, on March 3, last week, "
	                   "yesterday and in May 2011";
	struct prose p = read(text);
	struct moments m = moment_find(a, &p, NULL);
	char got[1000];

	print(text, &m, got);
	ck_assert_str_eq(got, "May 2011 = 2011-05");
	ck_assert(m.taken[1]); /* it is a time all the same */
}

INSIDE(weeks_belong_to_the_year_of_their_thursday)
{
	static const struct {
		struct date published;
		const char *week;
	} weeks[] = { { { 2021, 1, 10 }, "2020-W53" },
		      { { 2019, 1, 6 }, "2018-W52" },
		      { { 2019, 1, 8 }, "2019-W01" },
		      { { 2020, 1, 6 }, "2020-W01" } };

	for (size_t i = 0; i < sizeof weeks / sizeof *weeks; i++) {
		struct prose p = read("last week");
		struct date d = weeks[i].published;
		struct moments m = moment_find(a, &p, &d);

		ck_assert_uint_eq(m.n, 1);
		ck_assert_str_eq(m.v[0].value, weeks[i].week);
	}
}

INSIDE(the_calendars_ends_are_kept)
{
	static const struct date ends[] = { { 1, 1, 1 }, { 9999, 12, 31 } };
	const char *text =
	    "yesterday, tomorrow, last week, next week, last year, next year, "
	    "99999 years ago, 99999 days ago, next month, in June, on Monday";

	for (size_t i = 0; i < 2; i++) {
		struct prose p = read(text);
		struct moments m = moment_find(a, &p, &ends[i]);

		for (size_t k = 0; k < m.n; k++)
			ck_assert_msg(strlen(m.v[k].value) >= 4 && m.v[k].value[0] != '-',
			              "%s", m.v[k].value);
	}
}

int
main(void)
{
	Suite *s = suite_create("moment");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	tcase_add_checked_fixture(core, inside_setup, inside_teardown);
	tcase_add_checked_fixture(limits, inside_setup, inside_teardown);
	tcase_add_test(core, times_are_counted_from_the_day_of_publication);
	tcase_add_test(core, without_that_day_only_what_is_sure_is_left);
	tcase_add_test(core, weeks_belong_to_the_year_of_their_thursday);
	tcase_add_test(limits, the_calendars_ends_are_kept);
	suite_add_tcase(s, core);
	suite_add_tcase(s, limits);
	return suite_run(s);
}
