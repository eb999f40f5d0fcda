/* Questions to the service, videos followed by their id, and new sound. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#define EFFECTS                                                                                              \
    "{\"code\":1000,\"msg\":\"Success\",\"data\":{\"result\":[{\"_id\":\"e1\",\"create_time\":"              \
    "1752576694502,"                                                                                         \
    "\"logo\":\"http://e/l.png\",\"name\":\"Squish\",\"video_url\":\"http://e/"                              \
    "v.mp4\",\"effect_code\":\"squish_1\"},"                                                                 \
    "{\"name\":\"Cakeify\",\"effect_code\":\"cakeify_2\",\"new_field\":[1]}],\"count\":2}}"
#define MODELS                                                                                               \
    "{\"code\":1000,\"data\":[{\"value\":\"plain\",\"sort\":1,\"resolutionList\":[]},{\"value\":\"a/b.c\","  \
    "\"label\":\"AB\",\"provider\":\"p\",\"group\":\"g\",\"description\":\"d\",\"type\":1501,\"sort\":9,"    \
    "\"isPro\":false,"                                                                                       \
    "\"requiresPay\":true,\"supportedLastFrame\":true,\"supportedExtendPrompt\":false,\"maxImageCount\":2,"  \
    "\"maxCount\":4,\"generate_audio\":{\"required\":false},\"durationList\":[5,10],\"resolutionList\":["    \
    "{\"label\":\"768P\",\"value\":\"768P\",\"width\":1366,\"height\":768,\"unit_credit\":2.5}]}]}"

/* Plays the routes of the questions. */
static bool answer(server *server, int descriptor, const char *request, int connection)
{
    (void)server;
    (void)connection;
    if (strstr(request, "/effects ")) server_json(descriptor, EFFECTS);
    else if (strstr(request, "/aigModel/list?types%5B%5D=1501 ")) server_json(descriptor, MODELS);
    else if (strstr(request, "/quota/info "))
        server_json(descriptor, "{\"code\":1000,\"data\":{\"credit\":99.5}}");
    else if (strstr(request, "/delbyids "))
        server_json(descriptor,
                    "{\"code\":1000,\"msg\":\"Delete successfully\",\"data\":{\"successIds\":[\"a\"],"
                    "\"noPermissionItems\":[{\"_id\":\"b\",\"msg\":\"video resource is processing\"}]}}");
    else if (strstr(request, "/updateVideoAudio "))
        server_json(descriptor,
                    "{\"code\":1000,\"data\":{\"_id\":\"new\",\"pre_video_id\":\"old\",\"status\":1}}");
    else if (strstr(request, "\"_ids\":\"new\""))
        server_json(descriptor, "{\"code\":1000,\"data\":{\"result\":[{\"_id\":\"new\",\"status\":3,"
                                "\"video_url\":\"http://127.0.0.1:9/v.mp4\"}]}}");
    else if (strstr(request, "/resultsByIds "))
        server_json(descriptor, "{\"code\":1000,\"data\":{\"result\":[{\"_id\":\"b\",\"status\":2},"
                                "{\"_id\":\"a\",\"status\":1}]}}");
    else server_reply(descriptor, "404 Not Found", "", "{\"status\":404,\"msg\":\"Not Found\"}");
    return true;
}

/* Waits for a query; gives it, or NULL after a failed check. */
static i2v_query *answered(i2v_status started, i2v_query **query)
{
    if (!CHECK_STATUS(started, I2V_OK)) return NULL;
    CHECK_STATUS(i2v_query_wait(*query, 10000, NULL), I2V_OK);
    CHECK(i2v_query_get_done(*query));
    CHECK(i2v_query_copy_error(*query) == NULL);
    return *query;
}

static void count_call(i2v_query *query, void *user_data)
{
    CHECK(i2v_query_get_done(query));
    ++*(int *)user_data;
}

static void results_come_in_the_order_asked(void)
{
    static const char *const ids[] = {"a", "missing", "b"};
    server *service = server_start(answer, NULL);
    i2v_client *client = new_client(new_config(server_url(service)));
    i2v_query *query = NULL;
    i2v_video *video;
    int calls = 0;

    query =
        answered(i2v_client_query_results(client, ids, 3, 5000, count_call, &calls, &query, NULL), &query);
    CHECK_INT(i2v_query_get_count(query), 3);
    CHECK_INT(calls, 1);
    video = i2v_query_copy_video(query, 0);
    CHECK_TEXT(i2v_video_get_id(video), "a");
    i2v_video_release(video);
    CHECK(i2v_query_copy_video(query, 1) == NULL);
    video = i2v_query_copy_video(query, 2);
    CHECK_INT(i2v_video_get_status(video), I2V_SERVICE_PROCESSING);
    CHECK(i2v_query_copy_video(query, 3) == NULL);
    CHECK(i2v_query_copy_video(query, (size_t)-1) == NULL);
    CHECK(i2v_query_copy_effect(query, 0) == NULL);
    CHECK(i2v_query_copy_model(query, 0) == NULL);
    CHECK(!i2v_query_get_credits(query, NULL));
    CHECK_CONTAINS(i2v_query_get_json(query), "\"result\"");
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    CHECK_TEXT(i2v_video_get_id(video), "b");
    CHECK_INT(i2v_query_get_count(query), 3);
    i2v_video_release(video);
    i2v_query_release(query);
    server_stop(service);
}

static void effects_are_listed_and_found_by_name(void)
{
    server *service = server_start(answer, NULL);
    i2v_client *client = new_client(new_config(server_url(service)));
    i2v_query *query = NULL;
    i2v_effect *effect;
    int64_t time = 0;

    query = answered(i2v_client_query_effects(client, 5000, NULL, NULL, &query, NULL), &query);
    CHECK_INT(i2v_query_get_count(query), 2);
    effect = i2v_query_copy_effect(query, 0);
    CHECK_TEXT(i2v_effect_get_id(effect), "e1");
    CHECK_TEXT(i2v_effect_get_effect_code(effect), "squish_1");
    CHECK_TEXT(i2v_effect_get_name(effect), "Squish");
    CHECK_TEXT(i2v_effect_get_logo(effect), "http://e/l.png");
    CHECK_TEXT(i2v_effect_get_video_url(effect), "http://e/v.mp4");
    CHECK(i2v_effect_get_create_time(effect, &time));
    CHECK_INT(time, 1752576694502);
    i2v_effect_release(effect);
    effect = i2v_query_find_effect(query, "cakeIFY");
    CHECK_TEXT(i2v_effect_get_effect_code(effect), "cakeify_2");
    CHECK(!i2v_effect_get_create_time(effect, &time));
    CHECK_CONTAINS(i2v_effect_get_json(effect), "\"new_field\":[1]");
    CHECK(i2v_effect_retain(effect) == effect);
    i2v_effect_release(effect);
    i2v_effect_release(effect);
    CHECK(i2v_query_find_effect(query, "cake") == NULL);
    CHECK(i2v_query_copy_effect(query, 2) == NULL);
    i2v_query_release(query);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    server_stop(service);
}

static void models_are_listed_best_first(void)
{
    server *service = server_start(answer, NULL);
    i2v_client *client = new_client(new_config(server_url(service)));
    i2v_query *query = NULL;
    i2v_model *model;
    int64_t number = 0;
    double credit = 0;
    bool flag = false;

    query = answered(i2v_client_query_models(client, 1501, 5000, NULL, NULL, &query, NULL), &query);
    REQUIRE(query != NULL);
    CHECK_INT(i2v_query_get_count(query), 2);
    model = i2v_query_copy_model(query, 0);
    CHECK_TEXT(i2v_model_get_value(model), "a/b.c");
    CHECK_TEXT(i2v_model_get_label(model), "AB");
    CHECK_TEXT(i2v_model_get_provider(model), "p");
    CHECK_TEXT(i2v_model_get_group(model), "g");
    CHECK_TEXT(i2v_model_get_description(model), "d");
    CHECK(i2v_model_get_type(model, &number) && number == 1501);
    CHECK(i2v_model_get_sort(model, &number) && number == 9);
    CHECK(i2v_model_get_is_pro(model, &flag) && !flag);
    CHECK(i2v_model_get_requires_pay(model, &flag) && flag);
    CHECK(i2v_model_get_supported_last_frame(model, &flag) && flag);
    CHECK(i2v_model_get_supported_extend_prompt(model, &flag) && !flag);
    CHECK(i2v_model_get_max_image_count(model, &number) && number == 2);
    CHECK(i2v_model_get_max_count(model, &number) && number == 4);
    CHECK(i2v_model_get_generate_audio(model));
    CHECK_INT(i2v_model_get_duration_count(model), 2);
    CHECK_INT(i2v_model_get_duration(model, 1), 10);
    CHECK_INT(i2v_model_get_duration(model, 2), 0);
    CHECK_INT(i2v_model_get_resolution_count(model), 1);
    CHECK_TEXT(i2v_model_get_resolution_value(model, 0), "768P");
    CHECK_TEXT(i2v_model_get_resolution_value(model, 1), NULL);
    CHECK(i2v_model_get_resolution_unit_credit(model, 0, &credit) && credit == 2.5);
    CHECK(!i2v_model_get_resolution_unit_credit(model, 1, &credit));
    CHECK_CONTAINS(i2v_model_get_resolution_json(model, 0), "\"width\":1366");
    CHECK_CONTAINS(i2v_model_get_json(model), "\"group\":\"g\"");
    i2v_model_release(model);
    model = i2v_query_copy_model(query, 1);
    CHECK_TEXT(i2v_model_get_value(model), "plain");
    CHECK(!i2v_model_get_generate_audio(model));
    CHECK(!i2v_model_get_max_count(model, &number));
    i2v_model_release(model);
    i2v_query_release(query);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    server_stop(service);
}

static void credits_are_told(void)
{
    server *service = server_start(answer, NULL);
    i2v_client *client = new_client(new_config(server_url(service)));
    i2v_query *query = NULL;
    double credits = 0;

    query = answered(i2v_client_query_credits(client, 5000, NULL, NULL, &query, NULL), &query);
    CHECK(i2v_query_get_credits(query, &credits));
    CHECK(credits == 99.5);
    CHECK_INT(i2v_query_get_count(query), 0);
    i2v_query_release(query);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    server_stop(service);
}

static void deletion_tells_both_halves(void)
{
    static const char *const ids[] = {"b", "a", "c"};
    server *service = server_start(answer, NULL);
    i2v_client *client = new_client(new_config(server_url(service)));
    i2v_query *query = NULL;

    query = answered(i2v_client_delete_videos(client, ids, 3, false, 5000, NULL, NULL, &query, NULL), &query);
    CHECK_INT(i2v_query_get_count(query), 3);
    CHECK(!i2v_query_get_deleted(query, 0));
    CHECK_TEXT(i2v_query_get_refusal(query, 0), "video resource is processing");
    CHECK(i2v_query_get_deleted(query, 1));
    CHECK_TEXT(i2v_query_get_refusal(query, 1), NULL);
    CHECK(!i2v_query_get_deleted(query, 2));
    CHECK(i2v_query_get_refusal(query, 2) != NULL);
    CHECK(!i2v_query_get_deleted(query, 3));
    i2v_query_release(query);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    server_stop(service);
}

/* A paid video that is on no disk is not deleted by mistake. */
static void unsaved_video_is_deleted_by_force_only(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job = run_job(client, new_request(), NULL, I2V_OK);
    const char *ids[1];
    i2v_query *query = NULL;
    i2v_error *error = NULL;

    ids[0] = i2v_job_get_id(job);
    CHECK_STATUS(i2v_client_delete_videos(client, ids, 1, false, 5000, NULL, NULL, &query, &error),
                 I2V_ERROR_INVALID_STATE);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_STATE, "ids");
    CHECK(query == NULL);
    CHECK_STATUS(i2v_job_fetch(job, temp_path("kept.mp4"), false, NULL, NULL, NULL), I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK_STATUS(i2v_client_delete_videos(client, ids, 1, false, 5000, NULL, NULL, &query, NULL), I2V_OK);
    CHECK(i2v_query_wait(query, 10000, NULL) != I2V_ERROR_TIMEOUT);
    i2v_query_release(query);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static bool never(server *server, int descriptor, const char *request, int connection)
{
    (void)server;
    (void)request;
    (void)connection;
    server_hang(descriptor);
    return false;
}

static void query_ends_once_whatever_happens(void)
{
    server *service = server_start(never, NULL);
    i2v_client *client = new_client(new_config(server_url(service)));
    i2v_query *late = NULL, *cancelled = NULL, *last = NULL;
    i2v_error *error = NULL;
    int calls = 0;

    CHECK_STATUS(i2v_client_query_credits(client, 150, count_call, &calls, &late, NULL), I2V_OK);
    CHECK_STATUS(i2v_query_wait(late, 5000, &error), I2V_ERROR_DEADLINE);
    CHECK_ERROR(&error, I2V_ERROR_DEADLINE, NULL);
    CHECK_STATUS(i2v_client_query_effects(client, 60000, count_call, &calls, &cancelled, NULL), I2V_OK);
    CHECK_STATUS(i2v_query_cancel(cancelled), I2V_OK);
    CHECK_STATUS(i2v_query_wait(cancelled, 5000, NULL), I2V_ERROR_CANCELLED);
    CHECK_STATUS(i2v_client_query_effects(client, 60000, count_call, &calls, &last, NULL), I2V_OK);
    CHECK_STATUS(i2v_query_wait(last, 10, NULL), I2V_ERROR_TIMEOUT);
    CHECK(i2v_query_get_json(last) == NULL);
    CHECK_INT(i2v_client_get_job_count(client), 1);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    CHECK_INT(calls, 3);
    error = i2v_query_copy_error(last);
    CHECK_STATUS(i2v_error_get_status(error), I2V_ERROR_CANCELLED);
    i2v_error_destroy(error);
    i2v_query_release(late);
    i2v_query_release(cancelled);
    i2v_query_release(last);
    server_stop(service);
}

/* The kind: a question that names no video, so that there is none to leave out when the answer stays away. */
static void question_without_ids_that_is_never_answered_is_an_error(void)
{
    static const char *const routes[] = {"credits", "effects", "models"};
    size_t index;
    for (index = 0; index < sizeof routes / sizeof *routes; index++) {
        i2v_config *config = new_config(NULL);
        i2v_client *client;
        i2v_query *query = NULL;
        i2v_error *error;
        char rules[128];
        snprintf(rules, sizeof rules, "[{\"route\":\"%s\",\"times\":-1,\"hang\":true}]", routes[index]);
        sandbox_faults(rules);
        i2v_config_set_request_timeout(config, slack(200));
        client = new_client(config);
        if (index == 0) i2v_client_query_credits(client, slack(20000), NULL, NULL, &query, NULL);
        if (index == 1) i2v_client_query_effects(client, slack(20000), NULL, NULL, &query, NULL);
        if (index == 2) i2v_client_query_models(client, 1501, slack(20000), NULL, NULL, &query, NULL);
        CHECK_STATUS(i2v_query_wait(query, slack(20000), NULL), I2V_ERROR_NETWORK);
        CHECK_INT(sandbox_count(routes[index]), 4);
        error = i2v_query_copy_error(query);
        CHECK(i2v_error_get_retryable(error));
        i2v_error_destroy(error);
        i2v_query_release(query);
        CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    }
}

static void query_functions_take_null_and_nonsense(void)
{
    static const char *const broken[] = {"a,b"}, *const nothing[] = {NULL}, *const bytes[] = {"\xff"};
    i2v_client *client = sandbox_client();
    i2v_query *query = NULL;
    i2v_error *error = NULL;

    CHECK_STATUS(i2v_client_query_results(NULL, broken, 1, 100, NULL, NULL, &query, &error),
                 I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "client");
    CHECK_STATUS(i2v_client_query_results(client, NULL, 1, 100, NULL, NULL, &query, &error),
                 I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "ids");
    CHECK_STATUS(i2v_client_query_results(client, broken, 1, 100, NULL, NULL, NULL, NULL),
                 I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_client_query_results(client, nothing, 1, 100, NULL, NULL, NULL, NULL),
                 I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_client_query_results(client, bytes, 1, 100, NULL, NULL, NULL, NULL),
                 I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_client_query_results(client, broken, 0, 100, NULL, NULL, NULL, NULL),
                 I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_client_query_results(client, broken, (size_t)-1, 100, NULL, NULL, NULL, NULL),
                 I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_client_query_effects(client, 0, NULL, NULL, NULL, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_client_query_effects(client, -1, NULL, NULL, NULL, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_client_query_credits(client, 3600001, NULL, NULL, NULL, &error),
                 I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "milliseconds");
    CHECK_STATUS(i2v_client_query_effects(NULL, 100, NULL, NULL, NULL, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_client_query_models(NULL, 1501, 100, NULL, NULL, NULL, NULL),
                 I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_client_query_credits(NULL, 100, NULL, NULL, NULL, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_client_delete_videos(client, NULL, 0, true, 100, NULL, NULL, NULL, NULL),
                 I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_client_delete_videos(NULL, broken, 1, true, 100, NULL, NULL, NULL, NULL),
                 I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_query_wait(NULL, 0, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_query_cancel(NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK(!i2v_query_get_done(NULL) && i2v_query_copy_error(NULL) == NULL
          && i2v_query_get_json(NULL) == NULL);
    CHECK(i2v_query_get_count(NULL) == 0 && i2v_query_copy_video(NULL, 0) == NULL);
    CHECK(!i2v_query_get_deleted(NULL, 0) && i2v_query_get_refusal(NULL, 0) == NULL);
    CHECK(!i2v_query_get_credits(NULL, NULL) && i2v_query_copy_effect(NULL, 0) == NULL);
    CHECK(i2v_query_find_effect(NULL, "x") == NULL && i2v_query_copy_model(NULL, 0) == NULL);
    CHECK(i2v_query_retain(NULL) == NULL && i2v_effect_retain(NULL) == NULL
          && i2v_model_retain(NULL) == NULL);
    i2v_query_release(NULL);
    i2v_effect_release(NULL);
    i2v_model_release(NULL);
    CHECK(i2v_effect_get_name(NULL) == NULL && i2v_effect_get_json(NULL) == NULL);
    CHECK(i2v_effect_get_id(NULL) == NULL && i2v_effect_get_effect_code(NULL) == NULL);
    CHECK(i2v_effect_get_logo(NULL) == NULL && i2v_effect_get_video_url(NULL) == NULL);
    CHECK(!i2v_effect_get_create_time(NULL, NULL) && !i2v_query_get_total(NULL, NULL));
    CHECK(i2v_model_get_value(NULL) == NULL && i2v_model_get_resolution_count(NULL) == 0);
    CHECK(!i2v_model_get_is_pro(NULL, NULL) && i2v_model_get_duration(NULL, 0) == 0);
    CHECK(i2v_model_get_resolution_value(NULL, 0) == NULL && !i2v_model_get_generate_audio(NULL));
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

/* What one client created, another follows by its id alone. */
static void attached_video_is_followed_and_saved(void)
{
    i2v_client *maker = sandbox_client(), *follower = sandbox_client();
    i2v_job *made = start_job(maker, new_request(), NULL), *followed = NULL;
    i2v_error *error = NULL;
    watch watched = {0};

    REQUIRE(reach_id(maker, made));
    CHECK_STATUS(i2v_client_attach(follower, i2v_job_get_id(made), temp_path("attached.mp4"), false,
                                   watch_event, &watched, &followed, NULL),
                 I2V_OK);
    CHECK_STATUS(finish_job(followed), I2V_OK);
    CHECK_INT(i2v_job_get_state(followed), I2V_JOB_SAVED);
    CHECK_TEXT(i2v_job_get_id(followed), i2v_job_get_id(made));
    CHECK(i2v_job_copy_receipt(followed) == NULL);
    CHECK_INT(watched.done, 1);
    CHECK_LACKS(watched.order, "C");
    CHECK(is_mp4(temp_path("attached.mp4")));
    CHECK_INT(sandbox_count("creates_processed"), 1);
    i2v_job_release(followed);
    i2v_job_release(made);

    CHECK_STATUS(i2v_client_attach(follower, NULL, NULL, false, NULL, NULL, &followed, &error),
                 I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "id");
    CHECK(followed == NULL);
    CHECK_STATUS(i2v_client_attach(follower, "", NULL, false, NULL, NULL, NULL, NULL),
                 I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_client_attach(NULL, "a", NULL, false, NULL, NULL, NULL, NULL),
                 I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_client_destroy(follower), I2V_OK);
    CHECK_STATUS(i2v_client_destroy(maker), I2V_OK);
}

static void new_sound_makes_a_new_video(void)
{
    server *service = server_start(answer, NULL);
    i2v_client *client = new_client(new_config(server_url(service)));
    i2v_job *job = NULL;
    i2v_error *error = NULL;

    CHECK_STATUS(i2v_client_update_audio(client, "old", I2V_AUDIO_CUSTOM, "http://e/a.mp3", NULL, false, NULL,
                                         NULL, &job, NULL),
                 I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK_TEXT(i2v_job_get_id(job), "new");
    i2v_job_release(job);
    CHECK_INT(server_count(service, "\"pre_video_id\":\"old\""), 1);
    CHECK_INT(server_count(service, "\"audio_type\":2"), 1);

    CHECK_STATUS(
        i2v_client_update_audio(client, "old", I2V_AUDIO_CUSTOM, NULL, NULL, false, NULL, NULL, &job, &error),
        I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "audio_url");
    CHECK_STATUS(i2v_client_update_audio(client, "old", 9, NULL, NULL, false, NULL, NULL, &job, &error),
                 I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "audio_type");
    CHECK_STATUS(
        i2v_client_update_audio(client, NULL, I2V_AUDIO_GENERATED, NULL, NULL, false, NULL, NULL, NULL, NULL),
        I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(
        i2v_client_update_audio(NULL, "old", I2V_AUDIO_GENERATED, NULL, NULL, false, NULL, NULL, NULL, NULL),
        I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    server_stop(service);
}

void suite_query(void)
{
    RUN(results_come_in_the_order_asked);
    RUN(effects_are_listed_and_found_by_name);
    RUN(models_are_listed_best_first);
    RUN(credits_are_told);
    RUN(deletion_tells_both_halves);
    RUN(unsaved_video_is_deleted_by_force_only);
    RUN(query_ends_once_whatever_happens);
    RUN(question_without_ids_that_is_never_answered_is_an_error);
    RUN(query_functions_take_null_and_nonsense);
    RUN(attached_video_is_followed_and_saved);
    RUN(new_sound_makes_a_new_video);
}
