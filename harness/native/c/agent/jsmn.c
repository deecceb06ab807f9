// jsmn's own code, once: the header is the library (https://github.com/zserge/jsmn).
#define JSMN_STRICT
#define JSMN_PARENT_LINKS
#include "jsmn.h"
