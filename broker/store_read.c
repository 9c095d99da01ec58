/*
 * Jobs as people and clients see them.  Nothing is changed here.
 */
#include "broker/store_db.h"

enum err
store_state(struct store *s, uint64_t id, enum job_state *ret)
{
	struct row r = { 0 };
	enum err e = row_load(s, id, &r);

	if (e == OK)
		*ret = r.state;
	return e;
}

static void
read_job(struct store *s, struct arena *a, uint64_t id, struct wire_job *ret)
{
	*ret = (struct wire_job){
		.id = id,
		.state = (enum wire_state)db_column(s, JOB, 0),
		.attempts = (uint32_t)db_column(s, JOB, 1),
		.submitted_ms = (uint64_t)db_column(s, JOB, 2),
		.finished_ms = (uint64_t)db_column(s, JOB, 3),
		.sequence = (uint64_t)db_column(s, JOB, 4),
		.tenant = db_column_text(s, a, JOB, 5),
		.key = db_column_text(s, a, JOB, 6),
		.article_id = db_column_text(s, a, JOB, 7),
		.reason = db_column_text(s, a, JOB, 8),
		.worker = db_column_text(s, a, JOB, 9),
		.priority = (int32_t)db_column(s, JOB, 10),
	};
}

/* A body that a job may have, or not yet. */
static enum err
read_if(struct store *s, struct arena *a, enum query q, struct wire_job *job,
        bool *ret_has, struct body *ret)
{
	enum err e = db_read_body(s, a, q, job->id, ret);

	*ret_has = e == OK;
	if (e == ERR_DAMAGED)
		job->reason = q == RESULT_OF
		                  ? "its result stood on a damaged page of the "
		                    "broker's database: have its owner run "
		                    "hearsay repair, or submit it under another "
		                    "key"
		                  : "its article stood on a damaged page of the "
		                    "broker's database";
	return e == ERR_NOT_FOUND || e == ERR_DAMAGED ? OK : e;
}

enum err
store_job(struct store *s, struct arena *a, uint64_t id, struct store_wish with,
          struct wire_job *ret)
{
	bool found = false;
	enum err e;

	if (s->broken != OK)
		return db_broken(s);
	db_bind_int(s, JOB, 1, (int64_t)id);
	if ((e = db_step(s, JOB, &found)) == OK && found)
		read_job(s, a, id, ret);
	db_done(s, JOB);
	if (e == OK && !found)
		return err_set(ERR_NOT_FOUND, "no job has this number");
	if (e == OK && with.extraction)
		e = read_if(s, a, RESULT_OF, ret, &ret->has_extraction, &ret->extraction);
	if (e == OK && with.article)
		e = read_if(s, a, ARTICLE_OF, ret, &ret->has_article, &ret->article);
	return e;
}

enum err
store_place(struct store *s, uint64_t id, struct store_place *ret)
{
	bool found = false;
	enum err e;

	if (s->broken != OK)
		return db_broken(s);
	db_bind_int(s, PLACE, 1, (int64_t)id);
	db_bind_int(s, PLACE, 2, STORE_AHEAD_MAX + 1);
	if ((e = db_step(s, PLACE, &found)) == OK && found) {
		*ret = (struct store_place){ .due_ms = db_column(s, PLACE, 0),
			                     .date_ms = db_column(s, PLACE, 1),
			                     .allowed = (uint32_t)db_column(s, PLACE, 2),
			                     .ahead = (uint64_t)db_column(s, PLACE, 3) };
		ret->more = ret->ahead > STORE_AHEAD_MAX;
		ret->ahead = ret->more ? STORE_AHEAD_MAX : ret->ahead;
	}
	db_done(s, PLACE);
	return e != OK || found ? e : err_set(ERR_NOT_FOUND, "no job has this number");
}

enum err
store_ended(struct store *s, uint64_t after, uint64_t *ret_id)
{
	bool found = false;
	enum err e;

	if (s->broken != OK)
		return db_broken(s);
	db_bind_int(s, NEXT_ENDED, 1, (int64_t)after);
	if ((e = db_step(s, NEXT_ENDED, &found)) == OK && found)
		*ret_id = (uint64_t)db_column(s, NEXT_ENDED, 0);
	db_done(s, NEXT_ENDED);
	return e != OK || found ? e : ERR_NOT_FOUND;
}

enum err
store_oldest(struct store *s, int64_t *ret_utc_ms)
{
	bool found = false;
	enum err e;

	if (s->broken != OK)
		return db_broken(s);
	e = db_step(s, OLDEST, &found);
	found = e == OK && found && sqlite3_column_type(s->q[OLDEST], 0) != SQLITE_NULL;
	if (found)
		*ret_utc_ms = db_column(s, OLDEST, 0);
	db_done(s, OLDEST);
	return e != OK || found ? e : ERR_NOT_FOUND;
}
