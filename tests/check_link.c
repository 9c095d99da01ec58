/*
 * The link against a broker made of a ROUTER socket, which this file plays step
 * by step.  The link and its pool run in threads of their own, as in a worker;
 * the engine is a fake.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <zmq.h>

#include "log.h"

#include "worker/link.h"

#include "fake_work.h"
#include "suite.h"

enum { THREADS = 2, PREFETCH = 2, CAPACITY = THREADS * (1 + PREFETCH) };

static char dir[64], endpoint[128];
static void *zmq, *router;
static struct arena *in, *out;
static struct pool *pool;
static struct link *worker;
static struct link_options options;
static pthread_t thread;
static enum err ended;
static char said[512]; /* with what words */

static struct wire_worker got; /* the last message heard, and from whom */
static uint8_t peer[256];
static size_t peer_n;

/* ------------------------------------------------------------ the worker */

static void *
run(void *arg)
{
	ended = link_run(arg, pool);
	snprintf(said, sizeof said, "%s", err_text());
	return NULL;
}

static void
start_worker(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	options.signals = signalfd(-1, &set, SFD_NONBLOCK);
	ck_assert_int_ge(options.signals, 0);
	ck_assert_int_eq(pool_open(&fake_work, THREADS, &pool), OK);
	ck_assert_int_eq(link_open(&options, zmq, &worker), OK);
	ck_assert_int_eq(pthread_create(&thread, NULL, run, worker), 0);
}

static enum err
worker_ends(void)
{
	pthread_join(thread, NULL);
	fake.gate = true;
	link_close(worker);
	pool_close(pool);
	close(options.signals);
	worker = NULL;
	return ended;
}

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ------------------------------------------------------------ the broker */

static void
open_broker(void)
{
	const int wait = 10000, linger = 0;

	router = zmq_socket(zmq, ZMQ_ROUTER);
	ck_assert_ptr_nonnull(router);
	zmq_setsockopt(router, ZMQ_RCVTIMEO, &wait, sizeof wait);
	zmq_setsockopt(router, ZMQ_LINGER, &linger, sizeof linger);
	ck_assert_int_eq(zmq_bind(router, endpoint), 0);
}

static void
close_broker(void)
{
	zmq_close(router);
	router = NULL;
}

struct message {
	struct arena *a;
	struct bytes packed;
	struct wire_broker *to;
	enum err e;
};

static enum err
unpack(void *arg)
{
	struct message *m = arg;

	return wire_worker_read(in, m->packed, &got);
}

static enum err
pack(void *arg)
{
	struct message *m = arg;

	m->packed = wire_broker_write(out, m->to);
	return OK;
}

/* The worker's next message of any kind into `got`; false when none comes in time. */
static bool
hear_any(int wait_ms)
{
	static uint8_t bytes[1 << 20];
	struct message m = { .packed.v = bytes };
	int n;

	zmq_setsockopt(router, ZMQ_RCVTIMEO, &wait_ms, sizeof wait_ms);
	if ((n = zmq_recv(router, peer, sizeof peer, 0)) < 0)
		return false;
	peer_n = (size_t)n;
	n = zmq_recv(router, bytes, sizeof bytes, 0);
	ck_assert_int_ge(n, 0);
	ck_assert_int_le(n, (int)sizeof bytes);
	m.packed.n = (size_t)n;
	arena_reset(in);
	ck_assert_int_eq(arena_run(in, unpack, &m), OK);
	return true;
}

/* The next message of this kind within the time; others are passed over. */
static bool
hear_within(enum wire_worker_what what, int64_t ms)
{
	int64_t end = now_ms() + ms;

	while (now_ms() < end)
		if (hear_any((int)(end - now_ms()) + 1) && got.what == what)
			return true;
	return false;
}

static void
hear(enum wire_worker_what what)
{
	ck_assert_msg(hear_within(what, 10000), "no message %d from the worker", what);
}

static void
say_bytes(const void *bytes, size_t n)
{
	ck_assert_int_ge(zmq_send(router, peer, peer_n, ZMQ_SNDMORE), 0);
	ck_assert_int_ge(zmq_send(router, bytes, n, 0), 0);
}

static void
say(struct wire_broker to)
{
	struct message m = { .to = &to };

	ck_assert_int_eq(arena_run(out, pack, &m), OK);
	say_bytes(m.packed.v, m.packed.n);
	arena_reset(out);
}

static void
say_welcome(uint32_t heartbeat_ms, uint32_t lease_ms)
{
	say((struct wire_broker){
	    .what = WIRE_WELCOME,
	    .welcome = { heartbeat_ms, lease_ms, "a broker in a test" } });
}

/* A new worker is welcomed and has given its credit: articles may be sent. */
static void
welcome(uint32_t heartbeat_ms, uint32_t lease_ms)
{
	hear(WIRE_HELLO);
	say_welcome(heartbeat_ms, lease_ms);
	hear(WIRE_CREDIT);
	ck_assert_uint_eq(got.credit, CAPACITY);
}

struct packing {
	const char *text;
	struct body body;
};

static enum err
pack_article(void *arg)
{
	struct packing *p = arg;
	struct wire_article article = {
		.id = "a", .text = { strlen(p->text), (const uint8_t *)p->text }
	};

	p->body = body_close(in, wire_article_write(in, &article));
	return OK;
}

/* One article, under lease (job, 1). */
static void
give(uint64_t job, const char *text)
{
	struct packing p = { .text = text };
	struct wire_lease lease = { .job = job, .fence = 1, .attempt = 1 };

	ck_assert_int_eq(arena_run(in, pack_article, &p), OK);
	lease.article = p.body;
	say((struct wire_broker){ .what = WIRE_LEASES, .leases = { 1, &lease } });
}

static void
settle(uint64_t job, enum wire_settlement_status status)
{
	struct wire_settlement s = { { job, 1 }, status };

	say((struct wire_broker){ .what = WIRE_SETTLED, .settled = { 1, &s } });
}

static void
cancel(uint64_t job)
{
	struct wire_held lease = { job, 1 };

	say((struct wire_broker){ .what = WIRE_CANCEL, .cancel = { 1, &lease } });
}

static bool
names(struct wire_holds holds, uint64_t job)
{
	for (size_t i = 0; i < holds.n; i++)
		if (holds.v[i].job == job && holds.v[i].fence == 1)
			return true;
	return false;
}

/* The next report has one result and nothing else: of which job? */
static uint64_t
hear_result(void)
{
	hear(WIRE_REPORT);
	ck_assert_uint_eq(got.report.n_results, 1);
	ck_assert_uint_eq(got.report.n_failures, 0);
	ck_assert_str_eq(got.report.results[0].model, "fake-1");
	ck_assert_uint_eq(got.report.results[0].lease.fence, 1);
	return got.report.results[0].lease.job;
}

static void
wait_until_begun(int n)
{
	while (fake.begun < n)
		sleep_ms(1);
}

/* Reports of n results in all, in however many messages; each is settled. */
static void
settle_results(size_t n)
{
	while (n > 0) {
		hear(WIRE_REPORT);
		for (size_t i = 0; i < got.report.n_results; i++, n--)
			settle(got.report.results[i].lease.job, WIRE_STORED);
	}
}

/* A worker at rest at the end of most tests: it stops and has nothing to hand back. */
static void
stops_clean(void)
{
	kill(getpid(), SIGTERM);
	ck_assert_int_eq(worker_ends(), OK);
}

static void
setup(void)
{
	strcpy(dir, "/tmp/check_link.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(endpoint, sizeof endpoint, "ipc://%s/s", dir);
	options = (struct link_options){ .broker = endpoint,
		                         .model = "fake-1",
		                         .threads = THREADS,
		                         .prefetch = PREFETCH,
		                         .drain_ms = 10000 };
	ck_assert_int_eq(log_set_level("error"), OK);
	in = arena_new(64 << 20);
	out = arena_new(64 << 20);
	zmq = zmq_ctx_new();
	open_broker();
}

static void
teardown(void)
{
	if (router != NULL)
		close_broker();
	zmq_ctx_term(zmq);
	arena_free(in);
	arena_free(out);
	unlink(endpoint + strlen("ipc://"));
	rmdir(dir);
}

/* ---------------------------------------------------------------- core */

START_TEST(hello_names_the_worker_and_credit_is_its_capacity)
{
	char name[300];

	start_worker();
	hear(WIRE_HELLO);
	gethostname(name, sizeof name);
	snprintf(name + strlen(name), sizeof name - strlen(name), "/%d", (int)getpid());
	ck_assert_str_eq(got.hello.name, name);
	ck_assert_str_eq(got.hello.model, "fake-1");
	ck_assert_uint_eq(got.hello.threads, THREADS);
	ck_assert_uint_ne(got.hello.session, 0);
	ck_assert_uint_eq(got.hello.holds.n, 0);
	ck_assert(!hear_any(100)); /* nothing before the Welcome */
	say_welcome(1000, 60000);
	hear(WIRE_CREDIT);
	ck_assert_uint_eq(got.credit, CAPACITY);
	stops_clean();
}
END_TEST

START_TEST(articles_come_back_as_results_and_the_credit_with_them)
{
	start_worker();
	welcome(1000, 60000);
	for (uint64_t job = 1; job <= 20; job++) {
		give(job, "quick");
		ck_assert_uint_eq(hear_result(), job);
		ck_assert(!hear_within(WIRE_CREDIT, 20)); /* its place is not free yet */
		settle(job, WIRE_STORED);
		hear(WIRE_CREDIT);
		ck_assert_uint_eq(got.credit, 1);
	}
	stops_clean();
}
END_TEST

/* The broker uses every credit at once; what it has out and may send stays the same. */
START_TEST(credit_and_leases_never_exceed_the_capacity)
{
	enum { JOBS = 300 };
	uint64_t given = 0, settled = 0, credit = CAPACITY;

	start_worker();
	welcome(1000, 60000);
	while (settled < JOBS) {
		ck_assert(hear_any(10000));
		if (got.what == WIRE_CREDIT)
			credit += got.credit;
		ck_assert_uint_le(given - settled + credit, CAPACITY);
		for (size_t i = 0; got.what == WIRE_REPORT && i < got.report.n_results;
		     i++, settled++)
			settle(got.report.results[i].lease.job, WIRE_STORED);
		for (; credit > 0 && given < JOBS; credit--)
			give(given++, credit % 5 == 0 ? "slow" : "quick");
	}
	stops_clean();
}
END_TEST

START_TEST(a_result_is_sent_again_until_it_is_settled)
{
	start_worker();
	welcome(100000, 60000);
	give(7, "quick");
	for (int i = 0; i < 2; i++) /* at once, and after a second */
		ck_assert_uint_eq(hear_result(), 7);
	settle(7, _i == 0 ? WIRE_STORED : WIRE_STALE);
	settle(7, WIRE_STORED); /* a second answer to the second sending */
	ck_assert(!hear_within(WIRE_REPORT, 2500));
	stops_clean();
}
END_TEST

START_TEST(the_same_lease_twice_is_done_once)
{
	start_worker();
	welcome(1000, 60000);
	give(1, "wait");
	give(1, "wait");
	hear(WIRE_CREDIT); /* for the second of them */
	ck_assert_uint_eq(got.credit, 1);
	fake.gate = true;
	ck_assert_uint_eq(hear_result(), 1);
	settle(1, WIRE_STORED);
	ck_assert(!hear_within(WIRE_REPORT, 200));
	ck_assert_int_eq(fake.begun, 1);
	stops_clean();
}
END_TEST

START_TEST(what_is_at_work_or_waiting_is_touched)
{
	start_worker();
	welcome(1000, 3000);
	for (uint64_t job = 1; job <= 4; job++)
		give(job, job == 1 ? "quick" : "wait");
	ck_assert_uint_eq(hear_result(), 1); /* and is not settled */
	wait_until_begun(3);
	for (int i = 0; i < 2; i++) {
		int64_t before = now_ms();

		hear(WIRE_TOUCH);
		ck_assert_int_le(now_ms() - before, 2500);
		ck_assert_uint_eq(got.holds.n, 3);
		for (uint64_t job = 2; job <= 4; job++)
			ck_assert(names(got.holds, job));
	}
	kill(getpid(), SIGTERM);
	hear(WIRE_GOODBYE); /* 4, which must not begin now */
	fake.gate = true;
	settle(1, WIRE_STORED);
	settle(2, WIRE_STORED);
	settle(3, WIRE_STORED);
	ck_assert_int_eq(worker_ends(), OK);
}
END_TEST

START_TEST(a_worker_at_work_goes_on_beating)
{
	int beats = 0;
	int64_t end;

	start_worker();
	welcome(50, 60000);
	give(1, "wait");
	give(2, "wait");
	for (end = now_ms() + 1000; now_ms() < end;) {
		beats += hear_any(50) && got.what == WIRE_WORKER_HEARTBEAT;
		say((struct wire_broker){ .what = WIRE_BROKER_HEARTBEAT });
	}
	ck_assert_int_ge(beats, 10);
	ck_assert_int_le(beats, 21);
	fake.gate = true;
	settle_results(2);
	stops_clean();
}
END_TEST

/* ------------------------------------------------------------- failures */

static const struct {
	const char *text;
	bool final;
} bad[] = {
	{ "", true },
	{ "caf\xe9", true },
	{ "huge", true },
	{ "nomem", false },
};

START_TEST(a_failure_says_why_and_whether_trying_again_is_of_use)
{
	start_worker();
	welcome(1000, 60000);
	give(1, bad[_i].text);
	hear(WIRE_REPORT);
	ck_assert_uint_eq(got.report.n_results, 0);
	ck_assert_uint_eq(got.report.n_failures, 1);
	ck_assert_uint_eq(got.report.failures[0].lease.job, 1);
	ck_assert_str_ne(got.report.failures[0].reason, "");
	ck_assert(got.report.failures[0].final == bad[_i].final);
	settle(1, WIRE_STORED);
	give(2, "quick");
	settle(hear_result(), WIRE_STORED);
	stops_clean();
}
END_TEST

START_TEST(articles_beyond_the_credit_are_ignored)
{
	bool seen[CAPACITY + 3] = { false };

	ck_assert_int_eq(log_set_level("error"), OK);
	start_worker();
	welcome(1000, 60000);
	for (uint64_t job = 0; job < CAPACITY + 3; job++)
		give(job, "wait");
	wait_until_begun(THREADS);
	fake.gate = true;
	for (size_t n = 0; n < CAPACITY;) {
		hear(WIRE_REPORT);
		for (size_t i = 0; i < got.report.n_results; i++, n++)
			seen[got.report.results[i].lease.job] = true;
	}
	for (uint64_t job = 0; job < CAPACITY + 3; job++) {
		ck_assert(seen[job] == (job < CAPACITY));
		settle(job, WIRE_STORED);
	}
	hear(WIRE_CREDIT);
	stops_clean();
}
END_TEST

START_TEST(garbage_is_ignored)
{
	static const char *const rubbish[] = { "", "x", "\xff\xff\xff\xff",
		                               "GET / HTTP/1.1" };
	uint8_t noise[64];

	start_worker();
	welcome(1000, 60000);
	for (size_t i = 0; i < 4; i++)
		say_bytes(rubbish[i], strlen(rubbish[i]));
	srand(7);
	for (int i = 0; i < 500; i++) {
		for (size_t k = 0; k < sizeof noise; k++)
			noise[k] = (uint8_t)rand();
		say_bytes(noise, 1 + (size_t)rand() % sizeof noise);
	}
	for (int i = 0; i < 5; i++) { /* several frames */
		zmq_send(router, peer, peer_n, ZMQ_SNDMORE);
		zmq_send(router, "", 0, ZMQ_SNDMORE);
		zmq_send(router, "a", 1, ZMQ_SNDMORE);
		zmq_send(router, "b", 1, 0);
	}
	say_bytes("\x08\x09\x72\x00", 4); /* another version, after the Welcome */
	say((struct wire_broker){ .what = WIRE_SUBMITTED }); /* for clients */
	settle(99, WIRE_STORED);                             /* never held */
	cancel(99);
	give(1, "quick");
	settle(hear_result(), WIRE_STORED);
	stops_clean();
}
END_TEST

START_TEST(a_refused_version_ends_the_worker)
{
	start_worker();
	hear(WIRE_HELLO);
	say((struct wire_broker){ .what = WIRE_REFUSAL,
	                          .refusal = { .code = WIRE_REFUSAL_VERSION } });
	ck_assert_int_eq(worker_ends(), ERR_VERSION);
	ck_assert_ptr_nonnull(strstr(said, "version 1"));
}
END_TEST

START_TEST(a_broker_of_another_version_ends_the_worker)
{
	start_worker();
	hear(WIRE_HELLO);
	say_bytes("\x08\x09\xa2\x01\x00", 5); /* version 9: a Welcome */
	ck_assert_int_eq(worker_ends(), ERR_VERSION);
}
END_TEST

START_TEST(an_endpoint_that_is_none_ends_the_worker)
{
	options.broker = "nonsense";
	start_worker();
	ck_assert_int_eq(worker_ends(), ERR_USAGE);
	ck_assert_ptr_nonnull(strstr(said, "tcp://HOST:PORT"));
}
END_TEST

START_TEST(too_many_articles_at_once_are_refused)
{
	options.prefetch = LINK_HOLDS_MAX;
	ck_assert_int_eq(link_open(&options, zmq, &worker), ERR_USAGE);
	ck_assert_ptr_null(worker);
}
END_TEST

START_TEST(a_cancelled_article_is_not_reported)
{
	start_worker();
	welcome(1000, 60000);
	for (uint64_t job = 1; job <= 3; job++) /* two at work, one waits */
		give(job, "wait");
	wait_until_begun(2);
	cancel(1);
	cancel(3);
	hear(WIRE_CREDIT); /* for the one that waited */
	ck_assert_uint_eq(got.credit, 1);
	fake.gate = true;
	ck_assert_uint_eq(hear_result(), 2);
	ck_assert(!hear_within(WIRE_REPORT, 200));
	ck_assert_int_eq(fake.begun, 2);
	settle(2, WIRE_STORED);
	stops_clean();
}
END_TEST

/* -------------------------------------------------------- up and down */

START_TEST(a_new_connection_brings_the_holds_and_the_results)
{
	uint64_t session;
	bool seen[5] = { false };

	start_worker();
	hear(WIRE_HELLO);
	session = got.hello.session;
	say_welcome(1000, 60000);
	hear(WIRE_CREDIT);
	give(1, "quick");
	ck_assert_uint_eq(hear_result(), 1);
	give(2, "quick");
	ck_assert_uint_eq(hear_result(), 2);
	give(3, "wait");
	give(4, "wait");
	wait_until_begun(4);
	close_broker();
	open_broker();
	hear(WIRE_HELLO);
	ck_assert_uint_eq(got.hello.session, session);
	ck_assert_uint_eq(got.hello.holds.n, 4);
	for (uint64_t job = 1; job <= 4; job++)
		ck_assert(names(got.hello.holds, job));
	say_welcome(1000, 60000);
	hear(WIRE_REPORT);
	ck_assert_uint_eq(got.report.n_results, 2); /* both in one message */
	hear(WIRE_CREDIT);
	ck_assert_uint_eq(got.credit, CAPACITY - 4);
	fake.gate = true;
	for (int n = 0; n < 4;) {
		for (size_t i = 0; i < got.report.n_results; i++) {
			uint64_t job = got.report.results[i].lease.job;

			n += !seen[job];
			seen[job] = true;
			settle(job, WIRE_STORED);
		}
		if (n < 4)
			hear(WIRE_REPORT);
	}
	stops_clean();
}
END_TEST

START_TEST(a_silent_broker_is_called_again)
{
	uint8_t first[sizeof peer];
	size_t first_n;

	start_worker();
	welcome(50, 60000);
	first_n = peer_n;
	memcpy(first, peer, peer_n);
	int64_t before = now_ms();
	hear(WIRE_HELLO);
	ck_assert_int_ge(now_ms() - before, 100);
	ck_assert(first_n != peer_n || memcmp(first, peer, peer_n) != 0);
	say_welcome(1000, 60000);
	hear(WIRE_CREDIT);
	ck_assert_uint_eq(got.credit, CAPACITY);
	stops_clean();
}
END_TEST

START_TEST(a_broker_that_beats_is_not_called_again)
{
	int64_t end;

	start_worker();
	welcome(50, 60000);
	for (end = now_ms() + 1000; now_ms() < end;) {
		say((struct wire_broker){ .what = WIRE_BROKER_HEARTBEAT });
		if (hear_any(20))
			ck_assert_int_ne(got.what, WIRE_HELLO);
	}
	stops_clean();
}
END_TEST

START_TEST(a_worker_waits_for_its_broker)
{
	close_broker();
	start_worker();
	sleep_ms(700);
	open_broker();
	welcome(1000, 60000);
	stops_clean();
}
END_TEST

START_TEST(what_waited_longer_than_its_lease_is_not_begun)
{
	start_worker();
	welcome(1000, 400);
	for (uint64_t job = 1; job <= 4; job++)
		give(job, "wait");
	wait_until_begun(2);
	close_broker();
	sleep_ms(600);
	open_broker();
	do /* a call may have been under way when the last lease ran out */
		hear(WIRE_HELLO);
	while (got.hello.holds.n > 2);
	ck_assert(names(got.hello.holds, 1) && names(got.hello.holds, 2));
	say_welcome(1000, 400);
	hear(WIRE_CREDIT);
	ck_assert_uint_eq(got.credit, CAPACITY - 2);
	fake.gate = true;
	settle(1, WIRE_STALE);
	settle(2, WIRE_STALE);
	ck_assert(!hear_within(WIRE_REPORT, 0) || got.report.n_results <= 2);
	stops_clean();
	ck_assert_int_eq(fake.begun, 2);
}
END_TEST

/* ------------------------------------------------------------ the end */

START_TEST(a_drain_hands_back_what_waits_and_finishes_what_is_at_work)
{
	start_worker();
	welcome(1000, 60000);
	for (uint64_t job = 1; job <= 4; job++)
		give(job, "wait");
	wait_until_begun(2);
	sleep_ms(50); /* all four are there */
	kill(getpid(), SIGTERM);
	hear(WIRE_GOODBYE);
	ck_assert_uint_eq(got.holds.n, 2);
	ck_assert(names(got.holds, 3) && names(got.holds, 4));
	give(5, "quick"); /* was on its way */
	hear(WIRE_GOODBYE);
	ck_assert_uint_eq(got.holds.n, 1);
	ck_assert(names(got.holds, 5));
	fake.gate = true;
	settle_results(2);
	ck_assert_int_eq(worker_ends(), OK);
	ck_assert_int_eq(fake.begun, 2);
}
END_TEST

START_TEST(a_drain_ends_at_its_limit)
{
	int64_t before;

	options.drain_ms = 300;
	start_worker();
	welcome(1000, 60000);
	give(1, "wait");
	wait_until_begun(1);
	before = now_ms();
	kill(getpid(), SIGTERM);
	hear(WIRE_GOODBYE);
	ck_assert_uint_eq(got.holds.n, 0);
	hear(WIRE_GOODBYE);
	ck_assert_uint_eq(got.holds.n, 1);
	ck_assert(names(got.holds, 1));
	ck_assert_int_eq(worker_ends(), ERR_TIMEOUT);
	ck_assert_int_ge(now_ms() - before, 300);
	ck_assert_int_le(now_ms() - before, 3000);
}
END_TEST

START_TEST(a_drain_outlives_a_restart_of_the_broker)
{
	start_worker();
	welcome(1000, 60000);
	give(1, "wait");
	wait_until_begun(1);
	kill(getpid(), SIGTERM);
	hear(WIRE_GOODBYE);
	close_broker();
	fake.gate = true;
	sleep_ms(50);
	open_broker();
	hear(WIRE_HELLO);
	ck_assert_uint_eq(got.hello.holds.n, 1);
	say_welcome(1000, 60000);
	settle(hear_result(), WIRE_STORED);
	ck_assert_int_eq(worker_ends(), OK);
}
END_TEST

START_TEST(a_worker_without_a_broker_ends_at_once)
{
	int64_t before = now_ms();

	close_broker();
	start_worker();
	sleep_ms(100);
	stops_clean();
	ck_assert_int_le(now_ms() - before, 1500);
}
END_TEST

static void
core_tests(TCase *t)
{
	tcase_add_test(t, hello_names_the_worker_and_credit_is_its_capacity);
	tcase_add_test(t, articles_come_back_as_results_and_the_credit_with_them);
	tcase_add_test(t, credit_and_leases_never_exceed_the_capacity);
	tcase_add_loop_test(t, a_result_is_sent_again_until_it_is_settled, 0, 2);
	tcase_add_test(t, the_same_lease_twice_is_done_once);
	tcase_add_test(t, what_is_at_work_or_waiting_is_touched);
	tcase_add_test(t, a_worker_at_work_goes_on_beating);
}

static void
limit_tests(TCase *t)
{
	tcase_add_loop_test(t, a_failure_says_why_and_whether_trying_again_is_of_use, 0,
	                    4);
	tcase_add_test(t, articles_beyond_the_credit_are_ignored);
	tcase_add_test(t, garbage_is_ignored);
	tcase_add_test(t, a_refused_version_ends_the_worker);
	tcase_add_test(t, a_broker_of_another_version_ends_the_worker);
	tcase_add_test(t, an_endpoint_that_is_none_ends_the_worker);
	tcase_add_test(t, too_many_articles_at_once_are_refused);
	tcase_add_test(t, a_cancelled_article_is_not_reported);
}

static void
break_tests(TCase *t)
{
	tcase_add_test(t, a_new_connection_brings_the_holds_and_the_results);
	tcase_add_test(t, a_silent_broker_is_called_again);
	tcase_add_test(t, a_broker_that_beats_is_not_called_again);
	tcase_add_test(t, a_worker_waits_for_its_broker);
	tcase_add_test(t, what_waited_longer_than_its_lease_is_not_begun);
	tcase_add_test(t, a_drain_hands_back_what_waits_and_finishes_what_is_at_work);
	tcase_add_test(t, a_drain_ends_at_its_limit);
	tcase_add_test(t, a_drain_outlives_a_restart_of_the_broker);
	tcase_add_test(t, a_worker_without_a_broker_ends_at_once);
}

int
main(void)
{
	static const struct {
		const char *name;
		void (*add)(TCase *);
	} cases[] = { { "core", core_tests },
		      { "limits", limit_tests },
		      { "breaks", break_tests } };
	Suite *s = suite_create("link");

	for (size_t i = 0; i < 3; i++) {
		TCase *t = tcase_create(cases[i].name);

		suite_add_tcase(s, t);
		tcase_add_checked_fixture(t, setup, teardown);
		tcase_set_timeout(t, 60);
		cases[i].add(t);
	}
	return suite_run(s);
}
