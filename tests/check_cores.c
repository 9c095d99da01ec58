#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "worker/cores.h"

#include "suite.h"

static char dir[64];

static void
setup(void)
{
	strcpy(dir, "/tmp/check_cores.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void
teardown(void)
{
	char command[128];

	snprintf(command, sizeof command, "rm -r %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static void
folder(const char *name)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void
file(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static unsigned
limit(const char *groups)
{
	char self[256];

	file("self", groups);
	snprintf(self, sizeof self, "%s/self", dir);
	return cores_limit(dir, self);
}

START_TEST(there_is_always_one_core)
{
	ck_assert_uint_ge(cores_usable(), 1);
	ck_assert_uint_le(cores_usable(), (unsigned)sysconf(_SC_NPROCESSORS_CONF));
}
END_TEST

START_TEST(no_cgroup_is_no_limit)
{
	ck_assert_uint_eq(cores_limit(dir, "/nonexistent"), 0);
	ck_assert_uint_eq(limit("0::/\n"), 0);
	ck_assert_uint_eq(limit("rubbish\n\n::\n0:\n"), 0);
}
END_TEST

START_TEST(a_quota_is_rounded_up_to_cores)
{
	folder("a");
	file("a/cpu.max", "150000 100000\n");
	ck_assert_uint_eq(limit("0::/a\n"), 2);
	file("a/cpu.max", "20000 100000\n");
	ck_assert_uint_eq(limit("0::/a\n"), 1);
	file("a/cpu.max", "max 100000\n");
	ck_assert_uint_eq(limit("0::/a\n"), 0);
}
END_TEST

START_TEST(a_group_above_may_be_tighter)
{
	folder("a");
	folder("a/b");
	file("cpu.max", "800000 100000\n");
	file("a/cpu.max", "300000 100000\n");
	file("a/b/cpu.max", "400000 100000\n");
	ck_assert_uint_eq(limit("0::/a/b\n"), 3);
	ck_assert_uint_eq(limit("0::/\n"), 8);
}
END_TEST

START_TEST(the_older_cgroup_files_are_read_too)
{
	folder("cpu,cpuacct");
	folder("cpu,cpuacct/a");
	file("cpu,cpuacct/a/cpu.cfs_quota_us", "250000\n");
	file("cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
	ck_assert_uint_eq(limit("4:memory:/a\n3:cpu,cpuacct:/a\n"), 3);
	file("cpu,cpuacct/a/cpu.cfs_quota_us", "-1\n");
	ck_assert_uint_eq(limit("3:cpu,cpuacct:/a\n"), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("cores");
	TCase *core = tcase_create("core");

	suite_add_tcase(s, core);
	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_test(core, there_is_always_one_core);
	tcase_add_test(core, no_cgroup_is_no_limit);
	tcase_add_test(core, a_quota_is_rounded_up_to_cores);
	tcase_add_test(core, a_group_above_may_be_tighter);
	tcase_add_test(core, the_older_cgroup_files_are_read_too);
	return suite_run(s);
}
