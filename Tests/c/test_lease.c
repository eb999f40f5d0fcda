/* Who works on a job holds it by a lease: for as long as it lives, and no longer than the lease where it does not stir. */
#include "support.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- A process that changes a ledger behind the library's back ---- */

/* In a process of its own, because one that has a ledger open must not open it in another way. The library has brought
   SQLite along. */
int run_sql(const char *path, const char *statement)
{
    int (*open)(const char *, void **);
    int (*execute)(void *, const char *, void *, void *, char **);
    int (*close)(void *);
    void *sqlite = dlopen("libsqlite3.so.0", RTLD_NOW), *database = NULL;
    int code;
    if (!sqlite) return 98;
    *(void **)&open = dlsym(sqlite, "sqlite3_open");
    *(void **)&execute = dlsym(sqlite, "sqlite3_exec");
    *(void **)&close = dlsym(sqlite, "sqlite3_close");
    if (!open || !execute || !close || open(path, &database) != 0) return 99;
    /* Milliseconds that others' work on the file is waited for. */
    execute(database, "PRAGMA busy_timeout = 10000", NULL, NULL, NULL);
    code = execute(database, statement, NULL, NULL, NULL);
    close(database);
    return code;
}

static void change_ledger(const char *path, const char *statement)
{
    const char *arguments[4] = {"--sql", NULL, NULL, NULL};
    char output[256] = "";
    arguments[1] = path;
    arguments[2] = statement;
    CHECK_INT(run_program(arguments, NULL, output, sizeof output, slack(HANG)), 0);
    CHECK_TEXT(output, "");
}

/* All leases run out, as they do when processes are stopped for a minute. */
static void run_leases_out(const char *path) { change_ledger(path, "UPDATE holder SET until = 0"); }

/* ---- The programs for which time goes fast ---- */

static i2v_client *client_of(const char *path)
{
    i2v_config *config = ledger_config(NULL, path);
    /* In that time: some looks a second, and no limit that a busy machine comes near to. */
    i2v_config_set_poll_interval(config, 3000, 6000);
    i2v_config_set_connect_timeout(config, 600000);
    i2v_config_set_request_timeout(config, 3600000);
    return new_client(config);
}

static bool is_at_work(i2v_job *job)
{
    i2v_video *video = i2v_job_copy_video(job);
    bool is_so = video && i2v_video_get_status(video) == I2V_SERVICE_PROCESSING;
    i2v_video_release(video);
    return is_so;
}

/* A job of which there will be no more news. */
static i2v_job *start_waiting(i2v_client *client)
{
    i2v_job *job = start_job(client, new_request(), NULL);
    int tries;
    for (tries = 0; tries < 6000 && !is_at_work(job); tries++) sleep_ms(10);
    CHECK(is_at_work(job));
    CHECK_INT(i2v_job_get_state(job), I2V_JOB_WAITING);
    return job;
}

static size_t jobs_that_are_free(i2v_client *client)
{
    size_t count = 99;
    CHECK_STATUS(i2v_client_resume(client, NULL, NULL, NULL, 10, &count, NULL), I2V_OK);
    return count;
}

/* Lives for more than two leases, of a minute each, while other processes look what is free. */
static void live_long(const char *path, int factor)
{
    i2v_client *client = client_of(path);
    i2v_job *job = start_waiting(client);
    const char *arguments[6] = {"--lease", "look", NULL, NULL, NULL, NULL};
    char output[1024] = "";
    int64_t start = now_ms();
    arguments[2] = sandbox_url();
    arguments[3] = sandbox_picture();
    arguments[4] = path;
    do {
        sleep_ms(10000 / factor);
        if (!CHECK_INT(run_program(arguments, NULL, output, sizeof output, slack(HANG) * factor), 0)) break;
    } while (now_ms() - start < 150000);
    CHECK_TEXT(output, "");
    CHECK_INT(i2v_job_get_state(job), I2V_JOB_WAITING);
    CHECK_STATUS(i2v_client_check_ledger(client, NULL), I2V_OK);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

/* Nothing happens to the job that has been taken up elsewhere, so that only the lease can tell. */
static void wake_up_late(const char *path)
{
    i2v_client *first = client_of(path), *second = client_of(path);
    i2v_job *job = start_waiting(first);
    int tries;
    run_leases_out(path);
    CHECK_INT(jobs_that_are_free(second), 1);
    for (tries = 0; tries < 6000 && i2v_job_get_state(job) != I2V_JOB_FAILED; tries++) sleep_ms(10);
    CHECK_STATUS(i2v_job_wait(job, 0, NULL), I2V_ERROR_LEDGER);
    CHECK_INT(jobs_that_are_free(first), 0);
    CHECK_INT(i2v_client_get_job_count(second), 1);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(first), I2V_OK);
    CHECK_STATUS(i2v_client_destroy(second), I2V_OK);
}

int run_lease(const char *how, const char *url, const char *picture, const char *path)
{
    const int *factor = dlsym(dlopen(NULL, RTLD_NOW), "i2v_clock_factor");
    int64_t start = now_ms();
    if (!factor) return 99;
    sandbox_join(url, picture);
    sleep_ms(20);
    CHECK_BETWEEN(now_ms() - start, 20 * *factor, slack(HANG) * *factor);
    if (strcmp(how, "look") == 0) {
        i2v_client *client = client_of(path);
        CHECK_INT(jobs_that_are_free(client), 0);
        CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    }
    if (strcmp(how, "live long") == 0) live_long(path, *factor);
    if (strcmp(how, "wake up late") == 0) wake_up_late(path);
    return failed_checks() == 0 ? 0 : 1;
}

/* ---- The tests ---- */

static void run_fast(const char *how, const char *path)
{
    const char *arguments[6] = {"--lease", NULL, NULL, NULL, NULL, NULL};
    char output[4096] = "";
    arguments[1] = how;
    arguments[2] = sandbox_url();
    arguments[3] = sandbox_picture();
    arguments[4] = path;
    sandbox_faults(FAULT_NEVER_FINISHED);
    CHECK_INT(run_program(arguments, preload("clock-fast"), output, sizeof output, 4 * slack(HANG)), 0);
    CHECK_TEXT(output, "");
    sandbox_faults("[]");
    CHECK_INT(resume_all(path, NULL), 1);
    CHECK_INT(sandbox_count("creates_processed"), 1);
}

static void job_is_held_for_as_long_as_its_client_lives(void) { run_fast("live long", new_ledger("long.db")); }

static void lease_that_ran_out_is_noticed_without_any_news(void) { run_fast("wake up late", new_ledger("late.db")); }

/* The ledger's one job. */
static bool is_written_as_at_work(const char *path)
{
    i2v_ledger *ledger = NULL;
    bool is_so = i2v_ledger_open(path, &ledger, NULL) == I2V_OK
                 && strstr(i2v_ledger_get_json(ledger, 0), "\"service_status\":2");
    i2v_ledger_destroy(ledger);
    return is_so;
}

static void job_that_was_taken_up_elsewhere_ends_here(void)
{
    const char *path = new_ledger("taken.db"), *target = temp_path("ledger-taken.mp4");
    i2v_client *first = new_client(ledger_config(NULL, path)), *second = new_client(ledger_config(NULL, path));
    watch here = {0}, there = {0};
    i2v_job *job, *taken = NULL;
    i2v_ledger *ledger;
    i2v_error *error;
    size_t count = 9;
    sandbox_faults(FAULT_NEVER_FINISHED);
    job = start_job(first, new_request_to(target), &here);
    /* Whoever writes renews its lease: the last news must be in the ledger before the leases run out. */
    CHECK_COMES(is_at_work(job) && is_written_as_at_work(path));
    run_leases_out(path);
    CHECK_STATUS(i2v_client_resume(second, watch_event, &there, &taken, 1, &count, NULL), I2V_OK);
    CHECK_INT(count, 1);
    CHECK_TEXT(i2v_job_get_id(taken), i2v_job_get_id(job));
    sandbox_faults("[]");
    CHECK_STATUS(finish_job(job), I2V_ERROR_LEDGER);
    CHECK_STATUS(finish_job(taken), I2V_OK);
    CHECK(here.done == 1 && there.done == 1);
    error = i2v_job_copy_error(job);
    CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_CERTAIN);
    i2v_error_destroy(error);
    CHECK_INT(i2v_job_get_state(taken), I2V_JOB_SAVED);
    CHECK(is_mp4(target) && !file_exists(temp_path("ledger-taken.mp4.part")));
    CHECK_INT(sandbox_count("creates_processed"), 1);
    i2v_job_release(job);
    i2v_job_release(taken);
    CHECK_STATUS(i2v_client_destroy(first), I2V_OK);
    CHECK_STATUS(i2v_client_destroy(second), I2V_OK);
    ledger = read_ledger(path, 1);
    CHECK_INT(i2v_ledger_get_state(ledger, 0), I2V_JOB_SAVED);
    CHECK_STATUS(i2v_ledger_get_status(ledger, 0), I2V_OK);
    CHECK(!i2v_ledger_get_open(ledger, 0));
    i2v_ledger_destroy(ledger);
    CHECK_INT(resume_all(path, NULL), 0);
}

/* One create is on the wire and another behind it, which is whose who took it up. */
static void create_that_was_taken_up_elsewhere_does_not_leave_here(void)
{
    const char *path = new_ledger("twice.db"), *target = temp_path("ledger-twice.mp4");
    i2v_config *config = ledger_config(NULL, path);
    i2v_client *first, *second = new_client(ledger_config(NULL, path));
    i2v_job *sent, *waiting, *taken[2] = {NULL, NULL};
    watch here = {0};
    size_t count = 9;
    i2v_config_set_max_requests(config, 1);
    i2v_config_set_request_timeout(config, 4 * enough());
    first = new_client(config);
    sandbox_faults("[{\"route\":\"create\",\"hang\":true,\"when\":\"after\"}]");
    sent = start_job(first, new_request(), NULL);
    CHECK(sandbox_reaches("creates_processed", 1));
    waiting = start_job(first, new_request_to(target), &here);
    CHECK(ledger_reaches(path, 2));
    run_leases_out(path);
    CHECK_STATUS(i2v_client_resume(second, NULL, NULL, taken, 2, &count, NULL), I2V_OK);
    CHECK_INT(count, 2);
    CHECK_STATUS(finish_job(taken[0]), I2V_ERROR_OUTCOME_UNKNOWN);
    CHECK_STATUS(finish_job(taken[1]), I2V_OK);
    CHECK(is_mp4(target));
    /* The first sees that only when it is done with what is on the wire. */
    CHECK_STATUS(finish_job(waiting), I2V_ERROR_LEDGER);
    CHECK_INT(here.done, 1);
    CHECK_STATUS(finish_job(sent), I2V_ERROR_OUTCOME_UNKNOWN);
    CHECK_INT(sandbox_count("creates_processed"), 2);
    CHECK_INT(sandbox_count("create"), 2);
    i2v_job_release(sent);
    i2v_job_release(waiting);
    i2v_job_release(taken[0]);
    i2v_job_release(taken[1]);
    CHECK_STATUS(i2v_client_destroy(first), I2V_OK);
    CHECK_STATUS(i2v_client_destroy(second), I2V_OK);
    CHECK_INT(resume_all(path, NULL), 0);
}

/* Another process took them up, and died. The one that was only waiting here must not leave for both of its jobs,
   which get a place at the same time. */
static void create_that_comes_back_leaves_once(void)
{
    const char *path = new_ledger("back.db");
    i2v_config *config = ledger_config(NULL, path);
    i2v_client *client;
    i2v_job *jobs[3], *taken[3] = {NULL, NULL, NULL};
    size_t count = 9;
    int index;
    i2v_config_set_max_requests(config, 2);
    i2v_config_set_request_timeout(config, 4 * enough());
    client = new_client(config);
    sandbox_faults("[{\"route\":\"create\",\"hang\":true,\"when\":\"after\",\"times\":2},"
                   "{\"route\":\"create\",\"latency_ms\":500,\"times\":-1}]");
    for (index = 0; index < 2; index++) jobs[index] = start_job(client, new_request(), NULL);
    CHECK(sandbox_reaches("creates_processed", 2));
    jobs[2] = start_job(client, new_request(), NULL);
    CHECK(ledger_reaches(path, 3));
    change_ledger(path, "DELETE FROM holder; UPDATE job SET holder = 99");
    CHECK_STATUS(i2v_client_resume(client, NULL, NULL, taken, 3, &count, NULL), I2V_OK);
    CHECK_INT(count, 3);
    for (index = 0; index < 2; index++) {
        CHECK_STATUS(finish_job(taken[index]), I2V_ERROR_OUTCOME_UNKNOWN);
        CHECK_STATUS(finish_job(jobs[index]), I2V_ERROR_OUTCOME_UNKNOWN);
    }
    CHECK_STATUS(finish_job(jobs[2]), I2V_ERROR_LEDGER);
    CHECK_STATUS(finish_job(taken[2]), I2V_OK);
    CHECK_INT(sandbox_count("creates_processed"), 3);
    CHECK_INT(sandbox_count("create"), 3);
    for (index = 0; index < 3; index++) {
        i2v_job_release(jobs[index]);
        i2v_job_release(taken[index]);
    }
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    CHECK_INT(resume_all(path, NULL), 0);
}

/* ---- What takes its time ---- */

/* Fails until it is left alone, and says nothing to the request that is to show whether it is well again. */
static bool fail_and_fall_silent(server *server, int descriptor, const char *request, int connection)
{
    (void)request;
    (void)connection;
    if (server_count(server, "/resultsByIds ") > 5) server_hang(descriptor);
    else server_reply(descriptor, "503 Service Unavailable", "", "");
    return true;
}

typedef struct {
    int64_t start, time;
    bool is_over;
} moment;

static void note_giving_up(i2v_log_level level, const char *message, void *user_data)
{
    moment *its = user_data;
    (void)level;
    if (!strstr(message, "create") || !strstr(message, "left alone") || flag_is_up(&its->is_over)) return;
    its->time = now_ms();
    flag_raise(&its->is_over);
}

static void create_does_not_wait_long_for_a_host_that_is_left_alone(void)
{
    server *server = server_start(fail_and_fall_silent, NULL);
    i2v_config *config = new_config(server_url(server));
    moment its = {0, 0, false};
    i2v_client *client;
    i2v_job *job = NULL, *looked_at = NULL;
    i2v_error *error;
    i2v_config_set_log(config, I2V_LOG_WARNING, note_giving_up, &its);
    client = new_client(config);
    CHECK_STATUS(i2v_client_attach(client, "an-id", NULL, false, NULL, NULL, &looked_at, NULL), I2V_OK);
    CHECK(server_reaches(server, "/resultsByIds ", 6));
    its.start = now_ms();
    job = start_job(client, new_request(), NULL);
    CHECK_COMES(flag_is_up(&its.is_over));
    CHECK_BETWEEN(its.time - its.start, 15000, slack(30000 + BUSY));
    CHECK_INT(server_count(server, "/createBySourcePrompt "), 0);
    CHECK_STATUS(i2v_job_cancel(job), I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_ERROR_CANCELLED);
    error = i2v_job_copy_error(job);
    CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_NONE);
    i2v_error_destroy(error);
    i2v_job_release(job);
    i2v_job_release(looked_at);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    server_stop(server);
}

void suite_lease(void)
{
    RUN(lease_that_ran_out_is_noticed_without_any_news);
    RUN(job_that_was_taken_up_elsewhere_ends_here);
    RUN(create_that_was_taken_up_elsewhere_does_not_leave_here);
    RUN(create_that_comes_back_leaves_once);
}

void suite_patience(void)
{
    RUN(create_does_not_wait_long_for_a_host_that_is_left_alone);
    RUN(job_is_held_for_as_long_as_its_client_lives);
}
