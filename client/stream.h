#ifndef STREAM_H
#define STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/*
 * Reads a descriptor by lines or as a whole, through a buffer that grows only up to
 * a bound.
 */
struct stream;

/* Takes the descriptor over, also when it fails. */
MUST_CHECK enum err stream_open(int fd, struct stream **ret);
void stream_close(struct stream *s); /* takes NULL */

/*
 * The next line without its end, or NULL at the end of the input.  Lives until the
 * next call.  ERR_TOO_BIG for a line of more than max bytes, which is skipped.
 */
MUST_CHECK enum err stream_line(struct stream *s, size_t max, const char **ret_line,
                                size_t *ret_n);

/* The same, but left unread.  NULL also for a line that is too long. */
MUST_CHECK enum err stream_peek(struct stream *s, size_t max, const char **ret_line,
                                size_t *ret_n);

/* All there is left; ERR_TOO_BIG for more than max bytes.  Lives until stream_close. */
MUST_CHECK enum err stream_all(struct stream *s, size_t max, const char **ret_text,
                               size_t *ret_n);

/* Lines taken so far, and where in the input the last one began. */
size_t stream_line_number(const struct stream *s);
uint64_t stream_line_offset(const struct stream *s);

uint64_t stream_done(const struct stream *s); /* bytes read so far */

#endif
