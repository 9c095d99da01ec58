#ifndef TEND_H
#define TEND_H

#include "err.h"

/*
 * What hearsay-broker does to a folder in place of serving it, with words for people on
 * standard output.  ERR_DAMAGED when the folder is not, or could not be made, as it
 * should be; each of the others as in check.h and repair.h.
 */
MUST_CHECK enum err tend_check(const char *dir);
MUST_CHECK enum err tend_repair(const char *dir);
MUST_CHECK enum err tend_compact(const char *dir);

#endif
