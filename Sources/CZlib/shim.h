/* zlib expands the bodies of answers. */
#ifndef I2V_CZLIB_SHIM_H
#define I2V_CZLIB_SHIM_H

#define ZLIB_CONST
#include <zlib.h>

/* Reads gzip and zlib alike; the macro for that is one Swift cannot import. */
static inline int i2v_zlib_begin(z_stream *stream)
{
    return inflateInit2(stream, MAX_WBITS + 32);
}

#endif
