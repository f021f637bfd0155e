package dev.baton.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.baton.memory.Copier;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import dev.baton.memory.RunCodec;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** One link, one inlet, the memory behind both, and a model of what the receiver's memory must look like. Stepped by the test. */
final class LanePair implements AutoCloseable {
    static final long SESSION = 0x77L;
    static final long TOKEN_HIGH = 0x0123_4567_89ab_cdefL;
    static final long TOKEN_LOW = 0xfedc_ba98_7654_3210L;
    static final int LANE = 3;
    static final int SOURCE_BYTES = 8 << 20;
    private static final int FEW_VALUES_RUN = 256 << 10;
    static final int BYTES_PER_POLL = 1 << 20;
    private static final long DEADLINE_NS = TimeUnit.SECONDS.toNanos(30);

    final LaneRig rig;
    final TestReceiver receiver;
    final Inlet inlet;
    final Copier copier = Copier.best();
    final Region source;
    final Link link;
    private final MemorySegment[] models = new MemorySegment[TestReceiver.SLAB_COUNT];
    private final Placement place = new Placement();
    private final LaneMark mark = new LaneMark();
    private long lastAccepted;
    private long lastCompleted;

    LanePair(LaneRig rig, Random random) {
        this(rig, random, TOKEN_LOW);
    }

    LanePair(LaneRig rig, Random random, long tokenLowShown) {
        this(rig, random, tokenLowShown, false);
    }

    /** Where the source is registered with the sender's transport, it needs no copy on the way to the card. */
    LanePair(LaneRig rig, Random random, long tokenLowShown, boolean isSourceRegistered) {
        this(rig, random, tokenLowShown, isSourceRegistered, List.of());
    }

    /** With other addresses of the receiver. */
    LanePair(LaneRig rig, Random random, List<String> otherHosts) {
        this(rig, random, TOKEN_LOW, false, otherHosts);
    }

    LanePair(LaneRig rig, Random random, List<String> otherHosts, boolean isSourceRegistered) {
        this(rig, random, TOKEN_LOW, isSourceRegistered, otherHosts);
    }

    private LanePair(LaneRig rig, Random random, long tokenLowShown, boolean isSourceRegistered, List<String> otherHosts) {
        this.rig = rig;
        receiver = new TestReceiver(rig.ledger(), rig.directory());
        receiver.slabs().forEach(slab -> rig.receiver().register(slab, receiver.slab(slab.slab()).address()));
        inlet = rig.receiver().openInlet(new InletContext(LANE, rig.host(), 0, receiver, 64 << 10));
        inlet.openSession(SESSION, TOKEN_HIGH, TOKEN_LOW);
        source = Regions.anonymous(rig.ledger(), "test.source", SOURCE_BYTES);
        byte[] bytes = new byte[SOURCE_BYTES];
        random.nextBytes(bytes);
        for (int i = 0; i < SOURCE_BYTES; i++) {
            // Every second run has few values, so that lanes that encode find something to encode.
            bytes[i] &= (byte) ((i & FEW_VALUES_RUN) == 0 ? 0xff : 0x0f);
        }
        source.segment().copyFrom(MemorySegment.ofArray(bytes));
        if (isSourceRegistered) {
            rig.sender().registerSource(source.address(), SOURCE_BYTES);
        }
        for (int i = 0; i < models.length; i++) {
            models[i] = MemorySegment.ofArray(new byte[TestReceiver.SLAB_BYTES]).fill(TestReceiver.GUARD);
        }
        link = rig.sender().openLink(rig.linkContext(SESSION, inlet, TOKEN_HIGH, tokenLowShown, receiver.slabs(), otherHosts));
    }

    LanePair connected() {
        await(link::isConnected, "link to connect");
        return this;
    }

    /** Polls both ends until it holds; the deadline's message says what was awaited and where both ends stood. */
    void await(BooleanSupplier holds, String what) {
        long startNs = System.nanoTime();
        while (!holds.getAsBoolean()) {
            step();
            if (System.nanoTime() - startNs > DEADLINE_NS) {
                fail("waited too long for " + what + ": scheme=" + rig + " accepted=" + link.acceptedPosition() + " completed=" +
                    link.completedPosition() + " landed=" + receiver.landedBytes() + " marks=" + receiver.markCount() +
                    " whyClosed=" + link.whyClosed() + " bad=" + receiver.badFrames);
            }
        }
    }

    int step() {
        int workCount = link.poll() + inlet.poll(BYTES_PER_POLL);
        checkPositions();
        if (workCount == 0) {
            Thread.onSpinWait();
        }
        return workCount;
    }

    /** Sends one piece of a cell, in as many writes as the link wants, and notes what the receiver must hold. Gives the CRC so far. */
    int send(long reservation, int cell, long cellOffset, int slab, long slabOffset, int sourceOffset, int lengthBytes, int crc) {
        int running = sendUnseen(reservation, cell, cellOffset, slab, slabOffset, sourceOffset, lengthBytes, crc);
        expect(slab, slabOffset, sourceOffset, lengthBytes);
        assertEquals(copier.crc(source.address() + sourceOffset, lengthBytes, crc), running, "sender's CRC");
        return running;
    }

    /** As {@link #send}, for bytes that must not land, or whose landing the caller notes. Allocates nothing once warm. */
    int sendUnseen(long reservation, int cell, long cellOffset, int slab, long slabOffset, int sourceOffset, int lengthBytes,
        int crc) {
        int running = crc;
        int doneBytes = 0;
        long startNs = System.nanoTime();
        while (doneBytes < lengthBytes) {
            place(reservation, cell, cellOffset + doneBytes, slab, slabOffset + doneBytes,
                Math.min(link.writeLengthMax(), lengthBytes - doneBytes), running);
            long accepted = link.write(source.address() + sourceOffset + doneBytes, place);
            if (accepted > 0) {
                doneBytes += (int) accepted;
                running = place.crc();
            } else if (accepted == Link.CLOSED || System.nanoTime() - startNs > DEADLINE_NS) {
                fail("write came to nothing: result=" + accepted + " whyClosed=" + link.whyClosed());
            }
            step();
        }
        return running;
    }

    /** One write, whatever comes of it. */
    long tryWrite(long reservation, int cell, int slab, long slabOffset, int lengthBytes) {
        place(reservation, cell, 0, slab, slabOffset, lengthBytes, 0);
        return link.write(source.address(), place);
    }

    long tryMark(long reservation, int seq, boolean isLast) {
        return link.mark(mark.set(reservation, TestReceiver.GENERATION, 1, 1, seq, isLast));
    }

    void sendMark(long reservation, int seq, boolean isLast) {
        long startNs = System.nanoTime();
        long result;
        while ((result = tryMark(reservation, seq, isLast)) != 1) {
            if (result == Link.CLOSED || System.nanoTime() - startNs > DEADLINE_NS) {
                fail("mark came to nothing: result=" + result + " whyClosed=" + link.whyClosed());
            }
            step();
        }
    }

    /** Sends a mark and waits until it has been read. */
    void markAndAwait(long reservation, int seq) {
        long marksBefore = receiver.markCount();
        sendMark(reservation, seq, false);
        await(() -> receiver.markCount() > marksBefore, "mark to arrive");
    }

    void expect(int slab, long slabOffset, int sourceOffset, int lengthBytes) {
        MemorySegment.copy(source.segment(), sourceOffset, models[slab], slabOffset, lengthBytes);
    }

    /** Every byte of every slab, also those that nobody may have touched. */
    void checkMemory() {
        for (int i = 0; i < models.length; i++) {
            assertEquals(-1, models[i].mismatch(receiver.slab(i).segment()), "first wrong byte of slab " + i);
        }
    }

    private void place(long reservation, int cell, long cellOffset, int slab, long slabOffset, int lengthBytes, int crc) {
        place.reservation(SESSION, reservation, TestReceiver.GENERATION, reservation * 31)
            .place(cell, cellOffset, slab, slabOffset, lengthBytes);
        place.crc(crc);
        place.kind(RunCodec.HALVES);
    }

    private void checkPositions() {
        long completed = link.completedPosition();
        long accepted = link.acceptedPosition();
        if (completed > accepted || completed < lastCompleted || accepted < lastAccepted) {
            assertTrue(completed <= accepted, "completed=" + completed + " accepted=" + accepted);
            fail("position went back: completed=" + lastCompleted + " to " + completed + " accepted=" + lastAccepted + " to " +
                accepted);
        }
        lastAccepted = accepted;
        lastCompleted = completed;
    }

    @Override
    public void close() {
        link.close();
        inlet.close();
        source.close();
        receiver.close();
    }
}
