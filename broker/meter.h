#ifndef METER_H
#define METER_H

#include "err.h"
#include "metric.h"

/*
 * What operators see of the broker: the numbers of its page of metrics, and the page
 * itself. The loop writes them; a thread of lib/exposer.c reads them.
 */
enum meter_number {
	METER_JOBS, /* and the next five, in the order of their states */
	METER_OLDEST = METER_JOBS + 6,
	METER_PEERS, /* workers, clients */
	METER_THREADS = METER_PEERS + 2,
	METER_SEQUENCE,
	METER_ROOM,
	METER_ACCEPTED,
	METER_REFUSED,
	METER_RESULTS,
	METER_FAILURES,
	METER_BURIED,
	METER_NONSENSE,
	METER_COMMIT,
	METER_LEASE,
	METER_BUILD,
	METER_NUMBERS
};

struct meter;

/* address: of the page, "" for none; see metric.h. */
MUST_CHECK enum err meter_open(const char *address, struct meter **ret);
void meter_close(struct meter *m); /* takes NULL */

/* The same as metric_add, metric_set and metric_observe. */
void meter_add(struct meter *m, enum meter_number which, int64_t n);
void meter_set(struct meter *m, enum meter_number which, int64_t value);
void meter_observe(struct meter *m, enum meter_number which, int64_t value);

/* The loop turns; /healthz fails when it has not for this long. */
enum { METER_STUCK_MS = 30000 };
void meter_alive(struct meter *m, int64_t monotonic_ms);

#endif
