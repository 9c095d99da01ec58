/*
 * Peers that mean no good, over plain TCP or in ZeroMQ's own words.
 *
 *   crowd open ENDPOINT N MS      N connections, in turn of those that say nothing, a
 * part of the greeting, and all of it; held for so long crowd talk ENDPOINT           one
 * after another: what is no ZeroMQ at all, every beginning of a greeting, cut off or
 * reset crowd sizes ENDPOINT LIMIT    whole messages of every wrong size and shape, LIMIT
 * the largest that is read crowd deaf ENDPOINT N         submits and asks N times and
 * never reads an answer, for ever
 *
 * ENDPOINT is tcp://127.0.0.1:PORT.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "tests/faults/story.h"
#include "wire.h"

static const unsigned char greeting[64] = { 0xff, 0,    0, 0, 0,   0,   0,   0,
	                                    1,    0x7f, 3, 0, 'N', 'U', 'L', 'L' };

static void
die(const char *what)
{
	fprintf(stderr, "crowd: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static void
sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

/* A connection to tcp://127.0.0.1:PORT, or -1. */
static int
dial(const char *endpoint)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		                  .sin_port =
		                      htons((uint16_t)atoi(strrchr(endpoint, ':') + 1)),
		                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static void
tell(int fd, const void *v, size_t n)
{
	if (send(fd, v, n, MSG_NOSIGNAL) < 0 && errno != EPIPE && errno != ECONNRESET)
		die("send");
}

/* ------------------------------------------------------------------------ open */

static int
open_many(char *argv[])
{
	int n = atoi(argv[3]), opened = 0, dropped = 0;
	int *fd = calloc((size_t)n, sizeof *fd);
	char c;

	for (int i = 0; i < n && (fd[i] = dial(argv[2])) >= 0; i++, opened++)
		if (i % 3 > 0)
			tell(fd[i], greeting, i % 3 == 1 ? 10 : sizeof greeting);
	printf("opened=%d\n", opened);
	fflush(stdout);
	sleep_ms(atol(argv[4]));
	for (int i = 0; i < opened; i++) {
		ssize_t got;

		while ((got = recv(fd[i], &c, 1, MSG_DONTWAIT)) > 0)
			; /* its greeting */
		dropped += got == 0 || errno == ECONNRESET;
		close(fd[i]);
	}
	printf("dropped=%d\n", dropped);
	free(fd);
	return EXIT_SUCCESS;
}

/* ------------------------------------------------------------------------ talk */

/* How a conversation ends: with a FIN or with an RST. */
static void
hang_up(int fd, int reset)
{
	const struct linger now = { 1, 0 };

	if (reset)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	close(fd);
}

static void
say_and_go(const char *endpoint, const void *v, size_t n, int reset)
{
	int fd = dial(endpoint);

	if (fd < 0)
		die(endpoint);
	tell(fd, v, n);
	hang_up(fd, reset);
}

/* A whole handshake of a socket that has no business here. */
static void
wrong_type(const char *endpoint, int type)
{
	void *context = zmq_ctx_new(), *s = zmq_socket(context, type);
	const int linger = 0;

	zmq_setsockopt(s, ZMQ_LINGER, &linger, sizeof linger);
	if (zmq_connect(s, endpoint) != 0)
		die(endpoint);
	if (type == ZMQ_REQ)
		zmq_send(s, "hello", 5, ZMQ_DONTWAIT);
	sleep_ms(100);
	zmq_close(s);
	zmq_ctx_term(context);
}

static int
talk(char *argv[])
{
	static const char *const words[] = {
		"asdfasdf\r\n", "GET / HTTP/1.1\r\n\r\n",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"\xff\xff\xff\xff\xff\xff", ""
	};
	const char *endpoint = argv[2];
	char all[64];

	memset(all, 0xff, sizeof all);
	say_and_go(endpoint, all, sizeof all, 0);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		say_and_go(endpoint, words[i], strlen(words[i]), 0);
		say_and_go(endpoint, words[i], strlen(words[i]), 1);
	}
	for (size_t n = 1; n < sizeof greeting; n++)
		say_and_go(endpoint, greeting, n, n % 2);
	wrong_type(endpoint, ZMQ_PUB);
	wrong_type(endpoint, ZMQ_REQ);
	return EXIT_SUCCESS;
}

/* ----------------------------------------------------------------------- sizes */

static void *
dealer(const char *endpoint)
{
	static void *context;
	const int linger = 2000;

	if (context == NULL)
		context = zmq_ctx_new();
	void *s = zmq_socket(context, ZMQ_DEALER);
	zmq_setsockopt(s, ZMQ_LINGER, &linger, sizeof linger);
	if (zmq_connect(s, endpoint) != 0)
		die(endpoint);
	return s;
}

static size_t
put_number(unsigned char *at, size_t v)
{
	size_t n = 0;

	for (; v > 127; v >>= 7)
		at[n++] = (unsigned char)(v | 128);
	at[n++] = (unsigned char)v;
	return n;
}

/* Version 1, and the first kind of message there is, which is as long as the rest. */
static size_t
put_head(unsigned char *at, size_t room)
{
	size_t n = 3;

	if (room < 16)
		return 0;
	memcpy(at, "\x08\x01\x52", n);
	return n + put_number(at + n, room - 8);
}

/* One message of so many bytes, of a pattern that is ours at first or not at all. */
static void
send_pattern(void *s, size_t n, const void *pattern, size_t pattern_n, int ours)
{
	unsigned char *v = malloc(n + 1);
	size_t at;

	if (v == NULL)
		die("memory");
	for (at = ours ? put_head(v, n) : 0; at < n; at++)
		v[at] = ((const unsigned char *)pattern)[at % pattern_n];
	if (zmq_send(s, v, n, 0) < 0)
		die("send");
	free(v);
}

static const struct {
	const char *bytes;
	size_t n;
} patterns[] = {
	{ "\0", 1 },              /* no field at all */
	{ "\x0a\x00", 2 },        /* empty entries of the first list */
	{ "\x00\x0a", 2 },        /* the same, begun at the other byte */
	{ "\x78\x00", 2 },        /* unknown numbers */
	{ "\x7a\x00", 2 },        /* unknown texts */
	{ "\xff", 1 },            /* no end of a number */
	{ "\x0b\x0c", 2 },        /* groups, in each other */
	{ "\x08\x01\x52\x7f", 4 } /* longer inside than outside */
};

static int
sizes(char *argv[])
{
	size_t limit = strtoull(argv[3], NULL, 10);
	void *s = dealer(argv[2]);

	for (size_t p = 0; p < 2 * sizeof patterns / sizeof patterns[0]; p++)
		for (size_t n = 0; n <= limit; n = n < 4 ? n + 1 : n * 4 - 1)
			send_pattern(s, n, patterns[p / 2].bytes, patterns[p / 2].n,
			             p % 2);
	for (int i = 0; i < 200; i++)
		zmq_send(s, "", 0, i < 199 ? ZMQ_SNDMORE : 0);
	zmq_close(s);
	s = dealer(argv[2]);
	for (size_t p = 0; p < sizeof patterns / sizeof patterns[0]; p++)
		send_pattern(s, limit, patterns[p].bytes, patterns[p].n, 1);
	send_pattern(s, limit + 1, "\x0a\x00", 2, 1);
	zmq_close(s);
	return EXIT_SUCCESS;
}

/* ------------------------------------------------------------------------ deaf */

struct request {
	struct arena *a;
	uint64_t number;
	struct bytes out;
};

static enum err
submission(void *arg)
{
	struct request *r = arg;
	char text[STORY_MAX], *key = arena_alloc(r->a, 32);
	struct wire_article article = { .text.v = (const uint8_t *)text };

	article.text.n = story_text(r->number, text);
	snprintf(key, 32, "deaf-%llu", (unsigned long long)r->number);
	struct wire_submission v = { .key = key,
		                     .article = body_close(
		                         r->a, wire_article_write(r->a, &article)) };
	const struct wire_client m = { .request = r->number,
		                       .what = WIRE_SUBMIT,
		                       .submit = { 1, &v } };
	r->out = wire_client_write(r->a, &m);
	return OK;
}

static enum err
watching(void *arg)
{
	struct request *r = arg;
	const struct wire_client m = { .request = r->number,
		                       .what = WIRE_WATCH,
		                       .query.with_article = true };

	r->out = wire_client_write(r->a, &m);
	return OK;
}

static _Noreturn void
deaf(char *argv[])
{
	struct request r = { .a = arena_new(64 << 20) };
	const int one = 1, small = 4096, wait = 1000;
	void *s = zmq_socket(zmq_ctx_new(), ZMQ_DEALER);

	zmq_setsockopt(s, ZMQ_RCVHWM, &one, sizeof one);
	zmq_setsockopt(s, ZMQ_RCVBUF, &small, sizeof small);
	zmq_setsockopt(s, ZMQ_SNDTIMEO, &wait, sizeof wait);
	if (zmq_connect(s, argv[2]) != 0)
		die(argv[2]);
	for (uint64_t n = strtoull(argv[3], NULL, 10); r.number < n; r.number++) {
		arena_reset(r.a);
		if (arena_run(r.a, r.number == 0 ? watching : submission, &r) != OK)
			die("pack");
		if (zmq_send(s, r.out.v, r.out.n, 0) < 0)
			break; /* the broker has had enough of us */
	}
	printf("sent=%llu\n", (unsigned long long)r.number);
	fflush(stdout);
	for (;;)
		pause();
}

int
main(int argc, char *argv[])
{
	struct rlimit all;

	if (getrlimit(RLIMIT_NOFILE, &all) == 0) {
		all.rlim_cur = all.rlim_max;
		setrlimit(RLIMIT_NOFILE, &all);
	}
	if (argc == 5 && strcmp(argv[1], "open") == 0)
		return open_many(argv);
	if (argc == 3 && strcmp(argv[1], "talk") == 0)
		return talk(argv);
	if (argc == 4 && strcmp(argv[1], "sizes") == 0)
		return sizes(argv);
	if (argc == 4 && strcmp(argv[1], "deaf") == 0)
		deaf(argv);
	fprintf(stderr, "usage: crowd open|talk|sizes|deaf ENDPOINT ...\n");
	return 2;
}
