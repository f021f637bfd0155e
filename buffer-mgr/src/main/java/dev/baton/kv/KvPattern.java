package dev.baton.kv;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * KV bytes that anyone can compute: a pseudo-random function of (seed, group, layer, K or V, slot of the prompt, head,
 * byte in row). Fills source images, checks landed cells. The coordinates are those of the whole model, never of a
 * shard, so replicas are equal and a byte in a wrong place is wrong. The check walks the target's own image and shares
 * no code with {@link TransferPlan}. Stateless, allocates nothing; addresses are absolute and must be readable or
 * writable for the whole length: nothing here can check that.
 * <pre>
 *   row base = mix(section hash + slot * P + head * Q), section hash = mix of seed, group, layer, section
 *   word i   = fold(row base + i * PHI), little-endian; the last bytes of a row are the low bytes of its last word
 *   slot     = token / tokensPerSlot, counted in the prompt; 0 for states
 * </pre>
 */
public final class KvPattern {
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final long PHI = 0x9e3779b97f4a7c15L;
    private static final long SLOT_PRIME = 0xd1b54a32d192ed03L;
    private static final long HEAD_PRIME = 0xaef17502108ef2d9L;

    private KvPattern() {}

    /**
     * Fills the image of one block of one group on one source shard. A partial block is an image of its own tokens.
     * Returns the bytes written.
     */
    public static long fillImage(long address, KvLayout layout, Sharding sharding, int shard, int groupIndex,
        int block, int tokensInBlock, long seed) {
        LayerGroup group = layout.group(groupIndex);
        int firstLayer = sharding.firstLayer(group, shard);
        int layerCount = sharding.layerCount(group, shard);
        int firstHead = sharding.firstHead(group, shard);
        int heads = sharding.headCount(group, shard);
        int slots = group.slots(tokensInBlock);
        long firstSlot = firstSlot(layout, group, block);
        boolean isHeadInside = layout.order() == DimensionOrder.NHD;
        int outerCount = isHeadInside ? slots : heads;
        int innerCount = isHeadInside ? heads : slots;
        long at = address;
        for (int layer = 0; layer < layerCount; layer++) {
            for (int section = 0; section < 2; section++) {
                int rowBytes = section == 0 ? group.keyRowBytes() : group.valueRowBytes();
                if (rowBytes == 0) {
                    continue;
                }
                long hash = sectionHash(seed, groupIndex, firstLayer + layer, section);
                for (int outer = 0; outer < outerCount; outer++) {
                    for (int inner = 0; inner < innerCount; inner++) {
                        long slot = firstSlot + (isHeadInside ? outer : inner);
                        int head = firstHead + (isHeadInside ? inner : outer);
                        fillRow(at, rowBytes, rowBase(hash, slot, head));
                        at += rowBytes;
                    }
                }
            }
        }
        return at - address;
    }

    /** Bytes of that cell at {@code address} that are wrong: 0 if all of it is right. */
    public static long mismatches(long address, CellMap map, int cell, long seed) {
        return mismatches(address, map, cell, 0, map.lengthBytes(cell), seed);
    }

    /**
     * As above for a part of a cell, whose extents need not lie together.
     * @param address    where byte {@code fromByte} of the cell lies
     * @param fromByte   first byte of the part, counted in the cell
     * @param lengthBytes bytes of the part; it ends inside the cell
     */
    public static long mismatches(long address, CellMap map, int cell, long fromByte, long lengthBytes, long seed) {
        return walk(address, map, cell, fromByte, lengthBytes, seed, false);
    }

    /** Offset in the cell of the first wrong byte of that part; -1 if all of it is right. */
    public static long firstMismatch(long address, CellMap map, int cell, long fromByte, long lengthBytes, long seed) {
        return walk(address, map, cell, fromByte, lengthBytes, seed, true);
    }

    /** Counts wrong bytes; or, if {@code isFirstOnly}, gives the offset of the first, or -1. */
    private static long walk(long address, CellMap map, int cell, long fromByte, long lengthBytes, long seed,
        boolean isFirstOnly) {
        if (fromByte < 0 || lengthBytes < 0 || lengthBytes > map.lengthBytes(cell) - fromByte) {
            throw new IllegalArgumentException("part must lie in its cell: fromByte=" + fromByte +
                " lengthBytes=" + lengthBytes + " cellBytes=" + map.lengthBytes(cell) + " cell=" + cell);
        }
        KvLayout layout = map.pairing().targetLayout();
        int groupIndex = map.group(cell);
        LayerGroup group = layout.group(groupIndex);
        int firstLayer = map.firstLayer(cell);
        int layerCount = map.layerCount(cell);
        int firstHead = map.firstHead(cell);
        int heads = map.headCount(cell);
        int slots = group.slots(map.tokensInBlock(cell));
        long firstSlot = firstSlot(layout, group, map.block(cell));
        boolean isHeadInside = layout.order() == DimensionOrder.NHD;
        int outerCount = isHeadInside ? slots : heads;
        int innerCount = isHeadInside ? heads : slots;
        long endByte = fromByte + lengthBytes;
        long base = address - fromByte;          // where byte 0 of the cell would lie
        long wrong = 0;
        long at = 0;
        for (int layer = 0; layer < layerCount; layer++) {
            for (int section = 0; section < 2; section++) {
                int rowBytes = section == 0 ? group.keyRowBytes() : group.valueRowBytes();
                long sectionBytes = (long) outerCount * innerCount * rowBytes;
                if (sectionBytes == 0 || at + sectionBytes <= fromByte || at >= endByte) {
                    at += sectionBytes;
                    continue;
                }
                long hash = sectionHash(seed, groupIndex, firstLayer + layer, section);
                for (int outer = 0; outer < outerCount; outer++) {
                    for (int inner = 0; inner < innerCount; inner++) {
                        int from = Math.clamp(fromByte - at, 0, rowBytes);
                        int to = Math.clamp(endByte - at, 0, rowBytes);
                        if (from < to) {
                            long slot = firstSlot + (isHeadInside ? outer : inner);
                            int head = firstHead + (isHeadInside ? inner : outer);
                            long rowBase = rowBase(hash, slot, head);
                            long wrongInRow = wrongInRow(base + at, from, to, rowBase);
                            if (wrongInRow > 0 && isFirstOnly) {
                                return at + firstWrongInRow(base + at, from, to, rowBase);
                            }
                            wrong += wrongInRow;
                        }
                        at += rowBytes;
                    }
                }
            }
        }
        return isFirstOnly ? -1 : wrong;
    }

    /** Where a byte of a cell belongs, for people: group, layer, K or V, token, head, byte in row. */
    public static String describe(CellMap map, int cell, long offset) {
        KvLayout layout = map.pairing().targetLayout();
        LayerGroup group = layout.group(map.group(cell));
        BlockImage image = new BlockImage(
            layout.order(), group, map.layerCount(cell), map.headCount(cell), map.tokensInBlock(cell));
        long inLayer = offset % image.layerStride();
        int section = inLayer < image.valueStart() ? 0 : 1;
        long inSection = inLayer - section * image.valueStart();
        long row = inSection / image.rowBytes(section);
        boolean isHeadInside = layout.order() == DimensionOrder.NHD;
        long slot = isHeadInside ? row / image.heads() : row % image.slots();
        long head = isHeadInside ? row % image.heads() : row / image.slots();
        return "cell=" + cell + " group=" + group.name() +
            " layer=" + (map.firstLayer(cell) + offset / image.layerStride()) +
            " section=" + (section == 0 ? "K" : "V") +
            " token=" + (firstSlot(layout, group, map.block(cell)) + slot) * group.tokensPerSlot() +
            " head=" + (map.firstHead(cell) + head) +
            " byteInRow=" + inSection % image.rowBytes(section);
    }

    /** One byte of the pattern: what {@link #fillImage} writes there. */
    public static byte byteAt(long seed, int group, int layer, int section, long slot, int head, int byteInRow) {
        long rowBase = rowBase(sectionHash(seed, group, layer, section), slot, head);
        return (byte) (word(rowBase, byteInRow >>> 3) >>> ((byteInRow & 7) << 3));
    }

    private static long firstSlot(KvLayout layout, LayerGroup group, int block) {
        return group.isState() ? 0 : (long) block * (layout.blockTokens() / group.tokensPerSlot());
    }

    private static void fillRow(long address, int rowBytes, long rowBase) {
        int words = rowBytes >>> 3;
        for (int i = 0; i < words; i++) {
            MEMORY.set(WORD, address + ((long) i << 3), word(rowBase, i));
        }
        int rest = rowBytes & 7;
        if (rest > 0) {
            long last = word(rowBase, words);
            for (int i = 0; i < rest; i++) {
                MEMORY.set(ValueLayout.JAVA_BYTE, address + ((long) words << 3) + i, (byte) (last >>> (i << 3)));
            }
        }
    }

    /** Wrong bytes among {@code from} to {@code to} of the row at that address. */
    private static long wrongInRow(long address, int from, int to, long rowBase) {
        int firstWord = (from + 7) >>> 3;
        int endWord = to >>> 3;
        if (firstWord > endWord) {
            return wrongBytes(address, from, to, rowBase);
        }
        long differences = 0;
        for (int i = firstWord; i < endWord; i++) {
            differences |= MEMORY.get(WORD, address + ((long) i << 3)) ^ word(rowBase, i);
        }
        long wrong = wrongBytes(address, from, firstWord << 3, rowBase) +
            wrongBytes(address, endWord << 3, to, rowBase);
        return differences == 0 ? wrong : wrong + wrongBytes(address, firstWord << 3, endWord << 3, rowBase);
    }

    private static long wrongBytes(long address, int from, int to, long rowBase) {
        long wrong = 0;
        for (int i = from; i < to; i++) {
            wrong += isWrong(address, i, rowBase) ? 1 : 0;
        }
        return wrong;
    }

    private static int firstWrongInRow(long address, int from, int to, long rowBase) {
        int i = from;
        while (i < to && !isWrong(address, i, rowBase)) {
            i++;
        }
        return i;
    }

    private static boolean isWrong(long address, int byteInRow, long rowBase) {
        byte expected = (byte) (word(rowBase, byteInRow >>> 3) >>> ((byteInRow & 7) << 3));
        return MEMORY.get(ValueLayout.JAVA_BYTE, address + byteInRow) != expected;
    }

    private static long word(long rowBase, int index) {
        long x = rowBase + index * PHI;
        x ^= x >>> 32;
        x *= 0xd6e8feb86659fd93L;
        return x ^ (x >>> 29);
    }

    private static long rowBase(long sectionHash, long slot, long head) {
        return mix(sectionHash + slot * SLOT_PRIME + head * HEAD_PRIME);
    }

    private static long sectionHash(long seed, int group, int layer, int section) {
        return mix(mix(seed) + group * 0x1_0000_0000L + layer * 2L + section);
    }

    /** Finaliser of SplitMix64: Steele, Lea, Flood, OOPSLA 2014. */
    private static long mix(long value) {
        long x = value + PHI;
        x = (x ^ (x >>> 30)) * 0xbf58476d1ce4e5b9L;
        x = (x ^ (x >>> 27)) * 0x94d049bb133111ebL;
        return x ^ (x >>> 31);
    }
}
