#ifndef WORTH_H
#define WORTH_H

#include "prose.h"

/*
 * How much a statement is worth a check, 0 .. 1, by rule: numbers, comparisons, names,
 * dates and deeds speak for it; opinions, questions, forecasts and courtesies against it.
 * The rules' weights are of a logistic regression (tests/bench/checkworthy --fit).
 */
enum worth_trait {
	WORTH_ALWAYS,
	WORTH_NUMBER,
	WORTH_NUMBERS, /* two of them or more */
	WORTH_MONEY,
	WORTH_PER_CENT,
	WORTH_DATE,
	WORTH_COMPARES,
	WORTH_NAME,
	WORTH_NAMES,
	WORTH_PAST,
	WORTH_PERFECT,
	WORTH_IS,
	WORTH_WILL,
	WORTH_SHOULD,
	WORTH_MAY,
	WORTH_I,
	WORTH_WE,
	WORTH_YOU,
	WORTH_QUESTION,
	WORTH_OPINION,
	WORTH_SHORT,
	WORTH_LENGTH,
	WORTH_COURTESY,
	WORTH_NOT,
	WORTH_MATTER, /* taxes, jobs, deaths: what statistics are kept of */
	WORTH_ALL,    /* every, never, nobody */
	WORTH_DEED,   /* voted, signed, spent */
	WORTH_TRAITS
};

/* What one sentence has of each trait, 0 .. 1. */
void worth_traits(const struct prose *p, float ret[WORTH_TRAITS]);

/* Of the sentence among them that is worth most. */
float worth_of(const struct prose *p);

#endif
