#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <zmq.h>

#include "fake_work.h"
#include "log.h"
#include "suite.h"
#include "temp_dir.h"
#include "worker/fleet.h"

static char dir[128], key[160], public[176];
static void *context;
static struct fleet_options o;

static void
setup(void)
{
	struct key_pair pair;
	sigset_t set;

	temp_dir_make(dir, sizeof dir);
	snprintf(key, sizeof key, "%s/key", dir);
	snprintf(public, sizeof public, "%s.pub", key);
	ck_assert_int_eq(keys_make(key, &pair), OK);
	ck_assert_int_eq(log_set_level("error"), OK);
	context = zmq_ctx_new();
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	o = (struct fleet_options){
		.link = { .model = "m",
		          .threads = 1,
		          .prefetch = 1,
		          .drain_ms = 1000,
		          .signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK) },
		.work = fake_work,
		.zmq_context = context,
	};
}

static void
teardown(void)
{
	close(o.link.signals);
	zmq_ctx_term(context);
	temp_dir_remove(dir);
}

static enum err
opens(const char *brokers, const char *secret_key, const char *broker_keys)
{
	struct fleet *f = NULL;
	enum err e;

	o.brokers = brokers;
	o.secret_key = secret_key;
	o.broker_keys = broker_keys;
	e = fleet_open(&o, &f);
	fleet_close(f);
	return e;
}

START_TEST(a_list_of_brokers_is_taken_with_its_keys)
{
	char two[400], three[600];

	snprintf(two, sizeof two, "%s,%s", public, public);
	snprintf(three, sizeof three, "%s,%s", two, public);
	ck_assert_int_eq(opens("tcp://127.0.0.1:1", NULL, NULL), OK);
	ck_assert_int_eq(opens("tcp://127.0.0.1:1, ipc:///tmp/x", NULL, ""), OK);
	ck_assert_int_eq(opens("tcp://127.0.0.1:1,tcp://127.0.0.1:2", key, public), OK);
	ck_assert_int_eq(opens("tcp://127.0.0.1:1,tcp://127.0.0.1:2", key, two), OK);
	ck_assert_int_eq(opens("tcp://127.0.0.1:1,ipc:///a,ipc:///b", key, three), OK);
}
END_TEST

START_TEST(what_does_not_go_together_is_refused)
{
	char two[400];

	snprintf(two, sizeof two, "%s,%s", public, public);
	ck_assert_int_eq(opens("", NULL, NULL), ERR_USAGE);
	ck_assert_int_eq(opens(NULL, NULL, NULL), ERR_USAGE);
	ck_assert_int_eq(opens("ipc:///a", key, NULL), ERR_USAGE);
	ck_assert_int_eq(opens("ipc:///a", NULL, public), ERR_USAGE);
	ck_assert_int_eq(opens("ipc:///a,ipc:///b,ipc:///c", key, two), ERR_USAGE);
}
END_TEST

START_TEST(a_signal_ends_all_lines)
{
	struct fleet *f = NULL;

	o.brokers = "ipc:///nowhere/a,ipc:///nowhere/b,ipc:///nowhere/c";
	o.secret_key = o.broker_keys = NULL;
	ck_assert_int_eq(fleet_open(&o, &f), OK);
	kill(getpid(), SIGTERM);
	ck_assert_int_eq(fleet_run(f), OK);
	fleet_close(f);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("fleet");
	TCase *core = tcase_create("core");

	tcase_add_checked_fixture(core, setup, teardown);
	tcase_set_timeout(core, 60);
	tcase_add_test(core, a_list_of_brokers_is_taken_with_its_keys);
	tcase_add_test(core, what_does_not_go_together_is_refused);
	tcase_add_test(core, a_signal_ends_all_lines);
	suite_add_tcase(s, core);
	return suite_run(s);
}
