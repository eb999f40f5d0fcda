/* Preloaded, it gives the name many.test the addresses that I2V_ADDRESSES lists, in their order. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

typedef int (*resolver)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
    resolver resolve = (resolver)dlsym(RTLD_NEXT, "getaddrinfo");
    const char *list = getenv("I2V_ADDRESSES");
    struct addrinfo **end = result;
    char *copy, *address, *rest;

    if (!node || !list || strcmp(node, "many.test") != 0) return resolve(node, service, hints, result);
    *result = NULL;
    copy = strdup(list);
    for (address = strtok_r(copy, ",", &rest); address; address = strtok_r(NULL, ",", &rest)) {
        /* Each is an allocation of its own, and freed as such. */
        if (resolve(address, service, hints, end) == 0) {
            while (*end) end = &(*end)->ai_next;
        }
    }
    free(copy);
    return *result ? 0 : EAI_NONAME;
}
