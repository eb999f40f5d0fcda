/* What is on the disk, and since when: before a create leaves, before a host is told, before a file has its name. And what
 * happens where nothing can be put there. */
#include "support.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- The program that is watched ---- */

static void (*record)(const char *what, const char *name);

static void record_event(i2v_job *job, i2v_event event, void *user_data)
{
    (void)job;
    (void)user_data;
    if (event == I2V_EVENT_CREATED) record("told", "created");
    if (event == I2V_EVENT_DONE) record("told", "done");
}

int run_recorded(const char *url, const char *picture, const char *path, const char *target, const char *log)
{
    void *program = dlopen(NULL, RTLD_NOW);
    volatile int *file = dlsym(program, "i2v_record_file");
    i2v_client *client;
    i2v_request *request;
    i2v_job *job = NULL;
    *(void **)&record = dlsym(program, "i2v_record");
    if (!file || !record) return 99;
    *file = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    sandbox_join(url, picture);
    request = new_request_to(target);
    client = new_client(ledger_config(NULL, path));
    record("submit", "");
    CHECK_STATUS(i2v_client_submit(client, request, record_event, NULL, &job, NULL), I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_OK);
    i2v_request_destroy(request);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    return failed_checks() == 0 ? 0 : 1;
}

/* ---- What it did, in which order ---- */

enum { MOST = 2000 };

typedef struct {
    char *text;
    const char *lines[MOST];
    int count;
} recording;

/* The number of the next line, after another, that begins like this; the number of lines when there is none. */
static int next_line(const recording *recording, int after, const char *beginning)
{
    int index = after + 1;
    while (index < recording->count && strncmp(recording->lines[index], beginning, strlen(beginning)) != 0) index++;
    return index;
}

/* The number of the last such line before another; -1 when there is none. */
static int last_line(const recording *recording, int before, const char *beginning)
{
    int index = before - 1;
    while (index >= 0 && strncmp(recording->lines[index], beginning, strlen(beginning)) != 0) index--;
    return index;
}

/* The file was written between two lines, and by the second one all of that was synced. */
static void check_synced(const recording *recording, const char *name, int from, int to)
{
    char write[128], sync[128];
    int written, synced;
    snprintf(write, sizeof write, "write %s", name);
    snprintf(sync, sizeof sync, "sync %s", name);
    written = last_line(recording, to, write);
    synced = last_line(recording, to, sync);
    if (!CHECK(from < written && written < synced))
        printf("\n    %s, from line %d to %d, is written in %d and synced in %d", name, from, to, written, synced);
}

static void record_a_job(recording *recording, const char *name, const char *target)
{
    const char *arguments[7] = {"--recorded", NULL, NULL, NULL, NULL, NULL, NULL};
    char output[1024] = "", log[256], *line, *rest = NULL;
    snprintf(log, sizeof log, "%s", temp_path("recorded.log"));
    arguments[1] = sandbox_url();
    arguments[2] = sandbox_picture();
    arguments[3] = new_ledger(name);
    arguments[4] = target;
    arguments[5] = log;
    CHECK_INT(run_program(arguments, preload("recorder"), output, sizeof output, slack(HANG)), 0);
    CHECK_TEXT(output, "");
    recording->text = read_file(log);
    for (line = recording->text ? strtok_r(recording->text, "\n", &rest) : NULL; line && recording->count < MOST;
         line = strtok_r(NULL, "\n", &rest))
        recording->lines[recording->count++] = line;
    CHECK_BETWEEN(recording->count, 10, MOST - 1);
    remove(log);
}

static void create_and_id_are_synced_before_they_leave_and_are_told(void)
{
    static recording recording;
    int submitted, sent, answered, told;
    memset(&recording, 0, sizeof recording);
    record_a_job(&recording, "synced.db", temp_path("synced.mp4"));
    submitted = next_line(&recording, -1, "submit");
    sent = next_line(&recording, submitted, "send POST /api/open/v4/image2Video/createBySourcePrompt");
    answered = next_line(&recording, sent, "receive HTTP/1.1 200");
    told = next_line(&recording, answered, "told created");
    CHECK(told < recording.count);
    CHECK_INT(next_line(&recording, -1, "send"), sent);
    check_synced(&recording, "synced.db-wal", submitted, sent);
    check_synced(&recording, "synced.db-wal", answered, told);
    free(recording.text);
}

static void file_is_synced_and_then_named_and_then_its_folder_synced(void)
{
    static recording recording;
    int named, folder, told;
    char path[512], sync[512], *resolved;
    memset(&recording, 0, sizeof recording);
    snprintf(path, sizeof path, "%s", temp_path("."));
    resolved = realpath(path, NULL);
    REQUIRE(resolved != NULL);
    snprintf(sync, sizeof sync, "sync %s", strrchr(resolved, '/') + 1);
    free(resolved);
    record_a_job(&recording, "named.db", temp_path("named.mp4"));
    named = next_line(&recording, -1, "rename named.mp4.part");
    told = next_line(&recording, named, "told done");
    CHECK(told < recording.count);
    check_synced(&recording, "named.mp4.part", -1, named);
    /* That it is whole is known before it has its name, and that it is saved when the name lasts. */
    check_synced(&recording, "named.db-wal", last_line(&recording, named, "sync named.mp4.part"), named);
    folder = next_line(&recording, named, sync);
    CHECK(folder < told);
    check_synced(&recording, "named.db-wal", folder, told);
    CHECK_INT(next_line(&recording, named, "write named.mp4"), recording.count);
    free(recording.text);
}

/* ---- A full disk ---- */

static volatile int *is_full, *refusals;

/* The disk is full when the client is made, on a ledger that is there or not. */
static void make_a_client_on_a_full_disk(const char *path)
{
    i2v_config *config = ledger_config(NULL, path);
    i2v_client *client = NULL;
    i2v_error *error = NULL;
    int before = *refusals;
    *is_full = 1;
    CHECK_STATUS(i2v_client_create(config, &client, &error), I2V_ERROR_LEDGER);
    *is_full = 0;
    CHECK(client == NULL);
    CHECK(*refusals > before);
    if (!CHECK(i2v_error_get_retryable(error))) CHECK_TEXT(i2v_error_get_message(error), "");
    CHECK_ERROR(&error, I2V_ERROR_LEDGER, "ledger");
    i2v_config_destroy(config);
}

static void submit_on_a_full_disk(i2v_client *client)
{
    i2v_error *error = NULL;
    i2v_job *job;
    *is_full = 1;
    job = run_job(client, new_request(), NULL, I2V_ERROR_LEDGER);
    CHECK_STATUS(i2v_client_check_ledger(client, NULL), I2V_ERROR_LEDGER);
    *is_full = 0;
    error = i2v_job_copy_error(job);
    CHECK(i2v_error_get_retryable(error));
    CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_NONE);
    CHECK_ERROR(&error, I2V_ERROR_LEDGER, "ledger");
    i2v_job_release(job);
}

static bool find_the_disk(void)
{
    void *program = dlopen(NULL, RTLD_NOW);
    is_full = dlsym(program, "i2v_disk_is_full");
    refusals = dlsym(program, "i2v_disk_refusals");
    return is_full && refusals;
}

int run_full(const char *url, const char *picture, const char *path)
{
    i2v_client *client;
    if (!find_the_disk()) return 99;
    sandbox_join(url, picture);
    make_a_client_on_a_full_disk(path);
    client = new_client(ledger_config(NULL, path));
    submit_on_a_full_disk(client);
    i2v_job_release(run_job(client, new_request(), NULL, I2V_OK));
    CHECK_STATUS(i2v_client_check_ledger(client, NULL), I2V_OK);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    return failed_checks() == 0 ? 0 : 1;
}

/* Two creates do not leave; one does, when there is room. */
static void run_on_a_full_disk(const char *path)
{
    const char *arguments[5] = {"--full", NULL, NULL, NULL, NULL};
    char output[4096] = "";
    long long before = sandbox_count("create");
    arguments[1] = sandbox_url();
    arguments[2] = sandbox_picture();
    arguments[3] = path;
    CHECK_INT(run_program(arguments, preload("disk-full"), output, sizeof output, slack(HANG)), 0);
    CHECK_TEXT(output, "");
    CHECK_INT(sandbox_count("create"), before + 1);
    CHECK_INT(resume_all(path, NULL), 0);
}

static void full_disk_sends_nothing_and_is_fine_when_it_has_room(void)
{
    const char *path = new_ledger("no-room.db");
    run_on_a_full_disk(path);
    i2v_ledger_destroy(read_ledger(path, 1));
}

static void full_disk_is_told_as_that_where_there_is_a_ledger_already(void)
{
    const char *path = new_ledger("no-more-room.db");
    i2v_client *client = new_client(ledger_config(NULL, path));
    i2v_job_release(run_job(client, new_request(), NULL, I2V_OK));
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    run_on_a_full_disk(path);
    i2v_ledger_destroy(read_ledger(path, 2));
}

/* What a client that may go on without its ledger remembers for it, and what goes beyond that. */
enum { REMEMBERED = 10000, BEYOND = 2000, AFTERWARDS = 10 };

/* None of them leaves in the time that it has. */
static void let_end(i2v_client *client, int count)
{
    i2v_request *request = new_request();
    int64_t end = now_ms() + 5 * slack(HANG);
    i2v_request_set_count(request, 10);
    i2v_request_set_deadline(request, 1);
    for (; count > 0; count -= 10)
        CHECK_STATUS(i2v_client_submit_batch(client, request, NULL, NULL, NULL, 0, NULL), I2V_OK);
    i2v_request_destroy(request);
    while (i2v_client_get_job_count(client) > 0 && now_ms() < end) i2v_client_dispatch(client, 100, NULL, NULL);
    CHECK_INT(i2v_client_get_job_count(client), 0);
}

/* The client comes upon the full disk again. */
static void wait_for_a_refusal(void)
{
    int before = *refusals;
    CHECK_COMES(*refusals > before);
}

int run_full_for_long(const char *url, const char *picture, const char *path)
{
    i2v_config *config = ledger_config("http://127.0.0.1:1", path);
    i2v_client *client;
    if (!find_the_disk()) return 99;
    sandbox_join(url, picture);
    i2v_config_set_ledger_required(config, false);
    i2v_config_set_max_jobs(config, REMEMBERED + BEYOND);
    client = new_client(config);
    *is_full = 1;
    let_end(client, REMEMBERED + BEYOND);
    wait_for_a_refusal();
    CHECK_STATUS(i2v_client_check_ledger(client, NULL), I2V_ERROR_LEDGER);
    *is_full = 0;
    let_end(client, AFTERWARDS);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    return failed_checks() == 0 ? 0 : 1;
}

static void what_a_full_disk_leaves_unwritten_has_a_bound(void)
{
    const char *arguments[5] = {"--full-for-long", NULL, NULL, NULL, NULL};
    char output[4096] = "";
    i2v_ledger *ledger = NULL;
    arguments[1] = sandbox_url();
    arguments[2] = sandbox_picture();
    arguments[3] = new_ledger("full-for-long.db");
    CHECK_INT(run_program(arguments, preload("disk-full"), output, sizeof output, 10 * slack(HANG)), 0);
    CHECK_TEXT(output, "");
    CHECK_STATUS(i2v_ledger_open(arguments[3], &ledger, NULL), I2V_OK);
    CHECK_INT(i2v_ledger_get_count(ledger), REMEMBERED + AFTERWARDS);
    i2v_ledger_destroy(ledger);
}

/* ---- A place that cannot be written to ---- */

/* What may do anything may write anywhere, so that whoever runs the tests as root is nobody here. */
static void become_nobody(void)
{
    if (geteuid() != 0) return;
    CHECK(setgid(65534) == 0);
    CHECK(setuid(65534) == 0);
}

static void go_on_where_nothing_can_be_written(void *path)
{
    i2v_config *config = ledger_config(NULL, path);
    i2v_client *client = NULL;
    i2v_error *error = NULL;
    become_nobody();
    CHECK_STATUS(i2v_client_create(config, &client, &error), I2V_ERROR_LEDGER);
    CHECK(client == NULL);
    CHECK_ERROR(&error, I2V_ERROR_LEDGER, "ledger");
    CHECK_INT(sandbox_count("create"), 0);
    i2v_config_set_ledger_required(config, false);
    client = new_client(config);
    CHECK_STATUS(i2v_client_check_ledger(client, &error), I2V_ERROR_LEDGER);
    CHECK_ERROR(&error, I2V_ERROR_LEDGER, "ledger");
    i2v_job_release(run_job(client, new_request(), NULL, I2V_OK));
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    CHECK_INT(sandbox_count("create"), 1);
}

/* Of the folder's ledger nothing can be written, or only the file itself, or there is none. */
static void ledger_needs_a_place_that_can_be_written(void)
{
    static const struct {
        const char *name;
        mode_t mode;
    } ledgers[] = {{"locked/jobs.db", 0444}, {"locked/jobs.db", 0666}, {"locked/none.db", 0}};
    size_t index;
    char folder[256], path[256];
    i2v_client *client;
    snprintf(folder, sizeof folder, "%s", temp_path("locked"));
    REQUIRE(mkdir(folder, 0755) == 0);
    client = new_client(ledger_config(NULL, temp_path("locked/jobs.db")));
    i2v_job_release(run_job(client, new_request(), NULL, I2V_OK));
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    CHECK(chmod(folder, 0555) == 0);
    /* Nobody must get as far as there. */
    CHECK(chmod(temp_path("."), 0711) == 0);
    for (index = 0; index < sizeof ledgers / sizeof *ledgers; index++) {
        snprintf(path, sizeof path, "%s", temp_path(ledgers[index].name));
        if (ledgers[index].mode) CHECK(chmod(path, ledgers[index].mode) == 0);
        sandbox_reset();
        CHECK(holds_in_child(go_on_where_nothing_can_be_written, path));
    }
    CHECK(!file_exists(path));
    CHECK(chmod(temp_path("."), 0700) == 0 && chmod(folder, 0755) == 0);
    remove(temp_path("locked/jobs.db"));
    CHECK(rmdir(folder) == 0);
}

void suite_disk(void)
{
    RUN(create_and_id_are_synced_before_they_leave_and_are_told);
    RUN(file_is_synced_and_then_named_and_then_its_folder_synced);
    RUN(full_disk_sends_nothing_and_is_fine_when_it_has_room);
    RUN(full_disk_is_told_as_that_where_there_is_a_ledger_already);
    RUN(what_a_full_disk_leaves_unwritten_has_a_bound);
    RUN(ledger_needs_a_place_that_can_be_written);
}
