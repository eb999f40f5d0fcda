/* The service keeps a video for seven days: what is left of them, who is warned, what comes afterwards. */
#include "support.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define WEEK ((int64_t)604800000)
#define HOUR ((int64_t)3600000)

static int64_t wall_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Every row says that its video was made at that time. */
static void made_at(int64_t create_time)
{
    char rules[256];
    snprintf(rules, sizeof rules,
             "[{\"route\":\"create\",\"row\":{\"create_time\":%lld},\"times\":-1},"
             "{\"route\":\"results\",\"row\":{\"create_time\":%lld},\"times\":-1}]",
             (long long)create_time, (long long)create_time);
    sandbox_faults(rules);
}

static i2v_video *video_made_at(int64_t create_time)
{
    i2v_client *client = sandbox_client();
    i2v_job *job;
    i2v_video *video;
    made_at(create_time);
    job = run_job(client, new_request(), NULL, I2V_OK);
    video = i2v_job_copy_video(job);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    return video;
}

static void video_says_how_long_it_is_kept(void)
{
    int64_t now = wall_ms(), expiry = 0, remaining = 0;
    i2v_video *video = video_made_at(now - 2 * HOUR);
    CHECK(i2v_video_get_expiry_time(video, &expiry));
    CHECK_INT(expiry, now - 2 * HOUR + WEEK);
    CHECK(i2v_video_get_remaining_time(video, &remaining));
    CHECK_BETWEEN(remaining, WEEK - 2 * HOUR - slack(HANG), WEEK - 2 * HOUR);
    /* It goes down while the snapshot stays the same. */
    sleep_ms(20);
    expiry = remaining;
    CHECK(i2v_video_get_remaining_time(video, &remaining));
    CHECK_BETWEEN(expiry - remaining, 15, slack(BUSY));
    CHECK(i2v_video_get_expiry_time(video, NULL) && i2v_video_get_remaining_time(video, NULL));
    i2v_video_release(video);
}

static void nothing_remains_of_an_old_video(void)
{
    int64_t now = wall_ms(), value = 0;
    i2v_video *video = video_made_at(now - WEEK - 1);
    CHECK(i2v_video_get_expiry_time(video, &value) && value == now - 1);
    CHECK(i2v_video_get_remaining_time(video, &value) && value == 0);
    i2v_video_release(video);
}

static void without_a_creation_there_is_no_end(void)
{
    static const char *const rows[] = {"null", "0", "-5", "\"soon\""};
    size_t index;
    int64_t value = 77;
    CHECK(!i2v_video_get_expiry_time(NULL, &value) && !i2v_video_get_remaining_time(NULL, &value));
    for (index = 0; index < sizeof rows / sizeof *rows; index++) {
        i2v_client *client = sandbox_client();
        i2v_job *job;
        i2v_video *video;
        char rules[128];
        snprintf(rules, sizeof rules, "[{\"route\":\"results\",\"row\":{\"create_time\":%s},\"times\":-1}]",
                 rows[index]);
        sandbox_faults(rules);
        job = run_job(client, new_request(), NULL, I2V_OK);
        video = i2v_job_copy_video(job);
        CHECK(!i2v_video_get_expiry_time(video, &value));
        CHECK(!i2v_video_get_remaining_time(video, &value));
        i2v_video_release(video);
        i2v_job_release(job);
        CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    }
    CHECK_INT(value, 77);
}

static void times_beyond_the_scale_do_no_harm(void)
{
    int64_t value = 0;
    i2v_video *video = video_made_at(INT64_MAX);
    CHECK(!i2v_video_get_expiry_time(video, &value) || value == INT64_MAX);
    i2v_video_release(video);
}

/* ---- The warning ---- */

typedef struct {
    int calls;
    char id[64];
    int64_t remaining;
    pthread_t thread;
    bool has_come;
} warning;

static void note_warning(const char *id, int64_t remaining, void *user_data)
{
    warning *its = user_data;
    its->calls++;
    snprintf(its->id, sizeof its->id, "%s", id);
    its->remaining = remaining;
    its->thread = pthread_self();
    flag_raise(&its->has_come);
}

static i2v_config *warning_config(int64_t span, warning *its)
{
    i2v_config *config = new_config(NULL);
    memset(its, 0, sizeof *its);
    CHECK_STATUS(i2v_config_set_expiry_warning(config, span, note_warning, its), I2V_OK);
    return config;
}

static void dispatch_for(i2v_client *client, int64_t milliseconds)
{
    int64_t end = now_ms() + milliseconds;
    while (now_ms() < end) i2v_client_dispatch(client, end - now_ms() > 0 ? end - now_ms() : 0, NULL, NULL);
}

static void await_warning(i2v_client *client, warning *its)
{
    int64_t end = now_ms() + slack(HANG);
    while (its->calls == 0 && now_ms() < end) dispatch_for(client, 20);
    CHECK_INT(its->calls, 1);
}

static void unsaved_video_that_is_about_to_go_is_told_once(void)
{
    warning its;
    i2v_client *client = new_client(warning_config(HOUR, &its));
    i2v_job *job;
    made_at(wall_ms() - WEEK + HOUR / 2);
    job = run_job(client, new_request(), NULL, I2V_OK);
    await_warning(client, &its);
    CHECK_TEXT(its.id, i2v_job_get_id(job));
    CHECK_BETWEEN(its.remaining, HOUR / 2 - slack(HANG), HOUR / 2);
    CHECK(pthread_equal(its.thread, pthread_self()));
    dispatch_for(client, 100);
    CHECK_INT(its.calls, 1);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    CHECK_INT(its.calls, 1);
}

static void warning_waits_for_its_time(void)
{
    warning its;
    i2v_client *client = new_client(warning_config(HOUR, &its));
    i2v_job *job;
    const int64_t early = slack(1000);
    int64_t begin = wall_ms();
    made_at(begin - WEEK + HOUR + early);
    job = run_job(client, new_request(), NULL, I2V_OK);
    await_warning(client, &its);
    CHECK_BETWEEN(wall_ms() - begin, early, early + slack(HANG));
    CHECK_BETWEEN(its.remaining, HOUR - slack(BUSY), HOUR);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void saved_video_is_not_warned_of(void)
{
    warning its;
    i2v_client *client = new_client(warning_config(HOUR, &its));
    i2v_job *saved, *later;
    const int64_t early = 3 * enough();
    made_at(wall_ms() - WEEK + HOUR + early);
    saved = run_job(client, new_request_to(temp_path("in-time.mp4")), NULL, I2V_OK);
    /* Saved before the time has come. */
    later = run_job(client, new_request(), NULL, I2V_OK);
    CHECK_STATUS(i2v_job_fetch(later, temp_path("in-time-2.mp4"), false, NULL, NULL, NULL), I2V_OK);
    CHECK_STATUS(finish_job(later), I2V_OK);
    dispatch_for(client, early + slack(200));
    CHECK_INT(its.calls, 0);
    i2v_job_release(saved);
    i2v_job_release(later);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

/* A download that fails leaves the video where it is: unsaved, and told of once all the same. */
static void warning_is_not_repeated_by_a_failed_fetch(void)
{
    warning its;
    i2v_client *client = new_client(warning_config(HOUR, &its));
    i2v_job *job, *again = NULL;
    made_at(wall_ms() - WEEK + HOUR / 2);
    job = run_job(client, new_request(), NULL, I2V_OK);
    await_warning(client, &its);
    sandbox_faults("[{\"route\":\"video\",\"reply\":{\"status\":410},\"times\":-1}]");
    CHECK_STATUS(i2v_job_fetch(job, temp_path("not.mp4"), false, NULL, NULL, NULL), I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_ERROR_VIDEO_GONE);
    dispatch_for(client, slack(100));
    CHECK_INT(its.calls, 1);
    /* Neither does another job of the same video. */
    made_at(wall_ms() - WEEK + HOUR / 2);
    CHECK_STATUS(i2v_client_attach(client, i2v_job_get_id(job), NULL, false, NULL, NULL, &again, NULL),
                 I2V_OK);
    CHECK_STATUS(finish_job(again), I2V_OK);
    dispatch_for(client, slack(100));
    CHECK_INT(its.calls, 1);
    i2v_job_release(again);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

/* Whoever deleted a video need not hear that it is about to go. */
static void deleted_video_is_not_warned_of(void)
{
    warning its;
    i2v_client *client = new_client(warning_config(HOUR, &its));
    i2v_job *job;
    i2v_query *query = NULL;
    const char *ids[1];
    const int64_t early = enough();
    made_at(wall_ms() - WEEK + HOUR + early);
    job = run_job(client, new_request(), NULL, I2V_OK);
    ids[0] = i2v_job_get_id(job);
    CHECK_STATUS(i2v_client_delete_videos(client, ids, 1, true, 5000, NULL, NULL, &query, NULL), I2V_OK);
    CHECK_STATUS(i2v_query_wait(query, -1, NULL), I2V_OK);
    CHECK(i2v_query_get_deleted(query, 0));
    i2v_query_release(query);
    dispatch_for(client, early + slack(200));
    CHECK_INT(its.calls, 0);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void warnings_can_come_on_the_clients_thread(void)
{
    warning its;
    i2v_config *config = warning_config(HOUR, &its);
    i2v_client *client;
    i2v_job *job;
    i2v_config_set_delivery(config, I2V_DELIVERY_THREAD);
    client = new_client(config);
    made_at(wall_ms() - WEEK + HOUR / 2);
    job = run_job(client, new_request(), NULL, I2V_OK);
    CHECK_COMES(flag_is_up(&its.has_come));
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    CHECK_INT(its.calls, 1);
    CHECK(!pthread_equal(its.thread, pthread_self()));
    i2v_job_release(job);
}

static void client_ends_with_warnings_that_did_not_come(void)
{
    warning its;
    i2v_client *client = new_client(warning_config(HOUR, &its));
    i2v_job *job;
    made_at(wall_ms() - HOUR);
    job = run_job(client, new_request(), NULL, I2V_OK);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    CHECK_INT(its.calls, 0);
    i2v_job_release(job);
}

static void warning_is_checked(void)
{
    static const int64_t bad[] = {0, -1, WEEK + 1, INT64_MIN, INT64_MAX};
    warning its = {0};
    i2v_config *config = new_config(NULL);
    i2v_client *client = NULL;
    i2v_error *error = NULL;
    size_t index;
    CHECK_STATUS(i2v_config_set_expiry_warning(NULL, 1000, note_warning, &its), I2V_ERROR_INVALID_ARGUMENT);
    for (index = 0; index < sizeof bad / sizeof *bad; index++) {
        CHECK_STATUS(i2v_config_set_expiry_warning(config, bad[index], note_warning, &its),
                     I2V_ERROR_INVALID_ARGUMENT);
        CHECK_STATUS(i2v_client_create(config, &client, &error), I2V_ERROR_INVALID_ARGUMENT);
        CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "expiry_warning");
    }
    CHECK_STATUS(i2v_config_set_expiry_warning(config, WEEK, note_warning, &its), I2V_OK);
    CHECK_STATUS(i2v_config_set_expiry_warning(config, 1, note_warning, &its), I2V_OK);
    CHECK_STATUS(i2v_config_set_expiry_warning(config, 1, NULL, NULL), I2V_OK);
    CHECK_STATUS(i2v_client_create(config, &client, NULL), I2V_OK);
    made_at(wall_ms() - WEEK);
    i2v_job_release(run_job(client, new_request(), NULL, I2V_OK));
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    CHECK_INT(its.calls, 0);
    i2v_config_destroy(config);
}

/* ---- Afterwards ---- */

static void ends_with(int64_t age, int http, i2v_status status)
{
    i2v_client *client = sandbox_client();
    i2v_job *job;
    i2v_error *error;
    char rules[384];
    long long created = (long long)(wall_ms() - age);
    snprintf(rules, sizeof rules,
             "[{\"route\":\"results\",\"row\":{\"create_time\":%lld},\"times\":-1},"
             "{\"route\":\"video\",\"reply\":{\"status\":%d},\"times\":-1}]",
             created, http);
    sandbox_faults(rules);
    job = run_job(client, new_request_to(temp_path("gone.mp4")), NULL, status);
    error = i2v_job_copy_error(job);
    CHECK_INT(i2v_error_get_http_status(error), http);
    if (status == I2V_ERROR_VIDEO_EXPIRED) CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_CERTAIN);
    CHECK(!i2v_error_get_retryable(error));
    i2v_error_destroy(error);
    CHECK(!file_exists(temp_path("gone.mp4")));
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void video_that_has_expired_is_an_error_of_its_own(void)
{
    static const int statuses[] = {403, 404, 410};
    size_t index;
    for (index = 0; index < 3; index++) {
        ends_with(WEEK + 1, statuses[index], I2V_ERROR_VIDEO_EXPIRED);
        ends_with(WEEK - HOUR, statuses[index], I2V_ERROR_VIDEO_GONE);
    }
}

static void video_that_the_service_removed_is_told_as_that(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job;
    i2v_video *video;
    int64_t remaining = 77;
    sandbox_oddities("{\"age_days\":7.5}");
    job = run_job(client, new_request_to(temp_path("removed.mp4")), NULL, I2V_ERROR_VIDEO_EXPIRED);
    video = i2v_job_copy_video(job);
    CHECK(i2v_video_get_remaining_time(video, &remaining) && remaining == 0);
    CHECK(!file_exists(temp_path("removed.mp4")) && !file_exists(temp_path("removed.mp4.part")));
    i2v_video_release(video);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

/* Seven days are what the service promises, not what the library enforces. */
static void old_video_that_is_still_there_is_saved(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job;
    made_at(wall_ms() - 2 * WEEK);
    job = run_job(client, new_request_to(temp_path("old.mp4")), NULL, I2V_OK);
    CHECK(is_mp4(temp_path("old.mp4")));
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void expected_time_is_learned(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *first, *second;
    int64_t before = 77, after = 77;
    CHECK(!i2v_job_get_expected_time(NULL, &before) && before == 77);
    sandbox_faults("[{\"route\":\"create\",\"latency_ms\":500},"
                   "{\"route\":\"results\",\"times\":-1,\"row\":{\"status\":2,\"video_url\":null}}]");
    first = start_job(client, new_request(), NULL);
    CHECK(!i2v_job_get_expected_time(first, &before) && before == 77);
    REQUIRE(reach_id(client, first));
    CHECK(i2v_job_get_expected_time(first, NULL));
    CHECK(i2v_job_get_expected_time(first, &before));
    /* Reported of the service: 30 to 50 s for a video of 5 s. */
    CHECK_BETWEEN(before, 30000, 75000);
    sandbox_faults("[]");
    CHECK_STATUS(finish_job(first), I2V_OK);
    sandbox_faults(FAULT_NEVER_FINISHED);
    second = start_job(client, new_request(), NULL);
    REQUIRE(reach_id(client, second));
    CHECK(i2v_job_get_expected_time(second, &after));
    /* It may be finished before the answer to its create is here. */
    CHECK_BETWEEN(after, 0, before / 2);
    sandbox_faults("[]");
    CHECK_STATUS(finish_job(second), I2V_OK);
    i2v_job_release(first);
    i2v_job_release(second);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

void suite_expiry(void)
{
    RUN(video_says_how_long_it_is_kept);
    RUN(nothing_remains_of_an_old_video);
    RUN(without_a_creation_there_is_no_end);
    RUN(times_beyond_the_scale_do_no_harm);
    RUN(unsaved_video_that_is_about_to_go_is_told_once);
    RUN(warning_waits_for_its_time);
    RUN(saved_video_is_not_warned_of);
    RUN(warning_is_not_repeated_by_a_failed_fetch);
    RUN(deleted_video_is_not_warned_of);
    RUN(warnings_can_come_on_the_clients_thread);
    RUN(client_ends_with_warnings_that_did_not_come);
    RUN(warning_is_checked);
    RUN(video_that_has_expired_is_an_error_of_its_own);
    RUN(video_that_the_service_removed_is_told_as_that);
    RUN(old_video_that_is_still_there_is_saved);
    RUN(expected_time_is_learned);
}
