/*
 * A whole broker in a process of its own, spoken to in raw messages; killed in
 * the middle, and looked at again.
 */
#include "tests/whole_broker.h"

/* ------------------------------------------------------------------------ core */

START_TEST(an_article_goes_in_and_its_result_comes_out)
{
	void *c, *w;

	start_broker();
	c = call(clients);
	ck_assert_int_eq(submit(c, "k", "He said so.").status, WIRE_ACCEPTED);
	ck_assert_int_eq(get(c, "k").state, WIRE_READY);
	w = join(1, (struct wire_holds){ 0 });
	credit(w, 1);
	struct wire_held lease = take_one(w);
	ck_assert_int_eq(get(c, "k").state, WIRE_LEASED);
	ck_assert_int_eq(finish(w, lease), WIRE_STORED);
	ck_assert_int_eq(finish(w, lease), WIRE_STORED); /* sent again: the same answer */
	struct wire_job job = get(c, "k");
	ck_assert_int_eq(job.state, WIRE_DONE);
	ck_assert(job.has_extraction);
	ck_assert_int_eq(get(c, "unknown").state, WIRE_UNKNOWN);
	struct wire_stats st = stats(c);
	ck_assert_uint_eq(st.done, 1);
	ck_assert_uint_eq(st.workers, 1);
	ck_assert_uint_eq(st.done_per_minute, 1);
	zmq_close(c);
	zmq_close(w);
	ck_assert_int_eq(end_broker(SIGTERM), 0);
}
END_TEST

START_TEST(a_key_is_one_job_over_a_restart)
{
	void *c;
	uint64_t id;

	start_broker();
	c = call(clients);
	id = submit(c, "k", "He said so.").id;
	ck_assert_int_eq(end_broker(SIGKILL), -SIGKILL);
	start_broker();
	struct wire_receipt again = submit(c, "k", "He said so.");
	ck_assert_int_eq(again.status, WIRE_EXISTS);
	ck_assert_uint_eq(again.id, id);
	ck_assert_int_eq(submit(c, "k", "She said so.").status, WIRE_CONFLICT);
	zmq_close(c);
}
END_TEST

/* Killed while receipts come in: each receipt's job is there. */
START_TEST(what_was_acknowledged_survives_kill_9)
{
	char key[16];
	int acknowledged = 0;
	void *c;

	start_broker();
	c = call(clients);
	for (int i = 0; i < 60; i++) {
		snprintf(key, sizeof key, "k%d", i);
		send_submit(c, key, key, (uint64_t)i + 1);
	}
	while (acknowledged < 10 + _i * 10) {
		struct wire_broker m = hear(c, WIRE_SUBMITTED);

		ck_assert_uint_eq(m.request, (uint64_t)++acknowledged);
		ck_assert_int_eq(m.submitted.v[0].status, WIRE_ACCEPTED);
	}
	end_broker(SIGKILL);
	zmq_close(c);
	start_broker();
	c = call(clients);
	for (int i = 0; i < acknowledged; i++) {
		snprintf(key, sizeof key, "k%d", i);
		ck_assert_int_eq(get(c, key).state, WIRE_READY);
		ck_assert_int_eq(submit(c, key, key).status, WIRE_EXISTS);
	}
	zmq_close(c);
}
END_TEST

START_TEST(a_worker_keeps_its_lease_over_a_restart)
{
	void *c, *w;
	struct wire_held lease;

	start_broker();
	c = call(clients);
	submit(c, "k", "He said so.");
	w = join(9, (struct wire_holds){ 0 });
	credit(w, 1);
	lease = take_one(w);
	end_broker(SIGKILL);
	zmq_close(w);
	start_broker();
	w = join(9, (struct wire_holds){ 1, &lease });
	void *other = join(10, (struct wire_holds){ 0 });
	struct wire_broker m;
	credit(other, 5);
	ck_assert(!hear_within(other, QUIET_MS, &m)); /* it is not given to another */
	ck_assert_int_eq(finish(w, lease), WIRE_STORED);
	ck_assert_int_eq(get(c, "k").attempts, 1);
	zmq_close(c);
	zmq_close(w);
	zmq_close(other);
}
END_TEST

START_TEST(a_session_that_reconnects_keeps_what_it_holds)
{
	void *c, *w, *again;
	struct wire_held one, two;
	struct wire_broker m;

	start_broker();
	c = call(clients);
	w = join(4, (struct wire_holds){ 0 });
	credit(w, 1);
	submit(c, "one", "One.");
	one = take_one(w);
	credit(w, 1);
	submit(c, "two", "Two.");
	two = take_one(w);
	again = join(4, (struct wire_holds){ 1, &one }); /* two never arrived */
	ck_assert_int_eq(get(c, "one").state, WIRE_LEASED);
	ck_assert_int_eq(get(c, "two").state, WIRE_READY);
	ck_assert_int_eq(get(c, "two").attempts, 0);
	credit(again, 1);
	m = hear(again, WIRE_LEASES);
	ck_assert_uint_eq(m.leases.v[0].job, two.job);
	ck_assert_uint_gt(m.leases.v[0].fence, two.fence);
	ck_assert_int_eq(finish(again, one), WIRE_STORED);
	ck_assert_uint_eq(stats(c).workers, 1);
	zmq_close(c);
	zmq_close(w);
	zmq_close(again);
}
END_TEST

START_TEST(what_a_worker_does_not_hold_any_more_is_cancelled)
{
	struct wire_held stale = { 1, 99 };
	void *w;

	start_broker();
	w = join(4, (struct wire_holds){ 1, &stale });
	struct wire_broker m = hear(w, WIRE_CANCEL);
	ck_assert_uint_eq(m.cancel.n, 1);
	ck_assert_uint_eq(m.cancel.v[0].fence, 99);
	zmq_close(w);
}
END_TEST

START_TEST(a_lease_that_runs_out_goes_to_another)
{
	void *c, *w, *other;
	struct wire_held first, second;

	set.lease_ms = 300;
	start_broker();
	c = call(clients);
	submit(c, "k", "He said so.");
	w = join(1, (struct wire_holds){ 0 });
	credit(w, 1);
	first = take_one(w);
	other = join(2, (struct wire_holds){ 0 });
	credit(other, 1);
	second = take_one(other);
	ck_assert_uint_eq(second.job, first.job);
	ck_assert_uint_gt(second.fence, first.fence);
	ck_assert_int_eq(give_up(w, first, "late", true), WIRE_STALE);
	ck_assert_int_eq(get(c, "k").state, WIRE_LEASED);
	ck_assert_int_eq(finish(w, first), WIRE_STORED); /* late, and as good */
	ck_assert_int_eq(finish(other, second), WIRE_STORED);
	ck_assert_uint_eq(stats(c).done, 1);
	zmq_close(c);
	zmq_close(w);
	zmq_close(other);
}
END_TEST

START_TEST(a_touch_keeps_a_lease)
{
	void *c, *w;
	struct wire_held lease;
	struct wire_broker m;

	set.lease_ms = 400;
	start_broker();
	c = call(clients);
	submit(c, "k", "He said so.");
	w = join(1, (struct wire_holds){ 0 });
	credit(w, 1);
	lease = take_one(w);
	for (int i = 0; i < 8; i++) {
		tell(w,
		     &(struct wire_worker){ .what = WIRE_TOUCH, .holds = { 1, &lease } });
		ck_assert(!hear_within(w, 100, &m)); /* no Cancel */
	}
	ck_assert_int_eq(get(c, "k").state, WIRE_LEASED);
	ck_assert_int_eq(get(c, "k").attempts, 1);
	zmq_close(c);
	zmq_close(w);
}
END_TEST

START_TEST(a_job_that_fails_too_often_is_dead_with_its_reason)
{
	void *c, *w;
	struct wire_job job;

	start_broker();
	c = call(clients);
	submit(c, "bad", "He said so.");
	w = join(1, (struct wire_holds){ 0 });
	credit(w, 2);
	ck_assert_int_eq(give_up(w, take_one(w), "first", false), WIRE_STORED);
	ck_assert_int_eq(get(c, "bad").state, WIRE_DELAYED);
	ck_assert_int_eq(give_up(w, take_one(w), "se\ncond\xff", false), WIRE_STORED);
	job = get(c, "bad");
	ck_assert_int_eq(job.state, WIRE_DEAD);
	ck_assert_str_eq(job.reason, "se cond?");
	ck_assert_uint_eq(job.attempts, 2);
	submit(c, "hopeless", "She said so.");
	credit(w, 1);
	ck_assert_int_eq(give_up(w, take_one(w), "never", true), WIRE_STORED);
	ck_assert_int_eq(get(c, "hopeless").state, WIRE_DEAD);
	zmq_close(c);
	zmq_close(w);
}
END_TEST

START_TEST(the_dead_are_listed_and_kicked)
{
	struct wire_selection which = { .reason = "nev" };
	struct wire_broker m;
	void *c, *w;

	start_broker();
	c = call(clients);
	w = join(1, (struct wire_holds){ 0 });
	submit(c, "hopeless", "She said so.");
	credit(w, 2);
	ck_assert_int_eq(give_up(w, take_one(w), "never", true), WIRE_STORED);
	ask(c, &(struct wire_client){ .what = WIRE_LIST_DEAD, .selection = which });
	m = hear(c, WIRE_JOBS);
	ck_assert_uint_eq(m.jobs.n, 1);
	ck_assert_str_eq(m.jobs.v[0].key, "hopeless");
	ck_assert_str_eq(m.jobs.v[0].reason, "never");
	ck_assert_str_eq(m.jobs.v[0].worker, "test");
	ck_assert(!m.jobs.more && m.jobs.next == 0);
	ask(c, &(struct wire_client){
	           .what = WIRE_ORDER, .act = WIRE_KICK_JOBS, .selection = which });
	ck_assert_uint_eq(hear(c, WIRE_ORDERED).ordered.changed, 1);
	m = hear(w, WIRE_LEASES);
	ck_assert_uint_eq(m.leases.v[0].attempt, 1);
	ck_assert(!order(c, WIRE_KICK_JOBS, "hopeless").changed);
	ck_assert_int_eq(order(c, WIRE_KICK_JOBS, "nobody").state, WIRE_UNKNOWN);
	zmq_close(c);
	zmq_close(w);
}
END_TEST

START_TEST(a_kick_that_was_answered_survives_kill_9)
{
	void *c, *w;

	start_broker();
	c = call(clients);
	w = join(1, (struct wire_holds){ 0 });
	submit(c, "hopeless", "She said so.");
	credit(w, 1);
	give_up(w, take_one(w), "never", true);
	ck_assert(order(c, WIRE_KICK_JOBS, "hopeless").changed);
	end_broker(SIGKILL);
	start_broker();
	ck_assert_int_eq(get(c, "hopeless").state, WIRE_READY);
	zmq_close(c);
	zmq_close(w);
}
END_TEST

/* Whether the sentence on this job begins so. */
START_TEST(each_state_has_its_sentence)
{
	struct wire_held lease;
	void *c, *w;

	start_broker();
	c = call(clients);
	submit(c, "a", "He said so.");
	submit(c, "b", "She said so.");
	ck_assert(why_is(c, "a", "waits: no worker is connected"));
	w = join(1, (struct wire_holds){ 0 });
	ck_assert(why_is(c, "a", "waits: it is the next, as soon"));
	ck_assert(why_is(c, "b", "waits: 1 article comes before it"));
	credit(w, 1);
	lease = take_one(w);
	ck_assert(why_is(c, "a", "is with worker test, for 0 s now, attempt 1 of 2"));
	give_up(w, lease, "broke", false);
	ck_assert(
	    why_is(c, "a", "is tried again in 1 s, after attempt 1 of 2 failed: broke"));
	order(c, WIRE_CANCEL_JOBS, "a");
	ck_assert(why_is(c, "a", "was cancelled"));
	credit(w, 2);
	give_up(w, take_one(w), "hopeless", true);
	ck_assert(
	    why_is(c, "b", "failed for good at attempt 1, by worker test: hopeless"));
	submit(c, "c", "They said so.");
	finish(w, take_one(w));
	ck_assert(why_is(c, "c", "is done"));
	ck_assert(why_is(c, "nobody", ""));
	zmq_close(c);
	zmq_close(w);
}
END_TEST

START_TEST(a_cancel_reaches_the_worker_and_who_waits)
{
	struct wire_reference ref = { .key = "long" };
	struct wire_held lease;
	struct wire_broker m;
	void *c, *w, *other;

	start_broker();
	c = call(clients);
	other = call(clients);
	w = join(1, (struct wire_holds){ 0 });
	submit(c, "long", "She said so.");
	credit(w, 1);
	lease = take_one(w);
	send_query(other, WIRE_WAIT,
	           (struct wire_query){ .n = 1, .v = &ref, .timeout_ms = 60000 });
	stats(other); /* so that the wait has begun */
	ck_assert(order(c, WIRE_CANCEL_JOBS, "long").changed);
	m = hear(w, WIRE_CANCEL);
	ck_assert_uint_eq(m.cancel.n, 1);
	ck_assert_uint_eq(m.cancel.v[0].fence, lease.fence);
	m = hear(other, WIRE_JOBS);
	ck_assert_int_eq(m.jobs.v[0].state, WIRE_CANCELLED);
	ck_assert_int_eq(finish(w, lease), WIRE_STALE);
	ck_assert_int_eq(get(c, "long").state, WIRE_CANCELLED);
	ck_assert_uint_eq(stats(c).leased, 0);
	zmq_close(c);
	zmq_close(other);
	zmq_close(w);
}
END_TEST

START_TEST(a_damaged_result_is_a_failure)
{
	void *c, *w;
	struct wire_result r = { .model = "m",
		                 .extraction = {
		                     CODING_ZSTD, 9, { 3, (const uint8_t *)"abc" } } };
	struct wire_worker m = { .what = WIRE_REPORT,
		                 .report = { .n_results = 1, .results = &r } };

	start_broker();
	c = call(clients);
	submit(c, "k", "He said so.");
	w = join(1, (struct wire_holds){ 0 });
	credit(w, 1);
	r.lease = take_one(w);
	tell(w, &m);
	ck_assert_int_eq(settlement(w), WIRE_STORED);
	ck_assert_int_eq(get(c, "k").state, WIRE_DELAYED);
	ck_assert_ptr_nonnull(strstr(get(c, "k").reason, "damaged"));
	zmq_close(c);
	zmq_close(w);
}
END_TEST

START_TEST(goodbye_hands_back_without_cost)
{
	void *c, *w;
	struct wire_held lease;

	start_broker();
	c = call(clients);
	submit(c, "k", "He said so.");
	w = join(1, (struct wire_holds){ 0 });
	credit(w, 1);
	lease = take_one(w);
	tell(w, &(struct wire_worker){ .what = WIRE_GOODBYE, .holds = { 1, &lease } });
	void *other = join(2, (struct wire_holds){ 0 });
	credit(other, 1);
	ck_assert_uint_eq(take_one(other).job, lease.job);
	ck_assert_uint_eq(get(c, "k").attempts, 1);
	zmq_close(c);
	zmq_close(w);
	zmq_close(other);
}
END_TEST

/* One thread, three articles: only the first can have been its end. */
START_TEST(a_lost_worker_costs_an_attempt_only_where_it_was_at_work)
{
	static const char *const keys[] = { "a", "b", "c" };
	void *c, *w, *other;
	struct wire_broker m;
	size_t n = 0;

	set.heartbeat_ms = 100;
	start_broker();
	c = call(clients);
	for (int i = 0; i < 3; i++)
		submit(c, keys[i], keys[i]);
	w = join(1, (struct wire_holds){ 0 });
	credit(w, 3);
	ck_assert_uint_eq(hear(w, WIRE_LEASES).leases.n, 3);
	zmq_close(w);
	other = join(2, (struct wire_holds){ 0 });
	credit(other, 3);
	while (n < 3) {
		tell(other, &(struct wire_worker){ .what = WIRE_WORKER_HEARTBEAT });
		if (hear_within(other, 50, &m))
			n += m.leases.n;
	}
	ck_assert_uint_eq(get(c, "a").attempts, 2);
	ck_assert_uint_eq(get(c, "b").attempts, 1);
	ck_assert_uint_eq(get(c, "c").attempts, 1);
	zmq_close(c);
	zmq_close(other);
}
END_TEST

START_TEST(no_worker_gets_more_than_it_asked_for)
{
	char key[] = "a";
	void *c, *w, *other;
	struct wire_broker m;

	start_broker();
	c = call(clients);
	w = join(1, (struct wire_holds){ 0 });
	other = join(2, (struct wire_holds){ 0 });
	credit(w, 2);
	credit(other, 2);
	stats(c); /* so that both credits have been read: same loop */
	struct timespec pause = { .tv_nsec = 50000000 };
	nanosleep(&pause, NULL);
	struct wire_submission v[10];
	char keys[10][2];
	for (int i = 0; i < 10; i++, key[0]++) {
		memcpy(keys[i], key, 2);
		v[i] =
		    (struct wire_submission){ .key = keys[i], .article = pack(keys[i]) };
	}
	ask(c, &(struct wire_client){ .what = WIRE_SUBMIT, .submit = { 10, v } });
	ck_assert_uint_eq(hear(c, WIRE_SUBMITTED).submitted.n, 10);
	ck_assert_uint_eq(hear(w, WIRE_LEASES).leases.n,
	                  2); /* and fair between the two */
	ck_assert_uint_eq(hear(other, WIRE_LEASES).leases.n, 2);
	ck_assert(!hear_within(w, QUIET_MS, &m));
	ck_assert_uint_eq(stats(c).ready, 6);
	zmq_close(c);
	zmq_close(w);
	zmq_close(other);
}
END_TEST

START_TEST(a_wait_is_told_each_job_as_it_ends)
{
	struct wire_reference refs[] = { { .key = "a" },
		                         { .key = "b" },
		                         { .key = "none" } };
	void *c, *w;
	struct wire_broker m;

	start_broker();
	c = call(clients);
	submit(c, "a", "A.");
	submit(c, "b", "B.");
	w = join(1, (struct wire_holds){ 0 });
	credit(w, 2);
	m = hear(w, WIRE_LEASES);
	struct wire_held two[] = { { m.leases.v[0].job, m.leases.v[0].fence },
		                   { m.leases.v[1].job, m.leases.v[1].fence } };
	send_query(c, WIRE_WAIT,
	           (struct wire_query){ .n = 3, .v = refs, .timeout_ms = 60000 });
	m = hear(c, WIRE_JOBS);
	ck_assert(m.jobs.more && m.jobs.n == 1);
	ck_assert_int_eq(m.jobs.v[0].state, WIRE_UNKNOWN);
	ck_assert_str_eq(m.jobs.v[0].key, "none");
	finish(w, two[1]);
	m = hear(c, WIRE_JOBS);
	ck_assert(m.jobs.more && m.jobs.n == 1);
	ck_assert_str_eq(m.jobs.v[0].key, "b");
	finish(w, two[0]);
	m = hear(c, WIRE_JOBS);
	ck_assert(!m.jobs.more && m.jobs.n == 1);
	ck_assert_str_eq(m.jobs.v[0].key, "a");
	ck_assert_int_eq(m.jobs.v[0].state, WIRE_DONE);
	zmq_close(c);
	zmq_close(w);
}
END_TEST

START_TEST(a_wait_ends_when_its_time_is_up)
{
	struct wire_reference ref = { .key = "a" };
	struct wire_broker m;
	void *c;

	start_broker();
	c = call(clients);
	submit(c, "a", "A.");
	send_query(c, WIRE_WAIT,
	           (struct wire_query){ .n = 1, .v = &ref, .timeout_ms = 200 });
	ck_assert(!hear_within(c, 100, &m));
	m = hear(c, WIRE_JOBS);
	ck_assert(!m.jobs.more);
	ck_assert_int_eq(m.jobs.v[0].state, WIRE_READY);
	zmq_close(c);
}
END_TEST

START_TEST(a_watch_replays_and_goes_on)
{
	char key[] = "a";
	void *c, *w;
	struct wire_held leases[4];
	uint64_t seen = 1;

	start_broker();
	c = call(clients);
	w = join(1, (struct wire_holds){ 0 });
	for (int i = 0; i < 4; i++, key[0]++) {
		submit(c, key, key);
		credit(w, 1);
		leases[i] = take_one(w);
	}
	for (int i = 0; i < 3; i++)
		finish(w, leases[i]);
	send_query(c, WIRE_WATCH, (struct wire_query){ .after = seen });
	while (seen < 3) {
		struct wire_broker m = hear(c, WIRE_JOBS);

		ck_assert(m.jobs.more);
		for (size_t i = 0; i < m.jobs.n; i++)
			ck_assert_uint_eq(m.jobs.v[i].sequence, ++seen);
	}
	give_up(w, leases[3], "no", true);
	struct wire_broker m = hear(c, WIRE_JOBS);
	ck_assert_uint_eq(m.jobs.v[0].sequence, 4);
	ck_assert_int_eq(m.jobs.v[0].state, WIRE_DEAD);
	zmq_close(c);
	zmq_close(w);
}
END_TEST

/* ---------------------------------------------------------------------- limits */

enum { SLOW_JOBS = 900, SLOW_TEXT = 3000 };

static void
submit_many(void *c)
{
	static struct wire_submission v[SLOW_JOBS];
	static char keys[SLOW_JOBS][8], text[SLOW_TEXT + 1];
	unsigned random = 1;

	for (int i = 0; i < SLOW_JOBS; i++) {
		for (int k = 0; k < SLOW_TEXT; k++)
			text[k] = (char)('!' + (random = random * 1103515245 + 12345) %
			                           2147483647 / 65536 % 90);
		snprintf(keys[i], sizeof keys[i], "%d", i);
		v[i] = (struct wire_submission){ .key = keys[i], .article = pack(text) };
	}
	ask(c, &(struct wire_client){ .what = WIRE_SUBMIT, .submit = { SLOW_JOBS, v } });
	ck_assert_uint_eq(hear(c, WIRE_SUBMITTED).submitted.n, SLOW_JOBS);
}

/* It reads nothing while more ends than all buffers hold; then everything. */
START_TEST(a_slow_watcher_misses_nothing)
{
	void *c, *w, *slow;
	int one = 1, small = 4096;
	uint64_t seen = 0, most = 0;

	set.max_message = 16 << 20;
	set.max_queue = SLOW_JOBS;
	start_broker();
	c = call(clients);
	slow = zmq_socket(context, ZMQ_DEALER);
	zmq_setsockopt(slow, ZMQ_RCVHWM, &one, sizeof one);
	zmq_setsockopt(slow, ZMQ_RCVBUF, &small, sizeof small);
	ck_assert_int_eq(zmq_connect(slow, clients), 0);
	send_query(slow, WIRE_WATCH, (struct wire_query){ .with_article = true });
	submit_many(c);
	w = join(1, (struct wire_holds){ 0 });
	for (int i = 0; i < SLOW_JOBS; i++) {
		credit(w, 1);
		ck_assert_int_eq(finish(w, take_one(w)), WIRE_STORED);
		arena_reset(a);
	}
	ck_assert_uint_eq(stats(c).done, SLOW_JOBS); /* nobody else is held up */
	while (seen < SLOW_JOBS) {
		struct wire_broker m = hear(slow, WIRE_JOBS);

		for (size_t i = 0; i < m.jobs.n; i++)
			ck_assert_uint_eq(m.jobs.v[i].sequence, ++seen);
		most = m.jobs.n > most ? m.jobs.n : most;
		arena_reset(a);
	}
	ck_assert_uint_gt(most, 1); /* it did wait, and then sent many at once */
	zmq_close(c);
	zmq_close(w);
	zmq_close(slow);
}
END_TEST

START_TEST(a_full_queue_refuses_for_now)
{
	void *c;
	struct wire_receipt r;

	set.max_queue = 1;
	start_broker();
	c = call(clients);
	ck_assert_int_eq(submit(c, "a", "A.").status, WIRE_ACCEPTED);
	r = submit(c, "b", "B.");
	ck_assert_int_eq(r.status, WIRE_REFUSED);
	ck_assert_uint_gt(r.retry_after_ms, 0);
	ck_assert_uint_gt(strlen(r.reason), 0);
	ck_assert_int_eq(submit(c, "a", "A.").status, WIRE_EXISTS);
	zmq_close(c);
}
END_TEST

START_TEST(a_disk_that_is_nearly_full_refuses_for_now)
{
	void *c;
	struct wire_receipt r;

	set.min_free = INT64_MAX;
	start_broker();
	c = call(clients);
	r = submit(c, "a", "A.");
	ck_assert_int_eq(r.status, WIRE_REFUSED);
	ck_assert_uint_gt(r.retry_after_ms, 0);
	ck_assert_ptr_nonnull(strstr(r.reason, "disk"));
	zmq_close(c);
}
END_TEST

START_TEST(bad_submissions_do_not_harm_their_neighbours)
{
	void *c;
	struct wire_submission v[] = { { .key = "", .article = pack("A.") },
		                       { .key = "empty", .article = pack("") },
		                       { .key = "latin", .article = pack("caf\xe9") },
		                       { .key = "good", .article = pack("G.") },
		                       { .key = "new\nline", .article = pack("N.") } };
	struct wire_broker m;

	start_broker();
	c = call(clients);
	ask(c, &(struct wire_client){ .what = WIRE_SUBMIT, .submit = { 5, v } });
	m = hear(c, WIRE_SUBMITTED);
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(m.submitted.v[i].status,
		                 i == 3 ? WIRE_ACCEPTED : WIRE_REFUSED);
		ck_assert_uint_eq(m.submitted.v[i].retry_after_ms, 0);
	}
	ck_assert_ptr_nonnull(
	    strstr(m.submitted.v[2].reason, "3")); /* where it goes wrong */
	zmq_close(c);
}
END_TEST

START_TEST(nonsense_is_answered_and_survived)
{
	void *c, *w;
	struct wire_broker m = { 0 };
	unsigned random = 1;

	start_broker();
	c = call(clients);
	w = call(workers);
	for (int i = 0; i < 500; i++) {
		uint8_t bytes[64];
		size_t n = 1 + (size_t)(i % 64);

		for (size_t k = 0; k < n; k++)
			bytes[k] =
			    (uint8_t)((random = random * 1103515245 + 12345) >> 16);
		zmq_send(i & 1 ? c : w, bytes, n, 0);
	}
	zmq_send(c, "", 0, 0);
	for (int i = 0; i < 200; i++)
		zmq_send(c, "", 0, i < 199 ? ZMQ_SNDMORE : 0);
	send_submit(c, "k", "He said so.", 1);
	while (hear_within(c, ANSWER_MS, &m) && m.what != WIRE_SUBMITTED)
		ck_assert_int_eq(m.what, WIRE_REFUSAL);
	ck_assert_int_eq(m.submitted.v[0].status, WIRE_ACCEPTED);
	zmq_close(c);
	zmq_close(w);
	ck_assert_int_eq(end_broker(SIGTERM), 0);
}
END_TEST

/* Field 1 is the version. */
START_TEST(another_version_is_told_which_are_spoken)
{
	static const uint8_t newer[] = { 1 << 3, 99, 2 << 3, 42 };
	void *c;
	struct wire_broker m;

	start_broker();
	c = call(clients);
	zmq_send(c, newer, sizeof newer, 0);
	m = hear(c, WIRE_REFUSAL);
	ck_assert_int_eq(m.refusal.code, WIRE_REFUSAL_VERSION);
	ck_assert_uint_eq(m.refusal.supported[0], WIRE_VERSION);
	ck_assert_uint_eq(m.request, 42);
	zmq_close(c);
}
END_TEST

START_TEST(a_message_over_the_limit_is_refused)
{
	static char big[2 << 20];
	void *c;

	start_broker();
	c = call(clients);
	zmq_send(c, big, sizeof big, 0);
	ck_assert_int_eq(hear(c, WIRE_REFUSAL).refusal.code, WIRE_REFUSAL_TOO_BIG);
	zmq_close(c);
}
END_TEST

START_TEST(waits_are_bounded)
{
	struct wire_reference ref = { .key = "a" };
	struct wire_broker m;
	void *c;

	start_broker();
	c = call(clients);
	submit(c, "a", "A.");
	for (int i = 0; i < set.max_waits + 1; i++)
		send_query(c, WIRE_WAIT,
		           (struct wire_query){ .n = 1, .v = &ref, .timeout_ms = 60000 });
	m = hear(c, WIRE_REFUSAL);
	ck_assert_int_eq(m.refusal.code, WIRE_REFUSAL_BUSY);
	ck_assert_uint_gt(m.refusal.retry_after_ms, 0);
	zmq_close(c);
}
END_TEST

START_TEST(a_watch_from_the_future_is_refused)
{
	void *c;

	start_broker();
	c = call(clients);
	send_query(c, WIRE_WATCH, (struct wire_query){ .after = 1 });
	ck_assert_int_eq(hear(c, WIRE_REFUSAL).refusal.code, WIRE_REFUSAL_OTHER);
	zmq_close(c);
}
END_TEST

START_TEST(an_unknown_worker_is_asked_to_say_hello)
{
	void *w;

	start_broker();
	w = call(workers);
	credit(w, 1);
	ck_assert_int_eq(hear(w, WIRE_REFUSAL).refusal.code, WIRE_REFUSAL_OTHER);
	zmq_close(w);
}
END_TEST

START_TEST(closing_refuses_articles_and_takes_results)
{
	void *c, *w;
	struct wire_held lease;
	struct wire_broker m;
	int status;

	start_broker();
	c = call(clients);
	submit(c, "k", "He said so.");
	w = join(1, (struct wire_holds){ 0 });
	credit(w, 2);
	lease = take_one(w);
	kill(broker, SIGTERM);
	struct timespec pause = { .tv_nsec = 100000000 };
	nanosleep(&pause, NULL);
	send_submit(c, "late", "Late.", 1);
	m = hear(c, WIRE_REFUSAL);
	ck_assert_int_eq(m.refusal.code, WIRE_REFUSAL_CLOSING);
	ck_assert_int_eq(finish(w, lease), WIRE_STORED);
	ck_assert_int_eq(waitpid(broker, &status, 0), broker);
	broker = 0;
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	start_broker();
	ck_assert_int_eq(get(c, "k").state, WIRE_DONE);
	zmq_close(c);
	zmq_close(w);
}
END_TEST

START_TEST(closing_does_not_wait_for_ever)
{
	void *c, *w;

	set.drain_ms = 200;
	start_broker();
	c = call(clients);
	submit(c, "k", "He said so.");
	w = join(1, (struct wire_holds){ 0 });
	credit(w, 1);
	take_one(w);
	ck_assert_int_eq(end_broker(SIGTERM), 0);
	zmq_close(c);
	zmq_close(w);
}
END_TEST

START_TEST(a_second_broker_is_told_of_the_first)
{
	struct broker *b = NULL;
	char pid[32];

	start_broker();
	ck_assert_int_eq(broker_open(&set, &b), ERR_BUSY);
	ck_assert_ptr_null(b);
	snprintf(pid, sizeof pid, " %d:", (int)broker);
	ck_assert_ptr_nonnull(strstr(err_text(), pid));
}
END_TEST

START_TEST(an_address_in_use_is_not_taken_over)
{
	const struct ports_options o = { { clients, workers }, .heartbeat_ms = 5000 };
	struct ports *p = NULL;
	void *c;

	start_broker();
	ck_assert_int_eq(ports_open(&o, &p), ERR_BUSY);
	ck_assert_ptr_null(p);
	c = call(clients);
	ck_assert_int_eq(submit(c, "k", "He said so.").status, WIRE_ACCEPTED);
	zmq_close(c);
}
END_TEST

START_TEST(other_machines_reach_it_by_key_alone)
{
	static const char *const wrong[] = { "udp://127.0.0.1:1", "127.0.0.1:5570",
		                             "tcp://127.0.0.1",   "ipc://",
		                             "inproc://x",        "" };
	static const char *const far[] = { "tcp://0.0.0.0:5570", "tcp://*:5570",
		                           "tcp://192.168.1.1:5570", "tcp://[::]:5570" };
	static const char *const near[] = { "tcp://127.0.0.1:5570", "tcp://127.0.0.2:*",
		                            "tcp://localhost:5570", "tcp://[::1]:5570",
		                            "ipc:///tmp/x" };
	const struct ports_options o = { { "tcp://*:*", workers }, .heartbeat_ms = 5000 };
	struct ports *p;

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		ck_assert_int_eq(ports_check(wrong[i]), ERR_USAGE);
	for (size_t i = 0; i < sizeof far / sizeof far[0]; i++) {
		ck_assert_int_eq(ports_check(far[i]), OK);
		ck_assert(ports_is_far(far[i]));
	}
	for (size_t i = 0; i < sizeof near / sizeof near[0]; i++) {
		ck_assert_int_eq(ports_check(near[i]), OK);
		ck_assert(!ports_is_far(near[i]));
	}
	ck_assert_int_eq(ports_open(&o, &p), ERR_USAGE); /* and there are none */
}
END_TEST

int
main(int argc, char *argv[])
{
	if (argc == 4)
		return be_broker(argv);

	Suite *s = suite_create("broker");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	suite_add_tcase(s, core);
	tcase_add_checked_fixture(core, setup, teardown);
	tcase_set_timeout(core, 120);
	tcase_add_test(core, an_article_goes_in_and_its_result_comes_out);
	tcase_add_test(core, a_key_is_one_job_over_a_restart);
	tcase_add_loop_test(core, what_was_acknowledged_survives_kill_9, 0, 5);
	tcase_add_test(core, a_worker_keeps_its_lease_over_a_restart);
	tcase_add_test(core, a_session_that_reconnects_keeps_what_it_holds);
	tcase_add_test(core, what_a_worker_does_not_hold_any_more_is_cancelled);
	tcase_add_test(core, a_lease_that_runs_out_goes_to_another);
	tcase_add_test(core, a_touch_keeps_a_lease);
	tcase_add_test(core, a_job_that_fails_too_often_is_dead_with_its_reason);
	tcase_add_test(core, the_dead_are_listed_and_kicked);
	tcase_add_test(core, a_kick_that_was_answered_survives_kill_9);
	tcase_add_test(core, each_state_has_its_sentence);
	tcase_add_test(core, a_cancel_reaches_the_worker_and_who_waits);
	tcase_add_test(core, a_damaged_result_is_a_failure);
	tcase_add_test(core, goodbye_hands_back_without_cost);
	tcase_add_test(core, a_lost_worker_costs_an_attempt_only_where_it_was_at_work);
	tcase_add_test(core, no_worker_gets_more_than_it_asked_for);
	tcase_add_test(core, a_wait_is_told_each_job_as_it_ends);
	tcase_add_test(core, a_wait_ends_when_its_time_is_up);
	tcase_add_test(core, a_watch_replays_and_goes_on);
	suite_add_tcase(s, limits);
	tcase_add_checked_fixture(limits, setup, teardown);
	tcase_set_timeout(limits, 120);
	tcase_add_test(limits, a_slow_watcher_misses_nothing);
	tcase_add_test(limits, a_message_over_the_limit_is_refused);
	tcase_add_test(limits, a_full_queue_refuses_for_now);
	tcase_add_test(limits, a_disk_that_is_nearly_full_refuses_for_now);
	tcase_add_test(limits, bad_submissions_do_not_harm_their_neighbours);
	tcase_add_test(limits, nonsense_is_answered_and_survived);
	tcase_add_test(limits, another_version_is_told_which_are_spoken);
	tcase_add_test(limits, waits_are_bounded);
	tcase_add_test(limits, a_watch_from_the_future_is_refused);
	tcase_add_test(limits, an_unknown_worker_is_asked_to_say_hello);
	tcase_add_test(limits, closing_refuses_articles_and_takes_results);
	tcase_add_test(limits, closing_does_not_wait_for_ever);
	tcase_add_test(limits, a_second_broker_is_told_of_the_first);
	tcase_add_test(limits, an_address_in_use_is_not_taken_over);
	tcase_add_test(limits, other_machines_reach_it_by_key_alone);
	return suite_run(s);
}
