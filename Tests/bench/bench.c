/* How quick the library is: each measurement stands beside another of the same run, so that a slow machine slows both. */
#include "support.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TIMES = 101 };

static int64_t now_us(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static int by_size(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static int64_t median(int64_t *values)
{
    qsort(values, TIMES, sizeof *values, by_size);
    return values[TIMES / 2];
}

typedef void (*step)(void *context);

/* Both by turns, so that what else goes on falls on both. */
static void compare(const char *what, step ours, const char *beside, step other, void *context)
{
    static int64_t our_times[TIMES], other_times[TIMES];
    int64_t start, our_median, other_median;
    int index;
    for (index = 0; index < TIMES; index++) {
        start = now_us();
        ours(context);
        our_times[index] = now_us() - start;
        start = now_us();
        other(context);
        other_times[index] = now_us() - start;
    }
    our_median = median(our_times);
    other_median = median(other_times);
    printf("%-46s %9lld us   %-36s %9lld us   %6.2f\n", what, (long long)our_median, beside, (long long)other_median,
           (double)our_median / (double)(other_median > 0 ? other_median : 1));
    fflush(stdout);
}

static bool refuse(server *server, int descriptor, const char *request, int connection)
{
    (void)server;
    (void)connection;
    server_json(descriptor, "{\"code\":1003,\"msg\":\"no\"}");
    /* The plain socket is read to its end. */
    return strstr(request, "POST / ") == NULL;
}

typedef struct {
    server *server;
    i2v_client *client;
    int port;
} bench;

static i2v_client *client_without_a_rate(const char *url)
{
    i2v_config *config = new_config(url);
    i2v_config_set_max_rate(config, 10000);
    return new_client(config);
}

static void wait_for_a_refused_create(void *context)
{
    bench *its = context;
    i2v_job *job = start_job(its->client, new_request(), NULL);
    i2v_job_wait(job, -1, NULL);
    i2v_job_release(job);
}

static void ask_over_a_socket(void *context)
{
    char *reply = NULL;
    http_request(((bench *)context)->port, "POST", "/", "{}", 2, &reply);
    free(reply);
}

static void dispatch_nothing_a_thousand_times(void *context)
{
    int index;
    for (index = 0; index < 1000; index++) i2v_client_dispatch(((bench *)context)->client, 0, NULL, NULL);
}

static void poll_nothing_a_thousand_times(void *context)
{
    int index;
    (void)context;
    for (index = 0; index < 1000; index++) poll(NULL, 0, 0);
}

static void dispatch_for_20_ms(void *context) { i2v_client_dispatch(((bench *)context)->client, 20, NULL, NULL); }

static void poll_for_20_ms(void *context)
{
    (void)context;
    poll(NULL, 0, 20);
}

static void end_by_a_deadline_of_50_ms(void *context)
{
    i2v_request *request = new_request();
    i2v_job *job;
    i2v_request_set_deadline(request, 50);
    job = start_job(((bench *)context)->client, request, NULL);
    i2v_job_wait(job, -1, NULL);
    i2v_job_release(job);
}

static void poll_for_50_ms(void *context)
{
    (void)context;
    poll(NULL, 0, 50);
}

static void live_with_one_job(void *context)
{
    i2v_client *client = new_client(new_config(server_url(((bench *)context)->server)));
    i2v_job *job = start_job(client, new_request(), NULL);
    i2v_job_wait(job, -1, NULL);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void live_without_any(void *context)
{
    i2v_client_destroy(new_client(new_config(server_url(((bench *)context)->server))));
}

static bool say_nothing(server *server, int descriptor, const char *request, int connection)
{
    (void)server;
    (void)connection;
    (void)request;
    server_hang(descriptor);
    return false;
}

/* Processor time in microseconds for each create that waits when its client is destroyed. */
static double cost_of_destroying(int jobs)
{
    i2v_config *config = new_config(NULL);
    i2v_request *request = new_request();
    i2v_client *client;
    long long before;
    int number;
    i2v_config_set_max_rate(config, 0.01);
    i2v_config_set_max_jobs(config, jobs);
    client = new_client(config);
    for (number = 0; number < jobs; number++) i2v_client_submit(client, request, NULL, NULL, NULL, NULL);
    i2v_request_destroy(request);
    before = processor_time();
    i2v_client_destroy(client);
    return (double)(processor_time() - before) / jobs;
}

int main(int count, char **arguments)
{
    bench its = {NULL, NULL, 0};
    server *silent;
    double few, many;
    (void)count;
    program_path = arguments[0];
    sandbox_start(getenv("I2V_SANDBOX"), "0", "1000");
    its.server = server_start(refuse, NULL);
    its.port = atoi(strrchr(server_url(its.server), ':') + 1);
    its.client = client_without_a_rate(server_url(its.server));
    compare("submit, be refused, and wait for it", wait_for_a_refused_create, "one request on a plain socket",
            ask_over_a_socket, &its);
    compare("a client's life with one job", live_with_one_job, "without any", live_without_any, &its);
    compare("a thousand times: dispatch nothing", dispatch_nothing_a_thousand_times, "poll() nothing",
            poll_nothing_a_thousand_times, &its);
    compare("dispatch for 20 ms", dispatch_for_20_ms, "poll() for 20 ms", poll_for_20_ms, &its);
    i2v_client_destroy(its.client);
    server_stop(its.server);

    silent = server_start(say_nothing, NULL);
    its.client = client_without_a_rate(server_url(silent));
    compare("a deadline of 50 ms ends a job", end_by_a_deadline_of_50_ms, "poll() for 50 ms", poll_for_50_ms, &its);
    i2v_client_destroy(its.client);
    server_stop(silent);

    few = cost_of_destroying(2000);
    many = cost_of_destroying(20000);
    printf("%-46s %9.2f us   %-36s %9.2f us   %6.2f\n", "destroy: each of 20000 creates that wait", many, "each of 2000", few,
           many / few);
    sandbox_stop();
    return 0;
}
