/* The table of the service's codes, and that what the library does is what it says. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Written down from what is known of the service, not from the library. */
static const struct {
    int code;
    const char *name;
    i2v_status status;
    i2v_retry retry;
    i2v_charge charge;
} table[] = {
    {1000, "I2V_CODE_SUCCESS", I2V_OK, I2V_RETRY_NEVER, I2V_CHARGE_CERTAIN},
    {1003, "I2V_CODE_PARAMETER", I2V_ERROR_INVALID_REQUEST, I2V_RETRY_NEVER, I2V_CHARGE_NONE},
    {1004, "I2V_CODE_VERIFICATION", I2V_ERROR_AUTH, I2V_RETRY_NEVER, I2V_CHARGE_NONE},
    {1005, "I2V_CODE_TOO_FREQUENT", I2V_ERROR_RATE_LIMIT, I2V_RETRY_LATER, I2V_CHARGE_NONE},
    {1006, "I2V_CODE_QUOTA", I2V_ERROR_QUOTA, I2V_RETRY_NEVER, I2V_CHARGE_NONE},
    {1008, "I2V_CODE_CONTENT_NOT_FOUND", I2V_ERROR_NOT_FOUND, I2V_RETRY_NEVER, I2V_CHARGE_NONE},
    {1009, "I2V_CODE_PERMISSION", I2V_ERROR_PERMISSION, I2V_RETRY_NEVER, I2V_CHARGE_NONE},
    {1010, "I2V_CODE_NOT_OPERABLE", I2V_ERROR_CONFLICT, I2V_RETRY_NEVER, I2V_CHARGE_NONE},
    {1011, "I2V_CODE_ALREADY_OPERATED", I2V_ERROR_CONFLICT, I2V_RETRY_NEVER, I2V_CHARGE_NONE},
    {1013, "I2V_CODE_MEDIA_UNSUITABLE", I2V_ERROR_INVALID_INPUT, I2V_RETRY_NEVER, I2V_CHARGE_NONE},
    {1014, "I2V_CODE_RESOURCE_NOT_FOUND", I2V_ERROR_NOT_FOUND, I2V_RETRY_NEVER, I2V_CHARGE_NONE},
    {1015, "I2V_CODE_VIDEO_PROCESSING", I2V_ERROR_SERVER, I2V_RETRY_READS, I2V_CHARGE_POSSIBLE},
    {1017, "I2V_CODE_AUDIO_NOT_CREATED", I2V_ERROR_SERVER, I2V_RETRY_READS, I2V_CHARGE_POSSIBLE},
    {1101, "I2V_CODE_TOKEN_INVALID", I2V_ERROR_AUTH, I2V_RETRY_AFTER_LOGIN, I2V_CHARGE_NONE},
    {1102, "I2V_CODE_TOKEN_MISSING", I2V_ERROR_AUTH, I2V_RETRY_NEVER, I2V_CHARGE_NONE},
    {1103, "I2V_CODE_OVERDUE", I2V_ERROR_BILLING, I2V_RETRY_NEVER, I2V_CHARGE_NONE},
    {1104, "I2V_CODE_CREDITS", I2V_ERROR_QUOTA, I2V_RETRY_NEVER, I2V_CHARGE_NONE},
    {1108, "I2V_CODE_IMAGE_PROCESSING", I2V_ERROR_SERVER, I2V_RETRY_READS, I2V_CHARGE_POSSIBLE},
    {1109, "I2V_CODE_KEY_INVALID", I2V_ERROR_AUTH, I2V_RETRY_NEVER, I2V_CHARGE_NONE},
    {1110, "I2V_CODE_AUDIO_PROCESSING", I2V_ERROR_SERVER, I2V_RETRY_READS, I2V_CHARGE_POSSIBLE},
    {1111, "I2V_CODE_CALLBACK_PROCESSING", I2V_ERROR_SERVER, I2V_RETRY_READS, I2V_CHARGE_POSSIBLE},
    {1112, "I2V_CODE_VOICE_PROCESSING", I2V_ERROR_SERVER, I2V_RETRY_READS, I2V_CHARGE_POSSIBLE},
    {1200, "I2V_CODE_ACCOUNT_BLOCKED", I2V_ERROR_AUTH, I2V_RETRY_NEVER, I2V_CHARGE_NONE},
    {1201, "I2V_CODE_AUDIO_CREATION", I2V_ERROR_SERVER, I2V_RETRY_READS, I2V_CHARGE_POSSIBLE},
    {1203, "I2V_CODE_AUDIO_WITH_VIDEO", I2V_ERROR_INVALID_INPUT, I2V_RETRY_NEVER, I2V_CHARGE_NONE},
    {1204, "I2V_CODE_MEDIA_DURATION", I2V_ERROR_INVALID_INPUT, I2V_RETRY_NEVER, I2V_CHARGE_NONE},
    {1205, "I2V_CODE_VIDEO_CREATION", I2V_ERROR_SERVER, I2V_RETRY_READS, I2V_CHARGE_POSSIBLE},
    {1207, "I2V_CODE_MEDIA_SIZE", I2V_ERROR_INVALID_INPUT, I2V_RETRY_NEVER, I2V_CHARGE_NONE},
    {1208, "I2V_CODE_MEDIA_PARSING", I2V_ERROR_INVALID_INPUT, I2V_RETRY_NEVER, I2V_CHARGE_NONE},
    {1209, "I2V_CODE_MEDIA_ENCODING", I2V_ERROR_INVALID_INPUT, I2V_RETRY_NEVER, I2V_CHARGE_NONE},
    {1210, "I2V_CODE_MEDIA_FRAME_RATE", I2V_ERROR_INVALID_INPUT, I2V_RETRY_NEVER, I2V_CHARGE_NONE},
    {1213, "I2V_CODE_SUBSCRIPTION", I2V_ERROR_PLAN, I2V_RETRY_NEVER, I2V_CHARGE_NONE},
    {1221, "I2V_CODE_PLAN", I2V_ERROR_PLAN, I2V_RETRY_NEVER, I2V_CHARGE_NONE},
    {1222, "I2V_CODE_EXISTS", I2V_ERROR_CONFLICT, I2V_RETRY_NEVER, I2V_CHARGE_NONE},
    {2001, "I2V_CODE_SERVER", I2V_ERROR_SERVER, I2V_RETRY_READS, I2V_CHARGE_POSSIBLE},
};

enum { CODES = sizeof table / sizeof *table };

/* Codes of other products of the service, and what is no code. */
static const int unknown[] = {0,    -1,   1,    999,  1001, 1002, 1007, 1016, 1105,      1202,     1206,
                              1211, 1212, 1214, 1220, 1223, 2000, 2002, 9999, INT32_MAX, INT32_MIN};

static void every_code_is_in_the_table(void)
{
    size_t index;
    for (index = 0; index < CODES; index++) {
        CHECK_TEXT(i2v_service_code_get_name(table[index].code), table[index].name);
        CHECK_STATUS(i2v_service_code_get_status(table[index].code), table[index].status);
        CHECK_INT(i2v_service_code_get_retry(table[index].code), table[index].retry);
        CHECK_INT(i2v_service_code_get_charge(table[index].code), table[index].charge);
    }
}

static void unknown_codes_have_an_answer_too(void)
{
    size_t index;
    for (index = 0; index < sizeof unknown / sizeof *unknown; index++) {
        CHECK_TEXT(i2v_service_code_get_name(unknown[index]), "I2V_CODE_?");
        CHECK_STATUS(i2v_service_code_get_status(unknown[index]), I2V_ERROR_SERVICE);
        CHECK_INT(i2v_service_code_get_retry(unknown[index]), I2V_RETRY_NEVER);
        CHECK_INT(i2v_service_code_get_charge(unknown[index]), I2V_CHARGE_POSSIBLE);
    }
}

/* Answers hold any number; only its low half is that of a known code. */
static void codes_beyond_32_bits_are_unknown(void)
{
    const int64_t code = 4294967296 + I2V_CODE_TOO_FREQUENT;
    i2v_client *client = sandbox_client();
    i2v_job *job;
    i2v_error *error;
    sandbox_faults("[{\"route\":\"create\",\"code\":4294968301}]");
    job = run_job(client, new_request(), NULL, I2V_ERROR_SERVICE);
    error = i2v_job_copy_error(job);
    CHECK_INT(i2v_error_get_service_code(error), code);
    i2v_error_destroy(error);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    CHECK_TEXT(i2v_service_code_get_name(code), "I2V_CODE_?");
    CHECK_STATUS(i2v_service_code_get_status(code), I2V_ERROR_SERVICE);
    CHECK_INT(i2v_service_code_get_retry(code), I2V_RETRY_NEVER);
    CHECK_INT(i2v_service_code_get_charge(code), I2V_CHARGE_POSSIBLE);
}

/* One create is answered with the code: what the job's error says is what the table says. */
static void create_ends_as_the_table_says(i2v_client *client, int code)
{
    char fault[128], words[32];
    i2v_request *request = new_request();
    bool refused = i2v_service_code_get_retry(code) == I2V_RETRY_LATER;
    i2v_job *job;
    i2v_error *error;
    long long before = sandbox_count("create");
    snprintf(words, sizeof words, "in its own words, %d", code);
    snprintf(fault, sizeof fault, "[{\"route\":\"create\",\"times\":-1,\"code\":%d,\"msg\":\"%s\"}]", code,
             words);
    sandbox_faults(fault);
    /* What is only refused for now is tried again as long as the job has time. */
    if (refused) i2v_request_set_deadline(request, 2 * enough());
    job = run_job(client, request, NULL, i2v_service_code_get_status(code));
    error = i2v_job_copy_error(job);
    CHECK_INT(i2v_error_get_service_code(error), code);
    CHECK_TEXT(i2v_error_get_service_message(error), words);
    CHECK_CONTAINS(i2v_error_get_message(error), words);
    CHECK_CONTAINS(i2v_error_get_json(error), words);
    CHECK_INT(i2v_error_get_charge(error), i2v_service_code_get_charge(code));
    CHECK(i2v_error_get_retryable(error) == refused);
    CHECK_BETWEEN(sandbox_count("create") - before, refused ? 2 : 1, refused ? 8 : 1);
    i2v_error_destroy(error);
    i2v_job_release(job);
}

static void creates_end_as_the_table_says(void)
{
    i2v_client *client = sandbox_client();
    size_t index;
    for (index = 1; index < CODES; index++) create_ends_as_the_table_says(client, table[index].code);
    create_ends_as_the_table_says(client, 1007);
    create_ends_as_the_table_says(client, 123456789);
    CHECK_INT(sandbox_count("creates_processed"), 0);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

/* Answers the first question below a path like /1005 with that code, and later ones with a balance. */
static bool refuse_once(server *server, int descriptor, const char *request, int connection)
{
    const char *path = strstr(request, "/code");
    int code = path ? atoi(path + 5) : 0;
    char part[32], body[64];
    (void)connection;
    snprintf(part, sizeof part, "GET /code%d/", code);
    snprintf(body, sizeof body, "{\"code\":%d,\"msg\":\"no\"}", code);
    server_json(descriptor,
                server_count(server, part) == 1 ? body : "{\"code\":1000,\"data\":{\"credit\":1}}");
    return true;
}

static void questions_are_asked_again_as_the_table_says(void)
{
    server *service = server_start(refuse_once, NULL);
    i2v_client *clients[CODES];
    i2v_query *queries[CODES];
    size_t index;
    for (index = 1; index < CODES; index++) {
        char url[96];
        snprintf(url, sizeof url, "%s/code%d", server_url(service), table[index].code);
        clients[index] = new_client(new_config(url));
        queries[index] = NULL;
        CHECK_STATUS(
            i2v_client_query_credits(clients[index], slack(HANG), NULL, NULL, &queries[index], NULL),
            I2V_OK);
    }
    for (index = 1; index < CODES; index++) {
        bool again = table[index].retry == I2V_RETRY_LATER || table[index].retry == I2V_RETRY_READS;
        char part[32];
        CHECK_STATUS(i2v_query_wait(queries[index], -1, NULL), again ? I2V_OK : table[index].status);
        snprintf(part, sizeof part, "GET /code%d/", table[index].code);
        CHECK_INT(server_count(service, part), again ? 2 : 1);
        i2v_query_release(queries[index]);
        CHECK_STATUS(i2v_client_destroy(clients[index]), I2V_OK);
    }
    server_stop(service);
}

void suite_codes(void)
{
    RUN(every_code_is_in_the_table);
    RUN(unknown_codes_have_an_answer_too);
    RUN(codes_beyond_32_bits_are_unknown);
    RUN(creates_end_as_the_table_says);
    RUN(questions_are_asked_again_as_the_table_says);
}
