/*
 * What clients ask for.
 *
 * Get, Wait and Watch become feeds, which clients_feed serves from what is committed.
 * Submissions are for intake.c, orders for orders.c.
 */
#include <stdlib.h>
#include <string.h>

#include "broker/content.h"
#include "broker/state.h"
#include "log.h"
#include "wire.h"

#define SOFTWARE "hearsay-broker " HEARSAY_VERSION

enum {
	FEED_BYTES = 256 << 10, /* of a message; one job may be more */
	FEED_JOBS = 256,
	FEED_LOOKS = 1024, /* of a watch, at what others ended too */
	RETRY_MS = 50,     /* of a client that had no room */
	WAITS_FULL_MS = 1000,
	DISK_FULL_MS = 2000,
	SILENT_BEATS = 12,
};

static struct wire_broker
to(const struct wire_client *m, enum wire_broker_what what)
{
	return (struct wire_broker){ .request = m->request, .what = what };
}

/* Refuse a request as a whole, for now or for good. */
static void
refuse(struct broker *b, const struct client *c, const struct wire_client *m,
       enum wire_refusal_code code, uint32_t retry_after_ms, const char *reason)
{
	struct wire_broker answer = to(m, WIRE_REFUSAL);

	answer.refusal = (struct wire_refusal){ .code = code,
		                                .reason = reason,
		                                .retry_after_ms = retry_after_ms };
	broker_answer(b, PORT_CLIENTS, &c->id, &answer);
}

/* --------------------------------------------------------------------- asking */

/* A key that is bound to a tenant sees no job of another. */
static enum err
hide_others(struct broker *b, struct feed_item *item)
{
	struct wire_job job;
	enum err e;

	if (!b->pass.who.bound || item->id == 0)
		return OK;
	e = store_job(b->store, b->arena, item->id, (struct store_wish){ 0 }, &job);
	if (e == OK && strcmp(job.tenant, b->pass.who.tenant) != 0)
		e = ERR_NOT_FOUND;
	return e;
}

/* Which job is meant, and whether there is nothing to wait for. */
static enum err
resolve(struct broker *b, const struct wire_reference *ref, bool wait,
        struct feed_item *ret)
{
	enum job_state state = JOB_READY;
	enum err e = OK;

	*ret = (struct feed_item){
		.id = ref->id, .asked = ref->id, .key = ref->key, .tenant = ref->tenant
	};
	if (ref->id == 0)
		e = store_find(b->store, ref->tenant, ref->key, &ret->id);
	if (e == OK)
		e = hide_others(b, ret);
	if (e == OK && (wait || ref->id != 0))
		e = store_state(b->store, ret->id, &state);
	if (e == ERR_NOT_FOUND)
		ret->id = 0;
	ret->due = !wait || ret->id == 0 || job_ended(state);
	return e == ERR_NOT_FOUND ? OK : e;
}

static struct store_wish
wish(const struct wire_query *q)
{
	return (struct store_wish){ .extraction = q->with_extraction,
		                    .article = q->with_article };
}

static bool
has_place(struct broker *b, struct client *c, const struct wire_client *m)
{
	if (b->n_feeds < (uint64_t)b->set->max_waits)
		return true;
	refuse(b, c, m, WIRE_REFUSAL_BUSY, WAITS_FULL_MS,
	       "too many clients are waiting already");
	return false;
}

static void
start(struct broker *b, struct client *c, const struct wire_client *m, struct feed *feed)
{
	feed->request = m->request;
	feed->with = wish(&m->query);
	feed->why = m->query.with_why;
	b->n_feeds++;
	c->feeds++;
}

static enum err
ask(struct broker *b, struct client *c, const struct wire_client *m)
{
	bool wait = m->what == WIRE_WAIT;
	struct feed_item *items = arena_alloc(b->arena, (m->query.n + 1) * sizeof *items);
	struct feed *feed;
	enum err e = OK;

	if (!has_place(b, c, m))
		return OK;
	for (size_t i = 0; i < m->query.n && e == OK; i++)
		e = resolve(b, &m->query.v[i], wait, &items[i]);
	if (e == OK)
		e = feed_list(&b->feeds, &c->id, items, m->query.n, &feed);
	if (e != OK)
		return e;
	start(b, c, m, feed);
	if (wait)
		feed->deadline_ms = b->served_ms + m->query.timeout_ms;
	return OK;
}

/* The next lot of a selection of dead letters, as a list that is due at once. */
static enum err
dead(struct broker *b, struct client *c, const struct wire_client *m)
{
	uint64_t *ids = arena_raw(b->arena, STORE_DEAD_MAX * sizeof *ids), next = 0;
	struct feed_item *items = arena_raw(b->arena, STORE_DEAD_MAX * sizeof *items);
	struct feed *feed;
	size_t n = 0;
	enum err e;

	if (!has_place(b, c, m))
		return OK;
	if ((e = store_dead(b->store, &m->selection, ids, &n, &next)) != OK)
		return e;
	for (size_t i = 0; i < n; i++)
		items[i] = (struct feed_item){ .id = ids[i],
			                       .asked = ids[i],
			                       .key = "",
			                       .tenant = "",
			                       .due = true };
	if ((e = feed_list(&b->feeds, &c->id, items, n, &feed)) != OK)
		return e;
	start(b, c, m, feed);
	feed->next = next;
	return OK;
}

static enum err
watch(struct broker *b, struct client *c, const struct wire_client *m)
{
	uint64_t newest = store_sequence(b->store);
	struct feed *feed;
	enum err e;

	if (m->query.after > newest) {
		refuse(b, c, m, WIRE_REFUSAL_OTHER, 0,
		       "no job has this sequence number yet: was it another broker's?");
		return OK;
	}
	if (!has_place(b, c, m))
		return OK;
	e = feed_watch(&b->feeds, &c->id, m->query.from_now ? newest : m->query.after,
	               b->pass.who.bound ? b->pass.who.tenant : NULL, &feed);
	if (e == OK)
		start(b, c, m, feed);
	return e;
}

static uint64_t
done_lately(const struct broker *b)
{
	uint64_t n = 0;

	for (int i = 0; i < MINUTE; i++)
		n += b->done[i];
	return n;
}

static enum err
stats(struct broker *b, struct client *c, const struct wire_client *m)
{
	struct wire_broker answer = to(m, WIRE_STATS_ANSWER);
	int64_t oldest = b->utc_ms;
	enum err e = store_oldest(b->store, &oldest);

	if (e != OK && e != ERR_NOT_FOUND)
		return e;
	answer.stats = (struct wire_stats){
		.ready = store_count(b->store, JOB_READY),
		.delayed = store_count(b->store, JOB_DELAYED),
		.leased = store_count(b->store, JOB_LEASED),
		.done = store_count(b->store, JOB_DONE),
		.dead = store_count(b->store, JOB_DEAD),
		.cancelled = store_count(b->store, JOB_CANCELLED),
		.workers = peers_count_workers(b->peers),
		.threads = peers_threads(b->peers),
		.clients = peers_count_clients(b->peers),
		.oldest_ready_ms =
		    oldest < b->utc_ms ? (uint64_t)(b->utc_ms - oldest) : 0,
		.done_per_minute = done_lately(b),
		.uptime_ms = (uint64_t)(b->steady_ms - b->start_ms),
		.software = SOFTWARE,
		.sequence = store_sequence(b->store),
		.paused_ms = (uint64_t)store_shut_since(b->store, VALVE_DEALING),
		.draining_ms = (uint64_t)store_shut_since(b->store, VALVE_INTAKE),
		.paused_tenants = store_shut_tenants(b->store, VALVE_DEALING),
		.draining_tenants = store_shut_tenants(b->store, VALVE_INTAKE),
	};
	broker_answer(b, PORT_CLIENTS, &c->id, &answer);
	return OK;
}

static enum err
submit(struct broker *b, struct client *c, const struct wire_client *m)
{
	return intake_take(b, &c->id, m);
}

static enum err
order(struct broker *b, struct client *c, const struct wire_client *m)
{
	if (b->full) {
		refuse(b, c, m, WIRE_REFUSAL_BUSY, DISK_FULL_MS,
		       "the broker's disk is full: make room there");
		return OK;
	}
	return orders_take(b, &c->id, m);
}

static enum err
backup(struct broker *b, struct client *c, const struct wire_client *m)
{
	return copies_take(b, &c->id, m);
}

static enum err
heartbeat(struct broker *b, struct client *c, const struct wire_client *m)
{
	const struct wire_broker answer = to(m, WIRE_BROKER_HEARTBEAT);

	broker_answer(b, PORT_CLIENTS, &c->id, &answer);
	return OK;
}

/* ------------------------------------------------------------------- messages */

static enum err (*const handlers[])(struct broker *, struct client *,
                                    const struct wire_client *) = {
	[WIRE_SUBMIT] = submit,  [WIRE_GET] = ask,
	[WIRE_WAIT] = ask,       [WIRE_WATCH] = watch,
	[WIRE_STATS] = stats,    [WIRE_CLIENT_HEARTBEAT] = heartbeat,
	[WIRE_LIST_DEAD] = dead, [WIRE_ORDER] = order,
	[WIRE_BACKUP] = backup,
};

enum err
clients_message(struct broker *b, const struct peer_id *from, struct bytes message)
{
	struct client *c = peers_client(b->peers, from);
	struct wire_client m = { 0 };
	enum err e = OK;

	if (c == NULL && (e = broker_check_crowd(b)) == OK)
		e = peers_meet(b->peers, from, &c);
	if (e == OK)
		e = wire_client_read(b->arena, message, &m);
	if (e == OK)
		e = access_client(&b->pass, &m);
	b->request = m.request;
	if (c != NULL) {
		c->heard_ms = b->served_ms;
		c->keyed = !b->pass.open;
		c->key = b->pass.who.key;
		memcpy(c->address, b->pass.address, sizeof c->address);
	}
	if (e == ERR_NOMEM)
		return e;
	if (e != OK) {
		broker_refuse(b, PORT_CLIENTS, from, m.request, e);
		return OK;
	}
	return handlers[m.what](b, c, &m);
}

/* ---------------------------------------------------------------------- feeds */

static void
end_feed(struct broker *b, struct feed *feed)
{
	struct client *c = peers_client(b->peers, &feed->client);

	if (c != NULL)
		c->feeds--;
	b->n_feeds--;
	feed_close(&b->feeds, feed);
}

/* The job of a list's item, which may be none, or none any more. */
static enum err
read_item(struct broker *b, const struct feed *feed, const struct feed_item *item,
          struct wire_job *ret)
{
	enum err e;

	if (item->id != 0) {
		e = store_job(b->store, b->arena, item->id, feed->with, ret);
		if (e != ERR_NOT_FOUND)
			return e == OK && feed->why ? why_explain(b, ret) : e;
	}
	*ret = (struct wire_job){ .id = item->asked,
		                  .state = WIRE_UNKNOWN,
		                  .key = item->key,
		                  .tenant = item->tenant };
	return OK;
}

struct helping {
	size_t n;
	struct wire_job jobs[FEED_JOBS];
	uint64_t after; /* of a watch, with these jobs told */
};

/* What comes next of a list. */
static enum err
help_list(struct broker *b, struct feed *feed, struct helping *h)
{
	size_t begin = arena_mark(b->arena), told = feed->n_told;
	const struct feed_item *item;
	enum err e = OK;

	while (h->n < FEED_JOBS && arena_mark(b->arena) - begin < FEED_BYTES &&
	       (item = feed_next(feed)) != NULL && e == OK) {
		e = read_item(b, feed, item, &h->jobs[h->n]);
		h->n += e == OK;
		feed->n_told++;
	}
	feed->n_told = told; /* not before it has been sent */
	return e;
}

static enum err
help_watch(struct broker *b, struct feed *feed, struct helping *h)
{
	size_t begin = arena_mark(b->arena);
	uint64_t id = 0;
	enum err e = OK;

	h->after = feed->after;
	for (int i = 0; i < FEED_LOOKS && h->n < FEED_JOBS &&
	                arena_mark(b->arena) - begin < FEED_BYTES &&
	                (e = store_ended(b->store, h->after, &id)) == OK;
	     i++) {
		struct wire_job *job = &h->jobs[h->n];

		if ((e = store_job(b->store, b->arena, id, feed->with, job)) != OK)
			return e;
		h->after = job->sequence;
		h->n += feed->only == NULL || strcmp(job->tenant, feed->only) == 0;
	}
	return e == ERR_NOT_FOUND ? OK : e;
}

/* It has been sent, or could not be. */
static void
helped(struct broker *b, struct feed *feed, const struct helping *h, enum err e)
{
	if (e == ERR_BUSY) {
		feed->retry_ms = b->served_ms + RETRY_MS;
		return;
	}
	if (e != OK) {
		struct client *c = peers_client(b->peers, &feed->client);

		if (c != NULL)
			c->gone = true; /* and its feeds, once nobody walks over them */
		return;
	}
	if (feed->watch)
		feed->after = h->after;
	else
		feed_told(feed, h->n);
	if (feed_is_over(feed))
		end_feed(b, feed);
	else
		b->again |= h->n > 0;
}

static enum err
help(struct broker *b, struct feed *feed)
{
	struct helping *h = arena_raw(b->arena, sizeof *h);
	struct wire_broker m = { .request = feed->request, .what = WIRE_JOBS };
	enum err e;

	h->n = 0;
	e = feed->watch ? help_watch(b, feed, h) : help_list(b, feed, h);
	if (e != OK)
		return e;
	if (h->n == 0 && feed->watch) { /* only other tenants' */
		feed->after = h->after;
		b->again = true;
	}
	if (h->n == 0 && !feed_is_over(feed))
		return OK;
	m.jobs.n = h->n;
	m.jobs.v = h->jobs;
	m.jobs.more = feed->watch || feed->n_told + h->n < feed->n;
	m.jobs.next = m.jobs.more ? 0 : feed->next;
	e = ports_send(b->ports, PORT_CLIENTS, &feed->client,
	               wire_broker_write(b->arena, &m));
	helped(b, feed, h, e);
	return OK;
}

static bool
is_hungry(struct broker *b, const struct feed *feed)
{
	const struct client *c = peers_client(b->peers, &feed->client);

	if (c == NULL || c->gone || feed->retry_ms > b->served_ms)
		return false;
	if (feed->watch)
		return feed->after < store_sequence(b->store);
	return feed->n_told < feed->n_due || feed->n == 0;
}

/* A client that is not there any more, with what it is owed. */
static void
forget(struct broker *b, struct client *c)
{
	struct feed *feed = TAILQ_FIRST(&b->feeds), *next;

	for (; feed != NULL && c->feeds > 0; feed = next) {
		next = TAILQ_NEXT(feed, all);
		if (peers_client(b->peers, &feed->client) == c)
			end_feed(b, feed);
	}
	peers_forget(b->peers, c);
}

static void
forget_gone(struct broker *b)
{
	struct client *c = TAILQ_FIRST(peers_clients(b->peers)), *next;

	for (; c != NULL; c = next) {
		next = TAILQ_NEXT(c, all);
		if (c->gone)
			forget(b, c);
	}
}

enum err
clients_feed(struct broker *b)
{
	struct feed *feed = TAILQ_FIRST(&b->feeds), *next;
	enum err e = OK;

	for (; feed != NULL && e == OK; feed = next) {
		size_t mark = arena_mark(b->arena);

		next = TAILQ_NEXT(feed, all);
		if (is_hungry(b, feed))
			e = help(b, feed);
		arena_release(b->arena, mark);
	}
	forget_gone(b);
	return e;
}

void
clients_lost(struct broker *b, const struct peer_id *id)
{
	struct client *c = peers_client(b->peers, id);

	if (c != NULL)
		c->gone = true;
}

void
clients_put_off(struct broker *b, const char *why, uint32_t retry_after_ms)
{
	struct feed *feed;

	while ((feed = TAILQ_FIRST(&b->feeds)) != NULL) {
		const struct wire_broker m = {
			.request = feed->request,
			.what = WIRE_REFUSAL,
			.refusal = { .code = WIRE_REFUSAL_BUSY,
			             .reason = why,
			             .retry_after_ms = retry_after_ms },
		};

		broker_answer(b, PORT_CLIENTS, &feed->client, &m);
		end_feed(b, feed);
	}
}

void
clients_ask_again(struct broker *b)
{
	struct client *c;
	struct pass ignored;

	TAILQ_FOREACH(c, peers_clients(b->peers), all)
	if (c->keyed && !gate_admits(b->gate, DOOR_CLIENTS, &c->key, &ignored)) {
		log_info("client state=gone reason=\"its key was revoked\"");
		c->gone = true;
	}
}

void
clients_beat(struct broker *b)
{
	const struct wire_broker beat = { .what = WIRE_BROKER_HEARTBEAT };
	int64_t silent_ms = SILENT_BEATS * b->set->heartbeat_ms;
	struct client *c = TAILQ_FIRST(peers_clients(b->peers)), *next;

	for (; c != NULL; c = next) {
		next = TAILQ_NEXT(c, all);
		if (c->feeds > 0)
			broker_answer(b, PORT_CLIENTS, &c->id, &beat);
		else if (b->served_ms - c->heard_ms > silent_ms)
			peers_forget(b->peers, c);
	}
}
