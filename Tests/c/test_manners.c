/* A guest in somebody else's process: no output, no signal handlers, one thread, nothing left behind. */
#include "support.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A bit of everything: success, failure, a broken download, a cancelled job, a destroyed client. */
static void live_a_little(void)
{
    i2v_config *config = new_config(NULL);
    i2v_client *client;
    i2v_job *job;
    i2v_request *request = i2v_request_create();

    i2v_request_set_image_url(request, "nonsense");
    i2v_config_set_api_key(config, "wrong");
    client = new_client(config);
    i2v_client_submit(client, request, NULL, NULL, NULL, NULL);
    i2v_request_destroy(request);
    job = run_job(client, new_request(), NULL, I2V_ERROR_AUTH);
    i2v_job_release(job);
    i2v_client_destroy(client);

    client = sandbox_client();
    sandbox_faults(
        "[{\"route\":\"video\",\"break_after\":1000},{\"route\":\"results\",\"reply\":{\"status\":500}}]");
    remove(temp_path("manners.mp4"));
    job = run_job(client, new_request_to(temp_path("manners.mp4")), NULL, I2V_OK);
    i2v_job_release(job);
    job = start_job(client, new_request(), NULL);
    i2v_job_cancel(job);
    i2v_job_release(job);
    i2v_job_release(start_job(client, new_request(), NULL));
    i2v_client_destroy(client);

    client = new_client(new_config("http://127.0.0.1:1"));
    job = run_job(client, new_request(), NULL, I2V_ERROR_CONNECT);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void nothing_is_printed(void)
{
    const char *path = temp_path("output.txt");
    int out, err, file;
    char *text;
    fflush(stdout);
    fflush(stderr);
    out = dup(1);
    err = dup(2);
    file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0600);
    REQUIRE(out >= 0 && err >= 0 && file >= 0);
    dup2(file, 1);
    dup2(file, 2);
    live_a_little();
    fflush(stdout);
    fflush(stderr);
    dup2(out, 1);
    dup2(err, 2);
    close(out);
    close(err);
    close(file);
    text = read_file(path);
    CHECK_TEXT(text, "");
    free(text);
}

static void get_actions(struct sigaction *actions)
{
    int number;
    memset(actions, 0, 65 * sizeof *actions);
    for (number = 1; number <= 64; number++) sigaction(number, NULL, &actions[number]);
}

static int count_differences(const struct sigaction *left, const struct sigaction *right)
{
    int number, count = 0;
    for (number = 1; number <= 64; number++) {
        count += left[number].sa_handler != right[number].sa_handler
                 || left[number].sa_flags != right[number].sa_flags;
    }
    return count;
}

static void signals_are_left_alone(void)
{
    static struct sigaction before[65], during[65], after[65];
    sigset_t mask_before, mask_after;
    i2v_client *client;
    i2v_job *job;
    int number;

    sigemptyset(&mask_before);
    sigemptyset(&mask_after);
    pthread_sigmask(SIG_SETMASK, NULL, &mask_before);
    get_actions(before);
    client = sandbox_client();
    job = start_job(client, new_request_to(temp_path("signals.mp4")), NULL);
    CHECK(reach_id(client, job));
    get_actions(during);
    CHECK_STATUS(finish_job(job), I2V_OK);
    i2v_job_release(job);
    i2v_client_destroy(client);
    get_actions(after);
    pthread_sigmask(SIG_SETMASK, NULL, &mask_after);
    CHECK_INT(count_differences(before, during), 0);
    CHECK_INT(count_differences(before, after), 0);
    for (number = 1; number <= 64; number++) {
        if (sigismember(&mask_before, number) != sigismember(&mask_after, number))
            CHECK(!"a signal's mask changed");
    }
}

static bool is_of_a_fault(int number)
{
    return number == SIGILL || number == SIGTRAP || number == SIGBUS || number == SIGFPE || number == SIGSEGV
           || number == SIGSYS;
}

/* The blocked signals of the library's thread, from the kernel's own account; -1 when there is no such
 * thread. */
static int unblocked_signals_of_the_thread(void)
{
    DIR *tasks = opendir("/proc/self/task");
    struct dirent *entry;
    int unblocked = -1;
    while (tasks && (entry = readdir(tasks))) {
        char path[320], line[256];
        bool is_ours = false;
        FILE *file;
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "/proc/self/task/%s/status", entry->d_name);
        file = fopen(path, "r");
        while (file && fgets(line, sizeof line, file)) {
            if (strcmp(line, "Name:\timage2video\n") == 0) is_ours = true;
            if (is_ours && strncmp(line, "SigBlk:", 7) == 0) {
                unsigned long long mask = strtoull(line + 7, NULL, 16);
                int number;
                unblocked = 0;
                for (number = 1; number <= 64; number++) {
                    /* These cannot be blocked, or are kept by the C library for itself. */
                    if (number == SIGKILL || number == SIGSTOP || number == 32 || number == 33) continue;
                    unblocked += !is_of_a_fault(number) && !(mask >> (number - 1) & 1);
                }
            }
        }
        if (file) fclose(file);
    }
    if (tasks) closedir(tasks);
    return unblocked;
}

static void thread_of_the_client_takes_no_signals(void)
{
    i2v_client *client = sandbox_client();
    /* The thread gets its name a moment after it has started. */
    while (count_threads("image2video") == 0) sleep_ms(1);
    if (getenv("I2V_TEST_SLACK") == NULL) CHECK_INT(unblocked_signals_of_the_thread(), 0);
    else CHECK(unblocked_signals_of_the_thread() >= 0);
    i2v_client_destroy(client);
}

static volatile sig_atomic_t caught;

static void catch_fault(int number) { caught = number; }

static void fault(i2v_job *job, i2v_event event, void *user_data)
{
    (void)job;
    (void)user_data;
    if (event == I2V_EVENT_DONE) raise(SIGSEGV);
}

static void fault_in_a_callback(void *context)
{
    i2v_config *config = new_config(NULL);
    i2v_request *request = new_request();
    i2v_client *client;
    i2v_job *job = NULL;
    struct sigaction action;
    (void)context;
    memset(&action, 0, sizeof action);
    action.sa_handler = catch_fault;
    sigaction(SIGSEGV, &action, NULL);
    i2v_config_set_delivery(config, I2V_DELIVERY_THREAD);
    client = new_client(config);
    CHECK_STATUS(i2v_client_submit(client, request, fault, NULL, &job, NULL), I2V_OK);
    i2v_request_destroy(request);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK_INT(caught, SIGSEGV);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

/* On the client's thread too. */
static void crash_handler_of_the_host_is_called(void) { CHECK(holds_in_child(fault_in_a_callback, NULL)); }

static void client_has_one_thread(void)
{
    int before = count_threads(NULL), most = 0, index;
    i2v_client *client = sandbox_client();
    i2v_job *jobs[4];
    for (index = 0; index < 4; index++) {
        char name[32];
        snprintf(name, sizeof name, "thread-%d.mp4", index);
        jobs[index] = start_job(client, new_request_to(temp_path(name)), NULL);
    }
    for (index = 0; index < 4; index++) {
        while (i2v_job_wait(jobs[index], 10, NULL) == I2V_ERROR_TIMEOUT) {
            int now = count_threads(NULL) - before;
            if (now > most) most = now;
        }
        CHECK_INT(i2v_job_get_state(jobs[index]), I2V_JOB_SAVED);
        i2v_job_release(jobs[index]);
    }
    CHECK_INT(most, 1);
    CHECK_INT(count_threads("image2video"), 1);
    i2v_client_destroy(client);
    CHECK_INT(count_threads(NULL), before);
}

static void client_at_rest_costs_no_time(void)
{
    i2v_client *client = sandbox_client();
    long long spent;
    i2v_job *job;
    sandbox_faults(FAULT_NEVER_FINISHED);
    job = start_job(client, new_request(), NULL);
    CHECK(reach_state(client, job, I2V_JOB_WAITING));
    spent = processor_time();
    sleep_ms(1000);
    spent = processor_time() - spent;
    /* Some polls; a loop that spins takes all that it gets of a second. */
    CHECK_BETWEEN(spent, 0, slack(100000));
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static int open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;
    while (folder && readdir(folder)) count++;
    if (folder) closedir(folder);
    return count;
}

static void nothing_stays_open(void)
{
    int before = open_descriptors();
    live_a_little();
    CHECK_INT(open_descriptors(), before);
}

static void descriptors_do_not_reach_other_programs(void)
{
    /* A program the host starts inherits what is not marked otherwise. */
    i2v_client *client = sandbox_client();
    i2v_job *job = run_job(client, new_request(), NULL, I2V_OK);
    int flags = fcntl(i2v_client_get_fd(client), F_GETFD);
    CHECK(flags >= 0 && (flags & FD_CLOEXEC));
    i2v_job_release(job);
    i2v_client_destroy(client);
}

void suite_manners(void)
{
    RUN(nothing_is_printed);
    RUN(signals_are_left_alone);
    RUN(thread_of_the_client_takes_no_signals);
    RUN(crash_handler_of_the_host_is_called);
    RUN(client_has_one_thread);
    RUN(client_at_rest_costs_no_time);
    RUN(nothing_stays_open);
    RUN(descriptors_do_not_reach_other_programs);
}
