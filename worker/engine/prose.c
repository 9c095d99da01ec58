/*
 * One pass over the bytes; a lexeme is cut where its kind of character ends.
 */
#include <string.h>
#include <strings.h>

#include "letter.h"
#include "prose.h"

/* Bytes of one span that are being read. */
struct reader {
	const char *text;
	size_t at, end;
};

/* The character at r->at + ahead, 0 behind the end. */
static uint32_t
look(const struct reader *r, size_t ahead, size_t *ret_bytes)
{
	*ret_bytes = 0;
	return r->at + ahead < r->end ? letter_at(r->text + r->at + ahead, ret_bytes) : 0;
}

static bool
is_digit(uint32_t c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(uint32_t c)
{
	enum letter_case k;

	if (c < 128)
		return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
	k = letter_case(c);
	return k != LETTER_OTHER;
}

static bool
is_apostrophe(uint32_t c)
{
	return c == '\'' || c == 0x2019;
}

/* An accent of its own, or another character that is not seen. */
static bool
is_within(uint32_t c)
{
	return c >= 128 && letter_class(c) == LETTER_DROPPED;
}

static void
put(struct lexeme *t, size_t *n, uint32_t c, const char *bytes, size_t size)
{
	if (is_within(c) || *n + size >= LEXEME_LETTERS)
		return;
	if (is_apostrophe(c))
		t->low[(*n)++] = '\'';
	else if (c < 128)
		t->low[(*n)++] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
	else
		for (size_t i = 0; i < size; i++)
			t->low[(*n)++] = bytes[i];
}

/* Does a clitic end the word here: 's, 'll, 're, 've, 'd, 'm? */
static size_t
clitic(const struct reader *r, size_t bytes)
{
	static const char *const all[] = { "s", "ll", "re", "ve", "d", "m" };
	size_t left = r->end - r->at - bytes, size;

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		size_t n = strlen(all[i]);

		if (left >= n && strncasecmp(r->text + r->at + bytes, all[i], n) == 0 &&
		    !is_letter(look(r, bytes + n, &size)))
			return bytes + n;
	}
	return 0;
}

/* Is the apostrophe that comes next inside the word: O'Brien, didn't? */
static bool
holds(const struct reader *r, size_t bytes)
{
	size_t size;

	return is_letter(look(r, bytes, &size)) && clitic(r, bytes) == 0;
}

static void
read_word(struct reader *r, struct lexeme *t)
{
	size_t bytes, n = 0;
	uint32_t c = look(r, 0, &bytes);

	t->kind = LEXEME_WORD;
	t->capital = letter_case(c) == LETTER_UPPER || letter_case(c) == LETTER_TITLE;
	while (is_letter(c) || is_digit(c) || is_within(c) ||
	       (is_apostrophe(c) && holds(r, bytes))) {
		put(t, &n, c, r->text + r->at, bytes);
		r->at += bytes;
		c = look(r, 0, &bytes);
	}
}

static void
read_number(struct reader *r, struct lexeme *t)
{
	size_t bytes, size, n = 0;
	uint32_t c = look(r, 0, &bytes);

	t->kind = LEXEME_NUMBER;
	while (is_digit(c) ||
	       ((c == ',' || c == '.') && is_digit(look(r, bytes, &size)))) {
		put(t, &n, c, r->text + r->at, bytes);
		r->at += bytes;
		c = look(r, 0, &bytes);
	}
}

static void
read_mark(struct reader *r, struct lexeme *t)
{
	size_t bytes, n = 0;
	uint32_t c = look(r, 0, &bytes);
	size_t more = is_apostrophe(c) && t->touches ? clitic(r, bytes) : 0;

	t->kind = more > 0 ? LEXEME_WORD : LEXEME_MARK;
	do {
		put(t, &n, c, r->text + r->at, bytes);
		r->at += bytes;
		more -= more > 0 ? bytes : 0;
		c = look(r, 0, &bytes);
	} while (more > 0);
}

/* Moves to the next character that is seen; false at the end. */
static bool
skip_spaces(struct reader *r)
{
	size_t bytes;
	uint32_t c;

	for (; r->at < r->end; r->at += bytes) {
		c = look(r, 0, &bytes);
		if (letter_class(c) != LETTER_SPACE && letter_class(c) != LETTER_DROPPED)
			return true;
	}
	return false;
}

static size_t
read_span(const char *text, struct span at, struct lexeme *v, size_t room)
{
	struct reader r = { text, at.begin, at.end };
	size_t n = 0, bytes;

	while (n < room && skip_spaces(&r)) {
		struct lexeme *t = &v[n];
		uint32_t c = look(&r, 0, &bytes);

		memset(t, 0, sizeof *t);
		t->at.begin = (uint32_t)r.at;
		t->touches = n > 0 && v[n - 1].at.end == r.at;
		if (is_digit(c))
			read_number(&r, t);
		else if (is_letter(c))
			read_word(&r, t);
		else
			read_mark(&r, t);
		t->at.end = (uint32_t)r.at;
		n++;
	}
	return n;
}

struct prose
prose_fill(struct lexeme *v, size_t room, const char *text, const struct spans *at)
{
	struct prose p = { 0, v };

	for (size_t i = 0; i < at->n && p.n < room; i++)
		p.n += read_span(text, at->v[i], v + p.n, room - p.n);
	return p;
}

size_t
prose_bytes(const struct spans *at)
{
	size_t bytes = 0;

	for (size_t i = 0; i < at->n; i++)
		bytes += at->v[i].end - at->v[i].begin;
	return bytes;
}

struct prose
prose_read(struct arena *a, const char *text, const struct spans *at)
{
	size_t bytes = prose_bytes(at), room = bytes < PROSE_MOST ? bytes : PROSE_MOST;

	return prose_fill(arena_raw(a, room * sizeof(struct lexeme)), room, text, at);
}

bool
prose_is(const struct prose *p, size_t i, const char *low)
{
	return i < p->n && strcmp(p->v[i].low, low) == 0;
}

bool
prose_in(const struct prose *p, size_t i, const char *const *list)
{
	for (; i < p->n && *list != NULL; list++)
		if (strcmp(p->v[i].low, *list) == 0)
			return true;
	return false;
}
