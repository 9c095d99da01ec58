#include <math.h>
#include <string.h>

#include "inside.h"
#include "marked.h"
#include "worker/engine/stance.h"

static const struct {
	const char *marked;
	enum stance stance;
	float certainty;
} cases[] = {
	{ "[s Lena] [c said] [x the boats were full].", ASSERTS, 3 },
	{ "[s Lena] [c said] [x the boats may be full].", ASSERTS, 1 },
	{ "[s Lena] [c thinks] [x the boats are full].", ASSERTS, 2 },
	{ "[s Lena] [c suspects] [x that the boats were full].", ASSERTS, 1.5F },
	{ "[c According to] [s the port], [x 410 people came].", ASSERTS, 3 },
	/* denials */
	{ "[s Unions] [c denied] [x that the boats were empty].", DENIES, -3 },
	{ "[s Unions] [c are denying] [x it].", DENIES, -3 },
	{ "[s The port] [c rejected] [x claims that it had lied].", DENIES, -3 },
	{ "[s The port] [c brushed off] [x the figures].", DENIES, -3 },
	{ "[s He] [c has ruled out] [x a new tax].", DENIES, -3 },
	{ "[s She] [c said] [x the reports were baseless].", DENIES, -3 },
	{ "[s She] [c called] [x the story \"a fabrication\"].", DENIES, -3 },
	{ "[x \"That is not true,\"] [s she] [c said].", DENIES, 3 },
	{ "[x \"It's a lie,\"] [s she] [c told] reporters.", DENIES, -3 },
	{ "[x \"No, never,\"] [s he] [c replied].", DENIES, 3 },
	{ "[s Hall] [c said] [x the road would open, but] .", ASSERTS, 2 },
	{ "[s Hall] [c said] [x it would not].", DENIES, 2 },
	{ "[c Contrary to] [s reports], [x the mill stays open].", DENIES, -3 },
	{ "[s He] [c never claimed] [x that he had swum it].", DENIES, -2 },
	{ "[s He] [c dismissed] [x questions he did not like].", DENIES, -3 },
	{ "[x \"He's not the right man,\"] [s she] [c said].", ASSERTS, 3 },
	{ "[x \"Silly boys,\"] [s she] [c scoffed].", ASSERTS, 3 },
	{ "[s She] [c scoffs at] [x the idea].", DENIES, -3 },
	/* doubts */
	{ "[s Experts] [c doubt] [x the bridge will hold].", DOUBTS, -1 },
	{ "[s The audit] [c casts doubt on] [x the figures].", DOUBTS, -1 },
	{ "[s The audit] [c cast] [x doubt on the figures].", DOUBTS, -1 },
	{ "[s Experts] [c questioned] [x whether the bridge would hold].", DOUBTS, -1 },
	{ "[s He] [c did not say] [x whether he would go].", DOUBTS, 0 },
	{ "[s He] [c declined to say] [x who paid].", DOUBTS, 0 },
	{ "[s They] [c do not believe] [x the bridge is safe].", DOUBTS, -1.5F },
	{ "[s They] [c are not convinced] [x that it is safe].", DOUBTS, -1.5F },
	{ "[s They] [c would not like] [x to move].", DOUBTS, 0 },
	{ "[s They] [c do not want] [x it moved].", ORDERS, 0 },
	{ "[s He] [c didn\u2019t know] [x if it was safe].", DOUBTS, 0 },
	/* not denied, not doubted */
	{ "[s He] [c did not deny] [x that he was there].", ASSERTS, 1 },
	{ "[s The bank] [c has not ruled out] [x a sale].", ASSERTS, 1 },
	{ "[s She] [c does not doubt] [x that it is safe].", ASSERTS, 2 },
	/* questions */
	{ "[s Residents] [c asked] [x whether the smoke was poisonous].", ASKS, 0 },
	{ "[s Residents] [c asked] [x how long it would last].", ASKS, 0 },
	{ "[x \"Is it safe?\"] [s Noor] [c asked].", ASKS, 0 },
	{ "[x \"Is it safe?\"] [s Noor] [c said].", ASKS, 0 },
	{ "[x \"It is safe. Or is it?\"] [s Noor] [c said].", ASSERTS, 3 },
	{ "[s Noor] [c wondered] [x if it was safe].", ASKS, 0 },
	{ "[s Noor] [c wants to know] [x who pays].", ASKS, 0 },
	/* orders */
	{ "[s Noor] [c asked] them [x to leave].", ORDERS, 0 },
	{ "[s Noor] [c asked] [x members not to shout].", ORDERS, 0 },
	{ "[s Noor] [c asked] [x that the road be closed].", ORDERS, 0 },
	{ "[s Noor] [c asked for] [x more time].", ORDERS, 0 },
	{ "[s Unions] [c urged] [x the mayor to resign].", ORDERS, 0 },
	{ "[s Unions] [c called] for [x a strike].", ORDERS, 0 },
	{ "[s Unions] [c call on] [x the mayor to resign].", ORDERS, 0 },
	{ "[s Police] [c told] [x residents to stay indoors].", ORDERS, 0 },
	{ "[s Police] [c told] [x residents that the road was shut].", ASSERTS, 3 },
	{ "[s Police] [c said] [x due to fog they have to wait].", ASSERTS, 3 },
	{ "[s Police] [c said] [x to avoid the bridge].", ORDERS, 0 },
	{ "[s Parents] [c want] [x the city to fence it].", ORDERS, 0 },
	{ "[s Parents] [c want] [x the playground fenced].", ASSERTS, 1 },
	{ "[s A man] [c told] police [x he was asked to leave].", ASSERTS, 3 },
	{ "[x \"It was not so fast,\"] [s she] [c said].", ASSERTS, 3 },
	{ "[s Parents] [c want] [x to move the school].", ASSERTS, 1 },
	{ "[x \"Leave the key under the stone,\"] [s it] [c read].", ORDERS, 0 },
	{ "[x \"Please don't wait!\"] [s she] [c shouted].", ORDERS, 0 },
	{ "[x \"Leave was never granted,\"] [s she] [c said].", ASSERTS, 3 },
	{ "[x \"Look, we tried.\"] [s she] [c said].", ASSERTS, 3 },
	{ "[s Customers] [c are urged] [x to stop using it].", ORDERS, 0 },
	/* no cue at all */
	{ "[s REPORTER]: [x How many beds are free?]", ASKS, 0 },
	{ "[s OBI]: [x Forty.]", ASSERTS, 3 },
};

INSIDE(a_careful_reader_would_say_the_same)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct marked m;
		struct attitude got;

		marked_read(cases[i].marked, &m);
		got = stance_of(a, m.text, m.n, &m.x, NAN);
		ck_assert_msg(got.stance == cases[i].stance, "%s: %s", cases[i].marked,
		              stance_name(got.stance));
		ck_assert_msg(got.certainty == cases[i].certainty, "%s: %g",
		              cases[i].marked, (double)got.certainty);
	}
}

INSIDE(the_network_has_half_a_say_in_how_sure_it_is)
{
	struct marked m;

	marked_read("[s Lena] [c said] [x the boats were full].", &m);
	ck_assert_float_eq(stance_of(a, m.text, m.n, &m.x, 1).certainty, 2);
	marked_read("[s Lena] [c said] [x the boats were not full].", &m);
	ck_assert_float_eq(stance_of(a, m.text, m.n, &m.x, -3).certainty, 3);
	marked_read("[s Lena] [c denied] [x that the boats were full].", &m);
	ck_assert_float_eq(stance_of(a, m.text, m.n, &m.x, -2).certainty, -3);
}

/* The words behind a cue are looked at, but not behind the text's end. */
INSIDE(the_texts_end_is_the_end)
{
	struct marked m;

	marked_read("[x Calm] is what [s they] [c call]", &m);
	ck_assert_int_eq(stance_of(a, m.text, m.n, &m.x, NAN).stance, ASSERTS);
	marked_read("[x Calm] is what [s they] [c called] \u00e9\u00e9\u00e9\u00e9\u00e9"
	            "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9",
	            &m);
	ck_assert_int_eq(stance_of(a, m.text, m.n, &m.x, NAN).stance, ASSERTS);
}

INSIDE(nothing_is_kept_in_the_arena)
{
	size_t mark = arena_mark(a);
	struct marked m;

	marked_read("[s They] [c deny] [x it]", &m);
	(void)stance_of(a, m.text, m.n, &m.x, NAN);
	ck_assert_uint_eq(arena_mark(a), mark);
}

int
main(void)
{
	Suite *s = suite_create("stance");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	tcase_add_checked_fixture(core, inside_setup, inside_teardown);
	tcase_add_checked_fixture(limits, inside_setup, inside_teardown);
	tcase_add_test(core, a_careful_reader_would_say_the_same);
	tcase_add_test(core, the_network_has_half_a_say_in_how_sure_it_is);
	tcase_add_test(limits, the_texts_end_is_the_end);
	tcase_add_test(limits, nothing_is_kept_in_the_arena);
	suite_add_tcase(s, core);
	suite_add_tcase(s, limits);
	return suite_run(s);
}
