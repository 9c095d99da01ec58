#ifndef TOKEN_H
#define TOKEN_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "err.h"
#include "span.h"

/*
 * WordPiece: text in, piece ids and where each stands.  Word for word, id for
 * id and byte for byte what the reference tokenizer of the vocabulary gives
 * (Hugging Face tokenizers, BERT uncased), special pieces aside: "[SEP]" in an
 * article is six letters and two marks.
 *
 * A vocabulary is read-only once open, and shared by all threads.
 */
struct vocabulary;

/* The text is a piece a line, as model_vocabulary gives it; not kept. */
MUST_CHECK enum err vocabulary_open(const char *text, size_t n, struct vocabulary **ret);
void vocabulary_close(struct vocabulary *v); /* takes NULL */

/* The id of the line that is exactly this piece; ERR_BAD_INPUT when none is. */
MUST_CHECK enum err vocabulary_find(const struct vocabulary *v, const char *piece,
                                    int32_t *ret);

/* How a word is written, which its pieces have lost: ids of the model's case embedding.
 */
enum word_case { WORD_OTHER, WORD_LOWER, WORD_INITIAL, WORD_UPPER, WORD_DIGIT };

struct word {
	struct span at;
	uint32_t piece; /* the first of its pieces, at least one */
	uint8_t how;    /* enum word_case */
};

struct tokens {
	size_t n, n_words;
	int32_t *id;
	struct span *at; /* of each piece, bytes of the article */
	struct word *word;
};

/* Room for the tokens of this many bytes of text: never more than one piece a byte. */
struct tokens *tokens_new(struct arena *a, size_t bytes);

/* Add the words of v[where). */
void token_run(const struct vocabulary *vocabulary, const char *v, struct span where,
               struct tokens *t);

/* Behind the last piece of word w. */
static inline uint32_t
word_end(const struct tokens *t, size_t w)
{
	return w + 1 < t->n_words ? t->word[w + 1].piece : (uint32_t)t->n;
}

#endif
