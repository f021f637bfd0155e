package dev.baton.receiver;

import java.util.ArrayList;
import java.util.List;

import dev.baton.receiver.core.DecodeEvents;
import dev.baton.receiver.core.FetchEnd;
import dev.baton.receiver.core.PrefetchAsk;
import dev.baton.receiver.core.PassageAsk;
import dev.baton.receiver.core.PassageBlocks;
import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.receiver.core.WritableBlocks;
import dev.baton.receiver.core.WriteAsk;
import dev.baton.receiver.core.WriteRefusal;
import dev.baton.buffer.reserve.RejectReason;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;

/** A decode engine that writes down what it was told. */
final class RecordingEngine implements DecodeEvents {
    final List<ReadyHandoff> ready = new ArrayList<>();
    final List<PassageBlocks> passages = new ArrayList<>();
    final List<WritableBlocks> writable = new ArrayList<>();
    final List<String> told = new ArrayList<>();
    final List<FetchEnd> fetched = new ArrayList<>();

    @Override
    public void onReady(ReadyHandoff handoff) {
        ready.add(handoff);
        told.add("ready " + handoff.handoffId().requestLow());
    }

    @Override
    public void onEnded(HandoffId handoff, EndReason reason, String detail) {
        told.add("ended " + handoff.requestLow() + " " + reason);
    }

    @Override
    public void onNotHere(HandoffId handoff, EndReason reason) {
        told.add("notHere " + handoff.requestLow() + " " + reason);
    }

    @Override
    public void onReserved(HandoffId handoff) {
        told.add("reserved " + handoff.requestLow());
    }

    @Override
    public void onRefused(HandoffId handoff, RejectReason reason, int retryAfterMs, String detail) {
        told.add("refused " + handoff.requestLow() + " " + reason);
    }

    @Override
    public void onPrefetched(PrefetchAsk ask, int blocksHere) {
        told.add("prefetched " + blocksHere + " of " + ask.keys().size());
    }

    @Override
    public void onCancelled(HandoffId handoff) {
        told.add("cancelled " + handoff.requestLow());
    }

    @Override
    public void onReleaseLate(HandoffId handoff) {
        told.add("releaseLate " + handoff.requestLow());
    }

    @Override
    public void onFetched(FetchEnd end) {
        fetched.add(end);
    }

    @Override
    public void onPassageNamed(PassageAsk ask, int blockCount) {
        told.add("passage named " + blockCount);
    }

    @Override
    public void onPassage(PassageBlocks blocks) {
        passages.add(blocks);
    }

    @Override
    public void onWritable(WritableBlocks blocks) {
        writable.add(blocks);
        told.add("writable " + blocks.blocks().map().firstBlock() + " to " + blocks.blocks().map().blockCount());
    }

    @Override
    public void onNotWritable(WriteAsk ask, WriteRefusal reason) {
        told.add("not writable " + reason);
    }

    @Override
    public void onWritten(long handle, int blockCount) {
        told.add("written " + blockCount);
    }
}
