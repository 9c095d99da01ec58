#ifndef OPEN_STORE_H
#define OPEN_STORE_H

/*
 * For tests of the store: one that is open in a folder of its own, before each test, and
 * gone after it.
 */
#include "broker/store.h"
#include "suite.h"
#include "temp_dir.h"

static char dir[128];
static struct store *s;
static struct arena *a;

static inline void
setup(void)
{
	temp_dir_make(dir, sizeof dir);
	a = arena_new(32 << 20);
	ck_assert_int_eq(store_open(dir, &s), OK);
}

static inline void
teardown(void)
{
	store_close(s);
	arena_free(a);
	temp_dir_remove(dir);
}

/* As after the end of the broker: what was not committed is gone. */
static inline void
reopen(void)
{
	store_close(s);
	ck_assert_int_eq(store_open(dir, &s), OK);
}

static inline void
commit_and_reopen(void)
{
	ck_assert_int_eq(store_commit(s), OK);
	reopen();
}

struct reading {
	uint64_t id;
	struct wire_job job;
};

static inline enum err
run_read(void *arg)
{
	struct reading *r = arg;

	return store_job(s, a, r->id, (struct store_wish){ true, true }, &r->job);
}

/* With all it has, in the arena. */
static inline struct wire_job
read_job(uint64_t id)
{
	struct reading r = { .id = id };

	ck_assert_int_eq(arena_run(a, run_read, &r), OK);
	return r.job;
}

#endif
