#ifndef CONF_H
#define CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "err.h"

/*
 * Settings: one table a program, from which come its command line, its config
 * file (name = value, # for comments), its --help and its defaults.  A setting
 * named "lease" is --lease VALUE or --lease=VALUE on the command line and
 * lease = VALUE in the file; the command line wins.
 *
 *     struct settings { const char *data; int64_t lease_ms; bool quiet; };
 *     static const struct conf_option options[] = {
 *         { "data", 'd', CONF_TEXT, offsetof(struct settings, data), "DIR",
 *           "folder that holds the queue", .standard = "/var/lib/hearsay" },
 *         { "lease", 0, CONF_DURATION, offsetof(struct settings, lease_ms), "TIME",
 *           "how long a worker may hold an article", .standard = "60s",
 *           .min = 1000, .max = 3600000, .reload = true },
 *         { 0 } };
 */
enum conf_type {
	CONF_FLAG,     /* bool; given alone: --quiet; in a file: quiet = yes */
	CONF_TEXT,     /* const char *, owned by the struct conf */
	CONF_COUNT,    /* int64_t, plain number */
	CONF_SIZE,     /* int64_t bytes; K, M, G (powers of 1024) */
	CONF_DURATION, /* int64_t milliseconds; ms, s, m, h, d */
};

struct conf_option {
	const char *name;
	char letter; /* short option, 0 for none */
	enum conf_type type;
	size_t offset; /* of its field in the program's settings */
	const char *arg;
	const char *help;
	const char *standard; /* the default, as one would type it; NULL for none */
	int64_t min, max;     /* of a number; both 0 for no bounds */
	bool reload;          /* taken again from the file at SIGHUP */
};

/* Owns the texts of the settings it filled, and remembers the command line. */
struct conf;

/*
 * Fill settings from defaults, then the file named by --config (or
 * standard_file if that exists; may be NULL), then argv[1..].  Words that are
 * no options end up in ret_words (pointers into argv, NULL-terminated, owned
 * by the conf); "--" ends the options and "-" is a word.  ERR_USAGE with
 * err_text saying which word, line and what would be right.
 * --config FILE is understood by itself and need not stand in the table.
 */
MUST_CHECK enum err conf_open(const struct conf_option *options, void *settings,
                              const char *standard_file, int argc, char *const argv[],
                              struct conf **ret, char ***ret_words);

/*
 * SIGHUP: read the file again and take the settings marked reload, unless the
 * command line gave them.  On failure nothing is changed.
 */
MUST_CHECK enum err conf_reload(struct conf *c, void *settings);

void conf_close(struct conf *c); /* takes NULL; the settings' texts go with it */

/* A time as in settings: "500ms", "30s", "2h"; ERR_USAGE for what is none. */
MUST_CHECK enum err conf_duration(const char *text, int64_t *ret_ms);

/* The options' part of --help, aligned, with defaults. */
void conf_help(const struct conf_option *options, FILE *out);

#endif
