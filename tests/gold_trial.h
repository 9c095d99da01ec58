#ifndef GOLD_TRIAL_H
#define GOLD_TRIAL_H

#include "gold_file.h"

/*
 * One article of tests/gold/ against what was found in it: which of the attributions
 * found is which of those wanted, and what of each is right.
 */
enum { GOLD_FOUND = 64, GOLD_VERDICTS = GOLD_EACH * GOLD_ASPECTS };

struct gold_verdict {
	const struct gold_attribution *want;
	enum gold_aspect aspect;
	bool right;            /* of an extra: it is gone */
	enum gold_known known; /* what the file says of it */
	char found[512];       /* what was found, in words */
};

struct gold_trial {
	const struct gold_article *article;
	struct extraction x; /* what it holds is borrowed */
	size_t n;
	struct gold_verdict
	    verdict[GOLD_VERDICTS]; /* in the order of the file's blocks */
	size_t unknown;             /* found, and nobody expects it */
	size_t found[GOLD_FOUND];   /* which of x are that */
};

/* Ends the program when x holds more than GOLD_FOUND attributions. */
void gold_try(const struct gold_article *article, const struct extraction *x,
              struct gold_trial *ret);

/*
 * What the file does not say, a line for each, in out; returns how many.  A miss that
 * is right now is one of them.  Too long for out: the rest is left out.
 */
size_t gold_complaints(const struct gold_trial *t, char *out, size_t room);

/* The words of spans, " + " between them; "nothing" if there is none. */
void gold_words(const char *text, const struct spans *list, char *out, size_t room);

#endif
