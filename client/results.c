/*
 * One place for the four forms, so that extract, get, wait, watch and submit --wait
 * cannot differ.
 */
#include <stdio.h>

#include "claimreview.h"
#include "json.h"
#include "results.h"

enum err
results_open(const struct settings *s, struct results *ret)
{
	enum show_colour colour;
	enum err e = show_colour_named(s->color, &colour);

	if (e == OK)
		*ret = (struct results){ .s = s, .show = show_open(stdout, colour) };
	return e;
}

enum hearsay_with
results_need(const struct results *r)
{
	return r->s->json && !r->s->claimreview ? HEARSAY_WITH_EXTRACTION
	                                        : HEARSAY_WITH_BOTH;
}

void
results_extraction(struct results *r, const struct shown *a, const char *model)
{
	if (r->s->claimreview) {
		struct appearance in = { a->name,      a->url,  a->title,
			                 a->published, a->text, a->size };

		claimreview_write(r->show.out, &in, &a->found);
	} else if (r->s->json) {
		json_extraction(r->show.out, a->name, model, &a->found);
	} else if (r->s->table) {
		show_table(&r->show, a, !r->headed);
		r->headed = true;
	} else {
		show_article(&r->show, a);
	}
}

enum err
results_judge(const struct hearsay_job *job)
{
	unsigned long long id = job->id;

	if (job->state == HEARSAY_UNKNOWN && *job->key != '\0')
		return complain(err_set(ERR_NOT_FOUND,
		                        "%.200s: the broker knows no such article: check "
		                        "the key and the tenant, or submit it",
		                        job->key));
	if (job->state == HEARSAY_UNKNOWN)
		return complain(
		    err_set(ERR_NOT_FOUND, "job %llu: the broker knows no such job", id));
	if (job->state == HEARSAY_DONE && *job->model == '\0')
		return complain(err_set(ERR_IO, "%.200s: %.250s", job->key, job->reason));
	if (job->state == HEARSAY_DEAD || job->state == HEARSAY_CANCELLED)
		return ERR_IO; /* shown, with its reason, as what it is */
	return OK;
}

static void
show_job(struct results *r, const struct hearsay_job *job)
{
	struct shown a = {
		.name = job->key,
		.title = "",
		.found = found_in(job),
	};

	if (job->has_article) {
		a.title = job->article.title;
		a.text = job->article.text;
		a.size = job->article.text_size;
		a.url = job->article.url;
		a.published = job->article.published;
	}
	results_extraction(r, &a, job->model);
}

/* Of what is not done there are none, which is said beside them. */
static void
show_claims(struct results *r, const struct hearsay_job *job)
{
	if (*job->model != '\0')
		show_job(r, job);
	else if (job->state != HEARSAY_UNKNOWN && !r->s->quiet)
		fprintf(stderr, "hearsay: %s: is %s: no claims\n", job->key,
		        hearsay_state_name(job->state));
}

enum err
results_job(struct results *r, const struct hearsay_job *job)
{
	if (r->s->claimreview)
		show_claims(r, job);
	else if (r->s->json)
		json_job(r->show.out, job, r->with_sequence);
	else if (*job->model != '\0')
		show_job(r, job);
	else if (job->state != HEARSAY_UNKNOWN)
		show_state(&r->show, job);
	return results_judge(job);
}
