/* What was submitted is on disk before it leaves, and somebody goes on with it when its process is gone. */
#include "support.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- Written down in time ---- */

typedef struct {
    const char *path;
    size_t records;
    bool open, sent;
} seen;

static bool look_into_the_ledger(server *server, int descriptor, const char *request, int connection)
{
    seen *its = server_state(server);
    (void)connection;
    if (strstr(request, "createBySourcePrompt")) {
        i2v_ledger *ledger = NULL;
        if (i2v_ledger_open(its->path, &ledger, NULL) == I2V_OK) {
            its->records = i2v_ledger_get_count(ledger);
            its->open = i2v_ledger_get_open(ledger, 0);
            its->sent = strstr(i2v_ledger_get_json(ledger, 0), "\"sent\":") != NULL;
        }
        i2v_ledger_destroy(ledger);
    }
    server_json(descriptor, "{\"code\":1000,\"data\":{\"_id\":\"an-id\",\"status\":1}}");
    return true;
}

typedef struct {
    const char *path;
    char id[64];
} told;

static void read_the_id(i2v_job *job, i2v_event event, void *context)
{
    told *its = context;
    i2v_ledger *ledger = NULL;
    (void)job;
    if (event != I2V_EVENT_CREATED) return;
    if (i2v_ledger_open(its->path, &ledger, NULL) == I2V_OK && i2v_ledger_get_id(ledger, 0))
        snprintf(its->id, sizeof its->id, "%s", i2v_ledger_get_id(ledger, 0));
    i2v_ledger_destroy(ledger);
}

static void create_is_on_disk_before_it_leaves_and_its_id_before_it_is_told(void)
{
    seen its = {0};
    told id = {0};
    server *server = server_start(look_into_the_ledger, &its);
    i2v_client *client;
    i2v_request *request = new_request();
    i2v_job *job = NULL;
    id.path = its.path = new_ledger("intent.db");
    client = new_client(ledger_config(server_url(server), its.path));
    CHECK_STATUS(i2v_client_submit(client, request, read_the_id, &id, &job, NULL), I2V_OK);
    CHECK(reach_state(client, job, I2V_JOB_WAITING));
    i2v_client_dispatch(client, 200, NULL, NULL);
    CHECK_INT(its.records, 1);
    CHECK(its.open && its.sent);
    CHECK_TEXT(id.id, "an-id");
    i2v_job_release(job);
    i2v_request_destroy(request);
    i2v_client_destroy(client);
    server_stop(server);
}

/* Whether as many creates are marked as sent as have arrived, this one included. */
static size_t count_the_marks(seen *its)
{
    i2v_ledger *ledger = NULL;
    size_t index, marks = 0;
    if (i2v_ledger_open(its->path, &ledger, NULL) == I2V_OK)
        for (index = 0; index < i2v_ledger_get_count(ledger); index++)
            marks += strstr(i2v_ledger_get_json(ledger, index), "\"sent\":") != NULL;
    i2v_ledger_destroy(ledger);
    if (marks < ++its->records) its->sent = false;
    return its->records;
}

static bool look_at_the_marks(server *server, int descriptor, const char *request, int connection)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    char body[80];
    size_t number = 0;
    (void)connection;
    if (strstr(request, "createBySourcePrompt")) {
        pthread_mutex_lock(&lock);
        number = count_the_marks(server_state(server));
        pthread_mutex_unlock(&lock);
    }
    snprintf(body, sizeof body, "{\"code\":1000,\"data\":{\"_id\":\"%d\",\"status\":1}}", (int)number);
    server_json(descriptor, body);
    return true;
}

static void what_waited_for_its_turn_is_on_disk_as_sent_before_it_leaves(void)
{
    seen its = {0};
    server *server = server_start(look_at_the_marks, &its);
    i2v_config *config;
    i2v_client *client;
    int index;
    its.path = new_ledger("turn.db");
    its.sent = true;
    config = ledger_config(server_url(server), its.path);
    i2v_config_set_max_rate(config, 5);
    i2v_config_set_max_requests(config, 1);
    client = new_client(config);
    for (index = 0; index < 14; index++) i2v_job_release(start_job(client, new_request(), NULL));
    /* Ten go one after the other, and the rest as the rate allows. */
    CHECK(server_reaches(server, "createBySourcePrompt", 14));
    i2v_client_destroy(client);
    server_stop(server);
    CHECK(its.sent);
}

static int begin_with(const char *path)
{
    i2v_config *config = ledger_config(NULL, path);
    i2v_client *client = NULL;
    i2v_error *error = NULL;
    i2v_status status = i2v_client_create(config, &client, &error);
    if (status != I2V_OK) printf("\n    %s", i2v_error_get_message(error));
    fflush(stdout);
    i2v_error_destroy(error);
    i2v_client_destroy(client);
    i2v_config_destroy(config);
    return status;
}

/* A file nobody has made yet, made by many at once. */
static void processes_may_all_begin_with_one_new_ledger(void)
{
    /* Fewer where all is slow, as under valgrind. */
    int round, index, rounds = slack(1000) > 1000 ? 2 : 10;
    for (round = 0; round < rounds; round++) {
        const char *path = new_ledger("begin.db");
        pid_t children[8];
        int gate[2];
        REQUIRE(pipe(gate) == 0);
        fflush(stdout);
        for (index = 0; index < 8; index++) {
            children[index] = fork();
            if (children[index] == 0) {
                char wait;
                close(gate[1]);
                (void)!read(gate[0], &wait, 1);
                _exit(begin_with(path));
            }
        }
        close(gate[0]);
        close(gate[1]);
        for (index = 0; index < 8; index++) {
            int status = 0;
            CHECK(waitpid(children[index], &status, 0) == children[index]);
            CHECK(WIFEXITED(status));
            CHECK_STATUS(WEXITSTATUS(status), I2V_OK);
        }
    }
}

static void records_tell_how_it_ended(void)
{
    const char *path = new_ledger("ended.db"), *target = temp_path("ledger-kept.mp4");
    i2v_client *client = new_client(ledger_config(NULL, path));
    i2v_ledger *ledger;
    i2v_job *job = run_job(client, new_request_to(target), NULL, I2V_OK);
    size_t removed = 0;
    i2v_job_release(job);
    sandbox_faults("[{\"route\":\"create\",\"code\":1006},{\"route\":\"create\",\"close\":true}]");
    i2v_job_release(run_job(client, new_request(), NULL, I2V_ERROR_QUOTA));
    i2v_job_release(run_job(client, new_request(), NULL, I2V_ERROR_OUTCOME_UNKNOWN));
    ledger = read_ledger(path, 3);
    CHECK_INT(i2v_ledger_get_state(ledger, 0), I2V_JOB_SAVED);
    CHECK_TEXT(i2v_ledger_get_path(ledger, 0), target);
    CHECK(i2v_ledger_get_id(ledger, 0) != NULL);
    CHECK_INT(i2v_ledger_get_charge(ledger, 0), I2V_CHARGE_CERTAIN);
    CHECK_CONTAINS(i2v_ledger_get_json(ledger, 0), "\"deduction_credit\":20");
    CHECK_STATUS(i2v_ledger_get_status(ledger, 1), I2V_ERROR_QUOTA);
    CHECK_INT(i2v_ledger_get_charge(ledger, 1), I2V_CHARGE_NONE);
    CHECK_STATUS(i2v_ledger_get_status(ledger, 2), I2V_ERROR_OUTCOME_UNKNOWN);
    CHECK_INT(i2v_ledger_get_charge(ledger, 2), I2V_CHARGE_POSSIBLE);
    CHECK(!i2v_ledger_get_open(ledger, 0) && !i2v_ledger_get_open(ledger, 1) && !i2v_ledger_get_open(ledger, 2));
    CHECK(i2v_ledger_get_json(ledger, 3) == NULL && i2v_ledger_get_id(ledger, (size_t)-1) == NULL);
    i2v_ledger_destroy(ledger);
    i2v_client_destroy(client);
    CHECK_INT(resume_all(path, NULL), 0);
    sleep_ms(5);
    CHECK_STATUS(i2v_ledger_prune(path, 3600000, &removed, NULL), I2V_OK);
    CHECK_INT(removed, 0);
    CHECK_STATUS(i2v_ledger_prune(path, 0, &removed, NULL), I2V_OK);
    /* The lost one may still be found. */
    CHECK_INT(removed, 2);
    ledger = read_ledger(path, 1);
    CHECK_STATUS(i2v_ledger_get_status(ledger, 0), I2V_ERROR_OUTCOME_UNKNOWN);
    i2v_ledger_destroy(ledger);
}

/* ---- Gone on with ---- */

static void die_in_all_stages(const char *path)
{
    i2v_config *config = ledger_config(NULL, path);
    i2v_client *client;
    i2v_job *job;
    int index;
    i2v_config_set_max_requests(config, 1);
    client = new_client(config);
    sandbox_faults("[{\"route\":\"results\",\"times\":-1,\"row\":{\"status\":2,\"video_url\":null}},"
                   "{\"route\":\"create\",\"skip\":1,\"hang\":true,\"when\":\"after\"}]");
    job = start_job(client, new_request_to(temp_path("stage-0.mp4")), NULL);
    reach_state(client, job, I2V_JOB_WAITING);
    start_job(client, new_request_to(temp_path("stage-1.mp4")), NULL);
    sandbox_reaches("creates_processed", 2);
    for (index = 2; index < 6; index++) {
        char name[32];
        snprintf(name, sizeof name, "stage-%d.mp4", index);
        start_job(client, new_request_to(temp_path(name)), NULL);
    }
    ledger_reaches(path, 6);
}

static void jobs_of_a_dead_process_are_gone_on_with(void)
{
    const char *path = new_ledger("stages.db");
    watch watched = {0};
    i2v_ledger *ledger;
    int index, saved = 0, lost = 0;
    in_a_process_that_dies(die_in_all_stages, path);
    ledger = read_ledger(path, 6);
    CHECK(i2v_ledger_get_id(ledger, 0) != NULL && i2v_ledger_get_open(ledger, 5));
    i2v_ledger_destroy(ledger);
    sandbox_faults("[]");

    CHECK_INT(resume_all(path, &watched), 6);
    CHECK_INT(watched.done, 6);
    ledger = read_ledger(path, 6);
    for (index = 0; index < 6; index++) {
        saved += i2v_ledger_get_state(ledger, (size_t)index) == I2V_JOB_SAVED
                 && is_mp4(i2v_ledger_get_path(ledger, (size_t)index));
        lost += i2v_ledger_get_status(ledger, (size_t)index) == I2V_ERROR_OUTCOME_UNKNOWN;
        CHECK(!i2v_ledger_get_open(ledger, (size_t)index));
    }
    i2v_ledger_destroy(ledger);
    /* The one on the wire is not known; those behind it were certainly not sent, and are now. */
    CHECK_INT(saved, 5);
    CHECK_INT(lost, 1);
    CHECK_INT(sandbox_count("creates_processed"), 6);
    CHECK_INT(resume_all(path, NULL), 0);
}

static void die_with_a_relative_target(const char *path)
{
    i2v_client *client = new_client(ledger_config(NULL, path));
    i2v_job *job;
    CHECK(chdir(temp_path("")) == 0);
    sandbox_faults("[{\"route\":\"results\",\"times\":-1,\"row\":{\"status\":2,\"video_url\":null}}]");
    job = start_job(client, new_request_to("ledger-relative.mp4"), NULL);
    reach_state(client, job, I2V_JOB_WAITING);
}

static void relative_target_is_the_same_file_in_another_process(void)
{
    const char *path = new_ledger("relative.db");
    i2v_ledger *ledger;
    in_a_process_that_dies(die_with_a_relative_target, path);
    sandbox_faults("[]");
    CHECK_INT(resume_all(path, NULL), 1);
    CHECK(is_mp4(temp_path("ledger-relative.mp4")));
    ledger = read_ledger(path, 1);
    CHECK(i2v_ledger_get_path(ledger, 0)[0] == '/');
    i2v_ledger_destroy(ledger);
}

/* What ended may be pruned while its process still has it, and is written down anew when it goes on. */
static void pruned_job_can_still_be_fetched(void)
{
    const char *path = new_ledger("fetched-late.db"), *target = temp_path("fetched-late.mp4");
    i2v_client *client = new_client(ledger_config(NULL, path));
    i2v_job *job = run_job(client, new_request(), NULL, I2V_OK);
    i2v_ledger *ledger;
    size_t removed = 0;
    sleep_ms(5);
    CHECK_STATUS(i2v_ledger_prune(path, 0, &removed, NULL), I2V_OK);
    CHECK_INT(removed, 1);
    CHECK_STATUS(i2v_job_fetch(job, target, false, NULL, NULL, NULL), I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK(is_mp4(target));
    ledger = read_ledger(path, 1);
    CHECK_TEXT(i2v_ledger_get_path(ledger, 0), target);
    CHECK_INT(i2v_ledger_get_state(ledger, 0), I2V_JOB_SAVED);
    i2v_ledger_destroy(ledger);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void die_with_an_unsent_batch(const char *path)
{
    i2v_config *config = ledger_config(NULL, path);
    i2v_client *client;
    i2v_request *request = new_request_to(temp_path("ledger-batch.mp4"));
    i2v_config_set_max_requests(config, 1);
    client = new_client(config);
    sandbox_faults("[{\"route\":\"create\",\"hang\":true}]");
    start_job(client, new_request(), NULL);
    sandbox_reaches("create", 1);
    i2v_request_set_count(request, 3);
    i2v_client_submit_batch(client, request, NULL, NULL, NULL, 0, NULL);
    ledger_reaches(path, 4);
}

static void batch_that_was_not_sent_is_sent_as_one(void)
{
    const char *path = new_ledger("batch.db");
    watch watched = {0};
    in_a_process_that_dies(die_with_an_unsent_batch, path);
    sandbox_faults("[]");
    CHECK_INT(resume_all(path, &watched), 4);
    CHECK_INT(sandbox_count("batch"), 1);
    CHECK_INT(sandbox_count("creates_processed"), 1);
    CHECK(is_mp4(temp_path("ledger-batch-1.mp4")) && is_mp4(temp_path("ledger-batch-2.mp4")) && is_mp4(temp_path("ledger-batch-3.mp4")));
}

static void living_client_keeps_its_jobs(void)
{
    const char *path = new_ledger("living.db");
    i2v_client *first = new_client(ledger_config(NULL, path));
    i2v_client *second = new_client(ledger_config(NULL, path));
    i2v_job *job, *taken[4] = {NULL};
    size_t count = 9;
    watch watched = {0};
    sandbox_faults(FAULT_NEVER_FINISHED);
    job = start_job(first, new_request(), NULL);
    CHECK(reach_state(first, job, I2V_JOB_WAITING));
    CHECK_STATUS(i2v_client_resume(second, NULL, NULL, NULL, 10, &count, NULL), I2V_OK);
    CHECK_INT(count, 0);
    CHECK_STATUS(i2v_client_resume(first, NULL, NULL, NULL, 10, &count, NULL), I2V_OK);
    CHECK_INT(count, 0);

    /* Destroyed, it leaves them to others. */
    CHECK_STATUS(i2v_client_destroy(first), I2V_OK);
    CHECK_STATUS(i2v_client_resume(second, watch_event, &watched, taken, 4, &count, NULL), I2V_OK);
    CHECK_INT(count, 1);
    CHECK_TEXT(i2v_job_get_id(taken[0]), i2v_job_get_id(job));

    /* What its host cancels is finished for good. */
    CHECK_STATUS(i2v_job_cancel(taken[0]), I2V_OK);
    CHECK_STATUS(finish_job(taken[0]), I2V_ERROR_CANCELLED);
    CHECK_STATUS(i2v_client_resume(second, NULL, NULL, NULL, 10, &count, NULL), I2V_OK);
    CHECK_INT(count, 0);
    CHECK_STATUS(i2v_client_destroy(second), I2V_OK);
    i2v_job_release(job);
    i2v_job_release(taken[0]);
    CHECK_INT(sandbox_count("creates_processed"), 1);
}

static void deadline_leaves_the_job_to_be_resumed(void)
{
    const char *path = new_ledger("deadline.db");
    i2v_client *client = new_client(ledger_config(NULL, path));
    i2v_request *request = new_request_to(temp_path("ledger-later.mp4"));
    i2v_job *job;
    i2v_request_set_deadline(request, enough());
    sandbox_faults(FAULT_NEVER_FINISHED);
    job = run_job(client, request, NULL, I2V_ERROR_DEADLINE);
    i2v_job_release(job);
    i2v_client_destroy(client);
    sandbox_faults("[]");
    /* The deadline begins anew. */
    CHECK_INT(resume_all(path, NULL), 1);
    CHECK(is_mp4(temp_path("ledger-later.mp4")));
}

static void part_file_of_others_stays_while_a_download_waits(void)
{
    const char *part = temp_path("ledger-waits.mp4.part");
    i2v_config *config = ledger_config(NULL, new_ledger("waits.db"));
    i2v_client *client;
    i2v_job *first, *second;
    i2v_config_set_max_downloads(config, 1);
    client = new_client(config);
    write_file(part, "mine");
    sandbox_faults("[{\"route\":\"video\",\"hang\":true}]");
    first = start_job(client, new_request_to(temp_path("ledger-first.mp4")), NULL);
    CHECK(sandbox_reaches("video", 1));
    second = start_job(client, new_request_to(temp_path("ledger-waits.mp4")), NULL);
    CHECK(reach_state(client, second, I2V_JOB_FETCHING));
    i2v_job_cancel(second);
    CHECK_STATUS(finish_job(second), I2V_ERROR_CANCELLED);
    CHECK_INT(file_size(part), 4);
    i2v_job_release(first);
    i2v_job_release(second);
    i2v_client_destroy(client);
}

static void die_in_a_download(const char *path)
{
    i2v_client *client = new_client(ledger_config(NULL, path));
    int64_t received = 0;
    i2v_job *job;
    sandbox_faults("[{\"route\":\"video\",\"stall_after\":20000}]");
    job = start_job(client, new_request_to(temp_path("ledger-download.mp4")), NULL);
    while (received < 20000) {
        i2v_client_dispatch(client, 20, NULL, NULL);
        i2v_job_get_progress(job, &received, NULL);
    }
    sleep_ms(100);
}

static void die_before_a_download_brings_anything(const char *path)
{
    i2v_client *client = new_client(ledger_config(NULL, path));
    sandbox_faults("[{\"route\":\"video\",\"hang\":true}]");
    start_job(client, new_request_to(temp_path("ledger-empty.mp4")), NULL);
    sandbox_reaches("video", 1);
}

/* Whoever goes on may have no use for it. */
static void part_file_of_a_dead_process_is_removed(void)
{
    const char *path = new_ledger("empty.db");
    watch watched = {0};
    in_a_process_that_dies(die_before_a_download_brings_anything, path);
    CHECK(file_exists(temp_path("ledger-empty.mp4.part")));
    sandbox_faults("[{\"route\":\"results\",\"times\":-1,\"row\":{\"status\":4}}]");
    CHECK_INT(resume_all(path, &watched), 1);
    CHECK_STATUS(watched.status, I2V_ERROR_JOB_FAILED);
    CHECK(!file_exists(temp_path("ledger-empty.mp4.part")) && !file_exists(temp_path("ledger-empty.mp4")));
}

/* The job is taken up and goes on, and its host has no use for it any more. */
static void cancelled_after_resume(void (*die)(const char *), const char *path, const char *name)
{
    i2v_client *client;
    i2v_job *job = NULL;
    size_t count = 0;
    char target[300], part[310];
    snprintf(target, sizeof target, "%s", temp_path(name));
    snprintf(part, sizeof part, "%s.part", target);
    in_a_process_that_dies(die, path);
    CHECK(file_exists(part));
    sandbox_faults(FAULT_NEVER_FINISHED);
    client = new_client(ledger_config(NULL, path));
    CHECK_STATUS(i2v_client_resume(client, NULL, NULL, &job, 1, &count, NULL), I2V_OK);
    CHECK_INT(count, 1);
    CHECK(reach_state(client, job, I2V_JOB_WAITING));
    CHECK(sandbox_reaches("results", 1));
    CHECK_STATUS(i2v_job_cancel(job), I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_ERROR_CANCELLED);
    CHECK(!file_exists(part) && !file_exists(target));
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    CHECK_INT(resume_all(path, NULL), 0);
}

static void part_file_of_a_dead_process_goes_when_its_job_is_cancelled(void)
{
    remove(temp_path("ledger-empty.mp4.part"));
    cancelled_after_resume(die_before_a_download_brings_anything, new_ledger("given-up.db"), "ledger-empty.mp4");
    sandbox_reset();
    remove(temp_path("ledger-download.mp4.part"));
    remove(temp_path("ledger-download.mp4"));
    cancelled_after_resume(die_in_a_download, new_ledger("given-up.db"), "ledger-download.mp4");
}

/* What was there before, and was never written to, is not the job's. */
static void part_file_of_others_stays(void)
{
    const char *part = temp_path("ledger-others.mp4.part");
    i2v_client *client = new_client(ledger_config(NULL, new_ledger("others.db")));
    write_file(part, "mine");
    sandbox_faults("[{\"route\":\"results\",\"times\":-1,\"row\":{\"status\":4}}]");
    i2v_job_release(run_job(client, new_request_to(temp_path("ledger-others.mp4")), NULL, I2V_ERROR_JOB_FAILED));
    i2v_client_destroy(client);
    CHECK_INT(file_size(part), 4);
}

static void download_of_a_dead_process_goes_on_where_it_stopped(void)
{
    const char *path = new_ledger("download.db");
    json_t *requests;
    in_a_process_that_dies(die_in_a_download, path);
    CHECK_INT(file_size(temp_path("ledger-download.mp4.part")), 20000);
    sandbox_faults("[]");
    CHECK_INT(resume_all(path, NULL), 1);
    CHECK(is_mp4(temp_path("ledger-download.mp4")));
    CHECK(!file_exists(temp_path("ledger-download.mp4.part")));
    requests = sandbox_requests("video");
    CHECK_INT(json_array_size(requests), 2);
    CHECK_TEXT(recorded_header(json_array_get(requests, 1), "range"), "bytes=20000-");
    CHECK(recorded_header(json_array_get(requests, 1), "if-range") != NULL);
    json_decref(requests);
}

/* ---- Without ---- */

typedef struct {
    const char *path;
    bool required;
} wish;

/* Descriptors of this process for a file, or for others beside it. */
static int open_files(const char *path)
{
    int number, count = 0;
    for (number = 0; number < 1024; number++) {
        char link[64], name[512] = "";
        snprintf(link, sizeof link, "/proc/self/fd/%d", number);
        if (readlink(link, name, sizeof name - 1) > 0 && strncmp(name, path, strlen(path)) == 0) count++;
    }
    return count;
}

static void run_out_of_disk(void *context)
{
    wish *its = context;
    i2v_config *config = ledger_config(NULL, its->path);
    struct rlimit limit;
    i2v_client *client;
    i2v_error *error = NULL;
    i2v_job *job;
    i2v_config_set_ledger_required(config, its->required);
    client = new_client(config);
    CHECK_STATUS(i2v_client_check_ledger(client, NULL), I2V_OK);
    /* No file of this process grows any more: what a full disk is like. */
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = 1;
    setrlimit(RLIMIT_FSIZE, &limit);
    job = run_job(client, new_request(), NULL, its->required ? I2V_ERROR_LEDGER : I2V_OK);
    CHECK_STATUS(i2v_client_check_ledger(client, &error), I2V_ERROR_LEDGER);
    CHECK_CONTAINS(i2v_error_get_message(error), "ledger");
    i2v_error_destroy(error);
    error = i2v_job_copy_error(job);
    if (its->required) {
        CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_NONE);
        CHECK_TEXT(i2v_error_get_field(error), "ledger");
    }
    i2v_error_destroy(error);
    CHECK(open_files(its->path) > 0);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    /* What could not be written keeps nothing alive. */
    CHECK_INT(open_files(its->path), 0);
}

/* The ledger has the second create as not sent. When the first has gone, that it is sent cannot be written. */
static void run_out_of_disk_with_one_waiting(void *context)
{
    wish *its = context;
    i2v_config *config = ledger_config(NULL, its->path);
    struct rlimit limit;
    i2v_client *client;
    i2v_ledger *ledger;
    i2v_job *first, *second;
    i2v_config_set_ledger_required(config, its->required);
    i2v_config_set_max_requests(config, 1);
    client = new_client(config);
    sandbox_faults("[{\"route\":\"create\",\"latency_ms\":3000},{\"route\":\"results\",\"times\":-1,\"code\":1015}]");
    first = start_job(client, new_request(), NULL);
    second = start_job(client, new_request(), NULL);
    CHECK(sandbox_reaches("create", 1));
    CHECK(ledger_reaches(its->path, 2));
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = 1;
    setrlimit(RLIMIT_FSIZE, &limit);
    CHECK(reach_state(client, first, I2V_JOB_WAITING));
    i2v_client_dispatch(client, 1500, NULL, NULL);
    sleep_ms(1500);
    CHECK_INT(sandbox_count("create"), 1);
    CHECK_INT(i2v_job_get_state(second), I2V_JOB_SUBMITTING);
    ledger = read_ledger(its->path, 2);
    CHECK_LACKS(i2v_ledger_get_json(ledger, 1), "\"sent\":");
    i2v_ledger_destroy(ledger);
    i2v_job_release(first);
    i2v_job_release(second);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    CHECK_INT(open_files(its->path), 0);
}

static void what_waits_does_not_leave_unless_that_can_be_written(void)
{
    wish its = {NULL, true};
    its.path = new_ledger("waits.db");
    CHECK(holds_in_child(run_out_of_disk_with_one_waiting, &its));
    sandbox_reset();
    its.path = new_ledger("waits.db");
    its.required = false;
    CHECK(holds_in_child(run_out_of_disk_with_one_waiting, &its));
}

static void nothing_is_sent_that_cannot_be_written_down(void)
{
    wish its = {NULL, true};
    its.path = new_ledger("full.db");
    CHECK(holds_in_child(run_out_of_disk, &its));
    CHECK_INT(sandbox_count("create"), 0);
}

/* What is written to it then is found by nobody. */
static void ledger_that_is_gone_is_noticed(void)
{
    const char *path = new_ledger("gone.db");
    i2v_client *client = new_client(ledger_config(NULL, path));
    i2v_error *error = NULL;
    i2v_job_release(run_job(client, new_request(), NULL, I2V_OK));
    CHECK_STATUS(i2v_client_check_ledger(client, NULL), I2V_OK);
    new_ledger("gone.db");
    CHECK_STATUS(i2v_client_check_ledger(client, &error), I2V_ERROR_LEDGER);
    CHECK_ERROR(&error, I2V_ERROR_LEDGER, "ledger");
    i2v_job_release(run_job(client, new_request(), NULL, I2V_ERROR_LEDGER));
    CHECK_INT(sandbox_count("create"), 1);
    i2v_client_destroy(client);
}

static void destroyed_client_lets_go_of_its_ledger(void)
{
    const char *path = new_ledger("let-go.db");
    i2v_client *client = new_client(ledger_config(NULL, path));
    i2v_job *job = run_job(client, new_request(), NULL, I2V_OK);
    int status = 0;
    pid_t child;
    i2v_client_destroy(client);
    /* While somebody still holds the job. */
    fflush(stdout);
    child = fork();
    if (child == 0) {
        i2v_job_release(job);
        _exit(begin_with(path));
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK_STATUS(WEXITSTATUS(status), I2V_OK);
    i2v_job_release(job);
}

static void host_may_choose_to_go_on_without(void)
{
    wish its = {NULL, false};
    i2v_config *config;
    i2v_client *client = NULL;
    i2v_error *error = NULL;
    its.path = new_ledger("without.db");
    CHECK(holds_in_child(run_out_of_disk, &its));
    CHECK_INT(sandbox_count("create"), 1);

    /* The same for a ledger that cannot be opened. */
    write_file(temp_path("noledger.db"), "this is a text and not a database, and rather long for a header of "
                                         "one hundred bytes, as databases have them");
    config = ledger_config(NULL, temp_path("noledger.db"));
    CHECK_STATUS(i2v_client_create(config, &client, &error), I2V_ERROR_LEDGER);
    CHECK(client == NULL);
    CHECK_ERROR(&error, I2V_ERROR_LEDGER, "ledger");
    i2v_config_set_ledger_required(config, false);
    client = new_client(config);
    CHECK_STATUS(i2v_client_check_ledger(client, &error), I2V_ERROR_LEDGER);
    CHECK_ERROR(&error, I2V_ERROR_LEDGER, "ledger");
    i2v_job_release(run_job(client, new_request(), NULL, I2V_OK));
    CHECK_STATUS(i2v_client_resume(client, NULL, NULL, NULL, 1, NULL, NULL), I2V_ERROR_LEDGER);
    i2v_client_destroy(client);

    client = sandbox_client();
    CHECK_STATUS(i2v_client_check_ledger(client, NULL), I2V_ERROR_INVALID_STATE);
    CHECK_STATUS(i2v_client_resume(client, NULL, NULL, NULL, 1, NULL, NULL), I2V_ERROR_INVALID_STATE);
    CHECK_STATUS(i2v_client_resume(client, NULL, NULL, NULL, 0, NULL, NULL), I2V_ERROR_INVALID_ARGUMENT);
    i2v_client_destroy(client);
}

static void open_a_ledger_in_a_fork(void *path)
{
    i2v_config *config = ledger_config(NULL, path);
    i2v_client *client = NULL;
    i2v_ledger *ledger = NULL;
    CHECK_STATUS(i2v_client_create(config, &client, NULL), I2V_ERROR_FORKED);
    CHECK_STATUS(i2v_ledger_open(path, &ledger, NULL), I2V_ERROR_FORKED);
    i2v_config_set_ledger(config, "");
    CHECK_STATUS(i2v_client_create(config, &client, NULL), I2V_OK);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    i2v_config_destroy(config);
}

static void ledger_stays_with_the_process_that_opened_it(void)
{
    char path[256];
    i2v_client *client;
    snprintf(path, sizeof path, "%s", new_ledger("fork.db"));
    client = new_client(ledger_config(NULL, path));
    CHECK(holds_in_child(open_a_ledger_in_a_fork, path));
    i2v_job_release(run_job(client, new_request(), NULL, I2V_OK));
    i2v_client_destroy(client);
}

/* ---- Looking for what was lost ---- */

static i2v_job *lose_an_answer(i2v_client *client, i2v_request *request)
{
    sandbox_faults("[{\"route\":\"create\",\"close\":true,\"when\":\"after\"}]");
    return run_job(client, request, NULL, I2V_ERROR_OUTCOME_UNKNOWN);
}

static void lost_create_is_found_in_the_list(void)
{
    i2v_client *client = sandbox_client();
    watch watched = {0};
    i2v_job *job, *other = run_job(client, new_request(), NULL, I2V_OK);
    const char *target = temp_path("ledger-found.mp4");
    double deducted = 0, reserved = -1;
    job = lose_an_answer(client, new_request_to(target));
    CHECK_STATUS(i2v_job_reconcile(other, NULL, NULL, NULL), I2V_ERROR_INVALID_STATE);
    CHECK_STATUS(i2v_job_reconcile(job, watch_event, &watched, NULL), I2V_OK);
    CHECK_STATUS(i2v_job_reconcile(job, NULL, NULL, NULL), I2V_ERROR_INVALID_STATE);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK_INT(watched.order[0], 'C');
    CHECK_INT(watched.done, 1);
    CHECK_INT(watched.state, I2V_JOB_SAVED);
    CHECK(is_mp4(target));
    CHECK(strcmp(i2v_job_get_id(job), i2v_job_get_id(other)) != 0);
    CHECK_INT(sandbox_count("creates_processed"), 2);
    i2v_client_get_spending(client, &deducted, &reserved);
    CHECK(deducted == 40 && reserved == 0);
    i2v_job_release(job);
    i2v_job_release(other);
    i2v_client_destroy(client);
}

static void create_that_did_not_arrive_is_not_found(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job;
    i2v_error *error;
    sandbox_faults("[{\"route\":\"create\",\"close\":true}]");
    job = run_job(client, new_request(), NULL, I2V_ERROR_OUTCOME_UNKNOWN);
    CHECK_STATUS(i2v_job_reconcile(job, NULL, NULL, NULL), I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_ERROR_OUTCOME_UNKNOWN);
    error = i2v_job_copy_error(job);
    CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_POSSIBLE);
    CHECK(!i2v_error_get_retryable(error));
    CHECK_LACKS(i2v_error_get_message(error), "try again");
    i2v_error_destroy(error);
    CHECK_INT(sandbox_count("list"), 1);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

/* An account whose list has many videos that are newer than the one whose create was lost. */
enum { NEWER = 120, PAGE = 50 };

/* A page of the list, newest first; the lost one comes last, and older ones after it. */
static void send_page(server *server, int descriptor, int page, int64_t *now)
{
    char *body = malloc(PAGE * 512);
    size_t length = (size_t)sprintf(body, "{\"code\":1000,\"data\":{\"result\":[");
    int place;
    for (place = (page - 1) * PAGE; place < page * PAGE && place <= NEWER; place++) {
        length += (size_t)sprintf(body + length,
                                  "%s{\"_id\":\"id-%d\",\"status\":3,\"create_time\":%lld,\"image_url\":\"%s\","
                                  "\"prompt\":\"%s\",\"video_url\":\"%s/v\"}",
                                  place % PAGE ? "," : "", place, (long long)*now + NEWER - place, sandbox_picture(),
                                  place == NEWER ? "the lost one" : "another", server_url(server));
    }
    sprintf(body + length, "],\"count\":%d}}", NEWER + 1);
    server_json(descriptor, body);
    free(body);
}

static bool keep_a_long_list(server *server, int descriptor, const char *request, int connection)
{
    const char *page = strstr(request, "/video/list?page=");
    (void)connection;
    if (strstr(request, "/createBySourcePrompt ")) return false;
    if (page) send_page(server, descriptor, atoi(strchr(page, '=') + 1), server_state(server));
    else if (strstr(request, "GET /v ")) server_reply(descriptor, "200 OK", "", "the lost video");
    else {
        char row[256];
        snprintf(row, sizeof row,
                 "{\"code\":1000,\"data\":{\"result\":[{\"_id\":\"id-%d\",\"status\":3,\"video_url\":\"%s/v\"}]}}",
                 NEWER, server_url(server));
        server_json(descriptor, row);
    }
    return true;
}

static void lost_create_is_found_on_a_later_page(void)
{
    int64_t now = (int64_t)time(NULL) * 1000;
    server *server = server_start(keep_a_long_list, &now);
    i2v_client *client = new_client(new_config(server_url(server)));
    const char *target = temp_path("ledger-page.mp4");
    i2v_request *request = new_request_to(target);
    i2v_job *job;
    i2v_request_set_prompt(request, "the lost one");
    job = run_job(client, request, NULL, I2V_ERROR_OUTCOME_UNKNOWN);
    CHECK_STATUS(i2v_job_reconcile(job, NULL, NULL, NULL), I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK_TEXT(i2v_job_get_id(job), "id-120");
    CHECK_INT(file_size(target), strlen("the lost video"));
    CHECK_INT(server_count(server, "/video/list?page="), 3);
    CHECK_INT(server_count(server, "/video/list?page=3&"), 1);
    CHECK_INT(server_count(server, "/createBySourcePrompt "), 1);
    i2v_job_release(job);
    i2v_client_destroy(client);
    server_stop(server);
}

/* Two that look alike could be anybody's; the nonce in the webhook's address tells them apart. */
static void two_alike_are_told_apart_by_the_nonce_only(void)
{
    const char *path = new_ledger("alike.db");
    i2v_client *client = new_client(ledger_config(NULL, path));
    int round;
    for (round = 0; round < 2; round++) {
        i2v_job *jobs[2];
        int index;
        for (index = 0; index < 2; index++) {
            i2v_request *request = new_request();
            if (round == 1) i2v_request_set_webhook_url(request, "https://example.invalid/hook");
            jobs[index] = lose_an_answer(client, request);
        }
        for (index = 0; index < 2; index++) {
            CHECK_STATUS(i2v_job_reconcile(jobs[index], NULL, NULL, NULL), I2V_OK);
            CHECK_STATUS(finish_job(jobs[index]), round == 1 ? I2V_OK : I2V_ERROR_OUTCOME_UNKNOWN);
        }
        if (round == 1) CHECK(strcmp(i2v_job_get_id(jobs[0]), i2v_job_get_id(jobs[1])) != 0);
        i2v_job_release(jobs[0]);
        i2v_job_release(jobs[1]);
    }
    i2v_client_destroy(client);
}

/* Whoever lost it is gone; its ledger is not. */
static void earlier_lost_creates_are_looked_for(void)
{
    const char *path = new_ledger("earlier.db"), *target = temp_path("ledger-earlier.mp4");
    i2v_client *client = new_client(ledger_config(NULL, path));
    i2v_job *jobs[4] = {NULL};
    watch watched = {0};
    size_t count = 9;
    i2v_request *request = new_request();
    i2v_request_set_prompt(request, "one that does not arrive");
    sandbox_faults("[{\"route\":\"create\",\"close\":true}]");
    i2v_job_release(run_job(client, request, NULL, I2V_ERROR_OUTCOME_UNKNOWN));
    i2v_job_release(lose_an_answer(client, new_request_to(target)));
    i2v_job_release(run_job(client, new_request(), NULL, I2V_OK));
    i2v_client_destroy(client);

    client = new_client(ledger_config(NULL, path));
    CHECK_STATUS(i2v_client_resume(client, NULL, NULL, jobs, 4, &count, NULL), I2V_OK);
    CHECK_INT(count, 0);
    CHECK_STATUS(i2v_client_reconcile(client, watch_event, &watched, jobs, 4, &count, NULL), I2V_OK);
    CHECK_INT(count, 2);
    CHECK_STATUS(finish_job(jobs[0]), I2V_ERROR_OUTCOME_UNKNOWN);
    CHECK_STATUS(finish_job(jobs[1]), I2V_OK);
    CHECK_INT(watched.done, 2);
    CHECK(is_mp4(target));
    CHECK_INT(i2v_job_get_state(jobs[1]), I2V_JOB_SAVED);
    CHECK_INT(sandbox_count("list"), 1);
    i2v_job_release(jobs[0]);
    i2v_job_release(jobs[1]);
    /* What was not found may be looked for again, what was found not. */
    CHECK_STATUS(i2v_client_reconcile(client, NULL, NULL, jobs, 4, &count, NULL), I2V_OK);
    CHECK_INT(count, 1);
    CHECK_STATUS(finish_job(jobs[0]), I2V_ERROR_OUTCOME_UNKNOWN);
    i2v_job_release(jobs[0]);
    CHECK_INT(sandbox_count("creates_processed"), 2);
    i2v_client_destroy(client);
    client = sandbox_client();
    CHECK_STATUS(i2v_client_reconcile(client, NULL, NULL, jobs, 4, &count, NULL), I2V_ERROR_INVALID_STATE);
    CHECK_INT(count, 0);
    i2v_client_destroy(client);
}

static void ledger_functions_take_null(void)
{
    i2v_ledger *ledger = NULL;
    i2v_error *error = NULL;
    CHECK_STATUS(i2v_ledger_open(NULL, &ledger, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "path");
    CHECK_STATUS(i2v_ledger_open(temp_path("nowhere.db"), &ledger, NULL), I2V_ERROR_LEDGER);
    CHECK(ledger == NULL && !file_exists(temp_path("nowhere.db")));
    CHECK_STATUS(i2v_ledger_prune(NULL, 0, NULL, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_ledger_prune(temp_path("nowhere.db"), 0, NULL, NULL), I2V_ERROR_LEDGER);
    i2v_ledger_destroy(NULL);
    CHECK_INT(i2v_ledger_get_count(NULL), 0);
    CHECK(i2v_ledger_get_id(NULL, 0) == NULL && i2v_ledger_get_path(NULL, 0) == NULL);
    CHECK(i2v_ledger_get_json(NULL, 0) == NULL && !i2v_ledger_get_open(NULL, 0));
    CHECK_INT(i2v_ledger_get_state(NULL, 0), 0);
    CHECK_STATUS(i2v_ledger_get_status(NULL, 0), I2V_OK);
    CHECK_INT(i2v_ledger_get_charge(NULL, 0), I2V_CHARGE_NONE);
    CHECK_STATUS(i2v_client_resume(NULL, NULL, NULL, NULL, 1, NULL, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_client_reconcile(NULL, NULL, NULL, NULL, 1, NULL, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_client_check_ledger(NULL, NULL), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_job_reconcile(NULL, NULL, NULL, NULL), I2V_ERROR_INVALID_ARGUMENT);
}

void suite_ledger(void)
{
    RUN(create_is_on_disk_before_it_leaves_and_its_id_before_it_is_told);
    RUN(what_waited_for_its_turn_is_on_disk_as_sent_before_it_leaves);
    RUN(processes_may_all_begin_with_one_new_ledger);
    RUN(records_tell_how_it_ended);
    RUN(jobs_of_a_dead_process_are_gone_on_with);
    RUN(batch_that_was_not_sent_is_sent_as_one);
    RUN(relative_target_is_the_same_file_in_another_process);
    RUN(pruned_job_can_still_be_fetched);
    RUN(living_client_keeps_its_jobs);
    RUN(deadline_leaves_the_job_to_be_resumed);
    RUN(part_file_of_a_dead_process_is_removed);
    RUN(part_file_of_a_dead_process_goes_when_its_job_is_cancelled);
    RUN(part_file_of_others_stays);
    RUN(part_file_of_others_stays_while_a_download_waits);
    RUN(download_of_a_dead_process_goes_on_where_it_stopped);
    RUN(nothing_is_sent_that_cannot_be_written_down);
    RUN(what_waits_does_not_leave_unless_that_can_be_written);
    RUN(ledger_that_is_gone_is_noticed);
    RUN(destroyed_client_lets_go_of_its_ledger);
    RUN(host_may_choose_to_go_on_without);
    RUN(ledger_stays_with_the_process_that_opened_it);
    RUN(lost_create_is_found_in_the_list);
    RUN(lost_create_is_found_on_a_later_page);
    RUN(create_that_did_not_arrive_is_not_found);
    RUN(two_alike_are_told_apart_by_the_nonce_only);
    RUN(earlier_lost_creates_are_looked_for);
    RUN(ledger_functions_take_null);
}
