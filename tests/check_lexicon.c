#include <string.h>

#include "inside.h"
#include "worker/engine/lemma.h"
#include "worker/engine/lexicon.h"

static struct prose
read(const char *text)
{
	struct span at = { 0, (uint32_t)strlen(text) };

	return prose_read(a, text, &(struct spans){ 1, &at });
}

static void
check_words(const char *words)
{
	size_t n = 1, letters = 0;

	ck_assert_msg(*words >= 'a' || *words == '\'', "%s: not in lower case", words);
	for (const char *c = words; *c != '\0'; c++) {
		letters = *c == ' ' ? 0 : letters + 1;
		n += *c == ' ';
		ck_assert_msg(letters < LEXEME_LETTERS, "%s: too long a word", words);
	}
	ck_assert_msg(n <= LEXICON_WORDS, "%s: too many words", words);
}

START_TEST(lists_are_in_the_order_of_the_alphabet)
{
	for (size_t i = 0; i < lexicon_cues_n; i++) {
		check_words(lexicon_cues[i].words);
		ck_assert_msg(i == 0 || strcmp(lexicon_cues[i - 1].words,
		                               lexicon_cues[i].words) < 0,
		              "%s: stands behind what it should come before",
		              lexicon_cues[i].words);
	}
	for (size_t i = 0; i < lexicon_hedges_n; i++) {
		check_words(lexicon_hedges[i].words);
		ck_assert_msg(i == 0 || strcmp(lexicon_hedges[i - 1].words,
		                               lexicon_hedges[i].words) < 0,
		              "%s: stands behind what it should come before",
		              lexicon_hedges[i].words);
	}
}
END_TEST

START_TEST(certainties_are_between_minus_three_and_three)
{
	for (size_t i = 0; i < lexicon_cues_n; i++) {
		const struct cue_word *w = &lexicon_cues[i];

		ck_assert_msg(w->certainty >= -3 && w->certainty <= 3, "%s", w->words);
		ck_assert_msg(
		    (w->stance == DENIES) == (w->certainty < 0) || w->stance == DOUBTS,
		    "%s: denies and is sure of it, or the other way round", w->words);
	}
	for (size_t i = 0; i < lexicon_hedges_n; i++)
		ck_assert(lexicon_hedges[i].certainty >= -3 &&
		          lexicon_hedges[i].certainty <= 3);
}
END_TEST

/* Each entry is found as it is written, and as long as it is. */
INSIDE(every_entry_is_found)
{
	for (size_t i = 0; i < lexicon_cues_n; i++) {
		struct prose p = read(lexicon_cues[i].words);
		size_t n;

		ck_assert_msg(lexicon_cue(&p, 0, &n) == &lexicon_cues[i], "%s",
		              lexicon_cues[i].words);
		ck_assert_uint_eq(n, p.n);
	}
}

static const struct {
	const char *form, *base;
} forms[] = {
	{ "denied", "deny" },          { "denies", "deny" },
	{ "denying", "deny" },         { "said", "say" },
	{ "begged", "beg" },           { "rebutting", "rebut" },
	{ "urging", "urge" },          { "urged", "urge" },
	{ "orders", "order" },         { "told", "tell" },
	{ "thought", "think" },        { "dismisses", "dismiss" },
	{ "questioned", "question" },  { "sworn", "swear" },
	{ "criticised", "criticise" },
};

INSIDE(forms_are_of_their_base)
{
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		struct prose p = read(forms[i].form);

		ck_assert_msg(lexicon_is(&p, 0, forms[i].base), "%s", forms[i].form);
	}
}

INSIDE(the_longest_entry_is_taken)
{
	struct prose p = read("They called for calm and called it a day");
	size_t n;

	ck_assert_str_eq(lexicon_cue(&p, 1, &n)->words, "call for");
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(lexicon_cue(&p, 5, &n)->words, "call");
	ck_assert_ptr_null(lexicon_cue(&p, 0, &n));
}

INSIDE(negations_are_known)
{
	struct prose p = read("not never didn\u2019t can't cannot nobody knot often");

	for (size_t i = 0; i < 6; i++)
		ck_assert_msg(lexicon_negates(&p, i), "%s", p.v[i].low);
	ck_assert(!lexicon_negates(&p, 6) && !lexicon_negates(&p, 7) &&
	          !lexicon_negates(&p, 8));
}

int
main(void)
{
	Suite *s = suite_create("lexicon");
	TCase *core = tcase_create("core"), *lists = tcase_create("lists");

	tcase_add_checked_fixture(core, inside_setup, inside_teardown);
	tcase_add_checked_fixture(lists, inside_setup, inside_teardown);
	tcase_add_test(core, forms_are_of_their_base);
	tcase_add_test(core, the_longest_entry_is_taken);
	tcase_add_test(core, negations_are_known);
	tcase_add_test(lists, lists_are_in_the_order_of_the_alphabet);
	tcase_add_test(lists, certainties_are_between_minus_three_and_three);
	tcase_add_test(lists, every_entry_is_found);
	suite_add_tcase(s, core);
	suite_add_tcase(s, lists);
	return suite_run(s);
}
