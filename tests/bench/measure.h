#ifndef MEASURE_H
#define MEASURE_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "err.h"

/* What the benches of the engine share: time, medians, and giving up. */

static inline void
must(enum err e)
{
	if (e == OK)
		return;
	fprintf(stderr, "bench: %s\n", err_text());
	exit(EXIT_FAILURE);
}

/* Seconds of the processor, not of the wall: other work on the machine is not counted. */
static inline double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline int
compare_times(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Sorts v. */
static inline double
median(double *v, size_t n)
{
	qsort(v, n, sizeof *v, compare_times);
	return v[n / 2];
}

#endif
