package dev.baton.receiver.landing;

import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

import org.agrona.collections.LongArrayList;
import org.agrona.collections.LongArrayQueue;
import org.agrona.concurrent.Agent;

import dev.baton.memory.Copier;
import dev.baton.receiver.core.LandingEvents;
import dev.baton.transport.Inlet;
import dev.baton.transport.LandingListener;
import dev.baton.transport.LaneMark;
import dev.baton.transport.Placement;

/**
 * Data agent of one lane index: polls that lane of every scheme and session, decides before every copy whether bytes
 * may land, and verifies cells as they become whole: at the landing copy on two-sided lanes, in place once their mark
 * was read on one-sided ones. Every field belongs to its thread; the control agent reaches it by {@code inbox} and
 * hears from it by {@code outbox}.
 */
final class LandingAgent implements Agent, LandingListener, LandingInbox.Orders {
    /** Bytes landed by one poll of one inlet, about. */
    private static final int POLL_BYTES_MAX = 1 << 20;
    /** Of the shortest frame that there is something to tell of: a mark. */
    private static final int FRAME_BYTES_MIN = 32;
    /** Bytes verified in place in one cycle. */
    private static final int VERIFY_BYTES_MAX = 4 << 20;
    /** Bytes of failed handoffs read again in one cycle: about what a poll of a lane takes. */
    private static final int RECHECK_BYTES_MAX = 1 << 20;
    private static final int ORDERS_PER_CYCLE_MAX = 4096;

    private final int lane;
    private final Copier copier;
    private final AtomicReferenceArray<Landing> table;
    private final LandingInbox inbox;
    private final LandingOutbox outbox;
    private final LandingCounters counters;
    private final LandingBooks books = new LandingBooks();
    private final LandingRecheck recheck;
    private final LongArrayQueue toVerify = new LongArrayQueue(64, Long.MIN_VALUE);
    private final LongArrayList sessionsToClose = new LongArrayList();
    private Inlet[] inlets = {};
    private boolean isPolling;
    /** Events that orders may have to tell which are read in the middle of the poll under way; the rest of the room is that poll's. */
    private int roomForOrders;
    /** An order waits for room for what it may have to tell: nothing else is begun. */
    private boolean isOrderWaiting;
    private long verifyingReservation;
    private int verifyingCell = -1;

    LandingAgent(int lane, Copier copier, AtomicReferenceArray<Landing> table, LandingCounters counters,
        int ringBytes) {
        this.lane = lane;
        inbox = new LandingInbox(this, ringBytes);
        outbox = new LandingOutbox(ringBytes / 2);
        this.copier = copier;
        this.table = table;
        this.counters = counters;
        recheck = new LandingRecheck(lane, copier, outbox, counters);
    }

    LandingInbox inbox() {
        return inbox;
    }

    LandingOutbox outbox() {
        return outbox;
    }

    /** Before the agent runs. */
    void inlets(List<Inlet> opened) {
        inlets = opened.toArray(Inlet[]::new);
    }

    @Override
    public String roleName() {
        return "baton-landing-" + lane;
    }

    @Override
    public int doWork() {
        isOrderWaiting = false;
        int workCount = inbox.drain(ORDERS_PER_CYCLE_MAX);
        for (Inlet inlet : inlets) {
            if (isOrderWaiting || !outbox.hasRoom()) {
                return workCount;
            }
            workCount += poll(inlet);
            closeSessions();
        }
        workCount += verify();
        // What may still become READY goes first.
        return workCount + (toVerify.isEmpty() ? recheck.doWork(RECHECK_BYTES_MAX) : 0);
    }

    /** Half of the room is for what so many bytes may bring, a quarter for lanes that end meanwhile, the last for orders. */
    private int poll(Inlet inlet) {
        int room = outbox.room();
        roomForOrders = room / 4;
        isPolling = true;
        int workCount = inlet.poll((int) Math.min(POLL_BYTES_MAX, (long) (room / 2) * FRAME_BYTES_MIN));
        isPolling = false;
        return workCount;
    }

    @Override
    public void onClose() {
        for (Inlet inlet : inlets) {
            inlet.close();
        }
        inlets = new Inlet[0];
    }

    @Override
    public boolean admit(Placement frame) {
        if (isAdmitted(frame)) {
            return true;
        }
        readOrders();
        if (isAdmitted(frame)) {
            return true;
        }
        counters.refused(frame.lengthBytes() - frame.doneBytes());
        return false;
    }

    private boolean isAdmitted(Placement frame) {
        Landing landing = books.openOrNull(frame.reservation());
        return landing != null && landing.admit(frame, lane);
    }

    /**
     * What a peer sends may be here before the order that admits it is read: orders to open, to bind or to take a cell again are
     * given before the sender hears of them, and this agent may be in the middle of a poll then. So nothing is refused unless the
     * orders that waited have been read, as far as there is room for what they may have to tell.
     */
    private void readOrders() {
        int count;
        do {
            count = inbox.drain(ORDERS_PER_CYCLE_MAX);
        } while (count == ORDERS_PER_CYCLE_MAX);
    }

    /** A seal tells of each cell that is missing, up to a bound; any other order has one thing to tell at most. */
    @Override
    public boolean mayTake(long reservation, boolean isSeal) {
        Landing landing = isSeal ? books.openOrNull(reservation) : null;
        int events = landing == null ? 1 : Math.min(landing.cellCount(), LandingEvents.MISSING_TOLD_MAX);
        boolean hasRoom = isPolling ? roomForOrders >= events : outbox.hasRoomFor(events);
        roomForOrders -= isPolling && hasRoom ? events : 0;
        isOrderWaiting |= !hasRoom;
        return hasRoom;
    }

    @Override
    public void onLanded(Placement frame, int lengthBytes) {
        counters.landed(lengthBytes);
        Landing landing = books.openOrNull(frame.reservation());
        if (landing.landed(frame, lengthBytes) && landing.has(frame.cell(), Landing.HAS_LINE)) {
            judge(landing, frame.cell());
        }
    }

    @Override
    public void onMark(LaneMark mark) {
        if (!isRead(mark)) {
            readOrders();
            if (!isRead(mark)) {
                counters.refused(0);
                return;
            }
        }
        outbox.mark(mark.reservation(), mark.part(), mark.round(), lane, mark.seq(), mark.isLast());
    }

    private boolean isRead(LaneMark mark) {
        Landing landing = books.openOrNull(mark.reservation());
        if (landing == null) {
            Landing revoked = books.revokedOrNull(mark.reservation());
            return revoked != null && revoked.mark(mark);
        }
        if (!landing.mark(mark)) {
            return false;
        }
        int cell;
        while ((cell = landing.pollMarked(mark.part(), lane, mark.seq())) >= 0) {
            queue(landing, cell);
        }
        return true;
    }

    @Override
    public void onLaneClosed(long sessionId, int laneIndex) {
        outbox.laneClosed(sessionId, laneIndex);
    }

    @Override
    public void onBadFrame(long sessionId, int laneIndex, String reason, boolean isFatal) {
        counters.badFrame(reason);
        if (isFatal) {
            outbox.laneClosed(sessionId, laneIndex);
        }
    }

    @Override
    public void onUnknownSession(long sessionId) {
        readOrders();
    }

    @Override
    public void openSession(long sessionId, long tokenHigh, long tokenLow) {
        for (Inlet inlet : inlets) {
            inlet.openSession(sessionId, tokenHigh, tokenLow);
        }
    }

    @Override
    public void closeSession(long sessionId) {
        sessionsToClose.addLong(sessionId);
        closeSessions();
    }

    @Override
    public void open(long reservation, int slot) {
        Landing landing = table.get(slot);
        if (landing != null && landing.reservation() == reservation) {
            books.open(reservation, landing);
        }
    }

    @Override
    public void bind(long reservation, int part, long sessionId, long token) {
        Landing landing = books.openOrNull(reservation);
        if (landing != null) {
            landing.bind(part, sessionId, token);
        }
    }

    @Override
    public void line(long reservation, int part, int cell, int crc, int seq, boolean isOneSided) {
        Landing landing = books.openOrNull(reservation);
        if (landing == null) {
            return;
        }
        if (landing.has(cell, Landing.HAS_LINE)) {
            // A cell has one line a round. Another cell lacks its own then, and is told missing.
            counters.refused(0);
            return;
        }
        landing.expect(cell, crc);
        if (!isOneSided) {
            if (landing.has(cell, Landing.LANDED)) {
                judge(landing, cell);
            }
        } else if (seq <= landing.markSeq(part, lane)) {
            queue(landing, cell);
        } else {
            landing.awaitMark(cell, part, lane, seq);
        }
    }

    /**
     * Marks have closed every lane: what is not whole now, has no line or waits for a mark is missing. Cells being
     * checked are not.
     */
    @Override
    public void seal(long reservation) {
        Landing landing = books.seal(reservation);
        if (landing == null) {
            return;
        }
        int missing = 0;
        for (int pass = 0; pass < 2; pass++) {
            int told = 0;
            for (int cell = 0; cell < landing.cellCount(); cell++) {
                if (landing.laneOf(cell) == lane && landing.isMissing(cell)) {
                    if (pass == 0) {
                        missing++;
                    } else if (told++ < LandingEvents.MISSING_TOLD_MAX) {
                        outbox.missing(reservation, cell, missing);
                    }
                }
            }
            if (missing == 0) {
                return;
            }
        }
    }

    @Override
    public void reopen(long reservation, int cell) {
        Landing landing = books.reopen(reservation);
        if (landing != null && cell >= 0 && landing.laneOf(cell) == lane) {
            landing.reset(cell);
        }
    }

    @Override
    public void revoke(long reservation) {
        books.revoke(reservation);
        outbox.revoked(reservation, lane);
    }

    @Override
    public void recheck(long reservation, int slot, int endBlock) {
        Landing landing = table.get(slot);
        if (landing != null && landing.reservation() == reservation) {
            recheck.order(landing, endBlock);
        }
    }

    @Override
    public void close(long reservation) {
        books.close(reservation);
        recheck.forget(reservation);
    }

    private void judge(Landing landing, int cell) {
        if (landing.has(cell, Landing.VERIFIED) || landing.has(cell, Landing.BAD)) {
            return;
        }
        int lengthBytes = (int) landing.map().lengthBytes(cell);
        if (landing.isRight(cell)) {
            landing.flag(cell, Landing.VERIFIED);
            counters.verified(lengthBytes);
            outbox.verified(landing.reservation(), cell, lengthBytes);
        } else {
            landing.flag(cell, Landing.BAD);
            counters.corrupt();
            outbox.corrupt(landing.reservation(), cell, landing.expectedCrc(cell), landing.crc(cell));
        }
    }

    /** Reads cells of one-sided lanes back, a bounded number of bytes a cycle, from where the last cycle stopped. */
    private int verify() {
        int budget = VERIFY_BYTES_MAX;
        int workCount = 0;
        while (budget > 0 && outbox.hasRoom() && (verifyingCell >= 0 || !toVerify.isEmpty())) {
            if (verifyingCell < 0) {
                verifyingReservation = toVerify.pollLong();
                verifyingCell = (int) toVerify.pollLong();
            }
            workCount++;
            Landing landing = books.liveOrNull(verifyingReservation);
            if (landing == null) {
                verifyingCell = -1;
            } else {
                budget -= check(landing, verifyingCell, budget);
            }
        }
        return workCount;
    }

    private int check(Landing landing, int cell, int budget) {
        long lengthBytes = landing.map().lengthBytes(cell);
        int from = landing.landedBytes(cell);
        int piece = (int) Math.min(budget, landing.contiguousBytes(cell, from));
        landing.checked(cell, piece, copier.crc(landing.addressOf(cell, from), piece, landing.crc(cell)));
        counters.landed(piece);
        if (landing.landedBytes(cell) == lengthBytes) {
            verifyingCell = -1;
            landing.flag(cell, Landing.LANDED);
            judge(landing, cell);
        }
        return piece;
    }

    private void queue(Landing landing, int cell) {
        landing.flag(cell, Landing.MARKED);
        toVerify.addLong(landing.reservation());
        toVerify.addLong(cell);
    }

    private void closeSessions() {
        if (isPolling) {
            return;
        }
        for (int i = 0; i < sessionsToClose.size(); i++) {
            for (Inlet inlet : inlets) {
                inlet.closeSession(sessionsToClose.getLong(i));
            }
        }
        sessionsToClose.clear();
    }
}
