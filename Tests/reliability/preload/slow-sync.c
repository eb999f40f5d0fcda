/* Preloaded into a program, this makes its disk slow: a sync takes a random time before it begins.
 *
 * I2V_SYNC_MS    how many milliseconds, as "LEAST-MOST" or one number
 * I2V_SYNC_PATH  only for files whose path contains this text; all without it
 * I2V_SYNC_LOG   a file that gets a line for each sync that was slow: "sync NAME" */
#define _GNU_SOURCE
#include "preload.h"

static void take_time(int descriptor)
{
    const char *text = getenv("I2V_SYNC_MS");
    char path[PATH_SIZE], *rest;
    long least, most;
    struct timespec span;
    if (!text || !path_of(descriptor, path) || !is_meant("I2V_SYNC_PATH", path)) return;
    least = strtol(text, &rest, 10);
    most = *rest == '-' ? strtol(rest + 1, NULL, 10) : least;
    if (most > least) least += random_below((unsigned)(most - least + 1));
    append_line("I2V_SYNC_LOG", "sync", path);
    span.tv_sec = least / 1000;
    span.tv_nsec = least % 1000 * 1000000;
    while (nanosleep(&span, &span) != 0 && errno == EINTR) {}
}

int fsync(int descriptor)
{
    int (*next)(int);
    take_time(descriptor);
    NEXT("fsync");
    return next(descriptor);
}

int fdatasync(int descriptor)
{
    int (*next)(int);
    take_time(descriptor);
    NEXT("fdatasync");
    return next(descriptor);
}
