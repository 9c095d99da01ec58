#ifndef LIST_H
#define LIST_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The i-th word of a list with commas between its words, without the blanks around it.
 * False when there is none, or it is empty, or does not fit.
 */
bool list_nth(const char *list, size_t i, char *ret, size_t size);

#endif
