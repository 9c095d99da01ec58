/*
 * Workers and clients, found by name in trees of libc's, and in lists.
 *
 *  1. A peer stands in its tree and in its list, or in neither.
 *  2. No two workers have one name; the later of one session is found by it.
 */
#include "peers.h"

#include <assert.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

struct peers {
	size_t max;
	uint64_t joined;
	void *worker_names, *client_names;
	size_t n_workers, n_clients;
	struct workers workers;
	struct clients clients;
};

/* Both kinds begin with their name. */
_Static_assert(offsetof(struct worker, id) == 0 && offsetof(struct client, id) == 0,
               "a peer is found by its first member");

static int
by_name(const void *a, const void *b)
{
	const struct peer_id *x = a, *y = b;

	if (x->n != y->n)
		return x->n - y->n;
	return memcmp(x->v, y->v, x->n);
}

struct peers *
peers_new(size_t max)
{
	struct peers *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->max = max;
	TAILQ_INIT(&p->workers);
	TAILQ_INIT(&p->clients);
	return p;
}

void
peers_free(struct peers *p)
{
	if (p == NULL)
		return;
	tdestroy(p->worker_names, free);
	tdestroy(p->client_names, free);
	free(p);
}

struct workers *
peers_workers(struct peers *p)
{
	return &p->workers;
}

struct clients *
peers_clients(struct peers *p)
{
	return &p->clients;
}

size_t
peers_count_workers(const struct peers *p)
{
	return p->n_workers;
}

size_t
peers_count_clients(const struct peers *p)
{
	return p->n_clients;
}

static void *
find(void *const *names, const struct peer_id *id)
{
	void **at = tfind(id, names, by_name);

	return at == NULL ? NULL : *at;
}

struct worker *
peers_worker(struct peers *p, const struct peer_id *id)
{
	return find(&p->worker_names, id);
}

struct client *
peers_client(struct peers *p, const struct peer_id *id)
{
	return find(&p->client_names, id);
}

struct worker *
peers_session(struct peers *p, uint64_t session)
{
	struct worker *w;

	TAILQ_FOREACH(w, &p->workers, all)
	if (w->session == session)
		return w;
	return NULL;
}

struct worker *
peers_numbered(struct peers *p, uint64_t number)
{
	struct worker *w;

	TAILQ_FOREACH(w, &p->workers, all)
	if (w->number == number)
		return w;
	return NULL;
}

/* A new peer under its name in a tree.  It is freed if it cannot be. */
static enum err
enter(struct peers *p, void **names, struct peer_id *peer, const struct peer_id *id)
{
	bool full = p->n_workers + p->n_clients >= p->max;
	void **at = NULL;

	if (peer != NULL && !full) {
		*peer = *id;
		at = tsearch(peer, names, by_name);
	}
	if (at != NULL) {
		assert(*at == peer);
		return OK;
	}
	free(peer);
	if (full)
		err_set(ERR_BUSY, "there are %zu peers already", p->max);
	else
		err_set(ERR_NOMEM, "no memory for another peer");
	return full ? ERR_BUSY : ERR_NOMEM;
}

enum err
peers_join(struct peers *p, const struct peer_id *id, uint64_t session,
           struct worker **ret)
{
	struct worker *w = calloc(1, sizeof *w);
	enum err e = enter(p, &p->worker_names, w == NULL ? NULL : &w->id, id);

	if (e != OK)
		return e;
	w->number = ++p->joined;
	w->session = session;
	TAILQ_INSERT_TAIL(&p->workers, w, all);
	p->n_workers++;
	*ret = w;
	return OK;
}

enum err
peers_meet(struct peers *p, const struct peer_id *id, struct client **ret)
{
	struct client *c = calloc(1, sizeof *c);
	enum err e = enter(p, &p->client_names, c == NULL ? NULL : &c->id, id);

	if (e != OK)
		return e;
	TAILQ_INSERT_TAIL(&p->clients, c, all);
	p->n_clients++;
	*ret = c;
	return OK;
}

void
peers_leave(struct peers *p, struct worker *w)
{
	tdelete(w, &p->worker_names, by_name);
	TAILQ_REMOVE(&p->workers, w, all);
	p->n_workers--;
	free(w);
}

void
peers_forget(struct peers *p, struct client *c)
{
	tdelete(c, &p->client_names, by_name);
	TAILQ_REMOVE(&p->clients, c, all);
	p->n_clients--;
	free(c);
}

struct worker *
peers_next(struct peers *p)
{
	struct worker *w;

	TAILQ_FOREACH(w, &p->workers, all)
	if (w->credit > 0 && !w->gone && !w->barred)
		break;
	if (w != NULL) {
		TAILQ_REMOVE(&p->workers, w, all);
		TAILQ_INSERT_TAIL(&p->workers, w, all);
	}
	return w;
}

uint64_t
peers_threads(struct peers *p)
{
	struct worker *w;
	uint64_t n = 0;

	TAILQ_FOREACH(w, &p->workers, all)
	n += w->threads;
	return n;
}

uint64_t
peers_credit(struct peers *p)
{
	struct worker *w;
	uint64_t n = 0;

	TAILQ_FOREACH(w, &p->workers, all)
	n += w->gone || w->barred ? 0 : w->credit;
	return n;
}

size_t
peers_dealt_to(struct peers *p)
{
	struct worker *w;
	size_t n = 0;

	TAILQ_FOREACH(w, &p->workers, all)
	n += !w->barred;
	return n;
}

size_t
peers_count_at(struct peers *p, const char *address)
{
	struct worker *w;
	struct client *c;
	size_t n = 0;

	TAILQ_FOREACH(w, &p->workers, all)
	n += strcmp(w->address, address) == 0;
	TAILQ_FOREACH(c, &p->clients, all)
	n += strcmp(c->address, address) == 0;
	return n;
}
