/* Answers to creates whose jobs have ended meanwhile, or are being looked for, or were found. */
#include "support.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

/* A service whose answer to the create, and whose list, wait to be let go. Its one picture is everybody's. */
typedef struct {
    /* What the create gets; NULL breaks its connection. */
    const char *answer;
    /* The id of a video that the list has. */
    const char *listed;
    bool answers, lists, finished;
    /* Milliseconds from the word to the create's answer. */
    int64_t delay;
} late;

/* For all that the server's threads look at. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void let_go(bool *flag)
{
    pthread_mutex_lock(&lock);
    *flag = true;
    pthread_mutex_unlock(&lock);
}

static bool is_let_go(const bool *flag)
{
    bool value;
    pthread_mutex_lock(&lock);
    value = *flag;
    pthread_mutex_unlock(&lock);
    return value;
}

static void wait_for(const bool *flag)
{
    int64_t end = now_ms() + slack(HANG);
    while (!is_let_go(flag) && now_ms() < end) sleep_ms(5);
}

/* Lets the create's answer go: NULL breaks its connection. */
static void answer_with(late *its, const char *answer)
{
    pthread_mutex_lock(&lock);
    its->answer = answer;
    its->answers = true;
    pthread_mutex_unlock(&lock);
}

static const char *answer_of(late *its)
{
    const char *answer;
    pthread_mutex_lock(&lock);
    answer = its->answer;
    pthread_mutex_unlock(&lock);
    return answer;
}

static void list(int descriptor, const char *id)
{
    char body[400];
    struct timeval now;
    gettimeofday(&now, NULL);
    snprintf(body, sizeof body,
             "{\"code\":1000,\"data\":{\"result\":[{\"_id\":\"%s\",\"status\":1,\"image_url\":\"%s\",\"prompt\":"
             "\"late\",\"create_time\":%lld}]}}",
             id, "https://example.com/late.png", (long long)now.tv_sec * 1000);
    server_json(descriptor, id ? body : "{\"code\":1000,\"data\":{\"result\":[]}}");
}

static bool answer_late(server *server, int descriptor, const char *request, int connection)
{
    late *its = server_state(server);
    char body[300];
    (void)connection;
    if (strstr(request, "/createBySourcePrompt")) {
        wait_for(&its->answers);
        sleep_ms(its->delay);
        if (!answer_of(its)) return false;
        server_json(descriptor, answer_of(its));
    } else if (strstr(request, "/content/video/list")) {
        wait_for(&its->lists);
        list(descriptor, its->listed);
    } else if (strstr(request, "/resultsByIds")) {
        snprintf(body, sizeof body,
                 "{\"code\":1000,\"data\":{\"result\":[{\"_id\":\"X\",\"status\":%d,\"video\":\"%s/X.mp4\"}]}}",
                 is_let_go(&its->finished) ? 3 : 2, server_url(server));
        server_json(descriptor, body);
    } else {
        wait_for(&its->answers);
        sleep_ms(300);
        server_reply(descriptor, "200 OK", "Content-Type: video/mp4\r\n", "0123456789");
    }
    return true;
}

static i2v_request *late_request(const char *target)
{
    i2v_request *request = i2v_request_create();
    i2v_request_set_image_url(request, "https://example.com/late.png");
    i2v_request_set_prompt(request, "late");
    if (target) i2v_request_set_target(request, target);
    return request;
}

/* A job whose host gave it up while its create was on the wire. */
static i2v_job *given_up(i2v_client *client, server *server, watch *watched, const char *target)
{
    i2v_job *job = start_job(client, late_request(target), watched);
    CHECK(server_reaches(server, "/createBySourcePrompt", 1));
    CHECK_STATUS(i2v_job_cancel(job), I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_ERROR_OUTCOME_UNKNOWN);
    return job;
}

static void look_for(i2v_job *job, watch *watched)
{
    memset(watched, 0, sizeof *watched);
    CHECK_STATUS(i2v_job_reconcile(job, watch_event, watched, NULL), I2V_OK);
}

static void end(i2v_job *job, i2v_client *client, server *server)
{
    i2v_job_release(job);
    i2v_client_destroy(client);
    server_stop(server);
}

static void late_refusal_ends_the_search_and_sends_nothing_again(void)
{
    late its = {0};
    watch watched = {0};
    server *server = server_start(answer_late, &its);
    i2v_client *client = new_client(new_config(server_url(server)));
    i2v_job *job = given_up(client, server, &watched, NULL);
    i2v_error *error;
    look_for(job, &watched);
    CHECK(server_reaches(server, "/content/video/list", 1));
    answer_with(&its, "{\"code\":1005,\"msg\":\"slow down\"}");
    CHECK_STATUS(finish_job(job), I2V_ERROR_RATE_LIMIT);
    error = i2v_job_copy_error(job);
    CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_NONE);
    i2v_error_destroy(error);
    /* Longer than the first pause of one that is sent again. */
    i2v_client_dispatch(client, 800, NULL, NULL);
    CHECK_INT(server_count(server, "/createBySourcePrompt"), 1);
    CHECK_INT(watched.done, 1);
    let_go(&its.lists);
    end(job, client, server);
}

static void late_failure_does_not_end_what_was_found(void)
{
    late its = {0};
    watch watched = {0};
    server *server = server_start(answer_late, &its);
    i2v_client *client = new_client(new_config(server_url(server)));
    i2v_job *job = given_up(client, server, &watched, NULL);
    its.listed = "X";
    let_go(&its.lists);
    look_for(job, &watched);
    CHECK(reach_state(client, job, I2V_JOB_WAITING));
    CHECK_TEXT(i2v_job_get_id(job), "X");
    let_go(&its.answers);
    i2v_client_dispatch(client, 300, NULL, NULL);
    CHECK_INT(i2v_job_get_state(job), I2V_JOB_WAITING);
    let_go(&its.finished);
    CHECK_STATUS(finish_job(job), I2V_OK);
    end(job, client, server);
}

static void late_id_ends_the_search(void)
{
    late its = {0};
    watch watched = {0};
    server *server = server_start(answer_late, &its);
    i2v_client *client = new_client(new_config(server_url(server)));
    i2v_job *job = given_up(client, server, &watched, NULL);
    look_for(job, &watched);
    CHECK(server_reaches(server, "/content/video/list", 1));
    answer_with(&its, "{\"code\":1000,\"data\":{\"_id\":\"X\",\"status\":1}}");
    CHECK(reach_state(client, job, I2V_JOB_WAITING));
    let_go(&its.lists);
    let_go(&its.finished);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK_TEXT(i2v_job_get_id(job), "X");
    CHECK_INT(watched.done, 1);
    end(job, client, server);
}

static void late_id_does_not_disturb_the_download_of_what_was_found(void)
{
    late its = {0};
    watch watched = {0};
    const char *target = temp_path("late.mp4");
    server *server = server_start(answer_late, &its);
    i2v_client *client = new_client(new_config(server_url(server)));
    i2v_job *job = given_up(client, server, &watched, target);
    its.listed = "X";
    let_go(&its.lists);
    let_go(&its.finished);
    look_for(job, &watched);
    CHECK(server_reaches(server, "/X.mp4", 1));
    answer_with(&its, "{\"code\":1000,\"data\":{\"_id\":\"X\",\"status\":1}}");
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK_INT(watched.done, 1);
    CHECK_INT(i2v_job_get_state(job), I2V_JOB_SAVED);
    CHECK_INT(file_size(target), 10);
    CHECK_INT(server_count(server, "/X.mp4"), 1);
    end(job, client, server);
}

static void late_id_of_another_video_is_kept_in_the_ledger(void)
{
    late its = {0};
    watch watched = {0};
    const char *path = new_ledger("late-id.db");
    server *server = server_start(answer_late, &its);
    i2v_config *config = new_config(server_url(server));
    i2v_client *client;
    i2v_ledger *ledger = NULL;
    i2v_job *job;
    int tries = 0, count = 0;
    i2v_config_set_ledger(config, path);
    client = new_client(config);
    job = given_up(client, server, &watched, NULL);
    its.listed = "X";
    let_go(&its.lists);
    look_for(job, &watched);
    CHECK(reach_state(client, job, I2V_JOB_WAITING));
    answer_with(&its, "{\"code\":1000,\"data\":{\"_id\":\"Y\",\"status\":1}}");
    for (; tries < 100 && count < 2; tries++) {
        i2v_client_dispatch(client, 50, NULL, NULL);
        if (ledger) i2v_ledger_destroy(ledger);
        ledger = NULL;
        CHECK_STATUS(i2v_ledger_open(path, &ledger, NULL), I2V_OK);
        count = (int)i2v_ledger_get_count(ledger);
    }
    CHECK_TEXT(i2v_job_get_id(job), "X");
    CHECK_INT(count, 2);
    CHECK_TEXT(i2v_ledger_get_id(ledger, 0), "X");
    CHECK_TEXT(i2v_ledger_get_id(ledger, 1), "Y");
    i2v_ledger_destroy(ledger);
    end(job, client, server);
}

/* Its answer tells what was paid for. */
static void end_waits_for_a_create_whose_job_was_cancelled(void)
{
    late its = {0};
    watch watched = {0};
    server *server = server_start(answer_late, &its);
    i2v_client *client = new_client(new_config(server_url(server)));
    i2v_job *job = given_up(client, server, &watched, NULL);
    its.delay = 400;
    answer_with(&its, "{\"code\":1000,\"data\":{\"_id\":\"X\",\"status\":1}}");
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    CHECK_TEXT(i2v_job_get_id(job), "X");
    i2v_job_release(job);
    server_stop(server);
}

/* ---- What ends before it left ---- */

static i2v_client *client_with_a_queue(i2v_job **first, i2v_job *batch[3])
{
    i2v_config *config = new_config(NULL);
    i2v_request *request = new_request();
    i2v_client *client;
    i2v_config_set_max_requests(config, 1);
    client = new_client(config);
    sandbox_faults("[{\"route\":\"create\",\"hang\":true}]");
    *first = start_job(client, new_request(), NULL);
    CHECK(sandbox_reaches("create", 1));
    i2v_request_set_count(request, 3);
    CHECK_STATUS(i2v_client_submit_batch(client, request, NULL, NULL, batch, 3, NULL), I2V_OK);
    i2v_request_destroy(request);
    return client;
}

static void check_unsent(i2v_job *const *jobs, int count)
{
    int index;
    for (index = 0; index < count; index++) {
        i2v_error *error = i2v_job_copy_error(jobs[index]);
        CHECK_STATUS(i2v_error_get_status(error), I2V_ERROR_CANCELLED);
        CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_NONE);
        i2v_error_destroy(error);
    }
}

static void batch_that_ends_before_it_left_costs_nothing(void)
{
    int way, index;
    for (way = 0; way < 2; way++) {
        i2v_job *first, *batch[3];
        i2v_client *client = client_with_a_queue(&first, batch);
        for (index = 0; index < 3 && way == 0; index++) i2v_job_cancel(batch[index]);
        for (index = 0; index < 3 && way == 0; index++) finish_job(batch[index]);
        i2v_client_destroy(client);
        check_unsent(batch, 3);
        CHECK_INT(sandbox_count("batch"), 0);
        for (index = 0; index < 3; index++) i2v_job_release(batch[index]);
        i2v_job_release(first);
        sandbox_reset();
    }
}

static void batch_leaves_without_what_was_cancelled(void)
{
    i2v_job *first, *batch[3];
    i2v_client *client = client_with_a_queue(&first, batch);
    int index;
    i2v_job_cancel(batch[1]);
    CHECK_STATUS(finish_job(batch[1]), I2V_ERROR_CANCELLED);
    check_unsent(batch + 1, 1);
    i2v_job_cancel(first);
    CHECK_STATUS(finish_job(batch[0]), I2V_OK);
    CHECK_STATUS(finish_job(batch[2]), I2V_OK);
    CHECK_INT(sandbox_count("batch"), 1);
    CHECK(strcmp(i2v_job_get_id(batch[0]), i2v_job_get_id(batch[2])) != 0);
    for (index = 0; index < 3; index++) i2v_job_release(batch[index]);
    i2v_job_release(first);
    i2v_client_destroy(client);
}

/* ---- Answers to other requests ---- */

/* Two creates get the id of one video: the second answer is not its own. The first job may be in the same client, or in
 * one before it that shares the ledger. */
static void check_taken_id(bool in_another_client)
{
    late its = {"{\"code\":1000,\"data\":{\"_id\":\"X\",\"status\":1}}", NULL, true, true, false, 0};
    server *server = server_start(answer_late, &its);
    const char *path = new_ledger("taken.db");
    i2v_client *client = new_client(ledger_config(server_url(server), path));
    i2v_job *first = start_job(client, late_request(NULL), NULL), *second;
    i2v_error *error;
    CHECK(reach_state(client, first, I2V_JOB_WAITING));
    if (in_another_client) {
        i2v_job_release(first);
        CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
        client = new_client(ledger_config(server_url(server), path));
    }
    second = start_job(client, late_request(NULL), NULL);
    CHECK_STATUS(finish_job(second), I2V_ERROR_OUTCOME_UNKNOWN);
    CHECK_TEXT(i2v_job_get_id(second), NULL);
    error = i2v_job_copy_error(second);
    CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_POSSIBLE);
    CHECK(!i2v_error_get_retryable(error));
    CHECK_CONTAINS(i2v_error_get_message(error), "video X");
    i2v_error_destroy(error);
    i2v_job_release(second);
    if (!in_another_client) {
        let_go(&its.finished);
        CHECK_STATUS(finish_job(first), I2V_OK);
        CHECK_TEXT(i2v_job_get_id(first), "X");
        i2v_job_release(first);
    }
    i2v_client_destroy(client);
    server_stop(server);
}

static void id_of_another_job_is_refused_as_an_answer(void) { check_taken_id(false); }

static void id_of_another_job_of_the_ledger_is_refused_as_an_answer(void) { check_taken_id(true); }

/* The host learns the id by its webhook and follows the video before the create's answer is there: that is no other
 * create's, and the answer counts. */
static void id_that_the_host_follows_already_is_taken(void)
{
    late its = {"{\"code\":1000,\"data\":{\"_id\":\"X\",\"status\":1}}", NULL, false, true, true, 0};
    server *server = server_start(answer_late, &its);
    i2v_client *client = new_client(new_config(server_url(server)));
    i2v_job *job = start_job(client, late_request(NULL), NULL), *followed = NULL;
    CHECK(server_reaches(server, "/createBySourcePrompt", 1));
    CHECK_STATUS(i2v_client_attach(client, "X", NULL, false, NULL, NULL, &followed, NULL), I2V_OK);
    CHECK_STATUS(finish_job(followed), I2V_OK);
    let_go(&its.answers);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK_TEXT(i2v_job_get_id(job), "X");
    i2v_job_release(followed);
    i2v_job_release(job);
    i2v_client_destroy(client);
    server_stop(server);
}

void suite_late(void)
{
    RUN(id_of_another_job_is_refused_as_an_answer);
    RUN(id_of_another_job_of_the_ledger_is_refused_as_an_answer);
    RUN(id_that_the_host_follows_already_is_taken);
    RUN(late_refusal_ends_the_search_and_sends_nothing_again);
    RUN(late_failure_does_not_end_what_was_found);
    RUN(late_id_ends_the_search);
    RUN(late_id_does_not_disturb_the_download_of_what_was_found);
    RUN(late_id_of_another_video_is_kept_in_the_ledger);
    RUN(end_waits_for_a_create_whose_job_was_cancelled);
    RUN(batch_that_ends_before_it_left_costs_nothing);
    RUN(batch_leaves_without_what_was_cancelled);
}
