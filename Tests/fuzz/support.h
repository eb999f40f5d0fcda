/* What all fuzz targets share: the input as a stream of choices, and promises that end the process when broken. */
#ifndef I2V_FUZZ_SUPPORT_H
#define I2V_FUZZ_SUPPORT_H

#include <image2video.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ends the run as a finding when the library breaks a promise of its header. */
#define PROMISE(condition) ((condition) ? (void)0 : fuzz_broken(#condition, __FILE__, __LINE__))
void fuzz_broken(const char *promise, const char *file, int line) __attribute__((noreturn));

/* A text that the library gave out: NULL, or readable to its end and UTF-8. */
void fuzz_text(const char *text);
/* Whether calls and their outcomes are to be printed: I2V_FUZZ_TRACE is set. */
bool fuzz_traces(void);
/* A status that the header lists. */
void fuzz_status(i2v_status status);
/* What a call left at its i2v_error **: an error that says the same as the status, or nothing. Destroys it. */
void fuzz_outcome(i2v_status status, i2v_error *error);

typedef struct {
    const uint8_t *bytes;
    size_t length;
} fuzz_input;

/* Looks for leaks after every so many inputs, for targets with threads: libFuzzer's own check, after each input whose
 * allocations do not balance at once, would take nearly all of their time. Nothing of the library may be alive. */
void fuzz_check_leaks(int every);

uint8_t fuzz_byte(fuzz_input *input);
int64_t fuzz_number(fuzz_input *input);
double fuzz_real(fuzz_input *input);
/* A length byte and so many bytes of input, as a text of its own that ends with NUL; for free(). */
char *fuzz_bytes(fuzz_input *input);

/* Every getter of every kind of handle, with every sort of argument (written by generate.py). */
void fuzz_read_error(const i2v_error *error);
void fuzz_read_job(const i2v_job *job);
void fuzz_read_video(const i2v_video *video);
void fuzz_read_query(const i2v_query *query);
void fuzz_read_effect(const i2v_effect *effect);
void fuzz_read_model(const i2v_model *model);
void fuzz_read_ledger(const i2v_ledger *ledger);
void fuzz_read_webhook_event(const i2v_webhook_event *event);

#endif
