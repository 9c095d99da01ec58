/*
 * What the fault tests do to disks and databases.
 *
 *   disk cut MOUNTPOINT        a power cut: what has not been synced is gone (ext4, xfs)
 *   disk flip FILE OFFSET BIT  one bit
 *   disk zero FILE OFFSET N    N bytes
 *   disk hold DIR MS           hold the store's write lock so long
 *   disk read DIR MS           hold a reader open so long, which keeps its log from being
 *                              cut
 *   disk fill DIR N            N more jobs, of the tenant "old", done a day ago
 *   disk find DIR KEY          where in the file the article of this key begins
 *   disk pages DIR TABLE       the leaves of a table or an index, and what they go on in
 *   disk root DIR TABLE        the page at its top
 */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define FS_IOC_SHUTDOWN _IOR('X', 125, uint32_t)
enum { NO_LOG_FLUSH = 2 };

static void
die(const char *what)
{
	fprintf(stderr, "disk: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static int
cut(char *argv[])
{
	uint32_t flags = NO_LOG_FLUSH;
	int fd = open(argv[2], O_RDONLY | O_DIRECTORY);

	if (fd < 0 || ioctl(fd, FS_IOC_SHUTDOWN, &flags) != 0)
		die(argv[2]);
	return EXIT_SUCCESS;
}

static int
flip(char *argv[])
{
	int fd = open(argv[2], O_RDWR);
	off_t at = (off_t)atoll(argv[3]);
	unsigned char c;

	if (fd < 0 || pread(fd, &c, 1, at) != 1)
		die(argv[2]);
	c ^= (unsigned char)(1u << atoi(argv[4]));
	if (pwrite(fd, &c, 1, at) != 1 || fsync(fd) != 0)
		die(argv[2]);
	return EXIT_SUCCESS;
}

static int
zero(char *argv[])
{
	static const char zeros[4096];
	off_t at = (off_t)atoll(argv[3]), end = at + atoll(argv[4]);
	int fd = open(argv[2], O_RDWR);

	if (fd < 0)
		die(argv[2]);
	for (; at < end; at += (off_t)sizeof zeros)
		if (pwrite(fd, zeros, sizeof zeros, at) != sizeof zeros)
			die(argv[2]);
	return EXIT_SUCCESS;
}

/* ------------------------------------------------------------------- databases */

static sqlite3 *
open_db(const char *dir)
{
	char path[4096];
	sqlite3 *db;

	snprintf(path, sizeof path, "%s/queue.db", dir);
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		die(path);
	sqlite3_busy_timeout(db, 10000);
	return db;
}

static int
hold(char *argv[], const char *statements)
{
	sqlite3 *db = open_db(argv[2]);
	long ms = atol(argv[3]);

	if (sqlite3_exec(db, statements, NULL, NULL, NULL) != SQLITE_OK)
		die(sqlite3_errmsg(db));
	puts("held");
	fflush(stdout);
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(db);
	return EXIT_SUCCESS;
}

static int
fill(char *argv[])
{
	sqlite3 *db = open_db(argv[2]);
	char *text = sqlite3_mprintf(
	    "PRAGMA synchronous = OFF; BEGIN;"
	    "CREATE TEMP TABLE base AS SELECT coalesce(max(id), 0) AS id,"
	    " max(coalesce(max(sequence), 0), coalesce((SELECT value FROM mark"
	    " WHERE name = 'sequence'), 0)) AS sequence FROM job;"
	    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
	    "%d)"
	    "INSERT INTO job (id, state, attempts, fence, submitted, finished, sequence,"
	    " tenant, key, article_id, hash) SELECT base.id + i, 4, 1, 1048577,"
	    " (unixepoch() - 90000) * 1000, (unixepoch() - 86400) * 1000 + i,"
	    " base.sequence + i, 'old', 'old-' || i, '', randomblob(32) FROM base, n;"
	    /* An article whose text is "He said so.", and a result without anything. */
	    "INSERT INTO article SELECT id, 0, 13, x'420b4865207361696420736f2e'"
	    " FROM job WHERE tenant = 'old';"
	    "INSERT INTO result SELECT id, 0, 0, x'', 'm' FROM job WHERE tenant = 'old';"
	    "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)",
	    atoi(argv[3]));

	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		die(sqlite3_errmsg(db));
	sqlite3_free(text);
	sqlite3_close(db);
	return EXIT_SUCCESS;
}

static int
print_row(void *bad, int n, char **v, char **names)
{
	(void)names;
	for (int i = 0; i < n; i++)
		printf("%s%s", i == 0 ? "" : " ", v[i] == NULL ? "NULL" : v[i]);
	putchar('\n');
	if (bad != NULL)
		++*(int *)bad;
	return 0;
}

static int
pages(char *argv[], const char *which)
{
	sqlite3 *db = open_db(argv[2]);
	char *text =
	    sqlite3_mprintf("SELECT pageno FROM dbstat WHERE name = %Q AND %s ORDER BY 1",
	                    argv[3], which);

	if (sqlite3_exec(db, text, print_row, NULL, NULL) != SQLITE_OK)
		die(sqlite3_errmsg(db));
	sqlite3_free(text);
	sqlite3_close(db);
	return EXIT_SUCCESS;
}

/* The place of some bytes of a file, or -1. */
static long long
place_of(const char *path, const void *what, size_t n)
{
	FILE *f = fopen(path, "r");
	long size;
	char *v, *at;

	if (f == NULL || fseek(f, 0, SEEK_END) != 0 || (size = ftell(f)) < 0 ||
	    (v = malloc((size_t)size + 1)) == NULL)
		die(path);
	rewind(f);
	if (fread(v, 1, (size_t)size, f) != (size_t)size)
		die(path);
	fclose(f);
	at = memmem(v, (size_t)size, what, n);
	long long place = at == NULL ? -1 : at - v;
	free(v);
	return place;
}

/* Bodies lie in one piece for their first hundred bytes, wherever they lie. */
static int
find(char *argv[])
{
	sqlite3 *db = open_db(argv[2]);
	sqlite3_stmt *q;
	char path[4096];
	long long at = -1;

	if (sqlite3_prepare_v2(db,
	                       "SELECT data FROM article JOIN job ON job.id = job "
	                       "WHERE key = ?1",
	                       -1, &q, NULL) != SQLITE_OK ||
	    sqlite3_bind_text(q, 1, argv[3], -1, SQLITE_STATIC) != SQLITE_OK ||
	    sqlite3_step(q) != SQLITE_ROW)
		die(sqlite3_errmsg(db));
	size_t n = (size_t)sqlite3_column_bytes(q, 0);
	snprintf(path, sizeof path, "%s/queue.db", argv[2]);
	at = place_of(path, sqlite3_column_blob(q, 0), n < 100 ? n : 100);
	sqlite3_finalize(q);
	sqlite3_close(db);
	if (at >= 0)
		printf("%lld\n", at);
	return at >= 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(int argc, char *argv[])
{
	const char *what = argc > 2 ? argv[1] : "";

	if (strcmp(what, "cut") == 0 && argc == 3)
		return cut(argv);
	if (strcmp(what, "flip") == 0 && argc == 5)
		return flip(argv);
	if (strcmp(what, "zero") == 0 && argc == 5)
		return zero(argv);
	if (strcmp(what, "hold") == 0 && argc == 4)
		return hold(argv, "BEGIN IMMEDIATE");
	if (strcmp(what, "read") == 0 && argc == 4)
		return hold(argv, "BEGIN; SELECT count(*) FROM job");
	if (strcmp(what, "fill") == 0 && argc == 4)
		return fill(argv);
	if (strcmp(what, "find") == 0 && argc == 4)
		return find(argv);
	if (strcmp(what, "pages") == 0 && argc == 4)
		return pages(argv, "pagetype IN ('leaf', 'overflow')");
	if (strcmp(what, "root") == 0 && argc == 4)
		return pages(argv, "path = '/'");
	fprintf(stderr, "usage: disk cut|flip|zero|hold|read|find|pages|root ...\n");
	return 2;
}
