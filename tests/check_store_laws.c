/*
 * A promise of the store that no answer of its shows: how little is written for
 * a change of state.
 */
#include <string.h>
#include <sys/stat.h>

#include "broker/store.h"
#include "suite.h"
#include "temp_dir.h"

enum { BODY = 1 << 20, CLAIMS = 8 };

static char dir[128];
static struct store *s;
static struct arena *a;

static void
setup(void)
{
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

int
main(void)
{
	Suite *suite = suite_create("store_laws");
	TCase *core = tcase_create("core");

	suite_add_tcase(suite, core);
	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_test(core, a_change_of_state_does_not_rewrite_the_body);
	return suite_run(suite);
}
