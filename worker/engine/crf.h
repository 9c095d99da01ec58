#ifndef CRF_H
#define CRF_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"

/*
 * A linear chain over labels: scores of each label at each word, of each label
 * after each other, and of the first.  Labels are O, then B and I of each role
 * in turn; an I may only follow its own B or I.
 */
enum { ROLES = 3, LABELS = 1 + 2 * ROLES };

struct crf {
	float start[LABELS], step[LABELS][LABELS]; /* step[from][to] */
};

/* Scores as learned; what is not allowed becomes minus infinity. */
void crf_init(struct crf *c, const float start[LABELS], const float step[LABELS][LABELS]);

/* The best labels of n >= 1 words. */
void crf_best(const struct crf *c, struct arena *a, const float (*score)[LABELS],
              size_t n, uint8_t *ret_label);

/* Forward and backward sums over all labellings, for any number of questions. */
struct lattice;
struct lattice *crf_lattice(const struct crf *c, struct arena *a,
                            const float (*score)[LABELS], size_t n);

/* How probable it is that exactly the words [begin, end) are a span of this role. */
double crf_span(const struct lattice *l, size_t role, size_t begin, size_t end);

#endif
