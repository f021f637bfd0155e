package dev.baton.receiver.core;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

import dev.baton.buffer.cache.PoolCacheCounters;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.wire.OutcomeKind;

/** What the control agent counts. Its thread writes; any thread reads. */
public final class ReceiverCounters {
    private final PoolCacheCounters cache = new PoolCacheCounters();
    private final AtomicLongArray ends = new AtomicLongArray(256);
    private final AtomicLongArray outcomes = new AtomicLongArray(3);
    private final AtomicLong blocksNamed = new AtomicLong();
    private final AtomicLong blocksHeld = new AtomicLong();
    private final AtomicLong blocksWritten = new AtomicLong();
    private final AtomicLong fetchesBegun = new AtomicLong();
    private final AtomicLong fetchesLanded = new AtomicLong();
    private final AtomicLong fetchesHeld = new AtomicLong();
    private final AtomicLong fetchesNotHere = new AtomicLong();
    private final AtomicLong fetchesFailed = new AtomicLong();
    private final AtomicLong tokensFetched = new AtomicLong();
    private final AtomicLong rechecks = new AtomicLong();
    private final AtomicLong rechecksLate = new AtomicLong();
    private final AtomicLong blocksKept = new AtomicLong();
    private final AtomicLong enginesLost = new AtomicLong();
    private final AtomicLong grants = new AtomicLong();
    private final AtomicLong queued = new AtomicLong();
    private final AtomicLong ready = new AtomicLong();
    private final AtomicLong readyBytes = new AtomicLong();
    private final AtomicLong nacks = new AtomicLong();
    private final AtomicLong stale = new AtomicLong();
    private final AtomicLong protocolErrors = new AtomicLong();
    private final AtomicLong quarantines = new AtomicLong();
    private final AtomicLong cancelledLateCount = new AtomicLong();
    private final AtomicLong releasesLateCount = new AtomicLong();
    private final AtomicLong peerDrainingCount = new AtomicLong();
    private final AtomicLong toldStaleCount = new AtomicLong();
    private final AtomicLong abortAcknowledgedCount = new AtomicLong();
    private final AtomicLong wantAcknowledgedCount = new AtomicLong();
    private final AtomicLong wantsDoubled = new AtomicLong();
    private final AtomicLong notHereUnaskedCount = new AtomicLong();

    /** What of the pool's cache there is, and why what of it went. */
    public PoolCacheCounters cache() {
        return cache;
    }

    /** Blocks that senders named in what was granted. */
    public long blocksNamed() {
        return blocksNamed.get();
    }

    /** Those of them that were here already, and were not sent. */
    public long blocksHeld() {
        return blocksHeld.get();
    }

    /** Blocks that the engine wrote and sealed. */
    public long blocksWritten() {
        return blocksWritten.get();
    }

    /** Prefixes that other nodes were asked for. */
    public long fetchesBegun() {
        return fetchesBegun.get();
    }

    void fetchBegun() {
        bump(fetchesBegun, 1);
    }

    public long fetchesLanded() {
        return fetchesLanded.get();
    }

    /** Of which everything lay here already: nobody was asked. */
    public long fetchesHeld() {
        return fetchesHeld.get();
    }

    public long fetchesNotHere() {
        return fetchesNotHere.get();
    }

    public long fetchesFailed() {
        return fetchesFailed.get();
    }

    /** Tokens of the prefixes that were fetched, those among them that lay here before. */
    public long tokensFetched() {
        return tokensFetched.get();
    }

    void fetchEnded(FetchEnd end) {
        switch (end) {
            case FetchEnd.Held _ -> bump(fetchesHeld, 1);
            case FetchEnd.NotHere _ -> bump(fetchesNotHere, 1);
            case FetchEnd.Failed _ -> bump(fetchesFailed, 1);
            case FetchEnd.Landed landed -> {
                bump(fetchesLanded, 1);
                bump(tokensFetched, landed.tokens());
            }
        }
    }

    void written(int blocks) {
        bump(blocksWritten, blocks);
    }

    void lookedUp(int named, int held) {
        bump(blocksNamed, named);
        bump(blocksHeld, held);
    }

    /** Failed handoffs of which something was read again to be kept. */
    public long rechecks() {
        return rechecks.get();
    }

    void recheckedOne() {
        bump(rechecks, 1);
    }

    /** Those that could not be read again in time. */
    public long rechecksLate() {
        return rechecksLate.get();
    }

    void recheckLate() {
        bump(rechecksLate, 1);
    }

    /** Blocks of failed handoffs that were right once more, and are found by their names. */
    public long blocksKept() {
        return blocksKept.get();
    }

    void keptBlocks(int count) {
        bump(blocksKept, count);
    }

    /** Decode engines whose process was watched, and went. */
    public long enginesLost() {
        return enginesLost.get();
    }

    void engineLost() {
        bump(enginesLost, 1);
    }

    /** Abnormal ends with that reason. */
    public long ends(EndReason reason) {
        return ends.get(reason.code());
    }

    public long outcomes(OutcomeKind kind) {
        return outcomes.get(kind.value());
    }

    public long grants() {
        return grants.get();
    }

    /** Requests that had to wait for their grant. */
    public long queued() {
        return queued.get();
    }

    public long ready() {
        return ready.get();
    }

    /** KV bytes of handoffs that became READY. */
    public long readyBytes() {
        return readyBytes.get();
    }

    public long nacks() {
        return nacks.get();
    }

    /** Messages for a reservation, token or session that was not current. */
    public long stale() {
        return stale.get();
    }

    public long protocolErrors() {
        return protocolErrors.get();
    }

    public long quarantines() {
        return quarantines.get();
    }

    /** Prefills asked for that their node had. */
    public long wantAcknowledgedCount() {
        return wantAcknowledgedCount.get();
    }

    public void wantAcknowledged() {
        bump(wantAcknowledgedCount, 1);
    }

    /** Prefills asked for that were under way here already, or delivered. */
    public long wantsDoubled() {
        return wantsDoubled.get();
    }

    void wantDoubled() {
        bump(wantsDoubled, 1);
    }

    /** Refusals of what was not asked there, or not any more. */
    public long notHereUnaskedCount() {
        return notHereUnaskedCount.get();
    }

    void notHereUnasked() {
        bump(notHereUnaskedCount, 1);
    }

    /** Aborts that the sender has read. */
    public long abortAcknowledgedCount() {
        return abortAcknowledgedCount.get();
    }

    public void abortAcknowledged() {
        bump(abortAcknowledgedCount, 1);
    }

    /** Times that a peer said a message of this end was not current. */
    public long toldStaleCount() {
        return toldStaleCount.get();
    }

    public void toldStale() {
        bump(toldStaleCount, 1);
    }

    /** Peers that said they take no new work. */
    public long peerDrainingCount() {
        return peerDrainingCount.get();
    }

    public void peerDraining() {
        bump(peerDrainingCount, 1);
    }

    void ended(EndReason reason) {
        ends.lazySet(reason.code(), ends.get(reason.code()) + 1);
    }

    void outcome(OutcomeKind kind) {
        outcomes.lazySet(kind.value(), outcomes.get(kind.value()) + 1);
    }

    void granted() {
        bump(grants, 1);
    }

    void queuedOne() {
        bump(queued, 1);
    }

    void readyOne(long bytes) {
        bump(ready, 1);
        bump(readyBytes, bytes);
    }

    void nacked() {
        bump(nacks, 1);
    }

    public void staleOne() {
        bump(stale, 1);
    }

    void protocolError() {
        bump(protocolErrors, 1);
    }

    /** CANCELs of handoffs that their engine had taken, or that were ending already. */
    public long cancelledLateCount() {
        return cancelledLateCount.get();
    }

    void cancelledLate() {
        bump(cancelledLateCount, 1);
    }

    /** Handoffs that their engine took and did not release within {@code releaseWithin}: an alarm. */
    public long releasesLateCount() {
        return releasesLateCount.get();
    }

    void releaseLate() {
        bump(releasesLateCount, 1);
    }

    void quarantined() {
        bump(quarantines, 1);
    }

    /** One writer: no locked instruction is needed. */
    private static void bump(AtomicLong counter, long amount) {
        counter.lazySet(counter.get() + amount);
    }
}
