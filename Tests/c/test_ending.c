/* Crowds of jobs in every state at once: cancelled, destroyed, side by side with others, and forked. */
#include "support.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void set_events(i2v_config *config, i2v_delivery delivery)
{
    i2v_config_set_max_requests(config, 8);
    i2v_config_set_max_downloads(config, 4);
    i2v_config_set_delivery(config, delivery);
}

/* ---- A crowd of every state ---- */

enum { EACH = 40, PLACES = 8, QUEUED = 900 };

/* Some have ended, some are with the service, some are being fetched or wait for a place to be, then creates
 * that hang take every place there is, and the rest queue behind them. */
typedef struct {
    server *service;
    i2v_client *client;
    i2v_job *done[EACH], *waiting[EACH], *fetching[EACH], *sending[PLACES], *queued[EACH];
    watch done_watch[EACH], waiting_watch[EACH], fetching_watch[EACH], sending_watch[PLACES],
        queued_watch[EACH];
} crowd;

static i2v_job *start_with(crowd *its, char what, int number, watch *watched)
{
    char name[64];
    snprintf(name, sizeof name, "crowd-%c%d.mp4", what, number);
    if (what == PROMPT_FINISHES || what == PROMPT_FETCHES) remove(temp_path(name));
    else name[0] = 0;
    return start_job(its->client, prompt_request(what, number, name[0] ? temp_path(name) : NULL), watched);
}

static void reach_states(crowd *its, bool dispatches)
{
    int64_t end = now_ms() + slack(HANG);
    int index;
    for (index = 0; index < EACH; index++) {
        while (i2v_job_get_state(its->done[index]) != I2V_JOB_SAVED
               || i2v_job_get_state(its->waiting[index]) != I2V_JOB_WAITING
               || i2v_job_get_state(its->fetching[index]) != I2V_JOB_FETCHING) {
            if (!CHECK(now_ms() < end)) return;
            if (dispatches) i2v_client_dispatch(its->client, 10, NULL, NULL);
            else sleep_ms(10);
        }
    }
    CHECK(server_reaches(its->service, "GET /v/crowd-f", 4));
}

static void gather(crowd *its, i2v_delivery delivery)
{
    i2v_config *config;
    int index;
    memset(its, 0, sizeof *its);
    its->service = service_start("crowd");
    config = new_config(server_url(its->service));
    set_events(config, delivery);
    its->client = new_client(config);
    for (index = 0; index < EACH; index++) {
        its->done[index] = start_with(its, PROMPT_FINISHES, index, &its->done_watch[index]);
        its->waiting[index] = start_with(its, PROMPT_WAITS, index, &its->waiting_watch[index]);
    }
    for (index = 0; index < EACH; index++) CHECK_STATUS(finish_job(its->done[index]), I2V_OK);
    for (index = 0; index < EACH; index++)
        its->fetching[index] = start_with(its, PROMPT_FETCHES, index, &its->fetching_watch[index]);
    reach_states(its, delivery == I2V_DELIVERY_DISPATCH);
    for (index = 0; index < PLACES; index++)
        its->sending[index] = start_with(its, PROMPT_SENDS, index, &its->sending_watch[index]);
    CHECK(server_reaches(its->service, "\"prompt\":\"s", PLACES));
    for (index = 0; index < EACH; index++)
        its->queued[index] = start_with(its, PROMPT_FINISHES, QUEUED + index, &its->queued_watch[index]);
}

/* How each of one state ended: once, as said, and with what is known of the charge; -1 takes any. */
static void check_ends(i2v_job **jobs, const watch *watched, int count, i2v_status status, i2v_charge charge)
{
    int index, good = 0;
    for (index = 0; index < count; index++) {
        i2v_error *error = i2v_job_copy_error(jobs[index]);
        size_t length = strlen(watched[index].order);
        good += watched[index].done == 1 && length > 0 && watched[index].order[length - 1] == 'D'
                && watched[index].status == status && i2v_error_get_status(error) == status
                && (charge == -1 || i2v_error_get_charge(error) == charge);
        i2v_error_destroy(error);
    }
    CHECK_INT(good, count);
}

/* Everything has ended as it must; consumes the crowd. */
static void check_crowd(crowd *its)
{
    int index;
    check_ends(its->done, its->done_watch, EACH, I2V_OK, I2V_CHARGE_NONE);
    check_ends(its->waiting, its->waiting_watch, EACH, I2V_ERROR_CANCELLED, I2V_CHARGE_CERTAIN);
    check_ends(its->fetching, its->fetching_watch, EACH, I2V_ERROR_CANCELLED, -1);
    check_ends(its->sending, its->sending_watch, PLACES, I2V_ERROR_OUTCOME_UNKNOWN, I2V_CHARGE_POSSIBLE);
    check_ends(its->queued, its->queued_watch, EACH, I2V_ERROR_CANCELLED, I2V_CHARGE_NONE);
    /* Of those that queued none was ever sent. */
    CHECK_INT(server_count(its->service, "\"prompt\":\"d90"), 0);
    for (index = 0; index < EACH; index++) {
        check_own(its->done[index], "crowd", PROMPT_FINISHES, index);
        check_own(its->waiting[index], "crowd", PROMPT_WAITS, index);
        check_own(its->fetching[index], "crowd", PROMPT_FETCHES, index);
        CHECK_TEXT(i2v_job_get_id(its->queued[index]), NULL);
        i2v_job_release(its->done[index]);
        i2v_job_release(its->waiting[index]);
        i2v_job_release(its->fetching[index]);
        i2v_job_release(its->queued[index]);
    }
    for (index = 0; index < PLACES; index++) i2v_job_release(its->sending[index]);
    server_stop(its->service);
}

static void cancel_all(i2v_job **jobs, int count)
{
    int index;
    /* Twice, which is as good as once. */
    for (index = 0; index < 2 * count; index++) CHECK_STATUS(i2v_job_cancel(jobs[index / 2]), I2V_OK);
}

static void cancel_at_every_state(i2v_delivery delivery)
{
    static crowd its;
    int64_t start;
    gather(&its, delivery);
    start = now_ms();
    /* What queues goes first: a create that is cancelled makes place for the next one. */
    cancel_all(its.queued, EACH);
    cancel_all(its.sending, PLACES);
    cancel_all(its.fetching, EACH);
    cancel_all(its.waiting, EACH);
    cancel_all(its.done, EACH);
    while (i2v_client_get_job_count(its.client) > 0 && now_ms() - start < slack(BUSY)) {
        if (delivery == I2V_DELIVERY_DISPATCH) i2v_client_dispatch(its.client, 10, NULL, NULL);
        else sleep_ms(1);
    }
    CHECK_LASTED(start, 0);
    CHECK_INT((int)i2v_client_get_job_count(its.client), 0);
    CHECK_STATUS(i2v_client_destroy(its.client), I2V_OK);
    check_crowd(&its);
}

static void crowd_of_every_state_is_cancelled(void) { cancel_at_every_state(I2V_DELIVERY_DISPATCH); }

static void crowd_of_every_state_is_cancelled_on_the_clients_thread(void)
{
    cancel_at_every_state(I2V_DELIVERY_THREAD);
}

static void destroy_at_every_state(i2v_delivery delivery)
{
    static crowd its;
    int64_t start;
    gather(&its, delivery);
    start = now_ms();
    CHECK_STATUS(i2v_client_destroy(its.client), I2V_OK);
    /* Creates on the wire are given a moment for their answers. */
    CHECK_LASTED(start, 0);
    check_crowd(&its);
    CHECK_INT(count_threads("image2video"), 0);
}

static void crowd_of_every_state_is_destroyed(void) { destroy_at_every_state(I2V_DELIVERY_DISPATCH); }

static void crowd_of_every_state_is_destroyed_on_the_clients_thread(void)
{
    destroy_at_every_state(I2V_DELIVERY_THREAD);
}

static void four_hundred_jobs_at_a_server_that_hangs_are_destroyed(void)
{
    enum { JOBS = 400 };
    static watch watched[JOBS];
    server *service = service_start("hang");
    i2v_client *client = new_client(new_config(server_url(service)));
    int64_t start;
    int index, sent = 0, unsent = 0;
    memset(watched, 0, sizeof watched);
    for (index = 0; index < JOBS; index++)
        i2v_job_release(start_job(client, prompt_request(PROMPT_SENDS, index, NULL), &watched[index]));
    CHECK(server_reaches(service, "\"prompt\":\"s", 8));
    start = now_ms();
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    /* Creates on the wire are given a moment for their answers. */
    CHECK_LASTED(start, 0);
    for (index = 0; index < JOBS; index++) {
        CHECK_TEXT(watched[index].order, "D");
        sent += watched[index].status == I2V_ERROR_OUTCOME_UNKNOWN;
        unsent += watched[index].status == I2V_ERROR_CANCELLED;
    }
    CHECK_INT(sent, server_count(service, "\"prompt\":\"s"));
    CHECK_INT(sent + unsent, JOBS);
    server_stop(service);
}

/* ---- Side by side ---- */

enum { CROSSING = 30 };

typedef struct {
    const char *name, *url, *folder;
    int first;
    i2v_delivery delivery;
} worker;

/* A client's whole life: every job must end with the answers to its own prompt. */
static void work_through(const worker *its)
{
    i2v_config *config = new_config(its->url);
    i2v_client *client;
    i2v_job *jobs[CROSSING];
    int index;
    set_events(config, its->delivery);
    client = new_client(config);
    for (index = 0; index < CROSSING; index++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/cross-%s-%d.mp4", its->folder, its->name, its->first + index);
        remove(path);
        jobs[index] = start_job(client, prompt_request(PROMPT_FINISHES, its->first + index, path), NULL);
    }
    for (index = 0; index < CROSSING; index++) {
        CHECK_STATUS(finish_job(jobs[index]), I2V_OK);
        CHECK_INT(i2v_job_get_state(jobs[index]), I2V_JOB_SAVED);
        check_own(jobs[index], its->name, PROMPT_FINISHES, its->first + index);
        i2v_job_release(jobs[index]);
    }
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void *work_in_a_thread(void *context)
{
    work_through(context);
    return NULL;
}

static void two_clients_keep_their_answers_apart(void)
{
    server *left = service_start("left"), *right = service_start("right");
    /* The same prompts to both, so that only the services' names tell the answers apart. */
    worker workers[2] = {{"left", NULL, NULL, 0, I2V_DELIVERY_DISPATCH},
                         {"right", NULL, NULL, 0, I2V_DELIVERY_THREAD}};
    pthread_t threads[2];
    int index;
    workers[0].url = server_url(left);
    workers[1].url = server_url(right);
    workers[0].folder = workers[1].folder = temp_path(".");
    for (index = 0; index < 2; index++)
        pthread_create(&threads[index], NULL, work_in_a_thread, &workers[index]);
    for (index = 0; index < 2; index++) pthread_join(threads[index], NULL);
    CHECK_INT(server_count(left, "/createBySourcePrompt "), CROSSING);
    CHECK_INT(server_count(right, "/createBySourcePrompt "), CROSSING);
    server_stop(left);
    server_stop(right);
}

/* ---- Forks ---- */

typedef struct {
    worker child;
    int rounds;
    bool good;
} forker;

static void work_in_a_child(void *context) { work_through(context); }

static void *fork_again_and_again(void *context)
{
    forker *its = context;
    int round;
    its->good = true;
    for (round = 0; round < its->rounds; round++) {
        its->good &= holds_in_child(work_in_a_child, &its->child);
        its->child.first += CROSSING;
    }
    return NULL;
}

static void answers_of_parent_and_children_never_cross(void)
{
    /* Parent and children speak to one service, so a connection that two of them used would show: each keeps
     * asking while the other does. */
    enum { FORKERS = 2 };
    int round, index, parents = 0;
    for (round = 0; round < rounds(1, 25); round++) {
        server *service = service_start("all");
        worker parent = {"all", NULL, NULL, 0, I2V_DELIVERY_DISPATCH};
        forker forkers[FORKERS];
        pthread_t threads[FORKERS];
        parent.url = server_url(service);
        parent.folder = temp_path(".");
        for (index = 0; index < FORKERS; index++) {
            forkers[index].child = parent;
            forkers[index].child.first = 10000 * (index + 1);
            forkers[index].rounds = 3;
            forkers[index].good = false;
        }
        for (index = 0; index < FORKERS; index++)
            pthread_create(&threads[index], NULL, fork_again_and_again, &forkers[index]);
        for (index = 0; index < 4; index++, parents++) {
            work_through(&parent);
            parent.first += CROSSING;
        }
        for (index = 0; index < FORKERS; index++) {
            pthread_join(threads[index], NULL);
            CHECK(forkers[index].good);
        }
        /* Nobody's create went out twice or got lost. */
        CHECK_INT(server_count(service, "/createBySourcePrompt "), CROSSING * (4 + 3 * FORKERS));
        server_stop(service);
    }
    CHECK(parents >= 4);
}

void suite_ending(void)
{
    RUN(crowd_of_every_state_is_cancelled);
    RUN(crowd_of_every_state_is_cancelled_on_the_clients_thread);
    RUN(crowd_of_every_state_is_destroyed);
    RUN(crowd_of_every_state_is_destroyed_on_the_clients_thread);
    RUN(four_hundred_jobs_at_a_server_that_hangs_are_destroyed);
    RUN(two_clients_keep_their_answers_apart);
    RUN(answers_of_parent_and_children_never_cross);
}
