/*
 * A frame's header and its bytes in one system call, for dev.baton.memory.SocketVector. Here and not through the
 * foreign-function API alone, because asking that for errno allocates. Results are bytes, or -errno; nothing waits, and
 * a peer that is gone is an error and no signal.
 */
#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define EXPORTED __attribute__((visibility("default")))

static struct msghdr message_of(struct iovec *pieces, size_t count) {
    struct msghdr message = {0};
    message.msg_iov = pieces;
    message.msg_iovlen = count;
    return message;
}

EXPORTED int64_t baton_send(int32_t socket, int64_t first, int64_t first_length, int64_t next, int64_t next_length) {
    struct iovec pieces[2] = {{(void *) first, (size_t) first_length}, {(void *) next, (size_t) next_length}};
    struct msghdr message = message_of(pieces, next_length > 0 ? 2 : 1);
    ssize_t sent = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent < 0 ? -errno : sent;
}

EXPORTED int64_t baton_receive(int32_t socket, int64_t first, int64_t first_length, int64_t next, int64_t next_length) {
    struct iovec pieces[2] = {{(void *) first, (size_t) first_length}, {(void *) next, (size_t) next_length}};
    struct msghdr message = message_of(pieces, next_length > 0 ? 2 : 1);
    ssize_t received = recvmsg(socket, &message, MSG_DONTWAIT);
    return received < 0 ? -errno : received;
}
