/*
 * How many engine threads are worth starting.  The affinity mask says which
 * cores we may run on; in a container the control group may allow less time
 * than that (cpu.max: microseconds of work a period), and a group above ours
 * less still.  Both kinds of cgroup file systems are read.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cores.h"

enum { CORES_MAX = 4096, PATH_LONGEST = 4096 };

static unsigned
by_affinity(void)
{
	cpu_set_t *set = CPU_ALLOC(CORES_MAX);
	size_t size = CPU_ALLOC_SIZE(CORES_MAX);
	int n = 0;

	if (set != NULL && sched_getaffinity(0, size, set) == 0)
		n = CPU_COUNT_S(size, set);
	CPU_FREE(set);
	return n > 0 ? (unsigned)n : 1;
}

static unsigned
whole(long long quota, long long period)
{
	if (quota <= 0 || period <= 0)
		return 0;
	return (unsigned)((quota + period - 1) / period);
}

/* The first line of mount/group/file, cut to its first n bytes; false for none. */
static int
first_line(const char *mount, const char *group, const char *file, char *ret, int n)
{
	char path[3 * PATH_LONGEST];
	FILE *f;
	int got;

	snprintf(path, sizeof path, "%s%s/%s", mount, group, file);
	if ((f = fopen(path, "re")) == NULL)
		return 0;
	got = fgets(ret, n, f) != NULL;
	fclose(f);
	return got;
}

/* What one group allows.  "max 100000" reads as no number, which is no limit. */
static unsigned
limit_of(const char *mount, const char *group)
{
	long long quota = 0, period = 0;
	char line[64];

	if (first_line(mount, group, "cpu.max", line, sizeof line)) {
		if (sscanf(line, "%lld %lld", &quota, &period) != 2)
			return 0;
		return whole(quota, period);
	}
	if (first_line(mount, group, "cpu.cfs_quota_us", line, sizeof line))
		quota = strtoll(line, NULL, 10);
	if (first_line(mount, group, "cpu.cfs_period_us", line, sizeof line))
		period = strtoll(line, NULL, 10);
	return whole(quota, period);
}

static unsigned
tighter(unsigned a, unsigned b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

/* Of a group and those above it; group is cut back to "". */
static unsigned
limit_upwards(const char *mount, char *group)
{
	unsigned limit = limit_of(mount, group);
	char *slash;

	while ((slash = strrchr(group, '/')) != NULL) {
		*slash = '\0';
		limit = tighter(limit, limit_of(mount, group));
	}
	return limit;
}

/* A line is "0::/group" (v2) or "3:cpu,cpuacct:/group" (v1, mounted by name). */
static unsigned
limit_of_line(const char *mount, char *line)
{
	char at[2 * PATH_LONGEST];
	char *names = strchr(line, ':');
	char *group = names == NULL ? NULL : strchr(names + 1, ':');

	if (group == NULL)
		return 0;
	*group++ = '\0';
	group[strcspn(group, "\n")] = '\0';
	names++;
	if (strcmp(group, "/") == 0)
		*group = '\0';
	if (*names == '\0')
		return limit_upwards(mount, group);
	if (strcmp(names, "cpu") != 0 && strncmp(names, "cpu,", 4) != 0)
		return 0;
	snprintf(at, sizeof at, "%s/%s", mount, names);
	return limit_upwards(at, group);
}

unsigned
cores_limit(const char *mount, const char *self)
{
	char line[PATH_LONGEST];
	unsigned limit = 0;
	FILE *f = fopen(self, "re");

	if (f == NULL)
		return 0;
	while (fgets(line, sizeof line, f) != NULL)
		limit = tighter(limit, limit_of_line(mount, line));
	fclose(f);
	return limit;
}

unsigned
cores_usable(void)
{
	return tighter(by_affinity(), cores_limit("/sys/fs/cgroup", "/proc/self/cgroup"));
}
