/* What setters refuse, that the refusal is remembered under the field's name, and that a good value clears
 * it. What a client that looks at many videos keeps to. */
#include "support.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each breaks UTF-8 in its own way: a stray byte, a cut character, a surrogate, an overlong form, too large.
 */
static const char *const not_utf8[] = {
    "a\xff",    "a\xc3",
    "\x80",     "\xed\xa0\x80",
    "\xc0\xaf", "\xf4\x90\x80\x80",
    "\xe2\x82", "\xf8\x88\x80\x80\x80",
};

enum { NOT_UTF8_COUNT = sizeof not_utf8 / sizeof *not_utf8 };

static void config_ends_with(i2v_config *config, const char *field)
{
    i2v_client *client = NULL;
    i2v_error *error = NULL;
    i2v_status status = i2v_client_create(config, &client, &error);
    CHECK_STATUS(status, field ? I2V_ERROR_INVALID_ARGUMENT : I2V_OK);
    if (field) {
        CHECK(client == NULL);
        CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, field);
    } else if (status != I2V_OK) {
        CHECK_TEXT(i2v_error_get_message(error), "");
        i2v_error_destroy(error);
    }
    i2v_client_destroy(client);
}

static i2v_client *shared;

static void request_ends_with(i2v_request *request, const char *field)
{
    i2v_error *error = NULL;
    i2v_job *job = NULL;
    i2v_status status = i2v_request_validate(request, &error);
    CHECK_STATUS(status, field ? I2V_ERROR_INVALID_ARGUMENT : I2V_OK);
    if (!field) CHECK_TEXT(i2v_error_get_message(error), "");
    if (!field || status == I2V_OK) {
        i2v_error_destroy(error);
        return;
    }
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, field);
    CHECK_STATUS(i2v_client_submit(shared, request, NULL, NULL, &job, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK(job == NULL);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, field);
    CHECK_STATUS(i2v_client_submit_batch(shared, request, NULL, NULL, NULL, 0, NULL),
                 I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_client_animate(shared, request, temp_path("no.mp4"), NULL), I2V_ERROR_INVALID_ARGUMENT);
}

typedef i2v_status (*config_text_fn)(i2v_config *, const char *);
typedef i2v_status (*request_text_fn)(i2v_request *, const char *);

static void config_texts_are_checked(void)
{
    static const struct {
        const char *field;
        config_text_fn set;
        bool may_be_empty;
        const char *good;
    } texts[] = {
        {"api_key", i2v_config_set_api_key, false, "key"},
        {"base_url", i2v_config_set_base_url, false, "https://example.com"},
        {"ca_file", i2v_config_set_ca_file, false, "/etc/ssl/certs/ca-certificates.crt"},
        {"proxy", i2v_config_set_proxy, true, ""},
        {"user_agent", i2v_config_set_user_agent, false, "tests/1"},
    };
    size_t index, bad;
    for (index = 0; index < sizeof texts / sizeof *texts; index++) {
        i2v_config *config = new_config(NULL);
        CHECK_STATUS(texts[index].set(config, NULL), I2V_ERROR_INVALID_ARGUMENT);
        config_ends_with(config, texts[index].field);
        for (bad = 0; bad < NOT_UTF8_COUNT; bad++) {
            CHECK_STATUS(texts[index].set(config, not_utf8[bad]), I2V_ERROR_INVALID_ARGUMENT);
            config_ends_with(config, texts[index].field);
        }
        CHECK_STATUS(texts[index].set(config, ""),
                     texts[index].may_be_empty ? I2V_OK : I2V_ERROR_INVALID_ARGUMENT);
        config_ends_with(config, texts[index].may_be_empty ? NULL : texts[index].field);
        CHECK_STATUS(texts[index].set(config, texts[index].good), I2V_OK);
        config_ends_with(config, NULL);
        i2v_config_destroy(config);
    }
}

static void headers_take_no_control_characters(void)
{
    static const char *const forged[] = {"a\r\nX-Evil: 1", "a\nb", "a\rb", "\tx", "a\x01", "a\x7f"};
    size_t index;
    for (index = 0; index < sizeof forged / sizeof *forged; index++) {
        i2v_config *config = new_config(NULL);
        CHECK_STATUS(i2v_config_set_api_key(config, forged[index]), I2V_ERROR_INVALID_ARGUMENT);
        config_ends_with(config, "api_key");
        CHECK_STATUS(i2v_config_set_api_key(config, "key"), I2V_OK);
        CHECK_STATUS(i2v_config_set_user_agent(config, forged[index]), I2V_ERROR_INVALID_ARGUMENT);
        config_ends_with(config, "user_agent");
        i2v_config_destroy(config);

        config = i2v_config_create();
        CHECK_STATUS(i2v_config_set_bearer_token(config, forged[index]), I2V_ERROR_INVALID_ARGUMENT);
        config_ends_with(config, "bearer_token");
        i2v_config_destroy(config);
    }
}

typedef i2v_status (*config_number_fn)(i2v_config *, int64_t);

static i2v_status set_poll_list_size(i2v_config *config, int64_t value)
{
    return i2v_config_set_poll_list_size(config, (int32_t)value);
}

static i2v_status set_max_requests(i2v_config *config, int64_t value)
{
    return i2v_config_set_max_requests(config, (int32_t)value);
}

static i2v_status set_max_downloads(i2v_config *config, int64_t value)
{
    return i2v_config_set_max_downloads(config, (int32_t)value);
}

static void config_numbers_are_checked(void)
{
    static const struct {
        const char *field;
        config_number_fn set;
        int64_t least, most, lowest, highest;
    } numbers[] = {
        {"connect_timeout", i2v_config_set_connect_timeout, 1, 600000, INT64_MIN, INT64_MAX},
        {"request_timeout", i2v_config_set_request_timeout, 1, 3600000, INT64_MIN, INT64_MAX},
        {"stall_timeout", i2v_config_set_stall_timeout, 1000, 3600000, INT64_MIN, INT64_MAX},
        {"job_deadline", i2v_config_set_job_deadline, 1, 604800000, INT64_MIN, INT64_MAX},
        {"poll_list_size", set_poll_list_size, 1, 1000, INT32_MIN, INT32_MAX},
        {"max_requests", set_max_requests, 1, 256, INT32_MIN, INT32_MAX},
        {"max_downloads", set_max_downloads, 1, 256, INT32_MIN, INT32_MAX},
    };
    size_t index, which;
    for (index = 0; index < sizeof numbers / sizeof *numbers; index++) {
        i2v_config *config = new_config(NULL);
        const int64_t bad[] = {
            numbers[index].least - 1, -1, 0, numbers[index].most + 1, numbers[index].lowest,
            numbers[index].highest,
        };
        for (which = 0; which < sizeof bad / sizeof *bad; which++) {
            CHECK_STATUS(numbers[index].set(config, bad[which]), I2V_ERROR_INVALID_ARGUMENT);
            config_ends_with(config, numbers[index].field);
        }
        CHECK_STATUS(numbers[index].set(config, numbers[index].least), I2V_OK);
        config_ends_with(config, NULL);
        CHECK_STATUS(numbers[index].set(config, numbers[index].most), I2V_OK);
        config_ends_with(config, NULL);
        i2v_config_destroy(config);
    }
}

static void poll_interval_is_checked(void)
{
    static const int64_t bad[][2] = {
        {9, 100}, {0, 0}, {-1, -1}, {100, 99}, {10, 3600001}, {3600001, 3600001}, {INT64_MIN, INT64_MAX},
    };
    i2v_config *config = new_config(NULL);
    size_t index;
    for (index = 0; index < sizeof bad / sizeof *bad; index++) {
        CHECK_STATUS(i2v_config_set_poll_interval(config, bad[index][0], bad[index][1]),
                     I2V_ERROR_INVALID_ARGUMENT);
        config_ends_with(config, "poll_interval");
    }
    CHECK_STATUS(i2v_config_set_poll_interval(config, 10, 10), I2V_OK);
    CHECK_STATUS(i2v_config_set_poll_interval(config, 10, 3600000), I2V_OK);
    config_ends_with(config, NULL);
    i2v_config_destroy(config);
}

static void ignore_line(i2v_log_level level, const char *message, void *user_data)
{
    (void)level;
    (void)message;
    (void)user_data;
}

static void config_enums_are_checked(void)
{
    static const int32_t bad[] = {-1, 2, 5, 1000, INT32_MIN, INT32_MAX};
    i2v_config *config = new_config(NULL);
    size_t index;
    for (index = 0; index < sizeof bad / sizeof *bad; index++) {
        CHECK_STATUS(i2v_config_set_delivery(config, bad[index]), I2V_ERROR_INVALID_ARGUMENT);
        config_ends_with(config, "delivery");
    }
    CHECK_STATUS(i2v_config_set_delivery(config, I2V_DELIVERY_THREAD), I2V_OK);
    config_ends_with(config, NULL);
    for (index = 0; index < sizeof bad / sizeof *bad; index++) {
        if (bad[index] == I2V_LOG_WARNING) continue;
        CHECK_STATUS(i2v_config_set_log(config, bad[index], ignore_line, NULL), I2V_ERROR_INVALID_ARGUMENT);
        config_ends_with(config, "log");
    }
    CHECK_STATUS(i2v_config_set_log(config, I2V_LOG_DEBUG, NULL, NULL), I2V_OK);
    config_ends_with(config, NULL);
    CHECK_STATUS(i2v_config_set_log(config, I2V_LOG_OFF, ignore_line, NULL), I2V_OK);
    config_ends_with(config, NULL);
    i2v_config_destroy(config);
}

/* A test of requests: none of them may reach the service. */
static void start_refusing(void) { shared = sandbox_client(); }

static void end_refusing(void)
{
    CHECK_INT(i2v_client_get_job_count(shared), 0);
    i2v_client_destroy(shared);
    CHECK_INT(sandbox_count("total_api"), 0);
}

static void request_texts_are_checked(void)
{
    static const struct {
        const char *field;
        request_text_fn set;
        bool may_be_empty;
    } texts[] = {
        {"image_url", i2v_request_set_image_url, false},
        {"prompt", i2v_request_set_prompt, true},
        {"negative_prompt", i2v_request_set_negative_prompt, true},
        {"resolution", i2v_request_set_resolution, true},
        {"audio_url", i2v_request_set_audio_url, false},
        {"effect_code", i2v_request_set_effect_code, false},
        {"webhookurl", i2v_request_set_webhook_url, true},
        {"model_name", i2v_request_set_model_name, false},
        {"last_image_url", i2v_request_set_last_image_url, false},
        {"target", i2v_request_set_target, false},
    };
    size_t index, bad;
    start_refusing();
    for (index = 0; index < sizeof texts / sizeof *texts; index++) {
        i2v_request *request = new_request();
        CHECK_STATUS(texts[index].set(request, NULL), I2V_ERROR_INVALID_ARGUMENT);
        request_ends_with(request, texts[index].field);
        for (bad = 0; bad < NOT_UTF8_COUNT; bad++) {
            CHECK_STATUS(texts[index].set(request, not_utf8[bad]), I2V_ERROR_INVALID_ARGUMENT);
            request_ends_with(request, texts[index].field);
        }
        CHECK_STATUS(texts[index].set(request, ""),
                     texts[index].may_be_empty ? I2V_OK : I2V_ERROR_INVALID_ARGUMENT);
        i2v_request_destroy(request);
    }
    end_refusing();
}

static void addresses_must_be_absolute_web_addresses(void)
{
    static const struct {
        const char *field;
        request_text_fn set;
    } addresses[] = {
        {"image_url", i2v_request_set_image_url},
        {"audio_url", i2v_request_set_audio_url},
        {"webhookurl", i2v_request_set_webhook_url},
        {"last_image_url", i2v_request_set_last_image_url},
    };
    static const char *const bad[] = {
        "cat.png",
        "/tmp/cat.png",
        "file:///tmp/cat.png",
        "ftp://example.com/cat.png",
        "//example.com/cat.png",
        "http://",
        "https:///cat.png",
        "http:/cat.png",
        "example.com/cat.png",
        "data:image/png;base64,AAAA",
        "http://a b/c",
        "http://example.com/\n",
    };
    size_t index, which;
    start_refusing();
    for (index = 0; index < sizeof addresses / sizeof *addresses; index++) {
        for (which = 0; which < sizeof bad / sizeof *bad; which++) {
            i2v_request *request = new_request();
            i2v_status status = addresses[index].set(request, bad[which]);
            if (!CHECK_STATUS(status, I2V_ERROR_INVALID_ARGUMENT)) CHECK_TEXT(bad[which], "refused");
            request_ends_with(request, addresses[index].field);
            i2v_request_destroy(request);
        }
    }
    end_refusing();
}

typedef i2v_status (*request_number_fn)(i2v_request *, int64_t);

static i2v_status set_video_length(i2v_request *request, int64_t value)
{
    return i2v_request_set_video_length(request, (int32_t)value);
}

static i2v_status set_count(i2v_request *request, int64_t value)
{
    return i2v_request_set_count(request, (int32_t)value);
}

static void request_numbers_are_checked(void)
{
    static const struct {
        const char *field;
        request_number_fn set;
        int64_t least, most, lowest, highest;
    } numbers[] = {
        {"video_length", set_video_length, 1, 3600, INT32_MIN, INT32_MAX},
        {"count", set_count, 1, 10, INT32_MIN, INT32_MAX},
        {"deadline", i2v_request_set_deadline, 1, 604800000, INT64_MIN, INT64_MAX},
    };
    size_t index, which;
    start_refusing();
    for (index = 0; index < sizeof numbers / sizeof *numbers; index++) {
        i2v_request *request = new_request();
        const int64_t bad[] = {
            numbers[index].least - 1, -1, numbers[index].most + 1, numbers[index].lowest,
            numbers[index].highest,
        };
        i2v_request_set_model_name(request, "any");
        for (which = 0; which < sizeof bad / sizeof *bad; which++) {
            CHECK_STATUS(numbers[index].set(request, bad[which]), I2V_ERROR_INVALID_ARGUMENT);
            request_ends_with(request, numbers[index].field);
        }
        CHECK_STATUS(numbers[index].set(request, numbers[index].most), I2V_OK);
        request_ends_with(request, NULL);
        CHECK_STATUS(numbers[index].set(request, numbers[index].least), I2V_OK);
        request_ends_with(request, NULL);
        i2v_request_destroy(request);
    }
    end_refusing();
}

static void audio_type_is_checked(void)
{
    static const int32_t bad[] = {-1, 0, 4, 1000, INT32_MIN, INT32_MAX};
    i2v_request *request = new_request();
    size_t index;
    start_refusing();
    for (index = 0; index < sizeof bad / sizeof *bad; index++) {
        CHECK_STATUS(i2v_request_set_audio_type(request, bad[index]), I2V_ERROR_INVALID_ARGUMENT);
        request_ends_with(request, "audio_type");
    }
    CHECK_STATUS(i2v_request_set_audio_type(request, I2V_AUDIO_GENERATED), I2V_OK);
    request_ends_with(request, NULL);
    i2v_request_destroy(request);
    end_refusing();
}

static void good_value_clears_a_refusal_of_its_field_alone(void)
{
    i2v_request *request = new_request();
    start_refusing();
    CHECK_STATUS(i2v_request_set_image_url(request, "nonsense"), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_set_count(request, 0), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_set_prompt(request, "a good prompt"), I2V_OK);
    CHECK_STATUS(i2v_request_validate(request, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_set_image_url(request, "https://example.com/cat.png"), I2V_OK);
    request_ends_with(request, "count");
    CHECK_STATUS(i2v_request_set_count(request, 1), I2V_OK);
    request_ends_with(request, NULL);
    i2v_request_destroy(request);
    end_refusing();
}

static void webhook_address_may_have_2048_bytes(void)
{
    static const char start[] = "https://example.com/";
    char *url = malloc(2050);
    i2v_request *request = new_request();
    start_refusing();
    REQUIRE(url != NULL);
    memset(url, 'a', 2049);
    memcpy(url, start, sizeof start - 1);
    url[2049] = 0;
    CHECK_STATUS(i2v_request_set_webhook_url(request, url), I2V_ERROR_INVALID_ARGUMENT);
    request_ends_with(request, "webhookurl");
    url[2048] = 0;
    CHECK_STATUS(i2v_request_set_webhook_url(request, url), I2V_OK);
    request_ends_with(request, NULL);
    i2v_request_destroy(request);
    free(url);
    end_refusing();
}

static void long_texts_are_taken(void)
{
    const size_t length = 1 << 20;
    char *text = malloc(length + 1);
    i2v_request *request = new_request();
    start_refusing();
    REQUIRE(text != NULL);
    memset(text, 'p', length);
    text[length] = 0;
    CHECK_STATUS(i2v_request_set_prompt(request, text), I2V_OK);
    CHECK_STATUS(i2v_request_set_negative_prompt(request, text), I2V_OK);
    request_ends_with(request, NULL);
    CHECK_STATUS(i2v_request_set_image_url(request, text), I2V_ERROR_INVALID_ARGUMENT);
    request_ends_with(request, "image_url");
    i2v_request_destroy(request);
    free(text);
    end_refusing();
}

static void capacities_and_timeouts_are_checked(void)
{
    static const size_t short_capacities[] = {0, 1, 2, SIZE_MAX, SIZE_MAX / 2 + 1};
    i2v_request *request = new_request();
    i2v_job *jobs[10];
    i2v_error *error = NULL;
    size_t index, delivered = 9;

    start_refusing();
    i2v_request_set_count(request, 3);
    for (index = 0; index < sizeof short_capacities / sizeof *short_capacities; index++) {
        CHECK_STATUS(
            i2v_client_submit_batch(shared, request, NULL, NULL, jobs, short_capacities[index], &error),
            I2V_ERROR_INVALID_ARGUMENT);
        CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "capacity");
    }
    CHECK_STATUS(i2v_client_dispatch(shared, -2, &delivered, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_INT(delivered, 0);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "milliseconds");
    CHECK_STATUS(i2v_client_dispatch(shared, INT64_MIN, NULL, NULL), I2V_ERROR_INVALID_ARGUMENT);
    i2v_request_destroy(request);
    end_refusing();
}

static void waits_take_any_timeout(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job = start_job(client, new_request(), NULL);
    i2v_error *error = NULL;

    CHECK_STATUS(i2v_job_wait(job, -2, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "milliseconds");
    CHECK_STATUS(i2v_job_wait(job, INT64_MIN, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_job_wait(job, 0, &error), I2V_ERROR_TIMEOUT);
    CHECK(i2v_error_get_retryable(error));
    CHECK_ERROR(&error, I2V_ERROR_TIMEOUT, NULL);
    /* A sum with the present time must not overflow. */
    CHECK_STATUS(i2v_job_wait(job, INT64_MAX, NULL), I2V_OK);
    CHECK_STATUS(i2v_job_wait(job, 0, NULL), I2V_OK);
    CHECK_STATUS(i2v_job_wait(job, -1, NULL), I2V_OK);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

/* A service whose looks take their time. */
typedef struct {
    pthread_mutex_t lock;
    int now, most;
    /* When each video was last looked at, and the shortest time between two looks at one. */
    int64_t last[40], gap;
} looks;

static void begin_look(looks *its, const char *request)
{
    const char *id;
    pthread_mutex_lock(&its->lock);
    if (++its->now > its->most) its->most = its->now;
    for (id = strstr(request, "video-"); id; id = strstr(id + 1, "video-")) {
        int64_t *last = &its->last[atoi(id + strlen("video-"))];
        if (*last && now_ms() - *last < its->gap) its->gap = now_ms() - *last;
        *last = now_ms();
    }
    pthread_mutex_unlock(&its->lock);
}

/* Half of the videos are finished when they are first looked at; there is nothing to say of the others. */
static bool answer_slowly(server *server, int descriptor, const char *request, int connection)
{
    looks *its = server_state(server);
    char body[160];
    const char *id = strstr(request, "video-");
    (void)connection;
    if (!id) {
        server_json(descriptor, "{\"code\":1000,\"data\":{\"credit\":5}}");
        return true;
    }
    begin_look(its, request);
    sleep_ms(100);
    snprintf(body, sizeof body,
             "{\"code\":1000,\"data\":{\"result\":"
             "[{\"_id\":\"video-%d\",\"status\":%d,\"video_url\":\"http://a/b\"}]}}",
             atoi(id + 6), atoi(id + 6) % 2 ? 3 : 2);
    pthread_mutex_lock(&its->lock);
    its->now--;
    pthread_mutex_unlock(&its->lock);
    server_json(descriptor, body);
    return true;
}

static void looks_keep_to_the_floor_and_leave_half_of_the_requests(void)
{
    /* The server may hear of a poll later than it was sent: a busy machine takes its part of the floor. */
    enum { VIDEOS = 40, FLOOR = 1500, LATE = 1000 };
    looks its = {PTHREAD_MUTEX_INITIALIZER, 0, 0, {0}, 100000};
    server *server = server_start(answer_slowly, &its);
    i2v_config *config = new_config(server_url(server));
    i2v_client *client;
    char id[16];
    int64_t end = now_ms() + slack(4000), start;
    int index, asked = 0;

    i2v_config_set_max_requests(config, 8);
    i2v_config_set_poll_list_size(config, 1);
    i2v_config_set_poll_interval(config, FLOOR, FLOOR);
    client = new_client(config);
    for (index = 0; index < VIDEOS; index++) {
        snprintf(id, sizeof id, "video-%d", index);
        CHECK_STATUS(i2v_client_attach(client, id, NULL, false, NULL, NULL, NULL, NULL), I2V_OK);
    }
    while (now_ms() < end) {
        i2v_query *query = NULL;
        start = now_ms();
        REQUIRE(i2v_client_query_credits(client, 10000, NULL, NULL, &query, NULL) == I2V_OK);
        CHECK_STATUS(i2v_query_wait(query, -1, NULL), I2V_OK);
        CHECK_LASTED(start, 0);
        i2v_query_release(query);
        asked++;
        i2v_client_dispatch(client, 50, NULL, NULL);
    }
    i2v_client_destroy(client);
    CHECK(asked > 5);
    CHECK_BETWEEN(its.most, 2, 4);
    CHECK_BETWEEN(its.gap, FLOOR - LATE, 100000 - 1);
    server_stop(server);
}

void suite_bounds(void)
{
    RUN(config_texts_are_checked);
    RUN(headers_take_no_control_characters);
    RUN(config_numbers_are_checked);
    RUN(poll_interval_is_checked);
    RUN(config_enums_are_checked);
    RUN(request_texts_are_checked);
    RUN(addresses_must_be_absolute_web_addresses);
    RUN(request_numbers_are_checked);
    RUN(audio_type_is_checked);
    RUN(good_value_clears_a_refusal_of_its_field_alone);
    RUN(webhook_address_may_have_2048_bytes);
    RUN(long_texts_are_taken);
    RUN(capacities_and_timeouts_are_checked);
    RUN(waits_take_any_timeout);
    RUN(looks_keep_to_the_floor_and_leave_half_of_the_requests);
}
