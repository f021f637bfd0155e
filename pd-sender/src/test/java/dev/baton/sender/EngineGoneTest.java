package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.baton.platform.ProcessLock;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.core.OutboundState;
import dev.baton.transport.session.EndReason;

/** A prefill engine whose process is gone: nobody waits for what it would have filled, and what it had filled is delivered. */
class EngineGoneTest extends RiggedTest {
    @TempDir
    Path folder;

    private Path lockFile;
    private ProcessLock engine;

    @BeforeEach
    void watch() {
        assumeTrue(Files.isDirectory(Path.of("/proc/self")), "skipped: no process locks here");
        lockFile = folder.resolve("engine.lock");
        rig.sender.watchEngine(lockFile);
        engine = ProcessLock.open(lockFile);
        assertTrue(engine.tryHold());
        advance(120);
    }

    private void die() {
        engine.close();
        advance(120);
    }

    @Test
    void shouldEndAtBothEndsWhatItHadNotPrefilled() {
        long handoff = streaming(1);
        advance(120);
        assertEquals(OutboundState.STREAMING, rig.sender.state(handoff), "it is there");
        die();
        assertEquals("failed ENGINE_LOST", rig.awaitEnd(handoff));
        rig.steps(5);
        assertEquals(EndReason.ENGINE_LOST, rig.receiver.only().abortedBySender);
        assertTrue(rig.receiver.only().isDrained);
        assertFalse(Files.exists(lockFile));
        rig.assertRight();
    }

    /** It died, the next one is watched at once, and nobody had looked in between. */
    @Test
    void shouldEndWhatAnEngineHadNotPrefilledThatAnotherIsWatchedInPlaceOf() {
        long handoff = streaming(1);
        engine.close();
        rig.sender.watchEngine(folder.resolve("next.lock"));
        assertEquals("failed ENGINE_LOST", rig.awaitEnd(handoff));
        rig.steps(5);
        assertTrue(rig.receiver.only().isDrained);
        assertFalse(Files.exists(lockFile));
        rig.assertRight();
    }

    /** Its beginning and the next watch are heard in one cycle, the watch first. */
    @Test
    void shouldEndWhatAnEngineHadJustBegunThatAnotherIsWatchedInPlaceOf() {
        long parked = rig.begin(HandoffSpec.sourceFirst(SenderRig.id(1), 64));
        long asked = rig.begin(rig.spec(2, 64));
        engine.close();
        rig.sender.watchEngine(folder.resolve("next.lock"));
        long next = rig.begin(HandoffSpec.sourceFirst(SenderRig.id(3), 64));
        assertEquals("failed ENGINE_LOST", rig.awaitEnd(parked));
        assertEquals("failed ENGINE_LOST", rig.awaitEnd(asked));
        advance(120);
        assertEquals(OutboundState.NEW, rig.sender.state(next), "it is the next one's");
        rig.engine.cancel(next);
        assertEquals("failed CANCELLED", rig.awaitEnd(next));
        rig.assertRight();
    }

    @Test
    void shouldEndNothingWhereTheEngineBeforeNeverCame() {
        rig.sender.watchEngine(folder.resolve("second.lock"));
        advance(120);
        long handoff = streaming(1);
        rig.sender.watchEngine(folder.resolve("third.lock"));
        advance(120);
        assertEquals(OutboundState.STREAMING, rig.sender.state(handoff));
    }

    @Test
    void shouldCancelWhatWaitsForMemory() {
        rig.receiver.isSilent = true;
        long handoff = rig.begin(rig.spec(1, 64));
        rig.until("asked", () -> rig.receiver.said.contains("RESERVE"));
        die();
        assertEquals("failed ENGINE_LOST", rig.awaitEnd(handoff));
        rig.until("told", () -> rig.receiver.said.contains("CANCEL"));
        rig.assertRight();
    }

    @Test
    void shouldDeliverWhatItHadPrefilledWhole() {
        HandoffSpec spec = HandoffSpec.sourceFirst(SenderRig.id(1), 64);
        long parked = rig.begin(spec);
        rig.prefill(parked, spec, null);
        die();
        assertEquals(OutboundState.PARKED, rig.sender.state(parked));
        rig.until("session", () -> rig.plane.sessionCount() == 1 && rig.receiver.plane.sessionCount() == 1);
        rig.receiver.plane.forEachSession(session -> rig.receiver.want(session, spec.id()));
        assertEquals("DELIVERED NONE", rig.awaitEnd(parked));
        rig.assertRight();
    }

    @Test
    void shouldWatchTheNextProcess() {
        die();
        rig.sender.watchEngine(lockFile);
        engine = ProcessLock.open(lockFile);
        assertTrue(engine.tryHold());
        advance(120);
        long handoff = streaming(1);
        assertEquals(OutboundState.STREAMING, rig.sender.state(handoff));
        die();
        assertEquals("failed ENGINE_LOST", rig.awaitEnd(handoff));
        rig.assertRight();
    }
}
