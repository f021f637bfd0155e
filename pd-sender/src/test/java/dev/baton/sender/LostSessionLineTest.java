package dev.baton.sender;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import dev.baton.sender.core.EndLog;
import dev.baton.sender.core.OutboundState;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;

/** The log hears of every session that is lost, whatever was under way on it. */
class LostSessionLineTest extends RiggedTest {
    private final List<String> lines = new ArrayList<>();

    @Override
    @BeforeEach
    void open() {
        rig = SenderRig.small(context -> context.log(new EndLog() {
            @Override
            public void ended(HandoffId handoff, String peer, OutboundState state, String reason, String detail, long nowNs) {}

            @Override
            public void sessionLost(String peer, EndReason reason, int ended, int awaited, long nowNs) {
                lines.add(reason + " " + peer + " ended=" + ended + " awaited=" + awaited);
            }
        }));
    }

    @Test
    void shouldSayASessionThatIsLostWhileNothingIsUnderWay() {
        rig.awaitSession();
        rig.receiver.loseSessions();
        rig.until("the loss", () -> rig.plane.sessionCount() == 0);
        assertEquals(List.of("SHUTDOWN receiver ended=0 awaited=0"), lines);
        rig.awaitSession();
        rig.network.kill("r", FakeReceiver.PORT);
        rig.until("the silence", () -> rig.plane.sessionCount() == 0);
        assertEquals(List.of("SHUTDOWN receiver ended=0 awaited=0", "SILENT receiver ended=0 awaited=0"), lines);
    }

    /** One is sent whole, one half, one not granted: the receiver ends the first, the loss the second, nobody the third. */
    @Test
    void shouldCountWhatTheLossEndsAndWhatItLeavesOpen() {
        finSent(1);
        streaming(2);
        rig.receiver.isSilent = true;
        rig.receiver.said.clear();
        rig.begin(rig.spec(3, 64));
        rig.until("RESERVE", () -> rig.receiver.said.contains("RESERVE"));
        rig.receiver.loseSessions();
        rig.until("the loss", () -> rig.plane.sessionCount() == 0);
        assertEquals(List.of("SHUTDOWN receiver ended=1 awaited=1"), lines);
    }

    @Test
    void shouldNotTakeThisProcesssOwnEndForALoss() {
        rig.awaitSession();
        rig.plane.close();
        assertEquals(0, rig.plane.sessionCount());
        assertEquals(List.of(), lines);
    }
}
