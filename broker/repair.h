#ifndef REPAIR_H
#define REPAIR_H

#include <stdint.h>

#include "broker/check.h"
#include "err.h"

/*
 * A store made anew from what can still be read of a damaged one.  Each job keeps what it
 * has: a job whose result is gone and whose article is there is done again, one whose
 * article is gone is dead with that reason, one of which only the key is left is told, so
 * that it can be submitted again.  The damaged file stays beside the new one.
 */
struct repair_report {
	uint64_t jobs;   /* in the new store */
	uint64_t mended; /* of these, not as they were: each was said */
	uint64_t lost;   /* not in it, as far as is known: each was said */
	char kept[64];   /* the damaged file's new name, in the folder */
};

/*
 * No broker may run on the folder (ERR_BUSY).  Unless it returns OK the folder is as it
 * was.  There must be room for a second store.
 */
MUST_CHECK enum err repair_folder(const char *dir, const struct telling *t,
                                  struct repair_report *ret);

/* As small as it can be, again without a broker.  Says how large it was and is. */
MUST_CHECK enum err compact_folder(const char *dir, uint64_t *ret_before,
                                   uint64_t *ret_after);

#endif
