/* What it costs to wait for 100 videos of a minute each: requests, threads, processor time, and how late the
   host hears of a finished video. Exits with 1 when that is more than was promised. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum { JOBS = 100, MOST_REQUESTS = 130, VIDEO_TAKES = 60000, MOST_LATE = 1500 + BUSY };

typedef struct {
    int64_t created, late;
    i2v_status status;
} record;

static void note(i2v_job *job, i2v_event event, void *user_data)
{
    record *its = user_data;
    if (event == I2V_EVENT_CREATED) its->created = now_ms();
    if (event == I2V_EVENT_DONE) {
        i2v_error *error = i2v_job_copy_error(job);
        its->late = now_ms() - its->created - VIDEO_TAKES;
        its->status = i2v_error_get_status(error);
        i2v_error_destroy(error);
    }
}

static int by_lateness(const void *left, const void *right)
{
    int64_t a = ((const record *)left)->late, b = ((const record *)right)->late;
    return (a > b) - (a < b);
}

static double processor_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
           + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

int main(void)
{
    static record records[JOBS];
    i2v_config *config = i2v_config_create();
    i2v_request *request;
    i2v_client *client = NULL;
    i2v_error *error = NULL;
    int index, threads = 0, failed = 0;
    long long requests, results, start;
    double before;
    bool good;

    sandbox_start(getenv("I2V_SANDBOX"), "60", NULL);
    sandbox_reset();
    /* As it comes: how often to look is the library's to decide. */
    i2v_config_set_api_key(config, "sandbox-key");
    i2v_config_set_base_url(config, sandbox_url());
    i2v_config_set_proxy(config, "");
    if (i2v_client_create(config, &client, &error) != I2V_OK) return 2;
    i2v_config_destroy(config);
    request = new_request();
    before = processor_seconds();
    start = now_ms();
    for (index = 0; index < JOBS; index++)
        if (i2v_client_submit(client, request, note, &records[index], NULL, &error) != I2V_OK) return 2;
    i2v_request_destroy(request);

    while (i2v_client_get_job_count(client) > 0 && now_ms() - start < VIDEO_TAKES + 2 * HANG) {
        int now = count_threads("image2video");
        if (now > threads) threads = now;
        i2v_client_dispatch(client, 500, NULL, NULL);
    }
    before = processor_seconds() - before;
    requests = sandbox_count("total_api");
    results = sandbox_count("results");
    for (index = 0; index < JOBS; index++)
        failed += records[index].status != I2V_OK || records[index].created == 0;
    i2v_client_destroy(client);

    qsort(records, JOBS, sizeof *records, by_lateness);
    printf("%d videos of %d s: %lld requests, %lld of them results\n", JOBS, VIDEO_TAKES / 1000, requests,
           results);
    printf("late by (ms): %lld least, %lld median, %lld 90 %%, %lld most\n", (long long)records[0].late,
           (long long)records[JOBS / 2].late, (long long)records[JOBS * 9 / 10].late,
           (long long)records[JOBS - 1].late);
    printf("threads of the library: %d; processor time of this process: %.3f s; failed: %d\n", threads,
           before, failed);
    good = failed == 0 && requests <= MOST_REQUESTS && threads == 1 && records[JOBS / 2].late <= MOST_LATE;
    printf("%d passed, %d failed\n", good, !good);
    return good ? 0 : 1;
}
