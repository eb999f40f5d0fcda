/* NULL for every argument of every function: the right status, and never a crash. */
#include "support.h"

static void error_functions_take_null(void)
{
    i2v_error_destroy(NULL);
    CHECK_STATUS(i2v_error_get_status(NULL), I2V_OK);
    CHECK_TEXT(i2v_error_get_message(NULL), "");
    CHECK_TEXT(i2v_error_get_field(NULL), NULL);
    CHECK_INT(i2v_error_get_http_status(NULL), 0);
    CHECK_INT(i2v_error_get_service_code(NULL), 0);
    CHECK_TEXT(i2v_error_get_service_message(NULL), NULL);
    CHECK_INT(i2v_error_get_curl_code(NULL), 0);
    CHECK_INT(i2v_error_get_errno(NULL), 0);
    CHECK(!i2v_error_get_retryable(NULL));
    CHECK_INT(i2v_error_get_charge(NULL), I2V_CHARGE_NONE);
    CHECK_TEXT(i2v_error_get_json(NULL), NULL);
}

static void config_functions_take_null(void)
{
    i2v_config_destroy(NULL);
    CHECK_STATUS(i2v_config_set_api_key(NULL, "x"), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_config_set_api_key(NULL, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_config_set_bearer_token(NULL, "x"), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_config_set_base_url(NULL, "http://x"), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_config_set_ca_file(NULL, "x"), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_config_set_proxy(NULL, ""), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_config_set_user_agent(NULL, "x"), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_config_set_connect_timeout(NULL, 1000), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_config_set_request_timeout(NULL, 1000), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_config_set_stall_timeout(NULL, 1000), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_config_set_job_deadline(NULL, 1000), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_config_set_poll_interval(NULL, 1000, 2000), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_config_set_poll_list_size(NULL, 10), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_config_set_max_requests(NULL, 10), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_config_set_max_downloads(NULL, 10), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_config_set_delivery(NULL, I2V_DELIVERY_THREAD), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_config_set_log(NULL, I2V_LOG_DEBUG, NULL, NULL), I2V_ERROR_INVALID_ARGUMENT);
}

static void request_functions_take_null(void)
{
    i2v_error *error = NULL;
    i2v_request_destroy(NULL);
    CHECK_STATUS(i2v_request_set_image_url(NULL, "http://x/y"), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_set_image_url(NULL, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_set_prompt(NULL, "x"), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_set_negative_prompt(NULL, "x"), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_set_extend_prompt(NULL, true), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_set_resolution(NULL, "720p"), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_set_video_length(NULL, 5), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_set_audio_type(NULL, I2V_AUDIO_NONE), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_set_audio_url(NULL, "http://x/y"), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_set_is_premium_model(NULL, true), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_set_effect_code(NULL, "x"), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_set_webhook_url(NULL, ""), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_set_webhook_nonce(NULL, true), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_set_model_name(NULL, "x"), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_set_last_image_url(NULL, "http://x/y"), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_set_count(NULL, 1), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_set_target(NULL, "x"), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_set_replace_target(NULL, true), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_set_deadline(NULL, 1000), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_validate(NULL, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_validate(NULL, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "request");
}

static void client_functions_take_null_for_the_client(void)
{
    i2v_request *request = new_request();
    i2v_error *error = NULL;
    i2v_job *none = (i2v_job *)request;
    i2v_job *jobs[2];
    size_t delivered = 7;

    CHECK_STATUS(i2v_client_destroy(NULL), I2V_OK);
    CHECK_STATUS(i2v_client_animate(NULL, request, temp_path("no.mp4"), &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "client");
    CHECK_STATUS(i2v_client_animate(NULL, NULL, NULL, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_client_submit(NULL, request, NULL, NULL, &none, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "client");
    CHECK(none == NULL);
    CHECK_STATUS(i2v_client_submit(NULL, NULL, NULL, NULL, NULL, NULL), I2V_ERROR_INVALID_ARGUMENT);
    jobs[0] = jobs[1] = (i2v_job *)request;
    CHECK_STATUS(i2v_client_submit_batch(NULL, request, NULL, NULL, jobs, 2, &error),
                 I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "client");
    CHECK(jobs[0] == NULL && jobs[1] == NULL);
    CHECK_STATUS(i2v_client_submit_batch(NULL, NULL, NULL, NULL, NULL, 0, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_client_dispatch(NULL, 0, &delivered, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "client");
    CHECK_STATUS(i2v_client_dispatch(NULL, 0, NULL, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_INT(i2v_client_get_fd(NULL), -1);
    CHECK_INT(i2v_client_get_job_count(NULL), 0);
    i2v_request_destroy(request);
}

static void client_creation_takes_null(void)
{
    i2v_config *config = new_config(NULL);
    i2v_client *client = (i2v_client *)config;
    i2v_error *error = NULL;

    CHECK_STATUS(i2v_client_create(NULL, &client, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "config");
    CHECK(client == NULL);
    CHECK_STATUS(i2v_client_create(config, NULL, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "client");
    CHECK_STATUS(i2v_client_create(config, NULL, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_client_create(NULL, NULL, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_INT(count_threads("image2video"), 0);
    i2v_config_destroy(config);
}

static void client_functions_take_null_for_the_rest(void)
{
    i2v_client *client = sandbox_client();
    i2v_request *request = new_request();
    i2v_error *error = NULL;

    CHECK_STATUS(i2v_client_animate(client, NULL, temp_path("no.mp4"), &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "request");
    CHECK_STATUS(i2v_client_animate(client, request, NULL, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "target");
    CHECK_STATUS(i2v_client_submit(client, NULL, NULL, NULL, NULL, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "request");
    CHECK_STATUS(i2v_client_submit_batch(client, NULL, NULL, NULL, NULL, 0, &error),
                 I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "request");
    CHECK_STATUS(i2v_client_dispatch(client, 0, NULL, NULL), I2V_OK);

    /* A host that wants neither events nor the job nor errors can still submit, and wait by the count. */
    CHECK_STATUS(i2v_client_submit(client, request, NULL, NULL, NULL, NULL), I2V_OK);
    CHECK_STATUS(i2v_client_submit_batch(client, request, NULL, NULL, NULL, 0, NULL), I2V_OK);
    CHECK_INT(i2v_client_get_job_count(client), 2);
    while (i2v_client_get_job_count(client) > 0)
        REQUIRE(i2v_client_dispatch(client, slack(HANG), NULL, NULL) == I2V_OK);
    CHECK_INT(sandbox_count("creates_processed"), 2);
    i2v_request_destroy(request);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void job_functions_take_null(void)
{
    int64_t received = 1, total = 1;
    i2v_error *error = NULL;

    CHECK(i2v_job_retain(NULL) == NULL);
    i2v_job_release(NULL);
    CHECK_INT(i2v_job_get_state(NULL), 0);
    CHECK_TEXT(i2v_job_get_id(NULL), NULL);
    CHECK_TEXT(i2v_job_get_path(NULL), NULL);
    CHECK_STATUS(i2v_job_get_progress(NULL, &received, &total), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_job_get_progress(NULL, NULL, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK(i2v_job_copy_video(NULL) == NULL);
    CHECK(i2v_job_copy_receipt(NULL) == NULL);
    CHECK(i2v_job_copy_error(NULL) == NULL);
    CHECK_STATUS(i2v_job_wait(NULL, 0, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "job");
    CHECK_STATUS(i2v_job_wait(NULL, -1, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_job_fetch(NULL, "no.mp4", false, NULL, NULL, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "job");
    CHECK_STATUS(i2v_job_fetch(NULL, NULL, false, NULL, NULL, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_job_cancel(NULL), I2V_ERROR_INVALID_ARGUMENT);
}

static void job_functions_take_null_for_the_rest(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job = run_job(client, new_request(), NULL, I2V_OK);
    i2v_error *error = NULL;

    CHECK_STATUS(i2v_job_get_progress(job, NULL, NULL), I2V_OK);
    CHECK_STATUS(i2v_job_fetch(job, NULL, false, NULL, NULL, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "path");
    CHECK_STATUS(i2v_job_fetch(job, NULL, false, NULL, NULL, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_INT(i2v_job_get_state(job), I2V_JOB_COMPLETED);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void video_functions_take_null(void)
{
    int64_t number = 77;
    i2v_audio_type audio = 7;
    double real = 7.5;
    bool flag = true;

    CHECK(i2v_video_retain(NULL) == NULL);
    i2v_video_release(NULL);
    CHECK_INT(i2v_video_get_status(NULL), 0);
    CHECK_TEXT(i2v_video_get_id(NULL), NULL);
    CHECK_TEXT(i2v_video_get_video_url(NULL), NULL);
    CHECK_TEXT(i2v_video_get_failure_reason(NULL), NULL);
    CHECK_TEXT(i2v_video_get_resolution(NULL), NULL);
    CHECK_TEXT(i2v_video_get_file_name(NULL), NULL);
    CHECK_TEXT(i2v_video_get_image_url(NULL), NULL);
    CHECK_TEXT(i2v_video_get_last_image_url(NULL), NULL);
    CHECK_TEXT(i2v_video_get_prompt(NULL), NULL);
    CHECK_TEXT(i2v_video_get_negative_prompt(NULL), NULL);
    CHECK_TEXT(i2v_video_get_model_name(NULL), NULL);
    CHECK_TEXT(i2v_video_get_effect_name(NULL), NULL);
    CHECK_TEXT(i2v_video_get_effect_code(NULL), NULL);
    CHECK_TEXT(i2v_video_get_audio_url(NULL), NULL);
    CHECK_TEXT(i2v_video_get_batch_id(NULL), NULL);
    CHECK_TEXT(i2v_video_get_webhook_url(NULL), NULL);
    CHECK_TEXT(i2v_video_get_team_id(NULL), NULL);
    CHECK_TEXT(i2v_video_get_pre_video_id(NULL), NULL);
    CHECK_TEXT(i2v_video_get_json(NULL), NULL);
    CHECK(!i2v_video_get_create_time(NULL, &number));
    CHECK(!i2v_video_get_update_time(NULL, &number));
    CHECK(!i2v_video_get_audio_type(NULL, &audio));
    CHECK(!i2v_video_get_batch_count(NULL, &number));
    CHECK(!i2v_video_get_uid(NULL, &number));
    CHECK(!i2v_video_get_sub_type(NULL, &number));
    CHECK(!i2v_video_get_video_duration(NULL, &real));
    CHECK(!i2v_video_get_deduction_credit(NULL, &real));
    CHECK(!i2v_video_get_extend_prompt(NULL, &flag));
    CHECK(!i2v_video_get_only_add_audio(NULL, &flag));
    CHECK(!i2v_video_get_create_time(NULL, NULL));
    CHECK(!i2v_video_get_sub_type(NULL, NULL));
    CHECK(!i2v_video_get_video_duration(NULL, NULL));
    CHECK(!i2v_video_get_extend_prompt(NULL, NULL));
    CHECK(number == 77 && audio == 7 && real == 7.5 && flag);
}

static void video_getters_take_null_for_the_value(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job = run_job(client, new_request(), NULL, I2V_OK);
    i2v_video *video = i2v_job_copy_video(job);

    CHECK(i2v_video_get_create_time(video, NULL));
    CHECK(i2v_video_get_update_time(video, NULL));
    CHECK(i2v_video_get_video_duration(video, NULL));
    CHECK(i2v_video_get_deduction_credit(video, NULL));
    CHECK(i2v_video_get_audio_type(video, NULL));
    CHECK(i2v_video_get_only_add_audio(video, NULL));
    CHECK(i2v_video_get_uid(video, NULL));
    CHECK(!i2v_video_get_batch_count(video, NULL));
    CHECK(!i2v_video_get_extend_prompt(video, NULL));
    i2v_video_release(video);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

void suite_null(void)
{
    RUN(error_functions_take_null);
    RUN(config_functions_take_null);
    RUN(request_functions_take_null);
    RUN(client_functions_take_null_for_the_client);
    RUN(client_creation_takes_null);
    RUN(client_functions_take_null_for_the_rest);
    RUN(job_functions_take_null);
    RUN(job_functions_take_null_for_the_rest);
    RUN(video_functions_take_null);
    RUN(video_getters_take_null_for_the_value);
}
