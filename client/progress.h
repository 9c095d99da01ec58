#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * One line on the terminal's bottom that tells how far we are, how fast, and how long
 * it will take.  Says nothing where standard error is no terminal, or when asked to be
 * quiet.  NULL is a progress that says nothing, so that callers need not care.
 */
struct progress;

/* verb, say "submitted", is kept.  total is in any unit, 0 when it is not known. */
struct progress *progress_open(const char *verb, uint64_t total, bool quiet);

/* done of total, which is so many articles.  Drawn ten times a second at most. */
void progress_step(struct progress *p, uint64_t done, uint64_t articles);

/* Off the screen, because something else is about to be printed. */
void progress_hide(struct progress *p);

void progress_close(struct progress *p); /* takes NULL */

#endif
