/*
 * Orders: a person, or a program for one, wants something done with jobs that are
 * there.  Kick: try it again from the start.  Cancel: never mind.  Purge: forget it.
 * And with tenants, or with all of them: pause, drain, resume.
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
	[WIRE_PURGE_JOBS] = JOB_PURGE,
};

static const char *const names[WIRE_ACTS] = {
	[WIRE_KICK_JOBS] = "kick",   [WIRE_CANCEL_JOBS] = "cancel",
	[WIRE_PURGE_JOBS] = "purge", [WIRE_PAUSE] = "pause",
	[WIRE_DRAIN] = "drain",      [WIRE_RESUME] = "resume",
};

static void
log_order(const struct wire_outcome *o, enum wire_act act)
{
	log_info("job=%" PRIu64 " state=%s order=%s", o->id, wire_state_name(o->state),
	         names[act]);
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
	ret->state = state == JOB_NONE ? WIRE_UNKNOWN : (enum wire_state)state;
	if (!ret->changed)
		return OK;
	log_order(ret, act);
	if (act == WIRE_CANCEL_JOBS)
		workers_cancel(b, id);
	if (act != WIRE_KICK_JOBS)
		broker_ended(b, id, false);
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

/* The next lot of what is to go; who waits for it hears that it is unknown. */
static enum err
purge(struct broker *b, const struct wire_client *m, struct wire_broker *answer)
{
	uint64_t *ids = arena_raw(b->arena, STORE_PURGE_MAX * sizeof *ids);
	size_t n = 0;
	enum err e = store_purge(b->store, &m->selection, ids, &n, &answer->ordered.next);

	for (size_t i = 0; i < n && e == OK; i++)
		broker_ended(b, ids[i], false);
	answer->ordered.changed = n;
	if (n > 0)
		log_info("order=purge jobs=%zu", n);
	return e;
}

/* Valves: of the selection's tenant, or of everything. */
static enum err
turn(struct broker *b, const struct wire_client *m, struct wire_broker *answer)
{
	static const bool turns[WIRE_ACTS][VALVES] = {
		[WIRE_PAUSE] = { [VALVE_DEALING] = true },
		[WIRE_DRAIN] = { [VALVE_INTAKE] = true },
		[WIRE_RESUME] = { [VALVE_DEALING] = true, [VALVE_INTAKE] = true },
	};
	const char *tenant = m->selection.all_tenants ? NULL : m->selection.tenant;
	int64_t since_ms = m->act == WIRE_RESUME ? 0 : b->utc_ms;
	bool changed = false;
	enum err e = OK;

	for (int v = 0; v < VALVES && e == OK; v++)
		if (turns[m->act][v]) {
			e = store_turn(b->store, tenant, (enum valve)v, since_ms,
			               &changed);
			answer->ordered.changed += changed;
		}
	if (e == OK && answer->ordered.changed > 0)
		log_info("order=%s tenant=%s", names[m->act],
		         tenant == NULL ? "(all)" : tenant);
	return e;
}

static enum err (*const by_selection[WIRE_ACTS])(struct broker *,
                                                 const struct wire_client *,
                                                 struct wire_broker *) = {
	[WIRE_KICK_JOBS] = kick_dead, [WIRE_PURGE_JOBS] = purge, [WIRE_PAUSE] = turn,
	[WIRE_DRAIN] = turn,          [WIRE_RESUME] = turn,
};

enum err
orders_take(struct broker *b, const struct peer_id *from, const struct wire_client *m)
{
	struct wire_broker answer = { .request = m->request, .what = WIRE_ORDERED };
	enum err e = OK;

	if (m->query.n > 0)
		e = order_list(b, m, &answer);
	else if (by_selection[m->act] != NULL)
		e = by_selection[m->act](b, m, &answer);
	if (e == OK)
		broker_answer(b, PORT_CLIENTS, from, &answer);
	return e;
}
