#ifndef STATE_H
#define STATE_H

#include "arena.h"
#include "broker/feed.h"
#include "broker/folder.h"
#include "broker/gate.h"
#include "broker/lease.h"
#include "broker/meter.h"
#include "broker/peers.h"
#include "broker/ports.h"
#include "broker/service.h"
#include "broker/settings.h"
#include "broker/store.h"

/*
 * What the loop (broker.c) and those that answer messages (clients.c, orders.c,
 * workers.c) share.  Theirs alone.
 *
 * A turn: messages are taken, what is due is done, ready jobs are dealt to
 * workers; all that is one transaction.  Answers are packed at once and kept as
 * letters, which leave after the commit.  What a handler returns but OK is the
 * end of the broker; the faults of peers are answered, and OK.
 */
struct letter {
	enum port port;
	struct peer_id to;
	uint64_t request;
	struct bytes message; /* in the turn's arena */
	bool leases;          /* must arrive, or its leases are taken back */
};

enum { MINUTE = 60 };

struct broker {
	const struct settings *set;
	struct service *service;
	struct folder *folder;
	struct store *store;
	struct meter *meter;
	struct gate *gate; /* NULL where nobody is asked for a key */
	struct ports *ports;
	struct leases *leases;
	struct peers *peers;
	struct feeds feeds;
	unsigned n_feeds;
	struct arena *arena;   /* of a turn */
	struct arena *scratch; /* for looking inside bodies */

	size_t n_letters, cap_letters;
	struct letter *letters; /* in the turn's arena */
	uint64_t request;       /* of the message at hand, once read */
	struct pass pass;       /* of who sent it */

	/*
	 * Clocks, read once a turn: served_ms stands still while the broker does
	 * (so that nobody's deadline runs out because of us); steady_ms begins
	 * with the wall clock and never steps; utc_ms is the wall clock.
	 */
	int64_t served_ms, steady_ms, utc_ms;
	int64_t steady_offset_ms, read_ms, start_ms;
	int64_t skew_ms; /* utc_ms less steady_ms, when they were last read */

	int64_t next_due_ms;  /* steady: when a delayed job gets ready */
	int64_t next_beat_ms; /* served */
	int64_t next_keep_ms; /* served: when to look for what was kept long enough */
	bool again;           /* the next turn is not to wait for messages */
	bool closing;
	int64_t close_by_ms; /* served */
	bool stop;

	int64_t metered_ms; /* when the page of metrics was last brought up to date */

	struct backup *backup; /* NULL for none under way */
	uint64_t backup_token;
	int64_t backup_asked_ms; /* served: when its next piece was asked for last */

	bool full; /* nothing can be written: see undo.c */
	int64_t full_tried_ms;
	bool no_room;
	int64_t room_read_ms;
	uint64_t dropped; /* bad messages since the last line about them */
	int64_t dropped_said_ms;
	uint64_t done[MINUTE]; /* in each second of the last minute */
	int64_t done_s;
	void *reload_arg;
	enum err (*reload)(void *);
};

/* Write an answer that leaves after the commit.  Inside arena_run. */
void broker_answer(struct broker *b, enum port port, const struct peer_id *to,
                   const struct wire_broker *m);

/* A message that made no sense, or too much: said to the peer, counted, logged. */
void broker_refuse(struct broker *b, enum port port, const struct peer_id *to,
                   uint64_t request, enum err why);

/* Send what was written, and forget it. */
void broker_send(struct broker *b);

/* Leases of the store, without their workers: these have one lease's time to come. */
MUST_CHECK enum err broker_take_up(struct broker *b);

/* ----- undo.c: a turn that could not be committed, for want of room or of a page */
MUST_CHECK enum err undo_turn(struct broker *b, enum err why);
MUST_CHECK enum err undo_look_for_room(struct broker *b);

/* Whether a message cannot be taken now, which its sender is told.  Inside arena_run. */
bool undo_refuses(struct broker *b, enum port port, const struct peer_id *from);

/* ERR_BUSY when as many are here from this sender's address as may be. */
MUST_CHECK enum err broker_check_crowd(struct broker *b);

/* This job has ended: tell who waits, count it. */
void broker_ended(struct broker *b, uint64_t job, bool with_result);

/* ----- clients.c */
MUST_CHECK enum err clients_message(struct broker *b, const struct peer_id *from,
                                    struct bytes message);

/* Send feeds what there is, while there is room.  After the commit. */
MUST_CHECK enum err clients_feed(struct broker *b);

/* Peers that are connected but silent: are they there still? */
void clients_beat(struct broker *b);

/* Nobody has this name any more. */
void clients_lost(struct broker *b, const struct peer_id *id);

/* Whoever is owed jobs piece by piece is asked to ask again.  Inside arena_run. */
void clients_put_off(struct broker *b, const char *why, uint32_t retry_after_ms);

/* The lists have changed: whoever may not come in any more is out. */
void clients_ask_again(struct broker *b);

/* ----- access.c: what a key may do.  ERR_DENIED with a sentence for its owner. */
MUST_CHECK enum err access_client(const struct pass *pass, const struct wire_client *m);
MUST_CHECK enum err access_worker(const struct pass *pass);

/* ----- intake.c: submissions, a receipt for each */
MUST_CHECK enum err intake_take(struct broker *b, const struct peer_id *from,
                                const struct wire_client *m);

/* ----- keep.c: what was kept long enough goes, a little at a time */
MUST_CHECK enum err keep_tick(struct broker *b);
int64_t keep_patience(const struct broker *b); /* until the next tick; INT64_MAX: none */

/* ----- orders.c: what somebody wants done with jobs that are there */
MUST_CHECK enum err orders_take(struct broker *b, const struct peer_id *from,
                                const struct wire_client *m);

/* ----- copies.c: backups, asked for piece by piece */
MUST_CHECK enum err copies_take(struct broker *b, const struct peer_id *from,
                                const struct wire_client *m);
void copies_tell_time(struct broker *b);
void copies_close(struct broker *b);

/* ----- why.c: a sentence on why the job stands where it stands, into job->why */
MUST_CHECK enum err why_explain(struct broker *b, struct wire_job *job);

/* ----- workers.c */
MUST_CHECK enum err workers_message(struct broker *b, const struct peer_id *from,
                                    struct bytes message);

/* A lease of this job from now on, on its own terms or the settings', without owner. */
struct lease workers_lease(const struct broker *b, const struct store_lease *job);

/* Hand ready jobs to workers with credit. */
MUST_CHECK enum err workers_deal(struct broker *b);

/* Take back leases that have run out, and those of workers that are silent or gone. */
MUST_CHECK enum err workers_tell_time(struct broker *b);

/* Nobody wants this job any more: its worker, if it has one, is told. */
void workers_cancel(struct broker *b, uint64_t job);

MUST_CHECK enum err workers_ask_again(struct broker *b);

/* The accepted models may have changed: who is dealt to, from now on? */
void workers_judge(struct broker *b);

/* Every worker is to connect again and say what it holds.  Inside arena_run. */
void workers_put_off(struct broker *b);

void workers_beat(struct broker *b);
void workers_lost(struct broker *b, const struct peer_id *id);

#endif
