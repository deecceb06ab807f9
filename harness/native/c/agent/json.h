// One line of JSON: read through jsmn, and written piece by piece.
#ifndef SOCKSPEC_AGENT_JSON_H
#define SOCKSPEC_AGENT_JSON_H

#include "core.h"

#define JSMN_HEADER
#define JSMN_STRICT
#define JSMN_PARENT_LINKS
#include "jsmn.h"

// A line that was read: its text, and jsmn's tokens over it. Token 0 is the whole.
typedef struct {
    const char *text;
    jsmntok_t *tokens;
    int count;
} json_line;

// Read a line; -1 when it is no JSON object, -2 when there is no memory.
int json_read(json_line *line, const char *text, size_t length);
void json_close(json_line *line);
// The value of a field of an object, NULL without.
const jsmntok_t *json_field(const json_line *line, const jsmntok_t *object, const char *name);
// The item of an array, NULL past its end.
const jsmntok_t *json_item(const json_line *line, const jsmntok_t *array, int index);
// Whether a value is null, or is not there at all.
int json_absent(const json_line *line, const jsmntok_t *value);
// Whether a string is that text.
int json_is(const json_line *line, const jsmntok_t *value, const char *text);
// A whole number, a number, a truth value; -1 when it is none.
int json_integer(const json_line *line, const jsmntok_t *value, long long *number);
int json_unsigned(const json_line *line, const jsmntok_t *value, unsigned long long *number);
int json_number(const json_line *line, const jsmntok_t *value, double *number);
int json_truth(const json_line *line, const jsmntok_t *value, int *truth);
// A string without escapes, shorter than `room`; -1 when it is none.
int json_text(const json_line *line, const jsmntok_t *value, char *text, size_t room);
// Bytes that are written as base64, into a new buffer behind `before` zeros and with room
// for `after` more; -1 when it is no base64, -2 when there is no memory.
int json_bytes(const json_line *line, const jsmntok_t *value, size_t before, size_t after,
               core_buffer *bytes);

// A text that grows. `lost` is set, and stays, when there was no memory for it.
typedef struct {
    char *text;
    size_t length;
    size_t room;
    int lost;
} json_out;

void json_put(json_out *out, const char *format, ...)
#if defined(__clang__)
    __attribute__((format(printf, 2, 3)))
#elif defined(__GNUC__)
    __attribute__((format(gnu_printf, 2, 3)))
#endif
    ;
void json_put_string(json_out *out, const char *text);
void json_put_bytes(json_out *out, const void *data, size_t size);

#endif
