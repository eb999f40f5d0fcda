/* A typical life at the most verbose level, and then a search of everything it left for the key, the token
 * and the secret: log lines, errors, snapshots, files, the ledger, and what another host saw. */
#include "support.h"

#include <ctype.h>
#include <dirent.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* With characters that other spellings write otherwise. */
#define KEY "k3y/0123456+789=abcdef"
#define TOKEN "t0ken/0123456+789=abcdef"
#define SECRET "s3cret/0123456+789=abcdef"
#define FETCHED "f3tched/0123456+789=abcdef"

static const char *const secrets[] = {KEY, TOKEN, SECRET, FETCHED};

/* As it is, with its slash escaped, percent-encoded, and as any of three places in Base64 makes it look. */
enum { SECRETS = sizeof secrets / sizeof *secrets, PLAIN = 0, ESCAPED, PERCENT, BASE64, SPELLINGS = BASE64 + 3 };

static char spelled[SECRETS][SPELLINGS][128];

/* The credentials of the client that lives, which the service repeats wherever it can. */
static const char *own;

/* ---- The search ---- */

/* In Base64, behind so many bytes: without the characters that have bits of what stands before or after. */
static void spell_base64(const char *secret, size_t before, char *text)
{
    unsigned char bytes[64] = {0}, encoded[128];
    size_t length = before + strlen(secret), first = (before * 8 + 5) / 6, end = length * 8 / 6;
    memcpy(bytes + before, secret, length - before);
    EVP_EncodeBlock(encoded, bytes, (int)length);
    memcpy(text, encoded + first, end - first);
    text[end - first] = 0;
}

static void spell(void)
{
    size_t index, place;
    for (index = 0; index < SECRETS; index++) {
        char(*its)[128] = spelled[index];
        const char *next;
        memset(its, 0, sizeof spelled[index]);
        for (next = secrets[index]; *next; next++) {
            sprintf(its[PLAIN] + strlen(its[PLAIN]), "%c", *next);
            sprintf(its[ESCAPED] + strlen(its[ESCAPED]), *next == '/' ? "\\%c" : "%c", *next);
            sprintf(its[PERCENT] + strlen(its[PERCENT]), isalnum((unsigned char)*next) ? "%c" : "%%%02X", *next);
        }
        for (place = 0; place < 3; place++) spell_base64(secrets[index], place, its[BASE64 + place]);
    }
}

/* Whether the bytes have a text anywhere, also behind a NUL. */
static bool has(const char *bytes, size_t length, const char *text)
{
    size_t size = strlen(text), index;
    for (index = 0; index + size <= length; index++)
        if (memcmp(bytes + index, text, size) == 0) return true;
    return false;
}

/* The first secret that the bytes have, as it is spelled there; NULL when there is none. */
static const char *find_secret(const char *bytes, size_t length)
{
    size_t index;
    for (index = 0; index < (size_t)SECRETS * SPELLINGS; index++) {
        const char *text = spelled[index / SPELLINGS][index % SPELLINGS];
        if (has(bytes, length, text)) return text;
    }
    return NULL;
}

typedef struct {
    int lines, leaks;
    char first[512];
} listener;

static void listen_to_log(i2v_log_level level, const char *message, void *user_data)
{
    listener *its = user_data;
    (void)level;
    its->lines++;
    if (find_secret(message, strlen(message)) && its->leaks++ == 0)
        snprintf(its->first, sizeof its->first, "%s", message);
}

static void look_for_all(const char *text)
{
    if (text) CHECK_TEXT(find_secret(text, strlen(text)), NULL);
}

static void look_through_error(i2v_error *error)
{
    look_for_all(i2v_error_get_message(error));
    look_for_all(i2v_error_get_service_message(error));
    look_for_all(i2v_error_get_json(error));
    look_for_all(i2v_error_get_field(error));
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

/* All files that begin with a name, how many of them are not empty, and how many have a secret: targets, part files,
 * the ledger and what SQLite keeps beside it. */
typedef struct {
    int filled, leaks;
} findings;

static findings search_files(const char *name)
{
    findings its = {0, 0};
    DIR *folder = opendir(temp_path("."));
    struct dirent *entry;
    while (folder && (entry = readdir(folder))) {
        const char *path = temp_path(entry->d_name);
        char *bytes;
        if (strncmp(entry->d_name, name, strlen(name)) != 0 || !(bytes = read_file(path))) continue;
        if (file_size(path) > 0) its.filled++;
        if (find_secret(bytes, (size_t)file_size(path))) its.leaks++;
        free(bytes);
    }
    if (folder) closedir(folder);
    return its;
}

/* What a text may be split over in the file is whole in the records. */
static void look_through_ledger(const char *path)
{
    i2v_ledger *ledger = NULL;
    size_t index;
    CHECK_STATUS(i2v_ledger_open(path, &ledger, NULL), I2V_OK);
    CHECK(i2v_ledger_get_count(ledger) > 0);
    for (index = 0; index < i2v_ledger_get_count(ledger); index++)
        look_for_all(i2v_ledger_get_json(ledger, index));
    i2v_ledger_destroy(ledger);
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
        /* Such a video's id is its prompt. */
        const char *prompt = strstr(request, "\"prompt\":\"");
        char body[512];
        prompt = prompt ? prompt + 10 : "";
        snprintf(body, sizeof body, "{\"code\":1000,\"data\":{\"_id\":\"%.*s\",\"status\":1,\"debug\":\"%s\"}}",
                 (int)strcspn(prompt, "\""), prompt, own);
        server_json(descriptor, body);
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
                 "\"video_url\":\"%s/moved\"},{\"_id\":\"broken\",\"status\":3,\"debug\":\"%s\","
                 "\"video_url\":\"%s/stuck\"}]}}",
                 own, own, server_url(its->elsewhere), own, server_url(its->elsewhere));
        server_json(descriptor, body);
    } else if (strstr(request, "/createBySourcePrompt ")) {
        return create(server, descriptor, request);
    } else {
        reply_with(descriptor, "200 OK", "", "{\"code\":1000,\"data\":{\"credit\":1,\"debug\":\"%s\"}}");
    }
    return true;
}

/* Another host, which sends a video on under another name, and stops in the middle of one. */
static bool other_host(server *server, int descriptor, const char *request, int connection)
{
    static const char stuck[] = "HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nETag: \"one\"\r\n"
                                "Content-Length: 1000\r\n\r\nthe beginning of a video";
    char location[256];
    (void)connection;
    if (strstr(request, "GET /stuck ")) {
        if (send(descriptor, stuck, sizeof stuck - 1, MSG_NOSIGNAL) > 0) server_hang(descriptor);
        return false;
    }
    if (strstr(request, "GET /moved ")) {
        snprintf(location, sizeof location, "Location: http://localhost%s/v.mp4\r\n",
                 strrchr(server_url(server), ':'));
        server_reply(descriptor, "302 Found", location, "");
        return true;
    }
    server_reply(descriptor, "200 OK", "Content-Type: video/mp4\r\n", "a video, or so it says");
    return false;
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

/* A job whose download came to a halt midway. */
static i2v_job *start_broken(i2v_client *client)
{
    i2v_request *request = new_request_to(temp_path("leaks-broken.mp4"));
    int64_t received = 0, total, end = now_ms() + slack(HANG);
    i2v_job *job;
    i2v_request_set_prompt(request, "broken");
    job = start_job(client, request, NULL);
    while (received == 0 && now_ms() < end) {
        i2v_client_dispatch(client, 10, NULL, NULL);
        i2v_job_get_progress(job, &received, &total);
    }
    CHECK(received > 0);
    return job;
}

static void look_through_questions(i2v_client *client)
{
    i2v_query *query = NULL;
    CHECK_STATUS(i2v_client_query_credits(client, slack(HANG), NULL, NULL, &query, NULL), I2V_OK);
    CHECK_STATUS(i2v_query_wait(query, -1, NULL), I2V_OK);
    CHECK_CONTAINS(i2v_query_get_json(query), "debug");
    look_for_all(i2v_query_get_json(query));
    i2v_query_release(query);
    CHECK_STATUS(i2v_client_query_effects(client, slack(HANG), NULL, NULL, &query, NULL), I2V_OK);
    CHECK(i2v_query_wait(query, -1, NULL) != I2V_OK);
    look_through_error(i2v_query_copy_error(query));
    i2v_query_release(query);
}

static void look_at_other_host(server *elsewhere)
{
    size_t index;
    CHECK(server_count(elsewhere, "GET /v.mp4 ") >= 1);
    CHECK(server_count(elsewhere, "GET /stuck ") >= 1);
    for (index = 0; index < (size_t)SECRETS * SPELLINGS; index++)
        CHECK_INT(server_count(elsewhere, spelled[index / SPELLINGS][index % SPELLINGS]), 0);
    CHECK_INT(server_count(elsewhere, "x-api-key"), 0);
    CHECK_INT(server_count(elsewhere, "uthorization"), 0);
}

static void live(access access)
{
    static const char *const prompts[] = {"good", "refused", "page", "expired", "moved", "dropped", "failed"};
    static const char *const sent[] = {"x-api-key: " KEY, "Bearer " TOKEN, "\"clientSecret\":\"" SECRET "\""};
    static const char *const repeated[] = {KEY " k3y\\/0123456+789=abcdef", TOKEN " t0ken\\/0123456+789=abcdef",
                                           SECRET " " FETCHED " f3tched\\/0123456+789=abcdef"};
    place its;
    server *service;
    listener listening;
    i2v_client *client;
    i2v_job *broken;
    size_t index;
    findings found;
    spell();
    own = repeated[access];
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
    look_through_questions(client);
    broken = start_broken(client);

    /* While everything is open, and what is left of it. */
    CHECK(file_size(temp_path("leaks-ledger.db-wal")) > 0);
    found = search_files("leaks");
    CHECK(found.filled >= 3);
    CHECK_INT(found.leaks, 0);
    look_through_ledger(temp_path("leaks-ledger.db"));
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    look_through_job(broken);
    i2v_job_release(broken);
    CHECK(file_size(temp_path("leaks-broken.mp4.part")) > 0);
    CHECK(file_size(temp_path("leaks-ledger.db")) > 0);
    CHECK_INT(search_files("leaks").leaks, 0);
    look_through_ledger(temp_path("leaks-ledger.db"));
    remove(temp_path("leaks-ledger.db"));
    remove(temp_path("leaks-broken.mp4.part"));

    CHECK(listening.lines > 10);
    CHECK_INT(listening.leaks, 0);
    CHECK_TEXT(listening.first, "");
    CHECK(server_count(service, sent[access]) > 0);
    look_at_other_host(its.elsewhere);
    server_stop(service);
    server_stop(its.elsewhere);
}

/* What is searched for is found, wherever it is, however it is spelled. */
static void search_finds_what_is_planted(void)
{
    server *other = server_start(other_host, NULL);
    size_t index;
    int port = 0;
    spell();
    sscanf(server_url(other), "http://127.0.0.1:%d", &port);
    for (index = 0; index < (size_t)SECRETS * SPELLINGS; index++) {
        const char *text = spelled[index / SPELLINGS][index % SPELLINGS];
        char line[256], path[512];
        listener listening = {0, 0, ""};
        FILE *file = fopen(temp_path("planted"), "wb");
        int length = snprintf(line, sizeof line, "before %s after", text);
        listen_to_log(I2V_LOG_DEBUG, line, &listening);
        CHECK_INT(listening.leaks, 1);
        REQUIRE(file != NULL);
        CHECK_INT(fwrite("x", 1, 2, file), 2);
        CHECK_INT(fwrite(line, 1, (size_t)length, file), length);
        fclose(file);
        CHECK_INT(search_files("planted").leaks, 1);
        snprintf(path, sizeof path, "/?%s", text);
        CHECK_INT(http_request(port, "GET", path, "", 0, NULL), 200);
        CHECK(server_count(other, text) > 0);
    }
    write_file(temp_path("planted"), "nothing at all");
    CHECK_INT(search_files("planted").filled, 1);
    CHECK_INT(search_files("planted").leaks, 0);
    server_stop(other);
}

static void life_with_a_key_leaks_nothing(void) { live(BY_KEY); }

static void life_with_a_token_leaks_nothing(void) { live(BY_TOKEN); }

static void life_with_a_login_leaks_nothing(void) { live(BY_LOGIN); }

void suite_leaks(void)
{
    RUN(search_finds_what_is_planted);
    RUN(life_with_a_key_leaks_nothing);
    RUN(life_with_a_token_leaks_nothing);
    RUN(life_with_a_login_leaks_nothing);
}
