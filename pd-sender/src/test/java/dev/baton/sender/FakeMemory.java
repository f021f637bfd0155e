package dev.baton.sender;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

import dev.baton.buffer.slab.RunMap;
import dev.baton.buffer.slab.ShardRange;
import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.kv.KvPattern;
import dev.baton.kv.PatternSeed;
import dev.baton.memory.MemoryLedger;
import dev.baton.memory.Region;
import dev.baton.memory.Regions;
import dev.baton.transport.LandingListener;
import dev.baton.transport.LaneMark;
import dev.baton.transport.Placement;
import dev.baton.transport.RemoteSlab;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.session.ManifestDigest;
import dev.baton.transport.session.ReservationId;
import dev.baton.transport.session.Session;
import dev.baton.transport.wire.DrainedDecoder;
import dev.baton.transport.wire.FinDecoder;
import dev.baton.transport.wire.ReserveDecoder;

/** The memory of a {@link FakeReceiver}: lands what comes on its lanes, in order, and checks every byte against the pattern. */
final class FakeMemory implements LandingListener, AutoCloseable {
    static final long SLAB_BYTES = 64L << 20;

    /** A reservation as this end knows it. */
    static final class Landing {
        HandoffId id;
        final List<BlockKey> keys = new ArrayList<>();
        ReservationId reservation;
        Session session;
        long correlation;
        int heldTokens;
        CellMap cells;
        RunMap runs;
        int[] landedBytes;
        int[] crcs;
        final Map<Integer, int[]> lines = new HashMap<>();   // cell: length, crc
        int lineCount;
        int prefilledTokens;
        int lanesClosed;
        int fins;
        int finRound;
        int nackedRound;
        long marksAtFin;
        byte[] aux;
        boolean isReady;
        boolean isDrained;
        long failedCompletions;
        /** That DRAINED names: by lane. */
        final Map<Integer, Long> lastMarks = new TreeMap<>();
        EndReason abortedBySender;

        /** The same grant at another process, which tells its own addresses on its own session. */
        Landing at(Session other) {
            Landing there = new Landing();
            there.id = id;
            there.session = other;
            there.reservation = reservation;
            there.cells = cells;
            there.landedBytes = new int[cells.cellCount()];
            there.crcs = new int[cells.cellCount()];
            there.heldTokens = heldTokens;
            return there;
        }

        /** What RESERVE called its blocks. */
        void named(ReserveDecoder message) {
            message.blockKeys().forEach(key -> keys.add(new BlockKey(key.key().a(), key.key().b(), key.key().c(), key.key().d())));
        }

        /** Remembers what FIN says; returns what of it is not so. */
        List<String> finished(FinDecoder message) {
            List<String> wrong = new ArrayList<>();
            fins++;
            finRound = message.round();
            if (message.cellCount() != cells.cellCount()) {
                wrong.add("cellCount=" + message.cellCount());
            }
            if (message.byteCount() != cells.totalBytes()) {
                wrong.add("byteCount=" + message.byteCount());
            }
            long said = message.digest();
            marksAtFin = 0;
            for (FinDecoder.LanesDecoder lane : message.lanes()) {
                marksAtFin++;
                if (lane.lastSeq() <= 0) {
                    wrong.add("lastSeq=" + lane.lastSeq());
                }
            }
            aux = new byte[message.auxLength()];
            message.getAux(aux, 0, aux.length);
            if (digest() != said) {
                wrong.add("digest=" + Long.toHexString(said));
            }
            return wrong;
        }

        void drained(DrainedDecoder message) {
            isDrained = true;
            failedCompletions = message.failedCompletions();
            lastMarks.clear();
            for (DrainedDecoder.LanesDecoder lane : message.lanes()) {
                lastMarks.put(lane.lane(), lane.lastSeq());
            }
        }

        /** Of its lines and aux, as FIN must say it. */
        long digest() {
            CRC32C crc = new CRC32C();
            crc.update(aux);
            long sum = ManifestDigest.ofAux(aux.length, aux.length == 0 ? 0 : (int) crc.getValue());
            for (Map.Entry<Integer, int[]> line : lines.entrySet()) {
                sum += ManifestDigest.ofLine(line.getKey(), line.getValue()[0], line.getValue()[1]);
            }
            return sum;
        }
    }

    final Map<Long, Landing> landings = new HashMap<>();
    final List<Integer> landedOrder = new ArrayList<>();

    private final Region[] slabs;
    private final List<String> errors;
    private final List<String> said;

    /** @param errors what was wrong is added here */
    FakeMemory(MemoryLedger ledger, int shards, List<String> errors, List<String> said) {
        this.errors = errors;
        this.said = said;
        slabs = new Region[shards];
        for (int i = 0; i < shards; i++) {
            slabs[i] = Regions.anonymous(ledger, "test.slab", SLAB_BYTES);
        }
    }

    /** What HELLO says of those shards. */
    List<RemoteSlab> told(ShardRange shards) {
        List<RemoteSlab> told = new ArrayList<>();
        for (int i = shards.first(); i <= shards.last(); i++) {
            told.add(new RemoteSlab(i, i, SLAB_BYTES));
        }
        return told;
    }

    boolean isWhole(Landing landing) {
        for (int cell = 0; cell < landing.landedBytes.length; cell++) {
            if (landing.landedBytes[cell] < landing.cells.lengthBytes(cell)) {
                return false;
            }
        }
        return true;
    }

    /** Every cell landed once with the bytes and the CRC that were told; the pattern is right. */
    void check(Landing landing, long seed) {
        for (int cell = 0; cell < landing.landedBytes.length; cell++) {
            int length = (int) landing.cells.lengthBytes(cell);
            int[] line = landing.lines.get(cell);
            if (landing.landedBytes[cell] != length || line == null || line[0] != length || line[1] != landing.crcs[cell]) {
                errors.add("cell=" + cell + " landedBytes=" + landing.landedBytes[cell] + " length=" + length + " line="
                    + Arrays.toString(line) + " crc=" + landing.crcs[cell]);
            }
            long wrong = mismatches(landing, cell, seed);
            if (wrong > 0) {
                errors.add("cell=" + cell + " wrongBytes=" + wrong);
            }
        }
    }

    private long mismatches(Landing landing, int cell, long seed) {
        long patternSeed = PatternSeed.ofBlock(seed, landing.keys, landing.cells.block(cell),
            PatternSeed.of(seed, landing.id.requestHigh(), landing.id.requestLow()));
        int shard = landing.cells.targetShard(cell);
        long at = landing.cells.targetOffset(cell);
        long length = landing.cells.lengthBytes(cell);
        long wrong = 0;
        for (long done = 0; done < length; ) {
            int run = landing.runs.runAt(shard, at + done);
            long part = Math.min(length - done, landing.runs.bytesToRunEnd(shard, run, at + done));
            long address = slabs[shard].address() + landing.runs.slabOffset(shard, run, at + done);
            wrong += KvPattern.mismatches(address, landing.cells, cell, done, part, patternSeed);
            done += part;
        }
        return wrong;
    }

    @Override
    public boolean admit(Placement frame) {
        Landing landing = landings.get(frame.reservation());
        if (landing == null || frame.generation() != 1 || frame.token() != 4) {
            errors.add("stray frame: reservation=" + frame.reservation());
            return false;
        }
        if (frame.slab() >= slabs.length || frame.slabOffset() < 0 || frame.slabOffset() + frame.lengthBytes() > SLAB_BYTES) {
            errors.add("frame leaves its slab: slab=" + frame.slab() + " slabOffset=" + frame.slabOffset());
            return false;
        }
        require(frame.cellOffset() == landing.landedBytes[frame.cell()] - frame.doneBytes(), "cell out of order: cell=" + frame.cell());
        frame.crc(landing.crcs[frame.cell()]);
        frame.address(slabs[frame.slab()].address() + frame.slabOffset());
        return true;
    }

    @Override
    public void onLanded(Placement frame, int lengthBytes) {
        Landing landing = landings.get(frame.reservation());
        landing.crcs[frame.cell()] = frame.crc();
        landing.landedBytes[frame.cell()] += lengthBytes;
        landedOrder.add((int) frame.reservation());
    }

    @Override
    public void onMark(LaneMark mark) {
        Landing landing = landings.get(mark.reservation());
        if (mark.isLast()) {
            landing.lanesClosed++;
        }
    }

    @Override
    public void onLaneClosed(long sessionId, int lane) {
        said.add("LANE_CLOSED");
    }

    @Override
    public void onBadFrame(long sessionId, int lane, String reason, boolean isFatal) {
        errors.add("bad frame: " + reason);
    }

    private void require(boolean holds, String what) {
        if (!holds) {
            errors.add(what);
        }
    }

    @Override
    public void close() {
        for (Region slab : slabs) {
            slab.close();
        }
    }
}
