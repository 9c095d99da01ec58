#include <string.h>

#include "body.h"
#include "inside.h"

static struct bytes
letters(size_t n)
{
	uint8_t *v = arena_alloc(a, n);

	for (size_t i = 0; i < n; i++)
		v[i] = (uint8_t)('a' + i % 23);
	return (struct bytes){ n, v };
}

INSIDE(what_was_closed_opens_as_it_was)
{
	for (size_t n = 0; n < 5000; n = n * 2 + 1) {
		struct bytes in = letters(n), out;
		struct body b = body_close(a, in);

		ck_assert_int_eq(b.coding, n < 64 ? CODING_PLAIN : CODING_ZSTD);
		ck_assert_int_eq(body_open(a, &b, &out), OK);
		ck_assert_uint_eq(out.n, n);
		ck_assert_mem_eq(out.v, in.v, n);
	}
}

INSIDE(damage_is_seen)
{
	struct body good = body_close(a, letters(1000)), b = good;
	struct bytes out;

	b.size = 999;
	ck_assert_int_eq(body_open(a, &b, &out), ERR_BAD_INPUT);
	b = good;
	b.data.n--;
	ck_assert_int_eq(body_open(a, &b, &out), ERR_BAD_INPUT);
	b = good;
	b.coding = 7;
	ck_assert_int_eq(body_open(a, &b, &out), ERR_BAD_INPUT);
	b = (struct body){ CODING_PLAIN, 5, { 4, (const uint8_t *)"four" } };
	ck_assert_int_eq(body_open(a, &b, &out), ERR_BAD_INPUT);
}

/* Each bit of a compressed body: it does not open, or what comes out is right. */
INSIDE(a_flipped_bit_is_seen)
{
	struct bytes in = letters(700), out;
	struct body b = body_close(a, in);
	uint8_t *v = arena_alloc(a, b.data.n);
	size_t seen = 0;

	for (size_t i = 0; i < b.data.n * 8; i++) {
		memcpy(v, b.data.v, b.data.n);
		v[i / 8] ^= (uint8_t)(1u << i % 8);
		struct body bad = { b.coding, b.size, { b.data.n, v } };
		size_t mark = arena_mark(a);

		if (body_open(a, &bad, &out) != OK)
			seen++;
		else
			ck_assert_mem_eq(out.v, in.v, in.n);
		arena_release(a, mark);
	}
	ck_assert_uint_gt(seen, b.data.n * 7);
}

INSIDE(too_big_costs_no_memory)
{
	struct body b = { CODING_ZSTD,
		          (uint64_t)BODY_MAX + 1,
		          { 4, (const uint8_t *)"bomb" } };
	struct bytes out;
	size_t before = arena_mark(a);

	ck_assert_int_eq(body_open(a, &b, &out), ERR_TOO_BIG);
	ck_assert_uint_eq(arena_mark(a), before);
}

int
main(void)
{
	Suite *s = suite_create("body");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	tcase_add_checked_fixture(core, inside_setup, inside_teardown);
	tcase_add_checked_fixture(limits, inside_setup, inside_teardown);
	tcase_add_test(core, what_was_closed_opens_as_it_was);
	tcase_add_test(limits, damage_is_seen);
	tcase_add_test(limits, a_flipped_bit_is_seen);
	tcase_add_test(limits, too_big_costs_no_memory);
	suite_add_tcase(s, core);
	suite_add_tcase(s, limits);
	return suite_run(s);
}
