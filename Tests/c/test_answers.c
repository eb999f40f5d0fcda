/* Answers that say what they mean in odd ways: texts that are none, numbers of any size, ids as numbers, rows in other
 * places, rows too many, statuses that are no refusals, another request's answers. */
#include "support.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- A service that answers as it is told ---- */

typedef struct {
    /* What it answers, with its own address in place of each @. */
    const char *create, *results, *other;
    const char *create_status;
} script;

static void reply(server *server, int descriptor, const char *status, const char *text)
{
    const char *mark, *url = server_url(server);
    char *body = malloc(strlen(text) * strlen(url) + 1), *end = body;
    if (!body) abort();
    while ((mark = strchr(text, '@'))) {
        end += sprintf(end, "%.*s%s", (int)(mark - text), text, url);
        text = mark + 1;
    }
    strcpy(end, text);
    server_reply(descriptor, status, "Content-Type: application/json\r\n", body);
    free(body);
}

static bool play(server *server, int descriptor, const char *request, int connection)
{
    const script *its = server_state(server);
    (void)connection;
    if (strstr(request, "GET /v")) {
        server_reply(descriptor, "200 OK", "Content-Type: video/mp4\r\n", "a video, or so it says");
    } else if (strstr(request, "/resultsByIds ")) {
        reply(server, descriptor, "200 OK", its->results ? its->results : "{\"code\":1000,\"data\":{\"result\":[]}}");
    } else if (strstr(request, "/createBySourcePrompt") || strstr(request, "/updateVideoAudio")) {
        reply(server, descriptor, its->create_status ? its->create_status : "200 OK", its->create);
    } else {
        reply(server, descriptor, "200 OK", its->other ? its->other : "{\"code\":1000,\"data\":[]}");
    }
    return true;
}

static i2v_request *cat_request(const char *target)
{
    i2v_request *request = i2v_request_create();
    i2v_request_set_image_url(request, "https://example.com/cat.png");
    i2v_request_set_prompt(request, "a cat");
    if (target) CHECK_STATUS(i2v_request_set_target(request, target), I2V_OK);
    return request;
}

/* A job that is created and saved, whose id is what it should be. */
static void saves(const script *its, const char *id)
{
    server *service = server_start(play, (void *)its);
    i2v_client *client = new_client(new_config(server_url(service)));
    i2v_job *job;
    i2v_video *video;
    remove(temp_path("answers.mp4"));
    job = run_job(client, cat_request(temp_path("answers.mp4")), NULL, I2V_OK);
    video = i2v_job_copy_video(job);
    CHECK_TEXT(i2v_job_get_id(job), id);
    CHECK_TEXT(i2v_video_get_id(video), id);
    CHECK(file_exists(temp_path("answers.mp4")));
    CHECK_INT(server_count(service, "/createBySourcePrompt"), 1);
    i2v_video_release(video);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    server_stop(service);
}

/* ---- Lenient reading ---- */

static void odd_texts_and_numbers_do_not_cost_the_id(void)
{
    static const char *const odd[] = {
        "\"file_name\":\"a \\ud83d.mp4\"", "\"prompt\":\"\\ude00\\ud83d\"", "\"x\":NaN", "\"x\":[-Infinity,Infinity]",
        "\"uid\":99999999999999999999", "\"create_time\":1e999", "\"status\":3,\"uid\":1,\"uid\":2",
        "\"negative_prompt\":\"\xff\xfe\xed\xa0\x80\"", "\"file_name\":\"a\tb\001c\"", "\"a\\u0000b\":\"c\\u0000d\"",
    };
    size_t index;
    for (index = 0; index < sizeof odd / sizeof *odd; index++) {
        char create[256], results[320];
        script its = {0};
        /* With a mark of the byte order in front. */
        snprintf(create, sizeof create, "\xef\xbb\xbf{\"code\":1000,\"data\":{\"_id\":\"a\",\"status\":1,%s}}", odd[index]);
        snprintf(results, sizeof results,
                 "{\"code\":1000,\"data\":{\"result\":[{\"_id\":\"a\",%s,\"status\":3,\"video_url\":\"@/v\"}]}}",
                 odd[index]);
        its.create = create + (index % 2 ? 3 : 0);
        its.results = results;
        saves(&its, "a");
    }
}

static void odd_row_does_not_stop_its_neighbours(void)
{
    static const script its = {
        NULL,
        "{\"code\":1000,\"data\":{\"result\":[{\"_id\":\"b\",\"status\":2,\"file_name\":\"\\ud83d\",\"n\":NaN,\"n\":1e999},"
        "{\"_id\":\"a\",\"status\":3,\"video_url\":\"@/v\"}]}}",
        NULL, NULL};
    server *service = server_start(play, (void *)&its);
    i2v_client *client = new_client(new_config(server_url(service)));
    i2v_job *good = NULL, *odd = NULL;
    CHECK_STATUS(i2v_client_attach(client, "b", NULL, false, NULL, NULL, &odd, NULL), I2V_OK);
    CHECK_STATUS(i2v_client_attach(client, "a", NULL, false, NULL, NULL, &good, NULL), I2V_OK);
    CHECK_STATUS(finish_job(good), I2V_OK);
    CHECK_INT(i2v_job_get_state(odd), I2V_JOB_WAITING);
    i2v_job_release(good);
    i2v_job_release(odd);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    server_stop(service);
}

/* ---- The locale ---- */

/* A process whose host has set another decimal point; exits with the number of the line that did not hold. */
int run_locale(const char *name, const char *url, const char *path)
{
    i2v_config *config = i2v_config_create();
    i2v_client *client = NULL;
    i2v_request *request = cat_request(NULL);
    i2v_job *job = NULL;
    i2v_query *query = NULL;
    i2v_ledger *ledger = NULL;
    double value = 0, reserved = 0, wanted = 1.5;
    char text[32];
    if (setenv("LOCPATH", getenv("I2V_LOCALES") ? getenv("I2V_LOCALES") : "", 1) != 0) return 1;
    if (!setlocale(LC_ALL, name) || strcmp(localeconv()->decimal_point, ".") == 0) return 2;
    i2v_config_set_api_key(config, "a key");
    i2v_config_set_base_url(config, url);
    i2v_config_set_proxy(config, "");
    i2v_config_set_poll_interval(config, 20, 60);
    if (i2v_config_set_ledger(config, path) != I2V_OK) return 3;
    if (i2v_client_create(config, &client, NULL) != I2V_OK) return 4;
    i2v_config_destroy(config);
    if (i2v_client_query_credits(client, slack(10000), NULL, NULL, &query, NULL) != I2V_OK) return 5;
    if (i2v_query_wait(query, -1, NULL) != I2V_OK || !i2v_query_get_credits(query, &value) || value != 12.5) return 6;
    if (!strstr(i2v_query_get_json(query), "\"rest\":0.25")) return 7;
    i2v_query_release(query);
    if (i2v_client_submit(client, request, NULL, NULL, &job, NULL) != I2V_OK) return 8;
    i2v_request_destroy(request);
    if (i2v_job_wait(job, slack(20000), NULL) != I2V_OK) return 9;
    i2v_job_release(job);
    i2v_client_get_spending(client, &value, &reserved);
    if (value != 2.25) return 10;
    if (i2v_client_destroy(client) != I2V_OK) return 11;
    if (i2v_ledger_open(path, &ledger, NULL) != I2V_OK) return 12;
    if (!strstr(i2v_ledger_get_json(ledger, 0), "\"deduction_credit\":2.25")) return 13;
    i2v_ledger_destroy(ledger);
    /* The host's locale is as it was. */
    snprintf(text, sizeof text, "%.1f", wanted);
    return strchr(text, '.') ? 14 : 0;
}

static void numbers_are_the_same_in_every_locale(void)
{
    static const script its = {
        "{\"code\":1000,\"data\":{\"_id\":\"a\",\"status\":1,\"deduction_credit\":2.25}}",
        "{\"code\":1000,\"data\":{\"result\":[{\"_id\":\"a\",\"status\":3.0,\"video_url\":\"@/v\","
        "\"deduction_credit\":\"2.25\",\"x\":1.5e999}]}}",
        "{\"code\":1000,\"data\":{\"credit\":\"12.5\",\"rest\":0.25}}", NULL};
    /* The second has a decimal point of two bytes. */
    static const char *const names[] = {"de_DE.UTF-8", "ps_AF.UTF-8"};
    server *service = server_start(play, (void *)&its);
    size_t index;
    for (index = 0; index < 2; index++) {
        char output[256] = "", path[256];
        const char *arguments[5] = {"--locale", NULL, NULL, NULL, NULL};
        snprintf(path, sizeof path, "%s", new_ledger("locale.db"));
        arguments[1] = names[index];
        arguments[2] = server_url(service);
        arguments[3] = path;
        CHECK_INT(run_program(arguments, NULL, output, sizeof output, slack(60000)), 0);
        CHECK_TEXT(output, "");
    }
    server_stop(service);
}

/* ---- Secrets that are none ---- */

static void short_key_does_not_spoil_answers(void)
{
    static const script its = {"{\"code\":1000,\"data\":{\"_id\":\"video-7\",\"status\":1}}",
                               "{\"code\":1000,\"data\":{\"result\":[{\"_id\":\"video-7\",\"status\":3,"
                               "\"video_url\":\"@/v/7.mp4\",\"uid\":7000}]}}",
                               NULL, NULL};
    static const char *const keys[] = {"7", "v", "video", "status", "0"};
    size_t index;
    for (index = 0; index < sizeof keys / sizeof *keys; index++) {
        server *service = server_start(play, (void *)&its);
        i2v_config *config = new_config(server_url(service));
        i2v_client *client;
        i2v_job *job;
        i2v_video *video;
        int64_t uid = 0;
        remove(temp_path("answers.mp4"));
        i2v_config_set_api_key(config, keys[index]);
        client = new_client(config);
        job = run_job(client, cat_request(temp_path("answers.mp4")), NULL, I2V_OK);
        CHECK_TEXT(i2v_job_get_id(job), "video-7");
        video = i2v_job_copy_video(job);
        CHECK(i2v_video_get_uid(video, &uid));
        CHECK_INT(uid, 7000);
        i2v_video_release(video);
        i2v_job_release(job);
        CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
        server_stop(service);
    }
}

/* ---- Shapes ---- */

static void ids_may_be_numbers_of_any_size(void)
{
    static const char *const ids[] = {"7", "-7", "9223372036854775807", "99999999999999999999999999"};
    size_t index;
    for (index = 0; index < sizeof ids / sizeof *ids; index++) {
        char create[128], results[192], deletion[192];
        script its = {0};
        server *service;
        i2v_client *client;
        i2v_query *query = NULL;
        const char *const gone[] = {ids[index], "b"};
        snprintf(create, sizeof create, "{\"code\":\"1000\",\"data\":{\"_id\":%s,\"status\":\"1\"}}", ids[index]);
        snprintf(results, sizeof results,
                 "{\"code\":1000.0,\"data\":{\"result\":{\"_id\":%s,\"status\":\"3\",\"video_url\":\"@/v\"}}}", ids[index]);
        snprintf(deletion, sizeof deletion,
                 "{\"code\":1000,\"data\":{\"successIds\":[%s],\"noPermissionItems\":[{\"_id\":\"b\",\"msg\":\"no\"}]}}",
                 ids[index]);
        its.create = create;
        its.results = results;
        its.other = deletion;
        saves(&its, ids[index]);
        service = server_start(play, &its);
        client = new_client(new_config(server_url(service)));
        CHECK_STATUS(
            i2v_client_delete_videos(client, gone, 2, true, slack(5000), NULL, NULL, &query, NULL), I2V_OK);
        CHECK_STATUS(i2v_query_wait(query, -1, NULL), I2V_OK);
        CHECK(i2v_query_get_deleted(query, 0));
        CHECK_TEXT(i2v_query_get_refusal(query, 1), "no");
        i2v_query_release(query);
        CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
        server_stop(service);
    }
}

static void finished_row_wins_over_a_contradicting_one(void)
{
    static const char finished[] = "{\"_id\":\"a\",\"status\":3,\"video_url\":\"@/v\"}";
    static const char *const others[] = {"{\"_id\":\"a\",\"status\":1}", "{\"_id\":\"a\",\"status\":4}",
                                         "{\"_id\":\"a\",\"status\":3}", "{\"_id\":\"a\"}"};
    size_t index, order;
    for (index = 0; index < sizeof others / sizeof *others; index++) {
        for (order = 0; order < 2; order++) {
            char results[256];
            script its = {"{\"code\":1000,\"data\":{\"_id\":\"a\",\"status\":1}}", NULL, NULL, NULL};
            snprintf(results, sizeof results, "{\"code\":1000,\"data\":[%s,%s]}", order ? finished : others[index],
                     order ? others[index] : finished);
            its.results = results;
            saves(&its, "a");
        }
    }
}

/* Submits a batch of so many and checks that they got the ids a, b, and so on; gives how many records there are. */
static void makes(const char *answer, int count, size_t records)
{
    script its = {0};
    server *service;
    i2v_client *client;
    i2v_request *request = cat_request(NULL);
    i2v_job *jobs[4] = {NULL, NULL, NULL, NULL};
    i2v_ledger *ledger;
    char path[256];
    int index;
    size_t number;
    its.create = answer;
    service = server_start(play, &its);
    snprintf(path, sizeof path, "%s", new_ledger("answers.db"));
    client = new_client(ledger_config(server_url(service), path));
    if (count > 0) i2v_request_set_count(request, count);
    CHECK_STATUS(i2v_client_submit_batch(client, request, NULL, NULL, jobs, 4, NULL), I2V_OK);
    i2v_request_destroy(request);
    for (index = 0; index < (count > 0 ? count : 1); index++) {
        char id[2] = {(char)('a' + index), 0};
        CHECK(reach_state(client, jobs[index], I2V_JOB_WAITING));
        CHECK_TEXT(i2v_job_get_id(jobs[index]), id);
        i2v_job_release(jobs[index]);
    }
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    server_stop(service);
    ledger = read_ledger(path, records);
    for (number = 0; number < i2v_ledger_get_count(ledger); number++) {
        char id[2] = {(char)('a' + number), 0};
        CHECK_TEXT(i2v_ledger_get_id(ledger, number), id);
    }
    i2v_ledger_destroy(ledger);
}

static void receipts_are_found_wherever_they_are(void)
{
    static const char *const two[] = {
        "{\"code\":1000,\"data\":[{\"_id\":\"a\"},{\"_id\":\"b\"}]}",
        "{\"code\":1000,\"data\":{\"result\":[{\"_id\":\"a\"},{\"_id\":\"b\"}]}}",
        "{\"code\":1000,\"data\":{\"data\":{\"successList\":[{\"_id\":\"a\"},{\"_id\":\"b\"}]}}}",
        "{\"code\":1000,\"successList\":[{\"_id\":\"a\"},{\"_id\":\"b\"}]}",
        "{\"code\":1000,\"data\":[{\"successList\":[[{\"_id\":\"a\"}],{\"data\":{\"_id\":\"b\"}}],\"errorList\":[]}]}",
        /* Rows that cannot be read do not cost the others their jobs. */
        "{\"code\":1000,\"data\":{\"successList\":[{\"status\":1},null,{\"_id\":\"a\"},7,{\"_id\":\"b\"}]}}",
        "{\"code\":1000,\"data\":{\"successList\":[{\"_id\":\"a\"},{\"_id\":\"a\"},{\"_id\":\"b\"}]}}",
    };
    static const char *const one[] = {
        "{\"code\":1000,\"data\":{\"_id\":\"a\"}}",
        "{\"code\":1000,\"_id\":\"a\"}",
        "{\"code\":1000,\"data\":[{\"_id\":\"a\"}]}",
        "{\"code\":1000,\"data\":{\"result\":{\"_id\":\"a\"}}}",
        "{\"code\":1000,\"data\":{\"successList\":{\"_id\":\"a\"}}}",
        "{\"code\":1000,\"data\":{\"successList\":[{\"_id\":\"a\"}]}}",
    };
    size_t index;
    for (index = 0; index < sizeof two / sizeof *two; index++) makes(two[index], 2, 2);
    /* By the single endpoint, and by a batch of one. */
    for (index = 0; index < sizeof one / sizeof *one; index++) {
        makes(one[index], 0, 1);
        makes(one[index], 1, 1);
    }
}

static void videos_too_many_are_kept_in_the_ledger(void)
{
    makes("{\"code\":1000,\"data\":{\"successList\":[{\"_id\":\"a\"},{\"_id\":\"b\"},{\"_id\":\"c\"}]}}", 2, 3);
    makes("{\"code\":1000,\"data\":[{\"_id\":\"a\"},{\"_id\":\"b\"}]}", 0, 2);
}

/* Two rows of one id leave the second job without an answer: nobody knows what became of it. */
static void repeated_id_is_given_to_one_job(void)
{
    static const script its = {"{\"code\":1000,\"data\":{\"successList\":[{\"_id\":\"a\"},{\"_id\":\"a\"}]}}", NULL, NULL,
                               NULL};
    server *service = server_start(play, (void *)&its);
    i2v_client *client = new_client(new_config(server_url(service)));
    i2v_request *request = cat_request(NULL);
    i2v_job *jobs[2] = {NULL, NULL};
    i2v_error *error;
    i2v_request_set_count(request, 2);
    CHECK_STATUS(i2v_client_submit_batch(client, request, NULL, NULL, jobs, 2, NULL), I2V_OK);
    i2v_request_destroy(request);
    CHECK_STATUS(finish_job(jobs[1]), I2V_ERROR_OUTCOME_UNKNOWN);
    error = i2v_job_copy_error(jobs[1]);
    CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_POSSIBLE);
    CHECK_TEXT(i2v_job_get_id(jobs[0]), "a");
    i2v_error_destroy(error);
    i2v_job_release(jobs[0]);
    i2v_job_release(jobs[1]);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    server_stop(service);
}

/* ---- Another request's answer ---- */

static void answer_to_another_request_is_not_taken(void)
{
    static const script its = {"{\"code\":1000,\"data\":{\"_id\":\"x\",\"status\":1,\"prompt\":\"a dog\","
                               "\"image_url\":\"https://example.com/cat.png\"}}",
                               NULL, NULL, NULL};
    server *service = server_start(play, (void *)&its);
    char path[256];
    i2v_client *client;
    i2v_job *job;
    i2v_error *error;
    i2v_ledger *ledger;
    snprintf(path, sizeof path, "%s", new_ledger("foreign.db"));
    client = new_client(ledger_config(server_url(service), path));
    job = run_job(client, cat_request(NULL), NULL, I2V_ERROR_OUTCOME_UNKNOWN);
    CHECK_TEXT(i2v_job_get_id(job), NULL);
    error = i2v_job_copy_error(job);
    CHECK_TEXT(i2v_error_get_field(error), "prompt");
    CHECK_CONTAINS(i2v_error_get_message(error), "video x is another request's");
    CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_POSSIBLE);
    CHECK(!i2v_error_get_retryable(error));
    i2v_error_destroy(error);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    server_stop(service);
    /* The job's record names the video, and none has its id: its own job may still be looking for it. */
    ledger = read_ledger(path, 1);
    CHECK_TEXT(i2v_ledger_get_id(ledger, 0), NULL);
    CHECK_CONTAINS(i2v_ledger_get_json(ledger, 0), "video x is another request's");
    i2v_ledger_destroy(ledger);
}

/* ---- Statuses ---- */

static void only_refusals_cost_nothing(void)
{
    static const struct {
        const char *http, *body;
        i2v_status status;
        i2v_charge charge;
        const char *words;
    } replies[] = {
        {"499 Client Closed Request", "", I2V_ERROR_OUTCOME_UNKNOWN, I2V_CHARGE_POSSIBLE, "HTTP 499"},
        {"409 Conflict", "{}", I2V_ERROR_OUTCOME_UNKNOWN, I2V_CHARGE_POSSIBLE, "HTTP 409"},
        {"444 No Response", "", I2V_ERROR_OUTCOME_UNKNOWN, I2V_CHARGE_POSSIBLE, "HTTP 444"},
        {"460 Whatever", "<html>", I2V_ERROR_OUTCOME_UNKNOWN, I2V_CHARGE_POSSIBLE, "HTTP 460"},
        {"600 Unheard", "", I2V_ERROR_OUTCOME_UNKNOWN, I2V_CHARGE_POSSIBLE, "HTTP 600"},
        {"999 Denied", "<html>", I2V_ERROR_OUTCOME_UNKNOWN, I2V_CHARGE_POSSIBLE, "HTTP 999"},
        {"524 A Timeout Occurred", "<html>", I2V_ERROR_OUTCOME_UNKNOWN, I2V_CHARGE_POSSIBLE, "HTTP 524"},
        {"413 Content Too Large", "<html>", I2V_ERROR_HTTP, I2V_CHARGE_NONE, "HTTP 413"},
        {"451 Unavailable For Legal Reasons", "", I2V_ERROR_HTTP, I2V_CHARGE_NONE, "HTTP 451"},
        {"403 Forbidden", "<html>Sorry</html>", I2V_ERROR_HTTP, I2V_CHARGE_NONE, "gateway or firewall"},
        {"403 Forbidden", "", I2V_ERROR_HTTP, I2V_CHARGE_NONE, "gateway or firewall"},
        {"403 Forbidden", "{\"message\":\"Forbidden\"}", I2V_ERROR_HTTP, I2V_CHARGE_NONE, "gateway or firewall"},
        {"403 Forbidden", "{\"status\":403,\"msg\":\"no\"}", I2V_ERROR_PERMISSION, I2V_CHARGE_NONE, "the account"},
        {"403 Forbidden", "{\"code\":1009}", I2V_ERROR_PERMISSION, I2V_CHARGE_NONE, "the account"},
        {"401 Unauthorized", "<html>", I2V_ERROR_AUTH, I2V_CHARGE_NONE, "a gateway before it"},
    };
    size_t index;
    for (index = 0; index < sizeof replies / sizeof *replies; index++) {
        script its = {0};
        server *service;
        i2v_client *client;
        i2v_job *job;
        i2v_error *error;
        its.create = replies[index].body;
        its.create_status = replies[index].http;
        service = server_start(play, &its);
        client = new_client(new_config(server_url(service)));
        job = run_job(client, cat_request(NULL), NULL, replies[index].status);
        error = i2v_job_copy_error(job);
        CHECK_INT(i2v_error_get_charge(error), replies[index].charge);
        CHECK_CONTAINS(i2v_error_get_message(error), replies[index].words);
        CHECK_INT(server_count(service, "POST "), 1);
        i2v_error_destroy(error);
        i2v_job_release(job);
        CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
        server_stop(service);
    }
}

/* ---- Money ---- */

static void count_warnings(i2v_log_level level, const char *message, void *user_data)
{
    if (level == I2V_LOG_WARNING && strstr(message, "deduction_credit")) ++*(int *)user_data;
}

static void implausible_deductions_are_not_booked(void)
{
    static const char *const said[] = {"1e12", "-3", "\"-1\"", "1000001", "9e999", "99999999999999999999"};
    size_t index;
    for (index = 0; index < sizeof said / sizeof *said; index++) {
        char create[128], results[160], path[256];
        script its = {0};
        server *service;
        i2v_config *config;
        i2v_client *client;
        i2v_job *job;
        i2v_ledger *ledger;
        double deducted = -1, reserved = -1, estimate = -1;
        int warnings = 0;
        i2v_request *request = cat_request(NULL);
        snprintf(create, sizeof create, "{\"code\":1000,\"data\":{\"_id\":\"a\",\"status\":1,\"deduction_credit\":%s}}",
                 said[index]);
        snprintf(results, sizeof results,
                 "{\"code\":1000,\"data\":{\"result\":[{\"_id\":\"a\",\"status\":3,\"video_url\":\"@/v\","
                 "\"deduction_credit\":%s}]}}",
                 said[index]);
        its.create = create;
        its.results = results;
        service = server_start(play, &its);
        snprintf(path, sizeof path, "%s", new_ledger("odd-deduction.db"));
        config = ledger_config(server_url(service), path);
        i2v_config_set_log(config, I2V_LOG_WARNING, count_warnings, &warnings);
        client = new_client(config);
        CHECK_STATUS(i2v_request_get_estimate(request, NULL, &estimate, NULL, NULL), I2V_OK);
        job = run_job(client, request, NULL, I2V_OK);
        i2v_client_get_spending(client, &deducted, &reserved);
        CHECK(deducted == estimate && reserved == 0);
        i2v_job_release(job);
        CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
        CHECK(index < 4 ? warnings == 1 : warnings <= 1);
        server_stop(service);
        ledger = read_ledger(path, 1);
        CHECK_LACKS(i2v_ledger_get_json(ledger, 0), "\"deduction_credit\":");
        i2v_ledger_destroy(ledger);
    }
}

static void nobody_knows_of_an_id_that_nobody_lists(void)
{
    static const struct {
        const char *results;
        i2v_status status;
        i2v_charge charge;
    } services[] = {
        {"{\"code\":1000,\"data\":{\"result\":[]}}", I2V_ERROR_ID_UNKNOWN, I2V_CHARGE_POSSIBLE},
        {"{\"code\":1015}", I2V_ERROR_DEADLINE, I2V_CHARGE_POSSIBLE},
        {"{\"code\":1000,\"data\":{\"result\":[{\"_id\":\"a\",\"status\":2}]}}", I2V_ERROR_DEADLINE, I2V_CHARGE_CERTAIN},
    };
    size_t index;
    for (index = 0; index < sizeof services / sizeof *services; index++) {
        script its = {0};
        server *service;
        i2v_config *config;
        i2v_client *client;
        i2v_job *job = NULL;
        i2v_error *error;
        its.results = services[index].results;
        service = server_start(play, &its);
        config = new_config(server_url(service));
        i2v_config_set_job_deadline(config, slack(1000));
        client = new_client(config);
        CHECK_STATUS(i2v_client_attach(client, "a", NULL, false, NULL, NULL, &job, NULL), I2V_OK);
        CHECK_STATUS(finish_job(job), services[index].status);
        error = i2v_job_copy_error(job);
        CHECK_INT(i2v_error_get_charge(error), services[index].charge);
        i2v_error_destroy(error);
        i2v_job_release(job);
        CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
        server_stop(service);
    }
}

void suite_answers(void)
{
    RUN(odd_texts_and_numbers_do_not_cost_the_id);
    RUN(odd_row_does_not_stop_its_neighbours);
    RUN(numbers_are_the_same_in_every_locale);
    RUN(short_key_does_not_spoil_answers);
    RUN(ids_may_be_numbers_of_any_size);
    RUN(finished_row_wins_over_a_contradicting_one);
    RUN(receipts_are_found_wherever_they_are);
    RUN(videos_too_many_are_kept_in_the_ledger);
    RUN(repeated_id_is_given_to_one_job);
    RUN(answer_to_another_request_is_not_taken);
    RUN(only_refusals_cost_nothing);
    RUN(implausible_deductions_are_not_booked);
    RUN(nobody_knows_of_an_id_that_nobody_lists);
}
