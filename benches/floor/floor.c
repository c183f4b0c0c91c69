/* What fifty real-time connections cost a server that does nothing with what they send.
 *
 *     cc -O2 -pthread -o floor floor.c && ./floor
 *
 * Every connection sends 3,200 bytes (100 ms of audio) ten times a second, and gets 120 bytes back for each. The server
 * is one thread over epoll. In the second run it hands each message to one of two other threads and gets it back, as a
 * server must whose decoding may take long; each keeps its core busy for 340 us, which is what the shipped model needs.
 * Printed is the processor time of the one thread. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 50, AUDIO = 3200, REPLY = 120, WORKERS = 2, RING = 4096, WAKE = CONNECTIONS };

static const double SECONDS = 10, PERIOD = 0.1, WORK = 340e-6;

static double now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

/* A queue of connections. */
struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    unsigned head, tail;
    int items[RING];
};

static struct queue asked = {.lock = PTHREAD_MUTEX_INITIALIZER, .filled = PTHREAD_COND_INITIALIZER};
static struct queue done = {.lock = PTHREAD_MUTEX_INITIALIZER, .filled = PTHREAD_COND_INITIALIZER};
static int wake;

static void put(struct queue *queue, int item)
{
    pthread_mutex_lock(&queue->lock);
    queue->items[queue->tail++ % RING] = item;
    pthread_cond_signal(&queue->filled);
    pthread_mutex_unlock(&queue->lock);
}

/* The next item; where there is none, -1 or, if told to wait, the next that comes. */
static int take(struct queue *queue, int waits)
{
    pthread_mutex_lock(&queue->lock);
    while (waits && queue->head == queue->tail)
        pthread_cond_wait(&queue->filled, &queue->lock);
    int item = queue->head == queue->tail ? -1 : queue->items[queue->head++ % RING];
    pthread_mutex_unlock(&queue->lock);
    return item;
}

static void *work(void *unused)
{
    (void)unused;
    for (;;) {
        int connection = take(&asked, 1);
        double end = now(CLOCK_MONOTONIC) + WORK;
        while (now(CLOCK_MONOTONIC) < end)
            ;
        put(&done, connection);
        eventfd_write(wake, 1);
    }
    return NULL;
}

static void watch(int epoll, int file, unsigned name)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = name};
    epoll_ctl(epoll, EPOLL_CTL_ADD, file, &event);
}

static void without_delay(int socket)
{
    int yes = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

static void clients(struct sockaddr_in address)
{
    static char audio[AUDIO], reply[4096];
    int sockets[CONNECTIONS], epoll = epoll_create1(0);
    double due[CONNECTIONS], start = now(CLOCK_MONOTONIC);
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        sockets[i] = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(sockets[i], (struct sockaddr *)&address, sizeof address) != 0)
            exit(1);
        without_delay(sockets[i]);
        watch(epoll, sockets[i], i);
        due[i] = start + PERIOD * ((i * 7919 % 997) / 997.0);
    }
    for (double time = start; time < start + SECONDS; time = now(CLOCK_MONOTONIC)) {
        double first = time + PERIOD;
        for (int i = 0; i < CONNECTIONS; i++) {
            if (due[i] <= time) {
                send(sockets[i], audio, sizeof audio, 0);
                due[i] += PERIOD;
            }
            first = due[i] < first ? due[i] : first;
        }
        double wait = first - now(CLOCK_MONOTONIC);
        struct timespec timeout = {0, wait > 0 ? (long)(wait * 1e9) : 0};
        struct epoll_event events[64];
        int count = epoll_pwait2(epoll, events, 64, &timeout, NULL);
        for (int i = 0; i < count; i++)
            recv(sockets[events[i].data.u32], reply, sizeof reply, 0);
    }
    exit(0);
}

static void serve(int hands_over)
{
    static char audio[65536], reply[REPLY];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), epoll = epoll_create1(0);
    if (hands_over)
        watch(epoll, wake, WAKE);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, CONNECTIONS) != 0)
        exit(1);
    getsockname(listener, (struct sockaddr *)&address, &length);
    if (fork() == 0)
        clients(address);
    int sockets[CONNECTIONS], received[CONNECTIONS] = {0}, open = CONNECTIONS;
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        sockets[i] = accept(listener, NULL, NULL);
        without_delay(sockets[i]);
        watch(epoll, sockets[i], i);
    }
    double began = now(CLOCK_THREAD_CPUTIME_ID);
    long messages = 0;
    while (open) {
        struct epoll_event events[64];
        int count = epoll_wait(epoll, events, 64, -1);
        for (int i = 0; i < count; i++) {
            unsigned name = events[i].data.u32;
            if (name == WAKE) {
                eventfd_t ignored;
                eventfd_read(wake, &ignored);
                for (int ready; (ready = take(&done, 0)) >= 0;)
                    send(sockets[ready], reply, sizeof reply, MSG_NOSIGNAL);
                continue;
            }
            ssize_t got = recv(sockets[name], audio, sizeof audio, 0);
            if (got <= 0) {
                close(sockets[name]);
                open--;
                continue;
            }
            for (received[name] += got; received[name] >= AUDIO; received[name] -= AUDIO) {
                messages++;
                if (hands_over)
                    put(&asked, (int)name);
                else
                    send(sockets[name], reply, sizeof reply, MSG_NOSIGNAL);
            }
        }
    }
    double spent = now(CLOCK_THREAD_CPUTIME_ID) - began;
    printf("%-28s %5.1f us a message\n", hands_over ? "to another thread and back" : "answered at once",
           spent / messages * 1e6);
    fflush(stdout);
    wait(NULL);
    close(epoll);
    close(listener);
}

int main(void)
{
    serve(0);
    wake = eventfd(0, EFD_NONBLOCK);
    for (int i = 0; i < WORKERS; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, work, NULL);
    }
    serve(1);
    return 0;
}
