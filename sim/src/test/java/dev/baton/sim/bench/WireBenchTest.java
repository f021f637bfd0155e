package dev.baton.sim.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import dev.baton.kv.ModelShapes;
import dev.baton.kv.ShardedLayout;
import dev.baton.kv.Sharding;
import dev.baton.receiver.core.ReadyBlocks;

/** A bench that would not see a wrong byte measures nothing. */
@Timeout(60)
class WireBenchTest {
    private static final int BLOCK = 16;
    private static final ShardedLayout LAYOUT = new ShardedLayout(ModelShapes.layout("Llama-3.2-1B").withBlockTokens(BLOCK), Sharding.tensor(1));

    @TempDir
    private Path folder;

    /** Block {@code n} is full of that number; the second look finds so many wrong bytes. */
    private static final class Numbered implements HandoffContent {
        private final long wrong;
        private int looks;
        private int filled;

        Numbered(long wrong) {
            this.wrong = wrong;
        }

        @Override
        public void fill(int block, long address) {
            filled++;
            MemorySegment.ofAddress(address).reinterpret(((long) LAYOUT.layout().bytesPerTokenIfAllKept()) * BLOCK).fill((byte) (block + 1));
        }

        @Override
        public long wrongBytes(ReadyBlocks landed) {
            for (int cell = landed.firstCell(); cell < landed.endCell(); cell++) {
                assertEquals(landed.map().block(cell) + 1, MemorySegment.ofAddress(landed.address(cell, 0)).reinterpret(1).get(ValueLayout.JAVA_BYTE, 0));
            }
            return ++looks == 2 ? wrong : 0;
        }
    }

    @Test
    void shouldMeasureEachTransportInEachRoundAndLookAtAllThatLanded() throws Exception {
        Numbered content = new Numbered(0);
        List<Integer> done = new ArrayList<>();
        List<WireBench.Result> results = new WireBench(LAYOUT, content, folder, List.of("tcp", "tcp-lossless"), 2 * BLOCK, 2).run(done::add);
        assertEquals(List.of(0, 0, 0, 1, 2), done);
        assertEquals(2 * (WireBench.WARM_UP_ROUNDS + 2), content.looks);
        assertEquals(2 * content.looks, content.filled);
        for (WireBench.Result result : results) {
            assertEquals(2, result.seconds().length);
            assertTrue(result.seconds()[0] > 0 && result.seconds()[1] > 0);
            assertEquals(1, result.faster(result).median());
        }
        assertTrue(results.get(1).faster(results.getFirst()).median() > 0);
    }

    /** Nodes that come and go as they should are no news to who looks at a result. */
    @Test
    void shouldPrintNothingOfItsNodes() throws Exception {
        List<String> said = new CopyOnWriteArrayList<>();
        Handler hearing = new Handler() {
            @Override
            public void publish(LogRecord line) {
                said.add(line.getLoggerName() + ": " + line.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger("dev.baton");
        logger.addHandler(hearing);
        try {
            new WireBench(LAYOUT, new Numbered(0), folder, List.of("tcp"), BLOCK, 1).run(_ -> {});
            assertEquals(List.of(), said);
        } finally {
            logger.removeHandler(hearing);
        }
    }

    @Test
    void shouldEndWhereAByteIsWrong() {
        WireBench bench = new WireBench(LAYOUT, new Numbered(1), folder, List.of("tcp"), BLOCK, 1);
        assertTrue(assertThrows(IllegalStateException.class, () -> bench.run(_ -> {})).getMessage().contains("wrong bytes: 1"));
        assertThrows(IllegalArgumentException.class, () -> new WireBench(LAYOUT, new Numbered(0), folder, List.of("tcp"), BLOCK + 1, 1));
    }
}
