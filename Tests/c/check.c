/* Checks and the running of tests. */
#include "support.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int failures;
static bool has_left_out;
int tests_passed, tests_failed, tests_left_out;
const char *test_filter, *test_share, *program_path;

static void note(const char *file, int line, const char *format, const char *a, const char *b, const char *c)
{
    const char *name = strrchr(file, '/');
    pthread_mutex_lock(&lock);
    failures++;
    printf("\n    %s:%d: ", name ? name + 1 : file, line);
    printf(format, a, b, c);
    fflush(stdout);
    pthread_mutex_unlock(&lock);
}

bool check_true(bool holds, const char *file, int line, const char *what)
{
    if (!holds) note(file, line, "%s does not hold%s%s", what, "", "");
    return holds;
}

bool check_int(long long got, long long want, const char *file, int line, const char *what)
{
    char left[32], right[32];
    if (got == want) return true;
    snprintf(left, sizeof left, "%lld", got);
    snprintf(right, sizeof right, "%lld", want);
    note(file, line, "%s is %s, not %s", what, left, right);
    return false;
}

bool check_between(long long got, long long low, long long high, const char *file, int line, const char *what)
{
    char value[32], range[64];
    if (got >= low && got <= high) return true;
    snprintf(value, sizeof value, "%lld", got);
    snprintf(range, sizeof range, "from %lld to %lld", low, high);
    note(file, line, "%s is %s, not %s", what, value, range);
    return false;
}

bool check_lasted(int64_t start, int64_t least, const char *file, int line)
{
    return check_between(now_ms() - start, least, least + slack(BUSY), file, line, "the time it lasted");
}

bool check_status(i2v_status got, i2v_status want, const char *file, int line, const char *what)
{
    if (got != want)
        note(file, line, "%s is %s, not %s", what, i2v_status_get_name(got), i2v_status_get_name(want));
    return got == want;
}

bool check_text(const char *got, const char *want, const char *file, int line, const char *what)
{
    if (got == want || (got && want && strcmp(got, want) == 0)) return true;
    note(file, line, "%s is \"%s\", not \"%s\"", what, got ? got : "(NULL)", want ? want : "(NULL)");
    return false;
}

bool check_contains(const char *text, const char *part, bool wanted, const char *file, int line)
{
    bool found = text && strstr(text, part);
    if (found != wanted) {
        note(file, line, wanted ? "\"%s\" lacks \"%s\"%s" : "\"%s\" contains \"%s\"%s",
             text ? text : "(NULL)", part, "");
    }
    return found == wanted;
}

bool check_error(i2v_error **error, i2v_status status, const char *field, const char *file, int line)
{
    bool good = check_true(*error != NULL, file, line, "an error was given");
    if (good) {
        good = check_status(i2v_error_get_status(*error), status, file, line, "the error's status");
        if (field) good &= check_text(i2v_error_get_field(*error), field, file, line, "the error's field");
        good &= check_true(i2v_error_get_message(*error)[0] != 0, file, line, "the error has a message");
    }
    i2v_error_destroy(*error);
    *error = NULL;
    return good;
}

/* Most tests wait most of the time, so that the suite is run by several processes side by side. Those that have a folder
   in common share the tests: each takes what no other has begun, and leaves its number there. */
static bool take_test(void)
{
    static int number;
    char path[1024];
    int file;
    if (!test_share) return true;
    snprintf(path, sizeof path, "%s/%d", test_share, number++);
    file = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
    if (file >= 0) close(file);
    return file >= 0;
}

void run_test(const char *file, const char *name, test_fn test)
{
    const char *theme = strstr(file, "test_");
    int64_t start;
    if (test_filter && !strstr(name, test_filter) && !(theme && strstr(theme, test_filter))) return;
    if (!take_test()) return;
    sandbox_reset();
    failures = 0;
    has_left_out = false;
    printf("%-64s", name);
    fflush(stdout);
    start = now_ms();
    test();
    if (failures || has_left_out) printf("\n%-64s", "");
    if (failures) tests_failed++;
    else if (has_left_out) tests_left_out++;
    else tests_passed++;
    printf("%s %5lld ms\n", failures ? "FAILED" : has_left_out ? "part  " : "ok    ", (long long)(now_ms() - start));
    fflush(stdout);
}

int failed_checks(void) { return failures; }

bool left_out_under(const char *sanitizer, const char *why)
{
    const char *present = getenv("I2V_SANITIZER");
    if (!present || (sanitizer && strcmp(sanitizer, present) != 0)) return false;
    if (!has_left_out) printf("\n    left out under the %s sanitizer: %s", present, why);
    has_left_out = true;
    return true;
}

bool holds_in_child(void (*work)(void *), void *context)
{
    int ends[2];
    char verdict = 'x';
    pid_t child;
    if (pipe(ends) != 0) return false;
    fflush(stdout);
    child = fork();
    if (child == 0) {
        failures = 0;
        work(context);
        verdict = failures ? 'f' : 'o';
        fflush(stdout);
        /* No exit: it would run the suite's handlers, and a leak check has nothing to say of half a process.
         */
        if (write(ends[1], &verdict, 1) == 1) kill(getpid(), SIGKILL);
        _exit(1);
    }
    close(ends[1]);
    if (read(ends[0], &verdict, 1) != 1) verdict = 'x';
    close(ends[0]);
    waitpid(child, NULL, 0);
    return verdict == 'o';
}
