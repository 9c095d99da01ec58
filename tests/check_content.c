/* What is inside bodies, and words of peers made fit for a log line. */
#include <string.h>

#include "broker/content.h"
#include "suite.h"
#include "utf8.h"
#include "wire.h"

static struct arena *a, *scratch;
static struct body body;
static struct wire_article article;

static void
setup(void)
{
	a = arena_new(64 << 20);
	scratch = arena_new(64 << 20);
	article = (struct wire_article){ .id = "id", .key = "key" };
}

static void
teardown(void)
{
	arena_free(a);
	arena_free(scratch);
}

static enum err
close_it(void *arg)
{
	bool zip = *(bool *)arg;
	struct bytes plain = wire_article_write(a, &article);

	body = zip ? body_close(a, plain) : (struct body){ CODING_PLAIN, plain.n, plain };
	return OK;
}

static void
make(const char *text, bool zip)
{
	article.text = (struct bytes){ strlen(text), (const uint8_t *)text };
	ck_assert_int_eq(arena_run(a, close_it, &zip), OK);
}

START_TEST(the_hash_is_of_the_text_alone)
{
	const char *text =
	    "She said that it was time. She said that it was time.  Again.";
	uint8_t one[STORE_HASH], two[STORE_HASH], three[STORE_HASH];

	make(text, true);
	ck_assert_int_eq(content_article(scratch, &body, one), OK);
	article.title = "Another title";
	make(text, false);
	ck_assert_int_eq(content_article(scratch, &body, two), OK);
	make("Another text.", false);
	ck_assert_int_eq(content_article(scratch, &body, three), OK);
	ck_assert_mem_eq(one, two, STORE_HASH);
	ck_assert_mem_ne(one, three, STORE_HASH);
}
END_TEST

START_TEST(bad_articles_are_refused)
{
	uint8_t hash[STORE_HASH];

	make("", false);
	ck_assert_int_eq(content_article(scratch, &body, hash), ERR_EMPTY);
	make("caf\xc3", false);
	ck_assert_int_eq(content_article(scratch, &body, hash), ERR_BAD_INPUT);
	make("good", false);
	body.size = BODY_MAX + 1ULL;
	ck_assert_int_eq(content_article(scratch, &body, hash), ERR_TOO_BIG);
	body = (struct body){ CODING_ZSTD, 10, { 3, (const uint8_t *)"abc" } };
	ck_assert_int_eq(content_article(scratch, &body, hash), ERR_BAD_INPUT);
}
END_TEST

/* 0a 00 again and again: millions of empty things in a small message. */
START_TEST(an_extraction_of_empty_parts_costs_no_more_than_the_arena)
{
	static uint8_t parts[4 << 20];
	struct body hostile = { CODING_PLAIN, sizeof parts, { sizeof parts, parts } };

	for (size_t i = 0; i < sizeof parts; i += 2)
		parts[i] = 2 << 3 | 2;
	ck_assert_int_ne(content_extraction(scratch, &hostile), OK);
	ck_assert_uint_gt(strlen(err_text()), 0);
}
END_TEST

START_TEST(words_become_one_clean_line)
{
	char out[64], small[8];

	content_words("plain", out, sizeof out);
	ck_assert_str_eq(out, "plain");
	content_words("a\nb\x1b[2J \"q\"", out, sizeof out);
	ck_assert_str_eq(out, "a b [2J 'q'");
	content_words("\xff\xfe\x80 \xf0\x80 caf\xc3\xa9", out, sizeof out);
	ck_assert_str_eq(out, "??? ?? caf\xc3\xa9");
	content_words("0123456", small, sizeof small);
	ck_assert_str_eq(small, "0123456");
	content_words("01234567", small, sizeof small);
	ck_assert_str_eq(small, "0123...");
	content_words("", small, sizeof small);
	ck_assert_str_eq(small, "");
}
END_TEST

START_TEST(a_cut_never_leaves_half_a_character)
{
	char out[16];

	content_words("12345678901\xc3\xa9\xc3\xa9\xc3\xa9", out, sizeof out);
	ck_assert_uint_eq(utf8_valid(out, strlen(out)), strlen(out));
	ck_assert_uint_lt(strlen(out), sizeof out);
}
END_TEST

START_TEST(names_are_short_and_clean)
{
	ck_assert(content_is_name("", 4));
	ck_assert(content_is_name("abcd", 4));
	ck_assert(!content_is_name("abcde", 4));
	ck_assert(!content_is_name("a\nb", 4));
	ck_assert(!content_is_name("a\xff", 4));
	ck_assert(content_is_name("\xc3\xa9", 4));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("content");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	suite_add_tcase(s, core);
	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_test(core, the_hash_is_of_the_text_alone);
	tcase_add_test(core, bad_articles_are_refused);
	tcase_add_test(core, words_become_one_clean_line);
	tcase_add_test(core, names_are_short_and_clean);
	suite_add_tcase(s, limits);
	tcase_add_checked_fixture(limits, setup, teardown);
	tcase_add_test(limits, an_extraction_of_empty_parts_costs_no_more_than_the_arena);
	tcase_add_test(limits, a_cut_never_leaves_half_a_character);
	return suite_run(s);
}
