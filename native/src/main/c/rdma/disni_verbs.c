/* DiSNI's natives of the verbs themselves: domains, memory regions, completion queues, posting and polling. */
#include "rdma.h"

#include <errno.h>
#include <string.h>

DISPATCHER(jlong, allocPd)(JNIEnv *env, jobject self, jlong context) {
    (void) self;
    if (!baton_is_handle(env, "ibv_alloc_pd", context)) {
        return -1;
    }
    struct ibv_pd *pd = ibv_alloc_pd(HANDLE(struct ibv_context, context));
    if (pd == NULL) {
        baton_throw(env, "ibv_alloc_pd", errno);
        return -1;
    }
    return NUMBER(pd);
}

DISPATCHER(jint, deallocPd)(JNIEnv *env, jobject self, jlong pd) {
    (void) env;
    (void) self;
    return pd == 0 || pd == -1 ? -EINVAL : -baton_errno_of(ibv_dealloc_pd(HANDLE(struct ibv_pd, pd)));
}

DISPATCHER(jlong, createCompChannel)(JNIEnv *env, jobject self, jlong context) {
    (void) self;
    if (!baton_is_handle(env, "ibv_create_comp_channel", context)) {
        return -1;
    }
    struct ibv_comp_channel *channel = ibv_create_comp_channel(HANDLE(struct ibv_context, context));
    if (channel == NULL) {
        baton_throw(env, "ibv_create_comp_channel", errno);
        return -1;
    }
    int result = baton_never_blocks(channel->fd);
    if (result != 0) {
        ibv_destroy_comp_channel(channel);
        baton_throw(env, "fcntl(completion channel)", -result);
        return -1;
    }
    return NUMBER(channel);
}

DISPATCHER(jint, destroyCompChannel)(JNIEnv *env, jobject self, jlong channel) {
    (void) env;
    (void) self;
    return channel == 0 || channel == -1
               ? -EINVAL
               : -baton_errno_of(ibv_destroy_comp_channel(HANDLE(struct ibv_comp_channel, channel)));
}

DISPATCHER(jlong, createCQ)(JNIEnv *env, jobject self, jlong context, jlong channel, jint entries, jint vector) {
    (void) self;
    if (!baton_is_handle(env, "ibv_create_cq", context)) {
        return -1;
    }
    struct ibv_cq *cq = ibv_create_cq(HANDLE(struct ibv_context, context), entries, NULL,
                                      HANDLE(struct ibv_comp_channel, channel), vector);
    if (cq == NULL) {
        baton_throw(env, "ibv_create_cq", errno);
        return -1;
    }
    return NUMBER(cq);
}

DISPATCHER(jint, destroyCQ)(JNIEnv *env, jobject self, jlong cq) {
    (void) env;
    (void) self;
    return cq == 0 || cq == -1 ? -EINVAL : -baton_errno_of(ibv_destroy_cq(HANDLE(struct ibv_cq, cq)));
}

/* DiSNI 2.1 gives no attributes, so there is no state to change to; queue pairs change state with their connection. */
DISPATCHER(jint, modifyQP)(JNIEnv *env, jobject self, jlong qp, jlong attributes) {
    (void) self;
    (void) qp;
    (void) attributes;
    baton_throw(env, "ibv_modify_qp (without attributes)", EOPNOTSUPP);
    return -1;
}

DISPATCHER(jlong, regMr)(JNIEnv *env, jobject self, jlong pd, jlong address, jint length, jint access, jlong lkey,
                         jlong rkey, jlong handle) {
    (void) self;
    if (!baton_is_handle(env, "ibv_reg_mr", pd)) {
        return -1;
    }
    /* Java's int holds at most 2^31-1; taken as unsigned, a caller that shifts gets up to 4 GiB. */
    struct ibv_mr *mr = ibv_reg_mr(HANDLE(struct ibv_pd, pd), HANDLE(void, address), (size_t) (uint32_t) length, access);
    if (mr == NULL) {
        baton_throw(env, "ibv_reg_mr", errno);
        return -1;
    }
    memcpy(HANDLE(void, lkey), &mr->lkey, sizeof mr->lkey);
    memcpy(HANDLE(void, rkey), &mr->rkey, sizeof mr->rkey);
    memcpy(HANDLE(void, handle), &mr->handle, sizeof mr->handle);
    return NUMBER(mr);
}

DISPATCHER(void, deregMr)(JNIEnv *env, jobject self, jlong mr) {
    (void) self;
    if (baton_is_handle(env, "ibv_dereg_mr", mr)) {
        int error = baton_errno_of(ibv_dereg_mr(HANDLE(struct ibv_mr, mr)));
        if (error != 0) {
            baton_throw(env, "ibv_dereg_mr", error);
        }
    }
}

DISPATCHER(jint, queryOdpSupport)(JNIEnv *env, jobject self, jlong context) {
    (void) env;
    (void) self;
    struct ibv_device_attr_ex device;
    memset(&device, 0, sizeof device);
    if (context == 0 || context == -1 || ibv_query_device_ex(HANDLE(struct ibv_context, context), NULL, &device) != 0 ||
        (device.odp_caps.general_caps & IBV_ODP_SUPPORT) == 0) {
        return -1;
    }
    return (jint) device.odp_caps.per_transport_caps.rc_odp_caps;
}

DISPATCHER(jint, expPrefetchMr)(JNIEnv *env, jobject self, jlong mr, jlong address, jint length) {
    (void) self;
    if (!baton_is_handle(env, "ibv_advise_mr", mr)) {
        return -1;
    }
    struct ibv_mr *region = HANDLE(struct ibv_mr, mr);
    struct ibv_sge range = {.addr = (uint64_t) address, .length = (uint32_t) length, .lkey = region->lkey};
    int error = baton_errno_of(
        ibv_advise_mr(region->pd, IBV_ADVISE_MR_ADVICE_PREFETCH_WRITE, IBV_ADVISE_MR_FLAG_FLUSH, &range, 1));
    if (error != 0) {
        baton_throw(env, "ibv_advise_mr", error);
        return -1;
    }
    return 0;
}

DISPATCHER(void, postSend)(JNIEnv *env, jobject self, jlong qp, jlong first) {
    (void) self;
    struct ibv_send_wr *bad = NULL;
    if (!baton_is_handle(env, "ibv_post_send", qp) || !baton_is_handle(env, "ibv_post_send", first)) {
        return;
    }
    int error = baton_errno_of(ibv_post_send(HANDLE(struct ibv_qp, qp), HANDLE(struct ibv_send_wr, first), &bad));
    if (error != 0) {
        baton_throw(env, "ibv_post_send", error);
    }
}

DISPATCHER(void, postRecv)(JNIEnv *env, jobject self, jlong qp, jlong first) {
    (void) self;
    struct ibv_recv_wr *bad = NULL;
    if (!baton_is_handle(env, "ibv_post_recv", qp) || !baton_is_handle(env, "ibv_post_recv", first)) {
        return;
    }
    int error = baton_errno_of(ibv_post_recv(HANDLE(struct ibv_qp, qp), HANDLE(struct ibv_recv_wr, first), &bad));
    if (error != 0) {
        baton_throw(env, "ibv_post_recv", error);
    }
}

/* 0 when an event came, which its caller acknowledges, and -1 at the end of the time. */
DISPATCHER(jint, getCqEvent)(JNIEnv *env, jobject self, jlong channel, jint timeout_ms) {
    (void) self;
    struct ibv_cq *cq = NULL;
    void *cq_context = NULL;
    if (!baton_is_handle(env, "ibv_get_cq_event", channel)) {
        return -1;
    }
    struct ibv_comp_channel *completions = HANDLE(struct ibv_comp_channel, channel);
    int ready = baton_await_readable(completions->fd, timeout_ms);
    if (ready < 0) {
        baton_throw(env, "poll(completion channel)", -ready);
        return -1;
    }
    if (ready == 0) {
        return -1;
    }
    if (ibv_get_cq_event(completions, &cq, &cq_context) != 0) {
        if (errno != EAGAIN) {
            baton_throw(env, "ibv_get_cq_event", errno);
        }
        return -1;
    }
    return 0;
}

DISPATCHER(jint, pollCQ)(JNIEnv *env, jobject self, jlong cq, jint entries_max, jlong into) {
    (void) self;
    if (!baton_is_handle(env, "ibv_poll_cq", cq) || !baton_is_handle(env, "ibv_poll_cq", into)) {
        return -1;
    }
    int count = ibv_poll_cq(HANDLE(struct ibv_cq, cq), entries_max, HANDLE(struct ibv_wc, into));
    if (count < 0) {
        baton_throw(env, "ibv_poll_cq", baton_errno_of(count));
    }
    return count;
}

DISPATCHER(jint, reqNotifyCQ)(JNIEnv *env, jobject self, jlong cq, jint solicited_only) {
    (void) self;
    if (!baton_is_handle(env, "ibv_req_notify_cq", cq)) {
        return -1;
    }
    int error = baton_errno_of(ibv_req_notify_cq(HANDLE(struct ibv_cq, cq), solicited_only));
    if (error != 0) {
        baton_throw(env, "ibv_req_notify_cq", error);
        return -1;
    }
    return 0;
}

DISPATCHER(jint, ackCqEvent)(JNIEnv *env, jobject self, jlong cq, jint count) {
    (void) env;
    (void) self;
    if (cq == 0 || cq == -1 || count < 0) {
        return -EINVAL;
    }
    ibv_ack_cq_events(HANDLE(struct ibv_cq, cq), (unsigned int) count);
    return 0;
}
