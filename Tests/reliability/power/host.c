/* A host whose machine will lose its power. It takes up what earlier hosts left, submits videos of its own, alone and in
 * batches, looks for those whose create was lost, and ends when nothing is left to do. Each thing that it is told of a job, by an event or by a getter that
 * another thread asks all the time, it marks in the journal right then:
 *
 *     told STATE STATUS CHARGE ID PATH
 *
 * host URL LEDGER FOLDER NAME COUNT SEED MAX_REQUESTS
 *
 * NAME makes its prompts and files its own, COUNT is how many creates it sends. Without the preload `journal` it marks
 * nothing. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <dlfcn.h>
#include <image2video.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_JOBS = 4096, BATCH_EVERY = 4, MOST_OF_A_BATCH = 4, PATIENCE = 120, MOST_ROUNDS = 20 };

static void (*mark)(const char *text);

static void die(const char *what, i2v_error *error)
{
    fprintf(stderr, "host: %s: %s\n", what, i2v_error_get_message(error));
    exit(3);
}

/* ---- What it is told ---- */

static i2v_job *jobs[MOST_JOBS];
static int job_count;
static bool is_over;
/* For the two numbers; the main thread alone changes them. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void add_jobs(size_t count)
{
    pthread_mutex_lock(&lock);
    job_count += (int)count;
    pthread_mutex_unlock(&lock);
}

/* How many jobs there are to watch; -1 when it is over. */
static int jobs_to_watch(void)
{
    int count;
    pthread_mutex_lock(&lock);
    count = is_over ? -1 : job_count;
    pthread_mutex_unlock(&lock);
    return count;
}

static void mark_job(i2v_job *job)
{
    char text[4096];
    const char *id = i2v_job_get_id(job), *path = i2v_job_get_path(job);
    i2v_job_state state = i2v_job_get_state(job);
    i2v_error *error = i2v_job_copy_error(job);
    snprintf(text, sizeof text, "told %d %d %d %s %s", (int)state, (int)i2v_error_get_status(error),
             (int)i2v_error_get_charge(error), id ? id : "-", path);
    i2v_error_destroy(error);
    if (mark) mark(text);
}

static void on_event(i2v_job *job, i2v_event event, void *user_data)
{
    (void)user_data;
    if (event != I2V_EVENT_PROGRESS) mark_job(job);
}

/* Marks a job when a getter tells something new of it. */
static void *watch(void *context)
{
    static struct {
        i2v_job_state state;
        bool has_id;
    } known[MOST_JOBS];
    const struct timespec pause = {0, 200000};
    int index, count;
    (void)context;
    while ((count = jobs_to_watch()) >= 0) {
        for (index = 0; index < count; index++) {
            i2v_job_state state = i2v_job_get_state(jobs[index]);
            bool has_id = i2v_job_get_id(jobs[index]) != NULL;
            if (state == known[index].state && has_id == known[index].has_id) continue;
            known[index].state = state;
            known[index].has_id = has_id;
            mark_job(jobs[index]);
        }
        nanosleep(&pause, NULL);
    }
    return NULL;
}

/* ---- What it does ---- */

/* A disk that is full, or a ledger that others lock, is no reason to give up. */
static void wait_for_the_ledger(const char *what, i2v_error **error)
{
    static int tries;
    const struct timespec pause = {0, 50000000};
    if (i2v_error_get_status(*error) != I2V_ERROR_LEDGER || ++tries > PATIENCE * 20) die(what, *error);
    i2v_error_destroy(*error);
    *error = NULL;
    nanosleep(&pause, NULL);
}

static i2v_client *open_client(const char *url, const char *ledger, int max_requests)
{
    i2v_config *config = i2v_config_create();
    i2v_client *client = NULL;
    i2v_error *error = NULL;
    i2v_config_set_api_key(config, "sandbox-key");
    i2v_config_set_base_url(config, url);
    i2v_config_set_proxy(config, "");
    i2v_config_set_ledger(config, ledger);
    i2v_config_set_poll_interval(config, 100, 1000);
    i2v_config_set_max_rate(config, 1000);
    i2v_config_set_max_requests(config, max_requests);
    while (i2v_client_create(config, &client, &error) != I2V_OK) wait_for_the_ledger("client", &error);
    i2v_config_destroy(config);
    return client;
}

typedef i2v_status taking(
    i2v_client *, i2v_event_fn, void *, i2v_job **, size_t capacity, size_t *count, i2v_error **);

static size_t take_up(i2v_client *client, taking *take)
{
    i2v_error *error = NULL;
    size_t count = 0;
    while (take(client, on_event, NULL, jobs + job_count, (size_t)(MOST_JOBS - job_count), &count, &error) != I2V_OK)
        wait_for_the_ledger("taking up", &error);
    add_jobs(count);
    return count;
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
        status = i2v_client_submit_batch(client, request, on_event, NULL, jobs + job_count, (size_t)videos, &error);
    } else {
        status = i2v_client_submit(client, request, on_event, NULL, jobs + job_count, &error);
    }
    if (status != I2V_OK) die("submit", error);
    add_jobs((size_t)videos);
    i2v_request_destroy(request);
}

static void dispatch(i2v_client *client, int64_t milliseconds)
{
    i2v_error *error = NULL;
    if (i2v_client_dispatch(client, milliseconds, NULL, &error) != I2V_OK) die("dispatch", error);
}

static void dispatch_all(i2v_client *client)
{
    time_t end = time(NULL) + PATIENCE;
    while (i2v_client_get_job_count(client) > 0) {
        dispatch(client, 500);
        if (time(NULL) < end) continue;
        fprintf(stderr, "host: %lu jobs do not end\n", (unsigned long)i2v_client_get_job_count(client));
        exit(4);
    }
}

/* Until this client has nothing under way and the ledger nothing that is free. A job that fails may stay free for a
 * later host, but not for ever. */
static void finish(i2v_client *client)
{
    int rounds = 0;
    do dispatch_all(client);
    while (take_up(client, i2v_client_resume) > 0 && ++rounds < MOST_ROUNDS);
    take_up(client, i2v_client_reconcile);
    dispatch_all(client);
}

int main(int count, char **arguments)
{
    i2v_client *client;
    pthread_t watcher;
    int creates, number, index;

    if (count != 8) return 2;
    creates = atoi(arguments[5]);
    srand((unsigned)atoi(arguments[6]));
    *(void **)&mark = dlsym(RTLD_DEFAULT, "i2v_journal_mark");
    client = open_client(arguments[1], arguments[2], atoi(arguments[7]));
    if (pthread_create(&watcher, NULL, watch, NULL) != 0) return 5;
    take_up(client, i2v_client_resume);
    for (number = 1; number <= creates; number++) {
        submit(client, arguments[1], arguments[3], arguments[4], number);
        if (rand() % 3 == 0) dispatch(client, rand() % 60);
    }
    finish(client);
    pthread_mutex_lock(&lock);
    is_over = true;
    pthread_mutex_unlock(&lock);
    pthread_join(watcher, NULL);
    if (i2v_client_destroy(client) != I2V_OK) return 6;
    for (index = 0; index < job_count; index++) i2v_job_release(jobs[index]);
    return 0;
}
