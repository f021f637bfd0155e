package dev.baton.kv;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.ShortBufferException;
import javax.crypto.spec.SecretKeySpec;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Makes keys: HMAC-SHA256 under the namespace's secret over fields, each with a tag and its length before it, so that no
 * two lists of fields are the same bytes. One thread.
 * <pre>
 *   field    tag u8 | length u32 | bytes                                        integers little-endian
 *   context  KIND 'c' | SCHEMA | LAYOUT | WEIGHTS | ADAPTER | SALT
 *   block    KIND 'b' | PARENT (the block before, or the context) | TOKENS i32... | MEDIA (token offset u32, hash)...
 *   passage  KIND 'p' | PARENT (the passage's block before, or the context) | TOKENS | MEDIA...
 *                                                                              independent of what stands before it
 *   engine   KIND 'e' | PARENT (the context) | ENGINE (name) | HASH
 * </pre>
 */
public final class KeyHasher {
    private static final byte[] SCHEMA = "baton block key 1".getBytes(UTF_8);

    private static final byte TAG_KIND = 1;
    private static final byte TAG_SCHEMA = 2;
    private static final byte TAG_LAYOUT = 3;
    private static final byte TAG_WEIGHTS = 4;
    private static final byte TAG_ADAPTER = 5;
    private static final byte TAG_SALT = 6;
    private static final byte TAG_PARENT = 7;
    private static final byte TAG_TOKENS = 8;
    private static final byte TAG_MEDIA = 9;
    private static final byte TAG_ENGINE = 10;
    private static final byte TAG_HASH = 11;
    private static final int HEADER_LENGTH = 5;

    private final Mac mac;
    private final byte[] context = new byte[BlockKey.LENGTH_BYTES];
    private final byte[] header = new byte[HEADER_LENGTH];
    private byte[] tokenBytes = new byte[1024];

    /** Makes keys of one namespace in one context. */
    public KeyHasher(KeyNamespace namespace, KeyContext keyContext) {
        try {
            mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(namespace.secret(), "HmacSHA256"));
        } catch (GeneralSecurityException ex) {
            throw new IllegalStateException("every JDK has HmacSHA256", ex);
        }
        // The order of dimensions and of planes is converted on the way; the tier's record tells it apart.
        KvLayout layout = keyContext.layout().withOrder(DimensionOrder.NHD).withLayersPerPlane(1);
        byte[] layoutBytes = new byte[layout.encodedLength()];
        layout.encode(new UnsafeBuffer(layoutBytes), 0);
        kind('c');
        field(TAG_SCHEMA, SCHEMA);
        field(TAG_LAYOUT, layoutBytes);
        field(TAG_WEIGHTS, keyContext.weights().getBytes(UTF_8));
        field(TAG_ADAPTER, keyContext.adapter().getBytes(UTF_8));
        field(TAG_SALT, keyContext.salt().getBytes(UTF_8));
        finish(context, 0);
    }

    /**
     * The key of one block.
     *
     * @param kind         'b' of a prompt's block, 'p' of a passage's
     * @param parent       32 bytes of the block before, from {@code parentOffset} on; null: it is the first
     * @param media        hashes of what stands in the place of tokens in this block, as {@link KeyChain} packs them
     * @param mediaLength  bytes of these, 0: none
     * @param key          where the 32 bytes of the key go, from {@code keyOffset} on
     */
    void block(char kind, byte[] parent, int parentOffset, int[] tokens, int from, int count, byte[] media, int mediaLength,
        byte[] key, int keyOffset) {
        kind(kind);
        if (parent == null) {
            field(TAG_PARENT, context);
        } else {
            begin(TAG_PARENT, BlockKey.LENGTH_BYTES);
            mac.update(parent, parentOffset, BlockKey.LENGTH_BYTES);
        }
        tokens(tokens, from, count);
        begin(TAG_MEDIA, mediaLength);
        mac.update(media, 0, mediaLength);
        finish(key, keyOffset);
    }

    /**
     * The key of a passage by its own tokens, such as a document that stands in many prompts: no prefix, and never equal
     * to the key of a block.
     */
    public BlockKey passage(int[] tokens, int from, int count) {
        kind('p');
        field(TAG_PARENT, context);
        tokens(tokens, from, count);
        begin(TAG_MEDIA, 0);
        return finish();
    }

    /**
     * The key of what an engine knows by a hash of its own. The hash is never a key by itself: an engine's hash covers
     * neither the model nor the tenant.
     *
     * @param scheme how the engine made it, such as {@code vllm sha256}
     */
    public BlockKey ofEngineHash(String scheme, byte[] hash) {
        kind('e');
        field(TAG_PARENT, context);
        field(TAG_ENGINE, scheme.getBytes(UTF_8));
        field(TAG_HASH, hash);
        return finish();
    }

    /** An empty chain of this namespace and context. */
    public KeyChain newChain(int blockTokens) {
        return new KeyChain(this, 'b', blockTokens);
    }

    /**
     * An empty passage of this namespace and context: as a chain, of blocks from the passage's own beginning on, whatever stands before it. The key of
     * a passage of one block is {@link #passage} of its tokens; none is ever equal to the key of a prompt's block.
     */
    public KeyChain newPassage(int blockTokens) {
        return new KeyChain(this, 'p', blockTokens);
    }

    private void kind(char kind) {
        begin(TAG_KIND, 1);
        mac.update((byte) kind);
    }

    private void tokens(int[] tokens, int from, int count) {
        int length = Math.multiplyExact(count, Integer.BYTES);
        if (tokenBytes.length < length) {
            tokenBytes = new byte[length];
        }
        for (int i = 0, at = 0; i < count; i++, at += Integer.BYTES) {
            put(tokenBytes, at, tokens[from + i]);
        }
        begin(TAG_TOKENS, length);
        mac.update(tokenBytes, 0, length);
    }

    private void field(byte tag, byte[] bytes) {
        begin(tag, bytes.length);
        mac.update(bytes);
    }

    private void begin(byte tag, int length) {
        header[0] = tag;
        put(header, 1, length);
        mac.update(header);
    }

    private BlockKey finish() {
        byte[] key = new byte[BlockKey.LENGTH_BYTES];
        finish(key, 0);
        return BlockKey.of(key);
    }

    private void finish(byte[] key, int offset) {
        try {
            mac.doFinal(key, offset);
        } catch (ShortBufferException ex) {
            throw new IllegalStateException("a key is 32 bytes: length=" + key.length + " offset=" + offset, ex);
        }
    }

    static void put(byte[] bytes, int at, int value) {
        bytes[at] = (byte) value;
        bytes[at + 1] = (byte) (value >>> 8);
        bytes[at + 2] = (byte) (value >>> 16);
        bytes[at + 3] = (byte) (value >>> 24);
    }
}
