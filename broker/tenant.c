/*
 * Tenants.
 *
 *  1. A tenant is in the line when it has something ready and is not paused.
 *  2. It is on the list of the idle when it has nothing unfinished and nothing of it
 *     is shut; the longest idle is the first to be forgotten.
 */
#include "broker/tenant.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

enum { IDLE_MAX = 4096 };

TAILQ_HEAD(tenant_list, tenant);

struct tenants {
	void *by_name;
	struct tenant_list turns, idle;
	uint64_t n, n_idle, ready;
	uint64_t shut[VALVES]; /* tenants */
};

static int
by_name(const void *a, const void *b)
{
	const struct tenant *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void
discard(void *tenant)
{
	free(((struct tenant *)tenant)->name);
	free(tenant);
}

struct tenants *
tenants_new(void)
{
	struct tenants *t = calloc(1, sizeof *t);

	if (t != NULL) {
		TAILQ_INIT(&t->turns);
		TAILQ_INIT(&t->idle);
	}
	return t;
}

void
tenants_free(struct tenants *t)
{
	if (t == NULL)
		return;
	tdestroy(t->by_name, discard);
	free(t);
}

/* Onto the lists where it belongs by now, and off the others. */
static void
place(struct tenants *t, struct tenant *x)
{
	bool in_turn = x->ready > 0 && x->shut[VALVE_DEALING] == 0;
	bool idle = x->unfinished == 0 && x->shut[VALVE_DEALING] == 0 &&
	            x->shut[VALVE_INTAKE] == 0;

	if (in_turn && !x->in_turn)
		TAILQ_INSERT_TAIL(&t->turns, x, turn);
	if (!in_turn && x->in_turn)
		TAILQ_REMOVE(&t->turns, x, turn);
	if (idle && !x->is_idle)
		TAILQ_INSERT_TAIL(&t->idle, x, idle);
	if (!idle && x->is_idle)
		TAILQ_REMOVE(&t->idle, x, idle);
	t->n_idle += (uint64_t)idle - (uint64_t)x->is_idle;
	x->in_turn = in_turn;
	x->is_idle = idle;
}

static void
forget_some(struct tenants *t)
{
	while (t->n_idle > IDLE_MAX) {
		struct tenant *x = TAILQ_FIRST(&t->idle);

		TAILQ_REMOVE(&t->idle, x, idle);
		tdelete(x, &t->by_name, by_name);
		discard(x);
		t->n_idle--;
		t->n--;
	}
}

static enum err
no_memory(struct tenant *half)
{
	if (half != NULL)
		discard(half);
	return err_set(ERR_NOMEM, "no memory for another tenant");
}

enum err
tenants_get(struct tenants *t, const char *name, struct tenant **ret)
{
	const struct tenant key = { .name = (char *)name };
	struct tenant **at = tfind(&key, &t->by_name, by_name), *x;

	if (at != NULL) {
		*ret = *at;
		return OK;
	}
	forget_some(t);
	if ((x = calloc(1, sizeof *x)) == NULL || (x->name = strdup(name)) == NULL ||
	    tsearch(x, &t->by_name, by_name) == NULL)
		return no_memory(x);
	t->n++;
	place(t, x);
	*ret = x;
	return OK;
}

static bool
is_unfinished(enum job_state s)
{
	return s == JOB_READY || s == JOB_DELAYED || s == JOB_LEASED;
}

/* A row that says something else than it did is a disk's fault, and nobody's end. */
static void
take_off(uint64_t *from, uint64_t n)
{
	*from -= *from < n ? *from : n;
}

void
tenants_count(struct tenants *t, struct tenant *x, enum job_state from, enum job_state to,
              uint64_t bytes)
{
	if (is_unfinished(from)) {
		take_off(&x->unfinished, 1);
		take_off(&x->bytes, bytes);
	}
	if (from == JOB_READY && x->shut[VALVE_DEALING] == 0)
		take_off(&t->ready, 1);
	if (from == JOB_READY)
		take_off(&x->ready, 1);
	tenants_add(t, x, to, 1, bytes);
}

void
tenants_add(struct tenants *t, struct tenant *x, enum job_state state, uint64_t jobs,
            uint64_t bytes)
{
	if (is_unfinished(state)) {
		x->unfinished += jobs;
		x->bytes += bytes;
	}
	if (state == JOB_READY) {
		x->ready += jobs;
		t->ready += x->shut[VALVE_DEALING] == 0 ? jobs : 0;
	}
	place(t, x);
}

void
tenants_shut(struct tenants *t, struct tenant *x, enum valve valve, int64_t since_ms)
{
	if (valve == VALVE_DEALING && x->shut[valve] == 0 && since_ms != 0)
		t->ready -= x->ready;
	if (valve == VALVE_DEALING && x->shut[valve] != 0 && since_ms == 0)
		t->ready += x->ready;
	t->shut[valve] += (uint64_t)(since_ms != 0) - (uint64_t)(x->shut[valve] != 0);
	x->shut[valve] = since_ms;
	place(t, x);
}

uint64_t
tenants_shut_now(const struct tenants *t, enum valve valve)
{
	return t->shut[valve];
}

struct tenant *
tenants_next(struct tenants *t)
{
	struct tenant *x = TAILQ_FIRST(&t->turns);

	if (x == NULL)
		return NULL;
	TAILQ_REMOVE(&t->turns, x, turn);
	TAILQ_INSERT_TAIL(&t->turns, x, turn);
	return x;
}

uint64_t
tenants_ready(const struct tenants *t)
{
	return t->ready;
}

uint64_t
tenants_known(const struct tenants *t)
{
	return t->n;
}
