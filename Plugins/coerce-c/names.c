#include "names.h"

#include <stdlib.h>
#include <string.h>

#define FEW 12

bool names_begin(names *names, uint32_t declared) {
    names->count = 0;
    names->indexed = false;
    if (declared > names->declared_room) {
        uint8_t *moved = realloc(names->declared, declared);
        if (!moved) {
            return false;
        }
        names->declared = moved;
        names->declared_room = declared;
    }
    if (declared) {
        memset(names->declared, 0, declared);
    }
    return true;
}

names_answer names_add_declared(names *names, uint32_t number) {
    if (names->declared[number]) {
        return NAMES_TWICE;
    }
    names->declared[number] = 1;
    return NAMES_NEW;
}

static bool grow(names *names) {
    if (names->count < names->room) {
        return true;
    }
    uint32_t larger = names->room ? names->room * 2 : 16;
    js_span *others = realloc(names->others, larger * sizeof *others);
    if (others) {
        names->others = others;
    }
    uint64_t *hashes = realloc(names->hashes, larger * sizeof *hashes);
    if (hashes) {
        names->hashes = hashes;
    }
    if (!others || !hashes) {
        return false;
    }
    names->room = larger;
    return true;
}

static void put_in_table(names *names, uint32_t number) {
    uint32_t mask = names->table_room - 1;
    uint32_t at = (uint32_t)names->hashes[number] & mask;
    while (names->table[at]) {
        at = (at + 1) & mask;
    }
    names->table[at] = number + 1;
}

/* A table at most half full of all names so far. */
static bool make_table(names *names) {
    uint32_t wanted = names->table_room ? names->table_room : 64;
    while (wanted < names->room * 2) {
        wanted *= 2;
    }
    if (wanted > names->table_room) {
        free(names->table);
        names->table_room = 0;
        names->table = malloc(wanted * sizeof *names->table);
        if (!names->table) {
            return false;
        }
        names->table_room = wanted;
    }
    memset(names->table, 0, names->table_room * sizeof *names->table);
    for (uint32_t i = 0; i < names->count; i++) {
        put_in_table(names, i);
    }
    names->indexed = true;
    return true;
}

static bool is_same(const names *names, uint32_t number, uint64_t hash, js_span name) {
    js_span is = names->others[number];
    return names->hashes[number] == hash && is.size == name.size &&
           (!name.size || memcmp(is.data, name.data, name.size) == 0);
}

static bool has(const names *names, uint64_t hash, js_span name) {
    if (!names->indexed) {
        for (uint32_t i = 0; i < names->count; i++) {
            if (is_same(names, i, hash, name)) {
                return true;
            }
        }
        return false;
    }
    uint32_t mask = names->table_room - 1;
    for (uint32_t at = (uint32_t)hash & mask; names->table[at]; at = (at + 1) & mask) {
        if (is_same(names, names->table[at] - 1, hash, name)) {
            return true;
        }
    }
    return false;
}

names_answer names_add(names *names, uint64_t seed, js_span name) {
    uint64_t hash = plan_hash(seed, name.data, name.size);
    if (has(names, hash, name)) {
        return NAMES_TWICE;
    }
    uint32_t room = names->room;
    if (!grow(names)) {
        return NAMES_NO_MEMORY;
    }
    names->others[names->count] = name;
    names->hashes[names->count++] = hash;
    if (names->count <= FEW) {
        return NAMES_NEW;
    }
    if (!names->indexed || names->room != room) {
        return make_table(names) ? NAMES_NEW : NAMES_NO_MEMORY;
    }
    put_in_table(names, names->count - 1);
    return NAMES_NEW;
}

void names_free(names *names) {
    free(names->declared);
    free(names->others);
    free(names->hashes);
    free(names->table);
}
