/*
 * A DEALER socket, its monitor, a timer, and an epoll that watches all three.
 *
 * ZeroMQ reconnects by itself, but keeps quiet about it; the monitor tells, so that
 * requests are sent again just when the line is up again.  ZMQ_IMMEDIATE keeps it
 * from queueing messages for a peer that is not there: otherwise each would go out
 * twice after a reconnect.
 *
 * ZeroMQ's descriptors speak up once for any number of messages, so readers must go
 * on until DEALER_QUIET; a send may swallow the signal, hence dealer_wake(d, 0) after it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <zmq.h>

#include "dealer.h"
#include "keys.h"
#include "list.h"
#include "wire.h"

enum {
	RECONNECT_MS = 100,
	RECONNECT_MAX_MS = 1000,
	HANDSHAKE_MS = 3000,
	EVENTS = ZMQ_EVENT_CONNECTED | ZMQ_EVENT_DISCONNECTED |
	         ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
	         ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH,
};

struct dealer {
	char *endpoints, *secret_key, *broker_keys; /* lists */
	char endpoint[512];                         /* the one at hand, */
	size_t at;                                  /* its place, */
	struct key_line keys;                       /* and ours to it */
	void *context, *socket, *monitor;
	unsigned sockets; /* made so far: each has a monitor address of its own */
	int epoll, timer;
	bool up, foreign, denied, has_message;
	zmq_msg_t message;
};

static enum err
failed(const char *what)
{
	return err_set(errno == ENOMEM ? ERR_NOMEM : ERR_IO, "%s: %s", what,
	               zmq_strerror(errno));
}

static int
descriptor(void *socket)
{
	int fd = -1;
	size_t n = sizeof fd;

	return zmq_getsockopt(socket, ZMQ_FD, &fd, &n) == 0 ? fd : -1;
}

static bool
watch(struct dealer *d, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	return epoll_ctl(d->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool
set_option(struct dealer *d, int option, int value)
{
	return zmq_setsockopt(d->socket, option, &value, sizeof value) == 0;
}

static bool
set_key(struct dealer *d, int option, const struct key *k)
{
	return zmq_setsockopt(d->socket, option, k->v, KEY_BYTES) == 0;
}

static bool
set_keys(struct dealer *d)
{
	return !d->keys.used || (set_key(d, ZMQ_CURVE_PUBLICKEY, &d->keys.own.public) &&
	                         set_key(d, ZMQ_CURVE_SECRETKEY, &d->keys.own.secret) &&
	                         set_key(d, ZMQ_CURVE_SERVERKEY, &d->keys.broker));
}

static bool
set_options(struct dealer *d)
{
	int64_t most = WIRE_MESSAGE_MAX;

	return set_keys(d) && set_option(d, ZMQ_LINGER, 0) &&
	       set_option(d, ZMQ_IMMEDIATE, 1) && set_option(d, ZMQ_SNDHWM, 0) &&
	       set_option(d, ZMQ_IPV6, 1) &&
	       set_option(d, ZMQ_RECONNECT_IVL, RECONNECT_MS) &&
	       set_option(d, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS) &&
	       set_option(d, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS) &&
	       zmq_setsockopt(d->socket, ZMQ_MAXMSGSIZE, &most, sizeof most) == 0;
}

/* No limit on its events: a full pipe would keep ZeroMQ's thread waiting. */
static enum err
open_monitor(struct dealer *d)
{
	char address[64];
	int none = 0;

	snprintf(address, sizeof address, "inproc://monitor-%u", d->sockets++);
	if (zmq_socket_monitor(d->socket, address, EVENTS) != 0 ||
	    (d->monitor = zmq_socket(d->context, ZMQ_PAIR)) == NULL ||
	    zmq_setsockopt(d->monitor, ZMQ_RCVHWM, &none, sizeof none) != 0 ||
	    zmq_connect(d->monitor, address) != 0)
		return failed("cannot watch the connection");
	return OK;
}

static enum err
connect_socket(struct dealer *d)
{
	enum err e;

	if ((d->socket = zmq_socket(d->context, ZMQ_DEALER)) == NULL || !set_options(d))
		return failed("cannot make a socket");
	if ((e = open_monitor(d)) != OK)
		return e;
	if (!watch(d, descriptor(d->socket)) || !watch(d, descriptor(d->monitor)))
		return failed("cannot watch the connection");
	if (zmq_connect(d->socket, d->endpoint) == 0)
		return OK;
	return err_set(ERR_USAGE,
	               "\"%s\" is not the address of a broker: write it as "
	               "tcp://HOST:PORT or ipc://PATH",
	               d->endpoint);
}

/* ZeroMQ closes a socket's descriptor later, in its own time: it must not ring ours. */
static void
unwatch(struct dealer *d, void *socket)
{
	epoll_ctl(d->epoll, EPOLL_CTL_DEL, descriptor(socket), NULL);
}

/*
 * The monitor is told to stop before its other end goes: an event sent to nobody would
 * keep ZeroMQ's thread waiting, and us waiting for it.
 */
static void
close_socket(struct dealer *d)
{
	if (d->socket != NULL)
		zmq_socket_monitor(d->socket, NULL, 0);
	if (d->monitor != NULL) {
		unwatch(d, d->monitor);
		zmq_close(d->monitor);
	}
	if (d->socket != NULL) {
		unwatch(d, d->socket);
		zmq_close(d->socket);
	}
	d->monitor = d->socket = NULL;
	d->up = false;
}

/* The next of the list from here on, or else the first. */
static enum err
choose(struct dealer *d, size_t at)
{
	if (!list_nth(d->endpoints, at, d->endpoint, sizeof d->endpoint) &&
	    !list_nth(d->endpoints, at = 0, d->endpoint, sizeof d->endpoint))
		return err_set(ERR_USAGE,
		               "\"%s\" is not the address of a broker: write it as "
		               "tcp://HOST:PORT or ipc://PATH",
		               d->endpoints);
	d->at = at;
	return keys_line(d->secret_key, d->broker_keys, at, &d->keys);
}

static char *
copy(const char *text)
{
	return strdup(text == NULL ? "" : text);
}

static enum err
open_all(struct dealer *d, const char *endpoints, const char *secret_key,
         const char *broker_keys)
{
	enum err e;

	zmq_msg_init(&d->message);
	d->has_message = true;
	if ((d->endpoints = copy(endpoints)) == NULL ||
	    (d->secret_key = copy(secret_key)) == NULL ||
	    (d->broker_keys = copy(broker_keys)) == NULL)
		return err_set(ERR_NOMEM, "out of memory");
	if ((e = choose(d, 0)) != OK)
		return e;
	if ((d->epoll = epoll_create1(EPOLL_CLOEXEC)) < 0 ||
	    (d->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) <
	        0 ||
	    !watch(d, d->timer) || (d->context = zmq_ctx_new()) == NULL)
		return failed("cannot set up a connection");
	return connect_socket(d);
}

enum err
dealer_open(const char *endpoints, const char *secret_key, const char *broker_keys,
            struct dealer **ret)
{
	struct dealer *d = calloc(1, sizeof *d);
	enum err e;

	if (d == NULL)
		return err_set(ERR_NOMEM, "out of memory");
	d->epoll = d->timer = -1;
	if ((e = open_all(d, endpoints, secret_key, broker_keys)) != OK) {
		dealer_close(d);
		return e;
	}
	*ret = d;
	return OK;
}

const char *
dealer_endpoint(const struct dealer *d)
{
	return d->endpoint;
}

bool
dealer_has_others(const struct dealer *d)
{
	return strchr(d->endpoints, ',') != NULL;
}

enum err
dealer_elsewhere(struct dealer *d)
{
	enum err e;

	close_socket(d);
	d->foreign = d->denied = false;
	if ((e = choose(d, d->at + 1)) != OK)
		return e;
	return connect_socket(d);
}

void
dealer_close(struct dealer *d)
{
	if (d == NULL)
		return;
	close_socket(d);
	if (d->has_message)
		zmq_msg_close(&d->message);
	if (d->context != NULL)
		zmq_ctx_term(d->context);
	if (d->timer >= 0)
		close(d->timer);
	if (d->epoll >= 0)
		close(d->epoll);
	free(d->endpoints);
	free(d->secret_key);
	free(d->broker_keys);
	explicit_bzero(&d->keys, sizeof d->keys);
	free(d);
}

enum err
dealer_again(struct dealer *d)
{
	close_socket(d);
	return connect_socket(d);
}

bool
dealer_is_up(const struct dealer *d)
{
	return d->up;
}

bool
dealer_is_foreign(const struct dealer *d)
{
	return d->foreign;
}

bool
dealer_is_denied(const struct dealer *d)
{
	return d->denied;
}

int
dealer_fd(const struct dealer *d)
{
	return d->epoll;
}

void
dealer_wake(struct dealer *d, int64_t in_ms)
{
	struct itimerspec at = { 0 };

	if (in_ms >= 0) {
		at.it_value.tv_sec = in_ms / 1000;
		at.it_value.tv_nsec = in_ms % 1000 * 1000000;
	}
	if (in_ms == 0)
		at.it_value.tv_nsec = 1; /* zero would disarm it */
	timerfd_settime(d->timer, 0, &at, NULL);
}

/* A monitor's message is an event number (16 bits), a value, and the address. */
static unsigned
monitor_event(struct dealer *d)
{
	zmq_msg_t m;
	uint16_t event = 0;

	zmq_msg_init(&m);
	if (zmq_msg_recv(&m, d->monitor, ZMQ_DONTWAIT) >= (int)sizeof event) {
		memcpy(&event, zmq_msg_data(&m), sizeof event);
		while (zmq_msg_more(&m) && zmq_msg_recv(&m, d->monitor, 0) >= 0)
			;
	}
	zmq_msg_close(&m);
	return event;
}

static enum dealer_event
monitor_next(struct dealer *d)
{
	for (;;) {
		bool was_up = d->up;

		switch (monitor_event(d)) {
		case 0:
			return DEALER_QUIET;
		case ZMQ_EVENT_CONNECTED:
			d->foreign = true; /* until the handshake says otherwise */
			break;
		case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
			d->foreign = d->denied = false;
			d->up = true;
			return DEALER_UP;
		case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
			d->denied = true;
			break;
		case ZMQ_EVENT_DISCONNECTED:
			d->up = false;
			if (was_up)
				return DEALER_DOWN;
		}
	}
}

enum err
dealer_next(struct dealer *d, enum dealer_event *ret, struct bytes *ret_message)
{
	if ((*ret = monitor_next(d)) != DEALER_QUIET)
		return OK;
	while (zmq_msg_recv(&d->message, d->socket, ZMQ_DONTWAIT) < 0) {
		if (errno == EAGAIN)
			return OK;
		if (errno != EINTR)
			return failed("cannot receive");
	}
	*ret = DEALER_MESSAGE;
	*ret_message =
	    (struct bytes){ zmq_msg_size(&d->message), zmq_msg_data(&d->message) };
	return OK;
}

enum err
dealer_send(struct dealer *d, struct bytes message)
{
	int events = 0;
	size_t n = sizeof events;

	/* Asking for the events lets the socket take in the pipe of a new peer. */
	if (!d->up || zmq_getsockopt(d->socket, ZMQ_EVENTS, &events, &n) != 0 ||
	    (events & ZMQ_POLLOUT) == 0)
		return err_set(ERR_BUSY, "the line to the broker is down");
	while (zmq_send(d->socket, message.v, message.n, ZMQ_DONTWAIT) < 0) {
		if (errno == EAGAIN)
			return err_set(ERR_BUSY, "the line to the broker is down");
		if (errno != EINTR)
			return failed("cannot send");
	}
	return OK;
}
