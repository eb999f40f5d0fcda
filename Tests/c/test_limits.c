/* Bounds on what a client sends, keeps and fetches, and downloads in parts. */
#include "support.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void busy_client_says_try_later(void)
{
    i2v_config *config = new_config(NULL);
    i2v_client *client;
    i2v_request *request = new_request();
    i2v_error *error = NULL;
    i2v_query *query = NULL;
    i2v_job *job, *another = NULL;
    CHECK_STATUS(i2v_config_set_max_jobs(config, 0), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_config_set_max_jobs(config, 1), I2V_OK);
    client = new_client(config);
    job = start_job(client, new_request(), NULL);
    CHECK_STATUS(i2v_client_submit(client, request, NULL, NULL, &another, &error), I2V_ERROR_BUSY);
    CHECK(another == NULL && i2v_error_get_retryable(error));
    CHECK_CONTAINS(i2v_error_get_message(error), "try again");
    CHECK_ERROR(&error, I2V_ERROR_BUSY, "max_jobs");
    CHECK_STATUS(i2v_client_query_credits(client, 1000, NULL, NULL, &query, NULL), I2V_ERROR_BUSY);
    CHECK_STATUS(finish_job(job), I2V_OK);
    i2v_job_release(run_job(client, request, NULL, I2V_OK));
    CHECK_INT(sandbox_count("create"), 2);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void requests_keep_to_their_rate(void)
{
    enum { JOBS = 30 };
    i2v_config *config = new_config(NULL);
    i2v_client *client;
    int64_t start;
    int index;
    CHECK_STATUS(i2v_config_set_max_rate(config, 0), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_config_set_max_rate(config, -1), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_config_set_max_rate(config, 10), I2V_OK);
    client = new_client(config);
    sandbox_faults(FAULT_NEVER_FINISHED);
    start = now_ms();
    for (index = 0; index < JOBS; index++) i2v_job_release(start_job(client, new_request(), NULL));
    CHECK(sandbox_reaches("create", JOBS));
    /* Twenty at once, and ten a second after that. */
    CHECK_LASTED(start, 900);
    i2v_client_destroy(client);
}

/* ---- How many at once ---- */

/* How many requests that are counted are being answered, and the most that were. */
typedef struct {
    const char *counted;
    int limit;
    pthread_mutex_t lock;
    int now, most, made;
} crowd;

static void come_and_go(crowd *crowd, int change)
{
    pthread_mutex_lock(&crowd->lock);
    crowd->now += change;
    if (crowd->now > crowd->most) crowd->most = crowd->now;
    pthread_mutex_unlock(&crowd->lock);
}

static int most_of(crowd *crowd)
{
    int most;
    pthread_mutex_lock(&crowd->lock);
    most = crowd->most;
    pthread_mutex_unlock(&crowd->lock);
    return most;
}

/* Stays until as many are there as may be, and then a little longer, for one too many to come. */
static void stay(crowd *crowd)
{
    int64_t end = now_ms() + slack(HANG);
    come_and_go(crowd, 1);
    while (most_of(crowd) < crowd->limit && now_ms() < end) sleep_ms(5);
    sleep_ms(slack(150));
    come_and_go(crowd, -1);
}

enum { CROWD = 6 };

static bool answer_the_crowd(server *server, int descriptor, const char *request, int connection)
{
    crowd *crowd = server_state(server);
    char body[2048];
    size_t length;
    int index;
    (void)connection;
    if (strstr(request, crowd->counted)) stay(crowd);
    if (strstr(request, "GET /v ")) {
        server_reply(descriptor, "200 OK", "Content-Type: video/mp4\r\n", "a video");
    } else if (strstr(request, "/resultsByIds ")) {
        length = (size_t)sprintf(body, "{\"code\":1000,\"data\":{\"result\":[");
        for (index = 0; index < CROWD; index++)
            length += (size_t)sprintf(body + length, "%s{\"_id\":\"id-%d\",\"status\":3,\"video_url\":\"%s/v\"}",
                                      index ? "," : "", index, server_url(server));
        sprintf(body + length, "]}}");
        server_json(descriptor, body);
    } else {
        pthread_mutex_lock(&crowd->lock);
        index = crowd->made++;
        pthread_mutex_unlock(&crowd->lock);
        sprintf(body, "{\"code\":1000,\"data\":{\"_id\":\"id-%d\",\"status\":1}}", index);
        server_json(descriptor, body);
    }
    return true;
}

/* Starts so many jobs at once and lets them end; the crowd's requests are as many at once as may be, and no more. */
static void check_crowd(crowd *crowd, i2v_config *(*make)(const char *), i2v_job *(*start)(i2v_client *, int))
{
    server *server = server_start(answer_the_crowd, crowd);
    i2v_client *client = new_client(make(server_url(server)));
    i2v_job *jobs[CROWD];
    int index;
    pthread_mutex_init(&crowd->lock, NULL);
    for (index = 0; index < CROWD; index++) jobs[index] = start(client, index);
    for (index = 0; index < CROWD; index++) {
        CHECK_STATUS(finish_job(jobs[index]), I2V_OK);
        i2v_job_release(jobs[index]);
    }
    CHECK_INT(server_count(server, crowd->counted), CROWD);
    CHECK_INT(most_of(crowd), crowd->limit);
    i2v_client_destroy(client);
    server_stop(server);
    pthread_mutex_destroy(&crowd->lock);
}

static i2v_config *two_downloads(const char *url)
{
    i2v_config *config = new_config(url);
    CHECK_STATUS(i2v_config_set_max_downloads(config, 0), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_config_set_max_downloads(config, 2), I2V_OK);
    return config;
}

static i2v_job *follow_one(i2v_client *client, int number)
{
    char id[16], name[32];
    i2v_job *job = NULL;
    snprintf(id, sizeof id, "id-%d", number);
    snprintf(name, sizeof name, "crowd-%d.mp4", number);
    CHECK_STATUS(i2v_client_attach(client, id, temp_path(name), true, NULL, NULL, &job, NULL), I2V_OK);
    return job;
}

static void downloads_at_once_are_bounded(void)
{
    crowd crowd;
    memset(&crowd, 0, sizeof crowd);
    crowd.counted = "GET /v ";
    crowd.limit = 2;
    check_crowd(&crowd, two_downloads, follow_one);
}

static i2v_config *three_requests(const char *url)
{
    i2v_config *config = new_config(url);
    CHECK_STATUS(i2v_config_set_max_requests(config, 0), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_config_set_max_requests(config, 3), I2V_OK);
    return config;
}

static i2v_job *create_one(i2v_client *client, int number)
{
    (void)number;
    return start_job(client, new_request(), NULL);
}

/* Looks at what is under way come on top: they are paced by themselves. */
static void requests_at_once_are_bounded(void)
{
    crowd crowd;
    memset(&crowd, 0, sizeof crowd);
    crowd.counted = "/createBySourcePrompt ";
    crowd.limit = 3;
    check_crowd(&crowd, three_requests, create_one);
}

/* A create whose job is over goes on, for the sake of its answer, but not without limit. */
static void creates_without_a_job_are_bounded(void)
{
    enum { PLACES = 2, JOBS = 7 };
    server *server = service_start("bounded");
    i2v_config *config = new_config(server_url(server));
    i2v_client *client;
    int number;
    CHECK_STATUS(i2v_config_set_max_requests(config, PLACES), I2V_OK);
    client = new_client(config);
    for (number = 0; number < JOBS; number++) {
        i2v_request *request = prompt_request(PROMPT_SENDS, number, NULL);
        bool leaves = number < 2 * PLACES;
        i2v_job *job;
        if (!leaves) CHECK_STATUS(i2v_request_set_deadline(request, slack(200)), I2V_OK);
        job = start_job(client, request, NULL);
        if (leaves) CHECK(server_reaches(server, "/createBySourcePrompt ", number + 1));
        if (leaves) CHECK_STATUS(i2v_job_cancel(job), I2V_OK);
        CHECK_STATUS(finish_job(job), leaves ? I2V_ERROR_OUTCOME_UNKNOWN : I2V_ERROR_DEADLINE);
        i2v_job_release(job);
    }
    CHECK_INT(server_count(server, "/createBySourcePrompt "), 2 * PLACES);
    i2v_client_destroy(client);
    server_stop(server);
}

/* Processor time in microseconds that it takes to destroy a client of which so many creates wait. */
static long long cost_of_destroying(int jobs)
{
    i2v_config *config = new_config(NULL);
    i2v_client *client;
    i2v_request *request = new_request();
    int64_t start;
    long long spent, before = sandbox_count("create");
    int number;
    CHECK_STATUS(i2v_config_set_max_rate(config, 0.01), I2V_OK);
    CHECK_STATUS(i2v_config_set_max_jobs(config, jobs), I2V_OK);
    client = new_client(config);
    for (number = 0; number < jobs; number++)
        if (i2v_client_submit(client, request, NULL, NULL, NULL, NULL) != I2V_OK) break;
    CHECK_INT(number, jobs);
    i2v_request_destroy(request);
    CHECK(sandbox_reaches("create", before + 1));
    start = now_ms();
    spent = processor_time();
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    spent = processor_time() - spent;
    CHECK_LASTED(start, 0);
    CHECK_INT(sandbox_count("create"), before + 1);
    return spent;
}

/* However many wait, each costs what one does: eight times as many cost eight times as much, and not sixty-four. */
static void creates_that_wait_are_cancelled_at_once(void)
{
    long long few = cost_of_destroying(2000), many = cost_of_destroying(16000);
    CHECK_BETWEEN(many, 0, 24 * few);
}

/* ---- Hosts that fail ---- */

static bool fail_always(server *server, int descriptor, const char *request, int connection)
{
    (void)server;
    (void)connection;
    if (strstr(request, "createBySourcePrompt"))
        server_json(descriptor, "{\"code\":1000,\"data\":{\"_id\":\"an-id\",\"status\":1}}");
    else
        server_reply(descriptor, "503 Service Unavailable", "", "");
    return true;
}

static void host_that_always_fails_is_left_alone(void)
{
    server *server = server_start(fail_always, NULL);
    i2v_config *config = new_config(server_url(server));
    i2v_client *client;
    i2v_job *job;
    i2v_config_set_poll_interval(config, 10, 20);
    client = new_client(config);
    job = start_job(client, new_request(), NULL);
    CHECK(reach_state(client, job, I2V_JOB_WAITING));
    CHECK(server_reaches(server, "resultsByIds", 5));
    CHECK_STATUS(i2v_job_wait(job, 4000, NULL), I2V_ERROR_TIMEOUT);
    /* Without a breaker there would be a hundred polls and more. */
    CHECK_BETWEEN(server_count(server, "resultsByIds"), 5, 15);
    i2v_job_release(job);
    i2v_client_destroy(client);
    server_stop(server);
}

/* A service whose videos lie on another host. Each create makes one of its own; a poll asks about several. */
static bool send_elsewhere(server *server, int descriptor, const char *request, int connection)
{
    char body[8192], ids[1024], *id, *rest = NULL;
    const char *list = strstr(request, "\"_ids\":\"");
    size_t length;
    (void)connection;
    if (!list) {
        snprintf(body, sizeof body, "{\"code\":1000,\"data\":{\"_id\":\"id-%d\",\"status\":1}}",
                 server_number(server));
        server_json(descriptor, body);
        return true;
    }
    list += strlen("\"_ids\":\"");
    snprintf(ids, sizeof ids, "%.*s", (int)strcspn(list, "\""), list);
    length = (size_t)snprintf(body, sizeof body, "{\"code\":1000,\"data\":{\"result\":[");
    for (id = strtok_r(ids, ",", &rest); id; id = strtok_r(NULL, ",", &rest))
        length += (size_t)snprintf(body + length, sizeof body - length,
                                   "%s{\"_id\":\"%s\",\"status\":3,\"video_url\":\"%s/v\"}",
                                   body[length - 1] == '[' ? "" : ",", id, (const char *)server_state(server));
    snprintf(body + length, sizeof body - length, "]}}");
    server_json(descriptor, body);
    return true;
}

static bool refuse_videos(server *server, int descriptor, const char *request, int connection)
{
    (void)server;
    (void)request;
    (void)connection;
    server_reply(descriptor, "503 Service Unavailable", "", "");
    return true;
}

static void host_of_videos_that_fails_does_not_hold_the_service_up(void)
{
    enum { DOWNLOADS = 8 };
    server *videos = server_start(refuse_videos, NULL);
    server *service = server_start(send_elsewhere, (void *)server_url(videos));
    i2v_config *config = new_config(server_url(service));
    i2v_client *client;
    i2v_job *jobs[DOWNLOADS];
    int64_t start, end = now_ms() + 3000;
    int index, made = 0;
    i2v_config_set_max_downloads(config, DOWNLOADS);
    client = new_client(config);
    for (index = 0; index < DOWNLOADS; index++) {
        char name[32];
        snprintf(name, sizeof name, "elsewhere-%d.mp4", index);
        jobs[index] = start_job(client, new_request_to(temp_path(name)), NULL);
    }
    CHECK(server_reaches(videos, "GET /v ", 5));
    /* Meanwhile creates and looks go as fast as ever. */
    start = now_ms();
    for (; made < 10 || now_ms() < end; made++) i2v_job_release(run_job(client, new_request(), NULL, I2V_OK));
    CHECK_LASTED(start, 0);
    CHECK_INT(server_count(service, "/createBySourcePrompt "), DOWNLOADS + made);
    /* Eight at the beginning, and then one now and then, as long as this lasted. */
    CHECK_BETWEEN(server_count(videos, "GET /v "), 5, DOWNLOADS + 4 + (now_ms() - start) / 1000);
    for (index = 0; index < DOWNLOADS; index++) i2v_job_release(jobs[index]);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    server_stop(service);
    server_stop(videos);
}

static void video_that_is_too_large_is_not_saved(void)
{
    i2v_config *config = new_config(NULL);
    i2v_client *client;
    i2v_error *error;
    i2v_job *job;
    CHECK_STATUS(i2v_config_set_max_video_bytes(config, 0), I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_config_set_max_video_bytes(config, 1000), I2V_OK);
    client = new_client(config);
    job = run_job(client, new_request_to(temp_path("large.mp4")), NULL, I2V_ERROR_TOO_LARGE);
    error = i2v_job_copy_error(job);
    CHECK_CONTAINS(i2v_error_get_message(error), "max_video_bytes");
    CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_CERTAIN);
    i2v_error_destroy(error);
    CHECK(!file_exists(temp_path("large.mp4")) && !file_exists(temp_path("large.mp4.part")));
    CHECK_INT(sandbox_count("video"), 1);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

/* Runs a job under faults of the video's route; gives the requests for the video. */
static json_t *fetch_under(const char *faults, const char *target)
{
    i2v_client *client = sandbox_client();
    i2v_job *job;
    sandbox_faults(faults);
    job = run_job(client, new_request_to(target), NULL, I2V_OK);
    CHECK(is_mp4(target));
    CHECK(!file_exists(temp_path("part.mp4.part")));
    i2v_job_release(job);
    i2v_client_destroy(client);
    return sandbox_requests("video");
}

static void broken_download_goes_on_where_it_stopped(void)
{
    const char *target = temp_path("part.mp4");
    json_t *requests = fetch_under("[{\"route\":\"video\",\"break_after\":20000}]", target);
    remove(target);
    CHECK_INT(json_array_size(requests), 2);
    CHECK(recorded_header(json_array_get(requests, 0), "range") == NULL);
    CHECK_TEXT(recorded_header(json_array_get(requests, 1), "range"), "bytes=20000-");
    CHECK(recorded_header(json_array_get(requests, 1), "if-range") != NULL);
    json_decref(requests);
}

static void video_that_changed_is_fetched_from_the_beginning(void)
{
    const char *target = temp_path("part.mp4");
    json_t *requests = fetch_under("[{\"route\":\"video\",\"break_after\":20000},"
                                   "{\"route\":\"video\",\"change_entity\":true}]",
                                   target);
    char *whole = NULL;
    json_t *request = json_array_get(requests, 1);
    char path[512];
    int port = 0;
    CHECK_INT(json_array_size(requests), 2);
    sscanf(sandbox_url(), "http://127.0.0.1:%d", &port);
    snprintf(path, sizeof path, "%s", json_string_value(json_object_get(request, "path")));
    CHECK_INT(http_request(port, "GET", path, "", 0, &whole), 200);
    {
        char *saved = read_file(target);
        CHECK(saved && whole && memcmp(saved, whole, (size_t)file_size(target)) == 0);
        free(saved);
        free(whole);
    }
    remove(target);
    json_decref(requests);
}

static void length_that_is_too_long_is_noticed(void)
{
    const char *target = temp_path("part.mp4");
    json_decref(fetch_under("[{\"route\":\"video\",\"length_off\":1000}]", target));
    CHECK_INT(sandbox_count("video"), 2);
    remove(target);
}

/* The file itself tells that its end is missing. */
static void length_that_is_too_short_is_noticed(void)
{
    const char *target = temp_path("part.mp4");
    json_decref(fetch_under("[{\"route\":\"video\",\"length_off\":-1000}]", target));
    CHECK_INT(sandbox_count("video"), 2);
    remove(target);
}

static void address_that_expired_is_asked_for_again(void)
{
    const char *target = temp_path("part.mp4");
    json_t *requests = fetch_under("[{\"route\":\"video\",\"expire\":true}]", target);
    CHECK_INT(json_array_size(requests), 2);
    CHECK(strcmp(json_string_value(json_object_get(json_array_get(requests, 0), "path")),
                 json_string_value(json_object_get(json_array_get(requests, 1), "path")))
          != 0);
    json_decref(requests);
    remove(target);
}

/* ---- Downloads of any size ---- */

/* The program that downloads large videos, some at once, from a sandbox of its own. Prints by how many kilobytes
 * its memory grew meanwhile. */
int run_downloads(const char *count, const char *video_bytes, const char *folder)
{
    i2v_job *jobs[8] = {NULL};
    int index, wanted = atoi(count);
    long before;
    i2v_client *client;
    char target[1024];
    sandbox_start(getenv("I2V_SANDBOX"), "0", video_bytes);
    client = sandbox_client();
    for (index = 0; index < wanted; index++) jobs[index] = run_job(client, new_request(), NULL, I2V_OK);
    /* A small one first: what is made once for all downloads is not theirs. */
    sandbox_faults("[{\"route\":\"video\",\"reply\":{\"status\":200,\"body\":\"small\"}}]");
    snprintf(target, sizeof target, "%s/0.mp4", folder);
    CHECK_STATUS(i2v_job_fetch(jobs[0], target, true, NULL, NULL, NULL), I2V_OK);
    CHECK_STATUS(finish_job(jobs[0]), I2V_OK);
    CHECK_INT(file_size(target), 5);

    forget_most_memory();
    before = most_memory();
    for (index = 0; index < wanted; index++) {
        snprintf(target, sizeof target, "%s/%d.mp4", folder, index);
        CHECK_STATUS(i2v_job_fetch(jobs[index], target, true, NULL, NULL, NULL), I2V_OK);
    }
    for (index = 0; index < wanted; index++) CHECK_STATUS(finish_job(jobs[index]), I2V_OK);
    printf("%ld\n", most_memory() - before);
    fflush(stdout);
    for (index = 0; index < wanted; index++) {
        CHECK_INT(file_size(i2v_job_get_path(jobs[index])), atoll(video_bytes));
        remove(i2v_job_get_path(jobs[index]));
        i2v_job_release(jobs[index]);
    }
    i2v_client_destroy(client);
    return failed_checks() == 0 ? 0 : 1;
}

/* In a process of its own, which is not watched by valgrind, so that its memory is what the library needs. */
static void download(int count, const char *video_bytes)
{
    enum { MOST_EACH = 4096 };
    char number[16], folder[1024], output[4096];
    const char *arguments[5] = {"--downloads", NULL, NULL, NULL, NULL};
    long grown;
    snprintf(number, sizeof number, "%d", count);
    snprintf(folder, sizeof folder, "%s", temp_path("."));
    arguments[1] = number;
    arguments[2] = video_bytes;
    arguments[3] = folder;
    if (!CHECK_INT(run_program(arguments, NULL, output, sizeof output, 4 * slack(HANG)), 0)) CHECK_TEXT(output, "");
    grown = strtol(output, NULL, 10);
    check_growth(grown, count * MOST_EACH);
}

static void large_download_takes_little_memory(void) { download(1, "300000000"); }

static void downloads_side_by_side_take_little_memory_each(void) { download(4, "100000000"); }

/* ---- Handles of clients that are gone ---- */

static void destroyed_client_is_told_as_that(void)
{
    i2v_client *client = sandbox_client(), *next;
    i2v_request *request = new_request();
    i2v_error *error = NULL;
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    next = sandbox_client();
    CHECK(next != client);
    CHECK_STATUS(i2v_client_destroy(client), I2V_ERROR_CLOSED);
    CHECK_STATUS(i2v_client_submit(client, request, NULL, NULL, NULL, &error), I2V_ERROR_CLOSED);
    CHECK_ERROR(&error, I2V_ERROR_CLOSED, NULL);
    CHECK_STATUS(i2v_client_dispatch(client, 0, NULL, NULL), I2V_ERROR_CLOSED);
    CHECK_STATUS(i2v_client_resume(client, NULL, NULL, NULL, 1, NULL, NULL), I2V_ERROR_CLOSED);
    CHECK_INT(i2v_client_get_fd(client), -1);
    CHECK_INT(i2v_client_get_job_count(client), 0);
    i2v_job_release(run_job(next, request, NULL, I2V_OK));
    CHECK_STATUS(i2v_client_destroy(next), I2V_OK);
}

void suite_limits(void)
{
    RUN(busy_client_says_try_later);
    RUN(requests_keep_to_their_rate);
    RUN(downloads_at_once_are_bounded);
    RUN(requests_at_once_are_bounded);
    RUN(creates_without_a_job_are_bounded);
    RUN(creates_that_wait_are_cancelled_at_once);
    RUN(host_that_always_fails_is_left_alone);
    RUN(host_of_videos_that_fails_does_not_hold_the_service_up);
    RUN(video_that_is_too_large_is_not_saved);
    RUN(broken_download_goes_on_where_it_stopped);
    RUN(video_that_changed_is_fetched_from_the_beginning);
    RUN(length_that_is_too_long_is_noticed);
    RUN(length_that_is_too_short_is_noticed);
    RUN(address_that_expired_is_asked_for_again);
    RUN(large_download_takes_little_memory);
    RUN(downloads_side_by_side_take_little_memory_each);
    RUN(destroyed_client_is_told_as_that);
}
