#include <string.h>
#include <sys/stat.h>

#include "keys.h"
#include "suite.h"
#include "temp_dir.h"

static char dir[128], path[160], public[176];

static void
setup(void)
{
	temp_dir_make(dir, sizeof dir);
	snprintf(path, sizeof path, "%s/key", dir);
	snprintf(public, sizeof public, "%s.pub", path);
}

static void
teardown(void)
{
	temp_dir_remove(dir);
}

static void
write_text(const char *to, mode_t mode, const char *text)
{
	FILE *f = fopen(to, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	ck_assert_int_eq(chmod(to, mode), 0);
}

START_TEST(a_pair_is_read_back)
{
	struct key_pair made, read;
	struct key k;
	char text[KEY_TEXT];

	ck_assert_int_eq(keys_make(path, &made), OK);
	ck_assert_int_eq(keys_read_secret(path, &read), OK);
	ck_assert(key_equal(&made.secret, &read.secret));
	ck_assert(key_equal(&made.public, &read.public));
	ck_assert(!key_equal(&made.public, &made.secret));
	ck_assert_int_eq(keys_read_public(public, &k), OK);
	ck_assert(key_equal(&made.public, &k));
	key_text(&k, text);
	ck_assert_int_eq(keys_read_public(text, &k), OK);
	ck_assert(key_equal(&made.public, &k));
}
END_TEST

START_TEST(two_pairs_differ)
{
	struct key_pair a, b;

	ck_assert_int_eq(keys_make(path, &a), OK);
	strcat(path, "2");
	ck_assert_int_eq(keys_make(path, &b), OK);
	ck_assert(!key_equal(&a.public, &b.public));
}
END_TEST

START_TEST(a_secret_is_for_its_owner_alone)
{
	struct key_pair pair;
	struct stat st;

	ck_assert_int_eq(keys_make(path, &pair), OK);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(chmod(path, 0640), 0);
	ck_assert_int_eq(keys_read_secret(path, &pair), ERR_DENIED);
	ck_assert_ptr_nonnull(strstr(err_text(), "chmod 600"));
}
END_TEST

START_TEST(what_is_there_is_not_written_over)
{
	struct key_pair pair, again;

	write_text(public, 0644, "mine");
	ck_assert_int_eq(keys_make(path, &pair), ERR_CONFLICT);
	ck_assert_int_ne(access(path, F_OK), 0);
	unlink(public);
	ck_assert_int_eq(keys_make(path, &pair), OK);
	unlink(public);
	ck_assert_int_eq(keys_make(path, &again), ERR_CONFLICT);
	ck_assert_int_eq(keys_read_secret(path, &again), OK);
	ck_assert(key_equal(&pair.secret, &again.secret));
}
END_TEST

START_TEST(one_kind_is_not_taken_for_the_other)
{
	struct key_pair pair;
	struct key k;

	ck_assert_int_eq(keys_make(path, &pair), OK);
	ck_assert_int_eq(keys_read_public(path, &k), ERR_BAD_INPUT);
	ck_assert_int_eq(chmod(public, 0600), 0);
	ck_assert_int_eq(keys_read_secret(public, &pair), ERR_BAD_INPUT);
}
END_TEST

START_TEST(nonsense_is_said_to_be_none)
{
	static const char *const texts[] = { "", "hearsay-secret-key ", "\n",
		                             "hearsay-secret-key 0123",
		                             "hearsay-secret-key zz" };
	struct key_pair pair;
	struct key k;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		write_text(path, 0600, texts[i]);
		ck_assert_int_eq(keys_read_secret(path, &pair), ERR_BAD_INPUT);
	}
	ck_assert_int_eq(keys_read_secret("/nowhere/key", &pair), ERR_NOT_FOUND);
	ck_assert_int_eq(keys_read_public("0123", &k), ERR_NOT_FOUND);
	ck_assert(!key_parse("0", 1, &k));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("keys");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_test(core, a_pair_is_read_back);
	tcase_add_test(core, two_pairs_differ);
	suite_add_tcase(s, core);
	tcase_add_checked_fixture(limits, setup, teardown);
	tcase_add_test(limits, a_secret_is_for_its_owner_alone);
	tcase_add_test(limits, what_is_there_is_not_written_over);
	tcase_add_test(limits, one_kind_is_not_taken_for_the_other);
	tcase_add_test(limits, nonsense_is_said_to_be_none);
	suite_add_tcase(s, limits);
	return suite_run(s);
}
