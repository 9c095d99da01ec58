#ifndef ENGINE_H
#define ENGINE_H

#include "arena.h"
#include "err.h"
#include "extraction.h"

/*
 * The one door to the engine: text in, attributions out.  Pure: no network, no
 * clock, no global; the same text gives the same extraction, on any thread.
 *
 * An engine holds the weights, mapped and packed once, and is read-only after
 * engine_open: any number of threads share it.  A scratch is one thread's
 * working memory; after the first articles nothing more is allocated.
 */
struct engine;
struct scratch;

/*
 * path names the weights (a .safetensors file with vocab.txt beside it), or is
 * NULL for the standard places: $HEARSAY_MODEL, the folder model/ of a build
 * tree, the installed one.  ERR_NOT_FOUND, ERR_BAD_INPUT with err_text.
 */
MUST_CHECK enum err engine_open(const char *path, struct engine **ret);
void engine_close(struct engine *e); /* takes NULL; after every scratch is closed */

/* As results carry it: "hearsay-probe-1".  Lives as long as the engine. */
const char *engine_model(const struct engine *e);

MUST_CHECK enum err engine_scratch_open(const struct engine *e, struct scratch **ret);
void engine_scratch_close(struct scratch *s); /* takes NULL */

/* What is read; all of it is borrowed. */
struct engine_article {
	const char *text;
	size_t n;
	/*
	 * When it came out: a date in ISO 8601, with a time or without, from which "on
	 * Tuesday" is counted.  NULL, "" or what begins with no such date: not known, and
	 * times that hang on it are left out.
	 */
	const char *published;
};

/*
 * Who said what in an article.  Call inside arena_run; the extraction lives in
 * the arena.  ERR_BAD_INPUT with the offset for what is not UTF-8, ERR_EMPTY
 * for text without a word in it, ERR_TOO_BIG over ARTICLE_MAX or the arena.
 * Time grows in proportion to n.
 */
MUST_CHECK enum err engine_extract(const struct engine *e, struct scratch *s,
                                   struct arena *a, const struct engine_article *article,
                                   struct extraction *ret);

#endif
