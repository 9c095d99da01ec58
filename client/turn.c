/*
 * Events and timers: one turn does everything that can be done without waiting, and
 * sets the time of the next.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "client.h"

enum {
	EVENTS = 64, /* taken in one go, and so often in a turn: */
	ROUNDS = 4,
	ELSEWHERE_MS = 700, /* the standard of connect_ms reaches four brokers */
};

int64_t
client_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* -------------------------------------------------------------------- timers */

static void
earlier(int64_t *at, int64_t other)
{
	if (other >= 0 && (*at < 0 || other < *at))
		*at = other;
}

static enum err
never_up(const struct hearsay *h)
{
	if (dealer_is_denied(h->dealer))
		return err_set(
		    ERR_DENIED,
		    "the broker at %s does not let this key in: have its owner "
		    "run hearsay keys allow",
		    dealer_endpoint(h->dealer));
	if (dealer_is_foreign(h->dealer))
		return err_set(
		    ERR_TIMEOUT,
		    "something listens at %s, but does not answer as a Hearsay "
		    "broker does: check the address, and the keys if it asks for some",
		    dealer_endpoint(h->dealer));
	return err_set(ERR_TIMEOUT,
	               "no broker answers at %s: start hearsay-broker there, or give the "
	               "address of one that runs",
	               dealer_endpoint(h->dealer));
}

static enum err
too_late(const struct hearsay *h, const struct hearsay_request *r)
{
	double seconds = h->timeout_ms / 1000.0;

	if (r->refused != OK)
		return err_set(ERR_BUSY, "%s", r->why);
	if (!h->was_up)
		return never_up(h);
	if (!dealer_is_up(h->dealer))
		return err_set(ERR_TIMEOUT,
		               "the broker at %s was lost and did not come back in %.3g "
		               "seconds: see whether it still runs",
		               dealer_endpoint(h->dealer), seconds);
	if (r->what == WIRE_WAIT)
		return err_set(ERR_TIMEOUT,
		               "%zu of %zu articles not finished after %.3g seconds: are "
		               "there workers?  wait again with a longer timeout",
		               r->left, r->n, seconds);
	return err_set(ERR_TIMEOUT,
	               "the broker at %s did not answer in %.3g seconds: try again, with "
	               "a longer timeout",
	               dealer_endpoint(h->dealer), seconds);
}

/* Articles that were refused again and again have their receipts, which say so. */
static void
expire(const struct hearsay *h, struct hearsay_request *r)
{
	if (r->has_receipts)
		request_end(r, OK);
	else
		request_end(r, too_late(h, r));
}

/* What this request's clock demands now; returns when it will demand something. */
static int64_t
request_time(struct hearsay *h, struct hearsay_request *r, int64_t now)
{
	int64_t look = h->was_up ? -1 : r->started + h->connect_ms;
	int64_t at = -1;

	if (r->deadline >= 0 && now >= r->deadline)
		expire(h, r);
	else if (look >= 0 && now >= look && !dealer_is_up(h->dealer))
		request_end(r, never_up(h));
	else if (!r->sent && dealer_is_up(h->dealer) && now >= r->again)
		request_send(h, r, now);
	if (r->ended)
		return now;
	earlier(&at, r->deadline);
	earlier(&at, look);
	if (!r->sent && dealer_is_up(h->dealer))
		earlier(&at, r->again);
	return at;
}

static enum err
send_heartbeat(void *arg)
{
	struct hearsay *h = arg;
	struct wire_client m = { .request = ++h->numbers, .what = WIRE_CLIENT_HEARTBEAT };

	return dealer_send(h->dealer, wire_client_write(h->out, &m));
}

static enum err
check_silence(struct hearsay *h, int64_t now, int64_t *at)
{
	enum err e = OK;

	if (!dealer_is_up(h->dealer) || !request_any_sent(h))
		return OK;
	if (now - h->heard >= (int64_t)h->heartbeat_ms * SILENCES) {
		e = dealer_again(
		    h->dealer); /* what was sent is sent again on DEALER_UP */
	} else if (now - h->asked >= h->heartbeat_ms) {
		h->asked = now;
		e = arena_run(h->out, send_heartbeat, h);
		arena_reset(h->out);
	}
	earlier(at, h->asked + h->heartbeat_ms);
	return e == ERR_BUSY ? OK : e; /* down: DEALER_DOWN is about to say so */
}

/*
 * Another broker does as well for articles that are not submitted yet: their keys make it
 * safe.  Jobs that were submitted are where they are, and so are sequence numbers.
 */
static bool
may_go_elsewhere(const struct hearsay *h)
{
	if (!dealer_has_others(h->dealer) || dealer_is_up(h->dealer))
		return false;
	for (const struct hearsay_request *r = h->requests; r != NULL; r = r->next)
		if (h->was_up && r->what != WIRE_SUBMIT && r->what != WIRE_STATS)
			return false;
	return h->requests != NULL;
}

/* A line that is down for a while is tried at the next broker in the list. */
static enum err
look_elsewhere(struct hearsay *h, int64_t now, int64_t *at)
{
	if (dealer_is_up(h->dealer))
		h->down_since = -1;
	else if (h->down_since < 0)
		h->down_since = now;
	if (!may_go_elsewhere(h))
		return OK;
	earlier(at, h->down_since + ELSEWHERE_MS);
	if (now - h->down_since < ELSEWHERE_MS)
		return OK;
	h->down_since = now;
	earlier(at, now + ELSEWHERE_MS);
	return dealer_elsewhere(h->dealer);
}

static void
unsend_all(struct hearsay *h)
{
	for (struct hearsay_request *r = h->requests; r != NULL; r = r->next)
		if (r->sent) {
			r->sent = false;
			r->again = -1;
		}
}

static enum err
timers(struct hearsay *h)
{
	int64_t now = client_now(), at = -1;
	enum err e;

	/* A caller that was away for long may be forgotten by the broker: ask anew. */
	if (now - h->turned >= (int64_t)h->heartbeat_ms * SILENCES) {
		unsend_all(h);
		h->heard = now;
	}
	h->turned = now;
	for (struct hearsay_request *r = h->requests; r != NULL; r = r->next)
		earlier(&at, request_time(h, r, now));
	if ((e = check_silence(h, now, &at)) != OK ||
	    (e = look_elsewhere(h, now, &at)) != OK)
		return e;
	dealer_wake(h->dealer, at < 0 ? -1 : at <= now ? 0 : at - now);
	return OK;
}

/* ---------------------------------------------------------------- one turn */

/* *any: something happened that the timers may want to know of. */
static enum err
take_events(struct hearsay *h, bool *any)
{
	enum dealer_event event;
	struct bytes message;
	enum err e = OK;

	for (int i = 0; i < EVENTS && !h->holding; i++) {
		e = dealer_next(h->dealer, &event, &message);
		if (e != OK || event == DEALER_QUIET)
			break;
		*any = true;
		if (event == DEALER_MESSAGE) {
			answer_take(h, message);
			continue;
		}
		unsend_all(h);
		if (event == DEALER_UP)
			h->was_up = true;
	}
	return e;
}

/*
 * Everything that can be done without waiting.  Sending may swallow the signal that a
 * message has come, so events are taken until there are none after the timers, which
 * send.
 */
enum err
turn_once(struct hearsay *h)
{
	enum err e;
	bool any;
	int rounds = 0;

	h->busy = true;
	do {
		any = false;
		if ((e = take_events(h, &any)) != OK || (e = timers(h)) != OK)
			break;
		any = false;
		if ((e = take_events(h, &any)) != OK)
			break;
		any |= request_sweep(h);
	} while (any && ++rounds < ROUNDS);
	if (any)
		dealer_wake(h->dealer, 0); /* others want to run too */
	if (e != OK) {
		request_end_all(h, e);
		request_sweep(h);
	}
	h->busy = false;
	return e;
}

enum err
turn_wait(const struct hearsay *h, int64_t until)
{
	struct pollfd p = { .fd = dealer_fd(h->dealer), .events = POLLIN };
	int64_t left = until < 0 ? -1 : until - client_now();

	if (until >= 0 && left < 0)
		left = 0;
	if (poll(&p, 1, left > INT32_MAX ? INT32_MAX : (int)left) < 0 && errno != EINTR)
		return err_set(ERR_IO, "cannot wait: %s", strerror(errno));
	return OK;
}
