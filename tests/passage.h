#ifndef PASSAGE_H
#define PASSAGE_H

/*
 * For tests of what reads words: a paragraph's words, cut by the real
 * tokenizer with a vocabulary of no pieces, so that every word is one.
 */
#include <check.h>
#include <string.h>

#include "worker/engine/token.h"
#include "worker/engine/window.h"

static inline struct tokens *
passage_words(struct arena *a, const char *text, struct paragraph *ret)
{
	struct vocabulary *v;
	struct tokens *t = tokens_new(a, strlen(text) + 1);

	ck_assert_int_eq(vocabulary_open("[UNK]\n", 6, &v), OK);
	token_run(v, text, (struct span){ 0, (uint32_t)strlen(text) }, t);
	vocabulary_close(v);
	*ret = (struct paragraph){ 0, t->n_words };
	return t;
}

#endif
