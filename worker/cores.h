#ifndef CORES_H
#define CORES_H

/* Cores this process may use: its affinity and its cgroups' limits; at least 1. */
unsigned cores_usable(void);

/*
 * The tightest limit of a control group and those above it, in whole cores
 * rounded up, or 0 for none.  mount is where cgroups are mounted
 * ("/sys/fs/cgroup"), self names the file that says which group is ours
 * ("/proc/self/cgroup").
 */
unsigned cores_limit(const char *mount, const char *self);

#endif
