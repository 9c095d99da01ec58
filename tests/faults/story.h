#ifndef STORY_H
#define STORY_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/*
 * Articles that follow from their number, and the one answer to each that
 * follows from its text: so whoever reads an article or an answer back can
 * tell whether a byte of it has changed, without having kept it.
 */
enum { STORY_MAX = 8192 };
#define STORY_MODEL "story-1"

struct story_answer {
	uint32_t source_begin, source_end, content_begin, content_end;
	float confidence;
};

static inline uint64_t
story_mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

/* Article `number`: 60 to 6000 bytes of words.  Returns its length. */
static inline size_t
story_text(uint64_t number, char ret[STORY_MAX])
{
	static const char *const words[] = { "the",    "harbour", "said",  "a",
		                             "miller", "bridge",  "rain",  "of",
		                             "she",    "told",    "seven", "and",
		                             "ferry",  "council", "to",    "never" };
	uint64_t random = story_mix(number + 1);
	size_t most = 60 + random % 5940;
	size_t n =
	    (size_t)snprintf(ret, STORY_MAX, "Story %llu.", (unsigned long long)number);

	while (n < most) {
		random = story_mix(random + number);
		n += (size_t)snprintf(ret + n, STORY_MAX - n, " %s", words[random % 16]);
	}
	return n;
}

/* What is found in a text of three bytes at least. */
static inline struct story_answer
story_answer(const void *text, size_t n)
{
	const uint8_t *v = text;
	uint64_t h = 14695981039346656037u;
	uint32_t third = (uint32_t)(n / 3);

	for (size_t i = 0; i < n; i++)
		h = (h ^ v[i]) * 1099511628211u;
	return (struct story_answer){ 0, 1 + (uint32_t)(h % third), third * 2,
		                      third * 2 + 1 + (uint32_t)(h >> 32) % third,
		                      (float)(h >> 20 & 1023) / 1024 };
}

#endif
