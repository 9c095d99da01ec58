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

#include "classes.h"
#include "refer.h"
#include "roster.h"

enum { SOURCE_TERMS = 48, WHOLE_MAX = 8, QUESTIONS = 3, LEAD_PARAGRAPHS = 8, TALE = 2 };

/* A source: where it is, and what was found. */
struct source {
	struct span at;
	size_t attribution;
	int who;
	const char *reason;
	bool myself;  /* it is "I" */
	bool by_name; /* its span is one of a name, which is a mention already */
};

struct settling {
	struct arena *arena;
	const char *v;
	size_t size;
	struct extraction *x;
	const struct hints *hints;
	struct sights s;
	struct roster r;
	struct source *source,
	    **source_of; /* in their order; of each attribution, or NULL */
	size_t n;
	size_t settled;    /* sights before this one are */
	size_t turned;     /* sights before this one were looked at for labels */
	int turn;          /* whose turn it was at the last of them */
	int paper, papers; /* the last document that is named, and how many there were */
	int told;          /* how often "I" speaks in quotation marks: it is a tale */
	int author;        /* who signs the article, or WHO_UNKNOWN */
	int asked;         /* whom the article is an interview with, or WHO_UNKNOWN */
};

/* A source taken apart. */
struct parts {
	struct term t[SOURCE_TERMS];
	size_t n;
	size_t begin, end;  /* its core: terms before an apposition or a preposition */
	struct sight *name; /* that stands at its head, else NULL */
	size_t noun;        /* the term that does, when there is no name */
	bool several;       /* "police and firefighters" */
	bool definite, indefinite; /* "the", "a" */
	bool owned, by_pronoun;    /* "the landlord's"; "her" */
};

static bool
is_word(const struct term *t, const char *word)
{
	return t->hash == term_hash(word);
}

static int
found(struct source *s, int who, const char *reason)
{
	s->who = who;
	s->reason = reason;
	return who;
}

/* -------------------------------------------------------------- taking it apart */

/* The first sight that ends behind byte `at`. */
static size_t
sight_at(const struct settling *g, uint32_t at)
{
	size_t low = 0, high = g->s.n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (g->s.v[middle].at.end > at)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* The name that covers this term, or NULL. */
static struct sight *
name_over(const struct settling *g, const struct term *t)
{
	size_t i = sight_at(g, t->at.begin);

	if (i < g->s.n && g->s.v[i].kind == SIGHT_NAME &&
	    g->s.v[i].at.begin <= t->at.begin)
		return &g->s.v[i];
	return NULL;
}

static void
read_determiner(struct parts *p, const struct term *t)
{
	static const char *const owners[] = {
		"his", "her", "their", "my", "our", "your"
	};

	p->definite |= is_word(t, "the") || is_word(t, "its") || is_word(t, "this");
	p->indefinite |= is_word(t, "a") || is_word(t, "an") || is_word(t, "one") ||
	                 is_word(t, "another");
	for (size_t i = 0; i < sizeof owners / sizeof *owners; i++)
		p->by_pronoun |= is_word(t, owners[i]);
	p->owned |= p->by_pronoun;
}

/* "groups encouraging | Hillary Clinton", "voters | Trump": the noun is no title. */
static bool
leads_to_name(const struct settling *g, const struct parts *p)
{
	char word[32];
	size_t n;

	if (p->noun == SIZE_MAX)
		return true;
	term_fold(g->v, p->t[p->noun].at, word);
	n = strlen(word);
	if (p->t[p->noun].class & (TITLE | HUMAN))
		return true;
	return n < 4 || (strcmp(word + n - 2, "ed") != 0 && word[n - 1] != 's' &&
	                 strcmp(word + n - 3, "ing") != 0);
}

/* "chief pollster and strategist Joel Benenson": one who is both. */
static bool
and_is_of_title(const struct settling *g, const struct parts *p, size_t and)
{
	if (p->noun == SIZE_MAX || g->v[p->t[p->noun].at.end - 1] == 's')
		return false;
	for (size_t k = and+1; k < p->n && k < and+5; k++) {
		struct sight *name = name_over(g, &p->t[k]);

		if (p->t[k].gap != GAP_SPACE)
			return false;
		if (name != NULL)
			return k > and+1 && name->human;
		if (p->t[k].class & LITTLE)
			return false;
	}
	return false;
}

/* One term of the core; false when the core ends before it. */
static bool
take_term(const struct settling *g, struct parts *p, size_t k)
{
	const struct term *t = &p->t[k];
	struct sight *name = name_over(g, t);
	bool headed = p->name != NULL || p->noun != SIZE_MAX;

	if (headed && name == NULL &&
	    (t->gap & (GAP_COMMA | GAP_OPEN | GAP_QUOTE | GAP_COLON)))
		return false;
	if (name != NULL) {
		if (headed && name != p->name &&
		    ((t->gap & (GAP_COMMA | GAP_OPEN)) || !leads_to_name(g, p)))
			return false;
		p->name = name;
		p->noun = SIZE_MAX;
	} else if (t->class & LITTLE && !(t->class & (TITLE | HUMAN | PAPER) && headed)) {
		if (headed && is_word(t, "and") && and_is_of_title(g, p, k))
			return true;
		if (is_word(t, "and") || is_word(t, "or"))
			p->several = headed;
		if (headed)
			return false;
		read_determiner(p, t);
		return true;
	} else {
		p->noun = k;
		p->name = NULL;
	}
	p->end = k + 1;
	if (k + 1 == p->n)
		return true; /* "Trump's" alone, of his words */
	if (t->possessive ||
	    (name != NULL && name->possessive && t->at.end >= name->at.end)) {
		p->owned = true;
		p->name = NULL;
		p->noun = SIZE_MAX;
	}
	return true;
}

/* "Executive director of the chapter Alia Salem": a title, and at its end the name. */
static void
take_last_name(const struct settling *g, struct parts *p)
{
	struct sight *last = p->n == 0 ? NULL : name_over(g, &p->t[p->n - 1]);

	if (last == NULL || last->who < 0 || p->noun == SIZE_MAX || p->owned ||
	    p->t[p->n - 1].possessive || !(p->t[p->noun].class & TITLE) ||
	    !(last->human && last->n > 1))
		return;
	for (size_t k = p->end; k < p->n; k++)
		if (p->t[k].gap & (GAP_COMMA | GAP_OPEN))
			return;
	p->name = last;
	p->several = false;
	p->end = p->n;
}

/* "Yonhap news agency": the name before, if it can be a body's. */
static void
take_name_of_body(const struct settling *g, struct parts *p)
{
	static const char *const bodies[] = { "agency",  "newspaper", "magazine",
		                              "firm",    "company",   "network",
		                              "website", "channel",   "bank",
		                              "group",   "charity",   "party" };
	struct sight *name;

	if (p->noun == SIZE_MAX || p->noun == 0 || p->owned)
		return;
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
		if (is_word(&p->t[p->noun], bodies[i]))
			for (size_t k = p->noun; k-- > p->begin && k + 4 > p->noun;)
				if ((name = name_over(g, &p->t[k])) != NULL &&
				    !name->human) {
					p->name = name;
					return;
				}
}

static void
take_apart(const struct settling *g, struct span at, struct parts *p)
{
	uint8_t gap;

	*p = (struct parts){ .noun = SIZE_MAX };
	p->n = term_read(g->v, at, p->t, SOURCE_TERMS, &gap);
	while (p->begin < p->n && (p->t[p->begin].class & LITTLE) &&
	       p->begin + 1 < p->n && name_over(g, &p->t[p->begin]) == NULL) {
		read_determiner(p, &p->t[p->begin]);
		p->begin++;
	}
	for (size_t k = p->begin; k < p->n && take_term(g, p, k); k++)
		;
	if (p->name == NULL) {
		take_last_name(g, p);
		take_name_of_body(g, p);
	} else if (p->end < p->n && p->t[p->end].gap == (GAP_COMMA | GAP_SPACE)) {
		const struct sight *next = name_over(g, &p->t[p->end]);

		p->several |= next != NULL && next->human && next->n > 1 &&
		              next->at.begin == p->t[p->end].at.begin;
	}
}

/* ------------------------------------------------------------------- with a name */

static int
named(const struct settling *g, struct source *s, struct sight *name, bool among)
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

/* ", Lene Dahl," behind "the archivist": only a comma between, and somebody's name. */
static struct sight *
name_beside_at(const struct settling *g, uint32_t at)
{
	size_t i = sight_at(g, at);

	if (at == 0 || at >= g->size || g->v[at] != ',' || i >= g->s.n)
		return NULL;
	at += 1 + (at + 1 < g->size && g->v[at + 1] == ' ');
	struct sight *name = &g->s.v[i];
	if (name->kind != SIGHT_NAME || name->at.begin != at || name->company ||
	    !(name->human || name->n > 1) || name->at.end >= g->size ||
	    strchr(",.;:", g->v[name->at.end]) == NULL)
		return NULL;
	return name;
}

/* Behind the core, or behind all that belongs to it: "The head of the bank, Ina Orr". */
static struct sight *
name_beside(const struct settling *g, const struct parts *p)
{
	struct sight *name = NULL;

	for (size_t k = p->end; k > 0 && k <= p->n && name == NULL; k++) {
		name = name_beside_at(g, p->t[k - 1].at.end);
		if (k < p->n && (p->t[k].gap & GAP_COMMA))
			break;
	}
	return name;
}

/* -------------------------------------------------------- by what somebody is */

/* All words of the description, articles aside, stand in the title. */
static bool
title_says(const struct settling *g, const struct parts *p, struct span title)
{
	struct term t[SOURCE_TERMS];
	uint8_t gap;
	size_t n = term_read(g->v, title, t, SOURCE_TERMS, &gap);

	for (size_t k = p->begin; k < p->end; k++) {
		size_t i = 0;

		while (i < n && roster_title_word(g->v, &t[i]) !=
		                    roster_title_word(g->v, &p->t[k]))
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
	uint32_t word = roster_title_word(g->v, &p->t[p->noun]);
	int who, only = WHO_UNKNOWN;

	for (int looked = 0; looked < 64; looked++) {
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

/* The one company that the article names: "the company". */
static int
only_company(const struct settling *g)
{
	int only = WHO_UNKNOWN;

	for (size_t i = 0; i < g->n && g->source[i].reason != NULL; i++) {
		int who = g->source[i].who;

		if (who < 0 || who == only || g->r.v[who].human || !g->r.v[who].named)
			continue;
		if (only >= 0)
			return WHO_SEVERAL;
		only = who;
	}
	return only;
}

static int
body(struct settling *g, struct source *s, const struct parts *p)
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
		if ((who = only_company(g)) >= 0)
			return found(s, who, "the only body that speaks here");
		return found(s, WHO_UNKNOWN, "it is not said which body");
	}
	if (who == WHO_UNKNOWN) {
		who = roster_add(g->arena, &g->r, name);
		g->r.v[who].company = true;
	}
	return found(s, who, "the body that is called so here");
}

/* The classes of the last word. */
static uint32_t
last_class(const struct settling *g, struct span at)
{
	char word[32];

	for (uint32_t i = at.end; i-- > at.begin;)
		if (g->v[i] == ' ') {
			at.begin = i + 1;
			break;
		}
	term_fold(g->v, at, word);
	return classes_of(word);
}

static bool
is_paper(const struct settling *g, struct span name)
{
	uint32_t class = last_class(g, name);

	return (class & PAPER) != 0 && (class & (MAN | WOMAN | COMPANY)) == 0;
}

static const char *
nameless(const struct settling *g, const struct parts *p)
{
	uint32_t class = p->noun == SIZE_MAX ? 0 : p->t[p->noun].class;
	struct span at = p->noun == SIZE_MAX ? (struct span){ 0 } : p->t[p->noun].at;

	if (class & PAPER)
		return "a document without a name";
	if (class & CROWD || (at.end > 0 && (g->v[at.end - 1] | 0x20) == 's'))
		return "a group without a name";
	return "nobody is named";
}

static void
speaks(const struct settling *g, struct span at, int who)
{
	size_t i = sight_at(g, at.begin);

	for (; i < g->s.n && g->s.v[i].at.begin < at.end; i++)
		if (g->s.v[i].kind == SIGHT_SOMEBODY) {
			g->s.v[i].source = true;
			g->s.v[i].subject = true;
			g->s.v[i].who = who;
		}
}

/* "the results of the National Nutrition Study": a document's own name in it. */
static struct sight *
name_of_paper(const struct settling *g, const struct parts *p)
{
	for (size_t k = p->end; k < p->n && k < p->end + 4; k++) {
		struct sight *name = name_over(g, &p->t[k]);

		if (p->t[k].gap != GAP_SPACE)
			return NULL;
		if (name != NULL && name->who >= 0)
			return name->n > 1 && is_paper(g, name->at) ? name : NULL;
	}
	return NULL;
}

static int
document(struct settling *g, struct source *s, const struct parts *p)
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

/* In a headline no names are seen: "Morton Blackwell" at the end of these words is one.
 */
static int
by_capitals(const struct settling *g, const struct parts *p)
{
	for (size_t n = 3; n > 0; n--) {
		struct sight s = { .kind = SIGHT_NAME };
		size_t k = p->end - n;

		if (n > p->end - p->begin)
			continue;
		while (k < p->end && p->t[k].form != TERM_LOWER)
			s.word[s.n++] = p->t[k++].hash;
		if (k == p->end && roster_find(&g->r, &s) >= 0)
			return roster_find(&g->r, &s);
	}
	return WHO_UNKNOWN;
}

static int
described(struct settling *g, struct source *s, const struct parts *p)
{
	struct sight *beside = name_beside(g, p);
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
he_or_she(struct settling *g, struct source *s)
{
	size_t i = sight_at(g, s->at.begin);

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
who_says(const struct settling *g, const struct source *s)
{
	size_t own = (size_t)(s - g->source);
	size_t first = own < WHOLE_MAX ? 0 : own - WHOLE_MAX;
	int parent = g->x->v[s->attribution].parent;

	if (parent >= 0)
		return g->source_of[parent] == NULL ? WHO_UNKNOWN
		                                    : g->source_of[parent]->who;
	for (size_t k = first; k < g->n && k <= own + WHOLE_MAX; k++)
		if (k != own && covers(&g->x->v[g->source[k].attribution].content, s->at))
			return g->source[k].who;
	return WHO_UNKNOWN;
}

/* Whose turn it is in a transcript: the last label before, if there are several. */
static int
whose_turn(struct settling *g, uint32_t at)
{
	for (; g->turned < g->s.n && g->s.v[g->turned].at.begin < at; g->turned++) {
		const struct sight *s = &g->s.v[g->turned];

		if (s->labels && s->who >= 0 && (s->human || s->n > 1 || s->acronym))
			g->turn = s->who;
	}
	return g->turn;
}

/* "Wikinews interviews", "spoke with": the name that follows is asked. */
static bool
is_asked(const struct settling *g, const struct sight *s)
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
who_is_asked(const struct settling *g)
{
	int only = WHO_UNKNOWN;

	if (g->s.questions < QUESTIONS)
		return WHO_UNKNOWN;
	for (size_t i = 0; i < g->s.n && g->s.v[i].paragraph < LEAD_PARAGRAPHS; i++) {
		const struct sight *s = &g->s.v[i];

		if (s->kind != SIGHT_NAME || s->who < 0 || !is_asked(g, s) ||
		    s->who == only || g->r.v[s->who].company)
			continue;
		if (only >= 0)
			return WHO_SEVERAL;
		only = s->who;
	}
	return only;
}

/* The paragraph that this byte stands in is no question. */
static bool
is_answer(const struct settling *g, uint32_t at)
{
	const char *end = memchr(g->v + at, '\n', g->size - at);
	size_t to = end == NULL ? g->size : (size_t)(end - g->v);

	while (to > at && strchr(" \t\r", g->v[to - 1]) != NULL)
		to--;
	return to > at && g->v[to - 1] != '?';
}

static bool
is_quoted(const struct settling *g, struct span at)
{
	size_t i = sight_at(g, at.begin);

	return i < g->s.n && g->s.v[i].at.begin < at.end && g->s.v[i].quoted;
}

/* Who signs the article, if only one does. */
static int
who_signs(const struct settling *g)
{
	int only = WHO_UNKNOWN;

	for (size_t i = 0; i < g->s.n; i++) {
		const struct sight *s = &g->s.v[i];

		if (!s->signs || s->who < 0 || s->who == only)
			continue;
		if (only >= 0)
			return WHO_SEVERAL;
		only = s->who;
	}
	return only;
}

/* Not the author of a tale, who need not be the one who tells it. */
static int
myself(struct settling *g, struct source *s)
{
	int who = who_says(g, s);

	if (who >= 0)
		return found(s, who, "within this one's own words");
	if ((who = whose_turn(g, s->at.begin)) >= 0)
		return found(s, who, "the turn is this one's");
	if (is_quoted(g, s->at))
		return found(s, WHO_UNKNOWN, "it is not sure whose words these are");
	if (g->asked >= 0 && is_answer(g, s->at.begin))
		return found(s, g->asked, "the one who is interviewed");
	if (g->author >= 0 && g->told < TALE)
		return found(s, g->author, "the author");
	return found(s, WHO_UNKNOWN, "the author, who is not named");
}

/* "Tom Molomby, SC, who said": the name just before. */
static int
relative(struct settling *g, struct source *s)
{
	size_t i = sight_at(g, s->at.begin);

	if (i > 0 && g->s.v[i - 1].kind == SIGHT_NAME && g->s.v[i - 1].who >= 0 &&
	    s->at.begin - g->s.v[i - 1].at.end <= 3) {
		g->s.v[i - 1].source = true;
		return found(s, g->s.v[i - 1].who, "named just before");
	}
	return found(s, WHO_UNKNOWN, "it is not sure who is meant");
}

/* "it", "they": the body or group that spoke last, in this sentence or the last. */
static int
thing(struct settling *g, struct source *s, bool many)
{
	const struct source *last = s > g->source ? s - 1 : NULL;
	const struct who *w;

	if (last == NULL || last->who < 0)
		return found(s, WHO_UNKNOWN, "it is not sure who is meant");
	w = &g->r.v[last->who];
	if (w->human || (many && !w->company) || s->at.begin - last->at.end > 400)
		return found(s, WHO_UNKNOWN, "it is not sure who is meant");
	return found(s, last->who, "the one spoken of before");
}

static int
pronoun(struct settling *g, struct source *s, const struct term *t, bool *ret_is_one)
{
	*ret_is_one = true;
	if (is_word(t, "he") || is_word(t, "she"))
		return he_or_she(g, s);
	if ((s->myself =
	         is_word(t, "i"))) /* later: who says it may only be named behind it */
		return found(s, WHO_UNKNOWN, NULL);
	if (is_word(t, "who") || is_word(t, "which") || is_word(t, "whom"))
		return relative(g, s);
	if (is_word(t, "it") || is_word(t, "they"))
		return thing(g, s, is_word(t, "they"));
	*ret_is_one = (t->class & LITTLE) != 0;
	return found(s, WHO_UNKNOWN, "nobody is named");
}

/* -------------------------------------------------------------------- all of them */

static void
settle(struct settling *g, struct source *s)
{
	struct parts p;
	bool is_pronoun = false;

	settle_before(g, s->at.begin);
	take_apart(g, s->at, &p);
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
}

static int
by_place(const void *a, const void *b)
{
	const struct source *x = a, *y = b;

	if (x->at.begin != y->at.begin)
		return x->at.begin < y->at.begin ? -1 : 1;
	return x->attribution < y->attribution ? -1 : 1;
}

static void
collect_sources(struct settling *g)
{
	g->source = arena_alloc(g->arena, g->x->n * sizeof *g->source);
	for (size_t i = 0; i < g->x->n; i++) {
		struct attribution *v = &g->x->v[i];

		v->speaker = NO_INDEX;
		v->speaker_reason = "no source is named";
		if (v->source.n > 0)
			g->source[g->n++] = (struct source){ .at = v->source.v[0],
				                             .attribution = i,
				                             .who = WHO_UNKNOWN };
	}
	qsort(g->source, g->n, sizeof *g->source, by_place);
	g->source_of = arena_alloc(g->arena, (g->x->n + 1) * sizeof(void *));
	for (size_t i = 0; i < g->n; i++)
		g->source_of[g->source[i].attribution] = &g->source[i];
}

/* ----------------------------------------------------------------- the speakers */

struct mention {
	int who;
	struct span at;
};

static int
by_who(const void *a, const void *b)
{
	const struct mention *x = a, *y = b;

	if (x->who != y->who)
		return x->who < y->who ? -1 : 1;
	if (x->at.begin != y->at.begin)
		return x->at.begin < y->at.begin ? -1 : 1;
	return 0;
}

/* Names of those who speak, and their sources, by who it is. */
static struct mention *
collect_mentions(const struct settling *g, size_t *ret_n)
{
	bool *speaking = arena_alloc(g->arena, g->r.n + 1);
	struct mention *v = arena_raw(g->arena, (g->s.n + g->n) * sizeof *v + 1);
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++)
		if (g->source[i].who >= 0) {
			speaking[g->source[i].who] = true;
			if (!g->source[i].by_name)
				v[n++] =
				    (struct mention){ g->source[i].who, g->source[i].at };
		}
	for (size_t i = 0; i < g->s.n; i++)
		if (g->s.v[i].kind == SIGHT_NAME && g->s.v[i].who >= 0 &&
		    speaking[g->s.v[i].who])
			v[n++] = (struct mention){ g->s.v[i].who, g->s.v[i].at };
	qsort(v, n, sizeof *v, by_who);
	*ret_n = n;
	return v;
}

static enum speaker_kind
kind_of(const struct settling *g, const struct who *w)
{
	if (w->human)
		return PERSON;
	if (!w->named)
		return ORGANISATION;
	if (last_class(g, w->best->at) & PARTISAN || w->crowd)
		return GROUP;
	if (is_paper(g, w->best->at))
		return DOCUMENT;
	if (w->company || w->definite || w->best->acronym)
		return ORGANISATION;
	if (w->best->n > 1 || w->gender != GENDER_UNKNOWN)
		return PERSON;
	return w->in_places * 2 >= w->seen ? ORGANISATION : PERSON;
}

static const char *
text_of(const struct settling *g, struct span at)
{
	char *text = arena_text(g->arena, g->v + at.begin, at.end - at.begin);

	for (char *c = text; *c != '\0'; c++)
		if (*c == '\n' || *c == '\r' || *c == '\t')
			*c = ' ';
	return text;
}

/* The mentions m[0..n) of one speaker; none overlaps another. */
static struct speaker
make_speaker(const struct settling *g, const struct mention *m, size_t n)
{
	const struct who *w = &g->r.v[m->who];
	struct speaker s = { .name = text_of(g, w->best->at), .title = "" };
	uint32_t end = 0;

	if (w->title.end > w->title.begin)
		s.title = text_of(g, w->title);
	s.kind = kind_of(g, w);
	s.mentions.v = arena_raw(g->arena, n * sizeof *s.mentions.v);
	for (size_t i = 0; i < n; i++)
		if (m[i].at.begin >= end) {
			s.mentions.v[s.mentions.n++] = m[i].at;
			end = m[i].at.end;
		}
	return s;
}

struct ranked {
	struct speaker speaker;
	int who;
};

static int
by_first_mention(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	uint32_t i = x->speaker.mentions.v[0].begin, k = y->speaker.mentions.v[0].begin;

	if (i != k)
		return i < k ? -1 : 1;
	return x->who < y->who ? -1 : 1;
}

static void
number_speakers(struct settling *g)
{
	size_t n, end;
	struct mention *m = collect_mentions(g, &n);
	struct ranked *v = arena_raw(g->arena, (n + 1) * sizeof *v);
	int *place = arena_raw(g->arena, (g->r.n + 1) * sizeof *place);

	for (size_t i = 0; i < n; i = end) {
		for (end = i; end < n && m[end].who == m[i].who; end++)
			;
		v[g->x->n_speakers++] =
		    (struct ranked){ make_speaker(g, m + i, end - i), m[i].who };
	}
	qsort(v, g->x->n_speakers, sizeof *v, by_first_mention);
	g->x->speakers =
	    arena_raw(g->arena, (g->x->n_speakers + 1) * sizeof *g->x->speakers);
	for (size_t i = 0; i < g->x->n_speakers; i++) {
		g->x->speakers[i] = v[i].speaker;
		place[v[i].who] = (int)i;
	}
	for (size_t i = 0; i < g->n; i++) {
		struct attribution *to = &g->x->v[g->source[i].attribution];

		to->speaker_reason = g->source[i].reason;
		if (g->source[i].who >= 0)
			to->speaker = place[g->source[i].who];
	}
}

void
speaker_find(struct arena *a, const struct text *text, const struct hints *h,
             struct extraction *x)
{
	struct settling g = {
		.arena = a, .v = text->v, .size = text->n, .x = x, .hints = h
	};

	x->n_speakers = 0;
	g.turn = WHO_UNKNOWN;
	g.s = sights_read(a, text, h);
	g.r = roster_read(a, text->v, &g.s);
	g.asked = who_is_asked(&g);
	g.author = who_signs(&g);
	collect_sources(&g);
	for (size_t i = 0; i < g.n; i++)
		settle(&g, &g.source[i]);
	for (size_t i = 0; i < g.n; i++)
		g.told +=
		    g.source[i].myself && x->v[g.source[i].attribution].kind == DIRECT;
	for (size_t i = 0; i < g.n; i++)
		if (g.source[i].myself)
			myself(&g, &g.source[i]);
	number_speakers(&g);
}
