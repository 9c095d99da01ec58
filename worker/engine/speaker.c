/*
 * From a source to a speaker, by what stands at its head:
 *
 *     Interior Secretary Olga Sanchez    a name: who that is, the roster knows
 *     the mayor, Ana Ruiz,               a name beside it
 *     the interior secretary             who has that title, if it is one
 *     the council                        a body that needs no other name
 *     Mexican officials, the report      nobody that one could ask: no speaker
 *     he, I, it, who                     who was spoken of
 *
 * Sources are settled in the order of the text together with every "he" and "she"
 * before them.
 */
#include "speaker.h"

#include <stdlib.h>
#include <string.h>

#include "cast.h"
#include "classes.h"
#include "refer.h"
#include "source.h"
#include "voice.h"

/* "I" says so often in quotation marks that it is a tale. */
enum { WHOLE_MAX = 8, HOLDERS_MAX = 64, THING_APART = 400, TALE = 2 };

struct settling {
	struct arena *arena;
	struct article article;
	struct extraction *x;
	const struct hints *hints;
	struct sights s;
	struct roster r;
	struct voice voice;
	struct said *said;     /* each source, in their order */
	struct said **said_of; /* of each attribution, or NULL */
	bool *myself;          /* of each source: it is "I" */
	size_t n;
	size_t settled;    /* sights before this one are */
	int paper, papers; /* the last document that is named, and how many there were */
	int company;       /* the one body with a name that has spoken, or several */
};

static bool
is_word(const struct term *t, const char *word)
{
	return t->hash == term_hash(word);
}

static int
found(struct said *s, int who, const char *reason)
{
	s->who = who;
	s->reason = reason;
	return who;
}

/* ------------------------------------------------------------------- with a name */

static int
named(const struct settling *g, struct said *s, struct sight *name, bool among)
{
	if (name->who == WHO_SEVERAL)
		return found(s, WHO_UNKNOWN, "two are called by this name");
	if (name->who < 0 || (among && !g->r.v[name->who].sure))
		return found(s, WHO_UNKNOWN, "a group without a name");
	name->source = true;
	s->by_name = true;
	return found(s, name->who,
	             g->r.v[name->who].best->n > name->n ? "by a shorter form of the name"
	                                                 : "by name");
}

/* -------------------------------------------------------- by what somebody is */

/* All words of the description, articles aside, stand in the title. */
static bool
title_says(const struct settling *g, const struct parts *p, struct span title)
{
	struct term t[SOURCE_TERMS];
	uint8_t gap;
	size_t n = term_read(g->article.v, title, t, SOURCE_TERMS, &gap);

	for (size_t k = p->begin; k < p->end; k++) {
		size_t i = 0;

		while (i < n && roster_title_word(g->article.v, &t[i]) !=
		                    roster_title_word(g->article.v, &p->t[k]))
			i++;
		if (i == n && !(p->t[k].class & LITTLE))
			return false;
	}
	return true;
}

/* "the interior secretary": the only one whose title says so. */
static int
holder_of(const struct settling *g, const struct parts *p)
{
	const struct holder *h = NULL;
	uint32_t word = roster_title_word(g->article.v, &p->t[p->noun]);
	int who, only = WHO_UNKNOWN;

	for (int looked = 0; looked < HOLDERS_MAX; looked++) {
		if ((who = roster_holder(&g->r, word, &h)) < 0)
			break;
		if (who == only || !title_says(g, p, g->r.v[who].title))
			continue;
		if (only >= 0)
			return WHO_SEVERAL;
		only = who;
	}
	return only;
}

/* "the council" as a name: its words without "the". */
static struct sight *
name_of_body(const struct settling *g, const struct parts *p)
{
	struct sight *s = arena_alloc(g->arena, sizeof *s);

	*s = (struct sight){ .kind = SIGHT_SOMEBODY, .company = true, .definite = true };
	for (size_t k = p->begin; k < p->end; k++) {
		if (s->n < NAME_WORDS)
			s->word[s->n++] = p->t[k].hash;
		else
			s->word[NAME_WORDS - 1] = p->t[k].hash;
	}
	s->at = (struct span){ p->t[0].at.begin, p->t[p->end - 1].at.end };
	return s;
}

static int
body(struct settling *g, struct said *s, const struct parts *p)
{
	struct sight *name = name_of_body(g, p);
	static const char *const vague[] = { "company", "firm",         "group",
		                             "agency",  "organization", "organisation",
		                             "center",  "centre" };
	bool company = false;
	int who = roster_find(&g->r, name);

	for (size_t i = 0; i < sizeof vague / sizeof *vague; i++)
		company |= name->n == 1 && is_word(&p->t[p->noun], vague[i]);

	if (who == WHO_SEVERAL)
		return found(s, WHO_UNKNOWN, "more than one body can be meant");
	if (who == WHO_UNKNOWN && company) {
		if (g->company >= 0)
			return found(s, g->company, "the only body that speaks here");
		return found(s, WHO_UNKNOWN, "it is not said which body");
	}
	if (who == WHO_UNKNOWN) {
		who = roster_add(g->arena, &g->r, name);
		g->r.v[who].company = true;
	}
	return found(s, who, "the body that is called so here");
}

static const char *
nameless(const struct settling *g, const struct parts *p)
{
	uint32_t class = p->noun == SIZE_MAX ? 0 : p->t[p->noun].class;
	struct span at = p->noun == SIZE_MAX ? (struct span){ 0 } : p->t[p->noun].at;

	if (class & PAPER)
		return "a document without a name";
	if (class & CROWD || (at.end > 0 && (g->article.v[at.end - 1] | 0x20) == 's'))
		return "a group without a name";
	return "nobody is named";
}

static void
speaks(const struct settling *g, struct span at, int who)
{
	size_t i = sights_at(&g->s, at.begin);

	for (size_t k = i;
	     k < g->s.n && k < i + SOURCE_TERMS && g->s.v[k].at.begin < at.end; k++)
		if (g->s.v[k].kind == SIGHT_SOMEBODY) {
			g->s.v[k].source = true;
			g->s.v[k].subject = true;
			g->s.v[k].who = who;
		}
}

/* "the results of the National Nutrition Study": a document's own name in it. */
static struct sight *
name_of_paper(const struct settling *g, const struct parts *p)
{
	for (size_t k = p->end; k < p->n && k < p->end + 4; k++) {
		struct sight *name = source_name_over(&g->article, &p->t[k]);

		if (p->t[k].gap != GAP_SPACE)
			return NULL;
		if (name != NULL && name->who >= 0)
			return name->n > 1 && cast_is_paper(g->article.v, name->at)
			           ? name
			           : NULL;
	}
	return NULL;
}

static int
document(struct settling *g, struct said *s, const struct parts *p)
{
	struct sight *name = name_of_paper(g, p);

	if (name != NULL) {
		g->papers += g->papers == 0 || g->paper != name->who;
		g->paper = name->who;
		return found(s, name->who, "the document is named in it");
	}
	if (p->definite && g->papers == 1)
		return found(s, g->paper, "the only document that is named");
	return found(s, WHO_UNKNOWN, nameless(g, p));
}

static bool
last_word_is(const struct sight *name, uint32_t word)
{
	return name->n > 0 && name->word[name->n - 1] == word;
}

/* In a headline no names are seen: "Morton Blackwell" at the end of these words is one.
 */
static int
by_capitals(const struct settling *g, const struct parts *p)
{
	for (size_t n = 3; n > 0; n--) {
		struct sight s = { .kind = SIGHT_NAME };
		size_t k = p->end - n;
		int who;

		if (n > p->end - p->begin)
			continue;
		while (k < p->end && p->t[k].form != TERM_LOWER)
			s.word[s.n++] = p->t[k++].hash;
		if (k < p->end || (who = roster_find(&g->r, &s)) < 0)
			continue;
		if (n > 1 ||
		    (g->r.v[who].human && last_word_is(g->r.v[who].best, s.word[0])))
			return who;
	}
	return WHO_UNKNOWN;
}

static int
described(struct settling *g, struct said *s, const struct parts *p)
{
	struct sight *beside = source_name_beside(&g->article, p);
	uint32_t class = p->noun == SIZE_MAX ? 0 : p->t[p->noun].class;
	int who = WHO_UNKNOWN;

	if (beside != NULL && named(g, s, beside, false) >= 0) {
		struct who *w = &g->r.v[s->who];

		if (w->title.end == 0)
			w->title = (struct span){ p->t[p->begin].at.begin,
				                  p->t[p->end - 1].at.end };
		s->by_name = false;
		return found(s, s->who, "named beside it");
	}
	if ((who = by_capitals(g, p)) >= 0)
		return found(s, who, "by name");
	if (class & PAPER)
		return document(g, s, p);
	if (p->noun == SIZE_MAX || p->indefinite)
		return found(s, WHO_UNKNOWN, nameless(g, p));
	if (class & (TITLE | HUMAN) && !p->owned)
		who = holder_of(g, p);
	if (who >= 0)
		return found(s, who, "the only one with this title here");
	if (who == WHO_SEVERAL)
		return found(s, WHO_UNKNOWN, "more than one has this title");
	if (class & BODY && (p->definite || p->owned) && !p->by_pronoun && p->begin <= 1)
		return body(g, s, p);
	return found(s, WHO_UNKNOWN, nameless(g, p));
}

/* --------------------------------------------------------------------- pronouns */

/* Settle every "he" and "she" before this byte. */
static void
settle_before(struct settling *g, uint32_t at)
{
	for (; g->settled < g->s.n && g->s.v[g->settled].at.begin < at; g->settled++) {
		const struct sight *s = &g->s.v[g->settled];

		if (s->kind == SIGHT_HE || s->kind == SIGHT_SHE)
			refer(&g->s, g->settled, &g->r, g->hints);
	}
}

static int
he_or_she(struct settling *g, struct said *s)
{
	size_t i = sights_at(&g->s, s->at.begin);

	settle_before(g, s->at.end);
	if (i == g->s.n || g->s.v[i].at.begin >= s->at.end)
		return found(s, WHO_UNKNOWN, "it is not sure who is meant");
	g->s.v[i].source = true;
	if (g->s.v[i].who >= 0)
		return found(s, g->s.v[i].who, "the one spoken of before");
	return found(s, WHO_UNKNOWN,
	             g->s.v[i].who == WHO_SEVERAL    ? "more than one can be meant"
	             : g->s.v[i].who == WHO_NAMELESS ? "somebody without a name is meant"
	                                             : "it is not sure who is meant");
}

static bool
covers(const struct spans *list, struct span at)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].begin <= at.begin && at.end <= list->v[i].end)
			return true;
	return false;
}

/* Whose words these are: the narrowest attribution around, of those just before. */
static int
who_says(const struct settling *g, const struct said *s)
{
	size_t own = (size_t)(s - g->said);
	size_t first = own < WHOLE_MAX ? 0 : own - WHOLE_MAX;
	int parent = g->x->v[s->attribution].parent;

	if (parent >= 0)
		return g->said_of[parent] == NULL ? WHO_UNKNOWN : g->said_of[parent]->who;
	for (size_t k = first; k < g->n && k <= own + WHOLE_MAX; k++)
		if (k != own && covers(&g->x->v[g->said[k].attribution].content, s->at))
			return g->said[k].who;
	return WHO_UNKNOWN;
}

static int
myself(struct settling *g, struct said *s, bool tale)
{
	int who = who_says(g, s);

	if (who >= 0)
		return found(s, who, "within this one's own words");
	s->who = voice_of(&g->voice, s->at, tale, &s->reason);
	return s->who;
}

/* "Tom Molomby, SC, who said": the name just before. */
static int
relative(struct settling *g, struct said *s)
{
	size_t i = sights_at(&g->s, s->at.begin);

	if (i > 0 && g->s.v[i - 1].kind == SIGHT_NAME && g->s.v[i - 1].who >= 0 &&
	    s->at.begin - g->s.v[i - 1].at.end <= 3) {
		g->s.v[i - 1].source = true;
		return found(s, g->s.v[i - 1].who, "named just before");
	}
	return found(s, WHO_UNKNOWN, "it is not sure who is meant");
}

/* "it", "they": the body or group that spoke last, in this sentence or the last. */
static int
thing(struct settling *g, struct said *s, bool many)
{
	const struct said *last = s > g->said ? s - 1 : NULL;
	const struct who *w;

	if (last == NULL || last->who < 0)
		return found(s, WHO_UNKNOWN, "it is not sure who is meant");
	w = &g->r.v[last->who];
	if (w->human || (many && !w->company) || s->at.begin - last->at.end > THING_APART)
		return found(s, WHO_UNKNOWN, "it is not sure who is meant");
	return found(s, last->who, "the one spoken of before");
}

static int
pronoun(struct settling *g, struct said *s, const struct term *t, bool *ret_is_one)
{
	*ret_is_one = true;
	if (is_word(t, "he") || is_word(t, "she"))
		return he_or_she(g, s);
	if (is_word(t, "i")) { /* later: who says it may only be named behind it */
		g->myself[s - g->said] = true;
		return found(s, WHO_UNKNOWN, "");
	}
	if (is_word(t, "who") || is_word(t, "which") || is_word(t, "whom"))
		return relative(g, s);
	if (is_word(t, "it") || is_word(t, "they"))
		return thing(g, s, is_word(t, "they"));
	*ret_is_one = (t->class & LITTLE) != 0;
	return found(s, WHO_UNKNOWN, "nobody is named");
}

/* -------------------------------------------------------------------- all of them */

static void
settle(struct settling *g, struct said *s)
{
	struct parts p;
	bool is_pronoun = false;

	settle_before(g, s->at.begin);
	source_take_apart(&g->article, s->at, &p);
	if (p.n == 1 && p.name == NULL)
		pronoun(g, s, &p.t[0], &is_pronoun);
	if (is_pronoun)
		return;
	if (p.several)
		found(s, WHO_UNKNOWN, "several speak here");
	else if (p.name != NULL)
		named(g, s, p.name,
		      p.noun == SIZE_MAX && p.n > p.begin + 1 && p.name->n == 1);
	else
		described(g, s, &p);
	speaks(g, s->at, s->who);
	if (s->who >= 0 && s->who != g->company && g->r.v[s->who].named &&
	    !g->r.v[s->who].human)
		g->company = g->company == WHO_UNKNOWN ? s->who : WHO_SEVERAL;
}

static int
by_place(const void *a, const void *b)
{
	const struct said *x = a, *y = b;

	if (x->at.begin != y->at.begin)
		return x->at.begin < y->at.begin ? -1 : 1;
	return x->attribution < y->attribution ? -1 : 1;
}

static void
collect_sources(struct settling *g)
{
	g->said = arena_alloc(g->arena, g->x->n * sizeof *g->said);
	g->myself = arena_alloc(g->arena, g->x->n + 1);
	for (size_t i = 0; i < g->x->n; i++) {
		struct attribution *v = &g->x->v[i];

		v->speaker = NO_INDEX;
		v->speaker_reason = "no source is named";
		if (v->source.n > 0)
			g->said[g->n++] = (struct said){ .at = v->source.v[0],
				                         .attribution = i,
				                         .who = WHO_UNKNOWN };
	}
	qsort(g->said, g->n, sizeof *g->said, by_place);
	g->said_of = arena_alloc(g->arena, (g->x->n + 1) * sizeof(void *));
	for (size_t i = 0; i < g->n; i++)
		g->said_of[g->said[i].attribution] = &g->said[i];
}

void
speaker_find(struct arena *a, const struct text *text, const struct hints *h,
             struct extraction *x)
{
	struct settling g = { .arena = a,
		              .article = { text->v, text->n, &g.s },
		              .x = x,
		              .hints = h,
		              .company = WHO_UNKNOWN };
	size_t told = 0;

	g.s = sights_read(a, text, h);
	g.r = roster_read(a, text->v, &g.s);
	g.voice = voice_open(text->v, text->n, &g.s, &g.r);
	collect_sources(&g);
	for (size_t i = 0; i < g.n; i++)
		settle(&g, &g.said[i]);
	for (size_t i = 0; i < g.n; i++)
		told += g.myself[i] && x->v[g.said[i].attribution].kind == DIRECT;
	for (size_t i = 0; i < g.n; i++)
		if (g.myself[i])
			myself(&g, &g.said[i], told >= TALE);
	x->n_speakers = 0;
	cast(a, text->v, &g.s, &g.r, g.said, g.n, x);
}
