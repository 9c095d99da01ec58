/*
 * References to jobs, and waiting for them in lots that one request can hold.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "jobs.h"
#include "progress.h"
#include "results.h"
#include "stream.h"

enum { KEY_MAX = 4096, LOT = 1000 };

enum err
jobs_add(struct jobs *j, const char *key, uint64_t id)
{
	char *copy = key == NULL ? NULL : strdup(key);

	if (j->n == j->cap) {
		size_t cap = j->cap == 0 ? 64 : j->cap * 2;
		void *v = realloc(j->v, cap * sizeof *j->v);

		if (v == NULL) {
			free(copy);
			return err_set(ERR_NOMEM, "out of memory");
		}
		j->v = v;
		j->cap = cap;
	}
	if (key != NULL && copy == NULL)
		return err_set(ERR_NOMEM, "out of memory");
	j->v[j->n++] = (struct hearsay_reference){ .key = copy, .id = id };
	return OK;
}

void
jobs_free(struct jobs *j)
{
	for (size_t i = 0; i < j->n; i++)
		free((char *)j->v[i].key);
	free(j->v);
	*j = (struct jobs){ 0 };
}

static enum err
add_word(struct jobs *j, const struct settings *s, const char *word)
{
	unsigned long long id;
	char *end;

	if (!s->by_id)
		return jobs_add(j, word, 0);
	errno = 0;
	id = strtoull(word, &end, 10);
	if (errno != 0 || end == word || *end != '\0' || *word == '-' || id == 0)
		return err_set(ERR_USAGE, "\"%.100s\" is not the number of a job", word);
	return jobs_add(j, NULL, id);
}

static enum err
add_line(struct jobs *j, const struct settings *s, const char *line, size_t n)
{
	char word[KEY_MAX + 1];

	if (n > 0 && line[n - 1] == '\r')
		n--;
	memcpy(word, line, n);
	word[n] = '\0';
	return *word == '\0' ? OK : add_word(j, s, word);
}

static enum err
add_lines(struct jobs *j, const struct settings *s, const char *path)
{
	bool standard = strcmp(path, "-") == 0;
	int fd = standard ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	struct stream *in;
	const char *line = "";
	size_t n;
	enum err e;

	if (fd < 0)
		return err_set(errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
		               "%s: cannot be read: %s", path, strerror(errno));
	if ((e = stream_open(fd, &in)) != OK)
		return e;
	while (line != NULL && (e = stream_line(in, KEY_MAX, &line, &n)) == OK)
		if (line != NULL && (e = add_line(j, s, line, n)) != OK)
			break;
	stream_close(in);
	return e;
}

enum err
jobs_from(struct jobs *j, const struct settings *s, char *const *words)
{
	enum err e = OK;

	for (; *words != NULL && e == OK; words++)
		e = strcmp(*words, "-") == 0 ? add_lines(j, s, "-")
		                             : add_word(j, s, *words);
	if (e == OK && s->all_from != NULL)
		e = add_lines(j, s, s->all_from);
	if (e == OK && j->n == 0)
		e = err_set(ERR_USAGE,
		            "of which articles?  give their keys, or - to read "
		            "them from standard input");
	return e;
}

enum err
open_broker(const struct settings *s, struct hearsay **ret)
{
	struct hearsay_options o = { .tenant = s->tenant,
		                     .timeout_ms = (int)s->timeout_ms,
		                     .secret_key = s->secret_key,
		                     .broker_key = s->broker_key };

	return (enum err)hearsay_open(s->broker, &o, ret);
}

/* ------------------------------------------------------------------- waiting */

/* The jobs of one lot that are not done; on_job takes them out as they come. */
struct lot {
	struct results *results;
	struct progress *progress;
	struct hearsay_reference left[LOT];
	size_t n;
	size_t *done;
	enum err *first;
};

static bool
is_job(const struct hearsay_reference *r, const struct hearsay_job *job)
{
	return r->id != 0 ? r->id == job->id : strcmp(r->key, job->key) == 0;
}

static bool
on_job(void *arg, const struct hearsay_job *job)
{
	struct lot *lot = arg;

	for (size_t i = 0; i < lot->n;)
		if (is_job(&lot->left[i], job)) {
			lot->left[i] = lot->left[--lot->n];
			++*lot->done;
		} else {
			i++;
		}
	progress_hide(lot->progress);
	keep_first(lot->first, results_job(lot->results, job));
	fflush(stdout);
	progress_step(lot->progress, *lot->done, *lot->done);
	return true;
}

/* As long as there is any news within the timeout, there is hope. */
static enum err
await_lot(struct hearsay *h, struct lot *lot)
{
	struct hearsay_reference asked[LOT];
	enum err e = OK;

	while (lot->n > 0) {
		size_t before = lot->n;

		memcpy(asked, lot->left, before * sizeof *asked);
		e = (enum err)hearsay_wait(h, asked, before, results_need(lot->results),
		                           on_job, lot);
		if (e != ERR_TIMEOUT || lot->n == before)
			return e;
	}
	return e;
}

enum err
jobs_await(struct hearsay *h, const struct settings *s, const struct jobs *j)
{
	struct results results;
	size_t done = 0;
	enum err first = OK, e = results_open(s, &results);
	struct lot lot = { .results = &results, .done = &done, .first = &first };

	if (e != OK)
		return complain(e);
	lot.progress = progress_open("done", j->n, s->quiet);
	for (size_t at = 0; at < j->n && e == OK; at += LOT) {
		lot.n = j->n - at < LOT ? j->n - at : LOT;
		memcpy(lot.left, j->v + at, lot.n * sizeof *lot.left);
		progress_step(lot.progress, done, done);
		e = await_lot(h, &lot);
	}
	progress_close(lot.progress);
	if (e != OK)
		keep_first(&first, complain(e));
	return first;
}
