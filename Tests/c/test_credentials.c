/* Client id and secret: one token for all, a new one when the service calls it expired, and never two
 * credentials; and the environment, when a host asks for it. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SANDBOX_ID "sandbox-client-id"
#define SANDBOX_SECRET "sandbox-client-secret-24"

static i2v_config *login_config(const char *url, const char *secret)
{
    i2v_config *config = i2v_config_create();
    CHECK_STATUS(i2v_config_set_client_credentials(config, SANDBOX_ID, secret), I2V_OK);
    i2v_config_set_base_url(config, url);
    i2v_config_set_proxy(config, "");
    i2v_config_set_poll_interval(config, 20, 60);
    return config;
}

static i2v_client *login_client(void) { return new_client(login_config(sandbox_url(), SANDBOX_SECRET)); }

/* Every API request that the sandbox recorded carries one credential; the login and the files carry none. */
static void one_credential_each(void)
{
    static const char *const with[] = {"create", "batch", "results", "effects",
                                       "models", "audio", "delete",  "credits"};
    static const char *const without[] = {"token", "video"};
    size_t index, number;
    json_t *requests, *request;
    for (index = 0; index < sizeof with / sizeof *with; index++) {
        requests = sandbox_requests(with[index]);
        json_array_foreach(requests, number, request)
        {
            const char *token = recorded_header(request, "authorization");
            CHECK(token && strncmp(token, "Bearer sandbox.", 15) == 0);
            CHECK_TEXT(recorded_header(request, "x-api-key"), NULL);
        }
        json_decref(requests);
    }
    for (index = 0; index < sizeof without / sizeof *without; index++) {
        requests = sandbox_requests(without[index]);
        json_array_foreach(requests, number, request)
        {
            CHECK_TEXT(recorded_header(request, "authorization"), NULL);
            CHECK_TEXT(recorded_header(request, "x-api-key"), NULL);
        }
        json_decref(requests);
    }
}

static i2v_status ask_credits(i2v_client *client)
{
    i2v_query *query = NULL;
    i2v_status status = i2v_client_query_credits(client, slack(HANG), NULL, NULL, &query, NULL);
    if (status == I2V_OK) status = i2v_query_wait(query, -1, NULL);
    i2v_query_release(query);
    return status;
}

static void token_is_fetched_once_for_all(void)
{
    i2v_client *client = login_client();
    i2v_job *jobs[4];
    json_t *requests;
    const char *ids[1];
    i2v_query *query = NULL;
    int index;

    for (index = 0; index < 4; index++) jobs[index] = start_job(client, new_request(), NULL);
    for (index = 0; index < 4; index++) CHECK_STATUS(finish_job(jobs[index]), I2V_OK);
    CHECK_STATUS(i2v_job_fetch(jobs[0], temp_path("token.mp4"), false, NULL, NULL, NULL), I2V_OK);
    CHECK_STATUS(finish_job(jobs[0]), I2V_OK);
    CHECK_STATUS(ask_credits(client), I2V_OK);
    ids[0] = i2v_job_get_id(jobs[0]);
    CHECK_STATUS(i2v_client_delete_videos(client, ids, 1, false, 5000, NULL, NULL, &query, NULL), I2V_OK);
    CHECK_STATUS(i2v_query_wait(query, -1, NULL), I2V_OK);
    CHECK_INT(sandbox_count("token"), 1);
    CHECK_INT(sandbox_count("creates_processed"), 4);
    requests = sandbox_requests("token");
    CHECK_TEXT(
        json_string_value(json_object_get(json_object_get(json_array_get(requests, 0), "body"), "clientId")),
        SANDBOX_ID);
    CHECK_TEXT(json_string_value(
                   json_object_get(json_object_get(json_array_get(requests, 0), "body"), "clientSecret")),
               SANDBOX_SECRET);
    json_decref(requests);
    one_credential_each();
    i2v_query_release(query);
    for (index = 0; index < 4; index++) i2v_job_release(jobs[index]);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void creating_a_client_fetches_no_token(void)
{
    i2v_client *client = login_client();
    sleep_ms(50);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    CHECK_INT(sandbox_count("token"), 0);
}

static void expired_token_is_renewed_once(void)
{
    i2v_client *client = login_client();
    i2v_job *job = run_job(client, new_request(), NULL, I2V_OK);
    i2v_job_release(job);
    sandbox_expire_tokens();
    /* The create that met the expired token was refused, so sending it again pays nothing twice. */
    job = run_job(client, new_request(), NULL, I2V_OK);
    i2v_job_release(job);
    CHECK_INT(sandbox_count("token"), 2);
    CHECK_INT(sandbox_count("create"), 3);
    CHECK_INT(sandbox_count("creates_processed"), 2);
    sandbox_expire_tokens();
    CHECK_STATUS(ask_credits(client), I2V_OK);
    CHECK_INT(sandbox_count("token"), 3);
    CHECK_INT(sandbox_count("credits"), 2);
    one_credential_each();
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void many_that_meet_an_expired_token_share_the_new_one(void)
{
    enum { JOBS = 12 };
    i2v_client *client = login_client();
    i2v_job *jobs[JOBS];
    int index;
    CHECK_STATUS(ask_credits(client), I2V_OK);
    sandbox_expire_tokens();
    for (index = 0; index < JOBS; index++) jobs[index] = start_job(client, new_request(), NULL);
    for (index = 0; index < JOBS; index++) {
        CHECK_STATUS(finish_job(jobs[index]), I2V_OK);
        i2v_job_release(jobs[index]);
    }
    CHECK_INT(sandbox_count("token"), 2);
    CHECK_INT(sandbox_count("creates_processed"), JOBS);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void token_that_is_never_accepted_is_renewed_no_more_than_once(void)
{
    static const char *const refusals[] = {
        "{\"route\":\"create\",\"code\":1101,\"msg\":\"illegal token or expired token\",\"times\":-1}",
        "{\"route\":\"create\",\"reply\":{\"status\":401,\"body\":\"<html>no</html>\"},\"times\":-1}",
    };
    size_t index;
    for (index = 0; index < 2; index++) {
        i2v_client *client = login_client();
        i2v_job *job;
        i2v_error *error;
        char rules[256];
        sandbox_reset();
        snprintf(rules, sizeof rules, "[%s]", refusals[index]);
        sandbox_faults(rules);
        job = run_job(client, new_request(), NULL, I2V_ERROR_AUTH);
        error = i2v_job_copy_error(job);
        CHECK_INT(i2v_error_get_service_code(error), index == 0 ? 1101 : 0);
        CHECK_INT(i2v_error_get_http_status(error), index == 0 ? 200 : 401);
        CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_NONE);
        CHECK(!i2v_error_get_retryable(error));
        i2v_error_destroy(error);
        CHECK_INT(sandbox_count("create"), 2);
        CHECK_INT(sandbox_count("token"), 2);
        CHECK_INT(sandbox_count("creates_processed"), 0);
        i2v_job_release(job);
        CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    }
}

/* Other refusals are none of the token's business. */
static void only_a_refused_token_is_renewed(void)
{
    static const int codes[] = {1102, 1109, 1200, 1004, 1009};
    size_t index;
    i2v_client *client = login_client();
    for (index = 0; index < sizeof codes / sizeof *codes; index++) {
        char rules[64];
        snprintf(rules, sizeof rules, "[{\"route\":\"credits\",\"code\":%d,\"times\":-1}]", codes[index]);
        sandbox_faults(rules);
        CHECK(ask_credits(client) != I2V_OK);
    }
    CHECK_INT(sandbox_count("credits"), 5);
    CHECK_INT(sandbox_count("token"), 1);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void token_that_the_host_gave_is_not_renewed(void)
{
    i2v_config *config = i2v_config_create();
    i2v_client *client;
    i2v_job *job;
    i2v_config_set_bearer_token(config, "a-stale-token");
    i2v_config_set_base_url(config, sandbox_url());
    i2v_config_set_proxy(config, "");
    client = new_client(config);
    job = run_job(client, new_request(), NULL, I2V_ERROR_AUTH);
    CHECK_INT(sandbox_count("create"), 1);
    CHECK_INT(sandbox_count("token"), 0);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void refused_login_sends_nothing_else(void)
{
    i2v_client *client = new_client(login_config(sandbox_url(), "another-secret"));
    i2v_job *job = run_job(client, new_request(), NULL, I2V_ERROR_AUTH);
    i2v_error *error = i2v_job_copy_error(job);
    CHECK_INT(i2v_error_get_service_code(error), 1109);
    CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_NONE);
    CHECK_CONTAINS(i2v_error_get_message(error), "token");
    i2v_error_destroy(error);
    CHECK_STATUS(ask_credits(client), I2V_ERROR_AUTH);
    CHECK_INT(sandbox_count("token"), 2);
    CHECK_INT(sandbox_count("create"), 0);
    CHECK_INT(sandbox_count("credits"), 0);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void lost_login_costs_nothing(void)
{
    static const char *const faults[] = {
        "[{\"route\":\"token\",\"close\":true,\"times\":-1}]",
        "[{\"route\":\"token\",\"reply\":{\"status\":502,\"body\":\"<html>\"},\"times\":-1}]",
        "[{\"route\":\"token\",\"reply\":{\"status\":200,\"body\":\"{\\\"code\\\":1000,\\\"token\\\":"
        "\\\"a\\\\r\\\\n"
        "x: y\\\"}\"},\"times\":-1}]",
        "[{\"route\":\"token\",\"code\":2001,\"times\":-1}]",
    };
    static const i2v_status statuses[] = {I2V_ERROR_NETWORK, I2V_ERROR_HTTP, I2V_ERROR_PROTOCOL,
                                          I2V_ERROR_SERVER};
    i2v_client *client = login_client();
    size_t index;
    for (index = 0; index < sizeof faults / sizeof *faults; index++) {
        i2v_job *job;
        i2v_error *error;
        sandbox_faults(faults[index]);
        job = start_job(client, new_request(), NULL);
        finish_job(job);
        error = i2v_job_copy_error(job);
        CHECK_STATUS(i2v_error_get_status(error), statuses[index]);
        CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_NONE);
        i2v_error_destroy(error);
        i2v_job_release(job);
    }
    CHECK_INT(sandbox_count("create"), 0);
    sandbox_faults("[]");
    i2v_job_release(run_job(client, new_request(), NULL, I2V_OK));
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

/* A login that fails for a moment is worth another one: nothing was created yet. */
static void login_that_fails_once_fails_no_question(void)
{
    i2v_client *client = login_client();
    sandbox_faults("[{\"route\":\"token\",\"code\":1005}]");
    CHECK_STATUS(ask_credits(client), I2V_OK);
    CHECK_INT(sandbox_count("token"), 2);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void what_waits_for_a_token_was_not_sent(void)
{
    i2v_client *client = login_client();
    i2v_request *request = new_request();
    i2v_job *cancelled, *late = NULL, *last;
    i2v_error *error;
    i2v_job *all[3];
    i2v_status wanted[] = {I2V_ERROR_CANCELLED, I2V_ERROR_DEADLINE, I2V_ERROR_CANCELLED};
    int64_t begin;
    int index;

    sandbox_faults("[{\"route\":\"token\",\"hang\":true,\"times\":-1}]");
    cancelled = start_job(client, new_request(), NULL);
    i2v_request_set_deadline(request, 200);
    CHECK_STATUS(i2v_client_submit(client, request, NULL, NULL, &late, NULL), I2V_OK);
    i2v_request_destroy(request);
    last = start_job(client, new_request(), NULL);
    CHECK(sandbox_reaches("token", 1));
    CHECK_STATUS(i2v_job_cancel(cancelled), I2V_OK);
    CHECK_STATUS(finish_job(cancelled), I2V_ERROR_CANCELLED);
    CHECK_STATUS(finish_job(late), I2V_ERROR_DEADLINE);
    begin = now_ms();
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    CHECK_LASTED(begin, 0);
    all[0] = cancelled;
    all[1] = late;
    all[2] = last;
    for (index = 0; index < 3; index++) {
        error = i2v_job_copy_error(all[index]);
        CHECK_STATUS(i2v_error_get_status(error), wanted[index]);
        CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_NONE);
        i2v_error_destroy(error);
        i2v_job_release(all[index]);
    }
    CHECK_INT(sandbox_count("token"), 1);
    CHECK_INT(sandbox_count("create"), 0);
}

/* Plays a login in the shape its state gives, and a balance for the token "abc" alone. */
static bool log_in(server *server, int descriptor, const char *request, int connection)
{
    (void)connection;
    if (strstr(request, "/getToken ")) server_json(descriptor, server_state(server));
    else if (strstr(request, "Authorization: Bearer abc\r\n") && !strstr(request, "x-api-key"))
        server_json(descriptor, "{\"code\":\"1000\",\"data\":{\"credit\":5}}");
    else server_json(descriptor, "{\"code\":1101}");
    return true;
}

static void token_is_found_where_it_has_been_seen(void)
{
    static const char *const shapes[] = {
        "{\"code\":1000,\"token\":\"abc\"}",
        "{\"code\":1000,\"msg\":\"OK\",\"data\":{\"token\":\"abc\"}}",
        "{\"code\":\"1000\",\"token\":\"abc\"}",
        "{\"code\":1000,\"token\":null,\"data\":{\"token\":\"abc\"}}",
    };
    size_t index;
    for (index = 0; index < sizeof shapes / sizeof *shapes; index++) {
        server *service = server_start(log_in, (void *)shapes[index]);
        i2v_client *client = new_client(login_config(server_url(service), "secret"));
        CHECK_STATUS(ask_credits(client), I2V_OK);
        CHECK_INT(server_count(service, "POST /api/open/v3/getToken "), 1);
        CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
        server_stop(service);
    }
}

static void creation_fails_with(i2v_config *config, const char *field)
{
    i2v_client *client = NULL;
    i2v_error *error = NULL;
    CHECK_STATUS(i2v_client_create(config, &client, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK(client == NULL);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, field);
    i2v_client_destroy(client);
}

static void client_credentials_are_checked(void)
{
    static const struct {
        const char *id, *secret, *field;
    } bad[] = {
        {NULL, "s", "client_id"},     {"", "s", "client_id"},     {"a\xff", "s", "client_id"},
        {"i", NULL, "client_secret"}, {"i", "", "client_secret"}, {"i", "a\xc3", "client_secret"},
        {NULL, NULL, "client_id"},
    };
    i2v_config *config = i2v_config_create();
    size_t index;
    CHECK_STATUS(i2v_config_set_client_credentials(NULL, "i", "s"), I2V_ERROR_INVALID_ARGUMENT);
    for (index = 0; index < sizeof bad / sizeof *bad; index++) {
        CHECK_STATUS(i2v_config_set_client_credentials(config, bad[index].id, bad[index].secret),
                     I2V_ERROR_INVALID_ARGUMENT);
        creation_fails_with(config, bad[index].field);
    }
    /* Unlike a key they go into no header: any text will do. */
    CHECK_STATUS(i2v_config_set_client_credentials(config, "i d\n", "s\"\\\x01 \xc3\xa9"), I2V_OK);
    i2v_client_destroy(new_client(config));
}

static void one_kind_of_credential_is_taken(void)
{
    i2v_config *config = i2v_config_create();
    i2v_config_set_client_credentials(config, "i", "s");
    i2v_config_set_api_key(config, "k");
    creation_fails_with(config, "client_secret");
    i2v_config_destroy(config);
    config = i2v_config_create();
    i2v_config_set_client_credentials(config, "i", "s");
    i2v_config_set_bearer_token(config, "t");
    creation_fails_with(config, "client_secret");
    i2v_config_destroy(config);
}

/* ---- The environment ---- */

static void clear_environment(void)
{
    unsetenv("AKOOL_API_KEY");
    unsetenv("AKOOL_CLIENT_ID");
    unsetenv("AKOOL_CLIENT_SECRET");
    unsetenv("AKOOL_BASE_URL");
}

static i2v_config *bare_config(void)
{
    i2v_config *config = i2v_config_create();
    i2v_config_set_proxy(config, "");
    i2v_config_set_poll_interval(config, 20, 60);
    return config;
}

static void environment_is_read_when_asked(void)
{
    i2v_config *config = bare_config();
    i2v_client *client;
    json_t *requests;

    clear_environment();
    setenv("AKOOL_API_KEY", "sandbox-key", 1);
    setenv("AKOOL_BASE_URL", sandbox_url(), 1);
    /* Half of the other pair does not matter when there is a key. */
    setenv("AKOOL_CLIENT_ID", "ignored", 1);
    creation_fails_with(config, "api_key");
    CHECK_STATUS(i2v_config_load_environment(config), I2V_OK);
    clear_environment();
    client = new_client(config);
    i2v_job_release(run_job(client, new_request(), NULL, I2V_OK));
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    requests = sandbox_requests("create");
    CHECK_TEXT(recorded_header(json_array_get(requests, 0), "x-api-key"), "sandbox-key");
    json_decref(requests);
    CHECK_INT(sandbox_count("token"), 0);
}

static void environment_may_hold_id_and_secret(void)
{
    i2v_config *config = bare_config();
    i2v_client *client;

    clear_environment();
    setenv("AKOOL_API_KEY", "", 1);
    setenv("AKOOL_CLIENT_ID", SANDBOX_ID, 1);
    setenv("AKOOL_CLIENT_SECRET", SANDBOX_SECRET, 1);
    setenv("AKOOL_BASE_URL", sandbox_url(), 1);
    CHECK_STATUS(i2v_config_load_environment(config), I2V_OK);
    clear_environment();
    client = new_client(config);
    CHECK_STATUS(ask_credits(client), I2V_OK);
    CHECK_INT(sandbox_count("token"), 1);
    one_credential_each();
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void environment_without_anything_changes_nothing(void)
{
    i2v_config *config = new_config(NULL);
    i2v_client *client;
    clear_environment();
    setenv("AKOOL_BASE_URL", "", 1);
    CHECK_STATUS(i2v_config_load_environment(config), I2V_OK);
    clear_environment();
    client = new_client(config);
    CHECK_STATUS(ask_credits(client), I2V_OK);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void environment_with_half_of_a_pair_is_refused(void)
{
    i2v_config *config = bare_config();
    i2v_error *error = NULL;
    i2v_client *client = NULL;

    CHECK_STATUS(i2v_config_load_environment(NULL), I2V_ERROR_INVALID_ARGUMENT);
    clear_environment();
    setenv("AKOOL_CLIENT_ID", "id", 1);
    CHECK_STATUS(i2v_config_load_environment(config), I2V_ERROR_INVALID_ARGUMENT);
    setenv("AKOOL_CLIENT_SECRET", "", 1);
    CHECK_STATUS(i2v_config_load_environment(config), I2V_ERROR_INVALID_ARGUMENT);
    clear_environment();
    setenv("AKOOL_CLIENT_SECRET", "hush-hush", 1);
    CHECK_STATUS(i2v_config_load_environment(config), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_client_create(config, &client, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_LACKS(i2v_error_get_message(error), "hush");
    CHECK_CONTAINS(i2v_error_get_message(error), "AKOOL_CLIENT_ID");
    i2v_error_destroy(error);
    setenv("AKOOL_CLIENT_ID", "id", 1);
    CHECK_STATUS(i2v_config_load_environment(config), I2V_OK);
    clear_environment();
    i2v_client_destroy(new_client(config));
}

static void environment_is_checked_like_what_is_set(void)
{
    static const char *const bad[] = {"a\nb", "\x7f", "a\xff"};
    size_t index;
    for (index = 0; index < sizeof bad / sizeof *bad; index++) {
        i2v_config *config = bare_config();
        i2v_client *client = NULL;
        clear_environment();
        setenv("AKOOL_API_KEY", bad[index], 1);
        CHECK_STATUS(i2v_config_load_environment(config), I2V_ERROR_INVALID_ARGUMENT);
        CHECK_STATUS(i2v_client_create(config, &client, NULL), I2V_ERROR_INVALID_ARGUMENT);
        clear_environment();
        i2v_config_destroy(config);
    }
    {
        i2v_config *config = bare_config();
        setenv("AKOOL_API_KEY", "key", 1);
        setenv("AKOOL_BASE_URL", "ftp://elsewhere", 1);
        i2v_config_load_environment(config);
        clear_environment();
        creation_fails_with(config, "base_url");
        i2v_config_destroy(config);
    }
}

static void environment_does_not_add_to_what_is_set(void)
{
    i2v_config *config = bare_config();
    clear_environment();
    i2v_config_set_bearer_token(config, "t");
    setenv("AKOOL_API_KEY", "k", 1);
    CHECK_STATUS(i2v_config_load_environment(config), I2V_OK);
    clear_environment();
    creation_fails_with(config, "bearer_token");
    i2v_config_destroy(config);
}

void suite_credentials(void)
{
    RUN(token_is_fetched_once_for_all);
    RUN(creating_a_client_fetches_no_token);
    RUN(expired_token_is_renewed_once);
    RUN(many_that_meet_an_expired_token_share_the_new_one);
    RUN(token_that_is_never_accepted_is_renewed_no_more_than_once);
    RUN(only_a_refused_token_is_renewed);
    RUN(token_that_the_host_gave_is_not_renewed);
    RUN(refused_login_sends_nothing_else);
    RUN(lost_login_costs_nothing);
    RUN(login_that_fails_once_fails_no_question);
    RUN(what_waits_for_a_token_was_not_sent);
    RUN(token_is_found_where_it_has_been_seen);
    RUN(client_credentials_are_checked);
    RUN(one_kind_of_credential_is_taken);
    RUN(environment_is_read_when_asked);
    RUN(environment_may_hold_id_and_secret);
    RUN(environment_without_anything_changes_nothing);
    RUN(environment_with_half_of_a_pair_is_refused);
    RUN(environment_is_checked_like_what_is_set);
    RUN(environment_does_not_add_to_what_is_set);
}
