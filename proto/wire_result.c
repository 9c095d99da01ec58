/*
 * Extractions, as they travel in a body.
 *
 * An index is written as the place that it stands for, counted from 1, so that
 * none is 0, which is what a result of an older program has there.
 */
#include <math.h>

#include "proto.h"

/* ------------------------------------------------------------------- reading */

static bool
index_in(uint32_t place, size_t n, int *ret)
{
	*ret = place > n ? NO_INDEX : (int)place - 1;
	return place <= n;
}

static bool
is_certainty(float v)
{
	return v >= -3 && v <= 3;
}

static bool
is_share(float v)
{
	return v >= 0 && v <= 1;
}

static bool
spans_in(struct arena *a, size_t n, Hearsay__Span **v, struct spans *ret)
{
	uint32_t end = 0;

	ret->n = n;
	ret->v = arena_alloc(a, n * sizeof *ret->v);
	for (size_t i = 0; i < n; i++) {
		if (v[i]->begin >= v[i]->end || (i > 0 && v[i]->begin < end))
			return false;
		ret->v[i] = (struct span){ v[i]->begin, v[i]->end };
		end = v[i]->end;
	}
	return true;
}

static bool
span_in(const Hearsay__Span *m, struct span *ret)
{
	if (m == NULL || m->begin >= m->end)
		return false;
	*ret = (struct span){ m->begin, m->end };
	return true;
}

static bool
attribution_in(struct arena *a, const Hearsay__Attribution *m, struct attribution *ret)
{
	ret->kind = (enum quotation)m->kind;
	ret->nested = m->nested;
	ret->confidence = m->confidence;
	ret->speaker_reason = m->speaker_reason;
	ret->stance = (enum stance)m->stance;
	ret->certainty = m->certainty;
	return (unsigned)m->kind <= MIXED && (unsigned)m->stance <= ORDERS &&
	       is_share(m->confidence) && is_certainty(m->certainty) &&
	       spans_in(a, m->n_source, m->source, &ret->source) &&
	       spans_in(a, m->n_cue, m->cue, &ret->cue) &&
	       spans_in(a, m->n_content, m->content, &ret->content);
}

static enum err
attributions_in(struct arena *a, const Hearsay__Extraction *m, struct extraction *x)
{
	x->n = m->n_attributions;
	x->v = arena_alloc(a, x->n * sizeof *x->v);
	for (size_t i = 0; i < x->n; i++) {
		const Hearsay__Attribution *from = m->attributions[i];

		if (!attribution_in(a, from, &x->v[i]))
			return proto_malformed("an attribution with spans out of order");
		if (!index_in(from->parent, m->n_attributions, &x->v[i].parent) ||
		    x->v[i].parent == (int)i ||
		    !index_in(from->speaker, m->n_speakers, &x->v[i].speaker))
			return proto_malformed("an attribution that names what is not "
			                       "there");
	}
	return OK;
}

static enum err
speakers_in(struct arena *a, const Hearsay__Extraction *m, struct extraction *x)
{
	x->n_speakers = m->n_speakers;
	x->speakers = arena_alloc(a, x->n_speakers * sizeof *x->speakers);
	for (size_t i = 0; i < x->n_speakers; i++) {
		const Hearsay__Speaker *from = m->speakers[i];
		struct speaker *to = &x->speakers[i];

		to->name = from->name;
		to->title = from->title;
		to->kind = (enum speaker_kind)from->kind;
		if ((unsigned)from->kind > OTHER ||
		    !spans_in(a, from->n_mentions, from->mentions, &to->mentions))
			return proto_malformed("a speaker with mentions out of order");
	}
	return OK;
}

static bool
amounts_in(struct arena *a, const Hearsay__Claim *m, struct claim *ret)
{
	bool good = true;

	ret->n_quantities = m->n_quantities;
	ret->quantities = arena_alloc(a, m->n_quantities * sizeof *ret->quantities);
	for (size_t i = 0; i < m->n_quantities; i++) {
		ret->quantities[i].value = m->quantities[i]->value;
		ret->quantities[i].unit = m->quantities[i]->unit;
		good &= span_in(m->quantities[i]->at, &ret->quantities[i].at) &&
		        isfinite(m->quantities[i]->value);
	}
	ret->n_times = m->n_times;
	ret->times = arena_alloc(a, m->n_times * sizeof *ret->times);
	for (size_t i = 0; i < m->n_times; i++) {
		ret->times[i].value = m->times[i]->value;
		good &= span_in(m->times[i]->at, &ret->times[i].at);
	}
	return good;
}

static bool
claim_in(struct arena *a, const Hearsay__Claim *m, size_t n, struct claim *ret)
{
	ret->text = m->text;
	ret->negated = m->negated;
	ret->certainty = m->certainty;
	ret->check_worthy = m->check_worthy;
	return is_certainty(m->certainty) && is_share(m->check_worthy) &&
	       index_in(m->attribution, n, &ret->attribution) &&
	       spans_in(a, m->n_at, m->at, &ret->at) && amounts_in(a, m, ret);
}

static enum err
claims_in(struct arena *a, const Hearsay__Extraction *m, struct extraction *x)
{
	x->n_claims = m->n_claims;
	x->claims = arena_alloc(a, x->n_claims * sizeof *x->claims);
	for (size_t i = 0; i < x->n_claims; i++)
		if (!claim_in(a, m->claims[i], m->n_attributions, &x->claims[i]))
			return proto_malformed("a claim that does not hold together");
	return OK;
}

enum err
wire_extraction_read(struct arena *a, struct bytes in, struct extraction *ret)
{
	const Hearsay__Extraction *m =
	    proto_unpack(a, &hearsay__extraction__descriptor, in);
	struct extraction x = { 0 };
	enum err e;

	if (m == NULL)
		return proto_malformed("an extraction that cannot be unpacked");
	x.model = m->model;
	if ((e = attributions_in(a, m, &x)) != OK || (e = speakers_in(a, m, &x)) != OK ||
	    (e = claims_in(a, m, &x)) != OK)
		return e;
	*ret = x;
	return OK;
}

/* ------------------------------------------------------------------- writing */

static uint32_t
place_of(int index)
{
	return index < 0 ? 0 : (uint32_t)index + 1;
}

static Hearsay__Span *
span_out(struct arena *a, struct span s)
{
	Hearsay__Span *m = MAKE(a, Hearsay__Span, HEARSAY__SPAN__INIT);

	m->begin = s.begin;
	m->end = s.end;
	return m;
}

static Hearsay__Span **
spans_out(struct arena *a, const struct spans *s)
{
	Hearsay__Span **list = arena_raw(a, s->n * sizeof *list + 1);

	for (size_t i = 0; i < s->n; i++)
		list[i] = span_out(a, s->v[i]);
	return list;
}

static void
attribution_out(struct arena *a, const struct attribution *from, Hearsay__Attribution *to)
{
	to->n_source = from->source.n;
	to->source = spans_out(a, &from->source);
	to->n_cue = from->cue.n;
	to->cue = spans_out(a, &from->cue);
	to->n_content = from->content.n;
	to->content = spans_out(a, &from->content);
	to->kind = (Hearsay__Quotation)from->kind;
	to->nested = from->nested;
	to->confidence = from->confidence;
	to->parent = place_of(from->parent);
	to->speaker = place_of(from->speaker);
	to->speaker_reason = proto_text(from->speaker_reason);
	to->stance = (Hearsay__Stance)from->stance;
	to->certainty = from->certainty;
}

static void
speaker_out(struct arena *a, const struct speaker *from, Hearsay__Speaker *to)
{
	to->name = proto_text(from->name);
	to->title = proto_text(from->title);
	to->kind = (Hearsay__SpeakerKind)from->kind;
	to->n_mentions = from->mentions.n;
	to->mentions = spans_out(a, &from->mentions);
}

static void
amounts_out(struct arena *a, const struct claim *from, Hearsay__Claim *to)
{
	to->n_quantities = from->n_quantities;
	to->quantities =
	    MAKE_LIST(a, to->n_quantities, Hearsay__Quantity, HEARSAY__QUANTITY__INIT);
	for (size_t i = 0; i < from->n_quantities; i++) {
		to->quantities[i]->at = span_out(a, from->quantities[i].at);
		to->quantities[i]->value = from->quantities[i].value;
		to->quantities[i]->unit = proto_text(from->quantities[i].unit);
	}
	to->n_times = from->n_times;
	to->times = MAKE_LIST(a, to->n_times, Hearsay__Moment, HEARSAY__MOMENT__INIT);
	for (size_t i = 0; i < from->n_times; i++) {
		to->times[i]->at = span_out(a, from->times[i].at);
		to->times[i]->value = proto_text(from->times[i].value);
	}
}

static void
claim_out(struct arena *a, const struct claim *from, Hearsay__Claim *to)
{
	to->n_at = from->at.n;
	to->at = spans_out(a, &from->at);
	to->text = proto_text(from->text);
	to->attribution = place_of(from->attribution);
	to->negated = from->negated;
	to->certainty = from->certainty;
	to->check_worthy = from->check_worthy;
	amounts_out(a, from, to);
}

struct bytes
wire_extraction_write(struct arena *a, const struct extraction *x)
{
	Hearsay__Extraction m = HEARSAY__EXTRACTION__INIT;

	m.model = proto_text(x->model);
	m.n_attributions = x->n;
	m.attributions =
	    MAKE_LIST(a, x->n, Hearsay__Attribution, HEARSAY__ATTRIBUTION__INIT);
	for (size_t i = 0; i < x->n; i++)
		attribution_out(a, &x->v[i], m.attributions[i]);
	m.n_speakers = x->n_speakers;
	m.speakers =
	    MAKE_LIST(a, x->n_speakers, Hearsay__Speaker, HEARSAY__SPEAKER__INIT);
	for (size_t i = 0; i < x->n_speakers; i++)
		speaker_out(a, &x->speakers[i], m.speakers[i]);
	m.n_claims = x->n_claims;
	m.claims = MAKE_LIST(a, x->n_claims, Hearsay__Claim, HEARSAY__CLAIM__INIT);
	for (size_t i = 0; i < x->n_claims; i++)
		claim_out(a, &x->claims[i], m.claims[i]);
	return proto_pack(a, &m);
}
