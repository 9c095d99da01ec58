#ifndef CHECKPOINT_H
#define CHECKPOINT_H

#include <sqlite3.h>

#include "err.h"

/*
 * Moves what was committed from the database's log into the database, on a
 * thread and a connection of its own, so that acknowledgements need not wait
 * for it.  Part of the store; only that calls it.
 */
struct checkpoint;

/* The database exists and is in WAL mode. */
MUST_CHECK enum err checkpoint_start(const char *path, struct checkpoint **ret);

/* Ends the thread, which finishes what it is about; takes NULL. */
void checkpoint_stop(struct checkpoint *c);

/*
 * After a commit on db: the log has so many pages now.  Wakes the thread when
 * that is many; does the last bit itself, briefly, when it is too many.
 * ERR_IO when the disk failed under either: no more may be acknowledged.
 */
MUST_CHECK enum err checkpoint_after(struct checkpoint *c, sqlite3 *db, int pages);

#endif
