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
static const struct hearsay_attribution said[] = {
	{ { 1, source },
	  { 1, cue },
	  { 2, content },
	  HEARSAY_DIRECT,
	  false,
	  0.934f,
	  HEARSAY_NONE,
	  0,
	  "named \"here\"",
	  HEARSAY_DENIES,
	  -2.5f },
	{ { 0, NULL },
	  { 0, NULL },
	  { 1, content },
	  HEARSAY_MIXED,
	  true,
	  1.0f,
	  0,
	  HEARSAY_NONE,
	  "",
	  HEARSAY_ASSERTS,
	  -0.001f },
};
static const struct hearsay_speaker ruiz = {
	"Ana Ruiz", "port director", HEARSAY_PERSON, { 1, source }
};
static const struct hearsay_quantity tons = { { 3, 5 }, 0.1, "tons" };
static const struct hearsay_moment march = { { 6, 8 }, "2019-03" };
static const struct hearsay_claim claims[] = {
	{ .at = { 2, content },
	  .text = "It [the boat] sank",
	  .attribution = 0,
	  .negated = true,
	  .certainty = 3,
	  .check_worthy = 0.5f,
	  .quantities_n = 1,
	  .times_n = 1,
	  .quantities = &tons,
	  .times = &march },
	{ .at = { 1, cue }, .text = "", .attribution = HEARSAY_NONE },
};
static const struct found found = { 2, said, 1, &ruiz, 2, claims };

#define FOUND                                                                            \
	"\"attributions\":[{\"source\":[[10,14]],\"cue\":[[15,19]],"                     \
	"\"content\":[[0,9],[21,30]],\"kind\":\"direct\",\"nested\":false,"              \
	"\"confidence\":0.93,\"speaker\":0,\"speaker_reason\":\"named \\\"here\\\"\","   \
	"\"stance\":\"denies\",\"certainty\":-2.50,\"parent\":null},"                    \
	"{\"source\":[],\"cue\":[],\"content\":[[0,9]],"                                 \
	"\"kind\":\"mixed\",\"nested\":true,\"confidence\":1.00,\"speaker\":null,"       \
	"\"speaker_reason\":\"\",\"stance\":\"asserts\",\"certainty\":0.00,"             \
	"\"parent\":0}],"                                                                \
	"\"speakers\":[{\"name\":\"Ana Ruiz\",\"title\":\"port director\","              \
	"\"kind\":\"person\",\"mentions\":[[10,14]]}],"                                  \
	"\"claims\":[{\"span\":[[0,9],[21,30]],\"text\":\"It [the boat] sank\","         \
	"\"attribution\":0,\"negated\":true,\"certainty\":3.00,\"check_worthy\":0.50,"   \
	"\"quantities\":[{\"span\":[3,5],\"value\":0.1,\"unit\":\"tons\"}],"             \
	"\"times\":[{\"span\":[6,8],\"value\":\"2019-03\"}]},"                           \
	"{\"span\":[[15,19]],\"text\":\"\",\"attribution\":null,\"negated\":false,"      \
	"\"certainty\":0.00,\"check_worthy\":0.00,\"quantities\":[],\"times\":[]}]}\n"

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
	json_extraction(out, "port", "hearsay-1", &found);
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
		                   .attributions = said,
		                   .attributions_n = 2,
		                   .speakers = &ruiz,
		                   .speakers_n = 1,
		                   .claims = claims,
		                   .claims_n = 2,
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
	struct hearsay_speaker speaker = { texts[_i].in, texts[_i].in };
	struct hearsay_claim c = { .text = texts[_i].in };
	struct found all = {
		.n_speakers = 1, .speakers = &speaker, .n_claims = 1, .claims = &c
	};
	json_t *v;

	json_extraction(out, texts[_i].in, texts[_i].in, &all);
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
