/*
 * The lines of --claimreview: their exact bytes, and that they are JSON whatever is in
 * them.
 */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/claimreview.h"
#include "suite.h"

static const char text[] = "Police said the pier was shut. He denied it.";
static const struct hearsay_span police[] = { { 0, 6 } }, he[] = { { 31, 33 } },
                                 shut[] = { { 12, 29 } };
static const struct hearsay_speaker speakers[] = {
	{ "Ana Ruiz", "port director", HEARSAY_PERSON, { 0, NULL } },
	{ "Norvia", "airline", HEARSAY_ORGANISATION, { 0, NULL } },
};
static struct hearsay_attribution said = { .parent = HEARSAY_NONE };
static struct hearsay_claim claim = { .at = { 1, shut }, .text = "the pier was shut" };
static struct appearance in = {
	"port",         "https://example.org/port", "Pier \"shut\"", "2019-03-28", text,
	sizeof text - 1
};

static void
setup(void)
{
	said.source = (struct hearsay_spans){ 1, police };
	said.speaker = 0;
	said.stance = HEARSAY_ASSERTS;
	claim.attribution = 0;
	claim.certainty = 3;
}

/* What is written, on the heap. */
static char *
written(void)
{
	struct found found = { 1, &said, 2, speakers, 1, &claim };
	char *line = NULL;
	size_t size;
	FILE *out = open_memstream(&line, &size);

	ck_assert_ptr_nonnull(out);
	claimreview_write(out, &in, &found);
	fclose(out);
	return line;
}

static void
must_be(const char *want)
{
	char *line = written();

	ck_assert_str_eq(line, want);
	free(line);
}

#define LINE(words, who)                                                                 \
	"{\"@context\":\"https://schema.org\",\"@type\":\"ClaimReview\","                \
	"\"claimReviewed\":\"" words "\",\"itemReviewed\":{\"@type\":\"Claim\"," who     \
	"\"datePublished\":\"2019-03-28\",\"appearance\":{\"@type\":\"NewsArticle\","    \
	"\"url\":\"https://example.org/port\",\"headline\":\"Pier \\\"shut\\\"\","       \
	"\"datePublished\":\"2019-03-28\",\"identifier\":\"port\"}}}\n"
#define RUIZ                                                                             \
	"\"author\":{\"@type\":\"Person\",\"name\":\"Ana Ruiz\",\"jobTitle\":"           \
	"\"port director\"},"

START_TEST(a_claim_has_who_makes_it_and_where_it_appears)
{
	must_be(LINE("the pier was shut", RUIZ));
	said.speaker = 1;
	must_be(LINE("the pier was shut",
	             "\"author\":{\"@type\":\"Organization\",\"name\":\"Norvia\"},"));
}
END_TEST

START_TEST(who_is_not_known_is_named_as_the_article_does)
{
	said.speaker = HEARSAY_NONE;
	must_be(LINE("the pier was shut",
	             "\"author\":{\"@type\":\"Thing\",\"name\":\"Police\"},"));
	said.source = (struct hearsay_spans){ 1, he };
	must_be(LINE("the pier was shut", ""));
	claim.attribution = HEARSAY_NONE;
	must_be(LINE("the pier was shut", ""));
}
END_TEST

START_TEST(what_is_denied_says_so)
{
	said.stance = HEARSAY_DENIES;
	claim.certainty = -3;
	must_be(LINE("Denied: the pier was shut", RUIZ));
	claim.certainty = 3; /* its words do so themselves */
	must_be(LINE("the pier was shut", RUIZ));
}
END_TEST

START_TEST(what_is_asked_ordered_or_doubted_is_no_claim)
{
	said.stance = HEARSAY_ASKS;
	must_be("");
	said.stance = HEARSAY_ORDERS;
	must_be("");
	said.stance = HEARSAY_DOUBTS;
	must_be("");
}
END_TEST

START_TEST(what_is_not_known_is_left_out)
{
	struct appearance all = in;

	in = (struct appearance){ "port", "", "", "yesterday", NULL, 0 };
	said.speaker = HEARSAY_NONE;
	must_be("{\"@context\":\"https://schema.org\",\"@type\":\"ClaimReview\","
	        "\"claimReviewed\":\"the pier was shut\",\"itemReviewed\":{\"@type\":"
	        "\"Claim\",\"appearance\":{\"@type\":\"NewsArticle\",\"identifier\":"
	        "\"port\"}}}\n");
	in = all;
}
END_TEST

START_TEST(it_is_json_whatever_is_in_it)
{
	char *line;
	json_t *v;

	claim.text = "a\"\\\n\x01\xff\xc3";
	line = written();
	v = json_loads(line, 0, NULL);
	ck_assert_ptr_nonnull(v);
	ck_assert_str_eq(json_string_value(json_object_get(v, "@type")), "ClaimReview");
	json_decref(v);
	free(line);
	claim.text = "the pier was shut";
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("claimreview");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	tcase_add_checked_fixture(core, setup, NULL);
	tcase_add_checked_fixture(limits, setup, NULL);
	tcase_add_test(core, a_claim_has_who_makes_it_and_where_it_appears);
	tcase_add_test(core, who_is_not_known_is_named_as_the_article_does);
	tcase_add_test(core, what_is_denied_says_so);
	tcase_add_test(core, what_is_asked_ordered_or_doubted_is_no_claim);
	tcase_add_test(limits, what_is_not_known_is_left_out);
	tcase_add_test(limits, it_is_json_whatever_is_in_it);
	suite_add_tcase(s, core);
	suite_add_tcase(s, limits);
	return suite_run(s);
}
