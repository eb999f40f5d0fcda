/* The shortest way from a picture to a file:  twelve_lines https://example.com/cat.png cat.mp4 */
#include <image2video.h>
#include <stdio.h>
#include <stdlib.h>

static i2v_client *connect_to_service(void)
{
    i2v_config *config = i2v_config_create();
    i2v_client *client = NULL;
    i2v_error *error = NULL;
    const char *url = getenv("AKOOL_BASE_URL");

    i2v_config_set_api_key(config, getenv("AKOOL_API_KEY"));
    if (url) i2v_config_set_base_url(config, url);
    if (i2v_client_create(config, &client, &error) != I2V_OK) {
        fprintf(stderr, "%s\n", i2v_error_get_message(error));
        exit(1);
    }
    i2v_config_destroy(config);
    return client;
}

int main(int count, char **arguments)
{
    i2v_client *client = connect_to_service();
    i2v_request *request = i2v_request_create();
    i2v_error *error = NULL;
    i2v_request_set_image_url(request, count > 1 ? arguments[1] : NULL);
    i2v_request_set_prompt(request, "the camera slowly moves closer");
    i2v_status status = i2v_client_animate(client, request, count > 2 ? arguments[2] : NULL, &error);
    if (status != I2V_OK) fprintf(stderr, "%s\n", i2v_error_get_message(error));
    i2v_error_destroy(error);
    i2v_request_destroy(request);
    i2v_client_destroy(client);
    return status != I2V_OK;
}
