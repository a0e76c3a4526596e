#include "durable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

char *durable_path(spw_str base_folder, const char *path) {
    if (path[0] == '/') {
        return strdup(path);
    }
    spw_str base = base_folder.size ? base_folder : (spw_str){".", 1};
    size_t size = strlen(path);
    char *joined = malloc(base.size + size + 2);
    if (joined) {
        memcpy(joined, base.data, base.size);
        joined[base.size] = '/';
        memcpy(joined + base.size + 1, path, size + 1);
    }
    return joined;
}

int durable_write(int file, const void *data, size_t size, off_t offset) {
    const char *at = data;
    while (size) {
        ssize_t written = pwrite(file, at, size, offset);
        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            return errno;
        }
        at += written;
        offset += written;
        size -= (size_t)written;
    }
    return 0;
}

int durable_make_folder(int parent, const char *name, mode_t mode) {
    if (mkdirat(parent, name, mode) != 0) {
        return errno == EEXIST ? 0 : errno;
    }
    return fsync(parent) == 0 ? 0 : errno;
}

/* Makes the folder that ends at `end`, in the one that is open, and goes into it. */
static int step_into(int *folder, char *part, char *end, mode_t mode) {
    char kept = *end;
    *end = 0;
    int error = 0;
    int inside = openat(*folder, part, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (inside < 0 && errno == ENOENT) {
        int parent = openat(*folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        error = parent < 0 ? errno : durable_make_folder(parent, part, mode);
        if (parent >= 0) {
            close(parent);
        }
        inside = error ? -1 : openat(*folder, part, O_PATH | O_DIRECTORY | O_CLOEXEC);
    }
    if (inside < 0) {
        error = error ? error : errno;
    } else {
        close(*folder);
        *folder = inside;
    }
    *end = kept;
    return error;
}

int durable_make_folders(const char *path, mode_t mode) {
    char *parts = strdup(path);
    if (!parts) {
        return ENOMEM;
    }
    int folder = open(parts[0] == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int error = folder < 0 ? errno : 0;
    for (char *at = parts + strspn(parts, "/"); *at && !error; at += strspn(at, "/")) {
        char *end = at + strcspn(at, "/");
        error = step_into(&folder, at, end, mode);
        at = end;
    }
    if (folder >= 0) {
        close(folder);
    }
    free(parts);
    return error;
}

int durable_replace(int folder, const char *name, const void *data, size_t size, int *is_replaced) {
    char beside[300];
    *is_replaced = 0;
    if (snprintf(beside, sizeof beside, "%s.new", name) >= (int)sizeof beside) {
        return ENAMETOOLONG;
    }
    int file = openat(folder, beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
        return errno;
    }
    int error = durable_write(file, data, size, 0);
    if (!error && fsync(file) != 0) {
        error = errno;
    }
    if (close(file) != 0 && !error) {
        error = errno;
    }
    if (!error && renameat(folder, beside, folder, name) != 0) {
        error = errno;
    }
    if (error) {
        unlinkat(folder, beside, 0);
        return error;
    }
    *is_replaced = 1;
    return fsync(folder) == 0 ? 0 : errno;
}

int durable_lock(int file) {
    while (flock(file, LOCK_EX) != 0) {
        if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}
