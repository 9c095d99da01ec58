#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/ports.h"
#include "suite.h"

enum { BEAT_MS = 50, MANY = 2000 };

static struct ports *p;

static void
setup(void)
{
	const struct ports_options o = { { "tcp://127.0.0.1:*", "tcp://127.0.0.1:*" },
		                         BEAT_MS };

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
	struct bytes m;
	int n = 0;

	for (int i = 0; i < 400 && n < at_least; i++) {
		bool ignored;

		ck_assert_int_eq(ports_wait(p, -1, BEAT_MS, &ignored), OK);
		while (ports_receive(p, PORT_CLIENTS, &from, &m) == OK) {
			ck_assert_int_eq(m.n, 4);
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

int
main(void)
{
	Suite *s = suite_create("ports");
	TCase *core = tcase_create("core");

	tcase_add_checked_fixture(core, setup, teardown);
	tcase_set_timeout(core, 60);
	tcase_add_test(core, what_a_peer_sends_is_received);
	tcase_add_test(core, a_peer_that_goes_while_its_messages_wait_harms_nobody);
	suite_add_tcase(s, core);
	return suite_run(s);
}
