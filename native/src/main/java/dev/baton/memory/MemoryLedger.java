package dev.baton.memory;

import dev.baton.platform.Require;
import java.util.Map;
import java.util.TreeMap;

/**
 * Bytes of owned memory alive, by owner. One per process (or per test), handed to whoever maps memory; never a static.
 * Safe from any thread. Regions come and go rarely, so one monitor is enough; it is never on the hot path.
 */
public final class MemoryLedger {
    private final Map<String, Long> bytesByOwner = new TreeMap<>();
    private final MemorySource source;
    private long totalBytes;

    public MemoryLedger() {
        this(null);
    }

    /** @param source of anonymous regions; null for the kernel */
    public MemoryLedger(MemorySource source) {
        this.source = source;
    }

    MemorySource sourceOrNull() {
        return source;
    }

    public synchronized void add(String owner, long lengthBytes) {
        Require.atLeast("lengthBytes", lengthBytes, 0);
        bytesByOwner.merge(owner, lengthBytes, Math::addExact);
        totalBytes = Math.addExact(totalBytes, lengthBytes);
    }

    /**
     * Strikes bytes off.
     * @throws IllegalStateException if the owner holds less than that: something was closed twice
     */
    public synchronized void remove(String owner, long lengthBytes) {
        Require.atLeast("lengthBytes", lengthBytes, 0);
        long held = bytes(owner);
        if (held < lengthBytes) {
            throw new IllegalStateException(
                "owner gives back more than it holds: owner=" + owner + " bytes=" + held + " removed=" + lengthBytes);
        }
        if (held == lengthBytes) {
            bytesByOwner.remove(owner);
        } else {
            bytesByOwner.put(owner, held - lengthBytes);
        }
        totalBytes -= lengthBytes;
    }

    /** Bytes that this owner holds; 0 for one that is not known. */
    public synchronized long bytes(String owner) {
        return bytesByOwner.getOrDefault(owner, 0L);
    }

    public synchronized long totalBytes() {
        return totalBytes;
    }

    public synchronized boolean isEmpty() {
        return bytesByOwner.isEmpty();
    }

    /** Bytes by owner at this moment, owners in alphabetical order; a copy, not a view. */
    public synchronized Map<String, Long> snapshot() {
        return new TreeMap<>(bytesByOwner);
    }

    /** Names every owner that still holds memory, so that a test's failure says whose leak it is. */
    @Override
    public synchronized String toString() {
        return "MemoryLedger totalBytes=" + totalBytes + " " + bytesByOwner;
    }
}
