#ifndef FLEET_H
#define FLEET_H

#include "err.h"
#include "link.h"
#include "pool.h"

/*
 * The lines to all brokers that a worker serves: for each a link and a pool of threads,
 * so that one broker's articles never wait for another's; the weights are shared by all.
 */
struct fleet;

struct fleet_options {
	/* Endpoints with commas between them; and as many keys, or one for all, or none.
	 */
	const char *brokers, *broker_keys;
	const char *secret_key;   /* of this worker; its file */
	struct link_options link; /* of each; broker and keys are filled in */
	struct work work;
	void *zmq_context;
};

/* Connects to nothing yet.  ERR_USAGE for no endpoint, or keys that do not go with them.
 */
MUST_CHECK enum err fleet_open(const struct fleet_options *o, struct fleet **ret);
void fleet_close(struct fleet *f); /* takes NULL; not while a pool is at work */

/* The lines only, when a pool may still be at work. */
void fleet_hang_up(struct fleet *f);

/*
 * Until a signal ends all lines; see link_run.  A line that ends by itself (a broker of
 * another version) is logged and leaves the others; its error is returned at the end.
 */
MUST_CHECK enum err fleet_run(struct fleet *f);

#endif
