/* What videos cost: the estimate before, what was taken and what is set aside, and the bound on both. */
#include "support.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static double estimate_of(const i2v_request *request)
{
    double credits = -1;
    i2v_error *error = NULL;
    CHECK_STATUS(i2v_request_get_estimate(request, &credits, &error), I2V_OK);
    CHECK_TEXT(i2v_error_get_message(error), "");
    i2v_error_destroy(error);
    return credits;
}

static void has_spent(i2v_client *client, double deducted, double reserved, int line)
{
    double its_deducted = -1, its_reserved = -1;
    CHECK_STATUS(i2v_client_get_spending(client, &its_deducted, &its_reserved), I2V_OK);
    check_int((long long)(its_deducted * 100), (long long)(deducted * 100), __FILE__, line, "100 * deducted");
    check_int((long long)(its_reserved * 100), (long long)(reserved * 100), __FILE__, line, "100 * reserved");
}

#define SPENT(client, deducted, reserved) has_spent(client, deducted, reserved, __LINE__)

static i2v_client *budget_client(double credits)
{
    i2v_config *config = new_config(NULL);
    CHECK_STATUS(i2v_config_set_max_credits(config, credits), I2V_OK);
    return new_client(config);
}

static i2v_request *sized_request(const char *resolution, int seconds)
{
    i2v_request *request = new_request();
    i2v_request_set_resolution(request, resolution);
    i2v_request_set_video_length(request, seconds);
    return request;
}

/* A picture that the sandbox cannot fetch: the create is paid for, and nothing large has to be rendered. */
static i2v_request *hopeless_request(const char *resolution, int seconds)
{
    i2v_request *request = sized_request(resolution, seconds);
    i2v_request_set_image_url(request, "http://127.0.0.1:9/none.png");
    return request;
}

static void estimate_follows_the_services_page(void)
{
    static const struct {
        const char *resolution;
        int seconds;
        double credits;
    } table[] = {{"720p", 5, 20},  {"1080p", 5, 25},  {"4k", 5, 30},
                 {"720p", 10, 40}, {"1080p", 10, 50}, {"4k", 10, 60}};
    size_t index;
    i2v_request *request = new_request();
    CHECK(estimate_of(request) == 20);
    i2v_request_destroy(request);
    for (index = 0; index < sizeof table / sizeof *table; index++) {
        request = sized_request(table[index].resolution, table[index].seconds);
        CHECK(estimate_of(request) == table[index].credits);
        /* Sound that comes with a new video is free. */
        i2v_request_set_audio_type(request, I2V_AUDIO_GENERATED);
        CHECK(estimate_of(request) == table[index].credits);
        i2v_request_destroy(request);
        request = sized_request(table[index].resolution, table[index].seconds);
        i2v_request_set_count(request, 3);
        CHECK(estimate_of(request) == 3 * table[index].credits);
        i2v_request_destroy(request);
    }
    CHECK_INT(sandbox_count("total_api"), 0);
}

static void estimate_takes_the_next_dearer_entry(void)
{
    i2v_request *request = sized_request("8k", 7);
    i2v_request_set_model_name(request, "unknown/model");
    CHECK(estimate_of(request) == 60);
    i2v_request_destroy(request);
    request = new_request();
    i2v_request_set_count(request, 1);
    i2v_request_add_multi_prompt(request, 6, "first");
    i2v_request_add_multi_prompt(request, 6, "then");
    CHECK(estimate_of(request) == 60);
    i2v_request_destroy(request);
}

static void estimate_takes_null_and_refusals(void)
{
    i2v_request *request = new_request();
    i2v_error *error = NULL;
    double credits = 7.5;
    CHECK_STATUS(i2v_request_get_estimate(NULL, &credits, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "request");
    CHECK_STATUS(i2v_request_get_estimate(request, NULL, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "credits");
    CHECK_STATUS(i2v_request_get_estimate(NULL, NULL, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_set_video_length(request, 0), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_get_estimate(request, &credits, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "video_length");
    CHECK(credits == 7.5);
    i2v_request_destroy(request);
    /* An estimate needs no complete request. */
    request = i2v_request_create();
    CHECK(estimate_of(request) == 20);
    i2v_request_destroy(request);
}

static void spending_takes_null(void)
{
    i2v_client *client = sandbox_client();
    double credits = 7.5;
    CHECK_STATUS(i2v_client_get_spending(NULL, &credits, &credits), I2V_ERROR_INVALID_ARGUMENT);
    CHECK(credits == 7.5);
    CHECK_STATUS(i2v_client_get_spending(client, NULL, NULL), I2V_OK);
    SPENT(client, 0, 0);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void spending_is_what_the_service_took(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job;
    double before = (double)sandbox_count("credits_left");

    sandbox_faults("[{\"route\":\"create\",\"latency_ms\":1000}]");
    job = start_job(client, hopeless_request("1080p", 10), NULL);
    SPENT(client, 0, 50);
    CHECK_STATUS(finish_job(job), I2V_ERROR_JOB_FAILED);
    SPENT(client, 50, 0);
    CHECK(before - (double)sandbox_count("credits_left") == 50);
    i2v_job_release(job);
    /* The job's end and its handle's end change nothing. */
    i2v_job_release(run_job(client, new_request(), NULL, I2V_OK));
    SPENT(client, 70, 0);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void what_the_service_says_counts_and_its_last_word_most(void)
{
    i2v_client *client = sandbox_client();
    sandbox_faults("[{\"route\":\"create\",\"row\":{\"deduction_credit\":4}}]");
    i2v_job_release(run_job(client, new_request(), NULL, I2V_OK));
    /* The results say 20 again. */
    SPENT(client, 20, 0);
    sandbox_faults("[{\"route\":\"results\",\"times\":-1,\"row\":{\"deduction_credit\":7.5}}]");
    i2v_job_release(run_job(client, new_request(), NULL, I2V_OK));
    SPENT(client, 27.5, 0);
    /* Without a word of it, the estimate stands. */
    sandbox_faults("[{\"route\":\"create\",\"row\":{\"deduction_credit\":null}},"
                   "{\"route\":\"results\",\"times\":-1,\"row\":{\"deduction_credit\":null}}]");
    i2v_job_release(run_job(client, hopeless_request("4k", 5), NULL, I2V_ERROR_JOB_FAILED));
    SPENT(client, 57.5, 0);
    /* Nonsense is no word. */
    sandbox_faults("[{\"route\":\"create\",\"row\":{\"deduction_credit\":-1000}},"
                   "{\"route\":\"results\",\"times\":-1,\"row\":{\"deduction_credit\":\"none\"}}]");
    i2v_job_release(run_job(client, new_request(), NULL, I2V_OK));
    SPENT(client, 77.5, 0);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void refused_create_sets_nothing_aside(void)
{
    i2v_client *client = sandbox_client();
    sandbox_faults("[{\"route\":\"create\",\"code\":1003}]");
    i2v_job_release(run_job(client, new_request(), NULL, I2V_ERROR_INVALID_REQUEST));
    SPENT(client, 0, 0);
    sandbox_faults("[{\"route\":\"create\",\"code\":1006}]");
    i2v_job_release(run_job(client, new_request(), NULL, I2V_ERROR_QUOTA));
    SPENT(client, 0, 0);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void unknown_outcome_stays_set_aside(void)
{
    i2v_client *client = sandbox_client();
    sandbox_faults("[{\"route\":\"create\",\"when\":\"after\",\"close\":true}]");
    i2v_job_release(run_job(client, new_request(), NULL, I2V_ERROR_OUTCOME_UNKNOWN));
    SPENT(client, 0, 20);
    sandbox_faults("[{\"route\":\"create\",\"code\":2001}]");
    i2v_job_release(run_job(client, new_request(), NULL, I2V_ERROR_SERVER));
    SPENT(client, 0, 40);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void create_that_did_not_leave_sets_nothing_aside(void)
{
    i2v_config *config = new_config("http://127.0.0.1:9");
    i2v_client *client;
    i2v_job *job;
    client = new_client(config);
    job = start_job(client, new_request(), NULL);
    CHECK_STATUS(finish_job(job), I2V_ERROR_CONNECT);
    SPENT(client, 0, 0);
    i2v_job_release(job);
    job = start_job(client, new_request(), NULL);
    CHECK_STATUS(i2v_job_cancel(job), I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_ERROR_CANCELLED);
    SPENT(client, 0, 0);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

/* The video is made and paid for, whoever has lost interest. */
static void cancelled_on_the_wire_is_still_paid_for(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job;
    double deducted = 0;
    sandbox_faults("[{\"route\":\"create\",\"when\":\"after\",\"latency_ms\":1500}]");
    job = start_job(client, new_request(), NULL);
    CHECK(sandbox_reaches("creates_processed", 1));
    CHECK_STATUS(i2v_job_cancel(job), I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_ERROR_OUTCOME_UNKNOWN);
    SPENT(client, 0, 20);
    CHECK_COMES(i2v_client_get_spending(client, &deducted, NULL) == I2V_OK && deducted > 0);
    SPENT(client, 20, 0);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void batch_pays_for_what_was_made(void)
{
    i2v_client *client = sandbox_client();
    i2v_request *request = new_request();
    i2v_job *jobs[3];
    int index;
    i2v_request_set_count(request, 3);
    sandbox_faults("[{\"route\":\"batch\",\"reply\":{\"body\":\"{\\\"code\\\":1000,\\\"data\\\":{"
                   "\\\"successList\\\":[{\\\"_id\\\":"
                   "\\\"a\\\",\\\"deduction_credit\\\":5}],\\\"errorList\\\":[{\\\"msg\\\":\\\"x\\\"},{"
                   "\\\"msg\\\":\\\"y\\\"}]}}\"}}]");
    REQUIRE(i2v_client_submit_batch(client, request, NULL, NULL, jobs, 3, NULL) == I2V_OK);
    SPENT(client, 0, 60);
    for (index = 1; index < 3; index++) CHECK_STATUS(finish_job(jobs[index]), I2V_ERROR_SERVICE);
    SPENT(client, 5, 0);
    for (index = 0; index < 3; index++) i2v_job_release(jobs[index]);
    i2v_request_destroy(request);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void attaching_and_fetching_cost_nothing(void)
{
    i2v_client *maker = sandbox_client(), *client = budget_client(0);
    i2v_job *made = run_job(maker, new_request(), NULL, I2V_OK), *job = NULL;
    REQUIRE(i2v_client_attach(client, i2v_job_get_id(made), NULL, false, NULL, NULL, &job, NULL) == I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK_STATUS(i2v_job_fetch(job, temp_path("free.mp4"), false, NULL, NULL, NULL), I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_OK);
    SPENT(client, 0, 0);
    i2v_job_release(job);
    i2v_job_release(made);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    CHECK_STATUS(i2v_client_destroy(maker), I2V_OK);
}

static void new_sound_is_paid_for(void)
{
    i2v_client *client = budget_client(30);
    i2v_job *made = run_job(client, new_request(), NULL, I2V_OK), *job = NULL;
    i2v_error *error = NULL;
    sandbox_faults("[{\"route\":\"audio\",\"latency_ms\":1000}]");
    REQUIRE(i2v_client_update_audio(client, i2v_job_get_id(made), I2V_AUDIO_GENERATED, NULL, NULL, false,
                                    NULL, NULL, &job, NULL)
            == I2V_OK);
    /* The length of the old video is the service's business, so the dearer one is set aside. */
    SPENT(client, 20, 10);
    CHECK_STATUS(finish_job(job), I2V_OK);
    SPENT(client, 25, 0);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_update_audio(client, i2v_job_get_id(made), I2V_AUDIO_GENERATED, NULL, NULL, false,
                                         NULL, NULL, &job, &error),
                 I2V_ERROR_BUDGET);
    CHECK(job == NULL);
    CHECK_ERROR(&error, I2V_ERROR_BUDGET, "max_credits");
    CHECK_INT(sandbox_count("audio"), 1);
    i2v_job_release(made);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void budget_refuses_before_anything_is_sent(void)
{
    i2v_client *client = budget_client(45);
    i2v_request *request = new_request();
    i2v_job *jobs[2], *none = (i2v_job *)request;
    i2v_error *error = NULL;
    watch watched = {0};
    int index;

    sandbox_faults("[{\"route\":\"create\",\"latency_ms\":1000,\"times\":-1}]");
    for (index = 0; index < 2; index++) jobs[index] = start_job(client, new_request(), NULL);
    /* What is under way counts as much as what was taken. */
    CHECK_STATUS(i2v_client_submit(client, request, watch_event, &watched, &none, &error), I2V_ERROR_BUDGET);
    CHECK(none == NULL);
    CHECK_CONTAINS(i2v_error_get_message(error), "45");
    CHECK_CONTAINS(i2v_error_get_message(error), "40");
    CHECK_CONTAINS(i2v_error_get_message(error), "20");
    CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_NONE);
    CHECK_ERROR(&error, I2V_ERROR_BUDGET, "max_credits");
    for (index = 0; index < 2; index++) {
        CHECK_STATUS(finish_job(jobs[index]), I2V_OK);
        i2v_job_release(jobs[index]);
    }
    CHECK_STATUS(i2v_client_animate(client, request, temp_path("no.mp4"), &error), I2V_ERROR_BUDGET);
    CHECK_ERROR(&error, I2V_ERROR_BUDGET, "max_credits");
    i2v_request_set_count(request, 2);
    CHECK_STATUS(i2v_client_submit_batch(client, request, NULL, NULL, NULL, 0, &error), I2V_ERROR_BUDGET);
    CHECK_ERROR(&error, I2V_ERROR_BUDGET, "max_credits");
    SPENT(client, 40, 0);
    CHECK_INT(watched.done, 0);
    CHECK_INT(i2v_client_get_job_count(client), 0);
    CHECK_INT(sandbox_count("create"), 2);
    CHECK_INT(sandbox_count("batch"), 0);
    i2v_request_destroy(request);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void budget_may_be_spent_to_the_last_credit(void)
{
    i2v_client *client = budget_client(60);
    i2v_request *request = new_request();
    i2v_error *error = NULL;
    i2v_request_set_count(request, 3);
    CHECK_STATUS(i2v_client_submit_batch(client, request, NULL, NULL, NULL, 0, NULL), I2V_OK);
    while (i2v_client_get_job_count(client) > 0) i2v_client_dispatch(client, slack(HANG), NULL, NULL);
    SPENT(client, 60, 0);
    i2v_request_destroy(request);
    CHECK_STATUS(i2v_client_submit(client, request = new_request(), NULL, NULL, NULL, &error),
                 I2V_ERROR_BUDGET);
    CHECK_ERROR(&error, I2V_ERROR_BUDGET, "max_credits");
    i2v_request_destroy(request);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void what_was_not_taken_is_free_again(void)
{
    i2v_client *client = budget_client(20);
    i2v_job *job;
    sandbox_faults("[{\"route\":\"create\",\"code\":1006}]");
    i2v_job_release(run_job(client, new_request(), NULL, I2V_ERROR_QUOTA));
    /* Neither does a submit that cannot start keep anything: the file is being written by another. */
    sandbox_faults("[{\"route\":\"create\",\"row\":{\"deduction_credit\":0}},"
                   "{\"route\":\"results\",\"row\":{\"deduction_credit\":0},\"times\":-1}]");
    job = run_job(client, new_request_to(temp_path("budget.mp4")), NULL, I2V_OK);
    SPENT(client, 0, 0);
    CHECK_STATUS(i2v_client_submit(client, NULL, NULL, NULL, NULL, NULL), I2V_ERROR_INVALID_ARGUMENT);
    i2v_job_release(job);
    sandbox_faults("[]");
    i2v_job_release(run_job(client, new_request(), NULL, I2V_OK));
    SPENT(client, 20, 0);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void start_that_fails_sets_nothing_aside(void)
{
    i2v_client *client = sandbox_client();
    i2v_request *second = new_request_to(temp_path("both.mp4"));
    i2v_job *job;
    sandbox_faults("[{\"route\":\"create\",\"latency_ms\":1000}]");
    job = start_job(client, new_request_to(temp_path("both.mp4")), NULL);
    CHECK_STATUS(i2v_client_submit(client, second, NULL, NULL, NULL, NULL), I2V_ERROR_INVALID_STATE);
    SPENT(client, 0, 20);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK_STATUS(i2v_client_submit(client, second, NULL, NULL, NULL, NULL), I2V_ERROR_FILE_EXISTS);
    SPENT(client, 20, 0);
    i2v_request_destroy(second);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

typedef struct {
    i2v_client *client;
    int accepted, refused, other;
} spender;

static void *spend(void *context)
{
    spender *its = context;
    i2v_request *request = new_request();
    int round;
    for (round = 0; round < 4; round++) {
        i2v_status status = i2v_client_submit(its->client, request, NULL, NULL, NULL, NULL);
        its->accepted += status == I2V_OK;
        its->refused += status == I2V_ERROR_BUDGET;
        its->other += status != I2V_OK && status != I2V_ERROR_BUDGET;
    }
    i2v_request_destroy(request);
    return NULL;
}

static void threads_cannot_pass_the_budget_together(void)
{
    enum { THREADS = 8 };
    i2v_client *client = budget_client(130);
    pthread_t threads[THREADS];
    spender spenders[THREADS];
    int index, accepted = 0, refused = 0;
    for (index = 0; index < THREADS; index++) {
        memset(&spenders[index], 0, sizeof spenders[index]);
        spenders[index].client = client;
        pthread_create(&threads[index], NULL, spend, &spenders[index]);
    }
    for (index = 0; index < THREADS; index++) {
        pthread_join(threads[index], NULL);
        accepted += spenders[index].accepted;
        refused += spenders[index].refused;
        CHECK_INT(spenders[index].other, 0);
    }
    CHECK_INT(accepted, 6);
    CHECK_INT(refused, 4 * THREADS - 6);
    while (i2v_client_get_job_count(client) > 0) i2v_client_dispatch(client, slack(HANG), NULL, NULL);
    SPENT(client, 120, 0);
    CHECK_INT(sandbox_count("creates_processed"), 6);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void budget_of_nothing_refuses_what_costs(void)
{
    i2v_client *client = budget_client(0);
    i2v_request *request = new_request();
    CHECK_STATUS(i2v_client_submit(client, request, NULL, NULL, NULL, NULL), I2V_ERROR_BUDGET);
    i2v_request_destroy(request);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    CHECK_INT(sandbox_count("total_api"), 0);
}

static void budget_is_checked(void)
{
    static const double good[] = {0, 0.5, 1e-9, 1e300};
    double bad[] = {-1, -1e-9, 0, 0, 0};
    size_t index;
    i2v_config *config = new_config(NULL);
    bad[2] = NAN;
    bad[3] = INFINITY;
    bad[4] = -INFINITY;
    CHECK_STATUS(i2v_config_set_max_credits(NULL, 1), I2V_ERROR_INVALID_ARGUMENT);
    for (index = 0; index < sizeof bad / sizeof *bad; index++) {
        i2v_client *client = NULL;
        i2v_error *error = NULL;
        CHECK_STATUS(i2v_config_set_max_credits(config, bad[index]), I2V_ERROR_INVALID_ARGUMENT);
        CHECK_STATUS(i2v_client_create(config, &client, &error), I2V_ERROR_INVALID_ARGUMENT);
        CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "max_credits");
    }
    for (index = 0; index < sizeof good / sizeof *good; index++) {
        i2v_client *client = NULL;
        CHECK_STATUS(i2v_config_set_max_credits(config, good[index]), I2V_OK);
        CHECK_STATUS(i2v_client_create(config, &client, NULL), I2V_OK);
        i2v_client_destroy(client);
    }
    i2v_config_destroy(config);
}

void suite_budget(void)
{
    RUN(estimate_follows_the_services_page);
    RUN(estimate_takes_the_next_dearer_entry);
    RUN(estimate_takes_null_and_refusals);
    RUN(spending_takes_null);
    RUN(spending_is_what_the_service_took);
    RUN(what_the_service_says_counts_and_its_last_word_most);
    RUN(refused_create_sets_nothing_aside);
    RUN(unknown_outcome_stays_set_aside);
    RUN(create_that_did_not_leave_sets_nothing_aside);
    RUN(cancelled_on_the_wire_is_still_paid_for);
    RUN(batch_pays_for_what_was_made);
    RUN(attaching_and_fetching_cost_nothing);
    RUN(new_sound_is_paid_for);
    RUN(budget_refuses_before_anything_is_sent);
    RUN(budget_may_be_spent_to_the_last_credit);
    RUN(what_was_not_taken_is_free_again);
    RUN(start_that_fails_sets_nothing_aside);
    RUN(threads_cannot_pass_the_budget_together);
    RUN(budget_of_nothing_refuses_what_costs);
    RUN(budget_is_checked);
}
