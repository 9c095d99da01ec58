/*
 * The engine as a pool's work.
 */
#include "work.h"

static enum err
scratch_open(void *shared, void **ret)
{
	struct scratch *s;
	enum err e = engine_scratch_open(shared, &s);

	if (e == OK)
		*ret = s;
	return e;
}

static void
scratch_close(void *scratch)
{
	engine_scratch_close(scratch);
}

static enum err
extract(void *shared, void *scratch, struct arena *a, const struct wire_article *article,
        struct extraction *ret)
{
	const struct engine_article it = { .text = (const char *)article->text.v,
		                           .n = article->text.n,
		                           .published = article->published };

	return engine_extract(shared, scratch, a, &it, ret);
}

struct work
work_engine(struct engine *e)
{
	return (struct work){ .shared = e,
		              .scratch_open = scratch_open,
		              .scratch_close = scratch_close,
		              .extract = extract };
}
