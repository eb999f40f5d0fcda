/* Shared by the libraries that reliability tests preload into a host: the function a replacement stands before, the path
 * of a descriptor, a log that shows that the pressure was really there. A replacement must behave as a system call does,
 * so nothing here changes errno by itself, allocates memory or uses stdio's files. */
#ifndef I2V_PRELOAD_H
#define I2V_PRELOAD_H

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

/* The function that this one stands before, in a variable called `next`. */
#define NEXT(function) (*(void **)&next = dlsym(RTLD_NEXT, function))

/* The path of an open file; 0 when there is none. */
static inline int path_of(int descriptor, char *path)
{
    char link[64];
    int before = errno;
    ssize_t length;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    length = readlink(link, path, PATH_SIZE - 1);
    errno = before;
    if (length < 0) return 0;
    path[length] = 0;
    return path[0] == '/';
}

/* Whether the path contains the text that an environment variable names; without the variable every path does. */
static inline int is_meant(const char *variable, const char *path)
{
    const char *part = getenv(variable);
    return !part || strstr(path, part);
}

/* Appends a line to the file that an environment variable names, if it does. */
static inline void append_line(const char *variable, const char *what, const char *path)
{
    const char *log = getenv(variable);
    const char *name = strrchr(path, '/');
    char line[512];
    int descriptor, length, before = errno;
    if (!log) return;
    length = snprintf(line, sizeof line, "%s %s\n", what, name ? name + 1 : path);
    if (length >= (int)sizeof line) length = (int)sizeof line - 1;
    descriptor = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (descriptor >= 0) {
        (void)!syscall(SYS_write, descriptor, line, (size_t)length);
        syscall(SYS_close, descriptor);
    }
    errno = before;
}

/* A number below `limit`, of a sequence that each thread of each process has for itself. */
static inline unsigned random_below(unsigned limit)
{
    static __thread unsigned state;
    if (state == 0) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        state = (unsigned)now.tv_nsec ^ (unsigned)syscall(SYS_gettid) * 2654435761u;
    }
    return limit ? (unsigned)rand_r(&state) % limit : 0;
}

#endif
