/*
 * A number in words is read as people say it: small ones add up ("twenty-one"), "hundred"
 * multiplies what is under way, "thousand" and above close a group.
 */
#include "number.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(v) (sizeof(v) / sizeof *(v))

enum { WORDS_MOST = 16 }; /* lexemes of a number in words */

struct named {
	const char *name;
	double value;
};

static const struct named small[] = {
	{ "zero", 0 },     { "one", 1 },        { "two", 2 },       { "three", 3 },
	{ "four", 4 },     { "five", 5 },       { "six", 6 },       { "seven", 7 },
	{ "eight", 8 },    { "nine", 9 },       { "ten", 10 },      { "eleven", 11 },
	{ "twelve", 12 },  { "thirteen", 13 },  { "fourteen", 14 }, { "fifteen", 15 },
	{ "sixteen", 16 }, { "seventeen", 17 }, { "eighteen", 18 }, { "nineteen", 19 },
	{ "twenty", 20 },  { "thirty", 30 },    { "forty", 40 },    { "fifty", 50 },
	{ "sixty", 60 },   { "seventy", 70 },   { "eighty", 80 },   { "ninety", 90 },
};

static const struct named large[] = {
	{ "hundred", 1e2 }, { "thousand", 1e3 },  { "million", 1e6 },
	{ "billion", 1e9 }, { "trillion", 1e12 }, { "dozen", 12 },
	{ "bn", 1e9 },      { "mn", 1e6 },        { "tn", 1e12 },
};

static const struct named letters[] = { { "m", 1e6 }, { "k", 1e3 }, { "b", 1e9 } };

static const struct named parts[] = {
	{ "half", 2 },   { "third", 3 },   { "quarter", 4 },  { "fifth", 5 },
	{ "sixth", 6 },  { "seventh", 7 }, { "eighth", 8 },   { "ninth", 9 },
	{ "tenth", 10 }, { "thirds", 3 },  { "halves", 2 },   { "quarters", 4 },
	{ "fifths", 5 }, { "sixths", 6 },  { "sevenths", 7 }, { "eighths", 8 },
	{ "ninths", 9 }, { "tenths", 10 },
};

static const struct named *
find(const struct named *v, size_t n, const struct prose *p, size_t i)
{
	for (size_t k = 0; i < p->n && k < n; k++)
		if (strcmp(p->v[i].low, v[k].name) == 0)
			return &v[k];
	return NULL;
}

static bool
is_hyphen(const struct prose *p, size_t i)
{
	return prose_is(p, i, "-") && p->v[i].touches && i + 1 < p->n &&
	       p->v[i + 1].touches;
}

/* Two-thirds, three quarters: n lexemes behind a numerator, with their denominator. */
static size_t
part_behind(const struct prose *p, size_t i, double *ret)
{
	size_t hyphen = is_hyphen(p, i);
	const struct named *part = find(parts, COUNT(parts), p, i + hyphen);

	if (part == NULL)
		return 0;
	*ret = part->value;
	return 1 + hyphen;
}

/* "Million" and the like behind what is read so far: how many lexemes, and their product.
 */
static size_t
multiplier(const struct prose *p, size_t i, bool money, double *ret)
{
	size_t n = 0;
	const struct named *m;

	if (money && i < p->n && p->v[i].touches &&
	    (m = find(letters, COUNT(letters), p, i)) != NULL) {
		*ret *= m->value;
		return 1;
	}
	for (; n < 2 && (m = find(large, COUNT(large), p, i + n)) != NULL; n++)
		*ret *= m->value;
	return n;
}

static size_t
read_figures(const struct prose *p, size_t i, bool money, double *ret)
{
	char plain[LEXEME_LETTERS];
	size_t n = 0, points = 0, hyphen;

	for (const char *c = p->v[i].low; *c != '\0'; c++) {
		points += *c == '.';
		if (*c != ',')
			plain[n++] = *c;
	}
	plain[n] = '\0';
	if (points > 1 || n + 1 >= LEXEME_LETTERS)
		return 0;
	*ret = strtod(plain, NULL);
	hyphen = is_hyphen(p, i + 1) && find(large, COUNT(large), p, i + 2) != NULL;
	return 1 + hyphen + multiplier(p, i + 1 + hyphen, money, ret);
}

/* A number in words that is being read. */
struct sum {
	double all, group; /* groups that are closed; the one under way */
	bool some;
};

static bool
add_word(struct sum *s, const struct prose *p, size_t i)
{
	const struct named *w = find(small, COUNT(small), p, i);

	if (w != NULL) {
		s->group += w->value;
	} else if ((w = find(large, 5, p, i)) != NULL && s->some) {
		s->group *= w->value;
		if (w->value > 100) {
			s->all += s->group;
			s->group = 0;
		}
	} else {
		return false;
	}
	s->some = true;
	return true;
}

static size_t
read_words(const struct prose *p, size_t i, double *ret)
{
	struct sum s = { 0 };
	size_t n = 0;

	while (n < WORDS_MOST) {
		size_t skip =
		    n > 0 && (is_hyphen(p, i + n) ||
		              (prose_is(p, i + n, "and") && s.all + s.group >= 100));

		if (skip && find(small, COUNT(small), p, i + n + 1) == NULL)
			break;
		if (!add_word(&s, p, i + n + skip))
			break;
		n += 1 + skip;
	}
	*ret = s.all + s.group;
	return n;
}

/* "And a half" behind a number, or a fraction of it. */
static size_t
add_part(const struct prose *p, size_t i, double *value)
{
	double part;
	size_t n;

	if (prose_is(p, i, "and") && prose_is(p, i + 1, "a") &&
	    prose_is(p, i + 2, "half")) {
		*value += 0.5;
		return 3;
	}
	if (*value < 1 || *value > 20 || (n = part_behind(p, i, &part)) == 0)
		return 0;
	*value /= part;
	return n;
}

/* Half a million, half of them; a dozen; a fifth of; by a third. */
static size_t
read_part(const struct prose *p, size_t i, double *ret)
{
	bool a = prose_is(p, i, "a") || prose_is(p, i, "an");
	const struct named *part;
	size_t n;

	*ret = 1;
	if (a && (n = multiplier(p, i + 1, false, ret)) > 0)
		return 1 + n;
	if (prose_is(p, i, "half")) {
		*ret = 0.5;
		if (prose_is(p, i + 1, "a") && (n = multiplier(p, i + 2, false, ret)) > 0)
			return 2 + n;
		return prose_is(p, i + 1, "of") || prose_is(p, i + 1, "the");
	}
	part = a ? find(parts, COUNT(parts), p, i + 1) : NULL;
	if (part == NULL ||
	    !(prose_is(p, i + 2, "of") || (i > 0 && prose_is(p, i - 1, "by"))))
		return 0;
	*ret = 1 / part->value;
	return 2;
}

size_t
number_read(const struct prose *p, size_t i, bool money, double *ret)
{
	size_t n;

	if (i >= p->n || p->v[i].kind == LEXEME_MARK)
		return 0;
	if (p->v[i].kind == LEXEME_NUMBER) {
		n = read_figures(p, i, money, ret);
		return n > 0 ? n + add_part(p, i + n, ret) : 0;
	}
	if ((n = read_words(p, i, ret)) == 0)
		return read_part(p, i, ret);
	n += multiplier(p, i + n, false, ret);
	return n + add_part(p, i + n, ret);
}
