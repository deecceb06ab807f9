// sockspec-agent: serves the socket calls of this system over standard input and output, a
// line of JSON each. It takes no arguments but `--hold`, which it gives itself (process.h). The
// protocol is that of docs/protocol.md.
#include "calls.h"
#include "facts.h"
#include "folder.h"
#include "process.h"
#include "sockets.h"
#include "started.h"

#include <stdlib.h>
#include <string.h>

#define PROTOCOL 1
#define VERSION "0.1.0"

static void
put_fault(json_out *out, const char *type, const char *message)
{
    json_put(out, "\"kind\":\"fault\",\"type\":\"%s\",\"message\":\"%s\"}", type, message);
}

static void
put_value(json_out *out, long long number)
{
    json_put(out, "\"kind\":\"value\",\"value\":%lld}", number);
}

static void
put_null(json_out *out)
{
    json_put(out, "\"kind\":\"value\",\"value\":null}");
}

static void
put_told(json_out *out, const char *before, const char *name, const char *variable)
{
    const char *told = getenv(variable);

    if (told != NULL) {
        json_put(out, "%s\"%s\":", before, name);
        json_put_string(out, told);
    }
}

// What it cannot know: whose calls these are when something stands before the system's, and
// where those sockets reach one another.
static void
put_environment(json_out *out)
{
    int both = getenv("SOCKSPEC_LOOPBACK_V4") != NULL;

    put_told(out, ",", "label", "SOCKSPEC_LABEL");
    json_put(out, ",\"loopback\":{");
    put_told(out, "", "v4", "SOCKSPEC_LOOPBACK_V4");
    put_told(out, both ? "," : "", "v6", "SOCKSPEC_LOOPBACK_V6");
    json_put(out, "}");
}

static void
welcome(json_out *out)
{
    const char *comma = "";

    json_put(out, "\"kind\":\"welcome\",\"protocol\":%d,\"backend\":\"c\",\"version\":\"%s\"",
             PROTOCOL, VERSION);
    json_put(out, ",\"implementation\":");
    {
        char told[128];

        snprintf(told, sizeof told, "sockspec-agent %s (%s)", VERSION, core_build());
        json_put_string(out, told);
    }
    json_put(out, ",\"system\":\"%s\",\"byte_order\":\"%s\",\"long_size\":%u,\"platform\":",
             facts_system(), htons(1) == 1 ? "big" : "little", (unsigned)sizeof(long));
    facts_put(out);
    json_put(out, ",\"constants\":{");
    for (size_t index = 0; index < core_constants_count; index++) {
        const core_constant *each = &core_constants[index];

        json_put(out, each->present ? "%s\"%s\":%lld" : "%s\"%s\":null", comma, each->name,
                 each->value);
        comma = ",";
    }
    json_put(out, "},\"primitives\":");
    calls_put_names(out);
    put_environment(out);
    json_put(out, ",\"functions\":[],\"starts\":true}");
}

// Why a call was not understood, as an answer.
static void
put_refusal(json_out *out, const json_line *line, const jsmntok_t *call, int wrong)
{
    char name[64] = "";

    json_text(line, json_field(line, call, "primitive"), name, sizeof name);
    if (wrong == CALL_UNKNOWN) {
        json_put(out, "\"kind\":\"unsupported\",\"feature\":");
        json_put_string(out, name);
        json_put(out, ",\"why\":\"no call of this agent\"}");
    }
    else if (wrong == CALL_OWN) {
        json_put(out, "\"kind\":\"unsupported\",\"feature\":\"adopt\","
                      "\"why\":\"the descriptor is one of the agent's own\"}");
    }
    else if (wrong == CALL_MEMORY) {
        put_fault(out, "MemoryError", "no memory for a buffer");
    }
    else {
        put_fault(out, "not understood", "an argument is missing or no such value");
    }
}

// The answer of a child to a call, after its id, which is the first of it.
static void
call_in_child(json_out *out, const json_line *line, const jsmntok_t *value)
{
    const jsmntok_t *inner = json_field(line, value, "call");
    json_out request = {0};
    long long child = 0;
    char *told, *rest;

    if (inner == NULL || json_integer(line, json_field(line, value, "child"), &child) < 0) {
        put_fault(out, "not understood", "an argument is missing or no such value");
        return;
    }
    json_put(&request, "{\"kind\":\"call\",\"id\":0,\"call\":%.*s}\n", inner->end - inner->start,
             line->text + inner->start);
    told = request.lost ? NULL : process_ask(child, request.text, request.length);
    rest = told == NULL ? NULL : strchr(told, ',');
    if (rest == NULL) {
        put_fault(out, "ChildProcessError", "there is no child of this number any more");
    }
    else {
        rest[strcspn(rest, "\n")] = '\0';
        json_put(out, "%s", rest + 1);
    }
    free(told);
    free(request.text);
}

static void
call(json_out *out, const json_line *line, const jsmntok_t *value)
{
    job made;
    int wrong;

    if (process_is_here && json_is(line, json_field(line, value, "primitive"), "in_child")) {
        call_in_child(out, line, value);
        return;
    }
    wrong = call_read(line, value, &made);

    if (wrong != 0) {
        put_refusal(out, line, value, wrong);
        return;
    }
    call_make(&made);
    call_put(out, &made);
    call_close(&made);
}

static void
start(json_out *out, const json_line *line, const jsmntok_t *value)
{
    job made;
    int wrong = call_read(line, value, &made);
    long long number;

    if (wrong != 0) {
        put_refusal(out, line, value, wrong);
        return;
    }
    number = started_begin(&made);
    if (number == 0) {
        put_fault(out, "no thread", "there is no memory or no thread for another call");
        return;
    }
    put_value(out, number);
}

// The two questions about a started call.
static void
ask(json_out *out, const json_line *line, int result)
{
    long long number = 0;
    double within = 0;
    int blocked;

    if (json_integer(line, json_field(line, line->tokens, "pending"), &number) < 0
        || json_number(line, json_field(line, line->tokens, "within"), &within) < 0
        || within < 0 || !started_is(number)) {
        put_fault(out, "no such call", "no call was started by this number");
        return;
    }
    if (result) {
        if (!started_wait(number, within)) {
            json_put(out, "\"kind\":\"running\"}");
        }
        else if (started_job(number)->told++) {
            put_fault(out, "asked twice", "the result of a started call is told once");
        }
        else {
            call_put(out, started_job(number));
        }
        return;
    }
    blocked = started_is_blocked(number, within);
    json_put(out, blocked < 0 ? "\"kind\":\"running\"}"
                 : blocked    ? "\"kind\":\"value\",\"value\":true}"
                              : "\"kind\":\"value\",\"value\":false}");
}

// The rest of an answer, after its id; whether it was the last.
static int
answer(json_out *out, const json_line *line)
{
    const jsmntok_t *kind = json_field(line, line->tokens, "kind");
    const jsmntok_t *value = json_field(line, line->tokens, "call");

    if (json_is(line, kind, "call")) {
        call(out, line, value);
    }
    else if (json_is(line, kind, "start")) {
        start(out, line, value);
    }
    else if (json_is(line, kind, "is-blocked")) {
        ask(out, line, 0);
    }
    else if (json_is(line, kind, "result")) {
        ask(out, line, 1);
    }
    else if (json_is(line, kind, "hello")) {
        welcome(out);
    }
    else if (json_is(line, kind, "reset")) {
        int running;

        process_reset();
        running = started_reset();
        sockets_clear();
        folders_clear();
        put_value(out, running);
    }
    else if (json_is(line, kind, "cancel") || json_is(line, kind, "bye")) {
        put_null(out);
        return json_is(line, kind, "bye");
    }
    else {
        put_fault(out, "not understood", "no request of this kind");
    }
    return 0;
}

// Answer one line; whether it was the last.
static int
respond(json_out *out, const char *text, size_t length)
{
    json_line line;
    long long id = 0;
    int read = json_read(&line, text, length), last = 0;

    out->length = 0;
    out->lost = 0;
    if (read < 0) {
        json_put(out, "{\"id\":0,");
        put_fault(out, "not understood", read == -1 ? "no object of JSON" : "no memory for it");
    }
    else {
        json_integer(&line, json_field(&line, line.tokens, "id"), &id);
        json_put(out, "{\"id\":%lld,", id);
        last = answer(out, &line);
        json_close(&line);
    }
    if (out->lost) {
        out->length = 0;
        out->lost = 0;
        json_put(out, "{\"id\":%lld,", id);
        put_fault(out, "MemoryError", "no memory for the answer");
    }
    json_put(out, "\n");
    return last;
}

// Read a line of any length, without its end; -1 at the end of the input.
static long long
read_line(FILE *requests, char **text, size_t *room)
{
    size_t length = 0;

    for (;;) {
        if (length + 2 > *room) {
            size_t more = *room > 0 ? *room * 2 : 4096;
            char *grown = realloc(*text, more);

            if (grown == NULL) {
                return -1;
            }
            *text = grown;
            *room = more;
        }
        if (fgets(*text + length, (int)(*room - length > INT_MAX ? INT_MAX : *room - length),
                  requests)
            == NULL) {
            return length > 0 ? (long long)length : -1;
        }
        length += strlen(*text + length);
        if (length > 0 && (*text)[length - 1] == '\n') {
            return (long long)length - 1;
        }
    }
}

// Answer what comes, until the last request or the end of them. Signals are for calls: none
// of them interrupts the reading and writing here.
static void
serve(FILE *requests, FILE *answers)
{
    json_out out = {0};
    char *text = NULL;
    size_t room = 0;
    long long length;

    for (process_quiet(1); (length = read_line(requests, &text, &room)) >= 0; process_quiet(1)) {
        int last;

        if (strncmp(text, "exec", 4) == 0) {
            process_become(requests, answers);
            return;
        }
        process_quiet(0);
        last = respond(&out, text, (size_t)length);
        process_quiet(1);
        if (fwrite(out.text, 1, out.length, answers) != out.length || fflush(answers) != 0
            || last) {
            return;
        }
    }
}

int
main(int count, char **arguments)
{
    static int own[5];
    FILE *requests, *answers;

    if (count > 1 && strcmp(arguments[1], "--hold") == 0) {
        return process_hold();
    }
    process_quiet(1);  // the thread that waits for the client's end gets no signal either
    if (facts_streams(&requests, &answers, own) < 0 || core_start() != 0) {
        fputs("sockspec-agent: standard input and output cannot be used\n", stderr);
        return 2;
    }
    calls_own(own, sizeof own / sizeof *own);
    calls_fork(serve);
    facts_outlive_nobody(own[3]);
    serve(requests, answers);
    folders_clear();
    // Not a return: a call that blocks for ever in a thread must not hold the process.
    _Exit(0);
}
