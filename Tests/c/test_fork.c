/* A process that forks with a client in it. */
#include "support.h"

typedef struct {
    i2v_client *client;
    i2v_job *waiting, *finished;
} inherited;

static void inherited_handles_answer_forked(void *context)
{
    inherited *its = context;
    i2v_request *request = new_request();
    i2v_error *error = NULL;
    i2v_job *job = its->waiting;
    i2v_job *jobs[1];
    size_t delivered = 9;

    CHECK_STATUS(i2v_client_dispatch(its->client, -1, &delivered, &error), I2V_ERROR_FORKED);
    CHECK_INT(delivered, 0);
    CHECK_ERROR(&error, I2V_ERROR_FORKED, NULL);
    CHECK_STATUS(i2v_client_submit(its->client, request, NULL, NULL, &job, &error), I2V_ERROR_FORKED);
    CHECK(job == NULL);
    CHECK_ERROR(&error, I2V_ERROR_FORKED, NULL);
    CHECK_STATUS(i2v_client_submit_batch(its->client, request, NULL, NULL, jobs, 1, NULL), I2V_ERROR_FORKED);
    CHECK_STATUS(i2v_client_animate(its->client, request, temp_path("child.mp4"), NULL), I2V_ERROR_FORKED);
    CHECK_INT(i2v_client_get_fd(its->client), -1);
    CHECK_INT(i2v_client_get_job_count(its->client), 0);
    CHECK_STATUS(i2v_job_wait(its->waiting, -1, NULL), I2V_ERROR_FORKED);
    CHECK_STATUS(i2v_job_cancel(its->waiting), I2V_ERROR_FORKED);
    CHECK_STATUS(i2v_job_fetch(its->finished, temp_path("child.mp4"), false, NULL, NULL, NULL),
                 I2V_ERROR_FORKED);
    CHECK_STATUS(i2v_client_destroy(its->client), I2V_ERROR_FORKED);
    i2v_job_release(its->waiting);
    i2v_job_release(its->finished);
    i2v_request_destroy(request);
}

static void new_client_works(void *context)
{
    i2v_client *client = sandbox_client();
    i2v_job *job;
    (void)context;
    REQUIRE(client != NULL);
    job = run_job(client, new_request(), NULL, I2V_OK);
    CHECK_INT(i2v_job_get_state(job), I2V_JOB_COMPLETED);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static void parent_goes_on_after_fork(void)
{
    inherited its;
    watch watched = {0};
    its.client = sandbox_client();
    its.finished = run_job(its.client, new_request(), NULL, I2V_OK);
    sandbox_faults(FAULT_NEVER_FINISHED);
    its.waiting = start_job(its.client, new_request(), &watched);
    CHECK(reach_state(its.client, its.waiting, I2V_JOB_WAITING));

    CHECK(holds_in_child(inherited_handles_answer_forked, &its));
    sandbox_faults("[]");
    CHECK(holds_in_child(new_client_works, NULL));

    CHECK_STATUS(finish_job(its.waiting), I2V_OK);
    CHECK_INT(watched.done, 1);
    CHECK_INT(sandbox_count("create"), 3);
    i2v_job_release(its.waiting);
    i2v_job_release(its.finished);
    CHECK_STATUS(i2v_client_destroy(its.client), I2V_OK);
}

static void destroy_it_all(void *context)
{
    inherited *its = context;
    i2v_job_release(its->waiting);
    i2v_client_destroy(its->client);
}

static void child_cannot_end_what_the_parent_runs(void)
{
    inherited its;
    its.client = sandbox_client();
    its.finished = NULL;
    sandbox_faults("[{\"route\":\"create\",\"latency_ms\":1000}]");
    its.waiting = start_job(its.client, new_request_to(temp_path("parent.mp4")), NULL);
    CHECK(holds_in_child(destroy_it_all, &its));
    CHECK_STATUS(finish_job(its.waiting), I2V_OK);
    CHECK(is_mp4(temp_path("parent.mp4")));
    CHECK_INT(sandbox_count("create"), 1);
    i2v_job_release(its.waiting);
    i2v_client_destroy(its.client);
}

void suite_fork(void)
{
    RUN(parent_goes_on_after_fork);
    RUN(child_cannot_end_what_the_parent_runs);
}
