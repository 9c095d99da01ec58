#ifndef CLAIMREVIEW_H
#define CLAIMREVIEW_H

#include <stddef.h>
#include <stdio.h>

#include "found.h"

/*
 * Claims as schema.org has them for those who check facts: a line of JSON-LD for each, a
 * ClaimReview with the claim, who makes it, and the article that it appears in.  What the
 * desk finds (reviewRating, its own author, url and datePublished) is left to the desk.
 *
 * Only what somebody says is so or denies: what is asked, ordered or doubted is no claim.
 */
struct appearance {
	const char *id, *url, *title; /* url and title may be "" */
	const char *published;        /* "" or what begins with no date: not known */
	const char *text;             /* NULL when it is not at hand */
	size_t size;
};

void claimreview_write(FILE *out, const struct appearance *in, const struct found *found);

#endif
