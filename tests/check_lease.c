/* Leases in memory: deadlines, owners, pauses. */
#include "broker/lease.h"
#include "suite.h"

enum { LENGTH = 30 };

static struct leases *l;

static void
setup(void)
{
	l = leases_new();
	ck_assert_ptr_nonnull(l);
}

static void
teardown(void)
{
	leases_free(l);
}

static void
add(uint64_t job, uint64_t owner, int64_t deadline)
{
	const struct lease lease = { .job = job,
		                     .fence = job + 100,
		                     .attempt = 1,
		                     .owner = owner,
		                     .length_ms = LENGTH,
		                     .deadline_ms = deadline };

	ck_assert_int_eq(lease_add(l, &lease), OK);
}

START_TEST(the_first_to_run_out_comes_first)
{
	add(1, 1, 30);
	add(2, 1, 10);
	add(3, 1, 20);
	ck_assert_uint_eq(lease_first(l)->job, 2);
	lease_drop(l, 2);
	ck_assert_uint_eq(lease_first(l)->job, 3);
	lease_drop(l, 3);
	lease_drop(l, 1);
	ck_assert_ptr_null(lease_first(l));
	ck_assert_uint_eq(lease_count(l), 0);
}
END_TEST

START_TEST(a_touch_moves_the_deadline)
{
	add(1, 7, 10);
	add(2, 7, 20);
	ck_assert(lease_touch(l, 1, 101, 7, 12));
	ck_assert_uint_eq(lease_first(l)->job, 2);
	ck_assert_int_eq(lease_find(l, 1)->deadline_ms, 12 + LENGTH);
}
END_TEST

START_TEST(nobody_touches_what_is_not_his)
{
	add(1, 7, 10);
	ck_assert(!lease_touch(l, 1, 101, 8, 40)); /* another worker */
	ck_assert(!lease_touch(l, 1, 100, 7, 40)); /* an old fence */
	ck_assert(!lease_touch(l, 2, 102, 7, 40)); /* no such lease */
	ck_assert_int_eq(lease_find(l, 1)->deadline_ms, 10);
}
END_TEST

START_TEST(an_ownerless_lease_goes_to_who_has_its_fence)
{
	add(1, 0, 10);
	ck_assert_uint_eq(lease_count_of(l, 0), 1);
	ck_assert(!lease_touch(l, 1, 5, 9, 40));
	ck_assert(lease_touch(l, 1, 101, 9, 40));
	ck_assert_uint_eq(lease_count_of(l, 0), 0);
	ck_assert_uint_eq(lease_find(l, 1)->owner, 9);
}
END_TEST

START_TEST(a_list_is_in_the_order_of_hand_out)
{
	struct lease list[8];

	add(5, 1, 10);
	add(3, 1, 10);
	add(4, 2, 10);
	add(1, 1, 10);
	ck_assert(lease_touch(l, 5, 105, 1, 99)); /* does not change the order */
	ck_assert_uint_eq(lease_list(l, 1, list, 8), 3);
	ck_assert_uint_eq(list[0].job, 5);
	ck_assert_uint_eq(list[1].job, 3);
	ck_assert_uint_eq(list[2].job, 1);
	ck_assert_uint_eq(lease_list(l, 1, list, 2), 2);
}
END_TEST

START_TEST(many_leases_stay_in_order)
{
	int64_t before = 0;

	for (uint64_t i = 1; i <= 5000; i++)
		add(i, i % 3, (int64_t)(i * 2654435761u % 1000));
	for (const struct lease *f; (f = lease_first(l)) != NULL; lease_drop(l, f->job)) {
		ck_assert_int_ge(f->deadline_ms, before);
		before = f->deadline_ms;
	}
	ck_assert_uint_eq(lease_count(l), 0);
}
END_TEST

/* Short ones and long ones, touched and dropped: the first is always the first. */
START_TEST(leases_of_any_length_stay_in_order)
{
	enum { MANY = 500 };
	uint64_t random = 1;

	for (uint64_t i = 1; i <= MANY; i++)
		add(i, 1, (int64_t)(i * 7919 % 1000));
	for (int step = 0; step < 4 * MANY; step++) {
		uint64_t job = 1 + (random = random * 6364136223846793005u + 1) % MANY;
		int64_t least = INT64_MAX;

		if (step % 3 == 0)
			lease_drop(l, job);
		else
			lease_touch(l, job, job + 100, 1, step);
		for (uint64_t i = 1; i <= MANY; i++) {
			const struct lease *x = lease_find(l, i);

			if (x != NULL && x->deadline_ms < least)
				least = x->deadline_ms;
		}
		if (lease_first(l) != NULL)
			ck_assert_int_eq(lease_first(l)->deadline_ms, least);
	}
	ck_assert_uint_lt(lease_count(l), MANY);
}
END_TEST

START_TEST(dropping_what_is_not_there_does_nothing)
{
	lease_drop(l, 4);
	add(1, 1, 10);
	lease_drop(l, 4);
	ck_assert_uint_eq(lease_count(l), 1);
	leases_free(NULL);
}
END_TEST

START_TEST(pauses_double_up_to_five_minutes)
{
	ck_assert_int_eq(lease_pause_ms(1, 0), 500);
	ck_assert_int_eq(lease_pause_ms(2, 0), 1000);
	ck_assert_int_eq(lease_pause_ms(3, 0), 2000);
	ck_assert_int_eq(lease_pause_ms(0, 0), 500);
	ck_assert_int_eq(lease_pause_ms(50, 0), LEASE_PAUSE_MAX_MS / 2);
	ck_assert_int_eq(lease_pause_ms(UINT32_MAX, 0), LEASE_PAUSE_MAX_MS / 2);
	for (uint32_t attempts = 0; attempts < 40; attempts++)
		for (uint32_t random = 0; random < 5000000; random += 99991) {
			int64_t pause = lease_pause_ms(attempts, random);

			ck_assert_int_ge(pause, lease_pause_ms(attempts, 0));
			ck_assert_int_le(pause, 2 * lease_pause_ms(attempts, 0));
			ck_assert_int_le(pause, LEASE_PAUSE_MAX_MS);
		}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("lease");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	suite_add_tcase(s, core);
	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_test(core, the_first_to_run_out_comes_first);
	tcase_add_test(core, a_touch_moves_the_deadline);
	tcase_add_test(core, nobody_touches_what_is_not_his);
	tcase_add_test(core, an_ownerless_lease_goes_to_who_has_its_fence);
	tcase_add_test(core, a_list_is_in_the_order_of_hand_out);
	suite_add_tcase(s, limits);
	tcase_add_checked_fixture(limits, setup, teardown);
	tcase_add_test(limits, many_leases_stay_in_order);
	tcase_add_test(limits, leases_of_any_length_stay_in_order);
	tcase_add_test(limits, dropping_what_is_not_there_does_nothing);
	tcase_add_test(limits, pauses_double_up_to_five_minutes);
	return suite_run(s);
}
