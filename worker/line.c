/*
 * A DEALER socket that connects once, with a monitor that tells when it fails.
 *
 * ZeroMQ would connect again behind our back; that is switched off
 * (ZMQ_RECONNECT_IVL), so that after a broker's restart no message of the old
 * conversation reaches the new broker before a Hello.
 *
 * Two arenas, one for what is heard and one for what is said, since an answer
 * is written while the message that asked for it is still being read.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"

#include "line.h"

/* A message of WIRE_MESSAGE_MAX, unpacked, with its bodies copied. */
#define HEAR_CAP ((size_t)3 * WIRE_MESSAGE_MAX)
#define SAY_CAP ((size_t)2 * WIRE_MESSAGE_MAX)

enum { CONNECT_MS = 5000 };

struct line {
	void *socket, *monitor;
	struct arena *heard, *said;
};

static const struct {
	int event;
	const char *why;
} failures[] = {
	{ ZMQ_EVENT_CLOSED, "nobody listens there" },
	{ ZMQ_EVENT_CONNECT_RETRIED, "nobody listens there" },
	{ ZMQ_EVENT_DISCONNECTED, "the connection was closed" },
	{ ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL, "no ZeroMQ socket answers there" },
	{ ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL, "what listens there is no broker" },
	{ ZMQ_EVENT_HANDSHAKE_FAILED_AUTH, "the broker does not let us in" },
};
enum { N_FAILURES = sizeof failures / sizeof failures[0] };

static enum err
watch(struct line *l, void *context)
{
	char name[64];
	int events = 0;

	for (size_t i = 0; i < N_FAILURES; i++)
		events |= failures[i].event;
	snprintf(name, sizeof name, "inproc://line-%p", (void *)l);
	if (zmq_socket_monitor(l->socket, name, events) != 0 ||
	    (l->monitor = zmq_socket(context, ZMQ_PAIR)) == NULL ||
	    zmq_connect(l->monitor, name) != 0)
		return err_set(ERR_IO, "no watch on the broker's socket: %s",
		               zmq_strerror(errno));
	return OK;
}

static bool
set_keys(void *socket, const struct key_line *k)
{
	const struct {
		int option;
		const struct key *key;
	} keys[] = { { ZMQ_CURVE_PUBLICKEY, &k->own.public },
		     { ZMQ_CURVE_SECRETKEY, &k->own.secret },
		     { ZMQ_CURVE_SERVERKEY, &k->broker } };

	for (size_t i = 0; k->used && i < sizeof keys / sizeof *keys; i++)
		if (zmq_setsockopt(socket, keys[i].option, keys[i].key->v, KEY_BYTES) !=
		    0)
			return false;
	return true;
}

static enum err
dial(struct line *l, void *context, const char *endpoint, const struct key_line *keys)
{
	const int64_t longest = WIRE_MESSAGE_MAX;
	const int never = -1, timeout = CONNECT_MS, linger = 0, ipv6 = 1;
	enum err e;

	if ((l->socket = zmq_socket(context, ZMQ_DEALER)) == NULL ||
	    zmq_setsockopt(l->socket, ZMQ_MAXMSGSIZE, &longest, sizeof longest) != 0 ||
	    zmq_setsockopt(l->socket, ZMQ_RECONNECT_IVL, &never, sizeof never) != 0 ||
	    zmq_setsockopt(l->socket, ZMQ_CONNECT_TIMEOUT, &timeout, sizeof timeout) !=
	        0 ||
	    zmq_setsockopt(l->socket, ZMQ_LINGER, &linger, sizeof linger) != 0 ||
	    zmq_setsockopt(l->socket, ZMQ_IPV6, &ipv6, sizeof ipv6) != 0 ||
	    !set_keys(l->socket, keys))
		return err_set(ERR_IO, "no socket for the broker: %s",
		               zmq_strerror(errno));
	if ((e = watch(l, context)) != OK)
		return e;
	if (zmq_connect(l->socket, endpoint) != 0)
		return err_set(ERR_USAGE,
		               "%s is no address of a broker (%s); "
		               "give tcp://HOST:PORT or ipc://PATH",
		               endpoint, zmq_strerror(errno));
	return OK;
}

enum err
line_open(void *zmq_context, const char *endpoint, const struct key_line *keys,
          struct line **ret)
{
	struct line *l = calloc(1, sizeof *l);
	enum err e;

	if (l == NULL || (l->heard = arena_new(HEAR_CAP)) == NULL ||
	    (l->said = arena_new(SAY_CAP)) == NULL)
		e = err_set(ERR_NOMEM, "no memory for a connection");
	else
		e = dial(l, zmq_context, endpoint, keys);
	if (e != OK) {
		line_close(l, 0);
		return e;
	}
	*ret = l;
	return OK;
}

void
line_close(struct line *l, int linger_ms)
{
	if (l == NULL)
		return;
	if (l->socket != NULL) {
		zmq_socket_monitor(l->socket, NULL, 0);
		zmq_setsockopt(l->socket, ZMQ_LINGER, &linger_ms, sizeof linger_ms);
		zmq_close(l->socket);
	}
	if (l->monitor != NULL)
		zmq_close(l->monitor);
	arena_free(l->heard);
	arena_free(l->said);
	free(l);
}

struct saying {
	struct arena *a;
	const struct wire_worker *m;
	struct bytes packed;
};

static enum err
pack(void *arg)
{
	struct saying *s = arg;

	s->packed = wire_worker_write(s->a, s->m);
	return OK;
}

enum err
line_say(struct line *l, const struct wire_worker *m)
{
	struct saying s = { .a = l->said, .m = m };
	enum err e = arena_run(l->said, pack, &s);

	if (e == OK && zmq_send(l->socket, s.packed.v, s.packed.n, ZMQ_DONTWAIT) < 0)
		e = err_set(ERR_BUSY, "cannot send to the broker: %s",
		            zmq_strerror(errno));
	arena_reset(l->said);
	return e;
}

struct hearing {
	struct arena *a;
	struct bytes packed;
	struct wire_broker *ret;
};

static enum err
unpack(void *arg)
{
	struct hearing *h = arg;

	return wire_broker_read(h->a, h->packed, h->ret);
}

/* Our messages have one frame; of one with more, all are taken and none is read. */
static bool
take_frames(void *socket, zmq_msg_t *frame)
{
	bool one = true;

	while (zmq_msg_more(frame)) {
		one = false;
		if (zmq_msg_recv(frame, socket, ZMQ_DONTWAIT) < 0)
			break;
	}
	return one;
}

enum err
line_hear(struct line *l, struct wire_broker *ret)
{
	struct hearing h = { .a = l->heard, .ret = ret };
	zmq_msg_t frame;
	enum err e;

	zmq_msg_init(&frame);
	if (zmq_msg_recv(&frame, l->socket, ZMQ_DONTWAIT) < 0) {
		zmq_msg_close(&frame);
		return ERR_NOT_FOUND;
	}
	if (take_frames(l->socket, &frame)) {
		h.packed = (struct bytes){ zmq_msg_size(&frame), zmq_msg_data(&frame) };
		arena_reset(l->heard);
		e = arena_run(l->heard, unpack, &h);
	} else {
		e = err_set(ERR_BAD_INPUT, "a message of several frames");
	}
	zmq_msg_close(&frame);
	return e;
}

/* An event is two frames: its number (16 bits) and a value, then the address. */
static bool
next_event(void *monitor, uint16_t *ret)
{
	uint8_t frame[6];
	char address[256];
	bool got = zmq_recv(monitor, frame, sizeof frame, ZMQ_DONTWAIT) == sizeof frame;

	if (got) {
		memcpy(ret, frame, sizeof *ret);
		zmq_recv(monitor, address, sizeof address, ZMQ_DONTWAIT);
	}
	return got;
}

const char *
line_broken(struct line *l)
{
	uint16_t event;

	while (next_event(l->monitor, &event))
		for (size_t i = 0; i < N_FAILURES; i++)
			if (event == failures[i].event)
				return failures[i].why;
	return NULL;
}

void
line_items(const struct line *l, zmq_pollitem_t ret[LINE_ITEMS])
{
	ret[0] = (zmq_pollitem_t){ .socket = l->socket, .events = ZMQ_POLLIN };
	ret[1] = (zmq_pollitem_t){ .socket = l->monitor, .events = ZMQ_POLLIN };
}
