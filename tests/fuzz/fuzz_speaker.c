/*
 * Speakers of any text and any sources.  The first bytes say where sources begin and end
 * and what stands in what; the rest is the text.  What comes out must be what the wire
 * takes: mentions in order, texts in UTF-8, indices that are there.
 */
#include <assert.h>
#include <string.h>

#include "utf8.h"
#include "wire.h"
#include "worker/engine/speaker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { SOURCES = 6, BYTES_EACH = 3 };

struct input {
	struct arena *a;
	const uint8_t *how;
	const char *v;
	size_t n;
};

/* Of whole characters; empty beyond the end of the text. */
static struct spans
source_of(const struct input *in, const uint8_t *how)
{
	struct spans s = { 0, arena_alloc(in->a, sizeof *s.v) };
	size_t begin = how[0] + (how[2] & 3u) * 256u, end = begin + how[1] % 64 + 1;

	while (begin < in->n && ((uint8_t)in->v[begin] & 0xc0) == 0x80)
		begin++;
	while (end < in->n && ((uint8_t)in->v[end] & 0xc0) == 0x80)
		end++;
	if (begin < in->n && end <= in->n && begin < end)
		s.v[s.n++] = (struct span){ (uint32_t)begin, (uint32_t)end };
	return s;
}

static void
check(const struct input *in, const struct extraction *x)
{
	for (size_t i = 0; i < x->n; i++)
		assert(x->v[i].speaker >= NO_INDEX &&
		       x->v[i].speaker < (int)x->n_speakers &&
		       *x->v[i].speaker_reason != '\0');
	for (size_t i = 0; i < x->n_speakers; i++) {
		const struct speaker *s = &x->speakers[i];

		assert(*s->name != '\0' && s->mentions.n > 0);
		assert(utf8_valid(s->name, strlen(s->name)) == strlen(s->name));
		assert(utf8_valid(s->title, strlen(s->title)) == strlen(s->title));
		assert(s->mentions.v[s->mentions.n - 1].end <= in->n);
	}
}

static enum err
run(void *arg)
{
	const struct input *in = arg;
	struct extraction x = { .model = "m", .n = SOURCES }, again;
	struct hints none = { 0 };
	struct text text;
	enum err e = text_open(in->v, in->n, &text);

	if (e != OK)
		return e;
	x.v = arena_alloc(in->a, x.n * sizeof *x.v);
	for (size_t i = 0; i < x.n; i++) {
		const uint8_t *how = in->how + i * BYTES_EACH;

		x.v[i].source = source_of(in, how);
		x.v[i].parent = (how[2] >> 2) % SOURCES == i
		                    ? NO_INDEX
		                    : (int)((how[2] >> 2) % SOURCES);
		x.v[i].kind = how[2] & 0x80 ? DIRECT : INDIRECT;
	}
	speaker_find(in->a, &text, &none, &x);
	check(in, &x);
	e = wire_extraction_read(in->a, wire_extraction_write(in->a, &x), &again);
	assert(e == OK && again.n_speakers == x.n_speakers);
	return e;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct arena *a;
	struct input in;

	if (len <= SOURCES * BYTES_EACH ||
	    (a == NULL && (a = arena_new(64 << 20)) == NULL))
		return 0;
	in = (struct input){ a, data, (const char *)data + SOURCES * BYTES_EACH,
		             len - SOURCES * BYTES_EACH };
	(void)!arena_run(a, run, &in);
	arena_reset(a);
	return 0;
}
