// A call by its name: how it is read, and answered.
#include "primitives.h"

static int
read_argument(const json_line *line, const jsmntok_t *value, core_argument *argument)
{
    if (json_absent(line, value)) {
        argument->kind = CORE_NULL;
        return 0;
    }
    if (value->type == JSMN_STRING) {
        argument->kind = CORE_BYTES;
        return json_bytes(line, value, 0, 0, &argument->bytes);
    }
    if (value->type == JSMN_OBJECT) {
        argument->kind = CORE_NOWHERE;
        return json_is(line, json_field(line, value, "pointer"), "nowhere") ? 0 : CALL_WRONG;
    }
    argument->kind = CORE_NUMBER;
    return json_integer(line, value, &argument->number) < 0 ? CALL_WRONG : 0;
}

int
read_raw(const json_line *line, const jsmntok_t *call, job *made)
{
    const jsmntok_t *given = json_field(line, call, "arguments");
    int wrong = read_socket(line, call, made);

    if (wrong != 0 || given == NULL || given->type != JSMN_ARRAY || given->size > CORE_ARGUMENTS
        || json_text(line, json_field(line, call, "call"), made->call, sizeof made->call) < 0) {
        return CALL_WRONG;
    }
    made->count = (size_t)given->size;
    for (int index = 0; wrong == 0 && index < given->size; index++) {
        wrong = read_argument(line, json_item(line, given, index), &made->arguments[index]);
    }
    return wrong == 0 && !core_raw_fits(made->call, made->arguments, made->count) ? CALL_WRONG
                                                                                   : wrong;
}

void
put_left(json_out *out, job *made)
{
    const char *comma = "";

    json_put(out, "[%lld,[", made->seen.rc);
    for (size_t index = 0; index < made->count; index++) {
        if (made->arguments[index].kind == CORE_BYTES) {
            json_put(out, "%s", comma);
            json_put_bytes(out, made->arguments[index].bytes.data,
                           made->arguments[index].bytes.size);
            comma = ",";
        }
    }
    json_put(out, "]]");
}
