#include <string.h>

#include "inside.h"
#include "worker/engine/certainty.h"

static struct prose
read(const char *text)
{
	struct span at = { 0, (uint32_t)strlen(text) };

	return prose_read(a, text, &(struct spans){ 1, &at });
}

/* How sure the word that is asked for is. */
static const struct {
	const char *text, *word;
	float least, most;
} events[] = {
	{ "The bridge collapsed on Monday", "collapsed", 3, 3 },
	{ "The bridge did not collapse", "collapse", -3, -3 },
	{ "She may resign", "resign", 0.5F, 1.5F },
	{ "She will probably resign", "resign", 1.5F, 2.5F },
	{ "The mayor failed to appear", "appear", -3, -2 },
	{ "He refused to sign", "sign", -3, -2 },
	{ "They want to leave", "leave", 0.3F, 1.5F },
	{ "They did not plan to leave", "leave", -1.5F, 0 },
	{ "If she resigns", "resigns", 0, 0.5F },
	{ "The mill, which may close, made shirts", "made", 3, 3 },
	{ "It is unlikely to rain", "rain", -1.5F, -0.3F },
};

INSIDE(governing_words_are_found)
{
	for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
		struct prose p = read(events[i].text);
		size_t at = 0;
		float sure;

		while (at < p.n && !prose_is(&p, at, events[i].word))
			at++;
		ck_assert_uint_lt(at, p.n);
		sure = certainty_at(&p, at);
		ck_assert_msg(sure >= events[i].least && sure <= events[i].most, "%s: %g",
		              events[i].text, (double)sure);
	}
}

static const struct {
	const char *text;
	float certainty;
	bool negated;
} clauses[] = {
	{ "that the boat was his", 3, false },
	{ "We have no choice", 3, true },
	{ "the boat is not his", 3, true },
	{ "\"By tonight it may be a storm,\"", 1, false },
	{ "he will not go", 2.2F, true },
	{ "Not only the mayor lied", 3, false },
	{ "boats and rafts could be coming", 1, false },
	{ "the bridge, which might fall, is open", 3, false },
	{ "the bridge is open because nobody would close it", 3, false },
	{ "I think it is open", 2, false },
	{ "whether the smoke was poisonous", 1, false },
	{ "Is it open?", 0, false },
	{ "", 3, false },
};

INSIDE(a_clause_is_as_sure_as_it_is_worded)
{
	for (size_t i = 0; i < sizeof clauses / sizeof *clauses; i++) {
		struct prose p = read(clauses[i].text);
		bool negated;
		float sure = certainty_of(&p, &negated);

		ck_assert_msg(sure == clauses[i].certainty, "%s: %g", clauses[i].text,
		              (double)sure);
		ck_assert_msg(negated == clauses[i].negated, "%s", clauses[i].text);
	}
}

/* The word that a clause turns on, "" for none. */
static const char *const heads[][2] = {
	{ "that the old bridge has not yet collapsed", "collapsed" },
	{ "she would probably resign", "resign" },
	{ "the boats were empty", "empty" },
	{ "We have no choice", "have" },
	{ "the port closed in May", "closed" },
	{ "they left at noon", "left" },
	{ "a moratorium on schools", "" },
	{ "", "" },
};

INSIDE(the_verb_of_a_clause_is_found)
{
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
		struct prose p = read(heads[i][0]);
		size_t at = certainty_head(&p);

		ck_assert_str_eq(at < p.n ? p.v[at].low : "", heads[i][1]);
	}
}

int
main(void)
{
	Suite *s = suite_create("certainty");
	TCase *core = tcase_create("core");

	tcase_add_checked_fixture(core, inside_setup, inside_teardown);
	tcase_add_test(core, governing_words_are_found);
	tcase_add_test(core, a_clause_is_as_sure_as_it_is_worded);
	tcase_add_test(core, the_verb_of_a_clause_is_found);
	suite_add_tcase(s, core);
	return suite_run(s);
}
