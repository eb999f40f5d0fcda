/* Polls that bring nothing: one bad row costs one row, and the host hears of what hinders its jobs. */
#include "support.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { JOBS = 20, SOME = 200, MANY = 10000 };

typedef struct oddity {
    const char *name;
    /* Sends the answer to a request that it is about; false closes the connection. */
    bool (*answer)(int descriptor, const struct oddity *its);
    const char *status, *body;
    /* It is said once more before it counts as the list's. */
    bool may_be_anything;
} oddity;

/* A service of videos that are finished when asked to be. Requests about bad ones get an odd answer. */
typedef struct {
    pthread_mutex_t lock;
    bool bad[MANY], is_finished, is_hindered;
    const oddity *oddity;
    /* Requests in all, those about the first bad id, and the longest list. */
    int requests, bad_requests, longest;
} service;

static bool say(int descriptor, const oddity *its)
{
    server_reply(descriptor, its->status ? its->status : "200 OK", "Content-Type: application/json\r\n", its->body);
    return true;
}

static bool say_too_much(int descriptor, const oddity *its)
{
    static char body[5 << 20];
    (void)its;
    memset(body, ' ', sizeof body - 1);
    server_reply(descriptor, "200 OK", "Content-Type: application/json\r\n", body);
    return true;
}

static bool say_nothing(int descriptor, const oddity *its)
{
    (void)descriptor;
    (void)its;
    return false;
}

static bool answer(server *server, int descriptor, const char *request, int connection)
{
    service *its = server_state(server);
    char *body = malloc(65536);
    size_t length = 0;
    int number, count = 0;
    bool is_odd = false, goes_on = true;
    const char *id, *ids = strstr(request, "\"_ids\":");
    (void)connection;
    if (!body) abort();
    length += (size_t)snprintf(body, 64, "{\"code\":1000,\"data\":{\"result\":[");
    pthread_mutex_lock(&its->lock);
    for (id = ids ? strstr(ids, "video-") : NULL; id; id = strstr(id + 1, "video-")) {
        number = atoi(id + strlen("video-"));
        if (its->bad[number]) is_odd = true;
        length += (size_t)snprintf(body + length, 160,
                                   "%s{\"_id\":\"video-%d\",\"status\":%d,\"video_url\":\"http://a/b\"}",
                                   count++ ? "," : "", number, its->is_finished ? 3 : 2);
    }
    snprintf(body + length, 8, "]}}");
    its->requests++;
    if (is_odd) its->bad_requests++;
    if (count > its->longest) its->longest = count;
    is_odd = is_odd || its->is_hindered;
    pthread_mutex_unlock(&its->lock);
    if (is_odd) goes_on = its->oddity->answer(descriptor, its->oddity);
    else server_json(descriptor, body);
    free(body);
    return goes_on;
}

static void set(service *its, bool *what, bool value)
{
    pthread_mutex_lock(&its->lock);
    *what = value;
    pthread_mutex_unlock(&its->lock);
}

static int get(service *its, const int *what)
{
    int value;
    pthread_mutex_lock(&its->lock);
    value = *what;
    pthread_mutex_unlock(&its->lock);
    return value;
}

static int count_requests(service *its)
{
    int count;
    pthread_mutex_lock(&its->lock);
    count = its->requests;
    its->longest = 0;
    pthread_mutex_unlock(&its->lock);
    return count;
}

static bool reaches(service *its, int requests)
{
    int64_t end = now_ms() + slack(20000);
    while (count_requests(its) < requests)
        if (now_ms() > end) return false;
        else sleep_ms(5);
    return true;
}

static i2v_config *polling_config(server *server)
{
    i2v_config *config = new_config(server_url(server));
    i2v_config_set_poll_interval(config, 50, 400);
    return config;
}

/* Consumes the configuration. */
static i2v_client *follow(i2v_config *config, i2v_job **jobs, watch *watches, int count)
{
    i2v_client *client = new_client(config);
    char id[24];
    int index;
    for (index = 0; index < count; index++) {
        snprintf(id, sizeof id, "video-%d", index);
        CHECK_STATUS(i2v_client_attach(client, id, NULL, false, watches ? watch_event : NULL,
                                       watches ? &watches[index] : NULL, &jobs[index], NULL),
                     I2V_OK);
    }
    return client;
}

static void let_go(i2v_client *client, i2v_job **jobs, int count)
{
    while (count > 0) i2v_job_release(jobs[--count]);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

/* What a service or a gateway may answer to a list that has an odd row. */
static const oddity oddities[] = {
    {"parameter", say, NULL, "{\"code\":1003,\"msg\":\"parameter error\"}", false},
    {"not found", say, NULL, "{\"code\":1008,\"msg\":\"no such content\"}", false},
    {"no permission", say, NULL, "{\"code\":\"1009\",\"msg\":\"no permission\"}", false},
    {"not operable", say, NULL, "{\"code\":1010,\"msg\":\"not now\"}", false},
    {"unsuitable", say, NULL, "{\"code\":1013,\"msg\":\"unsuitable\"}", false},
    {"no resource", say, "404 Not Found", "{\"code\":1014,\"msg\":\"no resource\"}", false},
    {"unknown code", say, NULL, "{\"code\":7777,\"msg\":\"?\"}", false},
    {"bad request", say, "400 Bad Request", "<html>400</html>", false},
    {"forbidden", say, "403 Forbidden", "<html>blocked by the firewall</html>", false},
    {"no route", say, "404 Not Found", "<html>404</html>", false},
    {"too large", say, "413 Payload Too Large", "<html>413</html>", false},
    {"long address", say, "414 URI Too Long", "", false},
    {"unprocessable", say, "422 Unprocessable Entity", "{\"detail\":\"?\"}", false},
    {"a page", say, NULL, "<html>sorry</html>", false},
    {"cut", say, NULL, "{\"code\":1000,\"data\":{\"result\":[{\"_id\":\"vid", false},
    {"empty", say, NULL, "", false},
    {"no code", say, NULL, "{\"data\":{\"result\":[]}}", false},
    {"no list", say, NULL, "{\"code\":1000,\"data\":{}}", false},
    {"null", say, NULL, "{\"code\":1000,\"data\":null}", false},
    {"endless", say_too_much, NULL, NULL, false},
    {"redirect", say, "302 Found", "", false},
    {"video failed", say, NULL, "{\"code\":1015,\"msg\":\"processing failed\"}", true},
    {"server failed", say, NULL, "{\"code\":2001,\"msg\":\"oops\"}", true},
    {"500", say, "500 Internal Server Error", "", true},
    {"502", say, "502 Bad Gateway", "<html>502</html>", true},
    {"504", say, "504 Gateway Timeout", "<html>504</html>", true},
    {"closed", say_nothing, NULL, NULL, true},
};

/* Twenty jobs, the videos in a list of bad ones that ends with -1. */
static void one_costs_one(const oddity *oddity, const int *bad)
{
    service its = {PTHREAD_MUTEX_INITIALIZER, {0}, false, false, oddity, 0, 0, 0};
    server *server = server_start(answer, &its);
    i2v_job *jobs[JOBS];
    i2v_client *client;
    int index, count, failed = failed_checks();
    for (count = 0; bad[count] >= 0; count++) its.bad[bad[count]] = true;
    client = follow(polling_config(server), jobs, NULL, JOBS);
    CHECK(reaches(&its, 10));
    set(&its, &its.is_finished, true);
    for (index = 0; index < JOBS; index++) {
        if (its.bad[index]) continue;
        CHECK_STATUS(finish_job(jobs[index]), I2V_OK);
        CHECK_INT(i2v_job_get_state(jobs[index]), I2V_JOB_COMPLETED);
    }
    for (index = 0; index < JOBS; index++)
        if (its.bad[index]) CHECK_INT(i2v_job_get_state(jobs[index]), I2V_JOB_WAITING);
    /* The bad ones finish, too, when the service can say so. */
    pthread_mutex_lock(&its.lock);
    memset(its.bad, 0, sizeof its.bad);
    pthread_mutex_unlock(&its.lock);
    for (index = 0; index < JOBS; index++) CHECK_STATUS(finish_job(jobs[index]), I2V_OK);
    let_go(client, jobs, JOBS);
    server_stop(server);
    if (failed_checks() > failed) fprintf(stderr, "  under \"%s\", %d bad\n", oddity->name, count);
}

static void an_odd_row_of_any_kind_costs_one_row(void)
{
    static const int one[] = {7, -1};
    size_t index;
    for (index = 0; index < sizeof oddities / sizeof *oddities; index++) one_costs_one(&oddities[index], one);
}

static void several_odd_rows_cost_as_many(void)
{
    static const int edges[] = {0, 19, -1}, neighbours[] = {8, 9, 10, 11, -1}, scattered[] = {1, 4, 9, 13, 16, 18, -1};
    one_costs_one(&oddities[0], edges);
    one_costs_one(&oddities[14], neighbours);
    one_costs_one(&oddities[13], scattered);
    one_costs_one(&oddities[22], edges);
}

/* Requests of a client in so many milliseconds while its service judges as it does. */
static int requests_in(service *its, int64_t span)
{
    int before = count_requests(its);
    sleep_ms(span);
    return count_requests(its) - before;
}

static void a_bad_id_costs_few_requests_and_leaves_no_trace(void)
{
    service its = {PTHREAD_MUTEX_INITIALIZER, {0}, false, false, &oddities[0], 0, 0, 0};
    server *server = server_start(answer, &its);
    i2v_job *jobs[JOBS];
    i2v_client *client;
    int usual, with_bad, longest, bad_requests;

    client = follow(polling_config(server), jobs, NULL, JOBS);
    CHECK(reaches(&its, 5));
    usual = requests_in(&its, 3000);
    set(&its, &its.bad[7], true);
    /* Halving costs ten, and the bad id is polled alone, at the ceiling of 0.4 s. It had become 228 for 19. */
    with_bad = requests_in(&its, 3000);
    printf("    %d requests in 3 s, with a bad id %d\n", usual, with_bad);
    CHECK_BETWEEN(with_bad, 1, usual * 2 + 12 + 9);
    CHECK_STATUS(i2v_job_cancel(jobs[7]), I2V_OK);
    while (i2v_job_get_state(jobs[7]) != I2V_JOB_FAILED) sleep_ms(5);
    bad_requests = get(&its, &its.bad_requests);
    /* Lists of all others come again, in time. */
    for (longest = 0; longest < JOBS / 2 && get(&its, &its.requests) < 2000; sleep_ms(5))
        longest = get(&its, &its.longest);
    CHECK_BETWEEN(longest, JOBS / 2, JOBS - 1);
    CHECK_BETWEEN(get(&its, &its.bad_requests), bad_requests, bad_requests + 1);
    let_go(client, jobs, JOBS);
    server_stop(server);
}

/* The service refuses everything, for some time. */
static void a_service_that_answers_nothing_is_asked_rarely(void)
{
    static const int kinds[] = {0, 7, 13, 22, 24};
    size_t kind;
    for (kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
        service its = {PTHREAD_MUTEX_INITIALIZER, {0}, false, true, &oddities[kinds[kind]], 0, 0, 0};
        server *server = server_start(answer, &its);
        i2v_job *jobs[JOBS];
        i2v_client *client = follow(polling_config(server), jobs, NULL, JOBS);
        int index, requests = requests_in(&its, 2000);
        printf("    %d requests in 2 s, all answered with \"%s\"\n", requests, its.oddity->name);
        /* One list, sixteen parts of it, and then about one in 0.2 s. */
        CHECK_BETWEEN(requests, 2, 18 + 4 * 2000 / 200);
        set(&its, &its.is_hindered, false);
        set(&its, &its.is_finished, true);
        for (index = 0; index < JOBS; index++) CHECK_STATUS(finish_job(jobs[index]), I2V_OK);
        let_go(client, jobs, JOBS);
        server_stop(server);
    }
}

static int warnings(const watch *watched)
{
    const char *mark = watched->order;
    int count = 0;
    while ((mark = strchr(mark, 'W'))) count++, mark++;
    return count;
}

static i2v_status hindrance(i2v_job *job)
{
    i2v_error *error = i2v_job_copy_error(job);
    i2v_status status = i2v_error_get_status(error);
    i2v_error_destroy(error);
    return status;
}

/* Dispatches until all jobs have the hindrance, I2V_OK for none. */
static bool all_have(i2v_client *client, i2v_job **jobs, int count, i2v_status status)
{
    int64_t end = now_ms() + slack(60000);
    int index = 0;
    while (index < count) {
        if (now_ms() > end) return CHECK_STATUS(hindrance(jobs[index]), status);
        if (hindrance(jobs[index]) == status) index++;
        else i2v_client_dispatch(client, 10, NULL, NULL);
    }
    return true;
}

typedef struct {
    pthread_mutex_t lock;
    int hindered, better;
} lines;

static void count_line(i2v_log_level level, const char *line, void *user_data)
{
    lines *its = user_data;
    pthread_mutex_lock(&its->lock);
    if (level == I2V_LOG_WARNING && strstr(line, "are hindered")) its->hindered++;
    if (level == I2V_LOG_INFO && strstr(line, "not hindered any more")) its->better++;
    pthread_mutex_unlock(&its->lock);
}

/* What hinders a service, as the host hears of it. */
static const struct {
    oddity oddity;
    i2v_status status;
} hindrances[] = {
    {{"key invalid", say, NULL, "{\"code\":1109,\"msg\":\"invalid key\"}", false}, I2V_ERROR_AUTH},
    {{"token expired", say, NULL, "{\"code\":1101,\"msg\":\"token expired\"}", false}, I2V_ERROR_AUTH},
    {{"no token", say, NULL, "{\"code\":1102,\"msg\":\"no token\"}", false}, I2V_ERROR_AUTH},
    {{"blocked", say, NULL, "{\"code\":1200,\"msg\":\"blocked\"}", false}, I2V_ERROR_AUTH},
    {{"unauthorized", say, "401 Unauthorized", "", false}, I2V_ERROR_AUTH},
    {{"overdue", say, NULL, "{\"code\":1103,\"msg\":\"overdue\"}", false}, I2V_ERROR_BILLING},
    {{"too often", say, "429 Too Many Requests", "", false}, I2V_ERROR_RATE_LIMIT},
    {{"down", say, "503 Service Unavailable", "<html>503</html>", false}, I2V_ERROR_HTTP},
    {{"failed", say, NULL, "{\"code\":2001,\"msg\":\"oops\"}", false}, I2V_ERROR_SERVER},
    {{"unreadable", say, NULL, "<html>back soon</html>", false}, I2V_ERROR_PROTOCOL},
    {{"silent", say_nothing, NULL, NULL, false}, I2V_ERROR_NETWORK},
};

/* So many of them say nothing of the ids. */
enum { NOT_OF_IDS = 7 };

static void hears_of(size_t kind, int count)
{
    service its = {PTHREAD_MUTEX_INITIALIZER, {0}, false, false, &hindrances[kind].oddity, 0, 0, 0};
    lines logged = {PTHREAD_MUTEX_INITIALIZER, 0, 0};
    server *server = server_start(answer, &its);
    i2v_job *jobs[MANY];
    watch *watches = calloc((size_t)count, sizeof *watches);
    i2v_config *config = polling_config(server);
    i2v_client *client;
    int64_t begin, end;
    int index, requests, failed = failed_checks();
    REQUIRE(watches != NULL);
    i2v_config_set_log(config, I2V_LOG_INFO, count_line, &logged);
    client = follow(config, jobs, watches, count);
    CHECK(reaches(&its, 1 + count / 50));
    CHECK(all_have(client, jobs, count, I2V_OK));
    set(&its, &its.is_hindered, true);
    CHECK(all_have(client, jobs, count, hindrances[kind].status));
    /* It goes on for some time, and nobody hears of it again. */
    requests = get(&its, &its.requests);
    begin = now_ms();
    for (end = begin + 500; now_ms() < end;) i2v_client_dispatch(client, 20, NULL, NULL);
    requests = get(&its, &its.requests) - requests;
    /* Of what is not of the ids one poll at a time asks, however many jobs there are, after those under way. */
    if (kind < NOT_OF_IDS) CHECK_BETWEEN(requests, 0, 8 + (now_ms() - begin) / 50);
    for (index = 0; index < count; index++) {
        CHECK_INT(warnings(&watches[index]), 1);
        CHECK_INT(i2v_job_get_state(jobs[index]), I2V_JOB_WAITING);
        CHECK_INT(watches[index].done, 0);
    }
    CHECK_STATUS(i2v_job_wait(jobs[0], 0, NULL), I2V_ERROR_TIMEOUT);
    set(&its, &its.is_hindered, false);
    CHECK(all_have(client, jobs, count, I2V_OK));
    set(&its, &its.is_finished, true);
    for (index = 0; index < count; index++) {
        CHECK_STATUS(finish_job(jobs[index]), I2V_OK);
        CHECK_INT(warnings(&watches[index]), 1);
        CHECK_INT(watches[index].done, 1);
    }
    /* A line for each list of jobs at most. */
    CHECK_BETWEEN(logged.hindered, 1, 4 + count / 20);
    CHECK_BETWEEN(logged.better, 1, 4 + count);
    let_go(client, jobs, count);
    server_stop(server);
    free(watches);
    if (failed_checks() > failed) fprintf(stderr, "  under \"%s\"\n", its.oddity->name);
}

static void the_host_hears_of_what_hinders_its_jobs(void)
{
    size_t kind;
    for (kind = 0; kind < sizeof hindrances / sizeof *hindrances; kind++) hears_of(kind, 3);
}

static void many_jobs_hear_once(void)
{
    hears_of(0, MANY);
    hears_of(6, SOME);
    hears_of(7, SOME);
    hears_of(9, MANY);
}

/* A moment is not worth a word. */
static void one_failure_is_not_told(void)
{
    service its = {PTHREAD_MUTEX_INITIALIZER, {0}, false, false, &hindrances[7].oddity, 0, 0, 0};
    server *server = server_start(answer, &its);
    i2v_job *job;
    watch watched = {{0}, 0, 0, 0};
    i2v_client *client = follow(polling_config(server), &job, &watched, 1);
    int round, requests;
    for (round = 0; round < 5; round++) {
        set(&its, &its.is_hindered, true);
        requests = count_requests(&its);
        CHECK(reaches(&its, requests + 1));
        set(&its, &its.is_hindered, false);
        CHECK(reaches(&its, requests + 3));
    }
    set(&its, &its.is_finished, true);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK_INT(warnings(&watched), 0);
    let_go(client, &job, 1);
    server_stop(server);
}

/* The reason for a job that nobody can say anything about is its own. */
static void a_bad_id_is_told_to_its_own_job(void)
{
    service its = {PTHREAD_MUTEX_INITIALIZER, {0}, false, false, &oddities[0], 0, 0, 0};
    server *server = server_start(answer, &its);
    i2v_job *jobs[JOBS];
    watch watches[JOBS];
    i2v_client *client;
    int index;
    memset(watches, 0, sizeof watches);
    its.bad[7] = true;
    client = follow(polling_config(server), jobs, watches, JOBS);
    CHECK(all_have(client, &jobs[7], 1, I2V_ERROR_INVALID_REQUEST));
    for (index = 0; index < 10; index++) i2v_client_dispatch(client, 20, NULL, NULL);
    for (index = 0; index < JOBS; index++) CHECK_INT(warnings(&watches[index]), index == 7);
    let_go(client, jobs, JOBS);
    server_stop(server);
}

static void a_query_leaves_out_what_it_cannot_have(void)
{
    size_t kind;
    for (kind = 0; kind < sizeof oddities / sizeof *oddities; kind++) {
        /* They are asked again in time, which takes it: two of them do. */
        if (oddities[kind].may_be_anything && strcmp(oddities[kind].name, "502") != 0 &&
            strcmp(oddities[kind].name, "video failed") != 0)
            continue;
        service its = {PTHREAD_MUTEX_INITIALIZER, {0}, true, false, &oddities[kind], 0, 0, 0};
        server *server = server_start(answer, &its);
        i2v_client *client = new_client(new_config(server_url(server)));
        const char *ids[] = {"video-0", "video-1", "video-2", "video-3", "video-4"};
        i2v_query *query = NULL;
        size_t index;
        int failed = failed_checks();
        its.bad[3] = true;
        CHECK_STATUS(i2v_client_query_results(client, ids, 5, slack(20000), NULL, NULL, &query, NULL), I2V_OK);
        CHECK_STATUS(i2v_query_wait(query, -1, NULL), I2V_OK);
        CHECK_INT(i2v_query_get_count(query), 5);
        for (index = 0; index < 5; index++) {
            i2v_video *video = i2v_query_copy_video(query, index);
            CHECK((video != NULL) == (index != 3));
            i2v_video_release(video);
        }
        i2v_query_release(query);
        query = NULL;
        /* Where nothing at all can be had, the query fails. */
        CHECK_STATUS(i2v_client_query_results(client, &ids[3], 1, slack(20000), NULL, NULL, &query, NULL), I2V_OK);
        CHECK(i2v_query_wait(query, -1, NULL) != I2V_OK);
        CHECK_INT(i2v_query_get_count(query), 0);
        i2v_query_release(query);
        CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
        server_stop(server);
        if (failed_checks() > failed) fprintf(stderr, "  under \"%s\"\n", its.oddity->name);
    }
}

void suite_polls(void)
{
    RUN(an_odd_row_of_any_kind_costs_one_row);
    RUN(several_odd_rows_cost_as_many);
    RUN(a_bad_id_costs_few_requests_and_leaves_no_trace);
    RUN(a_service_that_answers_nothing_is_asked_rarely);
    RUN(the_host_hears_of_what_hinders_its_jobs);
    RUN(many_jobs_hear_once);
    RUN(one_failure_is_not_told);
    RUN(a_bad_id_is_told_to_its_own_job);
    RUN(a_query_leaves_out_what_it_cannot_have);
}
