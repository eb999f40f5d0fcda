/* One fault on purpose, which the sanitizer that this is built with must find. What it does not find here it would not
 * find in the tests either. */
#include <image2video.h>

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static volatile int shared, most = INT_MAX;
static i2v_config *config;

static void overrun(void)
{
    char *volatile bytes = malloc(8);
    volatile size_t length = 8;
    bytes[length] = 1;
    free(bytes);
}

static void overflow(void) { shared = most + 1; }

static void leak(void) { i2v_request_create(); }

/* The library comes upon the fault, not the host: this shows that its own code is looked after. */
static void stale(void)
{
    config = i2v_config_create();
    i2v_config_destroy(config);
    i2v_config_set_job_deadline(config, 60000);
}

static void *write_here(void *nothing)
{
    shared++;
    return nothing;
}

static void *write_there(void *nothing)
{
    i2v_config_set_job_deadline(config, 60000);
    return nothing;
}

static void race(void *(*work)(void *))
{
    pthread_t threads[2];
    int index;
    for (index = 0; index < 2; index++) pthread_create(&threads[index], NULL, work, NULL);
    for (index = 0; index < 2; index++) pthread_join(threads[index], NULL);
}

int main(int count, char **words)
{
    const char *fault = count > 1 ? words[1] : "";
    if (strcmp(fault, "overrun") == 0) overrun();
    else if (strcmp(fault, "overflow") == 0) overflow();
    else if (strcmp(fault, "leak") == 0) leak();
    else if (strcmp(fault, "stale") == 0) stale();
    else if (strcmp(fault, "race") == 0) race(write_here);
    else if (strcmp(fault, "inner-race") == 0) {
        config = i2v_config_create();
        race(write_there);
        i2v_config_destroy(config);
    } else return 2;
    return 0;
}
