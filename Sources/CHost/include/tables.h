/*
 * A plugin's tables, made whole: copied into the host's own full-size memory as far as their `size`
 * goes, the tail zero, each missing function replaced by one that answers SPW_NOT_IMPLEMENTED (or
 * does nothing, where it has no answer). So no caller meets NULL, whatever the plugin was built
 * with.
 */
#ifndef SPW_HOST_TABLES_H
#define SPW_HOST_TABLES_H

#include <spillway/abi.h>
#include <stdbool.h>

/* False when the table's size can't be true: smaller than any table, or than memory allows. `to` is
 * filled with stubs alone then. */
bool spw_fill_handler(const void *from, spw_handler *to);
bool spw_fill_validator(const void *from, spw_validator *to);
bool spw_fill_store(const void *from, spw_store *to);
bool spw_fill_source(const void *from, spw_source *to);
bool spw_fill_sink(const void *from, spw_sink *to);

/* The same for the plugin itself, in place, by the size that init left. */
bool spw_fill_plugin(spw_plugin *plugin);

/* The size that a table says it has. */
uint32_t spw_table_size(const void *table);

/* A text or array that a plugin handed over: its pointer is there when it has a length, and the
 * length is one that a text in memory can have. */
bool spw_view_is_sound(const void *data, size_t size);

#endif
