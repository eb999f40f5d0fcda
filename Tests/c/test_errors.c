/* What the service's refusals and oddities become. */
#include "support.h"

#include <stdio.h>
#include <string.h>

/* Runs a job that must fail under the given faults, and gives its error. */
static i2v_error *error_under(const char *faults, i2v_request *request, i2v_status status)
{
    i2v_client *client = sandbox_client();
    watch watched = {0};
    i2v_job *job;
    i2v_error *error;
    sandbox_faults(faults);
    job = run_job(client, request, &watched, status);
    CHECK_INT(watched.done, 1);
    CHECK_STATUS(watched.status, status);
    CHECK_INT(i2v_job_get_state(job), I2V_JOB_FAILED);
    error = i2v_job_copy_error(job);
    CHECK_STATUS(i2v_error_get_status(error), status);
    CHECK(i2v_error_get_message(error)[0] != 0);
    i2v_job_release(job);
    i2v_client_destroy(client);
    return error;
}

static void codes_of_the_service_have_their_status(void)
{
    static const struct {
        int code;
        i2v_status status;
        bool retryable;
        i2v_charge charge;
    } codes[] = {
        {1003, I2V_ERROR_INVALID_REQUEST, false, I2V_CHARGE_NONE},
        {1004, I2V_ERROR_AUTH, false, I2V_CHARGE_NONE},
        {1006, I2V_ERROR_QUOTA, false, I2V_CHARGE_NONE},
        {1104, I2V_ERROR_QUOTA, false, I2V_CHARGE_NONE},
        {1008, I2V_ERROR_NOT_FOUND, false, I2V_CHARGE_NONE},
        {1014, I2V_ERROR_NOT_FOUND, false, I2V_CHARGE_NONE},
        {1009, I2V_ERROR_PERMISSION, false, I2V_CHARGE_NONE},
        {1010, I2V_ERROR_CONFLICT, false, I2V_CHARGE_NONE},
        {1011, I2V_ERROR_CONFLICT, false, I2V_CHARGE_NONE},
        {1222, I2V_ERROR_CONFLICT, false, I2V_CHARGE_NONE},
        {1013, I2V_ERROR_INVALID_INPUT, false, I2V_CHARGE_NONE},
        {1203, I2V_ERROR_INVALID_INPUT, false, I2V_CHARGE_NONE},
        {1204, I2V_ERROR_INVALID_INPUT, false, I2V_CHARGE_NONE},
        {1207, I2V_ERROR_INVALID_INPUT, false, I2V_CHARGE_NONE},
        {1210, I2V_ERROR_INVALID_INPUT, false, I2V_CHARGE_NONE},
        {1101, I2V_ERROR_AUTH, false, I2V_CHARGE_NONE},
        {1102, I2V_ERROR_AUTH, false, I2V_CHARGE_NONE},
        {1109, I2V_ERROR_AUTH, false, I2V_CHARGE_NONE},
        {1200, I2V_ERROR_AUTH, false, I2V_CHARGE_NONE},
        {1103, I2V_ERROR_BILLING, false, I2V_CHARGE_NONE},
        {1213, I2V_ERROR_PLAN, false, I2V_CHARGE_NONE},
        {1221, I2V_ERROR_PLAN, false, I2V_CHARGE_NONE},
        {1015, I2V_ERROR_SERVER, false, I2V_CHARGE_POSSIBLE},
        {1017, I2V_ERROR_SERVER, false, I2V_CHARGE_POSSIBLE},
        {1108, I2V_ERROR_SERVER, false, I2V_CHARGE_POSSIBLE},
        {1110, I2V_ERROR_SERVER, false, I2V_CHARGE_POSSIBLE},
        {1112, I2V_ERROR_SERVER, false, I2V_CHARGE_POSSIBLE},
        {1201, I2V_ERROR_SERVER, false, I2V_CHARGE_POSSIBLE},
        {1205, I2V_ERROR_SERVER, false, I2V_CHARGE_POSSIBLE},
        {2001, I2V_ERROR_SERVER, false, I2V_CHARGE_POSSIBLE},
        {7777, I2V_ERROR_SERVICE, false, I2V_CHARGE_POSSIBLE},
        {0, I2V_ERROR_SERVICE, false, I2V_CHARGE_POSSIBLE},
    };
    size_t index;
    for (index = 0; index < sizeof codes / sizeof *codes; index++) {
        char fault[128];
        i2v_error *error;
        sandbox_reset();
        snprintf(fault, sizeof fault,
                 "[{\"route\":\"create\",\"times\":-1,\"code\":%d,\"msg\":\"word of %d\"}]",
                 codes[index].code, codes[index].code);
        error = error_under(fault, new_request(), codes[index].status);
        snprintf(fault, sizeof fault, "word of %d", codes[index].code);
        CHECK_INT(i2v_error_get_service_code(error), codes[index].code);
        CHECK_TEXT(i2v_error_get_service_message(error), fault);
        CHECK_CONTAINS(i2v_error_get_message(error), fault);
        CHECK_CONTAINS(i2v_error_get_json(error), fault);
        CHECK_INT(i2v_error_get_http_status(error), 200);
        CHECK_INT(i2v_error_get_curl_code(error), 0);
        CHECK_INT(i2v_error_get_errno(error), 0);
        CHECK(i2v_error_get_retryable(error) == codes[index].retryable);
        CHECK_INT(i2v_error_get_charge(error), codes[index].charge);
        i2v_error_destroy(error);
        CHECK_INT(sandbox_count("create"), 1);
    }
}

static void bad_key_is_an_error_of_authorisation(void)
{
    i2v_config *config = new_config(NULL);
    i2v_client *client;
    i2v_job *job;
    i2v_error *error = NULL;
    i2v_config_set_api_key(config, "not-the-key");
    client = new_client(config);
    job = start_job(client, new_request(), NULL);
    CHECK_STATUS(i2v_job_wait(job, slack(HANG), &error), I2V_ERROR_AUTH);
    CHECK_INT(i2v_error_get_service_code(error), 1109);
    CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_NONE);
    CHECK(!i2v_error_get_retryable(error));
    CHECK_LACKS(i2v_error_get_message(error), "not-the-key");
    CHECK_ERROR(&error, I2V_ERROR_AUTH, NULL);
    CHECK_INT(sandbox_count("creates_processed"), 0);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

/* What came too soon is tried again as long as there is time. */
static i2v_request *short_request(void)
{
    i2v_request *request = new_request();
    i2v_request_set_deadline(request, 2 * enough());
    return request;
}

static void too_many_requests_create_nothing(void)
{
    i2v_error *error =
        error_under("[{\"route\":\"create\",\"times\":-1,\"code\":1005,\"msg\":\"slow down\"}]",
                    short_request(), I2V_ERROR_RATE_LIMIT);
    CHECK_INT(i2v_error_get_service_code(error), 1005);
    CHECK(i2v_error_get_retryable(error));
    CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_NONE);
    i2v_error_destroy(error);
    CHECK_INT(sandbox_count("creates_processed"), 0);

    sandbox_reset();
    error = error_under("[{\"route\":\"create\",\"times\":-1,\"reply\":{\"status\":429,\"body\":\"later\"}}]",
                        short_request(), I2V_ERROR_RATE_LIMIT);
    CHECK_INT(i2v_error_get_http_status(error), 429);
    CHECK(i2v_error_get_retryable(error));
    CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_NONE);
    i2v_error_destroy(error);
}

static void http_statuses_without_an_answer_speak_for_themselves(void)
{
    static const struct {
        int http;
        i2v_status status;
    } replies[] = {
        {400, I2V_ERROR_HTTP}, {401, I2V_ERROR_AUTH}, {403, I2V_ERROR_HTTP},
        {404, I2V_ERROR_HTTP}, {405, I2V_ERROR_HTTP},
    };
    size_t index;
    for (index = 0; index < sizeof replies / sizeof *replies; index++) {
        char fault[256];
        i2v_error *error;
        sandbox_reset();
        snprintf(
            fault, sizeof fault,
            "[{\"route\":\"create\",\"times\":-1,\"reply\":{\"status\":%d,\"body\":\"<html>no</html>\"}}]",
            replies[index].http);
        error = error_under(fault, new_request(), replies[index].status);
        CHECK_INT(i2v_error_get_http_status(error), replies[index].http);
        CHECK_INT(i2v_error_get_service_code(error), 0);
        CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_NONE);
        i2v_error_destroy(error);
        CHECK_INT(sandbox_count("create"), 1);
    }
}

static void codes_count_also_with_another_http_status(void)
{
    i2v_error *error = error_under("[{\"route\":\"create\",\"reply\":{\"status\":400,\"body\":\"{"
                                   "\\\"code\\\":1104,\\\"msg\\\":\\\"empty\\\"}\"}}]",
                                   new_request(), I2V_ERROR_QUOTA);
    CHECK_INT(i2v_error_get_http_status(error), 400);
    CHECK_INT(i2v_error_get_service_code(error), 1104);
    i2v_error_destroy(error);
}

/* The create may have been acted on: one send, unknown outcome, no invitation to try again. */
static void of_unknown_outcome(const char *fault)
{
    i2v_error *error;
    sandbox_reset();
    error = error_under(fault, new_request(), I2V_ERROR_OUTCOME_UNKNOWN);
    CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_POSSIBLE);
    CHECK(!i2v_error_get_retryable(error));
    i2v_error_destroy(error);
    CHECK_INT(sandbox_count("create"), 1);
    CHECK_INT(sandbox_count("results"), 0);
}

static void unreadable_answers_to_a_create_are_of_unknown_outcome(void)
{
    of_unknown_outcome(
        "[{\"route\":\"create\",\"times\":-1,\"reply\":{\"status\":200,\"headers\":"
        "{\"Content-Type\":\"text/html\"},\"body\":\"<html><body>maintenance</body></html>\"}}]");
    of_unknown_outcome("[{\"route\":\"create\",\"times\":-1,\"reply\":{\"status\":200,\"body\":\"\"}}]");
    of_unknown_outcome("[{\"route\":\"create\",\"times\":-1,\"reply\":{\"status\":200,\"body\":\"{"
                       "\\\"msg\\\":\\\"x\\\"}\"}}]");
    of_unknown_outcome("[{\"route\":\"create\",\"times\":-1,\"reply\":{\"status\":200,\"body\":\"[]\"}}]");
    of_unknown_outcome(
        "[{\"route\":\"create\",\"times\":-1,\"reply\":{\"status\":200,\"body\":\"{\\\"code\\\":1000}\"}}]");
    of_unknown_outcome("[{\"route\":\"create\",\"times\":-1,\"reply\":{\"status\":200,"
                       "\"body\":\"{\\\"code\\\":1000,\\\"data\\\":{\\\"status\\\":1}}\"}}]");
    of_unknown_outcome("[{\"route\":\"create\",\"times\":-1,\"reply\":{\"status\":200,"
                       "\"body\":\"{\\\"code\\\":1000,\\\"data\\\":{\\\"_id\\\":\\\"\\\"}}\"}}]");
    of_unknown_outcome("[{\"route\":\"create\",\"times\":-1,\"reply\":{\"status\":200,"
                       "\"body\":\"{\\\"code\\\":1000,\\\"data\\\":{\\\"_id\\\":\\\"1\"}}]");
}

static void failing_servers_leave_a_create_of_unknown_outcome(void)
{
    of_unknown_outcome("[{\"route\":\"create\",\"times\":-1,\"reply\":{\"status\":500,\"body\":\"\"}}]");
    of_unknown_outcome(
        "[{\"route\":\"create\",\"times\":-1,\"reply\":{\"status\":502,\"body\":\"<html>\"}}]");
    of_unknown_outcome("[{\"route\":\"create\",\"times\":-1,\"reply\":{\"status\":504,\"body\":\"late\"}}]");
    of_unknown_outcome("[{\"route\":\"create\",\"times\":-1,\"close\":true}]");
    of_unknown_outcome("[{\"route\":\"create\",\"times\":-1,\"when\":\"after\",\"close\":true}]");
    CHECK_INT(sandbox_count("creates_processed"), 1);
    of_unknown_outcome("[{\"route\":\"create\",\"times\":-1,\"when\":\"after\",\"break_after\":20}]");
    CHECK_INT(sandbox_count("creates_processed"), 1);
}

static void code_as_text_is_understood(void)
{
    i2v_error *error = error_under(
        "[{\"route\":\"create\",\"reply\":{\"status\":200,\"body\":\"{\\\"code\\\":\\\"1109\\\"}\"}}]",
        new_request(), I2V_ERROR_AUTH);
    CHECK_INT(i2v_error_get_service_code(error), 1109);
    i2v_error_destroy(error);
}

static void failed_job_tells_its_reason(void)
{
    static const char *const names[] = {"error_reason", "failed_reason", "fail_msg", "error_msg",
                                        "error_message"};
    size_t index;
    for (index = 0; index < sizeof names / sizeof *names; index++) {
        i2v_client *client = sandbox_client();
        char fault[256];
        i2v_job *job;
        i2v_error *error;
        i2v_video *video;
        snprintf(fault, sizeof fault,
                 "[{\"route\":\"results\",\"times\":-1,\"row\":{\"status\":4,\"video_url\":null,\"%s\":"
                 "\"the picture is too dark\"}}]",
                 names[index]);
        sandbox_faults(fault);
        job = run_job(client, new_request_to(temp_path("dark.mp4")), NULL, I2V_ERROR_JOB_FAILED);
        error = i2v_job_copy_error(job);
        CHECK_TEXT(i2v_error_get_service_message(error), "the picture is too dark");
        CHECK_CONTAINS(i2v_error_get_message(error), "the picture is too dark");
        CHECK_CONTAINS(i2v_error_get_json(error), "the picture is too dark");
        CHECK(!i2v_error_get_retryable(error));
        i2v_error_destroy(error);
        video = i2v_job_copy_video(job);
        CHECK_INT(i2v_video_get_status(video), I2V_SERVICE_FAILED);
        CHECK_TEXT(i2v_video_get_failure_reason(video), "the picture is too dark");
        i2v_video_release(video);
        CHECK(i2v_job_get_id(job) != NULL);
        CHECK(!file_exists(temp_path("dark.mp4")));
        i2v_job_release(job);
        i2v_client_destroy(client);
    }
}

static void failed_job_without_a_reason_says_so(void)
{
    i2v_error *error =
        error_under("[{\"route\":\"results\",\"times\":-1,\"row\":{\"status\":4,\"video_url\":null}}]",
                    new_request(), I2V_ERROR_JOB_FAILED);
    CHECK_TEXT(i2v_error_get_service_message(error), NULL);
    i2v_error_destroy(error);
}

static void completed_video_without_an_address_is_an_error(void)
{
    i2v_error *error =
        error_under("[{\"route\":\"results\",\"times\":-1,\"row\":{\"status\":3,\"video_url\":null}}]",
                    new_request(), I2V_ERROR_NO_VIDEO);
    CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_CERTAIN);
    i2v_error_destroy(error);
    /* It looks again before it gives up. */
    CHECK(sandbox_count("results") >= 2);
}

static void address_that_comes_late_is_waited_for(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job;
    sandbox_faults("[{\"route\":\"results\",\"times\":1,\"row\":{\"status\":3,\"video_url\":null}}]");
    job = run_job(client, new_request(), NULL, I2V_OK);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void unknown_status_means_not_finished(void)
{
    i2v_request *request = new_request();
    i2v_client *client = sandbox_client();
    watch watched = {0};
    i2v_job *job;
    i2v_video *video;
    i2v_request_set_deadline(request, enough());
    sandbox_faults("[{\"route\":\"results\",\"times\":-1,\"row\":{\"status\":9,\"video_url\":null}}]");
    job = run_job(client, request, &watched, I2V_ERROR_DEADLINE);
    video = i2v_job_copy_video(job);
    CHECK_INT(i2v_video_get_status(video), 9);
    CHECK_CONTAINS(watched.order, "S");
    CHECK(i2v_job_get_id(job) != NULL);
    i2v_video_release(video);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void strange_statuses_mean_not_finished_too(void)
{
    static const char *const values[] = {"null", "[]", "-3", "99999999999", "\"done\"", "3.5", "true"};
    size_t index;
    for (index = 0; index < sizeof values / sizeof *values; index++) {
        char fault[128];
        i2v_request *request = new_request();
        i2v_error *error;
        i2v_request_set_deadline(request, enough());
        snprintf(fault, sizeof fault, "[{\"route\":\"results\",\"times\":-1,\"row\":{\"status\":%s}}]",
                 values[index]);
        error = error_under(fault, request, I2V_ERROR_DEADLINE);
        i2v_error_destroy(error);
    }
}

static void id_that_is_never_listed_is_unknown(void)
{
    i2v_request *request = new_request();
    i2v_error *error;
    i2v_request_set_deadline(request, enough());
    error =
        error_under("[{\"route\":\"results\",\"times\":-1,\"omit\":true}]", request, I2V_ERROR_ID_UNKNOWN);
    CHECK_INT(i2v_error_get_charge(error), I2V_CHARGE_CERTAIN);
    CHECK(!i2v_error_get_retryable(error));
    i2v_error_destroy(error);
    CHECK(sandbox_count("results") >= 3);
}

static void id_that_is_missing_at_times_is_waited_for(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job;
    sandbox_faults("[{\"route\":\"results\",\"times\":4,\"omit\":true}]");
    job = run_job(client, new_request(), NULL, I2V_OK);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void answer_for_another_id_counts_for_nothing(void)
{
    i2v_request *request = new_request();
    i2v_error *error;
    i2v_request_set_deadline(request, enough());
    error = error_under("[{\"route\":\"results\",\"times\":-1,\"row\":{\"_id\":\"another\",\"status\":3,"
                        "\"video_url\":\"http://127.0.0.1:9/v.mp4\"}}]",
                        request, I2V_ERROR_ID_UNKNOWN);
    i2v_error_destroy(error);
}

static void failing_polls_never_fail_a_job(void)
{
    i2v_client *client = sandbox_client();
    i2v_job *job;
    sandbox_faults("[{\"route\":\"results\",\"reply\":{\"status\":500,\"body\":\"\"}},"
                   "{\"route\":\"results\",\"reply\":{\"status\":200,\"body\":\"<html>\"}},"
                   "{\"route\":\"results\",\"code\":1015},{\"route\":\"results\",\"code\":1005},"
                   "{\"route\":\"results\",\"close\":true},{\"route\":\"results\",\"break_after\":10},"
                   "{\"route\":\"results\",\"code\":1109}]");
    job = run_job(client, new_request(), NULL, I2V_OK);
    CHECK(sandbox_count("results") >= 8);
    CHECK_INT(sandbox_count("create"), 1);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void deadline_tells_of_the_polls_that_failed(void)
{
    i2v_request *request = new_request();
    i2v_error *error;
    i2v_request_set_deadline(request, enough());
    error = error_under("[{\"route\":\"results\",\"times\":-1,\"code\":1015,\"msg\":\"out of order\"}]",
                        request, I2V_ERROR_DEADLINE);
    CHECK_CONTAINS(i2v_error_get_message(error), "out of order");
    CHECK(!i2v_error_get_retryable(error));
    i2v_error_destroy(error);
}

static void messages_are_one_line(void)
{
    i2v_error *error = error_under(
        "[{\"route\":\"create\",\"code\":1003,\"msg\":\"one\\ntwo\\r\\u001b[31mthree\\u0085four\"}]",
        new_request(), I2V_ERROR_INVALID_REQUEST);
    const char *text;
    for (text = i2v_error_get_message(error); *text; text++) {
        if (!CHECK((unsigned char)*text >= 0x20 && *text != 0x7f)) break;
    }
    i2v_error_destroy(error);
}

static void errors_outlive_what_they_came_from(void)
{
    i2v_error *error = error_under("[{\"route\":\"create\",\"code\":1003,\"msg\":\"kept\"}]", new_request(),
                                   I2V_ERROR_INVALID_REQUEST);
    CHECK_TEXT(i2v_error_get_service_message(error), "kept");
    i2v_error_destroy(error);
}

void suite_errors(void)
{
    RUN(codes_of_the_service_have_their_status);
    RUN(bad_key_is_an_error_of_authorisation);
    RUN(too_many_requests_create_nothing);
    RUN(http_statuses_without_an_answer_speak_for_themselves);
    RUN(codes_count_also_with_another_http_status);
    RUN(unreadable_answers_to_a_create_are_of_unknown_outcome);
    RUN(failing_servers_leave_a_create_of_unknown_outcome);
    RUN(code_as_text_is_understood);
    RUN(failed_job_tells_its_reason);
    RUN(failed_job_without_a_reason_says_so);
    RUN(completed_video_without_an_address_is_an_error);
    RUN(address_that_comes_late_is_waited_for);
    RUN(unknown_status_means_not_finished);
    RUN(strange_statuses_mean_not_finished_too);
    RUN(id_that_is_never_listed_is_unknown);
    RUN(id_that_is_missing_at_times_is_waited_for);
    RUN(answer_for_another_id_counts_for_nothing);
    RUN(failing_polls_never_fail_a_job);
    RUN(deadline_tells_of_the_polls_that_failed);
    RUN(messages_are_one_line);
    RUN(errors_outlive_what_they_came_from);
}
