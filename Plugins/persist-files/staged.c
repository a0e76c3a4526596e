#include "staged.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/durable.h"

/* Locks the new file. EAGAIN: a cleaner was faster and has removed it. */
static int claim(int file) {
    struct stat status;
    int error = durable_lock(file);
    if (!error && fstat(file, &status) != 0) {
        error = errno;
    }
    return error ? error : status.st_nlink ? 0 : EAGAIN;
}

int staged_open(int folder, staged *staged) {
    for (int tries = 0; tries < 100; tries++) {
        uint64_t random[2];
        if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
            return EAGAIN;
        }
        snprintf(staged->name, sizeof staged->name, "%016llx%016llx", (unsigned long long)random[0],
                 (unsigned long long)random[1]);
        staged->folder = folder;
        staged->length = 0;
        staged->file = openat(folder, staged->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (staged->file < 0 && errno == EEXIST) {
            continue;
        }
        int error = staged->file < 0 ? errno : claim(staged->file);
        if (!error) {
            return 0;
        }
        staged_discard(staged);
        if (error != EAGAIN) {
            return error;
        }
    }
    return EAGAIN;
}

int staged_write(staged *staged, const void *data, size_t size) {
    int error = durable_write(staged->file, data, size, staged->length);
    staged->length += error ? 0 : (off_t)size;
    return error;
}

int staged_sync(staged *staged) {
    return fsync(staged->file) == 0 ? 0 : errno;
}

int staged_move(staged *staged, int folder, const char *name) {
    if (renameat(staged->folder, staged->name, folder, name) != 0) {
        return errno;
    }
    close(staged->file);
    staged->file = -1;
    return 0;
}

void staged_discard(staged *staged) {
    if (staged->file >= 0) {
        unlinkat(staged->folder, staged->name, 0);
        close(staged->file);
        staged->file = -1;
    }
}

static void clean_file(int folder, const char *name) {
    int file = openat(folder, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) {
        return;
    }
    if (flock(file, LOCK_EX | LOCK_NB) == 0) {
        unlinkat(folder, name, 0);
    }
    close(file);
}

void staged_clean(int folder) {
    int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = again < 0 ? NULL : fdopendir(again);
    if (!entries) {
        if (again >= 0) {
            close(again);
        }
        return;
    }
    const struct dirent *entry;
    while ((entry = readdir(entries))) {
        if (entry->d_name[0] != '.') {
            clean_file(folder, entry->d_name);
        }
    }
    closedir(entries);
}
