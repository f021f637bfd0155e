package dev.baton.transport.wire;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Control messages: the check, both adapters, every decoder behind them. */
class MessageFuzzTest {
    @MethodSource("seeds")
    @FuzzTest(maxDuration = "20s")
    void shouldRefuseOrReadAnyBytes(byte[] bytes) {
        if (bytes != null) {
            AnyMessage.isReadIfPassed(bytes);
        }
    }

    static Stream<byte[]> seeds() {
        return AnyMessage.valid().stream();
    }
}
