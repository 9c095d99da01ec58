/*
 * What the broker says, each answer to the request it belongs to.  Everything in it is
 * taken for hostile: what does not fit its request ends it, what is damaged in one job
 * is told with that job and spares its neighbours.
 */
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "publish.h"

/* ------------------------------------------------------------------- answers */

static enum err
bad_answer(const struct hearsay *h, const char *what)
{
	return err_set(
	    ERR_BAD_INPUT,
	    "what answers at %s is not a Hearsay broker, or a broken one (%s): "
	    "check the address",
	    dealer_endpoint(h->dealer), what);
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
	r->again = client_now() + after;
	return OK;
}

static void
submitted_came(struct hearsay *h, struct hearsay_request *r)
{
	struct receiving in = { h, r, NULL };
	enum err e;

	if (r->what != WIRE_SUBMIT || h->message.submitted.n != r->left)
		request_end(r, bad_answer(h, "receipts that do not fit"));
	else if ((e = arena_run(r->a, keep_receipts, &in)) != OK || r->left == 0)
		request_end(r, e);
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
		request_send(h, r, client_now());
		return;
	}
	if (r->what != WIRE_STATS) {
		request_end(r, bad_answer(h, "counts nobody asked for"));
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
		.paused_ms = s->paused_ms,
		.draining_ms = s->draining_ms,
		.paused_tenants = s->paused_tenants,
		.draining_tenants = s->draining_tenants,
	};
	request_end(r, arena_run(r->a, keep_software, &in));
}

static enum err
keep_piece(void *arg)
{
	struct receiving *in = arg;
	const struct wire_backup *b = &in->h->message.backup;

	*in->r->backup_ret =
	    (struct hearsay_backup){ .token = b->token,
		                     .ready = b->ready,
		                     .copied = b->copied,
		                     .size = b->size,
		                     .n = b->data.n,
		                     .data = arena_text(in->r->a, b->data.v, b->data.n) };
	return OK;
}

static void
backup_came(struct hearsay *h, struct hearsay_request *r)
{
	struct receiving in = { h, r, NULL };

	if (r->what != WIRE_BACKUP || h->message.backup.offset != r->backup.offset)
		request_end(r, bad_answer(h, "a piece of a backup nobody asked for"));
	else
		request_end(r, arena_run(r->a, keep_piece, &in));
}

/* Also the end of a lot, behind which the next begins. */
static void
ordered_came(struct hearsay *h, struct hearsay_request *r)
{
	const struct wire_broker *m = &h->message;

	if (r->what != WIRE_ORDER || m->ordered.n != r->n) {
		request_end(r, bad_answer(h, "outcomes that do not fit"));
		return;
	}
	for (size_t i = 0; i < r->n; i++)
		r->outcomes[i] = (struct hearsay_outcome){
			.changed = m->ordered.v[i].changed,
			.job = m->ordered.v[i].id,
			.state = (enum hearsay_state)m->ordered.v[i].state,
		};
	r->changed += m->ordered.changed;
	if (r->n > 0 || m->ordered.next <= r->selection.after) {
		request_end(r, OK);
		return;
	}
	r->selection.after = m->ordered.next;
	request_send(h, r, client_now());
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
		    dealer_endpoint(h->dealer), f->supported[0], WIRE_VERSION);
	case WIRE_REFUSAL_TOO_BIG:
		return err_set(ERR_TOO_BIG, "the broker at %s: %s",
		               dealer_endpoint(h->dealer), reason);
	case WIRE_REFUSAL_MALFORMED:
		return err_set(ERR_BAD_INPUT, "the broker at %s could not read this: %s",
		               dealer_endpoint(h->dealer), reason);
	case WIRE_REFUSAL_BUSY:
	case WIRE_REFUSAL_CLOSING:
		return err_set(ERR_BUSY,
		               "the broker at %s takes nothing now (%s): try later",
		               dealer_endpoint(h->dealer), reason);
	case WIRE_REFUSAL_DENIED:
		return err_set(ERR_DENIED, "the broker at %s: %s",
		               dealer_endpoint(h->dealer), reason);
	default:
		return err_set(ERR_IO, "the broker at %s refuses: %s",
		               dealer_endpoint(h->dealer), reason);
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
			request_end_all(h, e);
		return;
	}
	if (!later) {
		request_end(r, e);
		return;
	}
	snprintf(r->why, sizeof r->why, "%s", err_text());
	r->refused = e;
	r->sent = false;
	r->again =
	    client_now() + (f->retry_after_ms > AGAIN_MS ? f->retry_after_ms : AGAIN_MS);
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
	if (r->what == WIRE_LIST_DEAD) {
		if (job->id <= r->selection.after || job->state != WIRE_DEAD)
			return false;
		r->selection.after = job->id;
		return true;
	}
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

static bool
claim_fits(const struct hearsay_claim *c, size_t size)
{
	for (size_t i = 0; i < c->quantities_n; i++)
		if (c->quantities[i].at.end > size)
			return false;
	for (size_t i = 0; i < c->times_n; i++)
		if (c->times[i].at.end > size)
			return false;
	return spans_fit(&c->at, size);
}

static bool
job_fits(const struct hearsay_job *job, size_t size)
{
	for (size_t i = 0; i < job->speakers_n; i++)
		if (!spans_fit(&job->speakers[i].mentions, size))
			return false;
	for (size_t i = 0; i < job->claims_n; i++)
		if (!claim_fits(&job->claims[i], size))
			return false;
	return attributions_fit(job, size);
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
	struct found found;
	struct bytes plain;
	enum err e;

	if ((e = body_open(a, body, &plain)) != OK ||
	    (e = wire_extraction_read(a, plain, &x)) != OK)
		return e;
	found = publish(a, &x);
	job->attributions_n = found.n;
	job->attributions = found.v;
	job->speakers_n = found.n_speakers;
	job->speakers = found.speakers;
	job->claims_n = found.n_claims;
	job->claims = found.claims;
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
	if (e == OK && job->has_article && !job_fits(job, job->article.text_size))
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
			.worker = job->worker,
			.why = job->why,
			.attempts = job->attempts,
			.priority = job->priority,
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
	if (r->what == WIRE_LIST_DEAD && h->message.jobs.next > 0) {
		if (h->message.jobs.next > r->selection.after)
			r->selection.after = h->message.jobs.next;
		request_send(h, r, client_now()); /* the next lot */
		return;
	}
	tick_off_repetitions(r);
	if (r->left == 0) {
		request_end(r, OK);
	} else if (r->what == WIRE_GET) {
		request_end(r, bad_answer(h, "it left out jobs that were asked for"));
	} else {
		r->sent = false; /* its time is up, ours perhaps not */
		r->again = client_now() + AGAIN_MS;
	}
}

static void
jobs_came(struct hearsay *h, struct hearsay_request *r)
{
	const struct wire_broker *m = &h->message;

	if (r->what == WIRE_SUBMIT || r->what == WIRE_STATS || r->what == WIRE_ORDER ||
	    r->what == WIRE_BACKUP) {
		request_end(r, bad_answer(h, "jobs nobody asked for"));
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
			request_end(r, OK);
	}
	if (!m->jobs.more && r->what != WIRE_WATCH && !r->ended)
		jobs_ended(h, r);
}

bool
answer_next_held(struct hearsay *h)
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

/* ------------------------------------------------------------------ messages */

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
		              dealer_endpoint(h->dealer), why);
	else if (e == ERR_BAD_INPUT)
		(void)bad_answer(h, why);
	if (r != NULL)
		request_end(r, e);
	else
		request_end_all(h, e);
}

void
answer_take(struct hearsay *h, struct bytes in)
{
	struct reading reading = { h, in };
	struct hearsay_request *r;
	enum err e;

	arena_reset(h->in);
	h->heard = client_now();
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
	else if (h->message.what == WIRE_BACKUP_PART)
		backup_came(h, r);
	else if (h->message.what == WIRE_ORDERED)
		ordered_came(h, r);
	else if (h->message.what == WIRE_STATS_ANSWER)
		stats_came(h, r);
	else
		request_end(r, bad_answer(h, "an answer that is for workers"));
}
