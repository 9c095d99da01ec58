/*
 * Both questions are answered by a walk over the words of one clause, REACH of them at
 * most.  certainty_at walks back from its word to the words that govern it: they stand
 * before it in English, those nearest first.
 */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "certainty.h"
#include "lexicon.h"

enum { REACH_BACK = 9, REACH = 32 };

static const float PURPOSE = 2.2F; /* what is done to do something, is mostly done */

static const char *const clause_marks[] = { ".",  ";",      ":",      "?",
	                                    "!",  ",",      "\u2014", "\u2013",
	                                    "\"", "\u201c", "\u201d", NULL };

/* What stands before one of these does not govern what stands behind it. */
static const char *const clause_words[] = { "because", "although", "though", "while",
	                                    "but",     "and",      "who",    "which",
	                                    "whose",   "after",    "before", "when",
	                                    "since",   "where",    "as",     "what",
	                                    NULL };

/* What begins a clause of its own, whose hedges are not the first one's. */
static const char *const subordinators[] = { "because", "although", "though", "while",
	                                     "but",     "who",      "which",  "whose",
	                                     "when",    "where",    "that",   NULL };

static const char *const sentence_marks[] = { ".", ";", "!", "?", NULL };

/* What has been met between a word and the words that govern it. */
struct met {
	float certainty;
	bool negated;
	const struct hedge_word *governor; /* the nearest one */
};

/* Did not plan to leave: the negation is of the plan, and leaves the leaving open. */
static void
meet_not(struct met *m)
{
	if (m->governor == NULL)
		m->negated = !m->negated;
	else
		m->certainty = fminf(m->certainty, m->governor->negated);
}

static void
meet(struct met *m, const struct hedge_word *h)
{
	if (h->kind == HEDGE_NOT) {
		meet_not(m);
	} else if (h->kind == HEDGE_CAP || m->governor == NULL) {
		m->certainty = fminf(m->certainty, h->certainty);
		if (h->kind == HEDGE_GOVERN)
			m->governor = h;
	} else if (m->governor->certainty < 0 && h->certainty < 0) {
		m->certainty = 1; /* refused to deny */
	} else {
		m->certainty = fminf(m->certainty, h->certainty);
	}
}

static bool
ends_clause(const struct prose *p, size_t i)
{
	return p->v[i].kind == LEXEME_MARK ? prose_in(p, i, clause_marks)
	                                   : prose_in(p, i, clause_words);
}

/* "The plan to leave": a thing with an article is mostly there, whatever governs it. */
static bool
is_definite(const struct prose *p, size_t i)
{
	static const char *const articles[] = { "the",   "a",     "an",   "its",
		                                "his",   "their", "this", "her",
		                                "these", "our",   "'s",   NULL };

	return (i > 0 && prose_in(p, i - 1, articles)) ||
	       (i > 1 && prose_in(p, i - 2, articles) && !prose_is(p, i - 1, "to"));
}

float
certainty_at(const struct prose *p, size_t i)
{
	bool purpose = i > 0 && prose_is(p, i - 1, "to");
	struct met m = { .certainty = purpose ? PURPOSE : 3 };

	size_t behind = i; /* no word from here on is part of another entry */

	for (size_t k = 1; k <= REACH_BACK && k <= i; k++) {
		size_t at = i - k, n;
		const struct hedge_word *h = lexicon_hedge(p, at, &n);

		if (ends_clause(p, at))
			break;
		if (h != NULL && at + n <= behind) {
			meet(&m, h);
			behind = at;
		} else if (h == NULL && lexicon_negates(p, at)) {
			meet_not(&m);
		}
	}
	if (m.negated)
		m.certainty = -m.certainty;
	return is_definite(p, i) ? (m.certainty + 3) / 2 : m.certainty;
}

/* "Not only the mayor": the mayor, too. */
static bool
negates(const struct prose *p, size_t i)
{
	return lexicon_negates(p, i) && !prose_is(p, i + 1, "only") &&
	       !prose_is(p, i + 1, "just") && !prose_is(p, i + 1, "doubt");
}

/* She thinks, we believe, at its very beginning: hers is a belief. */
static bool
is_belief(const struct prose *p, size_t i)
{
	static const char *const believe[] = { "think", "believe", "suppose", "guess",
		                               "hope",  "suspect", NULL };
	static const char *const who[] = { "i", "we", NULL };

	return prose_in(p, i, believe) && i > 0 && prose_in(p, i - 1, who);
}

static bool
asks(const struct prose *p)
{
	for (size_t i = 0; i < p->n && i < PROSE_MOST; i++)
		if (prose_in(p, i, sentence_marks))
			return prose_is(p, i, "?");
	return false;
}

static size_t
first_word(const struct prose *p)
{
	size_t i = 0;

	while (i < p->n && (p->v[i].kind == LEXEME_MARK || prose_is(p, i, "that")))
		i++;
	return i;
}

float
certainty_of(const struct prose *p, bool *ret_negated)
{
	size_t from = first_word(p);
	float sure = asks(p) ? 0 : 3;

	*ret_negated = false;
	for (size_t i = from; i < p->n && i < from + REACH; i++) {
		size_t n;
		const struct hedge_word *h = lexicon_hedge(p, i, &n);

		if (prose_in(p, i, sentence_marks) ||
		    (i > from && prose_in(p, i, subordinators)))
			break;
		if (negates(p, i) || (h != NULL && h->kind == HEDGE_NOT && n > 1))
			*ret_negated = true;
		else if (h != NULL && h->kind == HEDGE_CAP)
			sure = fminf(sure, h->certainty);
		if (is_belief(p, i))
			sure = fminf(sure, 2);
	}
	return sure;
}

/* ------------------------------------------------------------------ a clause's head */

/* Verbs that stand before another one: will, has, is. */
static bool
is_auxiliary(const struct prose *p, size_t i)
{
	static const char *const modals[] = { "will",  "would", "can",    "could",
		                              "may",   "might", "shall",  "should",
		                              "must",  "'ll",   "'d",     "won't",
		                              "can't", "to",    "cannot", NULL };

	return prose_in(p, i, modals) || prose_is(p, i, "'s") || lexicon_is(p, i, "be") ||
	       lexicon_is(p, i, "have") || lexicon_is(p, i, "do") ||
	       (i < p->n && p->v[i].kind == LEXEME_WORD && lexicon_negates(p, i) &&
	        strchr(p->v[i].low, '\'') != NULL);
}

static bool
ends_in(const struct prose *p, size_t i, const char *with)
{
	size_t n = strlen(p->v[i].low), k = strlen(with);

	return n > k + 1 && strcmp(p->v[i].low + n - k, with) == 0;
}

/* Between an auxiliary and its verb: not, never, probably, yet. */
static bool
is_between(const struct prose *p, size_t i)
{
	static const char *const all[] = { "not",   "never", "also", "yet",
		                           "still", "now",   "just", "often",
		                           "ever",  "again", "only", NULL };

	return i < p->n && p->v[i].kind == LEXEME_WORD &&
	       (prose_in(p, i, all) || ends_in(p, i, "ly"));
}

/* The words that a noun or its like begins with: then the auxiliary was the full verb. */
static bool
is_no_verb(const struct prose *p, size_t i)
{
	static const char *const all[] = {
		"the", "a",       "an",      "this", "that",  "these", "those",   "his",
		"her", "its",     "their",   "our",  "my",    "your",  "no",      "some",
		"any", "all",     "in",      "on",   "at",    "of",    "for",     "with",
		"by",  "from",    "as",      "more", "less",  "too",   "so",      "very",
		"one", "nothing", "and",     "or",   "about", "like",  "than",    "there",
		"he",  "she",     "it",      "they", "we",    "if",    "whether", "what",
		"who", "which",   "because", "but",  "each",  NULL
	};

	return i >= p->n || p->v[i].kind != LEXEME_WORD || prose_in(p, i, all);
}

/* Behind the auxiliaries that begin at term i: the full verb, or the last of them. */
static size_t
verb_behind(const struct prose *p, size_t i)
{
	size_t last = i;

	for (i++; i < p->n && (is_auxiliary(p, i) || is_between(p, i)); i++)
		if (is_auxiliary(p, i))
			last = i;
	return is_no_verb(p, i) ? last : i;
}

/* A form that verbs alone have, where a verb may stand. */
static bool
is_finite(const struct prose *p, size_t i)
{
	size_t n;

	if (p->v[i].kind != LEXEME_WORD || p->v[i].capital || prose_is(p, i - 1, "the") ||
	    prose_is(p, i - 1, "a"))
		return false;
	return ends_in(p, i, "ed") || lexicon_cue(p, i, &n) != NULL;
}

static bool
is_subject(const struct prose *p, size_t i)
{
	static const char *const all[] = { "i",    "he",  "she", "we",
		                           "they", "you", "who", NULL };

	return prose_in(p, i, all);
}

size_t
certainty_head(const struct prose *p)
{
	size_t from = first_word(p), end = from + REACH < p->n ? from + REACH : p->n;

	for (size_t i = from; i < end; i++) {
		if (is_auxiliary(p, i))
			return verb_behind(p, i);
		if (i > from && is_subject(p, i - 1) && !is_no_verb(p, i) &&
		    !is_between(p, i))
			return i;
		if (i > from && is_finite(p, i))
			return i;
	}
	return p->n;
}
