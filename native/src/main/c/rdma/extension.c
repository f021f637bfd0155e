/*
 * What DiSNI has no native for, as plain functions for Java's foreign-function API: handles as 64-bit numbers, 0 or a
 * positive result where it went well, -errno where it did not. Dev.baton.platform.VerbsExtension is their one caller.
 */
#include "rdma.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define MR(value) HANDLE(struct ibv_mr, value)
#define CM(value) HANDLE(struct rdma_cm_id, value)

/* Both keys of a region, written where the caller says. */
static int64_t registered(struct ibv_mr *mr, uint32_t *keys) {
    if (mr == NULL) {
        return -(int64_t) (errno == 0 ? EIO : errno);
    }
    keys[0] = mr->lkey;
    keys[1] = mr->rkey;
    return NUMBER(mr);
}

EXPORT int64_t baton_register(int64_t pd, int64_t address, int64_t length, int32_t access, uint32_t *keys) {
    if (pd == 0 || length <= 0) {
        return -EINVAL;
    }
    return registered(ibv_reg_mr(HANDLE(struct ibv_pd, pd), HANDLE(void, address), (size_t) length, access), keys);
}

/* Memory of a device, exported as a dma-buf; iova is the address that peers use for its first byte. */
EXPORT int64_t baton_register_dmabuf(int64_t pd, int64_t offset, int64_t length, int64_t iova, int32_t descriptor,
                                     int32_t access, uint32_t *keys) {
    if (pd == 0 || length <= 0 || descriptor < 0) {
        return -EINVAL;
    }
    errno = 0;
    return registered(ibv_reg_dmabuf_mr(HANDLE(struct ibv_pd, pd), (uint64_t) offset, (size_t) length, (uint64_t) iova,
                                        descriptor, access),
                      keys);
}

EXPORT int32_t baton_deregister(int64_t mr) {
    return mr == 0 ? -EINVAL : -baton_errno_of(ibv_dereg_mr(MR(mr)));
}

/* 1 where an event waits, or the channel is broken, which taking one will tell; else 0. Takes nothing and never waits. */
EXPORT int32_t baton_has_cm_event(int64_t channel) {
    return channel != 0 && baton_await_readable(HANDLE(struct rdma_event_channel, channel)->fd, 0) != 0;
}

/* The last event that this thread took: struct baton_cm_event. */
EXPORT void baton_copy_last_cm_event(struct baton_cm_event *into) {
    *into = baton_last_cm_event;
}

/* A number as text, IPv4 or IPv6 (with %zone), and a port; the caller frees it with freeaddrinfo. */
static int address_of(const char *host, int32_t port, struct addrinfo **into) {
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    char service[8];
    if (host == NULL || port < 0 || port > 65535) {
        return -EINVAL;
    }
    snprintf(service, sizeof service, "%d", (int) port);
    int result = getaddrinfo(host, service, &hints, into);
    return result == 0 ? 0 : result == EAI_MEMORY ? -ENOMEM : result == EAI_SYSTEM ? -errno : -EADDRNOTAVAIL;
}

EXPORT int32_t baton_bind(int64_t id, const char *host, int32_t port) {
    struct addrinfo *address = NULL;
    int result = id == 0 ? -EINVAL : address_of(host, port, &address);
    if (result == 0) {
        result = -baton_errno_of(rdma_bind_addr(CM(id), address->ai_addr));
        freeaddrinfo(address);
    }
    return result;
}

/* From a source address, which chooses the device, or from none, where the route chooses. */
EXPORT int32_t baton_resolve(int64_t id, const char *source, const char *host, int32_t port, int32_t timeout_ms) {
    struct addrinfo *from = NULL;
    struct addrinfo *to = NULL;
    int result = id == 0 ? -EINVAL : address_of(host, port, &to);
    if (result == 0 && source != NULL) {
        result = address_of(source, 0, &from);
    }
    if (result == 0) {
        result = -baton_errno_of(
            rdma_resolve_addr(CM(id), from == NULL ? NULL : from->ai_addr, to->ai_addr, timeout_ms));
    }
    if (from != NULL) {
        freeaddrinfo(from);
    }
    if (to != NULL) {
        freeaddrinfo(to);
    }
    return result;
}

/* The port that an id listens on or connects from. */
EXPORT int32_t baton_port(int64_t id) {
    return id == 0 ? -EINVAL : (int32_t) ntohs(rdma_get_src_port(CM(id)));
}

/* The address of this side as text, "" before there is one; its length, or -errno. */
EXPORT int32_t baton_address(int64_t id, char *text, int32_t text_bytes) {
    if (id == 0 || text == NULL || text_bytes < 1) {
        return -EINVAL;
    }
    struct sockaddr *address = rdma_get_local_addr(CM(id));
    socklen_t length = address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    text[0] = '\0';
    if (address->sa_family != AF_INET && address->sa_family != AF_INET6) {
        return 0;
    }
    int result = getnameinfo(address, length, text, (socklen_t) text_bytes, NULL, 0, NI_NUMERICHOST);
    return result == 0 ? (int32_t) strlen(text) : result == EAI_OVERFLOW ? -ENOSPC : -EADDRNOTAVAIL;
}

static void connection(int64_t id, int32_t retries, int32_t rnr_retries, const void *data, int32_t data_bytes,
                       struct rdma_conn_param *param) {
    memset(param, 0, sizeof *param);
    baton_connection_depth(CM(id), param);
    param->retry_count = (uint8_t) retries;
    param->rnr_retry_count = (uint8_t) rnr_retries;
    param->private_data = data_bytes == 0 ? NULL : data;
    param->private_data_len = (uint8_t) data_bytes;
}

EXPORT int32_t baton_connect(int64_t id, int32_t retries, int32_t rnr_retries, const void *data, int32_t data_bytes) {
    struct rdma_conn_param param;
    if (id == 0 || data_bytes < 0 || data_bytes > BATON_PRIVATE_DATA_MAX) {
        return -EINVAL;
    }
    connection(id, retries, rnr_retries, data, data_bytes, &param);
    return -baton_errno_of(rdma_connect(CM(id), &param));
}

EXPORT int32_t baton_accept(int64_t id, int32_t retries, int32_t rnr_retries, const void *data, int32_t data_bytes) {
    struct rdma_conn_param param;
    if (id == 0 || data_bytes < 0 || data_bytes > BATON_PRIVATE_DATA_MAX) {
        return -EINVAL;
    }
    connection(id, retries, rnr_retries, data, data_bytes, &param);
    return -baton_errno_of(rdma_accept(CM(id), &param));
}

EXPORT int32_t baton_reject(int64_t id, const void *data, int32_t data_bytes) {
    if (id == 0 || data_bytes < 0 || data_bytes > BATON_PRIVATE_DATA_MAX) {
        return -EINVAL;
    }
    return -baton_errno_of(rdma_reject(CM(id), data_bytes == 0 ? NULL : data, (uint8_t) data_bytes));
}

static int32_t option(int64_t id, int name, void *value, size_t value_bytes) {
    return id == 0 ? -EINVAL : -baton_errno_of(rdma_set_option(CM(id), RDMA_OPTION_ID, name, value, value_bytes));
}

/* How long a packet may stay without an answer: 4.096 us * 2^exponent; before the id connects. */
EXPORT int32_t baton_ack_timeout(int64_t id, int32_t exponent) {
    uint8_t value = (uint8_t) exponent;
    return exponent < 0 || exponent > 31 ? -EINVAL : option(id, RDMA_OPTION_ID_ACK_TIMEOUT, &value, sizeof value);
}

EXPORT int32_t baton_type_of_service(int64_t id, int32_t type) {
    uint8_t value = (uint8_t) type;
    return type < 0 || type > 255 ? -EINVAL : option(id, RDMA_OPTION_ID_TOS, &value, sizeof value);
}

EXPORT int32_t baton_reuse_address(int64_t id) {
    int value = 1;
    return option(id, RDMA_OPTION_ID_REUSEADDR, &value, sizeof value);
}
