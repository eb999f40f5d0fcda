/* SQLite keeps the ledger. */
#ifndef I2V_CSQLITE_SHIM_H
#define I2V_CSQLITE_SHIM_H

#include <sqlite3.h>

/* Binds a text that SQLite copies; the macro for that is a cast Swift cannot import. */
static inline int i2v_sqlite_bind_text(sqlite3_stmt *statement, int index, const char *text, int length)
{
    return sqlite3_bind_text(statement, index, text, length, SQLITE_TRANSIENT);
}

#endif
