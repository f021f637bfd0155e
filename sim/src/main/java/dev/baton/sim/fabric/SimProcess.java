package dev.baton.sim.fabric;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.agrona.concurrent.UnsafeBuffer;

import dev.baton.transport.RemoteSlab;
import dev.baton.transport.node.FrameSource;

/** One incarnation of a node: its name on the network, its memory that others write to, whether it runs. */
public final class SimProcess {
    private record Mapped(long address, long lengthBytes) {}

    private final Fabric fabric;
    private final int node;
    private final String host;
    private final int port;
    private final long incarnation;
    private final Runnable wake;
    private final Map<Integer, Mapped> slabs = new HashMap<>();
    private final Map<Integer, SimInlet> inlets = new HashMap<>();
    private final List<SimLink> links = new ArrayList<>();
    private final List<SimPath> paths = new ArrayList<>();
    private final SimMedium medium = new SimMedium(this);
    private SimFence fence;
    private Card card;
    private boolean isDead;
    private boolean isPaused;

    /** @param wake called when something came for it */
    public SimProcess(Fabric fabric, int node, String host, int port, long incarnation, Runnable wake) {
        this.fabric = fabric;
        this.node = node;
        this.host = host;
        this.port = port;
        this.incarnation = incarnation;
        this.wake = wake;
        fabric.add(this);
    }

    public int node() {
        return node;
    }

    public String host() {
        return host;
    }

    public int port() {
        return port;
    }

    public long incarnation() {
        return incarnation;
    }

    public boolean isDead() {
        return isDead;
    }

    public boolean isPaused() {
        return isPaused;
    }

    /** Stopped, as by SIGSTOP, or going on. Its kernel goes on taking packets. */
    public void paused(boolean value) {
        isPaused = value;
        if (!value) {
            wake.run();
        }
    }

    /** Gone without a word: before anything of it is closed, so that closing tells nobody. */
    public void kill() {
        isDead = true;
        fabric.remove(this);
        for (SimLink link : List.copyOf(links)) {
            link.onProcessGone();
        }
        if (card != null) {
            card.onProcessGone();
        }
        paths.clear();
        inlets.clear();
        slabs.clear();
    }

    /** Gone in order: it has closed everything, and what it said last is on its way. */
    public void ended() {
        kill();
    }

    /** Whether lanes of it have bytes that they may still read. Of a card nobody can say. */
    public boolean hasWritesUnderWay() {
        return card != null || links.stream().anyMatch(SimLink::hasWritesUnderWay);
    }

    /** A control message that no process said arrives now, by a source that its receiver takes for one of its own. */
    public void forge(FrameSource source, byte[] message) {
        if (!isDead) {
            medium.forged(source, new UnsafeBuffer(message));
        }
    }

    /** Its media driver is gone: no path of it works any more, and what was on them is lost. */
    public void losePaths() {
        for (SimPath path : List.copyOf(paths)) {
            path.lose("the media driver is gone");
        }
    }

    /** Where bytes of a slab lie now; 0 if there is no such place. */
    long addressOf(int slab, long offset, long lengthBytes) {
        Mapped mapped = slabs.get(slab);
        return mapped == null || offset < 0 || offset + lengthBytes > mapped.lengthBytes ? 0
            : mapped.address + offset;
    }

    /** Which slab an address is in, and where: {@code slab << 40 | offset}; -1 if in none. */
    public long placeOf(long address) {
        for (Map.Entry<Integer, Mapped> slab : slabs.entrySet()) {
            long offset = address - slab.getValue().address;
            if (offset >= 0 && offset < slab.getValue().lengthBytes) {
                return (long) slab.getKey() << 40 | offset;
            }
        }
        return -1;
    }

    void slab(RemoteSlab slab, long address) {
        slabs.put(slab.slab(), new Mapped(address, slab.lengthBytes()));
    }

    String address() {
        return host + ":" + port;
    }

    void fence(SimFence value) {
        fence = value;
    }

    SimFence fenceOrNull() {
        return fence;
    }

    /** Whether sessions of this process can never be fenced. */
    public boolean hasBrokenFence() {
        return (fence != null && fence.isAnyBroken()) || (card != null && card.isFenceBroken());
    }

    void card(Card value) {
        card = value;
    }

    Card cardOrNull() {
        return card;
    }

    boolean isAnyInletOpen(long sessionId) {
        for (SimInlet inlet : inlets.values()) {
            if (inlet.isOpen(sessionId)) {
                return true;
            }
        }
        return false;
    }

    SimMedium medium() {
        return medium;
    }

    Fabric fabric() {
        return fabric;
    }

    void wake() {
        wake.run();
    }

    void add(SimInlet inlet) {
        inlets.put(inlet.port(), inlet);
    }

    SimInlet inletOrNull(int inletPort) {
        return inlets.get(inletPort);
    }

    void add(SimLink link) {
        links.add(link);
    }

    void remove(SimLink link) {
        links.remove(link);
    }

    void add(SimPath path) {
        paths.add(path);
    }

    void remove(SimPath path) {
        paths.remove(path);
    }

    @Override
    public String toString() {
        return host + "/" + Long.toHexString(incarnation);
    }
}
