#ifndef METRIC_H
#define METRIC_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/*
 * Numbers for operators, as Prometheus reads them (its text format 0.0.4), over HTTP.
 *
 * A program has one array of these, filled with names at compile time; whoever knows a
 * number writes it, from any thread, and never waits.  The order of the array is that of
 * the page; metrics of one name stand together and differ in their labels.
 */
enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

enum { METRIC_BUCKETS = 14 };

struct metric {
	const char *name;   /* "hearsay_jobs", in base units: seconds, bytes */
	const char *labels; /* "state=\"ready\"", or NULL */
	const char *help;   /* of the first of a name; one line */
	enum metric_kind kind;
	double unit;           /* of a step of value: 0.001 for milliseconds; 0: 1 */
	_Atomic int64_t value; /* of a histogram the sum */
	_Atomic uint64_t
	    count[METRIC_BUCKETS + 1]; /* of a histogram; the last: above all */
};

void metric_add(struct metric *m, int64_t n); /* a counter; n is not negative */
void metric_set(struct metric *m, int64_t value);
void metric_observe(struct metric *m, int64_t value); /* a histogram, in steps of unit */

/*
 * The page, as snprintf writes: at most size bytes with a '\0', and the return value says
 * how many there would be.
 */
size_t metric_page(const struct metric *all, size_t n, char *ret, size_t size);

/*
 * A thread that answers GET /metrics with the page and GET /healthz with 200 while
 * `healthy` says so, else 503.  address is HOST:PORT, of this machine: "127.0.0.1:9570",
 * "[::1]:9570",
 * ":9570" for all its addresses.  Keeps all and arg; healthy is called on the thread.
 * ERR_USAGE for what is no address, ERR_BUSY for one in use.
 */
struct exposer;
MUST_CHECK enum err exposer_open(const char *address, const struct metric *all, size_t n,
                                 int (*healthy)(void *arg), void *arg,
                                 struct exposer **ret);
void exposer_close(struct exposer *e); /* takes NULL */

#endif
