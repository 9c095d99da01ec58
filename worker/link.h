#ifndef LINK_H
#define LINK_H

#include <stdint.h>

#include "err.h"
#include "gauge.h"
#include "keys.h"
#include "pool.h"
#include "wire.h"

/*
 * The line to a broker, for as long as the worker lives: fetches articles for
 * the pool, brings the outcomes back, and comes back itself after any break.
 */
struct link;

struct link_options {
	const char *broker; /* endpoint; this and model outlive the link */
	const char *model;
	struct key_line keys;
	unsigned threads;  /* of the pool */
	unsigned prefetch; /* articles that wait, a thread */
	int64_t drain_ms;
	int signals;            /* a signalfd: SIGTERM, SIGINT, SIGHUP */
	void (*reload)(void *); /* at SIGHUP; may be NULL */
	void *reload_arg;
	struct gauge *gauge; /* may be NULL */
};

/* At most so many articles at work and waiting together: threads * (1 + prefetch). */
enum { LINK_HOLDS_MAX = WIRE_BATCH };

/* Connects to nothing yet. */
MUST_CHECK enum err link_open(const struct link_options *o, void *zmq_context,
                              struct link **ret);
void link_close(struct link *l); /* takes NULL */

/*
 * Until SIGTERM or SIGINT: OK when all that was held is settled or handed back,
 * ERR_TIMEOUT when drain_ms did not suffice (threads may still be at work, so
 * pool_close may take long).  A second signal ends the process.
 * ERR_VERSION when the broker does not speak our version of the protocol,
 * ERR_USAGE when its endpoint is none.  Once, with an unused pool.
 */
MUST_CHECK enum err link_run(struct link *l, struct pool *pool);

#endif
