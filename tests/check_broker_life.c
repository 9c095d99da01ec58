/*
 * What people may ask of a job's life, of a whole broker: terms, pause and drain,
 * bounds, purge, retention; and leases whose workers do not come back.
 */
#include "tests/whole_broker.h"

static struct wire_receipt
submit_as(void *s, struct wire_submission v)
{
	struct wire_broker m;

	if (v.article.data.n == 0)
		v.article = pack("He said so.");
	ask(s, &(struct wire_client){ .what = WIRE_SUBMIT, .submit = { 1, &v } });
	m = hear(s, WIRE_SUBMITTED);
	ck_assert_uint_eq(m.submitted.n, 1);
	return m.submitted.v[0];
}

/* Refused, and when to come again. */
static uint32_t
refused(void *s, struct wire_submission v, const char *why)
{
	struct wire_receipt r = submit_as(s, v);

	ck_assert_int_eq(r.status, WIRE_REFUSED);
	ck_assert_msg(strstr(r.reason, why) != NULL, "%s: not %s", r.reason, why);
	return r.retry_after_ms;
}

static void
accepted(void *s, struct wire_submission v)
{
	ck_assert_int_eq(submit_as(s, v).status, WIRE_ACCEPTED);
}

/* By a selection; how many changed. */
static uint64_t
order_all(void *s, enum wire_act act, struct wire_selection which)
{
	struct wire_broker m;

	ask(s,
	    &(struct wire_client){ .what = WIRE_ORDER, .act = act, .selection = which });
	m = hear(s, WIRE_ORDERED);
	ck_assert_uint_eq(m.ordered.n, 0);
	return m.ordered.changed;
}

static const struct wire_selection everything = { .all_tenants = true };

/* Until a job is so, which time brings. */
static void
become(void *s, const char *key, enum wire_state state)
{
	for (int i = 0; i < 2000 && get(s, key).state != state; i++)
		nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
	ck_assert_int_eq(get(s, key).state, state);
}

/* ----------------------------------------------------------------------- terms */

START_TEST(a_delay_and_a_date_are_waited_for)
{
	void *c;

	start_broker();
	c = call(clients);
	accepted(c, (struct wire_submission){ .key = "soon", .delay_ms = 100 });
	accepted(c, (struct wire_submission){ .key = "later", .delay_ms = 3600000 });
	accepted(c, (struct wire_submission){ .key = "past", .not_before_ms = 1000 });
	accepted(c, (struct wire_submission){
	                .key = "date", .delay_ms = 5, .not_before_ms = 4102444800000 });
	ck_assert_int_eq(get(c, "later").state, WIRE_DELAYED);
	ck_assert_int_eq(get(c, "date").state, WIRE_DELAYED);
	ck_assert_int_eq(get(c, "past").state, WIRE_READY);
	ck_assert(why_is(c, "later", "waits for its time, in 3"));
	ck_assert(why_is(c, "date", "waits for its date, in "));
	become(c, "soon", WIRE_READY);
	end_broker(SIGKILL);
	zmq_close(c);
	start_broker();
	c = call(clients);
	ck_assert_int_eq(get(c, "later").state, WIRE_DELAYED);
	ck_assert(why_is(c, "later", "waits for its time, in 3"));
	ck_assert(order(c, WIRE_KICK_JOBS, "date").changed);
	ck_assert_int_eq(get(c, "date").state, WIRE_READY);
	zmq_close(c);
}
END_TEST

START_TEST(terms_that_are_none_are_refused_for_good)
{
	const struct wire_submission v[] = {
		{ .key = "k", .priority = 10 },
		{ .key = "k", .priority = -10 },
		{ .key = "k", .lease_ms = 99 },
		{ .key = "k", .lease_ms = 86400001 },
		{ .key = "k", .attempts = 1001 },
		{ .key = "k", .delay_ms = UINT64_MAX },
		{ .key = "k", .not_before_ms = UINT64_MAX },
	};
	void *c;

	start_broker();
	c = call(clients);
	for (size_t i = 0; i < sizeof v / sizeof v[0]; i++)
		ck_assert_uint_eq(refused(c, v[i], ""), 0);
	accepted(c, (struct wire_submission){
	                .key = "k", .priority = -9, .lease_ms = 100, .attempts = 1000 });
	ck_assert_int_eq(get(c, "k").priority, -9);
	zmq_close(c);
}
END_TEST

START_TEST(a_lease_is_as_long_as_its_submission_said)
{
	void *c, *w, *other;
	struct wire_broker m;
	struct wire_held lease;

	start_broker();
	c = call(clients);
	accepted(c, (struct wire_submission){ .key = "short", .lease_ms = 1500 });
	w = join(1, (struct wire_holds){ 0 });
	credit(w, 1);
	m = hear(w, WIRE_LEASES);
	ck_assert_uint_eq(m.leases.v[0].lease_ms, 1500);
	lease = (struct wire_held){ m.leases.v[0].job, m.leases.v[0].fence };
	for (int i = 0; i < 20; i++) { /* touched, it goes on */
		tell(w,
		     &(struct wire_worker){ .what = WIRE_TOUCH, .holds = { 1, &lease } });
		ck_assert(!hear_within(w, 100, &m));
	}
	other = join(2, (struct wire_holds){ 0 });
	credit(other, 1);
	ck_assert_uint_eq(take_one(other).job, lease.job);
	zmq_close(c);
	zmq_close(w);
	zmq_close(other);
}
END_TEST

START_TEST(attempts_are_as_many_as_its_submission_said)
{
	void *c, *w;

	start_broker();
	c = call(clients);
	accepted(c, (struct wire_submission){ .key = "one", .attempts = 1 });
	w = join(1, (struct wire_holds){ 0 });
	credit(w, 1);
	ck_assert_int_eq(give_up(w, take_one(w), "first", false), WIRE_STORED);
	ck_assert_int_eq(get(c, "one").state, WIRE_DEAD);
	accepted(c, (struct wire_submission){ .key = "nine", .attempts = 9 });
	credit(w, 1);
	ck_assert_int_eq(give_up(w, take_one(w), "first", false), WIRE_STORED);
	ck_assert(
	    why_is(c, "nine", "is tried again in 1 s, after attempt 1 of 9 failed"));
	zmq_close(c);
	zmq_close(w);
}
END_TEST

/* ---------------------------------------------------------------------- valves */

START_TEST(what_is_paused_is_dealt_to_nobody_until_it_is_resumed)
{
	const struct wire_selection mine = { .tenant = "t" };
	struct wire_broker m;
	void *c, *w;

	start_broker();
	c = call(clients);
	ck_assert_uint_eq(order_all(c, WIRE_PAUSE, everything), 1);
	ck_assert_uint_eq(order_all(c, WIRE_PAUSE, everything), 0);
	ck_assert_uint_eq(order_all(c, WIRE_PAUSE, mine), 1);
	accepted(c, (struct wire_submission){ .key = "a" });
	accepted(c, (struct wire_submission){ .key = "b", .tenant = "t" });
	ck_assert(why_is(c, "a", "waits: it was paused"));
	end_broker(SIGKILL);
	zmq_close(c);
	start_broker();
	c = call(clients);
	w = join(1, (struct wire_holds){ 0 });
	credit(w, 5);
	ck_assert(!hear_within(w, QUIET_MS, &m));
	ck_assert_uint_gt(stats(c).paused_ms, 0);
	ck_assert_uint_eq(stats(c).paused_tenants, 1);
	ck_assert_uint_eq(stats(c).draining_tenants, 0);
	ck_assert_uint_eq(order_all(c, WIRE_RESUME, everything), 1);
	finish(w, take_one(w));
	ck_assert_int_eq(get(c, "a").state, WIRE_DONE);
	ck_assert(!hear_within(w, QUIET_MS, &m));
	ck_assert_uint_eq(order_all(c, WIRE_RESUME, mine), 1);
	take_one(w);
	ck_assert_uint_eq(stats(c).paused_ms, 0);
	zmq_close(c);
	zmq_close(w);
}
END_TEST

START_TEST(what_drains_takes_nothing_new_and_works_off_the_rest)
{
	void *c, *w;

	start_broker();
	c = call(clients);
	accepted(c, (struct wire_submission){ .key = "before" });
	ck_assert_uint_eq(order_all(c, WIRE_DRAIN, everything), 1);
	ck_assert_uint_gt(
	    refused(c, (struct wire_submission){ .key = "new" }, "draining"), 0);
	ck_assert_int_eq(submit_as(c, (struct wire_submission){ .key = "before" }).status,
	                 WIRE_EXISTS);
	w = join(1, (struct wire_holds){ 0 });
	credit(w, 5);
	finish(w, take_one(w));
	ck_assert_uint_gt(stats(c).draining_ms, 0);
	ck_assert_uint_eq(order_all(c, WIRE_RESUME, everything), 1);
	accepted(c, (struct wire_submission){ .key = "new" });
	order_all(c, WIRE_DRAIN, (struct wire_selection){ .tenant = "t" });
	ck_assert_uint_gt(refused(c,
	                          (struct wire_submission){ .key = "k", .tenant = "t" },
	                          "its tenant is draining"),
	                  0);
	accepted(c, (struct wire_submission){ .key = "k" });
	zmq_close(c);
	zmq_close(w);
}
END_TEST

/* ---------------------------------------------------------------------- bounds */

START_TEST(a_tenant_has_no_more_unfinished_than_it_may)
{
	void *c, *w;

	set.tenant_queue = 2;
	start_broker();
	c = call(clients);
	accepted(c, (struct wire_submission){ .key = "a" });
	accepted(c, (struct wire_submission){ .key = "b", .delay_ms = 99999 });
	ck_assert_uint_gt(
	    refused(c, (struct wire_submission){ .key = "c" }, "its tenant"), 0);
	accepted(c, (struct wire_submission){ .key = "c", .tenant = "other" });
	ck_assert_int_eq(submit_as(c, (struct wire_submission){ .key = "a" }).status,
	                 WIRE_EXISTS);
	ck_assert(order(c, WIRE_CANCEL_JOBS, "b").changed);
	accepted(c, (struct wire_submission){ .key = "c" });
	w = join(1, (struct wire_holds){ 0 });
	credit(w, 1);
	finish(w, take_one(w));
	zmq_close(c);
	zmq_close(w);
}
END_TEST

START_TEST(a_tenant_has_no_more_bytes_unfinished_than_it_may)
{
	struct body big = pack("A text of some length, and then of some more of it.");
	void *c;

	set.tenant_bytes = 1; /* the first is always taken */
	start_broker();
	c = call(clients);
	accepted(c, (struct wire_submission){ .key = "a", .article = big });
	ck_assert_uint_gt(refused(c, (struct wire_submission){ .key = "b" }, "as much"),
	                  0);
	accepted(c, (struct wire_submission){ .key = "b", .tenant = "other" });
	ck_assert(order(c, WIRE_PURGE_JOBS, "a").changed);
	accepted(c, (struct wire_submission){ .key = "b" });
	zmq_close(c);
}
END_TEST

START_TEST(a_tenant_submits_no_faster_than_it_may)
{
	uint32_t wait;
	char key[16];
	void *c;

	set.tenant_rate = 1;
	set.tenant_burst = 2;
	start_broker();
	c = call(clients);
	accepted(c, (struct wire_submission){ .key = "a" });
	for (int i = 0; i < 5; i++) /* what is there takes nothing from the bucket */
		ck_assert_int_eq(
		    submit_as(c, (struct wire_submission){ .key = "a" }).status,
		    WIRE_EXISTS);
	for (int i = 0; i < 200; i++) { /* however slow this machine is */
		snprintf(key, sizeof key, "k%d", i);
		if (submit_as(c, (struct wire_submission){ .key = key }).status ==
		    WIRE_REFUSED)
			break;
	}
	wait = refused(c, (struct wire_submission){ .key = "d" }, "faster");
	ck_assert_uint_gt(wait, 0);
	ck_assert_uint_le(wait, 1000);
	accepted(c, (struct wire_submission){ .key = "a", .tenant = "other" });
	wait += 50;
	nanosleep(&(struct timespec){ wait / 1000, wait % 1000 * 1000000 }, NULL);
	accepted(c, (struct wire_submission){ .key = "d" });
	zmq_close(c);
}
END_TEST

/* ------------------------------------------------------------------- what goes */

START_TEST(who_waits_for_what_is_purged_is_told_that_it_is_unknown)
{
	struct wire_reference refs[2] = { { .key = "k" }, { .key = "leased" } };
	struct wire_selection which = everything;
	struct wire_held lease;
	struct wire_broker m;
	void *c, *w, *waiter;

	start_broker();
	c = call(clients);
	accepted(c, (struct wire_submission){ .key = "leased" });
	w = join(1, (struct wire_holds){ 0 });
	credit(w, 1);
	lease = take_one(w);
	accepted(c, (struct wire_submission){ .key = "k", .delay_ms = 99999 });
	waiter = call(clients);
	send_query(waiter, WIRE_WAIT,
	           (struct wire_query){ .n = 2, .v = refs, .timeout_ms = 60000 });
	ck_assert(!hear_within(waiter, QUIET_MS, &m));
	which.states = ~0u;
	ck_assert_uint_eq(order_all(c, WIRE_PURGE_JOBS, which), 1);
	m = hear(waiter, WIRE_JOBS);
	ck_assert_uint_eq(m.jobs.n, 1);
	ck_assert_int_eq(m.jobs.v[0].state, WIRE_UNKNOWN);
	ck_assert_str_eq(m.jobs.v[0].key, "k");
	ck_assert(!order(c, WIRE_PURGE_JOBS, "leased").changed);
	ck_assert_int_eq(finish(w, lease), WIRE_STORED);
	m = hear(waiter, WIRE_JOBS);
	ck_assert_int_eq(m.jobs.v[0].state, WIRE_DONE);
	ck_assert(order(c, WIRE_PURGE_JOBS, "leased").changed);
	ck_assert_uint_eq(order(c, WIRE_PURGE_JOBS, "leased").id, 0);
	zmq_close(c);
	zmq_close(w);
	zmq_close(waiter);
}
END_TEST

START_TEST(a_number_that_is_no_job_is_answered_by_its_number)
{
	struct wire_reference ref = { .id = 4711 };
	struct wire_broker m;
	void *c;

	start_broker();
	c = call(clients);
	send_query(c, WIRE_GET, (struct wire_query){ .n = 1, .v = &ref });
	m = hear(c, WIRE_JOBS);
	ck_assert_int_eq(m.jobs.v[0].state, WIRE_UNKNOWN);
	ck_assert_uint_eq(m.jobs.v[0].id, 4711);
	zmq_close(c);
}
END_TEST

START_TEST(what_was_kept_long_enough_goes_by_itself)
{
	struct wire_reference ref = { .key = "a" };
	struct wire_broker m;
	void *c, *w;

	set.keep_articles_ms = 1;
	start_broker();
	c = call(clients);
	accepted(c, (struct wire_submission){ .key = "a" });
	accepted(c, (struct wire_submission){ .key = "waits", .delay_ms = 99999 });
	w = join(1, (struct wire_holds){ 0 });
	credit(w, 1);
	finish(w, take_one(w));
	for (bool has = true; has;) { /* the article, and not the result */
		send_query(c, WIRE_GET,
		           (struct wire_query){ .n = 1,
		                                .v = &ref,
		                                .with_article = true,
		                                .with_extraction = true });
		m = hear(c, WIRE_JOBS);
		ck_assert(m.jobs.v[0].has_extraction);
		has = m.jobs.v[0].has_article;
		nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
	}
	end_broker(SIGKILL);
	zmq_close(c);
	zmq_close(w);
	set.keep_ms = 1;
	start_broker();
	c = call(clients);
	become(c, "a", WIRE_UNKNOWN);
	ck_assert_int_eq(get(c, "waits").state, WIRE_DELAYED);
	ck_assert_uint_eq(stats(c).done, 0);
	ck_assert_uint_eq(stats(c).sequence, 1);
	zmq_close(c);
}
END_TEST

/* ---------------------------------------------------------------- after a restart */

START_TEST(a_lease_whose_worker_does_not_come_back_goes_to_another_soon)
{
	struct wire_held gone, kept, again;
	struct wire_broker m;
	void *c, *w, *other;

	set.grace_ms = 2000; /* of a lease of a minute */
	start_broker();
	c = call(clients);
	accepted(c, (struct wire_submission){ .key = "gone" });
	accepted(c, (struct wire_submission){ .key = "kept" });
	w = join(1, (struct wire_holds){ 0 });
	credit(w, 1);
	gone = take_one(w);
	other = join(2, (struct wire_holds){ 0 });
	credit(other, 1);
	kept = take_one(other);
	end_broker(SIGKILL);
	zmq_close(w);
	zmq_close(other);
	zmq_close(c);
	start_broker();
	c = call(clients);
	other = join(2, (struct wire_holds){ 1, &kept });
	ck_assert(why_is(c, "kept", "is with worker test"));
	credit(other, 2);
	again = take_one(other); /* well before the minute is over */
	ck_assert_uint_eq(again.job, gone.job);
	ck_assert_uint_gt(again.fence, gone.fence);
	ck_assert(!hear_within(other, QUIET_MS, &m)); /* its own it keeps */
	ck_assert_int_eq(finish(other, kept), WIRE_STORED);
	ck_assert_str_eq(get(c, "gone").reason, "its worker did not come back when the "
	                                        "broker had been restarted");
	zmq_close(c);
	zmq_close(other);
}
END_TEST

int
main(int argc, char *argv[])
{
	if (argc == 4)
		return be_broker(argv);

	Suite *s = suite_create("broker_life");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	suite_add_tcase(s, core);
	tcase_add_checked_fixture(core, setup, teardown);
	tcase_set_timeout(core, 120);
	tcase_add_test(core, a_delay_and_a_date_are_waited_for);
	tcase_add_test(core, a_lease_is_as_long_as_its_submission_said);
	tcase_add_test(core, attempts_are_as_many_as_its_submission_said);
	tcase_add_test(core, what_is_paused_is_dealt_to_nobody_until_it_is_resumed);
	tcase_add_test(core, what_drains_takes_nothing_new_and_works_off_the_rest);
	tcase_add_test(core, who_waits_for_what_is_purged_is_told_that_it_is_unknown);
	tcase_add_test(core, what_was_kept_long_enough_goes_by_itself);
	tcase_add_test(core,
	               a_lease_whose_worker_does_not_come_back_goes_to_another_soon);
	suite_add_tcase(s, limits);
	tcase_add_checked_fixture(limits, setup, teardown);
	tcase_set_timeout(limits, 120);
	tcase_add_test(limits, terms_that_are_none_are_refused_for_good);
	tcase_add_test(limits, a_tenant_has_no_more_unfinished_than_it_may);
	tcase_add_test(limits, a_tenant_has_no_more_bytes_unfinished_than_it_may);
	tcase_add_test(limits, a_tenant_submits_no_faster_than_it_may);
	tcase_add_test(limits, a_number_that_is_no_job_is_answered_by_its_number);
	return suite_run(s);
}
