/* Preloaded into a program, this makes all time but that of day go faster for it, and its waits shorter, so that it lives
 * through minutes in seconds. Programs that have it agree on what time it is. How much faster, FACTOR says when this is
 * compiled. */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef FACTOR
#define FACTOR 12
#endif

/* The program under test finds this by its name. */
const int i2v_clock_factor = FACTOR;

static const long long second = 1000000000;

static struct timespec scaled(const struct timespec *time, long long factor, long long divisor)
{
    /* In parts, since nanoseconds since the machine's start times the factor may be too many. */
    long long seconds = time->tv_sec * factor, rest = seconds % divisor;
    long long nanoseconds = (rest * second + time->tv_nsec * factor) / divisor;
    struct timespec result;
    result.tv_sec = (time_t)(seconds / divisor + nanoseconds / second);
    result.tv_nsec = (long)(nanoseconds % second);
    return result;
}

int clock_gettime(clockid_t clock, struct timespec *result)
{
    int code = (int)syscall(SYS_clock_gettime, clock, result);
    if (code == 0 && clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) *result = scaled(result, FACTOR, 1);
    return code;
}

int poll(struct pollfd *files, nfds_t count, int milliseconds)
{
    struct timespec wanted, time;
    wanted.tv_sec = milliseconds / 1000;
    wanted.tv_nsec = milliseconds % 1000 * 1000000L;
    if (milliseconds > 0) time = scaled(&wanted, 1, FACTOR);
    else time = wanted;
    return (int)syscall(SYS_ppoll, files, count, milliseconds < 0 ? NULL : &time, NULL, (size_t)0);
}

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *until)
{
    struct timespec time = scaled(until, 1, FACTOR);
    return pthread_cond_clockwait(condition, mutex, CLOCK_MONOTONIC, &time);
}
