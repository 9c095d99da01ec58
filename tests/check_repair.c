/*
 * Check and repair of data folders: each page zeroed in turn, and bytes changed anywhere,
 * end in a store that keeps every law, or in a refusal that leaves the folder as it was.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/check.h"
#include "broker/content.h"
#include "broker/repair.h"
#include "broker/store.h"
#include "suite.h"
#include "temp_dir.h"
#include "wire.h"

enum { JOBS = 60, DONE = 20, ROUNDS = 40, BIG = 4 << 20 };

static char dir[128], path[160];
static struct arena *a, *scratch;
static uint8_t whole[BIG], now[BIG];
static size_t size;

/* An article of its own, some of them longer than a page. */
static struct body
article(unsigned i)
{
	size_t n = 200 + i % 7 * 3000;
	char *text = arena_alloc(a, n);
	struct wire_article w = { .id = "a", .key = "k", .text = { n, (uint8_t *)text } };
	unsigned random = i * 2654435761u + 1;

	for (size_t k = 0; k < n; k++) {
		random = random * 1103515245u + 12345;
		text[k] = (char)('a' + (random >> 16) % 26);
	}
	return body_close(a, wire_article_write(a, &w));
}

static enum err
fill(void *arg)
{
	struct store *s = arg;
	struct store_lease leases[DONE];
	enum store_verdict verdict;
	enum store_put put;
	size_t n = 0;
	uint64_t id;
	char key[32];

	for (unsigned i = 0; i < JOBS; i++) {
		struct store_article in = { .tenant = i % 3 == 0 ? "t" : "",
			                    .key = key,
			                    .article_id = "a",
			                    .body = article(i) };

		snprintf(key, sizeof key, "key-%u", i);
		ck_assert_int_eq(content_article(scratch, &in.body, in.hash), OK);
		ck_assert_int_eq(store_put(s, &in, 1000, &id, &put), OK);
	}
	ck_assert_int_eq(store_claim(s, a, DONE, SIZE_MAX, leases, &n), OK);
	for (size_t i = 0; i < n; i++) {
		const struct extraction none = { .model = "m" };
		struct body found = body_close(a, wire_extraction_write(a, &none));

		ck_assert_int_eq(
		    store_finish(s, (struct wire_held){ leases[i].job, leases[i].fence },
		                 "m", &found, 2000, &verdict),
		    OK);
	}
	return store_commit(s);
}

static void
read_file(uint8_t *ret)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, ret, BIG);

	ck_assert_int_gt(n, 0);
	size = (size_t)n;
	close(fd);
}

static void
write_file(const uint8_t *v)
{
	int fd;

	temp_dir_empty(dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ck_assert_int_eq(write(fd, v, size), (ssize_t)size);
	close(fd);
}

static void
setup(void)
{
	struct store *s;

	temp_dir_make(dir, sizeof dir);
	snprintf(path, sizeof path, "%s/queue.db", dir);
	a = arena_new(64 << 20);
	scratch = arena_new(64 << 20);
	ck_assert_int_eq(store_open(dir, &s), OK);
	ck_assert_int_eq(arena_run(a, fill, s), OK);
	store_close(s);
	read_file(whole);
}

static void
teardown(void)
{
	arena_free(a);
	arena_free(scratch);
	temp_dir_remove(dir);
}

static uint64_t
wrong(void)
{
	struct check_report r;

	ck_assert_int_eq(check_folder(dir, NULL, &r), OK);
	return r.wrong;
}

START_TEST(nothing_is_wrong_with_a_store)
{
	struct check_report r;

	ck_assert_int_eq(check_folder(dir, NULL, &r), OK);
	ck_assert_uint_eq(r.wrong, 0);
	ck_assert_uint_eq(r.jobs[JOB_READY], JOBS - DONE);
	ck_assert_uint_eq(r.jobs[JOB_DONE], DONE);
	ck_assert_uint_eq(r.articles, JOBS);
	ck_assert_uint_eq(r.results, DONE);
}
END_TEST

START_TEST(check_changes_nothing)
{
	ck_assert_uint_eq(wrong(), 0);
	read_file(now);
	ck_assert_mem_eq(now, whole, size);
}
END_TEST

START_TEST(repair_of_what_is_well_changes_nothing_that_counts)
{
	struct repair_report r;
	struct check_report c;

	ck_assert_int_eq(repair_folder(dir, NULL, &r), OK);
	ck_assert_uint_eq(r.jobs, JOBS);
	ck_assert_uint_eq(r.mended + r.lost, 0);
	ck_assert_int_eq(check_folder(dir, NULL, &c), OK);
	ck_assert_uint_eq(c.wrong, 0);
	ck_assert_uint_eq(c.jobs[JOB_DONE], DONE);
	ck_assert_uint_eq(c.jobs[JOB_READY], JOBS - DONE);
}
END_TEST

START_TEST(any_page_may_go)
{
	struct repair_report r;
	size_t page = 8192, at = (size_t)_i * page;

	if (at >= size)
		return;
	memcpy(now, whole, size);
	memset(now + at, 0, page);
	write_file(now);
	ck_assert_int_eq(repair_folder(dir, NULL, &r), OK);
	ck_assert_uint_eq(wrong(), 0);
	ck_assert_uint_eq(r.jobs + r.lost, JOBS);
}
END_TEST

/* Half of the rounds in the first bytes of pages, where their form stands. */
static void
spoil(unsigned round)
{
	unsigned random = round * 2654435761u + 7;

	memcpy(now, whole, size);
	for (unsigned i = 0; i < 1 + round % 30; i++) {
		random = random * 1103515245u + 12345;
		size_t at = (random >> 4) % size;

		if (round % 2 == 0)
			at = at / 8192 * 8192 + at % 64;
		now[at] = (uint8_t)(random >> 20);
	}
}

START_TEST(bytes_may_change_anywhere)
{
	struct repair_report r;
	enum err e;

	spoil((unsigned)_i);
	write_file(now);
	e = repair_folder(dir, NULL, &r);
	if (e == OK) {
		ck_assert_uint_eq(wrong(), 0);
		return;
	}
	ck_assert_int_eq(e, ERR_DAMAGED);
	size_t before = size;
	memcpy(whole, now, size);
	read_file(now);
	ck_assert_uint_eq(size, before);
}
END_TEST

START_TEST(a_file_of_rubbish_gives_an_empty_store)
{
	struct repair_report r;

	memset(now, 0x0d, size);
	write_file(now);
	ck_assert_int_eq(repair_folder(dir, NULL, &r), OK);
	ck_assert_uint_eq(r.jobs, 0);
	ck_assert_uint_eq(wrong(), 0);
}
END_TEST

START_TEST(a_folder_without_a_store_is_told)
{
	struct repair_report r;
	struct check_report c;

	temp_dir_empty(dir);
	ck_assert_int_eq(repair_folder(dir, NULL, &r), ERR_NOT_FOUND);
	ck_assert_int_eq(check_folder(dir, NULL, &c), ERR_NOT_FOUND);
}
END_TEST

START_TEST(compact_gives_room_back_and_loses_nothing)
{
	struct wire_selection all = {
		.tenant = "", .reason = "", .all_tenants = true, .states = 1u << JOB_READY
	};
	uint64_t ids[STORE_PURGE_MAX], next, before, after;
	struct check_report r;
	struct store *s;
	size_t n;

	ck_assert_int_eq(store_open(dir, &s), OK);
	ck_assert_int_eq(store_purge(s, &all, ids, &n, &next), OK);
	ck_assert_int_eq(store_commit(s), OK);
	store_close(s);
	ck_assert_int_eq(compact_folder(dir, &before, &after), OK);
	ck_assert_uint_lt(after, before);
	ck_assert_int_eq(check_folder(dir, NULL, &r), OK);
	ck_assert_uint_eq(r.wrong, 0);
	ck_assert_uint_eq(r.jobs[JOB_DONE], DONE);
	ck_assert_int_eq(store_open(dir, &s), OK); /* and no number is given twice */
	ck_assert_uint_ge(store_sequence(s), DONE);
	store_close(s);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("repair");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_test(core, nothing_is_wrong_with_a_store);
	tcase_add_test(core, check_changes_nothing);
	tcase_add_test(core, repair_of_what_is_well_changes_nothing_that_counts);
	tcase_add_test(core, a_folder_without_a_store_is_told);
	tcase_add_test(core, compact_gives_room_back_and_loses_nothing);
	suite_add_tcase(s, core);
	tcase_set_timeout(limits, 120);
	tcase_add_checked_fixture(limits, setup, teardown);
	tcase_add_loop_test(limits, any_page_may_go, 0, 48);
	tcase_add_loop_test(limits, bytes_may_change_anywhere, 0, ROUNDS);
	tcase_add_test(limits, a_file_of_rubbish_gives_an_empty_store);
	suite_add_tcase(s, limits);
	return suite_run(s);
}
