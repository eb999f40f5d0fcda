/* One create from submit to file. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

static void submit_to_file_tells_everything_in_order(void)
{
    i2v_client *client = sandbox_client();
    const char *target = temp_path("whole.mp4");
    watch watched = {0};
    i2v_job *job = start_job(client, new_request_to(target), &watched);
    int64_t received = -2, total = -2;
    size_t index;

    CHECK(i2v_job_get_state(job) == I2V_JOB_SUBMITTING || i2v_job_get_state(job) == I2V_JOB_WAITING);
    CHECK_TEXT(i2v_job_get_path(job), target);
    CHECK_INT(i2v_client_get_job_count(client), 1);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK_INT(i2v_client_get_job_count(client), 0);

    /* Created first, done last and once, the service's word before the download's progress. */
    CHECK_INT(watched.done, 1);
    CHECK_INT(watched.state, I2V_JOB_SAVED);
    CHECK_INT(watched.order[0], 'C');
    CHECK_INT(watched.order[strlen(watched.order) - 1], 'D');
    CHECK_CONTAINS(watched.order, "S");
    CHECK_CONTAINS(watched.order, "P");
    CHECK(strrchr(watched.order, 'S') < strchr(watched.order, 'P'));
    for (index = 1; watched.order[index]; index++) CHECK(watched.order[index] != 'C');

    CHECK_INT(i2v_job_get_state(job), I2V_JOB_SAVED);
    CHECK(i2v_job_copy_error(job) == NULL);
    CHECK(is_mp4(target));
    CHECK_STATUS(i2v_job_get_progress(job, &received, &total), I2V_OK);
    CHECK(received > 1000);
    CHECK_INT(received, total);
    CHECK_INT(file_size(target), received);
    CHECK(!file_exists(temp_path("whole.mp4.part")));
    CHECK_INT(sandbox_count("create"), 1);
    CHECK_INT(sandbox_count("creates_processed"), 1);
    CHECK_INT(sandbox_count("video"), 1);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void saved_file_is_what_the_service_serves(void)
{
    i2v_client *client = sandbox_client();
    const char *target = temp_path("same.mp4");
    i2v_job *job = run_job(client, new_request_to(target), NULL, I2V_OK);
    i2v_video *video = i2v_job_copy_video(job);
    const char *url = i2v_video_get_video_url(video);
    char *file = read_file(target), *served = NULL;
    long long size = file_size(target);
    int port = 0;
    const char *colon;

    REQUIRE(url && file);
    colon = strchr(url + 5, ':');
    REQUIRE(colon != NULL);
    for (colon++; *colon >= '0' && *colon <= '9'; colon++) port = port * 10 + (*colon - '0');
    CHECK_INT(http_request(port, "GET", colon, "", 0, &served), 200);
    REQUIRE(served != NULL);
    CHECK(size > 0 && memcmp(file, served, (size_t)size) == 0);
    free(served);
    free(file);
    i2v_video_release(video);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void animate_does_it_all(void)
{
    i2v_client *client = sandbox_client();
    i2v_request *request = new_request();
    const char *target = temp_path("animate.mp4");
    i2v_error *error = NULL;

    CHECK_STATUS(i2v_client_animate(client, request, target, &error), I2V_OK);
    CHECK(error == NULL);
    CHECK(is_mp4(target));
    CHECK_INT(i2v_client_get_job_count(client), 0);

    /* Doing it again is refused before it costs anything. */
    CHECK_STATUS(i2v_client_animate(client, request, target, &error), I2V_ERROR_FILE_EXISTS);
    CHECK_ERROR(&error, I2V_ERROR_FILE_EXISTS, NULL);
    CHECK_INT(sandbox_count("create"), 1);

    write_file(target, "old");
    i2v_request_set_replace_target(request, true);
    CHECK_STATUS(i2v_client_animate(client, request, target, &error), I2V_OK);
    CHECK(is_mp4(target));

    i2v_request_set_target(request, temp_path("animate-target.mp4"));
    CHECK_STATUS(i2v_client_animate(client, request, NULL, &error), I2V_OK);
    CHECK(is_mp4(temp_path("animate-target.mp4")));
    i2v_request_destroy(request);
    i2v_client_destroy(client);
}

static void animate_reports_the_end_of_its_job(void)
{
    i2v_client *client = sandbox_client();
    i2v_request *request = new_request();
    i2v_error *error = NULL;

    sandbox_faults("[{\"route\":\"create\",\"code\":1006,\"msg\":\"no credits\"}]");
    CHECK_STATUS(i2v_client_animate(client, request, temp_path("never.mp4"), &error), I2V_ERROR_QUOTA);
    CHECK_INT(i2v_error_get_service_code(error), 1006);
    CHECK_ERROR(&error, I2V_ERROR_QUOTA, NULL);
    CHECK(!file_exists(temp_path("never.mp4")));
    CHECK_INT(i2v_client_get_job_count(client), 0);

    sandbox_faults(FAULT_NEVER_FINISHED);
    i2v_request_set_deadline(request, enough());
    CHECK_STATUS(i2v_client_animate(client, request, temp_path("never.mp4"), NULL), I2V_ERROR_DEADLINE);
    i2v_request_destroy(request);
    i2v_client_destroy(client);
}

static void job_without_target_ends_when_the_video_is_finished(void)
{
    i2v_client *client = sandbox_client();
    watch watched = {0};
    i2v_job *job = run_job(client, new_request(), &watched, I2V_OK);
    i2v_video *video = i2v_job_copy_video(job);
    int64_t received = -2, total = -2;

    CHECK_INT(i2v_job_get_state(job), I2V_JOB_COMPLETED);
    CHECK_INT(watched.done, 1);
    CHECK_LACKS(watched.order, "P");
    CHECK_TEXT(i2v_job_get_path(job), NULL);
    CHECK_INT(i2v_video_get_status(video), I2V_SERVICE_COMPLETED);
    CHECK(i2v_video_get_video_url(video) != NULL);
    CHECK_STATUS(i2v_job_get_progress(job, &received, &total), I2V_OK);
    CHECK_INT(received, 0);
    CHECK_INT(total, -1);
    CHECK_INT(sandbox_count("video"), 0);
    i2v_video_release(video);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void id_receipt_and_video_come_with_creation(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job;
    i2v_video *receipt, *video;

    sandbox_faults("[{\"route\":\"create\",\"latency_ms\":1000},"
                   "{\"route\":\"results\",\"times\":-1,\"row\":{\"status\":2,\"video_url\":null}}]");
    job = start_job(client, new_request(), NULL);
    CHECK_INT(i2v_job_get_state(job), I2V_JOB_SUBMITTING);
    CHECK_TEXT(i2v_job_get_id(job), NULL);
    CHECK(i2v_job_copy_receipt(job) == NULL);
    CHECK(i2v_job_copy_video(job) == NULL);

    CHECK(reach_state(client, job, I2V_JOB_WAITING));
    receipt = i2v_job_copy_receipt(job);
    video = i2v_job_copy_video(job);
    REQUIRE(receipt && video);
    CHECK_TEXT(i2v_video_get_id(receipt), i2v_job_get_id(job));
    CHECK_TEXT(i2v_video_get_id(video), i2v_job_get_id(job));
    CHECK_INT(i2v_video_get_status(receipt), I2V_SERVICE_QUEUEING);
    CHECK_TEXT(i2v_video_get_negative_prompt(receipt), "");
    CHECK_TEXT(i2v_video_get_video_url(receipt), NULL);
    i2v_video_release(receipt);
    i2v_video_release(video);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void receipt_stays_when_the_video_changes(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job = run_job(client, new_request(), NULL, I2V_OK);
    i2v_video *receipt = i2v_job_copy_receipt(job), *video = i2v_job_copy_video(job);
    REQUIRE(receipt && video);
    CHECK_INT(i2v_video_get_status(receipt), I2V_SERVICE_QUEUEING);
    CHECK_INT(i2v_video_get_status(video), I2V_SERVICE_COMPLETED);
    i2v_video_release(receipt);
    i2v_video_release(video);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void service_that_finishes_at_once_is_believed(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job;
    char fault[512];
    watch watched = {0};
    /* Some answers to a create list a finished video already; nothing needs to be polled then. */
    strcpy(fault, "[{\"route\":\"create\",\"row\":{\"status\":3,\"video_url\":\"");
    strcat(fault, sandbox_url());
    strcat(fault, "/videos/none.mp4\"}}]");
    sandbox_faults(fault);
    job = run_job(client, new_request(), &watched, I2V_OK);
    CHECK_INT(i2v_job_get_state(job), I2V_JOB_COMPLETED);
    CHECK_TEXT(watched.order, "CD");
    CHECK_INT(sandbox_count("results"), 0);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void job_goes_on_when_its_handle_is_released(void)
{
    i2v_client *client = sandbox_client();
    const char *target = temp_path("released.mp4");
    watch watched = {0};
    i2v_job_release(start_job(client, new_request_to(target), &watched));
    while (i2v_client_get_job_count(client) > 0)
        REQUIRE(i2v_client_dispatch(client, slack(HANG), NULL, NULL) == I2V_OK);
    CHECK_INT(watched.done, 1);
    CHECK_INT(watched.state, I2V_JOB_SAVED);
    CHECK(is_mp4(target));
    i2v_client_destroy(client);
}

static void statuses_that_wait_are_joined(void)
{
    i2v_client *client = sandbox_client();
    watch watched = {0};
    i2v_job *job = start_job(client, new_request_to(temp_path("joined.mp4")), &watched);
    /* Nobody dispatches until all has happened: what waits then is one event of each kind. */
    CHECK_COMES(i2v_job_get_state(job) == I2V_JOB_SAVED);
    sleep_ms(20);
    CHECK_TEXT(watched.order, "");
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK_TEXT(watched.order, "CSPD");
    i2v_job_release(job);
    i2v_client_destroy(client);
}

void suite_submit(void)
{
    RUN(submit_to_file_tells_everything_in_order);
    RUN(saved_file_is_what_the_service_serves);
    RUN(animate_does_it_all);
    RUN(animate_reports_the_end_of_its_job);
    RUN(job_without_target_ends_when_the_video_is_finished);
    RUN(id_receipt_and_video_come_with_creation);
    RUN(receipt_stays_when_the_video_changes);
    RUN(service_that_finishes_at_once_is_believed);
    RUN(job_goes_on_when_its_handle_is_released);
    RUN(statuses_that_wait_are_joined);
}
