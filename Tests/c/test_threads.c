/* Several threads on one client, and several clients in one process. */
#include "support.h"

#include <pthread.h>
#include <string.h>

enum { THREADS = 4, EACH = 3 };

typedef struct {
    i2v_client *client;
    pthread_mutex_t busy;
    int overlaps, done;
    int failures;
    pthread_mutex_t lock;
} crowd;

static void note_overlap(i2v_job *job, i2v_event event, void *user_data)
{
    crowd *its = user_data;
    (void)job;
    /* Callbacks of a client run one at a time, whichever thread runs them. */
    if (pthread_mutex_trylock(&its->busy) != 0) {
        its->overlaps++;
        return;
    }
    sleep_ms(1);
    if (event == I2V_EVENT_DONE) its->done++;
    pthread_mutex_unlock(&its->busy);
}

static void *submit_and_wait(void *context)
{
    crowd *its = context;
    i2v_job *jobs[EACH];
    int index, failures = 0;
    for (index = 0; index < EACH; index++) {
        i2v_request *request = new_request();
        jobs[index] = NULL;
        if (i2v_client_submit(its->client, request, note_overlap, its, &jobs[index], NULL) != I2V_OK)
            failures++;
        i2v_request_destroy(request);
    }
    for (index = 0; index < EACH; index++) {
        if (finish_job(jobs[index]) != I2V_OK) failures++;
        if (i2v_job_get_state(jobs[index]) != I2V_JOB_COMPLETED) failures++;
        i2v_job_release(jobs[index]);
    }
    pthread_mutex_lock(&its->lock);
    its->failures += failures;
    pthread_mutex_unlock(&its->lock);
    return NULL;
}

static void run_crowd(i2v_client *client)
{
    crowd its;
    pthread_t threads[THREADS];
    int index;
    memset(&its, 0, sizeof its);
    its.client = client;
    pthread_mutex_init(&its.busy, NULL);
    pthread_mutex_init(&its.lock, NULL);
    for (index = 0; index < THREADS; index++) pthread_create(&threads[index], NULL, submit_and_wait, &its);
    for (index = 0; index < THREADS; index++) pthread_join(threads[index], NULL);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    CHECK_INT(its.overlaps, 0);
    CHECK_INT(its.failures, 0);
    CHECK_INT(its.done, THREADS * EACH);
    CHECK_INT(sandbox_count("creates_processed"), THREADS * EACH);
    pthread_mutex_destroy(&its.busy);
    pthread_mutex_destroy(&its.lock);
}

static void many_threads_submit_and_wait(void) { run_crowd(sandbox_client()); }

static void many_threads_wait_while_the_clients_thread_delivers(void)
{
    i2v_config *config = new_config(NULL);
    i2v_config_set_delivery(config, I2V_DELIVERY_THREAD);
    run_crowd(new_client(config));
}

typedef struct {
    i2v_job *job;
    i2v_status status;
} waiter;

static void *wait_for_job(void *context)
{
    waiter *its = context;
    its->status = finish_job(its->job);
    return NULL;
}

static void many_threads_wait_for_one_job(void)
{
    i2v_client *client = sandbox_client();
    watch watched = {0};
    i2v_job *job = start_job(client, new_request(), &watched);
    waiter waiters[THREADS];
    pthread_t threads[THREADS];
    int index;
    for (index = 0; index < THREADS; index++) {
        waiters[index].job = job;
        waiters[index].status = -1;
        pthread_create(&threads[index], NULL, wait_for_job, &waiters[index]);
    }
    for (index = 0; index < THREADS; index++) {
        pthread_join(threads[index], NULL);
        CHECK_STATUS(waiters[index].status, I2V_OK);
    }
    CHECK_INT(watched.done, 1);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void *read_until_done(void *context)
{
    i2v_job *job = context;
    size_t reads = 0, rounds = 0;
    while (i2v_job_get_state(job) < I2V_JOB_COMPLETED || i2v_job_get_state(job) == I2V_JOB_FETCHING) {
        i2v_video *video = i2v_job_copy_video(job), *receipt = i2v_job_copy_receipt(job);
        i2v_error *error = i2v_job_copy_error(job);
        int64_t received, total;
        const char *id = i2v_job_get_id(job), *json = i2v_video_get_json(video);
        reads += (id ? strlen(id) : 0) + (json ? strlen(json) : 0);
        i2v_job_get_progress(job, &received, &total);
        i2v_job_release(i2v_job_retain(job));
        i2v_video_release(video);
        i2v_video_release(receipt);
        i2v_error_destroy(error);
        /* A reader that never rests keeps others from the processor where threads take turns. */
        if (++rounds % 16 == 0) sleep_ms(1);
    }
    return reads ? context : NULL;
}

static void job_is_read_by_threads_while_it_changes(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job = start_job(client, new_request_to(temp_path("read.mp4")), NULL);
    pthread_t threads[2];
    void *result;
    int index;
    for (index = 0; index < 2; index++) pthread_create(&threads[index], NULL, read_until_done, job);
    CHECK_STATUS(finish_job(job), I2V_OK);
    for (index = 0; index < 2; index++) {
        pthread_join(threads[index], &result);
        CHECK(result != NULL);
    }
    i2v_job_release(job);
    i2v_client_destroy(client);
}

typedef struct {
    bool is_inside, may_leave;
} slow;

static void stay_when_done(i2v_job *job, i2v_event event, void *user_data)
{
    slow *its = user_data;
    (void)job;
    if (event != I2V_EVENT_DONE) return;
    flag_raise(&its->is_inside);
    CHECK_COMES(flag_is_up(&its->may_leave));
}

static void slow_callback_of_another_thread_delays_no_timeout(void)
{
    i2v_client *client = sandbox_client();
    i2v_request *request = new_request();
    slow callback = {false, false};
    waiter its = {NULL, -1};
    pthread_t thread;
    i2v_job *other;
    int64_t start;

    CHECK_STATUS(i2v_client_submit(client, request, stay_when_done, &callback, &its.job, NULL),
                 I2V_OK);
    i2v_request_destroy(request);
    pthread_create(&thread, NULL, wait_for_job, &its);
    CHECK_COMES(flag_is_up(&callback.is_inside));
    other = start_job(client, new_request(), NULL);
    start = now_ms();
    CHECK_STATUS(i2v_job_wait(other, 50, NULL), I2V_ERROR_TIMEOUT);
    CHECK_STATUS(i2v_client_dispatch(client, 50, NULL, NULL), I2V_OK);
    CHECK_LASTED(start, 99);
    flag_raise(&callback.may_leave);
    pthread_join(thread, NULL);
    CHECK_STATUS(its.status, I2V_OK);
    CHECK_STATUS(finish_job(other), I2V_OK);
    i2v_job_release(its.job);
    i2v_job_release(other);
    i2v_client_destroy(client);
}

static void two_clients_live_side_by_side(void)
{
    i2v_client *first = sandbox_client(), *second = sandbox_client();
    watch one = {0}, two = {0};
    i2v_job *job_one = start_job(first, new_request(), &one),
            *job_two = start_job(second, new_request(), &two);
    CHECK(i2v_client_get_fd(first) != i2v_client_get_fd(second));
    CHECK_INT(count_threads("image2video"), 2);
    CHECK_STATUS(finish_job(job_one), I2V_OK);
    CHECK_INT(one.done, 1);
    CHECK_TEXT(two.order, "");
    CHECK_STATUS(i2v_client_destroy(first), I2V_OK);
    CHECK_INT(count_threads("image2video"), 1);
    CHECK_STATUS(finish_job(job_two), I2V_OK);
    CHECK_INT(two.done, 1);
    i2v_job_release(job_one);
    i2v_job_release(job_two);
    CHECK_STATUS(i2v_client_destroy(second), I2V_OK);
}

static void *churn(void *context)
{
    int round;
    for (round = 0; round < 15; round++) {
        i2v_config *config = new_config(NULL);
        i2v_client *client = NULL;
        if (i2v_client_create(config, &client, NULL) != I2V_OK) return NULL;
        i2v_config_destroy(config);
        if (i2v_client_destroy(client) != I2V_OK) return NULL;
    }
    return context;
}

static void clients_come_and_go_on_many_threads(void)
{
    pthread_t threads[THREADS];
    int index, good = 0;
    for (index = 0; index < THREADS; index++) pthread_create(&threads[index], NULL, churn, &good);
    for (index = 0; index < THREADS; index++) {
        void *result = NULL;
        pthread_join(threads[index], &result);
        good += result != NULL;
    }
    CHECK_INT(good, THREADS);
    CHECK_INT(count_threads("image2video"), 0);
}

void suite_threads(void)
{
    RUN(many_threads_submit_and_wait);
    RUN(many_threads_wait_while_the_clients_thread_delivers);
    RUN(many_threads_wait_for_one_job);
    RUN(job_is_read_by_threads_while_it_changes);
    RUN(slow_callback_of_another_thread_delays_no_timeout);
    RUN(two_clients_live_side_by_side);
    RUN(clients_come_and_go_on_many_threads);
}
