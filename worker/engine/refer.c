/*
 * "He" and "she".  Each candidate pays for what speaks against it; the cheapest is meant,
 * if it is cheap enough and the next one is dearer by a margin, and otherwise nobody is.
 */
#include "refer.h"

enum { SENTENCES_BACK = 4, SIGHTS_BACK = 48, CANDIDATES = 12 };

/* What speaks against a candidate; found on the training part of GUM. */
enum {
	PER_SENTENCE = 10,
	PER_PARAGRAPH = 4,
	NO_SUBJECT = 5,
	POSSESSIVE_ONLY = 4,
	IN_A_PLACE = 12,
	NO_SPEAKER = 3,
	NO_GENDER = 4,
	NOT_KNOWN_HUMAN = 8,
	SOMEBODY_ONLY = 4,
	WITHIN_QUOTE = 14,
	LEARNED = 24, /* times how probable the network thinks it: for, not against */
	TOO_MUCH = 46,
	MARGIN = 4
};

struct candidate {
	int who, cost;
	uint8_t gender;
};

struct choice {
	const struct sights *s;
	const struct roster *r;
	const struct hints *hints;
	const struct sight *he;
	uint8_t gender;
	int n;
	struct candidate v[CANDIDATES];
};

static bool
can_be_human(const struct roster *r, const struct sight *s)
{
	const struct who *w;

	if (s->kind != SIGHT_NAME)
		return true;
	if (s->who < 0)
		return s->who == WHO_SEVERAL;
	w = &r->v[s->who];
	return !w->company && !w->crowd && w->sure && (w->human || !w->definite) &&
	       !s->acronym;
}

static int
cost_of(const struct choice *c, const struct sight *s)
{
	const struct who *w = s->who >= 0 ? &c->r->v[s->who] : NULL;
	int cost = (int)(c->he->sentence - s->sentence) * PER_SENTENCE;

	cost += (int)(c->he->paragraph - s->paragraph) * PER_PARAGRAPH;
	cost += s->subject ? 0 : NO_SUBJECT;
	cost += s->source ? 0 : NO_SPEAKER;
	cost += s->possessive ? POSSESSIVE_ONLY : 0;
	cost += s->after_in ? IN_A_PLACE : 0;
	cost += s->quoted && !c->he->quoted ? WITHIN_QUOTE : 0;
	cost -= (int)(LEARNED * hints_chance(c->hints, c->he->at.begin, s->at));
	if (s->kind == SIGHT_SOMEBODY)
		return cost + (s->gender == c->gender ? 0 : SOMEBODY_ONLY);
	if (s->kind == SIGHT_NAME && w != NULL) {
		cost += w->gender == GENDER_UNKNOWN ? NO_GENDER : 0;
		cost += w->human ? 0 : NOT_KNOWN_HUMAN;
		cost += w->human || w->in_places * 2 < w->seen ? 0 : IN_A_PLACE;
	}
	return cost;
}

static uint8_t
gender_of(const struct choice *c, const struct sight *s)
{
	if (s->kind == SIGHT_HE)
		return GENDER_MAN;
	if (s->kind == SIGHT_SHE)
		return GENDER_WOMAN;
	if (s->who >= 0 && c->r->v[s->who].gender != GENDER_UNKNOWN)
		return c->r->v[s->who].gender;
	return s->gender;
}

static void
weigh(struct choice *c, const struct sight *s)
{
	uint8_t gender = gender_of(c, s);
	int who = s->kind == SIGHT_SOMEBODY && s->who < 0 ? WHO_NAMELESS : s->who, cost,
	    i;

	if (s->labels) /* whose turn it is, and so who is not spoken of */
		return;
	if (who == WHO_UNKNOWN || (gender != GENDER_UNKNOWN && gender != c->gender) ||
	    !can_be_human(c->r, s))
		return;
	cost = cost_of(c, s);
	for (i = 0; i < c->n && (c->v[i].who != who || who == WHO_NAMELESS); i++)
		;
	if (i == c->n && c->n < CANDIDATES)
		c->v[c->n++] = (struct candidate){ who, cost, gender };
	else if (i < c->n && cost < c->v[i].cost)
		c->v[i].cost = cost;
}

/* Sure of one, or WHO_UNKNOWN. */
static int
choose(const struct choice *c)
{
	int best = -1, second = TOO_MUCH * 2;

	for (int i = 0; i < c->n; i++)
		if (best < 0 || c->v[i].cost < c->v[best].cost)
			best = i;
	if (best < 0 || c->v[best].cost > TOO_MUCH)
		return WHO_UNKNOWN;
	for (int i = 0; i < c->n; i++)
		if (i != best && c->v[i].cost < second)
			second = c->v[i].cost;
	return second - c->v[best].cost < MARGIN ? WHO_SEVERAL : c->v[best].who;
}

void
refer(const struct sights *s, size_t at, struct roster *r, const struct hints *h)
{
	struct sight *he = &s->v[at];
	struct choice c = {
		.s = s,
		.r = r,
		.hints = h,
		.he = he,
		.gender = he->kind == SIGHT_HE ? GENDER_MAN : GENDER_WOMAN,
	};

	for (size_t k = at; k-- > 0 && at - k <= SIGHTS_BACK;) {
		if (he->sentence - s->v[k].sentence > SENTENCES_BACK)
			break;
		if (s->v[k].kind != SIGHT_I)
			weigh(&c, &s->v[k]);
	}
	he->who = choose(&c);
	if (he->who >= 0 && r->v[he->who].gender == GENDER_UNKNOWN)
		r->v[he->who].gender = c.gender;
}
