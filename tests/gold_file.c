/*
 * Reads tests/gold/: line by line, as its README.md says.  The words of a line are
 * looked up in the article at once, so that what is compared later are spans.
 */
#include "gold_file.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const gold_aspects[GOLD_ASPECTS] = { "all",     "source", "cue",
	                                         "content", "kind",   "speaker",
	                                         "title",   "stance", "in" };

struct reader {
	const char *path;
	int line;
	struct gold_article *article;
	struct gold_attribution *block; /* NULL between blocks */
};

static void __attribute__((noreturn, format(printf, 2, 3)))
fail(const struct reader *r, const char *why, ...)
{
	va_list args;

	fprintf(stderr, "%s:%d: ", r->path, r->line);
	va_start(args, why);
	vfprintf(stderr, why, args);
	va_end(args);
	fputc('\n', stderr);
	exit(EXIT_FAILURE);
}

/* Or else the sentence, and the end. */
#define need(r, fact, ...) ((fact) ? (void)0 : fail((r), __VA_ARGS__))

static bool
apart(const char *a, const char *b)
{
	return !isalnum((unsigned char)*a) || !isalnum((unsigned char)*b);
}

bool
gold_is_place(const char *text, const char *at, size_t n)
{
	return (at == text || apart(at - 1, at)) && apart(at + n - 1, at + n);
}

/* The nth place where words stand in a text as words of their own. */
static const char *
place(const char *text, const char *words, int nth)
{
	size_t n = strlen(words);

	for (const char *at = text; (at = strstr(at, words)) != NULL; at++)
		if (gold_is_place(text, at, n) && --nth == 0)
			return at;
	return NULL;
}

/* "the mayor #2": takes the number off. */
static int
take_number(char *value)
{
	char *mark = strrchr(value, '#');
	int nth;

	if (mark == NULL || mark == value || mark[-1] != ' ' ||
	    sscanf(mark, "#%d", &nth) != 1)
		return 1;
	mark[-1] = '\0';
	return nth;
}

/* Words of the article, as they stand there; [...] leaves out some in the middle. */
static void
read_span(struct reader *r, struct spans *list, struct span *room, char *value)
{
	static const char gap_mark[] = " [...] ";
	const char *text = r->article->text, *begin, *end;
	int nth = take_number(value);
	char *gap = strstr(value, gap_mark);

	need(r, list->n < GOLD_PIECES, "too many pieces");
	if (gap != NULL)
		*gap = '\0';
	begin = place(text, value, nth);
	need(r, begin != NULL, "the article has no: %s", value);
	end = begin + strlen(value);
	if (gap != NULL) {
		const char *tail = gap + strlen(gap_mark);

		end = strstr(end, tail);
		need(r, end != NULL, "nor behind it: %s", tail);
		end += strlen(tail);
	}
	list->v = room;
	list->v[list->n++] =
	    (struct span){ (uint32_t)(begin - text), (uint32_t)(end - text) };
}

/* role: 0 source, 1 cue, 2 content. */
static void
read_role(struct reader *r, int role, char *value)
{
	struct spans *list[] = { &r->block->source, &r->block->cue, &r->block->content };

	read_span(r, list[role], r->block->piece[role], value);
}

static void
read_source(struct reader *r, char *value)
{
	read_role(r, 0, value);
}

static void
read_cue(struct reader *r, char *value)
{
	read_role(r, 1, value);
}

static void
read_content(struct reader *r, char *value)
{
	read_role(r, 2, value);
}

/* "source the mayor": which aspect the value begins with; takes its word off. */
static enum gold_aspect
take_aspect(const struct reader *r, char **value)
{
	size_t n = strcspn(*value, " ");

	need(r, (*value)[n] != '\0', "nothing behind: %s", *value);
	for (int i = 0; i < GOLD_ASPECTS; i++)
		if (strlen(gold_aspects[i]) == n &&
		    strncmp(*value, gold_aspects[i], n) == 0) {
			*value += n + strspn(*value + n, " ");
			return (enum gold_aspect)i;
		}
	fail(r, "no aspect: %s", *value);
}

static void
read_or(struct reader *r, char *value)
{
	enum gold_aspect aspect = take_aspect(r, &value);
	int role = (int)aspect - GOLD_SOURCE;

	need(r, role >= 0 && role < 3, "only source, cue and content can be others");
	read_span(r, &r->block->or [role], r -> block -> piece[3 + role], value);
}

static void
read_kind(struct reader *r, char *value)
{
	for (int k = INDIRECT; k <= MIXED; k++)
		if (strcmp(value, quotation_name((enum quotation)k)) == 0) {
			r->block->states[GOLD_KIND] = true;
			r->block->kind = (enum quotation)k;
			return;
		}
	fail(r, "no kind: %s", value);
}

static void
read_stance(struct reader *r, char *value)
{
	for (int s = ASSERTS; s <= ORDERS; s++)
		if (strcmp(value, stance_name((enum stance)s)) == 0) {
			r->block->states[GOLD_STANCE] = true;
			r->block->stance = (enum stance)s;
			return;
		}
	fail(r, "no stance: %s", value);
}

static void
read_published(struct reader *r, const char *value)
{
	struct gold_article *x = r->article;

	need(r, x != NULL && x->attributions == 0,
	     "an article's date stands behind its text");
	need(r, strlen(value) < sizeof x->published, "no date: %s", value);
	snprintf(x->published, sizeof x->published, "%s", value);
}

static void
read_name(struct reader *r, const char *value, char *ret, size_t room)
{
	need(r, place(r->article->text, value, 1) != NULL, "the article has no: %s",
	     value);
	need(r, strlen(value) < room, "the name is too long");
	snprintf(ret, room, "%s", value);
}

/* A name that the article holds, or a question mark and why there is none. */
static void
read_speaker(struct reader *r, char *value)
{
	struct gold_attribution *b = r->block;

	b->states[GOLD_SPEAKER] = true;
	if (value[0] != '?')
		read_name(r, value, b->speaker, sizeof b->speaker);
	else
		need(r, value[1] == ' ' && value[2] != '\0', "nobody, without a reason");
}

static void
read_title(struct reader *r, char *value)
{
	r->block->states[GOLD_TITLE] = true;
	if (strcmp(value, "none") != 0)
		read_name(r, value, r->block->title, sizeof r->block->title);
}

static void
read_in(struct reader *r, char *value)
{
	r->block->in = atoi(value) - 1;
	need(r, r->block->in >= 0 && r->block->in + 1 < (int)r->article->attributions,
	     "no earlier block of the article has this number: %s", value);
}

static void
read_miss(struct reader *r, char *value)
{
	r->block->known[take_aspect(r, &value)] = GOLD_MISSED;
}

static void
read_wavers(struct reader *r, char *value)
{
	r->block->known[take_aspect(r, &value)] = GOLD_WAVERS;
}

static void
read_extra(struct reader *r, char *value)
{
	(void)value;
	r->block->extra = true;
}

static void
read_maybe(struct reader *r, char *value)
{
	(void)value;
	r->block->maybe = true;
}

static const struct field {
	const char *name;
	void (*read)(struct reader *r, char *value);
} fields[] = {
	{ "source", read_source },   { "cue", read_cue },
	{ "content", read_content }, { "kind", read_kind },
	{ "speaker", read_speaker }, { "title", read_title },
	{ "stance", read_stance },   { "in", read_in },
	{ "or", read_or },           { "maybe", read_maybe },
	{ "miss", read_miss },       { "wavers", read_wavers },
	{ "extra", read_extra },
};

static void
open_block(struct reader *r)
{
	struct gold_article *x = r->article;

	need(r, x != NULL && x->n > 0, "an attribution before any article");
	need(r, x->attributions < GOLD_EACH, "too many attributions");
	r->block = &x->attribution[x->attributions++];
	*r->block = (struct gold_attribution){ .line = r->line, .in = NO_INDEX };
	r->block->states[GOLD_SOURCE] = r->block->states[GOLD_CUE] = true;
	r->block->states[GOLD_CONTENT] = r->block->states[GOLD_IN] = true;
	r->block->states[GOLD_ALL] = true;
}

static void
read_field(struct reader *r, char *line)
{
	char *value = line + strcspn(line, " ");

	need(r, *value != '\0', "a field without a value: %s", line);
	*value++ = '\0';
	value += strspn(value, " ");
	if (strcmp(line, "published") == 0) {
		read_published(r, value);
		return;
	}
	if (r->block == NULL)
		open_block(r);
	r->block->last = r->line;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (strcmp(line, fields[i].name) == 0) {
			fields[i].read(r, value);
			return;
		}
	fail(r, "no field: %s", line);
}

static void
read_text(struct reader *r, const char *line)
{
	struct gold_article *x = r->article;

	need(r, x != NULL && x->attributions == 0, "text outside an article");
	need(r, *x->published == '\0', "text behind the article's date");
	x->n += (size_t)snprintf(x->text + x->n, sizeof x->text - x->n, "%s\n",
	                         *line == ' ' ? line + 1 : line);
	need(r, x->n < sizeof x->text, "the article is too long");
}

static void
open_article(struct reader *r, struct gold_article *x, const char *name)
{
	*x = (struct gold_article){ .n = 0 };
	snprintf(x->file, sizeof x->file, "%s", r->path);
	snprintf(x->name, sizeof x->name, "%.60s", name);
	r->article = x;
	r->block = NULL;
}

static void
read_line(struct reader *r, char *line)
{
	if (*line == '\0') {
		r->block = NULL;
		return;
	}
	if (r->article != NULL)
		r->article->last = r->line;
	if (*line == '|')
		read_text(r, line + 1);
	else if (*line != '#')
		read_field(r, line);
}

size_t
gold_read(const char *path, struct gold_article *v, size_t n)
{
	static char line[2048];
	struct reader r = { .path = path };
	FILE *f = fopen(path, "r");

	need(&r, f != NULL, "cannot be opened");
	while (fgets(line, sizeof line, f) != NULL) {
		r.line++;
		need(&r, strchr(line, '\n') != NULL, "the line is too long");
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "== ", 3) == 0) {
			need(&r, n < GOLD_ARTICLES, "too many articles");
			open_article(&r, &v[n++], line + 3);
			r.article->last = r.line;
		} else {
			read_line(&r, line);
		}
	}
	fclose(f);
	return n;
}
