/*
 * Orders: a person, or a program for one, wants something done with jobs that are
 * there.  Kick: try it again from the start.  Cancel: never mind.
 *
 *  1. An order is answered by a letter, which leaves after the commit, like every
 *     promise of the broker; so what was said to be kicked is kicked after a crash.
 *  2. An order given twice does no harm: the second changes nothing.
 *  3. What names no jobs but selects them is done in lots, so that no turn is long;
 *     the answer says where to go on.
 */
#include <inttypes.h>

#include "broker/state.h"
#include "log.h"

static const enum job_event events[] = {
	[WIRE_KICK_JOBS] = JOB_KICK,
	[WIRE_CANCEL_JOBS] = JOB_CANCEL,
};

static void
log_order(const struct wire_outcome *o, enum wire_act act)
{
	log_info("job=%" PRIu64 " state=%s order=%s", o->id, wire_state_name(o->state),
	         act == WIRE_KICK_JOBS ? "kick" : "cancel");
}

/* One job, by its number. */
static enum err
order(struct broker *b, enum wire_act act, uint64_t id, struct wire_outcome *ret)
{
	enum job_state state = JOB_READY;
	enum err e =
	    store_order(b->store, id, events[act], b->utc_ms, &ret->changed, &state);

	if (e != OK)
		return e;
	ret->id = id;
	ret->state = (enum wire_state)state;
	if (!ret->changed)
		return OK;
	log_order(ret, act);
	if (act == WIRE_CANCEL_JOBS) {
		workers_cancel(b, id);
		broker_ended(b, id, false);
	}
	return OK;
}

/* One job, as it was named; a job that is none is an outcome too. */
static enum err
order_named(struct broker *b, enum wire_act act, const struct wire_reference *ref,
            struct wire_outcome *ret)
{
	uint64_t id = ref->id;
	enum err e = OK;

	*ret = (struct wire_outcome){ .state = WIRE_UNKNOWN };
	if (id == 0)
		e = store_find(b->store, ref->tenant, ref->key, &id);
	if (e == OK)
		e = order(b, act, id, ret);
	return e == ERR_NOT_FOUND ? OK : e;
}

static enum err
order_list(struct broker *b, const struct wire_client *m, struct wire_broker *answer)
{
	struct wire_outcome *v = arena_alloc(b->arena, (m->query.n + 1) * sizeof *v);
	enum err e = OK;

	answer->ordered.v = v;
	for (size_t i = 0; i < m->query.n && e == OK; i++) {
		e = order_named(b, m->act, &m->query.v[i], &v[i]);
		answer->ordered.n++;
		answer->ordered.changed += v[i].changed;
	}
	return e;
}

/* The next lot of the dead. */
static enum err
kick_dead(struct broker *b, const struct wire_client *m, struct wire_broker *answer)
{
	uint64_t *ids = arena_raw(b->arena, STORE_DEAD_MAX * sizeof *ids);
	struct wire_outcome outcome;
	size_t n = 0;
	enum err e = store_dead(b->store, &m->selection, ids, &n, &answer->ordered.next);

	for (size_t i = 0; i < n && e == OK; i++) {
		outcome = (struct wire_outcome){ 0 };
		e = order(b, m->act, ids[i], &outcome);
		answer->ordered.changed += outcome.changed;
	}
	return e;
}

enum err
orders_take(struct broker *b, const struct peer_id *from, const struct wire_client *m)
{
	struct wire_broker answer = { .request = m->request, .what = WIRE_ORDERED };
	enum err e = OK;

	if (m->query.n > 0)
		e = order_list(b, m, &answer);
	else if (m->act == WIRE_KICK_JOBS)
		e = kick_dead(b, m, &answer);
	if (e == OK)
		broker_answer(b, PORT_CLIENTS, from, &answer);
	return e;
}
