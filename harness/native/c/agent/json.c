// Reading and writing JSON. jsmn finds the tokens; what they mean is found here.
#include "json.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
json_read(json_line *line, const char *text, size_t length)
{
    jsmn_parser parser;
    int count;

    line->text = text;
    line->tokens = NULL;
    line->count = 0;
    jsmn_init(&parser);
    count = jsmn_parse(&parser, text, length, NULL, 0);
    if (count < 1) {
        return -1;
    }
    line->tokens = malloc((size_t)count * sizeof *line->tokens);
    if (line->tokens == NULL) {
        return -2;
    }
    jsmn_init(&parser);
    line->count = jsmn_parse(&parser, text, length, line->tokens, (unsigned)count);
    if (line->count < 1 || line->tokens[0].type != JSMN_OBJECT) {
        json_close(line);
        return -1;
    }
    return 0;
}

void
json_close(json_line *line)
{
    free(line->tokens);
    line->tokens = NULL;
}

// The token after a value and everything in it.
static int
after(const json_line *line, int index)
{
    int end = line->tokens[index].end;

    do {
        index++;
    } while (index < line->count && line->tokens[index].start < end);
    return index;
}

const jsmntok_t *
json_field(const json_line *line, const jsmntok_t *object, const char *name)
{
    int index;

    if (object == NULL || object->type != JSMN_OBJECT) {
        return NULL;
    }
    index = (int)(object - line->tokens) + 1;
    while (index + 1 < line->count && line->tokens[index].start < object->end) {
        if (json_is(line, &line->tokens[index], name)) {
            return &line->tokens[index + 1];
        }
        index = after(line, index + 1);
    }
    return NULL;
}

const jsmntok_t *
json_item(const json_line *line, const jsmntok_t *array, int index)
{
    int at;

    if (array == NULL || array->type != JSMN_ARRAY || index >= array->size) {
        return NULL;
    }
    at = (int)(array - line->tokens) + 1;
    while (index-- > 0) {
        at = after(line, at);
    }
    return &line->tokens[at];
}

static size_t
length_of(const jsmntok_t *value)
{
    return (size_t)(value->end - value->start);
}

int
json_absent(const json_line *line, const jsmntok_t *value)
{
    return value == NULL
        || (value->type == JSMN_PRIMITIVE && line->text[value->start] == 'n');
}

int
json_is(const json_line *line, const jsmntok_t *value, const char *text)
{
    return value != NULL && value->type == JSMN_STRING && length_of(value) == strlen(text)
        && memcmp(line->text + value->start, text, strlen(text)) == 0;
}

// The characters of a primitive, ended by NUL.
static int
primitive(const json_line *line, const jsmntok_t *value, char *text, size_t room)
{
    if (value == NULL || value->type != JSMN_PRIMITIVE || length_of(value) >= room) {
        return -1;
    }
    memcpy(text, line->text + value->start, length_of(value));
    text[length_of(value)] = 0;
    return 0;
}

int
json_integer(const json_line *line, const jsmntok_t *value, long long *number)
{
    char text[32], *end;

    if (primitive(line, value, text, sizeof text) < 0) {
        return -1;
    }
    errno = 0;
    *number = strtoll(text, &end, 10);
    return *end == 0 && end != text && errno == 0 ? 0 : -1;
}

int
json_unsigned(const json_line *line, const jsmntok_t *value, unsigned long long *number)
{
    char text[32], *end;

    if (primitive(line, value, text, sizeof text) < 0 || text[0] == '-') {
        return -1;
    }
    errno = 0;
    *number = strtoull(text, &end, 10);
    return *end == 0 && end != text && errno == 0 ? 0 : -1;
}

int
json_number(const json_line *line, const jsmntok_t *value, double *number)
{
    char text[64], *end;

    if (primitive(line, value, text, sizeof text) < 0) {
        return -1;
    }
    *number = strtod(text, &end);
    return *end == 0 && end != text && !isnan(*number) ? 0 : -1;
}

int
json_truth(const json_line *line, const jsmntok_t *value, int *truth)
{
    char text[8];

    if (primitive(line, value, text, sizeof text) < 0) {
        return -1;
    }
    *truth = strcmp(text, "true") == 0;
    return *truth || strcmp(text, "false") == 0 ? 0 : -1;
}

int
json_text(const json_line *line, const jsmntok_t *value, char *text, size_t room)
{
    if (value == NULL || value->type != JSMN_STRING || length_of(value) >= room
        || memchr(line->text + value->start, '\\', length_of(value)) != NULL) {
        return -1;
    }
    memcpy(text, line->text + value->start, length_of(value));
    text[length_of(value)] = 0;
    return 0;
}

static const char LETTERS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int
six_bits(char letter)
{
    const char *found = letter != 0 ? strchr(LETTERS, letter) : NULL;

    return found != NULL ? (int)(found - LETTERS) : -1;
}

int
json_bytes(const json_line *line, const jsmntok_t *value, size_t before, size_t after_,
           core_buffer *bytes)
{
    const char *text;
    size_t length, padding = 0, at = before;

    if (value == NULL || value->type != JSMN_STRING || length_of(value) % 4 != 0) {
        return -1;
    }
    text = line->text + value->start;
    length = length_of(value);
    while (padding < 2 && padding < length && text[length - 1 - padding] == '=') {
        padding++;
    }
    if (core_buffer_open(bytes, before + length / 4 * 3 - padding + after_, CORE_GUARD) < 0) {
        return -2;
    }
    for (size_t index = 0; index < length; index += 4) {
        unsigned long four = 0;
        size_t real = index + 4 == length ? 4 - padding : 4;

        for (size_t letter = 0; letter < 4; letter++) {
            int bits = letter < real ? six_bits(text[index + letter]) : 0;

            if (bits < 0) {
                core_buffer_close(bytes);
                return -1;
            }
            four = four << 6 | (unsigned long)bits;
        }
        for (size_t byte = 0; byte + 1 < real; byte++) {
            bytes->data[at++] = (unsigned char)(four >> (16 - 8 * byte));
        }
    }
    return 0;
}

// Room for `more` characters and a NUL; 0 when there is none.
static int
grown(json_out *out, size_t more)
{
    size_t room = out->room > 0 ? out->room : 1024;
    char *text;

    while (room < out->length + more + 1) {
        room *= 2;
    }
    if (room > out->room) {
        text = realloc(out->text, room);
        if (text == NULL) {
            out->lost = 1;
            return 0;
        }
        out->text = text;
        out->room = room;
    }
    return !out->lost;
}

void
json_put(json_out *out, const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0 || !grown(out, (size_t)length)) {
        return;
    }
    va_start(arguments, format);
    vsnprintf(out->text + out->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    out->length += (size_t)length;
}

void
json_put_string(json_out *out, const char *text)
{
    json_put(out, "\"");
    for (; *text != 0; text++) {
        unsigned char letter = (unsigned char)*text;

        if (letter == '"' || letter == '\\') {
            json_put(out, "\\%c", letter);
        }
        else if (letter < 0x20 || letter >= 0x7F) {
            json_put(out, "\\u%04x", letter);
        }
        else {
            json_put(out, "%c", letter);
        }
    }
    json_put(out, "\"");
}

void
json_put_bytes(json_out *out, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    char *to;

    if (!grown(out, (size + 2) / 3 * 4 + 2)) {
        return;
    }
    to = out->text + out->length;
    *to++ = '"';
    for (size_t index = 0; index < size; index += 3) {
        unsigned long four = (unsigned long)bytes[index] << 16;

        four |= index + 1 < size ? (unsigned long)bytes[index + 1] << 8 : 0;
        four |= index + 2 < size ? bytes[index + 2] : 0;
        *to++ = LETTERS[four >> 18 & 63];
        *to++ = LETTERS[four >> 12 & 63];
        *to++ = index + 1 < size ? LETTERS[four >> 6 & 63] : '=';
        *to++ = index + 2 < size ? LETTERS[four & 63] : '=';
    }
    *to++ = '"';
    *to = 0;
    out->length = (size_t)(to - out->text);
}
