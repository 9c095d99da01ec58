/*
 * Signals by signalfd, systemd by libsystemd.
 */
#include "service.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

struct service {
	int fd;
	int64_t watchdog_ms;
};

enum err
service_open(struct service **ret)
{
	struct service *s = calloc(1, sizeof *s);
	uint64_t usec = 0;
	sigset_t set;

	if (s == NULL)
		return err_set(ERR_NOMEM, "no memory to start");
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	signal(SIGPIPE, SIG_IGN);
	s->fd = -1;
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) == 0)
		s->fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (s->fd < 0) {
		free(s);
		return err_set(ERR_IO, "signals: %s", strerror(errno));
	}
	s->watchdog_ms = INT64_MAX;
	if (sd_watchdog_enabled(0, &usec) > 0)
		s->watchdog_ms = (int64_t)(usec / 3000) + 1;
	*ret = s;
	return OK;
}

void
service_close(struct service *s)
{
	if (s == NULL)
		return;
	close(s->fd);
	free(s);
}

int
service_fd(const struct service *s)
{
	return s->fd;
}

enum service_event
service_next(struct service *s)
{
	struct signalfd_siginfo info;

	if (read(s->fd, &info, sizeof info) != sizeof info)
		return SERVICE_NOTHING;
	return info.ssi_signo == SIGHUP ? SERVICE_RELOAD : SERVICE_STOP;
}

void
service_starting(const char *doing)
{
	sd_notifyf(0, "STATUS=%s\nEXTEND_TIMEOUT_USEC=300000000", doing);
}

void
service_ready(const char *status)
{
	sd_notifyf(0, "READY=1\nSTATUS=%s", status);
}

void
service_status(const char *status)
{
	sd_notifyf(0, "STATUS=%s", status);
}

void
service_reloading(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld",
	           (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

void
service_stopping(void)
{
	sd_notify(0, "STOPPING=1\nSTATUS=Waiting for running work to report.");
}

int64_t
service_watchdog_ms(const struct service *s)
{
	return s->watchdog_ms;
}

void
service_alive(void)
{
	sd_notify(0, "WATCHDOG=1");
}
