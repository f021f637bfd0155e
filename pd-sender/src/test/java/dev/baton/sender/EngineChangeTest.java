package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import dev.baton.platform.WatchedProcess;
import dev.baton.sender.core.PrefixAsk;
import dev.baton.sender.core.PrefixHere;

/** What was found for a prefill engine goes back with its process: the next one, which polls the same, is not told to read it. */
class EngineChangeTest extends PooledTest {
    private boolean isThere = true;

    EngineChangeTest() {
        super(512 << 10);
    }

    @BeforeEach
    void watch() {
        cache.fill(rig, keys(8));
        rig.awaitSession();
        rig.sender.watchEngine(WatchedProcess.by(() -> isThere));
        look();
    }

    /** It asked, and was answered; nobody has polled yet. */
    private void findUnheard() {
        rig.engine.load(PrefixAsk.here(TENANT, keys(6)));
        rig.stepControl();
        assertEquals(1, cache.pins);
        assertEquals(0, rig.loaded.size());
    }

    private PrefixHere heard() {
        assertEquals(0, rig.loaded.size());
        rig.until("an answer", () -> !rig.loaded.isEmpty());
        return rig.loaded.getLast();
    }

    @Test
    void shouldTellNobodyWhatWasFoundForAnEngineThatAnotherIsWatchedInPlaceOf() {
        findUnheard();
        rig.sender.watchEngine(WatchedProcess.by(() -> true));
        rig.engine.poll(rig, 16);
        assertEquals(0, rig.loaded.size(), "it goes back as soon as that is carried out");
        PrefixHere here = heard();
        assertEquals(0, here.blockCount());
        assertTrue(here.whyNot().contains("ask again"), here.whyNot());
        assertEquals(0, cache.pins);
    }

    @Test
    void shouldTellNobodyWhatWasFoundForAnEngineThatIsGone() {
        findUnheard();
        isThere = false;
        for (int i = 0; i < 200; i++) {
            rig.nowNs += 1_000_000;
            rig.stepControl();
        }
        assertEquals(0, cache.pins);
        assertEquals(0, heard().blockCount());
    }

    @Test
    void shouldTellTheNextEngineWhatItAsksFor() {
        rig.sender.watchEngine(WatchedProcess.by(() -> true));
        PrefixHere here = load(PrefixAsk.here(TENANT, keys(6)));
        assertEquals(4, here.blockCount());
        assertEquals(1, cache.pins);
        rig.engine.release(here);
        rig.steps(2);
        assertEquals(0, cache.pins);
    }
}
