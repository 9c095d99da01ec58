#ifndef HEADS_H
#define HEADS_H

#include <stddef.h>

#include "arena.h"
#include "crf.h"
#include "err.h"
#include "window.h"

struct model;

/*
 * What is read from the network's hidden states.  One head so far: attribution,
 * which gives each word a label of source, cue or content.  Read-only once
 * open, shared by all threads.
 */
struct heads;

/* width: floats of a hidden state.  ERR_BAD_INPUT when the weights lack a tensor. */
MUST_CHECK enum err heads_open(const struct model *m, size_t width, struct heads **ret);
void heads_close(struct heads *h); /* takes NULL */

/* Scores of the labels of the word whose first piece has this hidden state. */
void heads_score(const struct heads *h, const float *hidden, float ret[LABELS]);

enum role { SOURCE, CUE, CONTENT };

/* A run of words of the article in one role. */
struct mention {
	enum role role;
	size_t word, end;
	float sure; /* how probable it is that it is exactly this */
};

/* The mentions of the paragraph p, in their order; score[w] is of word w of the article.
 */
struct mention *heads_decode(const struct heads *h, struct arena *a,
                             const float (*score)[LABELS], struct paragraph p,
                             size_t *ret_n);

#endif
