#ifndef SHOW_H
#define SHOW_H

#include <stdbool.h>
#include <stdio.h>

#include "err.h"
#include "found.h"

/*
 * Results for people: the article with its sources, cues and contents in colour, who
 * said what as a list, or a table.  Without colour the article is left out, for it
 * would not show anything.  What would make a terminal misbehave is never passed on.
 */
enum show_colour { SHOW_AUTO, SHOW_ALWAYS, SHOW_NEVER };

/* "auto", "always", "never"; ERR_USAGE for another word. */
MUST_CHECK enum err show_colour_named(const char *name, enum show_colour *ret);

struct show {
	FILE *out;
	bool colour;
	bool terminal; /* else a pipe or a file: nothing is cut, tables have tabs */
	int width;     /* columns to fill at most */
};

/*
 * NO_COLOR (of any value but "") and TERM=dumb turn colour off under SHOW_AUTO.  The
 * width is that of the terminal; $COLUMNS, else 100, where there is none.
 */
struct show show_open(FILE *out, enum show_colour colour);

/* What one article is shown by; text NULL when it is not at hand. */
struct shown {
	const char *name;  /* its id */
	const char *title; /* may be "" */
	const char *text;
	size_t size;
	struct found found;
	const char *url, *published; /* of no use to people; may be NULL */
};

/*
 * Heading, article if there is colour, the list of attributions, who the speakers are
 * and what is most worth checking, as far as there are any.
 */
void show_article(const struct show *s, const struct shown *a);

/* A row an attribution; the names of the columns first if asked for. */
void show_table(const struct show *s, const struct shown *a, bool with_heading);

/* A job that has no extraction: "key   waits for a worker", and why it failed. */
void show_state(const struct show *s, const struct hearsay_job *job);

/* In colour, if there is any: for headings and for what went wrong. */
void show_bold(const struct show *s, const char *text);
void show_bad(const struct show *s, const char *text);

#endif
