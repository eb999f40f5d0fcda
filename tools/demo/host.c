/* The demo's C host: one picture becomes one video on disk, with a progress bar while it does. */
#include <image2video.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct view {
    bool is_terminal;
    const char *last;
    struct timespec begin;
};

static double seconds_since(struct timespec begin)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - begin.tv_sec) + (double)(now.tv_nsec - begin.tv_nsec) / 1e9;
}

/* Draws the bar: nine tenths for the service's work, whose length nobody knows, the rest for the download. */
static void show(struct view *view, const i2v_job *job)
{
    static const char *const names[] = {"", "submitting", "waiting", "completed", "downloading", "saved", "failed"};
    int64_t received = 0, total = -1;
    i2v_job_get_progress(job, &received, &total);
    i2v_job_state state = i2v_job_get_state(job);
    const char *name = state >= 1 && state <= 6 ? names[state] : "?";
    double elapsed = seconds_since(view->begin);
    double share = state == I2V_JOB_WAITING ? 0.9 * elapsed / (elapsed + 3) : 0;
    if (state == I2V_JOB_FETCHING) share = 0.9 + (total > 0 ? 0.1 * (double)received / (double)total : 0);
    if (state == I2V_JOB_SAVED) share = 1;

    if (view->is_terminal) {
        char bar[31];
        size_t filled = (size_t)(share * 30);
        memset(bar, '#', filled);
        memset(bar + filled, '.', 30 - filled);
        bar[30] = '\0';
        printf("\r  C       [%s] %3d %%  %-11s %5.1f s", bar, (int)(share * 100), name, elapsed);
        fflush(stdout);
    } else if (view->last != name) {
        printf("  C       %3d %%  %-11s %5.1f s\n", (int)(share * 100), name, elapsed);
    }
    view->last = name;
}

static void on_event(i2v_job *job, i2v_event event, void *user_data)
{
    (void)event;
    show(user_data, job);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: %s PICTURE_URL PROMPT OUTPUT.mp4\n", argv[0]);
        return 2;
    }
    const char *base_url = getenv("AKOOL_BASE_URL");
    const char *poll = getenv("DEMO_POLL_MS");
    i2v_config *config = i2v_config_create();
    i2v_request *request = i2v_request_create();
    i2v_client *client = NULL;
    i2v_job *job = NULL;
    i2v_error *error = NULL;
    struct view view = {.is_terminal = isatty(STDOUT_FILENO)};
    clock_gettime(CLOCK_MONOTONIC, &view.begin);

    i2v_config_set_api_key(config, getenv("AKOOL_API_KEY"));
    if (base_url) i2v_config_set_base_url(config, base_url);
    if (poll) i2v_config_set_poll_interval(config, atoi(poll), 4 * atoi(poll));
    i2v_request_set_image_url(request, argv[1]);
    i2v_request_set_prompt(request, argv[2]);
    i2v_request_set_target(request, argv[3]);
    i2v_request_set_replace_target(request, true);

    i2v_status status = i2v_client_create(config, &client, &error);
    if (status == I2V_OK) status = i2v_client_submit(client, request, on_event, &view, &job, &error);
    if (status == I2V_OK) {
        while ((status = i2v_job_wait(job, 100, &error)) == I2V_ERROR_TIMEOUT) {
            i2v_error_destroy(error);
            error = NULL;
            show(&view, job);
        }
    }
    if (view.is_terminal) putchar('\n');
    if (status != I2V_OK) fprintf(stderr, "%s: %s\n", i2v_status_get_name(status), i2v_error_get_message(error));

    i2v_error_destroy(error);
    i2v_job_release(job);
    i2v_client_destroy(client);
    i2v_request_destroy(request);
    i2v_config_destroy(config);
    return status != I2V_OK;
}
