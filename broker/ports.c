/*
 * ZeroMQ, kept in one place.
 *
 * Both sockets are ROUTERs that say when a peer cannot be reached instead of
 * dropping what it was sent (ROUTER_MANDATORY).  Names are given by us and not
 * taken over (ROUTER_HANDOVER stays off), so that no peer gets another's
 * answers by claiming its name.
 *
 *  1. Nothing blocks: every send and receive is DONTWAIT.
 *  2. What waits for a peer is bounded: SEND_MAX messages, then ERR_BUSY.
 *  3. Every part of a message that is not [name, message] is read and dropped.
 *  4. Who may come in is asked of the gate, by ZeroMQ (zap.c) and again at each message.
 *  5. Nobody can end the broker by what he sends, or by when he goes away.
 *  6. Without a descriptor left a port is shut for a moment: ZeroMQ would try to
 *     accept again and again, and take a core for it.
 */
#include "ports.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "broker/zap.h"
#include "log.h"
#include "wire.h"

enum { SEND_MAX = 512, RECEIVE_MAX = 128, LINGER_MS = 1000, HANDSHAKE_MS = 5000 };
enum {
	EVENTS = ZMQ_EVENT_ACCEPT_FAILED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
	         ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL,
	FAILED_SAY_MS = 1000,
};
enum { SHUT_MS = 1000, SHUT_SAY_MS = 60000 };

struct ports {
	void *context;
	void *socket[PORTS];
	void *monitor[PORTS]; /* says when a connection came to nothing */
	char endpoint[PORTS][256];
	int64_t shut_until_ms[PORTS]; /* 0: open */
	int64_t shut_said_ms;
	unsigned failed[PORTS]; /* handshakes since the last line about them */
	int64_t failed_said_ms[PORTS];
	struct zap *zap;
	const struct gate *gate;
	bool keys[PORTS];  /* asked for */
	zmq_msg_t message; /* the one handed out by ports_receive */
};

/* ----------------------------------------------------------------- endpoints */

static bool
is_loopback(const char *host)
{
	struct in_addr four;
	struct in6_addr six;

	if (inet_pton(AF_INET, host, &four) == 1)
		return ntohl(four.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

/* Host of tcp://HOST:PORT or tcp://[HOST]:PORT; false when there is none. */
static bool
host_of(const char *endpoint, char *ret, size_t size)
{
	const char *host = endpoint + strlen("tcp://"), *colon = strrchr(host, ':');
	size_t n;

	if (colon == NULL || colon == host || colon[1] == '\0')
		return false;
	n = (size_t)(colon - host);
	if (host[0] == '[' && host[n - 1] == ']') {
		host++;
		n -= 2;
	}
	return (size_t)snprintf(ret, size, "%.*s", (int)n, host) < size;
}

/* The endpoint as ZeroMQ binds it, which knows no names of hosts. */
static enum err
check_endpoint(const char *endpoint, char *ret, size_t size)
{
	char host[64];

	if (strncmp(endpoint, "ipc://", 6) == 0 && endpoint[6] != '\0' &&
	    (size_t)snprintf(ret, size, "%s", endpoint) < size)
		return OK;
	if (strncmp(endpoint, "tcp://", 6) != 0 || !host_of(endpoint, host, sizeof host))
		return err_set(ERR_USAGE,
		               "\"%s\" is no address: give tcp://127.0.0.1:PORT or "
		               "ipc:///PATH",
		               endpoint);
	if (strcmp(host, "localhost") == 0) {
		snprintf(ret, size, "tcp://127.0.0.1%s", strrchr(endpoint, ':'));
		return OK;
	}
	snprintf(ret, size, "%s", endpoint);
	return OK;
}

bool
ports_is_far(const char *endpoint)
{
	char host[64];

	return strncmp(endpoint, "tcp://", 6) == 0 &&
	       host_of(endpoint, host, sizeof host) && strcmp(host, "localhost") != 0 &&
	       !is_loopback(host);
}

enum err
ports_check(const char *endpoint)
{
	char ignored[256];

	return check_endpoint(endpoint, ignored, sizeof ignored);
}

/* ------------------------------------------------------ opening and closing */

static void
set(void *socket, int option, int value)
{
	int rc = zmq_setsockopt(socket, option, &value, sizeof value);

	assert(rc == 0); /* a wrong option is our mistake */
}

/*
 * The kernel asks whether the other machine is still there, in whole seconds; whether
 * the program is, is asked by our own heartbeats.  ZeroMQ's are left alone: when a peer
 * goes away while more of its messages wait than RECEIVE_MAX, the next one runs into an
 * assertion of libzmq (4.3.4 and 4.3.5: its issues 3937, 4364, 4767), and the broker
 * is gone.
 */
static void
set_keepalive(void *socket, int64_t heartbeat_ms)
{
	int seconds = heartbeat_ms < 1000 ? 1 : (int)(heartbeat_ms / 1000);

	set(socket, ZMQ_TCP_KEEPALIVE, 1);
	set(socket, ZMQ_TCP_KEEPALIVE_IDLE, seconds);
	set(socket, ZMQ_TCP_KEEPALIVE_INTVL, seconds);
	set(socket, ZMQ_TCP_KEEPALIVE_CNT, 2);
	set(socket, ZMQ_TCP_MAXRT, 3000 * seconds);
}

static void
set_all(void *socket, const struct ports_options *o)
{
	int64_t most = WIRE_MESSAGE_MAX;
	int rc = zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &most, sizeof most);

	assert(rc == 0);
	set(socket, ZMQ_ROUTER_MANDATORY, 1);
	set(socket, ZMQ_LINGER, LINGER_MS);
	set(socket, ZMQ_SNDHWM, SEND_MAX);
	set(socket, ZMQ_RCVHWM, RECEIVE_MAX);
	set(socket, ZMQ_BACKLOG, 1024);
	set(socket, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS);
	set_keepalive(socket, o->heartbeat_ms);
}

/* ZeroMQ would take the place of whoever listens there already. */
static bool
is_taken(const char *endpoint)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int n =
	    snprintf(at.sun_path, sizeof at.sun_path, "%s", endpoint + strlen("ipc://"));
	bool taken;

	taken = n < (int)sizeof at.sun_path && fd >= 0 &&
	        connect(fd, (struct sockaddr *)&at, sizeof at) == 0;
	if (fd >= 0)
		close(fd);
	return taken;
}

static enum err
in_use(const char *endpoint)
{
	return err_set(ERR_BUSY,
	               "%s is in use by another program, perhaps by another broker: stop "
	               "that one, or give another address",
	               endpoint);
}

static enum err
watch(struct ports *p, enum port port)
{
	char name[32];
	int none = 0; /* no limit: a full pipe would keep ZeroMQ's thread waiting */

	snprintf(name, sizeof name, "inproc://port-%d", (int)port);
	if (zmq_socket_monitor(p->socket[port], name, EVENTS) != 0 ||
	    (p->monitor[port] = zmq_socket(p->context, ZMQ_PAIR)) == NULL ||
	    zmq_setsockopt(p->monitor[port], ZMQ_RCVHWM, &none, sizeof none) != 0 ||
	    zmq_connect(p->monitor[port], name) != 0)
		return err_set(ERR_IO, "no watch on a socket: %s", zmq_strerror(errno));
	return OK;
}

static enum door
door_of(enum port port)
{
	return port == PORT_WORKERS ? DOOR_WORKERS : DOOR_CLIENTS;
}

/* Encrypted, and for those alone whom the gate admits. */
static enum err
ask_for_keys(struct ports *p, enum port port)
{
	const char *domain = zap_domain(door_of(port));
	const struct key *secret;

	if (p->gate == NULL)
		return err_set(ERR_USAGE,
		               "other machines can reach %s, and there are no "
		               "keys to know them by",
		               p->endpoint[port]);
	secret = &gate_pair(p->gate)->secret;
	set(p->socket[port], ZMQ_CURVE_SERVER, 1);
	if (zmq_setsockopt(p->socket[port], ZMQ_CURVE_SECRETKEY, secret->v, KEY_BYTES) !=
	        0 ||
	    zmq_setsockopt(p->socket[port], ZMQ_ZAP_DOMAIN, domain, strlen(domain)) != 0)
		return err_set(ERR_IO, "this libzmq has no CURVE: %s",
		               zmq_strerror(errno));
	p->keys[port] = true;
	return OK;
}

static enum err
bind_port(struct ports *p, enum port port, const struct ports_options *o)
{
	char endpoint[256];
	size_t size = sizeof p->endpoint[port];
	enum err e = check_endpoint(o->endpoint[port], endpoint, sizeof endpoint);

	if (e != OK)
		return e;
	if (strncmp(endpoint, "ipc://", 6) == 0 && is_taken(endpoint))
		return in_use(endpoint);
	if ((p->socket[port] = zmq_socket(p->context, ZMQ_ROUTER)) == NULL)
		return err_set(ERR_NOMEM, "no socket: %s", zmq_strerror(errno));
	set_all(p->socket[port], o);
	set(p->socket[port], ZMQ_IPV6, strchr(endpoint, '[') != NULL);
	snprintf(p->endpoint[port], size, "%s", endpoint);
	if (ports_is_far(endpoint) ||
	    (o->always_keys && strncmp(endpoint, "tcp://", 6) == 0))
		e = ask_for_keys(p, port);
	if (e != OK || (e = watch(p, port)) != OK)
		return e;
	if (zmq_bind(p->socket[port], endpoint) == 0)
		return zmq_getsockopt(p->socket[port], ZMQ_LAST_ENDPOINT,
		                      p->endpoint[port], &size) == 0
		           ? OK
		           : err_set(ERR_IO, "%s: %s", endpoint, zmq_strerror(errno));
	if (errno == EADDRINUSE)
		return in_use(endpoint);
	return err_set(errno == EACCES ? ERR_READ_ONLY : ERR_USAGE,
	               "cannot listen on %s: %s", endpoint, zmq_strerror(errno));
}

enum err
ports_open(const struct ports_options *o, struct ports **ret)
{
	struct ports *p = calloc(1, sizeof *p);
	enum err e = ERR_NOMEM;

	if (p == NULL)
		return err_set(e, "no memory for the sockets");
	p->gate = o->gate;
	zmq_msg_init(&p->message);
	if ((p->context = zmq_ctx_new()) == NULL)
		e = err_set(ERR_NOMEM, "no memory for the sockets");
	else if ((e = zap_open(p->context, o->gate, &p->zap)) == OK &&
	         (e = bind_port(p, PORT_CLIENTS, o)) == OK)
		e = bind_port(p, PORT_WORKERS, o);
	if (e != OK) {
		ports_close(p);
		return e;
	}
	*ret = p;
	return OK;
}

void
ports_close(struct ports *p)
{
	if (p == NULL)
		return;
	zmq_msg_close(&p->message);
	for (int i = 0; i < PORTS; i++) {
		if (p->socket[i] != NULL)
			zmq_close(p->socket[i]);
		if (p->monitor[i] != NULL)
			zmq_close(p->monitor[i]);
	}
	zap_close(p->zap);
	if (p->context != NULL)
		while (zmq_ctx_term(p->context) != 0 && errno == EINTR)
			;
	free(p);
}

const char *
ports_endpoint(const struct ports *p, enum port port)
{
	return p->endpoint[port];
}

/* ------------------------------------------------------- short of descriptors */

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Who knocks now is turned away at once, and those who are in go on. */
static void
shut(struct ports *p, int port)
{
	int64_t now = now_ms();

	if (p->shut_until_ms[port] == 0)
		zmq_unbind(p->socket[port], p->endpoint[port]);
	p->shut_until_ms[port] = now + SHUT_MS;
	if (p->shut_said_ms != 0 && now - p->shut_said_ms < SHUT_SAY_MS)
		return;
	p->shut_said_ms = now;
	log_warn("too_many_connections hint=\"new ones are turned away until others "
	         "end; raise the limit of open files\"");
}

/* A line a second at most, however many try. */
static void
say_failed(struct ports *p, int port)
{
	int64_t now = now_ms();

	p->failed[port]++;
	if (p->failed_said_ms[port] != 0 && now - p->failed_said_ms[port] < FAILED_SAY_MS)
		return;
	log_warn("handshake_failed door=%s since_last_line=%u reason=\"%s\"",
	         zap_domain(door_of((enum port)port)), p->failed[port],
	         p->keys[port] ? "no ZeroMQ, no key, or another broker's key"
	                       : "no ZeroMQ, or one that wants keys");
	p->failed_said_ms[port] = now;
	p->failed[port] = 0;
}

/* An event is two frames: its number and a value; and our own address. */
static void
hear_monitor(struct ports *p, int port)
{
	char frame[256];
	bool number = true, failed = false;
	size_t size = sizeof(int);
	uint16_t event;
	int more = 0, n;

	while ((n = zmq_recv(p->monitor[port], frame, sizeof frame, ZMQ_DONTWAIT)) >= 0) {
		memcpy(&event, frame, sizeof event);
		if (number && n >= (int)sizeof event && event == ZMQ_EVENT_ACCEPT_FAILED)
			failed = true;
		else if (number && n >= (int)sizeof event)
			say_failed(p, port);
		number =
		    zmq_getsockopt(p->monitor[port], ZMQ_RCVMORE, &more, &size) != 0 ||
		    more == 0;
	}
	if (failed)
		shut(p, port);
}

static void
open_again(struct ports *p, int port)
{
	if (p->shut_until_ms[port] == 0 || now_ms() < p->shut_until_ms[port])
		return;
	if (zmq_bind(p->socket[port], p->endpoint[port]) == 0)
		p->shut_until_ms[port] = 0;
	else
		p->shut_until_ms[port] = now_ms() + SHUT_MS;
}

/* ------------------------------------------------------------------ messages */

enum err
ports_wait(struct ports *p, int fd, int64_t timeout_ms, bool *ret_fd)
{
	zmq_pollitem_t items[] = { { p->socket[PORT_CLIENTS], 0, ZMQ_POLLIN, 0 },
		                   { p->socket[PORT_WORKERS], 0, ZMQ_POLLIN, 0 },
		                   { NULL, fd, ZMQ_POLLIN, 0 },
		                   { p->monitor[PORT_CLIENTS], 0, ZMQ_POLLIN, 0 },
		                   { p->monitor[PORT_WORKERS], 0, ZMQ_POLLIN, 0 },
		                   { zap_socket(p->zap), 0, ZMQ_POLLIN, 0 } };

	if (zmq_poll(items, 6, timeout_ms) < 0 && errno != EINTR)
		return err_set(ERR_IO, "waiting for messages: %s", zmq_strerror(errno));
	*ret_fd = (items[2].revents & ZMQ_POLLIN) != 0;
	if ((items[5].revents & ZMQ_POLLIN) != 0)
		zap_answer(p->zap);
	for (int i = 0; i < PORTS; i++) {
		if ((items[3 + i].revents & ZMQ_POLLIN) != 0)
			hear_monitor(p, i);
		open_again(p, i);
	}
	return OK;
}

/* One part.  ERR_NOT_FOUND when none is there. */
static enum err
part(struct ports *p, enum port port)
{
	while (zmq_msg_recv(&p->message, p->socket[port], ZMQ_DONTWAIT) < 0)
		if (errno == EAGAIN)
			return ERR_NOT_FOUND;
		else if (errno != EINTR)
			return err_set(ERR_IO, "receiving: %s", zmq_strerror(errno));
	return OK;
}

static void
drain(struct ports *p, enum port port)
{
	while (zmq_msg_more(&p->message))
		if (part(p, port) != OK)
			return;
}

static enum err
misshapen(struct ports *p, enum port port)
{
	drain(p, port);
	return err_set(ERR_BAD_INPUT, "a message is one frame (DEALER sockets, no "
	                              "empty frame before it)");
}

/* Of whom the message at hand comes. */
static struct pass
pass_of(struct ports *p, enum port port)
{
	const char *at = zmq_msg_gets(&p->message, "Peer-Address"), *user;
	struct pass pass = { .open = !p->keys[port] };
	struct key k;

	if (at != NULL && p->endpoint[port][0] == 't' && !is_loopback(at) &&
	    strlen(at) < sizeof pass.address) /* ipc has credentials there */
		memcpy(pass.address, at, strlen(at) + 1);
	if (pass.open || (user = zmq_msg_gets(&p->message, "User-Id")) == NULL ||
	    !key_parse(user, strlen(user), &k))
		return pass;
	gate_admits(p->gate, door_of(port), &k, &pass);
	return pass;
}

enum err
ports_receive(struct ports *p, enum port port, struct peer_id *ret_from,
              struct pass *ret_pass, struct bytes *ret_message)
{
	enum err e = part(p, port);

	if (e != OK)
		return e;
	if (!zmq_msg_more(&p->message) || zmq_msg_size(&p->message) > sizeof ret_from->v)
		return misshapen(p, port);
	ret_from->n = (uint8_t)zmq_msg_size(&p->message);
	memcpy(ret_from->v, zmq_msg_data(&p->message), ret_from->n);
	if ((e = part(p, port)) != OK)
		return e;
	if (zmq_msg_more(&p->message))
		return misshapen(p, port);
	*ret_pass = pass_of(p, port);
	*ret_message =
	    (struct bytes){ zmq_msg_size(&p->message), zmq_msg_data(&p->message) };
	return OK;
}

/* What a send came to, from errno. */
static enum err
outcome(void)
{
	if (errno == EHOSTUNREACH)
		return ERR_NOT_FOUND;
	if (errno == EAGAIN)
		return ERR_BUSY;
	return err_set(ERR_IO, "sending: %s", zmq_strerror(errno));
}

enum err
ports_send(struct ports *p, enum port port, const struct peer_id *to,
           struct bytes message)
{
	void *socket = p->socket[port];
	int rc;

	do
		rc = zmq_send(socket, to->v, to->n, ZMQ_SNDMORE | ZMQ_DONTWAIT);
	while (rc < 0 && errno == EINTR);
	if (rc < 0)
		return outcome();
	do
		rc = zmq_send(socket, message.v, message.n, ZMQ_DONTWAIT);
	while (rc < 0 && errno == EINTR);
	return rc < 0 ? outcome() : OK;
}
