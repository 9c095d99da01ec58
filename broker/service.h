#ifndef SERVICE_H
#define SERVICE_H

#include <stdint.h>

#include "err.h"

/*
 * The process as the system sees it: its signals and what systemd is told.
 * Without systemd the telling does nothing.
 */
struct service;

enum service_event { SERVICE_NOTHING, SERVICE_STOP, SERVICE_RELOAD };

/*
 * Blocks SIGTERM, SIGINT and SIGHUP in this thread, and so in those it starts
 * later; they come from service_fd.  SIGPIPE is ignored.
 */
MUST_CHECK enum err service_open(struct service **ret);
void service_close(struct service *s); /* takes NULL; unblocks nothing */

/* Readable when there is an event. */
int service_fd(const struct service *s);
enum service_event service_next(struct service *s);

void service_starting(const char *doing);
void service_ready(const char *status);
void service_status(const char *status);
void service_reloading(void);
void service_stopping(void);

/* Call it at least so often, from the loop that must not hang; INT64_MAX: never. */
int64_t service_watchdog_ms(const struct service *s);
void service_alive(void);

#endif
