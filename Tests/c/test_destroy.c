/* Destroying a client with jobs at every stage, and using what outlives it. */
#include "support.h"

#include <pthread.h>
#include <string.h>

/* Destroys the client, which waits for no answer but a create's: with exactly one last event for the job. */
static void destroy_ends_job(i2v_client *client, i2v_job *job, watch *watched, i2v_status status)
{
    i2v_error *error = NULL;
    int64_t start = now_ms();
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    CHECK_LASTED(start, 0);
    CHECK_INT(watched->done, 1);
    CHECK_INT(watched->order[strlen(watched->order) - 1], 'D');
    CHECK_STATUS(watched->status, status);
    CHECK_INT(i2v_job_get_state(job), I2V_JOB_FAILED);
    CHECK_STATUS(i2v_job_wait(job, 0, &error), status);
    CHECK_ERROR(&error, status, NULL);
    CHECK_STATUS(i2v_job_wait(job, -1, NULL), status);
    CHECK_STATUS(i2v_job_cancel(job), I2V_OK);
    CHECK_INT(watched->done, 1);
    CHECK_INT(count_threads("image2video"), 0);
    i2v_job_release(job);
}

/* The answer to a create tells the id of what was paid for: destroying waits for it, but not for long. */
static void destroy_while_a_create_is_on_the_wire(void)
{
    i2v_client *client = sandbox_client();
    watch watched = {0};
    i2v_job *job;
    sandbox_faults("[{\"route\":\"create\",\"hang\":true}]");
    job = start_job(client, new_request(), &watched);
    CHECK(sandbox_reaches("create", 1));
    destroy_ends_job(client, job, &watched, I2V_ERROR_OUTCOME_UNKNOWN);
}

static void destroy_takes_the_id_of_a_create_on_the_wire(void)
{
    i2v_client *client = sandbox_client();
    watch watched = {0};
    i2v_job *job;
    sandbox_faults("[{\"route\":\"create\",\"latency_ms\":500,\"when\":\"after\"}]");
    job = start_job(client, new_request(), &watched);
    CHECK(sandbox_reaches("creates_processed", 1));
    i2v_job_retain(job);
    destroy_ends_job(client, job, &watched, I2V_ERROR_CANCELLED);
    CHECK(i2v_job_get_id(job) != NULL);
    CHECK_TEXT(watched.order, "CD");
    i2v_job_release(job);
}

static void destroy_before_a_create_was_sent(void)
{
    i2v_config *config = new_config(NULL);
    i2v_client *client;
    watch first = {0}, second = {0};
    i2v_job *job_first, *job_second;
    i2v_config_set_max_requests(config, 1);
    client = new_client(config);
    sandbox_faults("[{\"route\":\"create\",\"hang\":true}]");
    job_first = start_job(client, new_request(), &first);
    CHECK(sandbox_reaches("create", 1));
    job_second = start_job(client, new_request(), &second);
    destroy_ends_job(client, job_second, &second, I2V_ERROR_CANCELLED);
    CHECK_INT(first.done, 1);
    CHECK_STATUS(first.status, I2V_ERROR_OUTCOME_UNKNOWN);
    CHECK_INT(sandbox_count("create"), 1);
    i2v_job_release(job_first);
}

static void destroy_while_the_service_is_at_work(void)
{
    i2v_client *client = sandbox_client();
    watch watched = {0};
    i2v_job *job;
    sandbox_faults(FAULT_NEVER_FINISHED);
    job = start_job(client, new_request(), &watched);
    CHECK(reach_state(client, job, I2V_JOB_WAITING));
    CHECK(i2v_job_get_id(job) != NULL);
    destroy_ends_job(client, job, &watched, I2V_ERROR_CANCELLED);
}

static void destroy_while_a_poll_hangs(void)
{
    i2v_client *client = sandbox_client();
    watch watched = {0};
    i2v_job *job;
    sandbox_faults("[{\"route\":\"results\",\"hang\":true}]");
    job = start_job(client, new_request(), &watched);
    CHECK(sandbox_reaches("results", 1));
    destroy_ends_job(client, job, &watched, I2V_ERROR_CANCELLED);
}

static void destroy_while_a_video_is_downloaded(void)
{
    i2v_client *client = sandbox_client();
    watch watched = {0};
    const char *target = temp_path("destroyed.mp4");
    i2v_job *job;
    sandbox_faults("[{\"route\":\"video\",\"hang\":true}]");
    job = start_job(client, new_request_to(target), &watched);
    CHECK(sandbox_reaches("video", 1));
    destroy_ends_job(client, job, &watched, I2V_ERROR_CANCELLED);
    CHECK(!file_exists(target) && !file_exists(temp_path("destroyed.mp4.part")));
}

static void destroy_with_events_nobody_took(void)
{
    i2v_client *client = sandbox_client();
    watch watched = {0};
    i2v_job *job = start_job(client, new_request(), &watched);
    CHECK_COMES(i2v_job_get_state(job) == I2V_JOB_COMPLETED);
    CHECK_TEXT(watched.order, "");
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    CHECK_INT(watched.done, 1);
    CHECK_INT(watched.state, I2V_JOB_COMPLETED);
    CHECK_INT(watched.order[0], 'C');
    CHECK_STATUS(i2v_job_wait(job, 0, NULL), I2V_OK);
    i2v_job_release(job);
}

static void destroy_at_once_with_many_jobs(void)
{
    enum { JOBS = 40 };
    i2v_client *client = sandbox_client();
    watch watched[JOBS];
    int64_t start;
    int index, done = 0;
    memset(watched, 0, sizeof watched);
    for (index = 0; index < JOBS; index++) i2v_job_release(start_job(client, new_request(), &watched[index]));
    start = now_ms();
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    CHECK_LASTED(start, 0);
    for (index = 0; index < JOBS; index++) {
        done += watched[index].done;
        CHECK(watched[index].done == 1);
        CHECK(watched[index].status == I2V_ERROR_CANCELLED
              || watched[index].status == I2V_ERROR_OUTCOME_UNKNOWN);
    }
    CHECK_INT(done, JOBS);
}

static void destroy_with_delivery_on_the_clients_thread(void)
{
    i2v_config *config = new_config(NULL);
    i2v_client *client;
    watch watched = {0};
    i2v_job *job;
    i2v_config_set_delivery(config, I2V_DELIVERY_THREAD);
    client = new_client(config);
    sandbox_faults("[{\"route\":\"results\",\"hang\":true}]");
    job = start_job(client, new_request(), &watched);
    CHECK(sandbox_reaches("results", 1));
    destroy_ends_job(client, job, &watched, I2V_ERROR_CANCELLED);
}

static void handles_outlive_their_client(void)
{
    i2v_client *client = sandbox_client();
    const char *target = temp_path("outlive.mp4");
    i2v_job *job = run_job(client, new_request_to(target), NULL, I2V_OK);
    i2v_video *video, *receipt;
    i2v_error *error = NULL;
    watch watched = {0};
    int64_t received = 0;

    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    CHECK_INT(i2v_job_get_state(job), I2V_JOB_SAVED);
    CHECK(i2v_job_get_id(job) != NULL);
    CHECK_TEXT(i2v_job_get_path(job), target);
    CHECK_STATUS(i2v_job_get_progress(job, &received, NULL), I2V_OK);
    CHECK_INT(received, file_size(target));
    video = i2v_job_copy_video(job);
    receipt = i2v_job_copy_receipt(job);
    CHECK_TEXT(i2v_video_get_id(video), i2v_job_get_id(job));
    CHECK_TEXT(i2v_video_get_id(receipt), i2v_job_get_id(job));
    CHECK_STATUS(i2v_job_fetch(job, temp_path("after.mp4"), false, watch_event, &watched, &error),
                 I2V_ERROR_CLOSED);
    CHECK_ERROR(&error, I2V_ERROR_CLOSED, NULL);
    CHECK_TEXT(watched.order, "");
    /* What could not be started has changed nothing. */
    CHECK_INT(i2v_job_get_state(job), I2V_JOB_SAVED);
    CHECK_TEXT(i2v_job_get_path(job), target);
    CHECK_STATUS(i2v_job_cancel(job), I2V_OK);
    CHECK_STATUS(i2v_job_wait(job, 0, NULL), I2V_OK);
    i2v_job_release(job);
    i2v_video_release(receipt);
    CHECK(i2v_video_get_json(video) != NULL);
    i2v_video_release(video);
}

static void handles_may_be_released_while_the_client_lives(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job = run_job(client, new_request(), NULL, I2V_OK);
    i2v_video *video = i2v_job_copy_video(job);
    i2v_job_release(job);
    CHECK_INT(i2v_video_get_status(video), I2V_SERVICE_COMPLETED);
    i2v_video_release(video);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

typedef struct {
    i2v_client *client;
    i2v_job *job;
    i2v_status status;
    bool has_begun;
} waiter;

static void *wait_in_dispatch(void *context)
{
    waiter *its = context;
    flag_raise(&its->has_begun);
    its->status = i2v_client_dispatch(its->client, -1, NULL, NULL);
    return NULL;
}

static void *wait_for_job(void *context)
{
    waiter *its = context;
    flag_raise(&its->has_begun);
    its->status = i2v_job_wait(its->job, -1, NULL);
    return NULL;
}

static void destroy_ends_a_dispatch_of_another_thread(void)
{
    waiter its = {NULL, NULL, -1, false};
    pthread_t thread;
    its.client = sandbox_client();
    pthread_create(&thread, NULL, wait_in_dispatch, &its);
    while (!flag_is_up(&its.has_begun)) sleep_ms(1);
    sleep_ms(50);
    CHECK_STATUS(i2v_client_destroy(its.client), I2V_OK);
    pthread_join(thread, NULL);
    CHECK_STATUS(its.status, I2V_ERROR_CLOSED);
}

static void destroy_ends_a_wait_of_another_thread(void)
{
    waiter its = {NULL, NULL, -1, false};
    watch watched = {0};
    pthread_t thread;
    sandbox_faults(FAULT_NEVER_FINISHED);
    its.client = sandbox_client();
    its.job = start_job(its.client, new_request(), &watched);
    CHECK(reach_state(its.client, its.job, I2V_JOB_WAITING));
    pthread_create(&thread, NULL, wait_for_job, &its);
    while (!flag_is_up(&its.has_begun)) sleep_ms(1);
    sleep_ms(50);
    CHECK_STATUS(i2v_client_destroy(its.client), I2V_OK);
    pthread_join(thread, NULL);
    /* The job ended while it was waited for, or the wait did. */
    CHECK(its.status == I2V_ERROR_CANCELLED || its.status == I2V_ERROR_CLOSED);
    CHECK_INT(watched.done, 1);
    i2v_job_release(its.job);
}

typedef struct {
    bool is_inside, may_leave, has_left;
    int done;
} slow;

static void be_slow(i2v_job *job, i2v_event event, void *user_data)
{
    slow *its = user_data;
    (void)job;
    if (event == I2V_EVENT_DONE) its->done++;
    if (event != I2V_EVENT_CREATED) return;
    flag_raise(&its->is_inside);
    CHECK_COMES(flag_is_up(&its->may_leave));
    sleep_ms(200);
    flag_raise(&its->has_left);
}

static void destroy_waits_for_a_callback_of_another_thread(void)
{
    /* What a callback uses may be freed once destroy has returned. */
    slow its = {false, false, false, 0};
    waiter dispatcher = {NULL, NULL, -1, false};
    i2v_request *request = new_request();
    pthread_t thread;
    sandbox_faults(FAULT_NEVER_FINISHED);
    dispatcher.client = sandbox_client();
    CHECK_STATUS(i2v_client_submit(dispatcher.client, request, be_slow, &its, NULL, NULL), I2V_OK);
    i2v_request_destroy(request);
    pthread_create(&thread, NULL, wait_in_dispatch, &dispatcher);
    CHECK_COMES(flag_is_up(&its.is_inside));
    flag_raise(&its.may_leave);
    CHECK_STATUS(i2v_client_destroy(dispatcher.client), I2V_OK);
    CHECK(flag_is_up(&its.has_left));
    CHECK_INT(its.done, 1);
    pthread_join(thread, NULL);
    CHECK(dispatcher.status == I2V_OK || dispatcher.status == I2V_ERROR_CLOSED);
}

static void submit_in_the_last_callback(i2v_job *job, i2v_event event, void *user_data)
{
    waiter *its = user_data;
    i2v_request *request;
    i2v_job *next = job;
    if (event != I2V_EVENT_DONE) return;
    request = new_request();
    its->status = i2v_client_submit(its->client, request, NULL, NULL, &next, NULL);
    CHECK(next == NULL);
    i2v_request_destroy(request);
}

static void nothing_starts_while_the_client_is_destroyed(void)
{
    waiter its = {NULL, NULL, -1, false};
    i2v_request *request = new_request();
    sandbox_faults(FAULT_NEVER_FINISHED);
    its.client = sandbox_client();
    CHECK_STATUS(i2v_client_submit(its.client, request, submit_in_the_last_callback, &its, NULL, NULL),
                 I2V_OK);
    i2v_request_destroy(request);
    CHECK(sandbox_reaches("results", 1));
    CHECK_STATUS(i2v_client_destroy(its.client), I2V_OK);
    CHECK_STATUS(its.status, I2V_ERROR_CLOSED);
    CHECK_INT(sandbox_count("create"), 1);
}

static void descriptors_are_given_back(void)
{
    int first = -1, last = -1, round;
    for (round = 0; round < 20; round++) {
        i2v_client *client = sandbox_client();
        i2v_job *job = start_job(client, new_request(), NULL);
        last = i2v_client_get_fd(client);
        if (first < 0) first = last;
        CHECK(reach_id(client, job));
        i2v_job_release(job);
        i2v_client_destroy(client);
    }
    CHECK_INT(last, first);
}

void suite_destroy(void)
{
    RUN(destroy_while_a_create_is_on_the_wire);
    RUN(destroy_takes_the_id_of_a_create_on_the_wire);
    RUN(destroy_before_a_create_was_sent);
    RUN(destroy_while_the_service_is_at_work);
    RUN(destroy_while_a_poll_hangs);
    RUN(destroy_while_a_video_is_downloaded);
    RUN(destroy_with_events_nobody_took);
    RUN(destroy_at_once_with_many_jobs);
    RUN(destroy_with_delivery_on_the_clients_thread);
    RUN(handles_outlive_their_client);
    RUN(handles_may_be_released_while_the_client_lives);
    RUN(destroy_ends_a_dispatch_of_another_thread);
    RUN(destroy_ends_a_wait_of_another_thread);
    RUN(destroy_waits_for_a_callback_of_another_thread);
    RUN(nothing_starts_while_the_client_is_destroyed);
    RUN(descriptors_are_given_back);
}
