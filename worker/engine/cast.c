/*
 * From sources that are settled to a list of speakers: fullest name, title, kind,
 * mentions.
 */
#include "cast.h"

#include <stdlib.h>

#include "classes.h"

struct casting {
	struct arena *arena;
	const char *v;
	const struct sights *sights;
	const struct roster *roster;
	const struct said *said;
	size_t n;
};

/* The classes of the last word. */
static uint32_t
last_class(const char *v, struct span at)
{
	char word[32];

	for (uint32_t i = at.end; i-- > at.begin;)
		if (v[i] == ' ') {
			at.begin = i + 1;
			break;
		}
	term_fold(v, at, word);
	return classes_of(word);
}

bool
cast_is_paper(const char *v, struct span name)
{
	uint32_t class = last_class(v, name);

	return (class & PAPER) != 0 && (class & (MAN | WOMAN | COMPANY)) == 0;
}

struct mention {
	int who;
	struct span at;
};

static int
by_who(const void *a, const void *b)
{
	const struct mention *x = a, *y = b;

	if (x->who != y->who)
		return x->who < y->who ? -1 : 1;
	if (x->at.begin != y->at.begin)
		return x->at.begin < y->at.begin ? -1 : 1;
	return 0;
}

/* Names of those who speak, and their sources, by who it is. */
static struct mention *
collect_mentions(const struct casting *g, size_t *ret_n)
{
	bool *speaking = arena_alloc(g->arena, g->roster->n + 1);
	struct mention *v = arena_raw(g->arena, (g->sights->n + g->n) * sizeof *v + 1);
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++)
		if (g->said[i].who >= 0) {
			speaking[g->said[i].who] = true;
			if (!g->said[i].by_name)
				v[n++] =
				    (struct mention){ g->said[i].who, g->said[i].at };
		}
	for (size_t i = 0; i < g->sights->n; i++)
		if (g->sights->v[i].kind == SIGHT_NAME && g->sights->v[i].who >= 0 &&
		    speaking[g->sights->v[i].who])
			v[n++] =
			    (struct mention){ g->sights->v[i].who, g->sights->v[i].at };
	qsort(v, n, sizeof *v, by_who);
	*ret_n = n;
	return v;
}

static enum speaker_kind
kind_of(const struct casting *g, const struct who *w)
{
	if (w->human)
		return PERSON;
	if (!w->named)
		return ORGANISATION;
	if (last_class(g->v, w->best->at) & PARTISAN || w->crowd)
		return GROUP;
	if (cast_is_paper(g->v, w->best->at))
		return DOCUMENT;
	if (w->company || w->definite || w->best->acronym)
		return ORGANISATION;
	if (w->best->n > 1 || w->gender != GENDER_UNKNOWN)
		return PERSON;
	return w->in_places * 2 >= w->seen ? ORGANISATION : PERSON;
}

static const char *
text_of(const struct casting *g, struct span at)
{
	char *text = arena_text(g->arena, g->v + at.begin, at.end - at.begin);

	for (char *c = text; *c != '\0'; c++)
		if (*c == '\n' || *c == '\r' || *c == '\t')
			*c = ' ';
	return text;
}

/* The mentions m[0..n) of one speaker; none overlaps another. */
static struct speaker
make_speaker(const struct casting *g, const struct mention *m, size_t n)
{
	const struct who *w = &g->roster->v[m->who];
	struct speaker s = { .name = text_of(g, w->best->at), .title = "" };
	uint32_t end = 0;

	if (w->title.end > w->title.begin)
		s.title = text_of(g, w->title);
	s.kind = kind_of(g, w);
	s.mentions.v = arena_raw(g->arena, n * sizeof *s.mentions.v);
	for (size_t i = 0; i < n; i++)
		if (m[i].at.begin >= end) {
			s.mentions.v[s.mentions.n++] = m[i].at;
			end = m[i].at.end;
		}
	return s;
}

struct ranked {
	struct speaker speaker;
	int who;
};

static int
by_first_mention(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	uint32_t i = x->speaker.mentions.v[0].begin, k = y->speaker.mentions.v[0].begin;

	if (i != k)
		return i < k ? -1 : 1;
	return x->who < y->who ? -1 : 1;
}

/* Returns the place in x->speakers of each who that speaks. */
static int *
number_speakers(const struct casting *g, struct extraction *x)
{
	size_t n, end;
	struct mention *m = collect_mentions(g, &n);
	struct ranked *v = arena_raw(g->arena, (n + 1) * sizeof *v);
	int *place = arena_raw(g->arena, (g->roster->n + 1) * sizeof *place);

	for (size_t i = 0; i < n; i = end) {
		for (end = i; end < n && m[end].who == m[i].who; end++)
			;
		v[x->n_speakers++] =
		    (struct ranked){ make_speaker(g, m + i, end - i), m[i].who };
	}
	qsort(v, x->n_speakers, sizeof *v, by_first_mention);
	x->speakers = arena_raw(g->arena, (x->n_speakers + 1) * sizeof *x->speakers);
	for (size_t i = 0; i < x->n_speakers; i++) {
		x->speakers[i] = v[i].speaker;
		place[v[i].who] = (int)i;
	}
	return place;
}

void
cast(struct arena *a, const char *v, const struct sights *s, const struct roster *r,
     const struct said *said, size_t n, struct extraction *x)
{
	struct casting g = { a, v, s, r, said, n };
	const int *place = number_speakers(&g, x);

	for (size_t i = 0; i < n; i++) {
		struct attribution *to = &x->v[said[i].attribution];

		to->speaker_reason = said[i].reason;
		if (said[i].who >= 0)
			to->speaker = place[said[i].who];
	}
}
