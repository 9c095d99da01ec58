#include <stdio.h>
#include <string.h>

#include "suite.h"
#include "worker/engine/letter.h"
#include "worker/engine/token.h"

#include "token_cases.h"

static struct arena *a;
static struct vocabulary *vocabulary;

static void
setup(void)
{
	static char text[1 << 20];
	FILE *f = fopen("model/vocab.txt", "rb");

	ck_assert_msg(f != NULL, "run from the root: no model/vocab.txt here");
	size_t n = fread(text, 1, sizeof text, f);
	fclose(f);
	ck_assert_int_eq(vocabulary_open(text, n, &vocabulary), OK);
	a = arena_new(1 << 28);
	ck_assert_ptr_nonnull(a);
}

static void
teardown(void)
{
	vocabulary_close(vocabulary);
	arena_free(a);
}

struct job {
	const char *text;
	size_t n;
	struct tokens *t;
};

static enum err
run(void *arg)
{
	struct job *j = arg;

	j->t = tokens_new(a, j->n);
	token_run(vocabulary, j->text, (struct span){ 0, (uint32_t)j->n }, j->t);
	return OK;
}

static struct tokens *
tokens_of(const char *text, size_t n)
{
	struct job j = { text, n, NULL };

	ck_assert_int_eq(arena_run(a, run, &j), OK);
	return j.t;
}

static void
print(const struct tokens *t, char *out)
{
	size_t w = 0;

	*out = '\0';
	for (size_t i = 0; i < t->n; i++) {
		int how = -1;

		if (w < t->n_words && t->word[w].piece == i)
			how = t->word[w++].how;
		out += sprintf(out, "%s%d:%u:%u:%d", i > 0 ? " " : "", (int)t->id[i],
		               t->at[i].begin, t->at[i].end, how);
	}
	ck_assert_uint_eq(w, t->n_words);
}

START_TEST(pieces_are_those_of_the_reference)
{
	static char out[1 << 16];

	print(tokens_of(cases[_i].text, cases[_i].n), out);
	ck_assert_str_eq(out, cases[_i].pieces);
}
END_TEST

START_TEST(pieces_do_not_depend_on_what_stands_before)
{
	char text[200] = "\xe2\x80\x9cHi,\xe2\x80\x9d ";
	size_t at = strlen(text);
	struct tokens *alone = tokens_of("na\xc3\xafve men", 10), *both;

	strcat(text, "na\xc3\xafve men");
	both = tokens_of(text, strlen(text));
	ck_assert_uint_eq(both->n, alone->n + 4);
	for (size_t i = 0; i < alone->n; i++) {
		ck_assert_int_eq(both->id[i + 4], alone->id[i]);
		ck_assert_uint_eq(both->at[i + 4].begin, alone->at[i].begin + at);
	}
}
END_TEST

START_TEST(a_special_piece_in_an_article_is_plain_text)
{
	int32_t sep;
	struct tokens *t = tokens_of("[SEP]", 5);

	ck_assert_int_eq(vocabulary_find(vocabulary, "[SEP]", &sep), OK);
	for (size_t i = 0; i < t->n; i++)
		ck_assert_int_ne(t->id[i], sep);
}
END_TEST

START_TEST(a_missing_piece_is_named)
{
	int32_t id = 7;

	ck_assert_int_eq(vocabulary_find(vocabulary, "hearsayish", &id), ERR_BAD_INPUT);
	ck_assert_int_eq(vocabulary_find(vocabulary, "", &id), ERR_BAD_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "no piece"));
	ck_assert_int_eq(id, 7);
}
END_TEST

START_TEST(a_broken_vocabulary_is_refused)
{
	struct vocabulary *v;

	ck_assert_int_eq(vocabulary_open("a\n\nb\n", 5, &v), ERR_BAD_INPUT);
	ck_assert_int_eq(vocabulary_open("a\nb\n", 4, &v), ERR_BAD_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "[UNK]"));
	vocabulary_close(NULL);
}
END_TEST

/* One million bytes of it: pieces stay within their room, in order and inside the text.
 */
START_TEST(hostile_text_stays_within_bounds)
{
	static const char *const units[] = {
		"a",
		"\"",
		"\xef\xac\x83",
		"\xea\xb0\x80",
		"\xcc\x81",
		"\xe1\xbe\x82",
		"a\xcc\x81 ",
		"\xe6\x9d\xb1",
		"\xf0\x9d\x85\x9e",
		"\xf4\x8f\xbf\xbf",
		"'s",
		"zx ",
	};
	enum { N = 1000000 };
	char *text = malloc(N);
	size_t n = strlen(units[_i]), used = N / n * n, end = 0, bad = 0;
	struct tokens *t;

	for (size_t i = 0; i < used; i++)
		text[i] = units[_i][i % n];
	t = tokens_of(text, used);
	ck_assert_uint_le(t->n, used);
	ck_assert_uint_le(t->n_words, t->n);
	for (size_t i = 0; i < t->n; i++) {
		bad += t->at[i].begin >= t->at[i].end || t->at[i].end > used ||
		       t->at[i].end < end;
		end = t->at[i].end;
	}
	ck_assert_uint_eq(bad, 0);
	free(text);
}
END_TEST

/* Whatever a character folds to, it never makes more pieces than it has bytes. */
START_TEST(no_character_grows)
{
	uint32_t part[LETTER_FOLD_MAX];
	uint8_t bytes[4];
	size_t grown = 0;

	for (uint32_t c = 1; c <= 0x10ffff; c++)
		if (c < 0xd800 || c > 0xdfff)
			grown += letter_fold(c, part) > letter_write(c, bytes);
	ck_assert_uint_eq(grown, 0);
}
END_TEST

START_TEST(letters_read_and_write_alike)
{
	size_t bad = 0;

	for (uint32_t c = 1; c <= 0x10ffff; c++) {
		uint8_t bytes[4];
		size_t n = letter_write(c, bytes), read;

		bad += letter_at((const char *)bytes, &read) != c || read != n ||
		       letter_before((const char *)bytes, n) != 0;
	}
	ck_assert_uint_eq(bad, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("token");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_checked_fixture(limits, setup, teardown);
	tcase_add_loop_test(core, pieces_are_those_of_the_reference, 0,
	                    sizeof cases / sizeof cases[0]);
	tcase_add_test(core, pieces_do_not_depend_on_what_stands_before);
	tcase_add_test(core, a_special_piece_in_an_article_is_plain_text);
	tcase_add_test(core, a_missing_piece_is_named);
	tcase_add_test(core, a_broken_vocabulary_is_refused);
	tcase_add_test(core, letters_read_and_write_alike);
	tcase_add_test(limits, no_character_grows);
	tcase_add_loop_test(limits, hostile_text_stays_within_bounds, 0, 12);
	suite_add_tcase(s, core);
	suite_add_tcase(s, limits);
	return suite_run(s);
}
