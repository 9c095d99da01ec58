#ifndef PEERS_H
#define PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "err.h"
#include "keys.h"

/*
 * Who is connected.  A peer is known by the name that its socket was given
 * (struct peer_id); a worker, besides, by the session number that its process
 * drew: the name changes with each connection, the session does not.
 *
 * Times are milliseconds of the caller's monotonic clock.  One thread.
 */
struct peer_id {
	uint8_t n;
	uint8_t v[255];
};

enum { PEER_NAME = 64, PEER_ADDRESS = 48 };

struct worker {
	struct peer_id id;
	uint64_t number; /* ours, never used again; leases name it as owner */
	uint64_t session;
	char name[PEER_NAME], model[PEER_NAME], software[PEER_NAME];
	char address[PEER_ADDRESS]; /* of its machine; "" for this one */
	uint32_t threads;
	uint32_t credit; /* articles that it would take now */
	int64_t heard_ms, sent_ms;
	bool keyed; /* came by this key */
	struct key key;
	bool barred; /* runs a model that is not accepted: is dealt nothing */
	bool gone;   /* could not be reached: to be taken leave of */
	TAILQ_ENTRY(worker) all;
};

struct client {
	struct peer_id id;
	char address[PEER_ADDRESS]; /* as a worker's */
	int64_t heard_ms;
	unsigned feeds; /* answers that it is owed piece by piece */
	bool keyed;     /* came by this key */
	struct key key;
	bool gone; /* could not be reached: to be forgotten */
	TAILQ_ENTRY(client) all;
};

TAILQ_HEAD(workers, worker);
TAILQ_HEAD(clients, client);

struct peers;

/* NULL when memory is short. */
struct peers *peers_new(size_t max);
void peers_free(struct peers *p); /* takes NULL */

/* In the order of their joining, workers of late moved by peers_next. */
struct workers *peers_workers(struct peers *p);
struct clients *peers_clients(struct peers *p);
size_t peers_count_workers(const struct peers *p);
size_t peers_count_clients(const struct peers *p);
size_t peers_count_at(struct peers *p, const char *address); /* both kinds */

struct worker *peers_worker(struct peers *p, const struct peer_id *id); /* or NULL */
struct worker *peers_session(struct peers *p, uint64_t session);        /* or NULL */
struct worker *peers_numbered(struct peers *p, uint64_t number);        /* or NULL */
struct client *peers_client(struct peers *p, const struct peer_id *id); /* or NULL */

/* A new one, of a name that is not known.  ERR_BUSY when there are max of both. */
MUST_CHECK enum err peers_join(struct peers *p, const struct peer_id *id,
                               uint64_t session, struct worker **ret);
MUST_CHECK enum err peers_meet(struct peers *p, const struct peer_id *id,
                               struct client **ret);

void peers_leave(struct peers *p, struct worker *w);
void peers_forget(struct peers *p, struct client *c);

/* A worker with credit that is not barred, then the next one each time; or NULL. */
struct worker *peers_next(struct peers *p);

/* The sum of all workers' threads; and of the credit of those that are dealt to. */
uint64_t peers_threads(struct peers *p);
uint64_t peers_credit(struct peers *p);

/* How many workers are not barred. */
size_t peers_dealt_to(struct peers *p);

#endif
