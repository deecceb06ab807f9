// bcryptprimitives.dll for a Wine that has none, as 8.0: the one function that Rust's standard
// library takes from it, for the keys of its hash maps. It has nothing to do with sockets.
#include <windows.h>

#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size);

BOOL WINAPI
ProcessPrng(PBYTE data, SIZE_T size)
{
    return RtlGenRandom(data, (ULONG)size);
}
