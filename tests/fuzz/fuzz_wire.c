/*
 * Any bytes as any message.  The first byte chooses the reader; what can be
 * read is written again and must then read as the same message.
 */
#include <assert.h>
#include <string.h>

#include "wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct input {
	struct arena *a;
	struct bytes in;
	int reader;
};

static enum err
client(struct arena *a, struct bytes in)
{
	struct wire_client one, two;
	enum err e = wire_client_read(a, in, &one);

	if (e != OK)
		return e;
	struct bytes again = wire_client_write(a, &one);
	e = wire_client_read(a, again, &two);
	assert(e == OK && two.what == one.what && two.submit.n == one.submit.n);
	return e;
}

static enum err
worker(struct arena *a, struct bytes in)
{
	struct wire_worker one, two;
	enum err e = wire_worker_read(a, in, &one);

	if (e != OK)
		return e;
	struct bytes again = wire_worker_write(a, &one);
	e = wire_worker_read(a, again, &two);
	assert(e == OK && two.what == one.what && two.holds.n == one.holds.n);
	return e;
}

static enum err
broker(struct arena *a, struct bytes in)
{
	struct wire_broker one, two;
	enum err e = wire_broker_read(a, in, &one);

	if (e != OK)
		return e;
	struct bytes again = wire_broker_write(a, &one);
	e = wire_broker_read(a, again, &two);
	assert(e == OK && two.what == one.what && two.request == one.request);
	return e;
}

static enum err
extraction(struct arena *a, struct bytes in)
{
	struct extraction one, two;
	bool passes = wire_extraction_check(in) == OK;
	enum err e = wire_extraction_read(a, in, &one);

	assert(e == OK || !passes);
	if (e != OK)
		return e;
	struct bytes again = wire_extraction_write(a, &one);
	e = wire_extraction_check(again);
	assert(e == OK);
	e = wire_extraction_read(a, again, &two);
	assert(e == OK && two.n == one.n);
	return e;
}

static enum err
article(struct arena *a, struct bytes in)
{
	struct wire_article one, two;
	enum err e = wire_article_read(a, in, &one);

	if (e != OK)
		return e;
	e = wire_article_read(a, wire_article_write(a, &one), &two);
	assert(e == OK && two.text.n == one.text.n);
	return e;
}

static enum err
body(struct arena *a, struct bytes in)
{
	struct body b = { CODING_ZSTD, in.n * 3, in };
	struct bytes out;

	return body_open(a, &b, &out);
}

static enum err
read_one(void *arg)
{
	static enum err (*const readers[])(struct arena *,
	                                   struct bytes) = { client,     worker,  broker,
		                                             extraction, article, body };
	struct input *x = arg;

	return readers[x->reader % 6](x->a, x->in);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct arena *a;

	if (len == 0 || (a == NULL && (a = arena_new(4 << 20)) == NULL))
		return 0;
	struct input x = { a, { len - 1, data + 1 }, data[0] };
	(void)!arena_run(a, read_one, &x);
	arena_reset(a);
	return 0;
}
