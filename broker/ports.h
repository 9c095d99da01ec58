#ifndef PORTS_H
#define PORTS_H

#include <stddef.h>
#include <stdint.h>

#include "broker/gate.h"
#include "broker/peers.h"
#include "err.h"
#include "span.h"

/*
 * The broker's two sockets, one for clients, one for workers.  The only file
 * of the broker that knows ZeroMQ.  Nothing here blocks but ports_wait.
 */
struct ports;

enum port { PORT_CLIENTS, PORT_WORKERS, PORTS };

struct ports_options {
	const char *endpoint[PORTS];
	const struct gate *gate; /* who may come in; NULL: only this machine's programs */
	bool always_keys;        /* of this machine's programs too, over tcp:// */
	int64_t heartbeat_ms;    /* a machine that is not there for three is dropped */
};

/* ERR_USAGE for an endpoint that is none. */
MUST_CHECK enum err ports_check(const char *endpoint);

/* Whether other machines can reach it, so that it has to ask for keys. */
bool ports_is_far(const char *endpoint);

/* ERR_USAGE as above, ERR_BUSY for an endpoint in use. */
MUST_CHECK enum err ports_open(const struct ports_options *o, struct ports **ret);

/* Takes NULL.  Gives what was sent a second to leave. */
void ports_close(struct ports *p);

/* Where it listens, with a port number for a "*". */
const char *ports_endpoint(const struct ports *p, enum port port);

/* Until a message came, fd is readable or the time is up.  Returns fd's state. */
MUST_CHECK enum err ports_wait(struct ports *p, int fd, int64_t timeout_ms, bool *ret_fd);

/*
 * The next message of a port, ERR_NOT_FOUND for none, and what its sender may do as the
 * lists stand now (where keys are asked for, a stranger's pass is one of a key that is
 * revoked). It lives until the next call for any port.  ERR_BAD_INPUT for one that was
 * not two frames, a name and a message; it is gone, and the next call goes on behind it.
 */
MUST_CHECK enum err ports_receive(struct ports *p, enum port port,
                                  struct peer_id *ret_from, struct pass *ret_pass,
                                  struct bytes *ret_message);

/*
 * Copies.  ERR_NOT_FOUND when nobody of that name is connected, ERR_BUSY when
 * it does not read what it was sent before.
 */
MUST_CHECK enum err ports_send(struct ports *p, enum port port, const struct peer_id *to,
                               struct bytes message);

#endif
