#include <string.h>

#include "suite.h"
#include "utf8.h"

static const struct {
	const char *text;
	size_t n, bad;
} texts[] = {
	{ "", 0, 0 },
	{ "plain words, longer than eight", 30, 30 },
	{ "caf\xc3\xa9 \xe2\x80\x9cquoted\xe2\x80\x9d \xf0\x9f\x98\x80", 24, 24 },
	{ "nul \0 inside", 12, 12 },
	{ "latin caf\xe9", 10, 9 },
	{ "cut short \xe2\x80", 12, 10 },
	{ "overlong \xc0\xaf", 11, 9 },
	{ "surrogate \xed\xa0\x80", 13, 10 },
	{ "beyond \xf4\x90\x80\x80", 11, 7 },
	{ "lonely \x80", 8, 7 },
};

START_TEST(the_first_bad_byte_is_named)
{
	ck_assert_uint_eq(utf8_valid(texts[_i].text, texts[_i].n), texts[_i].bad);
}
END_TEST

/* Whatever stands before it, and wherever eight-byte steps fall. */
START_TEST(every_alignment_finds_it)
{
	char text[64];

	memset(text, 'x', sizeof text);
	text[_i] = (char)0xff;
	ck_assert_uint_eq(utf8_valid(text, sizeof text), (size_t)_i);
	ck_assert_uint_eq(utf8_valid(text, (size_t)_i), (size_t)_i);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("utf8");
	TCase *core = tcase_create("core");

	tcase_add_loop_test(core, the_first_bad_byte_is_named, 0,
	                    sizeof texts / sizeof texts[0]);
	tcase_add_loop_test(core, every_alignment_finds_it, 0, 64);
	suite_add_tcase(s, core);
	return suite_run(s);
}
