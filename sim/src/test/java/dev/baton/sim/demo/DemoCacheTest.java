package dev.baton.sim.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.baton.sim.report.CommandException;
import dev.baton.sim.trace.TraceRequest;
import java.util.List;
import org.junit.jupiter.api.Test;

class DemoCacheTest {
    private static final List<TraceRequest> REQUESTS = List.of(new TraceRequest(0, 1100, 1, List.of(1L, 2L, 3L)),
        new TraceRequest(1, 1024, 1, List.of(1L, 2L)), new TraceRequest(2, 1024, 1, List.of(9L, 8L)),
        new TraceRequest(3, 1024, 1, List.of(1L, 2L)));

    @Test
    void shouldNameWholeBlocksAloneAndEqualOnesAlike() {
        DemoCache cache = new DemoCache("test", REQUESTS);
        ArrayNode first = Line.of("x").putArray("ids");
        ArrayNode second = Line.of("x").putArray("ids");
        ArrayNode third = Line.of("x").putArray("ids");
        cache.putIds(0, first);
        cache.putIds(1, second);
        cache.putIds(2, third);
        assertEquals(2, DemoCache.keys(first, 7).size(), "the third block is partial");
        assertEquals(DemoCache.keys(first, 7), DemoCache.keys(second, 7));
        assertNotEquals(DemoCache.keys(first, 7), DemoCache.keys(first, 8), "their bytes differ");
        assertNotEquals(DemoCache.keys(first, 7).getFirst(), DemoCache.keys(third, 7).getFirst());
    }

    @Test
    void shouldSayWhatACacheCouldHitAtBest() {
        DemoCache cache = new DemoCache("test", REQUESTS);
        assertEquals(2048.0 / 4172, cache.endlessShare(), 1e-9);
        assertEquals(0, cache.lruShare(1), 1e-9);
    }

    @Test
    void shouldLeaveWholeTokensOfABlock() {
        assertEquals(1, DemoCache.scale(1));
        assertEquals(4, DemoCache.scale(3));
        assertEquals(4, DemoCache.scale(4));
        assertEquals(128, DemoCache.blockTokens(4));
        assertEquals(16, DemoCache.blockTokens(32));
        for (int scale : new int[] {3, 64, 1024}) {
            CommandException refused = assertThrows(CommandException.class, () -> DemoCache.blockTokens(scale));
            assertTrue(refused.getMessage().contains("--scale=" + scale), refused::getMessage);
        }
    }

    @Test
    void shouldRefuseATraceThatDoesNotTellWhatIsShared() {
        assertThrows(CommandException.class, () -> new DemoCache("test", List.of(new TraceRequest(0, 100, 1, List.of()))));
    }
}
