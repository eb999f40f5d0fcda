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
    if (finish_job(job) != I2V_OK) _exit(92);
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

int run_exit(const char *how, const char *url, const char *delivery, const char *ca_file, const char *moments)
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
    sleep_ms(slack(getpid() % atoi(moments)));
    if (strcmp(how, "exit") == 0) exit(CODE);
    if (strcmp(how, "_exit") == 0) _exit(CODE);
    if (strcmp(how, "quick_exit") == 0) quick_exit(CODE);
    return CODE;
}

/* ---- The program that leaves a ledger behind ---- */

enum { LEFT = 6 };

static i2v_job *leave_one(i2v_client *client, const char *folder, int number)
{
    char target[1024];
    snprintf(target, sizeof target, "%s/left-%d.mp4", folder, number);
    return start_job(client, new_request_to(target), NULL);
}

static void see_state(i2v_job *job, i2v_job_state state)
{
    int64_t end = now_ms() + slack(HANG);
    while (i2v_job_get_state(job) != state)
        if (now_ms() > end) _exit(96);
        else sleep_ms(5);
}

/* All of them are in the ledger. */
static void see_records(const char *path)
{
    int64_t end = now_ms() + slack(HANG);
    size_t count = 0;
    while (count < LEFT) {
        i2v_ledger *ledger = NULL;
        if (now_ms() > end) _exit(97);
        if (i2v_ledger_open(path, &ledger, NULL) == I2V_OK) count = i2v_ledger_get_count(ledger);
        i2v_ledger_destroy(ledger);
        sleep_ms(5);
    }
}

/* One is downloaded, two are waited for, one create is on the wire, and two are behind it. */
int run_leave(const char *how, const char *url, const char *picture, const char *path, const char *folder)
{
    i2v_config *config;
    i2v_client *client;
    int number = 0;
    sandbox_join(url, picture);
    config = ledger_config(NULL, path);
    i2v_config_set_max_requests(config, 1);
    if (strcmp(how, "thread") == 0) i2v_config_set_delivery(config, I2V_DELIVERY_THREAD);
    client = new_client(config);
    ends_early = true;
    sandbox_faults("[{\"route\":\"video\",\"hang\":true}]");
    see_state(leave_one(client, folder, number++), I2V_JOB_FETCHING);
    sandbox_faults("[{\"route\":\"video\",\"times\":-1,\"hang\":true},"
                   "{\"route\":\"results\",\"times\":-1,\"row\":{\"status\":2,\"video_url\":null}},"
                   "{\"route\":\"create\",\"skip\":2,\"times\":-1,\"hang\":true,\"when\":\"after\"}]");
    for (; number < 3; number++) see_state(leave_one(client, folder, number), I2V_JOB_WAITING);
    for (; number < LEFT; number++) leave_one(client, folder, number);
    see_records(path);
    if (!sandbox_reaches("creates_processed", 4) || failed_checks() > 0) _exit(98);
    if (strcmp(how, "_exit") == 0) _exit(CODE);
    if (strcmp(how, "quick_exit") == 0) quick_exit(CODE);
    if (strcmp(how, "return") == 0) return CODE;
    exit(CODE);
}

/* ---- The tests ---- */

static void jobs_left_behind_are_gone_on_with(const char *how)
{
    const char *arguments[7] = {"--leave", NULL, NULL, NULL, NULL, NULL, NULL}, *path = new_ledger("left.db");
    char output[1024] = "", folder[1024];
    watch watched = {0};
    i2v_ledger *ledger;
    int number, saved = 0, lost = 0;
    snprintf(folder, sizeof folder, "%s", temp_path("."));
    arguments[1] = how;
    arguments[2] = sandbox_url();
    arguments[3] = sandbox_picture();
    arguments[4] = path;
    arguments[5] = folder;
    CHECK_INT(run_program(arguments, NULL, output, sizeof output, 2 * slack(HANG)), CODE);
    CHECK_TEXT(output, "");
    sandbox_faults("[]");
    CHECK_INT(resume_all(path, &watched), LEFT);
    CHECK_INT(watched.done, LEFT);
    ledger = read_ledger(path, LEFT);
    for (number = 0; number < LEFT; number++) {
        const char *target = i2v_ledger_get_path(ledger, (size_t)number);
        saved += i2v_ledger_get_state(ledger, (size_t)number) == I2V_JOB_SAVED && is_mp4(target);
        lost += i2v_ledger_get_status(ledger, (size_t)number) == I2V_ERROR_OUTCOME_UNKNOWN;
        CHECK(!i2v_ledger_get_open(ledger, (size_t)number));
        remove(target);
    }
    i2v_ledger_destroy(ledger);
    CHECK_INT(saved, LEFT - 1);
    CHECK_INT(lost, 1);
    CHECK_INT(sandbox_count("creates_processed"), LEFT);
}

static void next_process_goes_on_with_what_an_exit_left(void)
{
    static const char *const ways[] = {"exit", "thread", "return", "quick_exit", "_exit"};
    size_t index;
    for (index = 0; index < sizeof ways / sizeof *ways; index++) {
        sandbox_reset();
        jobs_left_behind_are_gone_on_with(ways[index]);
    }
}

/* A program whose end comes within so many milliseconds. */
typedef struct {
    const char *how;
    int code, moments;
} ending;

static void end_well(const ending *ending, const char *url, const char *delivery, const char *ca_file)
{
    const char *arguments[7] = {"--exit", NULL, NULL, NULL, NULL, NULL, NULL};
    char output[1024], moments[16];
    snprintf(moments, sizeof moments, "%d", ending->moments);
    arguments[1] = ending->how;
    arguments[2] = url;
    arguments[3] = delivery;
    arguments[4] = ca_file;
    arguments[5] = moments;
    CHECK_INT(
        run_program(arguments, NULL, output, sizeof output, slack(2000 + BUSY + ending->moments)), ending->code);
    CHECK_TEXT(output, "");
}

/* Both deliveries, plain and over TLS: some times over, at moments that differ, and then at later and later ones until
   some have got as far as to be asked about. */
static void end_some_times(const char *how, int code, int times)
{
    static const char *const deliveries[] = {"dispatch", "thread"};
    server *service = service_start("exit");
    front *front = front_start("good", server_url(service));
    /* The first id ends the program there, perhaps before anything is asked. */
    bool is_asked = strcmp(how, "callback") != 0;
    ending ending = {how, code, 120};
    int round, delivery, most = is_asked ? times + 8 : times;
    for (round = 0; round < times || (round < most && server_count(service, "/resultsByIds ") == 0); round++) {
        if (round >= times) ending.moments *= 2;
        for (delivery = 0; delivery < 2; delivery++) {
            end_well(&ending, server_url(service), deliveries[delivery], "");
            end_well(&ending, front_url(front), deliveries[delivery], authority_file());
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
    RUN(next_process_goes_on_with_what_an_exit_left);
}
