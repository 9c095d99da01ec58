/*
 * hearsay extract: the engine on articles here, on as many threads as there is work
 * for, results in the order of the input.
 *
 * One reader fills a ring of slots in order; threads take the next one waiting, and
 * whoever finishes the oldest writes it, and those behind it that are ready.  So
 * nothing waits that could be written, also when the input is a slow pipe.
 */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "date.h"
#include "input.h"
#include "progress.h"
#include "publish.h"
#include "results.h"
#include "worker/engine/engine.h"

enum { MAX_THREADS = 256, RING = 4 * MAX_THREADS };

/* Address space for one article; the longest (ARTICLE_MAX) needs about half. */
#define ARENA_BYTES ((size_t)2 << 30)

const struct conf_option extract_options[] = {
	{ "format", 'f', CONF_TEXT, offsetof(struct settings, format), "FORMAT",
	  "text, jsonl or lines (an article a line)", .standard = "auto" },
	{ "table", 0, CONF_FLAG, offsetof(struct settings, table), NULL,
	  "a row for each attribution" },
	{ "claimreview", 0, CONF_FLAG, offsetof(struct settings, claimreview), NULL,
	  "claims as schema.org's ClaimReview, a line of JSON each" },
	{ "threads", 'n', CONF_COUNT, offsetof(struct settings, threads), "N",
	  "articles worked on at once; 0: one a core", .standard = "0", .min = 0,
	  .max = MAX_THREADS },
	{ "id", 0, CONF_TEXT, offsetof(struct settings, id), "ID",
	  "of the one article read" },
	{ "published", 0, CONF_TEXT, offsetof(struct settings, published), "DATE",
	  "when the articles came out that do not say so themselves: 2019-03-28" },
	{ "model", 'm', CONF_TEXT, offsetof(struct settings, model), "FILE",
	  "the weights, or $HEARSAY_MODEL" },
	{ 0 },
};

enum stage { FREE, WAITING, RUNNING, READY };

struct slot {
	enum stage stage;
	struct item *item; /* NULL when reading it failed */
	enum err error;    /* with its sentence in why */
	char why[512];
	char *out; /* what to print */
	size_t size;
	uint64_t position; /* of the input behind it, for the progress */
};

struct extracting {
	const struct settings *s;
	struct results results;
	struct engine *engine;
	struct input *in;
	struct progress *progress;
	size_t threads, started, able, idle; /* able: of those started */
	pthread_t thread[MAX_THREADS];
	/* One lock for the ring; the engine runs without it. */
	pthread_mutex_t lock;
	pthread_cond_t work, room;
	struct slot ring[RING];
	size_t filled, taken, written; /* counts; written <= taken <= filled */
	size_t depth;                  /* of the ring in use */
	bool closing;
	enum err first;
};

/* -------------------------------------------------------------- one article */

struct job {
	struct extracting *x;
	struct scratch *scratch;
	struct arena *arena;
	const struct item *item;
	struct extraction found;
	struct found public;
};

/* What the article says of itself goes before what was said of all of them. */
static const char *
published(const struct settings *s, const struct item *it)
{
	return *it->published != '\0' || s->published == NULL ? it->published
	                                                      : s->published;
}

static enum err
run_engine(void *arg)
{
	struct job *j = arg;
	const struct engine_article article = { j->item->text, j->item->size,
		                                published(j->x->s, j->item) };
	enum err e =
	    engine_extract(j->x->engine, j->scratch, j->arena, &article, &j->found);

	if (e == OK)
		j->public = publish(j->arena, &j->found);
	return e;
}

/* Into memory, for it may not be this article's turn yet. */
static enum err
write_result(const struct job *j, struct slot *slot)
{
	struct results r = j->x->results;
	struct shown a = { .name = j->item->id,
		           .title = j->item->title,
		           .text = j->item->text,
		           .size = j->item->size,
		           .found = j->public,
		           .url = j->item->url,
		           .published = published(j->x->s, j->item) };

	if ((r.show.out = open_memstream(&slot->out, &slot->size)) == NULL)
		return err_set(ERR_NOMEM, "out of memory");
	r.headed = true; /* the heading is printed once, before the first */
	results_extraction(&r, &a, j->found.model);
	fclose(r.show.out);
	return OK;
}

static void
extract_one(struct extracting *x, struct scratch *scratch, struct arena *arena,
            struct slot *slot)
{
	struct job j = { .x = x, .scratch = scratch, .arena = arena, .item = slot->item };
	enum err e = arena_run(arena, run_engine, &j);

	if (e == OK)
		e = write_result(&j, slot);
	if ((slot->error = e) != OK)
		snprintf(slot->why, sizeof slot->why, "%.200s: %.300s",
		         slot->item->origin, err_text());
	arena_reset(arena);
}

/* ------------------------------------------------------------------ the ring */

/* Under the lock: print what is ready, oldest first. */
static void
write_ready(struct extracting *x)
{
	struct slot *slot;

	while (x->written < x->filled &&
	       (slot = &x->ring[x->written % x->depth])->stage == READY) {
		progress_hide(x->progress);
		if (slot->error != OK) {
			(void)err_set(slot->error, "%s", slot->why);
			keep_first(&x->first, complain(slot->error));
		} else {
			fwrite(slot->out, 1, slot->size, stdout);
		}
		free(slot->out);
		item_free(slot->item);
		x->written++;
		progress_step(x->progress, slot->position, x->written);
		*slot = (struct slot){ .stage = FREE };
	}
	fflush(stdout);
	pthread_cond_signal(&x->room);
}

/* Under the lock: the next article to work on, or NULL when there will be none. */
static struct slot *
take_slot(struct extracting *x)
{
	for (;;) {
		while (x->taken < x->filled) {
			struct slot *slot = &x->ring[x->taken++ % x->depth];

			if (slot->stage == WAITING) {
				slot->stage = RUNNING;
				return slot;
			}
		}
		if (x->closing)
			return NULL;
		x->idle++;
		pthread_cond_wait(&x->work, &x->lock);
		x->idle--;
	}
}

/*
 * This thread cannot work.  The others do, if there are any; the last one answers for
 * the articles that nobody will read.
 */
static void
give_up(struct extracting *x, enum err e)
{
	struct slot *slot;

	pthread_mutex_lock(&x->lock);
	while (x->able == 0 && (slot = take_slot(x)) != NULL) {
		slot->error = e;
		snprintf(slot->why, sizeof slot->why, "%.200s: %s", slot->item->origin,
		         err_name(e));
		slot->stage = READY;
		write_ready(x);
	}
	pthread_mutex_unlock(&x->lock);
}

static void
work_on(struct extracting *x, struct scratch *scratch, struct arena *arena)
{
	struct slot *slot;

	pthread_mutex_lock(&x->lock);
	x->able++;
	while ((slot = take_slot(x)) != NULL) {
		pthread_mutex_unlock(&x->lock);
		extract_one(x, scratch, arena, slot);
		pthread_mutex_lock(&x->lock);
		slot->stage = READY;
		write_ready(x);
	}
	pthread_mutex_unlock(&x->lock);
}

static void *
work(void *arg)
{
	struct extracting *x = arg;
	struct scratch *scratch = NULL;
	struct arena *arena = arena_new(ARENA_BYTES);
	enum err e = arena == NULL ? ERR_NOMEM : engine_scratch_open(x->engine, &scratch);

	if (e == OK)
		work_on(x, scratch, arena);
	else
		give_up(x, e);
	engine_scratch_close(scratch);
	arena_free(arena);
	return NULL;
}

/* ---------------------------------------------------------------- the reader */

/* Under the lock.  A thread more if there is more work than hands. */
static enum err
hire(struct extracting *x)
{
	size_t waiting = x->filled - x->taken;

	if (waiting <= x->idle || x->started == x->threads)
		return OK;
	if (pthread_create(&x->thread[x->started], NULL, work, x) == 0)
		x->started++;
	else if (x->started == 0)
		return err_set(ERR_NOMEM, "cannot start a thread");
	return OK;
}

static enum err
put(struct extracting *x, struct item *it, enum err bad)
{
	struct slot *slot;
	enum err e;

	pthread_mutex_lock(&x->lock);
	while (x->filled - x->written == x->depth)
		pthread_cond_wait(&x->room, &x->lock);
	slot = &x->ring[x->filled++ % x->depth];
	slot->item = it;
	slot->error = bad;
	slot->position = input_done(x->in);
	slot->stage = bad == OK ? WAITING : READY;
	if (bad != OK)
		snprintf(slot->why, sizeof slot->why, "%s", err_text());
	write_ready(x); /* if it is a failure, and its turn */
	e = bad == OK ? hire(x) : OK;
	pthread_cond_signal(&x->work);
	pthread_mutex_unlock(&x->lock);
	return e;
}

static enum err
name_by_hand(const struct extracting *x, struct item *it)
{
	if (x->s->id == NULL)
		return OK;
	if (x->filled > 0)
		return err_set(ERR_USAGE,
		               "%.200s: --id is for one article, and this is the second",
		               it->origin);
	it->id = x->s->id;
	return OK;
}

static enum err
read_all(struct extracting *x)
{
	struct item *it = NULL;
	enum err e = OK;

	while (e == OK) {
		enum err bad = input_next(x->in, &it);

		if (bad == OK && it == NULL)
			return OK;
		if (bad == OK && (bad = name_by_hand(x, it)) != OK)
			item_free(it);
		e = put(x, bad == OK ? it : NULL, bad);
	}
	return e;
}

static void
finish(struct extracting *x)
{
	pthread_mutex_lock(&x->lock);
	x->closing = true;
	pthread_cond_broadcast(&x->work);
	pthread_mutex_unlock(&x->lock);
	for (size_t i = 0; i < x->started; i++)
		pthread_join(x->thread[i], NULL);
	assert(x->started == 0 || x->written == x->filled);
}

/* ------------------------------------------------------------------ the verb */

static size_t
cores(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof set, &set) != 0)
		return 1;
	return (size_t)CPU_COUNT(&set);
}

static enum err
check_published(const char *date)
{
	struct date d;

	if (date == NULL || date_read(date, &d))
		return OK;
	return err_set(ERR_USAGE, "--published %.100s: wants a date such as 2019-03-28",
	               date);
}

static enum err
open_extracting(struct extracting *x, char *const *words)
{
	enum input_format format;
	enum err e;

	if (*words == NULL)
		return err_set(ERR_USAGE, "extract from what?  give files, folders, or - "
		                          "for standard input");
	if ((e = check_published(x->s->published)) != OK ||
	    (e = results_open(x->s, &x->results)) != OK ||
	    (e = input_format_named(x->s->format, &format)) != OK ||
	    (e = engine_open(x->s->model, &x->engine)) != OK ||
	    (e = input_open(words, format, &x->in)) != OK)
		return e;
	x->threads = x->s->threads > 0 ? (size_t)x->s->threads : cores();
	if (x->threads > MAX_THREADS)
		x->threads = MAX_THREADS;
	x->depth = 4 * x->threads;
	x->progress =
	    progress_open("extracted", x->s->quiet ? 0 : input_total(words), x->s->quiet);
	return OK;
}

enum err
cmd_extract(const struct settings *s, char *const *words)
{
	static struct extracting x;
	struct shown none = { .name = "", .title = "" };
	enum err e;

	x = (struct extracting){ .s = s };
	pthread_mutex_init(&x.lock, NULL);
	pthread_cond_init(&x.work, NULL);
	pthread_cond_init(&x.room, NULL);
	if ((e = open_extracting(&x, words)) == OK) {
		if (s->table && !s->json && !s->claimreview)
			show_table(&x.results.show, &none, true);
		e = read_all(&x);
	}
	if (e != OK)
		keep_first(&x.first, complain(e));
	finish(&x);
	progress_close(x.progress);
	input_close(x.in);
	engine_close(x.engine);
	return x.first;
}
