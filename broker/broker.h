#ifndef BROKER_H
#define BROKER_H

#include "broker/ports.h"
#include "broker/settings.h"
#include "err.h"

/* The broker: one loop over two sockets, a store, and who is connected. */
struct broker;

/*
 * Opens the folder, the store and the sockets, in that order, and takes up
 * where the last one left off.  Signals that end or reload it are blocked from
 * here on.  The settings are kept, not copied, and may change between turns.
 */
MUST_CHECK enum err broker_open(const struct settings *set, struct broker **ret);
void broker_close(struct broker *b); /* takes NULL */

/* Called at SIGHUP; what fails is said and changes nothing. */
void broker_on_reload(struct broker *b, enum err (*reload)(void *), void *arg);

/* Until a signal ends it: OK.  Anything else says why it cannot go on. */
MUST_CHECK enum err broker_run(struct broker *b);

/*
 * The two halves of a turn, for tests: deal with one message as if it had come
 * from that peer, who may do what pass says; and do what is due, commit, and send what
 * may be sent.
 */
MUST_CHECK enum err broker_take(struct broker *b, enum port port,
                                const struct peer_id *from, const struct pass *pass,
                                struct bytes message);
MUST_CHECK enum err broker_turn(struct broker *b);

#endif
