#ifndef CHECK_FOLDER_H
#define CHECK_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/job.h"
#include "err.h"

/*
 * Whether a data folder keeps every law of the store: that its pages are whole, that each
 * job has what its state asks for and nothing else, that each article is the one that was
 * submitted and each result can be read.  Nothing is changed, and a broker may be at work
 * in the folder meanwhile: what is checked is one moment of it.
 */
struct telling {
	void (*say)(void *arg, const char *sentence); /* one thing that is wrong */
	void *arg;
};

struct check_report {
	uint64_t jobs[JOB_STATES]; /* in each state */
	uint64_t articles, results;
	uint64_t wrong; /* sentences, and those that there were too many to say */
	bool pages;     /* of these some are about pages */
};

/*
 * OK when it could be looked at, whatever was found.  ERR_NOT_FOUND for a folder without
 * a store, ERR_VERSION, ERR_BAD_INPUT for another program's, ERR_IO, ERR_NOMEM.
 */
MUST_CHECK enum err check_folder(const char *dir, const struct telling *t,
                                 struct check_report *ret);

/* The same of one file, say a backup. */
MUST_CHECK enum err check_file(const char *path, const struct telling *t,
                               struct check_report *ret);

#endif
