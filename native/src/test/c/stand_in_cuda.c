/*
 * A stand-in for the CUDA driver's library, for tests alone: "device" memory is shared memory of the host, and copies of
 * a stream wait until somebody asks for the second time. It shows that calls are made in order with the right arguments;
 * it shows nothing about a GPU. STAND_IN_CUDA_FAIL=name:code makes one function return that code.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define SLOTS 64
#define FAIL_IF_TOLD(name) do { int code = told(name); if (code != 0) return code; } while (0)

enum { INVALID_VALUE = 1, OUT_OF_MEMORY = 2, INVALID_CONTEXT = 201, INVALID_HANDLE = 400, NOT_READY = 600 };

typedef struct { char name[48]; int64_t bytes; int32_t pid; int32_t number; } Handle;
typedef struct { char *base; size_t bytes; Handle handle; int kind; } Memory;   /* kind: 1 device, 2 host, 3 registered, 4 peer's */
typedef struct { void *target; const void *source; size_t bytes; } Copy;

_Static_assert(sizeof(Handle) == 64, "CUipcMemHandle");

static Memory memories[SLOTS];
static Copy copies[SLOTS];
static int copy_count, asked, device_count = 1, made;
static __thread int has_context;

static int told(const char *name) {
    const char *order = getenv("STAND_IN_CUDA_FAIL");
    size_t length = strlen(name);
    return order != NULL && strncmp(order, name, length) == 0 && order[length] == ':' ? atoi(order + length + 1) : 0;
}

static Memory *holding(const void *address) {
    for (int i = 0; i < SLOTS; i++) {
        if (memories[i].kind != 0 && (const char *) address >= memories[i].base && (const char *) address < memories[i].base + memories[i].bytes) {
            return &memories[i];
        }
    }
    return NULL;
}

static Memory *unused(void) {
    for (int i = 0; i < SLOTS; i++) {
        if (memories[i].kind == 0) {
            return &memories[i];
        }
    }
    return NULL;
}

static int map(Memory *memory, size_t bytes, int kind, int flags) {
    int file = shm_open(memory->handle.name, flags, 0600);
    if (file < 0 || ((flags & O_CREAT) && ftruncate(file, (off_t) bytes) != 0)) {
        return INVALID_HANDLE;
    }
    memory->base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (memory->base == MAP_FAILED) {
        return OUT_OF_MEMORY;
    }
    memory->bytes = bytes;
    memory->kind = kind;
    return 0;
}

static int release(void *address, int kind) {
    Memory *memory = holding(address);
    if (memory == NULL || memory->base != address || memory->kind != kind || !has_context) {
        return INVALID_VALUE;
    }
    if (kind != 3) {
        munmap(memory->base, memory->bytes);
    }
    if (kind == 1) {
        shm_unlink(memory->handle.name);
    }
    memset(memory, 0, sizeof *memory);
    return 0;
}

static void finish(void) {
    for (int i = 0; i < copy_count; i++) {
        memcpy(copies[i].target, copies[i].source, copies[i].bytes);
    }
    copy_count = 0;
}

EXPORT int cuInit(unsigned flags) { FAIL_IF_TOLD("cuInit"); return flags == 0 ? 0 : INVALID_VALUE; }
EXPORT int cuDeviceGetCount(int *count) { *count = device_count; return told("cuDeviceGetCount"); }
EXPORT int cuDriverGetVersion(int *version) { *version = 12040; return 0; }
EXPORT int cuDeviceGet(int *device, int ordinal) { *device = ordinal; return ordinal == 0 ? 0 : 101; }
EXPORT int cuDeviceGetName(char *name, int length, int device) { snprintf(name, (size_t) length, "stand-in of host memory"); return device; }
EXPORT int cuDeviceTotalMem_v2(size_t *bytes, int device) { *bytes = (size_t) 1 << 30; return device; }
EXPORT int cuDeviceGetAttribute(int *value, int attribute, int device) { *value = attribute == 124; return device; }
EXPORT int cuDevicePrimaryCtxRetain(void **context, int device) { *context = memories; return device; }
EXPORT int cuDevicePrimaryCtxRelease_v2(int device) { return device; }
EXPORT int cuCtxSetCurrent(void *context) { has_context = context == memories; return has_context ? 0 : INVALID_CONTEXT; }
EXPORT int cuCtxSynchronize(void) { finish(); return 0; }

EXPORT int cuMemAlloc_v2(void **address, size_t bytes) {
    FAIL_IF_TOLD("cuMemAlloc");
    Memory *memory = unused();
    if (memory == NULL || !has_context) {
        return INVALID_CONTEXT;
    }
    memory->handle.pid = getpid();
    memory->handle.number = made++;
    memory->handle.bytes = (int64_t) bytes;
    snprintf(memory->handle.name, sizeof memory->handle.name, "/stand-in-cuda-%d-%d", memory->handle.pid, memory->handle.number);
    int code = map(memory, bytes, 1, O_CREAT | O_EXCL | O_RDWR);
    *address = memory->base;
    return code;
}

EXPORT int cuMemFree_v2(void *address) { return release(address, 1); }

EXPORT int cuMemHostAlloc(void **address, size_t bytes, unsigned flags) {
    FAIL_IF_TOLD("cuMemHostAlloc");
    Memory *memory = unused();
    if (memory == NULL || !has_context || flags != 1) {
        return INVALID_VALUE;
    }
    memory->base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory->base == MAP_FAILED) {
        return OUT_OF_MEMORY;
    }
    memory->bytes = bytes;
    memory->kind = 2;
    *address = memory->base;
    return 0;
}

EXPORT int cuMemFreeHost(void *address) { return release(address, 2); }

EXPORT int cuMemHostRegister_v2(void *address, size_t bytes, unsigned flags) {
    FAIL_IF_TOLD("cuMemHostRegister");
    Memory *memory = unused();
    if (memory == NULL || holding(address) != NULL || flags != 1) {
        return INVALID_VALUE;
    }
    memory->base = address;
    memory->bytes = bytes;
    memory->kind = 3;
    return 0;
}

EXPORT int cuMemHostUnregister(void *address) { return release(address, 3); }

EXPORT int cuMemGetAddressRange_v2(void **base, size_t *bytes, void *address) {
    Memory *memory = holding(address);
    if (memory == NULL) {
        return INVALID_VALUE;
    }
    *base = memory->base;
    *bytes = memory->bytes;
    return 0;
}

static int is_within(const void *address, size_t bytes) {
    Memory *memory = holding(address);
    return memory != NULL && (const char *) address + bytes <= memory->base + memory->bytes;
}

EXPORT int cuMemcpyAsync(void *target, const void *source, size_t bytes, void *stream) {
    FAIL_IF_TOLD("cuMemcpyAsync");
    if (!is_within(target, bytes) || !is_within(source, bytes) || stream != copies || !has_context) {
        return INVALID_VALUE;
    }
    if (copy_count == SLOTS) {
        finish();
    }
    copies[copy_count++] = (Copy) {target, source, bytes};
    return 0;
}

EXPORT int cuMemcpy(void *target, const void *source, size_t bytes) {
    if (!is_within(target, bytes) || !is_within(source, bytes)) {
        return INVALID_VALUE;
    }
    memcpy(target, source, bytes);
    return 0;
}

EXPORT int cuStreamCreate(void **stream, unsigned flags) { *stream = copies; return flags == 1 ? 0 : INVALID_VALUE; }
EXPORT int cuStreamSynchronize(void *stream) { finish(); return stream == copies ? 0 : INVALID_HANDLE; }
EXPORT int cuStreamDestroy_v2(void *stream) { return stream == copies ? 0 : INVALID_HANDLE; }
EXPORT int cuEventCreate(void **event, unsigned flags) { *event = &asked; return flags == 2 ? 0 : INVALID_VALUE; }
EXPORT int cuEventDestroy_v2(void *event) { return event == &asked ? 0 : INVALID_HANDLE; }
EXPORT int cuEventRecord(void *event, void *stream) { asked = 0; return event == &asked && stream == copies ? 0 : INVALID_HANDLE; }

EXPORT int cuEventQuery(void *event) {
    FAIL_IF_TOLD("cuEventQuery");
    if (event != &asked) {
        return INVALID_HANDLE;
    }
    if (copy_count > 0 && asked++ == 0) {
        return NOT_READY;
    }
    finish();
    return 0;
}

EXPORT int cuIpcGetMemHandle(Handle *handle, void *address) {
    Memory *memory = holding(address);
    if (memory == NULL || memory->kind != 1) {
        return INVALID_VALUE;
    }
    *handle = memory->handle;
    return 0;
}

EXPORT int cuIpcOpenMemHandle_v2(void **address, Handle handle, unsigned flags) {
    FAIL_IF_TOLD("cuIpcOpenMemHandle");
    Memory *memory = unused();
    if (memory == NULL || handle.pid == getpid() || flags != 1 || memchr(handle.name, 0, sizeof handle.name) == NULL) {
        return INVALID_CONTEXT;
    }
    memory->handle = handle;
    int code = map(memory, (size_t) handle.bytes, 4, O_RDWR);
    *address = memory->base;
    return code;
}

EXPORT int cuIpcCloseMemHandle(void *address) { return release(address, 4); }

EXPORT int cuMemGetHandleForAddressRange(int *descriptor, void *address, size_t bytes, int kind, unsigned long long flags) {
    Memory *memory = holding(address);
    if (memory == NULL || memory->bytes < bytes || kind != 1 || flags != 0) {
        return INVALID_VALUE;
    }
    *descriptor = shm_open(memory->handle.name, O_RDWR, 0600);
    return *descriptor < 0 ? INVALID_VALUE : 0;
}
