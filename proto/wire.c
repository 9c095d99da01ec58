/*
 * The wire format.  The only file that knows protobuf-c: the rest of the
 * program sees struct wire_* and would not notice if the format changed.
 *
 * Reading unpacks into the caller's arena, so a hostile message can cost no
 * more than the arena's cap, and then checks what types cannot: counts,
 * enums, missing parts, spans out of order.  Every text of a read message ends
 * at its first NUL; the article itself is bytes and keeps them.
 *
 * The numbers of the oneofs in hearsay.proto are the values of enum wire_*_what.
 */
#include <assert.h>
#include <string.h>

#include "proto/hearsay.pb-c.h"
#include "utf8.h"
#include "wire.h"

#define MAKE(arena, type, init) make((arena), sizeof(type), &(type)init)
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const uint32_t supported[] = { WIRE_VERSION };

/* ------------------------------------------------------- memory and messages */

static void *
in_arena(void *arena, size_t size)
{
	return arena_raw(arena, size);
}

/* Arena memory goes all at once, with arena_reset. */
static void
keep(void *arena, void *p)
{
	(void)arena;
	(void)p;
}

static void *
unpack(struct arena *a, const ProtobufCMessageDescriptor *type, struct bytes in)
{
	ProtobufCAllocator alloc = { .alloc = in_arena,
		                     .free = keep,
		                     .allocator_data = a };

	if (in.n > WIRE_MESSAGE_MAX)
		return NULL;
	return protobuf_c_message_unpack(type, &alloc, in.n, in.v);
}

static struct bytes
pack(struct arena *a, const void *message)
{
	size_t n = protobuf_c_message_get_packed_size(message);
	uint8_t *out = arena_raw(a, n + 1);

	return (struct bytes){ protobuf_c_message_pack(message, out), out };
}

/* A message of its type's initial value. */
static void *
make(struct arena *a, size_t size, const void *init)
{
	return memcpy(arena_raw(a, size), init, size);
}

/* A list of n pointers to messages, each of them initial. */
static void *
make_list(struct arena *a, size_t n, size_t size, const void *init)
{
	void **list = arena_raw(a, n * sizeof *list + 1);

	for (size_t i = 0; i < n; i++)
		list[i] = make(a, size, init);
	return list;
}

#define MAKE_LIST(arena, n, type, init) make_list((arena), (n), sizeof(type), &(type)init)

static char *
text(const char *s)
{
	return (char *)(s == NULL ? "" : s);
}

static enum err
malformed(const char *what)
{
	return err_set(ERR_BAD_INPUT, "not a message of ours: %s", what);
}

static enum err
check_version(uint32_t version)
{
	if (version == WIRE_VERSION)
		return OK;
	return err_set(ERR_VERSION,
	               "it speaks version %u of the protocol, this program version %d",
	               version, WIRE_VERSION);
}

static enum err
check_count(size_t n)
{
	if (n <= WIRE_BATCH)
		return OK;
	return err_set(ERR_TOO_BIG, "%zu entries in one message; at most %d are taken", n,
	               WIRE_BATCH);
}

/* ------------------------------------------------------------ shared pieces */

static struct body
body_in(const Hearsay__Body *b)
{
	if (b == NULL)
		return (struct body){ 0 };
	return (struct body){ (enum coding)b->coding,
		              b->size,
		              { b->data.len, b->data.data } };
}

static Hearsay__Body *
body_out(struct arena *a, const struct body *b)
{
	Hearsay__Body *m = MAKE(a, Hearsay__Body, HEARSAY__BODY__INIT);

	m->coding = (Hearsay__Body__Coding)b->coding;
	m->size = b->size;
	m->data = (ProtobufCBinaryData){ b->data.n, (uint8_t *)b->data.v };
	return m;
}

static enum err
holds_in(struct arena *a, size_t n, Hearsay__Held **v, struct wire_holds *ret)
{
	enum err e = check_count(n);

	if (e != OK)
		return e;
	ret->n = n;
	ret->v = arena_alloc(a, n * sizeof *ret->v);
	for (size_t i = 0; i < n; i++)
		ret->v[i] = (struct wire_held){ v[i]->job, v[i]->fence };
	return OK;
}

static Hearsay__Held *
held_out(struct arena *a, struct wire_held h)
{
	Hearsay__Held *m = MAKE(a, Hearsay__Held, HEARSAY__HELD__INIT);

	m->job = h.job;
	m->fence = h.fence;
	return m;
}

static Hearsay__Held **
holds_out(struct arena *a, const struct wire_holds *h)
{
	Hearsay__Held **list = arena_raw(a, h->n * sizeof *list + 1);

	for (size_t i = 0; i < h->n; i++)
		list[i] = held_out(a, h->v[i]);
	return list;
}

/* ------------------------------------------------------------------ articles */

enum err
wire_article_read(struct arena *a, struct bytes in, struct wire_article *ret)
{
	const Hearsay__Article *m = unpack(a, &hearsay__article__descriptor, in);

	if (m == NULL)
		return malformed("an article that cannot be unpacked");
	size_t bad = utf8_valid((const char *)m->text.data, m->text.len);
	if (bad < m->text.len)
		return err_set(ERR_BAD_INPUT,
		               "the text is not UTF-8: byte %zu; convert it first", bad);
	*ret = (struct wire_article){
		.id = m->id,
		.key = m->key,
		.url = m->url,
		.title = m->title,
		.language = m->language,
		.published = m->published,
		.tenant = m->tenant,
		.text = { m->text.len, m->text.data },
	};
	return OK;
}

struct bytes
wire_article_write(struct arena *a, const struct wire_article *article)
{
	Hearsay__Article m = HEARSAY__ARTICLE__INIT;

	m.id = text(article->id);
	m.key = text(article->key);
	m.url = text(article->url);
	m.title = text(article->title);
	m.language = text(article->language);
	m.published = text(article->published);
	m.tenant = text(article->tenant);
	m.text = (ProtobufCBinaryData){ article->text.n, (uint8_t *)article->text.v };
	return pack(a, &m);
}

/* --------------------------------------------------------------- extractions */

static bool
spans_in(struct arena *a, size_t n, Hearsay__Span **v, struct spans *ret)
{
	uint32_t end = 0;

	ret->n = n;
	ret->v = arena_alloc(a, n * sizeof *ret->v);
	for (size_t i = 0; i < n; i++) {
		if (v[i]->begin >= v[i]->end || (i > 0 && v[i]->begin < end))
			return false;
		ret->v[i] = (struct span){ v[i]->begin, v[i]->end };
		end = v[i]->end;
	}
	return true;
}

static bool
attribution_in(struct arena *a, const Hearsay__Attribution *m, struct attribution *ret)
{
	ret->kind = (enum quotation)m->kind;
	ret->nested = m->nested;
	ret->confidence = m->confidence;
	return m->kind <= HEARSAY__QUOTATION__MIXED && (int)m->kind >= 0 &&
	       m->confidence >= 0 && m->confidence <= 1 &&
	       spans_in(a, m->n_source, m->source, &ret->source) &&
	       spans_in(a, m->n_cue, m->cue, &ret->cue) &&
	       spans_in(a, m->n_content, m->content, &ret->content);
}

enum err
wire_extraction_read(struct arena *a, struct bytes in, struct extraction *ret)
{
	const Hearsay__Extraction *m = unpack(a, &hearsay__extraction__descriptor, in);
	struct extraction x = { 0 };

	if (m == NULL)
		return malformed("an extraction that cannot be unpacked");
	x.model = m->model;
	x.n = m->n_attributions;
	x.v = arena_alloc(a, x.n * sizeof *x.v);
	for (size_t i = 0; i < x.n; i++)
		if (!attribution_in(a, m->attributions[i], &x.v[i]))
			return malformed("an attribution with spans out of order");
	*ret = x;
	return OK;
}

static Hearsay__Span **
spans_out(struct arena *a, const struct spans *s)
{
	Hearsay__Span **list = MAKE_LIST(a, s->n, Hearsay__Span, HEARSAY__SPAN__INIT);

	for (size_t i = 0; i < s->n; i++) {
		list[i]->begin = s->v[i].begin;
		list[i]->end = s->v[i].end;
	}
	return list;
}

struct bytes
wire_extraction_write(struct arena *a, const struct extraction *x)
{
	Hearsay__Extraction m = HEARSAY__EXTRACTION__INIT;

	m.model = text(x->model);
	m.n_attributions = x->n;
	m.attributions =
	    MAKE_LIST(a, x->n, Hearsay__Attribution, HEARSAY__ATTRIBUTION__INIT);
	for (size_t i = 0; i < x->n; i++) {
		const struct attribution *from = &x->v[i];
		Hearsay__Attribution *to = m.attributions[i];

		to->n_source = from->source.n;
		to->source = spans_out(a, &from->source);
		to->n_cue = from->cue.n;
		to->cue = spans_out(a, &from->cue);
		to->n_content = from->content.n;
		to->content = spans_out(a, &from->content);
		to->kind = (Hearsay__Quotation)from->kind;
		to->nested = from->nested;
		to->confidence = from->confidence;
	}
	return pack(a, &m);
}

/* ---------------------------------------------------------------------- jobs */

const char *
wire_state_name(enum wire_state s)
{
	static const char *const names[] = { "unknown", "ready", "delayed",  "leased",
		                             "done",    "dead",  "cancelled" };

	return (unsigned)s < LENGTH(names) ? names[s] : names[WIRE_UNKNOWN];
}

static enum wire_state
state_in(Hearsay__JobState s)
{
	return (unsigned)s <= WIRE_CANCELLED ? (enum wire_state)s : WIRE_UNKNOWN;
}

static void
job_in(const Hearsay__Job *m, struct wire_job *ret)
{
	*ret = (struct wire_job){
		.id = m->id,
		.key = m->key,
		.tenant = m->tenant,
		.article_id = m->article_id,
		.reason = m->reason,
		.worker = m->worker,
		.why = m->why,
		.state = state_in(m->state),
		.attempts = m->attempts,
		.submitted_ms = m->submitted_ms,
		.finished_ms = m->finished_ms,
		.sequence = m->sequence,
		.has_extraction = m->extraction != NULL,
		.has_article = m->article != NULL,
		.extraction = body_in(m->extraction),
		.article = body_in(m->article),
	};
}

static void
job_out(struct arena *a, const struct wire_job *j, Hearsay__Job *m)
{
	m->id = j->id;
	m->key = text(j->key);
	m->tenant = text(j->tenant);
	m->article_id = text(j->article_id);
	m->reason = text(j->reason);
	m->worker = text(j->worker);
	m->why = text(j->why);
	m->state = (Hearsay__JobState)j->state;
	m->attempts = j->attempts;
	m->submitted_ms = j->submitted_ms;
	m->finished_ms = j->finished_ms;
	m->sequence = j->sequence;
	m->extraction = j->has_extraction ? body_out(a, &j->extraction) : NULL;
	m->article = j->has_article ? body_out(a, &j->article) : NULL;
}

/* ---------------------------------------------------------- from the clients */

static enum err
submit_in(struct arena *a, const Hearsay__Submit *m, struct wire_client *ret)
{
	enum err e = check_count(m->n_submissions);

	if (e != OK)
		return e;
	ret->submit.n = m->n_submissions;
	ret->submit.v = arena_alloc(a, m->n_submissions * sizeof *ret->submit.v);
	for (size_t i = 0; i < m->n_submissions; i++) {
		const Hearsay__Submission *from = m->submissions[i];

		ret->submit.v[i] =
		    (struct wire_submission){ from->key, from->tenant, from->article_id,
			                      body_in(from->article) };
	}
	return OK;
}

static enum err
references_in(struct arena *a, size_t n, Hearsay__Reference **v, struct wire_query *ret)
{
	enum err e = check_count(n);

	if (e != OK)
		return e;
	ret->n = n;
	ret->v = arena_alloc(a, n * sizeof *ret->v);
	for (size_t i = 0; i < n; i++)
		ret->v[i] = (struct wire_reference){ v[i]->id, v[i]->key, v[i]->tenant };
	return OK;
}

static void
selection_in(const Hearsay__Selection *m, struct wire_selection *ret)
{
	static const Hearsay__Selection none = HEARSAY__SELECTION__INIT;

	if (m == NULL)
		m = &none;
	*ret = (struct wire_selection){ m->tenant, m->reason, m->all_tenants, m->after };
}

static enum err
order_in(struct arena *a, const Hearsay__Order *m, struct wire_client *ret)
{
	ret->act = (enum wire_act)m->act;
	if ((unsigned)m->act > WIRE_CANCEL_JOBS || ret->act == WIRE_NO_ACT)
		return malformed("an order that we do not know");
	if (m->n_jobs == 0 && m->dead == NULL)
		return malformed("an order that says not for which jobs");
	selection_in(m->dead, &ret->selection);
	return references_in(a, m->n_jobs, m->jobs, &ret->query);
}

static enum err
client_in(struct arena *a, const Hearsay__ClientMessage *m, struct wire_client *ret)
{
	struct wire_query *q = &ret->query;

	switch (m->what_case) {
	case HEARSAY__CLIENT_MESSAGE__WHAT_SUBMIT:
		return submit_in(a, m->submit, ret);
	case HEARSAY__CLIENT_MESSAGE__WHAT_GET:
		q->with_extraction = m->get->with_extraction;
		q->with_article = m->get->with_article;
		q->with_why = m->get->with_why;
		return references_in(a, m->get->n_jobs, m->get->jobs, q);
	case HEARSAY__CLIENT_MESSAGE__WHAT_WAIT:
		q->timeout_ms = m->wait->timeout_ms;
		q->with_extraction = m->wait->with_extraction;
		q->with_article = m->wait->with_article;
		return references_in(a, m->wait->n_jobs, m->wait->jobs, q);
	case HEARSAY__CLIENT_MESSAGE__WHAT_WATCH:
		q->after = m->watch->after;
		q->from_now = m->watch->from_now;
		q->with_extraction = m->watch->with_extraction;
		q->with_article = m->watch->with_article;
		return OK;
	case HEARSAY__CLIENT_MESSAGE__WHAT_DEAD:
		selection_in(m->dead->which, &ret->selection);
		return OK;
	case HEARSAY__CLIENT_MESSAGE__WHAT_ORDER:
		return order_in(a, m->order, ret);
	case HEARSAY__CLIENT_MESSAGE__WHAT_STATS:
	case HEARSAY__CLIENT_MESSAGE__WHAT_HEARTBEAT:
		return OK;
	default:
		return malformed("a client's message without a part that we know");
	}
}

enum err
wire_client_read(struct arena *a, struct bytes in, struct wire_client *ret)
{
	const Hearsay__ClientMessage *m =
	    unpack(a, &hearsay__client_message__descriptor, in);
	enum err e;

	*ret = (struct wire_client){ 0 };
	if (m == NULL)
		return malformed("it cannot be unpacked");
	ret->request = m->request;
	if ((e = check_version(m->version)) != OK)
		return e;
	ret->what = (enum wire_client_what)m->what_case;
	return client_in(a, m, ret);
}

static Hearsay__Submit *
submit_out(struct arena *a, const struct wire_client *c)
{
	Hearsay__Submit *m = MAKE(a, Hearsay__Submit, HEARSAY__SUBMIT__INIT);

	m->n_submissions = c->submit.n;
	m->submissions =
	    MAKE_LIST(a, c->submit.n, Hearsay__Submission, HEARSAY__SUBMISSION__INIT);
	for (size_t i = 0; i < c->submit.n; i++) {
		const struct wire_submission *from = &c->submit.v[i];

		m->submissions[i]->key = text(from->key);
		m->submissions[i]->tenant = text(from->tenant);
		m->submissions[i]->article_id = text(from->article_id);
		m->submissions[i]->article = body_out(a, &from->article);
	}
	return m;
}

static Hearsay__Reference **
references_out(struct arena *a, const struct wire_query *q)
{
	Hearsay__Reference **list =
	    MAKE_LIST(a, q->n, Hearsay__Reference, HEARSAY__REFERENCE__INIT);

	for (size_t i = 0; i < q->n; i++) {
		list[i]->id = q->v[i].id;
		list[i]->key = text(q->v[i].key);
		list[i]->tenant = text(q->v[i].tenant);
	}
	return list;
}

static Hearsay__Get *
get_out(struct arena *a, const struct wire_query *q)
{
	Hearsay__Get *m = MAKE(a, Hearsay__Get, HEARSAY__GET__INIT);

	m->with_why = q->with_why;
	m->n_jobs = q->n;
	m->jobs = references_out(a, q);
	m->with_extraction = q->with_extraction;
	m->with_article = q->with_article;
	return m;
}

static Hearsay__Wait *
wait_out(struct arena *a, const struct wire_query *q)
{
	Hearsay__Wait *m = MAKE(a, Hearsay__Wait, HEARSAY__WAIT__INIT);

	m->n_jobs = q->n;
	m->jobs = references_out(a, q);
	m->timeout_ms = q->timeout_ms;
	m->with_extraction = q->with_extraction;
	m->with_article = q->with_article;
	return m;
}

static Hearsay__Watch *
watch_out(struct arena *a, const struct wire_query *q)
{
	Hearsay__Watch *m = MAKE(a, Hearsay__Watch, HEARSAY__WATCH__INIT);

	m->after = q->after;
	m->from_now = q->from_now;
	m->with_extraction = q->with_extraction;
	m->with_article = q->with_article;
	return m;
}

static Hearsay__Selection *
selection_out(struct arena *a, const struct wire_selection *s)
{
	Hearsay__Selection *m = MAKE(a, Hearsay__Selection, HEARSAY__SELECTION__INIT);

	m->tenant = text(s->tenant);
	m->reason = text(s->reason);
	m->all_tenants = s->all_tenants;
	m->after = s->after;
	return m;
}

static Hearsay__Dead *
dead_out(struct arena *a, const struct wire_selection *s)
{
	Hearsay__Dead *m = MAKE(a, Hearsay__Dead, HEARSAY__DEAD__INIT);

	m->which = selection_out(a, s);
	return m;
}

static Hearsay__Order *
order_out(struct arena *a, const struct wire_client *c)
{
	Hearsay__Order *m = MAKE(a, Hearsay__Order, HEARSAY__ORDER__INIT);

	m->act = (Hearsay__Order__Act)c->act;
	m->n_jobs = c->query.n;
	m->jobs = references_out(a, &c->query);
	if (c->query.n == 0)
		m->dead = selection_out(a, &c->selection);
	return m;
}

struct bytes
wire_client_write(struct arena *a, const struct wire_client *c)
{
	Hearsay__ClientMessage m = HEARSAY__CLIENT_MESSAGE__INIT;

	m.version = WIRE_VERSION;
	m.request = c->request;
	m.what_case = (Hearsay__ClientMessage__WhatCase)c->what;
	switch (c->what) {
	case WIRE_SUBMIT:
		m.submit = submit_out(a, c);
		break;
	case WIRE_GET:
		m.get = get_out(a, &c->query);
		break;
	case WIRE_WAIT:
		m.wait = wait_out(a, &c->query);
		break;
	case WIRE_WATCH:
		m.watch = watch_out(a, &c->query);
		break;
	case WIRE_STATS:
		m.stats = MAKE(a, Hearsay__StatsRequest, HEARSAY__STATS_REQUEST__INIT);
		break;
	case WIRE_LIST_DEAD:
		m.dead = dead_out(a, &c->selection);
		break;
	case WIRE_ORDER:
		m.order = order_out(a, c);
		break;
	case WIRE_CLIENT_HEARTBEAT:
		m.heartbeat = MAKE(a, Hearsay__Heartbeat, HEARSAY__HEARTBEAT__INIT);
		break;
	}
	return pack(a, &m);
}

/* ---------------------------------------------------------- from the workers */

static enum err
hello_in(struct arena *a, const Hearsay__Hello *m, struct wire_hello *ret)
{
	*ret = (struct wire_hello){ .name = m->name,
		                    .model = m->model,
		                    .software = m->software,
		                    .session = m->session,
		                    .threads = m->threads };
	return holds_in(a, m->n_holds, m->holds, &ret->holds);
}

static enum err
results_in(struct arena *a, const Hearsay__Report *m, struct wire_worker *ret)
{
	ret->report.n_results = m->n_results;
	ret->report.results = arena_alloc(a, m->n_results * sizeof *ret->report.results);
	for (size_t i = 0; i < m->n_results; i++) {
		const Hearsay__Result *from = m->results[i];

		if (from->lease == NULL || from->extraction == NULL)
			return malformed("a result without its lease or its extraction");
		ret->report.results[i] =
		    (struct wire_result){ { from->lease->job, from->lease->fence },
			                  from->model,
			                  body_in(from->extraction) };
	}
	return OK;
}

static enum err
failures_in(struct arena *a, const Hearsay__Report *m, struct wire_worker *ret)
{
	ret->report.n_failures = m->n_failures;
	ret->report.failures =
	    arena_alloc(a, m->n_failures * sizeof *ret->report.failures);
	for (size_t i = 0; i < m->n_failures; i++) {
		const Hearsay__Failure *from = m->failures[i];

		if (from->lease == NULL)
			return malformed("a failure without its lease");
		ret->report.failures[i] =
		    (struct wire_failure){ { from->lease->job, from->lease->fence },
			                   from->reason,
			                   from->final };
	}
	return OK;
}

static enum err
report_in(struct arena *a, const Hearsay__Report *m, struct wire_worker *ret)
{
	enum err e;

	if ((e = check_count(m->n_results)) != OK ||
	    (e = check_count(m->n_failures)) != OK || (e = results_in(a, m, ret)) != OK)
		return e;
	return failures_in(a, m, ret);
}

static enum err
worker_in(struct arena *a, const Hearsay__WorkerMessage *m, struct wire_worker *ret)
{
	switch (m->what_case) {
	case HEARSAY__WORKER_MESSAGE__WHAT_HELLO:
		return hello_in(a, m->hello, &ret->hello);
	case HEARSAY__WORKER_MESSAGE__WHAT_CREDIT:
		ret->credit = m->credit->articles;
		return OK;
	case HEARSAY__WORKER_MESSAGE__WHAT_TOUCH:
		return holds_in(a, m->touch->n_holds, m->touch->holds, &ret->holds);
	case HEARSAY__WORKER_MESSAGE__WHAT_REPORT:
		return report_in(a, m->report, ret);
	case HEARSAY__WORKER_MESSAGE__WHAT_GOODBYE:
		return holds_in(a, m->goodbye->n_holds, m->goodbye->holds, &ret->holds);
	case HEARSAY__WORKER_MESSAGE__WHAT_HEARTBEAT:
		return OK;
	default:
		return malformed("a worker's message without a part that we know");
	}
}

enum err
wire_worker_read(struct arena *a, struct bytes in, struct wire_worker *ret)
{
	const Hearsay__WorkerMessage *m =
	    unpack(a, &hearsay__worker_message__descriptor, in);
	enum err e;

	*ret = (struct wire_worker){ 0 };
	if (m == NULL)
		return malformed("it cannot be unpacked");
	if ((e = check_version(m->version)) != OK)
		return e;
	ret->what = (enum wire_worker_what)m->what_case;
	return worker_in(a, m, ret);
}

static Hearsay__Hello *
hello_out(struct arena *a, const struct wire_hello *h)
{
	Hearsay__Hello *m = MAKE(a, Hearsay__Hello, HEARSAY__HELLO__INIT);

	m->name = text(h->name);
	m->model = text(h->model);
	m->software = text(h->software);
	m->session = h->session;
	m->threads = h->threads;
	m->n_holds = h->holds.n;
	m->holds = holds_out(a, &h->holds);
	return m;
}

static void
results_out(struct arena *a, const struct wire_worker *w, Hearsay__Report *m)
{
	m->n_results = w->report.n_results;
	m->results = MAKE_LIST(a, m->n_results, Hearsay__Result, HEARSAY__RESULT__INIT);
	for (size_t i = 0; i < m->n_results; i++) {
		const struct wire_result *from = &w->report.results[i];

		m->results[i]->lease = held_out(a, from->lease);
		m->results[i]->model = text(from->model);
		m->results[i]->extraction = body_out(a, &from->extraction);
	}
}

static Hearsay__Report *
report_out(struct arena *a, const struct wire_worker *w)
{
	Hearsay__Report *m = MAKE(a, Hearsay__Report, HEARSAY__REPORT__INIT);

	results_out(a, w, m);
	m->n_failures = w->report.n_failures;
	m->failures =
	    MAKE_LIST(a, m->n_failures, Hearsay__Failure, HEARSAY__FAILURE__INIT);
	for (size_t i = 0; i < m->n_failures; i++) {
		const struct wire_failure *from = &w->report.failures[i];

		m->failures[i]->lease = held_out(a, from->lease);
		m->failures[i]->reason = text(from->reason);
		m->failures[i]->final = from->final;
	}
	return m;
}

struct bytes
wire_worker_write(struct arena *a, const struct wire_worker *w)
{
	Hearsay__WorkerMessage m = HEARSAY__WORKER_MESSAGE__INIT;

	m.version = WIRE_VERSION;
	m.what_case = (Hearsay__WorkerMessage__WhatCase)w->what;
	switch (w->what) {
	case WIRE_HELLO:
		m.hello = hello_out(a, &w->hello);
		break;
	case WIRE_CREDIT:
		m.credit = MAKE(a, Hearsay__Credit, HEARSAY__CREDIT__INIT);
		m.credit->articles = w->credit;
		break;
	case WIRE_TOUCH:
		m.touch = MAKE(a, Hearsay__Touch, HEARSAY__TOUCH__INIT);
		m.touch->n_holds = w->holds.n;
		m.touch->holds = holds_out(a, &w->holds);
		break;
	case WIRE_REPORT:
		m.report = report_out(a, w);
		break;
	case WIRE_WORKER_HEARTBEAT:
		m.heartbeat = MAKE(a, Hearsay__Heartbeat, HEARSAY__HEARTBEAT__INIT);
		break;
	case WIRE_GOODBYE:
		m.goodbye = MAKE(a, Hearsay__Goodbye, HEARSAY__GOODBYE__INIT);
		m.goodbye->n_holds = w->holds.n;
		m.goodbye->holds = holds_out(a, &w->holds);
		break;
	}
	return pack(a, &m);
}

/* ----------------------------------------------------------- from the broker */

static enum err
submitted_in(struct arena *a, const Hearsay__BrokerMessage *m, struct wire_broker *ret)
{
	const Hearsay__Submitted *in = m->submitted;
	enum err e = check_count(in->n_receipts);

	if (e != OK)
		return e;
	ret->submitted.n = in->n_receipts;
	ret->submitted.v = arena_alloc(a, in->n_receipts * sizeof *ret->submitted.v);
	for (size_t i = 0; i < in->n_receipts; i++) {
		const Hearsay__Receipt *r = in->receipts[i];

		ret->submitted.v[i] =
		    (struct wire_receipt){ (unsigned)r->status <= WIRE_CONFLICT
			                       ? (enum wire_receipt_status)r->status
			                       : WIRE_REFUSED,
			                   r->id, r->key, r->reason, r->retry_after_ms };
	}
	return OK;
}

static enum err
jobs_in(struct arena *a, const Hearsay__BrokerMessage *m, struct wire_broker *ret)
{
	enum err e = check_count(m->jobs->n_jobs);

	if (e != OK)
		return e;
	ret->jobs.n = m->jobs->n_jobs;
	ret->jobs.more = m->jobs->more;
	ret->jobs.next = m->jobs->next;
	ret->jobs.v = arena_alloc(a, ret->jobs.n * sizeof *ret->jobs.v);
	for (size_t i = 0; i < ret->jobs.n; i++)
		job_in(m->jobs->jobs[i], &ret->jobs.v[i]);
	return OK;
}

static enum err
ordered_in(struct arena *a, const Hearsay__BrokerMessage *m, struct wire_broker *ret)
{
	const Hearsay__Ordered *in = m->ordered;
	enum err e = check_count(in->n_outcomes);

	if (e != OK)
		return e;
	ret->ordered.changed = in->changed;
	ret->ordered.next = in->next;
	ret->ordered.n = in->n_outcomes;
	ret->ordered.v = arena_alloc(a, in->n_outcomes * sizeof *ret->ordered.v);
	for (size_t i = 0; i < in->n_outcomes; i++) {
		const Hearsay__Outcome *o = in->outcomes[i];

		ret->ordered.v[i] =
		    (struct wire_outcome){ o->changed, o->id, state_in(o->state) };
	}
	return OK;
}

static enum err
stats_in(struct arena *a, const Hearsay__BrokerMessage *m, struct wire_broker *ret)
{
	const Hearsay__Stats *s = m->stats;

	(void)a;
	ret->stats = (struct wire_stats){ .ready = s->ready,
		                          .delayed = s->delayed,
		                          .leased = s->leased,
		                          .done = s->done,
		                          .dead = s->dead,
		                          .cancelled = s->cancelled,
		                          .workers = s->workers,
		                          .threads = s->threads,
		                          .clients = s->clients,
		                          .oldest_ready_ms = s->oldest_ready_ms,
		                          .done_per_minute = s->done_per_minute,
		                          .uptime_ms = s->uptime_ms,
		                          .sequence = s->sequence,
		                          .software = s->software };
	return OK;
}

static enum err
refusal_in(struct arena *a, const Hearsay__BrokerMessage *m, struct wire_broker *ret)
{
	const Hearsay__Refusal *r = m->refusal;

	(void)a;
	ret->refusal = (struct wire_refusal){
		.code = (unsigned)r->code <= WIRE_REFUSAL_CLOSING
		            ? (enum wire_refusal_code)r->code
		            : WIRE_REFUSAL_OTHER,
		.reason = r->reason,
		.retry_after_ms = r->retry_after_ms,
	};
	for (size_t i = 0; i < r->n_supported && i < LENGTH(ret->refusal.supported) - 1;
	     i++)
		ret->refusal.supported[i] = r->supported[i];
	return OK;
}

static enum err
heartbeat_in(struct arena *a, const Hearsay__BrokerMessage *m, struct wire_broker *ret)
{
	(void)a;
	(void)m;
	(void)ret;
	return OK;
}

static enum err
welcome_in(struct arena *a, const Hearsay__BrokerMessage *m, struct wire_broker *ret)
{
	(void)a;
	ret->welcome =
	    (struct wire_welcome){ m->welcome->heartbeat_ms, m->welcome->lease_ms,
		                   m->welcome->software };
	return OK;
}

static enum err
leases_in(struct arena *a, const Hearsay__BrokerMessage *m, struct wire_broker *ret)
{
	enum err e = check_count(m->leases->n_leases);

	if (e != OK)
		return e;
	ret->leases.n = m->leases->n_leases;
	ret->leases.v = arena_alloc(a, ret->leases.n * sizeof *ret->leases.v);
	for (size_t i = 0; i < ret->leases.n; i++) {
		const Hearsay__Lease *l = m->leases->leases[i];

		ret->leases.v[i] =
		    (struct wire_lease){ l->job, l->fence, l->attempt, l->lease_ms,
			                 body_in(l->article) };
	}
	return OK;
}

static enum err
settled_in(struct arena *a, const Hearsay__BrokerMessage *m, struct wire_broker *ret)
{
	enum err e = check_count(m->settled->n_settlements);

	if (e != OK)
		return e;
	ret->settled.n = m->settled->n_settlements;
	ret->settled.v = arena_alloc(a, ret->settled.n * sizeof *ret->settled.v);
	for (size_t i = 0; i < ret->settled.n; i++) {
		const Hearsay__Settlement *s = m->settled->settlements[i];

		if (s->lease == NULL)
			return malformed("a settlement without its lease");
		ret->settled.v[i] = (struct wire_settlement){
			{ s->lease->job, s->lease->fence },
			s->status == HEARSAY__SETTLEMENT__STATUS__STORED ? WIRE_STORED
			                                                 : WIRE_STALE
		};
	}
	return OK;
}

static enum err
cancel_in(struct arena *a, const Hearsay__BrokerMessage *m, struct wire_broker *ret)
{
	return holds_in(a, m->cancel->n_leases, m->cancel->leases, &ret->cancel);
}

static enum err (*const broker_readers[])(struct arena *, const Hearsay__BrokerMessage *,
                                          struct wire_broker *) = {
	[HEARSAY__BROKER_MESSAGE__WHAT_SUBMITTED] = submitted_in,
	[HEARSAY__BROKER_MESSAGE__WHAT_JOBS] = jobs_in,
	[HEARSAY__BROKER_MESSAGE__WHAT_ORDERED] = ordered_in,
	[HEARSAY__BROKER_MESSAGE__WHAT_STATS] = stats_in,
	[HEARSAY__BROKER_MESSAGE__WHAT_REFUSAL] = refusal_in,
	[HEARSAY__BROKER_MESSAGE__WHAT_HEARTBEAT] = heartbeat_in,
	[HEARSAY__BROKER_MESSAGE__WHAT_WELCOME] = welcome_in,
	[HEARSAY__BROKER_MESSAGE__WHAT_LEASES] = leases_in,
	[HEARSAY__BROKER_MESSAGE__WHAT_SETTLED] = settled_in,
	[HEARSAY__BROKER_MESSAGE__WHAT_CANCEL] = cancel_in,
};

enum err
wire_broker_read(struct arena *a, struct bytes in, struct wire_broker *ret)
{
	const Hearsay__BrokerMessage *m =
	    unpack(a, &hearsay__broker_message__descriptor, in);
	unsigned what;

	*ret = (struct wire_broker){ 0 };
	if (m == NULL)
		return malformed("it cannot be unpacked");
	ret->request = m->request;
	what = (unsigned)m->what_case;
	/* A refusal is understood whatever version it comes in: it may be about that. */
	if (what != WIRE_REFUSAL && check_version(m->version) != OK)
		return ERR_VERSION;
	if (what >= LENGTH(broker_readers) || broker_readers[what] == NULL)
		return malformed("a broker's message without a part that we know");
	ret->what = (enum wire_broker_what)what;
	return broker_readers[what](a, m, ret);
}

static Hearsay__Submitted *
submitted_out(struct arena *a, const struct wire_broker *b)
{
	Hearsay__Submitted *m = MAKE(a, Hearsay__Submitted, HEARSAY__SUBMITTED__INIT);

	m->n_receipts = b->submitted.n;
	m->receipts =
	    MAKE_LIST(a, b->submitted.n, Hearsay__Receipt, HEARSAY__RECEIPT__INIT);
	for (size_t i = 0; i < b->submitted.n; i++) {
		const struct wire_receipt *from = &b->submitted.v[i];

		m->receipts[i]->status = (Hearsay__Receipt__Status)from->status;
		m->receipts[i]->id = from->id;
		m->receipts[i]->key = text(from->key);
		m->receipts[i]->reason = text(from->reason);
		m->receipts[i]->retry_after_ms = from->retry_after_ms;
	}
	return m;
}

static Hearsay__Jobs *
jobs_out(struct arena *a, const struct wire_broker *b)
{
	Hearsay__Jobs *m = MAKE(a, Hearsay__Jobs, HEARSAY__JOBS__INIT);

	m->more = b->jobs.more;
	m->next = b->jobs.next;
	m->n_jobs = b->jobs.n;
	m->jobs = MAKE_LIST(a, b->jobs.n, Hearsay__Job, HEARSAY__JOB__INIT);
	for (size_t i = 0; i < b->jobs.n; i++)
		job_out(a, &b->jobs.v[i], m->jobs[i]);
	return m;
}

static Hearsay__Ordered *
ordered_out(struct arena *a, const struct wire_broker *b)
{
	Hearsay__Ordered *m = MAKE(a, Hearsay__Ordered, HEARSAY__ORDERED__INIT);

	m->changed = b->ordered.changed;
	m->next = b->ordered.next;
	m->n_outcomes = b->ordered.n;
	m->outcomes =
	    MAKE_LIST(a, b->ordered.n, Hearsay__Outcome, HEARSAY__OUTCOME__INIT);
	for (size_t i = 0; i < b->ordered.n; i++) {
		m->outcomes[i]->changed = b->ordered.v[i].changed;
		m->outcomes[i]->id = b->ordered.v[i].id;
		m->outcomes[i]->state = (Hearsay__JobState)b->ordered.v[i].state;
	}
	return m;
}

static Hearsay__Stats *
stats_out(struct arena *a, const struct wire_broker *b)
{
	Hearsay__Stats *m = MAKE(a, Hearsay__Stats, HEARSAY__STATS__INIT);
	const struct wire_stats *s = &b->stats;

	m->ready = s->ready;
	m->delayed = s->delayed;
	m->leased = s->leased;
	m->done = s->done;
	m->dead = s->dead;
	m->cancelled = s->cancelled;
	m->workers = s->workers;
	m->threads = s->threads;
	m->clients = s->clients;
	m->oldest_ready_ms = s->oldest_ready_ms;
	m->done_per_minute = s->done_per_minute;
	m->uptime_ms = s->uptime_ms;
	m->sequence = s->sequence;
	m->software = text(s->software);
	return m;
}

static Hearsay__Refusal *
refusal_out(struct arena *a, const struct wire_broker *b)
{
	Hearsay__Refusal *m = MAKE(a, Hearsay__Refusal, HEARSAY__REFUSAL__INIT);

	m->code = (Hearsay__Refusal__Code)b->refusal.code;
	m->reason = text(b->refusal.reason);
	m->retry_after_ms = b->refusal.retry_after_ms;
	if (b->refusal.code == WIRE_REFUSAL_VERSION) {
		m->n_supported = LENGTH(supported);
		m->supported = (uint32_t *)supported;
	}
	return m;
}

static Hearsay__Welcome *
welcome_out(struct arena *a, const struct wire_broker *b)
{
	Hearsay__Welcome *m = MAKE(a, Hearsay__Welcome, HEARSAY__WELCOME__INIT);

	m->heartbeat_ms = b->welcome.heartbeat_ms;
	m->lease_ms = b->welcome.lease_ms;
	m->software = text(b->welcome.software);
	return m;
}

static Hearsay__Leases *
leases_out(struct arena *a, const struct wire_broker *b)
{
	Hearsay__Leases *m = MAKE(a, Hearsay__Leases, HEARSAY__LEASES__INIT);

	m->n_leases = b->leases.n;
	m->leases = MAKE_LIST(a, b->leases.n, Hearsay__Lease, HEARSAY__LEASE__INIT);
	for (size_t i = 0; i < b->leases.n; i++) {
		const struct wire_lease *from = &b->leases.v[i];

		m->leases[i]->job = from->job;
		m->leases[i]->fence = from->fence;
		m->leases[i]->attempt = from->attempt;
		m->leases[i]->lease_ms = from->lease_ms;
		m->leases[i]->article = body_out(a, &from->article);
	}
	return m;
}

static Hearsay__Settled *
settled_out(struct arena *a, const struct wire_broker *b)
{
	Hearsay__Settled *m = MAKE(a, Hearsay__Settled, HEARSAY__SETTLED__INIT);

	m->n_settlements = b->settled.n;
	m->settlements =
	    MAKE_LIST(a, b->settled.n, Hearsay__Settlement, HEARSAY__SETTLEMENT__INIT);
	for (size_t i = 0; i < b->settled.n; i++) {
		m->settlements[i]->lease = held_out(a, b->settled.v[i].lease);
		m->settlements[i]->status =
		    (Hearsay__Settlement__Status)b->settled.v[i].status;
	}
	return m;
}

static Hearsay__Cancel *
cancel_out(struct arena *a, const struct wire_broker *b)
{
	Hearsay__Cancel *m = MAKE(a, Hearsay__Cancel, HEARSAY__CANCEL__INIT);

	m->n_leases = b->cancel.n;
	m->leases = holds_out(a, &b->cancel);
	return m;
}

struct bytes
wire_broker_write(struct arena *a, const struct wire_broker *b)
{
	Hearsay__BrokerMessage m = HEARSAY__BROKER_MESSAGE__INIT;

	m.version = WIRE_VERSION;
	m.request = b->request;
	m.what_case = (Hearsay__BrokerMessage__WhatCase)b->what;
	switch (b->what) {
	case WIRE_SUBMITTED:
		m.submitted = submitted_out(a, b);
		break;
	case WIRE_JOBS:
		m.jobs = jobs_out(a, b);
		break;
	case WIRE_ORDERED:
		m.ordered = ordered_out(a, b);
		break;
	case WIRE_STATS_ANSWER:
		m.stats = stats_out(a, b);
		break;
	case WIRE_REFUSAL:
		m.refusal = refusal_out(a, b);
		break;
	case WIRE_BROKER_HEARTBEAT:
		m.heartbeat = MAKE(a, Hearsay__Heartbeat, HEARSAY__HEARTBEAT__INIT);
		break;
	case WIRE_WELCOME:
		m.welcome = welcome_out(a, b);
		break;
	case WIRE_LEASES:
		m.leases = leases_out(a, b);
		break;
	case WIRE_SETTLED:
		m.settled = settled_out(a, b);
		break;
	case WIRE_CANCEL:
		m.cancel = cancel_out(a, b);
		break;
	}
	return pack(a, &m);
}
