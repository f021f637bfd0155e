/*
 * One pass over memory that reads each byte once, takes its CRC32C and, as asked, stores it: nowhere, with ordinary
 * stores, or past the caches. A template: included once for each vector width by baton_memory.c, which defines
 *   KERNEL(name)       the name of a function of this variant
 *   KERNEL_TARGET      the target attribute
 *   VECTOR             the vector type, VECTOR_BYTES of them make up a 64-byte line
 *   LOAD(p) STORE(p, v) STREAM(p, v)   unaligned load, unaligned store, aligned store past the caches
 *
 * The CRC runs as three streams side by side, because a crc32 instruction takes three cycles and starts every cycle.
 * Each stream covers `span` bytes; the three are joined by one carry-less multiplication each.
 */
#define LINE 64
#define VECTORS (LINE / VECTOR_BYTES)

KERNEL_TARGET static inline __attribute__((always_inline)) void KERNEL(line)(
    const uint8_t *source, uint8_t *target, int how) {
    if (how == READ_ONLY) {
        return;
    }
    VECTOR line[VECTORS];
    for (int i = 0; i < VECTORS; i++) {
        line[i] = LOAD(source + i * VECTOR_BYTES);
    }
    for (int i = 0; i < VECTORS; i++) {
        if (how == STORED_PAST_CACHES) {
            STREAM(target + i * VECTOR_BYTES, line[i]);
        } else {
            STORE(target + i * VECTOR_BYTES, line[i]);
        }
    }
}

KERNEL_TARGET static inline __attribute__((always_inline)) uint32_t KERNEL(three_streams)(
    const uint8_t *source, uint8_t *target, size_t span, uint64_t join_one, uint64_t join_two, uint32_t crc, int how) {
    uint64_t a = crc, b = 0, c = 0;
    for (size_t i = 0; i < span; i += LINE) {
        const uint8_t *sa = source + i, *sb = sa + span, *sc = sb + span;
        for (int w = 0; w < LINE; w += 8) {
            a = _mm_crc32_u64(a, word_at(sa + w));
            b = _mm_crc32_u64(b, word_at(sb + w));
            c = _mm_crc32_u64(c, word_at(sc + w));
        }
        KERNEL(line)(sa, target + i, how);
        KERNEL(line)(sb, target + span + i, how);
        KERNEL(line)(sc, target + 2 * span + i, how);
    }
    return (uint32_t) (shifted(a, join_two) ^ shifted(b, join_one) ^ c);
}

KERNEL_TARGET static inline __attribute__((always_inline)) uint32_t KERNEL(few)(
    const uint8_t *source, uint8_t *target, size_t length, uint32_t crc, int how) {
    uint64_t a = crc;
    size_t i = 0;
    for (; i + 8 <= length; i += 8) {
        uint64_t word = word_at(source + i);
        a = _mm_crc32_u64(a, word);
        if (how != READ_ONLY) {
            memcpy(target + i, &word, 8);
        }
    }
    for (; i < length; i++) {
        a = _mm_crc32_u8((uint32_t) a, source[i]);
        if (how != READ_ONLY) {
            target[i] = source[i];
        }
    }
    return (uint32_t) a;
}

KERNEL_TARGET static inline __attribute__((always_inline)) uint32_t KERNEL(pass)(
    const uint8_t *source, uint8_t *target, size_t length, uint32_t crc, int how) {
    if (how == STORED_PAST_CACHES) {
        /* Stores past the caches need whole aligned lines; the bytes before the first one go the ordinary way. */
        size_t head = (size_t) (-(uintptr_t) target & (LINE - 1));
        head = head < length ? head : length;
        crc = KERNEL(few)(source, target, head, crc, STORED);
        source += head;
        target += head;
        length -= head;
    }
    while (length >= 3 * SPAN_LONG) {
        crc = KERNEL(three_streams)(source, target, SPAN_LONG, join_long[0], join_long[1], crc, how);
        source += 3 * SPAN_LONG;
        target += how == READ_ONLY ? 0 : 3 * SPAN_LONG;
        length -= 3 * SPAN_LONG;
    }
    while (length >= 3 * SPAN_SHORT) {
        crc = KERNEL(three_streams)(source, target, SPAN_SHORT, join_short[0], join_short[1], crc, how);
        source += 3 * SPAN_SHORT;
        target += how == READ_ONLY ? 0 : 3 * SPAN_SHORT;
        length -= 3 * SPAN_SHORT;
    }
    return KERNEL(few)(source, target, length, crc, how == READ_ONLY ? READ_ONLY : STORED);
}

KERNEL_TARGET static uint32_t KERNEL(crc)(const uint8_t *source, size_t length, uint32_t crc) {
    return KERNEL(pass)(source, (uint8_t *) source, length, crc, READ_ONLY);
}

KERNEL_TARGET static uint32_t KERNEL(copy_crc)(
    const uint8_t *source, uint8_t *target, size_t length, uint32_t crc) {
    if (length < PAST_CACHES_MIN) {
        return KERNEL(pass)(source, target, length, crc, STORED);
    }
    crc = KERNEL(pass)(source, target, length, crc, STORED_PAST_CACHES);
    _mm_sfence();
    return crc;
}

KERNEL_TARGET static void KERNEL(copy)(const uint8_t *source, uint8_t *target, size_t length) {
    if (length < PAST_CACHES_MIN) {
        memcpy(target, source, length);
        return;
    }
    size_t head = (size_t) (-(uintptr_t) target & (LINE - 1));
    memcpy(target, source, head);
    size_t i = head;
    for (; i + LINE <= length; i += LINE) {
        KERNEL(line)(source + i, target + i, STORED_PAST_CACHES);
    }
    memcpy(target + i, source + i, length - i);
    _mm_sfence();
}

#undef LINE
#undef VECTORS
