/* Preloaded into a program, this makes its disk full for as long as a file, the switch, is there: a test fills and empties
 * the disk from outside while the program runs.
 *
 * I2V_FULL_SWITCH  the switch's path
 * I2V_FULL_PATH    only for files whose path contains this text; all without it
 * I2V_FULL_LOG     a file that gets a line for each refusal: "write NAME", "truncate NAME", "make NAME", "sync NAME"
 *
 * Words in the switch say more; an empty one means that every write fails with ENOSPC:
 *   EIO, EDQUOT  the error instead of ENOSPC
 *   grows        only writes beyond a file's end fail, as on file systems that overwrite in place
 *   partly       a random part of a write is written first, and what is left is refused
 *   names        no file can be made either
 *   syncs        a sync fails, too, as where room is sought only then
 * Maps of files are left alone: a program that writes through one has to make the file large enough first. */
#define _GNU_SOURCE
#include "preload.h"

/* ---- The switch ---- */

/* What the switch says, in `words`; 0 when the disk has room. */
static int is_full(char words[256])
{
    const char *path = getenv("I2V_FULL_SWITCH");
    int before = errno, descriptor;
    ssize_t length;
    if (!path) return 0;
    descriptor = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    if (descriptor >= 0) {
        length = syscall(SYS_read, descriptor, words, 255);
        words[length > 0 ? length : 0] = 0;
        syscall(SYS_close, descriptor);
    }
    errno = before;
    return descriptor >= 0;
}

static int is_full_for(int descriptor, char words[256], char *path)
{
    struct stat info;
    return is_full(words) && path_of(descriptor, path) && is_meant("I2V_FULL_PATH", path)
        && fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode);
}

static int refuse(const char *words, const char *what, const char *path)
{
    append_line("I2V_FULL_LOG", what, path);
    errno = strstr(words, "EIO") ? EIO : strstr(words, "EDQUOT") ? EDQUOT : ENOSPC;
    return -1;
}

/* ---- Writes ---- */

/* How much of a write there is room for; -1 with errno when there is none for its first byte. `offset` is that of the
 * descriptor when it is negative. */
static ssize_t room(int descriptor, size_t length, off_t offset)
{
    static __thread int refuses_rest;
    char words[256], path[PATH_SIZE];
    struct stat info;
    if (length == 0 || !is_full_for(descriptor, words, path)) return (ssize_t)length;
    if (strstr(words, "grows") && fstat(descriptor, &info) == 0) {
        if (offset < 0) offset = lseek(descriptor, 0, SEEK_CUR);
        if (offset >= 0 && offset < info.st_size)
            return info.st_size - offset < (off_t)length ? (ssize_t)(info.st_size - offset) : (ssize_t)length;
    }
    refuses_rest = !refuses_rest;
    if (strstr(words, "partly") && length > 1 && refuses_rest)
        return 1 + (ssize_t)random_below(length - 1 > 1u << 30 ? 1u << 30 : (unsigned)(length - 1));
    return refuse(words, "write", path);
}

ssize_t write(int descriptor, const void *bytes, size_t length)
{
    ssize_t (*next)(int, const void *, size_t), there = room(descriptor, length, -1);
    if (there < 0) return -1;
    NEXT("write");
    return next(descriptor, bytes, (size_t)there);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t length, off_t offset)
{
    ssize_t (*next)(int, const void *, size_t, off_t), there = room(descriptor, length, offset);
    if (there < 0) return -1;
    NEXT("pwrite");
    return next(descriptor, bytes, (size_t)there, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off64_t offset)
{
    ssize_t (*next)(int, const void *, size_t, off64_t), there = room(descriptor, length, (off_t)offset);
    if (there < 0) return -1;
    NEXT("pwrite64");
    return next(descriptor, bytes, (size_t)there, offset);
}

/* ---- Sizes ---- */

/* -1 with errno where a file would become larger. */
static int room_for_size(int descriptor, off_t size)
{
    char words[256], path[PATH_SIZE];
    struct stat info;
    if (!is_full_for(descriptor, words, path)) return 0;
    if (fstat(descriptor, &info) == 0 && size <= info.st_size) return 0;
    return refuse(words, "truncate", path);
}

int ftruncate(int descriptor, off_t size)
{
    int (*next)(int, off_t);
    if (room_for_size(descriptor, size) != 0) return -1;
    NEXT("ftruncate");
    return next(descriptor, size);
}

int ftruncate64(int descriptor, off64_t size)
{
    int (*next)(int, off64_t);
    if (room_for_size(descriptor, (off_t)size) != 0) return -1;
    NEXT("ftruncate64");
    return next(descriptor, size);
}

int fallocate(int descriptor, int mode, off_t offset, off_t length)
{
    int (*next)(int, int, off_t, off_t);
    if (room_for_size(descriptor, offset + length) != 0) return -1;
    NEXT("fallocate");
    return next(descriptor, mode, offset, length);
}

/* It gives its error back, and leaves errno alone. */
int posix_fallocate(int descriptor, off_t offset, off_t length)
{
    int (*next)(int, off_t, off_t), before = errno, code = 0;
    if (room_for_size(descriptor, offset + length) != 0) code = errno;
    errno = before;
    if (code != 0) return code;
    NEXT("posix_fallocate");
    return next(descriptor, offset, length);
}

/* ---- Names ---- */

/* -1 with errno where a file would be made. */
static int room_for_name(const char *path, int flags)
{
    char words[256];
    struct stat info;
    int before = errno, is_new;
    if (!(flags & O_CREAT) || !is_full(words) || !strstr(words, "names") || !is_meant("I2V_FULL_PATH", path)) return 0;
    is_new = lstat(path, &info) != 0 && errno == ENOENT;
    errno = before;
    return is_new ? refuse(words, "make", path) : 0;
}

/* The mode that an open which may make a file brings with it. */
#define MODE_AFTER(flags, mode)                    \
    do {                                           \
        va_list rest;                              \
        va_start(rest, flags);                     \
        if ((flags) & O_CREAT) mode = va_arg(rest, unsigned); \
        va_end(rest);                              \
    } while (0)

int open(const char *path, int flags, ...)
{
    int (*next)(const char *, int, ...);
    unsigned mode = 0;
    MODE_AFTER(flags, mode);
    if (room_for_name(path, flags) != 0) return -1;
    NEXT("open");
    return next(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    int (*next)(const char *, int, ...);
    unsigned mode = 0;
    MODE_AFTER(flags, mode);
    if (room_for_name(path, flags) != 0) return -1;
    NEXT("open64");
    return next(path, flags, mode);
}

/* ---- Syncs ---- */

static int sync_has_room(int descriptor)
{
    char words[256], path[PATH_SIZE];
    if (!is_full_for(descriptor, words, path) || !strstr(words, "syncs")) return 0;
    return refuse(words, "sync", path);
}

int fsync(int descriptor)
{
    int (*next)(int);
    if (sync_has_room(descriptor) != 0) return -1;
    NEXT("fsync");
    return next(descriptor);
}

int fdatasync(int descriptor)
{
    int (*next)(int);
    if (sync_has_room(descriptor) != 0) return -1;
    NEXT("fdatasync");
    return next(descriptor);
}
