/* Jansson reads and writes the service's JSON. */
#ifndef I2V_CJANSSON_SHIM_H
#define I2V_CJANSSON_SHIM_H

#include <jansson.h>
#include <locale.h>
#include <stdlib.h>

static inline json_type i2v_json_type(const json_t *value) { return json_typeof(value); }

/* Frees what json_dumps made: the library never sets other allocators. */
static inline void i2v_json_free_text(char *text) { free(text); }

/* Jansson, strtod and printf take the decimal point from the thread's locale, which is the host's. The numbers of a
   document do not depend on it: every call that reads or writes some is made between these two. */
typedef struct {
    locale_t plain, before;
} i2v_locale;

static inline i2v_locale i2v_locale_enter(void)
{
    i2v_locale its = {newlocale(LC_ALL_MASK, "C", (locale_t)0), (locale_t)0};
    if (its.plain) its.before = uselocale(its.plain);
    return its;
}

static inline void i2v_locale_leave(i2v_locale its)
{
    if (!its.plain) return;
    uselocale(its.before);
    freelocale(its.plain);
}

/* A number that makes up the whole text; false when there is none. */
static inline int i2v_read_real(const char *text, double *value)
{
    i2v_locale its = i2v_locale_enter();
    char *end = NULL;
    *value = strtod(text, &end);
    i2v_locale_leave(its);
    return end != text && *end == 0;
}

static inline json_t *i2v_json_load(const char *bytes, size_t count, size_t flags)
{
    i2v_locale its = i2v_locale_enter();
    json_t *value = json_loadb(bytes, count, flags, NULL);
    i2v_locale_leave(its);
    return value;
}

/* One line of text, to be given back with i2v_json_free_text. */
static inline char *i2v_json_dump(const json_t *value)
{
    i2v_locale its = i2v_locale_enter();
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    i2v_locale_leave(its);
    return text;
}

/* A text with a NUL in it is read up to there, rather than costing the whole answer. */
static const size_t i2v_json_lenient = JSON_DECODE_ANY | JSON_ALLOW_NUL;
static const size_t i2v_json_unambiguous = JSON_DECODE_ANY | JSON_REJECT_DUPLICATES;

#endif
