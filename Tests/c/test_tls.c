/* Certificates: which are refused and with what words, and how one of a private authority is accepted. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is wrong with a certificate, and a word of the message that names it. */
static const struct {
    const char *certificate;
    bool knows_authority;
    const char *word;
} refusals[] = {
    {"elsewhere", true, "another host"},
    {"alone", true, "signed it itself"},
    {"expired", true, "it has expired"},
    {"stranger", true, "nobody trusted here issued it"},
    {"good", false, "nobody trusted here issued it"},
};

enum { REFUSALS = sizeof refusals / sizeof *refusals };

static i2v_client *tls_client(const char *url, bool knows_authority)
{
    i2v_config *config = new_config(url);
    if (knows_authority) CHECK_STATUS(i2v_config_set_ca_file(config, authority_file()), I2V_OK);
    return new_client(config);
}

/* Consumes an error of a refused certificate; its message goes to a place of its own. */
static void check_refusal(i2v_error *error, const char *word, char message[512])
{
    CHECK_STATUS(i2v_error_get_status(error), I2V_ERROR_TLS);
    CHECK_CONTAINS(i2v_error_get_message(error), "certificate");
    CHECK_CONTAINS(i2v_error_get_message(error), word);
    CHECK(i2v_error_get_charge(error) != I2V_CHARGE_POSSIBLE);
    CHECK(!i2v_error_get_retryable(error));
    CHECK_INT(i2v_error_get_http_status(error), 0);
    snprintf(message, 512, "%s", i2v_error_get_message(error));
    i2v_error_destroy(error);
}

/* The first four must differ; the fifth is the fourth seen by a client that trusts the system alone. */
static void check_messages_differ(char messages[REFUSALS][512])
{
    int left, right;
    for (left = 0; left < 4; left++)
        for (right = 0; right < left; right++) CHECK(strcmp(messages[left], messages[right]) != 0);
}

static void refused_certificate_stops_a_create(void)
{
    char messages[REFUSALS][512];
    size_t index;
    for (index = 0; index < REFUSALS; index++) {
        front *front = front_start(refusals[index].certificate, sandbox_url());
        i2v_client *client = tls_client(front_url(front), refusals[index].knows_authority);
        watch watched = {0};
        i2v_job *job = run_job(client, new_request(), &watched, I2V_ERROR_TLS);
        i2v_error *error = i2v_job_copy_error(job);
        CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_NONE);
        check_refusal(error, refusals[index].word, messages[index]);
        CHECK_TEXT(watched.order, "D");
        CHECK_INT(front_heard(front), 0);
        i2v_job_release(job);
        CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
        front_stop(front);
    }
    check_messages_differ(messages);
    CHECK_INT(sandbox_count("create"), 0);
}

static void refused_certificate_stops_a_query(void)
{
    char messages[REFUSALS][512];
    size_t index;
    for (index = 0; index < REFUSALS; index++) {
        front *front = front_start(refusals[index].certificate, sandbox_url());
        i2v_client *client = tls_client(front_url(front), refusals[index].knows_authority);
        i2v_query *query = NULL;
        i2v_error *error;
        CHECK_STATUS(i2v_client_query_credits(client, slack(HANG), NULL, NULL, &query, NULL), I2V_OK);
        CHECK_STATUS(i2v_query_wait(query, slack(HANG), NULL), I2V_ERROR_TLS);
        /* What stays wrong is not tried again and again. */
        CHECK_INT(front_connections(front), 1);
        error = i2v_query_copy_error(query);
        CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_NONE);
        check_refusal(error, refusals[index].word, messages[index]);
        CHECK_INT(front_heard(front), 0);
        i2v_query_release(query);
        CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
        front_stop(front);
    }
    check_messages_differ(messages);
}

/* An API whose finished videos lie at the address that is its state; the videos themselves as well. */
static bool serve_all(server *server, int descriptor, const char *request, int connection)
{
    char body[512];
    (void)connection;
    if (strstr(request, "GET /moved ")) {
        snprintf(body, sizeof body, "Location: %s/v.mp4\r\n", server_url(server));
        server_reply(descriptor, "302 Found", body, "");
    } else if (strstr(request, "GET /v.mp4 ")) {
        server_reply(descriptor, "200 OK", "Content-Type: video/mp4\r\n", "a video, or so it says");
    } else if (strstr(request, "/resultsByIds ")) {
        snprintf(body, sizeof body,
                 "{\"code\":1000,\"data\":{\"result\":[{\"_id\":\"a\",\"status\":3,\"video_url\":\"%s\"}]}}",
                 *(char **)server_state(server));
        server_json(descriptor, body);
    } else {
        server_json(descriptor, "{\"code\":1000,\"data\":{\"_id\":\"a\",\"status\":1}}");
    }
    return true;
}

static void refused_certificate_stops_a_download(void)
{
    char messages[REFUSALS][512];
    size_t index;
    for (index = 0; index < REFUSALS; index++) {
        char url[128], *address = url;
        server *service = server_start(serve_all, &address);
        front *front = front_start(refusals[index].certificate, server_url(service));
        i2v_client *client = tls_client(server_url(service), refusals[index].knows_authority);
        i2v_job *job;
        snprintf(url, sizeof url, "%s/v.mp4", front_url(front));
        job = run_job(client, new_request_to(temp_path("refused.mp4")), NULL, I2V_ERROR_TLS);
        check_refusal(i2v_job_copy_error(job), refusals[index].word, messages[index]);
        CHECK_TEXT(i2v_job_get_id(job), "a");
        CHECK_INT(front_heard(front), 0);
        CHECK_INT(server_count(service, "/v.mp4"), 0);
        CHECK(!file_exists(temp_path("refused.mp4")));
        i2v_job_release(job);
        CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
        front_stop(front);
        server_stop(service);
    }
    check_messages_differ(messages);
}

/* Between the client and an https proxy there is TLS, too: what is wrong there is not said of the server. */
static void refused_certificate_of_a_proxy_is_told_as_that(void)
{
    static const char *const certificates[] = {"stranger", "elsewhere", "expired", "alone"};
    size_t index;
    for (index = 0; index < sizeof certificates / sizeof *certificates; index++) {
        front *front = front_start(certificates[index], sandbox_url());
        i2v_config *config = new_config("https://127.0.0.1:9");
        i2v_client *client;
        i2v_job *job;
        i2v_error *error;
        i2v_config_set_ca_file(config, authority_file());
        i2v_config_set_proxy(config, front_url(front));
        client = new_client(config);
        job = run_job(client, new_request(), NULL, I2V_ERROR_TLS);
        error = i2v_job_copy_error(job);
        CHECK_CONTAINS(i2v_error_get_message(error), "the proxy's certificate");
        CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_NONE);
        CHECK_INT(front_heard(front), 0);
        i2v_error_destroy(error);
        i2v_job_release(job);
        CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
        front_stop(front);
    }
}

static void private_authority_is_accepted(void)
{
    /* The API over TLS, and the video too. */
    char url[128], *address = url;
    server *service = server_start(serve_all, &address);
    front *front = front_start("good", server_url(service));
    i2v_client *client = tls_client(front_url(front), true);
    i2v_query *query = NULL;
    i2v_job *job;
    char *saved;
    snprintf(url, sizeof url, "%s/v.mp4", front_url(front));
    job = run_job(client, new_request_to(temp_path("private.mp4")), NULL, I2V_OK);
    saved = read_file(temp_path("private.mp4"));
    CHECK_TEXT(saved, "a video, or so it says");
    free(saved);
    CHECK(front_heard(front) > 300);
    CHECK_STATUS(i2v_client_query_credits(client, slack(HANG), NULL, NULL, &query, NULL), I2V_OK);
    CHECK(i2v_query_wait(query, -1, NULL) != I2V_ERROR_TLS);
    i2v_query_release(query);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    front_stop(front);
    server_stop(service);
}

static void private_authority_is_accepted_by_the_sandbox_and_by_name(void)
{
    front *front = front_start("good", sandbox_url());
    char url[64];
    i2v_client *client;
    snprintf(url, sizeof url, "https://localhost%s", strrchr(front_url(front), ':'));
    client = tls_client(url, true);
    i2v_job_release(run_job(client, new_request(), NULL, I2V_OK));
    CHECK_INT(sandbox_count("creates_processed"), 1);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    front_stop(front);
}

static void wrong_file_of_authorities_is_named(void)
{
    static const char *const files[] = {"no-such-file.pem", "no-certificates.pem"};
    front *front = front_start("good", sandbox_url());
    size_t index;
    write_file(temp_path(files[1]), "nothing of use\n");
    for (index = 0; index < 2; index++) {
        i2v_config *config = new_config(front_url(front));
        i2v_client *client;
        i2v_job *job;
        i2v_error *error;
        i2v_config_set_ca_file(config, temp_path(files[index]));
        client = new_client(config);
        job = run_job(client, new_request(), NULL, I2V_ERROR_TLS);
        error = i2v_job_copy_error(job);
        CHECK_CONTAINS(i2v_error_get_message(error), files[index]);
        CHECK_CONTAINS(i2v_error_get_message(error), "ca_file");
        CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_NONE);
        i2v_error_destroy(error);
        i2v_job_release(job);
        CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    }
    CHECK_INT(front_heard(front), 0);
    CHECK_INT(sandbox_count("create"), 0);
    front_stop(front);
}

static void video_does_not_move_to_plain_http(void)
{
    char url[128], *address = url;
    server *service = server_start(serve_all, &address);
    front *front = front_start("good", server_url(service));
    i2v_client *client = tls_client(front_url(front), true);
    i2v_job *job;
    snprintf(url, sizeof url, "%s/moved", front_url(front));
    job = run_job(client, new_request_to(temp_path("downgraded.mp4")), NULL, I2V_ERROR_PROTOCOL);
    CHECK(!file_exists(temp_path("downgraded.mp4")));
    CHECK_INT(server_count(service, "GET /v.mp4 "), 0);
    /* The key went to the API alone: with the create and with each look. */
    CHECK_INT(server_count(service, "sandbox-key"), server_count(service, "POST "));
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    front_stop(front);
    server_stop(service);
}

void suite_tls(void)
{
    RUN(refused_certificate_stops_a_create);
    RUN(refused_certificate_stops_a_query);
    RUN(refused_certificate_stops_a_download);
    RUN(refused_certificate_of_a_proxy_is_told_as_that);
    RUN(private_authority_is_accepted);
    RUN(private_authority_is_accepted_by_the_sandbox_and_by_name);
    RUN(wrong_file_of_authorities_is_named);
    RUN(video_does_not_move_to_plain_http);
}
