package dev.baton.buffer.tier.remote;

import dev.baton.buffer.tier.TimeToLive;
import dev.baton.memory.Copier;
import dev.baton.memory.MemoryLedger;
import dev.baton.platform.Require;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Everything a remote tier is told before it starts. Set what differs, {@link #conclude()} once, then only read. */
public final class RemoteContext {
    private static final int THREADS_MAX = 64;
    private static final int JOBS_MAX = 4096;
    private static final long TIMEOUT_NS_MIN = TimeUnit.MILLISECONDS.toNanos(1);

    private RemoteClient client;
    private int lookupThreads = 2;
    private int loadThreads = 4;
    private int storeThreads = 4;
    private int lookupsMax = 1024;
    private int loadsMax = 64;
    private int storesMax = 32;
    private long lookupTimeoutNs = TimeUnit.MILLISECONDS.toNanos(250);
    private long loadTimeoutNs = TimeUnit.SECONDS.toNanos(5);
    private long storeTimeoutNs = TimeUnit.SECONDS.toNanos(5);
    private long hungAfterNs = TimeUnit.SECONDS.toNanos(15);
    private Copier copier = Copier.best();
    private MemoryLedger ledger = new MemoryLedger();
    private LongSupplier salts = new SecureRandom()::nextLong;
    private TimeToLive timeToLive = TimeToLive.UNLIMITED;
    private boolean concluded;

    /** The remote store. The tier closes it. */
    public RemoteContext client(RemoteClient value) {
        requireOpen();
        client = value;
        return this;
    }

    /** Threads, and connections, for lookups, loads and stores. */
    public RemoteContext threads(int lookups, int loads, int stores) {
        requireOpen();
        lookupThreads = lookups;
        loadThreads = loads;
        storeThreads = stores;
        return this;
    }

    /** Under way at once, of each kind; more are back-pressured. */
    public RemoteContext underWayMax(int lookups, int loads, int stores) {
        requireOpen();
        lookupsMax = lookups;
        loadsMax = loads;
        storesMax = stores;
        return this;
    }

    /** A lookup that has no answer for so long is answered with a miss. */
    public RemoteContext lookupTimeoutNs(long value) {
        requireOpen();
        lookupTimeoutNs = value;
        return this;
    }

    /** How long nothing may move, until a load or a store has failed. A load's own deadline is another matter. */
    public RemoteContext transferTimeoutNs(long loads, long stores) {
        requireOpen();
        loadTimeoutNs = loads;
        storeTimeoutNs = stores;
        return this;
    }

    /** An operation that takes longer hangs, whatever it does, and nothing more is asked of the store until it has returned. */
    public RemoteContext hungAfterNs(long value) {
        requireOpen();
        hungAfterNs = value;
        return this;
    }

    /** Counts the memory of the I/O threads, 4 KiB each. */
    public RemoteContext ledger(MemoryLedger value) {
        requireOpen();
        ledger = value;
        return this;
    }

    /**
     * How long a block is found after it was stored. Nodes that share a store may differ: the shortest removes. Each object has its
     * time, whatever this says when it is written.
     */
    public RemoteContext timeToLive(TimeToLive value) {
        requireOpen();
        timeToLive = value;
        return this;
    }

    /** Checks what was set and closes this context to change. Starts and allocates nothing. */
    public RemoteContext conclude() {
        requireOpen();
        Require.that(client != null, "client", null, "given");
        Require.between("lookupThreads", lookupThreads, 1, THREADS_MAX);
        Require.between("loadThreads", loadThreads, 1, THREADS_MAX);
        Require.between("storeThreads", storeThreads, 1, THREADS_MAX);
        Require.between("lookupsMax", lookupsMax, 1, JOBS_MAX);
        Require.between("loadsMax", loadsMax, 1, JOBS_MAX);
        Require.between("storesMax", storesMax, 1, JOBS_MAX);
        Require.atLeast("lookupTimeoutNs", lookupTimeoutNs, TIMEOUT_NS_MIN);
        Require.atLeast("loadTimeoutNs", loadTimeoutNs, TIMEOUT_NS_MIN);
        Require.atLeast("storeTimeoutNs", storeTimeoutNs, TIMEOUT_NS_MIN);
        Require.atLeast("hungAfterNs", hungAfterNs, TIMEOUT_NS_MIN);
        concluded = true;
        return this;
    }

    RemoteClient client() {
        return client;
    }

    int lookupThreads() {
        return lookupThreads;
    }

    int loadThreads() {
        return loadThreads;
    }

    int storeThreads() {
        return storeThreads;
    }

    int lookupsMax() {
        return lookupsMax;
    }

    int loadsMax() {
        return loadsMax;
    }

    int storesMax() {
        return storesMax;
    }

    long lookupTimeoutNs() {
        return lookupTimeoutNs;
    }

    long loadTimeoutNs() {
        return loadTimeoutNs;
    }

    long storeTimeoutNs() {
        return storeTimeoutNs;
    }

    long hungAfterNs() {
        return hungAfterNs;
    }

    Copier copier() {
        return copier;
    }

    MemoryLedger ledger() {
        return ledger;
    }

    LongSupplier salts() {
        return salts;
    }

    TimeToLive timeToLive() {
        return timeToLive;
    }

    private void requireOpen() {
        if (concluded) {
            throw new IllegalStateException("context is concluded: set everything before conclude()");
        }
    }
}
