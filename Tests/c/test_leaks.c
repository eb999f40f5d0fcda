/* A typical life at the most verbose level, and then a search of everything it left for the key, the token
 * and the secret: log lines, errors, snapshots, files, the ledger, and what another host saw. */
#include "support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define KEY "k3y-0123456789-abcdef"
#define TOKEN "t0ken-0123456789-abcdef"
#define SECRET "s3cret-0123456789-abcdef"
#define FETCHED "f3tched-0123456789-abcdef"

static const char *const secrets[] = {KEY, TOKEN, SECRET, FETCHED};

enum { SECRETS = sizeof secrets / sizeof *secrets };

/* The credentials of the client that lives, which the service repeats wherever it can. */
static const char *own;

typedef struct {
    int lines, leaks;
    char first[512];
} listener;

static void listen_to_log(i2v_log_level level, const char *message, void *user_data)
{
    listener *its = user_data;
    size_t index;
    (void)level;
    its->lines++;
    for (index = 0; index < SECRETS; index++) {
        if (!strstr(message, secrets[index])) continue;
        if (its->leaks++ == 0) snprintf(its->first, sizeof its->first, "%s", message);
    }
}

static void look_for_all(const char *text)
{
    size_t index;
    for (index = 0; text && index < SECRETS; index++) CHECK_LACKS(text, secrets[index]);
}

static void look_through_error(i2v_error *error)
{
    look_for_all(i2v_error_get_message(error));
    look_for_all(i2v_error_get_service_message(error));
    look_for_all(i2v_error_get_json(error));
    i2v_error_destroy(error);
}

static void look_through_job(i2v_job *job)
{
    i2v_video *video = i2v_job_copy_video(job), *receipt = i2v_job_copy_receipt(job);
    look_through_error(i2v_job_copy_error(job));
    look_for_all(i2v_video_get_json(video));
    look_for_all(i2v_video_get_json(receipt));
    look_for_all(i2v_job_get_path(job));
    i2v_video_release(video);
    i2v_video_release(receipt);
}

/* Whether a file has a text anywhere, also behind a NUL. */
static bool file_has(const char *path, const char *text)
{
    long long size = file_size(path), index;
    size_t length = strlen(text);
    char *bytes = read_file(path);
    bool found = false;
    for (index = 0; bytes && index + (long long)length <= size && !found; index++)
        found = memcmp(bytes + index, text, length) == 0;
    free(bytes);
    return found;
}

/* All files that begin with a name: targets, part files, the ledger and what SQLite keeps beside it. */
static int look_through_files(const char *name)
{
    char path[1024];
    DIR *folder = opendir(temp_path("."));
    struct dirent *entry;
    int count = 0;
    size_t index;
    while (folder && (entry = readdir(folder))) {
        if (strncmp(entry->d_name, name, strlen(name)) != 0) continue;
        snprintf(path, sizeof path, "%s", temp_path(entry->d_name));
        count++;
        for (index = 0; index < SECRETS; index++) {
            if (file_has(path, secrets[index])) CHECK_LACKS(entry->d_name, name);
        }
    }
    if (folder) closedir(folder);
    return count;
}

/* ---- A service that repeats whatever it was told ---- */

typedef struct {
    /* Where videos and some API requests are sent on to. */
    server *elsewhere;
} place;

static void reply_with(int descriptor, const char *status, const char *headers, const char *format)
{
    char body[2048];
    snprintf(body, sizeof body, format, own);
    server_reply(descriptor, status, headers, body);
}

/* What becomes of a create, by its prompt. */
static bool create(server *server, int descriptor, const char *request)
{
    const place *its = server_state(server);
    char headers[256];
    if (strstr(request, "\"prompt\":\"refused\"")) {
        reply_with(descriptor, "200 OK", "", "{\"code\":1003,\"data\":{\"x-api-key\":\"%s\"}}");
    } else if (strstr(request, "\"prompt\":\"page\"")) {
        reply_with(descriptor, "502 Bad Gateway", "Content-Type: text/html\r\n", "<html>%s</html>");
    } else if (strstr(request, "\"prompt\":\"expired\"")) {
        reply_with(descriptor, "200 OK", "", "{\"code\":1101,\"msg\":\"expired: %s\"}");
    } else if (strstr(request, "\"prompt\":\"moved\"")) {
        snprintf(headers, sizeof headers, "Location: %s/create\r\n", server_url(its->elsewhere));
        reply_with(descriptor, "307 Temporary Redirect", headers, "%s");
    } else if (strstr(request, "\"prompt\":\"dropped\"")) {
        return false;
    } else {
        bool is_good = strstr(request, "\"prompt\":\"good\"") != NULL;
        reply_with(descriptor, "200 OK", "",
                   is_good ? "{\"code\":1000,\"data\":{\"_id\":\"good\",\"status\":1,\"debug\":\"%s\"}}"
                           : "{\"code\":1000,\"data\":{\"_id\":\"failed\",\"status\":1,\"debug\":\"%s\"}}");
    }
    return true;
}

static bool gossip(server *server, int descriptor, const char *request, int connection)
{
    const place *its = server_state(server);
    char body[1024];
    (void)connection;
    if (strstr(request, "/getToken ")) {
        server_json(descriptor, "{\"code\":1000,\"token\":\"" FETCHED "\"}");
    } else if (strstr(request, "/resultsByIds ")) {
        snprintf(body, sizeof body,
                 "{\"code\":1000,\"data\":{\"result\":[{\"_id\":\"failed\",\"status\":4,"
                 "\"error_reason\":\"%s has no rights\"},{\"_id\":\"good\",\"status\":3,\"debug\":\"%s\","
                 "\"video_url\":\"%s/moved\"}]}}",
                 own, own, server_url(its->elsewhere));
        server_json(descriptor, body);
    } else if (strstr(request, "/createBySourcePrompt ")) {
        return create(server, descriptor, request);
    } else {
        reply_with(descriptor, "200 OK", "", "{\"code\":1000,\"data\":{\"credit\":1,\"debug\":\"%s\"}}");
    }
    return true;
}

/* Another host, which sends the video on under another name. */
static bool other_host(server *server, int descriptor, const char *request, int connection)
{
    char location[256];
    (void)connection;
    if (strstr(request, "GET /moved ")) {
        snprintf(location, sizeof location, "Location: http://localhost%s/v.mp4\r\n",
                 strrchr(server_url(server), ':'));
        server_reply(descriptor, "302 Found", location, "");
        return true;
    }
    server_reply(descriptor, "200 OK", "Content-Type: video/mp4\r\n", "a video, or so it says");
    return true;
}

typedef enum { BY_KEY, BY_TOKEN, BY_LOGIN } access;

static i2v_client *make_client(access access, server *service, listener *its)
{
    i2v_config *config = i2v_config_create();
    memset(its, 0, sizeof *its);
    if (access == BY_KEY) i2v_config_set_api_key(config, KEY);
    if (access == BY_TOKEN) i2v_config_set_bearer_token(config, TOKEN);
    if (access == BY_LOGIN) i2v_config_set_client_credentials(config, "an-id", SECRET);
    i2v_config_set_base_url(config, server_url(service));
    i2v_config_set_proxy(config, "");
    i2v_config_set_poll_interval(config, 20, 60);
    i2v_config_set_log(config, I2V_LOG_DEBUG, listen_to_log, its);
    CHECK_STATUS(i2v_config_set_ledger(config, temp_path("leaks-ledger.db")), I2V_OK);
    return new_client(config);
}

static void live(access access)
{
    static const char *const prompts[] = {"good", "refused", "page", "expired", "moved", "dropped", "failed"};
    place its;
    server *service;
    listener listening;
    i2v_client *client;
    i2v_query *query = NULL;
    size_t index;
    own = access == BY_KEY ? KEY : access == BY_TOKEN ? TOKEN : SECRET " " FETCHED;
    its.elsewhere = server_start(other_host, NULL);
    service = server_start(gossip, &its);
    client = make_client(access, service, &listening);
    for (index = 0; index < sizeof prompts / sizeof *prompts; index++) {
        i2v_request *request = new_request_to(temp_path("leaks.mp4"));
        i2v_job *job;
        remove(temp_path("leaks.mp4"));
        i2v_request_set_prompt(request, prompts[index]);
        job = start_job(client, request, NULL);
        CHECK(index == 0 ? finish_job(job) == I2V_OK : finish_job(job) != I2V_OK);
        look_through_job(job);
        i2v_job_release(job);
    }
    CHECK_STATUS(i2v_client_query_credits(client, slack(5000), NULL, NULL, &query, NULL), I2V_OK);
    i2v_query_wait(query, -1, NULL);
    look_for_all(i2v_query_get_json(query));
    i2v_query_release(query);
    CHECK(look_through_files("leaks") >= 1);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    CHECK(look_through_files("leaks") >= 1);
    /* The search finds what is there. */
    CHECK(file_has(temp_path("leaks-ledger.db"), "good"));
    CHECK(listening.lines > 10);
    CHECK_INT(listening.leaks, 0);
    CHECK_TEXT(listening.first, "");
    CHECK(server_count(its.elsewhere, "GET /v.mp4 ") >= 1);
    for (index = 0; index < SECRETS; index++) CHECK_INT(server_count(its.elsewhere, secrets[index]), 0);
    CHECK_INT(server_count(its.elsewhere, "x-api-key"), 0);
    CHECK_INT(server_count(its.elsewhere, "uthorization"), 0);
    server_stop(service);
    server_stop(its.elsewhere);
}

static void life_with_a_key_leaks_nothing(void) { live(BY_KEY); }

static void life_with_a_token_leaks_nothing(void) { live(BY_TOKEN); }

static void life_with_a_login_leaks_nothing(void) { live(BY_LOGIN); }

void suite_leaks(void)
{
    RUN(life_with_a_key_leaks_nothing);
    RUN(life_with_a_token_leaks_nothing);
    RUN(life_with_a_login_leaks_nothing);
}
