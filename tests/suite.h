#ifndef SUITE_H
#define SUITE_H

#include <check.h>
#include <stdlib.h>

/* Run one suite and turn its outcome into main's exit status. */
static inline int
suite_run(Suite *s)
{
	SRunner *r = srunner_create(s);

	srunner_run_all(r, CK_ENV);
	int bad = srunner_ntests_failed(r);
	srunner_free(r);
	return bad == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
