#ifndef FOLDER_H
#define FOLDER_H

#include <stdint.h>

#include "err.h"

/* The data folder: there is one, it can be written to, and it is ours alone. */
struct folder;

/*
 * Made if absent, and locked until folder_close or the process's end.
 * ERR_BUSY, with the other's process id, when a broker has it already.
 */
MUST_CHECK enum err folder_open(const char *dir, struct folder **ret);
/* The same of one that has a store in it: ERR_NOT_FOUND when it has none. */
MUST_CHECK enum err folder_of_store(const char *dir, struct folder **ret);
void folder_close(struct folder *f); /* takes NULL */

/* Bytes free on its disk for us; UINT64_MAX when the system does not say. */
uint64_t folder_room(const struct folder *f);

#endif
