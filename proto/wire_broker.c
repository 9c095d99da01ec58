/*
 * What the broker answers, clients and workers alike.
 */
#include "proto.h"

static const uint32_t supported[] = { WIRE_VERSION };

/* ---------------------------------------------------------------------- jobs */

const char *
wire_state_name(enum wire_state s)
{
	static const char *const names[] = { "unknown", "ready", "delayed",  "leased",
		                             "done",    "dead",  "cancelled" };

	return (unsigned)s < LENGTH(names) ? names[s] : names[WIRE_UNKNOWN];
}

static enum wire_state
state_in(Hearsay__JobState s)
{
	return (unsigned)s <= WIRE_CANCELLED ? (enum wire_state)s : WIRE_UNKNOWN;
}

static void
job_in(const Hearsay__Job *m, struct wire_job *ret)
{
	*ret = (struct wire_job){
		.id = m->id,
		.key = m->key,
		.tenant = m->tenant,
		.article_id = m->article_id,
		.reason = m->reason,
		.worker = m->worker,
		.why = m->why,
		.state = state_in(m->state),
		.attempts = m->attempts,
		.submitted_ms = m->submitted_ms,
		.finished_ms = m->finished_ms,
		.sequence = m->sequence,
		.priority = m->priority,
		.has_extraction = m->extraction != NULL,
		.has_article = m->article != NULL,
		.extraction = proto_body_in(m->extraction),
		.article = proto_body_in(m->article),
	};
}

static void
job_out(struct arena *a, const struct wire_job *j, Hearsay__Job *m)
{
	m->id = j->id;
	m->key = proto_text(j->key);
	m->tenant = proto_text(j->tenant);
	m->article_id = proto_text(j->article_id);
	m->reason = proto_text(j->reason);
	m->worker = proto_text(j->worker);
	m->why = proto_text(j->why);
	m->state = (Hearsay__JobState)j->state;
	m->attempts = j->attempts;
	m->submitted_ms = j->submitted_ms;
	m->finished_ms = j->finished_ms;
	m->sequence = j->sequence;
	m->priority = j->priority;
	m->extraction = j->has_extraction ? proto_body_out(a, &j->extraction) : NULL;
	m->article = j->has_article ? proto_body_out(a, &j->article) : NULL;
}

/* ----------------------------------------------------------- from the broker */

static enum err
submitted_in(struct arena *a, const Hearsay__BrokerMessage *m, struct wire_broker *ret)
{
	const Hearsay__Submitted *in = m->submitted;
	enum err e = proto_check_count(in->n_receipts);

	if (e != OK)
		return e;
	ret->submitted.n = in->n_receipts;
	ret->submitted.v = arena_alloc(a, in->n_receipts * sizeof *ret->submitted.v);
	for (size_t i = 0; i < in->n_receipts; i++) {
		const Hearsay__Receipt *r = in->receipts[i];

		ret->submitted.v[i] =
		    (struct wire_receipt){ (unsigned)r->status <= WIRE_CONFLICT
			                       ? (enum wire_receipt_status)r->status
			                       : WIRE_REFUSED,
			                   r->id, r->key, r->reason, r->retry_after_ms };
	}
	return OK;
}

static enum err
jobs_in(struct arena *a, const Hearsay__BrokerMessage *m, struct wire_broker *ret)
{
	enum err e = proto_check_count(m->jobs->n_jobs);

	if (e != OK)
		return e;
	ret->jobs.n = m->jobs->n_jobs;
	ret->jobs.more = m->jobs->more;
	ret->jobs.next = m->jobs->next;
	ret->jobs.v = arena_alloc(a, ret->jobs.n * sizeof *ret->jobs.v);
	for (size_t i = 0; i < ret->jobs.n; i++)
		job_in(m->jobs->jobs[i], &ret->jobs.v[i]);
	return OK;
}

static enum err
backup_in(struct arena *a, const Hearsay__BrokerMessage *m, struct wire_broker *ret)
{
	const Hearsay__BackupPart *in = m->backup;

	(void)a;
	ret->backup = (struct wire_backup){ .token = in->token,
		                            .ready = in->ready,
		                            .copied = in->copied,
		                            .size = in->size,
		                            .offset = in->offset,
		                            .data = { in->data.len, in->data.data } };
	return OK;
}

static enum err
ordered_in(struct arena *a, const Hearsay__BrokerMessage *m, struct wire_broker *ret)
{
	const Hearsay__Ordered *in = m->ordered;
	enum err e = proto_check_count(in->n_outcomes);

	if (e != OK)
		return e;
	ret->ordered.changed = in->changed;
	ret->ordered.next = in->next;
	ret->ordered.n = in->n_outcomes;
	ret->ordered.v = arena_alloc(a, in->n_outcomes * sizeof *ret->ordered.v);
	for (size_t i = 0; i < in->n_outcomes; i++) {
		const Hearsay__Outcome *o = in->outcomes[i];

		ret->ordered.v[i] =
		    (struct wire_outcome){ o->changed, o->id, state_in(o->state) };
	}
	return OK;
}

static enum err
stats_in(struct arena *a, const Hearsay__BrokerMessage *m, struct wire_broker *ret)
{
	const Hearsay__Stats *s = m->stats;

	(void)a;
	ret->stats = (struct wire_stats){ .ready = s->ready,
		                          .delayed = s->delayed,
		                          .leased = s->leased,
		                          .done = s->done,
		                          .dead = s->dead,
		                          .cancelled = s->cancelled,
		                          .workers = s->workers,
		                          .threads = s->threads,
		                          .clients = s->clients,
		                          .oldest_ready_ms = s->oldest_ready_ms,
		                          .done_per_minute = s->done_per_minute,
		                          .uptime_ms = s->uptime_ms,
		                          .sequence = s->sequence,
		                          .paused_ms = s->paused_ms,
		                          .draining_ms = s->draining_ms,
		                          .paused_tenants = s->paused_tenants,
		                          .draining_tenants = s->draining_tenants,
		                          .software = s->software };
	return OK;
}

static enum err
refusal_in(struct arena *a, const Hearsay__BrokerMessage *m, struct wire_broker *ret)
{
	const Hearsay__Refusal *r = m->refusal;

	(void)a;
	ret->refusal = (struct wire_refusal){
		.code = (unsigned)r->code <= WIRE_REFUSAL_DENIED
		            ? (enum wire_refusal_code)r->code
		            : WIRE_REFUSAL_OTHER,
		.reason = r->reason,
		.retry_after_ms = r->retry_after_ms,
	};
	for (size_t i = 0; i < r->n_supported && i < LENGTH(ret->refusal.supported) - 1;
	     i++)
		ret->refusal.supported[i] = r->supported[i];
	return OK;
}

static enum err
heartbeat_in(struct arena *a, const Hearsay__BrokerMessage *m, struct wire_broker *ret)
{
	(void)a;
	(void)m;
	(void)ret;
	return OK;
}

static enum err
welcome_in(struct arena *a, const Hearsay__BrokerMessage *m, struct wire_broker *ret)
{
	(void)a;
	ret->welcome =
	    (struct wire_welcome){ m->welcome->heartbeat_ms, m->welcome->lease_ms,
		                   m->welcome->software };
	return OK;
}

static enum err
leases_in(struct arena *a, const Hearsay__BrokerMessage *m, struct wire_broker *ret)
{
	enum err e = proto_check_count(m->leases->n_leases);

	if (e != OK)
		return e;
	ret->leases.n = m->leases->n_leases;
	ret->leases.v = arena_alloc(a, ret->leases.n * sizeof *ret->leases.v);
	for (size_t i = 0; i < ret->leases.n; i++) {
		const Hearsay__Lease *l = m->leases->leases[i];

		ret->leases.v[i] =
		    (struct wire_lease){ l->job, l->fence, l->attempt, l->lease_ms,
			                 proto_body_in(l->article) };
	}
	return OK;
}

static enum err
settled_in(struct arena *a, const Hearsay__BrokerMessage *m, struct wire_broker *ret)
{
	enum err e = proto_check_count(m->settled->n_settlements);

	if (e != OK)
		return e;
	ret->settled.n = m->settled->n_settlements;
	ret->settled.v = arena_alloc(a, ret->settled.n * sizeof *ret->settled.v);
	for (size_t i = 0; i < ret->settled.n; i++) {
		const Hearsay__Settlement *s = m->settled->settlements[i];

		if (s->lease == NULL)
			return proto_malformed("a settlement without its lease");
		ret->settled.v[i] = (struct wire_settlement){
			{ s->lease->job, s->lease->fence },
			s->status == HEARSAY__SETTLEMENT__STATUS__STORED ? WIRE_STORED
			                                                 : WIRE_STALE
		};
	}
	return OK;
}

static enum err
cancel_in(struct arena *a, const Hearsay__BrokerMessage *m, struct wire_broker *ret)
{
	return proto_holds_in(a, m->cancel->n_leases, m->cancel->leases, &ret->cancel);
}

static enum err (*const broker_readers[])(struct arena *, const Hearsay__BrokerMessage *,
                                          struct wire_broker *) = {
	[HEARSAY__BROKER_MESSAGE__WHAT_SUBMITTED] = submitted_in,
	[HEARSAY__BROKER_MESSAGE__WHAT_JOBS] = jobs_in,
	[HEARSAY__BROKER_MESSAGE__WHAT_ORDERED] = ordered_in,
	[HEARSAY__BROKER_MESSAGE__WHAT_BACKUP] = backup_in,
	[HEARSAY__BROKER_MESSAGE__WHAT_STATS] = stats_in,
	[HEARSAY__BROKER_MESSAGE__WHAT_REFUSAL] = refusal_in,
	[HEARSAY__BROKER_MESSAGE__WHAT_HEARTBEAT] = heartbeat_in,
	[HEARSAY__BROKER_MESSAGE__WHAT_WELCOME] = welcome_in,
	[HEARSAY__BROKER_MESSAGE__WHAT_LEASES] = leases_in,
	[HEARSAY__BROKER_MESSAGE__WHAT_SETTLED] = settled_in,
	[HEARSAY__BROKER_MESSAGE__WHAT_CANCEL] = cancel_in,
};

enum err
wire_broker_read(struct arena *a, struct bytes in, struct wire_broker *ret)
{
	const Hearsay__BrokerMessage *m =
	    proto_unpack(a, &hearsay__broker_message__descriptor, in);
	unsigned what;

	*ret = (struct wire_broker){ 0 };
	if (m == NULL)
		return proto_malformed("it cannot be unpacked");
	ret->request = m->request;
	what = (unsigned)m->what_case;
	/* A refusal is understood whatever version it comes in: it may be about that. */
	if (what != WIRE_REFUSAL && proto_check_version(m->version) != OK)
		return ERR_VERSION;
	if (what >= LENGTH(broker_readers) || broker_readers[what] == NULL)
		return proto_malformed("a broker's message without a part that we know");
	ret->what = (enum wire_broker_what)what;
	return broker_readers[what](a, m, ret);
}

static Hearsay__Submitted *
submitted_out(struct arena *a, const struct wire_broker *b)
{
	Hearsay__Submitted *m = MAKE(a, Hearsay__Submitted, HEARSAY__SUBMITTED__INIT);

	m->n_receipts = b->submitted.n;
	m->receipts =
	    MAKE_LIST(a, b->submitted.n, Hearsay__Receipt, HEARSAY__RECEIPT__INIT);
	for (size_t i = 0; i < b->submitted.n; i++) {
		const struct wire_receipt *from = &b->submitted.v[i];

		m->receipts[i]->status = (Hearsay__Receipt__Status)from->status;
		m->receipts[i]->id = from->id;
		m->receipts[i]->key = proto_text(from->key);
		m->receipts[i]->reason = proto_text(from->reason);
		m->receipts[i]->retry_after_ms = from->retry_after_ms;
	}
	return m;
}

static Hearsay__Jobs *
jobs_out(struct arena *a, const struct wire_broker *b)
{
	Hearsay__Jobs *m = MAKE(a, Hearsay__Jobs, HEARSAY__JOBS__INIT);

	m->more = b->jobs.more;
	m->next = b->jobs.next;
	m->n_jobs = b->jobs.n;
	m->jobs = MAKE_LIST(a, b->jobs.n, Hearsay__Job, HEARSAY__JOB__INIT);
	for (size_t i = 0; i < b->jobs.n; i++)
		job_out(a, &b->jobs.v[i], m->jobs[i]);
	return m;
}

static Hearsay__BackupPart *
backup_out(struct arena *a, const struct wire_backup *b)
{
	Hearsay__BackupPart *m = MAKE(a, Hearsay__BackupPart, HEARSAY__BACKUP_PART__INIT);

	m->token = b->token;
	m->ready = b->ready;
	m->copied = b->copied;
	m->size = b->size;
	m->offset = b->offset;
	m->data.len = b->data.n;
	m->data.data = (uint8_t *)(uintptr_t)b->data.v;
	return m;
}

static Hearsay__Ordered *
ordered_out(struct arena *a, const struct wire_broker *b)
{
	Hearsay__Ordered *m = MAKE(a, Hearsay__Ordered, HEARSAY__ORDERED__INIT);

	m->changed = b->ordered.changed;
	m->next = b->ordered.next;
	m->n_outcomes = b->ordered.n;
	m->outcomes =
	    MAKE_LIST(a, b->ordered.n, Hearsay__Outcome, HEARSAY__OUTCOME__INIT);
	for (size_t i = 0; i < b->ordered.n; i++) {
		m->outcomes[i]->changed = b->ordered.v[i].changed;
		m->outcomes[i]->id = b->ordered.v[i].id;
		m->outcomes[i]->state = (Hearsay__JobState)b->ordered.v[i].state;
	}
	return m;
}

static Hearsay__Stats *
stats_out(struct arena *a, const struct wire_broker *b)
{
	Hearsay__Stats *m = MAKE(a, Hearsay__Stats, HEARSAY__STATS__INIT);
	const struct wire_stats *s = &b->stats;

	m->ready = s->ready;
	m->delayed = s->delayed;
	m->leased = s->leased;
	m->done = s->done;
	m->dead = s->dead;
	m->cancelled = s->cancelled;
	m->workers = s->workers;
	m->threads = s->threads;
	m->clients = s->clients;
	m->oldest_ready_ms = s->oldest_ready_ms;
	m->done_per_minute = s->done_per_minute;
	m->uptime_ms = s->uptime_ms;
	m->sequence = s->sequence;
	m->paused_ms = s->paused_ms;
	m->draining_ms = s->draining_ms;
	m->paused_tenants = s->paused_tenants;
	m->draining_tenants = s->draining_tenants;
	m->software = proto_text(s->software);
	return m;
}

static Hearsay__Refusal *
refusal_out(struct arena *a, const struct wire_broker *b)
{
	Hearsay__Refusal *m = MAKE(a, Hearsay__Refusal, HEARSAY__REFUSAL__INIT);

	m->code = (Hearsay__Refusal__Code)b->refusal.code;
	m->reason = proto_text(b->refusal.reason);
	m->retry_after_ms = b->refusal.retry_after_ms;
	if (b->refusal.code == WIRE_REFUSAL_VERSION) {
		m->n_supported = LENGTH(supported);
		m->supported = (uint32_t *)supported;
	}
	return m;
}

static Hearsay__Welcome *
welcome_out(struct arena *a, const struct wire_broker *b)
{
	Hearsay__Welcome *m = MAKE(a, Hearsay__Welcome, HEARSAY__WELCOME__INIT);

	m->heartbeat_ms = b->welcome.heartbeat_ms;
	m->lease_ms = b->welcome.lease_ms;
	m->software = proto_text(b->welcome.software);
	return m;
}

static Hearsay__Leases *
leases_out(struct arena *a, const struct wire_broker *b)
{
	Hearsay__Leases *m = MAKE(a, Hearsay__Leases, HEARSAY__LEASES__INIT);

	m->n_leases = b->leases.n;
	m->leases = MAKE_LIST(a, b->leases.n, Hearsay__Lease, HEARSAY__LEASE__INIT);
	for (size_t i = 0; i < b->leases.n; i++) {
		const struct wire_lease *from = &b->leases.v[i];

		m->leases[i]->job = from->job;
		m->leases[i]->fence = from->fence;
		m->leases[i]->attempt = from->attempt;
		m->leases[i]->lease_ms = from->lease_ms;
		m->leases[i]->article = proto_body_out(a, &from->article);
	}
	return m;
}

static Hearsay__Settled *
settled_out(struct arena *a, const struct wire_broker *b)
{
	Hearsay__Settled *m = MAKE(a, Hearsay__Settled, HEARSAY__SETTLED__INIT);

	m->n_settlements = b->settled.n;
	m->settlements =
	    MAKE_LIST(a, b->settled.n, Hearsay__Settlement, HEARSAY__SETTLEMENT__INIT);
	for (size_t i = 0; i < b->settled.n; i++) {
		m->settlements[i]->lease = proto_held_out(a, b->settled.v[i].lease);
		m->settlements[i]->status =
		    (Hearsay__Settlement__Status)b->settled.v[i].status;
	}
	return m;
}

static Hearsay__Cancel *
cancel_out(struct arena *a, const struct wire_broker *b)
{
	Hearsay__Cancel *m = MAKE(a, Hearsay__Cancel, HEARSAY__CANCEL__INIT);

	m->n_leases = b->cancel.n;
	m->leases = proto_holds_out(a, &b->cancel);
	return m;
}

struct bytes
wire_broker_write(struct arena *a, const struct wire_broker *b)
{
	Hearsay__BrokerMessage m = HEARSAY__BROKER_MESSAGE__INIT;

	m.version = WIRE_VERSION;
	m.request = b->request;
	m.what_case = (Hearsay__BrokerMessage__WhatCase)b->what;
	switch (b->what) {
	case WIRE_SUBMITTED:
		m.submitted = submitted_out(a, b);
		break;
	case WIRE_JOBS:
		m.jobs = jobs_out(a, b);
		break;
	case WIRE_ORDERED:
		m.ordered = ordered_out(a, b);
		break;
	case WIRE_BACKUP_PART:
		m.backup = backup_out(a, &b->backup);
		break;
	case WIRE_STATS_ANSWER:
		m.stats = stats_out(a, b);
		break;
	case WIRE_REFUSAL:
		m.refusal = refusal_out(a, b);
		break;
	case WIRE_BROKER_HEARTBEAT:
		m.heartbeat = MAKE(a, Hearsay__Heartbeat, HEARSAY__HEARTBEAT__INIT);
		break;
	case WIRE_WELCOME:
		m.welcome = welcome_out(a, b);
		break;
	case WIRE_LEASES:
		m.leases = leases_out(a, b);
		break;
	case WIRE_SETTLED:
		m.settled = settled_out(a, b);
		break;
	case WIRE_CANCEL:
		m.cancel = cancel_out(a, b);
		break;
	}
	return proto_pack(a, &m);
}
