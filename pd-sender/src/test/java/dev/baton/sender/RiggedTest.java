package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

import dev.baton.sender.core.HandoffSpec;

/** One small rig a test, and handoffs as far on their way as most tests need them. */
abstract class RiggedTest {
    SenderRig rig;

    @BeforeEach
    void open() {
        rig = SenderRig.small();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    void advance(long elapsedMs) {
        for (long ms = 0; ms < elapsedMs; ms += 10) {
            rig.step(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }

    /** Granted, and its first block of four on the way. */
    long streaming(long request) {
        HandoffSpec spec = rig.spec(request, 64);
        long handoff = rig.begin(spec);
        rig.awaitGrant(handoff);
        assertTrue(rig.fill(handoff, spec, 0));
        rig.engine.chunkReady(handoff, 16);
        rig.steps(3);
        return handoff;
    }

    /** Sent whole, FIN said, and neither READY nor anything else comes back. */
    long finSent(long request) {
        rig.receiver.isReadyHeld = true;
        HandoffSpec spec = rig.spec(request, 64);
        long handoff = rig.begin(spec);
        rig.awaitGrant(handoff);
        rig.prefill(handoff, spec, null);
        rig.until("FIN", () -> rig.receiver.said.contains("FIN1"));
        rig.receiver.said.clear();
        return handoff;
    }

    /** READY came, the outcome did not. */
    long landed(long request) {
        rig.receiver.isOutcomeHeld = true;
        HandoffSpec spec = rig.spec(request, 64);
        long handoff = rig.begin(spec);
        rig.awaitGrant(handoff);
        rig.prefill(handoff, spec, null);
        rig.until("landed", () -> rig.events.contains("landed " + handoff));
        return handoff;
    }
}
