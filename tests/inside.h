#ifndef INSIDE_H
#define INSIDE_H

#include "arena.h"
#include "suite.h"

/*
 * Tests whose body runs inside arena_run, on an arena of their own:
 *
 *     INSIDE(what_was_closed_opens_as_it_was) { ... uses a ... }
 */
static struct arena *a;

static void
inside_setup(void)
{
	a = arena_new(64 << 20);
	ck_assert_ptr_nonnull(a);
}

static void
inside_teardown(void)
{
	arena_free(a);
}

static enum err
inside(void *test)
{
	void (**body)(void) = test;

	(*body)();
	return OK;
}

#define INSIDE(name)                                                                     \
	static void name##_inside(void);                                                 \
	START_TEST(name)                                                                 \
	{                                                                                \
		void (*body)(void) = name##_inside;                                      \
		ck_assert_int_eq(arena_run(a, inside, &body), OK);                       \
	}                                                                                \
	END_TEST                                                                         \
	static void name##_inside(void)

#endif
