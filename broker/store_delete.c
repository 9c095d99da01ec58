/*
 * What goes: jobs that somebody wants gone, and jobs and articles that were kept long
 * enough.  All of it in small lots, so that no turn of the broker is long.
 *
 *  1. What a worker has is not deleted: job.c has no arrow for it.
 *  2. With the first job that goes, the newest id and sequence number become durable
 *     on their own, in the same transaction; so neither is ever given again.
 *  3. What stands on a damaged page stays: it cannot be deleted, and is not tried twice.
 *  4. What ended in the future (the clock has been wrong) is as good as new, and does
 *     not keep what ended after it.
 */
#include <assert.h>

#include "broker/store_db.h"

enum { LOOK_MAX = 1000 };

enum err
store_drop(struct store *s, uint64_t id)
{
	static const enum query parts[] = { DROP_RESULT, DROP_ARTICLE, DROP_JOB };
	enum err e = OK;

	if (s->kept_id != s->newest_id)
		e = store_mark(s, "id", s->kept_id = s->newest_id);
	if (e == OK && s->kept_sequence != s->sequence)
		e = store_mark(s, "sequence", s->kept_sequence = s->sequence);
	for (size_t i = 0; i < sizeof parts / sizeof parts[0] && e == OK; i++) {
		db_bind_int(s, parts[i], 1, (int64_t)id);
		e = db_run_of(s, parts[i], id);
	}
	return e;
}

static enum err
drop_all(struct store *s, const uint64_t *ids, size_t n, enum job_event event)
{
	struct row r = { 0 };
	enum err e = n == 0 ? OK : db_begin(s);

	for (size_t i = 0; i < n && e == OK; i++) {
		e = row_load(s, ids[i], &r);
		if (e == OK && row_change(s, &r, event))
			e = store_drop(s, ids[i]);
	}
	return e;
}

/* ----------------------------------------------------------------------- by order */

static bool
is_to_go(struct store *s, const struct wire_selection *which)
{
	enum job_state state = (enum job_state)db_column(s, NEXT_JOB, 3), none;
	int64_t submitted = db_column(s, NEXT_JOB, 4), ended = db_column(s, NEXT_JOB, 5);
	int64_t since = ended != 0 ? ended : submitted;

	return !damage_knows(s, (uint64_t)db_column(s, NEXT_JOB, 0)) &&
	       state < JOB_NONE && (which->states >> state & 1) != 0 &&
	       job_next(state, JOB_PURGE, &none) &&
	       (which->before_ms == 0 || (uint64_t)since < which->before_ms) &&
	       store_is_meant(s, NEXT_JOB, which);
}

enum err
store_purge(struct store *s, const struct wire_selection *which,
            uint64_t ret_ids[STORE_PURGE_MAX], size_t *ret_n, uint64_t *ret_next)
{
	uint64_t last = which->after;
	size_t looked = 0;
	bool row = true;
	enum err e = OK;

	if (s->broken != OK)
		return db_broken(s);
	*ret_n = 0;
	db_bind_int(s, NEXT_JOB, 1, (int64_t)which->after);
	db_bind_int(s, NEXT_JOB, 2, LOOK_MAX);
	for (; *ret_n < STORE_PURGE_MAX && (e = db_step(s, NEXT_JOB, &row)) == OK && row;
	     looked++) {
		last = (uint64_t)db_column(s, NEXT_JOB, 0);
		if (is_to_go(s, which))
			ret_ids[(*ret_n)++] = last;
	}
	db_done(s, NEXT_JOB);
	*ret_next = looked == LOOK_MAX || *ret_n == STORE_PURGE_MAX ? last : 0;
	return e == OK ? drop_all(s, ret_ids, *ret_n, JOB_PURGE) : e;
}

/* ------------------------------------------------------------------------ by time */

/* Jobs in the order of their ends, looked at one after the other. */
struct walk {
	int64_t before_ms, utc_ms;
	uint64_t after; /* the sequence number that it has come to */
	size_t n, looked;
	bool over; /* the next has not been kept long enough, or there is none */
	struct {
		uint64_t id;
		enum job_state state;
	} v[STORE_EXPIRE_MAX];
};

static enum err
walk(struct store *s, struct walk *w)
{
	bool row = true;
	enum err e = OK;

	db_bind_int(s, NEXT_OLD, 1, (int64_t)w->after);
	db_bind_int(s, NEXT_OLD, 2, STORE_EXPIRE_MAX);
	for (; !w->over && (e = db_step(s, NEXT_OLD, &row)) == OK && row; w->looked++) {
		int64_t ended = db_column(s, NEXT_OLD, 2);

		if (ended >= w->before_ms && ended <= w->utc_ms) {
			w->over = true;
			break;
		}
		w->after = (uint64_t)db_column(s, NEXT_OLD, 3);
		w->v[w->n].id = (uint64_t)db_column(s, NEXT_OLD, 0);
		if (ended > w->utc_ms || damage_knows(s, w->v[w->n].id))
			continue;
		w->v[w->n++].state = (enum job_state)db_column(s, NEXT_OLD, 1);
	}
	db_done(s, NEXT_OLD);
	w->over |= w->looked < STORE_EXPIRE_MAX;
	return e;
}

enum err
store_expire(struct store *s, int64_t before_ms, int64_t utc_ms,
             uint64_t ret_ids[STORE_EXPIRE_MAX], size_t *ret_n, bool *ret_more)
{
	struct walk w = { .before_ms = before_ms, .utc_ms = utc_ms, .after = s->swept };
	enum err e;

	if (s->broken != OK)
		return db_broken(s);
	if ((e = walk(s, &w)) != OK)
		return e;
	for (size_t i = 0; i < w.n; i++)
		ret_ids[i] = w.v[i].id;
	*ret_n = w.n;
	*ret_more = !w.over;
	s->swept = w.over ? 0 : w.after;
	return drop_all(s, ret_ids, w.n, JOB_EXPIRE);
}

enum err
store_strip(struct store *s, int64_t before_ms, int64_t utc_ms, size_t *ret_n,
            bool *ret_more)
{
	struct walk w = { .before_ms = before_ms,
		          .utc_ms = utc_ms,
		          .after = s->stripped };
	enum err e;

	if (s->broken != OK)
		return db_broken(s);
	*ret_n = 0;
	if ((e = walk(s, &w)) != OK)
		return e;
	*ret_more = !w.over;
	if (w.after == s->stripped)
		return OK;
	if ((e = db_begin(s)) != OK)
		return e;
	for (size_t i = 0; i < w.n && e == OK; i++) {
		if (w.v[i].state != JOB_DONE)
			continue; /* it may be kicked, and then needs its article */
		db_bind_int(s, DROP_ARTICLE, 1, (int64_t)w.v[i].id);
		e = db_run_of(s, DROP_ARTICLE, w.v[i].id);
		*ret_n += (size_t)sqlite3_changes(s->db);
	}
	s->stripped = w.after;
	return e == OK ? store_mark(s, "stripped", s->stripped) : e;
}
