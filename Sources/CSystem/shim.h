/* The system calls the library uses, in a form that Embedded Swift can import: no macros, no varargs. */
#ifndef I2V_CSYSTEM_SHIM_H
#define I2V_CSYSTEM_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

/* GNU functions, declared by hand: _GNU_SOURCE in one module would change system types that others share. */
extern int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned int flags);
extern int pthread_setname_np(pthread_t thread, const char *name);
enum { I2V_RENAME_NOREPLACE = 1 };

static inline int i2v_errno(void) { return errno; }

static inline int i2v_open_for_writing(const char *path)
{
    return open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
}

static inline int i2v_open_for_reading(const char *path)
{
    return open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

/* A mark on a file, by which a later process knows it again; file systems without extended attributes keep none. */
static const char *const i2v_mark_name = "user.image2video";

static inline void i2v_mark_file(int descriptor, const char *mark)
{
    (void)fsetxattr(descriptor, i2v_mark_name, mark, strlen(mark), 0);
}

/* The mark's length, or -1 when there is none that fits. */
static inline long i2v_read_mark(const char *path, void *bytes, size_t size)
{
    return (long)lgetxattr(path, i2v_mark_name, bytes, size);
}

static inline void i2v_unmark_file(const char *path) { (void)lremovexattr(path, i2v_mark_name); }

/* Before other bytes are written to it: a loss of power must not bring the mark back. */
static inline void i2v_unmark_open_file(int descriptor)
{
    if (fremovexattr(descriptor, i2v_mark_name) == 0) (void)fsync(descriptor);
}

/* Makes an empty file that only its owner can read, where there is none. */
static inline void i2v_make_private_file(const char *path)
{
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor >= 0) close(descriptor);
}

/* Reads the beginning of a small file; the number of bytes, or -1. */
static inline long i2v_read_file(const char *path, void *bytes, size_t size)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    long count;
    if (descriptor < 0) return -1;
    count = (long)read(descriptor, bytes, size);
    close(descriptor);
    return count;
}

/* Fills in random bytes; at most 256, which the system gives at once or, early after boot, as soon as it can. */
static inline void i2v_random(void *bytes, size_t size)
{
    while (getrandom(bytes, size, 0) < 0 && errno == EINTR) {}
}

static inline int i2v_open_folder(const char *path)
{
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Whether a call failed because the file system, or the system, knows no such thing. */
static inline int i2v_is_unknown(int code)
{
    return code == EINVAL || code == ENOSYS || code == EPERM || code == EOPNOTSUPP;
}

/* Renames without replacing a file that appeared meanwhile; 0 or -1 with errno. */
static inline int i2v_rename_new(const char *from, const char *to)
{
    struct stat there;
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, I2V_RENAME_NOREPLACE) == 0) return 0;
    if (!i2v_is_unknown(errno)) return -1;
    /* The file system cannot do it in one step: a second name is refused when one exists. */
    if (link(from, to) == 0) return unlink(from);
    if (!i2v_is_unknown(errno)) return -1;
    /* Nor does it know second names, as those on top of object stores. Only what appears between the look and the
       renaming is replaced. To hold the name with an empty file would leave that in the way after a crash. */
    if (lstat(to, &there) == 0) {
        errno = EEXIST;
        return -1;
    }
    return errno == ENOENT ? rename(from, to) : -1;
}

/* The thread that a condition variable's timed wait measures against does not jump with the wall clock. */
static inline int i2v_cond_init_monotonic(pthread_cond_t *cond)
{
    pthread_condattr_t attributes;
    int code = pthread_condattr_init(&attributes);
    if (code != 0) return code;
    code = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    if (code == 0) code = pthread_cond_init(cond, &attributes);
    pthread_condattr_destroy(&attributes);
    return code;
}

/* Runs these around every fork from now on. */
static inline void i2v_at_fork(void (*before)(void), void (*parent)(void), void (*child)(void))
{
    pthread_atfork(before, parent, child);
}

/* Starts a named thread with every signal blocked, so that the host's handlers never run on it; but for those of a
   thread's own faults, since what faults with its signal blocked ends before a host's crash handler could tell. */
static inline int i2v_thread_start(pthread_t *thread, const char *name, void *(*body)(void *), void *context)
{
    static const int faults[] = {SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGSYS};
    sigset_t most, before;
    sigfillset(&most);
    for (unsigned index = 0; index < sizeof faults / sizeof *faults; index++) sigdelset(&most, faults[index]);
    pthread_sigmask(SIG_SETMASK, &most, &before);
    int code = pthread_create(thread, NULL, body, context);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (code == 0) pthread_setname_np(*thread, name);
    return code;
}

#endif
