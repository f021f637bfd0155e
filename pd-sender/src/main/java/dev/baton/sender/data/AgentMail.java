package dev.baton.sender.data;

import java.util.ArrayDeque;
import java.util.List;

import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.OneToOneConcurrentArrayQueue;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

import dev.baton.sender.core.DataListener;
import dev.baton.sender.core.Transfer;
import dev.baton.transport.LinkContext;
import dev.baton.transport.session.EndReason;

/**
 * Both ways between the control agent and one data agent. Notes go down as objects that are there already, at most one
 * a transfer; events come up as numbers in a ring, and an agent whose ring is full posts nothing until it has room.
 * <pre>
 *   event   type 1 cell  0 handle i64 | 8 cell | 12 length | 16 crc | 20 lane | 24 seq | 28 -
 *           type 2 lane  0 handle i64 | 8 lane | 12 round  | 16 last seq
 *           type 3 stop  0 handle i64 | 8 failed completions
 *           type 4 lost  0 session i64 | 8 lane | 12 reason
 *           type 5 quiet 0 session i64
 * </pre>
 */
final class AgentMail implements MessageHandler {
    private static final int CELL_DONE = 1;
    private static final int LANE_DONE = 2;
    private static final int STOPPED = 3;
    private static final int LANE_LOST = 4;
    private static final int QUIET = 5;
    private static final int EVENT_LENGTH = 32;
    private static final int RING_BYTES_MIN = 1 << 16;
    private static final int EVENTS_PER_DRAIN_MAX = 4096;

    /** Open these lanes; the list holds only those of this agent. */
    record OpenLanes(String scheme, List<LinkContext> lanes) {}

    /** Close what lanes of this session there are. */
    record CloseLanes(long sessionId) {}

    private final int agent;
    private final OneToOneConcurrentArrayQueue<Object> notes;
    private final ArrayDeque<Object> overflow = new ArrayDeque<>();   // control's: notes that found the queue full
    private final OneToOneRingBuffer events;
    private final SessionDrains drains;
    private DataListener listener;

    AgentMail(int agent, int handoffsMax, SessionDrains drains) {
        this.agent = agent;
        this.drains = drains;
        this.notes = new OneToOneConcurrentArrayQueue<>(Math.max(64, handoffsMax * 2));
        int ringBytes = Math.max(RING_BYTES_MIN, BitUtil.findNextPositivePowerOfTwo(handoffsMax * 4 * EVENT_LENGTH));
        this.events = new OneToOneRingBuffer(new UnsafeBuffer(
            BufferUtil.allocateDirectAligned(ringBytes + RingBufferDescriptor.TRAILER_LENGTH,
                BitUtil.CACHE_LINE_LENGTH)));
    }

    // ---- Control's side

    void look(Transfer transfer) {
        if (transfer.post(agent)) {
            put(transfer);
        }
    }

    void put(Object note) {
        if (!overflow.isEmpty() || !notes.offer(note)) {
            overflow.add(note);
        }
    }

    /** Puts what found no place before, and hands the agent's events on. Returns a work count. */
    int drain(DataListener to) {
        while (!overflow.isEmpty() && notes.offer(overflow.peek())) {
            overflow.remove();
        }
        listener = to;
        return events.read(this, EVENTS_PER_DRAIN_MAX);
    }

    @Override
    public void onMessage(int type, MutableDirectBuffer buffer, int index, int length) {
        long subject = buffer.getLong(index);
        int first = buffer.getInt(index + 8);
        switch (type) {
            case CELL_DONE -> listener.onCellDone(subject, first, buffer.getInt(index + 12), buffer.getInt(index + 16),
                buffer.getInt(index + 20), buffer.getInt(index + 24));
            case LANE_DONE -> listener.onLaneDone(subject, first, buffer.getInt(index + 12), buffer.getInt(index + 16));
            case STOPPED -> listener.onStopped(subject, first,
                (buffer.getInt(index + 12) & 0xFFFF_FFFFL) | (long) buffer.getInt(index + 16) << 32);
            case LANE_LOST -> listener.onLaneLost(subject, first,
                EndReason.of(buffer.getInt(index + 12)));
            case QUIET -> drains.quiet(subject);
            default -> throw new IllegalStateException("no such event: type=" + type);
        }
    }

    // ---- The agent's side

    Object take() {
        return notes.poll();
    }

    boolean cellDone(long handle, int cell, int lengthBytes, int crc, int lane, int seq) {
        int index = events.tryClaim(CELL_DONE, EVENT_LENGTH);
        if (index < 0) {
            return false;
        }
        AtomicBuffer buffer = events.buffer();
        buffer.putLong(index, handle);
        buffer.putInt(index + 8, cell);
        buffer.putInt(index + 12, lengthBytes);
        buffer.putInt(index + 16, crc);
        buffer.putInt(index + 20, lane);
        buffer.putInt(index + 24, seq);
        events.commit(index);
        return true;
    }

    boolean laneDone(long handle, int lane, int round, int lastSeq) {
        return put(LANE_DONE, handle, lane, round, lastSeq);
    }

    boolean stopped(long handle, int failedCompletions, long failedProcesses) {
        return put(STOPPED, handle, failedCompletions, (int) failedProcesses, (int) (failedProcesses >>> 32));
    }

    boolean laneLost(long sessionId, int lane, EndReason reason) {
        return put(LANE_LOST, sessionId, lane, reason.code(), 0);
    }

    /** This agent writes nothing of that session any more: its lanes are closed, and none opens again. */
    boolean quiet(long sessionId) {
        return put(QUIET, sessionId, 0, 0, 0);
    }

    private boolean put(int type, long subject, int first, int second, int third) {
        int index = events.tryClaim(type, EVENT_LENGTH);
        if (index < 0) {
            return false;
        }
        AtomicBuffer buffer = events.buffer();
        buffer.putLong(index, subject);
        buffer.putInt(index + 8, first);
        buffer.putInt(index + 12, second);
        buffer.putInt(index + 16, third);
        events.commit(index);
        return true;
    }
}
