#include <stdint.h>
#include <string.h>

#include "arena.h"
#include "suite.h"

static struct arena *a;

static void
setup(void)
{
	a = arena_new(1 << 20);
	ck_assert_ptr_nonnull(a);
}

static void
teardown(void)
{
	arena_free(a);
}

static enum err
two_pieces(void *arg)
{
	char *one = arena_alloc(arg, 3), *two = arena_alloc(arg, 3);

	ck_assert_uint_eq((uintptr_t)one % 16, 0);
	ck_assert_uint_eq((uintptr_t)two % 16, 0);
	ck_assert_ptr_ne(one, two);
	memcpy(one, "abc", 3);
	ck_assert_mem_eq(two, "\0\0\0", 3);
	return ERR_CONFLICT;
}

START_TEST(pieces_are_aligned_zeroed_and_apart)
{
	ck_assert_int_eq(arena_run(a, two_pieces, a), ERR_CONFLICT);
}
END_TEST

static enum err
grow_a_list(void *arg)
{
	size_t cap = 0;
	int *v = NULL, *other = NULL;

	for (int i = 0; i < 1000; i++) {
		v = arena_grow(arg, v, (size_t)i, &cap, sizeof *v);
		v[i] = i;
		if (i == 100)
			other = arena_alloc(arg,
			                    sizeof *other); /* so that v must move once */
	}
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(v[i], i);
	ck_assert_int_eq(*other, 0);
	return OK;
}

START_TEST(a_list_grows_and_keeps_its_elements)
{
	ck_assert_int_eq(arena_run(a, grow_a_list, a), OK);
}
END_TEST

static enum err
grow_for_ever(void *arg)
{
	size_t cap = 0;
	char *v = NULL;

	for (size_t i = 0; i < SIZE_MAX; i++) {
		v = arena_grow(arg, v, i, &cap, 1);
		v[i] = 1;
	}
	return OK;
}

START_TEST(the_cap_ends_the_run)
{
	ck_assert_int_eq(arena_run(a, grow_for_ever, a), ERR_TOO_BIG);
	arena_reset(a);
	ck_assert_int_eq(arena_run(a, grow_a_list, a), OK);
}
END_TEST

static enum err
release(void *arg)
{
	size_t mark;
	char *kept = arena_text(arg, "kept", 4), *gone;

	mark = arena_mark(arg);
	gone = arena_text(arg, "gone", 4);
	arena_release(arg, mark);
	ck_assert_ptr_eq(arena_text(arg, "next", 4), gone);
	ck_assert_str_eq(kept, "kept");
	return OK;
}

START_TEST(release_gives_back_what_came_after_the_mark)
{
	ck_assert_int_eq(arena_run(a, release, a), OK);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("arena");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_checked_fixture(limits, setup, teardown);
	tcase_add_test(core, pieces_are_aligned_zeroed_and_apart);
	tcase_add_test(core, a_list_grows_and_keeps_its_elements);
	tcase_add_test(core, release_gives_back_what_came_after_the_mark);
	tcase_add_test(limits, the_cap_ends_the_run);
	suite_add_tcase(s, core);
	suite_add_tcase(s, limits);
	return suite_run(s);
}
