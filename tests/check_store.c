/*
 * The durable queue.  The faults at the end fail every operation of the disk
 * in turn and look, after each, whether all that was acknowledged is there.
 */
#include <fcntl.h>
#include <string.h>

#include "open_store.h"
#include "tests/faults/failing_disk.h"

static struct body
plain(const char *text)
{
	size_t n = strlen(text);

	return (struct body){ CODING_PLAIN, n, { n, (const uint8_t *)text } };
}

static enum err
try_put(const char *tenant, const char *key, const char *text, uint64_t *ret_id,
        enum store_put *ret)
{
	struct store_article article = {
		.tenant = tenant, .key = key, .article_id = "id", .body = plain(text)
	};

	for (size_t i = 0; text[i] != '\0'; i++)
		article.hash[i % STORE_HASH] ^= (uint8_t)text[i];
	return store_put(s, &article, 1000, ret_id, ret);
}

static uint64_t
put(const char *tenant, const char *key)
{
	enum store_put outcome = STORE_CONFLICT;
	uint64_t id = 0;

	ck_assert_int_eq(try_put(tenant, key, key, &id, &outcome), OK);
	ck_assert_int_eq(outcome, STORE_ACCEPTED);
	return id;
}

struct claiming {
	size_t max, bytes, n;
	struct store_lease v[64];
};

static enum err
run_claim(void *arg)
{
	struct claiming *c = arg;

	return store_claim(s, a, c->max, c->bytes, c->v, &c->n);
}

static struct claiming
claim(size_t max)
{
	struct claiming c = { .max = max, .bytes = 1 << 20 };

	ck_assert_int_eq(arena_run(a, run_claim, &c), OK);
	return c;
}

static struct wire_held
held(const struct store_lease *l)
{
	return (struct wire_held){ l->job, l->fence };
}

static enum store_verdict
finish(struct wire_held lease)
{
	enum store_verdict v = STORE_STALE;
	struct body b = plain("result");

	ck_assert_int_eq(store_finish(s, lease, "model", &b, 2000, &v), OK);
	return v;
}

static enum store_verdict
end(struct wire_held lease, enum job_event event, int64_t due, bool free)
{
	struct store_end e = { .lease = lease,
		               .event = event,
		               .reason = "why",
		               .worker = "who",
		               .due_ms = due,
		               .utc_ms = 3000,
		               .free = free };
	enum store_verdict v = STORE_STALE;

	ck_assert_int_eq(store_end(s, &e, &v), OK);
	return v;
}

static enum job_state
state(uint64_t id)
{
	enum job_state st = JOB_STATES;

	ck_assert_int_eq(store_state(s, id, &st), OK);
	return st;
}

/* ------------------------------------------------------------------------ core */

START_TEST(put_gives_rising_ids)
{
	uint64_t one = put("", "a"), two = put("", "b");

	ck_assert_uint_gt(two, one);
	ck_assert_uint_eq(store_count(s, JOB_READY), 2);
}
END_TEST

START_TEST(a_key_makes_one_job)
{
	enum store_put outcome = STORE_ACCEPTED;
	uint64_t one = put("", "a"), again = 0, other;

	ck_assert_int_eq(try_put("", "a", "a", &again, &outcome), OK);
	ck_assert_int_eq(outcome, STORE_EXISTS);
	ck_assert_uint_eq(again, one);
	ck_assert_int_eq(try_put("", "a", "another text", &again, &outcome), OK);
	ck_assert_int_eq(outcome, STORE_CONFLICT);
	ck_assert_uint_eq(again, one);
	other = put("tenant", "a");
	ck_assert_uint_ne(other, one);
	ck_assert_int_eq(store_commit(s), OK);
	reopen();
	ck_assert_int_eq(try_put("", "a", "a", &again, &outcome), OK);
	ck_assert_int_eq(outcome, STORE_EXISTS);
	ck_assert_uint_eq(again, one);
}
END_TEST

START_TEST(what_was_committed_survives_and_the_rest_does_not)
{
	uint64_t id = put("", "kept");

	ck_assert_int_eq(store_commit(s), OK);
	put("", "lost");
	reopen();
	ck_assert_uint_eq(store_count(s, JOB_READY), 1);
	ck_assert_int_eq(state(id), JOB_READY);
	ck_assert_int_eq(store_find(s, "", "lost", &id), ERR_NOT_FOUND);
}
END_TEST

START_TEST(a_claim_gives_the_oldest_with_its_article)
{
	uint64_t one = put("", "a");
	struct claiming c;

	put("", "b");
	c = claim(1);
	ck_assert_uint_eq(c.n, 1);
	ck_assert_uint_eq(c.v[0].job, one);
	ck_assert_uint_eq(c.v[0].attempt, 1);
	ck_assert_uint_eq(c.v[0].article.data.n, 1);
	ck_assert_mem_eq(c.v[0].article.data.v, "a", 1);
	ck_assert_int_eq(state(one), JOB_LEASED);
	ck_assert_uint_eq(store_count(s, JOB_READY), 1);
	ck_assert_uint_eq(store_count(s, JOB_LEASED), 1);
	ck_assert_uint_eq(claim(8).n, 1);
	ck_assert_uint_eq(claim(8).n, 0);
}
END_TEST

START_TEST(tenants_take_turns)
{
	struct claiming c;
	char key[] = "key-00";

	for (int i = 0; i < 40;
	     i++, key[4] = (char)('0' + i / 10), key[5] = (char)('0' + i % 10))
		put("big", key);
	put("small", "one");
	c = claim(16);
	ck_assert_uint_eq(c.n, 16);
	int small = 0;
	for (size_t i = 0; i < c.n; i++)
		small += c.v[i].article.data.n == strlen("one");
	ck_assert_int_eq(small, 1);
	ck_assert_uint_eq(claim(64).n, 25);
}
END_TEST

START_TEST(a_claim_is_bounded_by_bytes)
{
	struct claiming c = { .max = 10, .bytes = 2 };

	for (char key[] = "a"; key[0] <= 'e'; key[0]++)
		put("", key);
	ck_assert_int_eq(arena_run(a, run_claim, &c), OK);
	ck_assert_uint_eq(c.n, 2);
	ck_assert_uint_eq(store_count(s, JOB_LEASED), 2);
}
END_TEST

START_TEST(a_result_ends_its_job_once)
{
	uint64_t id = put("t", "a");
	struct wire_held lease = held(&claim(1).v[0]);
	struct wire_job job;

	ck_assert_int_eq(finish(lease), STORE_RECORDED);
	ck_assert_int_eq(finish(lease), STORE_REPEATED);
	ck_assert_uint_eq(store_sequence(s), 1);
	ck_assert_int_eq(store_commit(s), OK);
	reopen();
	job = read_job(id);
	ck_assert_int_eq(job.state, WIRE_DONE);
	ck_assert_str_eq(job.key, "a");
	ck_assert_str_eq(job.tenant, "t");
	ck_assert_str_eq(job.article_id, "id");
	ck_assert_uint_eq(job.submitted_ms, 1000);
	ck_assert_uint_eq(job.finished_ms, 2000);
	ck_assert_uint_eq(job.sequence, 1);
	ck_assert(job.has_extraction && job.has_article);
	ck_assert_mem_eq(job.extraction.data.v, "result", 6);
	ck_assert_uint_eq(store_sequence(s), 1);
	ck_assert_uint_eq(store_count(s, JOB_DONE), 1);
}
END_TEST

START_TEST(a_late_result_is_taken_while_there_is_none)
{
	struct wire_held first, second;

	put("", "a");
	first = held(&claim(1).v[0]);
	ck_assert_int_eq(end(first, JOB_RETURN, 0, false), STORE_RECORDED);
	second = held(&claim(1).v[0]);
	ck_assert_uint_gt(second.fence, first.fence);
	ck_assert_int_eq(finish(first), STORE_RECORDED);
	ck_assert_int_eq(finish(first), STORE_STALE); /* another's by then */
	ck_assert_int_eq(finish(second), STORE_REPEATED);
	ck_assert_int_eq(state(first.job), JOB_DONE);
}
END_TEST

START_TEST(a_fence_that_was_never_given_is_stale)
{
	struct wire_held lease, wrong;

	put("", "a");
	lease = held(&claim(1).v[0]);
	wrong = (struct wire_held){ lease.job, lease.fence + 1 };
	ck_assert_int_eq(finish(wrong), STORE_STALE);
	wrong.fence = lease.fence ^ (1ULL << 40); /* another life of this folder */
	ck_assert_int_eq(finish(wrong), STORE_STALE);
	ck_assert_int_eq(end(wrong, JOB_BURY, 0, false), STORE_STALE);
	wrong = (struct wire_held){ lease.job + 7, lease.fence };
	ck_assert_int_eq(finish(wrong), STORE_STALE);
	ck_assert_int_eq(state(lease.job), JOB_LEASED);
}
END_TEST

START_TEST(a_failure_waits_for_its_time)
{
	struct wire_held lease;
	int64_t next = 0;

	put("", "a");
	lease = held(&claim(1).v[0]);
	ck_assert_int_eq(end(lease, JOB_RETRY, 500, false), STORE_RECORDED);
	ck_assert_int_eq(end(lease, JOB_RETRY, 900, false), STORE_REPEATED);
	ck_assert_int_eq(state(lease.job), JOB_DELAYED);
	ck_assert_str_eq(read_job(lease.job).reason, "why");
	ck_assert_int_eq(store_due(s, 499, 0, &next), OK);
	ck_assert_int_eq(next, 500);
	ck_assert_uint_eq(claim(1).n, 0);
	ck_assert_int_eq(store_due(s, 500, 0, &next), OK);
	ck_assert_int_eq(next, INT64_MAX);
	ck_assert_uint_eq(claim(1).v[0].attempt, 2);
}
END_TEST

START_TEST(handing_back_costs_no_attempt)
{
	put("", "a");
	ck_assert_int_eq(end(held(&claim(1).v[0]), JOB_RETURN, 0, true), STORE_RECORDED);
	ck_assert_uint_eq(claim(1).v[0].attempt, 1);
}
END_TEST

START_TEST(the_dead_are_told_and_may_still_be_done)
{
	struct wire_held lease;
	uint64_t id = 0;

	put("", "a");
	lease = held(&claim(1).v[0]);
	ck_assert_int_eq(end(lease, JOB_BURY, 0, false), STORE_RECORDED);
	ck_assert_int_eq(state(lease.job), JOB_DEAD);
	ck_assert_int_eq(store_ended(s, 0, &id), OK);
	ck_assert_uint_eq(id, lease.job);
	ck_assert_int_eq(finish(lease), STORE_RECORDED);
	ck_assert_uint_eq(store_count(s, JOB_DEAD), 0);
	ck_assert_int_eq(store_ended(s, 1, &id), OK);
	ck_assert_uint_eq(store_sequence(s), 2);
	ck_assert_str_eq(read_job(lease.job).reason, "");
}
END_TEST

static enum job_state
order(uint64_t id, enum job_event event, bool wanted)
{
	enum job_state st = JOB_STATES;
	bool changed = !wanted;

	ck_assert_int_eq(store_order(s, id, event, 4000, &changed, &st), OK);
	ck_assert_int_eq(changed, wanted);
	return st;
}

START_TEST(a_kicked_job_starts_anew)
{
	struct wire_held lease;

	put("", "a");
	lease = held(&claim(1).v[0]);
	ck_assert_int_eq(order(lease.job, JOB_KICK, false), JOB_LEASED);
	end(lease, JOB_BURY, 0, false);
	ck_assert_str_eq(read_job(lease.job).worker, "who");
	ck_assert_int_eq(order(lease.job, JOB_KICK, true), JOB_READY);
	ck_assert_int_eq(order(lease.job, JOB_KICK, false), JOB_READY);
	ck_assert_int_eq(store_commit(s), OK);
	reopen();
	ck_assert_uint_eq(store_count(s, JOB_READY), 1);
	ck_assert_uint_eq(store_count(s, JOB_DEAD), 0);
	ck_assert_uint_eq(read_job(lease.job).attempts, 0);
	ck_assert_uint_eq(read_job(lease.job).sequence, 0);
	ck_assert_uint_gt(claim(1).v[0].fence, lease.fence);
}
END_TEST

START_TEST(no_sequence_number_comes_twice_after_a_kick)
{
	struct wire_held lease;
	uint64_t id;

	put("", "a");
	end(lease = held(&claim(1).v[0]), JOB_BURY, 0, false);
	order(lease.job, JOB_KICK, true);
	ck_assert_int_eq(store_ended(s, 0, &id), ERR_NOT_FOUND);
	ck_assert_int_eq(store_commit(s), OK);
	reopen();
	ck_assert_uint_eq(store_sequence(s), 1);
	finish(held(&claim(1).v[0]));
	ck_assert_uint_eq(read_job(lease.job).sequence, 2);
}
END_TEST

START_TEST(a_cancelled_job_takes_no_result)
{
	struct wire_held lease;
	uint64_t other, id = 0;

	put("", "a");
	lease = held(&claim(1).v[0]);
	other = put("", "b");
	ck_assert_int_eq(order(lease.job, JOB_CANCEL, true), JOB_CANCELLED);
	ck_assert_int_eq(order(other, JOB_CANCEL, true), JOB_CANCELLED);
	ck_assert_int_eq(order(other, JOB_CANCEL, false), JOB_CANCELLED);
	ck_assert_int_eq(finish(lease), STORE_STALE);
	ck_assert_int_eq(end(lease, JOB_RETRY, 0, false), STORE_REPEATED);
	ck_assert_int_eq(store_ended(s, 1, &id), OK);
	ck_assert_uint_eq(id, other);
	ck_assert_int_eq(store_commit(s), OK);
	reopen();
	ck_assert_uint_eq(store_count(s, JOB_CANCELLED), 2);
	ck_assert_uint_eq(claim(1).n, 0);
	ck_assert_int_eq(order(other, JOB_KICK, true), JOB_READY);
	ck_assert_uint_eq(claim(1).v[0].job, other);
}
END_TEST

START_TEST(a_job_that_is_none_cannot_be_ordered)
{
	enum job_state st;
	bool changed;

	ck_assert_int_eq(store_order(s, 17, JOB_KICK, 1, &changed, &st), ERR_NOT_FOUND);
}
END_TEST

static size_t
count_dead(struct wire_selection which, uint64_t *ret_next)
{
	static uint64_t ids[STORE_DEAD_MAX];
	size_t n = 99;

	ck_assert_int_eq(store_dead(s, &which, ids, &n, ret_next), OK);
	return n;
}

START_TEST(the_dead_are_found_by_tenant_and_reason_in_lots)
{
	uint64_t next = 0;
	char key[16];

	for (int i = 0; i < STORE_DEAD_MAX + 10; i++) {
		snprintf(key, sizeof key, "k%d", i);
		put(i % 2 == 0 ? "" : "t", key);
		end(held(&claim(1).v[0]), JOB_BURY, 0, false);
	}
	struct wire_selection which = { "", "", false, 0 };
	ck_assert_uint_eq(count_dead(which, &next), STORE_DEAD_MAX / 2);
	which.after = next;
	ck_assert_uint_eq(count_dead(which, &next), 5);
	ck_assert_uint_eq(next, 0);
	which.all_tenants = true;
	ck_assert_uint_eq(count_dead(which, &next), 10);
	which.reason = "hy";
	ck_assert_uint_eq(count_dead(which, &next), 10);
	which.reason = "other";
	ck_assert_uint_eq(count_dead(which, &next), 0);
}
END_TEST

START_TEST(what_ended_is_found_in_order)
{
	struct claiming c;
	uint64_t id = 0;

	for (char key[] = "a"; key[0] <= 'c'; key[0]++)
		put("", key);
	c = claim(3);
	for (int i = 2; i >= 0; i--)
		finish(held(&c.v[i]));
	ck_assert_int_eq(store_commit(s), OK);
	reopen();
	ck_assert_uint_eq(store_sequence(s), 3);
	for (uint64_t after = 0; after < 3; after++) {
		ck_assert_int_eq(store_ended(s, after, &id), OK);
		ck_assert_uint_eq(id, c.v[2 - after].job);
	}
	ck_assert_int_eq(store_ended(s, 3, &id), ERR_NOT_FOUND);
}
END_TEST

START_TEST(leases_are_found_again_after_a_restart)
{
	struct store_lease l = { 0 };
	struct claiming c;

	put("", "a");
	put("", "b");
	c = claim(2);
	ck_assert_int_eq(store_commit(s), OK);
	reopen();
	ck_assert_uint_eq(store_count(s, JOB_LEASED), 2);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(store_leased(s, l.job, &l), OK);
		ck_assert_uint_eq(l.job, c.v[i].job);
		ck_assert_uint_eq(l.fence, c.v[i].fence);
		ck_assert_uint_eq(l.attempt, 1);
	}
	ck_assert_int_eq(store_leased(s, l.job, &l), ERR_NOT_FOUND);
}
END_TEST

START_TEST(the_oldest_ready_is_found_over_all_tenants)
{
	int64_t oldest = 0;
	uint64_t id = 0;
	enum store_put outcome;
	struct store_article late = { .tenant = "a", .key = "k", .article_id = "" };

	ck_assert_int_eq(store_oldest(s, &oldest), ERR_NOT_FOUND);
	ck_assert_int_eq(store_put(s, &late, 5000, &id, &outcome), OK);
	put("b", "x");
	ck_assert_int_eq(store_oldest(s, &oldest), OK);
	ck_assert_int_eq(oldest, 1000);
}
END_TEST

/* ---------------------------------------------------------------------- limits */

START_TEST(a_clock_set_back_strands_no_pause)
{
	struct wire_held lease;
	int64_t next = 0;

	put("", "a");
	lease = held(&claim(1).v[0]);
	end(lease, JOB_RETRY, 1000000, false);
	ck_assert_int_eq(store_due_by(s, 300), OK);
	ck_assert_int_eq(store_due(s, 100, 0, &next), OK);
	ck_assert_int_eq(next, 300);
}
END_TEST

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

START_TEST(a_newer_store_is_refused)
{
	make_db("PRAGMA application_id = 0x48656172; PRAGMA user_version = 999;"
	        "CREATE TABLE job (id INTEGER)");
	ck_assert_int_eq(store_open(dir, &s), ERR_VERSION);
	ck_assert_ptr_null(s);
}
END_TEST

/* As version 1 wrote it, with a job in each state that has a story. */
static const char version_1[] =
    "CREATE TABLE job (id INTEGER PRIMARY KEY, state INTEGER NOT NULL,"
    " attempts INTEGER NOT NULL DEFAULT 0, fence INTEGER NOT NULL,"
    " due INTEGER NOT NULL DEFAULT 0, submitted INTEGER NOT NULL,"
    " finished INTEGER NOT NULL DEFAULT 0, sequence INTEGER NOT NULL DEFAULT 0,"
    " tenant TEXT NOT NULL, key TEXT NOT NULL, article_id TEXT NOT NULL,"
    " hash BLOB NOT NULL, reason TEXT NOT NULL DEFAULT '', UNIQUE (tenant, key));"
    "CREATE INDEX job_ready ON job (tenant, id) WHERE state = 1;"
    "CREATE INDEX job_delayed ON job (due) WHERE state = 2;"
    "CREATE INDEX job_leased ON job (id) WHERE state = 3;"
    "CREATE UNIQUE INDEX job_ended ON job (sequence, state) WHERE sequence > 0;"
    "CREATE TABLE article (job INTEGER PRIMARY KEY, coding INTEGER NOT NULL,"
    " size INTEGER NOT NULL, data BLOB NOT NULL);"
    "CREATE TABLE result (job INTEGER PRIMARY KEY, coding INTEGER NOT NULL,"
    " size INTEGER NOT NULL, data BLOB NOT NULL, model TEXT NOT NULL);"
    "INSERT INTO job VALUES (1, 1, 0, 1048576, 0, 10, 0, 0, '', 'r', 'r', x'00', '');"
    "INSERT INTO job VALUES (2, 3, 1, 1048577, 0, 10, 0, 0, '', 'l', 'l', x'00', '');"
    "INSERT INTO job VALUES (3, 5, 5, 1048580, 0, 10, 20, 7, '', 'd', 'd', x'00',"
    " 'why');"
    "INSERT INTO article SELECT id, 0, 1, x'41' FROM job;"
    "PRAGMA application_id = 0x48656172; PRAGMA user_version = 1;";

START_TEST(a_store_of_version_1_is_taken_over)
{
	uint64_t next;

	make_db(version_1);
	for (int i = 0; i < 2; i++) { /* and again, once it is of this version */
		ck_assert_int_eq(store_open(dir, &s), OK);
		ck_assert_uint_eq(store_count(s, JOB_READY), 1);
		ck_assert_uint_eq(store_count(s, JOB_LEASED), 1);
		ck_assert_uint_eq(store_sequence(s), 7);
		ck_assert_str_eq(read_job(3).reason, "why");
		ck_assert_str_eq(read_job(3).worker, "");
		ck_assert_uint_eq(
		    count_dead((struct wire_selection){ "", "why", false, 0 }, &next), 1);
		store_close(s);
	}
	ck_assert_int_eq(store_open(dir, &s), OK);
	ck_assert_int_eq(order(3, JOB_KICK, true), JOB_READY);
	ck_assert_int_eq(finish((struct wire_held){ 2, 1048577 }), STORE_RECORDED);
	ck_assert_uint_eq(store_sequence(s), 8);
	ck_assert_uint_eq(claim(5).n, 2);
	ck_assert_int_eq(store_commit(s), OK);
}
END_TEST

START_TEST(another_programs_database_is_left_alone)
{
	make_db("CREATE TABLE theirs (id INTEGER)");
	ck_assert_int_eq(store_open(dir, &s), ERR_BAD_INPUT);
}
END_TEST

START_TEST(a_log_without_its_database_is_refused)
{
	char path[256];
	int fd;

	store_close(s);
	s = NULL;
	temp_dir_empty(dir);
	snprintf(path, sizeof path, "%s/queue.db-wal", dir);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	ck_assert_int_eq(write(fd, "log", 3), 3);
	close(fd);
	ck_assert_int_eq(store_open(dir, &s), ERR_IO);
	ck_assert_ptr_nonnull(strstr(err_text(), "backup"));
}
END_TEST

START_TEST(a_file_of_rubbish_is_refused)
{
	char path[256], rubbish[8192];
	int fd;

	store_close(s);
	s = NULL;
	temp_dir_empty(dir);
	memset(rubbish, 'x', sizeof rubbish);
	snprintf(path, sizeof path, "%s/queue.db", dir);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	ck_assert_int_eq(write(fd, rubbish, sizeof rubbish), sizeof rubbish);
	close(fd);
	ck_assert_int_eq(store_open(dir, &s), ERR_DAMAGED);
	ck_assert_ptr_nonnull(strstr(err_text(), "damaged"));
}
END_TEST

START_TEST(open_failure_leaves_ret_alone)
{
	struct store *none = NULL;

	ck_assert_int_eq(store_open("/nonexistent/folder", &none), ERR_READ_ONLY);
	ck_assert_ptr_null(none);
	store_close(NULL);
}
END_TEST

START_TEST(a_long_log_is_cut)
{
	static char text[64 << 10];
	char path[256], key[16];
	struct body big = { CODING_PLAIN, sizeof text, { sizeof text, (uint8_t *)text } };
	sqlite3_int64 size = 0;

	/* 192 MiB through a log that should stay shorter */
	for (int i = 0; i < 3000; i++) {
		struct store_article article = {
			.tenant = "", .key = key, .article_id = "", .body = big
		};
		enum store_put outcome;
		uint64_t id;

		snprintf(key, sizeof key, "%d", i);
		ck_assert_int_eq(store_put(s, &article, 1, &id, &outcome), OK);
		if (i % 10 == 9)
			ck_assert_int_eq(store_commit(s), OK);
	}
	snprintf(path, sizeof path, "%s/queue.db-wal", dir);
	FILE *f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	fclose(f);
	ck_assert_int_lt(size, 150 << 20);
}
END_TEST

/* ---------------------------------------------------------------------- faults */

/* What the store has said OK to, step by step. */
struct acknowledged {
	int put;      /* jobs */
	int leased;   /* of these */
	bool done;    /* the first */
	bool delayed; /* the second */
};

enum { FAULT_JOBS = 3 };

static enum err
put_all(void)
{
	static const char *const keys[FAULT_JOBS] = { "a", "b", "c" };
	enum store_put outcome;
	uint64_t id;
	enum err e = OK;

	for (int i = 0; i < FAULT_JOBS && e == OK; i++)
		e = try_put("", keys[i], keys[i], &id, &outcome);
	return e == OK ? store_commit(s) : e;
}

static enum err
claim_all(struct claiming *c)
{
	enum err e = arena_run(a, run_claim, c);

	return e == OK ? store_commit(s) : e;
}

static enum err
end_two(const struct claiming *c)
{
	struct body b = plain("result");
	struct store_end failure = {
		.lease = held(&c->v[1]), .event = JOB_RETRY, .reason = "why", .due_ms = 5
	};
	enum store_verdict v;
	enum err e = store_finish(s, held(&c->v[0]), "model", &b, 1, &v);

	if (e == OK)
		e = store_end(s, &failure, &v);
	return e == OK ? store_commit(s) : e;
}

static enum err
live(struct acknowledged *ack)
{
	struct claiming c = { .max = FAULT_JOBS, .bytes = 1 << 20 };
	enum err e;

	*ack = (struct acknowledged){ 0 };
	s = NULL;
	if ((e = store_open(dir, &s)) != OK || (e = put_all()) != OK)
		return e;
	ack->put = FAULT_JOBS;
	if ((e = claim_all(&c)) != OK)
		return e;
	ack->leased = FAULT_JOBS;
	if ((e = end_two(&c)) != OK)
		return e;
	ack->done = ack->delayed = true;
	return OK;
}

static uint64_t
all_jobs(void)
{
	uint64_t n = 0;

	for (int st = JOB_READY; st < JOB_STATES; st++)
		n += store_count(s, (enum job_state)st);
	return n;
}

/* All that was acknowledged; and of the rest all of a transaction or none of it. */
static void
check_kept(const struct acknowledged *ack)
{
	uint64_t n = all_jobs();

	ck_assert(n == 0 || n == FAULT_JOBS);
	if (ack->put)
		ck_assert_uint_eq(n, FAULT_JOBS);
	if (ack->leased)
		ck_assert_uint_eq(store_count(s, JOB_READY), 0);
	if (ack->done) {
		ck_assert_int_eq(state(1), JOB_DONE);
		ck_assert_mem_eq(read_job(1).extraction.data.v, "result", 6);
		ck_assert_int_eq(state(2), JOB_DELAYED);
	}
	ck_assert_uint_eq(store_count(s, JOB_DONE), store_count(s, JOB_DELAYED));
	for (uint64_t id = 1; id <= n; id++)
		ck_assert_uint_eq(read_job(id).article.data.n, 1);
}

static void
check_integrity(void)
{
	char path[256];
	sqlite3 *db;
	sqlite3_stmt *q;

	snprintf(path, sizeof path, "%s/queue.db", dir);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &q, NULL),
	                 SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(q), SQLITE_ROW);
	ck_assert_str_eq((const char *)sqlite3_column_text(q, 0), "ok");
	sqlite3_finalize(q);
	sqlite3_close(db);
}

/* The n-th operation fails; true when there was an n-th. */
static bool
fails_at(int n, int code, bool stays)
{
	struct acknowledged ack;
	enum err e;

	temp_dir_empty(dir);
	failing_disk_set(n, code, stays);
	e = live(&ack);
	if (e != OK && s != NULL) {
		ck_assert_int_ne(store_commit(s), OK); /* it stays broken */
		ck_assert_int_ne(put_all(), OK);
	}
	store_close(s);
	int fired = failing_disk_mend();
	ck_assert(e == OK || fired > 0);
	if (e != OK && code == SQLITE_FULL)
		ck_assert_int_eq(e, ERR_FULL);
	ck_assert_int_eq(store_open(dir, &s), OK);
	check_kept(&ack);
	store_close(s);
	check_integrity();
	s = NULL;
	return fired > 0;
}

static void
sweep(int code, bool stays)
{
	int n = 0;

	store_close(s);
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr)); /* a hundred errors */
	failing_disk_install();
	while (fails_at(n, code, stays))
		n++;
	ck_assert_int_gt(n, 20);
}

START_TEST(no_failing_write_or_sync_loses_what_was_acknowledged)
{
	sweep(_i & 1 ? SQLITE_FULL : SQLITE_IOERR, (_i & 2) != 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits"),
	      *faults = tcase_create("faults");

	suite_add_tcase(suite, core);
	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_test(core, put_gives_rising_ids);
	tcase_add_test(core, a_key_makes_one_job);
	tcase_add_test(core, what_was_committed_survives_and_the_rest_does_not);
	tcase_add_test(core, a_claim_gives_the_oldest_with_its_article);
	tcase_add_test(core, tenants_take_turns);
	tcase_add_test(core, a_claim_is_bounded_by_bytes);
	tcase_add_test(core, a_result_ends_its_job_once);
	tcase_add_test(core, a_late_result_is_taken_while_there_is_none);
	tcase_add_test(core, a_fence_that_was_never_given_is_stale);
	tcase_add_test(core, a_failure_waits_for_its_time);
	tcase_add_test(core, handing_back_costs_no_attempt);
	tcase_add_test(core, the_dead_are_told_and_may_still_be_done);
	tcase_add_test(core, what_ended_is_found_in_order);
	tcase_add_test(core, a_kicked_job_starts_anew);
	tcase_add_test(core, no_sequence_number_comes_twice_after_a_kick);
	tcase_add_test(core, a_cancelled_job_takes_no_result);
	tcase_add_test(core, a_job_that_is_none_cannot_be_ordered);
	tcase_add_test(core, the_dead_are_found_by_tenant_and_reason_in_lots);
	tcase_add_test(core, leases_are_found_again_after_a_restart);
	tcase_add_test(core, the_oldest_ready_is_found_over_all_tenants);
	suite_add_tcase(suite, limits);
	tcase_add_checked_fixture(limits, setup, teardown);
	tcase_set_timeout(limits, 60);
	tcase_add_test(limits, a_clock_set_back_strands_no_pause);
	tcase_add_test(limits, a_newer_store_is_refused);
	tcase_add_test(limits, a_store_of_version_1_is_taken_over);
	tcase_add_test(limits, another_programs_database_is_left_alone);
	tcase_add_test(limits, a_log_without_its_database_is_refused);
	tcase_add_test(limits, a_file_of_rubbish_is_refused);
	tcase_add_test(limits, open_failure_leaves_ret_alone);
	tcase_add_test(limits, a_long_log_is_cut);
	suite_add_tcase(suite, faults);
	tcase_add_checked_fixture(faults, setup, teardown);
	tcase_set_timeout(faults, 120);
	tcase_add_loop_test(faults, no_failing_write_or_sync_loses_what_was_acknowledged,
	                    0, 4);
	return suite_run(suite);
}
