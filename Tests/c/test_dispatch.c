/* Where and when callbacks run: event loops, timeouts, the client's own thread, calls from inside callbacks.
 */
#include "support.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>

static bool is_readable(int descriptor, int timeout)
{
    struct pollfd watched;
    watched.fd = descriptor;
    watched.events = POLLIN;
    watched.revents = 0;
    return poll(&watched, 1, timeout) == 1 && (watched.revents & POLLIN);
}

static void event_loop_over_the_descriptor_works(void)
{
    enum { JOBS = 5 };
    i2v_client *client = sandbox_client();
    int descriptor = i2v_client_get_fd(client);
    watch watched[JOBS];
    size_t index, total = 0, letters = 0;
    int64_t end = now_ms() + slack(HANG);
    int turns = 0;

    memset(watched, 0, sizeof watched);
    REQUIRE(descriptor >= 0);
    CHECK_INT(i2v_client_get_fd(client), descriptor);
    CHECK(!is_readable(descriptor, 0));
    /* Nothing is finished until some events were taken, so that one turn cannot have them all. */
    sandbox_faults(FAULT_NEVER_FINISHED);
    for (index = 0; index < JOBS; index++) i2v_job_release(start_job(client, new_request(), &watched[index]));
    while (i2v_client_get_job_count(client) > 0) {
        size_t delivered = 0;
        REQUIRE(now_ms() < end);
        if (!is_readable(descriptor, 1000)) continue;
        CHECK_STATUS(i2v_client_dispatch(client, 0, &delivered, NULL), I2V_OK);
        CHECK(delivered >= 1);
        total += delivered;
        if (turns++ == 0) sandbox_faults("[]");
    }
    for (index = 0; index < JOBS; index++) {
        CHECK_INT(watched[index].done, 1);
        CHECK_INT(watched[index].order[0], 'C');
        letters += strlen(watched[index].order);
    }
    CHECK_INT(total, (long long)letters);
    CHECK(turns >= 2);
    CHECK(!is_readable(descriptor, 0));
    i2v_client_destroy(client);
}

static void descriptor_stays_readable_until_all_is_taken(void)
{
    i2v_client *client = sandbox_client();
    int descriptor = i2v_client_get_fd(client);
    watch watched = {0};
    i2v_job *job = start_job(client, new_request(), &watched);
    size_t delivered = 0;
    CHECK(is_readable(descriptor, (int)slack(HANG)));
    CHECK(is_readable(descriptor, 0));
    CHECK_STATUS(i2v_client_dispatch(client, 0, &delivered, NULL), I2V_OK);
    /* Created, and what may have come of it meanwhile. */
    CHECK_BETWEEN((long long)delivered, 1, 3);
    CHECK_STATUS(finish_job(job), I2V_OK);
    CHECK(!is_readable(descriptor, 0));
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void dispatch_keeps_to_its_timeout(void)
{
    i2v_client *client = sandbox_client();
    size_t delivered = 9;
    int64_t start = now_ms();
    CHECK_STATUS(i2v_client_dispatch(client, 0, &delivered, NULL), I2V_OK);
    CHECK_INT(delivered, 0);
    CHECK_LASTED(start, 0);
    start = now_ms();
    CHECK_STATUS(i2v_client_dispatch(client, 200, &delivered, NULL), I2V_OK);
    CHECK_INT(delivered, 0);
    CHECK_LASTED(start, 199);
    i2v_client_destroy(client);
}

static void dispatch_returns_as_soon_as_something_came(void)
{
    i2v_client *client = sandbox_client();
    watch watched = {0};
    i2v_job *job = start_job(client, new_request(), &watched);
    size_t delivered = 0;
    int64_t start = now_ms();
    CHECK_STATUS(i2v_client_dispatch(client, -1, &delivered, NULL), I2V_OK);
    CHECK_BETWEEN((long long)delivered, 1, 3);
    CHECK_LASTED(start, 0);
    CHECK_INT(watched.order[0], 'C');
    CHECK_STATUS(finish_job(job), I2V_OK);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void job_counts_until_its_end_was_delivered(void)
{
    i2v_client *client = sandbox_client();
    watch watched = {0};
    i2v_job *job = start_job(client, new_request(), &watched);
    CHECK_COMES(i2v_job_get_state(job) == I2V_JOB_COMPLETED);
    CHECK_INT(i2v_client_get_job_count(client), 1);
    CHECK_STATUS(i2v_client_dispatch(client, -1, NULL, NULL), I2V_OK);
    CHECK_INT(watched.done, 1);
    CHECK_INT(i2v_client_get_job_count(client), 0);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

/* What a callback may and may not do, tried at every event. */
typedef struct {
    i2v_client *client, *other;
    i2v_request *request;
    int calls, done, count_at_done;
    i2v_status wait, dispatch, destroy, animate, other_dispatch, submit, cancel, fetch;
    bool saw_job;
} inside;

static void try_everything(i2v_job *job, i2v_event event, void *user_data)
{
    inside *seen = user_data;
    i2v_video *video;
    seen->calls++;
    seen->wait = i2v_job_wait(job, 0, NULL);
    seen->dispatch = i2v_client_dispatch(seen->client, 0, NULL, NULL);
    seen->destroy = i2v_client_destroy(seen->client);
    seen->animate = i2v_client_animate(seen->client, seen->request, temp_path("no.mp4"), NULL);
    seen->other_dispatch = i2v_client_dispatch(seen->other, 0, NULL, NULL);
    video = i2v_job_copy_video(job);
    seen->saw_job = i2v_job_get_id(job) && video && i2v_job_retain(job) == job;
    i2v_job_release(job);
    i2v_video_release(video);
    if (event == I2V_EVENT_DONE) {
        seen->done++;
        seen->count_at_done = (int)i2v_client_get_job_count(seen->client);
        seen->cancel = i2v_job_cancel(job);
    }
}

static void check_inside(const inside *seen, bool with_dispatch)
{
    CHECK(seen->calls >= 2);
    CHECK_INT(seen->done, 1);
    CHECK_STATUS(seen->wait, I2V_ERROR_IN_CALLBACK);
    if (with_dispatch) CHECK_STATUS(seen->dispatch, I2V_ERROR_IN_CALLBACK);
    CHECK_STATUS(seen->destroy, I2V_ERROR_IN_CALLBACK);
    CHECK_STATUS(seen->animate, I2V_ERROR_IN_CALLBACK);
    CHECK_STATUS(seen->other_dispatch, I2V_OK);
    CHECK_STATUS(seen->cancel, I2V_OK);
    CHECK(seen->saw_job);
    CHECK_INT(seen->count_at_done, 0);
}

static void waiting_calls_are_refused_inside_callbacks(void)
{
    inside seen;
    i2v_job *job = NULL;
    memset(&seen, 0, sizeof seen);
    seen.client = sandbox_client();
    seen.other = sandbox_client();
    seen.request = new_request();
    CHECK_STATUS(i2v_client_submit(seen.client, seen.request, try_everything, &seen, &job, NULL), I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_OK);
    check_inside(&seen, true);
    CHECK_INT(sandbox_count("create"), 1);
    i2v_job_release(job);
    i2v_request_destroy(seen.request);
    CHECK_STATUS(i2v_client_destroy(seen.client), I2V_OK);
    CHECK_STATUS(i2v_client_destroy(seen.other), I2V_OK);
}

static void waiting_calls_are_refused_on_the_clients_thread(void)
{
    inside seen;
    i2v_job *job = NULL;
    i2v_config *config = new_config(NULL);
    memset(&seen, 0, sizeof seen);
    i2v_config_set_delivery(config, I2V_DELIVERY_THREAD);
    seen.client = new_client(config);
    seen.other = sandbox_client();
    seen.request = new_request();
    CHECK_STATUS(i2v_client_submit(seen.client, seen.request, try_everything, &seen, &job, NULL), I2V_OK);
    CHECK_STATUS(finish_job(job), I2V_OK);
    check_inside(&seen, false);
    i2v_job_release(job);
    i2v_request_destroy(seen.request);
    CHECK_STATUS(i2v_client_destroy(seen.client), I2V_OK);
    CHECK_STATUS(i2v_client_destroy(seen.other), I2V_OK);
}

/* A chain: each job that ends starts the next, and the last one is fetched from its own callback. */
typedef struct {
    i2v_client *client;
    int left, done, fetched;
    i2v_status status;
} chain;

static void count_fetch(i2v_job *job, i2v_event event, void *user_data)
{
    (void)job;
    if (event == I2V_EVENT_DONE) ((chain *)user_data)->fetched++;
}

static void go_on(i2v_job *job, i2v_event event, void *user_data)
{
    chain *its = user_data;
    i2v_request *request;
    if (event != I2V_EVENT_DONE) return;
    its->done++;
    if (its->left-- == 0) {
        its->status = i2v_job_fetch(job, temp_path("chain.mp4"), true, count_fetch, its, NULL);
        return;
    }
    request = new_request();
    its->status = i2v_client_submit(its->client, request, go_on, its, NULL, NULL);
    i2v_request_destroy(request);
}

static void run_chain(i2v_client *client, bool dispatches)
{
    chain its = {NULL, 2, 0, 0, I2V_OK};
    i2v_request *request = new_request();
    int64_t end = now_ms() + slack(HANG);
    its.client = client;
    CHECK_STATUS(i2v_client_submit(client, request, go_on, &its, NULL, NULL), I2V_OK);
    i2v_request_destroy(request);
    while (i2v_client_get_job_count(client) > 0 && now_ms() < end) {
        if (dispatches) i2v_client_dispatch(client, 100, NULL, NULL);
        else sleep_ms(5);
    }
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    CHECK_INT(its.done, 3);
    CHECK_INT(its.fetched, 1);
    CHECK_STATUS(its.status, I2V_OK);
    CHECK(is_mp4(temp_path("chain.mp4")));
    CHECK_INT(sandbox_count("create"), 3);
}

static void callbacks_may_submit_and_fetch(void) { run_chain(sandbox_client(), true); }

static void callbacks_on_the_clients_thread_may_submit_and_fetch(void)
{
    i2v_config *config = new_config(NULL);
    i2v_config_set_delivery(config, I2V_DELIVERY_THREAD);
    run_chain(new_client(config), false);
}

typedef struct {
    watch watched;
    pthread_t thread;
    int other_threads;
} placed;

static void note_thread(i2v_job *job, i2v_event event, void *user_data)
{
    placed *where = user_data;
    watch_event(job, event, &where->watched);
    if (!where->watched.order[1]) where->thread = pthread_self();
    else if (!pthread_equal(where->thread, pthread_self())) where->other_threads++;
}

static void delivery_on_the_clients_thread_needs_no_dispatch(void)
{
    i2v_config *config = new_config(NULL);
    i2v_client *client;
    placed where;
    i2v_request *request = new_request();
    i2v_job *job = NULL;
    i2v_error *error = NULL;

    memset(&where, 0, sizeof where);
    CHECK_STATUS(i2v_config_set_delivery(config, I2V_DELIVERY_THREAD), I2V_OK);
    client = new_client(config);
    CHECK_INT(i2v_client_get_fd(client), -1);
    CHECK_STATUS(i2v_client_dispatch(client, 0, NULL, &error), I2V_ERROR_INVALID_STATE);
    CHECK_ERROR(&error, I2V_ERROR_INVALID_STATE, NULL);
    CHECK_STATUS(i2v_client_submit(client, request, note_thread, &where, &job, NULL), I2V_OK);
    i2v_request_destroy(request);
    CHECK_COMES(i2v_client_get_job_count(client) == 0);
    CHECK_STATUS(i2v_job_wait(job, 0, NULL), I2V_OK);
    CHECK_INT(where.watched.done, 1);
    CHECK_INT(where.watched.order[0], 'C');
    CHECK(!pthread_equal(where.thread, pthread_self()));
    CHECK_INT(where.other_threads, 0);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void waiting_works_with_delivery_on_the_clients_thread(void)
{
    i2v_config *config = new_config(NULL);
    i2v_client *client;
    watch watched = {0};
    i2v_job *job;
    i2v_request *request = new_request();
    i2v_config_set_delivery(config, I2V_DELIVERY_THREAD);
    client = new_client(config);
    job = start_job(client, new_request(), &watched);
    CHECK_STATUS(i2v_job_wait(job, 0, NULL), I2V_ERROR_TIMEOUT);
    CHECK_STATUS(finish_job(job), I2V_OK);
    /* The last event was delivered before the wait returned. */
    CHECK_INT(watched.done, 1);
    CHECK_STATUS(i2v_client_animate(client, request, temp_path("thread.mp4"), NULL), I2V_OK);
    CHECK(is_mp4(temp_path("thread.mp4")));
    i2v_request_destroy(request);
    i2v_job_release(job);
    i2v_client_destroy(client);
}

static void start_that_fails_calls_nothing(void)
{
    i2v_client *client = sandbox_client();
    i2v_request *request = new_request();
    watch watched = {0};
    i2v_request_set_video_length(request, 7);
    CHECK_STATUS(i2v_client_submit(client, request, watch_event, &watched, NULL, NULL),
                 I2V_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(i2v_client_dispatch(client, 50, NULL, NULL), I2V_OK);
    i2v_request_destroy(request);
    CHECK_STATUS(i2v_client_destroy(client), I2V_OK);
    CHECK_TEXT(watched.order, "");
}

static bool answer_at_once(server *server, int descriptor, const char *request, int connection)
{
    (void)server;
    (void)connection;
    if (strstr(request, "resultsByIds"))
        server_json(descriptor, "{\"code\":1000,\"data\":{\"result\":[{\"_id\":\"an-id\",\"status\":2}]}}");
    else
        server_json(descriptor, "{\"code\":1000,\"data\":{\"credit\":5}}");
    return true;
}

/* Questions that take their time to be answered, and each then asks the next, a hundred times in all. */
typedef struct {
    server *server;
    i2v_client *client;
    int calls, open;
} endless;

static void ask_again(i2v_query *query, void *user_data)
{
    endless *its = user_data;
    (void)query;
    sleep_ms(20);
    its->calls++;
    its->open--;
    if (its->calls + its->open < 100
        && i2v_client_query_credits(its->client, 60000, ask_again, its, NULL, NULL) == I2V_OK)
        its->open++;
}

static void begin_endless(endless *its)
{
    int index;
    its->server = server_start(answer_at_once, NULL);
    its->client = new_client(new_config(server_url(its->server)));
    for (index = 0; index < 8; index++)
        CHECK_STATUS(i2v_client_query_credits(its->client, 60000, ask_again, its, NULL, NULL), I2V_OK);
    its->open = index;
}

static void end_endless(endless *its)
{
    i2v_client_destroy(its->client);
    CHECK_INT(its->open, 0);
    server_stop(its->server);
}

static void dispatch_leaves_what_callbacks_start_to_the_next_call(void)
{
    endless its = {NULL, NULL, 0, 0};
    size_t delivered = 0;
    begin_endless(&its);
    CHECK_STATUS(i2v_client_dispatch(its.client, -1, &delivered, NULL), I2V_OK);
    CHECK_BETWEEN((long long)delivered, 1, 8);
    /* Meanwhile others are answered. */
    CHECK(is_readable(i2v_client_get_fd(its.client), (int)slack(HANG)));
    CHECK_STATUS(i2v_client_dispatch(its.client, 0, &delivered, NULL), I2V_OK);
    CHECK_BETWEEN((long long)delivered, 1, 8);
    end_endless(&its);
}

static void wait_keeps_to_its_timeout_whatever_there_is_to_deliver(void)
{
    endless its = {NULL, NULL, 0, 0};
    i2v_job *job = NULL;
    i2v_query *query = NULL;
    int64_t start;
    int calls;
    begin_endless(&its);
    start = now_ms();
    CHECK_STATUS(i2v_client_attach(its.client, "an-id", NULL, false, NULL, NULL, &job, NULL), I2V_OK);
    CHECK_STATUS(i2v_job_wait(job, 100, NULL), I2V_ERROR_TIMEOUT);
    CHECK_LASTED(start, 100);
    /* All hundred at once would take two seconds. */
    CHECK(its.calls < 100);
    CHECK(is_readable(i2v_client_get_fd(its.client), (int)slack(HANG)));
    calls = its.calls;
    CHECK_STATUS(i2v_job_wait(job, 0, NULL), I2V_ERROR_TIMEOUT);
    CHECK_BETWEEN(its.calls - calls, 1, 99 - calls);
    CHECK_STATUS(i2v_client_query_credits(its.client, 60000, NULL, NULL, &query, NULL), I2V_OK);
    CHECK_STATUS(i2v_query_wait(query, -1, NULL), I2V_OK);
    CHECK(its.calls < 100);
    i2v_query_release(query);
    i2v_job_release(job);
    end_endless(&its);
}

void suite_dispatch(void)
{
    RUN(event_loop_over_the_descriptor_works);
    RUN(descriptor_stays_readable_until_all_is_taken);
    RUN(dispatch_keeps_to_its_timeout);
    RUN(dispatch_returns_as_soon_as_something_came);
    RUN(job_counts_until_its_end_was_delivered);
    RUN(waiting_calls_are_refused_inside_callbacks);
    RUN(waiting_calls_are_refused_on_the_clients_thread);
    RUN(callbacks_may_submit_and_fetch);
    RUN(callbacks_on_the_clients_thread_may_submit_and_fetch);
    RUN(delivery_on_the_clients_thread_needs_no_dispatch);
    RUN(waiting_works_with_delivery_on_the_clients_thread);
    RUN(start_that_fails_calls_nothing);
    RUN(dispatch_leaves_what_callbacks_start_to_the_next_call);
    RUN(wait_keeps_to_its_timeout_whatever_there_is_to_deliver);
}
