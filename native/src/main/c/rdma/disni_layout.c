/* DiSNI's natives that look into structures: what an object holds, how large a structure is, which version this speaks. */
#include "rdma.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>

/* DiSNI 2.1 asks for this and refuses any other. */
#define DISNI_VERSION 32

DISPATCHER(jlong, getContext)(JNIEnv *env, jobject self, jlong id) {
    (void) self;
    if (!baton_is_handle(env, "context of an id", id)) {
        return -1;
    }
    /* -1 where the id has no device. One that listens on every device never has, and DiSNI asks it at each request to
     * connect; a word to the error handler there would lose the request. */
    struct ibv_context *context = HANDLE(struct rdma_cm_id, id)->verbs;
    return context == NULL ? -1 : NUMBER(context);
}

DISPATCHER(jint, getQpNum)(JNIEnv *env, jobject self, jlong qp) {
    (void) self;
    return baton_is_handle(env, "number of a queue pair", qp) ? (jint) HANDLE(struct ibv_qp, qp)->qp_num : -1;
}

DISPATCHER(jint, getContextFd)(JNIEnv *env, jobject self, jlong context) {
    (void) self;
    return baton_is_handle(env, "descriptor of a context", context) ? HANDLE(struct ibv_context, context)->cmd_fd : -1;
}

DISPATCHER(jint, getContextNumCompVectors)(JNIEnv *env, jobject self, jlong context) {
    (void) self;
    return baton_is_handle(env, "completion vectors of a context", context)
               ? HANDLE(struct ibv_context, context)->num_comp_vectors
               : -1;
}

DISPATCHER(jint, getPdHandle)(JNIEnv *env, jobject self, jlong pd) {
    (void) self;
    return baton_is_handle(env, "handle of a protection domain", pd) ? (jint) HANDLE(struct ibv_pd, pd)->handle : -1;
}

#define CONSTANT(name, value)                                        \
    DISPATCHER(jint, name)(JNIEnv *env, jobject self) {              \
        (void) env;                                                  \
        (void) self;                                                 \
        return (jint) (value);                                       \
    }

CONSTANT(getSockAddrInSize, sizeof(struct sockaddr_in))
CONSTANT(getIbvRecvWRSize, sizeof(struct ibv_recv_wr))
CONSTANT(getIbvSendWRSize, sizeof(struct ibv_send_wr))
CONSTANT(getIbvSgeSize, sizeof(struct ibv_sge))
CONSTANT(getIbvWCSize, sizeof(struct ibv_wc))
CONSTANT(getRemoteAddressOffset, offsetof(struct ibv_send_wr, wr.rdma.remote_addr))
CONSTANT(getRKeyOffset, offsetof(struct ibv_send_wr, wr.rdma.rkey))
CONSTANT(getVersion, DISNI_VERSION)

/* The calling thread's processors, as a mask of the first 64. */
JNIEXPORT void JNICALL Java_com_ibm_disni_util_NativeAffinity__1setAffinity(JNIEnv *env, jclass type, jlong mask) {
    (void) type;
    cpu_set_t processors;
    CPU_ZERO(&processors);
    for (int i = 0; i < 64; i++) {
        if (((uint64_t) mask >> i & 1) != 0) {
            CPU_SET(i, &processors);
        }
    }
    int error = pthread_setaffinity_np(pthread_self(), sizeof processors, &processors);
    if (error != 0) {
        baton_throw(env, "pthread_setaffinity_np", error);
    }
}

JNIEXPORT jlong JNICALL Java_com_ibm_disni_util_NativeAffinity__1getAffinity(JNIEnv *env, jclass type) {
    (void) type;
    cpu_set_t processors;
    uint64_t mask = 0;
    CPU_ZERO(&processors);
    int error = pthread_getaffinity_np(pthread_self(), sizeof processors, &processors);
    if (error != 0) {
        baton_throw(env, "pthread_getaffinity_np", error);
        return 0;
    }
    for (int i = 0; i < 64; i++) {
        mask |= CPU_ISSET(i, &processors) ? (uint64_t) 1 << i : 0;
    }
    return (jlong) mask;
}
