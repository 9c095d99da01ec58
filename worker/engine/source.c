/*
 * The core of a source ends where what only describes it begins:
 *
 *     Talia Brandt | , the regional governor,
 *     the head | of the bank, Ina Orr,
 *     both police | and firefighters
 *
 * At its head stands its last word: a name, or a noun with adjectives and names before
 * it.
 */
#include "source.h"

#include <string.h>

#include "classes.h"

static bool
is_word(const struct term *t, const char *word)
{
	return t->hash == term_hash(word);
}

/* The name that covers this term, or NULL. */
struct sight *
source_name_over(const struct article *g, const struct term *t)
{
	size_t i = sights_at(g->sights, t->at.begin);

	if (i < g->sights->n && g->sights->v[i].kind == SIGHT_NAME &&
	    g->sights->v[i].at.begin <= t->at.begin)
		return &g->sights->v[i];
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
leads_to_name(const struct article *g, const struct parts *p)
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
and_is_of_title(const struct article *g, const struct parts *p, size_t and)
{
	if (p->noun == SIZE_MAX || g->v[p->t[p->noun].at.end - 1] == 's')
		return false;
	for (size_t k = and+1; k < p->n && k < and+5; k++) {
		struct sight *name = source_name_over(g, &p->t[k]);

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
take_term(const struct article *g, struct parts *p, size_t k)
{
	const struct term *t = &p->t[k];
	struct sight *name = source_name_over(g, t);
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
take_last_name(const struct article *g, struct parts *p)
{
	struct sight *last = p->n == 0 ? NULL : source_name_over(g, &p->t[p->n - 1]);

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
take_name_of_body(const struct article *g, struct parts *p)
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
				if ((name = source_name_over(g, &p->t[k])) != NULL &&
				    !name->human) {
					p->name = name;
					return;
				}
}

void
source_take_apart(const struct article *g, struct span at, struct parts *p)
{
	uint8_t gap;

	*p = (struct parts){ .noun = SIZE_MAX };
	p->n = term_read(g->v, at, p->t, SOURCE_TERMS, &gap);
	while (p->begin < p->n && (p->t[p->begin].class & LITTLE) &&
	       p->begin + 1 < p->n && source_name_over(g, &p->t[p->begin]) == NULL) {
		read_determiner(p, &p->t[p->begin]);
		p->begin++;
	}
	for (size_t k = p->begin; k < p->n && take_term(g, p, k); k++)
		;
	if (p->name == NULL) {
		take_last_name(g, p);
		take_name_of_body(g, p);
	} else if (p->end < p->n && p->t[p->end].gap == (GAP_COMMA | GAP_SPACE)) {
		const struct sight *next = source_name_over(g, &p->t[p->end]);

		p->several |= next != NULL && next->human && next->n > 1 &&
		              next->at.begin == p->t[p->end].at.begin;
	}
}

/* ", Lene Dahl," behind "the archivist": only a comma between, and somebody's name. */
static struct sight *
name_beside_at(const struct article *g, uint32_t at)
{
	size_t i = sights_at(g->sights, at);

	if (at == 0 || at >= g->size || g->v[at] != ',' || i >= g->sights->n)
		return NULL;
	at += 1 + (at + 1 < g->size && g->v[at + 1] == ' ');
	struct sight *name = &g->sights->v[i];
	if (name->kind != SIGHT_NAME || name->at.begin != at || name->company ||
	    !(name->human || name->n > 1) || name->at.end >= g->size ||
	    strchr(",.;:", g->v[name->at.end]) == NULL)
		return NULL;
	return name;
}

/* Behind the core, or behind all that belongs to it: "The head of the bank, Ina Orr". */
struct sight *
source_name_beside(const struct article *g, const struct parts *p)
{
	struct sight *name = NULL;

	for (size_t k = p->end; k > 0 && k <= p->n && name == NULL; k++) {
		name = name_beside_at(g, p->t[k - 1].at.end);
		if (k < p->n && (p->t[k].gap & GAP_COMMA))
			break;
	}
	return name;
}
