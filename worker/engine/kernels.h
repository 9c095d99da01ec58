#ifndef KERNELS_H
#define KERNELS_H

#include <stddef.h>
#include <stdint.h>

/*
 * The encoder's element-wise work: all that happens to a row between two
 * matrix products.  The same code is compiled for several instruction sets;
 * kernels_for picks once, at run time.
 *
 * A quantized row is bytes 1..255, meaning (byte - 128) * scale of the row.
 * Widths are multiples of 64, those of a head multiples of 16.
 */
enum isa { ISA_PLAIN, ISA_AVX2, ISA_AVX512 };

/* What turns the sums of an int8 product back into numbers, column by column:
 * (sum - offset) * scale of the row * scale + bias. */
struct linear {
	size_t columns;
	const int32_t *offset;
	const float *scale, *bias;
};

struct norm {
	const float *weight, *bias;
	float eps;
};

/* Rows as int8 products give and take them. */
struct sums {
	size_t rows;
	const int32_t *v; /* rows * columns */
	const float *scale;
};
struct quantized {
	uint8_t *v;
	float *scale;
};

/*
 * Per-head matrices of `stride` rows by `width`, one after the other: all
 * queries, all keys, all values.
 */
struct heads {
	size_t width, stride;
	void *v; /* bf16 or float */
};

struct kernels {
	/* Each row of bytes as two rows of 0..128, one after the other, whose sum it is.
	 */
	void (*halve)(const uint8_t *q, size_t rows, size_t width, uint8_t *ret);

	/* For products of f32 instead of int8: bytes to whole floats, and sums back to
	 * whole numbers, in place. */
	void (*widen)(const uint8_t *q, size_t n, float *ret);
	void (*whole)(void *sums, size_t n);

	/* Query, key and value of rows first.. into their heads. */
	void (*split_bf16)(const struct linear *l, struct sums s, size_t first,
	                   const struct heads *to);
	void (*split_f32)(const struct linear *l, struct sums s, size_t first,
	                  const struct heads *to);

	/*
	 * Scores (of base-2 exponents) to weights that are not yet divided by
	 * their sum; ret_inverse is 1 / that sum.  The last padded - n keys weigh
	 * nothing, and their scores are lost.  Scores are rows * padded, and so are the
	 * weights.
	 */
	void (*softmax_bf16)(float *scores, size_t rows, size_t n, size_t padded,
	                     void *ret, float *ret_inverse);
	void (*softmax_f32)(float *scores, size_t rows, size_t n, size_t padded,
	                    void *ret, float *ret_inverse);

	/* What the heads gave for rows first.., times inverse[head][row], as one
	 * quantized row each. */
	void (*join)(const struct heads *from, const float *inverse, size_t n_heads,
	             size_t first, size_t rows, float *row, struct quantized ret);

	void (*gelu)(const struct linear *l, struct sums s, float *row,
	             struct quantized ret);

	/* x += the product, normalized, in place; and the same quantized. */
	void (*add_norm)(const struct linear *l, struct sums s, const struct norm *n,
	                 float *x, struct quantized ret);
	void (*norm)(const struct norm *n, float *x, size_t rows, size_t columns,
	             struct quantized ret);
};

const struct kernels *kernels_for(enum isa isa);

#endif
