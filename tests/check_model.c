#include <string.h>

#include "suite.h"
#include "temp_dir.h"
#include "worker/engine/model.h"

static char dir[256], path[512];
static struct model *m;

static void
setup(void)
{
	temp_dir_make(dir, sizeof dir);
	snprintf(path, sizeof path, "%s/hearsay-en.safetensors", dir);
	m = NULL;
	unsetenv("HEARSAY_MODEL");
}

static void
teardown(void)
{
	model_close(m);
	temp_dir_remove(dir);
}

static void
put(const char *name, const void *bytes, size_t n)
{
	char full[512];

	snprintf(full, sizeof full, "%s/%s", dir, name);
	FILE *f = fopen(full, "wb");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(bytes, 1, n, f), n);
	ck_assert_int_eq(fclose(f), 0);
}

/* A model of this header and n bytes of zeros, with its vocabulary. */
static void
put_model(const char *header, size_t n)
{
	unsigned char file[1024] = { 0 };
	const size_t length = strlen(header);

	ck_assert_uint_le(8 + length + n, sizeof file);
	for (int i = 0; i < 8; i++)
		file[i] = (unsigned char)(length >> 8 * i);
	memcpy(file + 8, header, length);
	put("hearsay-en.safetensors", file, 8 + length + n);
	put("vocab.txt", "a\nb", 3);
}

static void
ck_refused(enum err want, const char *words)
{
	ck_assert_int_eq(model_open(path, &m), want);
	ck_assert_msg(strstr(err_text(), words) != NULL, "\"%s\" does not say \"%s\"",
	              err_text(), words);
}

/* 56 bytes: so that the data, at 64, are aligned. */
#define TWO_FLOATS "{\"t\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}  "

START_TEST(the_checkout_has_one_and_it_is_found)
{
	const float *position;
	size_t n;

	ck_assert_int_eq(model_open(NULL, &m), OK);
	ck_assert_ptr_nonnull(model_meta(m, "name"));
	ck_assert_int_eq(model_f32(m, "embeddings.position", 512, 384, &position), OK);
	ck_assert_mem_eq(model_vocabulary(m, &n), "[PAD]\n", 6);
}
END_TEST

START_TEST(a_folder_means_the_file_in_it)
{
	const float *t;

	put_model(TWO_FLOATS, 8);
	ck_assert_int_eq(model_open(dir, &m), OK);
	ck_assert_int_eq(model_f32(m, "t", 2, 0, &t), OK);
}
END_TEST

START_TEST(the_environment_names_it)
{
	put_model(TWO_FLOATS, 8);
	setenv("HEARSAY_MODEL", path, 1);
	ck_assert_int_eq(model_open(NULL, &m), OK);
	ck_assert_ptr_null(model_meta(m, "name"));
	model_close(m);
	m = NULL;
	setenv("HEARSAY_MODEL", "/nowhere/at/all", 1);
	ck_assert_int_eq(model_open(NULL, &m), ERR_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(err_text(), "/nowhere/at/all"));
}
END_TEST

START_TEST(where_none_is_it_says_what_to_do)
{
	ck_refused(ERR_NOT_FOUND, "give --model FILE or set HEARSAY_MODEL");
	ck_assert_ptr_nonnull(strstr(err_text(), path));
}
END_TEST

START_TEST(a_vocabulary_stands_beside_it_and_ends_in_a_newline)
{
	char vocabulary[512];
	size_t n;

	put_model(TWO_FLOATS, 8);
	ck_assert_int_eq(model_open(path, &m), OK);
	ck_assert_mem_eq(model_vocabulary(m, &n), "a\nb\n", 4);
	ck_assert_uint_eq(n, 4);
	model_close(m);
	m = NULL;
	snprintf(vocabulary, sizeof vocabulary, "%s/vocab.txt", dir);
	unlink(vocabulary);
	ck_refused(ERR_NOT_FOUND, "vocab.txt");
}
END_TEST

START_TEST(a_file_cut_off_anywhere_is_refused)
{
	char whole[sizeof TWO_FLOATS - 1 + 16];

	put_model(TWO_FLOATS, 8);
	FILE *f = fopen(path, "rb");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fread(whole, 1, sizeof whole, f), sizeof whole);
	fclose(f);
	for (size_t n = 0; n < sizeof whole; n++) {
		put("hearsay-en.safetensors", whole, n);
		ck_refused(ERR_BAD_INPUT, path);
	}
	put("hearsay-en.safetensors", whole, sizeof whole);
	ck_assert_int_eq(model_open(path, &m), OK);
}
END_TEST

/* Whatever one byte of the header becomes, a tensor that is handed out can be read. */
START_TEST(a_file_with_any_byte_changed_is_refused_or_sound)
{
	static const char news[] = "0918[]{}:,\"- Fxe\x00\xff";
	char header[] = TWO_FLOATS;
	float sum = 0;

	for (size_t i = 0; i < strlen(TWO_FLOATS); i++)
		for (size_t j = 0; j < sizeof news - 1; j++) {
			const float *t = NULL;

			strcpy(header, TWO_FLOATS);
			header[i] = news[j];
			put_model(header, 8);
			if (model_open(path, &m) != OK)
				continue;
			if (model_f32(m, "t", 2, 0, &t) == OK)
				sum += t[0] + t[1];
			model_close(m);
			m = NULL;
		}
	ck_assert_float_eq(sum, 0);
}
END_TEST

START_TEST(a_header_must_be_one)
{
	static const unsigned char absurd[] = { 255, 255, 255, 255, 255,
		                                255, 255, 255, '{', '}' };

	put("hearsay-en.safetensors", absurd, sizeof absurd);
	ck_refused(ERR_BAD_INPUT, "header is longer");
	put_model("[1, 2]", 8);
	ck_refused(ERR_BAD_INPUT, "not the JSON");
	put_model("{\"t\":", 8);
	ck_refused(ERR_BAD_INPUT, "not the JSON");
	put_model("{\"t\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0,1]},"
	          "\"t\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0,1]}}",
	          8);
	ck_refused(ERR_BAD_INPUT, "not the JSON");
}
END_TEST

static const struct {
	const char *tensor, *words;
} wrong[] = {
	{ "\"dtype\":\"F16\",\"shape\":[4],\"data_offsets\":[0,8]", "neither of type" },
	{ "\"shape\":[4],\"data_offsets\":[0,8]", "neither of type" },
	{ "\"dtype\":\"I8\",\"shape\":[],\"data_offsets\":[0,8]",
	  "one or two dimensions" },
	{ "\"dtype\":\"I8\",\"shape\":[2,2,2],\"data_offsets\":[0,8]",
	  "one or two dimensions" },
	{ "\"dtype\":\"I8\",\"shape\":8,\"data_offsets\":[0,8]",
	  "one or two dimensions" },
	{ "\"dtype\":\"I8\",\"shape\":[-8],\"data_offsets\":[0,8]", "cannot be" },
	{ "\"dtype\":\"I8\",\"shape\":[\"8\"],\"data_offsets\":[0,8]", "cannot be" },
	{ "\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,0]",
	  "cannot be" },
	{ "\"dtype\":\"I8\",\"shape\":[7],\"data_offsets\":[0,8]", "another size" },
	{ "\"dtype\":\"I8\",\"shape\":[8],\"data_offsets\":[1,9]", "outside the file" },
	{ "\"dtype\":\"I8\",\"shape\":[8],\"data_offsets\":[8,0]", "outside the file" },
	{ "\"dtype\":\"I8\",\"shape\":[8],\"data_offsets\":[-8,0]", "outside the file" },
	{ "\"dtype\":\"I8\",\"shape\":[8],\"data_offsets\":[0]", "outside the file" },
	{ "\"dtype\":\"I8\",\"shape\":[8]", "outside the file" },
	{ "\"dtype\":\"I8\",\"shape\":[8],\"data_offsets\":[0,9223372036854775807]",
	  "outside the file" },
};

START_TEST(a_tensor_must_lie_in_the_file_as_its_shape_says)
{
	char header[256];

	snprintf(header, sizeof header, "{\"t\":{%s}}", wrong[_i].tensor);
	put_model(header, 8);
	ck_refused(ERR_BAD_INPUT, wrong[_i].words);
	ck_assert_ptr_nonnull(strstr(err_text(), "tensor t "));
}
END_TEST

START_TEST(floats_must_be_aligned)
{
	char header[] = TWO_FLOATS;

	header[strlen(header) - 1] = '\0'; /* one blank less */
	put_model(header, 8);
	ck_refused(ERR_BAD_INPUT, "not aligned");
}
END_TEST

START_TEST(a_tensor_is_given_in_its_type_and_shape_only)
{
	const float *f;
	const int8_t *i;

	put_model(TWO_FLOATS, 8);
	ck_assert_int_eq(model_open(path, &m), OK);
	ck_assert_int_eq(model_f32(m, "t", 2, 0, &f), OK);
	ck_assert_int_eq(model_f32(m, "t", 3, 0, &f), ERR_BAD_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "another shape"));
	ck_assert_int_eq(model_f32(m, "t", 2, 1, &f), ERR_BAD_INPUT);
	ck_assert_int_eq(model_i8(m, "t", 2, 0, &i), ERR_BAD_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "is not I8"));
	ck_assert_int_eq(model_f32(m, "u", 2, 0, &f), ERR_BAD_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "tensor u is missing"));
}
END_TEST

START_TEST(a_count_must_be_a_number_within_its_bounds)
{
	static const char *const bad[] = { "",    "x",   "-1",
		                           "12x", " 12", "99999999999999999999" };
	char header[128];
	size_t n = 0;

	put_model("{\"__metadata__\":{\"layers\":\"12\"}}", 8);
	ck_assert_int_eq(model_open(path, &m), OK);
	ck_assert_int_eq(model_meta_count(m, "layers", 1, 64, &n), OK);
	ck_assert_uint_eq(n, 12);
	ck_assert_int_eq(model_meta_count(m, "layers", 13, 64, &n), ERR_BAD_INPUT);
	ck_assert_int_eq(model_meta_count(m, "layers", 1, 11, &n), ERR_BAD_INPUT);
	ck_assert_int_eq(model_meta_count(m, "heads", 1, 64, &n), ERR_BAD_INPUT);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		model_close(m);
		snprintf(header, sizeof header, "{\"__metadata__\":{\"layers\":\"%s\"}}",
		         bad[i]);
		put_model(header, 8);
		ck_assert_int_eq(model_open(path, &m), OK);
		ck_assert_int_eq(model_meta_count(m, "layers", 0, SIZE_MAX, &n),
		                 ERR_BAD_INPUT);
	}
	ck_assert_uint_eq(n, 12);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("model");
	TCase *core = tcase_create("core"), *limits = tcase_create("limits");

	tcase_set_timeout(limits, 120); /* a thousand files */
	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_checked_fixture(limits, setup, teardown);
	tcase_add_test(core, the_checkout_has_one_and_it_is_found);
	tcase_add_test(core, a_folder_means_the_file_in_it);
	tcase_add_test(core, the_environment_names_it);
	tcase_add_test(core, where_none_is_it_says_what_to_do);
	tcase_add_test(core, a_vocabulary_stands_beside_it_and_ends_in_a_newline);
	tcase_add_test(core, a_tensor_is_given_in_its_type_and_shape_only);
	tcase_add_test(core, a_count_must_be_a_number_within_its_bounds);
	tcase_add_test(limits, a_file_cut_off_anywhere_is_refused);
	tcase_add_test(limits, a_file_with_any_byte_changed_is_refused_or_sound);
	tcase_add_test(limits, a_header_must_be_one);
	tcase_add_loop_test(limits, a_tensor_must_lie_in_the_file_as_its_shape_says, 0,
	                    sizeof wrong / sizeof *wrong);
	tcase_add_test(limits, floats_must_be_aligned);
	suite_add_tcase(s, core);
	suite_add_tcase(s, limits);
	return suite_run(s);
}
