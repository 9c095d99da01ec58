#include "worker/holds.h"

#include "suite.h"

static struct holds *h;

static void
setup(void)
{
	ck_assert_int_eq(holds_new(3, &h), OK);
}

static void
teardown(void)
{
	holds_free(h);
}

static struct wire_held
lease(uint64_t job, uint64_t fence)
{
	return (struct wire_held){ job, fence };
}

static struct outcome *
an_outcome(void)
{
	struct outcome *o = calloc(1, sizeof *o);

	ck_assert_ptr_nonnull(o);
	return o;
}

START_TEST(a_lease_is_found_by_job_and_fence)
{
	struct hold *one = holds_add(h, lease(1, 1), 1000, 0);

	ck_assert_ptr_eq(holds_find(h, lease(1, 1)), one);
	ck_assert_ptr_null(holds_find(h, lease(1, 2)));
	ck_assert_ptr_null(holds_find(h, lease(2, 1)));
}
END_TEST

START_TEST(dropping_keeps_the_others)
{
	holds_add(h, lease(1, 1), 1000, 0);
	holds_add(h, lease(2, 1), 1000, 0);
	holds_add(h, lease(3, 1), 1000, 0);
	hold_finished(holds_find(h, lease(3, 1)), an_outcome(), 0, 10);
	holds_drop(h, holds_find(h, lease(1, 1)));
	ck_assert_uint_eq(holds_n(h), 2);
	ck_assert_ptr_nonnull(holds_find(h, lease(2, 1)));
	ck_assert_ptr_nonnull(holds_find(h, lease(3, 1))->outcome);
	holds_drop(h, holds_find(h, lease(3, 1))); /* frees the outcome */
	holds_drop(h, holds_find(h, lease(2, 1)));
	ck_assert_uint_eq(holds_n(h), 0);
}
END_TEST

START_TEST(reports_come_later_each_time_up_to_the_longest_pause)
{
	struct hold *one = holds_add(h, lease(1, 1), 1000, 0);
	const int64_t want[] = { 110, 120, 140, 180, 260, 360, 460 };
	int64_t now = 100;

	ck_assert_int_eq(holds_report_at(h), INT64_MAX);
	hold_finished(one, an_outcome(), now, 10);
	ck_assert_int_eq(holds_report_at(h), now);
	hold_reported(one, now, 100);
	ck_assert_int_eq(holds_report_at(h), want[0]);
	for (int i = 1; i < 7; i++) {
		now = holds_report_at(h);
		hold_reported(one, now, 100);
		if (i < 3)
			ck_assert_int_eq(holds_report_at(h) - now, 10 << i);
	}
	ck_assert_int_eq(holds_report_at(h) - now, 100);
	holds_report_all(h, now, 10);
	ck_assert_int_eq(holds_report_at(h), now);
}
END_TEST

START_TEST(a_touch_renews_the_lease)
{
	struct hold *one = holds_add(h, lease(1, 1), 1000, 5);

	ck_assert_int_eq(one->until, 1005);
	hold_touched(one, 400);
	ck_assert_int_eq(one->until, 1400);
}
END_TEST

START_TEST(only_what_is_in_the_pool_sets_the_pace_of_touching)
{
	ck_assert_int_eq(holds_shortest(h), 0);
	holds_add(h, lease(1, 1), 3000, 0);
	holds_add(h, lease(2, 1), 1000, 0);
	ck_assert_int_eq(holds_shortest(h), 1000);
	hold_finished(holds_find(h, lease(2, 1)), an_outcome(), 0, 10);
	ck_assert_int_eq(holds_shortest(h), 3000);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("holds");
	TCase *core = tcase_create("core");

	suite_add_tcase(s, core);
	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_test(core, a_lease_is_found_by_job_and_fence);
	tcase_add_test(core, dropping_keeps_the_others);
	tcase_add_test(core, reports_come_later_each_time_up_to_the_longest_pause);
	tcase_add_test(core, a_touch_renews_the_lease);
	tcase_add_test(core, only_what_is_in_the_pool_sets_the_pace_of_touching);
	return suite_run(s);
}
