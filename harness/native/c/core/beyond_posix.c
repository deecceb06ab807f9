// The calls on sockets that are not the socket interface's own: read and write, accept4,
// sendfile, and what makes a descriptor that is no socket.
#include "core.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/sendfile.h>
#endif

void
core_read(os_sock sock, const core_buffer *data, core_seen *seen)
{
    core_seen_clear(seen);
    CORE_OBSERVE(seen, read(sock, data->data, data->size));
    seen->intact = core_buffer_intact(data);
}

void
core_write(os_sock sock, const core_buffer *data, core_seen *seen)
{
    core_seen_clear(seen);
    CORE_OBSERVE(seen, write(sock, data->data, data->size));
    seen->intact = core_buffer_intact(data);
}

void
core_accept4(os_sock sock, const core_buffer *address, int flags, core_seen *seen)
{
#ifdef __APPLE__
    (void)sock, (void)address, (void)flags;
    core_absent(seen);
#else
    os_len length = (os_len)address->size;

    core_seen_clear(seen);
    seen->length_in = (long long)address->size;
    CORE_OBSERVE(seen, accept4(sock, (struct sockaddr *)(void *)address->data, &length, flags));
    core_seen_address(seen, address, (long long)length);
    seen->intact = core_buffer_intact(address);
#endif
}

// The BSDs have calls of this name that take and answer something else.
void
core_sendfile(os_sock sock, os_sock file, long long offset, size_t count, core_seen *seen)
{
#ifdef __linux__
    off_t from = (off_t)offset;

    core_seen_clear(seen);
    CORE_OBSERVE(seen, sendfile(sock, file, offset < 0 ? NULL : &from, count));
#else
    (void)sock, (void)file, (void)offset, (void)count;
    core_absent(seen);
#endif
}

// The first step that failed is the answer.
static int
failed(core_seen *seen, long long answer)
{
    if (answer < 0) {
        seen->rc = -1;
        seen->error = errno;
    }
    return answer < 0;
}

void
core_file(const core_buffer *content, core_seen *seen)
{
    const char *folder = getenv("TMPDIR");
    char path[4096];
    size_t done = 0;
    int made;

    core_seen_clear(seen);
    snprintf(path, sizeof path, "%s/sockspec-XXXXXX",
             folder != NULL && folder[0] != 0 ? folder : "/tmp");
    CORE_OBSERVE(seen, mkstemp(path));
    made = (int)seen->rc;
    if (made < 0) {
        return;
    }
    if (failed(seen, unlink(path)) || failed(seen, fcntl(made, F_SETFD, FD_CLOEXEC))) {
        close(made);
        return;
    }
    while (done < content->size) {
        ssize_t took = write(made, content->data + done, content->size - done);

        if (failed(seen, took)) {
            close(made);
            return;
        }
        done += (size_t)took;
    }
    if (failed(seen, lseek(made, 0, SEEK_SET))) {
        close(made);
    }
}

void
core_pipe(os_sock made[2], core_seen *seen)
{
    core_seen_clear(seen);
    made[0] = made[1] = OS_BAD;
#ifdef __APPLE__
    CORE_OBSERVE(seen, pipe(made));
    for (int each = 0; seen->rc == 0 && each < 2; each++) {
        (void)fcntl(made[each], F_SETFD, FD_CLOEXEC);
    }
#else
    CORE_OBSERVE(seen, pipe2(made, O_CLOEXEC));
#endif
}
