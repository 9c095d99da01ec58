#ifndef CAST_H
#define CAST_H

#include "extraction.h"
#include "roster.h"

/* A source, and whose it is. */
struct said {
	struct span at;
	size_t attribution;
	int who;            /* of the roster, or WHO_UNKNOWN */
	const char *reason; /* a literal */
	bool by_name;       /* its span is one of a name, which is a mention already */
};

/* Of those who say something, make the speakers of x, and tell each attribution its own.
 */
void cast(struct arena *a, const char *v, const struct sights *s, const struct roster *r,
          const struct said *said, size_t n, struct extraction *x);

/* "National Nutrition Study": the name is a document's. */
bool cast_is_paper(const char *v, struct span name);

#endif
