/*
 * Submissions: what is taken, on which terms, and what is refused for now.
 *
 *  1. A receipt is a letter, which leaves after the commit (SERVICE invariant 1).
 *  2. What has its job already is told so, whatever is full: its receipt was lost on
 *     the way, and it takes no room.
 *  3. Each bound has its own words and its own time after which to come again.
 */
#include <inttypes.h>
#include <string.h>

#include "broker/content.h"
#include "broker/state.h"

enum {
	KEY_MAX = 1024,
	PRIORITY_MAX = 9,
	ATTEMPTS_MAX = 1000,
	LEASE_MIN_MS = 100,
	LEASE_MAX_MS = 86400000,
	FULL_MS = 1000,
	DISK_FULL_MS = 5000,
	SHUT_MS = 5000,
};

#define DELAY_MAX_MS 315576000000   /* ten years */
#define DATE_MAX_MS 253402300799999 /* the year 9999 */

/* ------------------------------------------------------------------------- room */

static uint64_t
waiting(const struct broker *b)
{
	return store_count(b->store, JOB_READY) + store_count(b->store, JOB_DELAYED) +
	       store_count(b->store, JOB_LEASED);
}

struct bound {
	const char *why;
	uint32_t retry_after_ms;
	bool is_reached;
};

/* The first bound that is in the way of one more, or NULL. */
static const struct bound *
find_bound(const struct broker *b, const struct tenant *t, size_t bytes,
           struct bound room[8])
{
	const struct settings *set = b->set;
	bool full = waiting(b) >= (uint64_t)set->max_queue;
	bool many = set->tenant_queue > 0 && t->unfinished >= (uint64_t)set->tenant_queue;
	bool much = set->tenant_bytes > 0 && t->bytes > 0 &&
	            t->bytes + bytes > (uint64_t)set->tenant_bytes;
	size_t i = 0;

	room[i++] =
	    (struct bound){ "the broker is draining and takes nothing new", SHUT_MS,
		            store_shut_since(b->store, VALVE_INTAKE) != 0 };
	room[i++] = (struct bound){ "its tenant is draining: nothing new is taken",
		                    SHUT_MS, t->shut[VALVE_INTAKE] != 0 };
	room[i++] = (struct bound){ "the queue is full", FULL_MS, full };
	room[i++] = (struct bound){ "the broker's disk is nearly full: make room there",
		                    DISK_FULL_MS, b->no_room };
	room[i++] =
	    (struct bound){ "its tenant has as many unfinished articles as it may",
		            FULL_MS, many };
	room[i++] =
	    (struct bound){ "its tenant's unfinished articles are as much as it may",
		            FULL_MS, much };
	room[i] = (struct bound){ .is_reached = true };
	for (i = 0; !room[i].is_reached; i++)
		;
	return room[i].why == NULL ? NULL : &room[i];
}

/* Of its tenant's rate; 0, or how long there is none. */
static int64_t
take_token(const struct broker *b, struct tenant *t)
{
	if (b->set->tenant_rate == 0)
		return 0;
	return bucket_take(&t->bucket, b->set->tenant_rate, b->set->tenant_burst,
	                   b->served_ms);
}

/*
 * Whether there is a place for this one; one that is refused stands in the receipt,
 * and its reason in err_text.
 */
static enum err
check_room(struct broker *b, const struct wire_submission *in, struct tenant *t,
           struct wire_receipt *ret)
{
	struct bound room[8];
	const struct bound *bound = find_bound(b, t, in->article.data.n, room);
	int64_t wait_ms = bound == NULL ? take_token(b, t) : bound->retry_after_ms;
	enum err e;

	if (wait_ms == 0)
		return OK;
	e = store_find(b->store, in->tenant, in->key, &ret->id);
	if (e != ERR_NOT_FOUND)
		return e;
	ret->retry_after_ms = (uint32_t)wait_ms;
	return err_set(ERR_BUSY, "%s",
	               bound != NULL ? bound->why
	                             : "its tenant submits faster than it may");
}

/* ------------------------------------------------------------- names and terms */

static enum err
check_names(const struct wire_submission *in)
{
	if (in->key[0] == '\0')
		return err_set(ERR_BAD_INPUT, "the article has no key");
	if (!content_is_name(in->key, KEY_MAX) ||
	    !content_is_name(in->article_id, KEY_MAX) ||
	    !content_is_name(in->tenant, STORE_NAME_MAX))
		return err_set(ERR_BAD_INPUT,
		               "key, id and tenant must be UTF-8 without control "
		               "characters, of at most %d, %d and %d bytes",
		               KEY_MAX, KEY_MAX, STORE_NAME_MAX);
	return OK;
}

static enum err
check_terms(const struct wire_submission *in)
{
	if (in->priority < -PRIORITY_MAX || in->priority > PRIORITY_MAX)
		return err_set(ERR_BAD_INPUT, "a priority is from -%d to %d",
		               PRIORITY_MAX, PRIORITY_MAX);
	if (in->delay_ms > DELAY_MAX_MS || in->not_before_ms > DATE_MAX_MS)
		return err_set(ERR_BAD_INPUT, "a delay is of ten years at most, and a "
		                              "date before the year 10000");
	if (in->lease_ms != 0 &&
	    (in->lease_ms < LEASE_MIN_MS || in->lease_ms > LEASE_MAX_MS))
		return err_set(ERR_BAD_INPUT, "a lease is from %d ms to a day",
		               LEASE_MIN_MS);
	if (in->attempts > ATTEMPTS_MAX)
		return err_set(ERR_BAD_INPUT, "there are at most %d attempts",
		               ATTEMPTS_MAX);
	return OK;
}

/* A delay is of the steady clock, a date of the calendar; the later of them counts. */
static void
set_time(struct broker *b, const struct wire_submission *in, struct store_article *a)
{
	int64_t delay_ms = (int64_t)in->delay_ms;
	int64_t until_ms = (int64_t)in->not_before_ms - b->utc_ms;
	int64_t wait_ms = delay_ms > until_ms ? delay_ms : until_ms;

	if (wait_ms <= 0)
		return;
	if (delay_ms > until_ms)
		a->due_ms = b->steady_ms + delay_ms;
	else
		a->date_ms = (int64_t)in->not_before_ms;
	if (b->steady_ms + wait_ms < b->next_due_ms)
		b->next_due_ms = b->steady_ms + wait_ms;
}

/* -------------------------------------------------------------------- submissions */

static enum err
put(struct broker *b, const struct store_article *article, struct tenant *tenant,
    struct wire_receipt *ret)
{
	static const enum wire_receipt_status status[] = {
		[STORE_ACCEPTED] = WIRE_ACCEPTED,
		[STORE_EXISTS] = WIRE_EXISTS,
		[STORE_CONFLICT] = WIRE_CONFLICT,
	};
	enum store_put outcome = STORE_ACCEPTED;
	enum err e = store_put(b->store, article, b->utc_ms, &ret->id, &outcome);

	ret->status = status[outcome];
	if (e == OK && outcome != STORE_ACCEPTED)
		bucket_give(&tenant->bucket);
	if (e == OK && outcome == STORE_CONFLICT)
		ret->reason = "this key was used before, with another text";
	return e;
}

/*
 * One submission and its receipt.  ret_refused tells a refusal, whose reason
 * is in err_text, from a failure of the store.
 */
static enum err
submission(struct broker *b, const struct wire_submission *in, struct wire_receipt *ret,
           bool *ret_refused)
{
	struct store_article article = { .tenant = in->tenant,
		                         .key = in->key,
		                         .article_id = in->article_id,
		                         .body = in->article,
		                         .priority = in->priority,
		                         .lease_ms = in->lease_ms,
		                         .attempts = in->attempts };
	struct tenant *tenant;
	enum err e;

	*ret_refused = true;
	if ((e = check_names(in)) != OK || (e = check_terms(in)) != OK ||
	    (e = content_article(b->scratch, &in->article, article.hash)) != OK)
		return e;
	*ret_refused = false;
	if ((e = store_tenant(b->store, in->tenant, &tenant)) != OK)
		return e;
	if ((e = check_room(b, in, tenant, ret)) != OK) {
		*ret_refused = e == ERR_BUSY && ret->retry_after_ms != 0;
		return e;
	}
	set_time(b, in, &article);
	if (article.body.coding == CODING_PLAIN)
		article.body = body_close(b->arena, article.body.data);
	return put(b, &article, tenant, ret);
}

static void
refuse_all(struct broker *b, const struct peer_id *from, const struct wire_client *m)
{
	const struct wire_broker answer = {
		.request = m->request,
		.what = WIRE_REFUSAL,
		.refusal = { .code = WIRE_REFUSAL_CLOSING,
		             .reason = "the broker is shutting down",
		             .retry_after_ms = FULL_MS },
	};

	broker_answer(b, PORT_CLIENTS, from, &answer);
}

enum err
intake_take(struct broker *b, const struct peer_id *from, const struct wire_client *m)
{
	struct wire_broker answer = { .request = m->request, .what = WIRE_SUBMITTED };

	if (b->closing) {
		refuse_all(b, from, m);
		return OK;
	}
	answer.submitted.n = m->submit.n;
	answer.submitted.v =
	    arena_alloc(b->arena, (m->submit.n + 1) * sizeof *answer.submitted.v);
	for (size_t i = 0; i < m->submit.n; i++) {
		struct wire_receipt *receipt = &answer.submitted.v[i];
		size_t mark = arena_mark(b->arena);
		bool refused = false;
		enum err e = submission(b, &m->submit.v[i], receipt, &refused);

		if (e != OK && !refused)
			return e;
		arena_release(b->arena, mark);
		receipt->key = m->submit.v[i].key;
		if (e != OK)
			receipt->reason =
			    arena_text(b->arena, err_text(), strlen(err_text()));
		if (receipt->status == WIRE_ACCEPTED || receipt->status == WIRE_REFUSED)
			meter_add(b->meter,
			          receipt->status == WIRE_ACCEPTED ? METER_ACCEPTED
			                                           : METER_REFUSED,
			          1);
	}
	broker_answer(b, PORT_CLIENTS, from, &answer);
	return OK;
}
