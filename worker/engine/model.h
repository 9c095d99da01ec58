#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/*
 * The weights: a safetensors file mapped read-only, and the vocabulary beside
 * it.  Read-only after model_open; shared by all threads.
 */
struct model;

/* As engine_open says.  Every tensor's place in the file is checked here. */
MUST_CHECK enum err model_open(const char *path, struct model **ret);
void model_close(struct model *m); /* takes NULL */

/* From the file's metadata; NULL when it has no such entry. */
const char *model_meta(const struct model *m, const char *name);

/* The same as a number; ERR_BAD_INPUT when absent or not within [min, max]. */
MUST_CHECK enum err model_meta_count(const struct model *m, const char *name, size_t min,
                                     size_t max, size_t *ret);

/* Is there a tensor of this name, of whatever type and shape? */
bool model_has(const struct model *m, const char *name);

/*
 * A tensor of exactly this type and shape (columns 0: one-dimensional), or
 * ERR_BAD_INPUT with err_text.  The pointer is into the mapping.
 */
MUST_CHECK enum err model_i8(const struct model *m, const char *name, size_t rows,
                             size_t columns, const int8_t **ret);
MUST_CHECK enum err model_f32(const struct model *m, const char *name, size_t rows,
                              size_t columns, const float **ret);

/* The vocabulary as one text: a piece a line, the id is the line's number from 0. */
const char *model_vocabulary(const struct model *m, size_t *ret_bytes);

#endif
