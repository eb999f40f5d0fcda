/* Everything the service offers, against the sandbox: each request with all it takes, each answer with all it
 * tells, and the ways in which the service deviates from its own page. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOWHERE "http://127.0.0.1:9/none.png"
#define KLING "kwaivgi/kling-video-o3-pro/image-to-video"

static void check_flag(bool told, bool value, bool wanted)
{
    CHECK(told);
    CHECK(value == wanted);
}

#define CHECK_FLAG(getter, handle, wanted)                                                                   \
    do {                                                                                                     \
        bool its_value = !(wanted);                                                                          \
        bool its_told = getter(handle, &its_value);                                                          \
        check_flag(its_told, its_value, wanted);                                                             \
    } while (0)

#define CHECK_NUMBER(getter, handle, wanted)                                                                 \
    do {                                                                                                     \
        int64_t its_number = -77;                                                                            \
        CHECK(getter(handle, &its_number));                                                                  \
        CHECK_INT(its_number, wanted);                                                                       \
    } while (0)

#define CHECK_REAL(getter, handle, wanted)                                                                   \
    do {                                                                                                     \
        double its_real = -77;                                                                               \
        CHECK(getter(handle, &its_real));                                                                    \
        CHECK(its_real == (wanted));                                                                         \
    } while (0)

static void check_account(const i2v_video *video)
{
    int64_t time = 0;
    CHECK(i2v_video_get_create_time(video, &time) && time > 1700000000000);
    CHECK_NUMBER(i2v_video_get_uid, video, 100001);
    CHECK_TEXT(i2v_video_get_team_id(video), "5a0db0c5a0db0c5a0db0c5a0");
}

/* ---- Creating ---- */

/* The picture is none, so that nothing large is rendered; the answers are the same but for the end. */
static i2v_request *full_single_request(void)
{
    i2v_request *request = i2v_request_create();
    CHECK_STATUS(i2v_request_set_image_url(request, NOWHERE), I2V_OK);
    CHECK_STATUS(i2v_request_set_prompt(request, "zoom out, gently"), I2V_OK);
    CHECK_STATUS(i2v_request_set_negative_prompt(request, "blur"), I2V_OK);
    CHECK_STATUS(i2v_request_set_extend_prompt(request, true), I2V_OK);
    CHECK_STATUS(i2v_request_set_resolution(request, "4k"), I2V_OK);
    CHECK_STATUS(i2v_request_set_audio_url(request, "http://127.0.0.1:9/sound.mp3"), I2V_OK);
    CHECK_STATUS(i2v_request_set_audio_type(request, I2V_AUDIO_CUSTOM), I2V_OK);
    CHECK_STATUS(i2v_request_set_video_length(request, 10), I2V_OK);
    CHECK_STATUS(i2v_request_set_is_premium_model(request, true), I2V_OK);
    CHECK_STATUS(i2v_request_set_effect_code(request, "squish_89244231312"), I2V_OK);
    CHECK_STATUS(i2v_request_set_webhook_url(request, "http://127.0.0.1:9/hook"), I2V_OK);
    return request;
}

static void check_single_echo(const i2v_video *video)
{
    CHECK_TEXT(i2v_video_get_webhook_url(video), "http://127.0.0.1:9/hook");
    CHECK_TEXT(i2v_video_get_resolution(video), "4k");
    CHECK_TEXT(i2v_video_get_file_name(video), "Image2Video_zoom out, gently.mp4");
    CHECK_TEXT(i2v_video_get_effect_name(video), "Squish");
    CHECK_TEXT(i2v_video_get_effect_code(video), "squish_89244231312");
    CHECK_TEXT(i2v_video_get_image_url(video), NOWHERE);
    CHECK_TEXT(i2v_video_get_prompt(video), "zoom out, gently");
    CHECK_TEXT(i2v_video_get_audio_url(video), "http://127.0.0.1:9/sound.mp3");
    CHECK_REAL(i2v_video_get_deduction_credit, video, 60);
    check_account(video);
}

static void single_create_takes_and_echoes_every_attribute(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job = run_job(client, full_single_request(), NULL, I2V_ERROR_JOB_FAILED);
    i2v_video *receipt = i2v_job_copy_receipt(job), *video = i2v_job_copy_video(job);
    i2v_audio_type audio = 0;
    json_t *requests = sandbox_requests("create"),
           *body = json_object_get(json_array_get(requests, 0), "body");

    CHECK_INT(json_object_size(body), 11);
    CHECK_INT(json_integer_value(json_object_get(body, "video_length")), 10);
    CHECK(json_is_true(json_object_get(body, "is_premium_model")));
    check_single_echo(receipt);
    CHECK_INT(i2v_video_get_status(receipt), I2V_SERVICE_QUEUEING);
    CHECK_TEXT(i2v_video_get_id(receipt), i2v_job_get_id(job));
    CHECK_TEXT(i2v_video_get_negative_prompt(receipt), "blur");
    CHECK_FLAG(i2v_video_get_extend_prompt, receipt, true);
    CHECK(i2v_video_get_audio_type(receipt, &audio) && audio == I2V_AUDIO_CUSTOM);
    CHECK_CONTAINS(i2v_video_get_json(receipt), "\"team_id\"");
    /* What the results add, and what they leave out. */
    check_single_echo(video);
    CHECK_INT(i2v_video_get_status(video), I2V_SERVICE_FAILED);
    CHECK_REAL(i2v_video_get_video_duration, video, 10);
    CHECK_FLAG(i2v_video_get_only_add_audio, video, false);
    CHECK(i2v_video_get_update_time(video, NULL));
    CHECK_TEXT(i2v_video_get_negative_prompt(video), NULL);
    CHECK_TEXT(i2v_video_get_video_url(video), NULL);
    CHECK(i2v_video_get_failure_reason(video) != NULL);
    json_decref(requests);
    i2v_video_release(receipt);
    i2v_video_release(video);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static i2v_request *full_batch_request(int count)
{
    i2v_request *request = i2v_request_create();
    i2v_request_set_image_url(request, NOWHERE);
    i2v_request_set_prompt(request, "pan left");
    i2v_request_set_negative_prompt(request, "blur");
    i2v_request_set_extend_prompt(request, false);
    i2v_request_set_model_name(request, KLING);
    i2v_request_set_resolution(request, "1080p");
    i2v_request_set_video_length(request, 6);
    i2v_request_set_last_image_url(request, "http://127.0.0.1:9/last.png");
    i2v_request_set_count(request, count);
    i2v_request_set_generate_audio(request, true);
    i2v_request_add_multi_prompt(request, 2, "pan left");
    i2v_request_add_multi_prompt(request, 4, "zoom in");
    i2v_request_set_webhook_url(request, "http://127.0.0.1:9/hook");
    return request;
}

static void check_batch_receipt(i2v_job *job, char *batch_id)
{
    i2v_video *receipt = i2v_job_copy_receipt(job);
    CHECK_TEXT(i2v_video_get_id(receipt), i2v_job_get_id(job));
    CHECK_INT(i2v_video_get_status(receipt), I2V_SERVICE_QUEUEING);
    CHECK_TEXT(i2v_video_get_webhook_url(receipt), "http://127.0.0.1:9/hook");
    CHECK_TEXT(i2v_video_get_resolution(receipt), "1080p");
    CHECK_TEXT(i2v_video_get_file_name(receipt), "Image2Video_pan left.mp4");
    CHECK_TEXT(i2v_video_get_effect_name(receipt), "");
    CHECK_TEXT(i2v_video_get_image_url(receipt), NOWHERE);
    CHECK_TEXT(i2v_video_get_prompt(receipt), "pan left");
    CHECK_TEXT(i2v_video_get_negative_prompt(receipt), "blur");
    CHECK_FLAG(i2v_video_get_extend_prompt, receipt, false);
    CHECK_TEXT(i2v_video_get_last_image_url(receipt), "http://127.0.0.1:9/last.png");
    /* A clip at 6 credits, and half as much again for the sound. */
    CHECK_REAL(i2v_video_get_deduction_credit, receipt, 9);
    CHECK_TEXT(i2v_video_get_model_name(receipt), KLING);
    CHECK_NUMBER(i2v_video_get_batch_count, receipt, 2);
    CHECK(i2v_video_get_batch_id(receipt) != NULL);
    if (*batch_id == 0) strncpy(batch_id, i2v_video_get_batch_id(receipt), 63);
    CHECK_TEXT(i2v_video_get_batch_id(receipt), batch_id);
    check_account(receipt);
    i2v_video_release(receipt);
}

static void batch_create_takes_and_echoes_every_attribute(void)
{
    i2v_client *client = sandbox_client();
    i2v_request *request = full_batch_request(2);
    i2v_job *jobs[2];
    json_t *requests, *body;
    char batch_id[64] = "";
    int index;

    REQUIRE(i2v_client_submit_batch(client, request, NULL, NULL, jobs, 2, NULL) == I2V_OK);
    i2v_request_destroy(request);
    for (index = 0; index < 2; index++) {
        CHECK_STATUS(finish_job(jobs[index]), I2V_ERROR_JOB_FAILED);
        check_batch_receipt(jobs[index], batch_id);
        i2v_job_release(jobs[index]);
    }
    requests = sandbox_requests("batch");
    body = json_object_get(json_array_get(requests, 0), "body");
    CHECK_INT(json_object_size(body), 12);
    CHECK_INT(json_integer_value(json_object_get(body, "count")), 2);
    CHECK_INT(json_integer_value(json_object_get(body, "video_length")), 6);
    CHECK(json_is_true(json_object_get(body, "generate_audio")));
    CHECK_INT(json_array_size(json_object_get(body, "multi_prompt")), 2);
    json_decref(requests);
    CHECK_INT(sandbox_count("videos_created"), 2);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

/* Each video the service made becomes a job that goes on, each it did not make a job with its reason. */
static void batch_may_succeed_in_part(void)
{
    i2v_client *client = sandbox_client();
    i2v_request *request = new_request();
    i2v_job *jobs[4];
    int index;
    i2v_request_set_count(request, 4);
    sandbox_oddities("{\"partial_success\":1}");
    REQUIRE(i2v_client_submit_batch(client, request, NULL, NULL, jobs, 4, NULL) == I2V_OK);
    i2v_request_destroy(request);
    CHECK_STATUS(finish_job(jobs[0]), I2V_OK);
    for (index = 1; index < 4; index++) {
        i2v_error *error;
        CHECK(finish_job(jobs[index]) != I2V_OK);
        error = i2v_job_copy_error(jobs[index]);
        CHECK(i2v_error_get_json(error) && i2v_error_get_json(error)[0] != 0);
        CHECK(i2v_error_get_service_message(error) != NULL);
        CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_NONE);
        i2v_error_destroy(error);
        CHECK_TEXT(i2v_job_get_id(jobs[index]), NULL);
    }
    for (index = 0; index < 4; index++) i2v_job_release(jobs[index]);
    CHECK_INT(sandbox_count("videos_created"), 1);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void success_without_a_video_is_a_failure(void)
{
    i2v_client *client = sandbox_client();
    i2v_request *request = new_request();
    i2v_job *job = NULL;
    i2v_error *error;
    i2v_request_set_count(request, 1);
    sandbox_oddities("{\"empty_success\":true}");
    REQUIRE(i2v_client_submit(client, request, NULL, NULL, &job, NULL) == I2V_OK);
    i2v_request_destroy(request);
    CHECK_STATUS(finish_job(job), I2V_ERROR_SERVICE);
    error = i2v_job_copy_error(job);
    CHECK_INT(i2v_error_get_service_code(error), 1000);
    CHECK_CONTAINS(i2v_error_get_json(error), "successList");
    i2v_error_destroy(error);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

/* ---- Results ---- */

/* Makes that many videos that fail at once, and gives their ids, each of 63 characters at most. */
static void make_videos(i2v_client *client, int count, char (*ids)[64])
{
    i2v_request *request = new_request();
    i2v_job *jobs[10];
    int index;
    i2v_request_set_image_url(request, NOWHERE);
    i2v_request_set_count(request, count);
    if (!CHECK_STATUS(i2v_client_submit_batch(client, request, NULL, NULL, jobs, 10, NULL), I2V_OK)) abort();
    i2v_request_destroy(request);
    for (index = 0; index < count; index++) {
        CHECK_STATUS(finish_job(jobs[index]), I2V_ERROR_JOB_FAILED);
        snprintf(ids[index], sizeof ids[index], "%s", i2v_job_get_id(jobs[index]));
        i2v_job_release(jobs[index]);
    }
}

static i2v_query *results_of(i2v_client *client, const char *const *ids, size_t count)
{
    i2v_query *query = NULL;
    CHECK_STATUS(i2v_client_query_results(client, ids, count, slack(HANG), NULL, NULL, &query, NULL),
                 I2V_OK);
    CHECK_STATUS(i2v_query_wait(query, -1, NULL), I2V_OK);
    CHECK_INT(i2v_query_get_count(query), (long long)count);
    return query;
}

/* Asks about ten videos, one of them twice, and two that nobody knows, in an order of its own. */
static void any_ids_come_in_the_order_asked(i2v_client *client, char (*made)[64])
{
    const char *ids[13];
    i2v_query *query;
    size_t index;
    for (index = 0; index < 10; index++) ids[index + 1] = made[9 - index];
    ids[0] = "nobody-knows-this";
    ids[11] = made[4];
    ids[12] = "nor-this";
    query = results_of(client, ids, 13);
    for (index = 0; index < 13; index++) {
        i2v_video *video = i2v_query_copy_video(query, index);
        CHECK_TEXT(i2v_video_get_id(video), index == 0 || index == 12 ? NULL : ids[index]);
        i2v_video_release(video);
    }
    i2v_query_release(query);
}

static void results_of_any_ids_tell_which_are_missing(void)
{
    i2v_client *client = sandbox_client();
    char made[10][64];
    make_videos(client, 10, made);
    any_ids_come_in_the_order_asked(client, made);
    sandbox_oddities(
        "{\"shuffled_rows\":true,\"duplicate_rows\":true,\"extra_fields\":true,\"code_as_text\":true}");
    any_ids_come_in_the_order_asked(client, made);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static size_t ids_in(json_t *request)
{
    const char *text = json_string_value(json_object_get(json_object_get(request, "body"), "_ids"));
    size_t count = 1;
    for (; text && *text; text++) count += *text == ',';
    return count;
}

static void list_that_is_too_long_is_halved_and_that_remembered(void)
{
    i2v_client *client = sandbox_client();
    char made[10][64];
    json_t *requests, *request;
    size_t index, skip, all, refused[2] = {0, 0};
    make_videos(client, 10, made);
    skip = (size_t)sandbox_count("results");
    sandbox_oddities("{\"results_cap\":3}");
    any_ids_come_in_the_order_asked(client, made);
    all = (size_t)sandbox_count("results");
    any_ids_come_in_the_order_asked(client, made);
    requests = sandbox_requests("results");
    json_array_foreach(requests, index, request)
    {
        if (index >= skip && ids_in(request) > 3) refused[index >= all]++;
    }
    /* Thirteen ids, halves of them, and halves of one half. Later a longer list is tried now and then. */
    CHECK_BETWEEN(refused[0], 3, 5);
    CHECK_BETWEEN(refused[1], 0, 1);
    CHECK_BETWEEN(json_array_size(requests) - all, 5, 9);
    json_decref(requests);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void polls_that_are_too_long_are_halved_too(void)
{
    enum { JOBS = 9 };
    i2v_client *client = sandbox_client();
    i2v_job *jobs[JOBS];
    int index;
    sandbox_oddities("{\"results_cap\":2}");
    for (index = 0; index < JOBS; index++) jobs[index] = start_job(client, new_request(), NULL);
    for (index = 0; index < JOBS; index++) {
        CHECK_STATUS(finish_job(jobs[index]), I2V_OK);
        i2v_job_release(jobs[index]);
    }
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void job_survives_everything_odd_at_once(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job;
    i2v_video *video;
    watch watched = {0};
    sandbox_oddities(
        "{\"missing_fields\":true,\"extra_fields\":true,\"update_before_create\":true,\"shuffled_rows\":true,"
        "\"duplicate_rows\":true,\"unknown_status\":7,\"code_as_text\":true,\"url_field\":\"external_"
        "video\"}");
    job = run_job(client, new_request_to(temp_path("odd.mp4")), &watched, I2V_OK);
    CHECK(is_mp4(temp_path("odd.mp4")));
    video = i2v_job_copy_video(job);
    CHECK(i2v_video_get_video_url(video) != NULL);
    CHECK_TEXT(i2v_video_get_prompt(video), NULL);
    CHECK_INT(watched.done, 1);
    CHECK_INT(sandbox_count("create"), 1);
    i2v_video_release(video);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void unknown_status_is_kept_as_it_is(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job;
    i2v_query *query;
    i2v_video *video;
    const char *ids[1];
    sandbox_faults("[{\"route\":\"results\",\"row\":{\"status\":9},\"times\":-1}]");
    job = start_job(client, new_request(), NULL);
    REQUIRE(reach_state(client, job, I2V_JOB_WAITING));
    CHECK(sandbox_reaches("results", 2));
    CHECK_INT(i2v_job_get_state(job), I2V_JOB_WAITING);
    ids[0] = i2v_job_get_id(job);
    query = results_of(client, ids, 1);
    video = i2v_query_copy_video(query, 0);
    CHECK_INT(i2v_video_get_status(video), 9);
    i2v_video_release(video);
    i2v_query_release(query);
    sandbox_faults("[]");
    CHECK_STATUS(finish_job(job), I2V_OK);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

/* No field for the reason is documented; these have been seen, as texts, objects and lists. */
static void failure_reason_is_found_under_every_known_name(void)
{
    static const char *const names[] = {
        "error_reason", "error_code", "error_reasons", "failed_reason", "faceswap_fail_reason",
        "fail_msg",     "error_msg",  "error_message", "error",         "msg",
        "message"};
    static const char *const shapes[] = {"text", "object", "array"};
    i2v_client *client = sandbox_client();
    char made[10][64];
    const char *ids[1];
    size_t name, shape;
    make_videos(client, 1, made);
    ids[0] = made[0];
    for (name = 0; name < sizeof names / sizeof *names; name++) {
        for (shape = 0; shape < 3; shape++) {
            char oddities[128];
            i2v_query *query;
            i2v_video *video;
            snprintf(oddities, sizeof oddities, "{\"failure_field\":{\"name\":\"%s\",\"shape\":\"%s\"}}",
                     names[name], shapes[shape]);
            sandbox_oddities(oddities);
            query = results_of(client, ids, 1);
            video = i2v_query_copy_video(query, 0);
            if (!CHECK_CONTAINS(i2v_video_get_failure_reason(video), "image_url")) CHECK_TEXT(oddities, "");
            i2v_video_release(video);
            i2v_query_release(query);
        }
    }
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

/* ---- Attaching ---- */

static void id_from_elsewhere_is_followed_and_fetched(void)
{
    i2v_client *maker = sandbox_client(), *client;
    i2v_job *made = start_job(maker, new_request(), NULL), *job = NULL;
    char id[64];
    watch watched = {0};
    REQUIRE(reach_id(maker, made));
    snprintf(id, sizeof id, "%s", i2v_job_get_id(made));
    i2v_job_release(made);
    /* Nothing of the process that made it is left but the id. */
    CHECK_STATUS(i2v_client_destroy(maker), I2V_OK);
    client = sandbox_client();
    CHECK_STATUS(
        i2v_client_attach(client, id, temp_path("elsewhere.mp4"), false, watch_event, &watched, &job, NULL),
        I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK_INT(i2v_job_get_state(job), I2V_JOB_SAVED);
    CHECK(is_mp4(temp_path("elsewhere.mp4")));
    CHECK_INT(watched.done, 1);
    CHECK_INT(sandbox_count("creates_processed"), 1);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void id_that_the_service_does_not_know_ends_at_the_deadline(void)
{
    i2v_config *config = new_config(NULL);
    i2v_client *client;
    i2v_job *job = NULL;
    i2v_config_set_job_deadline(config, enough());
    client = new_client(config);
    CHECK_STATUS(i2v_client_attach(client, "nobody-knows-this", NULL, false, NULL, NULL, &job, NULL), I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_ERROR_ID_UNKNOWN);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

/* ---- Effects ---- */

static void effects_are_listed_and_one_is_asked_for_by_its_code(void)
{
    i2v_client *client = sandbox_client();
    i2v_query *query = NULL;
    i2v_effect *effect;
    i2v_request *request = i2v_request_create();
    i2v_job *job = NULL;
    i2v_video *receipt;

    CHECK(!i2v_query_get_total(NULL, NULL));
    CHECK_STATUS(i2v_client_query_effects(client, slack(HANG), NULL, NULL, &query, NULL), I2V_OK);
    CHECK_STATUS(i2v_query_wait(query, -1, NULL), I2V_OK);
    CHECK_INT(i2v_query_get_count(query), 10);
    CHECK_NUMBER(i2v_query_get_total, query, 10);
    effect = i2v_query_copy_effect(query, 0);
    CHECK_TEXT(i2v_effect_get_id(effect), "687632b95a0f52799eeed701");
    CHECK_NUMBER(i2v_effect_get_create_time, effect, 1752576694502);
    CHECK_TEXT(i2v_effect_get_logo(effect),
               "https://static.website-files.org/assets/Image_to_Video/Lora/Squish.png");
    CHECK_TEXT(i2v_effect_get_name(effect), "Squish");
    CHECK_TEXT(i2v_effect_get_video_url(effect),
               "https://static.website-files.org/assets/Image_to_Video/Lora/Squish.mp4");
    CHECK_TEXT(i2v_effect_get_effect_code(effect), "squish_89244231312");
    CHECK_CONTAINS(i2v_effect_get_json(effect), "\"_id\"");
    i2v_effect_release(effect);
    effect = i2v_query_find_effect(query, "hot wind");
    CHECK_TEXT(i2v_effect_get_effect_code(effect), "hot_wind_662019");
    /* With an effect no prompt is needed. */
    i2v_request_set_image_url(request, NOWHERE);
    CHECK_STATUS(i2v_request_set_effect_code(request, i2v_effect_get_effect_code(effect)), I2V_OK);
    i2v_effect_release(effect);
    REQUIRE(i2v_client_submit(client, request, NULL, NULL, &job, NULL) == I2V_OK);
    i2v_request_destroy(request);
    CHECK_STATUS(finish_job(job), I2V_ERROR_JOB_FAILED);
    receipt = i2v_job_copy_receipt(job);
    CHECK_TEXT(i2v_video_get_effect_name(receipt), "Hot Wind");
    CHECK_TEXT(i2v_video_get_effect_code(receipt), "hot_wind_662019");
    i2v_video_release(receipt);
    i2v_job_release(job);
    i2v_query_release(query);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void effect_that_does_not_exist_is_refused(void)
{
    i2v_client *client = sandbox_client();
    i2v_request *request = new_request();
    i2v_job *job = NULL;
    i2v_request_set_effect_code(request, "no_such_effect");
    REQUIRE(i2v_client_submit(client, request, NULL, NULL, &job, NULL) == I2V_OK);
    i2v_request_destroy(request);
    CHECK_STATUS(finish_job(job), I2V_ERROR_NOT_FOUND);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

/* ---- New sound ---- */

static void new_sound_is_waited_for_and_saved(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *old = run_job(client, new_request(), NULL, I2V_OK), *job = NULL;
    i2v_video *receipt, *video;
    i2v_audio_type audio = 0;
    watch watched = {0};
    json_t *requests, *body;

    CHECK_STATUS(i2v_client_update_audio(client, i2v_job_get_id(old), I2V_AUDIO_GENERATED, NULL,
                                         temp_path("sound.mp4"), false, watch_event, &watched, &job, NULL),
                 I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK_INT(i2v_job_get_state(job), I2V_JOB_SAVED);
    CHECK(is_mp4(temp_path("sound.mp4")));
    CHECK_INT(watched.done, 1);
    CHECK(strcmp(i2v_job_get_id(job), i2v_job_get_id(old)) != 0);
    receipt = i2v_job_copy_receipt(job);
    CHECK_TEXT(i2v_video_get_id(receipt), i2v_job_get_id(job));
    CHECK_TEXT(i2v_video_get_pre_video_id(receipt), i2v_job_get_id(old));
    CHECK_FLAG(i2v_video_get_only_add_audio, receipt, true);
    CHECK_FLAG(i2v_video_get_extend_prompt, receipt, false);
    CHECK_REAL(i2v_video_get_deduction_credit, receipt, 5);
    CHECK_REAL(i2v_video_get_video_duration, receipt, 5);
    CHECK(i2v_video_get_update_time(receipt, NULL));
    CHECK(i2v_video_get_audio_type(receipt, &audio) && audio == I2V_AUDIO_GENERATED);
    CHECK_TEXT(i2v_video_get_audio_url(receipt), "");
    CHECK_TEXT(i2v_video_get_webhook_url(receipt), "");
    CHECK_TEXT(i2v_video_get_resolution(receipt), "720p");
    CHECK_CONTAINS(i2v_video_get_file_name(receipt), "Image2Video_");
    CHECK_TEXT(i2v_video_get_effect_name(receipt), "");
    CHECK_TEXT(i2v_video_get_effect_code(receipt), "");
    CHECK_TEXT(i2v_video_get_image_url(receipt), sandbox_picture());
    CHECK_TEXT(i2v_video_get_prompt(receipt), "the camera slowly moves closer");
    CHECK_TEXT(i2v_video_get_negative_prompt(receipt), "");
    CHECK_INT(i2v_video_get_status(receipt), I2V_SERVICE_QUEUEING);
    check_account(receipt);
    video = i2v_job_copy_video(job);
    CHECK_FLAG(i2v_video_get_only_add_audio, video, true);
    i2v_video_release(receipt);
    i2v_video_release(video);
    requests = sandbox_requests("audio");
    body = json_object_get(json_array_get(requests, 0), "body");
    CHECK_TEXT(json_string_value(json_object_get(body, "pre_video_id")), i2v_job_get_id(old));
    CHECK_INT(json_integer_value(json_object_get(body, "audio_type")), 1);
    json_decref(requests);
    i2v_job_release(job);
    i2v_job_release(old);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

/* A second of silence, as a WAV. */
static void upload_sound(char *url, size_t size)
{
    static const unsigned char head[] = {'R', 'I', 'F',  'F',  0x64, 0x1f, 0,    0,    'W',  'A', 'V',
                                         'E', 'f', 'm',  't',  ' ',  16,   0,    0,    0,    1,   0,
                                         1,   0,   0x40, 0x1f, 0,    0,    0x40, 0x1f, 0,    0,   1,
                                         0,   8,   0,    'd',  'a',  't',  'a',  0x40, 0x1f, 0,   0};
    static char sound[sizeof head + 8000];
    memset(sound, 0x80, sizeof sound);
    memcpy(sound, head, sizeof head);
    sandbox_upload("silence.wav", sound, sizeof sound, url, size);
}

static void sound_of_ones_own_is_taken(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *old = run_job(client, new_request(), NULL, I2V_OK), *job = NULL;
    i2v_video *video;
    i2v_audio_type audio = 0;
    char url[256];
    upload_sound(url, sizeof url);
    CHECK_STATUS(i2v_client_update_audio(client, i2v_job_get_id(old), I2V_AUDIO_CUSTOM, url,
                                         temp_path("own.mp4"), false, NULL, NULL, &job, NULL),
                 I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK(is_mp4(temp_path("own.mp4")));
    video = i2v_job_copy_video(job);
    CHECK(i2v_video_get_audio_type(video, &audio) && audio == I2V_AUDIO_CUSTOM);
    CHECK_TEXT(i2v_video_get_audio_url(video), url);
    i2v_video_release(video);
    i2v_job_release(job);
    i2v_job_release(old);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static i2v_status sound_for(i2v_client *client, const char *id, i2v_audio_type type, const char *url)
{
    i2v_job *job = NULL;
    i2v_status status = i2v_client_update_audio(client, id, type, url, NULL, false, NULL, NULL, &job, NULL);
    if (status == I2V_OK) status = finish_job(job);
    i2v_job_release(job);
    return status;
}

static void sound_for_what_is_no_finished_video_is_refused(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job;
    char made[10][64];
    CHECK_STATUS(sound_for(client, "nobody-knows-this", I2V_AUDIO_GENERATED, NULL), I2V_ERROR_NOT_FOUND);
    make_videos(client, 1, made);
    CHECK_STATUS(sound_for(client, made[0], I2V_AUDIO_GENERATED, NULL), I2V_ERROR_CONFLICT);
    job = run_job(client, new_request(), NULL, I2V_OK);
    CHECK_STATUS(sound_for(client, i2v_job_get_id(job), I2V_AUDIO_CUSTOM, "http://127.0.0.1:9/none.mp3"),
                 I2V_ERROR_JOB_FAILED);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

/* It costs credits like a create, so that it is sent once like one. */
static void lost_answer_to_new_sound_is_of_unknown_outcome(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *old = run_job(client, new_request(), NULL, I2V_OK);
    sandbox_faults("[{\"route\":\"audio\",\"when\":\"after\",\"close\":true}]");
    CHECK_STATUS(sound_for(client, i2v_job_get_id(old), I2V_AUDIO_GENERATED, NULL),
                 I2V_ERROR_OUTCOME_UNKNOWN);
    CHECK_INT(sandbox_count("audio"), 1);
    i2v_job_release(old);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

/* ---- Deleting ---- */

static void deletion_tells_of_every_id(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *saved = run_job(client, new_request_to(temp_path("deleted.mp4")), NULL, I2V_OK), *running;
    const char *ids[3];
    i2v_query *query = NULL;
    i2v_video *video;
    json_t *requests;
    char joined[256];

    sandbox_faults(FAULT_NEVER_FINISHED);
    running = start_job(client, new_request(), NULL);
    REQUIRE(reach_state(client, running, I2V_JOB_WAITING));
    ids[0] = i2v_job_get_id(running);
    ids[1] = i2v_job_get_id(saved);
    ids[2] = "nobody-knows-this";
    CHECK_STATUS(i2v_client_delete_videos(client, ids, 3, false, slack(HANG), NULL, NULL, &query, NULL),
                 I2V_OK);
    CHECK_STATUS(i2v_query_wait(query, -1, NULL), I2V_OK);
    CHECK_INT(i2v_query_get_count(query), 3);
    CHECK(!i2v_query_get_deleted(query, 0));
    CHECK_TEXT(i2v_query_get_refusal(query, 0), "video resource is processing, please try again later");
    CHECK(i2v_query_get_deleted(query, 1));
    CHECK_TEXT(i2v_query_get_refusal(query, 1), NULL);
    CHECK(!i2v_query_get_deleted(query, 2));
    CHECK_CONTAINS(i2v_query_get_refusal(query, 2), "permission");
    CHECK_CONTAINS(i2v_query_get_json(query), "successIds");
    i2v_query_release(query);
    requests = sandbox_requests("delete");
    snprintf(joined, sizeof joined, "%s,%s,%s", ids[0], ids[1], ids[2]);
    CHECK_TEXT(
        json_string_value(json_object_get(json_object_get(json_array_get(requests, 0), "body"), "_ids")),
        joined);
    json_decref(requests);
    query = results_of(client, ids + 1, 1);
    video = i2v_query_copy_video(query, 0);
    CHECK(video == NULL);
    i2v_query_release(query);
    i2v_job_release(saved);
    i2v_job_release(running);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void unsaved_video_goes_by_force_alone(void)
{
    i2v_client *client = sandbox_client(), *other = sandbox_client();
    i2v_job *job = run_job(client, new_request(), NULL, I2V_OK);
    const char *ids[2];
    i2v_query *query = NULL;
    i2v_error *error = NULL;

    ids[0] = "another";
    ids[1] = i2v_job_get_id(job);
    CHECK_STATUS(i2v_client_delete_videos(client, ids, 2, false, 5000, NULL, NULL, &query, &error),
                 I2V_ERROR_INVALID_STATE);
    CHECK_CONTAINS(i2v_error_get_message(error), ids[1]);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_STATE, "ids");
    CHECK(query == NULL);
    CHECK_INT(sandbox_count("delete"), 0);
    CHECK_STATUS(i2v_client_delete_videos(client, ids + 1, 1, true, slack(HANG), NULL, NULL, &query, NULL),
                 I2V_OK);
    CHECK_STATUS(i2v_query_wait(query, -1, NULL), I2V_OK);
    CHECK(i2v_query_get_deleted(query, 0));
    i2v_query_release(query);
    /* Once it is gone, there is nothing left to save. */
    CHECK_STATUS(i2v_client_delete_videos(client, ids + 1, 1, false, slack(HANG), NULL, NULL, &query, NULL),
                 I2V_OK);
    CHECK_STATUS(i2v_query_wait(query, -1, NULL), I2V_OK);
    CHECK(!i2v_query_get_deleted(query, 0));
    i2v_query_release(query);
    /* What other clients made is their business. */
    i2v_job_release(job);
    job = run_job(client, new_request(), NULL, I2V_OK);
    ids[0] = i2v_job_get_id(job);
    CHECK_STATUS(i2v_client_delete_videos(other, ids, 1, false, slack(HANG), NULL, NULL, &query, NULL),
                 I2V_OK);
    CHECK_STATUS(i2v_query_wait(query, -1, NULL), I2V_OK);
    CHECK(i2v_query_get_deleted(query, 0));
    i2v_query_release(query);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    CHECK_STATUS(i2v_client_destroy(other), I2V_OK);
}

/* ---- Credits ---- */

static double balance(i2v_client *client)
{
    i2v_query *query = NULL;
    double credits = -1;
    CHECK_STATUS(i2v_client_query_credits(client, slack(HANG), NULL, NULL, &query, NULL), I2V_OK);
    CHECK_STATUS(i2v_query_wait(query, -1, NULL), I2V_OK);
    CHECK(i2v_query_get_credits(query, &credits));
    i2v_query_release(query);
    return credits;
}

static void balance_goes_down_by_what_was_deducted(void)
{
    i2v_client *client = sandbox_client();
    double before = balance(client), deducted = 0;
    i2v_job_release(run_job(client, new_request(), NULL, I2V_OK));
    CHECK_STATUS(i2v_client_get_spending(client, &deducted, NULL), I2V_OK);
    CHECK(deducted == 20);
    CHECK(before - balance(client) == deducted);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

/* ---- Envelope ---- */

static void route_that_is_none_is_told(void)
{
    char url[128];
    i2v_client *client;
    i2v_query *query = NULL;
    i2v_error *error = NULL;
    snprintf(url, sizeof url, "%s/wrong", sandbox_url());
    client = new_client(new_config(url));
    CHECK_STATUS(i2v_client_query_effects(client, slack(HANG), NULL, NULL, &query, NULL), I2V_OK);
    CHECK_STATUS(i2v_query_wait(query, -1, &error), I2V_ERROR_HTTP);
    CHECK_INT(i2v_error_get_http_status(error), 404);
    CHECK_INT(i2v_error_get_service_code(error), 0);
    CHECK_TEXT(i2v_error_get_service_message(error), "Not Found");
    CHECK_CONTAINS(i2v_error_get_message(error), "base_url");
    i2v_error_destroy(error);
    i2v_query_release(query);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

void suite_service(void)
{
    RUN(single_create_takes_and_echoes_every_attribute);
    RUN(batch_create_takes_and_echoes_every_attribute);
    RUN(batch_may_succeed_in_part);
    RUN(success_without_a_video_is_a_failure);
    RUN(results_of_any_ids_tell_which_are_missing);
    RUN(list_that_is_too_long_is_halved_and_that_remembered);
    RUN(polls_that_are_too_long_are_halved_too);
    RUN(job_survives_everything_odd_at_once);
    RUN(unknown_status_is_kept_as_it_is);
    RUN(failure_reason_is_found_under_every_known_name);
    RUN(id_from_elsewhere_is_followed_and_fetched);
    RUN(id_that_the_service_does_not_know_ends_at_the_deadline);
    RUN(effects_are_listed_and_one_is_asked_for_by_its_code);
    RUN(effect_that_does_not_exist_is_refused);
    RUN(new_sound_is_waited_for_and_saved);
    RUN(sound_of_ones_own_is_taken);
    RUN(sound_for_what_is_no_finished_video_is_refused);
    RUN(lost_answer_to_new_sound_is_of_unknown_outcome);
    RUN(deletion_tells_of_every_id);
    RUN(unsaved_video_goes_by_force_alone);
    RUN(balance_goes_down_by_what_was_deducted);
    RUN(route_that_is_none_is_told);
}
