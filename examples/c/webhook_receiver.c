/* Makes a video and waits for the service's webhooks instead of asking again and again:
 *
 *     webhook_receiver PORT PUBLIC_URL PICTURE_URL VIDEO.mp4
 *
 * PUBLIC_URL is where the service reaches PORT of this machine. PORT 0 takes any free port. In earnest a web
 * server with TLS stands before it; this program takes one connection at a time, and none of them for long.
 * AKOOL_CLIENT_ID and AKOOL_CLIENT_SECRET verify the webhooks. */
#define _POSIX_C_SOURCE 200809L
#include <image2video.h>

#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LARGEST_REQUEST = 65536, PATIENCE_MS = 5000, OLDEST_MS = 24 * 60 * 60 * 1000 };

static int listen_on(int port)
{
    struct sockaddr_in address = {0};
    socklen_t length = sizeof address;
    int descriptor = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(INADDR_ANY);
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(descriptor, (struct sockaddr *)&address, length) == 0 && listen(descriptor, 16) == 0
        && getsockname(descriptor, (struct sockaddr *)&address, &length) == 0) {
        printf("listening on port %d\n", ntohs(address.sin_port));
        fflush(stdout);
        return descriptor;
    }
    perror("listen");
    exit(1);
}

static long milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The length that a request's head announces; 0 for what is no POST with a length that is taken. */
static size_t announced_length(const char *head)
{
    const char *line = strncmp(head, "POST ", 5) == 0 ? strstr(head, "\r\n") : NULL;
    for (; line && line[2] != '\r'; line = strstr(line + 2, "\r\n")) {
        long length = strncasecmp(line + 2, "content-length:", 15) == 0 ? strtol(line + 17, NULL, 10) : 0;
        if (length > 0 && length <= LARGEST_REQUEST) return (size_t)length;
    }
    return 0;
}

/* Reads one request into the buffer; gives where its body is, or NULL when none came whole and in time. */
static const char *read_post(int descriptor, char *buffer, size_t *length)
{
    size_t size = 0;
    long end = milliseconds() + PATIENCE_MS;
    while (size < LARGEST_REQUEST) {
        struct pollfd ready = {descriptor, POLLIN, 0};
        long left = end - milliseconds();
        char *body;
        ssize_t got;
        if (left <= 0 || poll(&ready, 1, (int)left) <= 0) return NULL;
        got = recv(descriptor, buffer + size, LARGEST_REQUEST - size, 0);
        if (got <= 0) return NULL;
        size += (size_t)got;
        buffer[size] = 0;
        body = strstr(buffer, "\r\n\r\n");
        if (!body) continue;
        body += 4;
        *length = announced_length(buffer);
        if (*length == 0) return NULL;
        if (size - (size_t)(body - buffer) >= *length) return body;
    }
    return NULL;
}

/* Takes one connection: verifies what it brings, answers, and has the client look at the video. */
static void receive(int listener, i2v_client *client)
{
    static char buffer[LARGEST_REQUEST + 1];
    const char *status = "400 Bad Request", *body;
    i2v_webhook_event *event = NULL;
    i2v_error *error = NULL;
    char answer[128];
    size_t length = 0;
    int descriptor = accept(listener, NULL, NULL);

    if (descriptor < 0) return;
    body = read_post(descriptor, buffer, &length);
    if (!body) {
        printf("refused: no webhook\n");
    } else if (i2v_webhook_open(getenv("AKOOL_CLIENT_ID"), getenv("AKOOL_CLIENT_SECRET"),
                                (const uint8_t *)body, length, OLDEST_MS, &event, &error)
               != I2V_OK) {
        printf("refused: %s\n", i2v_error_get_message(error));
    } else {
        /* Anything but 200 makes the service send it again. */
        status = "200 OK";
        printf("webhook: video %s has status %d\n", i2v_webhook_event_get_id(event),
               (int)i2v_webhook_event_get_status(event));
        i2v_client_notify(client, event, NULL);
    }
    fflush(stdout);
    snprintf(answer, sizeof answer, "HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status);
    (void)!send(descriptor, answer, strlen(answer), MSG_NOSIGNAL);
    close(descriptor);
    i2v_webhook_event_release(event);
    i2v_error_destroy(error);
}

static void on_event(i2v_job *job, i2v_event event, void *user_data)
{
    i2v_error *error;
    if (event != I2V_EVENT_DONE) return;
    error = i2v_job_copy_error(job);
    if (error) fprintf(stderr, "%s\n", i2v_error_get_message(error));
    else printf("saved %s\n", i2v_job_get_path(job));
    *(int *)user_data = error != NULL;
    i2v_error_destroy(error);
}

int main(int count, char **arguments)
{
    if (count != 5) {
        fprintf(stderr, "usage: %s PORT PUBLIC_URL PICTURE_URL VIDEO.mp4\n", arguments[0]);
        return 2;
    }
    i2v_config *config = i2v_config_create();
    i2v_request *request = i2v_request_create();
    i2v_client *client = NULL;
    i2v_error *error = NULL;
    int failed = 1, listener = listen_on(atoi(arguments[1]));

    i2v_config_load_environment(config);
    i2v_request_set_webhook_url(request, arguments[2]);
    i2v_request_set_image_url(request, arguments[3]);
    i2v_request_set_prompt(request, "the camera slowly moves closer");
    i2v_request_set_target(request, arguments[4]);

    if (i2v_client_create(config, &client, &error) != I2V_OK
        || i2v_client_submit(client, request, on_event, &failed, NULL, &error) != I2V_OK)
        fprintf(stderr, "%s\n", i2v_error_get_message(error));

    /* Should no webhook come, the client's own polling goes on and ends this just as well. */
    while (i2v_client_get_job_count(client) > 0) {
        struct pollfd ready[2] = {{listener, POLLIN, 0}, {i2v_client_get_fd(client), POLLIN, 0}};
        poll(ready, 2, -1);
        if (ready[0].revents) receive(listener, client);
        if (ready[1].revents) i2v_client_dispatch(client, 0, NULL, NULL);
    }

    close(listener);
    i2v_error_destroy(error);
    i2v_client_destroy(client);
    i2v_request_destroy(request);
    i2v_config_destroy(config);
    return failed;
}
