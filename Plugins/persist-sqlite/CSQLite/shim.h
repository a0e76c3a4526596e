/* The C libraries that the plugin calls: SQLite, and SHA-256 of libcrypto. */
#include <openssl/evp.h>
#include <sqlite3.h>
