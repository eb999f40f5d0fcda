/* What videos cost: the estimate before, what was taken and what is set aside, and the bound on both. */
#include "support.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* The request's estimate, or with a client that of the client. */
static void is_estimated(const i2v_client *client, const i2v_request *request, double low, double high,
                         i2v_estimate_basis basis, int line)
{
    double its_low = -1, its_high = -1;
    i2v_estimate_basis its_basis = -1;
    i2v_error *error = NULL;
    if (client)
        CHECK_STATUS(i2v_client_get_estimate(client, request, &its_low, &its_high, &its_basis, &error), I2V_OK);
    else
        CHECK_STATUS(i2v_request_get_estimate(request, &its_low, &its_high, &its_basis, &error), I2V_OK);
    CHECK_TEXT(i2v_error_get_message(error), "");
    check_int((long long)(its_low * 100 + 0.5), (long long)(low * 100 + 0.5), __FILE__, line, "100 * low");
    check_int((long long)(its_high * 100 + 0.5), (long long)(high * 100 + 0.5), __FILE__, line, "100 * high");
    check_int(its_basis, basis, __FILE__, line, "basis");
    i2v_error_destroy(error);
}

#define ESTIMATED(client, request, low, high, basis) is_estimated(client, request, low, high, basis, __LINE__)
/* A fifth of the page's price to five times of it. */
#define BY_PAGE(client, request, credits)                                                                    \
    is_estimated(client, request, (credits) / 5.0, (credits) * 5.0, I2V_ESTIMATE_PAGE, __LINE__)

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

/* The page says 20 for what was billed with 100, and for what cost 4 with a model of its own. */
static void estimate_keeps_bills_distance_from_the_page(void)
{
    static const struct {
        const char *resolution;
        int seconds;
        double credits;
    } table[] = {{"720p", 5, 20},  {"1080p", 5, 25},  {"4k", 5, 30},
                 {"720p", 10, 40}, {"1080p", 10, 50}, {"4k", 10, 60}};
    size_t index;
    i2v_request *request = new_request();
    BY_PAGE(NULL, request, 20);
    i2v_request_destroy(request);
    for (index = 0; index < sizeof table / sizeof *table; index++) {
        request = sized_request(table[index].resolution, table[index].seconds);
        BY_PAGE(NULL, request, table[index].credits);
        /* Sound that comes with a new video is free. */
        i2v_request_set_audio_type(request, I2V_AUDIO_GENERATED);
        BY_PAGE(NULL, request, table[index].credits);
        i2v_request_destroy(request);
        request = sized_request(table[index].resolution, table[index].seconds);
        i2v_request_set_count(request, 3);
        BY_PAGE(NULL, request, 3 * table[index].credits);
        i2v_request_destroy(request);
    }
    CHECK_INT(sandbox_count("total_api"), 0);
}

static void estimate_takes_the_next_dearer_entry(void)
{
    i2v_request *request = sized_request("8k", 7);
    i2v_request_set_model_name(request, "unknown/model");
    BY_PAGE(NULL, request, 60);
    i2v_request_destroy(request);
    request = new_request();
    i2v_request_set_count(request, 1);
    i2v_request_add_multi_prompt(request, 6, "first");
    i2v_request_add_multi_prompt(request, 6, "then");
    BY_PAGE(NULL, request, 60);
    i2v_request_destroy(request);
}

static void estimate_takes_null_and_refusals(void)
{
    i2v_request *request = new_request();
    i2v_error *error = NULL;
    i2v_client *client = sandbox_client();
    double low = 7.5, high = 8.5;
    i2v_estimate_basis basis = 99;
    CHECK_STATUS(i2v_request_get_estimate(NULL, &low, &high, &basis, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "request");
    CHECK_STATUS(i2v_client_get_estimate(client, NULL, &low, &high, &basis, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "request");
    CHECK_STATUS(i2v_client_get_estimate(NULL, request, &low, &high, &basis, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "client");
    CHECK_STATUS(i2v_request_get_estimate(NULL, NULL, NULL, NULL, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_client_get_estimate(NULL, NULL, NULL, NULL, NULL, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_set_video_length(request, 0), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_request_get_estimate(request, &low, &high, &basis, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "video_length");
    CHECK_STATUS(i2v_client_get_estimate(client, request, &low, &high, &basis, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "video_length");
    CHECK(low == 7.5 && high == 8.5 && basis == 99);
    i2v_request_destroy(request);
    /* An estimate needs no complete request, and nobody has to want all of it. */
    request = i2v_request_create();
    BY_PAGE(NULL, request, 20);
    BY_PAGE(client, request, 20);
    CHECK_STATUS(i2v_request_get_estimate(request, NULL, &high, NULL, NULL), I2V_OK);
    CHECK_STATUS(i2v_client_get_estimate(client, request, &low, NULL, NULL, NULL), I2V_OK);
    CHECK(low == 4 && high == 100);
    /* Neither does it need one that an endpoint takes. */
    i2v_request_set_effect_code(request, "e");
    i2v_request_set_model_name(request, "m");
    BY_PAGE(client, request, 20);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    CHECK_STATUS(i2v_client_get_estimate(client, request, &low, &high, &basis, NULL), I2V_ERROR_CLOSED);
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
    SPENT(client, 0, 250);
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
    /* Without a word of it, the most that was expected stands. */
    sandbox_faults("[{\"route\":\"create\",\"row\":{\"deduction_credit\":null}},"
                   "{\"route\":\"results\",\"times\":-1,\"row\":{\"deduction_credit\":null}}]");
    i2v_job_release(run_job(client, hopeless_request("4k", 5), NULL, I2V_ERROR_JOB_FAILED));
    SPENT(client, 177.5, 0);
    /* Nonsense is no word. */
    sandbox_faults("[{\"route\":\"create\",\"row\":{\"deduction_credit\":-1000}},"
                   "{\"route\":\"results\",\"times\":-1,\"row\":{\"deduction_credit\":\"none\"}}]");
    i2v_job_release(run_job(client, new_request(), NULL, I2V_OK));
    SPENT(client, 197.5, 0);
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
    SPENT(client, 0, 100);
    sandbox_faults("[{\"route\":\"create\",\"code\":2001}]");
    i2v_job_release(run_job(client, new_request(), NULL, I2V_ERROR_SERVER));
    SPENT(client, 0, 200);
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
    SPENT(client, 0, 100);
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
    SPENT(client, 0, 300);
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
    i2v_client *client = budget_client(100);
    i2v_job *made = run_job(client, new_request(), NULL, I2V_OK), *job = NULL;
    i2v_error *error = NULL;
    sandbox_faults("[{\"route\":\"audio\",\"latency_ms\":1000},"
                   "{\"route\":\"results\",\"times\":-1,\"row\":{\"deduction_credit\":45}}]");
    REQUIRE(i2v_client_update_audio(client, i2v_job_get_id(made), I2V_AUDIO_GENERATED, NULL, NULL, false,
                                    NULL, NULL, &job, NULL)
            == I2V_OK);
    /* The length of the old video is the service's business, so five times the page's longest is set aside. */
    SPENT(client, 20, 50);
    CHECK_STATUS(finish_job(job), I2V_OK);
    SPENT(client, 65, 0);
    i2v_job_release(job);
    /* And then twice what was charged. */
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
    i2v_client *client = budget_client(245);
    i2v_request *request = new_request(), *dear = sized_request("4k", 10);
    i2v_job *jobs[2], *none = (i2v_job *)request;
    i2v_error *error = NULL;
    watch watched = {0};
    int index;

    /* No word of the service changes what is expected meanwhile. */
    sandbox_faults("[{\"route\":\"*\",\"times\":-1,\"row\":{\"deduction_credit\":null}}]");
    for (index = 0; index < 2; index++) jobs[index] = start_job(client, new_request(), NULL);
    /* What is under way counts as much as what was taken. */
    CHECK_STATUS(i2v_client_submit(client, request, watch_event, &watched, &none, &error), I2V_ERROR_BUDGET);
    CHECK(none == NULL);
    CHECK_CONTAINS(i2v_error_get_message(error), "is 245");
    CHECK_CONTAINS(i2v_error_get_message(error), "set aside");
    CHECK_CONTAINS(i2v_error_get_message(error), "up to 100, going by the service's price table");
    CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_NONE);
    CHECK_ERROR(&error, I2V_ERROR_BUDGET, "max_credits");
    for (index = 0; index < 2; index++) {
        CHECK_STATUS(finish_job(jobs[index]), I2V_OK);
        i2v_job_release(jobs[index]);
    }
    CHECK_STATUS(i2v_client_animate(client, dear, temp_path("no.mp4"), &error), I2V_ERROR_BUDGET);
    CHECK_ERROR(&error, I2V_ERROR_BUDGET, "max_credits");
    i2v_request_set_count(dear, 2);
    CHECK_STATUS(i2v_client_submit_batch(client, dear, NULL, NULL, NULL, 0, &error), I2V_ERROR_BUDGET);
    CHECK_ERROR(&error, I2V_ERROR_BUDGET, "max_credits");
    SPENT(client, 200, 0);
    CHECK_INT(watched.done, 0);
    CHECK_INT(i2v_client_get_job_count(client), 0);
    CHECK_INT(sandbox_count("create"), 2);
    CHECK_INT(sandbox_count("batch"), 0);
    i2v_request_destroy(request);
    i2v_request_destroy(dear);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void budget_may_be_spent_to_the_last_credit(void)
{
    i2v_client *client = budget_client(300);
    i2v_request *request = new_request();
    i2v_error *error = NULL;
    static const struct {
        int count;
        double taken;
    } batches[] = {{3, 60}, {10, 260}, {2, 300}};
    size_t index;
    for (index = 0; index < sizeof batches / sizeof *batches; index++) {
        i2v_request_set_count(request, batches[index].count);
        CHECK_STATUS(i2v_client_submit_batch(client, request, NULL, NULL, NULL, 0, NULL), I2V_OK);
        while (i2v_client_get_job_count(client) > 0) i2v_client_dispatch(client, slack(HANG), NULL, NULL);
        SPENT(client, batches[index].taken, 0);
    }
    i2v_request_destroy(request);
    CHECK_STATUS(i2v_client_submit(client, request = new_request(), NULL, NULL, NULL, &error),
                 I2V_ERROR_BUDGET);
    CHECK_ERROR(&error, I2V_ERROR_BUDGET, "max_credits");
    i2v_request_destroy(request);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void what_was_not_taken_is_free_again(void)
{
    i2v_client *client = budget_client(100);
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
    SPENT(client, 0, 100);
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
    i2v_client *client = budget_client(650);
    pthread_t threads[THREADS];
    spender spenders[THREADS];
    int index, accepted = 0, refused = 0;
    /* No word of the service changes what is expected meanwhile. */
    sandbox_faults("[{\"route\":\"*\",\"times\":-1,\"row\":{\"deduction_credit\":null}}]");
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
    SPENT(client, 600, 0);
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

/* ---- What the account was charged before ---- */

/* Jobs of one request, each with the price that the service says it took. */
static void run_priced(i2v_client *client, i2v_request *request, const char *price, i2v_status status)
{
    char rules[512];
    const char *fault = status == I2V_OK ? "" : ",\"status\":4,\"video_url\":null";
    snprintf(rules, sizeof rules,
             "[{\"route\":\"*\",\"times\":-1,\"row\":{\"deduction_credit\":%s%s}}]", price, fault);
    sandbox_faults(rules);
    i2v_job_release(run_job(client, request, NULL, status));
    sandbox_faults("[]");
}

static void observed_prices_come_before_the_page(void)
{
    i2v_client *client = sandbox_client(), *other = sandbox_client();
    i2v_request *request = new_request(), *unlike;
    BY_PAGE(client, request, 20);
    run_priced(client, new_request(), "100", I2V_OK);
    ESTIMATED(client, request, 100, 100, I2V_ESTIMATE_OBSERVED);
    run_priced(client, new_request(), "\"4.5\"", I2V_OK);
    run_priced(client, new_request(), "20", I2V_OK);
    ESTIMATED(client, request, 4.5, 100, I2V_ESTIMATE_OBSERVED);
    /* The request alone knows nothing of it, and another client without a ledger neither. */
    BY_PAGE(NULL, request, 20);
    BY_PAGE(other, request, 20);
    /* Fields that no price hangs on make no other kind. */
    i2v_request_set_prompt(request, "something else");
    i2v_request_set_image_url(request, "https://example.com/other.png");
    i2v_request_set_webhook_url(request, "https://example.com/hook");
    i2v_request_set_negative_prompt(request, "blurry");
    ESTIMATED(client, request, 4.5, 100, I2V_ESTIMATE_OBSERVED);
    i2v_request_destroy(request);
    /* Fields that a price may hang on do. */
    unlike = sized_request("720p", 10);
    BY_PAGE(client, unlike, 40);
    i2v_request_destroy(unlike);
    unlike = sized_request("1080p", 5);
    BY_PAGE(client, unlike, 25);
    i2v_request_destroy(unlike);
    unlike = new_request();
    i2v_request_set_audio_type(unlike, I2V_AUDIO_GENERATED);
    BY_PAGE(client, unlike, 20);
    i2v_request_destroy(unlike);
    unlike = new_request();
    i2v_request_set_is_premium_model(unlike, true);
    BY_PAGE(client, unlike, 20);
    i2v_request_destroy(unlike);
    unlike = new_request();
    i2v_request_set_effect_code(unlike, "squish_89244231312");
    BY_PAGE(client, unlike, 20);
    i2v_request_destroy(unlike);
    /* The other endpoint, which is told from this one by what it takes. */
    unlike = new_request();
    i2v_request_set_count(unlike, 1);
    BY_PAGE(client, unlike, 20);
    run_priced(client, unlike, "7", I2V_OK);
    unlike = new_request();
    i2v_request_set_count(unlike, 3);
    ESTIMATED(client, unlike, 21, 21, I2V_ESTIMATE_OBSERVED);
    i2v_request_destroy(unlike);
    CHECK_STATUS(i2v_client_destroy(other), I2V_OK);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

/* A failed video may be given back, and a price that is missing, or cannot be meant, is none. */
static void what_is_no_price_is_not_observed(void)
{
    static const char *const none[] = {"null", "0", "-3", "1e12", "1e300", "2000000", "\"free\"", "{}", "true"};
    i2v_client *client = sandbox_client();
    i2v_request *request = new_request();
    size_t index;
    for (index = 0; index < sizeof none / sizeof *none; index++) {
        run_priced(client, new_request(), none[index], I2V_OK);
        BY_PAGE(client, request, 20);
    }
    run_priced(client, new_request(), "3", I2V_ERROR_JOB_FAILED);
    BY_PAGE(client, request, 20);
    run_priced(client, new_request(), "0.5", I2V_OK);
    ESTIMATED(client, request, 0.5, 0.5, I2V_ESTIMATE_OBSERVED);
    i2v_request_destroy(request);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static i2v_client *ledger_client(const char *path, double credits)
{
    i2v_config *config = ledger_config(NULL, path);
    i2v_config_set_max_credits(config, credits);
    return new_client(config);
}

/* Prices that others wrote down count like those the client heard itself, and together with them. */
static void observed_prices_are_in_the_ledger(void)
{
    const char *path = new_ledger("prices.db");
    i2v_client *client = ledger_client(path, 1000);
    i2v_request *request = new_request(), *loud = new_request();
    i2v_request_set_audio_type(loud, I2V_AUDIO_GENERATED);
    BY_PAGE(client, request, 20);
    run_priced(client, new_request(), "30", I2V_OK);
    run_priced(client, new_request(), "12", I2V_OK);
    run_priced(client, new_request(), "1", I2V_ERROR_JOB_FAILED);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    /* A budget that the page's price would pass from the start. */
    client = ledger_client(path, 50);
    ESTIMATED(client, request, 12, 30, I2V_ESTIMATE_OBSERVED);
    BY_PAGE(client, loud, 20);
    run_priced(client, new_request(), "45", I2V_OK);
    ESTIMATED(client, request, 12, 45, I2V_ESTIMATE_OBSERVED);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    /* The accounts of another service are another matter. */
    client = new_client(ledger_config("http://127.0.0.1:9", path));
    BY_PAGE(client, request, 20);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    i2v_request_destroy(request);
    i2v_request_destroy(loud);
}

/* The first answer tells what the kind costs, and what was set aside for not knowing it is free. */
static void budget_learns_what_videos_cost(void)
{
    i2v_client *client = budget_client(99);
    i2v_request *request = new_request();
    i2v_error *error = NULL;
    int index;
    CHECK_STATUS(i2v_client_submit(client, request, NULL, NULL, NULL, &error), I2V_ERROR_BUDGET);
    CHECK_CONTAINS(i2v_error_get_message(error), "up to 100, going by the service's price table");
    i2v_error_destroy(error);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    client = budget_client(120);
    for (index = 0; index < 6; index++) i2v_job_release(run_job(client, new_request(), NULL, I2V_OK));
    SPENT(client, 120, 0);
    CHECK_STATUS(i2v_client_submit(client, request, NULL, NULL, NULL, &error), I2V_ERROR_BUDGET);
    CHECK_CONTAINS(i2v_error_get_message(error), "up to 20, going by what was charged before");
    i2v_error_destroy(error);
    i2v_request_destroy(request);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

/* The single endpoint at a price that was billed, which no table has. */
static void bills_above_the_page_stay_in_the_budget(void)
{
    i2v_client *client = budget_client(250);
    i2v_request *request = new_request();
    sandbox_oddities("{\"single_price\":true}");
    i2v_job_release(run_job(client, new_request(), NULL, I2V_OK));
    i2v_job_release(run_job(client, new_request(), NULL, I2V_OK));
    SPENT(client, 200, 0);
    CHECK_STATUS(i2v_client_submit(client, request, NULL, NULL, NULL, NULL), I2V_ERROR_BUDGET);
    CHECK_INT(sandbox_count("credits_charged"), 200);
    i2v_request_destroy(request);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

/* A number that no price can be does not lock a budget, and sets none free. */
static void implausible_deductions_lock_no_budget(void)
{
    static const char *const prices[] = {"1e12",       "999999999999", "\"1e12\"", "1e300", "9223372036854775807",
                                         "\"1e400\"", "-1e12",        "-0.01",      "2e6"};
    enum { COUNT = sizeof prices / sizeof *prices };
    i2v_client *client = budget_client(100.0 * (COUNT + 1));
    i2v_request *request = new_request();
    size_t index;
    for (index = 0; index < COUNT; index++) {
        run_priced(client, new_request(), prices[index], I2V_OK);
        SPENT(client, 100 * (index + 1), 0);
    }
    run_priced(client, new_request(), "5", I2V_OK);
    SPENT(client, 100 * COUNT + 5, 0);
    ESTIMATED(client, request, 5, 5, I2V_ESTIMATE_OBSERVED);
    i2v_request_destroy(request);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

void suite_budget(void)
{
    RUN(estimate_keeps_bills_distance_from_the_page);
    RUN(observed_prices_come_before_the_page);
    RUN(what_is_no_price_is_not_observed);
    RUN(observed_prices_are_in_the_ledger);
    RUN(budget_learns_what_videos_cost);
    RUN(bills_above_the_page_stay_in_the_budget);
    RUN(implausible_deductions_lock_no_budget);
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
