package dev.baton.transport;

import java.util.LinkedHashMap;
import java.util.Map;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * The fences of all one-sided schemes of a receiving process, as one: a session's lanes are all of one scheme, which its
 * sender says before it is told an address; from there on that scheme's fence speaks for it. Receiving end only.
 */
public final class SchemeFences implements WriterFence {
    private final Map<String, WriterFence> fenceByScheme = new LinkedHashMap<>();
    private final Long2ObjectHashMap<String> schemeBySession = new Long2ObjectHashMap<>();

    /** Before the first session. */
    public synchronized void add(String scheme, WriterFence fence) {
        fenceByScheme.put(scheme, fence);
    }

    @Override
    public synchronized void watch(long sessionId) {
        fenceByScheme.values().forEach(fence -> fence.watch(sessionId));
    }

    @Override
    public synchronized boolean lanes(long sessionId, String scheme) {
        if (!fenceByScheme.containsKey(scheme)) {
            return false;
        }
        schemeBySession.putIfAbsent(sessionId, scheme);
        return scheme.equals(schemeBySession.get(sessionId));
    }

    @Override
    public synchronized boolean isHeld(long sessionId) {
        return fence(sessionId).isHeld(sessionId);
    }

    @Override
    public synchronized boolean isGone(long sessionId) {
        return fence(sessionId).isGone(sessionId);
    }

    @Override
    public synchronized boolean isWordProof(long sessionId) {
        return fence(sessionId).isWordProof(sessionId);
    }

    @Override
    public synchronized boolean isEndedHere(long sessionId) {
        return fence(sessionId).isEndedHere(sessionId);
    }

    @Override
    public synchronized boolean isProcessGone(long incarnation) {
        boolean isGone = false;
        for (WriterFence fence : fenceByScheme.values()) {
            isGone |= fence.isProcessGone(incarnation);
        }
        return isGone;
    }

    @Override
    public synchronized void forgetProcess(long incarnation) {
        fenceByScheme.values().forEach(fence -> fence.forgetProcess(incarnation));
    }

    @Override
    public synchronized void forget(long sessionId) {
        fenceByScheme.values().forEach(fence -> fence.forget(sessionId));
        schemeBySession.remove(sessionId);
    }

    @Override
    public boolean hold(long peerIncarnation, long sessionId) {
        throw new UnsupportedOperationException("each scheme's own fence is held by who sends");
    }

    @Override
    public void release(long sessionId) {
        throw new UnsupportedOperationException("each scheme's own fence is held by who sends");
    }

    private WriterFence fence(long sessionId) {
        String scheme = schemeBySession.get(sessionId);
        return scheme == null ? NONE : fenceByScheme.get(scheme);
    }
}
