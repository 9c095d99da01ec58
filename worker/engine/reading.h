#ifndef READING_H
#define READING_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "crf.h"
#include "err.h"
#include "token.h"
#include "window.h"

struct model;

/*
 * What the heads beside attribution read from the same hidden states: where sentences
 * begin, names, how sure an event is, what is worth a check, what a pronoun stands for,
 * which cue a content belongs to.
 *
 * Weights may lack any of these heads.  Ask reading_has before anything else; what an
 * absent head would say is undefined (the functions assert that it is there).
 *
 * A reader is read-only once open, and shared by all threads.  A reader_scratch is one
 * thread's.  A reading is of one stretch of text; it lives in the arena it was made in,
 * and words are counted as in its tokens.
 */
enum head {
	HEAD_SENTENCE,
	HEAD_ENTITY,
	HEAD_FACTUALITY,
	HEAD_CHECKWORTHY,
	HEAD_ANTECEDENT,
	HEAD_LINK,
	HEADS
};

struct reader;
struct reader_scratch;
struct reading;

/* width: floats of a hidden state.  The vocabulary tells which words are pronouns.
 * ERR_BAD_INPUT when a head of the weights is there only in part or has another shape. */
MUST_CHECK enum err reader_open(const struct model *m, const struct vocabulary *v,
                                size_t width, struct reader **ret);
void reader_close(struct reader *r); /* takes NULL; after every scratch is closed */

MUST_CHECK enum err reader_scratch_open(const struct reader *r,
                                        struct reader_scratch **ret);
void reader_scratch_close(struct reader_scratch *s); /* takes NULL */

/* A reading of these tokens, nothing read as yet.  Borrows all its arguments. */
struct reading *reading_new(struct arena *a, const struct reader *r,
                            struct reader_scratch *s, const struct tokens *t);

/*
 * Read the words that the window keeps.  hidden has a row for each piece of it;
 * score[w] is what the attribution head says of word w, for the window's words.
 */
MUST_CHECK enum err reading_window(struct reading *r, const struct window *w,
                                   const float *hidden, const float (*score)[LABELS]);

bool reading_has(const struct reading *r, enum head head);

/* How probable it is that a sentence begins at this word, 0 .. 1. */
float reading_sentence(const struct reading *r, size_t word);

enum entity_kind { ENTITY_PERSON, ENTITY_ORGANISATION, ENTITY_PLACE, ENTITY_OTHER };

/* A name: "Anna Vik", "Ministry of Fish", "Oslo"; no title before it. */
struct entity {
	enum entity_kind kind;
	size_t word, end;
	float sure; /* how probable the least probable of its words' labels is */
};

/* The names that begin in p, in order. */
struct entity *reading_entities(const struct reading *r, struct arena *a,
                                struct paragraph p, size_t *ret_n);

/*
 * Is what the word names so, by the one whose sentence it is?  3 surely, 0 nobody can
 * tell, -3 surely not.  Ask at the head of a clause (its verb): "She may RESIGN" is near
 * 1, "He did not RESIGN" near -3.
 */
float reading_factuality(const struct reading *r, size_t word);

/* How much these words, a sentence, are worth a check, 0 .. 1. */
float reading_checkworthy(const struct reading *r, struct paragraph sentence);

enum { POINTERS = 4 };

/* How probable it is that it is this word. */
struct pointer {
	size_t word;
	float chance;
};

/*
 * What the word stands for: the head words of earlier mentions in the same window (a
 * name's last word, a noun, another pronoun), the most probable first, at most POINTERS;
 * to ask for a mention of several words, sum over the pointers that fall into it.
 * *ret_none is how probable it is that nothing before it in the window is meant.  Known
 * for pronouns, the last words of names and words that may be of a source; else 0
 * pointers and *ret_none 1.
 */
size_t reading_antecedent(const struct reading *r, size_t word,
                          struct pointer ret[POINTERS], float *ret_none);

/*
 * What belongs to the word, before or behind it in the same window: to the first word of
 * a content the first word of its cue, to the first word of a cue the first word of its
 * source.  Known where the attribution head thinks that a cue or content may begin;
 * otherwise as reading_antecedent.
 */
size_t reading_link(const struct reading *r, size_t word, struct pointer ret[POINTERS],
                    float *ret_none);

#endif
