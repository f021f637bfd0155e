package dev.baton.transport;

/**
 * The most of anything that is taken from the wire, checked before memory is made for it or an index is computed from
 * it. Decoders refuse what is larger, encoders never write it. docs/protocol.md has the same as a table.
 */
public final class WireMaxima {
    /** Of a control message that travels whole, and of each piece of a longer one, in bytes. */
    public static final int MESSAGE_LENGTH_MAX = 64 << 10;
    /** Of a control message put together from pieces, in bytes. */
    public static final int PIECED_LENGTH_MAX = 2 << 20;
    /** Pieces of one message. */
    public static final int PIECES_MAX = 1_024;
    /** Templates are numbered up to this. */
    public static final int TEMPLATE_ID_MAX = 127;
    /** Versions are numbered up to this: SBE keeps the last two values. */
    public static final int VERSION_MAX = 65_534;
    /** Of a message's fixed part, and of one entry of a group, in bytes: newer versions have longer ones. */
    public static final int BLOCK_LENGTH_MAX = 4_096;
    /** Entries of a group that has no smaller bound of its own. */
    public static final int GROUP_COUNT_MAX = 65_534;
    /** Orders, or events, of one message of a gang: what it may ask of a data agent fits its ring. */
    public static final int GANG_RECORDS_MAX = 2_000;
    /** Of a string, in bytes of UTF-8. */
    public static final int TEXT_LENGTH_MAX = 512;
    /** Of a node's name, in characters. */
    public static final int NODE_ID_LENGTH_MAX = 128;
    /** Of a scheme's name, in ASCII characters. */
    public static final int SCHEME_LENGTH_MAX = 12;
    /** Of a layout as the kv package encodes it, in bytes. */
    public static final int LAYOUT_LENGTH_MAX = 4_096;
    /** Of what travels beside the KV in FIN, in bytes. */
    public static final int AUX_LENGTH_MAX = 1 << 20;
    /** Lanes of one scheme to one process. */
    public static final int LANES_MAX = 64;
    /** Lanes of all schemes in one HELLO. */
    public static final int OFFERS_MAX = 8 * LANES_MAX;
    /** Slabs in one HELLO. */
    public static final int SLABS_MAX = 4_096;
    /** Slabs are numbered up to this. */
    public static final int SLAB_ID_MAX = 0x7FFF;
    /** Of a slab, in bytes: no offset in one is larger. */
    public static final long SLAB_BYTES_MAX = 1L << 30;
    /** Of an extent, in bytes. */
    public static final int EXTENT_BYTES_MAX = 1 << 30;
    /** Shards of one node; their ranks end one below. */
    public static final int SHARDS_MAX = 4_096;
    /** Sending processes of one handoff. */
    public static final int PARTS_MAX = 1_024;
    /** Rounds of one handoff. */
    public static final int ROUNDS_MAX = 3;
    /** Tokens of one request, growth included. */
    public static final int TOKENS_MAX = 1 << 26;
    /** Cells are numbered up to this; how many a handoff has is its map's. */
    public static final int CELL_ID_MAX = Integer.MAX_VALUE;
    /** Of a cell, in bytes: no offset in one is larger. */
    public static final long CELL_BYTES_MAX = 1L << 30;
    /** Bytes behind one Data header on a stream of bytes. */
    public static final int FRAME_BYTES_MAX = 64 << 20;
    /** The same where they are encrypted: such a frame is held until its tag was found right. */
    public static final int SEALED_FRAME_BYTES_MAX = 256 << 10;
    /** Of one datagram, and of one frame in it, in bytes. */
    public static final int DATAGRAM_BYTES_MAX = 65_504;
    /** Lanes at one inlet that did not say who they are; the oldest makes room. */
    public static final int STRANGER_LANES_MAX = 64;
    /** Incoming control paths that are of no session; the oldest makes room. */
    public static final int STRANGER_PATHS_MAX = 512;
    /** Sessions of one process. */
    public static final int SESSIONS_MAX = 1_024;
    /** Handshakes under way that peers began. */
    public static final int PENDING_SESSIONS_MAX = 256;
    /** Hellos looked at in a second. */
    public static final int HELLOS_PER_SECOND_MAX = 512;
    /** Refusals said to strangers in a second. */
    public static final int REFUSALS_PER_SECOND_MAX = 32;
    /** Refusals waiting to be said. */
    public static final int REFUSALS_WAITING_MAX = 64;
    /** Waiting for one peer, in bytes. */
    public static final int OUTBOX_LENGTH_MAX = 4 << 20;

    private WireMaxima() {}
}
