/* Jansson reads and writes the service's JSON. */
#ifndef I2V_CJANSSON_SHIM_H
#define I2V_CJANSSON_SHIM_H

#include <jansson.h>
#include <stdlib.h>

static inline json_type i2v_json_type(const json_t *value) { return json_typeof(value); }

/* Frees what json_dumps made: the library never sets other allocators. */
static inline void i2v_json_free_text(char *text) { free(text); }

/* A text with a NUL in it is read up to there, rather than costing the whole answer. An answer that says a thing
   twice, and then perhaps two things, is none. */
static const size_t i2v_json_load_flags = JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES;
static const size_t i2v_json_strict_flags = JSON_REJECT_DUPLICATES;
static const size_t i2v_json_dump_flags = JSON_COMPACT | JSON_ENCODE_ANY;

#endif
