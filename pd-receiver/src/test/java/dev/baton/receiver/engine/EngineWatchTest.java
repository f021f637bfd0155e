package dev.baton.receiver.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.baton.platform.WatchedProcess;

/** A decode engine's process is there once it is seen, and gone once: when that is seen, or another comes in its place. */
class EngineWatchTest {
    private final EngineWatch watch = new EngineWatch();
    private boolean isThere;
    private long nowNs;

    private EngineOrder look() {
        nowNs += WatchedProcess.LOOK_EVERY_NS;
        return watch.lookOrNull(nowNs);
    }

    private boolean told(boolean isWatch) {
        return watch.told(isWatch ? new EngineOrder.Watch(WatchedProcess.by(() -> isThere)) : new EngineOrder.Attach());
    }

    private void seen() {
        told(true);
        isThere = true;
        assertEquals(new EngineOrder.Attach(), look());
    }

    @Test
    void shouldAttachItOnceItIsSeenAndLoseItOnceItIsGone() {
        told(true);
        assertNull(look());
        isThere = true;
        assertEquals(new EngineOrder.Attach(), look());
        assertNull(look());
        isThere = false;
        assertEquals(new EngineOrder.Lost(), look());
        isThere = true;
        assertNull(look(), "another needs a watch of its own");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(booleans = {true, false})
    void shouldEndOneThatAnotherComesInPlaceOfThoughNobodySawItGo(boolean isWatched) {
        seen();
        isThere = false;
        assertTrue(told(isWatched));
        assertNull(look(), "it is not seen to go as well");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(booleans = {true, false})
    void shouldEndNobodyWhereNobodyCameBefore(boolean isWatched) {
        told(true);
        assertNull(look());
        assertFalse(told(isWatched));
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(booleans = {true, false})
    void shouldEndNobodyTwice(boolean isWatched) {
        seen();
        isThere = false;
        assertEquals(new EngineOrder.Lost(), look());
        assertFalse(told(isWatched));
    }

    @Test
    void shouldNotLoseAnEngineThatLeavesByItsOwnWord() {
        seen();
        assertFalse(watch.told(new EngineOrder.Detach()));
        isThere = false;
        assertNull(look());
    }
}
