/*
 * First a claim of each content, then of the author's sentences that no attribution
 * touches; then all in the order of the text.
 *
 * Time is in proportion to the text but for sorting: what is read of one claim is bounded
 * (PROSE_MOST), a sentence is asked once whether an attribution touches it, and a content
 * only for the sentences that it stands in.
 */
#include "claim.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "certainty.h"
#include "moment.h"
#include "quantity.h"
#include "wording.h"
#include "worth.h"

/* The author's sentences are claims from here on; what is no statement is worth less. */
static const float AUTHOR_LEAST = 0.5F;
static const float QUESTION_WORTH = 0.3F, HEDGED_WORTH = 0.6F;
static const float HEDGED = 1.5F; /* certainty below which a claim is a guess */

struct finder {
	struct arena *arena;
	const struct text *text;
	const struct statements *statements;
	struct extraction *x;
	struct wording *wording;
	struct lexeme *lexeme; /* room for those of any claim */
	size_t room;
	struct date day;
	const struct date *published; /* or NULL */
	size_t claims_room;
};

/* ----------------------------------------------------------------- what it is worth */

static float
likest(float learned, float by_rule)
{
	return learned < 0 ? by_rule : learned;
}

/* The most that a sentence it stands in is worth to the network; below 0: not known. */
static float
learned_worth(const struct finder *f, const struct spans *at)
{
	const struct statements *s = f->statements;
	float most = -1;

	for (size_t i = 0; i < at->n; i++)
		for (size_t k = statements_after(s, at->v[i].begin);
		     k < s->n && s->v[k].at.begin < at->v[i].end; k++)
			most = fmaxf(most, s->v[k].check_worthy);
	return most;
}

/* Nobody can check what is asked or ordered, and hardly what may be. */
static float
worth_as_said(const struct claim *c, const struct attribution *said, float worth)
{
	if (said != NULL && (said->stance == ASKS || said->stance == ORDERS))
		return worth * QUESTION_WORTH;
	return fabsf(c->certainty) < HEDGED ? worth * HEDGED_WORTH : worth;
}

/* ------------------------------------------------------------------------- a claim */

static struct claim *
add(struct finder *f, const struct claim *c)
{
	struct extraction *x = f->x;

	x->claims =
	    arena_grow(f->arena, x->claims, x->n_claims, &f->claims_room, sizeof *c);
	x->claims[x->n_claims] = *c;
	return &x->claims[x->n_claims++];
}

/* "It", "that": nothing that could be so or not so. */
static bool
says_nothing(const struct prose *p)
{
	static const char *const words[] = { "it",  "that", "this", "so",  "what", "them",
		                             "him", "her",  "one",  "yes", "no",   NULL };

	return p->n == 0 ||
	       (p->n == 1 && (p->v[0].kind == LEXEME_MARK || prose_in(p, 0, words)));
}

/* Fills in what the words tell; returns the certainty of the words as they stand. */
static float
read_words(struct finder *f, struct claim *c, const struct prose *p)
{
	struct moments times = moment_find(f->arena, p, f->published);
	struct quantities q = quantity_find(f->arena, p, &times);

	c->n_times = times.n;
	c->times = times.v;
	c->n_quantities = q.n;
	c->quantities = q.v;
	return certainty_of(p, &c->negated);
}

static void
claim_of_content(struct finder *f, size_t i)
{
	const struct attribution *said = &f->x->v[i];
	struct claim c = { .attribution = (int)i, .certainty = said->certainty };
	struct prose p;

	c.at = wording_trim(f->arena, f->text->v, &said->content);
	if (c.at.n == 0)
		return;
	p = prose_fill(f->lexeme, f->room, f->text->v, &c.at);
	if (says_nothing(&p))
		return;
	read_words(f, &c, &p);
	c.text = wording_text(f->wording, &c.at, &p, said);
	c.check_worthy =
	    worth_as_said(&c, said, likest(learned_worth(f, &c.at), worth_of(&p)));
	add(f, &c);
}

static void
claim_of_author(struct finder *f, const struct statement *s)
{
	struct claim c = { .attribution = NO_INDEX };
	struct spans at = { 1, arena_raw(f->arena, sizeof *at.v) };
	struct prose p;

	at.v[0] = s->at;
	p = prose_fill(f->lexeme, f->room, f->text->v, &at);
	c.check_worthy = likest(s->check_worthy, worth_of(&p));
	if (c.check_worthy < AUTHOR_LEAST)
		return;
	c.at = at;
	c.certainty = read_words(f, &c, &p);
	c.check_worthy = worth_as_said(&c, NULL, c.check_worthy);
	if (c.check_worthy < AUTHOR_LEAST || c.certainty <= 0)
		return;
	c.text = wording_text(f->wording, &c.at, &p, NULL);
	add(f, &c);
}

/* ------------------------------------------------------------ whose a sentence is */

static int
by_begin(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return (x->begin > y->begin) - (x->begin < y->begin);
}

static size_t
copy_spans(struct span *to, const struct spans *from)
{
	if (from->n > 0)
		memcpy(to, from->v, from->n * sizeof *to);
	return from->n;
}

/* All that attributions touch, in the order of the text. */
static struct spans
touched(struct finder *f)
{
	const struct extraction *x = f->x;
	struct spans all = { 0 };

	for (size_t i = 0; i < x->n; i++)
		all.n += x->v[i].source.n + x->v[i].cue.n + x->v[i].content.n;
	all.v = arena_raw(f->arena, all.n * sizeof *all.v);
	all.n = 0;
	for (size_t i = 0; i < x->n; i++) {
		all.n += copy_spans(all.v + all.n, &x->v[i].source);
		all.n += copy_spans(all.v + all.n, &x->v[i].cue);
		all.n += copy_spans(all.v + all.n, &x->v[i].content);
	}
	qsort(all.v, all.n, sizeof *all.v, by_begin);
	return all;
}

/* A sentence, with its stop; headlines and bylines have none. */
static bool
is_sentence(const char *text, struct span at)
{
	static const char *const closing = "\"')]";

	while (at.end > at.begin && strchr(closing, text[at.end - 1]) != NULL)
		at.end--;
	if (at.end - at.begin >= 3 && (memcmp(text + at.end - 3, "\u201d", 3) == 0 ||
	                               memcmp(text + at.end - 3, "\u2019", 3) == 0))
		at.end -= 3;
	return at.end > at.begin && strchr(".!", text[at.end - 1]) != NULL;
}

static void
claims_of_author(struct finder *f)
{
	const struct statements *s = f->statements;
	struct spans said = touched(f);
	uint32_t reached = 0; /* the furthest byte that a span before here touches */

	for (size_t i = 0, k = 0; i < s->n; i++) {
		struct span at = s->v[i].at;

		for (; k < said.n && said.v[k].begin < at.end; k++)
			if (said.v[k].end > reached)
				reached = said.v[k].end;
		if (reached <= at.begin && is_sentence(f->text->v, at))
			claim_of_author(f, &s->v[i]);
	}
}

/* ------------------------------------------------------------------------ the door */

/* There are never more lexemes than bytes. */
static size_t
lexemes_of_any(const struct statements *s, const struct extraction *x)
{
	size_t most = 0;

	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].at.end - s->v[i].at.begin > most)
			most = s->v[i].at.end - s->v[i].at.begin;
	for (size_t i = 0; i < x->n; i++) {
		size_t bytes = prose_bytes(&x->v[i].content);

		most = bytes > most ? bytes : most;
	}
	return most < PROSE_MOST ? most : PROSE_MOST;
}

static int
by_place(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	uint32_t p = x->at.v[0].begin, q = y->at.v[0].begin;

	return p != q ? (p > q) - (p < q)
	              : (x->attribution > y->attribution) -
	                    (x->attribution < y->attribution);
}

void
claim_find(struct arena *a, const struct text *text, const struct statements *s,
           const char *published, struct extraction *x)
{
	struct finder f = { .arena = a, .text = text, .statements = s, .x = x };

	x->n_claims = 0;
	x->claims = NULL;
	f.wording = wording_new(a, text->v, x);
	f.room = lexemes_of_any(s, x);
	f.lexeme = arena_raw(a, f.room * sizeof *f.lexeme);
	if (published != NULL && date_read(published, &f.day))
		f.published = &f.day;
	for (size_t i = 0; i < x->n; i++)
		claim_of_content(&f, i);
	claims_of_author(&f);
	if (x->n_claims > 0)
		qsort(x->claims, x->n_claims, sizeof *x->claims, by_place);
}
