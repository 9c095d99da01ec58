#ifndef ORIGIN_H
#define ORIGIN_H

#include <stdint.h>

#include "err.h"

/*
 * Whether a log belongs to the database that it lies beside.  SQLite reads any log into
 * any database; a copy put back over a store that was not closed would become a mixture
 * of both.  So each start of a store has a number, which stands in the database proper
 * and in a small file beside it (queue.db.start), and is higher than the one before.
 */

/*
 * Before SQLite opens it: ERR_DAMAGED, with what to do, when the log is of a later start
 * than the database, or of an earlier.  *ret_start is the newest start known, 0 for none.
 * A log that should be there and is not is logged.
 */
MUST_CHECK enum err origin_check(const char *path, uint64_t *ret_start);

/* The store of this path is open, or has been closed: the file says so. */
MUST_CHECK enum err origin_note(const char *path, uint64_t start, const char *state);

#endif
