#ifndef SWAP_H
#define SWAP_H

#include <stddef.h>

#include "err.h"

/*
 * Another database in place of the store's, in a folder in which no broker runs: in one
 * step, so that there is a whole one at every moment, also after a power cut.
 */

/* A new folder in dir for what is being made, emptied if it is there. */
MUST_CHECK enum err swap_begin(const char *dir, char *ret_place, size_t size);

/*
 * place/queue.db, whole and without a log, becomes dir/queue.db.  The one before stays as
 * `keep` (in the same folder; NULL: it goes), with its log if it has one.
 */
MUST_CHECK enum err swap_in(const char *dir, const char *place, const char *keep);

/* What swap_begin made goes, with what is in it. */
void swap_end(const char *place);

#endif
