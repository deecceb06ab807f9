// What the files of the calls share: how a primitive is read, made and answered.
#ifndef SOCKSPEC_AGENT_PRIMITIVES_H
#define SOCKSPEC_AGENT_PRIMITIVES_H

#include "calls.h"

typedef int reader(const json_line *line, const jsmntok_t *call, job *made);
typedef void maker(job *made);
typedef void writer(json_out *out, job *made);

struct primitive {
    const char *name;
    reader *read;
    maker *make;
    writer *put;
};

reader read_symbol, read_error, read_nothing, read_making, read_last, read_socket;
reader read_adopted, read_addressed, read_backlog, read_named, read_how, read_getsockopt;
reader read_setsockopt, read_on, read_ioctl, read_receiving, read_recvfrom;
reader read_recvmsg, read_send, read_sendto, read_sendmsg, read_poll;
reader read_content, read_accept4, read_read, read_readv, read_write, read_writev;
reader read_sendfile, read_recvmmsg, read_sendmmsg;
reader read_select, read_masked, read_epoll_create, read_epoll_ctl, read_epoll_wait, read_raw;
reader read_kevent;
reader read_on_signal, read_signal, read_spare, read_child;

writer put_constant, put_symbol, put_folder, put_socket, put_pair, put_null;
writer put_descriptor, put_accepted, put_address, put_option, put_truth;
writer put_whole, put_received, put_number, put_recvfrom, put_message;
writer put_events, put_parts, put_messages, put_lengths;
writer put_ready, put_kevents, put_left;

// -- what the readers share -----------------------------------------------------------

// A whole number, 0 without; a size; a buffer of so many bytes.
int field_integer(const json_line *line, const jsmntok_t *call, const char *name, int *value);
int field_size(const json_line *line, const jsmntok_t *value, size_t *bytes);
int field_room(core_buffer *buffer, size_t bytes);
// Milliseconds of seconds, rounded up; below 0 for no limit.
int field_milliseconds(double seconds);
// The buffers of a message: of these sizes, or holding these bytes.
int message_sizes(const json_line *line, const jsmntok_t *sizes, core_message *message);
int message_parts(const json_line *line, const jsmntok_t *parts, core_message *message);
// Room for control data and an address; control data and an address, each if there is one.
int message_room(core_message *message, int control);
int message_told(const json_line *line, const jsmntok_t *control, const jsmntok_t *address,
                 core_message *message);
// What was received, as one object.
void message_put(json_out *out, core_message *message);
// The bytes of each buffer, as an array.
void parts_put(json_out *out, const core_message *message);

#endif
