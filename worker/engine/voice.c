/*
 * "I", by turns of a transcript first, then by the interview, then by who signs.
 */
#include "voice.h"

#include <string.h>

#include "text.h"

enum { QUESTIONS = 3, LEAD_PARAGRAPHS = 8 };

static bool
begins_turn(const struct sight *s)
{
	return s->labels && s->who >= 0 && (s->human || s->n > 1 || s->acronym);
}

/* Whose turn it is in a transcript: the last label before, if there are several. */
static int
whose_turn(struct voice *g, uint32_t at)
{
	for (; g->turned < g->sights->n && g->sights->v[g->turned].at.begin < at;
	     g->turned++) {
		const struct sight *s = &g->sights->v[g->turned];

		if (begins_turn(s))
			g->turn = s->who;
	}
	return g->labels < 2 ? WHO_UNKNOWN : g->turn;
}

/* "Wikinews interviews", "spoke with": the name that follows is asked. */
static bool
is_asked(const struct voice *g, const struct sight *s)
{
	static const char *const leads[] = { "interviews ",     "interviewed ",
		                             "interview with ", "spoke with ",
		                             "spoke to ",       "talked to ",
		                             "talked with ",    "spoken with ",
		                             "chatted with " };
	uint32_t at = s->title.end > 0 && !s->title_beside ? s->title.begin : s->at.begin;

	for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
		size_t n = strlen(leads[i]);

		if (at >= n && memcmp(g->v + at - n, leads[i], n) == 0)
			return true;
	}
	return false;
}

/* The one whom the article is an interview with, if it is one, and with one. */
static int
who_is_asked(const struct voice *g)
{
	int only = WHO_UNKNOWN;

	if (g->sights->questions < QUESTIONS)
		return WHO_UNKNOWN;
	for (size_t i = 0;
	     i < g->sights->n && g->sights->v[i].paragraph < LEAD_PARAGRAPHS; i++) {
		const struct sight *s = &g->sights->v[i];

		if (s->kind != SIGHT_NAME || s->who < 0 || !is_asked(g, s) ||
		    s->who == only || g->roster->v[s->who].company)
			continue;
		if (only >= 0)
			return WHO_SEVERAL;
		only = s->who;
	}
	return only;
}

/* The paragraph that this byte stands in is no question. */
static bool
is_answer(const struct voice *g, uint32_t at)
{
	size_t most = g->size - at < PARAGRAPH_MAX ? g->size - at : PARAGRAPH_MAX;
	const char *end = memchr(g->v + at, '\n', most);
	size_t to = end == NULL ? at + most : (size_t)(end - g->v);

	while (to > at && strchr(" \t\r", g->v[to - 1]) != NULL)
		to--;
	return to > at && g->v[to - 1] != '?';
}

static bool
is_quoted(const struct voice *g, struct span at)
{
	size_t i = sights_at(g->sights, at.begin);

	return i < g->sights->n && g->sights->v[i].at.begin < at.end &&
	       g->sights->v[i].quoted;
}

/* Who signs the article, if only one does. */
static int
who_signs(const struct voice *g)
{
	int only = WHO_UNKNOWN;

	for (size_t i = 0; i < g->sights->n; i++) {
		const struct sight *s = &g->sights->v[i];

		if (!s->signs || s->who < 0 || s->who == only)
			continue;
		if (only >= 0)
			return WHO_SEVERAL;
		only = s->who;
	}
	return only;
}

struct voice
voice_open(const char *v, size_t size, const struct sights *s, const struct roster *r)
{
	struct voice g = { .v = v, .size = size, .sights = s, .roster = r };

	g.turn = WHO_UNKNOWN;
	for (size_t i = 0; i < s->n; i++)
		g.labels += begins_turn(&s->v[i]);
	g.asked = who_is_asked(&g);
	g.author = who_signs(&g);
	return g;
}

int
voice_of(struct voice *g, struct span at, bool tale, const char **ret_reason)
{
	int who = whose_turn(g, at.begin);

	if (who >= 0) {
		*ret_reason = "the turn is this one's";
		return who;
	}
	if (is_quoted(g, at)) {
		*ret_reason = "it is not sure whose words these are";
		return WHO_UNKNOWN;
	}
	if (g->asked >= 0 && is_answer(g, at.begin)) {
		*ret_reason = "the one who is interviewed";
		return g->asked;
	}
	if (g->author >= 0 && !tale) {
		*ret_reason = "the author";
		return g->author;
	}
	*ret_reason = "the author, who is not named";
	return WHO_UNKNOWN;
}
