/* Everything a video can tell, and everything it may leave out. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

static i2v_video *video_with(const char *fault)
{
    i2v_client *client = sandbox_client();
    i2v_job *job;
    i2v_video *video;
    sandbox_faults(fault);
    job = run_job(client, new_request(), NULL, I2V_OK);
    video = i2v_job_copy_video(job);
    i2v_job_release(job);
    i2v_client_destroy(client);
    CHECK(video != NULL);
    return video;
}

static void all_attributes_are_given(void)
{
    i2v_video *video = video_with(
        "[{\"route\":\"results\",\"times\":-1,\"row\":{\"status\":3,\"video_url\":\"https://example.com/"
        "v.mp4\","
        "\"create_time\":1754362985482,\"update_time\":1754362985000,\"video_duration\":5.25,"
        "\"deduction_credit\":20,\"resolution\":\"4k\",\"file_name\":\"Image2Video_A .mp4\","
        "\"image_url\":\"https://example.com/a.png\",\"last_image_url\":\"https://example.com/b.png\","
        "\"prompt\":\"Gr\xc3\xbc\xc3\x9f"
        "e\",\"negative_prompt\":\"blur\",\"extend_prompt\":true,\"model_name\":\"a/b\","
        "\"effect_name\":\"Squish\",\"effect_code\":\"squish_1\",\"audio_type\":2,"
        "\"audio_url\":\"https://example.com/a.mp3\",\"only_add_audio\":true,\"batch_id\":\"1_2\","
        "\"batch_count\":3,\"webhookUrl\":\"https://example.com/hook\",\"uid\":101400,\"team_id\":\"6805\","
        "\"pre_video_id\":\"6890830a\",\"sub_type\":1501,\"tomorrow\":{\"new\":[1,2]}}}]");
    int64_t number = 0;
    i2v_audio_type audio = 0;
    double real = 0;
    bool flag = false;

    CHECK_INT(i2v_video_get_status(video), I2V_SERVICE_COMPLETED);
    CHECK_TEXT(i2v_video_get_video_url(video), "https://example.com/v.mp4");
    CHECK(i2v_video_get_create_time(video, &number));
    CHECK_INT(number, 1754362985482);
    CHECK(i2v_video_get_update_time(video, &number));
    CHECK_INT(number, 1754362985000);
    CHECK(i2v_video_get_video_duration(video, &real));
    CHECK(real == 5.25);
    CHECK(i2v_video_get_deduction_credit(video, &real));
    CHECK(real == 20.0);
    CHECK_TEXT(i2v_video_get_resolution(video), "4k");
    CHECK_TEXT(i2v_video_get_file_name(video), "Image2Video_A .mp4");
    CHECK_TEXT(i2v_video_get_image_url(video), "https://example.com/a.png");
    CHECK_TEXT(i2v_video_get_last_image_url(video), "https://example.com/b.png");
    CHECK_TEXT(i2v_video_get_prompt(video), "Gr\xc3\xbc\xc3\x9f"
                                            "e");
    CHECK_TEXT(i2v_video_get_negative_prompt(video), "blur");
    CHECK(i2v_video_get_extend_prompt(video, &flag));
    CHECK(flag);
    CHECK_TEXT(i2v_video_get_model_name(video), "a/b");
    CHECK_TEXT(i2v_video_get_effect_name(video), "Squish");
    CHECK_TEXT(i2v_video_get_effect_code(video), "squish_1");
    CHECK(i2v_video_get_audio_type(video, &audio));
    CHECK_INT(audio, I2V_AUDIO_CUSTOM);
    CHECK_TEXT(i2v_video_get_audio_url(video), "https://example.com/a.mp3");
    flag = false;
    CHECK(i2v_video_get_only_add_audio(video, &flag));
    CHECK(flag);
    CHECK_TEXT(i2v_video_get_batch_id(video), "1_2");
    CHECK(i2v_video_get_batch_count(video, &number));
    CHECK_INT(number, 3);
    CHECK_TEXT(i2v_video_get_webhook_url(video), "https://example.com/hook");
    CHECK(i2v_video_get_uid(video, &number));
    CHECK_INT(number, 101400);
    CHECK_TEXT(i2v_video_get_team_id(video), "6805");
    CHECK_TEXT(i2v_video_get_pre_video_id(video), "6890830a");
    CHECK(i2v_video_get_sub_type(video, &number));
    CHECK_INT(number, 1501);
    i2v_video_release(video);
}

static void what_has_no_getter_is_in_the_json(void)
{
    i2v_video *video =
        video_with("[{\"route\":\"results\",\"times\":-1,\"row\":{\"tomorrow\":{\"new\":[1,\"zwei\"]}}}]");
    const char *text = i2v_video_get_json(video);
    json_t *json = text ? json_loads(text, 0, NULL) : NULL;
    json_t *list = json_object_get(json_object_get(json, "tomorrow"), "new");
    CHECK(json_is_object(json));
    CHECK_INT(json_integer_value(json_array_get(list, 0)), 1);
    CHECK_TEXT(json_string_value(json_array_get(list, 1)), "zwei");
    CHECK_TEXT(json_string_value(json_object_get(json, "_id")), i2v_video_get_id(video));
    CHECK(text && strchr(text, '\n') == NULL);
    json_decref(json);
    i2v_video_release(video);
}

static void nothing_else_is_promised_than_what_the_service_says(void)
{
    i2v_video *video = video_with(
        "[{\"route\":\"results\",\"times\":-1,\"row\":{\"status\":3,\"video_url\":\"https://example.com/"
        "v.mp4\","
        "\"create_time\":null,\"update_time\":null,\"video_duration\":null,\"deduction_credit\":null,"
        "\"resolution\":null,\"file_name\":null,\"image_url\":null,\"prompt\":null,\"effect_name\":null,"
        "\"effect_code\":null,\"audio_type\":null,\"audio_url\":null,\"only_add_audio\":null,"
        "\"webhookUrl\":null,\"uid\":null,\"team_id\":null}}]");
    int64_t number = 77;
    i2v_audio_type audio = 7;
    double real = 7.5;
    bool flag = true;

    CHECK(!i2v_video_get_create_time(video, &number));
    CHECK(!i2v_video_get_update_time(video, &number));
    CHECK(!i2v_video_get_audio_type(video, &audio));
    CHECK(!i2v_video_get_batch_count(video, &number));
    CHECK(!i2v_video_get_uid(video, &number));
    CHECK(!i2v_video_get_video_duration(video, &real));
    CHECK(!i2v_video_get_deduction_credit(video, &real));
    CHECK(!i2v_video_get_extend_prompt(video, &flag));
    CHECK(!i2v_video_get_only_add_audio(video, &flag));
    CHECK(number == 77 && audio == 7 && real == 7.5 && flag);
    CHECK_TEXT(i2v_video_get_resolution(video), NULL);
    CHECK_TEXT(i2v_video_get_file_name(video), NULL);
    CHECK_TEXT(i2v_video_get_image_url(video), NULL);
    CHECK_TEXT(i2v_video_get_last_image_url(video), NULL);
    CHECK_TEXT(i2v_video_get_prompt(video), NULL);
    CHECK_TEXT(i2v_video_get_negative_prompt(video), NULL);
    CHECK_TEXT(i2v_video_get_model_name(video), NULL);
    CHECK_TEXT(i2v_video_get_effect_name(video), NULL);
    CHECK_TEXT(i2v_video_get_effect_code(video), NULL);
    CHECK_TEXT(i2v_video_get_audio_url(video), NULL);
    CHECK_TEXT(i2v_video_get_batch_id(video), NULL);
    CHECK_TEXT(i2v_video_get_webhook_url(video), NULL);
    CHECK_TEXT(i2v_video_get_team_id(video), NULL);
    CHECK_TEXT(i2v_video_get_pre_video_id(video), NULL);
    CHECK(!i2v_video_get_sub_type(video, &number));
    CHECK_TEXT(i2v_video_get_failure_reason(video), NULL);
    i2v_video_release(video);
}

static void values_of_the_wrong_kind_are_no_values(void)
{
    i2v_video *video = video_with(
        "[{\"route\":\"results\",\"times\":-1,\"row\":{\"status\":3,\"video_url\":\"https://example.com/"
        "v.mp4\","
        "\"create_time\":[],\"update_time\":{},\"video_duration\":true,\"resolution\":720,\"prompt\":{},"
        "\"team_id\":[\"x\"],\"only_add_audio\":{},\"uid\":true}}]");
    int64_t number = 77;
    double real = 7.5;
    bool flag = true;
    CHECK(!i2v_video_get_create_time(video, &number));
    CHECK(!i2v_video_get_update_time(video, &number));
    CHECK(!i2v_video_get_uid(video, &number));
    CHECK(!i2v_video_get_video_duration(video, &real));
    CHECK(!i2v_video_get_only_add_audio(video, &flag));
    CHECK(number == 77 && real == 7.5 && flag);
    CHECK_TEXT(i2v_video_get_prompt(video), NULL);
    CHECK_TEXT(i2v_video_get_team_id(video), NULL);
    i2v_video_release(video);
}

static void other_names_of_the_address_are_known(void)
{
    static const char *const names[] = {"video", "external_video", "url", "videoUrl"};
    size_t index;
    for (index = 0; index < sizeof names / sizeof *names; index++) {
        char fault[256];
        i2v_video *video;
        strcpy(fault, "[{\"route\":\"results\",\"times\":-1,\"row\":{\"status\":3,\"video_url\":null,\"");
        strcat(fault, names[index]);
        strcat(fault, "\":\"https://example.com/other.mp4\"}}]");
        video = video_with(fault);
        CHECK_TEXT(i2v_video_get_video_url(video), "https://example.com/other.mp4");
        i2v_video_release(video);
    }
}

static void handles_are_counted(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job = run_job(client, new_request(), NULL, I2V_OK);
    i2v_video *video;
    char id[64];

    CHECK(i2v_job_retain(job) == job);
    i2v_job_release(job);
    video = i2v_job_copy_video(job);
    CHECK(i2v_video_retain(video) == video);
    i2v_video_release(video);
    strncpy(id, i2v_job_get_id(job), sizeof id - 1);
    id[sizeof id - 1] = 0;
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);

    /* Both outlive the client, and the video outlives the job. */
    CHECK_INT(i2v_job_get_state(job), I2V_JOB_COMPLETED);
    CHECK_TEXT(i2v_job_get_id(job), id);
    i2v_job_release(job);
    CHECK_TEXT(i2v_video_get_id(video), id);
    CHECK_CONTAINS(i2v_video_get_json(video), id);
    i2v_video_release(video);
}

void suite_video(void)
{
    RUN(all_attributes_are_given);
    RUN(what_has_no_getter_is_in_the_json);
    RUN(nothing_else_is_promised_than_what_the_service_says);
    RUN(values_of_the_wrong_kind_are_no_values);
    RUN(other_names_of_the_address_are_known);
    RUN(handles_are_counted);
}
