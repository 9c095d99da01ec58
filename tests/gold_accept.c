/*
 * Copies the file line by line beside itself: a miss that is right now, or an extra that
 * is gone, is left out; behind a block's last line come the misses that are new, behind
 * an article's last line the extras that are.  In the second pass nothing is left out:
 * what came out otherwise wavers.
 */
#include "gold_accept.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char automatic[] = "finds: ";

struct copy {
	FILE *from, *to;
	bool wavering; /* the second pass */
	int line;
	int blank; /* lines that were read and not written yet */
};

static void
need(bool fact, const char *path)
{
	if (fact)
		return;
	perror(path);
	exit(EXIT_FAILURE);
}

/* A line's text without its end. */
static char *
chomped(const char *line)
{
	static char ret[2048];

	snprintf(ret, sizeof ret, "%.*s", (int)strcspn(line, "\n"), line);
	return ret;
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
parse_known(const char *line, const char **ret_reason)
{
	const char *what = line + strcspn(line, " ");
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
write_known(struct copy *c, bool wavers, enum gold_aspect aspect, const char *reason)
{
	fprintf(c->to, "%-7s %s %s\n", wavers ? "wavers" : "miss", gold_aspects[aspect],
	        reason);
}

/* The program's own reasons are written anew, people's are kept. */
static void
write_verdict(struct copy *c, const struct gold_verdict *v, const char *reason)
{
	size_t n = strlen(automatic);
	char words[2048];

	snprintf(words, sizeof words, "%s%s", automatic, v->found);
	if (reason != NULL && strncmp(reason, automatic, n) != 0)
		snprintf(words, sizeof words, "%s", chomped(reason));
	write_known(c, c->wavering, v->aspect, words);
}

/* A line that says what is wrong: is it still? */
static void
copy_known(struct copy *c, const struct gold_trial *t, const char *line)
{
	const char *reason;
	const struct gold_verdict *v = verdict_of(t, c->line, parse_known(line, &reason));

	if (v == NULL || (c->wavering && (v->known == GOLD_WAVERS || !v->right)))
		fputs(line, c->to);
	else if (c->wavering)
		write_known(c, true, v->aspect, chomped(reason));
	else if (!v->right && !v->want->extra)
		write_verdict(c, v, reason);
}

static bool
says_what_is_wrong(const char *line)
{
	return strncmp(line, "miss ", 5) == 0 || strncmp(line, "wavers ", 7) == 0;
}

/* Blank lines wait for what is behind them: with an extra goes the one before it. */
static void
copy_line(struct copy *c, const struct gold_trial *t, const char *line)
{
	const struct gold_verdict *v = verdict_of(t, c->line, GOLD_ALL);

	if (*line == '\n') {
		c->blank++;
		return;
	}
	if (!c->wavering && v != NULL && v->want->extra && v->right) {
		c->blank = 0;
		return;
	}
	for (; c->blank > 0; c->blank--)
		fputc('\n', c->to);
	if (says_what_is_wrong(line))
		copy_known(c, t, line);
	else
		fputs(line, c->to);
}

static void
write_new(struct copy *c, const struct gold_trial *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct gold_verdict *v = &t->verdict[i];
		bool extra_gone =
		    c->wavering && v->want->extra && v->right && v->known != GOLD_WAVERS;

		if (v->want->last == c->line &&
		    (extra_gone || (!v->right && v->known == GOLD_RIGHT)))
			write_verdict(c, v, NULL);
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
	if (c->wavering)
		write_known(c, true, GOLD_ALL, "finds: nothing");
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
		write_new(c, t);
		for (size_t k = 0; k < t->unknown && c->line == t->article->last; k++)
			write_extra(c, t->article->text, &t->x.v[t->found[k]]);
	}
}

static bool
same_files(FILE *a, FILE *b)
{
	int x, y;

	rewind(a);
	rewind(b);
	do {
		x = getc(a);
		y = getc(b);
	} while (x == y && x != EOF);
	return x == y;
}

static bool
rewrite(const char *path, bool wavering, const struct gold_trial *trials, size_t n)
{
	char beside[300];
	struct copy c = { .from = fopen(path, "r"), .wavering = wavering };
	bool same;

	snprintf(beside, sizeof beside, "%s.new", path);
	c.to = fopen(beside, "w+");
	need(c.from != NULL && c.to != NULL, path);
	copy_all(&c, trials, n);
	same = same_files(c.from, c.to);
	need(fclose(c.from) == 0 && fclose(c.to) == 0, path);
	need((same ? remove(beside) : rename(beside, path)) == 0, path);
	return !same;
}

bool
gold_accept(const char *path, const struct gold_trial *trials, size_t n)
{
	return rewrite(path, false, trials, n);
}

bool
gold_accept_wavering(const char *path, const struct gold_trial *trials, size_t n)
{
	return rewrite(path, true, trials, n);
}
