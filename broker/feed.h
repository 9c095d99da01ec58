#ifndef FEED_H
#define FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "broker/peers.h"
#include "broker/store.h"

/*
 * Answers that a client is owed piece by piece: of Get, Wait and Watch.  A feed
 * remembers which jobs are to be told and how far that has got, never the
 * answers themselves: those are read from the store when the client has room.
 * So a slow client costs a few bytes a job, and nothing is skipped.
 *
 * Times are milliseconds of the caller's monotonic clock.  One thread.
 */
struct feed_item {
	uint64_t id;              /* 0: no such job */
	uint64_t asked;           /* the number that was asked for; 0: by key */
	const char *key, *tenant; /* as asked for, when it was by key */
	bool due;                 /* may be told now */
};

struct feed {
	struct peer_id client;
	uint64_t request;
	struct store_wish with;
	bool why;
	bool watch;
	uint64_t after;      /* watch: the last sequence number told */
	char *only;          /* watch: of this tenant; NULL: of all */
	uint64_t next;       /* list: where to go on when it is over, 0 for nowhere */
	int64_t deadline_ms; /* list: then everything is due */
	int64_t retry_ms;    /* the client had no room: not before */
	size_t n, n_due, n_told;
	struct feed_item *items;
	uint32_t *order; /* items in the order of their getting due */
	uint32_t *by_id;
	char *text; /* behind the items' key and tenant */
	TAILQ_ENTRY(feed) all;
};

TAILQ_HEAD(feeds, feed);

void feeds_init(struct feeds *f);
void feeds_close(struct feeds *f);

/*
 * A list of jobs, copied; those marked due are told first, in their order, and
 * the others when feeds_ended names them or at the deadline.
 */
MUST_CHECK enum err feed_list(struct feeds *f, const struct peer_id *client,
                              const struct feed_item *items, size_t n, struct feed **ret);
/* What ends after that number; `only` is copied, and NULL for every tenant's. */
MUST_CHECK enum err feed_watch(struct feeds *f, const struct peer_id *client,
                               uint64_t after, const char *only, struct feed **ret);
void feed_close(struct feeds *f, struct feed *feed);

/* This job has ended: due in every list that waits for it. */
void feeds_ended(struct feeds *f, uint64_t job);

/* Everything of the lists whose time is up is due. */
void feeds_tell_time(struct feeds *f, int64_t now_ms);

/* The first deadline or retry there is after now; INT64_MAX for none. */
int64_t feeds_next(const struct feeds *f, int64_t now_ms);

/* The next item to tell of a list, or NULL; and it is told. */
const struct feed_item *feed_next(const struct feed *feed);
void feed_told(struct feed *feed, size_t n);

/* A list that has been told whole. */
bool feed_is_over(const struct feed *feed);

#endif
