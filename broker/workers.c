/*
 * What workers do: come and go, ask for articles, bring results.
 *
 * A worker is the name of its connection and the session of its process.  A
 * session that comes under a new name has reconnected, and keeps its leases; a
 * name with a new session is another process, and the earlier one's are over.
 *
 *  1. A lease is in the store as leased and in `leases`, or in neither.
 *  2. A worker is never sent more than it has asked for.
 *  3. A result is settled by a letter, which leaves after the commit.
 *  4. Losing a worker costs an attempt only where it was at work: it takes
 *     articles in the order in which it got them, so that is the first of them
 *     for each of its threads.
 */
#include <fnmatch.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "broker/content.h"
#include "broker/state.h"
#include "log.h"
#include "wire.h"

#define SOFTWARE "hearsay-broker " HEARSAY_VERSION

enum {
	CREDIT_MAX = 4096,
	DEAL_MAX = 1024,      /* jobs a turn */
	DEAL_BYTES = 8 << 20, /* of their articles */
	SILENT_BEATS = 3,
	REASON_MAX = 512,
};

static void
answer(struct broker *b, const struct worker *w, const struct wire_broker *m)
{
	broker_answer(b, PORT_WORKERS, &w->id, m);
}

/* ------------------------------------------------------------- ends of leases */

/* Why a lease ends without a result. */
struct ending {
	const char *reason;
	bool final;   /* no use trying again */
	bool at_once; /* nothing is known against the article yet */
	bool free;    /* was not worked on: costs no attempt */
};

static enum job_event
decide(uint32_t attempt, uint32_t allowed, const struct ending *why)
{
	if (why->free)
		return JOB_RETURN;
	if (why->final || attempt >= allowed)
		return JOB_BURY;
	return why->at_once && attempt < 2 ? JOB_RETURN : JOB_RETRY;
}

static void
log_end(const struct wire_held *held, uint32_t attempt, enum job_event event,
        const char *reason)
{
	static const char *const state[JOB_EVENTS] = {
		[JOB_RETRY] = "delayed", [JOB_RETURN] = "ready", [JOB_BURY] = "dead"
	};

	if (event == JOB_BURY)
		log_warn("job=%" PRIu64 " state=dead attempt=%u reason=\"%s\"", held->job,
		         attempt, reason);
	else
		log_info("job=%" PRIu64 " state=%s attempt=%u reason=\"%s\"", held->job,
		         state[event], attempt, reason);
}

/* Who had it, for the store; "" when nobody knows any more. */
static const char *
name_of(const struct broker *b, const struct lease *lease)
{
	const struct worker *w =
	    lease == NULL ? NULL : peers_numbered(b->peers, lease->owner);

	return w == NULL ? "" : w->name;
}

/* The lease is over, if it is still that: in the store, and here. */
static enum err
end_lease(struct broker *b, const struct wire_held *held, const struct ending *why,
          enum store_verdict *ret)
{
	const struct lease *lease = lease_find(b->leases, held->job);
	bool ours = lease != NULL && lease->fence == held->fence;
	uint32_t attempt = ours ? lease->attempt : 0;
	uint32_t allowed = ours ? lease->allowed : (uint32_t)b->set->attempts;
	struct store_end end = { .lease = *held,
		                 .event = decide(attempt, allowed, why),
		                 .reason = why->free ? NULL : why->reason,
		                 .worker = why->free ? NULL : name_of(b, lease),
		                 .utc_ms = b->utc_ms,
		                 .free = why->free };
	enum err e;

	end.due_ms = b->steady_ms + lease_pause_ms(attempt, randombytes_random());
	if ((e = store_end(b->store, &end, ret)) != OK || *ret != STORE_RECORDED)
		return e;
	log_end(held, attempt, end.event, why->reason);
	if (!why->free)
		meter_add(b->meter, METER_FAILURES, 1);
	if (ours)
		lease_drop(b->leases, held->job);
	if (end.event == JOB_RETRY && end.due_ms < b->next_due_ms)
		b->next_due_ms = end.due_ms;
	if (end.event == JOB_BURY)
		broker_ended(b, held->job, false);
	return OK;
}

void
workers_cancel(struct broker *b, uint64_t job)
{
	const struct lease *lease = lease_find(b->leases, job);
	const struct worker *w =
	    lease == NULL ? NULL : peers_numbered(b->peers, lease->owner);
	struct wire_broker m = { .what = WIRE_CANCEL };

	if (w != NULL) {
		struct wire_held held = { job, lease->fence };

		m.cancel.n = 1;
		m.cancel.v = &held;
		answer(b, w, &m);
	}
	lease_drop(b->leases, job);
}

/* All leases of a worker that is gone, or that it does not hold any more. */
static enum err
end_all(struct broker *b, const struct worker *w, const char *reason)
{
	size_t n = lease_count_of(b->leases, w->number);
	struct lease *list = arena_raw(b->arena, (n + 1) * sizeof *list);
	enum store_verdict verdict;
	enum err e = OK;

	n = lease_list(b->leases, w->number, list, n);
	for (size_t i = 0; i < n && e == OK; i++) {
		const struct wire_held held = { list[i].job, list[i].fence };
		const struct ending why = { .reason = reason,
			                    .at_once = true,
			                    .free = i >= w->threads };

		e = end_lease(b, &held, &why, &verdict);
	}
	return e;
}

static enum err
lose(struct broker *b, struct worker *w, const char *how)
{
	char reason[REASON_MAX];
	enum err e;

	size_t leases = lease_count_of(b->leases, w->number);

	snprintf(reason, sizeof reason, "worker %s was lost: %s", w->name, how);
	if (leases == 0)
		log_info("worker=\"%s\" state=left reason=\"%s\"", w->name, how);
	else
		log_warn("worker=\"%s\" state=lost reason=\"%s\" leases=%zu", w->name,
		         how, leases);
	e = end_all(b, w, reason);
	peers_leave(b->peers, w);
	return e;
}

/* -------------------------------------------------------------- coming and going */

static int
by_job(const void *a, const void *b)
{
	const struct wire_held *x = a, *y = b;

	return (x->job > y->job) - (x->job < y->job);
}

/*
 * Whatever else we think that this worker has never reached it.  Holds are
 * sorted by job.
 */
static enum err
take_back_others(struct broker *b, const struct worker *w, const struct wire_holds *holds)
{
	size_t n = lease_count_of(b->leases, w->number);
	struct lease *list = arena_raw(b->arena, (n + 1) * sizeof *list);
	const struct ending why = { .reason = "never arrived", .free = true };
	enum store_verdict verdict;
	enum err e = OK;

	n = lease_list(b->leases, w->number, list, n);
	for (size_t i = 0; i < n && e == OK; i++) {
		const struct wire_held held = { list[i].job, list[i].fence };

		if (bsearch(&held, holds->v, holds->n, sizeof held, by_job) == NULL)
			e = end_lease(b, &held, &why, &verdict);
	}
	return e;
}

/* Prolong what the worker holds; tell it what is not its any more. */
static void
touch_all(struct broker *b, const struct worker *w, const struct wire_holds *holds)
{
	struct wire_broker m = { .what = WIRE_CANCEL };

	m.cancel.v = arena_raw(b->arena, (holds->n + 1) * sizeof *m.cancel.v);
	for (size_t i = 0; i < holds->n; i++)
		if (!lease_touch(b->leases, holds->v[i].job, holds->v[i].fence, w->number,
		                 b->served_ms))
			m.cancel.v[m.cancel.n++] = holds->v[i];
	if (m.cancel.n > 0)
		answer(b, w, &m);
}

/* The worker of this connection, new or known; ERR_BUSY when there are too many. */
static enum err
admit(struct broker *b, const struct peer_id *from, const struct wire_hello *hello,
      struct worker **ret)
{
	struct worker *w = peers_worker(b->peers, from), *before;
	enum err e = OK;

	if (w != NULL && w->session == hello->session) {
		*ret = w;
		return OK;
	}
	if (w != NULL)
		e = lose(b, w, "another process has come in its place");
	before = peers_session(b->peers, hello->session);
	if (e != OK || (before == NULL && (e = broker_check_crowd(b)) != OK) ||
	    (e = peers_join(b->peers, from, hello->session, &w)) != OK)
		return e;
	if (before != NULL) {
		w->number = before->number; /* and so its leases */
		peers_leave(b->peers, before);
	}
	*ret = w;
	return OK;
}

/* Whether a list of names, with commas between them, has this model; * and ? as in files.
 */
static bool
is_accepted(const char *names, const char *model)
{
	char name[PEER_NAME];

	if (names == NULL || names[0] == '\0')
		return true;
	while (*names != '\0') {
		size_t n = strcspn(names, ", \t");

		snprintf(name, sizeof name, "%.*s", (int)n, names);
		if (n > 0 && n < sizeof name && fnmatch(name, model, 0) == 0)
			return true;
		names += n + strspn(names + n, ", \t");
	}
	return false;
}

static void
judge(struct broker *b, struct worker *w)
{
	bool barred = !is_accepted(b->set->models, w->model);

	if (barred && !w->barred)
		log_warn("worker=\"%s\" state=barred model=\"%s\" accepted=\"%s\"",
		         w->name, w->model, b->set->models);
	else if (w->barred && !barred)
		log_info("worker=\"%s\" state=accepted model=\"%s\"", w->name, w->model);
	w->barred = barred;
}

void
workers_judge(struct broker *b)
{
	struct worker *w;

	TAILQ_FOREACH(w, peers_workers(b->peers), all)
	judge(b, w);
}

static void
describe(struct worker *w, const struct wire_hello *hello)
{
	content_words(hello->name, w->name, sizeof w->name);
	content_words(hello->model, w->model, sizeof w->model);
	content_words(hello->software, w->software, sizeof w->software);
	w->threads = hello->threads == 0 ? 1 : hello->threads;
	w->credit = 0;
}

static enum err
hello(struct broker *b, const struct peer_id *from, struct worker *w,
      const struct wire_worker *m)
{
	struct wire_broker welcome = { .what = WIRE_WELCOME };
	struct wire_holds holds = m->hello.holds;
	enum err e = m->hello.session == 0
	                 ? err_set(ERR_BAD_INPUT, "a worker's session is a random number")
	                 : admit(b, from, &m->hello, &w);

	if (e == ERR_BUSY || e == ERR_BAD_INPUT) {
		broker_refuse(b, PORT_WORKERS, from, 0, e);
		return OK;
	}
	if (e != OK)
		return e;
	describe(w, &m->hello);
	w->heard_ms = b->served_ms;
	w->keyed = !b->pass.open;
	w->key = b->pass.who.key;
	memcpy(w->address, b->pass.address, sizeof w->address);
	log_info("worker=\"%s\" state=joined threads=%u model=\"%s\" software=\"%s\" "
	         "holds=%zu",
	         w->name, w->threads, w->model, w->software, holds.n);
	judge(b, w);
	welcome.welcome =
	    (struct wire_welcome){ .heartbeat_ms = (uint32_t)b->set->heartbeat_ms,
		                   .lease_ms = (uint32_t)b->set->lease_ms,
		                   .software = SOFTWARE };
	answer(b, w, &welcome);
	touch_all(b, w, &holds);
	if (holds.n > 0)
		qsort(holds.v, holds.n, sizeof *holds.v, by_job);
	return take_back_others(b, w, &holds);
}

static enum err
goodbye(struct broker *b, const struct peer_id *from, struct worker *w,
        const struct wire_worker *m)
{
	const struct ending why = { .reason = "handed back", .free = true };
	enum store_verdict verdict;
	enum err e = OK;

	(void)from;
	for (size_t i = 0; i < m->holds.n && e == OK; i++)
		e = end_lease(b, &m->holds.v[i], &why, &verdict);
	if (w != NULL)
		w->credit = 0;
	return e;
}

/* ------------------------------------------------------------------------- work */

static enum err
credit(struct broker *b, const struct peer_id *from, struct worker *w,
       const struct wire_worker *m)
{
	(void)b;
	(void)from;
	if (w != NULL && m->credit > CREDIT_MAX - w->credit)
		w->credit = CREDIT_MAX;
	else if (w != NULL)
		w->credit += m->credit;
	return OK;
}

static enum err
touch(struct broker *b, const struct peer_id *from, struct worker *w,
      const struct wire_worker *m)
{
	(void)from;
	if (w != NULL)
		touch_all(b, w, &m->holds);
	return OK;
}

static enum wire_settlement_status
settled(enum store_verdict v)
{
	return v == STORE_STALE ? WIRE_STALE : WIRE_STORED;
}

static enum err
failure(struct broker *b, const struct wire_held *held, const char *words, bool final,
        enum store_verdict *ret)
{
	char reason[REASON_MAX];

	content_words(words[0] == '\0' ? "the worker gave no reason" : words, reason,
	              sizeof reason);
	return end_lease(b, held, &(struct ending){ .reason = reason, .final = final },
	                 ret);
}

/* A job has its result: nobody need work on it any more. */
static void
finish(struct broker *b, uint64_t job)
{
	const struct lease *lease = lease_find(b->leases, job);

	if (lease != NULL)
		meter_observe(b->meter, METER_LEASE, b->served_ms - lease->since_ms);
	lease_drop(b->leases, job);
	log_debug("job=%" PRIu64 " state=done", job);
	broker_ended(b, job, true);
}

static enum err
result(struct broker *b, const struct wire_result *r, enum store_verdict *ret)
{
	char model[PEER_NAME], why[REASON_MAX];
	enum err e = content_extraction(b->scratch, &r->extraction);

	if (e != OK) {
		snprintf(why, sizeof why, "the worker's result is damaged: %s",
		         err_text());
		return failure(b, &r->lease, why, false, ret);
	}
	content_words(r->model, model, sizeof model);
	e = store_finish(b->store, r->lease, model, &r->extraction, b->utc_ms, ret);
	if (e == OK && *ret == STORE_RECORDED)
		finish(b, r->lease.job);
	return e;
}

static enum err
report(struct broker *b, const struct peer_id *from, struct worker *w,
       const struct wire_worker *m)
{
	size_t n = m->report.n_results + m->report.n_failures, k = 0;
	struct wire_broker settlement = { .what = WIRE_SETTLED };
	struct wire_settlement *v = arena_alloc(b->arena, (n + 1) * sizeof *v);
	enum store_verdict verdict = STORE_STALE;
	enum err e = OK;

	(void)w; /* a lease's fence is proof enough */
	for (size_t i = 0; i < m->report.n_results && e == OK; i++) {
		const struct wire_result *r = &m->report.results[i];

		e = result(b, r, &verdict);
		v[k++] = (struct wire_settlement){ r->lease, settled(verdict) };
	}
	for (size_t i = 0; i < m->report.n_failures && e == OK; i++) {
		const struct wire_failure *f = &m->report.failures[i];

		e = failure(b, &f->lease, f->reason, f->final, &verdict);
		v[k++] = (struct wire_settlement){ f->lease, settled(verdict) };
	}
	settlement.settled.n = n;
	settlement.settled.v = v;
	if (e == OK && n > 0)
		broker_answer(b, PORT_WORKERS, from, &settlement);
	return e;
}

static enum err
heartbeat(struct broker *b, const struct peer_id *from, struct worker *w,
          const struct wire_worker *m)
{
	(void)b;
	(void)from;
	(void)w;
	(void)m;
	return OK; /* having been heard is all */
}

/* --------------------------------------------------------------------- messages */

static enum err (*const handlers[])(struct broker *, const struct peer_id *,
                                    struct worker *, const struct wire_worker *) = {
	[WIRE_HELLO] = hello,     [WIRE_CREDIT] = credit,
	[WIRE_TOUCH] = touch,     [WIRE_REPORT] = report,
	[WIRE_GOODBYE] = goodbye, [WIRE_WORKER_HEARTBEAT] = heartbeat,
};

/* We were restarted, or took it for lost: it has to introduce itself again. */
static void
ask_for_hello(struct broker *b, const struct peer_id *from)
{
	struct wire_broker m = { .what = WIRE_REFUSAL };

	m.refusal.code = WIRE_REFUSAL_OTHER;
	m.refusal.reason = "this broker does not know you: connect again and say hello";
	broker_answer(b, PORT_WORKERS, from, &m);
}

void
workers_put_off(struct broker *b)
{
	struct worker *w;

	while ((w = TAILQ_FIRST(peers_workers(b->peers))) != NULL) {
		ask_for_hello(b, &w->id);
		peers_leave(b->peers, w);
	}
}

enum err
workers_message(struct broker *b, const struct peer_id *from, struct bytes message)
{
	struct worker *w = peers_worker(b->peers, from);
	struct wire_worker m = { 0 };
	enum err e = access_worker(&b->pass);

	if (e == OK)
		e = wire_worker_read(b->arena, message, &m);
	if (e == ERR_NOMEM)
		return e;
	if (e != OK) {
		broker_refuse(b, PORT_WORKERS, from, 0, e);
		return OK;
	}
	if (w != NULL)
		w->heard_ms = b->served_ms;
	e = handlers[m.what](b, from, w, &m);
	if (e == OK && w == NULL && m.what != WIRE_HELLO && m.what != WIRE_GOODBYE)
		ask_for_hello(b, from);
	return e;
}

/* ------------------------------------------------------------------------ dealing */

/* The leases of one worker in this deal. */
struct hand {
	struct worker *worker;
	size_t n, cap;
	struct wire_lease *v;
};

static struct hand *
hand_of(struct worker *w, struct hand *hands, size_t *n)
{
	for (size_t i = 0; i < *n; i++)
		if (hands[i].worker == w)
			return &hands[i];
	hands[*n] = (struct hand){ .worker = w };
	return &hands[(*n)++];
}

struct lease
workers_lease(const struct broker *b, const struct store_lease *job)
{
	const struct settings *set = b->set;
	int64_t length_ms = job->lease_ms != 0 ? job->lease_ms : set->lease_ms;

	return (struct lease){
		.job = job->job,
		.fence = job->fence,
		.attempt = job->attempt,
		.allowed = job->allowed != 0 ? job->allowed : (uint32_t)set->attempts,
		.length_ms = length_ms,
		.since_ms = b->served_ms,
		.deadline_ms = b->served_ms + length_ms,
	};
}

/* One job to the worker whose turn it is, who has credit. */
static enum err
deal_one(struct broker *b, const struct store_lease *job, struct hand *hands,
         size_t *n_hands)
{
	struct worker *w = peers_next(b->peers);
	struct hand *h = hand_of(w, hands, n_hands);
	struct lease lease = workers_lease(b, job);

	h->v = arena_grow(b->arena, h->v, h->n, &h->cap, sizeof *h->v);
	h->v[h->n++] = (struct wire_lease){ .job = job->job,
		                            .fence = job->fence,
		                            .attempt = job->attempt,
		                            .lease_ms = (uint32_t)lease.length_ms,
		                            .article = job->article };
	w->credit--;
	lease.owner = w->number;
	return lease_add(b->leases, &lease);
}

static void
send_hand(struct broker *b, const struct hand *h)
{
	struct wire_broker m = { .what = WIRE_LEASES };

	m.leases.n = h->n;
	m.leases.v = h->v;
	answer(b, h->worker, &m);
	b->letters[b->n_letters - 1].leases = true;
}

/* What cannot be read is nobody's work, and no harm to what stands beside it. */
static enum err
bury_damaged(struct broker *b, const struct store_lease *job)
{
	static const struct ending damaged = {
		.reason = "its article stood on a damaged page of the broker's database",
		.final = true
	};
	const struct wire_held held = { job->job, job->fence };
	enum store_verdict verdict;

	return end_lease(b, &held, &damaged, &verdict);
}

enum err
workers_deal(struct broker *b)
{
	uint64_t credit_left = peers_credit(b->peers);
	size_t max = credit_left < DEAL_MAX ? (size_t)credit_left : DEAL_MAX;
	size_t n = 0, n_hands = 0;
	struct store_lease *jobs;
	struct hand *hands;
	enum err e;

	if (b->closing || max == 0 || store_claimable(b->store) == 0)
		return OK;
	jobs = arena_raw(b->arena, max * sizeof *jobs);
	hands = arena_raw(b->arena, max * sizeof *hands);
	e = store_claim(b->store, b->arena, max, DEAL_BYTES, jobs, &n);
	for (size_t i = 0; i < n && e == OK; i++)
		e = jobs[i].damaged ? bury_damaged(b, &jobs[i])
		                    : deal_one(b, &jobs[i], hands, &n_hands);
	for (size_t i = 0; i < n_hands && e == OK; i++)
		send_hand(b, &hands[i]);
	b->again |= n > 0 && n < credit_left && store_claimable(b->store) > 0;
	return e;
}

/* -------------------------------------------------------------------------- time */

static enum err
expire(struct broker *b)
{
	const struct ending late = { .reason = "its lease ran out", .at_once = true };
	const struct ending lost = { .reason = "its worker did not come back when the "
		                               "broker had been restarted",
		                     .at_once = true };
	const struct lease *l;
	enum store_verdict verdict;
	enum err e = OK;

	while (e == OK && (l = lease_first(b->leases)) != NULL &&
	       l->deadline_ms <= b->served_ms) {
		const struct wire_held held = { l->job, l->fence };

		e = end_lease(b, &held, l->owner == 0 ? &lost : &late, &verdict);
		lease_drop(b->leases, held.job);
	}
	return e;
}

enum err
workers_tell_time(struct broker *b)
{
	int64_t silent_ms = SILENT_BEATS * b->set->heartbeat_ms;
	struct worker *w = TAILQ_FIRST(peers_workers(b->peers)), *next;
	enum err e = OK;

	for (; w != NULL && e == OK; w = next) {
		next = TAILQ_NEXT(w, all);
		if (w->gone)
			e = lose(b, w, "its connection ended");
		else if (b->served_ms - w->heard_ms > silent_ms)
			e = lose(b, w, "it fell silent");
	}
	return e == OK ? expire(b) : e;
}

enum err
workers_ask_again(struct broker *b)
{
	struct worker *w = TAILQ_FIRST(peers_workers(b->peers)), *next;
	struct pass ignored;
	enum err e = OK;

	for (; w != NULL && e == OK; w = next) {
		next = TAILQ_NEXT(w, all);
		if (w->keyed && !gate_admits(b->gate, DOOR_WORKERS, &w->key, &ignored))
			e = lose(b, w, "its key was revoked");
	}
	return e;
}

void
workers_beat(struct broker *b)
{
	const struct wire_broker beat = { .what = WIRE_BROKER_HEARTBEAT };
	struct worker *w;

	TAILQ_FOREACH(w, peers_workers(b->peers), all)
	if (!w->gone)
		answer(b, w, &beat);
}

void
workers_lost(struct broker *b, const struct peer_id *id)
{
	struct worker *w = peers_worker(b->peers, id);

	if (w != NULL)
		w->gone = true;
}
