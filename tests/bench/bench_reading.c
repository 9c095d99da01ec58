/*
 * For tests/bench/checkworthy and tests/bench/factuality: sentences on standard input,
 * one a line, and for each a line with what the rules and the network say of it.
 *
 *     bench_reading traits         what the rules of check-worthiness see in it
 *     bench_reading head           the byte of the verb it turns on, -1 for none
 *     bench_reading checkworthy    its worth by rule, and by the network
 *     bench_reading factuality     lines "BYTE TAB sentence": how sure the word at that
 *                                  byte is, by rule and by the network
 *
 * "-" stands for the network where the weights have no such head.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "utf8.h"
#include "worker/engine/certainty.h"
#include "worker/engine/encoder.h"
#include "worker/engine/heads.h"
#include "worker/engine/model.h"
#include "worker/engine/reading.h"
#include "worker/engine/worth.h"

enum { ARENA = 1 << 26 };

struct bench {
	struct arena *arena;
	struct model *model;
	struct vocabulary *vocabulary;
	struct encoder *encoder;
	struct encoder_scratch *lane;
	struct heads *heads;
	struct reader *reader;
	struct reader_scratch *scratch;
	struct layout layout;
};

struct line {
	struct bench *bench;
	const char *mode, *text;
	uint32_t n, at;
};

static void
open_bench(struct bench *b)
{
	const char *words;
	size_t n;

	assert((b->arena = arena_new(ARENA)) != NULL);
	must(model_open(NULL, &b->model));
	words = model_vocabulary(b->model, &n);
	must(vocabulary_open(words, n, &b->vocabulary));
	must(encoder_open(b->model, &b->encoder));
	must(encoder_scratch_open(b->encoder, &b->lane));
	must(heads_open(b->model, encoder_width(b->encoder), &b->heads));
	must(reader_open(b->model, b->vocabulary, encoder_width(b->encoder), &b->reader));
	must(reader_scratch_open(b->reader, &b->scratch));
	b->layout.max = encoder_max_pieces(b->encoder);
	must(vocabulary_find(b->vocabulary, "[CLS]", &b->layout.begin));
	must(vocabulary_find(b->vocabulary, "[unused1]", &b->layout.gap));
	must(vocabulary_find(b->vocabulary, "[SEP]", &b->layout.end));
}

static void
close_bench(struct bench *b)
{
	reader_scratch_close(b->scratch);
	reader_close(b->reader);
	heads_close(b->heads);
	encoder_scratch_close(b->lane);
	encoder_close(b->encoder);
	vocabulary_close(b->vocabulary);
	model_close(b->model);
	arena_free(b->arena);
}

static void
score_words(const struct bench *b, const struct tokens *t, const struct window *w,
            const float *hidden, float (*score)[LABELS])
{
	size_t width = encoder_width(b->encoder);

	for (size_t i = 0; i < w->n_parts; i++)
		for (size_t k = w->part[i].word; k < w->part[i].end; k++) {
			size_t row = w->part[i].at + t->word[k].piece -
			             t->word[w->part[i].word].piece;

			heads_score(b->heads, hidden + row * width, score[k]);
		}
}

/* The sentence through the network; NULL when it has no word. */
static struct reading *
read_line(const struct line *l, struct tokens *t)
{
	struct bench *b = l->bench;
	struct paragraph all = { 0, 0 };
	struct packer *packer;
	struct window w;
	struct reading *r;
	const float *hidden;
	float(*score)[LABELS];

	token_run(b->vocabulary, l->text, (struct span){ 0, l->n }, t);
	if ((all.end = t->n_words) == 0)
		return NULL;
	r = reading_new(b->arena, b->reader, b->scratch, t);
	score = arena_alloc(b->arena, t->n_words * sizeof *score);
	packer = packer_new(b->arena, &b->layout, t, &all, 1);
	while (packer_next(packer, &w)) {
		must(encoder_run(b->encoder, b->lane, w.id, w.how, w.n, &hidden));
		score_words(b, t, &w, hidden, score);
		must(reading_window(r, &w, hidden, (const float(*)[LABELS])score));
	}
	return r;
}

static void
print_traits(const struct prose *p)
{
	float t[WORTH_TRAITS];

	worth_traits(p, t);
	for (size_t i = 0; i < WORTH_TRAITS; i++)
		printf("%s%g", i > 0 ? " " : "", (double)t[i]);
	printf("\n");
}

static void
print_worth(const struct line *l, const struct prose *p)
{
	struct tokens *t = tokens_new(l->bench->arena, l->n + 1);
	struct reading *r = read_line(l, t);

	printf("%.6f ", (double)worth_of(p));
	if (r == NULL || !reading_has(r, HEAD_CHECKWORTHY))
		printf("-\n");
	else
		printf("%.6f\n", (double)reading_checkworthy(
		                     r, (struct paragraph){ 0, t->n_words }));
}

static size_t
lexeme_at(const struct prose *p, uint32_t byte)
{
	size_t i = 0;

	while (i + 1 < p->n && p->v[i].at.end <= byte)
		i++;
	return i;
}

static size_t
word_at(const struct tokens *t, uint32_t byte)
{
	size_t i = 0;

	while (i + 1 < t->n_words && t->word[i].at.end <= byte)
		i++;
	return i;
}

static void
print_fact(const struct line *l, const struct prose *p)
{
	struct tokens *t = tokens_new(l->bench->arena, l->n + 1);
	struct reading *r = read_line(l, t);

	printf("%.3f ", (double)(p->n > 0 ? certainty_at(p, lexeme_at(p, l->at)) : 0));
	if (r == NULL || !reading_has(r, HEAD_FACTUALITY))
		printf("-\n");
	else
		printf("%.3f\n", (double)reading_factuality(r, word_at(t, l->at)));
}

static void
print_head(const struct line *l, const struct prose *p)
{
	size_t i = certainty_head(p);

	printf("%d\n", i < p->n ? (int)p->v[i].at.begin : -1);
	(void)l;
}

static enum err
print(void *arg)
{
	const struct line *l = arg;
	struct span at = { 0, l->n };
	struct prose p = prose_read(l->bench->arena, l->text, &(struct spans){ 1, &at });

	if (strcmp(l->mode, "head") == 0)
		print_head(l, &p);
	else if (strcmp(l->mode, "traits") == 0)
		print_traits(&p);
	else if (strcmp(l->mode, "checkworthy") == 0)
		print_worth(l, &p);
	else
		print_fact(l, &p);
	return OK;
}

/* "BYTE TAB sentence", of mode factuality. */
static void
take_place(struct line *l)
{
	char *tab;

	if (strcmp(l->mode, "factuality") != 0)
		return;
	l->at = (uint32_t)strtoul(l->text, &tab, 10);
	l->n -= (uint32_t)(tab + 1 - l->text);
	l->text = tab + 1;
}

int
main(int argc, char **argv)
{
	struct bench b = { 0 };
	char *text = NULL;
	size_t room = 0;
	ssize_t n;

	assert(argc == 2);
	open_bench(&b);
	while ((n = getline(&text, &room, stdin)) > 0) {
		struct line l = { &b, argv[1], text, (uint32_t)n - 1, 0 };

		take_place(&l);
		l.n = (uint32_t)utf8_valid(l.text, l.n);
		must(arena_run(b.arena, print, &l));
		arena_reset(b.arena);
	}
	free(text);
	close_bench(&b);
	return 0;
}
