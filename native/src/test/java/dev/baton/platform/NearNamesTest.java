package dev.baton.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearNamesTest {
    private static final List<String> KNOWN = List.of("pool", "lanes", "listen", "R1", "0.3", "Llama-3.1-8B", "Llama-3.2-1B");

    @Test
    void shouldNameTheNearestFirst() {
        assertEquals(List.of("Llama-3.1-8B", "Llama-3.2-1B"), NearNames.of("lama-3.1-8b", KNOWN));
    }

    @Test
    void shouldNotOfferAShortNameThatSharesNothingWithWhatWasTyped() {
        assertEquals(List.of(), NearNames.of("zzzz", KNOWN));
    }

    @Test
    void shouldNameAllThatIsKnownWhereNoneIsNear() {
        assertEquals("near: pool", NearNames.hint("pol", KNOWN, KNOWN));
        assertEquals("known: R1, pool", NearNames.hint("zzzz", KNOWN, List.of("R1", "pool")));
    }

    @Test
    void shouldReadAnEndlessNameNoFurtherThanItsStart() {
        assertEquals(List.of(), NearNames.of("x".repeat(1 << 20), KNOWN));
    }

    @Test
    void shouldOfferAtMostFiveNames() {
        assertEquals(5, NearNames.of("a1", List.of("a2", "a3", "a4", "a5", "a6", "a7")).size());
    }
}
