// The facts of a POSIX system. Linux tells most of them below /proc.
#include "facts.h"

#include "thread.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif
#if defined(__GLIBC__)
#include <gnu/libc-version.h>
#endif

#define HUNG_UP 2  // seconds between the client's end and ours, with a call still running

// Settings of a Linux system that change what its sockets answer (sysctl names).
static const char *const SETTINGS[] = {
#include "settings.h"
};

const char *
facts_system(void)
{
#if defined(__linux__)
    return "linux";
#elif defined(__APPLE__)
    return "darwin";
#elif defined(__FreeBSD__)
    return "freebsd";
#else
    return "posix";
#endif
}

// What stands in a file, NUL-ended; 0 when it cannot be read.
static int
contents(const char *path, char *text, size_t room)
{
    FILE *file = fopen(path, "r");
    size_t length;

    if (file == NULL) {
        return 0;
    }
    length = fread(text, 1, room - 1, file);
    text[length] = 0;
    fclose(file);
    return 1;
}

// The word after a key at the beginning of a line, "" without.
static void
status(const char *key, char *word, size_t room)
{
    char text[8192], *line;

    word[0] = 0;
    if (!contents("/proc/self/status", text, sizeof text)) {
        return;
    }
    for (line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        if (strncmp(line, key, strlen(key)) == 0) {
            line += strlen(key);
            line += strspn(line, " \t");
            snprintf(word, room, "%s", line);
        }
    }
}

static void
put_truth(json_out *out, const char *name, int known, int truth)
{
    json_put(out, ",\"%s\":%s", name, !known ? "null" : truth ? "true" : "false");
}

// The initial user namespace has a fixed number (include/linux/proc_ns.h); the network
// namespace is compared with that of process 1, which only its owner may see.
static void
put_namespace(json_out *out, const char *name, const char *kind)
{
    char path[64], ours[128] = "", first[128] = "user:[4026531837]";
    ssize_t length, other = 1;

    snprintf(path, sizeof path, "/proc/self/ns/%s", kind);
    length = readlink(path, ours, sizeof ours - 1);
    if (strcmp(kind, "user") != 0) {
        snprintf(path, sizeof path, "/proc/1/ns/%s", kind);
        memset(first, 0, sizeof first);
        other = readlink(path, first, sizeof first - 1);
    }
    put_truth(out, name, length > 0 && other > 0, strcmp(ours, first) != 0);
}

// The kernel keeps SO_RCVTIMEO in ticks and rounds up: a microsecond reads back as one tick.
static void
put_ticks(json_out *out)
{
#if defined(__linux__)
    struct timeval tick = {0, 1};
    socklen_t length = sizeof tick;
    int sock = socket(AF_INET, SOCK_STREAM, 0);

    if (sock >= 0) {
        if (setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof tick) == 0
            && getsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &tick, &length) == 0
            && tick.tv_usec > 0) {
            json_put(out, ",\"hz\":%ld",
                     (long)((1000000 + tick.tv_usec / 2) / tick.tv_usec));
        }
        close(sock);
    }
#else
    (void)out;
#endif
}

static void
put_settings(json_out *out)
{
    const char *comma = "";

    json_put(out, ",\"settings\":{");
    for (size_t index = 0; index < sizeof SETTINGS / sizeof *SETTINGS; index++) {
        char path[128], text[512], *word;

        snprintf(path, sizeof path, "/proc/sys/%s", SETTINGS[index]);
        for (char *dot = path; (dot = strchr(dot, '.')) != NULL;) {
            *dot = '/';
        }
        if (!contents(path, text, sizeof text)) {
            continue;
        }
        json_put(out, "%s\"%s\":\"", comma, SETTINGS[index]);
        comma = "";
        for (word = strtok(text, " \t\n"); word != NULL; word = strtok(NULL, " \t\n")) {
            json_put(out, "%s%s", comma, word);
            comma = " ";
        }
        json_put(out, "\"");
        comma = ",";
    }
    json_put(out, "}");
}

// gVisor's /proc/version has a fixed build date (google/gvisor, pkg/sentry/fsimpl/proc).
static const char *
profile(void)
{
    char text[512];

    if (contents("/proc/version", text, sizeof text)
        && strstr(text, "Sun Jan 10 15:06:54 PST 2016") != NULL) {
        return "gvisor";
    }
    return strcmp(facts_system(), "darwin") == 0 ? "macos" : facts_system();
}

void
facts_put(json_out *out)
{
    struct utsname name;
    char capabilities[64];

    uname(&name);
    status("CapEff:", capabilities, sizeof capabilities);
    json_put(out, "{\"profile\":\"%s\",\"system\":", profile());
    json_put_string(out, name.sysname);
    json_put(out, ",\"release\":");
    json_put_string(out, name.release);
    json_put(out, ",\"machine\":");
    json_put_string(out, name.machine);
    name.release[strcspn(name.release, "-")] = 0;
    json_put(out, ",\"version\":");
    json_put_string(out, name.release);
#if defined(__GLIBC__)
    json_put(out, ",\"libc\":\"glibc\",\"libc_version\":\"%s\"", gnu_get_libc_version());
#elif defined(__linux__)
    json_put(out, ",\"libc\":\"musl\"");
#endif
    json_put(out, ",\"byte_order\":\"%s\"", htons(1) == 1 ? "big" : "little");
    if (capabilities[0] != 0) {
        json_put(out, ",\"capabilities\":\"%s\"", capabilities);
        // CAP_NET_ADMIN (capabilities(7)) is what counts for sockets.
        put_truth(out, "privileged", 1, strtoull(capabilities, NULL, 16) >> 12 & 1);
    }
    else {
        put_truth(out, "privileged", 1, geteuid() == 0);
    }
    put_namespace(out, "own_network_namespace", "net");
    put_namespace(out, "own_user_namespace", "user");
    put_ticks(out);
    put_settings(out);
    json_put(out, "}");
}

int
facts_streams(FILE **requests, FILE **answers, int own[5])
{
    int in = fcntl(0, F_DUPFD_CLOEXEC, 3), out = fcntl(1, F_DUPFD_CLOEXEC, 3);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

    // A send to nobody answers EPIPE here, as it does under an interpreter of Python.
    signal(SIGPIPE, SIG_IGN);
    if (in < 0 || out < 0 || nothing < 0 || dup2(nothing, 0) < 0 || dup2(2, 1) < 0) {
        return -1;
    }
    close(nothing);
    *requests = fdopen(in, "r");
    *answers = fdopen(out, "w");
    own[0] = 0, own[1] = 1, own[2] = 2, own[3] = in, own[4] = out;
    return *requests == NULL || *answers == NULL ? -1 : 0;
}

static void
hung_up(void *given)
{
    // No events are asked for: POLLHUP and POLLERR are told all the same (poll(2)).
    struct pollfd wanted = {*(int *)given, 0, 0};
    struct timespec rest = {HUNG_UP, 0};

    poll(&wanted, 1, -1);
    nanosleep(&rest, NULL);
    _exit(1);
}

void
facts_outlive_nobody(int requests)
{
    static thread watcher;
    static int descriptor;

    descriptor = requests;
    thread_begin(&watcher, hung_up, &descriptor);
}

// -- what a system does to its threads, and tells of them -----------------------------------------------------

// It sets `finished` before it ends: while the lock is kept it is there.
int
thread_signal(thread *made, int number)
{
    int sent;

    pthread_mutex_lock(&made->lock);
    sent = !made->finished && pthread_kill(made->id, number) == 0;
    pthread_mutex_unlock(&made->lock);
    return sent;
}

int
thread_can_tell(void)
{
    return access("/proc/self/syscall", R_OK) == 0;
}

// proc(5), /proc/pid/task/tid/syscall: a number while it sleeps in a call, `running`
// otherwise. In futex(2) it waits for our own locks, not in the call.
int
thread_sleeps(thread *made)
{
#if defined(__linux__)
    char path[64], text[256], *end;
    long number, call;

    pthread_mutex_lock(&made->lock);
    number = made->number;
    pthread_mutex_unlock(&made->lock);
    snprintf(path, sizeof path, "/proc/self/task/%ld/syscall", number);
    if (number == 0 || !contents(path, text, sizeof text)) {
        return 0;
    }
    call = strtol(text, &end, 10);
    return end != text && call != SYS_futex;
#else
    (void)made;
    return 0;
#endif
}

long
thread_number(void)
{
#if defined(__linux__)
    return syscall(SYS_gettid);
#else
    return 0;
#endif
}
