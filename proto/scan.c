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
#include <math.h>
#include <string.h>

#include "wire.h"

enum { OPEN_MAX = 64 << 20, PART_COST = 512, AMOUNT_COST = 384, SPAN_COST = 128 };
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

static float
number(uint64_t bits)
{
	uint32_t narrow = (uint32_t)bits;
	float v;

	memcpy(&v, &narrow, sizeof v);
	return v;
}

static bool
is_share(const struct field *f)
{
	float v;

	if (f->type != FIXED32)
		return false;
	v = number(f->value);
	return v >= 0 && v <= 1;
}

static bool
is_certainty(const struct field *f)
{
	float v;

	if (f->type != FIXED32)
		return false;
	v = number(f->value);
	return v >= -3 && v <= 3;
}

static bool
is_finite(const struct field *f)
{
	double v;

	memcpy(&v, &f->value, sizeof v);
	return f->type == FIXED64 && isfinite(v);
}

static bool
is_enum(const struct field *f, uint64_t last)
{
	return f->type == VARINT && f->value <= last;
}

/* What is known of the whole, and what can only be said when all of it was seen. */
struct sum {
	size_t attributions, speakers, cost;
	uint64_t last_attribution, last_speaker; /* of those that are named, from 1 */
};

/* A place that something names: is it there?  That is seen at the end. */
static bool
place(const struct field *f, uint64_t *last)
{
	if (f->type != VARINT || f->value > UINT32_MAX)
		return false;
	if (f->value > *last)
		*last = f->value;
	return true;
}

/* ------------------------------------------------------------------ the parts */

/* A span in a list of them. */
static bool
listed(const struct field *f, uint64_t *end, struct sum *sum)
{
	sum->cost += SPAN_COST;
	return f->type == BYTES && span(f->part, end);
}

/* A field of an attribution; `ends` are those of the last source, cue and content. */
static bool
attribution_field(const struct field *f, uint64_t ends[3], struct sum *sum)
{
	switch (f->number) {
	case 1:
	case 2:
	case 3:
		return listed(f, &ends[f->number - 1], sum);
	case 4:
		return is_enum(f, MIXED);
	case 5:
		return is_share(f);
	case 6:
		return f->type == VARINT;
	case 7:
		return place(f, &sum->last_attribution) && f->value != sum->attributions;
	case 8:
		return place(f, &sum->last_speaker);
	case 9:
		return f->type == BYTES;
	case 10:
		return is_enum(f, ORDERS);
	case 11:
		return is_certainty(f);
	default:
		return true;
	}
}

static bool
attribution(struct scan s, struct sum *sum)
{
	uint64_t ends[3] = { 0, 0, 0 };
	struct field f;

	sum->attributions++;
	while (s.at < s.end)
		if (!next(&s, &f) || !attribution_field(&f, ends, sum))
			return false;
	return true;
}

static bool
speaker(struct scan s, struct sum *sum)
{
	uint64_t end = 0;
	struct field f;

	sum->speakers++;
	while (s.at < s.end) {
		if (!next(&s, &f) || (f.number <= 2 && f.type != BYTES) ||
		    (f.number == 3 && !is_enum(&f, OTHER)) ||
		    (f.number == 4 && !listed(&f, &end, sum)))
			return false;
	}
	return true;
}

/* A quantity or a time: a span, once, and what it amounts to. */
static bool
amount(struct scan s, bool is_quantity)
{
	unsigned spans = 0;
	struct field f;

	while (s.at < s.end) {
		uint64_t end = 0;

		if (!next(&s, &f))
			return false;
		if (f.number == 1 &&
		    (spans++ > 0 || f.type != BYTES || !span(f.part, &end)))
			return false;
		if (f.number == 2 && (is_quantity ? !is_finite(&f) : f.type != BYTES))
			return false;
		if (f.number == 3 && is_quantity && f.type != BYTES)
			return false;
	}
	return spans == 1;
}

static bool
claim_field(const struct field *f, uint64_t *end, struct sum *sum)
{
	switch (f->number) {
	case 1:
		return listed(f, end, sum);
	case 2:
		return f->type == BYTES;
	case 3:
		return place(f, &sum->last_attribution);
	case 4:
		return f->type == VARINT;
	case 5:
		return is_certainty(f);
	case 6:
		return is_share(f);
	case 7:
	case 8:
		sum->cost += AMOUNT_COST;
		return f->type == BYTES && amount(f->part, f->number == 7);
	default:
		return true;
	}
}

static bool
claim(struct scan s, struct sum *sum)
{
	uint64_t end = 0;
	struct field f;

	while (s.at < s.end)
		if (!next(&s, &f) || !claim_field(&f, &end, sum))
			return false;
	return true;
}

/* -------------------------------------------------------------------- the whole */

static bool
extraction_field(const struct field *f, struct sum *sum)
{
	if (f->number > 4)
		return true;
	if (f->type != BYTES)
		return false;
	sum->cost += f->number == 1 ? 0 : PART_COST;
	switch (f->number) {
	case 2:
		return attribution(f->part, sum);
	case 3:
		return speaker(f->part, sum);
	case 4:
		return claim(f->part, sum);
	default:
		return true;
	}
}

enum err
wire_extraction_check(struct bytes in)
{
	struct scan s = { in.v, in.v + in.n };
	struct sum sum = { 0 };
	struct field f;

	while (s.at < s.end) {
		if (!next(&s, &f) || !extraction_field(&f, &sum))
			return err_set(ERR_BAD_INPUT, "not a message of ours: an "
			                              "extraction that cannot be read");
		if (sum.cost > OPEN_MAX)
			return err_set(ERR_TOO_BIG,
			               "it takes too much memory once it is open");
	}
	if (sum.last_attribution > sum.attributions || sum.last_speaker > sum.speakers)
		return err_set(ERR_BAD_INPUT, "not a message of ours: an extraction that "
		                              "names what is not in it");
	return OK;
}
