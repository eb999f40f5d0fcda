/* A system clock that jumps by days, both ways, all the time: nothing the library does may care. */
#include "support.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- The program whose clock jumps ---- */

static volatile long long *shift, *looks;
static bool is_over;

static void *jump(void *context)
{
    static const long long days[] = {3, -3, 0, 400, -1, 1, -7000, 30};
    size_t index;
    (void)context;
    for (index = 0; !flag_is_up(&is_over); index++) {
        *shift = days[index % 8] * 86400;
        sleep_ms(15);
    }
    return NULL;
}

static void clock_jumps(void)
{
    time_t now;
    *shift = 0;
    now = time(NULL);
    *shift = 86400;
    CHECK_BETWEEN(time(NULL) - now, 86400, 86400 + slack(BUSY) / 1000);
    *shift = 0;
}

static i2v_client *client_of(const char *url, bool logs_in, int64_t request_timeout)
{
    i2v_config *config = i2v_config_create();
    if (logs_in) i2v_config_set_client_credentials(config, "sandbox-client-id", "sandbox-client-secret-24");
    else i2v_config_set_api_key(config, "sandbox-key");
    i2v_config_set_base_url(config, url);
    i2v_config_set_proxy(config, "");
    i2v_config_set_poll_interval(config, 20, 60);
    i2v_config_set_request_timeout(config, request_timeout);
    return new_client(config);
}

/* Jobs end as ever, and so does each step of a job that logs in. */
static void jobs_end(const char *url, const char *picture, const char *folder)
{
    int number;
    for (number = 0; number < 4; number++) {
        i2v_client *client = client_of(url, number % 2 == 1, slack(HANG));
        i2v_request *request = i2v_request_create();
        char target[1024];
        int64_t start = now_ms();
        i2v_job *job = NULL;
        snprintf(target, sizeof target, "%s/clock-%d.mp4", folder, number);
        i2v_request_set_image_url(request, picture);
        i2v_request_set_prompt(request, "the camera slowly moves closer");
        i2v_request_set_target(request, target);
        CHECK_STATUS(i2v_client_submit(client, request, NULL, NULL, &job, NULL), I2V_OK);
        CHECK_STATUS(finish_job(job), I2V_OK);
        CHECK_LASTED(start, 0);
        CHECK(is_mp4(target));
        i2v_job_release(job);
        i2v_request_destroy(request);
        CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    }
}

static i2v_job *start_at(i2v_client *client, char what, int64_t deadline, const char *target)
{
    i2v_request *request = prompt_request(what, 1, target);
    i2v_request_set_deadline(request, deadline);
    return start_job(client, request, NULL);
}

/* Every time limit is kept to, on a service of which the address is given. */
static void limits_are_kept(const char *url, const char *folder)
{
    const int64_t request_timeout = enough(), deadline = 2 * enough();
    i2v_client *client = client_of(url, false, request_timeout);
    char target[1024];
    i2v_job *waiting = start_at(client, PROMPT_WAITS, deadline, NULL), *sending, *fetching;
    int64_t start = now_ms(), begin = start;
    size_t delivered;

    CHECK_STATUS(i2v_job_wait(waiting, slack(300), NULL), I2V_ERROR_TIMEOUT);
    CHECK_LASTED(start, slack(300));
    do {
        start = now_ms();
        CHECK_STATUS(i2v_client_dispatch(client, slack(300), &delivered, NULL), I2V_OK);
    } while (delivered > 0);
    CHECK_LASTED(start, slack(300));

    start = now_ms();
    sending = start_at(client, PROMPT_SENDS, slack(HANG), NULL);
    CHECK_STATUS(i2v_job_wait(sending, -1, NULL), I2V_ERROR_OUTCOME_UNKNOWN);
    CHECK_LASTED(start, request_timeout - 10);

    CHECK_STATUS(i2v_job_wait(waiting, -1, NULL), I2V_ERROR_DEADLINE);
    CHECK_LASTED(begin, deadline - 10);

    snprintf(target, sizeof target, "%s/clock-stall.mp4", folder);
    start = now_ms();
    fetching = start_at(client, PROMPT_FETCHES, deadline, target);
    CHECK_STATUS(i2v_job_wait(fetching, -1, NULL), I2V_ERROR_DEADLINE);
    CHECK_LASTED(start, deadline - 10);
    i2v_job_release(waiting);
    i2v_job_release(sending);
    i2v_job_release(fetching);
    start = now_ms();
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    CHECK_LASTED(start, 0);
}

int run_clock(const char *sandbox, const char *picture, const char *service, const char *folder)
{
    pthread_t thread;
    void *program = dlopen(NULL, RTLD_NOW);
    shift = dlsym(program, "i2v_clock_shift");
    looks = dlsym(program, "i2v_clock_looks");
    if (!shift || !looks) return 99;
    clock_jumps();
    pthread_create(&thread, NULL, jump, NULL);
    jobs_end(sandbox, picture, folder);
    limits_are_kept(service, folder);
    flag_raise(&is_over);
    pthread_join(thread, NULL);
    CHECK(*looks > 2);
    return failed_checks() == 0 ? 0 : 1;
}

/* ---- The programs whose clock has jumped since their ledger was written ---- */

/* Waits for the one job that was taken up, which ends well. */
static void finish_all(i2v_client *client, watch *watched, size_t count)
{
    int64_t end = now_ms() + slack(HANG);
    CHECK_INT(count, 1);
    while (i2v_client_get_job_count(client) > 0 && now_ms() < end) i2v_client_dispatch(client, 100, NULL, NULL);
    CHECK_INT(watched->done, 1);
    CHECK_STATUS(watched->status, I2V_OK);
    CHECK_INT(watched->state, I2V_JOB_SAVED);
}

/* The job is waiting, and the clock jumps about; then the process is gone. */
static void wait_and_die(i2v_client *client, i2v_job *job, long long seconds)
{
    CHECK(reach_state(client, job, I2V_JOB_WAITING));
    *shift = seconds + 86400;
    i2v_client_dispatch(client, 100, NULL, NULL);
    *shift = seconds - 86400;
    i2v_client_dispatch(client, 100, NULL, NULL);
    CHECK_INT(i2v_job_get_state(job), I2V_JOB_WAITING);
    if (failed_checks() == 0) raise(SIGKILL);
}

int run_jump(const char *what, const char *url, const char *picture, const char *path, const char *target,
             const char *seconds)
{
    bool begins = strcmp(what, "wait") == 0 || strcmp(what, "lose") == 0;
    i2v_client *client;
    i2v_request *request;
    watch watched = {0};
    size_t count = 99;
    shift = dlsym(dlopen(NULL, RTLD_NOW), "i2v_clock_shift");
    if (!shift) return 99;
    *shift = atoll(seconds);
    sandbox_join(url, picture);
    request = begins ? new_request_to(target) : NULL;
    client = new_client(ledger_config(NULL, path));
    if (strcmp(what, "wait") == 0) wait_and_die(client, start_job(client, request, NULL), atoll(seconds));
    else if (strcmp(what, "lose") == 0)
        i2v_job_release(run_job(client, request, NULL, I2V_ERROR_OUTCOME_UNKNOWN));
    else {
        if (strcmp(what, "resume") == 0)
            CHECK_STATUS(i2v_client_resume(client, watch_event, &watched, NULL, 10, &count, NULL), I2V_OK);
        else CHECK_STATUS(i2v_client_reconcile(client, watch_event, &watched, NULL, 10, &count, NULL), I2V_OK);
        finish_all(client, &watched, count);
    }
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    return failed_checks() == 0 ? 0 : 1;
}

/* ---- The tests ---- */

static void run_with_clock(const char *what, const char *path, const char *target, long long seconds, int wanted)
{
    const char *arguments[8] = {"--jump", NULL, NULL, NULL, NULL, NULL, NULL, NULL};
    char output[4096] = "", number[32];
    snprintf(number, sizeof number, "%lld", seconds);
    arguments[1] = what;
    arguments[2] = sandbox_url();
    arguments[3] = sandbox_picture();
    arguments[4] = path;
    arguments[5] = target;
    arguments[6] = number;
    CHECK_INT(run_program(arguments, preload("clock-shift"), output, sizeof output, 2 * slack(HANG)), wanted);
    CHECK_TEXT(output, "");
}

/* One process begins at some time, and another goes on at what is some other time to it. */
static void go_on_at(const char *first, const char *second, long long from, long long to)
{
    const char *path = new_ledger("jump.db"), *target = temp_path("jump.mp4");
    bool dies = strcmp(first, "wait") == 0;
    i2v_ledger *ledger;
    sandbox_reset();
    sandbox_faults(dies ? FAULT_NEVER_FINISHED : "[{\"route\":\"create\",\"close\":true,\"when\":\"after\"}]");
    run_with_clock(first, path, target, from, dies ? 1000 + SIGKILL : 0);
    sandbox_faults("[]");
    run_with_clock(second, path, target, to, 0);
    CHECK(is_mp4(target) && !file_exists(temp_path("jump.mp4.part")));
    CHECK_INT(sandbox_count("creates_processed"), 1);
    CHECK_INT(sandbox_count("create"), 1);
    ledger = read_ledger(path, 1);
    CHECK_INT(i2v_ledger_get_state(ledger, 0), I2V_JOB_SAVED);
    CHECK(!i2v_ledger_get_open(ledger, 0));
    i2v_ledger_destroy(ledger);
    remove(target);
}

static void job_is_resumed_at_whatever_time_it_is(void)
{
    static const long long days[][2] = {{0, 1}, {0, -1}, {1, 0}, {-1, 0}, {1, -1}};
    size_t index;
    for (index = 0; index < sizeof days / sizeof *days; index++)
        go_on_at("wait", "resume", days[index][0] * 86400, days[index][1] * 86400);
}

/* The service dates the video, and its clock is none of those here. */
static void lost_create_is_found_when_the_clock_was_wrong_by_minutes(void)
{
    static const long long minutes[][2] = {{0, 5}, {0, -5}, {5, 0}, {-5, 0}, {5, -5}};
    size_t index;
    for (index = 0; index < sizeof minutes / sizeof *minutes; index++)
        go_on_at("lose", "find", minutes[index][0] * 60, minutes[index][1] * 60);
}

static void clock_that_jumps_changes_nothing(void)
{
    const char *arguments[6] = {"--clock", NULL, NULL, NULL, NULL, NULL};
    server *service = service_start("clock");
    char output[4096];
    int code, polls;
    arguments[1] = sandbox_url();
    arguments[2] = sandbox_picture();
    arguments[3] = server_url(service);
    arguments[4] = temp_path(".");
    code = run_program(arguments, preload("clock-shift"), output, sizeof output, 2 * slack(HANG));
    CHECK_INT(code, 0);
    CHECK_TEXT(output, "");
    /* Neither a flood of polls nor a drought. */
    polls = server_count(service, "/resultsByIds ");
    CHECK_BETWEEN(polls, 20, slack(2000));
    CHECK_INT(sandbox_count("creates_processed"), 4);
    CHECK_INT(sandbox_count("token"), 2);
    CHECK_INT(server_count(service, "/createBySourcePrompt "), 3);
    server_stop(service);
}

void suite_clock(void)
{
    RUN(clock_that_jumps_changes_nothing);
    RUN(job_is_resumed_at_whatever_time_it_is);
    RUN(lost_create_is_found_when_the_clock_was_wrong_by_minutes);
}
