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
insert(struct store *s, const struct store_article *a, int64_t utc_ms, uint64_t *ret_id)
{
	enum err e;

	db_bind_int(s, PUT_JOB, 1, (int64_t)randombytes_random() << FENCE_BITS);
	db_bind_int(s, PUT_JOB, 2, utc_ms);
	db_bind_text(s, PUT_JOB, 3, a->tenant);
	db_bind_text(s, PUT_JOB, 4, a->key);
	db_bind_text(s, PUT_JOB, 5, a->article_id);
	db_bind_bytes(s, PUT_JOB, 6, a->hash, STORE_HASH);
	if ((e = db_run(s, PUT_JOB)) != OK)
		return e;
	*ret_id = (uint64_t)sqlite3_last_insert_rowid(s->db);
	db_bind_int(s, PUT_ARTICLE, 1, (int64_t)*ret_id);
	db_bind_int(s, PUT_ARTICLE, 2, a->body.coding);
	db_bind_int(s, PUT_ARTICLE, 3, (int64_t)a->body.size);
	db_bind_bytes(s, PUT_ARTICLE, 4, a->body.data.v, a->body.data.n);
	return db_run(s, PUT_ARTICLE);
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
	s->count[JOB_READY]++;
	*ret = STORE_ACCEPTED;
	return OK;
}

enum err
store_find(struct store *s, const char *tenant, const char *key, uint64_t *ret_id)
{
	return store_look_up(s, tenant, key, NULL, ret_id, NULL);
}
