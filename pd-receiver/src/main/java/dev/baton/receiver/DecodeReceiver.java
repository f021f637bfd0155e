package dev.baton.receiver;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import dev.baton.buffer.reserve.ReservationLedger;
import dev.baton.kv.BlockKey;
import dev.baton.platform.WatchedProcess;
import dev.baton.receiver.core.FetchAsk;
import dev.baton.receiver.core.PassageAsk;
import dev.baton.receiver.core.PassageBlocks;
import dev.baton.receiver.core.PrefetchAsk;
import dev.baton.receiver.core.ReadyHandoff;
import dev.baton.receiver.core.TierCounters;
import dev.baton.receiver.core.UnboundAsk;
import dev.baton.receiver.core.WritableBlocks;
import dev.baton.receiver.core.WriteAsk;
import dev.baton.receiver.engine.DecodeListener;
import dev.baton.receiver.engine.EngineOrder;
import dev.baton.transport.node.HostPort;
import dev.baton.transport.node.NodeContext;
import dev.baton.transport.node.NodeRuntime;
import dev.baton.transport.node.NodeService;
import dev.baton.transport.session.HandoffId;

/**
 * The decode side's front door: reserves whole requests, lands and verifies them in the background, and gives a decode
 * engine each one when all of it is there.
 * <pre>
 *   try (DecodeReceiver receiver = DecodeReceiver.launch(new NodeContext().layout(layout.encode()).conclude(),
 *           new ReceiverContext().layout(layout).poolBytesPerShard(8L &lt;&lt; 30).conclude())) {
 *       receiver.attach();
 *       receiver.poll(listener, 16);          // onReady(handoff): take, read, release
 *   }
 * </pre>
 * {@link #poll} belongs to one engine thread; the rest may be called by any.
 */
public final class DecodeReceiver implements AutoCloseable {
    private final NodeRuntime runtime;
    private final ReceivingService service;

    private DecodeReceiver(NodeRuntime runtime, ReceivingService service) {
        this.runtime = runtime;
        this.service = service;
    }

    /**
     * Starts a node with this one role. Returns when it listens and its whole pool is allocated and touched.
     *
     * @throws IllegalStateException if the memory is not there; the message says how much is needed and what to do
     */
    public static DecodeReceiver launch(NodeContext node, ReceiverContext context) {
        ReceivingService service = ReceivingService.of(context);
        return new DecodeReceiver(NodeRuntime.launch(node, List.of(service)), service);
    }

    /** The role alone, for a node that has others too; give it to {@link NodeRuntime#launch}, then {@link #of}. */
    public static NodeService service(ReceiverContext context) {
        return ReceivingService.of(context);
    }

    /** The front door of a running node's receiving role. */
    public static DecodeReceiver of(NodeRuntime runtime, NodeService service) {
        return new DecodeReceiver(runtime, (ReceivingService) service);
    }

    /** The control port that peers dial. */
    public int port() {
        return runtime.port();
    }

    public NodeRuntime runtime() {
        return runtime;
    }

    /** Who holds which extents, for checks; belongs to the control agent's thread. */
    public ReservationLedger ledger() {
        return service.ledger();
    }

    /** What it counts, for a meter registry. */
    public ReceiverMetrics metrics() {
        return service.metrics();
    }

    /** What went down to the tier below the pool and came up from it, for any thread; null where there is none. */
    public TierCounters tierOrNull() {
        return service.tierOrNull();
    }

    /** A decode engine is there: from now on requests are granted memory. In place of a process that was seen there it ends that one. */
    public void attach() {
        service.port().order(new EngineOrder.Attach());
    }

    /**
     * The same for an engine that is a process of its own and locks this file as {@link WatchedProcess} says: attached as
     * soon as it is seen there. When that process is gone, however it ended, what was ready or on its way ends as
     * ENGINE_LOST at both ends, what it had taken is released, and requests are told to come again. The file is made
     * here, and goes with the watch. For a new process, attach anew: one that was seen there is over with that, whether or not
     * it was seen to go.
     *
     * @throws IllegalStateException if the file is there already, or this system has no such locks
     */
    public void attach(Path lockFile) {
        attach(WatchedProcess.by(lockFile));
    }

    /** The same for a process that is watched in another way. */
    public void attach(WatchedProcess process) {
        service.port().order(new EngineOrder.Watch(process));
    }

    /**
     * The engine is gone, or reads nothing any more, whatever another thread of it may still take: what was ready ends as ENGINE_LOST, what it had taken is released,
     * and requests are told to come again. Memory that it was to write, or a passage to read, and {@link #poll} has not told
     * yet, is told to nobody.
     */
    public void detach() {
        service.port().order(new EngineOrder.Detach());
    }

    /**
     * What the engine takes from now on: requests are granted only as far as it has room for all that was granted and it has not taken, in
     * the order of the queue; what waits longer than its deadline is told why. What it takes after this counts too, until it tells
     * again: best after each step in which it ended or began something. Any thread; without it nothing is bounded but by memory.
     *
     * @param requests      how many more it would take now
     * @param tokens        how many more tokens of KV it has room for, over all of them: free blocks by tokens of a block
     * @param requestTokens most tokens of one request that it ever takes; longer ones are refused for good (REQUEST_TOO_BIG)
     */
    public void room(long requests, long tokens, long requestTokens) {
        service.port().order(new EngineOrder.Room(requests, tokens, requestTokens));
    }

    /** Hears what became ready or ended. Returns the number of events. */
    public int poll(DecodeListener listener, int limit) {
        return service.port().poll(listener, limit);
    }

    /**
     * The engine takes it, and is answered at once: true, and it is delivered, to be read until {@link #release}, whatever
     * ends meanwhile; or false, it has ended, or does now, and nothing of it may be read: {@code onEnded} tells or told why, but at a gang's
     * member where its leader had delivered it.
     */
    public boolean take(ReadyHandoff handoff) {
        return service.port().take(handoff);
    }

    /** The engine has read it; nothing of it may be read after. */
    public void release(long handle) {
        service.port().order(new EngineOrder.Release(handle));
    }

    /**
     * Source-first: asks the node of that name, which must be connected, for a prefill that it has parked, or still makes. {@link #poll}
     * tells how it ends, once: onReady or onEnded as of any handoff, or onNotHere where it does not come. One that is wanted twice, or
     * was taken, is asked for once and told once. After onNotHere it may be wanted again.
     */
    public void want(String nodeId, HandoffId handoff, int haveTokens) {
        want(nodeId, handoff, haveTokens, List.of());
    }

    /** The same of a prefill whose blocks have these names: what of them lies in a tier below comes up while that node is asked. */
    public void want(String nodeId, HandoffId handoff, int haveTokens, List<BlockKey> keys) {
        service.port().order(new EngineOrder.Want(nodeId, handoff, haveTokens, List.copyOf(keys)));
    }

    /**
     * Loads what lies in a tier below the pool of these blocks, so that the request that names them is granted the rest at once.
     * It waits behind all that wait for memory, is given up where the pool is busy, and pins nothing. {@link #poll} tells
     * onPrefetched when it is over: how many leading blocks are here, which is an answer at once where nothing can be loaded.
     */
    public void prefetch(PrefetchAsk ask) {
        service.port().order(new EngineOrder.Prefetch(ask));
    }

    /**
     * Dials a node and keeps a session with it, to {@link #fetch} from it; one that dials here needs none.
     *
     * @return its name, once there is a session
     */
    public CompletableFuture<String> connect(HostPort address) {
        CompletableFuture<String> nodeId = new CompletableFuture<>();
        service.port().order(new EngineOrder.Connect(address, nodeId));
        return nodeId;
    }

    /**
     * Asks another node for the leading blocks of a prompt that lie in its memory: they come as a handoff does, whole and
     * verified, and are cache here, so that a request that begins alike is sent the rest only. {@link #poll} tells
     * onFetched, and no other word of it; {@link #cancel} ends it. No engine needs to be attached.
     */
    public void fetch(FetchAsk ask) {
        service.port().order(new EngineOrder.Fetch(ask));
    }

    /**
     * Holds memory for a handoff whose sender is chosen later: {@link #poll} tells onReserved or onRefused. A sender that
     * reserves the same handoff in the same size gets this memory; until then {@code startWithinMs} frees it, or
     * {@link #cancel}, which onEnded tells.
     */
    public void reserve(HandoffId handoff, UnboundAsk ask) {
        service.port().order(new EngineOrder.Reserve(handoff, ask));
    }

    /**
     * Blocks of a prompt that lie here are to be found as a passage's as well, where they lie, behind whatever they stand the next time: {@link #poll}
     * tells onPassageNamed. Not of layouts with windows or states.
     */
    public void namePassage(PassageAsk ask) {
        service.port().order(new EngineOrder.NamePassage(ask));
    }

    /**
     * What lies here of a passage: {@link #poll} tells onPassage. What it tells stays until {@link #releasePassage}. All that is being read is a
     * quarter of the pool at most; beyond that nothing is found. What is in a tier below is not looked for.
     */
    public void findPassage(long tenant, List<BlockKey> passage) {
        service.port().order(new EngineOrder.FindPassage(tenant, passage));
    }

    /** Nothing of it may be read after. */
    public void releasePassage(PassageBlocks blocks) {
        service.port().order(new EngineOrder.ReleasePassage(blocks.handle()));
    }

    /**
     * Asks for memory for blocks that the engine made itself, such as a turn's answer, to be found by the next turn's
     * request: {@link #poll} tells onWritable or onNotWritable. The engine writes them there, dense and in its own layout,
     * and says {@link #seal} or {@link #drop}; until then the memory is its own, also when a session or a peer goes.
     */
    public void write(WriteAsk ask) {
        service.port().order(new EngineOrder.Write(ask));
    }

    /**
     * All of them are written; nothing is written there any more. {@link #poll} tells onWritten.
     *
     * @throws IllegalStateException if these were sealed or dropped before
     */
    public void seal(WritableBlocks blocks) {
        blocks.end();
        service.port().order(new EngineOrder.Seal(blocks.handle()));
    }

    /**
     * They will not be whole; nothing is written there any more.
     *
     * @throws IllegalStateException if these were sealed or dropped before
     */
    public void drop(WritableBlocks blocks) {
        blocks.end();
        service.port().order(new EngineOrder.Drop(blocks.handle()));
    }

    /** No longer wanted; overtakes everything. */
    public void cancel(HandoffId handoff) {
        service.port().order(new EngineOrder.Cancel(handoff));
    }

    /** No new grants; {@link #isDrained} says when what was in flight has ended. */
    public void drain() {
        runtime.drain();
    }

    /** Ends what is still in flight, and tells its peers and {@link #poll}: said before {@link #close}, by any thread. */
    public void shutdown() {
        runtime.shutdown();
    }

    public boolean isDrained() {
        return runtime.isDrained();
    }

    @Override
    public void close() {
        runtime.close();
    }
}
