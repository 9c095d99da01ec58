/* An article's terms, as people write them. */
#include <string.h>

#include "client/terms.h"
#include "suite.h"

static struct terms t;

static void
setup(void)
{
	t = (struct terms){ 0 };
}

START_TEST(each_has_its_words)
{
	ck_assert_int_eq(terms_set(&t, "priority", "-9"), OK);
	ck_assert_int_eq(t.priority, -9);
	ck_assert_int_eq(terms_set(&t, "delay", "1h"), OK);
	ck_assert_uint_eq(t.delay_ms, 3600000);
	ck_assert_int_eq(terms_set(&t, "lease", "100ms"), OK);
	ck_assert_uint_eq(t.lease_ms, 100);
	ck_assert_int_eq(terms_set(&t, "attempts", "1000"), OK);
	ck_assert_uint_eq(t.attempts, 1000);
}
END_TEST

START_TEST(dates_are_of_any_zone)
{
	static const struct {
		const char *words;
		uint64_t ms;
	} dates[] = {
		{ "1970-01-01T00:00:01Z", 1000 },
		{ "1970-01-01 00:00:01z", 1000 },
		{ "1970-01-01T01:00:01+01:00", 1000 },
		{ "1969-12-31T23:30:01-00:30", 0 }, /* before all time */
		{ "2026-03-28T17:00:00Z", 1774717200000 },
		{ "2026-03-28T17:00:00-05:30", 1774737000000 },
		{ "2000-02-29T00:00:00Z", 951782400000 },
	};

	for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
		enum err e = terms_set(&t, "not_before", dates[i].words);

		ck_assert_int_eq(e, dates[i].ms == 0 ? ERR_USAGE : OK);
		if (e == OK)
			ck_assert_uint_eq(t.not_before_ms, dates[i].ms);
	}
}
END_TEST

START_TEST(what_is_none_is_said_with_what_would_be_one)
{
	static const char *const bad[][2] = {
		{ "priority", "10" },
		{ "priority", "-10" },
		{ "priority", "high" },
		{ "priority", "" },
		{ "priority", "1x" },
		{ "attempts", "0" },
		{ "attempts", "1001" },
		{ "attempts", "99999999999999999999" },
		{ "delay", "soon" },
		{ "delay", "-1s" },
		{ "lease", "99ms" },
		{ "lease", "2d" },
		{ "not_before", "tomorrow" },
		{ "not_before", "2026-03-28" },
		{ "not_before", "2026-03-28T17:00:00" },
		{ "not_before", "2026-03-28T17:00:00+1:00" },
		{ "not_before", "2026-03-28T17:00:00+01:00x" },
		{ "not_before", "2026-13-28T17:00:00Z" },
		{ "not_before", "" },
		{ "colour", "red" },
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		ck_assert_msg(terms_set(&t, bad[i][0], bad[i][1]) == ERR_USAGE, "%s %s",
		              bad[i][0], bad[i][1]);
		ck_assert_uint_gt(strlen(err_text()), 10);
		ck_assert(t.priority == 0 && t.not_before_ms == 0 && t.delay_ms == 0);
		ck_assert(t.lease_ms == 0 && t.attempts == 0);
	}
}
END_TEST

START_TEST(what_an_article_says_goes_before_what_is_usual)
{
	const struct terms usual = { 1, 2, 3, 4, 5 };

	terms_complete(&t, &usual);
	ck_assert(t.priority == 1 && t.not_before_ms == 2 && t.delay_ms == 3);
	ck_assert(t.lease_ms == 4 && t.attempts == 5);
	t = (struct terms){ .priority = -1, .delay_ms = 9, .attempts = 8 };
	terms_complete(&t, &usual);
	ck_assert_int_eq(t.priority, -1);
	ck_assert_uint_eq(t.delay_ms, 9);
	ck_assert_uint_eq(t.not_before_ms, 0); /* its own time counts whole */
	ck_assert_uint_eq(t.lease_ms, 4);
	ck_assert_uint_eq(t.attempts, 8);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("terms");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	suite_add_tcase(s, core);
	tcase_add_checked_fixture(core, setup, NULL);
	tcase_add_test(core, each_has_its_words);
	tcase_add_test(core, dates_are_of_any_zone);
	tcase_add_test(core, what_an_article_says_goes_before_what_is_usual);
	suite_add_tcase(s, limits);
	tcase_add_checked_fixture(limits, setup, NULL);
	tcase_add_test(limits, what_is_none_is_said_with_what_would_be_one);
	return suite_run(s);
}
