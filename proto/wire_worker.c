/*
 * What workers send.
 */
#include "proto.h"

static enum err
hello_in(struct arena *a, const Hearsay__Hello *m, struct wire_hello *ret)
{
	*ret = (struct wire_hello){ .name = m->name,
		                    .model = m->model,
		                    .software = m->software,
		                    .session = m->session,
		                    .threads = m->threads };
	return proto_holds_in(a, m->n_holds, m->holds, &ret->holds);
}

static enum err
results_in(struct arena *a, const Hearsay__Report *m, struct wire_worker *ret)
{
	ret->report.n_results = m->n_results;
	ret->report.results = arena_alloc(a, m->n_results * sizeof *ret->report.results);
	for (size_t i = 0; i < m->n_results; i++) {
		const Hearsay__Result *from = m->results[i];

		if (from->lease == NULL || from->extraction == NULL)
			return proto_malformed(
			    "a result without its lease or its extraction");
		ret->report.results[i] =
		    (struct wire_result){ { from->lease->job, from->lease->fence },
			                  from->model,
			                  proto_body_in(from->extraction) };
	}
	return OK;
}

static enum err
failures_in(struct arena *a, const Hearsay__Report *m, struct wire_worker *ret)
{
	ret->report.n_failures = m->n_failures;
	ret->report.failures =
	    arena_alloc(a, m->n_failures * sizeof *ret->report.failures);
	for (size_t i = 0; i < m->n_failures; i++) {
		const Hearsay__Failure *from = m->failures[i];

		if (from->lease == NULL)
			return proto_malformed("a failure without its lease");
		ret->report.failures[i] =
		    (struct wire_failure){ { from->lease->job, from->lease->fence },
			                   from->reason,
			                   from->final };
	}
	return OK;
}

static enum err
report_in(struct arena *a, const Hearsay__Report *m, struct wire_worker *ret)
{
	enum err e;

	if ((e = proto_check_count(m->n_results)) != OK ||
	    (e = proto_check_count(m->n_failures)) != OK ||
	    (e = results_in(a, m, ret)) != OK)
		return e;
	return failures_in(a, m, ret);
}

static enum err
worker_in(struct arena *a, const Hearsay__WorkerMessage *m, struct wire_worker *ret)
{
	switch (m->what_case) {
	case HEARSAY__WORKER_MESSAGE__WHAT_HELLO:
		return hello_in(a, m->hello, &ret->hello);
	case HEARSAY__WORKER_MESSAGE__WHAT_CREDIT:
		ret->credit = m->credit->articles;
		return OK;
	case HEARSAY__WORKER_MESSAGE__WHAT_TOUCH:
		return proto_holds_in(a, m->touch->n_holds, m->touch->holds, &ret->holds);
	case HEARSAY__WORKER_MESSAGE__WHAT_REPORT:
		return report_in(a, m->report, ret);
	case HEARSAY__WORKER_MESSAGE__WHAT_GOODBYE:
		return proto_holds_in(a, m->goodbye->n_holds, m->goodbye->holds,
		                      &ret->holds);
	case HEARSAY__WORKER_MESSAGE__WHAT_HEARTBEAT:
		return OK;
	default:
		return proto_malformed("a worker's message without a part that we know");
	}
}

enum err
wire_worker_read(struct arena *a, struct bytes in, struct wire_worker *ret)
{
	const Hearsay__WorkerMessage *m =
	    proto_unpack(a, &hearsay__worker_message__descriptor, in);
	enum err e;

	*ret = (struct wire_worker){ 0 };
	if (m == NULL)
		return proto_malformed("it cannot be unpacked");
	if ((e = proto_check_version(m->version)) != OK)
		return e;
	ret->what = (enum wire_worker_what)m->what_case;
	return worker_in(a, m, ret);
}

static Hearsay__Hello *
hello_out(struct arena *a, const struct wire_hello *h)
{
	Hearsay__Hello *m = MAKE(a, Hearsay__Hello, HEARSAY__HELLO__INIT);

	m->name = proto_text(h->name);
	m->model = proto_text(h->model);
	m->software = proto_text(h->software);
	m->session = h->session;
	m->threads = h->threads;
	m->n_holds = h->holds.n;
	m->holds = proto_holds_out(a, &h->holds);
	return m;
}

static void
results_out(struct arena *a, const struct wire_worker *w, Hearsay__Report *m)
{
	m->n_results = w->report.n_results;
	m->results = MAKE_LIST(a, m->n_results, Hearsay__Result, HEARSAY__RESULT__INIT);
	for (size_t i = 0; i < m->n_results; i++) {
		const struct wire_result *from = &w->report.results[i];

		m->results[i]->lease = proto_held_out(a, from->lease);
		m->results[i]->model = proto_text(from->model);
		m->results[i]->extraction = proto_body_out(a, &from->extraction);
	}
}

static Hearsay__Report *
report_out(struct arena *a, const struct wire_worker *w)
{
	Hearsay__Report *m = MAKE(a, Hearsay__Report, HEARSAY__REPORT__INIT);

	results_out(a, w, m);
	m->n_failures = w->report.n_failures;
	m->failures =
	    MAKE_LIST(a, m->n_failures, Hearsay__Failure, HEARSAY__FAILURE__INIT);
	for (size_t i = 0; i < m->n_failures; i++) {
		const struct wire_failure *from = &w->report.failures[i];

		m->failures[i]->lease = proto_held_out(a, from->lease);
		m->failures[i]->reason = proto_text(from->reason);
		m->failures[i]->final = from->final;
	}
	return m;
}

struct bytes
wire_worker_write(struct arena *a, const struct wire_worker *w)
{
	Hearsay__WorkerMessage m = HEARSAY__WORKER_MESSAGE__INIT;

	m.version = WIRE_VERSION;
	m.what_case = (Hearsay__WorkerMessage__WhatCase)w->what;
	switch (w->what) {
	case WIRE_HELLO:
		m.hello = hello_out(a, &w->hello);
		break;
	case WIRE_CREDIT:
		m.credit = MAKE(a, Hearsay__Credit, HEARSAY__CREDIT__INIT);
		m.credit->articles = w->credit;
		break;
	case WIRE_TOUCH:
		m.touch = MAKE(a, Hearsay__Touch, HEARSAY__TOUCH__INIT);
		m.touch->n_holds = w->holds.n;
		m.touch->holds = proto_holds_out(a, &w->holds);
		break;
	case WIRE_REPORT:
		m.report = report_out(a, w);
		break;
	case WIRE_WORKER_HEARTBEAT:
		m.heartbeat = MAKE(a, Hearsay__Heartbeat, HEARSAY__HEARTBEAT__INIT);
		break;
	case WIRE_GOODBYE:
		m.goodbye = MAKE(a, Hearsay__Goodbye, HEARSAY__GOODBYE__INIT);
		m.goodbye->n_holds = w->holds.n;
		m.goodbye->holds = proto_holds_out(a, &w->holds);
		break;
	}
	return proto_pack(a, &m);
}
