/* Preloaded into a program, this makes every file system one that knows neither locks nor second names nor renaming
 * without replacing, as those on top of object stores. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

static int refuse(const char *variable)
{
    const char *code = getenv(variable);
    errno = code ? atoi(code) : ENOSYS;
    return -1;
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned int flags)
{
    (void)from_folder;
    (void)from;
    (void)to_folder;
    (void)to;
    (void)flags;
    return refuse("I2V_RENAME_ERROR");
}

int link(const char *from, const char *to)
{
    (void)from;
    (void)to;
    return refuse("I2V_LINK_ERROR");
}

int flock(int descriptor, int operation)
{
    (void)descriptor;
    (void)operation;
    return refuse("I2V_LOCK_ERROR");
}
