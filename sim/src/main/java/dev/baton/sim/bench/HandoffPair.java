package dev.baton.sim.bench;

import dev.baton.kv.BlockKey;
import dev.baton.kv.CellMap;
import dev.baton.kv.ShardedLayout;
import dev.baton.receiver.DecodeReceiver;
import dev.baton.receiver.ReceiverContext;
import dev.baton.receiver.TierSource;
import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.receiver.engine.DecodeListener;
import dev.baton.sender.SenderContext;
import dev.baton.sender.SenderService;
import dev.baton.sender.core.HandoffSpec;
import dev.baton.sender.engine.PrefillEngine;
import dev.baton.sender.engine.PrefillListener;
import dev.baton.transport.node.NodeContext;
import dev.baton.transport.node.NodeRuntime;
import dev.baton.transport.session.EndReason;
import dev.baton.transport.session.HandoffId;
import dev.baton.transport.wire.OutcomeKind;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

/**
 * A prefill and a decode node in this process, with their agents, media drivers and real transports, and engines that
 * compute nothing: what a run takes is what handing off takes. Owned by the thread that measures.
 */
final class HandoffPair implements PrefillListener, DecodeListener, AutoCloseable {
    private static final int EVENTS_MAX = 16;
    private static final long RUN_NS_MAX = TimeUnit.SECONDS.toNanos(60);

    private final ShardedLayout layout;
    private final HandoffContent content;
    private final DecodeReceiver receiver;
    private final SenderService service;
    private final NodeRuntime sender;
    private final int peer;
    private int nextRequest;
    private int ended;
    private long readyAtNs;
    private String trouble = "";

    /** One request as its engine sees it. */
    private static final class Request {
        private final long handoff;
        private int nextBlock;
        private boolean isFinished;

        Request(long handoff) {
            this.handoff = handoff;
        }
    }

    /** Nothing below the pool. */
    HandoffPair(ShardedLayout layout, NodeContext forReceiver, NodeContext forSender, long poolBytes) {
        this(layout, forReceiver, forSender, poolBytes, null);
    }

    /** Starts both nodes; every page of the receiver's pool is touched. */
    HandoffPair(ShardedLayout layout, NodeContext forReceiver, NodeContext forSender, long poolBytes, TierSource tierOrNull) {
        this(layout, forReceiver, forSender, poolBytes, tierOrNull, HandoffContent.NONE);
    }

    /** The same with content. */
    HandoffPair(ShardedLayout layout, NodeContext forReceiver, NodeContext forSender, long poolBytes, TierSource tierOrNull, HandoffContent content) {
        this.layout = layout;
        this.content = content;
        receiver = DecodeReceiver.launch(forReceiver, new ReceiverContext().layout(layout).poolBytesPerShard(poolBytes)
            .tier(tierOrNull).conclude());
        service = new SenderService(new SenderContext().layout(layout));
        try {
            sender = NodeRuntime.launch(forSender, List.of(service));
        } catch (RuntimeException ex) {
            receiver.close();
            throw ex;
        }
        receiver.attach();
        peer = service.sender().connect("127.0.0.1", receiver.port());
    }

    /**
     * Hands so many equal requests off, all begun at once, and gives the time until the last was delivered.
     * @throws IllegalStateException if one ended otherwise, or after a minute
     */
    long runNs(int requests, int tokens) {
        IdleStrategy idle = new BackoffIdleStrategy(1, 10, 10_000, 100_000);   // its spinning would count as work
        PrefillEngine engine = service.sender().engine();
        int blocks = Math.ceilDiv(tokens, layout.layout().blockTokens());
        Request[] all = new Request[requests];
        ended = 0;
        long startNs = System.nanoTime();
        for (int i = 0; i < requests; i++) {
            all[i] = new Request(engine.begin(HandoffSpec.destinationFirst(new HandoffId(1, 9, nextRequest++, 0), peer,
                tokens)));
            if (all[i].handoff < 0) {
                throw new IllegalStateException("a handoff could not begin: result=" + all[i].handoff);
            }
        }
        while (ended < requests) {
            int workCount = engine.poll(this, EVENTS_MAX) + receiver.poll(this, EVENTS_MAX);
            for (Request request : all) {
                workCount += step(engine, request, tokens, blocks);
            }
            if (!trouble.isEmpty() || System.nanoTime() - startNs > RUN_NS_MAX) {
                throw new IllegalStateException("a handoff went wrong: ended=" + ended + " of " + requests + " why=["
                    + trouble + "]");
            }
            idle.idle(workCount);
        }
        return System.nanoTime() - startNs;
    }

    /**
     * Hands one request off whose whole blocks have these names, and waits until both ends are done with it.
     * @return the time from the engine's {@code begin} to READY
     * @throws IllegalStateException as {@link #runNs}
     */
    long readyNs(int tokens, List<BlockKey> keys) {
        IdleStrategy idle = new BackoffIdleStrategy(1, 10, 10_000, 100_000);
        PrefillEngine engine = service.sender().engine();
        int blocks = Math.ceilDiv(tokens, layout.layout().blockTokens());
        ended = 0;
        readyAtNs = 0;
        long startNs = System.nanoTime();
        Request request = new Request(engine.begin(HandoffSpec.destinationFirst(new HandoffId(1, 9, nextRequest++, 0), peer, tokens)
            .withBlockKeys(keys)));
        while (ended < 1 || readyAtNs == 0) {
            int workCount = engine.poll(this, EVENTS_MAX) + receiver.poll(this, EVENTS_MAX) + step(engine, request, tokens, blocks);
            if (!trouble.isEmpty() || System.nanoTime() - startNs > RUN_NS_MAX) {
                throw new IllegalStateException("a handoff went wrong: handoff=" + request.handoff + " ready=" + (readyAtNs != 0) + " why=[" + trouble + "]");
            }
            idle.idle(workCount);
        }
        return readyAtNs - startNs;
    }

    private int step(PrefillEngine engine, Request request, int tokens, int blocks) {
        if (request.isFinished) {
            return 0;
        }
        if (request.nextBlock == blocks) {
            request.isFinished = engine.finish(request.handoff, tokens, null) == 0;
            return request.isFinished ? 1 : 0;
        }
        long address = engine.stage(request.handoff, request.nextBlock);
        if (address >= 0) {
            if (address != PrefillEngine.NOTHING) {
                content.fill(request.nextBlock, address);
            }
            request.nextBlock++;
            engine.chunkReady(request.handoff, Math.min(tokens, request.nextBlock * layout.layout().blockTokens()));
            return 1;
        }
        return 0;
    }

    @Override
    public void onReady(ReadyHandoff handoff) {
        readyAtNs = System.nanoTime();
        if (receiver.take(handoff)) {
            long wrong = content.wrongBytes(handoff.landed());
            trouble = wrong == 0 ? trouble : "wrong bytes: " + wrong;
            receiver.release(handoff.handle());
        }
    }

    @Override
    public void onEnded(HandoffId handoff, EndReason reason, String detail) {
        trouble = "at the receiver: " + reason + " " + detail;
    }

    @Override
    public void onNotHere(HandoffId handoff, EndReason reason) {
        trouble = "not here: " + reason;
    }

    @Override
    public void onGranted(long handoff, CellMap cells) {}

    @Override
    public void onRejected(long handoff, int reasonCode, long retryAfterMs, String detail) {
        trouble = retryAfterMs == 0 ? "rejected: reason=" + reasonCode + " " + detail : trouble;
    }

    @Override
    public void onLanded(long handoff) {}

    @Override
    public void onOutcome(long handoff, OutcomeKind kind, EndReason reason) {
        ended++;
        trouble = kind == OutcomeKind.DELIVERED ? trouble : kind + " " + reason;
    }

    @Override
    public void onFailed(long handoff, EndReason reason, String detail) {
        trouble = "failed: " + reason + " " + detail;
    }

    @Override
    public void close() {
        try {
            sender.close();
        } finally {
            receiver.close();
        }
    }
}
