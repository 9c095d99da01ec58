#ifndef WINDOW_H
#define WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "token.h"

/*
 * What the network sees at once: whole paragraphs, as many as fit, with a mark
 * between them, so that a quote sees the paragraph that introduces its speaker.
 * A paragraph that does not fit into a window of its own is cut at words, into
 * parts that overlap.
 */
struct part {
	size_t word, end;      /* words of the tokens that stand in it */
	size_t keep, keep_end; /* those to read from it; each word is kept exactly once */
	size_t at;             /* piece of the window at which `word` begins */
};

struct window {
	size_t n, n_parts;
	int32_t *id;       /* n pieces */
	int8_t *how;       /* n case classes, -1 where no word begins */
	struct part *part; /* in the order of the text */
};

/* A paragraph as a range of words. */
struct paragraph {
	size_t word, end;
};

struct layout {
	size_t max; /* pieces of a window */
	int32_t begin, gap,
	    end; /* pieces that stand before, between and after paragraphs */
};

/* Packs windows one after another; the tokens and paragraphs are borrowed. */
struct packer;
struct packer *packer_new(struct arena *a, const struct layout *layout,
                          const struct tokens *t, const struct paragraph *paragraph,
                          size_t n);

/* The next window, which lives until the one after it; false when all words have been in
 * one. */
bool packer_next(struct packer *p, struct window *ret);

#endif
