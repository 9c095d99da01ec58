/*
 * Several brokers.  A link wants to be its thread's only concern, so each has one;
 * signals come to the first thread, which passes them on through pipes that look to a
 * link as its descriptor of signals does.
 */
#include "fleet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "list.h"
#include "log.h"

enum { BROKERS_MAX = 16 };

struct member {
	struct link *link;
	struct pool *pool;
	char broker[256];
	int pipe[2]; /* of signals */
	int ended;   /* the fleet's eventfd */
	bool alone;  /* its end is the program's, and said there */
	pthread_t thread;
	enum err outcome;
	char why[512];
};

struct fleet {
	size_t n;
	struct member v[BROKERS_MAX];
	int signals, ended;
};

/* ------------------------------------------------------------------------ opening */

static enum err
open_member(struct fleet *f, const struct fleet_options *o, size_t i)
{
	struct member *m = &f->v[i];
	struct link_options link = o->link;
	enum err e = keys_line(o->secret_key, o->broker_keys, i, &link.keys);

	if (e != OK)
		return e;
	if (pipe2(m->pipe, O_CLOEXEC | O_NONBLOCK) != 0)
		return err_set(ERR_IO, "no pipe: %s", strerror(errno));
	m->ended = f->ended;
	link.broker = m->broker;
	link.signals = m->pipe[0];
	if (i > 0)
		link.reload = NULL; /* once is enough */
	if ((e = link_open(&link, o->zmq_context, &m->link)) != OK)
		return e;
	gauge_add(link.gauge, GAUGE_BROKERS, 1);
	gauge_add(link.gauge, GAUGE_THREADS, (int64_t)link.threads);
	return pool_open(&o->work, link.threads, &m->pool);
}

enum err
fleet_open(const struct fleet_options *o, struct fleet **ret)
{
	struct fleet *f = calloc(1, sizeof *f);
	enum err e = OK;

	if (f == NULL)
		return err_set(ERR_NOMEM, "no memory for lines to brokers");
	f->signals = o->link.signals;
	for (size_t i = 0; i < BROKERS_MAX; i++)
		f->v[i].pipe[0] = f->v[i].pipe[1] = -1;
	if ((f->ended = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
		e = err_set(ERR_IO, "no event: %s", strerror(errno));
	while (e == OK && f->n < BROKERS_MAX &&
	       list_nth(o->brokers, f->n, f->v[f->n].broker, sizeof f->v[f->n].broker))
		e = open_member(f, o, f->n++);
	if (e == OK && f->n == 0)
		e = err_set(ERR_USAGE, "no broker's address: give --broker "
		                       "tcp://HOST:PORT, several with commas");
	if (e != OK) {
		fleet_close(f);
		return e;
	}
	*ret = f;
	return OK;
}

void
fleet_hang_up(struct fleet *f)
{
	for (size_t i = 0; f != NULL && i < f->n; i++) {
		link_close(f->v[i].link);
		f->v[i].link = NULL;
	}
}

void
fleet_close(struct fleet *f)
{
	if (f == NULL)
		return;
	fleet_hang_up(f);
	for (size_t i = 0; i < f->n; i++) {
		pool_close(f->v[i].pool);
		for (int k = 0; k < 2; k++)
			if (f->v[i].pipe[k] >= 0)
				close(f->v[i].pipe[k]);
	}
	if (f->ended >= 0)
		close(f->ended);
	free(f);
}

/* ------------------------------------------------------------------------ running */

static void *
serve(void *arg)
{
	struct member *m = arg;
	uint64_t one = 1;

	m->outcome = link_run(m->link, m->pool);
	if (m->outcome != OK) {
		snprintf(m->why, sizeof m->why, "%s", err_text());
		if (!m->alone)
			log_error("line broker=%s ended error=\"%s\" reason=\"%s\"",
			          m->broker, err_name(m->outcome), m->why);
	}
	if (write(m->ended, &one, sizeof one) != sizeof one)
		log_error("line broker=%s its end was not heard", m->broker);
	return NULL;
}

/* What a full pipe does not take was the same as what is in it. */
static void
pass_on(struct fleet *f)
{
	struct signalfd_siginfo s;

	while (read(f->signals, &s, sizeof s) == sizeof s)
		for (size_t i = 0; i < f->n; i++)
			if (write(f->v[i].pipe[1], &s, sizeof s) != sizeof s)
				log_warn("line broker=%s a signal was lost",
				         f->v[i].broker);
}

static void
wait_for_all(struct fleet *f, size_t running)
{
	struct pollfd fds[] = { { .fd = f->signals, .events = POLLIN },
		                { .fd = f->ended, .events = POLLIN } };
	uint64_t ends;

	while (running > 0) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			break;
		if (fds[0].revents != 0)
			pass_on(f);
		if (read(f->ended, &ends, sizeof ends) == sizeof ends)
			running -= ends < running ? (size_t)ends : running;
	}
}

enum err
fleet_run(struct fleet *f)
{
	size_t begun = 0;
	enum err e = OK;

	f->v[0].alone = f->n == 1;
	while (begun < f->n &&
	       pthread_create(&f->v[begun].thread, NULL, serve, &f->v[begun]) == 0)
		begun++;
	if (begun < f->n)
		e = err_set(ERR_NOMEM, "no thread for the line to %s",
		            f->v[begun].broker);
	else
		wait_for_all(f, begun);
	if (e != OK)
		return e; /* the program ends with what has begun */
	for (size_t i = 0; i < begun; i++) {
		pthread_join(f->v[i].thread, NULL);
		if (f->v[i].outcome != OK && (e == OK || f->v[i].outcome == ERR_TIMEOUT))
			e = err_set(f->v[i].outcome, "%s", f->v[i].why);
	}
	return e;
}
