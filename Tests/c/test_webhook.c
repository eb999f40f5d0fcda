/* Webhooks: what is signed and sealed as the service documents it is opened, and nothing else; what is opened
 * makes a client look, and no more than that. */
#include "support.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ID_A "ID-0123456789abc"
#define SECRET_A "secret-24-chars-ABCDEFGH"
#define ID_B "ID-0123456789abcdefghij="
#define SECRET_B "secret-32-chars-ABCDEFGHIJKLMNOP"
/* What the sandbox signs with unless it is told otherwise. */
#define SANDBOX_ID "sandbox-client-id"
#define SANDBOX_SECRET "sandbox-client-secret-24"

/* Computed with two crypto libraries: one with AES-192, one with AES-256 and a nonce that is a number. */
static const char vector_a[] =
    "{\"signature\":\"a56ebe058d5f551638b3a95ededdfafaad0599de\",\"dataEncrypt\":\""
    "g57By4Ps7BB47YSSX7Xxnj24jv54EG+doaYj6ZMGQNqACxCGyTGG6IPxERwNJ8rvgY9H3fw2Fo2PefktmEy8vB1++UA+mXeelQ2yWI57"
    "tobhjLaDEGM143HJgL2cAS+HFO2UP2DZVeJAJL6VTYW5pw==\",\"timestamp\":1700000000000,\"nonce\":\"1529\"}";
static const char vector_b[] =
    "{\"signature\":\"01fb10028903918b2cefdfc3033dd673cc55443d\",\"dataEncrypt\":\""
    "3Fhpt/+yA/9Mql40iQCH6M8PiPSJvyWuITzzw2w+su5za1P+on8EOSrDis0HX5trxfTk0LpJddkFkOSiBHnlJ5r3Ly1gTVDoy4lvCW0R"
    "lyc=\",\"timestamp\":1700000000001,\"nonce\":9047}";

static i2v_status open_text(const char *id, const char *secret, const char *body, int64_t max_age,
                            i2v_webhook_event **event, i2v_error **error)
{
    return i2v_webhook_open(id, secret, (const uint8_t *)body, strlen(body), max_age, event, error);
}

static void refused_bytes(const char *id, const char *secret, const void *body, size_t length,
                          const char *field)
{
    i2v_webhook_event *event = (i2v_webhook_event *)&field;
    i2v_error *error = NULL;
    CHECK_STATUS(i2v_webhook_open(id, secret, body, length, -1, &event, &error), I2V_ERROR_WEBHOOK);
    CHECK(event == NULL);
    CHECK_ERROR(&error, I2V_ERROR_WEBHOOK, field);
}

static void refused_text(const char *id, const char *secret, const char *body, const char *field)
{
    refused_bytes(id, secret, body, strlen(body), field);
}

static void vector_with_aes_192_opens(void)
{
    i2v_webhook_event *event = NULL;
    double credits = 7.5;
    REQUIRE(open_text(ID_A, SECRET_A, vector_a, -1, &event, NULL) == I2V_OK);
    CHECK_TEXT(i2v_webhook_event_get_id(event), "6891abe782f7cd2a890c44ba");
    CHECK_INT(i2v_webhook_event_get_status(event), I2V_SERVICE_COMPLETED);
    CHECK_TEXT(i2v_webhook_event_get_type(event), "image2video");
    CHECK_TEXT(i2v_webhook_event_get_url(event), "https://example.invalid/v.mp4");
    CHECK_INT(i2v_webhook_event_get_timestamp(event), 1700000000000);
    CHECK(!i2v_webhook_event_get_deduction_credit(event, &credits) && credits == 7.5);
    CHECK(!i2v_webhook_event_get_deduction_credit(event, NULL));
    CHECK_TEXT(i2v_webhook_event_get_json(event),
               "{\"_id\":\"6891abe782f7cd2a890c44ba\",\"status\":3,\"type\":\"image2video\","
               "\"url\":\"https://example.invalid/v.mp4\"}");
    CHECK(i2v_webhook_event_retain(event) == event);
    i2v_webhook_event_release(event);
    CHECK_TEXT(i2v_webhook_event_get_type(event), "image2video");
    i2v_webhook_event_release(event);
}

static void vector_with_aes_256_and_a_number_for_a_nonce_opens(void)
{
    i2v_webhook_event *event = NULL;
    REQUIRE(open_text(ID_B, SECRET_B, vector_b, -1, &event, NULL) == I2V_OK);
    CHECK_TEXT(i2v_webhook_event_get_id(event), "6891abe782f7cd2a890c44ba");
    CHECK_INT(i2v_webhook_event_get_status(event), I2V_SERVICE_FAILED);
    CHECK_TEXT(i2v_webhook_event_get_url(event), NULL);
    CHECK_INT(i2v_webhook_event_get_timestamp(event), 1700000000001);
    i2v_webhook_event_release(event);
}

/* Its signature is not that of its own parts. With the right one it still needs the secret. */
static void vector_of_the_services_page_is_refused(void)
{
    static const char format[] =
        "{\"signature\":\"%s\",\"dataEncrypt\":\"LuG1OVSVIwOO/xpW00eSYo77Ncxa9h4VKmOJRjwoyoAmCIS/"
        "8FdJRJ+BpZn90BVA"
        "Ag8xpU1bMmcDlAYDT010Wa9tNi1jivX25Ld03iA4EKs=\",\"timestamp\":1710757981609,\"nonce\":1529}";
    char body[512];
    snprintf(body, sizeof body, format, "04e30dd43d9d8f95dd7c127dad617f0929d61c1d");
    refused_text("AKDt8rWEczpYPzCGur2xE=", SECRET_A, body, "signature");
    snprintf(body, sizeof body, format, "4e1d22f8037c2647d3616692829492f41dbf0a56");
    refused_text("AKDt8rWEczpYPzCGur2xE=", SECRET_A, body, "dataEncrypt");
}

static void other_accounts_cannot_open_it(void)
{
    refused_text("ID-0123456789abd", SECRET_A, vector_a, "signature");
    refused_text("ID-0123456789ab", SECRET_A, vector_a, "signature");
    refused_text(ID_A, "secret-24-chars-ABCDEFGI", vector_a, "dataEncrypt");
    refused_text(ID_A, "secret-16-chars!", vector_a, "dataEncrypt");
    refused_text(ID_A, SECRET_B, vector_a, "dataEncrypt");
}

/* A generator of its own, so that every run tries the same. */
static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* Changes, removes, doubles, inserts or swaps bytes, or cuts the end off. */
static size_t mutate(char *body, size_t length, uint32_t *state)
{
    static const char alphabet[] = "0123456789abcdefABCDEFghijXYZ+/=\"\\{}[]:, .-eE\n\x01\xff";
    size_t at = next_random(state) % length, other = next_random(state) % length;
    char byte = alphabet[next_random(state) % (sizeof alphabet - 1)];
    switch (next_random(state) % 7) {
    case 0: body[at] = byte; return length;
    case 1: body[at] = (char)(body[at] ^ (1 << next_random(state) % 8)); return length;
    case 2: memmove(body + at, body + at + 1, length - at - 1); return length - 1;
    case 3: memmove(body + at + 1, body + at, length - at); return length + 1;
    case 4:
        memmove(body + at + 1, body + at, length - at);
        body[at] = byte;
        return length + 1;
    case 5:
        byte = body[at];
        body[at] = body[other];
        body[other] = byte;
        return length;
    default: return at;
    }
}

/* Blanks between the parts, or a slash that is escaped, leave the same webhook. */
static bool says_the_same(const char *body, size_t length, json_t *original)
{
    json_t *read = json_loadb(body, length, JSON_REJECT_DUPLICATES, NULL);
    bool same = read && json_equal(read, original);
    json_decref(read);
    return same;
}

static void ten_thousand_mutations_are_refused(void)
{
    json_t *original = json_loads(vector_a, 0, NULL);
    uint32_t state = 2463534242u;
    int tried = 0, opened = 0, odd = 0;
    REQUIRE(original != NULL);
    while (tried < 10000) {
        char body[sizeof vector_a + 8];
        size_t length = sizeof vector_a - 1;
        uint32_t changes = 1 + next_random(&state) % 3;
        i2v_webhook_event *event = NULL;
        i2v_status status;
        memcpy(body, vector_a, sizeof vector_a);
        while (changes-- > 0 && length > 0) length = mutate(body, length, &state);
        if (says_the_same(body, length, original)) continue;
        tried++;
        status = i2v_webhook_open(ID_A, SECRET_A, (const uint8_t *)body, length, -1, &event, NULL);
        if (status == I2V_OK || event) {
            opened++;
            printf("\n    opened: %.*s", (int)length, body);
        }
        odd += status != I2V_OK && status != I2V_ERROR_WEBHOOK;
        i2v_webhook_event_release(event);
    }
    CHECK_INT(tried, 10000);
    CHECK_INT(opened, 0);
    CHECK_INT(odd, 0);
    json_decref(original);
}

static void what_is_no_webhook_is_refused(void)
{
    static const char *const bodies[] = {
        "x",
        "{",
        "null",
        "[]",
        "\"text\"",
        "{}",
        "{\"signature\":1,\"dataEncrypt\":\"x\",\"timestamp\":1,\"nonce\":1}",
        "{\"signature\":\"x\",\"dataEncrypt\":[],\"timestamp\":1,\"nonce\":1}",
        "{\"signature\":\"x\",\"dataEncrypt\":\"x\",\"timestamp\":{},\"nonce\":1}",
        "{\"signature\":\"x\",\"dataEncrypt\":\"x\",\"timestamp\":1,\"nonce\":true}",
        "{\"signature\":\"x\",\"dataEncrypt\":\"x\",\"timestamp\":1}",
        "{\"signature\":\"x\",\"dataEncrypt\":\"x\",\"timestamp\":1,\"nonce\":1,\"nonce\":2}",
        "{\"signature\":\"x\",\"dataEncrypt\":\"x\\u0000y\",\"timestamp\":1,\"nonce\":1}",
        "{\"signature\":\"\xff\",\"dataEncrypt\":\"x\",\"timestamp\":1,\"nonce\":1}",
        "{\"signature\":\"x\",\"dataEncrypt\":\"x\",\"timestamp\":1,\"nonce\":1} and more",
    };
    size_t index, length;
    char *deep = malloc(200000);
    for (index = 0; index < sizeof bodies / sizeof *bodies; index++)
        refused_text(ID_A, SECRET_A, bodies[index], "body");
    for (length = 0; length < sizeof vector_a - 1; length++)
        refused_bytes(ID_A, SECRET_A, vector_a, length, "body");
    refused_bytes(ID_A, SECRET_A, vector_a, sizeof vector_a, "body");
    REQUIRE(deep != NULL);
    memset(deep, '[', 200000);
    refused_bytes(ID_A, SECRET_A, deep, 200000, "body");
    free(deep);
    refused_text(ID_A, SECRET_A,
                 "{\"signature\":\"\",\"dataEncrypt\":\"\",\"timestamp\":\"\",\"nonce\":\"\"}", "signature");
}

static void webhook_may_have_a_mebibyte(void)
{
    const size_t limit = 1 << 20;
    char *body = malloc(limit + 2);
    i2v_webhook_event *event = NULL;
    REQUIRE(body != NULL);
    memcpy(body, vector_a, sizeof vector_a - 1);
    memset(body + sizeof vector_a - 1, ' ', limit + 2 - (sizeof vector_a - 1));
    CHECK_STATUS(i2v_webhook_open(ID_A, SECRET_A, (uint8_t *)body, limit, -1, &event, NULL), I2V_OK);
    i2v_webhook_event_release(event);
    refused_bytes(ID_A, SECRET_A, body, limit + 1, "body");
    refused_bytes(ID_A, SECRET_A, body, (size_t)-1, "body");
    refused_bytes(ID_A, SECRET_A, body, SIZE_MAX / 2, "body");
    free(body);
}

static void wrong_arguments_are_not_the_senders_fault(void)
{
    i2v_webhook_event *event = NULL;
    i2v_error *error = NULL;
    const uint8_t *body = (const uint8_t *)vector_a;
    size_t length = sizeof vector_a - 1, size;
    char secret[64];

    CHECK_STATUS(i2v_webhook_open(NULL, SECRET_A, body, length, -1, &event, &error),
                 I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "client_id");
    CHECK_STATUS(i2v_webhook_open("", SECRET_A, body, length, -1, &event, &error),
                 I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "client_id");
    CHECK_STATUS(i2v_webhook_open("a\xff", SECRET_A, body, length, -1, &event, &error),
                 I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "client_id");
    CHECK_STATUS(i2v_webhook_open(ID_A, NULL, body, length, -1, &event, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "client_secret");
    CHECK_STATUS(i2v_webhook_open(ID_A, SECRET_A, NULL, length, -1, &event, &error),
                 I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "body");
    CHECK_STATUS(i2v_webhook_open(ID_A, SECRET_A, NULL, 0, -1, &event, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_webhook_open(ID_A, SECRET_A, body, length, -1, NULL, &error),
                 I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "event");
    CHECK_STATUS(i2v_webhook_open(NULL, NULL, NULL, 0, 0, NULL, NULL), I2V_ERROR_INVALID_ARGUMENT);
    for (size = 0; size <= 40; size++) {
        memset(secret, 'k', size);
        secret[size] = 0;
        if (size == 16 || size == 24 || size == 32) {
            refused_text(ID_A, secret, vector_a, "dataEncrypt");
            continue;
        }
        CHECK_STATUS(i2v_webhook_open(ID_A, secret, body, length, -1, &event, &error),
                     I2V_ERROR_INVALID_ARGUMENT);
        CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "client_secret");
    }
    CHECK(event == NULL);
}

static void event_functions_take_null(void)
{
    double credits = 7.5;
    CHECK(i2v_webhook_event_retain(NULL) == NULL);
    i2v_webhook_event_release(NULL);
    CHECK_TEXT(i2v_webhook_event_get_id(NULL), NULL);
    CHECK_INT(i2v_webhook_event_get_status(NULL), 0);
    CHECK_TEXT(i2v_webhook_event_get_type(NULL), NULL);
    CHECK_TEXT(i2v_webhook_event_get_url(NULL), NULL);
    CHECK(!i2v_webhook_event_get_deduction_credit(NULL, &credits) && credits == 7.5);
    CHECK_INT(i2v_webhook_event_get_timestamp(NULL), 0);
    CHECK_TEXT(i2v_webhook_event_get_json(NULL), NULL);
}

/* ---- Webhooks made here, the way the service documents it ---- */

static int by_bytes(const void *one, const void *other)
{
    return strcmp(*(const char *const *)one, *(const char *const *)other);
}

static void sign(const char *id, const char *timestamp, const char *nonce, const char *data, char *signature)
{
    const char *parts[4];
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0, index;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    parts[0] = id;
    parts[1] = timestamp;
    parts[2] = nonce;
    parts[3] = data;
    qsort(parts, 4, sizeof *parts, by_bytes);
    CHECK(EVP_DigestInit_ex(context, EVP_sha1(), NULL) == 1);
    for (index = 0; index < 4; index++) EVP_DigestUpdate(context, parts[index], strlen(parts[index]));
    EVP_DigestFinal_ex(context, digest, &length);
    EVP_MD_CTX_free(context);
    for (index = 0; index < length; index++) sprintf(signature + 2 * index, "%02x", digest[index]);
}

/* The body of a webhook in a buffer that the next call uses again. */
static const char *seal(const char *id, const char *secret, int64_t timestamp, const char *plain)
{
    static char body[4096];
    unsigned char vector[16] = {0}, cipher[1024];
    char data[2048], signature[64], time[32];
    const EVP_CIPHER *kind = strlen(secret) == 16   ? EVP_aes_128_cbc()
                             : strlen(secret) == 24 ? EVP_aes_192_cbc()
                                                    : EVP_aes_256_cbc();
    int first = 0, last = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    memcpy(vector, id, strlen(id) < 16 ? strlen(id) : 16);
    CHECK(EVP_EncryptInit_ex(context, kind, NULL, (const unsigned char *)secret, vector) == 1);
    EVP_EncryptUpdate(context, cipher, &first, (const unsigned char *)plain, (int)strlen(plain));
    EVP_EncryptFinal_ex(context, cipher + first, &last);
    EVP_CIPHER_CTX_free(context);
    EVP_EncodeBlock((unsigned char *)data, cipher, first + last);
    snprintf(time, sizeof time, "%lld", (long long)timestamp);
    sign(id, time, "417", data, signature);
    snprintf(body, sizeof body,
             "{\"nonce\":\"417\",\"timestamp\":%s,\"dataEncrypt\":\"%s\",\"signature\":\"%s\"}", time, data,
             signature);
    return body;
}

static int64_t wall_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void every_key_size_and_a_short_id_open(void)
{
    static const char *const secrets[] = {"secret-16-chars!", SECRET_A, SECRET_B};
    static const char *const ids[] = {"x", "short-id", ID_A, "an-id-that-is-longer-than-a-block"};
    size_t secret, id;
    for (secret = 0; secret < 3; secret++) {
        for (id = 0; id < 4; id++) {
            i2v_webhook_event *event = NULL;
            CHECK_STATUS(open_text(ids[id], secrets[secret],
                                   seal(ids[id], secrets[secret], wall_ms(), "{\"_id\":\"v1\",\"status\":2}"),
                                   60000, &event, NULL),
                         I2V_OK);
            CHECK_TEXT(i2v_webhook_event_get_id(event), "v1");
            CHECK_INT(i2v_webhook_event_get_status(event), I2V_SERVICE_PROCESSING);
            i2v_webhook_event_release(event);
        }
    }
}

static void contents_are_read_as_loosely_as_answers(void)
{
    i2v_webhook_event *event = NULL;
    double credits = 0;
    REQUIRE(open_text(ID_A, SECRET_A,
                      seal(ID_A, SECRET_A, 1700000000000,
                           "{\"_id\":\"v\",\"status\":\"9\",\"type\":17,\"url\":null,"
                           "\"deduction_credit\":\"12.5\",\"tomorrow\":[1]}"),
                      -1, &event, NULL)
            == I2V_OK);
    CHECK_INT(i2v_webhook_event_get_status(event), 9);
    CHECK_TEXT(i2v_webhook_event_get_type(event), NULL);
    CHECK_TEXT(i2v_webhook_event_get_url(event), NULL);
    CHECK(i2v_webhook_event_get_deduction_credit(event, &credits) && credits == 12.5);
    CHECK_INT(i2v_webhook_event_get_timestamp(event), 1700000000000);
    CHECK_CONTAINS(i2v_webhook_event_get_json(event), "\"tomorrow\":[1]");
    i2v_webhook_event_release(event);
    REQUIRE(open_text(ID_A, SECRET_A, seal(ID_A, SECRET_A, 1700000000000, "{\"_id\":\"v\"}"), -1, &event, NULL)
            == I2V_OK);
    CHECK_INT(i2v_webhook_event_get_status(event), 0);
    i2v_webhook_event_release(event);
}

/* Signed and sealed as it should be, and of no use all the same. */
static void contents_without_a_video_are_refused(void)
{
    static const char *const plain[] = {
        "",
        "{}",
        "[]",
        "null",
        "no JSON",
        "{\"_id\":\"\"}",
        "{\"_id\":true}",
        "{\"_id\":[7]}",
        "{\"_id\":\"a,b\"}",
        "{\"_id\":\"a b\"}",
        "{\"_id\":\"a\\u0000b\"}",
        "{\"_id\":\"a\",\"_id\":\"b\"}",
        "{\"_id\":\"a\"} {\"_id\":\"b\"}",
    };
    size_t index;
    for (index = 0; index < sizeof plain / sizeof *plain; index++)
        refused_text(ID_A, SECRET_A, seal(ID_A, SECRET_A, 1700000000000, plain[index]), "dataEncrypt");
}

static void ages_with(int64_t age, int64_t max_age, const char *field, i2v_status status)
{
    i2v_webhook_event *event = NULL;
    i2v_error *error = NULL;
    const char *body = seal(ID_A, SECRET_A, wall_ms() - age, "{\"_id\":\"v\"}");
    CHECK_STATUS(open_text(ID_A, SECRET_A, body, max_age, &event, &error), status);
    if (status != I2V_OK) CHECK_ERROR(&error, status, field);
    CHECK((event != NULL) == (status == I2V_OK));
    i2v_webhook_event_release(event);
}

static void webhooks_can_be_too_old_or_too_new(void)
{
    const int64_t minute = 60000, ten_years = 315360000000;
    ages_with(0, minute, NULL, I2V_OK);
    ages_with(minute / 2, minute, NULL, I2V_OK);
    ages_with(-minute / 2, minute, NULL, I2V_OK);
    ages_with(2 * minute, minute, "timestamp", I2V_ERROR_WEBHOOK);
    ages_with(-2 * minute, minute, "timestamp", I2V_ERROR_WEBHOOK);
    ages_with(minute, 0, "timestamp", I2V_ERROR_WEBHOOK);
    ages_with(ten_years - minute, ten_years, NULL, I2V_OK);
    ages_with(ten_years + minute, ten_years, "timestamp", I2V_ERROR_WEBHOOK);
    ages_with(ten_years + minute, -1, NULL, I2V_OK);
    ages_with(0, -2, "max_age", I2V_ERROR_INVALID_ARGUMENT);
    ages_with(0, ten_years + 1, "max_age", I2V_ERROR_INVALID_ARGUMENT);
    ages_with(0, INT64_MIN, "max_age", I2V_ERROR_INVALID_ARGUMENT);
    ages_with(0, INT64_MAX, "max_age", I2V_ERROR_INVALID_ARGUMENT);
}

/* The host's mistake is told whatever the sender sent. */
static void wrong_max_age_is_told_before_the_body_is_read(void)
{
    i2v_webhook_event *event = NULL;
    i2v_error *error = NULL;
    CHECK_STATUS(open_text(ID_A, SECRET_A, "garbage", -2, &event, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "max_age");
}

static void times_are_milliseconds(void)
{
    /* Of another length, digits of the time and the nonce could change places under the same signature. */
    static const int64_t others[] = {INT64_MAX, INT64_MIN, -100000000000, 0, 1, 999999999999, 10000000000000};
    size_t index;
    i2v_webhook_event *event = NULL;
    for (index = 0; index < sizeof others / sizeof *others; index++)
        refused_text(ID_A, SECRET_A, seal(ID_A, SECRET_A, others[index], "{\"_id\":\"v\"}"), "timestamp");
    CHECK_STATUS(open_text(ID_A, SECRET_A, seal(ID_A, SECRET_A, 9999999999999, "{\"_id\":\"v\"}"), 60000, &event,
                           NULL),
                 I2V_ERROR_WEBHOOK);
    CHECK_STATUS(open_text(ID_A, SECRET_A, seal(ID_A, SECRET_A, 9999999999999, "{\"_id\":\"v\"}"), -1, &event, NULL),
                 I2V_OK);
    CHECK_INT(i2v_webhook_event_get_timestamp(event), 9999999999999);
    i2v_webhook_event_release(event);
}

/* ---- Handing webhooks to a client ---- */

static i2v_webhook_event *event_about(const char *id, int status, const char *url)
{
    i2v_webhook_event *event = NULL;
    char plain[512];
    snprintf(plain, sizeof plain, "{\"_id\":\"%s\",\"status\":%d,\"type\":\"image2video\",\"url\":\"%s\"}",
             id, status, url);
    CHECK_STATUS(open_text(ID_A, SECRET_A, seal(ID_A, SECRET_A, wall_ms(), plain), 60000, &event, NULL),
                 I2V_OK);
    return event;
}

/* A client that would look at its jobs by itself only after the test is over. */
static i2v_client *patient_client(void)
{
    i2v_config *config = new_config(NULL);
    i2v_config_set_poll_interval(config, 3600000, 3600000);
    return new_client(config);
}

static void notify_takes_null_and_nonsense(void)
{
    i2v_client *client = sandbox_client();
    i2v_webhook_event *event = event_about("nobody-waits-for-this", 3, "https://example.com/v.mp4");
    i2v_error *error = NULL;
    CHECK_STATUS(i2v_client_notify(NULL, event, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "client");
    CHECK_STATUS(i2v_client_notify(client, NULL, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "event");
    CHECK_STATUS(i2v_client_notify(NULL, NULL, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_client_notify(client, event, NULL), I2V_OK);
    i2v_webhook_event_release(event);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    CHECK_INT(sandbox_count("total_api"), 0);
}

static void webhook_brings_the_next_look_forward(void)
{
    i2v_client *client = patient_client();
    watch watched = {0};
    i2v_job *job = start_job(client, new_request_to(temp_path("hooked.mp4")), &watched);
    i2v_webhook_event *event;

    REQUIRE(reach_state(client, job, I2V_JOB_WAITING));
    sleep_ms(slack(400));
    CHECK_INT(sandbox_count("results"), 0);
    /* The address it gives is not the one that is fetched. */
    event = event_about(i2v_job_get_id(job), I2V_SERVICE_COMPLETED, "http://127.0.0.1:9/other.mp4");
    CHECK_STATUS(i2v_client_notify(client, event, NULL), I2V_OK);
    i2v_webhook_event_release(event);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK_INT(sandbox_count("results"), 1);
    CHECK(is_mp4(temp_path("hooked.mp4")));
    CHECK_INT(watched.done, 1);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void webhook_is_not_believed(void)
{
    i2v_client *client = patient_client();
    i2v_job *job;
    i2v_webhook_event *event;
    int status;

    sandbox_faults(FAULT_NEVER_FINISHED);
    job = start_job(client, new_request_to(temp_path("unbelieved.mp4")), NULL);
    REQUIRE(reach_state(client, job, I2V_JOB_WAITING));
    for (status = I2V_SERVICE_COMPLETED; status <= I2V_SERVICE_FAILED; status++) {
        long long before = sandbox_count("results");
        event = event_about(i2v_job_get_id(job), status, "http://127.0.0.1:9/forged.mp4");
        CHECK_STATUS(i2v_client_notify(client, event, NULL), I2V_OK);
        i2v_webhook_event_release(event);
        CHECK(sandbox_reaches("results", before + 1));
        CHECK_STATUS(i2v_job_wait(job, 100, NULL), I2V_ERROR_TIMEOUT);
        CHECK_INT(i2v_job_get_state(job), I2V_JOB_WAITING);
    }
    CHECK_INT(sandbox_count("video"), 0);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

/* ---- Webhooks of the sandbox ---- */

typedef struct {
    i2v_client *client;
    pthread_mutex_t lock;
    int opened, refused;
    /* How many of each status were opened. */
    int statuses[8];
    char id[64], url[256];
    double credits;
} receiver;

/* What a host does with a webhook: verify, answer 200, hand it to the client. */
static bool receive(server *server, int descriptor, const char *request, int connection)
{
    receiver *its = server_state(server);
    const char *body = strstr(request, "\r\n\r\n");
    i2v_webhook_event *event = NULL;
    (void)connection;
    body = body ? body + 4 : "";
    if (open_text(SANDBOX_ID, SANDBOX_SECRET, body, 60000, &event, NULL) == I2V_OK) {
        server_reply(descriptor, "200 OK", "", "");
        i2v_client_notify(its->client, event, NULL);
    } else {
        server_reply(descriptor, "400 Bad Request", "", "");
    }
    pthread_mutex_lock(&its->lock);
    if (event) {
        its->statuses[i2v_webhook_event_get_status(event) % 8]++;
        snprintf(its->id, sizeof its->id, "%s", i2v_webhook_event_get_id(event));
        if (i2v_webhook_event_get_url(event))
            snprintf(its->url, sizeof its->url, "%s", i2v_webhook_event_get_url(event));
        i2v_webhook_event_get_deduction_credit(event, &its->credits);
    }
    if (event) its->opened++;
    else its->refused++;
    pthread_mutex_unlock(&its->lock);
    i2v_webhook_event_release(event);
    return true;
}

static int count_opened(receiver *its, i2v_service_status status)
{
    int count;
    pthread_mutex_lock(&its->lock);
    count = its->statuses[status];
    pthread_mutex_unlock(&its->lock);
    return count;
}

/* Makes a video with a webhook and no poll; gives how its job ended. The service calls on a connection of its own each
 * time: one call may overtake another, and the job end before the last, which tells of `last`. */
static i2v_status make_by_webhook(receiver *its, i2v_request *request, i2v_service_status last, i2v_job **job)
{
    server *service;
    char url[128];
    i2v_status status;
    memset(its, 0, sizeof *its);
    pthread_mutex_init(&its->lock, NULL);
    its->client = patient_client();
    service = server_start(receive, its);
    snprintf(url, sizeof url, "%s/hook?job=7", server_url(service));
    CHECK_STATUS(i2v_request_set_webhook_url(request, url), I2V_OK);
    *job = start_job(its->client, request, NULL);
    status = finish_job(*job);
    CHECK_COMES(count_opened(its, last) > 0);
    CHECK(server_count(service, "POST /hook?job=7 HTTP/1.1\r\n") >= 1);
    /* Only then are its threads done with what they received. */
    server_stop(service);
    CHECK_INT(its->statuses[last], 1);
    CHECK_INT(its->refused, 0);
    return status;
}

static void webhooks_of_the_service_bring_the_video(void)
{
    receiver its;
    i2v_job *job;
    i2v_video *video;
    i2v_request *request = new_request_to(temp_path("called.mp4"));
    CHECK_STATUS(make_by_webhook(&its, request, I2V_SERVICE_COMPLETED, &job), I2V_OK);
    CHECK(is_mp4(temp_path("called.mp4")));
    CHECK_INT(its.opened, 2);
    CHECK_INT(its.statuses[I2V_SERVICE_PROCESSING], 1);
    CHECK_TEXT(its.id, i2v_job_get_id(job));
    CHECK(its.credits == 20);
    video = i2v_job_copy_video(job);
    CHECK_TEXT(its.url, i2v_video_get_video_url(video));
    i2v_video_release(video);
    /* One look for each webhook, and none besides. */
    CHECK_BETWEEN(sandbox_count("results"), 1, 2);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(its.client), I2V_OK);
}

static void webhook_of_the_service_tells_of_a_failure(void)
{
    receiver its;
    i2v_job *job;
    i2v_request *request = new_request();
    i2v_request_set_image_url(request, "http://127.0.0.1:9/none.png");
    CHECK_STATUS(make_by_webhook(&its, request, I2V_SERVICE_FAILED, &job), I2V_ERROR_JOB_FAILED);
    CHECK_TEXT(its.id, i2v_job_get_id(job));
    CHECK_TEXT(its.url, "");
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(its.client), I2V_OK);
}

static void webhooks_that_never_come_are_not_needed(void)
{
    i2v_client *client = sandbox_client();
    i2v_request *request = new_request();
    i2v_job *job;
    i2v_request_set_webhook_url(request, "http://127.0.0.1:9/nobody");
    job = run_job(client, request, NULL, I2V_OK);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

typedef struct {
    i2v_client *client;
    i2v_webhook_event *event;
    int calls;
} notifier;

static void notify_from_inside(i2v_job *job, i2v_event event, void *user_data)
{
    notifier *its = user_data;
    if (event != I2V_EVENT_CREATED) return;
    its->calls++;
    its->event = event_about(i2v_job_get_id(job), I2V_SERVICE_COMPLETED, "");
    CHECK_STATUS(i2v_client_notify(its->client, its->event, NULL), I2V_OK);
}

static void callbacks_may_notify(void)
{
    notifier its = {0};
    i2v_job *job = NULL;
    i2v_request *request = new_request();
    its.client = patient_client();
    REQUIRE(i2v_client_submit(its.client, request, notify_from_inside, &its, &job, NULL) == I2V_OK);
    i2v_request_destroy(request);
    while (its.calls == 0) REQUIRE(i2v_client_dispatch(its.client, slack(HANG), NULL, NULL) == I2V_OK);
    CHECK(sandbox_reaches("results", 1));
    i2v_job_release(job);
    i2v_webhook_event_release(its.event);
    CHECK_STATUS(i2v_client_destroy(its.client), I2V_OK);
}

/* ---- The address that goes out ---- */

/* Submits and gives the address that the service got, which the caller frees. */
static char *address_sent(i2v_client *client, const char *url, bool no_nonce)
{
    i2v_request *request = new_request();
    json_t *requests;
    char *sent;
    i2v_request_set_image_url(request, "http://127.0.0.1:9/none.png");
    CHECK_STATUS(i2v_request_set_webhook_url(request, url), I2V_OK);
    if (no_nonce) CHECK_STATUS(i2v_request_set_webhook_nonce(request, false), I2V_OK);
    i2v_job_release(run_job(client, request, NULL, I2V_ERROR_JOB_FAILED));
    requests = sandbox_requests("create");
    sent = strdup(json_string_value(json_object_get(
        json_object_get(json_array_get(requests, json_array_size(requests) - 1), "body"), "webhookurl")));
    json_decref(requests);
    return sent;
}

static void webhook_goes_out_as_given_where_the_host_says_so(void)
{
    static const char *const urls[] = {
        "https://example.invalid/hook", "https://example.invalid/hook?Expires=1&Signature=a%2Bb%3D",
        "https://example.invalid/?", "https://example.invalid/h?a=1#part", ""};
    i2v_client *client = new_client(ledger_config(NULL, new_ledger("as-given.db")));
    size_t index;
    for (index = 0; index < sizeof urls / sizeof *urls; index++) {
        char *sent = address_sent(client, urls[index], true);
        CHECK_TEXT(sent, urls[index]);
        free(sent);
        sent = address_sent(client, urls[index], false);
        if (urls[index][0]) CHECK_CONTAINS(sent, "i2v_nonce=");
        else CHECK_TEXT(sent, "");
        free(sent);
    }
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    client = sandbox_client();
    for (index = 0; index < sizeof urls / sizeof *urls; index++) {
        char *sent = address_sent(client, urls[index], false);
        CHECK_TEXT(sent, urls[index]);
        free(sent);
    }
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

/* An address of so many bytes. */
static const char *address_of(size_t length, const char *end)
{
    static char url[4096];
    memset(url, 'a', length);
    memcpy(url, "https://example.invalid/", 24);
    memcpy(url + length - strlen(end), end, strlen(end) + 1);
    return url;
}

static void nonce_never_makes_the_address_too_long(void)
{
    enum { LIMIT = 2048, NONCE = 43 };
    static const char *const ends[] = {"", "?q", "#fragment"};
    i2v_client *client = new_client(ledger_config(NULL, new_ledger("too-long.db")));
    i2v_request *request = new_request();
    size_t index, length;
    for (index = 0; index < sizeof ends / sizeof *ends; index++) {
        for (length = LIMIT - NONCE - 1; length <= LIMIT; length += length == LIMIT - NONCE + 1 ? NONCE - 1 : 1) {
            const char *url = address_of(length, ends[index]);
            char *sent = address_sent(client, url, false);
            if (length <= LIMIT - NONCE) {
                CHECK_INT(strlen(sent), length + NONCE);
                CHECK_CONTAINS(sent, "i2v_nonce=");
            } else {
                CHECK_TEXT(sent, url);
            }
            free(sent);
        }
    }
    CHECK_STATUS(i2v_request_set_webhook_url(request, address_of(LIMIT + 1, "")), I2V_ERROR_INVALID_ARGUMENT);
    i2v_request_destroy(request);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

/* Without the nonce a lost create is found by what its video looks like. */
static void create_without_a_nonce_is_found_by_resemblance(void)
{
    i2v_client *client = new_client(ledger_config(NULL, new_ledger("no-nonce.db")));
    int round;
    for (round = 0; round < 2; round++) {
        i2v_request *request = new_request();
        i2v_job *job;
        i2v_request_set_prompt(request, round == 0 ? "signed" : "long");
        i2v_request_set_webhook_url(request, round == 0 ? "https://example.invalid/hook?sig=1" : address_of(2048, ""));
        i2v_request_set_webhook_nonce(request, round == 1);
        sandbox_faults("[{\"route\":\"create\",\"close\":true,\"when\":\"after\"}]");
        job = run_job(client, request, NULL, I2V_ERROR_OUTCOME_UNKNOWN);
        CHECK_STATUS(i2v_job_reconcile(job, NULL, NULL, NULL), I2V_OK);
        CHECK_STATUS(finish_job(job), I2V_OK);
        i2v_job_release(job);
    }
    CHECK_INT(sandbox_count("creates_processed"), 2);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

void suite_webhook(void)
{
    RUN(webhook_goes_out_as_given_where_the_host_says_so);
    RUN(nonce_never_makes_the_address_too_long);
    RUN(create_without_a_nonce_is_found_by_resemblance);
    RUN(vector_with_aes_192_opens);
    RUN(vector_with_aes_256_and_a_number_for_a_nonce_opens);
    RUN(vector_of_the_services_page_is_refused);
    RUN(other_accounts_cannot_open_it);
    RUN(ten_thousand_mutations_are_refused);
    RUN(what_is_no_webhook_is_refused);
    RUN(webhook_may_have_a_mebibyte);
    RUN(wrong_arguments_are_not_the_senders_fault);
    RUN(event_functions_take_null);
    RUN(every_key_size_and_a_short_id_open);
    RUN(contents_are_read_as_loosely_as_answers);
    RUN(contents_without_a_video_are_refused);
    RUN(webhooks_can_be_too_old_or_too_new);
    RUN(wrong_max_age_is_told_before_the_body_is_read);
    RUN(times_are_milliseconds);
    RUN(notify_takes_null_and_nonsense);
    RUN(webhook_brings_the_next_look_forward);
    RUN(webhook_is_not_believed);
    RUN(webhooks_of_the_service_bring_the_video);
    RUN(webhook_of_the_service_tells_of_a_failure);
    RUN(webhooks_that_never_come_are_not_needed);
    RUN(callbacks_may_notify);
}
