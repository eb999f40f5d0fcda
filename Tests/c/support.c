/* The sandbox, clients and jobs, files and processes, as tests use them. */
#include "support.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what)
{
    printf("\n%s\n", what);
    exit(2);
}

/* ---- Threads ---- */

void flag_raise(bool *flag) { __atomic_store_n(flag, true, __ATOMIC_SEQ_CST); }

bool flag_is_up(const bool *flag) { return __atomic_load_n(flag, __ATOMIC_SEQ_CST); }

/* ---- Time ---- */

int64_t now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

void sleep_ms(int64_t milliseconds)
{
    struct timespec time;
    time.tv_sec = (time_t)(milliseconds / 1000);
    time.tv_nsec = (long)(milliseconds % 1000) * 1000000;
    nanosleep(&time, NULL);
}

int64_t slack(int64_t milliseconds)
{
    const char *factor = getenv("I2V_TEST_SLACK");
    return factor ? milliseconds * atoi(factor) : milliseconds;
}

int64_t enough(void) { return slack(500) > 2000 ? slack(500) : 2000; }

int rounds(int few, int many) { return getenv("I2V_TEST_LONG") ? many : few; }

/* ---- The sandbox ---- */

static pid_t sandbox, sandbox_owner;
static int sandbox_port;
static char sandbox_address[64];
static char picture[256];
static char folder[512];

int http_request(int port, const char *method, const char *path, const char *body, size_t length,
                 char **reply)
{
    struct sockaddr_in address;
    char head[512];
    char *text = NULL;
    size_t size = 0, room = 0;
    ssize_t got;
    int status = 0;
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    /* Who does not answer shall be told of, not waited for. */
    struct timeval patience = {0, 0};

    patience.tv_sec = (time_t)(slack(60000) / 1000);
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
        close(descriptor);
        return 0;
    }
    snprintf(head, sizeof head,
             "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: %lu\r\n\r\n", method,
             path, (unsigned long)length);
    if (send(descriptor, head, strlen(head), MSG_NOSIGNAL) > 0) {
        size_t sent = 0;
        while (sent < length && (got = send(descriptor, body + sent, length - sent, MSG_NOSIGNAL)) > 0)
            sent += (size_t)got;
    }
    got = 0;
    do {
        size += (size_t)got;
        if (room - size < 4096) text = realloc(text, (room += 65536) + 1);
        if (!text) die("out of memory");
    } while ((got = recv(descriptor, text + size, room - size, 0)) > 0);
    close(descriptor);
    text[size] = 0;
    if (strncmp(text, "HTTP/1.1 ", 9) == 0) status = atoi(text + 9);
    if (reply) {
        char *end = strstr(text, "\r\n\r\n");
        *reply = end ? memmove(text, end + 4, size + 1 - (size_t)(end + 4 - text)) : text;
    } else {
        free(text);
    }
    return status;
}

/* A picture with something to see in it: a gradient, as a PPM. */
static char *draw_picture(size_t *length)
{
    const int width = 480, height = 320;
    char *bytes = malloc(64 + (size_t)(width * height * 3));
    char *end;
    int x, y;
    if (!bytes) die("out of memory");
    end = bytes + sprintf(bytes, "P6\n%d %d\n255\n", width, height);
    for (y = 0; y < height; y++) {
        for (x = 0; x < width; x++) {
            *end++ = (char)(x * 255 / width);
            *end++ = (char)(y * 255 / height);
            *end++ = (char)((x ^ y) & 255);
        }
    }
    *length = (size_t)(end - bytes);
    return bytes;
}

void sandbox_upload(const char *name, const char *bytes, size_t length, char *url, size_t size)
{
    char path[128], *reply = NULL;
    json_t *answer;
    int status;
    snprintf(path, sizeof path, "/_sandbox/upload?name=%s", name);
    status = http_request(sandbox_port, "POST", path, bytes, length, &reply);
    answer = reply ? json_loads(reply, 0, NULL) : NULL;
    if (status != 200 || !answer) die("the sandbox does not take uploads");
    snprintf(url, size, "%s", json_string_value(json_object_get(answer, "url")));
    json_decref(answer);
    free(reply);
}

static void upload_picture(void)
{
    size_t length;
    char *bytes = draw_picture(&length);
    sandbox_upload("picture.ppm", bytes, length, picture, sizeof picture);
    free(bytes);
}

void sandbox_warm_up(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job = start_job(client, new_request(), NULL);
    if (finish_job(job) != I2V_OK) die("the sandbox cannot make a video");
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void remove_folder(void)
{
    DIR *directory = opendir(folder);
    struct dirent *entry;
    while (directory && (entry = readdir(directory))) {
        char path[1024];
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        remove(path);
    }
    if (directory) closedir(directory);
    rmdir(folder);
}

void sandbox_start(const char *program, const char *job_seconds, const char *video_bytes)
{
    int ends[2];
    char line[256];
    size_t length = 0;
    const char *colon;

    if (!program) die("set I2V_SANDBOX to the path of the sandbox's executable");
    snprintf(folder, sizeof folder, "%s/i2v-tests-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    if (!mkdtemp(folder)) die("no temporary folder can be made");
    if (pipe(ends) != 0) die("no pipe can be made");
    fflush(stdout);
    sandbox_owner = getpid();
    sandbox = fork();
    if (sandbox == 0) {
        /* A suite that crashes leaves no server behind. */
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl(program, program, "--port", "0", "--speed", "1", "--job-seconds", job_seconds, "--api-key",
              "sandbox-key", "--bearer-token", "sandbox-token", "--prefix", "/gateway",
              video_bytes ? "--render" : (char *)NULL, "none", "--video-bytes", video_bytes, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    while (length + 1 < sizeof line && read(ends[0], line + length, 1) == 1 && line[length] != '\n') length++;
    line[length] = 0;
    /* Its end of the pipe stays open, so that a word of the sandbox's does not end it. */
    colon = strrchr(line, ':');
    sandbox_port = colon ? atoi(colon + 1) : 0;
    if (sandbox_port == 0) die("the sandbox does not start");
    snprintf(sandbox_address, sizeof sandbox_address, "http://127.0.0.1:%d", sandbox_port);
    atexit(sandbox_stop);
    upload_picture();
}

void sandbox_stop(void)
{
    /* Children of the suite run the exit handlers, too. */
    if (sandbox <= 0 || sandbox_owner != getpid()) return;
    kill(sandbox, SIGTERM);
    waitpid(sandbox, NULL, 0);
    sandbox = 0;
    remove_folder();
}

void sandbox_join(const char *url, const char *its_picture)
{
    const char *colon = strrchr(url, ':');
    snprintf(sandbox_address, sizeof sandbox_address, "%s", url);
    snprintf(picture, sizeof picture, "%s", its_picture);
    sandbox_port = colon ? atoi(colon + 1) : 0;
}

const char *sandbox_url(void) { return sandbox_address; }

const char *sandbox_picture(void) { return picture; }

static void control(const char *path, const char *body)
{
    char *reply = NULL;
    if (http_request(sandbox_port, "POST", path, body, strlen(body), &reply) != 200) {
        printf("\nthe sandbox refuses %s: %s", path, reply ? reply : "");
        die("");
    }
    free(reply);
}

void sandbox_faults(const char *rules) { control("/_sandbox/faults", rules); }

void sandbox_reset(void) { control("/_sandbox/reset", ""); }

void sandbox_oddities(const char *oddities) { control("/_sandbox/oddities", oddities); }

void sandbox_expire_tokens(void) { control("/_sandbox/expire-tokens", ""); }

static json_t *ask(const char *path)
{
    char *reply = NULL;
    json_t *answer;
    if (http_request(sandbox_port, "GET", path, "", 0, &reply) != 200) die("the sandbox does not answer");
    answer = json_loads(reply, 0, NULL);
    if (!answer) die("the sandbox does not answer with JSON");
    free(reply);
    return answer;
}

long long sandbox_count(const char *name)
{
    json_t *stats = ask("/_sandbox/stats");
    json_t *value = json_object_get(stats, name);
    long long count;
    if (!value) value = json_object_get(json_object_get(stats, "requests"), name);
    if (!json_is_integer(value)) die("the sandbox has no such figure");
    count = json_integer_value(value);
    json_decref(stats);
    return count;
}

bool sandbox_reaches(const char *name, long long count)
{
    int64_t end = now_ms() + slack(HANG);
    while (sandbox_count(name) < count) {
        if (now_ms() > end) return false;
        sleep_ms(10);
    }
    return true;
}

json_t *sandbox_requests(const char *route)
{
    json_t *all = ask("/_sandbox/requests"), *found = json_array(), *item;
    size_t index;
    json_array_foreach(all, index, item)
    {
        const char *its = json_string_value(json_object_get(item, "route"));
        if (its && strcmp(its, route) == 0) json_array_append(found, item);
    }
    json_decref(all);
    return found;
}

const char *recorded_header(json_t *request, const char *name)
{
    return json_string_value(json_object_get(json_object_get(request, "headers"), name));
}

/* ---- Clients, requests, jobs ---- */

i2v_config *new_config(const char *base_url)
{
    i2v_config *config = i2v_config_create();
    i2v_config_set_api_key(config, "sandbox-key");
    i2v_config_set_base_url(config, base_url ? base_url : sandbox_address);
    i2v_config_set_proxy(config, "");
    i2v_config_set_poll_interval(config, 20, 60);
    return config;
}

i2v_client *new_client(i2v_config *config)
{
    i2v_client *client = NULL;
    i2v_error *error = NULL;
    CHECK_STATUS(i2v_client_create(config, &client, &error), I2V_OK);
    CHECK_TEXT(i2v_error_get_message(error), "");
    i2v_error_destroy(error);
    i2v_config_destroy(config);
    return client;
}

i2v_client *sandbox_client(void) { return new_client(new_config(NULL)); }

i2v_request *new_request(void)
{
    i2v_request *request = i2v_request_create();
    i2v_request_set_image_url(request, picture);
    i2v_request_set_prompt(request, "the camera slowly moves closer");
    return request;
}

i2v_request *new_request_to(const char *target)
{
    i2v_request *request = new_request();
    CHECK_STATUS(i2v_request_set_target(request, target), I2V_OK);
    return request;
}

void watch_event(i2v_job *job, i2v_event event, void *user_data)
{
    watch *watched = user_data;
    size_t length = strlen(watched->order);
    if (length + 1 < sizeof watched->order)
        watched->order[length] = event >= 1 && event <= 5 ? "?CSPDW"[event] : '?';
    if (event == I2V_EVENT_DONE) {
        i2v_error *error = i2v_job_copy_error(job);
        watched->done++;
        watched->state = i2v_job_get_state(job);
        watched->status = i2v_error_get_status(error);
        i2v_error_destroy(error);
    }
}

i2v_job *start_job(i2v_client *client, i2v_request *request, watch *watched)
{
    i2v_job *job = NULL;
    i2v_error *error = NULL;
    CHECK_STATUS(i2v_client_submit(client, request, watched ? watch_event : NULL, watched, &job, &error),
                 I2V_OK);
    CHECK_TEXT(i2v_error_get_message(error), "");
    i2v_error_destroy(error);
    i2v_request_destroy(request);
    return job;
}

i2v_status finish_job(i2v_job *job) { return i2v_job_wait(job, slack(HANG), NULL); }

bool reach_state(i2v_client *client, i2v_job *job, i2v_job_state state)
{
    int64_t end = now_ms() + slack(HANG);
    while (i2v_job_get_state(job) != state) {
        if (now_ms() > end) return false;
        i2v_client_dispatch(client, 10, NULL, NULL);
    }
    return true;
}

bool reach_id(i2v_client *client, i2v_job *job)
{
    int64_t end = now_ms() + slack(HANG);
    while (!i2v_job_get_id(job)) {
        if (now_ms() > end) return false;
        i2v_client_dispatch(client, 10, NULL, NULL);
    }
    return true;
}

i2v_job *run_job(i2v_client *client, i2v_request *request, watch *watched, i2v_status status)
{
    i2v_job *job = start_job(client, request, watched);
    CHECK_STATUS(finish_job(job), status);
    return job;
}

/* ---- Files and processes ---- */

const char *temp_path(const char *name)
{
    static char paths[8][1024];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

bool file_exists(const char *path) { return file_size(path) >= 0; }

long long file_size(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0 ? (long long)info.st_size : -1;
}

bool is_mp4(const char *path)
{
    char head[8] = {0};
    FILE *file = fopen(path, "rb");
    bool good = file && fread(head, 1, sizeof head, file) == sizeof head && memcmp(head + 4, "ftyp", 4) == 0;
    if (file) fclose(file);
    return good;
}

void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0) die("a file cannot be written");
}

char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t size = 0, got = 0;
    if (!file) return NULL;
    do {
        size += got;
        text = realloc(text, size + 4097);
        if (!text) die("out of memory");
    } while ((got = fread(text + size, 1, 4096, file)) > 0);
    text[size] = 0;
    fclose(file);
    return text;
}

/* Reads what a child says until it ends; false when that takes too long. */
static bool read_all(int descriptor, char *output, size_t size, int64_t end)
{
    size_t length = 0;
    struct pollfd waiting;
    ssize_t got = 1;
    waiting.fd = descriptor;
    waiting.events = POLLIN;
    while (got > 0) {
        char bytes[256];
        int64_t left = end - now_ms();
        if (left <= 0 || poll(&waiting, 1, (int)left) == 0) return false;
        got = read(descriptor, bytes, sizeof bytes);
        if (got > 0 && length + (size_t)got < size) {
            memcpy(output + length, bytes, (size_t)got);
            length += (size_t)got;
        }
        output[length] = 0;
    }
    return true;
}

int run_program(const char *const *arguments, const char *preload, char *output, size_t size, int64_t limit)
{
    int ends[2], status = 0;
    pid_t child;
    bool in_time;
    const char *all[16] = {NULL};
    size_t count;
    all[0] = program_path;
    for (count = 0; arguments[count] && count < 14; count++) all[count + 1] = arguments[count];
    if (pipe(ends) != 0) die("no pipe can be made");
    fflush(stdout);
    child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        if (preload) setenv("LD_PRELOAD", preload, 1);
        execv(program_path, (char *const *)(void *)all);
        _exit(127);
    }
    close(ends[1]);
    in_time = read_all(ends[0], output, size, now_ms() + limit);
    close(ends[0]);
    if (!in_time) kill(child, SIGKILL);
    waitpid(child, &status, 0);
    for (; *output; output++) *output = *output == '\n' ? ' ' : *output;
    if (!in_time) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

const char *preload(const char *name)
{
    static char path[1024];
    const char *folder = getenv("I2V_PRELOADS");
    if (!folder) die("set I2V_PRELOADS to the folder of the libraries to preload");
    snprintf(path, sizeof path, "%s/%s.so", folder, name);
    return path;
}

/* The kernel may list a thread for a moment after it was joined: one that is exiting counts no more. */
int count_threads(const char *name)
{
    enum { EXITING = 4 };
    DIR *tasks = opendir("/proc/self/task");
    struct dirent *entry;
    int count = 0;
    while (tasks && (entry = readdir(tasks))) {
        char path[320], line[512] = "", *comm, *end;
        unsigned flags = 0;
        FILE *file;
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "/proc/self/task/%s/stat", entry->d_name);
        file = fopen(path, "r");
        if (!file) continue;
        if (!fgets(line, sizeof line, file)) line[0] = 0;
        fclose(file);
        comm = strchr(line, '(');
        end = strrchr(line, ')');
        if (!comm || !end || sscanf(end + 1, " %*c %*d %*d %*d %*d %*d %u", &flags) != 1) continue;
        *end = 0;
        if (!(flags & EXITING) && (!name || strcmp(comm + 1, name) == 0)) count++;
    }
    if (tasks) closedir(tasks);
    return count;
}

long most_memory(void)
{
    char *status = read_file("/proc/self/status"), *line = status ? strstr(status, "VmHWM:") : NULL;
    long kilobytes = line ? atol(line + 6) : -1;
    free(status);
    return kilobytes;
}

long long processor_time(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (long long)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

void forget_most_memory(void) { write_file("/proc/self/clear_refs", "5"); }

void check_growth(long kilobytes, long most)
{
    if (!left_out_under(NULL, "memory, which is the sanitizer's more than the library's"))
        CHECK_BETWEEN(kilobytes, 0, most);
    if (getenv("I2V_TEST_LONG")) printf("(%ld KB) ", kilobytes);
}

/* ---- Ledgers ---- */

const char *new_ledger(const char *name)
{
    static char path[256];
    char other[300];
    snprintf(path, sizeof path, "%s", temp_path(name));
    remove(path);
    snprintf(other, sizeof other, "%s-wal", path);
    remove(other);
    snprintf(other, sizeof other, "%s-shm", path);
    remove(other);
    return path;
}

i2v_config *ledger_config(const char *url, const char *path)
{
    i2v_config *config = new_config(url);
    i2v_config_set_ledger(config, path);
    return config;
}

void in_a_process_that_dies(void (*work)(const char *), const char *path)
{
    int status = 0;
    pid_t child;
    fflush(stdout);
    child = fork();
    if (child == 0) {
        work(path);
        raise(SIGKILL);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

i2v_ledger *read_ledger(const char *path, size_t count)
{
    i2v_ledger *ledger = NULL;
    CHECK_STATUS(i2v_ledger_open(path, &ledger, NULL), I2V_OK);
    CHECK_INT(i2v_ledger_get_count(ledger), (long long)count);
    return ledger;
}

bool ledger_reaches(const char *path, size_t count)
{
    int64_t end = now_ms() + slack(HANG);
    while (now_ms() < end) {
        i2v_ledger *ledger = NULL;
        bool reaches = i2v_ledger_open(path, &ledger, NULL) == I2V_OK && i2v_ledger_get_count(ledger) >= count;
        i2v_ledger_destroy(ledger);
        if (reaches) return true;
        sleep_ms(5);
    }
    return false;
}

size_t resume_all(const char *path, watch *watched)
{
    i2v_client *client = new_client(ledger_config(NULL, path));
    watch ours = {0};
    size_t count = 99;
    int64_t end = now_ms() + slack(HANG);
    CHECK_STATUS(i2v_client_resume(client, watch_event, watched ? watched : &ours, NULL, 100, &count, NULL), I2V_OK);
    while (i2v_client_get_job_count(client) > 0 && now_ms() < end)
        i2v_client_dispatch(client, 100, NULL, NULL);
    CHECK_INT(i2v_client_get_job_count(client), 0);
    CHECK_STATUS(i2v_client_check_ledger(client, NULL), I2V_OK);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    return count;
}
