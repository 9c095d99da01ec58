#ifndef RESULTS_H
#define RESULTS_H

#include "hearsay.h"
#include "show.h"
#include "verb.h"

/*
 * What the verbs print of results, in the form that the options ask for: lines of
 * JSON, claims for fact checkers, a table, or for people.
 */
struct results {
	const struct settings *s;
	struct show show;
	bool with_sequence; /* in lines of JSON */
	bool headed;        /* the table has its heading */
};

/* For standard output.  ERR_USAGE for a --color that is none. */
MUST_CHECK enum err results_open(const struct settings *s, struct results *ret);

/* What the answers must carry for this form. */
enum hearsay_with results_need(const struct results *r);

/* An extraction made here; model is not in it. */
void results_extraction(struct results *r, const struct shown *a, const char *model);

/*
 * A job from a broker.  Returns what is wrong with it, and says so: ERR_NOT_FOUND for
 * an unknown one, ERR_IO for one that failed for good or whose result is damaged.
 */
enum err results_job(struct results *r, const struct hearsay_job *job);

/* The same, nothing printed but what is wrong. */
enum err results_judge(const struct hearsay_job *job);

#endif
