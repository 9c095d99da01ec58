/*
 * Who speaks, and what is worth checking.  Short on purpose: all of it is in --json.
 */
#include <stdlib.h>
#include <string.h>

#include "cell.h"
#include "voices.h"

enum { CLAIMS_SHOWN = 5, NAME_MAX = 40 };
static const float worth_showing = 0.5f;

/* ------------------------------------------------------------------ the speakers */

/* How often each is heard; to be freed. */
static size_t *
times_heard(const struct found *found)
{
	size_t *times = calloc(found->n_speakers + 1, sizeof *times);

	for (size_t i = 0; i < found->n && times != NULL; i++) {
		int who = found->v[i].speaker;

		if (who >= 0 && (size_t)who < found->n_speakers)
			times[who]++;
	}
	return times;
}

static int
name_width(const struct found *found)
{
	int width = 0;

	for (size_t i = 0; i < found->n_speakers; i++) {
		const char *name = found->speakers[i].name;
		struct cell c = cell_text(name, strlen(name));

		if (c.width > width)
			width = c.width;
		cell_free(&c);
	}
	return width < NAME_MAX ? width : NAME_MAX;
}

static void
write_speaker(const struct show *s, const struct hearsay_speaker *v, size_t heard,
              int width)
{
	struct cell name = cell_text(v->name, strlen(v->name));
	struct cell title = cell_text(v->title, strlen(v->title));
	bool titled = title.width > 0;

	fputs("  ", s->out);
	cell_cut(&name, s->out, width, true);
	fprintf(s->out, "   %s%s", titled ? title.text : "", titled ? ", " : "");
	fprintf(s->out, "%s", hearsay_speaker_kind_name(v->kind));
	if (heard > 1)
		fprintf(s->out, ", %zu times", heard);
	fputc('\n', s->out);
	cell_free(&name);
	cell_free(&title);
}

static void
write_speakers(const struct show *s, const struct found *found)
{
	size_t *times = times_heard(found);
	int width = name_width(found);

	for (size_t i = 0; i < found->n_speakers && times != NULL; i++)
		if (times[i] > 0)
			write_speaker(s, &found->speakers[i], times[i], width);
	free(times);
}

/* -------------------------------------------------------------------- the claims */

static int
by_worth(const void *a, const void *b)
{
	const struct hearsay_claim *x = *(const struct hearsay_claim *const *)a,
	                           *y = *(const struct hearsay_claim *const *)b;

	if (x->check_worthy != y->check_worthy)
		return x->check_worthy < y->check_worthy ? 1 : -1;
	return x < y ? -1 : x > y;
}

/* Those worth showing, best first; to be freed. */
static const struct hearsay_claim **
best_claims(const struct found *found, size_t *ret_n)
{
	const struct hearsay_claim **v = calloc(found->n_claims + 1, sizeof(void *));

	*ret_n = 0;
	for (size_t i = 0; i < found->n_claims && v != NULL; i++)
		if (found->claims[i].check_worthy >= worth_showing)
			v[(*ret_n)++] = &found->claims[i];
	if (v != NULL)
		qsort(v, *ret_n, sizeof *v, by_worth);
	return v;
}

static void
write_claim(const struct show *s, const struct hearsay_claim *v)
{
	struct cell c = cell_text(v->text, strlen(v->text));

	fprintf(s->out, "  %.2f", (double)v->check_worthy);
	for (bool first = true; !cell_is_done(&c); first = false) {
		fputs(first ? "  " : "        ", s->out);
		cell_line(&c, s->out, s->width - 8, false);
		fputc('\n', s->out);
	}
	cell_free(&c);
}

static void
write_claims(const struct show *s, const struct found *found)
{
	size_t n;
	const struct hearsay_claim **v = best_claims(found, &n);

	if (n > 0) {
		fputc('\n', s->out);
		show_bold(s, "Worth checking");
		fputc('\n', s->out);
	}
	for (size_t i = 0; i < n && i < CLAIMS_SHOWN; i++)
		write_claim(s, v[i]);
	free(v);
}

void
voices_write(const struct show *s, const struct found *found)
{
	if (found->n_speakers > 0) {
		fputc('\n', s->out);
		show_bold(s, "Speakers");
		fputc('\n', s->out);
		write_speakers(s, found);
	}
	write_claims(s, found);
}
