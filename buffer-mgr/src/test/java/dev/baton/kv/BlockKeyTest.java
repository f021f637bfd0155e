package dev.baton.kv;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlockKeyTest {
    private static final KvLayout LAYOUT = ModelShapes.layout("Llama-3.2-1B");
    private static final KeyContext CONTEXT = new KeyContext(LAYOUT, "w1", "", "");
    private static final int BLOCK_TOKENS = 16;

    private static KeyNamespace tenant(int number) {
        byte[] secret = new byte[32];
        Arrays.fill(secret, (byte) number);
        return KeyNamespace.ofTenant(secret);
    }

    private static List<BlockKey> keys(KeyHasher hasher, int... tokens) {
        KeyChain chain = hasher.newChain(BLOCK_TOKENS).append(tokens, 0, tokens.length);
        return IntStream.range(0, chain.keyCount()).mapToObj(chain::key).toList();
    }

    private static int[] tokens(int count) {
        return IntStream.range(0, count).map(i -> i * 7919 % 151_000).toArray();
    }

    /** The bytes that are hashed, put together once more by other means. */
    @Test
    void shouldHashTaggedFieldsInTheDocumentedOrder() throws Exception {
        byte[] layout = new byte[LAYOUT.withOrder(DimensionOrder.NHD).withLayersPerPlane(1).encodedLength()];
        LAYOUT.withOrder(DimensionOrder.NHD).withLayersPerPlane(1).encode(new UnsafeBuffer(layout), 0);
        byte[] secret = new byte[32];
        Arrays.fill(secret, (byte) 5);
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret, "HmacSHA256"));
        ByteBuffer tokenBytes = ByteBuffer.allocate(BLOCK_TOKENS * 4).order(ByteOrder.LITTLE_ENDIAN);
        Arrays.stream(tokens(BLOCK_TOKENS)).forEach(tokenBytes::putInt);

        byte[] context = mac.doFinal(fields(1, "c".getBytes(UTF_8), 2, "baton block key 1".getBytes(UTF_8), 3, layout, 4,
            "w1".getBytes(UTF_8), 5, "lora".getBytes(UTF_8), 6, "s".getBytes(UTF_8)));
        byte[] key = mac.doFinal(fields(1, "b".getBytes(UTF_8), 7, context, 8, tokenBytes.array(), 9, new byte[0]));

        KeyHasher hasher = new KeyHasher(tenant(5), new KeyContext(LAYOUT, "w1", "lora", "s"));
        assertEquals(HexFormat.of().formatHex(key), keys(hasher, tokens(BLOCK_TOKENS)).getFirst().toString());
    }

    private static byte[] fields(Object... tagsAndValues) {
        ByteBuffer bytes = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < tagsAndValues.length; at += 2) {
            byte[] value = (byte[]) tagsAndValues[at + 1];
            bytes.put((byte) (int) (Integer) tagsAndValues[at]).putInt(value.length).put(value);
        }
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    @Test
    void shouldTellEveryFieldFromEveryOther() {
        KvLayout fp8 = LAYOUT.withElements(ElementType.FP8_E4M3);
        Set<BlockKey> different = new HashSet<>();
        int made = 0;
        for (KeyNamespace namespace : List.of(KeyNamespace.PUBLIC, tenant(1), tenant(2))) {
            for (KeyContext context : List.of(CONTEXT, new KeyContext(LAYOUT, "w2", "", ""),
                new KeyContext(LAYOUT, "", "w1", ""), new KeyContext(LAYOUT, "", "", "w1"),
                new KeyContext(LAYOUT, "w", "1", ""), new KeyContext(fp8, "w1", "", ""),
                new KeyContext(LAYOUT.withBlockTokens(128), "w1", "", ""))) {
                KeyHasher hasher = new KeyHasher(namespace, context);
                different.addAll(keys(hasher, tokens(32)));
                different.add(hasher.passage(tokens(16), 0, 16));
                different.add(hasher.ofEngineHash("vllm sha256", new byte[32]));
                different.add(hasher.ofEngineHash("vllm sha256_cbor", new byte[32]));
                made += 5;
            }
        }
        assertEquals(made, different.size());
    }

    @Test
    void shouldNotDependOnTheOrderOfDimensions() {
        KeyHasher heads = new KeyHasher(tenant(1), new KeyContext(LAYOUT.withOrder(DimensionOrder.HND), "w1", "", ""));

        assertEquals(keys(new KeyHasher(tenant(1), CONTEXT), tokens(16)), keys(heads, tokens(16)));
    }

    @Property(tries = 200)
    void shouldGiveTheSameKeysHoweverTheConversationGrew(@ForAll @Size(max = 200) int[] tokens,
        @ForAll @Size(min = 1, max = 8) List<@IntRange(min = 0, max = 40) Integer> steps) {
        KeyHasher hasher = new KeyHasher(tenant(1), CONTEXT);
        KeyChain grown = hasher.newChain(BLOCK_TOKENS);
        for (int at = 0, step = 0; at < tokens.length; step++) {
            int count = Math.min(tokens.length - at, Math.max(1, steps.get(step % steps.size())));
            grown.append(tokens, at, count);
            at += count;
        }
        assertEquals(tokens.length / BLOCK_TOKENS, grown.keyCount());
        assertEquals(tokens.length, grown.tokenCount());
        assertEquals(keys(hasher, tokens), IntStream.range(0, grown.keyCount()).mapToObj(grown::key).toList());
    }

    @Property(tries = 200)
    void shouldChangeEveryKeyFromTheFirstChangedTokenOn(@ForAll @IntRange(min = 0, max = 79) int place,
        @ForAll @IntRange(min = 1, max = 1 << 20) int change) {
        KeyHasher hasher = new KeyHasher(tenant(1), CONTEXT);
        int[] changed = tokens(80);
        changed[place] ^= change;
        List<BlockKey> before = keys(hasher, tokens(80));
        List<BlockKey> after = keys(hasher, changed);

        for (int block = 0; block < 5; block++) {
            assertEquals(block < place / BLOCK_TOKENS, before.get(block).equals(after.get(block)), "block=" + block);
        }
    }

    @Test
    void shouldTellBlocksByTheMediaInThemAndWhereTheyStand() {
        KeyHasher hasher = new KeyHasher(tenant(1), CONTEXT);
        byte[] image = new byte[32];
        byte[] other = new byte[32];
        other[31] = 1;
        Set<BlockKey> different = new HashSet<>(keys(hasher, tokens(16)));
        different.add(hasher.newChain(16).appendMedia(image).append(tokens(16), 0, 16).key(0));
        different.add(hasher.newChain(16).appendMedia(other).append(tokens(16), 0, 16).key(0));
        different.add(hasher.newChain(16).append(tokens(16), 0, 3).appendMedia(image).append(tokens(16), 3, 13).key(0));
        different.add(hasher.newChain(16).appendMedia(image).appendMedia(other).append(tokens(16), 0, 16).key(0));
        assertEquals(5, different.size());

        KeyChain late = hasher.newChain(16).append(tokens(16), 0, 16).appendMedia(image).append(tokens(32), 16, 16);
        assertEquals(keys(hasher, tokens(32)).getFirst(), late.key(0));
        assertNotEquals(keys(hasher, tokens(32)).get(1), late.key(1));
    }

    @Test
    void shouldKnowAPassageWhereverItStands() {
        KeyHasher hasher = new KeyHasher(tenant(1), CONTEXT);

        assertEquals(hasher.passage(tokens(50), 10, 30), hasher.passage(Arrays.copyOfRange(tokens(50), 10, 40), 0, 30));
        assertNotEquals(hasher.passage(tokens(50), 10, 30), hasher.passage(tokens(50), 10, 29));
        assertNotEquals(hasher.passage(tokens(16), 0, 16), keys(hasher, tokens(16)).getFirst());
    }

    @Test
    void shouldNameThePassagesBlocksFromItsOwnBeginningOn() {
        KeyHasher hasher = new KeyHasher(tenant(1), CONTEXT);
        int[] prompt = tokens(100);
        KeyChain passage = hasher.newPassage(16).append(prompt, 20, 48);
        KeyChain same = hasher.newPassage(16).append(Arrays.copyOfRange(prompt, 20, 40), 0, 20).append(prompt, 40, 30);
        assertEquals(3, passage.keyCount());
        for (int block = 0; block < 3; block++) {
            assertEquals(passage.key(block), same.key(block), "whatever stands before or behind it: block=" + block);
        }
        assertEquals(hasher.passage(prompt, 20, 16), passage.key(0));
        int[] changed = prompt.clone();
        changed[20]++;
        KeyChain other = hasher.newPassage(16).append(changed, 20, 48);
        assertNotEquals(passage.key(2), other.key(2), "a block is named with what stands before it in the passage");
        assertNotEquals(passage.key(0), hasher.newChain(16).append(prompt, 20, 48).key(0));
    }

    @Test
    void shouldComeBackFromItsBytesWithAllThirtyTwo() {
        BlockKey key = keys(new KeyHasher(KeyNamespace.PUBLIC, CONTEXT), tokens(16)).getFirst();
        UnsafeBuffer buffer = new UnsafeBuffer(new byte[40]);
        assertEquals(BlockKey.LENGTH_BYTES, key.encode(buffer, 3));
        assertEquals(key, BlockKey.of(buffer, 3));
        for (int at = 0; at < 32; at++) {
            buffer.putByte(3 + at, (byte) (buffer.getByte(3 + at) ^ 1));
            assertNotEquals(key, BlockKey.of(buffer, 3), "byte=" + at);
            buffer.putByte(3 + at, (byte) (buffer.getByte(3 + at) ^ 1));
        }
        assertTrue(key.toString().matches("[0-9a-f]{64}"), key::toString);
    }

    @Test
    void shouldRefuseAWeakSecret() {
        assertThrows(IllegalArgumentException.class, () -> KeyNamespace.ofTenant(new byte[31]));
    }

    /** Vectors made by CPython 3.11: its own pickle, and an encoder written after RFC 8949. */
    @ParameterizedTest
    @CsvSource({
        "SHA256_CBOR, e9cbfe80f4be65c0a0637ecba1be98f9f1b0faf5a474d21c147bbc95f4517fed, f66dd713b11cbd7e72fb241f48e8ed8fdbe20847b6dfafe4aaddec4a90966725",
        "SHA256, 04f8e6327d6141bb73285fa348fcb3370fd78aae29b1bce4d76c4ad0d506e863, b431366054f7738124a12756fd8b96c325955de297ba32100817b47f6f6ee035"})
    void shouldMakeTheHashesThatVllmMakes(VllmHashes.Writing writing, String first, String second) {
        int[] tokens = IntStream.range(0, 32).map(i -> i * i * 7919 % 151_000).toArray();
        VllmHashes hashes = new VllmHashes(writing, "0", 16);

        assertArrayEquals(HexFormat.of().parseHex(first), hashes.next(tokens, 0));
        assertArrayEquals(HexFormat.of().parseHex(second), hashes.next(tokens, 16));
        assertEquals(writing == VllmHashes.Writing.SHA256 ? "vllm sha256" : "vllm sha256_cbor", writing.scheme());
    }
}
