/*
 * The gold runner itself, with extractions made by hand: does a wrong expectation fail,
 * does a known one not, and does accepting write down what was found and nothing else?
 */
#include <stdio.h>
#include <string.h>

#include "gold_accept.h"
#include "suite.h"
#include "temp_dir.h"

static const char file[] =
    "== ferry\n"
    "| Mayor Ann Oak said the ferry sank. \"It did not,\" a sailor said.\n"
    "\n"
    "# Two of them.\n"
    "source  Mayor Ann Oak\n"
    "cue     said\n"
    "content the ferry sank\n"
    "kind    indirect\n"
    "speaker Ann Oak\n"
    "title   Mayor\n"
    "stance  asserts\n"
    "\n"
    "source  a sailor\n"
    "cue     said #2\n"
    "content \"It did not,\"\n"
    "kind    direct\n"
    "speaker ? no name\n"
    "stance  asserts\n";

static char dir[256], path[300];
static struct gold_article article[GOLD_ARTICLES];
static struct gold_trial t;
static char out[4096];

/* Found in "ferry": all of it right, until a test changes it. */
static struct span span[6], other[1];
static struct attribution found[3];
static struct speaker mayor = { .name = "Ann Oak", .title = "Mayor", .kind = PERSON };
static struct speaker nobody = { .name = "Bea Elm", .title = "Captain", .kind = PERSON };
static struct extraction x;

static struct spans
stands(struct span *room, const char *words, const char *from)
{
	const char *at = strstr(from, words);

	ck_assert_ptr_nonnull(at);
	room->begin = (uint32_t)(at - article[0].text);
	room->end = room->begin + (uint32_t)strlen(words);
	return (struct spans){ 1, room };
}

static void
read_file(const char *bytes)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(bytes, f), 0);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_uint_eq(gold_read(path, article, 0), 1);
}

static void
find_all(void)
{
	static struct speaker speakers[2];
	const char *text = article[0].text, *second = strstr(text, "\"It");

	speakers[0] = mayor;
	speakers[1] = nobody;
	found[0] = (struct attribution){ stands(&span[0], "Mayor Ann Oak", text),
		                         stands(&span[1], "said", text),
		                         stands(&span[2], "the ferry sank", text),
		                         .kind = INDIRECT,
		                         .parent = NO_INDEX,
		                         .speaker = 0 };
	found[1] = (struct attribution){ stands(&span[3], "a sailor", second),
		                         stands(&span[4], "said", second),
		                         stands(&span[5], "\"It did not,\"", second),
		                         .kind = DIRECT,
		                         .parent = NO_INDEX,
		                         .speaker = NO_INDEX };
	x = (struct extraction){
		.n = 2, .v = found, .n_speakers = 2, .speakers = speakers
	};
}

static void
setup(void)
{
	temp_dir_make(dir, sizeof dir);
	snprintf(path, sizeof path, "%s/ferry.txt", dir);
	read_file(file);
	find_all();
}

static void
teardown(void)
{
	temp_dir_remove(dir);
}

static size_t
complaints(void)
{
	gold_try(&article[0], &x, &t);
	return gold_complaints(&t, out, sizeof out);
}

/* The file as it stands after accepting what is found. */
static const char *
accepted_by(bool (*accept)(const char *, const struct gold_trial *, size_t))
{
	static char bytes[8192];
	FILE *f;
	size_t n;

	gold_try(&article[0], &x, &t);
	accept(path, &t, 1);
	ck_assert_uint_eq(gold_read(path, article, 0), 1);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	n = fread(bytes, 1, sizeof bytes - 1, f);
	fclose(f);
	bytes[n] = '\0';
	return bytes;
}

static const char *
accepted(void)
{
	return accepted_by(gold_accept);
}

START_TEST(what_is_right_is_not_complained_of)
{
	ck_assert_msg(complaints() == 0, "%s", out);
}
END_TEST

START_TEST(white_space_commas_and_stops_at_the_ends_do_not_count)
{
	span[2].end++; /* "the ferry sank." */
	span[3].begin--;
	ck_assert_msg(complaints() == 0, "%s", out);
}
END_TEST

static void
break_aspect(enum gold_aspect aspect)
{
	switch (aspect) {
	case GOLD_ALL:
		found[0] = found[1];
		x.n = 1;
		break;
	case GOLD_SOURCE:
		span[0].begin += (uint32_t)strlen("Mayor ");
		break;
	case GOLD_CUE:
		found[0].cue.n = 0;
		break;
	case GOLD_CONTENT:
		span[2].begin += (uint32_t)strlen("the ");
		break;
	case GOLD_KIND:
		found[0].kind = MIXED;
		break;
	case GOLD_SPEAKER:
		x.speakers[0].name = nobody.name;
		break;
	case GOLD_TITLE:
		x.speakers[0].title = nobody.title;
		break;
	case GOLD_STANCE:
		found[0].stance = DENIES;
		break;
	case GOLD_IN:
	case GOLD_ASPECTS:
		found[0].nested = true;
		found[0].parent = 1;
		break;
	}
}

START_TEST(a_wrong_aspect_is_one_complaint_that_names_it)
{
	char says[64];

	break_aspect((enum gold_aspect)_i);
	snprintf(says, sizeof says, "ferry.txt:5: %s is wrong", gold_aspects[_i]);
	ck_assert_msg(complaints() == 1, "%s", out);
	ck_assert_msg(strstr(out, says) != NULL, "%s", out);
}
END_TEST

START_TEST(a_known_miss_is_not_complained_of_until_it_is_right)
{
	char bytes[1024];

	snprintf(bytes, sizeof bytes, "%smiss    %s hard\n", file, gold_aspects[_i]);
	read_file(bytes); /* of the second block, which is right */
	ck_assert_uint_eq(complaints(), _i != GOLD_TITLE);
	ck_assert(_i == GOLD_TITLE || strstr(out, "is right now") != NULL);
	ck_assert(_i == GOLD_TITLE || strstr(out, "make gold-accept") != NULL);
}
END_TEST

START_TEST(accepting_a_wrong_aspect_leaves_nothing_to_complain_of)
{
	char line[64];

	break_aspect((enum gold_aspect)_i);
	snprintf(line, sizeof line, "\nmiss    %s finds: ", gold_aspects[_i]);
	ck_assert_ptr_nonnull(strstr(accepted(), line));
	ck_assert_msg(complaints() == 0, "%s", out);
	find_all();
	ck_assert_uint_eq(complaints(), 1);
	ck_assert_str_eq(accepted(), file);
}
END_TEST

START_TEST(a_person_s_reason_stays_and_the_program_s_is_written_anew)
{
	char bytes[1024];

	snprintf(bytes, sizeof bytes,
	         "%smiss    source of course\nmiss    kind finds: mixed\n", file);
	read_file(bytes);
	found[1].source.n = 0;
	found[1].kind = INDIRECT;
	snprintf(bytes, sizeof bytes,
	         "%smiss    source of course\nmiss    kind finds: indirect\n", file);
	ck_assert_str_eq(accepted(), bytes);
	ck_assert_str_eq(accepted(), bytes);
}
END_TEST

START_TEST(what_nobody_expects_is_complained_of_and_accepted_as_extra)
{
	found[2] = found[1];
	found[2].source = stands(other, "ferry", article[0].text);
	x.n = 3;
	ck_assert_uint_eq(complaints(), 1);
	ck_assert_msg(strstr(out, "nobody expects: ferry") != NULL, "%s", out);
	ck_assert_ptr_nonnull(strstr(accepted(), "\n\nextra   finds: this\n"
	                                         "source  ferry\n"
	                                         "cue     said #2\n"));
	ck_assert_msg(complaints() == 0, "%s", out);
	x.n = 2;
	ck_assert_uint_eq(complaints(), 1);
	ck_assert_msg(strstr(out, "this extra is gone now") != NULL, "%s", out);
	ck_assert_str_eq(accepted(), file);
}
END_TEST

START_TEST(what_wavers_may_be_right_or_wrong)
{
	char bytes[1024];

	snprintf(bytes, sizeof bytes, "%swavers  kind near the edge\n", file);
	read_file(bytes);
	ck_assert_msg(complaints() == 0, "%s", out);
	found[1].kind = INDIRECT;
	ck_assert_msg(complaints() == 0, "%s", out);
	found[1].source.n = 0;
	ck_assert_uint_eq(complaints(), 1);
}
END_TEST

START_TEST(what_comes_out_otherwise_elsewhere_wavers)
{
	char bytes[1024];

	snprintf(bytes, sizeof bytes, "%smiss    source hard\n", file);
	read_file(bytes);
	found[1].kind = INDIRECT;
	snprintf(bytes, sizeof bytes,
	         "%swavers  source hard\nwavers  kind finds: indirect\n", file);
	ck_assert_str_eq(accepted_by(gold_accept_wavering), bytes);
	ck_assert_str_eq(accepted_by(gold_accept_wavering), bytes);
	find_all();
	ck_assert_str_eq(accepted_by(gold_accept_wavering), bytes);
	ck_assert_str_eq(accepted(), file);
}
END_TEST

START_TEST(an_extra_that_is_gone_elsewhere_wavers)
{
	const char *bytes;

	found[2] = found[1];
	found[2].source = stands(other, "ferry", article[0].text);
	x.n = 3;
	ck_assert_ptr_nonnull(strstr(accepted(), "extra"));
	x.n = 2;
	bytes = accepted_by(gold_accept_wavering);
	ck_assert_ptr_nonnull(strstr(bytes, "\nextra   finds: this\nsource  ferry\n"));
	ck_assert_ptr_nonnull(strstr(bytes, "\nwavers  all finds: nothing\n"));
	ck_assert_msg(complaints() == 0, "%s", out);
	x.n = 3;
	ck_assert_msg(complaints() == 0, "%s", out);
	ck_assert_ptr_null(strstr(accepted(), "wavers"));
}
END_TEST

START_TEST(other_words_may_be_as_good)
{
	char bytes[1024];

	snprintf(bytes, sizeof bytes, "%sor      content \"It did not,\" a sailor\n",
	         file);
	read_file(bytes);
	ck_assert_msg(complaints() == 0, "%s", out);
	span[5].end += (uint32_t)strlen(" a sailor");
	ck_assert_msg(complaints() == 0, "%s", out);
	span[5].begin++;
	ck_assert_uint_eq(complaints(), 1);
}
END_TEST

START_TEST(what_readers_differ_on_may_be_missing_but_not_wrong)
{
	char bytes[1024];

	snprintf(bytes, sizeof bytes, "%smaybe   who knows\n", file);
	read_file(bytes);
	ck_assert_msg(complaints() == 0, "%s", out);
	found[1].kind = INDIRECT;
	ck_assert_uint_eq(complaints(), 1);
	x.n = 1;
	ck_assert_msg(complaints() == 0, "%s", out);
}
END_TEST

START_TEST(nested_means_in_the_right_one)
{
	char bytes[1024];

	snprintf(bytes, sizeof bytes, "%sin      1\n", file);
	read_file(bytes);
	ck_assert_uint_eq(complaints(), 1);
	found[1].nested = true;
	found[1].parent = 0;
	ck_assert_msg(complaints() == 0, "%s", out);
	found[1].parent = 1;
	ck_assert_uint_eq(complaints(), 1);
}
END_TEST

/* Each breaks the form in its last line. */
static const char *const broken[] = {
	"colour  red\n",
	"source\n",
	"source  Mayor Ann Elm\n",
	"cue     said #3\n",
	"cue     sai\n",
	"content the ferry [...] swam\n",
	"kind    loud\n",
	"stance  sits\n",
	"speaker Bea Elm\n",
	"speaker ?\n",
	"miss    kind\n",
	"miss    colour always\n",
	"in      2\n",
	"or      kind direct\n",
	"published 2026-01-01\n",
	"| More text.\n",
	"source  a sailor",
};

START_TEST(a_file_that_breaks_its_form_ends_the_program)
{
	char bytes[1024];

	snprintf(bytes, sizeof bytes, "%s%s", file, broken[_i]);
	read_file(bytes);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("gold runner");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");
	int forms = (int)(sizeof broken / sizeof *broken);

	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_test(core, what_is_right_is_not_complained_of);
	tcase_add_test(core, white_space_commas_and_stops_at_the_ends_do_not_count);
	tcase_add_loop_test(core, a_wrong_aspect_is_one_complaint_that_names_it, 0,
	                    GOLD_ASPECTS);
	tcase_add_loop_test(core, a_known_miss_is_not_complained_of_until_it_is_right, 0,
	                    GOLD_ASPECTS);
	tcase_add_loop_test(core, accepting_a_wrong_aspect_leaves_nothing_to_complain_of,
	                    0, GOLD_ASPECTS);
	tcase_add_test(core, a_person_s_reason_stays_and_the_program_s_is_written_anew);
	tcase_add_test(core, what_nobody_expects_is_complained_of_and_accepted_as_extra);
	tcase_add_test(core, what_wavers_may_be_right_or_wrong);
	tcase_add_test(core, what_comes_out_otherwise_elsewhere_wavers);
	tcase_add_test(core, an_extra_that_is_gone_elsewhere_wavers);
	tcase_add_test(core, other_words_may_be_as_good);
	tcase_add_test(core, what_readers_differ_on_may_be_missing_but_not_wrong);
	tcase_add_test(core, nested_means_in_the_right_one);
	tcase_add_unchecked_fixture(limits, setup, teardown);
	tcase_add_loop_exit_test(limits, a_file_that_breaks_its_form_ends_the_program,
	                         EXIT_FAILURE, 0, forms);
	suite_add_tcase(s, core);
	suite_add_tcase(s, limits);
	return suite_run(s);
}
