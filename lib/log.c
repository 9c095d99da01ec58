/*
 * Log lines.  A line is built on the stack and handed over in one write, so
 * threads and processes that share a terminal never tear each other's lines.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

static const struct {
	const char *name, *journal; /* sd-daemon(3)'s priority prefix */
} levels[] = {
	[LOG_LEVEL_ERROR] = { "error", "<3>" },
	[LOG_LEVEL_WARN] = { "warn", "<4>" },
	[LOG_LEVEL_INFO] = { "info", "<6>" },
	[LOG_LEVEL_DEBUG] = { "debug", "<7>" },
};
enum { N_LEVELS = sizeof levels / sizeof levels[0] };

/* Written at start-up and at SIGHUP by the main thread, read by all. */
static const char *program = "hearsay";
static _Atomic int threshold = LOG_LEVEL_INFO;
static int journal;

void
log_open(const char *name)
{
	program = name;
	journal = getenv("JOURNAL_STREAM") != NULL && !isatty(STDERR_FILENO);
}

enum err
log_set_level(const char *name)
{
	for (int i = 0; i < N_LEVELS; i++)
		if (strcasecmp(name, levels[i].name) == 0) {
			threshold = i;
			return OK;
		}
	return err_set(ERR_USAGE, "\"%s\" is no log level: error, warn, info or debug",
	               name);
}

static int
stamp(char *out, size_t size)
{
	struct timespec now;
	struct tm utc;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	n = strftime(out, size, "%Y-%m-%dT%H:%M:%S", &utc);
	return (int)n + snprintf(out + n, size - n, ".%03ldZ ", now.tv_nsec / 1000000);
}

/* What a peer sent may stand in a value; it must not look like a line of ours. */
static void
clean(char *text, int n)
{
	for (int i = 0; i < n; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = '?';
}

static void
line(enum log_level level, const char *format, va_list ap)
{
	char text[2048];
	int n, room = (int)sizeof text - 1;

	if ((int)level > threshold)
		return;
	if (journal)
		n = snprintf(text, sizeof text, "%s", levels[level].journal);
	else
		n = stamp(text, sizeof text);
	n +=
	    snprintf(text + n, (size_t)(room - n), "%s %s ", levels[level].name, program);
	n += vsnprintf(text + n, (size_t)(room - n), format, ap);
	if (n >= room)
		n = room - 1; /* a long line is cut, not lost */
	clean(text, n);
	text[n++] = '\n';
	if (write(STDERR_FILENO, text, (size_t)n) < 0)
		return; /* nowhere left to say it */
}

#define LOGGER(name, level)                                                              \
	void log_##name(const char *format, ...)                                         \
	{                                                                                \
		va_list ap;                                                              \
		va_start(ap, format);                                                    \
		line(level, format, ap);                                                 \
		va_end(ap);                                                              \
	}

LOGGER(error, LOG_LEVEL_ERROR)
LOGGER(warn, LOG_LEVEL_WARN)
LOGGER(info, LOG_LEVEL_INFO)
LOGGER(debug, LOG_LEVEL_DEBUG)
