// The calls that wait for readiness: how they are read, and answered.
#include "primitives.h"

#include "sockets.h"

#include <math.h>
#include <stdlib.h>

int
field_milliseconds(double seconds)
{
    return seconds < 0                           ? -1
        : ceil(seconds * 1000) < (double)INT_MAX ? (int)ceil(seconds * 1000)
                                                 : INT_MAX;
}

// The same in nanoseconds.
static long long
nanoseconds(double seconds)
{
    return seconds < 0  ? -1
        : seconds < 1e9 ? (long long)ceil(seconds * 1e9)
                        : 1000000000000000000LL;
}

static int
read_wanted(const json_line *line, const jsmntok_t *call, job *made, double *seconds)
{
    const jsmntok_t *pairs = json_field(line, call, "wanted");

    if (pairs == NULL || pairs->type != JSMN_ARRAY
        || json_number(line, json_field(line, call, "timeout"), seconds) < 0) {
        return CALL_WRONG;
    }
    made->wanted = calloc((size_t)pairs->size + 1, sizeof *made->wanted);
    if (made->wanted == NULL) {
        return CALL_MEMORY;
    }
    made->count = (size_t)pairs->size;
    for (size_t index = 0; index < made->count; index++) {
        const jsmntok_t *pair = json_item(line, pairs, (int)index);
        long long number = 0, events = 0;

        if (json_integer(line, json_item(line, pair, 0), &number) < 0
            || json_integer(line, json_item(line, pair, 1), &events) < 0) {
            return CALL_WRONG;
        }
        made->wanted[index].fd = sockets_of(number);
        made->wanted[index].events = (short)events;
        // poll(2) would skip it without a word, and a set has no place for it.
        made->gone |= made->wanted[index].fd == OS_BAD;
    }
    return 0;
}

int
read_poll(const json_line *line, const jsmntok_t *call, job *made)
{
    double seconds = 0;
    int wrong = read_wanted(line, call, made, &seconds);

    made->timeout = field_milliseconds(seconds);
    return wrong;
}

int
read_select(const json_line *line, const jsmntok_t *call, job *made)
{
    double seconds = 0;
    int wrong = read_wanted(line, call, made, &seconds);

    made->wait.timeout = nanoseconds(seconds);
    return wrong;
}

int
read_masked(const json_line *line, const jsmntok_t *call, job *made)
{
    const jsmntok_t *mask = json_field(line, call, "mask");
    int wrong = read_select(line, call, made);

    if (wrong != 0 || json_absent(line, mask)) {
        return wrong;
    }
    if (mask->type != JSMN_ARRAY) {
        return CALL_WRONG;
    }
    made->mask = calloc((size_t)mask->size + 1, sizeof *made->mask);
    if (made->mask == NULL) {
        return CALL_MEMORY;
    }
    for (int index = 0; index < mask->size; index++) {
        long long number = 0;

        if (json_integer(line, json_item(line, mask, index), &number) < 0) {
            return CALL_WRONG;
        }
        made->mask[index] = (int)number;
    }
    made->wait.mask = made->mask;
    made->wait.masked = (size_t)mask->size;
    made->wait.has_mask = 1;
    return 0;
}

int
read_epoll_create(const json_line *line, const jsmntok_t *call, job *made)
{
    return field_integer(line, call, "flags", &made->integer[0]);
}

int
read_epoll_ctl(const json_line *line, const jsmntok_t *call, job *made)
{
    const jsmntok_t *key = json_field(line, call, "key");
    long long target = 0, events = 0;
    int wrong = read_socket(line, call, made)
        | field_integer(line, call, "operation", &made->integer[0]);

    if (wrong != 0 || json_integer(line, json_field(line, call, "target"), &target) < 0
        || json_integer(line, json_field(line, call, "events"), &events) < 0
        || (!json_absent(line, key) && json_unsigned(line, key, &made->event.key) < 0)) {
        return CALL_WRONG;
    }
    made->other = sockets_of(target);
    made->gone |= made->other == OS_BAD;
    made->event.events = (unsigned int)events;
    return 0;
}

int
read_epoll_wait(const json_line *line, const jsmntok_t *call, job *made)
{
    double seconds = 0;
    int wrong = read_socket(line, call, made)
        | field_integer(line, call, "most", &made->integer[0]);

    if (wrong != 0 || json_number(line, json_field(line, call, "timeout"), &seconds) < 0) {
        return CALL_WRONG;
    }
    made->timeout = field_milliseconds(seconds);
    made->events = calloc(made->integer[0] > 0 ? (size_t)made->integer[0] : 1,
                          sizeof *made->events);
    return made->events == NULL ? CALL_MEMORY : 0;
}

void
put_ready(json_out *out, job *made)
{
    json_put(out, "[");
    for (long long index = 0; index < made->seen.rc; index++) {
        json_put(out, "%s[%u,%llu]", index > 0 ? "," : "", made->events[index].events,
                 made->events[index].key);
    }
    json_put(out, "]");
}

static int
read_change(const json_line *line, const jsmntok_t *change, core_kevent *asked)
{
    long long number[5];

    for (int index = 0; index < 5; index++) {
        if (json_integer(line, json_item(line, change, index), &number[index]) < 0) {
            return CALL_WRONG;
        }
    }
    if (json_unsigned(line, json_item(line, change, 5), &asked->key) < 0) {
        return CALL_WRONG;
    }
    asked->target = sockets_of(number[0]);
    asked->filter = (int)number[1];
    asked->flags = (unsigned int)number[2];
    asked->fflags = (unsigned int)number[3];
    asked->data = number[4];
    return 0;
}

int
read_kevent(const json_line *line, const jsmntok_t *call, job *made)
{
    const jsmntok_t *changes = json_field(line, call, "changes");
    double seconds = 0;
    int wrong = read_socket(line, call, made)
        | field_integer(line, call, "most", &made->integer[0]);

    if (wrong != 0 || changes == NULL || changes->type != JSMN_ARRAY
        || json_number(line, json_field(line, call, "timeout"), &seconds) < 0) {
        return CALL_WRONG;
    }
    made->wait.timeout = nanoseconds(seconds);
    made->count = (size_t)changes->size;
    made->changes = calloc(made->count + (made->integer[0] > 0 ? (size_t)made->integer[0] : 0) + 1,
                           sizeof *made->changes);
    if (made->changes == NULL) {
        return CALL_MEMORY;
    }
    for (size_t index = 0; wrong == 0 && index < made->count; index++) {
        wrong = read_change(line, json_item(line, changes, (int)index), &made->changes[index]);
    }
    return wrong;
}

void
put_kevents(json_out *out, job *made)
{
    json_put(out, "[");
    for (long long index = 0; index < made->seen.rc; index++) {
        const core_kevent *came = &made->changes[made->count + (size_t)index];

        json_put(out, "%s[%d,%u,%u,%lld,%llu]", index > 0 ? "," : "", came->filter, came->flags,
                 came->fflags, came->data, came->key);
    }
    json_put(out, "]");
}
