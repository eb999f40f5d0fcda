/* Many videos at once from one event loop:  many FOLDER PICTURE_URL...  saves FOLDER/1.mp4, FOLDER/2.mp4, ...
 */
#include <image2video.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

static int failed;

static void on_event(i2v_job *job, i2v_event event, void *user_data)
{
    const char *picture = user_data;
    i2v_error *error;

    if (event == I2V_EVENT_CREATED) printf("%s  created  %s\n", i2v_job_get_id(job), picture);
    if (event != I2V_EVENT_DONE) return;
    error = i2v_job_copy_error(job);
    if (error) {
        failed++;
        printf("%s  failed   %s: %s\n", i2v_job_get_id(job) ? i2v_job_get_id(job) : "-", picture,
               i2v_error_get_message(error));
        /* A create whose answer was lost may have been paid for: this one must not be submitted again
         * blindly. */
        if (i2v_error_get_charge(error) != I2V_CHARGE_NONE) printf("    it may have been charged\n");
    } else {
        printf("%s  saved    %s\n", i2v_job_get_id(job), i2v_job_get_path(job));
    }
    i2v_error_destroy(error);
}

static void submit(i2v_client *client, const char *folder, int number, char *picture)
{
    i2v_request *request = i2v_request_create();
    i2v_error *error = NULL;
    char path[4096];

    snprintf(path, sizeof path, "%s/%d.mp4", folder, number);
    i2v_request_set_image_url(request, picture);
    i2v_request_set_prompt(request, "the camera slowly moves closer");
    i2v_request_set_target(request, path);
    if (i2v_client_submit(client, request, on_event, picture, NULL, &error) != I2V_OK) {
        failed++;
        printf("-  refused  %s: %s\n", picture, i2v_error_get_message(error));
    }
    i2v_error_destroy(error);
    i2v_request_destroy(request);
}

int main(int count, char **arguments)
{
    i2v_config *config = i2v_config_create();
    i2v_client *client = NULL;
    i2v_error *error = NULL;
    struct pollfd loop;
    int number;

    if (count < 3) {
        fprintf(stderr, "usage: %s FOLDER PICTURE_URL...\n", arguments[0]);
        i2v_config_destroy(config);
        return 2;
    }
    i2v_config_set_api_key(config, getenv("AKOOL_API_KEY"));
    if (getenv("AKOOL_BASE_URL")) i2v_config_set_base_url(config, getenv("AKOOL_BASE_URL"));
    if (i2v_client_create(config, &client, &error) != I2V_OK) {
        fprintf(stderr, "%s\n", i2v_error_get_message(error));
        i2v_error_destroy(error);
        i2v_config_destroy(config);
        return 1;
    }
    i2v_config_destroy(config);
    for (number = 1; number < count - 1; number++)
        submit(client, arguments[1], number, arguments[number + 1]);

    /* A program with more to do watches its other descriptors in the same call. */
    loop.fd = i2v_client_get_fd(client);
    loop.events = POLLIN;
    while (i2v_client_get_job_count(client) > 0) {
        if (poll(&loop, 1, -1) > 0) i2v_client_dispatch(client, 0, NULL, NULL);
    }
    i2v_client_destroy(client);
    return failed != 0;
}
