package dev.baton.sender.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.baton.buffer.BufferPool;
import dev.baton.buffer.slab.ShardRange;
import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.kv.DimensionOrder;
import dev.baton.kv.ElementType;
import dev.baton.kv.KvLayout;
import dev.baton.kv.LayerGroup;
import dev.baton.kv.ShardPairing;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.kv.SourceImages;
import dev.baton.memory.MemoryLedger;
import dev.baton.sender.core.HandoffBoard;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.transport.session.HandoffId;

/**
 * Random handoffs, leases and lookups over little staging, against the bytes that each name must have. Whatever is held,
 * leased or staged keeps its bytes while it is; what is found has those of its name; nothing is refused for what is
 * kept; and at the end nothing is taken that nobody has.
 */
class KeptBlocksModelTest {
    private static final int BLOCK = 16;
    private static final int UNITS = 12;           // of each share, one grain each
    private static final int BLOCKS_MAX = 8;
    private static final int FAMILIES = 2;
    private static final int TENANTS = 2;
    private static final int LIVE_MAX = 4;
    private static final int STEPS = 10_000;

    private static final LayerGroup FULL = LayerGroup.attention("full", 2, 2, 32, ElementType.BF16);

    /** A block's name; each of its images has a word of its own that follows from the name's. */
    private record Name(long tenant, BlockKey key) {}

    private KvLayout layout;
    private ShardPairing self;
    private final Map<Name, Long> wordOf = new HashMap<>();
    private final List<Live> live = new ArrayList<>();
    private final List<Held> leases = new ArrayList<>();
    private SplittableRandom random;
    private Staging staging;
    private BlockKeeping keeping;
    private PeerShares shares;
    private KeptPrefixes prefixes;
    private long nowNs;
    private int requests;
    private long hits;

    /** A handoff under way, and the word that each of its units must hold; 0 for none yet. */
    @SuppressWarnings("ArrayRecordComponent")   // never compared
    private record Live(ProducerHandoff producer, long[] words, boolean[] isOver) {}

    @SuppressWarnings("ArrayRecordComponent")   // never compared
    private record Held(long lease, long[] words) {}

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void shouldKeepTheRightBytesAndRefuseNothingForThem(long seed) {
        play(seed, List.of(FULL));
    }

    /** A window of three blocks and a state: of what is staged of a block, each part is found by itself. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void shouldKeepTheRightBytesOfWindowsAndStates(long seed) {
        play(seed, List.of(LayerGroup.attention("window", 2, 2, 32, ElementType.BF16).withWindow(2 * BLOCK + 3), FULL,
            LayerGroup.state("state", 2, 1, 64, ElementType.BF16)));
    }

    private void play(long seed, List<LayerGroup> groups) {
        random = new SplittableRandom(seed);
        layout = new KvLayout("toy", DimensionOrder.NHD, 1, BLOCK, groups);
        self = ShardPairing.of(layout, Sharding.SINGLE, layout, Sharding.SINGLE);
        MemoryLedger ledger = new MemoryLedger();
        try (BufferPool pool = new BufferPool().stage(UNITS * Staging.GRAIN_BYTES, UNITS * Staging.GRAIN_BYTES, Staging.GRAIN_BYTES)
            .open(ledger, 1)) {
            shares = new PeerShares();
            shares.receivers(1);
            staging = new Staging(pool, new ShardedLayout(layout, Sharding.SINGLE), ShardRange.all(1));
            keeping = new BlockKeeping(layout, staging, shares);
            prefixes = new KeptPrefixes(self, ShardRange.all(1), staging, () -> nowNs);
            for (int step = 0; step < STEPS; step++) {
                nowNs += 100_000;
                step();
                check();
            }
            while (!live.isEmpty()) {
                end(0);
            }
            leases.forEach(held -> prefixes.release(held.lease()));
            check();
            assertEquals(UNITS * Staging.GRAIN_BYTES, staging.windowFreeBytes());
            assertEquals(UNITS * Staging.GRAIN_BYTES, staging.wholeFreeBytes());
            assertEquals(staging.kept().count(KeptCounters.Kind.BYTES),
                (staging.windowKept().extents() + staging.wholeKept().extents()) * Staging.GRAIN_BYTES);
            long evicted = staging.kept().count(KeptCounters.Kind.EVICTED);
            long late = staging.kept().count(KeptCounters.Kind.LEASES_LATE);
            assertTrue(hits > (groups.size() > 1 ? 20 : 100) && evicted > 100 && late > (groups.size() > 1 ? 0 : 10),
                "hits=" + hits + " evicted=" + evicted + " late=" + late);
        }
        assertTrue(ledger.isEmpty(), ledger::toString);
    }

    private void step() {
        switch (random.nextInt(8)) {
            case 0 -> {
                if (live.size() < LIVE_MAX) {
                    begin();
                }
            }
            case 1, 2, 3 -> stage();
            case 4 -> sent();
            case 5 -> {
                if (!live.isEmpty() && random.nextInt(live.size() == LIVE_MAX ? 1 : 6) == 0) {
                    end(random.nextInt(live.size()));
                }
            }
            case 6 -> lease();
            default -> release();
        }
    }

    private static List<BlockKey> keys(int family, int count) {
        List<BlockKey> keys = new ArrayList<>();
        for (int block = 0; block < count; block++) {
            keys.add(new BlockKey(family, 0, 0, block));
        }
        return keys;
    }

    private long word(long tenant, BlockKey key) {
        return wordOf.computeIfAbsent(new Name(tenant, key), _ -> random.nextLong() | 1);
    }

    private void begin() {
        int blocks = 1 + random.nextInt(BLOCKS_MAX);
        HandoffId id = new HandoffId(random.nextInt(TENANTS), 0, ++requests, 0);
        boolean isWhole = random.nextBoolean();
        HandoffSpec spec = (isWhole ? HandoffSpec.sourceFirst(id, blocks * BLOCK) : HandoffSpec.destinationFirst(id, 0, blocks * BLOCK))
            .withBlockKeys(keys(random.nextInt(FAMILIES), random.nextInt(blocks + 1)));
        CellMap map = CellMap.ofTarget(self, spec.tokens(), 0, 0, 1 << 16);
        HandoffBoard board = new HandoffBoard(requests, spec, map.sourceImages(), blocks);
        ProducerHandoff producer = new ProducerHandoff(board, isWhole ? map : null, map.sourceImages(),
            keeping.named(spec, map.sourceImages(), keeping.namedCount(spec)), blocks);
        producer.share(shares.of(spec));
        if (isWhole) {
            int used = used(true);
            boolean isTaken = keeping.takeWhole(producer);
            if (!isTaken) {
                assertTrue(used + blocks > UNITS, "refused for what is kept: used=" + used + " blocks=" + blocks);
                return;
            }
        } else {
            producer.granted(CellMap.ofTarget(self, spec.tokens(), 0, random.nextInt(3) == 0 ? BLOCK : 0, 1 << 16), map.sourceImages());
            keeping.holdGranted(producer);
        }
        Live one = new Live(producer, new long[blocks], new boolean[blocks]);
        for (int block = 0; block < blocks; block++) {
            if (producer.isHeld(block)) {
                hits++;
                one.words()[block] = word(id.tenant(), spec.blockKeys().get(block));
                assertRight(one, block, "a held block has the bytes of its name");
            }
        }
        live.add(one);
    }

    /** Units of a share that somebody uses. */
    private int used(boolean isWhole) {
        long freeBytes = isWhole ? staging.wholeFreeBytes() : staging.windowFreeBytes();
        return UNITS - (int) (freeBytes / Staging.GRAIN_BYTES);
    }

    private void stage() {
        if (live.isEmpty()) {
            return;
        }
        Live one = live.get(random.nextInt(live.size()));
        for (int block = one.producer().cells().firstBlock(); block < one.words().length; block++) {
            if (one.words()[block] == 0 && one.producer().needsUnit(block)) {
                int used = used(false);
                if (!one.producer().isWhole() && !keeping.takeUnit(one.producer(), block)) {
                    assertEquals(UNITS, used, "refused for what is kept");
                    return;
                }
                HandoffSpec spec = one.producer().board().spec();
                one.words()[block] = block < spec.blockKeys().size() ? word(spec.id().tenant(), spec.blockKeys().get(block)) : random.nextLong() | 1;
                long address = keeping.address(one.producer(), block);
                one.producer().board().unit(block, address);
                SourceImages images = one.producer().images();
                for (int image = 0; image < images.imageCount(block); image++) {
                    MemorySegment.ofAddress(address + images.imageOffset(block, image)).reinterpret(8)
                        .set(ValueLayout.JAVA_LONG, 0, ofGroup(one.words()[block], images.group(block, image)));
                }
                return;
            }
        }
    }

    /** All cells of a block have completed; in order, as lanes do. */
    private void sent() {
        if (live.isEmpty()) {
            return;
        }
        Live one = live.get(random.nextInt(live.size()));
        for (int block = 0; block < one.words().length && !one.producer().isWhole(); block++) {
            if (one.words()[block] != 0 && !one.isOver()[block]) {
                one.isOver()[block] = true;
                keeping.sent(one.producer(), block);
                return;
            }
        }
    }

    private void end(int index) {
        Live one = live.remove(index);
        boolean isAllStaged = true;
        for (int block = one.producer().cells().firstBlock(); block < one.words().length; block++) {
            isAllStaged &= one.words()[block] != 0;
        }
        keeping.giveBack(one.producer(), isAllStaged && random.nextInt(4) > 0, random.nextInt(20) == 0);
        // The word that a block has gone may be read after the one that all has arrived.
        for (int block = 0; block < one.words().length && !one.producer().isWhole(); block++) {
            if (one.words()[block] != 0 && !one.isOver()[block]) {
                keeping.sent(one.producer(), block);
            }
        }
        keeping.giveBack(one.producer(), false, false);
    }

    private void lease() {
        int count = 1 + random.nextInt(BLOCKS_MAX);
        int tenant = random.nextInt(TENANTS);
        List<BlockKey> keys = keys(random.nextInt(FAMILIES), count);
        int here = prefixes.blockCount(tenant, keys);
        long lease = prefixes.lease(tenant, keys, count, 1_000_000L * (1 + random.nextInt(4)));
        if (lease == KeptPrefixes.GONE) {
            assertTrue(prefixes.blockCount(tenant, keys) < count, "gone, though it is here: before=" + here);
        } else if (lease > 0) {
            assertEquals(count, here);
            long[] words = new long[count];
            for (int block = 0; block < count; block++) {
                words[block] = word(tenant, keys.get(block));
            }
            leases.add(new Held(lease, words));
        }
    }

    private void release() {
        if (leases.size() > 3 || (!leases.isEmpty() && random.nextInt(4) == 0)) {
            Held held = leases.remove(random.nextInt(leases.size()));
            boolean hasStayed = prefixes.address(held.lease(), 0, 0) > 0;
            assertEquals(hasStayed, prefixes.release(held.lease()));
            assertFalse(prefixes.release(held.lease()));
        }
    }

    private static long ofGroup(long word, int group) {
        return word ^ (group + 1) * 0x9e3779b97f4a7c15L;
    }

    /** Every image that its prompt is handed off with, wherever it lies. */
    private static void assertRight(Live one, int block, String what) {
        SourceImages images = one.producer().images();
        HandoffBoard board = one.producer().board();
        for (int image = 0; image < images.imageCount(block); image++) {
            int group = images.group(block, image);
            long address = one.producer().isHeld(block) ? board.keptOrNull().address(block, 0, group)
                : board.unitAddress(block) + images.imageOffset(block, image);
            assertEquals(ofGroup(one.words()[block], group), read(address), what);
        }
    }

    /** Units of the window that it has for blocks that have yet to go. */
    private static long ownUnits(Live one) {
        long count = 0;
        for (int block = 0; block < one.words().length && !one.producer().isWhole(); block++) {
            count += one.words()[block] != 0 && !one.isOver()[block] && !one.producer().isHeld(block) ? 1 : 0;
        }
        return count;
    }

    private static long read(long address) {
        return MemorySegment.ofAddress(address).reinterpret(8).get(ValueLayout.JAVA_LONG, 0);
    }

    private void check() {
        assertEquals(live.stream().mapToLong(KeptBlocksModelTest::ownUnits).sum(), shares.extents(0));
        for (Live one : live) {
            for (int block = 0; block < one.words().length; block++) {
                if (one.words()[block] != 0 && !one.isOver()[block]) {
                    assertRight(one, block, "in use");
                }
            }
        }
        for (Held held : leases) {
            for (int block = 0; block < held.words().length && prefixes.address(held.lease(), 0, 0) > 0; block++) {
                SourceImages images = prefixes.images(held.lease());
                for (int image = 0; image < images.imageCount(block); image++) {
                    assertEquals(ofGroup(held.words()[block], images.group(block, image)), read(prefixes.address(held.lease(), block, image)), "leased");
                }
            }
        }
        assertTrue(staging.windowKept().pinnedExtents() <= staging.windowKept().extents());
        assertTrue(staging.windowFreeBytes() >= 0 && staging.windowFreeBytes() <= UNITS * Staging.GRAIN_BYTES);
        assertTrue(staging.wholeFreeBytes() >= 0 && staging.wholeFreeBytes() <= UNITS * Staging.GRAIN_BYTES);
    }
}
