#ifndef TURN_H
#define TURN_H

#include "phrase.h"

/*
 * Transcripts: paragraphs that begin with a label, "TESSA MALONE, ANCHOR: A landslide
 * ...". Capitals and a colon alone are no label of a speaker ("WATCH: ..."), so an
 * article is a transcript only where one of them gives a title, or one name comes back.
 */
struct turn {
	size_t name, name_end; /* words of the name, without a title */
	size_t text;           /* the word behind the colon */
};

/* Whether a paragraph begins with what may be a label. */
bool turn_label(const char *text, const struct tokens *t, struct paragraph words,
                struct turn *ret);

/* Whether these paragraphs are those of a transcript.  In time proportional to their
 * words. */
bool turn_any(const char *text, const struct tokens *t, const struct paragraph *v,
              size_t n);

/*
 * Where a paragraph begins with a label and the network passed it over, the label is a
 * source and the rest of the paragraph its content; where it took the colon for a cue,
 * there is none.
 */
void turn_take(struct arena *a, struct passage *p);

#endif
