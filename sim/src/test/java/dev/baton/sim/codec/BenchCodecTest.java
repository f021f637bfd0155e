package dev.baton.sim.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.baton.kv.DimensionOrder;
import dev.baton.sim.Baton;
import dev.baton.sim.report.ExitCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code baton bench codec} on a file whose every number is known. */
class BenchCodecTest {
    private static final int LAYERS = 2;
    private static final int HEADS = 2;
    private static final int HEAD_DIM = 4;
    private static final int SEQUENCES = 2;
    private static final int TOKENS = 50;

    @TempDir
    private Path folder;

    /** bf16; element i is i % 97 / 8, so that each row tells where it comes from. */
    static byte[] file() {
        byte[] text = "made by hand".getBytes(StandardCharsets.UTF_8);
        int elements = SEQUENCES * LAYERS * 2 * TOKENS * HEADS * HEAD_DIM;
        ByteBuffer file = ByteBuffer.allocate(40 + text.length + 2 * elements).order(ByteOrder.LITTLE_ENDIAN);
        file.put("BATONKV1".getBytes(StandardCharsets.US_ASCII)).putInt(text.length).putInt(0).putInt(LAYERS);
        file.putInt(HEADS).putInt(HEAD_DIM).putInt(SEQUENCES).putInt(TOKENS).putInt(0).put(text);
        for (int i = 0; i < elements; i++) {
            file.putShort((short) (Float.floatToRawIntBits(i % 97 / 8f) >>> 16));
        }
        return file.array();
    }

    private Path write(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("tiny.kv"), bytes);
    }

    private static String run(int exitCode, String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        assertEquals(exitCode, Baton.run(new PrintWriter(out), new PrintWriter(err), args), err::toString);
        return exitCode == ExitCode.DONE ? out.toString() : err.toString();
    }

    @ParameterizedTest
    @CsvSource({"NHD", "HND"})
    void shouldTellWhatACodecSavesAndChanges(String order) throws IOException {
        String file = write(file()).toString();
        JsonNode json = new ObjectMapper().readTree(run(ExitCode.DONE, "bench", "codec", "--kv", file, "--json", "--order",
            order, "--codecs", "none,lossless,int8:bound=0.5", "--block-tokens", "16", "--rounds", "1", "--warm-up", "0"));

        assertEquals("made by hand", json.get("kv").asText());
        JsonNode none = json.get("codecs").get(0);
        assertEquals(SEQUENCES * 3, none.get("blocks").asInt());
        assertEquals(LAYERS * 2 * 16 * HEADS * HEAD_DIM * 2, none.get("blockBytes").asInt());
        assertEquals(1024.0 / 1088, none.get("ratio").asDouble(), 1e-9);
        assertTrue(none.get("exact").asBoolean());
        JsonNode lossless = json.get("codecs").get(1);
        assertTrue(lossless.get("exact").asBoolean());
        assertEquals(0, lossless.get("errorMax").asDouble());
        JsonNode int8 = json.get("codecs").get(2);
        assertFalse(int8.get("exact").asBoolean());
        assertTrue(int8.get("errorMax").asDouble() > 0 && int8.get("errorMax").asDouble() <= 0.5);
        assertTrue(int8.get("errorMean").asDouble() < int8.get("errorMax").asDouble());
        assertEquals(0, int8.get("blocksStoredLossless").asInt());
    }

    @Test
    void shouldCountWhatMissesItsBound() throws IOException {
        String file = write(file()).toString();
        String[] args = {"bench", "codec", "--kv", file, "--codecs", "int8:bound=0.000001", "--block-tokens", "25",
            "--rounds", "2", "--warm-up", "0"};
        String[] json = Arrays.copyOf(args, args.length + 1);
        json[args.length] = "--json";
        JsonNode codec = new ObjectMapper().readTree(run(ExitCode.DONE, json)).get("codecs").get(0);

        assertEquals(SEQUENCES * 2, codec.get("blocksStoredLossless").asInt());
        assertTrue(codec.get("exact").asBoolean());
        String table = run(ExitCode.DONE, args);
        assertTrue(table.contains("exact") && table.contains("made by hand"), table);
    }

    /** Element by element: both orders hold the same numbers, each where its order says. */
    @Test
    void shouldCutBlocksInBothOrders() throws IOException {
        KvFile file = KvFile.read(write(file()));
        int blockTokens = 20;
        int block = 3;   // the second of the second sequence
        MemorySegment nhd = MemorySegment.ofArray(new short[LAYERS * 2 * blockTokens * HEADS * HEAD_DIM]);
        MemorySegment hnd = MemorySegment.ofArray(new short[LAYERS * 2 * blockTokens * HEADS * HEAD_DIM]);
        file.copyImage(block, DimensionOrder.NHD, blockTokens, nhd);
        file.copyImage(block, DimensionOrder.HND, blockTokens, hnd);
        for (int section = 0; section < LAYERS * 2; section++) {
            for (int token = 0; token < blockTokens; token++) {
                for (int head = 0; head < HEADS; head++) {
                    long wanted = (((LAYERS * 2 + section) * TOKENS + 20 + token) * HEADS + head) * (long) HEAD_DIM;
                    short word = (short) (Float.floatToRawIntBits(wanted % 97 / 8f) >>> 16);
                    int start = section * blockTokens * HEADS;
                    assertEquals(word, nhd.getAtIndex(ValueLayout.JAVA_SHORT,
                        (start + token * HEADS + head) * (long) HEAD_DIM));
                    assertEquals(word, hnd.getAtIndex(ValueLayout.JAVA_SHORT,
                        (start + head * blockTokens + token) * (long) HEAD_DIM));
                }
            }
        }
    }

    @Test
    void shouldRefuseByNameWhatItCannotRead() throws IOException {
        String missing = folder.resolve("missing.kv").toString();
        assertTrue(run(ExitCode.USAGE, "bench", "codec", "--kv", missing).contains("train_kv.py"));
        String file = write(file()).toString();
        assertTrue(run(ExitCode.USAGE, "bench", "codec", "--kv", file, "--block-tokens", "9", "--codecs", "zip")
            .contains("codec=zip"));
        assertTrue(run(ExitCode.USAGE, "bench", "codec", "--kv", file, "--block-tokens", "51").contains("block-tokens"));
        byte[] bytes = file();
        for (int length = 0; length < bytes.length; length += 1 + length / 3) {
            Path cut = write(Arrays.copyOf(bytes, length));
            assertThrows(IllegalArgumentException.class, () -> KvFile.read(cut), () -> "read: " + cut);
        }
        bytes[12] = 77;
        Path other = write(bytes);
        assertThrows(IllegalArgumentException.class, () -> KvFile.read(other));
    }
}
