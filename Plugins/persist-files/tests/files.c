/*
 * What persist-files does on disk: where the bytes lie, what is synced before what, and what a
 * failing disk, a dead process and damage leave behind.
 *
 * This program's own fsync, pwrite and so on stand in the way of the plugin's.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit.h"

/* --- the disk as the plugin sees it --- */

enum { dirty_limit = 64 };
static ino_t dirty[dirty_limit]; /* written, made or renamed into, and not yet synced */
static size_t dirty_count;
static ino_t staging;                        /* its entries need not last */
static int calls_left = -1, failure, failed; /* the call that fails, how, and whether it has */
static const char *moved_dirty;

static ino_t inode(int file) {
    struct stat status;
    return fstat(file, &status) == 0 ? status.st_ino : 0;
}

static bool is_dirty(ino_t wanted) {
    for (size_t i = 0; i < dirty_count; i++) {
        if (dirty[i] == wanted) {
            return true;
        }
    }
    return false;
}

static void soil(ino_t found) {
    if (found != staging && !is_dirty(found) && dirty_count < dirty_limit) {
        dirty[dirty_count++] = found;
    }
}

static void clean(ino_t found) {
    for (size_t i = 0; i < dirty_count; i++) {
        if (dirty[i] == found) {
            dirty[i] = dirty[--dirty_count];
            return;
        }
    }
}

static bool fails(void) {
    if (calls_left < 0 || calls_left-- > 0) {
        return false;
    }
    failed = 1;
    errno = failure;
    return true;
}

int fsync(int file) {
    if (fails()) {
        return -1;
    }
    clean(inode(file));
    return 0; /* nothing of this test survives a power cut */
}

ssize_t pwrite(int file, const void *data, size_t size, off_t offset) {
    if (fails()) {
        return -1;
    }
    soil(inode(file));
    return syscall(SYS_pwrite64, file, data, size, offset);
}

int mkdirat(int folder, const char *name, mode_t mode) {
    if (fails()) {
        return -1;
    }
    int result = (int)syscall(SYS_mkdirat, folder, name, mode);
    if (result == 0) {
        soil(inode(folder));
    }
    return result;
}

int unlinkat(int folder, const char *name, int flags) {
    int result = (int)syscall(SYS_unlinkat, folder, name, flags);
    if (result == 0) {
        soil(inode(folder));
    }
    return result;
}

int renameat(int from, const char *old, int to, const char *new) {
    struct stat status;
    if (fails()) {
        return -1;
    }
    if (fstatat(from, old, &status, 0) == 0 && is_dirty(status.st_ino)) {
        moved_dirty = "a file was renamed before it was synced";
    }
    int result = (int)syscall(SYS_renameat2, from, old, to, new, 0);
    soil(inode(from));
    soil(inode(to));
    return result;
}

/* --- a store --- */

static kit_plugin plugin;
static char folder[64], options[128], path[512];
static kit_instance instance;
static const spw_store *store;

static const char *at(const char *part) {
    snprintf(path, sizeof path, "%s/store/%s", folder, part);
    return path;
}

static void open_store(void) {
    struct stat status;
    instance = kit_open(&plugin, SPW_STORE, "cold", options, NULL, NULL);
    store = instance.table;
    staging = stat(at("staging"), &status) == 0 ? status.st_ino : 0;
}

static void new_store(void) {
    strcpy(folder, "/tmp/spillway-files-XXXXXX");
    CHECK(mkdtemp(folder));
    snprintf(options, sizeof options, "{\"path\": \"%s/store\"}", folder);
    staging = 0;
    dirty_count = 0;
    open_store();
}

static int remove_entry(const char *entry, const struct stat *status, int kind, struct FTW *ftw) {
    (void)status, (void)kind, (void)ftw;
    return remove(entry);
}

static void end_store(void) {
    kit_close(&instance);
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static spw_status put(const char *name, const char *text, const char *media, int *existed) {
    spw_object object = {.size = sizeof object,
                         .name = kit_str(name),
                         .length = strlen(text),
                         .media_type = kit_str(media)};
    EVP_Digest(text, strlen(text), object.sha256, NULL, EVP_sha256(), NULL);
    spw_bytes part = kit_bytes(text, strlen(text));
    spw_status status = store->put(instance.instance, kit_begin(&instance, 0), &object, &part, 1);
    *existed = object.existed;
    return status;
}

static spw_status get(const char *name) {
    return store->get(instance.instance, kit_begin(&instance, 0), kit_str(name), 0, UINT64_MAX,
                      spw_frame_output(instance.frame));
}

static int32_t signal_of_last(void) {
    return spw_frame_signal(instance.frame);
}

static size_t count_files(const char *part) {
    size_t count = 0;
    DIR *entries = opendir(at(part));
    CHECK(entries, "%s", path);
    const struct dirent *entry;
    while ((entry = readdir(entries))) {
        count += entry->d_name[0] != '.';
    }
    closedir(entries);
    return count;
}

static void write_file(const char *part, const char *text) {
    FILE *file = fopen(at(part), "w");
    CHECK(file && fputs(text, file) >= 0 && fclose(file) == 0, "%s", path);
}

static const char *const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
#define ABC_FILE "ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

/* --- tests --- */

static void bytes_lie_as_they_were_put(void) {
    int existed;
    new_store();
    CHECK(put(abc, "abc", "", &existed) == SPW_OK);
    CHECK(access(at("sheets/" ABC_FILE), F_OK) != 0, "nothing to be said, no sheet");
    size_t size;
    char *text = kit_read_file(at("objects/" ABC_FILE), &size);
    CHECK(size == 3 && memcmp(text, "abc", 3) == 0);
    free(text);
    CHECK(put("named", "abc", "text/csv", &existed) == SPW_OK);
    text = kit_read_file(at("sheets/na/med"), &size);
    CHECK(strstr(text, abc) && strstr(text, "media-type text/csv\n"), "%s", text);
    free(text);
    struct stat status;
    CHECK(stat(at(""), &status) == 0 && (status.st_mode & 0777) == 0700, "%o", status.st_mode);
    CHECK(count_files("staging") == 0);
    end_store();
}

static void what_returned_is_synced(void) {
    const char *const media[] = {"", "text/plain"};
    int existed;
    new_store();
    CHECK(dirty_count == 0, "a new store is synced");
    moved_dirty = NULL;
    for (int i = 0; i < 200; i++) {
        char name[32];
        snprintf(name, sizeof name, "%02x-%d", i % 150 * 37 & 255, i % 150);
        CHECK(put(name, name, media[i % 2], &existed) == SPW_OK);
        CHECK(existed == (i >= 150));
        CHECK(dirty_count == 0 && !moved_dirty, "put %d: %zu not synced", i, dirty_count);
    }
    CHECK(store->remove(instance.instance, kit_begin(&instance, 0), kit_str("00-0")) == SPW_OK);
    CHECK(dirty_count == 0, "a removal is synced");
    end_store();
}

/* Another process made it visible, and died before it could sync. */
static void what_existed_is_synced(void) {
    struct stat shard, parent;
    int existed;
    new_store();
    CHECK(put(abc, "abc", "", &existed) == SPW_OK);
    kit_close(&instance);
    open_store();
    CHECK(stat(at("objects/ba"), &shard) == 0 && stat(at("objects"), &parent) == 0);
    soil(shard.st_ino);
    soil(parent.st_ino);
    CHECK(put(abc, "abc", "", &existed) == SPW_OK && existed);
    CHECK(dirty_count == 0);
    end_store();
}

/* Every write, sync, rename and folder of a put fails in turn: nothing shows, and the next try
 * works. */
static void a_failing_disk_leaves_nothing(void) {
    static const struct {
        int error, signal;
    } kinds[] = {{EIO, SPW_SIGNAL_TRANSIENT},
                 {ENOSPC, SPW_SIGNAL_UNAVAILABLE},
                 {EDQUOT, SPW_SIGNAL_UNAVAILABLE},
                 {EROFS, SPW_SIGNAL_DENIED}};
    int existed, steps = 0;
    new_store();
    for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
        for (int step = 0;; step++) {
            char name[32];
            snprintf(name, sizeof name, "%c%c%zu-%d", 'a' + (int)kind, 'a' + step, kind, step);
            calls_left = step;
            failure = kinds[kind].error;
            failed = 0;
            spw_status status = put(name, "some bytes", "text/plain", &existed);
            calls_left = -1;
            if (!failed) {
                CHECK(status == SPW_OK);
                break;
            }
            CHECK(status == SPW_FAILED && signal_of_last() == kinds[kind].signal, "step %d: %d",
                  step, signal_of_last());
            CHECK(get(name) == SPW_END, "step %d", step);
            CHECK(count_files("staging") == 0);
            CHECK(put(name, "some bytes", "text/plain", &existed) == SPW_OK && !existed);
            CHECK(get(name) == SPW_OK);
            steps++;
        }
    }
    CHECK(steps >= 4 * 8, "%d", steps);
    end_store();
}

static void leftovers_of_the_dead_are_cleaned(void) {
    new_store();
    kit_close(&instance);
    pid_t child = fork();
    if (child == 0) {
        void *pieces;
        spw_object object = {.size = sizeof object, .name = kit_str("left")};
        open_store();
        CHECK(store->put_begin(instance.instance, kit_begin(&instance, 0), &object, &pieces) ==
              SPW_OK);
        _exit(count_files("staging") == 1 ? 0 : 1);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(count_files("staging") == 1);
    open_store();
    CHECK(count_files("staging") == 0);
    void *pieces; /* but not what a living one writes */
    spw_object object = {.size = sizeof object, .name = kit_str("live"), .length = 0};
    EVP_Digest("", 0, object.sha256, NULL, EVP_sha256(), NULL);
    CHECK(store->put_begin(instance.instance, kit_begin(&instance, 0), &object, &pieces) == SPW_OK);
    kit_instance second = kit_open(&plugin, SPW_STORE, "cold", options, NULL, NULL);
    CHECK(count_files("staging") == 1);
    kit_close(&second);
    CHECK(store->put_finish(instance.instance, kit_begin(&instance, 0), pieces, &object) == SPW_OK);
    end_store();
}

static void damage_is_seen_and_mended(void) {
    int existed;
    new_store();
    CHECK(put(abc, "abc", "text/plain", &existed) == SPW_OK);
    CHECK(chmod(at("objects/" ABC_FILE), 0600) == 0);
    write_file("objects/" ABC_FILE, "abd");
    CHECK(get(abc) == SPW_FAILED && signal_of_last() == SPW_SIGNAL_UNRECOVERABLE);
    write_file("objects/" ABC_FILE, "ab");
    CHECK(get(abc) == SPW_FAILED && signal_of_last() == SPW_SIGNAL_UNRECOVERABLE);
    CHECK(put(abc, "abc", "text/plain", &existed) == SPW_OK && !existed);
    CHECK(get(abc) == SPW_OK);
    write_file("sheets/" ABC_FILE, "no sheet");
    CHECK(get(abc) == SPW_FAILED && signal_of_last() == SPW_SIGNAL_UNRECOVERABLE);
    CHECK(put(abc, "abc", "text/plain", &existed) == SPW_OK && !existed);
    CHECK(get(abc) == SPW_OK);
    end_store();
}

/* A put that was cut off between its sheet and its object says nothing of a later one. */
static void an_orphan_sheet_means_nothing(void) {
    int existed;
    new_store();
    CHECK(put(abc, "abc", "text/plain", &existed) == SPW_OK);
    CHECK(unlink(at("objects/" ABC_FILE)) == 0);
    CHECK(get(abc) == SPW_END);
    CHECK(put(abc, "abc", "", &existed) == SPW_OK && !existed);
    spw_object object = {.size = sizeof object};
    CHECK(store->stat(instance.instance, kit_begin(&instance, 0), kit_str(abc), &object) == SPW_OK);
    CHECK(object.media_type.size == 0);
    end_store();
}

static void foreign_files_are_not_objects(void) {
    int existed;
    new_store();
    CHECK(put(abc, "abc", "", &existed) == SPW_OK);
    write_file("objects/ba/.hidden", "x");
    write_file("objects/ba/a b", "x");
    write_file("objects/README", "x");
    CHECK(mkdir(at("objects/long folder"), 0700) == 0);
    CHECK(symlink("/etc/passwd", at("objects/ba/link")) == 0);
    CHECK(get("balink") == SPW_FAILED && signal_of_last() == SPW_SIGNAL_DENIED);
    CHECK(unlink(at("objects/ba/link")) == 0);
    spw_object object;
    CHECK(store->stat(instance.instance, kit_begin(&instance, 0), kit_str("README"), &object) ==
          SPW_END);
    end_store();
}

static void another_layout_is_refused(void) {
    char *error;
    new_store();
    kit_close(&instance);
    write_file("layout", "spillway files store 2\n");
    instance = kit_open(&plugin, SPW_STORE, "cold", options, NULL, &error);
    CHECK(error && strstr(error, "layout"), "%s", error);
    free(error);
    end_store();
}

static void relative_paths_count_from_the_base_folder(void) {
    strcpy(folder, "/tmp/spillway-files-XXXXXX");
    CHECK(mkdtemp(folder) && chdir(folder) == 0); /* the kit's base folder is "." */
    strcpy(options, "{\"path\": \"deep/er/store\"}");
    dirty_count = 0;
    open_store();
    CHECK(dirty_count == 0, "new folders are synced");
    int existed;
    CHECK(put(abc, "abc", "", &existed) == SPW_OK);
    CHECK(access("deep/er/store/objects/" ABC_FILE, F_OK) == 0);
    CHECK(chdir("/") == 0);
    end_store();
}

int main(int count, char **arguments) {
    CHECK(count == 2);
    plugin = kit_load(arguments[1]);
    bytes_lie_as_they_were_put();
    what_returned_is_synced();
    what_existed_is_synced();
    a_failing_disk_leaves_nothing();
    leftovers_of_the_dead_are_cleaned();
    damage_is_seen_and_mended();
    an_orphan_sheet_means_nothing();
    foreign_files_are_not_objects();
    another_layout_is_refused();
    relative_paths_count_from_the_base_folder();
    return 0;
}
