/*
 * libhearsay's door: handles, and the calls that wait.
 *
 * Blocking calls start a request and turn the handle until it ends, so there is one
 * path through the library, and it never waits.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

enum {
	CONNECT_MS = 3000,
	TIMEOUT_MS = 30000,
	HEARTBEAT_MS = 5000,
	MESSAGE_ROOM = 256 << 20, /* a message, and a job of it opened */
};

/* The public numbers are ours, so that they can be passed on. */
#define SAME(public, ours) _Static_assert((int)(public) == (int)(ours), #public)
SAME(HEARSAY_ERROR_USAGE, ERR_USAGE);
SAME(HEARSAY_ERROR_DENIED, ERR_DENIED);
SAME(HEARSAY_ERROR_TIMEOUT, ERR_TIMEOUT);
SAME(HEARSAY_ERROR_NOT_FOUND, ERR_NOT_FOUND);
SAME(HEARSAY_ERROR_FULL, ERR_FULL);
SAME(HEARSAY_CONFLICT, WIRE_CONFLICT);
SAME(HEARSAY_CANCELLED, WIRE_CANCELLED);
SAME(HEARSAY_KICK, WIRE_KICK_JOBS);
SAME(HEARSAY_CANCEL, WIRE_CANCEL_JOBS);
SAME(HEARSAY_PURGE, WIRE_PURGE_JOBS);
SAME(HEARSAY_PAUSE, WIRE_PAUSE);
SAME(HEARSAY_RESUME, WIRE_RESUME);
SAME(HEARSAY_BATCH_MAX, WIRE_BATCH);
SAME(HEARSAY_ARTICLE_MAX, ARTICLE_MAX);

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

const char *
hearsay_stance_name(enum hearsay_stance stance)
{
	return stance_name((enum stance)stance);
}

const char *
hearsay_speaker_kind_name(enum hearsay_speaker_kind kind)
{
	return speaker_kind_name((enum speaker_kind)kind);
}

enum err
client_misuse(const char *what)
{
	return err_set(ERR_USAGE, "%s", what);
}

/* --------------------------------------------------------------- the handle */

static int
or_standard(int given, int standard)
{
	return given == 0 ? standard : given;
}

static enum err
open_all(struct hearsay *h, const char *endpoint, const struct hearsay_options *o)
{
	h->tenant = strdup(o->tenant == NULL ? "" : o->tenant);
	h->in = arena_new(MESSAGE_ROOM);
	h->out = arena_new(MESSAGE_ROOM);
	if (h->tenant == NULL || h->in == NULL || h->out == NULL)
		return err_set(ERR_NOMEM, "out of memory");
	return dealer_open(endpoint, o->secret_key, o->broker_key, &h->dealer);
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
		return (enum hearsay_error)err_set(ERR_NOMEM, "out of memory");
	h->connect_ms = or_standard(o->connect_ms, CONNECT_MS);
	h->timeout_ms = or_standard(o->timeout_ms, TIMEOUT_MS);
	h->down_since = -1;
	h->heartbeat_ms = or_standard(o->heartbeat_ms, HEARTBEAT_MS);
	e = open_all(h, endpoint == NULL ? "tcp://127.0.0.1:5570" : endpoint, o);
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

		request_free(h->requests);
		h->requests = next;
	}
	dealer_close(h->dealer);
	arena_free(h->in);
	arena_free(h->out);
	arena_free(h->kept);
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
		return (enum hearsay_error)client_misuse(
		    "hearsay_poll from inside a callback");
	return (enum hearsay_error)turn_once(h);
}

void
hearsay_stop(struct hearsay *h, struct hearsay_request *request)
{
	request_end(request, OK);
	dealer_wake(h->dealer, 0);
}

/* ------------------------------------------------------------ blocking calls */

/* What a blocking call waits for, and who its caller gave to be called. */
struct outcome {
	bool done;
	enum hearsay_error error;
	char why[512];
	struct hearsay_receipt *receipts;
	struct hearsay_stats *stats;
	struct hearsay_outcome *outcomes;
	uint64_t *changed;
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

static void
note_order(void *arg, enum hearsay_error error, const struct hearsay_outcome *outcomes,
           size_t n, uint64_t changed)
{
	struct outcome *o = arg;

	if (n > 0)
		memcpy(o->outcomes, outcomes, n * sizeof *outcomes);
	if (o->changed != NULL)
		*o->changed = changed;
	note_end(arg, error);
}

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
	while (turn_once(h) == OK && !o->done)
		if ((e = turn_wait(h, -1)) != OK)
			request_end_all(h, e);
	assert(o->done); /* turn_once() ends every request before it fails */
	if (o->error != HEARSAY_OK)
		(void)err_set((enum err)o->error, "%s", o->why);
	return o->error;
}

static enum hearsay_error
may_block(const struct hearsay *h)
{
	if (!h->busy)
		return HEARSAY_OK;
	return (enum hearsay_error)client_misuse(
	    "a blocking call from inside a callback of the same handle");
}

enum hearsay_error
hearsay_submit(struct hearsay *h, const struct hearsay_article *articles, size_t n,
               struct hearsay_receipt *receipts)
{
	struct outcome o = { .receipts = receipts };
	struct hearsay_request *r;
	enum hearsay_error e = may_block(h);

	if (e == HEARSAY_OK)
		e = hearsay_submit_start(h, articles, n, note_receipts, &o, &r);
	if (e == HEARSAY_OK)
		r->keep = true; /* the receipts' texts */
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
hearsay_backup(struct hearsay *h, uint64_t token, uint64_t offset,
               struct hearsay_backup *ret)
{
	struct outcome o = { .done = false };
	enum hearsay_error e = may_block(h);

	if (e == HEARSAY_OK)
		e = request_backup(h, token, offset, ret, note_end, &o);
	return run_until(h, e, &o);
}

enum hearsay_error
hearsay_stats(struct hearsay *h, struct hearsay_stats *ret)
{
	struct outcome o = { .stats = ret };
	struct hearsay_request *r;
	enum hearsay_error e = may_block(h);

	if (e == HEARSAY_OK)
		e = hearsay_stats_start(h, note_stats, &o, &r);
	if (e == HEARSAY_OK)
		r->keep = true; /* its text */
	return run_until(h, e, &o);
}

enum hearsay_error
hearsay_order(struct hearsay *h, enum hearsay_act act,
              const struct hearsay_reference *jobs, size_t n,
              struct hearsay_outcome *outcomes)
{
	struct outcome o = { .outcomes = outcomes };
	enum hearsay_error e = may_block(h);

	if (e == HEARSAY_OK)
		e = hearsay_order_start(h, act, jobs, n, note_order, &o, NULL);
	return run_until(h, e, &o);
}

enum hearsay_error
hearsay_dead(struct hearsay *h, const struct hearsay_selection *which,
             enum hearsay_with with, hearsay_job_callback *callback, void *arg)
{
	struct outcome o = { .on_job = callback, .arg = arg };
	enum hearsay_error e = may_block(h);

	if (e == HEARSAY_OK)
		e = hearsay_dead_start(h, which, with, pass_job, note_end, &o, NULL);
	return run_until(h, e, &o);
}

enum hearsay_error
hearsay_order_all(struct hearsay *h, enum hearsay_act act,
                  const struct hearsay_selection *which, uint64_t *ret_n)
{
	struct outcome o = { .changed = ret_n };
	enum hearsay_error e = may_block(h);

	if (e == HEARSAY_OK)
		e = hearsay_order_all_start(h, act, which, note_order, &o, NULL);
	return run_until(h, e, &o);
}

enum hearsay_error
hearsay_kick_dead(struct hearsay *h, const struct hearsay_selection *which,
                  uint64_t *ret_n)
{
	return hearsay_order_all(h, HEARSAY_KICK, which, ret_n);
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
		return (enum hearsay_error)client_misuse(
		    "requests are under way on this handle: follow with a second one");
	e = hearsay_watch_start(h, after, with, NULL, note_follow_end, h, &r);
	if (e != HEARSAY_OK)
		return e;
	h->follower = r;
	h->follow.ended = false;
	return HEARSAY_OK;
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
	int64_t until = timeout_ms < 0 ? -1 : client_now() + timeout_ms;
	enum err e;

	if (h->follower == NULL || h->busy)
		return (enum hearsay_error)client_misuse(
		    "hearsay_next without hearsay_follow");
	while (!h->follow.ended) {
		if (answer_next_held(h)) {
			*ret = &h->job;
			return HEARSAY_OK;
		}
		if (turn_once(h) != OK || h->holding || h->follow.ended)
			continue;
		if (until >= 0 && client_now() >= until)
			return (enum hearsay_error)err_set(ERR_TIMEOUT,
			                                   "nothing ended in this time");
		if ((e = turn_wait(h, until)) != OK)
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
		request_end(h->follower, OK);
	h->follower = NULL;
	h->holding = false;
	request_sweep(h);
}
