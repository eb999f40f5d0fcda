/* Several videos of one create. */
#include "support.h"

#include <stdio.h>
#include <string.h>

static i2v_request *batch_request(int count, const char *target)
{
    i2v_request *request = target ? new_request_to(target) : new_request();
    i2v_request_set_count(request, count);
    return request;
}

static void three_videos_are_saved_under_numbered_names(void)
{
    i2v_client *client = sandbox_client();
    i2v_request *request = batch_request(3, temp_path("trio.mp4"));
    watch watched = {0};
    i2v_job *jobs[4];
    int index;

    memset(jobs, 0, sizeof jobs);
    CHECK_STATUS(i2v_client_submit_batch(client, request, watch_event, &watched, jobs, 4, NULL), I2V_OK);
    i2v_request_destroy(request);
    CHECK(jobs[3] == NULL);
    CHECK_INT(i2v_client_get_job_count(client), 3);
    for (index = 0; index < 3; index++) {
        char name[32];
        i2v_video *receipt;
        int64_t count = 0;
        snprintf(name, sizeof name, "trio-%d.mp4", index + 1);
        REQUIRE(jobs[index] != NULL);
        CHECK_STATUS(finish_job(jobs[index]), I2V_OK);
        CHECK_TEXT(i2v_job_get_path(jobs[index]), temp_path(name));
        CHECK(is_mp4(temp_path(name)));
        receipt = i2v_job_copy_receipt(jobs[index]);
        CHECK(i2v_video_get_batch_id(receipt) != NULL);
        CHECK(i2v_video_get_batch_count(receipt, &count));
        CHECK_INT(count, 3);
        i2v_video_release(receipt);
    }
    CHECK(strcmp(i2v_job_get_id(jobs[0]), i2v_job_get_id(jobs[1])) != 0);
    CHECK(strcmp(i2v_job_get_id(jobs[1]), i2v_job_get_id(jobs[2])) != 0);
    CHECK_INT(watched.done, 3);
    CHECK(!file_exists(temp_path("trio.mp4")));
    CHECK_INT(sandbox_count("batch"), 1);
    CHECK_INT(sandbox_count("creates_processed"), 1);
    CHECK_INT(sandbox_count("videos_created"), 3);
    for (index = 0; index < 3; index++) i2v_job_release(jobs[index]);
    i2v_client_destroy(client);
}

static void target_of_any_of_them_is_checked_first(void)
{
    i2v_client *client = sandbox_client();
    i2v_request *request = batch_request(3, temp_path("taken.mp4"));
    i2v_job *jobs[3] = {(i2v_job *)request, NULL, NULL};
    i2v_error *error = NULL;
    write_file(temp_path("taken-2.mp4"), "mine");
    CHECK_STATUS(i2v_client_submit_batch(client, request, NULL, NULL, jobs, 3, &error),
                 I2V_ERROR_FILE_EXISTS);
    CHECK_ERROR(&error, I2V_ERROR_FILE_EXISTS, "target");
    CHECK(jobs[0] == NULL);
    CHECK_INT(sandbox_count("total_api"), 0);
    i2v_request_destroy(request);
    i2v_client_destroy(client);
}

static void ten_are_possible(void)
{
    i2v_client *client = sandbox_client();
    i2v_request *request = batch_request(10, NULL);
    watch watched = {0};
    CHECK_STATUS(i2v_client_submit_batch(client, request, watch_event, &watched, NULL, 0, NULL), I2V_OK);
    i2v_request_destroy(request);
    CHECK_INT(i2v_client_get_job_count(client), 10);
    while (i2v_client_get_job_count(client) > 0)
        REQUIRE(i2v_client_dispatch(client, slack(HANG), NULL, NULL) == I2V_OK);
    CHECK_INT(watched.done, 10);
    CHECK_INT(sandbox_count("videos_created"), 10);
    i2v_client_destroy(client);
}

/* Replaces the answer to a batch: rows that were made, and refusals. */
static void batch_answers(const char *success, const char *errors)
{
    char fault[1024];
    snprintf(
        fault, sizeof fault,
        "[{\"route\":\"batch\",\"reply\":{\"status\":200,\"headers\":{\"Content-Type\":\"application/json\"},"
        "\"body\":\"{\\\"code\\\":1000,\\\"msg\\\":\\\"OK\\\",\\\"data\\\":{\\\"successList\\\":[%s],"
        "\\\"errorList\\\":[%s]}}\"}},"
        "{\"route\":\"results\",\"times\":-1,\"reply\":{\"status\":200,\"body\":"
        "\"{\\\"code\\\":1000,\\\"data\\\":{\\\"result\\\":[{\\\"_id\\\":\\\"one\\\",\\\"status\\\":3,"
        "\\\"video_url\\\":\\\"http://127.0.0.1:9/v.mp4\\\"}]}}\"}}]",
        success, errors);
    sandbox_faults(fault);
}

static void what_the_service_refused_of_a_batch_fails_with_its_reason(void)
{
    i2v_client *client = sandbox_client();
    i2v_request *request = batch_request(3, NULL);
    watch watched = {0};
    i2v_job *jobs[3];
    i2v_error *error;
    int index;

    batch_answers("{\\\"_id\\\":\\\"one\\\",\\\"status\\\":1}",
                  "{\\\"code\\\":1207,\\\"msg\\\":\\\"too dark\\\"},{\\\"message\\\":\\\"too bright\\\"}");
    REQUIRE(i2v_client_submit_batch(client, request, watch_event, &watched, jobs, 3, NULL) == I2V_OK);
    i2v_request_destroy(request);
    CHECK_STATUS(finish_job(jobs[0]), I2V_OK);
    CHECK_TEXT(i2v_job_get_id(jobs[0]), "one");
    for (index = 1; index < 3; index++) {
        i2v_status status = finish_job(jobs[index]);
        CHECK(status != I2V_OK);
        error = i2v_job_copy_error(jobs[index]);
        CHECK_STATUS(i2v_error_get_status(error), status);
        CHECK_TEXT(i2v_error_get_service_message(error), index == 1 ? "too dark" : "too bright");
        CHECK_CONTAINS(i2v_error_get_message(error), index == 1 ? "too dark" : "too bright");
        CHECK_CONTAINS(i2v_error_get_json(error), index == 1 ? "1207" : "too bright");
        CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_NONE);
        i2v_error_destroy(error);
        CHECK_TEXT(i2v_job_get_id(jobs[index]), NULL);
    }
    CHECK_INT(watched.done, 3);
    for (index = 0; index < 3; index++) i2v_job_release(jobs[index]);
    i2v_client_destroy(client);
}

static void batch_that_makes_nothing_fails_whole(void)
{
    i2v_client *client = sandbox_client();
    i2v_request *request = batch_request(2, NULL);
    watch watched = {0};
    i2v_job *jobs[2];
    int index;

    batch_answers("", "");
    REQUIRE(i2v_client_submit_batch(client, request, watch_event, &watched, jobs, 2, NULL) == I2V_OK);
    i2v_request_destroy(request);
    for (index = 0; index < 2; index++) {
        CHECK_STATUS(finish_job(jobs[index]), I2V_ERROR_SERVICE);
        CHECK_INT(i2v_job_get_state(jobs[index]), I2V_JOB_FAILED);
        i2v_job_release(jobs[index]);
    }
    CHECK_INT(watched.done, 2);
    CHECK_INT(sandbox_count("batch"), 1);
    CHECK_INT(sandbox_count("results"), 0);
    i2v_client_destroy(client);
}

static void more_videos_than_asked_for_do_no_harm(void)
{
    i2v_client *client = sandbox_client();
    i2v_request *request = batch_request(1, NULL);
    i2v_job *job = NULL;
    batch_answers("{\\\"_id\\\":\\\"one\\\",\\\"status\\\":1},{\\\"_id\\\":\\\"two\\\",\\\"status\\\":1}",
                  "");
    REQUIRE(i2v_client_submit_batch(client, request, NULL, NULL, &job, 1, NULL) == I2V_OK);
    i2v_request_destroy(request);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK_TEXT(i2v_job_get_id(job), "one");
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void accepted_video_without_an_id_is_of_unknown_outcome(void)
{
    i2v_client *client = sandbox_client();
    i2v_request *request = batch_request(1, NULL);
    i2v_job *job = NULL;
    i2v_error *error;
    batch_answers("{\\\"status\\\":1}", "");
    REQUIRE(i2v_client_submit_batch(client, request, NULL, NULL, &job, 1, NULL) == I2V_OK);
    i2v_request_destroy(request);
    CHECK_STATUS(finish_job(job), I2V_ERROR_OUTCOME_UNKNOWN);
    error = i2v_job_copy_error(job);
    CHECK(i2v_error_get_charge(error) != I2V_CHARGE_NONE);
    CHECK(!i2v_error_get_retryable(error));
    i2v_error_destroy(error);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void lost_answer_leaves_all_of_unknown_outcome(void)
{
    i2v_client *client = sandbox_client();
    i2v_request *request = batch_request(3, NULL);
    watch watched = {0};
    i2v_job *jobs[3];
    int index;
    sandbox_faults("[{\"route\":\"batch\",\"when\":\"after\",\"close\":true}]");
    REQUIRE(i2v_client_submit_batch(client, request, watch_event, &watched, jobs, 3, NULL) == I2V_OK);
    i2v_request_destroy(request);
    for (index = 0; index < 3; index++) {
        CHECK_STATUS(finish_job(jobs[index]), I2V_ERROR_OUTCOME_UNKNOWN);
        i2v_job_release(jobs[index]);
    }
    CHECK_INT(watched.done, 3);
    CHECK_INT(sandbox_count("batch"), 1);
    i2v_client_destroy(client);
}

void suite_batch(void)
{
    RUN(three_videos_are_saved_under_numbered_names);
    RUN(target_of_any_of_them_is_checked_first);
    RUN(ten_are_possible);
    RUN(what_the_service_refused_of_a_batch_fails_with_its_reason);
    RUN(batch_that_makes_nothing_fails_whole);
    RUN(more_videos_than_asked_for_do_no_harm);
    RUN(accepted_video_without_an_id_is_of_unknown_outcome);
    RUN(lost_answer_leaves_all_of_unknown_outcome);
}
