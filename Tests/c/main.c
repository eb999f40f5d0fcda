/* Runs the suite; an argument runs only the tests whose name, or whose file's name, contains it. */
#include "support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern int tests_passed, tests_failed, tests_left_out;
extern const char *test_filter, *test_share;

/* A test that hangs shall end the run, not stop it. */
static void give_up(int signal)
{
    static const char text[] = "\nthe suite takes too long; giving up\n";
    ssize_t ignored = write(STDOUT_FILENO, text, sizeof text - 1);
    (void)ignored;
    (void)signal;
    _exit(3);
}

static void (*const suites[])(void) = {
    /* Its tests take long: they begin first, and the others are done meanwhile. */
    suite_patience,
    suite_library,
    suite_null,
    suite_bounds,
    suite_config,
    suite_request,
    suite_submit,
    suite_batch,
    suite_fetch,
    suite_video,
    suite_errors,
    suite_network,
    suite_proxy,
    suite_redirect,
    suite_files,
    suite_dispatch,
    suite_threads,
    suite_cancel,
    suite_interrupt,
    suite_destroy,
    suite_fork,
    suite_manners,
    suite_secrets,
    suite_query,
    suite_service,
    suite_models,
    suite_budget,
    suite_expiry,
    suite_credentials,
    suite_codes,
    suite_webhook,
    suite_ledger,
    suite_lease,
    suite_disk,
    suite_limits,
    suite_ranges,
    suite_tls,
    suite_ending,
    suite_exit,
    suite_clock,
    suite_hostile,
    suite_leaks,
    suite_late,
    suite_polls,
    suite_answers,
};

int main(int count, char **arguments)
{
    size_t index;
    program_path = arguments[0];
    if (count > 2 && strcmp(arguments[1], "--hang") == 0) return run_hang(arguments[2]);
    if (count > 6 && strcmp(arguments[1], "--exit") == 0)
        return run_exit(arguments[2], arguments[3], arguments[4], arguments[5], arguments[6]);
    if (count > 5 && strcmp(arguments[1], "--clock") == 0)
        return run_clock(arguments[2], arguments[3], arguments[4], arguments[5]);
    if (count > 6 && strcmp(arguments[1], "--leave") == 0)
        return run_leave(arguments[2], arguments[3], arguments[4], arguments[5], arguments[6]);
    if (count > 7 && strcmp(arguments[1], "--jump") == 0)
        return run_jump(arguments[2], arguments[3], arguments[4], arguments[5], arguments[6], arguments[7]);
    if (count > 5 && strcmp(arguments[1], "--lease") == 0)
        return run_lease(arguments[2], arguments[3], arguments[4], arguments[5]);
    if (count > 6 && strcmp(arguments[1], "--recorded") == 0)
        return run_recorded(arguments[2], arguments[3], arguments[4], arguments[5], arguments[6]);
    if (count > 4 && strcmp(arguments[1], "--full") == 0) return run_full(arguments[2], arguments[3], arguments[4]);
    if (count > 4 && strcmp(arguments[1], "--full-for-long") == 0)
        return run_full_for_long(arguments[2], arguments[3], arguments[4]);
    if (count > 3 && strcmp(arguments[1], "--sql") == 0) return run_sql(arguments[2], arguments[3]);
    if (count > 3 && strcmp(arguments[1], "--plain-files") == 0) return run_plain_files(arguments[2], arguments[3]);
    if (count > 4 && strcmp(arguments[1], "--locale") == 0) return run_locale(arguments[2], arguments[3], arguments[4]);
    if (count > 2 && strcmp(arguments[1], "--flood") == 0) return run_flood(arguments[2]);
    if (count > 4 && strcmp(arguments[1], "--downloads") == 0)
        return run_downloads(arguments[2], arguments[3], arguments[4]);
    test_filter = count > 1 ? arguments[1] : NULL;
    test_share = getenv("I2V_TEST_SHARE");
    signal(SIGALRM, give_up);
    /* Before the limits that others put on the whole run, however slow the machine is. */
    alarm(1800);
    sandbox_start(getenv("I2V_SANDBOX"), "0.15", NULL);
    sandbox_warm_up();

    for (index = 0; index < sizeof suites / sizeof *suites; index++) suites[index]();

    sandbox_stop();
    printf("%d passed, %d failed", tests_passed, tests_failed);
    if (tests_left_out) printf(", %d in part", tests_left_out);
    printf("\n");
    return tests_failed == 0 && (tests_passed > 0 || test_share) ? 0 : 1;
}
