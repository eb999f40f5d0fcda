/* Programs of calls, run by one to three threads at once over the same handles. The first byte says how many threads
 * and how the service behaves, the next 20 choose its answers; what follows is dealt out to the threads. Two bytes
 * choose a function, and its arguments follow. The memory contract of the header is kept: no handle is used by anyone
 * who holds no reference, and builders belong to one thread. Handles of destroyed clients stay in use, which the
 * library promises to notice. */
#include "boundary.h"
#include "server.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 3, SLOTS = 5, CLIENTS = 4, CALLS = 24, BOUND = 150 };

typedef struct {
    atomic_int starts, ends;
} tally;

struct program {
    fuzz_input input;
    i2v_error *errors[SLOTS];
    i2v_config *configs[SLOTS];
    i2v_request *requests[SLOTS];
    i2v_ledger *ledgers[SLOTS];
    tally counted, uncounted;
};

static program programs[THREADS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* --- handles of one thread ----------------------------------------------------------------------------------------- */

#define OWN(noun, pool)                                                                                                \
    i2v_##noun *borrow_##noun(program *program, fuzz_input *in)                                                        \
    {                                                                                                                  \
        uint8_t choice = fuzz_byte(in);                                                                                \
        if (choice % 16 == 15) return NULL;                                                                            \
        for (int index = 0; index < SLOTS; index++)                                                                    \
            if (program->pool[(choice + index) % SLOTS]) return program->pool[(choice + index) % SLOTS];               \
        return NULL;                                                                                                   \
    }                                                                                                                  \
    void return_##noun(program *program, i2v_##noun *handle)                                                           \
    {                                                                                                                  \
        (void)program;                                                                                                 \
        (void)handle;                                                                                                  \
    }                                                                                                                  \
    i2v_##noun *give_up_##noun(program *program, fuzz_input *in)                                                       \
    {                                                                                                                  \
        uint8_t choice = fuzz_byte(in);                                                                                \
        i2v_##noun *given = choice % 16 == 15 ? NULL : program->pool[choice % SLOTS];                                  \
        if (given) program->pool[choice % SLOTS] = NULL;                                                               \
        return given;                                                                                                  \
    }                                                                                                                  \
    void keep_##noun(program *program, i2v_##noun *handle)                                                             \
    {                                                                                                                  \
        int free = 0;                                                                                                  \
        while (free < SLOTS - 1 && program->pool[free]) free++;                                                        \
        i2v_##noun##_destroy(program->pool[free]);                                                                     \
        program->pool[free] = handle;                                                                                  \
    }

OWN(error, errors)
OWN(config, configs)
OWN(request, requests)
OWN(ledger, ledgers)

/* --- handles that all threads share ------------------------------------------------------------------------------ */

#define SHARED(noun)                                                                                                   \
    static i2v_##noun *pool_##noun[SLOTS];                                                                             \
    i2v_##noun *borrow_##noun(program *program, fuzz_input *in)                                                        \
    {                                                                                                                  \
        uint8_t choice = fuzz_byte(in);                                                                                \
        i2v_##noun *found = NULL;                                                                                      \
        (void)program;                                                                                                 \
        pthread_mutex_lock(&lock);                                                                                     \
        for (int index = 0; index < SLOTS && choice % 16 != 15 && !found; index++)                                     \
            found = pool_##noun[(choice + index) % SLOTS];                                                             \
        i2v_##noun##_retain(found);                                                                                    \
        pthread_mutex_unlock(&lock);                                                                                   \
        return found;                                                                                                  \
    }                                                                                                                  \
    void return_##noun(program *program, i2v_##noun *handle)                                                           \
    {                                                                                                                  \
        (void)program;                                                                                                 \
        i2v_##noun##_release(handle);                                                                                  \
    }                                                                                                                  \
    i2v_##noun *give_up_##noun(program *program, fuzz_input *in)                                                       \
    {                                                                                                                  \
        uint8_t choice = fuzz_byte(in);                                                                                \
        i2v_##noun *given;                                                                                             \
        (void)program;                                                                                                 \
        pthread_mutex_lock(&lock);                                                                                     \
        given = pool_##noun[choice % SLOTS];                                                                           \
        pool_##noun[choice % SLOTS] = NULL;                                                                            \
        pthread_mutex_unlock(&lock);                                                                                   \
        return given;                                                                                                  \
    }                                                                                                                  \
    void keep_##noun(program *program, i2v_##noun *handle)                                                             \
    {                                                                                                                  \
        int free = 0;                                                                                                  \
        i2v_##noun *before;                                                                                            \
        (void)program;                                                                                                 \
        fuzz_read_##noun(handle);                                                                                      \
        pthread_mutex_lock(&lock);                                                                                     \
        while (free < SLOTS - 1 && pool_##noun[free]) free++;                                                          \
        before = pool_##noun[free];                                                                                    \
        pool_##noun[free] = handle;                                                                                    \
        pthread_mutex_unlock(&lock);                                                                                   \
        i2v_##noun##_release(before);                                                                                  \
    }                                                                                                                  \
    static void drop_##noun(void)                                                                                      \
    {                                                                                                                  \
        for (int index = 0; index < SLOTS; index++) {                                                                  \
            i2v_##noun##_release(pool_##noun[index]);                                                                  \
            pool_##noun[index] = NULL;                                                                                 \
        }                                                                                                              \
    }

SHARED(job)
SHARED(video)
SHARED(query)
SHARED(effect)
SHARED(model)
SHARED(webhook_event)

/* Destroyed or not: every one there was, and in use as long as it is among the last. */
static i2v_client *clients[THREADS * CALLS + 1];
static int client_count;

i2v_client *borrow_client(program *program, fuzz_input *in)
{
    uint8_t choice = fuzz_byte(in);
    i2v_client *found = NULL;
    (void)program;
    pthread_mutex_lock(&lock);
    int known = client_count < CLIENTS ? client_count : CLIENTS;
    if (choice % 16 != 15 && known > 0) found = clients[client_count - 1 - choice % known];
    pthread_mutex_unlock(&lock);
    return found;
}

void return_client(program *program, i2v_client *client)
{
    (void)program;
    (void)client;
}

/* The first client is rarely destroyed, so that programs have something to work with. */
i2v_client *give_up_client(program *program, fuzz_input *in)
{
    i2v_client *found = borrow_client(program, in);
    return found == clients[0] && fuzz_byte(in) % 4 ? NULL : found;
}

void keep_client(program *program, i2v_client *client)
{
    (void)program;
    pthread_mutex_lock(&lock);
    clients[client_count++] = client;
    pthread_mutex_unlock(&lock);
}

/* --- arguments --------------------------------------------------------------------------------------------------- */

static char *copy(const char *text)
{
    char *made = strdup(text);
    if (!made) abort();
    return made;
}

static char *in_folder(const char *name)
{
    char *path = NULL;
    if (asprintf(&path, "%s%s", fuzz_folder(), name) < 0) abort();
    return path;
}

static char *make_path(uint8_t choice)
{
    static const char *const names[] = {"/a.mp4", "/b.mp4", "/c", "/none/a.mp4", "", "/\xff\xfe", "/ledger", "/a\nb", "/a.mp4.part"};
    return in_folder(names[choice % (sizeof names / sizeof *names)]);
}

static char *make_long(void)
{
    char *text = malloc(70001);
    if (!text) abort();
    memset(text, 'a', 70000);
    text[70000] = 0;
    return text;
}

char *make_text(fuzz_input *in, const char *parameter)
{
    static const char *const texts[] = {
        "https://example.com/a.png", "a cat turns its head", "s3cr3t-k3y-012345", "6901a2b3c4d5e6f7", "720p", "m", "Squish",
        "http://user:word@127.0.0.1/?q", "not an address", "a,b", "a\r\nb: c", "caf\xc3\xa9 \xf0\x9f\x90\xb1", "\xc3\x28",
        "\xed\xa0\x80", "nmwUjMAK0PJpl0MOiXLOOOwZADm0gkLo", "1080p", "seedance",
    };
    uint8_t choice = fuzz_byte(in);
    if (choice == 0) return NULL;
    if (choice == 1) return copy("");
    // Nothing is read or written outside of the folder.
    if (strcmp(parameter, "path") == 0) return make_path(choice);
    if (choice == 2) return make_long();
    if (choice > 160) return fuzz_bytes(in);
    if (choice > 40 && strstr(parameter, "url")) return copy(texts[0]);
    return copy(texts[choice % (sizeof texts / sizeof *texts)]);
}

int64_t make_wait(fuzz_input *in, bool has_end)
{
    static const int64_t waits[] = {0, 1, 2, 5, 20, 50, -2, INT64_MIN, -1};
    return waits[fuzz_byte(in) % (sizeof waits / sizeof *waits - (has_end ? 0 : 1))];
}

void make_texts(text_list *list, fuzz_input *in, const char *parameter)
{
    uint8_t choice = fuzz_byte(in);
    memset(list, 0, sizeof *list);
    list->count = choice % 9;
    for (size_t index = 0; index < list->count; index++) list->texts[index] = make_text(in, parameter);
    list->list = choice == 255 ? NULL : (const char *const *)list->texts;
    // A count that no list has is refused before it is used.
    if (choice == 254) list->count = SIZE_MAX;
    if (choice == 253) list->count = 1000001;
}

void free_texts(text_list *list)
{
    for (size_t index = 0; index < 8; index++) free(list->texts[index]);
}

void prepare(program *program, const char *function, void *first, void *second)
{
    (void)program;
    if (strcmp(function, "i2v_client_create") == 0 && first) {
        i2v_config_set_base_url(first, fuzz_server_url);
        i2v_config_set_proxy(first, fuzz_server_url);
        i2v_config_set_connect_timeout(first, BOUND);
        i2v_config_set_request_timeout(first, BOUND);
        i2v_config_set_job_deadline(first, BOUND);
        i2v_config_set_poll_interval(first, 10, 20);
    }
    // What makes videos of a request waits for them no longer than so.
    if (second && (strstr(function, "_submit") || strstr(function, "_animate"))) i2v_request_set_deadline(second, BOUND);
}

/* --- callbacks --------------------------------------------------------------------------------------------------- */

void *counted(program *program) { return &program->counted; }
void *uncounted(program *program) { return &program->uncounted; }
void count_start(program *program) { program->counted.starts++; }

void heard_event_fn(i2v_job *job, i2v_event event, void *user_data)
{
    tally *its = user_data;
    i2v_error *error = NULL;
    PROMISE(job && event >= I2V_EVENT_CREATED && event <= I2V_EVENT_WARNING);
    fuzz_read_job(job);
    i2v_status status = i2v_job_wait(job, 0, &error);
    PROMISE(status == I2V_ERROR_IN_CALLBACK || status == I2V_ERROR_CLOSED);
    fuzz_outcome(status, error);
    if (event == I2V_EVENT_STATUS) fuzz_status(i2v_job_cancel(job));
    if (event == I2V_EVENT_DONE) its->ends++;
}

void heard_query_fn(i2v_query *query, void *user_data)
{
    tally *its = user_data;
    PROMISE(query && i2v_query_get_done(query));
    fuzz_read_query(query);
    its->ends++;
}

void heard_log_fn(i2v_log_level level, const char *message, void *user_data)
{
    PROMISE(level > I2V_LOG_OFF && level <= I2V_LOG_DEBUG && user_data);
    fuzz_text(message);
    PROMISE(message && !strchr(message, '\n') && !strstr(message, "s3cr3t-k3y-012345"));
}

void heard_expiry_fn(const char *id, int64_t remaining, void *user_data)
{
    PROMISE(id && *id && remaining >= 0 && user_data);
    fuzz_text(id);
}

/* --- running ----------------------------------------------------------------------------------------------------- */

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    fuzz_server_start();
    return 0;
}

/* A configuration and a request that are in order, for the program to use or to spoil. */
static void furnish(program *program)
{
    i2v_config *config = i2v_config_create();
    i2v_request *request = i2v_request_create();
    i2v_config_set_api_key(config, "s3cr3t-k3y-012345");
    i2v_request_set_image_url(request, "https://example.com/a.png");
    i2v_request_set_prompt(request, "a cat");
    keep_config(program, config);
    keep_request(program, request);
}

static void *run(void *context)
{
    program *program = context;
    fuzz_input *in = &program->input;
    for (int count = 0; count < CALLS && in->length >= 2; count++) {
        size_t choice = (size_t)fuzz_byte(in) << 8;
        choice |= fuzz_byte(in);
        const call_row *row = &calls[choice % call_count];
        if (fuzz_traces()) fprintf(stderr, "%td: %s\n", program - programs, row->name);
        row->call(program, in);
    }
    return NULL;
}

/* The answers of this run, each chosen by a byte. */
static void set_script(fuzz_input *in, int obliging)
{
    static const char *const answers[] = {
        ("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
         "{\"code\":1000,\"data\":{\"_id\":\"6901a2b3c4d5e6f7\",\"status\":3,\"url\":\"http://a\"}}"),
        "HTTP/1.1 429 No\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"code\":1005}", "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"code\":1101}",
        "HTTP/1.1 200 OK\r\n\r\n<html>", "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", "",
    };
    static uint8_t script[16384];
    size_t length = 0;
    for (int count = 0; count < 20; count++) {
        const char *one = answers[fuzz_byte(in) % (sizeof answers / sizeof *answers)];
        memcpy(script + length, one, strlen(one));
        length += strlen(one);
        memcpy(script + length, "\xff\xfe", 2);
        length += 2;
    }
    fuzz_server_script(script, length, obliging, 0);
}

static void clean(void)
{
    for (int index = 0; index < client_count; index++) {
        i2v_status status = i2v_client_destroy(clients[index]);
        PROMISE(status == I2V_OK || status == I2V_ERROR_CLOSED);
    }
    for (int index = 0; index < THREADS; index++) {
        program *its = &programs[index];
        PROMISE(its->counted.starts == its->counted.ends);
        for (int slot = 0; slot < SLOTS; slot++) {
            i2v_error_destroy(its->errors[slot]);
            i2v_config_destroy(its->configs[slot]);
            i2v_request_destroy(its->requests[slot]);
            i2v_ledger_destroy(its->ledgers[slot]);
        }
    }
    drop_job();
    drop_video();
    drop_query();
    drop_effect();
    drop_model();
    drop_webhook_event();
    fuzz_folder_clear();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    fuzz_input in = {bytes, count};
    pthread_t threads[THREADS];
    uint8_t first = fuzz_byte(&in);
    int thread_count = 1 + first % THREADS;
    i2v_client *client = NULL;
    if (count < 32) return 0;
    memset(programs, 0, sizeof programs);
    client_count = 0;
    set_script(&in, (first >> 2) % 3);
    for (int index = 0; index < thread_count; index++) {
        size_t share = in.length / (size_t)(thread_count - index);
        programs[index].input = (fuzz_input){in.bytes, share};
        in.bytes += share;
        in.length -= share;
        furnish(&programs[index]);
    }
    if (first & 32) i2v_config_set_delivery(programs[0].configs[0], I2V_DELIVERY_THREAD);
    if (first & 64) {
        char *path = in_folder("/ledger");
        i2v_config_set_ledger(programs[0].configs[0], path);
        free(path);
    }
    prepare(programs, "i2v_client_create", programs[0].configs[0], NULL);
    PROMISE(i2v_client_create(programs[0].configs[0], &client, NULL) == I2V_OK);
    keep_client(programs, client);
    for (int index = 1; index < thread_count; index++)
        if (pthread_create(&threads[index], NULL, run, &programs[index]) != 0) abort();
    run(&programs[0]);
    for (int index = 1; index < thread_count; index++) pthread_join(threads[index], NULL);
    clean();
    fuzz_check_leaks(50);
    return 0;
}
