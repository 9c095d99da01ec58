#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "metric.h"
#include "suite.h"

static struct metric all[] = {
	{ "jobs", "state=\"ready\"", "Jobs by state.", METRIC_GAUGE },
	{ "jobs", "state=\"done\"", NULL, METRIC_GAUGE },
	{ "done_total", NULL, "Jobs done.", METRIC_COUNTER },
	{ "job_seconds", NULL, "From submission to result.", METRIC_HISTOGRAM,
	  .unit = 0.001 },
};
enum { N = sizeof all / sizeof *all };
static char text[8192];

static void
setup(void)
{
	metric_set(&all[0], 7);
	metric_add(&all[2], 2);
	metric_add(&all[2], 3);
	metric_observe(&all[3], 1);
	metric_observe(&all[3], 40);
	metric_observe(&all[3], 90000000);
	ck_assert_uint_lt(metric_page(all, N, text, sizeof text), sizeof text);
}

static void
has(const char *line)
{
	ck_assert_msg(strstr(text, line) != NULL, "no \"%s\" in\n%s", line, text);
}

START_TEST(one_name_has_one_head)
{
	has("# HELP jobs Jobs by state.\n# TYPE jobs gauge\n"
	    "jobs{state=\"ready\"} 7\njobs{state=\"done\"} 0\n"
	    "# HELP done_total Jobs done.\n# TYPE done_total counter\ndone_total 5\n");
}
END_TEST

START_TEST(a_histogram_counts_what_is_at_most_its_bounds)
{
	has("# TYPE job_seconds histogram\n");
	has("job_seconds_bucket{le=\"0.0005\"} 0\njob_seconds_bucket{le=\"0.001\"} 1\n");
	has("job_seconds_bucket{le=\"0.05\"} 2\n");
	has("job_seconds_bucket{le=\"86400\"} 2\njob_seconds_bucket{le=\"+Inf\"} 3\n");
	has("job_seconds_sum 90000.041\njob_seconds_count 3\n");
}
END_TEST

START_TEST(a_page_that_is_too_long_is_cut)
{
	char small[16];
	size_t n = metric_page(all, N, small, sizeof small);

	ck_assert_uint_eq(n, strlen(text));
	ck_assert_uint_eq(strlen(small), sizeof small - 1);
	ck_assert_int_eq(memcmp(small, text, sizeof small - 1), 0);
}
END_TEST

/* ----------------------------------------------------------------------- over HTTP */

static int health;

static int
healthy(void *arg)
{
	return *(int *)arg;
}

/* A free port; somebody may take it in between, so it is tried some times. */
static struct exposer *
expose(int *ret_port)
{
	struct exposer *e = NULL;
	char address[64];

	for (int port = 20000 + getpid() % 20000; e == NULL && port < 60000; port += 7) {
		snprintf(address, sizeof address, "127.0.0.1:%d", port);
		*ret_port = port;
		if (exposer_open(address, all, N, healthy, &health, &e) != OK)
			ck_assert_ptr_null(e);
	}
	ck_assert_ptr_nonnull(e);
	return e;
}

static void
ask(int port, const char *request)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		                  .sin_port = htons((uint16_t)port),
		                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	size_t n = 0;
	ssize_t some;

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
	ck_assert_int_eq(write(fd, request, strlen(request)), (ssize_t)strlen(request));
	while (n < sizeof text - 1 &&
	       (some = read(fd, text + n, sizeof text - 1 - n)) > 0)
		n += (size_t)some;
	text[n] = '\0';
	close(fd);
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

START_TEST(the_page_is_served)
{
	int port;
	struct exposer *e = expose(&port);

	ask(port, GET("/metrics"));
	has("HTTP/1.1 200");
	has("text/plain; version=0.0.4");
	has("\njobs{state=\"ready\"} 7\n");
	ask(port, GET("/healthz"));
	has("HTTP/1.1 503");
	health = 1;
	ask(port, GET("/healthz"));
	has("HTTP/1.1 200");
	ask(port, GET("/../etc/passwd"));
	has("HTTP/1.1 404");
	ask(port, "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
	          "Connection: close\r\n\r\n");
	has("HTTP/1.1 405");
	exposer_close(e);
}
END_TEST

START_TEST(addresses_are_checked)
{
	static const char *const wrong[] = {
		"", "9570x", "host", "127.0.0.1:", "127.0.0.1:x", "no such host:1"
	};
	struct exposer *e, *second;
	char address[64];
	int port;

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		ck_assert_int_eq(exposer_open(wrong[i], all, N, healthy, &health, &e),
		                 ERR_USAGE);
	e = expose(&port);
	snprintf(address, sizeof address, "127.0.0.1:%d", port);
	ck_assert_int_eq(exposer_open(address, all, N, healthy, &health, &second),
	                 ERR_BUSY);
	exposer_close(e);
	exposer_close(NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("metric");
	TCase *core = tcase_create("core");

	tcase_add_checked_fixture(core, setup, NULL);
	tcase_add_test(core, one_name_has_one_head);
	tcase_add_test(core, a_histogram_counts_what_is_at_most_its_bounds);
	tcase_add_test(core, a_page_that_is_too_long_is_cut);
	tcase_add_test(core, the_page_is_served);
	tcase_add_test(core, addresses_are_checked);
	suite_add_tcase(s, core);
	return suite_run(s);
}
