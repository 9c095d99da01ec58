/*
 * hearsay-broker: options, then open, run, close.
 */
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "broker/broker.h"
#include "broker/ports.h"
#include "broker/service.h"
#include "broker/settings.h"
#include "broker/tend.h"
#include "conf.h"
#include "log.h"

#define FIELD(name) offsetof(struct settings, name)
#define STANDARD_FILE "/etc/hearsay/broker.conf"

enum { SECOND = 1000, DAY = 86400 * SECOND, SAY_EACH = 10 };

static const struct conf_option options[] = {
	{ "data", 'd', CONF_TEXT, FIELD(data), "DIR",
	  "folder that holds the queue; made if absent" },
	{ "clients", 0, CONF_TEXT, FIELD(clients), "ADDRESS", "where clients connect",
	  .standard = "tcp://127.0.0.1:5570" },
	{ "workers", 0, CONF_TEXT, FIELD(workers), "ADDRESS", "where workers connect",
	  .standard = "tcp://127.0.0.1:5571" },
	{ "keys", 0, CONF_TEXT, FIELD(keys), "DIR",
	  "the broker's key, and the lists of who may come in; else DIR/keys of --data" },
	{ "require-keys", 0, CONF_FLAG, FIELD(require_keys), NULL,
	  "ask for keys on 127.0.0.1 too; on other addresses they are always asked for" },
	{ "lease", 0, CONF_DURATION, FIELD(lease_ms), "TIME",
	  "how long a worker may hold an article without a word about it",
	  .standard = "60s", .min = 100, .max = DAY, .reload = true },
	{ "attempts", 0, CONF_COUNT, FIELD(attempts), "N",
	  "failed attempts after which an article is dead", .standard = "5", .min = 1,
	  .max = 1000, .reload = true },
	{ "heartbeat", 0, CONF_DURATION, FIELD(heartbeat_ms), "TIME",
	  "how often each side says that it is there; three missed are an end",
	  .standard = "5s", .min = 20, .max = 600LL * SECOND },
	{ "drain", 0, CONF_DURATION, FIELD(drain_ms), "TIME",
	  "how long to wait at the end for running work to report", .standard = "10s",
	  .max = DAY, .reload = true },
	{ "grace", 0, CONF_DURATION, FIELD(grace_ms), "TIME",
	  "how long leases wait for their workers once the broker was restarted",
	  .standard = "20s", .min = 100, .max = DAY, .reload = true },
	{ "max-queue", 0, CONF_COUNT, FIELD(max_queue), "N",
	  "unfinished articles; more are refused for now", .standard = "1000000",
	  .min = 1, .max = 1000000000, .reload = true },
	{ "tenant-queue", 0, CONF_COUNT, FIELD(tenant_queue), "N",
	  "unfinished articles of one tenant; more are refused for now; 0: no bound",
	  .standard = "0", .max = 1000000000, .reload = true },
	{ "tenant-bytes", 0, CONF_SIZE, FIELD(tenant_bytes), "SIZE",
	  "their bytes, compressed; more are refused for now; 0: no bound",
	  .standard = "0", .max = INT64_MAX, .reload = true },
	{ "tenant-rate", 0, CONF_COUNT, FIELD(tenant_rate), "N",
	  "new articles of one tenant a second, in the long run; 0: no bound",
	  .standard = "0", .max = 1000000, .reload = true },
	{ "tenant-burst", 0, CONF_COUNT, FIELD(tenant_burst), "N",
	  "new articles that it may bring at once, where --tenant-rate bounds it",
	  .standard = "1000", .min = 1, .max = 1000000, .reload = true },
	{ "keep", 0, CONF_DURATION, FIELD(keep_ms), "TIME",
	  "how long after their end articles are kept with their results; 0s: for ever",
	  .standard = "0s", .max = 36500LL * DAY, .reload = true },
	{ "keep-articles", 0, CONF_DURATION, FIELD(keep_articles_ms), "TIME",
	  "how long after its end the text of a done article is kept; 0s: as long as "
	  "its result",
	  .standard = "0s", .max = 36500LL * DAY, .reload = true },
	{ "max-message", 0, CONF_SIZE, FIELD(max_message), "SIZE",
	  "bytes of a message; a larger one is refused", .standard = "64M", .min = 4096,
	  .max = 64 << 20, .reload = true },
	{ "max-peers", 0, CONF_COUNT, FIELD(max_peers), "N",
	  "workers and clients at one time", .standard = "10000", .min = 2,
	  .max = 1000000 },
	{ "max-per-address", 0, CONF_COUNT, FIELD(max_per_address), "N",
	  "of these from one address of another machine; 0 for no limit",
	  .standard = "1000", .max = 1000000, .reload = true },
	{ "max-waits", 0, CONF_COUNT, FIELD(max_waits), "N",
	  "gets, waits and watches at one time", .standard = "1024", .min = 1,
	  .max = 100000, .reload = true },
	{ "min-free", 0, CONF_SIZE, FIELD(min_free), "SIZE",
	  "room to leave on the disk; below it articles are refused for now",
	  .standard = "64M", .max = INT64_MAX, .reload = true },
	{ "models", 0, CONF_TEXT, FIELD(models), "NAMES",
	  "deal only to workers with one of these models, say \"hearsay-1*, hearsay-2\"",
	  .standard = "", .reload = true },
	{ "metrics", 0, CONF_TEXT, FIELD(metrics), "ADDRESS",
	  "serve /metrics and /healthz there, say 127.0.0.1:9570", .standard = "" },
	{ "log-level", 0, CONF_TEXT, FIELD(log_level), "LEVEL",
	  "error, warn, info or debug", .standard = "info", .reload = true },
	{ "check-config", 0, CONF_FLAG, FIELD(check_config), NULL,
	  "read the settings, say whether they are right, and end" },
	{ "check", 0, CONF_FLAG, FIELD(check), NULL,
	  "say whether all is well with what is in DIR, and end" },
	{ "repair", 0, CONF_FLAG, FIELD(repair), NULL,
	  "make what is in DIR anew from what of it can be read, and end" },
	{ "compact", 0, CONF_FLAG, FIELD(compact), NULL,
	  "make what is in DIR as small as it can be, and end" },
	{ "help", 'h', CONF_FLAG, FIELD(help), NULL, "show this" },
	{ "version", 'V', CONF_FLAG, FIELD(version), NULL, "show the version" },
	{ 0 },
};

struct program {
	struct settings set;
	struct conf *conf;
	char **words;
};

static int
fail(enum err e)
{
	fprintf(stderr, "hearsay-broker: %s\n", err_text());
	return err_exit_status(e);
}

static int
help(void)
{
	puts("usage: hearsay-broker --data DIR [OPTION...]\n\n"
	     "Takes articles from clients, keeps them in DIR, hands them to workers and\n"
	     "keeps what these find.  Settings may also stand in " STANDARD_FILE "\n"
	     "(or --config FILE), one \"name = value\" a line.\n");
	conf_help(options, stdout);
	puts("\nSignals: TERM and INT end it, HUP reads the file again.  See "
	     "hearsay-broker(8).");
	return EXIT_SUCCESS;
}

static int
version(void)
{
	puts("hearsay-broker " HEARSAY_VERSION);
	return EXIT_SUCCESS;
}

static enum err
reload(void *arg)
{
	struct program *p = arg;
	enum err e = conf_reload(p->conf, &p->set);

	return e == OK ? log_set_level(p->set.log_level) : e;
}

/* What the table cannot say. */
static enum err
check(const struct program *p)
{
	enum err e;

	if (p->words[0] != NULL)
		return err_set(ERR_USAGE, "\"%s\" is not understood: see --help",
		               p->words[0]);
	if (p->set.data == NULL || p->set.data[0] == '\0')
		return err_set(ERR_USAGE, "say with --data DIR where the queue is kept");
	if ((e = ports_check(p->set.clients)) != OK ||
	    (e = ports_check(p->set.workers)) != OK)
		return e;
	return log_set_level(p->set.log_level);
}

/*
 * Descriptors 0 to 2 are open, so that no file of the store gets their number
 * and a log line with it; and there are as many as the system allows.
 */
static void
prepare_descriptors(void)
{
	struct rlimit limit;
	int fd;

	while ((fd = open("/dev/null", O_RDWR)) >= 0 && fd <= STDERR_FILENO)
		;
	if (fd >= 0)
		close(fd);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/*
 * A disk that is full is waited for: a broker that ends would be started again and again.
 * ERR_FULL when a signal ends that.
 */
static enum err
open_broker(struct program *p, struct broker **ret)
{
	const struct timespec pause = { .tv_sec = 1 };
	enum err e;
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	for (int i = 0; (e = broker_open(&p->set, ret)) == ERR_FULL; i++) {
		if (i % SAY_EACH == 0)
			log_error("disk_full state=waiting reason=\"%s\"", err_text());
		service_starting("Waiting for room on the disk.");
		sigprocmask(SIG_BLOCK, &ends, NULL);
		if (sigtimedwait(&ends, NULL, &pause) > 0)
			return e;
	}
	return e;
}

static enum err
serve(struct program *p)
{
	struct broker *b;
	enum err e = open_broker(p, &b);

	if (e != OK)
		return e;
	broker_on_reload(b, reload, p);
	e = broker_run(b);
	broker_close(b);
	return e;
}

static enum err
work(struct program *p)
{
	if (p->set.check)
		return tend_check(p->set.data);
	if (p->set.repair)
		return tend_repair(p->set.data);
	if (p->set.compact)
		return tend_compact(p->set.data);
	return serve(p);
}

static int
run(struct program *p)
{
	enum err e;

	if (p->set.help)
		return help();
	if (p->set.version)
		return version();
	if ((e = check(p)) != OK)
		return fail(e);
	if (p->set.check_config) {
		puts("the settings are right");
		return EXIT_SUCCESS;
	}
	return (e = work(p)) == OK ? EXIT_SUCCESS : fail(e);
}

int
main(int argc, char *argv[])
{
	struct program p = { 0 };
	enum err e;
	int status;

	prepare_descriptors();
	log_open("broker");
	e = conf_open(options, &p.set, STANDARD_FILE, argc, argv, &p.conf, &p.words);
	if (e != OK)
		return fail(e);
	status = run(&p);
	conf_close(p.conf);
	return status;
}
