#ifndef VOICE_H
#define VOICE_H

#include "roster.h"

/*
 * Who "I" is outside what somebody is quoted with: the one whose turn it is in a
 * transcript, the one whom the article is an interview with (in what is no question),
 * the one who signs it.
 */
struct voice {
	const char *v;
	size_t size;
	const struct sights *sights;
	const struct roster *roster;
	size_t labels; /* how many turns begin: one alone makes no transcript */
	size_t turned; /* sights before this one were looked at for labels */
	int turn;      /* whose turn it was at the last of them */
	int asked, author;
};

/* Borrows all its arguments. */
struct voice voice_open(const char *v, size_t size, const struct sights *s,
                        const struct roster *r);

/*
 * Asked in the order of the text.  tale: "I" speaks in quotation marks here, so who tells
 * it need not be the author.  The reason is a literal.
 */
int voice_of(struct voice *g, struct span at, bool tale, const char **ret_reason);

#endif
