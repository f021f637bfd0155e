package dev.baton.kv;

import static dev.baton.kv.LayerGroup.differs;

import dev.baton.platform.Require;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * How one engine lays out a model's KV: its layer groups, the order of heads and tokens, how many layers share a plane
 * of its pool, and the tokens of a block. Immutable; safe to share. It describes the whole model; {@link Sharding} says
 * how ranks split it, {@link BlockImage} and {@link PoolImage} where the bytes of one rank lie. A value
 * out of its range is an IllegalArgumentException that names it.
 *
 * @param model          name of the model; layouts of different models are never converted into each other
 * @param order          order of slots and heads inside K or V of one layer
 * @param layersPerPlane layers of a group that lie together in one block of the engine's pool: 1 for one tensor per
 *                       layer, {@link #ALL_LAYERS} for cross-layer blocks. It changes the pool, not the block image
 * @param blockTokens    tokens of a block, 1 to 65,536, a multiple of every group's tokens per slot
 * @param groups         1 to 16 layer groups, in an order that both ends share
 */
public record KvLayout(
    String model, DimensionOrder order, int layersPerPlane, int blockTokens, List<LayerGroup> groups) {

    /** Counts in {@link #fingerprint()}: bump it when the meaning of a plan or of an image changes. */
    public static final int PLAN_VERSION = 1;
    /** {@link #layersPerPlane()} of a pool that keeps all layers of a group in one block. */
    public static final int ALL_LAYERS = 0;

    static final int MODEL_LENGTH_MAX = 128;
    static final int GROUPS_MAX = 16;
    static final int BLOCK_TOKENS_MAX = 1 << 16;

    public KvLayout {
        LayerGroup.requireName("model", model, MODEL_LENGTH_MAX);
        Require.between("layersPerPlane", layersPerPlane, 0, LayerGroup.LAYERS_MAX);
        Require.between("blockTokens", blockTokens, 1, BLOCK_TOKENS_MAX);
        Require.between("groupCount", groups.size(), 1, GROUPS_MAX);
        groups = List.copyOf(groups);
        for (LayerGroup group : groups) {
            Require.that(blockTokens % group.tokensPerSlot() == 0, "blockTokens", blockTokens,
                "a multiple of tokensPerSlot=" + group.tokensPerSlot() + " of group " + group.name());
        }
    }

    public LayerGroup group(int index) {
        return groups.get(index);
    }

    public int groupCount() {
        return groups.size();
    }

    public KvLayout withOrder(DimensionOrder value) {
        return new KvLayout(model, value, layersPerPlane, blockTokens, groups);
    }

    public KvLayout withLayersPerPlane(int value) {
        return new KvLayout(model, order, value, blockTokens, groups);
    }

    public KvLayout withBlockTokens(int value) {
        return new KvLayout(model, order, layersPerPlane, value, groups);
    }

    /**
     * The same model with KV of another element type; states keep theirs.
     *
     * @throws IllegalArgumentException if a group's rows hold scales or mixed elements
     */
    public KvLayout withElements(ElementType value) {
        return new KvLayout(model, order, layersPerPlane, blockTokens,
            groups.stream().map(group -> group.withElements(value)).toList());
    }

    /** Bytes that each further token adds, over all layers: groups that keep every token. */
    public double bytesPerTokenGrowing() {
        double bytes = 0;
        for (LayerGroup group : groups) {
            bytes += group.isState() || group.isWindowed() ? 0 : tokenBytes(group);
        }
        return bytes;
    }

    /** Bytes that each further token would add if windows kept every token. */
    public double bytesPerTokenIfAllKept() {
        double bytes = 0;
        for (LayerGroup group : groups) {
            bytes += group.isState() ? 0 : tokenBytes(group);
        }
        return bytes;
    }

    /** Bytes of full windows and states: what a long sequence holds whatever its length. */
    public double fixedBytesPerSequence() {
        double bytes = 0;
        for (LayerGroup group : groups) {
            if (group.isState()) {
                bytes += (double) group.layers() * group.slotBytes();
            } else if (group.isWindowed()) {
                bytes += tokenBytes(group) * group.windowTokens();
            }
        }
        return bytes;
    }

    private static double tokenBytes(LayerGroup group) {
        return (double) group.layers() * group.slotBytes() / group.tokensPerSlot();
    }

    /** A stable 64-bit hash of every field and of {@link #PLAN_VERSION}: FNV-1a over the encoding, mixed once. */
    public long fingerprint() {
        return KvLayoutCodec.fingerprint(this);
    }

    /** The first field that differs, as "group 0 dtype: bf16 here, fp8_e4m3 there"; empty if the layouts are equal. */
    public String mismatch(KvLayout other) {
        String difference = incompatibility(other);
        if (difference.isEmpty()) {
            difference = differs("order", order, other.order);
        }
        if (difference.isEmpty()) {
            difference = differs("layersPerPlane", layersPerPlane, other.layersPerPlane);
        }
        return difference;
    }

    /** As {@link #mismatch(KvLayout)}, for those fields only that no plan can convert; empty if a plan exists. */
    public String incompatibility(KvLayout other) {
        String difference = differs("model", model, other.model);
        if (difference.isEmpty()) {
            difference = differs("blockTokens", blockTokens, other.blockTokens);
        }
        if (difference.isEmpty()) {
            difference = differs("groupCount", groups.size(), other.groups.size());
        }
        for (int i = 0; difference.isEmpty() && i < groups.size(); i++) {
            String inGroup = groups.get(i).mismatch(other.groups.get(i));
            difference = inGroup.isEmpty() ? "" : "group " + i + " " + inGroup;
        }
        return difference;
    }

    /**
     * Refuses a pair that no plan can convert.
     * @throws LayoutMismatchException if no plan turns this layout into {@code target}; it names the field
     */
    public void requireConvertibleTo(KvLayout target) {
        String difference = incompatibility(target);
        if (!difference.isEmpty()) {
            throw new LayoutMismatchException("layouts differ: " + difference);
        }
    }

    /** Bytes that {@link #encode(MutableDirectBuffer, int)} writes; at most 2,048. */
    public int encodedLength() {
        return KvLayoutCodec.encodedLength(this);
    }

    /** Writes this layout at {@code offset}. Returns {@link #encodedLength()}. */
    public int encode(MutableDirectBuffer buffer, int offset) {
        return KvLayoutCodec.encode(this, buffer, offset);
    }

    /**
     * Reads what {@link #encode} wrote, from bytes that nobody has checked.
     * @throws IllegalArgumentException naming the first field that is out of range, or does not fit in {@code length}
     */
    public static KvLayout decode(DirectBuffer buffer, int offset, int length) {
        return KvLayoutCodec.decode(buffer, offset, length);
    }
}
