#ifndef TEMP_DIR_H
#define TEMP_DIR_H

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A new folder for one test; temp_dir_remove takes it away with its files. */
static inline void
temp_dir_make(char *ret, size_t size)
{
	const char *base = getenv("TMPDIR");

	snprintf(ret, size, "%s/hearsay-check-XXXXXX", base == NULL ? "/tmp" : base);
	ck_assert_ptr_nonnull(mkdtemp(ret));
}

static inline void
temp_dir_empty(const char *dir)
{
	DIR *d = opendir(dir);
	char path[512];

	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
		snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
		unlink(path);
	}
	if (d != NULL)
		closedir(d);
}

static inline void
temp_dir_remove(const char *dir)
{
	temp_dir_empty(dir);
	rmdir(dir);
}

#endif
