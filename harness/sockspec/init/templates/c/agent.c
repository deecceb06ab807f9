/* my-stack as sockspec calls it: an agent in one file.
 *
 *     sockspec smoke
 *     sockspec run --out run.jsonl
 *
 * It reads calls from standard input and writes answers to standard output, a JSON object on
 * each line; `sockspec schema protocol --markdown` describes all of them. The calls here are
 * the system's own. Put your stack's headers and functions in their place, and take what you
 * do not have out of PRIMITIVES: it is never asked for. Pass arguments on as they come, and
 * answer what came back: no default, no retry, no flag of your own.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define NAME "my-stack"
#define VERSION "0.1"
#define GRACE 0.1 /* seconds after which a started call counts as blocked */

#define N(symbol) {#symbol, symbol}
static const struct { const char *name; long number; } NUMBERS[] = {
    N(AF_UNSPEC), N(AF_UNIX), N(AF_INET), N(AF_INET6), N(SOCK_STREAM), N(SOCK_DGRAM), N(SOCK_SEQPACKET), N(SHUT_RD), N(SHUT_WR), N(SHUT_RDWR), N(SOL_SOCKET), N(SO_ACCEPTCONN),
    N(SO_BROADCAST), N(SO_DONTROUTE), N(SO_ERROR), N(SO_KEEPALIVE), N(SO_LINGER), N(SO_OOBINLINE), N(SO_RCVBUF), N(SO_RCVLOWAT),
    N(SO_RCVTIMEO), N(SO_REUSEADDR), N(SO_SNDBUF), N(SO_SNDTIMEO), N(SO_TYPE), N(IPPROTO_IP), N(IPPROTO_IPV6), N(IPPROTO_TCP),
    N(IPPROTO_UDP), N(TCP_NODELAY), N(TCP_MAXSEG), N(IP_TTL), N(IP_TOS), N(IPV6_V6ONLY), N(IPV6_UNICAST_HOPS), N(IP_ADD_MEMBERSHIP), N(IP_DROP_MEMBERSHIP),
    N(IP_MULTICAST_IF), N(IP_MULTICAST_LOOP), N(IP_MULTICAST_TTL), N(IPV6_JOIN_GROUP), N(IPV6_LEAVE_GROUP), N(IPV6_MULTICAST_HOPS),
    N(IPV6_MULTICAST_IF), N(IPV6_MULTICAST_LOOP), N(MSG_OOB), N(MSG_PEEK),
    N(MSG_WAITALL), N(MSG_DONTWAIT), N(MSG_NOSIGNAL), N(POLLIN), N(POLLPRI), N(POLLOUT), N(POLLERR), N(POLLHUP), N(POLLNVAL),
#ifdef SO_REUSEPORT
    N(SO_REUSEPORT),
#endif
};
static const struct { const char *name; long number; } ERRORS[] = {
    N(EACCES), N(EADDRINUSE), N(EADDRNOTAVAIL), N(EAFNOSUPPORT), N(EAGAIN), N(EALREADY), N(EBADF), N(ECONNABORTED), N(ECONNREFUSED),
    N(ECONNRESET), N(EDESTADDRREQ), N(EDOM), N(EFAULT), N(EHOSTUNREACH), N(EINPROGRESS), N(EINTR), N(EINVAL), N(EIO), N(EISCONN),
    N(ELOOP), N(EMFILE), N(EMSGSIZE), N(ENAMETOOLONG), N(ENETDOWN), N(ENETUNREACH), N(ENFILE), N(ENOBUFS), N(ENOENT), N(ENOMEM),
    N(ENOPROTOOPT), N(ENOTCONN), N(ENOTDIR), N(ENOTSOCK), N(EOPNOTSUPP), N(EPERM), N(EPIPE), N(EPROTO), N(EPROTONOSUPPORT),
    N(EPROTOTYPE), N(EROFS), N(ETIMEDOUT), N(ENODEV), N(ESOCKTNOSUPPORT),
};
static const char PRIMITIVES[] =
    "\"new\",\"close\",\"dup\",\"bind\",\"listen\",\"connect\",\"accept\",\"local_addr\",\"peer_addr\",\"shutdown\",\"getsockopt\","
    "\"setsockopt\",\"nonblocking\",\"set_nonblocking\",\"recv\",\"recvfrom\",\"send\",\"sendto\",\"poll\"";
#define COUNT(list) (sizeof (list) / sizeof *(list))

/* -- JSON: the value of a key of an object, wherever it stands ---------------------------- */

static void squeeze(char *text) { /* take out the space between values */
    char *to = text;
    for (int inside = 0; *text; text++) {
        if (inside && *text == '\\' && text[1]) *to++ = *text++;
        else if (*text == '"') inside = !inside;
        if (inside || !strchr(" \t\r\n", *text)) *to++ = *text;
    }
    *to = 0;
}

static const char *skip(const char *at) { /* behind the value that begins here */
    int depth = 0;
    do {
        if (*at == '"')
            for (at++; *at && *at != '"'; at++) at += *at == '\\' && at[1];
        else
            depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
        if (*at) at++;
    } while (*at && (depth > 0 || !strchr(",:]}", *at)));
    return at;
}

static const char *field(const char *object, const char *key) {
    size_t length = strlen(key);
    if (!object || *object != '{') return NULL;
    for (const char *at = object + 1; *at == '"' || *at == ',';) {
        at += *at == ',';
        const char *name = at + 1, *value = skip(at) + 1;
        if (!strncmp(name, key, length) && name[length] == '"') return value;
        at = skip(value);
    }
    return NULL;
}

static long integer(const char *object, const char *key) {
    const char *at = field(object, key);
    return at ? (*at == 't') + strtol(at, NULL, 10) : 0;
}

static int is(const char *value, const char *word) { /* whether a string is this one */
    size_t length = strlen(word);
    return value && *value == '"' && !strncmp(value + 1, word, length) && value[length + 1] == '"';
}

/* -- base64 ---------------------------------------------------------------------------------- */

static const char LETTERS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void put_bytes(FILE *out, const unsigned char *data, size_t length) {
    fputc('"', out);
    for (size_t at = 0; at < length; at += 3) {
        unsigned long bits = (unsigned long)data[at] << 16 | (at + 1 < length ? data[at + 1] << 8 : 0) | (at + 2 < length ? data[at + 2] : 0);
        for (int part = 0; part < 4; part++)
            fputc(at + part > length ? '=' : LETTERS[bits >> (18 - 6 * part) & 63], out);
    }
    fputc('"', out);
}

static unsigned char *bytes(const char *object, const char *key, size_t *length) { /* to be freed */
    const char *at = field(object, key);
    unsigned char *data = malloc(at ? (size_t)(skip(at) - at) : 1);
    unsigned long bits = 0;
    int have = 0;
    *length = 0;
    for (at = at ? at + 1 : ""; *at && *at != '"' && *at != '='; at++) {
        const char *letter = strchr(LETTERS, *at);
        if (!letter) continue;
        bits = bits << 6 | (unsigned long)(letter - LETTERS);
        if ((have += 6) >= 8) data[(*length)++] = (unsigned char)(bits >> (have -= 8));
    }
    return data;
}

/* -- addresses ------------------------------------------------------------------------------- */

union any { struct sockaddr sa; struct sockaddr_in in; struct sockaddr_in6 in6; struct sockaddr_un un; struct sockaddr_storage room; };

static socklen_t get_address(const char *object, union any *made) {
    const char *told = field(object, "address"), *host = field(told, "host");
    char text[INET6_ADDRSTRLEN] = "";
    memset(made, 0, sizeof *made);
    if (host) snprintf(text, sizeof text, "%.*s", (int)strcspn(host + 1, "\""), host + 1);
    if (is(field(told, "family"), "inet")) {
        made->in.sin_family = AF_INET;
        made->in.sin_port = htons((uint16_t)integer(told, "port"));
        inet_pton(AF_INET, text, &made->in.sin_addr);
        return sizeof made->in;
    }
    if (is(field(told, "family"), "inet6")) {
        made->in6.sin6_family = AF_INET6;
        made->in6.sin6_port = htons((uint16_t)integer(told, "port"));
        made->in6.sin6_flowinfo = htonl((uint32_t)integer(told, "flowinfo"));
        made->in6.sin6_scope_id = (uint32_t)integer(told, "scope_id");
        inet_pton(AF_INET6, text, &made->in6.sin6_addr);
        return sizeof made->in6;
    }
    size_t length;
    unsigned char *path = bytes(told, is(field(told, "family"), "unix") ? "path" : "data", &length);
    char *to = is(field(told, "family"), "unix") ? made->un.sun_path : (char *)made;
    size_t before = (size_t)(to - (char *)made);
    if (length > sizeof *made - before) length = sizeof *made - before;
    memcpy(to, path, length);
    free(path);
    if (before) {
        made->un.sun_family = AF_UNIX;
        /* A path ends with a NUL; an abstract name begins with one. */
        length += length && made->un.sun_path[0] && length < sizeof *made - before;
    }
    return (socklen_t)(before + length);
}

static void put_address(FILE *out, const union any *from, socklen_t length) {
    char text[INET6_ADDRSTRLEN];
    if (length == 0) {
        fputs("null", out);
    } else if (from->sa.sa_family == AF_INET) {
        inet_ntop(AF_INET, &from->in.sin_addr, text, sizeof text);
        fprintf(out, "{\"family\":\"inet\",\"host\":\"%s\",\"port\":%u}", text, ntohs(from->in.sin_port));
    } else if (from->sa.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &from->in6.sin6_addr, text, sizeof text);
        fprintf(out, "{\"family\":\"inet6\",\"host\":\"%s\",\"port\":%u,\"flowinfo\":%lu,\"scope_id\":%lu}", text,
                ntohs(from->in6.sin6_port), (unsigned long)ntohl(from->in6.sin6_flowinfo), (unsigned long)from->in6.sin6_scope_id);
    } else {
        size_t before = offsetof(struct sockaddr_un, sun_path), size = length > before ? length - before : 0;
        if (size && from->un.sun_path[0]) size = strnlen(from->un.sun_path, size);
        fputs("{\"family\":\"unix\",\"path\":", out);
        put_bytes(out, (const unsigned char *)from->un.sun_path, size);
        fputc('}', out);
    }
}

/* -- sockets: a number that is given once, and the descriptor that it stands for ----------- */

static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;
static int *descriptors;
static long made_so_far;

static long add(int descriptor) {
    pthread_mutex_lock(&table);
    descriptors = realloc(descriptors, (size_t)(made_so_far + 1) * sizeof *descriptors);
    descriptors[made_so_far] = descriptor;
    long number = made_so_far++;
    pthread_mutex_unlock(&table);
    return number;
}

static int descriptor(long number, int forget) { /* -1 after close: every call then fails with EBADF */
    pthread_mutex_lock(&table);
    int found = number >= 0 && number < made_so_far ? descriptors[number] : -1;
    if (forget && found >= 0) descriptors[number] = -1;
    pthread_mutex_unlock(&table);
    return found;
}

/* -- the calls: yours ------------------------------------------------------------------------ */

static int poll_all(FILE *out, const char *call) {
    struct pollfd *all = calloc(strlen(call), sizeof *all); /* more than it can name */
    nfds_t count = 0;
    const char *at = field(call, "wanted") + 1;
    const char *seconds = field(call, "timeout");
    for (; *at == '['; at = skip(at), at += *at == ',') {
        char *end;
        all[count].fd = descriptor(strtol(at + 1, &end, 10), 0);
        all[count++].events = (short)strtol(end + 1, NULL, 10);
    }
    int result = poll(all, count, (int)(strtod(seconds, NULL) * 1000));
    for (nfds_t each = 0; result >= 0 && each < count; each++) fprintf(out, "%s%d", each ? "," : "[", all[each].revents);
    if (result >= 0) fputs(count ? "]" : "[]", out);
    free(all);
    return result;
}

/* Makes a call and writes its value; -1 with errno where it failed, -2 where it is not there. */
static long perform(FILE *out, const char *call) {
    const char *name = field(call, "primitive");
    int fd = field(call, "sock") ? descriptor(integer(call, "sock"), is(name, "close")) : -1, flags = (int)integer(call, "flags");
    union any address;
    socklen_t size = sizeof address;
    long result = -2;
    if (is(name, "new")) {
        if ((result = socket((int)integer(call, "family"), (int)integer(call, "type") | SOCK_CLOEXEC, (int)integer(call, "protocol"))) >= 0)
            fprintf(out, "%ld", add((int)result));
    } else if (is(name, "dup")) {
        if ((result = fcntl(fd, F_DUPFD_CLOEXEC, 0)) >= 0) fprintf(out, "%ld", add((int)result));
    } else if (is(name, "accept")) {
        if ((result = accept4(fd, &address.sa, &size, SOCK_CLOEXEC)) >= 0) {
            fprintf(out, "[%ld,", add((int)result));
            put_address(out, &address, size);
            fputc(']', out);
        }
    } else if (is(name, "local_addr") || is(name, "peer_addr")) {
        result = (is(name, "local_addr") ? getsockname : getpeername)(fd, &address.sa, &size);
        if (result >= 0) put_address(out, &address, size);
    } else if (is(name, "getsockopt")) {
        size = (socklen_t)integer(call, "length");
        unsigned char *value = calloc(1, size + 1);
        result = getsockopt(fd, (int)integer(call, "level"), (int)integer(call, "name"), value, &size);
        if (result >= 0) put_bytes(out, value, size);
        free(value);
    } else if (is(name, "nonblocking")) {
        if ((result = fcntl(fd, F_GETFL)) >= 0) fputs(result & O_NONBLOCK ? "true" : "false", out);
    } else if (is(name, "recv") || is(name, "recvfrom")) {
        size_t room = (size_t)integer(call, "size");
        unsigned char *data = malloc(room + 1);
        result = is(name, "recv") ? recv(fd, data, room, flags) : recvfrom(fd, data, room, flags, &address.sa, &size);
        if (result >= 0) {
            fputs(is(name, "recv") ? "" : "[", out);
            put_bytes(out, data, (size_t)result < room ? (size_t)result : room);
            if (is(name, "recvfrom")) {
                fputc(',', out);
                put_address(out, &address, size);
                fputc(']', out);
            }
        }
        free(data);
    } else if (is(name, "send") || is(name, "sendto") || is(name, "setsockopt")) {
        size_t length;
        unsigned char *data = bytes(call, is(name, "setsockopt") ? "value" : "data", &length);
        if (is(name, "setsockopt"))
            result = setsockopt(fd, (int)integer(call, "level"), (int)integer(call, "name"), data, (socklen_t)length);
        else if (is(name, "send"))
            result = send(fd, data, length, flags);
        else
            size = get_address(call, &address), result = sendto(fd, data, length, flags, &address.sa, size);
        free(data);
        if (result >= 0 && !is(name, "setsockopt")) fprintf(out, "%ld", result);
    } else if (is(name, "poll")) {
        return poll_all(out, call);
    } else if (is(name, "close")) {
        result = close(fd);
    } else if (is(name, "bind")) {
        size = get_address(call, &address), result = bind(fd, &address.sa, size);
    } else if (is(name, "connect")) {
        size = get_address(call, &address), result = connect(fd, &address.sa, size);
    } else if (is(name, "listen")) {
        result = listen(fd, (int)integer(call, "backlog"));
    } else if (is(name, "shutdown")) {
        result = shutdown(fd, (int)integer(call, "how"));
    } else if (is(name, "set_nonblocking")) {
        if ((result = fcntl(fd, F_GETFL)) >= 0)
            result = fcntl(fd, F_SETFL, integer(call, "on") ? result | O_NONBLOCK : result & ~O_NONBLOCK);
    }
    return result;
}

/* -- the protocol ------------------------------------------------------------------------------ */

static const char *symbol_of(int number, char *room) {
    for (size_t each = 0; each < COUNT(ERRORS); each++)
        if (ERRORS[each].number == number) return ERRORS[each].name;
    sprintf(room, "E%d", number);
    return room;
}

static char *outcome(const char *call) { /* the answer without its id; to be freed */
    char *text, *value, room[16];
    size_t length;
    const char *name = field(call, "primitive"), *symbol = field(call, "symbol");
    FILE *out = open_memstream(&value, &length);
    long result = 0;
    if (is(name, "constant")) {
        for (size_t each = 0; each < COUNT(NUMBERS); each++)
            if (is(symbol, NUMBERS[each].name)) fprintf(out, "%ld", NUMBERS[each].number);
    } else if (is(name, "errno_symbol")) {
        fprintf(out, "\"%s\"", symbol_of((int)integer(call, "number"), room));
    } else {
        errno = 0;
        result = perform(out, call);
    }
    int error = errno, width = (int)(skip(name) - name);
    fclose(out);
    out = open_memstream(&text, &length);
    if (result == -2)
        fprintf(out, "\"kind\":\"unsupported\",\"feature\":%.*s", width, name);
    else if (result < 0)
        fprintf(out, "\"kind\":\"error\",\"symbol\":\"%s\",\"number\":%d,\"call\":%.*s", symbol_of(error, room), error, width, name);
    else
        fprintf(out, "\"kind\":\"value\",\"value\":%s", *value ? value : "null");
    fclose(out);
    free(value);
    return text;
}

struct started { pthread_t thread; char *call, *answer; int done; };
static struct started **all;
static long count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void *run(void *argument) {
    struct started *each = argument;
    char *answer = outcome(each->call);
    pthread_mutex_lock(&lock);
    each->answer = answer;
    each->done = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static int done_within(struct started *each, double seconds) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (long)((seconds - (long)seconds) * 1e9);
    until.tv_sec += (long)seconds + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&lock);
    while (!each->done && pthread_cond_timedwait(&changed, &lock, &until) != ETIMEDOUT) continue;
    int done = each->done;
    pthread_mutex_unlock(&lock);
    return done;
}

static long reset(void) { /* how many started calls could not be ended */
    long left = 0;
    for (long each = 0; each < count; each++)
        if (!done_within(all[each], 0)) { /* close() does not wake a call that blocks; shutdown() does */
            shutdown(descriptor(integer(all[each]->call, "sock"), 0), SHUT_RDWR);
            left += !done_within(all[each], 0.5);
        }
    for (long each = 0; each < count; each++)
        if (done_within(all[each], 0)) free(all[each]->call), free(all[each]->answer), free(all[each]);
    for (long each = 0; each < made_so_far; each++) {
        int found = descriptor(each, 1);
        if (found >= 0) close(found);
    }
    count = 0;
    return left;
}

static void welcome(FILE *out) {
    struct utsname host;
    const uint16_t probe = 1;
    const char *order = *(const unsigned char *)&probe ? "little" : "big";
    uname(&host);
    fprintf(out, "\"kind\":\"welcome\",\"protocol\":1,\"backend\":\"%s\",\"version\":\"%s\",\"implementation\":\"%s %s\",\"label\":\"%s %s\"",
            NAME, VERSION, NAME, VERSION, NAME, VERSION);
    fprintf(out, ",\"system\":\"linux\",\"byte_order\":\"%s\",\"long_size\":%d,\"primitives\":[%s]", order, (int)sizeof(long), PRIMITIVES);
    fprintf(out, ",\"platform\":{\"profile\":\"%s\",\"system\":\"%s\",\"version\":\"%.*s\",\"machine\":\"%s\",\"byte_order\":\"%s\"},\"constants\":",
            NAME, host.sysname, (int)strspn(host.release, "0123456789."), host.release, host.machine, order);
    for (size_t each = 0; each < COUNT(NUMBERS); each++) fprintf(out, "%s\"%s\":%ld", each ? "," : "{", NUMBERS[each].name, NUMBERS[each].number);
    fputc('}', out);
}

static void answer(FILE *out, const char *request) {
    const char *kind = field(request, "kind"), *call = field(request, "call"), *seconds = field(request, "within");
    double within = seconds ? strtod(seconds, NULL) : 0;
    long pending = integer(request, "pending");
    struct started *each = field(request, "pending") && pending < count ? all[pending] : NULL;
    if (is(kind, "hello")) {
        welcome(out);
    } else if (is(kind, "call")) {
        char *text = outcome(call);
        fputs(text, out);
        free(text);
    } else if (is(kind, "start")) {
        all = realloc(all, (size_t)(count + 1) * sizeof *all);
        all[count] = calloc(1, sizeof **all);
        all[count]->call = strndup(call, (size_t)(skip(call) - call));
        pthread_create(&all[count]->thread, NULL, run, all[count]);
        pthread_detach(all[count]->thread);
        fprintf(out, "\"kind\":\"value\",\"value\":%ld", count++);
    } else if (is(kind, "is-blocked")) {
        fprintf(out, "\"kind\":\"value\",\"value\":%s", done_within(each, within < GRACE ? within : GRACE) ? "false" : "true");
    } else if (is(kind, "result")) {
        fputs(done_within(each, within) ? each->answer : "\"kind\":\"running\"", out);
    } else if (is(kind, "reset")) {
        fprintf(out, "\"kind\":\"value\",\"value\":%ld", reset());
    } else {
        fputs("\"kind\":\"value\",\"value\":null", out);
    }
}

int main(void) {
    char *line = NULL;
    size_t room = 0;
    signal(SIGPIPE, SIG_IGN); /* a send to whoever is gone is an error, not the end */
    while (getline(&line, &room, stdin) > 0) {
        squeeze(line);
        printf("{\"id\":%ld,", integer(line, "id"));
        answer(stdout, line);
        puts("}");
        fflush(stdout);
        if (is(field(line, "kind"), "bye")) break;
    }
    return 0;
}
