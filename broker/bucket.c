/*
 * Token buckets.
 *
 * What is kept is not how much is in but how much is missing: so zeroes are a full
 * bucket, and one whose rate or burst is changed while it is in use stays right.
 */
#include "bucket.h"

enum { TOKEN = 1000 }; /* a rate of n a second is n thousandths a millisecond */

static void
refill(struct bucket *b, int64_t rate, int64_t now_ms)
{
	int64_t passed = now_ms - b->at_ms;

	if (b->spent > 0 && passed < b->spent / rate + 1)
		b->spent -= passed > 0 ? passed * rate : 0;
	else
		b->spent = 0;
	if (b->spent < 0)
		b->spent = 0;
	b->at_ms = now_ms;
}

int64_t
bucket_take(struct bucket *b, int64_t rate, int64_t burst, int64_t now_ms)
{
	int64_t over;

	refill(b, rate, now_ms);
	over = b->spent + TOKEN - burst * TOKEN;
	if (over > 0)
		return (over + rate - 1) / rate;
	b->spent += TOKEN;
	return 0;
}

void
bucket_give(struct bucket *b)
{
	b->spent = b->spent > TOKEN ? b->spent - TOKEN : 0;
}
