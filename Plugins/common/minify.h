/*
 * White space out of JSON, so that equal values written alike give equal bytes, on one line.
 */
#ifndef SPILLWAY_PLUGINS_MINIFY_H
#define SPILLWAY_PLUGINS_MINIFY_H

#include "json.h"

/* Copies a valid JSON value without the white space between its parts; returns its size, at most
 * value.size, which room must have. */
size_t js_minify(js_span value, char *room);

#endif
