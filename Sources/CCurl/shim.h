/* libcurl, with its variadic functions in typed forms that Swift can call. */
#ifndef I2V_CCURL_SHIM_H
#define I2V_CCURL_SHIM_H

#include <curl/curl.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

typedef size_t (*i2v_curl_data_fn)(char *data, size_t size, size_t count, void *context);
typedef int (*i2v_curl_seek_fn)(void *context, curl_off_t offset, int origin);
typedef int (*i2v_curl_progress_fn)(void *context, curl_off_t total, curl_off_t now, curl_off_t upload_total,
                                    curl_off_t upload_now);

typedef int (*i2v_curl_prereq_fn)(void *context, char *primary_ip, char *local_ip, int primary_port, int local_port);
typedef curl_socket_t (*i2v_curl_open_socket_fn)(void *context, curlsocktype purpose, struct curl_sockaddr *address);
typedef int (*i2v_curl_debug_fn)(CURL *easy, curl_infotype type, char *data, size_t size, void *context);

static inline CURLcode i2v_curl_set_long(CURL *easy, CURLoption option, long value)
{
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode i2v_curl_set_offset(CURL *easy, CURLoption option, curl_off_t value)
{
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode i2v_curl_set_text(CURL *easy, CURLoption option, const char *value)
{
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode i2v_curl_set_pointer(CURL *easy, CURLoption option, void *value)
{
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode i2v_curl_set_data_fn(CURL *easy, CURLoption option, i2v_curl_data_fn value)
{
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode i2v_curl_set_seek_fn(CURL *easy, i2v_curl_seek_fn value)
{
    return curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, value);
}

static inline CURLcode i2v_curl_set_progress_fn(CURL *easy, i2v_curl_progress_fn value)
{
    return curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, value);
}

static inline CURLcode i2v_curl_set_prereq_fn(CURL *easy, i2v_curl_prereq_fn value)
{
    return curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, value);
}

static inline CURLcode i2v_curl_set_debug_fn(CURL *easy, i2v_curl_debug_fn value)
{
    return curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, value);
}

static inline CURLcode i2v_curl_set_open_socket_fn(CURL *easy, i2v_curl_open_socket_fn value)
{
    return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, value);
}

/* The IP address in words, as CURLINFO_PRIMARY_IP has it; empty for anything but IP. */
static inline void i2v_curl_address_text(const struct curl_sockaddr *address, char text[INET6_ADDRSTRLEN])
{
    /* libcurl has more there than the type of the member holds. */
    const void *whole = (const char *)address + offsetof(struct curl_sockaddr, addr);
    text[0] = 0;
    if (address->family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, whole, sizeof v4);
        inet_ntop(AF_INET, &v4.sin_addr, text, INET6_ADDRSTRLEN);
    } else if (address->family == AF_INET6 && address->addrlen >= sizeof(struct sockaddr_in6)) {
        struct sockaddr_in6 v6;
        memcpy(&v6, whole, sizeof v6);
        inet_ntop(AF_INET6, &v6.sin6_addr, text, INET6_ADDRSTRLEN);
    }
}

static const curl_socket_t i2v_curl_no_socket = CURL_SOCKET_BAD;

/* Programs that the host starts do not inherit it, where the system can see to that. */
static inline curl_socket_t i2v_curl_open_socket(const struct curl_sockaddr *address)
{
#ifdef SOCK_CLOEXEC
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
#else
    return socket(address->family, address->socktype, address->protocol);
#endif
}

static inline CURLcode i2v_curl_get_long(CURL *easy, CURLINFO info, long *value)
{
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLcode i2v_curl_get_offset(CURL *easy, CURLINFO info, curl_off_t *value)
{
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLcode i2v_curl_get_text(CURL *easy, CURLINFO info, char **value)
{
    return curl_easy_getinfo(easy, info, value);
}

/* A header of the last answer; NULL when it has none of that name. Valid until the handle goes on. */
static inline const char *i2v_curl_get_header(CURL *easy, const char *name)
{
    struct curl_header *header = NULL;
    return curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK ? header->value : NULL;
}

/* Handles that use the share resume each other's sessions of TLS. All of them belong to one thread. */
static inline CURLSHcode i2v_curl_share_sessions(CURLSH *share)
{
    return curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
}

static inline CURLMcode i2v_curl_multi_set_long(CURLM *multi, CURLMoption option, long value)
{
    return curl_multi_setopt(multi, option, value);
}

/* The easy handle of a finished transfer and its result; NULL when no more are finished. */
static inline CURL *i2v_curl_next_done(CURLM *multi, CURLcode *code)
{
    int left = 0;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE) continue;
        *code = message->data.result;
        return message->easy_handle;
    }
    return NULL;
}

#endif
