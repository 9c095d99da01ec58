#include <string.h>

#include "suite.h"
#include "worker/engine/window.h"

enum { MAX = 320, BEGIN = -1, GAP = -2, END = -3, MOST = 200000 };

static const struct layout layout = { MAX, BEGIN, GAP, END };
static struct arena *a;

static void
setup(void)
{
	a = arena_new(1 << 26);
	ck_assert_ptr_nonnull(a);
}

static void
teardown(void)
{
	arena_free(a);
}

/* Paragraphs of so many words, each word of so many pieces; 0 ends the list. */
struct article {
	size_t words[40], pieces;
	size_t repeat; /* the list of paragraphs */
};

struct packed {
	struct tokens t;
	struct paragraph *p;
	size_t n;
};

static struct packed
write_article(const struct article *x)
{
	struct packed k = { .n = 0 };
	size_t room = 0;

	k.t.id = arena_raw(a, MOST * sizeof *k.t.id);
	k.t.at = arena_raw(a, MOST * sizeof *k.t.at);
	k.t.word = arena_raw(a, MOST * sizeof *k.t.word);
	for (size_t r = 0; r < x->repeat; r++)
		for (const size_t *words = x->words; *words > 0; words++) {
			k.p = arena_grow(a, k.p, k.n, &room, sizeof *k.p);
			k.p[k.n++] =
			    (struct paragraph){ k.t.n_words, k.t.n_words + *words };
			for (size_t w = 0; w < *words; w++) {
				k.t.word[k.t.n_words++] =
				    (struct word){ .piece = (uint32_t)k.t.n,
					           .how = (uint8_t)(w % 5) };
				for (size_t i = 0; i < x->pieces; i++, k.t.n++)
					k.t.id[k.t.n] = (int32_t)k.t.n;
			}
		}
	ck_assert_uint_le(k.t.n, MOST);
	return k;
}

/* What stands in a part is what stands in the tokens, case classes at first pieces only.
 */
static void
check_part(const struct packed *k, const struct window *w, const struct part *part)
{
	size_t first = k->t.word[part->word].piece, bad = 0;

	ck_assert(part->word <= part->keep && part->keep < part->keep_end);
	ck_assert(part->keep_end <= part->end);
	for (size_t i = part->word; i < part->end; i++) {
		size_t at = part->at + k->t.word[i].piece - first;

		bad += w->how[at] != k->t.word[i].how;
		for (size_t piece = k->t.word[i].piece; piece < word_end(&k->t, i);
		     piece++, at++) {
			bad += w->id[at] != (int)piece;
			bad += piece != k->t.word[i].piece && w->how[at] != -1;
		}
	}
	ck_assert_uint_eq(bad, 0);
}

static void
check_window(const struct packed *k, const struct window *w)
{
	size_t at = 0, last = w->n_parts - 1;

	ck_assert_uint_le(w->n, MAX);
	for (size_t i = 0; i < w->n_parts; i++) {
		const struct part *part = &w->part[i];

		ck_assert_int_eq(w->id[at], i == 0 ? BEGIN : GAP);
		ck_assert_int_eq(w->how[at], -1);
		ck_assert_uint_eq(part->at, at + 1);
		check_part(k, w, part);
		at = part->at + word_end(&k->t, part->end - 1) -
		     k->t.word[part->word].piece;
	}
	ck_assert_int_eq(w->id[at], END);
	ck_assert_uint_eq(w->n, at + 1);
	ck_assert_uint_gt(w->part[last].end, 0);
}

/* Pack it; every word is kept exactly once, in order. Returns how many windows that took.
 */
static size_t
pack(const struct article *x)
{
	struct packed k = write_article(x);
	struct packer *p = packer_new(a, &layout, &k.t, k.p, k.n);
	struct window w;
	size_t kept = 0, windows = 0;

	for (; packer_next(p, &w); windows++) {
		check_window(&k, &w);
		for (size_t i = 0; i < w.n_parts; i++) {
			ck_assert_uint_eq(w.part[i].keep, kept);
			kept = w.part[i].keep_end;
		}
	}
	ck_assert_uint_eq(kept, k.t.n_words);
	return windows;
}

static const struct {
	struct article article;
	size_t windows;
} cases[] = {
	{ { { 1 }, 1, 1 }, 1 },
	{ { { 318 }, 1, 1 }, 1 },      /* just fits */
	{ { { 319 }, 1, 1 }, 2 },      /* just not */
	{ { { 158, 159 }, 1, 1 }, 1 }, /* 320 with a gap */
	{ { { 159, 159 }, 1, 1 }, 2 }, /* whole paragraphs only */
	{ { { 10, 20, 30 }, 2, 1 }, 1 },
	{ { { 100, 400, 100 }, 1, 1 }, 3 }, /* the end of a long one shares its window */
	{ { { 3 }, 100, 1 }, 1 },           /* the longest words there are */
	{ { { 4 }, 100, 1 }, 2 },
	/* 40 and 7; the 318 in four parts, the last with the 1; the 90 */
	{ { { 40, 7, 318, 1, 90 }, 3, 20 }, 6 * 20 },
};

static enum err
pack_case(void *arg)
{
	int i = *(int *)arg;

	ck_assert_uint_eq(pack(&cases[i].article), cases[i].windows);
	return OK;
}

START_TEST(whole_paragraphs_fill_windows)
{
	ck_assert_int_eq(arena_run(a, pack_case, &_i), OK);
}
END_TEST

/* Each word of a cut paragraph has at least this much of the paragraph on both sides. */
static enum err
cut_paragraph(void *arg)
{
	struct article x = { { 1000 }, 1, 1 };
	struct packed k = write_article(&x);
	struct packer *p = packer_new(a, &layout, &k.t, k.p, k.n);
	struct window w;

	(void)arg;
	while (packer_next(p, &w)) {
		const struct part *part = &w.part[0];

		ck_assert(part->word == 0 || part->keep - part->word >= 32);
		ck_assert(part->end == 1000 || part->end - part->keep_end >= 32);
	}
	return OK;
}

START_TEST(a_word_is_read_where_it_has_more_context)
{
	ck_assert_int_eq(arena_run(a, cut_paragraph, NULL), OK);
}
END_TEST

static enum err
no_paragraph(void *arg)
{
	struct tokens t = { .n = 0 };
	struct window w;

	(void)arg;
	ck_assert(!packer_next(packer_new(a, &layout, &t, NULL, 0), &w));
	return OK;
}

START_TEST(nothing_to_pack_is_no_window)
{
	ck_assert_int_eq(arena_run(a, no_paragraph, NULL), OK);
}
END_TEST

static enum err
long_articles(void *arg)
{
	struct article endless = { { MOST }, 1, 1 }, crumbs = { { 1, 1, 2 }, 1, 40000 },
	               heavy = { { 1999 }, 100, 1 };
	size_t mark = arena_mark(a);

	(void)arg;
	ck_assert_uint_le(pack(&endless), MOST / (318 - 64 - 1) + 1);
	arena_release(a, mark);
	ck_assert_uint_le(pack(&crumbs),
	                  2 * 160000 / 318 + 2); /* every word may need a gap */
	arena_release(a, mark);
	ck_assert_uint_le(pack(&heavy), 199900 / (300 - 100) + 1);
	return OK;
}

START_TEST(windows_grow_with_the_pieces_and_no_faster)
{
	ck_assert_int_eq(arena_run(a, long_articles, NULL), OK);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("window");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_checked_fixture(limits, setup, teardown);
	tcase_add_loop_test(core, whole_paragraphs_fill_windows, 0,
	                    sizeof cases / sizeof cases[0]);
	tcase_add_test(core, a_word_is_read_where_it_has_more_context);
	tcase_add_test(limits, nothing_to_pack_is_no_window);
	tcase_add_test(limits, windows_grow_with_the_pieces_and_no_faster);
	suite_add_tcase(s, core);
	suite_add_tcase(s, limits);
	return suite_run(s);
}
