#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "suite.h"

static int saved, ends[2];

static void
setup(void)
{
	ck_assert_int_eq(pipe(ends), 0);
	saved = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	unsetenv("JOURNAL_STREAM");
}

static const char *
said(void)
{
	static char text[4096];

	dup2(saved, STDERR_FILENO);
	close(saved);
	ssize_t n = read(ends[0], text, sizeof text - 1);
	text[n < 0 ? 0 : n] = '\0';
	close(ends[0]);
	return text;
}

START_TEST(a_line_has_time_level_program_and_pairs)
{
	log_open("broker");
	log_info("job=%d state=%s", 7, "leased");
	const char *text = said();
	ck_assert_int_eq(text[4], '-');
	ck_assert_int_eq(text[10], 'T');
	ck_assert_ptr_nonnull(strstr(text, "Z info broker job=7 state=leased\n"));
}
END_TEST

START_TEST(lines_below_the_level_are_not_written)
{
	log_open("broker");
	ck_assert_int_eq(log_set_level("warn"), OK);
	log_info("not this");
	log_warn("but this");
	ck_assert_ptr_null(strstr(said(), "not this"));
	ck_assert_int_eq(log_set_level("loud"), ERR_USAGE);
}
END_TEST

START_TEST(under_the_journal_a_priority_replaces_the_time)
{
	setenv("JOURNAL_STREAM", "8:1", 1);
	log_open("broker");
	log_error("x=1");
	ck_assert_str_eq(said(), "<3>error broker x=1\n");
}
END_TEST

START_TEST(a_value_cannot_forge_a_line)
{
	log_open("broker");
	log_info("reason=\"%s\"", "x\n2026 error broker y\033[2J");
	const char *text = said();
	ck_assert_ptr_nonnull(strstr(text, "reason=\"x?2026 error broker y?[2J\"\n"));
	ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
}
END_TEST

START_TEST(nobody_waits_for_who_does_not_read)
{
	static char all[1 << 20];
	size_t n = 0;
	ssize_t some;

	log_open("broker");
	for (int i = 0; i < 5000; i++) /* more than a pipe takes */
		log_info("line=%d of=%d", i, 5000);
	ck_assert_int_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	while ((some = read(ends[0], all + n, sizeof all - n - 1)) > 0)
		n += (size_t)some;
	ck_assert_ptr_nonnull(strstr(all, "line=0 of"));
	ck_assert_ptr_null(strstr(all, "line=4999 of"));
	log_info("after");
	const char *text = said();
	ck_assert_ptr_nonnull(strstr(text, "lines_dropped="));
	ck_assert_ptr_nonnull(strstr(text, "info broker after\n"));
	ck_assert_int_gt(atoi(strstr(text, "lines_dropped=") + 14), 1000);
}
END_TEST

START_TEST(a_long_line_is_cut_and_still_ends)
{
	char big[4000];

	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	log_open("broker");
	log_info("%s", big);
	const char *text = said();
	ck_assert_uint_lt(strlen(text), 2100);
	ck_assert_int_eq(text[strlen(text) - 1], '\n');
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("log");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	tcase_add_checked_fixture(core, setup, NULL);
	tcase_add_checked_fixture(limits, setup, NULL);
	tcase_add_test(core, a_line_has_time_level_program_and_pairs);
	tcase_add_test(core, lines_below_the_level_are_not_written);
	tcase_add_test(core, under_the_journal_a_priority_replaces_the_time);
	tcase_add_test(limits, nobody_waits_for_who_does_not_read);
	tcase_add_test(limits, a_long_line_is_cut_and_still_ends);
	tcase_add_test(limits, a_value_cannot_forge_a_line);
	suite_add_tcase(s, core);
	suite_add_tcase(s, limits);
	return suite_run(s);
}
