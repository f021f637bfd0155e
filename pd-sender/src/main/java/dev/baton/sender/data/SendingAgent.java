package dev.baton.sender.data;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.collections.LongArrayList;
import org.agrona.concurrent.Agent;

import dev.baton.memory.MemoryLedger;
import dev.baton.sender.core.Transfer;
import dev.baton.transport.LinkContext;
import dev.baton.transport.Transport;

/**
 * Writes cells on the lanes it owns, those of every session whose number is its own modulo the number of agents. A
 * cycle takes in notes, moves every link on, then writes at most {@link #CYCLE_BYTES}, a quantum for each handoff and
 * lane in turn; one whose lane takes nothing is passed over. Every field belongs to the agent's thread; others reach it
 * by its {@link AgentMail}.
 */
final class SendingAgent implements Agent {
    private static final int CYCLE_BYTES = 4 << 20;
    private static final int QUANTUM_BYTES = 1 << 20;
    private static final int NOTES_PER_CYCLE_MAX = 256;

    private final int index;
    private final int agentCount;
    private final AgentMail mail;
    private final Map<String, Transport> transports;
    private final MemoryLedger ledger;
    private final PostGate gate;
    private final DataCounters counters = new DataCounters();
    private final List<SendingLane> lanes = new ArrayList<>();
    private final Long2ObjectHashMap<List<LaneFeed>> feedsByHandle = new Long2ObjectHashMap<>();
    private final ArrayDeque<LaneFeed> ready = new ArrayDeque<>();
    private final List<Transfer> stopping = new ArrayList<>();
    /** Sessions whose lanes are closed here, of which the control agent has not been told for want of room. */
    private final WireKinds kinds;
    private final LongArrayList quiet = new LongArrayList();

    SendingAgent(int index, int agentCount, AgentMail mail, Map<String, Transport> transports, MemoryLedger ledger,
        PostGate gate, WireKinds kinds) {
        this.index = index;
        this.agentCount = agentCount;
        this.mail = mail;
        this.transports = transports;
        this.ledger = ledger;
        this.gate = gate;
        this.kinds = kinds;
    }

    DataCounters counters() {
        return counters;
    }

    @Override
    public String roleName() {
        return "sender-data-" + index;
    }

    @Override
    public int doWork() {
        if (gate.hasStalled()) {
            fenceSelf();
        }
        int workCount = takeNotes();
        for (int i = 0; i < lanes.size(); i++) {
            workCount += lanes.get(i).poll(mail);
        }
        // What is stopped first: its last marks need room that the others would fill.
        workCount += tellStopped();
        return workCount + send() + tellQuiet();
    }

    @Override
    public void onClose() {
        for (SendingLane lane : lanes) {
            lane.close();
        }
        lanes.clear();
    }

    /** What it was granted before may be another's by now: no lane from then is used again. */
    private void fenceSelf() {
        for (int i = 0; i < lanes.size(); i++) {
            lanes.get(i).giveUp();
        }
    }

    private int takeNotes() {
        int count = 0;
        Object note;
        while (count < NOTES_PER_CYCLE_MAX && (note = mail.take()) != null) {
            count++;
            switch (note) {
                case Transfer transfer -> look(transfer);
                case AgentMail.OpenLanes open -> open(open);
                case AgentMail.CloseLanes close -> close(close.sessionId());
                default -> throw new IllegalStateException("no such note: " + note);
            }
        }
        return count;
    }

    private void open(AgentMail.OpenLanes open) {
        Transport transport = transports.get(open.scheme());
        for (LinkContext context : open.lanes()) {
            // A transport serves one thread at a time, and other agents open theirs now.
            synchronized (transport) {
                lanes.add(new SendingLane(context.sessionId(), transport.openLink(context), gate, ledger,
                    counters));
            }
        }
        gate.excuse();
    }

    private void close(long sessionId) {
        for (int i = lanes.size() - 1; i >= 0; i--) {
            if (lanes.get(i).sessionId() == sessionId) {
                lanes.remove(i).close();
            }
        }
        quiet.addLong(sessionId);
    }

    /** Copies return before the agent goes on, so a session whose lanes are closed has none that runs. */
    private int tellQuiet() {
        int told = 0;
        while (told < quiet.size() && mail.quiet(quiet.getLong(told))) {
            told++;
        }
        for (int i = 0; i < told; i++) {
            quiet.removeAt(0);
        }
        return told;
    }

    private void look(Transfer transfer) {
        if (!transfer.taken(index)) {
            return;
        }
        if (transfer.isStopped()) {
            transfer.stopSeen(index);
            stopping.add(transfer);
            return;
        }
        List<LaneFeed> feeds = feedsByHandle.get(transfer.handle());
        if (feeds == null) {
            feeds = feeds(transfer);
            feedsByHandle.put(transfer.handle(), feeds);
        }
        for (int i = 0; i < feeds.size(); i++) {
            LaneFeed feed = feeds.get(i);
            feed.look();
            queue(feed);
        }
    }

    private List<LaneFeed> feeds(Transfer transfer) {
        List<LaneFeed> feeds = new ArrayList<>();
        for (int i = 0; i < lanes.size(); i++) {
            SendingLane lane = lanes.get(i);
            int process = transfer.paths().processOf(lane.sessionId());
            if (process >= 0 && lane.lane() % agentCount == index) {
                feeds.add(new LaneFeed(transfer, lane, process, kinds));
            }
        }
        return feeds;
    }

    private void queue(LaneFeed feed) {
        if (!feed.isQueued() && feed.hasWork()) {
            feed.isQueued(true);
            ready.add(feed);
        }
    }

    /** Gives each feed its quantum in turn, until the cycle's bytes are used up or nobody can send. */
    private int send() {
        int budget = CYCLE_BYTES;
        int visitsLeft = ready.size();
        int workCount = 0;
        while (budget > 0 && visitsLeft-- > 0) {
            LaneFeed feed = ready.poll();
            feed.isQueued(false);
            if (!feed.hasWork()) {
                continue;
            }
            int written = feed.send(Math.min(QUANTUM_BYTES, budget), mail);
            feed.lane().tellCompleted(mail);
            queue(feed);
            if (written > 0) {
                budget -= written;
                visitsLeft = ready.size();
                workCount++;
            }
        }
        return workCount;
    }

    private int tellStopped() {
        int workCount = 0;
        for (int i = stopping.size() - 1; i >= 0; i--) {
            Transfer transfer = stopping.get(i);
            List<LaneFeed> feeds = feedsByHandle.get(transfer.handle());
            int failed = 0;
            long failedProcesses = 0;
            boolean isQuiet = true;
            for (int k = 0; feeds != null && k < feeds.size(); k++) {
                isQuiet &= feeds.get(k).isMarked(mail) && feeds.get(k).isQuiet();
                int failedHere = feeds.get(k).failedCompletions();
                failed += failedHere;
                failedProcesses |= failedHere == 0 ? 0 : 1L << feeds.get(k).process();
            }
            if (isQuiet && mail.stopped(transfer.handle(), failed, failedProcesses)) {
                feedsByHandle.remove(transfer.handle());
                stopping.remove(i);
                workCount++;
            }
        }
        return workCount;
    }
}
