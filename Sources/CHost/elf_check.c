#include "elf_check.h"

#include <elf.h>
#include <gnu/libc-version.h>
#include <string.h>

/* No honest plugin comes near; it bounds what a hostile file can cost. */
enum { max_steps = 1 << 16, max_symbols = 1 << 24 };

typedef struct image {
    const uint8_t *bytes;
    uint64_t size;
    Elf64_Ehdr header;
    spw_elf *facts;
} image;

/* The part of the dynamic section that is used here; addresses, 0 when absent. */
typedef struct dynamic {
    uint64_t symbols, strings, strings_size, hash, gnu_hash, needs, need_count;
    uint64_t strings_offset; /* in the file */
} dynamic;

static int32_t malformed(const image *image, const char *fault) {
    image->facts->fault = fault;
    return SPW_ELF_MALFORMED;
}

static bool in_file(const image *image, uint64_t offset, uint64_t size) {
    return offset <= image->size && size <= image->size - offset;
}

static bool read_at(const image *image, uint64_t offset, void *to, size_t size) {
    if (!in_file(image, offset, size)) {
        return false;
    }
    memcpy(to, image->bytes + offset, size);
    return true;
}

static bool segment_at(const image *image, uint32_t index, Elf64_Phdr *segment) {
    return index < image->header.e_phnum &&
           read_at(image, image->header.e_phoff + (uint64_t)index * sizeof *segment, segment,
                   sizeof *segment);
}

/* The file offset of `size` bytes at an address, by the segments that the loader maps. */
static bool offset_of(const image *image, uint64_t address, uint64_t size, uint64_t *offset) {
    Elf64_Phdr segment;
    for (uint32_t i = 0; segment_at(image, i, &segment); i++) {
        if (segment.p_type != PT_LOAD || address < segment.p_vaddr) {
            continue;
        }
        uint64_t into = address - segment.p_vaddr;
        if (into <= segment.p_filesz && size <= segment.p_filesz - into) {
            *offset = segment.p_offset + into;
            return in_file(image, *offset, size);
        }
    }
    return false;
}

static bool read_address(const image *image, uint64_t address, void *to, size_t size) {
    uint64_t offset;
    return offset_of(image, address, size, &offset) && read_at(image, offset, to, size);
}

/* --- headers --- */

static void reaches(const image *image, uint64_t offset, uint64_t size) {
    uint64_t end = size > UINT64_MAX - offset ? UINT64_MAX : offset + size;
    if (end > image->facts->whole_size) {
        image->facts->whole_size = end;
    }
}

static int32_t check_header(image *image) {
    const uint8_t *bytes = image->bytes;
    if (image->size < SELFMAG || memcmp(bytes, ELFMAG, SELFMAG) != 0) {
        return SPW_ELF_NOT_ELF;
    }
    image->facts->whole_size = sizeof(Elf64_Ehdr);
    if (!read_at(image, 0, &image->header, sizeof image->header)) {
        return SPW_ELF_TRUNCATED;
    }
    if (bytes[EI_CLASS] != ELFCLASS64 || bytes[EI_DATA] != ELFDATA2LSB) {
        return SPW_ELF_OTHER_CLASS;
    }
    image->facts->machine = image->header.e_machine;
    image->facts->type = image->header.e_type;
    if (image->header.e_machine != spw_elf_host_machine()) {
        return SPW_ELF_OTHER_MACHINE;
    }
    if (image->header.e_type != ET_DYN) {
        return SPW_ELF_NOT_SHARED;
    }
    if (image->header.e_phentsize != sizeof(Elf64_Phdr) || image->header.e_phnum == 0) {
        return malformed(image, "it has no program headers");
    }
    return SPW_ELF_OK;
}

/* A file is cut off when something that its headers promise lies beyond its end. */
static int32_t check_extent(image *image) {
    const Elf64_Ehdr *header = &image->header;
    reaches(image, header->e_phoff, (uint64_t)header->e_phnum * sizeof(Elf64_Phdr));
    if (header->e_shoff) {
        reaches(image, header->e_shoff, (uint64_t)header->e_shnum * header->e_shentsize);
    }
    Elf64_Phdr segment;
    for (uint32_t i = 0; segment_at(image, i, &segment); i++) {
        reaches(image, segment.p_offset, segment.p_filesz);
    }
    return image->facts->whole_size > image->size ? SPW_ELF_TRUNCATED : SPW_ELF_OK;
}

/* --- the dynamic section --- */

static void keep_entry(dynamic *dynamic, const Elf64_Dyn *entry) {
    uint64_t value = entry->d_un.d_val;
    switch (entry->d_tag) {
    case DT_SYMTAB:
        dynamic->symbols = value;
        break;
    case DT_STRTAB:
        dynamic->strings = value;
        break;
    case DT_STRSZ:
        dynamic->strings_size = value;
        break;
    case DT_HASH:
        dynamic->hash = value;
        break;
    case DT_GNU_HASH:
        dynamic->gnu_hash = value;
        break;
    case DT_VERNEED:
        dynamic->needs = value;
        break;
    case DT_VERNEEDNUM:
        dynamic->need_count = value;
        break;
    default:
        break;
    }
}

static int32_t read_dynamic(const image *image, dynamic *dynamic) {
    Elf64_Phdr segment;
    uint32_t i = 0;
    while (segment_at(image, i, &segment) && segment.p_type != PT_DYNAMIC) {
        i++;
    }
    if (i >= image->header.e_phnum) {
        return malformed(image, "it has no dynamic section");
    }
    Elf64_Dyn entry;
    uint64_t count = segment.p_filesz / sizeof entry;
    for (uint64_t at = 0; at < count && at < max_steps; at++) {
        if (!read_at(image, segment.p_offset + at * sizeof entry, &entry, sizeof entry)) {
            return malformed(image, "its dynamic section lies outside of the file");
        }
        if (entry.d_tag == DT_NULL) {
            return SPW_ELF_OK;
        }
        keep_entry(dynamic, &entry);
    }
    return malformed(image, "its dynamic section has no end");
}

static int32_t find_strings(const image *image, dynamic *dynamic) {
    if (!offset_of(image, dynamic->strings, dynamic->strings_size, &dynamic->strings_offset)) {
        return malformed(image, "its table of strings lies outside of the file");
    }
    return SPW_ELF_OK;
}

/* Copies the text at `at` of the string table, cut to the room; what lies outside reads as "". */
static void copy_string(const image *image, const dynamic *dynamic, uint64_t at, char *to,
                        size_t room) {
    size_t used = 0;
    for (; at + used < dynamic->strings_size && used + 1 < room; used++) {
        to[used] = (char)image->bytes[dynamic->strings_offset + at + used];
        if (!to[used]) {
            return;
        }
    }
    to[used] = 0;
}

/* --- symbols --- */

/* The number of dynamic symbols by the GNU hash table: one past the end of the last chain. */
static bool count_by_gnu_hash(const image *image, uint64_t table, uint64_t *count) {
    uint32_t head[4]; /* buckets, first symbol, bloom words, bloom shift */
    if (!read_address(image, table, head, sizeof head)) {
        return false;
    }
    uint64_t buckets = table + sizeof head + (uint64_t)head[2] * 8;
    uint64_t chains = buckets + (uint64_t)head[0] * 4;
    uint32_t last = 0;
    for (uint64_t i = 0; i < head[0]; i++) {
        uint32_t bucket;
        if (i >= max_symbols || !read_address(image, buckets + i * 4, &bucket, sizeof bucket)) {
            return false;
        }
        last = bucket > last ? bucket : last;
    }
    if (last < head[1]) {
        *count = head[1];
        return true;
    }
    for (uint64_t symbol = last; symbol - head[1] < max_symbols; symbol++) {
        uint32_t chain;
        if (!read_address(image, chains + (symbol - head[1]) * 4, &chain, sizeof chain)) {
            return false;
        }
        if (chain & 1) {
            *count = symbol + 1;
            return true;
        }
    }
    return false;
}

static bool count_symbols(const image *image, const dynamic *dynamic, uint64_t *count) {
    if (dynamic->hash) {
        uint32_t head[2]; /* buckets, chains: as many as symbols */
        if (!read_address(image, dynamic->hash, head, sizeof head)) {
            return false;
        }
        *count = head[1];
        return true;
    }
    return dynamic->gnu_hash && count_by_gnu_hash(image, dynamic->gnu_hash, count);
}

static bool is_exported_function(const Elf64_Sym *symbol) {
    uint8_t bind = ELF64_ST_BIND(symbol->st_info), type = ELF64_ST_TYPE(symbol->st_info);
    uint8_t visibility = ELF64_ST_VISIBILITY(symbol->st_other);
    return symbol->st_shndx != SHN_UNDEF && (bind == STB_GLOBAL || bind == STB_WEAK) &&
           type == STT_FUNC && (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

static int32_t find_entry(const image *image, const dynamic *dynamic, const char *entry) {
    uint64_t count, symbols;
    if (!count_symbols(image, dynamic, &count) || count > max_symbols ||
        !offset_of(image, dynamic->symbols, count * sizeof(Elf64_Sym), &symbols)) {
        return malformed(image, "its table of symbols lies outside of the file");
    }
    Elf64_Sym symbol;
    for (uint64_t i = 0; i < count; i++) {
        if (!read_at(image, symbols + i * sizeof symbol, &symbol, sizeof symbol)) {
            return malformed(image, "its table of symbols lies outside of the file");
        }
        if (!is_exported_function(&symbol)) {
            continue;
        }
        char name[64];
        copy_string(image, dynamic, symbol.st_name, name, sizeof name);
        if (strcmp(name, entry) == 0) {
            return SPW_ELF_OK;
        }
    }
    return SPW_ELF_NO_ENTRY;
}

/* --- needed versions of glibc --- */

static int compare_versions(const uint32_t a[3], const uint32_t b[3]) {
    for (int i = 0; i < 3; i++) {
        if (a[i] != b[i]) {
            return a[i] < b[i] ? -1 : 1;
        }
    }
    return 0;
}

/* "2.36" or "2.2.5"; text after the numbers ends it. False when it starts with none. */
static bool parse_version(const char *text, uint32_t version[3]) {
    memset(version, 0, 3 * sizeof version[0]);
    for (int part = 0; part < 3; part++) {
        if (*text < '0' || *text > '9') {
            return part > 0;
        }
        for (; *text >= '0' && *text <= '9'; text++) {
            if (version[part] < UINT32_MAX / 16) {
                version[part] = version[part] * 10 + (uint32_t)(*text - '0');
            }
        }
        if (*text != '.') {
            return true;
        }
        text++;
    }
    return true;
}

static void note_version(spw_elf *facts, const char *name) {
    static const char prefix[] = "GLIBC_";
    uint32_t version[3];
    if (strncmp(name, prefix, sizeof prefix - 1) == 0 &&
        parse_version(name + sizeof prefix - 1, version) &&
        compare_versions(version, facts->glibc) > 0) {
        memcpy(facts->glibc, version, sizeof facts->glibc);
    }
}

static bool read_needed(const image *image, const dynamic *dynamic, uint64_t at,
                        const Elf64_Verneed *need, uint32_t *steps) {
    uint64_t aux_at = at + need->vn_aux;
    for (uint32_t i = 0; i < need->vn_cnt; i++) {
        Elf64_Vernaux aux;
        if (++*steps > max_steps || !read_address(image, aux_at, &aux, sizeof aux)) {
            return false;
        }
        char name[64];
        copy_string(image, dynamic, aux.vna_name, name, sizeof name);
        note_version(image->facts, name);
        if (aux.vna_next == 0) {
            break;
        }
        aux_at += aux.vna_next;
    }
    return true;
}

static int32_t read_versions(const image *image, const dynamic *dynamic) {
    uint64_t at = dynamic->needs;
    uint32_t steps = 0;
    for (uint64_t i = 0; at && i < dynamic->need_count; i++) {
        Elf64_Verneed need;
        if (++steps > max_steps || !read_address(image, at, &need, sizeof need) ||
            !read_needed(image, dynamic, at, &need, &steps)) {
            return malformed(image, "its table of needed versions lies outside of the file");
        }
        if (need.vn_next == 0) {
            break;
        }
        at += need.vn_next;
    }
    return SPW_ELF_OK;
}

/* --- the check --- */

int32_t spw_elf_check(const uint8_t *bytes, size_t size, const char *entry, spw_elf *facts) {
    *facts = (spw_elf){0};
    image image = {.bytes = bytes, .size = size, .facts = facts};
    dynamic dynamic = {0};
    int32_t found = check_header(&image);
    if (found == SPW_ELF_OK) {
        found = check_extent(&image);
    }
    if (found == SPW_ELF_OK) {
        found = read_dynamic(&image, &dynamic);
    }
    if (found == SPW_ELF_OK) {
        found = find_strings(&image, &dynamic);
    }
    if (found == SPW_ELF_OK) {
        found = read_versions(&image, &dynamic);
    }
    return found == SPW_ELF_OK ? find_entry(&image, &dynamic, entry) : found;
}

uint16_t spw_elf_host_machine(void) {
#if defined(__x86_64__)
    return EM_X86_64;
#elif defined(__aarch64__)
    return EM_AARCH64;
#elif defined(__riscv)
    return EM_RISCV;
#else
#error "say which ELF machine this is"
#endif
}

const char *spw_elf_machine_name(uint16_t machine) {
    switch (machine) {
    case EM_X86_64:
        return "x86_64";
    case EM_AARCH64:
        return "aarch64";
    case EM_386:
        return "i386";
    case EM_ARM:
        return "arm";
    case EM_RISCV:
        return "riscv";
    case EM_PPC64:
        return "ppc64";
    case EM_S390:
        return "s390";
    case EM_LOONGARCH:
        return "loongarch";
    default:
        return "unknown";
    }
}

const char *spw_host_glibc(void) {
    return gnu_get_libc_version();
}

bool spw_host_glibc_meets(const uint32_t needed[3]) {
    uint32_t here[3];
    return parse_version(gnu_get_libc_version(), here) && compare_versions(needed, here) <= 0;
}
