// The facts of Windows, and of Wine, which is not Windows and says so here.
#include "facts.h"

#include "thread.h"

#include <fcntl.h>
#include <io.h>
#include <stdlib.h>
#include <string.h>

typedef const char *wine_version(void);
typedef void wine_host(const char **system, const char **release);
typedef LONG rtl_version(OSVERSIONINFOW *version);

const char *
facts_system(void)
{
    return "win32";
}

static FARPROC
of_ntdll(const char *name)
{
    return GetProcAddress(GetModuleHandleA("ntdll.dll"), name);
}

// The system below Wine, whose TCP it uses.
static void
put_host(json_out *out)
{
    wine_host *host = (wine_host *)(void *)of_ntdll("wine_get_host_version");
    const char *system = NULL, *release = NULL;
    char both[256];

    if (host == NULL) {
        return;
    }
    host(&system, &release);
    snprintf(both, sizeof both, "%s %s", system != NULL ? system : "",
             release != NULL ? release : "");
    both[strcspn(both, "-")] = '\0';  // the numbers of the version are enough
    json_put(out, ",\"host\":");
    json_put_string(out, both);
}

void
facts_put(json_out *out)
{
    // ntdll exports wine_get_version under Wine only (Wine developer FAQ).
    wine_version *wine = (wine_version *)(void *)of_ntdll("wine_get_version");
    rtl_version *windows = (rtl_version *)(void *)of_ntdll("RtlGetVersion");
    OSVERSIONINFOW told;

    memset(&told, 0, sizeof told);
    told.dwOSVersionInfoSize = sizeof told;
    if (windows != NULL) {
        windows(&told);
    }
    json_put(out, "{\"profile\":\"%s\",\"system\":\"%s\",\"version\":",
             wine != NULL ? "wine" : "windows", wine != NULL ? "Wine" : "Windows");
    if (wine != NULL) {
        json_put_string(out, wine());
    }
    else {
        json_put(out, "\"%lu.%lu.%lu\"", told.dwMajorVersion, told.dwMinorVersion,
                 told.dwBuildNumber);
    }
    json_put(out,
             ",\"release\":\"%lu.%lu.%lu\",\"machine\":\"AMD64\",\"byte_order\":\"little\"",
             told.dwMajorVersion, told.dwMinorVersion, told.dwBuildNumber);
    put_host(out);
    json_put(out, "}");
}

int
facts_streams(FILE **requests, FILE **answers, int own[5])
{
    int in = _dup(0), out = _dup(1), nothing = _open("NUL", _O_RDONLY);

    if (in < 0 || out < 0 || nothing < 0 || _dup2(nothing, 0) < 0 || _dup2(2, 1) < 0) {
        return -1;
    }
    _close(nothing);
    _setmode(in, _O_BINARY);
    _setmode(out, _O_BINARY);
    *requests = _fdopen(in, "rb");
    *answers = _fdopen(out, "wb");
    // Sockets are handles here and no descriptors: none of them can be one of these.
    own[0] = own[1] = own[2] = own[3] = own[4] = -1;
    return *requests == NULL || *answers == NULL ? -1 : 0;
}

void
facts_outlive_nobody(int requests)
{
    (void)requests;  // the end of a pipe is told to those who read it only
}

int
thread_signal(thread *made, int number)
{
    (void)made, (void)number;
    return 0;
}

int
thread_can_tell(void)
{
    return 0;
}

int
thread_sleeps(thread *made)
{
    (void)made;
    return 0;
}

long
thread_number(void)
{
    return 0;
}
