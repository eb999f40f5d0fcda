/* Configurations: credentials, the base URL, and what of it reaches the wire. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void creation_fails_with(i2v_config *config, const char *field)
{
    i2v_client *client = NULL;
    i2v_error *error = NULL;
    CHECK_STATUS(i2v_client_create(config, &client, &error), I2V_ERROR_INVALID_ARGUMENT);
    CHECK(client == NULL);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_ARGUMENT, field);
    i2v_client_destroy(client);
    i2v_config_destroy(config);
}

static void credentials_are_needed(void) { creation_fails_with(i2v_config_create(), "api_key"); }

static void credentials_are_not_taken_double(void)
{
    i2v_config *config = new_config(NULL);
    CHECK_STATUS(i2v_config_set_bearer_token(config, "sandbox-token"), I2V_OK);
    creation_fails_with(config, "bearer_token");
}

static void base_url_must_be_plain(void)
{
    static const char *const bad[] = {
        "openapi.akool.com",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "http://",
        "http://user@127.0.0.1",
        "http://user:word@127.0.0.1",
        "http://127.0.0.1/?a=b",
        "http://127.0.0.1/#part",
        "http://a b",
        "http://127.0.0.1:99999",
    };
    size_t index;
    for (index = 0; index < sizeof bad / sizeof *bad; index++) {
        i2v_config *config = new_config(NULL);
        i2v_config_set_base_url(config, bad[index]);
        creation_fails_with(config, "base_url");
    }
}

static void job_works_with(i2v_config *config)
{
    i2v_client *client = new_client(config);
    i2v_job *job;
    REQUIRE(client != NULL);
    job = run_job(client, new_request(), NULL, I2V_OK);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void api_key_goes_out_as_one_header(void)
{
    json_t *requests, *request;
    size_t index;
    job_works_with(new_config(NULL));
    requests = sandbox_requests("create");
    CHECK_INT(json_array_size(requests), 1);
    json_array_foreach(requests, index, request)
    {
        CHECK_TEXT(recorded_header(request, "x-api-key"), "sandbox-key");
        CHECK_TEXT(recorded_header(request, "authorization"), NULL);
        CHECK_TEXT(recorded_header(request, "user-agent"), "image2video/" I2V_VERSION);
        CHECK_TEXT(recorded_header(request, "content-type"), "application/json");
    }
    json_decref(requests);
}

static void bearer_token_goes_out_as_one_header(void)
{
    json_t *requests, *request;
    size_t index;
    i2v_config *config = i2v_config_create();
    i2v_config_set_bearer_token(config, "sandbox-token");
    i2v_config_set_base_url(config, sandbox_url());
    i2v_config_set_proxy(config, "");
    i2v_config_set_poll_interval(config, 20, 60);
    i2v_config_set_user_agent(config, "suite/1.0 (loopback)");
    job_works_with(config);
    requests = sandbox_requests("results");
    CHECK(json_array_size(requests) >= 1);
    json_array_foreach(requests, index, request)
    {
        CHECK_TEXT(recorded_header(request, "x-api-key"), NULL);
        CHECK_TEXT(recorded_header(request, "authorization"), "Bearer sandbox-token");
        CHECK_TEXT(recorded_header(request, "user-agent"), "suite/1.0 (loopback)");
    }
    json_decref(requests);
}

static void base_url_may_have_a_path_and_slashes(void)
{
    static const char *const paths[] = {"/", "/gateway", "/gateway/"};
    size_t index;
    for (index = 0; index < sizeof paths / sizeof *paths; index++) {
        char url[128];
        json_t *requests;
        const char *path;
        sandbox_reset();
        snprintf(url, sizeof url, "%s%s", sandbox_url(), paths[index]);
        job_works_with(new_config(url));
        requests = sandbox_requests("create");
        path = json_string_value(json_object_get(json_array_get(requests, 0), "path"));
        CHECK_TEXT(path, index == 0 ? "/api/open/v4/image2Video/createBySourcePrompt"
                                    : "/gateway/api/open/v4/image2Video/createBySourcePrompt");
        json_decref(requests);
    }
}

static void client_keeps_nothing_of_the_configuration(void)
{
    i2v_config *config = i2v_config_create();
    char *key = malloc(32), *url = malloc(64);
    i2v_client *client = NULL;
    i2v_job *job;
    REQUIRE(key && url);
    strcpy(key, "sandbox-key");
    strcpy(url, sandbox_url());
    i2v_config_set_api_key(config, key);
    i2v_config_set_base_url(config, url);
    i2v_config_set_proxy(config, "");
    i2v_config_set_poll_interval(config, 20, 60);
    memset(key, 'x', 31);
    memset(url, 'x', 63);
    free(key);
    free(url);
    CHECK_STATUS(i2v_client_create(config, &client, NULL), I2V_OK);
    /* What is set now is for the next client. */
    i2v_config_set_api_key(config, "another");
    i2v_config_destroy(config);
    REQUIRE(client != NULL);
    job = run_job(client, new_request(), NULL, I2V_OK);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void creating_a_client_sends_nothing(void)
{
    i2v_client *client = sandbox_client();
    sleep_ms(50);
    i2v_client_destroy(client);
    CHECK_INT(sandbox_count("total_api"), 0);
}

static void one_results_request_asks_about_as_many_as_configured(void)
{
    enum { JOBS = 7, LIST = 3 };
    i2v_config *config = new_config(NULL);
    i2v_client *client;
    i2v_job *jobs[JOBS];
    json_t *requests, *request;
    size_t index;
    int longest = 0;

    i2v_config_set_poll_list_size(config, LIST);
    client = new_client(config);
    REQUIRE(client != NULL);
    /* All of them are polled at a time, for some polls. */
    sandbox_faults(FAULT_NEVER_FINISHED);
    for (index = 0; index < JOBS; index++) jobs[index] = start_job(client, new_request(), NULL);
    for (index = 0; index < JOBS; index++) CHECK(reach_id(client, jobs[index]));
    CHECK(sandbox_reaches("results", sandbox_count("results") + 2 * JOBS));
    sandbox_faults("[]");
    for (index = 0; index < JOBS; index++) {
        CHECK_STATUS(finish_job(jobs[index]), I2V_OK);
        i2v_job_release(jobs[index]);
    }
    requests = sandbox_requests("results");
    json_array_foreach(requests, index, request)
    {
        const char *ids = json_string_value(json_object_get(json_object_get(request, "body"), "_ids"));
        int count = 1;
        REQUIRE(ids != NULL);
        for (; *ids; ids++) count += *ids == ',';
        if (count > longest) longest = count;
    }
    CHECK_BETWEEN(longest, 2, LIST);
    json_decref(requests);
    i2v_client_destroy(client);
}

static void proxy_is_used(void)
{
    /* The sandbox takes requests for any host, so it can stand for a proxy before a host that is not there.
     */
    i2v_config *config = new_config("http://service.invalid");
    i2v_client *client;
    i2v_job *job;
    CHECK_STATUS(i2v_config_set_proxy(config, sandbox_url()), I2V_OK);
    client = new_client(config);
    REQUIRE(client != NULL);
    job = start_job(client, new_request(), NULL);
    CHECK(sandbox_reaches("create", 1) || sandbox_count("other") >= 1);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

/* The kind: an address that libcurl could not use, or would take apart otherwise than its author meant. Whatever the
 * mistake, the error does not repeat the address. */
static void proxy_must_be_an_address(void)
{
    static const char *const bad[] = {
        "http://user:s3cret@127.0.0.1:99999",
        "http://user:s3cret@127.0.0.1:0",
        "http://user:s3cret@127.0.0.1:-1",
        "http://user:s3cret@127.0.0.1:80 80",
        "http://user:s3cret@127.0.0.1:x",
        "http://user:s3cret@",
        "http://user:s3cret@:3128",
        "http://user:s3c ret@127.0.0.1:3128",
        " http://user:s3cret@127.0.0.1:3128",
        "http://user:s3cret@127.0.0.1:3128\n",
        "ftp://user:s3cret@127.0.0.1:3128",
        "socks6://user:s3cret@127.0.0.1:3128",
        "://user:s3cret@127.0.0.1:3128",
        "http:/user:s3cret@127.0.0.1:3128",
        "http//user:s3cret@127.0.0.1:3128",
        "user:s3cret@127.0.0.1:99999",
        "user:s3cret@",
        "http://user:s3cret@[::1:3128",
        "http://user:s3cret@a host:3128",
        /* A password with characters of its own: what stands before them would be the host and the port. */
        "http://user:12/s3cret@127.0.0.1:3128",
        "http://user:12?s3cret@127.0.0.1:3128",
        "http://user:12#s3cret@127.0.0.1:3128",
        "http://user:w@s3cret@127.0.0.1:3128",
        "http://user/s3cret@127.0.0.1:3128",
        "http://user:s3cret%0A@127.0.0.1:3128",
        "http://user:s3cret@127.0.0.1:3128/path",
        "s3cret://",
        "http://",
        "/",
        "?s3cret",
    };
    size_t index;
    for (index = 0; index < sizeof bad / sizeof *bad; index++) {
        i2v_config *config = new_config(NULL);
        i2v_client *client = NULL;
        i2v_error *error = NULL;
        CHECK_STATUS(i2v_config_set_proxy(config, bad[index]), I2V_OK);
        CHECK_STATUS(i2v_client_create(config, &client, &error), I2V_ERROR_INVALID_ARGUMENT);
        CHECK_TEXT(i2v_error_get_field(error), "proxy");
        CHECK_LACKS(i2v_error_get_message(error), "s3c");
        i2v_error_destroy(error);
        i2v_client_destroy(client);
        i2v_config_destroy(config);
    }
}

static void proxy_may_be_of_any_kind(void)
{
    static const char *const good[] = {
        "",
        "127.0.0.1",
        "127.0.0.1:3128",
        "ftp.example.com:3128",
        "http://127.0.0.1:3128",
        "http://127.0.0.1:3128/",
        "HTTP://user@127.0.0.1:3128",
        "http://user:@127.0.0.1",
        "https://user:p%2Fass%40word@proxy.example.com",
        "socks://127.0.0.1",
        "socks4://127.0.0.1:1080",
        "socks4a://user@127.0.0.1:1080",
        "socks5://user:word@[::1]:1080",
        "socks5h://user:word@proxy.example.com:65535",
        "socks5h://localhost/run/a-socket",
    };
    size_t index;
    for (index = 0; index < sizeof good / sizeof *good; index++) {
        i2v_config *config = new_config(NULL);
        CHECK_STATUS(i2v_config_set_proxy(config, good[index]), I2V_OK);
        i2v_client_destroy(new_client(config));
    }
}

static const char *const proxy_variables[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};

static i2v_config *config_without_proxy(const char *url)
{
    i2v_config *config = i2v_config_create();
    i2v_config_set_api_key(config, "sandbox-key");
    i2v_config_set_base_url(config, url);
    return config;
}

static void proxy_of_the_environment_must_be_an_address(void)
{
    size_t index;
    for (index = 0; index < sizeof proxy_variables / sizeof *proxy_variables; index++) {
        i2v_config *config = config_without_proxy(sandbox_url());
        i2v_client *client = NULL;
        i2v_error *error = NULL;
        setenv(proxy_variables[index], "http://user:s3cret@127.0.0.1:99999", 1);
        CHECK_STATUS(i2v_client_create(config, &client, &error), I2V_ERROR_INVALID_ARGUMENT);
        CHECK_TEXT(i2v_error_get_field(error), "proxy");
        CHECK_CONTAINS(i2v_error_get_message(error), proxy_variables[index]);
        CHECK_LACKS(i2v_error_get_message(error), "s3cret");
        i2v_error_destroy(error);
        /* A client that is told not to use one does not look. */
        i2v_config_set_proxy(config, "");
        i2v_client_destroy(new_client(config));
        unsetenv(proxy_variables[index]);
    }
}

static void proxy_of_the_environment_is_used(void)
{
    i2v_client *client;
    i2v_job *job;
    setenv("http_proxy", sandbox_url(), 1);
    client = new_client(config_without_proxy("http://service.invalid"));
    job = start_job(client, new_request(), NULL);
    CHECK(sandbox_reaches("create", 1) || sandbox_count("other") >= 1);
    i2v_job_release(job);
    i2v_client_destroy(client);
    unsetenv("http_proxy");
}

static void missing_ca_file_is_an_error_of_tls(void)
{
    i2v_config *config = new_config("https://127.0.0.1:9");
    i2v_config_set_ca_file(config, "/nonexistent/authorities.pem");
    i2v_config_set_connect_timeout(config, 500);
    i2v_client *client = new_client(config);
    i2v_job *job;
    i2v_error *error;
    REQUIRE(client != NULL);
    job = start_job(client, new_request(), NULL);
    CHECK(finish_job(job) != I2V_OK);
    error = i2v_job_copy_error(job);
    /* Which comes first, the refused connection or the file, is libcurl's business; neither costs anything.
     */
    CHECK(i2v_error_get_status(error) == I2V_ERROR_TLS || i2v_error_get_status(error) == I2V_ERROR_CONNECT);
    CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_NONE);
    i2v_error_destroy(error);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

void suite_config(void)
{
    RUN(credentials_are_needed);
    RUN(credentials_are_not_taken_double);
    RUN(base_url_must_be_plain);
    RUN(api_key_goes_out_as_one_header);
    RUN(bearer_token_goes_out_as_one_header);
    RUN(base_url_may_have_a_path_and_slashes);
    RUN(client_keeps_nothing_of_the_configuration);
    RUN(creating_a_client_sends_nothing);
    RUN(one_results_request_asks_about_as_many_as_configured);
    RUN(proxy_is_used);
    RUN(proxy_must_be_an_address);
    RUN(proxy_may_be_of_any_kind);
    RUN(proxy_of_the_environment_must_be_an_address);
    RUN(proxy_of_the_environment_is_used);
    RUN(missing_ca_file_is_an_error_of_tls);
}
