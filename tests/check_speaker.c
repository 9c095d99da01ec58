/*
 * A case is an article with its sources marked, [so], and what each of them should be,
 * one a line: "NAME, TITLE" or "-" and the reason.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"
#include "worker/engine/classes.h"
#include "worker/engine/speaker.h"

enum { MOST = 32, TEXT_MAX = 4000 };

static const struct hints none;
static const struct hints *hints = &none;
static struct arena *a;

static void
setup(void)
{
	a = arena_new((size_t)1 << 30);
	ck_assert_ptr_nonnull(a);
}

static void
teardown(void)
{
	arena_free(a);
}

static struct spans
one_span(struct span at)
{
	struct spans s = { 1, arena_alloc(a, sizeof *s.v) };

	*s.v = at;
	return s;
}

/* The text without its marks, and an attribution for each. */
static struct extraction
read_marks(const char *marked, char *text)
{
	struct extraction x = { .v = arena_alloc(a, MOST * sizeof *x.v) };
	uint32_t n = 0, begin = 0;

	for (; *marked != '\0'; marked++) {
		if (*marked == '[')
			begin = n;
		else if (*marked == ']')
			x.v[x.n++] = (struct attribution){
				.source = one_span((struct span){ begin, n }),
				.parent = NO_INDEX,
			};
		else
			text[n++] = *marked;
	}
	text[n] = '\0';
	return x;
}

static void
find_in(const char *text, struct extraction *x)
{
	struct text t;

	ck_assert_int_eq(text_open(text, strlen(text), &t), OK);
	speaker_find(a, &t, hints, x);
}

static void
print_speakers(const struct extraction *x, char *out)
{
	*out = '\0';
	for (size_t i = 0; i < x->n; i++) {
		const struct attribution *v = &x->v[i];
		const struct speaker *s =
		    v->speaker < 0 ? NULL : &x->speakers[v->speaker];

		if (s == NULL)
			out += sprintf(out, "- %s\n", v->speaker_reason);
		else
			out += sprintf(out, "%s%s%s\n", s->name, *s->title ? ", " : "",
			               s->title);
	}
}

static enum err
check_case(void *arg)
{
	const char *const *c = arg;
	char text[TEXT_MAX], got[TEXT_MAX];
	struct extraction x = read_marks(c[0], text);

	find_in(text, &x);
	print_speakers(&x, got);
	ck_assert_str_eq(got, c[1]);
	return OK;
}

static const char *const names[][2] = {
	{ "[Interior Secretary Olga Sanchez Cordero] said no. [Sanchez Cordero] said so.",
	  "Olga Sanchez Cordero, Interior Secretary\n"
	  "Olga Sanchez Cordero, Interior Secretary\n" },
	{ "It is late, said [engineer Ruth Baumann].", "Ruth Baumann, engineer\n" },
	{ "[Talia Brandt, the regional governor,] denied it.",
	  "Talia Brandt, regional governor\n" },
	{ "[Talia Brandt], the regional governor, denied it.",
	  "Talia Brandt, regional governor\n" },
	{ "[The archivist], Lene Dahl, shook her head.", "Lene Dahl, archivist\n" },
	{ "[Quell Corp. Chief Executive Dana Marsh] said so.",
	  "Dana Marsh, Quell Corp. Chief Executive\n" },
	{ "[Secretary of State Mike Orr] spoke.", "Mike Orr, Secretary of State\n" },
	{ "Robert Achterberg, 61, runs it. \u201cNo,\u201d says [Bob].",
	  "Robert Achterberg\n" },
	{ "Jane Ames left. [Mr. Ames] and his brother stayed, and so did Adam Ames.",
	  "Adam Ames\n" },
	{ "[Customs and Border Protection (CBP)] said so. [CBP] said more.",
	  "Customs and Border Protection\nCustoms and Border Protection\n" },
	{ "The World Health Organization met. [WHO] said so.",
	  "World Health Organization\n" },
	{ "TESSA MALONE, ANCHOR: It is shut.\n\nSAM ORR: Why?\n\n[MALONE]: A slide.",
	  "TESSA MALONE, ANCHOR\n" },
	{ "Ana Ruiz Quits After Six Years of Rows\n\n[Ruiz] said so on Friday. [Lund] "
	  "did not."
	  "\n\nAna Ruiz was the mayor; Sam Lund, her deputy, stays.",
	  "Ana Ruiz\nSam Lund, deputy\n" },
	{ "[The head of the bank, Ina Orr,] said so.", "Ina Orr, head\n" },
	{ "[Chief pollster and strategist Joel Orr] said so.",
	  "Joel Orr, Chief pollster and strategist\n" },
	{ "[Sen. Ben Lund of Maryland] said so.", "Ben Lund, Sen.\n" },
	{ "[Voters backing Ada Orr] said so.", "- nobody is named\n" },
	{ "[Ada Orr, Ben Lund and Sam Roe] said so.", "- several speak here\n" },
	{ "Ada Orr came. [Orr] left.\n\nHer brother Ben Orr stayed.\n\n[Orr] said so.",
	  "Ada Orr\n- two are called by this name\n" },
	{ "[Trump's] words; later Donald Trump left.", "Donald Trump\n" },
	{ "[Yonhap news agency] reported it.", "Yonhap\n" },
	{ "[Ludwig van Beethoven] wrote it. It was [Beethoven] who said so.",
	  "Ludwig van Beethoven\nLudwig van Beethoven\n" },
	{ "[Br\u00e2nz\u0103u Ion] spoke. So did [Bra\u0302nza\u0306u].",
	  "Br\u00e2nz\u0103u Ion\nBr\u00e2nz\u0103u Ion\n" },
};

static const char *const roles[][2] = {
	{ "Interior Secretary Ana Ruiz came. The numbers, [the interior secretary] said.",
	  "Ana Ruiz, Interior Secretary\n" },
	{ "Sen. Ada Orr came. [The senator] said so.", "Ada Orr, Sen.\n" },
	{ "Ada Orr ran. [The Orr campaign] said so, and so did [her campaign].",
	  "The Orr campaign\n- nobody is named\n" },
	{ "President Ada Orr met President Sam Lund. [The president] said so.",
	  "- more than one has this title\n" },
	{ "[The minister] insists.", "- nobody is named\n" },
	{ "[the council] agreed. It was late, [The council] said.",
	  "the council\nthe council\n" },
	{ "Tolby Town Council met. [The council] said so.", "Tolby Town Council\n" },
	{ "[Hallam Pumps] will build. [The company] believes so.",
	  "Hallam Pumps\nHallam Pumps\n" },
	{ "[Mexican officials] say. [Critics] deny. [The report] says.",
	  "- a group without a name\n- a group without a name\n"
	  "- a document without a name\n" },
	{ "[Br\u00e2nz\u0103u's lawyer] denied it.", "- nobody is named\n" },
	{ "Mr. Achterberg's son came. [Mr. Achterberg's daughter Bobbie] doubts it.",
	  "Bobbie, Mr. Achterberg's daughter\n" },
	{ "[police and firefighters] said so.", "- several speak here\n" },
	{ "[The results of the National Nutrition Study] are in. [The report] says so.",
	  "National Nutrition Study\nNational Nutrition Study\n" },
	{ "Prime Minister Ada Orr came. [The Prime Minister] said so.",
	  "Ada Orr, Prime Minister\n" },
	{ "[Historians] doubt it.", "- a group without a name\n" },
};

static const char *const pronouns[][2] = {
	{ "[Ana Ruiz] said so. [She] said more. \u201cNo,\u201d [she] added.",
	  "Ana Ruiz\nAna Ruiz\nAna Ruiz\n" },
	{ "[Ruth Orr] met Dana Lund. They talked, and [she] was late.",
	  "Ruth Orr\nRuth Orr\n" },
	{ "Ruth Orr and Dana Lund met there, and then [she] said so.",
	  "- more than one can be meant\n" },
	{ "[Ana Ruiz] said so. [He] said more.",
	  "Ana Ruiz\n- it is not sure who is meant\n" },
	{ "[Sam Orr] spoke to Ana Ruiz. [He] said more, and [she] was silent.",
	  "Sam Orr\nSam Orr\nAna Ruiz\n" },
	{ "Wardens came. [A trucker] agreed; [he] would try it, he said.",
	  "- nobody is named\n- somebody without a name is meant\n" },
	{ "[The prime minister] said so. Hunger, [she] said, grew.",
	  "- nobody is named\n- somebody without a name is meant\n" },
	{ "This was Tom Orr, [who] said no.", "Tom Orr\n" },
	{ "[I] think not.", "- the author, who is not named\n" },
	{ "What to do\n\nBy Ana Ruiz\n\n[I] think not.\n\n\u201cBut [I] do.\u201d",
	  "Ana Ruiz\n- it is not sure whose words these are\n" },
	{ "Dear Sam,\n\n[I] am well.\n\nYours,\n\nBill", "Bill\n" },
	{ "SAM ORR: I left.\n\nANA RUIZ: Well, [I] think so.", "ANA RUIZ\n" },
	{ "We spoke with Ana Ruiz, a poet.\n\nWhy?\n\n[I] think "
	  "so.\n\nReally?\n\nYes.\n\n"
	  "And now?\n\nDo you know what [I] think?",
	  "Ana Ruiz, poet\n- the author, who is not named\n" },
	{ "[The council] met. [It] said so.", "The council\nThe council\n" },
};

static void
run_case(const char *const *c)
{
	ck_assert_int_eq(arena_run(a, check_case, (void *)c), OK);
}

START_TEST(a_name_is_found_with_its_title)
{
	run_case(names[_i]);
}
END_TEST

START_TEST(a_role_names_somebody_only_where_it_is_one)
{
	run_case(roles[_i]);
}
END_TEST

START_TEST(a_pronoun_stands_for_whom_it_must)
{
	run_case(pronouns[_i]);
}
END_TEST

static enum err
check_mentions(void *unused)
{
	char text[TEXT_MAX];
	struct extraction x = read_marks(
	    "Sam Orr met [Ana Ruiz]. Then Ruiz left. [She] said so. So did [Orr].", text);
	const struct speaker *ruiz, *orr;

	(void)unused;
	find_in(text, &x);
	ck_assert_uint_eq(x.n_speakers, 2);
	orr = &x.speakers[0];
	ruiz = &x.speakers[1];
	ck_assert_str_eq(orr->name, "Sam Orr");
	ck_assert_uint_eq(orr->mentions.n, 2);
	ck_assert_int_eq(ruiz->kind, PERSON);
	ck_assert_uint_eq(ruiz->mentions.n, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(strncmp(text + ruiz->mentions.v[i].begin,
		                         i == 0   ? "Ana Ruiz"
		                         : i == 1 ? "Ruiz"
		                                  : "She",
		                         3),
		                 0);
	return OK;
}

START_TEST(a_speaker_has_all_its_mentions)
{
	ck_assert_int_eq(arena_run(a, check_mentions, NULL), OK);
}
END_TEST

/* "I" in what somebody says is that one. */
static enum err
check_nested(void *unused)
{
	char text[TEXT_MAX];
	struct extraction x =
	    read_marks("\u201cAnd [I] doubt it,\u201d said [Ana Ruiz].", text);

	(void)unused;
	x.v[1].content = one_span((struct span){ 0, 23 });
	x.v[0].parent = 1;
	find_in(text, &x);
	ck_assert_int_ge(x.v[0].speaker, 0);
	ck_assert_int_eq(x.v[0].speaker, x.v[1].speaker);
	return OK;
}

START_TEST(i_is_whoever_is_quoted)
{
	ck_assert_int_eq(arena_run(a, check_nested, NULL), OK);
}
END_TEST

/* What the network says of a pronoun and of names decides where the rules cannot. */
static enum err
check_hints(void *unused)
{
	static const char marked[] =
	    "Ruth Orr and Dana Lund met there, and then [she] said so. [Ames] agreed.";
	struct hint_link link = { 43, 2, { 13, 5 }, { 0.8f, 0.1f } };
	struct hint_name name = { { 56, 60 }, ENTITY_ORGANISATION };
	struct hints told = { .n_names = 1, .n_links = 1, .name = &name, .link = &link };
	char text[TEXT_MAX];
	struct extraction x = read_marks(marked, text);

	(void)unused;
	ck_assert_int_eq(strncmp(text + link.from, "she", 3), 0);
	ck_assert_int_eq(strncmp(text + name.at.begin, "Ames", 4), 0);
	hints = &told;
	find_in(text, &x);
	hints = &none;
	ck_assert_int_ge(x.v[0].speaker, 0);
	ck_assert_str_eq(x.speakers[x.v[0].speaker].name, "Dana Lund");
	ck_assert_int_eq(x.speakers[x.v[1].speaker].kind, ORGANISATION);
	return OK;
}

START_TEST(what_the_network_says_decides)
{
	ck_assert_int_eq(arena_run(a, check_hints, NULL), OK);
}
END_TEST

static const struct {
	const char *piece;
	bool is_source;
} hostile[] = {
	{ "Aa ", true },
	{ "Smith. ", true },
	{ "he said. She ", true },
	{ "\"", false },
	{ "A.", true },
	{ "Adam Smith said ", true },
	{ "the the ", true },
	{ "Customs and ", false },
	{ "'s ", true },
	{ "President X, a y, ", true },
	{ "I ", true },
	{ "X: a.\n\n", true },
	{ "it ", true },
	{ "the council, ", true },
	{ "a mayor. ", true },
	{ "the company ", true },
	{ "Spoke with Ada Orr? I ", true },
};

enum { HOSTILE_SOURCES = 100000 };

/* Time in proportion: what takes much longer runs into the test's own limit. */
static enum err
check_hostile(void *arg)
{
	int i = *(int *)arg;
	size_t n = strlen(hostile[i].piece);
	char *text = arena_raw(a, n * HOSTILE_SOURCES + 1);
	struct extraction x = { .n = hostile[i].is_source ? HOSTILE_SOURCES : 0 };

	x.v = arena_alloc(a, (x.n + 1) * sizeof *x.v);
	for (size_t k = 0; k < HOSTILE_SOURCES; k++) {
		uint32_t at = (uint32_t)(k * n);

		memcpy(text + at, hostile[i].piece, n);
		if (x.n > 0)
			x.v[k] = (struct attribution){
				.source = one_span((struct span){ at, at + (uint32_t)n }),
				.content = one_span((struct span){ 0, at + 1 }),
				.parent = (int)k - 1,
			};
	}
	text[n * HOSTILE_SOURCES] = '\0';
	find_in(text, &x);
	return OK;
}

START_TEST(a_hundred_thousand_sources_are_settled)
{
	ck_assert_int_eq(arena_run(a, check_hostile, &_i), OK);
}
END_TEST

START_TEST(the_arena_may_be_full_anywhere)
{
	for (size_t cap = 4096; cap < (size_t)4 << 20; cap *= 2) {
		struct arena *whole = a;

		a = arena_new(cap);
		(void)!arena_run(a, check_case, (void *)names[0]);
		arena_free(a);
		a = whole;
	}
}
END_TEST

START_TEST(word_lists_find_their_words)
{
	ck_assert_uint_eq(classes_of("minister") & TITLE, TITLE);
	ck_assert_uint_eq(classes_of("a") & LITTLE, LITTLE);
	ck_assert_uint_eq(classes_of("zuri") & WOMAN, WOMAN);
	ck_assert_uint_eq(classes_of("xyzzy"), 0);
	ck_assert_str_eq(classes_full_name("bob"), "robert");
	ck_assert_str_eq(classes_full_name("abe"), "abraham");
	ck_assert_str_eq(classes_full_name("zach"), "zachary");
	ck_assert_ptr_null(classes_full_name("robert"));
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof *(table)))

int
main(void)
{
	Suite *s = suite_create("speaker");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	suite_add_tcase(s, core);
	suite_add_tcase(s, limits);
	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_checked_fixture(limits, setup, teardown);
	tcase_set_timeout(limits, 120);
	tcase_add_loop_test(core, a_name_is_found_with_its_title, 0, COUNT(names));
	tcase_add_loop_test(core, a_role_names_somebody_only_where_it_is_one, 0,
	                    COUNT(roles));
	tcase_add_loop_test(core, a_pronoun_stands_for_whom_it_must, 0, COUNT(pronouns));
	tcase_add_test(core, a_speaker_has_all_its_mentions);
	tcase_add_test(core, i_is_whoever_is_quoted);
	tcase_add_test(core, what_the_network_says_decides);
	tcase_add_test(core, word_lists_find_their_words);
	tcase_add_loop_test(limits, a_hundred_thousand_sources_are_settled, 0,
	                    COUNT(hostile));
	tcase_add_test(limits, the_arena_may_be_full_anywhere);
	return suite_run(s);
}
