/* Preloaded into a program, this keeps a journal of all that it does to the files of a folder, in order and with contents,
 * of all it sends, and of marks that the program makes. From a beginning of the journal, power.py builds the disks that a
 * loss of power at that moment could leave. Several processes may share a journal.
 *
 * I2V_JOURNAL         the journal's path
 * I2V_JOURNAL_FOLDER  the folder, as an absolute path without symbolic links
 * I2V_JOURNAL_END     the process kills itself after so many entries
 *
 * An entry is a `head`, one or two paths, and bytes, in the machine's order. A change is entered when it was made, or when
 * the disk refused it, before its caller goes on; a message before it leaves. No change is under way when the process kills itself, so that none is
 * missing. Writes through maps are not seen: SQLite makes them only to the -shm file, which no loss of power keeps. */
#define _GNU_SOURCE
#include "preload.h"

#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/xattr.h>

struct head {
    unsigned length;
    unsigned kind;
    long long process, thread;
    long long file;
    long long number;
    unsigned path_length, to_length;
};

enum kind {
    OPENED = 'O',
    WRITTEN = 'W',
    CUT = 'T',
    SYNC_BEGINS = 'S',
    SYNCED = 's',
    RENAMED = 'R',
    LINKED = 'L',
    UNLINKED = 'U',
    SENT = 'P',
    MARKED = 'M',
    FAILED = 'F',
    ATTRIBUTE_SET = 'X',
    ATTRIBUTE_REMOVED = 'x'
};

/* Held while a change is made and entered. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int journal = -1;
static long long left = -1;

/* The program under test finds this by its name. */
void i2v_journal_mark(const char *text);

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("I2V_JOURNAL"), *end = getenv("I2V_JOURNAL_END");
    if (!path || !getenv("I2V_JOURNAL_FOLDER")) return;
    journal = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (end) left = strtoll(end, NULL, 10);
}

/* With the lock held. */
static void enter(
    enum kind kind, long long file, long long number, const char *path, const char *to, const void *bytes, size_t size)
{
    struct head head;
    struct iovec parts[4];
    int before = errno;
    memset(&head, 0, sizeof head);
    head.kind = (unsigned)kind;
    head.process = getpid();
    head.thread = syscall(SYS_gettid);
    head.file = file;
    head.number = number;
    head.path_length = (unsigned)strlen(path);
    head.to_length = (unsigned)strlen(to);
    head.length = (unsigned)(sizeof head + head.path_length + head.to_length + size);
    parts[0].iov_base = &head;
    parts[0].iov_len = sizeof head;
    parts[1].iov_base = (void *)path;
    parts[1].iov_len = head.path_length;
    parts[2].iov_base = (void *)to;
    parts[2].iov_len = head.to_length;
    parts[3].iov_base = (void *)bytes;
    parts[3].iov_len = size;
    /* Half an entry would make all that follows unreadable. */
    if (syscall(SYS_writev, journal, parts, 4) != (long)head.length) abort();
    if (left > 0 && --left == 0) kill(getpid(), SIGKILL);
    errno = before;
}

static void enter_locked(enum kind kind, long long number, const char *path, const void *bytes, size_t size)
{
    if (journal < 0) return;
    pthread_mutex_lock(&lock);
    enter(kind, 0, number, path, "", bytes, size);
    pthread_mutex_unlock(&lock);
}

void i2v_journal_mark(const char *text)
{
    enter_locked(MARKED, 0, text, "", 0);
}

/* ---- Which files ---- */

static int is_in_folder(const char *path)
{
    const char *folder = getenv("I2V_JOURNAL_FOLDER");
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == 0);
}

/* The path and the number of an open file or folder, where it is one of those that are watched. */
static int is_watched(int descriptor, char *path, long long *file)
{
    struct stat info;
    int before = errno, is_one;
    if (journal < 0) return 0;
    is_one = path_of(descriptor, path) && is_in_folder(path) && fstat(descriptor, &info) == 0;
    if (is_one) *file = (long long)info.st_ino;
    errno = before;
    return is_one;
}

/* The absolute path of a name that a call was given; 0 where it is none that is watched. */
static int watched_name(int folder, const char *name, char *path)
{
    size_t length = 0;
    if (journal < 0) return 0;
    if (name[0] != '/') {
        if (folder == AT_FDCWD ? !getcwd(path, PATH_SIZE) : !path_of(folder, path)) return 0;
        length = strlen(path);
        path[length++] = '/';
    }
    snprintf(path + length, PATH_SIZE - length, "%s", name);
    return is_in_folder(path);
}

static long long number_of(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0 ? (long long)info.st_ino : 0;
}

/* ---- Contents ---- */

#define WRITE(call, offset_of)                                                \
    do {                                                                      \
        char path[PATH_SIZE];                                                 \
        long long file, offset;                                               \
        ssize_t count;                                                        \
        if (!is_watched(descriptor, path, &file)) return call;                \
        pthread_mutex_lock(&lock);                                            \
        offset = (long long)(offset_of);                                      \
        count = call;                                                         \
        if (count > 0) enter(WRITTEN, file, offset, path, "", bytes, (size_t)count); \
        if (count < 0) enter(FAILED, file, errno, path, "", "", 0);           \
        pthread_mutex_unlock(&lock);                                          \
        return count;                                                         \
    } while (0)

ssize_t write(int descriptor, const void *bytes, size_t length)
{
    ssize_t (*next)(int, const void *, size_t);
    NEXT("write");
    WRITE(next(descriptor, bytes, length),
          lseek(descriptor, 0, fcntl(descriptor, F_GETFL) & O_APPEND ? SEEK_END : SEEK_CUR));
}

ssize_t pwrite(int descriptor, const void *bytes, size_t length, off_t offset_given)
{
    ssize_t (*next)(int, const void *, size_t, off_t);
    NEXT("pwrite");
    WRITE(next(descriptor, bytes, length, offset_given), offset_given);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off64_t offset_given)
{
    ssize_t (*next)(int, const void *, size_t, off64_t);
    NEXT("pwrite64");
    WRITE(next(descriptor, bytes, length, offset_given), offset_given);
}

#define CUT_TO(call, size)                                   \
    do {                                                     \
        char path[PATH_SIZE];                                \
        long long file;                                      \
        int code;                                            \
        if (!is_watched(descriptor, path, &file)) return call; \
        pthread_mutex_lock(&lock);                           \
        code = call;                                         \
        if (code == 0) enter(CUT, file, (long long)(size), path, "", "", 0); \
        else enter(FAILED, file, errno, path, "", "", 0);    \
        pthread_mutex_unlock(&lock);                         \
        return code;                                         \
    } while (0)

int ftruncate(int descriptor, off_t size)
{
    int (*next)(int, off_t);
    NEXT("ftruncate");
    CUT_TO(next(descriptor, size), size);
}

int ftruncate64(int descriptor, off64_t size)
{
    int (*next)(int, off64_t);
    NEXT("ftruncate64");
    CUT_TO(next(descriptor, size), size);
}

/* ---- Syncs ---- */

/* A sync covers what was entered before it began, and counts once it has ended well. */
static int entered_sync(int (*next)(int), int descriptor)
{
    char path[PATH_SIZE];
    long long file;
    int code;
    if (!is_watched(descriptor, path, &file)) return next(descriptor);
    pthread_mutex_lock(&lock);
    enter(SYNC_BEGINS, file, 0, path, "", "", 0);
    pthread_mutex_unlock(&lock);
    code = next(descriptor);
    pthread_mutex_lock(&lock);
    enter(SYNCED, file, code == 0 ? 0 : errno, path, "", "", 0);
    pthread_mutex_unlock(&lock);
    return code;
}

int fsync(int descriptor)
{
    int (*next)(int);
    NEXT("fsync");
    return entered_sync(next, descriptor);
}

int fdatasync(int descriptor)
{
    int (*next)(int);
    NEXT("fdatasync");
    return entered_sync(next, descriptor);
}

/* ---- Names ---- */

static int entered_open(int (*next)(const char *, int, ...), const char *name, int flags, unsigned mode)
{
    char path[PATH_SIZE];
    struct stat info;
    int descriptor;
    if (!(flags & (O_CREAT | O_TRUNC)) || !watched_name(AT_FDCWD, name, path)) return next(name, flags, mode);
    pthread_mutex_lock(&lock);
    descriptor = next(name, flags, mode);
    if (descriptor < 0 && errno != EEXIST) enter(FAILED, 0, errno, path, "", "", 0);
    if (descriptor >= 0 && fstat(descriptor, &info) == 0) {
        enter(OPENED, (long long)info.st_ino, 0, path, "", "", 0);
        if (flags & O_TRUNC) enter(CUT, (long long)info.st_ino, 0, path, "", "", 0);
    }
    pthread_mutex_unlock(&lock);
    return descriptor;
}

int open(const char *name, int flags, ...)
{
    int (*next)(const char *, int, ...);
    unsigned mode = 0;
    va_list rest;
    va_start(rest, flags);
    if (flags & O_CREAT) mode = va_arg(rest, unsigned);
    va_end(rest);
    NEXT("open");
    return entered_open(next, name, flags, mode);
}

int open64(const char *name, int flags, ...)
{
    int (*next)(const char *, int, ...);
    unsigned mode = 0;
    va_list rest;
    va_start(rest, flags);
    if (flags & O_CREAT) mode = va_arg(rest, unsigned);
    va_end(rest);
    NEXT("open64");
    return entered_open(next, name, flags, mode);
}

#define NAMED(kind, call, from_folder, from_name, to_folder, to_name)                         \
    do {                                                                                      \
        char path[PATH_SIZE], other[PATH_SIZE];                                               \
        int code;                                                                             \
        if (!watched_name(from_folder, from_name, path) || !watched_name(to_folder, to_name, other)) return call; \
        pthread_mutex_lock(&lock);                                                            \
        code = call;                                                                          \
        if (code == 0) enter(kind, number_of(other), 0, path, other, "", 0);                  \
        pthread_mutex_unlock(&lock);                                                          \
        return code;                                                                          \
    } while (0)

int rename(const char *from, const char *to)
{
    int (*next)(const char *, const char *);
    NEXT("rename");
    NAMED(RENAMED, next(from, to), AT_FDCWD, from, AT_FDCWD, to);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned int flags)
{
    int (*next)(int, const char *, int, const char *, unsigned int);
    NEXT("renameat2");
    NAMED(RENAMED, next(from_folder, from, to_folder, to, flags), from_folder, from, to_folder, to);
}

int link(const char *from, const char *to)
{
    int (*next)(const char *, const char *);
    NEXT("link");
    NAMED(LINKED, next(from, to), AT_FDCWD, from, AT_FDCWD, to);
}

int unlink(const char *name)
{
    int (*next)(const char *);
    char path[PATH_SIZE];
    int code;
    NEXT("unlink");
    if (!watched_name(AT_FDCWD, name, path)) return next(name);
    pthread_mutex_lock(&lock);
    code = next(name);
    if (code == 0) enter(UNLINKED, 0, 0, path, "", "", 0);
    pthread_mutex_unlock(&lock);
    return code;
}

/* ---- Attributes ---- */

int fsetxattr(int descriptor, const char *name, const void *value, size_t size, int flags)
{
    int (*next)(int, const char *, const void *, size_t, int);
    char path[PATH_SIZE];
    long long file;
    int code;
    NEXT("fsetxattr");
    if (!is_watched(descriptor, path, &file)) return next(descriptor, name, value, size, flags);
    pthread_mutex_lock(&lock);
    code = next(descriptor, name, value, size, flags);
    if (code == 0) enter(ATTRIBUTE_SET, file, 0, path, name, value, size);
    pthread_mutex_unlock(&lock);
    return code;
}

int fremovexattr(int descriptor, const char *name)
{
    int (*next)(int, const char *);
    char path[PATH_SIZE];
    long long file;
    int code;
    NEXT("fremovexattr");
    if (!is_watched(descriptor, path, &file)) return next(descriptor, name);
    pthread_mutex_lock(&lock);
    code = next(descriptor, name);
    if (code == 0) enter(ATTRIBUTE_REMOVED, file, 0, path, name, "", 0);
    pthread_mutex_unlock(&lock);
    return code;
}

int lremovexattr(const char *path_given, const char *name)
{
    int (*next)(const char *, const char *);
    char path[PATH_SIZE];
    int code;
    NEXT("lremovexattr");
    if (!watched_name(AT_FDCWD, path_given, path)) return next(path_given, name);
    pthread_mutex_lock(&lock);
    code = next(path_given, name);
    if (code == 0) enter(ATTRIBUTE_REMOVED, number_of(path), 0, path, name, "", 0);
    pthread_mutex_unlock(&lock);
    return code;
}

/* ---- Messages ---- */

ssize_t send(int descriptor, const void *bytes, size_t length, int flags)
{
    ssize_t (*next)(int, const void *, size_t, int);
    NEXT("send");
    enter_locked(SENT, descriptor, "", bytes, length);
    return next(descriptor, bytes, length, flags);
}
