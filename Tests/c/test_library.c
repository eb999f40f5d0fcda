/* The version, and the names of statuses. */
#include "support.h"

#include <stdio.h>
#include <string.h>

static void version_is_that_of_the_header(void)
{
    int major, minor, patch;
    CHECK_TEXT(i2v_library_get_version(), I2V_VERSION);
    REQUIRE(sscanf(i2v_library_get_version(), "%d.%d.%d", &major, &minor, &patch) == 3);
    CHECK_INT(I2V_VERSION_NUMBER, 10000 * major + 100 * minor + patch);
}

static void every_status_has_its_name(void)
{
#define NAMED(status) CHECK_TEXT(i2v_status_get_name(status), #status)
    NAMED(I2V_OK);
    NAMED(I2V_ERROR_INVALID_ARGUMENT);
    NAMED(I2V_ERROR_INVALID_STATE);
    NAMED(I2V_ERROR_IN_CALLBACK);
    NAMED(I2V_ERROR_CLOSED);
    NAMED(I2V_ERROR_FORKED);
    NAMED(I2V_ERROR_SYSTEM);
    NAMED(I2V_ERROR_TIMEOUT);
    NAMED(I2V_ERROR_DEADLINE);
    NAMED(I2V_ERROR_CANCELLED);
    NAMED(I2V_ERROR_RESOLVE);
    NAMED(I2V_ERROR_CONNECT);
    NAMED(I2V_ERROR_TLS);
    NAMED(I2V_ERROR_NETWORK);
    NAMED(I2V_ERROR_HTTP);
    NAMED(I2V_ERROR_PROTOCOL);
    NAMED(I2V_ERROR_TOO_LARGE);
    NAMED(I2V_ERROR_AUTH);
    NAMED(I2V_ERROR_QUOTA);
    NAMED(I2V_ERROR_BILLING);
    NAMED(I2V_ERROR_PLAN);
    NAMED(I2V_ERROR_RATE_LIMIT);
    NAMED(I2V_ERROR_INVALID_REQUEST);
    NAMED(I2V_ERROR_INVALID_INPUT);
    NAMED(I2V_ERROR_NOT_FOUND);
    NAMED(I2V_ERROR_PERMISSION);
    NAMED(I2V_ERROR_CONFLICT);
    NAMED(I2V_ERROR_SERVER);
    NAMED(I2V_ERROR_SERVICE);
    NAMED(I2V_ERROR_OUTCOME_UNKNOWN);
    NAMED(I2V_ERROR_JOB_FAILED);
    NAMED(I2V_ERROR_NO_VIDEO);
    NAMED(I2V_ERROR_VIDEO_GONE);
    NAMED(I2V_ERROR_ID_UNKNOWN);
    NAMED(I2V_ERROR_BUSY);
    NAMED(I2V_ERROR_LEDGER);
    NAMED(I2V_ERROR_FILE);
    NAMED(I2V_ERROR_FILE_EXISTS);
#undef NAMED
}

static void unknown_statuses_have_a_name_too(void)
{
    static const i2v_status strange[] = {-1, 7, 13, 73, 1000, INT32_MIN, INT32_MAX};
    size_t index;
    for (index = 0; index < sizeof strange / sizeof *strange; index++)
        CHECK_TEXT(i2v_status_get_name(strange[index]), "I2V_ERROR_?");
}

void suite_library(void)
{
    RUN(version_is_that_of_the_header);
    RUN(every_status_has_its_name);
    RUN(unknown_statuses_have_a_name_too);
}
