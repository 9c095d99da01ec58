#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "suite.h"

struct settings {
	const char *data;
	int64_t lease_ms, room, count;
	bool quiet;
};

#define AT(field) offsetof(struct settings, field)
static const struct conf_option options[] = {
	{ "data", 'd', CONF_TEXT, AT(data), "DIR", "folder", .standard = "/var/lib/x" },
	{ "lease", 0, CONF_DURATION, AT(lease_ms), "TIME", "lease", .standard = "60s",
	  .min = 1000, .max = 3600000, .reload = true },
	{ "room", 0, CONF_SIZE, AT(room), "SIZE", "room", .standard = "64M" },
	{ "count", 'n', CONF_COUNT, AT(count), "N", "count", .standard = "4" },
	{ "quiet", 'q', CONF_FLAG, AT(quiet), NULL, "say less" },
	{ 0 },
};

static struct settings got;
static struct conf *conf;
static char **words;
static char file[] = "/tmp/check_conf.XXXXXX";

static void
setup(void)
{
	int fd = mkstemp(strcpy(file, "/tmp/check_conf.XXXXXX"));

	ck_assert_int_ge(fd, 0);
	close(fd);
	memset(&got, 0, sizeof got);
	conf = NULL;
}

static void
teardown(void)
{
	conf_close(conf);
	unlink(file);
}

static void
write_file(const char *text)
{
	FILE *f = fopen(file, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

/* The words of one command line, apart by spaces. */
static enum err
open_line(const char *line)
{
	static char copy[256];
	char *argv[16] = { "program" };
	int argc = 1;

	snprintf(copy, sizeof copy, "%s", line);
	for (char *w = strtok(copy, " "); w != NULL; w = strtok(NULL, " "))
		argv[argc++] = w;
	return conf_open(options, &got, file, argc, argv, &conf, &words);
}

START_TEST(defaults_file_and_command_line_in_that_order)
{
	write_file("# a comment\n\nlease = 30s\ncount= 7 \n");
	ck_assert_int_eq(open_line("--count 9 -q --room=2K in - -- --out"), OK);
	ck_assert_str_eq(got.data, "/var/lib/x");
	ck_assert_int_eq(got.lease_ms, 30000);
	ck_assert_int_eq(got.count, 9);
	ck_assert_int_eq(got.room, 2048);
	ck_assert(got.quiet);
	ck_assert_str_eq(words[0], "in");
	ck_assert_str_eq(words[1], "-");
	ck_assert_str_eq(words[2], "--out");
	ck_assert_ptr_null(words[3]);
}
END_TEST

START_TEST(reload_takes_what_may_change_and_was_not_given_by_hand)
{
	write_file("lease = 30s\ncount = 7\n");
	ck_assert_int_eq(open_line(""), OK);
	write_file("lease = 45s\ncount = 8\n");
	ck_assert_int_eq(conf_reload(conf, &got), OK);
	ck_assert_int_eq(got.lease_ms, 45000);
	ck_assert_int_eq(got.count, 7);
}
END_TEST

START_TEST(a_bad_reload_changes_nothing)
{
	write_file("lease = 30s\n");
	ck_assert_int_eq(open_line(""), OK);
	write_file("lease = 45s\nlease = soon\n");
	ck_assert_int_eq(conf_reload(conf, &got), ERR_USAGE);
	ck_assert_int_eq(got.lease_ms, 30000);
}
END_TEST

static const struct {
	const char *line, *file, *says;
} wrong[] = {
	{ "--nothing", "", "--nothing" },
	{ "-x", "", "-x" },
	{ "--count", "", "--count wants a value" },
	{ "--count many", "", "a whole number" },
	{ "--count 99999999999999999999", "", "a whole number" },
	{ "--lease 1ms", "", "out of bounds" },
	{ "--room 5parsecs", "", "a size such as" },
	{ "--quiet=perhaps", "", "yes or no" },
	{ "", "lease\n", "line 1" },
	{ "", "\nspeed = 3\n", "line 2" },
	{ "--config /nonexistent/file", "", "/nonexistent/file" },
};

START_TEST(what_is_wrong_is_named)
{
	write_file(wrong[_i].file);
	ck_assert_int_eq(open_line(wrong[_i].line), ERR_USAGE);
	ck_assert_msg(strstr(err_text(), wrong[_i].says) != NULL, "\"%s\" lacks \"%s\"",
	              err_text(), wrong[_i].says);
	ck_assert_ptr_null(conf);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("conf");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_checked_fixture(limits, setup, teardown);
	tcase_add_test(core, defaults_file_and_command_line_in_that_order);
	tcase_add_test(core, reload_takes_what_may_change_and_was_not_given_by_hand);
	tcase_add_test(limits, a_bad_reload_changes_nothing);
	tcase_add_loop_test(limits, what_is_wrong_is_named, 0,
	                    sizeof wrong / sizeof wrong[0]);
	suite_add_tcase(s, core);
	suite_add_tcase(s, limits);
	return suite_run(s);
}
