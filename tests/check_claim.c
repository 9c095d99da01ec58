#include <stdio.h>
#include <string.h>

#include "inside.h"
#include "marked.h"
#include "worker/engine/claim.h"

/* Sentences end at each line's end here. */
static struct statements
lines_of(const char *text, float worth)
{
	struct statements s = { 0 };
	uint32_t from = 0;

	for (uint32_t i = 0; text[i] != '\0'; i++)
		if (text[i] == '\n' || text[i + 1] == '\0') {
			s.v = arena_grow(a, s.v, s.n, &s.room, sizeof *s.v);
			s.v[s.n++] =
			    (struct statement){ { from, text[i] == '\n' ? i : i + 1 },
				                worth };
			from = i + 1;
		}
	return s;
}

static struct extraction
claims_of(struct marked *m, const char *marked, float worth)
{
	struct extraction x = { .n = 1, .v = &m->x };
	struct text text;
	struct statements s;

	marked_read(marked, m);
	if (m->x.content.n + m->x.cue.n + m->x.source.n == 0)
		x.n = 0;
	ck_assert_int_eq(text_open(m->text, m->n, &text), OK);
	s = lines_of(m->text, worth);
	claim_find(a, &text, &s, "2019-03-28", &x);
	return x;
}

INSIDE(a_content_is_a_claim_with_its_numbers_and_times)
{
	struct marked m;
	struct extraction x =
	    claims_of(&m, "[s They] [c said] [x that 410 people came on Tuesday].", -1);
	const struct claim *c = x.claims;

	ck_assert_uint_eq(x.n_claims, 1);
	ck_assert_int_eq(c->attribution, 0);
	ck_assert_str_eq(c->text, "410 people came on Tuesday");
	ck_assert(!c->negated);
	ck_assert_uint_eq(c->n_quantities, 1);
	ck_assert_double_eq(c->quantities[0].value, 410);
	ck_assert_uint_eq(c->n_times, 1);
	ck_assert_str_eq(c->times[0].value, "2019-03-26");
	ck_assert_uint_eq(c->at.n, 1);
	ck_assert_uint_eq(c->at.v[0].begin, m.at[2][0].begin);
}

INSIDE(the_author_claims_what_nobody_else_says)
{
	struct marked m;
	struct extraction x = claims_of(&m,
	                                "The port lost $3 million in 2018.\n"
	                                "[s They] [c said] [x so much].\n"
	                                "Is that 40 percent?\n"
	                                "A HEADLINE OF 3 MILLION\n"
	                                "It never opened in 1999, and 60 people left.",
	                                -1);

	ck_assert_uint_eq(x.n_claims, 3);
	ck_assert_int_eq(x.claims[0].attribution, NO_INDEX);
	ck_assert_str_eq(x.claims[0].text, "The port lost $3 million in 2018.");
	ck_assert_int_eq(x.claims[1].attribution, 0);
	ck_assert_str_eq(x.claims[2].text,
	                 "It never opened in 1999, and 60 people left.");
	ck_assert(x.claims[2].negated);
}

INSIDE(the_network_is_asked_before_the_rules)
{
	struct marked m;
	struct extraction x = claims_of(&m, "The port lost $3 million in 2018.", 0.1F);

	ck_assert_uint_eq(x.n_claims, 0);
	x = claims_of(&m, "They [c say] [x so little].", 0.9F);
	ck_assert_float_eq(x.claims[0].check_worthy,
	                   0.9F * 0.6F); /* certainty is 0 here */
}

INSIDE(what_says_nothing_is_no_claim)
{
	struct marked m;

	ck_assert_uint_eq(claims_of(&m, "[s They] [c doubt] [x it].", -1).n_claims, 0);
	ck_assert_uint_eq(claims_of(&m, "[s They] [c said] [x \",\"].", -1).n_claims, 0);
	ck_assert_uint_eq(claims_of(&m, "", -1).n_claims, 0);
}

/* Many attributions in one endless sentence: the time grows with the text. */
INSIDE(a_long_text_takes_its_time_and_no_more)
{
	enum { SAID = 20000 };
	char *text = arena_alloc(a, 12 * SAID + 1);
	struct span *at = arena_alloc(a, SAID * sizeof *at);
	struct attribution *v = arena_alloc(a, SAID * sizeof *v);
	struct extraction x = { .n = SAID, .v = v };
	struct statements s;
	struct text t;

	for (uint32_t i = 0; i < SAID; i++) {
		memcpy(text + (size_t)12 * i, "not 7 not 7 ", 12);
		at[i] = (struct span){ 12 * i, 12 * i + 11 };
		v[i].content = (struct spans){ 1, &at[i] };
		v[i].speaker = v[i].parent = NO_INDEX;
	}
	ck_assert_int_eq(text_open(text, (size_t)12 * SAID, &t), OK);
	s = lines_of(text, -1);
	claim_find(a, &t, &s, "", &x);
	ck_assert_uint_eq(x.n_claims, SAID);
}

int
main(void)
{
	Suite *s = suite_create("claim");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	tcase_add_checked_fixture(core, inside_setup, inside_teardown);
	tcase_add_checked_fixture(limits, inside_setup, inside_teardown);
	tcase_add_test(core, a_content_is_a_claim_with_its_numbers_and_times);
	tcase_add_test(core, the_author_claims_what_nobody_else_says);
	tcase_add_test(core, the_network_is_asked_before_the_rules);
	tcase_add_test(limits, what_says_nothing_is_no_claim);
	tcase_add_test(limits, a_long_text_takes_its_time_and_no_more);
	suite_add_tcase(s, core);
	suite_add_tcase(s, limits);
	return suite_run(s);
}
