#include <check.h>

#include "date.h"
#include "suite.h"

START_TEST(a_day_is_read_with_and_without_a_time_behind_it)
{
	struct date d;

	ck_assert(date_read("2019-03-28", &d));
	ck_assert(d.year == 2019 && d.month == 3 && d.day == 28);
	ck_assert(date_read("2024-02-29T17:00:00Z", &d));
	ck_assert(d.month == 2 && d.day == 29);
}
END_TEST

START_TEST(what_is_no_day_is_not_read)
{
	static const char *const bad[] = { "",           "2019",       "2019-3-28",
		                           "2019-02-29", "2019-13-01", "2019-00-01",
		                           "2019-01-32", "0000-01-01", "2019-04-311",
		                           "March 2019", "2019-01-00", "1900-02-29" };
	struct date d = { 1, 2, 3 };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(!date_read(bad[i], &d), "%s", bad[i]);
	ck_assert(d.year == 1 && d.month == 2 && d.day == 3);
}
END_TEST

START_TEST(the_first_day_counted_is_of_1970)
{
	ck_assert_int_eq(date_number((struct date){ 1970, 1, 1 }), 0);
	ck_assert_int_eq(date_number((struct date){ 2000, 3, 1 }), 11017);
	ck_assert_int_eq(date_number((struct date){ 1969, 12, 31 }), -1);
}
END_TEST

START_TEST(weekdays_are_those_of_the_calendar)
{
	ck_assert_int_eq(date_weekday((struct date){ 1970, 1, 1 }), 3);
	ck_assert_int_eq(date_weekday((struct date){ 2019, 3, 28 }), 3);
	ck_assert_int_eq(date_weekday((struct date){ 2000, 1, 1 }), 5);
	ck_assert_int_eq(date_weekday((struct date){ 1900, 1, 1 }), 0);
}
END_TEST

/* Day by day through all of the calendar: each follows the one before it. */
START_TEST(numbers_and_days_are_one_to_one)
{
	int32_t n = date_number((struct date){ DATE_FIRST_YEAR, 1, 1 });

	for (int year = DATE_FIRST_YEAR; year <= DATE_LAST_YEAR; year++)
		for (int month = 1; month <= 12; month++)
			for (int day = 1; day <= date_days_in_month(year, month); day++) {
				struct date back = date_from_number(n);

				ck_assert(date_number(
				              (struct date){ year, month, day }) == n++);
				ck_assert(back.year == year && back.month == month &&
				          back.day == day);
			}
}
END_TEST

START_TEST(months_go_on_over_the_years)
{
	struct date d, from = { 2019, 1, 31 };

	ck_assert(date_add_months(from, -1, &d));
	ck_assert(d.year == 2018 && d.month == 12 && d.day == 1);
	ck_assert(date_add_months(from, 25, &d));
	ck_assert(d.year == 2021 && d.month == 2);
	ck_assert(!date_add_months(from, -12 * 2019, &d));
	ck_assert(!date_add_months(from, 12 * 9000, &d));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("date");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	tcase_set_timeout(limits, 60);
	tcase_add_test(core, a_day_is_read_with_and_without_a_time_behind_it);
	tcase_add_test(core, the_first_day_counted_is_of_1970);
	tcase_add_test(core, weekdays_are_those_of_the_calendar);
	tcase_add_test(core, months_go_on_over_the_years);
	tcase_add_test(limits, what_is_no_day_is_not_read);
	tcase_add_test(limits, numbers_and_days_are_one_to_one);
	suite_add_tcase(s, core);
	suite_add_tcase(s, limits);
	return suite_run(s);
}
