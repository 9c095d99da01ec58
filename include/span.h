#ifndef SPAN_H
#define SPAN_H

#include <stddef.h>
#include <stdint.h>

/* Bytes [begin, end) of the article as it came, never of a copy. */
struct span {
	uint32_t begin, end;
};

/* In the order of the text, none empty, none overlapping. */
struct spans {
	size_t n;
	struct span *v;
};

/* Borrowed bytes: whoever hands them out says how long they live. */
struct bytes {
	size_t n;
	const uint8_t *v;
};

#endif
