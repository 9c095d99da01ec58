/*
 * Hearsay as a peer of the load harness for queues (see tests/bench/queue): its
 * producers are libhearsay's, its consumers speak as a worker does.
 *
 * A consumer stands for a worker whose engine takes no time: it opens each
 * article, answers with an extraction of 3 KB, compressed as a worker compresses
 * it, and counts the job as done when the broker has settled it, which is after
 * its commit.  It asks for twice as many articles as it takes at a time, so
 * that a batch waits here while the last one is settled, as in a worker.
 *
 * Options: "plain" sends results uncompressed, "port=N" is where workers connect
 * (else the clients' port and one).
 */
#include <common.h>
#include <zmq.h>

#include "hearsay.h"
#include "wire.h"
#include "worker/line.h"

enum { RESULTS = 16, ATTRIBUTIONS = 95, ROOM = 1 << 20, BATCH_MAX = 1024, WAIT_MS = 200 };
enum { ANSWER_MS = 30000 };

static struct arena *results_memory;
static struct body results[RESULTS];

struct producer {
	struct hearsay *h;
	int index;
	uint64_t n;
	struct hearsay_article articles[BATCH_MAX];
	struct hearsay_receipt receipts[BATCH_MAX];
	char keys[BATCH_MAX][40];
};

struct consumer {
	void *context;
	struct line *line;
	struct arena *a;
	size_t n, unsettled; /* jobs held; reported of them, not settled yet */
	struct wire_held held[2 * BATCH_MAX];
	const struct wire_lease *opening;
};

/* ------------------------------------------------------------------ results */

static uint32_t
chance(uint32_t *state, uint32_t below)
{
	*state = *state * 1664525u + 1013904223u;
	return (*state >> 8) % below;
}

/* Three spans one after the other, at most `room` long together. */
static void
make_attribution(uint32_t *random, uint32_t *at, struct attribution *ret)
{
	struct span *s = arena_raw(results_memory, 3 * sizeof *s);

	for (int i = 0; i < 3; i++) {
		uint32_t begin = *at + 1 + chance(random, 12);

		s[i] = (struct span){ begin, begin + 2 + chance(random, i < 2 ? 9 : 25) };
		*at = s[i].end;
	}
	*ret = (struct attribution){ .source = { 1, s },
		                     .cue = { 1, s + 1 },
		                     .content = { 1, s + 2 },
		                     .kind = (enum quotation)chance(random, 3),
		                     .confidence = (float)chance(random, 1000000) / 1e6f,
		                     .parent = NO_INDEX,
		                     .speaker = NO_INDEX };
}

static enum err
make_results(void *unused)
{
	struct attribution v[ATTRIBUTIONS];
	struct extraction x = { .model = "bench", .n = ATTRIBUTIONS, .v = v };

	(void)unused;
	for (uint32_t i = 0; i < RESULTS; i++) {
		uint32_t random = i, at = 0;

		for (int k = 0; k < ATTRIBUTIONS; k++)
			make_attribution(&random, &at, &v[k]);
		struct bytes packed = wire_extraction_write(results_memory, &x);
		results[i] = strstr(cfg.opt, "plain") != NULL
		                 ? (struct body){ CODING_PLAIN, packed.n, packed }
		                 : body_close(results_memory, packed);
	}
	return OK;
}

/* ------------------------------------------------------------------ opening */

void
peer_setup(void)
{
	if (cfg.port == 0)
		cfg.port = 5570;
	if (cfg.wb > BATCH_MAX || cfg.cb > BATCH_MAX)
		die("batches of at most %d", BATCH_MAX);
	results_memory = arena_new(ROOM);
	if (results_memory == NULL || arena_run(results_memory, make_results, NULL) != OK)
		die("%s", err_text());
	if (getenv("HEARSAY_BENCH_SIZES") != NULL)
		fprintf(stderr, "a result has %zu bytes, %zu on the way\n",
		        (size_t)results[0].size, results[0].data.n);
}

static void *
open_producer(int index)
{
	struct producer *p = calloc(1, sizeof *p);
	char endpoint[64];

	snprintf(endpoint, sizeof endpoint, "tcp://%s:%d", cfg.host, cfg.port);
	if (p == NULL || hearsay_open(endpoint, NULL, &p->h) != HEARSAY_OK)
		die("%s", hearsay_error_text());
	p->index = index;
	return p;
}

static void
say(struct consumer *c, const struct wire_worker *m)
{
	if (line_say(c->line, m) != OK)
		die("%s", err_text());
}

static void *
open_consumer(int index)
{
	struct consumer *c = calloc(1, sizeof *c);
	const char *port = strstr(cfg.opt, "port=");
	char endpoint[64];

	snprintf(endpoint, sizeof endpoint, "tcp://%s:%d", cfg.host,
	         port != NULL ? atoi(port + strlen("port=")) : cfg.port + 1);
	if (c == NULL || (c->a = arena_new(ROOM)) == NULL)
		die("no memory");
	c->context = zmq_ctx_new();
	if (line_open(c->context, endpoint, &(struct key_line){ 0 }, &c->line) != OK)
		die("%s", err_text());
	say(c, &(struct wire_worker){
	           .what = WIRE_HELLO,
	           .hello = { .name = "bench",
	                      .session = (uint64_t)getpid() << 16 | (uint64_t)(index + 1),
	                      .threads = 1 } });
	say(c,
	    &(struct wire_worker){ .what = WIRE_CREDIT, .credit = 2 * (uint32_t)cfg.cb });
	return c;
}

void *
peer_open(int consumer, int index)
{
	return consumer ? open_consumer(index) : open_producer(index);
}

void
peer_close(void *peer, int consumer)
{
	if (consumer) {
		struct consumer *c = peer;

		line_close(c->line, 0);
		zmq_ctx_term(c->context);
		arena_free(c->a);
	} else {
		hearsay_close(((struct producer *)peer)->h);
	}
	free(peer);
}

/* ------------------------------------------------------------------ putting */

int
peer_put(void *peer, int n, char **texts, uint64_t *ret_when)
{
	struct producer *p = peer;

	for (int i = 0; i < n; i++) {
		snprintf(p->keys[i], sizeof p->keys[i], "%d-%d-%lu", (int)getpid(),
		         p->index, (unsigned long)p->n++);
		p->articles[i] = (struct hearsay_article){
			.key = p->keys[i], .text = texts[i], .text_size = (size_t)cfg.size
		};
	}
	if (hearsay_submit(p->h, p->articles, (size_t)n, p->receipts) != HEARSAY_OK)
		die("%s", hearsay_error_text());
	for (int i = 0; i < n; i++) {
		if (p->receipts[i].status != HEARSAY_ACCEPTED)
			die("not accepted: %s", p->receipts[i].reason);
		ret_when[i] = now_ns();
	}
	return n;
}

/* ------------------------------------------------------------------- taking */

static enum err
open_article(void *arg)
{
	struct consumer *c = arg;
	struct wire_article article;
	struct bytes plain;
	enum err e;

	if ((e = body_open(c->a, &c->opening->article, &plain)) == OK &&
	    (e = wire_article_read(c->a, plain, &article)) == OK)
		job_got((const char *)article.text.v, article.text.n);
	return e;
}

static void
take_leases(struct consumer *c, const struct wire_broker *m)
{
	for (size_t i = 0; i < m->leases.n; i++) {
		c->opening = &m->leases.v[i];
		if (c->n == 2 * (size_t)cfg.cb)
			die("more than was asked for");
		if (arena_run(c->a, open_article, c) != OK)
			die("%s", err_text());
		arena_reset(c->a);
		c->held[c->n++] =
		    (struct wire_held){ c->opening->job, c->opening->fence };
	}
}

static void
take_settlements(struct consumer *c, const struct wire_broker *m)
{
	for (size_t i = 0; i < m->settled.n; i++)
		if (m->settled.v[i].status != WIRE_STORED)
			die("a result came too late");
	if (m->settled.n > c->unsettled)
		die("more is settled than was reported");
	c->unsettled -= m->settled.n;
}

/* One message, if there is one within the time. */
static bool
hear(struct consumer *c, int wait_ms)
{
	const struct wire_worker beat = { .what = WIRE_WORKER_HEARTBEAT };
	zmq_pollitem_t items[LINE_ITEMS];
	struct wire_broker m;
	enum err e = line_hear(c->line, &m);

	if (e == ERR_NOT_FOUND) {
		line_items(c->line, items);
		if (zmq_poll(items, 1, wait_ms) <= 0)
			return false;
		e = line_hear(c->line, &m);
	}
	if (e != OK)
		die("%s", err_text());
	if (m.what == WIRE_LEASES)
		take_leases(c, &m);
	else if (m.what == WIRE_SETTLED)
		take_settlements(c, &m);
	else if (m.what == WIRE_BROKER_HEARTBEAT)
		say(c, &beat);
	else if (m.what == WIRE_REFUSAL)
		die("refused: %s", m.refusal.reason);
	return true;
}

static void
report(struct consumer *c, size_t n)
{
	struct wire_result v[BATCH_MAX];
	struct wire_worker m = { .what = WIRE_REPORT };

	for (size_t i = 0; i < n; i++)
		v[i] = (struct wire_result){ .lease = c->held[i],
			                     .model = "bench",
			                     .extraction =
			                         results[c->held[i].job % RESULTS] };
	m.report.n_results = n;
	m.report.results = v;
	say(c, &m);
	memmove(c->held, c->held + n, (c->n - n) * sizeof *c->held);
	c->n -= n;
	c->unsettled = n;
}

int
peer_take(void *peer, int max)
{
	struct consumer *c = peer;
	size_t n;

	if (c->n == 0)
		hear(c, WAIT_MS);
	if ((n = c->n < (size_t)max ? c->n : (size_t)max) == 0)
		return 0;
	report(c, n);
	while (c->unsettled > 0)
		if (!hear(c, ANSWER_MS))
			die("a report was not answered");
	say(c, &(struct wire_worker){ .what = WIRE_CREDIT, .credit = (uint32_t)n });
	return (int)n;
}
