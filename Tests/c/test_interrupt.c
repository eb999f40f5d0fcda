/* Cancelling, destroying and a passing deadline where a job is between its requests, or waits for one that is not its
 * own: a search of the account's list, the pause before a create is sent again, a login. */
#include "support.h"

#include <stdio.h>
#include <string.h>

/* What the job waits for comes late after CANCEL_EARLY, and never in the other ways. */
typedef enum { CANCEL, CANCEL_EARLY, DESTROY, DEADLINE } way;

/* Milliseconds: a deadline that passes while something hangs, and how long what is late takes. */
enum { SOON = 2000, LATE = 1000 };

/* Lets the job end in one of the ways, and checks that it is told once, and as what. The client may be gone then. */
static void check_interrupted(way way, i2v_client *client, i2v_job *job, watch *watched, i2v_status status,
                              i2v_charge charge)
{
    i2v_error *error;
    int64_t start = now_ms();
    CHECK_INT(watched->done, 0);
    CHECK_STATUS(i2v_job_wait(job, 0, NULL), I2V_ERROR_TIMEOUT);
    if (way == CANCEL || way == CANCEL_EARLY) CHECK_STATUS(i2v_job_cancel(job), I2V_OK);
    if (way == DESTROY) CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    CHECK_STATUS(finish_job(job), status);
    CHECK_LASTED(start, 0);
    CHECK_INT(watched->done, 1);
    CHECK_STATUS(watched->status, status);
    CHECK_INT(i2v_job_get_state(job), I2V_JOB_FAILED);
    error = i2v_job_copy_error(job);
    CHECK_INT(i2v_error_get_charge(error), charge);
    i2v_error_destroy(error);
}

/* Gives what is late the time to come, where it may and the client is there, and checks that nothing comes of it. */
static void check_over(way way, i2v_client *client, i2v_job *job, watch *watched, int creates)
{
    char order[sizeof watched->order];
    strcpy(order, watched->order);
    if (way == CANCEL_EARLY) sleep_ms(slack(LATE + 500));
    if (way != DESTROY) {
        CHECK_STATUS(i2v_client_dispatch(client, 0, NULL, NULL), I2V_OK);
        CHECK_INT(i2v_client_get_job_count(client), 0);
        CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    }
    CHECK_INT(count_threads("image2video"), 0);
    CHECK_TEXT(watched->order, order);
    CHECK_INT(watched->done, 1);
    CHECK_INT(sandbox_count("create"), creates);
    i2v_job_release(job);
}

/* The route's answer is late, or never comes. */
static void delay(const char *route, way way)
{
    char faults[160];
    if (way != CANCEL_EARLY)
        snprintf(faults, sizeof faults, "[{\"route\":\"%s\",\"times\":-1,\"hang\":true}]", route);
    else
        snprintf(faults, sizeof faults, "[{\"route\":\"%s\",\"times\":-1,\"latency_ms\":%lld}]", route,
                 (long long)slack(LATE));
    sandbox_faults(faults);
}

/* ---- A search ---- */

static void interrupt_a_search(way way)
{
    i2v_client *client = sandbox_client();
    i2v_request *request = new_request_to(temp_path("search.mp4"));
    watch watched = {0};
    i2v_job *job;
    if (way == DEADLINE) i2v_request_set_deadline(request, slack(SOON));
    sandbox_faults("[{\"route\":\"create\",\"close\":true,\"when\":\"after\"}]");
    job = run_job(client, request, NULL, I2V_ERROR_OUTCOME_UNKNOWN);
    delay("list", way);
    CHECK_STATUS(i2v_job_reconcile(job, watch_event, &watched, NULL), I2V_OK);
    CHECK(sandbox_reaches("list", 1));
    check_interrupted(way, client, job, &watched, I2V_ERROR_OUTCOME_UNKNOWN, I2V_CHARGE_POSSIBLE);
    check_over(way, client, job, &watched, 1);
    CHECK(!file_exists(temp_path("search.mp4")));
}

static void cancel_during_a_search(void) { interrupt_a_search(CANCEL); }

static void cancel_before_a_search_is_answered(void) { interrupt_a_search(CANCEL_EARLY); }

static void destroy_during_a_search(void) { interrupt_a_search(DESTROY); }

static void deadline_during_a_search(void) { interrupt_a_search(DEADLINE); }

/* ---- The pause before a create is sent again ---- */

static void note_pause(i2v_log_level level, const char *message, void *user_data)
{
    (void)level;
    if (strstr(message, "trying again")) flag_raise(user_data);
}

static void interrupt_a_pause(way way)
{
    i2v_config *config = new_config(NULL);
    i2v_client *client;
    watch watched = {0};
    bool pauses = false;
    double reserved = -1;
    i2v_job *job;
    i2v_config_set_log(config, I2V_LOG_WARNING, note_pause, &pauses);
    client = new_client(config);
    /* A long pause, or one that is over before what is late has had its time. */
    sandbox_faults(way == CANCEL_EARLY ? "[{\"route\":\"create\",\"rate_limit\":true,\"retry_after\":1}]"
                                       : "[{\"route\":\"create\",\"rate_limit\":true,\"retry_after\":60}]");
    job = start_job(client, new_request(), &watched);
    CHECK_COMES(flag_is_up(&pauses));
    check_interrupted(way, client, job, &watched, I2V_ERROR_CANCELLED, I2V_CHARGE_NONE);
    if (way != DESTROY) {
        CHECK_STATUS(i2v_client_get_spending(client, NULL, &reserved), I2V_OK);
        CHECK(reserved == 0);
    }
    check_over(way, client, job, &watched, 1);
}

static void cancel_before_a_create_is_sent_again(void) { interrupt_a_pause(CANCEL); }

static void cancelled_create_is_not_sent_again(void) { interrupt_a_pause(CANCEL_EARLY); }

static void destroy_before_a_create_is_sent_again(void) { interrupt_a_pause(DESTROY); }

/* A pause that the deadline would pass in is not begun: there is nothing to wait for. */
static void create_is_not_sent_again_when_the_deadline_comes_first(void)
{
    i2v_client *client = sandbox_client();
    i2v_request *request = new_request();
    watch watched = {0};
    i2v_job *job;
    i2v_error *error;
    int64_t start = now_ms();
    i2v_request_set_deadline(request, slack(40000));
    sandbox_faults("[{\"route\":\"create\",\"rate_limit\":true,\"retry_after\":3600}]");
    job = start_job(client, request, &watched);
    CHECK_STATUS(finish_job(job), I2V_ERROR_RATE_LIMIT);
    CHECK_LASTED(start, 0);
    error = i2v_job_copy_error(job);
    CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_NONE);
    CHECK(i2v_error_get_retryable(error));
    i2v_error_destroy(error);
    check_over(DEADLINE, client, job, &watched, 1);
}

/* ---- A login ---- */

static void interrupt_a_login(way way, i2v_status status)
{
    i2v_config *config = i2v_config_create();
    i2v_client *client;
    i2v_request *request = new_request();
    watch watched = {0};
    i2v_job *job;
    i2v_config_set_client_credentials(config, "sandbox-client-id", "sandbox-client-secret-24");
    i2v_config_set_base_url(config, sandbox_url());
    i2v_config_set_proxy(config, "");
    client = new_client(config);
    if (way == DEADLINE) i2v_request_set_deadline(request, slack(SOON));
    delay("token", way);
    job = start_job(client, request, &watched);
    CHECK(sandbox_reaches("token", 1));
    check_interrupted(way, client, job, &watched, status, I2V_CHARGE_NONE);
    check_over(way, client, job, &watched, 0);
}

static void cancel_during_a_login(void) { interrupt_a_login(CANCEL, I2V_ERROR_CANCELLED); }

static void cancel_before_a_login_is_answered(void) { interrupt_a_login(CANCEL_EARLY, I2V_ERROR_CANCELLED); }

static void destroy_during_a_login(void) { interrupt_a_login(DESTROY, I2V_ERROR_CANCELLED); }

static void deadline_during_a_login(void) { interrupt_a_login(DEADLINE, I2V_ERROR_DEADLINE); }

void suite_interrupt(void)
{
    RUN(cancel_during_a_search);
    RUN(cancel_before_a_search_is_answered);
    RUN(destroy_during_a_search);
    RUN(deadline_during_a_search);
    RUN(cancel_before_a_create_is_sent_again);
    RUN(cancelled_create_is_not_sent_again);
    RUN(destroy_before_a_create_is_sent_again);
    RUN(create_is_not_sent_again_when_the_deadline_comes_first);
    RUN(cancel_during_a_login);
    RUN(cancel_before_a_login_is_answered);
    RUN(destroy_during_a_login);
    RUN(deadline_during_a_login);
}
