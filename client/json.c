/*
 * JSON is written by hand here: the format is fixed to the byte, and it streams.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "json.h"
#include "utf8.h"

static void
escape(FILE *out, unsigned char c)
{
	static const char short_for[] = {
		['"'] = '"', ['\\'] = '\\', ['\n'] = 'n', ['\t'] = 't', ['\r'] = 'r'
	};

	if (c < sizeof short_for && short_for[c] != 0)
		fprintf(out, "\\%c", short_for[c]);
	else if (c < 0x20)
		fprintf(out, "\\u%04x", c);
	else
		fputc(c, out);
}

void
json_text(FILE *out, const char *text)
{
	size_t n = strlen(text);

	fputc('"', out);
	while (n > 0) {
		size_t good = utf8_valid(text, n);

		for (size_t i = 0; i < good; i++)
			escape(out, (unsigned char)text[i]);
		if (good < n) {
			fputs("\xef\xbf\xbd", out);
			good++;
		}
		text += good;
		n -= good;
	}
	fputc('"', out);
}

static void
member(FILE *out, const char *before, const char *name, const char *text)
{
	fprintf(out, "%s\"%s\":", before, name);
	json_text(out, text);
}

static void
spans(FILE *out, const char *before, const char *name, const struct hearsay_spans *s)
{
	fprintf(out, "%s\"%s\":[", before, name);
	for (size_t i = 0; i < s->n; i++)
		fprintf(out, "%s[%" PRIu32 ",%" PRIu32 "]", i == 0 ? "" : ",",
		        s->v[i].begin, s->v[i].end);
	fputc(']', out);
}

static void
place(FILE *out, const char *name, int at)
{
	if (at < 0)
		fprintf(out, ",\"%s\":null", name);
	else
		fprintf(out, ",\"%s\":%d", name, at);
}

/* Two digits, as far as it is a number; "-0.00" is zero. */
static void
measure(FILE *out, const char *name, double v)
{
	if (!isfinite(v))
		v = 0;
	fprintf(out, ",\"%s\":%.2f", name, v > -0.005 && v < 0 ? 0 : v);
}

static const char *
truth(bool v)
{
	return v ? "true" : "false";
}

static void
attribution(FILE *out, const struct hearsay_attribution *v)
{
	spans(out, "{", "source", &v->source);
	spans(out, ",", "cue", &v->cue);
	spans(out, ",", "content", &v->content);
	fprintf(out, ",\"kind\":\"%s\",\"nested\":%s,\"confidence\":%.2f",
	        hearsay_quotation_name(v->kind), truth(v->nested), (double)v->confidence);
	place(out, "speaker", v->speaker);
	member(out, ",", "speaker_reason",
	       v->speaker_reason == NULL ? "" : v->speaker_reason);
	fprintf(out, ",\"stance\":\"%s\"", hearsay_stance_name(v->stance));
	measure(out, "certainty", (double)v->certainty);
	place(out, "parent", v->parent);
	fputc('}', out);
}

static void
speaker(FILE *out, const struct hearsay_speaker *v)
{
	member(out, "{", "name", v->name);
	member(out, ",", "title", v->title);
	member(out, ",", "kind", hearsay_speaker_kind_name(v->kind));
	spans(out, ",", "mentions", &v->mentions);
	fputc('}', out);
}

static void
amount_begins(FILE *out, bool first, struct hearsay_span at)
{
	fprintf(out, "%s{\"span\":[%" PRIu32 ",%" PRIu32 "]", first ? "" : ",", at.begin,
	        at.end);
}

static void
amounts(FILE *out, const struct hearsay_claim *v)
{
	fputs(",\"quantities\":[", out);
	for (size_t i = 0; i < v->quantities_n; i++) {
		const struct hearsay_quantity *q = &v->quantities[i];

		amount_begins(out, i == 0, q->at);
		fprintf(out, ",\"value\":%.15g", isfinite(q->value) ? q->value : 0);
		member(out, ",", "unit", q->unit);
		fputc('}', out);
	}
	fputs("],\"times\":[", out);
	for (size_t i = 0; i < v->times_n; i++) {
		amount_begins(out, i == 0, v->times[i].at);
		member(out, ",", "value", v->times[i].value);
		fputc('}', out);
	}
	fputc(']', out);
}

static void
claim(FILE *out, const struct hearsay_claim *v)
{
	spans(out, "{", "span", &v->at);
	member(out, ",", "text", v->text);
	place(out, "attribution", v->attribution);
	fprintf(out, ",\"negated\":%s", truth(v->negated));
	measure(out, "certainty", (double)v->certainty);
	measure(out, "check_worthy", (double)v->check_worthy);
	amounts(out, v);
	fputc('}', out);
}

static void
everything(FILE *out, const struct found *found)
{
	fputs(",\"attributions\":[", out);
	for (size_t i = 0; i < found->n; i++) {
		fputs(i == 0 ? "" : ",", out);
		attribution(out, &found->v[i]);
	}
	fputs("],\"speakers\":[", out);
	for (size_t i = 0; i < found->n_speakers; i++) {
		fputs(i == 0 ? "" : ",", out);
		speaker(out, &found->speakers[i]);
	}
	fputs("],\"claims\":[", out);
	for (size_t i = 0; i < found->n_claims; i++) {
		fputs(i == 0 ? "" : ",", out);
		claim(out, &found->claims[i]);
	}
	fputc(']', out);
}

void
json_extraction(FILE *out, const char *id, const char *model, const struct found *found)
{
	member(out, "{", "id", id);
	member(out, ",", "model", model);
	everything(out, found);
	fputs("}\n", out);
}

void
json_job(FILE *out, const struct hearsay_job *job, bool with_sequence)
{
	member(out, "{", "id", job->article_id);
	member(out, ",", "key", job->key);
	member(out, ",", "state", hearsay_state_name(job->state));
	if (with_sequence)
		fprintf(out, ",\"sequence\":%" PRIu64, job->sequence);
	if (*job->model != '\0') {
		struct found found = found_in(job);

		member(out, ",", "model", job->model);
		everything(out, &found);
	} else {
		fprintf(out, ",\"attempts\":%" PRIu32, job->attempts);
		if (*job->reason != '\0')
			member(out, ",", "reason", job->reason);
	}
	fputs("}\n", out);
}

void
json_dead(FILE *out, const struct hearsay_job *job)
{
	member(out, "{", "id", job->article_id);
	member(out, ",", "key", job->key);
	member(out, ",", "tenant", job->tenant);
	fprintf(out, ",\"job\":%" PRIu64 ",\"attempts\":%" PRIu32, job->id,
	        job->attempts);
	member(out, ",", "worker", job->worker);
	member(out, ",", "reason", job->reason);
	fputs("}\n", out);
}

void
json_why(FILE *out, const struct hearsay_job *job)
{
	member(out, "{", "id", job->article_id);
	member(out, ",", "key", job->key);
	member(out, ",", "state", hearsay_state_name(job->state));
	member(out, ",", "why", job->why);
	fputs("}\n", out);
}
