#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "body.h"
#include "err.h"
#include "extraction.h"
#include "span.h"

/*
 * The messages of proto/hearsay.proto as plain structs.  proto/ alone knows
 * protobuf.  The fields are described in hearsay.proto.
 *
 * Reading: every byte is hostile.  Texts, lists and bodies of what was read
 * live in the arena (bodies are copied into it).  ERR_BAD_INPUT for what is no
 * message of ours, ERR_VERSION for a version we do not speak, ERR_TOO_BIG for
 * more than WIRE_BATCH entries or an arena that is full.
 *
 * Writing: the packed bytes live in the arena.  A NULL text is written as "".
 *
 * All of it is called inside arena_run, from any thread with its own arena.
 */
enum { WIRE_VERSION = 1 };
enum { WIRE_BATCH = 4096 };           /* entries in a message at most */
enum { WIRE_MESSAGE_MAX = 64 << 20 }; /* bytes of a message at most */

struct wire_article {
	const char *id, *key, *url, *title, *language, *published, *tenant;
	struct bytes text; /* valid UTF-8 when read */
};

/* ERR_BAD_INPUT with the offset in err_text when the text is not UTF-8. */
MUST_CHECK enum err wire_article_read(struct arena *a, struct bytes in,
                                      struct wire_article *ret);
struct bytes wire_article_write(struct arena *a, const struct wire_article *article);

/*
 * Spans are in order and not empty, indices in range or NO_INDEX, numbers finite and
 * in their range, and no attribution is its own parent; else ERR_BAD_INPUT.  What an
 * older program wrote has no speakers and no claims.
 */
MUST_CHECK enum err wire_extraction_read(struct arena *a, struct bytes in,
                                         struct extraction *ret);

/* Whether that could be read, without doing so; needs no arena.  ERR_TOO_BIG for what
 * would take too much memory. */
MUST_CHECK enum err wire_extraction_check(struct bytes in);
struct bytes wire_extraction_write(struct arena *a, const struct extraction *extraction);

enum wire_state {
	WIRE_UNKNOWN,
	WIRE_READY,
	WIRE_DELAYED,
	WIRE_LEASED,
	WIRE_DONE,
	WIRE_DEAD,
	WIRE_CANCELLED,
};
/* "ready", ...; "unknown" for what is none. */
const char *wire_state_name(enum wire_state s);

struct wire_job {
	uint64_t id;
	const char *key, *tenant, *article_id, *reason, *worker, *why;
	enum wire_state state;
	uint32_t attempts;
	uint64_t submitted_ms, finished_ms, sequence;
	int32_t priority;
	bool has_extraction, has_article;
	struct body extraction, article;
};

struct wire_submission {
	const char *key, *tenant, *article_id;
	struct body article;
	int32_t priority;
	uint64_t not_before_ms, delay_ms;
	uint32_t lease_ms, attempts;
};

struct wire_reference {
	uint64_t id; /* 0: by tenant and key */
	const char *key, *tenant;
};

/* Get, Wait and Watch, each with the fields it has. */
struct wire_query {
	size_t n;
	struct wire_reference *v;
	uint32_t timeout_ms;
	uint64_t after;
	bool from_now, with_extraction, with_article, with_why;
};

/* Which of the dead letters, jobs or tenants: of Dead, and of an Order without jobs. */
struct wire_selection {
	const char *tenant, *reason;
	bool all_tenants;
	uint64_t after;
	uint64_t before_ms;
	uint32_t states; /* 1 << state for each */
};

enum wire_act {
	WIRE_NO_ACT,
	WIRE_KICK_JOBS,
	WIRE_CANCEL_JOBS,
	WIRE_PURGE_JOBS,
	WIRE_PAUSE,
	WIRE_DRAIN,
	WIRE_RESUME,
	WIRE_ACTS,
};

enum wire_client_what {
	WIRE_SUBMIT = 10,
	WIRE_GET,
	WIRE_WAIT,
	WIRE_WATCH,
	WIRE_STATS,
	WIRE_CLIENT_HEARTBEAT,
	WIRE_LIST_DEAD,
	WIRE_ORDER,
	WIRE_BACKUP = 19,
};

/* A piece of a backup, and the asking for one. */
struct wire_backup {
	uint64_t token;
	bool ready;
	uint64_t copied, size, offset;
	struct bytes data;
};

struct wire_client {
	uint64_t request;
	enum wire_client_what what;
	struct {
		size_t n;
		struct wire_submission *v;
	} submit;
	struct wire_query query; /* of GET, WAIT, WATCH; of ORDER the jobs */
	struct wire_selection selection;
	enum wire_act act;
	struct wire_backup backup; /* token and offset */
};

enum wire_receipt_status { WIRE_REFUSED, WIRE_ACCEPTED, WIRE_EXISTS, WIRE_CONFLICT };

struct wire_receipt {
	enum wire_receipt_status status;
	uint64_t id;
	const char *key, *reason;
	uint32_t retry_after_ms;
};

struct wire_outcome {
	bool changed;
	uint64_t id;
	enum wire_state state;
};

struct wire_stats {
	uint64_t ready, delayed, leased, done, dead, cancelled;
	uint64_t workers, threads, clients, oldest_ready_ms, done_per_minute, uptime_ms,
	    sequence, paused_ms, draining_ms, paused_tenants, draining_tenants;
	const char *software;
};

enum wire_refusal_code {
	WIRE_REFUSAL_OTHER,
	WIRE_REFUSAL_VERSION,
	WIRE_REFUSAL_MALFORMED,
	WIRE_REFUSAL_TOO_BIG,
	WIRE_REFUSAL_BUSY,
	WIRE_REFUSAL_CLOSING,
	WIRE_REFUSAL_DENIED,
};

struct wire_refusal {
	enum wire_refusal_code code;
	const char *reason;
	uint32_t supported[8]; /* 0 ends it; filled in by wire_broker_write for VERSION */
	uint32_t retry_after_ms;
};

struct wire_held {
	uint64_t job, fence;
};

struct wire_holds {
	size_t n;
	struct wire_held *v;
};

struct wire_hello {
	const char *name, *model, *software;
	uint64_t session;
	uint32_t threads;
	struct wire_holds holds;
};

struct wire_result {
	struct wire_held lease;
	const char *model;
	struct body extraction;
};

struct wire_failure {
	struct wire_held lease;
	const char *reason;
	bool final;
};

enum wire_worker_what {
	WIRE_HELLO = 10,
	WIRE_CREDIT,
	WIRE_TOUCH,
	WIRE_REPORT,
	WIRE_WORKER_HEARTBEAT,
	WIRE_GOODBYE,
};

struct wire_worker {
	enum wire_worker_what what;
	struct wire_hello hello;
	uint32_t credit;
	struct wire_holds holds; /* of TOUCH and GOODBYE */
	struct {
		size_t n_results, n_failures;
		struct wire_result *results;
		struct wire_failure *failures;
	} report;
};

struct wire_welcome {
	uint32_t heartbeat_ms, lease_ms;
	const char *software;
};

struct wire_lease {
	uint64_t job, fence;
	uint32_t attempt, lease_ms;
	struct body article;
};

enum wire_settlement_status { WIRE_STORED, WIRE_STALE };

struct wire_settlement {
	struct wire_held lease;
	enum wire_settlement_status status;
};

enum wire_broker_what {
	WIRE_SUBMITTED = 10,
	WIRE_JOBS,
	WIRE_STATS_ANSWER,
	WIRE_REFUSAL,
	WIRE_BROKER_HEARTBEAT,
	WIRE_ORDERED,
	WIRE_BACKUP_PART = 17,
	WIRE_WELCOME = 20,
	WIRE_LEASES,
	WIRE_SETTLED,
	WIRE_CANCEL,
};

struct wire_broker {
	uint64_t request; /* 0 to workers */
	enum wire_broker_what what;
	union {
		struct {
			size_t n;
			struct wire_receipt *v;
		} submitted;
		struct {
			size_t n;
			struct wire_job *v;
			bool more;
			uint64_t next;
		} jobs;
		struct {
			size_t n;
			struct wire_outcome *v;
			uint64_t changed, next;
		} ordered;
		struct wire_stats stats;
		struct wire_backup backup;
		struct wire_refusal refusal;
		struct wire_welcome welcome;
		struct {
			size_t n;
			struct wire_lease *v;
		} leases;
		struct {
			size_t n;
			struct wire_settlement *v;
		} settled;
		struct wire_holds cancel;
	};
};

/*
 * On ERR_VERSION ret->request is filled in where it could be read, so that the
 * refusal finds its way back.
 */
MUST_CHECK enum err wire_client_read(struct arena *a, struct bytes in,
                                     struct wire_client *ret);
MUST_CHECK enum err wire_worker_read(struct arena *a, struct bytes in,
                                     struct wire_worker *ret);
MUST_CHECK enum err wire_broker_read(struct arena *a, struct bytes in,
                                     struct wire_broker *ret);

struct bytes wire_client_write(struct arena *a, const struct wire_client *m);
struct bytes wire_worker_write(struct arena *a, const struct wire_worker *m);
struct bytes wire_broker_write(struct arena *a, const struct wire_broker *m);

#endif
