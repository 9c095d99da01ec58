/*
 * Paragraphs.  A line ends with \n, \r\n, \r or one of Unicode's two separators;
 * a line is blank when nothing in it would be seen: white space, zero-width
 * and control characters.
 *
 * Each byte is looked at a fixed number of times, whatever the text.
 */
#include <assert.h>

#include "letter.h"
#include "text.h"
#include "utf8.h"

/* Sentence ends are looked for this far before the place of a cut. */
enum { CUT_BACK = 2048 };

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool
unseen(enum letter_class k)
{
	return k == LETTER_SPACE || k == LETTER_DROPPED;
}

/* Length of the line end at v[at]: 0 when none is there. */
static size_t
line_end(const struct text *t, size_t at)
{
	const unsigned char *b = (const unsigned char *)t->v + at;
	size_t left = t->n - at;

	if (left == 0)
		return 0;
	if (b[0] == '\r')
		return left > 1 && b[1] == '\n' ? 2 : 1;
	if (b[0] == '\n')
		return 1;
	return left > 2 && b[0] == 0xe2 && b[1] == 0x80 && (b[2] == 0xa8 || b[2] == 0xa9)
	           ? 3
	           : 0;
}

struct line {
	size_t end, next; /* next: where the line after it begins */
	bool blank;
};

/* The line at `at`, or what of it stands before limit. */
static struct line
line_at(const struct text *t, size_t at, size_t limit)
{
	struct line line = { .blank = true };
	size_t bytes, ending = 0;

	for (; at < limit && (ending = line_end(t, at)) == 0; at += bytes)
		if (!unseen(letter_class(letter_at(t->v + at, &bytes))))
			line.blank = false;
	line.end = at;
	line.next = at + ending;
	return line;
}

/* Is there a blank line with text on both sides? */
static bool
has_blank_line(const struct text *t)
{
	bool text = false, gap = false;

	for (size_t at = 0; at < t->n;) {
		struct line line = line_at(t, at, t->n);

		if (!line.blank && gap)
			return true;
		text = text || !line.blank;
		gap = text && line.blank;
		at = line.next;
	}
	return false;
}

enum err
text_open(const char *v, size_t n, struct text *ret)
{
	size_t bad = utf8_valid(v, n);

	if (bad < n)
		return err_set(ERR_BAD_INPUT,
		               "the text is not UTF-8: byte 0x%02x at offset %zu; "
		               "convert it and try again",
		               (unsigned char)v[bad], bad);
	*ret = (struct text){ .v = v, .n = n };
	ret->lines = !has_blank_line(ret);
	return OK;
}

/* [begin, end) without white space at its end; the byte at begin is seen. */
static struct span
trim(const struct text *t, size_t begin, size_t end)
{
	for (size_t bytes, before; end > begin; end = before) {
		before = letter_before(t->v, end);
		if (!unseen(letter_class(letter_at(t->v + before, &bytes))))
			break;
	}
	assert(begin < end);
	return (struct span){ (uint32_t)begin, (uint32_t)end };
}

/*
 * Where to cut text that goes on from begin beyond limit: behind the last
 * sentence end shortly before it, else behind the last space, else at limit.
 */
static size_t
cut_place(const struct text *t, size_t begin, size_t limit)
{
	size_t space = 0;

	while (((unsigned char)t->v[limit] & 0xc0) == 0x80)
		limit--;
	for (size_t at = limit; at > begin && at + CUT_BACK > limit; at--) {
		if (t->v[at] != ' ')
			continue;
		if (space == 0)
			space = at;
		if (t->v[at - 1] == '.' || t->v[at - 1] == '?' || t->v[at - 1] == '!')
			return at;
	}
	return space > 0 ? space : limit;
}

/* Where something can be seen at or after `at`; t->n when nothing can. */
static size_t
first_seen(const struct text *t, size_t at)
{
	for (size_t bytes; at < t->n; at += bytes)
		if (!unseen(letter_class(letter_at(t->v + at, &bytes))))
			break;
	return at;
}

bool
text_paragraph(const struct text *t, size_t *at, struct span *ret)
{
	size_t begin = first_seen(t, *at);
	size_t limit = least(t->n, begin + PARAGRAPH_MAX + 1), end = begin;
	struct line line;

	*at = begin;
	if (begin == t->n)
		return false;
	do {
		line = line_at(t, *at, limit);
		*at = line.next;
		if (!line.blank)
			end = line.end;
	} while (!line.blank && !t->lines && *at < limit);
	if (end - begin > PARAGRAPH_MAX)
		*at = end = cut_place(t, begin, begin + PARAGRAPH_MAX);
	*ret = trim(t, begin, end);
	return true;
}
