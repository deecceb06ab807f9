/* Restores all registers of a process for a kernel that knows only some.
 *
 * User-mode Linux before 6.13 keeps 2696 bytes of a process's extended registers (2017,
 * "Fix FP register size for XSTATE/XSAVE"). A processor with AMX has 11 KiB of them, and
 * ptrace(2) takes all or nothing: EFAULT, and the guest's first process is killed. Loaded
 * before libc, this puts what the kernel gives over what the process has.
 */
#include <stdarg.h>
#include <sys/syscall.h>
#include <sys/uio.h>

enum { PEEKTEXT = 1, PEEKUSER = 3, GETREGSET = 0x4204, SETREGSET = 0x4205, XSTATE = 0x202 };

long syscall(long number, ...);

static unsigned char registers[1 << 16];

long ptrace(int request, ...) {
    va_list list;
    va_start(list, request);
    long process = va_arg(list, int);
    long address = va_arg(list, long);
    void *data = va_arg(list, void *);
    va_end(list);
    if (request >= PEEKTEXT && request <= PEEKUSER) {
        /* The system call writes the value where libc's function returns it. */
        long value;
        long failed = syscall(SYS_ptrace, (long)request, process, address, &value);
        return failed < 0 ? failed : value;
    }
    if (request == SETREGSET && address == XSTATE) {
        const struct iovec *given = data;
        struct iovec whole = {registers, sizeof registers};
        if (syscall(SYS_ptrace, (long)GETREGSET, process, address, &whole) < 0)
            return -1;
        unsigned long most = given->iov_len < whole.iov_len ? given->iov_len : whole.iov_len;
        for (unsigned long at = 0; at < most; at++)
            registers[at] = ((const unsigned char *)given->iov_base)[at];
        return syscall(SYS_ptrace, (long)SETREGSET, process, address, &whole);
    }
    return syscall(SYS_ptrace, (long)request, process, address, data);
}
