/* Errors and waiting: see rdma.h. */
#include "rdma.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* glibc 2.32 and newer know an error's name; both its and older systems' texts are safe in any thread. */
void baton_describe(int error, char *text, size_t length) {
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 32)
    const char *name = strerrorname_np(error);
    const char *description = strerrordesc_np(error);
    snprintf(text, length, "errno=%d name=%s (%s)", error, name == NULL ? "unknown" : name,
             description == NULL ? "unknown error" : description);
#else
    char description[96];
    snprintf(text, length, "errno=%d (%s)", error, strerror_r(error, description, sizeof description));
#endif
}

void baton_throw(JNIEnv *env, const char *call, int error) {
    char reason[160];
    char message[240];
    jclass type = (*env)->FindClass(env, "java/io/IOException");
    if (type == NULL) {
        return; /* FindClass has thrown what is wrong with that. */
    }
    baton_describe(error, reason, sizeof reason);
    snprintf(message, sizeof message, "%s failed: %s", call, reason);
    (*env)->ThrowNew(env, type, message);
}

bool baton_is_handle(JNIEnv *env, const char *call, jlong handle) {
    if (handle != 0 && handle != -1) {
        return true;
    }
    baton_throw(env, call, EINVAL);
    return false;
}

int baton_errno_of(int result) {
    if (result == 0) {
        return 0;
    }
    if (result > 0) {
        return result;
    }
    /* Some providers give -errno; -1 is the classic sign to look at errno, which may still be 0 if nobody set it. */
    if (result < -1) {
        return -result;
    }
    return errno == 0 ? EIO : errno;
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int baton_await_readable(int descriptor, int timeout_ms) {
    struct pollfd wanted = {.fd = descriptor, .events = POLLIN, .revents = 0};
    int64_t end_ms = timeout_ms < 0 ? 0 : now_ms() + timeout_ms;
    int wait_ms = timeout_ms < 0 ? -1 : timeout_ms;
    for (;;) {
        int ready = poll(&wanted, 1, wait_ms);
        if (ready > 0) {
            return (wanted.revents & POLLIN) != 0 ? 1 : -EBADF;
        }
        if (ready == 0) {
            return 0;
        }
        if (errno != EINTR) {
            return -errno;
        }
        if (timeout_ms >= 0) {
            int64_t left_ms = end_ms - now_ms();
            wait_ms = left_ms < 0 ? 0 : (int) left_ms;
        }
    }
}

int baton_never_blocks(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0) {
        return -errno;
    }
    return 0;
}
