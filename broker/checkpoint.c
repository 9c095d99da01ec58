/*
 * The checkpoint thread.
 *
 * Its checkpoints are passive and hold up nobody.  But under steady writing
 * they never see the whole log, which then cannot start again at its front and
 * grows.  So when it is long, the writer itself makes one between two
 * transactions: the thread has left it little to copy, and nothing comes after.
 *
 *  1. The thread's connection is used by the thread alone.
 *  2. A reader outside that keeps the log from being cut is said once a minute,
 *     and the log is cut within seconds of its end, writers or none.
 *  3. An error of the disk is kept for the store, which then acknowledges no
 *     more.  A full disk is not one here: the log still has everything.
 */
#include "checkpoint.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "log.h"

/* Pages of 8 KiB; stores of an earlier 0.1 have smaller ones. */
enum { STEP_PAGES = 4000, LONG_PAGES = 16000, AGAIN_S = 5, SAY_S = 60, WAIT_MS = 20 };

struct checkpoint {
	sqlite3 *db;
	pthread_t thread;
	bool running;
	int cut_at;           /* pages at which the writer tries next; its own */
	time_t said;          /* the writer's */
	pthread_mutex_t lock; /* of the rest */
	pthread_cond_t wake;
	int pages;     /* in the log */
	int copied_at; /* pages when the thread last worked */
	bool stop, failed;
};

static enum err
open_db(struct checkpoint *c, const char *path)
{
	int flags =
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;

	if (sqlite3_open_v2(path, &c->db, flags, NULL) != SQLITE_OK ||
	    sqlite3_busy_timeout(c->db, WAIT_MS) != SQLITE_OK ||
	    sqlite3_exec(c->db, "PRAGMA synchronous = FULL; SELECT 1 FROM job LIMIT 1",
	                 NULL, NULL, NULL) != SQLITE_OK)
		return err_set(ERR_IO, "%s: second connection: %s", path,
		               sqlite3_errmsg(c->db));
	return OK;
}

/* False when the disk failed. */
static bool
run(sqlite3 *db, int mode, bool *ret_whole)
{
	int log = 0, done = 0;
	int rc = sqlite3_wal_checkpoint_v2(db, NULL, mode, &log, &done);

	*ret_whole = rc == SQLITE_OK && done == log;
	if (rc == SQLITE_OK || rc == SQLITE_BUSY)
		return true;
	log_error("checkpoint error=\"%s\" code=%d", sqlite3_errmsg(db),
	          sqlite3_extended_errcode(db));
	return rc == SQLITE_FULL || rc == SQLITE_NOMEM;
}

/* One turn of the thread, which holds the lock. */
static void
turn(struct checkpoint *c)
{
	bool grown = c->pages >= c->copied_at + STEP_PAGES, whole, good;
	int pages = c->pages;

	pthread_mutex_unlock(&c->lock);
	good = run(c->db, grown ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE,
	           &whole);
	pthread_mutex_lock(&c->lock);
	c->failed |= !good;
	c->copied_at = pages;
	if (whole && !grown)
		c->pages = c->copied_at = 0;
}

static void *
work(void *arg)
{
	struct checkpoint *c = arg;
	struct timespec then;

	pthread_mutex_lock(&c->lock);
	while (!c->stop) {
		if (c->pages >= c->copied_at + STEP_PAGES && !c->failed) {
			turn(c);
			continue;
		}
		clock_gettime(CLOCK_MONOTONIC, &then);
		then.tv_sec += AGAIN_S;
		if (pthread_cond_timedwait(&c->wake, &c->lock, &then) != 0 &&
		    c->pages >= LONG_PAGES && !c->failed && !c->stop)
			turn(c);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

static void
init_locks(struct checkpoint *c)
{
	pthread_condattr_t steady;

	pthread_mutex_init(&c->lock, NULL);
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_cond_init(&c->wake, &steady);
	pthread_condattr_destroy(&steady);
}

enum err
checkpoint_start(const char *path, struct checkpoint **ret)
{
	struct checkpoint *c = calloc(1, sizeof *c);
	enum err e;

	if (c == NULL)
		return err_set(ERR_NOMEM, "no memory for the store's second thread");
	init_locks(c);
	c->cut_at = LONG_PAGES;
	e = open_db(c, path);
	if (e == OK && pthread_create(&c->thread, NULL, work, c) != 0)
		e = err_set(ERR_NOMEM, "no room for the store's second thread");
	c->running = e == OK;
	if (e != OK) {
		checkpoint_stop(c);
		return e;
	}
	*ret = c;
	return OK;
}

void
checkpoint_stop(struct checkpoint *c)
{
	if (c == NULL)
		return;
	if (c->running) {
		pthread_mutex_lock(&c->lock);
		c->stop = true;
		pthread_cond_signal(&c->wake);
		pthread_mutex_unlock(&c->lock);
		pthread_join(c->thread, NULL);
	}
	sqlite3_close(c->db);
	pthread_cond_destroy(&c->wake);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

static void
say_held(struct checkpoint *c, int pages)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (c->said != 0 && now.tv_sec - c->said < SAY_S)
		return;
	c->said = now.tv_sec;
	log_warn("log_held pages=%d hint=\"another program reads the store and keeps its "
	         "log from being cut\"",
	         pages);
}

/* The writer's own checkpoint, when the log is long. */
static bool
cut(struct checkpoint *c, sqlite3 *db, int pages)
{
	bool whole, good = run(db, SQLITE_CHECKPOINT_PASSIVE, &whole);

	c->cut_at = whole ? LONG_PAGES : pages + STEP_PAGES;
	if (good && !whole && pages >= 2 * LONG_PAGES)
		say_held(c, pages);
	return good;
}

enum err
checkpoint_after(struct checkpoint *c, sqlite3 *db, int pages)
{
	bool bad = pages >= c->cut_at && !cut(c, db, pages);

	if (pages < LONG_PAGES)
		c->cut_at = LONG_PAGES;
	pthread_mutex_lock(&c->lock);
	c->pages = pages;
	if (pages < c->copied_at)
		c->copied_at = 0; /* it has started again at its front */
	if (pages >= c->copied_at + STEP_PAGES)
		pthread_cond_signal(&c->wake);
	bad |= c->failed;
	pthread_mutex_unlock(&c->lock);
	if (bad)
		return err_set(ERR_IO, "the disk failed under the store's log: check it, "
		                       "then start again; nothing acknowledged is lost");
	return OK;
}
