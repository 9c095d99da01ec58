/*
 * libhearsay: requests to a broker, each kept until it is answered.
 *
 * Blocking calls start a request and turn the handle until it ends, so there is one
 * path through here, and it never waits.
 *
 * Invariants
 * 1. A request is on the list from its start until its end was told, once.
 * 2. Each sending has a number of its own, and only the answer to the newest counts;
 *    so after a reconnect an old answer cannot be taken for a new one.
 * 3. A sending carries only what is still unanswered: receipts given, jobs told and
 *    events seen are never asked for again.  Hence nothing is told twice.
 * 4. Callbacks run outside arena_run and with the list in order: they may start and
 *    stop requests.
 * 5. What was read is held in `in` until every job of it was told; while jobs are
 *    held for hearsay_next nothing more is read, and the broker waits.
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dealer.h"
#include "hearsay.h"
#include "publish.h"
#include "utf8.h"
#include "wire.h"

enum {
	CONNECT_MS = 3000,
	TIMEOUT_MS = 30000,
	HEARTBEAT_MS = 5000,
	SILENCES = 4,      /* heartbeats unanswered before the line is made anew */
	AGAIN_MS = 250,    /* at least, before what was refused is sent again */
	WAIT_MS = 3600000, /* a wait is asked for anew after so long */
	MAX_JOB = 256 << 20,
	EVENTS = 64, /* taken in one go, and so often in a turn */
	ROUNDS = 4,
};

/* The public numbers are ours, so that they can be passed on. */
#define SAME(public, ours) _Static_assert((int)(public) == (int)(ours), #public)
SAME(HEARSAY_ERROR_USAGE, ERR_USAGE);
SAME(HEARSAY_ERROR_TIMEOUT, ERR_TIMEOUT);
SAME(HEARSAY_ERROR_NOT_FOUND, ERR_NOT_FOUND);
SAME(HEARSAY_ERROR_FULL, ERR_FULL);
SAME(HEARSAY_CONFLICT, WIRE_CONFLICT);
SAME(HEARSAY_CANCELLED, WIRE_CANCELLED);
SAME(HEARSAY_BATCH_MAX, WIRE_BATCH);
SAME(HEARSAY_ARTICLE_MAX, ARTICLE_MAX);

struct hearsay_request {
	struct hearsay_request *next;
	enum wire_client_what what;
	struct arena *a;                  /* what was asked and its receipts live here */
	uint64_t number;                  /* of its newest sending, 0 before the first */
	int64_t started, deadline, again; /* -1: never */
	bool sent, ended, keep;
	bool has_receipts; /* for all, if only refusals so far for some */
	enum err refused;  /* what the newest sending met, OK for nothing yet */
	enum err error;    /* once ended */
	char why[512];

	size_t n, left; /* asked for, and not yet answered */
	struct wire_submission *submissions;
	struct hearsay_receipt *receipts;
	size_t *waiting; /* of SUBMIT: those not yet answered */
	struct wire_reference *jobs;
	bool *told;     /* of GET and WAIT */
	size_t hint;    /* answers come mostly in the order asked */
	uint64_t after; /* of WATCH: newest seen */
	bool from_now;  /* ... and not known yet where that is */
	enum hearsay_with with;
	struct hearsay_stats stats;

	hearsay_job_callback *on_job; /* NULL: taken with hearsay_next */
	hearsay_end_callback *on_end;
	hearsay_receipt_callback *on_receipts;
	hearsay_stats_callback *on_stats;
	void *arg;
};

struct hearsay {
	struct dealer *dealer;
	char *endpoint, *tenant;
	int connect_ms, timeout_ms, heartbeat_ms;
	struct hearsay_request *requests;
	uint64_t numbers;
	bool was_up, busy;
	int64_t heard, asked,
	    turned; /* when the broker spoke, was asked to, and we ran */

	struct arena *in, *out;
	struct arena *kept;         /* receipts given to who called last */
	struct wire_broker message; /* in `in` */
	size_t message_mark;
	struct hearsay_job job; /* in `in`, above the mark */

	struct hearsay_request *follower;
	bool holding;
	size_t held; /* jobs of message taken so far */
	struct {
		bool ended;
		enum hearsay_error error;
		char why[512];
	} follow;
};

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ------------------------------------------------------------ small answers */

const char *
hearsay_error_text(void)
{
	return err_text();
}

const char *
hearsay_version(void)
{
	return HEARSAY_VERSION;
}

const char *
hearsay_state_name(enum hearsay_state state)
{
	return wire_state_name((enum wire_state)state);
}

const char *
hearsay_quotation_name(enum hearsay_quotation kind)
{
	return quotation_name((enum quotation)kind);
}

static enum err
no_memory(void)
{
	return err_set(ERR_NOMEM, "out of memory");
}

static enum err
usage(const char *what)
{
	return err_set(ERR_USAGE, "%s", what);
}

/* ------------------------------------------------------------ ends of requests */

static void
end(struct hearsay_request *r, enum err e)
{
	if (r->ended)
		return;
	r->ended = true;
	r->error = e;
	snprintf(r->why, sizeof r->why, "%s", e == OK ? "" : err_text());
}

static void
end_all(struct hearsay *h, enum err e)
{
	for (struct hearsay_request *r = h->requests; r != NULL; r = r->next)
		end(r, e);
}

static void
free_request(struct hearsay_request *r)
{
	if (r == NULL)
		return;
	arena_free(r->a);
	free(r);
}

static void
tell_end(struct hearsay_request *r)
{
	enum hearsay_error e = (enum hearsay_error)r->error;

	if (e != HEARSAY_OK)
		(void)err_set(r->error, "%s", r->why);
	if (r->on_receipts != NULL)
		r->on_receipts(r->arg, e, r->receipts, e == HEARSAY_OK ? r->n : 0);
	else if (r->on_stats != NULL)
		r->on_stats(r->arg, e, e == HEARSAY_OK ? &r->stats : NULL);
	else if (r->on_end != NULL)
		r->on_end(r->arg, e);
}

/* Tell of every request that ended, and forget it.  True when there was one. */
static bool
sweep(struct hearsay *h)
{
	bool any = false;
	struct hearsay_request **at = &h->requests;

	while (*at != NULL) {
		struct hearsay_request *r = *at;

		if (!r->ended) {
			at = &r->next;
			continue;
		}
		*at = r->next;
		tell_end(r);
		if (r->keep) { /* a blocking call hands out what lives there */
			arena_free(h->kept);
			h->kept = r->a;
			r->a = NULL;
		}
		free_request(r);
		at = &h->requests; /* the callback may have changed the list */
		any = true;
	}
	return any;
}

/* ------------------------------------------------------------------- sending */

struct sending {
	struct hearsay *h;
	struct hearsay_request *r;
	int64_t now;
};

static void
fill_submit(const struct sending *s, struct wire_client *m)
{
	const struct hearsay_request *r = s->r;

	m->submit.n = r->left;
	m->submit.v = arena_alloc(s->h->out, r->left * sizeof *m->submit.v);
	for (size_t i = 0; i < r->left; i++)
		m->submit.v[i] = r->submissions[r->waiting[i]];
}

static void
fill_query(const struct sending *s, struct wire_query *q)
{
	const struct hearsay_request *r = s->r;
	int64_t time = r->deadline < 0 ? WAIT_MS : r->deadline - s->now;

	q->with_extraction = (r->with & HEARSAY_WITH_EXTRACTION) != 0;
	q->with_article = (r->with & HEARSAY_WITH_ARTICLE) != 0;
	q->timeout_ms = (uint32_t)(time < 1 ? 1 : time > WAIT_MS ? WAIT_MS : time);
	q->after = r->after;
	q->v = arena_alloc(s->h->out, r->n * sizeof *q->v);
	for (size_t i = 0; i < r->n; i++)
		if (!r->told[i])
			q->v[q->n++] = r->jobs[i];
}

static enum err
pack_and_send(void *arg)
{
	struct sending *s = arg;
	struct wire_client m = { .request = s->h->numbers + 1, .what = s->r->what };

	if (m.what == WIRE_SUBMIT)
		fill_submit(s, &m);
	else if (m.what == WIRE_WATCH && s->r->from_now)
		m.what = WIRE_STATS; /* its sequence number is where now is */
	else if (m.what != WIRE_STATS)
		fill_query(s, &m.query);
	return dealer_send(s->h->dealer, wire_client_write(s->h->out, &m));
}

static bool
waits_for_answer(const struct hearsay *h)
{
	for (const struct hearsay_request *r = h->requests; r != NULL; r = r->next)
		if (r->sent && !r->ended)
			return true;
	return false;
}

static void
send_request(struct hearsay *h, struct hearsay_request *r, int64_t now)
{
	struct sending s = { h, r, now };
	enum err e = arena_run(h->out, pack_and_send, &s);

	arena_reset(h->out);
	if (e == ERR_BUSY) { /* DEALER_DOWN is about to say so */
		r->again = now + AGAIN_MS;
		return;
	}
	if (e != OK) {
		end(r, e);
		return;
	}
	if (!waits_for_answer(h))
		h->heard = h->asked = now; /* silence counts from now */
	r->number = ++h->numbers;
	r->sent = true;
	r->refused = OK;
	r->again = -1;
}

static enum err
send_heartbeat(void *arg)
{
	struct hearsay *h = arg;
	struct wire_client m = { .request = ++h->numbers, .what = WIRE_CLIENT_HEARTBEAT };

	return dealer_send(h->dealer, wire_client_write(h->out, &m));
}

/* ------------------------------------------------------------------- answers */

static enum err
bad_answer(const struct hearsay *h, const char *what)
{
	return err_set(
	    ERR_BAD_INPUT,
	    "what answers at %s is not a Hearsay broker, or a broken one (%s): "
	    "check the address",
	    h->endpoint, what);
}

static struct hearsay_request *
find_request(struct hearsay *h, uint64_t number)
{
	for (struct hearsay_request *r = h->requests; r != NULL; r = r->next)
		if (r->sent && !r->ended && r->number == number)
			return r;
	return NULL;
}

struct receiving {
	struct hearsay *h;
	struct hearsay_request *r;
	const struct wire_job *job;
};

static enum err
keep_receipts(void *arg)
{
	struct receiving *in = arg;
	struct hearsay_request *r = in->r;
	size_t left = 0;
	uint32_t after = AGAIN_MS;

	for (size_t i = 0; i < r->left; i++) {
		const struct wire_receipt *from = &in->h->message.submitted.v[i];
		struct hearsay_receipt *to = &r->receipts[r->waiting[i]];

		to->status = (enum hearsay_receipt_status)from->status;
		to->job = from->id;
		to->retry_after_ms = from->retry_after_ms;
		to->reason = arena_text(r->a, from->reason, strlen(from->reason));
		if (from->status == WIRE_REFUSED && from->retry_after_ms > 0) {
			r->waiting[left++] = r->waiting[i];
			if (from->retry_after_ms > after)
				after = from->retry_after_ms;
		}
	}
	r->left = left;
	r->has_receipts = true;
	r->sent = false;
	r->again = now_ms() + after;
	return OK;
}

static void
submitted_came(struct hearsay *h, struct hearsay_request *r)
{
	struct receiving in = { h, r, NULL };
	enum err e;

	if (r->what != WIRE_SUBMIT || h->message.submitted.n != r->left)
		end(r, bad_answer(h, "receipts that do not fit"));
	else if ((e = arena_run(r->a, keep_receipts, &in)) != OK || r->left == 0)
		end(r, e);
}

static enum err
keep_software(void *arg)
{
	struct receiving *in = arg;
	const char *software = in->h->message.stats.software;

	in->r->stats.software = arena_text(in->r->a, software, strlen(software));
	return OK;
}

static void
stats_came(struct hearsay *h, struct hearsay_request *r)
{
	const struct wire_stats *s = &h->message.stats;
	struct receiving in = { h, r, NULL };

	if (r->what == WIRE_WATCH && r->from_now) {
		r->from_now = false;
		r->after = s->sequence;
		send_request(h, r, now_ms());
		return;
	}
	if (r->what != WIRE_STATS) {
		end(r, bad_answer(h, "counts nobody asked for"));
		return;
	}
	r->stats = (struct hearsay_stats){
		.ready = s->ready,
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
	};
	end(r, arena_run(r->a, keep_software, &in));
}

static enum err
refusal_error(const struct hearsay *h)
{
	const struct wire_refusal *f = &h->message.refusal;
	const char *reason = f->reason;

	switch (f->code) {
	case WIRE_REFUSAL_VERSION:
		return err_set(
		    ERR_VERSION,
		    "the broker at %s speaks version %u of the protocol and this "
		    "program version %d: use programs of one release",
		    h->endpoint, f->supported[0], WIRE_VERSION);
	case WIRE_REFUSAL_TOO_BIG:
		return err_set(ERR_TOO_BIG, "the broker at %s: %s", h->endpoint, reason);
	case WIRE_REFUSAL_MALFORMED:
		return err_set(ERR_BAD_INPUT, "the broker at %s could not read this: %s",
		               h->endpoint, reason);
	case WIRE_REFUSAL_BUSY:
	case WIRE_REFUSAL_CLOSING:
		return err_set(ERR_BUSY,
		               "the broker at %s takes nothing now (%s): try later",
		               h->endpoint, reason);
	default:
		return err_set(ERR_IO, "the broker at %s refuses: %s", h->endpoint,
		               reason);
	}
}

static void
refusal_came(struct hearsay *h, struct hearsay_request *r)
{
	const struct wire_refusal *f = &h->message.refusal;
	enum err e = refusal_error(h);
	bool later = e == ERR_BUSY || f->retry_after_ms > 0;

	if (r == NULL) {
		if (!later && h->message.request == 0)
			end_all(h, e);
		return;
	}
	if (!later) {
		end(r, e);
		return;
	}
	snprintf(r->why, sizeof r->why, "%s", err_text());
	r->refused = e;
	r->sent = false;
	r->again =
	    now_ms() + (f->retry_after_ms > AGAIN_MS ? f->retry_after_ms : AGAIN_MS);
}

/* ---------------------------------------------------------------------- jobs */

static bool
is_final(enum wire_state s)
{
	return s == WIRE_DONE || s == WIRE_DEAD || s == WIRE_CANCELLED ||
	       s == WIRE_UNKNOWN;
}

static bool
names(const struct wire_reference *ref, const struct wire_job *job)
{
	if (ref->id != 0)
		return ref->id == job->id;
	return strcmp(ref->key, job->key) == 0 && strcmp(ref->tenant, job->tenant) == 0;
}

/* Note that this job was answered for; false when it is none of ours, or was before. */
static bool
answers(struct hearsay_request *r, const struct wire_job *job)
{
	if (r->what == WIRE_WATCH) {
		if (job->sequence <= r->after)
			return false;
		r->after = job->sequence;
		return true;
	}
	if (r->what == WIRE_WAIT && !is_final(job->state))
		return false;
	for (size_t i = 0; i < r->n; i++) {
		size_t at = (r->hint + i) % r->n;

		if (r->told[at] || !names(&r->jobs[at], job))
			continue;
		r->told[at] = true;
		r->left--;
		r->hint = at + 1;
		return true;
	}
	return false;
}

static bool
spans_fit(const struct hearsay_spans *s, size_t size)
{
	return s->n == 0 || s->v[s->n - 1].end <= size;
}

static bool
attributions_fit(const struct hearsay_job *job, size_t size)
{
	for (size_t i = 0; i < job->attributions_n; i++) {
		const struct hearsay_attribution *v = &job->attributions[i];

		if (!spans_fit(&v->source, size) || !spans_fit(&v->cue, size) ||
		    !spans_fit(&v->content, size))
			return false;
	}
	return true;
}

static enum err
open_article(struct arena *a, const struct body *body, struct hearsay_article *ret)
{
	struct wire_article w;
	struct bytes plain;
	enum err e;

	if ((e = body_open(a, body, &plain)) != OK ||
	    (e = wire_article_read(a, plain, &w)) != OK)
		return e;
	*ret = (struct hearsay_article){
		.key = w.key,
		.id = w.id,
		.url = w.url,
		.title = w.title,
		.language = w.language,
		.published = w.published,
		.tenant = w.tenant,
		.text = (const char *)w.text.v,
		.text_size = w.text.n,
	};
	return OK;
}

static enum err
open_extraction(struct arena *a, const struct body *body, struct hearsay_job *job)
{
	struct extraction x;
	struct bytes plain;
	enum err e;

	if ((e = body_open(a, body, &plain)) != OK ||
	    (e = wire_extraction_read(a, plain, &x)) != OK)
		return e;
	job->attributions = publish_attributions(a, &x);
	job->attributions_n = x.n;
	job->model = x.model;
	return OK;
}

static enum err
open_bodies(void *arg)
{
	struct receiving *in = arg;
	struct arena *a = in->h->in;
	struct hearsay_job *job = &in->h->job;
	enum err e = OK;

	if (in->job->has_article) {
		if ((e = open_article(a, &in->job->article, &job->article)) != OK)
			return e;
		job->has_article = true;
	}
	if (in->job->has_extraction)
		e = open_extraction(a, &in->job->extraction, job);
	if (e == OK && job->has_article && !attributions_fit(job, job->article.text_size))
		return err_set(ERR_BAD_INPUT, "spans beyond the end of the article");
	return e;
}

/*
 * The job as the caller sees it, in h->job.  A damaged body does not stop its
 * neighbours: the job is told without it, and the reason says so.
 */
static void
open_job(struct hearsay *h, const struct wire_job *job)
{
	struct receiving in = { h, NULL, job };
	static _Thread_local char why[600];

	arena_release(h->in, h->message_mark);
	for (int damaged = 0; damaged < 2; damaged++) {
		h->job = (struct hearsay_job){
			.id = job->id,
			.key = job->key,
			.tenant = job->tenant,
			.article_id = job->article_id,
			.state = (enum hearsay_state)job->state,
			.reason = damaged ? why : job->reason,
			.attempts = job->attempts,
			.submitted_ms = job->submitted_ms,
			.finished_ms = job->finished_ms,
			.sequence = job->sequence,
			.model = "",
		};
		if (damaged || arena_run(h->in, open_bodies, &in) == OK)
			return;
		snprintf(why, sizeof why, "what the broker sent is damaged: %s",
		         err_text());
	}
}

/* A job named twice is answered for once. */
static bool
is_repetition(const struct hearsay_request *r, size_t at)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct wire_reference *a = &r->jobs[i], *b = &r->jobs[at];

		if (r->told[i] && a->id == b->id && strcmp(a->key, b->key) == 0 &&
		    strcmp(a->tenant, b->tenant) == 0)
			return true;
	}
	return false;
}

static void
tick_off_repetitions(struct hearsay_request *r)
{
	for (size_t i = 0; i < r->n && r->left > 0; i++)
		if (!r->told[i] && is_repetition(r, i)) {
			r->told[i] = true;
			r->left--;
		}
}

/* After the last message of a get or a wait. */
static void
jobs_ended(struct hearsay *h, struct hearsay_request *r)
{
	tick_off_repetitions(r);
	if (r->left == 0) {
		end(r, OK);
	} else if (r->what == WIRE_GET) {
		end(r, bad_answer(h, "it left out jobs that were asked for"));
	} else {
		r->sent = false; /* its time is up, ours perhaps not */
		r->again = now_ms() + AGAIN_MS;
	}
}

static void
jobs_came(struct hearsay *h, struct hearsay_request *r)
{
	const struct wire_broker *m = &h->message;

	if (r->what == WIRE_SUBMIT || r->what == WIRE_STATS) {
		end(r, bad_answer(h, "jobs nobody asked for"));
		return;
	}
	if (r == h->follower) {
		h->holding = true;
		h->held = 0;
		return;
	}
	for (size_t i = 0; i < m->jobs.n && !r->ended; i++) {
		if (!answers(r, &m->jobs.v[i]))
			continue;
		open_job(h, &m->jobs.v[i]);
		if (!r->on_job(r->arg, &h->job))
			end(r, OK);
	}
	if (!m->jobs.more && r->what != WIRE_WATCH && !r->ended)
		jobs_ended(h, r);
}

struct reading {
	struct hearsay *h;
	struct bytes in;
};

static enum err
read_message(void *arg)
{
	struct reading *r = arg;
	enum err e = wire_broker_read(r->h->in, r->in, &r->h->message);

	r->h->message_mark = arena_mark(r->h->in);
	return e;
}

/* An answer of which not even the wire can make sense. */
static void
unreadable_came(struct hearsay *h, struct hearsay_request *r, enum err e)
{
	char why[256];

	snprintf(why, sizeof why, "%s", err_text());
	if (e == ERR_VERSION)
		(void)err_set(e, "the broker at %s: %s: use programs of one release",
		              h->endpoint, why);
	else if (e == ERR_BAD_INPUT)
		(void)bad_answer(h, why);
	if (r != NULL)
		end(r, e);
	else
		end_all(h, e);
}

static void
message_came(struct hearsay *h, struct bytes in)
{
	struct reading reading = { h, in };
	struct hearsay_request *r;
	enum err e;

	arena_reset(h->in);
	h->heard = now_ms();
	e = arena_run(h->in, read_message, &reading);
	r = find_request(h, h->message.request);
	if (e != OK)
		unreadable_came(h, r, e);
	else if (h->message.what == WIRE_REFUSAL)
		refusal_came(h, r);
	else if (r == NULL)
		return; /* to an older sending, or a heartbeat */
	else if (h->message.what == WIRE_SUBMITTED)
		submitted_came(h, r);
	else if (h->message.what == WIRE_JOBS)
		jobs_came(h, r);
	else if (h->message.what == WIRE_STATS_ANSWER)
		stats_came(h, r);
	else
		end(r, bad_answer(h, "an answer that is for workers"));
}

/* -------------------------------------------------------------------- timers */

static void
earlier(int64_t *at, int64_t other)
{
	if (other >= 0 && (*at < 0 || other < *at))
		*at = other;
}

static enum err
never_up(const struct hearsay *h)
{
	if (dealer_is_foreign(h->dealer))
		return err_set(
		    ERR_TIMEOUT,
		    "something listens at %s, but does not answer as a Hearsay "
		    "broker does: check the address",
		    h->endpoint);
	return err_set(ERR_TIMEOUT,
	               "no broker answers at %s: start hearsay-broker there, or give the "
	               "address of one that runs",
	               h->endpoint);
}

static enum err
too_late(const struct hearsay *h, const struct hearsay_request *r)
{
	double seconds = h->timeout_ms / 1000.0;

	if (r->refused != OK)
		return err_set(ERR_BUSY, "%s", r->why);
	if (!h->was_up)
		return never_up(h);
	if (!dealer_is_up(h->dealer))
		return err_set(ERR_TIMEOUT,
		               "the broker at %s was lost and did not come back in %.3g "
		               "seconds: see whether it still runs",
		               h->endpoint, seconds);
	if (r->what == WIRE_WAIT)
		return err_set(ERR_TIMEOUT,
		               "%zu of %zu articles not finished after %.3g seconds: are "
		               "there workers?  wait again with a longer timeout",
		               r->left, r->n, seconds);
	return err_set(ERR_TIMEOUT,
	               "the broker at %s did not answer in %.3g seconds: try again, with "
	               "a longer timeout",
	               h->endpoint, seconds);
}

/* Articles that were refused again and again have their receipts, which say so. */
static void
expire(const struct hearsay *h, struct hearsay_request *r)
{
	if (r->has_receipts)
		end(r, OK);
	else
		end(r, too_late(h, r));
}

/* What this request's clock demands now; returns when it will demand something. */
static int64_t
request_time(struct hearsay *h, struct hearsay_request *r, int64_t now)
{
	int64_t look = h->was_up ? -1 : r->started + h->connect_ms;
	int64_t at = -1;

	if (r->deadline >= 0 && now >= r->deadline)
		expire(h, r);
	else if (look >= 0 && now >= look && !dealer_is_up(h->dealer))
		end(r, never_up(h));
	else if (!r->sent && dealer_is_up(h->dealer) && now >= r->again)
		send_request(h, r, now);
	if (r->ended)
		return now;
	earlier(&at, r->deadline);
	earlier(&at, look);
	if (!r->sent && dealer_is_up(h->dealer))
		earlier(&at, r->again);
	return at;
}

static enum err
check_silence(struct hearsay *h, int64_t now, int64_t *at)
{
	enum err e = OK;

	if (!dealer_is_up(h->dealer) || !waits_for_answer(h))
		return OK;
	if (now - h->heard >= (int64_t)h->heartbeat_ms * SILENCES) {
		e = dealer_again(
		    h->dealer); /* what was sent is sent again on DEALER_UP */
	} else if (now - h->asked >= h->heartbeat_ms) {
		h->asked = now;
		e = arena_run(h->out, send_heartbeat, h);
		arena_reset(h->out);
	}
	earlier(at, h->asked + h->heartbeat_ms);
	return e == ERR_BUSY ? OK : e; /* down: DEALER_DOWN is about to say so */
}

static void
unsend_all(struct hearsay *h)
{
	for (struct hearsay_request *r = h->requests; r != NULL; r = r->next)
		if (r->sent) {
			r->sent = false;
			r->again = -1;
		}
}

static enum err
timers(struct hearsay *h)
{
	int64_t now = now_ms(), at = -1;
	enum err e;

	/* A caller that was away for long may be forgotten by the broker: ask anew. */
	if (now - h->turned >= (int64_t)h->heartbeat_ms * SILENCES) {
		unsend_all(h);
		h->heard = now;
	}
	h->turned = now;
	for (struct hearsay_request *r = h->requests; r != NULL; r = r->next)
		earlier(&at, request_time(h, r, now));
	if ((e = check_silence(h, now, &at)) != OK)
		return e;
	dealer_wake(h->dealer, at < 0 ? -1 : at <= now ? 0 : at - now);
	return OK;
}

/* ---------------------------------------------------------------- one turn */

/* *any: something happened that the timers may want to know of. */
static enum err
take_events(struct hearsay *h, bool *any)
{
	enum dealer_event event;
	struct bytes message;
	enum err e = OK;

	for (int i = 0; i < EVENTS && !h->holding; i++) {
		e = dealer_next(h->dealer, &event, &message);
		if (e != OK || event == DEALER_QUIET)
			break;
		*any = true;
		if (event == DEALER_MESSAGE) {
			message_came(h, message);
			continue;
		}
		unsend_all(h);
		if (event == DEALER_UP)
			h->was_up = true;
	}
	return e;
}

/*
 * Everything that can be done without waiting.  Sending may swallow the signal that a
 * message has come, so events are taken until there are none after the timers, which
 * send.
 */
static enum err
turn(struct hearsay *h)
{
	enum err e;
	bool any;
	int rounds = 0;

	h->busy = true;
	do {
		any = false;
		if ((e = take_events(h, &any)) != OK || (e = timers(h)) != OK)
			break;
		any = false;
		if ((e = take_events(h, &any)) != OK)
			break;
		any |= sweep(h);
	} while (any && ++rounds < ROUNDS);
	if (any)
		dealer_wake(h->dealer, 0); /* others want to run too */
	if (e != OK) {
		end_all(h, e);
		sweep(h);
	}
	h->busy = false;
	return e;
}

static enum err
wait_for_fd(const struct hearsay *h, int64_t until)
{
	struct pollfd p = { .fd = dealer_fd(h->dealer), .events = POLLIN };
	int64_t left = until < 0 ? -1 : until - now_ms();

	if (until >= 0 && left < 0)
		left = 0;
	if (poll(&p, 1, left > INT32_MAX ? INT32_MAX : (int)left) < 0 && errno != EINTR)
		return err_set(ERR_IO, "cannot wait: %s", strerror(errno));
	return OK;
}

/* --------------------------------------------------------------- the handle */

static int
or_standard(int given, int standard)
{
	return given == 0 ? standard : given;
}

static enum err
open_all(struct hearsay *h, const char *endpoint, const char *tenant)
{
	size_t room = MAX_JOB;

	h->endpoint = strdup(endpoint);
	h->tenant = strdup(tenant == NULL ? "" : tenant);
	h->in = arena_new(room);
	h->out = arena_new(room);
	if (h->endpoint == NULL || h->tenant == NULL || h->in == NULL || h->out == NULL)
		return no_memory();
	return dealer_open(endpoint, &h->dealer);
}

enum hearsay_error
hearsay_open(const char *endpoint, const struct hearsay_options *options,
             struct hearsay **ret)
{
	static const struct hearsay_options standard;
	const struct hearsay_options *o = options == NULL ? &standard : options;
	struct hearsay *h = calloc(1, sizeof *h);
	enum err e;

	if (h == NULL)
		return (enum hearsay_error)no_memory();
	h->connect_ms = or_standard(o->connect_ms, CONNECT_MS);
	h->timeout_ms = or_standard(o->timeout_ms, TIMEOUT_MS);
	h->heartbeat_ms = or_standard(o->heartbeat_ms, HEARTBEAT_MS);
	e = open_all(h, endpoint == NULL ? "tcp://127.0.0.1:5570" : endpoint, o->tenant);
	if (e != OK) {
		hearsay_close(h);
		return (enum hearsay_error)e;
	}
	*ret = h;
	return HEARSAY_OK;
}

void
hearsay_close(struct hearsay *h)
{
	if (h == NULL)
		return;
	assert(!h->busy); /* not from inside a callback */
	while (h->requests != NULL) {
		struct hearsay_request *next = h->requests->next;

		free_request(h->requests);
		h->requests = next;
	}
	dealer_close(h->dealer);
	arena_free(h->in);
	arena_free(h->out);
	arena_free(h->kept);
	free(h->endpoint);
	free(h->tenant);
	free(h);
}

int
hearsay_fd(const struct hearsay *h)
{
	return dealer_fd(h->dealer);
}

enum hearsay_error
hearsay_poll(struct hearsay *h)
{
	if (h->busy)
		return (enum hearsay_error)usage("hearsay_poll from inside a callback");
	return (enum hearsay_error)turn(h);
}

void
hearsay_stop(struct hearsay *h, struct hearsay_request *request)
{
	end(request, OK);
	dealer_wake(h->dealer, 0);
}

/* ------------------------------------------------- ends of blocking calls */

/* What a blocking call waits for, and who its caller gave to be called. */
struct outcome {
	bool done;
	enum hearsay_error error;
	char why[512];
	struct hearsay_receipt *receipts;
	struct hearsay_stats *stats;
	hearsay_job_callback *on_job;
	void *arg;
};

static void
note_end(void *arg, enum hearsay_error error)
{
	struct outcome *o = arg;

	o->done = true;
	o->error = error;
	snprintf(o->why, sizeof o->why, "%s", err_text());
}

static void
note_receipts(void *arg, enum hearsay_error error, const struct hearsay_receipt *receipts,
              size_t n)
{
	struct outcome *o = arg;

	if (n > 0)
		memcpy(o->receipts, receipts, n * sizeof *receipts);
	note_end(arg, error);
}

static void
note_stats(void *arg, enum hearsay_error error, const struct hearsay_stats *stats)
{
	struct outcome *o = arg;

	if (stats != NULL)
		*o->stats = *stats;
	note_end(arg, error);
}

/* --------------------------------------------------------------- starting */

static enum err
new_request(const struct hearsay *h, enum wire_client_what what, size_t room,
            struct hearsay_request **ret)
{
	struct hearsay_request *r;

	if (h->follower != NULL)
		return usage("this handle follows a broker's events and can do nothing "
		             "else: open a second one");
	if ((r = calloc(1, sizeof *r)) == NULL ||
	    (r->a = arena_new(room + (64 << 10))) == NULL) {
		free(r);
		return no_memory();
	}
	r->what = what;
	r->started = now_ms();
	r->deadline =
	    h->timeout_ms < 0 || what == WIRE_WATCH ? -1 : r->started + h->timeout_ms;
	r->again = -1;
	*ret = r;
	return OK;
}

/* At the list's end, so that requests go out in the order of their start. */
static void
start_request(struct hearsay *h, struct hearsay_request *r, struct hearsay_request **ret)
{
	struct hearsay_request **at = &h->requests;

	if (*at == NULL)
		h->turned = r->started; /* being away did not matter */
	while (*at != NULL)
		at = &(*at)->next;
	*at = r;
	dealer_wake(h->dealer, 0); /* the next turn sends it */
	if (ret != NULL)
		*ret = r;
}

struct starting {
	struct hearsay *h;
	struct hearsay_request *r;
	const struct hearsay_article *articles;
	const struct hearsay_reference *jobs;
	size_t n;
};

static const char *
copy(struct arena *a, const char *s)
{
	return s == NULL ? "" : arena_text(a, s, strlen(s));
}

static const char *
or_else(const char *s, const char *otherwise)
{
	return s == NULL || *s == '\0' ? otherwise : s;
}

static enum err
check_words(const struct hearsay_article *in)
{
	const char *words[] = { in->key,      in->id,        in->url,   in->title,
		                in->language, in->published, in->tenant };

	if (in->key == NULL || *in->key == '\0')
		return usage("an article without a key: give it one");
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (words[i] != NULL &&
		    utf8_valid(words[i], strlen(words[i])) < strlen(words[i]))
			return err_set(ERR_BAD_INPUT,
			               "article %.60s: its key, title or another of its "
			               "fields is not UTF-8",
			               i == 0 ? "?" : in->key);
	return OK;
}

static enum err
check_article(const struct hearsay_article *in)
{
	enum err e = check_words(in);

	if (e != OK)
		return e;
	if (in->text_size == 0)
		return err_set(ERR_EMPTY, "article %.200s is empty", in->key);
	if (in->text_size > ARTICLE_MAX)
		return err_set(ERR_TOO_BIG,
		               "article %.200s has %zu bytes, and an article at most %d",
		               in->key, in->text_size, ARTICLE_MAX);
	size_t bad = utf8_valid(in->text, in->text_size);
	if (bad < in->text_size)
		return err_set(ERR_BAD_INPUT, "article %.200s is not UTF-8 at byte %zu",
		               in->key, bad);
	return OK;
}

/* Packed and compressed in h->out, which is emptied after each; the result is copied. */
static struct body
close_article(struct starting *s, const struct hearsay_article *in, const char *tenant)
{
	struct wire_article w = {
		.id = or_else(in->id, in->key),
		.key = in->key,
		.url = in->url,
		.title = in->title,
		.language = in->language,
		.published = in->published,
		.tenant = tenant,
		.text = { in->text_size, (const uint8_t *)in->text },
	};
	struct body b = body_close(s->h->out, wire_article_write(s->h->out, &w));

	return b;
}

struct closing {
	struct starting *s;
	size_t at;
	struct body body; /* in h->out */
};

static enum err
close_one(void *arg)
{
	struct closing *c = arg;
	const struct hearsay_article *in = &c->s->articles[c->at];
	const char *tenant = in->tenant == NULL ? c->s->h->tenant : in->tenant;

	c->body = close_article(c->s, in, tenant);
	return OK;
}

static enum err
keep_one(void *arg)
{
	struct closing *c = arg;
	struct hearsay_request *r = c->s->r;
	const struct hearsay_article *in = &c->s->articles[c->at];
	struct wire_submission *to = &r->submissions[c->at];

	to->key = copy(r->a, in->key);
	to->tenant = copy(r->a, in->tenant == NULL ? c->s->h->tenant : in->tenant);
	to->article_id = copy(r->a, or_else(in->id, in->key));
	to->article = c->body;
	to->article.data.v =
	    memcpy(arena_raw(r->a, c->body.data.n), c->body.data.v, c->body.data.n);
	r->receipts[c->at] = (struct hearsay_receipt){ .key = to->key, .reason = "" };
	r->waiting[c->at] = c->at;
	return OK;
}

static enum err
make_submit_lists(void *arg)
{
	struct starting *s = arg;
	struct hearsay_request *r = s->r;

	r->submissions = arena_alloc(r->a, s->n * sizeof *r->submissions);
	r->receipts = arena_alloc(r->a, s->n * sizeof *r->receipts);
	r->waiting = arena_alloc(r->a, s->n * sizeof *r->waiting);
	r->n = r->left = s->n;
	return OK;
}

static enum err
make_submit(struct starting *s)
{
	size_t bytes = 0;
	enum err e = arena_run(s->r->a, make_submit_lists, s);

	for (size_t i = 0; i < s->n && e == OK; i++) {
		struct closing c = { s, i, { 0 } };

		if ((e = check_article(&s->articles[i])) == OK &&
		    (e = arena_run(s->h->out, close_one, &c)) == OK)
			e = arena_run(s->r->a, keep_one, &c);
		bytes += c.body.data.n;
		arena_reset(s->h->out);
		if (e == OK && bytes > HEARSAY_BATCH_BYTES_MAX)
			e = err_set(ERR_TOO_BIG,
			            "a batch of more than %d MiB of compressed text: "
			            "submit fewer articles at a time",
			            HEARSAY_BATCH_BYTES_MAX >> 20);
	}
	return e;
}

static enum err
check_count(size_t n)
{
	if (n == 0)
		return usage("nothing was asked for: give at least one article or job");
	if (n > HEARSAY_BATCH_MAX)
		return err_set(ERR_TOO_BIG, "%zu in one call; at most %d are taken", n,
		               HEARSAY_BATCH_MAX);
	return OK;
}

/* What an arena needs for these articles, were they not compressed. */
static size_t
room_for(const struct hearsay_article *v, size_t n)
{
	size_t room = n * 1024; /* lists, and receipts with their reasons */

	for (size_t i = 0; i < n; i++)
		room +=
		    v[i].text_size + 8192 +
		    2 * (strlen(or_else(v[i].key, "")) + strlen(or_else(v[i].id, "")) +
		         strlen(or_else(v[i].title, "")) + strlen(or_else(v[i].url, "")));
	return room;
}

enum hearsay_error
hearsay_submit_start(struct hearsay *h, const struct hearsay_article *articles, size_t n,
                     hearsay_receipt_callback *callback, void *arg,
                     struct hearsay_request **ret)
{
	struct starting s = { .h = h, .articles = articles, .n = n };
	enum err e;

	if ((e = check_count(n)) != OK ||
	    (e = new_request(h, WIRE_SUBMIT, room_for(articles, n), &s.r)) != OK)
		return (enum hearsay_error)e;
	if ((e = make_submit(&s)) != OK) {
		free_request(s.r);
		return (enum hearsay_error)e;
	}
	s.r->on_receipts = callback;
	s.r->keep = callback == note_receipts;
	s.r->arg = arg;
	start_request(h, s.r, ret);
	return HEARSAY_OK;
}

static enum err
make_jobs(void *arg)
{
	struct starting *s = arg;
	struct hearsay_request *r = s->r;

	r->n = r->left = s->n;
	r->told = arena_alloc(r->a, s->n * sizeof *r->told);
	r->jobs = arena_alloc(r->a, s->n * sizeof *r->jobs);
	for (size_t i = 0; i < s->n; i++) {
		const struct hearsay_reference *from = &s->jobs[i];

		r->jobs[i].id = from->id;
		r->jobs[i].key = from->id != 0 ? "" : copy(r->a, from->key);
		r->jobs[i].tenant =
		    copy(r->a, from->tenant == NULL ? s->h->tenant : from->tenant);
	}
	return OK;
}

static size_t
room_for_jobs(const struct hearsay *h, const struct hearsay_reference *v, size_t n)
{
	size_t room = n * (128 + strlen(h->tenant));

	for (size_t i = 0; i < n; i++)
		room += strlen(or_else(v[i].key, "")) + strlen(or_else(v[i].tenant, ""));
	return room;
}

static enum err
start_jobs(struct starting *s, enum wire_client_what what,
           const struct hearsay_request *like, struct hearsay_request **ret)
{
	enum err e;

	if ((e = check_count(s->n)) != OK ||
	    (e = new_request(s->h, what, room_for_jobs(s->h, s->jobs, s->n), &s->r)) !=
	        OK)
		return e;
	if ((e = arena_run(s->r->a, make_jobs, s)) != OK) {
		free_request(s->r);
		return e;
	}
	s->r->with = like->with;
	s->r->on_job = like->on_job;
	s->r->on_end = like->on_end;
	s->r->arg = like->arg;
	start_request(s->h, s->r, ret);
	return OK;
}

enum hearsay_error
hearsay_get_start(struct hearsay *h, const struct hearsay_reference *jobs, size_t n,
                  enum hearsay_with with, hearsay_job_callback *callback,
                  hearsay_end_callback *end_callback, void *arg,
                  struct hearsay_request **ret)
{
	struct starting s = { .h = h, .jobs = jobs, .n = n };
	struct hearsay_request like = {
		.with = with, .on_job = callback, .on_end = end_callback, .arg = arg
	};

	return (enum hearsay_error)start_jobs(&s, WIRE_GET, &like, ret);
}

enum hearsay_error
hearsay_wait_start(struct hearsay *h, const struct hearsay_reference *jobs, size_t n,
                   enum hearsay_with with, hearsay_job_callback *callback,
                   hearsay_end_callback *end_callback, void *arg,
                   struct hearsay_request **ret)
{
	struct starting s = { .h = h, .jobs = jobs, .n = n };
	struct hearsay_request like = {
		.with = with, .on_job = callback, .on_end = end_callback, .arg = arg
	};

	return (enum hearsay_error)start_jobs(&s, WIRE_WAIT, &like, ret);
}

enum hearsay_error
hearsay_watch_start(struct hearsay *h, uint64_t after, enum hearsay_with with,
                    hearsay_job_callback *callback, hearsay_end_callback *end_callback,
                    void *arg, struct hearsay_request **ret)
{
	struct hearsay_request *r;
	enum err e = new_request(h, WIRE_WATCH, 0, &r);

	if (e != OK)
		return (enum hearsay_error)e;
	r->from_now = after == HEARSAY_FROM_NOW;
	r->after = r->from_now ? 0 : after;
	r->with = with;
	r->on_job = callback;
	r->on_end = end_callback;
	r->arg = arg;
	start_request(h, r, ret);
	return HEARSAY_OK;
}

enum hearsay_error
hearsay_stats_start(struct hearsay *h, hearsay_stats_callback *callback, void *arg,
                    struct hearsay_request **ret)
{
	struct hearsay_request *r;
	enum err e = new_request(h, WIRE_STATS, 0, &r);

	if (e != OK)
		return (enum hearsay_error)e;
	r->on_stats = callback;
	r->keep = callback == note_stats;
	r->arg = arg;
	start_request(h, r, ret);
	return HEARSAY_OK;
}

/* ------------------------------------------------------------ blocking calls */

static bool
pass_job(void *arg, const struct hearsay_job *job)
{
	struct outcome *o = arg;

	return o->on_job(o->arg, job);
}

/*
 * The end is always told before this returns, so that the outcome, which lies on the
 * caller's stack, is not written to later.
 */
static enum hearsay_error
run_until(struct hearsay *h, enum hearsay_error started, struct outcome *o)
{
	enum err e;

	if (started != HEARSAY_OK)
		return started;
	while (turn(h) == OK && !o->done)
		if ((e = wait_for_fd(h, -1)) != OK)
			end_all(h, e);
	assert(o->done); /* turn() ends every request before it fails */
	if (o->error != HEARSAY_OK)
		(void)err_set((enum err)o->error, "%s", o->why);
	return o->error;
}

static enum hearsay_error
may_block(const struct hearsay *h)
{
	if (!h->busy)
		return HEARSAY_OK;
	return (enum hearsay_error)usage(
	    "a blocking call from inside a callback of the same handle");
}

enum hearsay_error
hearsay_submit(struct hearsay *h, const struct hearsay_article *articles, size_t n,
               struct hearsay_receipt *receipts)
{
	struct outcome o = { .receipts = receipts };
	enum hearsay_error e = may_block(h);

	if (e == HEARSAY_OK)
		e = hearsay_submit_start(h, articles, n, note_receipts, &o, NULL);
	return run_until(h, e, &o);
}

enum hearsay_error
hearsay_get(struct hearsay *h, const struct hearsay_reference *jobs, size_t n,
            enum hearsay_with with, hearsay_job_callback *callback, void *arg)
{
	struct outcome o = { .on_job = callback, .arg = arg };
	enum hearsay_error e = may_block(h);

	if (e == HEARSAY_OK)
		e = hearsay_get_start(h, jobs, n, with, pass_job, note_end, &o, NULL);
	return run_until(h, e, &o);
}

enum hearsay_error
hearsay_wait(struct hearsay *h, const struct hearsay_reference *jobs, size_t n,
             enum hearsay_with with, hearsay_job_callback *callback, void *arg)
{
	struct outcome o = { .on_job = callback, .arg = arg };
	enum hearsay_error e = may_block(h);

	if (e == HEARSAY_OK)
		e = hearsay_wait_start(h, jobs, n, with, pass_job, note_end, &o, NULL);
	return run_until(h, e, &o);
}

enum hearsay_error
hearsay_watch(struct hearsay *h, uint64_t after, enum hearsay_with with,
              hearsay_job_callback *callback, void *arg)
{
	struct outcome o = { .on_job = callback, .arg = arg };
	enum hearsay_error e = may_block(h);

	if (e == HEARSAY_OK)
		e = hearsay_watch_start(h, after, with, pass_job, note_end, &o, NULL);
	return run_until(h, e, &o);
}

enum hearsay_error
hearsay_stats(struct hearsay *h, struct hearsay_stats *ret)
{
	struct outcome o = { .stats = ret };
	enum hearsay_error e = may_block(h);

	if (e == HEARSAY_OK)
		e = hearsay_stats_start(h, note_stats, &o, NULL);
	return run_until(h, e, &o);
}

/* ------------------------------------------------------- following without callback */

static void
note_follow_end(void *arg, enum hearsay_error error)
{
	struct hearsay *h = arg;

	h->follow.ended = true;
	h->follow.error = error;
	snprintf(h->follow.why, sizeof h->follow.why, "%s", err_text());
}

enum hearsay_error
hearsay_follow(struct hearsay *h, uint64_t after, enum hearsay_with with)
{
	struct hearsay_request *r;
	enum hearsay_error e;

	if (h->requests != NULL)
		return (enum hearsay_error)usage(
		    "requests are under way on this handle: follow with a second one");
	e = hearsay_watch_start(h, after, with, NULL, note_follow_end, h, &r);
	if (e != HEARSAY_OK)
		return e;
	h->follower = r;
	h->follow.ended = false;
	return HEARSAY_OK;
}

/* The next job of the message that is held, or false when all were taken. */
static bool
take_held(struct hearsay *h)
{
	while (h->holding && h->held < h->message.jobs.n) {
		const struct wire_job *job = &h->message.jobs.v[h->held++];

		if (answers(h->follower, job)) {
			open_job(h, job);
			return true;
		}
	}
	h->holding = false;
	return false;
}

static enum hearsay_error
follow_failed(const struct hearsay *h)
{
	(void)err_set((enum err)h->follow.error, "%s", h->follow.why);
	return h->follow.error;
}

enum hearsay_error
hearsay_next(struct hearsay *h, int timeout_ms, const struct hearsay_job **ret)
{
	int64_t until = timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
	enum err e = OK;

	if (h->follower == NULL || h->busy)
		return (enum hearsay_error)usage("hearsay_next without hearsay_follow");
	while (!h->follow.ended) {
		if (take_held(h)) {
			*ret = &h->job;
			return HEARSAY_OK;
		}
		if ((e = turn(h)) != OK || h->holding || h->follow.ended)
			continue;
		if (until >= 0 && now_ms() >= until)
			return (enum hearsay_error)err_set(ERR_TIMEOUT,
			                                   "nothing ended in this time");
		if ((e = wait_for_fd(h, until)) != OK)
			return (enum hearsay_error)e;
	}
	return follow_failed(h);
}

void
hearsay_unfollow(struct hearsay *h)
{
	if (h->follower == NULL)
		return;
	if (!h->follow.ended)
		end(h->follower, OK);
	h->follower = NULL;
	h->holding = false;
	sweep(h);
}
