#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "say.h"

bool files_set_base(files_query *query, spw_str base) {
    query->base = strndup(base.size ? base.data : "", base.size);
    return query->base != NULL;
}

bool files_add_pattern(files_query *query, const char *pattern, size_t size) {
    char **grown = realloc(query->patterns, (query->pattern_count + 1) * sizeof *grown);
    if (!grown) {
        return false;
    }
    query->patterns = grown;
    char *copy = strndup(pattern, size);
    if (!copy) {
        return false;
    }
    grown[query->pattern_count++] = copy;
    return true;
}

void files_query_free(files_query *query) {
    for (size_t i = 0; i < query->pattern_count; i++) {
        free(query->patterns[i]);
    }
    free(query->patterns);
    free(query->base);
    *query = (files_query){0};
}

void files_found_free(files_found *found) {
    for (size_t i = 0; i < found->count; i++) {
        free(found->paths[i]);
    }
    free(found->paths);
    free(found->times);
    *found = (files_found){0};
}

static char *join(const char *folder, const char *name, size_t name_size) {
    size_t size = strlen(folder);
    bool slash = size && folder[size - 1] != '/';
    char *joined = malloc(size + slash + name_size + 1);
    if (joined) {
        memcpy(joined, folder, size);
        joined[size] = '/';
        memcpy(joined + size + slash, name, name_size);
        joined[size + slash + name_size] = 0;
    }
    return joined;
}

char *files_locate(const files_query *query, const char *path) {
    return path[0] == '/' ? strdup(path) : join(query->base, path, strlen(path));
}

static spw_status no_memory(spw_call *call) {
    return say_fail(call, SPW_SIGNAL_OVER_BUDGET, "no memory to list files");
}

static bool is_glob(const char *pattern) {
    return strpbrk(pattern, "*?[") != NULL;
}

static bool add(files_found *found, const char *path, const struct stat *status) {
    if (found->count == found->room) {
        size_t room = found->room ? found->room * 2 : 32;
        char **paths = realloc(found->paths, room * sizeof *paths);
        if (!paths) {
            return false;
        }
        found->paths = paths;
        int64_t *times = realloc(found->times, room * sizeof *times);
        if (!times) {
            return false;
        }
        found->times = times;
        found->room = room;
    }
    char *copy = strdup(path);
    if (!copy) {
        return false;
    }
    found->times[found->count] =
        (int64_t)status->st_mtim.tv_sec * 1000000000 + status->st_mtim.tv_nsec;
    found->paths[found->count++] = copy;
    return true;
}

typedef struct walk {
    const files_query *query;
    spw_call *call;
    files_found *found;
} walk;

/* The whole pattern is matched by this path. Folders and the like are no files. */
static spw_status take_match(const walk *walk, const char *path) {
    char *place = files_locate(walk->query, path);
    if (!place) {
        return no_memory(walk->call);
    }
    struct stat status;
    int error = stat(place, &status) == 0 ? 0 : errno;
    free(place);
    if (error == ENOTDIR || error == ENOENT) {
        /* removed this moment, a link to nowhere, or no match of the rest of the pattern */
        return SPW_OK;
    }
    if (error) {
        return say_errno(walk->call, error, path);
    }
    if (!S_ISREG(status.st_mode)) {
        say_log(walk->call, SPW_LOG_DEBUG, "%s: not a regular file, left out", path);
        return SPW_OK;
    }
    return add(walk->found, path, &status) ? SPW_OK : no_memory(walk->call);
}

static spw_status match(const walk *walk, const char *path, const char *pattern);

/* One entry of a folder that the pattern's first part matches. */
static spw_status descend(const walk *walk, const char *folder, const char *name,
                          const char *rest) {
    char *path = join(folder, name, strlen(name));
    if (!path) {
        return no_memory(walk->call);
    }
    spw_status status = *rest ? match(walk, path, rest) : take_match(walk, path);
    free(path);
    return status;
}

static spw_status match_in_folder(const walk *walk, const char *folder, const char *part,
                                  const char *rest) {
    char *place = *folder ? files_locate(walk->query, folder)
                          : strdup(*walk->query->base ? walk->query->base : ".");
    if (!place) {
        return no_memory(walk->call);
    }
    DIR *entries = opendir(place);
    int error = errno;
    free(place);
    if (!entries) {
        bool absent = error == ENOENT || error == ENOTDIR;
        return absent ? SPW_OK : say_errno(walk->call, error, *folder ? folder : ".");
    }
    spw_status status = SPW_OK;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(entries);
        if (!entry) {
            if (errno) {
                status = say_errno(walk->call, errno, folder);
            }
            break;
        }
        if (fnmatch(part, entry->d_name, FNM_PERIOD) == 0 &&
            (status = descend(walk, folder, entry->d_name, rest)) != SPW_OK) {
            break;
        }
    }
    closedir(entries);
    return status;
}

/* Matches the rest of a pattern below `path`, part by part. */
static spw_status match(const walk *walk, const char *path, const char *pattern) {
    while (*pattern == '/') {
        pattern++;
    }
    size_t size = strcspn(pattern, "/");
    char *part = strndup(pattern, size);
    if (!part) {
        return no_memory(walk->call);
    }
    spw_status status = strpbrk(part, "*?[\\") ? match_in_folder(walk, path, part, pattern + size)
                                               : descend(walk, path, part, pattern + size);
    free(part);
    return status;
}

/* SPW_END: the pattern names no file literally. */
static spw_status take_literal(const walk *walk, const char *pattern) {
    char *place = files_locate(walk->query, pattern);
    if (!place) {
        return no_memory(walk->call);
    }
    struct stat status;
    int error = stat(place, &status) == 0 ? 0 : errno;
    free(place);
    if (error) {
        return is_glob(pattern) ? SPW_END : say_errno(walk->call, error, pattern);
    }
    if (!S_ISREG(status.st_mode)) {
        return say_fail(walk->call, SPW_SIGNAL_DENIED,
                        "%s: not a regular file; `files` takes files and globs", pattern);
    }
    return add(walk->found, pattern, &status) ? SPW_OK : no_memory(walk->call);
}

static spw_status find_pattern(const walk *walk, const char *pattern) {
    spw_status status = take_literal(walk, pattern);
    if (status != SPW_END) {
        return status;
    }
    size_t before = walk->found->count;
    status = match(walk, *pattern == '/' ? "/" : "", pattern);
    if (status == SPW_OK && walk->found->count == before) {
        say_log(walk->call, SPW_LOG_WARNING, "%s: no file matches", pattern);
    }
    return status;
}

typedef struct sortable {
    char *path;
    int64_t time;
} sortable;

static int by_path(const void *left, const void *right) {
    return strcmp(((const sortable *)left)->path, ((const sortable *)right)->path);
}

static int by_time(const void *left, const void *right) {
    int64_t a = ((const sortable *)left)->time, b = ((const sortable *)right)->time;
    return a < b ? -1 : a > b ? 1 : by_path(left, right);
}

static bool sort(files_found *found, bool is_by_time) {
    sortable *all = malloc((found->count ? found->count : 1) * sizeof *all);
    if (!all) {
        return false;
    }
    for (size_t i = 0; i < found->count; i++) {
        all[i] = (sortable){found->paths[i], found->times[i]};
    }
    qsort(all, found->count, sizeof *all, by_path);
    size_t kept = 0;
    for (size_t i = 0; i < found->count; i++) {
        if (kept && strcmp(all[kept - 1].path, all[i].path) == 0) {
            free(all[i].path);
        } else {
            all[kept++] = all[i];
        }
    }
    found->count = kept;
    if (is_by_time) {
        qsort(all, kept, sizeof *all, by_time);
    }
    for (size_t i = 0; i < kept; i++) {
        found->paths[i] = all[i].path;
        found->times[i] = all[i].time;
    }
    free(all);
    return true;
}

spw_status files_find(const files_query *query, spw_call *call, files_found *found) {
    *found = (files_found){0};
    walk walk = {query, call, found};
    spw_status status = SPW_OK;
    for (size_t i = 0; i < query->pattern_count && status == SPW_OK; i++) {
        status = find_pattern(&walk, query->patterns[i]);
    }
    if (status == SPW_OK && !sort(found, query->by_time)) {
        status = no_memory(call);
    }
    if (status != SPW_OK) {
        files_found_free(found);
    }
    return status;
}

bool files_named(const files_query *query, const char *path) {
    for (size_t i = 0; i < query->pattern_count; i++) {
        const char *pattern = query->patterns[i];
        if (strcmp(pattern, path) == 0 || fnmatch(pattern, path, FNM_PATHNAME | FNM_PERIOD) == 0) {
            return true;
        }
    }
    return false;
}
