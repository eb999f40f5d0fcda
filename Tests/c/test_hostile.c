/* Servers that mean harm: they drip, flood, inflate, redirect for ever, and answer with far too much. Time
 * and memory stay bounded. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool say(int descriptor, const void *bytes, size_t length)
{
    const char *next = bytes;
    while (length > 0) {
        ssize_t sent = send(descriptor, next, length, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        next += sent;
        length -= (size_t)sent;
    }
    return true;
}

static bool say_text(int descriptor, const char *text) { return say(descriptor, text, strlen(text)); }

/* ---- Drips ---- */

/* One byte, and another, for as long as anybody listens. */
static void drip(int descriptor)
{
    while (say(descriptor, "x", 1)) sleep_ms(200);
}

static bool drip_body(server *server, int descriptor, const char *request, int connection)
{
    (void)server;
    (void)request;
    (void)connection;
    say_text(descriptor, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
                         "{\"code\":1000,\"msg\":\"");
    drip(descriptor);
    return false;
}

static bool drip_headers(server *server, int descriptor, const char *request, int connection)
{
    (void)server;
    (void)request;
    (void)connection;
    say_text(descriptor, "HTTP/1.1 200 OK\r\nX-Long: ");
    drip(descriptor);
    return false;
}

static void request_timeout_holds_when_the_answer_drips(void)
{
    static const server_fn answers[] = {drip_body, drip_headers};
    size_t index;
    for (index = 0; index < 2; index++) {
        server *service = server_start(answers[index], NULL);
        i2v_config *config = new_config(server_url(service));
        i2v_client *client;
        i2v_query *query = NULL;
        i2v_job *job;
        int64_t start;
        i2v_config_set_request_timeout(config, slack(500));
        client = new_client(config);
        start = now_ms();
        job = run_job(client, new_request(), NULL, I2V_ERROR_OUTCOME_UNKNOWN);
        CHECK_LASTED(start, slack(490));
        CHECK_INT(server_count(service, "POST "), 1);
        start = now_ms();
        CHECK_STATUS(i2v_client_query_credits(client, slack(1000), NULL, NULL, &query, NULL), I2V_OK);
        CHECK(i2v_query_wait(query, -1, NULL) != I2V_OK);
        CHECK_LASTED(start, slack(490));
        i2v_query_release(query);
        i2v_job_release(job);
        CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
        server_stop(service);
    }
}

static bool drip_video(server *server, int descriptor, const char *request, int connection)
{
    char body[256];
    (void)connection;
    if (strstr(request, "GET /v ")) {
        say_text(descriptor, "HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 1000000\r\n\r\n");
        drip(descriptor);
        return false;
    }
    if (strstr(request, "GET /h ")) return drip_headers(server, descriptor, request, connection);
    snprintf(body, sizeof body,
             "{\"code\":1000,\"data\":{\"_id\":\"a\",\"status\":3,\"result\":[{\"_id\":\"a\",\"status\":3,"
             "\"video_url\":\"%s%s\"}]}}",
             server_url(server), (const char *)server_state(server));
    server_json(descriptor, body);
    return true;
}

static void deadline_holds_when_the_video_drips(void)
{
    static const char *const paths[] = {"/v", "/h"};
    size_t index;
    for (index = 0; index < 2; index++) {
        server *service = server_start(drip_video, (void *)paths[index]);
        i2v_client *client = new_client(new_config(server_url(service)));
        i2v_request *request = new_request_to(temp_path("drip.mp4"));
        int64_t start = now_ms();
        i2v_job *job;
        i2v_request_set_deadline(request, enough());
        job = run_job(client, request, NULL, I2V_ERROR_DEADLINE);
        CHECK_LASTED(start, enough() - 10);
        CHECK(server_count(service, index == 0 ? "GET /v " : "GET /h ") >= 1);
        CHECK(!file_exists(temp_path("drip.mp4")));
        i2v_job_release(job);
        CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
        server_stop(service);
    }
}

static void stall_timeout_holds_when_the_video_drips(void)
{
    /* A few bytes a second are as good as none. */
    server *service = server_start(drip_video, (void *)"/v");
    i2v_config *config = new_config(server_url(service));
    i2v_request *request = new_request_to(temp_path("drip.mp4"));
    i2v_client *client;
    i2v_job *job;
    i2v_config_set_stall_timeout(config, 1000);
    client = new_client(config);
    i2v_request_set_deadline(request, slack(HANG));
    job = start_job(client, request, NULL);
    CHECK(server_reaches(service, "GET /v ", 2));
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    server_stop(service);
}

/* ---- Floods ---- */

static bool flood_body(server *server, int descriptor, const char *request, int connection)
{
    static const char block[] = "\"data\":{\"_id\":[[[[{\"a\":\"bcdefghijklmnopqrstuvwxyz\"}]]]]},";
    char bytes[16384];
    size_t length;
    (void)server;
    (void)request;
    (void)connection;
    for (length = 0; length + sizeof block < sizeof bytes; length += sizeof block - 1)
        memcpy(bytes + length, block, sizeof block);
    say_text(descriptor, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{");
    while (say(descriptor, bytes, length)) continue;
    return false;
}

static bool flood_headers(server *server, int descriptor, const char *request, int connection)
{
    char bytes[16384];
    size_t length = 0;
    (void)server;
    (void)request;
    (void)connection;
    while (length + 64 < sizeof bytes)
        length += (size_t)snprintf(bytes + length, 64, "X-Header-%lu: abcdefghijklmnop\r\n", (long)length);
    say_text(descriptor, "HTTP/1.1 200 OK\r\n");
    while (say(descriptor, bytes, length)) continue;
    return false;
}

/* A gzip stream of one letter and its copies without end: 13 bytes for 2064 letters. */
static bool flood_gzip(server *server, int descriptor, const char *request, int connection)
{
    static const char first[] = "01010101000", copy[] = "1100010100000";
    static const unsigned char head[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
    unsigned char bytes[13 * 1024];
    size_t bit = 0;
    int index;
    (void)server;
    (void)request;
    (void)connection;
    say_text(descriptor, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                         "Content-Encoding: gzip\r\n\r\n");
    say(descriptor, head, sizeof head);
    memset(bytes, 0, sizeof bytes);
    /* Not the last block, fixed codes: 010. The letter x is 0x30 + 0x78, its highest bit first. */
    for (bit = 0; first[bit]; bit++)
        if (first[bit] == '1') bytes[bit / 8] |= (unsigned char)(1u << bit % 8);
    /* The length 258 is the code 11000101, the distance 1 is 00000. */
    for (index = 0; bit < sizeof bytes * 8; bit++, index++)
        if (copy[index % 13] == '1') bytes[bit / 8] |= (unsigned char)(1u << bit % 8);
    say(descriptor, bytes, sizeof bytes);
    /* After 13 bytes the pattern repeats, and the buffer's length is a multiple of that. */
    while (say(descriptor, bytes + 13, sizeof bytes - 13)) continue;
    return false;
}

/* An answer just within bounds, made of as many values as it can hold. */
static bool flood_values(server *server, int descriptor, const char *request, int connection)
{
    enum { LENGTH = 1000000 };
    static const char head[] = "{\"code\":1003,\"data\":[0";
    char *body = malloc(LENGTH + 3);
    size_t length;
    (void)server;
    (void)request;
    (void)connection;
    if (!body) abort();
    memcpy(body, head, sizeof head);
    for (length = sizeof head - 1; length < LENGTH; length += 2) memcpy(body + length, ",0", 2);
    memcpy(body + length, "]}", 3);
    server_json(descriptor, body);
    free(body);
    return true;
}

/* Every row that was asked for, behind ten thousand that were not. */
static bool flood_rows(server *server, int descriptor, const char *request, int connection)
{
    size_t size = 4 << 20, length;
    char *body;
    int row;
    (void)connection;
    if (!strstr(request, "/resultsByIds ")) {
        char created[128];
        snprintf(created, sizeof created, "{\"code\":1000,\"data\":{\"_id\":\"a%d\",\"status\":1}}",
                 server_number(server));
        server_json(descriptor, created);
        return true;
    }
    body = malloc(size);
    if (!body) abort();
    length = (size_t)snprintf(body, size, "{\"code\":1000,\"data\":{\"result\":[");
    for (row = 0; row < 10000; row++) {
        length += (size_t)snprintf(body + length, size - length,
                                   "{\"_id\":\"other%d\",\"status\":2,\"prompt\":\"a wave breaks\"},", row);
    }
    for (row = 1; row <= 8; row++) {
        length += (size_t)snprintf(body + length, size - length,
                                   "%s{\"_id\":\"a%d\",\"status\":3,\"video_url\":\"http://127.0.0.1:9/v\"}",
                                   row > 1 ? "," : "", row);
    }
    snprintf(body + length, size - length, "]}}");
    server_json(descriptor, body);
    free(body);
    return true;
}

enum { FLOODED = 8 };

/* The program that is flooded: eight jobs at once. Prints how each ended, and by how much its memory grew. */
int run_flood(const char *url)
{
    i2v_config *config = new_config(url);
    i2v_client *client;
    i2v_job *jobs[FLOODED];
    long before;
    int index;
    i2v_config_set_max_requests(config, FLOODED);
    i2v_config_set_request_timeout(config, slack(10000));
    client = new_client(config);
    before = most_memory();
    for (index = 0; index < FLOODED; index++)
        jobs[index] = start_job(client, prompt_request(PROMPT_FINISHES, index, NULL), NULL);
    for (index = 0; index < FLOODED; index++)
        printf("%d ", finish_job(jobs[index]));
    printf("%ld\n", most_memory() - before);
    fflush(stdout);
    for (index = 0; index < FLOODED; index++) i2v_job_release(jobs[index]);
    i2v_client_destroy(client);
    return failed_checks() == 0 ? 0 : 1;
}

/* Memory in kilobytes that the program may need for it. */
static void flood(server_fn answer, i2v_status status, long most)
{
    server *service = server_start(answer, NULL);
    const char *arguments[3] = {"--flood", NULL, NULL};
    char output[4096], *rest = output;
    long grown;
    int index;
    arguments[1] = server_url(service);
    CHECK_INT(run_program(arguments, NULL, output, sizeof output, slack(HANG)), 0);
    for (index = 0; index < FLOODED; index++) CHECK_STATUS((i2v_status)strtol(rest, &rest, 10), status);
    grown = strtol(rest, &rest, 10);
    check_growth(grown, most);
    server_stop(service);
}

static void body_without_end_is_bounded(void) { flood(flood_body, I2V_ERROR_OUTCOME_UNKNOWN, 40960); }

static void headers_without_end_are_bounded(void) { flood(flood_headers, I2V_ERROR_OUTCOME_UNKNOWN, 40960); }

static void body_that_inflates_is_bounded(void) { flood(flood_gzip, I2V_ERROR_OUTCOME_UNKNOWN, 40960); }

static void answer_full_of_values_is_bounded(void)
{
    flood(flood_values, I2V_ERROR_INVALID_REQUEST, 40960);
}

static void ten_thousand_rows_are_read_and_given_back(void) { flood(flood_rows, I2V_OK, 40960); }

/* ---- Redirects ---- */

static bool redirect_on(server *server, int descriptor, const char *request, int connection)
{
    const char *number = strstr(request, "GET /v");
    char text[256];
    (void)connection;
    if (number) {
        snprintf(text, sizeof text, "Location: %s/v%d\r\n", server_url(server), atoi(number + 6) + 1);
        server_reply(descriptor, "302 Found", text, "");
    } else {
        snprintf(text, sizeof text,
                 "{\"code\":1000,\"data\":{\"_id\":\"a\",\"result\":[{\"_id\":\"a\",\"status\":3,"
                 "\"video_url\":\"%s/v0\"}]}}",
                 server_url(server));
        server_json(descriptor, text);
    }
    return true;
}

static void redirects_without_end_are_not_followed(void)
{
    server *service = server_start(redirect_on, NULL);
    i2v_client *client = new_client(new_config(server_url(service)));
    i2v_job *job = run_job(client, new_request_to(temp_path("away.mp4")), NULL, I2V_ERROR_HTTP);
    i2v_error *error = i2v_job_copy_error(job);
    CHECK_CONTAINS(i2v_error_get_message(error), "redirects without end");
    CHECK_BETWEEN(server_count(service, "GET /v"), 2, 60);
    CHECK(!file_exists(temp_path("away.mp4")) && !file_exists(temp_path("away.mp4.part")));
    i2v_error_destroy(error);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    server_stop(service);
}

/* ---- A host that is late ---- */

/* Says something new of every job at every look. */
static bool change_always(server *server, int descriptor, const char *request, int connection)
{
    static const char head[] = "{\"code\":1000,\"data\":{\"result\":[";
    char body[16384];
    size_t length = sizeof head - 1;
    int number, looks = server_count(server, "/resultsByIds ");
    (void)connection;
    if (strstr(request, "/resultsByIds ")) {
        memcpy(body, head, sizeof head);
        for (number = 1; number <= 50; number++)
            length += (size_t)snprintf(body + length, sizeof body - length,
                                       "%s{\"_id\":\"a%d\",\"status\":%d}", number > 1 ? "," : "", number,
                                       1 + looks % 2);
        snprintf(body + length, sizeof body - length, "]}}");
    } else {
        snprintf(body, sizeof body, "{\"code\":1000,\"data\":{\"_id\":\"a%d\",\"status\":1}}",
                 server_number(server));
    }
    server_json(descriptor, body);
    return true;
}

static void host_that_dispatches_late_finds_few_events(void)
{
    enum { JOBS = 50 };
    server *service = server_start(change_always, NULL);
    i2v_config *config = new_config(server_url(service));
    watch watched[JOBS];
    i2v_job *jobs[JOBS];
    int64_t end = now_ms() + slack(HANG);
    i2v_client *client;
    size_t delivered = 0;
    int index;
    memset(watched, 0, sizeof watched);
    i2v_config_set_poll_interval(config, 10, 10);
    client = new_client(config);
    for (index = 0; index < JOBS; index++) jobs[index] = start_job(client, new_request(), &watched[index]);
    for (index = 0; index < JOBS; index++)
        while (!i2v_job_get_id(jobs[index]) && now_ms() < end) sleep_ms(5);
    CHECK(server_reaches(service, "/resultsByIds ", server_count(service, "/resultsByIds ") + 30));
    CHECK_STATUS(i2v_client_dispatch(client, 0, &delivered, NULL), I2V_OK);
    /* That it was created, and once that something changed; while this is told, it may have changed again. */
    CHECK_BETWEEN((long long)delivered, JOBS, 3 * JOBS);
    for (index = 0; index < JOBS; index++) CHECK_INT(watched[index].order[0], 'C');
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    for (index = 0; index < JOBS; index++) {
        CHECK_INT(watched[index].done, 1);
        i2v_job_release(jobs[index]);
    }
    server_stop(service);
}

void suite_hostile(void)
{
    RUN(request_timeout_holds_when_the_answer_drips);
    RUN(deadline_holds_when_the_video_drips);
    RUN(stall_timeout_holds_when_the_video_drips);
    RUN(body_without_end_is_bounded);
    RUN(headers_without_end_are_bounded);
    RUN(body_that_inflates_is_bounded);
    RUN(answer_full_of_values_is_bounded);
    RUN(ten_thousand_rows_are_read_and_given_back);
    RUN(redirects_without_end_are_not_followed);
    RUN(host_that_dispatches_late_finds_few_events);
}
