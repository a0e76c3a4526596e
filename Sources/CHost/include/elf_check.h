/*
 * What the host must know of a shared object before it lets the loader near it.
 *
 * The file is hostile until proven otherwise: every offset is checked against its size, every walk
 * is bounded, nothing is allocated. It is read the way the loader reads it, through its program
 * headers and its dynamic section; section headers are only looked at to tell a cut-off file.
 */
#ifndef SPW_HOST_ELF_CHECK_H
#define SPW_HOST_ELF_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPW_ELF_OK 0
#define SPW_ELF_NOT_ELF 1       /* no ELF file at all */
#define SPW_ELF_OTHER_CLASS 2   /* 32 bit, or big endian */
#define SPW_ELF_OTHER_MACHINE 3 /* see spw_elf.machine */
#define SPW_ELF_NOT_SHARED 4    /* a program, an object file or a core dump */
#define SPW_ELF_TRUNCATED 5     /* see spw_elf.whole_size */
#define SPW_ELF_MALFORMED 6     /* see spw_elf.fault */
#define SPW_ELF_NO_ENTRY 7      /* the function that was asked for is not exported */

/* Facts of a file; as far as the check came. */
typedef struct spw_elf {
    uint16_t machine;
    uint16_t type;
    uint64_t whole_size; /* how long the file is at least, by its own headers */
    const char *fault;   /* MALFORMED: what is wrong, a constant */
    uint32_t glibc[3];   /* the newest GLIBC_ version that it needs; 0.0.0: none */
} spw_elf;

/* Checks a whole file in memory: one of SPW_ELF_... The entry's name is shorter than 64 bytes. */
int32_t spw_elf_check(const uint8_t *bytes, size_t size, const char *entry, spw_elf *facts);

/* The machine that this host was built for, and what a machine is called. */
uint16_t spw_elf_host_machine(void);
const char *spw_elf_machine_name(uint16_t machine);

/* The version of the C library that runs here, such as "2.36". */
const char *spw_host_glibc(void);
/* Whether that version is at least the one given. */
bool spw_host_glibc_meets(const uint32_t needed[3]);

#endif
