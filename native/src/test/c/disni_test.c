/*
 * libdisni's natives where no device is needed: what they refuse and how they say it, what is kept of an event, how long
 * they wait, and the layouts that DiSNI reads. Java is a table of the few functions that they call.
 */
#include "rdma.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NATIVE(type, name, ...) type Java_com_ibm_disni_verbs_impl_NativeDispatcher__1##name(JNIEnv *, jobject, ##__VA_ARGS__)

NATIVE(jlong, allocPd, jlong);
NATIVE(jlong, createCompChannel, jlong);
NATIVE(jlong, createCQ, jlong, jlong, jint, jint);
NATIVE(jlong, regMr, jlong, jlong, jint, jint, jlong, jlong, jlong);
NATIVE(jlong, createId, jlong, jshort);
NATIVE(jlong, createQP, jlong, jlong, jlong, jlong, jint, jint, jint, jint);
NATIVE(jlong, getContext, jlong);
NATIVE(jint, modifyQP, jlong, jlong);
NATIVE(jint, pollCQ, jlong, jint, jlong);
NATIVE(jint, getCqEvent, jlong, jint);
NATIVE(jint, getCmEvent, jlong, jlong, jlong, jint);
NATIVE(jint, getIbvSendWRSize);
NATIVE(jint, getIbvRecvWRSize);
NATIVE(jint, getIbvSgeSize);
NATIVE(jint, getIbvWCSize);
NATIVE(jint, getSockAddrInSize);
NATIVE(jint, getRemoteAddressOffset);
NATIVE(jint, getRKeyOffset);
NATIVE(jint, getVersion);
NATIVE(jint, destroyQP, jlong);
NATIVE(jint, deallocPd, jlong);
NATIVE(jint, destroyCQ, jlong);
NATIVE(jint, destroyCmId, jlong);
NATIVE(jint, ackCqEvent, jlong, jint);
NATIVE(void, postSend, jlong, jlong);
NATIVE(void, postRecv, jlong, jlong);
NATIVE(void, deregMr, jlong);
NATIVE(void, connect, jlong, jint, jint, jlong, jbyte);
NATIVE(void, accept, jlong, jint, jint);
void baton_copy_last_cm_event(struct baton_cm_event *);
int64_t baton_register(int64_t, int64_t, int64_t, int32_t, uint32_t *);
int64_t baton_register_dmabuf(int64_t, int64_t, int64_t, int64_t, int32_t, int32_t, uint32_t *);
int32_t baton_bind(int64_t, const char *, int32_t);
int32_t baton_connect(int64_t, int32_t, int32_t, const void *, int32_t);
int32_t baton_ack_timeout(int64_t, int32_t);
int32_t baton_devices(char *, int32_t);
int32_t baton_has_cm_event(int64_t);
int32_t baton_next_async_event(int64_t, int32_t, int64_t *);

static char thrown[256];
static int failures;

static jclass JNICALL find_class(JNIEnv *env, const char *name) {
    (void) env;
    return strcmp(name, "java/io/IOException") == 0 ? (jclass) thrown : NULL;
}

static jint JNICALL throw_new(JNIEnv *env, jclass type, const char *message) {
    (void) env;
    (void) type;
    snprintf(thrown, sizeof thrown, "%s", message);
    return 0;
}

static void check(bool holds, const char *what) {
    printf("%s %s\n", holds ? "ok" : "FAILED", what);
    failures += holds ? 0 : 1;
}

/* The call threw, and its words hold this. */
static void check_threw(const char *words, const char *what) {
    bool holds = strstr(thrown, words) != NULL;
    check(holds, what);
    if (!holds) {
        printf("   thrown: %s\n", thrown);
    }
    thrown[0] = '\0';
}

static void check_null_handles(JNIEnv *env) {
    const char *invalid = "errno=22";
    uint32_t keys[2];
    char memory[64];
    Java_com_ibm_disni_verbs_impl_NativeDispatcher__1allocPd(env, NULL, 0);
    check_threw(invalid, "a domain of no context");
    Java_com_ibm_disni_verbs_impl_NativeDispatcher__1createCompChannel(env, NULL, -1);
    check_threw(invalid, "a completion channel of the context -1");
    Java_com_ibm_disni_verbs_impl_NativeDispatcher__1createCQ(env, NULL, 0, 0, 1, 0);
    check_threw(invalid, "a completion queue of no context");
    Java_com_ibm_disni_verbs_impl_NativeDispatcher__1regMr(env, NULL, 0, 1, 1, 1, 1, 1, 1);
    check_threw("ibv_reg_mr failed: errno=22", "a region in no domain, by the name of its call");
    Java_com_ibm_disni_verbs_impl_NativeDispatcher__1createId(env, NULL, 0, 0x106);
    check_threw(invalid, "an id on no channel");
    Java_com_ibm_disni_verbs_impl_NativeDispatcher__1createQP(env, NULL, 0, 0, 0, 0, 2, 1, 1, 0);
    check_threw(invalid, "a queue pair of no id");
    Java_com_ibm_disni_verbs_impl_NativeDispatcher__1getContext(env, NULL, 0);
    check_threw(invalid, "the context of no id");
    Java_com_ibm_disni_verbs_impl_NativeDispatcher__1modifyQP(env, NULL, 1, 0);
    check_threw("EOPNOTSUPP", "a change of state without attributes");
    Java_com_ibm_disni_verbs_impl_NativeDispatcher__1pollCQ(env, NULL, 0, 1, (jlong) (intptr_t) memory);
    check_threw(invalid, "polling no queue");
    Java_com_ibm_disni_verbs_impl_NativeDispatcher__1getCqEvent(env, NULL, 0, 0);
    check_threw(invalid, "an event of no channel");
    Java_com_ibm_disni_verbs_impl_NativeDispatcher__1postSend(env, NULL, 0, (jlong) (intptr_t) memory);
    check_threw(invalid, "posting to no queue pair");
    Java_com_ibm_disni_verbs_impl_NativeDispatcher__1postRecv(env, NULL, (jlong) (intptr_t) memory, 0);
    check_threw(invalid, "posting nothing");
    Java_com_ibm_disni_verbs_impl_NativeDispatcher__1deregMr(env, NULL, 0);
    check_threw(invalid, "no region");
    Java_com_ibm_disni_verbs_impl_NativeDispatcher__1connect(env, NULL, 0, 1, 1, 0, 0);
    check_threw(invalid, "connecting no id");
    Java_com_ibm_disni_verbs_impl_NativeDispatcher__1accept(env, NULL, 0, 1, 1);
    check_threw(invalid, "accepting no id");
    check(Java_com_ibm_disni_verbs_impl_NativeDispatcher__1destroyQP(env, NULL, 0) == -EINVAL, "no queue pair to destroy");
    struct rdma_cm_id bare;
    memset(&bare, 0, sizeof bare);
    check(Java_com_ibm_disni_verbs_impl_NativeDispatcher__1destroyQP(env, NULL, NUMBER(&bare)) == -EINVAL,
          "an id that has no queue pair");
    check(Java_com_ibm_disni_verbs_impl_NativeDispatcher__1getContext(env, NULL, NUMBER(&bare)) == -1, "an id without a device");
    check(thrown[0] == 0, "which is no error: one that listens on every device has none");
    check(Java_com_ibm_disni_verbs_impl_NativeDispatcher__1deallocPd(env, NULL, 0) == -EINVAL, "no domain to give back");
    check(Java_com_ibm_disni_verbs_impl_NativeDispatcher__1destroyCQ(env, NULL, -1) == -EINVAL, "no completion queue");
    check(Java_com_ibm_disni_verbs_impl_NativeDispatcher__1destroyCmId(env, NULL, 0) == -EINVAL, "no id to destroy");
    check(Java_com_ibm_disni_verbs_impl_NativeDispatcher__1ackCqEvent(env, NULL, 0, 1) == -EINVAL, "no queue to acknowledge");
    check(baton_register(0, 1, 1, 1, keys) == -EINVAL, "extension: no domain");
    check(baton_register(1, 1, 0, 1, keys) == -EINVAL, "extension: no length");
    check(baton_register_dmabuf(1, 0, 1, 0, -1, 1, keys) == -EINVAL, "extension: no descriptor");
    check(baton_ack_timeout(1, 32) == -EINVAL, "extension: a time-out beyond 5 bits");
    check(baton_connect(1, 1, 1, memory, 256) == -EINVAL, "extension: private data beyond a byte's count");
    check(baton_bind(1, "not-a-number", 1) == -EADDRNOTAVAIL, "extension: a name is no address");
    check(baton_bind(1, "::1", 65536) == -EINVAL, "extension: no such port");
}

static void check_events(JNIEnv *env) {
    uint8_t said[255];
    for (size_t i = 0; i < sizeof said; i++) {
        said[i] = (uint8_t) (i * 7);
    }
    struct rdma_cm_event event;
    struct baton_cm_event kept;
    memset(&event, 0, sizeof event);
    event.event = RDMA_CM_EVENT_REJECTED;
    event.status = 28;
    event.id = (struct rdma_cm_id *) &event;
    event.param.conn.private_data = said;
    event.param.conn.private_data_len = sizeof said;
    baton_keep_cm_event(&event, &kept);
    check(kept.event == RDMA_CM_EVENT_REJECTED && kept.status == 28 && kept.id == (uint64_t) (uintptr_t) &event &&
              kept.private_data_bytes == 255 && memcmp(kept.private_data, said, 255) == 0,
          "all of the longest private data is kept");
    event.event = RDMA_CM_EVENT_DISCONNECTED;
    baton_keep_cm_event(&event, &kept);
    check(kept.private_data_bytes == 0 && kept.listen_id == 0, "an event that carries none has none, whatever its memory holds");
    baton_last_cm_event = kept;
    struct baton_cm_event copied;
    baton_copy_last_cm_event(&copied);
    check(memcmp(&copied, &kept, sizeof kept) == 0, "the last event is given as it was kept");
    check(sizeof(struct baton_cm_event) == 288 && offsetof(struct baton_cm_event, private_data) == 28,
          "its layout is the one that Java reads");

    int pair[2];
    check(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "a descriptor to wait on");
    check(baton_await_readable(pair[0], 20) == 0, "waiting ends with its time");
    check(write(pair[1], "x", 1) == 1 && baton_await_readable(pair[0], 1000) == 1, "and at once when there is something");
    check(baton_await_readable(1000, 20) == -EBADF, "a descriptor that is none is said");
    check(baton_never_blocks(1000) == -EBADF, "here too");
    struct rdma_event_channel channel = {.fd = pair[1]};
    jlong ids[2] = {5, 5};
    check(Java_com_ibm_disni_verbs_impl_NativeDispatcher__1getCmEvent(env, NULL, NUMBER(&channel), NUMBER(&ids[0]),
                                                                      NUMBER(&ids[1]), 0) == -1 && ids[0] == 5,
          "no event is -1, and leaves the ids alone");
    check(baton_has_cm_event(NUMBER(&channel)) == 0, "which a look says too");
    check(write(pair[0], "x", 1) == 1 && baton_has_cm_event(NUMBER(&channel)) == 1, "as it says that there is one");
    struct rdma_event_channel closed = {.fd = 1000};
    check(baton_has_cm_event(NUMBER(&closed)) == 1 && baton_has_cm_event(0) == 0, "or that the channel is broken");
    struct ibv_context context;
    int64_t subject = 7;
    memset(&context, 0, sizeof context);
    context.async_fd = pair[0];
    char taken;
    check(read(pair[0], &taken, 1) == 1, "the descriptor is quiet again");
    check(baton_next_async_event(NUMBER(&context), 0, &subject) == -ETIMEDOUT && subject == 7, "no word of a device is a time-out");
    close(pair[0]);
    close(pair[1]);
}

static void check_layouts(JNIEnv *env) {
    check(Java_com_ibm_disni_verbs_impl_NativeDispatcher__1getVersion(env, NULL) == 32, "the version that DiSNI 2.1 asks for");
    check(Java_com_ibm_disni_verbs_impl_NativeDispatcher__1getSockAddrInSize(env, NULL) == 16, "an IPv4 address");
    check(Java_com_ibm_disni_verbs_impl_NativeDispatcher__1getIbvSendWRSize(env, NULL) == 128, "a send request");
    check(Java_com_ibm_disni_verbs_impl_NativeDispatcher__1getIbvRecvWRSize(env, NULL) == 32, "a receive request");
    check(Java_com_ibm_disni_verbs_impl_NativeDispatcher__1getIbvSgeSize(env, NULL) == 16, "an element");
    check(Java_com_ibm_disni_verbs_impl_NativeDispatcher__1getIbvWCSize(env, NULL) == 48, "a completion");
    check(Java_com_ibm_disni_verbs_impl_NativeDispatcher__1getRemoteAddressOffset(env, NULL) == 40 &&
              Java_com_ibm_disni_verbs_impl_NativeDispatcher__1getRKeyOffset(env, NULL) == 48,
          "where a request names the peer's memory");
    errno = 0;
    check(baton_errno_of(0) == 0 && baton_errno_of(12) == 12 && baton_errno_of(-12) == 12 && baton_errno_of(-1) == EIO,
          "errors in all three ways that verbs have of telling them");
    errno = ENOMEM;
    check(baton_errno_of(-1) == ENOMEM, "the last of them by errno");
    char text[160];
    baton_describe(ENOMEM, text, sizeof text);
    check(strstr(text, "errno=12") != NULL && strstr(text, "Cannot allocate memory") != NULL, "errors have names");
    char names[4096];
    int count = baton_devices(names, sizeof names);
    printf("devices: %d\n", count);
    check(count >= 0 ? (count == 0) == (names[0] == '\0') : count == -ENOSYS || count == -ENOENT || count == -EPERM,
          "the list of devices is there, or its absence has a reason");
}

int main(void) {
    struct JNINativeInterface_ functions;
    memset(&functions, 0, sizeof functions);
    functions.FindClass = find_class;
    functions.ThrowNew = throw_new;
    const struct JNINativeInterface_ *table = &functions;
    JNIEnv *env = (JNIEnv *) &table;
    check_null_handles(env);
    check_events(env);
    check_layouts(env);
    printf("%d failed\n", failures);
    return failures == 0 ? 0 : 1;
}
