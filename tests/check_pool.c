#include <poll.h>
#include <string.h>

#include "worker/pool.h"

#include "fake_work.h"
#include "suite.h"

static struct pool *p;
static struct arena *a;

static void
setup(void)
{
	ck_assert_int_eq(pool_open(&fake_work, 3, &p), OK);
	a = arena_new(64 << 20);
	ck_assert_ptr_nonnull(a);
}

static void
teardown(void)
{
	fake.gate = true;
	pool_close(p);
	arena_free(a);
	ck_assert_int_eq(fake.scratches, 0);
}

struct packing {
	struct bytes text;
	struct body body;
};

static enum err
pack(void *arg)
{
	struct packing *in = arg;
	struct wire_article article = { .id = "a", .text = in->text };

	in->body = body_close(a, wire_article_write(a, &article));
	return OK;
}

static struct wire_held
held(uint64_t job)
{
	return (struct wire_held){ job, job + 7 };
}

static void
give_bytes(uint64_t job, const void *text, size_t n)
{
	struct packing in = { .text = { n, text } };

	ck_assert_int_eq(arena_run(a, pack, &in), OK);
	ck_assert_int_eq(pool_give(p, held(job), &in.body), OK);
	arena_reset(a); /* the pool has its own copy */
}

static void
give(uint64_t job, const char *text)
{
	give_bytes(job, text, strlen(text));
}

static struct outcome *
next(void)
{
	struct pollfd fd = { .fd = pool_fd(p), .events = POLLIN };
	struct outcome *o;

	ck_assert_int_eq(poll(&fd, 1, 10000), 1);
	o = pool_next(p);
	ck_assert_ptr_nonnull(o);
	return o;
}

struct reading {
	const struct outcome *o;
	struct extraction x;
};

static enum err
unpack(void *arg)
{
	struct reading *r = arg;
	struct bytes packed;
	enum err e = body_open(a, &r->o->extraction, &packed);

	return e != OK ? e : wire_extraction_read(a, packed, &r->x);
}

START_TEST(an_article_becomes_its_packed_extraction)
{
	struct reading r = { 0 };
	struct outcome *o;

	give(1, "Rain is coming, said the miller.");
	r.o = o = next();
	ck_assert_int_eq(o->err, OK);
	ck_assert_uint_eq(o->lease.job, 1);
	ck_assert_uint_eq(o->lease.fence, 8);
	ck_assert_str_eq(o->model, "fake-1");
	ck_assert_int_eq(arena_run(a, unpack, &r), OK);
	ck_assert_uint_eq(r.x.n, 1);
	ck_assert_str_eq(r.x.model, "fake-1");
	ck_assert_uint_eq(r.x.v[0].content.v[0].end, 32);
	ck_assert_ptr_null(pool_next(p));
	outcome_free(o);
}
END_TEST

START_TEST(every_article_has_one_outcome)
{
	enum { N = 300 };
	bool seen[N] = { false };

	for (uint64_t i = 0; i < N; i++)
		give(i, i % 50 == 0 ? "slow" : "quick");
	for (int i = 0; i < N; i++) {
		struct outcome *o = next();

		ck_assert(!seen[o->lease.job]);
		seen[o->lease.job] = true;
		outcome_free(o);
	}
	ck_assert_ptr_null(pool_next(p));
}
END_TEST

START_TEST(the_descriptor_is_readable_only_while_outcomes_wait)
{
	struct pollfd fd = { .fd = pool_fd(p), .events = POLLIN };

	ck_assert_int_eq(poll(&fd, 1, 0), 0);
	give(1, "quick");
	give(2, "quick");
	outcome_free(next());
	outcome_free(next());
	ck_assert_int_eq(poll(&fd, 1, 50), 0);
}
END_TEST

START_TEST(what_waits_can_be_withdrawn_and_what_is_at_work_cannot)
{
	for (uint64_t i = 0; i < 6; i++)
		give(i, "wait");
	while (fake.begun < 3)
		sleep_ms(1);
	for (uint64_t i = 0; i < 3; i++)
		ck_assert(!pool_withdraw(p, held(i)));
	ck_assert(!pool_withdraw(p, (struct wire_held){ 4, 99 })); /* another's fence */
	ck_assert(pool_withdraw(p, held(5)));
	ck_assert(pool_withdraw(p, held(4)));
	ck_assert(!pool_withdraw(p, held(4)));
	give(6, "after the last was taken out");
	fake.gate = true;
	for (int i = 0; i < 5; i++) { /* 0 to 3 and 6 */
		struct outcome *o = next();

		ck_assert(o->lease.job != 4 && o->lease.job != 5);
		outcome_free(o);
	}
	sleep_ms(20);
	ck_assert_ptr_null(pool_next(p));
	ck_assert_int_eq(fake.begun, 5);
}
END_TEST

START_TEST(a_failure_has_a_clean_reason)
{
	struct outcome *o;

	give(1, "nomem");
	o = next();
	ck_assert_int_eq(o->err, ERR_NOMEM);
	ck_assert_str_eq(o->reason, "line one line two  [2J caf\xc3\xa9 ");
	ck_assert_ptr_null(o->extraction.data.v);
	outcome_free(o);
}
END_TEST

static const struct {
	const char *text;
	size_t n;
	enum err want;
} bad[] = {
	{ "", 0, ERR_EMPTY },
	{ "caf\xe9", 4, ERR_BAD_INPUT },
	{ "\xc3\x28", 2, ERR_BAD_INPUT },
	{ "huge", 4, ERR_TOO_BIG },
};

START_TEST(a_bad_article_fails_alone)
{
	struct outcome *o;

	give_bytes(1, bad[_i].text, bad[_i].n);
	o = next();
	ck_assert_int_eq(o->err, bad[_i].want);
	ck_assert_str_ne(o->reason, "");
	outcome_free(o);
	give(2, "a good one");
	o = next();
	ck_assert_int_eq(o->err, OK);
	outcome_free(o);
}
END_TEST

START_TEST(a_damaged_body_is_bad_input)
{
	const struct body bodies[] = {
		{ CODING_ZSTD, 10, { 4, (const uint8_t *)"zzzz" } },
		{ CODING_PLAIN, 3, { 3, (const uint8_t *)"\xff\xff\xff" } },
		{ CODING_PLAIN, 9, { 0, NULL } },
	};
	struct outcome *o;

	ck_assert_int_eq(pool_give(p, held(1), &bodies[_i]), OK);
	o = next();
	ck_assert_int_eq(o->err, ERR_BAD_INPUT);
	outcome_free(o);
}
END_TEST

START_TEST(closing_drops_what_waits_and_frees_what_is_done)
{
	give(1, "quick");
	struct pollfd fd = { .fd = pool_fd(p), .events = POLLIN };
	ck_assert_int_eq(poll(&fd, 1, 10000), 1);
	for (uint64_t i = 2; i < 12; i++)
		give(i, "slow");
	pool_close(p); /* leaks and races would be seen by the sanitizers */
	ck_assert_int_lt(fake.begun, 11);
	ck_assert_int_eq(pool_open(&fake_work, 1, &p), OK); /* for teardown */
}
END_TEST

START_TEST(a_pool_that_cannot_start_leaves_nothing)
{
	struct pool *none = NULL;

	fake.scratch_limit = fake.scratches + 2;
	ck_assert_int_eq(pool_open(&fake_work, 4, &none), ERR_NOMEM);
	ck_assert_ptr_null(none);
	ck_assert_int_eq(fake.scratches, 3);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pool");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	suite_add_tcase(s, core);
	suite_add_tcase(s, limits);
	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_checked_fixture(limits, setup, teardown);
	tcase_set_timeout(core, 30);
	tcase_set_timeout(limits, 30);
	tcase_add_test(core, an_article_becomes_its_packed_extraction);
	tcase_add_test(core, every_article_has_one_outcome);
	tcase_add_test(core, the_descriptor_is_readable_only_while_outcomes_wait);
	tcase_add_test(core, what_waits_can_be_withdrawn_and_what_is_at_work_cannot);
	tcase_add_test(limits, a_failure_has_a_clean_reason);
	tcase_add_loop_test(limits, a_bad_article_fails_alone, 0, 4);
	tcase_add_loop_test(limits, a_damaged_body_is_bad_input, 0, 3);
	tcase_add_test(limits, closing_drops_what_waits_and_frees_what_is_done);
	tcase_add_test(limits, a_pool_that_cannot_start_leaves_nothing);
	return suite_run(s);
}
