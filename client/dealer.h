#ifndef DEALER_H
#define DEALER_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "span.h"

/*
 * The line to one broker: a connection that is made, watched, and made again.
 * dealer.c is the only file of the client that knows ZeroMQ.
 *
 * Nothing here waits.  Messages are sent only while the line is up, and none is
 * kept for later: whoever sent one learns from DEALER_DOWN that it may be lost.
 */
struct dealer;

/*
 * To the first of these endpoints, with commas between them; keys as for keys_line.
 * ERR_USAGE for what is no address; the broker need not be there yet.
 */
MUST_CHECK enum err dealer_open(const char *endpoints, const char *secret_key,
                                const char *broker_keys, struct dealer **ret);
void dealer_close(struct dealer *d); /* takes NULL */

/* Where it is connected, or tries to be. */
const char *dealer_endpoint(const struct dealer *d);

/* Give this one up and try the next in the list; the same one where it is alone. */
MUST_CHECK enum err dealer_elsewhere(struct dealer *d);
bool dealer_has_others(const struct dealer *d);

enum dealer_event {
	DEALER_QUIET, /* nothing more for now: wait until dealer_fd is readable */
	DEALER_UP,    /* connected; nothing sent before can be answered any more */
	DEALER_DOWN,  /* lost; it is being made again */
	DEALER_MESSAGE,
};

/* What happened next.  *ret_message lives until the next call. */
MUST_CHECK enum err dealer_next(struct dealer *d, enum dealer_event *ret,
                                struct bytes *ret_message);

bool dealer_is_up(const struct dealer *d);

/* Something that is no broker of ours was met at the address. */
bool dealer_is_foreign(const struct dealer *d);

/* A broker was met there that does not let our key in. */
bool dealer_is_denied(const struct dealer *d);

/* ERR_BUSY when the line is down, or about to be. */
MUST_CHECK enum err dealer_send(struct dealer *d, struct bytes message);

/* Give the connection up and make a new one, as for a peer that went silent. */
MUST_CHECK enum err dealer_again(struct dealer *d);

/* Readable when dealer_next has something, or when the time set by dealer_wake has come.
 */
int dealer_fd(const struct dealer *d);

/*
 * In milliseconds from now; -1: not at all.  Replaces what was set before, also if that
 * time has come already.
 */
void dealer_wake(struct dealer *d, int64_t in_ms);

#endif
