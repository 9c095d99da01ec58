/*
 * The loop.
 *
 * A turn: wait until something can be done; take up to TAKE messages, turn and
 * turn about from both sockets; do what is due; deal ready jobs to workers;
 * commit; send the letters; serve the feeds.
 *
 *  1. Nothing is acknowledged before its commit: answers are letters, and
 *     letters leave after store_commit, or not at all (SERVICE 1, 2).
 *  2. One thread, this one, owns the sockets and the store (SERVICE 4).
 *  3. After an error of the store clients are told why and the broker ends; it
 *     never goes on without its store.
 *  4. No lease runs out while we slept: deadlines are of a clock that counts
 *     only the time in which we listened.
 *  5. Nothing blocks but the wait for messages and the commit.
 */
#include "broker/broker.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "broker/state.h"
#include "log.h"
#include "wire.h"

#define NEVER INT64_MAX

enum {
	TAKE = 128,               /* messages a turn */
	TAKE_BYTES = 64 << 20,    /* of the arena; then the turn is full */
	ARENA_BYTES = 384 << 20,  /* address space: one message of every limit and more */
	SCRATCH_BYTES = 96 << 20, /* an article of every limit, open */
	IDLE_MS = 1000,
	SLEPT_MS = 500, /* between two turns, longer than waited for: we slept */
	SKEW_MS = 200,
	ROOM_MS = 250,
	FULL_LOOK_MS = 100, /* while nothing can be written */
	SAY_MS = 5000,
	RETRY_MS = 5000,
	METER_MS = 1000,
};

/* ------------------------------------------------------------------------ time */

static int64_t
clock_of(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Read the clocks, after a wait that was to last at most so long. */
static void
read_clocks(struct broker *b, int64_t waited_ms)
{
	int64_t now = clock_of(CLOCK_MONOTONIC), passed = now - b->read_ms;

	if (passed - waited_ms > SLEPT_MS)
		passed = waited_ms; /* the rest nobody could talk to us */
	b->served_ms += passed;
	b->read_ms = now;
	b->steady_ms = b->steady_offset_ms + now;
	b->utc_ms = clock_of(CLOCK_REALTIME);
	if (llabs(b->utc_ms - b->steady_ms - b->skew_ms) > SKEW_MS)
		b->next_due_ms = 0; /* the calendar was set: dates may have come */
	b->skew_ms = b->utc_ms - b->steady_ms;
}

static void
start_clocks(struct broker *b)
{
	b->read_ms = clock_of(CLOCK_MONOTONIC);
	b->steady_offset_ms = clock_of(CLOCK_REALTIME) - b->read_ms;
	read_clocks(b, 0);
	b->start_ms = b->steady_ms;
}

/* The ring of the last minute's seconds, with those that passed emptied. */
static void
turn_ring(struct broker *b)
{
	int64_t s = b->served_ms / 1000;

	for (int i = 0; i < MINUTE && b->done_s < s; i++)
		b->done[++b->done_s % MINUTE] = 0;
	b->done_s = s;
}

enum err
broker_check_crowd(struct broker *b)
{
	const char *at = b->pass.address;

	if (at[0] == '\0' || b->set->max_per_address == 0 ||
	    peers_count_at(b->peers, at) < (size_t)b->set->max_per_address)
		return OK;
	return err_set(ERR_BUSY, "%lld clients and workers of %s are connected already",
	               (long long)b->set->max_per_address, at);
}

void
broker_ended(struct broker *b, uint64_t job, bool with_result)
{
	feeds_ended(&b->feeds, job);
	turn_ring(b);
	b->done[b->done_s % MINUTE] += with_result;
	meter_add(b->meter, with_result ? METER_RESULTS : METER_BURIED, 1);
}

/* --------------------------------------------------------------------- letters */

void
broker_answer(struct broker *b, enum port port, const struct peer_id *to,
              const struct wire_broker *m)
{
	struct bytes packed = wire_broker_write(b->arena, m);

	b->letters = arena_grow(b->arena, b->letters, b->n_letters, &b->cap_letters,
	                        sizeof *b->letters);
	b->letters[b->n_letters++] = (struct letter){
		.port = port, .to = *to, .request = m->request, .message = packed
	};
}

static enum wire_refusal_code
refusal_code(enum err why)
{
	switch (why) {
	case ERR_VERSION:
		return WIRE_REFUSAL_VERSION;
	case ERR_TOO_BIG:
		return WIRE_REFUSAL_TOO_BIG;
	case ERR_BUSY:
		return WIRE_REFUSAL_BUSY;
	case ERR_DENIED:
		return WIRE_REFUSAL_DENIED;
	default:
		return WIRE_REFUSAL_MALFORMED;
	}
}

/* One line for many: a peer that talks nonsense must not fill the disk. */
static void
log_dropped(struct broker *b, enum port port, const char *why)
{
	b->dropped++;
	meter_add(b->meter, METER_NONSENSE, 1);
	if (b->dropped_said_ms != 0 && b->read_ms - b->dropped_said_ms < SAY_MS)
		return;
	log_warn("bad_message from=%s reason=\"%s\" since_last_line=%" PRIu64,
	         port == PORT_CLIENTS ? "client" : "worker", why, b->dropped);
	b->dropped = 0;
	b->dropped_said_ms = b->read_ms;
}

void
broker_refuse(struct broker *b, enum port port, const struct peer_id *to,
              uint64_t request, enum err why)
{
	const struct wire_broker m = {
		.request = request,
		.what = WIRE_REFUSAL,
		.refusal = { .code = refusal_code(why),
		             .reason =
		                 arena_text(b->arena, err_text(), strlen(err_text())),
		             .retry_after_ms = why == ERR_BUSY ? RETRY_MS : 0 },
	};

	log_dropped(b, port, err_text());
	broker_answer(b, port, to, &m);
}

static void
lost(struct broker *b, enum port port, const struct peer_id *id)
{
	if (port == PORT_CLIENTS)
		clients_lost(b, id);
	else
		workers_lost(b, id);
	b->again = true;
}

static void
send_letters(struct broker *b)
{
	for (size_t i = 0; i < b->n_letters; i++) {
		const struct letter *l = &b->letters[i];
		enum err e = ports_send(b->ports, l->port, &l->to, l->message);

		if (e == ERR_BUSY && !l->leases)
			log_dropped(b, l->port, "it does not read its answers");
		else if (e != OK)
			lost(b, l->port, &l->to);
	}
}

static void
forget_letters(struct broker *b)
{
	b->letters = NULL;
	b->n_letters = b->cap_letters = 0;
	arena_reset(b->arena);
}

/* -------------------------------------------------------------------- messages */

struct taking {
	struct broker *b;
	enum port port;
	const struct peer_id *from;
	struct bytes message;
	enum err why;
};

static enum err
take(void *arg)
{
	struct taking *t = arg;

	if (t->message.n > (uint64_t)t->b->set->max_message) {
		err_set(ERR_TOO_BIG, "a message of %zu bytes is over the limit of %lld",
		        t->message.n, (long long)t->b->set->max_message);
		broker_refuse(t->b, t->port, t->from, 0, ERR_TOO_BIG);
		return OK;
	}
	if (undo_refuses(t->b, t->port, t->from))
		return OK;
	if (t->port == PORT_CLIENTS)
		return clients_message(t->b, t->from, t->message);
	return workers_message(t->b, t->from, t->message);
}

static enum err
refuse(void *arg)
{
	struct taking *t = arg;

	broker_refuse(t->b, t->port, t->from, t->b->request, t->why);
	return OK;
}

enum err
broker_take(struct broker *b, enum port port, const struct peer_id *from,
            const struct pass *pass, struct bytes message)
{
	struct taking t = { b, port, from, message, ERR_TOO_BIG };
	size_t mark = arena_mark(b->arena);
	struct letter *letters = b->letters;
	size_t n = b->n_letters, cap = b->cap_letters;

	b->request = 0;
	b->pass = *pass;
	enum err e = arena_run(b->arena, take, &t);
	if (e != ERR_TOO_BIG)
		return e;
	/* The arena was full.  Nothing was promised: back to before, and say so. */
	b->letters = letters;
	b->n_letters = n;
	b->cap_letters = cap;
	arena_release(b->arena, mark);
	err_set(ERR_TOO_BIG, "the message takes too much memory once it is open");
	return arena_run(b->arena, refuse, &t);
}

/* Up to TAKE messages.  Both sockets get their turn. */
static enum err
take_messages(struct broker *b)
{
	bool empty[PORTS] = { false, false };
	int port = PORT_CLIENTS;
	struct peer_id from;
	struct pass pass;
	struct bytes message;

	for (int n = 0; n < TAKE && arena_mark(b->arena) < TAKE_BYTES; n++) {
		if (empty[port])
			port = !port;
		if (empty[port])
			return OK;
		enum err e = ports_receive(b->ports, port, &from, &pass, &message);

		if (e == ERR_BAD_INPUT)
			log_dropped(b, port, err_text());
		else if (e == ERR_NOT_FOUND)
			empty[port] = true;
		else if (e != OK ||
		         (e = broker_take(b, port, &from, &pass, message)) != OK)
			return e;
		port = !port;
	}
	b->again = true;
	return OK;
}

/* ------------------------------------------------------------------------ a turn */

static enum err
look_for_room(struct broker *b)
{
	uint64_t room;
	bool before = b->no_room;

	enum err e = undo_look_for_room(b);

	if (e != OK || (b->room_read_ms != 0 && b->read_ms - b->room_read_ms < ROOM_MS))
		return e;
	b->room_read_ms = b->read_ms;
	room = folder_room(b->folder);
	b->no_room = b->full || room < (uint64_t)b->set->min_free;
	if (b->no_room && !before)
		log_warn("low_space free=%" PRIu64 " min=%" PRId64
		         " hint=\"submissions are refused until there is room\"",
		         room, b->set->min_free);
	if (before && !b->no_room)
		log_info("space_again free=%" PRIu64, room);
	return OK;
}

static void
say_status(const struct broker *b)
{
	char text[160];

	snprintf(text, sizeof text,
	         "%" PRIu64 " ready, %" PRIu64 " leased, %" PRIu64 " done, %" PRIu64
	         " dead; %zu workers",
	         store_count(b->store, JOB_READY), store_count(b->store, JOB_LEASED),
	         store_count(b->store, JOB_DONE), store_count(b->store, JOB_DEAD),
	         peers_count_workers(b->peers));
	service_status(text);
}

static void
beat(struct broker *b)
{
	if (b->served_ms < b->next_beat_ms)
		return;
	b->next_beat_ms = b->served_ms + b->set->heartbeat_ms;
	workers_beat(b);
	copies_tell_time(b);
	clients_beat(b);
	if (!b->closing)
		say_status(b);
}

/* Whose key has been taken off its list is out, with all that it holds. */
static enum err
look_at_keys(struct broker *b)
{
	if (b->gate == NULL || !gate_look(b->gate, b->read_ms))
		return OK;
	clients_ask_again(b);
	return workers_ask_again(b);
}

/* What the page of metrics says of the moment. */
static enum err
read_meter(struct broker *b)
{
	static const enum job_state states[] = { JOB_READY, JOB_DELAYED, JOB_LEASED,
		                                 JOB_DONE,  JOB_DEAD,    JOB_CANCELLED };
	int64_t oldest = b->utc_ms;
	enum err e;

	meter_alive(b->meter, b->read_ms);
	if (b->read_ms - b->metered_ms < METER_MS)
		return OK;
	b->metered_ms = b->read_ms;
	for (size_t i = 0; i < sizeof states / sizeof *states; i++)
		meter_set(b->meter, METER_JOBS + (enum meter_number)i,
		          (int64_t)store_count(b->store, states[i]));
	if ((e = store_oldest(b->store, &oldest)) != OK && e != ERR_NOT_FOUND)
		return e;
	meter_set(b->meter, METER_OLDEST, oldest < b->utc_ms ? b->utc_ms - oldest : 0);
	meter_set(b->meter, METER_PEERS, (int64_t)peers_count_workers(b->peers));
	meter_set(b->meter, METER_PEERS + 1, (int64_t)peers_count_clients(b->peers));
	meter_set(b->meter, METER_THREADS, (int64_t)peers_threads(b->peers));
	meter_set(b->meter, METER_SEQUENCE, (int64_t)store_sequence(b->store));
	meter_set(b->meter, METER_ROOM, b->no_room);
	return OK;
}

/* What time brings, and what can be dealt. */
static enum err
do_due(void *arg)
{
	struct broker *b = arg;
	enum err e = OK;

	turn_ring(b);
	feeds_tell_time(&b->feeds, b->served_ms);
	if (b->full) {
		beat(b);
		return look_at_keys(b);
	}
	if (b->next_due_ms <= b->steady_ms)
		e = store_due(b->store, b->steady_ms, b->utc_ms, &b->next_due_ms);
	if (e == OK)
		e = look_at_keys(b);
	if (e == OK)
		e = read_meter(b);
	if (e == OK)
		e = workers_tell_time(b);
	beat(b);
	if (e == OK)
		e = keep_tick(b);
	return e == OK ? workers_deal(b) : e;
}

static enum err
feed(void *arg)
{
	return clients_feed(arg);
}

/* The store has failed: whoever waits for an answer gets this one. */
static enum err
excuse(void *arg)
{
	struct broker *b = arg;

	for (size_t i = 0, n = b->n_letters; i < n; i++) {
		const struct letter *l = &b->letters[i];
		const struct wire_broker m = { .request = l->request,
			                       .what = WIRE_REFUSAL,
			                       .refusal = { .code = WIRE_REFUSAL_BUSY,
			                                    .reason = err_text(),
			                                    .retry_after_ms =
			                                        RETRY_MS } };

		if (l->port == PORT_CLIENTS &&
		    ports_send(b->ports, l->port, &l->to,
		               wire_broker_write(b->arena, &m)) != OK)
			continue; /* it will find out by itself */
	}
	return OK;
}

/* Nothing more is acknowledged.  err_text stays what it is. */
static enum err
give_up(struct broker *b, enum err e)
{
	char why[512];

	snprintf(why, sizeof why, "%s", err_text());
	if (arena_run(b->arena, excuse, b) != OK)
		log_warn("no memory to tell clients");
	forget_letters(b);
	return err_set(e, "%s", why);
}

static enum err
commit(struct broker *b)
{
	struct timespec before, after;
	bool changed = store_has_changed(b->store);
	enum err e;

	clock_gettime(CLOCK_MONOTONIC, &before);
	e = store_commit(b->store);
	clock_gettime(CLOCK_MONOTONIC, &after);
	if (changed)
		meter_observe(b->meter, METER_COMMIT,
		              (after.tv_sec - before.tv_sec) * 1000000 +
		                  (after.tv_nsec - before.tv_nsec) / 1000);
	return e;
}

void
broker_send(struct broker *b)
{
	send_letters(b);
	forget_letters(b);
}

/* Nothing of this turn is acknowledged; it is undone when that is enough. */
static enum err
go_on(struct broker *b, enum err e)
{
	e = give_up(b, e);
	return store_can_undo(b->store) ? undo_turn(b, e) : e;
}

enum err
broker_turn(struct broker *b)
{
	enum err e = arena_run(b->arena, do_due, b);

	if (e == ERR_TOO_BIG)
		err_set(e, "a turn took more memory than the broker allows itself");
	if (e == OK)
		e = commit(b);
	if (e != OK)
		return go_on(b, e);
	send_letters(b);
	e = arena_run(b->arena, feed, b);
	forget_letters(b);
	return e;
}

/* -------------------------------------------------------------------- the loop */

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* How long there is nothing to do but to listen. */
static int64_t
patience(const struct broker *b)
{
	const struct lease *lease = lease_first(b->leases);
	int64_t ms = earlier(IDLE_MS, service_watchdog_ms(b->service));

	if (b->again)
		return 0;
	if (b->full)
		return earlier(ms, FULL_LOOK_MS);
	if (b->gate != NULL)
		ms = earlier(ms, GATE_LOOK_MS);
	ms = earlier(ms, b->next_beat_ms - b->served_ms);
	if (lease != NULL)
		ms = earlier(ms, lease->deadline_ms - b->served_ms);
	if (b->next_due_ms != NEVER)
		ms = earlier(ms, b->next_due_ms - b->steady_ms);
	if (b->closing)
		ms = earlier(ms, b->close_by_ms - b->served_ms);
	ms = earlier(ms, keep_patience(b));
	int64_t fed = feeds_next(&b->feeds, b->served_ms);
	if (fed != NEVER)
		ms = earlier(ms, fed - b->served_ms);
	return ms < 0 ? 0 : ms;
}

/* Take no more work; the second time, end now. */
static void
close_down(struct broker *b)
{
	size_t out = lease_count(b->leases) - lease_count_of(b->leases, 0);

	b->stop = b->closing;
	if (b->closing)
		return;
	b->closing = true;
	b->close_by_ms = b->served_ms + b->set->drain_ms;
	service_stopping();
	log_info("closing leases=%zu drain_ms=%" PRId64, out, b->set->drain_ms);
}

static void
reload(struct broker *b)
{
	if (b->reload == NULL)
		return;
	service_reloading();
	if (b->reload(b->reload_arg) == OK)
		log_info("reloaded");
	else
		log_error("reload error=\"%s\"", err_text());
	workers_judge(b);
	service_ready("Reloaded.");
}

static void
signals(struct broker *b)
{
	enum service_event event;

	while ((event = service_next(b->service)) != SERVICE_NOTHING)
		if (event == SERVICE_RELOAD)
			reload(b);
		else
			close_down(b);
}

/* Closing, and nobody is left whose report is worth waiting for. */
static bool
is_drained(const struct broker *b)
{
	return b->closing && (lease_count(b->leases) == lease_count_of(b->leases, 0) ||
	                      b->served_ms >= b->close_by_ms);
}

enum err
broker_run(struct broker *b)
{
	bool signal = false;
	enum err e = OK;

	service_ready("Listening.");
	log_info("opened data=%s ready=%" PRIu64 " delayed=%" PRIu64 " leased=%" PRIu64
	         " done=%" PRIu64 " dead=%" PRIu64 " sequence=%" PRIu64,
	         b->set->data, store_count(b->store, JOB_READY),
	         store_count(b->store, JOB_DELAYED), store_count(b->store, JOB_LEASED),
	         store_count(b->store, JOB_DONE), store_count(b->store, JOB_DEAD),
	         store_sequence(b->store));
	log_info("listening clients=%s workers=%s",
	         ports_endpoint(b->ports, PORT_CLIENTS),
	         ports_endpoint(b->ports, PORT_WORKERS));
	while (e == OK && !b->stop && !is_drained(b)) {
		int64_t wait_ms = patience(b);

		e = ports_wait(b->ports, service_fd(b->service), wait_ms, &signal);
		read_clocks(b, wait_ms);
		service_alive();
		if (e != OK)
			break;
		b->again = false;
		if (signal)
			signals(b);
		if ((e = look_for_room(b)) == OK && (e = take_messages(b)) == OK)
			e = broker_turn(b);
		else
			e = go_on(b, e);
	}
	if (e == OK)
		log_info("closed leases=%zu", lease_count(b->leases));
	return e;
}

/* ---------------------------------------------------------- opening and closing */

/*
 * Leases of before, without their workers: these have a while to come back, and no
 * longer than the lease.
 */
static enum err
take_up_lease(struct broker *b, const struct store_lease *job)
{
	struct lease lease = workers_lease(b, job);

	lease.deadline_ms = b->served_ms + earlier(lease.length_ms, b->set->grace_ms);
	return lease_add(b->leases, &lease);
}

enum err
broker_take_up(struct broker *b)
{
	struct store_lease job = { 0 };
	enum err e = OK;

	while (e == OK && (e = store_leased(b->store, job.job, &job)) == OK)
		e = take_up_lease(b, &job);
	return e == ERR_NOT_FOUND ? OK : e;
}

/* What the store has of before. */
static enum err
take_up(struct broker *b)
{
	enum err e = store_due_by(b->store, b->steady_ms + LEASE_PAUSE_MAX_MS);

	if (e == OK)
		e = broker_take_up(b);
	return e == OK ? store_commit(b->store) : e;
}

static bool
wants_keys(const struct settings *set)
{
	return set->require_keys || ports_is_far(set->clients) ||
	       ports_is_far(set->workers);
}

/* In --keys, or beside the queue, so that one folder is all there is to keep. */
static enum err
open_gate(struct broker *b)
{
	char dir[4096];

	if (b->set->keys != NULL && b->set->keys[0] != '\0')
		return gate_open(b->set->keys, &b->gate);
	if ((size_t)snprintf(dir, sizeof dir, "%s/keys", b->set->data) >= sizeof dir)
		return err_set(ERR_USAGE, "%s: the name is too long", b->set->data);
	return gate_open(dir, &b->gate);
}

static enum err
open_parts(struct broker *b)
{
	struct ports_options o = {
		.endpoint = { b->set->clients, b->set->workers },
		.always_keys = b->set->require_keys,
		.heartbeat_ms = b->set->heartbeat_ms,
	};
	enum err e;

	b->leases = leases_new();
	b->peers = peers_new((size_t)b->set->max_peers);
	b->arena = arena_new(ARENA_BYTES);
	b->scratch = arena_new(SCRATCH_BYTES);
	if (b->leases == NULL || b->peers == NULL || b->arena == NULL ||
	    b->scratch == NULL)
		return err_set(ERR_NOMEM, "no memory to start");
	if ((e = service_open(&b->service)) != OK)
		return e;
	service_starting("Opening the store.");
	if ((e = meter_open(b->set->metrics, &b->meter)) != OK)
		return e;
	if ((e = folder_open(b->set->data, &b->folder)) != OK ||
	    (e = store_open(b->set->data, &b->store)) != OK)
		return e;
	start_clocks(b);
	if ((e = take_up(b)) != OK)
		return e;
	if (wants_keys(b->set) && (e = open_gate(b)) != OK)
		return e;
	o.gate = b->gate;
	return ports_open(&o, &b->ports);
}

enum err
broker_open(const struct settings *set, struct broker **ret)
{
	struct broker *b = calloc(1, sizeof *b);
	enum err e;

	if (b == NULL)
		return err_set(ERR_NOMEM, "no memory to start");
	b->set = set;
	feeds_init(&b->feeds);
	if ((e = open_parts(b)) != OK) {
		broker_close(b);
		return e;
	}
	*ret = b;
	return OK;
}

void
broker_close(struct broker *b)
{
	if (b == NULL)
		return;
	ports_close(b->ports);
	meter_close(b->meter);
	gate_close(b->gate);
	copies_close(b);
	store_close(b->store);
	folder_close(b->folder);
	service_close(b->service);
	feeds_close(&b->feeds);
	leases_free(b->leases);
	peers_free(b->peers);
	arena_free(b->arena);
	arena_free(b->scratch);
	free(b);
}

void
broker_on_reload(struct broker *b, enum err (*reload_settings)(void *), void *arg)
{
	b->reload = reload_settings;
	b->reload_arg = arg;
}
