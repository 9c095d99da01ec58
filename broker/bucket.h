#ifndef BUCKET_H
#define BUCKET_H

#include <stdint.h>

/*
 * A token bucket: so many things a second in the long run, and a burst of them
 * at once.  Pure; a bucket of zeroes is one that has not been used, and full.
 * Times are milliseconds of a clock that never steps back.
 */
struct bucket {
	int64_t spent; /* thousandths of a token that are missing */
	int64_t at_ms; /* as of then */
};

/*
 * Take one token: 0, or for how many milliseconds there will be none.  `rate`
 * tokens come in each second, `burst` of them fit in; both from 1 to 1000000.
 */
int64_t bucket_take(struct bucket *b, int64_t rate, int64_t burst, int64_t now_ms);

/* Put one back: it was not needed. */
void bucket_give(struct bucket *b);

#endif
