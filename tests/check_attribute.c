/*
 * A case is a paragraph with its mentions marked, [s a source], [c a cue] and
 * [x a content], and the attributions that are wanted of it, one a line:
 * source / cue / content kind, pieces of a list parted by +.
 */
#include <stdio.h>

#include "passage.h"
#include "suite.h"
#include "worker/engine/attribute.h"
#include "worker/engine/sentence.h"

static struct arena *a;

static void
setup(void)
{
	a = arena_new(1 << 28);
	ck_assert_ptr_nonnull(a);
}

static void
teardown(void)
{
	arena_free(a);
}

enum { MOST = 64 };

struct marked {
	char text[1000];
	size_t n;
	struct span at[MOST];
	enum role role[MOST];
	size_t mentions;
};

static struct marked
read_marks(const char *c)
{
	struct marked m = { .n = 0 };

	for (; *c != '\0'; c++) {
		if (*c == '[') {
			m.role[m.mentions] = c[1] == 's'   ? SOURCE
			                     : c[1] == 'c' ? CUE
			                                   : CONTENT;
			m.at[m.mentions].begin = (uint32_t)m.n;
			c += 2;
		} else if (*c == ']') {
			m.at[m.mentions++].end = (uint32_t)m.n;
		} else {
			m.text[m.n++] = *c;
		}
	}
	m.text[m.n] = '\0';
	return m;
}

static struct mention *
mentions_of(const struct marked *m, const struct tokens *t)
{
	struct mention *v = arena_alloc(a, m->mentions * sizeof *v);

	for (size_t i = 0; i < m->mentions; i++) {
		size_t w = 0, end;

		while (t->word[w].at.begin < m->at[i].begin)
			w++;
		for (end = w; end < t->n_words && t->word[end].at.end <= m->at[i].end;
		     end++)
			;
		v[i] = (struct mention){ m->role[i], w, end, 0.5f + 0.01f * (float)i };
	}
	return v;
}

static char *
print_spans(char *out, const char *text, const struct spans *list)
{
	for (size_t i = 0; i < list->n; i++)
		out += sprintf(out, "%s%.*s", i > 0 ? " + " : "",
		               (int)(list->v[i].end - list->v[i].begin),
		               text + list->v[i].begin);
	return out;
}

static char *
print_attribution(char *out, const char *text, const struct attribution *x)
{
	out = print_spans(out, text, &x->source);
	out += sprintf(out, " / ");
	out = print_spans(out, text, &x->cue);
	out += sprintf(out, " / ");
	out = print_spans(out, text, &x->content);
	return out + sprintf(out, " %s\n", quotation_name(x->kind));
}

static struct attribution *
attribute_marked(const struct marked *m, size_t *ret_n)
{
	struct passage p = { .text = m->text };
	struct tokens *t = passage_words(a, m->text, &p.words);

	p.tokens = t;
	p.quotes = quote_find(a, m->text, t, p.words);
	p.sentence = sentence_number(a, m->text, t, p.words, &p.quotes);
	p.mention = mentions_of(m, t);
	p.mentions = m->mentions;
	return attribute(a, &p, ret_n);
}

static enum err
check_case(void *arg)
{
	const char *const *x = arg;
	struct marked m = read_marks(x[0]);
	char out[2000], *end = out;
	struct attribution *v;
	size_t n;

	v = attribute_marked(&m, &n);
	*out = '\0';
	for (size_t i = 0; i < n; i++)
		end = print_attribution(end, m.text, &v[i]);
	ck_assert_str_eq(out, x[1]);
	return OK;
}

static const char *const links[][2] = {
	/* the nearest cue of the sentence */
	{ "[s Ames] [c said] [x he left]. [s Lee] [c denied] [x it].",
	  "Ames / said / he left indirect\nLee / denied / it indirect\n" },
	{ "[x The dam held], [c according to] [s the mayor].",
	  "the mayor / according to / The dam held indirect\n" },
	/* a quotation that goes on behind its tag, and in sentences of its own */
	{ "[x \"We go,\"] [s Ames] [c said], [x \"today.\"] [x \"All of us.\"]",
	  "Ames / said / \"We go,\" + \"today.\" + \"All of us.\" direct\n" },
	{ "[x \"We go.] [x All of us,\"] [s Ames] [c said].",
	  "Ames / said / \"We go. + All of us,\" direct\n" },
	/* it goes on with what was quoted, not with what was mentioned in between */
	{ "[x \"We go,\"] [s Ames] [c said], [c referring to] [x the boats]. [x \"All of "
	  "us.\"]",
	  "Ames / said / \"We go,\" + \"All of us.\" direct\n"
	  "Ames / referring to / the boats indirect\n" },
	/* the tag of a question looks like a sentence of its own */
	{ "[x \"Is it safe?\"] [s Noor Haddad] [c asked]. [x \"Ask me later!\"] [s Bram] "
	  "[c said].",
	  "Noor Haddad / asked / \"Is it safe?\" direct\nBram / said / \"Ask me later!\" "
	  "direct\n" },
	{ "[s Ames] [c spoke]. [x \"Safe?\"] [s Lee] [c asked].",
	  "Ames / spoke /  indirect\nLee / asked / \"Safe?\" direct\n" },
	/* a quotation at the head of a sentence belongs to that sentence's cue */
	{ "[x \"We go,\"] [s Ames] [c said]. [x \"We stay,\"] [s Lee] [c said].",
	  "Ames / said / \"We go,\" direct\nLee / said / \"We stay,\" direct\n" },
	/* one source of several cues, active or beside the point, but not of a passive
	   one */
	{ "[s Ames] [c praised] [x the dam] and [c called] [x it safe].",
	  "Ames / praised / the dam indirect\nAmes / called / it safe indirect\n" },
	{ "[c Citing] [x the rain], [s Ames] [c said] [x it was late].",
	  "Ames / Citing / the rain indirect\nAmes / said / it was late indirect\n" },
	{ "[s Ames] [c said] [x the dam, which] [c was expected] [x to fail, held].",
	  "Ames / said / the dam, which indirect\n / was expected / to fail, held "
	  "indirect\n" },
	{ "[c Asked] [x whether it held], [s Ames] [c said] [x no].",
	  " / Asked / whether it held indirect\nAmes / said / no indirect\n" },
	{ "[x It] [c is known] and [s Ames] [c said] [x so].",
	  " / is known / It indirect\nAmes / said / so indirect\n" },
	/* a content between two cues is the first one's when the second has its own */
	{ "[s Ames] [c urged] his party [x to wait] and [c tried] [x to calm it].",
	  "Ames / urged / to wait indirect\nAmes / tried / to calm it indirect\n" },
	/* a source of its own wins over sharing */
	{ "[s Ames] [c said] [x no] and [s Lee] [c said] [x yes].",
	  "Ames / said / no indirect\nLee / said / yes indirect\n" },
	/* nothing to link to */
	{ "[x \"All of us.\"]", " /  / \"All of us.\" direct\n" },
	{ "[s HALE]: [x We won.]", "HALE /  / We won. indirect\n" },
	{ "[c It is unclear] why.", " / It is unclear /  indirect\n" },
	{ "[s Ames] left. [s Lee] [c said] [x so].", "Lee / said / so indirect\n" },
	/* far away is better than nowhere */
	{ "[x The dam held.] That was Monday. [s Ames] [c said] it.",
	  "Ames / said / The dam held. indirect\n" },
	/* an accent that is a character of its own is shown with its word */
	{ "[s Jose\u0301] [c said] [x ole\u0301].",
	  "Jose\u0301 / said / ole\u0301 indirect\n" },
};

START_TEST(mentions_are_linked)
{
	ck_assert_int_eq(arena_run(a, check_case, (void *)(uintptr_t)links[_i]), OK);
}
END_TEST

static const char *const kinds[][2] = {
	{ "[s Ames] [c said] [x she would go].", "indirect" },
	{ "[s Ames] [c said]: [x \"I will go.\"]", "direct" },
	{ "[s Ames] [c said] [x she would \"never\" go].", "mixed" },
	{ "[s Ames] [c said]: [x \u201cI will go.\u201d]", "direct" },
	{ "[s Ames] [c said]: [x 'I won't go.']", "direct" },
	{ "[s Ames] [c said] [x the dogs' owners won't go].", "indirect" },
	{ "[s Ames] [c said]: [x \u2018I won\u2019t go.\u2019]", "direct" },
	{ "[s Ames] [c said] [x it was \u2018fine\u2019].", "mixed" },
	{ "[s Ames] [c said]: [x \u00abJe vais.\u00bb]", "direct" },
	{ "[s Ames] [c said]: [x \u00bbIch gehe.\u00ab]", "direct" },
	{ "[s Ames] [c said]: [x \u201eIch gehe.\u201c]", "direct" },
	{ "[s Ames] [c said]: [x \u300cI go.\u300d]", "direct" },
	{ "[s Ames] [c said]: [x \"I will go. And stay.]", "direct" }, /* unclosed */
	{ "[x \"I will go.] [x I will stay,\"] [s Ames] [c said].", "direct" },
	{ "[s Ames] [c called] [x the plan a \"farce\" and a \"fraud.\"]", "mixed" },
	{ "[x \u201cI say he said \u2018no\u2019 to us,\u201d] [c said] [s Ames].",
	  "direct" },
	{ "[s Ames] [c laughed].", "indirect" },
};

static enum err
check_kind(void *arg)
{
	const char *const *x = arg;
	struct marked m = read_marks(x[0]);
	size_t n;
	struct attribution *v = attribute_marked(&m, &n);

	ck_assert_uint_eq(n, 1);
	ck_assert_msg(strcmp(quotation_name(v->kind), x[1]) == 0, "%s: %s", x[0],
	              quotation_name(v->kind));
	return OK;
}

START_TEST(the_kind_comes_from_the_marks_inside)
{
	ck_assert_int_eq(arena_run(a, check_kind, (void *)(uintptr_t)kinds[_i]), OK);
}
END_TEST

static enum err
check_confidence(void *arg)
{
	struct marked m = read_marks("[s Ames] [c said] [x no], [c adding] [x yes].");
	size_t n;
	struct attribution *v = attribute_marked(&m, &n);

	(void)arg;
	ck_assert_uint_eq(n, 2);
	ck_assert_float_eq_tol(v[0].confidence, 0.50f, 1e-6f);
	ck_assert_float_eq_tol(v[1].confidence, 0.50f,
	                       1e-6f); /* of the source it shares */
	ck_assert(!v[0].nested && !v[1].nested);
	return OK;
}

START_TEST(an_attribution_is_as_sure_as_its_least_sure_mention)
{
	ck_assert_int_eq(arena_run(a, check_confidence, NULL), OK);
}
END_TEST

/* Thousands of mentions in a paragraph, in every order of roles. */
static enum err
check_many(void *arg)
{
	enum { N = 10000 };
	static char text[2 * N + 1];
	struct passage p = { .text = text };
	struct tokens *t;
	struct mention *v = arena_alloc(a, N * sizeof *v);
	struct attribution *x;
	size_t n;
	int stride = *(int *)arg + 1;

	for (size_t i = 0; i < N; i++)
		memcpy(text + 2 * i, i % 7 == 0 ? ". " : "A ", 2);
	t = passage_words(a, text, &p.words);
	for (size_t i = 0; i < N; i++)
		v[i] = (struct mention){ (enum role)((i / (size_t)stride + i) % ROLES), i,
			                 i + 1, 1 };
	p.tokens = t;
	p.quotes = quote_find(a, text, t, p.words);
	p.sentence = sentence_number(a, text, t, p.words, &p.quotes);
	p.mention = v;
	p.mentions = N;
	x = attribute(a, &p, &n);
	ck_assert_uint_gt(n, 0);
	for (size_t i = 0; i < n; i++)
		ck_assert_uint_le(x[i].cue.n, 1);
	return OK;
}

START_TEST(many_mentions_are_no_trouble)
{
	ck_assert_int_eq(arena_run(a, check_many, &_i), OK);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("attribute");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_checked_fixture(limits, setup, teardown);
	tcase_add_loop_test(core, mentions_are_linked, 0, sizeof links / sizeof links[0]);
	tcase_add_loop_test(core, the_kind_comes_from_the_marks_inside, 0,
	                    sizeof kinds / sizeof kinds[0]);
	tcase_add_test(core, an_attribution_is_as_sure_as_its_least_sure_mention);
	tcase_add_loop_test(limits, many_mentions_are_no_trouble, 0, 5);
	suite_add_tcase(s, core);
	suite_add_tcase(s, limits);
	return suite_run(s);
}
