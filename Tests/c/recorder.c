/* Preloaded into a program, this writes down in which order it writes and syncs files, renames them, and sends and
 * receives the beginnings of HTTP messages: a line for each, with the names of files without their folders. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

/* Where the lines go; the program under test finds these by their names. */
volatile int i2v_record_file = -1;
void i2v_record(const char *what, const char *name);

void i2v_record(const char *what, const char *name)
{
    char line[256];
    int length;
    if (i2v_record_file < 0) return;
    length = snprintf(line, sizeof line, "%s %s\n", what, name);
    if (length >= (int)sizeof line) length = (int)sizeof line - 1;
    (void)!syscall(SYS_write, i2v_record_file, line, (size_t)length);
}

static const char *name_in(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void record_file(const char *what, int descriptor)
{
    char link[64], path[512];
    ssize_t length;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    length = readlink(link, path, sizeof path - 1);
    if (length < 0) return;
    path[length] = 0;
    i2v_record(what, name_in(path));
}

/* Only where a message begins: what follows is of no interest. */
static void record_message(const char *what, const void *bytes, size_t length)
{
    static const char *const beginnings[] = {"GET ", "POST ", "HTTP/"};
    char line[160];
    size_t index, count = 0;
    for (index = 0; index < 3; index++) {
        size_t size = strlen(beginnings[index]);
        if (length < size || memcmp(bytes, beginnings[index], size) != 0) continue;
        while (count < length && count < sizeof line - 1 && ((const char *)bytes)[count] != '\r') count++;
        memcpy(line, bytes, count);
        line[count] = 0;
        i2v_record(what, line);
    }
}

/* The function that this one stands before. */
#define NEXT(function) (*(void **)&next = dlsym(RTLD_NEXT, function))

int fsync(int descriptor)
{
    int (*next)(int);
    record_file("sync", descriptor);
    NEXT("fsync");
    return next(descriptor);
}

int fdatasync(int descriptor)
{
    int (*next)(int);
    record_file("sync", descriptor);
    NEXT("fdatasync");
    return next(descriptor);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t length, off_t offset)
{
    ssize_t (*next)(int, const void *, size_t, off_t);
    record_file("write", descriptor);
    NEXT("pwrite");
    return next(descriptor, bytes, length, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off64_t offset)
{
    ssize_t (*next)(int, const void *, size_t, off64_t);
    record_file("write", descriptor);
    NEXT("pwrite64");
    return next(descriptor, bytes, length, offset);
}

int rename(const char *from, const char *to)
{
    int (*next)(const char *, const char *);
    i2v_record("rename", name_in(from));
    NEXT("rename");
    return next(from, to);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned int flags)
{
    int (*next)(int, const char *, int, const char *, unsigned int);
    i2v_record("rename", name_in(from));
    NEXT("renameat2");
    return next(from_folder, from, to_folder, to, flags);
}

ssize_t write(int descriptor, const void *bytes, size_t length)
{
    ssize_t (*next)(int, const void *, size_t);
    record_message("send", bytes, length);
    NEXT("write");
    return next(descriptor, bytes, length);
}

ssize_t send(int descriptor, const void *bytes, size_t length, int flags)
{
    ssize_t (*next)(int, const void *, size_t, int);
    record_message("send", bytes, length);
    NEXT("send");
    return next(descriptor, bytes, length, flags);
}

ssize_t sendto(int descriptor, const void *bytes, size_t length, int flags, __CONST_SOCKADDR_ARG to, socklen_t size)
{
    ssize_t (*next)(int, const void *, size_t, int, __CONST_SOCKADDR_ARG, socklen_t);
    record_message("send", bytes, length);
    NEXT("sendto");
    return next(descriptor, bytes, length, flags, to, size);
}

ssize_t sendmsg(int descriptor, const struct msghdr *message, int flags)
{
    ssize_t (*next)(int, const struct msghdr *, int);
    if (message->msg_iovlen > 0) record_message("send", message->msg_iov->iov_base, message->msg_iov->iov_len);
    NEXT("sendmsg");
    return next(descriptor, message, flags);
}

ssize_t recv(int descriptor, void *bytes, size_t length, int flags)
{
    ssize_t (*next)(int, void *, size_t, int), got;
    NEXT("recv");
    got = next(descriptor, bytes, length, flags);
    if (got > 0) record_message("receive", bytes, (size_t)got);
    return got;
}
