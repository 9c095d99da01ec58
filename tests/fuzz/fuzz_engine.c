/* Any text through the whole engine with the real weights; 2 KB of it, so that it stays
 * quick. */
#include <assert.h>
#include <stdlib.h>

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
check_extraction(const struct input *in)
{
	for (size_t i = 0; i < in->x.n; i++) {
		const struct attribution *x = &in->x.v[i];

		check_spans(in, &x->source);
		check_spans(in, &x->cue);
		check_spans(in, &x->content);
		assert(x->cue.n + x->content.n > 0);
		assert(x->kind == INDIRECT || x->content.n > 0);
		assert(x->confidence >= 0 && x->confidence <= 1);
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
