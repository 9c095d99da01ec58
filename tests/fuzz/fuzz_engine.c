/* Any text through the whole engine with the real weights; 2 KB of it, so that it stays
 * quick. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"
#include "worker/engine/engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { MOST = 2048 };

struct input {
	const struct engine *engine;
	struct scratch *scratch;
	struct arena *a;
	const char *v;
	size_t n;
	struct extraction x;
};

static enum err
extract(void *arg)
{
	struct input *in = arg;

	const struct engine_article article = { in->v, in->n, "2024-02-29" };

	return engine_extract(in->engine, in->scratch, in->a, &article, &in->x);
}

static void
check_spans(const struct input *in, const struct spans *list)
{
	for (size_t i = 0; i < list->n; i++) {
		struct span at = list->v[i];

		assert(at.begin < at.end && at.end <= in->n);
		assert(i == 0 || list->v[i - 1].end <= at.begin);
		assert(((uint8_t)in->v[at.begin] & 0xc0) != 0x80);
		assert(at.end == in->n || ((uint8_t)in->v[at.end] & 0xc0) != 0x80);
	}
}

static uint32_t
first_byte(const struct attribution *x)
{
	uint32_t first = UINT32_MAX;
	const struct spans *lists[] = { &x->source, &x->cue, &x->content };

	for (int i = 0; i < 3; i++)
		if (lists[i]->n > 0 && lists[i]->v[0].begin < first)
			first = lists[i]->v[0].begin;
	return first;
}

static void
check_span(const struct input *in, struct span at)
{
	check_spans(in, &(struct spans){ 1, &at });
}

static void
check_claim(const struct input *in, const struct claim *c)
{
	check_spans(in, &c->at);
	assert(c->at.n > 0);
	assert(c->attribution >= NO_INDEX && c->attribution < (int)in->x.n);
	assert(c->certainty >= -3 && c->certainty <= 3);
	assert(c->check_worthy >= 0 && c->check_worthy <= 1);
	assert(*c->text != '\0' &&
	       utf8_valid(c->text, strlen(c->text)) == strlen(c->text));
	for (size_t i = 0; i < c->n_quantities; i++) {
		check_span(in, c->quantities[i].at);
		assert(isfinite(c->quantities[i].value) && c->quantities[i].unit != NULL);
	}
	for (size_t i = 0; i < c->n_times; i++) {
		check_span(in, c->times[i].at);
		assert(strlen(c->times[i].value) >= 4 && strlen(c->times[i].value) <= 10);
	}
}

static void
check_claims(const struct input *in)
{
	for (size_t i = 0; i < in->x.n_claims; i++) {
		check_claim(in, &in->x.claims[i]);
		assert(i == 0 || in->x.claims[i - 1].at.v[0].begin <=
		                     in->x.claims[i].at.v[0].begin);
	}
}

static void
check_extraction(const struct input *in)
{
	check_claims(in);
	for (size_t i = 0; i < in->x.n; i++) {
		const struct attribution *x = &in->x.v[i];

		check_spans(in, &x->source);
		check_spans(in, &x->cue);
		check_spans(in, &x->content);
		assert(x->cue.n + x->content.n > 0);
		assert(x->kind == INDIRECT || x->content.n > 0);
		assert(x->confidence >= 0 && x->confidence <= 1);
		assert(x->certainty >= -3 && x->certainty <= 3);
		assert(x->stance >= ASSERTS && x->stance <= ORDERS);
		assert(i == 0 || first_byte(x - 1) <= first_byte(x));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct engine *engine;
	static struct scratch *scratch;
	static struct arena *a;

	if (engine == NULL && (engine_open(NULL, &engine) != OK ||
	                       engine_scratch_open(engine, &scratch) != OK ||
	                       (a = arena_new(1 << 20)) == NULL))
		abort();
	if (len > MOST)
		return 0;
	struct input in = { engine, scratch, a, (const char *)data, len, { 0 } };
	enum err e = arena_run(a, extract, &in);

	assert((e == ERR_BAD_INPUT) == (utf8_valid(in.v, len) < len));
	assert(e == OK || e == ERR_EMPTY || e == ERR_BAD_INPUT);
	if (e == OK)
		check_extraction(&in);
	arena_reset(a);
	return 0;
}
