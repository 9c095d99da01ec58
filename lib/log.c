/*
 * Log lines.
 *
 *  1. A line is built on the stack and handed over in one write, so threads and
 *     processes that share a terminal never tear each other's lines.
 *  2. Nobody waits for whoever reads them: what a full pipe does not take is dropped and
 *     counted, and the count is a line once there is room again.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
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

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned dropped; /* lines, since the last that was written */

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

/* A pipe that polls as writable has room for PIPE_BUF bytes, more than a line has. */
static bool
has_room(void)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };

	return poll(&p, 1, 0) != 0;
}

static int
head(enum log_level level, char *text, size_t size)
{
	int n = journal ? snprintf(text, size, "%s", levels[level].journal)
	                : stamp(text, size);

	return n + snprintf(text + n, size - (size_t)n, "%s %s ", levels[level].name,
	                    program);
}

/* False when there was no room for it. */
static bool
put(const char *text, size_t n)
{
	if (!has_room())
		return false;
	return write(STDERR_FILENO, text, n) >= 0 || errno != EAGAIN;
}

/* The lines that there was no room for come first, as a number. */
static void
say(const char *text, size_t n)
{
	char more[256];

	pthread_mutex_lock(&lock); /* or another thread would take the room */
	if (dropped > 0) {
		int m = head(LOG_LEVEL_WARN, more, sizeof more);

		m += snprintf(more + m, sizeof more - (size_t)m,
		              "log lines_dropped=%u reason=\"nobody read them\"\n",
		              dropped);
		if (put(more, (size_t)m))
			dropped = 0;
	}
	if (!put(text, n))
		dropped++;
	pthread_mutex_unlock(&lock);
}

static void
line(enum log_level level, const char *format, va_list ap)
{
	char text[2048];
	int n, room = (int)sizeof text - 1;

	if ((int)level > threshold)
		return;
	n = head(level, text, (size_t)room);
	n += vsnprintf(text + n, (size_t)(room - n), format, ap);
	if (n >= room)
		n = room - 1; /* a long line is cut, not lost */
	clean(text, n);
	text[n++] = '\n';
	say(text, (size_t)n);
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
