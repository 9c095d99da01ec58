/*
 * Error codes, their sentences and the exit statuses they become.
 */
#include <stdarg.h>
#include <stdio.h>

#include "err.h"

/* One row a code: the table is the documentation, in the order of enum err. */
static const struct {
	const char *name;
	int status;
} codes[] = {
	[OK] = { "ok", 0 },
	[ERR_NOMEM] = { "out of memory", 1 },
	[ERR_IO] = { "i/o error", 1 },
	[ERR_USAGE] = { "usage", 2 },
	[ERR_BAD_INPUT] = { "bad input", 3 },
	[ERR_EMPTY] = { "empty", 4 },
	[ERR_TOO_BIG] = { "too big", 5 },
	[ERR_NOT_FOUND] = { "not found", 6 },
	[ERR_TIMEOUT] = { "timed out", 7 },
	[ERR_VERSION] = { "unknown version", 8 },
	[ERR_FULL] = { "disk full", 9 },
	[ERR_READ_ONLY] = { "read-only", 10 },
	[ERR_CONFLICT] = { "conflict", 11 },
	[ERR_BUSY] = { "busy", 12 },
	[ERR_NO_ARTICLES] = { "no articles", 13 },
	[ERR_DENIED] = { "not allowed", 14 },
	[ERR_DAMAGED] = { "damaged", 15 },
};
enum { N_CODES = sizeof codes / sizeof codes[0] };

static _Thread_local char sentence[512];

const char *
err_name(enum err e)
{
	return (unsigned)e < N_CODES ? codes[e].name : "unknown error";
}

int
err_exit_status(enum err e)
{
	return (unsigned)e < N_CODES ? codes[e].status : 1;
}

enum err
err_set(enum err e, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(sentence, sizeof sentence, format, ap);
	va_end(ap);
	return e;
}

const char *
err_text(void)
{
	return sentence;
}
