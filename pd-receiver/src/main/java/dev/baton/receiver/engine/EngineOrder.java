package dev.baton.receiver.engine;

import java.util.List;
import java.util.concurrent.CompletableFuture;

import dev.baton.kv.BlockKey;
import dev.baton.platform.Require;
import dev.baton.platform.WatchedProcess;
import dev.baton.receiver.core.FetchAsk;
import dev.baton.receiver.core.PassageAsk;
import dev.baton.receiver.core.PrefetchAsk;
import dev.baton.receiver.core.UnboundAsk;
import dev.baton.receiver.core.WriteAsk;
import dev.baton.transport.node.HostPort;
import dev.baton.transport.session.HandoffId;

/** What a decode engine asks of the control agent. One a request or less, never one a chunk. */
public sealed interface EngineOrder {
    record Attach() implements EngineOrder {}

    record Detach() implements EngineOrder {}

    /** The engine's process is looked at: it is attached once it is seen. */
    record Watch(WatchedProcess process) implements EngineOrder {}

    /** Said of it: its process is gone. */
    record Lost() implements EngineOrder {}

    /** How many more requests it takes, how many more tokens, and how many tokens of one request. */
    record Room(long requests, long tokens, long requestTokens) implements EngineOrder {
        public Room {
            Require.atLeast("requests", requests, 0);
            Require.atLeast("tokens", tokens, 0);
            Require.atLeast("requestTokens", requestTokens, 1);
        }
    }

    record Take(long handle) implements EngineOrder {}

    /** Ready, and not to be taken: another engine comes, or the one that was shown it leaves. */
    record Decline(long handle) implements EngineOrder {}

    record Release(long handle) implements EngineOrder {}

    /** Source-first: the node that parked this prefill is asked to hand it off. What lies below of blocks of these names is loaded meanwhile. */
    record Want(String nodeId, HandoffId handoff, int haveTokens, List<BlockKey> keys) implements EngineOrder {}

    /** A scheduler here holds memory for a handoff whose sender is not chosen yet. */
    record Reserve(HandoffId handoff, UnboundAsk ask) implements EngineOrder {}

    /** Blocks that another node may have are to be cache here. */
    record Fetch(FetchAsk ask) implements EngineOrder {}

    /** A session is to be kept with the node there; its name is told once there is one. */
    record Connect(HostPort address, CompletableFuture<String> nodeId) implements EngineOrder {}

    /** Memory for blocks that the engine made itself. */
    record Write(WriteAsk ask) implements EngineOrder {}

    /** What lies below of these is loaded, before anybody reserves. */
    record Prefetch(PrefetchAsk ask) implements EngineOrder {}

    /** They are whole. */
    record Seal(long handle) implements EngineOrder {}

    /** They will not be. */
    record Drop(long handle) implements EngineOrder {}

    /** Blocks of a prompt are to be found as a passage's. */
    record NamePassage(PassageAsk ask) implements EngineOrder {}

    record FindPassage(long tenant, List<BlockKey> passage) implements EngineOrder {
        public FindPassage {
            passage = List.copyOf(passage);
        }
    }

    /** Nobody reads it any more. */
    record ReleasePassage(long handle) implements EngineOrder {}

    record Cancel(HandoffId handoff) implements EngineOrder {}

    record Drain() implements EngineOrder {}

    /** The process goes: what is in flight is told so now. */
    record Shutdown() implements EngineOrder {}
}
