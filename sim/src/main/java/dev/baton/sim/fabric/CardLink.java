package dev.baton.sim.fabric;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;

import dev.baton.transport.LaneMark;
import dev.baton.transport.Link;
import dev.baton.transport.LinkContext;
import dev.baton.transport.Placement;
import dev.baton.transport.Transport;

/**
 * A lane of the production's own code for RDMA, over a simulated card. Beside it, what it was asked to write stands in order:
 * a card's request knows an address and no reservation, and whoever watches wants to be told whose bytes land.
 */
final class CardLink implements Link {
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private final SimProcess process;
    private final Card card;
    private final LinkContext context;
    private final Link lane;
    private final ArrayDeque<PendingWrite> writes = new ArrayDeque<>();
    private boolean isEndTold;

    CardLink(Card card, Transport transport, LinkContext context) {
        this.process = card.process();
        this.card = card;
        this.context = context;
        told("opens");
        lane = transport.openLink(context);
    }

    @Override
    public int lane() {
        return lane.lane();
    }

    @Override
    public boolean isOneSided() {
        return lane.isOneSided();
    }

    @Override
    public boolean isByCard() {
        return lane.isByCard();
    }

    @Override
    public int writeLengthMax() {
        return lane.writeLengthMax();
    }

    @Override
    public long write(long source, Placement target) {
        long taken = lane.write(source, target);
        if (taken > 0) {
            byte[] bytes = MEMORY.asSlice(source, taken).toArray(ValueLayout.JAVA_BYTE);
            writes.add(new PendingWrite(process, context.peerIncarnation(), target, context.sessionId(), bytes, source,
                lane.acceptedPosition()));
            process.fabric().listener().onPosted(process, context.sessionId(), target);
        }
        return taken;
    }

    @Override
    public long mark(LaneMark mark) {
        return lane.mark(mark);
    }

    @Override
    public long acceptedPosition() {
        return lane.acceptedPosition();
    }

    @Override
    public long completedPosition() {
        return lane.completedPosition();
    }

    @Override
    public int poll() {
        card.dialling(this);
        int workCount = lane.poll();
        card.dialling(null);
        if (lane.isClosed() && !isEndTold) {
            isEndTold = true;
            told("ends: " + lane.whyClosed());
        }
        return workCount;
    }

    @Override
    public boolean isConnected() {
        return lane.isConnected();
    }

    @Override
    public boolean isClosed() {
        return lane.isClosed();
    }

    @Override
    public String whyClosed() {
        return lane.whyClosed();
    }

    @Override
    public void close() {
        lane.close();
    }

    /**
     * Bytes of this lane are about to land there.
     *
     * @param isSourceHeld nobody was told yet that the source is free again
     */
    void onLanding(long address, int lengthBytes, SimProcess target, boolean isSourceHeld) {
        long at = address;
        while (at < address + lengthBytes) {
            PendingWrite write = writes.poll();
            if (write == null || target.addressOf(write.slab(), write.slabOffset(), write.lengthBytes()) != at) {
                throw new IllegalStateException("a card writes elsewhere than it was told: address=" + at + " told=" + write);
            }
            if (isSourceHeld && !isSame(write)) {
                process.fabric().listener().onSourceChanged(write);
            }
            process.fabric().listener().onLanding(write, target);
            at += write.lengthBytes();
        }
    }

    private static boolean isSame(PendingWrite write) {
        return MemorySegment.ofArray(write.bytes()).mismatch(MEMORY.asSlice(write.source(), write.lengthBytes())) < 0;
    }

    private void told(String what) {
        if (process.fabric().listener().isTold()) {
            process.fabric().listener().onLane(process, "lane " + context.lane() + " session=" +
                Long.toHexString(context.sessionId()) + " " + what);
        }
    }
}
