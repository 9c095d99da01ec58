/*
 * Is it UTF-8?  Runs of ASCII are skipped eight bytes at a time; the rest is
 * left to utf8proc, which refuses overlong forms, surrogates and what lies
 * beyond U+10FFFF.
 */
#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

#include "utf8.h"

static size_t
ascii_run(const char *text, size_t at, size_t n)
{
	uint64_t word;

	for (; at + sizeof word <= n; at += sizeof word) {
		memcpy(&word, text + at, sizeof word);
		if ((word & 0x8080808080808080u) != 0)
			break;
	}
	while (at < n && (unsigned char)text[at] < 0x80)
		at++;
	return at;
}

size_t
utf8_valid(const char *text, size_t n)
{
	size_t at = 0;

	while ((at = ascii_run(text, at, n)) < n) {
		const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)text + at;
		utf8proc_ssize_t left = n - at > 4 ? 4 : (utf8proc_ssize_t)(n - at);
		utf8proc_int32_t code;
		utf8proc_ssize_t step = utf8proc_iterate(p, left, &code);

		if (step <= 0)
			return at;
		at += (size_t)step;
	}
	return n;
}
