#ifndef TERMS_H
#define TERMS_H

#include <stdint.h>

#include "err.h"

/*
 * When and how an article is to be worked on, as people and JSON Lines say it.  Zero
 * stands for what is usual, as in struct hearsay_article.
 */
struct terms {
	int priority;
	uint64_t not_before_ms, delay_ms;
	uint32_t lease_ms, attempts;
};

/*
 * Set one of them from its name ("priority", "not_before", "delay", "lease",
 * "attempts") and its words: a number, a date "2026-03-28T17:00:00Z" or a time "30s".
 * ERR_USAGE with what would be right.
 */
MUST_CHECK enum err terms_set(struct terms *t, const char *name, const char *words);

/* What `t` does not say is as in `usual`. */
void terms_complete(struct terms *t, const struct terms *usual);

/* The names, ended by NULL. */
extern const char *const terms_names[];

#endif
