package dev.baton.transport.wire;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.baton.transport.WireMaxima;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Control messages: the check, all adapters, every decoder behind them. */
class MessageFuzzTest {
    @MethodSource("seeds")
    @FuzzTest(maxDuration = "20s")
    void shouldRefuseOrReadAnyBytes(byte[] bytes) {
        if (bytes != null) {
            AnyMessage.isReadIfPassed(bytes);
        }
    }

    static Stream<byte[]> seeds() {
        return Stream.concat(AnyMessage.valid().stream(), Stream.of(
            AnyMessage.records(GangOrdersDecoder.TEMPLATE_ID, WireMaxima.GANG_RECORDS_MAX + 1),
            AnyMessage.records(GangEventsDecoder.TEMPLATE_ID, WireMaxima.GANG_RECORDS_MAX)));
    }
}
