/*
 * A claim that its source denies is written as one of its own, "Denied: ...", since a
 * ClaimReview has no place for a stance.  Members without a value are left out.
 */
#include "claimreview.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "date.h"
#include "json.h"

static void
member(FILE *out, const char *before, const char *name, const char *text)
{
	fprintf(out, "%s\"%s\":", before, name);
	json_text(out, text);
}

static void
member_if(FILE *out, const char *name, const char *text)
{
	if (text != NULL && *text != '\0')
		member(out, ",", name, text);
}

static const char *
date_of(const struct appearance *in)
{
	struct date d;

	return in->published != NULL && date_read(in->published, &d) ? in->published : "";
}

/* A speaker's kind in schema.org's words. */
static const char *
type_of(enum hearsay_speaker_kind kind)
{
	switch (kind) {
	case HEARSAY_PERSON:
		return "Person";
	case HEARSAY_ORGANISATION:
	case HEARSAY_GROUP:
		return "Organization";
	case HEARSAY_DOCUMENT:
		return "CreativeWork";
	default:
		return "Thing";
	}
}

static void
speaker(FILE *out, const struct hearsay_speaker *s)
{
	member(out, ",\"author\":{", "@type", type_of(s->kind));
	member(out, ",", "name", s->name);
	if (s->kind == HEARSAY_PERSON)
		member_if(out, "jobTitle", s->title);
	fputc('}', out);
}

/* Names nobody: "he", "they". */
static bool
is_pronoun(const char *text)
{
	static const char *const all[] = { "he",  "she", "they", "it",   "we",  "i",
		                           "you", "who", "this", "that", "some" };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strcasecmp(text, all[i]) == 0)
			return true;
	return false;
}

/* Who it is could not be told: then the words of the article, "police and firefighters".
 */
static void
source(FILE *out, const struct appearance *in, const struct hearsay_spans *at)
{
	struct hearsay_span s;
	char *words;

	if (in->text == NULL || at->n == 0)
		return;
	s = at->v[0];
	if (s.begin >= s.end || s.end > in->size ||
	    (words = strndup(in->text + s.begin, s.end - s.begin)) == NULL)
		return;
	if (!is_pronoun(words)) {
		member(out, ",\"author\":{", "@type", "Thing");
		member(out, ",", "name", words);
		fputc('}', out);
	}
	free(words);
}

static void
author(FILE *out, const struct appearance *in, const struct found *found,
       const struct hearsay_attribution *said)
{
	if (said == NULL)
		return; /* the article's own; its author is not known here */
	if (said->speaker != HEARSAY_NONE)
		speaker(out, &found->speakers[said->speaker]);
	else
		source(out, in, &said->source);
}

static void
appears(FILE *out, const struct appearance *in)
{
	member(out, ",\"appearance\":{", "@type", "NewsArticle");
	member_if(out, "url", in->url);
	member_if(out, "headline", in->title);
	member_if(out, "datePublished", date_of(in));
	member_if(out, "identifier", in->id);
	fputc('}', out);
}

/* Is it denied, in words that do not say so themselves? */
static bool
is_denied(const struct hearsay_claim *c, const struct hearsay_attribution *said)
{
	return said != NULL && said->stance == HEARSAY_DENIES && c->certainty < 0;
}

static void
reviewed(FILE *out, const char *before, const char *name, const char *text, bool denied)
{
	char *words;

	if (!denied || asprintf(&words, "Denied: %s", text) < 0) {
		member(out, before, name, text);
		return;
	}
	member(out, before, name, words);
	free(words);
}

static void
write_claim(FILE *out, const struct appearance *in, const struct found *found,
            const struct hearsay_claim *c, const struct hearsay_attribution *said)
{
	member(out, "{", "@context", "https://schema.org");
	member(out, ",", "@type", "ClaimReview");
	reviewed(out, ",", "claimReviewed", c->text, is_denied(c, said));
	member(out, ",\"itemReviewed\":{", "@type", "Claim");
	author(out, in, found, said);
	member_if(out, "datePublished", date_of(in));
	appears(out, in);
	fputs("}}\n", out);
}

void
claimreview_write(FILE *out, const struct appearance *in, const struct found *found)
{
	for (size_t i = 0; i < found->n_claims; i++) {
		const struct hearsay_claim *c = &found->claims[i];
		const struct hearsay_attribution *said =
		    c->attribution == HEARSAY_NONE ? NULL : &found->v[c->attribution];

		if (said == NULL || said->stance == HEARSAY_ASSERTS ||
		    said->stance == HEARSAY_DENIES)
			write_claim(out, in, found, c, said);
	}
}
