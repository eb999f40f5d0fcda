/* Fetching: later, again, and over connections that break. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void finished_job_can_be_fetched(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job = run_job(client, new_request(), NULL, I2V_OK);
    const char *target = temp_path("later.mp4");
    watch watched = {0};
    int64_t received, total;

    CHECK_STATUS(i2v_job_fetch(job, target, false, watch_event, &watched, NULL), I2V_OK);
    CHECK_INT(i2v_client_get_job_count(client), 1);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK_INT(i2v_client_get_job_count(client), 0);
    CHECK_INT(i2v_job_get_state(job), I2V_JOB_SAVED);
    CHECK_TEXT(i2v_job_get_path(job), target);
    CHECK_CONTAINS(watched.order, "P");
    CHECK_INT(watched.done, 1);
    CHECK_INT(watched.state, I2V_JOB_SAVED);
    CHECK(is_mp4(target));
    i2v_job_get_progress(job, &received, &total);
    CHECK_INT(received, file_size(target));
    CHECK_INT(sandbox_count("create"), 1);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void saved_job_can_be_fetched_again(void)
{
    i2v_client *client = sandbox_client();
    const char *first = temp_path("first.mp4"), *second = temp_path("second.mp4");
    i2v_job *job = run_job(client, new_request_to(first), NULL, I2V_OK);
    i2v_error *error = NULL;
    const char *path = i2v_job_get_path(job);

    CHECK_STATUS(i2v_job_fetch(job, second, false, NULL, NULL, NULL), I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK(is_mp4(first) && is_mp4(second));
    CHECK_TEXT(i2v_job_get_path(job), second);
    /* A path that was borrowed stays readable. */
    CHECK_TEXT(path, first);

    CHECK_STATUS(i2v_job_fetch(job, second, false, NULL, NULL, &error), I2V_ERROR_FILE_EXISTS);
    CHECK_ERROR(&error, I2V_ERROR_FILE_EXISTS, NULL);
    CHECK_INT(i2v_job_get_state(job), I2V_JOB_SAVED);
    CHECK_INT(i2v_client_get_job_count(client), 0);

    write_file(second, "old");
    CHECK_STATUS(i2v_job_fetch(job, second, true, NULL, NULL, NULL), I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK(is_mp4(second));
    CHECK_INT(sandbox_count("create"), 1);
    CHECK_INT(sandbox_count("video"), 3);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void unfinished_job_cannot_be_fetched(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job;
    i2v_error *error = NULL;
    watch watched = {0};
    sandbox_faults(FAULT_NEVER_FINISHED);
    job = start_job(client, new_request(), NULL);
    CHECK_STATUS(i2v_job_fetch(job, temp_path("no.mp4"), false, watch_event, &watched, &error),
                 I2V_ERROR_INVALID_STATE);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_STATE, NULL);
    CHECK(reach_state(client, job, I2V_JOB_WAITING));
    CHECK_STATUS(i2v_job_fetch(job, temp_path("no.mp4"), false, watch_event, &watched, NULL),
                 I2V_ERROR_INVALID_STATE);
    CHECK_STATUS(i2v_job_cancel(job), I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_ERROR_CANCELLED);
    /* It failed without an address of its video. */
    CHECK_STATUS(i2v_job_fetch(job, temp_path("no.mp4"), false, watch_event, &watched, NULL),
                 I2V_ERROR_INVALID_STATE);
    CHECK_TEXT(watched.order, "");
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void job_is_fetched_once_at_a_time(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job = run_job(client, new_request(), NULL, I2V_OK);
    watch first = {0}, second = {0};
    sandbox_faults("[{\"route\":\"video\",\"latency_ms\":300}]");
    CHECK_STATUS(i2v_job_fetch(job, temp_path("once.mp4"), false, watch_event, &first, NULL), I2V_OK);
    CHECK_STATUS(i2v_job_fetch(job, temp_path("twice.mp4"), false, watch_event, &second, NULL),
                 I2V_ERROR_INVALID_STATE);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK_INT(first.done, 1);
    CHECK_TEXT(second.order, "");
    CHECK(is_mp4(temp_path("once.mp4")) && !file_exists(temp_path("twice.mp4")));
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void text_for_a_path_is_checked(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job = run_job(client, new_request(), NULL, I2V_OK);
    i2v_error *error = NULL;
    CHECK_STATUS(i2v_job_fetch(job, "a\xff.mp4", false, NULL, NULL, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "path");
    CHECK_STATUS(i2v_job_fetch(job, "", false, NULL, NULL, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, NULL);
    CHECK_STATUS(i2v_job_fetch(job, temp_path("folder/"), false, NULL, NULL, &error),
                 I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, NULL);
    CHECK_INT(i2v_job_get_state(job), I2V_JOB_COMPLETED);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void missing_video_is_gone(void)
{
    static const char *const faults[] = {
        "[{\"route\":\"video\",\"times\":3,\"reply\":{\"status\":404,\"body\":\"<html>not found</html>\"}}]",
        "[{\"route\":\"video\",\"times\":3,\"reply\":{\"status\":403,\"body\":\"<Error>expired</Error>\"}}]",
        "[{\"route\":\"video\",\"times\":3,\"reply\":{\"status\":410,\"body\":\"\"}}]",
    };
    static const int statuses[] = {404, 403, 410};
    size_t index;
    for (index = 0; index < 3; index++) {
        i2v_client *client = sandbox_client();
        watch watched = {0};
        i2v_job *job;
        i2v_error *error;
        sandbox_faults(faults[index]);
        job = run_job(client, new_request_to(temp_path("gone.mp4")), &watched, I2V_ERROR_VIDEO_GONE);
        CHECK_INT(watched.done, 1);
        CHECK_INT(i2v_job_get_state(job), I2V_JOB_FAILED);
        error = i2v_job_copy_error(job);
        CHECK_INT(i2v_error_get_http_status(error), statuses[index]);
        i2v_error_destroy(error);
        CHECK(!file_exists(temp_path("gone.mp4")) && !file_exists(temp_path("gone.mp4.part")));

        /* The address is known, so another try is possible, and costs no create. */
        CHECK_STATUS(i2v_job_fetch(job, temp_path("gone.mp4"), true, NULL, NULL, NULL), I2V_OK);
        CHECK_STATUS(finish_job(job), I2V_OK);
        CHECK(i2v_job_copy_error(job) == NULL);
        CHECK(is_mp4(temp_path("gone.mp4")));
        remove(temp_path("gone.mp4"));
        i2v_job_release(job);
        i2v_client_destroy(client);
    }
    CHECK_INT(sandbox_count("create"), 3);
}

static void broken_download_is_taken_up_again(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job;
    const char *target = temp_path("mended.mp4");
    int64_t received, total;
    sandbox_faults("[{\"route\":\"video\",\"break_after\":1000}]");
    job = run_job(client, new_request_to(target), NULL, I2V_OK);
    CHECK(is_mp4(target));
    i2v_job_get_progress(job, &received, &total);
    CHECK_INT(file_size(target), total);
    CHECK_INT(received, total);
    CHECK(!file_exists(temp_path("mended.mp4.part")));
    CHECK_INT(sandbox_count("video"), 2);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void failing_file_host_is_asked_again(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job;
    sandbox_faults("[{\"route\":\"video\",\"reply\":{\"status\":503,\"body\":\"busy\"}},"
                   "{\"route\":\"video\",\"close\":true}]");
    job = run_job(client, new_request_to(temp_path("third.mp4")), NULL, I2V_OK);
    CHECK(is_mp4(temp_path("third.mp4")));
    CHECK_INT(sandbox_count("video"), 3);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void download_that_always_breaks_leaves_no_file(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job;
    watch watched = {0};
    const char *target = temp_path("broken.mp4");
    sandbox_faults("[{\"route\":\"video\",\"times\":-1,\"break_after\":0}]");
    job = run_job(client, new_request_to(target), &watched, I2V_ERROR_NETWORK);
    CHECK_INT(watched.done, 1);
    CHECK(!file_exists(target));
    CHECK(!file_exists(temp_path("broken.mp4.part")));
    CHECK_BETWEEN(sandbox_count("video"), 2, 10);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void what_is_no_video_is_not_saved(void)
{
    static const char *const faults[] = {
        "[{\"route\":\"video\",\"times\":-1,\"reply\":{\"status\":200,\"headers\":"
        "{\"Content-Type\":\"text/html\"},\"body\":\"<html>please log in</html>\"}}]",
        "[{\"route\":\"video\",\"times\":-1,\"reply\":{\"status\":200,\"headers\":"
        "{\"Content-Type\":\"application/json\"},\"body\":\"{}\"}}]",
        "[{\"route\":\"video\",\"times\":-1,\"reply\":{\"status\":200,\"body\":\"\"}}]",
    };
    size_t index;
    for (index = 0; index < sizeof faults / sizeof *faults; index++) {
        i2v_client *client = sandbox_client();
        const char *target = temp_path("page.mp4");
        i2v_job *job;
        sandbox_faults(faults[index]);
        job = run_job(client, new_request_to(target), NULL, I2V_ERROR_PROTOCOL);
        CHECK(!file_exists(target));
        CHECK(!file_exists(temp_path("page.mp4.part")));
        i2v_job_release(job);
        i2v_client_destroy(client);
    }
}

static void address_that_is_none_of_the_web_is_not_opened(void)
{
    static const char *const addresses[] = {"file:///etc/passwd", "ftp://127.0.0.1/v.mp4", "/etc/passwd",
                                            "v.mp4"};
    size_t index;
    for (index = 0; index < sizeof addresses / sizeof *addresses; index++) {
        i2v_client *client = sandbox_client();
        const char *target = temp_path("stolen.mp4");
        char fault[256];
        i2v_job *job;
        strcpy(fault, "[{\"route\":\"results\",\"times\":-1,\"row\":{\"status\":3,\"video_url\":\"");
        strcat(fault, addresses[index]);
        strcat(fault, "\"}}]");
        sandbox_faults(fault);
        job = run_job(client, new_request_to(target), NULL, I2V_ERROR_PROTOCOL);
        CHECK(!file_exists(target));
        i2v_job_release(job);
        i2v_client_destroy(client);
    }
}

static void stalled_download_is_broken_off(void)
{
    i2v_config *config = new_config(NULL);
    i2v_client *client;
    i2v_job *job;
    int64_t start;
    CHECK_STATUS(i2v_config_set_stall_timeout(config, 1000), I2V_OK);
    client = new_client(config);
    sandbox_faults("[{\"route\":\"video\",\"hang\":true}]");
    start = now_ms();
    job = run_job(client, new_request_to(temp_path("stalled.mp4")), NULL, I2V_OK);
    CHECK_BETWEEN(now_ms() - start, 1000, slack(6000));
    CHECK(is_mp4(temp_path("stalled.mp4")));
    CHECK_INT(sandbox_count("video"), 2);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

void suite_fetch(void)
{
    RUN(finished_job_can_be_fetched);
    RUN(saved_job_can_be_fetched_again);
    RUN(unfinished_job_cannot_be_fetched);
    RUN(job_is_fetched_once_at_a_time);
    RUN(text_for_a_path_is_checked);
    RUN(missing_video_is_gone);
    RUN(broken_download_is_taken_up_again);
    RUN(failing_file_host_is_asked_again);
    RUN(download_that_always_breaks_leaves_no_file);
    RUN(what_is_no_video_is_not_saved);
    RUN(address_that_is_none_of_the_web_is_not_opened);
    RUN(stalled_download_is_broken_off);
}
