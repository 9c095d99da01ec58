/*
 * What clients send.
 */
#include "proto.h"

static enum err
submit_in(struct arena *a, const Hearsay__Submit *m, struct wire_client *ret)
{
	enum err e = proto_check_count(m->n_submissions);

	if (e != OK)
		return e;
	ret->submit.n = m->n_submissions;
	ret->submit.v = arena_alloc(a, m->n_submissions * sizeof *ret->submit.v);
	for (size_t i = 0; i < m->n_submissions; i++) {
		const Hearsay__Submission *from = m->submissions[i];

		ret->submit.v[i] =
		    (struct wire_submission){ .key = from->key,
			                      .tenant = from->tenant,
			                      .article_id = from->article_id,
			                      .article = proto_body_in(from->article),
			                      .priority = from->priority,
			                      .not_before_ms = from->not_before_ms,
			                      .delay_ms = from->delay_ms,
			                      .lease_ms = from->lease_ms,
			                      .attempts = from->attempts };
	}
	return OK;
}

static enum err
references_in(struct arena *a, size_t n, Hearsay__Reference **v, struct wire_query *ret)
{
	enum err e = proto_check_count(n);

	if (e != OK)
		return e;
	ret->n = n;
	ret->v = arena_alloc(a, n * sizeof *ret->v);
	for (size_t i = 0; i < n; i++)
		ret->v[i] = (struct wire_reference){ v[i]->id, v[i]->key, v[i]->tenant };
	return OK;
}

/* A state that we do not know selects nothing. */
static void
selection_in(const Hearsay__Selection *m, struct wire_selection *ret)
{
	static const Hearsay__Selection none = HEARSAY__SELECTION__INIT;

	if (m == NULL)
		m = &none;
	*ret = (struct wire_selection){ .tenant = m->tenant,
		                        .reason = m->reason,
		                        .all_tenants = m->all_tenants,
		                        .after = m->after,
		                        .before_ms = m->before_ms };
	for (size_t i = 0; i < m->n_states; i++)
		if ((unsigned)m->states[i] <= WIRE_CANCELLED)
			ret->states |= 1u << m->states[i];
}

static enum err
order_in(struct arena *a, const Hearsay__Order *m, struct wire_client *ret)
{
	ret->act = (enum wire_act)m->act;
	if ((unsigned)m->act >= WIRE_ACTS || ret->act == WIRE_NO_ACT)
		return proto_malformed("an order that we do not know");
	if (m->n_jobs == 0 && m->which == NULL)
		return proto_malformed("an order that says not for which jobs");
	if (m->n_jobs > 0 && ret->act >= WIRE_PAUSE)
		return proto_malformed("jobs are not paused, but tenants");
	selection_in(m->which, &ret->selection);
	return references_in(a, m->n_jobs, m->jobs, &ret->query);
}

static enum err
client_in(struct arena *a, const Hearsay__ClientMessage *m, struct wire_client *ret)
{
	struct wire_query *q = &ret->query;

	switch (m->what_case) {
	case HEARSAY__CLIENT_MESSAGE__WHAT_SUBMIT:
		return submit_in(a, m->submit, ret);
	case HEARSAY__CLIENT_MESSAGE__WHAT_GET:
		q->with_extraction = m->get->with_extraction;
		q->with_article = m->get->with_article;
		q->with_why = m->get->with_why;
		return references_in(a, m->get->n_jobs, m->get->jobs, q);
	case HEARSAY__CLIENT_MESSAGE__WHAT_WAIT:
		q->timeout_ms = m->wait->timeout_ms;
		q->with_extraction = m->wait->with_extraction;
		q->with_article = m->wait->with_article;
		return references_in(a, m->wait->n_jobs, m->wait->jobs, q);
	case HEARSAY__CLIENT_MESSAGE__WHAT_WATCH:
		q->after = m->watch->after;
		q->from_now = m->watch->from_now;
		q->with_extraction = m->watch->with_extraction;
		q->with_article = m->watch->with_article;
		return OK;
	case HEARSAY__CLIENT_MESSAGE__WHAT_DEAD:
		selection_in(m->dead->which, &ret->selection);
		return OK;
	case HEARSAY__CLIENT_MESSAGE__WHAT_ORDER:
		return order_in(a, m->order, ret);
	case HEARSAY__CLIENT_MESSAGE__WHAT_BACKUP:
		ret->backup.token = m->backup->token;
		ret->backup.offset = m->backup->offset;
		return OK;
	case HEARSAY__CLIENT_MESSAGE__WHAT_STATS:
	case HEARSAY__CLIENT_MESSAGE__WHAT_HEARTBEAT:
		return OK;
	default:
		return proto_malformed("a client's message without a part that we know");
	}
}

enum err
wire_client_read(struct arena *a, struct bytes in, struct wire_client *ret)
{
	const Hearsay__ClientMessage *m =
	    proto_unpack(a, &hearsay__client_message__descriptor, in);
	enum err e;

	*ret = (struct wire_client){ 0 };
	if (m == NULL)
		return proto_malformed("it cannot be unpacked");
	ret->request = m->request;
	if ((e = proto_check_version(m->version)) != OK)
		return e;
	ret->what = (enum wire_client_what)m->what_case;
	return client_in(a, m, ret);
}

static Hearsay__Submit *
submit_out(struct arena *a, const struct wire_client *c)
{
	Hearsay__Submit *m = MAKE(a, Hearsay__Submit, HEARSAY__SUBMIT__INIT);

	m->n_submissions = c->submit.n;
	m->submissions =
	    MAKE_LIST(a, c->submit.n, Hearsay__Submission, HEARSAY__SUBMISSION__INIT);
	for (size_t i = 0; i < c->submit.n; i++) {
		const struct wire_submission *from = &c->submit.v[i];

		m->submissions[i]->key = proto_text(from->key);
		m->submissions[i]->tenant = proto_text(from->tenant);
		m->submissions[i]->article_id = proto_text(from->article_id);
		m->submissions[i]->article = proto_body_out(a, &from->article);
		m->submissions[i]->priority = from->priority;
		m->submissions[i]->not_before_ms = from->not_before_ms;
		m->submissions[i]->delay_ms = from->delay_ms;
		m->submissions[i]->lease_ms = from->lease_ms;
		m->submissions[i]->attempts = from->attempts;
	}
	return m;
}

static Hearsay__Reference **
references_out(struct arena *a, const struct wire_query *q)
{
	Hearsay__Reference **list =
	    MAKE_LIST(a, q->n, Hearsay__Reference, HEARSAY__REFERENCE__INIT);

	for (size_t i = 0; i < q->n; i++) {
		list[i]->id = q->v[i].id;
		list[i]->key = proto_text(q->v[i].key);
		list[i]->tenant = proto_text(q->v[i].tenant);
	}
	return list;
}

static Hearsay__Get *
get_out(struct arena *a, const struct wire_query *q)
{
	Hearsay__Get *m = MAKE(a, Hearsay__Get, HEARSAY__GET__INIT);

	m->with_why = q->with_why;
	m->n_jobs = q->n;
	m->jobs = references_out(a, q);
	m->with_extraction = q->with_extraction;
	m->with_article = q->with_article;
	return m;
}

static Hearsay__Wait *
wait_out(struct arena *a, const struct wire_query *q)
{
	Hearsay__Wait *m = MAKE(a, Hearsay__Wait, HEARSAY__WAIT__INIT);

	m->n_jobs = q->n;
	m->jobs = references_out(a, q);
	m->timeout_ms = q->timeout_ms;
	m->with_extraction = q->with_extraction;
	m->with_article = q->with_article;
	return m;
}

static Hearsay__Watch *
watch_out(struct arena *a, const struct wire_query *q)
{
	Hearsay__Watch *m = MAKE(a, Hearsay__Watch, HEARSAY__WATCH__INIT);

	m->after = q->after;
	m->from_now = q->from_now;
	m->with_extraction = q->with_extraction;
	m->with_article = q->with_article;
	return m;
}

static Hearsay__Selection *
selection_out(struct arena *a, const struct wire_selection *s)
{
	Hearsay__Selection *m = MAKE(a, Hearsay__Selection, HEARSAY__SELECTION__INIT);

	m->tenant = proto_text(s->tenant);
	m->reason = proto_text(s->reason);
	m->all_tenants = s->all_tenants;
	m->after = s->after;
	m->before_ms = s->before_ms;
	m->states = arena_alloc(a, (WIRE_CANCELLED + 1) * sizeof *m->states);
	for (int i = WIRE_READY; i <= WIRE_CANCELLED; i++)
		if ((s->states >> i & 1) != 0)
			m->states[m->n_states++] = (Hearsay__JobState)i;
	return m;
}

static Hearsay__Dead *
dead_out(struct arena *a, const struct wire_selection *s)
{
	Hearsay__Dead *m = MAKE(a, Hearsay__Dead, HEARSAY__DEAD__INIT);

	m->which = selection_out(a, s);
	return m;
}

static Hearsay__Order *
order_out(struct arena *a, const struct wire_client *c)
{
	Hearsay__Order *m = MAKE(a, Hearsay__Order, HEARSAY__ORDER__INIT);

	m->act = (Hearsay__Order__Act)c->act;
	m->n_jobs = c->query.n;
	m->jobs = references_out(a, &c->query);
	if (c->query.n == 0)
		m->which = selection_out(a, &c->selection);
	return m;
}

struct bytes
wire_client_write(struct arena *a, const struct wire_client *c)
{
	Hearsay__ClientMessage m = HEARSAY__CLIENT_MESSAGE__INIT;

	m.version = WIRE_VERSION;
	m.request = c->request;
	m.what_case = (Hearsay__ClientMessage__WhatCase)c->what;
	switch (c->what) {
	case WIRE_SUBMIT:
		m.submit = submit_out(a, c);
		break;
	case WIRE_GET:
		m.get = get_out(a, &c->query);
		break;
	case WIRE_WAIT:
		m.wait = wait_out(a, &c->query);
		break;
	case WIRE_WATCH:
		m.watch = watch_out(a, &c->query);
		break;
	case WIRE_STATS:
		m.stats = MAKE(a, Hearsay__StatsRequest, HEARSAY__STATS_REQUEST__INIT);
		break;
	case WIRE_LIST_DEAD:
		m.dead = dead_out(a, &c->selection);
		break;
	case WIRE_ORDER:
		m.order = order_out(a, c);
		break;
	case WIRE_BACKUP:
		m.backup = MAKE(a, Hearsay__Backup, HEARSAY__BACKUP__INIT);
		m.backup->token = c->backup.token;
		m.backup->offset = c->backup.offset;
		break;
	case WIRE_CLIENT_HEARTBEAT:
		m.heartbeat = MAKE(a, Hearsay__Heartbeat, HEARSAY__HEARTBEAT__INIT);
		break;
	}
	return proto_pack(a, &m);
}
