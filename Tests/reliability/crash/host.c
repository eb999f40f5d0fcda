/* A host that is killed. It takes up what earlier ones left, submits videos of its own, alone and in
   batches, and dispatches. What it is told it writes down nowhere: all that is known afterwards is in the
   ledger.

   host URL LEDGER FOLDER NAME COUNT SEED [finish] [reconcile] [requests=N]

   NAME makes its prompts and files its own, COUNT is how many creates it sends. With `finish` it ends when
   nothing is left to do, with 0; otherwise it goes on until it is killed, also where its ledger cannot be used
   for a while. With `reconcile` it looks for the videos of creates whose outcome is unknown, those of hosts
   before it first. With `requests=N` so many requests go out at once, and all creates wait for them from the
   beginning.

   Where its clock was made to go fast, it asks for times that are longer by as much. The library's own, the lease
   among them, pass faster. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif

#include <dlfcn.h>
#include <image2video.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { AT_ONCE = 4, BATCH_EVERY = 4, MOST_OF_A_BATCH = 4, TAKE_UP = 100000, PATIENCE = 180000 };

static bool reconciles, finishes;
static int requests_at_once = 16, submits_at_once = AT_ONCE, clock_factor = 1;

static int64_t now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void find_clock_factor(void)
{
    const int *factor = dlsym(dlopen(NULL, RTLD_NOW), "i2v_clock_factor");
    if (factor) clock_factor = *factor;
}

static void die(const char *what, i2v_error *error)
{
    fprintf(stderr, "host: %s: %s\n", what, i2v_error_get_message(error));
    exit(3);
}

/* A ledger that cannot be used for a while ends no host that is to be killed. */
static bool holds_out(i2v_status status, const char *what, i2v_error *error)
{
    if (status == I2V_OK) return false;
    if (status != I2V_ERROR_LEDGER || finishes) die(what, error);
    i2v_error_destroy(error);
    return true;
}

/* Its events: a create that is lost is looked for, once. The user data says whether it was. */
static void on_event(i2v_job *job, i2v_event event, void *is_second)
{
    static char second;
    i2v_error *error = NULL;
    if (event != I2V_EVENT_DONE || !reconciles || is_second) return;
    error = i2v_job_copy_error(job);
    if (i2v_error_get_status(error) == I2V_ERROR_OUTCOME_UNKNOWN && !i2v_job_get_id(job)) {
        i2v_error *problem = NULL;
        i2v_status status = i2v_job_reconcile(job, on_event, &second, &problem);
        /* Another host may have looked for it and died: then this one has taken it up again already. */
        if (status == I2V_ERROR_BUSY || status == I2V_ERROR_INVALID_STATE) i2v_error_destroy(problem);
        else holds_out(status, "reconcile", problem);
    }
    i2v_error_destroy(error);
}

static i2v_client *open_client(const char *url, const char *ledger)
{
    i2v_config *config = i2v_config_create();
    i2v_client *client = NULL;
    i2v_error *error = NULL;
    i2v_config_set_api_key(config, "sandbox-key");
    i2v_config_set_base_url(config, url);
    i2v_config_set_proxy(config, "");
    i2v_config_set_ledger(config, ledger);
    i2v_config_set_poll_interval(config, 100 * clock_factor, 1000 * clock_factor);
    i2v_config_set_request_timeout(config, 3000 * clock_factor);
    i2v_config_set_stall_timeout(config, 2000 * clock_factor);
    i2v_config_set_job_deadline(config, 600000 * clock_factor);
    i2v_config_set_max_rate(config, 1000);
    i2v_config_set_max_requests(config, requests_at_once);
    i2v_config_set_max_downloads(config, 16);
    while (holds_out(i2v_client_create(config, &client, &error), "client", error)) {
        static const struct timespec pause = {0, 20000000};
        nanosleep(&pause, NULL);
    }
    i2v_config_destroy(config);
    return client;
}

/* Takes up everything that is free; how much that was. */
static size_t take_up(i2v_client *client)
{
    i2v_error *error = NULL;
    size_t count = 0;
    holds_out(i2v_client_resume(client, on_event, NULL, NULL, TAKE_UP, &count, &error), "resume", error);
    return count;
}

static void look_for_what_was_lost(i2v_client *client)
{
    static char second;
    i2v_error *error = NULL;
    holds_out(i2v_client_reconcile(client, on_event, &second, NULL, TAKE_UP, NULL, &error), "reconcile", error);
}

/* The prompt is like no other, and says how many videos it asks for. */
static void submit(i2v_client *client, const char *url, const char *folder, const char *name, int number)
{
    int videos = number % BATCH_EVERY == 0 ? 2 + rand() % (MOST_OF_A_BATCH - 1) : 1;
    i2v_request *request = i2v_request_create();
    i2v_error *error = NULL;
    char text[1024];
    i2v_status status;
    snprintf(text, sizeof text, "%s/picture.png", url);
    i2v_request_set_image_url(request, text);
    snprintf(text, sizeof text, "%s-%d x%d", name, number, videos);
    i2v_request_set_prompt(request, text);
    snprintf(text, sizeof text, "%s/%s-%d.mp4", folder, name, number);
    i2v_request_set_target(request, text);
    if (videos > 1) {
        i2v_request_set_count(request, videos);
        status = i2v_client_submit_batch(client, request, on_event, NULL, NULL, 0, &error);
    } else {
        status = i2v_client_submit(client, request, on_event, NULL, NULL, &error);
    }
    if (status != I2V_OK) die("submit", error);
    i2v_request_destroy(request);
}

static void dispatch(i2v_client *client, int64_t milliseconds)
{
    i2v_error *error = NULL;
    if (i2v_client_dispatch(client, milliseconds * clock_factor, NULL, &error) != I2V_OK) die("dispatch", error);
}

/* Until this client has nothing under way and the ledger nothing that is free. */
static int finish(i2v_client *client)
{
    int64_t end = now_ms() + PATIENCE;
    do {
        while (i2v_client_get_job_count(client) > 0) {
            if (now_ms() > end) {
                fprintf(stderr, "host: %lu jobs do not end\n",
                        (unsigned long)i2v_client_get_job_count(client));
                return 4;
            }
            dispatch(client, 500);
        }
    } while (take_up(client) > 0);
    return i2v_client_destroy(client) == I2V_OK ? 0 : 5;
}

int main(int count, char **arguments)
{
    i2v_client *client;
    int creates, number = 0, index;

    if (count < 7) return 2;
    find_clock_factor();
    creates = atoi(arguments[5]);
    srand((unsigned)atoi(arguments[6]));
    for (index = 7; index < count; index++) {
        finishes = finishes || strcmp(arguments[index], "finish") == 0;
        reconciles = reconciles || strcmp(arguments[index], "reconcile") == 0;
        if (sscanf(arguments[index], "requests=%d", &requests_at_once) == 1) submits_at_once = creates;
    }
    client = open_client(arguments[1], arguments[2]);
    if (reconciles) look_for_what_was_lost(client);
    take_up(client);
    while (number < creates) {
        for (index = 0; index < submits_at_once && number < creates; index++)
            submit(client, arguments[1], arguments[3], arguments[4], ++number);
        dispatch(client, rand() % 150);
    }
    if (finishes) return finish(client);
    for (;;) {
        dispatch(client, 200);
        take_up(client);
    }
}
