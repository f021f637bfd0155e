package dev.baton.buffer.tier.disk;

/** Plays storms until one of them finds something wrong, and says what. */
public final class StormChild {
    static final int FOUND = 7;

    private StormChild() {}

    /** Ends with {@link #FOUND} where a storm failed. */
    public static void main(String[] args) {
        try {
            new DiskStormTest().playAll();
        } catch (AssertionError ex) {
            System.out.println(ex.getMessage());
            System.exit(FOUND);
        }
    }
}
