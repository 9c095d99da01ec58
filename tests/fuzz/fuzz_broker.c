/*
 * One message of a client or a worker, from the first byte's kind, against a
 * whole broker on a store in memory's file system.  The store lives on from
 * input to input, so that messages meet jobs, leases and waits.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/broker.h"
#include "log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[64], clients[96], workers[96];
static struct settings set = {
	.data = dir,
	.clients = clients,
	.workers = workers,
	.lease_ms = 1000,
	.heartbeat_ms = 5000,
	.attempts = 3,
	.max_queue = 1000,
	.max_message = 1 << 20,
	.max_peers = 50,
	.max_waits = 20,
	.grace_ms = 1000,
	.keep_ms = 2000,
	.keep_articles_ms = 500,
	.tenant_queue = 500,
	.tenant_bytes = 1 << 20,
	.tenant_rate = 10000,
	.tenant_burst = 100,
};

static void
clean_up(void)
{
	static const char *const files[] = { "lock",         "queue.db", "queue.db-wal",
		                             "queue.db-shm", "clients",  "workers" };
	char path[128];

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, files[i]);
		unlink(path);
	}
	rmdir(dir);
}

static struct broker *
open_broker(void)
{
	struct broker *b = NULL;

	snprintf(dir, sizeof dir, "/dev/shm/hearsay-fuzz-XXXXXX");
	if (mkdtemp(dir) == NULL || log_set_level("error") != OK)
		abort();
	atexit(clean_up);
	snprintf(clients, sizeof clients, "ipc://%s/clients", dir);
	snprintf(workers, sizeof workers, "ipc://%s/workers", dir);
	if (broker_open(&set, &b) != OK)
		abort();
	return b;
}

/* This machine's program, an admin, a client of one tenant, and a stranger. */
enum { PASSES = 4 };
static const struct pass passes[PASSES] = {
	{ .open = true },
	{ .admin = true, .who = { .name = "root" } },
	{ .who = { .name = "desk", .bound = true, .tenant = "a" } },
	{ 0 },
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct broker *b;
	struct peer_id from = { .n = 5, .v = { 0 } };
	uint8_t *copy;

	if (b == NULL)
		b = open_broker();
	if (size == 0)
		return 0;
	from.v[4] = data[0] >> 1;
	copy = malloc(size); /* of its size, so that reading beyond it is seen */
	if (copy == NULL)
		abort();
	memcpy(copy, data + 1, size - 1);
	if (broker_take(b, data[0] & 1 ? PORT_WORKERS : PORT_CLIENTS, &from,
	                &passes[from.v[4] % PASSES],
	                (struct bytes){ size - 1, copy }) != OK ||
	    broker_turn(b) != OK)
		abort(); /* no message may end the broker */
	free(copy);
	return 0;
}
