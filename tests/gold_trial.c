/*
 * Compares.  First each wanted attribution takes the likest of those found that is left,
 * by shared words, so that an edge that lies wrong is a wrong content and not one missed
 * and one too many; then each thing that the file states is looked at by itself.
 */
#include "gold_trial.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { NONE = -1 };

/* The attribution found for each wanted (NONE: none), and who is taken. */
struct matching {
	int of[GOLD_EACH];
	bool used[GOLD_FOUND];
};

/* As quoted in print: white space, commas and stops at its ends do not count. */
static struct span
trimmed(const char *text, struct span s)
{
	while (s.end > s.begin && strchr(" \n,.;:", text[s.end - 1]) != NULL)
		s.end--;
	while (s.begin < s.end && strchr(" \n", text[s.begin]) != NULL)
		s.begin++;
	return s;
}

static bool
same_spans(const char *text, const struct spans *x, const struct spans *y)
{
	for (size_t i = 0; x->n == y->n && i < x->n; i++) {
		struct span p = trimmed(text, x->v[i]), q = trimmed(text, y->v[i]);

		if (p.begin != q.begin || p.end != q.end)
			return false;
	}
	return x->n == y->n;
}

static double
bytes_of(const struct spans *x)
{
	double n = 0;

	for (size_t i = 0; i < x->n; i++)
		n += x->v[i].end - x->v[i].begin;
	return n;
}

static double
shared_bytes(const struct spans *x, const struct spans *y)
{
	double n = 0;

	for (size_t i = 0; i < x->n; i++)
		for (size_t k = 0; k < y->n; k++) {
			struct span p = x->v[i], q = y->v[k];
			uint32_t begin = p.begin > q.begin ? p.begin : q.begin;
			uint32_t end = p.end < q.end ? p.end : q.end;

			n += end > begin ? end - begin : 0;
		}
	return n;
}

/* Is it the same attribution, however its edges lie?  0: no; the greater the surer. */
static double
likeness(const struct gold_attribution *want, const struct attribution *got)
{
	double both = shared_bytes(&want->content, &got->content);
	double all = bytes_of(&want->content) + bytes_of(&got->content) - both;
	bool cue = shared_bytes(&want->cue, &got->cue) > 0;

	if (want->cue.n > 0 && got->cue.n > 0 && !cue)
		return 0;
	if (!cue && 2 * both < all)
		return 0;
	return cue + (all > 0 ? both / all : 0) +
	       0.1 * (shared_bytes(&want->source, &got->source) > 0);
}

static int
likest(const struct gold_attribution *want, const struct extraction *x, const bool *used)
{
	double best = 0;
	int ret = NONE;

	for (size_t k = 0; k < x->n; k++) {
		double like = used[k] ? 0 : likeness(want, &x->v[k]);

		if (like > best) {
			best = like;
			ret = (int)k;
		}
	}
	return ret;
}

/* An extra block names what it is about: each span that it states. */
static bool
is_extra(const char *text, const struct gold_attribution *want,
         const struct attribution *got)
{
	const struct spans *w[] = { &want->source, &want->cue, &want->content };
	const struct spans *g[] = { &got->source, &got->cue, &got->content };

	for (int role = 0; role < 3; role++)
		if (w[role]->n > 0 && !same_spans(text, w[role], g[role]))
			return false;
	return true;
}

static int
find_extra(const struct gold_trial *t, const struct gold_attribution *want,
           const bool *used)
{
	for (size_t k = 0; k < t->x.n; k++)
		if (!used[k] && is_extra(t->article->text, want, &t->x.v[k]))
			return (int)k;
	return NONE;
}

/* What is wanted takes first, what is known to be too much then. */
static void
match_all(const struct gold_trial *t, struct matching *m)
{
	for (int extra = 0; extra < 2; extra++)
		for (size_t i = 0; i < t->article->attributions; i++) {
			const struct gold_attribution *want = &t->article->attribution[i];

			if (want->extra != extra)
				continue;
			m->of[i] = extra ? find_extra(t, want, m->used)
			                 : likest(want, &t->x, m->used);
			if (m->of[i] != NONE)
				m->used[m->of[i]] = true;
		}
}

void
gold_words(const char *text, const struct spans *list, char *out, size_t room)
{
	size_t n = 0;

	snprintf(out, room, "nothing");
	for (size_t i = 0; i < list->n && n < room; i++)
		n += (size_t)snprintf(out + n, room - n, "%s%.*s", i > 0 ? " + " : "",
		                      (int)(list->v[i].end - list->v[i].begin),
		                      text + list->v[i].begin);
	for (char *p = out; (p = strchr(p, '\n')) != NULL;)
		*p = ' ';
}

/* Notes a verdict; the caller fills in what was found. */
static char *
judge(struct gold_trial *t, const struct gold_attribution *want, enum gold_aspect aspect,
      bool right)
{
	struct gold_verdict *v = &t->verdict[t->n++];

	*v = (struct gold_verdict){ want, aspect, right, want->known[aspect], "" };
	if (want->extra && v->known == GOLD_RIGHT)
		v->known = GOLD_MISSED;
	return v->found;
}

static void
judge_spans(struct gold_trial *t, const struct gold_attribution *want,
            const struct attribution *got)
{
	const char *text = t->article->text;
	const struct spans *w[] = { &want->source, &want->cue, &want->content };
	const struct spans *g[] = { &got->source, &got->cue, &got->content };

	for (int role = 0; role < 3; role++)
		gold_words(
		    text, g[role],
		    judge(t, want, GOLD_SOURCE + (enum gold_aspect)role,
		          same_spans(text, w[role], g[role]) ||
		              (want->or [role].n > 0 &&
		                            same_spans(text, &want->or [role], g[role]))),
		    sizeof t->verdict->found);
}

/* Names are compared without regard to capitals: labels of transcripts shout. */
static void
judge_speaker(struct gold_trial *t, const struct gold_attribution *want,
              const struct attribution *got)
{
	const struct speaker *s =
	    got->speaker == NO_INDEX ? NULL : &t->x.speakers[got->speaker];
	const char *name = s == NULL ? "" : s->name, *title = s == NULL ? "" : s->title;
	size_t room = sizeof t->verdict->found;

	if (want->states[GOLD_SPEAKER])
		snprintf(
		    judge(t, want, GOLD_SPEAKER, strcasecmp(name, want->speaker) == 0),
		    room, "%s", s == NULL ? "nobody" : name);
	if (want->states[GOLD_TITLE])
		snprintf(judge(t, want, GOLD_TITLE, strcasecmp(title, want->title) == 0),
		         room, "%s", *title == '\0' ? "none" : title);
}

static void
judge_in(struct gold_trial *t, const struct gold_attribution *want,
         const struct attribution *got, const struct matching *m)
{
	bool right = want->in == NO_INDEX ? !got->nested
	                                  : got->nested && m->of[want->in] != NONE &&
	                                        m->of[want->in] == got->parent;
	const char *found = !got->nested           ? "not nested"
	                    : want->in == NO_INDEX ? "nested"
	                                           : "nested in another";

	snprintf(judge(t, want, GOLD_IN, right), sizeof t->verdict->found, "%s", found);
}

static void
compare(struct gold_trial *t, const struct gold_attribution *want,
        const struct attribution *got, const struct matching *m)
{
	size_t room = sizeof t->verdict->found;

	judge_spans(t, want, got);
	if (want->states[GOLD_KIND])
		snprintf(judge(t, want, GOLD_KIND, want->kind == got->kind), room, "%s",
		         quotation_name(got->kind));
	judge_speaker(t, want, got);
	if (want->states[GOLD_STANCE])
		snprintf(judge(t, want, GOLD_STANCE, want->stance == got->stance), room,
		         "%s", stance_name(got->stance));
	judge_in(t, want, got, m);
}

void
gold_try(const struct gold_article *article, const struct extraction *x,
         struct gold_trial *ret)
{
	struct matching m = { .used = { false } };

	assert(x->n <= GOLD_FOUND);
	ret->article = article;
	ret->x = *x;
	ret->n = ret->unknown = 0;
	match_all(ret, &m);
	for (size_t i = 0; i < article->attributions; i++) {
		const struct gold_attribution *want = &article->attribution[i];
		bool found = m.of[i] != NONE;

		if (found || !want->maybe)
			snprintf(judge(ret, want, GOLD_ALL, found != want->extra),
			         sizeof ret->verdict->found, "%s",
			         found ? "this" : "nothing");
		if (found && !want->extra)
			compare(ret, want, &x->v[m.of[i]], &m);
	}
	for (size_t k = 0; k < x->n; k++)
		if (!m.used[k])
			ret->found[ret->unknown++] = k;
}

/* ------------------------------------------------------------ in words */

struct text {
	char *at;
	size_t room;
};

static void __attribute__((format(printf, 2, 3)))
say(struct text *out, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(out->at, out->room, format, args);
	va_end(args);
	if ((size_t)n >= out->room)
		n = (int)out->room - 1;
	out->at += n;
	out->room -= (size_t)n;
}

static void
say_unknown(struct text *out, const struct gold_trial *t, const struct attribution *got)
{
	const struct spans *at[] = { &got->source, &got->cue, &got->content };
	char words[512];

	say(out, "%s: %s: nobody expects:", t->article->file, t->article->name);
	for (int role = 0; role < 3; role++) {
		gold_words(t->article->text, at[role], words, sizeof words);
		say(out, "%s %s", role > 0 ? " /" : "", words);
	}
	say(out, " %s%s\n", quotation_name(got->kind), got->nested ? " nested" : "");
}

size_t
gold_complaints(const struct gold_trial *t, char *out, size_t room)
{
	struct text to = { out, room };
	size_t n = t->unknown;

	*out = '\0';
	for (size_t i = 0; i < t->n; i++) {
		const struct gold_verdict *v = &t->verdict[i];
		const char *what =
		    v->want->extra ? "this extra" : gold_aspects[v->aspect];

		if (v->known == GOLD_WAVERS || v->right == (v->known == GOLD_RIGHT))
			continue;
		n++;
		say(&to, "%s:%d: %s ", t->article->file, v->want->line, what);
		if (v->right)
			say(&to, "%s now: take its line away (make gold-accept)\n",
			    v->want->extra ? "is gone" : "is right");
		else
			say(&to, "is wrong, finds: %s\n", v->found);
	}
	for (size_t k = 0; k < t->unknown; k++)
		say_unknown(&to, t, &t->x.v[t->found[k]]);
	return n;
}
