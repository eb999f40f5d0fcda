#include "server.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 1 << 16 };

char fuzz_server_url[64];
static int listener;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint8_t script[ROOM];
static size_t script_length, script_place;
static int script_obliging, script_is_patient, creates;
static char counted[64];
static int64_t last_use;

int64_t fuzz_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

void fuzz_server_script(const uint8_t *bytes, size_t length, int obliging, int is_patient)
{
    pthread_mutex_lock(&lock);
    script_length = length < ROOM ? length : ROOM;
    memcpy(script, bytes, script_length);
    script_place = 0;
    script_obliging = obliging;
    script_is_patient = is_patient;
    last_use = fuzz_now();
    pthread_mutex_unlock(&lock);
}

void fuzz_server_count(const char *agent)
{
    pthread_mutex_lock(&lock);
    snprintf(counted, sizeof counted, "User-Agent: %s\r\n", agent);
    creates = 0;
    pthread_mutex_unlock(&lock);
}

int fuzz_server_creates(void)
{
    int count;
    pthread_mutex_lock(&lock);
    count = creates;
    pthread_mutex_unlock(&lock);
    return count;
}

int64_t fuzz_server_idle(void)
{
    int64_t idle;
    pthread_mutex_lock(&lock);
    idle = fuzz_now() - last_use;
    // A client that has more to hear may pause before it asks.
    if (script_place < script_length) idle /= script_is_patient ? 100 : 8;
    pthread_mutex_unlock(&lock);
    return idle;
}

/* Takes the next part of the script. */
static size_t next_part(uint8_t *part)
{
    size_t length;
    pthread_mutex_lock(&lock);
    uint8_t *begin = script + script_place, *end = script + script_length;
    uint8_t *mark = memmem(begin, (size_t)(end - begin), "\xff\xfe", 2);
    length = (size_t)((mark ? mark : end) - begin);
    memcpy(part, begin, length);
    script_place += length + (mark ? 2 : 0);
    last_use = fuzz_now();
    pthread_mutex_unlock(&lock);
    return length;
}

static int wait_for(int descriptor, int milliseconds)
{
    struct pollfd entry = {.fd = descriptor, .events = POLLIN};
    return poll(&entry, 1, milliseconds) == 1;
}

/* Reads a request with its body; 0 when none comes soon. */
static int read_request(int descriptor, char *text, size_t room)
{
    size_t length = 0, wanted = 0;
    while (length + 1 < room && (wanted == 0 || length < wanted)) {
        char *end, *line;
        ssize_t got = wait_for(descriptor, 100) ? recv(descriptor, text + length, room - 1 - length, 0) : 0;
        if (got <= 0) return 0;
        length += (size_t)got;
        text[length] = 0;
        if (wanted || !(end = strstr(text, "\r\n\r\n"))) continue;
        wanted = (size_t)(end + 4 - text);
        for (line = text; line < end; line = strstr(line, "\r\n") + 2)
            if (strncasecmp(line, "content-length:", 15) == 0) wanted += strtoul(line + 15, NULL, 10);
    }
    return 1;
}

static void send_all(int descriptor, const void *bytes, size_t length)
{
    const uint8_t *at = bytes;
    while (length > 0) {
        ssize_t sent = send(descriptor, at, length, MSG_NOSIGNAL);
        if (sent <= 0) return;
        at += sent;
        length -= (size_t)sent;
    }
}

static const char finished[] = "{\"_id\":\"6901a2b3c4d5e6f7\",\"status\":3,\"create_time\":1760000000000,\"video_url\":";

/* What an obliging service says; NULL for what has to come from the script. */
static const char *oblige(const char *request, char *room, size_t size)
{
    static const char *const fixed[][2] = {
        {"/createBySourcePrompt/batch", "{\"code\":1000,\"data\":{\"successList\":[{\"_id\":\"6901a2b3c4d5e6f7\",\"status\":1},"
                                        "{\"_id\":\"b2\",\"status\":1}],\"errorList\":[{\"code\":1104}]}}"},
        {"/createBySourcePrompt", "{\"code\":1000,\"data\":{\"_id\":\"6901a2b3c4d5e6f7\",\"status\":1,\"deduction_credit\":9}}"},
        {"/updateVideoAudio", "{\"code\":1000,\"data\":{\"_id\":\"6901a2b3c4d5e6f8\",\"status\":1}}"},
        {"/effects", "{\"code\":1000,\"data\":{\"count\":1,\"result\":[{\"_id\":\"e\",\"effect_code\":\"squish_89244231312\","
                     "\"name\":\"Squish\"}]}}"},
        {"/aigModel/list", "{\"code\":1000,\"data\":[{\"value\":\"m\",\"label\":\"M\",\"tags\":[\"t\"],\"ratioList\":[\"1:1\"],"
                           "\"durationList\":[5],\"resolutionList\":[{\"value\":\"720p\",\"unit_credit\":2}]}]}"},
        {"/quota/info", "{\"code\":1000,\"data\":{\"credit\":12.5}}"},
        {"/getToken", "{\"code\":1000,\"token\":\"t0ken\"}"},
        {"/delbyids", "{\"code\":1000,\"data\":{\"successIds\":[\"6901a2b3c4d5e6f7\"],\"noPermissionItems\":[]}}"},
    };
    if (strstr(request, "/resultsByIds") || strstr(request, "/content/video/list")) {
        snprintf(room, size, "{\"code\":1000,\"data\":{\"result\":[%s\"%s/v.mp4\"}]}}", finished, fuzz_server_url);
        return room;
    }
    for (size_t index = 0; index < sizeof fixed / sizeof *fixed; index++)
        if (strstr(request, fixed[index][0])) return fixed[index][1];
    return strstr(request, "/v.mp4") ? "a video, as far as anybody looks" : NULL;
}

static void answer(int descriptor)
{
    static char request[ROOM], room[1024];
    static uint8_t part[ROOM];
    const char *body = NULL;
    int obliging, is_look;
    if (!read_request(descriptor, request, sizeof request)) return;
    is_look = strstr(request, "/resultsByIds") != NULL;
    pthread_mutex_lock(&lock);
    obliging = script_obliging;
    if (*counted && strstr(request, counted) && (strstr(request, "/createBySourcePrompt") || strstr(request, "/updateVideoAudio")))
        creates++;
    pthread_mutex_unlock(&lock);
    if (obliging == FUZZ_OBLIGING || (obliging == FUZZ_LOOKED_AT && is_look))
        body = oblige(request, room, sizeof room);
    if (body) {
        char head[128];
        int length = snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n",
                              strlen(body));
        send_all(descriptor, head, (size_t)length);
        send_all(descriptor, body, strlen(body));
    } else {
        send_all(descriptor, part, next_part(part));
    }
    pthread_mutex_lock(&lock);
    last_use = fuzz_now();
    pthread_mutex_unlock(&lock);
}

static void *serve(void *unused)
{
    int descriptor;
    (void)unused;
    while ((descriptor = accept(listener, NULL, NULL)) >= 0) {
        answer(descriptor);
        shutdown(descriptor, SHUT_WR);
        close(descriptor);
    }
    return NULL;
}

void fuzz_server_start(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    pthread_t thread;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 64) != 0) abort();
    getsockname(listener, (struct sockaddr *)&address, &length);
    snprintf(fuzz_server_url, sizeof fuzz_server_url, "http://127.0.0.1:%d", ntohs(address.sin_port));
    if (pthread_create(&thread, NULL, serve, NULL) != 0) abort();
    pthread_detach(thread);
}

static char folder[64];

static void remove_folder(void)
{
    fuzz_folder_clear();
    rmdir(folder);
}

const char *fuzz_folder(void)
{
    if (!*folder) {
        strcpy(folder, access("/dev/shm", W_OK) == 0 ? "/dev/shm/i2v-fuzz-XXXXXX" : "/tmp/i2v-fuzz-XXXXXX");
        if (!mkdtemp(folder)) abort();
        atexit(remove_folder);
    }
    return folder;
}

void fuzz_folder_clear(void)
{
    DIR *listing = opendir(fuzz_folder());
    struct dirent *entry;
    char path[400];
    while (listing && (entry = readdir(listing))) {
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        unlink(path);
    }
    if (listing) closedir(listing);
}
