#ifndef DATE_H
#define DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Days of the Gregorian calendar, and how ISO 8601 writes them.  Pure; no time zones:
 * a day is the one that is written.
 */
struct date {
	int year, month, day; /* 1 .. 9999, 1 .. 12, 1 .. 31 */
};

enum { DATE_FIRST_YEAR = 1, DATE_LAST_YEAR = 9999 };

/* The year-month-day that text begins with ("2019-03-28", "2019-03-28T17:00:00Z"), if
 * there is such a day. */
bool date_read(const char *text, struct date *ret);

/* Days since 1 January 1970, before it below zero; and back. */
int32_t date_number(struct date d);
struct date date_from_number(int32_t n);

/* 0: Monday .. 6: Sunday. */
int date_weekday(struct date d);

int date_days_in_month(int year, int month);

/* Months on from d's, by whole months, also back; its day is 1.  False when that leaves
 * the calendar. */
bool date_add_months(struct date d, int months, struct date *ret);

#endif
