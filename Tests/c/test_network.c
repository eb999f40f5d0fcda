/* Hosts that are not there, connections that die, servers that say nothing. */
#include "support.h"

#include <fcntl.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CREATE "/createBySourcePrompt"
#define RESULTS "/resultsByIds"

/* A port that nobody listens on, nor can: the socket that has it stays open. */
static int silent_port(int *descriptor)
{
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    *descriptor = socket(AF_INET, SOCK_STREAM, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(bind(*descriptor, (struct sockaddr *)&address, length) == 0);
    getsockname(*descriptor, (struct sockaddr *)&address, &length);
    return ntohs(address.sin_port);
}

static i2v_error *error_at(const char *url, i2v_status status)
{
    i2v_client *client = new_client(new_config(url));
    watch watched = {0};
    i2v_job *job = run_job(client, new_request(), &watched, status);
    i2v_error *error = i2v_job_copy_error(job);
    CHECK_TEXT(watched.order, "D");
    CHECK_STATUS(i2v_error_get_status(error), status);
    i2v_job_release(job);
    i2v_client_destroy(client);
    return error;
}

static void refused_connection_costs_nothing(void)
{
    char url[64];
    i2v_error *error;
    int descriptor;
    snprintf(url, sizeof url, "http://127.0.0.1:%d", silent_port(&descriptor));
    error = error_at(url, I2V_ERROR_CONNECT);
    close(descriptor);
    CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_NONE);
    CHECK(i2v_error_get_retryable(error));
    CHECK_INT(i2v_error_get_http_status(error), 0);
    CHECK_INT(i2v_error_get_curl_code(error), 7);
    i2v_error_destroy(error);
}

static void unknown_name_costs_nothing(void)
{
    i2v_error *error = error_at("http://no-such-host.invalid", I2V_ERROR_RESOLVE);
    CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_NONE);
    CHECK_INT(i2v_error_get_curl_code(error), 6);
    i2v_error_destroy(error);
}

static bool speak_no_tls(server *server, int descriptor, const char *request, int connection)
{
    (void)server;
    (void)request;
    (void)connection;
    server_json(descriptor, "{}");
    return false;
}

static void server_without_tls_costs_nothing(void)
{
    server *server = server_start(speak_no_tls, NULL);
    char url[64];
    i2v_error *error;
    snprintf(url, sizeof url, "https%s", server_url(server) + 4);
    /* A TLS greeting never ends in an empty line, so the server must be made to answer by leaving. */
    {
        i2v_config *config = new_config(url);
        i2v_client *client;
        i2v_job *job;
        i2v_config_set_connect_timeout(config, 300);
        client = new_client(config);
        job = start_job(client, new_request(), NULL);
        CHECK(finish_job(job) != I2V_OK);
        error = i2v_job_copy_error(job);
        CHECK(i2v_error_get_status(error) == I2V_ERROR_TLS
              || i2v_error_get_status(error) == I2V_ERROR_CONNECT);
        CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_NONE);
        i2v_error_destroy(error);
        i2v_job_release(job);
        i2v_client_destroy(client);
    }
    server_stop(server);
}

/* Answers the first create and its results, and drops the connection when a second create has been read. */
static bool drop_second_create(server *server, int descriptor, const char *request, int connection)
{
    (void)connection;
    if (strstr(request, RESULTS)) {
        server_json(descriptor, "{\"code\":1000,\"data\":{\"result\":[{\"_id\":\"first\",\"status\":3,"
                                "\"video_url\":\"http://127.0.0.1:9/v.mp4\"}]}}");
        return true;
    }
    if (server_count(server, CREATE) > 1) return false;
    server_json(descriptor, "{\"code\":1000,\"data\":{\"_id\":\"first\",\"status\":1}}");
    return true;
}

static void create_that_dies_after_others_is_sent_once_on_its_own_connection(void)
{
    server *server = server_start(drop_second_create, NULL);
    i2v_client *client = new_client(new_config(server_url(server)));
    i2v_request *request = new_request();
    watch watched = {0};
    i2v_job *job = run_job(client, new_request(), NULL, I2V_OK);
    i2v_error *error;

    i2v_job_release(job);
    i2v_request_set_prompt(request, "the second one");
    job = run_job(client, request, &watched, I2V_ERROR_OUTCOME_UNKNOWN);
    error = i2v_job_copy_error(job);
    CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_POSSIBLE);
    CHECK(!i2v_error_get_retryable(error));
    i2v_error_destroy(error);
    CHECK_TEXT(watched.order, "D");
    sleep_ms(100);
    CHECK_INT(server_count(server, "the second one"), 1);
    CHECK(server_connection(server, "the second one", 1) != server_connection(server, RESULTS, 1));
    CHECK(server_connection(server, "the second one", 1) != server_connection(server, CREATE, 1));
    i2v_job_release(job);
    i2v_client_destroy(client);
    server_stop(server);
}

/* Drops every connection without reading the create to its end. */
static bool drop_first_create(server *server, int descriptor, const char *request, int connection)
{
    (void)descriptor;
    (void)connection;
    if (strstr(request, CREATE)) {
        if (server_count(server, CREATE) == 1) return false;
        server_json(descriptor, "{\"code\":1000,\"data\":{\"_id\":\"x\",\"status\":3,\"video_url\":\"http://"
                                "127.0.0.1:9/v\"}}");
        return true;
    }
    return false;
}

static void create_on_a_new_connection_that_dies_is_sent_once(void)
{
    server *server = server_start(drop_first_create, NULL);
    i2v_error *error = error_at(server_url(server), I2V_ERROR_OUTCOME_UNKNOWN);
    CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_POSSIBLE);
    CHECK(!i2v_error_get_retryable(error));
    i2v_error_destroy(error);
    CHECK_INT(server_count(server, CREATE), 1);
    server_stop(server);
}

/* Closes each connection as soon as it has answered, without having said that it would. Each create makes a video of
 * its own; a poll asks about one. */
static bool answer_and_leave(server *server, int descriptor, const char *request, int connection)
{
    char body[160];
    const char *id = strstr(request, "\"_ids\":\"");
    (void)server;
    if (id) {
        id += strlen("\"_ids\":\"");
        snprintf(body, sizeof body,
                 "{\"code\":1000,\"data\":{\"result\":[{\"_id\":\"%.*s\",\"status\":3,"
                 "\"video_url\":\"http://127.0.0.1:9/v.mp4\"}]}}",
                 (int)strcspn(id, "\""), id);
    } else {
        snprintf(body, sizeof body, "{\"code\":1000,\"data\":{\"_id\":\"video-%d\",\"status\":1}}", connection);
    }
    server_json(descriptor, body);
    return false;
}

static void connections_that_close_after_an_answer_do_no_harm(void)
{
    server *server = server_start(answer_and_leave, NULL);
    i2v_client *client = new_client(new_config(server_url(server)));
    int round;
    for (round = 1; round <= 3; round++) {
        i2v_job *job = run_job(client, new_request(), NULL, I2V_OK);
        CHECK_INT(server_count(server, CREATE), round);
        i2v_job_release(job);
        sleep_ms(20);
    }
    i2v_client_destroy(client);
    server_stop(server);
}

/* Answers with more than any answer of the service can be, for as long as anybody reads. */
static bool answer_without_end(server *server, int descriptor, const char *request, int connection)
{
    static const char head[] =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"code\":1000,\"x\":\"";
    static char block[65536];
    (void)server;
    (void)request;
    (void)connection;
    memset(block, 'x', sizeof block);
    (void)!send(descriptor, head, sizeof head - 1, MSG_NOSIGNAL);
    while (send(descriptor, block, sizeof block, MSG_NOSIGNAL) > 0) continue;
    return false;
}

static void answer_without_end_is_broken_off(void)
{
    server *server = server_start(answer_without_end, NULL);
    i2v_error *error = error_at(server_url(server), I2V_ERROR_OUTCOME_UNKNOWN);
    CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_POSSIBLE);
    i2v_error_destroy(error);
    CHECK_INT(server_count(server, CREATE), 1);
    server_stop(server);
}

static bool answer_garbage(server *server, int descriptor, const char *request, int connection)
{
    static const char *const replies[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n\xff\xfe{}\x00xyz",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd",
        "SSH-2.0-OpenSSH\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\n{}",
    };
    const char *reply = replies[*(int *)server_state(server)];
    (void)request;
    (void)connection;
    (void)!send(descriptor, reply, strlen(reply), MSG_NOSIGNAL);
    return false;
}

static void garbage_on_the_wire_is_of_unknown_outcome(void)
{
    int which;
    for (which = 0; which < 5; which++) {
        server *server = server_start(answer_garbage, &which);
        i2v_error *error = error_at(server_url(server), I2V_ERROR_OUTCOME_UNKNOWN);
        i2v_error_destroy(error);
        CHECK_INT(server_count(server, CREATE), 1);
        server_stop(server);
    }
}

static bool say_nothing(server *server, int descriptor, const char *request, int connection)
{
    (void)server;
    (void)request;
    (void)connection;
    server_hang(descriptor);
    return false;
}

static void request_timeout_bounds_a_create(void)
{
    server *server = server_start(say_nothing, NULL);
    i2v_config *config = new_config(server_url(server));
    i2v_client *client;
    i2v_job *job;
    int64_t start;
    i2v_config_set_request_timeout(config, 300);
    client = new_client(config);
    start = now_ms();
    job = run_job(client, new_request(), NULL, I2V_ERROR_OUTCOME_UNKNOWN);
    CHECK_LASTED(start, 290);
    CHECK_INT(server_count(server, CREATE), 1);
    i2v_job_release(job);
    i2v_client_destroy(client);
    server_stop(server);
}

static void request_timeout_bounds_a_poll_and_the_job_goes_on(void)
{
    i2v_config *config = new_config(NULL);
    i2v_client *client;
    i2v_job *job;
    i2v_config_set_request_timeout(config, enough());
    client = new_client(config);
    sandbox_faults("[{\"route\":\"results\",\"times\":2,\"hang\":true}]");
    job = run_job(client, new_request(), NULL, I2V_OK);
    CHECK(sandbox_count("results") >= 3);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void deadline_bounds_everything(void)
{
    static const struct {
        const char *fault;
        i2v_status status;
        bool saves;
    } stages[] = {
        {"[{\"route\":\"create\",\"hang\":true}]", I2V_ERROR_OUTCOME_UNKNOWN, false},
        {"[{\"route\":\"results\",\"times\":-1,\"hang\":true}]", I2V_ERROR_DEADLINE, false},
        {FAULT_NEVER_FINISHED, I2V_ERROR_DEADLINE, false},
        {"[{\"route\":\"video\",\"times\":-1,\"hang\":true}]", I2V_ERROR_DEADLINE, true},
    };
    size_t index;
    for (index = 0; index < sizeof stages / sizeof *stages; index++) {
        i2v_client *client = sandbox_client();
        const char *target = temp_path("deadline.mp4");
        i2v_request *request = stages[index].saves ? new_request_to(target) : new_request();
        watch watched = {0};
        int64_t start;
        i2v_job *job;
        i2v_request_set_deadline(request, enough());
        sandbox_faults(stages[index].fault);
        start = now_ms();
        job = run_job(client, request, &watched, stages[index].status);
        CHECK_LASTED(start, enough() - 10);
        CHECK_INT(watched.done, 1);
        CHECK(!file_exists(target) && !file_exists(temp_path("deadline.mp4.part")));
        i2v_job_release(job);
        i2v_client_destroy(client);
    }
}

static void deadline_of_the_configuration_holds_for_all(void)
{
    i2v_config *config = new_config(NULL);
    i2v_client *client;
    i2v_job *job;
    i2v_config_set_job_deadline(config, enough());
    client = new_client(config);
    sandbox_faults(FAULT_NEVER_FINISHED);
    job = run_job(client, new_request(), NULL, I2V_ERROR_DEADLINE);
    CHECK(i2v_job_get_id(job) != NULL);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

/* The whole life of a process that waits 5 s for a server which never answers. */
int run_hang(const char *url)
{
    i2v_config *config = i2v_config_create();
    i2v_request *request = i2v_request_create();
    i2v_client *client = NULL;
    i2v_job *job = NULL;
    int64_t start;
    i2v_config_set_api_key(config, "key");
    i2v_config_set_base_url(config, url);
    i2v_config_set_proxy(config, "");
    i2v_request_set_image_url(request, "https://example.com/cat.png");
    i2v_request_set_prompt(request, "x");
    if (i2v_client_create(config, &client, NULL) != I2V_OK) return 10;
    if (i2v_client_submit(client, request, NULL, NULL, &job, NULL) != I2V_OK) return 11;
    start = now_ms();
    if (i2v_job_wait(job, 5000, NULL) != I2V_ERROR_TIMEOUT) return 12;
    if (now_ms() - start < 4990 || now_ms() - start > slack(5000 + BUSY)) return 13;
    start = now_ms();
    if (i2v_client_destroy(client) != I2V_OK) return 14;
    if (now_ms() - start > slack(2000 + BUSY)) return 15;
    if (i2v_job_get_state(job) != I2V_JOB_FAILED) return 16;
    i2v_job_release(job);
    i2v_request_destroy(request);
    i2v_config_destroy(config);
    return 0;
}

static void server_that_never_answers_holds_up_no_process(void)
{
    server *server = server_start(say_nothing, NULL);
    int64_t start = now_ms();
    int status = -1;
    pid_t child;
    fflush(stdout);
    child = fork();
    if (child == 0) {
        execl(program_path, program_path, "--hang", server_url(server), (char *)NULL);
        _exit(127);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 0);
    CHECK_LASTED(start, 4990);
    CHECK_INT(server_count(server, CREATE), 1);
    server_stop(server);
}

void suite_network(void)
{
    RUN(refused_connection_costs_nothing);
    RUN(unknown_name_costs_nothing);
    RUN(server_without_tls_costs_nothing);
    RUN(create_that_dies_after_others_is_sent_once_on_its_own_connection);
    RUN(create_on_a_new_connection_that_dies_is_sent_once);
    RUN(connections_that_close_after_an_answer_do_no_harm);
    RUN(answer_without_end_is_broken_off);
    RUN(garbage_on_the_wire_is_of_unknown_outcome);
    RUN(request_timeout_bounds_a_create);
    RUN(request_timeout_bounds_a_poll_and_the_job_goes_on);
    RUN(deadline_bounds_everything);
    RUN(deadline_of_the_configuration_holds_for_all);
    RUN(server_that_never_answers_holds_up_no_process);
}
