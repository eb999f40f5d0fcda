/* Bodies of webhooks. With the first byte even, the rest is a body as it stands. With it odd, the rest is what a
 * service would say, and the target seals and signs it, so that the fuzzer gets past the cryptography. */
#include "support.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char client_id[] = "AKDt8rWEczpYPzCGur2xE=";
static const char client_secret[] = "nmwUjMAK0PJpl0MOiXLOOOwZADm0gkLo";
enum { ROOM = 1 << 16 };

static void open_body(const uint8_t *body, size_t length, int64_t max_age, int expected)
{
    i2v_webhook_event *event = (i2v_webhook_event *)&event;
    i2v_error *error = NULL;
    i2v_status status = i2v_webhook_open(client_id, client_secret, body, length, max_age, &event, &error);
    PROMISE((status == I2V_OK) == (event != NULL));
    PROMISE((status == I2V_OK) == (error == NULL));
    PROMISE(status == I2V_OK || status == I2V_ERROR_WEBHOOK);
    PROMISE(expected == 0 || status == I2V_OK);
    if (event) {
        fuzz_read_webhook_event(event);
        PROMISE(i2v_webhook_event_get_id(event) && *i2v_webhook_event_get_id(event));
        PROMISE(i2v_webhook_event_get_timestamp(event) > 0);
        PROMISE(i2v_webhook_event_get_json(event) != NULL);
        i2v_webhook_event_release(event);
    }
    fuzz_outcome(status, error);
}

static int by_bytes(const void *one, const void *other)
{
    return strcmp(*(const char *const *)one, *(const char *const *)other);
}

/* The hexadecimal SHA-1 of the four texts in the order of their bytes. */
static void sign(char *signature, const char *contents, const char *timestamp, const char *nonce)
{
    static char text[ROOM * 3];
    const char *parts[] = {client_id, timestamp, nonce, contents};
    unsigned char digest[20];
    text[0] = 0;
    qsort(parts, 4, sizeof *parts, by_bytes);
    size_t length = 0;
    for (int index = 0; index < 4; index++) {
        strcpy(text + length, parts[index]);
        length += strlen(parts[index]);
    }
    EVP_Digest(text, length, digest, NULL, EVP_sha1(), NULL);
    for (int index = 0; index < 20; index++) sprintf(signature + 2 * index, "%02x", digest[index]);
}

static void seal(char *text, const uint8_t *plain, size_t length)
{
    static unsigned char sealed[ROOM + 32];
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int first = 0, last = 0;
    EVP_EncryptInit_ex(context, EVP_aes_256_cbc(), NULL, (const unsigned char *)client_secret,
                       (const unsigned char *)client_id);
    EVP_EncryptUpdate(context, sealed, &first, plain, (int)length);
    EVP_EncryptFinal_ex(context, sealed + first, &last);
    EVP_CIPHER_CTX_free(context);
    EVP_EncodeBlock((unsigned char *)text, sealed, first + last);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    static const char *const times[] = {
        "1760000000000", "0000000000001", "9999999999999", "99999999999999999999", "0", "-100000000000", "x",
        "0000000000000", "+176000000000",
    };
    static char contents[ROOM * 2], body[ROOM * 2 + 1024];
    char signature[41], nonce[16];
    int written;
    if (count < 2 || count > ROOM) return 0;
    int64_t max_age = bytes[0] & 2 ? 315360000000 : -1;
    if ((bytes[0] & 1) == 0) {
        open_body(bytes + 1, count - 1, max_age, 0);
        return 0;
    }
    const char *time = times[(bytes[0] >> 3) % (sizeof times / sizeof *times)];
    snprintf(nonce, sizeof nonce, "%d", bytes[1]);
    seal(contents, bytes + 2, count - 2);
    sign(signature, contents, time, nonce);
    // The time as a text or, where JSON allows, as a number.
    const char *quote = bytes[0] & 4 ? "" : "\"";
    written = snprintf(body, sizeof body,
                       "{\"signature\":\"%s\",\"dataEncrypt\":\"%s\",\"timestamp\":%s%s%s,\"nonce\":%s%s%s}", signature,
                       contents, quote, time, quote, quote, nonce, quote);
    // What certainly is in order: an object with a plain id and nothing else.
    int plain = count == 2 + 13 && memcmp(bytes + 2, "{\"_id\":\"abc\"}", 13) == 0;
    open_body((const uint8_t *)body, (size_t)written, max_age,
              plain && (bytes[0] >> 3) % 9 == 0 && max_age == -1 ? 1 : 0);
    return 0;
}
