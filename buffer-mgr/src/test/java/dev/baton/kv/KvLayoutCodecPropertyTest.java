package dev.baton.kv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.agrona.concurrent.UnsafeBuffer;

class KvLayoutCodecPropertyTest {
    @Property(tries = 300)
    void shouldReadEveryLayoutAsItWasWritten(@ForAll("layouts") KvLayout layout,
        @ForAll @IntRange(min = 0, max = 9) int offset) {
        UnsafeBuffer buffer = new UnsafeBuffer(new byte[layout.encodedLength() + offset]);

        assertEquals(layout.encodedLength(), KvLayoutCodec.encode(layout, buffer, offset));

        KvLayout read = KvLayout.decode(buffer, offset, layout.encodedLength());
        assertEquals(layout, read);
        assertEquals(layout.fingerprint(), read.fingerprint());
    }

    @Property(tries = 300)
    void shouldTakeAChangedByteAsAnotherLayoutOrRefuseIt(@ForAll("layouts") KvLayout layout, @ForAll int place,
        @ForAll @IntRange(min = 1, max = 255) int change) {
        byte[] bytes = new byte[layout.encodedLength()];
        KvLayoutCodec.encode(layout, new UnsafeBuffer(bytes), 0);
        bytes[Math.floorMod(place, bytes.length)] ^= (byte) change;

        KvLayout read = readOrNull(bytes);

        assertTrue(read == null || (!read.equals(layout) && read.fingerprint() != layout.fingerprint()));
    }

    @Property(tries = 2000)
    void shouldRefuseAnyBytesOrReadWhatWritesTheSameBytes(@ForAll @Size(max = 120) byte[] bytes,
        @ForAll boolean hasHead) {
        if (hasHead && bytes.length > 4) {   // past the version check, else hardly any get further
            bytes[0] = KvLayout.PLAN_VERSION;
            bytes[1] = 0;
            bytes[2] &= 1;
        }
        readOrNull(bytes);
    }

    /** Null where the bytes were refused, by the one exception that says so. */
    static KvLayout readOrNull(byte[] bytes) {
        KvLayout read;
        try {
            read = KvLayout.decode(new UnsafeBuffer(bytes), 0, bytes.length);
        } catch (IllegalArgumentException ex) {
            assertTrue(ex.getMessage().contains("must be"), ex::toString);
            return null;
        }
        byte[] again = new byte[read.encodedLength()];
        KvLayoutCodec.encode(read, new UnsafeBuffer(again), 0);
        assertArrayEquals(bytes, again);
        return read;
    }

    @Provide
    static Arbitrary<KvLayout> layouts() {
        Arbitrary<String> names = Arbitraries.strings().withCharRange(' ', '~').ofMinLength(1).ofMaxLength(64);
        Arbitrary<Integer> rows = Arbitraries.integers().between(1, LayerGroup.ROW_BYTES_MAX);
        Arbitrary<Integer> layers = Arbitraries.integers().between(1, LayerGroup.LAYERS_MAX);
        Arbitrary<Integer> slots = Arbitraries.of(1, 2, 4, 128);
        Arbitrary<LayerGroup> groups = Combinators.combine(Arbitraries.of(GroupKind.values()),
            Arbitraries.of(ElementType.values()), names, layers, rows, rows, slots,
            Arbitraries.integers().between(0, LayerGroup.WINDOW_TOKENS_MAX)).as(KvLayoutCodecPropertyTest::group);
        Arbitrary<List<LayerGroup>> lists = groups.list().ofMinSize(1).ofMaxSize(KvLayout.GROUPS_MAX);
        return Combinators.combine(names, Arbitraries.of(DimensionOrder.values()), layers,
            Arbitraries.integers().between(1, 512).map(blocks -> blocks * 128), lists).as(KvLayout::new);
    }

    private static LayerGroup group(GroupKind kind, ElementType elements, String name, int layers, int keyRowBytes,
        int valueRowBytes, int tokensPerSlot, int windowTokens) {
        boolean isState = kind == GroupKind.STATE;
        int values = kind == GroupKind.ATTENTION ? valueRowBytes : 0;
        return new LayerGroup(name, kind, elements, layers, kind == GroupKind.LATENT ? 1 : layers, keyRowBytes, values,
            keyRowBytes / 3, values / 5, isState ? 1 : tokensPerSlot, isState ? 0 : windowTokens);
    }
}
