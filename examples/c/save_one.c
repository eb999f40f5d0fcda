/* Saves one video, with a bar that shows how far it is:  save_one https://example.com/cat.png cat.mp4 */
#include <image2video.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void show(i2v_job *job, i2v_event event, void *user_data)
{
    static const char bar[] = "########################################";
    int64_t received = 0, total = -1;
    i2v_video *video = i2v_job_copy_video(job);

    (void)user_data;
    if (event == I2V_EVENT_CREATED) fprintf(stderr, "video %s created\n", i2v_job_get_id(job));
    if (event == I2V_EVENT_STATUS) {
        const char *words = i2v_video_get_status(video) == I2V_SERVICE_QUEUEING     ? "waits for its turn"
                            : i2v_video_get_status(video) == I2V_SERVICE_PROCESSING ? "is being made"
                                                                                    : "is ready";
        fprintf(stderr, "the video %s\n", words);
    }
    if (event == I2V_EVENT_PROGRESS) {
        i2v_job_get_progress(job, &received, &total);
        if (total > 0)
            fprintf(stderr, "\r[%-40.*s] %" PRId64 " kB", (int)(40 * received / total), bar, received / 1000);
    }
    if (event == I2V_EVENT_DONE) fputc('\n', stderr);
    i2v_video_release(video);
}

int main(int count, char **arguments)
{
    i2v_config *config = i2v_config_create();
    i2v_request *request = i2v_request_create();
    i2v_client *client = NULL;
    i2v_job *job = NULL;
    i2v_error *error = NULL;
    i2v_status status;

    if (count < 3) {
        fprintf(stderr, "usage: %s PICTURE_URL FILE [PROMPT]\n", arguments[0]);
        return 2;
    }
    i2v_config_set_api_key(config, getenv("AKOOL_API_KEY"));
    if (getenv("AKOOL_BASE_URL")) i2v_config_set_base_url(config, getenv("AKOOL_BASE_URL"));
    i2v_request_set_image_url(request, arguments[1]);
    i2v_request_set_target(request, arguments[2]);
    i2v_request_set_prompt(request, count > 3 ? arguments[3] : "the camera slowly moves closer");

    /* The setters need no checks in between: what one of them refused is reported here. */
    status = i2v_client_create(config, &client, &error);
    if (status == I2V_OK) status = i2v_client_submit(client, request, show, NULL, &job, &error);
    if (status == I2V_OK) status = i2v_job_wait(job, -1, &error);
    if (status == I2V_OK) printf("%s\n", i2v_job_get_path(job));
    else fprintf(stderr, "%s: %s\n", i2v_status_get_name(status), i2v_error_get_message(error));

    i2v_error_destroy(error);
    i2v_job_release(job);
    i2v_client_destroy(client);
    i2v_request_destroy(request);
    i2v_config_destroy(config);
    return status != I2V_OK;
}
