/* Redirects: followed for videos, without credentials; never followed for the API. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#define MOVED "a video, or so the server says"

static bool serve_video(server *server, int descriptor, const char *request, int connection)
{
    (void)server;
    (void)connection;
    if (strstr(request, "GET /moved.mp4 "))
        server_reply(descriptor, "200 OK", "Content-Type: video/mp4\r\n",
                     MOVED);
    else server_json(descriptor, "{\"code\":1000,\"data\":{\"_id\":\"x\",\"status\":1}}");
    return true;
}

static void redirect_fault(const char *route, int status, const char *url, const char *path)
{
    char fault[512];
    snprintf(fault, sizeof fault,
             "[{\"route\":\"%s\",\"times\":-1,\"reply\":{\"status\":%d,\"headers\":{\"Location\":\"%s%s\"},"
             "\"body\":\"\"}}]",
             route, status, url, path);
    sandbox_faults(fault);
}

static void video_may_move_to_another_host_without_credentials(void)
{
    static const int statuses[] = {301, 302, 303, 307, 308};
    size_t index;
    for (index = 0; index < sizeof statuses / sizeof *statuses; index++) {
        server *server = server_start(serve_video, NULL);
        i2v_client *client = sandbox_client();
        const char *target = temp_path("moved.mp4");
        i2v_job *job;
        json_t *requests, *request;
        size_t number;
        redirect_fault("video", statuses[index], server_url(server), "/moved.mp4");
        job = run_job(client, new_request_to(target), NULL, I2V_OK);
        CHECK_INT(file_size(target), strlen(MOVED));
        CHECK_INT(server_count(server, "GET /moved.mp4"), 1);
        CHECK_INT(server_count(server, "sandbox-key"), 0);
        CHECK_INT(server_count(server, "x-api-key"), 0);
        CHECK_INT(server_count(server, "uthorization"), 0);

        /* The first host of the video gets none either. */
        requests = sandbox_requests("video");
        CHECK(json_array_size(requests) >= 1);
        json_array_foreach(requests, number, request)
        {
            CHECK_TEXT(recorded_header(request, "x-api-key"), NULL);
            CHECK_TEXT(recorded_header(request, "authorization"), NULL);
        }
        json_decref(requests);
        remove(target);
        i2v_job_release(job);
        i2v_client_destroy(client);
        server_stop(server);
    }
}

static void bearer_token_stays_with_the_api_too(void)
{
    server *server = server_start(serve_video, NULL);
    i2v_config *config = i2v_config_create();
    i2v_client *client;
    i2v_job *job;
    i2v_config_set_bearer_token(config, "sandbox-token");
    i2v_config_set_base_url(config, sandbox_url());
    i2v_config_set_proxy(config, "");
    i2v_config_set_poll_interval(config, 20, 60);
    client = new_client(config);
    redirect_fault("video", 302, server_url(server), "/moved.mp4");
    job = run_job(client, new_request_to(temp_path("bearer.mp4")), NULL, I2V_OK);
    CHECK_INT(server_count(server, "GET /moved.mp4"), 1);
    CHECK_INT(server_count(server, "uthorization"), 0);
    CHECK_INT(server_count(server, "sandbox-token"), 0);
    i2v_job_release(job);
    i2v_client_destroy(client);
    server_stop(server);
}

static void api_is_not_followed_elsewhere(void)
{
    static const int statuses[] = {301, 302, 303, 307, 308};
    size_t index;
    for (index = 0; index < sizeof statuses / sizeof *statuses; index++) {
        server *server = server_start(serve_video, NULL);
        i2v_client *client = sandbox_client();
        i2v_job *job;
        i2v_error *error;
        redirect_fault("create", statuses[index], server_url(server), "/elsewhere");
        job = run_job(client, new_request(), NULL, I2V_ERROR_OUTCOME_UNKNOWN);
        error = i2v_job_copy_error(job);
        CHECK_INT(i2v_error_get_http_status(error), statuses[index]);
        i2v_error_destroy(error);
        CHECK_INT(server_count(server, ""), 0);
        i2v_job_release(job);
        i2v_client_destroy(client);
        server_stop(server);
    }
}

static void polls_are_not_followed_elsewhere(void)
{
    server *server = server_start(serve_video, NULL);
    i2v_client *client = sandbox_client();
    i2v_request *request = new_request();
    i2v_job *job;
    i2v_request_set_deadline(request, enough());
    redirect_fault("results", 307, server_url(server), "/elsewhere");
    job = run_job(client, request, NULL, I2V_ERROR_DEADLINE);
    CHECK_INT(server_count(server, ""), 0);
    i2v_job_release(job);
    i2v_client_destroy(client);
    server_stop(server);
}

static void video_does_not_move_in_circles(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job;
    redirect_fault("video", 302, "", "/videos/again.mp4");
    job = run_job(client, new_request_to(temp_path("circle.mp4")), NULL, I2V_ERROR_HTTP);
    CHECK_BETWEEN(sandbox_count("video"), 2, 60);
    CHECK(!file_exists(temp_path("circle.mp4")) && !file_exists(temp_path("circle.mp4.part")));
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void video_does_not_move_to_a_file(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job;
    redirect_fault("video", 302, "", "file:///etc/passwd");
    job = start_job(client, new_request_to(temp_path("passwd.mp4")), NULL);
    CHECK(finish_job(job) != I2V_OK);
    CHECK(!file_exists(temp_path("passwd.mp4")) && !file_exists(temp_path("passwd.mp4.part")));
    i2v_job_release(job);
    i2v_client_destroy(client);
}

void suite_redirect(void)
{
    RUN(video_may_move_to_another_host_without_credentials);
    RUN(bearer_token_stays_with_the_api_too);
    RUN(api_is_not_followed_elsewhere);
    RUN(polls_are_not_followed_elsewhere);
    RUN(video_does_not_move_in_circles);
    RUN(video_does_not_move_to_a_file);
}
