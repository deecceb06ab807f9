// The error symbols of Winsock without their prefix, so that one meaning has one name.
#include "core.h"

#define ERROR_OF(symbol) {WSA##symbol, #symbol}

static const struct {
    int number;
    const char *symbol;
} errors[] = {
    {WSAEWOULDBLOCK, "EAGAIN"},
    ERROR_OF(EINPROGRESS),
    ERROR_OF(ECONNREFUSED),
    ERROR_OF(ECONNRESET),
    ERROR_OF(EINVAL),
    ERROR_OF(EINTR),
    ERROR_OF(EBADF),
    ERROR_OF(ENOTCONN),
    ERROR_OF(EISCONN),
    ERROR_OF(EADDRINUSE),
    ERROR_OF(EADDRNOTAVAIL),
    ERROR_OF(EAFNOSUPPORT),
    ERROR_OF(EALREADY),
    ERROR_OF(ECONNABORTED),
    ERROR_OF(EDESTADDRREQ),
    ERROR_OF(EMSGSIZE),
    ERROR_OF(ENETDOWN),
    ERROR_OF(ENETRESET),
    ERROR_OF(ENETUNREACH),
    ERROR_OF(EHOSTUNREACH),
    ERROR_OF(EHOSTDOWN),
    ERROR_OF(ENOBUFS),
    ERROR_OF(ENOPROTOOPT),
    ERROR_OF(ENOTSOCK),
    ERROR_OF(EOPNOTSUPP),
    ERROR_OF(EPFNOSUPPORT),
    ERROR_OF(EPROTONOSUPPORT),
    ERROR_OF(EPROTOTYPE),
    ERROR_OF(ESHUTDOWN),
    ERROR_OF(ESOCKTNOSUPPORT),
    ERROR_OF(ETIMEDOUT),
    ERROR_OF(ETOOMANYREFS),
    ERROR_OF(EACCES),
    ERROR_OF(EFAULT),
    ERROR_OF(EMFILE),
    ERROR_OF(ELOOP),
    ERROR_OF(ENAMETOOLONG),
    ERROR_OF(ENOTEMPTY),
    ERROR_OF(EPROCLIM),
    ERROR_OF(EUSERS),
    ERROR_OF(EDQUOT),
    ERROR_OF(ESTALE),
    ERROR_OF(EREMOTE),
    ERROR_OF(EDISCON),
    ERROR_OF(ECANCELLED),
    ERROR_OF(SYSNOTREADY),
    ERROR_OF(VERNOTSUPPORTED),
    ERROR_OF(NOTINITIALISED),
    ERROR_OF(HOST_NOT_FOUND),
    ERROR_OF(TRY_AGAIN),
    ERROR_OF(NO_RECOVERY),
    ERROR_OF(NO_DATA),
};

const char *
core_error_symbol(int number)
{
    for (size_t index = 0; index < sizeof errors / sizeof errors[0]; index++) {
        if (errors[index].number == number) {
            return errors[index].symbol;
        }
    }
    return NULL;
}
