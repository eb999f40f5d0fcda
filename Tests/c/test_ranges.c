/* A download that broke off goes on only with the rest of the same video: every other answer makes it begin anew. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { SIZE = 3000, HALF = SIZE / 2, MOST = 8 };

#define TAG "ETag: \"one\"\r\n"
#define DATE "Thu, 26 Nov 2026 10:00:00 GMT"
/* What is asked for: all of it, or the second half of what has a name. */
#define ALL "all"
#define REST(name) "bytes=1500- of " name

/* One answer for the video: some of its bytes under a length that need not be theirs. */
typedef struct {
    const char *status, *headers;
    int from, length, announced;
} step;

static const step whole = {"200 OK", TAG, 0, SIZE, SIZE};
static const step first_half = {"200 OK", TAG, 0, HALF, SIZE};

/* The answers, in turn and then again the last two, and what was asked for each time. */
typedef struct {
    step steps[3];
    int count, requests;
    char asked[MOST][128];
} script;

static char byte_at(int index) { return (char)('a' + index % 23); }

/* Copies a header's value; an empty text without it. */
static void copy_header(const char *request, const char *name, char *text, size_t size)
{
    const char *start = strstr(request, name);
    snprintf(text, size, "%.*s", start ? (int)strcspn(start + strlen(name), "\r") : 0, start ? start + strlen(name) : "");
}

static void note_request(script *script, const char *request)
{
    char range[40], name[60];
    if (script->requests >= MOST) return;
    copy_header(request, "\r\nRange: ", range, sizeof range);
    copy_header(request, "\r\nIf-Range: ", name, sizeof name);
    snprintf(script->asked[script->requests], sizeof *script->asked, "%s%s%s", *range ? range : ALL,
             *name ? " of " : "", name);
}

static bool send_step(int descriptor, const step *step)
{
    char head[512], bytes[SIZE];
    int index;
    for (index = 0; index < step->length; index++) bytes[index] = byte_at(step->from + index);
    snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Type: video/mp4\r\n%sContent-Length: %d\r\n\r\n", step->status,
             step->headers, step->announced);
    (void)!send(descriptor, head, strlen(head), MSG_NOSIGNAL);
    (void)!send(descriptor, bytes, (size_t)step->length, MSG_NOSIGNAL);
    return step->length == step->announced;
}

static bool play(server *server, int descriptor, const char *request, int connection)
{
    script *script = server_state(server);
    char body[256];
    int index;
    (void)connection;
    if (strstr(request, "GET /v ")) {
        note_request(script, request);
        index = script->requests++;
        while (index >= script->count) index -= 2;
        return send_step(descriptor, &script->steps[index]);
    }
    snprintf(body, sizeof body,
             "{\"code\":1000,\"data\":{\"result\":[{\"_id\":\"an-id\",\"status\":3,\"video_url\":\"%s/v\"}]}}",
             server_url(server));
    server_json(descriptor, body);
    return true;
}

/* Downloads by the script; the job ends as the status says. */
static void download(script *script, const char *target, i2v_status status)
{
    server *server = server_start(play, script);
    i2v_client *client = new_client(new_config(server_url(server)));
    i2v_job *job = NULL;
    i2v_error *error;
    CHECK_STATUS(i2v_client_attach(client, "an-id", target, false, NULL, NULL, &job, NULL), I2V_OK);
    CHECK_STATUS(finish_job(job), status);
    error = i2v_job_copy_error(job);
    if (error) CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_CERTAIN);
    i2v_error_destroy(error);
    i2v_job_release(job);
    i2v_client_destroy(client);
    server_stop(server);
}

/* The script leaves the first bytes of the video, asked for like this; NULL ends what was asked for. */
static void check_download(script *script, int size, const char *const *asked)
{
    const char *target = temp_path("ranges.mp4");
    char *saved;
    int index;
    download(script, target, I2V_OK);
    saved = read_file(target);
    CHECK_INT(file_size(target), size);
    for (index = 0; saved && index < size; index++)
        if (!CHECK_INT(saved[index], byte_at(index))) break;
    CHECK(!file_exists(temp_path("ranges.mp4.part")));
    for (index = 0; asked[index]; index++) CHECK_TEXT(script->asked[index], asked[index]);
    CHECK_INT(script->requests, index);
    free(saved);
    remove(target);
}

/* Half of it came; then this, and then all of it. */
static void begin_anew_after(const step *answer)
{
    static const char *const asked[] = {ALL, REST("\"one\""), ALL, NULL};
    script script = {{first_half, *answer, whole}, 3, 0, {""}};
    check_download(&script, SIZE, asked);
}

static void rest_of_the_same_video_is_taken(void)
{
    static const char *const asked[] = {ALL, REST("\"one\""), NULL};
    script script = {{first_half, {"206 Partial Content", "Content-Range: bytes 1500-2999/3000\r\n", HALF, HALF, HALF}},
                     2, 0, {""}};
    check_download(&script, SIZE, asked);
}

static void part_that_begins_elsewhere_is_not_taken(void)
{
    static const step answers[] = {
        {"206 Partial Content", TAG "Content-Range: bytes 0-2999/3000\r\n", 0, SIZE, SIZE},
        {"206 Partial Content", TAG "Content-Range: bytes 1499-2999/3000\r\n", 1499, 1501, 1501},
        {"206 Partial Content", TAG "Content-Range: bytes 1501-2999/3000\r\n", 1501, 1499, 1499},
        {"206 Partial Content", TAG "Content-Range: bytes */3000\r\n", HALF, HALF, HALF},
        {"206 Partial Content", TAG, HALF, HALF, HALF},
    };
    size_t index;
    for (index = 0; index < sizeof answers / sizeof *answers; index++) begin_anew_after(&answers[index]);
}

static void part_of_another_whole_is_not_taken(void)
{
    static const step answers[] = {
        {"206 Partial Content", TAG "Content-Range: bytes 1500-2999/4000\r\n", HALF, HALF, HALF},
        {"206 Partial Content", TAG "Content-Range: bytes 1500-1999/2000\r\n", HALF, 500, 500},
    };
    size_t index;
    for (index = 0; index < sizeof answers / sizeof *answers; index++) begin_anew_after(&answers[index]);
}

/* A weak tag promises no equal bytes. */
static void weak_tag_is_no_name_for_the_rest(void)
{
    static const char *const asked[] = {ALL, ALL, NULL};
    script script = {{{"200 OK", "ETag: W/\"one\"\r\n", 0, HALF, SIZE}, {"200 OK", "ETag: W/\"one\"\r\n", 0, SIZE, SIZE}},
                     2, 0, {""}};
    check_download(&script, SIZE, asked);
}

static void date_is_the_name_where_the_tag_is_weak(void)
{
    static const char *const asked[] = {ALL, REST(DATE), NULL};
    script script = {{{"200 OK", "ETag: W/\"one\"\r\nLast-Modified: " DATE "\r\n", 0, HALF, SIZE},
                      {"206 Partial Content", "Content-Range: bytes 1500-2999/3000\r\n", HALF, HALF, HALF}},
                     2, 0, {""}};
    check_download(&script, SIZE, asked);
}

static void video_that_became_shorter_is_begun_anew(void)
{
    static const step answers[] = {
        {"416 Range Not Satisfiable", "Content-Range: bytes */1000\r\n", 0, 0, 0},
        {"416 Range Not Satisfiable", "", 0, 0, 0},
    };
    size_t index;
    for (index = 0; index < sizeof answers / sizeof *answers; index++) begin_anew_after(&answers[index]);
}

/* It was announced as longer than it is. */
static void nothing_left_means_that_all_of_it_is_here(void)
{
    static const char *const asked[] = {ALL, REST("\"one\""), NULL};
    script script = {{first_half, {"416 Range Not Satisfiable", "Content-Range: bytes */1500\r\n", 0, 0, 0}}, 2, 0, {""}};
    check_download(&script, HALF, asked);
}

static void download_that_never_fits_ends_without_a_file(void)
{
    const char *target = temp_path("ranges.mp4");
    script script = {{first_half, {"206 Partial Content", TAG "Content-Range: bytes 0-1499/3000\r\n", 0, HALF, HALF}},
                     2, 0, {""}};
    int index;
    download(&script, target, I2V_ERROR_NETWORK);
    CHECK(!file_exists(target) && !file_exists(temp_path("ranges.mp4.part")));
    CHECK_BETWEEN(script.requests, 4, MOST);
    for (index = 0; index < script.requests; index++)
        CHECK_TEXT(script.asked[index], index % 2 ? REST("\"one\"") : ALL);
}

void suite_ranges(void)
{
    RUN(rest_of_the_same_video_is_taken);
    RUN(part_that_begins_elsewhere_is_not_taken);
    RUN(part_of_another_whole_is_not_taken);
    RUN(weak_tag_is_no_name_for_the_rest);
    RUN(date_is_the_name_where_the_tag_is_weak);
    RUN(video_that_became_shorter_is_begun_anew);
    RUN(nothing_left_means_that_all_of_it_is_here);
    RUN(download_that_never_fits_ends_without_a_file);
}
