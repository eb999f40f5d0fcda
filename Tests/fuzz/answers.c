/* Raw HTTP answers to a real client: status lines, headers, lengths and ranges as the fuzzer likes them. The first
 * byte chooses what the client asks: credits, effects, a download of a finished video, or a create with all that
 * follows. The rest is what the server sends, with FF FE between one answer and the next. All upper bits
 * set let the client pause before it asks again. */
#include "server.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* How long a client may still be thinking after the last answer, and how long an end may take. */
enum { SETTLED = 3, BOUND = 5000 };

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    fuzz_server_start();
    return 0;
}

static i2v_client *connect_client(void)
{
    i2v_config *config = i2v_config_create();
    i2v_client *client = NULL;
    i2v_error *error = NULL;
    i2v_config_set_api_key(config, "s3cr3t-k3y-012345");
    i2v_config_set_base_url(config, fuzz_server_url);
    i2v_config_set_proxy(config, fuzz_server_url);
    i2v_config_set_poll_interval(config, 10, 20);
    i2v_config_set_job_deadline(config, 4000);
    i2v_config_set_request_timeout(config, 500);
    i2v_config_set_stall_timeout(config, 1000);
    PROMISE(i2v_client_create(config, &client, &error) == I2V_OK);
    i2v_config_destroy(config);
    return client;
}

static void nap(void)
{
    struct timespec span = {.tv_nsec = 200000};
    nanosleep(&span, NULL);
}

static bool has_ended(i2v_job_state state)
{
    return state == I2V_JOB_COMPLETED || state == I2V_JOB_SAVED || state == I2V_JOB_FAILED;
}

static void ask(i2v_client *client, int what)
{
    i2v_query *query = NULL;
    i2v_error *error = NULL;
    int64_t begin = fuzz_now();
    i2v_status status = what ? i2v_client_query_effects(client, 4000, NULL, NULL, &query, &error)
                             : i2v_client_query_credits(client, 4000, NULL, NULL, &query, &error);
    PROMISE(status == I2V_OK && query);
    while (!i2v_query_get_done(query) && fuzz_server_idle() < SETTLED && fuzz_now() < begin + BOUND) nap();
    i2v_query_cancel(query);
    status = i2v_query_wait(query, BOUND, &error);
    PROMISE(status != I2V_ERROR_TIMEOUT);
    fuzz_outcome(status, error);
    fuzz_read_query(query);
    i2v_query_release(query);
}

static void follow(i2v_job *job, const char *path)
{
    struct stat facts;
    int64_t begin = fuzz_now(), received = 0, total = 0;
    i2v_error *error = NULL;
    i2v_status status;
    while (!has_ended(i2v_job_get_state(job)) && fuzz_server_idle() < SETTLED && fuzz_now() < begin + BOUND) nap();
    i2v_job_cancel(job);
    status = i2v_job_wait(job, BOUND, &error);
    PROMISE(status != I2V_ERROR_TIMEOUT);
    fuzz_outcome(status, error);
    fuzz_read_job(job);
    // Whole under its final name, or not there at all.
    bool is_saved = i2v_job_get_state(job) == I2V_JOB_SAVED;
    PROMISE((stat(path, &facts) == 0) == is_saved);
    i2v_job_get_progress(job, &received, &total);
    if (is_saved) PROMISE(facts.st_size == received && (total == -1 || total == received));
    i2v_job_release(job);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    char path[128];
    i2v_job *job = NULL;
    i2v_error *error = NULL;
    if (count < 1) return 0;
    int mode = bytes[0] & 3;
    snprintf(path, sizeof path, "%s/v.mp4", fuzz_folder());
    fuzz_server_script(bytes + 1, count - 1, mode >= 2 ? FUZZ_LOOKED_AT : FUZZ_RAW, bytes[0] >> 3 == 31);
    i2v_client *client = connect_client();
    if (mode < 2) {
        ask(client, mode);
    } else if (mode == 2) {
        PROMISE(i2v_client_attach(client, "6901a2b3c4d5e6f7", path, bytes[0] & 4, NULL, NULL, &job, &error) == I2V_OK);
        follow(job, path);
    } else {
        i2v_request *request = i2v_request_create();
        i2v_request_set_image_url(request, "https://example.com/a.png");
        i2v_request_set_prompt(request, "a cat");
        i2v_request_set_target(request, path);
        PROMISE(i2v_client_submit(client, request, NULL, NULL, &job, &error) == I2V_OK);
        i2v_request_destroy(request);
        follow(job, path);
    }
    int64_t begin = fuzz_now();
    PROMISE(i2v_client_destroy(client) == I2V_OK);
    PROMISE(fuzz_now() - begin < BOUND);
    fuzz_folder_clear();
    fuzz_check_leaks(100);
    return 0;
}
