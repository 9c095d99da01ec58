#ifndef CLIENT_H
#define CLIENT_H

#include "dealer.h"
#include "hearsay.h"
#include "wire.h"

/*
 * What the files of libhearsay share: a handle and its requests.
 *
 *     client.c   handles, blocking calls        request.c  a request from start to end
 *     answer.c   what the broker says to it     turn.c     events and timers
 *     dealer.c   the connection                 publish.c  results in public structs
 *
 * Invariants
 * 1. A request is on the list from its start until its end was told, once.
 * 2. Each sending has a number of its own, and only the answer to the newest counts;
 *    so after a reconnect an old answer cannot be taken for a new one.
 * 3. A sending carries only what is still unanswered: receipts given, jobs told and
 *    events seen are never asked for again.  Hence nothing is told twice.
 * 4. Callbacks run outside arena_run and with the list in order: they may start and
 *    stop requests.
 * 5. What was read is held in `in` until every job of it was told; while jobs are
 *    held for hearsay_next nothing more is read, and the broker waits.
 */
enum {
	AGAIN_MS = 250, /* at least, before what was refused is sent again */
	SILENCES = 4,   /* heartbeats unanswered before the line is made anew */
};

struct hearsay_request {
	struct hearsay_request *next;
	enum wire_client_what what;
	struct arena *a;                  /* what was asked and its receipts live here */
	uint64_t number;                  /* of its newest sending, 0 before the first */
	int64_t started, deadline, again; /* -1: never */
	bool sent, ended, keep;
	bool has_receipts; /* for all, if only refusals so far for some */
	enum err refused;  /* what the newest sending met, OK for nothing yet */
	enum err error;    /* once ended */
	char why[512];

	size_t n, left; /* asked for, and not yet answered */
	struct wire_submission *submissions;
	struct hearsay_receipt *receipts;
	size_t *waiting; /* of SUBMIT: those not yet answered */
	struct wire_reference *jobs;
	bool *told;     /* of GET and WAIT */
	size_t hint;    /* answers come mostly in the order asked */
	uint64_t after; /* of WATCH: newest seen */
	bool from_now;  /* ... and not known yet where that is */
	enum hearsay_with with;
	struct hearsay_stats stats;
	struct wire_backup backup;         /* of BACKUP: what is asked for */
	struct hearsay_backup *backup_ret; /* ... and the caller's answer */
	enum wire_act act;                 /* of ORDER */
	struct wire_selection selection;   /* of DEAD and of an ORDER without jobs */
	struct hearsay_outcome *outcomes;
	uint64_t changed;

	hearsay_job_callback *on_job; /* NULL: taken with hearsay_next */
	hearsay_end_callback *on_end;
	hearsay_receipt_callback *on_receipts;
	hearsay_stats_callback *on_stats;
	hearsay_order_callback *on_order;
	void *arg;
};

struct hearsay {
	struct dealer *dealer;
	char *tenant;
	int connect_ms, timeout_ms, heartbeat_ms;
	struct hearsay_request *requests;
	uint64_t numbers;
	bool was_up, busy;
	int64_t heard, asked; /* when the broker last spoke, and was asked to */
	int64_t turned;       /* when we last ran */
	int64_t down_since;   /* and have had no line; -1 while there is one */

	struct arena *in, *out;
	struct arena *kept;         /* receipts given to who called last */
	struct wire_broker message; /* in `in` */
	size_t message_mark;
	struct hearsay_job job; /* in `in`, above the mark */

	struct hearsay_request *follower;
	bool holding;
	size_t held; /* jobs of message taken so far */
	struct {
		bool ended;
		enum hearsay_error error;
		char why[512];
	} follow;
};

/* Milliseconds on a clock that nobody sets. */
int64_t client_now(void);

/* A call that cannot be made so: ERR_USAGE with this sentence. */
enum err client_misuse(const char *what);

/* request.c */
void request_end(struct hearsay_request *r,
                 enum err e); /* with err_text; told by the sweep */
void request_end_all(struct hearsay *h, enum err e);
void request_free(struct hearsay_request *r); /* takes NULL */

/* As hearsay_backup, with an end that is told. */
enum { PIECE_MAX = 4 << 20 };
enum hearsay_error request_backup(struct hearsay *h, uint64_t token, uint64_t offset,
                                  struct hearsay_backup *ret,
                                  hearsay_end_callback *callback, void *arg);

/* Tell of every request that ended, and forget it.  True when there was one. */
bool request_sweep(struct hearsay *h);

/* As soon as the line is up; what cannot be sent now is tried again later. */
void request_send(struct hearsay *h, struct hearsay_request *r, int64_t now);
bool request_any_sent(const struct hearsay *h); /* and not answered */

/* answer.c */
void answer_take(struct hearsay *h, struct bytes message);

/* The next job held for hearsay_next into h->job, or false when all were taken. */
bool answer_next_held(struct hearsay *h);

/* turn.c */
enum err turn_once(struct hearsay *h);
enum err turn_wait(const struct hearsay *h,
                   int64_t until); /* on client_now's clock; -1 */

#endif
