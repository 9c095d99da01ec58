/*
 * A request from its start to its end: copied from the caller, sent as often as it
 * takes, ended once.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "utf8.h"

enum { WAIT_MS = 3600000 }; /* a wait is asked for anew after so long */

/* ------------------------------------------------------------ ends of requests */

void
request_end(struct hearsay_request *r, enum err e)
{
	if (r->ended)
		return;
	r->ended = true;
	r->error = e;
	snprintf(r->why, sizeof r->why, "%s", e == OK ? "" : err_text());
}

void
request_end_all(struct hearsay *h, enum err e)
{
	for (struct hearsay_request *r = h->requests; r != NULL; r = r->next)
		request_end(r, e);
}

void
request_free(struct hearsay_request *r)
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
	if (r->on_receipts != NULL) /* none when it was stopped before the answer */
		r->on_receipts(r->arg, e, r->receipts,
		               e == HEARSAY_OK && r->has_receipts ? r->n : 0);
	else if (r->on_stats != NULL)
		r->on_stats(r->arg, e, r->stats.software != NULL ? &r->stats : NULL);
	else if (r->on_order != NULL)
		r->on_order(r->arg, e, r->outcomes, e == HEARSAY_OK ? r->n : 0,
		            r->changed);
	else if (r->on_end != NULL)
		r->on_end(r->arg, e);
}

bool
request_sweep(struct hearsay *h)
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
		request_free(r);
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
	q->with_why = (r->with & HEARSAY_WITH_WHY) != 0;
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
	struct wire_client m = { .request = s->h->numbers + 1,
		                 .what = s->r->what,
		                 .act = s->r->act,
		                 .selection = s->r->selection,
		                 .backup = s->r->backup };

	if (m.what == WIRE_SUBMIT)
		fill_submit(s, &m);
	else if (m.what == WIRE_WATCH && s->r->from_now)
		m.what = WIRE_STATS; /* its sequence number is where now is */
	else if (m.what != WIRE_STATS && m.what != WIRE_BACKUP)
		fill_query(s, &m.query);
	return dealer_send(s->h->dealer, wire_client_write(s->h->out, &m));
}

bool
request_any_sent(const struct hearsay *h)
{
	for (const struct hearsay_request *r = h->requests; r != NULL; r = r->next)
		if (r->sent && !r->ended)
			return true;
	return false;
}

void
request_send(struct hearsay *h, struct hearsay_request *r, int64_t now)
{
	struct sending s = { h, r, now };
	enum err e = arena_run(h->out, pack_and_send, &s);

	arena_reset(h->out);
	if (e == ERR_BUSY) { /* DEALER_DOWN is about to say so */
		r->again = now + AGAIN_MS;
		return;
	}
	if (e != OK) {
		request_end(r, e);
		return;
	}
	if (!request_any_sent(h))
		h->heard = h->asked = now; /* silence counts from now */
	r->number = ++h->numbers;
	r->sent = true;
	r->refused = OK;
	r->again = -1;
}

/* --------------------------------------------------------------- starting */

static enum err
new_request(const struct hearsay *h, enum wire_client_what what, size_t room,
            struct hearsay_request **ret)
{
	struct hearsay_request *r;

	if (h->follower != NULL)
		return client_misuse(
		    "this handle follows a broker's events and can do nothing "
		    "else: open a second one");
	if ((r = calloc(1, sizeof *r)) == NULL ||
	    (r->a = arena_new(room + (64 << 10))) == NULL) {
		free(r);
		return err_set(ERR_NOMEM, "out of memory");
	}
	r->what = what;
	r->started = client_now();
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
		return client_misuse("an article without a key: give it one");
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
	to->priority = in->priority;
	to->not_before_ms = in->not_before_ms;
	to->delay_ms = in->delay_ms;
	to->lease_ms = in->lease_ms;
	to->attempts = in->attempts;
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
	enum err e;

	assert(s->r != NULL);
	e = arena_run(s->r->a, make_submit_lists, s);

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
		return client_misuse(
		    "nothing was asked for: give at least one article or job");
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
		request_free(s.r);
		return (enum hearsay_error)e;
	}
	s.r->on_receipts = callback;
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
	r->outcomes = arena_alloc(r->a, s->n * sizeof *r->outcomes);
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
	size_t room = n * (160 + strlen(h->tenant));

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
	assert(s->r != NULL);
	if ((e = arena_run(s->r->a, make_jobs, s)) != OK) {
		request_free(s->r);
		return e;
	}
	s->r->with = like->with;
	s->r->on_job = like->on_job;
	s->r->on_end = like->on_end;
	s->r->on_order = like->on_order;
	s->r->act = like->act;
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
	struct hearsay_request *r = NULL;
	enum err e = new_request(h, WIRE_WATCH, 0, &r);

	if (e != OK)
		return (enum hearsay_error)e;
	assert(r != NULL);
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
request_backup(struct hearsay *h, uint64_t token, uint64_t offset,
               struct hearsay_backup *ret, hearsay_end_callback *callback, void *arg)
{
	struct hearsay_request *r = NULL;
	enum err e = new_request(h, WIRE_BACKUP, PIECE_MAX, &r);

	if (e != OK)
		return (enum hearsay_error)e;
	assert(r != NULL);
	r->backup = (struct wire_backup){ .token = token, .offset = offset };
	r->backup_ret = ret;
	r->on_end = callback;
	r->arg = arg;
	r->keep = true; /* the piece */
	start_request(h, r, NULL);
	return HEARSAY_OK;
}

enum hearsay_error
hearsay_stats_start(struct hearsay *h, hearsay_stats_callback *callback, void *arg,
                    struct hearsay_request **ret)
{
	struct hearsay_request *r = NULL;
	enum err e = new_request(h, WIRE_STATS, 0, &r);

	if (e != OK)
		return (enum hearsay_error)e;
	assert(r != NULL);
	r->on_stats = callback;
	r->arg = arg;
	start_request(h, r, ret);
	return HEARSAY_OK;
}

enum hearsay_error
hearsay_order_start(struct hearsay *h, enum hearsay_act act,
                    const struct hearsay_reference *jobs, size_t n,
                    hearsay_order_callback *callback, void *arg,
                    struct hearsay_request **ret)
{
	struct starting s = { .h = h, .jobs = jobs, .n = n };
	struct hearsay_request like = { .act = (enum wire_act)act,
		                        .on_order = callback,
		                        .arg = arg };

	return (enum hearsay_error)start_jobs(&s, WIRE_ORDER, &like, ret);
}

struct selecting {
	struct hearsay *h;
	struct hearsay_request *r;
	const struct hearsay_selection *which;
};

static enum err
keep_selection(void *arg)
{
	struct selecting *s = arg;
	const char *tenant = s->which->tenant == NULL ? s->h->tenant : s->which->tenant;

	s->r->selection = (struct wire_selection){
		.tenant = copy(s->r->a, tenant),
		.reason = copy(s->r->a, s->which->reason),
		.all_tenants = s->which->all_tenants,
		.after = s->which->after,
		.states = s->which->states,
		.before_ms = s->which->before_ms,
	};
	return OK;
}

static enum err
start_selection(struct hearsay *h, enum wire_client_what what,
                const struct hearsay_selection *which, const struct hearsay_request *like,
                struct hearsay_request **ret)
{
	struct selecting s = { .h = h, .which = which };
	enum err e = new_request(h, what, 0, &s.r);

	if (e != OK)
		return e;
	assert(s.r != NULL);
	if ((e = arena_run(s.r->a, keep_selection, &s)) != OK) {
		request_free(s.r);
		return e;
	}
	s.r->act = like->act;
	s.r->with = like->with;
	s.r->on_job = like->on_job;
	s.r->on_end = like->on_end;
	s.r->on_order = like->on_order;
	s.r->arg = like->arg;
	start_request(h, s.r, ret);
	return OK;
}

enum hearsay_error
hearsay_dead_start(struct hearsay *h, const struct hearsay_selection *which,
                   enum hearsay_with with, hearsay_job_callback *callback,
                   hearsay_end_callback *end_callback, void *arg,
                   struct hearsay_request **ret)
{
	struct hearsay_request like = {
		.with = with, .on_job = callback, .on_end = end_callback, .arg = arg
	};

	return (enum hearsay_error)start_selection(h, WIRE_LIST_DEAD, which, &like, ret);
}

enum hearsay_error
hearsay_order_all_start(struct hearsay *h, enum hearsay_act act,
                        const struct hearsay_selection *which,
                        hearsay_order_callback *callback, void *arg,
                        struct hearsay_request **ret)
{
	struct hearsay_request like = { .act = (enum wire_act)act,
		                        .on_order = callback,
		                        .arg = arg };

	return (enum hearsay_error)start_selection(h, WIRE_ORDER, which, &like, ret);
}

enum hearsay_error
hearsay_kick_dead_start(struct hearsay *h, const struct hearsay_selection *which,
                        hearsay_order_callback *callback, void *arg,
                        struct hearsay_request **ret)
{
	return hearsay_order_all_start(h, HEARSAY_KICK, which, callback, arg, ret);
}
