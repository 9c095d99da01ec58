/*
 * Element-wise code of the encoder, written as plain loops over rows that gcc
 * and clang turn into vector code.  The Makefile compiles this file once as it
 * stands and, on x86-64, again with KERNELS_ISA=avx2 and =avx512 and the flags
 * for these; nothing here may be called from outside but the table at the end.
 *
 * The Makefile lets the compiler choose the order of the additions in a sum over a
 * row.  It is fixed when this file is compiled: a result never differs between runs,
 * in the last digits only between instruction sets.
 *
 * Floats become whole numbers by adding MAGIC: at 1.5 * 2^23 a float's step is
 * 1, so the sum is rounded to even and its low bits are the number.
 */
#include <math.h>
#include <string.h>

#include "kernels.h"

#ifdef KERNELS_ISA
#define PASTE(a, b) a##b
#define TABLE_OF(isa) PASTE(kernels_, isa)
#define TABLE TABLE_OF(KERNELS_ISA)
#else
#define TABLE kernels_plain
#endif

static const float MAGIC = 12582912.0f;

static inline uint32_t
bits_of(float x)
{
	uint32_t u;

	memcpy(&u, &x, sizeof u);
	return u;
}

static inline float
float_of(uint32_t u)
{
	float x;

	memcpy(&x, &u, sizeof x);
	return x;
}

/* Rounded half up, which is half a step off in one case of 65,536. */
static inline uint16_t
bf16_of(float x)
{
	return (uint16_t)((bits_of(x) + 0x8000) >> 16);
}

static inline float
real_of(const struct linear *l, const int32_t *sum, float scale, size_t c)
{
	return (float)(sum[c] - l->offset[c]) * scale * l->scale[c] + l->bias[c];
}

/* Largest magnitude, compared as integers: the order is the same. */
static float
quantize(const float *restrict x, size_t n, uint8_t *restrict ret)
{
	uint32_t most = bits_of(1e-8f);

	for (size_t i = 0; i < n; i++) {
		uint32_t u = bits_of(x[i]) & 0x7fffffff;

		most = u > most ? u : most;
	}
	float k = 127 / float_of(most);
	for (size_t i = 0; i < n; i++)
		ret[i] = (uint8_t)(bits_of(x[i] * k + MAGIC) ^ 0x80);
	return float_of(most) / 127;
}

static void
halve(const uint8_t *restrict q, size_t rows, size_t width, uint8_t *restrict ret)
{
	for (size_t r = 0; r < rows; r++, q += width, ret += 2 * width)
		for (size_t i = 0; i < width; i++) {
			ret[i] = q[i] >> 1;
			ret[width + i] = (uint8_t)(q[i] - (q[i] >> 1));
		}
}

static void
widen(const uint8_t *restrict q, size_t n, float *restrict ret)
{
	for (size_t i = 0; i < n; i++)
		ret[i] = (float)(q[i] - 128);
}

static void
whole(void *sums, size_t n)
{
	char *v = sums;

	for (size_t i = 0; i < n; i++) {
		float x;
		int32_t k;

		memcpy(&x, v + i * sizeof x, sizeof x);
		k = (int32_t)x;
		memcpy(v + i * sizeof k, &k, sizeof k);
	}
}

static void
split_bf16(const struct linear *l, struct sums s, size_t first, const struct heads *to)
{
	for (size_t r = 0; r < s.rows; r++)
		for (size_t c = 0; c < l->columns; c += to->width) {
			uint16_t *restrict out =
			    (uint16_t *)to->v + c * to->stride + (first + r) * to->width;
			const int32_t *restrict sum = s.v + r * l->columns + c;
			const float scale = s.scale[r];
			const struct linear part = { .offset = l->offset + c,
				                     .scale = l->scale + c,
				                     .bias = l->bias + c };

			for (size_t i = 0; i < to->width; i++)
				out[i] = bf16_of(real_of(&part, sum, scale, i));
		}
}

static void
split_f32(const struct linear *l, struct sums s, size_t first, const struct heads *to)
{
	for (size_t r = 0; r < s.rows; r++)
		for (size_t c = 0; c < l->columns; c += to->width) {
			float *restrict out =
			    (float *)to->v + c * to->stride + (first + r) * to->width;
			const int32_t *restrict sum = s.v + r * l->columns + c;
			const float scale = s.scale[r];
			const struct linear part = { .offset = l->offset + c,
				                     .scale = l->scale + c,
				                     .bias = l->bias + c };

			for (size_t i = 0; i < to->width; i++)
				out[i] = real_of(&part, sum, scale, i);
		}
}

/* 2^x for x <= 0: whole part into the exponent, the rest by a polynomial whose
 * relative error is 4e-6.  Below -126 it stays 2^-126, so small that a sum with a 1 in it
 * does not change. */
static inline float
power(float x)
{
	x = x < -126.0f ? -126.0f : x;
	float whole_part = rintf(x), f = x - whole_part;
	float p = 9.58285294e-03f;

	p = p * f + 5.59064262e-02f;
	p = p * f + 2.40240991e-01f;
	p = p * f + 6.93124175e-01f;
	p = p * f + 1.0f;
	return float_of(bits_of(p) + ((uint32_t)(int32_t)whole_part << 23));
}

/* Keys past n get a score that no weight comes of; the greatest of all. */
static float
mask(float *restrict s, size_t n, size_t padded)
{
	float most = s[0];

	for (size_t i = n; i < padded; i++)
		s[i] = -1e30f;
	for (size_t i = 0; i < padded; i++)
		most = s[i] > most ? s[i] : most;
	return most;
}

static void
softmax_bf16(float *scores, size_t rows, size_t n, size_t padded, void *ret,
             float *ret_inverse)
{
	padded = padded / 16 * 16; /* is so; now the compiler knows it */
	for (size_t r = 0; r < rows; r++) {
		float *restrict s = scores + r * padded;
		uint16_t *restrict out = (uint16_t *)ret + r * padded;
		const float most = mask(s, n, padded);
		float total = 0;

		for (size_t i = 0; i < padded; i++) {
			float p = power(s[i] - most);

			total += p;
			out[i] = bf16_of(p);
		}
		memset(out + n, 0, (padded - n) * sizeof *out);
		ret_inverse[r] = 1 / total;
	}
}

static void
softmax_f32(float *scores, size_t rows, size_t n, size_t padded, void *ret,
            float *ret_inverse)
{
	padded = padded / 16 * 16;
	for (size_t r = 0; r < rows; r++) {
		float *restrict s = scores + r * padded;
		float *restrict out = (float *)ret + r * padded;
		const float most = mask(s, n, padded);
		float total = 0;

		for (size_t i = 0; i < padded; i++) {
			out[i] = power(s[i] - most);
			total += out[i];
		}
		memset(out + n, 0, (padded - n) * sizeof *out);
		ret_inverse[r] = 1 / total;
	}
}

static void
join(const struct heads *from, const float *inverse, size_t n_heads, size_t first,
     size_t rows, float *row, struct quantized ret)
{
	const size_t width = from->width, columns = n_heads * width;

	for (size_t r = 0; r < rows; r++) {
		for (size_t h = 0; h < n_heads; h++) {
			const float *restrict in = (const float *)from->v +
			                           (h * from->stride + first + r) * width;
			const float k = inverse[h * from->stride + first + r];
			float *restrict out = row + h * width;

			for (size_t i = 0; i < width; i++)
				out[i] = in[i] * k;
		}
		ret.scale[r] = quantize(row, columns, ret.v + r * columns);
	}
}

/*
 * x * Phi(x), Phi the normal distribution's: 1/2 + x * P(x^2), P fitted for the
 * least error (4e-6) up to |x| = 4 and held there, where Phi is 3e-5 from 0 or 1.
 * A step of the quantized result is hundreds of times that.
 */
static inline float
gelu_of(float x)
{
	float t = x > 4.0f ? 4.0f : x;

	t = t < -4.0f ? -4.0f : t;
	float s = t * t;
	float p = 8.06343881e-11f;

	p = p * s - 7.00348135e-09f;
	p = p * s + 2.71616045e-07f;
	p = p * s - 6.29500619e-06f;
	p = p * s + 9.89081382e-05f;
	p = p * s - 1.13392237e-03f;
	p = p * s + 9.87747777e-03f;
	p = p * s - 6.64105937e-02f;
	p = p * s + 3.98922712e-01f;
	return x * (p * t + 0.5f);
}

static void
gelu(const struct linear *l, struct sums s, float *row, struct quantized ret)
{
	for (size_t r = 0; r < s.rows; r++) {
		const int32_t *restrict sum = s.v + r * l->columns;
		const float scale = s.scale[r];
		float *restrict out = row;

		for (size_t c = 0; c < l->columns; c++)
			out[c] = gelu_of(real_of(l, sum, scale, c));
		ret.scale[r] = quantize(row, l->columns, ret.v + r * l->columns);
	}
}

static void
norm_row(const struct norm *n, float *restrict x, size_t columns)
{
	float sum = 0, squares = 0;

	for (size_t i = 0; i < columns; i++)
		sum += x[i];
	const float mean = sum / (float)columns;
	for (size_t i = 0; i < columns; i++)
		squares += (x[i] - mean) * (x[i] - mean);
	const float k = 1 / sqrtf(squares / (float)columns + n->eps);
	const float *restrict weight = n->weight, *restrict bias = n->bias;
	for (size_t i = 0; i < columns; i++)
		x[i] = (x[i] - mean) * k * weight[i] + bias[i];
}

static void
norm(const struct norm *n, float *x, size_t rows, size_t columns, struct quantized ret)
{
	for (size_t r = 0; r < rows; r++) {
		norm_row(n, x + r * columns, columns);
		ret.scale[r] = quantize(x + r * columns, columns, ret.v + r * columns);
	}
}

static void
add_norm(const struct linear *l, struct sums s, const struct norm *n, float *x,
         struct quantized ret)
{
	for (size_t r = 0; r < s.rows; r++) {
		const int32_t *restrict sum = s.v + r * l->columns;
		float *restrict out = x + r * l->columns;
		const float scale = s.scale[r];

		for (size_t c = 0; c < l->columns; c++)
			out[c] += real_of(l, sum, scale, c);
		norm_row(n, out, l->columns);
		ret.scale[r] = quantize(out, l->columns, ret.v + r * l->columns);
	}
}

extern const struct kernels TABLE;
const struct kernels TABLE = {
	.halve = halve,
	.widen = widen,
	.whole = whole,
	.split_bf16 = split_bf16,
	.split_f32 = split_f32,
	.softmax_bf16 = softmax_bf16,
	.softmax_f32 = softmax_f32,
	.join = join,
	.gelu = gelu,
	.add_norm = add_norm,
	.norm = norm,
};

#ifndef KERNELS_ISA
const struct kernels *
kernels_for(enum isa isa)
{
#ifdef __x86_64__
	extern const struct kernels kernels_avx2, kernels_avx512;

	if (isa == ISA_AVX512)
		return &kernels_avx512;
	if (isa == ISA_AVX2)
		return &kernels_avx2;
#endif
	(void)isa;
	return &kernels_plain;
}
#endif
