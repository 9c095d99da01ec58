/*
 * A list of patterns is tried at each lexeme; each says how many lexemes it takes, and
 * which time that is, if that can be known.
 *
 * A day of the week without more is the last one before publication, or the next one
 * after it where the sentence looks ahead ("will", "until").  So is a month, but where a
 * sentence neither looks ahead nor tells what was, it is the nearest.
 */
#include "moment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

#define COUNT(v) (sizeof(v) / sizeof *(v))

enum unit { DAY, WEEK, MONTH, YEAR };

/* A time that has been read: the date of its first day, and how exact it is. */
struct when {
	enum unit unit;
	struct date date;
	bool known;
};

struct finder {
	const struct prose *p;
	const struct date *today; /* or NULL */
	bool ahead, behind;       /* the sentence looks ahead, or tells what was */
};

/* How many lexemes the pattern takes at lexeme i; 0 where it is none. */
typedef size_t pattern(const struct finder *f, size_t i, struct when *ret);

/* ------------------------------------------------------------------------- words */

static const char *const months[][3] = {
	{ "january", "jan", NULL },     { "february", "feb", NULL },
	{ "march", "mar", NULL },       { "april", "apr", NULL },
	{ "may", NULL, NULL },          { "june", "jun", NULL },
	{ "july", "jul", NULL },        { "august", "aug", NULL },
	{ "september", "sept", "sep" }, { "october", "oct", NULL },
	{ "november", "nov", NULL },    { "december", "dec", NULL },
};

static const char *const weekdays[][2] = {
	{ "monday", "mon" },     { "tuesday", "tues" }, { "wednesday", "wed" },
	{ "thursday", "thurs" }, { "friday", "fri" },   { "saturday", "sat" },
	{ "sunday", "sun" },
};

/* An abbreviation has its stop, which it takes with it. */
static size_t
named(const struct prose *p, size_t i, const char *full, const char *brief)
{
	if (i >= p->n || !p->v[i].capital)
		return 0;
	if (prose_is(p, i, full))
		return 1;
	if (brief == NULL || !prose_is(p, i, brief))
		return 0;
	return prose_is(p, i + 1, ".") && p->v[i + 1].touches ? 2 : 1;
}

/* 1 .. 12 */
static size_t
month_name(const struct prose *p, size_t i, int *ret)
{
	for (size_t m = 0; m < COUNT(months); m++)
		for (size_t k = 0; k < 2; k++) {
			size_t n = named(p, i, months[m][0], months[m][k + 1]);

			if (n > 0) {
				*ret = (int)m + 1;
				return n;
			}
		}
	return 0;
}

/* 0: Monday .. 6 */
static size_t
weekday_name(const struct prose *p, size_t i, int *ret)
{
	for (size_t d = 0; d < COUNT(weekdays); d++) {
		size_t n = named(p, i, weekdays[d][0], weekdays[d][1]);

		if (n > 0) {
			*ret = (int)d;
			return n;
		}
	}
	return 0;
}

/* Figures and nothing else, with a value in [low, high]. */
static bool
whole(const struct prose *p, size_t i, size_t digits, int low, int high, int *ret)
{
	const char *c;
	long value;

	if (i >= p->n || p->v[i].kind != LEXEME_NUMBER)
		return false;
	c = p->v[i].low;
	if (strlen(c) > digits || strspn(c, "0123456789") != strlen(c))
		return false;
	value = strtol(c, NULL, 10);
	if (value < low || value > high)
		return false;
	*ret = (int)value;
	return true;
}

static bool
year_at(const struct prose *p, size_t i, int *ret)
{
	return whole(p, i, 4, 1200, 2199, ret) &&
	       !(i + 1 < p->n && p->v[i + 1].touches && p->v[i + 1].kind == LEXEME_WORD);
}

/* 28, 28th, 1st */
static size_t
day_at(const struct prose *p, size_t i, int *ret)
{
	static const char *const endings[] = { "st", "nd", "rd", "th", NULL };

	if (!whole(p, i, 2, 1, 31, ret))
		return 0;
	if (i + 1 < p->n && p->v[i + 1].touches && p->v[i + 1].kind == LEXEME_WORD)
		return prose_in(p, i + 1, endings) ? 2 : 0;
	return 1;
}

static bool
before(const struct prose *p, size_t i, const char *const *list)
{
	return i > 0 && prose_in(p, i - 1, list);
}

/* ----------------------------------------------------------------------- reckoning */

static bool
valid(struct date d)
{
	return d.day >= 1 && d.day <= date_days_in_month(d.year, d.month);
}

static struct when
unknown(void)
{
	return (struct when){ .known = false };
}

static struct when
at(enum unit unit, struct date d)
{
	return (struct when){ unit, d, true };
}

/* So many days from the day of publication. */
static struct when
days_from(const struct finder *f, int days, enum unit unit)
{
	int32_t number;

	if (f->today == NULL)
		return unknown();
	number = date_number(*f->today) + days;
	if (number < date_number((struct date){ DATE_FIRST_YEAR, 1, 1 }) ||
	    number > date_number((struct date){ DATE_LAST_YEAR, 12, 31 }))
		return unknown();
	return at(unit, date_from_number(number));
}

static struct when
months_from(const struct finder *f, int n, enum unit unit)
{
	struct date d;

	if (f->today == NULL || !date_add_months(*f->today, n, &d))
		return unknown();
	return at(unit, d);
}

/* So many units from publication on; n may be below zero. */
static struct when
units_from(const struct finder *f, int n, enum unit unit)
{
	if (unit == DAY)
		return days_from(f, n, DAY);
	if (unit == WEEK)
		return days_from(f, 7 * n, WEEK);
	return months_from(f, unit == MONTH ? n : 12 * n, unit);
}

/* -1: the one before publication; 1: the one after it; 0: this or as the sentence looks.
 */
static struct when
month_near(const struct finder *f, int month, int side)
{
	int away;

	if (f->today == NULL)
		return unknown();
	away = month - f->today->month;
	if (side == 0 && !f->ahead && !f->behind)
		away += away > 6 ? -12 : away < -6 ? 12 : 0;
	else if (side < 0 ? away >= 0 : side == 0 && !f->ahead && away > 0)
		away -= 12;
	else if (side > 0 ? away <= 0 : side == 0 && f->ahead && away < 0)
		away += 12;
	return months_from(f, away, MONTH);
}

static struct when
weekday_near(const struct finder *f, int weekday, int side)
{
	int away;

	if (f->today == NULL)
		return unknown();
	away = weekday - date_weekday(*f->today);
	if (side < 0 ? away >= 0 : side == 0 && !f->ahead && away > 0)
		away -= 7;
	else if (side > 0 ? away <= 0 : side == 0 && f->ahead && away < 0)
		away += 7;
	return days_from(f, away, DAY);
}

/* A day without its year: the nearest one, or the next where the sentence looks ahead. */
static struct when
day_near(const struct finder *f, int month, int day)
{
	struct when best = unknown();
	int32_t nearest = INT32_MAX;

	for (int year = -1; f->today != NULL && year <= 1; year++) {
		struct date d = { f->today->year + year, month, day };
		int32_t away;

		if (d.year < DATE_FIRST_YEAR || d.year > DATE_LAST_YEAR || !valid(d))
			continue;
		away = date_number(d) - date_number(*f->today);
		if (away < 0 && f->ahead)
			away = INT32_MAX / 2;
		if (abs(away) < nearest) {
			nearest = abs(away);
			best = at(DAY, d);
		}
	}
	return best;
}

/* ------------------------------------------------------------------------ patterns */

/* 2019-03-28 */
static size_t
iso_day(const struct finder *f, size_t i, struct when *ret)
{
	struct date d;

	if (i + 4 >= f->p->n || !whole(f->p, i, 4, 1000, 9999, &d.year) ||
	    !prose_is(f->p, i + 1, "-") || !whole(f->p, i + 2, 2, 1, 12, &d.month) ||
	    !prose_is(f->p, i + 3, "-") || !whole(f->p, i + 4, 2, 1, 31, &d.day) ||
	    !f->p->v[i + 1].touches || !f->p->v[i + 4].touches || !valid(d))
		return 0;
	*ret = at(DAY, d);
	return 5;
}

/* A year behind a date, with a comma or without. */
static size_t
year_behind(const struct prose *p, size_t i, int *ret)
{
	size_t comma = prose_is(p, i, ",");

	return year_at(p, i + comma, ret) ? 1 + comma : 0;
}

/* The day of a month that ends before lexeme i. */
static size_t
with_year(const struct finder *f, size_t i, int month, int day, struct when *ret)
{
	struct date d = { .month = month, .day = day };
	size_t n = year_behind(f->p, i, &d.year);

	if (n == 0)
		*ret = day_near(f, month, day);
	else
		*ret = valid(d) ? at(DAY, d) : unknown();
	return n;
}

/* 28 March 2019, the 28th of March */
static size_t
day_and_month(const struct finder *f, size_t i, struct when *ret)
{
	int day, month;
	size_t n = day_at(f->p, i, &day), of, m;

	if (n == 0)
		return 0;
	of = prose_is(f->p, i + n, "of");
	if ((m = month_name(f->p, i + n + of, &month)) == 0)
		return 0;
	n += of + m;
	return n + with_year(f, i + n, month, day, ret);
}

/* March 28, 2019 */
static size_t
month_and_day(const struct finder *f, size_t i, struct when *ret)
{
	int day, month;
	size_t n = month_name(f->p, i, &month), d;

	if (n == 0 || (d = day_at(f->p, i + n, &day)) == 0)
		return 0;
	n += d;
	return n + with_year(f, i + n, month, day, ret);
}

/* March 2019, March of 2019 */
static size_t
month_and_year(const struct finder *f, size_t i, struct when *ret)
{
	struct date d = { .day = 1 };
	size_t n = month_name(f->p, i, &d.month), more;

	if (n == 0)
		return 0;
	more = prose_is(f->p, i + n, "of") || prose_is(f->p, i + n, ",");
	if (!year_at(f->p, i + n + more, &d.year))
		return 0;
	*ret = at(MONTH, d);
	return n + more + 1;
}

/* -1: last, 1: next, 0: this; false for none of them. */
static bool
side_of(const struct prose *p, size_t i, int *ret)
{
	static const char *const last[] = { "last", "past", "previous", NULL };
	static const char *const next[] = { "next", "coming", NULL };

	*ret = prose_in(p, i, next) - prose_in(p, i, last);
	return *ret != 0 || prose_is(p, i, "this");
}

static bool
unit_at(const struct prose *p, size_t i, bool plural, enum unit *ret)
{
	static const char *const one[] = { "day", "week", "month", "year" };
	static const char *const many[] = { "days", "weeks", "months", "years" };

	for (size_t k = 0; k < COUNT(one); k++)
		if (prose_is(p, i, one[k]) || (plural && prose_is(p, i, many[k]))) {
			*ret = (enum unit)k;
			return true;
		}
	return false;
}

/* Last week, next Tuesday, this March, last night */
static size_t
beside_now(const struct finder *f, size_t i, struct when *ret)
{
	int side, which;
	enum unit unit;
	size_t n;

	if (!side_of(f->p, i, &side))
		return 0;
	if (side < 0 && prose_is(f->p, i + 1, "night")) {
		*ret = days_from(f, -1, DAY);
		return 2;
	}
	if (unit_at(f->p, i + 1, false, &unit) && unit != DAY) {
		*ret = units_from(f, side, unit);
		return 2;
	}
	if ((n = weekday_name(f->p, i + 1, &which)) > 0)
		*ret = weekday_near(f, which, side);
	else if ((n = month_name(f->p, i + 1, &which)) > 0)
		*ret = month_near(f, which, side);
	return n > 0 ? n + 1 : 0;
}

static size_t
day_word(const struct finder *f, size_t i, struct when *ret)
{
	static const char *const today[] = { "today", "tonight", NULL };
	int away = prose_is(f->p, i, "tomorrow") - prose_is(f->p, i, "yesterday");

	if (away == 0 && !prose_in(f->p, i, today))
		return 0;
	*ret = days_from(f, away, DAY);
	return 1;
}

/* Two years ago, a week ago */
static size_t
ago(const struct finder *f, size_t i, struct when *ret)
{
	double number = 1;
	enum unit unit;
	size_t n = prose_is(f->p, i, "a") || prose_is(f->p, i, "an")
	               ? 1
	               : number_read(f->p, i, false, &number);

	if (n == 0 || !unit_at(f->p, i + n, true, &unit) ||
	    !prose_is(f->p, i + n + 1, "ago"))
		return 0;
	*ret = number >= 1 && number < 1e5 && number == (int)number
	           ? units_from(f, -(int)number, unit)
	           : unknown();
	return n + 2;
}

/* Tuesday; but Tuesday, March 28 is that day, and Tuesday nights are none. */
static size_t
weekday(const struct finder *f, size_t i, struct when *ret)
{
	int which;
	size_t n = weekday_name(f->p, i, &which), comma;
	struct when day;

	if (n == 0 || (n == 1 && strlen(f->p->v[i].low) < 6))
		return 0;
	comma = prose_is(f->p, i + n, ",");
	if (month_and_day(f, i + n + comma, &day) > 0 ||
	    day_and_month(f, i + n + comma, &day) > 0)
		return 0;
	*ret = prose_is(f->p, i + n, "nights") ? unknown() : weekday_near(f, which, 0);
	return n;
}

static const char *const time_words[] = { "in",      "since", "by",      "until",
	                                  "till",    "from",  "to",      "of",
	                                  "during",  "late",  "early",   "mid",
	                                  "before",  "after", "through", "for",
	                                  "between", "year",  NULL };

/* In June; a month's name alone may be a person's, or a verb. */
static size_t
month(const struct finder *f, size_t i, struct when *ret)
{
	int which;
	size_t n = month_name(f->p, i, &which);

	if (n == 0 || !before(f->p, i, time_words))
		return 0;
	*ret = month_near(f, which, 0);
	return n;
}

/* Of 1998 votes: a number, though it may be a year. */
static bool
counts_something(const struct prose *p, size_t i)
{
	static const char *const counting[] = { "of", "to", "for", "from", NULL };
	size_t n;

	if (i + 1 >= p->n || p->v[i + 1].kind != LEXEME_WORD || !before(p, i, counting))
		return false;
	n = strlen(p->v[i + 1].low);
	return n > 2 && p->v[i + 1].low[n - 1] == 's';
}

/* In 1998; (1998); the 1998 floods. */
static size_t
year(const struct finder *f, size_t i, struct when *ret)
{
	const struct prose *p = f->p;
	struct date d = { .month = 1, .day = 1 };
	bool in_brackets = i > 0 && prose_is(p, i - 1, "(") && prose_is(p, i + 1, ")");
	bool of_something = i > 0 && prose_is(p, i - 1, "the") && i + 1 < p->n &&
	                    p->v[i + 1].kind == LEXEME_WORD;

	if (!year_at(p, i, &d.year) || counts_something(p, i) ||
	    !(in_brackets || (of_something && d.year >= 1900) ||
	      before(p, i, time_words)))
		return 0;
	*ret = at(YEAR, d);
	return 1;
}

/* ------------------------------------------------------------------------ the door */

/* Those that take more before those that take less. */
static pattern *const patterns[] = {
	iso_day, day_and_month, month_and_day, month_and_year, beside_now,
	ago,     day_word,      weekday,       month,          year,
};

static size_t
match(const struct finder *f, size_t i, struct when *ret)
{
	for (size_t k = 0; k < COUNT(patterns); k++) {
		size_t n = patterns[k](f, i, ret);

		if (n > 0)
			return n;
	}
	return 0;
}

/* The week of a day, as ISO 8601 counts them: it belongs to the year of its Thursday. */
static const char *
week_text(struct arena *a, struct date d)
{
	struct date thursday = date_from_number(date_number(d) + 3 - date_weekday(d));
	struct date first = { thursday.year, 1, 1 };
	char text[32];
	int n = snprintf(text, sizeof text, "%04d-W%02d", thursday.year,
	                 (date_number(thursday) - date_number(first)) / 7 + 1);

	return arena_text(a, text, (size_t)n);
}

static const char *
text_of(struct arena *a, const struct when *w)
{
	static const int sizes[] = { [DAY] = 10, [MONTH] = 7, [YEAR] = 4 };
	char text[48];

	if (w->unit == WEEK)
		return week_text(a, w->date);
	snprintf(text, sizeof text, "%04d-%02d-%02d", w->date.year, w->date.month,
	         w->date.day);
	return arena_text(a, text, (size_t)sizes[w->unit]);
}

static bool
tells_what_was(const struct prose *p, size_t i)
{
	static const char *const words[] = { "was",    "were", "had",  "did", "didn't",
		                             "wasn't", "has",  "have", NULL };
	size_t n = strlen(p->v[i].low);

	return prose_in(p, i, words) ||
	       (n > 4 && memcmp(p->v[i].low + n - 2, "ed", 2) == 0);
}

/* Which way the sentence looks that begins at lexeme i; returns what is behind it. */
static size_t
look(struct finder *f, size_t i)
{
	static const char *const words[] = { "will",  "'ll",      "won't",     "shall",
		                             "until", "by",       "due",       "would",
		                             "plans", "expected", "scheduled", NULL };
	static const char *const ends[] = { "!", "?", ";", NULL };
	const struct prose *p = f->p;

	f->ahead = f->behind = false;
	for (; i < p->n; i++) {
		/* A stop may be an abbreviation's: then the next word is no sentence. */
		if (prose_in(p, i, ends) ||
		    (prose_is(p, i, ".") && i + 1 < p->n && p->v[i + 1].capital))
			break;
		f->ahead = f->ahead || prose_in(p, i, words);
		f->behind = f->behind || tells_what_was(p, i);
	}
	return i < p->n ? i + 1 : i;
}

struct moments
moment_find(struct arena *a, const struct prose *p, const struct date *published)
{
	struct moments m = { .taken = arena_alloc(a, p->n * sizeof *m.taken) };
	struct finder f = { .p = p, .today = published };
	size_t room = 0, end = 0, n;

	for (size_t i = 0; i < p->n; i += n) {
		struct when w = unknown();

		if (i >= end)
			end = look(&f, i);
		if ((n = match(&f, i, &w)) == 0) {
			n = 1;
			continue;
		}
		memset(m.taken + i, true, n);
		if (!w.known)
			continue;
		m.v = arena_grow(a, m.v, m.n, &room, sizeof *m.v);
		m.v[m.n++] =
		    (struct moment){ { p->v[i].at.begin, p->v[i + n - 1].at.end },
			             text_of(a, &w) };
	}
	return m;
}
