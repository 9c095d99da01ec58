#ifndef INPUT_H
#define INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "terms.h"

/*
 * Articles from wherever they lie: files, folders, standard input ("-"); a whole
 * file an article, a JSON object a line, or an article a line.  Read as they are
 * asked for: a file of lines is never in memory as a whole.
 *
 * In folders, at any depth, the files *.txt, *.text, *.md, *.jsonl and *.ndjson
 * count, in the order of their names; hidden ones do not.
 */
enum input_format {
	INPUT_AUTO,  /* by the file's ending; standard input by its first line */
	INPUT_TEXT,  /* the whole file is an article */
	INPUT_JSONL, /* {"text": ..., "id", "key", "url", "title", "language", ...} */
	INPUT_LINES, /* each line is an article */
};

/* "auto", "text", "jsonl", "lines"; ERR_USAGE for another word. */
MUST_CHECK enum err input_format_named(const char *name, enum input_format *ret);

/* Bytes of a line of JSON at most: an article in escapes, and its fields. */
enum { INPUT_LINE_MAX = 64 << 20 };

/*
 * One article, checked: not empty, valid UTF-8, at most ARTICLE_MAX bytes.  Texts
 * are never NULL.  Whoever got it frees it.
 */
struct item {
	const char *id, *key, *url, *title, *language, *published;
	const char *tenant; /* NULL unless the article names one */
	struct terms terms; /* those that it names */
	const char *text;
	size_t size;
	const char *origin; /* for messages: "news.jsonl, line 3" */
};
void item_free(struct item *it); /* takes NULL */

struct input;

/* words: paths and "-", NULL-terminated, none left out; kept, not copied. */
MUST_CHECK enum err input_open(char *const *words, enum input_format format,
                               struct input **ret);
void input_close(struct input *in); /* takes NULL */

/*
 * The next article, or NULL after the last.  An error concerns one file, folder or
 * line, which err_text names, and says what to do; the next call goes on behind it.
 */
MUST_CHECK enum err input_next(struct input *in, struct item **ret);

/* Bytes of all that is to come, as far as known beforehand; 0 if it is not. */
uint64_t input_total(char *const *words);

/* Bytes read so far. */
uint64_t input_done(const struct input *in);

#endif
