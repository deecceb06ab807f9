#define PATIENCE 1000 /* milliseconds after which a call counts as waiting */
#define DEADLINE 30   /* seconds for everything */

enum kind { NOTHING, NUMBER, INTS, LONGS, BYTES, ADDRESS, SENDER, MESSAGE, EVENTS };

struct address {
    union {
        struct sockaddr_storage at;
        unsigned char bytes[1024];
    };
    socklen_t length;
};

struct answer { /* what came of a call */
    long value;
    int error;
    unsigned char *data; /* for as many bytes as `room` */
    size_t room, length;
    struct address from;
    struct msghdr message;
    struct pollfd polled[8];
};

struct step {
    const char *text, *seen;
    void (*call)(struct answer *);
    enum kind kind;
    int decides, started, again, times, needs;
    /* while it runs */
    struct answer answer;
    char told[2048];
    volatile int done;
};

static const char *folder;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;

static const char *symbol(int error) {
    static const struct { int number; const char *name; } known[] = {ERRORS};
    for (size_t at = 0; at < sizeof known / sizeof *known; at++)
        if (known[at].number == error)
            return known[at].name;
    return strerror(error);
}

static const char *port_name(int port) {
    static char text[8];
    for (size_t at = 0; ports[at].name; at++)
        if (port && *ports[at].port == port)
            return ports[at].name;
    snprintf(text, sizeof text, port ? "*" : "0");
    return text;
}

static struct address inet4(const char *host, int port) {
    struct address made = {.length = sizeof(struct sockaddr_in)};
    struct sockaddr_in *at = (struct sockaddr_in *)&made.at;
    at->sin_family = AF_INET;
    at->sin_port = htons(port);
    inet_pton(AF_INET, host, &at->sin_addr);
    return made;
}

static struct address inet6(const char *host, int port, unsigned flowinfo, unsigned scope) {
    struct address made = {.length = sizeof(struct sockaddr_in6)};
    struct sockaddr_in6 *at = (struct sockaddr_in6 *)&made.at;
    at->sin6_family = AF_INET6;
    at->sin6_port = htons(port);
    at->sin6_flowinfo = htonl(flowinfo);
    at->sin6_scope_id = scope;
    inet_pton(AF_INET6, host, &at->sin6_addr);
    return made;
}

/* A name: some bytes, the program's own folder if that is wanted, and some bytes more. */
static struct address local(const char *before, size_t first, int inside, const char *after, size_t rest) {
    struct address made = {.length = 0};
    struct sockaddr_un *at = (struct sockaddr_un *)&made.at;
    size_t middle = inside ? strlen(folder) : 0, start = offsetof(struct sockaddr_un, sun_path);
    char *path = (char *)made.bytes + start;
    at->sun_family = AF_UNIX;
    memcpy(path, before, first);
    memcpy(path + first, folder, middle);
    memcpy(path + first + middle, after, rest);
    made.length = start + first + middle + rest;
    if (first + middle + rest && path[0])
        made.length++; /* its NUL */
    return made;
}

static struct address raw(const char *data, size_t length) {
    struct address made = {.length = length};
    memset(&made.at, 0xa5, sizeof made.at); /* who reads more than there is, reads this */
    memcpy(made.bytes, data, length);
    return made;
}

static void pick(char *text, size_t size, const unsigned char *data, size_t length) {
    size_t used = strlen(text);
    if (length > 64) {
        snprintf(text + used, size - used, "%zu bytes", length);
        return;
    }
    for (size_t at = 0; at < length && used + 3 < size; at++, used += 2)
        snprintf(text + used, size - used, "%02x", data[at]);
}

#define SAY(...) snprintf(text + strlen(text), size - strlen(text), __VA_ARGS__)

static void tell_address(char *text, size_t size, struct address *from) {
    char host[INET6_ADDRSTRLEN];
    if (from->length == 0 || from->at.ss_family == AF_UNSPEC) {
        SAY("none");
    } else if (from->at.ss_family == AF_INET) {
        struct sockaddr_in *at = (struct sockaddr_in *)&from->at;
        SAY("%s port %s", inet_ntop(AF_INET, &at->sin_addr, host, sizeof host), port_name(ntohs(at->sin_port)));
    } else if (from->at.ss_family == AF_INET6) {
        struct sockaddr_in6 *at = (struct sockaddr_in6 *)&from->at;
        SAY("%s port %s", inet_ntop(AF_INET6, &at->sin6_addr, host, sizeof host), port_name(ntohs(at->sin6_port)));
        if (at->sin6_flowinfo || at->sin6_scope_id)
            SAY(" %u %u", ntohl(at->sin6_flowinfo), at->sin6_scope_id);
    } else {
        size_t start = offsetof(struct sockaddr_un, sun_path);
        size_t length = from->length > start ? from->length - start : 0, own = strlen(folder);
        const char *path = (const char *)&from->at + start;
        size_t at = 0;
        if (length && path[0])
            length = strnlen(path, length);
        SAY("local ");
        while (at < length) {
            if (length - at >= own && !memcmp(path + at, folder, own)) {
                SAY("FOLDER");
                at += own;
            } else {
                SAY("%02x", (unsigned char)path[at++]);
            }
        }
    }
}

static void tell_message(char *text, size_t size, struct answer *a) {
    size_t left = a->length;
    SAY("length %zu", a->length);
    for (size_t at = 0; at < (size_t)a->message.msg_iovlen; at++) {
        struct iovec *part = &a->message.msg_iov[at];
        size_t here = left < part->iov_len ? left : part->iov_len;
        SAY(" data ");
        pick(text, size, part->iov_base, here);
        left -= here;
    }
    for (struct cmsghdr *each = a->message.msg_controllen ? CMSG_FIRSTHDR(&a->message) : NULL; each;
         each = CMSG_NXTHDR(&a->message, each)) {
        char *end = (char *)a->message.msg_control + a->message.msg_controllen;
        size_t length = each->cmsg_len - CMSG_LEN(0), there = end - (char *)CMSG_DATA(each);
        if (length > there) /* a header may say more than there is */
            length = there;
        SAY(" control %d %d ", each->cmsg_level, each->cmsg_type);
        if (each->cmsg_level == SOL_SOCKET && each->cmsg_type == SCM_RIGHTS)
            SAY("%zu descriptors", length / sizeof(int));
        else if (each->cmsg_level == SOL_SOCKET && each->cmsg_type == 2)
            SAY("%zu of credentials", length);
        else
            pick(text, size, CMSG_DATA(each), length);
    }
    SAY(" flags %d from ", a->message.msg_flags);
    a->from.length = a->message.msg_name ? a->message.msg_namelen : 0;
    tell_address(text, size, &a->from);
}

static void tell(struct step *step) {
    struct answer *a = &step->answer;
    char *text = step->told;
    size_t size = sizeof step->told;
    text[0] = 0;
    if (a->error) {
        SAY("%s", symbol(a->error));
        return;
    }
    switch (step->kind) {
    case NOTHING:
        SAY("0");
        break;
    case NUMBER:
        SAY("%ld", a->value);
        break;
    case INTS:
        for (size_t at = 0; at + sizeof(int) <= a->length; at += sizeof(int)) {
            int number;
            memcpy(&number, a->data + at, sizeof number);
            SAY("%s%d", at ? " " : "", number);
        }
        break;
    case LONGS:
        for (size_t at = 0; at + sizeof(long) <= a->length; at += sizeof(long)) {
            long number;
            memcpy(&number, a->data + at, sizeof number);
            SAY("%s%ld", at ? " " : "", number);
        }
        break;
    case BYTES:
        pick(text, size, a->data, a->length);
        break;
    case SENDER:
        pick(text, size, a->data, a->length);
        SAY(" from ");
        tell_address(text, size, &a->from);
        break;
    case ADDRESS:
        tell_address(text, size, &a->from);
        break;
    case MESSAGE:
        tell_message(text, size, a);
        break;
    case EVENTS:
        for (size_t at = 0; at < a->length; at++)
            SAY("%s%d", at ? " " : "", a->polled[at].revents);
        break;
    }
}

static void *run(void *given) {
    struct step *step = given;
    struct answer *a = &step->answer;
    errno = 0;
    step->call(a);
    a->error = a->value == -1 ? errno : 0;
    pthread_mutex_lock(&lock);
    tell(step);
    step->done = 1;
    pthread_cond_broadcast(&ended);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static int wait_for(struct step *step, long milliseconds) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += milliseconds % 1000 * 1000000;
    until.tv_sec += milliseconds / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&lock);
    while (!step->done && pthread_cond_timedwait(&ended, &lock, &until) == 0)
        ;
    pthread_mutex_unlock(&lock);
    return step->done;
}

/* The bytes that a receive is to put its data into. */
static void *room(struct answer *a, size_t size) {
    a->data = calloc(1, size + 1);
    a->room = size;
    a->length = 0;
    return a->data;
}

static void came(struct answer *a, long length) {
    a->value = length;
    a->length = length < 0 ? 0 : (size_t)length < a->room ? (size_t)length : a->room;
}

/* All that comes, up to `total` bytes, in whatever portions. */
static void drain(struct answer *a, int sock, size_t size, size_t total) {
    unsigned char *all = room(a, total + size);
    long length = 1;
    while (a->length < total && (length = recv(sock, all + a->length, size, 0)) > 0)
        a->length += length;
    a->value = length < 0 ? -1 : 0;
}

/* Send until nothing fits any more, and nothing is on its way. */
static void fill(struct answer *a, int sock) {
    static char zeros[65536];
    for (int quiet = 0; quiet < 3; quiet++) {
        struct pollfd room = {.fd = sock, .events = POLLOUT};
        while (send(sock, zeros, sizeof zeros, 0) > 0)
            quiet = 0;
        if (errno != EAGAIN && errno != ENOBUFS) {
            a->value = -1;
            return;
        }
        poll(&room, 1, 200);
    }
}

static void put_control(struct msghdr *message, int level, int type, const void *data, size_t length) {
    size_t space = CMSG_SPACE(length);
    char *grown = calloc(1, message->msg_controllen + space);
    struct cmsghdr *made = (struct cmsghdr *)(grown + message->msg_controllen);
    if (message->msg_controllen)
        memcpy(grown, message->msg_control, message->msg_controllen);
    made->cmsg_level = level;
    made->cmsg_type = type;
    made->cmsg_len = CMSG_LEN(length);
    memcpy(CMSG_DATA(made), data, length);
    message->msg_control = grown;
    message->msg_controllen += space;
}

static int right(struct answer *a, int triple, int place) {
    struct cmsghdr *each = CMSG_FIRSTHDR(&a->message);
    int number = -1;
    while (each && triple--)
        each = CMSG_NXTHDR(&a->message, each);
    if (each)
        memcpy(&number, CMSG_DATA(each) + place * sizeof number, sizeof number);
    return number;
}

static int port_of(struct address *from) {
    if (from->at.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)&from->at)->sin6_port);
    return ntohs(((struct sockaddr_in *)&from->at)->sin_port);
}
