/*
 * Metrics, and the page that Prometheus reads.
 */
#include "metric.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Upper bounds in base units: from a commit on a good disk to a day in the queue. */
static const double bounds[METRIC_BUCKETS] = { 0.0005, 0.001, 0.005, 0.01, 0.05,
	                                       0.1,    0.5,   1,     5,    30,
	                                       120,    600,   3600,  86400 };

static double
unit(const struct metric *m)
{
	return m->unit == 0 ? 1 : m->unit;
}

void
metric_add(struct metric *m, int64_t n)
{
	atomic_fetch_add_explicit(&m->value, n, memory_order_relaxed);
}

void
metric_set(struct metric *m, int64_t value)
{
	atomic_store_explicit(&m->value, value, memory_order_relaxed);
}

void
metric_observe(struct metric *m, int64_t value)
{
	double base = (double)value * unit(m);
	int i = 0;

	while (i < METRIC_BUCKETS && base > bounds[i])
		i++;
	atomic_fetch_add_explicit(&m->count[i], 1, memory_order_relaxed);
	metric_add(m, value);
}

/* --------------------------------------------------------------------- the page */

struct page {
	char *v;
	size_t n, size;
};

static void __attribute__((format(printf, 2, 3)))
put(struct page *p, const char *format, ...)
{
	size_t room = p->n < p->size ? p->size - p->n : 0;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(room == 0 ? NULL : p->v + p->n, room, format, ap);
	va_end(ap);
	p->n += n < 0 ? 0 : (size_t)n;
}

static void
put_head(struct page *p, const struct metric *m)
{
	static const char *const types[] = { "counter", "gauge", "histogram" };

	put(p, "# HELP %s %s\n# TYPE %s %s\n", m->name, m->help == NULL ? "" : m->help,
	    m->name, types[m->kind]);
}

static void
put_value(struct page *p, const struct metric *m, const char *suffix)
{
	int64_t value = atomic_load_explicit(&m->value, memory_order_relaxed);

	put(p, "%s%s", m->name, suffix);
	if (m->labels != NULL)
		put(p, "{%s}", m->labels);
	if (unit(m) == 1)
		put(p, " %" PRId64 "\n", value);
	else
		put(p, " %.9g\n", (double)value * unit(m));
}

static void
put_bucket(struct page *p, const struct metric *m, const char *bound, uint64_t count)
{
	put(p, "%s_bucket{%s%sle=\"%s\"} %" PRIu64 "\n", m->name,
	    m->labels == NULL ? "" : m->labels, m->labels == NULL ? "" : ",", bound,
	    count);
}

static void
put_histogram(struct page *p, const struct metric *m)
{
	uint64_t below = 0;
	char bound[32];

	for (int i = 0; i <= METRIC_BUCKETS; i++) {
		below += atomic_load_explicit(&m->count[i], memory_order_relaxed);
		if (i < METRIC_BUCKETS)
			snprintf(bound, sizeof bound, "%g", bounds[i]);
		put_bucket(p, m, i < METRIC_BUCKETS ? bound : "+Inf", below);
	}
	put_value(p, m, "_sum");
	put(p, "%s_count", m->name);
	if (m->labels != NULL)
		put(p, "{%s}", m->labels);
	put(p, " %" PRIu64 "\n", below);
}

size_t
metric_page(const struct metric *all, size_t n, char *ret, size_t size)
{
	struct page p = { ret, 0, size };

	if (size > 0)
		ret[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || strcmp(all[i].name, all[i - 1].name) != 0)
			put_head(&p, &all[i]);
		if (all[i].kind == METRIC_HISTOGRAM)
			put_histogram(&p, &all[i]);
		else
			put_value(&p, &all[i], "");
	}
	return p.n;
}
