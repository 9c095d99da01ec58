/*
 * One pass with a stack of what is open.  A mark that can be either is judged
 * by the white space around it: `said "no" to` opens after a space and closes
 * before one; where both sides look alike (` " no , " he said`), it closes what
 * is open.  What stays open at the end reaches to the end: in English prose a
 * speech of several paragraphs is opened in each and closed in the last.
 */
#include <stdbool.h>

#include "letter.h"
#include "quote.h"

enum { DEEPEST = 8 };

enum family { DOUBLE, SINGLE, GUILLEMET, CORNER };

struct open {
	enum family family;
	uint32_t mark;
};

struct reader {
	const char *text;
	const struct tokens *t;
	struct paragraph p;
	size_t last_single; /* the last word that could close a single quotation */
	struct quotes found;
	struct open open[DEEPEST];
	size_t depth;
};

static uint32_t
first_letter(const struct reader *r, size_t w)
{
	size_t bytes;

	return letter_at(r->text + r->t->word[w].at.begin, &bytes);
}

/* Does something other than white space touch word w on its left, on its right? */
static bool
touched_left(const struct reader *r, size_t w)
{
	return w > r->p.word && r->t->word[w - 1].at.end == r->t->word[w].at.begin;
}

static bool
touched_right(const struct reader *r, size_t w)
{
	return w + 1 < r->p.end && r->t->word[w + 1].at.begin == r->t->word[w].at.end;
}

static bool
is_word(const struct reader *r, size_t w)
{
	return letter_case(first_letter(r, w)) != LETTER_OTHER;
}

/* Room to open a quotation: a space, a bracket, a dash or another opening mark on the
 * left. */
static bool
opens_left(const struct reader *r, size_t w)
{
	uint32_t c;

	if (!touched_left(r, w) || r->found.mark[w - 1 - r->p.word] == QUOTE_OPENS)
		return true;
	c = first_letter(r, w - 1);
	return c == '(' || c == '[' || c == '-' || c == '/' ||
	       (c >= 0x2010 && c <= 0x2015);
}

static bool
closes_right(const struct reader *r, size_t w)
{
	return !touched_right(r, w) || !is_word(r, w + 1);
}

static bool
is_open(const struct reader *r, enum family family)
{
	for (size_t i = 0; i < r->depth; i++)
		if (r->open[i].family == family)
			return true;
	return false;
}

static uint32_t
top(const struct reader *r, enum family family)
{
	return r->depth > 0 && r->open[r->depth - 1].family == family
	           ? r->open[r->depth - 1].mark
	           : 0;
}

static enum quote_mark
judge_straight(const struct reader *r, size_t w, size_t marks)
{
	bool left = opens_left(r, w), right = closes_right(r, w + marks - 1);

	if (left && !right)
		return QUOTE_OPENS;
	if (is_open(r, DOUBLE))
		return QUOTE_CLOSES;
	return left ? QUOTE_OPENS : QUOTE_NONE; /* 6" is a measure */
}

/* German opens low and closes with what English opens with; Swedish opens and closes with
 * one. */
static enum quote_mark
judge_curly(const struct reader *r, size_t w, uint32_t c)
{
	if (c == 0x201c)
		return top(r, DOUBLE) == 0x201e ? QUOTE_CLOSES : QUOTE_OPENS;
	if (c != 0x201d)
		return QUOTE_OPENS;
	if (is_open(r, DOUBLE))
		return QUOTE_CLOSES;
	return opens_left(r, w) && touched_right(r, w) ? QUOTE_OPENS : QUOTE_NONE;
}

/* Whichever way they point, the first opens and its partner, or one like it, closes. */
static enum quote_mark
judge_guillemet(const struct reader *r, size_t w, uint32_t c)
{
	uint32_t open = top(r, GUILLEMET);
	uint32_t partner = c == 0xab     ? 0xbb
	                   : c == 0xbb   ? 0xab
	                   : c == 0x2039 ? 0x203a
	                                 : 0x2039;

	if (open == partner || (open == c && touched_left(r, w)))
		return QUOTE_CLOSES;
	return QUOTE_OPENS;
}

/* The workers' plan, don't and 'tis against 'I will', he said. */
static enum quote_mark
judge_single(const struct reader *r, size_t w, uint32_t c)
{
	bool left = touched_left(r, w), letter = touched_right(r, w) && is_word(r, w + 1);

	if (left && letter && is_word(r, w - 1))
		return QUOTE_NONE;
	if (is_open(r, SINGLE) && !letter && (left || c != 0x2018) &&
	    !(c == 0x2018 && top(r, SINGLE) != 0x201a))
		return QUOTE_CLOSES;
	if (c == 0x201a)
		return QUOTE_OPENS;
	if (c == 0x2019 || !opens_left(r, w) || !touched_right(r, w))
		return QUOTE_NONE;
	return w < r->last_single ? QUOTE_OPENS : QUOTE_NONE;
}

static bool
is_single(uint32_t c)
{
	return c == '\'' || c == '`' || (c >= 0x2018 && c <= 0x201a);
}

/* Two single marks that touch, `` or '', are one double. */
static bool
is_pair(const struct reader *r, size_t w, uint32_t c)
{
	return (c == '\'' || c == '`') && touched_right(r, w) &&
	       first_letter(r, w + 1) == c;
}

static enum quote_mark
judge(const struct reader *r, size_t w, uint32_t c, enum family *ret_family)
{
	*ret_family = DOUBLE;
	if (is_pair(r, w, c))
		return c == '`' ? QUOTE_OPENS : judge_straight(r, w, 2);
	if (c == '"' || c == 0xff02)
		return judge_straight(r, w, 1);
	if (c >= 0x201c && c <= 0x201f)
		return judge_curly(r, w, c);
	*ret_family = GUILLEMET;
	if (c == 0xab || c == 0xbb || c == 0x2039 || c == 0x203a)
		return judge_guillemet(r, w, c);
	*ret_family = CORNER;
	if (c >= 0x300c && c <= 0x300f)
		return c % 2 == 0 ? QUOTE_OPENS : QUOTE_CLOSES;
	*ret_family = SINGLE;
	return is_single(c) ? judge_single(r, w, c) : QUOTE_NONE;
}

/* A mark like the one that is open already takes its place: the first was never closed.
 */
static void
open_quote(struct reader *r, enum family family, uint32_t mark)
{
	if (top(r, family) == 0 && r->depth < DEEPEST)
		r->depth++;
	r->open[r->depth - 1] = (struct open){ family, mark };
}

static void
close_quote(struct reader *r, enum family family)
{
	if (!is_open(r, family))
		return;
	while (r->open[--r->depth].family != family)
		;
}

static void
mark(struct reader *r, size_t w, enum quote_mark m, uint8_t depth)
{
	r->found.mark[w - r->p.word] = (uint8_t)m;
	r->found.depth[w - r->p.word] = depth;
}

/* Judge word w and return how many words that took. */
static size_t
read_word(struct reader *r, size_t w)
{
	uint32_t c = first_letter(r, w);
	enum family family;
	enum quote_mark m = QUOTE_NONE;
	size_t depth = r->depth, words = 1;

	if (letter_class(c) == LETTER_PUNCTUATION) {
		m = judge(r, w, c, &family);
		words = is_pair(r, w, c) ? 2 : 1;
	}
	if (m == QUOTE_OPENS) {
		open_quote(r, family, c);
		depth = r->depth;
	} else if (m == QUOTE_CLOSES) {
		close_quote(r, family);
	}
	for (size_t i = 0; i < words; i++)
		mark(r, w + i, m, (uint8_t)depth);
	return words;
}

static size_t
find_last_single(const struct reader *r)
{
	for (size_t w = r->p.end; w-- > r->p.word;) {
		uint32_t c = first_letter(r, w);

		if ((c == '\'' || c == 0x2019) && touched_left(r, w) &&
		    closes_right(r, w))
			return w;
	}
	return r->p.word;
}

struct quotes
quote_find(struct arena *a, const char *text, const struct tokens *t, struct paragraph p)
{
	struct reader r = { .text = text, .t = t, .p = p };

	r.found.mark = arena_raw(a, p.end - p.word);
	r.found.depth = arena_raw(a, p.end - p.word);
	r.last_single = find_last_single(&r);
	for (size_t w = p.word; w < p.end;)
		w += read_word(&r, w);
	return r.found;
}
