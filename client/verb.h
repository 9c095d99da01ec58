#ifndef VERB_H
#define VERB_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "conf.h"
#include "err.h"

/*
 * The verbs of the command: a table of name, options, help and function.  Everything
 * that can be set is a field here, whichever verbs look at it.
 */
struct settings {
	/* common to all, and allowed in the config file */
	const char *broker, *secret_key, *broker_key, *tenant, *color;
	int64_t timeout_ms;
	bool json, quiet, help;
	bool watch; /* of stats */
	int64_t every_ms;
	/* of some */
	const char *keys, *as, *name;
	const char *model, *format, *key, *id, *published, *all_from, *reason;
	const char *priority, *not_before, *delay, *lease, *attempts, *states;
	int64_t threads, after, batch, older_ms;
	bool table, claimreview, wait, by_id, from_now, all, all_tenants;
};

struct verb {
	const char *name;
	/* words: NULL-terminated.  What went wrong is said before it returns. */
	enum err (*run)(const struct settings *s, char *const *words);
	const struct conf_option *options; /* its own; NULL for none */
	const char *args;                  /* "FILE..." */
	const char *help;                  /* one line */
	const char *more;                  /* a paragraph for its own help */
	bool uses_broker;
};

extern const struct verb verbs[]; /* ended by a NULL name */

const struct verb *verb_find(const char *name); /* NULL for none */
const char *verb_nearest(const char *name);     /* NULL when none is near */

/* argv[0] is the verb's name.  Parses the options, runs it; returns what it returns. */
enum err verb_run(const struct verb *v, int argc, char *const argv[]);

void verb_help(const struct verb *v, FILE *out);
void verb_help_all(FILE *out);

/* "hearsay: sentence" on standard error.  Returns e. */
enum err complain(enum err e);

/* The first failure of many decides the exit status. */
void keep_first(enum err *first, enum err e);

enum err cmd_extract(const struct settings *s, char *const *words);
enum err cmd_submit(const struct settings *s, char *const *words);
enum err cmd_get(const struct settings *s, char *const *words);
enum err cmd_wait(const struct settings *s, char *const *words);
enum err cmd_watch(const struct settings *s, char *const *words);
enum err cmd_stats(const struct settings *s, char *const *words);
enum err cmd_keys(const struct settings *s, char *const *words);
enum err cmd_dead(const struct settings *s, char *const *words);
enum err cmd_why(const struct settings *s, char *const *words);
enum err cmd_kick(const struct settings *s, char *const *words);
enum err cmd_cancel(const struct settings *s, char *const *words);
enum err cmd_purge(const struct settings *s, char *const *words);
enum err cmd_pause(const struct settings *s, char *const *words);
enum err cmd_drain(const struct settings *s, char *const *words);
enum err cmd_resume(const struct settings *s, char *const *words);
enum err cmd_backup(const struct settings *s, char *const *words);
enum err cmd_check(const struct settings *s, char *const *words);
enum err cmd_repair(const struct settings *s, char *const *words);
enum err cmd_compact(const struct settings *s, char *const *words);
enum err cmd_help(const struct settings *s, char *const *words);
enum err cmd_version(const struct settings *s, char *const *words);

extern const struct conf_option stats_options[], extract_options[], submit_options[],
    get_options[], watch_options[], dead_options[], kick_options[], cancel_options[],
    keys_options[], purge_options[], valve_options[], resume_options[];

#endif
