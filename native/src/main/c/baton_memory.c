/*
 * Copy, copy fused with CRC32C, and CRC32C, over raw memory, for dev.baton.memory.Copier. The best code for this
 * processor is found once, when the library is loaded. CRCs are as java.util.zip.CRC32C gives them: they start from
 * and end in an inversion, so that the CRC of nothing is 0 and a result is the start of the next call.
 *
 * Every store is visible to other processors when a function returns: stores past the caches end in a fence.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default")))

/* The Castagnoli polynomial, reflected. */
#define POLYNOMIAL 0x82F63B78u

typedef uint32_t (*copy_crc_function)(const uint8_t *source, uint8_t *target, size_t length, uint32_t crc);
typedef void (*copy_function)(const uint8_t *source, uint8_t *target, size_t length);
typedef uint32_t (*crc_function)(const uint8_t *source, size_t length, uint32_t crc);

/*
 * Copies of at least this many bytes go past the caches: below it the reader often finds the bytes in the cache still,
 * above it the read-for-ownership of an ordinary store costs more than that is worth. Measured over a set larger than
 * the caches: 64 KiB pieces gain 1.5 times on Zen 4, and nothing either way on Cascade Lake.
 */
#define PAST_CACHES_MIN ((size_t) 64 * 1024)

static inline uint64_t word_at(const uint8_t *p) {
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

/* ---- plain C: eight tables, eight bytes a step (little-endian machines, which all of ours are) ---- */

static uint32_t tables[8][256];

static void fill_tables(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ (POLYNOMIAL & -(crc & 1));
        }
        tables[0][i] = crc;
    }
    for (int t = 1; t < 8; t++) {
        for (int i = 0; i < 256; i++) {
            tables[t][i] = (tables[t - 1][i] >> 8) ^ tables[0][tables[t - 1][i] & 0xff];
        }
    }
}

static uint32_t plain_crc(const uint8_t *source, size_t length, uint32_t crc) {
    size_t i = 0;
    for (; i + 8 <= length; i += 8) {
        uint64_t word = word_at(source + i) ^ crc;
        crc = 0;
        for (int t = 0; t < 8; t++) {
            crc ^= tables[7 - t][(word >> (8 * t)) & 0xff];
        }
    }
    for (; i < length; i++) {
        crc = (crc >> 8) ^ tables[0][(crc ^ source[i]) & 0xff];
    }
    return crc;
}

static void plain_copy(const uint8_t *source, uint8_t *target, size_t length) {
    memcpy(target, source, length);
}

/* In pieces that stay in the first-level cache, so that memory is still read once only. */
#define PIECE ((size_t) 8192)

static inline __attribute__((always_inline)) uint32_t copy_crc_in_pieces(
    const uint8_t *source, uint8_t *target, size_t length, uint32_t crc, crc_function crc_of) {
    for (size_t i = 0; i < length; i += PIECE) {
        size_t taken = length - i < PIECE ? length - i : PIECE;
        crc = crc_of(source + i, taken, crc);
        memcpy(target + i, source + i, taken);
    }
    return crc;
}

static uint32_t plain_copy_crc(const uint8_t *source, uint8_t *target, size_t length, uint32_t crc) {
    return copy_crc_in_pieces(source, target, length, crc, plain_crc);
}

/* ---- x86: crc32 instructions in three streams, stores of 16, 32 or 64 bytes ---- */

#if defined(__x86_64__)
#include <immintrin.h>

enum { READ_ONLY, STORED, STORED_PAST_CACHES };

/* Bytes of one stream. The long one makes joining cheap; the short one leaves at most 767 bytes to a single stream. */
#define SPAN_LONG ((size_t) 4096)
#define SPAN_SHORT ((size_t) 256)

/* Factors that append one and two spans of zero bytes to a CRC. */
static uint64_t join_long[2];
static uint64_t join_short[2];

/* x to the n, modulo the polynomial, in reflected order. */
static uint64_t power_of_x(size_t n) {
    uint32_t power = 0x80000000u;
    for (size_t i = 0; i < n; i++) {
        power = (power >> 1) ^ (POLYNOMIAL & -(power & 1));
    }
    return power;
}

static void fill_joins(void) {
    /* A carry-less product of reflected numbers is off by one bit, and crc32 of it multiplies by x^32: hence 33. */
    join_long[0] = power_of_x(SPAN_LONG * 8 - 33);
    join_long[1] = power_of_x(SPAN_LONG * 16 - 33);
    join_short[0] = power_of_x(SPAN_SHORT * 8 - 33);
    join_short[1] = power_of_x(SPAN_SHORT * 16 - 33);
}

__attribute__((target("sse4.2,pclmul"))) static inline uint64_t shifted(uint64_t crc, uint64_t factor) {
    __m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long) crc), _mm_cvtsi64_si128((long long) factor), 0);
    return _mm_crc32_u64(0, (uint64_t) _mm_cvtsi128_si64(product));
}

#define KERNEL(name) avx512_##name
#define KERNEL_TARGET __attribute__((target("avx512f,sse4.2,pclmul")))
#define VECTOR __m512i
#define VECTOR_BYTES 64
#define LOAD(p) _mm512_loadu_si512((const void *) (p))
#define STORE(p, v) _mm512_storeu_si512((void *) (p), v)
#define STREAM(p, v) _mm512_stream_si512((__m512i *) (void *) (p), v)
#include "baton_kernel.h"
#undef KERNEL
#undef KERNEL_TARGET
#undef VECTOR
#undef VECTOR_BYTES
#undef LOAD
#undef STORE
#undef STREAM

#define KERNEL(name) avx2_##name
#define KERNEL_TARGET __attribute__((target("avx2,sse4.2,pclmul")))
#define VECTOR __m256i
#define VECTOR_BYTES 32
#define LOAD(p) _mm256_loadu_si256((const __m256i *) (const void *) (p))
#define STORE(p, v) _mm256_storeu_si256((__m256i *) (void *) (p), v)
#define STREAM(p, v) _mm256_stream_si256((__m256i *) (void *) (p), v)
#include "baton_kernel.h"
#undef KERNEL
#undef KERNEL_TARGET
#undef VECTOR
#undef VECTOR_BYTES
#undef LOAD
#undef STORE
#undef STREAM

#define KERNEL(name) sse42_##name
#define KERNEL_TARGET __attribute__((target("sse4.2,pclmul")))
#define VECTOR __m128i
#define VECTOR_BYTES 16
#define LOAD(p) _mm_loadu_si128((const __m128i *) (const void *) (p))
#define STORE(p, v) _mm_storeu_si128((__m128i *) (void *) (p), v)
#define STREAM(p, v) _mm_stream_si128((__m128i *) (void *) (p), v)
#include "baton_kernel.h"
#endif

/* ---- ARM: the CRC32C instructions, and memcpy, which the C library tunes for the processor ---- */

#if defined(__aarch64__)
#include <arm_acle.h>
#include <sys/auxv.h>

#ifndef HWCAP_CRC32
#define HWCAP_CRC32 (1 << 7)
#endif

__attribute__((target("+crc"))) static uint32_t arm_crc(const uint8_t *source, size_t length, uint32_t crc) {
    size_t i = 0;
    for (; i + 8 <= length; i += 8) {
        crc = __crc32cd(crc, word_at(source + i));
    }
    for (; i < length; i++) {
        crc = __crc32cb(crc, source[i]);
    }
    return crc;
}

static uint32_t arm_copy_crc(const uint8_t *source, uint8_t *target, size_t length, uint32_t crc) {
    return copy_crc_in_pieces(source, target, length, crc, arm_crc);
}
#endif

/* ---- the choice ---- */

struct variant {
    const char *name;
    copy_crc_function copy_crc;
    copy_function copy;
    crc_function crc;
};

static const struct variant plain = {"plain C", plain_copy_crc, plain_copy, plain_crc};

/* All that this processor can run, best first; plain C comes last, and null after it. */
static const struct variant *usable[8];

__attribute__((constructor)) static void choose(void) {
    int count = 0;
    fill_tables();
#if defined(__x86_64__)
    static const struct variant avx512 = {"avx512", avx512_copy_crc, avx512_copy, avx512_crc};
    static const struct variant avx2 = {"avx2", avx2_copy_crc, avx2_copy, avx2_crc};
    static const struct variant sse42 = {"sse4.2", sse42_copy_crc, sse42_copy, sse42_crc};
    __builtin_cpu_init();
    if (__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul")) {
        fill_joins();
        if (__builtin_cpu_supports("avx512f")) {
            usable[count++] = &avx512;
        }
        if (__builtin_cpu_supports("avx2")) {
            usable[count++] = &avx2;
        }
        usable[count++] = &sse42;
    }
#elif defined(__aarch64__)
    static const struct variant arm = {"arm crc32", arm_copy_crc, plain_copy, arm_crc};
    if (getauxval(AT_HWCAP) & HWCAP_CRC32) {
        usable[count++] = &arm;
    }
#endif
    usable[count] = &plain;
}

/* ---- what Java calls; lengths are never negative ---- */

/* The index-th best code for this processor, 0 the best; null where there are no more. It lives as long as the library. */
EXPORTED const struct variant *baton_variant(int32_t index) {
    return usable[index];
}

EXPORTED const char *baton_variant_name(const struct variant *variant) {
    return variant->name;
}

EXPORTED int32_t baton_copy_crc32c(
    const struct variant *variant, const uint8_t *source, uint8_t *target, int64_t length, int32_t crc) {
    return (int32_t) ~variant->copy_crc(source, target, (size_t) length, ~(uint32_t) crc);
}

EXPORTED void baton_copy(const struct variant *variant, const uint8_t *source, uint8_t *target, int64_t length) {
    variant->copy(source, target, (size_t) length);
}

EXPORTED int32_t baton_crc32c(const struct variant *variant, const uint8_t *source, int64_t length, int32_t crc) {
    return (int32_t) ~variant->crc(source, (size_t) length, ~(uint32_t) crc);
}
