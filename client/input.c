/*
 * Articles from files, folders and streams.
 *
 * Three loops in one: the words of the command line; under a word that is a folder,
 * its walk; in a file of lines, its lines.  Whatever goes wrong concerns the innermost
 * of them, is said with its name, and the next call goes on behind it.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "body.h"
#include "input.h"
#include "stream.h"
#include "utf8.h"

struct input {
	char *const *words;
	enum input_format format;
	FTS *walk;             /* of the folder we are in */
	const char *folder;    /* its name, a word */
	size_t found;          /* files of ours in it */
	struct stream *stream; /* of the lines we are in */
	bool json;             /* ... which are JSON */
	char *path, *stem;     /* of the file we are in, and its name without ending */
	uint64_t done;         /* bytes of files left behind */
};

static enum err
no_memory(void)
{
	return err_set(ERR_NOMEM, "out of memory");
}

enum err
input_format_named(const char *name, enum input_format *ret)
{
	static const char *const names[] = { "auto", "text", "jsonl", "lines" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(name, names[i]) == 0) {
			*ret = (enum input_format)i;
			return OK;
		}
	return err_set(ERR_USAGE, "format %s: wants auto, text, jsonl or lines", name);
}

/* --------------------------------------------------------------------- items */

/* An item with what it owns behind it: the parsed line, or a copy of the text. */
struct owned {
	struct item item;
	json_t *json;
	char *text, *origin, *name;
};

void
item_free(struct item *it)
{
	struct owned *o = (struct owned *)it; /* the item is its first field */

	if (o == NULL)
		return;
	json_decref(o->json);
	free(o->text);
	free(o->origin);
	free(o->name);
	free(o);
}

static struct owned *
new_item(void)
{
	struct owned *o = calloc(1, sizeof *o);

	if (o != NULL)
		o->item = (struct item){ .id = "",
			                 .key = "",
			                 .url = "",
			                 .title = "",
			                 .language = "",
			                 .published = "",
			                 .text = "",
			                 .origin = "" };
	return o;
}

static const char *
name_of(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

/* The file's name without its folders and its ending. */
static char *
stem_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL ? path : slash + 1;
	const char *dot = strrchr(name, '.');

	if (strcmp(path, "-") == 0)
		return strdup("stdin");
	return dot == NULL || dot == name ? strdup(name)
	                                  : strndup(name, (size_t)(dot - name));
}

/* --------------------------------------------------------- what no article is */

static size_t
first_word(const char *text, size_t n)
{
	size_t at = 0;

	while (at < n && strchr(" \t\r\n\f\v", text[at]) != NULL && text[at] != '\0')
		at++;
	return at;
}

static enum err
too_big(const char *origin, const char *is, unsigned long long size)
{
	return err_set(
	    ERR_TOO_BIG,
	    "%s: has %s%llu bytes, and an article at most %d: split it, or say "
	    "--format lines if each line is an article",
	    origin, is, size, ARTICLE_MAX);
}

static enum err
not_utf8(const char *origin, const char *text, size_t n, uint64_t at, uint64_t base)
{
	bool utf16 = n >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 ||
	                        memcmp(text, "\xfe\xff", 2) == 0);

	return err_set(
	    ERR_BAD_INPUT,
	    "%s: not UTF-8 at byte %llu (0x%02x): convert it first, for example "
	    "with iconv -f %s -t UTF-8",
	    origin, (unsigned long long)base + at, (unsigned char)text[at],
	    utf16 ? "UTF-16" : "WINDOWS-1252");
}

static enum err
check_text(const char *origin, const char *text, size_t n, uint64_t base)
{
	size_t bad;

	if (n == 0)
		return err_set(ERR_EMPTY, "%s: is empty: there is nothing to read in it",
		               origin);
	if (n > ARTICLE_MAX)
		return too_big(origin, "", n);
	if ((bad = utf8_valid(text, n)) < n)
		return not_utf8(origin, text, n, bad, base);
	if (first_word(text, n) == n)
		return err_set(ERR_EMPTY, "%s: is empty but for white space", origin);
	return OK;
}

/* ---------------------------------------------------------------- JSON Lines */

static enum err
bad_line(const char *origin, const char *what)
{
	return err_set(ERR_BAD_INPUT, "%s: %s", origin, what);
}

/* A text field; absent or null is left as it is. */
static enum err
text_field(const char *origin, const json_t *object, const char *field, const char **ret)
{
	const json_t *v = json_object_get(object, field);

	if (v == NULL || json_is_null(v))
		return OK;
	if (!json_is_string(v))
		return err_set(ERR_BAD_INPUT, "%s: \"%s\" is not a text", origin, field);
	if (strlen(json_string_value(v)) != json_string_length(v))
		return err_set(ERR_BAD_INPUT, "%s: \"%s\" has a zero byte in it", origin,
		               field);
	*ret = json_string_value(v);
	return OK;
}

/* An id or a key may be written as a number; it becomes a text in the object. */
static enum err
name_field(const char *origin, json_t *object, const char *field, const char **ret)
{
	const json_t *v = json_object_get(object, field);
	char digits[32];

	if (json_is_integer(v)) {
		snprintf(digits, sizeof digits, "%lld", (long long)json_integer_value(v));
		if (json_object_set_new(object, field, json_string(digits)) != 0)
			return no_memory();
	}
	return text_field(origin, object, field, ret);
}

static enum err
names_from(struct owned *o, const char *standard)
{
	const char *origin = o->origin;
	struct item *it = &o->item;
	enum err e;

	if ((e = name_field(origin, o->json, "id", &it->id)) != OK ||
	    (e = name_field(origin, o->json, "key", &it->key)) != OK)
		return e;
	if (*it->id == '\0')
		it->id = *it->key != '\0' ? it->key : standard;
	if (*it->key == '\0')
		it->key = it->id;
	return OK;
}

/* "priority": 5 or "5", "delay": "10m", ... */
static enum err
terms_from(struct owned *o)
{
	char why[200];
	enum err e = OK;

	for (int i = 0; terms_names[i] != NULL && e == OK; i++) {
		const char *name = terms_names[i], *words = "";

		if ((e = name_field(o->origin, o->json, name, &words)) != OK)
			return e;
		if (*words != '\0' &&
		    (e = terms_set(&o->item.terms, name, words)) != OK) {
			snprintf(why, sizeof why, "\"%s\": %.150s", name, err_text());
			return bad_line(o->origin, why);
		}
	}
	return OK;
}

static enum err
fields_from(struct owned *o, const char *standard)
{
	struct item *it = &o->item;
	const json_t *text = json_object_get(o->json, "text");
	enum err e;

	if (!json_is_object(o->json))
		return bad_line(o->origin, "not a JSON object");
	if (!json_is_string(text))
		return bad_line(o->origin, "has no \"text\", or one that is not a text");
	it->text = json_string_value(text);
	it->size = json_string_length(text);
	if ((e = names_from(o, standard)) != OK ||
	    (e = text_field(o->origin, o->json, "url", &it->url)) != OK ||
	    (e = text_field(o->origin, o->json, "title", &it->title)) != OK ||
	    (e = text_field(o->origin, o->json, "language", &it->language)) != OK ||
	    (e = text_field(o->origin, o->json, "published", &it->published)) != OK ||
	    (e = text_field(o->origin, o->json, "tenant", &it->tenant)) != OK ||
	    (e = terms_from(o)) != OK)
		return e;
	return check_text(o->origin, it->text, it->size, 0);
}

static enum err
json_item(const struct input *in, const char *line, size_t n, struct owned *o)
{
	json_error_t why;
	size_t bad = utf8_valid(line, n);

	if (bad < n)
		return not_utf8(o->origin, line, n, bad, stream_line_offset(in->stream));
	o->json = json_loadb(line, n, JSON_ALLOW_NUL, &why);
	if (o->json == NULL)
		return err_set(ERR_BAD_INPUT,
		               "%s: not JSON: %.200s at byte %d of the line", o->origin,
		               why.text, why.position);
	return fields_from(o, o->name);
}

/* --------------------------------------------------------------------- lines */

static enum err
line_item(const struct input *in, const char *line, size_t n, struct owned *o)
{
	enum err e;

	if (n > 0 && line[n - 1] == '\r')
		n--;
	if ((e = check_text(o->origin, line, n, stream_line_offset(in->stream))) != OK)
		return e;
	if ((o->text = malloc(n + 1)) == NULL)
		return no_memory();
	memcpy(o->text, line, n);
	o->text[n] = '\0';
	o->item.text = o->text;
	o->item.size = n;
	o->item.id = o->item.key = o->name;
	return OK;
}

static void
leave_file(struct input *in)
{
	if (in->stream != NULL)
		in->done += stream_done(in->stream);
	stream_close(in->stream);
	free(in->path);
	free(in->stem);
	in->stream = NULL;
	in->path = in->stem = NULL;
}

static enum err
line_failed(struct input *in, enum err e)
{
	char why[256];
	size_t line = stream_line_number(in->stream);

	snprintf(why, sizeof why, "%s", err_text());
	if (e == ERR_TOO_BIG)
		return err_set(e, "%s, line %zu: %s: split it", name_of(in->path), line,
		               why);
	(void)err_set(e, "%s: cannot be read: %s", name_of(in->path), why);
	leave_file(in);
	return e;
}

static enum err
make_line_item(struct input *in, const char *line, size_t n, struct item **ret)
{
	size_t number = stream_line_number(in->stream);
	struct owned *o = new_item();
	enum err e;

	if (o == NULL || asprintf(&o->name, "%s-%zu", in->stem, number) < 0 ||
	    asprintf(&o->origin, "%s, line %zu", name_of(in->path), number) < 0) {
		item_free(&o->item);
		return no_memory();
	}
	o->item.origin = o->origin;
	e = in->json ? json_item(in, line, n, o) : line_item(in, line, n, o);
	if (e != OK)
		item_free(&o->item);
	else
		*ret = &o->item;
	return e;
}

/* The next article of the lines we are in; leaves them, with *ret NULL, at their end. */
static enum err
next_line(struct input *in, struct item **ret)
{
	const char *line;
	size_t n;
	enum err e;

	do {
		e = stream_line(in->stream, in->json ? INPUT_LINE_MAX : ARTICLE_MAX + 1,
		                &line, &n);
		if (e != OK)
			return line_failed(in, e);
	} while (line != NULL && first_word(line, n) == n);
	if (line != NULL)
		return make_line_item(in, line, n, ret);
	leave_file(in);
	*ret = NULL;
	return OK;
}

/* --------------------------------------------------------------------- files */

static enum err
text_item(struct input *in, struct item **ret)
{
	const char *text, *origin = name_of(in->path);
	struct owned *o;
	size_t n;
	enum err e = stream_all(in->stream, ARTICLE_MAX, &text, &n);

	if (e == ERR_TOO_BIG)
		return too_big(origin, "more than ", ARTICLE_MAX);
	if (e != OK)
		return err_set(e, "%s: cannot be read: %s", origin, strerror(errno));
	if ((e = check_text(origin, text, n, 0)) != OK)
		return e;
	if ((o = new_item()) == NULL || (o->text = malloc(n + 1)) == NULL ||
	    (o->name = strdup(in->stem)) == NULL ||
	    (o->origin = strdup(origin)) == NULL) {
		item_free(o == NULL ? NULL : &o->item);
		return no_memory();
	}
	memcpy(o->text, text, n);
	o->text[n] = '\0';
	o->item.id = o->item.key = o->name;
	o->item.text = o->text;
	o->item.size = n;
	o->item.origin = o->origin;
	*ret = &o->item;
	return OK;
}

static bool
ends_in(const char *path, const char *const *endings)
{
	const char *dot = strrchr(path, '.');

	for (; dot != NULL && *endings != NULL; endings++)
		if (strcasecmp(dot, *endings) == 0)
			return true;
	return false;
}

static bool
is_jsonl(const char *path)
{
	static const char *const endings[] = { ".jsonl", ".ndjson", NULL };

	return ends_in(path, endings);
}

static bool
is_ours(const char *path)
{
	static const char *const endings[] = { ".txt", ".text", ".md", NULL };

	return is_jsonl(path) || ends_in(path, endings);
}

/* Is the first line an object with a text in it?  Then, say we, all of them are. */
static enum err
looks_like_json(struct stream *s, bool *ret)
{
	const char *line;
	size_t n;
	json_t *v = NULL;
	enum err e = stream_peek(s, INPUT_LINE_MAX, &line, &n);

	if (e != OK)
		return e;
	if (line != NULL && first_word(line, n) < n && line[first_word(line, n)] == '{')
		v = json_loadb(line, n, JSON_ALLOW_NUL, NULL);
	*ret = json_is_string(json_object_get(v, "text"));
	json_decref(v);
	return OK;
}

static enum err
format_of(struct input *in, enum input_format *ret)
{
	bool json = is_jsonl(in->path);
	enum err e;

	*ret = in->format;
	if (in->format != INPUT_AUTO)
		return OK;
	if (strcmp(in->path, "-") == 0 && (e = looks_like_json(in->stream, &json)) != OK)
		return err_set(e, "standard input: cannot be read: %s", strerror(errno));
	*ret = json ? INPUT_JSONL : INPUT_TEXT;
	return OK;
}

static enum err
cannot_open(const char *path)
{
	if (errno == ENOENT || errno == ENOTDIR)
		return err_set(ERR_NOT_FOUND, "%s: there is no such file: check the name",
		               path);
	return err_set(ERR_IO, "%s: cannot be read: %s", path, strerror(errno));
}

/* A text that is too big is refused by its size, before it is read. */
static enum err
check_size(const struct input *in, int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return cannot_open(in->path);
	if (S_ISREG(st.st_mode) && st.st_size > ARTICLE_MAX &&
	    in->format != INPUT_LINES && in->format != INPUT_JSONL && !is_jsonl(in->path))
		return too_big(in->path, "", (unsigned long long)st.st_size);
	return OK;
}

static enum err
open_stream(struct input *in)
{
	bool standard;
	int fd;
	enum err e;

	assert(in->path != NULL);
	standard = strcmp(in->path, "-") == 0;
	fd = standard ? dup(STDIN_FILENO) : open(in->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return cannot_open(name_of(in->path));
	if (!standard && (e = check_size(in, fd)) != OK) {
		close(fd);
		return e;
	}
	return stream_open(fd, &in->stream);
}

static enum err
enter_file(struct input *in, const char *path, struct item **ret)
{
	enum input_format format;
	enum err e = OK;

	*ret = NULL;
	in->path = strdup(path);
	in->stem = stem_of(path);
	if (in->path == NULL || in->stem == NULL)
		e = no_memory();
	if (e == OK && (e = open_stream(in)) == OK &&
	    (e = format_of(in, &format)) == OK) {
		in->json = format == INPUT_JSONL;
		if (format != INPUT_TEXT)
			return OK;
		e = text_item(in, ret);
	}
	leave_file(in);
	return e;
}

/* ------------------------------------------------------------------- folders */

static int
by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static FTS *
open_walk(const char *path)
{
	char *const paths[] = { (char *)path, NULL };

	return fts_open(paths, FTS_LOGICAL | FTS_NOCHDIR, by_name);
}

/* The next file of ours in the folder; hidden ones, and folders, are passed by. */
static const FTSENT *
next_file(FTS *walk)
{
	FTSENT *f;

	while ((f = fts_read(walk)) != NULL) {
		bool hidden = f->fts_level > 0 && f->fts_name[0] == '.';

		if (hidden && f->fts_info == FTS_D)
			fts_set(walk, f, FTS_SKIP);
		if (f->fts_info == FTS_DNR || f->fts_info == FTS_ERR ||
		    f->fts_info == FTS_NS)
			return f;
		if (f->fts_info == FTS_F && !hidden && is_ours(f->fts_name))
			return f;
	}
	return NULL;
}

static enum err
leave_folder(struct input *in)
{
	bool empty = in->found == 0;

	fts_close(in->walk);
	in->walk = NULL;
	if (!empty)
		return OK;
	return err_set(ERR_NO_ARTICLES,
	               "%s: a folder without articles: put files named *.txt, *.md or "
	               "*.jsonl into it, or name the files",
	               in->folder);
}

static enum err
walk_on(struct input *in, struct item **ret)
{
	const FTSENT *f = next_file(in->walk);

	*ret = NULL;
	if (f == NULL)
		return leave_folder(in);
	in->found++;
	if (f->fts_info == FTS_F)
		return enter_file(in, f->fts_path, ret);
	return err_set(ERR_IO, "%s: cannot be read: %s", f->fts_path,
	               strerror(f->fts_errno));
}

static enum err
enter_word(struct input *in, const char *word, struct item **ret)
{
	struct stat st;

	*ret = NULL;
	if (strcmp(word, "-") == 0 || stat(word, &st) != 0 || !S_ISDIR(st.st_mode))
		return enter_file(in, word, ret);
	in->folder = word;
	in->found = 0;
	if ((in->walk = open_walk(word)) == NULL)
		return cannot_open(word);
	return OK;
}

/* ------------------------------------------------------------------ the door */

enum err
input_open(char *const *words, enum input_format format, struct input **ret)
{
	struct input *in = calloc(1, sizeof *in);

	if (in == NULL)
		return no_memory();
	in->words = words;
	in->format = format;
	*ret = in;
	return OK;
}

void
input_close(struct input *in)
{
	if (in == NULL)
		return;
	leave_file(in);
	if (in->walk != NULL)
		fts_close(in->walk);
	free(in);
}

enum err
input_next(struct input *in, struct item **ret)
{
	struct item *it = NULL;
	enum err e = OK;

	while (e == OK && it == NULL) {
		if (in->stream != NULL)
			e = next_line(in, &it);
		else if (in->walk != NULL)
			e = walk_on(in, &it);
		else if (*in->words != NULL)
			e = enter_word(in, *in->words++, &it);
		else
			break;
	}
	if (e == OK)
		*ret = it;
	return e;
}

static uint64_t
size_of_folder(const char *path)
{
	FTS *walk = open_walk(path);
	const FTSENT *f;
	uint64_t total = 0;

	if (walk == NULL)
		return 0;
	while ((f = next_file(walk)) != NULL)
		if (f->fts_info == FTS_F)
			total += (uint64_t)f->fts_statp->st_size;
	fts_close(walk);
	return total;
}

uint64_t
input_total(char *const *words)
{
	uint64_t total = 0;
	struct stat st;

	for (; *words != NULL; words++) {
		if (strcmp(*words, "-") == 0)
			return 0;
		if (stat(*words, &st) != 0)
			continue;
		if (S_ISREG(st.st_mode))
			total += (uint64_t)st.st_size;
		else if (S_ISDIR(st.st_mode))
			total += size_of_folder(*words);
		else
			return 0;
	}
	return total;
}

uint64_t
input_done(const struct input *in)
{
	return in->done + (in->stream == NULL ? 0 : stream_done(in->stream));
}
