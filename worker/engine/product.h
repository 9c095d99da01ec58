#ifndef PRODUCT_H
#define PRODUCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "kernels.h"

/*
 * Matrix products on one core: c[rows][columns] = a[rows][inner] * b.  product.c
 * is the only file that knows oneDNN.
 *
 * A set is filled at start, and read-only from then on; all threads share it.
 * Each thread multiplies through a lane of its own.
 */
struct products;
struct packed; /* weights, laid out as the products like them */
struct lane;

enum product_type {
	PRODUCT_INT8, /* a uint8_t, b int8_t, c int32_t; see products_int8 */
	PRODUCT_F32,
	PRODUCT_BF16, /* c float */
};

enum product_right {
	RIGHT_PACKED,  /* b from products_pack */
	RIGHT_ROWS,    /* b[inner][columns] */
	RIGHT_COLUMNS, /* b[columns][inner] */
};

struct product {
	enum product_type type;
	enum product_right right;
	size_t rows, inner, columns;
};

MUST_CHECK enum err products_open(struct products **ret);
void products_close(struct products *p); /* takes NULL; after lanes and packed weights */

/* What this machine is taken for: ONEDNN_MAX_CPU_ISA can lower it. */
enum isa products_isa(void);

/* Are products of bf16 in the hardware here? */
bool products_bf16(void);

/*
 * Are int8 products compiled for this machine, and exact while no byte of a is above
 * `most`?  It is tried: without VNNI pairs of products are added in 16 bits, which
 * hold two of 128 * 127, but not two of 255 * 127.
 */
MUST_CHECK enum err products_int8(uint8_t most, bool *ret);

/* Compile one more; ret_id names it.  Packed ones of a type that share inner and
 * columns take the same weights. */
MUST_CHECK enum err products_add(struct products *p, const struct product *shape,
                                 size_t *ret_id);

/* w[columns][inner] for product id, as int8_t; a copy, converted where the product is
 * f32. */
MUST_CHECK enum err products_pack(const struct products *p, size_t id, const int8_t *w,
                                  struct packed **ret);
void packed_free(struct packed *w); /* takes NULL */

/* After the last products_add. */
MUST_CHECK enum err lane_open(const struct products *p, struct lane **ret);
void lane_close(struct lane *l); /* takes NULL */

/*
 * Multiply.  b is a struct packed * where the product's right is packed, else
 * the matrix.  Sets the calling thread's number of OpenMP threads to 1.
 */
MUST_CHECK enum err lane_run(struct lane *l, size_t id, const void *a, const void *b,
                             void *c);

#endif
