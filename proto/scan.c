/*
 * Whether a packed extraction can be read, found out without reading it.
 *
 * The broker looks at every result once and keeps it as it came.  Unpacking
 * it for that alone costs a fifth of all that the broker does, so this walks
 * over the bytes and takes no memory.
 *
 *  1. What passes here wire_extraction_read reads.  The reverse need not hold:
 *     numbers longer than they need be, say, are refused here alone.
 *  2. What passes needs no more than OPEN_MAX bytes once it is open.
 */
#include <string.h>

#include "wire.h"

enum { OPEN_MAX = 64 << 20, ATTRIBUTION_COST = 512, SPAN_COST = 128 };
enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

struct scan {
	const uint8_t *at, *end;
};

/* A field of a message: its number or, of BYTES, what it holds. */
struct field {
	uint32_t number, type;
	uint64_t value;
	struct scan part;
};

/* In as few bytes as it takes: longer ones not every reader takes. */
static bool
varint(struct scan *s, uint64_t most, uint64_t *ret)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64 && s->at < s->end; shift += 7) {
		uint8_t byte = *s->at++;

		v |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*ret = v;
			return v <= most && (byte != 0 || shift == 0);
		}
	}
	return false;
}

static bool
fixed(struct scan *s, size_t n, uint64_t *ret)
{
	uint64_t v = 0;

	if (n > (size_t)(s->end - s->at))
		return false;
	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)*s->at++ << 8 * i;
	*ret = v;
	return true;
}

static bool
part(struct scan *s, struct scan *ret)
{
	uint64_t n;

	if (!varint(s, (uint64_t)(s->end - s->at), &n) || n > (size_t)(s->end - s->at))
		return false;
	*ret = (struct scan){ s->at, s->at + n };
	s->at += n;
	return true;
}

static bool
next(struct scan *s, struct field *ret)
{
	uint64_t tag;

	if (!varint(s, UINT32_MAX, &tag) || tag >> 3 == 0)
		return false;
	ret->number = (uint32_t)(tag >> 3);
	ret->type = tag & 7;
	switch (ret->type) {
	case VARINT:
		return varint(s, UINT64_MAX, &ret->value);
	case FIXED64:
		return fixed(s, 8, &ret->value);
	case BYTES:
		return part(s, &ret->part);
	case FIXED32:
		return fixed(s, 4, &ret->value);
	default:
		return false;
	}
}

/* Not empty, and not before `from`, which moves to its end. */
static bool
span(struct scan s, uint64_t *from)
{
	uint64_t edge[2] = { 0, 0 };
	struct field f;

	while (s.at < s.end) {
		if (!next(&s, &f))
			return false;
		if (f.number > 2)
			continue;
		if (f.type != VARINT || f.value > UINT32_MAX)
			return false;
		edge[f.number - 1] = f.value;
	}
	if (edge[0] >= edge[1] || edge[0] < *from)
		return false;
	*from = edge[1];
	return true;
}

static bool
is_share(uint64_t bits)
{
	uint32_t narrow = (uint32_t)bits;
	float v;

	memcpy(&v, &narrow, sizeof v);
	return v >= 0 && v <= 1;
}

/* A field of an attribution; `ends` are those of the last source, cue and content. */
static bool
member(const struct field *f, uint64_t ends[3], size_t *cost)
{
	switch (f->number) {
	case 1:
	case 2:
	case 3:
		*cost += SPAN_COST;
		return f->type == BYTES && span(f->part, &ends[f->number - 1]);
	case 4:
		return f->type == VARINT && f->value <= MIXED;
	case 5:
		return f->type == FIXED32 && is_share(f->value);
	case 6:
		return f->type == VARINT;
	default:
		return true;
	}
}

static bool
attribution(struct scan s, size_t *cost)
{
	uint64_t ends[3] = { 0, 0, 0 };
	struct field f;

	*cost += ATTRIBUTION_COST;
	while (s.at < s.end)
		if (!next(&s, &f) || !member(&f, ends, cost))
			return false;
	return true;
}

enum err
wire_extraction_check(struct bytes in)
{
	struct scan s = { in.v, in.v + in.n };
	struct field f;
	size_t cost = 0;

	while (s.at < s.end) {
		if (!next(&s, &f) || (f.number <= 2 && f.type != BYTES) ||
		    (f.number == 2 && !attribution(f.part, &cost)))
			return err_set(ERR_BAD_INPUT, "not a message of ours: an "
			                              "extraction that cannot be read");
		if (cost > OPEN_MAX)
			return err_set(ERR_TOO_BIG,
			               "it takes too much memory once it is open");
	}
	return OK;
}
