/*
 * hearsay submit: articles to the broker, in batches bounded by number and bytes, a
 * receipt each.  Nothing is remembered here: a command that broke off is given again,
 * and what the broker has already is not taken twice.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"
#include "jobs.h"
#include "json.h"
#include "progress.h"
#include "results.h"
#include "utf8.h"

enum { BATCH_BYTES = 8 << 20 };

const struct conf_option submit_options[] = {
	{ "format", 'f', CONF_TEXT, offsetof(struct settings, format), "FORMAT",
	  "text, jsonl or lines (an article a line)", .standard = "auto" },
	{ "key", 'k', CONF_TEXT, offsetof(struct settings, key), "KEY",
	  "of the one article submitted" },
	{ "id", 0, CONF_TEXT, offsetof(struct settings, id), "ID",
	  "of the one article submitted; comes back with the result" },
	{ "priority", 0, CONF_TEXT, offsetof(struct settings, priority), "N",
	  "-9 to 9; of a tenant's articles the higher go first" },
	{ "delay", 0, CONF_TEXT, offsetof(struct settings, delay), "TIME",
	  "do not work on them before so long from now" },
	{ "not-before", 0, CONF_TEXT, offsetof(struct settings, not_before), "DATE",
	  "do not work on them before then: 2026-03-28T17:00:00Z" },
	{ "lease", 0, CONF_TEXT, offsetof(struct settings, lease), "TIME",
	  "how long a worker may hold one of them without a word about it" },
	{ "attempts", 0, CONF_TEXT, offsetof(struct settings, attempts), "N",
	  "after so many that failed it is dead" },
	{ "batch", 0, CONF_COUNT, offsetof(struct settings, batch), "N",
	  "articles in a message at most", .standard = "256", .min = 1,
	  .max = HEARSAY_BATCH_MAX },
	{ "wait", 'w', CONF_FLAG, offsetof(struct settings, wait), NULL,
	  "wait for the results and show them" },
	{ "table", 0, CONF_FLAG, offsetof(struct settings, table), NULL,
	  "with --wait: a row for each attribution" },
	{ 0 },
};

struct submitting {
	const struct settings *s;
	struct show show;
	struct hearsay *h;
	struct input *in;
	struct progress *progress;
	struct item *items[HEARSAY_BATCH_MAX];
	size_t n, bytes;
	uint64_t taken, seen;
	struct jobs jobs;   /* to wait for */
	struct terms terms; /* of articles that do not name their own */
	enum err first;
};

static void
say(struct submitting *u, enum err e)
{
	progress_hide(u->progress);
	keep_first(&u->first, complain(e));
}

/* ------------------------------------------------------------------- receipts */

static const char *const statuses[] = { "refused", "accepted", "exists", "conflict" };

static void
print_json(const struct hearsay_receipt *r)
{
	fputs("{\"key\":", stdout);
	json_text(stdout, r->key);
	printf(",\"job\":%" PRIu64 ",\"status\":\"%s\"", r->job, statuses[r->status]);
	if (*r->reason != '\0') {
		fputs(",\"reason\":", stdout);
		json_text(stdout, r->reason);
	}
	fputs("}\n", stdout);
}

static void
print_receipt(struct submitting *u, const struct hearsay_receipt *r)
{
	progress_hide(u->progress);
	if (u->s->json) {
		print_json(r);
		return;
	}
	show_bold(&u->show, r->key);
	if (r->job != 0)
		printf("  %s %s job %" PRIu64 "\n", statuses[r->status],
		       r->status == HEARSAY_CONFLICT ? "with" : "as", r->job);
	else
		printf("  %s\n", statuses[r->status]);
}

static void
judge_receipt(struct submitting *u, const struct hearsay_receipt *r, const char *origin)
{
	if (r->status == HEARSAY_CONFLICT)
		say(u, err_set(ERR_CONFLICT,
		               "%.200s: the key \"%.100s\" was used before, with another "
		               "text: submit this one under another key",
		               origin, r->key));
	else if (r->status != HEARSAY_REFUSED && u->s->wait)
		keep_first(&u->first, jobs_add(&u->jobs, NULL, r->job));
}

/*
 * The refused ones of a batch, in one line, for they have mostly one reason.  If the
 * broker was asked again and again, the others would fare no better: that ends it.
 */
static enum err
judge_refusals(struct submitting *u, const struct hearsay_receipt *v)
{
	size_t refused = 0, first = 0;
	char what[64] = "";

	for (size_t i = u->n; i-- > 0;)
		if (v[i].status == HEARSAY_REFUSED) {
			refused++;
			first = i;
		} else if (v[i].status != HEARSAY_CONFLICT) {
			u->taken++;
		}
	if (refused == 0)
		return OK;
	if (refused > 1)
		snprintf(what, sizeof what, " and %zu more", refused - 1);
	(void)err_set(ERR_BUSY, "%.200s%s: refused by the broker: %.200s",
	              u->items[first]->origin, what,
	              *v[first].reason != '\0' ? v[first].reason : "no reason given");
	if (v[first].retry_after_ms > 0)
		return ERR_BUSY;
	say(u, ERR_BUSY);
	return OK;
}

/* --------------------------------------------------------------------- batches */

static struct hearsay_article
article_of(const struct submitting *u, const struct item *it)
{
	struct terms terms = it->terms;

	terms_complete(&terms, &u->terms);
	return (struct hearsay_article){ .key = it->key,
		                         .id = it->id,
		                         .url = it->url,
		                         .title = it->title,
		                         .language = it->language,
		                         .published = it->published,
		                         .tenant = it->tenant,
		                         .text = it->text,
		                         .text_size = it->size,
		                         .priority = terms.priority,
		                         .not_before_ms = terms.not_before_ms,
		                         .delay_ms = terms.delay_ms,
		                         .lease_ms = terms.lease_ms,
		                         .attempts = terms.attempts };
}

static enum err
send_batch(struct submitting *u, struct hearsay_receipt *receipts)
{
	struct hearsay_article *v = calloc(u->n, sizeof *v);
	enum err e;

	if (v == NULL)
		return err_set(ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < u->n; i++)
		v[i] = article_of(u, u->items[i]);
	e = (enum err)hearsay_submit(u->h, v, u->n, receipts);
	free(v);
	return e;
}

static void
forget_batch(struct submitting *u)
{
	for (size_t i = 0; i < u->n; i++)
		item_free(u->items[i]);
	u->n = u->bytes = 0;
}

static enum err
flush_batch(struct submitting *u)
{
	static struct hearsay_receipt receipts[HEARSAY_BATCH_MAX];
	enum err e = OK;

	if (u->n > 0 && (e = send_batch(u, receipts)) == OK) {
		for (size_t i = 0; i < u->n; i++) {
			print_receipt(u, &receipts[i]);
			judge_receipt(u, &receipts[i], u->items[i]->origin);
		}
		fflush(stdout);
		e = judge_refusals(u, receipts);
	}
	forget_batch(u);
	progress_step(u->progress, input_done(u->in), u->taken);
	return e;
}

/* ------------------------------------------------------------------------ input */

/* Names given by hand are for one article only. */
static enum err
name_by_hand(struct submitting *u, struct item *it)
{
	if (u->s->key == NULL && u->s->id == NULL)
		return OK;
	if (u->seen++ > 0)
		return err_set(
		    ERR_USAGE,
		    "%.200s: --key and --id are for one article, and this is the "
		    "second",
		    it->origin);
	if (u->s->key != NULL)
		it->key = u->s->key;
	if (u->s->id != NULL)
		it->id = u->s->id;
	return OK;
}

/* A file's name may be anything; a key may not. */
static enum err
check_key(const struct item *it)
{
	if (utf8_valid(it->key, strlen(it->key)) == strlen(it->key) &&
	    utf8_valid(it->id, strlen(it->id)) == strlen(it->id))
		return OK;
	return err_set(ERR_BAD_INPUT,
	               "%.200s: its name is not UTF-8, so it makes no key: give one with "
	               "--key and --id",
	               it->origin);
}

static enum err
add_item(struct submitting *u, struct item *it)
{
	enum err e;

	if ((e = name_by_hand(u, it)) != OK || (e = check_key(it)) != OK) {
		say(u, e);
		item_free(it);
		return OK;
	}
	u->items[u->n++] = it;
	u->bytes += it->size;
	if (u->n < (size_t)u->s->batch && u->bytes < BATCH_BYTES)
		return OK;
	return flush_batch(u);
}

static enum err
submit_all(struct submitting *u)
{
	struct item *it;
	enum err e = OK;

	while (e == OK) {
		enum err bad = input_next(u->in, &it);

		if (bad != OK)
			say(u, bad);
		else if (it == NULL)
			return flush_batch(u);
		else
			e = add_item(u, it);
	}
	return e;
}

/* The broker is gone: how much it has, and how to go on. */
static void
say_broken_off(struct submitting *u, enum err e)
{
	char why[400];

	snprintf(why, sizeof why, "%s", err_text());
	if (u->taken > 0)
		(void)err_set(e,
		              "%s (%" PRIu64
		              " articles are submitted; give the same command "
		              "again to go on)",
		              why, u->taken);
	say(u, e);
}

/* The terms given on the command line. */
static enum err
read_terms(struct submitting *u)
{
	const struct settings *s = u->s;
	const char *const words[] = { s->priority, s->not_before, s->delay, s->lease,
		                      s->attempts };
	char why[200];

	for (int i = 0; terms_names[i] != NULL; i++)
		if (words[i] != NULL &&
		    terms_set(&u->terms, terms_names[i], words[i]) != OK) {
			snprintf(why, sizeof why, "%s", err_text());
			return err_set(ERR_USAGE, "%s: %s", terms_names[i], why);
		}
	return OK;
}

static enum err
open_submitting(struct submitting *u, char *const *words)
{
	enum input_format format;
	struct results r;
	enum err e;

	if (*words == NULL)
		return err_set(ERR_USAGE, "submit what?  give files, folders, or - for "
		                          "standard input");
	if ((e = results_open(u->s, &r)) != OK || (e = read_terms(u)) != OK ||
	    (e = input_format_named(u->s->format, &format)) != OK ||
	    (e = open_broker(u->s, &u->h)) != OK)
		return e;
	u->show = r.show;
	u->progress =
	    progress_open("submitted", u->s->quiet ? 0 : input_total(words), u->s->quiet);
	return input_open(words, format, &u->in);
}

enum err
cmd_submit(const struct settings *s, char *const *words)
{
	static struct submitting u;
	enum err e;

	u = (struct submitting){ .s = s };
	if ((e = open_submitting(&u, words)) != OK)
		say(&u, e);
	else if ((e = submit_all(&u)) != OK)
		say_broken_off(&u, e);
	progress_close(u.progress);
	if (e == OK && u.jobs.n > 0)
		keep_first(&u.first, jobs_await(u.h, s, &u.jobs));
	forget_batch(&u);
	input_close(u.in);
	hearsay_close(u.h);
	jobs_free(&u.jobs);
	return u.first;
}
