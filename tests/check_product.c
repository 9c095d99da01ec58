#include <math.h>
#include <string.h>

#include "suite.h"
#include "worker/engine/product.h"

static struct products *products;
static struct lane *lane;

static void
setup(void)
{
	lane = NULL;
	ck_assert_int_eq(products_open(&products), OK);
}

static void
teardown(void)
{
	lane_close(lane);
	products_close(products);
}

enum { ROWS = 32, INNER = 128, COLUMNS = 64 };

static int8_t
weight(size_t column, size_t i)
{
	return (int8_t)((column * 31 + i * 17) % 255 - 127);
}

static uint8_t
activation(size_t row, size_t i)
{
	return (uint8_t)((row * 13 + i * 7) % 129);
}

/* Products of whole numbers are exact in every type that holds them. */
static double
product(size_t row, size_t column)
{
	double sum = 0;

	for (size_t i = 0; i < INNER; i++)
		sum += activation(row, i) * weight(column, i);
	return sum;
}

static struct packed *
pack(size_t id)
{
	static int8_t w[COLUMNS * INNER];
	struct packed *packed;

	for (size_t c = 0; c < COLUMNS; c++)
		for (size_t i = 0; i < INNER; i++)
			w[c * INNER + i] = weight(c, i);
	ck_assert_int_eq(products_pack(products, id, w, &packed), OK);
	return packed;
}

static size_t
add(enum product_type type, enum product_right right, size_t rows)
{
	const struct product p = { type, right, rows, INNER, COLUMNS };
	size_t id;

	ck_assert_int_eq(products_add(products, &p, &id), OK);
	return id;
}

START_TEST(packed_int8_weights_serve_every_number_of_rows)
{
	const size_t few = add(PRODUCT_INT8, RIGHT_PACKED, 16);
	const size_t many = add(PRODUCT_INT8, RIGHT_PACKED, ROWS);
	struct packed *w = pack(many);
	static uint8_t a[ROWS * INNER];
	static int32_t c[2][ROWS * COLUMNS];

	for (size_t i = 0; i < sizeof a; i++)
		a[i] = activation(i / INNER, i % INNER);
	ck_assert_int_eq(lane_open(products, &lane), OK);
	ck_assert_int_eq(lane_run(lane, few, a, w, c[0]), OK);
	ck_assert_int_eq(lane_run(lane, many, a, w, c[1]), OK);
	for (size_t i = 0; i < ROWS * COLUMNS; i++)
		ck_assert_int_eq(c[1][i], (int)product(i / COLUMNS, i % COLUMNS));
	ck_assert_mem_eq(c[0], c[1], 16 * COLUMNS * sizeof **c);
	packed_free(w);
}
END_TEST

static void
ck_products(const float *c)
{
	for (size_t i = 0; i < ROWS * COLUMNS; i++)
		ck_assert_float_eq(c[i], (float)product(i / COLUMNS, i % COLUMNS));
}

START_TEST(f32_takes_packed_rows_and_columns)
{
	const size_t packed = add(PRODUCT_F32, RIGHT_PACKED, ROWS);
	const size_t rows = add(PRODUCT_F32, RIGHT_ROWS, ROWS);
	const size_t columns = add(PRODUCT_F32, RIGHT_COLUMNS, ROWS);
	struct packed *w = pack(packed);
	static float a[ROWS * INNER], b[INNER * COLUMNS], bt[INNER * COLUMNS],
	    c[ROWS * COLUMNS];

	for (size_t i = 0; i < ROWS * INNER; i++)
		a[i] = activation(i / INNER, i % INNER);
	for (size_t i = 0; i < INNER * COLUMNS; i++) {
		b[i] = weight(i % COLUMNS, i / COLUMNS);
		bt[i] = weight(i / INNER, i % INNER);
	}
	ck_assert_int_eq(lane_open(products, &lane), OK);
	ck_assert_int_eq(lane_run(lane, packed, a, w, c), OK);
	ck_products(c);
	ck_assert_int_eq(lane_run(lane, rows, a, b, c), OK);
	ck_products(c);
	ck_assert_int_eq(lane_run(lane, columns, a, bt, c), OK);
	ck_products(c);
	packed_free(w);
}
END_TEST

static uint16_t
bf16(float x)
{
	uint32_t u;

	memcpy(&u, &x, sizeof u);
	return (uint16_t)(u >> 16);
}

/* All of these numbers have at most eight significant bits. */
START_TEST(bf16_sums_in_f32)
{
	static uint16_t a[ROWS * INNER], b[INNER * COLUMNS];
	static float c[ROWS * COLUMNS];

	if (!products_bf16())
		return;
	const size_t id = add(PRODUCT_BF16, RIGHT_COLUMNS, ROWS);
	for (size_t i = 0; i < ROWS * INNER; i++)
		a[i] = bf16(activation(i / INNER, i % INNER));
	for (size_t i = 0; i < INNER * COLUMNS; i++)
		b[i] = bf16(weight(i / INNER, i % INNER));
	ck_assert_int_eq(lane_open(products, &lane), OK);
	ck_assert_int_eq(lane_run(lane, id, a, b, c), OK);
	ck_products(c);
}
END_TEST

/* What products_int8 says of the largest bytes must be so for all columns. */
START_TEST(int8_is_exact_where_it_says_so)
{
	static const uint8_t most[] = { 255, 128 };
	static uint8_t a[16 * INNER];
	static int8_t w[COLUMNS * INNER];
	static int32_t c[16 * COLUMNS];
	const size_t id = add(PRODUCT_INT8, RIGHT_PACKED, 16);
	struct packed *packed;
	bool exact;

	memset(w, -127, sizeof w);
	ck_assert_int_eq(products_pack(products, id, w, &packed), OK);
	ck_assert_int_eq(lane_open(products, &lane), OK);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(products_int8(most[i], &exact), OK);
		memset(a, most[i], sizeof a);
		ck_assert_int_eq(lane_run(lane, id, a, packed, c), OK);
		for (size_t j = 0; exact && j < 16 * COLUMNS; j++)
			ck_assert_int_eq(c[j], -127 * INNER * most[i]);
		ck_assert(exact || i == 0 || products_isa() == ISA_PLAIN);
	}
	packed_free(packed);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("product");
	TCase *core = tcase_create("core");

	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_test(core, packed_int8_weights_serve_every_number_of_rows);
	tcase_add_test(core, f32_takes_packed_rows_and_columns);
	tcase_add_test(core, bf16_sums_in_f32);
	tcase_add_test(core, int8_is_exact_where_it_says_so);
	suite_add_tcase(s, core);
	return suite_run(s);
}
