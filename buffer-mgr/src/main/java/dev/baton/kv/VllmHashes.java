package dev.baton.kv;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.baton.platform.Require;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The block hashes that vLLM gives to the same tokens, so that what an engine asks for by its hash can be found, and
 * made, here: SHA-256 over (hash of the block before, token ids, None), written as {@code sha256_cbor} (canonical CBOR,
 * RFC 8949) or as {@code sha256} (Python's pickle, protocol 5) does. The chain begins with the hash of the text of
 * {@code PYTHONHASHSEED}; an engine that runs without one begins at random, and its hashes can only be taken, never
 * made. Blocks with an adapter, media, a salt or embeddings have further values in the third place, which are not made
 * here. A hash becomes a key by {@link KeyHasher#ofEngineHash} alone. One thread.
 */
public final class VllmHashes {
    static final int HASH_BYTES = 32;
    /** Pickle cuts its output into frames of 64 KiB; up to here a block is one frame. */
    private static final int BLOCK_TOKENS_MAX = 8192;
    private static final int TOKEN_BYTES_MAX = 5;
    private static final int ENVELOPE_BYTES = 64;
    private static final int FRAME_HEADER = 11;

    /** How the values are written before they are hashed. */
    public enum Writing {
        SHA256_CBOR("vllm sha256_cbor"), SHA256("vllm sha256");

        private final String scheme;

        Writing(String scheme) {
            this.scheme = scheme;
        }

        /** As {@link KeyHasher#ofEngineHash} is told. */
        public String scheme() {
            return scheme;
        }
    }

    private final Writing writing;
    private final int blockTokens;
    private final MessageDigest sha;
    private final byte[] bytes;
    private final byte[] parent = new byte[HASH_BYTES];
    private int length;

    /**
     * Begins a chain.
     *
     * @param hashSeed the engine's {@code PYTHONHASHSEED}
     */
    public VllmHashes(Writing writing, String hashSeed, int blockTokens) {
        this.writing = writing;
        this.blockTokens = Require.between("blockTokens", blockTokens, 4, BLOCK_TOKENS_MAX);
        Require.between("hashSeed length", hashSeed.getBytes(UTF_8).length, 1, 23);   // one byte of length in CBOR
        try {
            sha = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException ex) {
            throw new IllegalStateException("every JDK has SHA-256", ex);
        }
        bytes = new byte[ENVELOPE_BYTES + blockTokens * TOKEN_BYTES_MAX];
        writeSeed(hashSeed.getBytes(UTF_8));
        System.arraycopy(digest(), 0, parent, 0, HASH_BYTES);
    }

    /** The hash of the next block of the chain. */
    public byte[] next(int[] tokens, int from) {
        length = 0;
        if (writing == Writing.SHA256_CBOR) {
            writeCbor(tokens, from);
        } else {
            writePickle(tokens, from);
        }
        byte[] hash = digest();
        System.arraycopy(hash, 0, parent, 0, HASH_BYTES);
        return hash;
    }

    private void writeSeed(byte[] text) {
        if (writing == Writing.SHA256_CBOR) {
            put(0x60 + text.length);
            put(text);
        } else {
            beginPickle();
            put(0x8c);                                       // SHORT_BINUNICODE
            put(text.length);
            put(text);
            put(0x94);                                       // MEMOIZE
            endPickle();
        }
    }

    private void writeCbor(int[] tokens, int from) {
        put(0x83);                                           // array of 3
        put(0x58);                                           // bytes, one byte of length
        put(HASH_BYTES);
        put(parent);
        putCborHead(0x80, blockTokens);
        for (int i = 0; i < blockTokens; i++) {
            putCborHead(0x00, tokens[from + i]);
        }
        put(0xf6);                                           // null
    }

    private void putCborHead(int major, int value) {
        if (value < 24) {
            put(major + value);
        } else if (value < 1 << 8) {
            put(major + 24);
            put(value);
        } else if (value < 1 << 16) {
            put(major + 25);
            put(value >>> 8);
            put(value);
        } else {
            put(major + 26);
            put(value >>> 24);
            put(value >>> 16);
            put(value >>> 8);
            put(value);
        }
    }

    private void writePickle(int[] tokens, int from) {
        beginPickle();
        put('C');                                            // SHORT_BINBYTES
        put(HASH_BYTES);
        put(parent);
        put(0x94);                                           // MEMOIZE
        put('(');                                            // MARK
        for (int i = 0; i < blockTokens; i++) {
            putPickled(tokens[from + i]);
        }
        put('t');                                            // TUPLE
        put(0x94);
        put('N');                                            // NONE
        put(0x87);                                           // TUPLE3
        put(0x94);
        endPickle();
    }

    private void putPickled(int value) {
        if (value < 1 << 8) {
            put('K');                                        // BININT1
            put(value);
        } else if (value < 1 << 16) {
            put('M');                                        // BININT2
            put(value);
            put(value >>> 8);
        } else {
            put('J');                                        // BININT
            put(value);
            put(value >>> 8);
            put(value >>> 16);
            put(value >>> 24);
        }
    }

    /** Protocol 5 and room for the length of the one frame. */
    private void beginPickle() {
        put(0x80);
        put(5);
        put(0x95);
        length = FRAME_HEADER;
    }

    private void endPickle() {
        put('.');
        int frame = length - FRAME_HEADER;
        for (int i = 0; i < 8; i++) {
            bytes[3 + i] = (byte) (i < 4 ? frame >>> (8 * i) : 0);
        }
    }

    private byte[] digest() {
        sha.update(bytes, 0, length);
        length = 0;
        return sha.digest();
    }

    private void put(int value) {
        bytes[length++] = (byte) value;
    }

    private void put(byte[] values) {
        System.arraycopy(values, 0, bytes, length, values.length);
        length += values.length;
    }
}
