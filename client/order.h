#ifndef ORDER_H
#define ORDER_H

#include "hearsay.h"
#include "verb.h"

/*
 * Give this order to each job that the words, or --all-from, name, and tell what became
 * of it.  What went wrong is said; returns the first of it.
 */
enum err order_words(const struct settings *s, enum hearsay_act act, char *const *words);

#endif
