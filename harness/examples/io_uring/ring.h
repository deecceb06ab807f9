// A ring for one call at a time: the entry goes in, the caller waits, the result comes out.
#ifndef SOCKSPEC_RING_H
#define SOCKSPEC_RING_H

#include <linux/io_uring.h>

// Newer than the headers of many a system (include/uapi/linux/io_uring.h, Linux 6.18).
#define RING_BIND 56
#define RING_LISTEN 57

// What the kernel lacks: 0 when rings can be made here, or the error number.
int ring_missing(void);
// Whether the kernel has an operation.
int ring_has(int operation);
// Have one entry carried out, and wait: its result, with errno set when that is below 0.
long ring_call(const struct io_uring_sqe *entry);
// The same for at most so many milliseconds; below 0 for ever. -1 with ETIME when they passed.
long ring_call_within(const struct io_uring_sqe *entry, int milliseconds);

#endif
