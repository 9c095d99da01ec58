/*
 * Each rule of amend.c on its example: a text with the network's mentions marked goes in,
 * [s a source], [c a cue], [x a content], and comes out with those that are left.
 */
#include <stdio.h>
#include <string.h>

#include "passage.h"
#include "suite.h"
#include "worker/engine/amend.h"
#include "worker/engine/sentence.h"
#include "worker/engine/turn.h"

static struct arena *a;

struct marks {
	char text[1024];
	size_t n;
	struct {
		enum role role;
		size_t begin, end; /* bytes */
	} v[16];
};

static enum role
role_of(char c)
{
	return c == 's' ? SOURCE : c == 'c' ? CUE : CONTENT;
}

static void
read_marks(const char *c, struct marks *m)
{
	size_t at = 0;

	memset(m, 0, sizeof *m);
	for (; *c != '\0'; c++) {
		if (*c == '[') {
			m->v[m->n].role = role_of(c[1]);
			m->v[m->n].begin = at;
			c += 2;
		} else if (*c == ']') {
			m->v[m->n++].end = at;
		} else {
			m->text[at++] = *c;
		}
	}
}

static size_t
word_at(const struct tokens *t, size_t byte)
{
	size_t w = 0;

	while (w < t->n_words && t->word[w].at.end <= byte)
		w++;
	return w;
}

static struct passage
passage_of(const struct marks *m)
{
	struct passage p = { .text = m->text };
	struct tokens *t = passage_words(a, m->text, &p.words);

	p.tokens = t;
	p.quotes = quote_find(a, m->text, t, p.words);
	p.sentence = sentence_number(a, m->text, t, p.words, &p.quotes);
	p.mention = arena_alloc(a, (m->n + 1) * sizeof *p.mention);
	for (size_t i = 0; i < m->n; i++)
		p.mention[p.mentions++] =
		    (struct mention){ m->v[i].role, word_at(t, m->v[i].begin),
			              word_at(t, m->v[i].end - 1) + 1, 0.9F };
	return p;
}

static void
print(const struct passage *p, char *out)
{
	static const char letters[ROLES] = {
		[SOURCE] = 's', [CUE] = 'c', [CONTENT] = 'x'
	};

	*out = '\0';
	for (size_t m = 0; m < p->mentions; m++) {
		const struct mention *x = &p->mention[m];
		uint32_t begin = p->tokens->word[x->word].at.begin;

		out += sprintf(out, "[%c %.*s]", letters[x->role],
		               (int)(p->tokens->word[x->end - 1].at.end - begin),
		               p->text + begin);
	}
}

static enum err
check_case(void *arg)
{
	const char *const *x = arg;
	struct marks m;
	struct passage p;
	char out[2048];

	read_marks(x[0], &m);
	p = passage_of(&m);
	amend(a, &p);
	print(&p, out);
	ck_assert_str_eq(out, x[1]);
	return OK;
}

static const char *const cases[][2] = {
	/* a content keeps both marks of its quotation */
	{ "[s Toll] [c said] \"[x the wall moved. Then the lamps went out].\"",
	  "[s Toll][c said][x \"the wall moved. Then the lamps went out.\"]" },
	{ "[s Toll] [c said] [x that \"the wall moved\" at night].",
	  "[s Toll][c said][x that \"the wall moved\" at night]" },
	{ "[x \"We found the leak.\" So] [s the engineer] [c told] us.",
	  "[x \"We found the leak.\"][s the engineer][c told]" },
	{ "[s His clerk] [c believed] [x the opposite: \"It leaks already.\"]",
	  "[s His clerk][c believed][x \"It leaks already.\"]" },
	/* when it was said is no part of a cue, nor a short apposition of a source */
	{ "[s Roe] [c said late Tuesday] [x the dam holds].",
	  "[s Roe][c said][x the dam holds]" },
	{ "[s Roe] [c later said] [x the dam holds].",
	  "[s Roe][c said][x the dam holds]" },
	{ "[s Emeka Udo, the auctioneer,] [c said] [x it was sold].",
	  "[s Emeka Udo][c said][x it was sold]" },
	{ "[s Ames, the mayor of Toll,] [c said] [x it was sold].",
	  "[s Ames, the mayor of Toll,][c said][x it was sold]" },
	/* a sentence in marks that was passed over */
	{ "\"We ran out of steel.\" [x That] is what [s Baumann] [c told] the council.",
	  "[x \"We ran out of steel.\"][s Baumann][c told]" },
	{ "\"We ran out of steel.\" The council sat until nine.", "" },
	/* none at all */
	{ "He praised the [c so-called] [x reform].", "" },
	{ "[s Nobody] [c would say] [x that it was safe].", "" },
	{ "[s Nobody] [c said] [x that it was safe].",
	  "[s Nobody][c said][x that it was safe]" },
	{ "[s Dahl] [c answered]: [x \"I count boxes,\"] [s she] [c said].",
	  "[s Dahl][c answered][x \"I count boxes,\"]" },
	{ "[s Dahl] [c answered]: [x \"I count boxes,\"] and [s she] [c said] [x no "
	  "more].",
	  "[s Dahl][c answered][x \"I count boxes,\"][s she][c said][x no more]" },
	/* a headline */
	{ "[x DAM 'WAS KNOWN TO BE CRACKED']", "" },
	{ "[x The dam was known to be cracked.]",
	  "[x The dam was known to be cracked.]" },
};

START_TEST(each_rule_does_what_its_example_says)
{
	ck_assert_int_eq(arena_run(a, check_case, (void *)cases[_i]), OK);
	arena_reset(a);
}
END_TEST

/* -------------------------------------------------------------------- transcripts */

static const struct {
	const char *text, *name, *rest; /* NULL: no label */
} labels[] = {
	{ "TESSA MALONE, ANCHOR: A landslide.", "TESSA MALONE", "A" },
	{ "MALONE: 6:45, and it is shut.", "MALONE", "6" },
	{ "J. R. O'HARA (through interpreter): Yes.", NULL, NULL },
	{ "DR. REYES-LOW: Yes, twice.", "DR. REYES-LOW", "Yes" },
	{ "Malone: It is shut.", NULL, NULL },
	{ "A: It is shut.", NULL, NULL },
	{ "MALONE:", NULL, NULL },
	{ "THE PASS IS SHUT.", NULL, NULL },
};

static enum err
check_label(void *arg)
{
	const char *text = labels[*(int *)arg].text, *name = labels[*(int *)arg].name;
	struct paragraph words;
	struct tokens *t = passage_words(a, text, &words);
	struct turn turn;
	char got[128];

	ck_assert_int_eq(turn_label(text, t, words, &turn), name != NULL);
	if (name == NULL)
		return OK;
	snprintf(got, sizeof got, "%.*s",
	         (int)(t->word[turn.name_end - 1].at.end - t->word[turn.name].at.begin),
	         text + t->word[turn.name].at.begin);
	ck_assert_str_eq(got, name);
	ck_assert_int_eq(memcmp(text + t->word[turn.text].at.begin,
	                        labels[*(int *)arg].rest,
	                        strlen(labels[*(int *)arg].rest)),
	                 0);
	return OK;
}

START_TEST(a_label_is_a_name_in_capitals_before_a_colon)
{
	ck_assert_int_eq(arena_run(a, check_label, &_i), OK);
	arena_reset(a);
}
END_TEST

static const struct {
	const char *one, *two;
	bool transcript;
} articles[] = {
	{ "TESSA MALONE, ANCHOR: A landslide.", "ROE: Where?", true },
	{ "MALONE: A landslide.", "MALONE: At Toll.", true },
	{ "MALONE: A landslide.", "The pass is shut.", false },
	{ "MALONE: A landslide.", "ROE: Where?", false },
	{ "WATCH: A landslide.", "WATCH: More of it.", false },
};

static enum err
check_transcript(void *arg)
{
	char text[256];
	struct paragraph words, v[2];
	struct tokens *t;
	size_t first = strlen(articles[*(int *)arg].one), w = 0;

	snprintf(text, sizeof text, "%s %s", articles[*(int *)arg].one,
	         articles[*(int *)arg].two);
	t = passage_words(a, text, &words);
	while (t->word[w].at.begin < first)
		w++;
	v[0] = (struct paragraph){ 0, w };
	v[1] = (struct paragraph){ w, words.end };
	ck_assert_int_eq(turn_any(text, t, v, 2), articles[*(int *)arg].transcript);
	return OK;
}

START_TEST(two_labels_with_a_title_or_a_name_that_comes_back_make_a_transcript)
{
	ck_assert_int_eq(arena_run(a, check_transcript, &_i), OK);
	arena_reset(a);
}
END_TEST

static enum err
check_turn(void *arg)
{
	struct marks m;
	struct passage p;
	char out[512];

	(void)arg;
	read_marks("MALONE: A landslide has closed the pass.", &m);
	p = passage_of(&m);
	turn_take(a, &p);
	print(&p, out);
	ck_assert(p.turn);
	ck_assert_str_eq(out, "[s MALONE][x A landslide has closed the pass.]");
	read_marks("[s MALONE][c :] [x A landslide has closed the pass.]", &m);
	p = passage_of(&m);
	turn_take(a, &p);
	print(&p, out);
	ck_assert_str_eq(out, "[s MALONE][x A landslide has closed the pass.]");
	return OK;
}

START_TEST(a_turn_is_said_by_its_label)
{
	ck_assert_int_eq(arena_run(a, check_turn, NULL), OK);
}
END_TEST

static void
setup(void)
{
	a = arena_new(16 << 20);
	ck_assert_ptr_nonnull(a);
}

static void
teardown(void)
{
	arena_free(a);
}

#define COUNT(v) (int)(sizeof(v) / sizeof(v)[0])

int
main(void)
{
	Suite *s = suite_create("amend");
	TCase *core = tcase_create("core");

	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_loop_test(core, each_rule_does_what_its_example_says, 0, COUNT(cases));
	tcase_add_loop_test(core, a_label_is_a_name_in_capitals_before_a_colon, 0,
	                    COUNT(labels));
	tcase_add_loop_test(
	    core, two_labels_with_a_title_or_a_name_that_comes_back_make_a_transcript, 0,
	    COUNT(articles));
	tcase_add_test(core, a_turn_is_said_by_its_label);
	suite_add_tcase(s, core);
	return suite_run(s);
}
