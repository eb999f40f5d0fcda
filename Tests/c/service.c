/* A service for tests that must know whose answer is whose: the id of a video tells which service made it and
 * for which prompt, and the video tells its id. The prompt's first letter says what happens to it. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A video's id, made of the service's name and the prompt. */
static void name_id(const char *name, const char *prompt, char id[64])
{
    snprintf(id, 64, "%s-%s", name, prompt);
}

static void write_video(const char *id, char video[96]) { snprintf(video, 96, "the video of %s", id); }

/* Copies what stands between a mark and the next quotation mark; an empty text without the mark. */
static void copy_after(const char *request, const char *mark, char *text, size_t size)
{
    const char *start = strstr(request, mark);
    size_t length = start ? strcspn(start + strlen(mark), "\"") : 0;
    if (length >= size) abort();
    if (length) memcpy(text, start + strlen(mark), length);
    text[length] = 0;
}

static void answer_results(server *server, int descriptor, const char *request)
{
    static const char head[] = "{\"code\":1000,\"data\":{\"result\":[";
    char ids[16384], *id, *rest = ids;
    size_t size = 65536, length = sizeof head - 1;
    char *body = malloc(size);
    if (!body) abort();
    copy_after(request, "\"_ids\":\"", ids, sizeof ids);
    memcpy(body, head, sizeof head);
    for (id = strtok_r(ids, ",", &rest); id; id = strtok_r(NULL, ",", &rest)) {
        const char *prompt = strchr(id, '-') ? strchr(id, '-') + 1 : id;
        bool is_done = *prompt != PROMPT_WAITS;
        char url[160] = "";
        if (is_done) snprintf(url, sizeof url, "%s/v/%s", server_url(server), id);
        length += (size_t)snprintf(body + length, size - length,
                                   "%s{\"_id\":\"%s\",\"status\":%d,\"video_url\":\"%s\"}",
                                   body[length - 1] == '[' ? "" : ",", id, is_done ? 3 : 2, url);
        if (length + 512 > size) abort();
    }
    snprintf(body + length, size - length, "]}}");
    server_json(descriptor, body);
    free(body);
}

static bool answer(server *server, int descriptor, const char *request, int connection)
{
    char prompt[64], id[64], body[256];
    const char *path = strstr(request, "GET /v/");
    (void)connection;
    if (path) {
        snprintf(id, sizeof id, "%.*s", (int)strcspn(path + 7, " "), path + 7);
        write_video(id, body);
        if (strchr(id, '-') && strchr(id, '-')[1] == PROMPT_FETCHES) server_hang(descriptor);
        else server_reply(descriptor, "200 OK", "Content-Type: video/mp4\r\n", body);
    } else if (strstr(request, "/resultsByIds ")) {
        answer_results(server, descriptor, request);
    } else {
        copy_after(request, "\"prompt\":\"", prompt, sizeof prompt);
        name_id(server_state(server), prompt, id);
        snprintf(body, sizeof body, "{\"code\":1000,\"data\":{\"_id\":\"%s\",\"status\":1}}", id);
        if (*prompt == PROMPT_SENDS) server_hang(descriptor);
        else server_json(descriptor, body);
    }
    return true;
}

server *service_start(const char *name) { return server_start(answer, (void *)name); }

i2v_request *prompt_request(char what, int number, const char *target)
{
    char prompt[32];
    i2v_request *request = i2v_request_create();
    snprintf(prompt, sizeof prompt, "%c%d", what, number);
    i2v_request_set_image_url(request, "https://example.com/cat.png");
    i2v_request_set_prompt(request, prompt);
    if (target) CHECK_STATUS(i2v_request_set_target(request, target), I2V_OK);
    return request;
}

/* The job has the answers to its own prompt, from the service it was sent to, and no others. */
bool check_own(i2v_job *job, const char *name, char what, int number)
{
    char prompt[32], id[64], video[96], *saved;
    const char *path = i2v_job_get_path(job);
    bool good;
    snprintf(prompt, sizeof prompt, "%c%d", what, number);
    name_id(name, prompt, id);
    good = CHECK_TEXT(i2v_job_get_id(job), id);
    if (!path || i2v_job_get_state(job) != I2V_JOB_SAVED) return good;
    write_video(id, video);
    saved = read_file(path);
    good &= CHECK_TEXT(saved, video);
    free(saved);
    return good;
}
