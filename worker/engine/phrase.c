/* Small questions about the words of a paragraph, for the rules that work on them. */
#include <string.h>
#include <strings.h>

#include "letter.h"
#include "phrase.h"

uint32_t
phrase_letter(const struct passage *p, size_t w)
{
	size_t bytes;

	return letter_at(p->text + p->tokens->word[w].at.begin, &bytes);
}

bool
phrase_is_word(const struct passage *p, size_t w)
{
	return letter_case(phrase_letter(p, w)) != LETTER_OTHER;
}

bool
phrase_touches(const struct passage *p, size_t w)
{
	return w + 1 < p->words.end &&
	       p->tokens->word[w].at.end == p->tokens->word[w + 1].at.begin;
}

bool
phrase_begins(const struct passage *p, size_t w)
{
	return w == p->words.word || phrase_sentence(p, w) != phrase_sentence(p, w - 1);
}

bool
phrase_one_of(const struct passage *p, size_t w, const char *const *list)
{
	struct span at = p->tokens->word[w].at;
	size_t n = at.end - at.begin;

	for (; *list != NULL; list++)
		if (strlen(*list) == n && strncasecmp(p->text + at.begin, *list, n) == 0)
			return true;
	return false;
}

bool
phrase_ends(const struct passage *p, size_t w, const char *ending)
{
	struct span at = p->tokens->word[w].at;
	size_t n = strlen(ending);

	return at.end - at.begin > n && memcmp(p->text + at.end - n, ending, n) == 0;
}

/* The second half of `` is no mark of its own. */
static bool
opens(const struct passage *p, size_t w)
{
	return phrase_mark(p, w) == QUOTE_OPENS && phrase_depth(p, w) == 1 &&
	       (w == p->words.word || phrase_mark(p, w - 1) != QUOTE_OPENS);
}

static bool
closes(const struct passage *p, size_t w)
{
	return phrase_mark(p, w) == QUOTE_CLOSES &&
	       (w + 1 == p->words.end || phrase_depth(p, w + 1) == 0 || opens(p, w + 1));
}

struct quoted *
phrase_quotations(struct arena *a, const struct passage *p, size_t *ret_n)
{
	struct quoted *v = NULL;
	size_t n = 0, room = 0;
	bool open = false;

	for (size_t w = p->words.word; w < p->words.end; w++) {
		if (opens(p, w)) {
			if (open)
				v[n - 1].end = w;
			v = arena_grow(a, v, n, &room, sizeof *v);
			v[n++] = (struct quoted){ w, p->words.end, false };
			open = true;
		}
		if (open && closes(p, w)) {
			v[n - 1].end = w + 1;
			v[n - 1].closed = true;
			open = false;
		}
	}
	*ret_n = n;
	return v;
}
