/*
 * The pool: one queue of articles, one list of outcomes, n threads between.
 *
 * A task is written by the link's thread before it is queued and by one
 * engine thread after it is taken; an outcome the other way round.  The lock
 * covers the two lists and nothing else, for a few instructions at a time; an
 * eventfd tells the link's loop, which sleeps in poll(), that outcomes wait.
 *
 * Invariants
 * 1. A task is in the queue or in one thread's hands, never both.
 * 2. The eventfd is readable exactly while the list of outcomes is not empty.
 * 3. The outcome is allocated with the task: that an article failed can be
 *    told even when memory has run out.
 */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "utf8.h"

#include "pool.h"

/* Address space for one article; the longest (ARTICLE_MAX) needs about half. */
#define ARENA_CAP ((size_t)2 << 30)

struct task {
	struct task *next;
	struct outcome *outcome; /* its lease is the task's */
	struct body article;
	uint8_t bytes[];
};

struct thread {
	pthread_t id;
	struct pool *pool;
	struct arena *arena;
	void *scratch;
};

struct pool {
	struct work work;
	int fd;
	pthread_mutex_t lock;
	pthread_cond_t more;
	bool closing;
	struct task *first, **last;
	struct outcome *done, **done_last;
	unsigned n; /* threads that run */
	struct thread threads[];
};

/* One article, inside its arena. */
struct run {
	struct thread *thread;
	const struct task *task;
	struct extraction extraction;
	struct body result;
};

void
outcome_free(struct outcome *o)
{
	if (o == NULL)
		return;
	free((void *)o->extraction.data.v);
	free(o);
}

static void
task_free(struct task *t)
{
	outcome_free(t->outcome);
	free(t);
}

static enum err
extract(void *arg)
{
	struct run *r = arg;
	struct arena *a = r->thread->arena;
	const struct work *work = &r->thread->pool->work;
	struct wire_article article;
	struct bytes packed;
	enum err e;

	if ((e = body_open(a, &r->task->article, &packed)) != OK ||
	    (e = wire_article_read(a, packed, &article)) != OK)
		return e;
	r->task->outcome->text_bytes = article.text.n;
	e = work->extract(work->shared, r->thread->scratch, a, &article, &r->extraction);
	if (e != OK)
		return e;
	packed = wire_extraction_write(a, &r->extraction);
	if (packed.n > BODY_MAX)
		return err_set(ERR_TOO_BIG, "its extraction takes %zu bytes, %d at most",
		               packed.n, BODY_MAX);
	r->result = body_close(a, packed);
	return OK;
}

/* The result leaves the arena: it is kept until the broker has it on disk. */
static enum err
keep(struct outcome *o, const struct run *r)
{
	uint8_t *copy = malloc(r->result.data.n + 1);

	if (copy == NULL)
		return err_set(ERR_NOMEM, "no memory to keep the result");
	memcpy(copy, r->result.data.v, r->result.data.n);
	o->extraction = r->result;
	o->extraction.data.v = copy;
	snprintf(o->model, sizeof o->model, "%s", r->extraction.model);
	return OK;
}

/* The reason may quote the article: only whole characters, none that control. */
static void
explain(struct outcome *o)
{
	size_t n;

	snprintf(o->reason, sizeof o->reason, "%s", err_text());
	n = utf8_valid(o->reason, strlen(o->reason));
	o->reason[n] = '\0';
	for (char *c = o->reason; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 127)
			*c = ' ';
	if (n == 0)
		snprintf(o->reason, sizeof o->reason, "%s", err_name(o->err));
}

static int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void
work_on(struct thread *thread, struct task *t)
{
	struct run run = { .thread = thread, .task = t };
	struct outcome *o = t->outcome;
	int64_t began = now_us();

	o->err = arena_run(thread->arena, extract, &run);
	if (o->err == OK)
		o->err = keep(o, &run);
	if (o->err != OK)
		explain(o);
	o->took_us = now_us() - began;
	arena_reset(thread->arena);
}

/* The next article, or NULL when the pool closes. */
static struct task *
take(struct pool *p)
{
	struct task *t = NULL;

	pthread_mutex_lock(&p->lock);
	while (p->first == NULL && !p->closing)
		pthread_cond_wait(&p->more, &p->lock);
	if (!p->closing) {
		t = p->first;
		p->first = t->next;
		if (p->first == NULL)
			p->last = &p->first;
	}
	pthread_mutex_unlock(&p->lock);
	return t;
}

static void
hand_out(struct pool *p, struct outcome *o)
{
	pthread_mutex_lock(&p->lock);
	if (p->done == NULL) {
		int failed = eventfd_write(p->fd, 1);
		assert(failed == 0); /* it counts to one */
	}
	*p->done_last = o;
	p->done_last = &o->next;
	pthread_mutex_unlock(&p->lock);
}

static void *
run_thread(void *arg)
{
	struct thread *thread = arg;
	struct task *t;

	while ((t = take(thread->pool)) != NULL) {
		work_on(thread, t);
		hand_out(thread->pool, t->outcome);
		free(t);
	}
	return NULL;
}

static enum err
start_thread(struct pool *p, struct thread *thread)
{
	enum err e;

	thread->pool = p;
	if ((thread->arena = arena_new(ARENA_CAP)) == NULL)
		return err_set(ERR_NOMEM,
		               "no address space for an engine thread's arena; "
		               "start fewer --threads");
	if ((e = p->work.scratch_open(p->work.shared, &thread->scratch)) != OK)
		goto no_scratch;
	if (pthread_create(&thread->id, NULL, run_thread, thread) != 0) {
		e = err_set(ERR_NOMEM, "the system gives no more threads; "
		                       "start fewer --threads");
		goto no_thread;
	}
	return OK;
no_thread:
	p->work.scratch_close(thread->scratch);
no_scratch:
	arena_free(thread->arena);
	return e;
}

enum err
pool_open(const struct work *work, unsigned threads, struct pool **ret)
{
	enum err e = OK;
	struct pool *p = calloc(1, sizeof *p + threads * sizeof p->threads[0]);

	if (p == NULL)
		return err_set(ERR_NOMEM, "no memory for %u threads", threads);
	p->work = *work;
	p->last = &p->first;
	p->done_last = &p->done;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->more, NULL);
	if ((p->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
		e = err_set(ERR_IO, "no descriptor for the pool: %m");
	while (e == OK && p->n < threads)
		if ((e = start_thread(p, &p->threads[p->n])) == OK)
			p->n++;
	if (e != OK) {
		pool_close(p);
		return e;
	}
	*ret = p;
	return OK;
}

static void
stop_threads(struct pool *p)
{
	pthread_mutex_lock(&p->lock);
	p->closing = true;
	pthread_cond_broadcast(&p->more);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->n; i++) {
		pthread_join(p->threads[i].id, NULL);
		p->work.scratch_close(p->threads[i].scratch);
		arena_free(p->threads[i].arena);
	}
}

void
pool_close(struct pool *p)
{
	if (p == NULL)
		return;
	stop_threads(p);
	for (struct task *t = p->first, *next; t != NULL; t = next) {
		next = t->next;
		task_free(t);
	}
	for (struct outcome *o = p->done, *next; o != NULL; o = next) {
		next = o->next;
		outcome_free(o);
	}
	if (p->fd >= 0)
		close(p->fd);
	pthread_cond_destroy(&p->more);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

static struct task *
task_new(struct wire_held lease, const struct body *article)
{
	struct task *t = malloc(sizeof *t + article->data.n);
	struct outcome *o = calloc(1, sizeof *o);

	if (t == NULL || o == NULL) {
		free(t);
		free(o);
		return NULL;
	}
	o->lease = lease;
	*t = (struct task){ .outcome = o, .article = *article };
	if (article->data.n > 0)
		memcpy(t->bytes, article->data.v, article->data.n);
	t->article.data.v = t->bytes;
	return t;
}

enum err
pool_give(struct pool *p, struct wire_held lease, const struct body *article)
{
	struct task *t = task_new(lease, article);

	if (t == NULL)
		return err_set(ERR_NOMEM, "no memory for an article of %zu bytes",
		               article->data.n);
	pthread_mutex_lock(&p->lock);
	*p->last = t;
	p->last = &t->next;
	pthread_cond_signal(&p->more);
	pthread_mutex_unlock(&p->lock);
	return OK;
}

bool
pool_withdraw(struct pool *p, struct wire_held lease)
{
	struct task **at, *t;

	pthread_mutex_lock(&p->lock);
	for (at = &p->first; (t = *at) != NULL; at = &t->next)
		if (t->outcome->lease.job == lease.job &&
		    t->outcome->lease.fence == lease.fence)
			break;
	if (t != NULL) {
		*at = t->next;
		if (p->last == &t->next)
			p->last = at;
	}
	pthread_mutex_unlock(&p->lock);
	if (t != NULL)
		task_free(t);
	return t != NULL;
}

struct outcome *
pool_next(struct pool *p)
{
	struct outcome *o;
	eventfd_t count;

	pthread_mutex_lock(&p->lock);
	if ((o = p->done) != NULL && (p->done = o->next) == NULL) {
		int failed = eventfd_read(p->fd, &count);
		assert(failed == 0); /* see invariant 2 */
		p->done_last = &p->done;
	}
	pthread_mutex_unlock(&p->lock);
	if (o != NULL)
		o->next = NULL;
	return o;
}

int
pool_fd(const struct pool *p)
{
	return p->fd;
}
