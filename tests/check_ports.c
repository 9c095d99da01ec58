#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include "broker/ports.h"
#include "log.h"
#include "suite.h"
#include "temp_dir.h"

enum { BEAT_MS = 50, MANY = 2000 };

static struct ports *p;

static void
setup(void)
{
	const struct ports_options o = { { "tcp://127.0.0.1:*", "tcp://127.0.0.1:*" },
		                         .heartbeat_ms = BEAT_MS };

	ck_assert_int_eq(ports_open(&o, &p), OK);
}

static void
teardown(void)
{
	ports_close(p);
}

static void
send_all(int fd, const void *data, size_t n)
{
	for (size_t done = 0; done < n;) {
		ssize_t some =
		    send(fd, (const char *)data + done, n - done, MSG_NOSIGNAL);

		ck_assert_int_gt(some, 0);
		done += (size_t)some;
	}
}

static void
skip(int fd, size_t n)
{
	unsigned char data[256];

	ck_assert_uint_le(n, sizeof data);
	ck_assert_int_eq(recv(fd, data, n, MSG_WAITALL), (ssize_t)n);
}

/* A peer of our own making, past ZMTP's greeting and both sides' READY. */
static int
dealer(void)
{
	static const unsigned char greeting[64] = {
		[0] = 0xff, [9] = 0x7f, [10] = 3, [12] = 'N', 'U', 'L', 'L'
	};
	static const char ready[] = "\4\x1c\5READY\13Socket-Type\0\0\0\6DEALER";
	struct sockaddr_in at = { .sin_family = AF_INET,
		                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	unsigned char size;

	at.sin_port =
	    htons((uint16_t)atoi(strrchr(ports_endpoint(p, PORT_CLIENTS), ':') + 1));
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
	send_all(fd, greeting, sizeof greeting);
	send_all(fd, ready, sizeof ready - 1);
	skip(fd, sizeof greeting + 1);
	ck_assert_int_eq(recv(fd, &size, 1, MSG_WAITALL), 1);
	skip(fd, size);
	return fd;
}

/* Messages of four bytes; with enough of them the port reads no more of this peer. */
static void
send_many(int fd, int n)
{
	static const unsigned char message[] = { 0, 4, 'w', 'o', 'r', 'd' };

	for (int i = 0; i < n; i++)
		send_all(fd, message, sizeof message);
}

/* So that the other side learns of an error, not of an end. */
static void
reset(int fd)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
	close(fd);
}

static int
receive_all(int at_least)
{
	struct peer_id from;
	struct pass pass;
	struct bytes m;
	int n = 0;

	for (int i = 0; i < 400 && n < at_least; i++) {
		bool ignored;

		ck_assert_int_eq(ports_wait(p, -1, BEAT_MS, &ignored), OK);
		while (ports_receive(p, PORT_CLIENTS, &from, &pass, &m) == OK) {
			ck_assert_int_eq(m.n, 4);
			ck_assert(pass.open); /* this machine's own */
			n++;
		}
	}
	return n;
}

START_TEST(what_a_peer_sends_is_received)
{
	int fd = dealer();

	send_many(fd, MANY);
	ck_assert_int_eq(receive_all(MANY), MANY);
	close(fd);
}
END_TEST

/* ZeroMQ's own heartbeats end the program here. */
START_TEST(a_peer_that_goes_while_its_messages_wait_harms_nobody)
{
	int fd = dealer();

	send_many(fd, MANY);
	ck_assert_int_eq(poll(NULL, 0, 2 * BEAT_MS), 0); /* they fill what there is */
	reset(fd);
	ck_assert_int_eq(poll(NULL, 0, 8 * BEAT_MS), 0);
	ck_assert_int_ge(receive_all(1), 1);
}
END_TEST

/* ---------------------------------------------------------------------- keys */

static char dir[128], keys[160];
static struct gate *g;
static void *context;
static struct key_pair ann, bob;
static int64_t now_ms;

static void
make_pair(const char *name, struct key_pair *ret)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	ck_assert_int_eq(keys_make(path, ret), OK);
}

static void
setup_keys(void)
{
	struct ports_options o = { { "tcp://127.0.0.1:*", "tcp://127.0.0.1:*" },
		                   .always_keys = true,
		                   .heartbeat_ms = 1000 };

	temp_dir_make(dir, sizeof dir);
	snprintf(keys, sizeof keys, "%s/keys", dir);
	make_pair("ann", &ann);
	make_pair("bob", &bob);
	ck_assert_int_eq(log_set_level("error"), OK);
	ck_assert_int_eq(gate_open(keys, &g), OK);
	o.gate = g;
	ck_assert_int_eq(ports_open(&o, &p), OK);
	context = zmq_ctx_new();
}

static void
teardown_keys(void)
{
	zmq_ctx_term(context);
	ports_close(p);
	gate_close(g);
	temp_dir_empty(keys);
	rmdir(keys);
	temp_dir_remove(dir);
}

static void
list(const char *door, const char *name, const struct key *k)
{
	struct allowed who = { .key = *k };
	char path[256];

	snprintf(path, sizeof path, "%s/%s", keys, door);
	snprintf(who.name, sizeof who.name, "%s", name);
	ck_assert_int_eq(allow_add(path, &who), OK);
	ck_assert(gate_look(g, now_ms += GATE_LOOK_MS));
}

static void *
call(enum port port, const struct key_pair *pair, const struct key *broker)
{
	void *s = zmq_socket(context, ZMQ_DEALER);
	int linger = 0;

	zmq_setsockopt(s, ZMQ_LINGER, &linger, sizeof linger);
	if (pair != NULL) {
		zmq_setsockopt(s, ZMQ_CURVE_PUBLICKEY, pair->public.v, KEY_BYTES);
		zmq_setsockopt(s, ZMQ_CURVE_SECRETKEY, pair->secret.v, KEY_BYTES);
		zmq_setsockopt(s, ZMQ_CURVE_SERVERKEY, broker->v, KEY_BYTES);
	}
	ck_assert_int_eq(zmq_connect(s, ports_endpoint(p, port)), 0);
	ck_assert_int_eq(zmq_send(s, "word", 4, ZMQ_DONTWAIT), 4);
	return s;
}

/* The next message, waiting at most so many times 50 ms. */
static bool
heard(enum port port, int turns, struct pass *ret)
{
	struct peer_id from;
	struct bytes m;

	for (int i = 0; i < turns; i++) {
		bool ignored;

		if (ports_receive(p, port, &from, ret, &m) == OK)
			return true;
		ck_assert_int_eq(ports_wait(p, -1, 50, &ignored), OK);
	}
	return false;
}

START_TEST(a_key_on_the_list_comes_in_under_its_name)
{
	struct pass pass;
	void *s;

	list("workers", "ann", &ann.public);
	s = call(PORT_WORKERS, &ann, &gate_pair(g)->public);
	ck_assert(heard(PORT_WORKERS, 400, &pass));
	ck_assert(!pass.open && !pass.admin);
	ck_assert_str_eq(pass.who.name, "ann");
	ck_assert(key_equal(&pass.who.key, &ann.public));
	zmq_close(s);
}
END_TEST

START_TEST(nobody_else_comes_in)
{
	struct key_pair thief = { .public = ann.public, .secret = bob.secret };
	struct pass pass;
	void *s[5];

	list("clients", "ann", &ann.public);
	s[0] = call(PORT_WORKERS, NULL, NULL); /* no key */
	s[1] = call(PORT_WORKERS, &bob, &gate_pair(g)->public);
	s[2] = call(PORT_WORKERS, &ann, &gate_pair(g)->public); /* a client's */
	s[3] = call(PORT_CLIENTS, &ann, &bob.public);           /* means another broker */
	s[4] = call(PORT_CLIENTS, &thief, &gate_pair(g)->public);
	ck_assert(!heard(PORT_WORKERS, 10, &pass));
	ck_assert(!heard(PORT_CLIENTS, 10, &pass));
	for (int i = 0; i < 5; i++)
		zmq_close(s[i]);
}
END_TEST

START_TEST(what_a_revoked_key_sends_is_a_strangers)
{
	char path[256];
	struct pass pass;
	void *s;

	snprintf(path, sizeof path, "%s/clients", keys);
	list("clients", "ann", &ann.public);
	s = call(PORT_CLIENTS, &ann, &gate_pair(g)->public);
	ck_assert(heard(PORT_CLIENTS, 400, &pass));
	ck_assert_str_eq(pass.who.name, "ann");
	ck_assert_int_eq(allow_remove(path, "ann"), OK);
	ck_assert(gate_look(g, now_ms += GATE_LOOK_MS));
	ck_assert_int_eq(zmq_send(s, "more", 4, 0), 4);
	ck_assert(heard(PORT_CLIENTS, 400, &pass));
	ck_assert(!pass.open);
	ck_assert_str_eq(pass.who.name, "");
	zmq_close(s);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ports");
	TCase *core = tcase_create("core"), *locked = tcase_create("keys");

	tcase_add_checked_fixture(core, setup, teardown);
	tcase_set_timeout(core, 60);
	tcase_add_test(core, what_a_peer_sends_is_received);
	tcase_add_test(core, a_peer_that_goes_while_its_messages_wait_harms_nobody);
	suite_add_tcase(s, core);
	tcase_add_checked_fixture(locked, setup_keys, teardown_keys);
	tcase_set_timeout(locked, 60);
	tcase_add_test(locked, a_key_on_the_list_comes_in_under_its_name);
	tcase_add_test(locked, nobody_else_comes_in);
	tcase_add_test(locked, what_a_revoked_key_sends_is_a_strangers);
	suite_add_tcase(s, locked);
	return suite_run(s);
}
