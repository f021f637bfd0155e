package dev.baton.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

class KvLayoutTest {
    private static final long SEED = Long.getLong("baton.test.seed", 0x5eedL);
    static final List<String> models = ModelShapes.builtIn().names();

    private static final LayerGroup GROUP =
        new LayerGroup("full", GroupKind.ATTENTION, ElementType.BF16, 4, 8, 256, 128, 8, 4, 4, 128);
    private static final KvLayout LAYOUT = new KvLayout("m", DimensionOrder.NHD, 1, 256, List.of(GROUP));

    @ParameterizedTest
    @FieldSource("models")
    void shouldDecodeWhatItEncoded(String model) {
        KvLayout layout = ModelShapes.layout(model).withOrder(DimensionOrder.HND).withLayersPerPlane(3);
        UnsafeBuffer buffer = new UnsafeBuffer(new byte[7 + layout.encodedLength()]);

        assertEquals(layout.encodedLength(), layout.encode(buffer, 7));
        assertEquals(layout, KvLayout.decode(buffer, 7, layout.encodedLength()));
        assertTrue(layout.encodedLength() <= 2048);
    }

    @Test
    void shouldKeepAsManyElementsOfAnotherType() {
        KvLayout bf16 = ModelShapes.layout("Llama-3.2-1B");

        KvLayout fp8 = bf16.withElements(ElementType.FP8_E4M3);

        assertEquals(bf16.bytesPerTokenGrowing() / 2, fp8.bytesPerTokenGrowing());
        assertEquals(bf16, fp8.withElements(ElementType.BF16));
        assertTrue(fp8.mismatch(bf16).contains("dtype: fp8_e4m3 here, bf16 there"), fp8.mismatch(bf16));
        IllegalArgumentException mixed = assertThrows(IllegalArgumentException.class,
            () -> bf16.withElements(ElementType.FP8_DS_MLA));
        assertTrue(mixed.getMessage().contains("dtype=fp8_ds_mla"), mixed::getMessage);
    }

    @Test
    void shouldKeepItsFingerprint() {
        assertEquals(LAYOUT.fingerprint(), new KvLayout("m", DimensionOrder.NHD, 1, 256, List.of(GROUP)).fingerprint());
        assertEquals(-3362034728248082542L, LAYOUT.fingerprint(), "a change breaks the wire: raise PLAN_VERSION");
    }

    @Test
    void shouldNameTheFirstFieldThatDiffersAndChangeTheFingerprint() {
        Set<Long> seen = new HashSet<>(Set.of(LAYOUT.fingerprint()));
        differs(seen, "model: m here, n there", true,
            l -> new KvLayout("n", l.order(), l.layersPerPlane(), l.blockTokens(), l.groups()));
        differs(seen, "blockTokens: 256 here, 128 there", true, l -> l.withBlockTokens(128));
        differs(seen, "order: NHD here, HND there", false, l -> l.withOrder(DimensionOrder.HND));
        differs(seen, "layersPerPlane: 1 here, 0 there", false, l -> l.withLayersPerPlane(KvLayout.ALL_LAYERS));
        differs(seen, "groupCount: 1 here, 2 there", true, l -> with(l, GROUP, GROUP));
        group(seen, "name: full here, half there",
            new LayerGroup("half", GroupKind.ATTENTION, ElementType.BF16, 4, 8, 256, 128, 8, 4, 4, 128));
        group(seen, "kind: ATTENTION here, LATENT there",
            new LayerGroup("full", GroupKind.LATENT, ElementType.BF16, 4, 1, 256, 0, 8, 0, 4, 128));
        group(seen, "dtype: bf16 here, fp8_e4m3 there",
            new LayerGroup("full", GroupKind.ATTENTION, ElementType.FP8_E4M3, 4, 8, 256, 128, 8, 4, 4, 128));
        group(seen, "layers: 4 here, 5 there",
            new LayerGroup("full", GroupKind.ATTENTION, ElementType.BF16, 5, 8, 256, 128, 8, 4, 4, 128));
        group(seen, "kvHeads: 8 here, 4 there",
            new LayerGroup("full", GroupKind.ATTENTION, ElementType.BF16, 4, 4, 256, 128, 8, 4, 4, 128));
        group(seen, "keyRowBytes: 256 here, 255 there",
            new LayerGroup("full", GroupKind.ATTENTION, ElementType.BF16, 4, 8, 255, 128, 8, 4, 4, 128));
        group(seen, "valueRowBytes: 128 here, 127 there",
            new LayerGroup("full", GroupKind.ATTENTION, ElementType.BF16, 4, 8, 256, 127, 8, 4, 4, 128));
        group(seen, "keyScaleBytes: 8 here, 9 there",
            new LayerGroup("full", GroupKind.ATTENTION, ElementType.BF16, 4, 8, 256, 128, 9, 4, 4, 128));
        group(seen, "valueScaleBytes: 4 here, 5 there",
            new LayerGroup("full", GroupKind.ATTENTION, ElementType.BF16, 4, 8, 256, 128, 8, 5, 4, 128));
        group(seen, "tokensPerSlot: 4 here, 2 there",
            new LayerGroup("full", GroupKind.ATTENTION, ElementType.BF16, 4, 8, 256, 128, 8, 4, 2, 128));
        group(seen, "windowTokens: 128 here, 0 there", GROUP.withWindow(0));
        assertEquals("", LAYOUT.mismatch(LAYOUT));
    }

    private static void group(Set<Long> seen, String difference, LayerGroup other) {
        differs(seen, "group 0 " + difference, true, layout -> with(layout, other));
    }

    private static KvLayout with(KvLayout layout, LayerGroup... groups) {
        return new KvLayout(
            layout.model(), layout.order(), layout.layersPerPlane(), layout.blockTokens(), List.of(groups));
    }

    private static void differs(Set<Long> seen, String difference, boolean isRefused, UnaryOperator<KvLayout> change) {
        KvLayout other = change.apply(LAYOUT);
        assertEquals(difference, LAYOUT.mismatch(other));
        assertEquals(isRefused ? difference : "", LAYOUT.incompatibility(other));
        assertTrue(seen.add(other.fingerprint()), difference);
        if (isRefused) {
            String message = assertThrows(LayoutMismatchException.class,
                () -> ShardPairing.of(LAYOUT, Sharding.SINGLE, other, Sharding.SINGLE)).getMessage();
            assertEquals("layouts differ: " + difference, message);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, 2, planVersion", "2, -1, order", "3, 0, groupCount", "3, 17, groupCount", "3, 2, group 1",
        "4, 0, blockTokens", "4, -1, blockTokens", "8, -1, layersPerPlane", "12, 0, model length", "12, 200, model length", "13, 7, model",
        "14, 9, kind", "15, 99, dtype", "16, 0, group name length", "17, 10, group name"})
    void shouldNameTheFieldThatIsRefused(int at, int value, String field) {
        String message = refusal(at, value, at == 4 || at == 8);
        assertTrue(message.contains(field), message);
    }

    @ParameterizedTest
    @CsvSource({"layers, 21", "kvHeads, 25", "keyRowBytes, 29", "valueRowBytes, 33", "keyScaleBytes, 37",
        "valueScaleBytes, 41", "tokensPerSlot, 45", "windowTokens, 49"})
    void shouldRefuseNegativeAndAbsurdValues(String field, int at) {
        for (int value : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            String message = refusal(at, value, true);
            assertTrue(message.startsWith("group 0: " + field), message);
        }
    }

    private static String refusal(int at, int value, boolean isInt) {
        UnsafeBuffer buffer = new UnsafeBuffer(new byte[LAYOUT.encodedLength()]);
        LAYOUT.encode(buffer, 0);
        if (isInt) {
            buffer.putInt(at, value, ByteOrder.LITTLE_ENDIAN);
        } else {
            buffer.putByte(at, (byte) value);
        }
        return assertThrows(IllegalArgumentException.class,
            () -> KvLayout.decode(buffer, 0, buffer.capacity())).getMessage();
    }

    @Test
    void shouldRefuseEveryTruncationAndWhatFollows() {
        UnsafeBuffer buffer = new UnsafeBuffer(new byte[LAYOUT.encodedLength() + 1]);
        int length = LAYOUT.encode(buffer, 0);
        for (int i = 0; i < length; i++) {
            int cut = i;
            assertThrows(IllegalArgumentException.class, () -> KvLayout.decode(buffer, 0, cut));
        }
        assertThrows(IllegalArgumentException.class, () -> KvLayout.decode(buffer, 0, length + 1));
        assertThrows(IllegalArgumentException.class, () -> KvLayout.decode(buffer, 0, length + 2));
        assertThrows(IllegalArgumentException.class, () -> KvLayout.decode(buffer, -1, length));
        assertThrows(IllegalArgumentException.class, () -> KvLayout.decode(buffer, 1, Integer.MAX_VALUE));
        assertThrows(IllegalArgumentException.class, () -> KvLayout.decode(buffer, 0, -1));
    }

    /** Random bytes, and good encodings with a few bytes changed: a layout or an IllegalArgumentException. */
    @Test
    void shouldRefuseRandomBytesWithNothingButAnIllegalArgument() {
        System.out.println("KvLayoutTest seed=" + SEED);
        Random random = new Random(SEED);
        List<KvLayout> layouts = new ArrayList<>(models.stream().map(ModelShapes::layout).toList());
        int decoded = 0;
        int refused = 0;
        for (int i = 0; i < 60_000; i++) {
            byte[] bytes = new byte[random.nextInt(300)];
            random.nextBytes(bytes);
            if (i % 2 == 0) {
                KvLayout layout = layouts.get(random.nextInt(layouts.size()));
                bytes = new byte[layout.encodedLength()];
                layout.encode(new UnsafeBuffer(bytes), 0);
                for (int changes = random.nextInt(4); changes > 0; changes--) {
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
                }
            }
            try {
                KvLayout layout = KvLayout.decode(new UnsafeBuffer(bytes), 0, bytes.length);
                byte[] again = new byte[layout.encodedLength()];
                layout.encode(new UnsafeBuffer(again), 0);
                assertEquals(new UnsafeBuffer(bytes), new UnsafeBuffer(again));
                decoded++;
            } catch (IllegalArgumentException ex) {
                assertNotEquals(null, ex.getMessage());
                refused++;
            }
        }
        assertTrue(decoded > 1_000 && refused > 30_000, "decoded=" + decoded + " refused=" + refused);
    }

    @Test
    void shouldRefuseBlocksThatCutASlot() {
        String message = assertThrows(IllegalArgumentException.class, () -> LAYOUT.withBlockTokens(30)).getMessage();
        assertTrue(message.contains("blockTokens=30") && message.contains("tokensPerSlot=4"), message);
    }

    @ParameterizedTest
    @CsvSource({"8, 1, 1, 1", "4, 3, 6, 2", "16, 5, 2, 1", "1, 0, 0, 8"})
    void shouldSplitHeads(int tp, int shard, int firstHead, int heads) {
        assertEquals(firstHead, Sharding.tensor(tp).firstHead(GROUP, shard));
        assertEquals(heads, Sharding.tensor(tp).headCount(GROUP, shard));
    }

    @Test
    void shouldRefuseHeadsThatCannotBeSplit() {
        String message = assertThrows(
            IllegalArgumentException.class, () -> Sharding.tensor(3).requireFits(LAYOUT)).getMessage();
        assertTrue(message.contains("tp=3") && message.contains("kvHeads=8") && message.contains("full"), message);
    }

    @Test
    void shouldGiveTheFirstRanksOneMoreLayer() {
        LayerGroup seven = LayerGroup.attention("g", 7, 1, 8, ElementType.BF16);
        Sharding sharding = new Sharding(2, 3, 2);
        int next = 0;
        for (int pp = 0; pp < 3; pp++) {
            int shard = sharding.index(new Shard(1, pp, 1));
            assertEquals(new Shard(1, pp, 1), sharding.shard(shard));
            assertEquals(next, sharding.firstLayer(seven, shard));
            next += sharding.layerCount(seven, shard);
            assertEquals(pp == 0 ? 3 : 2, sharding.layerCount(seven, shard));
        }
        assertEquals(7, next);
    }
}
