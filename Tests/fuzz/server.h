/* An HTTP server on loopback that answers what the fuzzer says. It also plays the proxy of the clients under test, so
 * that no address in a fuzzed answer ever leaves this machine. */
#ifndef I2V_FUZZ_SERVER_H
#define I2V_FUZZ_SERVER_H

#include <stddef.h>
#include <stdint.h>

/* Starts the server, once; its address is in fuzz_server_url from then on. */
void fuzz_server_start(void);
extern char fuzz_server_url[64];

/* What the script leaves out: nothing; looks at a video, which is finished; whatever an obliging service can answer. */
enum { FUZZ_RAW, FUZZ_LOOKED_AT, FUZZ_OBLIGING };
/* What is answered from now on: the parts between the marks FF FE, one after the other, and nothing once they are
 * used up. */
void fuzz_server_script(const uint8_t *bytes, size_t length, int obliging, int is_patient);
/* From now on creates are counted, of one user agent: what a client asked that is gone by now may still come in. */
void fuzz_server_count(const char *agent);
int fuzz_server_creates(void);
/* Milliseconds since something last happened; an eighth of them, or, when patient, a
 * hundredth, while there is more to be sent. */
int64_t fuzz_server_idle(void);

/* A folder in memory for what is saved, emptied by fuzz_folder_clear. */
const char *fuzz_folder(void);
void fuzz_folder_clear(void);
int64_t fuzz_now(void);

#endif
