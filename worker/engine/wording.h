#ifndef WORDING_H
#define WORDING_H

#include "arena.h"
#include "extraction.h"
#include "prose.h"

/*
 * The words of a claim, so that they can be read alone: in one piece, white space made
 * one blank, and behind a pronoun the name of whom it stands for, in brackets: "We [Ana
 * Ruiz] have no choice".  Names are those of the speaker who is mentioned at that place,
 * or, for the first "I" or "we" of a direct quotation, of the one who says it.
 */
struct wording;

/* For the claims of this extraction, whose speakers are known.  Borrows both; lives in
 * the arena, and so do the texts. */
struct wording *wording_new(struct arena *a, const char *text,
                            const struct extraction *x);

/* The spans without white space, the quotation marks and commas around them; what is
 * empty then is left out. */
struct spans wording_trim(struct arena *a, const char *text, const struct spans *at);

/*
 * said: whose content it is, or NULL.  The lexemes are those of the spans; where they end
 * before the spans do (PROSE_MOST), so does the wording, with an ellipsis.
 */
const char *wording_text(struct wording *w, const struct spans *at, const struct prose *p,
                         const struct attribution *said);

#endif
