/*
 * Articles on pages that cannot be read.  Each costs its job, which whoever claims it
 * buries, and no other.
 *
 * SQLite writes no more in a transaction in which it has met a damaged page.  So who
 * meets one notes the job and has the transaction undone; the next time the job is
 * claimed it is known, and its page is left alone.  Damage comes in pages, or in what
 * leads to many of them, so the neighbours are looked at too, lest each be found by an
 * undone transaction.
 */
#include <stdlib.h>

#include "broker/store_db.h"
#include "log.h"

enum { GOOD_IN_A_ROW = 64, FAR = 100000 };

bool
damage_knows(const struct store *s, uint64_t id)
{
	for (size_t i = 0; i < s->n_damaged; i++)
		if (s->damaged[i] == id)
			return true;
	return false;
}

static enum err
note(struct store *s, uint64_t id)
{
	size_t cap = s->cap_damaged == 0 ? 64 : s->cap_damaged * 2;
	uint64_t *v;

	if (damage_knows(s, id))
		return OK;
	if (s->n_damaged == s->cap_damaged) {
		if ((v = realloc(s->damaged, cap * sizeof *v)) == NULL)
			return s->broken = err_set(ERR_NOMEM, "no memory for the store");
		s->damaged = v;
		s->cap_damaged = cap;
	}
	s->damaged[s->n_damaged++] = id;
	return OK;
}

enum err
damage_found(struct store *s, uint64_t id)
{
	enum err e = note(s, id);

	if (e != OK)
		return e;
	s->damage_at = id;
	s->undoable = true;
	return s->broken = err_set(ERR_DAMAGED,
	                           "an article stood on a damaged page of the database");
}

/* Whether the article of a job can be read, or there is none. */
static bool
is_readable(struct store *s, uint64_t id)
{
	int rc;

	db_bind_int(s, ARTICLE_OF, 1, (int64_t)id);
	s->bind = SQLITE_OK;
	rc = sqlite3_step(s->q[ARTICLE_OF]);
	db_done(s, ARTICLE_OF);
	return rc == SQLITE_ROW || rc == SQLITE_DONE;
}

static enum err
look(struct store *s, uint64_t from, bool up)
{
	uint64_t id = from;
	enum err e = OK;

	for (int good = 0, i = 0; good < GOOD_IN_A_ROW && i < FAR && e == OK; i++) {
		id = up ? id + 1 : id - 1;
		if (id == 0 || id > s->newest_id)
			break;
		if (is_readable(s, id)) {
			good++;
			continue;
		}
		good = 0;
		e = note(s, id);
	}
	return e;
}

enum err
damage_look_around(struct store *s)
{
	uint64_t at = s->damage_at;
	enum err e = OK;

	if (at == 0)
		return OK;
	s->damage_at = 0;
	if ((e = look(s, at, true)) == OK)
		e = look(s, at, false);
	if (e == OK)
		log_error("store file=\"%s\" damaged_articles=%zu hint=\"they are dead "
		          "letters now; hearsay check says what else is damaged\"",
		          s->path, s->n_damaged);
	return e;
}
