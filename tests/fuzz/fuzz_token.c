/*
 * Any text through what reads words without the network: paragraphs, pieces,
 * quotation marks, sentences, windows, links. Mentions come from the text, too.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"
#include "worker/engine/attribute.h"
#include "worker/engine/letter.h"
#include "worker/engine/sentence.h"
#include "worker/engine/text.h"
#include "worker/engine/token.h"
#include "worker/engine/window.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct input {
	const struct vocabulary *vocabulary;
	struct arena *a;
	const char *v;
	size_t n;
};

static bool
on_boundary(const struct input *in, size_t at)
{
	return at == in->n || ((uint8_t)in->v[at] & 0xc0) != 0x80;
}

static void
check_tokens(const struct input *in, const struct tokens *t, struct span where)
{
	for (size_t i = 0; i < t->n; i++) {
		assert(where.begin <= t->at[i].begin && t->at[i].begin < t->at[i].end);
		assert(t->at[i].end <= where.end);
		assert(on_boundary(in, t->at[i].begin) && on_boundary(in, t->at[i].end));
		assert(i == 0 || t->at[i].begin >= t->at[i - 1].begin);
	}
	for (size_t w = 0; w < t->n_words; w++) {
		assert(t->word[w].piece < word_end(t, w) && t->word[w].how <= WORD_DIGIT);
		assert(t->at[t->word[w].piece].begin == t->word[w].at.begin);
		assert(t->at[word_end(t, w) - 1].end == t->word[w].at.end);
	}
}

static void
check_windows(struct input *in, const struct tokens *t)
{
	struct layout layout = { 320, 101, 1, 102 };
	struct paragraph p = { 0, t->n_words };
	struct packer *packer = packer_new(in->a, &layout, t, &p, t->n_words > 0);
	struct window w;
	size_t kept = 0;

	while (packer_next(packer, &w)) {
		assert(w.n <= layout.max);
		for (size_t i = 0; i < w.n_parts; i++) {
			assert(w.part[i].keep == kept);
			kept = w.part[i].keep_end;
		}
	}
	assert(kept == t->n_words);
}

/* A word that begins with s, c or x is a source, a cue or a content. */
static size_t
invent_mentions(const struct input *in, const struct tokens *t, struct mention *v)
{
	size_t n = 0;

	for (size_t w = 0; w < t->n_words; w++) {
		const char *role = memchr("scx", in->v[t->word[w].at.begin], 3);

		if (role != NULL)
			v[n++] =
			    (struct mention){ (enum role)(strlen("scx") - strlen(role)),
				              w, w + 1, 0.5f };
	}
	return n;
}

static void
check_spans(const struct input *in, const struct spans *list)
{
	for (size_t i = 0; i < list->n; i++) {
		assert(list->v[i].begin < list->v[i].end && list->v[i].end <= in->n);
		assert(i == 0 || list->v[i - 1].end <= list->v[i].begin);
		assert(on_boundary(in, list->v[i].begin) &&
		       on_boundary(in, list->v[i].end));
	}
}

static void
check_links(struct input *in, const struct tokens *t)
{
	struct passage p = { .text = in->v, .tokens = t, .words = { 0, t->n_words } };
	struct mention *v = arena_raw(in->a, t->n_words * sizeof *v);
	struct attribution *x;
	size_t n;

	p.quotes = quote_find(in->a, in->v, t, p.words);
	p.sentence = sentence_number(in->a, in->v, t, p.words, &p.quotes);
	p.mentions = invent_mentions(in, t, v);
	p.mention = v;
	x = attribute(in->a, &p, &n);
	for (size_t i = 0; i < n; i++) {
		assert(x[i].cue.n <= 1 && x[i].cue.n + x[i].content.n > 0);
		check_spans(in, &x[i].source);
		check_spans(in, &x[i].cue);
		check_spans(in, &x[i].content);
	}
}

static enum err
run(void *arg)
{
	struct input *in = arg;
	struct text text;
	struct span where;
	size_t at = 0, before = 0;
	enum err e = text_open(in->v, in->n, &text);

	if (e != OK)
		return e;
	for (; text_paragraph(&text, &at, &where); before = at) {
		struct tokens *t = tokens_new(in->a, where.end - where.begin);

		assert(before <= where.begin && where.begin < where.end &&
		       where.end <= at);
		token_run(in->vocabulary, in->v, where, t);
		check_tokens(in, t, where);
		check_windows(in, t);
		check_links(in, t);
	}
	assert(at == in->n);
	return OK;
}

static struct vocabulary *
open_vocabulary(void)
{
	const char *folder = getenv("HEARSAY_MODEL");
	struct vocabulary *v;
	char path[4096], *text = malloc(1 << 20);
	FILE *f;
	size_t n;

	snprintf(path, sizeof path, "%s/vocab.txt", folder != NULL ? folder : "model");
	f = fopen(path, "rb");
	assert(f != NULL && text != NULL);
	n = fread(text, 1, 1 << 20, f);
	fclose(f);
	if (vocabulary_open(text, n, &v) != OK)
		abort();
	free(text);
	return v;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct vocabulary *vocabulary;
	static struct arena *a;

	if (vocabulary == NULL)
		vocabulary = open_vocabulary();
	if (a == NULL && (a = arena_new(256 << 20)) == NULL)
		return 0;
	struct input in = { vocabulary, a, (const char *)data, len };
	enum err e = arena_run(a, run, &in);

	assert(e == OK || (e == ERR_BAD_INPUT && utf8_valid(in.v, len) < len));
	arena_reset(a);
	return 0;
}
