/*
 * From the engine's structs to the public ones.  They look alike today, and are kept
 * apart so that the engine may change without breaking programs that link us.
 */
#include "publish.h"

_Static_assert((int)HEARSAY_INDIRECT == INDIRECT && (int)HEARSAY_DIRECT == DIRECT &&
                   (int)HEARSAY_MIXED == MIXED && (int)HEARSAY_ASSERTS == ASSERTS &&
                   (int)HEARSAY_DENIES == DENIES && (int)HEARSAY_DOUBTS == DOUBTS &&
                   (int)HEARSAY_ASKS == ASKS && (int)HEARSAY_ORDERS == ORDERS &&
                   (int)HEARSAY_PERSON == PERSON &&
                   (int)HEARSAY_ORGANISATION == ORGANISATION &&
                   (int)HEARSAY_GROUP == GROUP && (int)HEARSAY_DOCUMENT == DOCUMENT &&
                   (int)HEARSAY_OTHER == OTHER && (int)HEARSAY_NONE == NO_INDEX,
               "kinds and stances are passed on as numbers");

static struct hearsay_span
publish_span(struct span s)
{
	return (struct hearsay_span){ s.begin, s.end };
}

static struct hearsay_spans
publish_spans(struct arena *a, const struct spans *s)
{
	struct hearsay_span *v = arena_alloc(a, s->n * sizeof *v);

	for (size_t i = 0; i < s->n; i++)
		v[i] = publish_span(s->v[i]);
	return (struct hearsay_spans){ s->n, v };
}

static const struct hearsay_attribution *
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
			.parent = x->v[i].parent,
			.speaker = x->v[i].speaker,
			.speaker_reason = x->v[i].speaker_reason,
			.stance = (enum hearsay_stance)x->v[i].stance,
			.certainty = x->v[i].certainty,
		};
	return v;
}

static const struct hearsay_speaker *
publish_speakers(struct arena *a, const struct extraction *x)
{
	struct hearsay_speaker *v = arena_alloc(a, x->n_speakers * sizeof *v);

	for (size_t i = 0; i < x->n_speakers; i++)
		v[i] = (struct hearsay_speaker){
			.name = x->speakers[i].name,
			.title = x->speakers[i].title,
			.kind = (enum hearsay_speaker_kind)x->speakers[i].kind,
			.mentions = publish_spans(a, &x->speakers[i].mentions),
		};
	return v;
}

static const struct hearsay_quantity *
publish_quantities(struct arena *a, const struct claim *c)
{
	struct hearsay_quantity *v = arena_alloc(a, c->n_quantities * sizeof *v);

	for (size_t i = 0; i < c->n_quantities; i++)
		v[i] = (struct hearsay_quantity){ publish_span(c->quantities[i].at),
			                          c->quantities[i].value,
			                          c->quantities[i].unit };
	return v;
}

static const struct hearsay_moment *
publish_times(struct arena *a, const struct claim *c)
{
	struct hearsay_moment *v = arena_alloc(a, c->n_times * sizeof *v);

	for (size_t i = 0; i < c->n_times; i++)
		v[i] = (struct hearsay_moment){ publish_span(c->times[i].at),
			                        c->times[i].value };
	return v;
}

static const struct hearsay_claim *
publish_claims(struct arena *a, const struct extraction *x)
{
	struct hearsay_claim *v = arena_alloc(a, x->n_claims * sizeof *v);

	for (size_t i = 0; i < x->n_claims; i++) {
		const struct claim *c = &x->claims[i];

		v[i] = (struct hearsay_claim){
			.at = publish_spans(a, &c->at),
			.text = c->text,
			.attribution = c->attribution,
			.negated = c->negated,
			.certainty = c->certainty,
			.check_worthy = c->check_worthy,
			.quantities_n = c->n_quantities,
			.times_n = c->n_times,
			.quantities = publish_quantities(a, c),
			.times = publish_times(a, c),
		};
	}
	return v;
}

struct found
publish(struct arena *a, const struct extraction *x)
{
	return (struct found){ .n = x->n,
		               .v = publish_attributions(a, x),
		               .n_speakers = x->n_speakers,
		               .speakers = publish_speakers(a, x),
		               .n_claims = x->n_claims,
		               .claims = publish_claims(a, x) };
}
