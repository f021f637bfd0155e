package dev.baton.transport.rdma.verbs;

/**
 * One write to a peer's memory: up to {@value #PIECES_MAX} pieces of this side's memory to one range of the peer's. A
 * flyweight, filled again and again.
 */
public final class WriteRequest {
    public static final int PIECES_MAX = 4;
    /** No immediate value: the peer does not notice. */
    public static final int SILENT = -1;

    private final long[] addresses = new long[PIECES_MAX];
    private final int[] lengths = new int[PIECES_MAX];
    private final int[] keys = new int[PIECES_MAX];
    private int pieceCount;
    private int lengthBytes;
    private long requestId;
    private long peerAddress;
    private int peerKey;
    private int immediate;
    private boolean isSignaled;
    private boolean isInline;

    /** Begins anew: an empty, silent, unsignalled write to this place. */
    public WriteRequest to(long peerAddress, int peerKey) {
        this.peerAddress = peerAddress;
        this.peerKey = peerKey;
        pieceCount = 0;
        lengthBytes = 0;
        requestId = 0;
        immediate = SILENT;
        isSignaled = false;
        isInline = false;
        return this;
    }

    /** Becomes the same as another. */
    public WriteRequest copyOf(WriteRequest other) {
        peerAddress = other.peerAddress;
        peerKey = other.peerKey;
        pieceCount = other.pieceCount;
        lengthBytes = other.lengthBytes;
        requestId = other.requestId;
        immediate = other.immediate;
        isSignaled = other.isSignaled;
        isInline = other.isInline;
        for (int i = 0; i < pieceCount; i++) {
            addresses[i] = other.addresses[i];
            lengths[i] = other.lengths[i];
            keys[i] = other.keys[i];
        }
        return this;
    }

    /** Adds a piece; one that continues the last piece's memory makes that one longer. */
    public WriteRequest add(long address, int length, int key) {
        int last = pieceCount - 1;
        if (last >= 0 && keys[last] == key && addresses[last] + lengths[last] == address) {
            lengths[last] += length;
        } else {
            addresses[pieceCount] = address;
            lengths[pieceCount] = length;
            keys[pieceCount++] = key;
        }
        lengthBytes += length;
        return this;
    }

    /** Whether {@link #add} has room for this piece. */
    public boolean takes(long address, int key) {
        int last = pieceCount - 1;
        return pieceCount < PIECES_MAX || (keys[last] == key && addresses[last] + lengths[last] == address);
    }

    /** Another name for the memory of a piece. */
    public WriteRequest key(int piece, int key) {
        keys[piece] = key;
        return this;
    }

    /** Another name for the peer's memory. */
    public WriteRequest peerKey(int key) {
        peerKey = key;
        return this;
    }

    public WriteRequest requestId(long value) {
        requestId = value;
        return this;
    }

    /** Tells the peer, by this number of 0 or more; it takes one of its posted receives. */
    public WriteRequest immediate(int value) {
        immediate = value;
        return this;
    }

    /** A completion tells when it, and all before it on its queue pair, are done. */
    public WriteRequest signaled() {
        isSignaled = true;
        return this;
    }

    /** Its bytes are copied as it is posted, and may be changed at once. */
    public WriteRequest inline() {
        isInline = true;
        return this;
    }

    public int pieceCount() {
        return pieceCount;
    }

    public long address(int piece) {
        return addresses[piece];
    }

    public int length(int piece) {
        return lengths[piece];
    }

    public int key(int piece) {
        return keys[piece];
    }

    public int lengthBytes() {
        return lengthBytes;
    }

    public long requestId() {
        return requestId;
    }

    public long peerAddress() {
        return peerAddress;
    }

    public int peerKey() {
        return peerKey;
    }

    public int immediate() {
        return immediate;
    }

    public boolean isSignaled() {
        return isSignaled;
    }

    public boolean isInline() {
        return isInline;
    }
}
