/*
 * The bytes of the spans are copied; the lexemes say where pronouns are.  At most NAMES
 * names are put in, each of at most NAME_MOST bytes, so that a wording is as long as the
 * claim and not longer by more than that.
 */
#include "wording.h"

#include <stdlib.h>
#include <string.h>

#include "letter.h"
#include "lexicon.h"

enum { NAMES = 6, NAME_MOST = 100 };

/* A mention of a speaker. */
struct place {
	struct span at;
	int speaker;
};

struct wording {
	struct arena *arena;
	const char *text;
	const struct extraction *x;
	size_t n;
	struct place *place; /* in the order of the text */
};

static int
by_begin(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return (x->at.begin > y->at.begin) - (x->at.begin < y->at.begin);
}

struct wording *
wording_new(struct arena *a, const char *text, const struct extraction *x)
{
	struct wording *w = arena_alloc(a, sizeof *w);
	size_t n = 0;

	*w = (struct wording){ .arena = a, .text = text, .x = x };
	for (size_t i = 0; i < x->n_speakers; i++)
		n += x->speakers[i].mentions.n;
	w->place = arena_raw(a, n * sizeof *w->place);
	for (size_t i = 0; i < x->n_speakers; i++)
		for (size_t k = 0; k < x->speakers[i].mentions.n; k++)
			w->place[w->n++] =
			    (struct place){ x->speakers[i].mentions.v[k], (int)i };
	if (w->n > 0)
		qsort(w->place, w->n, sizeof *w->place, by_begin);
	return w;
}

/* The speaker who is mentioned at exactly these bytes. */
static int
mentioned(const struct wording *w, struct span at)
{
	const struct place *p;
	struct place key = { at, NO_INDEX };

	if (w->n == 0)
		return NO_INDEX;
	p = bsearch(&key, w->place, w->n, sizeof *w->place, by_begin);
	return p != NULL && p->at.end == at.end ? p->speaker : NO_INDEX;
}

/* -------------------------------------------------------------------------- trimming */

enum mark { NO_MARK, MARK, SINGLE, LOOSE };

/* What a character is at the end of a quotation; LOOSE: white space, commas. */
static enum mark
mark_of(uint32_t c)
{
	switch (c) {
	case '"':
	case 0x201c:
	case 0x201d:
	case 0x201e:
	case 0xab:
	case 0xbb:
	case 0x2039:
	case 0x203a:
	case 0x300c:
	case 0x300d:
	case 0x300e:
	case 0x300f:
		return MARK;
	case '\'':
	case '`':
	case 0x2018:
	case 0x2019:
	case 0x201a:
		return SINGLE;
	case ',':
	case ';':
	case ':':
	case '-':
	case 0x2013:
	case 0x2014:
		return LOOSE;
	default:
		return letter_class(c) == LETTER_SPACE ||
		               letter_class(c) == LETTER_DROPPED
		           ? LOOSE
		           : NO_MARK;
	}
}

static enum mark
first_of(const char *text, struct span at, uint32_t *ret_next)
{
	size_t bytes;
	uint32_t c;

	if (at.begin == at.end)
		return NO_MARK;
	c = letter_at(text + at.begin, &bytes);
	*ret_next = at.begin + (uint32_t)bytes;
	return mark_of(c);
}

static enum mark
last_of(const char *text, struct span at, uint32_t *ret_begin)
{
	size_t bytes;

	if (at.begin == at.end)
		return NO_MARK;
	*ret_begin = (uint32_t)letter_before(text, at.end);
	return mark_of(letter_at(text + *ret_begin, &bytes));
}

static struct span
without_loose(const char *text, struct span at)
{
	uint32_t to;

	while (first_of(text, at, &to) == LOOSE)
		at.begin = to;
	while (last_of(text, at, &to) == LOOSE)
		at.end = to;
	return at;
}

static size_t
count_marks(const char *text, struct span at)
{
	size_t n = 0, bytes;

	for (uint32_t i = at.begin; i < at.end; i += (uint32_t)bytes)
		n += mark_of(letter_at(text + i, &bytes)) == MARK;
	return n;
}

/*
 * Both marks of “We have no choice”, or the one there is of an unclosed quotation; none
 * of: it “acted in haste”, for that one belongs to the other.
 */
static struct span
without_marks(const char *text, struct span at)
{
	uint32_t next, last;
	enum mark a = first_of(text, at, &next), b = last_of(text, at, &last);
	size_t marks = a == MARK || b == MARK ? count_marks(text, at) : 0;

	if (a == SINGLE && b == SINGLE && next <= last)
		return (struct span){ next, last };
	if (a == MARK && b == MARK && marks == 2)
		return (struct span){ next, last };
	if (marks == 1)
		return a == MARK ? (struct span){ next, at.end }
		                 : (struct span){ at.begin, last };
	return at;
}

struct spans
wording_trim(struct arena *a, const char *text, const struct spans *at)
{
	struct spans out = { 0, arena_raw(a, at->n * sizeof *out.v) };

	for (size_t i = 0; i < at->n; i++) {
		struct span s = without_loose(text, at->v[i]);

		s = without_marks(text, s);
		s = without_loose(text, without_marks(text, s)); /* '' is two of them */
		if (s.begin < s.end)
			out.v[out.n++] = s;
	}
	return out;
}

/* --------------------------------------------------------------------------- writing */

struct writer {
	const char *text;
	char *v;
	size_t n;
	uint32_t at;  /* of the text: copied up to here */
	size_t names; /* put in so far */
	int named;    /* the last one */
};

static void
copy_to(struct writer *w, uint32_t end)
{
	size_t bytes;

	for (; w->at < end; w->at += (uint32_t)bytes) {
		uint32_t c = letter_at(w->text + w->at, &bytes);

		if (c == '\0')
			continue; /* would end the wording */
		if (letter_class(c) != LETTER_SPACE) {
			memcpy(w->v + w->n, w->text + w->at, bytes);
			w->n += bytes;
		} else if (w->n > 0 && w->v[w->n - 1] != ' ') {
			w->v[w->n++] = ' ';
		}
	}
}

static void
put(struct writer *w, const char *text)
{
	size_t n = strlen(text);

	memcpy(w->v + w->n, text, n);
	w->n += n;
}

static bool
is_third(const struct prose *p, size_t i)
{
	static const char *const all[] = { "he",  "she",  "it",  "they",  "him",
		                           "her", "them", "his", "their", "its",
		                           "who", "hers", NULL };

	return prose_in(p, i, all);
}

static bool
is_first(const struct prose *p, size_t i)
{
	static const char *const all[] = { "i", "we", "me", "us", "my", "our", NULL };

	return prose_in(p, i, all);
}

/* Whom a pronoun stands for. */
static int
stands_for(const struct wording *w, const struct prose *p, size_t i,
           const struct attribution *said)
{
	if (is_third(p, i))
		return mentioned(w, p->v[i].at);
	return said != NULL && said->kind == DIRECT && is_first(p, i) ? said->speaker
	                                                              : NO_INDEX;
}

/* Behind lexeme i, if it is a pronoun whose speaker is known and was not just named. */
static void
put_name(struct writer *out, const struct wording *w, const struct prose *p, size_t i,
         const struct attribution *said)
{
	int speaker = stands_for(w, p, i, said);
	const char *name = speaker == NO_INDEX ? "" : w->x->speakers[speaker].name;

	if (*name == '\0' || speaker == out->named || out->names == NAMES ||
	    strlen(name) > NAME_MOST)
		return;
	copy_to(out, p->v[i].at.end);
	put(out, " [");
	put(out, name);
	put(out, "]");
	out->names++;
	out->named = speaker;
}

/* Where the wording begins: that she would go, without the "that". */
static uint32_t
begin_of(const struct spans *at, const struct prose *p, const struct attribution *said)
{
	if (said == NULL || said->kind == DIRECT || p->n < 2 || !prose_is(p, 0, "that") ||
	    lexicon_is(p, 1, "be") || prose_is(p, 1, "'s"))
		return at->v[0].begin;
	return p->v[1].at.begin;
}

static size_t
room_for(const struct spans *at)
{
	size_t n = NAMES * (NAME_MOST + 3) + 8;

	for (size_t i = 0; i < at->n; i++)
		n += at->v[i].end - at->v[i].begin + 1;
	return n;
}

const char *
wording_text(struct wording *w, const struct spans *at, const struct prose *p,
             const struct attribution *said)
{
	struct writer out = { .text = w->text, .named = NO_INDEX };
	size_t i = 0;

	out.v = arena_raw(w->arena, room_for(at));
	for (size_t k = 0; k < at->n; k++) {
		struct span s = at->v[k];

		if (k > 0)
			put(&out, " ");
		out.at = k > 0 ? s.begin : begin_of(at, p, said);
		for (; i < p->n && p->v[i].at.end <= s.end; i++)
			put_name(&out, w, p, i, said);
		if (i == PROSE_MOST && p->v[i - 1].at.end < s.end) {
			copy_to(&out, p->v[i - 1].at.end);
			put(&out, "\u2026");
			break;
		}
		copy_to(&out, s.end);
	}
	out.v[out.n] = '\0';
	return out.v;
}
