/*
 * Where a number begins its unit is looked for: a currency before it, or per cent, a
 * measure or the next noun in the plural behind it.
 */
#include "quantity.h"

#include <string.h>

#include "number.h"

#define COUNT(v) (sizeof(v) / sizeof *(v))

enum { UNIT_REACH = 3 }; /* words behind a number in which its noun may stand */

static const struct currency {
	const char *mark, *unit;
} currencies[] = {
	{ "$", "dollars" },  { "\u00a3", "pounds" }, { "\u20ac", "euros" },
	{ "\u00a5", "yen" }, { "\u20b9", "rupees" }, { "\u20bd", "roubles" },
};

/* Nouns that are no plural by their ending, and measures. */
static const char *const measures[] = {
	"people",  "men",      "women",  "children",  "police",  "staff",
	"mph",     "km",       "kg",     "kph",       "cm",      "mm",
	"ft",      "feet",     "km/h",   "mw",        "gw",      "kwh",
	"sheep",   "fish",     "cattle", "personnel", "percent", "hectares",
	"degrees", "aircraft", "teeth",  "mice",      "geese",   "troops",
	"lb",      "oz",       "ml",     "gb",        "tb",      NULL
};

/* Words on -s that are no nouns in the plural, and what a noun does not stand behind. */
static const char *const others[] = {
	"was",    "is",      "has",   "does",   "says",   "this",  "its",  "his",
	"as",     "plus",    "less",  "thus",   "yes",    "us",    "'s",   "across",
	"always", "perhaps", "minus", "versus", "of",     "in",    "on",   "to",
	"and",    "the",     "a",     "an",     "at",     "by",    "for",  "or",
	"were",   "are",     "had",   "have",   "from",   "with",  "that", "each",
	"when",   "who",     "which", "but",    "than",   "not",   "be",   "if",
	"it",     "ago",     "later", "after",  "before", "since", "will", "would",
	"could",  "can",     "may",   NULL
};

struct unit {
	const char *name; /* "" for none */
	size_t end;       /* behind its last lexeme */
};

static const struct currency *
currency_at(const struct prose *p, size_t i)
{
	for (size_t k = 0; i < p->n && k < COUNT(currencies); k++)
		if (strcmp(p->v[i].low, currencies[k].mark) == 0)
			return &currencies[k];
	return NULL;
}

static bool
is_plural(const struct prose *p, size_t i)
{
	const char *low = p->v[i].low;
	size_t n = strlen(low);

	if (prose_in(p, i, measures))
		return true;
	return n > 2 && low[n - 1] == 's' && strchr("sui'", low[n - 2]) == NULL;
}

static size_t
per_cent(const struct prose *p, size_t i)
{
	if (prose_is(p, i, "%") || prose_is(p, i, "percent"))
		return 1;
	return prose_is(p, i, "per") && prose_is(p, i + 1, "cent") ? 2 : 0;
}

/* 22-year-old: years */
static const char *
plural_of(struct arena *a, const struct lexeme *t)
{
	char *text = arena_alloc(a, LEXEME_LETTERS + 2);
	size_t n = strlen(t->low);

	memcpy(text, t->low, n);
	if (n > 0 && text[n - 1] != 's')
		text[n] = 's';
	return text;
}

/* The nearest noun in the plural, over adjectives: 14 new homes. */
static struct unit
noun_behind(struct arena *a, const struct prose *p, size_t i)
{
	if (prose_is(p, i, "-") && p->v[i].touches && i + 1 < p->n &&
	    p->v[i + 1].kind == LEXEME_WORD && p->v[i + 1].touches &&
	    !prose_in(p, i + 1, others))
		return (struct unit){ plural_of(a, &p->v[i + 1]), i + 2 };
	for (size_t k = i; k < p->n && k < i + UNIT_REACH; k++) {
		const struct lexeme *t = &p->v[k];

		if (t->kind != LEXEME_WORD || prose_in(p, k, others))
			break;
		if (is_plural(p, k))
			return (struct unit){ arena_text(a, t->low, strlen(t->low)),
				              k + 1 };
	}
	return (struct unit){ "", i };
}

static struct unit
unit_behind(struct arena *a, const struct prose *p, size_t i)
{
	size_t n = per_cent(p, i);

	if (n > 0)
		return (struct unit){ "%", i + n };
	if (prose_is(p, i, "percentage") && prose_is(p, i + 1, "points"))
		return (struct unit){ "percentage points", i + 2 };
	return noun_behind(a, p, i);
}

/* 6:45, 9 a.m., 9pm */
static bool
is_clock(const struct prose *p, size_t end)
{
	static const char *const halves[] = { "am", "pm", "o'clock", NULL };

	return prose_in(p, end, halves) ||
	       (end < p->n && prose_is(p, end, ":") && p->v[end].touches) ||
	       ((prose_is(p, end, "a") || prose_is(p, end, "p")) &&
	        prose_is(p, end + 1, ".") && prose_is(p, end + 2, "m"));
}

/* It touches the word, the mark or the figures before it: B-52, 9/11, 6:45. */
static bool
is_joined(const struct prose *p, size_t i)
{
	return i > 0 && p->v[i].touches &&
	       (prose_is(p, i - 1, ":") || prose_is(p, i - 1, "/") ||
	        p->v[i - 1].kind == LEXEME_WORD ||
	        (prose_is(p, i - 1, "-") && p->v[i - 1].touches));
}

/* The 1933 law, the 2016 primaries: a year, whatever is behind it. */
static bool
is_like_year(const struct lexeme *x)
{
	return strlen(x->low) == 4 && strspn(x->low, "0123456789") == 4 &&
	       (strncmp(x->low, "19", 2) == 0 || strncmp(x->low, "20", 2) == 0);
}

/* No. 1 */
static bool
is_numbered(const struct prose *p, size_t i)
{
	return i > 1 && prose_is(p, i - 1, ".") && p->v[i - 1].touches &&
	       (prose_is(p, i - 2, "no") || prose_is(p, i - 2, "nos"));
}

/* Figures that name something, and do not count it. */
static bool
is_name(const struct prose *p, size_t i, size_t end, bool has_unit)
{
	static const char *const ordinal[] = { "st", "nd", "rd", "th",
		                               "s",  "'s", "/",  NULL };

	if (p->v[i].kind != LEXEME_NUMBER)
		return false;
	if ((end < p->n && p->v[end].touches && prose_in(p, end, ordinal)) ||
	    is_clock(p, end) || is_joined(p, i))
		return true;
	if (is_like_year(&p->v[i]) || is_numbered(p, i))
		return true;
	return !has_unit &&
	       (i > 0 && p->v[i - 1].capital && p->v[i - 1].kind == LEXEME_WORD);
}

/* "One", alone, is nobody and nothing that is counted. */
static bool
is_pronoun(const struct prose *p, size_t i, size_t n)
{
	return n == 1 && prose_is(p, i, "one");
}

/* The quantity that begins at lexeme i; returns how many lexemes it takes, 0 for none. */
static size_t
read(struct arena *a, const struct prose *p, size_t i, struct quantity *ret)
{
	const struct currency *money = currency_at(p, i);
	size_t from = i + (money != NULL), n;
	struct unit unit;

	if (from >= p->n || (n = number_read(p, from, money != NULL, &ret->value)) == 0)
		return 0;
	unit = money != NULL ? (struct unit){ money->unit, from + n }
	                     : unit_behind(a, p, from + n);
	if (money == NULL &&
	    (is_pronoun(p, from, n) || is_name(p, from, from + n, *unit.name != '\0')))
		return 0;
	ret->unit = unit.name;
	ret->at = (struct span){ p->v[i].at.begin, p->v[unit.end - 1].at.end };
	return unit.end - i;
}

/* 3 to 5 percent: the first has the unit of the second. */
static void
share_unit(const struct prose *p, size_t i, struct quantity *last,
           const struct quantity *now)
{
	static const char *const between[] = { "to", "and", "or", "-", "\u2013", NULL };

	if (last != NULL && *last->unit == '\0' && last->value >= 1 && i > 0 &&
	    prose_in(p, i - 1, between) && i > 1 && p->v[i - 2].at.end == last->at.end)
		last->unit = now->unit;
}

struct quantities
quantity_find(struct arena *a, const struct prose *p, const struct moments *times)
{
	struct quantities q = { 0 };
	size_t room = 0, n;

	for (size_t i = 0; i < p->n; i += n) {
		struct quantity x;

		n = times->taken[i] ? 0 : read(a, p, i, &x);
		if (n == 0) {
			n = 1;
			continue;
		}
		share_unit(p, i, q.n > 0 ? &q.v[q.n - 1] : NULL, &x);
		q.v = arena_grow(a, q.v, q.n, &room, sizeof *q.v);
		q.v[q.n++] = x;
	}
	return q;
}
