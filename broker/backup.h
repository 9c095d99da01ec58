#ifndef BACKUP_H
#define BACKUP_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

/*
 * A copy of the store as it stands at one moment, made while the store is at work: by a
 * thread with a connection of its own, so that nobody waits for it.  The copy is checked,
 * synced, and has no name any more once it is ready: it is read from here, and what is
 * left of it after a crash is removed with the next.
 *
 * Called from one thread.
 */
struct backup;

enum backup_state { BACKUP_COPYING, BACKUP_READY, BACKUP_FAILED };

struct backup_progress {
	enum backup_state state;
	uint64_t copied, size; /* bytes; the size may rise until it is ready */
};

/*
 * Of dir/queue.db.  `spare` bytes of the disk are to be left free: ERR_FULL when there is
 * not so much room.
 */
MUST_CHECK enum err backup_start(const char *dir, uint64_t room, uint64_t spare,
                                 struct backup **ret);
void backup_stop(struct backup *b); /* takes NULL; ends it, and the copy goes */

struct backup_progress backup_look(struct backup *b);
const char *backup_why(struct backup *b); /* it has failed */

/* Of one that is ready: up to n bytes from there, fewer at its end. */
MUST_CHECK enum err backup_read(struct backup *b, uint64_t offset, void *ret, size_t n,
                                size_t *ret_n);

#endif
