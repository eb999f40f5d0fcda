/* Small HTTP servers on loopback that do exactly what a test tells them, also what no honest server does. */
#include "support.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/* Over HTTP/1.1 each request has a connection of its own. */
enum { MAX_CONNECTIONS = 4096, MAX_REQUESTS = 4096, MAX_REQUEST = 65536 };

struct server {
    int numbers;
    server_fn answer;
    void *state;
    int listener;
    char url[64];
    pthread_t acceptor;
    pthread_mutex_t lock;
    bool is_stopping;
    int connections;
    int descriptors[MAX_CONNECTIONS];
    pthread_t workers[MAX_CONNECTIONS];
    int count;
    char *requests[MAX_REQUESTS];
    int connection_of[MAX_REQUESTS];
};

typedef struct {
    server *server;
    int descriptor;
    int number;
} connection;

/* Reads one request, head and body; NULL when the client has left. */
static char *read_request(int descriptor)
{
    char *text = malloc(MAX_REQUEST + 1);
    size_t length = 0, wanted = 0;
    while (text && length < MAX_REQUEST && (wanted == 0 || length < wanted)) {
        char *end, *line;
        ssize_t got = recv(descriptor, text + length, wanted ? wanted - length : 1, 0);
        if (got <= 0) {
            free(text);
            return NULL;
        }
        length += (size_t)got;
        text[length] = 0;
        if (wanted || !(end = strstr(text, "\r\n\r\n"))) continue;
        wanted = (size_t)(end + 4 - text);
        for (line = text; line < end; line = strstr(line, "\r\n") + 2)
            if (strncasecmp(line, "content-length:", 15) == 0) wanted += strtoul(line + 15, NULL, 10);
    }
    return text ? realloc(text, length + 1) : NULL;
}

static void *serve(void *context)
{
    connection its = *(connection *)context;
    server *server = its.server;
    bool goes_on = true;
    char *request;
    free(context);
    while (goes_on && (request = read_request(its.descriptor))) {
        bool is_kept;
        pthread_mutex_lock(&server->lock);
        is_kept = server->count < MAX_REQUESTS;
        if (is_kept) {
            server->connection_of[server->count] = its.number;
            server->requests[server->count++] = request;
        }
        pthread_mutex_unlock(&server->lock);
        goes_on = server->answer(server, its.descriptor, request, its.number);
        if (!is_kept) free(request);
    }
    pthread_mutex_lock(&server->lock);
    server->descriptors[its.number - 1] = -1;
    pthread_mutex_unlock(&server->lock);
    shutdown(its.descriptor, SHUT_RDWR);
    close(its.descriptor);
    return NULL;
}

static void *accept_all(void *context)
{
    server *server = context;
    int descriptor;
    while ((descriptor = accept(server->listener, NULL, NULL)) >= 0) {
        connection *its = malloc(sizeof *its);
        int yes = 1;
        /* A body is sent after its head: it must not wait for the client to acknowledge that. */
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        pthread_mutex_lock(&server->lock);
        if (its && !server->is_stopping && server->connections < MAX_CONNECTIONS) {
            int index = server->connections++;
            its->server = server;
            its->descriptor = server->descriptors[index] = descriptor;
            its->number = index + 1;
            pthread_create(&server->workers[index], NULL, serve, its);
        } else {
            free(its);
            close(descriptor);
        }
        pthread_mutex_unlock(&server->lock);
    }
    return NULL;
}

server *server_start(server_fn answer, void *state)
{
    server *server = calloc(1, sizeof *server);
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    if (!server) abort();
    server->answer = answer;
    server->state = state;
    pthread_mutex_init(&server->lock, NULL);
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(server->listener, (struct sockaddr *)&address, length) != 0 || listen(server->listener, 128) != 0)
        abort();
    getsockname(server->listener, (struct sockaddr *)&address, &length);
    snprintf(server->url, sizeof server->url, "http://127.0.0.1:%d", ntohs(address.sin_port));
    pthread_create(&server->acceptor, NULL, accept_all, server);
    return server;
}

void server_stop(server *server)
{
    int index;
    pthread_mutex_lock(&server->lock);
    server->is_stopping = true;
    pthread_mutex_unlock(&server->lock);
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->acceptor, NULL);
    close(server->listener);
    for (index = 0; index < server->connections; index++) {
        pthread_mutex_lock(&server->lock);
        if (server->descriptors[index] >= 0) shutdown(server->descriptors[index], SHUT_RDWR);
        pthread_mutex_unlock(&server->lock);
        pthread_join(server->workers[index], NULL);
    }
    for (index = 0; index < server->count; index++) free(server->requests[index]);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

const char *server_url(const server *server) { return server->url; }

void *server_state(const server *server) { return server->state; }

int server_number(server *server)
{
    int number;
    pthread_mutex_lock(&server->lock);
    number = ++server->numbers;
    pthread_mutex_unlock(&server->lock);
    return number;
}

int server_count(server *server, const char *part)
{
    int index, count = 0;
    pthread_mutex_lock(&server->lock);
    for (index = 0; index < server->count; index++)
        if (strstr(server->requests[index], part)) count++;
    pthread_mutex_unlock(&server->lock);
    return count;
}

bool server_reaches(server *server, const char *part, int count)
{
    int64_t end = now_ms() + slack(HANG);
    while (server_count(server, part) < count) {
        if (now_ms() > end) return false;
        sleep_ms(5);
    }
    return true;
}

int server_connection(server *server, const char *part, int number)
{
    int index, found = 0;
    pthread_mutex_lock(&server->lock);
    for (index = 0; index < server->count && !found; index++)
        if (strstr(server->requests[index], part) && --number == 0) found = server->connection_of[index];
    pthread_mutex_unlock(&server->lock);
    return found;
}

void server_reply(int descriptor, const char *status, const char *headers, const char *body)
{
    char head[1024];
    size_t length = strlen(body);
    snprintf(head, sizeof head, "HTTP/1.1 %s\r\n%sContent-Length: %lu\r\n\r\n", status, headers,
             (unsigned long)length);
    if (send(descriptor, head, strlen(head), MSG_NOSIGNAL) > 0 && length > 0)
        (void)!send(descriptor, body, length, MSG_NOSIGNAL);
}

void server_json(int descriptor, const char *body)
{
    server_reply(descriptor, "200 OK", "Content-Type: application/json\r\n", body);
}

void server_hang(int descriptor)
{
    char byte;
    while (recv(descriptor, &byte, 1, 0) > 0) continue;
}
