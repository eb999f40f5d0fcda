/* Credentials go into one header and nowhere else, whatever the server makes of them. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *secret;
    int lines, leaks, breaks, levels[5];
} listener;

static void listen_to_log(i2v_log_level level, const char *message, void *user_data)
{
    listener *its = user_data;
    its->lines++;
    if (level >= 1 && level <= 4) its->levels[level]++;
    if (strstr(message, its->secret)) its->leaks++;
    if (strpbrk(message, "\r\n\033")) its->breaks++;
}

static void look_for(const char *secret, const char *text)
{
    if (text) CHECK_LACKS(text, secret);
}

static void look_through(i2v_job *job, const char *secret)
{
    i2v_error *error = i2v_job_copy_error(job);
    i2v_video *video = i2v_job_copy_video(job);
    look_for(secret, i2v_error_get_message(error));
    look_for(secret, i2v_error_get_service_message(error));
    look_for(secret, i2v_error_get_json(error));
    look_for(secret, i2v_error_get_field(error));
    look_for(secret, i2v_video_get_json(video));
    look_for(secret, i2v_video_get_failure_reason(video));
    i2v_error_destroy(error);
    i2v_video_release(video);
}

static i2v_config *listening_config(const char *url, listener *its, const char *key, const char *token)
{
    i2v_config *config = i2v_config_create();
    memset(its, 0, sizeof *its);
    its->secret = key ? key : token;
    if (key) CHECK_STATUS(i2v_config_set_api_key(config, key), I2V_OK);
    if (token) CHECK_STATUS(i2v_config_set_bearer_token(config, token), I2V_OK);
    i2v_config_set_base_url(config, url);
    i2v_config_set_proxy(config, "");
    i2v_config_set_poll_interval(config, 20, 60);
    CHECK_STATUS(i2v_config_set_log(config, I2V_LOG_DEBUG, listen_to_log, its), I2V_OK);
    return config;
}

static void log_tells_the_story_without_credentials(void)
{
    listener its;
    i2v_client *client = new_client(listening_config(sandbox_url(), &its, "sandbox-key", NULL));
    i2v_job *job;
    sandbox_faults("[{\"route\":\"results\",\"times\":2,\"code\":1015,\"msg\":\"bad\\nnews\"}]");
    job = run_job(client, new_request_to(temp_path("log.mp4")), NULL, I2V_OK);
    i2v_job_release(job);
    sandbox_faults("[{\"route\":\"create\",\"code\":1003,\"msg\":\"no\\r\\nforged line \\u001b[2J\"}]");
    job = run_job(client, new_request(), NULL, I2V_ERROR_INVALID_REQUEST);
    i2v_job_release(job);
    i2v_client_destroy(client);
    CHECK(its.levels[I2V_LOG_DEBUG] >= 3);
    CHECK(its.levels[I2V_LOG_INFO] >= 2);
    CHECK(its.levels[I2V_LOG_WARNING] >= 1);
    CHECK(its.levels[I2V_LOG_ERROR] >= 1);
    CHECK_INT(its.leaks, 0);
    CHECK_INT(its.breaks, 0);
}

static void log_keeps_to_its_level(void)
{
    i2v_log_level level;
    for (level = I2V_LOG_OFF; level <= I2V_LOG_DEBUG; level++) {
        listener its;
        i2v_config *config = listening_config(sandbox_url(), &its, "sandbox-key", NULL);
        i2v_client *client;
        i2v_job *job;
        int index;
        i2v_config_set_log(config, level, listen_to_log, &its);
        client = new_client(config);
        /* Once is no news, twice in a row is. */
        sandbox_faults("[{\"route\":\"results\",\"times\":2,\"code\":1015}]");
        job = run_job(client, new_request(), NULL, I2V_OK);
        i2v_job_release(job);
        sandbox_faults("[{\"route\":\"create\",\"code\":1003}]");
        job = run_job(client, new_request(), NULL, I2V_ERROR_INVALID_REQUEST);
        i2v_job_release(job);
        i2v_client_destroy(client);
        for (index = I2V_LOG_ERROR; index <= I2V_LOG_DEBUG; index++)
            CHECK(index <= level ? its.levels[index] > 0 : its.levels[index] == 0);
    }
}

/* A server that repeats in its answers what it was sent in its headers. */
typedef struct {
    const char *create, *results, *status;
} echo;

static bool repeat(server *server, int descriptor, const char *request, int connection)
{
    const echo *its = server_state(server);
    (void)connection;
    if (strstr(request, "/resultsByIds")) server_json(descriptor, its->results);
    else server_reply(descriptor, its->status, "Content-Type: application/json\r\n", its->create);
    return true;
}

static void run_echo(const char *key, const char *token, const echo *its)
{
    listener listening;
    server *server = server_start(repeat, (void *)its);
    i2v_client *client = new_client(listening_config(server_url(server), &listening, key, token));
    i2v_job *job = start_job(client, new_request(), NULL);
    finish_job(job);
    CHECK_INT(server_count(server, key ? key : token) > 0, 1);
    look_through(job, key ? key : token);
    CHECK(listening.lines > 0);
    CHECK_INT(listening.leaks, 0);
    i2v_job_release(job);
    i2v_client_destroy(client);
    server_stop(server);
}

static void echoed_credentials_are_not_passed_on(void)
{
    static const echo refusal = {"{\"code\":1109,\"msg\":\"key 0123-secret-4567 is wrong\"}", "{}", "200 OK"};
    static const echo http = {"{\"error\":\"key 0123-secret-4567 is wrong\"}", "{}", "401 Unauthorized"};
    static const echo page = {"<html>0123-secret-4567</html>", "{}", "500 Oops"};
    static const echo nested = {"{\"code\":1003,\"data\":{\"headers\":{\"x-api-key\":\"0123-secret-4567\"}}}",
                                "{}", "200 OK"};
    static const echo failed = {
        "{\"code\":1000,\"data\":{\"_id\":\"a\",\"status\":1,\"debug\":\"0123-secret-4567\"}}",
        "{\"code\":1000,\"data\":{\"result\":[{\"_id\":\"a\",\"status\":4,"
        "\"error_reason\":\"0123-secret-4567 has no rights\"}]}}",
        "200 OK"};
    const echo *all[5];
    size_t index;
    all[0] = &refusal;
    all[1] = &http;
    all[2] = &page;
    all[3] = &nested;
    all[4] = &failed;
    for (index = 0; index < 5; index++) {
        run_echo("0123-secret-4567", NULL, all[index]);
        run_echo(NULL, "0123-secret-4567", all[index]);
    }
}

static void echoed_credentials_in_other_spellings_are_not_passed_on(void)
{
    /* Keys of this kind hold a slash at times, which some JSON writers escape; others escape anything. */
    static const echo slash = {"{\"code\":1109,\"msg\":\"key ab\\/cdefghij+klmn== is wrong\"}", "{}", "200 OK"};
    static const echo number = {"{\"code\":1109,\"msg\":\"key ab\\u002fcdefghij\\u002Bklmn== is wrong\"}", "{}",
                                "200 OK"};
    static const echo reason = {"{\"code\":1000,\"data\":{\"_id\":\"a\",\"status\":1}}",
                                "{\"code\":1000,\"data\":{\"result\":[{\"_id\":\"a\",\"status\":4,"
                                "\"error_reason\":\"ab\\/cdefghij+klmn== has no rights\"}]}}",
                                "200 OK"};
    run_echo("ab/cdefghij+klmn==", NULL, &slash);
    run_echo("ab/cdefghij+klmn==", NULL, &number);
    run_echo("ab/cdefghij+klmn==", NULL, &reason);
}

static void refused_credentials_are_not_repeated(void)
{
    i2v_config *config = i2v_config_create();
    i2v_client *client = NULL;
    i2v_error *error = NULL;
    i2v_config_set_api_key(config, "secret\nword");
    CHECK_STATUS(i2v_client_create(config, &client, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_LACKS(i2v_error_get_message(error), "secret");
    i2v_error_destroy(error);
    error = NULL;
    i2v_config_set_api_key(config, "first-secret");
    i2v_config_set_bearer_token(config, "second-secret");
    CHECK_STATUS(i2v_client_create(config, &client, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_LACKS(i2v_error_get_message(error), "secret");
    i2v_error_destroy(error);
    i2v_config_destroy(config);
}

static void credentials_stay_out_of_addresses_and_bodies(void)
{
    listener its;
    i2v_client *client = new_client(listening_config(sandbox_url(), &its, "sandbox-key", NULL));
    i2v_job *job = run_job(client, new_request_to(temp_path("places.mp4")), NULL, I2V_OK);
    static const char *const routes[] = {"create", "results", "video"};
    size_t index, number;
    for (index = 0; index < 3; index++) {
        json_t *requests = sandbox_requests(routes[index]), *request;
        CHECK(json_array_size(requests) >= 1);
        json_array_foreach(requests, number, request)
        {
            char *body = json_dumps(json_object_get(request, "body"), JSON_ENCODE_ANY);
            CHECK_LACKS(body, "sandbox-key");
            CHECK_LACKS(json_string_value(json_object_get(request, "path")), "sandbox-key");
            free(body);
        }
        json_decref(requests);
    }
    CHECK_INT(its.leaks, 0);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

/* ---- Tokens ---- */

#define SECRET "hush-0123-secret"
#define FIRST_TOKEN "token-one-01234567"
#define SECOND_TOKEN "token-two-45670123"

/* Gives tokens out, and repeats everything it was told or has said in whatever else it answers. */
static bool gossip(server *server, int descriptor, const char *request, int connection)
{
    static const char words[] = SECRET " " FIRST_TOKEN " " SECOND_TOKEN;
    const char *mode = server_state(server);
    char body[512];
    (void)connection;
    if (strstr(request, "/getToken ")) {
        if (strcmp(mode, "login") == 0) {
            snprintf(body, sizeof body, "{\"code\":1109,\"msg\":\"clientSecret " SECRET " is wrong\"}");
        } else {
            snprintf(body, sizeof body, "{\"code\":1000,\"token\":\"%s\"}",
                     server_count(server, "/getToken ") == 1 ? FIRST_TOKEN : SECOND_TOKEN);
        }
    } else if (strstr(request, "/quota/info ")) {
        snprintf(body, sizeof body, "{\"code\":1000,\"data\":{\"credit\":1,\"debug\":\"%s\"}}", words);
    } else if (strcmp(mode, "stale") == 0 && strstr(request, "\"the first\"")) {
        snprintf(body, sizeof body, "{\"code\":1101,\"msg\":\"%s\"}", words);
    } else {
        /* When the first has had another token, the second hears of the one it was sent with. */
        if (strcmp(mode, "stale") == 0 && !strstr(request, "Bearer " SECOND_TOKEN))
            server_reaches(server, "Authorization: Bearer " SECOND_TOKEN, 1);
        snprintf(body, sizeof body, "{\"code\":1003,\"msg\":\"%s\",\"data\":{\"header\":\"%s\"}}", words,
                 words);
    }
    server_json(descriptor, body);
    return true;
}

static i2v_config *gossip_config(server *service, listener *its, const char *secret)
{
    i2v_config *config = i2v_config_create();
    memset(its, 0, sizeof *its);
    its->secret = secret;
    i2v_config_set_client_credentials(config, "an-id", SECRET);
    i2v_config_set_base_url(config, server_url(service));
    i2v_config_set_proxy(config, "");
    i2v_config_set_log(config, I2V_LOG_DEBUG, listen_to_log, its);
    return config;
}

static i2v_job *start_with_prompt(i2v_client *client, const char *prompt)
{
    i2v_request *request = new_request();
    i2v_request_set_prompt(request, prompt);
    return start_job(client, request, NULL);
}

static void tokens_and_client_secrets_are_not_passed_on(void)
{
    static const char *const secrets[] = {SECRET, FIRST_TOKEN};
    size_t index;
    for (index = 0; index < 2; index++) {
        server *service = server_start(gossip, "");
        listener its;
        i2v_client *client = new_client(gossip_config(service, &its, secrets[index]));
        i2v_job *job = run_job(client, new_request(), NULL, I2V_ERROR_INVALID_REQUEST);
        i2v_query *query = NULL;
        look_through(job, secrets[index]);
        CHECK_STATUS(i2v_client_query_credits(client, slack(HANG), NULL, NULL, &query, NULL), I2V_OK);
        CHECK_STATUS(i2v_query_wait(query, -1, NULL), I2V_OK);
        CHECK_CONTAINS(i2v_query_get_json(query), "debug");
        CHECK_LACKS(i2v_query_get_json(query), secrets[index]);
        CHECK(its.lines > 0);
        CHECK_INT(its.leaks, 0);
        i2v_query_release(query);
        i2v_job_release(job);
        CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
        server_stop(service);
    }
}

static void refused_login_does_not_tell_the_secret(void)
{
    server *service = server_start(gossip, "login");
    listener its;
    i2v_client *client = new_client(gossip_config(service, &its, SECRET));
    i2v_job *job = run_job(client, new_request(), NULL, I2V_ERROR_AUTH);
    look_through(job, SECRET);
    CHECK_INT(its.leaks, 0);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    server_stop(service);
}

static void token_that_was_replaced_meanwhile_is_not_passed_on(void)
{
    server *service = server_start(gossip, "stale");
    listener its;
    i2v_client *client = new_client(gossip_config(service, &its, FIRST_TOKEN));
    i2v_job *first = start_with_prompt(client, "the first"),
            *second = start_with_prompt(client, "the second");
    CHECK_STATUS(finish_job(first), I2V_ERROR_AUTH);
    CHECK_STATUS(finish_job(second), I2V_ERROR_INVALID_REQUEST);
    CHECK_INT(server_count(service, "Authorization: Bearer " SECOND_TOKEN), 1);
    look_through(first, FIRST_TOKEN);
    look_through(first, SECOND_TOKEN);
    look_through(second, FIRST_TOKEN);
    look_through(second, SECOND_TOKEN);
    CHECK_INT(its.leaks, 0);
    i2v_job_release(first);
    i2v_job_release(second);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    server_stop(service);
}

/* libcurl quotes an address that it cannot use. The client was made before the environment had this one, so that nothing
 * else has looked at it. */
static void words_of_libcurl_do_not_tell_a_proxy(void)
{
    static const char *const addresses[] = {
        "http://user:" SECRET "@127.0.0.1:99999",
        "http://user:" SECRET "@127.0.0.1:3128 ",
        "ftp://user:" SECRET "@127.0.0.1:3128",
        "user:" SECRET "@no-such-proxy.invalid",
        "http://user:" SECRET "@",
        /* A host that is missing makes a port of the password. */
        "http://user:" SECRET,
        "user:" SECRET,
        "user:" SECRET "-and-much-more-of-it-0123456789-0123456789-0123456789-0123456789-0123456789-0123456789-0123456789"
        "-0123456789-0123456789-0123456789-0123456789-0123456789-0123456789-0123456789-0123456789-0123456789-0123456789",
    };
    size_t index;
    for (index = 0; index < sizeof addresses / sizeof *addresses; index++) {
        i2v_config *config = i2v_config_create();
        listener its;
        i2v_client *client;
        i2v_job *job;
        memset(&its, 0, sizeof its);
        its.secret = SECRET;
        i2v_config_set_api_key(config, "sandbox-key");
        i2v_config_set_base_url(config, "http://service.invalid");
        i2v_config_set_log(config, I2V_LOG_DEBUG, listen_to_log, &its);
        client = new_client(config);
        setenv("http_proxy", addresses[index], 1);
        job = start_job(client, new_request(), NULL);
        CHECK(finish_job(job) != I2V_OK);
        look_through(job, SECRET);
        CHECK(its.lines > 0);
        CHECK_INT(its.leaks, 0);
        i2v_job_release(job);
        CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
        unsetenv("http_proxy");
    }
}

static void refused_webhook_does_not_tell_the_secret(void)
{
    static const char body[] = "{\"signature\":\"x\",\"dataEncrypt\":\"x\",\"timestamp\":1,\"nonce\":1}";
    static const char *const secrets[] = {SECRET, SECRET "-", "hush"};
    size_t index;
    for (index = 0; index < 3; index++) {
        i2v_webhook_event *event = NULL;
        i2v_error *error = NULL;
        CHECK(i2v_webhook_open("an-id", secrets[index], (const uint8_t *)body, sizeof body - 1, -1, &event,
                               &error)
              != I2V_OK);
        CHECK_LACKS(i2v_error_get_message(error), "hush");
        look_for("hush", i2v_error_get_json(error));
        i2v_error_destroy(error);
    }
}

void suite_secrets(void)
{
    RUN(log_tells_the_story_without_credentials);
    RUN(log_keeps_to_its_level);
    RUN(echoed_credentials_are_not_passed_on);
    RUN(echoed_credentials_in_other_spellings_are_not_passed_on);
    RUN(refused_credentials_are_not_repeated);
    RUN(credentials_stay_out_of_addresses_and_bodies);
    RUN(tokens_and_client_secrets_are_not_passed_on);
    RUN(refused_login_does_not_tell_the_secret);
    RUN(token_that_was_replaced_meanwhile_is_not_passed_on);
    RUN(words_of_libcurl_do_not_tell_a_proxy);
    RUN(refused_webhook_does_not_tell_the_secret);
}
