/*
 * libhearsay against a broker made for the purpose: a thread with a ROUTER socket that
 * answers as each test wants, well or badly.
 */
#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "hearsay.h"
#include "suite.h"
#include "wire.h"

enum { ROOM = 8 << 20 };

struct broker;

/* Fills in the answer; false: no answer. */
typedef bool answer_function(struct broker *b, const struct wire_client *in,
                             struct wire_broker *out);

struct broker {
	answer_function *answer;
	const char *garbage; /* sent instead of an answer */
	bool impatient;      /* the client takes silence for a lost connection soon */
	int silent;          /* so many messages go unanswered */
	int lose; /* after so many the socket is closed, once, without an answer */
	char endpoint[64];
	atomic_int messages, submits, heartbeats;
	atomic_int refusals; /* left to give */
	atomic_bool stop;
	void *context, *socket;
	pthread_t thread;
	struct arena *arena;
	char identity[256];
	size_t identity_size;
};

static void
bind_broker(struct broker *b)
{
	int zero = 0;
	size_t n = sizeof b->endpoint;

	b->socket = zmq_socket(b->context, ZMQ_ROUTER);
	zmq_setsockopt(b->socket, ZMQ_LINGER, &zero, sizeof zero);
	/* The second time at the port of the first, which may still be in use. */
	for (int i = 0; i < 200 && zmq_bind(b->socket, b->endpoint) != 0; i++)
		usleep(10000);
	zmq_getsockopt(b->socket, ZMQ_LAST_ENDPOINT, b->endpoint, &n);
}

static enum err
answer_message(void *arg)
{
	struct broker *b = arg;
	struct wire_client in;
	struct wire_broker out = { 0 };
	char buf[1 << 20];
	struct bytes packed;
	int n = zmq_recv(b->socket, buf, sizeof buf, 0);

	if (wire_client_read(b->arena, (struct bytes){ (size_t)n, (uint8_t *)buf },
	                     &in) != OK)
		return ERR_BAD_INPUT;
	if (in.what == WIRE_CLIENT_HEARTBEAT)
		b->heartbeats++;
	if (in.what == WIRE_SUBMIT)
		b->submits++;
	out.request = in.request;
	if (b->silent > 0 && b->silent--)
		return OK;
	if (b->garbage == NULL && !b->answer(b, &in, &out))
		return OK;
	packed = b->garbage != NULL
	             ? (struct bytes){ strlen(b->garbage), (const uint8_t *)b->garbage }
	             : wire_broker_write(b->arena, &out);
	zmq_send(b->socket, b->identity, b->identity_size, ZMQ_SNDMORE);
	zmq_send(b->socket, packed.v, packed.n, 0);
	return OK;
}

static void
lose_connection(struct broker *b)
{
	char buf[1 << 16];

	zmq_recv(b->socket, buf, sizeof buf, 0);
	zmq_close(b->socket);
	usleep(50000);
	bind_broker(b);
}

static void *
run_broker(void *arg)
{
	struct broker *b = arg;

	while (!b->stop) {
		zmq_pollitem_t item = { .socket = b->socket, .events = ZMQ_POLLIN };
		int n;

		if (zmq_poll(&item, 1, 20) <= 0)
			continue;
		n = zmq_recv(b->socket, b->identity, sizeof b->identity, 0);
		b->identity_size = n < 0 ? 0 : (size_t)n;
		if (++b->messages == b->lose) {
			lose_connection(b);
			continue;
		}
		(void)!arena_run(b->arena, answer_message, b);
		arena_reset(b->arena);
	}
	zmq_close(b->socket);
	return NULL;
}

static void
start_broker(struct broker *b)
{
	b->context = zmq_ctx_new();
	b->arena = arena_new(ROOM);
	strcpy(b->endpoint, "tcp://127.0.0.1:*");
	bind_broker(b);
	ck_assert_int_eq(pthread_create(&b->thread, NULL, run_broker, b), 0);
}

static void
stop_broker(struct broker *b)
{
	b->stop = true;
	pthread_join(b->thread, NULL);
	zmq_ctx_term(b->context);
	arena_free(b->arena);
}

static struct hearsay *
open_to(const struct broker *b, int timeout_ms)
{
	struct hearsay_options o = { .timeout_ms = timeout_ms,
		                     .connect_ms = 20000,
		                     .heartbeat_ms = b->impatient ? 100 : 5000,
		                     .tenant = "paper" };
	struct hearsay *h;

	ck_assert_int_eq(hearsay_open(b->endpoint, &o, &h), HEARSAY_OK);
	return h;
}

static struct hearsay_article
article(const char *key)
{
	return (struct hearsay_article){ .key = key,
		                         .text = "It rains, she said.",
		                         .text_size = 19 };
}

/* --------------------------------------------------------------- answers given */

static bool
accept_all(struct broker *b, const struct wire_client *in, struct wire_broker *out)
{
	out->what = WIRE_SUBMITTED;
	out->submitted.n = in->submit.n;
	out->submitted.v =
	    arena_alloc(b->arena, in->submit.n * sizeof(struct wire_receipt));
	for (size_t i = 0; i < in->submit.n; i++)
		out->submitted.v[i] = (struct wire_receipt){ .status = WIRE_ACCEPTED,
			                                     .id = 100 + i,
			                                     .key = in->submit.v[i].key };
	return in->what == WIRE_SUBMIT;
}

/* The last article of each message is refused for now, as often as b->refusals says. */
static bool
accept_most(struct broker *b, const struct wire_client *in, struct wire_broker *out)
{
	accept_all(b, in, out);
	if (b->refusals > 0) {
		b->refusals--;
		out->submitted.v[in->submit.n - 1] =
		    (struct wire_receipt){ .status = WIRE_REFUSED,
			                   .reason = "the queue is full",
			                   .retry_after_ms = 10 };
	}
	return true;
}

static bool
refuse_version(struct broker *b, const struct wire_client *in, struct wire_broker *out)
{
	(void)b;
	(void)in;
	out->what = WIRE_REFUSAL;
	out->refusal =
	    (struct wire_refusal){ .code = WIRE_REFUSAL_VERSION, .reason = "no" };
	return true;
}

static bool
refuse_a_while(struct broker *b, const struct wire_client *in, struct wire_broker *out)
{
	if (b->refusals == 0)
		return accept_all(b, in, out);
	b->refusals--;
	out->what = WIRE_REFUSAL;
	out->refusal = (struct wire_refusal){ .code = WIRE_REFUSAL_CLOSING,
		                              .reason = "shutting down",
		                              .retry_after_ms = 10 };
	return true;
}

static bool
too_few_receipts(struct broker *b, const struct wire_client *in, struct wire_broker *out)
{
	accept_all(b, in, out);
	out->submitted.n--;
	return true;
}

static void
finish_job(struct broker *b, struct wire_job *job, uint32_t end)
{
	struct span source = { 11, 14 }, content = { 0, end };
	struct attribution v = { .source = { 1, &source },
		                 .content = { 1, &content },
		                 .kind = INDIRECT,
		                 .confidence = 0.5f,
		                 .parent = NO_INDEX,
		                 .speaker_reason = "named here",
		                 .stance = DENIES,
		                 .certainty = -2 };
	struct speaker speaker = { "She", "", PERSON, { 1, &source } };
	struct quantity some = { { 3, 8 }, 3, "days" };
	struct claim claim = { .at = { 1, &content },
		               .text = "It rains",
		               .n_quantities = 1,
		               .quantities = &some };
	struct extraction x = { "hearsay-test-1", 1, &v, 1, 1, &speaker, &claim };
	struct wire_article a = { .key = job->key,
		                  .title = "Rain",
		                  .text = { 19,
		                            (const uint8_t *)"It rains, she said." } };
	struct bytes packed = wire_extraction_write(b->arena, &x);

	job->state = WIRE_DONE;
	job->article_id = "rain";
	job->tenant = "paper";
	job->has_extraction = job->has_article = true;
	job->extraction = body_close(b->arena, packed);
	job->article = body_close(b->arena, wire_article_write(b->arena, &a));
}

/* Jobs named "gone" are unknown, "broken" have spans that do not fit. */
static bool
give_jobs(struct broker *b, const struct wire_client *in, struct wire_broker *out)
{
	const struct wire_query *q = &in->query;

	out->what = WIRE_JOBS;
	out->jobs.n = q->n;
	out->jobs.v = arena_alloc(b->arena, q->n * sizeof *out->jobs.v);
	for (size_t i = 0; i < q->n; i++) {
		struct wire_job *job = &out->jobs.v[i];

		job->key = q->v[i].key;
		job->tenant = q->v[i].tenant;
		job->id = q->v[i].id;
		if (strcmp(job->key, "gone") != 0)
			finish_job(b, job, strcmp(job->key, "broken") == 0 ? 20 : 8);
	}
	return true;
}

/* Only the first job asked for is done; the others are when they are asked for again. */
static bool
give_one(struct broker *b, const struct wire_client *in, struct wire_broker *out)
{
	give_jobs(b, in, out);
	out->jobs.n = 1;
	return in->what == WIRE_WAIT;
}

static bool
give_too_few(struct broker *b, const struct wire_client *in, struct wire_broker *out)
{
	give_jobs(b, in, out);
	out->jobs.n--;
	return true;
}

/* Two events a question, after the sequence number asked for; "now" is 40. */
static bool
give_events(struct broker *b, const struct wire_client *in, struct wire_broker *out)
{
	if (in->what == WIRE_STATS) {
		out->what = WIRE_STATS_ANSWER;
		out->stats =
		    (struct wire_stats){ .sequence = 40, .done = 3, .software = "x 1" };
		return true;
	}
	if (in->what == WIRE_CLIENT_HEARTBEAT) {
		out->what = WIRE_BROKER_HEARTBEAT;
		return true;
	}
	out->what = WIRE_JOBS;
	out->jobs.more = true;
	out->jobs.n = 3; /* the first is one we have */
	out->jobs.v = arena_alloc(b->arena, 3 * sizeof *out->jobs.v);
	for (size_t i = 0; i < 3; i++) {
		out->jobs.v[i].key = "k";
		finish_job(b, &out->jobs.v[i], 8);
		out->jobs.v[i].sequence = in->query.after + i;
	}
	return true;
}

/* Two lots of two: the first ends at 10, the second is the last. */
static bool
give_dead(struct broker *b, const struct wire_client *in, struct wire_broker *out)
{
	bool last = in->selection.after >= 10;

	out->what = WIRE_JOBS;
	out->jobs.next = last ? 0 : 10;
	out->jobs.n = 2;
	out->jobs.v = arena_alloc(b->arena, 2 * sizeof *out->jobs.v);
	for (size_t i = 0; i < 2; i++)
		out->jobs.v[i] = (struct wire_job){ .id = (last ? 11 : 5) + i,
			                            .key = "k",
			                            .state = WIRE_DEAD,
			                            .worker = "w" };
	return in->what == WIRE_LIST_DEAD && strcmp(in->selection.tenant, "paper") == 0;
}

/* Jobs with an even number can be changed; a selection is done in two lots of three. */
static bool
obey(struct broker *b, const struct wire_client *in, struct wire_broker *out)
{
	out->what = WIRE_ORDERED;
	out->ordered.n = in->query.n;
	out->ordered.v = arena_alloc(b->arena, in->query.n * sizeof *out->ordered.v);
	for (size_t i = 0; i < in->query.n; i++)
		out->ordered.v[i] =
		    (struct wire_outcome){ in->query.v[i].id % 2 == 0, in->query.v[i].id,
			                   WIRE_CANCELLED };
	if (in->query.n == 0) {
		out->ordered.changed = 3;
		out->ordered.next = in->selection.after == 0 ? 9 : 0;
	}
	return in->what == WIRE_ORDER;
}

/* What came last, for the test to look at once the answer is there. */
/* What the broker's thread was asked last; read under the lock, which says in what order.
 */
static pthread_mutex_t asked = PTHREAD_MUTEX_INITIALIZER;
static enum wire_act asked_act;
static uint32_t asked_states;
static uint64_t asked_before;
static bool asked_all;

static bool
obey_once(struct broker *b, const struct wire_client *in, struct wire_broker *out)
{
	pthread_mutex_lock(&asked);
	asked_act = in->act;
	asked_states = in->selection.states;
	asked_before = in->selection.before_ms;
	asked_all = in->selection.all_tenants;
	pthread_mutex_unlock(&asked);
	obey(b, in, out);
	out->ordered.next = 0;
	return true;
}

static struct wire_submission asked_terms;

static bool
accept_and_note(struct broker *b, const struct wire_client *in, struct wire_broker *out)
{
	pthread_mutex_lock(&asked);
	asked_terms = in->submit.v[0];
	pthread_mutex_unlock(&asked);
	return accept_all(b, in, out);
}

static bool
obey_too_few(struct broker *b, const struct wire_client *in, struct wire_broker *out)
{
	obey(b, in, out);
	out->ordered.n--;
	return true;
}

/* ---------------------------------------------------------------------- submit */

START_TEST(submit_gives_a_receipt_for_each)
{
	struct broker b = { .answer = accept_all };
	struct hearsay_article v[] = { article("a"), article("b") };
	struct hearsay_receipt r[2];

	start_broker(&b);
	struct hearsay *h = open_to(&b, 20000);
	ck_assert_int_eq(hearsay_submit(h, v, 2, r), HEARSAY_OK);
	ck_assert_str_eq(r[0].key, "a");
	ck_assert_int_eq(r[1].status, HEARSAY_ACCEPTED);
	ck_assert_uint_eq(r[1].job, 101);
	ck_assert_str_eq(r[1].reason, "");
	hearsay_close(h);
	stop_broker(&b);
}
END_TEST

START_TEST(submit_is_sent_again_when_the_connection_is_lost)
{
	struct broker b = { .answer = accept_all, .lose = 1 };
	struct hearsay_article v = article("a");
	struct hearsay_receipt r;

	start_broker(&b);
	struct hearsay *h = open_to(&b, 20000);
	ck_assert_int_eq(hearsay_submit(h, &v, 1, &r), HEARSAY_OK);
	ck_assert_int_eq(r.status, HEARSAY_ACCEPTED);
	ck_assert_int_ge(b.messages, 2);
	hearsay_close(h);
	stop_broker(&b);
}
END_TEST

START_TEST(submit_is_sent_again_when_nobody_answers)
{
	struct broker b = { .answer = accept_all, .silent = 4, .impatient = true };
	struct hearsay_article v = article("a");
	struct hearsay_receipt r;

	start_broker(&b);
	struct hearsay *h = open_to(&b, 20000);
	ck_assert_int_eq(hearsay_submit(h, &v, 1, &r), HEARSAY_OK);
	ck_assert_int_ge(b.submits, 2);
	ck_assert_int_ge(b.heartbeats, 3);
	hearsay_close(h);
	stop_broker(&b);
}
END_TEST

START_TEST(what_is_refused_for_now_is_sent_again_alone)
{
	struct broker b = { .answer = accept_most, .refusals = 2 };
	struct hearsay_article v[] = { article("a"), article("b"), article("c") };
	struct hearsay_receipt r[3];

	start_broker(&b);
	struct hearsay *h = open_to(&b, 20000);
	ck_assert_int_eq(hearsay_submit(h, v, 3, r), HEARSAY_OK);
	ck_assert_int_eq(r[2].status, HEARSAY_ACCEPTED);
	ck_assert_uint_eq(r[2].job, 100); /* alone in its message */
	ck_assert_uint_eq(r[1].job, 101);
	ck_assert_int_eq(b.submits, 3);
	hearsay_close(h);
	stop_broker(&b);
}
END_TEST

START_TEST(refusals_to_the_end_are_receipts)
{
	struct broker b = { .answer = accept_most, .refusals = 1000 };
	struct hearsay_article v[] = { article("a"), article("b") };
	struct hearsay_receipt r[2];

	start_broker(&b);
	struct hearsay *h = open_to(&b, 4000);
	ck_assert_int_eq(hearsay_submit(h, v, 2, r), HEARSAY_OK);
	ck_assert_int_eq(r[0].status, HEARSAY_ACCEPTED);
	ck_assert_int_eq(r[1].status, HEARSAY_REFUSED);
	ck_assert_str_eq(r[1].reason, "the queue is full");
	hearsay_close(h);
	stop_broker(&b);
}
END_TEST

START_TEST(a_closing_broker_is_asked_again)
{
	struct broker b = { .answer = refuse_a_while, .refusals = 2 };
	struct hearsay_article v = article("a");
	struct hearsay_receipt r;

	start_broker(&b);
	struct hearsay *h = open_to(&b, 20000);
	ck_assert_int_eq(hearsay_submit(h, &v, 1, &r), HEARSAY_OK);
	ck_assert_int_eq(b.submits, 3);
	b.refusals = 1000;
	hearsay_close(h);
	h = open_to(&b, 4000);
	ck_assert_int_eq(hearsay_submit(h, &v, 1, &r), HEARSAY_ERROR_BUSY);
	ck_assert_ptr_nonnull(strstr(hearsay_error_text(), "shutting down"));
	hearsay_close(h);
	stop_broker(&b);
}
END_TEST

static const struct {
	const char *key, *text;
	size_t size;
	enum hearsay_error want;
} bad[] = {
	{ "", "x", 1, HEARSAY_ERROR_USAGE },
	{ NULL, "x", 1, HEARSAY_ERROR_USAGE },
	{ "k", "", 0, HEARSAY_ERROR_EMPTY },
	{ "k", "x", HEARSAY_ARTICLE_MAX + 1, HEARSAY_ERROR_TOO_BIG },
	{ "k", "caf\xe9", 4, HEARSAY_ERROR_BAD_INPUT },
	{ "k\xe9", "x", 1, HEARSAY_ERROR_BAD_INPUT },
};

START_TEST(bad_articles_never_leave)
{
	struct hearsay_article v = { .key = bad[_i].key,
		                     .text = bad[_i].text,
		                     .text_size = bad[_i].size };
	struct hearsay_receipt r;
	struct hearsay *h;

	ck_assert_int_eq(hearsay_open(NULL, NULL, &h), HEARSAY_OK);
	ck_assert_int_eq(hearsay_submit(h, &v, 1, &r), bad[_i].want);
	hearsay_close(h);
}
END_TEST

START_TEST(counts_have_limits)
{
	struct hearsay *h;
	static struct hearsay_reference many[HEARSAY_BATCH_MAX + 1];

	ck_assert_int_eq(hearsay_open(NULL, NULL, &h), HEARSAY_OK);
	ck_assert_int_eq(hearsay_get(h, many, 0, HEARSAY_WITH_STATE, NULL, NULL),
	                 HEARSAY_ERROR_USAGE);
	ck_assert_int_eq(
	    hearsay_get(h, many, HEARSAY_BATCH_MAX + 1, HEARSAY_WITH_STATE, NULL, NULL),
	    HEARSAY_ERROR_TOO_BIG);
	hearsay_close(h);
}
END_TEST

/* ------------------------------------------------------------------------- jobs */

struct seen {
	int n, unknown, damaged, wanted;
	uint64_t last;
};

static bool
see(void *arg, const struct hearsay_job *job)
{
	struct seen *s = arg;

	s->n++;
	s->last = job->sequence;
	if (job->state == HEARSAY_UNKNOWN) {
		s->unknown++;
	} else if (*job->model == '\0') {
		s->damaged++;
		ck_assert_ptr_nonnull(strstr(job->reason, "damaged"));
	} else {
		ck_assert_str_eq(job->model, "hearsay-test-1");
		ck_assert_uint_eq(job->attributions_n, 1);
		ck_assert_uint_eq(job->attributions[0].source.v[0].begin, 11);
		ck_assert_uint_eq(job->attributions[0].content.v[0].end, 8);
		ck_assert_int_eq(job->attributions[0].speaker, 0);
		ck_assert_int_eq(job->attributions[0].parent, HEARSAY_NONE);
		ck_assert_str_eq(job->attributions[0].speaker_reason, "named here");
		ck_assert_int_eq(job->attributions[0].stance, HEARSAY_DENIES);
		ck_assert_uint_eq(job->speakers_n, 1);
		ck_assert_str_eq(job->speakers[0].name, "She");
		ck_assert_uint_eq(job->claims_n, 1);
		ck_assert_str_eq(job->claims[0].quantities[0].unit, "days");
		ck_assert_str_eq(job->article.title, "Rain");
		ck_assert_uint_eq(job->article.text_size, 19);
	}
	return s->n != s->wanted;
}

START_TEST(get_tells_of_every_job_once)
{
	struct broker b = { .answer = give_jobs };
	struct hearsay_reference v[] = {
		{ .key = "a" }, { .key = "gone" }, { .key = "a" }, { .key = "broken" }
	};
	struct seen s = { 0 };

	start_broker(&b);
	struct hearsay *h = open_to(&b, 20000);
	ck_assert_int_eq(hearsay_get(h, v, 4, HEARSAY_WITH_BOTH, see, &s), HEARSAY_OK);
	ck_assert_int_eq(s.n, 4);
	ck_assert_int_eq(s.unknown, 1);
	ck_assert_int_eq(s.damaged, 1); /* and its neighbours were told all the same */
	hearsay_close(h);
	stop_broker(&b);
}
END_TEST

static bool
count_dead(void *arg, const struct hearsay_job *job)
{
	ck_assert_int_eq(job->state, HEARSAY_DEAD);
	ck_assert_str_eq(job->worker, "w");
	++*(int *)arg;
	return true;
}

START_TEST(the_dead_come_lot_by_lot)
{
	struct broker b = { .answer = give_dead,
		            .lose = 2 }; /* the second time it asks */
	struct hearsay_selection all = { 0 };
	int n = 0;

	start_broker(&b);
	struct hearsay *h = open_to(&b, 20000);
	ck_assert_int_eq(hearsay_dead(h, &all, HEARSAY_WITH_STATE, count_dead, &n),
	                 HEARSAY_OK);
	ck_assert_int_eq(n, 4);
	hearsay_close(h);
	stop_broker(&b);
}
END_TEST

START_TEST(an_order_has_an_outcome_for_each)
{
	struct broker b = { .answer = obey };
	struct hearsay_reference v[] = { { .id = 2 }, { .id = 3 } };
	struct hearsay_selection all = { 0 };
	struct hearsay_outcome o[2];
	uint64_t kicked = 0;

	start_broker(&b);
	struct hearsay *h = open_to(&b, 20000);
	ck_assert_int_eq(hearsay_order(h, HEARSAY_CANCEL, v, 2, o), HEARSAY_OK);
	ck_assert(o[0].changed && !o[1].changed);
	ck_assert_int_eq(o[1].state, HEARSAY_CANCELLED);
	ck_assert_uint_eq(o[1].job, 3);
	ck_assert_int_eq(hearsay_kick_dead(h, &all, &kicked), HEARSAY_OK);
	ck_assert_uint_eq(kicked, 6);
	hearsay_close(h);
	stop_broker(&b);
}
END_TEST

START_TEST(orders_by_selection_say_what_they_are_about)
{
	static const enum hearsay_act acts[] = { HEARSAY_PURGE, HEARSAY_PAUSE,
		                                 HEARSAY_DRAIN, HEARSAY_RESUME };
	struct broker b = { .answer = obey_once };
	struct hearsay_selection which = { .states =
		                               1 << HEARSAY_DONE | 1 << HEARSAY_CANCELLED,
		                           .before_ms = 5,
		                           .all_tenants = true };
	uint64_t n = 0;

	start_broker(&b);
	struct hearsay *h = open_to(&b, 20000);
	for (size_t i = 0; i < 4; i++) {
		ck_assert_int_eq(hearsay_order_all(h, acts[i], &which, &n), HEARSAY_OK);
		ck_assert_uint_eq(n, 3);
		pthread_mutex_lock(&asked);
		ck_assert_int_eq((int)asked_act, (int)acts[i]);
		ck_assert_uint_eq(asked_states, 1 << WIRE_DONE | 1 << WIRE_CANCELLED);
		ck_assert_uint_eq(asked_before, 5);
		ck_assert(asked_all);
		pthread_mutex_unlock(&asked);
	}
	hearsay_close(h);
	stop_broker(&b);
}
END_TEST

START_TEST(an_article_takes_its_terms_along)
{
	struct broker b = { .answer = accept_and_note };
	struct hearsay_article v = article("a");
	struct hearsay_receipt r;

	v.priority = -4;
	v.not_before_ms = 5;
	v.delay_ms = 6;
	v.lease_ms = 7;
	v.attempts = 8;
	start_broker(&b);
	struct hearsay *h = open_to(&b, 20000);
	ck_assert_int_eq(hearsay_submit(h, &v, 1, &r), HEARSAY_OK);
	pthread_mutex_lock(&asked);
	ck_assert_int_eq(asked_terms.priority, -4);
	ck_assert_uint_eq(asked_terms.not_before_ms, 5);
	ck_assert_uint_eq(asked_terms.delay_ms, 6);
	ck_assert_uint_eq(asked_terms.lease_ms, 7);
	ck_assert_uint_eq(asked_terms.attempts, 8);
	pthread_mutex_unlock(&asked);
	hearsay_close(h);
	stop_broker(&b);
}
END_TEST

START_TEST(outcomes_that_do_not_fit_are_refused)
{
	struct broker b = { .answer = obey_too_few };
	struct hearsay_reference v[] = { { .id = 2 }, { .id = 3 } };
	struct hearsay_outcome o[2];

	start_broker(&b);
	struct hearsay *h = open_to(&b, 20000);
	ck_assert_int_eq(hearsay_order(h, HEARSAY_KICK, v, 2, o),
	                 HEARSAY_ERROR_BAD_INPUT);
	hearsay_close(h);
	stop_broker(&b);
}
END_TEST

START_TEST(get_notices_what_is_left_out)
{
	struct broker b = { .answer = give_too_few };
	struct hearsay_reference v[] = { { .key = "a" }, { .key = "b" } };
	struct seen s = { 0 };

	start_broker(&b);
	struct hearsay *h = open_to(&b, 2000);
	ck_assert_int_eq(hearsay_get(h, v, 2, HEARSAY_WITH_BOTH, see, &s),
	                 HEARSAY_ERROR_BAD_INPUT);
	ck_assert_int_eq(s.n, 1);
	hearsay_close(h);
	stop_broker(&b);
}
END_TEST

START_TEST(wait_asks_only_for_what_is_left)
{
	struct broker b = { .answer = give_one };
	struct hearsay_reference v[] = { { .key = "a" }, { .key = "b" }, { .key = "c" } };
	struct seen s = { 0 };

	start_broker(&b);
	struct hearsay *h = open_to(&b, 20000);
	ck_assert_int_eq(hearsay_wait(h, v, 3, HEARSAY_WITH_BOTH, see, &s), HEARSAY_OK);
	ck_assert_int_eq(s.n, 3);
	hearsay_close(h);
	stop_broker(&b);
}
END_TEST

START_TEST(wait_ends_at_its_time)
{
	struct broker b = { .answer = give_events };
	struct hearsay_reference v = { .key = "never" };
	struct seen s = { 0 };

	start_broker(&b);
	struct hearsay *h = open_to(&b, 400);
	ck_assert_int_eq(hearsay_wait(h, &v, 1, HEARSAY_WITH_BOTH, see, &s),
	                 HEARSAY_ERROR_TIMEOUT);
	ck_assert_int_eq(s.n, 0);
	hearsay_close(h);
	stop_broker(&b);
}
END_TEST

START_TEST(watch_goes_on_behind_what_it_has_after_a_reconnect)
{
	struct broker b = { .answer = give_events, .lose = 2 };
	struct seen s = { .wanted = 2 };

	start_broker(&b);
	struct hearsay *h = open_to(&b, 20000);
	/* Message 1 asks where now is, message 2 is lost with the connection. */
	ck_assert_int_eq(hearsay_watch(h, HEARSAY_FROM_NOW, HEARSAY_WITH_BOTH, see, &s),
	                 HEARSAY_OK);
	ck_assert_uint_eq(s.last, 42);
	hearsay_close(h);
	stop_broker(&b);
}
END_TEST

START_TEST(follow_gives_one_job_at_a_time)
{
	struct broker b = { .answer = give_events };
	const struct hearsay_job *job;
	struct hearsay_stats stats;

	start_broker(&b);
	struct hearsay *h = open_to(&b, 20000);
	ck_assert_int_eq(hearsay_follow(h, 7, HEARSAY_WITH_BOTH), HEARSAY_OK);
	ck_assert_int_eq(hearsay_next(h, 3000, &job), HEARSAY_OK);
	ck_assert_uint_eq(job->sequence, 8);
	ck_assert_int_eq(hearsay_stats(h, &stats), HEARSAY_ERROR_USAGE);
	ck_assert_int_eq(hearsay_next(h, 3000, &job), HEARSAY_OK);
	ck_assert_uint_eq(job->sequence, 9);
	ck_assert_str_eq(job->article.title, "Rain");
	ck_assert_int_eq(hearsay_next(h, 50, &job), HEARSAY_ERROR_TIMEOUT);
	hearsay_unfollow(h);
	ck_assert_int_eq(hearsay_stats(h, &stats), HEARSAY_OK);
	ck_assert_uint_eq(stats.done, 3);
	ck_assert_str_eq(stats.software, "x 1");
	hearsay_close(h);
	stop_broker(&b);
}
END_TEST

/* -------------------------------------------------------------- in an event loop */

struct loop {
	struct hearsay *h;
	int ended, stopped;
	struct hearsay_stats stats;
};

static void
on_stopped(void *arg, enum hearsay_error error)
{
	struct loop *l = arg;

	ck_assert_int_eq(error, HEARSAY_OK);
	l->stopped++;
}

static void
on_stats(void *arg, enum hearsay_error error, const struct hearsay_stats *stats)
{
	struct loop *l = arg;

	ck_assert_int_eq(error, HEARSAY_OK);
	l->stats.done = stats->done;
	l->ended++;
	/* Not from in here: */
	ck_assert_int_eq(hearsay_poll(l->h), HEARSAY_ERROR_USAGE);
	if (l->ended < 3) /* but this is fine */
		ck_assert_int_eq(hearsay_stats_start(l->h, on_stats, l, NULL),
		                 HEARSAY_OK);
}

START_TEST(the_descriptor_tells_when_to_poll)
{
	struct broker b = { .answer = give_events };
	struct loop l = { 0 };
	struct hearsay_request *watch;
	struct seen s = { 0 };

	start_broker(&b);
	l.h = open_to(&b, 20000);
	ck_assert_int_eq(hearsay_stats_start(l.h, on_stats, &l, NULL), HEARSAY_OK);
	ck_assert_int_eq(
	    hearsay_watch_start(l.h, 5, HEARSAY_WITH_BOTH, NULL, on_stopped, &l, &watch),
	    HEARSAY_OK);
	hearsay_stop(l.h, watch); /* before there was anything to tell */
	ck_assert_int_eq(
	    hearsay_watch_start(l.h, 5, HEARSAY_WITH_BOTH, see, NULL, &s, &watch),
	    HEARSAY_OK);
	for (int i = 0; i < 200 && (l.ended < 3 || s.n < 2); i++) {
		struct pollfd p = { .fd = hearsay_fd(l.h), .events = POLLIN };

		ck_assert_int_eq(poll(&p, 1, 3000), 1);
		ck_assert_int_eq(hearsay_poll(l.h), HEARSAY_OK);
	}
	ck_assert_int_eq(l.ended, 3);
	ck_assert_int_eq(l.stopped, 1);
	ck_assert_int_eq(s.n, 2);
	ck_assert_uint_eq(l.stats.done, 3);
	hearsay_close(l.h);
	stop_broker(&b);
}
END_TEST

/* --------------------------------------------------------------- nobody, or worse */

START_TEST(no_broker_is_said_soon)
{
	struct hearsay_options o = { .connect_ms = 300 };
	struct hearsay_stats stats;
	struct hearsay *h;

	ck_assert_int_eq(hearsay_open("tcp://127.0.0.1:9", &o, &h), HEARSAY_OK);
	ck_assert_int_eq(hearsay_stats(h, &stats), HEARSAY_ERROR_TIMEOUT);
	ck_assert_ptr_nonnull(strstr(hearsay_error_text(), "no broker answers at tcp:"));
	hearsay_close(h);
	ck_assert_int_eq(hearsay_open("ipc:///nonexistent/hearsay.sock", &o, &h),
	                 HEARSAY_OK);
	ck_assert_int_eq(hearsay_stats(h, &stats), HEARSAY_ERROR_TIMEOUT);
	hearsay_close(h);
}
END_TEST

/* ZeroMQ's thread and ours must not wait for each other. */
START_TEST(a_handle_may_be_closed_as_soon_as_it_is_open)
{
	struct hearsay *h;

	for (int i = 0; i < 300; i++) {
		ck_assert_int_eq(hearsay_open("tcp://127.0.0.1:9", NULL, &h), HEARSAY_OK);
		hearsay_close(h);
	}
}
END_TEST

START_TEST(a_word_is_no_address)
{
	struct hearsay *h = NULL;

	ck_assert_int_eq(hearsay_open("localhost", NULL, &h), HEARSAY_ERROR_USAGE);
	ck_assert_ptr_nonnull(strstr(hearsay_error_text(), "tcp://HOST:PORT"));
	ck_assert_ptr_null(h);
	hearsay_close(h);
}
END_TEST

START_TEST(another_version_is_refused_with_ours)
{
	struct broker b = { .answer = refuse_version };
	struct hearsay_stats stats;

	start_broker(&b);
	struct hearsay *h = open_to(&b, 20000);
	ck_assert_int_eq(hearsay_stats(h, &stats), HEARSAY_ERROR_VERSION);
	ck_assert_ptr_nonnull(strstr(hearsay_error_text(), "speaks version 1"));
	hearsay_close(h);
	stop_broker(&b);
}
END_TEST

START_TEST(garbage_is_no_answer)
{
	struct broker b = { .garbage = "HTTP/1.1 400 Bad Request" };
	struct hearsay_stats stats;

	start_broker(&b);
	struct hearsay *h = open_to(&b, 20000);
	ck_assert_int_eq(hearsay_stats(h, &stats), HEARSAY_ERROR_BAD_INPUT);
	ck_assert_ptr_nonnull(strstr(hearsay_error_text(), "not a Hearsay broker"));
	hearsay_close(h);
	stop_broker(&b);
}
END_TEST

START_TEST(answers_that_do_not_fit_are_refused)
{
	struct broker b = { .answer = too_few_receipts };
	struct hearsay_article v[] = { article("a"), article("b") };
	struct hearsay_receipt r[2];

	start_broker(&b);
	struct hearsay *h = open_to(&b, 20000);
	ck_assert_int_eq(hearsay_submit(h, v, 2, r), HEARSAY_ERROR_BAD_INPUT);
	hearsay_close(h);
	stop_broker(&b);
}
END_TEST

START_TEST(answers_to_other_questions_are_refused)
{
	struct broker b = { .answer = give_jobs };
	struct hearsay_stats stats;

	start_broker(&b);
	struct hearsay *h = open_to(&b, 20000);
	ck_assert_int_eq(hearsay_stats(h, &stats), HEARSAY_ERROR_BAD_INPUT);
	hearsay_close(h);
	stop_broker(&b);
}
END_TEST

START_TEST(silence_ends_at_the_timeout)
{
	struct broker b = { .answer = accept_all, .silent = 1000 };
	struct hearsay_stats stats;

	start_broker(&b);
	struct hearsay *h = open_to(&b, 2000);
	ck_assert_int_eq(hearsay_stats(h, &stats), HEARSAY_ERROR_TIMEOUT);
	ck_assert_ptr_nonnull(
	    strstr(hearsay_error_text(), "did not answer in 2 seconds"));
	hearsay_close(h);
	stop_broker(&b);
}
END_TEST

static void
add_core(Suite *s)
{
	TCase *t = tcase_create("core");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, submit_gives_a_receipt_for_each);
	tcase_add_test(t, get_tells_of_every_job_once);
	tcase_add_test(t, wait_asks_only_for_what_is_left);
	tcase_add_test(t, follow_gives_one_job_at_a_time);
	tcase_add_test(t, the_descriptor_tells_when_to_poll);
	tcase_add_test(t, submit_is_sent_again_when_the_connection_is_lost);
	tcase_add_test(t, submit_is_sent_again_when_nobody_answers);
	tcase_add_test(t, what_is_refused_for_now_is_sent_again_alone);
	tcase_add_test(t, a_closing_broker_is_asked_again);
	tcase_add_test(t, watch_goes_on_behind_what_it_has_after_a_reconnect);
}

static void
add_limits(Suite *s)
{
	TCase *t = tcase_create("limits");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, refusals_to_the_end_are_receipts);
	tcase_add_loop_test(t, bad_articles_never_leave, 0, sizeof bad / sizeof bad[0]);
	tcase_add_test(t, counts_have_limits);
	tcase_add_test(t, get_notices_what_is_left_out);
	tcase_add_test(t, the_dead_come_lot_by_lot);
	tcase_add_test(t, an_order_has_an_outcome_for_each);
	tcase_add_test(t, orders_by_selection_say_what_they_are_about);
	tcase_add_test(t, an_article_takes_its_terms_along);
	tcase_add_test(t, outcomes_that_do_not_fit_are_refused);
	tcase_add_test(t, wait_ends_at_its_time);
	tcase_add_test(t, no_broker_is_said_soon);
	tcase_add_test(t, a_handle_may_be_closed_as_soon_as_it_is_open);
	tcase_add_test(t, a_word_is_no_address);
	tcase_add_test(t, another_version_is_refused_with_ours);
	tcase_add_test(t, garbage_is_no_answer);
	tcase_add_test(t, answers_that_do_not_fit_are_refused);
	tcase_add_test(t, answers_to_other_questions_are_refused);
	tcase_add_test(t, silence_ends_at_the_timeout);
}

int
main(void)
{
	Suite *s = suite_create("client");

	add_core(s);
	add_limits(s);
	return suite_run(s);
}
