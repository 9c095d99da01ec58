#include <string.h>

#include "suite.h"
#include "worker/engine/text.h"

/* The paragraphs of text, each followed by a | in out. */
static void
split(const char *text, size_t n, char *out, size_t room)
{
	struct text t;
	struct span p;
	size_t at = 0, used = 0;

	ck_assert_int_eq(text_open(text, n, &t), OK);
	while (text_paragraph(&t, &at, &p)) {
		ck_assert_uint_lt(p.begin, p.end);
		ck_assert_uint_le(p.end, at);
		ck_assert_uint_lt(used + (p.end - p.begin) + 1, room);
		memcpy(out + used, text + p.begin, p.end - p.begin);
		used += p.end - p.begin;
		out[used++] = '|';
	}
	out[used] = '\0';
	ck_assert_uint_eq(at, n);
}

static const struct {
	const char *text, *want;
} cases[] = {
	{ "", "" },
	{ " \n\t\r\n ", "" },
	{ "One.", "One.|" },
	{ "One.\n\nTwo.\n", "One.|Two.|" },
	{ "One.\r\n\r\nTwo.\r\n", "One.|Two.|" },
	{ "One.\rTwo.", "One.|Two.|" },
	/* a line of white space only is blank, whatever white space it is */
	{ "One.\n \t \nTwo.", "One.|Two.|" },
	{ "One.\n\xc2\xa0\xe2\x80\x8b\nTwo.", "One.|Two.|" },
	/* with blank lines somewhere, a single newline is no end of a paragraph */
	{ "One\nmore.\n\nTwo.", "One\nmore.|Two.|" },
	/* without any, each line is a paragraph; blank edges of the text are no blank
	   lines */
	{ "\n\nOne.\nTwo.\n\n", "One.|Two.|" },
	{ "One.\xe2\x80\xa9Two.", "One.|Two.|" },
	{ "\xef\xbb\xbf  One. \xc2\xa0\n\n Two. ", "One.|Two.|" },
	{ "\xe2\x80\x9c"
	  "Ça va\xe2\x80\x9d\n\n\xe6\x9d\xb1\xe4\xba\xac",
	  "\xe2\x80\x9c"
	  "Ça va\xe2\x80\x9d|\xe6\x9d\xb1\xe4\xba\xac|" },
};

START_TEST(paragraphs_are_found_and_trimmed)
{
	char out[200];

	split(cases[_i].text, strlen(cases[_i].text), out, sizeof out);
	ck_assert_str_eq(out, cases[_i].want);
}
END_TEST

START_TEST(bad_utf8_is_named_with_its_offset)
{
	struct text t;

	ck_assert_int_eq(text_open("caf\xe9 noir", 9, &t), ERR_BAD_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "offset 3"));
}
END_TEST

enum { LONG = 300000 };

/* Walk over LONG bytes and check that nothing but white space is left out. */
static void
walk(const char *text, size_t most_paragraphs)
{
	struct text t;
	struct span p;
	size_t at = 0, end = 0, n = 0, lost = 0;

	ck_assert_int_eq(text_open(text, LONG, &t), OK);
	for (; text_paragraph(&t, &at, &p); n++) {
		ck_assert_uint_le(p.end - p.begin, PARAGRAPH_MAX);
		for (; end < p.begin; end++)
			lost += text[end] != ' ' && text[end] != '\n';
		ck_assert_int_ne((unsigned char)text[p.begin] & 0xc0, 0x80);
		end = p.end;
	}
	for (; end < LONG; end++)
		lost += text[end] != ' ' && text[end] != '\n';
	ck_assert_uint_eq(lost, 0);
	ck_assert_uint_le(n, most_paragraphs);
}

static void
fill(char *text, const char *unit)
{
	size_t n = strlen(unit);

	for (size_t i = 0; i < LONG; i++)
		text[i] = unit[i % n];
}

START_TEST(an_endless_paragraph_is_cut_within_bounds)
{
	static const char *const units[] = { "a",
		                             "word ",
		                             "A sentence. ",
		                             "\xe6\x9d\xb1",
		                             "line\n",
		                             " a                   " };
	char *text = malloc(LONG + 1);

	fill(text, units[_i]);
	memcpy(text, "x\n\n", 3); /* blank lines part paragraphs here */
	walk(text, LONG / (PARAGRAPH_MAX - 2048) + 2);
	free(text);
}
END_TEST

START_TEST(a_cut_falls_behind_a_sentence)
{
	char *text = malloc(LONG + 1);
	struct text t;
	struct span p;
	size_t at = 0;

	fill(text, "Some words here. ");
	ck_assert_int_eq(text_open(text, LONG, &t), OK);
	ck_assert(text_paragraph(&t, &at, &p));
	ck_assert_uint_gt(p.end, PARAGRAPH_MAX - 2048);
	ck_assert_int_eq(text[p.end - 1], '.');
	free(text);
}
END_TEST

START_TEST(much_white_space_inside_a_line_does_no_harm)
{
	char *text = malloc(LONG + 1);

	memset(text, ' ', LONG);
	text[10] = text[PARAGRAPH_MAX + 9] = text[PARAGRAPH_MAX + 11] = text[LONG - 1] =
	    'x';
	walk(text, 4);
	free(text);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("text");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	tcase_add_loop_test(core, paragraphs_are_found_and_trimmed, 0,
	                    sizeof cases / sizeof cases[0]);
	tcase_add_test(core, bad_utf8_is_named_with_its_offset);
	tcase_add_loop_test(limits, an_endless_paragraph_is_cut_within_bounds, 0, 6);
	tcase_add_test(limits, a_cut_falls_behind_a_sentence);
	tcase_add_test(limits, much_white_space_inside_a_line_does_no_harm);
	suite_add_tcase(s, core);
	suite_add_tcase(s, limits);
	return suite_run(s);
}
