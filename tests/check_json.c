/*
 * The lines of --json: their exact bytes, and that they are JSON whatever is in them.
 */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/json.h"
#include "suite.h"

static const struct hearsay_span source[] = { { 10, 14 } }, cue[] = { { 15, 19 } },
                                 content[] = { { 0, 9 }, { 21, 30 } };
static const struct hearsay_attribution found[] = {
	{ { 1, source }, { 1, cue }, { 2, content }, HEARSAY_DIRECT, false, 0.934f },
	{ { 0, NULL }, { 0, NULL }, { 1, content }, HEARSAY_MIXED, true, 1.0f },
};

#define FOUND                                                                            \
	"\"attributions\":[{\"source\":[[10,14]],\"cue\":[[15,19]],"                     \
	"\"content\":[[0,9],[21,30]],\"kind\":\"direct\",\"nested\":false,"              \
	"\"confidence\":0.93},{\"source\":[],\"cue\":[],\"content\":[[0,9]],"            \
	"\"kind\":\"mixed\",\"nested\":true,\"confidence\":1.00}]}\n"

static char *written;
static size_t written_n;
static FILE *out;

static void
open_out(void)
{
	out = open_memstream(&written, &written_n);
}

static void
free_out(void)
{
	free(written);
}

START_TEST(extraction_is_one_exact_line)
{
	json_extraction(out, "port", "hearsay-1", found, 2);
	fclose(out);
	ck_assert_str_eq(written, "{\"id\":\"port\",\"model\":\"hearsay-1\"," FOUND);
}
END_TEST

START_TEST(a_job_adds_key_and_state)
{
	struct hearsay_job job = { .article_id = "port",
		                   .key = "k",
		                   .state = HEARSAY_DONE,
		                   .model = "hearsay-1",
		                   .attributions = found,
		                   .attributions_n = 2,
		                   .sequence = 9 };

	json_job(out, &job, false);
	fclose(out);
	ck_assert_str_eq(written, "{\"id\":\"port\",\"key\":\"k\",\"state\":\"done\","
	                          "\"model\":\"hearsay-1\"," FOUND);
	free_out();
	open_out();
	json_job(out, &job, true);
	fclose(out);
	ck_assert_ptr_nonnull(strstr(written, "\"state\":\"done\",\"sequence\":9,"));
}
END_TEST

START_TEST(a_job_without_result_says_why)
{
	struct hearsay_job job = { .article_id = "a",
		                   .key = "k",
		                   .state = HEARSAY_DEAD,
		                   .model = "",
		                   .attempts = 5,
		                   .reason = "worker died" };

	json_job(out, &job, false);
	fclose(out);
	ck_assert_str_eq(written, "{\"id\":\"a\",\"key\":\"k\",\"state\":\"dead\","
	                          "\"attempts\":5,\"reason\":\"worker died\"}\n");
}
END_TEST

static const struct {
	const char *in, *want; /* what a parser makes of it */
} texts[] = {
	{ "", "" },
	{ "say \"no\" \\ now", "say \"no\" \\ now" },
	{ "line\nfeed\ttab\r\b\f\x01\x1f\x7f", "line\nfeed\ttab\r\b\f\x01\x1f\x7f" },
	{ "caf\xc3\xa9 \xf0\x9f\x97\x9e", "caf\xc3\xa9 \xf0\x9f\x97\x9e" },
	{ "caf\xe9", "caf\xef\xbf\xbd" },
	{ "\xff\xfe\x80z", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz" },
	{ "cut \xe2\x80", "cut \xef\xbf\xbd\xef\xbf\xbd" },
};

START_TEST(any_bytes_make_valid_json)
{
	json_t *v;

	json_extraction(out, texts[_i].in, texts[_i].in, NULL, 0);
	fclose(out);
	ck_assert_uint_eq(strlen(written), written_n);
	ck_assert_ptr_eq(strchr(written, '\n'), written + written_n - 1);
	v = json_loads(written, 0, NULL);
	ck_assert_ptr_nonnull(v);
	ck_assert_str_eq(json_string_value(json_object_get(v, "id")), texts[_i].want);
	json_decref(v);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("json");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	suite_add_tcase(s, core);
	suite_add_tcase(s, limits);
	tcase_add_checked_fixture(core, open_out, free_out);
	tcase_add_checked_fixture(limits, open_out, free_out);
	tcase_add_test(core, extraction_is_one_exact_line);
	tcase_add_test(core, a_job_adds_key_and_state);
	tcase_add_test(core, a_job_without_result_says_why);
	tcase_add_loop_test(limits, any_bytes_make_valid_json, 0,
	                    sizeof texts / sizeof texts[0]);
	return suite_run(s);
}
