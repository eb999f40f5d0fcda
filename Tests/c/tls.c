/* TLS for the tests: certificates of every kind, made with the openssl command, and a front that ends TLS and
 * passes what it hears on to a plain server. */
#include "support.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 256 };

/* One authority that a client may be told of, another that nobody knows; for each leaf its names and days. */
static const char script[] =
    "set -e; cd \"$1\"; exec >tls.log 2>&1\n"
    "authority() {\n"
    "    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $1.key -out $1.pem \\\n"
    "        -subj \"/CN=The authority $1\" -days 10\n"
    "}\n"
    "leaf() {\n"
    "    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $1.key -out $1.csr "
    "-subj /CN=$1\n"
    "    printf 'subjectAltName=%s\\n' $3 >$1.ext\n"
    "    openssl x509 -req -in $1.csr -CA $2.pem -CAkey $2.key -set_serial $5 -days $4 -extfile $1.ext "
    "-out $1.pem\n"
    "}\n"
    "authority ours\n"
    "authority theirs\n"
    "leaf good ours IP:127.0.0.1,DNS:localhost 10 1\n"
    "leaf elsewhere ours DNS:elsewhere.example 10 2\n"
    "leaf expired ours IP:127.0.0.1,DNS:localhost -1 3\n"
    "leaf stranger theirs IP:127.0.0.1,DNS:localhost 10 4\n"
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout alone.key "
    "-out alone.pem \\\n"
    "    -subj /CN=alone -addext subjectAltName=IP:127.0.0.1,DNS:localhost -days 10\n";

static bool make_certificates(void)
{
    static bool are_made;
    char command[sizeof script + 1200];
    if (are_made) return true;
    write_file(temp_path("tls.sh"), script);
    snprintf(command, sizeof command, "sh '%s' '%s'", temp_path("tls.sh"), temp_path("."));
    return are_made = CHECK(system(command) == 0);
}

struct front {
    SSL_CTX *context;
    int listener, port;
    char url[64];
    pthread_t acceptor;
    pthread_mutex_t lock;
    int connections;
    int descriptors[MAX_CONNECTIONS];
    pthread_t workers[MAX_CONNECTIONS];
    long long heard;
};

typedef struct {
    front *front;
    int descriptor;
} visitor;

static int connect_to(int port)
{
    struct sockaddr_in address;
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) == 0) return descriptor;
    close(descriptor);
    return -1;
}

/* Brings what the client says inside TLS to the server; false when it has left. */
static bool pass_in(front *front, SSL *tls, int inner)
{
    char bytes[16384];
    do {
        int got = SSL_read(tls, bytes, sizeof bytes);
        if (got <= 0) return false;
        pthread_mutex_lock(&front->lock);
        front->heard += got;
        pthread_mutex_unlock(&front->lock);
        if (send(inner, bytes, (size_t)got, MSG_NOSIGNAL) != got) return false;
    } while (SSL_pending(tls) > 0);
    return true;
}

static bool pass_out(SSL *tls, int inner)
{
    char bytes[16384];
    ssize_t got = recv(inner, bytes, sizeof bytes, 0);
    return got > 0 && SSL_write(tls, bytes, (int)got) == got;
}

static void *speak(void *argument)
{
    visitor its = *(visitor *)argument;
    SSL *tls = SSL_new(its.front->context);
    int inner = -1;
    free(argument);
    SSL_set_fd(tls, its.descriptor);
    if (SSL_accept(tls) == 1 && (inner = connect_to(its.front->port)) >= 0) {
        struct pollfd ends[2];
        bool goes_on = true;
        memset(ends, 0, sizeof ends);
        ends[0].fd = its.descriptor;
        ends[1].fd = inner;
        ends[0].events = ends[1].events = POLLIN;
        while (goes_on && poll(ends, 2, -1) > 0) {
            if (ends[0].revents) goes_on = pass_in(its.front, tls, inner);
            if (goes_on && ends[1].revents) goes_on = pass_out(tls, inner);
        }
        close(inner);
        SSL_shutdown(tls);
    }
    SSL_free(tls);
    shutdown(its.descriptor, SHUT_RDWR);
    return NULL;
}

static void *accept_all(void *context)
{
    front *front = context;
    int descriptor;
    while ((descriptor = accept(front->listener, NULL, NULL)) >= 0) {
        visitor *its = malloc(sizeof *its);
        pthread_mutex_lock(&front->lock);
        if (!its || front->connections == MAX_CONNECTIONS) abort();
        its->front = front;
        its->descriptor = front->descriptors[front->connections] = descriptor;
        pthread_create(&front->workers[front->connections++], NULL, speak, its);
        pthread_mutex_unlock(&front->lock);
    }
    return NULL;
}

front *front_start(const char *certificate, const char *url)
{
    front *front = calloc(1, sizeof *front);
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    char name[64];
    if (!front || !make_certificates()) abort();
    /* OpenSSL writes without MSG_NOSIGNAL, and clients that refuse a certificate leave at once. */
    signal(SIGPIPE, SIG_IGN);
    front->port = atoi(strrchr(url, ':') + 1);
    front->context = SSL_CTX_new(TLS_server_method());
    snprintf(name, sizeof name, "%s.pem", certificate);
    if (SSL_CTX_use_certificate_chain_file(front->context, temp_path(name)) != 1) abort();
    snprintf(name, sizeof name, "%s.key", certificate);
    if (SSL_CTX_use_PrivateKey_file(front->context, temp_path(name), SSL_FILETYPE_PEM) != 1) abort();
    pthread_mutex_init(&front->lock, NULL);
    front->listener = socket(AF_INET, SOCK_STREAM, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(front->listener, (struct sockaddr *)&address, length) != 0 || listen(front->listener, 16) != 0)
        abort();
    getsockname(front->listener, (struct sockaddr *)&address, &length);
    snprintf(front->url, sizeof front->url, "https://127.0.0.1:%d", ntohs(address.sin_port));
    pthread_create(&front->acceptor, NULL, accept_all, front);
    return front;
}

void front_stop(front *front)
{
    int index;
    shutdown(front->listener, SHUT_RDWR);
    pthread_join(front->acceptor, NULL);
    close(front->listener);
    for (index = 0; index < front->connections; index++) {
        shutdown(front->descriptors[index], SHUT_RDWR);
        pthread_join(front->workers[index], NULL);
        close(front->descriptors[index]);
    }
    SSL_CTX_free(front->context);
    pthread_mutex_destroy(&front->lock);
    free(front);
    signal(SIGPIPE, SIG_DFL);
}

const char *front_url(const front *front) { return front->url; }

int front_connections(front *front)
{
    int connections;
    pthread_mutex_lock(&front->lock);
    connections = front->connections;
    pthread_mutex_unlock(&front->lock);
    return connections;
}

long long front_heard(front *front)
{
    long long heard;
    pthread_mutex_lock(&front->lock);
    heard = front->heard;
    pthread_mutex_unlock(&front->lock);
    return heard;
}

const char *authority_file(void) { return make_certificates() ? temp_path("ours.pem") : NULL; }
