/* The whole engine with the weights of the repository, on articles of our own. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "body.h"
#include "suite.h"
#include "worker/engine/engine.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SLOW = 10 }; /* how many times less a sanitizer's build is asked to do */
#else
enum { SLOW = 1 };
#endif

static struct engine *engine;
static struct scratch *scratch;
static struct arena *a;

static void
setup(void)
{
	ck_assert_msg(engine_open("model/hearsay-en.safetensors", &engine) == OK, "%s",
	              err_text());
	ck_assert_int_eq(engine_scratch_open(engine, &scratch), OK);
	a = arena_new(64 << 20);
	ck_assert_ptr_nonnull(a);
}

static void
teardown(void)
{
	arena_free(a);
	engine_scratch_close(scratch);
	engine_close(engine);
}

struct job {
	struct scratch *scratch;
	struct arena *arena;
	const char *text;
	size_t n;
	struct extraction x;
};

static enum err
work(void *arg)
{
	struct job *j = arg;

	const struct engine_article article = { j->text, j->n, NULL };

	return engine_extract(engine, j->scratch, j->arena, &article, &j->x);
}

static enum err
extract(struct job *j)
{
	if (j->scratch == NULL)
		j->scratch = scratch;
	if (j->arena == NULL)
		j->arena = a;
	return arena_run(j->arena, work, j);
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

/* source / cue / content kind, a line an attribution */
static void
print(char *out, const char *text, const struct extraction *x)
{
	*out = '\0';
	for (size_t i = 0; i < x->n; i++) {
		out = print_spans(out, text, &x->v[i].source);
		out += sprintf(out, " / ");
		out = print_spans(out, text, &x->v[i].cue);
		out += sprintf(out, " / ");
		out = print_spans(out, text, &x->v[i].content);
		out += sprintf(out, " %s\n", quotation_name(x->v[i].kind));
	}
}

static const struct {
	const char *text, *want;
} articles[] = {
	{ "The ferry company will cut its night sailings from March, Harbour Minister "
	  "Ines Caro "
	  "said on Tuesday.\n\n\"We cannot run empty boats,\" Caro told reporters at the "
	  "terminal. "
	  "\"Nobody likes this, but the numbers are clear.\"\n\nUnion leaders denied "
	  "that the boats "
	  "were empty. According to a report by the port authority, 410 people a night "
	  "used the "
	  "service last year.\n",
	  "Harbour Minister Ines Caro / said / The ferry company will cut its night "
	  "sailings from "
	  "March indirect\n"
	  "Caro / told / \"We cannot run empty boats,\" + \"Nobody likes this, but the "
	  "numbers are "
	  "clear.\" direct\n"
	  "Union leaders / denied / that the boats were empty indirect\n"
	  "a report by the port authority / According to / 410 people a night used the "
	  "service last "
	  "year indirect\n" },
	{ "\u201cI never signed the lease,\u201d Mr. Adeyemi said. \u201cAnd I never "
	  "will.\u201d\r\n"
	  "\r\nCritics accuse the council of hiding the report. The council\u2019s "
	  "spokeswoman said "
	  "the paper would be published in May.\r\n",
	  "Mr. Adeyemi / said / \u201cI never signed the lease,\u201d + \u201cAnd I "
	  "never will.\u201d "
	  "direct\n"
	  "Critics / accuse / the council of hiding the report indirect\n"
	  "The council\u2019s spokeswoman / said / the paper would be published in May "
	  "indirect\n" },
	{ "The mayor believes the bridge will stay closed until autumn.\n"
	  "The pump was installed in 1974 and serviced every year since.\n",
	  "The mayor / believes / the bridge will stay closed until autumn indirect\n" },
};

START_TEST(who_said_what_is_found)
{
	struct job j = { .text = articles[_i].text, .n = strlen(articles[_i].text) };
	char out[2000];

	ck_assert_msg(extract(&j) == OK, "%s", err_text());
	print(out, j.text, &j.x);
	ck_assert_str_eq(out, articles[_i].want);
	ck_assert_str_eq(j.x.model, engine_model(engine));
	for (size_t i = 0; i < j.x.n; i++)
		ck_assert(j.x.v[i].confidence > 0.3f && j.x.v[i].confidence <= 1);
}
END_TEST

START_TEST(what_is_no_article_is_refused)
{
	struct job bad = { .text = "Ames said \xff no", .n = 13 };
	struct job empty = { .text = "", .n = 0 },
	           blank = { .text = " \n\n\t\xc2\xa0 ", .n = 8 };
	struct job big = { .text = "", .n = ARTICLE_MAX + 1 };

	ck_assert_int_eq(extract(&bad), ERR_BAD_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "offset 10"));
	ck_assert_int_eq(extract(&empty), ERR_EMPTY);
	ck_assert_int_eq(extract(&blank), ERR_EMPTY);
	ck_assert_int_eq(extract(&big), ERR_TOO_BIG);
}
END_TEST

START_TEST(weights_that_are_not_there_are_named)
{
	struct engine *none = NULL;

	ck_assert_int_eq(engine_open("no/such.safetensors", &none), ERR_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(err_text(), "no/such.safetensors"));
	ck_assert_ptr_null(none);
	engine_close(NULL);
	engine_scratch_close(NULL);
}
END_TEST

static bool
same_spans(const struct spans *x, const struct spans *y)
{
	return x->n == y->n &&
	       (x->n == 0 || memcmp(x->v, y->v, x->n * sizeof *x->v) == 0);
}

static bool
same(const struct extraction *x, const struct extraction *y)
{
	for (size_t i = 0; x->n == y->n && i < x->n; i++) {
		const struct attribution *p = &x->v[i], *q = &y->v[i];

		if (!same_spans(&p->source, &q->source) ||
		    !same_spans(&p->cue, &q->cue) ||
		    !same_spans(&p->content, &q->content) || p->kind != q->kind ||
		    p->confidence != q->confidence)
			return false;
	}
	return x->n == y->n;
}

enum { ARTICLES = sizeof articles / sizeof articles[0], THREADS = 2, ROUNDS = 4 };

static struct extraction first[ARTICLES];

static void *
many_rounds(void *arg)
{
	struct job j = { .arena = arena_new(1 << 20) };
	bool *ret_same = arg;

	*ret_same = engine_scratch_open(engine, &j.scratch) == OK;
	for (size_t i = 0; i < ROUNDS * ARTICLES; i++) {
		j.text = articles[i % ARTICLES].text;
		j.n = strlen(j.text);
		arena_reset(j.arena);
		if (extract(&j) != OK || !same(&j.x, &first[i % ARTICLES]))
			*ret_same = false;
	}
	engine_scratch_close(j.scratch);
	arena_free(j.arena);
	return NULL;
}

START_TEST(every_thread_gives_the_same_result_each_time)
{
	pthread_t thread[THREADS];
	bool fine[THREADS];

	for (size_t i = 0; i < ARTICLES; i++) {
		struct job j = { .text = articles[i].text,
			         .n = strlen(articles[i].text) };

		ck_assert_int_eq(extract(&j), OK);
		first[i] = j.x;
	}
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, many_rounds, &fine[i]),
		                 0);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(thread[i], NULL);
		ck_assert(fine[i]);
	}
}
END_TEST

/* Whatever room the caller has, the engine comes back, and works again afterwards. */
START_TEST(every_cap_of_the_arena_is_survived)
{
	struct job whole = { .text = articles[2].text, .n = strlen(articles[2].text) };
	size_t cap = 0, after = 0;

	ck_assert_int_eq(extract(&whole), OK);
	for (; after < 3; cap += 16) {
		struct job j = whole;
		enum err e;

		j.arena = arena_new(cap);
		e = extract(&j);
		ck_assert(e == (after > 0 ? OK : e) && (e == OK || e == ERR_TOO_BIG));
		ck_assert(e != OK || same(&j.x, &whole.x));
		after += e == OK;
		arena_free(j.arena);
		ck_assert_uint_lt(cap, 1 << 16);
	}
}
END_TEST

static char *
repeat(const char *unit, size_t times, size_t *ret_n)
{
	size_t n = strlen(unit);
	char *text = malloc(n * times + 1);

	for (size_t i = 0; i < times; i++)
		memcpy(text + i * n, unit, n);
	text[ *ret_n = n * times] = '\0';
	return text;
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double
seconds_for(const char *unit, size_t times)
{
	struct job j = { 0 };
	char *text = repeat(unit, times, &j.n);
	double start = now();
	enum err e;

	j.text = text;
	arena_reset(a);
	e = extract(&j);
	ck_assert_msg(e == OK, "%s", err_text());
	free(text);
	return now() - start;
}

static const struct {
	const char *unit;
	size_t times;
} hostile[] = {
	{ "\"", 20000 },                                    /* quote marks */
	{ "\u201c", 4000 },                                 /* never closed */
	{ "\u201cA \u2018b \u00abc ", 1000 },               /* nested deeper and deeper */
	{ "a", 1 << 20 },                                   /* a word without an end */
	{ "xa'", 2000 },                                    /* and one of many */
	{ "Ames said he left and ", 1000 },                 /* an endless sentence */
	{ "a\n\n", 3000 },                                  /* paragraphs of a letter */
	{ "Ames. \n \n\t                   \n\n\n", 1000 }, /* words far between */
};

/* Four times the text takes about four times the time; never sixteen. */
START_TEST(time_grows_with_the_text_and_no_faster)
{
	const char *unit = hostile[_i].unit;
	double quarter = seconds_for(unit, hostile[_i].times / SLOW / 4);
	double all = seconds_for(unit, hostile[_i].times / SLOW);

	ck_assert_msg(all < 9 * quarter + 0.1, "%s: %.3f s, %.3f s", unit, quarter, all);
}
END_TEST

static long
peak_kilobytes(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

/* A paragraph of 15 MB needs no more than one of 1 MB, its text aside. */
START_TEST(memory_is_bounded_by_a_stretch_and_the_results)
{
	long before;

	seconds_for("unbroken", (1 << 20) / 8);
	before = peak_kilobytes();
	seconds_for("unbroken", (15 << 20) / 8 / SLOW);
	ck_assert_int_lt(peak_kilobytes() - before, (15 << 10) + (8 << 10));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("engine");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_checked_fixture(limits, setup, teardown);
	tcase_set_timeout(limits, 300);
	tcase_add_loop_test(core, who_said_what_is_found, 0, ARTICLES);
	tcase_add_test(core, what_is_no_article_is_refused);
	tcase_add_test(core, weights_that_are_not_there_are_named);
	tcase_add_test(core, every_thread_gives_the_same_result_each_time);
	tcase_add_test(limits, every_cap_of_the_arena_is_survived);
	tcase_add_loop_test(limits, time_grows_with_the_text_and_no_faster, 0, 8);
	tcase_add_test(limits, memory_is_bounded_by_a_stretch_and_the_results);
	suite_add_tcase(s, core);
	suite_add_tcase(s, limits);
	return suite_run(s);
}
