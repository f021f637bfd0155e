package dev.baton.transport.node;

import java.util.List;
import java.util.Map;

import org.agrona.concurrent.Agent;

import dev.baton.transport.session.ControlPlane;
import dev.baton.transport.session.Role;

/**
 * One role of a process: the sending end, the receiving end. A node is a list of these around one control plane; none
 * knows of the others. {@link #declare} of all services, then {@link #prepare} of all, then {@link #start} are called once
 * by the launching thread; the rest by the control agent.
 */
public interface NodeService extends AutoCloseable {
    Role role();

    /** Says what this role needs of things that the services share; opens nothing. */
    void declare(NodeSetup setup);

    /** Opens memory and inlets, and tells what HELLO will say of them. */
    void prepare(NodeSetup setup);

    /** Hooks into the control plane; nothing runs yet. */
    void start(ControlPlane plane);

    /** Agents beside the control agent; they run from the moment that {@link NodeRuntime#launch} returns. */
    List<Agent> dataAgents();

    /** This role's share of a control cycle. Returns a work count. */
    int doControlWork(long nowNs);

    /** False while this role could not take in another message; the control plane then waits. */
    boolean hasRoom();

    /** What {@code stats} shows of it: numbers, strings and maps of these. */
    Map<String, Object> stats();

    /** No new work; what is in flight goes on. */
    void drain();

    /** The process goes: whatever is still in flight ends now, and its peers are told. From any thread, after {@link #drain}. */
    void shutdown();

    /** Nothing is in flight any more, and nothing comes, once {@link #drain} was carried out; asked from any thread. */
    boolean isDrained();

    /** Frees what {@link #prepare} opened; no agent runs any more. */
    @Override
    void close();
}
