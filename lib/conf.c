/*
 * Settings from a table: defaults, then the config file, then the command line.
 *
 * The order of precedence is kept by reading in that order.  What the command
 * line gave is remembered, so that a reload never overrides it.
 */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "conf.h"

enum { MAX_OPTIONS = 64, MAX_LINE = 4096 };

struct text {
	struct text *next;
	char s[];
};

struct conf {
	const struct conf_option *options;
	const char *file;          /* the config file in use, NULL for none */
	bool by_hand[MAX_OPTIONS]; /* given on the command line */
	struct text *texts;
	char **words;
};

/* ------------------------------------------------------------------ values */

static const struct {
	const char *unit;
	int64_t factor;
} sizes[] = { { "", 1 },          { "K", 1 << 10 }, { "M", 1 << 20 },
	      { "G", 1LL << 30 }, { "B", 1 },       { NULL, 0 } },
  durations[] = { { "ms", 1 },      { "s", 1000 },     { "m", 60000 },
	          { "h", 3600000 }, { "d", 86400000 }, { NULL, 0 } };

static bool
number(const char *value, enum conf_type type, int64_t *ret)
{
	char *unit;
	long long n;

	errno = 0;
	n = strtoll(value, &unit, 10);
	if (unit == value || errno != 0 || n < 0)
		return false;
	if (type == CONF_COUNT)
		return *ret = n, *unit == '\0';
	for (int i = 0; (type == CONF_SIZE ? sizes : durations)[i].unit != NULL; i++) {
		int64_t factor = (type == CONF_SIZE ? sizes : durations)[i].factor;
		const char *name = (type == CONF_SIZE ? sizes : durations)[i].unit;

		if (strcasecmp(unit, name) == 0 && n <= INT64_MAX / factor)
			return *ret = n * factor, true;
	}
	return false;
}

enum err
conf_duration(const char *text, int64_t *ret_ms)
{
	if (number(text, CONF_DURATION, ret_ms))
		return OK;
	return err_set(ERR_USAGE,
	               "\"%.40s\" is no time: one is such as 500ms, 30s, 2h or 7d", text);
}

static const char *const wanted[] = {
	[CONF_FLAG] = "yes or no",
	[CONF_TEXT] = "text",
	[CONF_COUNT] = "a whole number",
	[CONF_SIZE] = "a size such as 512K, 64M or 2G",
	[CONF_DURATION] = "a time such as 500ms, 30s, 5m, 2h or 7d",
};

static enum err
set_text(struct conf *c, const char **field, const char *value)
{
	size_t n = strlen(value) + 1;
	struct text *t = malloc(sizeof *t + n);

	if (t == NULL)
		return err_set(ERR_NOMEM, "out of memory");
	memcpy(t->s, value, n);
	t->next = c->texts;
	c->texts = t;
	*field = t->s;
	return OK;
}

static enum err
set_flag(bool *field, const char *value, const char *name)
{
	bool yes = strcasecmp(value, "yes") == 0 || strcasecmp(value, "true") == 0 ||
	           strcmp(value, "1") == 0;
	bool no = strcasecmp(value, "no") == 0 || strcasecmp(value, "false") == 0 ||
	          strcmp(value, "0") == 0;

	if (!yes && !no)
		return err_set(ERR_USAGE, "%s = %s: wants yes or no", name, value);
	*field = yes;
	return OK;
}

static enum err
set(struct conf *c, void *settings, const struct conf_option *o, const char *value)
{
	void *field = (char *)settings + o->offset;
	int64_t n = 0;

	if (o->type == CONF_TEXT)
		return set_text(c, field, value);
	if (o->type == CONF_FLAG)
		return set_flag(field, value, o->name);
	if (!number(value, o->type, &n))
		return err_set(ERR_USAGE, "%s %s: wants %s", o->name, value,
		               wanted[o->type]);
	if ((o->min != 0 || o->max != 0) && (n < o->min || n > o->max))
		return err_set(ERR_USAGE, "%s %s: out of bounds (%lld to %lld%s)",
		               o->name, value, (long long)o->min, (long long)o->max,
		               o->type == CONF_DURATION ? " ms" : "");
	memcpy(field, &n, sizeof n);
	return OK;
}

/* -------------------------------------------------------------------- file */

static const struct conf_option *
find(const struct conf_option *options, const char *name, size_t n)
{
	for (const struct conf_option *o = options; o->name != NULL; o++)
		if (strlen(o->name) == n && memcmp(o->name, name, n) == 0)
			return o;
	return NULL;
}

static char *
trim(char *s)
{
	char *end = s + strlen(s);

	while (isspace((unsigned char)*s))
		s++;
	while (end > s && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return s;
}

/* One line of the file; empty ones and comments are fine. */
static enum err
file_line(struct conf *c, void *settings, char *line, bool again)
{
	char *text = trim(line), *equals = strchr(text, '=');

	if (*text == '\0' || *text == '#')
		return OK;
	if (equals == NULL)
		return err_set(ERR_USAGE, "\"%s\" is not of the form name = value", text);
	*equals = '\0';
	char *name = trim(text), *value = trim(equals + 1);
	const struct conf_option *o = find(c->options, name, strlen(name));
	if (o == NULL)
		return err_set(ERR_USAGE, "there is no setting \"%s\"; --help lists them",
		               name);
	if (c->by_hand[o - c->options] || (again && !o->reload))
		return OK;
	return set(c, settings, o, value);
}

static enum err
read_file(struct conf *c, void *settings, bool again)
{
	char line[MAX_LINE], why[400];
	FILE *f = fopen(c->file, "r");
	enum err e = OK;
	int n = 0;

	if (f == NULL)
		return err_set(ERR_USAGE, "config file %s: %s", c->file, strerror(errno));
	while (e == OK && fgets(line, sizeof line, f) != NULL) {
		n++;
		e = file_line(c, settings, line, again);
	}
	fclose(f);
	if (e != OK) {
		snprintf(why, sizeof why, "%s", err_text());
		return err_set(e, "config file %s, line %d: %.300s", c->file, n, why);
	}
	return OK;
}

/* ------------------------------------------------------------ command line */

/* One walk over argv finds --config first, a second one takes the rest. */
struct walk {
	int argc, at;
	char *const *argv;
	size_t words;
};

static const struct conf_option *
by_letter(const struct conf_option *options, char letter)
{
	for (const struct conf_option *o = options; o->name != NULL; o++)
		if (o->letter == letter && letter != 0)
			return o;
	return NULL;
}

static enum err
value_of(struct walk *w, const char *word, const char *after, const char **ret)
{
	if (*after == '=')
		*ret = after + 1;
	else if (w->at + 1 < w->argc)
		*ret = w->argv[++w->at];
	else
		return err_set(ERR_USAGE, "%s wants a value after it", word);
	return OK;
}

static enum err
option_word(struct conf *c, void *settings, struct walk *w)
{
	const char *word = w->argv[w->at], *value = "yes";
	bool is_long = word[1] == '-';
	size_t n = is_long ? strcspn(word + 2, "=") : 0;
	const struct conf_option *o =
	    is_long ? find(c->options, word + 2, n) : by_letter(c->options, word[1]);
	const char *after = is_long ? word + 2 + n : word + 2;
	enum err e = OK;

	if (is_long && n == 6 && memcmp(word + 2, "config", 6) == 0)
		return value_of(w, "--config", after, &c->file);
	if (o == NULL || (!is_long && *after != '\0'))
		return err_set(ERR_USAGE, "there is no option %s; --help lists them",
		               word);
	if (o->type != CONF_FLAG || *after == '=')
		e = value_of(w, word, after, &value);
	if (e != OK || settings == NULL)
		return e;
	if ((e = set(c, settings, o, value)) == OK)
		c->by_hand[o - c->options] = true;
	return e;
}

/* settings NULL: only look for --config. */
static enum err
command_line(struct conf *c, void *settings, int argc, char *const argv[])
{
	struct walk w = { argc, 1, argv, 0 };
	bool ended = false;

	for (; w.at < argc; w.at++) {
		const char *word = argv[w.at];

		if (ended || word[0] != '-' || word[1] == '\0') {
			c->words[w.words++] = argv[w.at];
		} else if (strcmp(word, "--") == 0) {
			ended = true;
		} else {
			enum err e = option_word(c, settings, &w);

			if (e != OK)
				return e;
		}
	}
	c->words[w.words] = NULL;
	return OK;
}

/* ----------------------------------------------------------------- the door */

static size_t
count(const struct conf_option *options)
{
	size_t n = 0;

	while (options[n].name != NULL)
		n++;
	return n;
}

static enum err
defaults(struct conf *c, void *settings)
{
	for (const struct conf_option *o = c->options; o->name != NULL; o++) {
		enum err e = o->standard == NULL ? OK : set(c, settings, o, o->standard);

		if (e != OK)
			return e;
	}
	return OK;
}

enum err
conf_open(const struct conf_option *options, void *settings, const char *standard_file,
          int argc, char *const argv[], struct conf **ret, char ***ret_words)
{
	enum err e;
	struct conf *c = calloc(1, sizeof *c);

	if (c == NULL ||
	    (c->words = calloc((size_t)argc + 1, sizeof *c->words)) == NULL) {
		free(c);
		return err_set(ERR_NOMEM, "out of memory");
	}
	c->options = options;
	assert(count(options) <= MAX_OPTIONS);
	if ((e = defaults(c, settings)) != OK ||
	    (e = command_line(c, NULL, argc, argv)) != OK)
		goto fail;
	if (c->file == NULL && standard_file != NULL && access(standard_file, R_OK) == 0)
		c->file = standard_file;
	if (c->file != NULL && (e = read_file(c, settings, false)) != OK)
		goto fail;
	if ((e = command_line(c, settings, argc, argv)) != OK)
		goto fail;
	*ret = c;
	*ret_words = c->words;
	return OK;
fail:
	conf_close(c);
	return e;
}

static size_t
width(enum conf_type type)
{
	return type == CONF_FLAG   ? sizeof(bool)
	       : type == CONF_TEXT ? sizeof(char *)
	                           : sizeof(int64_t);
}

/* Every setting back to what it was. */
static void
restore(const struct conf_option *options, void *settings, char old[][sizeof(int64_t)])
{
	for (const struct conf_option *o = options; o->name != NULL; o++)
		memcpy((char *)settings + o->offset, old[o - options], width(o->type));
}

enum err
conf_reload(struct conf *c, void *settings)
{
	char old[MAX_OPTIONS][sizeof(int64_t)];
	enum err e;

	if (c->file == NULL)
		return OK;
	for (const struct conf_option *o = c->options; o->name != NULL; o++)
		memcpy(old[o - c->options], (char *)settings + o->offset, width(o->type));
	if ((e = read_file(c, settings, true)) != OK)
		restore(c->options, settings, old);
	return e;
}

void
conf_close(struct conf *c)
{
	if (c == NULL)
		return;
	while (c->texts != NULL) {
		struct text *next = c->texts->next;

		free(c->texts);
		c->texts = next;
	}
	free(c->words);
	free(c);
}

void
conf_help(const struct conf_option *options, FILE *out)
{
	for (const struct conf_option *o = options; o->name != NULL; o++) {
		char left[80];
		char letter[8] = "    ";

		if (o->letter != 0)
			snprintf(letter, sizeof letter, "-%c, ", o->letter);
		snprintf(left, sizeof left, "%s--%s%s%s", letter, o->name,
		         o->arg != NULL ? " " : "", o->arg != NULL ? o->arg : "");
		fprintf(out, "  %-26s %s", left, o->help);
		if (o->standard != NULL && o->type != CONF_FLAG && *o->standard != '\0')
			fprintf(out, " (default %s)", o->standard);
		fputc('\n', out);
	}
}
