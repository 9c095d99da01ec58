/*
 * The longer life of a job in the store: its terms, dates, what is shut, what goes and
 * what stays behind when it has gone; and a store of version 2.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "open_store.h"
#include "tests/faults/failing_disk.h"

static struct store_article
article(const char *tenant, const char *key)
{
	return (struct store_article){
		.tenant = tenant,
		.key = key,
		.article_id = "",
		.body = { CODING_PLAIN, 4, { 4, (const uint8_t *)"text" } }
	};
}

static uint64_t
put_as(const struct store_article *x, int64_t utc_ms)
{
	enum store_put outcome = STORE_CONFLICT;
	uint64_t id = 0;

	ck_assert_int_eq(store_put(s, x, utc_ms, &id, &outcome), OK);
	ck_assert_int_eq(outcome, STORE_ACCEPTED);
	return id;
}

static uint64_t
put(const char *tenant, const char *key)
{
	const struct store_article x = article(tenant, key);

	return put_as(&x, 1000);
}

struct claiming {
	size_t n;
	struct store_lease v[64];
};

static enum err
run_claim(void *arg)
{
	struct claiming *c = arg;

	return store_claim(s, a, 64, 1 << 20, c->v, &c->n);
}

static struct claiming
claim(void)
{
	struct claiming c = { 0 };

	ck_assert_int_eq(arena_run(a, run_claim, &c), OK);
	return c;
}

static void
finish(const struct store_lease *l, int64_t utc_ms)
{
	const struct body result = { CODING_PLAIN, 1, { 1, (const uint8_t *)"r" } };
	enum store_verdict v = STORE_STALE;

	ck_assert_int_eq(store_finish(s, (struct wire_held){ l->job, l->fence }, "m",
	                              &result, utc_ms, &v),
	                 OK);
	ck_assert_int_eq(v, STORE_RECORDED);
}

static void
bury(const struct store_lease *l, int64_t utc_ms)
{
	const struct store_end end = { .lease = { l->job, l->fence },
		                       .event = JOB_BURY,
		                       .reason = "why",
		                       .utc_ms = utc_ms };
	enum store_verdict v = STORE_STALE;

	ck_assert_int_eq(store_end(s, &end, &v), OK);
	ck_assert_int_eq(v, STORE_RECORDED);
}

/* So many jobs, done at these times, one after the other. */
static void
make_done(const int64_t *times, size_t n)
{
	char key[16];

	for (size_t i = 0; i < n; i++) {
		snprintf(key, sizeof key, "k%zu", i);
		put("", key);
		finish(&claim().v[0], times[i]);
	}
}

static bool
is_there(uint64_t id)
{
	enum job_state st;
	enum err e = store_state(s, id, &st);

	ck_assert(e == OK || e == ERR_NOT_FOUND);
	return e == OK;
}

/* ----------------------------------------------------------------------- terms */

START_TEST(a_higher_priority_goes_first_and_then_the_older)
{
	static const int32_t priority[] = { 0, -9, 3, 0, 3 };
	static const uint64_t order[] = { 3, 5, 1, 4, 2 };
	struct store_article x;
	struct store_place place;
	struct claiming c;
	char key[] = "a";

	for (int i = 0; i < 5; i++, key[0]++) {
		x = article("t", key);
		x.priority = priority[i];
		put_as(&x, 1000);
	}
	commit_and_reopen();
	for (uint64_t i = 0; i < 5; i++) {
		ck_assert_int_eq(store_place(s, order[i], &place), OK);
		ck_assert_uint_eq(place.ahead, i);
	}
	c = claim();
	ck_assert_uint_eq(c.n, 5);
	for (int i = 0; i < 5; i++)
		ck_assert_uint_eq(c.v[i].job, order[i]);
	ck_assert_int_eq(read_job(3).priority, 3);
}
END_TEST

START_TEST(priority_gives_no_tenant_the_turn_of_another)
{
	struct store_article x;
	struct claiming c;
	char key[] = "a";

	for (int i = 0; i < 20; i++, key[0]++) {
		x = article("loud", key);
		x.priority = 9;
		put_as(&x, 1000);
	}
	put("quiet", "q");
	c = claim();
	ck_assert_uint_eq(c.n, 21);
	ck_assert_uint_eq(c.v[8].job, 21);
}
END_TEST

START_TEST(the_oldest_is_found_over_tenants_and_priorities)
{
	struct store_article x;
	int64_t oldest = 0;

	for (int i = 0; i < 30; i++) {
		char key[16], tenant[] = { (char)('a' + i % 3), 0 };

		snprintf(key, sizeof key, "%d", i);
		x = article(tenant, key);
		x.priority = i % 7 - 3;
		put_as(&x, 1000 + i);
	}
	ck_assert_int_eq(store_oldest(s, &oldest), OK);
	ck_assert_int_eq(oldest, 1000);
	x = article("zz", "early");
	x.priority = -9;
	put_as(&x, 7);
	ck_assert_int_eq(store_oldest(s, &oldest), OK);
	ck_assert_int_eq(oldest, 7);
}
END_TEST

START_TEST(the_terms_of_a_job_come_with_its_lease_also_after_a_restart)
{
	struct store_article x = article("", "a");
	struct store_lease l = { 0 };
	struct claiming c;

	x.lease_ms = 1234;
	x.attempts = 7;
	put_as(&x, 1000);
	put("", "b");
	commit_and_reopen();
	c = claim();
	ck_assert_uint_eq(c.v[0].lease_ms, 1234);
	ck_assert_uint_eq(c.v[0].allowed, 7);
	ck_assert_uint_eq(c.v[1].lease_ms, 0);
	ck_assert_uint_eq(c.v[1].allowed, 0);
	commit_and_reopen();
	ck_assert_int_eq(store_leased(s, 0, &l), OK);
	ck_assert_uint_eq(l.lease_ms, 1234);
	ck_assert_uint_eq(l.allowed, 7);
}
END_TEST

START_TEST(delays_are_of_the_steady_clock_and_dates_of_the_calendar)
{
	struct store_article x = article("", "delay"), y = article("", "date");
	struct store_place place;
	int64_t next = 0;
	uint64_t delayed, dated;

	x.due_ms = 500;
	y.date_ms = 90000;
	delayed = put_as(&x, 1000);
	dated = put_as(&y, 1000);
	commit_and_reopen();
	ck_assert_uint_eq(store_count(s, JOB_DELAYED), 2);
	ck_assert_int_eq(store_due(s, 499, 89990, &next), OK);
	ck_assert_int_eq(next, 500);
	ck_assert_int_eq(store_due(s, 480, 89990, &next), OK);
	ck_assert_int_eq(next, 490); /* ten from now, by the calendar */
	ck_assert_int_eq(store_place(s, dated, &place), OK);
	ck_assert_int_eq(place.date_ms, 90000);
	ck_assert_uint_eq(claim().n, 0);
	ck_assert_int_eq(store_due(s, 500, 89990, &next), OK);
	ck_assert_uint_eq(claim().v[0].job, delayed);
	ck_assert_int_eq(store_due(s, 0, 90000, &next),
	                 OK); /* though that clock stands */
	ck_assert_int_eq(next, INT64_MAX);
	ck_assert_uint_eq(claim().v[0].job, dated);
}
END_TEST

START_TEST(a_restart_under_another_clock_shortens_no_delay_that_was_asked_for)
{
	struct store_article x = article("", "a");
	int64_t next = 0;

	x.due_ms = 1000000;
	put_as(&x, 1);
	ck_assert_int_eq(store_due_by(s, 300), OK);
	ck_assert_int_eq(store_due(s, 400, 1, &next), OK);
	ck_assert_int_eq(next, 1000000);
}
END_TEST

/* ---------------------------------------------------------------------- valves */

static bool
turn(const char *tenant, enum valve valve, int64_t since_ms)
{
	bool changed = false;

	ck_assert_int_eq(store_turn(s, tenant, valve, since_ms, &changed), OK);
	return changed;
}

START_TEST(what_is_paused_is_not_claimed_also_after_a_restart)
{
	uint64_t open;

	put("shut", "a");
	open = put("open", "a");
	ck_assert(turn("shut", VALVE_DEALING, 55));
	ck_assert(!turn("shut", VALVE_DEALING, 66)); /* it is already */
	commit_and_reopen();
	ck_assert_uint_eq(store_claimable(s), 1);
	ck_assert_uint_eq(claim().v[0].job, open);
	ck_assert_uint_eq(claim().n, 0);
	ck_assert(turn("shut", VALVE_DEALING, 0));
	commit_and_reopen();
	ck_assert_uint_eq(claim().n, 1);
}
END_TEST

START_TEST(everything_is_paused_apart_from_its_tenants)
{
	put("t", "a");
	ck_assert(turn(NULL, VALVE_DEALING, 55));
	ck_assert(turn("t", VALVE_DEALING, 56));
	commit_and_reopen();
	ck_assert_int_eq(store_shut_since(s, VALVE_DEALING), 55);
	ck_assert_int_eq(store_shut_since(s, VALVE_INTAKE), 0);
	ck_assert_uint_eq(store_claimable(s), 0);
	ck_assert(turn(NULL, VALVE_DEALING, 0));
	ck_assert_uint_eq(store_claimable(s), 0); /* its tenant still is */
	ck_assert(turn("t", VALVE_DEALING, 0));
	commit_and_reopen();
	ck_assert_uint_eq(store_claimable(s), 1);
}
END_TEST

START_TEST(the_figures_of_a_tenant_are_found_again_after_a_restart)
{
	struct store_article x = article("t", "later");
	struct tenant *t = NULL;

	put("t", "done");
	finish(&claim().v[0], 5);
	put("t", "leased");
	ck_assert_uint_eq(claim().n, 1);
	put("t", "ready");
	put("u", "other");
	x.date_ms = 99;
	put_as(&x, 1);
	for (int i = 0; i < 2; i++, commit_and_reopen()) {
		ck_assert_int_eq(store_tenant(s, "t", &t), OK);
		ck_assert_uint_eq(t->ready, 1);
		ck_assert_uint_eq(t->unfinished, 3);
		ck_assert_uint_eq(t->bytes, 12);
	}
}
END_TEST

/* ------------------------------------------------------------------- what goes */

static size_t
purge(struct wire_selection which)
{
	static uint64_t ids[STORE_PURGE_MAX];
	size_t n = 0, all = 0;

	do {
		ck_assert_int_eq(store_purge(s, &which, ids, &n, &which.after), OK);
		all += n;
	} while (which.after != 0);
	return all;
}

static struct wire_selection
of_states(uint32_t states)
{
	return (struct wire_selection){
		.tenant = "", .reason = "", .all_tenants = true, .states = states
	};
}

enum { ALL_STATES = 0xffffffff };

START_TEST(a_purge_takes_what_it_names_and_never_what_is_leased)
{
	struct wire_selection which = of_states(ALL_STATES);
	struct claiming c;
	uint64_t leased, ready;

	put("", "done");
	put("", "dead");
	put("", "leased");
	c = claim();
	finish(&c.v[0], 10);
	bury(&c.v[1], 20);
	leased = c.v[2].job;
	put("t", "ready");
	ready = put("", "ready");
	ck_assert_uint_eq(purge(of_states(1 << JOB_LEASED)), 0);
	ck_assert_uint_eq(purge(of_states(1 << JOB_DEAD)), 1);
	which.before_ms = 10;
	ck_assert_uint_eq(purge(which), 0);
	which.before_ms = 11;
	ck_assert_uint_eq(purge(which), 1); /* done; the others came at 1000 */
	which.before_ms = 0;
	which.all_tenants = false;
	which.tenant = "t";
	ck_assert_uint_eq(purge(which), 1);
	ck_assert(is_there(leased) && is_there(ready));
	which.tenant = "";
	ck_assert_uint_eq(purge(which), 1);
	ck_assert(is_there(leased) && !is_there(ready));
	commit_and_reopen();
	ck_assert_uint_eq(store_count(s, JOB_LEASED), 1);
	for (int st = JOB_READY; st < JOB_STATES; st++)
		ck_assert_uint_eq(store_count(s, (enum job_state)st), st == JOB_LEASED);
	finish(&c.v[2], 30);
}
END_TEST

START_TEST(a_purge_of_many_goes_in_lots)
{
	uint64_t ids[STORE_PURGE_MAX], next = 0;
	struct wire_selection which = of_states(1 << JOB_READY);
	char key[16];
	size_t n = 0;

	for (int i = 0; i < 600; i++) {
		snprintf(key, sizeof key, "%d", i);
		put("", key);
	}
	ck_assert_int_eq(store_purge(s, &which, ids, &n, &next), OK);
	ck_assert_uint_eq(n, STORE_PURGE_MAX);
	ck_assert_uint_eq(next, ids[n - 1]);
	ck_assert_uint_eq(purge(which), 600 - STORE_PURGE_MAX);
	ck_assert_uint_eq(store_count(s, JOB_READY), 0);
	ck_assert_uint_eq(store_claimable(s), 0);
}
END_TEST

START_TEST(no_id_and_no_sequence_number_comes_twice_when_all_is_gone)
{
	static const int64_t times[] = { 5, 6, 7 };
	uint64_t id;

	make_done(times, 3);
	ck_assert_uint_eq(purge(of_states(ALL_STATES)), 3);
	commit_and_reopen();
	ck_assert_uint_eq(store_sequence(s), 3);
	id = put("", "k0"); /* the key may be used again */
	ck_assert_uint_eq(id, 4);
	finish(&claim().v[0], 9);
	ck_assert_uint_eq(read_job(id).sequence, 4);
}
END_TEST

START_TEST(a_late_result_of_what_is_gone_is_stale)
{
	const struct body result = { CODING_PLAIN, 1, { 1, (const uint8_t *)"r" } };
	enum store_verdict v = STORE_RECORDED;
	struct store_lease l;

	put("", "a");
	l = claim().v[0];
	bury(&l, 5);
	ck_assert_uint_eq(purge(of_states(ALL_STATES)), 1);
	put("", "a");
	ck_assert_int_eq(
	    store_finish(s, (struct wire_held){ l.job, l.fence }, "m", &result, 9, &v),
	    OK);
	ck_assert_int_eq(v, STORE_STALE);
	ck_assert_uint_eq(store_count(s, JOB_READY), 1);
}
END_TEST

static size_t
expire(int64_t before_ms, int64_t utc_ms)
{
	uint64_t ids[STORE_EXPIRE_MAX];
	size_t n = 0, all = 0;
	bool more = true;

	while (more) {
		ck_assert_int_eq(store_expire(s, before_ms, utc_ms, ids, &n, &more), OK);
		ck_assert_uint_le(n, STORE_EXPIRE_MAX);
		all += n;
	}
	return all;
}

static size_t
strip(int64_t before_ms, int64_t utc_ms)
{
	size_t n = 0, all = 0;
	bool more = true;

	while (more) {
		ck_assert_int_eq(store_strip(s, before_ms, utc_ms, &n, &more), OK);
		all += n;
	}
	return all;
}

START_TEST(what_was_kept_long_enough_goes)
{
	int64_t times[200];

	for (int i = 0; i < 200; i++)
		times[i] = 100 + i;
	make_done(times, 200);
	put("", "waiting");
	ck_assert_uint_eq(expire(100, 1000), 0);
	ck_assert_uint_eq(expire(250, 1000), 150);
	ck_assert(!is_there(150) && is_there(151));
	ck_assert_uint_eq(expire(250, 1000), 0);
	commit_and_reopen();
	ck_assert_uint_eq(store_count(s, JOB_DONE), 50);
	ck_assert_uint_eq(store_count(s, JOB_READY), 1);
	ck_assert_uint_eq(expire(2000, 2000), 50);
	ck_assert_uint_eq(store_count(s, JOB_READY), 1);
}
END_TEST

START_TEST(what_ended_in_the_future_keeps_nothing_else)
{
	static const int64_t times[] = { 5, 999999, 6, 7 };

	make_done(times, 4);
	ck_assert_uint_eq(expire(100, 200), 3);
	ck_assert(is_there(2));
	ck_assert_uint_eq(expire(1000000, 1000001), 1);
}
END_TEST

START_TEST(articles_go_apart_from_results)
{
	static const int64_t times[] = { 5, 50 };
	struct store_lease l;

	make_done(times, 2);
	put("", "dead");
	l = claim().v[0];
	bury(&l, 6);
	ck_assert_uint_eq(strip(10, 100), 1);
	ck_assert(!read_job(1).has_article && read_job(1).has_extraction);
	ck_assert(read_job(2).has_article);
	commit_and_reopen();
	ck_assert_uint_eq(strip(60, 100), 1); /* the first is not looked at again */
	ck_assert(!read_job(2).has_article);
	ck_assert(read_job(l.job).has_article); /* it may be kicked */
	ck_assert_uint_eq(store_count(s, JOB_DONE), 2);
	ck_assert_uint_eq(expire(60, 100), 3);
}
END_TEST

/* The first leaf of the articles behind the first few, as a page number and a size. */
static void
find_leaf(const char *path, sqlite3_int64 *ret_page, int *ret_size)
{
	sqlite3 *db;
	sqlite3_stmt *q;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(
	    sqlite3_prepare_v2(db,
	                       "SELECT pageno, (SELECT page_size FROM pragma_page_size) "
	                       "FROM dbstat WHERE name = 'article' AND pagetype = 'leaf' "
	                       "ORDER BY path LIMIT 1 OFFSET 5",
	                       -1, &q, NULL),
	    SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(q), SQLITE_ROW);
	*ret_page = sqlite3_column_int64(q, 0);
	*ret_size = sqlite3_column_int(q, 1);
	sqlite3_finalize(q);
	sqlite3_close(db);
}

static void
damage_a_page(void)
{
	static const char zeros[65536];
	char path[256];
	sqlite3_int64 page;
	int size;
	FILE *f;

	snprintf(path, sizeof path, "%s/queue.db", dir);
	find_leaf(path, &page, &size);
	f = fopen(path, "r+");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fseek(f, (long)(page - 1) * size, SEEK_SET), 0);
	ck_assert_uint_eq(fwrite(zeros, 1, (size_t)size, f), (size_t)size);
	fclose(f);
}

/* Or a broker that is told to keep things for a while could not be started any more. */
START_TEST(a_damaged_page_keeps_its_jobs_and_no_other)
{
	static const uint8_t text[3000];
	struct store_article x;
	uint64_t ids[STORE_EXPIRE_MAX];
	char key[16];
	bool more = true;
	size_t n = 0;
	int undone = 0;
	enum err e;

	for (int i = 0; i < 300; i++) {
		snprintf(key, sizeof key, "k%d", i);
		x = article("", key);
		x.body.data = (struct bytes){ sizeof text, text };
		put_as(&x, 1);
		finish(&claim().v[0], 5);
	}
	ck_assert_int_eq(store_commit(s), OK);
	store_close(s);
	damage_a_page();
	ck_assert_int_eq(store_open(dir, &s), OK);
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
	while (more) {
		e = store_expire(s, 10, 100, ids, &n, &more);
		if (e == OK)
			e = store_commit(s);
		if (e == OK)
			continue;
		ck_assert(store_can_undo(s));
		ck_assert_int_eq(store_undo(s), OK);
		ck_assert_int_lt(++undone, 50);
		more = true;
	}
	ck_assert_int_gt(undone, 0);
	ck_assert_uint_gt(store_count(s, JOB_DONE), 0);
	ck_assert_uint_lt(store_count(s, JOB_DONE), 50);
	put("", "new");
	ck_assert_int_eq(store_commit(s), OK);
}
END_TEST

/* --------------------------------------------------------------------- upgrade */

/* As version 2 wrote it. */
static const char version_2[] =
    "CREATE TABLE job (id INTEGER PRIMARY KEY, state INTEGER NOT NULL,"
    " attempts INTEGER NOT NULL DEFAULT 0, fence INTEGER NOT NULL,"
    " due INTEGER NOT NULL DEFAULT 0, submitted INTEGER NOT NULL,"
    " finished INTEGER NOT NULL DEFAULT 0, sequence INTEGER NOT NULL DEFAULT 0,"
    " tenant TEXT NOT NULL, key TEXT NOT NULL, article_id TEXT NOT NULL,"
    " hash BLOB NOT NULL, reason TEXT NOT NULL DEFAULT '',"
    " worker TEXT NOT NULL DEFAULT '', UNIQUE (tenant, key));"
    "CREATE INDEX job_ready ON job (tenant, id) WHERE state = 1;"
    "CREATE INDEX job_delayed ON job (due) WHERE state = 2;"
    "CREATE INDEX job_leased ON job (id) WHERE state = 3;"
    "CREATE INDEX job_dead ON job (id) WHERE state = 5;"
    "CREATE UNIQUE INDEX job_ended ON job (sequence, state) WHERE sequence > 0;"
    "CREATE TABLE article (job INTEGER PRIMARY KEY, coding INTEGER NOT NULL,"
    " size INTEGER NOT NULL, data BLOB NOT NULL);"
    "CREATE TABLE result (job INTEGER PRIMARY KEY, coding INTEGER NOT NULL,"
    " size INTEGER NOT NULL, data BLOB NOT NULL, model TEXT NOT NULL);"
    "CREATE TABLE mark (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
    "INSERT INTO mark VALUES ('sequence', 9);"
    "INSERT INTO job (id, state, attempts, fence, due, submitted, finished, sequence,"
    " tenant, key, article_id, hash) VALUES"
    " (1, 1, 0, 1048576, 0, 10, 0, 0, 't', 'r', 'r', x'00'),"
    " (2, 2, 1, 1048577, 700, 10, 0, 0, 't', 'l', 'l', x'00'),"
    " (3, 3, 1, 1048580, 0, 10, 0, 0, 't', 'd', 'd', x'00'),"
    " (4, 4, 1, 1048590, 0, 10, 20, 8, '', 'e', 'e', x'00');"
    "INSERT INTO article SELECT id, 0, 3, x'414243' FROM job;"
    "INSERT INTO result VALUES (4, 0, 1, x'41', 'm');"
    "PRAGMA application_id = 0x48656172; PRAGMA user_version = 2;";

static void
make_db(const char *statements)
{
	char path[256];
	sqlite3 *db;

	store_close(s);
	s = NULL;
	temp_dir_empty(dir);
	snprintf(path, sizeof path, "%s/queue.db", dir);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, statements, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

START_TEST(a_store_of_version_2_is_taken_over)
{
	struct tenant *t = NULL;
	int64_t next = 0;

	make_db(version_2);
	ck_assert_int_eq(store_open(dir, &s), OK);
	for (int i = 0; i < 2;
	     i++, commit_and_reopen()) { /* and again, once it is of this one */
		ck_assert_int_eq(store_tenant(s, "t", &t), OK);
		ck_assert_uint_eq(t->ready, 1);
		ck_assert_uint_eq(t->unfinished, 3);
		ck_assert_uint_eq(t->bytes, 9);
		ck_assert_uint_eq(store_count(s, JOB_DONE), 1);
		ck_assert_uint_eq(store_sequence(s), 9);
		ck_assert_int_eq(read_job(1).priority, 0);
	}
	ck_assert_int_eq(store_due_by(s, 100), OK);
	ck_assert_int_eq(store_due(s, 100, 0, &next), OK);
	ck_assert_uint_eq(claim().n, 2);
	ck_assert_uint_eq(put("", "new"), 5);
	finish(&(struct store_lease){ .job = 3, .fence = 1048580 }, 50);
	ck_assert_uint_eq(read_job(3).sequence, 10);
	ck_assert_uint_eq(expire(30, 100), 1);
	ck_assert_int_eq(store_commit(s), OK);
}
END_TEST

/* The forms of a new store and of one that was taken over are the same. */
static void
form(char *ret, size_t size)
{
	char path[256];
	sqlite3 *db;
	sqlite3_stmt *q;
	size_t n = 0;

	snprintf(path, sizeof path, "%s/queue.db", dir);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(
	                     db,
	                     "SELECT m.name, i.name, i.type, i.\"notnull\", i.dflt_value "
	                     "FROM sqlite_schema AS m, pragma_table_info(m.name) AS i "
	                     "UNION ALL SELECT name, sql, '', '', '' FROM sqlite_schema "
	                     "WHERE type = 'index' ORDER BY 1, 2",
	                     -1, &q, NULL),
	                 SQLITE_OK);
	while (sqlite3_step(q) == SQLITE_ROW)
		for (int i = 0; i < 5; i++)
			n += (size_t)snprintf(ret + n, size - n, "%s|",
			                      (const char *)sqlite3_column_text(q, i));
	ck_assert_uint_lt(n, size - 1);
	sqlite3_finalize(q);
	sqlite3_close(db);
}

START_TEST(what_was_taken_over_has_the_form_of_what_is_new)
{
	static char fresh[16384], taken[16384];

	form(fresh, sizeof fresh);
	make_db(version_2);
	ck_assert_int_eq(store_open(dir, &s), OK);
	form(taken, sizeof taken);
	ck_assert_str_eq(taken, fresh);
}
END_TEST

/* ---------------------------------------------------------------------- faults */

enum { FAULT_JOBS = 6 };

/* Put, pause and purge, each committed; what was acknowledged is counted. */
static enum err
live(int *ret_step)
{
	uint64_t ids[STORE_PURGE_MAX], next, id;
	struct wire_selection which = of_states(1 << JOB_READY);
	enum store_put outcome;
	char key[] = "a";
	size_t n;
	bool changed;
	enum err e;

	*ret_step = 0;
	s = NULL;
	if ((e = store_open(dir, &s)) != OK)
		return e;
	for (int i = 0; i < FAULT_JOBS && e == OK; i++, key[0]++) {
		const struct store_article x = article(i < 3 ? "" : "t", key);

		e = store_put(s, &x, 1, &id, &outcome);
	}
	if (e != OK || (e = store_commit(s)) != OK)
		return e;
	*ret_step = 1;
	if ((e = store_turn(s, "t", VALVE_DEALING, 5, &changed)) != OK ||
	    (e = store_commit(s)) != OK)
		return e;
	*ret_step = 2;
	which.all_tenants = false;
	if ((e = store_purge(s, &which, ids, &n, &next)) != OK ||
	    (e = store_commit(s)) != OK)
		return e;
	*ret_step = 3;
	return OK;
}

/* Every step that was acknowledged, and the next whole or not at all. */
static void
check_kept(int step)
{
	uint64_t n = store_count(s, JOB_READY), claimable = store_claimable(s);
	struct tenant *t = NULL;

	ck_assert(n == 0 || n == FAULT_JOBS || n == FAULT_JOBS - 3);
	ck_assert(step < 1 || n > 0);
	ck_assert_int_eq(store_tenant(s, "t", &t), OK);
	ck_assert(step < 2 || t->shut[VALVE_DEALING] == 5);
	ck_assert(step < 3 || n == FAULT_JOBS - 3);
	ck_assert(n != FAULT_JOBS - 3 || (step >= 2 && claimable == 0));
	for (uint64_t id = 1; n > 0 && id <= FAULT_JOBS; id++)
		if (is_there(id))
			ck_assert_uint_eq(read_job(id).article.data.n, 4);
	ck_assert_uint_eq(put("", "another"), n == 0 ? 1 : FAULT_JOBS + 1);
}

static bool
fails_at(int n, int code)
{
	int step;
	enum err e;

	temp_dir_empty(dir);
	failing_disk_set(n, code, true);
	e = live(&step);
	store_close(s);
	int fired = failing_disk_mend();
	ck_assert(e == OK || fired > 0);
	ck_assert_int_eq(store_open(dir, &s), OK);
	check_kept(step);
	store_close(s);
	s = NULL;
	return fired > 0;
}

START_TEST(no_failing_write_or_sync_breaks_a_purge_or_a_pause)
{
	int n = 0;

	store_close(s);
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr)); /* a hundred errors */
	failing_disk_install();
	while (fails_at(n, _i == 0 ? SQLITE_IOERR : SQLITE_FULL))
		n++;
	ck_assert_int_gt(n, 20);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store_life");
	TCase *core = tcase_create("core"), *faults = tcase_create("faults");

	suite_add_tcase(suite, core);
	tcase_add_checked_fixture(core, setup, teardown);
	tcase_set_timeout(core, 60);
	tcase_add_test(core, a_higher_priority_goes_first_and_then_the_older);
	tcase_add_test(core, priority_gives_no_tenant_the_turn_of_another);
	tcase_add_test(core, the_oldest_is_found_over_tenants_and_priorities);
	tcase_add_test(core, the_terms_of_a_job_come_with_its_lease_also_after_a_restart);
	tcase_add_test(core, delays_are_of_the_steady_clock_and_dates_of_the_calendar);
	tcase_add_test(
	    core, a_restart_under_another_clock_shortens_no_delay_that_was_asked_for);
	tcase_add_test(core, what_is_paused_is_not_claimed_also_after_a_restart);
	tcase_add_test(core, everything_is_paused_apart_from_its_tenants);
	tcase_add_test(core, the_figures_of_a_tenant_are_found_again_after_a_restart);
	tcase_add_test(core, a_purge_takes_what_it_names_and_never_what_is_leased);
	tcase_add_test(core, a_purge_of_many_goes_in_lots);
	tcase_add_test(core, no_id_and_no_sequence_number_comes_twice_when_all_is_gone);
	tcase_add_test(core, a_late_result_of_what_is_gone_is_stale);
	tcase_add_test(core, what_was_kept_long_enough_goes);
	tcase_add_test(core, what_ended_in_the_future_keeps_nothing_else);
	tcase_add_test(core, articles_go_apart_from_results);
	tcase_add_test(core, a_damaged_page_keeps_its_jobs_and_no_other);
	tcase_add_test(core, a_store_of_version_2_is_taken_over);
	tcase_add_test(core, what_was_taken_over_has_the_form_of_what_is_new);
	suite_add_tcase(suite, faults);
	tcase_add_checked_fixture(faults, setup, teardown);
	tcase_set_timeout(faults, 120);
	tcase_add_loop_test(faults, no_failing_write_or_sync_breaks_a_purge_or_a_pause, 0,
	                    2);
	return suite_run(suite);
}
