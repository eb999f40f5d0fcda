/* Programs that end, each in its own way, while jobs are running: quickly, quietly, with their own code. */
#include "support.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of a newer C than this suite's. */
extern void quick_exit(int code);

enum { CODE = 42 };

static bool ends_early;

/* ---- The programs ---- */

static i2v_client *make_client(const char *url, const char *delivery, const char *ca_file)
{
    i2v_config *config = i2v_config_create();
    i2v_client *client = NULL;
    i2v_config_set_api_key(config, "key");
    i2v_config_set_base_url(config, url);
    i2v_config_set_proxy(config, "");
    i2v_config_set_poll_interval(config, 10, 10);
    if (*ca_file) i2v_config_set_ca_file(config, ca_file);
    if (strcmp(delivery, "thread") == 0) i2v_config_set_delivery(config, I2V_DELIVERY_THREAD);
    if (i2v_client_create(config, &client, NULL) != I2V_OK) _exit(90);
    i2v_config_destroy(config);
    return client;
}

static void exit_when_created(i2v_job *job, i2v_event event, void *user_data)
{
    (void)job;
    (void)user_data;
    if (event == I2V_EVENT_CREATED) exit(CODE);
}

static void submit(i2v_client *client, char what, int number, i2v_event_fn on_event, i2v_job **job)
{
    i2v_request *request = prompt_request(what, number, NULL);
    if (i2v_client_submit(client, request, on_event, NULL, job, NULL) != I2V_OK) _exit(91);
    i2v_request_destroy(request);
}

/* What outlives the main thread: it sees a job to its end, and the process ends with the last thread. */
static void *outlive(void *context)
{
    i2v_client *client = context;
    i2v_job *job = NULL;
    sleep_ms(20);
    submit(client, PROMPT_FINISHES, 1, NULL, &job);
    if (i2v_job_wait(job, 10000, NULL) != I2V_OK) _exit(92);
    i2v_job_release(job);
    if (i2v_client_destroy(client) != I2V_OK) _exit(93);
    return NULL;
}

static int leave_main_thread(i2v_client *client)
{
    pthread_t thread;
    pthread_create(&thread, NULL, outlive, client);
    pthread_detach(thread);
    pthread_exit(NULL);
}

/* The leak sanitizer asks this at the end. A program that ends with jobs running has given nothing back. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void) { return ends_early; }

int run_exit(const char *how, const char *url, const char *delivery, const char *ca_file)
{
    i2v_client *client = make_client(url, delivery, ca_file);
    bool dispatches = strcmp(delivery, "thread") != 0;
    int number;
    ends_early = true;
    /* Some creates hang, and some jobs are asked about without end. */
    for (number = 0; number < 3; number++) {
        if (strcmp(how, "main thread") != 0) submit(client, PROMPT_SENDS, number, NULL, NULL);
        submit(client, PROMPT_WAITS, number, NULL, NULL);
    }
    if (strcmp(how, "main thread") == 0) return leave_main_thread(client);
    if (strcmp(how, "callback") == 0) {
        submit(client, PROMPT_WAITS, number, exit_when_created, NULL);
        while (true) dispatches ? (void)i2v_client_dispatch(client, 1000, NULL, NULL) : sleep_ms(1000);
    }
    /* At another moment each time: before, during and after the connections are made. */
    sleep_ms(slack(getpid() % 40));
    if (strcmp(how, "exit") == 0) exit(CODE);
    if (strcmp(how, "_exit") == 0) _exit(CODE);
    if (strcmp(how, "quick_exit") == 0) quick_exit(CODE);
    return CODE;
}

/* ---- The tests ---- */

static void end_well(const char *how, const char *url, const char *delivery, const char *ca_file, int code)
{
    const char *arguments[6] = {"--exit", NULL, NULL, NULL, NULL, NULL};
    char output[1024];
    int64_t start = now_ms();
    arguments[1] = how;
    arguments[2] = url;
    arguments[3] = delivery;
    arguments[4] = ca_file;
    CHECK_INT(run_program(arguments, NULL, output, sizeof output, slack(10000)), code);
    CHECK_TEXT(output, "");
    CHECK_BETWEEN(now_ms() - start, 0, slack(3000));
}

/* Both deliveries, plain and over TLS: some times over, at moments that differ, until some have got as far as to be
   asked about. */
static void end_some_times(const char *how, int code, int times)
{
    static const char *const deliveries[] = {"dispatch", "thread"};
    server *service = service_start("exit");
    front *front = front_start("good", server_url(service));
    /* The first id ends the program there, perhaps before anything is asked. */
    bool is_asked = strcmp(how, "callback") != 0;
    int round, delivery, most = is_asked ? 6 * times : times;
    for (round = 0; round < times || (round < most && server_count(service, "/resultsByIds ") == 0); round++) {
        for (delivery = 0; delivery < 2; delivery++) {
            end_well(how, server_url(service), deliveries[delivery], "", code);
            end_well(how, front_url(front), deliveries[delivery], authority_file(), code);
        }
    }
    if (is_asked) CHECK(server_count(service, "/resultsByIds ") > 0);
    front_stop(front);
    server_stop(service);
}

static void end_often(const char *how, int code, int times)
{
    int round;
    for (round = 0; round < rounds(1, 12); round++) end_some_times(how, code, times);
}

static void exit_with_jobs_running(void) { end_often("exit", CODE, 5); }

static void return_from_main_with_jobs_running(void) { end_often("return", CODE, 5); }

static void quick_exit_with_jobs_running(void) { end_often("quick_exit", CODE, 2); }

static void end_without_handlers_with_jobs_running(void) { end_often("_exit", CODE, 2); }

static void exit_inside_a_callback(void) { end_often("callback", CODE, 3); }

static void main_thread_may_end_first(void)
{
    if (left_out_under("thread", "it hangs where any program's main thread ends first")) return;
    end_often("main thread", 0, 1);
}

void suite_exit(void)
{
    RUN(exit_with_jobs_running);
    RUN(return_from_main_with_jobs_running);
    RUN(quick_exit_with_jobs_running);
    RUN(end_without_handlers_with_jobs_running);
    RUN(exit_inside_a_callback);
    RUN(main_thread_may_end_first);
}
