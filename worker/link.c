/*
 * The link: what a worker and its broker say to each other, and when.
 *
 * One thread, one loop: poll the socket, the pool's eventfd and the signals;
 * read what came; collect what the pool has finished; do what is due.  The
 * pool's threads never see the socket and this thread never waits for them, so
 * heartbeats go out however long an article takes.
 *
 *     down --call--> calling --Welcome--> up --silence, break--> down
 *
 * Invariants
 * 1. Held and owed together never exceed the capacity, threads * (1 + prefetch):
 *    what the broker may still send (owed) has its place here.
 * 2. An outcome is kept, and sent again and again, until the broker has settled
 *    it: a send proves nothing.
 * 3. A new connection begins with a Hello that names every lease held; nothing
 *    is owed on it until a Credit has been sent.
 * 4. Times are CLOCK_MONOTONIC, read once a turn (now): a turn is short.
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "log.h"

#include "holds.h"
#include "line.h"
#include "link.h"

#define NEVER INT64_MAX
#define SOFTWARE "hearsay-worker " HEARSAY_VERSION

enum {
	BACKOFF_MIN_MS = 100,
	BACKOFF_MAX_MS = 10000,
	ANSWER_MS = 10000, /* a broker takes its time only while it starts */
	SILENT_BEATS = 3,
	RESEND_MIN_MS = 1000,
	RESEND_MAX_MS = 30000,
	FAREWELL_MS = 500,
	REPORT_BYTES = 8 << 20, /* of results; then another message begins */
	BEAT_MIN_MS = 20,
	BEAT_MAX_MS = 600000,
	LEASE_MIN_MS = 100,
	HEAR_AT_ONCE = 128, /* messages, before anything else gets its turn */
};

enum timer { CALL, ANSWER, SILENCE, BEAT, TOUCH, DRAIN, WATCHDOG, TIMERS };

struct link {
	int64_t counted; /* of what is held, in the gauge */
	struct link_options o;
	void *context;
	struct pool *pool;
	struct holds *holds;
	size_t capacity, owed;
	char name[300];
	uint64_t session;

	struct line *line;  /* NULL: down */
	bool up;            /* welcome */
	const char *broken; /* why the line is given up at the end of this turn */
	bool told;          /* that there is no broker: once is enough */
	bool met;           /* a broker, ever */
	int64_t up_since, backoff_ms, beat_ms, lease_ms;

	bool draining, over;
	enum err end; /* once over */
	int64_t now, at[TIMERS];

	/* capacity entries each, to put a message together */
	struct wire_held *leases;
	struct wire_result *results;
	struct wire_failure *failures;
};

static int64_t
clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static uint64_t
chance(void)
{
	uint64_t n = 0;

	if (getrandom(&n, sizeof n, 0) != sizeof n)
		n = (uint64_t)clock_ms() * 0x9e3779b97f4a7c15u;
	return n;
}

static int64_t
within(int64_t least, int64_t v, int64_t most)
{
	return v < least ? least : v > most ? most : v;
}

static void
finish(struct link *l, enum err end)
{
	l->over = true;
	l->end = end;
}

static void
say(struct link *l, const struct wire_worker *m)
{
	if (l->broken != NULL)
		return;
	if (line_say(l->line, m) != OK)
		l->broken = "the broker does not read";
	else if (l->up)
		l->at[BEAT] = l->now + l->beat_ms;
}

/* ------------------------------------------------------- up and down */

/*
 * What waits here longer than its lease is another worker's by now (we were
 * stopped, or cut off); starting it would be work for nothing.
 */
static void
drop_lapsed(struct link *l)
{
	for (size_t i = holds_n(l->holds); i-- > 0;) {
		struct hold *h = holds_at(l->holds, i);

		if (h->outcome == NULL && h->until <= l->now &&
		    pool_withdraw(l->pool, h->lease)) {
			log_info("lapsed job=%" PRIu64 " fence=%" PRIu64, h->lease.job,
			         h->lease.fence);
			holds_drop(l->holds, h);
		}
	}
}

static void
call(struct link *l)
{
	struct wire_worker m = { .what = WIRE_HELLO,
		                 .hello = { .name = l->name,
		                            .session = l->session,
		                            .model = l->o.model,
		                            .threads = l->o.threads,
		                            .software = SOFTWARE,
		                            .holds = { .v = l->leases } } };
	enum err e = line_open(l->context, l->o.broker, &l->o.keys, &l->line);

	if (e == ERR_USAGE) {
		finish(l, e);
		return;
	}
	if (e != OK) {
		log_warn("cannot connect reason=\"%s\"", err_text());
		l->at[CALL] = l->now + BACKOFF_MAX_MS;
		return;
	}
	drop_lapsed(l);
	for (size_t i = 0; i < holds_n(l->holds); i++)
		if (!holds_at(l->holds, i)->unwanted)
			l->leases[m.hello.holds.n++] = holds_at(l->holds, i)->lease;
	l->at[ANSWER] = l->now + ANSWER_MS;
	say(l, &m);
}

static void
hang_up(struct link *l, int linger_ms)
{
	line_close(l->line, linger_ms);
	l->line = NULL;
	gauge_add(l->o.gauge, GAUGE_LINES, l->up ? -1 : 0);
	l->up = false;
	l->broken = NULL;
	l->owed = 0;
	l->at[ANSWER] = l->at[SILENCE] = l->at[BEAT] = l->at[TOUCH] = NEVER;
}

/* Until a broker has been met, systemd is asked for patience. */
static void
tell(struct link *l, const char *why)
{
	if (!l->told)
		log_warn("waiting broker=%s held=%zu reason=\"%s\"", l->o.broker,
		         holds_n(l->holds), why);
	l->told = true;
	sd_notifyf(0, "STATUS=waiting for %s: %s%s", l->o.broker, why,
	           l->met ? "" : "\nEXTEND_TIMEOUT_USEC=30000000");
}

/* A connection that lasted a heartbeat was a good one: its end is no repeated failure. */
static void
retreat(struct link *l)
{
	int64_t half;

	if (l->up && l->now - l->up_since > l->beat_ms)
		l->backoff_ms = BACKOFF_MIN_MS;
	half = l->backoff_ms / 2;
	tell(l, l->broken);
	hang_up(l, 0);
	l->at[CALL] = l->now + half + (int64_t)(chance() % (uint64_t)(half + 1));
	l->backoff_ms = within(0, l->backoff_ms * 2, BACKOFF_MAX_MS);
}

static void
no_answer(struct link *l)
{
	l->broken = "it does not answer";
}

static void
silence(struct link *l)
{
	l->broken = "it has fallen silent";
}

static void
beat(struct link *l)
{
	const struct wire_worker m = { .what = WIRE_WORKER_HEARTBEAT };

	say(l, &m);
}

/* ---------------------------------------------------------- articles */

/* Credit for the places that are free and not promised yet. */
static void
top_up(struct link *l)
{
	size_t taken = holds_n(l->holds) + l->owed;
	struct wire_worker m = { .what = WIRE_CREDIT,
		                 .credit = (uint32_t)(l->capacity - taken) };

	assert(taken <= l->capacity);
	if (!l->up || l->draining || m.credit == 0)
		return;
	say(l, &m);
	l->owed += m.credit;
}

/* Nobody wants it any more: an article that is at work is finished in vain. */
static void
let_go(struct link *l, struct hold *h)
{
	if (pool_withdraw(l->pool, h->lease))
		holds_drop(l->holds, h);
	else
		h->unwanted = true;
}

/* At a third of the shortest lease, so that two may be lost on the way. */
static void
touch(struct link *l)
{
	struct wire_worker m = { .what = WIRE_TOUCH, .holds = { .v = l->leases } };
	int64_t shortest = holds_shortest(l->holds);

	drop_lapsed(l);
	for (size_t i = 0; i < holds_n(l->holds); i++) {
		struct hold *h = holds_at(l->holds, i);

		if (h->outcome != NULL || h->unwanted)
			continue;
		m.holds.v[m.holds.n++] = h->lease;
		hold_touched(h, l->now);
	}
	if (m.holds.n > 0)
		say(l, &m);
	l->at[TOUCH] = l->now + (shortest > 0 ? shortest : l->lease_ms) / 3;
}

/* One of `leases` does not fit in: it will come again, to us or to another. */
static void
no_room(struct link *l, struct wire_held lease)
{
	struct wire_failure failure = { .lease = lease, .reason = err_text() };
	struct wire_worker m = { .what = WIRE_REPORT,
		                 .report = { .n_failures = 1, .failures = &failure } };

	log_warn("no room job=%" PRIu64 " reason=\"%s\"", lease.job, err_text());
	say(l, &m);
}

static void
take(struct link *l, const struct wire_lease *in)
{
	const struct wire_held lease = { in->job, in->fence };
	int64_t lease_ms = in->lease_ms == 0 ? l->lease_ms : in->lease_ms;

	if (l->owed == 0) {
		log_warn("ignores an article beyond our credit job=%" PRIu64, in->job);
		return;
	}
	l->owed--;
	if (holds_find(l->holds, lease) != NULL)
		return; /* sent twice: one is at work already */
	if (pool_give(l->pool, lease, &in->article) != OK) {
		no_room(l, lease);
		return;
	}
	lease_ms = within(LEASE_MIN_MS, lease_ms, INT32_MAX);
	holds_add(l->holds, lease, lease_ms, l->now);
	if (l->now + lease_ms / 3 < l->at[TOUCH])
		l->at[TOUCH] = l->now + lease_ms / 3;
}

static void
log_outcome(const struct outcome *o)
{
	if (o->err == OK)
		log_debug("done job=%" PRIu64 " ms=%" PRId64, o->lease.job,
		          o->took_us / 1000);
	else
		log_warn("failed job=%" PRIu64 " error=\"%s\" reason=\"%s\"",
		         o->lease.job, err_name(o->err), o->reason);
}

static void
measure(struct link *l, const struct outcome *o)
{
	struct gauge *g = l->o.gauge;

	gauge_add(g, o->err == OK ? GAUGE_DONE : GAUGE_FAILED, 1);
	gauge_add(g, GAUGE_BYTES, (int64_t)o->text_bytes);
	gauge_observe(g, GAUGE_ARTICLE, o->took_us);
}

static void
collect(struct link *l)
{
	struct outcome *o;

	while ((o = pool_next(l->pool)) != NULL) {
		struct hold *h = holds_find(l->holds, o->lease);

		assert(h != NULL); /* what the pool has is held */
		log_outcome(o);
		measure(l, o);
		hold_finished(h, o, l->now, RESEND_MIN_MS);
		if (h->unwanted)
			holds_drop(l->holds, h);
	}
}

/* Memory and the disk may be better another time; an article stays as it is. */
static bool
hopeless(enum err e)
{
	return e == ERR_BAD_INPUT || e == ERR_EMPTY || e == ERR_TOO_BIG ||
	       e == ERR_VERSION;
}

static void
add_to_report(struct wire_worker *m, const struct outcome *o)
{
	if (o->err == OK)
		m->report.results[m->report.n_results++] = (struct wire_result){
			.lease = o->lease, .model = o->model, .extraction = o->extraction
		};
	else
		m->report.failures[m->report.n_failures++] = (struct wire_failure){
			.lease = o->lease, .reason = o->reason, .final = hopeless(o->err)
		};
}

/* What is due, in one message, or as much of it as one should carry. */
static void
report_some(struct link *l)
{
	struct wire_worker m = { .what = WIRE_REPORT,
		                 .report = { .results = l->results,
		                             .failures = l->failures } };
	size_t bytes = 0;

	for (size_t i = 0; i < holds_n(l->holds) && bytes < REPORT_BYTES; i++) {
		struct hold *h = holds_at(l->holds, i);

		if (h->outcome == NULL || h->report_at > l->now)
			continue;
		add_to_report(&m, h->outcome);
		bytes += h->outcome->extraction.data.n;
		hold_reported(h, l->now, RESEND_MAX_MS);
	}
	say(l, &m);
}

static void
report(struct link *l)
{
	while (l->up && l->broken == NULL && holds_report_at(l->holds) <= l->now)
		report_some(l);
}

/* ------------------------------------------------- what the broker says */

static void
on_welcome(struct link *l, const struct wire_broker *m)
{
	if (l->up)
		return;
	l->up = true;
	gauge_add(l->o.gauge, GAUGE_LINES, 1);
	l->told = false;
	l->met = true;
	l->up_since = l->now;
	l->beat_ms = within(BEAT_MIN_MS, m->welcome.heartbeat_ms, BEAT_MAX_MS);
	l->lease_ms = within(LEASE_MIN_MS, m->welcome.lease_ms, INT32_MAX);
	l->at[ANSWER] = NEVER;
	l->at[BEAT] = l->now + l->beat_ms;
	l->at[TOUCH] = l->now; /* the holds of our Hello, in case it was read late */
	holds_report_all(l->holds, l->now, RESEND_MIN_MS);
	log_info("connected broker=%s software=\"%s\" held=%zu heartbeat_ms=%" PRId64
	         " lease_ms=%" PRId64,
	         l->o.broker, m->welcome.software, holds_n(l->holds), l->beat_ms,
	         l->lease_ms);
	sd_notifyf(0, "%sSTATUS=working for %s", l->draining ? "" : "READY=1\n",
	           l->o.broker);
}

static void
hand_back(struct link *l, size_t n)
{
	const struct wire_worker m = { .what = WIRE_GOODBYE,
		                       .holds = { .n = n, .v = l->leases } };

	say(l, &m);
}

static void
on_leases(struct link *l, const struct wire_broker *m)
{
	size_t n = 0;

	if (!l->up)
		return;
	for (size_t i = 0; i < m->leases.n; i++) {
		const struct wire_lease *in = &m->leases.v[i];

		if (!l->draining)
			take(l, in);
		else if (n < l->capacity) /* crossed our Goodbye on the way */
			l->leases[n++] = (struct wire_held){ in->job, in->fence };
	}
	if (n > 0)
		hand_back(l, n);
}

static void
on_settled(struct link *l, const struct wire_broker *m)
{
	for (size_t i = 0; i < m->settled.n; i++) {
		struct wire_settlement s = m->settled.v[i];
		struct hold *h = holds_find(l->holds, s.lease);

		if (h == NULL)
			continue; /* the answer to a result that was sent twice */
		if (s.status == WIRE_STALE)
			log_info("stale job=%" PRIu64 " fence=%" PRIu64, s.lease.job,
			         s.lease.fence);
		if (h->outcome != NULL)
			holds_drop(l->holds, h);
		else
			let_go(l, h);
	}
}

static void
on_cancel(struct link *l, const struct wire_broker *m)
{
	for (size_t i = 0; i < m->cancel.n; i++) {
		struct hold *h = holds_find(l->holds, m->cancel.v[i]);

		if (h != NULL && h->outcome == NULL)
			let_go(l, h);
	}
}

static enum err
other_version(const struct wire_refusal *r)
{
	char known[128] = "";
	size_t n = 0;

	for (size_t i = 0; i < 8 && r->supported[i] != 0 && n < sizeof known; i++)
		n += (size_t)snprintf(known + n, sizeof known - n, "%s%" PRIu32,
		                      i == 0 ? "" : ", ", r->supported[i]);
	return err_set(ERR_VERSION,
	               "the broker speaks version %s of the protocol and this worker %d; "
	               "install the same release on both",
	               n == 0 ? "unknown" : known, WIRE_VERSION);
}

static void
on_refusal(struct link *l, const struct wire_broker *m)
{
	const struct wire_refusal *r = &m->refusal;

	if (r->code == WIRE_REFUSAL_VERSION) {
		finish(l, other_version(r));
		return;
	}
	log_warn("refused code=%d reason=\"%s\"", r->code, r->reason);
	if (r->code != WIRE_REFUSAL_BUSY || !l->up)
		l->broken = "it refused us";
}

static void
on_heartbeat(struct link *l, const struct wire_broker *m)
{
	(void)l; /* any message shows that the broker lives; see hear */
	(void)m;
}

static const struct {
	enum wire_broker_what what;
	void (*handle)(struct link *, const struct wire_broker *);
} handlers[] = {
	{ WIRE_WELCOME, on_welcome }, { WIRE_LEASES, on_leases },
	{ WIRE_SETTLED, on_settled }, { WIRE_CANCEL, on_cancel },
	{ WIRE_REFUSAL, on_refusal }, { WIRE_BROKER_HEARTBEAT, on_heartbeat },
};

static void
handle(struct link *l, const struct wire_broker *m)
{
	for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++)
		if (handlers[i].what == m->what) {
			handlers[i].handle(l, m);
			return;
		}
	log_debug("ignores a message for clients what=%d", m->what);
}

/*
 * Garbage is dropped.  Only before the Welcome does an unknown version mean
 * that we called a broker with which we cannot talk.
 */
static void
hear_one(struct link *l, enum err e, const struct wire_broker *m)
{
	if (e == OK) {
		handle(l, m);
		if (l->up)
			l->at[SILENCE] = l->now + SILENT_BEATS * l->beat_ms;
	} else if (e == ERR_VERSION && !l->up) {
		finish(l, other_version(&(struct wire_refusal){ 0 }));
	} else {
		log_warn("ignores a message error=\"%s\" reason=\"%s\"", err_name(e),
		         err_text());
	}
}

/* Whether the line is broken is asked first, so that its last words are heard. */
static void
hear(struct link *l)
{
	const char *broken = line_broken(l->line);
	struct wire_broker m;
	enum err e;

	for (int n = 0; n < HEAR_AT_ONCE || broken != NULL; n++) {
		if (l->over || l->broken != NULL ||
		    (e = line_hear(l->line, &m)) == ERR_NOT_FOUND)
			break;
		hear_one(l, e, &m);
	}
	if (broken != NULL)
		l->broken = broken;
}

/* ---------------------------------------------------------------- the end */

/* No new articles; those that wait go back, those at work are finished. */
static void
drain(struct link *l)
{
	size_t n = 0;

	l->draining = true;
	l->at[DRAIN] = l->now + l->o.drain_ms;
	for (size_t i = holds_n(l->holds); i-- > 0;) {
		struct hold *h = holds_at(l->holds, i);

		if (h->outcome == NULL && pool_withdraw(l->pool, h->lease)) {
			l->leases[n++] = h->lease;
			holds_drop(l->holds, h);
		}
	}
	log_info("draining handed_back=%zu held=%zu", n, holds_n(l->holds));
	sd_notify(0, "STOPPING=1\nSTATUS=finishing the articles at work");
	if (l->up)
		hand_back(l, n);
}

/* Give up what is at work, so that another can begin it now. */
static void
drain_over(struct link *l)
{
	size_t n = 0;

	for (size_t i = 0; i < holds_n(l->holds); i++)
		if (holds_at(l->holds, i)->outcome == NULL)
			l->leases[n++] = holds_at(l->holds, i)->lease;
	if (l->up)
		hand_back(l, n);
	finish(l, err_set(ERR_TIMEOUT,
	                  "stopped with %zu articles unfinished and %zu not settled; "
	                  "the broker will give them to another worker",
	                  n, holds_n(l->holds) - n));
}

static void
on_signal(struct link *l)
{
	struct signalfd_siginfo s;

	if (read(l->o.signals, &s, sizeof s) != sizeof s)
		return;
	if (s.ssi_signo == SIGHUP) {
		if (l->o.reload != NULL)
			l->o.reload(l->o.reload_arg);
	} else if (l->draining) {
		log_warn("stopped at once held=%zu", holds_n(l->holds));
		_exit(128 + (int)s.ssi_signo); /* nothing here is lost by it */
	} else {
		drain(l);
	}
}

/* ----------------------------------------------------------------- the loop */

static int64_t
watchdog_ms(void)
{
	uint64_t us = 0;

	return sd_watchdog_enabled(0, &us) > 0 ? (int64_t)(us / 2000) : 0;
}

static void
watchdog(struct link *l)
{
	int64_t ms = watchdog_ms();

	if (ms == 0)
		return;
	sd_notify(0, "WATCHDOG=1");
	l->at[WATCHDOG] = l->now + ms;
}

static void (*const due[TIMERS])(struct link *) = {
	[CALL] = call,   [ANSWER] = no_answer, [SILENCE] = silence,   [BEAT] = beat,
	[TOUCH] = touch, [DRAIN] = drain_over, [WATCHDOG] = watchdog,
};

static void
do_what_is_due(struct link *l)
{
	for (int t = 0; t < TIMERS; t++)
		if (l->at[t] <= l->now && !l->over && l->broken == NULL) {
			l->at[t] = NEVER;
			due[t](l);
		}
}

static long
time_left(const struct link *l)
{
	int64_t first = l->up ? holds_report_at(l->holds) : NEVER;

	for (int t = 0; t < TIMERS; t++)
		if (l->at[t] < first)
			first = l->at[t];
	if (first == NEVER)
		return -1;
	return (long)within(0, first - clock_ms(), 3600000);
}

/*
 * It was we who were silent (stopped, or the machine asleep): what the broker
 * said meanwhile is still on its way through ZeroMQ's own thread.
 */
static void
forgive_silence(struct link *l)
{
	if (l->up)
		l->at[SILENCE] = l->now + l->beat_ms;
}

static bool
wait_for_events(struct link *l)
{
	zmq_pollitem_t items[2 + LINE_ITEMS] = {
		{ .fd = l->o.signals, .events = ZMQ_POLLIN },
		{ .fd = pool_fd(l->pool), .events = ZMQ_POLLIN },
	};
	int64_t before = clock_ms();
	long left = time_left(l);
	int n = 2;

	if (l->line != NULL) {
		line_items(l->line, items + n);
		n += LINE_ITEMS;
	}
	zmq_poll(items, n, left);
	l->now = clock_ms();
	if (left >= 0 && l->now - before > left + l->beat_ms)
		forgive_silence(l);
	return (items[0].revents & ZMQ_POLLIN) != 0;
}

/* What came is read before anybody is judged silent: it may be we who slept. */
static void
turn(struct link *l)
{
	bool signal = wait_for_events(l);

	if (l->line != NULL)
		hear(l);
	collect(l);
	if (signal)
		on_signal(l);
	do_what_is_due(l);
	report(l);
	top_up(l);
	if (l->draining && holds_n(l->holds) == 0)
		finish(l, OK);
	if (l->broken != NULL && !l->over)
		retreat(l);
	gauge_add(l->o.gauge, GAUGE_HELD, (int64_t)holds_n(l->holds) - l->counted);
	l->counted = (int64_t)holds_n(l->holds);
}

enum err
link_run(struct link *l, struct pool *pool)
{
	l->pool = pool;
	l->now = clock_ms();
	l->at[CALL] = l->at[WATCHDOG] = l->now;
	while (!l->over)
		turn(l);
	hang_up(l, FAREWELL_MS);
	return l->end;
}

static void
name_us(struct link *l)
{
	char host[256] = "worker";

	gethostname(host, sizeof host - 1);
	snprintf(l->name, sizeof l->name, "%s/%ld", host, (long)getpid());
	l->session = chance();
}

static enum err
make_room(struct link *l)
{
	size_t n = l->capacity;

	l->leases = calloc(n, sizeof l->leases[0]);
	l->results = calloc(n, sizeof l->results[0]);
	l->failures = calloc(n, sizeof l->failures[0]);
	if (l->leases == NULL || l->results == NULL || l->failures == NULL)
		return err_set(ERR_NOMEM, "no memory for %zu articles", n);
	return holds_new(n, &l->holds);
}

enum err
link_open(const struct link_options *o, void *zmq_context, struct link **ret)
{
	size_t capacity = (size_t)o->threads * (1 + o->prefetch);
	struct link *l;
	enum err e;

	if (capacity > LINK_HOLDS_MAX)
		return err_set(ERR_USAGE,
		               "%u threads with %u articles waiting for each are %zu, "
		               "%d at most; lower --prefetch",
		               o->threads, o->prefetch, capacity, LINK_HOLDS_MAX);
	if ((l = calloc(1, sizeof *l)) == NULL)
		return err_set(ERR_NOMEM, "no memory for the link");
	l->o = *o;
	l->context = zmq_context;
	l->capacity = capacity;
	l->backoff_ms = BACKOFF_MIN_MS;
	for (int t = 0; t < TIMERS; t++)
		l->at[t] = NEVER;
	name_us(l);
	if ((e = make_room(l)) != OK) {
		link_close(l);
		return e;
	}
	*ret = l;
	return OK;
}

void
link_close(struct link *l)
{
	if (l == NULL)
		return;
	line_close(l->line, 0);
	holds_free(l->holds);
	free(l->leases);
	free(l->results);
	free(l->failures);
	free(l);
}
