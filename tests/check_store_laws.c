/*
 * Promises of the store that no answer of its shows: how little is written for a
 * change of state, and how little is read to find what comes next.
 */
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>

#include "broker/store.h"
#include "suite.h"
#include "temp_dir.h"

enum { BODY = 1 << 20, CLAIMS = 8, ENDED = 200 };

static char dir[128];
static sqlite3 *db; /* the store's own, the first that was opened */
static struct store *s;
static struct arena *a;

/* SQLite calls it for each database that is opened. */
static int
note_db(sqlite3 *opened, const char **error, const struct sqlite3_api_routines *api)
{
	(void)error;
	(void)api;
	if (db == NULL)
		db = opened;
	return SQLITE_OK;
}

static void
setup(void)
{
	db = NULL;
	sqlite3_auto_extension((void (*)(void))note_db);
	temp_dir_make(dir, sizeof dir);
	a = arena_new(64 << 20);
	ck_assert_int_eq(store_open(dir, &s), OK);
}

static void
teardown(void)
{
	store_close(s);
	arena_free(a);
	temp_dir_remove(dir);
}

static long long
log_size(void)
{
	char path[256];
	struct stat st;

	snprintf(path, sizeof path, "%s/queue.db-wal", dir);
	ck_assert_int_eq(stat(path, &st), 0);
	return st.st_size;
}

static void
put(const char *key, const uint8_t *v, size_t n)
{
	const struct store_article article = { .tenant = "",
		                               .key = key,
		                               .article_id = "",
		                               .body = { CODING_PLAIN, n, { n, v } } };
	enum store_put outcome;
	uint64_t id;

	ck_assert_int_eq(store_put(s, &article, 1, &id, &outcome), OK);
	ck_assert_int_eq(outcome, STORE_ACCEPTED);
}

static struct store_lease leased;

static enum err
claim(void *arg)
{
	size_t n = 0;
	enum err e = store_claim(s, a, 1, 2 * BODY, &leased, &n);

	(void)arg;
	return e == OK && n != 1 ? ERR_NOT_FOUND : e;
}

/* Claimed and handed back, again and again: the log grows by pages, not by bodies. */
START_TEST(a_change_of_state_does_not_rewrite_the_body)
{
	static uint8_t body[BODY];
	enum store_verdict verdict;
	long long before;

	put("a", body, sizeof body);
	ck_assert_int_eq(store_commit(s), OK);
	before = log_size();
	for (int i = 0; i < CLAIMS; i++) {
		ck_assert_int_eq(arena_run(a, claim, NULL), OK);
		ck_assert_int_eq(store_commit(s), OK);
		const struct store_end end = { .lease = { leased.job, leased.fence },
			                       .event = JOB_RETURN };
		ck_assert_int_eq(store_end(s, &end, &verdict), OK);
		ck_assert_int_eq(store_commit(s), OK);
		arena_reset(a);
	}
	ck_assert_int_lt(log_size() - before, BODY / 2);
}
END_TEST

/* Rows that statements went through without an index, and what they had to sort. */
static int
walked(void)
{
	int n = 0;

	for (sqlite3_stmt *q = NULL; (q = sqlite3_next_stmt(db, q)) != NULL;)
		n += sqlite3_stmt_status(q, SQLITE_STMTSTATUS_FULLSCAN_STEP, 0) +
		     sqlite3_stmt_status(q, SQLITE_STMTSTATUS_SORT, 0);
	return n;
}

/* Or a store of a million would hold up everybody at each event of each watcher. */
START_TEST(what_has_ended_is_found_without_a_walk)
{
	const struct body result = { CODING_PLAIN, 1, { 1, (const uint8_t *)"r" } };
	enum store_verdict verdict;
	uint64_t id = 0;
	char key[16];

	for (int i = 0; i < ENDED; i++) {
		snprintf(key, sizeof key, "%d", i);
		put(key, (const uint8_t *)"a", 1);
		ck_assert_int_eq(arena_run(a, claim, NULL), OK);
		ck_assert_int_eq(
		    store_finish(s, (struct wire_held){ leased.job, leased.fence }, "m",
		                 &result, 1, &verdict),
		    OK);
	}
	ck_assert_int_eq(store_commit(s), OK);
	for (uint64_t after = 0; after < ENDED; after++)
		ck_assert_int_eq(store_ended(s, after, &id), OK);
	ck_assert_ptr_nonnull(db);
	ck_assert_int_lt(walked(), ENDED / 10);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store_laws");
	TCase *core = tcase_create("core");

	suite_add_tcase(suite, core);
	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_test(core, a_change_of_state_does_not_rewrite_the_body);
	tcase_add_test(core, what_has_ended_is_found_without_a_walk);
	return suite_run(suite);
}
