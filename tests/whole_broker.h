#ifndef WHOLE_BROKER_H
#define WHOLE_BROKER_H

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <zmq.h>

#include "broker/broker.h"
#include "log.h"
#include "suite.h"
#include "temp_dir.h"
#include "wire.h"

/*
 * A whole broker in a process of its own, for tests that speak to it in raw messages.
 * Their main begins with: if (argc == 4) return be_broker(argv);
 */
enum { ANSWER_MS = 20000, QUIET_MS = 150 };

static char dir[128], clients[160], workers[160];
static struct settings set;
static pid_t broker;
static void *context;
static struct arena *a;

/* ------------------------------------------------------------------ the broker */

/*
 * This program again, with the settings as they are in memory, so that the
 * broker starts in a process without threads.  Told to the child by number.
 */
static inline void
start_broker(void)
{
	int ready[2], settings[2];
	char in[16], out[16], c;

	ck_assert_int_eq(pipe(ready), 0);
	ck_assert_int_eq(pipe(settings), 0);
	snprintf(in, sizeof in, "%d", settings[0]);
	snprintf(out, sizeof out, "%d", ready[1]);
	broker = fork();
	ck_assert_int_ge(broker, 0);
	if (broker == 0) {
		execl("/proc/self/exe", "whole-broker", dir, in, out, (char *)NULL);
		_exit(97);
	}
	close(ready[1]);
	close(settings[0]);
	ck_assert_int_eq(write(settings[1], &set, sizeof set), sizeof set);
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	close(ready[0]);
	close(settings[1]);
}

static inline void
name_places(void)
{
	snprintf(clients, sizeof clients, "ipc://%s/clients", dir);
	snprintf(workers, sizeof workers, "ipc://%s/workers", dir);
	set.data = dir;
	set.clients = clients;
	set.workers = workers;
}

/* In the child.  Its exit status is err_exit_status, as the program's. */
static inline int
be_broker(char *argv[])
{
	struct broker *b = NULL;
	enum err e;

	snprintf(dir, sizeof dir, "%s", argv[1]);
	if (read(atoi(argv[2]), &set, sizeof set) != sizeof set ||
	    freopen("/dev/null", "w", stderr) == NULL)
		return 99;
	name_places();
	e = broker_open(&set, &b);
	if (e == OK && write(atoi(argv[3]), "r", 1) != 1)
		return 98;
	if (e == OK)
		e = broker_run(b);
	broker_close(b);
	return err_exit_status(e);
}

static inline int
end_broker(int sig)
{
	int status = 0;

	kill(broker, sig);
	ck_assert_int_eq(waitpid(broker, &status, 0), broker);
	broker = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static inline void
setup(void)
{
	temp_dir_make(dir, sizeof dir);
	set = (struct settings){
		.lease_ms = 60000,
		.heartbeat_ms = 5000,
		.drain_ms = 3000,
		.grace_ms = 60000,
		.attempts = 2,
		.max_queue = 100,
		.max_message = 1 << 20,
		.max_peers = 100,
		.max_waits = 10,
	};
	name_places();
	a = arena_new(64 << 20);
	context = zmq_ctx_new();
}

static inline void
teardown(void)
{
	if (broker != 0)
		end_broker(SIGKILL);
	zmq_ctx_term(context);
	arena_free(a);
	temp_dir_remove(dir);
}

/* --------------------------------------------------------------------- talking */

static inline void *
call(const char *endpoint)
{
	void *s = zmq_socket(context, ZMQ_DEALER);
	int linger = 0;

	zmq_setsockopt(s, ZMQ_LINGER, &linger, sizeof linger);
	ck_assert_int_eq(zmq_connect(s, endpoint), 0);
	return s;
}

struct writing {
	const struct wire_client *client;
	const struct wire_worker *worker;
	struct bytes out;
};

static inline enum err
run_write(void *arg)
{
	struct writing *w = arg;

	w->out = w->client != NULL ? wire_client_write(a, w->client)
	                           : wire_worker_write(a, w->worker);
	return OK;
}

static inline void
say(void *s, struct writing w)
{
	ck_assert_int_eq(arena_run(a, run_write, &w), OK);
	ck_assert_int_eq(zmq_send(s, w.out.v, w.out.n, 0), (int)w.out.n);
}

static inline void
ask(void *s, const struct wire_client *m)
{
	say(s, (struct writing){ .client = m });
}

static inline void
tell(void *s, const struct wire_worker *m)
{
	say(s, (struct writing){ .worker = m });
}

struct reading {
	zmq_msg_t message;
	struct wire_broker m;
};

static inline enum err
run_read(void *arg)
{
	struct reading *r = arg;

	return wire_broker_read(
	    a, (struct bytes){ zmq_msg_size(&r->message), zmq_msg_data(&r->message) },
	    &r->m);
}

/* The next message but heartbeats; false when none comes in this time. */
static inline bool
hear_within(void *s, int ms, struct wire_broker *ret)
{
	struct reading r;
	int got;

	zmq_setsockopt(s, ZMQ_RCVTIMEO, &ms, sizeof ms);
	do {
		zmq_msg_init(&r.message);
		got = zmq_msg_recv(&r.message, s, 0);
		if (got >= 0)
			ck_assert_int_eq(arena_run(a, run_read, &r), OK);
		zmq_msg_close(&r.message);
	} while (got >= 0 && r.m.what == WIRE_BROKER_HEARTBEAT);
	if (got >= 0)
		*ret = r.m;
	return got >= 0;
}

static inline struct wire_broker
hear(void *s, enum wire_broker_what what)
{
	struct wire_broker m = { 0 };

	ck_assert(hear_within(s, ANSWER_MS, &m));
	ck_assert_int_eq(m.what, what);
	return m;
}

/* ------------------------------------------------------- what clients and workers say */

struct packing {
	const char *text;
	struct body body;
};

static inline enum err
run_pack(void *arg)
{
	struct packing *p = arg;
	struct wire_article article = { .text = { strlen(p->text),
		                                  (const uint8_t *)p->text } };
	struct bytes plain = wire_article_write(a, &article);

	p->body = (struct body){ CODING_PLAIN, plain.n, plain };
	return OK;
}

static inline struct body
pack(const char *text)
{
	struct packing p = { .text = text };

	ck_assert_int_eq(arena_run(a, run_pack, &p), OK);
	return p.body;
}

static inline enum err
run_pack_result(void *arg)
{
	struct extraction x = { .model = "m" };
	struct bytes plain = wire_extraction_write(a, &x);

	*(struct body *)arg = (struct body){ CODING_PLAIN, plain.n, plain };
	return OK;
}

static inline void
send_submit(void *s, const char *key, const char *text, uint64_t request)
{
	struct wire_submission v = { .key = key, .article = pack(text) };
	const struct wire_client m = { .request = request,
		                       .what = WIRE_SUBMIT,
		                       .submit = { 1, &v } };

	ask(s, &m);
}

static inline struct wire_receipt
submit(void *s, const char *key, const char *text)
{
	struct wire_broker m;

	send_submit(s, key, text, 77);
	m = hear(s, WIRE_SUBMITTED);
	ck_assert_uint_eq(m.request, 77);
	ck_assert_uint_eq(m.submitted.n, 1);
	ck_assert_str_eq(m.submitted.v[0].key, key);
	return m.submitted.v[0];
}

static inline void
send_query(void *s, enum wire_client_what what, struct wire_query q)
{
	const struct wire_client m = { .request = 5, .what = what, .query = q };

	ask(s, &m);
}

static inline struct wire_job
get(void *s, const char *key)
{
	struct wire_reference ref = { .key = key };
	struct wire_broker m;

	send_query(s, WIRE_GET,
	           (struct wire_query){ .n = 1, .v = &ref, .with_extraction = true });
	m = hear(s, WIRE_JOBS);
	ck_assert_uint_eq(m.jobs.n, 1);
	ck_assert(!m.jobs.more);
	return m.jobs.v[0];
}

static inline struct wire_stats
stats(void *s)
{
	ask(s, &(struct wire_client){ .request = 6, .what = WIRE_STATS });
	return hear(s, WIRE_STATS_ANSWER).stats;
}

static inline void *
join(uint64_t session, struct wire_holds holds)
{
	void *s = call(workers);
	const struct wire_worker m = { .what = WIRE_HELLO,
		                       .hello = { .name = "test",
		                                  .session = session,
		                                  .threads = 1,
		                                  .holds = holds } };

	tell(s, &m);
	ck_assert_uint_eq(hear(s, WIRE_WELCOME).welcome.lease_ms, (uint64_t)set.lease_ms);
	return s;
}

static inline void
credit(void *s, uint32_t n)
{
	tell(s, &(struct wire_worker){ .what = WIRE_CREDIT, .credit = n });
}

static inline struct wire_held
take_one(void *s)
{
	struct wire_broker m = hear(s, WIRE_LEASES);

	ck_assert_uint_eq(m.leases.n, 1);
	return (struct wire_held){ m.leases.v[0].job, m.leases.v[0].fence };
}

static inline enum wire_settlement_status
settlement(void *s)
{
	struct wire_broker m = hear(s, WIRE_SETTLED);

	ck_assert_uint_eq(m.settled.n, 1);
	return m.settled.v[0].status;
}

static inline enum wire_settlement_status
finish(void *s, struct wire_held lease)
{
	struct wire_result r = { .lease = lease, .model = "m" };
	struct wire_worker m = { .what = WIRE_REPORT,
		                 .report = { .n_results = 1, .results = &r } };

	ck_assert_int_eq(arena_run(a, run_pack_result, &r.extraction), OK);
	tell(s, &m);
	return settlement(s);
}

static inline enum wire_settlement_status
give_up(void *s, struct wire_held lease, const char *reason, bool final)
{
	struct wire_failure f = { lease, reason, final };
	struct wire_worker m = { .what = WIRE_REPORT,
		                 .report = { .n_failures = 1, .failures = &f } };

	tell(s, &m);
	return settlement(s);
}

static inline struct wire_outcome
order(void *s, enum wire_act act, const char *key)
{
	struct wire_reference ref = { .key = key };
	struct wire_broker m;

	ask(s, &(struct wire_client){
	           .what = WIRE_ORDER, .act = act, .query = { .n = 1, .v = &ref } });
	m = hear(s, WIRE_ORDERED);
	ck_assert_uint_eq(m.ordered.n, 1);
	return m.ordered.v[0];
}

static inline bool
why_is(void *s, const char *key, const char *begins)
{
	struct wire_reference ref = { .key = key };
	struct wire_broker m;

	send_query(s, WIRE_GET,
	           (struct wire_query){ .n = 1, .v = &ref, .with_why = true });
	m = hear(s, WIRE_JOBS);
	return strncmp(m.jobs.v[0].why, begins, strlen(begins)) == 0;
}

#endif
