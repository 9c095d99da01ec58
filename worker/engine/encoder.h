#ifndef ENCODER_H
#define ENCODER_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct model;

/*
 * The network: piece ids in, one hidden state a piece out.  Below it product.c is the
 * only file that knows oneDNN.
 *
 * An encoder holds packed weights and compiled products, read-only after
 * encoder_open, shared by all threads.  A scratch is one thread's buffers, all
 * of them allocated when it is opened; encoder_run allocates nothing (oneDNN takes
 * some small blocks for each product, and gives them back).
 */
struct encoder;
struct encoder_scratch;

MUST_CHECK enum err encoder_open(const struct model *m, struct encoder **ret);
void encoder_close(struct encoder *e); /* takes NULL */

size_t encoder_width(const struct encoder *e);      /* floats of a hidden state: 384 */
size_t encoder_max_pieces(const struct encoder *e); /* of one window: 320 */

MUST_CHECK enum err encoder_scratch_open(const struct encoder *e,
                                         struct encoder_scratch **ret);
void encoder_scratch_close(struct encoder_scratch *s); /* takes NULL */

/*
 * Run one window of n pieces, 1 <= n <= encoder_max_pieces.  cases[i] is the
 * case class (0..4) of the word whose first piece i is, or -1.  Returns n rows
 * of encoder_width floats, which stay until the scratch's next run.
 */
MUST_CHECK enum err encoder_run(const struct encoder *e, struct encoder_scratch *s,
                                const int32_t *ids, const int8_t *cases, size_t n,
                                const float **ret_hidden);

#endif
