#include <string.h>

#include "inside.h"
#include "marked.h"
#include "worker/engine/wording.h"

/* A marked content, and what is left of it. */
static const struct {
	const char *marked, *trimmed;
} trims[] = {
	{ "[x \"We have no choice,\"] she said", "We have no choice" },
	{ "[x \u201cGo home.\u201d]", "Go home." },
	{ "[x the city \u201cacted in haste\u201d]",
	  "the city \u201cacted in haste\u201d" },
	{ "[x \u201cOne\u201d and \u201cTwo\u201d]",
	  "\u201cOne\u201d and \u201cTwo\u201d" },
	{ "[x \"The tide took the pier, ]", "The tide took the pier" },
	{ "[x \u2018the wall moved.\u2019]", "the wall moved." },
	{ "[x the boats' nets]", "the boats' nets" },
	{ "[x \u00abOui,\u00bb]", "Oui" },
	{ "[x \" , \"]", "" },
	{ "[x ''I know,'']", "I know" },
	{ "[x ,]", "" },
	{ "[x \"]", "" },
};

INSIDE(marks_and_commas_around_it_are_left_out)
{
	for (size_t i = 0; i < sizeof trims / sizeof *trims; i++) {
		struct marked m;
		struct spans at;

		marked_read(trims[i].marked, &m);
		at = wording_trim(a, m.text, &m.x.content);
		if (*trims[i].trimmed == '\0') {
			ck_assert_uint_eq(at.n, 0);
			continue;
		}
		ck_assert_uint_eq(at.n, 1);
		ck_assert_str_eq(
		    arena_text(a, m.text + at.v[0].begin, at.v[0].end - at.v[0].begin),
		    trims[i].trimmed);
	}
}

/* The words of a content that Ana Ruiz is the source of; [s ...] are mentions of her. */
static const char *
word(const char *marked)
{
	struct marked m;
	struct speaker ana = { .name = "Ana Ruiz", .title = "" };
	struct extraction x = { .n = 1, .v = &m.x, .n_speakers = 1, .speakers = &ana };
	struct spans at;
	struct prose p;

	marked_read(marked, &m);
	ana.mentions = m.x.source;
	m.x.speaker = 0;
	at = wording_trim(a, m.text, &m.x.content);
	p = prose_read(a, m.text, &at);
	return wording_text(wording_new(a, m.text, &x), &at, &p, &m.x);
}

INSIDE(who_i_am_stands_in_brackets_once)
{
	ck_assert_str_eq(
	    word("[x \"We have no choice, and I know it,\"] [s Ana Ruiz] said"),
	    "We [Ana Ruiz] have no choice, and I know it");
	ck_assert_str_eq(word("[s Ana Ruiz] said [x we have no choice]"),
	                 "we have no choice");
}

/* A pronoun that was found to be hers, inside another's content or her own. */
INSIDE(he_and_she_do_where_it_is_known_who)
{
	struct span she = { 5, 8 };
	struct speaker ana = { .name = "Ana Ruiz", .title = "", .mentions = { 1, &she } };
	struct extraction x = { .n_speakers = 1, .speakers = &ana };
	const char *text = "that she left; he stayed";
	struct span all = { 0, 24 };
	struct spans at = { 1, &all };
	struct prose p = prose_read(a, text, &at);
	struct attribution said = { .speaker = NO_INDEX };

	ck_assert_str_eq(wording_text(wording_new(a, text, &x), &at, &p, &said),
	                 "she [Ana Ruiz] left; he stayed");
	ck_assert_str_eq(wording_text(wording_new(a, text, &x), &at, &p, NULL),
	                 "that she [Ana Ruiz] left; he stayed");
}

INSIDE(pieces_are_joined_and_white_space_is_one_blank)
{
	ck_assert_str_eq(
	    word("[x \"Rust  is\n the enemy,\"] said she. [x \"So it is.\"]"),
	    "Rust is the enemy So it is.");
	ck_assert_str_eq(word("[x that the pier is shut]"), "the pier is shut");
	ck_assert_str_eq(word("[x that is so]"), "that is so");
}

INSIDE(a_zero_byte_does_not_end_it)
{
	const char text[] = "we\0 left";
	struct span all = { 0, sizeof text - 1 };
	struct spans at = { 1, &all };
	struct prose p = prose_read(a, text, &at);
	struct extraction x = { 0 };

	ck_assert_str_eq(wording_text(wording_new(a, text, &x), &at, &p, NULL),
	                 "we left");
}

/* However many pronouns there are, and however long a name is. */
INSIDE(a_wording_is_hardly_longer_than_its_claim)
{
	enum { WORDS = 6000 };
	char *text = arena_alloc(a, 2 * WORDS + 1), *name = arena_alloc(a, 4096);
	struct span all = { 0, 2 * WORDS };
	struct spans at = { 1, &all };
	struct speaker who = { .name = name, .title = "" };
	struct attribution said = { .kind = DIRECT };
	struct extraction x = { .n_speakers = 1, .speakers = &who };
	struct prose p;

	for (size_t i = 0; i < WORDS; i++)
		memcpy(text + 2 * i, "I ", 2);
	memset(name, 'A', 90);
	p = prose_read(a, text, &at);
	ck_assert_uint_le(strlen(wording_text(wording_new(a, text, &x), &at, &p, &said)),
	                  2 * PROSE_MOST + 1000);
	memset(name, 'A', 4000);
	ck_assert_ptr_null(
	    strchr(wording_text(wording_new(a, text, &x), &at, &p, &said), 'A'));
}

int
main(void)
{
	Suite *s = suite_create("wording");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	tcase_add_checked_fixture(core, inside_setup, inside_teardown);
	tcase_add_checked_fixture(limits, inside_setup, inside_teardown);
	tcase_add_test(core, marks_and_commas_around_it_are_left_out);
	tcase_add_test(core, who_i_am_stands_in_brackets_once);
	tcase_add_test(core, he_and_she_do_where_it_is_known_who);
	tcase_add_test(core, pieces_are_joined_and_white_space_is_one_blank);
	tcase_add_test(limits, a_zero_byte_does_not_end_it);
	tcase_add_test(limits, a_wording_is_hardly_longer_than_its_claim);
	suite_add_tcase(s, core);
	suite_add_tcase(s, limits);
	return suite_run(s);
}
