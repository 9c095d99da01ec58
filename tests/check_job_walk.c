/*
 * Every state and event once more, this time through the store: what job.c says can
 * happen does, what it says cannot leaves everything as it was; and both are so after a
 * restart.  Then at random, for a long time, with a pure model beside it.
 */
#include <stdio.h>
#include <string.h>

#include "open_store.h"

enum { LATER = 1000000000, UTC = 2000 };

/* A job as the test sees it: its key, and the newest lease that it gave. */
struct job {
	char tenant[8], key[16];
	uint64_t id;
	struct wire_held lease;
	enum job_state state; /* by the model */
};

/* --------------------------------------------------------- an event, and whether it was
 */

static bool
put(struct job *j, bool later)
{
	const struct store_article x = {
		.tenant = j->tenant,
		.key = j->key,
		.article_id = "",
		.body = { CODING_PLAIN, 1, { 1, (const uint8_t *)"t" } },
		.date_ms = later ? LATER : 0
	};
	enum store_put outcome = STORE_CONFLICT;

	ck_assert_int_eq(store_put(s, &x, UTC, &j->id, &outcome), OK);
	return outcome == STORE_ACCEPTED;
}

struct claiming {
	size_t max, n;
	struct store_lease v[16];
};

static enum err
run_claim(void *arg)
{
	struct claiming *c = arg;

	arena_reset(a);
	return store_claim(s, a, c->max, 1 << 20, c->v, &c->n);
}

/* The only job there is, or is ready. */
static bool
claim(struct job *j)
{
	struct claiming c = { .max = 1 };

	ck_assert_int_eq(arena_run(a, run_claim, &c), OK);
	if (c.n == 1) {
		ck_assert_uint_eq(c.v[0].job, j->id);
		j->lease = (struct wire_held){ c.v[0].job, c.v[0].fence };
	}
	return c.n == 1;
}

static bool
finish(const struct job *j)
{
	const struct body result = { CODING_PLAIN, 1, { 1, (const uint8_t *)"r" } };
	enum store_verdict v = STORE_STALE;

	ck_assert_int_eq(store_finish(s, j->lease, "m", &result, UTC, &v), OK);
	return v == STORE_RECORDED;
}

static bool
end(const struct job *j, enum job_event event)
{
	const struct store_end e = { .lease = j->lease,
		                     .event = event,
		                     .reason = "why",
		                     .due_ms = LATER,
		                     .utc_ms = UTC };
	enum store_verdict v = STORE_STALE;

	ck_assert_int_eq(store_end(s, &e, &v), OK);
	return v == STORE_RECORDED;
}

static bool
due(void)
{
	uint64_t before = store_count(s, JOB_DELAYED);
	int64_t next = 0;

	ck_assert_int_eq(store_due(s, LATER, LATER, &next), OK);
	return store_count(s, JOB_DELAYED) < before;
}

static bool
order(const struct job *j, enum job_event event)
{
	enum job_state ignored = JOB_STATES;
	bool changed = false;
	enum err e = store_order(s, j->id, event, UTC, &changed, &ignored);

	ck_assert(e == OK || e == ERR_NOT_FOUND);
	return changed;
}

static bool
expire(void)
{
	uint64_t ids[STORE_EXPIRE_MAX];
	bool more = false;
	size_t n = 0;

	ck_assert_int_eq(store_expire(s, UTC + 1, UTC + 1, ids, &n, &more), OK);
	return n > 0;
}

static bool
happen(struct job *j, enum job_event event)
{
	switch (event) {
	case JOB_LEASE:
		return claim(j);
	case JOB_FINISH:
		return finish(j);
	case JOB_DUE:
		return due();
	case JOB_SUBMIT:
	case JOB_DEFER:
		return put(j, event == JOB_DEFER);
	case JOB_KICK:
	case JOB_CANCEL:
	case JOB_PURGE:
		return order(j, event);
	case JOB_EXPIRE:
		return expire();
	default:
		return end(j, event);
	}
}

/* ------------------------------------------------------------------ what is, and may be
 */

static enum job_state
state_of(const struct job *j)
{
	enum job_state st = JOB_STATES;
	enum err e = store_state(s, j->id, &st);

	ck_assert(e == OK || e == ERR_NOT_FOUND);
	return e == OK ? st : JOB_NONE;
}

/* Into that state, with a lease given on the way, so that a late result may come. */
static void
lead(struct job *j, enum job_state to)
{
	static const enum job_event path[JOB_STATES][3] = {
		[JOB_READY] = { JOB_RETURN, JOB_EVENTS },
		[JOB_DELAYED] = { JOB_RETRY, JOB_EVENTS },
		[JOB_LEASED] = { JOB_EVENTS },
		[JOB_DONE] = { JOB_FINISH, JOB_EVENTS },
		[JOB_DEAD] = { JOB_BURY, JOB_EVENTS },
		[JOB_CANCELLED] = { JOB_CANCEL, JOB_EVENTS },
		[JOB_NONE] = { JOB_BURY, JOB_PURGE, JOB_EVENTS },
	};

	ck_assert(put(j, false));
	ck_assert(claim(j));
	for (int i = 0; path[to][i] != JOB_EVENTS; i++)
		ck_assert(happen(j, path[to][i]));
	ck_assert_int_eq(state_of(j), to);
}

/* The counts in memory are those of the rows, and of one job. */
static void
check_counts(enum job_state only)
{
	for (int st = JOB_READY; st < JOB_NONE; st++)
		ck_assert_uint_eq(store_count(s, (enum job_state)st),
		                  (enum job_state)st == only);
}

START_TEST(every_event_in_every_state_through_the_store)
{
	enum job_state from = (enum job_state)(_i / JOB_EVENTS), to = from;
	enum job_event event = (enum job_event)(_i % JOB_EVENTS);
	struct job j = { .tenant = "t", .key = "k" };
	struct tenant *t = NULL;
	bool can;

	if (from == 0)
		return; /* no state */
	lead(&j, from);
	can = job_next(from, event, &to);
	ck_assert_int_eq(happen(&j, event), can);
	for (int i = 0; i < 2; i++, commit_and_reopen()) {
		ck_assert_int_eq(state_of(&j), to);
		check_counts(to);
		ck_assert_int_eq(store_tenant(s, "t", &t), OK);
		ck_assert_uint_eq(t->ready, to == JOB_READY);
		ck_assert_uint_eq(t->unfinished, to != JOB_NONE && !job_ended(to));
	}
}
END_TEST

/* ------------------------------------------------------------------------ at random */

enum { JOBS = 8, STEPS = 4000 };

static uint64_t
chance(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 33;
}

/* Claims may take any, and take all that are ready. */
static void
claim_all(struct job *v)
{
	struct claiming c = { .max = 16 };

	ck_assert_int_eq(arena_run(a, run_claim, &c), OK);
	for (size_t i = 0; i < c.n; i++)
		for (int k = 0; k < JOBS; k++)
			if (v[k].id == c.v[i].job) {
				ck_assert(job_next(v[k].state, JOB_LEASE, &v[k].state));
				v[k].lease =
				    (struct wire_held){ c.v[i].job, c.v[i].fence };
			}
	for (int k = 0; k < JOBS; k++)
		ck_assert_int_ne(v[k].state, JOB_READY);
}

/* Those that are of all jobs at once. */
static void
all(struct job *v, enum job_event event)
{
	(void)(event == JOB_DUE ? due() : expire());
	for (int k = 0; k < JOBS; k++)
		(void)job_next(v[k].state, event, &v[k].state);
}

static void
compare(const struct job *v)
{
	uint64_t count[JOB_STATES] = { 0 };

	for (int k = 0; k < JOBS; k++) {
		ck_assert_int_eq(state_of(&v[k]), v[k].state);
		count[v[k].state]++;
	}
	for (int st = JOB_READY; st < JOB_NONE; st++)
		ck_assert_uint_eq(store_count(s, (enum job_state)st), count[st]);
	ck_assert_uint_eq(store_claimable(s), count[JOB_READY]);
}

START_TEST(a_long_random_life_agrees_with_the_table)
{
	struct job v[JOBS] = { 0 };
	uint64_t seed = (uint64_t)_i + 1, newest = 0, sequence = 0;

	for (int k = 0; k < JOBS; k++) {
		v[k].state = JOB_NONE;
		snprintf(v[k].tenant, sizeof v[k].tenant, "t%d", k % 3);
		snprintf(v[k].key, sizeof v[k].key, "k%d", k);
	}
	for (int step = 0; step < STEPS; step++) {
		struct job *j = &v[chance(&seed) % JOBS];
		enum job_event event = (enum job_event)(chance(&seed) % JOB_EVENTS);
		bool can;

		if (event == JOB_FINISH && j->lease.job == 0)
			continue; /* nobody has ever had it */
		if (event == JOB_LEASE) {
			claim_all(v);
		} else if (event == JOB_DUE || event == JOB_EXPIRE) {
			all(v, event);
		} else {
			can = job_next(j->state, event, &j->state);
			ck_assert_int_eq(happen(j, event), can);
			if (can && (event == JOB_SUBMIT || event == JOB_DEFER)) {
				ck_assert_uint_gt(j->id, newest); /* never again */
				newest = j->id;
				j->lease = (struct wire_held){ 0 };
			}
		}
		ck_assert_uint_ge(store_sequence(s), sequence);
		sequence = store_sequence(s);
		if (step % 50 == 0)
			commit_and_reopen();
		compare(v);
	}
	ck_assert_uint_gt(newest, JOBS);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("job_walk");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	suite_add_tcase(suite, core);
	tcase_add_checked_fixture(core, setup, teardown);
	tcase_set_timeout(core, 60);
	tcase_add_loop_test(core, every_event_in_every_state_through_the_store, 0,
	                    JOB_STATES * JOB_EVENTS);
	suite_add_tcase(suite, limits);
	tcase_add_checked_fixture(limits, setup, teardown);
	tcase_set_timeout(limits, 120);
	tcase_add_loop_test(limits, a_long_random_life_agrees_with_the_table, 0, 3);
	return suite_run(suite);
}
