/*
 * A worker of the fault tests: the real link and pool, and in place of the engine
 * the one answer to a story (story.h).
 *
 *   hand work ENDPOINT THREADS MS     MS is what an article takes
 *   hand mute ENDPOINT CREDIT         takes articles and beats, and says nothing else
 *   hand join ENDPOINT SESSION N      N times: a worker of this session comes, is
 *                                     welcomed, and is cut off
 *
 * An article with the word "poison" kills its worker, one with "refused" fails
 * for good with a message that is not to be stored as it stands, one with "later" fails
 * for now.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "log.h"
#include "tests/faults/story.h"
#include "wire.h"
#include "worker/link.h"

static long pause_ms;

static void
sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

/* ------------------------------------------------------------------------ work */

static enum err
no_scratch(void *shared, void **ret)
{
	*ret = shared;
	return OK;
}

static void
no_scratch_either(void *scratch)
{
	(void)scratch;
}

static struct spans
one_span(struct arena *a, uint32_t begin, uint32_t end)
{
	struct span *v = arena_alloc(a, sizeof *v);

	*v = (struct span){ begin, end };
	return (struct spans){ .n = 1, .v = v };
}

static enum err
answer(void *shared, void *scratch, struct arena *a, const struct wire_article *article,
       struct extraction *ret)
{
	struct bytes text = article->text;
	struct story_answer s;

	(void)shared;
	(void)scratch;
	sleep_ms(pause_ms);
	if (memmem(text.v, text.n, "poison", 6) != NULL)
		kill(getpid(), SIGKILL);
	if (memmem(text.v, text.n, "refused", 7) != NULL)
		return err_set(ERR_BAD_INPUT,
		               "line one\nline two \x1b[2J \xff\xfe \xf0\x80");
	if (memmem(text.v, text.n, "later", 5) != NULL)
		return err_set(ERR_NOMEM, "not now");
	if (text.n < 3)
		return err_set(ERR_EMPTY, "no story");
	s = story_answer(text.v, text.n);
	ret->model = STORY_MODEL;
	ret->n = 1;
	ret->v = arena_alloc(a, sizeof *ret->v);
	ret->v->source = one_span(a, s.source_begin, s.source_end);
	ret->v->content = one_span(a, s.content_begin, s.content_end);
	ret->v->confidence = s.confidence;
	ret->v->parent = ret->v->speaker = NO_INDEX;
	return OK;
}

static int
work(char *argv[])
{
	static char nothing;
	const struct work w = { &nothing, no_scratch, no_scratch_either, answer };
	struct link_options o = { .broker = argv[2],
		                  .model = STORY_MODEL,
		                  .threads = (unsigned)atoi(argv[3]),
		                  .prefetch = 4,
		                  .drain_ms = 2000 };
	struct link *link = NULL;
	struct pool *pool = NULL;
	sigset_t set;

	pause_ms = atol(argv[4]);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	o.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (link_open(&o, zmq_ctx_new(), &link) != OK ||
	    pool_open(&w, o.threads, &pool) != OK || link_run(link, pool) != OK)
		log_error("stopped reason=\"%s\"", err_text());
	_exit(0); /* what a pool is at work on is ours alone */
}

/* ------------------------------------------------------------------------ mute */

struct talk {
	struct arena *a;
	void *socket;
	const struct wire_worker *out;
	struct wire_broker in;
	zmq_msg_t message;
};

static enum err
pack(void *arg)
{
	struct talk *t = arg;
	struct bytes b = wire_worker_write(t->a, t->out);

	return zmq_send(t->socket, b.v, b.n, ZMQ_DONTWAIT) < 0 ? ERR_IO : OK;
}

static enum err
unpack(void *arg)
{
	struct talk *t = arg;
	struct bytes b = { zmq_msg_size(&t->message), zmq_msg_data(&t->message) };

	return wire_broker_read(t->a, b, &t->in);
}

static bool
say(struct talk *t, const struct wire_worker *m)
{
	t->out = m;
	return arena_run(t->a, pack, t) == OK;
}

/* False when nothing comes in time. */
static bool
hear(struct talk *t, int ms)
{
	enum err e = ERR_NOT_FOUND;

	arena_reset(t->a);
	zmq_setsockopt(t->socket, ZMQ_RCVTIMEO, &ms, sizeof ms);
	zmq_msg_init(&t->message);
	if (zmq_msg_recv(&t->message, t->socket, 0) >= 0)
		e = arena_run(t->a, unpack, t);
	zmq_msg_close(&t->message);
	return e == OK;
}

static struct talk
call(void *context, struct arena *a, const char *endpoint, uint64_t session)
{
	struct talk t = { .a = a, .socket = zmq_socket(context, ZMQ_DEALER) };
	const int linger = 0;
	const struct wire_worker hello = {
		.what = WIRE_HELLO,
		.hello = { .name = "the same name", .session = session, .threads = 1 }
	};

	zmq_setsockopt(t.socket, ZMQ_LINGER, &linger, sizeof linger);
	if (zmq_connect(t.socket, endpoint) != 0 || !say(&t, &hello))
		exit(EXIT_FAILURE);
	return t;
}

static _Noreturn void
mute(char *argv[])
{
	struct talk t =
	    call(zmq_ctx_new(), arena_new(256 << 20), argv[2], (uint64_t)getpid());
	const struct wire_worker beat = { .what = WIRE_WORKER_HEARTBEAT },
	                         credit = { .what = WIRE_CREDIT,
		                            .credit = (uint32_t)atoi(argv[3]) };

	say(&t, &credit);
	for (;;) {
		if (hear(&t, 100) && t.in.what == WIRE_LEASES) {
			printf("took %zu\n", t.in.leases.n);
			fflush(stdout);
		}
		say(&t, &beat);
	}
}

/* ------------------------------------------------------------------------ join */

static int
join(char *argv[])
{
	void *context = zmq_ctx_new();
	struct arena *a = arena_new(16 << 20);
	int n = atoi(argv[4]), welcome = 0;

	for (int i = 0; i < n; i++) {
		struct talk t = call(context, a, argv[2], strtoull(argv[3], NULL, 10));

		while (hear(&t, 5000) && t.in.what != WIRE_WELCOME)
			;
		welcome += t.in.what == WIRE_WELCOME;
		zmq_close(t.socket);
	}
	printf("welcome=%d\n", welcome);
	return welcome == n ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(int argc, char *argv[])
{
	log_open("hand");
	if (argc == 5 && strcmp(argv[1], "work") == 0)
		return work(argv);
	if (argc == 4 && strcmp(argv[1], "mute") == 0)
		mute(argv);
	if (argc == 5 && strcmp(argv[1], "join") == 0)
		return join(argv);
	fprintf(stderr, "usage: hand work ENDPOINT THREADS MS\n"
	                "       hand mute ENDPOINT CREDIT\n"
	                "       hand join ENDPOINT SESSION N\n");
	return 2;
}
