/*
 * Articles from files, folders and lines, good and bad.
 */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "body.h"
#include "client/input.h"
#include "suite.h"

static char root[64];

static void
enter_folder(void)
{
	strcpy(root, "/tmp/check_input.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	ck_assert_int_eq(chdir(root), 0);
}

static void
leave_folder(void)
{
	char command[128];

	ck_assert_int_eq(chdir("/"), 0);
	snprintf(command, sizeof command, "rm -rf '%s'", root);
	ck_assert_int_eq(system(command), 0);
}

static void
put(const char *path, const char *bytes, size_t n)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(bytes, 1, n, f), n);
	fclose(f);
}

static void
put_text(const char *path, const char *text)
{
	put(path, text, strlen(text));
}

/* Everything from one word: "id=key:text" for articles, the error's name for others. */
static char *
read_word(const char *word, enum input_format format)
{
	char *const words[] = { (char *)word, NULL };
	struct input *in;
	struct item *it = NULL;
	char *all;
	size_t n;
	FILE *out = open_memstream(&all, &n);

	ck_assert_int_eq(input_open(words, format, &in), OK);
	for (;;) {
		enum err e = input_next(in, &it);

		if (e == OK && it == NULL)
			break;
		if (e != OK) {
			fprintf(out, "%s;", err_name(e));
			continue;
		}
		ck_assert_uint_eq(strlen(it->text), it->size);
		fprintf(out, "%s=%s:%s;", it->id, it->key, it->text);
		item_free(it);
	}
	input_close(in);
	fclose(out);
	return all;
}

#define CK_WORD(word, format, want)                                                      \
	do {                                                                             \
		char *got = read_word(word, format);                                     \
		ck_assert_str_eq(got, want);                                             \
		free(got);                                                               \
	} while (0)

/* ------------------------------------------------------------------------- core */

START_TEST(a_file_is_named_without_its_ending)
{
	put_text("a.b.txt", "One.");
	put_text("plain", "Two.");
	CK_WORD("a.b.txt", INPUT_AUTO, "a.b=a.b:One.;");
	CK_WORD("./plain", INPUT_AUTO, "plain=plain:Two.;");
}
END_TEST

START_TEST(a_folder_is_read_in_order_without_what_is_hidden)
{
	ck_assert_int_eq(mkdir("f", 0700) | mkdir("f/sub", 0700) | mkdir("f/.git", 0700),
	                 0);
	put_text("f/b.txt", "B");
	put_text("f/a.md", "A");
	put_text("f/sub/c.TXT", "C");
	put_text("f/.hidden.txt", "no");
	put_text("f/.git/d.txt", "no");
	put_text("f/picture.png", "no");
	put_text("f/z.jsonl", "{\"text\":\"Z\"}\n");
	CK_WORD("f", INPUT_AUTO, "a=a:A;b=b:B;c=c:C;z-1=z-1:Z;");
}
END_TEST

START_TEST(a_line_of_json_has_its_names)
{
	put_text("n.jsonl", "{\"id\":\"i\",\"key\":\"k\",\"text\":\"1\"}\n"
	                    "{\"id\":\"i\",\"text\":\"2\"}\n"
	                    "{\"key\":\"k\",\"text\":\"3\"}\n"
	                    "\n"
	                    "{\"id\":17,\"text\":\"4\"}\r\n"
	                    "{\"text\":\"caf\\u00e9\"}");
	CK_WORD("n.jsonl", INPUT_AUTO, "i=k:1;i=i:2;k=k:3;17=17:4;n-6=n-6:caf\xc3\xa9;");
}
END_TEST

START_TEST(other_fields_of_json_come_along)
{
	char *const words[] = { "n.jsonl", NULL };
	struct input *in;
	struct item *it;

	put_text("n.jsonl", "{\"text\":\"t\",\"url\":\"u\",\"title\":\"T\",\"language\":"
	                    "\"en\",\"published\":\"p\",\"tenant\":\"x\",\"more\":[]}");
	ck_assert_int_eq(input_open(words, INPUT_AUTO, &in), OK);
	ck_assert_int_eq(input_next(in, &it), OK);
	ck_assert_str_eq(it->url, "u");
	ck_assert_str_eq(it->title, "T");
	ck_assert_str_eq(it->language, "en");
	ck_assert_str_eq(it->published, "p");
	ck_assert_str_eq(it->tenant, "x");
	ck_assert_str_eq(it->origin, "n.jsonl, line 1");
	item_free(it);
	input_close(in);
}
END_TEST

START_TEST(terms_of_json_come_along)
{
	char *const words[] = { "n.jsonl", NULL };
	struct input *in;
	struct item *it;

	put_text("n.jsonl",
	         "{\"text\":\"t\",\"priority\":-3,\"delay\":\"2m\",\"attempts\":"
	         "\"7\",\"lease\":\"90s\","
	         "\"not_before\":\"1970-01-02T01:00:00+01:00\"}\n"
	         "{\"text\":\"u\",\"priority\":10}\n"
	         "{\"text\":\"v\"}\n");
	ck_assert_int_eq(input_open(words, INPUT_AUTO, &in), OK);
	ck_assert_int_eq(input_next(in, &it), OK);
	ck_assert_int_eq(it->terms.priority, -3);
	ck_assert_uint_eq(it->terms.delay_ms, 120000);
	ck_assert_uint_eq(it->terms.attempts, 7);
	ck_assert_uint_eq(it->terms.lease_ms, 90000);
	ck_assert_uint_eq(it->terms.not_before_ms, 86400000);
	item_free(it);
	ck_assert_int_eq(input_next(in, &it), ERR_BAD_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "line 2"));
	ck_assert_ptr_nonnull(strstr(err_text(), "from -9 to 9"));
	ck_assert_int_eq(input_next(in, &it), OK);
	ck_assert_int_eq(it->terms.priority, 0);
	item_free(it);
	input_close(in);
}
END_TEST

START_TEST(a_line_is_an_article)
{
	put_text("n.txt", "One.\r\n\n  \nFour.");
	CK_WORD("n.txt", INPUT_LINES, "n-1=n-1:One.;n-4=n-4:Four.;");
}
END_TEST

static void
read_standard_input_from(const char *path)
{
	int fd = open(path, O_RDONLY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	close(fd);
}

START_TEST(standard_input_is_text_unless_it_is_json)
{
	put_text("a", "{Braces} in a text, he said.\nMore.");
	read_standard_input_from("a");
	CK_WORD("-", INPUT_AUTO, "stdin=stdin:{Braces} in a text, he said.\nMore.;");
	put_text("a", "{\"text\":\"One.\",\"key\":\"k\"}\n{\"text\":\"Two.\"}\n");
	read_standard_input_from("a");
	CK_WORD("-", INPUT_AUTO, "k=k:One.;stdin-2=stdin-2:Two.;");
	read_standard_input_from("a");
	CK_WORD("-", INPUT_LINES,
	        "stdin-1=stdin-1:{\"text\":\"One.\",\"key\":\"k\"};"
	        "stdin-2=stdin-2:{\"text\":\"Two.\"};");
}
END_TEST

START_TEST(totals_and_progress_count_bytes)
{
	char *const words[] = { "f", "x.txt", NULL }, *const pipe[] = { "-", NULL };
	struct input *in;
	struct item *it;

	ck_assert_int_eq(mkdir("f", 0700), 0);
	put_text("f/a.txt", "12345");
	put_text("x.txt", "1234567");
	ck_assert_uint_eq(input_total(words), 12);
	ck_assert_uint_eq(input_total(pipe), 0);
	ck_assert_int_eq(input_open(words, INPUT_AUTO, &in), OK);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(input_next(in, &it), OK);
		item_free(it);
	}
	ck_assert_uint_eq(input_done(in), 12);
	input_close(in);
}
END_TEST

/* ----------------------------------------------------------------------- limits */

static const struct {
	const char *bytes;
	size_t n;
	enum err want;
	const char *says;
} bad_files[] = {
	{ "", 0, ERR_EMPTY, "x.txt: is empty" },
	{ " \n\t\n", 4, ERR_EMPTY, "white space" },
	{ "abc\xe9", 4, ERR_BAD_INPUT, "at byte 3 (0xe9)" },
	{ "\xff\xfeH\0i\0", 6, ERR_BAD_INPUT, "iconv -f UTF-16" },
	{ "ok \xed\xa0\x80", 6, ERR_BAD_INPUT, "at byte 3" }, /* a surrogate */
};

START_TEST(a_bad_file_is_said_in_one_line)
{
	char *const words[] = { "x.txt", NULL };
	struct input *in;
	struct item *it = NULL;

	put("x.txt", bad_files[_i].bytes, bad_files[_i].n);
	ck_assert_int_eq(input_open(words, INPUT_AUTO, &in), OK);
	ck_assert_int_eq(input_next(in, &it), bad_files[_i].want);
	ck_assert_ptr_nonnull(strstr(err_text(), bad_files[_i].says));
	ck_assert_int_eq(input_next(in, &it), OK);
	ck_assert_ptr_null(it);
	input_close(in);
}
END_TEST

START_TEST(an_article_may_have_so_many_bytes_and_no_more)
{
	char *text = malloc(ARTICLE_MAX + 1);
	char *const words[] = { "x.txt", NULL };
	struct input *in;
	struct item *it = NULL;

	memset(text, 'a', ARTICLE_MAX + 1);
	put("x.txt", text, ARTICLE_MAX);
	ck_assert_int_eq(input_open(words, INPUT_AUTO, &in), OK);
	ck_assert_int_eq(input_next(in, &it), OK);
	ck_assert_uint_eq(it->size, ARTICLE_MAX);
	item_free(it);
	input_close(in);
	put("x.txt", text, ARTICLE_MAX + 1);
	CK_WORD("x.txt", INPUT_AUTO, "too big;");
	ck_assert_ptr_nonnull(strstr(err_text(), "has 16711681 bytes"));
	read_standard_input_from("x.txt");
	CK_WORD("-", INPUT_TEXT, "too big;");
	free(text);
}
END_TEST

START_TEST(a_line_too_long_is_passed_over)
{
	char *text = malloc(ARTICLE_MAX + 10);

	memset(text, 'a', ARTICLE_MAX + 10);
	memcpy(text, "One\n", 4);
	memcpy(text + ARTICLE_MAX + 6, "\nTwo", 4);
	put("x.txt", text, ARTICLE_MAX + 10);
	CK_WORD("x.txt", INPUT_LINES, "x-1=x-1:One;too big;x-3=x-3:Two;");
	ck_assert_ptr_nonnull(strstr(err_text(), "x.txt, line 2"));
	free(text);
}
END_TEST

static const char *const bad_lines[] = {
	"nonsense",
	"[1]",
	"{\"text\":1}",
	"{\"title\":\"no text\"}",
	"{\"text\":\"t\",\"id\":{}}",
	"{\"text\":\"t\",\"title\":2}",
	"{\"text\":\"t\",\"key\":\"a\\u0000b\"}",
	"{\"text\":\"t\"} trailing",
	"{\"text\":\"\\ud800\"}",
	"{\"text\":\"caf\xe9\"}",
};

START_TEST(a_bad_line_does_not_stop_the_next)
{
	char lines[256];

	snprintf(lines, sizeof lines, "%s\n{\"text\":\"good\"}\n", bad_lines[_i]);
	put_text("x.jsonl", lines);
	CK_WORD("x.jsonl", INPUT_AUTO, "bad input;x-2=x-2:good;");
	ck_assert_ptr_nonnull(strstr(err_text(), "x.jsonl, line 1: "));
}
END_TEST

START_TEST(a_wrong_byte_in_a_line_is_counted_from_the_files_start)
{
	put_text("x.jsonl", "{\"text\":\"12345\"}\n{\"text\":\"caf\xe9\"}\n");
	CK_WORD("x.jsonl", INPUT_AUTO, "x-1=x-1:12345;bad input;");
	ck_assert_ptr_nonnull(strstr(err_text(), "at byte 29 (0xe9)"));
}
END_TEST

START_TEST(what_is_not_there_is_said)
{
	CK_WORD("missing.txt", INPUT_AUTO, "not found;");
	ck_assert_ptr_nonnull(strstr(err_text(), "missing.txt: there is no such file"));
	ck_assert_int_eq(mkdir("f", 0700), 0);
	CK_WORD("f", INPUT_AUTO, "no articles;");
	ck_assert_ptr_nonnull(strstr(err_text(), "f: a folder without articles"));
	put_text("f/bad.txt", "");
	put_text("f/good.txt", "G");
	CK_WORD("f", INPUT_AUTO, "empty;good=good:G;");
}
END_TEST

static void
add_limits(Suite *s)
{
	TCase *t = tcase_create("limits");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 30);
	tcase_add_checked_fixture(t, enter_folder, leave_folder);
	tcase_add_loop_test(t, a_bad_file_is_said_in_one_line, 0,
	                    sizeof bad_files / sizeof bad_files[0]);
	tcase_add_test(t, an_article_may_have_so_many_bytes_and_no_more);
	tcase_add_test(t, a_line_too_long_is_passed_over);
	tcase_add_loop_test(t, a_bad_line_does_not_stop_the_next, 0,
	                    sizeof bad_lines / sizeof bad_lines[0]);
	tcase_add_test(t, a_wrong_byte_in_a_line_is_counted_from_the_files_start);
	tcase_add_test(t, what_is_not_there_is_said);
}

int
main(void)
{
	Suite *s = suite_create("input");
	TCase *core = tcase_create("core");

	suite_add_tcase(s, core);
	tcase_add_checked_fixture(core, enter_folder, leave_folder);
	tcase_add_test(core, a_file_is_named_without_its_ending);
	tcase_add_test(core, a_folder_is_read_in_order_without_what_is_hidden);
	tcase_add_test(core, a_line_of_json_has_its_names);
	tcase_add_test(core, other_fields_of_json_come_along);
	tcase_add_test(core, terms_of_json_come_along);
	tcase_add_test(core, a_line_is_an_article);
	tcase_add_test(core, standard_input_is_text_unless_it_is_json);
	tcase_add_test(core, totals_and_progress_count_bytes);
	add_limits(s);
	return suite_run(s);
}
