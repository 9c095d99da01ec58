/*
 * Copies the file line by line beside itself: a miss that is right now, or an extra that
 * is gone, is left out; behind a block's last line come the misses that are new, behind
 * an article's last line the extras that are.
 */
#include "gold_accept.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char automatic[] = "finds: ";

struct copy {
	FILE *from, *to;
	int line;
	size_t changed;
	bool after_extra; /* an extra was left out: so is the blank line behind it */
};

static void
need(bool fact, const char *path)
{
	if (fact)
		return;
	perror(path);
	exit(EXIT_FAILURE);
}

static const struct gold_verdict *
verdict_of(const struct gold_trial *t, int line, enum gold_aspect aspect)
{
	for (size_t i = 0; t != NULL && i < t->n; i++) {
		const struct gold_verdict *v = &t->verdict[i];

		if (v->want->line <= line && line <= v->want->last && v->aspect == aspect)
			return v;
	}
	return NULL;
}

/* "miss source finds: the mayor": which aspect, and where the reason begins. */
static enum gold_aspect
parse_miss(const char *line, const char **ret_reason)
{
	const char *what = line + strlen("miss");
	size_t n;

	what += strspn(what, " ");
	n = strcspn(what, " ");
	*ret_reason = what + n + strspn(what + n, " ");
	for (int i = 0; i < GOLD_ASPECTS; i++)
		if (strlen(gold_aspects[i]) == n &&
		    strncmp(what, gold_aspects[i], n) == 0)
			return (enum gold_aspect)i;
	return GOLD_ASPECTS;
}

static void
write_miss(struct copy *c, const struct gold_verdict *v)
{
	fprintf(c->to, "miss    %s %s%s\n", gold_aspects[v->aspect], automatic, v->found);
}

static void
copy_miss(struct copy *c, const struct gold_trial *t, const char *line)
{
	const char *reason;
	const struct gold_verdict *v = verdict_of(t, c->line, parse_miss(line, &reason));
	size_t n = strlen(automatic);

	if (v != NULL && v->right) {
		c->changed++;
	} else if (v != NULL && strncmp(reason, automatic, n) == 0) {
		c->changed += strncmp(reason + n, v->found, strlen(v->found)) != 0 ||
		              strcmp(reason + n + strlen(v->found), "\n") != 0;
		write_miss(c, v);
	} else {
		fputs(line, c->to);
	}
}

static void
copy_line(struct copy *c, const struct gold_trial *t, const char *line)
{
	const struct gold_verdict *v = verdict_of(t, c->line, GOLD_ALL);
	bool gone = v != NULL && v->want->extra && v->right;

	if (gone || (c->after_extra && *line == '\n'))
		c->changed++;
	else if (strncmp(line, "miss ", 5) == 0)
		copy_miss(c, t, line);
	else
		fputs(line, c->to);
	c->after_extra = gone;
}

static void
write_new_misses(struct copy *c, const struct gold_trial *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct gold_verdict *v = &t->verdict[i];

		if (v->want->last != c->line || v->right || v->known)
			continue;
		write_miss(c, v);
		c->changed++;
	}
}

/* Which of the places where these words stand is this one? */
static int
number_of(const char *text, const char *words, uint32_t begin)
{
	int nth = 0;

	for (const char *at = text; (at = strstr(at, words)) != NULL; at++)
		if (gold_is_place(text, at, strlen(words)) && (nth++, at == text + begin))
			return nth;
	return 1;
}

/* A line of the file holds a line of the article: of more, the first and the last. */
static void
write_span(struct copy *c, const char *role, const char *text, struct span s)
{
	int n = (int)(s.end - s.begin), head = 0, tail = n, nth;
	char words[2048];

	while (head < n && text[s.begin + (uint32_t)head] != '\n')
		head++;
	while (tail > head && text[s.begin + (uint32_t)tail - 1] != '\n')
		tail--;
	snprintf(words, sizeof words, "%.*s", head, text + s.begin);
	nth = number_of(text, words, s.begin);
	fprintf(c->to, "%-7s %s", role, words);
	if (head < n)
		fprintf(c->to, " [...] %.*s", n - tail, text + s.begin + tail);
	if (nth > 1)
		fprintf(c->to, " #%d", nth);
	fputc('\n', c->to);
}

static void
write_extra(struct copy *c, const char *text, const struct attribution *got)
{
	const struct spans *at[] = { &got->source, &got->cue, &got->content };

	fprintf(c->to, "\nextra   finds: this\n");
	for (int role = 0; role < 3; role++)
		for (size_t i = 0; i < at[role]->n; i++)
			write_span(c, gold_aspects[GOLD_SOURCE + role], text,
			           at[role]->v[i]);
	c->changed++;
}

static const struct gold_trial *
trial_of(const struct gold_trial *trials, size_t n, int line)
{
	for (size_t i = 0; i < n; i++)
		if (line <= trials[i].article->last)
			return &trials[i];
	return NULL;
}

static void
copy_all(struct copy *c, const struct gold_trial *trials, size_t n)
{
	char line[2048];

	while (fgets(line, sizeof line, c->from) != NULL) {
		const struct gold_trial *t = trial_of(trials, n, ++c->line);

		copy_line(c, t, line);
		if (t == NULL)
			continue;
		write_new_misses(c, t);
		for (size_t k = 0; k < t->unknown && c->line == t->article->last; k++)
			write_extra(c, t->article->text, &t->x.v[t->found[k]]);
	}
}

size_t
gold_accept(const char *path, const struct gold_trial *trials, size_t n)
{
	char beside[300];
	struct copy c = { .from = fopen(path, "r") };

	snprintf(beside, sizeof beside, "%s.new", path);
	c.to = fopen(beside, "w");
	need(c.from != NULL && c.to != NULL, path);
	copy_all(&c, trials, n);
	need(ferror(c.from) == 0 && fclose(c.from) == 0 && fclose(c.to) == 0, path);
	need(rename(beside, path) == 0, path);
	return c.changed;
}
