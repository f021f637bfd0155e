package dev.baton.sender.engine;

import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.concurrent.ManyToOneConcurrentLinkedQueue;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.OneToOneConcurrentArrayQueue;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

import dev.baton.sender.core.EngineNotice;
import dev.baton.sender.core.EngineOutbox;
import dev.baton.sender.core.HandoffBoard;
import dev.baton.sender.core.PrefixHere;
import dev.baton.sender.core.PrefixOrder;
import dev.baton.sender.core.PrefixWant;

/**
 * Both ways between one engine thread and the control agent. Boards go down, each at most once at a time; notices come
 * up, a few a handoff; units that are free again come up as numbers.
 */
public final class EngineMail implements EngineOutbox {
    private static final int UNIT_FREE = 1;
    private static final int UNIT_LENGTH = 16;
    private static final int UNIT_RECORD_BYTES = 32;
    private static final int RING_BYTES_MIN = 1 << 14;
    private static final int WANTS_MAX = 64;

    private final OneToOneConcurrentArrayQueue<HandoffBoard> boards;
    private final OneToOneConcurrentArrayQueue<EngineNotice> notices;
    // The control agent's: notices that found the queue full.
    private final ArrayDeque<EngineNotice> overflow = new ArrayDeque<>();
    private final OneToOneRingBuffer units;
    private final OneToOneConcurrentArrayQueue<PrefixWant> wants = new OneToOneConcurrentArrayQueue<>(WANTS_MAX);

    private final ManyToOneConcurrentLinkedQueue<PrefixOrder> orders = new ManyToOneConcurrentLinkedQueue<>();
    private final ManyToOneConcurrentLinkedQueue<PrefixHere> found = new ManyToOneConcurrentLinkedQueue<>();
    /** How often another engine came in place of the one before: as it was said, and as the control agent has carried it out. */
    private final AtomicLong changes = new AtomicLong();
    private volatile long changesCarriedOut;

    /** @param unitsMax units that can be staged at once, at most */
    public EngineMail(int handoffsMax, int unitsMax) {
        // A board may still lie here when its slot's next handoff begins: two a slot.
        boards = new OneToOneConcurrentArrayQueue<>(handoffsMax * 2);
        notices = new OneToOneConcurrentArrayQueue<>(handoffsMax * 4);
        int ringBytes = Math.max(RING_BYTES_MIN, BitUtil.findNextPositivePowerOfTwo(2 * unitsMax * UNIT_RECORD_BYTES));
        units = new OneToOneRingBuffer(new UnsafeBuffer(
            BufferUtil.allocateDirectAligned(ringBytes + RingBufferDescriptor.TRAILER_LENGTH,
                BitUtil.CACHE_LINE_LENGTH)));
    }

    // ---- Engine's side

    /** Which engine it is that begins something now. */
    long engineNow() {
        return changes.get();
    }

    void post(HandoffBoard board) {
        if (board.post() && !boards.offer(board)) {
            throw new IllegalStateException("more boards than handoffs: size=" + boards.size());
        }
    }

    EngineNotice takeNotice() {
        return notices.poll();
    }

    PrefixWant takeWantOrNull() {
        return wants.poll();
    }

    void order(PrefixOrder order) {
        orders.offer(order);
    }

    /** What was found for an engine that is gone went with it: the next one hears of none before that is carried out. */
    int tellFound(PrefillListener listener) {
        int count = 0;
        PrefixHere here;
        while (changes.get() == changesCarriedOut && (here = found.poll()) != null) {
            listener.onLoaded(here.isGone() ? here.ofNextEngine() : here);
            count++;
        }
        return count;
    }

    /** From any thread: another engine comes. */
    public void changing() {
        changes.incrementAndGet();
    }

    int takeUnits(MessageHandler handler) {
        return units.read(handler, Integer.MAX_VALUE);
    }

    // ---- Control's side

    /** Hands on what the engine told, at most so many. Returns a work count. */
    public int drain(Consumer<HandoffBoard> to, int limit) {
        while (!overflow.isEmpty() && notices.offer(overflow.peek())) {
            overflow.remove();
        }
        int count = 0;
        HandoffBoard board;
        while (count < limit && (board = boards.poll()) != null) {
            to.accept(board);
            count++;
        }
        return count;
    }

    /** Which engine's turn it is, as far as that is carried out: what was begun by no later one is its, or that of one before. */
    public long engine() {
        return changesCarriedOut;
    }

    /** What the engine before had is let go. */
    @SuppressWarnings("NonAtomicVolatileUpdate")   // one writer
    public void changed() {
        changesCarriedOut++;
    }

    /** Hands on what the engine would read, or has read. Returns a work count. */
    public int drainOrders(Consumer<PrefixOrder> to) {
        int count = 0;
        PrefixOrder order;
        while ((order = orders.poll()) != null) {
            to.accept(order);
            count++;
        }
        return count;
    }

    /** An engine that does not listen misses news of its place in a queue, never a grant or an end. */
    @Override
    public void tell(EngineNotice notice) {
        if (overflow.isEmpty() && notices.offer(notice)) {
            return;
        }
        boolean isNews = notice instanceof EngineNotice.Queued
            || (notice instanceof EngineNotice.Rejected && !notice.isLast());
        if (!isNews) {
            overflow.add(notice);
        }
    }

    @Override
    public boolean lookFor(PrefixWant want) {
        return wants.offer(want);
    }

    @Override
    public void found(PrefixHere here) {
        found.offer(here);
    }

    @Override
    public void unitFree(long handle, int block) {
        int index = units.tryClaim(UNIT_FREE, UNIT_LENGTH);
        if (index < 0) {
            throw new IllegalStateException("more free units than were staged: handle=" + handle + " block=" + block);
        }
        units.buffer().putLong(index, handle);
        units.buffer().putInt(index + 8, block);
        units.commit(index);
    }
}
