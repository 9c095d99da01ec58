/*
 * JSON is written by hand here: the format is fixed to the byte, and it streams.
 */
#include <inttypes.h>
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
spans(FILE *out, const char *name, const struct hearsay_spans *s)
{
	fprintf(out, "\"%s\":[", name);
	for (size_t i = 0; i < s->n; i++)
		fprintf(out, "%s[%" PRIu32 ",%" PRIu32 "]", i == 0 ? "" : ",",
		        s->v[i].begin, s->v[i].end);
	fputs("],", out);
}

static void
attributions(FILE *out, const struct hearsay_attribution *v, size_t n)
{
	fputs("\"attributions\":[", out);
	for (size_t i = 0; i < n; i++) {
		fputs(i == 0 ? "{" : ",{", out);
		spans(out, "source", &v[i].source);
		spans(out, "cue", &v[i].cue);
		spans(out, "content", &v[i].content);
		fprintf(out, "\"kind\":\"%s\",\"nested\":%s,\"confidence\":%.2f}",
		        hearsay_quotation_name(v[i].kind), v[i].nested ? "true" : "false",
		        (double)v[i].confidence);
	}
	fputc(']', out);
}

static void
member(FILE *out, const char *before, const char *name, const char *text)
{
	fprintf(out, "%s\"%s\":", before, name);
	json_text(out, text);
}

void
json_extraction(FILE *out, const char *id, const char *model,
                const struct hearsay_attribution *v, size_t n)
{
	member(out, "{", "id", id);
	member(out, ",", "model", model);
	fputc(',', out);
	attributions(out, v, n);
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
		member(out, ",", "model", job->model);
		fputc(',', out);
		attributions(out, job->attributions, job->attributions_n);
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
