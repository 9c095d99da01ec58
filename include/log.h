#ifndef LOG_H
#define LOG_H

#include "err.h"

/*
 * Structured log lines on standard error, one event a line, for people and for
 * programs: an event name, then key=value pairs (quote text with %s in "").
 *
 *     2026-11-25T03:19:32.123Z info broker listening clients=tcp://127.0.0.1:5570
 *
 * Under systemd the time is left to the journal and the level becomes its
 * priority.  Any thread may log; a line is one write and never torn.
 */
enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Name of the program, as it stands in each line.  Kept, not copied. */
void log_open(const char *program);

/* "error", "warn", "info", "debug"; ERR_USAGE for another word. */
MUST_CHECK enum err log_set_level(const char *name);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
