/*
 * From the engine's structs to the public ones.  They look alike today, and are kept
 * apart so that the engine may change without breaking programs that link us.
 */
#include "publish.h"

_Static_assert((int)HEARSAY_INDIRECT == INDIRECT && (int)HEARSAY_DIRECT == DIRECT &&
                   (int)HEARSAY_MIXED == MIXED,
               "the kinds are passed on as numbers");

static struct hearsay_spans
publish_spans(struct arena *a, const struct spans *s)
{
	struct hearsay_span *v = arena_alloc(a, s->n * sizeof *v);

	for (size_t i = 0; i < s->n; i++)
		v[i] = (struct hearsay_span){ s->v[i].begin, s->v[i].end };
	return (struct hearsay_spans){ s->n, v };
}

const struct hearsay_attribution *
publish_attributions(struct arena *a, const struct extraction *x)
{
	struct hearsay_attribution *v = arena_alloc(a, x->n * sizeof *v);

	for (size_t i = 0; i < x->n; i++)
		v[i] = (struct hearsay_attribution){
			.source = publish_spans(a, &x->v[i].source),
			.cue = publish_spans(a, &x->v[i].cue),
			.content = publish_spans(a, &x->v[i].content),
			.kind = (enum hearsay_quotation)x->v[i].kind,
			.nested = x->v[i].nested,
			.confidence = x->v[i].confidence,
		};
	return v;
}
