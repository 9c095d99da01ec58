/*
 * Leases: ready jobs are claimed, and each lease ends with a result or without one;
 * pauses, which end by themselves.
 */
#include <assert.h>
#include <stdio.h>

#include "broker/store_db.h"

enum { QUANTUM = 8, DUE_MAX = 1000 };

/* Whether this job ever gave that fence. */
static bool
gave(const struct row *r, uint64_t fence)
{
	return fence <= r->fence && fence >> FENCE_BITS == r->fence >> FENCE_BITS;
}

/* -------------------------------------------------------------------- claims */

static enum err
lease(struct store *s, struct arena *a, struct row *r, struct store_lease *ret)
{
	enum err e = damage_knows(s, r->id)
	                 ? ERR_NOT_FOUND
	                 : db_read_body(s, a, ARTICLE_OF, r->id, &ret->article);

	if (e == ERR_DAMAGED)
		return damage_found(s, r->id);
	if ((ret->damaged = e == ERR_NOT_FOUND))
		ret->article = (struct body){ .size = 0 };
	if ((!ret->damaged && e != OK) || !row_change(s, r, JOB_LEASE))
		return e;
	ret->job = r->id;
	ret->fence = ++r->fence;
	ret->attempt = ++r->attempts;
	ret->lease_ms = r->lease_ms;
	ret->allowed = r->allowed;
	db_bind_int(s, LEASE, 1, (int64_t)r->id);
	db_bind_int(s, LEASE, 2, r->attempts);
	db_bind_int(s, LEASE, 3, (int64_t)r->fence);
	return db_run(s, LEASE);
}

/* The first of a tenant's ready jobs. */
static enum err
ready(struct store *s, struct tenant *tenant, size_t max, struct row *ret, size_t *ret_n)
{
	bool row = true;
	enum err e = OK;

	*ret_n = 0;
	db_bind_text(s, READY_OF, 1, tenant->name);
	db_bind_int(s, READY_OF, 2, (int64_t)max);
	while (*ret_n < max && (e = db_step(s, READY_OF, &row)) == OK && row)
		ret[(*ret_n)++] = (struct row){
			.id = (uint64_t)db_column(s, READY_OF, 0),
			.state = JOB_READY,
			.attempts = (uint32_t)db_column(s, READY_OF, 1),
			.fence = (uint64_t)db_column(s, READY_OF, 2),
			.tenant = tenant,
			.bytes = (uint64_t)db_column(s, READY_OF, 3),
			.lease_ms = (uint32_t)db_column(s, READY_OF, 4),
			.allowed = (uint32_t)db_column(s, READY_OF, 5),
		};
	db_done(s, READY_OF);
	return e;
}

enum err
store_claim(struct store *s, struct arena *a, size_t max, size_t max_bytes,
            struct store_lease *ret, size_t *ret_n)
{
	struct row rows[QUANTUM];
	size_t n = 0, bytes = 0, here = 1;
	struct tenant *tenant;
	enum err e = db_begin(s);

	while (e == OK && n < max && bytes < max_bytes && here > 0 &&
	       (tenant = tenants_next(s->tenants)) != NULL) {
		e = ready(s, tenant, max - n < QUANTUM ? max - n : QUANTUM, rows, &here);
		for (size_t i = 0; e == OK && i < here && bytes < max_bytes; i++) {
			e = lease(s, a, &rows[i], &ret[n]);
			bytes += e == OK ? ret[n++].article.data.n : 0;
		}
	}
	*ret_n = n;
	return e;
}

enum err
store_leased(struct store *s, uint64_t after, struct store_lease *ret)
{
	bool found = false;
	enum err e;

	if (s->broken != OK)
		return db_broken(s);
	db_bind_int(s, NEXT_LEASED, 1, (int64_t)after);
	if ((e = db_step(s, NEXT_LEASED, &found)) == OK && found)
		*ret = (struct store_lease){
			.job = (uint64_t)db_column(s, NEXT_LEASED, 0),
			.fence = (uint64_t)db_column(s, NEXT_LEASED, 1),
			.attempt = (uint32_t)db_column(s, NEXT_LEASED, 2),
			.lease_ms = (uint32_t)db_column(s, NEXT_LEASED, 3),
			.allowed = (uint32_t)db_column(s, NEXT_LEASED, 4),
		};
	db_done(s, NEXT_LEASED);
	return e != OK || found ? e : ERR_NOT_FOUND;
}

/* ------------------------------------------------------------------- endings */

static enum err
put_result(struct store *s, uint64_t id, const char *model, const struct body *b)
{
	db_bind_int(s, PUT_RESULT, 1, (int64_t)id);
	db_bind_int(s, PUT_RESULT, 2, b->coding);
	db_bind_int(s, PUT_RESULT, 3, (int64_t)b->size);
	db_bind_bytes(s, PUT_RESULT, 4, b->data.v, b->data.n);
	db_bind_text(s, PUT_RESULT, 5, model);
	return db_run(s, PUT_RESULT);
}

enum err
store_finish(struct store *s, struct wire_held lease, const char *model,
             const struct body *extraction, int64_t utc_ms, enum store_verdict *ret)
{
	struct row r = { 0 };
	enum err e = row_load(s, lease.job, &r);

	*ret = STORE_STALE;
	if (e == ERR_NOT_FOUND)
		return OK;
	if (e != OK || !gave(&r, lease.fence))
		return e;
	if (r.state == JOB_DONE && lease.fence == r.fence)
		*ret = STORE_REPEATED;
	if (!row_change(s, &r, JOB_FINISH))
		return OK;
	*ret = STORE_RECORDED;
	if ((e = db_begin(s)) != OK)
		return e;
	db_bind_int(s, FINISH, 1, (int64_t)r.id);
	db_bind_int(s, FINISH, 2, r.state);
	db_bind_int(s, FINISH, 3, (int64_t)++s->sequence);
	db_bind_int(s, FINISH, 4, utc_ms);
	if ((e = db_run(s, FINISH)) != OK)
		return e;
	return put_result(s, r.id, model, extraction);
}

static enum err
bury(struct store *s, const struct row *r, const struct store_end *end)
{
	db_bind_int(s, BURY, 1, (int64_t)r->id);
	db_bind_int(s, BURY, 2, r->state);
	db_bind_int(s, BURY, 3, (int64_t)++s->sequence);
	db_bind_int(s, BURY, 4, end->utc_ms);
	db_bind_text(s, BURY, 5, end->reason);
	db_bind_text(s, BURY, 6, end->worker);
	return db_run(s, BURY);
}

static enum err
put_back(struct store *s, const struct row *r, const struct store_end *end)
{
	uint32_t less = end->free && r->attempts > 0;

	db_bind_int(s, END, 1, (int64_t)r->id);
	db_bind_int(s, END, 2, r->state);
	db_bind_int(s, END, 3, r->state == JOB_DELAYED ? end->due_ms : 0);
	db_bind_int(s, END, 4, r->attempts - less);
	db_bind_text(s, END, 5, end->reason);
	db_bind_text(s, END, 6, end->worker);
	return db_run(s, END);
}

enum err
store_end(struct store *s, const struct store_end *end, enum store_verdict *ret)
{
	struct row r = { 0 };
	enum err e = row_load(s, end->lease.job, &r);

	*ret = STORE_STALE;
	if (e == ERR_NOT_FOUND)
		return OK;
	if (e != OK || r.fence != end->lease.fence)
		return e;
	*ret = r.state == JOB_LEASED ? STORE_RECORDED : STORE_REPEATED;
	if (r.state != JOB_LEASED)
		return OK; /* this lease has ended before */
	if ((e = db_begin(s)) != OK)
		return e;
	assert(end->event != JOB_FINISH);
	if (!row_change(s, &r, end->event))
		return OK;
	return end->event == JOB_BURY ? bury(s, &r, end) : put_back(s, &r, end);
}

/* -------------------------------------------------------------------- pauses */

/* The first delayed job of those that wait for `due`, or of those for a date. */
static enum err
next_due(struct store *s, enum query q, uint64_t *ret_id, int64_t *ret_due)
{
	bool found = false;
	enum err e = db_step(s, q, &found);

	*ret_due = INT64_MAX;
	if (e == OK && found) {
		*ret_id = (uint64_t)db_column(s, q, 0);
		*ret_due = db_column(s, q, 1);
	}
	db_done(s, q);
	return e;
}

static enum err
make_ready(struct store *s, uint64_t id)
{
	struct row r = { 0 };
	enum err e;

	if ((e = row_load(s, id, &r)) != OK || (e = db_begin(s)) != OK ||
	    !row_change(s, &r, JOB_DUE))
		return e;
	db_bind_int(s, DUE, 1, (int64_t)r.id);
	db_bind_int(s, DUE, 2, r.state);
	return db_run(s, DUE);
}

/* Those of one kind; some may be left whose time has come, when there are many. */
static enum err
due_of(struct store *s, enum query q, int64_t now_ms, int64_t *ret_next)
{
	uint64_t id = 0;
	enum err e;

	for (int i = 0;; i++) {
		if ((e = next_due(s, q, &id, ret_next)) != OK || *ret_next > now_ms ||
		    i == DUE_MAX)
			return e;
		if ((e = make_ready(s, id)) != OK)
			return e;
	}
}

enum err
store_due(struct store *s, int64_t due_ms, int64_t utc_ms, int64_t *ret_next)
{
	int64_t date = INT64_MAX;
	enum err e;

	if (s->broken != OK)
		return db_broken(s);
	if ((e = due_of(s, NEXT_DUE, due_ms, ret_next)) != OK ||
	    (e = due_of(s, NEXT_DATE, utc_ms, &date)) != OK)
		return e;
	if (date != INT64_MAX && date - utc_ms + due_ms < *ret_next)
		*ret_next = date - utc_ms + due_ms;
	return OK;
}

enum err
store_due_by(struct store *s, int64_t latest_ms)
{
	enum err e = db_begin(s);

	if (e != OK)
		return e;
	db_bind_int(s, DUE_BY, 1, latest_ms);
	return db_run(s, DUE_BY);
}
