package dev.baton.kv;

/** Type of the elements in a row. The ordinal is the code on the wire: append, never reorder. */
public enum ElementType {
    BF16("bf16", 16),
    FP16("fp16", 16),
    FP32("fp32", 32),
    FP8_E4M3("fp8_e4m3", 8),
    FP8_E5M2("fp8_e5m2", 8),
    /** DeepSeek's mixed latent: 512 fp8 elements, their fp32 scales, and 64 bf16 rope elements in one row. */
    FP8_DS_MLA("fp8_ds_mla", 8),
    INT8("int8", 8),
    FP4_E2M1("fp4_e2m1", 4),
    INT4("int4", 4);

    private final String label;
    private final int bits;

    ElementType(String label, int bits) {
        this.label = label;
        this.bits = bits;
    }

    public String label() {
        return label;
    }

    /** Bits of one element: 4, 8, 16 or 32; of mixed rows, of most of their elements. */
    public int bits() {
        return bits;
    }

    /** Bytes of a row of so many elements, rounded up to a whole byte, without scales. */
    public int rowBytes(int elements) {
        return Math.toIntExact(((long) elements * bits + 7) / 8);
    }

    /**
     * The type with that label, in any case.
     * @throws IllegalArgumentException if there is none
     */
    public static ElementType ofLabel(String label) {
        for (ElementType type : values()) {
            if (type.label.equalsIgnoreCase(label)) {
                return type;
            }
        }
        throw new IllegalArgumentException("unknown element type: dtype=" + label + ", known: bf16, fp16, fp32, " +
            "fp8_e4m3, fp8_e5m2, fp8_ds_mla, int8, fp4_e2m1, int4");
    }
}
