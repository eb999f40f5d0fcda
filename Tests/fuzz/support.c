#include "support.h"

#include <sanitizer/lsan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the library is told must stay the same for all fuzzers: no secrets or proxies of the machine. */
__attribute__((constructor)) static void forget_environment(void)
{
    static const char *const names[] = {
        "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY",
        "AKOOL_API_KEY", "AKOOL_BEARER_TOKEN", "AKOOL_CLIENT_ID", "AKOOL_CLIENT_SECRET", "AKOOL_BASE_URL",
    };
    for (size_t index = 0; index < sizeof names / sizeof *names; index++) unsetenv(names[index]);
}

void fuzz_broken(const char *promise, const char *file, int line)
{
    fprintf(stderr, "%s:%d: a promise is broken: %s\n", file, line, promise);
    abort();
}

static size_t sequence(const unsigned char *at)
{
    size_t length = at[0] < 0x80 ? 1 : at[0] >= 0xc2 && at[0] < 0xe0 ? 2 : (at[0] & 0xf0) == 0xe0 ? 3
                  : at[0] >= 0xf0 && at[0] < 0xf5 ? 4 : 0;
    for (size_t index = 1; index < length; index++)
        if ((at[index] & 0xc0) != 0x80) return 0;
    if (length == 3 && ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] >= 0xa0))) return 0;
    if (length == 4 && ((at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] >= 0x90))) return 0;
    return length;
}

void fuzz_text(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    while (at && *at) {
        size_t length = sequence(at);
        PROMISE(length > 0);
        at += length;
    }
}

void fuzz_status(i2v_status status)
{
    const char *name = i2v_status_get_name(status);
    PROMISE(name != NULL);
    PROMISE(strncmp(name, "I2V_", 4) == 0 && strcmp(name, "I2V_ERROR_?") != 0);
}

bool fuzz_traces(void)
{
    static int traces = -1;
    if (traces < 0) traces = getenv("I2V_FUZZ_TRACE") != NULL;
    return traces == 1;
}

void fuzz_outcome(i2v_status status, i2v_error *error)
{
    fuzz_status(status);
    if (fuzz_traces()) fprintf(stderr, "%s: %s\n", i2v_status_get_name(status), error ? i2v_error_get_message(error) : "");
    if (error) {
        PROMISE(status != I2V_OK);
        PROMISE(i2v_error_get_status(error) == status);
        PROMISE(i2v_error_get_message(error) != NULL && *i2v_error_get_message(error));
        PROMISE(strchr(i2v_error_get_message(error), '\n') == NULL);
        fuzz_read_error(error);
        i2v_error_destroy(error);
    }
}

void fuzz_check_leaks(int every)
{
    static int count;
    if (++count % every == 0 && __lsan_do_recoverable_leak_check()) {
        fprintf(stderr, "one of the last %d inputs leaks\n", every);
        abort();
    }
}

uint8_t fuzz_byte(fuzz_input *input)
{
    if (input->length == 0) return 0;
    input->length--;
    return *input->bytes++;
}

int64_t fuzz_number(fuzz_input *input)
{
    static const int64_t odd[] = {
        0, 1, -1, 2, 3, 5, 10, 50, 100, 255, 1000, 1001, 60000, 65535, 3600000, 604800000, 604800001, INT32_MAX,
        INT32_MIN, (int64_t)INT32_MAX + 1, UINT32_MAX, INT64_MAX, INT64_MIN, INT64_MAX - 1, -2,
    };
    uint8_t first = fuzz_byte(input);
    uint64_t value = 0;
    if (first < 200) return odd[first % (sizeof odd / sizeof *odd)];
    for (int count = first % 8; count >= 0; count--) value = value << 8 | fuzz_byte(input);
    return (int64_t)value;
}

double fuzz_real(fuzz_input *input)
{
    static const double odd[] = {0, -0.0, 1, -1, 0.5, 1e308, -1e308, 5e-324, 1e15, 9.3e18, -9.3e18};
    uint8_t first = fuzz_byte(input);
    uint64_t bits = 0;
    double value;
    if (first < 128) return odd[first % (sizeof odd / sizeof *odd)];
    for (int count = 0; count < 8; count++) bits = bits << 8 | fuzz_byte(input);
    memcpy(&value, &bits, sizeof value);
    return value;
}

char *fuzz_bytes(fuzz_input *input)
{
    size_t length = fuzz_byte(input);
    char *text;
    if (length > input->length) length = input->length;
    text = malloc(length + 1);
    if (!text) abort();
    memcpy(text, input->bytes, length);
    text[length] = 0;
    input->bytes += length;
    input->length -= length;
    return text;
}
