/* Token buckets. */
#include "broker/bucket.h"
#include "suite.h"

START_TEST(a_new_bucket_is_full)
{
	struct bucket b = { 0 };

	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(bucket_take(&b, 10, 5, 1000), 0);
	ck_assert_int_eq(bucket_take(&b, 10, 5, 1000), 100);
	ck_assert_int_eq(bucket_take(&b, 10, 5, 1099), 1);
	ck_assert_int_eq(bucket_take(&b, 10, 5, 1100), 0);
	ck_assert_int_gt(bucket_take(&b, 10, 5, 1100), 0);
}
END_TEST

START_TEST(no_more_comes_out_than_the_rate_and_a_burst)
{
	for (int64_t rate = 1; rate < 3000; rate = rate * 7 / 2 + 1) {
		struct bucket b = { 0 };
		int64_t taken = 0;

		for (int64_t ms = 0; ms < 10000; ms++)
			while (bucket_take(&b, rate, 20, ms) == 0)
				taken++;
		ck_assert_int_le(taken, rate * 10 + 20);
		ck_assert_int_ge(taken, rate * 10 + 20 - rate / 1000 - 2);
	}
}
END_TEST

START_TEST(what_was_waited_for_is_there)
{
	struct bucket b = { 0 };
	int64_t now = 0;

	for (int i = 0; i < 1000; i++) {
		int64_t wait = bucket_take(&b, 3, 1, now);

		now += wait;
		if (wait > 0)
			ck_assert_int_eq(bucket_take(&b, 3, 1, now), 0);
	}
}
END_TEST

START_TEST(what_is_given_back_may_be_taken)
{
	struct bucket b = { 0 };

	ck_assert_int_eq(bucket_take(&b, 1, 1, 5), 0);
	bucket_give(&b);
	bucket_give(&b); /* never more than full */
	ck_assert_int_eq(bucket_take(&b, 1, 1, 5), 0);
	ck_assert_int_eq(bucket_take(&b, 1, 1, 5), 1000);
}
END_TEST

START_TEST(long_times_and_set_back_clocks_do_no_harm)
{
	struct bucket b = { 0 };

	ck_assert_int_eq(bucket_take(&b, 1000000, 1, INT64_MAX / 2), 0);
	ck_assert_int_gt(bucket_take(&b, 1000000, 1, INT64_MAX / 2), 0);
	ck_assert_int_gt(bucket_take(&b, 1000000, 1, 7), 0);
	ck_assert_int_eq(bucket_take(&b, 1000000, 1, 8), 0);
	ck_assert_int_eq(bucket_take(&b, 1000000, 1, INT64_MAX), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("bucket");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	suite_add_tcase(s, core);
	tcase_add_test(core, a_new_bucket_is_full);
	tcase_add_test(core, no_more_comes_out_than_the_rate_and_a_burst);
	tcase_add_test(core, what_was_waited_for_is_there);
	tcase_add_test(core, what_is_given_back_may_be_taken);
	suite_add_tcase(s, limits);
	tcase_add_test(limits, long_times_and_set_back_clocks_do_no_harm);
	return suite_run(s);
}
