#ifndef TINY_MODEL_H
#define TINY_MODEL_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A network of the real one's kind and a thousandth of its size, with weights from
 * a fixed sequence, written where a test says; without the tensor that `without`
 * names, if any.
 */
enum {
	TINY_WORDS = 40,
	TINY_WIDTH = 64,
	TINY_HEADS = 4,
	TINY_FFN = 128,
	TINY_LAYERS = 2
};
enum { TINY_PIECES = 50, TINY_TENSORS = 6 + 16 * TINY_LAYERS };

/* With the heads of reading.c behind them. */
enum { TINY_PAIR = 64, TINY_ENTITIES = 9, TINY_WITH_HEADS = TINY_TENSORS + 18 };

struct tiny_tensor {
	char name[64];
	int is_f32;
	size_t rows, columns; /* columns 0: of one dimension */
	float middle, spread;
};

static inline struct tiny_tensor *
tiny_add(struct tiny_tensor *t, const char *name, int is_f32, size_t rows, size_t columns,
         float middle, float spread)
{
	*t = (struct tiny_tensor){ "", is_f32, rows, columns, middle, spread };
	snprintf(t->name, sizeof t->name, "%s", name);
	return t + 1;
}

static inline struct tiny_tensor *
tiny_linear(struct tiny_tensor *t, const char *name, size_t columns, size_t inner)
{
	char full[64];

	snprintf(full, sizeof full, "%s.weight", name);
	t = tiny_add(t, full, 0, columns, inner, 0, 127);
	snprintf(full, sizeof full, "%s.scale", name);
	t = tiny_add(t, full, 1, columns, 0, 0.002f, 0.001f);
	snprintf(full, sizeof full, "%s.bias", name);
	return tiny_add(t, full, 1, columns, 0, 0, 0.5f);
}

static inline struct tiny_tensor *
tiny_norm(struct tiny_tensor *t, const char *name)
{
	char full[64];

	snprintf(full, sizeof full, "%s.weight", name);
	t = tiny_add(t, full, 1, TINY_WIDTH, 0, 1, 0.3f);
	snprintf(full, sizeof full, "%s.bias", name);
	return tiny_add(t, full, 1, TINY_WIDTH, 0, 0, 0.3f);
}

static inline void
tiny_tensors(struct tiny_tensor v[TINY_TENSORS])
{
	struct tiny_tensor *t = v;
	char name[48];

	t = tiny_add(t, "embeddings.word.weight", 0, TINY_WORDS, TINY_WIDTH, 0, 127);
	t = tiny_add(t, "embeddings.word.scale", 1, TINY_WORDS, 0, 0.01f, 0.005f);
	t = tiny_add(t, "embeddings.position", 1, 512, TINY_WIDTH, 0, 0.3f);
	t = tiny_add(t, "embeddings.case", 1, 5, TINY_WIDTH, 0, 0.3f);
	t = tiny_norm(t, "embeddings.norm");
	for (int i = 0; i < TINY_LAYERS; i++) {
		snprintf(name, sizeof name, "layer.%d.attention.qkv", i);
		t = tiny_linear(t, name, 3 * TINY_WIDTH, TINY_WIDTH);
		snprintf(name, sizeof name, "layer.%d.attention.output", i);
		t = tiny_linear(t, name, TINY_WIDTH, TINY_WIDTH);
		snprintf(name, sizeof name, "layer.%d.attention.norm", i);
		t = tiny_norm(t, name);
		snprintf(name, sizeof name, "layer.%d.ffn.up", i);
		t = tiny_linear(t, name, TINY_FFN, TINY_WIDTH);
		snprintf(name, sizeof name, "layer.%d.ffn.down", i);
		t = tiny_linear(t, name, TINY_WIDTH, TINY_FFN);
		snprintf(name, sizeof name, "layer.%d.ffn.norm", i);
		t = tiny_norm(t, name);
	}
	ck_assert_ptr_eq(t, v + TINY_TENSORS);
}

static inline struct tiny_tensor *
tiny_layer(struct tiny_tensor *t, const char *name, size_t rows)
{
	char full[64];

	snprintf(full, sizeof full, "%s.weight", name);
	t = tiny_add(t, full, 1, rows, TINY_WIDTH, 0, 0.2f);
	snprintf(full, sizeof full, "%s.bias", name);
	return tiny_add(t, full, 1, rows, 0, 0, 0.2f);
}

static inline struct tiny_tensor *
tiny_pair(struct tiny_tensor *t, const char *name)
{
	char full[48];

	snprintf(full, sizeof full, "%s.from", name);
	t = tiny_layer(t, full, TINY_PAIR);
	snprintf(full, sizeof full, "%s.to.weight", name);
	t = tiny_add(t, full, 1, TINY_PAIR, TINY_WIDTH, 0, 0.2f);
	snprintf(full, sizeof full, "%s.none", name);
	return tiny_layer(t, full, 1);
}

static inline void
tiny_with_heads(struct tiny_tensor v[TINY_WITH_HEADS])
{
	struct tiny_tensor *t = v + TINY_TENSORS;

	tiny_tensors(v);
	t = tiny_layer(t, "head.sentence", 1);
	t = tiny_layer(t, "head.entity", TINY_ENTITIES);
	t = tiny_layer(t, "head.factuality", 1);
	t = tiny_layer(t, "head.checkworthy", 2);
	t = tiny_pair(t, "head.antecedent");
	t = tiny_pair(t, "head.link");
	ck_assert_ptr_eq(t, v + TINY_WITH_HEADS);
}

static inline size_t
tiny_bytes(const struct tiny_tensor *t)
{
	return t->rows * (t->columns == 0 ? 1 : t->columns) *
	       (t->is_f32 ? sizeof(float) : 1);
}

static inline void
tiny_data(FILE *f, const struct tiny_tensor *t, unsigned *state)
{
	const size_t n = tiny_bytes(t) / (t->is_f32 ? sizeof(float) : 1);

	for (size_t i = 0; i < n; i++) {
		*state = *state * 1664525 + 1013904223;
		const float x =
		    t->middle + t->spread * ((float)(*state >> 8) / (1 << 23) - 1);
		const signed char k = (signed char)x;

		ck_assert(fwrite(t->is_f32 ? (const void *)&x : &k,
		                 t->is_f32 ? sizeof x : 1, 1, f) == 1);
	}
}

static inline int
tiny_is_in(const struct tiny_tensor *t, const char *without)
{
	return without == NULL || strcmp(t->name, without) != 0;
}

static inline void
tiny_header(char *h, size_t size, const struct tiny_tensor *v, size_t tensors,
            const char *without)
{
	size_t at = 0;
	size_t n =
	    (size_t)snprintf(h, size,
	                     "{\"__metadata__\":{\"name\":\"tiny\",\"layers\":\"%d\","
	                     "\"hidden\":\"%d\",\"heads\":\"%d\",\"ffn\":\"%d\","
	                     "\"norm_eps\":\"1e-12\",\"max_pieces\":\"%d\"}",
	                     TINY_LAYERS, TINY_WIDTH, TINY_HEADS, TINY_FFN, TINY_PIECES);

	for (size_t i = 0; i < tensors; i++) {
		char shape[48];

		if (!tiny_is_in(&v[i], without))
			continue;
		snprintf(shape, sizeof shape, v[i].columns == 0 ? "%zu" : "%zu,%zu",
		         v[i].rows, v[i].columns);
		n += (size_t)snprintf(h + n, size - n,
		                      ",\"%s\":{\"dtype\":\"%s\",\"shape\":[%s],"
		                      "\"data_offsets\":[%zu,%zu]}",
		                      v[i].name, v[i].is_f32 ? "F32" : "I8", shape, at,
		                      at + tiny_bytes(&v[i]));
		at += tiny_bytes(&v[i]);
	}
	n += (size_t)snprintf(h + n, size - n, "}");
	while (n % 8 != 0)
		n += (size_t)snprintf(h + n, size - n, " ");
	ck_assert_uint_lt(n, size);
}

/* Write dir/hearsay-en.safetensors and dir/vocab.txt. */
static inline void
tiny_write(const char *dir, const struct tiny_tensor *v, size_t tensors,
           const char *without)
{
	static char header[16384];
	char path[512];
	unsigned state = 7;

	tiny_header(header, sizeof header, v, tensors, without);
	snprintf(path, sizeof path, "%s/hearsay-en.safetensors", dir);
	FILE *f = fopen(path, "wb");
	ck_assert_ptr_nonnull(f);
	const size_t n = strlen(header);
	for (int i = 0; i < 8; i++)
		fputc((int)(n >> 8 * i & 255), f);
	fputs(header, f);
	for (size_t i = 0; i < tensors; i++)
		if (tiny_is_in(&v[i], without))
			tiny_data(f, &v[i], &state);
	ck_assert_int_eq(fclose(f), 0);
	snprintf(path, sizeof path, "%s/vocab.txt", dir);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	for (int i = 0; i < TINY_WORDS; i++)
		fprintf(f, "word%d\n", i);
	ck_assert_int_eq(fclose(f), 0);
}

static inline void
tiny_model_write(const char *dir, const char *without)
{
	static struct tiny_tensor v[TINY_TENSORS];

	tiny_tensors(v);
	tiny_write(dir, v, TINY_TENSORS, without);
}

/* The same with the heads beside attribution. */
static inline void
tiny_model_write_with_heads(const char *dir, const char *without)
{
	static struct tiny_tensor v[TINY_WITH_HEADS];

	tiny_with_heads(v);
	tiny_write(dir, v, TINY_WITH_HEADS, without);
}

#endif
