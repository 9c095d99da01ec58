/*
 * New jobs, and finding them by key.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "broker/store_db.h"

enum err
store_look_up(struct store *s, const char *tenant, const char *key, const void *hash,
              uint64_t *ret_id, bool *ret_same)
{
	bool found = false;
	enum err e;

	if (s->broken != OK)
		return db_broken(s);
	db_bind_text(s, BY_KEY, 1, tenant);
	db_bind_text(s, BY_KEY, 2, key);
	if ((e = db_step(s, BY_KEY, &found)) == OK && found) {
		const void *theirs = sqlite3_column_blob(s->q[BY_KEY], 1);

		*ret_id = (uint64_t)db_column(s, BY_KEY, 0);
		if (hash != NULL)
			*ret_same =
			    theirs != NULL && memcmp(theirs, hash, STORE_HASH) == 0;
	}
	db_done(s, BY_KEY);
	return e != OK || found ? e : err_set(ERR_NOT_FOUND, "no job has this key");
}

static enum err
insert_job(struct store *s, const struct store_article *a, int64_t utc_ms,
           const struct row *r)
{
	db_bind_int(s, PUT_JOB, 1, (int64_t)r->id);
	db_bind_int(s, PUT_JOB, 2, r->state);
	db_bind_int(s, PUT_JOB, 3, (int64_t)randombytes_random() << FENCE_BITS);
	db_bind_int(s, PUT_JOB, 4, a->due_ms);
	db_bind_int(s, PUT_JOB, 5, a->date_ms);
	db_bind_int(s, PUT_JOB, 6, utc_ms);
	db_bind_text(s, PUT_JOB, 7, a->tenant);
	db_bind_text(s, PUT_JOB, 8, a->key);
	db_bind_text(s, PUT_JOB, 9, a->article_id);
	db_bind_bytes(s, PUT_JOB, 10, a->hash, STORE_HASH);
	db_bind_int(s, PUT_JOB, 11, (int64_t)r->bytes);
	db_bind_int(s, PUT_JOB, 12, a->priority);
	db_bind_int(s, PUT_JOB, 13, a->lease_ms);
	db_bind_int(s, PUT_JOB, 14, a->attempts);
	return db_run(s, PUT_JOB);
}

static enum err
insert_article(struct store *s, const struct body *body, uint64_t id)
{
	db_bind_int(s, PUT_ARTICLE, 1, (int64_t)id);
	db_bind_int(s, PUT_ARTICLE, 2, body->coding);
	db_bind_int(s, PUT_ARTICLE, 3, (int64_t)body->size);
	db_bind_bytes(s, PUT_ARTICLE, 4, body->data.v, body->data.n);
	return db_run(s, PUT_ARTICLE);
}

/* A job that is not there becomes one that is. */
static enum err
insert(struct store *s, const struct store_article *a, int64_t utc_ms, uint64_t *ret_id)
{
	struct row r = { .id = s->newest_id + 1,
		         .state = JOB_NONE,
		         .bytes = a->body.data.n };
	bool later = a->due_ms != 0 || a->date_ms != 0;
	enum err e = tenants_get(s->tenants, a->tenant, &r.tenant);

	if (e != OK)
		return e;
	(void)row_change(s, &r, later ? JOB_DEFER : JOB_SUBMIT);
	if ((e = insert_job(s, a, utc_ms, &r)) != OK ||
	    (e = insert_article(s, &a->body, r.id)) != OK)
		return e;
	*ret_id = s->newest_id = r.id;
	return OK;
}

enum err
store_put(struct store *s, const struct store_article *a, int64_t utc_ms,
          uint64_t *ret_id, enum store_put *ret)
{
	bool same = false;
	enum err e;

	if ((e = db_begin(s)) != OK)
		return e;
	e = store_look_up(s, a->tenant, a->key, a->hash, ret_id, &same);
	if (e == OK)
		*ret = same ? STORE_EXISTS : STORE_CONFLICT;
	if (e != ERR_NOT_FOUND)
		return e;
	if ((e = insert(s, a, utc_ms, ret_id)) != OK)
		return e;
	*ret = STORE_ACCEPTED;
	return OK;
}

enum err
store_find(struct store *s, const char *tenant, const char *key, uint64_t *ret_id)
{
	return store_look_up(s, tenant, key, NULL, ret_id, NULL);
}
