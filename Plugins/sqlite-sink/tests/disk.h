/*
 * A disk that fails when told to: SQLite's own, with a hand on each write, sync and truncation. It
 * is the process's default, so the plugin, which shares this process's SQLite, works on it.
 */
#ifndef TEST_DISK_H
#define TEST_DISK_H

#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum { DISK_KILLS = -1 }; /* instead of an error: the process dies at that call */

static struct {
    sqlite3_vfs *real;
    int calls_left; /* until it fails; -1: it does not */
    int error;      /* an SQLite code, or DISK_KILLS */
    bool failed, stays_broken, has_wal;
    int syncs;
} disk = {.calls_left = -1, .has_wal = true};

typedef struct disk_file {
    sqlite3_file file;
    sqlite3_file *real; /* right behind */
} disk_file;

static sqlite3_file *real_of(sqlite3_file *file) {
    return ((disk_file *)file)->real;
}

static int disk_fails(void) {
    bool fails = disk.calls_left == 0 || (disk.failed && disk.stays_broken);
    disk.calls_left -= disk.calls_left >= 0;
    if (!fails) {
        return SQLITE_OK;
    }
    disk.failed = true;
    if (disk.error == DISK_KILLS) {
        kill(getpid(), SIGKILL);
    }
    return disk.error;
}

static int disk_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset) {
    int code = disk_fails();
    if (code == SQLITE_OK) {
        return real_of(file)->pMethods->xWrite(real_of(file), data, size, offset);
    }
    if (size > 1) { /* half of it may have come through */
        real_of(file)->pMethods->xWrite(real_of(file), data, size / 2, offset);
    }
    return code;
}

static int disk_sync(sqlite3_file *file, int flags) {
    (void)file, (void)flags; /* nothing of this test survives a power cut */
    int code = disk_fails();
    disk.syncs += code == SQLITE_OK;
    return code == SQLITE_FULL ? SQLITE_IOERR_FSYNC : code;
}

static int disk_truncate(sqlite3_file *file, sqlite3_int64 size) {
    int code = disk_fails();
    return code == SQLITE_OK ? real_of(file)->pMethods->xTruncate(real_of(file), size)
                             : SQLITE_IOERR_TRUNCATE;
}

static int disk_close(sqlite3_file *file) {
    return real_of(file)->pMethods->xClose(real_of(file));
}
static int disk_read(sqlite3_file *file, void *to, int size, sqlite3_int64 offset) {
    return real_of(file)->pMethods->xRead(real_of(file), to, size, offset);
}
static int disk_size(sqlite3_file *file, sqlite3_int64 *size) {
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}
static int disk_lock(sqlite3_file *file, int level) {
    return real_of(file)->pMethods->xLock(real_of(file), level);
}
static int disk_unlock(sqlite3_file *file, int level) {
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}
static int disk_check_lock(sqlite3_file *file, int *result) {
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), result);
}
static int disk_control(sqlite3_file *file, int operation, void *argument) {
    return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
}
static int disk_sector(sqlite3_file *file) {
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}
static int disk_traits(sqlite3_file *file) {
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}
static int disk_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **to) {
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, to);
}
static int disk_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}
static void disk_shm_barrier(sqlite3_file *file) {
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}
static int disk_shm_unmap(sqlite3_file *file, int remove) {
    return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

#define DISK_METHODS(version)                                                                      \
    {                                                                                              \
        version, disk_close, disk_read, disk_write, disk_truncate, disk_sync, disk_size,           \
            disk_lock, disk_unlock, disk_check_lock, disk_control, disk_sector, disk_traits,       \
            disk_shm_map, disk_shm_lock, disk_shm_barrier, disk_shm_unmap, NULL, NULL              \
    }

static const sqlite3_io_methods disk_with_wal = DISK_METHODS(2);
static const sqlite3_io_methods disk_without_wal = DISK_METHODS(1);

static int disk_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
                     int *out_flags) {
    (void)vfs;
    disk_file *made = (disk_file *)file;
    made->real = (sqlite3_file *)(made + 1);
    int code = disk.real->xOpen(disk.real, name, made->real, flags, out_flags);
    file->pMethods = !made->real->pMethods ? NULL
                     : disk.has_wal        ? &disk_with_wal
                                           : &disk_without_wal;
    return code;
}

static void disk_install(void) {
    static sqlite3_vfs vfs;
    disk.real = sqlite3_vfs_find(NULL);
    vfs = *disk.real;
    vfs.zName = "disk";
    vfs.pNext = NULL;
    vfs.szOsFile += (int)sizeof(disk_file);
    vfs.xOpen = disk_open;
    sqlite3_vfs_register(&vfs, 1);
}

static void disk_break(int calls, int error, bool stays_broken) {
    disk.calls_left = calls;
    disk.error = error;
    disk.failed = false;
    disk.stays_broken = stays_broken;
}

static void disk_mend(void) {
    disk.calls_left = -1;
    disk.stays_broken = false;
}

#endif
