package dev.baton.transport;

/**
 * A peer's slab as its HELLO told it.
 *
 * @param slab        its number
 * @param shard       the shard it serves
 * @param lengthBytes of its memory
 * @param isSpill     whether it is of the slower tier, whose files lie in a directory of their own
 */
public record RemoteSlab(int slab, int shard, long lengthBytes, boolean isSpill) {
    /** One of the fast tier. */
    public RemoteSlab(int slab, int shard, long lengthBytes) {
        this(slab, shard, lengthBytes, false);
    }
}
