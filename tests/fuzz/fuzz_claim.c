/*
 * Stances, numbers, times, wordings and claims by rule, on any text, without the network.
 * The first bytes say where spans begin and end; the rest is the text.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"
#include "worker/engine/claim.h"
#include "worker/engine/stance.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { ENDS = 8, MOST = 4096 };

struct input {
	struct arena *a;
	const uint8_t *ends;
	const char *v;
	size_t n;
};

/* Spans in the order of the text, of whole characters, none empty. */
static struct spans
spans_of(const struct input *in, size_t first, size_t most)
{
	struct spans s = { 0, arena_alloc(in->a, most * sizeof *s.v) };
	size_t at = 0;

	for (size_t i = 0; i < most && in->n > 0; i++) {
		size_t begin = at + in->ends[first + 2 * i] % 32;
		size_t end = begin + 1 + in->ends[first + 2 * i + 1];

		while (begin < in->n && ((uint8_t)in->v[begin] & 0xc0) == 0x80)
			begin++;
		while (end < in->n && ((uint8_t)in->v[end] & 0xc0) == 0x80)
			end++;
		if (begin >= in->n || end > in->n || end <= begin)
			break;
		s.v[s.n++] = (struct span){ (uint32_t)begin, (uint32_t)end };
		at = end;
	}
	return s;
}

static void
check_claim(const struct input *in, const struct claim *c)
{
	assert(c->at.n > 0 && *c->text != '\0');
	assert(utf8_valid(c->text, strlen(c->text)) == strlen(c->text));
	assert(c->check_worthy >= 0 && c->check_worthy <= 1);
	for (size_t i = 0; i < c->at.n; i++)
		assert(c->at.v[i].begin < c->at.v[i].end && c->at.v[i].end <= in->n);
	for (size_t i = 0; i < c->n_quantities; i++)
		assert(isfinite(c->quantities[i].value) &&
		       c->quantities[i].at.begin < c->quantities[i].at.end &&
		       c->quantities[i].at.end <= in->n);
	for (size_t i = 0; i < c->n_times; i++)
		assert(strlen(c->times[i].value) >= 4 &&
		       strlen(c->times[i].value) <= 10 && c->times[i].at.end <= in->n);
}

static enum err
run(void *arg)
{
	const struct input *in = arg;
	struct span who = { 0, (uint32_t)in->n };
	struct speaker speaker = { .name = "Ana Ruiz",
		                   .title = "",
		                   .mentions = { 1, &who } };
	struct attribution x = { .parent = NO_INDEX };
	struct extraction e = { .n = 1, .v = &x, .n_speakers = 1, .speakers = &speaker };
	struct statement whole = { { 0, (uint32_t)in->n }, -1 };
	struct statements s = { 1, 1, &whole };
	struct text text;
	struct attitude is;
	enum err err = text_open(in->v, in->n, &text);

	if (err != OK)
		return err;
	x.kind = (enum quotation)(in->ends[7] % 3);
	x.cue = spans_of(in, 0, 1);
	x.content = spans_of(in, 2, 2);
	is = stance_of(in->a, in->v, in->n, &x, in->ends[0] % 2 ? NAN : -3);
	assert(is.certainty >= -3 && is.certainty <= 3);
	x.stance = is.stance;
	x.certainty = is.certainty;
	if (in->n == 0)
		s.n = 0;
	claim_find(in->a, &text, &s, in->ends[6] % 2 ? "2024-02-29" : NULL, &e);
	for (size_t i = 0; i < e.n_claims; i++)
		check_claim(in, &e.claims[i]);
	return OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct arena *a;
	struct input in;
	enum err e;

	if (a == NULL && (a = arena_new(1 << 24)) == NULL)
		abort();
	if (len < ENDS || len > MOST)
		return 0;
	in = (struct input){ a, data, (const char *)data + ENDS, len - ENDS };
	e = arena_run(a, run, &in);
	assert((e == ERR_BAD_INPUT) == (utf8_valid(in.v, in.n) < in.n));
	assert(e == OK || e == ERR_BAD_INPUT);
	arena_reset(a);
	return 0;
}
