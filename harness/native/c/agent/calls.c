// One table: how each primitive is read, made and answered.
#include "primitives.h"

#include "folder.h"
#include "process.h"

#include <stdlib.h>
#include <string.h>

#define MAKE(name, ...)                                                                     \
    static void make_##name(job *made)                                                      \
    {                                                                                       \
        __VA_ARGS__;                                                                        \
    }
#define THREE made->integer[0], made->integer[1], made->integer[2]
#define SEEN &made->seen

MAKE(folder, made->folder = folder_make(SEEN))
MAKE(new, core_socket(THREE, SEEN); made->made[0] = (os_sock)made->seen.rc)
MAKE(new_raw, core_socket_raw(THREE, SEEN); made->made[0] = (os_sock)made->seen.rc)
MAKE(pair, core_pair(THREE, made->made, SEEN))
MAKE(close, core_close(made->sock, SEEN))
MAKE(dup, core_dup(made->sock, SEEN); made->made[0] = (os_sock)made->seen.rc)
MAKE(nothing, core_seen_clear(SEEN); made->seen.rc = 0)
MAKE(adopt, core_is_open(made->sock, SEEN); made->made[0] = made->sock)
MAKE(bind, core_bind(made->sock, &made->address, SEEN))
MAKE(listen, core_listen(made->sock, made->integer[0], SEEN))
MAKE(connect, core_connect(made->sock, &made->address, SEEN))
MAKE(accept, core_accept(made->sock, &made->address, SEEN);
     made->made[0] = (os_sock)made->seen.rc)
MAKE(accept_raw, core_accept_raw(made->sock, &made->address, SEEN);
     made->made[0] = (os_sock)made->seen.rc)
MAKE(local_addr, core_local_addr(made->sock, &made->address, SEEN))
MAKE(peer_addr, core_peer_addr(made->sock, &made->address, SEEN))
MAKE(shutdown, core_shutdown(made->sock, made->integer[0], SEEN))
MAKE(getsockopt,
     core_getsockopt(made->sock, made->integer[0], made->integer[1], &made->data, SEEN))
MAKE(setsockopt,
     core_setsockopt(made->sock, made->integer[0], made->integer[1], &made->data, SEEN))
MAKE(nonblocking, core_nonblocking(made->sock, SEEN))
MAKE(set_nonblocking, core_set_nonblocking(made->sock, made->integer[0], SEEN))
MAKE(cloexec, core_cloexec(made->sock, SEEN))
MAKE(ioctl, core_ioctl(made->sock, made->request, &made->data, SEEN))
MAKE(sockatmark, core_sockatmark(made->sock, SEEN))
MAKE(recv, core_recv(made->sock, &made->data, made->integer[0], SEEN))
MAKE(recvfrom,
     core_recvfrom(made->sock, &made->data, made->integer[0], &made->address, SEEN))
MAKE(recvmsg, core_recvmsg(made->sock, &made->message, made->integer[0], SEEN))
MAKE(send, core_send(made->sock, &made->data, made->integer[0], SEEN))
MAKE(sendto, core_sendto(made->sock, &made->data, made->integer[0], &made->address, SEEN))
MAKE(sendmsg, core_sendmsg(made->sock, &made->message, made->integer[0], SEEN))
MAKE(file, core_file(&made->data, SEEN); made->made[0] = (os_sock)made->seen.rc)
MAKE(pipe, core_pipe(made->made, SEEN))
MAKE(accept4, core_accept4(made->sock, &made->address, made->integer[0], SEEN);
     made->made[0] = (os_sock)made->seen.rc)
MAKE(read, core_read(made->sock, &made->data, SEEN))
MAKE(readv, core_readv(made->sock, &made->message, SEEN))
MAKE(write, core_write(made->sock, &made->data, SEEN))
MAKE(writev, core_writev(made->sock, &made->message, SEEN))
MAKE(sendfile, core_sendfile(made->sock, made->other, made->wide, made->count, SEEN))
MAKE(recvmmsg,
     core_recvmmsg(made->sock, made->batch, made->count, made->integer[0], made->wide, SEEN))
MAKE(sendmmsg, core_sendmmsg(made->sock, made->batch, made->count, made->integer[0], SEEN))
MAKE(poll, core_poll(made->wanted, made->count, made->timeout, SEEN))

MAKE(select, core_select(made->wanted, made->count, &made->wait, SEEN))
MAKE(pselect, core_pselect(made->wanted, made->count, &made->wait, SEEN))
MAKE(ppoll, core_ppoll(made->wanted, made->count, &made->wait, SEEN))
MAKE(epoll_create, core_epoll_create(made->integer[0], SEEN);
     made->made[0] = (os_sock)made->seen.rc)
MAKE(epoll_ctl,
     core_epoll_ctl(made->sock, made->integer[0], made->other, &made->event, SEEN))
MAKE(epoll_wait,
     core_epoll_wait(made->sock, made->events, made->integer[0], made->timeout, SEEN))
MAKE(kqueue, core_kqueue(SEEN); made->made[0] = (os_sock)made->seen.rc)
MAKE(kevent,
     /* What comes back is behind what was asked for; where there is no room, from nowhere. */
     core_kevent_call(made->sock, made->changes, made->count,
                      made->changes ? made->changes + made->count : NULL, made->integer[0],
                      &made->wait, SEEN))
MAKE(raw_call, core_raw(made->call, made->sock, made->arguments, made->count, SEEN))

MAKE(on_signal, process_on_signal(made->integer[0], made->integer[1], SEEN))
MAKE(signals, process_signals(made->integer[0], SEEN))
MAKE(interrupt, process_interrupt(made->integer[0], SEEN))
MAKE(set_owner, process_set_owner(made->sock, SEEN))
MAKE(limit, process_limit(made->integer[0], SEEN))
MAKE(fork, call_fork(SEEN))
MAKE(exec_child, process_exec(made->integer[0], SEEN))
MAKE(end_child, process_end(made->integer[0], SEEN))

static const primitive PRIMITIVES[] = {
    {"constant", read_symbol, make_nothing, put_constant},
    {"errno_symbol", read_error, make_nothing, put_symbol},
    {"folder", read_nothing, make_folder, put_folder},
    {"new", read_making, make_new, put_socket},
    {"new_raw", read_making, make_new_raw, put_socket},
    {"pair", read_making, make_pair, put_pair},
    {"file", read_content, make_file, put_socket},
    {"pipe", read_nothing, make_pipe, put_pair},
    {"close", read_last, make_close, put_null},
    {"dup", read_socket, make_dup, put_socket},
    {"fileno", read_socket, make_nothing, put_descriptor},
    {"adopt", read_adopted, make_adopt, put_socket},
    {"detach", read_last, make_nothing, put_descriptor},
    {"bind", read_addressed, make_bind, put_null},
    {"listen", read_backlog, make_listen, put_null},
    {"connect", read_addressed, make_connect, put_null},
    {"accept", read_named, make_accept, put_accepted},
    {"accept_raw", read_named, make_accept_raw, put_accepted},
    {"accept4", read_accept4, make_accept4, put_accepted},
    {"local_addr", read_named, make_local_addr, put_address},
    {"peer_addr", read_named, make_peer_addr, put_address},
    {"shutdown", read_how, make_shutdown, put_null},
    {"getsockopt", read_getsockopt, make_getsockopt, put_option},
    {"setsockopt", read_setsockopt, make_setsockopt, put_null},
    {"nonblocking", read_socket, make_nonblocking, put_truth},
    {"set_nonblocking", read_on, make_set_nonblocking, put_null},
    {"cloexec", read_socket, make_cloexec, put_truth},
    {"ioctl", read_ioctl, make_ioctl, put_whole},
    {"sockatmark", read_socket, make_sockatmark, put_truth},
    {"recv", read_receiving, make_recv, put_received},
    {"recv_length", read_receiving, make_recv, put_number},
    {"recvfrom", read_recvfrom, make_recvfrom, put_recvfrom},
    {"recvmsg", read_recvmsg, make_recvmsg, put_message},
    {"send", read_send, make_send, put_number},
    {"sendto", read_sendto, make_sendto, put_number},
    {"sendmsg", read_sendmsg, make_sendmsg, put_number},
    {"read", read_read, make_read, put_received},
    {"readv", read_readv, make_readv, put_parts},
    {"write", read_write, make_write, put_number},
    {"writev", read_writev, make_writev, put_number},
    {"recvmmsg", read_recvmmsg, make_recvmmsg, put_messages},
    {"sendmmsg", read_sendmmsg, make_sendmmsg, put_lengths},
    {"sendfile", read_sendfile, make_sendfile, put_number},
    {"poll", read_poll, make_poll, put_events},
    {"select", read_select, make_select, put_events},
    {"pselect", read_masked, make_pselect, put_events},
    {"ppoll", read_masked, make_ppoll, put_events},
    {"epoll_create", read_epoll_create, make_epoll_create, put_socket},
    {"epoll_ctl", read_epoll_ctl, make_epoll_ctl, put_null},
    {"epoll_wait", read_epoll_wait, make_epoll_wait, put_ready},
    {"kqueue", read_nothing, make_kqueue, put_socket},
    {"kevent", read_kevent, make_kevent, put_kevents},
    {"raw_call", read_raw, make_raw_call, put_left},
    {"on_signal", read_on_signal, make_on_signal, put_null},
    {"signals", read_signal, make_signals, put_number},
    {"interrupt", read_signal, make_interrupt, put_null},
    {"set_owner", read_socket, make_set_owner, put_null},
    {"limit_descriptors", read_spare, make_limit, put_null},
    {"fork", read_nothing, make_fork, put_number},
    {"in_child", read_child, make_nothing, put_null},
    {"exec_child", read_child, make_exec_child, put_null},
    {"end_child", read_child, make_end_child, put_null},
};
#define COUNT (sizeof PRIMITIVES / sizeof *PRIMITIVES)
#define PROCESS 9    // the last of them are about the process
#define QUESTIONS 2  // the first of them are no primitives of the contract

int
call_read(const json_line *line, const jsmntok_t *value, job *made)
{
    const jsmntok_t *name = json_field(line, value, "primitive");
    int wrong;

    memset(made, 0, sizeof *made);
    made->sock = made->other = made->made[0] = made->made[1] = OS_BAD;
    for (size_t index = 0; index < COUNT; index++) {
        if (json_is(line, name, PRIMITIVES[index].name)) {
            made->what = &PRIMITIVES[index];
        }
    }
    if (made->what == NULL) {
        return name != NULL ? CALL_UNKNOWN : CALL_WRONG;
    }
    wrong = made->what->read(line, value, made);
    if (wrong != 0) {
        call_close(made);
    }
    return wrong;
}

void
call_make(job *made)
{
    if (made->gone) {
        core_seen_clear(&made->seen);
        made->seen.error = OS_EBADF;
    }
    else {
        made->what->make(made);
    }
    if (made->seen.rc < 0 || made->seen.absent) {
        made->made[0] = made->made[1] = OS_BAD;
    }
}

static void
put_failure(json_out *out, const job *made)
{
    const char *symbol = core_error_symbol(made->seen.error);

    json_put(out, "\"kind\":\"error\",\"symbol\":");
    if (symbol != NULL) {
        json_put_string(out, symbol);
    }
    else {
        json_put(out, "\"E%d\"", made->seen.error);
    }
    json_put(out, ",\"number\":%d,\"call\":\"%s\",\"message\":\"\"}", made->seen.error,
             made->what->name);
}

void
call_put(json_out *out, job *made)
{
    if (made->seen.absent) {
        json_put(out,
                 "\"kind\":\"unsupported\",\"feature\":\"%s\","
                 "\"why\":\"the platform has no such call\"}",
                 made->what->name);
    }
    else if (!made->seen.intact) {
        json_put(out, "\"kind\":\"fault\",\"type\":\"GuardViolated\",\"message\":"
                      "\"the system wrote outside of a buffer\"}");
    }
    else if (made->seen.rc < 0) {
        put_failure(out, made);
    }
    else {
        json_put(out, "\"kind\":\"value\",\"value\":");
        made->what->put(out, made);
        json_put(out, "}");
    }
}

void
call_close(job *made)
{
    for (int index = 0; index < 2; index++) {
        if (made->made[index] != OS_BAD) {
            os_close(made->made[index]);
        }
    }
    core_buffer_close(&made->data);
    core_buffer_close(&made->address);
    core_message_close(&made->message);
    free(made->message.parts);
    for (size_t index = 0; made->batch != NULL && index < made->count; index++) {
        core_message_close(&made->batch[index]);
        free(made->batch[index].parts);
    }
    free(made->batch);
    free(made->wanted);
    free(made->mask);
    free(made->events);
    free(made->changes);
    for (int index = 0; index < CORE_ARGUMENTS; index++) {
        core_buffer_close(&made->arguments[index].bytes);
    }
    folder_remove(made->folder);
    memset(made, 0, sizeof *made);
    made->made[0] = made->made[1] = OS_BAD;
}

const char *
call_name(const job *made)
{
    return made->what->name;
}

// Whether the platform has it: the core says so of a call that it was never asked to make.
static int
is_here(const primitive *what)
{
    job tried = {.what = what, .sock = OS_BAD, .other = OS_BAD, .made = {OS_BAD, OS_BAD}};
    int questions = what->make == make_pair || what->make == make_nonblocking
        || what->make == make_recvmsg || what->make == make_sendmsg
        || what->make == make_accept4 || what->make == make_read || what->make == make_readv
        || what->make == make_write || what->make == make_writev || what->make == make_recvmmsg
        || what->make == make_sendmmsg || what->make == make_sendfile
        || what->make == make_pselect || what->make == make_ppoll || what->make == make_epoll_ctl
        || what->make == make_epoll_wait || what->make == make_raw_call
        || what->make == make_epoll_create || what->make == make_kevent;

    if (what >= &PRIMITIVES[COUNT - PROCESS]) {
        return process_is_here;
    }
    if (what->make == make_folder) {
        return folder_is_here;
    }
    if (what->make == make_file || what->make == make_pipe || what->make == make_kqueue) {
        what->make(&tried);
        for (int index = 0; index < 2; index++) {
            if (tried.seen.rc >= 0 && tried.made[index] != OS_BAD) {
                os_close(tried.made[index]);
            }
        }
        return !tried.seen.absent;
    }
    if (questions) {
        tried.integer[0] = -1;  // no family has this number: nothing is made
        what->make(&tried);
    }
    return !tried.seen.absent;
}

void
calls_put_names(json_out *out)
{
    const char *comma = "";

    json_put(out, "[");
    for (size_t index = QUESTIONS; index < COUNT; index++) {
        if (is_here(&PRIMITIVES[index])) {
            json_put(out, "%s\"%s\"", comma, PRIMITIVES[index].name);
            comma = ",";
        }
    }
    json_put(out, "]");
}
