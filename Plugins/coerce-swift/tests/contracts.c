/* The random contracts of coerce-c, given to both plugins: they must tell the same. */
#define main wild_main
#include "../../coerce-c/tests/wild.c"
#undef main

int main(int argc, char **argv) {
    CHECK(argc == 2);
    char beside[4096];
    const char *slash = strrchr(argv[1], '/');
    snprintf(beside, sizeof beside, "%.*scoerce-c.so", slash ? (int)(slash + 1 - argv[1]) : 0,
             argv[1]);
    return wild_main(3, (char *[]){argv[0], argv[1], beside, NULL});
}
