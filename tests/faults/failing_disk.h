#ifndef FAILING_DISK_H
#define FAILING_DISK_H

/*
 * A disk that fails: an SQLite VFS in front of the system's, whose n-th write,
 * sync, truncation or growth of the shared index fails, and those after it too
 * when it is to stay broken.  A write that fails leaves half of itself behind,
 * as a real one may.  Static functions, for tests that include it.
 */
#include <assert.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct failing_file {
	sqlite3_file base; /* first */
	sqlite3_file *real;
};

static struct {
	atomic_int left;  /* operations that still go well; below zero: no fault is set */
	atomic_int fired; /* how often it failed */
	int code;         /* SQLITE_FULL, or SQLITE_IOERR for the fitting one */
	bool stays;
	sqlite3_vfs *real;
	sqlite3_vfs vfs;
	sqlite3_io_methods methods;
} failing;

static sqlite3_file *
real_file(sqlite3_file *f)
{
	return ((struct failing_file *)f)->real;
}

static bool
fails_now(void)
{
	if (atomic_load(&failing.left) < 0)
		return false;
	if (atomic_load(&failing.left) == 0 && failing.stays) {
		atomic_fetch_add(&failing.fired, 1);
		return true;
	}
	if (atomic_fetch_sub(&failing.left, 1) != 0)
		return false;
	atomic_fetch_add(&failing.fired, 1);
	return true; /* once: left is -1 now */
}

static int
code_for(int io_error)
{
	return failing.code == SQLITE_IOERR ? io_error : failing.code;
}

static int
failing_write(sqlite3_file *f, const void *v, int n, sqlite3_int64 at)
{
	sqlite3_file *real = real_file(f);

	if (!fails_now())
		return real->pMethods->xWrite(real, v, n, at);
	(void)real->pMethods->xWrite(real, v, n / 2, at);
	return code_for(SQLITE_IOERR_WRITE);
}

static int
failing_sync(sqlite3_file *f, int flags)
{
	sqlite3_file *real = real_file(f);

	return fails_now() ? code_for(SQLITE_IOERR_FSYNC)
	                   : real->pMethods->xSync(real, flags);
}

static int
failing_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	sqlite3_file *real = real_file(f);

	return fails_now() ? code_for(SQLITE_IOERR_TRUNCATE)
	                   : real->pMethods->xTruncate(real, size);
}

static int
failing_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **ret)
{
	sqlite3_file *real = real_file(f);

	return extend && fails_now()
	           ? code_for(SQLITE_IOERR_SHMSIZE)
	           : real->pMethods->xShmMap(real, page, size, extend, ret);
}

static int
failing_close(sqlite3_file *f)
{
	sqlite3_file *real = real_file(f);
	int rc = real->pMethods == NULL ? SQLITE_OK : real->pMethods->xClose(real);

	free(real);
	return rc;
}

/* The rest goes through as it is. */
#define FAILING_PASS(name, params, args)                                                 \
	static int failing_##name params                                                 \
	{                                                                                \
		sqlite3_file *real = real_file(f);                                       \
		return real->pMethods->x##name args;                                     \
	}

FAILING_PASS(Read, (sqlite3_file * f, void *v, int n, sqlite3_int64 at), (real, v, n, at))
FAILING_PASS(FileSize, (sqlite3_file * f, sqlite3_int64 *size), (real, size))
FAILING_PASS(Lock, (sqlite3_file * f, int lock), (real, lock))
FAILING_PASS(Unlock, (sqlite3_file * f, int lock), (real, lock))
FAILING_PASS(CheckReservedLock, (sqlite3_file * f, int *ret), (real, ret))
FAILING_PASS(FileControl, (sqlite3_file * f, int op, void *arg), (real, op, arg))
FAILING_PASS(SectorSize, (sqlite3_file * f), (real))
FAILING_PASS(DeviceCharacteristics, (sqlite3_file * f), (real))
FAILING_PASS(ShmLock, (sqlite3_file * f, int at, int n, int flags), (real, at, n, flags))
FAILING_PASS(ShmUnmap, (sqlite3_file * f, int remove), (real, remove))

static void
failing_barrier(sqlite3_file *f)
{
	sqlite3_file *real = real_file(f);

	real->pMethods->xShmBarrier(real);
}

static int
failing_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
	struct failing_file *file = (struct failing_file *)f;
	int rc;

	(void)vfs;
	file->base.pMethods = NULL;
	file->real = calloc(1, (size_t)failing.real->szOsFile);
	assert(file->real != NULL);
	rc = failing.real->xOpen(failing.real, name, file->real, flags, out);
	if (rc == SQLITE_OK)
		file->base.pMethods = &failing.methods;
	else
		free(file->real);
	return rc;
}

/* From here on every database of this process goes over the failing disk. */
static void
failing_disk_install(void)
{
	failing.real = sqlite3_vfs_find(NULL);
	failing.vfs = *failing.real;
	failing.vfs.zName = "failing";
	failing.vfs.szOsFile = sizeof(struct failing_file);
	failing.vfs.xOpen = failing_open;
	failing.methods = (sqlite3_io_methods){
		.iVersion = 2,
		.xClose = failing_close,
		.xRead = failing_Read,
		.xWrite = failing_write,
		.xTruncate = failing_truncate,
		.xSync = failing_sync,
		.xFileSize = failing_FileSize,
		.xLock = failing_Lock,
		.xUnlock = failing_Unlock,
		.xCheckReservedLock = failing_CheckReservedLock,
		.xFileControl = failing_FileControl,
		.xSectorSize = failing_SectorSize,
		.xDeviceCharacteristics = failing_DeviceCharacteristics,
		.xShmMap = failing_shm_map,
		.xShmLock = failing_ShmLock,
		.xShmBarrier = failing_barrier,
		.xShmUnmap = failing_ShmUnmap,
	};
	atomic_store(&failing.left, -1);
	sqlite3_vfs_register(&failing.vfs, 1);
}

/* The n-th operation from now on fails (from 0), and with stays all after it. */
static void
failing_disk_set(int n, int code, bool stays)
{
	failing.code = code;
	failing.stays = stays;
	atomic_store(&failing.fired, 0);
	atomic_store(&failing.left, n);
}

/* It is whole again; how often did it fail? */
static int
failing_disk_mend(void)
{
	atomic_store(&failing.left, -1);
	return atomic_load(&failing.fired);
}

#endif
