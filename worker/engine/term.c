/*
 * Words for the rules about names, cut in one pass over a paragraph.
 */
#include "term.h"

#include <string.h>

#include "classes.h"
#include "letter.h"

enum { FOLD_ROOM = 32 };

static const char *const dotted_words[] = {
	"adm", "brig", "capt", "cmdr", "co", "col", "corp", "dr",   "gen",
	"gov", "hon",  "inc",  "insp", "jr", "lt",  "ltd",  "maj",  "messrs",
	"mme", "mr",   "mrs",  "ms",   "mt", "pfc", "pres", "prof", "rep",
	"rev", "sec",  "sen",  "sgt",  "sr", "st",  "supt", "vs",
};

struct scanner {
	const char *v;
	uint32_t at, end;
	uint8_t gap;
	bool quoted;
};

/* ---------------------------------------------------------------------- letters */

static bool
is_part(uint32_t c)
{
	enum letter_class k = letter_class(c);

	return k == LETTER_PLAIN || k == LETTER_IDEOGRAPH ||
	       (k == LETTER_DROPPED && c > 127);
}

/* Behind the run of letters and digits at `at`. */
static uint32_t
run_end(const struct scanner *r, uint32_t at)
{
	size_t step;

	while (at < r->end && is_part(letter_at(r->v + at, &step)))
		at += (uint32_t)step;
	return at;
}

static bool
is_apostrophe(const struct scanner *r, uint32_t at, size_t *step)
{
	uint32_t c = at < r->end ? letter_at(r->v + at, step) : 0;

	return c == '\'' || c == 0x2019;
}

void
term_fold(const char *v, struct span at, char ret[FOLD_ROOM])
{
	size_t n = 0, step;

	for (uint32_t i = at.begin; i < at.end; i += (uint32_t)step) {
		uint32_t c = letter_at(v + i, &step), folded[LETTER_FOLD_MAX];

		if (c == 0x2019)
			c = '\'';
		size_t k = c == '.' ? 0 : letter_fold(c, folded);
		uint8_t bytes[4];

		for (size_t j = 0; j < k; j++) {
			size_t size = letter_write(folded[j], bytes);

			if (n + size >= FOLD_ROOM)
				break;
			memcpy(ret + n, bytes, size);
			n += size;
		}
	}
	ret[n] = '\0';
}

uint32_t
term_hash(const char *word)
{
	uint32_t h = 2166136261u;

	for (; *word != '\0'; word++)
		h = (h ^ (uint8_t)*word) * 16777619u;
	return h;
}

static enum term_form
form_of(const char *v, struct span at)
{
	int upper = 0, lower = 0, others = 0;
	bool initial = false;
	size_t step;

	for (uint32_t i = at.begin; i < at.end; i += (uint32_t)step) {
		enum letter_case k = letter_case(letter_at(v + i, &step));

		if (i == at.begin)
			initial = k == LETTER_UPPER || k == LETTER_TITLE;
		upper += k == LETTER_UPPER;
		lower += k == LETTER_LOWER;
		others += k == LETTER_UNCASED;
	}
	if (upper + lower + others == 0)
		return TERM_DIGIT;
	if (upper > 1 && lower == 0)
		return TERM_UPPER;
	return initial || upper > 0 ? TERM_INITIAL : TERM_LOWER;
}

/* ------------------------------------------------------------------------ words */

static bool
takes_stop(const char *v, struct span at)
{
	char word[FOLD_ROOM];

	if (at.end - at.begin == 1)
		return form_of(v, at) == TERM_INITIAL;
	if (at.end - at.begin > 6)
		return false;
	term_fold(v, at, word);
	for (size_t i = 0; i < sizeof dotted_words / sizeof *dotted_words; i++)
		if (strcmp(word, dotted_words[i]) == 0)
			return true;
	return false;
}

/* "s" or nothing behind an apostrophe that ends a word: how far it goes, or 0. */
static uint32_t
possessive_at(const struct scanner *r, uint32_t at)
{
	size_t step;

	if (!is_apostrophe(r, at, &step))
		return 0;
	at += (uint32_t)step;
	if (run_end(r, at) == at + 1 && (r->v[at] == 's' || r->v[at] == 'S'))
		return at + 1;
	return 0;
}

/* "Gawker.com": a stop between letters, small ones behind it. */
static bool
is_domain_stop(const struct scanner *r, uint32_t part, uint32_t stop)
{
	size_t step;

	return r->v[stop] == '.' && stop - part > 1 && stop + 1 < r->end &&
	       letter_case(letter_at(r->v + stop + 1, &step)) == LETTER_LOWER;
}

/* Behind the word that begins at `at`: runs of letters with - ' . & between them. */
static uint32_t
whole_word(const struct scanner *r, uint32_t at, bool *ret_dotted)
{
	uint32_t part = at, end = run_end(r, at);
	size_t step;

	*ret_dotted = false;
	while (end < r->end) {
		uint32_t next = end;

		if (r->v[end] == '.' && takes_stop(r->v, (struct span){ part, end })) {
			end++;
			*ret_dotted = true;
			if (run_end(r, end) != end + 1 || end + 1 >= r->end ||
			    r->v[end + 1] != '.')
				return end;
			part = end;
			end = run_end(r, end);
			continue;
		}
		if (r->v[end] == '-' || r->v[end] == '&' || is_domain_stop(r, part, end))
			next = end + 1;
		else if (possessive_at(r, end) == 0 && is_apostrophe(r, end, &step))
			next = end + (uint32_t)step;
		if (next == end || run_end(r, next) == next)
			return end;
		part = next;
		end = run_end(r, next);
	}
	return end;
}

static uint8_t
gap_of(uint32_t c)
{
	switch (c) {
	case ',':
		return GAP_COMMA;
	case '.':
	case '!':
	case '?':
	case ';':
	case 0x2026:
		return GAP_STOP;
	case ':':
		return GAP_COLON;
	case '(':
	case ')':
	case '[':
	case ']':
	case 0x2013:
	case 0x2014:
		return GAP_OPEN;
	case '"':
	case 0x201c:
	case 0x201d:
	case 0x201e:
	case 0xab:
	case 0xbb:
		return GAP_QUOTE;
	default:
		return letter_class(c) == LETTER_SPACE ? GAP_SPACE : GAP_OTHER;
	}
}

/* Over what stands between words. */
static void
cross_gap(struct scanner *r)
{
	while (r->at < r->end) {
		size_t step;
		uint32_t c = letter_at(r->v + r->at, &step);

		if (is_part(c))
			return;
		if (c == 0x201c || c == 0x201e)
			r->quoted = true;
		else if (c == 0x201d)
			r->quoted = false;
		else if (c == '"' || c == 0xab || c == 0xbb)
			r->quoted = !r->quoted;
		r->gap |= gap_of(c);
		r->at += (uint32_t)step;
	}
}

static bool
begins_sentence(const struct term *last, const struct term *t)
{
	if (last == NULL)
		return true;
	if (t->form == TERM_LOWER)
		return false;
	if (last->dotted)
		return (t->class & LITTLE) != 0 && (t->gap & GAP_SPACE);
	return (t->gap & GAP_STOP) != 0 && (t->gap & (GAP_SPACE | GAP_QUOTE)) != 0;
}

/* " 's" of text that was cut into words: belongs to the word before. */
static bool
is_loose_possessive(const struct scanner *r, uint32_t at, uint32_t end)
{
	return end == at + 1 && r->v[at] == 's' && at > 0 &&
	       (r->v[at - 1] == '\'' ||
	        (at > 2 && memcmp(r->v + at - 3, "\u2019", 3) == 0));
}

size_t
term_read(const char *v, struct span where, struct term *ret, size_t most,
          uint8_t *ret_gap)
{
	struct scanner r = { v, where.begin, where.end, GAP_START, false };
	size_t n = 0;

	for (cross_gap(&r); r.at < r.end && n < most; cross_gap(&r)) {
		struct term *t = &ret[n];
		char word[FOLD_ROOM];

		*t = (struct term){ .gap = r.gap, .quoted = r.quoted };
		t->at = (struct span){ r.at, whole_word(&r, r.at, &t->dotted) };
		if (t->at.end == t->at.begin)
			break;
		r.gap = 0;
		if (n > 0 && is_loose_possessive(&r, t->at.begin, t->at.end)) {
			ret[n - 1].possessive = true;
			r.at = t->at.end;
			continue;
		}
		r.at = possessive_at(&r, t->at.end);
		t->possessive = r.at != 0;
		if (r.at == 0)
			r.at = t->at.end;
		term_fold(v, t->at, word);
		t->hash = term_hash(word);
		t->class = classes_of(word);
		t->form = (uint8_t)form_of(v, t->at);
		t->begins = begins_sentence(n > 0 ? &ret[n - 1] : NULL, t);
		n++;
	}
	*ret_gap = r.gap;
	return n;
}
