#ifndef ERR_H
#define ERR_H

/*
 * What can go wrong between modules.  Zero is success.
 *
 * A function that fails returns its code and, with err_set, leaves one
 * sentence for people in the calling thread (as errno is left): what is wrong
 * and what to do about it.  Whoever meets a person prints it with err_text.
 */
enum err {
	OK,
	ERR_NOMEM,       /* memory is short; trying again later may help */
	ERR_IO,          /* disk or socket */
	ERR_BAD_INPUT,   /* not UTF-8, not a message of ours: the sender's fault */
	ERR_TOO_BIG,     /* over a limit we set; trying again will not help */
	ERR_EMPTY,       /* nothing in it to work on */
	ERR_NOT_FOUND,   /* no such file, key or job */
	ERR_CONFLICT,    /* the key was used before, with another text */
	ERR_VERSION,     /* the other side, or a file, speaks a version we do not */
	ERR_TIMEOUT,     /* nobody answered in time */
	ERR_BUSY,        /* refused for now; come back later */
	ERR_FULL,        /* no space left on the disk */
	ERR_READ_ONLY,   /* the folder cannot be written to */
	ERR_USAGE,       /* the command line or the config file is wrong */
	ERR_NO_ARTICLES, /* a folder with no article in it */
	ERR_DENIED,      /* this key may not do that */
	ERR_DAMAGED,     /* a store has lost something, or has what cannot be */
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* For logs.  Static text, never NULL. */
const char *err_name(enum err e);

/*
 * Leave a sentence (no final full stop, no newline, at most 511 bytes) for
 * err_text, and return e, so that a failure is one line: return err_set(...).
 */
enum err err_set(enum err e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The last sentence of this thread; never NULL, valid until its next err_set. */
const char *err_text(void);

/* Exit status of a program that ends with e: documented in hearsay(1). */
int err_exit_status(enum err e);

#endif
