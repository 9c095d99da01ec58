/*
 * The steps from text to attributions, in order.
 *
 * An article is worked on stretch by stretch: some paragraphs, at most STRETCH
 * bytes of them.  All that is made for a stretch lives in the scratch's own
 * arena, `work`, and is gone before the next; only attributions are copied into
 * the caller's.  So memory is bounded by a stretch plus the results, however
 * long the article is.  What the caller's arena does when it is full (it leaves
 * arena_run) can only happen in keep(), outside the run on `work`.
 */
#include <stdlib.h>
#include <string.h>

#include "amend.h"
#include "attribute.h"
#include "body.h"
#include "claim.h"
#include "encoder.h"
#include "engine.h"
#include "heads.h"
#include "hint.h"
#include "model.h"
#include "reading.h"
#include "sentence.h"
#include "speaker.h"
#include "stance.h"
#include "text.h"
#include "token.h"
#include "turn.h"
#include "window.h"

enum { STRETCH = 64 << 10 };

/* More than a stretch can need, were each of its bytes a word: 1,300 bytes for each. */
enum { WORK = 128 << 20 };

struct engine {
	struct model *model;
	struct vocabulary *vocabulary;
	struct encoder *encoder;
	struct heads *heads;
	struct reader *reader;
	struct layout layout;
};

struct scratch {
	struct encoder_scratch *encoder;
	struct reader_scratch *reader;
	struct arena *work;
};

static enum err
read_layout(struct engine *e)
{
	enum err err;

	e->layout.max = encoder_max_pieces(e->encoder);
	if ((err = vocabulary_find(e->vocabulary, "[CLS]", &e->layout.begin)) != OK ||
	    (err = vocabulary_find(e->vocabulary, "[unused1]", &e->layout.gap)) != OK)
		return err;
	return vocabulary_find(e->vocabulary, "[SEP]", &e->layout.end);
}

enum err
engine_open(const char *path, struct engine **ret)
{
	struct engine *e = calloc(1, sizeof *e);
	const char *words;
	size_t n;
	enum err err;

	if (e == NULL)
		return err_set(ERR_NOMEM, "no memory for the engine");
	if ((err = model_open(path, &e->model)) != OK)
		goto fail;
	words = model_vocabulary(e->model, &n);
	if ((err = vocabulary_open(words, n, &e->vocabulary)) != OK ||
	    (err = encoder_open(e->model, &e->encoder)) != OK ||
	    (err = heads_open(e->model, encoder_width(e->encoder), &e->heads)) != OK ||
	    (err = reader_open(e->model, e->vocabulary, encoder_width(e->encoder),
	                       &e->reader)) != OK ||
	    (err = read_layout(e)) != OK)
		goto fail;
	*ret = e;
	return OK;
fail:
	engine_close(e);
	return err;
}

void
engine_close(struct engine *e)
{
	if (e == NULL)
		return;
	reader_close(e->reader);
	heads_close(e->heads);
	encoder_close(e->encoder);
	vocabulary_close(e->vocabulary);
	model_close(e->model);
	free(e);
}

const char *
engine_model(const struct engine *e)
{
	const char *name = model_meta(e->model, "name");

	return name != NULL ? name : "unnamed";
}

enum err
engine_scratch_open(const struct engine *e, struct scratch **ret)
{
	struct scratch *s = calloc(1, sizeof *s);
	enum err err = ERR_NOMEM;

	if (s == NULL || (s->work = arena_new(WORK)) == NULL) {
		err_set(ERR_NOMEM, "no memory for a thread of the engine");
		goto fail;
	}
	if ((err = encoder_scratch_open(e->encoder, &s->encoder)) != OK ||
	    (err = reader_scratch_open(e->reader, &s->reader)) != OK)
		goto fail;
	*ret = s;
	return OK;
fail:
	engine_scratch_close(s);
	return err;
}

void
engine_scratch_close(struct scratch *s)
{
	if (s == NULL)
		return;
	reader_scratch_close(s->reader);
	encoder_scratch_close(s->encoder);
	arena_free(s->work);
	free(s);
}

/* One stretch of an article: what is asked, and what comes out of each step. */
struct stretch {
	const struct engine *engine;
	struct scratch *scratch;
	const struct text *text;
	size_t *at; /* where the article has been read to */

	size_t n; /* paragraphs */
	struct paragraph *paragraph;
	bool transcript; /* its paragraphs are turns */
	struct tokens *tokens;
	float (*score)[LABELS];  /* of each word */
	struct reading *reading; /* what the other heads say of them */

	size_t found, room;
	struct attribution *attribution;
	struct statements statements;
	struct hints hints;
};

/* 1 and 2: paragraphs, and their words and pieces. */
static void
read_stretch(struct stretch *s)
{
	struct arena *work = s->scratch->work;
	size_t begin = *s->at, room = 0;
	struct span where;

	s->tokens = tokens_new(work, STRETCH + PARAGRAPH_MAX);
	while (*s->at - begin < STRETCH && text_paragraph(s->text, s->at, &where)) {
		struct paragraph p = { .word = s->tokens->n_words };

		token_run(s->engine->vocabulary, s->text->v, where, s->tokens);
		p.end = s->tokens->n_words;
		s->paragraph = arena_grow(work, s->paragraph, s->n, &room, sizeof p);
		s->paragraph[s->n++] = p;
	}
	s->transcript = turn_any(s->text->v, s->tokens, s->paragraph, s->n);
}

static void
score_words(const struct stretch *s, const struct window *w, const float *hidden)
{
	size_t width = encoder_width(s->engine->encoder);

	for (size_t i = 0; i < w->n_parts; i++) {
		const struct part *part = &w->part[i];
		const struct word *word = s->tokens->word;

		for (size_t k = part->keep; k < part->keep_end; k++) {
			size_t row = part->at + word[k].piece - word[part->word].piece;

			heads_score(s->engine->heads, hidden + row * width, s->score[k]);
		}
	}
}

/* 3 to 5: windows, the network, scores of each word's labels. */
static enum err
run_network(struct stretch *s)
{
	struct arena *work = s->scratch->work;
	const struct engine *e = s->engine;
	struct packer *packer =
	    packer_new(work, &e->layout, s->tokens, s->paragraph, s->n);
	struct window w;
	const float *hidden;
	enum err err;

	s->score = arena_raw(work, s->tokens->n_words * sizeof *s->score);
	s->reading = reading_new(work, e->reader, s->scratch->reader, s->tokens);
	while (packer_next(packer, &w)) {
		err = encoder_run(e->encoder, s->scratch->encoder, w.id, w.how, w.n,
		                  &hidden);
		if (err != OK)
			return err;
		score_words(s, &w, hidden);
		err = reading_window(s->reading, &w, hidden,
		                     (const float(*)[LABELS])s->score);
		if (err != OK)
			return err;
	}
	return OK;
}

/* 5 and 6: a paragraph's mentions, and the attributions they make. */
static void
attribute_paragraph(struct stretch *s, struct paragraph words)
{
	struct arena *work = s->scratch->work;
	struct passage p = { .text = s->text->v,
		             .tokens = s->tokens,
		             .words = words,
		             .reading = s->reading };
	struct attribution *v;
	size_t n;

	p.mention = heads_decode(s->engine->heads, work, (const float(*)[LABELS])s->score,
	                         words, &p.mentions);
	p.quotes = quote_find(work, p.text, p.tokens, words);
	p.sentence = sentence_number(work, p.text, p.tokens, words, &p.quotes);
	hints_add(work, &s->hints, p.text, s->tokens, s->reading, words);
	statements_add(work, &s->statements, s->tokens, s->reading, words, p.sentence);
	if (s->transcript)
		turn_take(work, &p);
	amend(work, &p);
	if (p.mentions == 0)
		return;
	v = attribute(work, &p, &n);
	for (size_t i = 0; i < n; i++) {
		s->attribution =
		    arena_grow(work, s->attribution, s->found, &s->room, sizeof *v);
		s->attribution[s->found++] = v[i];
	}
}

/* What the network knows of their certainty, until stances are judged. */
static void
learn_certainties(struct stretch *s)
{
	for (size_t i = 0; i < s->found; i++)
		s->attribution[i].certainty =
		    stance_learned(s->scratch->work, s->text->v, s->tokens, s->reading,
		                   &s->attribution[i]);
}

static enum err
run_stretch(void *arg)
{
	struct stretch *s = arg;
	enum err err;

	read_stretch(s);
	if ((err = run_network(s)) != OK)
		return err;
	for (size_t i = 0; i < s->n; i++)
		attribute_paragraph(s, s->paragraph[i]);
	learn_certainties(s);
	return OK;
}

static struct spans
copy_spans(struct arena *a, const struct spans *from)
{
	struct spans to = { .n = from->n };

	if (to.n > 0) {
		to.v = arena_raw(a, to.n * sizeof *to.v);
		memcpy(to.v, from->v, to.n * sizeof *to.v);
	}
	return to;
}

static void
keep_statements(struct arena *a, const struct stretch *s, struct statements *to)
{
	for (size_t i = 0; i < s->statements.n; i++) {
		to->v = arena_grow(a, to->v, to->n, &to->room, sizeof *to->v);
		to->v[to->n++] = s->statements.v[i];
	}
}

/* Out of the work arena, into the caller's. */
static void
keep(struct arena *a, const struct stretch *s, struct extraction *x, size_t *room)
{
	for (size_t i = 0; i < s->found; i++) {
		struct attribution *to;

		x->v = arena_grow(a, x->v, x->n, room, sizeof *x->v);
		to = &x->v[x->n++];
		*to = s->attribution[i];
		to->source = copy_spans(a, &s->attribution[i].source);
		to->cue = copy_spans(a, &s->attribution[i].cue);
		to->content = copy_spans(a, &s->attribution[i].content);
	}
}

/* 8: what each source does with its content. */
static void
judge_stances(struct arena *a, const struct text *text, struct extraction *x)
{
	for (size_t i = 0; i < x->n; i++) {
		struct attitude is =
		    stance_of(a, text->v, text->n, &x->v[i], x->v[i].certainty);

		x->v[i].stance = is.stance;
		x->v[i].certainty = is.certainty;
	}
}

enum err
engine_extract(const struct engine *e, struct scratch *s, struct arena *a,
               const struct engine_article *article, struct extraction *ret)
{
	struct extraction x = { .model = engine_model(e) };
	size_t at = 0, room = 0, words = 0, n = article->n;
	struct statements statements = { 0 };
	struct hints hints = { 0 };
	struct text text;
	enum err err;

	if (n > ARTICLE_MAX)
		return err_set(ERR_TOO_BIG, "the text has %zu bytes, %d are the most", n,
		               ARTICLE_MAX);
	if ((err = text_open(article->text, n, &text)) != OK)
		return err;
	while (at < n) {
		struct stretch stretch = {
			.engine = e, .scratch = s, .text = &text, .at = &at
		};

		arena_reset(s->work);
		if ((err = arena_run(s->work, run_stretch, &stretch)) != OK)
			return err;
		words += stretch.tokens->n_words;
		keep(a, &stretch, &x, &room);
		keep_statements(a, &stretch, &statements);
		hints_keep(a, &hints, &stretch.hints);
	}
	if (words == 0)
		return err_set(ERR_EMPTY, "there is no word in the text");
	speaker_find(a, &text, &hints, &x);
	judge_stances(a, &text, &x);
	claim_find(a, &text, &statements, article->published, &x);
	*ret = x;
	return OK;
}
