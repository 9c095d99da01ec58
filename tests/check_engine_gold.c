/*
 * The engine against tests/gold/: what must be right is right, what is written down as
 * missed is missed, and there is nothing else.  A miss that became right fails too, until
 * its line is taken away; so the files always say what the engine does.
 *
 * With $GOLD_ACCEPT set the files are rewritten instead, so that they say what the engine
 * does now; with $GOLD_ACCEPT=wavering, what comes out otherwise than they say is written
 * down as wavering.  make gold-accept does both: read the difference before you commit
 * it.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "gold_accept.h"
#include "suite.h"
#include "worker/engine/engine.h"

static const char *const kinds[] = { "wire",          "comment", "interview",
	                             "press-release", "court",   "sport",
	                             "science",       "council", "marks" };
enum { KINDS = sizeof kinds / sizeof *kinds, ARENA = 16 << 20 };

/* Of one kind of article.  Shared with the processes in which the tests run. */
struct score {
	int articles, right[GOLD_ASPECTS], of[GOLD_ASPECTS], extra, misses;
};
static struct score *scores;

static struct gold_article articles[GOLD_ARTICLES];
static size_t begin[KINDS + 1]; /* of each kind in articles */
static struct engine *engine;
static struct scratch *scratch;

static void
file_of(size_t kind, char *ret, size_t room)
{
	snprintf(ret, room, "tests/gold/%s.txt", kinds[kind]);
}

static void
setup(void)
{
	ck_assert_msg(engine_open("model/hearsay-en.safetensors", &engine) == OK, "%s",
	              err_text());
	ck_assert_msg(engine_scratch_open(engine, &scratch) == OK, "%s", err_text());
}

struct run {
	struct arena *arena;
	const struct gold_article *article;
	struct extraction x;
};

static enum err
extract(void *arg)
{
	struct run *r = arg;
	const struct engine_article it = { r->article->text, r->article->n,
		                           r->article->published };

	return engine_extract(engine, scratch, r->arena, &it, &r->x);
}

/* What the trial holds lives in the arena that is returned; the caller frees it. */
static struct arena *
try_article(const struct gold_article *article, struct gold_trial *ret)
{
	struct run r = { arena_new(ARENA), article, { .n = 0 } };

	ck_assert_ptr_nonnull(r.arena);
	ck_assert_msg(arena_run(r.arena, extract, &r) == OK, "%s: %s", article->name,
	              err_text());
	gold_try(article, &r.x, ret);
	return r.arena;
}

static void
count(struct score *s, const struct gold_trial *t)
{
	s->articles++;
	s->extra += (int)t->unknown;
	for (size_t i = 0; i < t->n; i++) {
		const struct gold_verdict *v = &t->verdict[i];

		s->misses += v->known != GOLD_RIGHT;
		if (v->want->extra) {
			s->extra += !v->right;
			continue;
		}
		s->of[v->aspect]++;
		s->right[v->aspect] += v->right;
	}
}

static struct score *
score_of(size_t article)
{
	size_t k = 0;

	while (article >= begin[k + 1])
		k++;
	return &scores[k];
}

START_TEST(an_article_comes_out_as_written)
{
	static struct gold_trial t;
	static char out[16384];
	struct arena *a = try_article(&articles[_i], &t);
	size_t n = gold_complaints(&t, out, sizeof out);

	count(score_of((size_t)_i), &t);
	arena_free(a);
	ck_assert_msg(n == 0, "%s:\n%s", articles[_i].name, out);
}
END_TEST

START_TEST(the_files_say_what_the_engine_does)
{
	const char *how = getenv("GOLD_ACCEPT");
	bool wavering = how != NULL && strcmp(how, "wavering") == 0;
	bool (*accept)(const char *, const struct gold_trial *, size_t) =
	    wavering ? gold_accept_wavering : gold_accept;
	static struct gold_trial t[GOLD_ARTICLES];
	static struct arena *a[GOLD_ARTICLES];

	for (size_t k = 0; k < KINDS; k++) {
		char path[64];

		file_of(k, path, sizeof path);
		for (size_t i = begin[k]; i < begin[k + 1]; i++) {
			a[i] = try_article(&articles[i], &t[i]);
			count(&scores[k], &t[i]);
		}
		if (accept(path, t + begin[k], begin[k + 1] - begin[k]))
			printf("gold %s changed\n", path);
		for (size_t i = begin[k]; i < begin[k + 1]; i++)
			arena_free(a[i]);
	}
}
END_TEST

static void
add(struct score *sum, const struct score *x)
{
	sum->articles += x->articles;
	sum->extra += x->extra;
	sum->misses += x->misses;
	for (int i = 0; i < GOLD_ASPECTS; i++) {
		sum->right[i] += x->right[i];
		sum->of[i] += x->of[i];
	}
}

static void
print_score(const char *name, const struct score *x)
{
	printf("gold %-14s %4d", name, x->articles);
	for (int i = 0; i < GOLD_ASPECTS; i++)
		printf("  %3d/%-3d", x->right[i], x->of[i]);
	printf("  %4d %6d\n", x->extra, x->misses);
}

static void
teardown(void)
{
	struct score sum = { .articles = 0 };

	printf("gold %-14s %4s", "kind", "art.");
	for (int i = 0; i < GOLD_ASPECTS; i++)
		printf("  %-7s", i == GOLD_ALL ? "found" : gold_aspects[i]);
	printf("  %4s %6s\n", "more", "known");
	for (size_t k = 0; k < KINDS; k++) {
		print_score(kinds[k], &scores[k]);
		add(&sum, &scores[k]);
	}
	print_score("all", &sum);
	fflush(stdout);
	engine_scratch_close(scratch);
	engine_close(engine);
}

static void
read_all(void)
{
	char path[64];

	for (size_t k = 0; k < KINDS; k++) {
		file_of(k, path, sizeof path);
		begin[k + 1] = gold_read(path, articles, begin[k]);
	}
}

int
main(void)
{
	Suite *s = suite_create("gold");
	TCase *core = tcase_create("core");

	read_all();
	scores = mmap(NULL, KINDS * sizeof *scores, PROT_READ | PROT_WRITE,
	              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (scores == MAP_FAILED)
		return EXIT_FAILURE;
	tcase_add_unchecked_fixture(core, setup, teardown);
	tcase_set_timeout(core, 600); /* instruction sets of long ago are slow */
	if (getenv("GOLD_ACCEPT") != NULL)
		tcase_add_test(core, the_files_say_what_the_engine_does);
	else
		tcase_add_loop_test(core, an_article_comes_out_as_written, 0,
		                    (int)begin[KINDS]);
	suite_add_tcase(s, core);
	return suite_run(s);
}
