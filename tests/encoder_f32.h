#ifndef ENCODER_F32_H
#define ENCODER_F32_H

#include <stddef.h>
#include <stdint.h>

#include "worker/engine/model.h"

/*
 * The slow twin of the encoder, to compare it with: the network as its training
 * describes it, in plain loops of doubles and floats, int8 only simulated.  No
 * library, no padding, no blocks, no shared code.
 *
 * Writes n rows of the model's hidden size.  A model that is wrong ends the program.
 */
void encoder_f32(const struct model *m, const int32_t *ids, const int8_t *cases, size_t n,
                 float *ret_hidden);

#endif
