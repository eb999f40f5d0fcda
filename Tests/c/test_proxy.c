/* Proxies that do not let a create through: what is told of it, and what the ledger keeps. Each way in which a proxy can
 * fail is in Tests/reliability/matrix/proxies.py. */
#include "support.h"

#include <stdio.h>
#include <string.h>

/* Nobody asks for it by itself. */
static const char far_away[] = "https://service.invalid";

/* A client behind a proxy, with its ledger. */
static i2v_client *proxied_client(const char *url, const char *proxy, const char *ledger)
{
    i2v_config *config = new_config(url);
    i2v_config_set_proxy(config, proxy);
    if (ledger) CHECK_STATUS(i2v_config_set_ledger(config, ledger), I2V_OK);
    return new_client(config);
}

/* What the error and the ledger say of the charge goes together with whether the ledger calls the create sent. */
static void check_charge(i2v_job *job, const char *ledger_path, i2v_charge charge)
{
    i2v_error *error = i2v_job_copy_error(job);
    i2v_ledger *ledger = read_ledger(ledger_path, 1);
    json_t *record = json_loads(i2v_ledger_get_json(ledger, 0), 0, NULL);
    CHECK_INT(i2v_error_get_charge(error), charge);
    CHECK_INT(i2v_ledger_get_charge(ledger, 0), charge);
    CHECK(json_is_integer(json_object_get(record, "sent")) == (charge != I2V_CHARGE_NONE));
    json_decref(record);
    i2v_ledger_destroy(ledger);
    i2v_error_destroy(error);
}

static bool want_credentials(server *server, int descriptor, const char *request, int connection)
{
    (void)server;
    (void)request;
    (void)connection;
    server_reply(descriptor, "407 Proxy Authentication Required", "Proxy-Authenticate: Basic realm=\"x\"\r\n", "");
    return false;
}

/* Also when so many fail that a host which cannot be reached would be left alone for a while. */
static void proxy_that_wants_credentials_is_told_every_time(void)
{
    static const char *const services[] = {far_away, "http://service.invalid"};
    size_t index, round;
    for (index = 0; index < 2; index++) {
        server *proxy = server_start(want_credentials, NULL);
        i2v_client *client = proxied_client(services[index], server_url(proxy), NULL);
        for (round = 0; round < 10; round++) {
            i2v_job *job = run_job(client, new_request(), NULL, I2V_ERROR_CONNECT);
            i2v_error *error = i2v_job_copy_error(job);
            CHECK_TEXT(i2v_error_get_field(error), "proxy");
            CHECK_CONTAINS(i2v_error_get_message(error), "user name and password");
            CHECK_INT(i2v_error_get_http_status(error), 407);
            CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_NONE);
            CHECK(!i2v_error_get_retryable(error));
            i2v_error_destroy(error);
            i2v_job_release(job);
        }
        CHECK_INT(server_count(proxy, index == 0 ? "CONNECT service.invalid:443 " : "POST "), 10);
        /* What is for the service stays in the tunnel. */
        if (index == 0) CHECK_INT(server_count(proxy, "sandbox-key"), 0);
        CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
        server_stop(proxy);
    }
}

static void proxy_that_is_not_there_costs_nothing(void)
{
    const char *path = new_ledger("no-proxy.db");
    i2v_client *client = proxied_client(far_away, "http://no-such-proxy.invalid:3128", path);
    i2v_job *job = run_job(client, new_request(), NULL, I2V_ERROR_RESOLVE);
    i2v_error *error = i2v_job_copy_error(job);
    CHECK_CONTAINS(i2v_error_get_message(error), "proxy");
    CHECK(i2v_error_get_retryable(error));
    check_charge(job, path, I2V_CHARGE_NONE);
    i2v_error_destroy(error);
    i2v_job_release(job);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
}

static bool hang(server *server, int descriptor, const char *request, int connection)
{
    (void)server;
    (void)request;
    (void)connection;
    server_hang(descriptor);
    return false;
}

typedef enum { BY_DEADLINE, BY_CANCEL, BY_DESTROY, WAYS } way;

/* The kind: a job that ends while its create waits for a tunnel. */
static void create_without_a_tunnel_ends_as_one_that_did_not_leave(void)
{
    static const i2v_status statuses[] = {I2V_ERROR_DEADLINE, I2V_ERROR_CANCELLED, I2V_ERROR_CANCELLED};
    int way;
    for (way = 0; way < WAYS; way++) {
        server *proxy = server_start(hang, NULL);
        const char *path = new_ledger("tunnel.db");
        i2v_client *client = proxied_client(far_away, server_url(proxy), path);
        i2v_request *request = new_request();
        i2v_job *job;
        if (way == BY_DEADLINE) i2v_request_set_deadline(request, slack(700));
        job = start_job(client, request, NULL);
        CHECK(server_reaches(proxy, "CONNECT service.invalid:443 ", 1));
        if (way == BY_CANCEL) i2v_job_cancel(job);
        if (way == BY_DESTROY) CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
        if (way != BY_DESTROY) CHECK_STATUS(finish_job(job), statuses[way]);
        check_charge(job, path, I2V_CHARGE_NONE);
        i2v_job_release(job);
        if (way != BY_DESTROY) CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
        server_stop(proxy);
    }
}

static bool refuse(server *server, int descriptor, const char *request, int connection)
{
    (void)request;
    (void)connection;
    server_reply(descriptor, server_state(server), "", "no");
    return false;
}

/* The kind: any status but success in answer to CONNECT. */
static void refused_tunnel_is_tried_again_and_costs_nothing(void)
{
    static const char *const answers[] = {"301 Moved", "403 Forbidden", "502 Bad Gateway", "999 Odd"};
    size_t index;
    for (index = 0; index < sizeof answers / sizeof *answers; index++) {
        char status[4] = "";
        server *proxy = server_start(refuse, (void *)answers[index]);
        const char *path = new_ledger("refused.db");
        i2v_client *client = proxied_client(far_away, server_url(proxy), path);
        i2v_job *job = run_job(client, new_request(), NULL, I2V_ERROR_CONNECT);
        i2v_error *error = i2v_job_copy_error(job);
        memcpy(status, answers[index], 3);
        CHECK_CONTAINS(i2v_error_get_message(error), status);
        CHECK_CONTAINS(i2v_error_get_message(error), "proxy");
        CHECK(i2v_error_get_retryable(error));
        CHECK(server_count(proxy, "CONNECT ") > 1);
        check_charge(job, path, I2V_CHARGE_NONE);
        i2v_error_destroy(error);
        i2v_job_release(job);
        CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
        server_stop(proxy);
    }
}

/* A proxy that was asked for no tunnel has the create, and may have passed it on. */
static void gateway_error_for_a_forwarded_create_is_of_unknown_outcome(void)
{
    static const char *const answers[] = {"502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"};
    size_t index;
    for (index = 0; index < sizeof answers / sizeof *answers; index++) {
        server *proxy = server_start(refuse, (void *)answers[index]);
        const char *path = new_ledger("forwarded.db");
        i2v_client *client = proxied_client("http://service.invalid", server_url(proxy), path);
        i2v_job *job = run_job(client, new_request(), NULL, I2V_ERROR_OUTCOME_UNKNOWN);
        check_charge(job, path, I2V_CHARGE_POSSIBLE);
        CHECK_INT(server_count(proxy, "POST http://service.invalid/"), 1);
        i2v_job_release(job);
        CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
        server_stop(proxy);
    }
}

void suite_proxy(void)
{
    RUN(proxy_that_wants_credentials_is_told_every_time);
    RUN(proxy_that_is_not_there_costs_nothing);
    RUN(create_without_a_tunnel_ends_as_one_that_did_not_leave);
    RUN(refused_tunnel_is_tried_again_and_costs_nothing);
    RUN(gateway_error_for_a_forwarded_create_is_of_unknown_outcome);
}
