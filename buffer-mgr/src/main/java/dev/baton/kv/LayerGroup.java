package dev.baton.kv;

import dev.baton.platform.Require;

/**
 * The layers of a model that keep KV in one way. Immutable; safe to share.
 * <pre>
 *   ATTENTION  [layers][K, V][slots][kvHeads] rows of keyRowBytes or valueRowBytes    (order of slots, heads: KvLayout)
 *   LATENT     [layers][slots] rows of keyRowBytes                                    kvHeads = 1, valueRowBytes = 0
 *   STATE      [layers][kvHeads] rows of keyRowBytes, once per sequence               valueRowBytes = 0
 *   slots    = ceil(tokens / tokensPerSlot)
 * </pre>
 * A row is moved whole: it includes its scales ({@code fp8_ds_mla}: 656 bytes of which 16 are scales). The last slot of
 * a prompt may cover fewer tokens than the others; it has the bytes of a whole slot. A value out of its range is an
 * IllegalArgumentException that names it.
 *
 * @param name           printable ASCII, 1 to 64 characters
 * @param elements       element type of the rows
 * @param layers         layers of the whole model that belong to this group, 1 to 4,096
 * @param kvHeads        heads of the whole model in one layer, before any split, 1 to 4,096
 * @param keyRowBytes    bytes of one K row (of one head and slot), or of one latent, or of one head's state
 * @param valueRowBytes  bytes of one V row; 0 where V is not kept apart
 * @param keyScaleBytes  of these bytes in a K row, how many are scales
 * @param valueScaleBytes of these bytes in a V row, how many are scales
 * @param tokensPerSlot  tokens that share one row: 1, or the compression ratio (4, 128)
 * @param windowTokens   only the last so many tokens are kept; 0: all
 */
public record LayerGroup(
    String name, GroupKind kind, ElementType elements, int layers, int kvHeads, int keyRowBytes, int valueRowBytes,
    int keyScaleBytes, int valueScaleBytes, int tokensPerSlot, int windowTokens) {

    static final int NAME_LENGTH_MAX = 64;
    static final int LAYERS_MAX = 4096;
    static final int KV_HEADS_MAX = 4096;
    static final int ROW_BYTES_MAX = 1 << 20;
    static final int STATE_ROW_BYTES_MAX = 1 << 28;
    static final int TOKENS_PER_SLOT_MAX = 1 << 16;
    static final int WINDOW_TOKENS_MAX = 1 << 26;

    public LayerGroup {
        requireName("group name", name, NAME_LENGTH_MAX);
        Require.between("layers", layers, 1, LAYERS_MAX);
        Require.between("kvHeads", kvHeads, 1, kind == GroupKind.LATENT ? 1 : KV_HEADS_MAX);
        Require.between("keyRowBytes", keyRowBytes, 1, kind == GroupKind.STATE ? STATE_ROW_BYTES_MAX : ROW_BYTES_MAX);
        Require.between("valueRowBytes", valueRowBytes, 0, kind == GroupKind.ATTENTION ? ROW_BYTES_MAX : 0);
        Require.between("keyScaleBytes", keyScaleBytes, 0, keyRowBytes - 1);
        Require.between("valueScaleBytes", valueScaleBytes, 0, Math.max(0, valueRowBytes - 1));
        Require.between("tokensPerSlot", tokensPerSlot, 1, kind == GroupKind.STATE ? 1 : TOKENS_PER_SLOT_MAX);
        Require.between("windowTokens", windowTokens, 0, kind == GroupKind.STATE ? 0 : WINDOW_TOKENS_MAX);
    }

    /** Full attention with K and V rows of {@code headDim} elements and no scales. */
    public static LayerGroup attention(String name, int layers, int kvHeads, int headDim, ElementType elements) {
        int rowBytes = elements.rowBytes(headDim);
        return new LayerGroup(
            name, GroupKind.ATTENTION, elements, layers, kvHeads, rowBytes, rowBytes, 0, 0, 1, 0);
    }

    /** One row of so many bytes per layer and slot, {@code scaleBytes} of them scales. */
    public static LayerGroup latent(
        String name, int layers, int rowBytes, int scaleBytes, ElementType elements, int tokensPerSlot) {
        return new LayerGroup(
            name, GroupKind.LATENT, elements, layers, 1, rowBytes, 0, scaleBytes, 0, tokensPerSlot, 0);
    }

    /** A snapshot of so many bytes per layer and head; one head where tensor ranks do not split it. */
    public static LayerGroup state(String name, int layers, int heads, int bytesPerHead, ElementType elements) {
        return new LayerGroup(name, GroupKind.STATE, elements, layers, heads, bytesPerHead, 0, 0, 0, 1, 0);
    }

    /** This group, keeping only the last {@code tokens} tokens; 0: all. */
    public LayerGroup withWindow(int tokens) {
        return new LayerGroup(name, kind, elements, layers, kvHeads, keyRowBytes, valueRowBytes,
            keyScaleBytes, valueScaleBytes, tokensPerSlot, tokens);
    }

    /**
     * This group with as many elements of another type a row. A state stays as it is: it is no cache of tokens.
     *
     * @throws IllegalArgumentException if rows hold scales: their number follows from the type they were made for
     */
    public LayerGroup withElements(ElementType type) {
        if (isState() || type == elements) {
            return this;
        }
        boolean isMixed = keyScaleBytes > 0 || valueScaleBytes > 0 || elements == ElementType.FP8_DS_MLA ||
            type == ElementType.FP8_DS_MLA;
        Require.that(!isMixed, "dtype", type.label(), elements.label() + ", for rows of group " + name +
            " and that type hold scales or mixed elements");
        return new LayerGroup(name, kind, type, layers, kvHeads, rowBytes(keyRowBytes, type),
            rowBytes(valueRowBytes, type), 0, 0, tokensPerSlot, windowTokens);
    }

    private int rowBytes(int bytes, ElementType type) {
        return type.rowBytes(bytes * 8 / elements.bits());
    }

    public boolean isState() {
        return kind == GroupKind.STATE;
    }

    public boolean isWindowed() {
        return windowTokens > 0;
    }

    /** Bytes of one slot in one layer, all heads, K and V. */
    public long slotBytes() {
        return (long) kvHeads * (keyRowBytes + valueRowBytes);
    }

    /** Rows that so many tokens take in one layer and head: rounded up; 1 for a state. */
    public int slots(int tokens) {
        return isState() ? 1 : (int) (((long) tokens + tokensPerSlot - 1) / tokensPerSlot);
    }

    /** The first field that differs from {@code other}, as "dtype: bf16 here, fp8_e4m3 there"; empty if none does. */
    String mismatch(LayerGroup other) {
        String[] differences = {
            differs("name", name, other.name),
            differs("kind", kind, other.kind),
            differs("dtype", elements.label(), other.elements.label()),
            differs("layers", layers, other.layers),
            differs("kvHeads", kvHeads, other.kvHeads),
            differs("keyRowBytes", keyRowBytes, other.keyRowBytes),
            differs("valueRowBytes", valueRowBytes, other.valueRowBytes),
            differs("keyScaleBytes", keyScaleBytes, other.keyScaleBytes),
            differs("valueScaleBytes", valueScaleBytes, other.valueScaleBytes),
            differs("tokensPerSlot", tokensPerSlot, other.tokensPerSlot),
            differs("windowTokens", windowTokens, other.windowTokens),
        };
        for (String difference : differences) {
            if (!difference.isEmpty()) {
                return difference;
            }
        }
        return "";
    }

    static String differs(String field, Object here, Object there) {
        return here.equals(there) ? "" : field + ": " + here + " here, " + there + " there";
    }

    static void requireName(String field, String name, int lengthMax) {
        boolean isFine = name != null && !name.isEmpty() && name.length() <= lengthMax;
        for (int i = 0; isFine && i < name.length(); i++) {
            isFine = name.charAt(i) >= ' ' && name.charAt(i) <= '~';
        }
        Require.that(isFine, field, name, "1 to " + lengthMax + " printable ASCII characters");
    }
}
