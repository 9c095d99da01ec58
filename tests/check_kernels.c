/*
 * Every instruction set that this machine has, beside the same arithmetic in
 * double and libm's functions.
 */
#include <math.h>
#include <string.h>

#include "suite.h"
#include "worker/engine/kernels.h"
#include "worker/engine/product.h"

enum { ROWS = 3, COLUMNS = 192, HEADS = 6, HEAD = 32, STRIDE = 16, KEYS = 80 };

static const struct kernels *k;
static float x[ROWS * COLUMNS], row[COLUMNS], scale[COLUMNS], bias[COLUMNS],
    row_scale[ROWS];
static int32_t sum[ROWS * COLUMNS], offset[COLUMNS];
static uint8_t bytes[ROWS * COLUMNS];
static float bytes_scale[ROWS];
static const struct linear linear = { COLUMNS, offset, scale, bias };
static const struct sums sums = { ROWS, sum, row_scale };
static const struct quantized quantized = { bytes, bytes_scale };

/* Between -1 and 1, the same in each run. */
static float
noise(void)
{
	static uint32_t state = 1;

	state = state * 1664525 + 1013904223;
	return (float)(state >> 8) / (1 << 23) - 1;
}

static void
setup(void)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		offset[i] = (int32_t)(noise() * 100000);
		scale[i] = 0.01f + 0.005f * noise();
		bias[i] = noise();
	}
	for (size_t i = 0; i < ROWS * COLUMNS; i++) {
		sum[i] = (int32_t)(noise() * 200000);
		x[i] = 3 * noise();
	}
	for (size_t r = 0; r < ROWS; r++)
		row_scale[r] = 0.002f * (float)(r + 1);
}

static double
real(size_t r, size_t c)
{
	return ((double)sum[r * COLUMNS + c] - offset[c]) * row_scale[r] * scale[c] +
	       bias[c];
}

static void
ck_near(double got, double want, double within)
{
	ck_assert_msg(fabs(got - want) <= within, "%.9g is not within %g of %.9g", got,
	              within, want);
}

/* The bytes of a row stand for `want`, each within half a step and what `want` may err.
 */
static void
ck_quantized(const double *want, size_t r, double within)
{
	double most = 0;

	for (size_t c = 0; c < COLUMNS; c++)
		most = fmax(most, fabs(want[c]));
	ck_near(bytes_scale[r] * 127, most, within + 1e-6 * most);
	for (size_t c = 0; c < COLUMNS; c++) {
		const uint8_t q = bytes[r * COLUMNS + c];

		ck_assert_uint_ge(q, 1);
		ck_near((q - 128) * (double)bytes_scale[r], want[c],
		        0.5 * bytes_scale[r] + within + 1e-6 * most);
	}
}

static double
bf16(const uint16_t *v)
{
	const uint32_t u = (uint32_t)*v << 16;
	float f;

	memcpy(&f, &u, sizeof f);
	return f;
}

static void
choose(int isa)
{
	k = kernels_for((enum isa)isa);
	setup();
}

START_TEST(gelu_is_x_times_the_normal_distribution)
{
	double want[COLUMNS];

	choose(_i);
	for (size_t c = 0; c < COLUMNS; c++) /* and far out, where the fit is held */
		bias[c] = 9 * noise();
	k->gelu(&linear, sums, row, quantized);
	for (size_t r = 0; r < ROWS; r++) {
		for (size_t c = 0; c < COLUMNS; c++)
			want[c] = real(r, c) * 0.5 * (1 + erf(real(r, c) / sqrt(2)));
		ck_quantized(want, r, 1e-3);
	}
}
END_TEST

START_TEST(gelu_errs_by_less_than_a_hundred_thousandth_within_four)
{
	static float one[COLUMNS];

	choose(_i);
	memset(sum, 0, sizeof sum);
	memset(offset, 0, sizeof offset);
	for (size_t c = 0; c < COLUMNS; c++)
		bias[c] = 4 * ((float)c / (COLUMNS - 1) * 2 - 1);
	k->gelu(&linear, (struct sums){ 1, sum, row_scale }, one, quantized);
	for (size_t c = 0; c < COLUMNS; c++)
		ck_near(one[c], bias[c] * 0.5 * (1 + erf(bias[c] / sqrt(2))), 2e-5);
}
END_TEST

static void
want_norm(const float *in, const float *weight, double *ret)
{
	double mean = 0, square = 0;

	for (size_t c = 0; c < COLUMNS; c++)
		mean += in[c] / (double)COLUMNS;
	for (size_t c = 0; c < COLUMNS; c++)
		square += (in[c] - mean) * (in[c] - mean) / COLUMNS;
	for (size_t c = 0; c < COLUMNS; c++)
		ret[c] = (in[c] - mean) / sqrt(square + 1e-12) * weight[c] + bias[c];
}

START_TEST(norm_has_mean_zero_and_variance_one_before_its_weights)
{
	const struct norm norm = { scale, bias, 1e-12f };
	float before[ROWS * COLUMNS];
	double want[COLUMNS];

	choose(_i);
	memcpy(before, x, sizeof x);
	k->norm(&norm, x, ROWS, COLUMNS, quantized);
	for (size_t r = 0; r < ROWS; r++) {
		want_norm(before + r * COLUMNS, scale, want);
		for (size_t c = 0; c < COLUMNS; c++)
			ck_near(x[r * COLUMNS + c], want[c], 1e-5);
		ck_quantized(want, r, 1e-5);
	}
}
END_TEST

START_TEST(add_norm_adds_the_product_first)
{
	const struct norm norm = { scale, bias, 1e-12f };
	float before[ROWS * COLUMNS];
	double want[COLUMNS];

	choose(_i);
	for (size_t i = 0; i < ROWS * COLUMNS; i++)
		before[i] = (float)(x[i] + real(i / COLUMNS, i % COLUMNS));
	k->add_norm(&linear, sums, &norm, x, quantized);
	for (size_t r = 0; r < ROWS; r++) {
		want_norm(before + r * COLUMNS, scale, want);
		for (size_t c = 0; c < COLUMNS; c++)
			ck_near(x[r * COLUMNS + c], want[c], 1e-4);
		ck_quantized(want, r, 1e-4);
	}
}
END_TEST

START_TEST(a_row_of_zeros_has_a_norm_and_bytes)
{
	const struct norm norm = { scale, bias, 1e-12f };

	choose(_i);
	memset(x, 0, sizeof x);
	memset(bias, 0, sizeof bias);
	k->norm(&norm, x, ROWS, COLUMNS, quantized);
	for (size_t i = 0; i < ROWS * COLUMNS; i++) {
		ck_near(x[i], 0, 0);
		ck_assert_uint_eq(bytes[i], 128);
	}
}
END_TEST

/* Scores of base 2: some far below the greatest, one row of equal ones. */
static void
make_scores(float *s)
{
	for (size_t i = 0; i < ROWS * KEYS; i++)
		s[i] = i / KEYS == 1 ? 7 : i / KEYS == 0 ? 12 * noise() : 300 * noise();
}

static void
ck_softmax(const float *s, size_t n, const double *p, const float *inverse, double within)
{
	for (size_t r = 0; r < ROWS; r++) {
		double most = -INFINITY, total = 0;

		for (size_t i = 0; i < n; i++)
			most = fmax(most, s[r * KEYS + i]);
		for (size_t i = 0; i < n; i++)
			total += exp2(s[r * KEYS + i] - most);
		ck_near(inverse[r] * total, 1, 1e-5);
		for (size_t i = 0; i < KEYS; i++) {
			const double want = i < n ? exp2(s[r * KEYS + i] - most) : 0;

			ck_near(p[r * KEYS + i], want, within * want + 1e-37 * (i < n));
		}
	}
}

START_TEST(softmax_is_exp_over_its_sum_and_padding_weighs_nothing)
{
	static const size_t lengths[] = { 1, 15, 16, 63, 65, 79, 80 };
	static float s[ROWS * KEYS], kept[ROWS * KEYS], f[ROWS * KEYS], inverse[ROWS];
	static uint16_t b[ROWS * KEYS];
	static double p[ROWS * KEYS];

	choose(_i);
	for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
		make_scores(s);
		memcpy(kept, s, sizeof s);
		k->softmax_f32(s, ROWS, lengths[l], KEYS, f, inverse);
		for (size_t i = 0; i < ROWS * KEYS; i++)
			p[i] = f[i];
		ck_softmax(kept, lengths[l], p, inverse, 1e-5);
		memcpy(s, kept, sizeof s);
		k->softmax_bf16(s, ROWS, lengths[l], KEYS, b, inverse);
		for (size_t i = 0; i < ROWS * KEYS; i++)
			p[i] = bf16(&b[i]);
		ck_softmax(kept, lengths[l], p, inverse, 1.0 / 256);
	}
}
END_TEST

START_TEST(split_and_join_put_each_head_in_its_place)
{
	static float f[ROWS * COLUMNS * STRIDE], inverse[HEADS * STRIDE];
	static uint16_t b[ROWS * COLUMNS * STRIDE];
	const struct heads to_f32 = { HEAD, STRIDE, f }, to_bf16 = { HEAD, STRIDE, b };
	const size_t first = 5;
	double want[COLUMNS];

	choose(_i);
	k->split_f32(&linear, sums, first, &to_f32);
	k->split_bf16(&linear, sums, first, &to_bf16);
	for (size_t r = 0; r < ROWS; r++)
		for (size_t c = 0; c < COLUMNS; c++) {
			const size_t at =
			    (c / HEAD * STRIDE + first + r) * HEAD + c % HEAD;

			ck_near(f[at], real(r, c), 1e-4);
			ck_near(bf16(&b[at]), real(r, c), fabs(real(r, c)) / 256 + 1e-4);
		}
	for (size_t i = 0; i < HEADS * STRIDE; i++)
		inverse[i] = 1 + noise() / 2;
	k->join(&to_f32, inverse, HEADS, first, ROWS, row, quantized);
	for (size_t r = 0; r < ROWS; r++) {
		for (size_t c = 0; c < COLUMNS; c++)
			want[c] = real(r, c) * inverse[c / HEAD * STRIDE + first + r];
		ck_quantized(want, r, 1e-3);
	}
}
END_TEST

START_TEST(halves_are_small_and_add_up)
{
	static uint8_t q[2 * 64], halves[2 * 128];

	choose(_i);
	for (size_t i = 0; i < sizeof q; i++)
		q[i] = (uint8_t)(255 - i);
	k->halve(q, 2, 64, halves);
	for (size_t i = 0; i < sizeof q; i++) {
		const uint8_t *half = halves + i / 64 * 128 + i % 64;

		ck_assert_uint_le(half[0], 128);
		ck_assert_uint_le(half[64], 128);
		ck_assert_uint_eq(half[0] + half[64], q[i]);
	}
}
END_TEST

START_TEST(floats_carry_bytes_there_and_sums_back)
{
	static uint8_t q[256];
	static float f[256];
	int32_t back[256];

	choose(_i);
	for (size_t i = 0; i < sizeof q; i++)
		q[i] = (uint8_t)i;
	k->widen(q, sizeof q, f);
	for (size_t i = 0; i < sizeof q; i++)
		ck_near(f[i], (double)i - 128, 0);
	f[7] = 6193152;
	k->whole(f, sizeof q);
	memcpy(back, f, sizeof f);
	for (size_t i = 0; i < sizeof q; i++)
		ck_assert_int_eq(back[i], i == 7 ? 6193152 : (int)i - 128);
}
END_TEST

int
main(void)
{
	const TTest *const cases[] = {
		gelu_is_x_times_the_normal_distribution,
		gelu_errs_by_less_than_a_hundred_thousandth_within_four,
		norm_has_mean_zero_and_variance_one_before_its_weights,
		add_norm_adds_the_product_first,
		a_row_of_zeros_has_a_norm_and_bytes,
		softmax_is_exp_over_its_sum_and_padding_weighs_nothing,
		split_and_join_put_each_head_in_its_place,
		halves_are_small_and_add_up,
		floats_carry_bytes_there_and_sums_back,
	};
	Suite *s = suite_create("kernels");
	TCase *core = tcase_create("core");

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		tcase_add_loop_test(core, cases[i], ISA_PLAIN, products_isa() + 1);
	suite_add_tcase(s, core);
	return suite_run(s);
}
