/*
 * What people see: lists, tables, colours, and that nothing in an article can take
 * hold of the terminal.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cell.h"
#include "client/show.h"
#include "suite.h"

static const char text[] =
    "\"We have no choice,\" said Ana Ruiz,\nthe port's director, today.\n";
static const struct hearsay_span content = { 0, 20 }, cue = { 21, 25 },
                                 source = { 26, 56 };
static const struct hearsay_attribution one = { { 1, &source },  { 1, &cue },
	                                        { 1, &content }, HEARSAY_DIRECT,
	                                        false,           0.97f };
static const struct shown article = { "port", "", text, sizeof text - 1, { 1, &one } };

/* What one of the functions prints, on a screen of such a width. */
static char *
shown_by(void (*show)(const struct show *, const struct shown *), const struct shown *a,
         bool colour, bool terminal, int width)
{
	char *got;
	size_t n;
	struct show s = { open_memstream(&got, &n), colour, terminal, width };

	show(&s, a);
	fclose(s.out);
	return got;
}

static void
table(const struct show *s, const struct shown *a)
{
	show_table(s, a, true);
}

START_TEST(the_list_is_aligned)
{
	char *got = shown_by(show_article, &article, false, false, 120);

	ck_assert_str_eq(got, "port  1 attribution\n"
	                      "  Ana Ruiz, the port's director   said   "
	                      "\"We have no choice,\"   direct   0.97\n\n");
	free(got);
}
END_TEST

START_TEST(what_is_too_wide_goes_on_below)
{
	char *got = shown_by(show_article, &article, false, true, 60);

	ck_assert_str_eq(got,
	                 "port  1 attribution\n"
	                 "  Ana Ruiz, the     said   \"We have no         direct   0.97\n"
	                 "  port's director          choice,\"\n\n");
	free(got);
}
END_TEST

START_TEST(colour_shows_the_article)
{
	char *got = shown_by(show_article, &article, true, true, 100);

	ck_assert_ptr_nonnull(strstr(got,
	                             "\x1b[32m\"We have no choice,\"\x1b[0m "
	                             "\x1b[33msaid\x1b[0m \x1b[1;36mAna Ruiz,\x1b[0m\n"
	                             "\x1b[1;36mthe port's director,\x1b[0m today.\n"));
	free(got);
}
END_TEST

START_TEST(a_table_in_a_pipe_has_tabs)
{
	char *got = shown_by(table, &article, false, false, 40);

	ck_assert_str_eq(got, "ARTICLE\tSOURCE\tCUE\tCONTENT\tKIND\tCONF\t"
	                      "SPEAKER\tTITLE\tSTANCE\n"
	                      "port\tAna Ruiz, the port's director\tsaid\t"
	                      "\"We have no choice,\"\tdirect\t0.97\t\t\tasserts\n");
	free(got);
}
END_TEST

static const struct hearsay_speaker ruiz = {
	"Ana María Ruiz", "port director", HEARSAY_PERSON, { 1, &source }
};
static const struct hearsay_attribution denial = { .source = { 1, &source },
	                                           .cue = { 1, &cue },
	                                           .content = { 1, &content },
	                                           .kind = HEARSAY_DIRECT,
	                                           .confidence = 0.97f,
	                                           .speaker = 0,
	                                           .stance = HEARSAY_DENIES };
static const struct hearsay_claim claims[] = {
	{ .text = "dull", .check_worthy = 0.2f },
	{ .text = "good", .check_worthy = 0.6f },
	{ .text = "the best\x1b[2J", .check_worthy = 0.9f },
};
static const struct shown who = {
	"port", "", text, sizeof text - 1, { 1, &denial, 1, &ruiz, 3, claims }
};

START_TEST(a_speaker_has_name_and_title)
{
	char *got = shown_by(show_article, &who, false, false, 120);

	ck_assert_str_eq(got, "port  1 attribution\n"
	                      "  Ana Ruiz, the port's director    said   "
	                      "\"We have no choice,\"   direct, denies   0.97\n"
	                      "  (Ana María Ruiz)\n\n"
	                      "Speakers\n"
	                      "  Ana María Ruiz   port director, person\n\n"
	                      "Worth checking\n"
	                      "  0.90  the best�[2J\n"
	                      "  0.60  good\n\n");
	free(got);
}
END_TEST

START_TEST(a_table_in_a_pipe_names_the_speaker)
{
	char *got = shown_by(table, &who, false, false, 40);

	ck_assert_ptr_nonnull(strstr(got, "\tAna Ruiz, the port's director\t"));
	ck_assert_ptr_nonnull(strstr(got, "\tdirect\t0.97\tAna María Ruiz\t"
	                                  "port director\tdenies\n"));
	free(got);
}
END_TEST

START_TEST(a_table_on_a_terminal_is_cut_to_its_width)
{
	char *got = shown_by(table, &article, false, true, 60);

	for (char *line = strtok(got, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		struct cell c = cell_text(line, strlen(line));

		ck_assert_int_le(c.width, 60);
		cell_free(&c);
	}
	free(got);
}
END_TEST

START_TEST(several_spans_are_one_cell)
{
	static const char t[] = "\"One,\" he said, \"two\n three.\"";
	static const struct hearsay_span parts[] = { { 0, 6 }, { 16, 29 } };
	struct hearsay_spans spans = { 2, parts }, none = { 0, NULL },
	                     far = { 1, &source };
	struct cell c = cell_spans(t, sizeof t - 1, &spans);

	ck_assert_str_eq(c.text, "\"One,\" … \"two three.\"");
	ck_assert_int_eq(c.width, 21);
	cell_free(&c);
	c = cell_spans(t, sizeof t - 1, &none);
	ck_assert_str_eq(c.text, "—");
	cell_free(&c);
	c = cell_spans(t, sizeof t - 1, &far); /* beyond the text's end */
	ck_assert_str_eq(c.text, "—");
	cell_free(&c);
}
END_TEST

static const struct {
	const char *in, *want;
	int width;
} cells[] = {
	{ "漢字 x", "漢字 x", 6 },
	{ "cafe\xcc\x81", "cafe\xcc\x81", 4 }, /* a combining accent */
	{ "a\x1b[31mred", "a�[31mred", 9 },
	{ "a\r\n  b\tc", "a b c", 5 },
	{ "bell\a", "bell�", 5 },
	{ "\xc2\x9b"
	  "31m",
	  "�31m", 4 },                  /* CSI in one character */
	{ "x\xe2\x80\xaey", "x�y", 3 }, /* right to left from here */
	{ "\xff", "�", 1 },
};

START_TEST(nothing_takes_hold_of_the_terminal)
{
	struct cell c = cell_text(cells[_i].in, strlen(cells[_i].in));

	ck_assert_str_eq(c.text, cells[_i].want);
	ck_assert_int_eq(c.width, cells[_i].width);
	cell_free(&c);
}
END_TEST

START_TEST(an_article_with_escapes_is_shown_without)
{
	static const char evil[] =
	    "He \x1b]0;owned\a said \xe2\x80\xae no\0 more \x1b[2J";
	struct shown a = { "evil\x1b[5m", "\x1b[1m", evil, sizeof evil - 1, { 1, &one } };
	char *got = shown_by(show_article, &a, true, true, 80);

	ck_assert_ptr_null(strstr(got, "\x1b]"));
	ck_assert_ptr_null(strstr(got, "\x1b[2J"));
	ck_assert_ptr_null(strstr(got, "\x1b[5m"));
	ck_assert_ptr_null(strchr(got, '\a'));
	ck_assert_ptr_null(strstr(got, "\xe2\x80\xae"));
	free(got);
}
END_TEST

START_TEST(lines_break_at_blanks_and_long_words_anywhere)
{
	char *got;
	size_t n;
	FILE *out = open_memstream(&got, &n);
	struct cell c = cell_text("ab cd efghijklm", 15);

	while (!cell_is_done(&c)) {
		cell_line(&c, out, 5, true);
		fputc('|', out);
	}
	cell_free(&c);
	fclose(out);
	ck_assert_str_eq(got, "ab cd|efghi|jklm |");
	free(got);
}
END_TEST

START_TEST(states_are_said_plainly)
{
	struct hearsay_job job = { .key = "k", .state = HEARSAY_READY, .reason = "" };
	char *got;
	size_t n;
	struct show s = { open_memstream(&got, &n), false, false, 80 };

	show_state(&s, &job);
	job.state = HEARSAY_DEAD;
	job.attempts = 5;
	job.reason = "no\nluck";
	show_state(&s, &job);
	fclose(s.out);
	ck_assert_str_eq(got, "k  waits for a worker\n"
	                      "k  failed for good, 5 attempts: no luck\n");
	free(got);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("show");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	suite_add_tcase(s, core);
	suite_add_tcase(s, limits);
	tcase_add_test(core, the_list_is_aligned);
	tcase_add_test(core, what_is_too_wide_goes_on_below);
	tcase_add_test(core, colour_shows_the_article);
	tcase_add_test(core, a_table_in_a_pipe_has_tabs);
	tcase_add_test(core, a_speaker_has_name_and_title);
	tcase_add_test(core, a_table_in_a_pipe_names_the_speaker);
	tcase_add_test(core, several_spans_are_one_cell);
	tcase_add_test(core, states_are_said_plainly);
	tcase_add_test(limits, a_table_on_a_terminal_is_cut_to_its_width);
	tcase_add_loop_test(limits, nothing_takes_hold_of_the_terminal, 0,
	                    sizeof cells / sizeof cells[0]);
	tcase_add_test(limits, an_article_with_escapes_is_shown_without);
	tcase_add_test(limits, lines_break_at_blanks_and_long_words_anywhere);
	return suite_run(s);
}
