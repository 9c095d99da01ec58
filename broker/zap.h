#ifndef ZAP_H
#define ZAP_H

#include <stddef.h>

#include "broker/gate.h"
#include "err.h"

/*
 * Where ZeroMQ asks, within this program, whether a peer that has proved its key may come
 * in (ZAP, its RFC 27).  It asks on behalf of each socket by that socket's domain, which
 * is the door's name; the peer waits meanwhile, and nobody else does.
 */
struct zap;

/* Before the first socket is bound.  Keeps g, which may be NULL: then everybody is
 * refused. */
MUST_CHECK enum err zap_open(void *zmq_context, const struct gate *g, struct zap **ret);
void zap_close(struct zap *z); /* takes NULL */

void *zap_socket(const struct zap *z); /* readable: there is a question */
void zap_answer(struct zap *z);        /* all there are; never waits */

const char *zap_domain(enum door door);

#endif
