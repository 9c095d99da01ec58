#ifndef HEARSAY_H
#define HEARSAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * libhearsay: submit articles to a Hearsay broker and learn who said what in them.
 *
 *     struct hearsay *h;
 *     struct hearsay_article a = { .key = "port-1", .text = text, .text_size = n };
 *     struct hearsay_reference r = { .key = "port-1" };
 *     struct hearsay_receipt receipt;
 *
 *     if (hearsay_open("tcp://127.0.0.1:5570", NULL, &h) != HEARSAY_OK ||
 *         hearsay_submit(h, &a, 1, &receipt) != HEARSAY_OK ||
 *         hearsay_wait(h, &r, 1, HEARSAY_WITH_EXTRACTION, print_job, NULL) != HEARSAY_OK)
 *             fprintf(stderr, "%s\n", hearsay_error_text());
 *     hearsay_close(h);
 *
 * Handles.  A struct hearsay is a line to one broker.  One thread uses a handle
 * at a time; different threads use different handles.  Do not use a handle in a
 * child after fork.
 *
 * Texts are UTF-8 with a NUL after them, except an article's text, which has a
 * size.  NULL stands for "" wherever a text is taken; no text given out is NULL.
 * What a call takes it copies.  Times end in _ms and are milliseconds; points in
 * time count from 1970, UTC.  Spans count bytes of the article as submitted.
 *
 * Errors.  Calls that can fail return HEARSAY_OK (0) or a number that says what
 * kind of failure it was; hearsay_error_text() then has a sentence for people,
 * which says what is wrong and what to do.  ret_ arguments are written on success
 * only.
 *
 * A lost connection is not an error: the handle connects again for as long as the
 * timeout of a request allows, and sends again whatever was not answered.  That is
 * safe, because a key is unique: the same key with the same text is the same job.
 * The receipt for such a repetition may say HEARSAY_EXISTS.  A broker that is busy
 * or shutting down is asked again in the same way.
 */

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define HEARSAY_API __attribute__((visibility("default")))
#define HEARSAY_MUST_CHECK __attribute__((warn_unused_result))
#else
#define HEARSAY_API
#define HEARSAY_MUST_CHECK
#endif

enum hearsay_error {
	HEARSAY_OK,
	HEARSAY_ERROR_NOMEM,       /* memory is short */
	HEARSAY_ERROR_IO,          /* the network or the system refused */
	HEARSAY_ERROR_BAD_INPUT,   /* text that is not UTF-8, or an answer that is none */
	HEARSAY_ERROR_TOO_BIG,     /* article, batch or list over its limit */
	HEARSAY_ERROR_EMPTY,       /* an article without text */
	HEARSAY_ERROR_NOT_FOUND,   /* no such job */
	HEARSAY_ERROR_CONFLICT,    /* the key was used before, with another text */
	HEARSAY_ERROR_VERSION,     /* the broker speaks another version of the protocol */
	HEARSAY_ERROR_TIMEOUT,     /* no broker there, or no answer in time */
	HEARSAY_ERROR_BUSY,        /* the broker refuses for now */
	HEARSAY_ERROR_FULL,        /* no space left */
	HEARSAY_ERROR_READ_ONLY,   /* the folder cannot be written to */
	HEARSAY_ERROR_USAGE,       /* this call cannot be made so, or not now */
	HEARSAY_ERROR_DENIED = 15, /* this key may not come in, or may not do that */
};

/* The sentence of this thread's last failure, without a full stop; until its next. */
HEARSAY_API const char *hearsay_error_text(void);

/* "0.1.0", of the library that runs. */
HEARSAY_API const char *hearsay_version(void);

/* ------------------------------------------------------------------ the line */

struct hearsay;

struct hearsay_options {    /* all zero for the defaults */
	const char *tenant; /* whose articles and keys these are, unless they say */
	int connect_ms;     /* how long to look for a broker at first; 0: 3000 */
	int timeout_ms;     /* how long to wait for an answer; 0: 30000, -1: for ever */
	int heartbeat_ms;   /* silence after which to ask "are you there?"; 0: 5000 */
	/*
	 * For a broker on another machine, which knows its clients by their keys: the
	 * file of our secret key (hearsay keys new), and the broker's public key in
	 * hexadecimal or the file that holds it.  Both or neither.
	 */
	const char *secret_key, *broker_key;
};

/*
 * endpoint is tcp://HOST:PORT or ipc://PATH; NULL is tcp://127.0.0.1:5570.  Of several,
 * with commas between them, the next is tried when one is away, for as long as nothing
 * but submissions (which their keys make safe) is under way.  Does not block and does not
 * wait for the broker: the first request finds out whether one is there, and fails with
 * HEARSAY_ERROR_TIMEOUT after connect_ms if not.
 */
HEARSAY_MUST_CHECK HEARSAY_API enum hearsay_error
hearsay_open(const char *endpoint, const struct hearsay_options *options,
             struct hearsay **ret);

/* Takes NULL.  Requests under way are dropped; their callbacks are not called. */
HEARSAY_API void hearsay_close(struct hearsay *h);

/* ------------------------------------------------------------------ articles */

enum { HEARSAY_BATCH_MAX = 4096 };           /* articles or references in a call */
enum { HEARSAY_BATCH_BYTES_MAX = 48 << 20 }; /* bytes of text in one submit, compressed */
enum { HEARSAY_ARTICLE_MAX = (16 << 20) - (64 << 10) }; /* bytes of one text */

struct hearsay_article {
	const char *key; /* yours, unique among the tenant's articles; required */
	const char *id;  /* comes back with the results; "" means the key */
	const char *url, *title;
	const char *language;  /* "en" */
	const char *published; /* RFC 3339, "2019-03-28T17:00:00Z" */
	const char *tenant;    /* NULL: that of the handle */
	const char *text;      /* UTF-8, need not end in NUL */
	size_t text_size;

	/* When and how it is worked on; those of the first submission of a key count. */
	int priority;           /* -9 to 9; of a tenant's articles the higher go first */
	uint64_t not_before_ms; /* not before then; 0: at once */
	uint64_t delay_ms;      /* nor before so long after its coming */
	uint32_t lease_ms; /* how long a worker may hold it in silence; 0: as usual */
	uint32_t attempts; /* after so many that failed it is dead; 0: as usual */
};

enum hearsay_receipt_status {
	HEARSAY_REFUSED,  /* not taken; reason says why */
	HEARSAY_ACCEPTED, /* on the broker's disk */
	HEARSAY_EXISTS,   /* the same key and text were there: this is that job */
	HEARSAY_CONFLICT, /* the key is there with another text; not taken */
};

struct hearsay_receipt {
	enum hearsay_receipt_status status;
	uint64_t
	    job; /* the broker's number; of CONFLICT: that of the job there; else 0 */
	const char *key;
	const char *reason;      /* of REFUSED and CONFLICT, else "" */
	uint32_t retry_after_ms; /* of REFUSED: 0 when trying again is no use */
};

/*
 * Submit n articles in one message.  receipts has room for n and is filled in the
 * order of the articles; its texts live until the next call with h.  When this
 * returns HEARSAY_OK every article has a receipt, good or bad; an article counts as
 * taken only when its receipt says so.  On another error none, some or all may
 * have been taken; submitting them again is safe.
 */
HEARSAY_MUST_CHECK HEARSAY_API enum hearsay_error
hearsay_submit(struct hearsay *h, const struct hearsay_article *articles, size_t n,
               struct hearsay_receipt *receipts);

/* ---------------------------------------------------------------------- jobs */

enum hearsay_state {
	HEARSAY_UNKNOWN, /* no such job */
	HEARSAY_READY,   /* waits for a worker */
	HEARSAY_DELAYED, /* waits for its time, or to be tried again */
	HEARSAY_LEASED,  /* a worker is at it */
	HEARSAY_DONE,    /* has its extraction */
	HEARSAY_DEAD,    /* failed for good; reason says why */
	HEARSAY_CANCELLED,
};

/* "ready", "done", ...; never NULL. */
HEARSAY_API const char *hearsay_state_name(enum hearsay_state state);

struct hearsay_span {
	uint32_t begin, end; /* bytes [begin, end) of the article's text */
};

struct hearsay_spans { /* in the order of the text; none empty, none overlapping */
	size_t n;
	const struct hearsay_span *v;
};

enum hearsay_quotation {
	HEARSAY_INDIRECT, /* no quotation marks: She said she would go */
	HEARSAY_DIRECT,   /* all of it in marks: "I will go," she said */
	HEARSAY_MIXED,    /* marks around a part: She said she would "never" go */
};

/* "indirect", "direct", "mixed"; never NULL. */
HEARSAY_API const char *hearsay_quotation_name(enum hearsay_quotation kind);

/* What the one who says it does with what is said. */
enum hearsay_stance {
	HEARSAY_ASSERTS,
	HEARSAY_DENIES, /* "rejected claims that", "is not true" */
	HEARSAY_DOUBTS, /* "questioned whether" */
	HEARSAY_ASKS,
	HEARSAY_ORDERS, /* "urged", "demanded that" */
};

/* "asserts", "denies", ...; never NULL. */
HEARSAY_API const char *hearsay_stance_name(enum hearsay_stance stance);

enum hearsay_speaker_kind {
	HEARSAY_PERSON,
	HEARSAY_ORGANISATION,
	HEARSAY_GROUP,    /* "residents", "two officials" */
	HEARSAY_DOCUMENT, /* a report, a survey, a statement */
	HEARSAY_OTHER,
};

/* "person", "organisation", ...; never NULL. */
HEARSAY_API const char *hearsay_speaker_kind_name(enum hearsay_speaker_kind kind);

/* Somebody or something that says things, with all of its mentions in the article. */
struct hearsay_speaker {
	const char *name;  /* its fullest mention, as it stands in the article */
	const char *title; /* title or role; "" where none is given */
	enum hearsay_speaker_kind kind;
	struct hearsay_spans mentions;
};

enum { HEARSAY_NONE = -1 }; /* where an index would stand: there is none */

struct hearsay_attribution {
	struct hearsay_spans source;  /* who said it; may be empty */
	struct hearsay_spans cue;     /* the word that says so: "said"; may be empty */
	struct hearsay_spans content; /* what was said */
	enum hearsay_quotation kind;
	bool nested;      /* stands inside another attribution's content */
	float confidence; /* 0 to 1 */
	int parent;  /* index of the attribution that it stands in, or HEARSAY_NONE */
	int speaker; /* index of the one whose source this is, or HEARSAY_NONE */
	const char *speaker_reason; /* how that was found, or why it was not */
	enum hearsay_stance stance;
	float certainty; /* -3 surely not so to 3 surely so, by the one who says it */
};

struct hearsay_quantity {
	struct hearsay_span at;
	double value;
	const char *unit; /* "%", "dollars", "people"; "" where none is named */
};

struct hearsay_moment {
	struct hearsay_span at;
	const char *value; /* ISO 8601, as exact as the text: "2019-03-28", "2019-03" */
};

/* Something that is so or is not so: what was said, or what the author says. */
struct hearsay_claim {
	struct hearsay_spans at;
	const char *text; /* in words that stand alone: who "he" is stands in brackets */
	int attribution;  /* index of the one whose content this is; HEARSAY_NONE: the
	                     author's own words */
	bool negated;
	float certainty;    /* -3 to 3 */
	float check_worthy; /* 0 to 1 */
	size_t quantities_n, times_n;
	const struct hearsay_quantity *quantities;
	const struct hearsay_moment *times;
};

struct hearsay_job {
	uint64_t id;
	const char *key, *tenant, *article_id;
	enum hearsay_state state;
	const char *reason; /* why it failed last, or is dead */
	const char *worker; /* whose attempt that was, as far as is known */
	const char
	    *why; /* with HEARSAY_WITH_WHY, of hearsay_get: a sentence for people */
	uint32_t attempts;
	int priority;
	uint64_t submitted_ms, finished_ms; /* 0: not yet */
	uint64_t sequence;                  /* of its end, to watch on from */

	/* With HEARSAY_WITH_EXTRACTION and state HEARSAY_DONE. */
	const char *model; /* "" when there is no extraction here */
	size_t attributions_n;
	const struct hearsay_attribution *attributions;
	size_t speakers_n; /* in the order of their first mention */
	const struct hearsay_speaker *speakers;
	size_t claims_n; /* in the order of the text */
	const struct hearsay_claim *claims;

	/* With HEARSAY_WITH_ARTICLE. */
	bool has_article;
	struct hearsay_article article;
};

struct hearsay_reference {
	const char *key;
	const char *tenant; /* NULL: that of the handle */
	uint64_t id;        /* not 0: the job of this number; key does not matter */
};

enum hearsay_with {
	HEARSAY_WITH_STATE = 0,
	HEARSAY_WITH_EXTRACTION = 1,
	HEARSAY_WITH_ARTICLE = 2,
	HEARSAY_WITH_BOTH = 3,
	HEARSAY_WITH_WHY = 4, /* why the job stands where it stands */
};

/*
 * Takes one job; it and all in it live until the callback returns.  Return false
 * to want no more.  A callback may start and stop requests, but must not poll,
 * close, or call what blocks with the same handle.
 */
typedef bool hearsay_job_callback(void *arg, const struct hearsay_job *job);

/*
 * How n jobs stand now.  One callback a reference, HEARSAY_UNKNOWN for what the
 * broker has not.  At most HEARSAY_BATCH_MAX.
 */
HEARSAY_MUST_CHECK HEARSAY_API enum hearsay_error
hearsay_get(struct hearsay *h, const struct hearsay_reference *jobs, size_t n,
            enum hearsay_with with, hearsay_job_callback *callback, void *arg);

/*
 * One callback for each job once it is done, dead, cancelled or known to be
 * unknown, in the order in which that happens.  HEARSAY_ERROR_TIMEOUT if some were
 * not after the handle's timeout_ms, counted from the call; those get no callback.
 */
HEARSAY_MUST_CHECK HEARSAY_API enum hearsay_error
hearsay_wait(struct hearsay *h, const struct hearsay_reference *jobs, size_t n,
             enum hearsay_with with, hearsay_job_callback *callback, void *arg);

/* As `after`: only what ends from now on. */
#define HEARSAY_FROM_NOW UINT64_MAX

/*
 * Every job that ends after the sequence number `after` (0: all there are), in that
 * order, none skipped and none twice, also across reconnects.  Remember
 * job->sequence to go on another day.  Runs until the callback returns false; while
 * it hears of nothing new, connections that were up once are tried again for ever.
 */
HEARSAY_MUST_CHECK HEARSAY_API enum hearsay_error
hearsay_watch(struct hearsay *h, uint64_t after, enum hearsay_with with,
              hearsay_job_callback *callback, void *arg);

/*
 * The same without a callback.  After hearsay_follow, each hearsay_next gives one
 * job, waiting for it up to timeout_ms (-1: for ever), else HEARSAY_ERROR_TIMEOUT;
 * *ret lives until the next call with h.  Until hearsay_unfollow the handle can do
 * nothing else (HEARSAY_ERROR_USAGE): open a second one for that.
 */
HEARSAY_MUST_CHECK HEARSAY_API enum hearsay_error
hearsay_follow(struct hearsay *h, uint64_t after, enum hearsay_with with);
HEARSAY_MUST_CHECK HEARSAY_API enum hearsay_error
hearsay_next(struct hearsay *h, int timeout_ms, const struct hearsay_job **ret);
HEARSAY_API void hearsay_unfollow(struct hearsay *h);

/*
 * A backup of the broker's store: begun with token 0, asked for with the token it gives
 * until it is ready, then fetched from offset 0 on, until a piece is empty.  For admins.
 */
struct hearsay_backup {
	uint64_t token;
	int ready;
	uint64_t copied, size; /* bytes */
	size_t n;              /* of the piece from the offset on */
	const void *data;      /* until the next blocking call */
};

HEARSAY_API HEARSAY_MUST_CHECK enum hearsay_error
hearsay_backup(struct hearsay *h, uint64_t token, uint64_t offset,
               struct hearsay_backup *ret);

struct hearsay_stats {
	uint64_t ready, delayed, leased, done, dead, cancelled; /* jobs in each state */
	uint64_t workers, threads, clients;
	uint64_t oldest_ready_ms; /* how long the oldest has waited */
	uint64_t done_per_minute, uptime_ms;
	uint64_t sequence;    /* newest */
	uint64_t paused_ms;   /* since when all tenants are paused; 0: they are not */
	uint64_t draining_ms; /* since when nothing new is taken; 0: it is */
	uint64_t paused_tenants, draining_tenants; /* by themselves */
	const char *software; /* "hearsay-broker 0.1.0"; until the next call with h */
};

HEARSAY_MUST_CHECK HEARSAY_API enum hearsay_error
hearsay_stats(struct hearsay *h, struct hearsay_stats *ret);

/* -------------------------------------------------------------------- orders */

enum hearsay_act {
	HEARSAY_KICK = 1, /* dead, cancelled, delayed: to be tried now, from the start */
	HEARSAY_CANCEL,   /* not wanted any more, also while a worker is at it */
	HEARSAY_PURGE, /* deleted with article and result, unless a worker is at it; the
	                  key may be used again */

	/* With hearsay_order_all only, of a tenant or of all: */
	HEARSAY_PAUSE,  /* no more work is given to workers */
	HEARSAY_DRAIN,  /* nothing new is taken; what is there is worked off */
	HEARSAY_RESUME, /* both again */
};

struct hearsay_outcome {
	bool changed;             /* false: that cannot be done in its state */
	uint64_t job;             /* 0: no such job */
	enum hearsay_state state; /* as it is now */
};

/*
 * Do this to n jobs.  When it returns HEARSAY_OK each has an outcome, in their order,
 * and what changed is on the broker's disk.  An order given again does no harm: when
 * the answer to the first was lost, the outcome says that nothing changed, with the
 * state that the first led to.
 */
HEARSAY_MUST_CHECK HEARSAY_API enum hearsay_error
hearsay_order(struct hearsay *h, enum hearsay_act act,
              const struct hearsay_reference *jobs, size_t n,
              struct hearsay_outcome *outcomes);

/* Which of the dead letters; of the jobs, for HEARSAY_PURGE; or which tenant. */
struct hearsay_selection {
	const char *tenant; /* NULL: that of the handle */
	bool all_tenants;
	const char *reason; /* those in whose reason this stands; NULL or "": all */
	uint64_t after;     /* those with a higher number */
	unsigned states;    /* PURGE: in one of these: 1 << HEARSAY_DONE | ... */
	uint64_t before_ms; /* PURGE: that ended, or else came, before then; 0: all */
};

/* The dead, by their numbers: why, after how many attempts, whose was the last. */
HEARSAY_MUST_CHECK HEARSAY_API enum hearsay_error
hearsay_dead(struct hearsay *h, const struct hearsay_selection *which,
             enum hearsay_with with, hearsay_job_callback *callback, void *arg);

/* Kick all of them.  *ret_n, those that were, counts the last time when asked twice. */
HEARSAY_MUST_CHECK HEARSAY_API enum hearsay_error
hearsay_kick_dead(struct hearsay *h, const struct hearsay_selection *which,
                  uint64_t *ret_n);

/*
 * KICK all dead, PURGE all jobs of a selection; or PAUSE, DRAIN, RESUME its tenant, or
 * everything (all_tenants).  *ret_n: how many jobs, or valves, changed.  Each tenant has
 * its own: when everything is resumed, a tenant that was paused by itself still is.
 */
HEARSAY_MUST_CHECK HEARSAY_API enum hearsay_error
hearsay_order_all(struct hearsay *h, enum hearsay_act act,
                  const struct hearsay_selection *which, uint64_t *ret_n);

/* --------------------------------------------------- inside another event loop */

/*
 * Start requests, watch hearsay_fd for reading, call hearsay_poll when it is
 * readable; callbacks come from within hearsay_poll.  Requests may be under way in
 * any number.  The blocking calls above do the same and wait.
 *
 * Each request ends with exactly one callback of its hearsay_end_callback, also
 * after hearsay_stop and after a job callback returned false (HEARSAY_OK then).
 */
struct hearsay_request;

/* error is HEARSAY_OK or why it failed, with the sentence in hearsay_error_text(). */
typedef void hearsay_end_callback(void *arg, enum hearsay_error error);

/* receipts live until the callback returns; n is 0 on errors and when stopped. */
typedef void hearsay_receipt_callback(void *arg, enum hearsay_error error,
                                      const struct hearsay_receipt *receipts, size_t n);

/* stats is NULL on errors and when stopped. */
typedef void hearsay_stats_callback(void *arg, enum hearsay_error error,
                                    const struct hearsay_stats *stats);

/* outcomes live until the callback returns; n of them, or 0 on errors and for a
 * selection. */
typedef void hearsay_order_callback(void *arg, enum hearsay_error error,
                                    const struct hearsay_outcome *outcomes, size_t n,
                                    uint64_t changed);

/* ret may be NULL in all of these; the request is valid until its end callback. */
HEARSAY_MUST_CHECK HEARSAY_API enum hearsay_error
hearsay_submit_start(struct hearsay *h, const struct hearsay_article *articles, size_t n,
                     hearsay_receipt_callback *callback, void *arg,
                     struct hearsay_request **ret);
HEARSAY_MUST_CHECK HEARSAY_API enum hearsay_error
hearsay_get_start(struct hearsay *h, const struct hearsay_reference *jobs, size_t n,
                  enum hearsay_with with, hearsay_job_callback *callback,
                  hearsay_end_callback *end, void *arg, struct hearsay_request **ret);
HEARSAY_MUST_CHECK HEARSAY_API enum hearsay_error
hearsay_wait_start(struct hearsay *h, const struct hearsay_reference *jobs, size_t n,
                   enum hearsay_with with, hearsay_job_callback *callback,
                   hearsay_end_callback *end, void *arg, struct hearsay_request **ret);
HEARSAY_MUST_CHECK HEARSAY_API enum hearsay_error
hearsay_watch_start(struct hearsay *h, uint64_t after, enum hearsay_with with,
                    hearsay_job_callback *callback, hearsay_end_callback *end, void *arg,
                    struct hearsay_request **ret);
HEARSAY_MUST_CHECK HEARSAY_API enum hearsay_error
hearsay_stats_start(struct hearsay *h, hearsay_stats_callback *callback, void *arg,
                    struct hearsay_request **ret);

HEARSAY_MUST_CHECK HEARSAY_API enum hearsay_error hearsay_order_start(
    struct hearsay *h, enum hearsay_act act, const struct hearsay_reference *jobs,
    size_t n, hearsay_order_callback *callback, void *arg, struct hearsay_request **ret);
HEARSAY_MUST_CHECK HEARSAY_API enum hearsay_error
hearsay_dead_start(struct hearsay *h, const struct hearsay_selection *which,
                   enum hearsay_with with, hearsay_job_callback *callback,
                   hearsay_end_callback *end, void *arg, struct hearsay_request **ret);
HEARSAY_MUST_CHECK HEARSAY_API enum hearsay_error
hearsay_kick_dead_start(struct hearsay *h, const struct hearsay_selection *which,
                        hearsay_order_callback *callback, void *arg,
                        struct hearsay_request **ret);

HEARSAY_MUST_CHECK HEARSAY_API enum hearsay_error hearsay_order_all_start(
    struct hearsay *h, enum hearsay_act act, const struct hearsay_selection *which,
    hearsay_order_callback *callback, void *arg, struct hearsay_request **ret);

/* Want no more of it.  It ends, with HEARSAY_OK, at the next hearsay_poll. */
HEARSAY_API void hearsay_stop(struct hearsay *h, struct hearsay_request *request);

/*
 * The same number for the life of h.  Readable when hearsay_poll has something to
 * do, timers included; poll, select, epoll and what builds on them can watch it.
 */
HEARSAY_API int hearsay_fd(const struct hearsay *h);

/*
 * Do whatever can be done without waiting.  An error (HEARSAY_ERROR_IO, _NOMEM,
 * _USAGE from inside a callback) concerns the handle; errors of requests go to
 * their callbacks.
 */
HEARSAY_MUST_CHECK HEARSAY_API enum hearsay_error hearsay_poll(struct hearsay *h);

#ifdef __cplusplus
}
#endif
#endif
