#include <string.h>

#include "allow.h"
#include "suite.h"
#include "temp_dir.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

static char dir[128], path[160];
static struct allow_list l;

static void
setup(void)
{
	temp_dir_make(dir, sizeof dir);
	snprintf(path, sizeof path, "%s/clients", dir);
}

static void
teardown(void)
{
	allow_free(&l);
	temp_dir_remove(dir);
}

static void
write_list(const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void
reads(const char *want)
{
	char text[4096] = "";
	FILE *f = fopen(path, "r");

	ck_assert_ptr_nonnull(f);
	text[fread(text, 1, sizeof text - 1, f)] = '\0';
	fclose(f);
	ck_assert_str_eq(text, want);
}

static struct key
key(const char *hex)
{
	struct key k;

	ck_assert(key_parse(hex, strlen(hex), &k));
	return k;
}

static const struct allowed *
find(const char *hex)
{
	struct key k = key(hex);

	return allow_find(&l, &k);
}

START_TEST(those_on_the_list_are_found_and_nobody_else)
{
	write_list("# desk\n" B " bob\n\n" A " ann tenant=the north desk\n");
	ck_assert_int_eq(allow_read(path, &l), OK);
	ck_assert_uint_eq(l.n, 2);
	ck_assert_uint_eq(l.bad, 0);
	ck_assert_str_eq(find(A)->name, "ann");
	ck_assert(find(A)->bound);
	ck_assert_str_eq(find(A)->tenant, "the north desk");
	ck_assert(!find(B)->bound);
	ck_assert_ptr_null(find(C));
}
END_TEST

START_TEST(no_file_lets_nobody_in)
{
	ck_assert_int_eq(allow_read(path, &l), OK);
	ck_assert_uint_eq(l.n, 0);
	ck_assert_ptr_null(find(A));
}
END_TEST

START_TEST(a_bad_line_lets_nobody_in_and_harms_no_neighbour)
{
	static const char *const bad[] = { A,       A " ",         A " ann tennant=x",
		                           "a ann", A "a ann",     "ann " A,
		                           "\1",    A " ann more", "z" A };
	char text[512];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(text, sizeof text, "%s\n" B " bob", bad[i]);
		write_list(text);
		ck_assert_int_eq(allow_read(path, &l), OK);
		ck_assert_uint_eq(l.n, 1);
		ck_assert_uint_eq(l.bad, 1);
		ck_assert_int_eq(l.bad_line, 1);
		ck_assert_ptr_nonnull(find(B));
		allow_free(&l);
	}
}
END_TEST

START_TEST(who_is_added_is_in_and_the_rest_stays_as_it_was)
{
	struct allowed who = {
		.key = key(A), .name = "ann", .bound = true, .tenant = "north"
	};

	write_list("# mine\nnonsense\n" B " bob");
	ck_assert_int_eq(allow_add(path, &who), OK);
	reads("# mine\nnonsense\n" B " bob\n" A " ann tenant=north\n");
	ck_assert_int_eq(allow_add(path, &who), ERR_CONFLICT);
	reads("# mine\nnonsense\n" B " bob\n" A " ann tenant=north\n");
}
END_TEST

START_TEST(who_is_removed_is_out_by_key_or_name)
{
	write_list(B " bob\n# " A "\n" A " ann\n" C " bob tenant=\n");
	ck_assert_int_eq(allow_remove(path, "bo"), ERR_NOT_FOUND);
	ck_assert_int_eq(allow_remove(path, A), OK);
	reads(B " bob\n# " A "\n" C " bob tenant=\n");
	ck_assert_int_eq(allow_remove(path, "bob"), OK);
	reads("# " A "\n");
	ck_assert_int_eq(allow_remove(path, "bob"), ERR_NOT_FOUND);
}
END_TEST

START_TEST(names_that_would_break_the_list_are_refused)
{
	struct allowed who = { .key = key(A) };
	static const char *const names[] = { "", "two words", "line\nbreak" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(who.name, sizeof who.name, "%s", names[i]);
		ck_assert_int_eq(allow_add(path, &who), ERR_USAGE);
	}
	snprintf(who.name, sizeof who.name, "ann");
	who.bound = true;
	snprintf(who.tenant, sizeof who.tenant, "x\n" B " bob");
	ck_assert_int_eq(allow_add(path, &who), ERR_USAGE);
	ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("allow");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_test(core, those_on_the_list_are_found_and_nobody_else);
	tcase_add_test(core, who_is_added_is_in_and_the_rest_stays_as_it_was);
	tcase_add_test(core, who_is_removed_is_out_by_key_or_name);
	suite_add_tcase(s, core);
	tcase_add_checked_fixture(limits, setup, teardown);
	tcase_add_test(limits, no_file_lets_nobody_in);
	tcase_add_test(limits, a_bad_line_lets_nobody_in_and_harms_no_neighbour);
	tcase_add_test(limits, names_that_would_break_the_list_are_refused);
	suite_add_tcase(s, limits);
	return suite_run(s);
}
