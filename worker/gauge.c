/*
 * A worker's numbers.
 */
#include "gauge.h"

#include <stdlib.h>
#include <string.h>

static const struct metric numbers[GAUGE_NUMBERS] = {
	[GAUGE_DONE] = { .name = "hearsay_worker_articles_total",
	                 .labels = "outcome=\"done\"",
	                 .help = "Articles read.",
	                 .kind = METRIC_COUNTER },
	[GAUGE_FAILED] = { .name = "hearsay_worker_articles_total",
	                   .labels = "outcome=\"failed\"",
	                   .kind = METRIC_COUNTER },
	[GAUGE_BYTES] = { .name = "hearsay_worker_text_bytes_total",
	                  .help = "Text read; some six bytes are a word.",
	                  .kind = METRIC_COUNTER },
	[GAUGE_ARTICLE] = { .name = "hearsay_worker_article_seconds",
	                    .help = "How long a thread took for an article.",
	                    .kind = METRIC_HISTOGRAM,
	                    .unit = 1e-6 },
	[GAUGE_LINES] = { .name = "hearsay_worker_brokers_connected",
	                  .help = "Brokers that have welcomed us.",
	                  .kind = METRIC_GAUGE },
	[GAUGE_BROKERS] = { .name = "hearsay_worker_brokers",
	                    .help = "Brokers that we serve.",
	                    .kind = METRIC_GAUGE },
	[GAUGE_HELD] = { .name = "hearsay_worker_held",
	                 .help = "Articles held: waiting, at work, or not settled yet.",
	                 .kind = METRIC_GAUGE },
	[GAUGE_THREADS] = { .name = "hearsay_worker_engine_threads",
	                    .help = "Engine threads of this worker.",
	                    .kind = METRIC_GAUGE },
	[GAUGE_BUILD] = { .name = "hearsay_build_info",
	                  .labels = "program=\"worker\",version=\"" HEARSAY_VERSION "\"",
	                  .help = "Always 1.",
	                  .kind = METRIC_GAUGE },
};

struct gauge {
	struct metric v[GAUGE_NUMBERS];
	struct exposer *exposer;
};

/* While it has any broker. */
static int
is_healthy(void *arg)
{
	const struct gauge *g = arg;

	return atomic_load(&g->v[GAUGE_LINES].value) > 0;
}

enum err
gauge_open(const char *address, struct gauge **ret)
{
	struct gauge *g = calloc(1, sizeof *g);
	enum err e = OK;

	if (g == NULL)
		return err_set(ERR_NOMEM, "no memory for metrics");
	memcpy(g->v, numbers, sizeof g->v);
	gauge_add(g, GAUGE_BUILD, 1);
	if (address != NULL && address[0] != '\0')
		e = exposer_open(address, g->v, GAUGE_NUMBERS, is_healthy, g,
		                 &g->exposer);
	if (e != OK) {
		free(g);
		return e;
	}
	*ret = g;
	return OK;
}

void
gauge_close(struct gauge *g)
{
	if (g == NULL)
		return;
	exposer_close(g->exposer);
	free(g);
}

void
gauge_add(struct gauge *g, enum gauge_number which, int64_t n)
{
	if (g != NULL)
		metric_add(&g->v[which], n);
}

void
gauge_observe(struct gauge *g, enum gauge_number which, int64_t value)
{
	if (g != NULL)
		metric_observe(&g->v[which], value);
}
