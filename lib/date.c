/*
 * Days are counted in years that begin in March, so that the leap day comes last: the
 * months before then have the lengths 31 30 31 30 31 twice over, which a line with slope
 * 153 / 5 gives.
 */
#include "date.h"

static bool
is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int
date_days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

static bool
digits(const char **at, int n, int *ret)
{
	int value = 0;

	for (; n > 0; n--, (*at)++) {
		if (**at < '0' || **at > '9')
			return false;
		value = value * 10 + (**at - '0');
	}
	*ret = value;
	return true;
}

bool
date_read(const char *text, struct date *ret)
{
	struct date d;

	if (!digits(&text, 4, &d.year) || *text++ != '-' || !digits(&text, 2, &d.month) ||
	    *text++ != '-' || !digits(&text, 2, &d.day) || (*text >= '0' && *text <= '9'))
		return false;
	if (d.year < DATE_FIRST_YEAR || d.month < 1 || d.month > 12 || d.day < 1 ||
	    d.day > date_days_in_month(d.year, d.month))
		return false;
	*ret = d;
	return true;
}

/* Days before 1 January 1970 that 1 March of the year 0 lies. */
enum { ERA = 719468, CYCLE = 146097 };

int32_t
date_number(struct date d)
{
	int year = d.year - (d.month <= 2), month = (d.month + 9) % 12;

	return year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 +
	       d.day - 1 - ERA;
}

struct date
date_from_number(int32_t n)
{
	int of_cycle, year, of_year, month;
	int cycle;
	struct date d;

	n += ERA;
	cycle = n / CYCLE;
	of_cycle = n % CYCLE;
	year = (of_cycle - of_cycle / 1460 + of_cycle / 36524 - of_cycle / 146096) / 365;
	of_year = of_cycle - (365 * year + year / 4 - year / 100);
	month = (5 * of_year + 2) / 153;
	d.day = of_year - (153 * month + 2) / 5 + 1;
	d.month = month < 10 ? month + 3 : month - 9;
	d.year = cycle * 400 + year + (d.month <= 2);
	return d;
}

int
date_weekday(struct date d)
{
	return (date_number(d) + ERA + 2) % 7; /* 1 March of the year 0: a Wednesday */
}

bool
date_add_months(struct date d, int months, struct date *ret)
{
	int at = d.year * 12 + d.month - 1 + months, year = at / 12;

	if (at < 0 || year < DATE_FIRST_YEAR || year > DATE_LAST_YEAR)
		return false;
	*ret = (struct date){ .year = year, .month = at % 12 + 1, .day = 1 };
	return true;
}
