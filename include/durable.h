#ifndef DURABLE_H
#define DURABLE_H

#include <stdbool.h>

/*
 * A file's bytes last once it is synced; its name lasts once the folder is in which it
 * stands.  This does the latter for the folder of path.  False, with errno, on failure.
 */
bool durable_name(const char *path);

#endif
