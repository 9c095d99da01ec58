/*
 * The broker's numbers.
 */
#include "broker/meter.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define JOBS(state, text)                                                                \
	{                                                                                \
		.name = "hearsay_jobs", .labels = "state=\"" state "\"", .help = text,   \
		.kind = METRIC_GAUGE                                                     \
	}
#define PEERS(kind_, text)                                                               \
	{                                                                                \
		.name = "hearsay_peers", .labels = "kind=\"" kind_ "\"", .help = text,   \
		.kind = METRIC_GAUGE                                                     \
	}
#define NUMBER(name_, kind_, text)                                                       \
	{                                                                                \
		.name = name_, .help = text, .kind = kind_                               \
	}
#define SECONDS(name_, kind_, unit_, text)                                               \
	{                                                                                \
		.name = name_, .help = text, .kind = kind_, .unit = unit_                \
	}

static const struct metric numbers[METER_NUMBERS] = {
	[METER_JOBS] = JOBS("ready", "Articles in the queue, by state."),
	[METER_JOBS + 1] = JOBS("delayed", NULL),
	[METER_JOBS + 2] = JOBS("leased", NULL),
	[METER_JOBS + 3] = JOBS("done", NULL),
	[METER_JOBS + 4] = JOBS("dead", NULL),
	[METER_JOBS + 5] = JOBS("cancelled", NULL),
	[METER_OLDEST] = SECONDS("hearsay_oldest_ready_seconds", METRIC_GAUGE, 0.001,
	                         "How long the article that waits longest has waited."),
	[METER_PEERS] = PEERS("worker", "Who is connected."),
	[METER_PEERS + 1] = PEERS("client", NULL),
	[METER_THREADS] = NUMBER("hearsay_worker_threads", METRIC_GAUGE,
	                         "Engine threads of all workers."),
	[METER_SEQUENCE] = NUMBER("hearsay_sequence", METRIC_COUNTER,
	                          "Number of the newest end of a job."),
	[METER_ROOM] =
	    NUMBER("hearsay_disk_low", METRIC_GAUGE,
	           "1 while articles are refused for want of room on the disk."),
	[METER_ACCEPTED] = NUMBER("hearsay_accepted_total", METRIC_COUNTER,
	                          "Articles acknowledged as new."),
	[METER_REFUSED] = NUMBER("hearsay_refused_total", METRIC_COUNTER,
	                         "Articles refused, for now or for good."),
	[METER_RESULTS] = NUMBER("hearsay_results_total", METRIC_COUNTER,
	                         "Articles done: their results are stored."),
	[METER_FAILURES] = NUMBER("hearsay_failed_attempts_total", METRIC_COUNTER,
	                          "Leases that ended without a result."),
	[METER_BURIED] = NUMBER("hearsay_buried_total", METRIC_COUNTER,
	                        "Articles that became dead letters or were cancelled."),
	[METER_NONSENSE] = NUMBER("hearsay_bad_messages_total", METRIC_COUNTER,
	                          "Messages that made no sense or were not allowed."),
	[METER_COMMIT] = SECONDS("hearsay_commit_seconds", METRIC_HISTOGRAM, 1e-6,
	                         "How long a commit took to reach the disk."),
	[METER_LEASE] = SECONDS("hearsay_lease_seconds", METRIC_HISTOGRAM, 0.001,
	                        "From a lease to its result."),
	[METER_BUILD] = { .name = "hearsay_build_info",
	                  .labels = "program=\"broker\",version=\"" HEARSAY_VERSION "\"",
	                  .help = "Always 1.",
	                  .kind = METRIC_GAUGE },
};

struct meter {
	struct metric v[METER_NUMBERS];
	_Atomic int64_t alive_ms;
	struct exposer *exposer;
};

static int
is_healthy(void *arg)
{
	struct meter *m = arg;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 -
	           atomic_load(&m->alive_ms) <
	       METER_STUCK_MS;
}

enum err
meter_open(const char *address, struct meter **ret)
{
	struct meter *m = calloc(1, sizeof *m);
	enum err e = OK;

	if (m == NULL)
		return err_set(ERR_NOMEM, "no memory for metrics");
	memcpy(m->v, numbers, sizeof m->v);
	meter_set(m, METER_BUILD, 1);
	if (address != NULL && address[0] != '\0')
		e = exposer_open(address, m->v, METER_NUMBERS, is_healthy, m,
		                 &m->exposer);
	if (e != OK) {
		free(m);
		return e;
	}
	*ret = m;
	return OK;
}

void
meter_close(struct meter *m)
{
	if (m == NULL)
		return;
	exposer_close(m->exposer);
	free(m);
}

void
meter_add(struct meter *m, enum meter_number which, int64_t n)
{
	metric_add(&m->v[which], n);
}

void
meter_set(struct meter *m, enum meter_number which, int64_t value)
{
	metric_set(&m->v[which], value);
}

void
meter_observe(struct meter *m, enum meter_number which, int64_t value)
{
	metric_observe(&m->v[which], value);
}

void
meter_alive(struct meter *m, int64_t monotonic_ms)
{
	atomic_store(&m->alive_ms, monotonic_ms);
}
