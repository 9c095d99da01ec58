/*
 * What somebody wants done with jobs that are there.
 */
#include <assert.h>
#include <string.h>

#include "broker/store_db.h"

static enum err
kick(struct store *s, const struct row *r)
{
	enum err e;

	db_bind_int(s, KICK, 1, (int64_t)r->id);
	db_bind_int(s, KICK, 2, r->state);
	if ((e = db_run(s, KICK)) != OK)
		return e;
	return store_mark(s, "sequence", s->sequence);
}

static enum err
cancel(struct store *s, const struct row *r, int64_t utc_ms)
{
	db_bind_int(s, FINISH, 1, (int64_t)r->id);
	db_bind_int(s, FINISH, 2, r->state);
	db_bind_int(s, FINISH, 3, (int64_t)++s->sequence);
	db_bind_int(s, FINISH, 4, utc_ms);
	return db_run(s, FINISH);
}

enum err
store_order(struct store *s, uint64_t id, enum job_event event, int64_t utc_ms,
            bool *ret_changed, enum job_state *ret_state)
{
	struct row r = { 0 };
	enum err e = row_load(s, id, &r);

	assert(event == JOB_KICK || event == JOB_CANCEL || event == JOB_PURGE);
	if (e != OK || (e = db_begin(s)) != OK)
		return e;
	*ret_changed =
	    !(event == JOB_PURGE && damage_knows(s, id)) && row_change(s, &r, event);
	*ret_state = r.state;
	if (!*ret_changed)
		return OK;
	if (event == JOB_PURGE)
		return store_drop(s, id);
	return event == JOB_KICK ? kick(s, &r) : cancel(s, &r, utc_ms);
}

bool
store_is_meant(struct store *s, enum query q, const struct wire_selection *which)
{
	const char *tenant = (const char *)sqlite3_column_text(s->q[q], 1);
	const char *reason = (const char *)sqlite3_column_text(s->q[q], 2);

	if (tenant == NULL || reason == NULL) /* no memory for them */
		return false;
	return (which->all_tenants || strcmp(tenant, which->tenant) == 0) &&
	       strstr(reason, which->reason) != NULL;
}

enum err
store_dead(struct store *s, const struct wire_selection *which,
           uint64_t ret_ids[STORE_DEAD_MAX], size_t *ret_n, uint64_t *ret_next)
{
	uint64_t last = which->after;
	bool row = true;
	size_t looked = 0;
	enum err e = OK;

	if (s->broken != OK)
		return db_broken(s);
	*ret_n = 0;
	db_bind_int(s, NEXT_DEAD, 1, (int64_t)which->after);
	db_bind_int(s, NEXT_DEAD, 2, STORE_DEAD_MAX);
	for (; (e = db_step(s, NEXT_DEAD, &row)) == OK && row; looked++) {
		last = (uint64_t)db_column(s, NEXT_DEAD, 0);
		if (store_is_meant(s, NEXT_DEAD, which))
			ret_ids[(*ret_n)++] = last;
	}
	db_done(s, NEXT_DEAD);
	*ret_next = looked == STORE_DEAD_MAX ? last : 0;
	return e;
}
