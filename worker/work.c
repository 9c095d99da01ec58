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
extract(void *shared, void *scratch, struct arena *a, struct bytes text,
        struct extraction *ret)
{
	return engine_extract(shared, scratch, a, (const char *)text.v, text.n, ret);
}

struct work
work_engine(struct engine *e)
{
	return (struct work){ .shared = e,
		              .scratch_open = scratch_open,
		              .scratch_close = scratch_close,
		              .extract = extract };
}
