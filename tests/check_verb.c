/*
 * The table of verbs: what is in it, what is near to it, and how settings are found.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/verb.h"
#include "suite.h"

START_TEST(every_verb_has_its_help)
{
	char *got;
	size_t n;
	FILE *out = open_memstream(&got, &n);

	for (const struct verb *v = verbs; v->name != NULL; v++) {
		ck_assert_ptr_eq(verb_find(v->name), v);
		verb_help(v, out);
		fflush(out);
		ck_assert_ptr_nonnull(strstr(got, v->help));
		ck_assert_ptr_nonnull(strstr(got, "--json"));
	}
	fclose(out);
	free(got);
	ck_assert_ptr_null(verb_find("frobnicate"));
}
END_TEST

static const struct {
	const char *word, *near;
} slips[] = {
	{ "extrat", "extract" }, { "xetract", "extract" },
	{ "sumbit", "submit" },  { "stat", "stats" },
	{ "gte", NULL },         { "wiat", "wait" },
	{ "frobnicate", NULL },  { "", NULL },
	{ "helpp", "help" },     { "averyverylongword", NULL },
};

START_TEST(a_slip_finds_its_verb)
{
	const char *near = verb_nearest(slips[_i].word);

	if (slips[_i].near == NULL)
		ck_assert_ptr_null(near);
	else
		ck_assert_str_eq(near, slips[_i].near);
}
END_TEST

/* ----------------------------------------------------------------- settings */

static char found_broker[64];
static int64_t found_after;

static enum err
look(const struct settings *s, char *const *words)
{
	(void)words;
	snprintf(found_broker, sizeof found_broker, "%s", s->broker);
	found_after = s->after;
	return OK;
}

static const struct verb probe = { "probe", look, watch_options, "", "", NULL, true };

static enum err
run_probe(int argc, char *const argv[])
{
	return verb_run(&probe, argc, argv);
}

START_TEST(command_line_beats_environment_beats_file_beats_default)
{
	char folder[] = "/tmp/check_verb.XXXXXX", path[64], command[128];
	char *const none[] = { "probe", NULL }, *const given[] = { "probe", "--broker",
		                                                   "tcp://d:4", NULL };

	ck_assert_ptr_nonnull(mkdtemp(folder));
	setenv("XDG_CONFIG_HOME", folder, 1);
	unsetenv("HEARSAY_BROKER");
	ck_assert_int_eq(run_probe(1, none), OK);
	ck_assert_str_eq(found_broker, "tcp://127.0.0.1:5570");
	ck_assert_int_eq(found_after, -1);
	snprintf(command, sizeof command, "mkdir %s/hearsay", folder);
	ck_assert_int_eq(system(command), 0);
	snprintf(path, sizeof path, "%s/hearsay/hearsay.conf", folder);
	FILE *f = fopen(path, "w");
	fputs("# ours\nbroker = tcp://b:2\n", f);
	fclose(f);
	ck_assert_int_eq(run_probe(1, none), OK);
	ck_assert_str_eq(found_broker, "tcp://b:2");
	setenv("HEARSAY_BROKER", "tcp://c:3", 1);
	ck_assert_int_eq(run_probe(1, none), OK);
	ck_assert_str_eq(found_broker, "tcp://c:3");
	ck_assert_int_eq(run_probe(3, given), OK);
	ck_assert_str_eq(found_broker, "tcp://d:4");
	snprintf(command, sizeof command, "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

START_TEST(a_wrong_option_is_a_usage_error)
{
	char *const argv[] = { "probe", "--frob", NULL };

	ck_assert_int_eq(run_probe(2, argv), ERR_USAGE);
	ck_assert_ptr_nonnull(strstr(err_text(), "--frob"));
}
END_TEST

START_TEST(the_first_failure_of_many_counts)
{
	enum err first = OK;

	keep_first(&first, OK);
	keep_first(&first, ERR_EMPTY);
	keep_first(&first, ERR_NOT_FOUND);
	ck_assert_int_eq(first, ERR_EMPTY);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("verb");
	TCase *t = tcase_create("core");

	suite_add_tcase(s, t);
	tcase_add_test(t, every_verb_has_its_help);
	tcase_add_loop_test(t, a_slip_finds_its_verb, 0, sizeof slips / sizeof slips[0]);
	tcase_add_test(t, command_line_beats_environment_beats_file_beats_default);
	tcase_add_test(t, a_wrong_option_is_a_usage_error);
	tcase_add_test(t, the_first_failure_of_many_counts);
	return suite_run(s);
}
