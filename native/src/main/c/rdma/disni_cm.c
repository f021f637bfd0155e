/* DiSNI's natives of the connection manager: event channels, ids, connecting, events. */
#include "rdma.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

_Thread_local struct baton_cm_event baton_last_cm_event;

/* Throws if the call failed; the call names the object that it was made on. */
static void check(JNIEnv *env, const char *call, int result) {
    int error = baton_errno_of(result);
    if (error != 0) {
        baton_throw(env, call, error);
    }
}

DISPATCHER(jlong, createEventChannel)(JNIEnv *env, jobject self) {
    (void) self;
    struct rdma_event_channel *channel = rdma_create_event_channel();
    if (channel == NULL) {
        baton_throw(env, "rdma_create_event_channel", errno);
        return -1;
    }
    int result = baton_never_blocks(channel->fd);
    if (result != 0) {
        rdma_destroy_event_channel(channel);
        baton_throw(env, "fcntl(event channel)", -result);
        return -1;
    }
    return NUMBER(channel);
}

DISPATCHER(jlong, createId)(JNIEnv *env, jobject self, jlong channel, jshort port_space) {
    (void) self;
    struct rdma_cm_id *id = NULL;
    if (!baton_is_handle(env, "rdma_create_id", channel)) {
        return -1;
    }
    int result = rdma_create_id(HANDLE(struct rdma_event_channel, channel), &id, NULL,
                                (enum rdma_port_space) (uint16_t) port_space);
    check(env, "rdma_create_id", result);
    return result == 0 ? NUMBER(id) : -1;
}

DISPATCHER(jlong, createQP)(JNIEnv *env, jobject self, jlong id, jlong pd, jlong send_cq, jlong recv_cq, jint type,
                            jint send_max, jint recv_max, jint inline_max) {
    (void) self;
    struct rdma_cm_id *cm = HANDLE(struct rdma_cm_id, id);
    struct ibv_qp_init_attr attributes;
    if (!baton_is_handle(env, "rdma_create_qp", id) || !baton_is_handle(env, "rdma_create_qp", pd)) {
        return -1;
    }
    memset(&attributes, 0, sizeof attributes);
    attributes.qp_type = (enum ibv_qp_type) type;
    attributes.send_cq = HANDLE(struct ibv_cq, send_cq);
    attributes.recv_cq = HANDLE(struct ibv_cq, recv_cq);
    attributes.cap.max_send_wr = (uint32_t) send_max;
    attributes.cap.max_recv_wr = (uint32_t) recv_max;
    attributes.cap.max_inline_data = (uint32_t) inline_max;
    attributes.cap.max_send_sge = BATON_SGE_MAX;
    attributes.cap.max_recv_sge = BATON_SGE_MAX;
    int result = rdma_create_qp(cm, HANDLE(struct ibv_pd, pd), &attributes);
    check(env, "rdma_create_qp", result);
    return result == 0 ? NUMBER(cm->qp) : -1;
}

DISPATCHER(void, bindAddr)(JNIEnv *env, jobject self, jlong id, jlong address) {
    (void) self;
    if (baton_is_handle(env, "rdma_bind_addr", id) && baton_is_handle(env, "rdma_bind_addr", address)) {
        check(env, "rdma_bind_addr", rdma_bind_addr(HANDLE(struct rdma_cm_id, id), HANDLE(struct sockaddr, address)));
    }
}

DISPATCHER(void, listen)(JNIEnv *env, jobject self, jlong id, jint backlog) {
    (void) self;
    if (baton_is_handle(env, "rdma_listen", id)) {
        check(env, "rdma_listen", rdma_listen(HANDLE(struct rdma_cm_id, id), backlog));
    }
}

/* A source of 0.0.0.0 means that the route chooses, which the connection manager wants to be told as no source. */
static struct sockaddr *source_or_null(jlong address) {
    struct sockaddr_in source;
    if (address == 0) {
        return NULL;
    }
    memcpy(&source, HANDLE(void, address), sizeof source);
    return source.sin_family == AF_INET && source.sin_addr.s_addr == INADDR_ANY && source.sin_port == 0
               ? NULL
               : HANDLE(struct sockaddr, address);
}

DISPATCHER(void, resolveAddr)(JNIEnv *env, jobject self, jlong id, jlong source, jlong destination, jint timeout_ms) {
    (void) self;
    if (baton_is_handle(env, "rdma_resolve_addr", id) && baton_is_handle(env, "rdma_resolve_addr", destination)) {
        check(env, "rdma_resolve_addr",
              rdma_resolve_addr(HANDLE(struct rdma_cm_id, id), source_or_null(source),
                                HANDLE(struct sockaddr, destination), timeout_ms));
    }
}

DISPATCHER(void, resolveRoute)(JNIEnv *env, jobject self, jlong id, jint timeout_ms) {
    (void) self;
    if (baton_is_handle(env, "rdma_resolve_route", id)) {
        check(env, "rdma_resolve_route", rdma_resolve_route(HANDLE(struct rdma_cm_id, id), timeout_ms));
    }
}

void baton_keep_cm_event(const struct rdma_cm_event *event, struct baton_cm_event *into) {
    memset(into, 0, sizeof *into);
    into->event = (int32_t) event->event;
    into->status = event->status;
    into->listen_id = (uint64_t) (uintptr_t) event->listen_id;
    into->id = (uint64_t) (uintptr_t) event->id;
    switch (event->event) {
    case RDMA_CM_EVENT_CONNECT_REQUEST:
    case RDMA_CM_EVENT_CONNECT_RESPONSE:
    case RDMA_CM_EVENT_ESTABLISHED:
    case RDMA_CM_EVENT_REJECTED:
        /* The length is a byte, so it always fits. */
        if (event->param.conn.private_data != NULL) {
            into->private_data_bytes = event->param.conn.private_data_len;
            memcpy(into->private_data, event->param.conn.private_data, into->private_data_bytes);
        }
        break;
    default:
        break;
    }
}

int baton_next_cm_event(struct rdma_event_channel *channel, int timeout_ms) {
    struct rdma_cm_event *event;
    int ready = baton_await_readable(channel->fd, timeout_ms);
    if (ready <= 0) {
        return ready == 0 ? -ETIMEDOUT : ready;
    }
    if (rdma_get_cm_event(channel, &event) != 0) {
        return errno == EAGAIN ? -ETIMEDOUT : -errno;
    }
    baton_keep_cm_event(event, &baton_last_cm_event);
    int number = (int) event->event;
    return rdma_ack_cm_event(event) == 0 ? number : -errno;
}

DISPATCHER(jint, getCmEvent)(JNIEnv *env, jobject self, jlong channel, jlong listen_id, jlong client_id, jint timeout_ms) {
    (void) env;
    (void) self;
    if (channel == 0 || channel == -1) {
        return -1;
    }
    int number = baton_next_cm_event(HANDLE(struct rdma_event_channel, channel), timeout_ms);
    if (number < 0) {
        return -1;
    }
    int64_t ids[2] = {(int64_t) baton_last_cm_event.listen_id, (int64_t) baton_last_cm_event.id};
    for (int i = 0; i < 2; i++) {
        /* DiSNI knows "none" as -1. */
        ids[i] = ids[i] == 0 ? -1 : ids[i];
    }
    memcpy(HANDLE(void, listen_id), &ids[0], sizeof ids[0]);
    memcpy(HANDLE(void, client_id), &ids[1], sizeof ids[1]);
    return number;
}

void baton_connection_depth(struct rdma_cm_id *id, struct rdma_conn_param *param) {
    struct ibv_device_attr device;
    memset(&device, 0, sizeof device);
    if (id->verbs == NULL || ibv_query_device(id->verbs, &device) != 0) {
        return;
    }
    param->responder_resources = (uint8_t) (device.max_qp_rd_atom > 255 ? 255 : device.max_qp_rd_atom);
    param->initiator_depth = (uint8_t) (device.max_qp_init_rd_atom > 255 ? 255 : device.max_qp_init_rd_atom);
}

DISPATCHER(void, connect)(JNIEnv *env, jobject self, jlong id, jint retries, jint rnr_retries, jlong private_data,
                          jbyte private_data_bytes) {
    (void) self;
    struct rdma_conn_param param;
    if (!baton_is_handle(env, "rdma_connect", id)) {
        return;
    }
    memset(&param, 0, sizeof param);
    baton_connection_depth(HANDLE(struct rdma_cm_id, id), &param);
    param.retry_count = (uint8_t) retries;
    param.rnr_retry_count = (uint8_t) rnr_retries;
    if (private_data != 0) {
        param.private_data = HANDLE(void, private_data);
        param.private_data_len = (uint8_t) private_data_bytes;
    }
    check(env, "rdma_connect", rdma_connect(HANDLE(struct rdma_cm_id, id), &param));
}

DISPATCHER(void, accept)(JNIEnv *env, jobject self, jlong id, jint retries, jint rnr_retries) {
    (void) self;
    struct rdma_conn_param param;
    if (!baton_is_handle(env, "rdma_accept", id)) {
        return;
    }
    memset(&param, 0, sizeof param);
    baton_connection_depth(HANDLE(struct rdma_cm_id, id), &param);
    param.retry_count = (uint8_t) retries;
    param.rnr_retry_count = (uint8_t) rnr_retries;
    check(env, "rdma_accept", rdma_accept(HANDLE(struct rdma_cm_id, id), &param));
}

/* Events are acknowledged as they are taken: an id with events open could not be destroyed. */
DISPATCHER(jint, ackCmEvent)(JNIEnv *env, jobject self, jint event) {
    (void) env;
    (void) self;
    (void) event;
    return 0;
}

DISPATCHER(jint, disconnect)(JNIEnv *env, jobject self, jlong id) {
    (void) env;
    (void) self;
    return id == 0 || id == -1 ? -EINVAL : -baton_errno_of(rdma_disconnect(HANDLE(struct rdma_cm_id, id)));
}

DISPATCHER(jint, destroyEventChannel)(JNIEnv *env, jobject self, jlong channel) {
    (void) env;
    (void) self;
    if (channel == 0 || channel == -1) {
        return -EINVAL;
    }
    rdma_destroy_event_channel(HANDLE(struct rdma_event_channel, channel));
    return 0;
}

DISPATCHER(jint, destroyCmId)(JNIEnv *env, jobject self, jlong id) {
    (void) env;
    (void) self;
    return id == 0 || id == -1 ? -EINVAL : -baton_errno_of(rdma_destroy_id(HANDLE(struct rdma_cm_id, id)));
}

/*
 * Of an id, as DiSNI calls it. Not rdma_destroy_qp, which tells nobody whether the queue pair is gone: that it is gone is
 * what fences a peer. The id forgets it only then; its completion queues are not the id's own.
 */
DISPATCHER(jint, destroyQP)(JNIEnv *env, jobject self, jlong id) {
    (void) env;
    (void) self;
    if (id == 0 || id == -1 || HANDLE(struct rdma_cm_id, id)->qp == NULL) {
        return -EINVAL;
    }
    int error = baton_errno_of(ibv_destroy_qp(HANDLE(struct rdma_cm_id, id)->qp));
    if (error == 0) {
        HANDLE(struct rdma_cm_id, id)->qp = NULL;
    }
    return -error;
}

static jint copy_address(const struct sockaddr *from, jlong into) {
    if (from == NULL || from->sa_family != AF_INET) {
        return -EAFNOSUPPORT;
    }
    memcpy(HANDLE(void, into), from, sizeof(struct sockaddr_in));
    return 0;
}

DISPATCHER(jint, getSrcAddr)(JNIEnv *env, jobject self, jlong id, jlong into) {
    (void) env;
    (void) self;
    return id == 0 || into == 0 ? -EINVAL : copy_address(rdma_get_local_addr(HANDLE(struct rdma_cm_id, id)), into);
}

DISPATCHER(jint, getDstAddr)(JNIEnv *env, jobject self, jlong id, jlong into) {
    (void) env;
    (void) self;
    return id == 0 || into == 0 ? -EINVAL : copy_address(rdma_get_peer_addr(HANDLE(struct rdma_cm_id, id)), into);
}

DISPATCHER(jint, destroyEp)(JNIEnv *env, jobject self, jlong id) {
    (void) env;
    (void) self;
    if (id == 0 || id == -1) {
        return -EINVAL;
    }
    rdma_destroy_ep(HANDLE(struct rdma_cm_id, id));
    return 0;
}
