/*
 * The page of metrics over HTTP.  The only file that knows libmicrohttpd.
 *
 *  1. It reads numbers and nothing else: whoever can reach it can change nothing.
 *  2. Few connections, each for a short time: it never takes what the program needs.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "metric.h"

enum { CONNECTIONS = 16, TIMEOUT_S = 10, MEMORY = 16 << 10 };

struct exposer {
	struct MHD_Daemon *daemon;
	const struct metric *all;
	size_t n;
	int (*healthy)(void *arg);
	void *arg;
};

/* --------------------------------------------------------------------- answering */

static enum MHD_Result
answer(struct MHD_Connection *c, unsigned status, const char *type, char *text,
       enum MHD_ResponseMemoryMode mode)
{
	struct MHD_Response *r =
	    MHD_create_response_from_buffer(strlen(text), text, mode);
	enum MHD_Result done;

	if (r == NULL) {
		if (mode == MHD_RESPMEM_MUST_FREE)
			free(text);
		return MHD_NO;
	}
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	done = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return done;
}

static enum MHD_Result
say(struct MHD_Connection *c, unsigned status, const char *text)
{
	return answer(c, status, "text/plain; charset=utf-8", (char *)(uintptr_t)text,
	              MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result
page(struct MHD_Connection *c, const struct exposer *e)
{
	/* Numbers may grow by some digits between the two. */
	size_t size = metric_page(e->all, e->n, NULL, 0) + 4096;
	char *text = malloc(size);

	if (text == NULL)
		return say(c, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory\n");
	metric_page(e->all, e->n, text, size);
	return answer(c, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", text,
	              MHD_RESPMEM_MUST_FREE);
}

static enum MHD_Result
serve(void *arg, struct MHD_Connection *c, const char *url, const char *method,
      const char *version, const char *upload, size_t *upload_size, void **state)
{
	const struct exposer *e = arg;

	(void)version;
	(void)upload;
	(void)upload_size;
	(void)state;
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return say(c, MHD_HTTP_METHOD_NOT_ALLOWED, "there is only GET\n");
	if (strcmp(url, "/metrics") == 0)
		return page(c, e);
	if (strcmp(url, "/healthz") == 0 && e->healthy(e->arg))
		return say(c, MHD_HTTP_OK, "ok\n");
	if (strcmp(url, "/healthz") == 0)
		return say(c, MHD_HTTP_SERVICE_UNAVAILABLE, "not serving\n");
	return say(c, MHD_HTTP_NOT_FOUND, "there is /metrics and /healthz\n");
}

/* ------------------------------------------------------------ opening and closing */

static enum err
no_address(const char *address)
{
	return err_set(ERR_USAGE,
	               "\"%s\" is no address for metrics: give HOST:PORT, such as "
	               "127.0.0.1:9570, or :9570",
	               address);
}

/* "[::1]:9570" apart: HOST "" for every address. */
static enum err
resolve(const char *address, struct addrinfo **ret)
{
	const struct addrinfo hints = { .ai_flags =
		                            AI_PASSIVE | AI_NUMERICSERV | AI_NUMERICHOST,
		                        .ai_family = AF_UNSPEC,
		                        .ai_socktype = SOCK_STREAM };
	const char *colon = strrchr(address, ':'), *host = address;
	char name[64];
	size_t n;

	if (colon == NULL || colon[1] == '\0')
		return no_address(address);
	n = (size_t)(colon - address);
	if (n > 1 && host[0] == '[' && host[n - 1] == ']') {
		host++;
		n -= 2;
	}
	if ((size_t)snprintf(name, sizeof name, "%.*s", (int)n, host) >= sizeof name ||
	    getaddrinfo(n == 0 ? NULL : name, colon + 1, &hints, ret) != 0)
		return no_address(address);
	return OK;
}

static enum err
listen_at(const char *address, int *ret)
{
	struct addrinfo *at = NULL;
	enum err e = resolve(address, &at);
	int on = 1, fd;

	if (e != OK)
		return e;
	assert(at != NULL);
	fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
	    bind(fd, at->ai_addr, at->ai_addrlen) != 0 || listen(fd, CONNECTIONS) != 0) {
		e = err_set(errno == EADDRINUSE ? ERR_BUSY : ERR_IO,
		            "cannot listen at %s for metrics: %s", address,
		            strerror(errno));
		if (fd >= 0)
			close(fd);
	}
	freeaddrinfo(at);
	if (e == OK)
		*ret = fd;
	return e;
}

enum err
exposer_open(const char *address, const struct metric *all, size_t n,
             int (*healthy)(void *arg), void *arg, struct exposer **ret)
{
	struct exposer *e = calloc(1, sizeof *e);
	enum err why;
	int fd = -1;

	if (e == NULL)
		return err_set(ERR_NOMEM, "no memory for metrics");
	*e = (struct exposer){ NULL, all, n, healthy, arg };
	if ((why = listen_at(address, &fd)) != OK) {
		free(e);
		return why;
	}
	e->daemon = MHD_start_daemon(
	    MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO, 0, NULL, NULL, serve, e,
	    MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
	    MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	    (size_t)MEMORY, MHD_OPTION_END);
	if (e->daemon == NULL) {
		close(fd);
		free(e);
		return err_set(ERR_IO, "cannot serve metrics at %s", address);
	}
	*ret = e;
	return OK;
}

void
exposer_close(struct exposer *e)
{
	if (e == NULL)
		return;
	MHD_stop_daemon(e->daemon);
	free(e);
}
