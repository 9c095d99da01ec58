#ifndef LINE_H
#define LINE_H

#include <zmq.h>

#include "err.h"
#include "keys.h"
#include "wire.h"

/*
 * One connection to a broker: it is opened, it breaks, it is closed; it never
 * heals by itself, since the broker's side of a new connection knows nothing
 * of the old one and wants a Hello first.  One thread at a time.
 */
struct line;

/* Returns before anybody has answered.  ERR_USAGE for what is no address. */
MUST_CHECK enum err line_open(void *zmq_context, const char *endpoint,
                              const struct key_line *keys, struct line **ret);

/* What was said goes out for linger_ms more at most.  Takes NULL. */
void line_close(struct line *l, int linger_ms);

/* Never waits.  ERR_BUSY when the broker does not read what we say. */
MUST_CHECK enum err line_say(struct line *l, const struct wire_worker *m);

/*
 * The next message, which lives until line_hear is called again; never waits.
 * ERR_NOT_FOUND when there is none; ERR_BAD_INPUT, ERR_TOO_BIG, ERR_VERSION
 * for one that cannot be read, which is gone then.
 */
MUST_CHECK enum err line_hear(struct line *l, struct wire_broker *ret);

/* Why it is of no use any more; NULL while it is. */
const char *line_broken(struct line *l);

/* What to wait for. */
enum { LINE_ITEMS = 2 };
void line_items(const struct line *l, zmq_pollitem_t ret[LINE_ITEMS]);

#endif
