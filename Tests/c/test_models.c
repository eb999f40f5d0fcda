/* Models: every shape of the service's list is read, and a request that names an entry is held to it. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#define FAST "AkoolImage2VideoFastV1"
#define HD "AkoolImage2VideoHDV1"
#define LITE "seedance-1-0-lite-i2v-250428"
#define HAILUO "MiniMax-Hailuo-2.3/image-to-video"
#define KLING "kwaivgi/kling-video-o3-pro/image-to-video"
#define AURORA "sandbox/aurora-1.5/image-to-video"
#define VOICE "sandbox/aurora-2-voice"
#define PLAIN "sandbox/plain"

static i2v_client *client;
static i2v_query *list;

/* Asks the sandbox for its models of a type. */
static bool begin(int32_t type)
{
    client = sandbox_client();
    list = NULL;
    return CHECK_STATUS(i2v_client_query_models(client, type, slack(HANG), NULL, NULL, &list, NULL), I2V_OK)
           && CHECK_STATUS(i2v_query_wait(list, -1, NULL), I2V_OK);
}

static void end(void)
{
    i2v_query_release(list);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

/* The model of that value, which the caller releases; NULL after a failed check. */
static i2v_model *model_named(const char *value)
{
    size_t index;
    for (index = 0; index < i2v_query_get_count(list); index++) {
        i2v_model *model = i2v_query_copy_model(list, index);
        const char *its = i2v_model_get_value(model);
        if (its && strcmp(its, value) == 0) return model;
        i2v_model_release(model);
    }
    CHECK_TEXT(NULL, value);
    return NULL;
}

static i2v_request *request_for(const char *value)
{
    i2v_request *request = new_request();
    i2v_model *model = model_named(value);
    CHECK_STATUS(i2v_request_set_model(request, model), I2V_OK);
    i2v_model_release(model);
    return request;
}

static void models_come_best_first(void)
{
    static const char *const order[] = {FAST, HD, KLING, VOICE, LITE, AURORA, HAILUO, PLAIN};
    size_t index;
    REQUIRE(begin(1501));
    CHECK_INT(i2v_query_get_count(list), 8);
    for (index = 0; index < 8; index++) {
        i2v_model *model = i2v_query_copy_model(list, index);
        CHECK_TEXT(i2v_model_get_value(model), order[index]);
        i2v_model_release(model);
    }
    end();
}

static void models_are_listed_by_type(void)
{
    int64_t type = 0;
    i2v_model *model;
    REQUIRE(begin(1502));
    CHECK_INT(i2v_query_get_count(list), 1);
    model = i2v_query_copy_model(list, 0);
    CHECK(i2v_model_get_type(model, &type) && type == 1502);
    i2v_model_release(model);
    end();
    /* What is not implemented has no models, which is an answer. */
    REQUIRE(begin(9999));
    CHECK_INT(i2v_query_get_count(list), 0);
    CHECK(i2v_query_copy_model(list, 0) == NULL);
    CHECK_CONTAINS(i2v_query_get_json(list), "\"data\":[]");
    end();
}

static void every_field_of_a_model_is_given(void)
{
    i2v_model *model;
    int64_t number = 0;
    double real = 0;
    bool flag = false;
    REQUIRE(begin(1501));
    model = model_named(KLING);
    CHECK(i2v_model_get_sort(model, &number) && number == 90);
    CHECK_TEXT(i2v_model_get_group(model), "Kling");
    CHECK_TEXT(i2v_model_get_provider(model), "kwaivgi");
    CHECK(i2v_model_get_type(model, &number) && number == 1501);
    CHECK_TEXT(i2v_model_get_label(model), "Kling O3 Pro");
    CHECK_CONTAINS(i2v_model_get_description(model), "3 to 15 seconds");
    CHECK_INT(i2v_model_get_resolution_count(model), 2);
    CHECK_TEXT(i2v_model_get_resolution_value(model, 1), "1080p");
    CHECK_TEXT(i2v_model_get_resolution_label(model, 1), "1080p");
    CHECK(i2v_model_get_resolution_width(model, 1, &number) && number == 1920);
    CHECK(i2v_model_get_resolution_height(model, 1, &number) && number == 1080);
    CHECK(i2v_model_get_resolution_unit_credit(model, 1, &real) && real == 6);
    CHECK_INT(i2v_model_get_duration_count(model), 13);
    CHECK_INT(i2v_model_get_duration(model, 0), 3);
    CHECK_INT(i2v_model_get_duration(model, 12), 15);
    CHECK(i2v_model_get_is_pro(model, &flag) && !flag);
    CHECK(i2v_model_get_requires_pay(model, &flag) && flag);
    CHECK(i2v_model_get_supported_last_frame(model, &flag) && flag);
    CHECK(i2v_model_get_supported_extend_prompt(model, &flag) && !flag);
    CHECK(i2v_model_get_max_image_count(model, &number) && number == 4);
    CHECK(i2v_model_get_max_count(model, &number) && number == 4);
    CHECK(i2v_model_get_generate_audio(model));
    CHECK(i2v_model_get_audio_required(model, &flag) && !flag);
    flag = true;
    CHECK(i2v_model_get_audio_default(model, &flag) && !flag);
    CHECK(i2v_model_get_audio_credit_multiplier(model, &real) && real == 0.5);
    CHECK_CONTAINS(i2v_model_get_resolution_json(model, 0), "\"label\":\"720p\"");
    CHECK_CONTAINS(i2v_model_get_json(model), "\"provider\":\"kwaivgi\"");
    i2v_model_release(model);
    end();
}

static void older_entries_are_read_as_well(void)
{
    i2v_model *model;
    double real = 0;
    bool flag = false;
    REQUIRE(begin(1501));
    model = model_named(HD);
    CHECK_INT(i2v_model_get_resolution_count(model), 0);
    CHECK(i2v_model_get_unit_credit(model, &real) && real == 3);
    CHECK_INT(i2v_model_get_tag_count(model), 2);
    CHECK_TEXT(i2v_model_get_tag(model, 0), "HD");
    CHECK_TEXT(i2v_model_get_tag(model, 1), "Stable");
    CHECK_TEXT(i2v_model_get_tag(model, 2), NULL);
    CHECK_INT(i2v_model_get_ratio_count(model), 3);
    CHECK_TEXT(i2v_model_get_ratio(model, 2), "1:1");
    CHECK_TEXT(i2v_model_get_ratio(model, 3), NULL);
    CHECK(i2v_model_get_supported_reference(model, &flag) && flag);
    CHECK(!i2v_model_get_supported_last_frame(model, &flag));
    i2v_model_release(model);
    end();
}

static void lengths_may_belong_to_a_resolution(void)
{
    i2v_model *model;
    double real = 0;
    REQUIRE(begin(1501));
    model = model_named(HAILUO);
    CHECK_INT(i2v_model_get_duration_count(model), 0);
    CHECK_INT(i2v_model_get_resolution_duration_count(model, 0), 2);
    CHECK_INT(i2v_model_get_resolution_duration(model, 0, 0), 6);
    CHECK_INT(i2v_model_get_resolution_duration(model, 0, 1), 10);
    CHECK_INT(i2v_model_get_resolution_duration(model, 0, 2), 0);
    CHECK_INT(i2v_model_get_resolution_duration_count(model, 1), 1);
    CHECK_INT(i2v_model_get_resolution_duration(model, 1, 1), 0);
    CHECK_INT(i2v_model_get_resolution_duration_count(model, 2), 0);
    CHECK_INT(i2v_model_get_resolution_duration(model, 2, 0), 0);
    i2v_model_release(model);
    /* Elsewhere the model's own lists count. */
    model = model_named(VOICE);
    CHECK_INT(i2v_model_get_resolution_duration_count(model, 0), 0);
    CHECK_INT(i2v_model_get_duration_count(model), 3);
    CHECK(i2v_model_get_resolution_unit_credit(model, 0, &real) && real == 2);
    i2v_model_release(model);
    end();
}

static void sound_is_told_in_every_shape(void)
{
    static const struct {
        const char *value;
        bool makes, tells_required, required;
    } models[] = {{LITE, false, false, false},  {FAST, false, false, false}, {PLAIN, false, false, false},
                  {AURORA, true, false, false}, {KLING, true, true, false},  {VOICE, true, true, true}};
    size_t index;
    REQUIRE(begin(1501));
    for (index = 0; index < sizeof models / sizeof *models; index++) {
        i2v_model *model = model_named(models[index].value);
        bool flag = !models[index].required;
        CHECK(i2v_model_get_generate_audio(model) == models[index].makes);
        CHECK(i2v_model_get_audio_required(model, &flag) == models[index].tells_required);
        if (models[index].tells_required) CHECK(flag == models[index].required);
        CHECK(i2v_model_get_audio_default(model, NULL) == models[index].tells_required);
        CHECK(i2v_model_get_audio_credit_multiplier(model, NULL) == models[index].tells_required);
        i2v_model_release(model);
    }
    end();
}

static void entry_of_nothing_but_a_name_is_read(void)
{
    i2v_model *model;
    int64_t number = 77;
    double real = 7.5;
    bool flag = true;
    REQUIRE(begin(1501));
    model = model_named(PLAIN);
    CHECK_TEXT(i2v_model_get_group(model), NULL);
    CHECK_TEXT(i2v_model_get_provider(model), NULL);
    CHECK_TEXT(i2v_model_get_description(model), NULL);
    CHECK_INT(i2v_model_get_resolution_count(model), 0);
    CHECK_INT(i2v_model_get_duration_count(model), 0);
    CHECK_INT(i2v_model_get_tag_count(model), 0);
    CHECK_INT(i2v_model_get_ratio_count(model), 0);
    CHECK(!i2v_model_get_is_pro(model, &flag) && !i2v_model_get_requires_pay(model, &flag));
    CHECK(!i2v_model_get_max_count(model, &number) && !i2v_model_get_max_image_count(model, &number));
    CHECK(!i2v_model_get_unit_credit(model, &real));
    CHECK(number == 77 && real == 7.5 && flag);
    i2v_model_release(model);
    end();
}

static void model_functions_take_null_and_any_index(void)
{
    static const size_t indexes[] = {0, 1, (size_t)-1, SIZE_MAX / 2, SIZE_MAX / 2 + 1};
    i2v_model *model;
    int64_t number = 77;
    double real = 7.5;
    bool flag = true;
    size_t index;
    CHECK_TEXT(i2v_model_get_label(NULL), NULL);
    CHECK_TEXT(i2v_model_get_provider(NULL), NULL);
    CHECK_TEXT(i2v_model_get_group(NULL), NULL);
    CHECK_TEXT(i2v_model_get_description(NULL), NULL);
    CHECK_TEXT(i2v_model_get_json(NULL), NULL);
    CHECK(!i2v_model_get_type(NULL, &number) && !i2v_model_get_sort(NULL, &number));
    CHECK(!i2v_model_get_is_pro(NULL, &flag) && !i2v_model_get_requires_pay(NULL, &flag));
    CHECK(!i2v_model_get_supported_last_frame(NULL, &flag)
          && !i2v_model_get_supported_extend_prompt(NULL, &flag));
    CHECK(!i2v_model_get_supported_reference(NULL, &flag));
    CHECK(!i2v_model_get_max_image_count(NULL, &number) && !i2v_model_get_max_count(NULL, &number));
    CHECK(!i2v_model_get_unit_credit(NULL, &real));
    CHECK(!i2v_model_get_audio_required(NULL, &flag) && !i2v_model_get_audio_default(NULL, &flag));
    CHECK(!i2v_model_get_audio_credit_multiplier(NULL, &real));
    CHECK_INT(i2v_model_get_duration_count(NULL), 0);
    CHECK_INT(i2v_model_get_tag_count(NULL), 0);
    CHECK_INT(i2v_model_get_ratio_count(NULL), 0);
    REQUIRE(begin(1501));
    model = model_named(PLAIN);
    for (index = 0; index < sizeof indexes / sizeof *indexes; index++) {
        const i2v_model *both[2];
        size_t which, at = indexes[index];
        both[0] = NULL;
        both[1] = model;
        for (which = 0; which < 2; which++) {
            CHECK_INT(i2v_model_get_duration(both[which], at), 0);
            CHECK_TEXT(i2v_model_get_resolution_value(both[which], at), NULL);
            CHECK_TEXT(i2v_model_get_resolution_label(both[which], at), NULL);
            CHECK_TEXT(i2v_model_get_resolution_json(both[which], at), NULL);
            CHECK(!i2v_model_get_resolution_width(both[which], at, &number));
            CHECK(!i2v_model_get_resolution_height(both[which], at, &number));
            CHECK(!i2v_model_get_resolution_unit_credit(both[which], at, &real));
            CHECK_INT(i2v_model_get_resolution_duration_count(both[which], at), 0);
            CHECK_INT(i2v_model_get_resolution_duration(both[which], at, at), 0);
            CHECK_TEXT(i2v_model_get_tag(both[which], at), NULL);
            CHECK_TEXT(i2v_model_get_ratio(both[which], at), NULL);
        }
    }
    CHECK(number == 77 && real == 7.5 && flag);
    i2v_model_release(model);
    end();
}

/* ---- Requests that name an entry ---- */

/* Consumes the request: refused with the field, in words that have every part, and without a byte sent. */
static void refused(i2v_request *request, const char *field, const char *one, const char *other)
{
    i2v_error *error = NULL;
    CHECK_STATUS(i2v_request_validate(request, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_CONTAINS(i2v_error_get_message(error), one);
    CHECK_CONTAINS(i2v_error_get_message(error), other);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, field);
    CHECK_STATUS(i2v_client_submit_batch(client, request, NULL, NULL, NULL, 0, &error),
                 I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, field);
    i2v_request_destroy(request);
    CHECK_INT(sandbox_count("batch"), 0);
}

static void accepted(i2v_request *request)
{
    i2v_error *error = NULL;
    CHECK_STATUS(i2v_request_validate(request, &error), I2V_OK);
    CHECK_TEXT(i2v_error_get_message(error), "");
    i2v_error_destroy(error);
    i2v_request_destroy(request);
}

static void what_the_model_does_not_offer_is_refused_with_what_it_does(void)
{
    i2v_request *request;
    REQUIRE(begin(1501));
    request = request_for(FAST);
    i2v_request_set_resolution(request, "480p");
    refused(request, "resolution", "480p", "720p, 1080p, 4k");
    request = request_for(FAST);
    i2v_request_set_video_length(request, 6);
    refused(request, "video_length", FAST, "5, 10");
    request = request_for(FAST);
    i2v_request_set_count(request, 5);
    refused(request, "count", "5", "at most 4");
    request = request_for(FAST);
    i2v_request_set_last_image_url(request, sandbox_picture());
    refused(request, "last_image_url", FAST, "no last frame");
    request = request_for(FAST);
    i2v_request_set_generate_audio(request, true);
    refused(request, "generate_audio", FAST, "no sound");
    request = request_for(KLING);
    i2v_request_set_extend_prompt(request, true);
    refused(request, "extend_prompt", KLING, "prompt");
    request = request_for(HD);
    i2v_request_set_resolution(request, "720p");
    refused(request, "resolution", HD, "none");
    end();
}

static void lengths_depend_on_the_resolution(void)
{
    i2v_request *request;
    REQUIRE(begin(1501));
    request = request_for(HAILUO);
    i2v_request_set_resolution(request, "768P");
    i2v_request_set_video_length(request, 10);
    accepted(request);
    request = request_for(HAILUO);
    i2v_request_set_resolution(request, "1080P");
    i2v_request_set_video_length(request, 10);
    refused(request, "video_length", "10", "takes 6");
    end();
}

static void what_the_model_leaves_open_is_not_restricted(void)
{
    i2v_request *request;
    REQUIRE(begin(1501));
    request = request_for(PLAIN);
    i2v_request_set_video_length(request, 17);
    i2v_request_set_count(request, 10);
    i2v_request_set_last_image_url(request, sandbox_picture());
    accepted(request);
    request = request_for(HD);
    i2v_request_set_last_image_url(request, sandbox_picture());
    accepted(request);
    request = request_for(KLING);
    i2v_request_set_extend_prompt(request, false);
    i2v_request_set_generate_audio(request, false);
    accepted(request);
    end();
}

/* The bodies of the batch creates so far, newest last; the caller gives the array back. */
static json_t *last_body(void)
{
    json_t *requests = sandbox_requests("batch");
    json_t *body =
        json_incref(json_object_get(json_array_get(requests, json_array_size(requests) - 1), "body"));
    json_decref(requests);
    return body;
}

/* For every model a request that sets nothing else becomes one that the model takes. */
static void what_is_not_set_becomes_what_the_model_offers(void)
{
    static const struct {
        const char *value, *resolution;
        int seconds;
    } models[] = {{FAST, "720p", 5},       {HD, NULL, 5},     {KLING, "720p", 5},  {VOICE, "720p", 5},
                  {AURORA, "1280x720", 4}, {LITE, "720p", 5}, {HAILUO, "768P", 6}, {PLAIN, NULL, 5}};
    size_t index;
    REQUIRE(begin(1501));
    for (index = 0; index < sizeof models / sizeof *models; index++) {
        i2v_request *request = request_for(models[index].value);
        i2v_job *job = NULL;
        json_t *body;
        i2v_error *error;
        /* It need not be made: that the sandbox takes it is what counts. */
        i2v_request_set_image_url(request, "http://127.0.0.1:9/none.png");
        REQUIRE(i2v_client_submit(client, request, NULL, NULL, &job, NULL) == I2V_OK);
        i2v_request_destroy(request);
        finish_job(job);
        error = i2v_job_copy_error(job);
        CHECK_STATUS(i2v_error_get_status(error), I2V_ERROR_JOB_FAILED);
        i2v_error_destroy(error);
        body = last_body();
        CHECK_TEXT(json_string_value(json_object_get(body, "model_name")), models[index].value);
        CHECK_TEXT(json_string_value(json_object_get(body, "resolution")), models[index].resolution);
        CHECK_INT(json_integer_value(json_object_get(body, "video_length")), models[index].seconds);
        json_decref(body);
        i2v_job_release(job);
    }
    end();
}

static void resolution_is_sent_as_the_model_spells_it(void)
{
    i2v_request *request;
    i2v_job *job = NULL;
    json_t *body;
    REQUIRE(begin(1501));
    request = request_for(HAILUO);
    i2v_request_set_image_url(request, "http://127.0.0.1:9/none.png");
    i2v_request_set_resolution(request, "768p");
    REQUIRE(i2v_client_submit(client, request, NULL, NULL, &job, NULL) == I2V_OK);
    i2v_request_destroy(request);
    CHECK_STATUS(finish_job(job), I2V_ERROR_JOB_FAILED);
    body = last_body();
    CHECK_TEXT(json_string_value(json_object_get(body, "resolution")), "768P");
    json_decref(body);
    i2v_job_release(job);
    end();
}

static void model_and_its_name_replace_each_other(void)
{
    i2v_request *request;
    i2v_model *model;
    double low = 0, high = 0;
    i2v_estimate_basis basis = 0;
    REQUIRE(begin(1501));
    request = request_for(FAST);
    i2v_request_set_video_length(request, 6);
    CHECK_STATUS(i2v_request_validate(request, NULL), I2V_ERROR_INVALID_ARGUMENT);
    /* A name alone holds the request to nothing, even the same one. */
    CHECK_STATUS(i2v_request_set_model_name(request, LITE), I2V_OK);
    CHECK_STATUS(i2v_request_validate(request, NULL), I2V_OK);
    CHECK_STATUS(i2v_request_get_estimate(request, &low, &high, &basis, NULL), I2V_OK);
    CHECK(low == 8 && high == 200 && basis == I2V_ESTIMATE_PAGE);
    model = model_named(KLING);
    CHECK_STATUS(i2v_request_set_model(request, model), I2V_OK);
    i2v_model_release(model);
    CHECK_STATUS(i2v_request_get_estimate(request, &low, &high, &basis, NULL), I2V_OK);
    CHECK(low == 4 && high == 24 && basis == I2V_ESTIMATE_MODEL);
    accepted(request);
    end();
}

static void model_is_copied(void)
{
    i2v_request *request;
    i2v_error *error = NULL;
    REQUIRE(begin(1501));
    request = request_for(FAST);
    end();
    i2v_request_set_video_length(request, 7);
    CHECK_STATUS(i2v_request_validate(request, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_CONTAINS(i2v_error_get_message(error), FAST);
    i2v_error_destroy(error);
    i2v_request_destroy(request);
}

/* Whether unit_credit is meant for a clip or for a second, nobody knows: the estimate has both. */
static void models_price_makes_the_estimate(void)
{
    static const struct {
        const char *value, *resolution;
        int seconds, count;
        bool sound;
        double low, high;
    } table[] = {
        {FAST, "720p", 5, 1, false, 0.8, 4},    {FAST, "4k", 10, 1, false, 3, 30},
        {FAST, "720p", 10, 3, false, 2.4, 24},  {LITE, "720p", 5, 1, false, 5, 25},
        {LITE, "1080p", 5, 1, false, 12, 60},   {HAILUO, "1080P", 6, 2, false, 8, 48},
        {AURORA, "1280x720", 8, 1, true, 1, 8}, {KLING, "1080p", 15, 1, false, 6, 90},
        {HD, NULL, 5, 1, false, 3, 15},
    };
    size_t index;
    REQUIRE(begin(1501));
    for (index = 0; index < sizeof table / sizeof *table; index++) {
        i2v_request *request = request_for(table[index].value);
        double low = 0, high = 0;
        i2v_estimate_basis basis = 0;
        if (table[index].resolution) i2v_request_set_resolution(request, table[index].resolution);
        i2v_request_set_video_length(request, table[index].seconds);
        if (table[index].count > 1) i2v_request_set_count(request, table[index].count);
        if (table[index].sound) i2v_request_set_generate_audio(request, true);
        CHECK_STATUS(i2v_request_get_estimate(request, &low, &high, &basis, NULL), I2V_OK);
        CHECK_INT((long long)(low * 100 + 0.5), (long long)(table[index].low * 100 + 0.5));
        CHECK_INT((long long)(high * 100 + 0.5), (long long)(table[index].high * 100 + 0.5));
        CHECK_INT(basis, I2V_ESTIMATE_MODEL);
        i2v_request_destroy(request);
    }
    end();
}

/* The sandbox takes the multiplier for a share that comes on top, as the library does, and charges the unit_credit once
 * for a clip, or for each of its seconds. */
static void sound_is_in_the_estimate(void)
{
    static const struct {
        const char *value;
        bool asked;
    } table[] = {{KLING, true}, {KLING, false}, {VOICE, true}, {VOICE, false}};
    size_t index;
    REQUIRE(begin(1501));
    for (index = 0; index < 2 * (sizeof table / sizeof *table); index++) {
        bool by_second = index % 2 == 1;
        i2v_request *request = request_for(table[index / 2].value);
        i2v_job *job = NULL;
        i2v_video *receipt;
        double low = 0, high = 0, taken = 0;
        sandbox_oddities(by_second ? "{\"unit_credit_per\":\"second\"}" : "{}");
        i2v_request_set_image_url(request, "http://127.0.0.1:9/none.png");
        if (table[index / 2].asked) i2v_request_set_generate_audio(request, true);
        CHECK_STATUS(i2v_request_get_estimate(request, &low, &high, NULL, NULL), I2V_OK);
        REQUIRE(i2v_client_submit(client, request, NULL, NULL, &job, NULL) == I2V_OK);
        i2v_request_destroy(request);
        finish_job(job);
        receipt = i2v_job_copy_receipt(job);
        CHECK(i2v_video_get_deduction_credit(receipt, &taken));
        CHECK_INT((long long)((by_second ? high : low) * 100 + 0.5), (long long)(taken * 100));
        i2v_video_release(receipt);
        i2v_job_release(job);
    }
    end();
}

/* Plays entries that name no model, or in other ways than the sandbox. */
static bool play_models(server *server, int descriptor, const char *request, int connection)
{
    (void)request;
    (void)connection;
    server_json(descriptor, server_state(server));
    return true;
}

static void entries_in_other_shapes_are_read(void)
{
    static char answer[] =
        "{\"code\":1000,\"data\":{\"result\":[17,null,{\"label\":\"nameless\",\"sort\":\"30\"},{\"value\":"
        "\"\",\"sort\":20},"
        "{\"value\":\"a\",\"sort\":10,\"resolutionList\":[\"720p\",{\"label\":\"1080P\"},{},7],"
        "\"durationList\":[\"5\",{\"value\":10},null],\"isPro\":1,\"requiresPay\":\"0\",\"maxCount\":\"3\","
        "\"generate_audio\":\"yes\",\"tags\":[{\"label\":\"L\"},\"T\",9],\"supportedLastFrame\":null},"
        "{\"value\":\"b\",\"resolutionList\":{},\"durationList\":5,\"sort\":{}}]}}";
    server *service = server_start(play_models, answer);
    i2v_request *request = new_request();
    i2v_error *error = NULL;
    i2v_model *model;
    int64_t number = 0;
    bool flag = false;

    client = new_client(new_config(server_url(service)));
    list = NULL;
    REQUIRE(i2v_client_query_models(client, 1501, 5000, NULL, NULL, &list, NULL) == I2V_OK);
    CHECK_STATUS(i2v_query_wait(list, -1, NULL), I2V_OK);
    REQUIRE(i2v_query_get_count(list) == 4);
    model = i2v_query_copy_model(list, 0);
    CHECK_TEXT(i2v_model_get_label(model), "nameless");
    CHECK_STATUS(i2v_request_set_model(request, model), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_validate(request, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "model_name");
    i2v_model_release(model);
    model = i2v_query_copy_model(list, 1);
    CHECK_STATUS(i2v_request_set_model(request, model), I2V_ERROR_INVALID_ARGUMENT);
    i2v_model_release(model);
    model = model_named("a");
    CHECK_INT(i2v_model_get_resolution_count(model), 2);
    CHECK_TEXT(i2v_model_get_resolution_value(model, 0), "720p");
    CHECK_TEXT(i2v_model_get_resolution_value(model, 1), "1080P");
    CHECK_INT(i2v_model_get_duration_count(model), 2);
    CHECK_INT(i2v_model_get_duration(model, 1), 10);
    CHECK(i2v_model_get_is_pro(model, &flag) && flag);
    CHECK(i2v_model_get_requires_pay(model, &flag) && !flag);
    CHECK(i2v_model_get_max_count(model, &number) && number == 3);
    CHECK(i2v_model_get_generate_audio(model));
    CHECK_INT(i2v_model_get_tag_count(model), 2);
    CHECK_TEXT(i2v_model_get_tag(model, 0), "L");
    CHECK_TEXT(i2v_model_get_tag(model, 1), "T");
    CHECK_STATUS(i2v_request_set_model(request, model), I2V_OK);
    CHECK_STATUS(i2v_request_validate(request, NULL), I2V_OK);
    i2v_model_release(model);
    model = model_named("b");
    CHECK_INT(i2v_model_get_resolution_count(model), 0);
    CHECK_INT(i2v_model_get_duration_count(model), 0);
    i2v_model_release(model);
    i2v_request_destroy(request);
    end();
    server_stop(service);
}

/* What always has sound always costs what sound costs. */
static void sound_that_is_not_asked_for_is_in_the_estimate_too(void)
{
    static char answer[] =
        "{\"code\":1000,\"data\":[{\"value\":\"a\",\"unit_credit\":2,\"generate_audio\":{\"required\":true,"
        "\"default\":true,\"extra_credit_multiplier\":0.5}}]}";
    server *service = server_start(play_models, answer);
    i2v_request *request;
    double low = 0, high = 0;

    client = new_client(new_config(server_url(service)));
    list = NULL;
    REQUIRE(i2v_client_query_models(client, 1501, 5000, NULL, NULL, &list, NULL) == I2V_OK);
    CHECK_STATUS(i2v_query_wait(list, -1, NULL), I2V_OK);
    request = request_for("a");
    CHECK_STATUS(i2v_request_get_estimate(request, &low, &high, NULL, NULL), I2V_OK);
    CHECK(low == 3 && high == 15);
    i2v_request_destroy(request);
    end();
    server_stop(service);
}

/* Entries that no price can be read from leave it to the page; no number of a list ends the process. */
static void odd_entries_give_an_estimate_all_the_same(void)
{
    static char answer[] =
        "{\"code\":1000,\"data\":["
        "{\"value\":\"long\",\"durationList\":[9223372036854775807]},"
        "{\"value\":\"negative\",\"durationList\":[-9223372036854775808]},"
        "{\"value\":\"zero\",\"durationList\":[0],\"unit_credit\":0},"
        "{\"value\":\"minus\",\"unit_credit\":-5,\"durationList\":[5]},"
        "{\"value\":\"absurd\",\"unit_credit\":1e300,\"durationList\":[5]},"
        "{\"value\":\"large\",\"unit_credit\":9223372036854775807,\"durationList\":[5]},"
        "{\"value\":\"text\",\"unit_credit\":\"a lot\",\"durationList\":[5]},"
        "{\"value\":\"own\",\"unit_credit\":3,\"resolutionList\":[{\"value\":\"720p\",\"unit_credit\":0}]},"
        "{\"value\":\"dear\",\"unit_credit\":7,\"durationList\":[9223372036854775807]},"
        "{\"value\":\"loud\",\"unit_credit\":\"2\",\"durationList\":[5],"
        "\"generate_audio\":{\"required\":true,\"extra_credit_multiplier\":-9}},"
        "{\"value\":\"louder\",\"unit_credit\":2,\"durationList\":[5],"
        "\"generate_audio\":{\"required\":true,\"extra_credit_multiplier\":1e300}}]}";
    /* The longest video that can be asked for, and the shortest, are the bounds of what is reckoned with. */
    static const struct {
        const char *value;
        double low, high;
        i2v_estimate_basis basis;
    } table[] = {
        {"long", 720 * 20 / 5, 720 * 20 * 5, I2V_ESTIMATE_PAGE}, {"negative", 4, 100, I2V_ESTIMATE_PAGE},
        {"zero", 4, 100, I2V_ESTIMATE_PAGE},  {"minus", 4, 100, I2V_ESTIMATE_PAGE},
        {"absurd", 4, 100, I2V_ESTIMATE_PAGE}, {"large", 4, 100, I2V_ESTIMATE_PAGE},
        {"text", 4, 100, I2V_ESTIMATE_PAGE},  {"own", 4, 100, I2V_ESTIMATE_PAGE},
        {"dear", 7, 7 * 3600, I2V_ESTIMATE_MODEL}, {"loud", 2, 10, I2V_ESTIMATE_MODEL},
        {"louder", 202, 1010, I2V_ESTIMATE_MODEL},
    };
    server *service = server_start(play_models, answer);
    size_t index;
    client = new_client(new_config(server_url(service)));
    list = NULL;
    REQUIRE(i2v_client_query_models(client, 1501, 5000, NULL, NULL, &list, NULL) == I2V_OK);
    CHECK_STATUS(i2v_query_wait(list, -1, NULL), I2V_OK);
    for (index = 0; index < sizeof table / sizeof *table; index++) {
        i2v_request *request = request_for(table[index].value);
        double low = 0, high = 0;
        i2v_estimate_basis basis = 0;
        i2v_request_set_resolution(request, "720p");
        CHECK_STATUS(i2v_request_get_estimate(request, &low, &high, &basis, NULL), I2V_OK);
        CHECK(low == table[index].low && high == table[index].high && basis == table[index].basis);
        CHECK_STATUS(i2v_client_get_estimate(client, request, &low, &high, &basis, NULL), I2V_OK);
        CHECK(low == table[index].low && high == table[index].high && basis == table[index].basis);
        i2v_request_destroy(request);
    }
    end();
    server_stop(service);
}

/* ---- What only models take ---- */

static void new_setters_take_null(void)
{
    i2v_request *request = new_request();
    i2v_error *error = NULL;
    CHECK_STATUS(i2v_request_set_model(NULL, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_set_generate_audio(NULL, true), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_add_multi_prompt(NULL, 5, "x"), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_clear_multi_prompt(NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_set_model(request, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_validate(request, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "model");
    /* The model's name is the same field: setting it right clears the refusal. */
    CHECK_STATUS(i2v_request_set_model_name(request, "any"), I2V_OK);
    CHECK_STATUS(i2v_request_validate(request, NULL), I2V_OK);
    i2v_request_destroy(request);
}

static void shots_are_refused(i2v_request *request)
{
    i2v_error *error = NULL;
    CHECK_STATUS(i2v_request_validate(request, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "multi_prompt");
}

static void shots_are_checked(void)
{
    static const int32_t bad[] = {0, -1, 3601, INT32_MIN, INT32_MAX};
    i2v_request *request = new_request();
    size_t index;
    i2v_request_set_model_name(request, "any");
    for (index = 0; index < sizeof bad / sizeof *bad; index++) {
        CHECK_STATUS(i2v_request_add_multi_prompt(request, bad[index], "x"), I2V_ERROR_INVALID_ARGUMENT);
        shots_are_refused(request);
    }
    CHECK_STATUS(i2v_request_add_multi_prompt(request, 5, NULL), I2V_ERROR_INVALID_ARGUMENT);
    shots_are_refused(request);
    CHECK_STATUS(i2v_request_add_multi_prompt(request, 5, ""), I2V_ERROR_INVALID_ARGUMENT);
    shots_are_refused(request);
    CHECK_STATUS(i2v_request_add_multi_prompt(request, 5, "a\xff"), I2V_ERROR_INVALID_ARGUMENT);
    shots_are_refused(request);
    CHECK_STATUS(i2v_request_clear_multi_prompt(request), I2V_OK);
    CHECK_STATUS(i2v_request_validate(request, NULL), I2V_OK);
    i2v_request_destroy(request);
}

static void a_good_shot_does_not_hide_that_one_is_missing(void)
{
    i2v_request *request = new_request();
    i2v_request_set_model_name(request, "any");
    CHECK_STATUS(i2v_request_add_multi_prompt(request, 2, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_add_multi_prompt(request, 3, "and then"), I2V_OK);
    shots_are_refused(request);
    i2v_request_destroy(request);
}

static void five_shots_make_a_video_at_most(void)
{
    i2v_request *request = new_request();
    int index;
    i2v_request_set_model_name(request, "any");
    for (index = 0; index < 5; index++) CHECK_STATUS(i2v_request_add_multi_prompt(request, 2, "on"), I2V_OK);
    CHECK_STATUS(i2v_request_validate(request, NULL), I2V_OK);
    i2v_request_add_multi_prompt(request, 2, "on");
    shots_are_refused(request);
    i2v_request_clear_multi_prompt(request);
    /* Their lengths are the video's. */
    i2v_request_set_video_length(request, 8);
    i2v_request_add_multi_prompt(request, 5, "first");
    shots_are_refused(request);
    i2v_request_add_multi_prompt(request, 3, "then");
    CHECK_STATUS(i2v_request_validate(request, NULL), I2V_OK);
    i2v_request_destroy(request);
}

static void sound_and_shots_reach_the_model(void)
{
    i2v_request *request;
    i2v_job *job = NULL;
    json_t *body, *shots;
    REQUIRE(begin(1501));
    request = request_for(KLING);
    i2v_request_set_image_url(request, "http://127.0.0.1:9/none.png");
    i2v_request_set_generate_audio(request, true);
    i2v_request_add_multi_prompt(request, 3, "the camera slowly moves closer");
    i2v_request_add_multi_prompt(request, 4, "it turns away");
    REQUIRE(i2v_client_submit(client, request, NULL, NULL, &job, NULL) == I2V_OK);
    i2v_request_destroy(request);
    CHECK_STATUS(finish_job(job), I2V_ERROR_JOB_FAILED);
    body = last_body();
    CHECK(json_is_true(json_object_get(body, "generate_audio")));
    CHECK_INT(json_integer_value(json_object_get(body, "video_length")), 7);
    shots = json_object_get(body, "multi_prompt");
    CHECK_INT(json_array_size(shots), 2);
    CHECK_INT(json_integer_value(json_object_get(json_array_get(shots, 1), "duration")), 4);
    CHECK_TEXT(json_string_value(json_object_get(json_array_get(shots, 1), "prompt")), "it turns away");
    json_decref(body);
    i2v_job_release(job);
    end();
}

static void sound_and_shots_go_with_the_batch_endpoint_alone(void)
{
    static const char *const fields[] = {"effect_code", "audio_url", "audio_type", "is_premium_model"};
    size_t single, batch;
    for (single = 0; single < 4; single++) {
        for (batch = 0; batch < 2; batch++) {
            i2v_request *request = new_request();
            i2v_error *error = NULL;
            if (single == 0) i2v_request_set_effect_code(request, "squish_1");
            if (single == 1) i2v_request_set_audio_url(request, "https://example.com/a.mp3");
            if (single == 2) i2v_request_set_audio_type(request, I2V_AUDIO_GENERATED);
            if (single == 3) i2v_request_set_is_premium_model(request, true);
            if (batch == 0) i2v_request_set_generate_audio(request, true);
            if (batch == 1) i2v_request_add_multi_prompt(request, 5, "on");
            CHECK_STATUS(i2v_request_validate(request, &error), I2V_ERROR_INVALID_ARGUMENT);
            CHECK_CONTAINS(i2v_error_get_message(error), batch == 0 ? "generate_audio" : "multi_prompt");
            CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, fields[single]);
            i2v_request_destroy(request);
        }
    }
}

void suite_models(void)
{
    RUN(models_come_best_first);
    RUN(models_are_listed_by_type);
    RUN(every_field_of_a_model_is_given);
    RUN(older_entries_are_read_as_well);
    RUN(lengths_may_belong_to_a_resolution);
    RUN(sound_is_told_in_every_shape);
    RUN(entry_of_nothing_but_a_name_is_read);
    RUN(model_functions_take_null_and_any_index);
    RUN(what_the_model_does_not_offer_is_refused_with_what_it_does);
    RUN(lengths_depend_on_the_resolution);
    RUN(what_the_model_leaves_open_is_not_restricted);
    RUN(what_is_not_set_becomes_what_the_model_offers);
    RUN(resolution_is_sent_as_the_model_spells_it);
    RUN(model_and_its_name_replace_each_other);
    RUN(model_is_copied);
    RUN(models_price_makes_the_estimate);
    RUN(sound_is_in_the_estimate);
    RUN(entries_in_other_shapes_are_read);
    RUN(sound_that_is_not_asked_for_is_in_the_estimate_too);
    RUN(odd_entries_give_an_estimate_all_the_same);
    RUN(new_setters_take_null);
    RUN(shots_are_checked);
    RUN(a_good_shot_does_not_hide_that_one_is_missing);
    RUN(five_shots_make_a_video_at_most);
    RUN(sound_and_shots_reach_the_model);
    RUN(sound_and_shots_go_with_the_batch_endpoint_alone);
}
