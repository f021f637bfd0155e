package dev.baton.receiver.engine;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

import org.agrona.concurrent.ManyToOneConcurrentLinkedQueue;

import dev.baton.buffer.reserve.RejectReason;
import dev.baton.platform.Canary;
import dev.baton.receiver.core.DecodeEvents;
import dev.baton.receiver.core.FetchEnd;
import dev.baton.receiver.core.PrefetchAsk;
import dev.baton.receiver.core.PassageAsk;
import dev.baton.receiver.core.PassageBlocks;
import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.receiver.core.WritableBlocks;
import dev.baton.receiver.core.WriteAsk;
import dev.baton.receiver.core.WriteRefusal;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;

/**
 * Between one decode engine's thread and the control agent: events one way, orders the other, no locks but where engines come and go. Orders are
 * carried out in the order given. Events wait until the engine polls; of handoffs that ended, the last 65,536 do.
 */
public final class DecodePort implements DecodeEvents {
    private static final int ENDED_WAITING_MAX = 1 << 16;

    private sealed interface Event {
        record Ready(ReadyHandoff handoff) implements Event {}

        record Ended(HandoffId handoff, EndReason reason, String detail) implements Event {}

        record NotHere(HandoffId handoff, EndReason reason) implements Event {}

        record Reserved(HandoffId handoff) implements Event {}

        record Refused(HandoffId handoff, RejectReason reason, int retryAfterMs, String detail) implements Event {}

        record Writable(WritableBlocks blocks, long engine) implements Event {}

        record NotWritable(WriteAsk ask, WriteRefusal reason) implements Event {}

        record Written(long handle, int blockCount) implements Event {}

        record Fetched(FetchEnd end) implements Event {}

        record Prefetched(PrefetchAsk ask, int blocksHere) implements Event {}

        record PassageNamed(PassageAsk ask, int blockCount) implements Event {}

        record Passage(PassageBlocks blocks, long engine) implements Event {}

        record Cancelled(HandoffId handoff) implements Event {}

        record ReleaseLate(HandoffId handoff) implements Event {}
    }

    private final ManyToOneConcurrentLinkedQueue<Event> events = new ManyToOneConcurrentLinkedQueue<>();
    private final ManyToOneConcurrentLinkedQueue<EngineOrder> orders = new ManyToOneConcurrentLinkedQueue<>();
    private final AtomicLong endedWaiting = new AtomicLong();
    private final AtomicLong endedDropped = new AtomicLong();
    /** How many engines have left: as they say it, and as the control agent has carried it out. */
    private final AtomicLong left = new AtomicLong();
    /** The control agent's. */
    private long leftCarriedOut;
    /** As engines say it, one thread at a time, and as the control agent has carried it out. */
    private final EngineChanges said = new EngineChanges();
    private final EngineChanges carriedOut = new EngineChanges();
    private volatile boolean isClosed;

    /** Engine thread: hears what happened. Returns the number of events. */
    public int poll(DecodeListener listener, int limit) {
        int count = 0;
        Event event;
        while (count < limit && (event = events.peek()) != null && !isHeldBack(event)) {
            events.poll();
            count++;
            if (isClosed && isOfMemory(event)) {
                continue;
            }
            switch (event) {
                case Event.Ready ready -> listener.onReady(ready.handoff());
                case Event.Ended ended -> {
                    endedWaiting.decrementAndGet();
                    listener.onEnded(ended.handoff(), ended.reason(), ended.detail());
                }
                case Event.NotHere notHere -> listener.onNotHere(notHere.handoff(), notHere.reason());
                case Event.Reserved reserved -> listener.onReserved(reserved.handoff());
                case Event.Refused refused -> listener.onRefused(refused.handoff(), refused.reason(),
                    refused.retryAfterMs(), refused.detail());
                case Event.Writable writable -> {
                    if (writable.engine() == left.get()) {
                        listener.onWritable(writable.blocks());
                    }
                }
                case Event.NotWritable refused -> listener.onNotWritable(refused.ask(), refused.reason());
                case Event.Written written -> listener.onWritten(written.handle(), written.blockCount());
                case Event.Fetched fetched -> listener.onFetched(fetched.end());
                case Event.Prefetched prefetched -> listener.onPrefetched(prefetched.ask(), prefetched.blocksHere());
                case Event.PassageNamed named -> listener.onPassageNamed(named.ask(), named.blockCount());
                case Event.Passage passage -> {
                    if (passage.engine() == left.get()) {
                        listener.onPassage(passage.blocks());
                    }
                }
                case Event.Cancelled cancelled -> listener.onCancelled(cancelled.handoff());
                case Event.ReleaseLate late -> listener.onReleaseLate(late.handoff());
            }
        }
        return count;
    }

    /** Memory that the one before was told of goes back with it: the next one hears of none before that is carried out. */
    private boolean isHeldBack(Event event) {
        return isOfMemory(event) && isChanging() && !isClosed;
    }

    /** Whether it tells this engine of memory; what an engine that has left was told is skipped anyway. */
    private boolean isOfMemory(Event event) {
        return switch (event) {
            case Event.Ready _ -> true;
            case Event.Writable writable -> writable.engine() == left.get();
            case Event.Passage passage -> passage.engine() == left.get();
            default -> false;
        };
    }

    private boolean isChanging() {
        return said.count() != carriedOut.count() && !Canary.NEXT_ENGINE_TAKES.isActive();
    }

    /**
     * Engine thread: true if it is this engine's to read from now on. What an engine had heard of and not taken when it left, or another
     * came in its place, goes back once that is carried out: it is nobody's from the moment that it is said.
     */
    public boolean take(ReadyHandoff handoff) {
        if (isClosed) {
            return false;
        }
        if (isChanging()) {
            orders.offer(new EngineOrder.Decline(handoff.handle()));
            return false;
        }
        boolean isTaken = handoff.take();
        if (isTaken) {
            orders.offer(new EngineOrder.Take(handoff.handle()));
        }
        return isTaken;
    }

    /** Any thread. Memory that an engine was told of, and has not heard of when it leaves, is told to no engine after it. */
    public void order(EngineOrder order) {
        if (!EngineChanges.mayBe(order)) {
            orders.offer(order);
            return;
        }
        synchronized (said) {
            if (order instanceof EngineOrder.Detach) {
                left.incrementAndGet();
            }
            said.next(order);
            orders.offer(order);
        }
    }

    /** Events of ended handoffs that no engine came to hear in time. */
    public long endedDropped() {
        return endedDropped.get();
    }

    /** Control agent: takes in what the engine asked. */
    public int drain(Consumer<EngineOrder> consumer, int limit) {
        int count = 0;
        EngineOrder order;
        while (count < limit && (order = orders.poll()) != null) {
            if (order instanceof EngineOrder.Detach) {
                leftCarriedOut++;
            }
            count++;
            try {
                consumer.accept(order);
            } finally {
                carriedOut.next(order);
            }
        }
        return count;
    }

    /** Control agent: the node goes, and its memory. What ended is still told. */
    public void close() {
        isClosed = true;
    }

    /** Control agent: the engine's process is gone, which it cannot say itself. */
    public void engineLost() {
        left.incrementAndGet();
        leftCarriedOut++;
    }

    @Override
    public void onReady(ReadyHandoff handoff) {
        events.offer(new Event.Ready(handoff));
    }

    @Override
    public void onEnded(HandoffId handoff, EndReason reason, String detail) {
        if (endedWaiting.get() >= ENDED_WAITING_MAX) {
            endedDropped.incrementAndGet();
            return;
        }
        endedWaiting.incrementAndGet();
        events.offer(new Event.Ended(handoff, reason, detail));
    }

    @Override
    public void onNotHere(HandoffId handoff, EndReason reason) {
        events.offer(new Event.NotHere(handoff, reason));
    }

    @Override
    public void onReserved(HandoffId handoff) {
        events.offer(new Event.Reserved(handoff));
    }

    @Override
    public void onRefused(HandoffId handoff, RejectReason reason, int retryAfterMs, String detail) {
        events.offer(new Event.Refused(handoff, reason, retryAfterMs, detail));
    }

    @Override
    public void onWritable(WritableBlocks blocks) {
        events.offer(new Event.Writable(blocks, leftCarriedOut));
    }

    @Override
    public void onNotWritable(WriteAsk ask, WriteRefusal reason) {
        events.offer(new Event.NotWritable(ask, reason));
    }

    @Override
    public void onWritten(long handle, int blockCount) {
        events.offer(new Event.Written(handle, blockCount));
    }

    @Override
    public void onFetched(FetchEnd end) {
        events.offer(new Event.Fetched(end));
    }

    @Override
    public void onPrefetched(PrefetchAsk ask, int blocksHere) {
        events.offer(new Event.Prefetched(ask, blocksHere));
    }

    @Override
    public void onPassageNamed(PassageAsk ask, int blockCount) {
        events.offer(new Event.PassageNamed(ask, blockCount));
    }

    @Override
    public void onPassage(PassageBlocks blocks) {
        events.offer(new Event.Passage(blocks, leftCarriedOut));
    }

    @Override
    public void onCancelled(HandoffId handoff) {
        events.offer(new Event.Cancelled(handoff));
    }

    @Override
    public void onReleaseLate(HandoffId handoff) {
        events.offer(new Event.ReleaseLate(handoff));
    }
}
