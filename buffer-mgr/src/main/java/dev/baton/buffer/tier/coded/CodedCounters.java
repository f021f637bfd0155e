package dev.baton.buffer.tier.coded;

import java.util.concurrent.atomic.AtomicLong;

/** What was encoded and decoded. Workers write; any thread reads. */
final class CodedCounters {
    private static final System.Logger LOG = System.getLogger(CodedCounters.class.getName());

    private final AtomicLong rawBytes = new AtomicLong();
    private final AtomicLong encodedBytes = new AtomicLong();
    private final AtomicLong decodedCount = new AtomicLong();
    private final AtomicLong damagedCount = new AtomicLong();

    /** Bytes of all records that were encoded, as they lay in memory. */
    long rawBytes() {
        return rawBytes.get();
    }

    /** The same as they went to the store below. */
    long encodedBytes() {
        return encodedBytes.get();
    }

    long decodedRecords() {
        return decodedCount.get();
    }

    /** Records that could not be decoded: of an unknown codec, or not what was stored. Misses. */
    long damagedRecords() {
        return damagedCount.get();
    }

    void encoded(long raw, long encoded) {
        rawBytes.addAndGet(raw);
        encodedBytes.addAndGet(encoded);
    }

    void decoded() {
        decodedCount.incrementAndGet();
    }

    /** The first is told, and each thousandth. */
    void damaged(Exception cause) {
        if (damagedCount.getAndIncrement() % 1000 == 0) {
            LOG.log(System.Logger.Level.WARNING, "tier: a record cannot be decoded, and is a miss: " + cause.getMessage());
        }
    }
}
