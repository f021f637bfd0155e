/* What the files of libdisni.so share: checked handles, errors with their names, waiting that can be interrupted. */
#ifndef BATON_RDMA_H
#define BATON_RDMA_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <infiniband/verbs.h>
#include <jni.h>
#include <rdma/rdma_cma.h>
#include <stdbool.h>
#include <stdint.h>

/* DiSNI hands every native object around as the address of its C structure. */
#define HANDLE(type, value) ((type *) (intptr_t) (value))
#define NUMBER(pointer) ((jlong) (intptr_t) (pointer))

#define EXPORT __attribute__((visibility("default")))

/* The entry point of one native of com.ibm.disni.verbs.impl.NativeDispatcher, whose names begin with an underscore. */
#define DISPATCHER(type, name) JNIEXPORT type JNICALL Java_com_ibm_disni_verbs_impl_NativeDispatcher__1##name

/* Most scatter/gather elements of one work request, on either side. */
#define BATON_SGE_MAX 4

/* Most bytes of private data that a connection manager's event carries. */
#define BATON_PRIVATE_DATA_MAX 255

/* The last event that this thread took from any event channel; DiSNI's own natives drop status and private data. */
struct baton_cm_event {
    int32_t event;
    int32_t status;
    uint64_t listen_id;
    uint64_t id;
    uint32_t private_data_bytes;
    uint8_t private_data[BATON_PRIVATE_DATA_MAX + 1];
};

extern _Thread_local struct baton_cm_event baton_last_cm_event;

/* "errno=12 name=ENOMEM (Cannot allocate memory)". */
EXPORT void baton_describe(int error, char *text, size_t length);

/* Throws java.io.IOException: "CALL failed: errno=12 name=ENOMEM (Cannot allocate memory)". */
void baton_throw(JNIEnv *env, const char *call, int error);

/* True where a handle is not null; else throws with EINVAL. */
bool baton_is_handle(JNIEnv *env, const char *call, jlong handle);

/* The positive errno of a verbs call, which gives it as its result, or gives -1 and sets errno, as the call likes. */
int baton_errno_of(int result);

/* Waits until the descriptor can be read: 1, or 0 at the end of the time (-1 ms: no end), or -errno. */
int baton_await_readable(int descriptor, int timeout_ms);

/* Makes reads of the descriptor never block: 0, or -errno. */
int baton_never_blocks(int descriptor);

/* How many reads a connection may have open each way: what the device can, in the byte that the wire has for it. */
void baton_connection_depth(struct rdma_cm_id *id, struct rdma_conn_param *param);

/* Takes and acknowledges one event: its number, and baton_last_cm_event holds the rest; -ETIMEDOUT or another -errno. */
int baton_next_cm_event(struct rdma_event_channel *channel, int timeout_ms);

/* Copies what may be kept of an event. */
void baton_keep_cm_event(const struct rdma_cm_event *event, struct baton_cm_event *into);

#endif
