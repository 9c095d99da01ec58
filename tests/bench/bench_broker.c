/*
 * The queue without an engine: a broker on a new folder, producers that submit
 * articles of 4 KB, workers that answer at once with a result of 3 KB.  Prints
 * jobs a second from the first submission to the last settlement, every one of
 * them on the disk before it was acknowledged.
 *
 * usage: bench_broker [JOBS [BATCH [PEERS [FOLDER-FOR-THE-FOLDER]]]]
 */
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "broker/broker.h"
#include "log.h"
#include "wire.h"

enum { ARTICLE = 4096, SPANS = 120, ANSWER_MS = 30000 };

static void *context;
static char dir[256], endpoint[2][300];
static int jobs = 20000, batch = 64, peers = 4;
static atomic_int settled, accepted;

struct peer {
	struct arena *a;
	void *socket;
	int index, n;
	struct body article, result;
	struct wire_broker in;
	struct wire_held held[WIRE_BATCH];
};

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
die(const char *what)
{
	fprintf(stderr, "bench_broker: %s\n", what);
	exit(EXIT_FAILURE);
}

static void
send_bytes(struct peer *p, struct bytes b)
{
	if (zmq_send(p->socket, b.v, b.n, 0) < 0)
		die("cannot send");
}

/* The next answer of this kind; others are passed over. */
static void
hear(struct peer *p, enum wire_broker_what what)
{
	zmq_msg_t m;

	do {
		zmq_msg_init(&m);
		if (zmq_msg_recv(&m, p->socket, 0) < 0)
			die("no answer");
		struct bytes in = { zmq_msg_size(&m), zmq_msg_data(&m) };
		if (wire_broker_read(p->a, in, &p->in) != OK)
			die(err_text());
		zmq_msg_close(&m);
		if (p->in.what == WIRE_REFUSAL)
			die(p->in.refusal.reason);
	} while (p->in.what != what);
}

/* An article of ARTICLE bytes of words, other for each, that halves when compressed. */
static struct body
make_article(struct peer *p, int number)
{
	char *text = arena_raw(p->a, ARTICLE);
	unsigned random = (unsigned)(p->index * 1000003 + number) * 2654435761u;
	int n = snprintf(text, ARTICLE, "Article %d of %d. ", number, p->index);

	for (; n < ARTICLE; n++) {
		random = random * 1103515245 + 12345;
		text[n] = " etaoinshrdlu   "[(random >> 16) % 16];
	}
	struct wire_article article = { .text = { ARTICLE, (const uint8_t *)text } };
	return body_close(p->a, wire_article_write(p->a, &article));
}

static enum err
submit_batch(void *arg)
{
	struct peer *p = arg;
	int n = p->n < batch ? p->n : batch;
	struct wire_submission *v = arena_alloc(p->a, (size_t)n * sizeof *v);

	for (int i = 0; i < n; i++) {
		char *key = arena_raw(p->a, 48);

		snprintf(key, 48, "%d-%d-%d", (int)getpid(), p->index, p->n - i);
		v[i] = (struct wire_submission){ .key = key,
			                         .article = make_article(p, p->n - i) };
	}
	struct wire_client m = { .request = 1,
		                 .what = WIRE_SUBMIT,
		                 .submit = { (size_t)n, v } };
	send_bytes(p, wire_client_write(p->a, &m));
	hear(p, WIRE_SUBMITTED);
	for (int i = 0; i < n; i++)
		if (p->in.submitted.v[i].status != WIRE_ACCEPTED)
			die("not accepted");
	p->n -= n;
	atomic_fetch_add(&accepted, n);
	return OK;
}

static struct peer *
new_peer(void *arg, int port)
{
	struct peer *p = calloc(1, sizeof *p);
	int linger = 0, wait_ms = ANSWER_MS;

	if (p == NULL || (p->a = arena_new(256 << 20)) == NULL)
		die("no memory");
	p->index = *(int *)arg;
	p->socket = zmq_socket(context, ZMQ_DEALER);
	zmq_setsockopt(p->socket, ZMQ_LINGER, &linger, sizeof linger);
	zmq_setsockopt(p->socket, ZMQ_RCVTIMEO, &wait_ms, sizeof wait_ms);
	if (zmq_connect(p->socket, endpoint[port]) != 0)
		die("cannot connect");
	return p;
}

static void
free_peer(struct peer *p)
{
	zmq_close(p->socket);
	arena_free(p->a);
	free(p);
}

static void *
produce(void *arg)
{
	struct peer *p = new_peer(arg, 0);

	p->n = jobs / peers;
	while (p->n > 0) {
		arena_reset(p->a);
		if (arena_run(p->a, submit_batch, p) != OK)
			die("memory");
	}
	free_peer(p);
	return NULL;
}

/* About 3 KB, packed. */
static struct body
make_result(struct peer *p)
{
	struct extraction x = { .model = "bench", .n = SPANS };

	x.v = arena_alloc(p->a, SPANS * sizeof *x.v);
	for (uint32_t i = 0; i < SPANS; i++) {
		struct span *s = arena_raw(p->a, 3 * sizeof *s);

		s[0] = (struct span){ i * 31, i * 31 + 5 };
		s[1] = (struct span){ i * 31 + 6, i * 31 + 9 };
		s[2] = (struct span){ i * 31 + 10, i * 31 + 30 };
		x.v[i] = (struct attribution){ .source = { 1, s },
			                       .cue = { 1, s + 1 },
			                       .content = { 1, s + 2 },
			                       .confidence = 0.5f,
			                       .parent = NO_INDEX,
			                       .speaker = NO_INDEX };
	}
	return (struct body){ CODING_PLAIN, 0, wire_extraction_write(p->a, &x) };
}

static enum err
greet(void *arg)
{
	struct peer *p = arg;
	struct wire_worker hello = { .what = WIRE_HELLO,
		                     .hello = { .name = "bench",
		                                .session =
		                                    (uint64_t)getpid() << 8 | p->index,
		                                .threads = 1 } };
	struct wire_worker credit = { .what = WIRE_CREDIT,
		                      .credit = (uint32_t)batch * 2 };

	send_bytes(p, wire_worker_write(p->a, &hello));
	hear(p, WIRE_WELCOME);
	send_bytes(p, wire_worker_write(p->a, &credit));
	return OK;
}

static void
report(struct peer *p, size_t n)
{
	struct body result = make_result(p);
	struct wire_result *v = arena_alloc(p->a, n * sizeof *v);
	struct wire_worker m = { .what = WIRE_REPORT };
	struct wire_worker credit = { .what = WIRE_CREDIT, .credit = (uint32_t)n };

	result.size = result.data.n;
	for (size_t i = 0; i < n; i++)
		v[i] = (struct wire_result){ .lease = p->held[i],
			                     .model = "bench",
			                     .extraction = result };
	m.report.n_results = n;
	m.report.results = v;
	send_bytes(p, wire_worker_write(p->a, &m));
	send_bytes(p, wire_worker_write(p->a, &credit));
}

/* One message of the broker: leases are answered, settlements counted. */
static enum err
serve(void *arg)
{
	struct peer *p = arg;
	zmq_msg_t m;

	zmq_msg_init(&m);
	if (zmq_msg_recv(&m, p->socket, 0) < 0)
		return ERR_TIMEOUT;
	struct bytes in = { zmq_msg_size(&m), zmq_msg_data(&m) };
	if (wire_broker_read(p->a, in, &p->in) != OK)
		die(err_text());
	zmq_msg_close(&m);
	if (p->in.what == WIRE_SETTLED)
		atomic_fetch_add(&settled, (int)p->in.settled.n);
	if (p->in.what != WIRE_LEASES)
		return OK;
	for (size_t i = 0; i < p->in.leases.n; i++)
		p->held[i] =
		    (struct wire_held){ p->in.leases.v[i].job, p->in.leases.v[i].fence };
	report(p, p->in.leases.n);
	return OK;
}

static void *
consume(void *arg)
{
	struct peer *p = new_peer(arg, 1);
	int wait_ms = 100;

	if (arena_run(p->a, greet, p) != OK)
		die("memory");
	zmq_setsockopt(p->socket, ZMQ_RCVTIMEO, &wait_ms, sizeof wait_ms);
	while (atomic_load(&settled) < jobs) {
		arena_reset(p->a);
		enum err e = arena_run(p->a, serve, p);
		if (e != OK && e != ERR_TIMEOUT)
			die("memory");
	}
	free_peer(p);
	return NULL;
}

static void *
count(void *arg)
{
	double begin = *(double *)arg;

	while (atomic_load(&accepted) < jobs)
		usleep(2000);
	printf("accepted %d in %.2f s: %.0f/s\n", jobs, seconds() - begin,
	       jobs / (seconds() - begin));
	return NULL;
}

/* In a process of its own, as in life. */
static pid_t
start_broker(const char *above)
{
	static struct settings set = {
		.lease_ms = 60000,
		.heartbeat_ms = 5000,
		.attempts = 5,
		.max_queue = 1000000000,
		.max_message = 64 << 20,
		.max_peers = 1000,
		.max_waits = 10,
	};
	struct broker *b;
	pid_t pid;

	snprintf(dir, sizeof dir, "%s/hearsay-bench-XXXXXX", above);
	if (mkdtemp(dir) == NULL)
		die("cannot make a folder");
	snprintf(endpoint[0], sizeof endpoint[0], "ipc://%s/clients", dir);
	snprintf(endpoint[1], sizeof endpoint[1], "ipc://%s/workers", dir);
	if ((pid = fork()) != 0)
		return pid;
	set.data = dir;
	set.clients = endpoint[0];
	set.workers = endpoint[1];
	if (log_set_level("warn") != OK || broker_open(&set, &b) != OK ||
	    broker_run(b) != OK)
		die(err_text());
	broker_close(b);
	exit(EXIT_SUCCESS);
}

static void
end_broker(pid_t pid)
{
	struct rusage used;
	int status;
	DIR *d = opendir(dir);
	char path[600];

	kill(pid, SIGTERM);
	wait4(pid, &status, 0, &used);
	printf("broker: %.2f s user, %.2f s system, %ld MB at most\n",
	       (double)used.ru_utime.tv_sec + (double)used.ru_utime.tv_usec / 1e6,
	       (double)used.ru_stime.tv_sec + (double)used.ru_stime.tv_usec / 1e6,
	       used.ru_maxrss / 1024);
	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
		snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
		unlink(path);
	}
	if (d != NULL)
		closedir(d);
	rmdir(dir);
}

static void
run_all(void)
{
	pthread_t threads[65];
	int index[32], n = 0;
	double begin = seconds();

	for (int i = 0; i < peers; i++) {
		index[i] = i;
		pthread_create(&threads[n++], NULL, consume, &index[i]);
		pthread_create(&threads[n++], NULL, produce, &index[i]);
	}
	pthread_create(&threads[n++], NULL, count, &begin);
	while (n > 0)
		pthread_join(threads[--n], NULL);
	printf("finished %d in %.2f s: %.0f/s (batches of %d, %d + %d peers)\n", jobs,
	       seconds() - begin, jobs / (seconds() - begin), batch, peers, peers);
}

int
main(int argc, char *argv[])
{
	const char *above = argc > 4 ? argv[4] : "/tmp";
	pid_t broker;

	jobs = argc > 1 ? atoi(argv[1]) : jobs;
	batch = argc > 2 ? atoi(argv[2]) : batch;
	peers = argc > 3 ? atoi(argv[3]) : peers;
	if (peers < 1 || peers > 32 || batch < 1 || batch > WIRE_BATCH / 2)
		die("1 to 32 peers, batches of 1 to 2048");
	jobs -= jobs % peers;
	broker = start_broker(above);
	context = zmq_ctx_new();
	run_all();
	zmq_ctx_term(context);
	end_broker(broker);
	return EXIT_SUCCESS;
}
