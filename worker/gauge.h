#ifndef GAUGE_H
#define GAUGE_H

#include "err.h"
#include "metric.h"

/*
 * What operators see of a worker: its numbers, and the page of metrics that serves them.
 * Links write them, each on its own thread; none of it waits.
 */
enum gauge_number {
	GAUGE_DONE,
	GAUGE_FAILED,
	GAUGE_BYTES,
	GAUGE_ARTICLE,
	GAUGE_LINES,
	GAUGE_BROKERS,
	GAUGE_HELD,
	GAUGE_THREADS,
	GAUGE_BUILD,
	GAUGE_NUMBERS
};

struct gauge;

/* address: of the page, "" for none; see metric.h. */
MUST_CHECK enum err gauge_open(const char *address, struct gauge **ret);
void gauge_close(struct gauge *g); /* takes NULL */

/* These take NULL: nobody looks. */
void gauge_add(struct gauge *g, enum gauge_number which,
               int64_t n); /* n may be negative */
void gauge_observe(struct gauge *g, enum gauge_number which, int64_t value);

#endif
