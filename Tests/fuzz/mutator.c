/* How inputs that are two bytes and a JSON text are changed: half of the time by the byte, as any other, and half by
 * the token, so that values of every sort come to stand where the library looks for one. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FRONT = 2, TOKENS = 1024, ROOM = (1 << 16) - 1 };

size_t LLVMFuzzerMutate(uint8_t *bytes, size_t length, size_t room);

typedef struct {
    size_t begin, end;
} span;

static const char *const values[] = {
    "null", "true", "false", "0", "1", "-1", "3", "4", "-0", "0.5", "1e308", "-1e308", "1e999", "1e-999", "1.0", "2147483647",
    "2147483648", "-2147483648", "4294967296", "9007199254740993", "9223372036854775807", "-9223372036854775808",
    "-9223372036854775807", "9223372036854775808", "99999999999999999999", "1000", "1005", "1101", "1700000000000",
    "\"\"", "\"0\"", "\"-9223372036854775808\"", "\"9223372036854775807\"", "\"1e308\"", "\"inf\"", "\"nan\"", "\" 7\"", "\"0x7\"",
    "\"s3cr3t-k3y-012345\"", "\"s3cr3t-\\u006b3y-012345\"", "\"a/b\\\"c\\\\d/0123456789\"", "\"a\\/b\\u0022c\\u005cd/0123456789\"", "\"\\u0000\"", "\"a\\u0000b\"",
    "\"\\ud83d\\ude00\"", "\"\\ud83d\"", "\"\xff\"", "\"a\\nb\"", "\"a,b\"", "\"6901a2b3c4d5e6f708192a3b\"", "\"id1\"",
    "\"http://127.0.0.1/v.mp4\"", "\"https://example.com/a.png\"", "\"a cat\"", "[]", "{}", "[[]]", "[null]", "[1,\"2\",{}]",
    "{\"value\":5}", "[{\"value\":\"720p\",\"durationList\":[-9223372036854775808]}]",
};

static size_t string_end(const uint8_t *text, size_t at, size_t length)
{
    for (at++; at < length; at++) {
        if (text[at] == '\\') at++;
        else if (text[at] == '"') return at + 1;
    }
    return length;
}

/* The strings, numbers and words of a text; and, by its brackets, what is a whole list or object. */
static size_t find_tokens(const uint8_t *text, size_t length, span *tokens)
{
    size_t open[64], depth = 0, count = 0;
    for (size_t at = 0; at < length && count < TOKENS;) {
        size_t end = at + 1;
        if (text[at] == '"') {
            end = string_end(text, at, length);
        } else if (strchr("{[", text[at]) && text[at]) {
            if (depth < 64) open[depth] = at;
            depth++;
            at++;
            continue;
        } else if (strchr("}]", text[at]) && text[at]) {
            if (depth > 0 && --depth < 64) tokens[count++] = (span){open[depth], at + 1};
            at++;
            continue;
        } else if (strchr(" \t\r\n:,", text[at])) {
            at++;
            continue;
        } else {
            while (end < length && !strchr(" \t\r\n:,{}[]\"", text[end])) end++;
        }
        tokens[count++] = (span){at, end};
        at = end;
    }
    return count;
}

/* Puts `length` bytes in the place of a span; the new size, or the old one when there is no room. */
static size_t replace(uint8_t *bytes, size_t size, size_t room, span old, const void *with, size_t length)
{
    size_t rest = size - old.end;
    if (size - (old.end - old.begin) + length > room) return size;
    memmove(bytes + old.begin + length, bytes + old.end, rest);
    memcpy(bytes + old.begin, with, length);
    return old.begin + length + rest;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t room, unsigned int seed)
{
    static span tokens[TOKENS];
    static uint8_t kept[ROOM + 1];
    unsigned int state = seed;
    if (size <= FRONT || size > ROOM || rand_r(&state) % 2) return LLVMFuzzerMutate(bytes, size, room);
    for (int rounds = 1 + rand_r(&state) % 3; rounds > 0; rounds--) {
        size_t count = find_tokens(bytes + FRONT, size - FRONT, tokens);
        if (count == 0) return LLVMFuzzerMutate(bytes, size, room);
        span one = tokens[(size_t)rand_r(&state) % count], other = tokens[(size_t)rand_r(&state) % count];
        one.begin += FRONT, one.end += FRONT, other.begin += FRONT, other.end += FRONT;
        const char *value = values[(size_t)rand_r(&state) % (sizeof values / sizeof *values)];
        memcpy(kept, bytes + other.begin, other.end - other.begin);
        switch (rand_r(&state) % 8) {
        case 0: size = replace(bytes, size, room, one, kept, other.end - other.begin); break;
        case 1: // Again, after a comma: an element or a member twice, or a text where a name was.
            kept[other.end - other.begin] = ',';
            one.end = one.begin;
            size = replace(bytes, size, room, one, kept, other.end - other.begin + 1);
            break;
        case 2: bytes[rand_r(&state) % FRONT] = (uint8_t)rand_r(&state); break;
        case 3: // One number a little different.
            if (bytes[one.end - 1] >= '0' && bytes[one.end - 1] <= '9') bytes[one.end - 1] = '0' + rand_r(&state) % 10;
            break;
        default: size = replace(bytes, size, room, one, value, strlen(value));
        }
    }
    return size;
}
