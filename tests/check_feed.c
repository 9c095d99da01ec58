/* Answers owed piece by piece. */
#include <string.h>

#include "broker/feed.h"
#include "suite.h"

static struct feeds f;
static const struct peer_id client = { .n = 1, .v = { 'c' } };

static void
setup(void)
{
	feeds_init(&f);
}

static void
teardown(void)
{
	feeds_close(&f);
}

static struct feed *
list(const uint64_t *ids, size_t n, bool due)
{
	struct feed_item items[16] = { 0 };
	struct feed *feed = NULL;

	for (size_t i = 0; i < n; i++)
		items[i] = (struct feed_item){
			.id = ids[i], .key = "key", .tenant = "tenant", .due = due
		};
	ck_assert_int_eq(feed_list(&f, &client, items, n, &feed), OK);
	return feed;
}

static uint64_t
next(struct feed *feed)
{
	const struct feed_item *item = feed_next(feed);

	if (item == NULL)
		return 0;
	feed_told(feed, 1);
	return item->id;
}

START_TEST(what_is_due_keeps_its_order)
{
	struct feed *feed = list((uint64_t[]){ 9, 3, 7 }, 3, true);

	ck_assert_uint_eq(next(feed), 9);
	ck_assert_uint_eq(next(feed), 3);
	ck_assert(!feed_is_over(feed));
	ck_assert_uint_eq(next(feed), 7);
	ck_assert(feed_is_over(feed));
	ck_assert_ptr_null(feed_next(feed));
}
END_TEST

START_TEST(a_wait_tells_jobs_as_they_end)
{
	struct feed *feed = list((uint64_t[]){ 9, 3, 7 }, 3, false);

	ck_assert_ptr_null(feed_next(feed));
	feeds_ended(&f, 7);
	feeds_ended(&f, 8); /* not asked for */
	feeds_ended(&f, 7); /* once is enough */
	ck_assert_uint_eq(next(feed), 7);
	ck_assert_ptr_null(feed_next(feed));
	feeds_ended(&f, 9);
	feeds_ended(&f, 3);
	ck_assert_uint_eq(next(feed), 9);
	ck_assert_uint_eq(next(feed), 3);
	ck_assert(feed_is_over(feed));
}
END_TEST

START_TEST(a_job_asked_for_twice_is_told_twice)
{
	struct feed *feed = list((uint64_t[]){ 5, 2, 5, 5 }, 4, false);

	feeds_ended(&f, 5);
	ck_assert_uint_eq(feed->n_due, 3);
	feeds_ended(&f, 2);
	ck_assert_uint_eq(feed->n_due, 4);
}
END_TEST

START_TEST(at_the_deadline_the_rest_is_told)
{
	struct feed *feed = list((uint64_t[]){ 1, 2, 3 }, 3, false);

	feed->deadline_ms = 100;
	ck_assert_int_eq(feeds_next(&f, 0), 100);
	feeds_ended(&f, 2);
	feeds_tell_time(&f, 99);
	ck_assert_uint_eq(feed->n_due, 1);
	feeds_tell_time(&f, 100);
	ck_assert_uint_eq(feed->n_due, 3);
	ck_assert_uint_eq(next(feed), 2);
	ck_assert_uint_eq(next(feed), 1);
	ck_assert_uint_eq(next(feed), 3);
}
END_TEST

START_TEST(names_of_unknown_jobs_are_copied)
{
	char key[] = "k1", tenant[] = "t1";
	struct feed_item item = { .key = key, .tenant = tenant, .due = true };
	struct feed *feed = NULL;

	ck_assert_int_eq(feed_list(&f, &client, &item, 1, &feed), OK);
	memset(key, 'x', 2);
	memset(tenant, 'x', 2);
	ck_assert_str_eq(feed_next(feed)->key, "k1");
	ck_assert_str_eq(feed_next(feed)->tenant, "t1");
}
END_TEST

START_TEST(an_empty_list_is_over_at_once)
{
	struct feed *feed = list(NULL, 0, true);

	ck_assert(feed_is_over(feed));
	ck_assert_ptr_null(feed_next(feed));
	feeds_ended(&f, 1);
	feeds_tell_time(&f, INT64_MAX);
}
END_TEST

START_TEST(a_watch_is_never_over)
{
	struct feed *feed = NULL;

	ck_assert_int_eq(feed_watch(&f, &client, 17, NULL, &feed), OK);
	ck_assert(!feed_is_over(feed));
	ck_assert_uint_eq(feed->after, 17);
	feeds_ended(&f, 1);
	ck_assert(!feed_is_over(feed));
	ck_assert_int_eq(feeds_next(&f, 0), INT64_MAX);
	feed->retry_ms = 5;
	ck_assert_int_eq(feeds_next(&f, 0), 5);
	ck_assert_int_eq(feeds_next(&f, 5), INT64_MAX);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("feed");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	suite_add_tcase(s, core);
	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_test(core, what_is_due_keeps_its_order);
	tcase_add_test(core, a_wait_tells_jobs_as_they_end);
	tcase_add_test(core, at_the_deadline_the_rest_is_told);
	tcase_add_test(core, a_watch_is_never_over);
	suite_add_tcase(s, limits);
	tcase_add_checked_fixture(limits, setup, teardown);
	tcase_add_test(limits, a_job_asked_for_twice_is_told_twice);
	tcase_add_test(limits, names_of_unknown_jobs_are_copied);
	tcase_add_test(limits, an_empty_list_is_over_at_once);
	return suite_run(s);
}
