/* Preloaded into a program, this makes the disk full for its ledgers, while the program says so. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* The program under test finds these by their names. */
volatile int i2v_disk_is_full;
volatile int i2v_disk_refusals;

static int is_refused(int descriptor)
{
    char link[64], path[512];
    ssize_t length;
    if (!i2v_disk_is_full) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    if (!strstr(path, ".db")) return 0;
    i2v_disk_refusals++;
    errno = ENOSPC;
    return 1;
}

/* The function that this one stands before. */
#define NEXT(function) (*(void **)&next = dlsym(RTLD_NEXT, function))

ssize_t pwrite(int descriptor, const void *bytes, size_t length, off_t offset)
{
    ssize_t (*next)(int, const void *, size_t, off_t);
    if (is_refused(descriptor)) return -1;
    NEXT("pwrite");
    return next(descriptor, bytes, length, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off64_t offset)
{
    ssize_t (*next)(int, const void *, size_t, off64_t);
    if (is_refused(descriptor)) return -1;
    NEXT("pwrite64");
    return next(descriptor, bytes, length, offset);
}
