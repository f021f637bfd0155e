/* Questions to devices, ports and queue pairs, and what devices tell unasked: see extension.c for the conventions. */
#include "rdma.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define CONTEXT(value) HANDLE(struct ibv_context, value)

/* Names of all devices, one a line; how many, or -errno. */
EXPORT int32_t baton_devices(char *names, int32_t names_bytes) {
    int count = 0;
    int32_t used = 0;
    if (names == NULL || names_bytes < 1) {
        return -EINVAL;
    }
    names[0] = '\0';
    struct ibv_device **devices = ibv_get_device_list(&count);
    if (devices == NULL) {
        return -baton_errno_of(-1);
    }
    for (int i = 0; i < count; i++) {
        int length = snprintf(names + used, (size_t) (names_bytes - used), "%s\n", ibv_get_device_name(devices[i]));
        if (length < 0 || length >= names_bytes - used) {
            count = -ENOSPC;
            break;
        }
        used += length;
    }
    ibv_free_device_list(devices);
    return count;
}

/* The device behind a context; the length of its name, or -errno. */
EXPORT int32_t baton_device_name(int64_t context, char *name, int32_t name_bytes) {
    if (context == 0 || name == NULL || name_bytes < 1) {
        return -EINVAL;
    }
    int length = snprintf(name, (size_t) name_bytes, "%s", ibv_get_device_name(CONTEXT(context)->device));
    return length >= name_bytes ? -ENOSPC : length;
}

/* facts: ports, most queue pairs, work requests, elements of one, completions, regions, longest region, open reads. */
EXPORT int32_t baton_query_device(int64_t context, int64_t facts[8]) {
    struct ibv_device_attr device;
    if (context == 0) {
        return -EINVAL;
    }
    memset(&device, 0, sizeof device);
    int error = baton_errno_of(ibv_query_device(CONTEXT(context), &device));
    if (error != 0) {
        return -error;
    }
    facts[0] = device.phys_port_cnt;
    facts[1] = device.max_qp;
    facts[2] = device.max_qp_wr;
    facts[3] = device.max_sge;
    facts[4] = device.max_cqe;
    facts[5] = device.max_mr;
    facts[6] = device.max_mr_size > INT64_MAX ? INT64_MAX : (int64_t) device.max_mr_size;
    facts[7] = device.max_qp_rd_atom;
    return 0;
}

static int32_t bytes_of_mtu(enum ibv_mtu mtu) {
    return mtu < IBV_MTU_256 || mtu > IBV_MTU_4096 ? 0 : 128 << mtu;
}

/* facts: state (4 is active), bytes of the active and the largest MTU, longest message, link layer, speed and width codes. */
EXPORT int32_t baton_query_port(int64_t context, int32_t port, int64_t facts[7]) {
    struct ibv_port_attr attributes;
    if (context == 0 || port < 1 || port > 255) {
        return -EINVAL;
    }
    memset(&attributes, 0, sizeof attributes);
    int error = baton_errno_of(ibv_query_port(CONTEXT(context), (uint8_t) port, &attributes));
    if (error != 0) {
        return -error;
    }
    facts[0] = attributes.state;
    facts[1] = bytes_of_mtu(attributes.active_mtu);
    facts[2] = bytes_of_mtu(attributes.max_mtu);
    facts[3] = attributes.max_msg_sz;
    facts[4] = attributes.link_layer;
    facts[5] = attributes.active_speed;
    facts[6] = attributes.active_width;
    return 0;
}

/* facts: state (3 can send, 6 is broken), bytes of MTU, ACK timeout, retries, RNR retries, the peer's number, granted sends,
   receives, inline bytes. */
EXPORT int32_t baton_query_qp(int64_t qp, int64_t facts[9]) {
    struct ibv_qp_attr attributes;
    struct ibv_qp_init_attr made;
    if (qp == 0) {
        return -EINVAL;
    }
    memset(&attributes, 0, sizeof attributes);
    memset(&made, 0, sizeof made);
    int error = baton_errno_of(
        ibv_query_qp(HANDLE(struct ibv_qp, qp), &attributes,
                     IBV_QP_STATE | IBV_QP_PATH_MTU | IBV_QP_TIMEOUT | IBV_QP_RETRY_CNT | IBV_QP_RNR_RETRY |
                         IBV_QP_DEST_QPN | IBV_QP_CAP,
                     &made));
    if (error != 0) {
        return -error;
    }
    facts[0] = attributes.qp_state;
    facts[1] = bytes_of_mtu(attributes.path_mtu);
    facts[2] = attributes.timeout;
    facts[3] = attributes.retry_cnt;
    facts[4] = attributes.rnr_retry;
    facts[5] = attributes.dest_qp_num;
    facts[6] = made.cap.max_send_wr;
    facts[7] = made.cap.max_recv_wr;
    facts[8] = made.cap.max_inline_data;
    return 0;
}

/* From here on the queue pair sends and takes nothing, and what is posted comes back as flushed. */
EXPORT int32_t baton_break_qp(int64_t qp) {
    struct ibv_qp_attr attributes;
    if (qp == 0) {
        return -EINVAL;
    }
    memset(&attributes, 0, sizeof attributes);
    attributes.qp_state = IBV_QPS_ERR;
    return -baton_errno_of(ibv_modify_qp(HANDLE(struct ibv_qp, qp), &attributes, IBV_QP_STATE));
}

/* Takes one event of a device: its kind, and in subject the queue pair, completion queue or port; -ETIMEDOUT if none came. */
EXPORT int32_t baton_next_async_event(int64_t context, int32_t timeout_ms, int64_t *subject) {
    struct ibv_async_event event;
    if (context == 0) {
        return -EINVAL;
    }
    /* The library reads with a blocking read, so this must know before that something is there. */
    int ready = baton_await_readable(CONTEXT(context)->async_fd, timeout_ms);
    if (ready <= 0) {
        return ready == 0 ? -ETIMEDOUT : ready;
    }
    if (ibv_get_async_event(CONTEXT(context), &event) != 0) {
        return -baton_errno_of(-1);
    }
    switch (event.event_type) {
    case IBV_EVENT_CQ_ERR:
        *subject = NUMBER(event.element.cq);
        break;
    case IBV_EVENT_PORT_ACTIVE:
    case IBV_EVENT_PORT_ERR:
    case IBV_EVENT_LID_CHANGE:
    case IBV_EVENT_PKEY_CHANGE:
    case IBV_EVENT_SM_CHANGE:
    case IBV_EVENT_CLIENT_REREGISTER:
    case IBV_EVENT_GID_CHANGE:
        *subject = event.element.port_num;
        break;
    case IBV_EVENT_DEVICE_FATAL:
        *subject = 0;
        break;
    default:
        *subject = NUMBER(event.element.qp);
        break;
    }
    int kind = (int) event.event_type;
    ibv_ack_async_event(&event);
    return kind;
}
