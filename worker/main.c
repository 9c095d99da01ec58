/*
 * hearsay-worker: options, engine, pool, link; then the link runs.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <zmq.h>

#include "conf.h"
#include "err.h"
#include "log.h"

#include "cores.h"
#include "fleet.h"
#include "work.h"

#define STANDARD_FILE "/etc/hearsay/worker.conf"

struct settings {
	const char *broker, *secret_key, *broker_key, *model, *metrics, *log_level;
	int64_t threads, prefetch, drain_ms;
	bool help, version;
};

static const struct conf_option options[] = {
	{ "broker", 'b', CONF_TEXT, offsetof(struct settings, broker), "ENDPOINT",
	  "broker's address for workers: tcp://HOST:PORT or ipc://PATH; several with "
	  "commas",
	  .standard = "tcp://127.0.0.1:5571" },
	{ "secret-key", 'k', CONF_TEXT, offsetof(struct settings, secret_key), "FILE",
	  "our secret key, of hearsay keys new, for a broker on another machine" },
	{ "broker-key", 0, CONF_TEXT, offsetof(struct settings, broker_key), "KEY",
	  "that broker's public key, or its file; of several brokers in their order" },
	{ "threads", 't', CONF_COUNT, offsetof(struct settings, threads), "N",
	  "engine threads; without it, one for every core that may be used", .min = 1,
	  .max = 1024 },
	{ "prefetch", 'p', CONF_COUNT, offsetof(struct settings, prefetch), "N",
	  "articles that wait here for each thread", .standard = "2", .max = 1024 },
	{ "model", 'm', CONF_TEXT, offsetof(struct settings, model), "FILE",
	  "weights, with vocab.txt beside them; without it, those installed" },
	{ "metrics", 0, CONF_TEXT, offsetof(struct settings, metrics), "ADDRESS",
	  "serve /metrics and /healthz there, say 127.0.0.1:9571", .standard = "" },
	{ "drain", 0, CONF_DURATION, offsetof(struct settings, drain_ms), "TIME",
	  "how long the articles at work may take after SIGTERM", .standard = "30s",
	  .max = 86400000 },
	{ "log-level", 'l', CONF_TEXT, offsetof(struct settings, log_level), "LEVEL",
	  "error, warn, info or debug", .standard = "info", .reload = true },
	{ "help", 'h', CONF_FLAG, offsetof(struct settings, help), NULL, "print this" },
	{ "version", 'V', CONF_FLAG, offsetof(struct settings, version), NULL,
	  "print the version" },
	{ 0 },
};

struct program {
	struct settings settings;
	struct conf *conf;
	struct engine *engine;
	void *zmq;
	struct fleet *fleet;
	struct gauge *gauge;
};

static void
usage(void)
{
	printf(
	    "usage: hearsay-worker [option ...]\n\n"
	    "Fetches articles from a hearsay-broker, finds who said what in them, and\n"
	    "brings the results back.  Runs until SIGTERM.\n\n");
	conf_help(options, stdout);
	printf("\nThe manual page hearsay-worker(8) says more.\n");
}

/* With 0, 1 or 2 closed, a socket would take that number and be written to as a log. */
static void
hold_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

/* Blocked before any thread starts, so that all of them have them blocked. */
static enum err
catch_signals(int *ret)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if ((*ret = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
		return err_set(ERR_IO, "no descriptor for signals: %m");
	return OK;
}

static void
reload(void *arg)
{
	struct program *p = arg;

	if (conf_reload(p->conf, &p->settings) != OK ||
	    log_set_level(p->settings.log_level) != OK)
		log_error("keeps its settings reason=\"%s\"", err_text());
	else
		log_info("reloaded log_level=%s", p->settings.log_level);
}

static enum err
settle(struct program *p, int argc, char *argv[])
{
	enum err e;
	char **words;

	if ((e = conf_open(options, &p->settings, STANDARD_FILE, argc, argv, &p->conf,
	                   &words)) != OK ||
	    (e = log_set_level(p->settings.log_level)) != OK)
		return e;
	if (*words != NULL)
		return err_set(ERR_USAGE, "'%s' is no option; see hearsay-worker --help",
		               *words);
	if (p->settings.threads == 0)
		p->settings.threads = cores_usable();
	return OK;
}

static enum err
start(struct program *p)
{
	struct fleet_options o = {
		.brokers = p->settings.broker,
		.broker_keys = p->settings.broker_key,
		.secret_key = p->settings.secret_key,
		.link = { .threads = (unsigned)p->settings.threads,
		          .prefetch = (unsigned)p->settings.prefetch,
		          .drain_ms = p->settings.drain_ms,
		          .reload = reload,
		          .reload_arg = p },
	};
	enum err e;

	if ((e = catch_signals(&o.link.signals)) != OK ||
	    (e = engine_open(p->settings.model, &p->engine)) != OK)
		return e;
	if ((e = gauge_open(p->settings.metrics, &p->gauge)) != OK)
		return e;
	o.link.gauge = p->gauge;
	if ((p->zmq = zmq_ctx_new()) == NULL)
		return err_set(ERR_NOMEM, "no memory for ZeroMQ");
	o.link.model = engine_model(p->engine);
	o.work = work_engine(p->engine);
	o.zmq_context = p->zmq;
	return fleet_open(&o, &p->fleet);
}

static enum err
run(struct program *p)
{
	enum err e;

	log_info("started version=%s broker=%s threads=%d prefetch=%d model=%s",
	         HEARSAY_VERSION, p->settings.broker, (int)p->settings.threads,
	         (int)p->settings.prefetch, engine_model(p->engine));
	e = fleet_run(p->fleet);
	if (e == OK)
		log_info("stopped");
	return e;
}

/* A pool at work cannot be stopped, only left: everything it does is ours alone. */
static void
stop(struct program *p, bool at_work, int status)
{
	fleet_hang_up(p->fleet);
	if (p->zmq != NULL)
		zmq_ctx_term(p->zmq);
	if (at_work)
		_exit(status);
	fleet_close(p->fleet);
	gauge_close(p->gauge);
	engine_close(p->engine);
	conf_close(p->conf);
}

int
main(int argc, char *argv[])
{
	struct program p = { 0 };
	enum err e;

	hold_standard_descriptors();
	log_open("worker");
	if ((e = settle(&p, argc, argv)) != OK) {
		fprintf(stderr, "hearsay-worker: %s\n", err_text());
	} else if (p.settings.help) {
		usage();
	} else if (p.settings.version) {
		printf("hearsay-worker %s\n", HEARSAY_VERSION);
	} else if ((e = start(&p)) != OK || (e = run(&p)) != OK) {
		log_error("stopped error=\"%s\" reason=\"%s\"", err_name(e), err_text());
	}
	stop(&p, e == ERR_TIMEOUT, err_exit_status(e));
	return err_exit_status(e);
}
