#include <math.h>
#include <string.h>

#include "inside.h"
#include "proto/hearsay.pb-c.h"
#include "wire.h"

static struct bytes
bytes(const char *s)
{
	return (struct bytes){ strlen(s), (const uint8_t *)s };
}

static struct body
plain(const char *s)
{
	return (struct body){ CODING_PLAIN, strlen(s), bytes(s) };
}

INSIDE(an_article_keeps_every_byte_of_its_text)
{
	struct wire_article in = { .id = "i",
		                   .key = "k",
		                   .tenant = "t",
		                   .title = "A \xe2\x80\x9ctitle\xe2\x80\x9d",
		                   .text = { 9, (const uint8_t *)"one\0 two\n" } },
	                    out;

	ck_assert_int_eq(wire_article_read(a, wire_article_write(a, &in), &out), OK);
	ck_assert_str_eq(out.id, "i");
	ck_assert_str_eq(out.key, "k");
	ck_assert_str_eq(out.tenant, "t");
	ck_assert_str_eq(out.title, in.title);
	ck_assert_str_eq(out.url, "");
	ck_assert_uint_eq(out.text.n, 9);
	ck_assert_mem_eq(out.text.v, in.text.v, 9);
}

INSIDE(a_text_that_is_not_utf8_is_refused_with_its_offset)
{
	struct wire_article in = { .text = bytes("caf\xe9"), .id = "" }, out;

	ck_assert_int_eq(wire_article_read(a, wire_article_write(a, &in), &out),
	                 ERR_BAD_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "byte 3"));
}

static struct span at[] = { { 0, 4 }, { 9, 20 }, { 25, 30 } };

/* Everything that an extraction can have. */
static struct extraction
full(struct arena *arena)
{
	struct extraction x = { "model-1", 2, arena_alloc(arena, 2 * sizeof *x.v), 2, 1 };

	x.v[0] = (struct attribution){ .source = { 1, at },
		                       .content = { 2, at + 1 },
		                       .kind = MIXED,
		                       .confidence = 0.25f,
		                       .parent = NO_INDEX,
		                       .speaker = 1,
		                       .speaker_reason = "by name",
		                       .stance = DENIES,
		                       .certainty = -2.5f };
	x.v[1] = (struct attribution){ .kind = DIRECT,
		                       .nested = true,
		                       .confidence = 1,
		                       .parent = 0,
		                       .speaker = NO_INDEX };
	x.speakers = arena_alloc(arena, 2 * sizeof *x.speakers);
	x.speakers[0] = (struct speaker){ "Ana Ruiz", "director", PERSON, { 2, at } };
	x.speakers[1] = (struct speaker){ "the report", NULL, DOCUMENT, { 1, at } };
	x.claims = arena_alloc(arena, sizeof *x.claims);
	*x.claims = (struct claim){ .at = { 2, at + 1 },
		                    .text = "it sank",
		                    .attribution = 1,
		                    .negated = true,
		                    .certainty = 3,
		                    .check_worthy = 0.5f,
		                    .n_quantities = 1,
		                    .n_times = 1 };
	x.claims->quantities = arena_alloc(arena, sizeof *x.claims->quantities);
	*x.claims->quantities = (struct quantity){ at[0], -1.5, "%" };
	x.claims->times = arena_alloc(arena, sizeof *x.claims->times);
	*x.claims->times = (struct moment){ at[1], "2019-03" };
	return x;
}

INSIDE(an_extraction_comes_back_as_it_was)
{
	struct extraction in = full(a), out;

	ck_assert_int_eq(wire_extraction_read(a, wire_extraction_write(a, &in), &out),
	                 OK);
	ck_assert_str_eq(out.model, "model-1");
	ck_assert_uint_eq(out.n, 2);
	ck_assert_uint_eq(out.v[0].source.n, 1);
	ck_assert_uint_eq(out.v[0].cue.n, 0);
	ck_assert_uint_eq(out.v[0].content.n, 2);
	ck_assert_mem_eq(out.v[0].content.v, at + 1, 2 * sizeof *at);
	ck_assert_int_eq(out.v[0].kind, MIXED);
	ck_assert(out.v[0].confidence == 0.25f && out.v[0].certainty == -2.5f);
	ck_assert_int_eq(out.v[0].stance, DENIES);
	ck_assert_int_eq(out.v[0].speaker, 1);
	ck_assert_str_eq(out.v[0].speaker_reason, "by name");
	ck_assert_int_eq(out.v[0].parent, NO_INDEX);
	ck_assert(out.v[1].nested && !out.v[0].nested);
	ck_assert_int_eq(out.v[1].kind, DIRECT);
	ck_assert_int_eq(out.v[1].parent, 0);
	ck_assert_int_eq(out.v[1].speaker, NO_INDEX);
	ck_assert_str_eq(out.v[1].speaker_reason, "");
}

INSIDE(speakers_and_claims_come_back_as_they_were)
{
	struct extraction in = full(a), out;
	const struct claim *c;

	ck_assert_int_eq(wire_extraction_read(a, wire_extraction_write(a, &in), &out),
	                 OK);
	ck_assert_uint_eq(out.n_speakers, 2);
	ck_assert_str_eq(out.speakers[0].name, "Ana Ruiz");
	ck_assert_str_eq(out.speakers[0].title, "director");
	ck_assert_uint_eq(out.speakers[0].mentions.n, 2);
	ck_assert_int_eq(out.speakers[1].kind, DOCUMENT);
	ck_assert_str_eq(out.speakers[1].title, "");
	ck_assert_uint_eq(out.n_claims, 1);
	c = out.claims;
	ck_assert_str_eq(c->text, "it sank");
	ck_assert(c->negated && c->certainty == 3 && c->check_worthy == 0.5f);
	ck_assert_int_eq(c->attribution, 1);
	ck_assert_mem_eq(c->at.v, at + 1, 2 * sizeof *at);
	ck_assert(c->n_quantities == 1 && c->quantities->value == -1.5);
	ck_assert_str_eq(c->quantities->unit, "%");
	ck_assert_uint_eq(c->quantities->at.end, 4);
	ck_assert_str_eq(c->times->value, "2019-03");
	ck_assert_uint_eq(c->times->at.begin, 9);
}

/* As version 0.1.0 wrote it before there were speakers. */
INSIDE(a_result_without_speakers_has_none)
{
	static const char packed[] = "\x0a\x03old\x12\x09\x0a\x02\x10\x04\x2d\0\0\0\x3f";
	struct bytes in = { sizeof packed - 1, (const uint8_t *)packed };
	struct extraction out;

	ck_assert_int_eq(wire_extraction_check(in), OK);
	ck_assert_int_eq(wire_extraction_read(a, in, &out), OK);
	ck_assert_uint_eq(out.n, 1);
	ck_assert_int_eq(out.v->speaker, NO_INDEX);
	ck_assert_int_eq(out.v->parent, NO_INDEX);
	ck_assert_str_eq(out.v->speaker_reason, "");
	ck_assert_int_eq(out.v->stance, ASSERTS);
	ck_assert(out.n_speakers == 0 && out.n_claims == 0);
}

static void
must_be_refused(struct arena *arena, const struct extraction *x, const char *what)
{
	struct bytes packed = wire_extraction_write(arena, x);
	struct extraction out;

	ck_assert_msg(wire_extraction_read(arena, packed, &out) == ERR_BAD_INPUT, "%s",
	              what);
	ck_assert_msg(wire_extraction_check(packed) == ERR_BAD_INPUT, "%s", what);
}

/* Break one thing of a whole extraction, and see that it is not taken. */
#define REFUSED(...)                                                                     \
	do {                                                                             \
		struct extraction x = full(a);                                           \
                                                                                         \
		__VA_ARGS__;                                                             \
		must_be_refused(a, &x, #__VA_ARGS__);                                    \
	} while (0)

INSIDE(indices_beyond_the_end_are_refused)
{
	REFUSED(x.v[0].speaker = 2);
	REFUSED(x.v[1].parent = 2);
	REFUSED(x.v[0].parent = 0); /* itself */
	REFUSED(x.claims->attribution = 2);
}

INSIDE(numbers_out_of_range_are_refused)
{
	REFUSED(x.v[0].certainty = 3.5f);
	REFUSED(x.v[0].certainty = NAN);
	REFUSED(x.v[0].confidence = INFINITY);
	REFUSED(x.v[0].stance = (enum stance)5);
	REFUSED(x.speakers[0].kind = (enum speaker_kind)5);
	REFUSED(x.speakers[0].mentions = (struct spans){ 1, &(struct span){ 5 } });
	REFUSED(x.claims->certainty = -4);
	REFUSED(x.claims->check_worthy = 1.5f);
	REFUSED(x.claims->quantities->value = NAN);
	REFUSED(x.claims->quantities->value = -INFINITY);
	REFUSED(x.claims->quantities->at.begin = 9);
	REFUSED(x.claims->times->at.end = 9);
}

static const struct span disorder[][2] = {
	{ { 4, 4 }, { 5, 6 } },
	{ { 5, 4 }, { 5, 6 } },
	{ { 0, 4 }, { 3, 6 } },
	{ { 5, 6 }, { 0, 4 } },
};

INSIDE(spans_out_of_order_are_refused)
{
	for (size_t i = 0; i < sizeof disorder / sizeof disorder[0]; i++) {
		struct attribution v = { .cue = { 2, (struct span *)disorder[i] },
			                 .parent = NO_INDEX,
			                 .speaker = NO_INDEX };
		struct extraction in = { "m", 1, &v }, out;

		struct bytes packed = wire_extraction_write(a, &in);

		ck_assert_int_eq(wire_extraction_read(a, packed, &out), ERR_BAD_INPUT);
		ck_assert_int_eq(wire_extraction_check(packed), ERR_BAD_INPUT);
	}
}

/* Each byte made each other, and each length: what passes the check can be read. */
INSIDE(what_passes_the_check_can_be_read)
{
	struct extraction x = full(a);
	struct bytes good = wire_extraction_write(a, &x);
	uint8_t *v = arena_raw(a, good.n);
	size_t passed = 0, refused = 0;

	memcpy(v, good.v, good.n);
	for (size_t i = 0; i < good.n * 256; i++) {
		struct bytes in = { good.n - i % 7 % 3, v };
		size_t mark = arena_mark(a);
		struct extraction out;

		v[i / 256] ^= (uint8_t)i;
		if (wire_extraction_check(in) == OK) {
			ck_assert_int_eq(wire_extraction_read(a, in, &out), OK);
			passed++;
		} else {
			refused++;
		}
		v[i / 256] = good.v[i / 256];
		arena_release(a, mark);
	}
	ck_assert_int_eq(wire_extraction_check(good), OK);
	ck_assert_uint_gt(passed, 1000);
	ck_assert_uint_gt(refused, 1000);
}

INSIDE(a_number_of_too_many_bytes_does_not_pass)
{
	static const char *const packed[] = { "\x8a\x80\x80\x80\x80\x00\x00",
		                              "\x0a\x80\x80\x80\x80\x80\x00",
		                              "\x18\xff\xff\xff\xff\xff\xff\xff"
		                              "\xff\xff\xff\x01" };
	static const size_t size[] = { 7, 7, 12 };
	struct extraction out;

	for (size_t i = 0; i < 3; i++) {
		struct bytes in = { size[i], (const uint8_t *)packed[i] };

		ck_assert_int_eq(wire_extraction_check(in), ERR_BAD_INPUT);
		ck_assert_int_eq(wire_extraction_read(a, in, &out), ERR_BAD_INPUT);
	}
}

INSIDE(a_client_message_comes_back_as_it_was)
{
	struct wire_submission s[] = { { "k1", "t", "a1", plain("one") },
		                       { "k2", NULL, NULL, plain("two") } };
	struct wire_client in = { .request = 42,
		                  .what = WIRE_SUBMIT,
		                  .submit = { 2, s } },
	                   out;

	ck_assert_int_eq(wire_client_read(a, wire_client_write(a, &in), &out), OK);
	ck_assert_uint_eq(out.request, 42);
	ck_assert_int_eq(out.what, WIRE_SUBMIT);
	ck_assert_uint_eq(out.submit.n, 2);
	ck_assert_str_eq(out.submit.v[0].article_id, "a1");
	ck_assert_str_eq(out.submit.v[1].key, "k2");
	ck_assert_str_eq(out.submit.v[1].tenant, "");
	ck_assert_uint_eq(out.submit.v[1].article.size, 3);
	ck_assert_mem_eq(out.submit.v[1].article.data.v, "two", 3);
}

INSIDE(the_terms_of_a_submission_come_back_as_they_were)
{
	struct wire_submission s[] = { { .key = "k",
		                         .article = plain("x"),
		                         .priority = -9,
		                         .not_before_ms = UINT64_MAX,
		                         .delay_ms = 7,
		                         .lease_ms = 8,
		                         .attempts = 9 },
		                       { .key = "usual", .article = plain("y") } };
	struct wire_client in = { .what = WIRE_SUBMIT, .submit = { 2, s } }, out;

	ck_assert_int_eq(wire_client_read(a, wire_client_write(a, &in), &out), OK);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(out.submit.v[i].priority, s[i].priority);
		ck_assert_uint_eq(out.submit.v[i].not_before_ms, s[i].not_before_ms);
		ck_assert_uint_eq(out.submit.v[i].delay_ms, s[i].delay_ms);
		ck_assert_uint_eq(out.submit.v[i].lease_ms, s[i].lease_ms);
		ck_assert_uint_eq(out.submit.v[i].attempts, s[i].attempts);
	}
}

INSIDE(an_order_to_tenants_names_no_jobs)
{
	struct wire_reference r = { .key = "k" };

	for (int act = WIRE_NO_ACT; act <= WIRE_ACTS; act++) {
		struct wire_client in = { .what = WIRE_ORDER, .act = (enum wire_act)act },
		                   out;
		bool is_act = act != WIRE_NO_ACT && act != WIRE_ACTS;

		in.selection.states = 1u << WIRE_DONE | 1u << WIRE_READY;
		in.selection.before_ms = 77;
		ck_assert_int_eq(wire_client_read(a, wire_client_write(a, &in), &out),
		                 is_act ? OK : ERR_BAD_INPUT);
		if (is_act) {
			ck_assert_uint_eq(out.selection.states, in.selection.states);
			ck_assert_uint_eq(out.selection.before_ms, 77);
		}
		in.query.n = 1;
		in.query.v = &r;
		ck_assert_int_eq(wire_client_read(a, wire_client_write(a, &in), &out),
		                 is_act && act < WIRE_PAUSE ? OK : ERR_BAD_INPUT);
	}
}

INSIDE(each_query_keeps_its_fields)
{
	struct wire_reference r = { 7, "k", "t" };
	static const enum wire_client_what whats[] = { WIRE_GET, WIRE_WAIT };

	for (size_t i = 0; i < 2; i++) {
		struct wire_client in = { .what = whats[i],
			                  .query = { .n = 1,
			                             .v = &r,
			                             .timeout_ms = 9,
			                             .with_article = true } },
		                   out;

		ck_assert_int_eq(wire_client_read(a, wire_client_write(a, &in), &out),
		                 OK);
		ck_assert_int_eq(out.what, whats[i]);
		ck_assert_uint_eq(out.query.v[0].id, 7);
		ck_assert_str_eq(out.query.v[0].key, "k");
		ck_assert_uint_eq(out.query.timeout_ms, whats[i] == WIRE_WAIT ? 9 : 0);
		ck_assert(out.query.with_article && !out.query.with_extraction);
	}
	struct wire_client in = { .what = WIRE_WATCH,
		                  .query = { .after = 5, .from_now = true } },
	                   out;
	ck_assert_int_eq(wire_client_read(a, wire_client_write(a, &in), &out), OK);
	ck_assert_uint_eq(out.query.after, 5);
	ck_assert(out.query.from_now);
}

INSIDE(an_order_comes_back_as_it_was)
{
	struct wire_reference r = { .key = "k" };
	struct wire_client in = { .what = WIRE_ORDER,
		                  .act = WIRE_CANCEL_JOBS,
		                  .query = { .n = 1, .v = &r } },
	                   out;
	struct wire_outcome v = { true, 7, WIRE_CANCELLED };
	struct wire_broker said = { .what = WIRE_ORDERED }, heard;

	ck_assert_int_eq(wire_client_read(a, wire_client_write(a, &in), &out), OK);
	ck_assert_int_eq(out.act, WIRE_CANCEL_JOBS);
	ck_assert_str_eq(out.query.v[0].key, "k");
	in = (struct wire_client){ .what = WIRE_ORDER,
		                   .act = WIRE_KICK_JOBS,
		                   .selection = { "t", "why", true, 9 } };
	ck_assert_int_eq(wire_client_read(a, wire_client_write(a, &in), &out), OK);
	ck_assert_str_eq(out.selection.tenant, "t");
	ck_assert_str_eq(out.selection.reason, "why");
	ck_assert(out.selection.all_tenants && out.selection.after == 9);
	said.ordered.n = 1;
	said.ordered.v = &v;
	said.ordered.changed = 1;
	said.ordered.next = 5;
	ck_assert_int_eq(wire_broker_read(a, wire_broker_write(a, &said), &heard), OK);
	ck_assert_uint_eq(heard.ordered.v[0].id, 7);
	ck_assert_int_eq(heard.ordered.v[0].state, WIRE_CANCELLED);
	ck_assert(heard.ordered.changed == 1 && heard.ordered.next == 5);
}

/* What names no jobs must say so, lest a slip of a program kick them all. */
INSIDE(an_order_without_jobs_or_with_no_act_is_refused)
{
	Hearsay__ClientMessage m = HEARSAY__CLIENT_MESSAGE__INIT;
	Hearsay__Order order = HEARSAY__ORDER__INIT;
	struct wire_client out;
	uint8_t packed[64];

	m.version = WIRE_VERSION;
	m.what_case = HEARSAY__CLIENT_MESSAGE__WHAT_ORDER;
	m.order = &order;
	for (int act = 0; act < 9; act++) {
		order.act = (Hearsay__Order__Act)act;
		size_t n = hearsay__client_message__pack(&m, packed);
		ck_assert_int_eq(wire_client_read(a, (struct bytes){ n, packed }, &out),
		                 ERR_BAD_INPUT);
	}
}

INSIDE(a_worker_message_comes_back_as_it_was)
{
	struct wire_held held[] = { { 1, 2 }, { 3, 4 } };
	struct wire_worker
	    in = { .what = WIRE_HELLO,
		   .hello = { "host/1", "m", "s", UINT64_MAX, 8, { 2, held } } },
	    out;

	ck_assert_int_eq(wire_worker_read(a, wire_worker_write(a, &in), &out), OK);
	ck_assert_str_eq(out.hello.name, "host/1");
	ck_assert_uint_eq(out.hello.session, UINT64_MAX);
	ck_assert_uint_eq(out.hello.threads, 8);
	ck_assert_mem_eq(out.hello.holds.v, held, sizeof held);
	in = (struct wire_worker){ .what = WIRE_TOUCH, .holds = { 2, held } };
	ck_assert_int_eq(wire_worker_read(a, wire_worker_write(a, &in), &out), OK);
	ck_assert_uint_eq(out.holds.n, 2);
	in.what = WIRE_GOODBYE;
	ck_assert_int_eq(wire_worker_read(a, wire_worker_write(a, &in), &out), OK);
	ck_assert_mem_eq(out.holds.v, held, sizeof held);
	in = (struct wire_worker){ .what = WIRE_CREDIT, .credit = 11 };
	ck_assert_int_eq(wire_worker_read(a, wire_worker_write(a, &in), &out), OK);
	ck_assert_uint_eq(out.credit, 11);
}

INSIDE(a_report_keeps_results_and_failures)
{
	struct wire_result r = { { 1, 2 }, "m", plain("extraction") };
	struct wire_failure f = { { 3, 4 }, "why", true };
	struct wire_worker in = { .what = WIRE_REPORT, .report = { 1, 1, &r, &f } }, out;

	ck_assert_int_eq(wire_worker_read(a, wire_worker_write(a, &in), &out), OK);
	ck_assert_uint_eq(out.report.results[0].lease.fence, 2);
	ck_assert_uint_eq(out.report.results[0].extraction.data.n, 10);
	ck_assert_uint_eq(out.report.failures[0].lease.job, 3);
	ck_assert_str_eq(out.report.failures[0].reason, "why");
	ck_assert(out.report.failures[0].final);
}

INSIDE(a_result_without_its_lease_is_refused)
{
	Hearsay__Result r = HEARSAY__RESULT__INIT, *results[] = { &r };
	Hearsay__Report report = HEARSAY__REPORT__INIT;
	Hearsay__WorkerMessage m = HEARSAY__WORKER_MESSAGE__INIT;
	uint8_t packed[64];
	struct wire_worker out;

	report.n_results = 1;
	report.results = results;
	m.version = WIRE_VERSION;
	m.what_case = HEARSAY__WORKER_MESSAGE__WHAT_REPORT;
	m.report = &report;
	struct bytes in = { hearsay__worker_message__pack(&m, packed), packed };
	ck_assert_int_eq(wire_worker_read(a, in, &out), ERR_BAD_INPUT);
}

INSIDE(a_broker_message_comes_back_as_it_was)
{
	struct wire_receipt r = { WIRE_CONFLICT, 9, "k", "used before", 100 };
	struct wire_broker in = { .request = 3,
		                  .what = WIRE_SUBMITTED,
		                  .submitted = { 1, &r } },
	                   out;

	ck_assert_int_eq(wire_broker_read(a, wire_broker_write(a, &in), &out), OK);
	ck_assert_uint_eq(out.request, 3);
	ck_assert_int_eq(out.submitted.v[0].status, WIRE_CONFLICT);
	ck_assert_str_eq(out.submitted.v[0].reason, "used before");
	ck_assert_uint_eq(out.submitted.v[0].retry_after_ms, 100);

	struct wire_job j = { .id = 8,
		              .key = "k",
		              .state = WIRE_DEAD,
		              .attempts = 5,
		              .sequence = 77,
		              .has_extraction = true,
		              .extraction = plain("x") };
	in = (struct wire_broker){ .what = WIRE_JOBS, .jobs = { 1, &j, true } };
	ck_assert_int_eq(wire_broker_read(a, wire_broker_write(a, &in), &out), OK);
	ck_assert(out.jobs.more && out.jobs.v[0].has_extraction &&
	          !out.jobs.v[0].has_article);
	ck_assert_int_eq(out.jobs.v[0].state, WIRE_DEAD);
	ck_assert_uint_eq(out.jobs.v[0].sequence, 77);

	struct wire_lease l = { 1, 2, 3, 60000, plain("article") };
	in = (struct wire_broker){ .what = WIRE_LEASES, .leases = { 1, &l } };
	ck_assert_int_eq(wire_broker_read(a, wire_broker_write(a, &in), &out), OK);
	ck_assert_uint_eq(out.leases.v[0].attempt, 3);
	ck_assert_mem_eq(out.leases.v[0].article.data.v, "article", 7);

	struct wire_settlement s = { { 1, 2 }, WIRE_STALE };
	in = (struct wire_broker){ .what = WIRE_SETTLED, .settled = { 1, &s } };
	ck_assert_int_eq(wire_broker_read(a, wire_broker_write(a, &in), &out), OK);
	ck_assert_int_eq(out.settled.v[0].status, WIRE_STALE);

	in = (struct wire_broker){ .what = WIRE_WELCOME,
		                   .welcome = { 5000, 60000, "b 1" } };
	ck_assert_int_eq(wire_broker_read(a, wire_broker_write(a, &in), &out), OK);
	ck_assert_uint_eq(out.welcome.lease_ms, 60000);

	in = (struct wire_broker){ .what = WIRE_STATS_ANSWER,
		                   .stats = { .ready = 1, .sequence = 2 } };
	ck_assert_int_eq(wire_broker_read(a, wire_broker_write(a, &in), &out), OK);
	ck_assert_uint_eq(out.stats.ready, 1);
	ck_assert_uint_eq(out.stats.sequence, 2);
}

/* A message of the future: version 2, and a field that we do not know. */
static struct bytes
future_client(uint8_t *packed, uint32_t version)
{
	Hearsay__ClientMessage m = HEARSAY__CLIENT_MESSAGE__INIT;
	Hearsay__StatsRequest stats = HEARSAY__STATS_REQUEST__INIT;
	ProtobufCMessageUnknownField field = { 900, PROTOBUF_C_WIRE_TYPE_VARINT, 1,
		                               (uint8_t *)"\x05" };

	m.base.n_unknown_fields = 1;
	m.base.unknown_fields = &field;
	m.version = version;
	m.request = 6;
	m.what_case = HEARSAY__CLIENT_MESSAGE__WHAT_STATS;
	m.stats = &stats;
	return (struct bytes){ hearsay__client_message__pack(&m, packed), packed };
}

INSIDE(an_unknown_version_is_refused_and_an_unknown_field_is_not)
{
	uint8_t packed[64];
	struct wire_client out;

	ck_assert_int_eq(wire_client_read(a, future_client(packed, 2), &out),
	                 ERR_VERSION);
	ck_assert_uint_eq(out.request, 6);
	ck_assert_ptr_nonnull(strstr(err_text(), "version 2"));
	ck_assert_int_eq(wire_client_read(a, future_client(packed, 1), &out), OK);
	ck_assert_int_eq(out.what, WIRE_STATS);
}

INSIDE(a_refusal_says_which_versions_are_supported)
{
	struct wire_broker in = { .what = WIRE_REFUSAL,
		                  .refusal = { .code = WIRE_REFUSAL_VERSION,
		                               .reason = "r" } },
	                   out;

	ck_assert_int_eq(wire_broker_read(a, wire_broker_write(a, &in), &out), OK);
	ck_assert_int_eq(out.refusal.code, WIRE_REFUSAL_VERSION);
	ck_assert_uint_eq(out.refusal.supported[0], WIRE_VERSION);
	ck_assert_uint_eq(out.refusal.supported[1], 0);
}

INSIDE(a_refusal_from_another_version_is_understood)
{
	Hearsay__BrokerMessage m = HEARSAY__BROKER_MESSAGE__INIT;
	Hearsay__Refusal refusal = HEARSAY__REFUSAL__INIT;
	uint32_t versions[] = { 2, 3 };
	uint8_t packed[64];
	struct wire_broker out;

	refusal.code = HEARSAY__REFUSAL__CODE__VERSION;
	refusal.n_supported = 2;
	refusal.supported = versions;
	m.version = 3;
	m.what_case = HEARSAY__BROKER_MESSAGE__WHAT_REFUSAL;
	m.refusal = &refusal;
	struct bytes in = { hearsay__broker_message__pack(&m, packed), packed };
	ck_assert_int_eq(wire_broker_read(a, in, &out), OK);
	ck_assert_uint_eq(out.refusal.supported[1], 3);
}

INSIDE(what_is_cut_or_flipped_never_harms)
{
	struct wire_held held[] = { { 1, 2 }, { 3, 4 } };
	struct wire_worker in = { .what = WIRE_HELLO,
		                  .hello = { "host/1", "m", "s", 77, 8, { 2, held } } },
	                   out;
	struct bytes good = wire_worker_write(a, &in);
	uint8_t bad[256];

	for (size_t i = 0; i < good.n; i++) {
		memcpy(bad, good.v, good.n);
		ck_assert_int_ne(wire_worker_read(a, (struct bytes){ i, bad }, &out),
		                 ERR_IO);
		for (int bit = 0; bit < 8; bit++) {
			bad[i] ^= (uint8_t)(1 << bit);
			ck_assert_int_ne(
			    wire_worker_read(a, (struct bytes){ good.n, bad }, &out),
			    ERR_IO);
			bad[i] ^= (uint8_t)(1 << bit);
		}
	}
}

INSIDE(more_entries_than_a_batch_are_refused)
{
	struct wire_held *held = arena_alloc(a, (WIRE_BATCH + 1) * sizeof *held);
	struct wire_worker in = { .what = WIRE_TOUCH, .holds = { WIRE_BATCH + 1, held } },
	                   out;

	ck_assert_int_eq(wire_worker_read(a, wire_worker_write(a, &in), &out),
	                 ERR_TOO_BIG);
	in.holds.n--;
	ck_assert_int_eq(wire_worker_read(a, wire_worker_write(a, &in), &out), OK);
}

int
main(void)
{
	Suite *s = suite_create("wire");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	tcase_add_checked_fixture(core, inside_setup, inside_teardown);
	tcase_add_checked_fixture(limits, inside_setup, inside_teardown);
	tcase_add_test(core, an_article_keeps_every_byte_of_its_text);
	tcase_add_test(core, an_extraction_comes_back_as_it_was);
	tcase_add_test(core, speakers_and_claims_come_back_as_they_were);
	tcase_add_test(core, a_result_without_speakers_has_none);
	tcase_add_test(core, what_passes_the_check_can_be_read);
	tcase_add_test(core, a_number_of_too_many_bytes_does_not_pass);
	tcase_add_test(core, a_client_message_comes_back_as_it_was);
	tcase_add_test(core, each_query_keeps_its_fields);
	tcase_add_test(core, an_order_comes_back_as_it_was);
	tcase_add_test(core, the_terms_of_a_submission_come_back_as_they_were);
	tcase_add_test(core, an_order_to_tenants_names_no_jobs);
	tcase_add_test(core, an_order_without_jobs_or_with_no_act_is_refused);
	tcase_add_test(core, a_worker_message_comes_back_as_it_was);
	tcase_add_test(core, a_report_keeps_results_and_failures);
	tcase_add_test(core, a_broker_message_comes_back_as_it_was);
	tcase_add_test(core, a_refusal_says_which_versions_are_supported);
	tcase_add_test(limits, a_text_that_is_not_utf8_is_refused_with_its_offset);
	tcase_add_test(limits, spans_out_of_order_are_refused);
	tcase_add_test(limits, indices_beyond_the_end_are_refused);
	tcase_add_test(limits, numbers_out_of_range_are_refused);
	tcase_add_test(limits, a_result_without_its_lease_is_refused);
	tcase_add_test(limits, an_unknown_version_is_refused_and_an_unknown_field_is_not);
	tcase_add_test(limits, a_refusal_from_another_version_is_understood);
	tcase_add_test(limits, what_is_cut_or_flipped_never_harms);
	tcase_add_test(limits, more_entries_than_a_batch_are_refused);
	suite_add_tcase(s, core);
	suite_add_tcase(s, limits);
	return suite_run(s);
}
