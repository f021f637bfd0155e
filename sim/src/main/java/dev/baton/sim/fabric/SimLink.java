package dev.baton.sim.fabric;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

import org.agrona.concurrent.UnsafeBuffer;

import dev.baton.memory.Copier;
import dev.baton.transport.LaneMark;
import dev.baton.transport.Link;
import dev.baton.transport.LinkContext;
import dev.baton.transport.Placement;
import dev.baton.transport.lane.ClosedReason;
import dev.baton.transport.lane.LaneFrameProxy;

/**
 * The sending end of a simulated lane, of one of three kinds. Two-sided: frames through a conduit, complete when taken
 * in, as on TCP. One-sided: stores that really land in the receiver's memory when they come out of the conduit, and
 * complete after. One-sided writes of "shm" are the sending process's own stores: they end with it. Those of "rdma" are
 * a card's: they fly on after their process has died or the lane has failed.
 */
final class SimLink implements Link, Conduit.Sink {
    record Opening(long sessionId, long tokenHigh, long tokenLow) {}

    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final int FRAME_PAYLOAD_MAX = 128;
    private static final int IN_FLIGHT_BYTES_MAX = 16 << 10;
    private static final int WRITE_LENGTH_MAX = 256;
    /** Between a connection's death and the kernel or card saying so. */
    private static final long GIVE_UP_NS = 8_000_000_000L;
    private static final long LOST_COMPLETION_NS = 5_000_000_000L;

    private final SimProcess process;
    private final Fabric fabric;
    private final LinkContext context;
    private final Copier copier;
    private final boolean isOneSided;
    private final boolean isSharedMemory;
    private final Conduit conduit;
    private final LaneFrameProxy proxy = new LaneFrameProxy();
    private final ClosedReason end = new ClosedReason();
    private final UnsafeBuffer header = new UnsafeBuffer(new byte[256]);
    private long accepted;
    private long completed;
    private boolean isConnecting;
    private boolean isConnected;
    private boolean isCompletionLost;
    private boolean isZombie;
    /** It said that there is no room, so its process waits for some. */
    private boolean isFull;
    private SimInlet inlet;

    SimLink(SimProcess process, LinkContext context, Copier copier, String scheme) {
        this.process = process;
        this.fabric = process.fabric();
        this.context = context;
        this.copier = copier;
        this.isSharedMemory = scheme.equals("shm");
        this.isOneSided = isSharedMemory || scheme.equals("rdma");
        this.conduit = new Conduit(fabric, process, context.host(), isSharedMemory, this);
        process.add(this);
    }

    @Override
    public int lane() {
        return context.lane();
    }

    @Override
    public boolean isOneSided() {
        return isOneSided;
    }

    @Override
    public boolean isByCard() {
        return isOneSided && !isSharedMemory;
    }

    @Override
    public int writeLengthMax() {
        return WRITE_LENGTH_MAX;
    }

    @Override
    public long write(long source, Placement target) {
        long refusal = refusal();
        if (refusal != 0) {
            return refusal;
        }
        int lengthBytes = isOneSided ? target.lengthBytes() : Math.min(FRAME_PAYLOAD_MAX, target.lengthBytes());
        byte[] bytes = new byte[isOneSided ? lengthBytes : LaneFrameProxy.DATA_HEADER_BYTES + lengthBytes];
        int at = bytes.length - lengthBytes;
        MemorySegment.copy(MEMORY, ValueLayout.JAVA_BYTE, source, bytes, at, lengthBytes);
        target.crc(copier.crc(source, lengthBytes, target.crc()));
        fabric.listener().onPosted(process, context.sessionId(), target);
        accepted += lengthBytes;
        if (isOneSided) {
            conduit.send(new PendingWrite(process, context.peerIncarnation(), target, context.sessionId(), bytes,
                source, accepted), lengthBytes);
            weatherOnWrite();
        } else {
            UnsafeBuffer frame = new UnsafeBuffer(bytes);
            proxy.putData(frame, 0, target, 0, lengthBytes);
            completed = accepted;
            conduit.send(weatherOnFrame(bytes), bytes.length);
        }
        if (fabric.chance().happens(fabric.weather().breakRate)) {
            fabric.injected("lane-break");
            fail("broken");
        }
        return lengthBytes;
    }

    private void weatherOnWrite() {
        Weather weather = fabric.weather();
        if (fabric.chance().happens(weather.lateRate)) {
            fabric.injected("late-write");
            conduit.stall(fabric.chance().between(1_000_000, weather.lateMaxNs));
        }
        if (fabric.chance().happens(weather.completionLostRate)) {
            fabric.injected("completion-lost");
            isCompletionLost = true;
            fabric.agenda().in(LOST_COMPLETION_NS, () -> fail("a completion did not come"));
        }
    }

    private byte[] weatherOnFrame(byte[] frame) {
        Weather weather = fabric.weather();
        if (fabric.chance().happens(weather.flipRate)) {
            fabric.injected("bit-flip");
            int bit = fabric.chance().below(frame.length * Byte.SIZE);
            frame[bit >> 3] ^= (byte) (1 << (bit & 7));
        }
        if (fabric.chance().happens(weather.truncateRate)) {
            fabric.injected("truncation");
            return Arrays.copyOf(frame, fabric.chance().below(frame.length));
        }
        return frame;
    }

    @Override
    public long mark(LaneMark mark) {
        long refusal = refusal();
        if (refusal != 0) {
            return refusal;
        }
        if (isOneSided) {
            conduit.send(new LaneMark().set(mark.reservation(), mark.generation(), mark.part(), mark.round(),
                mark.seq(), mark.isLast()), 64);
        } else {
            int lengthBytes = proxy.putMark(header, 0, mark);
            conduit.send(Arrays.copyOf(header.byteArray(), lengthBytes), lengthBytes);
        }
        return 1;
    }

    boolean hasWritesUnderWay() {
        return !end.isClosed() && completed < accepted;
    }

    @Override
    public long acceptedPosition() {
        return accepted;
    }

    @Override
    public long completedPosition() {
        return completed;
    }

    @Override
    public int poll() {
        if (isConnecting || end.isClosed()) {
            return 0;
        }
        isConnecting = true;
        told("opens");
        if (isOneSided) {
            conduit.send(new Opening(context.sessionId(), context.tokenHigh(), context.tokenLow()), 64);
        } else {
            int lengthBytes = proxy.putOpen(header, 0, context.sessionId(), context.lane(), context.tokenHigh(),
                context.tokenLow());
            conduit.send(Arrays.copyOf(header.byteArray(), lengthBytes), lengthBytes);
        }
        fabric.agenda().in(fabric.delayNs() * 2, () -> {
            isConnected = true;
            process.wake();
        });
        return 1;
    }

    @Override
    public boolean isConnected() {
        return isConnected && !end.isClosed();
    }

    @Override
    public boolean isClosed() {
        return end.isClosed();
    }

    @Override
    public String whyClosed() {
        return end.why();
    }

    @Override
    public void close() {
        if (!end.isClosed()) {
            end.closed("closed by this side: sessionId=" + context.sessionId() + " lane=" + context.lane());
            told("is closed");
            leave();
        }
        process.remove(this);
    }

    /** What came out at the far end: bytes into memory, frames and marks to the inlet. */
    @Override
    public void onArrived(Object what) {
        if (isFull && conduit.bytesInFlight() < IN_FLIGHT_BYTES_MAX) {
            isFull = false;
            process.wake();
        }
        SimProcess target = fabric.ofIncarnationOrNull(context.peerIncarnation());
        if (target == null) {
            if (!process.isDead() && !end.isClosed()) {
                fabric.agenda().in(fabric.delayNs(), () -> fail("nobody is there any more"));
            }
            return;
        }
        if (inlet == null) {
            inlet = target.inletOrNull(context.port());
        }
        if (what instanceof PendingWrite write) {
            land(write, target);
        } else if (inlet != null) {
            inlet.arrived(this, what);
        }
    }

    private void land(PendingWrite write, SimProcess target) {
        if (!isSharedMemory && inlet != null && !inlet.isOpen(context.sessionId())
            && !target.fenceOrNull().isBroken(context.sessionId())) {
            fail("the receiver destroyed the queue pair");
            return;
        }
        long address = target.addressOf(write.slab(), write.slabOffset(), write.lengthBytes());
        if (address == 0) {
            fail("no such place: " + write);
            return;
        }
        if (!isZombie && !end.isClosed() && !isSame(write)) {
            fabric.listener().onSourceChanged(write);
        }
        fabric.listener().onLanding(write, target);
        MemorySegment.copy(write.bytes(), 0, MEMORY, ValueLayout.JAVA_BYTE, address, write.lengthBytes());
        if (!isCompletionLost && !end.isClosed()) {
            completed = write.position();
            process.wake();
        }
    }

    private static boolean isSame(PendingWrite write) {
        return MemorySegment.ofArray(write.bytes())
            .mismatch(MEMORY.asSlice(write.source(), write.lengthBytes())) < 0;
    }

    @Override
    public boolean onBlocked(long forNs) {
        if (forNs < GIVE_UP_NS) {
            return false;
        }
        fail("no acknowledgement");
        return true;
    }

    /** The far end closed the lane; this one notices a little later. */
    void onPeerClosed() {
        if (!process.isDead()) {
            fabric.agenda().in(fabric.delayNs(), () -> fail("closed by the receiver"));
        }
    }

    /** The sending process is gone: its own stores end with it, and what kernel and card have goes on. */
    void onProcessGone() {
        end.closed("the process is gone");
        if (isSharedMemory) {
            conduit.cut();
        } else {
            zombieOrCut();
            conduit.send(new SimInlet.End(), 0);
        }
    }

    private void fail(String why) {
        if (!end.isClosed()) {
            end.closed(why + ": sessionId=" + context.sessionId() + " lane=" + context.lane());
            told("fails: " + why);
            leave();
            process.wake();
        }
    }

    private void told(String what) {
        if (fabric.listener().isTold()) {
            fabric.listener().onLane(process, "lane " + context.lane() + " session=" +
                Long.toHexString(context.sessionId()) + " " + what);
        }
    }

    private void leave() {
        if (isSharedMemory) {
            conduit.cut();
        } else if (isOneSided) {
            zombieOrCut();
        }
        conduit.send(new SimInlet.End(), 0);
    }

    private void zombieOrCut() {
        isZombie = fabric.chance().happens(fabric.weather().zombieRate);
        if (!isZombie && isOneSided) {
            conduit.cut();
        } else if (isOneSided && conduit.count() > 0) {
            fabric.injected("zombie-write");
        }
    }

    private long refusal() {
        if (end.isClosed() || !isConnected) {
            return end.isClosed() ? CLOSED : NOT_CONNECTED;
        }
        isFull = conduit.bytesInFlight() >= IN_FLIGHT_BYTES_MAX;
        return isFull ? BACK_PRESSURED : 0;
    }
}
