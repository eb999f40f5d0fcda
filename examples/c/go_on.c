/* Goes on where it was after a crash:  go_on LEDGER FOLDER PICTURE_URL...  saves FOLDER/1.mp4, FOLDER/2.mp4, ...
   Start it again with the same arguments, as often as you like: no video is paid for twice, and none is lost. */
#define _XOPEN_SOURCE 700
#include <image2video.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failed;

static void on_event(i2v_job *job, i2v_event event, void *user_data)
{
    const char *path = i2v_job_get_path(job), *id = i2v_job_get_id(job);
    i2v_error *error;

    (void)user_data;
    if (event == I2V_EVENT_CREATED) printf("created  %s  %s\n", path, id);
    if (event == I2V_EVENT_DONE) {
        error = i2v_job_copy_error(job);
        printf("%s  %s  %s\n", error ? "failed " : "saved  ", path, error ? i2v_error_get_message(error) : id);
        failed += error != NULL;
        i2v_error_destroy(error);
    }
    /* What was said is in the ledger by now: who is killed here loses nothing. */
    fflush(stdout);
}

/* Whether the ledger has a record for the file, unless it is one that failed and cost nothing. */
static bool is_known(const char *ledger, const char *path)
{
    i2v_ledger *records = NULL;
    bool known = false;
    size_t index;

    if (i2v_ledger_open(ledger, &records, NULL) != I2V_OK) return true;
    for (index = 0; index < i2v_ledger_get_count(records); index++) {
        const char *target = i2v_ledger_get_path(records, index);
        bool is_free = !i2v_ledger_get_open(records, index) && i2v_ledger_get_status(records, index) != I2V_OK
                       && i2v_ledger_get_charge(records, index) == I2V_CHARGE_NONE;
        known = known || (target && strcmp(target, path) == 0 && !is_free);
    }
    i2v_ledger_destroy(records);
    return known;
}

static void submit(i2v_client *client, const char *path, const char *picture)
{
    i2v_request *request = i2v_request_create();
    i2v_error *error = NULL;

    i2v_request_set_image_url(request, picture);
    i2v_request_set_prompt(request, "the camera slowly moves closer");
    i2v_request_set_target(request, path);
    if (i2v_client_submit(client, request, on_event, NULL, NULL, &error) != I2V_OK) {
        failed++;
        printf("refused  %s  %s\n", path, i2v_error_get_message(error));
    }
    i2v_error_destroy(error);
    i2v_request_destroy(request);
}

static i2v_client *open_client(const char *ledger)
{
    i2v_config *config = i2v_config_create();
    i2v_client *client = NULL;
    i2v_error *error = NULL;

    i2v_config_set_api_key(config, getenv("AKOOL_API_KEY"));
    if (getenv("AKOOL_BASE_URL")) i2v_config_set_base_url(config, getenv("AKOOL_BASE_URL"));
    i2v_config_set_ledger(config, ledger);
    if (i2v_client_create(config, &client, &error) != I2V_OK)
        fprintf(stderr, "%s\n", i2v_error_get_message(error));
    i2v_error_destroy(error);
    i2v_config_destroy(config);
    return client;
}

static void finish(i2v_client *client)
{
    while (i2v_client_get_job_count(client) > 0) i2v_client_dispatch(client, -1, NULL, NULL);
}

int main(int count, char **arguments)
{
    size_t lost = 0, taken_up = 0;
    char *folder;
    i2v_client *client;
    int number;

    if (count < 4) {
        fprintf(stderr, "usage: %s LEDGER FOLDER PICTURE_URL...\n", arguments[0]);
        return 2;
    }
    /* The ledger has absolute paths. */
    folder = realpath(arguments[2], NULL);
    client = folder ? open_client(arguments[1]) : NULL;
    if (!client) return 1;
    if (i2v_client_resume(client, on_event, NULL, NULL, 1000, &taken_up, NULL) != I2V_OK) failed++;
    printf("%lu taken up\n", (unsigned long)taken_up);
    for (number = 1; number < count - 2; number++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%d.mp4", folder, number);
        if (!is_known(arguments[1], path)) submit(client, path, arguments[number + 2]);
    }
    finish(client);
    /* Creates whose answers were lost, just now or in an earlier run. */
    if (i2v_client_reconcile(client, on_event, NULL, NULL, 1000, &lost, NULL) != I2V_OK) failed++;
    printf("%lu looked for\n", (unsigned long)lost);
    finish(client);
    i2v_client_destroy(client);
    free(folder);
    return failed != 0;
}
