/*
 * Backups: SQLite copies page by page what one transaction sees, so that what is written
 * meanwhile neither gets in nor makes it begin anew.
 *
 *  1. The copy is of one moment, and nothing is acknowledged later because of it.
 *  2. A copy with faults is no backup: it is checked (check.c) before it is ready.
 *  3. It does not know the start that it was taken in, so that a log which lies where it
 *     is put is not taken for its own (origin.c).
 */
#include "backup.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/check.h"
#include "log.h"

enum { STEP_PAGES = 256, PATH_SIZE = 4096, BUSY_MS = 10000, WHY = 512 };

struct backup {
	char from[PATH_SIZE], to[PATH_SIZE];
	pthread_t thread;
	bool running; /* the thread is to be joined */
	sqlite3 *source, *copy;
	int fd;               /* of the copy, once it is ready */
	pthread_mutex_t lock; /* of the rest */
	bool stop;
	struct backup_progress progress;
	char why[WHY];
};

static void
forget_copy(const struct backup *b)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
	char path[PATH_SIZE + 16];

	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		snprintf(path, sizeof path, "%s%s", b->to, ends[i]);
		unlink(path);
	}
}

/* ----------------------------------------------------------------- the thread */

static bool
is_to_stop(struct backup *b)
{
	pthread_mutex_lock(&b->lock);
	bool stop = b->stop;
	pthread_mutex_unlock(&b->lock);
	return stop;
}

static enum err
failed(sqlite3 *db)
{
	return err_set(sqlite3_errcode(db) == SQLITE_FULL ? ERR_FULL : ERR_IO,
	               "the backup could not be made: %.300s", sqlite3_errmsg(db));
}

/* One moment of the source: the transaction stays open until it is copied. */
static enum err
open_both(struct backup *b)
{
	int flags =
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;

	if (sqlite3_open_v2(b->from, &b->source, flags, NULL) != SQLITE_OK ||
	    sqlite3_busy_timeout(b->source, BUSY_MS) != SQLITE_OK ||
	    sqlite3_exec(b->source,
	                 "PRAGMA query_only = ON; BEGIN; SELECT 1 FROM job LIMIT 1", NULL,
	                 NULL, NULL) != SQLITE_OK)
		return failed(b->source);
	if (sqlite3_open_v2(b->to, &b->copy, flags | SQLITE_OPEN_CREATE, NULL) !=
	        SQLITE_OK ||
	    sqlite3_exec(b->copy, "PRAGMA synchronous = OFF", NULL, NULL, NULL) !=
	        SQLITE_OK)
		return failed(b->copy);
	return OK;
}

static void
note(struct backup *b, sqlite3_backup *copying)
{
	const uint64_t page = 8192;
	uint64_t all = (uint64_t)sqlite3_backup_pagecount(copying);
	uint64_t left = (uint64_t)sqlite3_backup_remaining(copying);

	pthread_mutex_lock(&b->lock);
	b->progress.size = all * page;
	b->progress.copied = (all - left) * page;
	pthread_mutex_unlock(&b->lock);
}

static enum err
copy_pages(struct backup *b)
{
	sqlite3_backup *copying = sqlite3_backup_init(b->copy, "main", b->source, "main");
	int rc = SQLITE_OK;

	if (copying == NULL)
		return failed(b->copy);
	while (rc == SQLITE_OK && !is_to_stop(b)) {
		rc = sqlite3_backup_step(copying, STEP_PAGES);
		note(b, copying);
	}
	sqlite3_backup_finish(copying);
	if (rc != SQLITE_DONE)
		return rc == SQLITE_OK ? err_set(ERR_IO, "the backup was given up")
		                       : failed(b->copy);
	return OK;
}

/* One file, without a log, and without the mark of a start. */
static enum err
seal(struct backup *b)
{
	static const char text[] = "DELETE FROM mark WHERE name = 'start';"
	                           "PRAGMA journal_mode = DELETE";

	if (sqlite3_exec(b->copy, text, NULL, NULL, NULL) != SQLITE_OK)
		return failed(b->copy);
	return OK;
}

static void
keep_first(void *arg, const char *sentence)
{
	char *first = arg;

	if (*first == '\0')
		snprintf(first, WHY / 2, "%s", sentence);
}

static enum err
check(const struct backup *b)
{
	char first[WHY / 2] = "";
	const struct telling telling = { keep_first, first };
	struct check_report report;
	enum err e = check_file(b->to, &telling, &report);

	if (e == OK && report.wrong > 0)
		e = err_set(ERR_DAMAGED,
		            "the store has faults, and so would the backup (%.200s): see "
		            "hearsay check",
		            first);
	return e;
}

static enum err
take_hold(struct backup *b)
{
	struct stat st;

	b->fd = open(b->to, O_RDONLY | O_CLOEXEC);
	if (b->fd < 0 || fsync(b->fd) != 0 || fstat(b->fd, &st) != 0)
		return err_set(ERR_IO, "the backup could not be kept: %s",
		               strerror(errno));
	pthread_mutex_lock(&b->lock);
	b->progress.size = b->progress.copied = (uint64_t)st.st_size;
	pthread_mutex_unlock(&b->lock);
	return OK;
}

static void
close_both(struct backup *b)
{
	sqlite3_close(b->source);
	sqlite3_close(b->copy);
	b->source = b->copy = NULL;
}

static void *
work(void *arg)
{
	struct backup *b = arg;
	enum err e = open_both(b);

	if (e == OK && (e = copy_pages(b)) == OK)
		e = seal(b);
	close_both(b);
	if (e == OK && (e = check(b)) == OK)
		e = take_hold(b);
	forget_copy(b);
	pthread_mutex_lock(&b->lock);
	b->progress.state = e == OK ? BACKUP_READY : BACKUP_FAILED;
	snprintf(b->why, sizeof b->why, "%s", e == OK ? "" : err_text());
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

/* ------------------------------------------------------------------ the caller */

enum err
backup_start(const char *dir, uint64_t room, uint64_t spare, struct backup **ret)
{
	struct backup *b = calloc(1, sizeof *b);
	struct stat st;

	if (b == NULL)
		return err_set(ERR_NOMEM, "no memory for a backup");
	b->fd = -1;
	pthread_mutex_init(&b->lock, NULL);
	snprintf(b->from, sizeof b->from, "%.4000s/queue.db", dir);
	snprintf(b->to, sizeof b->to, "%.4000s/backup.partial", dir);
	forget_copy(b);
	if (stat(b->from, &st) == 0 && (uint64_t)st.st_size + spare > room) {
		backup_stop(b);
		return err_set(ERR_FULL, "there is no room for a copy on the broker's "
		                         "disk, where it is made before it is sent");
	}
	if (pthread_create(&b->thread, NULL, work, b) != 0) {
		backup_stop(b);
		return err_set(ERR_NOMEM, "no room for a thread to make the backup");
	}
	b->running = true;
	*ret = b;
	return OK;
}

void
backup_stop(struct backup *b)
{
	if (b == NULL)
		return;
	pthread_mutex_lock(&b->lock);
	b->stop = true;
	pthread_mutex_unlock(&b->lock);
	if (b->running)
		pthread_join(b->thread, NULL);
	if (b->fd >= 0)
		close(b->fd);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

struct backup_progress
backup_look(struct backup *b)
{
	pthread_mutex_lock(&b->lock);
	struct backup_progress progress = b->progress;
	pthread_mutex_unlock(&b->lock);
	return progress;
}

const char *
backup_why(struct backup *b)
{
	return b->why;
}

enum err
backup_read(struct backup *b, uint64_t offset, void *ret, size_t n, size_t *ret_n)
{
	ssize_t got = pread(b->fd, ret, n, (off_t)offset);

	if (got < 0)
		return err_set(ERR_IO, "the backup cannot be read any more: %s",
		               strerror(errno));
	*ret_n = (size_t)got;
	return OK;
}
