#ifndef LETTER_H
#define LETTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Characters: reading them from valid UTF-8, and what the network's vocabulary
 * and the rules of the engine ask about each.  letter.c is the only file that
 * knows utf8proc.
 */

/* What a tokenizer does with it. */
enum letter_class {
	LETTER_PLAIN,       /* stands in a word */
	LETTER_SPACE,       /* parts words */
	LETTER_DROPPED,     /* not there: controls, format characters, accents */
	LETTER_PUNCTUATION, /* a word of its own */
	LETTER_IDEOGRAPH,   /* a word of its own, too */
};

/* How it is written. */
enum letter_case {
	LETTER_OTHER, /* neither letter nor digit */
	LETTER_UNCASED,
	LETTER_LOWER,
	LETTER_UPPER,
	LETTER_TITLE,
	LETTER_DIGIT,
};

extern const uint8_t letter_ascii[128]; /* enum letter_class */

enum letter_class letter_class_beyond(uint32_t c); /* c >= 128 */
enum letter_case letter_case(uint32_t c);

static inline enum letter_class
letter_class(uint32_t c)
{
	return c < 128 ? (enum letter_class)letter_ascii[c] : letter_class_beyond(c);
}

/* Canonical decomposition without what is dropped, in lower case: 0 to 4 characters. */
enum { LETTER_FOLD_MAX = 4 };
size_t letter_fold(uint32_t c, uint32_t ret[LETTER_FOLD_MAX]);

/* The character that begins at v, which is valid UTF-8, and its length in bytes. */
static inline uint32_t
letter_at(const char *v, size_t *ret_bytes)
{
	const uint8_t *b = (const uint8_t *)v;

	if (b[0] < 0x80) {
		*ret_bytes = 1;
		return b[0];
	}
	if (b[0] < 0xe0) {
		*ret_bytes = 2;
		return (b[0] & 0x1fu) << 6 | (b[1] & 0x3fu);
	}
	if (b[0] < 0xf0) {
		*ret_bytes = 3;
		return (b[0] & 0x0fu) << 12 | (b[1] & 0x3fu) << 6 | (b[2] & 0x3fu);
	}
	*ret_bytes = 4;
	return (b[0] & 0x07u) << 18 | (b[1] & 0x3fu) << 12 | (b[2] & 0x3fu) << 6 |
	       (b[3] & 0x3fu);
}

/* Where the character that ends before v[at] begins; at > 0. */
static inline size_t
letter_before(const char *v, size_t at)
{
	do
		at--;
	while (((uint8_t)v[at] & 0xc0) == 0x80);
	return at;
}

/* Write c as UTF-8 and return its length, 1 to 4. */
static inline size_t
letter_write(uint32_t c, uint8_t *v)
{
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const uint8_t lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = n; i-- > 1; c >>= 6)
		v[i] = 0x80 | (c & 0x3f);
	v[0] = (uint8_t)(lead[n] | c);
	return n;
}

#endif
