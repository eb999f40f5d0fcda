/* Preloaded into a program, this shifts the time of day it sees, while it runs, and leaves alone the clock
 * that only goes forward. */
#define _GNU_SOURCE
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* Seconds; the program under test finds these by their names. */
volatile long long i2v_clock_shift;
volatile long long i2v_clock_looks;

int clock_gettime(clockid_t clock, struct timespec *result)
{
    int code = (int)syscall(SYS_clock_gettime, clock, result);
    if (code == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        result->tv_sec += (time_t)i2v_clock_shift;
        i2v_clock_looks++;
    }
    return code;
}

int gettimeofday(struct timeval *result, void *zone)
{
    struct timespec now;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
    result->tv_sec = now.tv_sec;
    result->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *result)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}
