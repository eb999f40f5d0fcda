/* Requests: which fields go together, which endpoint takes them, and what of them reaches the wire. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

static i2v_client *client;

/* Consumes the request: it must be refused with the field, and never leave the machine. */
static void refused(i2v_request *request, const char *field)
{
    i2v_error *error = NULL;
    i2v_job *job = NULL;
    CHECK_STATUS(i2v_request_validate(request, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, field);
    CHECK_STATUS(i2v_client_submit(client, request, NULL, NULL, &job, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK(job == NULL);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, field);
    CHECK_STATUS(i2v_client_submit_batch(client, request, NULL, NULL, NULL, 0, &error),
                 I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, field);
    i2v_request_destroy(request);
}

static void accepted(i2v_request *request)
{
    i2v_error *error = NULL;
    CHECK_STATUS(i2v_request_validate(request, &error), I2V_OK);
    CHECK_TEXT(i2v_error_get_message(error), "");
    i2v_error_destroy(error);
    i2v_request_destroy(request);
}

static void end_refusing(void)
{
    CHECK_INT(i2v_client_get_job_count(client), 0);
    i2v_client_destroy(client);
    CHECK_INT(sandbox_count("total_api"), 0);
}

static void required_fields_are_required(void)
{
    i2v_request *request = i2v_request_create();
    client = sandbox_client();
    i2v_request_set_prompt(request, "x");
    refused(request, "image_url");

    request = i2v_request_create();
    i2v_request_set_image_url(request, sandbox_picture());
    refused(request, "prompt");

    request = new_request();
    i2v_request_set_prompt(request, "");
    refused(request, "prompt");

    /* With an effect the service ignores the prompt. */
    request = i2v_request_create();
    i2v_request_set_image_url(request, sandbox_picture());
    i2v_request_set_effect_code(request, "squish_89244231312");
    accepted(request);
    end_refusing();
}

static void what_no_endpoint_takes_together_is_refused(void)
{
    static const char *const names[] = {"effect_code", "audio_url", "audio_type", "is_premium_model"};
    size_t single, batch;
    client = sandbox_client();
    for (single = 0; single < 4; single++) {
        for (batch = 0; batch < 3; batch++) {
            i2v_request *request = new_request();
            if (single == 0) i2v_request_set_effect_code(request, "squish_1");
            if (single == 1) i2v_request_set_audio_url(request, "https://example.com/a.mp3");
            if (single == 2) i2v_request_set_audio_type(request, I2V_AUDIO_GENERATED);
            if (single == 3) i2v_request_set_is_premium_model(request, true);
            if (batch == 0) i2v_request_set_model_name(request, "seedance-1-0-lite-i2v-250428");
            if (batch == 1) i2v_request_set_last_image_url(request, sandbox_picture());
            if (batch == 2) i2v_request_set_count(request, 1);
            refused(request, names[single]);
        }
    }
    end_refusing();
}

static void several_videos_go_with_nothing_of_the_single_endpoint(void)
{
    i2v_request *request = new_request();
    i2v_error *error = NULL;
    client = sandbox_client();
    i2v_request_set_count(request, 2);
    i2v_request_set_is_premium_model(request, true);
    CHECK_STATUS(i2v_client_submit_batch(client, request, NULL, NULL, NULL, 0, &error),
                 I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "is_premium_model");
    /* Not asking for the premium model is no wish for one. */
    i2v_request_set_is_premium_model(request, false);
    CHECK_STATUS(i2v_request_validate(request, NULL), I2V_OK);
    i2v_request_destroy(request);
    end_refusing();
}

static void audio_fields_must_match(void)
{
    i2v_request *request = new_request();
    client = sandbox_client();
    i2v_request_set_audio_type(request, I2V_AUDIO_CUSTOM);
    refused(request, "audio_url");

    request = new_request();
    i2v_request_set_audio_type(request, I2V_AUDIO_GENERATED);
    i2v_request_set_audio_url(request, "https://example.com/a.mp3");
    refused(request, "audio_url");

    request = new_request();
    i2v_request_set_audio_type(request, I2V_AUDIO_NONE);
    i2v_request_set_audio_url(request, "https://example.com/a.mp3");
    refused(request, "audio_url");

    request = new_request();
    i2v_request_set_audio_url(request, "https://example.com/a.mp3");
    accepted(request);
    end_refusing();
}

static void without_a_model_the_page_decides(void)
{
    static const char *const resolutions[] = {"720p", "1080p", "4k"};
    static const char *const strange[] = {"480p", "720P", "8k", "1280x720", ""};
    size_t index;
    i2v_request *request;
    int length;
    client = sandbox_client();
    for (index = 0; index < 3; index++) {
        request = new_request();
        i2v_request_set_resolution(request, resolutions[index]);
        i2v_request_set_video_length(request, 10);
        accepted(request);
    }
    for (index = 0; index < 5; index++) {
        request = new_request();
        CHECK_STATUS(i2v_request_set_resolution(request, strange[index]), I2V_OK);
        refused(request, "resolution");
    }
    for (length = 1; length <= 12; length++) {
        request = new_request();
        CHECK_STATUS(i2v_request_set_video_length(request, length), I2V_OK);
        if (length == 5 || length == 10) accepted(request);
        else refused(request, "video_length");
    }
    end_refusing();
}

static void with_a_model_the_model_decides(void)
{
    i2v_request *request = new_request();
    client = sandbox_client();
    i2v_request_set_model_name(request, "MiniMax-Hailuo-2.3/image-to-video");
    i2v_request_set_resolution(request, "768P");
    i2v_request_set_video_length(request, 6);
    accepted(request);

    request = new_request();
    i2v_request_set_model_name(request, "some/model");
    i2v_request_set_resolution(request, "");
    accepted(request);
    end_refusing();
}

static void count_above_one_needs_a_batch(void)
{
    i2v_request *request = new_request();
    i2v_error *error = NULL;
    client = sandbox_client();
    i2v_request_set_count(request, 2);
    CHECK_STATUS(i2v_client_submit(client, request, NULL, NULL, NULL, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "count");
    CHECK_STATUS(i2v_client_animate(client, request, temp_path("no.mp4"), &error),
                 I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "count");
    accepted(request);
    end_refusing();
}

/* Submits, and gives the body of the one create that the sandbox recorded under the route. */
static json_t *body_on_the_wire(i2v_request *request, const char *route)
{
    json_t *requests, *body;
    i2v_client *sender = sandbox_client();
    i2v_job *job = start_job(sender, request, NULL);
    CHECK(reach_id(sender, job));
    i2v_job_release(job);
    i2v_client_destroy(sender);
    requests = sandbox_requests(route);
    CHECK_INT(json_array_size(requests), 1);
    body = json_incref(json_object_get(json_array_get(requests, 0), "body"));
    json_decref(requests);
    CHECK(json_is_object(body));
    return body;
}

#define TEXT_OF(body, name) json_string_value(json_object_get(body, name))

static void plain_request_is_sent_with_its_defaults(void)
{
    json_t *body = body_on_the_wire(new_request(), "create");
    CHECK_TEXT(TEXT_OF(body, "image_url"), sandbox_picture());
    CHECK_TEXT(TEXT_OF(body, "prompt"), "the camera slowly moves closer");
    CHECK_TEXT(TEXT_OF(body, "negative_prompt"), "");
    CHECK_TEXT(TEXT_OF(body, "resolution"), "720p");
    CHECK_INT(json_integer_value(json_object_get(body, "video_length")), 5);
    CHECK_INT(json_integer_value(json_object_get(body, "audio_type")), I2V_AUDIO_NONE);
    CHECK(json_object_get(body, "extend_prompt") == NULL);
    CHECK(json_object_get(body, "is_premium_model") == NULL);
    CHECK(json_object_get(body, "effect_code") == NULL);
    CHECK(json_object_get(body, "webhookurl") == NULL);
    CHECK(json_object_get(body, "model_name") == NULL);
    CHECK(json_object_get(body, "count") == NULL);
    json_decref(body);
}

static void every_field_of_the_single_endpoint_is_sent(void)
{
    i2v_request *request = new_request();
    json_t *body;
    i2v_request_set_prompt(request, "Grüße, \"quoted\" \\ back\tslash \xf0\x9f\x90\x88");
    i2v_request_set_negative_prompt(request, "blur");
    i2v_request_set_extend_prompt(request, false);
    i2v_request_set_resolution(request, "1080p");
    i2v_request_set_video_length(request, 10);
    i2v_request_set_audio_type(request, I2V_AUDIO_CUSTOM);
    i2v_request_set_audio_url(request, "https://example.com/a.mp3");
    i2v_request_set_is_premium_model(request, true);
    i2v_request_set_effect_code(request, "squish_89244231312");
    i2v_request_set_webhook_url(request, "https://example.com/hook?a=b");
    body = body_on_the_wire(request, "create");
    CHECK_TEXT(TEXT_OF(body, "prompt"), "Grüße, \"quoted\" \\ back\tslash \xf0\x9f\x90\x88");
    CHECK_TEXT(TEXT_OF(body, "negative_prompt"), "blur");
    CHECK(json_is_false(json_object_get(body, "extend_prompt")));
    CHECK_TEXT(TEXT_OF(body, "resolution"), "1080p");
    CHECK_INT(json_integer_value(json_object_get(body, "video_length")), 10);
    CHECK_INT(json_integer_value(json_object_get(body, "audio_type")), I2V_AUDIO_CUSTOM);
    CHECK_TEXT(TEXT_OF(body, "audio_url"), "https://example.com/a.mp3");
    CHECK(json_is_true(json_object_get(body, "is_premium_model")));
    CHECK_TEXT(TEXT_OF(body, "effect_code"), "squish_89244231312");
    CHECK_TEXT(TEXT_OF(body, "webhookurl"), "https://example.com/hook?a=b");
    json_decref(body);
}

static void every_field_of_the_batch_endpoint_is_sent(void)
{
    i2v_request *request = new_request();
    json_t *body;
    i2v_request_set_negative_prompt(request, "blur");
    i2v_request_set_extend_prompt(request, true);
    i2v_request_set_resolution(request, "768P");
    i2v_request_set_video_length(request, 6);
    i2v_request_set_model_name(request, "MiniMax-Hailuo-2.3/image-to-video");
    i2v_request_set_last_image_url(request, sandbox_picture());
    i2v_request_set_count(request, 1);
    i2v_request_set_webhook_url(request, "");
    body = body_on_the_wire(request, "batch");
    CHECK_TEXT(TEXT_OF(body, "negative_prompt"), "blur");
    CHECK(json_is_true(json_object_get(body, "extend_prompt")));
    CHECK_TEXT(TEXT_OF(body, "resolution"), "768P");
    CHECK_INT(json_integer_value(json_object_get(body, "video_length")), 6);
    CHECK_TEXT(TEXT_OF(body, "model_name"), "MiniMax-Hailuo-2.3/image-to-video");
    CHECK_TEXT(TEXT_OF(body, "last_image_url"), sandbox_picture());
    CHECK_INT(json_integer_value(json_object_get(body, "count")), 1);
    CHECK_TEXT(TEXT_OF(body, "webhookurl"), "");
    CHECK(json_object_get(body, "audio_type") == NULL);
    CHECK(json_object_get(body, "is_premium_model") == NULL);
    json_decref(body);
}

static void one_request_can_be_submitted_often(void)
{
    i2v_client *sender = sandbox_client();
    i2v_request *request = new_request();
    i2v_job *first = NULL, *second = NULL;
    CHECK_STATUS(i2v_client_submit(sender, request, NULL, NULL, &first, NULL), I2V_OK);
    i2v_request_set_prompt(request, "");
    CHECK_STATUS(i2v_client_submit(sender, request, NULL, NULL, &second, NULL), I2V_ERROR_INVALID_ARGUMENT);
    i2v_request_set_prompt(request, "the camera slowly moves closer");
    CHECK_STATUS(i2v_client_submit(sender, request, NULL, NULL, &second, NULL), I2V_OK);
    i2v_request_destroy(request);
    CHECK_STATUS(finish_job(first), I2V_OK);
    CHECK_STATUS(finish_job(second), I2V_OK);
    CHECK(strcmp(i2v_job_get_id(first), i2v_job_get_id(second)) != 0);
    CHECK_INT(sandbox_count("creates_processed"), 2);
    i2v_job_release(first);
    i2v_job_release(second);
    i2v_client_destroy(sender);
}

void suite_request(void)
{
    RUN(required_fields_are_required);
    RUN(what_no_endpoint_takes_together_is_refused);
    RUN(several_videos_go_with_nothing_of_the_single_endpoint);
    RUN(audio_fields_must_match);
    RUN(without_a_model_the_page_decides);
    RUN(with_a_model_the_model_decides);
    RUN(count_above_one_needs_a_batch);
    RUN(plain_request_is_sent_with_its_defaults);
    RUN(every_field_of_the_single_endpoint_is_sent);
    RUN(every_field_of_the_batch_endpoint_is_sent);
    RUN(one_request_can_be_submitted_often);
}
