/* Tenants: their figures, whose turn it is, and that not all are remembered for ever. */
#include <stdio.h>

#include "broker/tenant.h"
#include "suite.h"

static struct tenants *t;

static void
setup(void)
{
	t = tenants_new();
	ck_assert_ptr_nonnull(t);
}

static void
teardown(void)
{
	tenants_free(t);
}

static struct tenant *
of(const char *name)
{
	struct tenant *x = NULL;

	ck_assert_int_eq(tenants_get(t, name, &x), OK);
	return x;
}

static void
come(const char *name)
{
	tenants_count(t, of(name), JOB_NONE, JOB_READY, 10);
}

START_TEST(tenants_with_something_ready_take_turns)
{
	ck_assert_ptr_null(tenants_next(t));
	come("a");
	come("b");
	come("b");
	ck_assert_str_eq(tenants_next(t)->name, "a");
	ck_assert_str_eq(tenants_next(t)->name, "b");
	ck_assert_str_eq(tenants_next(t)->name, "a");
	tenants_count(t, of("a"), JOB_READY, JOB_LEASED, 10);
	ck_assert_str_eq(tenants_next(t)->name, "b");
	ck_assert_str_eq(tenants_next(t)->name, "b");
	ck_assert_uint_eq(tenants_ready(t), 2);
}
END_TEST

START_TEST(figures_follow_the_jobs)
{
	struct tenant *x = of("");

	come("");
	tenants_count(t, x, JOB_NONE, JOB_DELAYED, 5);
	ck_assert_uint_eq(x->ready, 1);
	ck_assert_uint_eq(x->unfinished, 2);
	ck_assert_uint_eq(x->bytes, 15);
	tenants_count(t, x, JOB_READY, JOB_LEASED, 10);
	ck_assert_uint_eq(x->ready, 0);
	ck_assert_uint_eq(x->bytes, 15);
	tenants_count(t, x, JOB_LEASED, JOB_DONE, 10);
	ck_assert_uint_eq(x->unfinished, 1);
	tenants_count(t, x, JOB_DONE, JOB_NONE, 10);
	tenants_count(t, x, JOB_DELAYED, JOB_NONE, 5);
	ck_assert_uint_eq(x->unfinished, 0);
	ck_assert_uint_eq(x->bytes, 0);
}
END_TEST

START_TEST(a_paused_tenant_has_no_turn)
{
	come("a");
	come("b");
	tenants_shut(t, of("a"), VALVE_DEALING, 77);
	ck_assert_uint_eq(tenants_shut_now(t, VALVE_DEALING), 1);
	ck_assert_uint_eq(tenants_shut_now(t, VALVE_INTAKE), 0);
	ck_assert_uint_eq(tenants_ready(t), 1);
	come("a");
	ck_assert_uint_eq(tenants_ready(t), 1);
	ck_assert_str_eq(tenants_next(t)->name, "b");
	ck_assert_str_eq(tenants_next(t)->name, "b");
	tenants_shut(t, of("b"), VALVE_INTAKE, 78); /* draining: its work goes on */
	ck_assert_str_eq(tenants_next(t)->name, "b");
	tenants_shut(t, of("a"), VALVE_DEALING, 0);
	ck_assert_uint_eq(tenants_shut_now(t, VALVE_DEALING), 0);
	ck_assert_uint_eq(tenants_ready(t), 3);
	ck_assert_str_eq(tenants_next(t)->name, "b");
	ck_assert_str_eq(tenants_next(t)->name, "a");
}
END_TEST

START_TEST(the_idle_are_forgotten_and_nobody_else)
{
	char name[16];

	come("busy");
	tenants_shut(t, of("shut"), VALVE_DEALING, 5);
	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof name, "t%d", i);
		of(name);
	}
	ck_assert_uint_lt(tenants_known(t), 5000);
	ck_assert_uint_eq(of("busy")->ready, 1);
	ck_assert_int_eq(of("shut")->shut[VALVE_DEALING], 5);
	of("t19999")->bucket.spent = 3;
	ck_assert_int_eq(of("t19999")->bucket.spent, 3);
	tenants_free(NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tenant");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	suite_add_tcase(s, core);
	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_test(core, tenants_with_something_ready_take_turns);
	tcase_add_test(core, figures_follow_the_jobs);
	tcase_add_test(core, a_paused_tenant_has_no_turn);
	suite_add_tcase(s, limits);
	tcase_add_checked_fixture(limits, setup, teardown);
	tcase_add_test(limits, the_idle_are_forgotten_and_nobody_else);
	return suite_run(s);
}
