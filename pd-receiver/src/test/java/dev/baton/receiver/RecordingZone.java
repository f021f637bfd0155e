package dev.baton.receiver;

import java.util.ArrayList;
import java.util.List;

import dev.baton.buffer.slab.RunMap;
import dev.baton.kv.CellMap;
import dev.baton.receiver.core.LandingZone;
import dev.baton.receiver.core.SourceParts;
import dev.baton.transport.WriterFence;

/** Data agents that only write down what they were ordered; what they would tell, the test tells. */
final class RecordingZone implements LandingZone {
    static final int LANES = 2;

    final List<String> orders = new ArrayList<>();
    final ScriptedFence fence = new ScriptedFence();

    List<String> ordersOf(String verb) {
        return orders.stream().filter(order -> order.startsWith(verb + " ")).toList();
    }

    @Override
    public int laneCount() {
        return LANES;
    }

    @Override
    public boolean hasRoom() {
        return true;
    }

    @Override
    public WriterFence fence() {
        return fence;
    }

    @Override
    public void openSession(long sessionId, long tokenHigh, long tokenLow) {
        orders.add("openSession " + tokenHigh + " " + tokenLow);
    }

    @Override
    public void closeSession(long sessionId) {
        orders.add("closeSession " + sessionId);
    }

    @Override
    public void open(int slot, long reservation, int generation, CellMap map, RunMap runs, SourceParts parts) {
        orders.add("open " + reservation + " cells=" + map.cellCount() + " parts=" + parts.count());
    }

    @Override
    public void bind(long reservation, int part, long sessionId, long token) {
        orders.add("bind " + reservation + " part=" + part + " token=" + token);
    }

    @Override
    public void line(long reservation, int part, int lane, int cell, int crc, int seq, boolean isOneSided) {
        orders.add("line " + reservation + " part=" + part + " lane=" + lane + " cell=" + cell + " crc=" + crc + " seq=" + seq
            + (isOneSided ? " one-sided" : ""));
    }

    @Override
    public void seal(long reservation) {
        orders.add("seal " + reservation);
    }

    @Override
    public void reopen(long reservation, int lane, int cell) {
        orders.add("reopen " + reservation + " lane=" + lane + " cell=" + cell);
    }

    @Override
    public void revoke(long reservation) {
        orders.add("revoke " + reservation);
    }

    @Override
    public void recheck(int slot, long reservation, int endBlock) {
        orders.add("recheck " + reservation + " end=" + endBlock);
    }

    @Override
    public void close(int slot, long reservation) {
        orders.add("close " + reservation);
    }
}
