/* Cancelling at every stage of a job's life. */
#include "support.h"

#include <string.h>

static void check_cancelled(i2v_job *job, watch *watched, i2v_status status)
{
    int64_t start = now_ms();
    CHECK_STATUS(i2v_job_cancel(job), I2V_OK);
    CHECK_STATUS(finish_job(job), status);
    CHECK_LASTED(start, 0);
    CHECK_INT(watched->done, 1);
    CHECK_INT(i2v_job_get_state(job), I2V_JOB_FAILED);
    /* Once more does nothing. */
    CHECK_STATUS(i2v_job_cancel(job), I2V_OK);
    CHECK_STATUS(i2v_job_wait(job, 0, NULL), status);
}

static void cancel_while_the_create_is_on_the_wire(void)
{
    i2v_client *client = sandbox_client();
    watch watched = {0};
    i2v_job *job;
    i2v_error *error;
    sandbox_faults("[{\"route\":\"create\",\"hang\":true}]");
    job = start_job(client, new_request(), &watched);
    CHECK(sandbox_reaches("create", 1));
    check_cancelled(job, &watched, I2V_ERROR_OUTCOME_UNKNOWN);
    error = i2v_job_copy_error(job);
    CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_POSSIBLE);
    CHECK(!i2v_error_get_retryable(error));
    i2v_error_destroy(error);
    CHECK_INT(sandbox_count("create"), 1);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void cancelled_create_is_neither_broken_off_nor_repeated(void)
{
    i2v_client *client = sandbox_client();
    watch watched = {0};
    i2v_job *job;
    double deducted = 0;
    sandbox_faults("[{\"route\":\"create\",\"latency_ms\":1500}]");
    job = start_job(client, new_request(), &watched);
    CHECK(sandbox_reaches("create", 1));
    check_cancelled(job, &watched, I2V_ERROR_OUTCOME_UNKNOWN);
    /* Its answer came when the client knows what it cost. */
    CHECK_COMES(i2v_client_get_spending(client, &deducted, NULL) == I2V_OK && deducted > 0);
    CHECK_STATUS(i2v_client_dispatch(client, 0, NULL, NULL), I2V_OK);
    /* The answer that came too late changes nothing of how the job ended. */
    CHECK_TEXT(watched.order, "D");
    CHECK_INT(i2v_job_get_state(job), I2V_JOB_FAILED);
    CHECK_INT(sandbox_count("create"), 1);
    CHECK_INT(sandbox_count("results"), 0);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void cancel_before_the_create_was_sent(void)
{
    i2v_config *config = new_config(NULL);
    i2v_client *client;
    watch first = {0}, second = {0};
    i2v_job *job_first, *job_second;
    i2v_error *error;
    i2v_config_set_max_requests(config, 1);
    client = new_client(config);
    sandbox_faults("[{\"route\":\"create\",\"hang\":true}]");
    job_first = start_job(client, new_request(), &first);
    CHECK(sandbox_reaches("create", 1));
    job_second = start_job(client, new_request(), &second);
    check_cancelled(job_second, &second, I2V_ERROR_CANCELLED);
    error = i2v_job_copy_error(job_second);
    CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_NONE);
    i2v_error_destroy(error);
    CHECK_TEXT(first.order, "");
    check_cancelled(job_first, &first, I2V_ERROR_OUTCOME_UNKNOWN);
    CHECK_INT(sandbox_count("create"), 1);
    i2v_job_release(job_first);
    i2v_job_release(job_second);
    i2v_client_destroy(client);
}

static void cancel_while_the_service_is_at_work(void)
{
    i2v_client *client = sandbox_client();
    watch watched = {0};
    i2v_job *job;
    i2v_error *error;
    long long polls;
    sandbox_faults(FAULT_NEVER_FINISHED);
    job = start_job(client, new_request_to(temp_path("cancel.mp4")), &watched);
    CHECK(reach_state(client, job, I2V_JOB_WAITING));
    check_cancelled(job, &watched, I2V_ERROR_CANCELLED);
    error = i2v_job_copy_error(job);
    CHECK(i2v_error_get_charge(error) != I2V_CHARGE_NONE);
    i2v_error_destroy(error);
    CHECK(i2v_job_get_id(job) != NULL);
    /* What was cancelled is not polled any more; one request may have been under way. */
    polls = sandbox_count("results");
    sleep_ms(200);
    CHECK_BETWEEN(sandbox_count("results"), polls, polls + 1);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void cancel_while_the_video_is_downloaded(void)
{
    i2v_client *client = sandbox_client();
    watch watched = {0};
    const char *target = temp_path("cancel-download.mp4");
    i2v_job *job;
    sandbox_faults("[{\"route\":\"video\",\"times\":1,\"hang\":true}]");
    job = start_job(client, new_request_to(target), &watched);
    CHECK(reach_state(client, job, I2V_JOB_FETCHING));
    CHECK(sandbox_reaches("video", 1));
    check_cancelled(job, &watched, I2V_ERROR_CANCELLED);
    CHECK(!file_exists(target));
    CHECK(!file_exists(temp_path("cancel-download.mp4.part")));

    /* The video is there, so it can still be had. */
    CHECK_STATUS(i2v_job_fetch(job, target, false, NULL, NULL, NULL), I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK(is_mp4(target));
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void cancel_while_a_fetch_waits_to_try_again(void)
{
    i2v_client *client = sandbox_client();
    watch watched = {0};
    i2v_job *job = run_job(client, new_request(), NULL, I2V_OK);
    sandbox_faults("[{\"route\":\"video\",\"times\":-1,\"reply\":{\"status\":503,"
                   "\"headers\":{\"Retry-After\":\"60\"},\"body\":\"\"}}]");
    CHECK_STATUS(i2v_job_fetch(job, temp_path("retry.mp4"), false, watch_event, &watched, NULL), I2V_OK);
    CHECK(sandbox_reaches("video", 1));
    sleep_ms(30);
    CHECK_TEXT(watched.order, "");
    check_cancelled(job, &watched, I2V_ERROR_CANCELLED);
    CHECK(!file_exists(temp_path("retry.mp4.part")));
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void cancel_of_what_has_ended_changes_nothing(void)
{
    i2v_client *client = sandbox_client();
    watch watched = {0};
    i2v_job *job = run_job(client, new_request_to(temp_path("ended.mp4")), &watched, I2V_OK);
    CHECK_STATUS(i2v_job_cancel(job), I2V_OK);
    sleep_ms(30);
    CHECK_STATUS(i2v_client_dispatch(client, 0, NULL, NULL), I2V_OK);
    CHECK_INT(i2v_job_get_state(job), I2V_JOB_SAVED);
    CHECK_INT(watched.done, 1);
    CHECK_STATUS(i2v_job_wait(job, 0, NULL), I2V_OK);
    CHECK(is_mp4(temp_path("ended.mp4")));
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void one_of_a_batch_can_be_cancelled(void)
{
    i2v_client *client = sandbox_client();
    i2v_request *request = new_request();
    watch watched[3];
    i2v_job *jobs[3];
    int index;
    memset(watched, 0, sizeof watched);
    i2v_request_set_count(request, 3);
    sandbox_faults("[{\"route\":\"batch\",\"latency_ms\":1500}]");
    CHECK_STATUS(i2v_client_submit_batch(client, request, NULL, NULL, jobs, 3, NULL), I2V_OK);
    i2v_request_destroy(request);
    CHECK_STATUS(i2v_job_cancel(jobs[1]), I2V_OK);
    CHECK(finish_job(jobs[1]) != I2V_OK);
    for (index = 0; index < 3; index += 2) CHECK_STATUS(finish_job(jobs[index]), I2V_OK);
    CHECK(strcmp(i2v_job_get_id(jobs[0]), i2v_job_get_id(jobs[2])) != 0);
    CHECK_INT(sandbox_count("batch"), 1);
    for (index = 0; index < 3; index++) i2v_job_release(jobs[index]);
    i2v_client_destroy(client);
}

static void cancel_in_the_first_callback(i2v_job *job, i2v_event event, void *user_data)
{
    watch_event(job, event, user_data);
    if (event == I2V_EVENT_CREATED) i2v_job_cancel(job);
}

static void cancel_from_a_callback_works(void)
{
    i2v_client *client = sandbox_client();
    i2v_request *request = new_request();
    watch watched = {0};
    i2v_job *job = NULL;
    sandbox_faults(FAULT_NEVER_FINISHED);
    CHECK_STATUS(i2v_client_submit(client, request, cancel_in_the_first_callback, &watched, &job, NULL),
                 I2V_OK);
    i2v_request_destroy(request);
    CHECK_STATUS(finish_job(job), I2V_ERROR_CANCELLED);
    CHECK_INT(watched.done, 1);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

void suite_cancel(void)
{
    RUN(cancel_while_the_create_is_on_the_wire);
    RUN(cancelled_create_is_neither_broken_off_nor_repeated);
    RUN(cancel_before_the_create_was_sent);
    RUN(cancel_while_the_service_is_at_work);
    RUN(cancel_while_the_video_is_downloaded);
    RUN(cancel_while_a_fetch_waits_to_try_again);
    RUN(cancel_of_what_has_ended_changes_nothing);
    RUN(one_of_a_batch_can_be_cancelled);
    RUN(cancel_from_a_callback_works);
}
