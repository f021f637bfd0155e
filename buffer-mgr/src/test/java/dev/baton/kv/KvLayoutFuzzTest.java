package dev.baton.kv;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.provider.MethodSource;

/** A peer's layout, as HELLO and RESERVE carry it. */
class KvLayoutFuzzTest {
    @MethodSource("seeds")
    @FuzzTest(maxDuration = "20s")
    void shouldRefuseOrReadAnyBytes(byte[] bytes) {
        if (bytes == null) {
            return;
        }
        KvLayoutCodecPropertyTest.readOrNull(bytes);
        try {
            ShardedLayout.decode(new UnsafeBuffer(bytes), 0, bytes.length);
        } catch (IllegalArgumentException ex) {
            assertTrue(ex.getMessage().contains("must be") || ex.getMessage().contains("lengthBytes="), ex::toString);
        }
    }

    static Stream<byte[]> seeds() {
        return ModelShapes.builtIn().names().stream().map(name -> {
            KvLayout layout = ModelShapes.layout(name);
            byte[] bytes = new byte[layout.encodedLength()];
            KvLayoutCodec.encode(layout, new UnsafeBuffer(bytes), 0);
            return bytes;
        });
    }
}
