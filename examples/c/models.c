/* Lists the models and effects, and estimates the cost of one:  models [MODEL [RESOLUTION [SECONDS]]] */
#include <image2video.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void die(const i2v_error *error)
{
    fprintf(stderr, "%s\n", i2v_error_get_message(error));
    exit(1);
}

static i2v_client *connect_to_service(void)
{
    i2v_config *config = i2v_config_create();
    i2v_client *client = NULL;
    i2v_error *error = NULL;
    i2v_config_load_environment(config);
    if (i2v_client_create(config, &client, &error) != I2V_OK) die(error);
    i2v_config_destroy(config);
    return client;
}

static const char *or_dash(const char *text) { return text ? text : "-"; }

/* Waits for the answer of a query that was to be started. */
static void finish(i2v_status started, i2v_query *query, i2v_error *error)
{
    if (started != I2V_OK || i2v_query_wait(query, -1, &error) != I2V_OK) die(error);
}

static void print_model(const i2v_model *model)
{
    size_t index, length;
    double credits;
    printf("%-46s %s%s\n", or_dash(i2v_model_get_value(model)), or_dash(i2v_model_get_label(model)),
           i2v_model_get_generate_audio(model) ? ", with sound" : "");
    for (index = 0; index < i2v_model_get_resolution_count(model); index++) {
        printf("    %-10s", i2v_model_get_resolution_value(model, index));
        if (i2v_model_get_resolution_unit_credit(model, index, &credits))
            printf(" unit_credit %.1f", credits);
        for (length = 0; length < i2v_model_get_resolution_duration_count(model, index); length++)
            printf("  %d s", (int)i2v_model_get_resolution_duration(model, index, length));
        printf("\n");
    }
    for (length = 0; length < i2v_model_get_duration_count(model); length++)
        printf("%s%d s", length == 0 ? "    " : "  ", (int)i2v_model_get_duration(model, length));
    if (length > 0) printf("\n");
}

static const char *ground(i2v_estimate_basis basis)
{
    switch (basis) {
    case I2V_ESTIMATE_OBSERVED: return "what was charged before";
    case I2V_ESTIMATE_MODEL: return "the model's entry";
    default: return "the service's price table";
    }
}

/* Checks the wish against the model's entry and tells what it may cost; nothing is made. */
static int print_estimate(const i2v_client *client, const i2v_model *model, int count, char **arguments)
{
    i2v_request *request = i2v_request_create();
    i2v_error *error = NULL;
    i2v_estimate_basis basis = I2V_ESTIMATE_PAGE;
    double low = 0, high = 0;
    i2v_status status;
    i2v_request_set_image_url(request, "https://example.com/cat.png");
    i2v_request_set_prompt(request, "the cat turns its head");
    i2v_request_set_model(request, model);
    if (count > 2) i2v_request_set_resolution(request, arguments[2]);
    if (count > 3) i2v_request_set_video_length(request, atoi(arguments[3]));
    status = i2v_request_validate(request, &error);
    if (status == I2V_OK) status = i2v_client_get_estimate(client, request, &low, &high, &basis, &error);
    if (status == I2V_OK)
        printf("%.1f to %.1f credits with %s, going by %s\n", low, high, i2v_model_get_value(model), ground(basis));
    else fprintf(stderr, "%s\n", i2v_error_get_message(error));
    i2v_error_destroy(error);
    i2v_request_destroy(request);
    return status != I2V_OK;
}

int main(int count, char **arguments)
{
    enum { TIMEOUT_MS = 30000 };
    i2v_client *client = connect_to_service();
    i2v_query *models = NULL, *effects = NULL, *balance = NULL;
    i2v_error *error = NULL;
    double credits = 0;
    size_t index;
    /* A model that is asked for has to be there. */
    int result = count > 1;
    i2v_status status;

    status = i2v_client_query_models(client, 1501, TIMEOUT_MS, NULL, NULL, &models, &error);
    finish(status, models, error);
    status = i2v_client_query_effects(client, TIMEOUT_MS, NULL, NULL, &effects, &error);
    finish(status, effects, error);
    status = i2v_client_query_credits(client, TIMEOUT_MS, NULL, NULL, &balance, &error);
    finish(status, balance, error);

    for (index = 0; index < i2v_query_get_count(models); index++) {
        i2v_model *model = i2v_query_copy_model(models, index);
        const char *name = i2v_model_get_value(model);
        if (count == 1) print_model(model);
        else if (name && strcmp(name, arguments[1]) == 0) result = print_estimate(client, model, count, arguments);
        i2v_model_release(model);
    }
    for (index = 0; count == 1 && index < i2v_query_get_count(effects); index++) {
        i2v_effect *effect = i2v_query_copy_effect(effects, index);
        printf("%-24s %s\n", or_dash(i2v_effect_get_effect_code(effect)),
               or_dash(i2v_effect_get_name(effect)));
        i2v_effect_release(effect);
    }
    if (i2v_query_get_credits(balance, &credits)) printf("%.1f credits left\n", credits);

    i2v_query_release(models);
    i2v_query_release(effects);
    i2v_query_release(balance);
    i2v_client_destroy(client);
    return result;
}
