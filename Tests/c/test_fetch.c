/* Fetching: later, again, and over connections that break. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static void finished_job_can_be_fetched(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job = run_job(client, new_request(), NULL, I2V_OK);
    const char *target = temp_path("later.mp4");
    watch watched = {0};
    int64_t received, total;

    CHECK_STATUS(i2v_job_fetch(job, target, false, watch_event, &watched, NULL), I2V_OK);
    CHECK_INT(i2v_client_get_job_count(client), 1);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK_INT(i2v_client_get_job_count(client), 0);
    CHECK_INT(i2v_job_get_state(job), I2V_JOB_SAVED);
    CHECK_TEXT(i2v_job_get_path(job), target);
    CHECK_CONTAINS(watched.order, "P");
    CHECK_INT(watched.done, 1);
    CHECK_INT(watched.state, I2V_JOB_SAVED);
    CHECK(is_mp4(target));
    i2v_job_get_progress(job, &received, &total);
    CHECK_INT(received, file_size(target));
    CHECK_INT(sandbox_count("create"), 1);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void saved_job_can_be_fetched_again(void)
{
    i2v_client *client = sandbox_client();
    const char *first = temp_path("first.mp4"), *second = temp_path("second.mp4");
    i2v_job *job = run_job(client, new_request_to(first), NULL, I2V_OK);
    i2v_error *error = NULL;
    const char *path = i2v_job_get_path(job);

    CHECK_STATUS(i2v_job_fetch(job, second, false, NULL, NULL, NULL), I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK(is_mp4(first) && is_mp4(second));
    CHECK_TEXT(i2v_job_get_path(job), second);
    /* A path that was borrowed stays readable. */
    CHECK_TEXT(path, first);

    CHECK_STATUS(i2v_job_fetch(job, second, false, NULL, NULL, &error), I2V_ERROR_FILE_EXISTS);
    CHECK_ERROR(&error, I2V_ERROR_FILE_EXISTS, NULL);
    CHECK_INT(i2v_job_get_state(job), I2V_JOB_SAVED);
    CHECK_INT(i2v_client_get_job_count(client), 0);

    write_file(second, "old");
    CHECK_STATUS(i2v_job_fetch(job, second, true, NULL, NULL, NULL), I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK(is_mp4(second));
    CHECK_INT(sandbox_count("create"), 1);
    CHECK_INT(sandbox_count("video"), 3);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void unfinished_job_cannot_be_fetched(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job;
    i2v_error *error = NULL;
    watch watched = {0};
    sandbox_faults(FAULT_NEVER_FINISHED);
    job = start_job(client, new_request(), NULL);
    CHECK_STATUS(i2v_job_fetch(job, temp_path("no.mp4"), false, watch_event, &watched, &error),
                 I2V_ERROR_INVALID_STATE);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_STATE, NULL);
    CHECK(reach_state(client, job, I2V_JOB_WAITING));
    CHECK_STATUS(i2v_job_fetch(job, temp_path("no.mp4"), false, watch_event, &watched, NULL),
                 I2V_ERROR_INVALID_STATE);
    CHECK_STATUS(i2v_job_cancel(job), I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_ERROR_CANCELLED);
    /* It failed without an address of its video. */
    CHECK_STATUS(i2v_job_fetch(job, temp_path("no.mp4"), false, watch_event, &watched, NULL),
                 I2V_ERROR_INVALID_STATE);
    CHECK_TEXT(watched.order, "");
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void job_is_fetched_once_at_a_time(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job = run_job(client, new_request(), NULL, I2V_OK);
    watch first = {0}, second = {0};
    sandbox_faults("[{\"route\":\"video\",\"latency_ms\":1000}]");
    CHECK_STATUS(i2v_job_fetch(job, temp_path("once.mp4"), false, watch_event, &first, NULL), I2V_OK);
    CHECK_STATUS(i2v_job_fetch(job, temp_path("twice.mp4"), false, watch_event, &second, NULL),
                 I2V_ERROR_INVALID_STATE);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK_INT(first.done, 1);
    CHECK_TEXT(second.order, "");
    CHECK(is_mp4(temp_path("once.mp4")) && !file_exists(temp_path("twice.mp4")));
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void text_for_a_path_is_checked(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job = run_job(client, new_request(), NULL, I2V_OK);
    i2v_error *error = NULL;
    CHECK_STATUS(i2v_job_fetch(job, "a\xff.mp4", false, NULL, NULL, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, "path");
    CHECK_STATUS(i2v_job_fetch(job, "", false, NULL, NULL, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, NULL);
    CHECK_STATUS(i2v_job_fetch(job, temp_path("folder/"), false, NULL, NULL, &error),
                 I2V_ERROR_INVALID_ARGUMENT);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, NULL);
    CHECK_INT(i2v_job_get_state(job), I2V_JOB_COMPLETED);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void missing_video_is_gone(void)
{
    static const char *const faults[] = {
        "[{\"route\":\"video\",\"times\":3,\"reply\":{\"status\":404,\"body\":\"<html>not found</html>\"}}]",
        "[{\"route\":\"video\",\"times\":3,\"reply\":{\"status\":403,\"body\":\"<Error>expired</Error>\"}}]",
        "[{\"route\":\"video\",\"times\":3,\"reply\":{\"status\":410,\"body\":\"\"}}]",
    };
    static const int statuses[] = {404, 403, 410};
    size_t index;
    for (index = 0; index < 3; index++) {
        i2v_client *client = sandbox_client();
        watch watched = {0};
        i2v_job *job;
        i2v_error *error;
        sandbox_faults(faults[index]);
        job = run_job(client, new_request_to(temp_path("gone.mp4")), &watched, I2V_ERROR_VIDEO_GONE);
        CHECK_INT(watched.done, 1);
        CHECK_INT(i2v_job_get_state(job), I2V_JOB_FAILED);
        error = i2v_job_copy_error(job);
        CHECK_INT(i2v_error_get_http_status(error), statuses[index]);
        i2v_error_destroy(error);
        CHECK(!file_exists(temp_path("gone.mp4")) && !file_exists(temp_path("gone.mp4.part")));

        /* The address is known, so another try is possible, and costs no create. */
        CHECK_STATUS(i2v_job_fetch(job, temp_path("gone.mp4"), true, NULL, NULL, NULL), I2V_OK);
        CHECK_STATUS(finish_job(job), I2V_OK);
        CHECK(i2v_job_copy_error(job) == NULL);
        CHECK(is_mp4(temp_path("gone.mp4")));
        remove(temp_path("gone.mp4"));
        i2v_job_release(job);
        i2v_client_destroy(client);
    }
    CHECK_INT(sandbox_count("create"), 3);
}

static void broken_download_is_taken_up_again(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job;
    const char *target = temp_path("mended.mp4");
    int64_t received, total;
    sandbox_faults("[{\"route\":\"video\",\"break_after\":1000}]");
    job = run_job(client, new_request_to(target), NULL, I2V_OK);
    CHECK(is_mp4(target));
    i2v_job_get_progress(job, &received, &total);
    CHECK_INT(file_size(target), total);
    CHECK_INT(received, total);
    CHECK(!file_exists(temp_path("mended.mp4.part")));
    CHECK_INT(sandbox_count("video"), 2);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void failing_file_host_is_asked_again(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job;
    sandbox_faults("[{\"route\":\"video\",\"reply\":{\"status\":503,\"body\":\"busy\"}},"
                   "{\"route\":\"video\",\"close\":true}]");
    job = run_job(client, new_request_to(temp_path("third.mp4")), NULL, I2V_OK);
    CHECK(is_mp4(temp_path("third.mp4")));
    CHECK_INT(sandbox_count("video"), 3);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void download_that_always_breaks_leaves_no_file(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job;
    watch watched = {0};
    const char *target = temp_path("broken.mp4");
    sandbox_faults("[{\"route\":\"video\",\"times\":-1,\"break_after\":0}]");
    job = run_job(client, new_request_to(target), &watched, I2V_ERROR_NETWORK);
    CHECK_INT(watched.done, 1);
    CHECK(!file_exists(target));
    CHECK(!file_exists(temp_path("broken.mp4.part")));
    CHECK_BETWEEN(sandbox_count("video"), 2, 10);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void what_is_no_video_is_not_saved(void)
{
    static const char *const faults[] = {
        "[{\"route\":\"video\",\"times\":-1,\"reply\":{\"status\":200,\"headers\":"
        "{\"Content-Type\":\"text/html\"},\"body\":\"<html>please log in</html>\"}}]",
        "[{\"route\":\"video\",\"times\":-1,\"reply\":{\"status\":200,\"headers\":"
        "{\"Content-Type\":\"application/json\"},\"body\":\"{}\"}}]",
        "[{\"route\":\"video\",\"times\":-1,\"reply\":{\"status\":200,\"body\":\"\"}}]",
    };
    size_t index;
    for (index = 0; index < sizeof faults / sizeof *faults; index++) {
        i2v_client *client = sandbox_client();
        const char *target = temp_path("page.mp4");
        i2v_job *job;
        sandbox_faults(faults[index]);
        job = run_job(client, new_request_to(target), NULL, I2V_ERROR_PROTOCOL);
        CHECK(!file_exists(target));
        CHECK(!file_exists(temp_path("page.mp4.part")));
        i2v_job_release(job);
        i2v_client_destroy(client);
    }
}

static void address_that_is_none_of_the_web_is_not_opened(void)
{
    static const char *const addresses[] = {"file:///etc/passwd", "ftp://127.0.0.1/v.mp4", "/etc/passwd",
                                            "v.mp4"};
    size_t index;
    for (index = 0; index < sizeof addresses / sizeof *addresses; index++) {
        i2v_client *client = sandbox_client();
        const char *target = temp_path("stolen.mp4");
        char fault[256];
        i2v_job *job;
        strcpy(fault, "[{\"route\":\"results\",\"times\":-1,\"row\":{\"status\":3,\"video_url\":\"");
        strcat(fault, addresses[index]);
        strcat(fault, "\"}}]");
        sandbox_faults(fault);
        job = run_job(client, new_request_to(target), NULL, I2V_ERROR_PROTOCOL);
        CHECK(!file_exists(target));
        i2v_job_release(job);
        i2v_client_destroy(client);
    }
}

static void stalled_download_is_broken_off(void)
{
    i2v_config *config = new_config(NULL);
    i2v_client *client;
    i2v_job *job;
    int64_t start;
    CHECK_STATUS(i2v_config_set_stall_timeout(config, 1000), I2V_OK);
    client = new_client(config);
    sandbox_faults("[{\"route\":\"video\",\"hang\":true}]");
    start = now_ms();
    job = run_job(client, new_request_to(temp_path("stalled.mp4")), NULL, I2V_OK);
    CHECK_LASTED(start, 1000);
    CHECK(is_mp4(temp_path("stalled.mp4")));
    CHECK_INT(sandbox_count("video"), 2);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

/* ---- Files that are open ---- */

/* How many part files of a number of targets there are. */
static int count_parts(const char *pattern, int count)
{
    int number, found = 0;
    for (number = 0; number < count; number++) {
        char name[64];
        snprintf(name, sizeof name, pattern, number);
        found += file_exists(temp_path(name));
    }
    return found;
}

/* Videos that wait may be thousands, and files that a process can have open are a thousand. */
static void download_that_waits_has_no_file_open(void)
{
    enum { JOBS = 12, AT_ONCE = 2 };
    server *server = service_start("turns");
    i2v_config *config = new_config(server_url(server));
    i2v_client *client;
    i2v_job *jobs[JOBS];
    int number;
    CHECK_STATUS(i2v_config_set_max_downloads(config, AT_ONCE), I2V_OK);
    client = new_client(config);
    for (number = 0; number < JOBS; number++) {
        char name[64];
        snprintf(name, sizeof name, "turn-%d.mp4", number);
        jobs[number] = start_job(client, prompt_request(PROMPT_FETCHES, number, temp_path(name)), NULL);
    }
    for (number = 0; number < JOBS; number++) CHECK(reach_state(client, jobs[number], I2V_JOB_FETCHING));
    CHECK(server_reaches(server, "GET /v/", AT_ONCE));
    CHECK_INT(count_parts("turn-%d.mp4.part", JOBS), AT_ONCE);
    for (number = 0; number < JOBS; number++) {
        i2v_job_cancel(jobs[number]);
        CHECK_STATUS(finish_job(jobs[number]), I2V_ERROR_CANCELLED);
        i2v_job_release(jobs[number]);
    }
    CHECK_INT(count_parts("turn-%d.mp4.part", JOBS), 0);
    i2v_client_destroy(client);
    server_stop(server);
}

/* Whether this process has the file open. */
static bool has_open(const char *path)
{
    int descriptor;
    for (descriptor = 0; descriptor < 256; descriptor++) {
        char link[64], file[1024];
        ssize_t length;
        snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
        length = readlink(link, file, sizeof file - 1);
        file[length > 0 ? length : 0] = 0;
        if (strcmp(file, path) == 0) return true;
    }
    return false;
}

static const char breaks_and_asks_for_a_pause[] =
    "[{\"route\":\"video\",\"break_after\":20000},"
    "{\"route\":\"video\",\"reply\":{\"status\":503,\"headers\":{\"Retry-After\":\"4\"},\"body\":\"\"}}]";

/* Whether the file is closed before the third try. */
static bool closes_in_the_pause(const char *path)
{
    while (has_open(path) && sandbox_count("video") == 2) sleep_ms(5);
    return sandbox_count("video") == 2;
}

static void download_between_two_tries_has_no_file_open(void)
{
    i2v_client *client = sandbox_client();
    const char *target = temp_path("pause.mp4"), *part = temp_path("pause.mp4.part");
    i2v_job *job;
    json_t *requests;
    sandbox_faults(breaks_and_asks_for_a_pause);
    job = start_job(client, new_request_to(target), NULL);
    CHECK(sandbox_reaches("video", 2));
    CHECK(closes_in_the_pause(part));
    CHECK_INT(file_size(part), 20000);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK(is_mp4(target));
    CHECK(!file_exists(part));
    requests = sandbox_requests("video");
    CHECK_INT(json_array_size(requests), 3);
    CHECK_TEXT(recorded_header(json_array_get(requests, 2), "range"), "bytes=20000-");
    json_decref(requests);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void download_cancelled_between_two_tries_leaves_nothing(void)
{
    i2v_client *client = sandbox_client();
    const char *part = temp_path("given-up.mp4.part");
    i2v_job *job;
    sandbox_faults(breaks_and_asks_for_a_pause);
    job = start_job(client, new_request_to(temp_path("given-up.mp4")), NULL);
    CHECK(sandbox_reaches("video", 2));
    CHECK(closes_in_the_pause(part));
    CHECK_INT(file_size(part), 20000);
    CHECK_STATUS(i2v_job_cancel(job), I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_ERROR_CANCELLED);
    CHECK(!file_exists(part));
    i2v_job_release(job);
    i2v_client_destroy(client);
}

/* Others have every file open that this process may: the video waits, and is not given up. */
static void process_without_files_to_spare_fetches_later(void)
{
    i2v_client *client = sandbox_client();
    const char *target = temp_path("spare.mp4");
    i2v_job *job = run_job(client, new_request(), NULL, I2V_OK);
    struct rlimit limit, none;
    REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    none = limit;
    none.rlim_cur = 3;
    CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
    CHECK_STATUS(i2v_job_fetch(job, target, false, NULL, NULL, NULL), I2V_OK);
    CHECK_STATUS(i2v_job_wait(job, slack(300), NULL), I2V_ERROR_TIMEOUT);
    CHECK_INT(i2v_job_get_state(job), I2V_JOB_FETCHING);
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK(is_mp4(target));
    i2v_job_release(job);
    i2v_client_destroy(client);
}

/* ---- Videos that change while they are fetched ---- */

enum { HALF = 50000 };

/* What the answers are that bring the video: each test has its own. */
typedef struct {
    void (*answer)(int descriptor, const char *request, int number);
    int count;
} video_host;

static void send_text(int descriptor, const char *text) { (void)!send(descriptor, text, strlen(text), MSG_NOSIGNAL); }

static void send_bytes(int descriptor, char byte, size_t count)
{
    char bytes[1000];
    memset(bytes, byte, sizeof bytes);
    for (; count > 0; count -= sizeof bytes) (void)!send(descriptor, bytes, sizeof bytes, MSG_NOSIGNAL);
}

static bool answer_video(server *server, int descriptor, const char *request, int connection)
{
    video_host *host = server_state(server);
    char body[256];
    (void)connection;
    if (strstr(request, "GET /v")) {
        host->answer(descriptor, request, ++host->count);
        return false;
    }
    snprintf(body, sizeof body,
             "{\"code\":1000,\"data\":{\"result\":[{\"_id\":\"a-video\",\"status\":3,"
             "\"video_url\":\"%s/v\"}]}}",
             server_url(server));
    server_json(descriptor, body);
    return true;
}

/* Fetches a video that must come to two halves of b, in so many tries. */
static void both_halves_are_of_one_video(void (*answer)(int, const char *, int), int tries)
{
    video_host host = {NULL, 0};
    server *server;
    i2v_client *client;
    i2v_job *job = NULL;
    const char *target = temp_path("halves.mp4");
    char *saved;
    host.answer = answer;
    server = server_start(answer_video, &host);
    client = new_client(new_config(server_url(server)));
    CHECK_STATUS(i2v_client_attach(client, "a-video", target, true, NULL, NULL, &job, NULL), I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK_INT(server_count(server, "GET /v"), tries);
    CHECK_INT(file_size(target), 2 * HALF);
    saved = read_file(target);
    CHECK(saved && saved[0] == 'b' && saved[2 * HALF - 1] == 'b' && memchr(saved, 'a', 2 * HALF) == NULL);
    free(saved);
    remove(target);
    i2v_job_release(job);
    i2v_client_destroy(client);
    server_stop(server);
}

static void send_whole(int descriptor, const char *names)
{
    char head[256];
    snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n", names, 2 * HALF);
    send_text(descriptor, head);
    send_bytes(descriptor, 'b', 2 * HALF);
}

/* Half of a, and then what there is of b, by ranges that do not heed If-Range. */
static void change(int descriptor, const char *request, int number, const char *before, const char *after)
{
    char head[256];
    if (number == 1) {
        snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n", before, 2 * HALF);
        send_text(descriptor, head);
        send_bytes(descriptor, 'a', HALF);
    } else if (strstr(request, "Range: ")) {
        snprintf(head, sizeof head,
                 "HTTP/1.1 206 Partial Content\r\n%sContent-Range: bytes %d-%d/%d\r\nContent-Length: %d\r\n\r\n",
                 after, HALF, 2 * HALF - 1, 2 * HALF, HALF);
        send_text(descriptor, head);
        send_bytes(descriptor, 'b', HALF);
    } else {
        send_whole(descriptor, after);
    }
}

static void change_tag(int descriptor, const char *request, int number)
{
    change(descriptor, request, number, "ETag: \"a\"\r\n", "ETag: \"b\"\r\n");
}

static void change_date(int descriptor, const char *request, int number)
{
    change(descriptor, request, number, "Last-Modified: Wed, 01 Jan 2025 00:00:00 GMT\r\n",
           "Last-Modified: Thu, 02 Jan 2025 00:00:00 GMT\r\n");
}

static void part_of_another_video_is_not_added(void)
{
    both_halves_are_of_one_video(change_tag, 3);
    both_halves_are_of_one_video(change_date, 3);
}

/* The first answer breaks off without having told its length, and the second is empty. */
static void answer_with_nothing(int descriptor, const char *request, int number)
{
    (void)request;
    if (number == 1) {
        send_text(descriptor, "HTTP/1.1 200 OK\r\nETag: \"b\"\r\nTransfer-Encoding: chunked\r\n\r\nC350\r\n");
        send_bytes(descriptor, 'b', HALF);
        send_text(descriptor, "\r\n");
    } else if (number == 2) {
        send_text(descriptor, "HTTP/1.1 200 OK\r\nETag: \"b\"\r\nContent-Length: 0\r\n\r\n");
    } else {
        send_whole(descriptor, "ETag: \"b\"\r\n");
    }
}

static void empty_answer_does_not_make_a_broken_one_whole(void)
{
    both_halves_are_of_one_video(answer_with_nothing, 3);
}

void suite_fetch(void)
{
    RUN(finished_job_can_be_fetched);
    RUN(saved_job_can_be_fetched_again);
    RUN(unfinished_job_cannot_be_fetched);
    RUN(job_is_fetched_once_at_a_time);
    RUN(text_for_a_path_is_checked);
    RUN(missing_video_is_gone);
    RUN(broken_download_is_taken_up_again);
    RUN(failing_file_host_is_asked_again);
    RUN(download_that_always_breaks_leaves_no_file);
    RUN(what_is_no_video_is_not_saved);
    RUN(address_that_is_none_of_the_web_is_not_opened);
    RUN(stalled_download_is_broken_off);
    RUN(download_that_waits_has_no_file_open);
    RUN(download_between_two_tries_has_no_file_open);
    RUN(download_cancelled_between_two_tries_leaves_nothing);
    RUN(process_without_files_to_spare_fetches_later);
    RUN(part_of_another_video_is_not_added);
    RUN(empty_answer_does_not_make_a_broken_one_whole);
}
