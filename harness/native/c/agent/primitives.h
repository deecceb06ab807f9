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

writer put_constant, put_symbol, put_folder, put_socket, put_pair, put_null;
writer put_descriptor, put_accepted, put_address, put_option, put_truth;
writer put_whole, put_received, put_number, put_recvfrom, put_message;
writer put_events;

#endif
