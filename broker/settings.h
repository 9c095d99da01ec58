#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

/* What can be set; main.c has the table with names, defaults and bounds. */
struct settings {
	const char *data, *clients, *workers, *keys, *metrics, *models, *log_level;
	int64_t lease_ms, heartbeat_ms, drain_ms, grace_ms;
	int64_t keep_ms, keep_articles_ms;                             /* 0: for ever */
	int64_t tenant_queue, tenant_bytes, tenant_rate, tenant_burst; /* 0: no bound */
	int64_t attempts;
	int64_t max_queue, max_message, max_peers, max_per_address, max_waits;
	int64_t min_free;
	bool check, repair, compact; /* in place of serving */
	bool require_keys, check_config, help, version;
};

#endif
