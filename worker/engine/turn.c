/*
 * Turns of a transcript.
 */
#include <string.h>

#include "letter.h"
#include "turn.h"

enum { LABEL_WORDS = 14, NAMES = 64 };

/* What stands in capitals before a colon and is nobody's name. */
static const char *const banners[] = {
	"also", "analysis", "breaking", "correction", "exclusive", "live",
	"more", "note",     "opinion",  "photos",     "read",      "related",
	"see",  "update",   "updated",  "video",      "watch",     NULL,
};

static uint32_t
first_letter(const char *text, const struct tokens *t, size_t w)
{
	size_t bytes;

	return letter_at(text + t->word[w].at.begin, &bytes);
}

/* A word that a label may have; a name has at least one of two capitals and more. */
static bool
fits(const char *text, const struct tokens *t, size_t w, bool *named)
{
	struct span at = t->word[w].at;
	uint32_t c = first_letter(text, t, w);

	if (t->word[w].how == WORD_UPPER) {
		*named |= at.end - at.begin > 1;
		return true;
	}
	if (t->word[w].how == WORD_INITIAL) /* "J." */
		return at.end - at.begin == 1;
	return t->word[w].how == WORD_OTHER && c != '"' &&
	       strchr(",.-'()&/", (int)c) != NULL && c < 128;
}

bool
turn_label(const char *text, const struct tokens *t, struct paragraph words,
           struct turn *ret)
{
	bool named = false;
	size_t w = words.word, name_end = 0;

	for (; w < words.end && w < words.word + LABEL_WORDS; w++) {
		uint32_t c = first_letter(text, t, w);

		if (c == ':')
			break;
		if ((c == ',' || c == '(') && name_end == 0)
			name_end = w;
		if (!fits(text, t, w, &named))
			return false;
	}
	if (w >= words.end || first_letter(text, t, w) != ':' || !named ||
	    w + 1 == words.end)
		return false;
	*ret = (struct turn){ words.word, name_end == 0 ? w : name_end, w + 1 };
	return ret->name_end > ret->name;
}

static bool
is_banner(const char *text, const struct tokens *t, const struct turn *turn)
{
	const struct passage p = { .text = text, .tokens = t };

	return phrase_one_of(&p, turn->name, banners);
}

/* Has one of the names before it the same last word?  MALONE is TESSA MALONE. */
static bool
comes_back(const char *text, const struct tokens *t, const size_t *names, size_t n,
           size_t word)
{
	struct span at = t->word[word].at;

	for (size_t i = 0; i < n; i++) {
		struct span other = t->word[names[i]].at;

		if (other.end - other.begin == at.end - at.begin &&
		    memcmp(text + other.begin, text + at.begin, at.end - at.begin) == 0)
			return true;
	}
	return false;
}

bool
turn_any(const char *text, const struct tokens *t, const struct paragraph *v, size_t n)
{
	size_t names[NAMES], known = 0, labels = 0;
	bool titled = false, back = false;
	struct turn turn;

	for (size_t i = 0; i < n && !(labels > 1 && (titled || back)); i++) {
		if (!turn_label(text, t, v[i], &turn) || is_banner(text, t, &turn))
			continue;
		labels++;
		titled |= first_letter(text, t, turn.name_end) == ',';
		back |= comes_back(text, t, names, known, turn.name_end - 1);
		if (known < NAMES)
			names[known++] = turn.name_end - 1;
	}
	return labels > 1 && (titled || back);
}

/* Mentions in the label go but a source; the network's are kept behind it. */
static void
drop_colon(struct passage *p, const struct turn *turn)
{
	size_t n = 0;

	for (size_t m = 0; m < p->mentions; m++) {
		const struct mention *x = &p->mention[m];

		if (x->role == CUE && x->end <= turn->text && x->word + 1 == turn->text)
			continue;
		p->mention[n++] = *x;
	}
	p->mentions = n;
}

void
turn_take(struct arena *a, struct passage *p)
{
	struct turn turn;

	if (!turn_label(p->text, p->tokens, p->words, &turn) ||
	    is_banner(p->text, p->tokens, &turn))
		return;
	drop_colon(p, &turn);
	p->turn = true;
	if (p->mentions > 0)
		return;
	p->mention = arena_raw(a, 2 * sizeof *p->mention);
	p->mention[0] = (struct mention){ SOURCE, turn.name, turn.name_end, 0.5F };
	p->mention[1] = (struct mention){ CONTENT, turn.text, p->words.end, 0.5F };
	p->mentions = 2;
}
