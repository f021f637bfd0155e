package dev.baton.sender;

import java.util.function.Consumer;

import org.agrona.concurrent.Agent;
import org.agrona.concurrent.ManyToOneConcurrentLinkedQueue;
import org.agrona.concurrent.NanoClock;

import dev.baton.platform.WatchedProcess;
import dev.baton.sender.core.HandoffBoard;
import dev.baton.sender.core.PrefixOrder;
import dev.baton.sender.core.SenderCore;
import dev.baton.sender.data.DataAgents;
import dev.baton.sender.engine.EngineMail;
import dev.baton.transport.session.ControlPlane;

/**
 * The sender's control agent: control messages first, then the engine's notes, the data agents' events, timers, and
 * what is due to be said.
 */
final class SenderAgent implements Agent {
    private static final System.Logger LOG = System.getLogger(SenderAgent.class.getName());
    private static final int BOARDS_PER_CYCLE_MAX = 512;

    private final NanoClock clock;
    private final ControlPlane control;
    private final boolean isControlPolled;
    private final EngineMail engine;
    private final DataAgents data;
    private final SenderCore core;
    private final ManyToOneConcurrentLinkedQueue<Runnable> commands = new ManyToOneConcurrentLinkedQueue<>();
    private final Consumer<HandoffBoard> onBoard;
    private final Consumer<PrefixOrder> onOrder;
    /** The engine, where it is a process of its own; null where nobody is watched. */
    private WatchedProcess engineProcess;

    SenderAgent(NanoClock clock, ControlPlane control, boolean isControlPolled, EngineMail engine, DataAgents data,
        SenderCore core) {
        this.clock = clock;
        this.control = control;
        this.isControlPolled = isControlPolled;
        this.engine = engine;
        this.data = data;
        this.core = core;
        this.onBoard = this::onBoard;
        this.onOrder = core::onOrder;
    }

    /** From any thread: runs it on the agent's thread, in the order of these calls. */
    void command(Runnable command) {
        commands.add(command);
    }

    @Override
    public String roleName() {
        return "sender";
    }

    @Override
    public int doWork() {
        return doWork(clock.nanoTime());
    }

    /** One cycle at that time, for a host that has read the clock. */
    int doWork(long nowNs) {
        core.timeNs(nowNs);
        int workCount = isControlPolled ? control.poll(nowNs) : 0;
        workCount += runCommands();
        workCount += engine.drain(onBoard, BOARDS_PER_CYCLE_MAX) + lookAtEngine(nowNs);
        workCount += engine.drainOrders(onOrder) + data.drain(core);
        workCount += data.lookForDead(nowNs, core);
        return workCount + core.endCycle();
    }

    /** On the agent's thread: from now on. One at a time; one that was there until now, the {@code former}, is over with that. */
    void watch(WatchedProcess process, long former) {
        boolean isReplaced = engineProcess != null && engineProcess.isSeen();
        stopWatching();
        engineProcess = process;
        if (isReplaced) {
            LOG.log(System.Logger.Level.INFO, "another prefill engine comes in place of a process that was there");
            core.engineReplaced(former);
        }
    }

    void stopWatching() {
        if (engineProcess != null) {
            WatchedProcess former = engineProcess;
            engineProcess = null;
            former.close();
        }
    }

    private int lookAtEngine(long nowNs) {
        if (engineProcess == null || engineProcess.look(nowNs) != WatchedProcess.Sight.WENT) {
            return 0;
        }
        LOG.log(System.Logger.Level.INFO, "the prefill engine's process is gone");
        stopWatching();
        core.engineLost();
        return 1;
    }

    /** A note may rest on a command given before it, such as the dialling of its peer, that this cycle has not run yet. */
    private void onBoard(HandoffBoard board) {
        runCommands();
        core.onBoard(board);
    }

    private int runCommands() {
        int count = 0;
        Runnable command;
        while ((command = commands.poll()) != null) {
            command.run();
            count++;
        }
        return count;
    }
}
